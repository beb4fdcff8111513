/* What it costs to pass something from one tile to another.
 *
 *   bench_rings [MESSAGES]                                           default 2,000,000
 *
 * Two threads on two cores (or one, where there is but one): throughput of the command ring and of
 * the broadcast ring, ping-pong over two rings, a bell that nobody waits for, and the hop to a tile
 * that spins, and to one that sleeps at its bell. Every message's content is checked. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/histogram.h"
#include "engine/base/spsc_ring.h"
#include "engine/runtime/cpu.h"
#include "engine/runtime/tile_run.h"
#include "perf/machine.h"

enum { SLOT_CNT = 4096, SLOT_BYTES = 384, RECORD_BYTES = 256, RING_BYTES = 64 << 20 };
enum { PING_CNT = 200000, HOP_CNT = 100000, SLEEP_CNT = 3000, HOP_MAX_S = 5 };

static uint64_t message_cnt = 2000000;
static struct histogram h;

static struct spsc_ring *
ring_new(void)
{
    size_t bytes = (spsc_ring_footprint(SLOT_CNT, SLOT_BYTES) + 4095) & ~(size_t)4095;
    void *mem = aligned_alloc(4096, bytes);
    CHECK(mem != NULL);
    memset(mem, 0, bytes);
    return spsc_ring_init(mem, SLOT_CNT, SLOT_BYTES);
}

static void
print_throughput(const char *name, uint64_t cnt, int64_t ns)
{
    printf("%-44s %9llu  %.1f ns each, %.2f M/s\n", name, (unsigned long long)cnt,
           (double)ns / (double)cnt, (double)cnt * 1e3 / (double)ns);
}

static void
print_latency(const char *name)
{
    printf("%-44s %9llu  p50 %lld  p99 %lld  p99.9 %lld  max %lld ns\n", name,
           (unsigned long long)h.cnt, (long long)histogram_at(&h, 5000),
           (long long)histogram_at(&h, 9900), (long long)histogram_at(&h, 9990), (long long)h.max);
}

/* Puts the calling thread on the n-th core that there is. */
static void
pin(int n)
{
    int cpus[CPU_MAX];
    int cnt = cpu_allowed(cpus, CPU_MAX);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpus[n % cnt], &set);
    (void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

/* A pause for the other side: when both share a core, it must get it. */
static void
pause_or_yield(uint32_t *spins)
{
    if (++*spins % 1024 == 0) {
        (void)sched_yield();
    } else {
        __builtin_ia32_pause();
    }
}

/* --- command ring --- */

static void *
spsc_producer(void *arg)
{
    struct spsc_ring *r = arg;
    uint32_t spins = 0;
    pin(1);
    for (uint64_t i = 0; i < message_cnt; i++) {
        uint64_t *slot;
        while ((slot = spsc_ring_claim(r)) == NULL) {
            pause_or_yield(&spins);
        }
        slot[0] = i;
        slot[SLOT_BYTES / 8 - 1] = i;
        spsc_ring_publish(r);
    }
    return NULL;
}

static void
bench_spsc(void)
{
    struct spsc_ring *r = ring_new();
    uint64_t out[SLOT_BYTES / 8];
    uint32_t spins = 0;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, spsc_producer, r) == 0);
    int64_t start_ns = clock_mono_ns();
    for (uint64_t i = 0; i < message_cnt; i++) {
        while (!spsc_ring_pop(r, out)) {
            pause_or_yield(&spins);
        }
        CHECK(out[0] == i && out[SLOT_BYTES / 8 - 1] == i);
    }
    print_throughput("command ring, 384-byte slots", message_cnt, clock_mono_ns() - start_ns);
    (void)pthread_join(thread, NULL);
    free(r);
}

