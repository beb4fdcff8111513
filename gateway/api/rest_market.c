#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "gateway/api/fanout_priv.h"

/* Public routes: products, books, trades, candles, currencies, time. */

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, CANDLE_MAX = 300 };

static void
done(struct rest_call *r)
{
    rest_json(r->fanout, r->conn, 200, NULL);
}

/* A whole number of the query; false when it is there and wrong (answered). */
static bool
query_u64(struct rest_call *r, const char *name, uint64_t max, uint64_t *out)
{
    char text[24], why[96];
    int bytes = http_query_get(&r->request->query, name, text, sizeof(text));
    if (bytes == -1) {
        return true;
    }
    struct json_scan s;
    uint64_t value = 0;
    json_scan_init(&s, text, bytes > 0 ? (size_t)bytes : 0);
    if (bytes <= 0 || !json_scan_u64(&s, &value) || !json_scan_end(&s) || value > max) {
        (void)snprintf(why, sizeof(why), "%s: expected a whole number up to %llu", name,
                       (unsigned long long)max);
        rest_error(r->fanout, r->conn, 400, why);
        return false;
    }
    *out = value;
    return true;
}

void
rest_products(struct rest_call *r)
{
    struct catalog *c = &r->fanout->catalog;
    json_emit_begin_array(&r->fanout->body);
    for (uint32_t i = 0; i < c->product_cnt; i++) {
        dialect_product(&r->fanout->body, c->products[i], c->mode);
    }
    json_emit_close_array(&r->fanout->body);
    done(r);
}

void
rest_product(struct rest_call *r)
{
    dialect_product(&r->fanout->body, r->product, r->fanout->catalog.mode);
    done(r);
}

void
rest_book(struct rest_call *r)
{
    uint64_t level = 1, limit = 0;
    if (!query_u64(r, "level", 3, &level) || !query_u64(r, "limit", UINT32_MAX, &limit)) {
        return;
    }
    if (level == 0) {
        rest_error(r->fanout, r->conn, 400, "level: expected 1, 2 or 3");
        return;
    }
    dialect_book(&r->fanout->body, market_get(&r->fanout->market, r->product), (int)level,
                 (uint32_t)limit);
    done(r);
}

void
rest_ticker(struct rest_call *r)
{
    dialect_ticker(&r->fanout->body, market_get(&r->fanout->market, r->product), r->fanout->utc_ns);
    done(r);
}

void
rest_stats(struct rest_call *r)
{
    dialect_stats(&r->fanout->body, market_get(&r->fanout->market, r->product), r->fanout->utc_ns);
    done(r);
}

/* Newest first; before and after are trade ids (newer than, older than). */
void
rest_trades(struct rest_call *r)
{
    uint64_t limit = LIMIT_DEFAULT, before = 0, after = UINT64_MAX, first = 0, last = 0, cnt = 0;
    if (!query_u64(r, "limit", LIMIT_MAX, &limit) || !query_u64(r, "before", INT64_MAX, &before) ||
        !query_u64(r, "after", INT64_MAX, &after)) {
        return;
    }
    const struct product_market *pm = market_get(&r->fanout->market, r->product);
    const struct market_trade *t;
    json_emit_begin_array(&r->fanout->body);
    for (uint64_t n = 0; cnt < limit && (t = product_market_trade(pm, n)) != NULL; n++) {
        if (t->trade_id <= before) {
            break;
        }
        if (t->trade_id < after) {
            dialect_trade(&r->fanout->body, r->product, t);
            first = cnt++ == 0 ? t->trade_id : first;
            last = t->trade_id;
        }
    }
    json_emit_close_array(&r->fanout->body);
    char cursors[96] = "";
    if (cnt > 0) {
        (void)snprintf(cursors, sizeof(cursors), "CB-BEFORE: %llu\r\nCB-AFTER: %llu\r\n",
                       (unsigned long long)first, (unsigned long long)last);
    }
    rest_json(r->fanout, r->conn, 200, cursors);
}

