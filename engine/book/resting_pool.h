#ifndef ENGINE_BOOK_RESTING_POOL_H
#define ENGINE_BOOK_RESTING_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/check.h"

/* The orders of a book by itself (orderbook.h): half a cache line each, since that book knows of no
 * accounts, money and events. Its level says the price, and which of all books' sides it stands on
 * one number. Slots are given out last in, first out; those that are free hang together by `next`.
 * thread: the book's only     owner: caller's memory */

enum { RESTING_SLOT_BITS = 24, RESTING_MAX = (1 << RESTING_SLOT_BITS) - 1 };
#define RESTING_NONE UINT32_MAX

struct resting {
    uint64_t order_id;   /* 0: the caller's */
    int64_t lots;        /* 8: open */
    uint32_t level;      /* 16 */
    uint32_t prev, next; /* 20: neighbours at that level, by time */
    uint32_t where;      /* 28: instrument * 2, + 1 for a sell */
};
_Static_assert(sizeof(struct resting) == 32, "two resting orders a cache line");

struct resting_pool {
    struct resting *orders;
    uint32_t free;     /* slot that was used before, or RESTING_NONE */
    uint32_t used_max; /* slots from here on were never used */
    uint32_t max;
    uint32_t cnt; /* resting */
};

static inline size_t
resting_pool_footprint(uint32_t max)
{
    return max * sizeof(struct resting);
}

/* mem: footprint bytes, 64-byte aligned; max 1..RESTING_MAX. */
static inline void
resting_pool_init(struct resting_pool *p, void *mem, uint32_t max)
{
    *p = (struct resting_pool){.orders = mem, .free = RESTING_NONE, .max = max};
}

/* A slot for the caller to fill. Room must be there: cnt < max. */
static inline uint32_t
resting_pool_take(struct resting_pool *p)
{
    CHECK(p->cnt < p->max);
    uint32_t slot = p->free;
    if (__builtin_expect(slot != RESTING_NONE, true))
        p->free = p->orders[slot].next;
    else
        slot = p->used_max++;
    p->cnt++;
    return slot;
}

static inline void
resting_pool_give(struct resting_pool *p, uint32_t slot)
{
    p->orders[slot].next = p->free;
    p->free = slot;
    p->cnt--;
}

#endif
