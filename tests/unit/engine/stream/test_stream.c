/* Not under ThreadSanitizer: NNG counts references with atomics that it does not see, so it reports
 * NNG itself. What runs in our threads is covered by test_stream_ring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/stream/stream.h"
#include "engine/base/clock.h"
#include "engine/stream/stream_msg.h"
#include "tests/unit/engine/stream/canned_venue.h"

static void
test_stream_starts_from_the_journal_and_goes_on_live(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 10, true);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_expect(c, 1, 10);
    for (int i = 0; i < 20; i++)
        venue_emit(&v, 7, false);
    venue_expect(c, 11, 150 - 1);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_fetches_what_the_carrier_lost(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    uint64_t seen = 0;
    for (int i = 0; i < 60; i++) {
        venue_emit(&v, 25, i % 4 == 1);
        if (i % 10 == 9) { /* read in bursts, the last of which is not lost */
            venue_expect(c, seen + 1, atomic_load(&v.last));
            seen = atomic_load(&v.last);
        }
    }
    struct stream_client_stats stats;
    stream_client_stats(c, &stats);
    assert_true(stats.fetched_cnt > 0);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_misses_nothing_when_nng_drops(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 1); /* one message of queue */
    venue_emit(&v, 1, false);
    venue_expect(c, 1, 1); /* connected */
    for (int i = 0; i < 800; i++)
        venue_emit(&v, 25, false); /* nobody reads: NNG drops */
    venue_expect(c, 2, atomic_load(&v.last));
    struct stream_client_stats stats;
    stream_client_stats(c, &stats);
    assert_int_equal(stats.last_seq, atomic_load(&v.last));
    assert_true(stats.fetched_cnt > 10000);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_goes_on_from_a_checkpoint(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 100, true);
    struct stream_client *c = venue_client(&v, 42, 0xaa, 0);
    venue_expect(c, 43, 100);
    stream_client_close(c);
    venue_close(&v);
}

static void
expect_refusal(uint64_t checkpoint, uint8_t chain, const char *text)
{
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 10, true);
    struct stream_client *c = venue_client(&v, checkpoint, chain, 0);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, venue_deadline(), &ev, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, text));
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_stops_a_consumer_that_is_ahead(void **state)
{
    (void)state;
    expect_refusal(11, 0xaa, "ahead of the venue: it has event 11, the journal ends with 10");
}

static void
test_stream_stops_a_consumer_on_another_chain(void **state)
{
    (void)state;
    expect_refusal(5, 0xbb, "on another chain");
}

static void
test_stream_checks_its_place_again_in_a_new_epoch(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 10, true);
    venue_expect(c, 1, 10);
    atomic_store(&v.epoch, 2);
    atomic_store(&v.last, 4); /* as if a tail had been lost that this consumer has seen */
    venue_emit(&v, 2, false);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, venue_deadline(), &ev, &err), ERR_CORRUPT);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_drops_what_comes_twice_or_late(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 10, false);
    venue_expect(c, 1, 10);
    atomic_store(&v.last, 40);
    venue_say(&v, 21, 30); /* the later one first */
    venue_say(&v, 11, 20);
    venue_say(&v, 5, 25); /* seen, in part */
    venue_say(&v, 11, 20);
    venue_say(&v, 31, 40);
    venue_expect(c, 11, 40);
    venue_say(&v, 31, 40);
    venue_say(&v, 41, 40); /* a heartbeat ends it */
    venue_emit(&v, 1, false);
    venue_expect(c, 41, 41);
    struct stream_client_stats stats;
    stream_client_stats(c, &stats);
    assert_true(stats.gap_cnt > 0);
    assert_true(stats.dropped_msgs > 0);
    stream_client_close(c);
    venue_close(&v);
}

/* With something kept aside, something half read and a request under way. */
static void
test_stream_begins_after_an_earlier_checkpoint(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 10, true);
    venue_expect(c, 1, 6);
    venue_say(&v, 15, 20);
    struct stream_client_options o = {.checkpoint_seq = 3, .checkpoint_epoch = 1};
    memset(o.checkpoint_chain, 0xaa, sizeof o.checkpoint_chain);
    stream_client_begin_after(c, &o);
    venue_expect(c, 4, 10);
    venue_emit(&v, 10, true);
    venue_expect(c, 11, 20);
    stream_client_begin_after(c, &(struct stream_client_options){0});
    venue_expect(c, 1, 20);
    memset(o.checkpoint_chain, 0xbb, sizeof o.checkpoint_chain);
    stream_client_begin_after(c, &o);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, venue_deadline(), &ev, &err), ERR_CORRUPT);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_heartbeat_shows_a_loss_at_the_end(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 10, false);
    venue_expect(c, 1, 10);
    venue_emit(&v, 15, true); /* nothing comes after it but a heartbeat */
    venue_say(&v, 26, 25);
    venue_expect(c, 11, 25);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_asks_again_when_the_journal_cannot_read_for_a_while(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 10, true);
    atomic_store(&v.fetch_fail, (uint32_t)ERR_IO);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    const struct event *ev;
    struct error err = {0};
    int64_t soon = venue_deadline() - INT64_C(19900000000); /* a tenth of a second */
    assert_int_equal(stream_client_next(c, soon, &ev, &err), 0);
    atomic_store(&v.fetch_fail, 0);
    venue_expect(c, 1, 10);
    stream_client_close(c);
    venue_close(&v);
}

