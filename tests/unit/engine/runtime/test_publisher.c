#include "engine/runtime/publisher.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "engine/stream/stream_msg.h"

enum { LOG_BYTES = 1 << 20, DEADLINE_S = 20, FIRST_SEQ = 101, PACE_NS = 200000 };
#define SECOND ((int64_t)CLOCK_NS_PER_S)

static const uint8_t audiences[2] = {AUDIENCE_PARTY, AUDIENCE_OPERATOR};
static struct bcast_ring log_ring;
static struct durable_mark durable;
static struct metrics *metrics;
static struct stream_pub *pubs[2];
static nng_socket subs[2];
static struct publisher *publisher;
static void *publisher_mem;
static uint64_t log_pos, next_seq;
static int64_t mono_ns;

static void
chain_head(void *self, uint8_t out[32])
{
    (void)self;
    memset(out, 0xcc, 32);
}

static const struct stream_source source = {.chain_head = chain_head};

/* The next message of an outlet within the given time; NULL when none came. */
static nng_msg *
receive(int outlet, nng_duration ms)
{
    nng_msg *msg = NULL;
    assert_int_equal(nng_socket_set_ms(subs[outlet], NNG_OPT_RECVTIMEO, ms), 0);
    if (nng_recvmsg(subs[outlet], &msg, 0) != 0) {
        return NULL;
    }
    struct error err = {0};
    if (stream_msg_check(nng_msg_body(msg), nng_msg_len(msg), &err) != 0) {
        fail_msg("%s", err.text);
    }
    return msg;
}

static const struct stream_msg *
head(nng_msg *msg)
{
    return nng_msg_body(msg);
}

static uint32_t
cycle(int64_t step_ns)
{
    mono_ns += step_ns;
    return publisher_tile_ops.poll(publisher, mono_ns);
}

/* Heartbeats until both subscribers have got one: then they are connected. */
static void
connect_all(void)
{
    int64_t deadline = clock_mono_ns() + DEADLINE_S * SECOND;
    bool here[2] = {false, false};
    while (!here[0] || !here[1]) {
        assert_true(clock_mono_ns() < deadline);
        (void)cycle(5 * SECOND);
        for (int i = 0; i < 2; i++) {
            nng_msg *msg = receive(i, 20);
            if (msg != NULL) {
                here[i] = true;
                nng_msg_free(msg);
            }
        }
    }
    for (int i = 0; i < 2; i++) {
        nng_msg *msg;
        while ((msg = receive(i, 20)) != NULL) {
            nng_msg_free(msg);
        }
    }
}

static int
open_with_pace(int64_t pace_ns)
{
    static int number;
    struct error err = {0};
    struct publisher_options o = {
        .log = &log_ring,
        .durable = &durable,
        .audience_cnt = 2,
        .source = &source,
        .epoch = 3,
        .event_seq = FIRST_SEQ - 1,
        .pace_ns = pace_ns,
    };
    memset(&durable, 0, sizeof(durable));
    log_pos = 0;
    next_seq = FIRST_SEQ;
    number++;
    assert_int_equal(bcast_ring_open(&log_ring, "log", LOG_BYTES, &err), 0);
    assert_int_equal(metrics_open(&metrics, "", &err), 0);
    for (int i = 0; i < 2; i++) {
        char url[64];
        (void)snprintf(url, sizeof(url), "inproc://publisher-%d-%d-%d", (int)getpid(), number, i);
        assert_int_equal(stream_pub_open(&pubs[i], url, &err), 0);
        assert_int_equal(nng_sub0_open(&subs[i]), 0);
        assert_int_equal(nng_socket_set(subs[i], NNG_OPT_SUB_SUBSCRIBE, &audiences[i], 1), 0);
        assert_int_equal(nng_dial(subs[i], url, NULL, 0), 0);
        o.audiences[i] = (struct publisher_audience){audiences[i], pubs[i]};
    }
    o.metrics = metrics;
    publisher_mem = malloc(publisher_footprint());
    assert_int_equal(publisher_init(&publisher, publisher_mem, &o, &err), 0);
    mono_ns = clock_mono_ns();
    connect_all();
    return 0;
}

static int
open_publisher(void **state)
{
    (void)state;
    return open_with_pace(0);
}

static int
open_paced(void **state)
{
    (void)state;
    return open_with_pace(PACE_NS);
}

static int
close_publisher(void **state)
{
    (void)state;
    publisher_fini(publisher);
    free(publisher_mem);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(nng_close(subs[i]), 0);
        stream_pub_close(pubs[i]);
    }
    metrics_close(metrics);
    bcast_ring_close(&log_ring);
    return 0;
}

