#ifndef ENGINE_BOOK_PRICE_QUEUE_H
#define ENGINE_BOOK_PRICE_QUEUE_H

#include "engine/book/book.h"

/* Orders that wait outside the book, by a price and then by time, at levels of the book's pool that
 * keep no sums. What their place is called is the caller's to say.
 * thread: the core's only     cost: as a level of the book */

/* Behind the others of this price. Room for a level must be there. */
void price_queue_add(struct book_pools *p, struct level_side *side, uint32_t slot,
                     int64_t price_units);
void price_queue_remove(struct book_pools *p, struct level_side *side, uint32_t slot);

/* Aborts unless lists, counts and index agree; returns the orders. price_of: what an order waits
 * by. cost: all of them */
uint32_t price_queue_check(const struct book_pools *p, const struct level_side *side, uint8_t of,
                           uint8_t place,
                           int64_t (*price_of)(const struct book_pools *p, uint32_t slot));

#endif
