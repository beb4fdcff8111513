#include "engine/core/core_whole.h"

#include "engine/base/check.h"
#include "engine/book/price_queue.h"
#include "engine/core/core_band.h"
#include "engine/core/core_walk.h"

/* All-or-none orders: they trade whole or not at all. One that cannot be filled now waits outside
 * the book, unseen, at its limit and by time (as in a special terms book), so that it is in
 * nobody's way: what others may rest at, take or slide to does not know of it. At each price a
 * taker trades with the book first, then with pegs, then with those that wait there and are no
 * larger than what is left of it; others are passed over. When the market has moved, the best that
 * wait are looked at: one that would be filled now enters as a taker, as pegs do.
 * Price bands bound them as a limit does, and none begins an interruption. Auctions leave them out.
 * source: FIX 4.4 tag 18 ExecInst G; TSX, special terms orders (all or none) */

bool
core_whole_fits(const struct core_instrument *ins, const struct command_order_new *o)
{
    const uint32_t others = EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_HIDDEN;
    const uint32_t waiting = 1u << TIF_DAY | 1u << TIF_GTC | 1u << TIF_GTD;
    return (ins->extra & EXTRA_WHOLE) != 0 && o->cmd.rec.type == COMMAND_ORDER_NEW &&
           o->ord_type == ORD_LIMIT && (waiting >> o->time_in_force & 1) != 0 &&
           o->display_lots == 0 && (o->exec_inst & others) == 0;
}

static struct level_side *
side_of(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return &c->wholes[instrument_idx].side[side - SIDE_BUY];
}

static const struct level_side *
opposite_of(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return side_of(c, instrument_idx, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
}

void
core_whole_reset(struct core_whole *w)
{
    level_side_init(&w->side[0], SIDE_BUY);
    level_side_init(&w->side[1], SIDE_SELL);
}

/* --- those that wait --- */

void
core_whole_add(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    price_queue_add(&c->pools, side_of(c, o->instrument_idx, o->side), slot, o->price_units);
    book_side(&c->instruments[o->instrument_idx].book, o->side)->veiled_cnt++;
    o->place = PLACE_WHOLE;
}

void
core_whole_take_out(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    CHECK(o->place == PLACE_WHOLE);
    price_queue_remove(&c->pools, side_of(c, o->instrument_idx, o->side), slot);
    book_side(&c->instruments[o->instrument_idx].book, o->side)->veiled_cnt--;
    o->place = PLACE_TAKING;
}

/* A part of it may have traded when its sweep was cut short: what is left cannot be whole. */
void
core_whole_rest(struct core *c, uint32_t slot)
{
    if (order_cold_at(&c->pools.orders, slot)->cum_lots > 0)
        core_order_kill(c, slot, REASON_IOC_REMAINDER, ORD_STATUS_CANCELED, NULL);
    else
        core_whole_add(c, slot);
}

void
core_whole_fill(struct core *c, uint32_t slot, int64_t lots)
{
    struct order *o = order_at(&c->pools.orders, slot);
    CHECK(lots == o->leaves_lots);
    o->leaves_lots = 0;
    core_whole_take_out(c, slot);
}

/* --- what a taker meets --- */

bool
core_whole_crosses(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t bound_units)
{
    if (!core_wholes_opposite(c, instrument_idx, side))
        return false;
    uint32_t best = opposite_of(c, instrument_idx, side)->best;
    return core_within(side, c->pools.levels.levels[best].price_units, bound_units);
}

static void
stand_at(const struct core *c, struct whole_walk *w, uint32_t level)
{
    w->slot = level == LEVEL_NONE ? ORDER_NONE : c->pools.levels.levels[level].head;
}

void
core_whole_first(const struct core *c, const struct core_taker *t, int64_t low_units,
                 int64_t high_units, struct whole_walk *w)
{
    const struct level_side *side = opposite_of(c, t->instrument_idx, t->side);
    const struct level *levels = c->pools.levels.levels;
    uint32_t at = side->best;
    bool buys = t->side == SIDE_BUY;
    w->passed = 0;
    if (at != LEVEL_NONE &&
        (buys ? levels[at].price_units < low_units : levels[at].price_units > high_units))
        at = level_worse(&c->pools.levels, side, buys ? low_units - 1 : high_units + 1);
    stand_at(c, w, at);
}

void
core_whole_pass(const struct core *c, const struct core_taker *t, struct whole_walk *w)
{
    const struct order *o = order_at(&c->pools.orders, w->slot);
    w->slot = o->next;
    if (w->slot == ORDER_NONE)
        stand_at(c, w,
                 level_worse(&c->pools.levels, opposite_of(c, t->instrument_idx, t->side),
                             o->price_units));
}

/* Its own are passed over, and those that a kill switch stops: a walk cancels them. */
static bool
may_meet(const struct core *c, const struct core_taker *t, int64_t cum_cost, uint32_t maker)
{
    const struct order *m = order_at(&c->pools.orders, maker);
    return m->leaves_lots <= t->open_lots &&
           core_pair_allowed(c, t->instrument_idx, t->side, t->account_idx, m->account_idx) &&
           (!core_meetings_matter(c, &c->instruments[t->instrument_idx]) ||
            core_meet(c, t->instrument_idx, t->account_idx, m->account_idx) == MEET_TRADE) &&
           core_sum_fits(m->price_units, m->leaves_lots, cum_cost);
}

struct next_maker
core_whole_before(const struct core *c, const struct core_taker *t, int64_t cum_cost,
                  struct next_maker next, const struct maker_walk *book, struct whole_walk *w)
{
    const struct order_pool *orders = &c->pools.orders;
    int64_t first = next.slot == ORDER_NONE ? 0
                    : next.aside_units != 0 ? next.aside_units
                                            : order_at(orders, next.slot)->price_units;
    while (w->slot != ORDER_NONE && w->passed < CORE_WHOLE_PASSED_MAX &&
           book->skipped <= c->genesis.maker_skip_max) {
        int64_t price = order_at(orders, w->slot)->price_units;
        if (!core_within(t->side, price, t->bound_units) ||
            (next.slot != ORDER_NONE && core_within(t->side, first, price)))
            break;
        if (may_meet(c, t, cum_cost, w->slot))
            return (struct next_maker){.slot = w->slot, .aside_units = price};
        w->passed++;
        core_whole_pass(c, t, w);
    }
    return next;
}

/* --- when one may enter --- */

static bool
fillable(struct core *c, uint32_t slot, int *steps)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    struct core_taker t = {.instrument_idx = o->instrument_idx,
                           .account_idx = o->account_idx,
                           .side = o->side,
                           .bound_units = k->cap_units,
                           .open_lots = o->leaves_lots};
    if (ins->banded)
        t.bound_units = core_band_bound(c, o->instrument_idx, o->side, k->cap_units);
    return core_cost_fits(ins, &c->pools, o->side, k->cap_units, o->leaves_lots, k->cum_cost) &&
           core_would_fill(c, &t, o->leaves_lots, steps);
}

