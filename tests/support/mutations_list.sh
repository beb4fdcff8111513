# Sourced as mutations.sh is: rules of orders that come together.

mutate list_holds_both engine/core/core_list.c \
    'second_units > first_units ? second_units - first_units : 0' 'second_units'
mutate list_takes_what_one_may_not engine/core/core_list.c \
    'reason = judge_second(c, l);' 'reason = 0, l[SECOND].t = l[FIRST].t;'
mutate list_second_enters_a_busy_book engine/core/core_list.c \
    'if (c->instruments[instrument_idx].busy ||
        core_room(c) < EVENTS_TO_ENTER + core_events_of_links(c) + CORE_EVENTS_TAIL)' 'if (0)'
