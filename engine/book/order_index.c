#include "engine/book/order_index.h"

#include "engine/base/check.h"

static uint64_t
cell_cnt_for(uint32_t order_max)
{
    uint64_t cnt = 16;
    while (cnt < 2 * (uint64_t)order_max)
        cnt *= 2;
    return cnt;
}

size_t
order_index_footprint(uint32_t order_max)
{
    return cell_cnt_for(order_max) * sizeof(uint32_t);
}

void
order_index_init(struct order_index *ix, void *mem, uint32_t order_max, uint64_t hash_key)
{
    *ix = (struct order_index){.cells = mem, .mask = cell_cnt_for(order_max) - 1, .key = hash_key};
}

void
order_index_add(struct order_index *ix, uint64_t id, uint32_t slot)
{
    const uint32_t step = 1u << INDEX_DISTANCE_SHIFT;
    uint32_t carried = slot | step;
    for (uint64_t at = order_index_place(ix, id);; at = (at + 1) & ix->mask) {
        uint32_t there = ix->cells[at];
        if (there >> INDEX_DISTANCE_SHIFT < carried >> INDEX_DISTANCE_SHIFT) {
            ix->cells[at] = carried;
            carried = there;
            if (carried == 0)
                return;
        }
        CHECK(carried >> INDEX_DISTANCE_SHIFT < INDEX_DISTANCE_MAX,
              "ids that all belong to one place: the key is known");
        carried += step;
    }
}

void
order_index_remove(struct order_index *ix, uint64_t cell)
{
    const uint32_t step = 1u << INDEX_DISTANCE_SHIFT;
    for (;;) {
        uint64_t next = (cell + 1) & ix->mask;
        uint32_t moved = ix->cells[next];
        if (moved >> INDEX_DISTANCE_SHIFT <= 1) { /* empty, or where it belongs */
            ix->cells[cell] = 0;
            return;
        }
        ix->cells[cell] = moved - step;
        cell = next;
    }
}
