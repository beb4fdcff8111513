#ifndef ENGINE_BASE_BCAST_RING_H
#define ENGINE_BASE_BCAST_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* The broadcast ring: one producer, many readers, a byte stream with free-running 64-bit positions.
 * Its data area is mapped twice, one copy behind the other, so that every record is contiguous. C11
 * atomics only.
 *
 * Gating readers hold the producer back; others may be lapped, notice it (bcast_lapped) and fetch
 * what they missed elsewhere.
 * shape:  bytes a power of two >= page size; positions only grow
 * thread: reserve/commit the producer's only; each reader its own cursor. Gating readers are opened
 *         before the producer runs
 * cost:   20 ns to reserve and commit, 5 ns to peek and advance (perf/bench_rings)
 *
 * Caveats: a reader that does not gate copies with bcast_copy and asks bcast_lapped after, before
 * it believes a byte; a gating one may read in place. */

enum { BCAST_READER_MAX = 16 };

struct bcast_cursor {
    _Alignas(128) _Atomic uint64_t pos; /* release by the reader, acquire by the producer */
    _Atomic uint32_t gating;            /* 1: holds the producer back */
    _Atomic uint32_t used;              /* 1: the producer looks at it */
    _Atomic uint32_t claimed;           /* 1: belongs to a reader */
    uint32_t zero;
};

struct bcast_ring_shared { /* first page of the mapping; the data area follows, mapped twice */
    _Alignas(128) _Atomic uint64_t write_pos; /* release by the producer, acquire by readers */
    _Atomic uint64_t announced_pos;           /* the producer may write anywhere before it */
    _Alignas(128) uint64_t magic;
    uint64_t bytes;
    struct bcast_cursor cursors[BCAST_READER_MAX];
};

struct bcast_ring { /* one per process that maps it */
    struct bcast_ring_shared *shared;
    uint8_t *data; /* bytes * 2 of address space */
    uint64_t bytes, mask;
    uint64_t reserved_pos;  /* producer: write_pos as it knows it itself */
    uint64_t gate_pos;      /* producer: smallest gating cursor when last looked */
    uint64_t announced_pos; /* producer: as it knows it itself */
    int fd;
};

/* Creates the mapping (memfd). `bytes` is rounded up to a power of two. Pre-touched. */
int bcast_ring_open(struct bcast_ring *r, const char *name, uint64_t bytes,
                    struct error *err) ERROR_MUST_USE;
void bcast_ring_close(struct bcast_ring *r);

/* thread: producer. A contiguous area of `bytes`, or NULL while a gating reader is too far behind.
 * What is reserved again before a commit is the same area. */
void *bcast_reserve(struct bcast_ring *r, uint64_t bytes);
/* thread: producer. Publishes the first `bytes` of what was reserved; returns the position after
 * them. */
uint64_t bcast_commit(struct bcast_ring *r, uint64_t bytes);

struct bcast_reader {
    struct bcast_ring *ring;
    struct bcast_cursor *cursor;
    uint64_t pos;
};

/* A reader that begins at the current end.
 * errors: ERR_NO_SPACE when BCAST_READER_MAX are open */
int bcast_reader_open(struct bcast_reader *rd, struct bcast_ring *r, bool gating,
                      struct error *err) ERROR_MUST_USE;
void bcast_reader_close(struct bcast_reader *rd);

/* The bytes from the reader's position up to min(write_pos, limit_pos); 0 when none. *data stays
 * valid until advance, if not lapped. */
uint64_t bcast_peek(const struct bcast_reader *rd, uint64_t limit_pos, const uint8_t **data);
/* True when the producer has overwritten, or may be overwriting, what lies at the reader's position
 * (checked after copying). Can say so up to a sixteenth of the ring early. */
bool bcast_lapped(const struct bcast_reader *rd);
/* Copies `bytes` (a multiple of 8, 8-byte aligned) that the producer may overwrite meanwhile. */
void bcast_copy(void *out, const uint8_t *data, uint64_t bytes);
void bcast_advance(struct bcast_reader *rd, uint64_t bytes);
/* Jumps to the current end, after a lap. */
void bcast_rejoin(struct bcast_reader *rd);

#endif
