/* ctest-labels: tsan */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/stream/stream.h"
#include "engine/stream/stream_msg.h"

enum { EVENTS_MAX = 20000, DEADLINE_MS = 20000 };

/* A venue of canned events: numbers 1..last, every third one confidential. */
struct venue {
    _Atomic uint64_t last;
    _Atomic uint32_t epoch;
    char pub_url[64], range_url[64];
    struct stream_pub *pub;
    struct stream_server *server;
    struct stream_source source;
};

static struct event_value
make_event(uint64_t seq)
{
    struct event_value v = {0};
    v.ev.rec = (struct record){.length_bytes = sizeof v,
                               .kind = RECORD_EVENT,
                               .version = RECORD_VERSION,
                               .type = EVENT_MODE,
                               .epoch = 1,
                               .seq = seq};
    v.ev.cmd_seq = seq;
    v.ev.audience = seq % 3 ? AUDIENCE_PUBLIC : AUDIENCE_CONFIDENTIAL;
    v.ev.last = 1;
    v.value = (uint32_t)seq;
    return v;
}

static int64_t
fetch(void *self, uint64_t from_seq, void *out, size_t out_bytes, struct error *err)
{
    (void)err;
    struct venue *v = self;
    size_t bytes = 0;
    for (uint64_t seq = from_seq; seq <= atomic_load(&v->last); seq++) {
        struct event_value e = make_event(seq);
        if (out_bytes - bytes < sizeof e)
            break;
        memcpy((uint8_t *)out + bytes, &e, sizeof e);
        bytes += sizeof e;
    }
    return (int64_t)bytes;
}

static uint64_t
last_seq(void *self)
{
    return atomic_load(&((struct venue *)self)->last);
}

static uint32_t
epoch(void *self)
{
    return atomic_load(&((struct venue *)self)->epoch);
}

static int
check(void *self, uint64_t seq, uint32_t ep, const uint8_t chain_head[32])
{
    struct venue *v = self;
    if (seq > atomic_load(&v->last) || ep > atomic_load(&v->epoch))
        return STREAM_AHEAD;
    return chain_head[0] == 0xaa ? STREAM_OK : STREAM_OTHER_CHAIN;
}

static void
chain_head(void *self, uint8_t out[32])
{
    (void)self;
    memset(out, 0xaa, 32);
}

static void
venue_open(struct venue *v)
{
    static int number;
    memset(v, 0, sizeof *v);
    atomic_store(&v->epoch, 1);
    number++;
    snprintf(v->pub_url, sizeof v->pub_url, "inproc://pub-%d-%d", (int)getpid(), number);
    snprintf(v->range_url, sizeof v->range_url, "inproc://range-%d-%d", (int)getpid(), number);
    v->source = (struct stream_source){v, fetch, last_seq, epoch, check, chain_head};
    struct error err;
    assert_int_equal(stream_pub_open(&v->pub, v->pub_url, &err), 0);
    assert_int_equal(stream_server_open(&v->server, v->range_url, AUDIENCE_PARTY, &v->source, &err),
                     0);
}

static void
venue_close(struct venue *v)
{
    stream_pub_close(v->pub);
    stream_server_close(v->server);
}

/* Makes the next cnt events and broadcasts them in one message, unless it is to be lost. */
static void
venue_emit(struct venue *v, uint64_t cnt, bool lost)
{
    static _Alignas(8) uint8_t records[STREAM_MSG_BYTES_MAX];
    uint64_t first = atomic_load(&v->last) + 1;
    struct stream_filter f;
    struct stream_msg m;
    stream_filter_init(&f, AUDIENCE_PARTY, records, sizeof records);
    stream_msg_init(&m, AUDIENCE_PARTY, atomic_load(&v->epoch), first);
    for (uint64_t i = 0; i < cnt; i++) {
        struct event_value e = make_event(first + i);
        assert_true(stream_filter_add(&f, &e.ev));
    }
    m.last_seq = first + cnt - 1;
    m.record_cnt = (uint16_t)f.record_cnt;
    m.length_bytes = (uint32_t)(sizeof m + f.bytes);
    chain_head(v, m.chain_head);
    m.sent_ns = clock_utc_ns();
    atomic_store(&v->last, m.last_seq);
    if (!lost)
        assert_int_equal(stream_pub_send(v->pub, &m, records, f.bytes), 0);
}

