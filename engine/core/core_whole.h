#ifndef ENGINE_CORE_CORE_WHOLE_H
#define ENGINE_CORE_CORE_WHOLE_H

#include "engine/core/core_priv.h"

/* All-or-none orders: core_whole.c says how they go. */

/* Chosen: what one taker, or one move of the market, looks at has an end, and no rule book says
 * where. */
enum {
    CORE_WHOLE_PASSED_MAX = 64, /* of those that wait, so many are passed over for one taker */
    CORE_WHOLE_LOOKS_MAX = 16, /* the best of a side that are looked at when the market has moved */
    CORE_WHOLE_STEPS_MAX = 2048, /* makers or levels that all these looks of a side see together */
};

struct core_whole {            /* index as instruments */
    struct level_side side[2]; /* those that wait: [0] buys, [1] sells */
};

/* Whether an order may be all or none: a limit order that waits, and nothing else of it. */
bool core_whole_fits(const struct core_instrument *ins, const struct command_order_new *o);
void core_whole_reset(struct core_whole *w);
/* Among those that wait, behind the others of its price; out of them. */
void core_whole_add(struct core *c, uint32_t slot);
void core_whole_take_out(struct core *c, uint32_t slot);
/* One that could not be filled waits. */
void core_whole_rest(struct core *c, uint32_t slot);
/* A maker has traded, whole: it is done, and out. */
void core_whole_fill(struct core *c, uint32_t slot, int64_t lots);
/* Whether one that waits is within this bound of a taker. */
bool core_whole_crosses(const struct core *c, uint32_t instrument_idx, uint8_t side,
                        int64_t bound_units);
/* Whether it would be filled, if it entered now. */
bool core_whole_fillable(struct core *c, uint32_t slot);
/* One that waits and would be filled now, or ORDER_NONE. */
uint32_t core_whole_in_reach(struct core *c, uint32_t instrument_idx);
/* There is more beside the book: those that wait are to be looked at. */
void core_wholes_moved(struct core *c, uint32_t instrument_idx);
/* Aborts unless all agrees; returns the orders, adds the levels. */
uint32_t core_whole_check(const struct core *c, uint32_t instrument_idx, uint32_t *levels);

static inline bool
core_is_whole(const struct core *c, uint32_t slot)
{
    return (order_cold_at(&c->pools.orders, slot)->exec_inst & EXEC_ALL_OR_NONE) != 0;
}

/* Whether some of a side wait. A venue without veils need not ask. */
static inline bool
core_wholes_on(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return __builtin_expect(c->pools.orders.veils, false) &&
           c->wholes[instrument_idx].side[side - SIDE_BUY].best != LEVEL_NONE;
}

static inline bool
core_wholes_opposite(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return core_wholes_on(c, instrument_idx, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
}

static inline bool
core_wholes_wait(const struct core *c, uint32_t instrument_idx)
{
    return core_wholes_on(c, instrument_idx, SIDE_BUY) ||
           core_wholes_on(c, instrument_idx, SIDE_SELL);
}

#endif
