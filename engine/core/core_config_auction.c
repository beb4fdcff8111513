#include "engine/core/core_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core.h"
#include "engine/core/core_calendar.h"

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
core_timetable_entries_ok(const struct timetable_entry *entries, uint32_t cnt)
{
    for (uint32_t i = 0; i < cnt; i++) {
        if (!entry_ok(&entries[i]) || (i > 0 && entries[i].second <= entries[i - 1].second))
            return false;
    }
    return true;
}

static bool
zone_ok(const char zone[ZONE_NAME_MAX])
{
    size_t length = strnlen(zone, ZONE_NAME_MAX);
    for (size_t i = length; i < ZONE_NAME_MAX; i++) {
        if (zone[i] != '\0')
            return false;
    }
    return length < ZONE_NAME_MAX;
}

bool
core_timetable_ok(const struct timetable *t)
{
    if (t->entry_cnt > TIMETABLE_ENTRY_MAX || t->offset_cnt > TIMETABLE_OFFSET_MAX ||
        (t->entry_cnt > 0 && t->offset_cnt == 0) || !zone_ok(t->zone) ||
        !core_timetable_entries_ok(t->entries, t->entry_cnt))
        return false;
    for (uint32_t i = 0; i < t->offset_cnt; i++) {
        const struct timetable_offset *o = &t->offsets[i];
        if (o->offset_s < -OFFSET_MAX_S || o->offset_s > OFFSET_MAX_S ||
            (i > 0 && o->from_ns <= t->offsets[i - 1].from_ns))
            return false;
    }
    return true;
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

/* The first entry after the instant and, at the same instant, after this entry. */
static void
find_next(const struct core *c, const struct timetable *t, struct timetable_due *x)
{
    struct timetable_due best = {.at_ns = INT64_MAX};
    if (t->entry_cnt == 0) {
        *x = best;
        return;
    }
    int64_t today = (x->at_ns / second_ns + timetable_offset_at(t, x->at_ns)) / DAY_S;
    for (int64_t day = today > 0 ? today - 1 : 0; day <= today + 8; day++) {
        const struct core_calendar_day *own = core_calendar_find(c, t->calendar_id, (uint32_t)day);
        const struct timetable_entry *entries = own != NULL ? own->entries : t->entries;
        uint32_t cnt = own != NULL ? own->entry_cnt : t->entry_cnt;
        for (uint32_t i = 0; i < cnt; i++) {
            int64_t ns = instant(t, day * DAY_S + entries[i].second);
            bool later = ns > x->at_ns || (ns == x->at_ns && i > x->entry);
            if (later && ns < best.at_ns && is_on(&entries[i], day))
                best = (struct timetable_due){ns, i, entries[i].state};
        }
    }
    *x = best;
}

void
core_timetable_step(struct core *c, uint32_t instrument_idx)
{
    struct core_auction *a = &c->auctions[instrument_idx];
    find_next(c, &a->table, &a->next);
    core_times_schedule(c, instrument_idx);
}

/* The state stays as it is until the first entry after now. */
static void
start(struct core *c, uint32_t instrument_idx)
{
    c->auctions[instrument_idx].next =
        (struct timetable_due){.at_ns = c->time_ns, .entry = TIMETABLE_ENTRY_MAX};
    core_timetable_step(c, instrument_idx);
}

void
core_timetable_changed(struct core *c, uint32_t instrument_idx)
{
    if (c->auctions[instrument_idx].next.at_ns > c->time_ns)
        start(c, instrument_idx);
}

static uint16_t
check_timetable(const struct core *c, const struct command_timetable *x, uint32_t idx)
{
    const struct timetable *t = &x->table;
    if (idx == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    if (c->rules_version < CORE_RULES_ORDERS)
        return REASON_UNKNOWN_COMMAND;
    if (!core_timetable_ok(t) || x->kept > 1)
        return REASON_BAD_FIELD;
    if (x->kept == 0)
        return 0;
    const struct timetable *now = &c->auctions[idx].table;
    if (t->entry_cnt != 0 || t->calendar_id != 0 || t->offset_cnt == 0 || t->zone[0] == '\0')
        return REASON_BAD_FIELD;
    return now->entry_cnt == 0 || memcmp(now->zone, t->zone, sizeof(t->zone)) != 0
               ? REASON_BAD_STATE
               : 0;
}

/* The offsets of what a timetable has already may come from the venue itself, which knows the zone:
 * engine/runtime/zones.h. */
void
core_config_timetable(struct core *c, const struct command *cmd)
{
    const struct command_timetable *x = (const void *)cmd;
    struct core_admin a;
    bool own = x->kept == 1 && cmd->actor_id == 0;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, own ? 0 : CORE_EYES_REFERENCE,
                          own ? ADMIN_VENUE : 0, &a))
        return;
    uint32_t idx = core_instrument_idx(c, x->instrument_id);
    uint16_t reason = check_timetable(c, x, idx);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason,
                          reason == REASON_BAD_FIELD ? offsetof(struct command_timetable, table)
                                                     : 0);
        return;
    }
    struct timetable *t = &c->auctions[idx].table;
    if (x->kept == 0) {
        *t = x->table;
        start(c, idx);
    } else {
        t->offset_cnt = x->table.offset_cnt;
        memcpy(t->offsets, x->table.offsets, sizeof(t->offsets));
        core_timetable_changed(c, idx);
    }
    struct event_timetable *e =
        core_emit(c, EVENT_TIMETABLE, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->zero = 0;
    e->table = *t;
    core_admin_done(c, cmd, &a, 0);
}

bool
core_timetable_get(const struct core *c, uint32_t n, uint32_t *instrument_id, struct timetable *out)
{
    if (n >= c->view.instrument_cnt)
        return false;
    *instrument_id = c->view_instruments[n].instrument_id;
    *out = c->auctions[n].table;
    return true;
}
