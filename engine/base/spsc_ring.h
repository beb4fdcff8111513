#ifndef ENGINE_BASE_SPSC_RING_H
#define ENGINE_BASE_SPSC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bell.h"
#include "engine/base/error.h"

/* A single-producer single-consumer ring of fixed-size slots in memory that the caller supplies
 * (may be a mapping that another process shares). libck's ck_ring carries slot numbers; the payload
 * lies beside it. Built on offsets only, no pointers inside. Never share one side between threads:
 * a ring per producer.
 *
 * The consumer treats the memory as outside input: indices are range-checked, a record is copied
 * out before it is validated. cost: 10 to 25 ns a message (perf/bench_rings). */
struct spsc_ring;

size_t spsc_ring_footprint(uint32_t slot_cnt,
                           uint32_t slot_bytes); /* slot_cnt: a power of two, 2..2^20 */
struct spsc_ring *spsc_ring_init(void *mem, uint32_t slot_cnt, uint32_t slot_bytes);

/* The bytes of a ring that nobody changes after init (sizes, ck_ring's mask) fill one page of it,
 * when the memory is page-aligned. A consumer that does not trust its producer's process puts a
 * private, read-only copy over that page of its own mapping: then nothing that the producer writes
 * can lead an access outside the ring. (port.c does.) */
enum { SPSC_RING_FIXED_OFFSET = 4096, SPSC_RING_FIXED_BYTES = 4096 };
enum { SPSC_RING_SLOT_MAX = 1 << 20, SPSC_RING_SLOT_BYTES_MAX = 4096 };

/* Takes over a ring that somebody else initialised, after checking magic, version and sizes against
 * mem_bytes. */
int spsc_ring_attach(void *mem, size_t mem_bytes, struct spsc_ring **out,
                     struct error *err) ERROR_MUST_USE;

/* thread: producer. Returns the next free slot to write into, or NULL when the ring is full
 * (refuse: busy). */
void *spsc_ring_claim(struct spsc_ring *r);
/* thread: producer. Publishes the slot last claimed. Does not ring any bell. */
void spsc_ring_publish(struct spsc_ring *r);

/* thread: consumer. Copies the oldest slot into out (slot_bytes of room) and frees it; false when
 * empty or the index is out of range. */
bool spsc_ring_pop(struct spsc_ring *r, void *out);
/* thread: consumer. True when nothing is waiting. */
bool spsc_ring_empty(const struct spsc_ring *r);

/* The bell that the producer rings after publishing (the consumer's, shared by all rings that it
 * reads, lives elsewhere) is the caller's. */
uint32_t spsc_ring_slot_bytes(const struct spsc_ring *r);
uint64_t spsc_ring_full_cnt(const struct spsc_ring *r); /* claims refused since init */
uint64_t spsc_ring_bad_cnt(const struct spsc_ring *r);  /* slot numbers out of range since init */

#endif
