#ifndef TOOLS_CONFIG_TIME_ZONE_H
#define TOOLS_CONFIG_TIME_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/types.h"

/* What a zone is ahead of UTC, from an instant on for as many changes as a timetable holds, at most
 * ten years ahead. Zones: "UTC", "+05:30", or a name of the machine's zone files (TZDIR, else
 * /usr/share/zoneinfo), such as "Europe/Berlin". From then on the stream knows.
 * thread: one, at start: it borrows the process's TZ */

/* False: there is no such zone on this machine; the table's offsets are untouched then. */
bool time_zone_fill(struct timetable *t, const char *zone, int64_t from_s);

/* The same for so many days, change by change, the first one at from_s: until `each` returns false.
 * False: there is no such zone. */
bool time_zone_walk(const char *zone, int64_t from_s, int64_t days,
                    bool (*each)(void *arg, int64_t at_s, int32_t offset_s), void *arg);

#endif
