#include "tools/config/time_zones.h"

#include <stdlib.h>
#include <string.h>

#include "tools/config/time_zone.h"

enum { YEARS_AHEAD = 100, DAYS_AHEAD = YEARS_AHEAD * 1461 / 4, BACK_S = 30 * 86400 };

struct zone {
    char name[ZONE_NAME_MAX];
    struct timetable_offset *offsets;
    uint32_t cnt, max;
    bool no_memory;
};

struct time_zones {
    int64_t from_s;
    struct zone *zones;
    uint32_t cnt;
};

struct time_zones *
time_zones_open(int64_t from_s)
{
    struct time_zones *z = calloc(1, sizeof *z);
    if (z)
        z->from_s = from_s - BACK_S;
    return z;
}

void
time_zones_close(struct time_zones *z)
{
    if (!z)
        return;
    for (uint32_t i = 0; i < z->cnt; i++)
        free(z->zones[i].offsets);
    free(z->zones);
    free(z);
}

static const struct zone *
find(const struct time_zones *z, const char *name)
{
    for (uint32_t i = 0; i < z->cnt; i++)
        if (!strcmp(z->zones[i].name, name))
            return &z->zones[i];
    return NULL;
}

static bool
add_change(void *arg, int64_t at_s, int32_t offset_s)
{
    struct zone *x = arg;
    if (x->cnt == x->max) {
        uint32_t max = x->max ? 2 * x->max : 8;
        struct timetable_offset *more = realloc(x->offsets, max * sizeof *more);
        x->no_memory = !more;
        if (!more)
            return false;
        x->offsets = more;
        x->max = max;
    }
    x->offsets[x->cnt++] =
        (struct timetable_offset){.from_ns = at_s * 1000000000, .offset_s = offset_s};
    return true;
}

bool
time_zones_add(struct time_zones *z, const char *name)
{
    struct zone x = {0};
    if (find(z, name))
        return true;
    if (strlen(name) >= sizeof x.name)
        return false;
    struct zone *more = realloc(z->zones, (z->cnt + 1) * sizeof *more);
    if (!more)
        return false;
    z->zones = more;
    memcpy(x.name, name, strlen(name));
    if (!time_zone_walk(name, z->from_s, DAYS_AHEAD, add_change, &x) || x.no_memory) {
        free(x.offsets);
        return false;
    }
    z->zones[z->cnt++] = x;
    return true;
}

bool
time_zones_fill(void *self, const char *name, int64_t from_s, struct timetable *out)
{
    const struct zone *x = find(self, name);
    if (!x)
        return false;
    uint32_t i = 0;
    while (i + 1 < x->cnt && x->offsets[i + 1].from_ns <= from_s * 1000000000)
        i++;
    out->offset_cnt = 0;
    for (; i < x->cnt && out->offset_cnt < TIMETABLE_OFFSET_MAX; i++)
        out->offsets[out->offset_cnt++] = x->offsets[i];
    out->offsets[0].from_ns = 0; /* and before */
    return true;
}
