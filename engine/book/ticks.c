#include "engine/book/ticks.h"

bool
ticks_table_ok(const struct tick_table *t)
{
    if (t->row_cnt == 0 || t->row_cnt > TICK_ROW_MAX || t->from_units[0] != 0)
        return false;
    for (uint32_t i = 0; i < t->row_cnt; i++) {
        if (t->step_units[i] == 0)
            return false;
        if (i > 0 &&
            (t->from_units[i] <= t->from_units[i - 1] || t->from_units[i] % t->step_units[i] != 0 ||
             t->from_units[i] % t->step_units[i - 1] != 0))
            return false;
    }
    for (uint32_t i = t->row_cnt; i < TICK_ROW_MAX; i++)
        if (t->step_units[i] != 0 || t->from_units[i] != 0)
            return false;
    return true;
}

int64_t
ticks_by_table(const struct tick_table *t, int64_t price_units)
{
    uint32_t row = 0, cnt = t->row_cnt;
    while (cnt > 1) { /* the last row that begins at or below */
        uint32_t half = cnt / 2;
        row += t->from_units[row + half] <= price_units ? half : 0;
        cnt -= half;
    }
    return t->step_units[row];
}
