#include "engine/book/price_queue.h"

#include "engine/base/check.h"

void
price_queue_add(struct book_pools *p, struct level_side *side, uint32_t slot, int64_t price_units)
{
    struct order *o = order_at(&p->orders, slot);
    o->level = level_take(&p->levels, side, price_units);
    struct level *l = &p->levels.levels[o->level];
    o->prev = l->tail;
    o->next = ORDER_NONE;
    *(l->tail == ORDER_NONE ? &l->head : &order_at(&p->orders, l->tail)->next) = slot;
    l->tail = slot;
    l->order_cnt++;
}

void
price_queue_remove(struct book_pools *p, struct level_side *side, uint32_t slot)
{
    struct order_pool *orders = &p->orders;
    struct order *o = order_at(orders, slot);
    struct level *l = &p->levels.levels[o->level];
    *(o->prev == ORDER_NONE ? &l->head : &order_at(orders, o->prev)->next) = o->next;
    *(o->next == ORDER_NONE ? &l->tail : &order_at(orders, o->next)->prev) = o->prev;
    if (--l->order_cnt == 0)
        level_give(&p->levels, side, o->level);
}

static uint32_t
check_level(const struct book_pools *p, const struct level_side *s, uint32_t at, uint8_t of,
            uint8_t place, int64_t (*price_of)(const struct book_pools *p, uint32_t slot))
{
    const struct level *l = &p->levels.levels[at];
    uint32_t cnt = 0, prev = ORDER_NONE;
    for (uint32_t i = l->head; i != ORDER_NONE; i = order_at(&p->orders, i)->next) {
        const struct order *o = order_at(&p->orders, i);
        CHECK(o->place == place && o->level == at && o->prev == prev && o->side == of);
        CHECK(price_of(p, i) == l->price_units);
        cnt++;
        prev = i;
    }
    CHECK(cnt > 0 && l->order_cnt == cnt && l->tail == prev && l->lots == 0);
    CHECK(level_find(&p->levels, s, l->price_units) == at);
    return cnt;
}

uint32_t
price_queue_check(const struct book_pools *p, const struct level_side *side, uint8_t of,
                  uint8_t place, int64_t (*price_of)(const struct book_pools *p, uint32_t slot))
{
    uint32_t orders = 0, cnt = 0;
    for (uint32_t at = side->best; at != LEVEL_NONE; cnt++) {
        orders += check_level(p, side, at, of, place, price_of);
        at = level_worse(&p->levels, side, p->levels.levels[at].price_units);
    }
    CHECK(cnt == side->level_cnt);
    return orders;
}
