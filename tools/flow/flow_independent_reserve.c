#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "tools/flow/flow_field.h"
#include "tools/flow/flow_map.h"
#include "tools/flow/flow_random.h"
#include "tools/flow/flow_read.h"

/* Independent Reserve's recorded order book channels: NewOrder and OrderCanceled, order by order,
 * each price in four currencies. The recording is the maker side only, so takers are added:
 *
 *   after each recorded new order, with one chance in TAKER_ONE_IN, an order of a random side takes
 *   from the best recorded order of the other side of the same coin that is live at that moment: a
 *   quarter, two, three or four quarters of its quantity, at its price; of eight such orders one is
 *   a market order and one fill-or-kill, the others immediate-or-cancel. "Live" is what the
 *   recording says: what takers have taken before is not looked at.
 *
 * Everything random is drawn from the seed. */
enum { TAKER_ONE_IN = 4, TAKER_SHARE_OF_8 = 3 };

static const struct {
    const char *channel, *symbol;
    uint8_t price_scale, qty_scale;
} COINS[] = {
    {"orderbook-eth", "ETH-AUD", 2, 8},   {"orderbook-bch", "BCH-AUD", 2, 8},
    {"orderbook-dot", "DOT-AUD", 4, 5},   {"orderbook-matic", "MATIC-AUD", 5, 5},
    {"orderbook-pmgt", "PMGT-AUD", 2, 5},
};
enum { COIN_CNT = sizeof COINS / sizeof COINS[0] };

struct live {
    uint32_t op; /* index of the new */
    bool on;
};

struct converter {
    struct flow *flow;
    struct flow_map orders; /* hash of the GUID -> index into live + 1 */
    struct live *live;
    size_t live_cnt, live_max;
    struct flow_random chance;
    uint32_t maker_cnt, taker_cnt, no_takers;
    int64_t start_ms;
};

static int
coin_of(const struct flow_line *channel)
{
    for (int i = 0; i < COIN_CNT; i++)
        if (flow_field_is(channel, COINS[i].channel))
            return i;
    return -1;
}

static uint64_t
guid_key(const struct flow_line *guid)
{
    return hash64(1, guid->text, guid->length) | 1; /* 0 is no key; half a bit less is enough */
}

static int
live_add(struct converter *c, uint64_t key, struct error *err)
{
    if (c->live_cnt == c->live_max) {
        size_t max = c->live_max ? c->live_max * 2 : 1024;
        struct live *bigger = reallocarray(c->live, max, sizeof *bigger);
        if (!bigger)
            return error_set(err, ERR_NO_SPACE, "no memory for %zu orders", max);
        c->live = bigger;
        c->live_max = max;
    }
    c->live[c->live_cnt++] = (struct live){(uint32_t)(c->flow->op_cnt - 1), true};
    flow_map_set(&c->orders, key, (uint32_t)c->live_cnt);
    return 0;
}

/* The live recorded order that a taker of `side` meets first; NULL when there is none. */
static const struct flow_op *
best_against(const struct converter *c, uint16_t instrument, uint8_t side)
{
    const struct flow_op *best = NULL;
    for (size_t i = 0; i < c->live_cnt; i++) {
        const struct flow_op *op = &c->flow->ops[c->live[i].op];
        if (!c->live[i].on || op->instrument != instrument || op->side == side)
            continue;
        if (!best || (side == SIDE_BUY ? op->price_units < best->price_units
                                       : op->price_units > best->price_units))
            best = op;
    }
    return best;
}

static void
maybe_take(struct converter *c, const struct flow_op *after)
{
    if (c->no_takers || flow_random_below(&c->chance, TAKER_ONE_IN) != 0)
        return;
    uint8_t side = flow_random_below(&c->chance, 2) == 0 ? SIDE_BUY : SIDE_SELL;
    uint32_t quarters = 1 + flow_random_below(&c->chance, 4);
    uint32_t style = flow_random_below(&c->chance, 8);
    uint32_t taker = flow_random_below(&c->chance, c->taker_cnt);
    const struct flow_op *maker = best_against(c, after->instrument, side);
    if (!maker) {
        flow_note(c->flow, 1, "takers not added: no recorded order to take from");
        return;
    }
    int64_t qty = maker->qty_units / 4 * quarters;
    struct flow_op op = {
        .time_ns = after->time_ns,
        .price_units = style == 0 ? 0 : maker->price_units,
        .qty_units = qty > 0 ? qty : 1,
        .order = c->flow->order_cnt + 1,
        .instrument = after->instrument,
        .client = (uint8_t)(c->flow->client_cnt - 1 - taker),
        .kind = FLOW_NEW,
        .side = side,
        .ord_type = style == 0 ? ORD_MARKET : ORD_LIMIT,
        .tif = style == 1 ? TIF_FOK : TIF_IOC,
        .source = FLOW_ADDED,
    };
    flow_append(c->flow, &op);
}

