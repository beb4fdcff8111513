/* ctest-labels: tsan */
#include "engine/stream/stream_ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "tests/support/seed.h"

enum { RING_BYTES = 16384, DEADLINE_S = 20 };

static struct seed seed;
static struct bcast_ring ring;
static struct durable_mark mark;
static struct stream_ring *stream;
static _Atomic uint64_t fetch_cnt;
static uint64_t written_seq; /* the writer's */

static struct event_value
event_of(uint64_t seq)
{
    struct event_value v = {0};
    v.ev.rec = (struct record){
        .length_bytes = sizeof(v),
        .kind = RECORD_EVENT,
        .version = RECORD_VERSION,
        .type = EVENT_MODE,
        .seq = seq,
    };
    v.value = (uint32_t)(seq * 7);
    return v;
}

/* The journal: whatever is durable can be fetched, a few at a time. */
static int64_t
fetch(void *self, uint64_t from_seq, void *out, size_t out_bytes, uint8_t chain[32],
      struct error *err)
{
    (void)self, (void)chain, (void)err;
    atomic_fetch_add(&fetch_cnt, 1);
    (void)durable_ring_pos(&mark);
    uint64_t last = atomic_load(&mark.event_seq);
    size_t bytes = 0;
    for (uint64_t seq = from_seq; seq <= last && seq < from_seq + 50; seq++) {
        struct event_value e = event_of(seq);
        if (bytes + sizeof(e) > out_bytes) {
            break;
        }
        memcpy((uint8_t *)out + bytes, &e, sizeof(e));
        bytes += sizeof(e);
    }
    return (int64_t)bytes;
}

static const struct stream_source source = {.fetch = fetch};

static int
open_ring(void **state)
{
    (void)state;
    struct error err = {0};
    memset(&mark, 0, sizeof(mark));
    written_seq = 0;
    fetch_cnt = 0;
    return bcast_ring_open(&ring, "log", RING_BYTES, &err);
}

static int
close_ring(void **state)
{
    (void)state;
    stream_ring_close(stream);
    stream = NULL;
    bcast_ring_close(&ring);
    return 0;
}

static void
open_stream(const struct stream_source *from, uint64_t from_seq)
{
    struct error err = {0};
    assert_int_equal(stream_ring_open(&stream, &ring, &mark, from, from_seq, &err), 0);
}

/* A command, then cnt events; durable at once when asked. */
static void
put(uint32_t cnt, bool durable)
{
    struct command cmd;
    command_init(&cmd, COMMAND_TICK);
    uint64_t pos = 0;
    memcpy(bcast_reserve(&ring, sizeof(cmd)), &cmd, sizeof(cmd));
    pos = bcast_commit(&ring, sizeof(cmd));
    for (uint32_t i = 0; i < cnt; i++) {
        struct event_value e = event_of(++written_seq);
        memcpy(bcast_reserve(&ring, sizeof(e)), &e, sizeof(e));
        pos = bcast_commit(&ring, sizeof(e));
    }
    if (durable) {
        atomic_store_explicit(&mark.event_seq, written_seq, memory_order_relaxed);
        atomic_store_explicit(&mark.ring_pos, pos, memory_order_release);
    }
}

static void
expect(uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        const struct event *ev = stream_ring_next(stream);
        assert_non_null(ev);
        assert_int_equal(ev->rec.seq, seq);
        assert_int_equal(((const struct event_value *)ev)->value, (uint32_t)(seq * 7));
    }
}

static void
test_stream_ring_gives_events_only_and_only_durable_ones(void **state)
{
    (void)state;
    open_stream(NULL, 1);
    put(3, true);
    put(2, false);
    expect(1, 3);
    assert_null(stream_ring_next(stream));
    put(1, true);
    expect(4, 6);
    assert_null(stream_ring_next(stream));
    assert_int_equal(stream_ring_next_seq(stream), 7);
    assert_int_equal(stream_ring_lap_cnt(stream), 0);
}

static void
test_stream_ring_skips_what_was_not_asked_for(void **state)
{
    (void)state;
    open_stream(NULL, 4);
    put(5, true);
    expect(4, 5);
}

static void
test_stream_ring_begins_with_what_lies_before_the_ring(void **state)
{
    (void)state;
    put(100, true);
    open_stream(&source, 11);
    expect(11, 100); /* nothing new has to come for it */
    assert_null(stream_ring_next(stream));
    put(3, true);
    expect(101, 103);
}

static void
test_stream_ring_lapped_reader_fetches_though_nothing_new_comes(void **state)
{
    (void)state;
    open_stream(&source, 1);
    put(2, true);
    expect(1, 2);
    for (int i = 0; i < 50; i++) {
        put(20, true);
    }
    expect(3, 1002);
    assert_null(stream_ring_next(stream));
    assert_true(stream_ring_lap_cnt(stream) > 0);
    uint64_t before = fetch_cnt;
    for (int i = 0; i < 10; i++) { /* in step again: the source is left alone */
        put(5, true);
        expect(1003 + 5 * (uint64_t)i, 1007 + 5 * (uint64_t)i);
        assert_null(stream_ring_next(stream));
    }
    assert_int_equal(fetch_cnt, before);
}

static void
test_stream_ring_without_a_source_says_that_it_was_lapped(void **state)
{
    (void)state;
    struct error err = {0};
    open_stream(NULL, 1);
    for (int i = 0; i < 50; i++) {
        put(20, true);
    }
    assert_null(stream_ring_next(stream));
    assert_true(stream_ring_failed(stream, &err));
    assert_non_null(strstr(err.text, "lapped"));
    assert_null(stream_ring_next(stream));
}

/* --- a writer that waits for nobody --- */

enum { EVENT_CNT = 60000 };

static void *
writer_thread(void *arg)
{
    struct seed counts = *(struct seed *)arg;
    while (written_seq < EVENT_CNT) {
        uint64_t cnt = seed_below(&counts, 20);
        put((uint32_t)(cnt < EVENT_CNT - written_seq ? cnt : EVENT_CNT - written_seq),
            seed_below(&counts, 3) == 0);
    }
    put(0, true);
    return NULL;
}

static void
test_stream_ring_misses_nothing_of_a_writer_that_laps_it(void **state)
{
    (void)state;
    open_stream(&source, 1);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, writer_thread, &seed), 0);
    int64_t deadline = clock_mono_ns() + DEADLINE_S * (int64_t)CLOCK_NS_PER_S;
    uint64_t next = 1;
    while (next <= EVENT_CNT) {
        const struct event *ev = stream_ring_next(stream);
        assert_false(stream_ring_failed(stream, NULL));
        if (ev == NULL) {
            assert_true(clock_mono_ns() < deadline);
            continue;
        }
        assert_int_equal(ev->rec.seq, next);
        assert_int_equal(((const struct event_value *)ev)->value, (uint32_t)(next * 7));
        next++;
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, open_ring, close_ring)
    const struct CMUnitTest tests[] = {
        RING_TEST(test_stream_ring_gives_events_only_and_only_durable_ones),
        RING_TEST(test_stream_ring_skips_what_was_not_asked_for),
        RING_TEST(test_stream_ring_begins_with_what_lies_before_the_ring),
        RING_TEST(test_stream_ring_lapped_reader_fetches_though_nothing_new_comes),
        RING_TEST(test_stream_ring_without_a_source_says_that_it_was_lapped),
        RING_TEST(test_stream_ring_misses_nothing_of_a_writer_that_laps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