/* A time of the query: seconds, or a date of ISO 8601. false: wrong (answered). */
static bool
query_time(struct rest_call *r, const char *name, int64_t *seconds)
{
    char text[40], why[96];
    int64_t ns;
    uint64_t value;
    struct json_scan s;
    int bytes = http_query_get(&r->request->query, name, text, sizeof(text));
    if (bytes == -1) {
        return true;
    }
    json_scan_init(&s, text, bytes > 0 ? (size_t)bytes : 0);
    if (bytes > 0 && json_time_parse(text, (size_t)bytes, &ns)) {
        *seconds = ns / CLOCK_NS_PER_S;
        return true;
    }
    if (bytes > 0 && json_scan_u64(&s, &value) && json_scan_end(&s) && value < 1u << 31) {
        *seconds = (int64_t)value;
        return true;
    }
    (void)snprintf(why, sizeof(why), "%s: expected seconds or YYYY-MM-DDTHH:MM:SSZ", name);
    rest_error(r->fanout, r->conn, 400, why);
    return false;
}

static bool
granularity_known(uint64_t s)
{
    static const uint64_t all[] = {60, 300, 900, 3600, 21600, 86400};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (s == all[i]) {
            return true;
        }
    }
    return false;
}

void
rest_candles(struct rest_call *r)
{
    struct candle list[CANDLE_MAX];
    uint64_t width_s = 60;
    int64_t from_s = 0, to_s = INT64_MAX;
    if (!query_u64(r, "granularity", 86400, &width_s) || !query_time(r, "start", &from_s) ||
        !query_time(r, "end", &to_s)) {
        return;
    }
    if (!granularity_known(width_s)) {
        rest_error(r->fanout, r->conn, 400,
                   "granularity: expected 60, 300, 900, 3600, 21600 or 86400");
        return;
    }
    const struct product_market *pm = market_get(&r->fanout->market, r->product);
    uint32_t cnt = candles_read(&pm->candles, (int64_t)width_s, from_s, to_s, list, CANDLE_MAX);
    json_emit_begin_array(&r->fanout->body);
    for (uint32_t i = 0; i < cnt; i++) {
        dialect_candle(&r->fanout->body, r->product, &list[i]);
    }
    json_emit_close_array(&r->fanout->body);
    done(r);
}

/* Hours of the last day for every product: [time, low, high, open, close]. */
void
rest_spark_lines(struct rest_call *r)
{
    struct fanout *f = r->fanout;
    struct json_emit *o = &f->body;
    struct candle list[24];
    json_emit_begin_object(o);
    for (uint32_t i = 0; i < f->catalog.product_cnt; i++) {
        const struct product *p = f->catalog.products[i];
        const struct product_market *pm = market_get(&f->market, p);
        int64_t now_s = f->utc_ns / CLOCK_NS_PER_S;
        uint32_t cnt = candles_read(&pm->candles, 3600, now_s - 86400, now_s, list, 24);
        json_emit_key(o, p->symbol);
        json_emit_begin_array(o);
        for (uint32_t n = 0; n < cnt; n++) {
            dialect_candle(o, p, &list[n]);
        }
        json_emit_close_array(o);
    }
    json_emit_close_object(o);
    done(r);
}

void
rest_currencies(struct rest_call *r)
{
    const struct catalog *c = &r->fanout->catalog;
    json_emit_begin_array(&r->fanout->body);
    for (uint32_t i = 0; i < c->asset_room; i++) {
        if (c->assets[i] != NULL) {
            dialect_currency(&r->fanout->body, c->assets[i]);
        }
    }
    json_emit_close_array(&r->fanout->body);
    done(r);
}

void
rest_currency(struct rest_call *r)
{
    const struct asset *a = catalog_asset_by_symbol(&r->fanout->catalog, r->segments[1]);
    if (a == NULL) {
        rest_error(r->fanout, r->conn, 404, "NotFound");
        return;
    }
    dialect_currency(&r->fanout->body, a);
    done(r);
}

void
rest_time(struct rest_call *r)
{
    struct json_emit *o = &r->fanout->body;
    int64_t utc_ns = clock_utc_ns();
    json_emit_begin_object(o);
    json_emit_key(o, "iso");
    json_emit_time(o, utc_ns);
    json_emit_key(o, "epoch");
    json_emit_decimal_bare(o, utc_ns / CLOCK_NS_PER_MS, 3);
    json_emit_close_object(o);
    done(r);
}
