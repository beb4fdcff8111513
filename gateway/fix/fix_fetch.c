#include "gateway/fix/fix_fetch.h"

#include <stdlib.h>

int
fix_fetch_open(struct fix_fetch *f, const struct stream_source *source, struct error *err)
{
    *f = (struct fix_fetch){.source = source, .data = malloc(FIX_FETCH_BYTES)};
    return f->data != NULL ? 0 : error_set(err, ERR_NO_SPACE, "fix: no memory for fetching events");
}

void
fix_fetch_close(struct fix_fetch *f)
{
    free(f->data);
    *f = (struct fix_fetch){0};
}

static const struct event *
event_at(const struct fix_fetch *f, uint64_t at)
{
    return (const struct event *)(const void *)(f->data + at);
}

/* Goes forward in the piece that is there. */
static const struct event *
find(struct fix_fetch *f, uint64_t seq)
{
    if (f->at >= f->bytes || event_at(f, f->at)->rec.seq > seq)
        f->at = 0;
    for (; f->at < f->bytes; f->at += event_at(f, f->at)->rec.length_bytes) {
        const struct event *ev = event_at(f, f->at);
        if (ev->rec.seq == seq)
            return ev;
        if (ev->rec.seq > seq)
            return NULL;
    }
    return NULL;
}

const struct event *
fix_fetch_event(struct fix_fetch *f, uint64_t seq, int *rc)
{
    const struct event *ev = find(f, seq);
    if (ev != NULL) {
        f->hits++;
        return ev;
    }
    /* Reports of one session may lie far apart: then a small piece does. */
    size_t want = f->hits >= 8 ? FIX_FETCH_BYTES : FIX_FETCH_SMALL;
    f->bytes = f->at = f->hits = 0;
    f->fetch_cnt++;
    int64_t got = f->source->fetch(f->source->self, seq, f->data, want, NULL, NULL);
    if (got == 0 && f->source->last_seq(f->source->self) < seq) {
        *rc = ERR_AGAIN;
        return NULL;
    }
    f->bytes = got > 0 ? (uint64_t)got : 0;
    ev = find(f, seq);
    *rc = ERR_NOT_FOUND;
    return ev;
}
