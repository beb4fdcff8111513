#include "gateway/api/dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "engine/base/clock.h"
#include "engine/model/decimal.h"
#include "engine/model/schema.h"

enum { CHECKSUM_LEVELS = 25, DAY_S = 86400 };

static void
put_price(struct json_emit *o, const struct product *p, int64_t price_units)
{
    json_emit_decimal_short(o, price_units, p->price_scale);
}

static void
put_size(struct json_emit *o, const struct product *p, int64_t lots)
{
    json_emit_decimal_short(o, product_units(p, lots), p->asset_scale);
}

static const char *
symbol_of(const struct asset *a)
{
    return a != NULL ? a->symbol : "";
}

/* Where the earlier one trades first, as in the dialect, nothing is said. */
static void
put_allocation(struct json_emit *o, const struct product *p)
{
    const struct allocation_rules *r = &p->allocation;
    if (r->method != ALLOCATION_PRO_RATA)
        return;
    json_emit_key(o, "allocation");
    json_emit_begin_object(o);
    json_emit_text(o, "method", "pro_rata");
    json_emit_key(o, "min_size");
    put_size(o, p, r->min_lots);
    json_emit_key(o, "top_share");
    json_emit_decimal_short(o, r->top_ppm, 6);
    json_emit_key(o, "top_min_size");
    put_size(o, p, r->top_min_lots);
    json_emit_key(o, "top_max_size");
    put_size(o, p, r->top_max_lots);
    json_emit_close_object(o);
}

void
dialect_product(struct json_emit *o, const struct product *p, uint32_t venue_mode)
{
    char display[SYMBOL_MAX + 1];
    memcpy(display, p->symbol, sizeof(display));
    for (char *c = display; *c != 0; c++) {
        *c = *c == '-' ? '/' : *c;
    }
    json_emit_begin_object(o);
    json_emit_text(o, "id", p->symbol);
    json_emit_text(o, "base_currency", symbol_of(p->asset));
    json_emit_text(o, "quote_currency", symbol_of(p->currency));
    json_emit_key(o, "quote_increment");
    put_price(o, p, p->table_step_units != 0 ? p->table_step_units : p->tick_units);
    json_emit_key(o, "base_increment");
    put_size(o, p, 1);
    json_emit_key(o, "base_min_size");
    put_size(o, p, p->min_qty_lots > 0 ? p->min_qty_lots : 1);
    json_emit_key(o, "min_market_funds");
    json_emit_decimal_short(o, 1, p->currency_scale);
    json_emit_text(o, "display_name", display);
    json_emit_key(o, "maker_fee_rate");
    json_emit_decimal_short(o, p->maker_ppm, 6);
    json_emit_key(o, "taker_fee_rate");
    json_emit_decimal_short(o, p->taker_ppm, 6);
    static const char *const never[] = {"margin_enabled", "post_only", "limit_only",
                                        "fx_stablecoin"};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        json_emit_key(o, never[i]);
        json_emit_bool(o, false);
    }
    bool auction = product_in_call(p);
    json_emit_key(o, "auction_mode");
    json_emit_bool(o, auction);
    json_emit_key(o, "cancel_only");
    json_emit_bool(o, venue_mode == MODE_CANCEL_ONLY);
    json_emit_key(o, "trading_disabled");
    json_emit_bool(o, (p->state != TRADING_OPEN && !auction) || p->retired);
    put_allocation(o, p);
    json_emit_text(o, "status", product_status(p));
    json_emit_text(o, "status_message", "");
    json_emit_close_object(o);
}

void
dialect_currency(struct json_emit *o, const struct asset *a)
{
    json_emit_begin_object(o);
    json_emit_text(o, "id", a->symbol);
    json_emit_text(o, "name", a->symbol);
    json_emit_text(o, "status", "online");
    json_emit_text(o, "message", "");
    json_emit_key(o, "min_size");
    json_emit_decimal_short(o, 1, a->scale);
    json_emit_key(o, "max_precision");
    json_emit_decimal_short(o, 1, a->scale);
    json_emit_key(o, "convertible_to");
    json_emit_begin_array(o);
    json_emit_close_array(o);
    json_emit_key(o, "details");
    json_emit_begin_object(o);
    json_emit_text(o, "type", a->kind == 1 ? "fiat" : "crypto");
    json_emit_close_object(o);
    json_emit_key(o, "supported_networks");
    json_emit_begin_array(o);
    json_emit_close_array(o);
    json_emit_close_object(o);
}

