/* ctest-labels: tsan */
#include "engine/base/bcast_ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/seed.h"

static struct seed seed;
static struct bcast_ring ring;

static int
open_ring(void **state)
{
    (void)state;
    struct error err = {0};
    return bcast_ring_open(&ring, "test", 16384, &err);
}

static int
close_ring(void **state)
{
    (void)state;
    bcast_ring_close(&ring);
    return 0;
}

static void
put(uint64_t bytes, uint8_t value)
{
    uint8_t *at = bcast_reserve(&ring, bytes);
    assert_non_null(at);
    memset(at, value, bytes);
    (void)bcast_commit(&ring, bytes);
}

static void
test_bcast_ring_size_is_a_power_of_two(void **state)
{
    (void)state;
    struct bcast_ring r;
    struct error err = {0};
    assert_int_equal(bcast_ring_open(&r, "odd", 5000, &err), 0);
    assert_int_equal(r.bytes, 8192);
    bcast_ring_close(&r);
    assert_int_equal(bcast_ring_open(&r, "none", 0, &err), ERR_INVALID);
}

static void
test_bcast_ring_records_across_the_end_are_contiguous(void **state)
{
    (void)state;
    struct bcast_reader rd;
    struct error err = {0};
    assert_int_equal(bcast_reader_open(&rd, &ring, true, &err), 0);
    const uint8_t *data;
    for (uint8_t i = 0; i < 50; i++) {
        put(6000, i);
        assert_int_equal(bcast_peek(&rd, UINT64_MAX, &data), 6000);
        for (int b = 0; b < 6000; b++) {
            assert_int_equal(data[b], i);
        }
        assert_false(bcast_lapped(&rd));
        bcast_advance(&rd, 6000);
    }
    bcast_reader_close(&rd);
}

static void
test_bcast_ring_gating_reader_holds_the_producer_back(void **state)
{
    (void)state;
    struct bcast_reader gating, other;
    struct error err = {0};
    assert_int_equal(bcast_reader_open(&gating, &ring, true, &err), 0);
    assert_int_equal(bcast_reader_open(&other, &ring, false, &err), 0);
    put(8192, 1);
    put(8192, 2);
    assert_null(bcast_reserve(&ring, 8));
    bcast_advance(&gating, 8);
    assert_non_null(bcast_reserve(&ring, 8));
    assert_null(bcast_reserve(&ring, 16));
    bcast_reader_close(&gating);
    assert_non_null(bcast_reserve(&ring, 16384)); /* the other one does not count */
    bcast_reader_close(&other);
}

static void
test_bcast_ring_reserve_without_commit_shows_nothing(void **state)
{
    (void)state;
    struct bcast_reader rd;
    struct error err = {0};
    const uint8_t *data;
    assert_int_equal(bcast_reader_open(&rd, &ring, true, &err), 0);
    void *at = bcast_reserve(&ring, 4096);
    assert_int_equal(bcast_peek(&rd, UINT64_MAX, &data), 0);
    assert_ptr_equal(bcast_reserve(&ring, 100), at);
    uint64_t before = rd.pos;
    assert_int_equal(bcast_commit(&ring, 40), before + 40);
    assert_int_equal(bcast_peek(&rd, UINT64_MAX, &data), 40);
    assert_int_equal(bcast_peek(&rd, before + 16, &data), 16);
    assert_int_equal(bcast_peek(&rd, before, &data), 0);
    bcast_reader_close(&rd);
}

static void
test_bcast_ring_lapped_reader_notices_and_rejoins(void **state)
{
    (void)state;
    struct bcast_reader rd;
    struct error err = {0};
    const uint8_t *data;
    assert_int_equal(bcast_reader_open(&rd, &ring, false, &err), 0);
    put(64, 1);
    for (int i = 0; i < 100; i++) {
        put(4096, 7);
    }
    assert_true(bcast_peek(&rd, UINT64_MAX, &data) <= ring.bytes);
    assert_true(bcast_lapped(&rd));
    bcast_rejoin(&rd);
    assert_false(bcast_lapped(&rd));
    assert_int_equal(bcast_peek(&rd, UINT64_MAX, &data), 0);
    put(64, 9);
    assert_int_equal(bcast_peek(&rd, UINT64_MAX, &data), 64);
    assert_int_equal(data[0], 9);
    bcast_reader_close(&rd);
}

/* A reservation alone, before any byte of it is written, already counts as overwriting. */
static void
test_bcast_ring_reservation_counts_as_a_lap(void **state)
{
    (void)state;
    struct bcast_reader rd;
    struct error err = {0};
    assert_int_equal(bcast_reader_open(&rd, &ring, false, &err), 0);
    put(8192, 1);
    put(8192, 1);
    assert_non_null(bcast_reserve(&ring, 8));
    assert_true(bcast_lapped(&rd));
    bcast_reader_close(&rd);
}

