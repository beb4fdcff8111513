#include "tests/ref/ref_priv.h"

/* The prices of an instrument, from docs/match.md: multiples of the step of their row. */

int64_t
ref_step(const struct ref_instrument *ins, int64_t price)
{
    int64_t step = ins->def.tick_units;
    for (uint32_t i = 0; i < ins->ticks.row_cnt; i++) {
        if (price >= ins->ticks.from_units[i])
            step = ins->ticks.step_units[i];
    }
    return step;
}

bool
ref_on_tick(const struct ref_instrument *ins, int64_t price)
{
    return price % ref_step(ins, price) == 0;
}

int64_t
ref_tick_at(const struct ref_instrument *ins, int64_t price)
{
    return price - price % ref_step(ins, price);
}

int64_t
ref_tick_above(const struct ref_instrument *ins, int64_t price)
{
    return ref_tick_at(ins, price) + ref_step(ins, price);
}

/* Where protection points end for an order without a limit, no further than its cap; 0 = there are
 * none, or nobody is on the other side. */
int64_t
ref_points(const struct ref_venue *r, const struct ref_order *o, int64_t cap)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    bool buy = o->side == SIDE_BUY;
    const struct ref_order *best = ref_best(r, o->instrument, buy ? SIDE_SELL : SIDE_BUY);
    if (ins->def.protection_ticks == 0 || ins->call || best == NULL || cap <= 0)
        return 0;
    wide far = (wide)ins->def.protection_ticks * ref_step(ins, best->price);
    wide end = buy ? best->price + far : best->price - far;
    end = buy == (end > cap) ? cap : end;
    if (buy || ref_on_tick(ins, (int64_t)end))
        return ref_tick_at(ins, (int64_t)end);
    return ref_tick_above(ins, (int64_t)end);
}
