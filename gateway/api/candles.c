#include "gateway/api/candles.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"

void
candles_fini(struct candles *c)
{
    free(c->minutes.at);
    free(c->hours.at);
    *c = (struct candles){0};
}

static void
merge(struct candle *into, const struct candle *later)
{
    into->low = later->low < into->low ? later->low : into->low;
    into->high = later->high > into->high ? later->high : into->high;
    into->close = later->close;
    into->lots += later->lots;
}

/* A place for one more; the oldest eighth goes when the row is as long as it may be. */
static struct candle *
row_push(struct candle_row *r)
{
    if (r->cnt == r->max) {
        uint32_t old = r->max / 8;
        r->cnt -= old;
        memmove(r->at, r->at + old, r->cnt * sizeof(*r->at));
    }
    if (r->cnt == r->room) {
        r->room = r->room == 0 ? 64 : r->room * 2;
        r->room = r->room < r->max ? r->room : r->max;
        r->at = realloc(r->at, r->room * sizeof(*r->at));
        CHECK(r->at != NULL, "no memory for %u candles", r->room);
    }
    return &r->at[r->cnt++];
}

static void
row_trade(struct candle_row *r, int64_t time_s, int64_t price, int64_t lots)
{
    int64_t start_s = time_s - time_s % r->width_s;
    struct candle trade = {start_s, price, price, price, price, lots};
    if (r->cnt > 0 && r->at[r->cnt - 1].start_s >= start_s) {
        merge(&r->at[r->cnt - 1], &trade);
    } else {
        *row_push(r) = trade;
    }
}

void
candles_trade(struct candles *c, int64_t time_ns, int64_t price_units, int64_t qty_lots)
{
    c->minutes.width_s = 60;
    c->minutes.max = CANDLE_MINUTES_MAX;
    c->hours.width_s = 3600;
    c->hours.max = CANDLE_HOURS_MAX;
    row_trade(&c->minutes, time_ns / CLOCK_NS_PER_S, price_units, qty_lots);
    row_trade(&c->hours, time_ns / CLOCK_NS_PER_S, price_units, qty_lots);
}

void
candles_stats(const struct candles *c, int64_t now_ns, int64_t span_s, struct candle_stats *out)
{
    const struct candle_row *r = span_s <= 86400 ? &c->minutes : &c->hours;
    int64_t from_s = now_ns / CLOCK_NS_PER_S - span_s;
    *out = (struct candle_stats){0};
    for (uint32_t i = r->cnt; i > 0 && r->at[i - 1].start_s >= from_s; i--) {
        const struct candle *k = &r->at[i - 1];
        if (out->cnt++ == 0) {
            out->last = k->close;
            out->high = k->high;
            out->low = k->low;
        }
        out->open = k->open;
        out->high = k->high > out->high ? k->high : out->high;
        out->low = k->low < out->low ? k->low : out->low;
        out->lots += k->lots;
    }
}

uint32_t
candles_read(const struct candles *c, int64_t width_s, int64_t from_s, int64_t to_s,
             struct candle *out, uint32_t max)
{
    const struct candle_row *r = width_s < 3600 ? &c->minutes : &c->hours;
    uint32_t cnt = 0;
    for (uint32_t i = r->cnt; i > 0; i--) {
        struct candle k = r->at[i - 1];
        k.start_s -= k.start_s % width_s;
        if (k.start_s > to_s) {
            continue;
        }
        if (k.start_s < from_s) {
            break;
        }
        if (cnt > 0 && out[cnt - 1].start_s == k.start_s) { /* an earlier part of the same one */
            merge(&k, &out[cnt - 1]);
            out[cnt - 1] = k;
        } else if (cnt == max) {
            break;
        } else {
            out[cnt++] = k;
        }
    }
    return cnt;
}