static void
test_bcast_ring_readers_are_limited(void **state)
{
    (void)state;
    struct bcast_reader rd[BCAST_READER_MAX], more;
    struct error err = {0};
    for (int i = 0; i < BCAST_READER_MAX; i++) {
        assert_int_equal(bcast_reader_open(&rd[i], &ring, false, &err), 0);
    }
    assert_int_equal(bcast_reader_open(&more, &ring, false, &err), ERR_NO_SPACE);
    bcast_reader_close(&rd[3]);
    assert_int_equal(bcast_reader_open(&rd[3], &ring, false, &err), 0);
    for (int i = 0; i < BCAST_READER_MAX; i++) {
        bcast_reader_close(&rd[i]);
    }
}

/* --- two threads: records of random length, each filled with words made from its number --- */

enum { RECORD_CNT = 100000, RECORD_WORDS_MAX = 40 };

static _Atomic int writer_done;

static void *
writer_thread(void *arg)
{
    struct seed lengths = *(struct seed *)arg;
    for (uint64_t i = 1; i <= RECORD_CNT; i++) {
        uint64_t words = 2 + seed_below(&lengths, RECORD_WORDS_MAX - 1);
        uint64_t *at;
        while ((at = bcast_reserve(&ring, RECORD_WORDS_MAX * 8 + 8)) == NULL) {
            (void)sched_yield();
        }
        at[0] = words;
        for (uint64_t w = 1; w < words; w++) {
            at[w] = i * 1000 + w;
        }
        (void)bcast_commit(&ring, words * 8);
    }
    atomic_store_explicit(&writer_done, 1, memory_order_release);
    return NULL;
}

static void
check_record(const uint64_t *record, uint64_t number)
{
    assert_true(record[0] >= 2 && record[0] <= RECORD_WORDS_MAX);
    for (uint64_t w = 1; w < record[0]; w++) {
        assert_int_equal(record[w], number * 1000 + w);
    }
}

static void *
gating_thread(void *arg)
{
    struct bcast_reader *rd = arg;
    for (uint64_t i = 1; i <= RECORD_CNT; i++) {
        const uint8_t *data;
        while (bcast_peek(rd, UINT64_MAX, &data) == 0) {
            (void)sched_yield();
        }
        const uint64_t *record = (const uint64_t *)(const void *)data;
        check_record(record, i);
        bcast_advance(rd, record[0] * 8);
    }
    return NULL;
}

/* The reader that may be lapped: what it believes after bcast_lapped is right. */
static void
follow_loosely(struct bcast_reader *rd)
{
    uint64_t last = 0;
    for (;;) {
        const uint8_t *data;
        uint64_t copy[RECORD_WORDS_MAX];
        int done = atomic_load_explicit(&writer_done, memory_order_acquire);
        uint64_t bytes = bcast_peek(rd, UINT64_MAX, &data);
        if (bytes == 0) {
            if (done != 0) {
                return;
            }
            continue;
        }
        bcast_copy(copy, data, bytes < sizeof(copy) ? bytes : sizeof(copy));
        if (bcast_lapped(rd)) {
            bcast_rejoin(rd);
            continue;
        }
        uint64_t number = copy[1] / 1000;
        assert_true(number > last);
        check_record(copy, number);
        last = number;
        bcast_advance(rd, copy[0] * 8);
    }
}

static void
test_bcast_ring_threads_see_whole_records_in_order(void **state)
{
    (void)state;
    struct bcast_reader gating, loose;
    struct error err = {0};
    assert_int_equal(bcast_reader_open(&gating, &ring, true, &err), 0);
    assert_int_equal(bcast_reader_open(&loose, &ring, false, &err), 0);
    pthread_t reader, writer;
    assert_int_equal(pthread_create(&reader, NULL, gating_thread, &gating), 0);
    assert_int_equal(pthread_create(&writer, NULL, writer_thread, &seed), 0);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    bcast_reader_close(&gating);
    bcast_reader_close(&loose);
}

static void
test_bcast_ring_loose_reader_never_believes_a_torn_record(void **state)
{
    (void)state;
    struct bcast_reader loose;
    struct error err = {0};
    assert_int_equal(bcast_reader_open(&loose, &ring, false, &err), 0);
    atomic_store_explicit(&writer_done, 0, memory_order_relaxed);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, writer_thread, &seed), 0);
    follow_loosely(&loose);
    assert_int_equal(pthread_join(writer, NULL), 0);
    bcast_reader_close(&loose);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, open_ring, close_ring)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bcast_ring_size_is_a_power_of_two),
        RING_TEST(test_bcast_ring_records_across_the_end_are_contiguous),
        RING_TEST(test_bcast_ring_gating_reader_holds_the_producer_back),
        RING_TEST(test_bcast_ring_reserve_without_commit_shows_nothing),
        RING_TEST(test_bcast_ring_lapped_reader_notices_and_rejoins),
        RING_TEST(test_bcast_ring_reservation_counts_as_a_lap),
        RING_TEST(test_bcast_ring_readers_are_limited),
        RING_TEST(test_bcast_ring_threads_see_whole_records_in_order),
        RING_TEST(test_bcast_ring_loose_reader_never_believes_a_torn_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