/* Writes a command into the log, then cnt events of that type and audience behind it. */
static void
put(uint16_t type, uint8_t audience, uint32_t cnt)
{
    struct command *cmd = bcast_reserve(&log_ring, sizeof(*cmd));
    assert_non_null(cmd);
    memset(cmd, 0, sizeof(*cmd));
    cmd->rec.length_bytes = sizeof(*cmd);
    cmd->rec.kind = RECORD_COMMAND;
    log_pos = bcast_commit(&log_ring, sizeof(*cmd));
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t bytes = event_bytes(type);
        struct event *ev = bcast_reserve(&log_ring, bytes);
        assert_non_null(ev);
        memset(ev, 0, bytes);
        ev->rec = (struct record){
            .length_bytes = bytes,
            .kind = RECORD_EVENT,
            .version = RECORD_VERSION,
            .type = type,
            .epoch = 3,
            .seq = next_seq++,
        };
        ev->audience = audience;
        log_pos = bcast_commit(&log_ring, bytes);
    }
}

static int64_t durable_ns = 1000; /* of the last mark */

static void
make_durable(void)
{
    durable_time_note(&durable, log_pos, ++durable_ns);
    atomic_store_explicit(&durable.ring_pos, log_pos, memory_order_release);
}

static void
publish(void)
{
    while (cycle(1000) > 0) {
    }
}

static void
test_publisher_sends_nothing_that_is_not_durable(void **state)
{
    (void)state;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 3);
    make_durable();
    put(EVENT_MODE, AUDIENCE_PUBLIC, 4);
    publish();
    nng_msg *msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->first_seq, FIRST_SEQ);
    assert_int_equal(head(msg)->last_seq, FIRST_SEQ + 2);
    assert_int_equal(head(msg)->epoch, 3);
    assert_int_equal(head(msg)->chain_head[31], 0xcc);
    assert_true(head(msg)->sent_ns > 0);
    nng_msg_free(msg);
    publish();
    assert_null(receive(0, 50));
    make_durable();
    publish();
    msg = receive(0, DEADLINE_S * 1000);
    assert_int_equal(head(msg)->first_seq, FIRST_SEQ + 3);
    assert_int_equal(head(msg)->last_seq, FIRST_SEQ + 6);
    nng_msg_free(msg);
}

/* A message tells the time of its first event, also when many marks came before it was sent. */
static void
test_publisher_tells_when_the_first_event_became_durable(void **state)
{
    (void)state;
    int64_t first = durable_ns + 1;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 2);
    make_durable();
    put(EVENT_MODE, AUDIENCE_PUBLIC, 2);
    make_durable();
    publish();
    nng_msg *msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->record_cnt, 4);
    assert_int_equal(head(msg)->durable_ns, first);
    nng_msg_free(msg);
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    make_durable();
    publish();
    msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->durable_ns, first + 2);
    nng_msg_free(msg);
}

static void
test_publisher_leaves_out_what_an_audience_may_not_see(void **state)
{
    (void)state;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    put(EVENT_DECISION, AUDIENCE_CONFIDENTIAL, 2);
    put(EVENT_PROPOSAL, AUDIENCE_OPERATOR, 2);
    put(EVENT_MODE, AUDIENCE_PARTY, 1);
    make_durable();
    publish();
    const uint32_t records[2] = {3, 5}; /* party: event, skip of 4, event */
    for (int i = 0; i < 2; i++) {
        nng_msg *msg = receive(i, DEADLINE_S * 1000);
        assert_non_null(msg);
        assert_int_equal(head(msg)->audience, audiences[i]);
        assert_int_equal(head(msg)->record_cnt, records[i]);
        assert_int_equal(head(msg)->last_seq, FIRST_SEQ + 5);
        const uint8_t *at = (const uint8_t *)nng_msg_body(msg) + sizeof(struct stream_msg);
        for (uint32_t r = 0; r < records[i]; r++) {
            const struct event *ev = (const struct event *)(const void *)at;
            if (ev->rec.kind == RECORD_EVENT) {
                assert_true(ev->audience <= audiences[i]);
            } else {
                const struct record_skip *skip = (const struct record_skip *)ev;
                assert_int_equal(skip->cnt, i == 0 ? 4 : 2);
            }
            at += ev->rec.length_bytes;
        }
        nng_msg_free(msg);
    }
}

static void
test_publisher_cuts_messages_by_count_and_by_size(void **state)
{
    (void)state;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 600); /* 56 bytes each: by count */
    put(EVENT_FILL, AUDIENCE_PARTY, 200);  /* 392 bytes each: by size */
    make_durable();
    publish();
    uint64_t seq = FIRST_SEQ;
    int cnt = 0;
    while (seq < FIRST_SEQ + 800) {
        nng_msg *msg = receive(0, DEADLINE_S * 1000);
        assert_non_null(msg);
        const struct stream_msg *m = head(msg);
        assert_int_equal(m->first_seq, seq);
        assert_true(m->record_cnt <= STREAM_MSG_EVENTS_MAX);
        assert_true(m->length_bytes <= STREAM_MSG_BYTES_MAX);
        seq = m->last_seq + 1;
        cnt++;
        nng_msg_free(msg);
    }
    assert_true(cnt >= 5 && cnt <= 6);
    assert_int_equal(
        metric_get(metrics_add(metrics, METRIC_COUNTER, "assay_released_fills_total", "")), 200);
    publisher_tile_ops.housekeep(publisher, mono_ns);
    assert_int_equal(metric_get(metrics_add(metrics, METRIC_GAUGE, "assay_released_event_seq", "")),
                     FIRST_SEQ + 799);
}

