#include "engine/book/peg_index.h"

#include <string.h>

#include "engine/base/check.h"

/* What they follow, without the offset. A middle between two price units is rounded away from the
 * other side. */
static int64_t
followed(uint8_t side, uint8_t kind, int64_t bid, int64_t ask)
{
    if (kind == PEG_PRIMARY)
        return side == SIDE_BUY ? bid : ask;
    if (bid == 0 || ask == 0)
        return 0;
    int64_t half = (ask - bid) / 2;
    return side == SIDE_BUY ? bid + half : ask - half;
}

int64_t
peg_price(uint8_t side, uint8_t kind, int32_t offset_units, const struct peg_market *m)
{
    int64_t base = followed(side, kind, m->bid_units, m->ask_units);
    if (base == 0)
        return 0;
    int64_t price = base + offset_units;
    if (side == SIDE_BUY && m->ask_units != 0 && price >= m->ask_units) {
        price = m->below_ask_units;
        price = price < base ? base : price;
    } else if (side == SIDE_SELL && m->bid_units != 0 && price <= m->bid_units) {
        price = m->above_bid_units;
        price = price > base || price == 0 ? base : price;
    }
    if (side == SIDE_BUY)
        return price < m->low_units ? 0 : price < m->high_units ? price : m->high_units;
    return price > m->high_units ? 0 : price > m->low_units ? price : m->low_units;
}

/* The group, or a free one for it, or PEG_GROUP_MAX. */
static uint32_t
group_of(const struct peg_index *x, uint8_t side, uint8_t kind, int32_t offset_units)
{
    const struct peg_group *groups = x->groups[side - SIDE_BUY];
    uint32_t free_one = PEG_GROUP_MAX;
    for (uint32_t i = PEG_GROUP_MAX; i-- > 0;) {
        if (groups[i].kind == kind && groups[i].offset_units == offset_units)
            return i;
        if (groups[i].kind == PEG_FREE)
            free_one = i;
    }
    return free_one;
}

bool
peg_index_has_room(const struct peg_index *x, uint8_t side, uint8_t kind, int32_t offset_units)
{
    return group_of(x, side, kind, offset_units) < PEG_GROUP_MAX;
}

static uint32_t
group_of_order(const struct peg_index *x, const struct book_pools *p, uint32_t slot)
{
    const struct order_cold *k = order_cold_at(&p->orders, slot);
    return group_of(x, order_at(&p->orders, slot)->side, peg_kind(k), k->offset_units);
}

uint32_t
peg_index_find(const struct peg_index *x, const struct book_pools *p, uint32_t slot)
{
    uint32_t at = group_of_order(x, p, slot);
    if (at == PEG_GROUP_MAX)
        return LEVEL_NONE;
    const struct peg_group *g = &x->groups[order_at(&p->orders, slot)->side - SIDE_BUY][at];
    if (g->cnt == 0)
        return LEVEL_NONE;
    return level_find(&p->levels, &g->limits, order_cold_at(&p->orders, slot)->cap_units);
}

/* The first of its limit that came after it: none, or for one that took in between the first. */
static uint32_t
first_after(const struct book_pools *p, const struct level *l, uint32_t slot)
{
    const struct order_pool *orders = &p->orders;
    if (l->tail == ORDER_NONE ||
        order_display_at(orders, l->tail)->stamp <= order_display_at(orders, slot)->stamp)
        return ORDER_NONE;
    uint32_t at = l->head;
    while (order_display_at(orders, at)->stamp <= order_display_at(orders, slot)->stamp)
        at = order_at(&p->orders, at)->next;
    return at;
}

void
peg_index_add(struct peg_index *x, struct book_pools *p, uint32_t slot)
{
    struct order_pool *orders = &p->orders;
    struct order *o = order_at(orders, slot);
    const struct order_cold *k = order_cold_at(&p->orders, slot);
    uint32_t at = group_of_order(x, p, slot);
    CHECK(at < PEG_GROUP_MAX);
    struct peg_group *g = &x->groups[o->side - SIDE_BUY][at];
    if (g->kind == PEG_FREE) {
        g->kind = peg_kind(k);
        g->offset_units = k->offset_units;
        level_side_init(&g->limits, o->side);
    }
    o->level = level_take(&p->levels, &g->limits, k->cap_units);
    struct level *l = &p->levels.levels[o->level];
    o->next = first_after(p, l, slot);
    o->prev = o->next == ORDER_NONE ? l->tail : order_at(orders, o->next)->prev;
    *(o->prev == ORDER_NONE ? &l->head : &order_at(orders, o->prev)->next) = slot;
    *(o->next == ORDER_NONE ? &l->tail : &order_at(orders, o->next)->prev) = slot;
    o->place = PLACE_PEG;
    l->order_cnt++;
    g->cnt++;
}

void
peg_index_remove(struct peg_index *x, struct book_pools *p, uint32_t slot)
{
    struct order_pool *orders = &p->orders;
    struct order *o = order_at(orders, slot);
    struct peg_group *g = &x->groups[o->side - SIDE_BUY][group_of_order(x, p, slot)];
    struct level *l = &p->levels.levels[o->level];
    CHECK(o->place == PLACE_PEG);
    *(o->prev == ORDER_NONE ? &l->head : &order_at(orders, o->prev)->next) = o->next;
    *(o->next == ORDER_NONE ? &l->tail : &order_at(orders, o->next)->prev) = o->prev;
    if (--l->order_cnt == 0)
        level_give(&p->levels, &g->limits, o->level);
    if (--g->cnt == 0)
        memset(g, 0, sizeof(*g));
    o->place = PLACE_TAKING;
}

