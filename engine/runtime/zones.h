#ifndef ENGINE_RUNTIME_ZONES_H
#define ENGINE_RUNTIME_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/core/core.h"
#include "engine/model/command.h"

/* A timetable knows the next few times at which its zone's clocks change, no more. What knows the
 * zone tells it the next ones long before they run out, by a command of the venue itself: the core
 * reads no zone files, and a replay needs none. */

struct zone_source { /* what knows zones */
    /* What the zone is ahead of UTC from an instant on, and when it changes; false: not known.
     * Writes offsets and offset_cnt alone.   thread: that of the sequencer */
    bool (*fill)(void *self, const char *zone, int64_t from_s, struct timetable *out);
    void *self;
};

/* Whether the n-th instrument's timetable has, for now and the 400 days that follow, other offsets
 * than its zone; then the command that tells it the right ones.   thread: the core's */
bool zones_stale(const struct zone_source *z, const struct core *core, uint32_t n, int64_t now_ns,
                 struct command_timetable *out);

#endif
