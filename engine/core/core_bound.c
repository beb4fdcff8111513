#include "engine/core/core_band.h"
#include "engine/core/core_peg.h"

/* What bounds an order that has no limit, where one slides to, and the least that one may be worth.
 * Such an order trades within a share of a reference (protection). Where the instrument has
 * protection points, also no further than so many ticks through the best price of the other side as
 * it enters; what is left of it may then rest there, so that it is a limit order at that price.
 * source: CME Globex, market orders and stop orders with protection points */

int64_t
core_protection(const struct core *c, uint32_t instrument_idx, int64_t from_units, uint32_t ppm,
                bool buy)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    struct ticks ticks = core_ticks(c, instrument_idx);
    if (ticks.step_units != 0)
        return money_protection(from_units, ppm, buy, ticks.step_units, ins->max_price_units);
    int64_t bound = money_protection(from_units, ppm, buy, 1, ins->max_price_units);
    int64_t below = ticks_floor(&ticks, bound), above = ticks_above(&ticks, bound);
    return buy || below == bound || above == 0 || above > ins->max_price_units ? below : above;
}

int64_t
core_points(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t cap_units)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    bool buy = side == SIDE_BUY;
    int64_t best = book_best_price(&ins->book, &c->pools, buy ? SIDE_SELL : SIDE_BUY);
    if ((ins->extra & EXTRA_POINTS) == 0 || ins->call || best == 0)
        return 0;
    struct ticks ticks = core_ticks(c, instrument_idx);
    __int128 far = (__int128)c->bands[instrument_idx].protection_ticks * ticks_step(&ticks, best);
    if (buy) {
        __int128 most = best + far < cap_units ? best + far : cap_units;
        return ticks_floor(&ticks, (int64_t)most);
    }
    __int128 least = best - far > cap_units ? best - far : cap_units;
    int64_t below = ticks_floor(&ticks, (int64_t)least);
    return below == least ? below : ticks_above(&ticks, (int64_t)least);
}

bool
core_points_rest(const struct core *c, uint32_t instrument_idx)
{
    return c->bands[instrument_idx].protection_rests != 0;
}

int64_t
core_slide(const struct core *c, uint32_t instrument_idx, uint8_t side, int64_t price_units)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    if (!core_crosses(c, instrument_idx, side, price_units))
        return price_units;
    struct ticks ticks = core_ticks(c, instrument_idx);
    uint8_t opposite = side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
    int64_t best = book_best_price(&ins->book, &c->pools, opposite), peg = 0;
    if (core_pegs_opposite(c, instrument_idx, side)) {
        struct peg_market m = core_peg_market(c, instrument_idx);
        peg = core_peg_best(c, instrument_idx, opposite, &m);
    }
    if (peg != 0 && (best == 0 || (side == SIDE_BUY ? peg < best : peg > best)))
        best = peg;
    if (side == SIDE_BUY)
        return ticks_floor(&ticks, best - 1);
    int64_t beside = ticks_above(&ticks, best);
    return beside > ins->max_price_units ? 0 : beside;
}

bool
core_below_min_value(struct core *c, uint32_t instrument_idx, int64_t cap_units, int64_t lots)
{
    int64_t cost, floor_units, ceil_units, least_units = c->bands[instrument_idx].min_value_units;
    bool below = !__builtin_mul_overflow(cap_units, lots, &cost) &&
                 money_notional_fits(&c->instruments[instrument_idx].rate, cost, &floor_units,
                                     &ceil_units) &&
                 floor_units < least_units;
    if (below)
        c->refusal = (struct refusal){.value_units = floor_units, .least_units = least_units};
    return below;
}
