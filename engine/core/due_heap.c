#include "engine/core/due_heap.h"

#include "engine/base/check.h"

size_t
due_heap_footprint(uint32_t order_max)
{
    return order_max * (sizeof(struct due) + sizeof(uint32_t));
}

void
due_heap_init(struct due_heap *h, void *mem, uint32_t order_max)
{
    h->at = mem;
    h->pos = (void *)(h->at + order_max);
    h->cnt = 0;
    h->max = order_max;
}

static inline bool
before(const struct due *a, const struct due *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order_id < b->order_id;
}

static inline uint32_t
slot_of(const struct due *d)
{
    return (uint32_t)d->order_id & ORDER_POOL_MAX;
}

static void
put(struct due_heap *h, uint32_t at, const struct due *d)
{
    h->at[at] = *d;
    h->pos[slot_of(d)] = at + 1;
}

/* Puts d where it belongs, from the hole `at` upwards or downwards. */
static void
settle(struct due_heap *h, uint32_t at, struct due d)
{
    while (at > 0 && before(&d, &h->at[(at - 1) / 2])) {
        put(h, at, &h->at[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < h->cnt && before(&h->at[child + 1], &h->at[child]))
            child++;
        if (child >= h->cnt || !before(&h->at[child], &d))
            break;
        put(h, at, &h->at[child]);
        at = child;
    }
    put(h, at, &d);
}

void
due_heap_add(struct due_heap *h, int64_t due_ns, uint64_t order_id)
{
    struct due d = {.due_ns = due_ns, .order_id = order_id};
    if (h->pos[slot_of(&d)] != 0)
        return;
    CHECK(h->cnt < h->max);
    settle(h, h->cnt++, d);
}

void
due_heap_remove(struct due_heap *h, uint64_t order_id)
{
    uint32_t slot = (uint32_t)order_id & ORDER_POOL_MAX;
    if (h->pos[slot] == 0)
        return;
    uint32_t at = h->pos[slot] - 1;
    struct due last = h->at[--h->cnt];
    h->pos[slot] = 0;
    if (at < h->cnt)
        settle(h, at, last);
}

void
due_heap_check(const struct due_heap *h)
{
    for (uint32_t i = 0; i < h->cnt; i++) {
        CHECK(i == 0 || before(&h->at[(i - 1) / 2], &h->at[i]));
        CHECK(h->pos[slot_of(&h->at[i])] == i + 1);
    }
}
