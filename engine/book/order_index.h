#ifndef ENGINE_BOOK_ORDER_INDEX_H
#define ENGINE_BOOK_ORDER_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"
#include "engine/book/resting_pool.h"

/* Living orders by an id that somebody else chose: a hash table with linear probing where the entry
 * that is farther from its place goes first (Robin Hood). A cell holds the slot and how far it lies
 * from its place, but not the id, which stands in the order that is wanted next anyway: four bytes
 * an order keep the table small enough for the caches near the core, and for the TLB.
 * A cell whose distance is not the one of the walk is of another place; so what is not there is
 * found out mostly without a look at an order.
 * thread: the core's only     owner: caller's memory
 * source: P. Celis, "Robin Hood Hashing", 1986; removal by moving back: no tombstones */

enum { INDEX_DISTANCE_SHIFT = RESTING_SLOT_BITS, INDEX_DISTANCE_MAX = 255 };

struct order_index {
    uint32_t *cells; /* 0 = empty; else slot | (1 + distance from its place) << 24 */
    uint64_t mask;   /* cells - 1 */
    uint64_t key;    /* against ids that are chosen to meet */
};

/* Cells are at least twice the orders. */
size_t order_index_footprint(uint32_t order_max);
void order_index_init(struct order_index *ix, void *mem, uint32_t order_max, uint64_t hash_key);

/* Where an id belongs. */
static inline uint64_t
order_index_place(const struct order_index *ix, uint64_t id)
{
    return hash_mix(id ^ ix->key, UINT64_C(0x9e3779b97f4a7c15)) & ix->mask;
}

static inline void
order_index_touch(const struct order_index *ix, uint64_t id)
{
    __builtin_prefetch(&ix->cells[order_index_place(ix, id)], 1, 3);
}

/* For what looks ahead: a slot that may hold the order, or RESTING_NONE. Reads no order. */
static inline uint32_t
order_index_guess(const struct order_index *ix, uint64_t id)
{
    uint64_t at = order_index_place(ix, id);
    for (uint32_t walked = 1; walked < 4; walked++, at = (at + 1) & ix->mask)
        if (ix->cells[at] >> INDEX_DISTANCE_SHIFT == walked)
            return ix->cells[at] & RESTING_MAX;
    return RESTING_NONE;
}

/* The slot of the order with this id, or RESTING_NONE. *cell: where it stands, for remove. */
static inline uint32_t
order_index_find(const struct order_index *ix, const struct resting *orders, uint64_t id,
                 uint64_t *cell)
{
    uint64_t at = order_index_place(ix, id);
    for (uint32_t walked = 1;; walked++, at = (at + 1) & ix->mask) {
        uint32_t there = ix->cells[at];
        *cell = at;
        if (there >> INDEX_DISTANCE_SHIFT < walked)
            return RESTING_NONE;
        uint32_t slot = there & RESTING_MAX;
        if (there >> INDEX_DISTANCE_SHIFT == walked && orders[slot].order_id == id)
            return slot;
    }
}

/* An id that is not in it. */
void order_index_add(struct order_index *ix, uint64_t id, uint32_t slot);
void order_index_remove(struct order_index *ix, uint64_t cell);

#endif
