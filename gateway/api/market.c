#include "gateway/api/market.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

void
market_init(struct market *m, struct catalog *catalog)
{
    *m = (struct market){.catalog = catalog};
}

void
market_fini(struct market *m)
{
    for (uint32_t i = 0; i < m->room; i++) {
        struct product_market *pm = m->products[i];
        if (pm != NULL) {
            l2_book_fini(&pm->book);
            candles_fini(&pm->candles);
            free(pm->trades);
            free(pm->changes);
            free(pm);
        }
    }
    free(m->products);
    free(m->dirty);
    *m = (struct market){0};
}

struct product_market *
market_get(struct market *m, const struct product *p)
{
    if (p->index >= m->room) {
        uint32_t room = m->room == 0 ? 16 : m->room;
        while (room <= p->index) {
            room *= 2;
        }
        m->products = realloc(m->products, room * sizeof(struct product_market *));
        CHECK(m->products != NULL, "no memory for %u products", room);
        memset(m->products + m->room, 0, (room - m->room) * sizeof(struct product_market *));
        m->room = room;
    }
    struct product_market *pm = m->products[p->index];
    if (pm == NULL) {
        pm = calloc(1, sizeof(*pm));
        CHECK(pm != NULL, "no memory for a product");
        pm->trades = calloc(MARKET_TRADES_MAX, sizeof(*pm->trades));
        CHECK(pm->trades != NULL, "no memory for trades");
        pm->product = m->catalog->products[p->index];
        m->products[p->index] = pm;
    }
    return pm;
}

static void
mark(struct market *m, struct product_market *pm, struct book_change change)
{
    if (!pm->dirty) {
        pm->dirty = true;
        if (m->dirty_cnt == m->dirty_room) {
            m->dirty_room = m->dirty_room == 0 ? 16 : m->dirty_room * 2;
            m->dirty = realloc(m->dirty, m->dirty_room * sizeof(struct product_market *));
            CHECK(m->dirty != NULL, "no memory for %u products", m->dirty_room);
        }
        m->dirty[m->dirty_cnt++] = pm;
    }
    if (pm->change_cnt == pm->change_room) {
        pm->change_room = pm->change_room == 0 ? 64 : pm->change_room * 2;
        pm->changes = realloc(pm->changes, pm->change_room * sizeof(*pm->changes));
        CHECK(pm->changes != NULL, "no memory for %u changes", pm->change_room);
    }
    pm->changes[pm->change_cnt++] = change;
}

static void
apply_trade(struct market *m, struct product_market *pm, const struct event_trade *t)
{
    bool filled = t->ev.cmd_seq == m->fill_cmd_seq;
    bool auction = t->maker_side == 0; /* neither takes: told as if the seller had */
    bool buy_makes = auction || t->maker_side == SIDE_BUY;
    uint64_t taker = buy_makes ? m->fill_sell_order : m->fill_buy_order;
    uint64_t maker = !auction ? t->maker_order_id : filled ? m->fill_buy_order : 0;
    struct market_trade *k = &pm->trades[pm->trade_cnt++ & (MARKET_TRADES_MAX - 1)];
    *k = (struct market_trade){.trade_id = t->trade_id,
                               .sequence = pm->book.sequence,
                               .time_ns = t->ev.time_ns,
                               .price_units = t->price_units,
                               .lots = t->qty_lots,
                               .maker_order_id = maker,
                               .taker_order_id = filled ? taker : 0,
                               .maker_side = buy_makes ? SIDE_BUY : SIDE_SELL};
    candles_trade(&pm->candles, t->ev.time_ns, t->price_units, t->qty_lots);
    pm->new_trade_cnt++;
}

