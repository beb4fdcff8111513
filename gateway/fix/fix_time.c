#include "gateway/fix/fix_time.h"

#include <string.h>

#include "engine/model/utc.h"

enum { NS_PER_S = 1000000000, S_PER_DAY = 86400 };

static void
two(char *out, unsigned v)
{
    out[0] = (char)('0' + v / 10);
    out[1] = (char)('0' + v % 10);
}

static void
write_date(int64_t days, char *out)
{
    struct utc date;
    utc_days_split(days, &date);
    two(out, (unsigned)date.year / 100);
    two(out + 2, (unsigned)date.year % 100);
    two(out + 4, date.month);
    two(out + 6, date.day);
}

static void
cache_fill(struct fix_time_cache *cache, int64_t second)
{
    unsigned of_day = (unsigned)(second % S_PER_DAY);
    write_date(second / S_PER_DAY, cache->text);
    cache->text[8] = '-';
    two(cache->text + 9, of_day / 3600);
    cache->text[11] = ':';
    two(cache->text + 12, of_day / 60 % 60);
    cache->text[14] = ':';
    two(cache->text + 15, of_day % 60);
    cache->second = second;
    cache->set = true;
}

size_t
fix_time_write(struct fix_time_cache *cache, int64_t ns, unsigned digits, char *out)
{
    int64_t second = ns / NS_PER_S;
    if (!cache->set || cache->second != second)
        cache_fill(cache, second);
    memcpy(out, cache->text, sizeof(cache->text));
    if (digits == 0)
        return sizeof(cache->text);
    uint32_t fraction = (uint32_t)(ns % NS_PER_S);
    for (unsigned i = digits; i < 9; i++)
        fraction /= 10;
    out[17] = '.';
    for (unsigned i = digits; i > 0; i--) {
        out[17 + i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    return 18 + digits;
}

/* --- reading --- */

static bool
read_digits(const char *text, unsigned cnt, unsigned *out)
{
    unsigned v = 0;
    for (unsigned i = 0; i < cnt; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

static unsigned
days_of_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool
fix_time_read(const char *text, size_t bytes, int64_t *ns)
{
    unsigned year, month, day, hour, minute, second, fraction = 0;
    if (bytes != 17 && bytes != 21 && bytes != 24 && bytes != 27)
        return false;
    if (!read_digits(text, 4, &year) || !read_digits(text + 4, 2, &month) ||
        !read_digits(text + 6, 2, &day) || text[8] != '-' || !read_digits(text + 9, 2, &hour) ||
        text[11] != ':' || !read_digits(text + 12, 2, &minute) || text[14] != ':' ||
        !read_digits(text + 15, 2, &second))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
        hour > 23 || minute > 59 || second > 60)
        return false;
    if (bytes > 17) {
        unsigned digits = (unsigned)bytes - 18;
        if (text[17] != '.' || !read_digits(text + 18, digits, &fraction))
            return false;
        for (unsigned i = digits; i < 9; i++)
            fraction *= 10;
    }
    int64_t day_s = (int64_t)hour * 3600 + minute * 60 + second;
    __int128 days = utc_days_join((int32_t)year, month, day);
    __int128 total = (days * S_PER_DAY + day_s) * NS_PER_S;
    if (total + fraction > INT64_MAX)
        return false;
    *ns = (int64_t)total + fraction;
    return true;
}
