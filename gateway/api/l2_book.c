#include "gateway/api/l2_book.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

void
l2_book_fini(struct l2_book *b)
{
    for (struct book_order *o = b->first, *next; o != NULL; o = next) {
        next = o->next;
        free(o);
    }
    ptr_map_fini(&b->orders);
    free(b->bids.levels);
    free(b->asks.levels);
    *b = (struct l2_book){0};
}

/* Index of the price, or of where it belongs. Bids rise towards the end, asks fall. */
static uint32_t
level_find(const struct book_side *s, bool bid, int64_t price, bool *found)
{
    uint32_t low = 0, high = s->cnt;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int64_t at = s->levels[middle].price_units;
        if (at == price) {
            *found = true;
            return middle;
        }
        if (bid ? at < price : at > price) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

static void
level_set(struct book_side *s, bool bid, int64_t price, int64_t lots, uint32_t order_cnt)
{
    bool found;
    uint32_t i = level_find(s, bid, price, &found);
    if (lots <= 0) {
        if (found) {
            s->cnt--;
            memmove(&s->levels[i], &s->levels[i + 1], (s->cnt - i) * sizeof(*s->levels));
        }
        return;
    }
    if (!found) {
        if (s->cnt == s->room) {
            s->room = s->room == 0 ? 64 : s->room * 2;
            s->levels = realloc(s->levels, s->room * sizeof(*s->levels));
            CHECK(s->levels != NULL, "no memory for %u price levels", s->room);
        }
        memmove(&s->levels[i + 1], &s->levels[i], (s->cnt - i) * sizeof(*s->levels));
        s->cnt++;
    }
    s->levels[i] = (struct book_level){price, lots, order_cnt};
}

static void
order_remove(struct l2_book *b, uint64_t order_id)
{
    struct book_order *o = ptr_map_remove(&b->orders, order_id);
    if (o == NULL) {
        return;
    }
    *(o->prev != NULL ? &o->prev->next : &b->first) = o->next;
    if (o->next != NULL) {
        o->next->prev = o->prev;
    }
    free(o);
}

static void
order_add(struct l2_book *b, const struct event_book *e)
{
    order_remove(b, e->order_id);
    struct book_order *o = calloc(1, sizeof(*o));
    CHECK(o != NULL, "no memory for an order of the book");
    *o = (struct book_order){.order_id = e->order_id,
                             .place = e->ev.rec.seq,
                             .price_units = e->price_units,
                             .lots = e->qty_lots,
                             .side = e->side,
                             .next = b->first};
    if (b->first != NULL) {
        b->first->prev = o;
    }
    b->first = o;
    ptr_map_put(&b->orders, e->order_id, o);
}

static void
order_shrink(struct l2_book *b, uint64_t order_id, int64_t lots)
{
    struct book_order *o = ptr_map_get(&b->orders, order_id);
    if (o != NULL && lots > 0) {
        o->lots = lots;
    } else {
        order_remove(b, order_id);
    }
}

struct book_change
l2_book_apply(struct l2_book *b, const struct event *ev)
{
    b->sequence++;
    if (ev->rec.type == EVENT_TRADE) {
        const struct event_trade *t = (const struct event_trade *)ev;
        if (t->maker_order_id == 0) {
            return (struct book_change){0};
        }
        order_shrink(b, t->maker_order_id, t->maker_lots);
        level_set(l2_book_side(b, t->maker_side), t->maker_side == SIDE_BUY, t->price_units,
                  t->level_lots, t->level_orders);
        return (struct book_change){t->maker_side, t->price_units};
    }
    const struct event_book *e = (const struct event_book *)ev;
    if (ev->rec.type == EVENT_BOOK_ADD || ev->rec.type == EVENT_BOOK_REFILL) {
        order_add(b, e);
    } else {
        order_shrink(b, e->order_id, ev->rec.type == EVENT_BOOK_DELETE ? 0 : e->qty_lots);
    }
    level_set(l2_book_side(b, e->side), e->side == SIDE_BUY, e->price_units, e->level_lots,
              e->level_orders);
    return (struct book_change){e->side, e->price_units};
}

int64_t
l2_book_lots(const struct l2_book *b, uint8_t side, int64_t price_units)
{
    const struct book_side *s = side == SIDE_BUY ? &b->bids : &b->asks;
    bool found;
    uint32_t i = level_find(s, side == SIDE_BUY, price_units, &found);
    return found ? s->levels[i].lots : 0;
}

static int
by_priority(const void *left, const void *right)
{
    const struct book_order *a = *(struct book_order const *const *)left;
    const struct book_order *b = *(struct book_order const *const *)right;
    if (a->price_units != b->price_units) {
        bool first =
            a->side == SIDE_BUY ? a->price_units > b->price_units : a->price_units < b->price_units;
        return first ? -1 : 1;
    }
    return a->place < b->place ? -1 : 1;
}

uint32_t
l2_book_orders(const struct l2_book *b, uint8_t side, struct book_order const ***out)
{
    struct book_order const **list = malloc((b->orders.cnt + 1) * sizeof(struct book_order *));
    CHECK(list != NULL, "no memory for a list of %u orders", b->orders.cnt);
    uint32_t cnt = 0;
    for (const struct book_order *o = b->first; o != NULL; o = o->next) {
        if (o->side == side) {
            list[cnt++] = o;
        }
    }
    qsort(list, cnt, sizeof(struct book_order *), by_priority);
    *out = list;
    return cnt;
}
