#include "engine/book/equilibrium.h"

#include <stddef.h>

#include "engine/base/check.h"

enum { IDLE_LEVELS_MAX = 64 };

/* --- the walk --- */

static void
stand_on(const struct equilibrium_book *b, uint32_t level, int64_t *price_units, int64_t *lots)
{
    *price_units = *lots = 0;
    if (level == LEVEL_NONE)
        return;
    *price_units = b->pools->levels.levels[level].price_units;
    *lots = b->pools->levels.levels[level].lots;
    if (b->idle_lots != NULL)
        *lots -= b->idle_lots[level];
}

static void
step(const struct equilibrium_book *b, uint8_t side, int64_t *price_units, int64_t *lots)
{
    const struct level_side *s = &b->book->side[side - SIDE_BUY];
    stand_on(b, level_worse(&b->pools->levels, s, *price_units), price_units, lots);
}

/* One that stands where nothing counts goes on; false: neither does. */
static bool
pass_idle(struct equilibrium *e, const struct equilibrium_book *b)
{
    bool bid = e->bid_units != 0 && e->bid_lots == 0, ask = e->ask_units != 0 && e->ask_lots == 0;
    if (bid)
        step(b, SIDE_BUY, &e->bid_units, &e->bid_lots);
    if (ask)
        step(b, SIDE_SELL, &e->ask_units, &e->ask_lots);
    return bid || ask;
}

void
equilibrium_start(struct equilibrium *e, const struct equilibrium_book *b)
{
    *e = (struct equilibrium){0};
    stand_on(b, book_best(b->book, SIDE_BUY), &e->bid_units, &e->bid_lots);
    stand_on(b, book_best(b->book, SIDE_SELL), &e->ask_units, &e->ask_lots);
}

bool
equilibrium_walk(struct equilibrium *e, const struct equilibrium_book *b, int level_max)
{
    for (int i = 0; i < level_max; i++) {
        if (pass_idle(e, b))
            continue;
        if (e->bid_units == 0 || e->ask_units == 0 || e->bid_units < e->ask_units)
            return true;
        int64_t lots = e->bid_lots < e->ask_lots ? e->bid_lots : e->ask_lots;
        e->lots += lots;
        e->high_units = e->bid_units;
        e->low_units = e->ask_units;
        e->bid_lots -= lots;
        e->ask_lots -= lots;
        if (e->bid_lots == 0)
            step(b, SIDE_BUY, &e->bid_units, &e->bid_lots);
        if (e->ask_lots == 0)
            step(b, SIDE_SELL, &e->ask_units, &e->ask_lots);
    }
    return false;
}

/* --- the rules --- */

/* Prices from low to high; of them count the ticks, and low and high themselves where they are a
 * limit of the book. */
struct range {
    int64_t low, high;
    const struct ticks *ticks;
    bool low_is_limit, high_is_limit;
};

static void
take_nearer(int64_t candidate, int64_t reference, int64_t *best)
{
    int64_t far = *best > reference ? *best - reference : reference - *best;
    int64_t near = candidate > reference ? candidate - reference : reference - candidate;
    if (*best == 0 || near < far || (near == far && candidate < *best))
        *best = candidate;
}

/* The candidate nearest to the reference; 0 = there is none. */
static int64_t
nearest(const struct range *r, int64_t reference)
{
    int64_t best = 0;
    if (r->low > r->high)
        return 0;
    int64_t at = reference < r->low ? r->low : reference > r->high ? r->high : reference;
    int64_t below = ticks_floor(r->ticks, at), above = ticks_above(r->ticks, at);
    if (below >= r->low)
        take_nearer(below, reference, &best);
    if (below != at && above != 0 && above <= r->high)
        take_nearer(above, reference, &best);
    if (r->low_is_limit)
        take_nearer(r->low, reference, &best);
    if (r->high_is_limit)
        take_nearer(r->high, reference, &best);
    return best;
}

