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

/* floor and ceil of price_x_lots * rate (price_x_lots >= 0). */
bool money_notional_fits(const struct money_rate *r, int64_t price_x_lots, int64_t *floor_units,
                         int64_t *ceil_units);

/* The floor alone, of a product that is known to fit: the hot path of a fill. */
static inline int64_t
money_notional(const struct money_rate *r, int64_t price_x_lots)
{
    int64_t wide;
    if (!__builtin_mul_overflow(price_x_lots, r->num, &wide))
        return (int64_t)((uint64_t)wide / (uint64_t)r->den);
    return (int64_t)((unsigned __int128)price_x_lots * (uint64_t)r->num / (uint64_t)r->den);
}

struct fee_terms { /* of an order, as they were at its entry */
    int64_t min_units;
    uint32_t maker_ppm, taker_ppm; /* 0..MONEY_PPM */
};

struct fee_state { /* of an order, so far */
    int64_t maker_notional, taker_notional;
    int64_t charged_units;
};

/* The fee of these notionals together: at least min_units, rounded up, never more than they are.
 * Both notionals >= 0 and their sum at most 2^62. */
int64_t money_fee(const struct fee_terms *t, int64_t maker_notional, int64_t taker_notional);

/* What is still to be charged at most when `more` notional comes, all at the dearer rate. */
int64_t money_fee_worst(const struct fee_terms *t, const struct fee_state *s, int64_t more);

/* What a buy with `open` lots left must hold so that no fill at cap or better can exceed it. */
bool money_hold_buy(const struct money_rate *r, const struct fee_terms *t,
                    const struct fee_state *s, int64_t cap_units, int64_t open_lots,
                    int64_t *hold_units);

/* The same, of a notional (rounded up) that is worked out already. */
bool money_hold_for(const struct fee_terms *t, const struct fee_state *s, int64_t notional_units,
                    int64_t *hold_units);

/* Bound of a market order: reference +- ppm, rounded to the tick toward the passive side and kept
 * within [tick, max_price]. 0 when the bound is not positive. */
int64_t money_protection(int64_t reference_units, uint32_t ppm, bool buy, int64_t tick_units,
                         int64_t max_price_units);

#endif
