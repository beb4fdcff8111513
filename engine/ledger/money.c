#include "engine/ledger/money.h"

#include "engine/base/check.h"

static int64_t
power_of_ten(uint32_t n)
{
    int64_t p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

bool
money_rate_make(struct money_rate *out, int64_t lot_units, uint32_t asset_scale,
                uint32_t price_scale, uint32_t currency_scale)
{
    CHECK(lot_units > 0 && asset_scale <= MONEY_SCALE_MAX && price_scale <= MONEY_SCALE_MAX &&
          currency_scale <= MONEY_SCALE_MAX);
    int64_t den = power_of_ten(asset_scale + price_scale); /* at most 10^16 */
    int64_t ten = power_of_ten(currency_scale);
    __int128 num = (__int128)lot_units * ten;
    __int128 a = num, b = den;
    while (b != 0) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    num /= a;
    if (num > MONEY_MAX)
        return false;
    *out = (struct money_rate){.num = (int64_t)num, .den = (int64_t)(den / a)};
    return true;
}

bool
money_notional_fits(const struct money_rate *r, int64_t price_x_lots, int64_t *floor_units,
                    int64_t *ceil_units)
{
    uint64_t den = (uint64_t)r->den;
    unsigned __int128 wide = (unsigned __int128)(uint64_t)price_x_lots * (uint64_t)r->num;
    uint64_t narrow = (uint64_t)wide, whole, rest;
    if (wide == narrow) {
        whole = narrow / den;
        rest = narrow % den;
    } else {
        unsigned __int128 q = wide / den;
        if (q > (uint64_t)MONEY_MAX)
            return false;
        whole = (uint64_t)q;
        rest = (uint64_t)(wide % den);
    }
    if (whole + (rest != 0) > (uint64_t)MONEY_MAX)
        return false;
    *floor_units = (int64_t)whole;
    *ceil_units = (int64_t)(whole + (rest != 0));
    return true;
}

/* ceil((maker * maker_ppm + taker * taker_ppm) / 1e6); rates of at most 1e6, so it never exceeds
 * the sum of the two. */
static int64_t
fee_by_rate(const struct fee_terms *t, int64_t maker, int64_t taker)
{
    if ((maker | taker) < (int64_t)1 << 42) {
        uint64_t sum = (uint64_t)maker * t->maker_ppm + (uint64_t)taker * t->taker_ppm;
        return (int64_t)((sum + MONEY_PPM - 1) / MONEY_PPM);
    }
    unsigned __int128 sum = (unsigned __int128)(uint64_t)maker * t->maker_ppm +
                            (unsigned __int128)(uint64_t)taker * t->taker_ppm;
    return (int64_t)((sum + MONEY_PPM - 1) / MONEY_PPM);
}

static int64_t
fee_bounded(const struct fee_terms *t, int64_t by_rate, int64_t notional)
{
    int64_t fee = by_rate > t->min_units ? by_rate : t->min_units;
    return fee < notional ? fee : notional;
}

int64_t
money_fee(const struct fee_terms *t, int64_t maker_notional, int64_t taker_notional)
{
    return fee_bounded(t, fee_by_rate(t, maker_notional, taker_notional),
                       maker_notional + taker_notional);
}

int64_t
money_fee_worst(const struct fee_terms *t, const struct fee_state *s, int64_t more)
{
    int64_t maker = s->maker_notional, taker = s->taker_notional;
    if (t->maker_ppm > t->taker_ppm)
        maker += more;
    else
        taker += more;
    return money_fee(t, maker, taker) - s->charged_units;
}

bool
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

bool
money_hold_buy(const struct money_rate *r, const struct fee_terms *t, const struct fee_state *s,
               int64_t cap_units, int64_t open_lots, int64_t *hold_units)
{
    int64_t product, low, high;
    return !__builtin_mul_overflow(cap_units, open_lots, &product) &&
           money_notional_fits(r, product, &low, &high) && money_hold_for(t, s, high, hold_units);
}

int64_t
money_protection(int64_t reference_units, uint32_t ppm, bool buy, int64_t tick_units,
                 int64_t max_price_units)
{
    __int128 scaled =
        (__int128)reference_units * (buy ? MONEY_PPM + (int64_t)ppm : MONEY_PPM - (int64_t)ppm);
    if (scaled <= 0)
        return buy ? 0 : tick_units;
    __int128 step = (__int128)tick_units * MONEY_PPM;
    __int128 ticks = buy ? scaled / step : (scaled + step - 1) / step;
    __int128 bound = ticks * tick_units;
    if (bound > max_price_units)
        bound = max_price_units - max_price_units % tick_units;
    return (int64_t)bound;
}
