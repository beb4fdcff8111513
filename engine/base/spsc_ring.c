#include "engine/base/spsc_ring.h"

#include <stdatomic.h>
#include <string.h>

#include <ck_ring.h>

#include "engine/base/check.h"
#include "engine/base/tsan.h"

enum { SPSC_MAGIC = 0x43505353 /* "SSPC" */, SPSC_VERSION = 1, SLOT_ALIGN = 64 };

struct spsc_number {
    uint32_t slot;
};
CK_RING_PROTOTYPE(number, spsc_number)

/* What both sides change lies at the end of the first page, what nobody changes after init at the
 * start of the second, with ck_ring's struct across the border: see SPSC_RING_FIXED_OFFSET. */
struct spsc_ring {
    uint32_t magic;            /* 0: for attach only */
    uint32_t version;          /* 4 */
    uint64_t footprint;        /* 8 */
    _Atomic uint64_t full_cnt; /* 16: written by the producer */
    _Atomic uint64_t bad_cnt;  /* 24: written by the consumer */
    uint8_t pad0[SPSC_RING_FIXED_OFFSET - 2 * CK_MD_CACHELINE - 32];
    struct ck_ring numbers; /* 3968: heads; 4096: size and mask */
    uint32_t slot_cnt;      /* 4104 */
    uint32_t slot_bytes;    /* 4108: as asked for */
    uint32_t slot_stride;   /* 4112: rounded up */
    uint32_t slots_offset;  /* 4116: from the start of the struct */
    uint8_t pad1[SPSC_RING_FIXED_BYTES - 24];
    struct spsc_number entries[]; /* 8192: ck_ring's buffer; the slots follow */
};
_Static_assert(offsetof(struct spsc_ring, numbers.size) == SPSC_RING_FIXED_OFFSET,
               "what is fixed begins a page");
_Static_assert(offsetof(struct spsc_ring, entries) ==
                   SPSC_RING_FIXED_OFFSET + SPSC_RING_FIXED_BYTES,
               "what is fixed fills a page");

static bool
sizes_fit(uint32_t slot_cnt, uint32_t slot_bytes)
{
    return slot_cnt >= 2 && slot_cnt <= SPSC_RING_SLOT_MAX && (slot_cnt & (slot_cnt - 1)) == 0 &&
           slot_bytes >= 1 && slot_bytes <= SPSC_RING_SLOT_BYTES_MAX;
}

static size_t
round_up(size_t bytes)
{
    return (bytes + SLOT_ALIGN - 1) & ~(size_t)(SLOT_ALIGN - 1);
}

static size_t
offset_of_slots(uint32_t slot_cnt)
{
    return round_up(sizeof(struct spsc_ring) + slot_cnt * sizeof(struct spsc_number));
}

size_t
spsc_ring_footprint(uint32_t slot_cnt, uint32_t slot_bytes)
{
    CHECK(sizes_fit(slot_cnt, slot_bytes), "%u slots of %u bytes", slot_cnt, slot_bytes);
    return offset_of_slots(slot_cnt) + slot_cnt * round_up(slot_bytes);
}

struct spsc_ring *
spsc_ring_init(void *mem, uint32_t slot_cnt, uint32_t slot_bytes)
{
    struct spsc_ring *r = mem;
    CHECK(((uintptr_t)mem & (SLOT_ALIGN - 1)) == 0, "memory of a ring is not aligned");
    memset(r, 0, sizeof(*r));
    r->footprint = spsc_ring_footprint(slot_cnt, slot_bytes);
    r->slot_cnt = slot_cnt;
    r->slot_bytes = slot_bytes;
    r->slot_stride = (uint32_t)round_up(slot_bytes);
    r->slots_offset = (uint32_t)offset_of_slots(slot_cnt);
    ck_ring_init(&r->numbers, slot_cnt);
    r->version = SPSC_VERSION;
    r->magic = SPSC_MAGIC;
    return r;
}

