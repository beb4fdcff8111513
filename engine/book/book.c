#include "engine/book/book.h"

#include "engine/base/check.h"

void
book_init(struct book *b)
{
    level_side_init(&b->side[0], SIDE_BUY);
    level_side_init(&b->side[1], SIDE_SELL);
}

static inline void
link_last(struct order_pool *orders, struct level *l, uint32_t slot)
{
    struct order *o = order_at(orders, slot);
    o->prev = l->tail;
    o->next = ORDER_NONE;
    if (l->tail == ORDER_NONE)
        l->head = slot;
    else
        order_at(orders, l->tail)->next = slot;
    l->tail = slot;
}

/* Before an order of its level, or (ORDER_NONE) at the end. */
static void
link_before(struct order_pool *orders, struct level *l, uint32_t slot, uint32_t before)
{
    if (before == ORDER_NONE) {
        link_last(orders, l, slot);
        return;
    }
    struct order *o = order_at(orders, slot);
    o->next = before;
    o->prev = order_at(orders, before)->prev;
    *(o->prev == ORDER_NONE ? &l->head : &order_at(orders, o->prev)->next) = slot;
    order_at(orders, before)->prev = slot;
}

static inline void
unlink_from(struct order_pool *orders, struct level *l, uint32_t slot)
{
    const struct order *o = order_at(orders, slot);
    if (o->prev == ORDER_NONE)
        l->head = o->next;
    else
        order_at(orders, o->prev)->next = o->next;
    if (o->next == ORDER_NONE)
        l->tail = o->prev;
    else
        order_at(orders, o->next)->prev = o->prev;
}

/* The first hidden order of a level, or ORDER_NONE. */
static uint32_t
hidden_head(const struct level_pool *p, uint32_t level)
{
    return p->veils[level].hidden_cnt == 0 ? ORDER_NONE : p->veils[level].hidden_head;
}

/* Of a plain book nothing is looked at but the side's own line. */
static inline void
add(struct book *b, struct book_pools *p, uint32_t slot, bool last)
{
    struct order *o = order_at(&p->orders, slot);
    struct level_side *side = book_side(b, o->side);
    uint32_t at = level_take(&p->levels, side, o->price_units);
    struct level *l = &p->levels.levels[at];
    o->level = at;
    o->place = PLACE_BOOK;
    if (last || __builtin_expect(side->veiled_cnt == 0, true))
        link_last(&p->orders, l, slot);
    else
        link_before(&p->orders, l, slot, hidden_head(&p->levels, at));
    l->order_cnt++;
    l->lots += o->leaves_lots;
    side->lots += o->leaves_lots;
}

void
book_add(struct book *b, struct book_pools *p, uint32_t slot)
{
    add(b, p, slot, false);
}

void
book_add_veiled(struct book *b, struct book_pools *p, uint32_t slot)
{
    const struct order *o = order_at(&p->orders, slot);
    bool hidden = order_cold_at(&p->orders, slot)->veil == VEIL_HIDDEN;
    add(b, p, slot, hidden);
    struct level_veil *v = &p->levels.veils[o->level];
    v->lots += o->leaves_lots - order_display_at(&p->orders, slot)->shown_lots;
    if (hidden && v->hidden_cnt++ == 0)
        v->hidden_head = slot;
    book_side(b, o->side)->veiled_cnt++;
}

/* What the level keeps of those that are not shown whole, before such an order goes. */
static __attribute__((noinline)) void
unveil(struct level_side *side, struct book_pools *p, uint32_t slot)
{
    const struct order *o = order_at(&p->orders, slot);
    struct level_veil *v = &p->levels.veils[o->level];
    if (order_cold_at(&p->orders, slot)->veil == VEIL_NONE)
        return;
    v->lots -= o->leaves_lots - order_display_at(&p->orders, slot)->shown_lots;
    side->veiled_cnt--;
    if (order_cold_at(&p->orders, slot)->veil != VEIL_HIDDEN)
        return;
    v->hidden_cnt--;
    if (v->hidden_head == slot)
        v->hidden_head = v->hidden_cnt == 0 ? 0 : o->next;
}

/* Unlinks; the order's remaining lots leave the level's sum. */
static void
unlink_order(struct book *b, struct book_pools *p, uint32_t slot)
{
    struct order *o = order_at(&p->orders, slot);
    struct level_side *side = book_side(b, o->side);
    struct level *l = &p->levels.levels[o->level];
    if (__builtin_expect(side->veiled_cnt != 0, false))
        unveil(side, p, slot);
    unlink_from(&p->orders, l, slot);
    l->order_cnt--;
    l->lots -= o->leaves_lots;
    side->lots -= o->leaves_lots;
    if (l->order_cnt == 0)
        level_give(&p->levels, side, o->level);
    o->place = PLACE_TAKING;
}

void
book_remove(struct book *b, struct book_pools *p, uint32_t slot)
{
    CHECK(order_at(&p->orders, slot)->place == PLACE_BOOK);
    unlink_order(b, p, slot);
}

static inline bool
reduce(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots)
{
    struct order *o = order_at(&p->orders, slot);
    o->leaves_lots -= lots;
    p->levels.levels[o->level].lots -= lots;
    book_side(b, o->side)->lots -= lots;
    if (o->leaves_lots > 0)
        return true;
    unlink_order(b, p, slot);
    return false;
}

