# Sourced as mutations.sh is: rules of pegged orders.

mutate peg_goes_before_the_book engine/core/core_ahead.c \
    '!core_within(t->side, order_at(orders, maker)->price_units, price)' \
    'core_within(t->side, price, order_at(orders, maker)->price_units)'
mutate peg_is_driven_by_a_sweep engine/core/core_match.c \
    'if (pegs && o->place != PLACE_SWEEPING)' 'if (pegs)'
mutate peg_follows_what_is_hidden engine/core/core_peg.c 'if (lots > 0)' 'if (1)'
mutate peg_goes_through_the_other_side engine/book/peg_index.c \
    'if (side == SIDE_BUY && m->ask_units != 0 && price >= m->ask_units) {' 'if (0) {'
mutate peg_loses_its_time_when_it_enters engine/core/core_peg.c 'if (d->stamp == 0)' 'if (1)'
mutate peg_in_reach_stays engine/core/core_hot.h \
    'core_pegs_moved(c, instrument_idx);' ';'
mutate peg_in_reach_of_a_new_band_stays engine/core/core_band.c 'core_pegs_moved(c, idx);' ';'
mutate peg_in_reach_by_the_day_stays engine/core/core_band.c 'core_pegs_moved(c, i);' ';'
mutate peg_in_reach_by_a_deal_stays engine/core/core_match.c \
    'core_pegs_moved(c, buy->instrument_idx); /* the dynamic band has */' ';'
mutate midpoint_rounds_to_the_other_side engine/book/peg_index.c \
    'return side == SIDE_BUY ? bid + half : ask - half;' 'return bid + half;'
mutate peg_keeps_its_offset_to_itself engine/core/core_hot.h \
    'e->peg_offset_units = k->offset_units;' 'e->peg_offset_units = 0;'