int
spsc_ring_attach(void *mem, size_t mem_bytes, struct spsc_ring **out, struct error *err)
{
    struct spsc_ring *r = mem;
    if (mem_bytes < sizeof(*r) || r->magic != SPSC_MAGIC) {
        return error_set(err, ERR_INVALID, "not a ring");
    }
    if (r->version != SPSC_VERSION) {
        return error_set(err, ERR_UNSUPPORTED, "ring of version %u, this build has %d", r->version,
                         SPSC_VERSION);
    }
    if (!sizes_fit(r->slot_cnt, r->slot_bytes) || r->numbers.size != r->slot_cnt ||
        r->numbers.mask != r->slot_cnt - 1 || r->slot_stride != round_up(r->slot_bytes) ||
        r->slots_offset != offset_of_slots(r->slot_cnt) ||
        r->footprint != spsc_ring_footprint(r->slot_cnt, r->slot_bytes)) {
        return error_set(err, ERR_INVALID, "ring whose sizes contradict each other");
    }
    if (r->footprint > mem_bytes) {
        return error_set(err, ERR_INVALID, "ring of %zu bytes in %zu bytes of memory",
                         (size_t)r->footprint, mem_bytes);
    }
    *out = r;
    return 0;
}

static inline uint8_t *
slot_at(struct spsc_ring *r, uint32_t number)
{
    return (uint8_t *)r + r->slots_offset + (size_t)number * r->slot_stride;
}

/* The payload's slot has the number of ck_ring's entry. ck_ring keeps one entry free, so a slot is
 * handed to the producer again only after the consumer has come for the one behind it: a popped
 * slot is safe to copy until the next pop. */
void *
spsc_ring_claim(struct spsc_ring *r)
{
    struct spsc_number *entry = ck_ring_enqueue_reserve_spsc_number(&r->numbers, r->entries);
    if (entry == NULL) {
        /* single writer; relaxed: a statistic */
        uint64_t before = atomic_load_explicit(&r->full_cnt, memory_order_relaxed);
        atomic_store_explicit(&r->full_cnt, before + 1, memory_order_relaxed);
        return NULL;
    }
    uint8_t *slot = slot_at(r, (uint32_t)(entry - r->entries));
    TSAN_ACQUIRE(slot); /* pairs with pop: the consumer has left the slot */
    return slot;
}

void
spsc_ring_publish(struct spsc_ring *r)
{
    struct spsc_number *entry = ck_ring_enqueue_reserve_spsc_number(&r->numbers, r->entries);
    CHECK(entry != NULL, "published a slot that was not claimed");
    struct spsc_number number = {.slot = (uint32_t)(entry - r->entries)};
    TSAN_RELEASE(slot_at(r, number.slot)); /* pairs with pop; the order itself is ck_ring's */
    (void)ck_ring_enqueue_spsc_number(&r->numbers, r->entries, &number);
}

bool
spsc_ring_pop(struct spsc_ring *r, void *out)
{
    struct spsc_number number;
    if (!ck_ring_dequeue_spsc_number(&r->numbers, r->entries, &number)) {
        return false;
    }
    if (number.slot >= r->slot_cnt) {
        /* single writer; relaxed: a statistic */
        uint64_t before = atomic_load_explicit(&r->bad_cnt, memory_order_relaxed);
        atomic_store_explicit(&r->bad_cnt, before + 1, memory_order_relaxed);
        return false;
    }
    uint8_t *slot = slot_at(r, number.slot);
    TSAN_ACQUIRE(slot); /* pairs with publish */
    memcpy(out, slot, r->slot_bytes);
    TSAN_RELEASE(slot); /* pairs with claim */
    return true;
}

bool
spsc_ring_empty(const struct spsc_ring *r)
{
    return ck_ring_size(&r->numbers) == 0;
}

uint32_t
spsc_ring_slot_bytes(const struct spsc_ring *r)
{
    return r->slot_bytes;
}

uint64_t
spsc_ring_full_cnt(const struct spsc_ring *r)
{
    return atomic_load_explicit(&r->full_cnt, memory_order_relaxed);
}

uint64_t
spsc_ring_bad_cnt(const struct spsc_ring *r)
{
    return atomic_load_explicit(&r->bad_cnt, memory_order_relaxed);
}
