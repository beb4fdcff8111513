#ifndef ENGINE_BOOK_STOP_INDEX_H
#define ENGINE_BOOK_STOP_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/book.h"

/* Stop orders of one instrument that wait for the last trade to reach them: by stop price, then by
 * time; those that trail in a tree of their own. They are outside the book and nobody sees them.
 * Levels come from the book's pool.
 * thread: the core's only     cost: as a level of the book */
struct stop_index {
    int64_t rising_units;      /* a trade at this price or above reaches a buy, or moves a sell that
                                  trails; INT64_MAX = none */
    int64_t falling_units;     /* a trade at this price or below reaches a sell, or moves a buy that
                                  trails; 0 = none */
    struct level_side side[2]; /* [0] buys: lowest stop first, [1] sells: highest first */
    uint32_t trail[2];         /* the same of those that trail: roots, or TRAIL_NONE */
};

void stop_index_init(struct stop_index *x);

/* Puts an order behind the others of its stop price (cold part). Room for a level, or where it
 * trails (offset_units) for a node, must be there. */
void stop_index_add(struct stop_index *x, struct book_pools *p, uint32_t slot);
/* Takes it out. One that trails keeps the stop price and the limit that it has come to. */
void stop_index_remove(struct stop_index *x, struct book_pools *p, uint32_t slot);
/* Stops of a side that trail follow this price. */
void stop_index_follow(struct stop_index *x, struct book_pools *p, uint8_t side,
                       int64_t price_units);

/* Whether a trade at this price reaches a stop, or moves one. */
static inline bool
stop_index_concerned(const struct stop_index *x, int64_t price_units)
{
    return (price_units >= x->rising_units) | (price_units <= x->falling_units);
}

static inline bool
stop_index_trails(const struct book_pools *p, uint32_t slot)
{
    return order_cold_at(&p->orders, slot)->offset_units != 0;
}

/* The stop price that an order has come to. */
int64_t stop_index_price(const struct book_pools *p, uint32_t slot);

/* The stop of a side that a trade reaches first, or ORDER_NONE: of one stop price those that do not
 * trail by time, then those that do by number. */
uint32_t stop_index_next(const struct stop_index *x, const struct book_pools *p, uint8_t side);
/* The same if a trade at this price does reach it; price 0: there was none. */
uint32_t stop_index_reached(const struct stop_index *x, const struct book_pools *p, uint8_t side,
                            int64_t price_units);

/* Aborts unless lists, counts and index agree; returns the orders. cost: all of them */
uint32_t stop_index_check(const struct stop_index *x, const struct book_pools *p);

#endif
