#include "tools/flow/flow_cme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "tools/flow/flow_field.h"
#include "tools/flow/flow_map.h"
#include "tools/flow/flow_read.h"

/* From market by order to an order flow:
 *   - until the opening auction has printed, orders rest without trading, crossed: they are entered
 *     at the first trade after it, in the order of their priority then (the flow's warm part);
 *   - A is a new order, C a cancel, M a replace (its size is what is left: the new total is that
 *     and what was filled); M of an order that was filled is an iceberg's refill: a new order;
 *   - T with its F records is an order that somebody sent and that the recording does not show: an
 *     aggressor, immediate-or-cancel at the trade's price, for the sum of the fills on the other
 *     side; the maker is for our book to find. */
enum { TICK_UNITS = 25, PRICE_SCALE = 2 }; /* a quarter point, in hundredths */

struct resting {
    int64_t price_ticks, left, filled;
    uint64_t prio;   /* rises with each loss of priority */
    uint32_t number; /* the flow's order number; 0 = not entered yet */
    uint8_t side;
    bool open;
};

struct converter {
    struct flow *flow;
    struct flow_map ids; /* exchange's id -> index into orders + 1 */
    struct resting *orders;
    size_t order_cnt, order_max;
    uint64_t prio;
    int64_t start_ns, now_ns;
    uint32_t client_cnt;
    uint16_t instrument;
    bool opened;
    char trade_side; /* of the aggressor that is being collected; 0 = none */
    int64_t trade_ticks, trade_size;
};

static bool
number_of(const struct flow_line *field, uint64_t *out)
{
    return flow_field_u64(field, out) && *out <= INT64_MAX;
}

bool
cme_record_read(const struct flow_line *line, struct cme_record *out)
{
    struct flow_line rest = *line, field[9];
    uint64_t event, flags, price, size;
    for (unsigned i = 0; i < 9; i++)
        if (!flow_field_csv(&rest, &field[i]))
            return false;
    if (!number_of(&field[0], &event) || !flow_field_u64(&field[5], &out->order_id) ||
        !number_of(&field[6], &price) || !number_of(&field[7], &size) || price > 1u << 30 ||
        size > 1u << 30 || !flow_field_u64(&field[8], &flags) || field[3].length != 1 ||
        field[4].length != 1)
        return false;
    out->event_ns = (int64_t)event;
    out->price_ticks = (int64_t)price;
    out->size = (int64_t)size;
    out->action = field[3].text[0];
    out->side = field[4].text[0];
    out->snapshot = (flags & 32) != 0;
    return true;
}

static struct resting *
order_find(const struct converter *c, uint64_t id)
{
    uint32_t index = flow_map_get(&c->ids, id);
    return index == 0 ? NULL : &c->orders[index - 1];
}

static struct resting *
order_make(struct converter *c, uint64_t id)
{
    uint32_t index = flow_map_get(&c->ids, id);
    if (index != 0)
        return &c->orders[index - 1];
    if (c->order_cnt == c->order_max) {
        c->order_max = c->order_max ? c->order_max * 2 : 16384;
        c->orders = reallocarray(c->orders, c->order_max, sizeof *c->orders);
        if (!c->orders) {
            fprintf(stderr, "assay: no memory for %zu orders\n", c->order_max);
            exit(2);
        }
    }
    CHECK(c->orders != NULL);
    struct resting *o = &c->orders[c->order_cnt++];
    *o = (struct resting){0};
    flow_map_set(&c->ids, id, (uint32_t)c->order_cnt);
    return o;
}

static struct flow_op
op_of(const struct converter *c, uint8_t side, int64_t price_ticks, int64_t size)
{
    return (struct flow_op){
        .time_ns = c->now_ns > c->start_ns ? c->now_ns - c->start_ns : 0,
        .price_units = price_ticks * TICK_UNITS,
        .qty_units = size,
        .instrument = c->instrument,
        .side = side,
        .ord_type = ORD_LIMIT,
        .tif = TIF_GTC,
        .source = FLOW_RECORDED,
    };
}

static void
append_new(struct converter *c, struct flow_op *op)
{
    op->kind = FLOW_NEW;
    op->order = c->flow->order_cnt + 1;
    op->client = flow_client_of(op->order, c->client_cnt);
    flow_append(c->flow, op);
}

static void
enter(struct converter *c, struct resting *o)
{
    struct flow_op op = op_of(c, o->side, o->price_ticks, o->left);
    append_new(c, &op);
    o->number = op.order;
    o->filled = 0;
}

static void
append_of(struct converter *c, const struct resting *o, uint8_t kind)
{
    struct flow_op op = op_of(c, o->side, o->price_ticks, o->filled + o->left);
    op.kind = kind;
    op.order = o->number;
    op.client = flow_client_of(o->number, c->client_cnt);
    if (kind == FLOW_CANCEL)
        op.price_units = op.qty_units = 0;
    flow_append(c->flow, &op);
}

static int
by_prio(const void *a, const void *b)
{
    const struct resting *const *x = a, *const *y = b;
    return (*x)->prio < (*y)->prio ? -1 : (*x)->prio > (*y)->prio;
}