/* --- best first --- */

void
peg_walk_start(struct peg_walk *w, const struct peg_index *x, const struct book_pools *p,
               uint8_t side, const struct peg_market *m)
{
    const struct peg_group *groups = x->groups[side - SIDE_BUY];
    w->side = side;
    w->edge_units = side == SIDE_BUY ? m->low_units : m->high_units;
    w->cnt = w->best = 0;
    for (uint32_t i = 0; i < PEG_GROUP_MAX; i++) {
        const struct peg_group *g = &groups[i];
        if (g->kind == PEG_FREE)
            continue;
        int64_t price = peg_price(side, g->kind, g->offset_units, m);
        if (price == 0)
            continue;
        w->at[w->cnt].group = i;
        w->at[w->cnt].level = g->limits.best;
        w->at[w->cnt].slot = p->levels.levels[g->limits.best].head;
        w->at[w->cnt].price_units = price;
        w->cnt++;
    }
}

struct standing { /* of two the smaller is first */
    int64_t price, limit;
    uint64_t stamp, order_id;
};

static struct standing
standing_of(const struct peg_walk *w, uint32_t i, const struct book_pools *p)
{
    int64_t sign = w->side == SIDE_BUY ? -1 : 1;
    int64_t price = sign * w->at[i].price_units;
    int64_t limit = sign * p->levels.levels[w->at[i].level].price_units;
    return (struct standing){.price = price > limit ? price : limit,
                             .limit = limit,
                             .stamp = order_display_at(&p->orders, w->at[i].slot)->stamp,
                             .order_id = order_at(&p->orders, w->at[i].slot)->order_id};
}

static bool
before(const struct standing *a, const struct standing *b)
{
    if (a->price != b->price)
        return a->price < b->price;
    if (a->limit != b->limit)
        return a->limit < b->limit;
    return a->stamp != b->stamp ? a->stamp < b->stamp : a->order_id < b->order_id;
}

uint32_t
peg_walk_best(struct peg_walk *w, const struct book_pools *p, int64_t *price_units)
{
    struct standing first = {0};
    if (w->cnt == 0)
        return ORDER_NONE;
    for (uint32_t i = 0; i < w->cnt; i++) {
        struct standing s = standing_of(w, i, p);
        if (i != 0 && !before(&s, &first))
            continue;
        first = s;
        w->best = i;
    }
    *price_units = w->side == SIDE_BUY ? -first.price : first.price;
    bool beyond = w->side == SIDE_BUY ? *price_units < w->edge_units : *price_units > w->edge_units;
    return beyond ? ORDER_NONE : w->at[w->best].slot;
}

void
peg_walk_pass(struct peg_walk *w, const struct peg_index *x, const struct book_pools *p)
{
    uint32_t i = w->best;
    const struct peg_group *g = &x->groups[w->side - SIDE_BUY][w->at[i].group];
    w->at[i].slot = order_at(&p->orders, w->at[i].slot)->next;
    if (w->at[i].slot != ORDER_NONE)
        return;
    w->at[i].level =
        level_worse(&p->levels, &g->limits, p->levels.levels[w->at[i].level].price_units);
    if (w->at[i].level != LEVEL_NONE)
        w->at[i].slot = p->levels.levels[w->at[i].level].head;
    else
        w->at[i] = w->at[--w->cnt];
}

/* --- checks --- */

static uint32_t
check_limit(const struct peg_group *g, const struct book_pools *p, uint32_t at, uint8_t side)
{
    const struct level *l = &p->levels.levels[at];
    uint32_t cnt = 0, prev = ORDER_NONE;
    uint64_t stamp = 0;
    for (uint32_t i = l->head; i != ORDER_NONE; i = order_at(&p->orders, i)->next) {
        const struct order *o = order_at(&p->orders, i);
        const struct order_cold *k = order_cold_at(&p->orders, i);
        CHECK(o->place == PLACE_PEG && o->level == at && o->prev == prev && o->side == side);
        CHECK(k->cap_units == l->price_units && peg_kind(k) == g->kind &&
              k->offset_units == g->offset_units && o->leaves_lots > 0);
        CHECK(order_display_at(&p->orders, i)->stamp >= stamp);
        stamp = order_display_at(&p->orders, i)->stamp;
        cnt++;
        prev = i;
    }
    CHECK(cnt > 0 && l->order_cnt == cnt && l->tail == prev && l->lots == 0);
    return cnt;
}

uint32_t
peg_index_check(const struct peg_index *x, const struct book_pools *p, uint32_t *levels)
{
    uint32_t orders = 0;
    for (uint32_t i = 0; i < 2 * PEG_GROUP_MAX; i++) {
        uint8_t side = i < PEG_GROUP_MAX ? SIDE_BUY : SIDE_SELL;
        const struct peg_group *g = &x->groups[side - SIDE_BUY][i % PEG_GROUP_MAX];
        uint32_t cnt = 0, at_limits = 0;
        if (g->kind == PEG_FREE)
            continue;
        CHECK(group_of(x, side, g->kind, g->offset_units) == i % PEG_GROUP_MAX);
        for (uint32_t at = g->limits.best; at != LEVEL_NONE; at_limits++) {
            cnt += check_limit(g, p, at, side);
            at = level_worse(&p->levels, &g->limits, p->levels.levels[at].price_units);
        }
        CHECK(cnt == g->cnt && cnt > 0 && at_limits == g->limits.level_cnt);
        *levels += at_limits;
        orders += cnt;
    }
    return orders;
}
