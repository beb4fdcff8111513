#ifndef ENGINE_CORE_CORE_WALK_H
#define ENGINE_CORE_CORE_WALK_H

#include "engine/core/core_link.h"
#include "engine/core/core_peg.h"

/* Whom an order trades with: the best of the other side, those passed over that may not; pegs stand
 * between the prices of the book (core_ahead.c). */

struct maker_walk {
    uint32_t level, slot; /* where it stands; LEVEL_NONE = from the best on */
    uint32_t skipped;
};

static inline bool
core_pair_allowed(const struct core *c, uint32_t instrument_idx, uint8_t taker_side,
                  uint32_t taker_account, uint32_t maker_account)
{
    if (c->hooks.pair == NULL)
        return true;
    bool buys = taker_side == SIDE_BUY;
    return c->hooks.pair(c->hook_self, instrument_idx, buys ? taker_account : maker_account,
                         buys ? maker_account : taker_account) == 0;
}

static inline bool
core_within(uint8_t side, int64_t price, int64_t bound)
{
    return side == SIDE_BUY ? price <= bound : price >= bound;
}

/* The first maker at or behind *slot (of *level) with whom the account may trade, within the bound;
 * ORDER_NONE when there is none, or too many had to be passed over. */
static inline uint32_t
core_maker_next(const struct core *c, const struct core_instrument *ins, uint32_t instrument_idx,
                uint32_t account_idx, uint8_t side, int64_t bound, struct maker_walk *w)
{
    const struct level_side *opposite = &ins->book.side[side == SIDE_BUY ? 1 : 0];
    const struct level *levels = c->pools.levels.levels;
    while (w->level != LEVEL_NONE && core_within(side, levels[w->level].price_units, bound)) {
        while (w->slot != ORDER_NONE) {
            const struct order *m = order_at(&c->pools.orders, w->slot);
            if (core_pair_allowed(c, instrument_idx, side, account_idx, m->account_idx))
                return w->slot;
            if (++w->skipped > c->genesis.maker_skip_max)
                return ORDER_NONE;
            w->slot = m->next;
        }
        w->level = level_worse(&c->pools.levels, opposite, levels[w->level].price_units);
        w->slot = w->level == LEVEL_NONE ? ORDER_NONE : levels[w->level].head;
    }
    return ORDER_NONE;
}

static inline void
core_maker_first(const struct core *c, const struct core_instrument *ins, uint8_t side,
                 struct maker_walk *w)
{
    w->level = ins->book.side[side == SIDE_BUY ? 1 : 0].best;
    w->slot = w->level == LEVEL_NONE ? ORDER_NONE : c->pools.levels.levels[w->level].head;
}

/* The next at its price, which may be gone with it. */
static inline uint32_t
core_maker_behind(const struct core *c, uint32_t maker)
{
    uint32_t next = order_at(&c->pools.orders, maker)->next;
    return c->link_cnt != 0 && core_link_is(c, maker, next) ? order_at(&c->pools.orders, next)->next
                                                            : next;
}

struct next_maker {
    uint32_t slot;       /* ORDER_NONE = there is none */
    int64_t aside_units; /* what one beside the book trades at; 0 = it is in the book */
};

/* What one order comes to with another trade. */
static inline bool
core_sum_fits(int64_t price_units, int64_t lots, int64_t cum_cost)
{
    int64_t cost;
    return !__builtin_mul_overflow(price_units, lots, &cost) &&
           !__builtin_add_overflow(cost, cum_cost, &cost);
}

/* A peg that goes before this maker of the book (or ORDER_NONE), or the maker.
 * At one price the book goes first. A trade whose amounts do not fit is one of those that may not
 * be. */
struct next_maker core_peg_before(const struct core *c, const struct core_taker *t,
                                  int64_t cum_cost, uint32_t maker, struct maker_walk *w,
                                  struct peg_walk *pegs);

/* Those that are all or none and wait, by price and time (core_whole.c). */
struct whole_walk {
    uint32_t slot; /* where it stands; ORDER_NONE = at the end */
    uint32_t passed;
};
/* The best that lies in the price bands of a taker. */
void core_whole_first(const struct core *c, const struct core_taker *t, int64_t low_units,
                      int64_t high_units, struct whole_walk *w);
void core_whole_pass(const struct core *c, const struct core_taker *t, struct whole_walk *w);
/* One that goes before this maker and is no larger than what the taker has open, or the maker. At
 * one price the book and pegs go first. */
struct next_maker core_whole_before(const struct core *c, const struct core_taker *t,
                                    int64_t cum_cost, struct next_maker next,
                                    const struct maker_walk *book, struct whole_walk *w);

struct aside_walk { /* all who wait beside the book */
    bool begun;
    struct peg_walk pegs;
    struct whole_walk wholes;
};

#endif
