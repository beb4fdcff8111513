#ifndef RISK_RATE_WINDOW_H
#define RISK_RATE_WINDOW_H

#include <stdint.h>

/* Counts messages over a sliding window in constant memory. The window is cut into RATE_PARTS equal
 * parts (rounded up to a nanosecond); the count is that of the part that time is in and of the
 * RATE_PARTS before it: at least one whole window, at most one part more. In no window of that
 * length do more than the limit pass, wherever it begins (a counter that starts anew at a boundary
 * lets twice as many through); a message is forgotten at most one part later than exactly.
 * shape:  one cache line                       units:  ns, messages
 * thread: the core's only                      cost:   about 2 ns while time stays in a part */

enum { RATE_PARTS = 9 };

struct rate_window {
    int64_t part_end_ns;            /* of the newest part; 0 = nothing counted yet */
    int64_t part_ns;                /* length of a part; 0 = no window: nothing is counted */
    uint32_t total;                 /* of all parts */
    uint32_t newest;                /* index of the newest part */
    uint32_t parts[RATE_PARTS + 1]; /* a ring */
};
_Static_assert(sizeof(struct rate_window) == 64, "one cache line");

/* Sets the window's length; what was counted within the old one counts as if it had come now. */
void rate_window_set(struct rate_window *w, int64_t window_ns, int64_t now_ns);

/* The same where time has left the newest part, or nothing was counted yet. */
void rate_window_count_on(struct rate_window *w, int64_t now_ns);

/* Counts one message. now_ns never goes back. */
static inline void
rate_window_count(struct rate_window *w, int64_t now_ns)
{
    if (now_ns >= w->part_end_ns || w->total == UINT32_MAX) {
        rate_window_count_on(w, now_ns);
        return;
    }
    w->total++;
    w->parts[w->newest]++;
}

#endif
