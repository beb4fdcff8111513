#ifndef ENGINE_BASE_TILE_H
#define ENGINE_BASE_TILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bell.h"
#include "engine/base/metrics.h"

/* A tile: one pinned thread with one duty cycle, its own memory and no locks. This is the interface
 * that every tile fills; engine/runtime runs them.
 *
 * poll       does bounded work and returns how much it did (0 = idle). Never blocks, except that a
 * tile whose waiting lies in io_uring may supply `wait`. housekeep  slow beat (about every 100 ms
 * while busy, before each sleep while idle): metrics, timers that may be late. next_due   the
 * monotonic time at which poll wants to run again though nobody rings (INT64_MAX = never). wait
 * optional: sleeps until the bell's eventfd, an I/O completion or the deadline; default sleeps on
 * the bell's futex. */
struct tile_ops {
    const char *name; /* short, a metric label: "core", "journal", "publish", "fix" */
    uint32_t (*poll)(void *self, int64_t mono_ns);
    void (*housekeep)(void *self, int64_t mono_ns);                    /* may be NULL */
    int64_t (*next_due)(void *self);                                   /* may be NULL */
    void (*wait)(void *self, uint32_t seen, int64_t deadline_mono_ns); /* may be NULL */
};

enum tile_wait { TILE_WAIT_ADAPTIVE = 0, TILE_WAIT_SPIN = 1 };

struct tile_metrics {            /* of every tile: assay_tile_<name>{tile="..."} */
    struct metric *heartbeat_ns; /* monotonic time of the last cycle's housekeeping */
    struct metric *work_cnt;
    struct metric *cycle_max_ns; /* longest cycle since start */
    struct metric *sleep_cnt;
    struct metric *ring_full_cnt;
};

struct tile {
    const struct tile_ops *ops;
    void *self;
    struct bell *bell; /* rung by whoever gives this tile work */
    enum tile_wait wait;
    int cpu;         /* -1: not pinned */
    int64_t spin_ns; /* adaptive: how long to spin before sleeping */
    struct tile_metrics metrics;
    _Atomic uint32_t stop; /* set by tile_stop */
    _Atomic uint32_t running;
    unsigned long thread; /* pthread_t */
};

#endif
