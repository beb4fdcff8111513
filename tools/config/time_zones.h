#ifndef TOOLS_CONFIG_TIME_ZONES_H
#define TOOLS_CONFIG_TIME_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/types.h"

/* What was read of zones at start, for a run of any length: a hundred years of changes. The files
 * are not read again before the next start: what knows a zone while the venue runs is this. */
struct time_zones;

/* NULL: no memory.   thread: open, add, close: one, at start and end */
struct time_zones *time_zones_open(int64_t from_s);
void time_zones_close(struct time_zones *z);
/* False: no such zone on this machine, or no memory. One that is there is not read again. */
bool time_zones_add(struct time_zones *z, const char *zone);

/* zone_source.fill (engine/runtime/zones.h), self: a struct time_zones.   thread: any */
bool time_zones_fill(void *self, const char *zone, int64_t from_s, struct timetable *out);

#endif
