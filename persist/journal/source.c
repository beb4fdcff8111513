#include "persist/journal/source.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/event.h"
#include "persist/journal/journal_priv.h"
#include "persist/journal/reader.h"

struct journal_source {
    const struct journal *j;
    struct journal_reader *reader;
    pthread_mutex_t lock;      /* around the reader */
    uint64_t next_seq;         /* the event that the reader gives out next; 0 = it must seek */
    const struct record *held; /* read, but it did not fit */
    int64_t told_ns;           /* monotonic: when the log last told of an error of the disk */
    struct stream_source stream;
};

/* The consumers ask again and again: one line a second is enough. */
static void
tell(struct journal_source *s, uint64_t seq, const struct error *err)
{
    int64_t now = clock_mono_ns();
    if (s->told_ns != 0 && now - s->told_ns < CLOCK_NS_PER_S)
        return;
    s->told_ns = now;
    LOG_E("journal", "a consumer's checkpoint at event %" PRIu64 ": %s", seq, err->text);
}

static int64_t
copy_events(struct journal_source *s, uint64_t last, uint8_t *out, size_t out_bytes,
            struct error *err)
{
    size_t at = 0;
    while (s->next_seq <= last) {
        int rc = 1;
        if (s->held == NULL)
            rc = journal_reader_next(s->reader, &s->held, err);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
        if (s->held->kind == RECORD_EVENT) {
            if (s->held->length_bytes > out_bytes - at)
                break;
            memcpy(out + at, s->held, s->held->length_bytes);
            ((struct record *)(void *)(out + at))->crc32c = 0; /* as in the ring */
            at += s->held->length_bytes;
            s->next_seq = s->held->seq + 1;
        }
        s->held = NULL;
    }
    return (int64_t)at;
}

static uint64_t
source_last_seq(void *self)
{
    const struct journal_source *s = self;
    uint8_t chain[32];
    return journal_chain_head(s->j, chain);
}

static int64_t
source_fetch(void *self, uint64_t from_seq, void *out, size_t out_bytes, uint8_t chain[32],
             struct error *err)
{
    struct journal_source *s = self;
    uint64_t last = source_last_seq(s);
    int64_t rc = 0;
    if (from_seq == 0 || from_seq > last)
        return 0;
    (void)pthread_mutex_lock(&s->lock);
    if (s->next_seq != from_seq) {
        s->held = NULL;
        rc = journal_reader_seek_event(s->reader, from_seq, err);
        s->next_seq = from_seq;
    }
    if (rc == 0)
        rc = copy_events(s, last, out, out_bytes, err);
    if (rc < 0)
        s->next_seq = 0;
    if (rc > 0 && chain != NULL) {
        struct journal_batch batch; /* it holds the last event, or the one that did not fit */
        journal_reader_batch(s->reader, &batch);
        memcpy(chain, batch.head.chain, sizeof(batch.head.chain));
    }
    (void)pthread_mutex_unlock(&s->lock);
    return rc;
}

static uint32_t
source_epoch(void *self)
{
    const struct journal_source *s = self;
    struct batch_place p;
    journal_head(s->j, &p);
    return p.epoch;
}

static void
source_chain_head(void *self, uint8_t out[32])
{
    const struct journal_source *s = self;
    (void)journal_chain_head(s->j, out);
}

/* The head is that of the batch which holds the event, or of one after it. Only who has seen all
 * batches up to the end may say that it is not there. */
static int
find_chain(struct journal_source *s, uint64_t seq, const uint8_t chain_head[32])
{
    const uint8_t *records;
    size_t bytes;
    struct journal_batch batch = {0};
    struct batch_place end;
    struct error err;
    journal_head(s->j, &end);
    int rc = journal_reader_seek_event(s->reader, seq, &err);
    while (rc == 0 && batch.head.rec.seq < end.batch) {
        rc = journal_reader_next_batch(s->reader, &records, &bytes, &err);
        if (rc == 0) /* begun a moment ago, and not to be read yet */
            return STREAM_LATER;
        if (rc != 1)
            break;
        journal_reader_batch(s->reader, &batch);
        if (memcmp(batch.head.chain, chain_head, sizeof(batch.head.chain)) == 0)
            return STREAM_OK;
        rc = 0;
    }
    if (rc == ERR_NOT_FOUND)
        return STREAM_GONE;
    if (rc != 0)
        tell(s, seq, &err);
    return rc != 0 ? STREAM_LATER : STREAM_OTHER_CHAIN;
}

static int
source_check(void *self, uint64_t seq, uint32_t epoch, const uint8_t chain_head[32])
{
    struct journal_source *s = self;
    if (seq > source_last_seq(s) || epoch > source_epoch(s))
        return STREAM_AHEAD;
    if (seq == 0 || bytes_are_zero(chain_head, 32))
        return STREAM_OK;
    (void)pthread_mutex_lock(&s->lock);
    s->held = NULL;
    s->next_seq = 0;
    int status = find_chain(s, seq, chain_head);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

int
journal_source_open(struct journal_source **out, const struct journal *j, struct error *err)
{
    struct journal_source *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for a source of the journal");
    int rc = journal_reader_open_own(&s->reader, j, err);
    if (rc != 0) {
        free(s);
        return rc;
    }
    s->j = j;
    (void)pthread_mutex_init(&s->lock, NULL);
    s->stream = (struct stream_source){.self = s,
                                       .fetch = source_fetch,
                                       .last_seq = source_last_seq,
                                       .epoch = source_epoch,
                                       .check = source_check,
                                       .chain_head = source_chain_head};
    *out = s;
    return 0;
}

void
journal_source_close(struct journal_source *s)
{
    if (s == NULL)
        return;
    journal_reader_close(s->reader);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

const struct stream_source *
journal_source_stream(struct journal_source *s)
{
    return &s->stream;
}
