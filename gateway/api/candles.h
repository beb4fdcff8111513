#ifndef GATEWAY_API_CANDLES_H
#define GATEWAY_API_CANDLES_H

#include <stdint.h>

/* Trades of one product summed into minutes (the last seven days) and hours (the last two years);
 * other widths and the figures of 24 hours are put together from these. Only spans with a trade
 * exist. Prices in price units, volume in lots; int64 volume cannot overflow before the asset's
 * issue does. thread: the fan-out's. */

enum { CANDLE_MINUTES_MAX = 7 * 24 * 60, CANDLE_HOURS_MAX = 2 * 366 * 24 };

struct candle {
    int64_t start_s; /* UTC seconds, a multiple of its width */
    int64_t low, high, open, close;
    int64_t lots;
};

struct candle_row { /* oldest first */
    struct candle *at;
    uint32_t cnt, room, max;
    int64_t width_s;
};

struct candles {
    struct candle_row minutes, hours;
};

struct candle_stats { /* of a span; cnt 0 = no trade in it */
    uint32_t cnt;
    int64_t open, high, low, last;
    int64_t lots;
};

void candles_fini(struct candles *c);
void candles_trade(struct candles *c, int64_t time_ns, int64_t price_units, int64_t qty_lots);

/* Of the span_s seconds up to now (to the width of the row that serves it: minutes up to a day,
 * hours beyond). open: the first trade in it. cost: one pass over the span */
void candles_stats(const struct candles *c, int64_t now_ns, int64_t span_s,
                   struct candle_stats *out);

/* Candles of one width (60, 300, 900 from minutes; multiples of 3600 from hours) that begin in
 * [from_s, to_s], newest first, at most max; returns their count. */
uint32_t candles_read(const struct candles *c, int64_t width_s, int64_t from_s, int64_t to_s,
                      struct candle *out, uint32_t max);

#endif
