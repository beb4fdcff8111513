#include "engine/book/order_pool.h"

#include <string.h>

#include "engine/base/check.h"

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

size_t
order_pool_footprint(uint32_t max)
{
    return align64(max * sizeof(struct order)) + align64(max * sizeof(struct order_cold)) +
           align64(max * sizeof(struct order_link)) + align64(max * sizeof(struct order_display)) +
           align64(max * sizeof(uint32_t));
}

void
order_pool_init(struct order_pool *p, void *mem, uint32_t max)
{
    CHECK(max > 0 && max <= ORDER_POOL_MAX);
    uint8_t *at = mem;
    memset(p, 0, sizeof(*p));
    p->hot = (void *)at;
    at += align64(max * sizeof(struct order));
    p->cold = (void *)at;
    at += align64(max * sizeof(struct order_cold));
    p->link = (void *)at;
    at += align64(max * sizeof(struct order_link));
    p->display = (void *)at;
    at += align64(max * sizeof(struct order_display));
    p->free_slots = (void *)at;
    p->max = max;
}
