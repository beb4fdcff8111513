# Sourced as mutations.sh is: rules of price bands.

mutate band_edge_does_not_trade engine/core/core_band.c \
    'return cap_units < w->high_units ? cap_units : w->high_units;' \
    'return cap_units < w->high_units ? cap_units : w->high_units - 1;'
mutate band_only_above engine/core/core_band.c \
    'return cap_units > w->low_units ? cap_units : w->low_units;' 'return cap_units;'
mutate band_near_edge_trades engine/core/core_band.c \
    'if (best > w->high_units)' 'if (0)'
mutate band_window_moves_in_a_sweep engine/core/core_match.c \
    'ins->banded && o->place != PLACE_SWEEPING && !core_band_enter(c, slot)' \
    'ins->banded && !core_band_enter(c, slot)'
mutate band_auction_is_no_reference engine/core/core_match.c \
    'core_band_set_static(c, instrument_idx, price_units);' ';'
mutate band_day_before_is_no_reference engine/core/core_band.c \
    'if (last_units != 0)
            c->bands[i].static_units = last_units;' ';'
mutate band_operators_reference_is_none engine/core/core_config_instrument.c \
    'core_band_set_static(c, idx, x->price_units);' ';'
mutate band_refuses_passive_orders engine/core/core_band.c \
    'if (buy ? limit_units <= edge : limit_units >= edge)' \
    'if (limit_units <= w.high_units && limit_units >= w.low_units)'
mutate band_names_the_other_one engine/core/core_band.c \
    'by_static ? BAND_STATIC : BAND_DYNAMIC' 'by_static ? BAND_DYNAMIC : BAND_STATIC'
mutate band_figures_of_another_refusal engine/core/core_emit.c \
    'e->why = compared ? c->refusal : no_figures;' 'e->why = c->refusal;'
mutate band_replace_is_not_looked_at engine/core/core_replace.c \
    'return REASON_PRICE_BAND;' ';'
mutate band_counts_fok_beyond engine/core/core_order.c \
    'cap_units = core_band_bound(c, instrument_idx, o->side, cap_units);' ';'
mutate band_ioc_rests_in_the_call engine/core/core_band.c \
    '== TIF_FOK ? REASON_PRICE_BAND : 0;' '== TIF_FOK ? 0 : 0;'
mutate band_tells_what_is_hidden engine/core/core_band.c \
    'e->price_units = seen ? shown : edge;' \
    'e->price_units = book_best_price(book, &c->pools, other);'
mutate band_interruption_is_not_put_off engine/core/core_uncross.c \
    'core_band_auction_outside(c, instrument_idx, price_units))
        return true;' '0)
        return true;'
mutate band_interruption_without_its_length engine/core/core_band.c \
    '{b->call_ms, b->random_end_ms,' '{r->call_ms, b->random_end_ms,'

# Price steps by price, and the least value of an order.
mutate tick_of_the_row_below engine/book/ticks.c \
    't->from_units[row + half] <= price_units' 't->from_units[row + half] < price_units'
mutate tick_slide_below_by_the_row_above engine/core/core_bound.c \
    'return ticks_floor(&ticks, best - 1);' \
    'return best - ticks_step(&ticks, best);'
mutate tick_bound_beside_a_step engine/core/core_bound.c \
    'above > ins->max_price_units ? below : above;' 'above > ins->max_price_units ? bound : above;'
mutate tick_auction_takes_any_price engine/core/core_uncross.c \
    'struct ticks ticks = core_ticks(c, instrument_idx);' 'struct ticks ticks = {1, NULL};'
mutate tick_table_is_lost_by_a_definition engine/core/core_config_instrument.c \
    'c->tick_tables[idx].row_cnt == 0 ? x->tick_units : 0;' 'x->tick_units;'
mutate definition_without_a_state_sets_it engine/core/core_config_instrument.c \
    'if (x->state != 0 && !ins->call' 'if (!ins->call'
mutate min_value_of_what_is_open engine/core/core_replace.c \
    'o->instrument_idx, ch->cap_units, ch->qty_lots)' \
    'o->instrument_idx, ch->cap_units, ch->open_lots)'
mutate min_value_is_not_asked engine/core/core_order.c \
    'if (RARELY((ins->extra & EXTRA_MIN_VALUE) != 0 &&' 'if (RARELY(0 &&'

# Protection points.
mutate points_from_the_last_price engine/core/core_bound.c \
    'int64_t best = book_best_price(&ins->book, &c->pools, buy ? SIDE_SELL : SIDE_BUY);' \
    'int64_t best = c->view_instruments[instrument_idx].last_units;'
mutate points_beyond_the_share engine/core/core_bound.c \
    'best + far < cap_units ? best + far : cap_units;' 'best + far;'
mutate points_always_rest engine/core/core_bound.c \
    'return c->bands[instrument_idx].protection_rests != 0;' 'return true;'
mutate points_of_stops_are_not_asked engine/core/core_stop.c \
    'if (points != 0) {' 'if (0) {'
mutate points_in_a_call engine/core/core_bound.c \
    'ins->call || best == 0' 'best == 0'
mutate points_forget_the_fees engine/core/core_config_instrument.c \
    'out->maker_ppm = ins->fees.maker_ppm;' 'out->maker_ppm = 0;'
