#ifndef ENGINE_CORE_CORE_PEG_H
#define ENGINE_CORE_CORE_PEG_H

#include "engine/book/peg_index.h"
#include "engine/core/core_whole.h"

/* Pegged orders: core_peg.c says how they go. */

struct core_pegs {            /* index as instruments: pegged orders */
    struct peg_market market; /* as the taker in hand found it */
    uint32_t cnt[2];
    uint32_t due_next; /* the next of those that are due, or CORE_NONE */
    uint32_t due;      /* 1: what they follow may have moved, and they are still to be looked at */
    struct peg_index index;
};

struct core_peg_order { /* what its price depends on */
    uint32_t instrument_idx;
    uint8_t side, kind; /* enum peg_kind */
    int32_t offset_units;
    int64_t cap_units;
};
/* A peg says what it follows; no other order does. */
bool core_peg_fits(const struct command_order_new *o);
/* A peg is whole ticks from what it follows, or, where ticks differ by price, at it. */
bool core_peg_offset_fits(const struct core_instrument *ins, const struct command_order_new *o);
struct core_peg_order core_peg_asked(const struct command_order_new *o, uint32_t instrument_idx,
                                     int64_t cap_units);
/* The best price of a side that is shown; 0 = none, or too many before it are not. */
int64_t core_shown_best(const struct core *c, uint32_t instrument_idx, uint8_t side);
/* What pegs follow now. */
struct peg_market core_peg_market(const struct core *c, uint32_t instrument_idx);
/* It stays that while an order takes, however many commands that needs. */
void core_peg_hold_still(struct core *c, uint32_t instrument_idx);
/* The price bands have moved with what it trades, and pegs stay within. */
void core_peg_in_band(struct core *c, uint32_t instrument_idx);
/* The worst price for which a peg may trade; nobody's when it has none. */
int64_t core_peg_bound(const struct core_peg_order *x, const struct peg_market *m);
int64_t core_peg_taker_bound(const struct core *c, uint32_t slot);
/* Whether there is a group for it. */
bool core_peg_room(const struct core *c, const struct core_peg_order *x);
struct core_peg_order core_peg_of(const struct core *c, uint32_t slot);
/* The best price of a side's pegs; 0 = none has one. */
int64_t core_peg_best(const struct core *c, uint32_t instrument_idx, uint8_t side,
                      const struct peg_market *m);
bool core_peg_crosses(const struct core *c, uint32_t instrument_idx, uint8_t side,
                      int64_t bound_units, const struct peg_market *m);
void core_peg_rest(struct core *c, uint32_t slot);
/* Out of the index: to enter the market, with its place in time; or to be new in time wherever it
 * goes. */
void core_peg_take_out(struct core *c, uint32_t slot);
void core_peg_leave(struct core *c, uint32_t slot);
/* A maker has traded; false: it is done, and out. */
bool core_peg_fill(struct core *c, uint32_t slot, int64_t lots);
/* Pegs and those that are all or none, of which there are some, are to be looked at. */
void core_peg_due(struct core *c, uint32_t instrument_idx);
void core_pegs_start(struct core *c);
/* The next instrument whose pegs are due; false: none. */
bool core_pegs_next(const struct core *c, uint32_t *instrument_idx);
bool core_pegs_run(struct core *c, struct work *w); /* true when this instrument is done */
/* Aborts unless all agrees; returns the orders, adds the levels. */
uint32_t core_peg_check(const struct core *c, uint32_t instrument_idx, uint32_t *levels);

/* Whether pegs of a side wait. A venue without veils need not ask. */
static inline bool
core_pegs_on(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return __builtin_expect(c->pools.orders.veils, false) &&
           c->pegs[instrument_idx].cnt[side - SIDE_BUY] != 0;
}

static inline bool
core_pegs_opposite(const struct core *c, uint32_t instrument_idx, uint8_t side)
{
    return core_pegs_on(c, instrument_idx, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
}

static inline bool
core_pegged(const struct core *c, uint32_t instrument_idx)
{
    return core_pegs_on(c, instrument_idx, SIDE_BUY) || core_pegs_on(c, instrument_idx, SIDE_SELL);
}

/* What pegs follow may have moved, or how far they may go, or what those that are all or none may
 * be filled by. */
static inline void
core_pegs_moved(struct core *c, uint32_t instrument_idx)
{
    if (__builtin_expect(c->pools.orders.veils, false) &&
        (core_pegged(c, instrument_idx) || core_wholes_wait(c, instrument_idx)))
        core_peg_due(c, instrument_idx);
}

/* Whether an order of this side with this bound could trade now, with the book or with a peg. */
static inline bool
core_crosses(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t bound_units)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (book_crosses(&ins->book, &c->pools, side, bound_units))
        return true;
    if (!core_pegs_opposite(c, instrument_idx, side))
        return false;
    struct peg_market m = core_peg_market(c, instrument_idx);
    return core_peg_crosses(c, instrument_idx, side, bound_units, &m);
}

#endif