static int
order_new(struct converter *c, const struct flow_line *line, int coin, int64_t time_ns,
          const struct flow_line *guid, struct error *err)
{
    struct flow_line type, price, qty;
    struct flow_op op = {
        .time_ns = time_ns,
        .order = c->flow->order_cnt + 1,
        .instrument = (uint16_t)coin,
        .client = flow_client_of(c->flow->order_cnt + 1, c->maker_cnt),
        .kind = FLOW_NEW,
        .ord_type = ORD_LIMIT,
        .tif = TIF_GTC,
        .source = FLOW_RECORDED,
    };
    if (!flow_field_json(line, 0, "OrderType", &type) || !flow_field_json(line, 0, "aud", &price) ||
        !flow_field_json(line, 0, "Volume", &qty) ||
        !flow_field_amount(&price, COINS[coin].price_scale, &op.price_units) ||
        !flow_field_amount(&qty, COINS[coin].qty_scale, &op.qty_units) || op.price_units <= 0 ||
        op.qty_units <= 0 || flow_map_get(&c->orders, guid_key(guid)) != 0) {
        flow_note(c->flow, 1, "new orders of another form, or seen twice");
        return 0;
    }
    op.side = flow_field_is(&type, "LimitBid") ? SIDE_BUY : SIDE_SELL;
    flow_append(c->flow, &op);
    int rc = live_add(c, guid_key(guid), err);
    if (rc == 0)
        maybe_take(c, &op);
    return rc;
}

static void
order_canceled(struct converter *c, int64_t time_ns, const struct flow_line *guid)
{
    uint32_t index = flow_map_get(&c->orders, guid_key(guid));
    if (index == 0 || !c->live[index - 1].on) {
        flow_note(c->flow, 1, "cancels of orders from before the recording");
        return;
    }
    c->live[index - 1].on = false;
    struct flow_op op = c->flow->ops[c->live[index - 1].op];
    op.time_ns = time_ns;
    op.kind = FLOW_CANCEL;
    op.price_units = op.qty_units = 0;
    flow_append(c->flow, &op);
}

static int
line_read(struct converter *c, const struct flow_line *line, struct error *err)
{
    struct flow_line event, channel, guid, time;
    uint64_t time_ms;
    if (!flow_field_json(line, 0, "Event", &event) ||
        !(flow_field_is(&event, "NewOrder") || flow_field_is(&event, "OrderCanceled"))) {
        flow_note(c->flow, 1, "lines about the connection (subscriptions, heartbeats)");
        return 0;
    }
    int coin = flow_field_json(line, 0, "Channel", &channel) ? coin_of(&channel) : -1;
    if (coin < 0 || !flow_field_json(line, 0, "OrderGuid", &guid) ||
        !flow_field_json(line, 0, "Time", &time) || !flow_field_u64(&time, &time_ms) ||
        time_ms > INT64_MAX / 1000000) {
        flow_note(c->flow, 1, "events of another coin or form");
        return 0;
    }
    if (c->start_ms == 0)
        c->start_ms = (int64_t)time_ms;
    int64_t time_ns = ((int64_t)time_ms - c->start_ms) * 1000000;
    time_ns = time_ns < 0 ? 0 : time_ns;
    if (flow_field_is(&event, "NewOrder"))
        return order_new(c, line, coin, time_ns, &guid, err);
    order_canceled(c, time_ns, &guid);
    return 0;
}

static void
closing_notes(struct flow *f)
{
    struct flow_counts counts;
    flow_count(f, &counts);
    flow_note(f, counts.ops[FLOW_RECORDED][FLOW_NEW] * 3,
              "prices in USD, NZD and SGD: only the one in AUD is used");
    flow_note(f, counts.ops[FLOW_RECORDED][FLOW_NEW],
              "recorded orders dealt to clients by their number: the recording names none");
    flow_note(f, counts.ops[FLOW_ADDED][FLOW_NEW],
              "takers added by the seeded rule: the recording has no trade");
}

int
flow_independent_reserve_read(struct flow *f, const struct flow_bytes *b,
                              const struct flow_read_options *options, struct error *err)
{
    struct converter c = {.flow = f, .chance = {options->seed}, .no_takers = options->no_takers};
    struct flow_lines lines = {b->data, b->data + b->length, 0};
    struct flow_line line;
    uint16_t index;
    int rc = 0;
    c.taker_cnt = options->client_cnt * TAKER_SHARE_OF_8 / 8;
    c.taker_cnt = c.taker_cnt > 0 ? c.taker_cnt : 1;
    c.maker_cnt = options->client_cnt > 1 ? options->client_cnt - c.taker_cnt : 1;
    f->client_cnt = options->client_cnt;
    snprintf(f->name, sizeof f->name, "Independent Reserve, 30 s of 2022-04-03, prices in AUD");
    for (int i = 0; i < COIN_CNT && rc == 0; i++)
        rc = flow_instrument_add(f, COINS[i].symbol, COINS[i].price_scale, COINS[i].qty_scale,
                                 &index, err);
    while (rc == 0 && flow_lines_next(&lines, &line))
        rc = line_read(&c, &line, err);
    closing_notes(f);
    flow_map_free(&c.orders);
    free(c.live);
    return rc < 0 ? rc : flow_check(f, err);
}
