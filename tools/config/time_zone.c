#include "tools/config/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/check.h"
#include "engine/model/utc.h"

static const int64_t second_ns = 1000000000;
enum { DAY_S = 86400, DAYS_AHEAD = 3653 };

/* "UTC", "+05:30", "-03:00" */
static bool
fixed(const char *zone, int32_t *offset_s)
{
    if (strcmp(zone, "UTC") == 0) {
        *offset_s = 0;
        return true;
    }
    return utc_offset_parse(zone, strlen(zone), offset_s) && abs(*offset_s) < 15 * 3600;
}

/* glibc takes a name that it does not know for UTC. */
static bool
has_file(const char *zone)
{
    char path[256], magic[4] = "";
    const char *folder = getenv("TZDIR");
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    if (strlen(zone) >= ZONE_NAME_MAX || zone[0] == '/' || zone[strspn(zone, allowed)] != '\0')
        return false;
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : "/usr/share/zoneinfo", zone);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    bool ok = fread(magic, 1, sizeof magic, f) == sizeof magic && memcmp(magic, "TZif", 4) == 0;
    (void)fclose(f);
    return ok;
}

static int32_t
offset_at(int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm local;
    CHECK(localtime_r(&at, &local) != NULL);
    return (int32_t)local.tm_gmtoff;
}

/* The first second after `before` at which another offset holds; it does at `after`. */
static int64_t
change_between(int64_t before, int64_t after)
{
    int32_t old = offset_at(before);
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (offset_at(middle) == old)
            before = middle;
        else
            after = middle;
    }
    return after;
}

static void
walk(int64_t from_s, int64_t days, bool (*each)(void *arg, int64_t at_s, int32_t offset_s),
     void *arg)
{
    bool more = each(arg, from_s, offset_at(from_s));
    for (int64_t day = 0; day < days && more; day++) {
        int64_t at_s = from_s + day * DAY_S;
        if (offset_at(at_s) == offset_at(at_s + DAY_S))
            continue;
        int64_t change_s = change_between(at_s, at_s + DAY_S);
        more = each(arg, change_s, offset_at(change_s));
    }
}

bool
time_zone_walk(const char *zone, int64_t from_s, int64_t days,
               bool (*each)(void *arg, int64_t at_s, int32_t offset_s), void *arg)
{
    int32_t offset_s = 0;
    if (fixed(zone, &offset_s)) {
        (void)each(arg, from_s, offset_s);
        return true;
    }
    if (!has_file(zone))
        return false;
    const char *set = getenv("TZ");
    char *former = set ? strdup(set) : NULL;
    CHECK(setenv("TZ", zone, 1) == 0 && (set == NULL || former != NULL));
    tzset();
    walk(from_s, days, each, arg);
    CHECK((former ? setenv("TZ", former, 1) : unsetenv("TZ")) == 0);
    tzset();
    free(former);
    return true;
}

static bool
add(void *arg, int64_t at_s, int32_t offset_s)
{
    struct timetable *t = arg;
    t->offsets[t->offset_cnt] = (struct timetable_offset){
        .from_ns = t->offset_cnt == 0 ? 0 : at_s * second_ns, .offset_s = offset_s};
    return ++t->offset_cnt < TIMETABLE_OFFSET_MAX;
}

bool
time_zone_fill(struct timetable *t, const char *zone, int64_t from_s)
{
    uint8_t former = t->offset_cnt;
    t->offset_cnt = 0;
    bool known = time_zone_walk(zone, from_s, DAYS_AHEAD, add, t);
    if (!known)
        t->offset_cnt = former;
    return known;
}
