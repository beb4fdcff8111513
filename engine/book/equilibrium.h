#ifndef ENGINE_BOOK_EQUILIBRIUM_H
#define ENGINE_BOOK_EQUILIBRIUM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/book.h"
#include "engine/book/ticks.h"

/* The price at which a book that may be crossed is uncrossed. Candidates are the limits in the book
 * and the ticks between them. Of these, each rule among those that the one before has left:
 *   volume     the most lots trade
 *   surplus    the fewest lots that would trade too are left over
 *   pressure   more buyers are left over everywhere: the highest; more sellers: the lowest
 *   reference  the nearest to the reference; of two as near, the lower. Without a reference the
 *              middle of what is left counts as one
 * First the walk: bids from the best down and offers from the best up are set against each other
 * until they no longer cross. It may be done in parts as long as the book stays as it is; between
 * the parts it knows prices, no levels, so that it can be saved.
 * thread: the core's only     cost: the levels that trade, a walk in the level index each
 * source: ASX Trade, opening and closing price calculation (four steps); London Stock Exchange
 *         MIT201, auction uncrossing (same four); Xetra Market Model, price determination */
struct equilibrium {
    int64_t bid_units, ask_units; /* next levels of the walk; 0 = behind the last */
    int64_t bid_lots, ask_lots;   /* of these, not yet traded */
    int64_t lots;                 /* that trade so far */
    int64_t low_units;            /* dearest offer and cheapest bid that trade: with any price */
    int64_t high_units;           /* from the one to the other all these lots do */
};

/* What is set against each other. Of orders of which only one can trade only one counts: the lots
 * of the others are left out, and levels that have no more than these are passed. */
struct equilibrium_book {
    const struct book *book;
    const struct book_pools *pools;
    const int64_t *idle_lots; /* by level: of its lots those that do not count; NULL = all do */
};

struct equilibrium_price {
    int64_t price_units; /* 0 = nothing crosses */
    int64_t lots, surplus_lots;
    uint8_t surplus_side; /* enum side; 0 = none */
    uint8_t rule;         /* enum auction_rule; 0 = nothing crosses */
};

void equilibrium_start(struct equilibrium *e, const struct equilibrium_book *b);
/* At most so many levels further; true when the walk is over. */
bool equilibrium_walk(struct equilibrium *e, const struct equilibrium_book *b, int level_max);
/* After the walk. reference_units 0 = none. */
void equilibrium_decide(const struct equilibrium *e, const struct equilibrium_book *b,
                        const struct ticks *ticks, int64_t reference_units,
                        struct equilibrium_price *out);

#endif
