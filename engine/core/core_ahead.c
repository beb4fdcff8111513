#include "engine/core/core_band.h"
#include "engine/core/core_link.h"
#include "engine/core/core_walk.h"

/* What an order would meet, before it enters: pegs that stand between the prices of the book, and
 * how much of it would be filled. */

bool
core_may_pair(const struct core *c, uint32_t instrument_idx, uint32_t buy_account_idx,
              uint32_t sell_account_idx)
{
    return core_pair_allowed(c, instrument_idx, SIDE_BUY, buy_account_idx, sell_account_idx);
}

struct next_maker
core_peg_before(const struct core *c, const struct core_taker *t, int64_t cum_cost, uint32_t maker,
                struct maker_walk *w, struct peg_walk *pegs)
{
    const struct order_pool *orders = &c->pools.orders;
    int64_t price;
    uint32_t slot;
    while (w->skipped <= c->genesis.maker_skip_max &&
           (slot = peg_walk_best(pegs, &c->pools, &price)) != ORDER_NONE &&
           core_within(t->side, price, t->bound_units) &&
           (maker == ORDER_NONE ||
            !core_within(t->side, order_at(orders, maker)->price_units, price))) {
        int64_t lots = order_at(orders, slot)->leaves_lots < t->open_lots
                           ? order_at(orders, slot)->leaves_lots
                           : t->open_lots;
        if (core_pair_allowed(c, t->instrument_idx, t->side, t->account_idx,
                              order_at(orders, slot)->account_idx) &&
            core_sum_fits(price, lots, order_cold_at(&c->pools.orders, slot)->cum_cost) &&
            core_sum_fits(price, lots, cum_cost)) {
            return (struct next_maker){.slot = slot, .aside_units = price};
        }
        w->skipped++;
        peg_walk_pass(pegs, &c->pegs[t->instrument_idx].index, &c->pools);
    }
    bool too_many = w->skipped > c->genesis.maker_skip_max;
    return (struct next_maker){.slot = too_many ? ORDER_NONE : maker};
}

/* Without pairs to ask, whole levels are counted. */
static bool
fok_by_levels(const struct core *c, const struct core_instrument *ins, uint8_t side, int64_t bound,
              int64_t lots, int *steps)
{
    const struct level_side *opposite = &ins->book.side[side == SIDE_BUY ? 1 : 0];
    const struct level *levels = c->pools.levels.levels;
    uint32_t at = opposite->best;
    for (; *steps > 0; (*steps)--) {
        if (at == LEVEL_NONE || !core_within(side, levels[at].price_units, bound))
            return false;
        if (levels[at].lots >= lots)
            return true;
        lots -= levels[at].lots;
        at = level_worse(&c->pools.levels, opposite, levels[at].price_units);
    }
    return false;
}

/* Of the book, at whatever price, what is not shown with it. */
static int64_t
opposite_lots(const struct core_instrument *ins, uint8_t side)
{
    return ins->book.side[side == SIDE_BUY ? 1 : 0].lots;
}

/* Icebergs show more when all that is shown at their price has had its turn: where the walk stands
 * now, behind makers of this price. */
static bool
refills_come(const struct core *c, const struct maker_walk *w, int64_t price_units)
{
    if (w->level == LEVEL_NONE || c->pools.levels.levels[w->level].price_units != price_units)
        return true;
    return w->slot != ORDER_NONE && order_cold_at(&c->pools.orders, w->slot)->veil == VEIL_HIDDEN;
}

/* As they stand now: it has not entered. */
static void
start_pegs(const struct core *c, const struct core_taker *t, struct peg_walk *pegs)
{
    struct peg_market m = core_peg_market(c, t->instrument_idx);
    peg_walk_start(pegs, &c->pegs[t->instrument_idx].index, &c->pools,
                   t->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY, &m);
}

static void
start_wholes(const struct core *c, const struct core_taker *t, struct whole_walk *w)
{
    int64_t low_units = 0, high_units = INT64_MAX;
    if (c->instruments[t->instrument_idx].banded)
        core_band_window(c, t->instrument_idx, &low_units, &high_units);
    core_whole_first(c, t, low_units, high_units, w);
}

/* When so much of the taker is still open. */
static struct next_maker
whole_before(const struct core *c, const struct core_taker *t, int64_t open_lots,
             struct next_maker next, const struct maker_walk *w, struct whole_walk *wholes)
{
    struct core_taker now = *t;
    now.open_lots = open_lots;
    return core_whole_before(c, &now, 0, next, w, wholes);
}

bool
core_would_fill(const struct core *c, const struct core_taker *t, int64_t must_lots, int *steps)
{
    const struct core_instrument *ins = &c->instruments[t->instrument_idx];
    bool matter = core_meetings_matter(c, ins),
         pegged = core_pegs_opposite(c, t->instrument_idx, t->side);
    bool whole = core_wholes_opposite(c, t->instrument_idx, t->side);
    if (!pegged && !whole && opposite_lots(ins, t->side) < must_lots)
        return false;
    if (c->hooks.pair == NULL && !matter && !pegged && !whole && c->link_cnt == 0)
        return fok_by_levels(c, ins, t->side, t->bound_units, must_lots, steps);
    struct maker_walk w = {0};
    core_maker_first(c, ins, t->side, &w);
    struct peg_walk pegs = {0};
    struct whole_walk wholes = {0};
    if (pegged)
        start_pegs(c, t, &pegs);
    if (whole)
        start_wholes(c, t, &wholes);
    int64_t open_lots = t->open_lots, price = 0;
    int64_t later_lots = 0; /* of icebergs at that price, not shown */
    for (; *steps > 0; (*steps)--) {
        struct next_maker next = {.slot = core_maker_next(c, ins, t->instrument_idx, t->account_idx,
                                                          t->side, t->bound_units, &w)};
        if (later_lots != 0 && refills_come(c, &w, price)) {
            if (later_lots >= must_lots)
                return true;
            must_lots -= later_lots;
            open_lots -= later_lots;
            later_lots = 0;
        }
        if (pegged)
            next = core_peg_before(c, t, 0, next.slot, &w, &pegs);
        if (whole)
            next = whole_before(c, t, open_lots, next, &w, &wholes);
        uint32_t maker = next.slot;
        if (maker == ORDER_NONE)
            return false;
        const struct order *m = order_at(&c->pools.orders, maker);
        enum core_meeting meeting = MEET_TRADE;
        if (matter)
            meeting = core_meet(c, t->instrument_idx, t->account_idx, m->account_idx);
        if (c->link_cnt != 0 && core_link_ahead(c, maker, steps)) {
            /* gone by then */
        } else if (meeting == MEET_TRADE) {
            int64_t lots = core_offered(c, maker);
            if (lots >= must_lots)
                return true;
            must_lots -= lots;
            open_lots -= lots;
            later_lots += m->leaves_lots - lots;
            price = m->price_units;
        } else if (!core_avoid_ahead(ins, meeting, m->leaves_lots, must_lots, &open_lots)) {
            return false;
        }
        if (m->place == PLACE_PEG)
            peg_walk_pass(&pegs, &c->pegs[t->instrument_idx].index, &c->pools);
        else if (m->place == PLACE_WHOLE)
            core_whole_pass(c, t, &wholes);
        else
            w.slot = m->next;
    }
    return false;
}
