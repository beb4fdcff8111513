#include "engine/base/clock.h"

#include <time.h>

static int64_t
read_ns(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now); /* cannot fail for these clocks */
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t
clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_utc_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

void
clock_sleep_until(int64_t mono_ns)
{
    struct timespec at = {.tv_sec = mono_ns / CLOCK_NS_PER_S, .tv_nsec = mono_ns % CLOCK_NS_PER_S};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

void
venue_clock_init(struct venue_clock *c, int64_t mono_ns, int64_t utc_ns, int64_t not_before_ns,
                 int64_t jump_max_ns)
{
    int64_t start_ns = utc_ns > not_before_ns ? utc_ns : not_before_ns;
    *c = (struct venue_clock){
        .offset_ns = start_ns - mono_ns,
        .last_ns = start_ns,
        .jump_max_ns = jump_max_ns,
    };
}

int64_t
venue_clock_now(struct venue_clock *c, int64_t mono_ns)
{
    int64_t now_ns = mono_ns + c->offset_ns;
    if (now_ns > c->last_ns) {
        c->last_ns = now_ns;
    }
    return c->last_ns;
}

void
venue_clock_follow(struct venue_clock *c, int64_t mono_ns, int64_t utc_ns)
{
    int64_t step_ns = utc_ns - mono_ns - c->offset_ns;
    if (step_ns > c->jump_max_ns) {
        c->held = true;
        c->held_ns = step_ns;
        return;
    }
    c->held = false;
    c->held_ns = 0;
    if (step_ns > 0) {
        c->offset_ns += step_ns;
    }
}

void
venue_clock_release(struct venue_clock *c)
{
    c->offset_ns += c->held_ns;
    c->held = false;
    c->held_ns = 0;
}
