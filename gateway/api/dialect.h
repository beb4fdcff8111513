#ifndef GATEWAY_API_DIALECT_H
#define GATEWAY_API_DIALECT_H

#include "gateway/api/market.h"
#include "gateway/api/party.h"
#include "gateway/http/json_emit.h"

/* The JSON of the API: state in, one value out. Pure. Decimals are strings, times have nanoseconds,
 * ids of orders and accounts are strings, trade ids and sequences are numbers.
 * source: Coinbase Exchange REST and WebSocket; what is ours is marked so in docs/api.md */

/* --- reference and market data (dialect_market.c) --- */

void dialect_product(struct json_emit *o, const struct product *p, uint32_t venue_mode);
void dialect_currency(struct json_emit *o, const struct asset *a);
/* level 1: best; 2: all levels; 3: all orders. limit: per side, 0 = all. */
void dialect_book(struct json_emit *o, const struct product_market *pm, int level, uint32_t limit);
void dialect_ticker(struct json_emit *o, const struct product_market *pm, int64_t now_ns);
void dialect_stats(struct json_emit *o, const struct product_market *pm, int64_t now_ns);
void dialect_trade(struct json_emit *o, const struct product *p, const struct market_trade *t);
/* [time, low, high, open, close, volume], numbers as the dialect has them. */
void dialect_candle(struct json_emit *o, const struct product *p, const struct candle *c);

/* WebSocket messages. checksum: adds the field. */
void dialect_ws_snapshot(struct json_emit *o, const struct product_market *pm, bool checksum);
/* Current size of each changed level; previous: sequence of the message before. */
void dialect_ws_l2update(struct json_emit *o, const struct product_market *pm, uint64_t previous,
                         bool checksum);
void dialect_ws_match(struct json_emit *o, const struct product *p, const struct market_trade *t,
                      const char *type);
void dialect_ws_ticker(struct json_emit *o, const struct product_market *pm, int64_t now_ns);
void dialect_ws_heartbeat(struct json_emit *o, const struct product_market *pm, int64_t now_ns);
/* Trading state, figures of the call or of the last auction, the band that was reached. */
void dialect_ws_auction(struct json_emit *o, const struct product_market *pm, int64_t now_ns);
void dialect_ws_status(struct json_emit *o, const struct catalog *c);

/* CRC-32 (IEEE 802.3) over the best 25 levels of each side: "price:size" of bid 1, ask 1, bid 2,
 * ask 2 and so on, a missing one left out, joined by ':', the texts as they are sent.
 * source: the form of OKX and Kraken book checksums */
uint32_t dialect_checksum(const struct product_market *pm);

/* --- private (dialect_party.c) --- */

void dialect_order(struct json_emit *o, const struct catalog *c, const struct party_order *order);
/* What became of each side of a maker's message: an array. */
void dialect_quotes(struct json_emit *o, const struct catalog *c, const struct event_mass_quote *e);
void dialect_quote_limits(struct json_emit *o, const struct catalog *c,
                          const struct event_quote_limits *e);
/* A request for quote as who is told sees it; the same as a message of the `rfq` channel. */
void dialect_rfq(struct json_emit *o, const struct catalog *c, const struct event_request *e);
void dialect_ws_rfq(struct json_emit *o, const struct product *p, const struct event_request *e);
void dialect_fill(struct json_emit *o, const struct catalog *c, const struct party_account *a,
                  const struct party_fill *f);
/* The account's balance in one asset, zero when it has none. */
void dialect_account(struct json_emit *o, const struct party_account *a, const struct asset *asset);
/* A message of the `user` or `balance` channel. */
void dialect_note(struct json_emit *o, const struct catalog *c, const struct party_note *n);

/* What a reason says in this dialect; clients of it look for some of these texts. */
const char *dialect_reason(uint32_t reason);
/* The member "message" of a refusal: that text, with the figures where there are some. */
void dialect_put_refusal(struct json_emit *o, const struct catalog *c, uint32_t reason,
                         uint32_t instrument_id, const struct refusal *why);
const char *dialect_side(uint8_t side);
const char *dialect_ord_type(uint8_t ord_type);
const char *dialect_time_in_force(uint8_t time_in_force);

/* "1001-AUD": an account's id in the dialect, which has one per currency. */
void dialect_put_account_id(struct json_emit *o, uint32_t account_id, const struct asset *asset);

#endif