static void
test_publisher_heartbeats_a_second_after_news_then_every_five(void **state)
{
    (void)state;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    make_durable();
    publish();
    nng_msg_free(receive(0, DEADLINE_S * 1000));
    int64_t sent_ns = publisher_tile_ops.next_due(publisher) - SECOND;
    mono_ns = sent_ns;
    (void)cycle(SECOND - 1);
    assert_null(receive(0, 50));
    (void)cycle(1);
    nng_msg *msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->first_seq, FIRST_SEQ + 1);
    assert_int_equal(head(msg)->last_seq, FIRST_SEQ);
    assert_int_equal(head(msg)->record_cnt, 0);
    nng_msg_free(msg);
    assert_int_equal(publisher_tile_ops.next_due(publisher), sent_ns + 6 * SECOND);
    (void)cycle(5 * SECOND - 1);
    assert_null(receive(0, 50));
    (void)cycle(1);
    msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    nng_msg_free(msg);
}

static void
test_publisher_holds_back_what_is_not_full_until_the_pace(void **state)
{
    (void)state;
    mono_ns += PACE_NS;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    make_durable();
    publish(); /* after a pause: at once */
    nng_msg *msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    nng_msg_free(msg);
    int64_t due_ns = publisher_tile_ops.next_due(publisher) - SECOND + PACE_NS;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    make_durable();
    publish();
    put(EVENT_MODE, AUDIENCE_PUBLIC, 2);
    make_durable();
    publish();
    assert_null(receive(0, 50));
    assert_int_equal(publisher_tile_ops.next_due(publisher), due_ns);
    mono_ns = due_ns - 1;
    (void)cycle(0);
    assert_null(receive(0, 50));
    (void)cycle(1);
    msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->first_seq, FIRST_SEQ + 1);
    assert_int_equal(head(msg)->last_seq, FIRST_SEQ + 3);
    nng_msg_free(msg);
}

static void
test_publisher_sends_a_full_message_before_the_pace(void **state)
{
    (void)state;
    mono_ns += PACE_NS;
    put(EVENT_MODE, AUDIENCE_PUBLIC, 1);
    make_durable();
    publish();
    nng_msg_free(receive(0, DEADLINE_S * 1000));
    put(EVENT_MODE, AUDIENCE_PUBLIC, STREAM_MSG_EVENTS_MAX + 1);
    make_durable();
    publish();
    nng_msg *msg = receive(0, DEADLINE_S * 1000);
    assert_non_null(msg);
    assert_int_equal(head(msg)->last_seq, FIRST_SEQ + STREAM_MSG_EVENTS_MAX);
    nng_msg_free(msg);
    assert_null(receive(0, 50)); /* the one behind it waits */
}

static void
test_publisher_reckons_rates_of_what_was_released(void **state)
{
    (void)state;
    publisher_tile_ops.housekeep(publisher, mono_ns);
    put(EVENT_ORDER_ACCEPTED, AUDIENCE_PARTY, 100);
    put(EVENT_TRADE, AUDIENCE_PUBLIC, 10);
    make_durable();
    publish();
    publisher_tile_ops.housekeep(publisher, publisher_tile_ops.next_due(publisher));
    int64_t orders =
        metric_get(metrics_add(metrics, METRIC_GAUGE, "assay_released_orders_per_second", ""));
    assert_true(orders > 0 && orders <= 100);
    assert_int_equal(
        metric_get(metrics_add(metrics, METRIC_COUNTER, "assay_released_trades_total", "")), 10);
}

int
main(void)
{
#define PUB_TEST(name)   cmocka_unit_test_setup_teardown(name, open_publisher, close_publisher)
#define PACED_TEST(name) cmocka_unit_test_setup_teardown(name, open_paced, close_publisher)
    const struct CMUnitTest tests[] = {
        PUB_TEST(test_publisher_sends_nothing_that_is_not_durable),
        PUB_TEST(test_publisher_tells_when_the_first_event_became_durable),
        PUB_TEST(test_publisher_leaves_out_what_an_audience_may_not_see),
        PUB_TEST(test_publisher_cuts_messages_by_count_and_by_size),
        PUB_TEST(test_publisher_heartbeats_a_second_after_news_then_every_five),
        PACED_TEST(test_publisher_holds_back_what_is_not_full_until_the_pace),
        PACED_TEST(test_publisher_sends_a_full_message_before_the_pace),
        PUB_TEST(test_publisher_reckons_rates_of_what_was_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