/* --- book --- */

static void
put_levels(struct json_emit *o, const struct product *p, const struct book_side *s, uint32_t limit,
           bool counts)
{
    json_emit_begin_array(o);
    uint32_t cnt = limit == 0 || s->cnt < limit ? s->cnt : limit;
    for (uint32_t n = 0; n < cnt; n++) {
        const struct book_level *l = book_side_at(s, n);
        json_emit_begin_array(o);
        put_price(o, p, l->price_units);
        put_size(o, p, l->lots);
        if (counts) {
            json_emit_u64(o, l->order_cnt);
        }
        json_emit_close_array(o);
    }
    json_emit_close_array(o);
}

static void
put_orders(struct json_emit *o, const struct product_market *pm, uint8_t side, uint32_t limit)
{
    struct book_order const **list;
    uint32_t cnt = l2_book_orders(&pm->book, side, &list);
    cnt = limit == 0 || cnt < limit ? cnt : limit;
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < cnt; i++) {
        json_emit_begin_array(o);
        put_price(o, pm->product, list[i]->price_units);
        put_size(o, pm->product, list[i]->lots);
        json_emit_u64_string(o, list[i]->order_id);
        json_emit_close_array(o);
    }
    json_emit_close_array(o);
    free((void *)(uintptr_t)list);
}

static void
put_best(struct json_emit *o, const struct product *p, const struct book_side *s,
         const char *price_key, const char *size_key)
{
    const struct book_level *l = book_side_at(s, 0);
    json_emit_key(o, price_key);
    put_price(o, p, l != NULL ? l->price_units : 0);
    if (size_key != NULL) {
        json_emit_key(o, size_key);
        put_size(o, p, l != NULL ? l->lots : 0);
    }
}

/* --- auctions --- */

/* The dialect's word for where an auction stands. */
static const char *
auction_state(const struct product_market *pm)
{
    bool uncrossed = pm->auction.stage == AUCTION_UNCROSS;
    if (product_in_call(pm->product)) {
        return uncrossed ? "opening" : "collection";
    }
    return uncrossed ? "complete" : "none";
}

static void
put_surplus(struct json_emit *o, const struct product *p, const struct event_auction *e)
{
    json_emit_key(o, "surplus_side");
    if (e->surplus_side != 0) {
        json_emit_string(o, dialect_side(e->surplus_side));
    } else {
        json_emit_null(o);
    }
    json_emit_key(o, "surplus_size");
    put_size(o, p, e->surplus_lots);
    json_emit_key(o, "reference_price");
    put_price(o, p, e->reference_units);
    json_emit_key(o, "decided_by");
    if (e->rule != 0) {
        json_emit_string(o, schema_enum_text(&SCHEMA_AUCTION_RULE, e->rule));
    } else {
        json_emit_null(o);
    }
}

static void
put_band(struct json_emit *o, const struct product *p, const struct event_band_reached *e)
{
    const struct {
        const char *key;
        int64_t price_units;
    } prices[] = {{"price", e->price_units},
                  {"reference_price", e->reference_units},
                  {"low", e->low_units},
                  {"high", e->high_units}};
    json_emit_key(o, "band");
    json_emit_begin_object(o);
    json_emit_text(o, "kind", schema_enum_text(&SCHEMA_BAND, e->band));
    json_emit_text(o, "side", dialect_side(e->side));
    for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
        json_emit_key(o, prices[i].key);
        put_price(o, p, prices[i].price_units);
    }
    json_emit_close_object(o);
}

