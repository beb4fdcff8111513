#include "engine/runtime/awake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

/* Busy: more than this, which ticks and heartbeats do not reach; and for a while afterwards. */
enum { BUSY_PER_S = 200, BUSY_HOLD_S = 2 };
static const int32_t never_halt_us = 0, no_wish_us = INT32_MAX;

static void
wish(struct awake *a, bool hold)
{
    if (hold == a->held)
        return;
    const int32_t *us = hold ? &never_halt_us : &no_wish_us;
    if (write(a->fd, us, sizeof(*us)) != (ssize_t)sizeof(*us)) {
        LOG_W("awake", "PM QoS: write failed (errno %d); cores may be halted while idle", errno);
        awake_close(a);
        return;
    }
    a->held = hold;
}

int
awake_open(struct awake *a, enum awake_policy policy, const char *path, struct error *err)
{
    *a = (struct awake){.policy = policy, .fd = -1, .look_ns = clock_mono_ns()};
    if (policy == AWAKE_OFF)
        return 0;
    if (path == NULL)
        path = "/dev/cpu_dma_latency";
    a->fd = open(path, O_WRONLY | O_CLOEXEC);
    if (a->fd < 0)
        return error_errno(err, errno, "%s", path);
    wish(a, policy == AWAKE_ALWAYS); /* opening alone is no wish */
    return 0;
}

void
awake_close(struct awake *a)
{
    if (a->fd >= 0)
        (void)close(a->fd);
    a->fd = -1;
    a->held = false;
}

void
awake_follow(struct awake *a, uint64_t work, int64_t mono_ns)
{
    if (a->fd < 0 || a->policy != AWAKE_BUSY)
        return;
    int64_t gap_ns = mono_ns - a->look_ns;
    if (gap_ns <= 0)
        return;
    if ((__int128)(work - a->work) * CLOCK_NS_PER_S > (__int128)gap_ns * BUSY_PER_S)
        a->busy_ns = mono_ns;
    a->work = work;
    a->look_ns = mono_ns;
    wish(a, a->busy_ns != 0 && mono_ns - a->busy_ns < BUSY_HOLD_S * CLOCK_NS_PER_S);
}
