#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/stream/stream.h"
#include "engine/stream/stream_msg.h"

struct stream_server {
    nng_socket socket;
    const struct stream_source *source;
    uint8_t audience;
    pthread_t thread;
    uint8_t *events;  /* as the source gives them */
    uint8_t *records; /* filtered */
    int64_t told_ns;  /* monotonic: when the log last told of a range that could not be read */
};

/* The consumers ask again and again: one line a second is enough. */
static void
tell(struct stream_server *s, uint64_t from_seq, const struct error *err)
{
    int64_t now = clock_mono_ns();
    if (s->told_ns != 0 && now - s->told_ns < CLOCK_NS_PER_S)
        return;
    s->told_ns = now;
    LOG_E("stream", "range from event %llu: %s", (unsigned long long)from_seq, err->text);
}

static void
head_init(struct stream_server *s, struct stream_msg *m, uint64_t first_seq)
{
    stream_msg_init(m, s->audience, s->source->epoch(s->source->self), first_seq);
    s->source->chain_head(s->source->self, m->chain_head);
    m->sent_ns = clock_utc_ns();
}

/* Fills head and records for a request; the status is in head->status. */
static size_t
answer(struct stream_server *s, const struct stream_range_req *req, struct stream_msg *m)
{
    uint64_t last = s->source->last_seq(s->source->self);
    head_init(s, m, last + 1);
    if (req->checkpoint_seq)
        m->status = (uint8_t)s->source->check(s->source->self, req->checkpoint_seq, req->epoch,
                                              req->chain_head);
    if (m->status != STREAM_OK || !req->from_seq || req->from_seq > last)
        return 0;
    struct error err = {0};
    int64_t bytes = s->source->fetch(s->source->self, req->from_seq, s->events,
                                     STREAM_RANGE_BYTES_MAX, m->chain_head, &err);
    if (bytes < 0)
        tell(s, req->from_seq, &err);
    if (bytes <= 0) { /* the segment may have been begun a moment ago */
        m->status = bytes == ERR_NOT_FOUND ? STREAM_GONE : STREAM_LATER;
        return 0;
    }
    m->first_seq = req->from_seq;
    m->last_seq = req->from_seq - 1;
    struct stream_filter f;
    stream_filter_init(&f, s->audience, s->records, STREAM_RANGE_BYTES_MAX);
    for (int64_t at = 0; at < bytes && f.record_cnt < UINT16_MAX;) {
        const struct event *ev = (const struct event *)(const void *)(s->events + at);
        if (!stream_filter_add(&f, ev))
            break;
        m->last_seq = ev->rec.seq;
        at += ev->rec.length_bytes;
    }
    m->record_cnt = (uint16_t)f.record_cnt;
    return f.bytes;
}

static bool
is_request(const nng_msg *msg, uint8_t audience, struct stream_range_req *req)
{
    if (nng_msg_len(msg) != sizeof *req)
        return false;
    memcpy(req, nng_msg_body((nng_msg *)(uintptr_t)msg), sizeof *req);
    return req->magic == STREAM_MAGIC && req->version == STREAM_VERSION &&
           req->audience == audience;
}

static void
reply(struct stream_server *s, nng_msg *msg)
{
    struct stream_range_req req;
    struct stream_msg m;
    size_t bytes = 0;
    if (is_request(msg, s->audience, &req)) {
        bytes = answer(s, &req, &m);
    } else {
        head_init(s, &m, 1);
        m.status = STREAM_BAD_REQUEST;
    }
    m.length_bytes = (uint32_t)(sizeof m + bytes);
    nng_msg_clear(msg);
    if (nng_msg_append(msg, &m, sizeof m) || nng_msg_append(msg, s->records, bytes) ||
        nng_sendmsg(s->socket, msg, 0))
        nng_msg_free(msg);
}

static void *
serve(void *arg)
{
    struct stream_server *s = arg;
    for (;;) {
        nng_msg *msg;
        int rc = nng_recvmsg(s->socket, &msg, 0);
        if (rc == NNG_ECLOSED)
            return NULL;
        if (rc == 0)
            reply(s, msg);
    }
}

int
stream_server_open(struct stream_server **out, const char *url, uint8_t audience,
                   const struct stream_source *source, struct error *err)
{
    struct stream_server *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(err, ERR_NO_SPACE, "%s: no memory", url);
    s->source = source;
    s->audience = audience;
    s->events = malloc(STREAM_RANGE_BYTES_MAX);
    s->records = malloc(STREAM_RANGE_BYTES_MAX);
    int rc = s->events && s->records ? nng_rep0_open(&s->socket) : NNG_ENOMEM;
    if (rc)
        goto fail;
    rc = nng_listen(s->socket, url, NULL, 0);
    if (rc)
        goto fail_socket;
    if (pthread_create(&s->thread, NULL, serve, s)) {
        rc = NNG_ENOMEM;
        goto fail_socket;
    }
    *out = s;
    return 0;
fail_socket:
    nng_close(s->socket);
fail:
    free(s->records);
    free(s->events);
    free(s);
    return error_set(err, rc == NNG_EADDRINUSE ? ERR_EXISTS : ERR_IO, "%s: %s", url,
                     nng_strerror(rc));
}

void
stream_server_close(struct stream_server *s)
{
    if (!s)
        return;
    nng_close(s->socket); /* wakes the thread */
    pthread_join(s->thread, NULL);
    free(s->records);
    free(s->events);
    free(s);
}
