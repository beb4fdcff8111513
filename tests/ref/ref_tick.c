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
