/* ctest-labels: tsan */
#include "engine/runtime/tile_run.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/spsc_ring.h"
#include "engine/runtime/cpu.h"

enum { SLOT_CNT = 64, DEADLINE_S = 20 };

struct adder { /* a tile that adds up what comes in over a ring */
    struct spsc_ring *ring;
    _Atomic uint64_t sum;
    _Atomic uint64_t taken;
    _Atomic uint64_t house_cnt;
    _Atomic int64_t due_ns;
    _Atomic uint64_t due_polls; /* polls at or after the due time */
    _Atomic int cpu;
};

static uint8_t ring_mem[65536] __attribute__((aligned(4096)));
static struct adder adder;
static struct bell bell;
static struct metrics *metrics;
static struct tile tile;

static uint32_t
adder_poll(void *self, int64_t mono_ns)
{
    struct adder *a = self;
    uint64_t value;
    uint32_t done = 0;
    while (done < 16 && spsc_ring_pop(a->ring, &value)) {
        atomic_fetch_add(&a->sum, value);
        atomic_fetch_add(&a->taken, 1);
        done++;
    }
    if (mono_ns >= atomic_load(&a->due_ns)) {
        atomic_fetch_add(&a->due_polls, 1);
        atomic_store(&a->due_ns, INT64_MAX);
    }
    atomic_store(&a->cpu, sched_getcpu());
    return done;
}

static void
adder_housekeep(void *self, int64_t mono_ns)
{
    (void)mono_ns;
    struct adder *a = self;
    atomic_fetch_add(&a->house_cnt, 1);
}

static int64_t
adder_next_due(void *self)
{
    struct adder *a = self;
    return atomic_load(&a->due_ns);
}

static const struct tile_ops adder_ops = {
    .name = "adder",
    .poll = adder_poll,
    .housekeep = adder_housekeep,
    .next_due = adder_next_due,
};

static int
open_tile(void **state)
{
    (void)state;
    struct error err = {0};
    memset(&adder, 0, sizeof(adder));
    adder.ring = spsc_ring_init(ring_mem, SLOT_CNT, sizeof(uint64_t));
    adder.due_ns = INT64_MAX;
    bell_init(&bell, -1);
    tile = (struct tile){.ops = &adder_ops, .self = &adder, .bell = &bell, .cpu = -1};
    return metrics_open(&metrics, "", &err);
}

static int
close_tile(void **state)
{
    (void)state;
    metrics_close(metrics);
    return 0;
}

static void
give(uint64_t value)
{
    uint64_t *slot;
    while ((slot = spsc_ring_claim(adder.ring)) == NULL) {
        (void)sched_yield();
    }
    *slot = value;
    spsc_ring_publish(adder.ring);
    bell_ring(&bell);
}

/* Waits until the counter has reached what is wanted; fails after a deadline. */
static void
await(const _Atomic uint64_t *counter, uint64_t wanted)
{
    int64_t deadline = clock_mono_ns() + DEADLINE_S * (int64_t)CLOCK_NS_PER_S;
    while (atomic_load(counter) < wanted) {
        assert_true(clock_mono_ns() < deadline);
        (void)sched_yield();
    }
}

static void
run_and_add(enum tile_wait wait, int64_t spin_ns)
{
    struct error err = {0};
    tile.wait = wait;
    tile.spin_ns = spin_ns;
    assert_int_equal(tile_start(&tile, metrics, &err), 0);
    for (uint64_t i = 1; i <= 5000; i++) {
        give(i);
        if (i % 100 == 0) {
            await(&adder.taken, i); /* lets it run dry, and sleep */
        }
    }
    await(&adder.taken, 5000);
    assert_int_equal(adder.sum, 5000 * 5001 / 2);
    tile_stop(&tile);
    tile_join(&tile);
    assert_int_equal(tile.running, 0);
    assert_int_equal(metric_get(tile.metrics.work_cnt), 5000);
}

static void
test_tile_adaptive_takes_everything_that_it_is_rung_for(void **state)
{
    (void)state;
    run_and_add(TILE_WAIT_ADAPTIVE, 0);
    assert_true(metric_get(tile.metrics.sleep_cnt) > 0);
    assert_true(adder.house_cnt >= 2);
}

static void
test_tile_adaptive_spins_before_it_sleeps(void **state)
{
    (void)state;
    run_and_add(TILE_WAIT_ADAPTIVE, 50 * CLOCK_NS_PER_US);
}

static void
test_tile_spin_never_sleeps(void **state)
{
    (void)state;
    run_and_add(TILE_WAIT_SPIN, 0);
    assert_int_equal(metric_get(tile.metrics.sleep_cnt), 0);
}

static void
test_tile_polls_again_when_something_is_due(void **state)
{
    (void)state;
    struct error err = {0};
    adder.due_ns = clock_mono_ns() + 3 * (int64_t)CLOCK_NS_PER_MS;
    assert_int_equal(tile_start(&tile, metrics, &err), 0);
    await(&adder.due_polls, 1);
    tile_stop(&tile);
    tile_join(&tile);
}

static void
test_tile_idle_costs_no_cpu_but_its_heart_beats(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(tile_start(&tile, metrics, &err), 0);
    await(&adder.house_cnt, 2);
    struct timespec before, after;
    clockid_t clock;
    assert_int_equal(pthread_getcpuclockid(tile.thread, &clock), 0);
    assert_int_equal(clock_gettime(clock, &before), 0);
    await(&adder.house_cnt, 4); /* two beats of a second */
    assert_int_equal(clock_gettime(clock, &after), 0);
    int64_t used_ns =
        (after.tv_sec - before.tv_sec) * (int64_t)CLOCK_NS_PER_S + after.tv_nsec - before.tv_nsec;
    assert_true(used_ns < 20 * CLOCK_NS_PER_MS); /* 1 % of two seconds */
    tile_stop(&tile);
    tile_join(&tile);
}

static void
test_tile_runs_where_it_is_pinned(void **state)
{
    (void)state;
    struct error err = {0};
    int cpus[CPU_MAX];
    int cnt = cpu_allowed(cpus, CPU_MAX);
    tile.cpu = cpus[cnt - 1];
    assert_int_equal(tile_start(&tile, metrics, &err), 0);
    give(1);
    await(&adder.taken, 1);
    tile_stop(&tile);
    tile_join(&tile);
    assert_int_equal(adder.cpu, cpus[cnt - 1]);
}

static void
test_tile_on_a_core_that_is_not_there_does_not_start(void **state)
{
    (void)state;
    struct error err = {0};
    tile.cpu = 1000;
    assert_int_equal(tile_start(&tile, metrics, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "tile adder: core 1000"));
    assert_int_equal(tile.running, 0);
}

int
main(void)
{
#define TILE_TEST(name) cmocka_unit_test_setup_teardown(name, open_tile, close_tile)
    const struct CMUnitTest tests[] = {
        TILE_TEST(test_tile_adaptive_takes_everything_that_it_is_rung_for),
        TILE_TEST(test_tile_adaptive_spins_before_it_sleeps),
        TILE_TEST(test_tile_spin_never_sleeps),
        TILE_TEST(test_tile_polls_again_when_something_is_due),
        TILE_TEST(test_tile_idle_costs_no_cpu_but_its_heart_beats),
        TILE_TEST(test_tile_runs_where_it_is_pinned),
        TILE_TEST(test_tile_on_a_core_that_is_not_there_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
