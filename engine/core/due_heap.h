#ifndef ENGINE_CORE_DUE_HEAP_H
#define ENGINE_CORE_DUE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/book/order_pool.h"

/* Orders that end at an instant: the earliest first, at the same instant in the order of their
 * entry (order_id counts). Not saved: it is made again from the orders.
 * shape:  at most one entry per order slot      thread: the core's only
 * owner:  caller's memory                       cost:   O(log n) to add and remove */

struct due {
    int64_t due_ns;
    uint64_t order_id;
};

struct due_heap {
    struct due *at;
    uint32_t *pos; /* by order slot: position + 1 in `at`; 0 = not there */
    uint32_t cnt, max;
};

size_t due_heap_footprint(uint32_t order_max);
/* mem: footprint bytes, 8-byte aligned, zeroed. */
void due_heap_init(struct due_heap *h, void *mem, uint32_t order_max);

/* Puts it in unless it is there. */
void due_heap_add(struct due_heap *h, int64_t due_ns, uint64_t order_id);
/* Takes it out if it is there. */
void due_heap_remove(struct due_heap *h, uint64_t order_id);

static inline bool
due_heap_has(const struct due_heap *h, uint64_t order_id)
{
    uint32_t pos = h->pos[(uint32_t)order_id & ORDER_POOL_MAX];
    return pos != 0 && h->at[pos - 1].order_id == order_id;
}

/* INT64_MAX when there is none. */
static inline int64_t
due_heap_next_ns(const struct due_heap *h)
{
    return h->cnt == 0 ? INT64_MAX : h->at[0].due_ns;
}

/* Aborts unless every entry comes after its parent and is found by its slot. */
void due_heap_check(const struct due_heap *h);

#endif
