#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* How an instrument's calls run, and when its trading state changes by itself. */

static const int64_t second_ns = 1000000000;
enum { DAY_S = 86400, OFFSET_MAX_S = 15 * 3600, CALL_MS_MAX = 24 * 3600 * 1000 };

/* --- how --- */

static uint32_t
bad_rule(const struct command_auction_rules *x)
{
    if (x->indicative_ms > CALL_MS_MAX)
        return offsetof(struct command_auction_rules, indicative_ms);
    if (x->call_ms > CALL_MS_MAX)
        return offsetof(struct command_auction_rules, call_ms);
    if (x->random_end_ms > CALL_MS_MAX)
        return offsetof(struct command_auction_rules, random_end_ms);
    if (x->extension_ms > CALL_MS_MAX || (x->extension_max > 0 && x->extension_ms == 0))
        return offsetof(struct command_auction_rules, extension_ms);
    if (x->extension_max > 0 && x->range_ppm == 0)
        return offsetof(struct command_auction_rules, range_ppm);
    return 0;
}

void
core_config_auction_rules(struct core *c, const struct command *cmd)
{
    const struct command_auction_rules *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id), detail = bad_rule(x);
    if (idx == CORE_NONE || detail != 0 || c->rules_version < CORE_RULES_ORDERS) {
        core_emit_refusal(c, cmd,
                          idx == CORE_NONE ? REASON_UNKNOWN_INSTRUMENT
                          : detail != 0    ? REASON_BAD_FIELD
                                           : REASON_UNKNOWN_COMMAND,
                          detail);
        return;
    }
    c->auctions[idx].rules = (struct auction_rules){.indicative_ms = x->indicative_ms,
                                                    .call_ms = x->call_ms,
                                                    .random_end_ms = x->random_end_ms,
                                                    .extension_ms = x->extension_ms,
                                                    .extension_max = x->extension_max,
                                                    .range_ppm = x->range_ppm};
    struct event_auction_rules *e =
        core_emit(c, EVENT_AUCTION_RULES, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->indicative_ms = x->indicative_ms;
    e->call_ms = x->call_ms;
    e->random_end_ms = x->random_end_ms;
    e->extension_ms = x->extension_ms;
    e->extension_max = x->extension_max;
    e->range_ppm = x->range_ppm;
    e->zero = 0;
    core_admin_done(c, cmd, &a, 0);
}

/* --- when --- */

static bool
entry_ok(const struct timetable_entry *e)
{
    return e->second < DAY_S && e->state >= TRADING_OPEN && e->state <= TRADING_CALL_RESUMPTION &&
           e->days > 0 && e->days < 128;
}

bool
core_timetable_ok(const struct timetable *t)
{
    if (t->entry_cnt > TIMETABLE_ENTRY_MAX || t->offset_cnt > TIMETABLE_OFFSET_MAX ||
        (t->entry_cnt > 0 && t->offset_cnt == 0))
        return false;
    for (uint32_t i = 0; i < t->entry_cnt; i++) {
        if (!entry_ok(&t->entries[i]) ||
            (i > 0 && t->entries[i].second <= t->entries[i - 1].second))
            return false;
    }
    for (uint32_t i = 0; i < t->offset_cnt; i++) {
        const struct timetable_offset *o = &t->offsets[i];
        if (o->offset_s < -OFFSET_MAX_S || o->offset_s > OFFSET_MAX_S ||
            (i > 0 && o->from_ns <= t->offsets[i - 1].from_ns))
            return false;
    }
    return true;
}

static int32_t
offset_at(const struct timetable *t, int64_t time_ns)
{
    uint32_t i = 0;
    while (i + 1 < t->offset_cnt && t->offsets[i + 1].from_ns <= time_ns)
        i++;
    return t->offsets[i].offset_s;
}

/* The instant of a local time. One that the clocks pass over is taken as if they had not changed
 * yet; of one that comes twice, the first. */
static int64_t
instant(const struct timetable *t, int64_t local_s)
{
    for (uint32_t i = 0; i + 1 < t->offset_cnt; i++) {
        int64_t at_ns = (local_s - t->offsets[i].offset_s) * second_ns;
        int64_t next_ns = (local_s - t->offsets[i + 1].offset_s) * second_ns;
        if (at_ns < t->offsets[i + 1].from_ns || next_ns < t->offsets[i + 1].from_ns)
            return at_ns;
    }
    return (local_s - t->offsets[t->offset_cnt - 1].offset_s) * second_ns;
}

/* 1970-01-01 was a Thursday. */
static bool
is_on(const struct timetable_entry *e, int64_t day)
{
    return (e->days >> ((day + 3) % 7) & 1) != 0;
}

bool
core_timetable_next(const struct timetable *t, int64_t *at_ns, uint32_t *entry)
{
    if (t->entry_cnt == 0)
        return false;
    int64_t after_ns = *at_ns, best_ns = INT64_MAX;
    uint32_t after = *entry, best = 0;
    int64_t today = (after_ns / second_ns + offset_at(t, after_ns)) / DAY_S;
    for (int64_t day = today - 1; day <= today + 8; day++) {
        for (uint32_t i = 0; i < t->entry_cnt; i++) {
            int64_t ns = instant(t, day * DAY_S + t->entries[i].second);
            bool later = ns > after_ns || (ns == after_ns && i > after);
            if (later && ns < best_ns && day >= 0 && is_on(&t->entries[i], day)) {
                best_ns = ns;
                best = i;
            }
        }
    }
    *at_ns = best_ns;
    *entry = best;
    return best_ns != INT64_MAX;
}

/* The state stays as it is until the first entry after now. */
void
core_config_timetable(struct core *c, const struct command *cmd)
{
    const struct command_timetable *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id);
    uint16_t reason = idx == CORE_NONE                       ? REASON_UNKNOWN_INSTRUMENT
                      : c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND
                      : !core_timetable_ok(&x->table)        ? REASON_BAD_FIELD
                                                             : 0;
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason,
                          reason == REASON_BAD_FIELD ? offsetof(struct command_timetable, table)
                                                     : 0);
        return;
    }
    struct core_auction *auction = &c->auctions[idx];
    auction->table = x->table;
    auction->entry_ns = c->time_ns;
    auction->entry = TIMETABLE_ENTRY_MAX;
    if (!core_timetable_next(&auction->table, &auction->entry_ns, &auction->entry))
        auction->entry_ns = INT64_MAX;
    core_times_schedule(c, idx);
    struct event_timetable *e =
        core_emit(c, EVENT_TIMETABLE, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->zero = 0;
    e->table = x->table;
    core_admin_done(c, cmd, &a, 0);
}
