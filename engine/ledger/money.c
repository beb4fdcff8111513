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
money_notional_fits_wide(const struct money_rate *r, int64_t price_x_lots, int64_t *floor_units,
                         int64_t *ceil_units)
{
    uint64_t den = (uint64_t)r->den;
    unsigned __int128 wide = (unsigned __int128)(uint64_t)price_x_lots * (uint64_t)r->num;
    unsigned __int128 whole = wide / den;
    if (whole + (wide % den != 0) > (uint64_t)MONEY_MAX)
        return false;
    *floor_units = (int64_t)whole;
    *ceil_units = (int64_t)whole + (wide % den != 0);
    return true;
}

bool
money_value_fits(const struct money_rate *r, int64_t price_units, int64_t units, int64_t parts,
                 int64_t *value_units)
{
    unsigned __int128 value = (unsigned __int128)(uint64_t)price_units * (uint64_t)units;
    if (__builtin_mul_overflow(value, (unsigned __int128)(uint64_t)r->num, &value))
        return false;
    value /= (unsigned __int128)(uint64_t)r->den * (uint64_t)parts;
    if (value > (uint64_t)MONEY_MAX)
        return false;
    *value_units = (int64_t)value;
    return true;
}

int64_t
money_fee_by_rate_wide(const struct fee_terms *t, int64_t maker, int64_t taker)
{
    unsigned __int128 sum = (unsigned __int128)(uint64_t)maker * t->maker_ppm +
                            (unsigned __int128)(uint64_t)taker * t->taker_ppm;
    return (int64_t)((sum + MONEY_PPM - 1) / MONEY_PPM);
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
