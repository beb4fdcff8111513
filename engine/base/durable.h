#ifndef ENGINE_BASE_DURABLE_H
#define ENGINE_BASE_DURABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { DURABLE_TIME_CNT = 256 }; /* marks whose time is remembered; power of two */

struct durable_time {
    _Atomic uint64_t ring_pos;
    _Atomic int64_t mono_ns;
};

/* How far the log is safe: written by the journal alone, read by everybody who tells the outside
 * anything. Positions are those of the broadcast ring. ring_pos is stored last (release); a reader
 * loads it first (acquire), then the rest, which is then at least as new. */
struct durable_mark {
    _Alignas(128) _Atomic uint64_t ring_pos; /* bytes of the log before it are durable */
    _Atomic uint64_t cmd_seq;                /* last durable command */
    _Atomic uint64_t event_seq;              /* last durable event */
    _Atomic uint32_t failed; /* 1: a write failed; nothing will ever be released again */
    _Atomic uint32_t
        cancel_only; /* 1: no room for new orders; gateways refuse them before sequencing */
    _Atomic uint64_t time_cnt;                   /* times noted so far */
    struct durable_time times[DURABLE_TIME_CNT]; /* the last ones: by count mod DURABLE_TIME_CNT */
};

static inline uint64_t
durable_ring_pos(const struct durable_mark *m)
{
    return atomic_load_explicit(&m->ring_pos, memory_order_acquire);
}

/* Remembers when the log became durable up to a position. thread: the journal's, before it stores
 * ring_pos */
static inline void
durable_time_note(struct durable_mark *m, uint64_t ring_pos, int64_t mono_ns)
{
    uint64_t cnt = atomic_load_explicit(&m->time_cnt, memory_order_relaxed); /* ours */
    struct durable_time *t = &m->times[cnt % DURABLE_TIME_CNT];
    /* release: who sees the slot overwritten sees the count that says so */
    atomic_store_explicit(&t->ring_pos, ring_pos, memory_order_release);
    atomic_store_explicit(&t->mono_ns, mono_ns, memory_order_release);
    atomic_store_explicit(&m->time_cnt, cnt + 1, memory_order_release);
}

/* When the log became durable up to a position that is: CLOCK_MONOTONIC ns of the first mark at or
 * beyond it; 0 = not known (never noted, or too long ago). *place: the caller's own, 0 at first;
 * from call to call positions do not go down. thread: any */
static inline int64_t
durable_time_of(const struct durable_mark *m, uint64_t *place, uint64_t ring_pos)
{
    bool skipped = false;
    for (;;) {
        /* acquire: pairs with durable_time_note, here and below */
        uint64_t cnt = atomic_load_explicit(&m->time_cnt, memory_order_acquire);
        if (cnt - *place >= DURABLE_TIME_CNT) { /* its slot may be overwritten at any moment */
            *place = cnt - DURABLE_TIME_CNT + 1;
            skipped = true;
        }
        if (*place == cnt)
            return 0;
        const struct durable_time *t = &m->times[*place % DURABLE_TIME_CNT];
        uint64_t pos = atomic_load_explicit(&t->ring_pos, memory_order_acquire);
        int64_t mono_ns = atomic_load_explicit(&t->mono_ns, memory_order_acquire);
        cnt = atomic_load_explicit(&m->time_cnt, memory_order_acquire);
        if (cnt - *place >= DURABLE_TIME_CNT)
            continue; /* overwritten while it was read */
        if (pos >= ring_pos)
            return skipped ? 0 : mono_ns; /* an earlier one may have been the first */
        ++*place;
        skipped = false;
    }
}

#endif