/* Between the best bid and the best offer that are left, everything that can trade does. */
static bool
decide_without_surplus(const struct range *r, int64_t reference, struct equilibrium_price *out)
{
    int64_t lowest = nearest(r, r->low), highest = nearest(r, r->high);
    if (lowest == 0)
        return false;
    int64_t middle = lowest + (highest - lowest) / 2;
    out->price_units = nearest(r, reference != 0 ? reference : middle);
    out->rule = lowest == highest ? AUCTION_BY_SURPLUS : AUCTION_BY_REFERENCE;
    return true;
}

/* The prices beyond the one next to the other side, down or up to the next level. */
static struct range
beyond(const struct equilibrium *e, uint8_t side, int64_t price, int64_t next,
       const struct ticks *ticks)
{
    struct range r = {.low = e->low_units, .high = e->high_units, .ticks = ticks};
    if (side == SIDE_BUY) {
        r.high = price - 1;
        r.low_is_limit = r.low < price && next < r.low;
        r.low = next >= r.low ? next + 1 : r.low;
    } else {
        r.low = price + 1;
        r.high_is_limit = r.high > price && (next == 0 || next > r.high);
        r.high = next != 0 && next <= r.high ? next - 1 : r.high;
    }
    return r;
}

/* Whether a price other than the one next to the other side has the same surplus. Levels that do
 * not count are passed; more than a few lie between two ticks only after the ticks have changed. */
static bool
has_worse(const struct equilibrium *e, const struct equilibrium_book *b, uint8_t side,
          const struct ticks *ticks)
{
    int64_t price = side == SIDE_BUY ? e->bid_units : e->ask_units, next = price, lots = 0;
    for (int i = 0; i < IDLE_LEVELS_MAX && lots == 0; i++) {
        step(b, side, &next, &lots);
        struct range r = beyond(e, side, price, next, ticks);
        if (nearest(&r, price) != 0)
            return true;
        if (next == 0)
            return false;
    }
    return false;
}

static void
decide_by_surplus(const struct equilibrium *e, const struct equilibrium_book *b,
                  const struct ticks *ticks, int64_t reference, int64_t bid_lots, int64_t ask_lots,
                  struct equilibrium_price *out)
{
    bool buy = bid_lots != 0 && (ask_lots == 0 || bid_lots < ask_lots);
    bool both = bid_lots == ask_lots;
    out->rule = AUCTION_BY_SURPLUS;
    if (both) {
        int64_t middle = e->bid_units + (e->ask_units - e->bid_units) / 2;
        out->price_units = e->bid_units;
        take_nearer(e->ask_units, reference != 0 ? reference : middle, &out->price_units);
        out->rule = AUCTION_BY_REFERENCE;
        buy = out->price_units == e->bid_units;
    } else if (has_worse(e, b, buy ? SIDE_BUY : SIDE_SELL, ticks)) {
        out->rule = AUCTION_BY_PRESSURE;
    }
    out->price_units = buy ? e->bid_units : e->ask_units;
    out->surplus_side = buy ? SIDE_BUY : SIDE_SELL;
    out->surplus_lots = buy ? bid_lots : ask_lots;
}

void
equilibrium_decide(const struct equilibrium *e, const struct equilibrium_book *b,
                   const struct ticks *ticks, int64_t reference_units,
                   struct equilibrium_price *out)
{
    *out = (struct equilibrium_price){.lots = e->lots};
    if (e->lots == 0)
        return;
    CHECK(e->low_units > 0 && e->low_units <= e->high_units);
    /* What is left over within the prices at which the most lots trade. The best bid left is below
     * the best offer left, or they would trade. */
    int64_t bid_lots = e->bid_units >= e->low_units ? e->bid_lots : 0;
    int64_t ask_lots = e->ask_units != 0 && e->ask_units <= e->high_units ? e->ask_lots : 0;
    struct range r = {
        .low = bid_lots > 0 ? e->bid_units + 1 : e->low_units,
        .high = ask_lots > 0 ? e->ask_units - 1 : e->high_units,
        .ticks = ticks,
        .low_is_limit = bid_lots == 0,
        .high_is_limit = ask_lots == 0,
    };
    if (!decide_without_surplus(&r, reference_units, out))
        decide_by_surplus(e, b, ticks, reference_units, bid_lots, ask_lots, out);
    if (e->low_units == e->high_units)
        out->rule = AUCTION_BY_VOLUME;
}
