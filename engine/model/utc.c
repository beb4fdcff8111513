#include "engine/model/utc.h"

#include "engine/base/check.h"

enum { DAYS_PER_ERA = 146097, DAYS_TO_EPOCH = 719468 }; /* from 0000-03-01 */

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void
utc_days_split(int64_t days, struct utc *out)
{
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    uint32_t doe = (uint32_t)(shifted - era * DAYS_PER_ERA);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153; /* months from March */
    out->day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int32_t)(era * 400 + yoe + (out->month <= 2));
}

int64_t
utc_days_join(int32_t year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + yoe * 365 + yoe / 4 - yoe / 100 + doy - DAYS_TO_EPOCH;
}

void
utc_split(int64_t ns, struct utc *out)
{
    int64_t days = floor_div(ns, UTC_NS_PER_DAY);
    uint64_t rest = (uint64_t)ns - (uint64_t)days * (uint64_t)UTC_NS_PER_DAY;
    struct utc fresh = {.ns = (uint32_t)(rest % (uint64_t)UTC_NS_PER_S)};
    uint32_t seconds = (uint32_t)(rest / (uint64_t)UTC_NS_PER_S);
    utc_days_split(days, &fresh);
    fresh.hour = (uint8_t)(seconds / 3600);
    fresh.minute = (uint8_t)(seconds / 60 % 60);
    fresh.second = (uint8_t)(seconds % 60);
    *out = fresh;
}

bool
utc_join(const struct utc *u, int64_t *ns)
{
    if (u->month < 1 || u->month > 12 || u->day < 1 || u->hour > 23 || u->minute > 59 ||
        u->second > 59 || u->ns >= UTC_NS_PER_S)
        return false;
    int64_t days = utc_days_join(u->year, u->month, u->day);
    struct utc check;
    utc_days_split(days, &check);
    if (check.day != u->day || check.month != u->month) /* no such day in that month */
        return false;
    int64_t seconds = days * 86400 + u->hour * 3600 + u->minute * 60 + u->second;
    int64_t whole, sum;
    if (__builtin_mul_overflow(seconds, UTC_NS_PER_S, &whole) ||
        __builtin_add_overflow(whole, (int64_t)u->ns, &sum))
        return false;
    *ns = sum;
    return true;
}

uint32_t
utc_days_date(int64_t days)
{
    struct utc u;
    utc_days_split(days, &u);
    return (uint32_t)u.year * 10000 + u.month * 100u + u.day;
}

uint32_t
utc_date(int64_t ns)
{
    return utc_days_date(floor_div(ns, UTC_NS_PER_DAY));
}

static char *
put_digits(char *at, uint32_t value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

size_t
utc_format_decimals(int64_t ns, unsigned decimals, char *out)
{
    CHECK(decimals <= 9);
    struct utc u;
    utc_split(ns, &u);
    char *at = put_digits(out, (uint32_t)u.year, 4); /* int64 spans the years 1677 to 2262 */
    *at++ = '-';
    at = put_digits(at, u.month, 2);
    *at++ = '-';
    at = put_digits(at, u.day, 2);
    *at++ = 'T';
    at = put_digits(at, u.hour, 2);
    *at++ = ':';
    at = put_digits(at, u.minute, 2);
    *at++ = ':';
    at = put_digits(at, u.second, 2);
    if (decimals > 0) {
        *at++ = '.';
        (void)put_digits(at, u.ns, 9);
        at += decimals;
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - out);
}

size_t
utc_format(int64_t ns, char *out)
{
    int64_t part = ns % UTC_NS_PER_S; /* no product: it could overflow at the range's end */
    uint32_t rest = (uint32_t)(part < 0 ? part + UTC_NS_PER_S : part);
    unsigned decimals = rest == 0 ? 0 : 9;
    for (; decimals > 0 && rest % 10 == 0; rest /= 10)
        decimals--;
    return utc_format_decimals(ns, decimals, out);
}

/* Takes exactly `digits` digits; false when there are fewer. */
static bool
take_digits(const char **at, const char *end, unsigned digits, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < digits; i++, (*at)++) {
        if (*at == end || **at < '0' || **at > '9')
            return false;
        *value = *value * 10 + (uint32_t)(**at - '0');
    }
    return true;
}

static bool
take_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    (*at)++;
    return true;
}

static bool
take_fraction(const char **at, const char *end, uint32_t *ns)
{
    uint32_t digit, unit = UTC_NS_PER_S / 10;
    const char *first = *at;
    *ns = 0;
    for (; unit > 0 && take_digits(at, end, 1, &digit); unit /= 10)
        *ns += digit * unit;
    return *at != first;
}

bool
utc_parse(const char *text, size_t length, int64_t *ns)
{
    const char *at = text, *end = text + length;
    uint32_t year, month, day, hour = 0, minute = 0, second = 0, fraction = 0;
    if (!take_digits(&at, end, 4, &year) || !take_char(&at, end, '-') ||
        !take_digits(&at, end, 2, &month) || !take_char(&at, end, '-') ||
        !take_digits(&at, end, 2, &day))
        return false;
    if (at != end) {
        if (!take_char(&at, end, 'T') || !take_digits(&at, end, 2, &hour) ||
            !take_char(&at, end, ':') || !take_digits(&at, end, 2, &minute) ||
            !take_char(&at, end, ':') || !take_digits(&at, end, 2, &second))
            return false;
        if (take_char(&at, end, '.') && !take_fraction(&at, end, &fraction))
            return false;
        if (!take_char(&at, end, 'Z') || at != end)
            return false;
    }
    struct utc u = {.year = (int32_t)year,
                    .month = (uint8_t)month,
                    .day = (uint8_t)day,
                    .hour = (uint8_t)hour,
                    .minute = (uint8_t)minute,
                    .second = (uint8_t)second,
                    .ns = fraction};
    return utc_join(&u, ns);
}

bool
utc_offset_parse(const char *text, size_t length, int32_t *offset_s)
{
    const char *at = text, *end = text + length;
    uint32_t hours, minutes;
    bool east = take_char(&at, end, '+');
    if ((!east && !take_char(&at, end, '-')) || !take_digits(&at, end, 2, &hours) ||
        !take_char(&at, end, ':') || !take_digits(&at, end, 2, &minutes) || at != end ||
        minutes > 59)
        return false;
    int32_t seconds = (int32_t)(hours * 60 + minutes) * 60;
    *offset_s = east ? seconds : -seconds;
    return true;
}
