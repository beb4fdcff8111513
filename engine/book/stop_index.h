#ifndef ENGINE_BOOK_STOP_INDEX_H
#define ENGINE_BOOK_STOP_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/book.h"

/* Stop orders of one instrument that wait for the last trade to reach them: by stop price, then by
 * time. They are outside the book and nobody sees them. Levels come from the book's pool.
 * thread: the core's only     cost: as a level of the book */
struct stop_index {
    int64_t rising_units;      /* a trade at this price or above reaches a buy; INT64_MAX = none */
    int64_t falling_units;     /* a trade at this price or below reaches a sell; 0 = none */
    struct level_side side[2]; /* [0] buys: lowest stop first, [1] sells: highest first */
};

void stop_index_init(struct stop_index *x);

/* Puts an order behind the others of its stop price (cold part). Room for a level must be there. */
void stop_index_add(struct stop_index *x, struct book_pools *p, uint32_t slot);
void stop_index_remove(struct stop_index *x, struct book_pools *p, uint32_t slot);

/* Whether a trade at this price reaches a stop. */
static inline bool
stop_index_reached(const struct stop_index *x, int64_t price_units)
{
    return (price_units >= x->rising_units) | (price_units <= x->falling_units);
}

/* The stop of a side that a trade reaches first, or ORDER_NONE. */
uint32_t stop_index_next(const struct stop_index *x, const struct book_pools *p, uint8_t side);

/* Aborts unless lists, counts and index agree; returns the orders. cost: all of them */
uint32_t stop_index_check(const struct stop_index *x, const struct book_pools *p);

#endif