static void
put_auction(struct json_emit *o, const struct product_market *pm)
{
    const struct product *p = pm->product;
    const struct event_auction *e = &pm->auction;
    json_emit_text(o, "trading_state", schema_enum_text(&SCHEMA_TRADING_STATE, p->state));
    json_emit_text(o, "auction_state", auction_state(pm));
    json_emit_key(o, "open_price");
    put_price(o, p, e->price_units);
    json_emit_key(o, "open_size");
    put_size(o, p, e->qty_lots);
    json_emit_text(o, "can_open", e->price_units != 0 ? "yes" : "no");
    put_surplus(o, p, e);
    put_best(o, p, &pm->book.bids, "best_bid_price", "best_bid_size");
    put_best(o, p, &pm->book.asks, "best_ask_price", "best_ask_size");
    if (e->stage == AUCTION_EXTENDED) {
        json_emit_key(o, "extended_until");
        json_emit_time(o, e->until_ns);
    }
    if (pm->band.band != 0) {
        put_band(o, p, &pm->band);
    }
}

void
dialect_book(struct json_emit *o, const struct product_market *pm, int level, uint32_t limit)
{
    const struct product *p = pm->product;
    json_emit_begin_object(o);
    json_emit_key(o, "sequence");
    json_emit_u64(o, pm->book.sequence);
    json_emit_key(o, "bids");
    if (level == 3) {
        put_orders(o, pm, SIDE_BUY, limit);
    } else {
        put_levels(o, p, &pm->book.bids, level == 1 ? 1 : limit, true);
    }
    json_emit_key(o, "asks");
    if (level == 3) {
        put_orders(o, pm, SIDE_SELL, limit);
    } else {
        put_levels(o, p, &pm->book.asks, level == 1 ? 1 : limit, true);
    }
    bool auction = product_in_call(p);
    json_emit_key(o, "auction_mode");
    json_emit_bool(o, auction);
    if (auction) {
        json_emit_key(o, "auction");
        json_emit_begin_object(o);
        put_auction(o, pm);
        json_emit_key(o, "time");
        json_emit_time(o, pm->auction_time_ns);
        json_emit_close_object(o);
    }
    json_emit_key(o, "time");
    json_emit_time(o, pm->time_ns);
    json_emit_close_object(o);
}

static uint32_t
crc_level(uint32_t crc, const struct product *p, const struct book_level *l, bool *first)
{
    char text[2 * DECIMAL_TEXT_MAX + 2];
    size_t n = 0;
    if (l == NULL) {
        return crc;
    }
    if (!*first) {
        text[n++] = ':';
    }
    *first = false;
    n += decimal_format_short(l->price_units, p->price_scale, text + n);
    text[n++] = ':';
    n += decimal_format_short(product_units(p, l->lots), p->asset_scale, text + n);
    return (uint32_t)crc32(crc, (const unsigned char *)text, (uInt)n);
}

uint32_t
dialect_checksum(const struct product_market *pm)
{
    uint32_t crc = 0;
    bool first = true;
    for (uint32_t n = 0; n < CHECKSUM_LEVELS; n++) {
        crc = crc_level(crc, pm->product, book_side_at(&pm->book.bids, n), &first);
        crc = crc_level(crc, pm->product, book_side_at(&pm->book.asks, n), &first);
    }
    return crc;
}

static void
put_ws_head(struct json_emit *o, const char *type, const struct product *p)
{
    json_emit_begin_object(o);
    json_emit_text(o, "type", type);
    json_emit_text(o, "product_id", p->symbol);
}

static void
put_book_tail(struct json_emit *o, const struct product_market *pm, bool checksum)
{
    json_emit_key(o, "time");
    json_emit_time(o, pm->time_ns);
    json_emit_key(o, "sequence");
    json_emit_u64(o, pm->book.sequence);
    if (checksum) {
        json_emit_key(o, "checksum");
        json_emit_u64(o, dialect_checksum(pm));
    }
    json_emit_close_object(o);
}

void
dialect_ws_snapshot(struct json_emit *o, const struct product_market *pm, bool checksum)
{
    put_ws_head(o, "snapshot", pm->product);
    json_emit_key(o, "bids");
    put_levels(o, pm->product, &pm->book.bids, 0, false);
    json_emit_key(o, "asks");
    put_levels(o, pm->product, &pm->book.asks, 0, false);
    put_book_tail(o, pm, checksum);
}

