#include "engine/core/core_calendar.h"

#include <string.h>

#include "engine/model/utc.h"

/* Calendars: days that are not as timetables say, in an array by calendar and day. Nothing else is
 * known of a calendar; a timetable names it by its number. A closed day is one whose only entry
 * closes at its begin: what trades through the night before stops, what is closed stays so. */

enum { LOOKS_MAX = 4096, CHANGES_MAX = 64 };

/* Where the day is, or would be. */
static uint32_t
place(const struct core *c, uint32_t calendar_id, uint32_t day)
{
    uint64_t key = (uint64_t)calendar_id << 32 | day;
    uint32_t low = 0, high = c->calendar_day_cnt;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct core_calendar_day *d = &c->calendar_days[middle];
        if (((uint64_t)d->calendar_id << 32 | d->day) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct core_calendar_day *
core_calendar_find(const struct core *c, uint32_t calendar_id, uint32_t day)
{
    if (calendar_id == 0)
        return NULL;
    uint32_t at = place(c, calendar_id, day);
    const struct core_calendar_day *d = &c->calendar_days[at];
    return at < c->calendar_day_cnt && d->calendar_id == calendar_id && d->day == day ? d : NULL;
}

/* --- setting a day --- */

/* False: there is no such date. */
static bool
day_of(uint32_t date, uint32_t *day)
{
    uint32_t year = date / 10000, month = date / 100 % 100;
    if (year < 1970 || year > 9999 || month < 1 || month > 12)
        return false;
    int64_t days = utc_days_join((int32_t)year, month, date % 100);
    *day = (uint32_t)days;
    return utc_days_date(days) == date;
}

static bool
entries_ok(const struct command_calendar *x)
{
    if (x->kind != CALENDAR_SHORT)
        return x->entry_cnt == 0;
    if (x->entry_cnt == 0 || x->entry_cnt > TIMETABLE_ENTRY_MAX)
        return false;
    for (uint32_t i = 0; i < x->entry_cnt; i++) {
        if (x->entries[i].days != TIMETABLE_ALL_DAYS) /* it is of this day alone */
            return false;
    }
    return core_timetable_entries_ok(x->entries, x->entry_cnt);
}

/* Offset of what cannot be; 0 = it can. */
static uint32_t
bad_field(const struct command_calendar *x, uint32_t *day)
{
    if (x->calendar_id == 0)
        return offsetof(struct command_calendar, calendar_id);
    if (!day_of(x->date, day))
        return offsetof(struct command_calendar, date);
    if (x->kind < CALENDAR_REGULAR || x->kind > CALENDAR_SHORT)
        return offsetof(struct command_calendar, kind);
    return entries_ok(x) ? 0 : offsetof(struct command_calendar, entry_cnt);
}

/* Days that are over everywhere make room. */
static void
forget_past(struct core *c)
{
    int64_t first = c->time_ns / UTC_NS_PER_DAY - 1;
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < c->calendar_day_cnt; i++) {
        if (c->calendar_days[i].day >= first)
            c->calendar_days[cnt++] = c->calendar_days[i];
    }
    c->calendar_day_cnt = cnt;
}

static struct core_calendar_day
make_day(const struct command_calendar *x, uint32_t day)
{
    struct core_calendar_day d = {
        .calendar_id = x->calendar_id, .day = day, .entry_cnt = x->entry_cnt};
    memcpy(d.entries, x->entries, x->entry_cnt * sizeof(d.entries[0]));
    if (x->kind == CALENDAR_CLOSED) {
        d.entry_cnt = 1;
        d.entries[0] =
            (struct timetable_entry){.state = TRADING_CLOSED, .days = TIMETABLE_ALL_DAYS};
    }
    return d;
}

/* 0, or why not. */
static uint16_t
put_day(struct core *c, const struct command_calendar *x, uint32_t day)
{
    uint32_t at = place(c, x->calendar_id, day);
    bool known = core_calendar_find(c, x->calendar_id, day) != NULL;
    struct core_calendar_day *d = &c->calendar_days[at];
    if (x->kind == CALENDAR_REGULAR) {
        if (known)
            memmove(d, d + 1, (--c->calendar_day_cnt - at) * sizeof(*d));
        return 0;
    }
    if (!known) {
        if (c->calendar_day_cnt == c->genesis.calendar_day_max)
            return REASON_TABLE_FULL;
        memmove(d + 1, d, (c->calendar_day_cnt++ - at) * sizeof(*d));
    }
    *d = make_day(x, day);
    return 0;
}

void
core_calendar_set(struct core *c, const struct command *cmd)
{
    const struct command_calendar *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a) ||
        !core_known_to_rules(c, cmd))
        return;
    uint32_t day = 0, bad = bad_field(x, &day);
    uint16_t reason = bad != 0 ? REASON_BAD_FIELD : core_work_has_room(c) ? 0 : REASON_BUSY;
    if (reason == 0) {
        forget_past(c);
        reason = put_day(c, x, day);
    }
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, bad);
        return;
    }
    struct event_calendar *e =
        core_emit(c, EVENT_CALENDAR, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->calendar_id = x->calendar_id;
    e->date = x->date;
    e->kind = x->kind;
    e->entry_cnt = x->entry_cnt;
    memset(e->zero, 0, sizeof(e->zero));
    memcpy(e->entries, x->entries, sizeof(e->entries));
    core_admin_done(c, cmd, &a, 0);
    core_work_start(c, &(struct work){.kind = WORK_CALENDAR,
                                      .instrument_idx = CORE_NONE,
                                      .value = x->calendar_id});
}

/* --- who follows it --- */

bool
core_calendar_run(struct core *c, struct work *w)
{
    uint32_t changed = 0;
    for (uint32_t looked = 0; w->cursor < c->view.instrument_cnt; w->cursor++, looked++) {
        if (looked == LOOKS_MAX || changed == CHANGES_MAX)
            return false;
        if (c->auctions[w->cursor].table.calendar_id != w->value)
            continue;
        core_timetable_changed(c, w->cursor);
        changed++;
    }
    return true;
}

bool
core_calendar_sane(const struct core *c)
{
    for (uint32_t i = 0; i < c->calendar_day_cnt; i++) {
        const struct core_calendar_day *d = &c->calendar_days[i];
        if (d->calendar_id == 0 || d->entry_cnt == 0 || d->entry_cnt > TIMETABLE_ENTRY_MAX ||
            !core_timetable_entries_ok(d->entries, d->entry_cnt) ||
            (i > 0 && place(c, d->calendar_id, d->day) != i))
            return false;
    }
    return true;
}
