#include "risk/rate_window.h"

#include <string.h>

static void
start_at(struct rate_window *w, int64_t now_ns)
{
    if (__builtin_add_overflow(now_ns, w->part_ns, &w->part_end_ns))
        w->part_end_ns = INT64_MAX;
}

/* Lets parts go that time has left behind. */
static void
advance(struct rate_window *w, int64_t now_ns)
{
    if (now_ns < w->part_end_ns || w->part_end_ns == INT64_MAX)
        return;
    int64_t parts = (now_ns - w->part_end_ns) / w->part_ns + 1;
    if (parts > RATE_PARTS) {
        memset(w->parts, 0, sizeof(w->parts));
        w->total = 0;
        w->newest = 0;
        start_at(w, now_ns);
        return;
    }
    for (int64_t i = 0; i < parts; i++) {
        w->newest = w->newest == RATE_PARTS ? 0 : w->newest + 1;
        w->total -= w->parts[w->newest];
        w->parts[w->newest] = 0;
    }
    start_at(w, w->part_end_ns + (parts - 1) * w->part_ns);
}

void
rate_window_set(struct rate_window *w, int64_t window_ns, int64_t now_ns)
{
    int64_t part_ns = window_ns / RATE_PARTS + (window_ns % RATE_PARTS != 0);
    if (part_ns == w->part_ns)
        return;
    if (w->part_end_ns != 0)
        advance(w, now_ns);
    uint32_t kept = part_ns == 0 ? 0 : w->total;
    *w = (struct rate_window){.part_ns = part_ns, .total = kept, .parts = {kept}};
    if (kept > 0)
        start_at(w, now_ns);
}

void
rate_window_count_on(struct rate_window *w, int64_t now_ns)
{
    if (w->part_ns == 0)
        return;
    if (w->part_end_ns == 0)
        start_at(w, now_ns);
    advance(w, now_ns);
    if (w->total == UINT32_MAX)
        return;
    w->total++;
    w->parts[w->newest]++;
}
