#include "engine/book/stop_index.h"

#include "engine/base/check.h"
#include "engine/book/price_queue.h"

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

void
stop_index_add(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = order_at(&p->orders, slot);
    if (stop_index_trails(p, slot))
        trail_add(&p->trails, &x->trail[o->side - SIDE_BUY], &p->orders, slot);
    else
        price_queue_add(p, &x->side[o->side - SIDE_BUY], slot,
                        order_cold_at(&p->orders, slot)->stop_units);
    o->place = PLACE_STOP;
    find_nearest(x, p);
}

void
stop_index_remove(struct stop_index *x, struct book_pools *p, uint32_t slot)
{
    struct order *o = order_at(&p->orders, slot);
    CHECK(o->place == PLACE_STOP);
    if (stop_index_trails(p, slot))
        trail_remove(&p->trails, &x->trail[o->side - SIDE_BUY], &p->orders, slot);
    else
        price_queue_remove(p, &x->side[o->side - SIDE_BUY], slot);
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
    return order_at(&p->orders, slot)->place == PLACE_STOP && stop_index_trails(p, slot)
               ? trail_stop(&p->trails, &p->orders, slot)
               : order_cold_at(&p->orders, slot)->stop_units;
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
        fixed != ORDER_NONE &&
        trail_inside(side, order_cold_at(&p->orders, fixed)->stop_units) >= n->near_stop;
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

static int64_t
stop_of(const struct book_pools *p, uint32_t slot)
{
    return order_cold_at(&p->orders, slot)->stop_units;
}

uint32_t
stop_index_check(const struct stop_index *x, const struct book_pools *p)
{
    uint32_t orders = 0;
    for (int i = 0; i < 2; i++) {
        uint8_t side = i == 0 ? SIDE_BUY : SIDE_SELL;
        orders += price_queue_check(p, &x->side[i], side, PLACE_STOP, stop_of);
        orders += trail_check(&p->trails, x->trail[i], &p->orders, side);
    }
    struct stop_index again = *x;
    find_nearest(&again, p);
    CHECK(again.rising_units == x->rising_units && again.falling_units == x->falling_units);
    return orders;
}
