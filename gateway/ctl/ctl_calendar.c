#include <string.h>

#include "engine/model/schema.h"
#include "engine/model/utc.h"
#include "gateway/ctl/ctl_request_priv.h"

/* A day of a calendar: closed, as usual again, or with times of its own. Whether these are in
 * order, the core says. */

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

/* "HH:MM:SS=STATE", of this length */
static bool
read_entry(const char *text, size_t length, struct timetable_entry *out)
{
    enum { CLOCK_CHARS = 8 };
    uint64_t state = 0;
    *out = (struct timetable_entry){.days = TIMETABLE_ALL_DAYS};
    bool good = length > CLOCK_CHARS && text[CLOCK_CHARS] == '=' &&
                read_second(text, &out->second) &&
                schema_enum_value(&SCHEMA_TRADING_STATE, text + CLOCK_CHARS + 1,
                                  length - CLOCK_CHARS - 1, &state);
    out->state = (uint8_t)state;
    return good;
}

static int
take_times(const struct ctl_parse *p, struct command_calendar *c)
{
    enum { TIMES_TEXT_MAX = 512 };
    const char *at = "";
    int rc = ctl_text_field(p, "times", TIMES_TEXT_MAX, &at);
    while (!rc && *at) {
        size_t length = strcspn(at, ",");
        bool good = c->entry_cnt < TIMETABLE_ENTRY_MAX &&
                    read_entry(at, length, &c->entries[c->entry_cnt++]);
        at += length;
        if (!good || (*at && *++at == 0))
            return error_set(p->err, ERR_INVALID,
                             "times: expected HH:MM:SS=STATE,HH:MM:SS=STATE,... at most %d",
                             TIMETABLE_ENTRY_MAX);
    }
    return rc;
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
        rc = take_times(p, &c);
    if (rc)
        return rc;
    c.calendar_id = (uint32_t)id;
    c.date = utc_date(ns);
    out->calendar = c;
    return 0;
}