void
market_apply(struct market *m, const struct event *ev)
{
    uint32_t instrument_id;
    switch (ev->rec.type) {
    case EVENT_FILL: {
        const struct event_fill *f = (const struct event_fill *)ev;
        m->fill_cmd_seq = ev->cmd_seq;
        m->fill_buy_order = f->buy.order_id;
        m->fill_sell_order = f->sell.order_id;
        return;
    }
    case EVENT_BOOK_ADD:
    case EVENT_BOOK_CHANGE:
    case EVENT_BOOK_DELETE:
    case EVENT_BOOK_REFILL:
        instrument_id = ((const struct event_book *)ev)->instrument_id;
        break;
    case EVENT_TRADE:
        instrument_id = ((const struct event_trade *)ev)->instrument_id;
        break;
    default:
        return;
    }
    const struct product *p = catalog_product(m->catalog, instrument_id);
    if (p == NULL) {
        return; /* a stream that does not define it has no client who could ask for it */
    }
    struct product_market *pm = market_get(m, p);
    struct book_change change = l2_book_apply(&pm->book, ev);
    pm->time_ns = ev->time_ns;
    if (ev->rec.type == EVENT_TRADE) {
        apply_trade(m, pm, (const struct event_trade *)ev);
    }
    if (change.side != 0) { /* that of an auction's trade comes next */
        mark(m, pm, change);
    }
}

/* A call begins without figures, and with a reason only where a band was reached. */
static void
apply_state(struct product_market *pm)
{
    if (product_in_call(pm->product)) {
        pm->auction = (struct event_auction){0};
    }
    if (pm->product->state != TRADING_CALL_VOLATILITY) {
        pm->band = (struct event_band_reached){0};
    }
}

struct product_market *
market_apply_auction(struct market *m, const struct event *ev)
{
    uint32_t instrument_id;
    switch (ev->rec.type) {
    case EVENT_AUCTION:
        instrument_id = ((const struct event_auction *)ev)->instrument_id;
        break;
    case EVENT_BAND_REACHED:
        instrument_id = ((const struct event_band_reached *)ev)->instrument_id;
        break;
    case EVENT_TRADING_STATE:
        instrument_id = ((const struct event_trading_state *)ev)->instrument_id;
        break;
    default:
        return NULL;
    }
    const struct product *p = catalog_product(m->catalog, instrument_id);
    if (p == NULL) {
        return NULL;
    }
    struct product_market *pm = market_get(m, p);
    pm->auction_time_ns = ev->time_ns;
    if (ev->rec.type == EVENT_AUCTION) {
        pm->auction = *(const struct event_auction *)ev;
    } else if (ev->rec.type == EVENT_BAND_REACHED) {
        pm->band = *(const struct event_band_reached *)ev;
    } else {
        apply_state(pm);
    }
    return pm;
}

/* Bids before asks, best first. */
static int
by_price(const void *left, const void *right)
{
    const struct book_change *a = left, *b = right;
    if (a->side != b->side) {
        return a->side < b->side ? -1 : 1;
    }
    if (a->price_units == b->price_units) {
        return 0;
    }
    bool higher = a->price_units > b->price_units;
    return higher == (a->side == SIDE_BUY) ? -1 : 1;
}

struct product_market *
market_take_dirty(struct market *m)
{
    if (m->dirty_cnt == 0) {
        return NULL;
    }
    struct product_market *pm = m->dirty[--m->dirty_cnt];
    if (pm->change_cnt > 1) {
        qsort(pm->changes, pm->change_cnt, sizeof(*pm->changes), by_price);
        uint32_t kept = 1;
        for (uint32_t i = 1; i < pm->change_cnt; i++) {
            if (by_price(&pm->changes[kept - 1], &pm->changes[i]) != 0) {
                pm->changes[kept++] = pm->changes[i];
            }
        }
        pm->change_cnt = kept;
    }
    return pm;
}

void
market_clean(struct product_market *pm)
{
    pm->dirty = false;
    pm->change_cnt = 0;
    pm->new_trade_cnt = 0;
}

const struct market_trade *
product_market_trade(const struct product_market *pm, uint64_t n)
{
    uint64_t kept = pm->trade_cnt < MARKET_TRADES_MAX ? pm->trade_cnt : MARKET_TRADES_MAX;
    return n < kept ? &pm->trades[(pm->trade_cnt - 1 - n) & (MARKET_TRADES_MAX - 1)] : NULL;
}
