#ifndef GATEWAY_API_MARKET_H
#define GATEWAY_API_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/api/candles.h"
#include "gateway/api/catalog.h"
#include "gateway/api/l2_book.h"

/* Market data of all products, from public events: books, last trades, candles, and what changed
 * since somebody last looked. thread: the fan-out's. */

enum { MARKET_TRADES_MAX = 1024 }; /* kept per product; a power of two */

struct market_trade {
    uint64_t trade_id;
    uint64_t sequence; /* of the product, after it */
    int64_t time_ns;
    int64_t price_units;
    int64_t lots;
    uint64_t maker_order_id, taker_order_id; /* taker: 0 when its fill was not seen */
    uint8_t maker_side;
};

struct product_market {
    struct product *product;
    struct l2_book book;
    struct candles candles;
    struct market_trade *trades; /* ring: trade n is at n % MARKET_TRADES_MAX */
    uint64_t trade_cnt;
    int64_t time_ns; /* of the last event here */
    /* type 0 = none: */
    struct event_auction auction;   /* of the call that is on; after it, how the last one ended */
    struct event_band_reached band; /* why the volatility call that is on began */
    int64_t auction_time_ns;        /* of the last of these, or of the last trading state */
    /* since market_take_dirty: */
    bool dirty;
    struct book_change *changes; /* levels touched, with repetitions */
    uint32_t change_cnt, change_room;
    uint64_t new_trade_cnt;
};

struct market {
    struct catalog *catalog;
    struct product_market **products; /* by product index */
    uint32_t room;
    struct product_market **dirty;
    uint32_t dirty_cnt, dirty_room;
    uint64_t fill_cmd_seq; /* the last fill seen, for taker_order_id */
    uint64_t fill_buy_order, fill_sell_order;
};

void market_init(struct market *m, struct catalog *catalog);
void market_fini(struct market *m);

/* Takes book events, trades and, for the taker's order id, fills. */
void market_apply(struct market *m, const struct event *ev);

/* Takes AUCTION, BAND_REACHED and, once the catalog has it, TRADING_STATE: the product that it
 * tells of; NULL for what is none of these. */
struct product_market *market_apply_auction(struct market *m, const struct event *ev);

struct product_market *market_get(struct market *m, const struct product *p); /* never NULL */

/* The next product with changes, or NULL; its changes are sorted (bids first, best first) and each
 * level stands once. The caller then calls market_clean. */
struct product_market *market_take_dirty(struct market *m);
void market_clean(struct product_market *pm);

/* n-th last trade, 0 = the last; NULL when it is not kept. */
const struct market_trade *product_market_trade(const struct product_market *pm, uint64_t n);

#endif
