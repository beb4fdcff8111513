#ifndef ENGINE_BOOK_TRAIL_INDEX_H
#define ENGINE_BOOK_TRAIL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/book/order_pool.h"
#include "engine/model/types.h"

/* Trailing stops of one side of an instrument that wait. The stop price of each follows the best
 * price that was traded since it came, at its distance, and never goes back. A trade moves many of
 * them and touches one node: what all from a node down have seen is written there once, and comes
 * down to each when something below is added or taken. The tree has no order; by counting it is as
 * flat as it can be.
 * Inside, prices of buys are negative, so that the higher price is the better one on both sides.
 * thread: the core's only     cost: O(1) for a trade, O(log n) to add and take */

#define TRAIL_NONE   UINT32_MAX
#define TRAIL_UNSEEN INT64_MIN

struct trail_node {
    int64_t stop;         /* 0: of its own order, without what nodes down to this one have seen */
    int64_t seen;         /* 8: best price that all from here down follow, or TRAIL_UNSEEN */
    int64_t near_stop;    /* 16: nearest to the market from here down, `seen` of here included */
    int64_t least;        /* 24: shortest distance from here down */
    uint32_t near, tight; /* 32: orders: that stop, that distance; of several the oldest */
    uint32_t parent;      /* 40 */
    uint32_t child[2];    /* 44 */
    uint32_t cnt;         /* 52: nodes from here down */
    uint32_t slot;        /* 56: its order; of a free node the next free one */
    uint32_t zero;        /* 60 */
};
_Static_assert(sizeof(struct trail_node) == 64, "a node is one cache line");

struct trail_pool {
    struct trail_node *nodes;
    uint32_t free_head; /* TRAIL_NONE = none */
    uint32_t used_max, max, cnt;
};

size_t trail_pool_footprint(uint32_t max);
/* mem: footprint bytes, 64-byte aligned. */
void trail_pool_init(struct trail_pool *p, void *mem, uint32_t max);

static inline bool
trail_pool_has_room(const struct trail_pool *p)
{
    return p->cnt < p->max;
}

/* Puts an order in, at the stop price of its cold part; its `level` becomes the node. Room must be
 * there. */
void trail_add(struct trail_pool *p, uint32_t *root, struct order_pool *orders, uint32_t slot);
/* Takes it out. Its record says from then on what its stop price and limit have become. */
void trail_remove(struct trail_pool *p, uint32_t *root, struct order_pool *orders, uint32_t slot);
/* All follow this price, where it is better than what they have seen. */
void trail_follow(struct trail_pool *p, uint32_t root, const struct order_pool *orders,
                  uint8_t side, int64_t price_units);
/* The stop price that it has come to. */
int64_t trail_stop(const struct trail_pool *p, const struct order_pool *orders, uint32_t slot);

static inline int64_t
trail_inside(uint8_t side, int64_t price_units)
{
    return side == SIDE_BUY ? -price_units : price_units;
}

/* Aborts unless counts, links and what is kept of each part agree; returns the orders. */
uint32_t trail_check(const struct trail_pool *p, uint32_t root, const struct order_pool *orders,
                     uint8_t side);

#endif
