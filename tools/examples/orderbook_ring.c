/* Reports handed to a second core: the book writes them into a ring, part by part, and the reader
 * hashes them where they lie. The same orders without a ring must give the same hash.
 * docs/orderbook.md shows how to build the other example; this one needs -pthread besides. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/book/orderbook.h"

enum { OPS = 1000000, PART = 32, RING = 64 * PART, NO_MORE = 1 };

struct ring {
    _Alignas(64) _Atomic uint64_t written; /* reports << 1 | NO_MORE; pairs with the reader */
    _Alignas(64) _Atomic uint64_t read;    /* reports; pairs with the writer */
    _Alignas(64) uint64_t given;           /* the writer's own: reports before the open part */
    struct orderbook_report reports[RING];
};

static uint64_t
hash(uint64_t sum, const struct orderbook_report *r)
{
    uint64_t words[sizeof *r / sizeof(uint64_t)];
    memcpy(words, r, sizeof *r);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        sum = (sum ^ words[i]) * UINT64_C(0x100000001b3); /* FNV-1a, by words */
    return sum;
}

/* Tells the reader of the part that is full, and opens the next when there is room for it. */
static void
hand_over(void *self, struct orderbook_out *out)
{
    struct ring *r = self;
    r->given += PART;
    atomic_store_explicit(&r->written, r->given << 1, memory_order_release);
    while (r->given + PART - atomic_load_explicit(&r->read, memory_order_acquire) > RING)
        sched_yield();
    out->at = &r->reports[r->given % RING];
    out->end = out->at + PART;
}

static void *
read_all(void *self)
{
    static uint64_t sum;
    struct ring *r = self;
    uint64_t read = 0, written;
    do {
        written = atomic_load_explicit(&r->written, memory_order_acquire);
        if (written >> 1 == read)
            sched_yield();
        for (; read < written >> 1; read++)
            sum = hash(sum, &r->reports[read % RING]);
        atomic_store_explicit(&r->read, read, memory_order_release);
    } while ((written & NO_MORE) == 0);
    return &sum;
}

static uint64_t plain_sum;
static struct orderbook_report one[1];

static void
hash_it(void *self, struct orderbook_out *out)
{
    (void)self;
    plain_sum = hash(plain_sum, one);
    out->at = one;
}

/* Adds around a price, and cancels of any order that came before. */
static void
run(struct orderbook_out out, struct orderbook_out *end)
{
    struct orderbook_config config = {
        .instrument_max = 4, .order_max = OPS, .id_max = OPS, .out = out};
    size_t bytes = orderbook_footprint(&config);
    void *memory = aligned_alloc(64, bytes);
    if (memory == NULL)
        abort();
    struct orderbook *ob = orderbook_create(&config, memset(memory, 0, bytes));
    uint64_t chance = 1;
    for (uint64_t id = 1; id <= OPS; id++) {
        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t x = chance >> 33;
        if (x % 5 < 2)
            (void)orderbook_cancel(ob, 1 + (x >> 8) % id);
        else
            (void)orderbook_add(ob, x % 4, id, x & 4 ? SIDE_BUY : SIDE_SELL,
                                1000 + (int64_t)(x >> 4) % 64, 1 + (int64_t)(x >> 12) % 100);
    }
    *end = *orderbook_out(ob);
    free(memory);
}

int
main(void)
{
    static struct ring r;
    pthread_t reader;
    void *ring_sum;
    struct orderbook_out end;
    if (pthread_create(&reader, NULL, read_all, &r) != 0)
        return 1;
    run((struct orderbook_out){r.reports, r.reports + PART, hand_over, &r}, &end);
    r.given += PART - (uint64_t)(end.end - end.at);
    atomic_store_explicit(&r.written, r.given << 1 | NO_MORE, memory_order_release);
    pthread_join(reader, &ring_sum);
    run((struct orderbook_out){one, one + 1, hash_it, NULL}, &end);
    if (end.at != one)
        hash_it(NULL, &end);
    bool same = *(uint64_t *)ring_sum == plain_sum;
    printf("%" PRIu64 " reports, %s\n", r.given, same ? "the same hash" : "another hash");
    return same ? 0 : 1;
}
