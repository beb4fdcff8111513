#include "engine/stream/stream_ring.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/record.h"

enum { FETCH_BYTES = 1 << 18 };

struct stream_ring {
    struct bcast_reader reader;
    const struct durable_mark *mark;
    const struct stream_source *source;
    uint64_t next_seq;
    uint64_t lap_cnt;
    uint64_t fetch_bytes, fetch_at; /* what was fetched and not given out yet */
    bool behind;                    /* the source may have events that the ring will not bring */
    bool failed;
    struct error error;
    uint8_t *fetch;
    _Alignas(8) uint8_t copy[RECORD_BYTES_MAX];
};

int
stream_ring_open(struct stream_ring **out, struct bcast_ring *ring, const struct durable_mark *mark,
                 const struct stream_source *source, uint64_t from_seq, struct error *err)
{
    struct stream_ring *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    if (!s)
        return error_set(err, ERR_NO_SPACE, "stream: no memory");
    memset(s, 0, sizeof *s);
    s->mark = mark;
    s->source = source;
    s->next_seq = from_seq;
    s->behind = source != NULL; /* what lies before the reader's place in the ring */
    s->fetch = malloc(FETCH_BYTES);
    int rc = s->fetch ? bcast_reader_open(&s->reader, ring, false, err)
                      : error_set(err, ERR_NO_SPACE, "stream: no memory");
    if (rc) {
        free(s->fetch);
        free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void
stream_ring_close(struct stream_ring *s)
{
    if (!s)
        return;
    bcast_reader_close(&s->reader);
    free(s->fetch);
    free(s);
}

bool
stream_ring_failed(const struct stream_ring *s, struct error *out)
{
    if (s->failed && out)
        *out = s->error;
    return s->failed;
}

uint64_t
stream_ring_next_seq(const struct stream_ring *s)
{
    return s->next_seq;
}

uint64_t
stream_ring_lap_cnt(const struct stream_ring *s)
{
    return s->lap_cnt;
}

/* The next event of what was fetched. */
static const struct event *
next_fetched(struct stream_ring *s)
{
    while (s->fetch_at < s->fetch_bytes) {
        const struct event *ev = (const struct event *)(const void *)(s->fetch + s->fetch_at);
        s->fetch_at += ev->rec.length_bytes;
        if (ev->rec.seq != s->next_seq)
            continue;
        s->next_seq++;
        return ev;
    }
    return NULL;
}

static const struct event *
fetch_missed(struct stream_ring *s)
{
    if (!s->source) {
        s->failed = true;
        error_set(&s->error, ERR_NOT_FOUND, "stream: lapped at event %llu, and nobody to ask",
                  (unsigned long long)s->next_seq);
        return NULL;
    }
    int64_t n =
        s->source->fetch(s->source->self, s->next_seq, s->fetch, FETCH_BYTES, NULL, &s->error);
    if (n < 0) {
        s->failed = true;
        return NULL;
    }
    s->fetch_bytes = (uint64_t)n;
    s->fetch_at = 0;
    return next_fetched(s); /* NULL: not readable yet; the next call asks again */
}

/* Copies the record at the reader's position; false when there is none up to the durable mark.
 * After a lap it goes on at the ring's end: the numbers show what is missing. */
static bool
copy_record(struct stream_ring *s, uint32_t *length)
{
    const uint8_t *data;
    uint64_t bytes = bcast_peek(&s->reader, durable_ring_pos(s->mark), &data);
    if (bytes == 0)
        return false;
    bcast_copy(s->copy, data, sizeof(struct record)); /* records begin whole: commits are */
    *length = ((const struct record *)(const void *)s->copy)->length_bytes;
    bool sane = *length >= sizeof(struct record) && *length <= sizeof s->copy && *length <= bytes;
    if (sane)
        bcast_copy(s->copy, data, *length);
    if (!bcast_lapped(&s->reader)) {
        CHECK(sane, "a record of %u bytes in the log", *length);
        return true;
    }
    s->lap_cnt++;
    s->behind = true;
    bcast_rejoin(&s->reader);
    return false;
}

/* The next event that the ring brings; NULL at its end, or at a gap that the source must fill. */
static const struct event *
next_in_ring(struct stream_ring *s)
{
    uint32_t length;
    while (copy_record(s, &length)) {
        const struct event *ev = (const struct event *)(const void *)s->copy;
        bool is_event = ev->rec.kind == RECORD_EVENT;
        if (is_event && ev->rec.seq > s->next_seq) {
            s->behind = true;
            return NULL;
        }
        bcast_advance(&s->reader, length);
        if (!is_event || ev->rec.seq < s->next_seq)
            continue;
        s->behind = false;
        s->next_seq++;
        return ev;
    }
    return NULL;
}

/* Whether events are durable that we have not given out. */
static bool
more_is_durable(const struct stream_ring *s)
{
    (void)durable_ring_pos(s->mark); /* acquire: what is loaded after it is at least as new */
    return atomic_load_explicit(&s->mark->event_seq, memory_order_relaxed) >= s->next_seq;
}

const struct event *
stream_ring_next(struct stream_ring *s)
{
    if (s->failed)
        return NULL;
    const struct event *ev = next_fetched(s);
    if (!ev)
        ev = next_in_ring(s);
    if (!ev && s->behind && more_is_durable(s))
        ev = fetch_missed(s);
    return ev;
}