static void
bench_spsc_alone(void)
{
    struct spsc_ring *r = ring_new();
    uint64_t out[SLOT_BYTES / 8];
    int64_t start_ns = clock_mono_ns();
    for (uint64_t i = 0; i < message_cnt; i++) {
        *(uint64_t *)spsc_ring_claim(r) = i;
        spsc_ring_publish(r);
        CHECK(spsc_ring_pop(r, out) && out[0] == i);
    }
    print_throughput("command ring, one thread both sides", message_cnt,
                     clock_mono_ns() - start_ns);
    free(r);
}

struct pair {
    struct spsc_ring *there, *back;
};

static void *
echo_thread(void *arg)
{
    struct pair *p = arg;
    uint64_t out[SLOT_BYTES / 8];
    uint32_t spins = 0;
    pin(1);
    for (uint64_t i = 0; i < PING_CNT; i++) {
        while (!spsc_ring_pop(p->there, out)) {
            pause_or_yield(&spins);
        }
        *(uint64_t *)spsc_ring_claim(p->back) = out[0];
        spsc_ring_publish(p->back);
    }
    return NULL;
}

static void
bench_ping_pong(void)
{
    struct pair p = {ring_new(), ring_new()};
    uint64_t out[SLOT_BYTES / 8];
    uint32_t spins = 0;
    pthread_t thread;
    histogram_init(&h);
    CHECK(pthread_create(&thread, NULL, echo_thread, &p) == 0);
    for (uint64_t i = 0; i < PING_CNT; i++) {
        int64_t start_ns = clock_mono_ns();
        *(uint64_t *)spsc_ring_claim(p.there) = i;
        spsc_ring_publish(p.there);
        while (!spsc_ring_pop(p.back, out)) {
            pause_or_yield(&spins);
        }
        CHECK(out[0] == i);
        histogram_record(&h, clock_mono_ns() - start_ns);
    }
    print_latency("ping-pong over two command rings, both ways");
    (void)pthread_join(thread, NULL);
    free(p.there);
    free(p.back);
}

/* --- broadcast ring --- */

static void *
bcast_producer(void *arg)
{
    struct bcast_ring *r = arg;
    uint32_t spins = 0;
    pin(1);
    for (uint64_t i = 0; i < message_cnt; i++) {
        uint64_t *at;
        while ((at = bcast_reserve(r, 131072)) == NULL) { /* as the sequencer does */
            pause_or_yield(&spins);
        }
        memset(at, (int)i, RECORD_BYTES);
        at[0] = i;
        (void)bcast_commit(r, RECORD_BYTES);
    }
    return NULL;
}

static void
bench_bcast(void)
{
    struct bcast_ring r;
    struct bcast_reader rd;
    struct error err = {0};
    uint32_t spins = 0;
    pthread_t thread;
    CHECK(bcast_ring_open(&r, "bench", RING_BYTES, &err) == 0, "%s", err.text);
    CHECK(bcast_reader_open(&rd, &r, true, &err) == 0, "%s", err.text);
    CHECK(pthread_create(&thread, NULL, bcast_producer, &r) == 0);
    int64_t start_ns = clock_mono_ns();
    for (uint64_t i = 0; i < message_cnt;) {
        const uint8_t *data;
        uint64_t bytes = bcast_peek(&rd, UINT64_MAX, &data);
        if (bytes == 0) {
            pause_or_yield(&spins);
            continue;
        }
        for (uint64_t at = 0; at < bytes; at += RECORD_BYTES) {
            uint64_t number;
            memcpy(&number, data + at, sizeof(number));
            CHECK(number == i && data[at + RECORD_BYTES - 1] == (uint8_t)i);
            i++;
        }
        bcast_advance(&rd, bytes);
    }
    print_throughput("broadcast ring, 256-byte records", message_cnt, clock_mono_ns() - start_ns);
    (void)pthread_join(thread, NULL);
    bcast_reader_close(&rd);
    bcast_ring_close(&r);
}

/* --- bell and tile --- */

