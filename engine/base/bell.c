#include "engine/base/bell.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"

enum { MARK = 1, RING = 2 }; /* of bell.word */

void
bell_init(struct bell *b, int32_t event_fd)
{
    atomic_init(&b->word, 0);
    b->event_fd = event_fd;
    b->zero = 0;
}

/* Process-shared on purpose (no FUTEX_PRIVATE_FLAG): the bell may lie in a mapped file. */
static long
futex(struct bell *b, int op, uint32_t value, const struct timespec *deadline)
{
    return syscall(SYS_futex, &b->word, op, value, deadline, NULL, FUTEX_BITSET_MATCH_ANY);
}

void
bell_ring(struct bell *b)
{
    uint32_t before = atomic_load_explicit(&b->word, memory_order_relaxed);
    /* release: pairs with bell_seen, what was published before is visible to who sees this ring.
     * Takes the mark away: whoever does so makes the system call, further rings before the sleeper
     * has run need none. */
    while (!atomic_compare_exchange_weak_explicit(&b->word, &before,
                                                  (before + RING) & ~(uint32_t)MARK,
                                                  memory_order_acq_rel, memory_order_relaxed)) {
    }
    if ((before & MARK) == 0) {
        return;
    }
    if (b->event_fd < 0) {
        (void)futex(b, FUTEX_WAKE_BITSET, 1, NULL);
        return;
    }
    uint64_t one = 1;
    ssize_t n = write(b->event_fd, &one, sizeof(one));
    /* EAGAIN: the counter is full, so the fd is readable anyway. EBADF: its owner is gone. */
    CHECK(n == (ssize_t)sizeof(one) || errno == EAGAIN || errno == EBADF, "eventfd of a bell: %d",
          errno);
}

uint32_t
bell_seen(struct bell *b)
{
    /* acquire: pairs with bell_ring */
    return atomic_fetch_or_explicit(&b->word, MARK, memory_order_acq_rel) | MARK;
}

void
bell_cancel(struct bell *b)
{
    /* relaxed: orders nothing; a ring that still sees the mark makes one needless system call */
    (void)atomic_fetch_and_explicit(&b->word, ~(uint32_t)MARK, memory_order_relaxed);
}

void
bell_wait(struct bell *b, uint32_t seen, int64_t deadline_mono_ns)
{
    if (b->event_fd >= 0) {
        return;
    }
    if (deadline_mono_ns < 0) {
        deadline_mono_ns = 0;
    }
    struct timespec deadline = {
        .tv_sec = deadline_mono_ns / CLOCK_NS_PER_S,
        .tv_nsec = deadline_mono_ns % CLOCK_NS_PER_S,
    };
    /* WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC. Returns at once when `word` has moved
     * since bell_seen. */
    (void)futex(b, FUTEX_WAIT_BITSET, seen, deadline_mono_ns == INT64_MAX ? NULL : &deadline);
    bell_cancel(b);
}
