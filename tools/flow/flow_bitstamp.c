#include <stdio.h>
#include <string.h>

#include "tools/flow/flow_field.h"
#include "tools/flow/flow_map.h"
#include "tools/flow/flow_read.h"

/* Bitstamp's event log: order_created, order_changed, order_deleted, trade, order_book. It tells of
 * orders as they stood after matching at Bitstamp, so that what its own matching did (an amount
 * that fell, an order deleted with nothing left) is left to our book to find again. */

enum { PRICE_SCALE = 2, QTY_SCALE = 8 };

struct bitstamp {
    struct flow *flow;
    struct flow_map orders; /* exchange's id -> order number */
    struct flow_map news;   /* order number -> op index + 1 of its new or last replace */
    uint32_t client_cnt;
    int64_t start_ms;
};

struct event {
    int64_t time_ns;
    uint64_t id;
    int64_t price_units, qty_units;
    uint8_t side;
};

static bool
event_read(const struct flow_line *line, struct event *e)
{
    struct flow_line id, price, amount, type;
    if (!flow_field_json(line, 0, "id", &id) || !flow_field_json(line, 0, "price", &price) ||
        !flow_field_json(line, 0, "amount", &amount) ||
        !flow_field_json(line, 0, "order_type", &type))
        return false;
    e->side = flow_field_is(&type, "0") ? SIDE_BUY : SIDE_SELL;
    return flow_field_u64(&id, &e->id) && e->id != 0 &&
           flow_field_amount(&price, PRICE_SCALE, &e->price_units) &&
           flow_field_amount(&amount, QTY_SCALE, &e->qty_units);
}

static void
created(struct bitstamp *b, const struct event *e)
{
    if (flow_map_get(&b->orders, e->id) != 0) {
        flow_note(b->flow, 1, "orders created twice");
        return;
    }
    if (e->price_units <= 0 || e->qty_units <= 0) {
        flow_note(b->flow, 1, "orders created without price or amount");
        return;
    }
    struct flow_op op = {
        .time_ns = e->time_ns,
        .price_units = e->price_units,
        .qty_units = e->qty_units,
        .order = b->flow->order_cnt + 1,
        .client = flow_client_of(b->flow->order_cnt + 1, b->client_cnt),
        .kind = FLOW_NEW,
        .side = e->side,
        .ord_type = ORD_LIMIT,
        .tif = TIF_GTC,
        .source = FLOW_RECORDED,
    };
    flow_append(b->flow, &op);
    flow_map_set(&b->orders, e->id, op.order);
    flow_map_set(&b->news, op.order, (uint32_t)b->flow->op_cnt);
}

/* The op that the order last stood as, or NULL: it is from before the recording. */
static const struct flow_op *
known(struct bitstamp *b, const struct event *e)
{
    uint32_t order = flow_map_get(&b->orders, e->id);
    if (order == 0)
        return NULL;
    return &b->flow->ops[flow_map_get(&b->news, order) - 1];
}

static void
changed(struct bitstamp *b, const struct event *e)
{
    const struct flow_op *last = known(b, e);
    if (!last) {
        flow_note(b->flow, 1, "changes of orders from before the recording");
        return;
    }
    if (e->price_units == last->price_units || e->price_units <= 0) {
        flow_note(b->flow, 1,
                  "amounts that fell by matching at the exchange: our book finds its own");
        return;
    }
    struct flow_op op = *last; /* a market order whose price the exchange moves */
    op.time_ns = e->time_ns;
    op.kind = FLOW_REPLACE;
    op.price_units = e->price_units;
    flow_append(b->flow, &op);
    flow_map_set(&b->news, op.order, (uint32_t)b->flow->op_cnt);
}

static void
deleted(struct bitstamp *b, const struct event *e)
{
    const struct flow_op *last = known(b, e);
    if (!last) {
        flow_note(b->flow, 1, "deletions of orders from before the recording");
        return;
    }
    if (e->qty_units == 0) {
        flow_note(b->flow, 1, "orders deleted as filled: our book fills its own");
        return;
    }
    struct flow_op op = *last;
    op.time_ns = e->time_ns;
    op.kind = FLOW_CANCEL;
    op.price_units = op.qty_units = 0;
    flow_append(b->flow, &op);
}

static void
line_read(struct bitstamp *b, const struct flow_line *line)
{
    const char *space = memchr(line->text, ' ', line->length);
    struct flow_line ms = {line->text, space ? (size_t)(space - line->text) : 0};
    struct flow_line rest = {space ? space + 1 : line->text,
                             line->length - ms.length - (space != NULL)};
    const char *stop = memchr(rest.text, ' ', rest.length);
    struct flow_line name = {rest.text, stop ? (size_t)(stop - rest.text) : 0};
    struct event e = {0};
    uint64_t time_ms;
    if (flow_field_is(&name, "trade") || flow_field_is(&name, "order_book")) {
        flow_note(b->flow, 1,
                  name.length == 5 ? "trades: results, not sent"
                                   : "snapshots of 20 levels: they name no orders");
        return;
    }
    if (!flow_field_u64(&ms, &time_ms) || time_ms > INT64_MAX / 1000000 || !event_read(line, &e)) {
        flow_note(b->flow, 1, "lines of another form");
        return;
    }
    if (b->start_ms == 0)
        b->start_ms = (int64_t)time_ms;
    e.time_ns = ((int64_t)time_ms - b->start_ms) * 1000000;
    e.time_ns = e.time_ns < 0 ? 0 : e.time_ns;
    if (flow_field_is(&name, "order_created"))
        created(b, &e);
    else if (flow_field_is(&name, "order_changed"))
        changed(b, &e);
    else if (flow_field_is(&name, "order_deleted"))
        deleted(b, &e);
    else
        flow_note(b->flow, 1, "lines of another form");
}

int
flow_bitstamp_read(struct flow *f, const struct flow_bytes *bytes,
                   const struct flow_read_options *options, struct error *err)
{
    struct bitstamp b = {.flow = f, .client_cnt = options->client_cnt};
    struct flow_lines lines = {bytes->data, bytes->data + bytes->length, 0};
    struct flow_line line;
    uint16_t instrument;
    int rc = flow_instrument_add(f, "BTC-USD", PRICE_SCALE, QTY_SCALE, &instrument, err);
    if (rc < 0)
        return rc;
    snprintf(f->name, sizeof f->name, "Bitstamp BTC/USD recording");
    while (flow_lines_next(&lines, &line))
        line_read(&b, &line);
    flow_note(f, f->order_cnt, "orders dealt to clients by their number: the recording names none");
    flow_map_free(&b.orders);
    flow_map_free(&b.news);
    return flow_check(f, err);
}
