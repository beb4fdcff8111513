#include "engine/book/stop_index.h"

#include "engine/base/check.h"

/* Buys wait as sells do in a book: the lowest price is met first. */
void
stop_index_init(struct stop_index *x)
{
    level_side_init(&x->side[0], SIDE_SELL);
    level_side_init(&x->side[1], SIDE_BUY);
    x->rising_units = INT64_MAX;
    x->falling_units = 0;
}

static void
find_nearest(struct stop_index *x, const struct book_pools *p)
{
    uint32_t up = x->side[0].best, down = x->side[1].best;
    x->rising_units = up == LEVEL_NONE ? INT64_MAX : p->levels.levels[up].price_units;
    x->falling_units = down == LEVEL_NONE ? 0 : p->levels.levels[down].price_units;
}

void
stop_index_add(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = &p->orders.hot[slot];
    struct level_side *side = &x->side[o->side - SIDE_BUY];
    o->level = level_take(&p->levels, side, p->orders.cold[slot].stop_units);
    struct level *l = &p->levels.levels[o->level];
    o->prev = l->tail;
    o->next = ORDER_NONE;
    o->place = PLACE_STOP;
    *(l->tail == ORDER_NONE ? &l->head : &p->orders.hot[l->tail].next) = slot;
    l->tail = slot;
    l->order_cnt++;
    find_nearest(x, p);
}

void
stop_index_remove(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *hot = p->orders.hot, *o = &hot[slot];
    struct level *l = &p->levels.levels[o->level];
    CHECK(o->place == PLACE_STOP);
    *(o->prev == ORDER_NONE ? &l->head : &hot[o->prev].next) = o->next;
    *(o->next == ORDER_NONE ? &l->tail : &hot[o->next].prev) = o->prev;
    if (--l->order_cnt == 0)
        level_give(&p->levels, &x->side[o->side - SIDE_BUY], o->level);
    o->place = PLACE_TAKING;
    find_nearest(x, p);
}

uint32_t
stop_index_next(const struct stop_index *x, const struct book_pools *p, uint8_t side)
{
    uint32_t best = x->side[side - SIDE_BUY].best;
    return best == LEVEL_NONE ? ORDER_NONE : p->levels.levels[best].head;
}

static uint32_t
check_stop_level(const struct level_side *s, const struct book_pools *p, uint32_t at, uint8_t side)
{
    const struct level *l = &p->levels.levels[at];
    uint32_t cnt = 0, prev = ORDER_NONE;
    for (uint32_t i = l->head; i != ORDER_NONE; i = p->orders.hot[i].next) {
        const struct order *o = &p->orders.hot[i];
        CHECK(o->place == PLACE_STOP && o->level == at && o->prev == prev && o->side == side);
        CHECK(p->orders.cold[i].stop_units == l->price_units);
        cnt++;
        prev = i;
    }
    CHECK(cnt > 0 && l->order_cnt == cnt && l->tail == prev && l->lots == 0);
    CHECK(level_find(&p->levels, s, l->price_units) == at);
    return cnt;
}

uint32_t
stop_index_check(const struct stop_index *x, const struct book_pools *p)
{
    uint32_t orders = 0;
    for (uint8_t i = 0; i < 2; i++) {
        const struct level_side *s = &x->side[i];
        uint32_t cnt = 0;
        for (uint32_t at = s->best; at != LEVEL_NONE; cnt++) {
            orders += check_stop_level(s, p, at, (uint8_t)(SIDE_BUY + i));
            at = level_worse(&p->levels, s, p->levels.levels[at].price_units);
        }
        CHECK(cnt == s->level_cnt);
    }
    CHECK(x->side[0].best == LEVEL_NONE ||
          x->rising_units == p->levels.levels[x->side[0].best].price_units);
    CHECK(x->side[1].best == LEVEL_NONE ||
          x->falling_units == p->levels.levels[x->side[1].best].price_units);
    return orders;
}
