#include "tests/unit/engine/stream/canned_venue.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/stream/stream_msg.h"

enum { DEADLINE_MS = 20000 };

struct event_value
venue_event(uint64_t seq)
{
    struct event_value v = {0};
    v.ev.rec = (struct record){
        .length_bytes = sizeof(v),
        .kind = RECORD_EVENT,
        .version = RECORD_VERSION,
        .type = EVENT_MODE,
        .epoch = 1,
        .seq = seq,
    };
    v.ev.cmd_seq = seq;
    v.ev.audience = seq % 3 != 0 ? AUDIENCE_PUBLIC : AUDIENCE_CONFIDENTIAL;
    v.ev.last = 1;
    v.value = (uint32_t)seq;
    return v;
}

static int64_t
fetch(void *self, uint64_t from_seq, void *out, size_t out_bytes, uint8_t chain[32],
      struct error *err)
{
    struct venue *v = self;
    atomic_fetch_add(&v->fetch_cnt, 1);
    (void)poll(NULL, 0, (int)atomic_load(&v->fetch_ms));
    int code = (int)atomic_load(&v->fetch_fail);
    if (code != 0) {
        return error_set(err, code, "as the test wants it");
    }
    size_t bytes = 0;
    for (uint64_t seq = from_seq; seq <= atomic_load(&v->last); seq++) {
        struct event_value e = venue_event(seq);
        if (out_bytes - bytes < sizeof(e)) {
            break;
        }
        memcpy((uint8_t *)out + bytes, &e, sizeof(e));
        bytes += sizeof(e);
    }
    memset(chain, (int)atomic_load(&v->chain), 32);
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
check(void *self, uint64_t seq, uint32_t ep, const uint8_t head[32])
{
    struct venue *v = self;
    if (seq > atomic_load(&v->last) || ep > atomic_load(&v->epoch)) {
        return STREAM_AHEAD;
    }
    if (atomic_load(&v->later)) {
        return STREAM_LATER;
    }
    return head[0] == atomic_load(&v->chain) ? STREAM_OK : STREAM_OTHER_CHAIN;
}

static void
chain_head(void *self, uint8_t out[32])
{
    memset(out, (int)atomic_load(&((struct venue *)self)->chain), 32);
}

void
venue_open(struct venue *v, const char *folder)
{
    venue_open_at(v, folder, 0, 1, 0xaa);
}

void
venue_open_at(struct venue *v, const char *folder, uint64_t last, uint32_t epoch_no, uint8_t chain)
{
    static int number;
    memset(v, 0, sizeof(*v));
    atomic_store(&v->last, last);
    atomic_store(&v->epoch, epoch_no);
    atomic_store(&v->chain, chain);
    number++;
    if (folder != NULL) {
        (void)snprintf(v->pub_url, sizeof(v->pub_url), "ipc://%s/pub", folder);
        (void)snprintf(v->range_url, sizeof(v->range_url), "ipc://%s/range", folder);
    } else {
        (void)snprintf(v->pub_url, sizeof(v->pub_url), "inproc://pub-%d-%d", (int)getpid(), number);
        (void)snprintf(v->range_url, sizeof(v->range_url), "inproc://range-%d-%d", (int)getpid(),
                       number);
    }
    v->source = (struct stream_source){v, fetch, last_seq, epoch, check, chain_head};
    struct error err = {0};
    if (stream_pub_open(&v->pub, v->pub_url, &err) != 0 ||
        stream_server_open(&v->server, v->range_url, AUDIENCE_PARTY, &v->source, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

void
venue_close(struct venue *v)
{
    stream_pub_close(v->pub);
    stream_server_close(v->server);
}

void
venue_say(struct venue *v, uint64_t first, uint64_t last)
{
    static _Alignas(8) uint8_t records[STREAM_MSG_BYTES_MAX];
    struct stream_filter f;
    struct stream_msg m;
    stream_filter_init(&f, AUDIENCE_PARTY, records, sizeof(records));
    stream_msg_init(&m, AUDIENCE_PARTY, atomic_load(&v->epoch), first);
    for (uint64_t seq = first; seq <= last; seq++) {
        struct event_value e = venue_event(seq);
        assert_true(stream_filter_add(&f, &e.ev));
    }
    m.last_seq = last;
    m.record_cnt = (uint16_t)f.record_cnt;
    m.length_bytes = (uint32_t)(sizeof(m) + f.bytes);
    chain_head(v, m.chain_head);
    m.sent_ns = clock_utc_ns();
    assert_int_equal(stream_pub_send(v->pub, &m, records, f.bytes), 0);
}

void
venue_emit(struct venue *v, uint64_t cnt, bool lost)
{
    uint64_t first = atomic_load(&v->last) + 1;
    atomic_store(&v->last, first + cnt - 1);
    if (!lost) {
        venue_say(v, first, first + cnt - 1);
    }
}

struct stream_client *
venue_client(const struct venue *v, uint64_t checkpoint, uint8_t chain, size_t buffer_msgs)
{
    struct stream_client_options o = {
        .pub_url = v->pub_url,
        .range_url = v->range_url,
        .audience = AUDIENCE_PARTY,
        .checkpoint_seq = checkpoint,
        .checkpoint_epoch = checkpoint != 0 ? 1 : 0,
        .buffer_msgs = buffer_msgs,
    };
    memset(o.checkpoint_chain, chain, sizeof(o.checkpoint_chain));
    struct stream_client *c = NULL;
    struct error err;
    assert_int_equal(stream_client_open(&c, &o, &err), 0);
    return c;
}

int64_t
venue_deadline(void)
{
    return clock_mono_ns() + (int64_t)DEADLINE_MS * CLOCK_NS_PER_MS;
}

void
venue_expect(struct stream_client *c, uint64_t from, uint64_t to)
{
    int64_t until = venue_deadline();
    for (uint64_t seq = from; seq <= to; seq++) {
        if (seq % 3 == 0) {
            continue; /* confidential */
        }
        const struct event *ev = NULL;
        struct error err = {0};
        int rc = stream_client_next(c, until, &ev, &err);
        if (rc != 1) {
            fail_msg("event %llu: %d %s", (unsigned long long)seq, rc, err.text);
        }
        assert_int_equal(ev->rec.seq, seq);
        assert_int_equal(((const struct event_value *)ev)->value, seq);
    }
}
