#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "tools/assay/bench.h"

enum {
    COLD_SAMPLE_MAX = 1000,
    SWEEP_BYTES = 64 << 20, /* twice the last level of what was measured on */
    CALIBRATE_NS = 50000000,
    LINE = 64,
};

void *
bench_memory_take(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 0, bytes);
    return p;
}

void
bench_memory_give(void *memory, size_t bytes)
{
    if (memory != NULL)
        (void)munmap(memory, bytes);
}

int64_t
bench_cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * CLOCK_NS_PER_S + t.tv_nsec;
}

/* --- time of one operation: the counter, once before and once after --- */

static inline uint64_t
cycles_before(void)
{
    _mm_lfence(); /* what came before is done */
    uint64_t t = __rdtsc();
    _mm_lfence();
    return t;
}

static inline uint64_t
cycles_after(void)
{
    unsigned int unused;
    uint64_t t = __rdtscp(&unused); /* waits for what was timed */
    _mm_lfence();
    return t;
}

static double
cycles_per_ns(void)
{
    int64_t began = clock_mono_ns(), now;
    uint64_t cycles = __rdtsc();
    while ((now = clock_mono_ns()) - began < CALIBRATE_NS)
        ;
    return (double)(__rdtsc() - cycles) / (double)(now - began);
}

/* What timing nothing costs: taken off every figure. */
static uint64_t
timer_cycles(void)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 100000; i++) {
        uint64_t began = cycles_before(), took = cycles_after() - began;
        least = took < least ? took : least;
    }
    return least;
}

/* --- runs --- */

enum run_kind { RUN_THROUGHPUT, RUN_WARM, RUN_COLD };

struct run {
    const struct bench_target *t;
    void *self;
    const struct flow *f;
    uint32_t *cycles; /* of operations, in the order of the samples */
    size_t cycles_cnt;
    uint8_t *sweep;
    uint64_t timer;
    struct bench_sums sums;
    int64_t ns;
};

/* Puts other memory into the caches. */
static void
empty_caches(struct run *r)
{
    for (size_t at = 0; at < SWEEP_BYTES; at += LINE)
        r->sweep[at]++;
}

