#ifndef ENGINE_BOOK_LEVEL_INDEX_H
#define ENGINE_BOOK_LEVEL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/types.h"

/* Price levels of all books, and per side of a book an index from price to level that also knows
 * the next better and worse one: a trie over the price in price units, 6 bits a node, each node
 * with a bitmap of the children that are there. A node is there only where prices part: it has two
 * children at least, and nodes with one alone are left out (source: D. R. Morrison, PATRICIA, JACM
 * 15, 1968). So there are fewer nodes than levels however far apart the prices lie, and the same
 * prices always make the same nodes. A node's children stand in its own cache line while they are
 * few, and in a block of 64 beyond that.
 * shape:  prices > 0; at most 11 nodes from root to level
 * thread: the core's only     owner: caller's memory
 * cost:   O(1) where the price lies in the block of 64 that was looked up last, for the best level
 *         and for taking a level out; else the nodes on the way, at most one for each 6 bits in
 *         which prices of the side differ */

#define LEVEL_NONE UINT32_MAX
/* What a child (a "ref", see level_index.c) refers to, without what kind it is. */
#define LEVEL_REF_INDEX 0x3fffffffu

struct level {
    int64_t price_units;
    int64_t lots; /* open: sum over its orders */
    uint32_t order_cnt;
    uint32_t head, tail; /* orders, by time; hidden ones behind all others */
    uint32_t node;       /* that leads to it, LEVEL_NONE: it is alone on its side; of a free one
                            the next free */
};
_Static_assert(sizeof(struct level) == 32, "two levels a cache line");

struct level_veil { /* of a level with orders that are not shown whole, else all 0 */
    int64_t lots;   /* open and not shown */
    uint32_t hidden_cnt, hidden_head;
};

enum { LEVEL_NODE_PACKED = 10 };

struct level_node {
    uint64_t map;       /* bit k = child k is there */
    int64_t base_units; /* lowest price that can be below it; -1: none can */
    uint32_t parent;    /* node, LEVEL_NONE: the root; of a free one the next free */
    uint8_t shift;      /* of the 6 bits of a price that choose the child; 0: children are levels */
    uint8_t wide;       /* 1: its children stand in a block of 64 */
    uint8_t zero[2];
    /* refs, see level_index.c, without gaps; wide: [0] is the block */
    uint32_t children[LEVEL_NODE_PACKED];
};
_Static_assert(sizeof(struct level_node) == 64, "a node of few children is one cache line");

struct level_pool {
    struct level *levels;
    struct level_veil *veils; /* by level; looked at only where a side has veiled orders */
    struct level_node *nodes; /* 0 stands for none: no price is below it */
    uint32_t (
        *blocks)[64]; /* of nodes that are wide: refs by child; of a free one [0] is the next */
    uint32_t free_level, free_node, free_block; /* used before, or LEVEL_NONE */
    uint32_t level_used_max, level_max;
    uint32_t node_used_max, node_max;
    uint32_t block_used_max, block_max;
    uint32_t level_cnt, node_cnt, block_cnt; /* in use */
};

struct level_side {     /* one side of one book */
    int64_t best_units; /* price of the best level; 0: the side is empty */
    int64_t lots;       /* open on this side in all */
    uint32_t best;      /* level, or LEVEL_NONE */
    uint32_t leaf;      /* node of shift 0 that was looked up last; 0: none */
    uint32_t root;      /* ref; meaningful while level_cnt > 0 */
    uint32_t level_cnt;
    uint32_t veiled_cnt; /* orders on this side that are not shown whole; pegs too */
    uint8_t side;        /* enum side */
    uint8_t zero[3];
};
_Static_assert(sizeof(struct level_side) == 40, "level_side layout");

size_t level_pool_footprint(uint32_t level_max);
void level_pool_init(struct level_pool *p, void *mem, uint32_t level_max);

/* Room for one more level at whatever price. There are half as many nodes as levels: prices drawn
 * at random need a third, only ones laid out against the index need more. */
static inline bool
level_pool_has_room(const struct level_pool *p)
{
    return p->level_cnt < p->level_max && p->node_cnt < p->node_max;
}

/* The same while a book is put together again from what once fitted: one node is to spare. */
static inline bool
level_pool_can_take(const struct level_pool *p)
{
    return p->level_cnt < p->level_max && p->node_cnt <= p->node_max;
}

void level_side_init(struct level_side *s, uint8_t side);

/* For what looks ahead: a ref to what is last on the way to a price, touched but not read, or
 * LEVEL_NONE; and the level that it leads to, or LEVEL_NONE. Reads the nodes above it, which all
 * prices share. */
uint32_t level_touch(const struct level_pool *p, const struct level_side *s, int64_t price_units);
uint32_t level_of_ref(const struct level_pool *p, uint32_t ref, int64_t price_units);

/* Whether those who wait here would trade at this bound of the other side. Without branches: which
 * side an order is on cannot be foretold. */
static inline bool
level_side_reached(const struct level_side *s, int64_t bound_units)
{
    bool sells = s->side == SIDE_SELL;
    return (s->best_units != 0) &
           ((sells & (s->best_units <= bound_units)) | (!sells & (s->best_units >= bound_units)));
}

/* Where a node's child k stands, which is there. */
static inline uint32_t *
level_node_child(const struct level_pool *p, struct level_node *n, uint32_t k)
{
    if (n->wide != 0)
        return &p->blocks[n->children[0]][k];
    return &n->children[__builtin_popcountll(n->map & (((uint64_t)1 << k) - 1))];
}

/* The level at this price if it is in the leaf that was looked up last, else LEVEL_NONE. */
static inline uint32_t
level_near(const struct level_pool *p, const struct level_side *s, int64_t price_units)
{
    struct level_node *n = &p->nodes[s->leaf];
    uint32_t k = (uint32_t)price_units & 63;
    if ((n->base_units ^ price_units) >> 6 != 0 || (n->map >> k & 1) == 0)
        return LEVEL_NONE;
    return *level_node_child(p, n, k) & LEVEL_REF_INDEX;
}

/* The level at this price, or LEVEL_NONE. */
uint32_t level_find(const struct level_pool *p, const struct level_side *s, int64_t price_units);
/* The level at this price, made when it is not there; room must be there then. */
uint32_t level_take(struct level_pool *p, struct level_side *s, int64_t price_units);
/* Takes out a level without orders. */
void level_give(struct level_pool *p, struct level_side *s, uint32_t level);
/* The next level that is worse than this price for those who wait there (buys: lower, sells:
 * higher), or LEVEL_NONE. */
uint32_t level_worse(const struct level_pool *p, const struct level_side *s, int64_t price_units);
/* Aborts unless what is in use and what is free are all that was ever used. cost: what is free */
void level_pool_check(const struct level_pool *p);

#endif