bool
core_whole_fillable(struct core *c, uint32_t slot)
{
    int steps = CORE_FOK_STEPS_MAX;
    return fillable(c, slot, &steps);
}

/* What the looks cost is everybody's time, on each command that moves the book: they share their
 * steps. Each order that enters gives those that follow steps anew: what comes of it is told, and
 * the room for events ends the command (core_pegs_run). */
static uint32_t
in_reach(struct core *c, uint32_t instrument_idx, uint8_t side)
{
    const struct level_side *s = side_of(c, instrument_idx, side);
    uint32_t level = s->best;
    int steps = CORE_WHOLE_STEPS_MAX;
    for (int looks = 0; level != LEVEL_NONE;) {
        int64_t price = c->pools.levels.levels[level].price_units;
        if (!core_crosses(c, instrument_idx, side, price) &&
            !core_whole_crosses(c, instrument_idx, side, price))
            return ORDER_NONE;
        uint32_t at = c->pools.levels.levels[level].head;
        for (; at != ORDER_NONE; at = order_at(&c->pools.orders, at)->next) {
            if (looks++ == CORE_WHOLE_LOOKS_MAX)
                return ORDER_NONE;
            if (fillable(c, at, &steps))
                return at;
        }
        level = level_worse(&c->pools.levels, s, price);
    }
    return ORDER_NONE;
}

uint32_t
core_whole_in_reach(struct core *c, uint32_t instrument_idx)
{
    if (!core_wholes_wait(c, instrument_idx))
        return ORDER_NONE;
    uint32_t buy = in_reach(c, instrument_idx, SIDE_BUY);
    return buy != ORDER_NONE ? buy : in_reach(c, instrument_idx, SIDE_SELL);
}

void
core_wholes_moved(struct core *c, uint32_t instrument_idx)
{
    if (core_wholes_wait(c, instrument_idx))
        core_peg_due(c, instrument_idx);
}

static int64_t
limit_of(const struct book_pools *p, uint32_t slot)
{
    return order_at(&p->orders, slot)->price_units;
}

uint32_t
core_whole_check(const struct core *c, uint32_t instrument_idx, uint32_t *levels)
{
    uint32_t orders = 0;
    for (int i = 0; i < 2; i++) {
        uint8_t side = i == 0 ? SIDE_BUY : SIDE_SELL;
        const struct level_side *s = side_of(c, instrument_idx, side);
        orders += price_queue_check(&c->pools, s, side, PLACE_WHOLE, limit_of);
        *levels += s->level_cnt;
        for (uint32_t at = s->best; at != LEVEL_NONE;) {
            for (uint32_t slot = c->pools.levels.levels[at].head; slot != ORDER_NONE;
                 slot = order_at(&c->pools.orders, slot)->next)
                CHECK(core_is_whole(c, slot) &&
                      order_cold_at(&c->pools.orders, slot)->cum_lots == 0 && c->linked[slot] == 0);
            at = level_worse(&c->pools.levels, s, c->pools.levels.levels[at].price_units);
        }
    }
    return orders;
}
