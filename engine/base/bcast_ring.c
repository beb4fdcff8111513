#include "engine/base/bcast_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/tsan.h"

enum { BCAST_MAGIC = 0x54534342 /* "BCST" */, HEAD_BYTES = 4096 };
_Static_assert(sizeof(struct bcast_ring_shared) <= HEAD_BYTES, "the head is one page");

static uint64_t
round_up_pow2(uint64_t bytes)
{
    uint64_t size = HEAD_BYTES;
    while (size < bytes) {
        size <<= 1;
    }
    return size;
}

/* Head, data, data again: one run of address space, so that what crosses the end goes on in the
 * second copy. */
static int
map_twice(struct bcast_ring *r, struct error *err)
{
    size_t space = HEAD_BYTES + 2 * r->bytes;
    uint8_t *base =
        mmap(NULL, space, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return error_errno(err, errno, "reserve %zu bytes of address space", space);
    }
    int prot = PROT_READ | PROT_WRITE;
    if (mmap(base, HEAD_BYTES + r->bytes, prot, MAP_SHARED | MAP_FIXED | MAP_POPULATE, r->fd, 0) ==
            MAP_FAILED ||
        mmap(base + HEAD_BYTES + r->bytes, r->bytes, prot, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
             r->fd, HEAD_BYTES) == MAP_FAILED) {
        int code = error_errno(err, errno, "map a ring of %zu bytes", (size_t)r->bytes);
        (void)munmap(base, space);
        return code;
    }
    r->shared = (struct bcast_ring_shared *)(void *)base;
    r->data = base + HEAD_BYTES;
    return 0;
}

int
bcast_ring_open(struct bcast_ring *r, const char *name, uint64_t bytes, struct error *err)
{
    if (bytes == 0 || bytes > UINT64_C(1) << 40) {
        return error_set(err, ERR_INVALID, "ring %s of %llu bytes: expected 1 byte to 1 TiB", name,
                         (unsigned long long)bytes);
    }
    struct bcast_ring ring = {.bytes = round_up_pow2(bytes)};
    ring.mask = ring.bytes - 1;
    ring.fd = memfd_create(name, MFD_CLOEXEC);
    if (ring.fd < 0) {
        return error_errno(err, errno, "create the memory of ring %s", name);
    }
    /* fallocate, so that a machine without the memory says so here and not with a signal later. */
    int code = 0;
    if (ftruncate(ring.fd, (off_t)(HEAD_BYTES + ring.bytes)) != 0 ||
        fallocate(ring.fd, 0, 0, (off_t)(HEAD_BYTES + ring.bytes)) != 0) {
        code = error_errno(err, errno, "ring %s of %zu MiB", name, (size_t)(ring.bytes >> 20));
        goto fail;
    }
    code = map_twice(&ring, err);
    if (code != 0) {
        goto fail;
    }
    ring.shared->magic = BCAST_MAGIC;
    ring.shared->bytes = ring.bytes;
    ring.gate_pos = 0;
    *r = ring;
    return 0;
fail:
    (void)close(ring.fd);
    return code;
}

void
bcast_ring_close(struct bcast_ring *r)
{
    (void)munmap(r->shared, HEAD_BYTES + 2 * r->bytes);
    (void)close(r->fd);
    memset(r, 0, sizeof(*r));
    r->fd = -1;
}

/* The smallest cursor of a gating reader; the producer's own position when there is none. */
static uint64_t
gate_look(const struct bcast_ring *r)
{
    uint64_t gate = r->reserved_pos;
    for (int i = 0; i < BCAST_READER_MAX; i++) {
        const struct bcast_cursor *c = &r->shared->cursors[i];
        /* acquire: pairs with bcast_reader_open, so that pos is that of this reader */
        if (atomic_load_explicit(&c->used, memory_order_acquire) == 0 ||
            atomic_load_explicit(&c->gating, memory_order_relaxed) == 0) {
            continue;
        }
        /* acquire: pairs with bcast_advance; the reader is done with what lies before */
        uint64_t pos = atomic_load_explicit(&c->pos, memory_order_acquire);
        if (pos < gate) {
            gate = pos;
        }
    }
    return gate;
}

/* Readers that do not gate must learn that bytes will be overwritten before they are. Told in steps
 * of a sixteenth of the ring, so that most reservations need no store. */