static void
open_market(struct converter *c)
{
    struct resting **open = malloc((c->order_cnt + 1) * sizeof(struct resting *));
    size_t cnt = 0;
    c->opened = true;
    c->start_ns = c->now_ns;
    if (!open)
        return;
    for (size_t i = 0; i < c->order_cnt; i++)
        if (c->orders[i].open)
            open[cnt++] = &c->orders[i];
    qsort(open, cnt, sizeof(struct resting *), by_prio);
    for (size_t i = 0; i < cnt; i++)
        enter(c, open[i]);
    free(open);
    c->flow->warm_cnt = c->flow->op_cnt;
    flow_note(c->flow, cnt,
              "orders of the snapshot and before the opening, entered at the opening");
}

static void
flush_aggressor(struct converter *c)
{
    if (c->trade_side == 0 || c->trade_size == 0) {
        c->trade_side = 0;
        return;
    }
    struct flow_op op =
        op_of(c, c->trade_side == 'B' ? SIDE_BUY : SIDE_SELL, c->trade_ticks, c->trade_size);
    op.tif = TIF_IOC;
    op.source = FLOW_ADDED;
    append_new(c, &op);
    flow_note(c->flow, 1,
              "aggressors made from trades: the recording shows the trade, not the order");
    c->trade_side = 0;
}

static void
record_trade(struct converter *c, const struct cme_record *r)
{
    if (r->side == 'N') {
        flow_note(c->flow, 1, "trades of the opening auction");
        return;
    }
    if (!c->opened)
        open_market(c);
    c->trade_side = r->side;
    c->trade_ticks = r->price_ticks;
    c->trade_size = 0;
}

static void
record_fill(struct converter *c, const struct cme_record *r)
{
    struct resting *o = order_find(c, r->order_id);
    if (!o || !o->open) {
        flow_note(c->flow, 1, "fills of orders that are not in the book");
        return;
    }
    if (r->side == c->trade_side || o->price_ticks != r->price_ticks)
        flow_note(c->flow, 1, "fills on the aggressor's side, or not at the order's price");
    else if (r->side != 'N' && c->trade_side != 0)
        c->trade_size += r->size;
    o->filled += r->size;
    o->left -= r->size;
    if (o->left <= 0) {
        o->open = false;
        o->left = 0;
    }
}

static void
record_add(struct converter *c, const struct cme_record *r)
{
    struct resting *o = order_make(c, r->order_id);
    bool again = o->open;
    *o = (struct resting){.price_ticks = r->price_ticks,
                          .left = r->size,
                          .prio = ++c->prio,
                          .number = o->number,
                          .side = r->side == 'B' ? SIDE_BUY : SIDE_SELL,
                          .open = r->size > 0};
    if (!c->opened || r->size == 0)
        return;
    if (again && o->number != 0)
        append_of(c, o, FLOW_CANCEL);
    enter(c, o);
}

static void
record_cancel(struct converter *c, const struct cme_record *r)
{
    struct resting *o = order_find(c, r->order_id);
    if (!o || !o->open) {
        flow_note(c->flow, 1, "deletions of orders that were filled: nothing to send");
        return;
    }
    o->open = false;
    if (c->opened)
        append_of(c, o, FLOW_CANCEL);
}

static void
record_modify(struct converter *c, const struct cme_record *r)
{
    struct resting *o = order_find(c, r->order_id);
    if (!o || !o->open) {
        flow_note(c->flow, 1, "refills of icebergs and late changes, entered as new orders");
        record_add(c, r);
        return;
    }
    if (r->size == 0) {
        record_cancel(c, r);
        return;
    }
    bool loses = r->price_ticks != o->price_ticks || r->size > o->left;
    bool same = !loses && r->size == o->left;
    o->price_ticks = r->price_ticks;
    o->left = r->size;
    if (loses)
        o->prio = ++c->prio;
    if (same)
        flow_note(c->flow, 1, "modifications that say what a fill has left: nothing to send");
    else if (c->opened)
        append_of(c, o, FLOW_REPLACE);
}

static void
record_convert(struct converter *c, const struct cme_record *r)
{
    c->now_ns = r->event_ns;
    if (r->action != 'F')
        flush_aggressor(c);
    if (r->action == 'T')
        record_trade(c, r);
    else if (r->action == 'F')
        record_fill(c, r);
    else if ((r->side != 'A' && r->side != 'B') || r->order_id == 0)
        flow_note(c->flow, 1, "records without a side or an order");
    else if (r->action == 'A')
        record_add(c, r);
    else if (r->action == 'M')
        record_modify(c, r);
    else if (r->action == 'C')
        record_cancel(c, r);
    else
        flow_note(c->flow, 1, "records of another action");
}

int
flow_cme_read(struct flow *f, const struct flow_bytes *b, const struct flow_read_options *options,
              struct error *err)
{
    struct converter c = {.flow = f, .client_cnt = options->client_cnt};
    struct flow_lines lines = {b->data, b->data + b->length, 0};
    struct flow_line line;
    int rc = flow_instrument_add(f, "ES-USD", PRICE_SCALE, 0, &c.instrument, err);
    if (rc < 0)
        return rc;
    snprintf(f->name, sizeof f->name, "CME E-mini S&P 500, market by order");
    flow_lines_next(&lines, &line); /* the names of the columns */
    while (flow_lines_next(&lines, &line)) {
        struct cme_record r;
        if (cme_record_read(&line, &r))
            record_convert(&c, &r);
        else
            flow_note(f, 1, "lines of another form");
    }
    flush_aggressor(&c);
    if (!c.opened)
        open_market(&c);
    flow_note(f, f->order_cnt, "orders dealt to clients by their number: the recording names none");
    flow_map_free(&c.ids);
    free(c.orders);
    return flow_check(f, err);
}
