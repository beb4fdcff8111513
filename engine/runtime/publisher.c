#include "engine/runtime/publisher.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/event.h"
#include "engine/model/record.h"
#include "engine/model/types.h"
#include "engine/stream/stream_msg.h"

enum {
    MSG_BYTES = 32768 - sizeof(struct stream_msg), /* of records: then it is sent */
    TAKE_BYTES = 1 << 18,                          /* of the log in one cycle */
    BEAT_SOON_NS = 1000000000,                     /* the first heartbeat after a message */
    RATE_NS = 1000000000,
};
#define BEAT_LATE_NS INT64_C(5000000000) /* and those after it */

struct outlet { /* one audience */
    struct stream_pub *pub;
    struct stream_filter filter;
    uint64_t first_seq; /* of the message that is being filled */
    uint32_t event_cnt; /* in it */
    int64_t durable_ns; /* of the first of them */
    _Alignas(8) uint8_t records[STREAM_MSG_BYTES_MAX - sizeof(struct stream_msg)];
};
_Static_assert(MSG_BYTES + EVENT_BYTES_MAX <= sizeof(((struct outlet *)0)->records),
               "a message that is not full has room for any event");

struct publisher_metrics {
    struct metric *event_seq, *orders, *order_rejects, *cancels, *trades, *fills, *orders_rate,
        *trades_rate, *messages, *send_failed, *lag_bytes;
};

struct publisher {
    struct bcast_reader reader;
    const struct durable_mark *durable;
    const struct stream_source *source;
    uint32_t epoch;
    uint32_t outlet_cnt;
    uint64_t event_seq;  /* last event taken from the log */
    uint64_t time_place; /* in the times of the durable mark */
    struct bell *bell;
    int64_t pace_ns;
    int64_t mono_ns;       /* of this cycle */
    int64_t sent_ns;       /* last message to all outlets, heartbeats included */
    bool said_nothing_new; /* the last one was a heartbeat */
    int64_t rate_ns;       /* when the rates were reckoned */
    int64_t rate_orders, rate_trades;
    struct publisher_metrics metrics;
    struct outlet outlets[PUBLISHER_AUDIENCE_MAX];
};

/* --- messages --- */

static void
outlet_begin(const struct publisher *p, struct outlet *o)
{
    uint8_t audience = o->filter.audience;
    stream_filter_init(&o->filter, audience, o->records, sizeof(o->records));
    o->first_seq = p->event_seq + 1;
    o->event_cnt = 0;
    o->durable_ns = 0;
}

/* Sends what the outlet holds; without events that is a heartbeat. */
static void
outlet_send(struct publisher *p, struct outlet *o)
{
    struct stream_msg m;
    stream_msg_init(&m, o->filter.audience, p->epoch, o->first_seq);
    m.last_seq = p->event_seq;
    m.record_cnt = (uint16_t)o->filter.record_cnt;
    m.length_bytes = (uint32_t)(sizeof(m) + o->filter.bytes);
    if (p->source != NULL) {
        p->source->chain_head(p->source->self, m.chain_head);
    }
    m.sent_ns = clock_utc_ns();
    m.durable_ns = o->durable_ns;
    if (stream_pub_send(o->pub, &m, o->records, o->filter.bytes) != 0) {
        metric_add(p->metrics.send_failed, 1); /* the readers see the gap, and fetch */
    }
    metric_add(p->metrics.messages, 1);
    outlet_begin(p, o);
}

static bool
holds_events(const struct publisher *p)
{
    for (uint32_t i = 0; i < p->outlet_cnt; i++) {
        if (p->outlets[i].event_cnt > 0) {
            return true;
        }
    }
    return false;
}

static void
send_all(struct publisher *p)
{
    bool any = false;
    for (uint32_t i = 0; i < p->outlet_cnt; i++) {
        if (p->outlets[i].event_cnt > 0) {
            outlet_send(p, &p->outlets[i]);
            any = true;
        }
    }
    if (any) {
        p->sent_ns = p->mono_ns;
        p->said_nothing_new = false;
    }
}

