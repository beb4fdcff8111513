# Sourced as mutations.sh is: rules of all-or-none orders.

mutate whole_is_filled_in_part engine/core/core_whole.c 'm->leaves_lots <= t->open_lots &&' '1 &&'
mutate whole_takes_in_part engine/core/core_match.c \
    'e.crosses = core_whole_fillable(c, slot);' ';'
mutate whole_goes_before_the_book engine/core/core_whole.c \
    '(next.slot != ORDER_NONE && core_within(t->side, first, price))' \
    '(next.slot != ORDER_NONE && first != price && core_within(t->side, first, price))'
mutate whole_is_met_by_post_only engine/core/core_match.c \
    '(order_cold_at(&c->pools.orders, slot)->exec_inst & never) == 0' '1'
mutate whole_does_not_add_up engine/core/core_peg.c \
    'slot = core_whole_in_reach(c, instrument_idx);' ';'
mutate whole_does_not_add_up_with_what_waits engine/core/core_life.c \
    'core_wholes_moved(c, o->instrument_idx);' ';'
mutate whole_begins_an_interruption engine/core/core_match.c \
    'if (ins->banded && !waits_aside(c, slot) && core_band_beyond(c, slot))' \
    'if (ins->banded && o->ord_type != ORD_PEGGED && core_band_beyond(c, slot))'
mutate whole_trades_outside_the_band engine/core/core_whole.c \
    'at = level_worse(&c->pools.levels, side, buys ? low_units - 1 : high_units + 1);' ';'
mutate whole_looks_cost_more engine/core/core_whole.c \
    'int steps = CORE_WHOLE_STEPS_MAX;' 'int steps = CORE_FOK_STEPS_MAX;'
mutate whole_too_large_costs_looks engine/core/core_ahead.c \
    'if (!pegged && !whole && opposite_lots(ins, t->side) < must_lots)' \
    'if (0 && opposite_lots(ins, t->side) < must_lots)'
