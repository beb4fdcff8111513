#ifndef ENGINE_CORE_CORE_CALENDAR_H
#define ENGINE_CORE_CORE_CALENDAR_H

#include "engine/core/core_priv.h"

/* Days on which timetables do not hold, by calendar: core_calendar.c. */

struct core_calendar_day {
    uint32_t calendar_id;
    uint32_t day;       /* since 1970-01-01, of the zone of whoever follows it */
    uint32_t entry_cnt; /* at least 1: a closed day closes when it begins */
    uint32_t zero;
    struct timetable_entry entries[TIMETABLE_ENTRY_MAX];
};
_Static_assert(sizeof(struct core_calendar_day) == 96, "saved as it is");

void core_calendar_set(struct core *c, const struct command *cmd);
/* NULL: the day is as usual; calendar 0 has no days. */
const struct core_calendar_day *core_calendar_find(const struct core *c, uint32_t calendar_id,
                                                   uint32_t day);
bool core_calendar_run(struct core *c, struct work *w); /* true when all have taken note */
bool core_calendar_sane(const struct core *c);          /* after loading */

#endif
