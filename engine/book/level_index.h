#ifndef ENGINE_BOOK_LEVEL_INDEX_H
#define ENGINE_BOOK_LEVEL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/types.h"

/* Price levels of all books, and per side of a book an index from price to level that also knows
 * the next better and worse one: a trie with 64 children per node, each node with a bitmap of those
 * that are there. The price itself is the key (in price units), 6 bits per node; the height grows
 * when a price needs it and stays. A node is there only while a level is below it.
 * shape:  prices > 0; at most 11 nodes from root to leaf
 * thread: the core's only     owner: caller's memory
 * cost:   O(height) where the price is not beside the last one and where a leaf's last level goes:
 *         three nodes for prices below 2^18, four below 2^24; else, and for the best level, O(1) */

enum { LEVEL_HEIGHT_MAX = 11 };
#define LEVEL_NONE UINT32_MAX

struct level {
    int64_t price_units;
    int64_t lots; /* open: sum over its orders */
    uint32_t order_cnt;
    uint32_t head, tail; /* orders, by time; hidden ones behind all others */
    uint32_t leaf;       /* node that leads to it */
};
_Static_assert(sizeof(struct level) == 32, "two levels a cache line");

struct level_veil { /* of a level with orders that are not shown whole, else all 0 */
    int64_t lots;   /* open and not shown */
    uint32_t hidden_cnt, hidden_head;
};

struct level_pool {
    struct level *levels;
    struct level_veil *veils; /* by level; looked at only where a side has veiled orders */
    uint64_t *maps;           /* of a node: bit k = child k is there */
    uint32_t (*children)[64]; /* of a node: nodes, in a leaf levels */
    uint32_t *free_levels, *free_nodes;
    uint32_t level_free_cnt, level_used_max, level_max;
    uint32_t node_free_cnt, node_used_max, node_max;
    uint32_t level_cnt, node_cnt; /* in use */
};

struct level_side { /* one side of one book */
    uint32_t root;  /* node; meaningful while level_cnt > 0 */
    uint32_t best;  /* level, or LEVEL_NONE */
    uint32_t level_cnt;
    uint8_t height; /* nodes from root to leaf; 0 before the first price */
    uint8_t side;   /* enum side */
    uint16_t zero;
    uint32_t leaf;       /* where a level was last looked up, or LEVEL_NONE: the next one is near */
    uint32_t veiled_cnt; /* orders on this side that are not shown whole */
    int64_t leaf_at;     /* its prices / 64 */
    int64_t lots;        /* open on this side in all */
};

size_t level_pool_footprint(uint32_t level_max);
void level_pool_init(struct level_pool *p, void *mem, uint32_t level_max);

/* Room for one more level at whatever price. */
static inline bool
level_pool_has_room(const struct level_pool *p)
{
    return p->level_cnt < p->level_max && p->node_cnt + LEVEL_HEIGHT_MAX <= p->node_max;
}

/* The same while a book is put together again from what once fitted: there are as many nodes to
 * spare as a level can need. */
static inline bool
level_pool_can_take(const struct level_pool *p)
{
    return p->level_cnt < p->level_max && p->node_cnt <= p->node_max;
}

void level_side_init(struct level_side *s, uint8_t side);

/* For what looks ahead: the leaf on the way to a price, touched but not read, or LEVEL_NONE; and
 * the level that it leads to, or LEVEL_NONE. Reads the nodes above it, which all prices share. */
uint32_t level_leaf_touch(const struct level_pool *p, const struct level_side *s,
                          int64_t price_units);
uint32_t level_of_leaf(const struct level_pool *p, uint32_t leaf, int64_t price_units);

/* The level at this price, or LEVEL_NONE. */
uint32_t level_find(const struct level_pool *p, const struct level_side *s, int64_t price_units);
/* The level at this price, made when it is not there; room must be there then. */
uint32_t level_take(struct level_pool *p, struct level_side *s, int64_t price_units);
/* Takes out a level without orders. */
void level_give(struct level_pool *p, struct level_side *s, uint32_t level);
/* The next level that is worse than this price for those who wait there (buys: lower, sells:
 * higher), or LEVEL_NONE. */
uint32_t level_worse(const struct level_pool *p, const struct level_side *s, int64_t price_units);

#endif
