#ifndef ENGINE_LEDGER_MONEY_H
#define ENGINE_LEDGER_MONEY_H

#include <stdbool.h>
#include <stdint.h>

/* The rules by which amounts come about; nowhere else is anything rounded. Whatever may not fit is
 * asked first (functions that return bool: false = does not fit, outputs untouched).
 * units:  price units x lots -> smallest units of the currency; fees in millionths (ppm)
 * source: ARCHITECTURE.md, "Numbers": notional is the floor, the same on both legs; an order's fee
 *         is cumulative; hold = ceil(cap x open) + worst fee */

#define MONEY_MAX ((int64_t)1 << 62) /* of any amount, and of all that is issued of an asset */
enum { MONEY_PPM = 1000000, MONEY_SCALE_MAX = 8 };

struct money_rate { /* notional = price_units * lots * num / den; reduced, both > 0 */
    int64_t num, den;
};

/* false when the reduced fraction does not fit. Scales 0..8, lot_units > 0. */
bool money_rate_make(struct money_rate *out, int64_t lot_units, uint32_t asset_scale,
                     uint32_t price_scale, uint32_t currency_scale);

/* floor and ceil of price_x_lots * rate (price_x_lots >= 0); _wide: where the product takes more
 * than a word, which prices and sizes of this world do not. */
bool money_notional_fits_wide(const struct money_rate *r, int64_t price_x_lots,
                              int64_t *floor_units, int64_t *ceil_units);
static inline bool
money_notional_fits(const struct money_rate *r, int64_t price_x_lots, int64_t *floor_units,
                    int64_t *ceil_units)
{
    int64_t narrow;
    if (__builtin_expect(__builtin_mul_overflow(price_x_lots, r->num, &narrow), 0))
        return money_notional_fits_wide(r, price_x_lots, floor_units, ceil_units);
    int64_t whole = (int64_t)((uint64_t)narrow / (uint64_t)r->den);
    bool more = (uint64_t)narrow % (uint64_t)r->den != 0;
    if (whole > MONEY_MAX - more)
        return false;
    *floor_units = whole;
    *ceil_units = whole + more;
    return true;
}

/* The floor alone, of a product that is known to fit: the hot path of a fill. */
static inline int64_t
money_notional(const struct money_rate *r, int64_t price_x_lots)
{
    int64_t wide;
    if (!__builtin_mul_overflow(price_x_lots, r->num, &wide))
        return (int64_t)((uint64_t)wide / (uint64_t)r->den);
    return (int64_t)((unsigned __int128)price_x_lots * (uint64_t)r->num / (uint64_t)r->den);
}

/* floor(price x units x rate / parts): what so many parts of a unit are worth. None below 0,
 * parts > 0. */
bool money_value_fits(const struct money_rate *r, int64_t price_units, int64_t units, int64_t parts,
                      int64_t *value_units);

struct fee_terms { /* of an order, as they were at its entry */
    int64_t min_units;
    uint32_t maker_ppm, taker_ppm; /* 0..MONEY_PPM */
};

struct fee_state { /* of an order, so far */
    int64_t maker_notional, taker_notional;
    int64_t charged_units;
};

/* ceil((maker * maker_ppm + taker * taker_ppm) / 1e6); rates of at most 1e6, so it never exceeds
 * the sum of the two. */
int64_t money_fee_by_rate_wide(const struct fee_terms *t, int64_t maker, int64_t taker);
static inline int64_t
money_fee_by_rate(const struct fee_terms *t, int64_t maker, int64_t taker)
{
    if (__builtin_expect((maker | taker) >= (int64_t)1 << 42, 0))
        return money_fee_by_rate_wide(t, maker, taker);
    uint64_t sum = (uint64_t)maker * t->maker_ppm + (uint64_t)taker * t->taker_ppm;
    return (int64_t)((sum + MONEY_PPM - 1) / MONEY_PPM);
}

/* The fee of these notionals together: at least min_units, rounded up, never more than they are.
 * Both notionals >= 0 and their sum at most 2^62. */
static inline int64_t
money_fee(const struct fee_terms *t, int64_t maker_notional, int64_t taker_notional)
{
    int64_t fee = money_fee_by_rate(t, maker_notional, taker_notional);
    int64_t notional = maker_notional + taker_notional;
    fee = fee > t->min_units ? fee : t->min_units;
    return fee < notional ? fee : notional;
}

/* What is still to be charged at most when `more` notional comes, all at the dearer rate. */
static inline int64_t
money_fee_worst(const struct fee_terms *t, const struct fee_state *s, int64_t more)
{
    bool maker = t->maker_ppm > t->taker_ppm;
    return money_fee(t, s->maker_notional + (maker ? more : 0),
                     s->taker_notional + (maker ? 0 : more)) -
           s->charged_units;
}

/* What must be held for a notional (rounded up) that is still to come, its worst fee included. */
static inline bool
money_hold_for(const struct fee_terms *t, const struct fee_state *s, int64_t notional_units,
               int64_t *hold_units)
{
    int64_t sum, hold;
    if (__builtin_add_overflow(notional_units, s->maker_notional, &sum) ||
        __builtin_add_overflow(sum, s->taker_notional, &sum) || sum > MONEY_MAX ||
        __builtin_add_overflow(notional_units, money_fee_worst(t, s, notional_units), &hold) ||
        hold < 0 || hold > MONEY_MAX)
        return false;
    *hold_units = hold;
    return true;
}

/* What a buy with `open` lots left must hold so that no fill at cap or better can exceed it. */
static inline bool
money_hold_buy(const struct money_rate *r, const struct fee_terms *t, const struct fee_state *s,
               int64_t cap_units, int64_t open_lots, int64_t *hold_units)
{
    int64_t product, low, high;
    return !__builtin_mul_overflow(cap_units, open_lots, &product) &&
           money_notional_fits(r, product, &low, &high) && money_hold_for(t, s, high, hold_units);
}

/* Bound of a market order: reference +- ppm, rounded to the tick toward the passive side and kept
 * within [tick, max_price]. 0 when the bound is not positive. */
int64_t money_protection(int64_t reference_units, uint32_t ppm, bool buy, int64_t tick_units,
                         int64_t max_price_units);

#endif
