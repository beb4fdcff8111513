# Sourced as mutations.sh is: days of calendars, and what a timetable is told of its zone.

mutate calendar_is_not_looked_at engine/core/core_config_auction.c \
    'core_calendar_find(c, t->calendar_id, (uint32_t)day);' 'NULL;'
mutate calendar_change_is_not_noted engine/core/core_calendar.c 'core_timetable_changed(c, w->cursor);' ';'
mutate calendar_forgets_today engine/core/core_calendar.c \
    'c->time_ns / UTC_NS_PER_DAY - 1;' 'c->time_ns / UTC_NS_PER_DAY;'
mutate calendar_drops_what_is_due engine/core/core_config_auction.c \
    'if (c->auctions[instrument_idx].next.at_ns > c->time_ns)' 'if (1)'