static void
apply_timed(struct run *r, uint32_t at, bool ahead)
{
    uint64_t began = cycles_before();
    r->t->apply(r->self, at, 1, ahead);
    uint64_t took = cycles_after() - began;
    took -= took < r->timer ? took : r->timer;
    r->cycles[r->cycles_cnt++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

static void
apply_batch(struct run *r, enum run_kind kind, size_t first, uint32_t cnt)
{
    if (kind == RUN_THROUGHPUT) {
        int64_t began = bench_cpu_ns();
        r->t->apply(r->self, 0, cnt, true);
        r->ns += bench_cpu_ns() - began;
        return;
    }
    size_t timed = r->f->op_cnt - r->f->warm_cnt;
    size_t every = kind == RUN_WARM ? 1 : timed / COLD_SAMPLE_MAX + 1;
    for (uint32_t i = 0; i < cnt; i++) {
        if ((first + i - r->f->warm_cnt) % every != 0) {
            r->t->apply(r->self, i, 1, false);
            continue;
        }
        if (kind == RUN_COLD)
            empty_caches(r);
        apply_timed(r, i, kind == RUN_WARM);
    }
}

static void
run_all(struct run *r, enum run_kind kind)
{
    struct bench_sums warm = {0};
    memset(&r->sums, 0, sizeof r->sums);
    r->ns = 0;
    r->cycles_cnt = 0;
    r->t->start(r->self);
    for (size_t at = 0; at < r->f->op_cnt;) {
        bool timed = at >= r->f->warm_cnt;
        size_t left = (timed ? r->f->op_cnt : r->f->warm_cnt) - at;
        uint32_t cnt = left < BENCH_BATCH ? (uint32_t)left : BENCH_BATCH;
        r->t->prepare(r->self, at, cnt);
        if (timed)
            apply_batch(r, kind, at, cnt);
        else
            r->t->apply(r->self, 0, cnt, true);
        r->t->collect(r->self, timed ? &r->sums : &warm);
        at += cnt;
    }
}

static int
compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int
compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
at_share(const struct run *r, double share, double per_ns)
{
    size_t at = (size_t)((double)r->cycles_cnt * share);
    return r->cycles[at < r->cycles_cnt ? at : r->cycles_cnt - 1] / per_ns;
}

static void
latency_of(struct run *r, double per_ns, struct bench_latency *out)
{
    qsort(r->cycles, r->cycles_cnt, sizeof *r->cycles, compare_u32);
    *out = (struct bench_latency){.p50 = at_share(r, 0.5, per_ns),
                                  .p99 = at_share(r, 0.99, per_ns),
                                  .p999 = at_share(r, 0.999, per_ns),
                                  .max = at_share(r, 1.0, per_ns),
                                  .cnt = r->cycles_cnt};
}

/* Every run must trade what the first did. */
static int
run_again(struct run *r, enum run_kind kind, const struct bench_sums *first, struct error *err)
{
    run_all(r, kind);
    if (memcmp(&r->sums, first, sizeof *first) == 0)
        return 0;
    return error_set(err, ERR_INVALID, "two runs of the same flow traded differently");
}

static int
measure_throughput(struct run *r, uint32_t runs, struct bench_result *out, struct error *err)
{
    double speeds[BENCH_RUN_MAX];
    double timed = (double)(r->f->op_cnt - r->f->warm_cnt);
    run_all(r, RUN_THROUGHPUT);
    out->sums = r->sums;
    out->cold_ops_per_s = timed * 1e9 / (double)r->ns;
    if (r->sums.refused > 0)
        return error_set(err, ERR_INVALID, "%" PRIu64 " orders of the flow were refused",
                         r->sums.refused);
    int rc = 0;
    for (uint32_t i = 0; i < runs && rc == 0; i++) {
        rc = run_again(r, RUN_THROUGHPUT, &out->sums, err);
        speeds[i] = timed * 1e9 / (double)r->ns;
    }
    qsort(speeds, runs, sizeof speeds[0], compare_double);
    out->ops_per_s = speeds[runs / 2];
    out->best_ops_per_s = speeds[runs - 1];
    return rc;
}

static int
measure_latency(struct run *r, struct bench_result *out, struct error *err)
{
    double per_ns = cycles_per_ns();
    r->timer = timer_cycles();
    out->timer_ns = (double)r->timer / per_ns;
    int rc = run_again(r, RUN_WARM, &out->sums, err);
    latency_of(r, per_ns, &out->warm);
    if (rc == 0)
        rc = run_again(r, RUN_COLD, &out->sums, err);
    latency_of(r, per_ns, &out->cold);
    return rc;
}

int
bench_run(const struct bench_target *t, const struct flow *f, uint32_t runs, bool latency,
          struct bench_result *out, struct error *err)
{
    struct run r = {.t = t, .f = f};
    memset(out, 0, sizeof *out);
    CHECK(runs >= 1 && runs <= BENCH_RUN_MAX);
    if (f->op_cnt == f->warm_cnt)
        return error_set(err, ERR_INVALID, "the flow has no operations to time");
    size_t cycle_bytes = (f->op_cnt - f->warm_cnt) * sizeof *r.cycles;
    int rc = t->open(&r.self, f, err);
    if (rc < 0)
        return rc;
    r.cycles = bench_memory_take(cycle_bytes);
    r.sweep = bench_memory_take(SWEEP_BYTES);
    if (r.cycles != NULL && r.sweep != NULL)
        rc = measure_throughput(&r, runs, out, err);
    else
        rc = error_set(err, ERR_NO_SPACE, "no memory for the times of %zu operations", f->op_cnt);
    if (rc == 0 && latency)
        rc = measure_latency(&r, out, err);
    bench_memory_give(r.cycles, cycle_bytes);
    bench_memory_give(r.sweep, SWEEP_BYTES);
    t->close(r.self);
    return rc;
}
