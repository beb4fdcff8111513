#ifndef GATEWAY_API_L2_BOOK_H
#define GATEWAY_API_L2_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "gateway/api/ptr_map.h"

/* One product's book as the public events tell it: levels, sorted, and the orders in them. Best
 * prices lie at the end of the arrays, where most changes are. Prices in price units, quantities in
 * lots. thread: the fan-out's. cost: a change within 100 levels of the best about 50 ns */

struct book_level {
    int64_t price_units;
    int64_t lots;
    uint32_t order_cnt;
};

struct book_side {
    struct book_level *levels; /* worst first, best last */
    uint32_t cnt, room;
};

struct book_order {
    uint64_t order_id;
    uint64_t place; /* order of arrival: the event that put it there */
    int64_t price_units;
    int64_t lots;
    uint8_t side;
    struct book_order *next, *prev;
};

/* What one event did: at most one level changed. */
struct book_change {
    uint8_t side; /* 0: nothing changed */
    int64_t price_units;
};

struct l2_book {
    struct book_side bids, asks;
    struct ptr_map orders; /* order_id -> struct book_order */
    struct book_order *first;
    uint64_t sequence; /* public events of this product so far: what the dialect calls sequence */
};

void l2_book_fini(struct l2_book *b);

/* Takes BOOK_ADD, BOOK_CHANGE, BOOK_DELETE, BOOK_REFILL, TRADE of this product. */
struct book_change l2_book_apply(struct l2_book *b, const struct event *ev);

static inline struct book_side *
l2_book_side(struct l2_book *b, uint8_t side)
{
    return side == SIDE_BUY ? &b->bids : &b->asks;
}
/* n-th best level, 0 = best; NULL beyond the last. */
static inline const struct book_level *
book_side_at(const struct book_side *s, uint32_t n)
{
    return n < s->cnt ? &s->levels[s->cnt - 1 - n] : NULL;
}
/* Lots at a price, 0 when there is no such level. */
int64_t l2_book_lots(const struct l2_book *b, uint8_t side, int64_t price_units);

/* Orders of one side in priority: best price first, then by arrival. Returns their count; *out is
 * of malloc. */
uint32_t l2_book_orders(const struct l2_book *b, uint8_t side, struct book_order const ***out);

#endif