static void
heartbeat_when_due(struct publisher *p)
{
    int64_t gap_ns = p->said_nothing_new ? BEAT_LATE_NS : BEAT_SOON_NS;
    if (p->mono_ns - p->sent_ns < gap_ns) {
        return;
    }
    for (uint32_t i = 0; i < p->outlet_cnt; i++) {
        outlet_send(p, &p->outlets[i]);
    }
    p->sent_ns = p->mono_ns;
    p->said_nothing_new = true;
}

/* --- what has been released --- */

static void
count(struct publisher *p, const struct event *ev)
{
    switch (ev->rec.type) {
    case EVENT_ORDER_ACCEPTED:
        metric_add(p->metrics.orders, 1);
        break;
    case EVENT_ORDER_REJECTED:
        metric_add(p->metrics.order_rejects, 1);
        break;
    case EVENT_ORDER_CANCELED:
        metric_add(p->metrics.cancels, 1);
        break;
    case EVENT_FILL:
        metric_add(p->metrics.fills, 1);
        break;
    case EVENT_TRADE:
        metric_add(p->metrics.trades, 1);
        break;
    default:
        break;
    }
}

/* end_pos: position in the log behind the event. */
static void
release(struct publisher *p, const struct event *ev, uint64_t end_pos)
{
    CHECK(ev->rec.seq == p->event_seq + 1, "event %llu in the log after %llu",
          (unsigned long long)ev->rec.seq, (unsigned long long)p->event_seq);
    for (uint32_t i = 0; i < p->outlet_cnt; i++) {
        struct outlet *o = &p->outlets[i];
        CHECK(stream_filter_add(&o->filter, ev), "no room in a message for %u bytes",
              ev->rec.length_bytes);
        if (o->event_cnt++ == 0)
            o->durable_ns = durable_time_of(p->durable, &p->time_place, end_pos);
    }
    p->event_seq = ev->rec.seq;
    count(p, ev);
    for (uint32_t i = 0; i < p->outlet_cnt; i++) {
        struct outlet *o = &p->outlets[i];
        if (o->event_cnt == STREAM_MSG_EVENTS_MAX || o->filter.bytes >= MSG_BYTES) {
            outlet_send(p, o);
            p->sent_ns = p->mono_ns;
            p->said_nothing_new = false;
        }
    }
}

/* --- the tile --- */

/* Takes whole records up to the durable mark, some of them a cycle; returns how many. */
static uint32_t
take(struct publisher *p)
{
    const uint8_t *data;
    uint64_t bytes = bcast_peek(&p->reader, durable_ring_pos(p->durable), &data);
    uint64_t at = 0;
    uint32_t done = 0;
    while (at < bytes && at < TAKE_BYTES) {
        const struct record *rec = (const struct record *)(const void *)(data + at);
        uint32_t length = rec->length_bytes;
        if (rec->kind == RECORD_EVENT) {
            release(p, (const struct event *)(const void *)rec, p->reader.pos + at + length);
        }
        at += length;
        done++;
    }
    if (at > 0) {
        bcast_advance(&p->reader, at);
    }
    return done;
}

static uint32_t
poll(void *self, int64_t mono_ns)
{
    struct publisher *p = self;
    p->mono_ns = mono_ns;
    uint32_t done = take(p);
    if (done == 0) { /* the input is idle */
        if (mono_ns - p->sent_ns >= p->pace_ns) {
            send_all(p);
        }
        heartbeat_when_due(p);
    }
    return done;
}

static void
housekeep(void *self, int64_t mono_ns)
{
    struct publisher *p = self;
    struct publisher_metrics *m = &p->metrics;
    metric_set(m->event_seq, (int64_t)p->event_seq);
    uint64_t written = atomic_load_explicit(&p->reader.ring->shared->write_pos,
                                            memory_order_relaxed); /* a figure to look at */
    metric_set(m->lag_bytes, (int64_t)(written - p->reader.pos));
    int64_t gap_ns = mono_ns - p->rate_ns;
    if (gap_ns < RATE_NS) {
        return;
    }
    int64_t orders = metric_get(m->orders), trades = metric_get(m->trades);
    metric_set(m->orders_rate, (orders - p->rate_orders) * CLOCK_NS_PER_S / gap_ns);
    metric_set(m->trades_rate, (trades - p->rate_trades) * CLOCK_NS_PER_S / gap_ns);
    p->rate_ns = mono_ns;
    p->rate_orders = orders;
    p->rate_trades = trades;
}

