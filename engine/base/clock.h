#ifndef ENGINE_BASE_CLOCK_H
#define ENGINE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_NS_PER_S = 1000000000, CLOCK_NS_PER_MS = 1000000, CLOCK_NS_PER_US = 1000 };

int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC */
int64_t clock_utc_ns(void);  /* CLOCK_REALTIME; only edges and the venue clock read it */
void clock_sleep_until(int64_t mono_ns); /* CLOCK_MONOTONIC; a signal may end it early */

/* The venue's clock: UTC that never goes back. time = monotonic + offset; the offset follows the
 * system clock forward up to jump_max_ns at once, never backward; a larger forward jump is held
 * (held = true) until an operator releases it. */
struct venue_clock {
    int64_t offset_ns;   /* added to the monotonic clock */
    int64_t last_ns;     /* last time given out */
    int64_t jump_max_ns; /* a forward step of the system clock above this is held */
    int64_t held_ns;     /* size of the step that is held; 0 when none */
    bool held;
};

void venue_clock_init(struct venue_clock *c, int64_t mono_ns, int64_t utc_ns, int64_t not_before_ns,
                      int64_t jump_max_ns);
int64_t venue_clock_now(struct venue_clock *c, int64_t mono_ns); /* >= every earlier answer */
void venue_clock_follow(struct venue_clock *c, int64_t mono_ns,
                        int64_t utc_ns);         /* on a slow beat: compare with the system clock */
void venue_clock_release(struct venue_clock *c); /* the operator accepts the held step */

#endif
