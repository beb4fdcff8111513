#ifndef ENGINE_BASE_DURABLE_H
#define ENGINE_BASE_DURABLE_H

#include <stdatomic.h>
#include <stdint.h>

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
};

static inline uint64_t
durable_ring_pos(const struct durable_mark *m)
{
    return atomic_load_explicit(&m->ring_pos, memory_order_acquire);
}

#endif