static int64_t
next_due(void *self)
{
    const struct publisher *p = self;
    if (holds_events(p)) {
        return p->sent_ns + p->pace_ns;
    }
    return p->sent_ns + (p->said_nothing_new ? BEAT_LATE_NS : BEAT_SOON_NS);
}

/* While a message is held back, further commits need not wake this thread: it would only take them
 * and sleep again. */
static void
wait_for_work(void *self, uint32_t seen, int64_t deadline_mono_ns)
{
    struct publisher *p = self;
    if (holds_events(p)) {
        bell_cancel(p->bell);
        clock_sleep_until(deadline_mono_ns);
    } else {
        bell_wait(p->bell, seen, deadline_mono_ns);
    }
}

const struct tile_ops publisher_tile_ops = {
    .name = "publish",
    .poll = poll,
    .housekeep = housekeep,
    .next_due = next_due,
    .wait = wait_for_work,
};

/* --- start --- */

size_t
publisher_footprint(void)
{
    return sizeof(struct publisher);
}

static void
add_metrics(struct publisher *p, struct metrics *m)
{
    p->metrics = (struct publisher_metrics){
        .event_seq = metrics_add(m, METRIC_GAUGE, "assay_released_event_seq", ""),
        .orders = metrics_add(m, METRIC_COUNTER, "assay_released_orders_total", ""),
        .order_rejects = metrics_add(m, METRIC_COUNTER, "assay_released_order_rejects_total", ""),
        .cancels = metrics_add(m, METRIC_COUNTER, "assay_released_cancels_total", ""),
        .trades = metrics_add(m, METRIC_COUNTER, "assay_released_trades_total", ""),
        .fills = metrics_add(m, METRIC_COUNTER, "assay_released_fills_total", ""),
        .orders_rate = metrics_add(m, METRIC_GAUGE, "assay_released_orders_per_second", ""),
        .trades_rate = metrics_add(m, METRIC_GAUGE, "assay_released_trades_per_second", ""),
        .messages = metrics_add(m, METRIC_COUNTER, "assay_publisher_messages_total", ""),
        .send_failed = metrics_add(m, METRIC_COUNTER, "assay_publisher_send_failed_total", ""),
        .lag_bytes = metrics_add(m, METRIC_GAUGE, "assay_publisher_lag_bytes", ""),
    };
}

int
publisher_init(struct publisher **out, void *mem, const struct publisher_options *o,
               struct error *err)
{
    CHECK(o->audience_cnt <= PUBLISHER_AUDIENCE_MAX, "%u audiences", o->audience_cnt);
    struct publisher *p = mem;
    memset(p, 0, sizeof(*p));
    int code = bcast_reader_open(&p->reader, o->log, true, err);
    if (code != 0) {
        return error_wrap(err, "publisher");
    }
    p->durable = o->durable;
    p->source = o->source;
    p->bell = o->bell;
    p->pace_ns = o->pace_ns;
    p->epoch = o->epoch;
    p->event_seq = o->event_seq;
    p->mono_ns = p->rate_ns = clock_mono_ns();
    add_metrics(p, o->metrics);
    p->outlet_cnt = o->audience_cnt;
    for (uint32_t i = 0; i < o->audience_cnt; i++) {
        struct outlet *outlet = &p->outlets[i];
        outlet->pub = o->audiences[i].pub;
        outlet->filter.audience = o->audiences[i].audience;
        outlet_begin(p, outlet);
    }
    *out = p;
    return 0;
}

void
publisher_fini(struct publisher *p)
{
    bcast_reader_close(&p->reader);
}
