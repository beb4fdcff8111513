#ifndef ENGINE_BOOK_BOOK_H
#define ENGINE_BOOK_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/level_index.h"
#include "engine/book/order_pool.h"

/* One instrument's book: orders by price, then by time. It knows nothing of money: who may trade,
 * what is paid and what is told is the core's part.
 * thread: the core's only     cost: O(height of the level index) where a level comes or goes */
struct book {
    struct level_side side[2]; /* [0] buys, [1] sells */
};

struct book_pools { /* shared by all books */
    struct order_pool orders;
    struct level_pool levels;
};

void book_init(struct book *b);

static inline struct level_side *
book_side(struct book *b, uint8_t side)
{
    return &b->side[side - SIDE_BUY];
}

/* The best level of a side, or LEVEL_NONE. */
static inline uint32_t
book_best(const struct book *b, uint8_t side)
{
    return b->side[side - SIDE_BUY].best;
}

/* Price of the best level of a side; 0 when it is empty. */
static inline int64_t
book_best_price(const struct book *b, const struct book_pools *p, uint8_t side)
{
    uint32_t best = book_best(b, side);
    return best == LEVEL_NONE ? 0 : p->levels.levels[best].price_units;
}

/* Puts an order (leaves_lots > 0) behind the others of its price. Room for a level must be there,
 * and the side's lots must not overflow with it. */
void book_add(struct book *b, struct book_pools *p, uint32_t slot);
/* Takes an order out; its level goes with its last order. */
void book_remove(struct book *b, struct book_pools *p, uint32_t slot);
/* Lowers an order's leaves and keeps its place; takes it out when none are left. Returns whether it
 * is still in the book. */
bool book_reduce(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots);

/* Whether an order of this side with this bound could trade with the best of the other side. */
static inline bool
book_crosses(const struct book *b, const struct book_pools *p, uint8_t side, int64_t bound_units)
{
    int64_t best = book_best_price(b, p, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    if (best == 0)
        return false;
    return side == SIDE_BUY ? best <= bound_units : best >= bound_units;
}

/* Aborts unless lists, sums, order and index agree. Returns how many orders are in it.
 * cost: the whole book */
uint32_t book_check(const struct book *b, const struct book_pools *p);

#endif
