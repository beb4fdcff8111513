#include <stdlib.h>
#include <string.h>

#include "engine/model/schema.h"
#include "engine/model/utc.h"
#include "gateway/ctl/ctl_request_priv.h"

/* The times at which an instrument's trading state changes, and a day of a calendar: closed, as
 * usual again, or with times of its own. Whether times are in order, the core says. */

/* "HH:MM:SS" */
static bool
read_second(const char *text, uint32_t *second)
{
    static const char form[] = "00:00:00";
    uint32_t part[3] = {0};
    for (int i = 0; i < 8; i++) {
        bool digit = form[i] == '0';
        if (digit ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
        if (digit)
            part[i / 3] = part[i / 3] * 10 + (uint32_t)(text[i] - '0');
    }
    *second = part[0] * 3600 + part[1] * 60 + part[2];
    return part[0] < 24 && part[1] < 60 && part[2] < 60;
}

/* "/1111100", Monday first, of this length */
static bool
read_days(const char *text, size_t length, uint8_t *days)
{
    enum { WEEK = 7 };
    if (length != 1 + WEEK || text[0] != '/')
        return false;
    *days = 0;
    for (int i = 0; i < WEEK; i++) {
        if (text[1 + i] != '0' && text[1 + i] != '1')
            return false;
        *days |= (uint8_t)((text[1 + i] - '0') << i);
    }
    return *days != 0;
}

/* "HH:MM:SS=STATE", in a timetable also "HH:MM:SS=STATE/DAYS", of this length */
static bool
read_entry(const char *text, size_t length, bool weekly, struct timetable_entry *out)
{
    enum { CLOCK_CHARS = 8 };
    uint64_t state = 0;
    *out = (struct timetable_entry){.days = TIMETABLE_ALL_DAYS};
    size_t named = strcspn(text, "/");
    if (weekly && named < length) {
        if (!read_days(text + named, length - named, &out->days))
            return false;
        length = named;
    }
    bool good = length > CLOCK_CHARS && text[CLOCK_CHARS] == '=' &&
                read_second(text, &out->second) &&
                schema_enum_value(&SCHEMA_TRADING_STATE, text + CLOCK_CHARS + 1,
                                  length - CLOCK_CHARS - 1, &state);
    out->state = (uint8_t)state;
    return good;
}

static int
take_times(const struct ctl_parse *p, bool weekly, struct timetable_entry *entries, uint8_t *cnt)
{
    enum { TIMES_TEXT_MAX = 512 };
    const char *at = "";
    int rc = ctl_text_field(p, "times", TIMES_TEXT_MAX, &at);
    while (!rc && *at) {
        size_t length = strcspn(at, ",");
        bool good = *cnt < TIMETABLE_ENTRY_MAX && read_entry(at, length, weekly, &entries[*cnt]);
        at += length;
        if (!good || (*at && *++at == 0))
            return error_set(p->err, ERR_INVALID,
                             "times: expected HH:MM:SS=STATE%s,HH:MM:SS=STATE,... at most %d",
                             weekly ? "[/1111100]" : "", TIMETABLE_ENTRY_MAX);
        ++*cnt;
    }
    return rc;
}

/* "FROM=OFFSET,...": seconds since 1970 from which the zone is so many seconds ahead of UTC */
static int
take_offsets(const struct ctl_parse *p, struct timetable *t)
{
    enum { OFFSETS_TEXT_MAX = 256 };
    const char *at = "";
    int rc = ctl_text_field(p, "offsets", OFFSETS_TEXT_MAX, &at);
    while (!rc && *at) {
        char *end;
        long long from_s = strtoll(at, &end, 10);
        bool pair = *end == '=';
        const char *value = pair ? end + 1 : "";
        long offset_s = strtol(value, &end, 10);
        int64_t from_ns;
        bool good = pair && end > value && t->offset_cnt < TIMETABLE_OFFSET_MAX &&
                    offset_s == (int32_t)offset_s &&
                    !__builtin_mul_overflow((int64_t)from_s, UTC_NS_PER_S, &from_ns);
        if (good)
            t->offsets[t->offset_cnt++] =
                (struct timetable_offset){.from_ns = from_ns, .offset_s = (int32_t)offset_s};
        if (!good || (*end != 0 && (*end != ',' || end[1] == 0)))
            return error_set(p->err, ERR_INVALID,
                             "offsets: expected FROM=OFFSET,... in seconds, at most %d",
                             TIMETABLE_OFFSET_MAX);
        at = *end ? end + 1 : end;
    }
    return rc;
}

int
ctl_parse_timetable(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_timetable c;
    command_init(&c.cmd, COMMAND_TIMETABLE);
    struct timetable *t = &c.table;
    const char *zone = "";
    int64_t calendar = 0;
    int rc = ctl_one_instrument(p, &in);
    if (!rc && ctl_has(p, "times"))
        rc = take_times(p, true, t->entries, &t->entry_cnt);
    if (!rc)
        rc = ctl_number_field(p, "calendar", UINT32_MAX, &calendar);
    if (!rc && ctl_has(p, "zone"))
        rc = ctl_text_field(p, "zone", ZONE_NAME_MAX - 1, &zone);
    if (!rc && ctl_has(p, "offsets"))
        rc = take_offsets(p, t);
    if (!rc && t->entry_cnt > 0 && t->offset_cnt == 0)
        rc = error_set(p->err, ERR_INVALID, "offsets: missing");
    if (rc)
        return rc;
    memcpy(t->zone, zone, strlen(zone));
    t->calendar_id = (uint32_t)calendar;
    c.instrument_id = in->told.instrument_id;
    out->timetable = c;
    return 0;
}

int
ctl_parse_calendar(const struct ctl_parse *p, union ctl_command *out)
{
    static const struct ctl_word days[] = {
        {"regular", CALENDAR_REGULAR}, {"closed", CALENDAR_CLOSED}, {NULL, 0}};
    struct command_calendar c;
    int64_t id = 0, ns = 0;
    const char *date = NULL;
    command_init(&c.cmd, COMMAND_CALENDAR);
    int rc = ctl_int_field(p, "calendar", 1, UINT32_MAX, &id);
    if (!rc)
        rc = ctl_text_field(p, "date", 10, &date);
    if (rc)
        return rc;
    if (strlen(date) != 10 || !utc_parse(date, 10, &ns) || ns < 0)
        return error_set(p->err, ERR_INVALID, "date: '%s' is not a date YYYY-MM-DD", date);
    if (ctl_has(p, "day") == ctl_has(p, "times"))
        return error_set(p->err, ERR_INVALID, "expected day (regular, closed), or times");
    c.kind = CALENDAR_SHORT;
    rc = ctl_word_field(p, "day", days, &c.kind);
    if (!rc && ctl_has(p, "times"))
        rc = take_times(p, false, c.entries, &c.entry_cnt);
    if (rc)
        return rc;
    c.calendar_id = (uint32_t)id;
    c.date = utc_date(ns);
    out->calendar = c;
    return 0;
}
