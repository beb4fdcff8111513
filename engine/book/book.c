#include "engine/book/book.h"

#include "engine/base/check.h"

void
book_init(struct book *b)
{
    level_side_init(&b->side[0], SIDE_BUY);
    level_side_init(&b->side[1], SIDE_SELL);
}

void
book_add(struct book *b, struct book_pools *p, uint32_t slot)
{
    struct order *o = &p->orders.hot[slot];
    struct level_side *side = book_side(b, o->side);
    uint32_t at = level_take(&p->levels, side, o->price_units);
    struct level *l = &p->levels.levels[at];
    o->level = at;
    o->prev = l->tail;
    o->next = ORDER_NONE;
    o->place = PLACE_BOOK;
    if (l->tail == ORDER_NONE)
        l->head = slot;
    else
        p->orders.hot[l->tail].next = slot;
    l->tail = slot;
    l->order_cnt++;
    l->lots += o->leaves_lots;
    side->lots += o->leaves_lots;
}

/* Unlinks; the order's remaining lots leave the level's sum. */
static void
unlink_order(struct book *b, struct book_pools *p, uint32_t slot)
{
    struct order *hot = p->orders.hot;
    struct order *o = &hot[slot];
    struct level_side *side = book_side(b, o->side);
    struct level *l = &p->levels.levels[o->level];
    if (o->prev == ORDER_NONE)
        l->head = o->next;
    else
        hot[o->prev].next = o->next;
    if (o->next == ORDER_NONE)
        l->tail = o->prev;
    else
        hot[o->next].prev = o->prev;
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
    CHECK(p->orders.hot[slot].place == PLACE_BOOK);
    unlink_order(b, p, slot);
}

bool
book_reduce(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots)
{
    struct order *o = &p->orders.hot[slot];
    CHECK(o->place == PLACE_BOOK && lots > 0 && lots <= o->leaves_lots);
    o->leaves_lots -= lots;
    p->levels.levels[o->level].lots -= lots;
    book_side(b, o->side)->lots -= lots;
    if (o->leaves_lots > 0)
        return true;
    unlink_order(b, p, slot);
    return false;
}

static uint32_t
check_level(const struct level_side *s, const struct book_pools *p, uint32_t at)
{
    const struct level *l = &p->levels.levels[at];
    int64_t lots = 0;
    uint32_t cnt = 0, prev = ORDER_NONE;
    for (uint32_t i = l->head; i != ORDER_NONE; i = p->orders.hot[i].next) {
        const struct order *o = &p->orders.hot[i];
        CHECK(o->place == PLACE_BOOK && o->level == at && o->prev == prev);
        CHECK(o->price_units == l->price_units && o->side == s->side && o->leaves_lots > 0);
        lots += o->leaves_lots;
        cnt++;
        prev = i;
    }
    CHECK(l->tail == prev && l->order_cnt == cnt && l->lots == lots && cnt > 0);
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