static struct stream_client *
client_open(const struct venue *v, uint64_t checkpoint, uint8_t chain, size_t buffer_msgs)
{
    struct stream_client_options o = {.pub_url = v->pub_url,
                                      .range_url = v->range_url,
                                      .audience = AUDIENCE_PARTY,
                                      .checkpoint_seq = checkpoint,
                                      .checkpoint_epoch = checkpoint ? 1 : 0,
                                      .buffer_msgs = buffer_msgs};
    memset(o.checkpoint_chain, chain, sizeof o.checkpoint_chain);
    struct stream_client *c = NULL;
    struct error err;
    assert_int_equal(stream_client_open(&c, &o, &err), 0);
    return c;
}

static int64_t
deadline(void)
{
    return clock_mono_ns() + (int64_t)DEADLINE_MS * CLOCK_NS_PER_MS;
}

/* Reads until event `to`: every one that the audience covers must come, in order, once. */
static void
expect_events(struct stream_client *c, uint64_t from, uint64_t to)
{
    int64_t until = deadline();
    for (uint64_t seq = from; seq <= to; seq++) {
        if (seq % 3 == 0)
            continue; /* confidential */
        const struct event *ev = NULL;
        struct error err = {0};
        int rc = stream_client_next(c, until, &ev, &err);
        if (rc != 1)
            fail_msg("event %llu: %d %s", (unsigned long long)seq, rc, err.text);
        assert_int_equal(ev->rec.seq, seq);
        assert_int_equal(((const struct event_value *)ev)->value, seq);
    }
}

static void
test_stream_starts_from_the_journal_and_goes_on_live(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v);
    venue_emit(&v, 10, true);
    struct stream_client *c = client_open(&v, 0, 0, 0);
    expect_events(c, 1, 10);
    for (int i = 0; i < 20; i++)
        venue_emit(&v, 7, false);
    expect_events(c, 11, 150 - 1);
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_fetches_what_the_carrier_lost(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v);
    struct stream_client *c = client_open(&v, 0, 0, 0);
    uint64_t seen = 0;
    for (int i = 0; i < 60; i++) {
        venue_emit(&v, 25, i % 4 == 1);
        if (i % 10 == 9) { /* read in bursts, the last of which is not lost */
            expect_events(c, seen + 1, atomic_load(&v.last));
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
    venue_open(&v);
    struct stream_client *c = client_open(&v, 0, 0, 1); /* one message of queue */
    venue_emit(&v, 1, false);
    expect_events(c, 1, 1); /* connected */
    for (int i = 0; i < 800; i++)
        venue_emit(&v, 25, false); /* nobody reads: NNG drops */
    expect_events(c, 2, atomic_load(&v.last));
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
    venue_open(&v);
    venue_emit(&v, 100, true);
    struct stream_client *c = client_open(&v, 42, 0xaa, 0);
    expect_events(c, 43, 100);
    stream_client_close(c);
    venue_close(&v);
}

static void
expect_refusal(uint64_t checkpoint, uint8_t chain, const char *text)
{
    struct venue v;
    venue_open(&v);
    venue_emit(&v, 10, true);
    struct stream_client *c = client_open(&v, checkpoint, chain, 0);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, deadline(), &ev, &err), ERR_CORRUPT);
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
    venue_open(&v);
    struct stream_client *c = client_open(&v, 0, 0, 0);
    venue_emit(&v, 10, true);
    expect_events(c, 1, 10);
    atomic_store(&v.epoch, 2);
    atomic_store(&v.last, 4); /* as if a tail had been lost that this consumer has seen */
    venue_emit(&v, 2, false);
    const struct event *ev;
    struct error err = {0};
    assert_int_equal(stream_client_next(c, deadline(), &ev, &err), ERR_CORRUPT);
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
    msg.e = make_event(7);
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
    msg.e = make_event(7);
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
        cmocka_unit_test(test_stream_msg_refuses_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