void
dialect_ws_l2update(struct json_emit *o, const struct product_market *pm, uint64_t previous,
                    bool checksum)
{
    const struct product *p = pm->product;
    put_ws_head(o, "l2update", p);
    json_emit_key(o, "changes");
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < pm->change_cnt; i++) {
        const struct book_change *c = &pm->changes[i];
        json_emit_begin_array(o);
        json_emit_string(o, dialect_side(c->side));
        put_price(o, p, c->price_units);
        put_size(o, p, l2_book_lots(&pm->book, c->side, c->price_units));
        json_emit_close_array(o);
    }
    json_emit_close_array(o);
    json_emit_key(o, "previous_sequence");
    json_emit_u64(o, previous);
    put_book_tail(o, pm, checksum);
}

/* --- trades, ticker --- */

static void
put_trade_fields(struct json_emit *o, const struct product *p, const struct market_trade *t)
{
    json_emit_key(o, "trade_id");
    json_emit_u64(o, t->trade_id);
    json_emit_key(o, "side"); /* the maker's, as the dialect has it */
    json_emit_string(o, dialect_side(t->maker_side));
    json_emit_key(o, "size");
    put_size(o, p, t->lots);
    json_emit_key(o, "price");
    put_price(o, p, t->price_units);
    json_emit_key(o, "time");
    json_emit_time(o, t->time_ns);
}

void
dialect_trade(struct json_emit *o, const struct product *p, const struct market_trade *t)
{
    json_emit_begin_object(o);
    put_trade_fields(o, p, t);
    json_emit_close_object(o);
}

void
dialect_ws_match(struct json_emit *o, const struct product *p, const struct market_trade *t,
                 const char *type)
{
    put_ws_head(o, type, p);
    json_emit_key(o, "sequence");
    json_emit_u64(o, t->sequence);
    json_emit_key(o, "maker_order_id");
    json_emit_u64_string(o, t->maker_order_id);
    json_emit_key(o, "taker_order_id");
    json_emit_u64_string(o, t->taker_order_id);
    put_trade_fields(o, p, t);
    json_emit_close_object(o);
}

void
dialect_ticker(struct json_emit *o, const struct product_market *pm, int64_t now_ns)
{
    const struct product *p = pm->product;
    const struct market_trade *t = product_market_trade(pm, 0);
    struct candle_stats day;
    candles_stats(&pm->candles, now_ns, DAY_S, &day);
    json_emit_begin_object(o);
    json_emit_key(o, "trade_id");
    json_emit_u64(o, t != NULL ? t->trade_id : 0);
    json_emit_key(o, "price"); /* before the first trade: the reference price */
    put_price(o, p, t != NULL ? t->price_units : p->reference_units);
    json_emit_key(o, "size");
    put_size(o, p, t != NULL ? t->lots : 0);
    json_emit_key(o, "time");
    json_emit_time(o, t != NULL ? t->time_ns : now_ns);
    put_best(o, p, &pm->book.bids, "bid", NULL);
    put_best(o, p, &pm->book.asks, "ask", NULL);
    json_emit_key(o, "volume");
    put_size(o, p, day.lots);
    json_emit_close_object(o);
}

/* Open, high, low of a span; where nothing traded: the last price there was. */
static void
put_span(struct json_emit *o, const struct product_market *pm, const struct candle_stats *s,
         const char *const keys[3])
{
    const struct market_trade *t = product_market_trade(pm, 0);
    int64_t none = t != NULL ? t->price_units : pm->product->reference_units;
    const int64_t values[3] = {s->cnt > 0 ? s->open : none, s->cnt > 0 ? s->high : none,
                               s->cnt > 0 ? s->low : none};
    for (size_t i = 0; i < 3; i++) {
        json_emit_key(o, keys[i]);
        put_price(o, pm->product, values[i]);
    }
}

void
dialect_stats(struct json_emit *o, const struct product_market *pm, int64_t now_ns)
{
    static const char *const keys[3] = {"open", "high", "low"};
    const struct market_trade *t = product_market_trade(pm, 0);
    struct candle_stats day, month;
    candles_stats(&pm->candles, now_ns, DAY_S, &day);
    candles_stats(&pm->candles, now_ns, 30 * DAY_S, &month);
    json_emit_begin_object(o);
    put_span(o, pm, &day, keys);
    json_emit_key(o, "last");
    put_price(o, pm->product, t != NULL ? t->price_units : pm->product->reference_units);
    json_emit_key(o, "volume");
    put_size(o, pm->product, day.lots);
    json_emit_key(o, "volume_30day");
    put_size(o, pm->product, month.lots);
    json_emit_close_object(o);
}