/* Who hears nothing but "later" is told for how long: its alarm goes by it. */
static void
test_stream_says_for_how_long_the_journal_has_only_said_later(void **state)
{
    (void)state;
    struct venue v;
    venue_open_at(&v, NULL, 20, 1, 0xaa);
    atomic_store(&v.later, 1);
    struct stream_client *c = venue_client(&v, 10, 0xaa, 0);
    const struct event *ev;
    struct error err = {0};
    struct stream_client_stats stats;
    do { /* through many answers: each of them would end a wait that begins anew */
        assert_true(clock_mono_ns() < venue_deadline());
        assert_int_equal(stream_client_next(c, clock_mono_ns() + 1000000, &ev, &err), 0);
        stream_client_stats(c, &stats);
    } while (stats.waiting_ns < 4 * INT64_C(100000000));
    atomic_store(&v.later, 0);
    venue_expect(c, 11, 20);
    stream_client_stats(c, &stats);
    assert_int_equal(stats.waiting_ns, 0);
    stream_client_close(c);
    venue_close(&v);
}

/* A request that was sent again after a while would cancel the one before: a server that is slower
 * than that would never be heard. */
static void
test_stream_waits_for_a_slow_server(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 10, true);
    atomic_store(&v.fetch_ms, 3500);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    const struct event *ev;
    struct error err = {0};
    int64_t soon = venue_deadline() - INT64_C(19500000000); /* half a second */
    assert_int_equal(stream_client_next(c, soon, &ev, &err), 0);
    struct stream_client_stats stats;
    stream_client_stats(c, &stats);
    assert_true(stats.waiting_ns > 0);
    venue_expect(c, 1, 10);
    assert_int_equal(atomic_load(&v.fetch_cnt), 1);
    stream_client_stats(c, &stats);
    assert_int_equal(stats.waiting_ns, 0);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_stops_when_what_it_wants_was_archived(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, NULL);
    venue_emit(&v, 10, true);
    atomic_store(&v.fetch_fail, (uint32_t)ERR_NOT_FOUND);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, venue_deadline(), &ev, &err), ERR_NOT_FOUND);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_msg_refuses_damage(void **state)
{
    (void)state;
    struct {
        struct stream_msg m;
        struct event_value e;
    } msg;
    memset(&msg, 0, sizeof msg);
    struct error err;
    stream_msg_init(&msg.m, AUDIENCE_PARTY, 1, 7);
    msg.e = venue_event(7);
    msg.m.last_seq = 7;
    msg.m.record_cnt = 1;
    msg.m.length_bytes = sizeof msg;
    assert_int_equal(stream_msg_check(&msg, sizeof msg, &err), 0);
    assert_int_not_equal(stream_msg_check(&msg, sizeof msg - 8, &err), 0);
    msg.e.ev.rec.seq = 8;
    assert_int_not_equal(stream_msg_check(&msg, sizeof msg, &err), 0);
    msg.e.ev.rec.seq = 7;
    msg.e.ev.rec.length_bytes = 8;
    assert_int_not_equal(stream_msg_check(&msg, sizeof msg, &err), 0);
    msg.e = venue_event(7);
    msg.m.last_seq = 8;
    assert_int_not_equal(stream_msg_check(&msg, sizeof msg, &err), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_starts_from_the_journal_and_goes_on_live),
        cmocka_unit_test(test_stream_fetches_what_the_carrier_lost),
        cmocka_unit_test(test_stream_misses_nothing_when_nng_drops),
        cmocka_unit_test(test_stream_goes_on_from_a_checkpoint),
        cmocka_unit_test(test_stream_stops_a_consumer_that_is_ahead),
        cmocka_unit_test(test_stream_stops_a_consumer_on_another_chain),
        cmocka_unit_test(test_stream_checks_its_place_again_in_a_new_epoch),
        cmocka_unit_test(test_stream_drops_what_comes_twice_or_late),
        cmocka_unit_test(test_stream_begins_after_an_earlier_checkpoint),
        cmocka_unit_test(test_stream_heartbeat_shows_a_loss_at_the_end),
        cmocka_unit_test(test_stream_asks_again_when_the_journal_cannot_read_for_a_while),
        cmocka_unit_test(test_stream_says_for_how_long_the_journal_has_only_said_later),
        cmocka_unit_test(test_stream_waits_for_a_slow_server),
        cmocka_unit_test(test_stream_stops_when_what_it_wants_was_archived),
        cmocka_unit_test(test_stream_msg_refuses_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
