#ifndef ENGINE_BOOK_TICKS_H
#define ENGINE_BOOK_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/types.h"

/* The prices of an instrument: multiples of one step, or of a step that goes by the price. A price
 * on which two rows of a table meet belongs to both, so that the next price is one step away on
 * either side.
 * source: MiFID II, RTS 11 (Delegated Regulation (EU) 2017/588), annex: a tick per price range */
struct ticks {
    int64_t step_units;             /* 0: by the table */
    const struct tick_table *table; /* not read where there is one step */
};

/* What is 0 in every table: rows from 0 on, each beginning on a price of its own and of the row
 * before. */
bool ticks_table_ok(const struct tick_table *t);
/* The step above this price. */
int64_t ticks_by_table(const struct tick_table *t, int64_t price_units);

static inline int64_t
ticks_step(const struct ticks *t, int64_t price_units)
{
    return t->step_units != 0 ? t->step_units : ticks_by_table(t->table, price_units);
}

/* The nearest price at or below; 0 = none. */
static inline int64_t
ticks_floor(const struct ticks *t, int64_t price_units)
{
    int64_t step = ticks_step(t, price_units);
    return price_units / step * step;
}

/* The next above; 0 = none that a number holds. */
static inline int64_t
ticks_above(const struct ticks *t, int64_t price_units)
{
    int64_t step = ticks_step(t, price_units), above;
    return __builtin_add_overflow(price_units / step * step, step, &above) ? 0 : above;
}

#endif
