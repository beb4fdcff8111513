#include "engine/book/equilibrium.h"

#include "engine/base/check.h"

/* --- the walk --- */

static void
stand_on(const struct book_pools *p, uint32_t level, int64_t *price_units, int64_t *lots)
{
    *price_units = level == LEVEL_NONE ? 0 : p->levels.levels[level].price_units;
    *lots = level == LEVEL_NONE ? 0 : p->levels.levels[level].lots;
}

static void
step(const struct book *b, const struct book_pools *p, uint8_t side, int64_t *price_units,
     int64_t *lots)
{
    uint32_t next = level_worse(&p->levels, &b->side[side - SIDE_BUY], *price_units);
    stand_on(p, next, price_units, lots);
}

void
equilibrium_start(struct equilibrium *e, const struct book *b, const struct book_pools *p)
{
    *e = (struct equilibrium){0};
    stand_on(p, book_best(b, SIDE_BUY), &e->bid_units, &e->bid_lots);
    stand_on(p, book_best(b, SIDE_SELL), &e->ask_units, &e->ask_lots);
}

bool
equilibrium_walk(struct equilibrium *e, const struct book *b, const struct book_pools *p,
                 int level_max)
{
    for (int i = 0; i < level_max; i++) {
        if (e->bid_units == 0 || e->ask_units == 0 || e->bid_units < e->ask_units)
            return true;
        int64_t lots = e->bid_lots < e->ask_lots ? e->bid_lots : e->ask_lots;
        e->lots += lots;
        e->high_units = e->bid_units;
        e->low_units = e->ask_units;
        e->bid_lots -= lots;
        e->ask_lots -= lots;
        if (e->bid_lots == 0)
            step(b, p, SIDE_BUY, &e->bid_units, &e->bid_lots);
        if (e->ask_lots == 0)
            step(b, p, SIDE_SELL, &e->ask_units, &e->ask_lots);
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

/* Whether a price other than the one next to the other side has the same surplus. */
static bool
has_worse(const struct equilibrium *e, const struct book *b, const struct book_pools *p,
          uint8_t side, const struct ticks *ticks)
{
    int64_t price = side == SIDE_BUY ? e->bid_units : e->ask_units, lots;
    struct range r = {.low = e->low_units, .high = e->high_units, .ticks = ticks};
    int64_t next = price;
    step(b, p, side, &next, &lots);
    if (side == SIDE_BUY) {
        r.high = price - 1;
        r.low_is_limit = r.low < price && next < r.low;
        r.low = next >= r.low ? next + 1 : r.low;
    } else {
        r.low = price + 1;
        r.high_is_limit = r.high > price && (next == 0 || next > r.high);
        r.high = next != 0 && next <= r.high ? next - 1 : r.high;
    }
    return nearest(&r, price) != 0;
}

static void
decide_by_surplus(const struct equilibrium *e, const struct book *b, const struct book_pools *p,
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
    } else if (has_worse(e, b, p, buy ? SIDE_BUY : SIDE_SELL, ticks)) {
        out->rule = AUCTION_BY_PRESSURE;
    }
    out->price_units = buy ? e->bid_units : e->ask_units;
    out->surplus_side = buy ? SIDE_BUY : SIDE_SELL;
    out->surplus_lots = buy ? bid_lots : ask_lots;
}

void
equilibrium_decide(const struct equilibrium *e, const struct book *b, const struct book_pools *p,
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
        decide_by_surplus(e, b, p, ticks, reference_units, bid_lots, ask_lots, out);
    if (e->low_units == e->high_units)
        out->rule = AUCTION_BY_VOLUME;
}
