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
    x->trail[0] = x->trail[1] = TRAIL_NONE;
}

/* From which price on those of a side that trail are reached or follow, as prices of that side. */
static void
trail_bounds(const struct stop_index *x, const struct book_pools *p, uint8_t side, int64_t *reach,
             int64_t *follow)
{
    const struct trail_node *n = &p->trails.nodes[x->trail[side - SIDE_BUY]];
    *reach = trail_inside(side, n->near_stop);
    *follow = n->seen == TRAIL_UNSEEN ? (side == SIDE_BUY ? INT64_MAX : 1)
                                      : trail_inside(side, n->seen + 1);
}

static void
find_nearest(struct stop_index *x, const struct book_pools *p)
{
    uint32_t up = x->side[0].best, down = x->side[1].best;
    x->rising_units = up == LEVEL_NONE ? INT64_MAX : p->levels.levels[up].price_units;
    x->falling_units = down == LEVEL_NONE ? 0 : p->levels.levels[down].price_units;
    int64_t reach, follow;
    if (x->trail[0] != TRAIL_NONE) {
        trail_bounds(x, p, SIDE_BUY, &reach, &follow);
        x->rising_units = reach < x->rising_units ? reach : x->rising_units;
        x->falling_units = follow > x->falling_units ? follow : x->falling_units;
    }
    if (x->trail[1] != TRAIL_NONE) {
        trail_bounds(x, p, SIDE_SELL, &reach, &follow);
        x->rising_units = follow < x->rising_units ? follow : x->rising_units;
        x->falling_units = reach > x->falling_units ? reach : x->falling_units;
    }
}

static void
level_add(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = &p->orders.hot[slot];
    struct level_side *side = &x->side[o->side - SIDE_BUY];
    o->level = level_take(&p->levels, side, p->orders.cold[slot].stop_units);
    struct level *l = &p->levels.levels[o->level];
    o->prev = l->tail;
    o->next = ORDER_NONE;
    *(l->tail == ORDER_NONE ? &l->head : &p->orders.hot[l->tail].next) = slot;
    l->tail = slot;
    l->order_cnt++;
}

static void
level_remove(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *hot = p->orders.hot, *o = &hot[slot];
    struct level *l = &p->levels.levels[o->level];
    *(o->prev == ORDER_NONE ? &l->head : &hot[o->prev].next) = o->next;
    *(o->next == ORDER_NONE ? &l->tail : &hot[o->next].prev) = o->prev;
    if (--l->order_cnt == 0)
        level_give(&p->levels, &x->side[o->side - SIDE_BUY], o->level);
}

void
stop_index_add(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = &p->orders.hot[slot];
    if (stop_index_trails(p, slot))
        trail_add(&p->trails, &x->trail[o->side - SIDE_BUY], &p->orders, slot);
    else
        level_add(x, p, slot);
    o->place = PLACE_STOP;
    find_nearest(x, p);
}

void
stop_index_remove(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = &p->orders.hot[slot];
    CHECK(o->place == PLACE_STOP);
    if (stop_index_trails(p, slot))
        trail_remove(&p->trails, &x->trail[o->side - SIDE_BUY], &p->orders, slot);
    else
        level_remove(x, p, slot);
    o->place = PLACE_TAKING;
    find_nearest(x, p);
}

void
stop_index_follow(struct stop_index *x, struct book_pools *p, uint8_t side, int64_t price_units)
{
    trail_follow(&p->trails, x->trail[side - SIDE_BUY], &p->orders, side, price_units);
    find_nearest(x, p);
}

int64_t
stop_index_price(const struct book_pools *p, uint32_t slot)
{
    return p->orders.hot[slot].place == PLACE_STOP && stop_index_trails(p, slot)
               ? trail_stop(&p->trails, &p->orders, slot)
               : p->orders.cold[slot].stop_units;
}

static uint32_t
first_of_level(const struct stop_index *x, const struct book_pools *p, uint8_t side)
{
    uint32_t best = x->side[side - SIDE_BUY].best;
    return best == LEVEL_NONE ? ORDER_NONE : p->levels.levels[best].head;
}

uint32_t
stop_index_next(const struct stop_index *x, const struct book_pools *p, uint8_t side)
{
    uint32_t fixed = first_of_level(x, p, side), root = x->trail[side - SIDE_BUY];
    if (root == TRAIL_NONE)
        return fixed;
    const struct trail_node *n = &p->trails.nodes[root];
    bool fixed_first =
        fixed != ORDER_NONE && trail_inside(side, p->orders.cold[fixed].stop_units) >= n->near_stop;
    return fixed_first ? fixed : n->near;
}

uint32_t
stop_index_reached(const struct stop_index *x, const struct book_pools *p, uint8_t side,
                   int64_t price_units)
{
    uint32_t slot = price_units == 0 ? ORDER_NONE : stop_index_next(x, p, side);
    if (slot == ORDER_NONE)
        return ORDER_NONE;
    int64_t stop = stop_index_price(p, slot);
    return trail_inside(side, price_units) <= trail_inside(side, stop) ? slot : ORDER_NONE;
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
        orders += trail_check(&p->trails, x->trail[i], &p->orders, (uint8_t)(SIDE_BUY + i));
    }
    struct stop_index again = *x;
    find_nearest(&again, p);
    CHECK(again.rising_units == x->rising_units && again.falling_units == x->falling_units);
    return orders;
}
