#include "engine/runtime/zones.h"

#include <string.h>

#include "engine/model/utc.h"

/* AHEAD: long enough for a venue that is not started for a year. BACK: what was missed in a weekend
 * and a few days is followed by the offsets of its time. */
enum { AHEAD_DAYS = 400, BACK_DAYS = 10 };

/* Whether they differ now, or at one of the changes of `a` in the time that counts. */
static bool
differ(const struct timetable *a, const struct timetable *b, int64_t now_ns)
{
    if (timetable_offset_at(a, now_ns) != timetable_offset_at(b, now_ns))
        return true;
    for (uint32_t i = 1; i < a->offset_cnt; i++) {
        int64_t ns = a->offsets[i].from_ns;
        if (ns > now_ns && ns <= now_ns + AHEAD_DAYS * UTC_NS_PER_DAY &&
            timetable_offset_at(b, ns) != a->offsets[i].offset_s)
            return true;
    }
    return false;
}

bool
zones_stale(const struct zone_source *z, const struct core *core, uint32_t n, int64_t now_ns,
            struct command_timetable *out)
{
    struct timetable known, is = {0};
    uint32_t instrument_id;
    if (!core_timetable_get(core, n, &instrument_id, &known) || known.entry_cnt == 0 ||
        known.zone[0] == '\0' ||
        !z->fill(z->self, known.zone, now_ns / UTC_NS_PER_S - BACK_DAYS * 86400, &is) ||
        (!differ(&known, &is, now_ns) && !differ(&is, &known, now_ns)))
        return false;
    command_init(&out->cmd, COMMAND_TIMETABLE);
    out->instrument_id = instrument_id;
    out->kept = 1;
    out->table = is;
    memcpy(out->table.zone, known.zone, sizeof(known.zone));
    return true;
}
