#include "tests/ref/ref_flow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ref_order {
    bool rests;
    uint16_t instrument;
    uint8_t side;
    int64_t price, total, filled;
    uint64_t since; /* smaller = earlier at its price */
};

struct run {
    const struct flow *flow;
    struct ref_flow_result *result;
    struct ref_order *orders; /* by order number */
    uint64_t clock;
    void (*on_trade)(void *arg, size_t op_index, const struct ref_flow_trade *t);
    void *arg;
};

static bool
may_meet(const struct ref_order *maker, const struct ref_order *taker, bool market)
{
    if (!maker->rests || maker->instrument != taker->instrument || maker->side == taker->side)
        return false;
    return market ||
           (taker->side == SIDE_BUY ? maker->price <= taker->price : maker->price >= taker->price);
}

static bool
is_before(const struct ref_order *a, const struct ref_order *b)
{
    if (a->price != b->price)
        return a->side == SIDE_BUY ? a->price > b->price : a->price < b->price;
    return a->since < b->since;
}

static uint32_t
best_for(const struct run *r, const struct ref_order *taker, bool market)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i <= r->flow->order_cnt; i++)
        if (may_meet(&r->orders[i], taker, market) &&
            (best == 0 || is_before(&r->orders[i], &r->orders[best])))
            best = i;
    return best;
}

static int64_t
available_for(const struct run *r, const struct ref_order *taker, bool market)
{
    int64_t sum = 0;
    for (uint32_t i = 1; i <= r->flow->order_cnt; i++)
        if (may_meet(&r->orders[i], taker, market))
            sum += r->orders[i].total - r->orders[i].filled;
    return sum;
}

static void
match(struct run *r, size_t op_index, uint32_t number, bool market)
{
    struct ref_order *taker = &r->orders[number];
    uint32_t best;
    while (taker->filled < taker->total && (best = best_for(r, taker, market)) != 0) {
        struct ref_order *maker = &r->orders[best];
        int64_t maker_left = maker->total - maker->filled, left = taker->total - taker->filled;
        int64_t qty = maker_left < left ? maker_left : left;
        maker->filled += qty;
        taker->filled += qty;
        maker->rests = maker->filled < maker->total;
        r->result->trades++;
        r->result->traded_units += (uint64_t)qty;
        r->on_trade(r->arg, op_index, &(struct ref_flow_trade){best, number, maker->price, qty});
    }
}

static bool
run_new(struct run *r, size_t op_index, const struct flow_op *op)
{
    bool market = op->ord_type == ORD_MARKET;
    struct ref_order o = {.instrument = op->instrument,
                          .side = op->side,
                          .price = op->price_units,
                          .total = op->qty_units,
                          .since = ++r->clock};
    if (op->tif == TIF_FOK && available_for(r, &o, market) < o.total)
        return false;
    if ((op->exec_inst & EXEC_POST_ONLY) && best_for(r, &o, market) != 0)
        return false;
    r->orders[op->order] = o;
    match(r, op_index, op->order, market);
    struct ref_order *now = &r->orders[op->order];
    now->rests = now->filled < now->total && !market && op->tif != TIF_IOC && op->tif != TIF_FOK;
    r->result->accepted++;
    return true;
}

static bool
run_replace(struct run *r, size_t op_index, const struct flow_op *op)
{
    struct ref_order *o = &r->orders[op->order];
    if (!o->rests || op->qty_units <= o->filled)
        return false;
    bool keeps = op->price_units == o->price && op->qty_units <= o->total;
    o->price = op->price_units;
    o->total = op->qty_units;
    r->result->replaced++;
    if (keeps)
        return true;
    o->since = ++r->clock;
    o->rests = false;
    match(r, op_index, op->order, false);
    o->rests = o->filled < o->total;
    return true;
}

static bool
run_cancel(struct run *r, const struct flow_op *op)
{
    if (!r->orders[op->order].rests)
        return false;
    r->orders[op->order].rests = false;
    r->result->canceled++;
    return true;
}

void
ref_flow_run(const struct flow *f, struct ref_flow_result *out,
             void (*on_trade)(void *arg, size_t op_index, const struct ref_flow_trade *t),
             void *arg)
{
    struct run r = {.flow = f, .result = out, .on_trade = on_trade, .arg = arg};
    memset(out, 0, sizeof *out);
    r.orders = calloc(f->order_cnt + 1ull, sizeof *r.orders);
    for (size_t i = 0; r.orders && i < f->op_cnt; i++) {
        const struct flow_op *op = &f->ops[i];
        bool taken = op->kind == FLOW_NEW       ? run_new(&r, i, op)
                     : op->kind == FLOW_REPLACE ? run_replace(&r, i, op)
                                                : run_cancel(&r, op);
        out->rejected += !taken;
    }
    free(r.orders);
}