void
dialect_ws_ticker(struct json_emit *o, const struct product_market *pm, int64_t now_ns)
{
    static const char *const keys[3] = {"open_24h", "high_24h", "low_24h"};
    const struct product *p = pm->product;
    const struct market_trade *t = product_market_trade(pm, 0);
    struct candle_stats day, month;
    candles_stats(&pm->candles, now_ns, DAY_S, &day);
    candles_stats(&pm->candles, now_ns, 30 * DAY_S, &month);
    put_ws_head(o, "ticker", p);
    json_emit_key(o, "sequence");
    json_emit_u64(o, pm->book.sequence);
    json_emit_key(o, "price");
    put_price(o, p, t != NULL ? t->price_units : p->reference_units);
    put_span(o, pm, &day, keys);
    json_emit_key(o, "volume_24h");
    put_size(o, p, day.lots);
    json_emit_key(o, "volume_30d");
    put_size(o, p, month.lots);
    put_best(o, p, &pm->book.bids, "best_bid", "best_bid_size");
    put_best(o, p, &pm->book.asks, "best_ask", "best_ask_size");
    if (t != NULL) { /* side of the taker */
        json_emit_text(o, "side", dialect_side(t->maker_side == SIDE_BUY ? SIDE_SELL : SIDE_BUY));
        json_emit_key(o, "trade_id");
        json_emit_u64(o, t->trade_id);
        json_emit_key(o, "last_size");
        put_size(o, p, t->lots);
    }
    json_emit_key(o, "time");
    json_emit_time(o, t != NULL ? t->time_ns : now_ns);
    json_emit_close_object(o);
}

void
dialect_ws_heartbeat(struct json_emit *o, const struct product_market *pm, int64_t now_ns)
{
    const struct market_trade *t = product_market_trade(pm, 0);
    put_ws_head(o, "heartbeat", pm->product);
    json_emit_key(o, "sequence");
    json_emit_u64(o, pm->book.sequence);
    json_emit_key(o, "last_trade_id");
    json_emit_u64(o, t != NULL ? t->trade_id : 0);
    json_emit_key(o, "time");
    json_emit_time(o, now_ns);
    json_emit_close_object(o);
}

void
dialect_ws_auction(struct json_emit *o, const struct product_market *pm, int64_t now_ns)
{
    put_ws_head(o, "auction", pm->product);
    json_emit_key(o, "sequence");
    json_emit_u64(o, pm->book.sequence);
    put_auction(o, pm);
    json_emit_key(o, "timestamp");
    json_emit_time(o, pm->auction_time_ns != 0 ? pm->auction_time_ns : now_ns);
    json_emit_close_object(o);
}

void
dialect_ws_status(struct json_emit *o, const struct catalog *c)
{
    json_emit_begin_object(o);
    json_emit_text(o, "type", "status");
    json_emit_key(o, "products");
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        dialect_product(o, c->products[i], c->mode);
    }
    json_emit_close_array(o);
    json_emit_key(o, "currencies");
    json_emit_begin_array(o);
    for (uint32_t i = 0; i < c->asset_room; i++) {
        if (c->assets[i] != NULL) {
            dialect_currency(o, c->assets[i]);
        }
    }
    json_emit_close_array(o);
    json_emit_close_object(o);
}

void
dialect_candle(struct json_emit *o, const struct product *p, const struct candle *c)
{
    json_emit_begin_array(o);
    json_emit_i64(o, c->start_s);
    const int64_t prices[] = {c->low, c->high, c->open, c->close};
    for (size_t i = 0; i < 4; i++) {
        json_emit_decimal_bare(o, prices[i], p->price_scale);
    }
    json_emit_decimal_bare(o, product_units(p, c->lots), p->asset_scale);
    json_emit_close_array(o);
}
