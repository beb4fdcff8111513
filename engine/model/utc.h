#ifndef ENGINE_MODEL_UTC_H
#define ENGINE_MODEL_UTC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTC nanoseconds since the Unix epoch to and from calendar fields and ISO 8601 text; no time
 * zones, no leap seconds, nothing read from the machine.
 * source: days and civil dates after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" */

enum { UTC_TEXT_MAX = 32 };
#define UTC_NS_PER_S   INT64_C(1000000000)
#define UTC_NS_PER_DAY (INT64_C(86400) * UTC_NS_PER_S)

struct utc { /* proleptic Gregorian */
    int32_t year;
    uint8_t month, day; /* from 1 */
    uint8_t hour, minute, second;
    uint8_t zero[3];
    uint32_t ns; /* below a second */
};

/* Days since 1970-01-01 to a date and back. The split sets year, month and day alone; the join
 * takes a day beyond the month's end as one of the next month.
 * shape: years from -400000 to 400000, months from 1 to 12 */
void utc_days_split(int64_t days, struct utc *out);
int64_t utc_days_join(int32_t year, unsigned month, unsigned day);
uint32_t utc_days_date(int64_t days); /* yyyymmdd, from year 1 on */

void utc_split(int64_t ns, struct utc *out); /* every int64_t */

/* errors: false, *ns untouched, when a field is out of its range, the date does not exist or does
 * not fit */
bool utc_join(const struct utc *u, int64_t *ns);

uint32_t utc_date(int64_t ns); /* yyyymmdd of an instant from year 1 on */

/* Writes "2026-01-02T10:00:00.5Z" with at most 9 decimals of a second, trailing zeros left out, and
 * a zero byte; returns the length. out: UTC_TEXT_MAX bytes */
size_t utc_format(int64_t ns, char *out);
/* The same with exactly `decimals` (0 to 9) decimals, cut, not rounded. */
size_t utc_format_decimals(int64_t ns, unsigned decimals, char *out);

/* Reads "2026-01-02T10:00:00Z" with 0 to 9 decimals of a second, or a date alone (its midnight).
 * errors: false, *ns untouched */
bool utc_parse(const char *text, size_t length, int64_t *ns);

/* Reads the offset of a local time from UTC: "+05:30", "-03:00"; how far it may be
 * is its reader's matter.
 * errors: false, *offset_s untouched */
bool utc_offset_parse(const char *text, size_t length, int32_t *offset_s);

#endif
