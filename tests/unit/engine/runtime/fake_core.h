#ifndef TESTS_UNIT_ENGINE_RUNTIME_FAKE_CORE_H
#define TESTS_UNIT_ENGINE_RUNTIME_FAKE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/core/core.h"

/* A core that decides nothing, for tests of the sequencer: it numbers, checks that it is called as
 * its contract says, and emits one event for a command (none for TICK and CONTINUE). MASS_CANCEL
 * leaves `work_each` pending CONTINUEs. */
struct core {
    uint64_t cmd_seq, event_seq;
    uint32_t epoch, mode;
    int64_t time_ns, next_due_ns;
    uint32_t work_pending, work_each;
    uint64_t prefetch_cnt;
    uint32_t timetable_cnt; /* instruments, all with this timetable */
    struct timetable timetable;
};

#endif