/* Of an iceberg or hidden order: what is not shown goes first. */
static __attribute__((noinline)) void
reduce_veil(struct book_pools *p, uint32_t slot, int64_t lots)
{
    const struct order *o = order_at(&p->orders, slot);
    struct order_display *d = order_display_at(&p->orders, slot);
    if (order_cold_at(&p->orders, slot)->veil == VEIL_NONE)
        return;
    int64_t left = o->leaves_lots - lots, veiled = o->leaves_lots - d->shown_lots;
    if (d->shown_lots > left)
        d->shown_lots = left;
    p->levels.veils[o->level].lots -= veiled - (left - d->shown_lots);
}

bool
book_reduce(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots)
{
    const struct order *o = order_at(&p->orders, slot);
    CHECK(o->place == PLACE_BOOK && lots > 0 && lots <= o->leaves_lots);
    if (__builtin_expect(book_side(b, o->side)->veiled_cnt != 0, false))
        reduce_veil(p, slot, lots);
    return reduce(b, p, slot, lots);
}

bool
book_trade_veiled(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots)
{
    const struct order *o = order_at(&p->orders, slot);
    CHECK(o->place == PLACE_BOOK && lots > 0 && lots <= o->leaves_lots);
    if (order_cold_at(&p->orders, slot)->veil == VEIL_HIDDEN) {
        p->levels.veils[o->level].lots -= lots;
    } else {
        CHECK(lots <= order_display_at(&p->orders, slot)->shown_lots);
        order_display_at(&p->orders, slot)->shown_lots -= lots;
    }
    return reduce(b, p, slot, lots);
}

bool
book_refill(struct book_pools *p, uint32_t slot, int64_t lots)
{
    struct order *o = order_at(&p->orders, slot);
    struct level *l = &p->levels.levels[o->level];
    struct order_display *d = order_display_at(&p->orders, slot);
    CHECK(o->place == PLACE_BOOK && d->shown_lots == 0 && lots > 0 && lots <= o->leaves_lots);
    d->shown_lots = lots;
    p->levels.veils[o->level].lots -= lots;
    uint32_t before = hidden_head(&p->levels, o->level);
    if (o->next == before)
        return false;
    unlink_from(&p->orders, l, slot);
    link_before(&p->orders, l, slot, before);
    return true;
}

/* What an order adds to the veil of its level; hidden ones come last. */
static int64_t
check_veil(const struct book_pools *p, uint32_t slot, uint32_t *hidden_cnt)
{
    const struct order *o = order_at(&p->orders, slot);
    const struct order_display *d = order_display_at(&p->orders, slot);
    bool hidden = order_cold_at(&p->orders, slot)->veil == VEIL_HIDDEN;
    CHECK(*hidden_cnt == 0 || hidden, "a hidden order before one that is shown");
    *hidden_cnt += hidden;
    if (order_cold_at(&p->orders, slot)->veil == VEIL_NONE)
        return 0;
    CHECK(hidden ? d->shown_lots == 0 : d->shown_lots > 0 && d->shown_lots <= o->leaves_lots);
    return o->leaves_lots - d->shown_lots;
}

static uint32_t
check_level(const struct level_side *s, const struct book_pools *p, uint32_t at)
{
    const struct level *l = &p->levels.levels[at];
    const struct level_veil *v = &p->levels.veils[at];
    int64_t lots = 0, veiled_lots = 0;
    uint32_t cnt = 0, hidden_cnt = 0, prev = ORDER_NONE;
    for (uint32_t i = l->head; i != ORDER_NONE; i = order_at(&p->orders, i)->next) {
        const struct order *o = order_at(&p->orders, i);
        CHECK(o->place == PLACE_BOOK && o->level == at && o->prev == prev);
        CHECK(o->price_units == l->price_units && o->side == s->side && o->leaves_lots > 0);
        if (s->veiled_cnt != 0)
            veiled_lots += check_veil(p, i, &hidden_cnt);
        if (hidden_cnt == 1 && order_cold_at(&p->orders, i)->veil == VEIL_HIDDEN && cnt > 0)
            CHECK(v->hidden_head == i);
        lots += o->leaves_lots;
        cnt++;
        prev = i;
    }
    CHECK(l->tail == prev && l->order_cnt == cnt && l->lots == lots && cnt > 0);
    CHECK(v->lots == veiled_lots && v->hidden_cnt == hidden_cnt);
    CHECK(level_find(&p->levels, s, l->price_units) == at);
    return cnt;
}

uint32_t
book_check(const struct book *b, const struct book_pools *p)
{
    uint32_t orders = 0;
    for (int i = 0; i < 2; i++) {
        const struct level_side *s = &b->side[i];
        uint32_t cnt = 0;
        int64_t lots = 0;
        uint32_t at = s->best;
        while (at != LEVEL_NONE) {
            orders += check_level(s, p, at);
            lots += p->levels.levels[at].lots;
            cnt++;
            uint32_t next = level_worse(&p->levels, s, p->levels.levels[at].price_units);
            CHECK(next == LEVEL_NONE || (i == 0) == (p->levels.levels[next].price_units <
                                                     p->levels.levels[at].price_units));
            at = next;
        }
        CHECK(cnt == s->level_cnt && lots == s->lots);
    }
    return orders;
}
