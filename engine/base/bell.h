#ifndef ENGINE_BASE_BELL_H
#define ENGINE_BASE_BELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A doorbell: how producers wake the one consumer that has nothing to do. Ringing costs one atomic
 * add when nobody sleeps, and at most one system call a sleep. Lives in shared memory; the futex is
 * process-shared. A consumer that sleeps in io_uring instead gives its bell an eventfd of its own
 * process: then only threads of that process may ring it.
 *
 * Consumer:  seen = bell_seen(b);  look for work once more;  if none: bell_wait(b, seen, deadline)
 * Producer:  publish;  bell_ring(b)
 * Neither order can lose a wake-up: mark and count lie in one word, so that either the consumer's
 * look comes after the ring and sees what was published, or the ring sees the mark.
 * thread: any number ring; one waits   cost: 6 ns to ring when nobody sleeps (perf/bench_rings) */
struct bell {
    _Atomic uint32_t word; /* bit 0: the consumer sleeps or is about to; the rest counts rings */
    int32_t event_fd;      /* -1: futex; else an eventfd of the consumer's process */
    uint64_t zero;
};
_Static_assert(sizeof(struct bell) == 16, "bell layout");

void bell_init(struct bell *b, int32_t event_fd);
void bell_ring(struct bell *b);

/* thread: the consumer's. Announces a coming sleep and returns the ticket for bell_wait; always
 * followed by bell_wait or bell_cancel. */
uint32_t bell_seen(struct bell *b);
void bell_cancel(struct bell *b);

/* Sleeps until rung since bell_seen, or the deadline (CLOCK_MONOTONIC ns; INT64_MAX = none). May
 * return early. With an eventfd bell it returns at once: the caller sleeps in io_uring on the fd,
 * then calls bell_cancel. */
void bell_wait(struct bell *b, uint32_t seen, int64_t deadline_mono_ns);

#endif