static void
announce(struct bcast_ring *r, uint64_t end_pos)
{
    struct bcast_ring_shared *s = r->shared;
    if (end_pos <= r->announced_pos) {
        return;
    }
    r->announced_pos = end_pos + r->bytes / 16;
    /* seq_cst exchange: no later store to the data may move before it; pairs with bcast_lapped */
    (void)atomic_exchange_explicit(&s->announced_pos, r->announced_pos, memory_order_seq_cst);
}

void *
bcast_reserve(struct bcast_ring *r, uint64_t bytes)
{
    CHECK(bytes <= r->bytes, "%llu bytes reserved in a ring of %llu", (unsigned long long)bytes,
          (unsigned long long)r->bytes);
    uint64_t end_pos = r->reserved_pos + bytes;
    if (end_pos - r->gate_pos > r->bytes) {
        r->gate_pos = gate_look(r);
        if (end_pos - r->gate_pos > r->bytes) {
            return NULL;
        }
    }
    announce(r, end_pos);
    return r->data + (r->reserved_pos & r->mask);
}

uint64_t
bcast_commit(struct bcast_ring *r, uint64_t bytes)
{
    r->reserved_pos += bytes;
    /* release: pairs with bcast_peek */
    atomic_store_explicit(&r->shared->write_pos, r->reserved_pos, memory_order_release);
    return r->reserved_pos;
}

int
bcast_reader_open(struct bcast_reader *rd, struct bcast_ring *r, bool gating, struct error *err)
{
    for (int i = 0; i < BCAST_READER_MAX; i++) {
        struct bcast_cursor *c = &r->shared->cursors[i];
        uint32_t unused = 0;
        /* acq_rel: pairs with bcast_reader_close */
        if (!atomic_compare_exchange_strong_explicit(&c->claimed, &unused, 1, memory_order_acq_rel,
                                                     memory_order_relaxed)) {
            continue;
        }
        uint64_t pos = atomic_load_explicit(&r->shared->write_pos, memory_order_acquire);
        atomic_store_explicit(&c->pos, pos, memory_order_relaxed);
        atomic_store_explicit(&c->gating, gating ? 1 : 0, memory_order_relaxed);
        atomic_store_explicit(&c->used, 1, memory_order_release); /* pairs with gate_look */
        *rd = (struct bcast_reader){.ring = r, .cursor = c, .pos = pos};
        return 0;
    }
    return error_set(err, ERR_NO_SPACE, "more than %d readers of a ring", BCAST_READER_MAX);
}

void
bcast_reader_close(struct bcast_reader *rd)
{
    atomic_store_explicit(&rd->cursor->used, 0, memory_order_release);
    atomic_store_explicit(&rd->cursor->claimed, 0, memory_order_release); /* pairs with open */
    memset(rd, 0, sizeof(*rd));
}

uint64_t
bcast_peek(const struct bcast_reader *rd, uint64_t limit_pos, const uint8_t **data)
{
    const struct bcast_ring *r = rd->ring;
    /* acquire: pairs with bcast_commit */
    uint64_t end = atomic_load_explicit(&r->shared->write_pos, memory_order_acquire);
    if (end > limit_pos) {
        end = limit_pos;
    }
    if (end <= rd->pos) {
        return 0;
    }
    *data = r->data + (rd->pos & r->mask);
    uint64_t bytes = end - rd->pos;
    return bytes < r->bytes ? bytes : r->bytes; /* more only when lapped */
}

bool
bcast_lapped(const struct bcast_reader *rd)
{
    /* The loads of the data come before this one; pairs with announce. */
    atomic_thread_fence(memory_order_acquire);
    uint64_t announced =
        atomic_load_explicit(&rd->ring->shared->announced_pos, memory_order_relaxed);
    return announced > rd->pos + rd->ring->bytes;
}

TSAN_IGNORE void
bcast_copy(void *out, const uint8_t *data, uint64_t bytes)
{
    /* Whole words, without memcpy: ThreadSanitizer would see into that one. */
    uint64_t *to = out;
    const uint64_t *from = (const uint64_t *)(const void *)data;
    for (uint64_t i = 0; i < bytes / sizeof(uint64_t); i++) {
        to[i] = from[i];
    }
}

void
bcast_advance(struct bcast_reader *rd, uint64_t bytes)
{
    rd->pos += bytes;
    /* release: pairs with gate_look; what was read may be overwritten now */
    atomic_store_explicit(&rd->cursor->pos, rd->pos, memory_order_release);
}

void
bcast_rejoin(struct bcast_reader *rd)
{
    uint64_t end = atomic_load_explicit(&rd->ring->shared->write_pos, memory_order_acquire);
    bcast_advance(rd, end - rd->pos);
}