static void
bench_bell(void)
{
    struct bell bell;
    bell_init(&bell, -1);
    int64_t start_ns = clock_mono_ns();
    for (uint64_t i = 0; i < message_cnt; i++) {
        bell_ring(&bell);
    }
    print_throughput("bell that nobody waits for", message_cnt, clock_mono_ns() - start_ns);
}

struct receiver { /* a tile that notes when something arrived */
    struct spsc_ring *ring;
    _Atomic uint64_t taken;
    _Atomic int64_t arrived_ns;
};

static uint32_t
receiver_poll(void *self, int64_t mono_ns)
{
    (void)mono_ns;
    struct receiver *r = self;
    uint64_t out[SLOT_BYTES / 8];
    if (!spsc_ring_pop(r->ring, out)) {
        return 0;
    }
    atomic_store_explicit(&r->arrived_ns, clock_mono_ns(), memory_order_relaxed);
    atomic_fetch_add_explicit(&r->taken, 1, memory_order_release);
    return 1;
}

static const struct tile_ops receiver_ops = {.name = "receiver", .poll = receiver_poll};

static void
hop(const char *name, enum tile_wait wait, uint64_t cnt)
{
    struct receiver r = {.ring = ring_new()};
    struct bell bell;
    struct metrics *m;
    struct error err = {0};
    bell_init(&bell, -1);
    CHECK(metrics_open(&m, "", &err) == 0, "%s", err.text);
    struct tile t = {.ops = &receiver_ops, .self = &r, .bell = &bell, .wait = wait, .cpu = -1};
    pin(1); /* the tile inherits it */
    CHECK(tile_start(&t, m, &err) == 0, "%s", err.text);
    pin(0);
    histogram_init(&h);
    uint32_t spins = 0;
    /* On a machine that does something else beside, a hop may take a slice of the scheduler's. */
    int64_t end_ns = clock_mono_ns() + HOP_MAX_S * (int64_t)CLOCK_NS_PER_S;
    for (uint64_t i = 1; i <= cnt && clock_mono_ns() < end_ns; i++) {
        if (wait == TILE_WAIT_ADAPTIVE) { /* until it sleeps: its mark is at the bell */
            int64_t sleeps = metric_get(t.metrics.sleep_cnt);
            while ((atomic_load_explicit(&bell.word, memory_order_relaxed) & 1) == 0 ||
                   metric_get(t.metrics.sleep_cnt) < sleeps) {
                (void)sched_yield();
            }
            int64_t settle_ns = clock_mono_ns() + 50000; /* into the kernel */
            while (clock_mono_ns() < settle_ns) {
                (void)sched_yield();
            }
        }
        int64_t start_ns = clock_mono_ns();
        *(uint64_t *)spsc_ring_claim(r.ring) = i;
        spsc_ring_publish(r.ring);
        bell_ring(&bell);
        while (atomic_load_explicit(&r.taken, memory_order_acquire) < i) {
            pause_or_yield(&spins);
        }
        int64_t arrived_ns = atomic_load_explicit(&r.arrived_ns, memory_order_relaxed);
        histogram_record(&h, arrived_ns - start_ns);
    }
    print_latency(name);
    tile_stop(&t);
    tile_join(&t);
    metrics_close(m);
    free(r.ring);
}

int
main(int argc, char **argv)
{
    if (argc > 1) {
        message_cnt = strtoull(argv[1], NULL, 10);
        CHECK(message_cnt > 0, "bench_rings [MESSAGES]");
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    double load = 0;
    (void)getloadavg(&load, 1);
    machine_print();
    printf("load: %.2f; compiler: %s\n", load, __VERSION__);
    pin(0);
    bench_spsc_alone();
    bench_spsc();
    bench_ping_pong();
    bench_bcast();
    bench_bell();
    hop("hop to a tile that spins", TILE_WAIT_SPIN, HOP_CNT);
    hop("hop to a tile that sleeps", TILE_WAIT_ADAPTIVE, SLEEP_CNT);
    return 0;
}
