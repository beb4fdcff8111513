#include "persist/settle/settle.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

enum {
    READ_SLICE_MS = 100, /* longest wait for events: how soon the stop flag is seen */
    RETRY_MIN_MS = 100,
    RETRY_MAX_MS = 2000,
    ALARM_EVERY_S = 60,
};
#define MS_NS ((int64_t)CLOCK_NS_PER_MS)

struct alarm {                 /* logged at once, then once a minute while it lasts */
    int64_t since_ns, last_ns; /* monotonic; since_ns 0 = quiet */
};

struct settle_metrics {
    struct metric *last_seq, *venue_seq, *lag_s, *lag_ms, *postgres_up;
    struct metric *batch_events, *batch_rows, *tx_us;
    struct metric *events_total, *fills_total, *tx_total, *reconnects_total;
};

struct settle {
    struct settle_options o;
    char *url;
    struct settle_source source;
    struct settle_writer writer;
    struct settle_batch batch;
    struct settle_metrics m;
    const _Atomic int *stop;
    bool begun; /* the batch stands on a checkpoint */
    bool source_open;
    const uint8_t *records; /* read and not yet in a batch */
    size_t record_bytes;
    int64_t batch_start_ns; /* monotonic: when its first event came; 0 = empty */
    int64_t retry_ms;       /* pause after the next failure of PostgreSQL */
    int64_t caught_up_ns;   /* monotonic: when nothing was outstanding last */
    struct alarm postgres, venue, lag;
};

/* --- metrics and alarms --- */

static void
add_metrics(struct settle_metrics *m, struct metrics *file)
{
    m->last_seq = metrics_add(file, METRIC_GAUGE, "assay_settle_last_seq", "");
    m->venue_seq = metrics_add(file, METRIC_GAUGE, "assay_settle_venue_seq", "");
    m->lag_s = metrics_add(file, METRIC_GAUGE, "assay_settle_lag_seconds", "");
    m->lag_ms = metrics_add(file, METRIC_GAUGE, "assay_settle_lag_ms", "");
    m->postgres_up = metrics_add(file, METRIC_GAUGE, "assay_settle_postgres_up", "");
    m->batch_events = metrics_add(file, METRIC_GAUGE, "assay_settle_batch_events", "");
    m->batch_rows = metrics_add(file, METRIC_GAUGE, "assay_settle_batch_rows", "");
    m->tx_us = metrics_add(file, METRIC_GAUGE, "assay_settle_tx_us", "");
    m->events_total = metrics_add(file, METRIC_COUNTER, "assay_settle_events_total", "");
    m->fills_total = metrics_add(file, METRIC_COUNTER, "assay_settle_fills_total", "");
    m->tx_total = metrics_add(file, METRIC_COUNTER, "assay_settle_tx_total", "");
    m->reconnects_total = metrics_add(file, METRIC_COUNTER, "assay_settle_reconnects_total", "");
}

static bool
alarm_due(struct alarm *a, int64_t now_ns)
{
    if (a->since_ns == 0)
        a->since_ns = now_ns;
    else if (now_ns - a->last_ns < (int64_t)ALARM_EVERY_S * CLOCK_NS_PER_S)
        return false;
    a->last_ns = now_ns;
    return true;
}

/* Seconds that the alarm lasted, -1 when it was quiet. */
static long long
alarm_end(struct alarm *a, int64_t now_ns)
{
    long long lasted_s = a->since_ns ? (now_ns - a->since_ns) / CLOCK_NS_PER_S : -1;
    *a = (struct alarm){0};
    return lasted_s;
}

static int64_t
lag_now_ns(struct settle *s, uint64_t venue_seq, int64_t now_ns)
{
    if (s->batch.event_cnt > 0) {
        int64_t age_ns = clock_utc_ns() - s->batch.first_time_ns;
        return age_ns > 0 ? age_ns : 0;
    }
    /* Without PostgreSQL no news is read, and where the books are is not known. */
    if (venue_seq > s->batch.to.last_seq || !s->writer.db.conn)
        return now_ns - s->caught_up_ns;
    s->caught_up_ns = now_ns;
    return 0;
}

static void
show_progress(struct settle *s)
{
    struct stream_client_stats stats = {0};
    if (s->source_open)
        s->source.stats(s->source.self, &stats);
    int64_t now_ns = clock_mono_ns();
    uint64_t venue_seq = stats.venue_seq;
    if (venue_seq < s->batch.to.last_seq)
        venue_seq = s->batch.to.last_seq;
    int64_t lag_ns = lag_now_ns(s, venue_seq, now_ns);
    if (lag_ns < stats.waiting_ns) /* who has no answer does not know where the venue is */
        lag_ns = stats.waiting_ns;
    if (s->o.metrics) {
        metric_set(s->m.last_seq, (int64_t)s->batch.from.last_seq);
        metric_set(s->m.venue_seq, (int64_t)venue_seq);
        metric_set(s->m.lag_s, lag_ns / CLOCK_NS_PER_S);
        metric_set(s->m.lag_ms, lag_ns / MS_NS);
        metric_set(s->m.postgres_up, s->writer.db.conn != NULL);
    }
    if (lag_ns <= s->o.lag_alarm_ms * MS_NS) {
        if (alarm_end(&s->lag, now_ns) >= 0)
            LOG_I("settle", "the books have caught up at event %" PRIu64, s->batch.from.last_seq);
    } else if (alarm_due(&s->lag, now_ns)) {
        LOG_W("settle",
              "the books lag by %lld s: they are at event %" PRIu64 ", the venue is at %" PRIu64
              "; read up to %" PRIu64 ", the journal owes an answer for %lld ms",
              (long long)(lag_ns / CLOCK_NS_PER_S), s->batch.from.last_seq, venue_seq,
              stats.last_seq, (long long)(stats.waiting_ns / MS_NS));
    }
}

static bool
stopped(const struct settle *s)
{
    return atomic_load_explicit(s->stop, memory_order_relaxed) != 0; /* only a flag */
}

/* Waits, showing the lag meanwhile; ends early when it is to stop. */
static void
pause_ms(struct settle *s, int64_t ms)
{
    int64_t end_ns = clock_mono_ns() + ms * MS_NS;
    for (;;) {
        show_progress(s);
        int64_t left_ms = (end_ns - clock_mono_ns()) / MS_NS;
        if (left_ms <= 0 || stopped(s))
            return;
        poll(NULL, 0, (int)(left_ms < READ_SLICE_MS ? left_ms : READ_SLICE_MS));
    }
}

/* Whether time may mend it. */
static bool
is_passing(int code)
{
    return code == ERR_CLOSED || code == ERR_TIMEOUT || code == ERR_BUSY || code == ERR_AGAIN ||
           code == ERR_IO;
}

/* --- PostgreSQL --- */

/* The session commits without waiting for the disk, so a crash of PostgreSQL takes the newest
 * transactions back, rows and checkpoint together. They are read from the venue again, which
 * refuses a checkpoint that is not of its chain. */
static void
go_back(struct settle *s, const struct settle_checkpoint *at)
{
    LOG_W("settle",
          "PostgreSQL lost what it had not on disk yet: the books went back from event %" PRIu64
          " to %" PRIu64 " (epoch %" PRIu32 "), and are written again from there",
          s->batch.from.last_seq, at->last_seq, at->epoch);
    settle_batch_begin(&s->batch, at);
    s->batch_start_ns = 0;
    s->record_bytes = 0;
    s->source_open = false; /* it is opened anew, from there */
}

/* After a connection: where are the books now? Where the batch begins, or (the answer to a commit
 * was lost) where it ends, or (PostgreSQL crashed) before it. */
static int
resume_at(struct settle *s, const struct settle_checkpoint *at, struct error *err)
{
    struct settle_batch *b = &s->batch;
    if (!s->begun) {
        settle_batch_begin(b, at);
        s->begun = true;
        LOG_I("settle", "the books are at event %" PRIu64 " (epoch %u)", at->last_seq, at->epoch);
        return 0;
    }
    if (at->last_seq == b->from.last_seq && at->epoch == b->from.epoch)
        return 0;
    if (at->last_seq == b->to.last_seq && at->epoch == b->to.epoch && settle_batch_is_whole(b)) {
        LOG_I("settle", "the batch up to event %" PRIu64 " was in the books already", at->last_seq);
        settle_batch_begin(b, at);
        s->batch_start_ns = 0;
        return 0;
    }
    if (at->last_seq < b->from.last_seq && at->epoch <= b->from.epoch) {
        go_back(s, at);
        return 0;
    }
    return error_set(err, ERR_EXISTS,
                     "the books are at event %" PRIu64
                     " (epoch %u), this writer left them at %" PRIu64
                     ": somebody else has changed them",
                     at->last_seq, at->epoch, b->from.last_seq);
}

/* PostgreSQL does what it should: a connection alone does not say so while rows wait. */
static void
postgres_is_well(struct settle *s)
{
    long long away_s = alarm_end(&s->postgres, clock_mono_ns());
    if (away_s >= 0)
        LOG_I("settle", "the books are written again after %lld s", away_s);
    s->retry_ms = RETRY_MIN_MS;
}

static void
postgres_failed(struct settle *s, const struct error *why)
{
    if (alarm_due(&s->postgres, clock_mono_ns()))
        LOG_E("settle", "no books are written, trading goes on: %s; trying again", why->text);
    pause_ms(s, s->retry_ms);
    s->retry_ms = s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
}

/* Connects, with growing pauses, until it works, must stop (0, not connected), or may not go on. */
static int
keep_connected(struct settle *s, struct error *err)
{
    while (!s->writer.db.conn && !stopped(s)) {
        struct settle_checkpoint at;
        int rc = settle_writer_connect(&s->writer, s->url, s->o.names, s->o.name_cnt, &at, err);
        if (rc == 0)
            rc = resume_at(s, &at, err);
        if (rc == 0) {
            if (s->o.metrics)
                metric_add(s->m.reconnects_total, 1);
            if (s->batch.event_cnt == 0)
                postgres_is_well(s);
            return 0;
        }
        if (!is_passing(rc))
            return rc;
        postgres_failed(s, err);
    }
    return 0;
}

/* Who has nothing to write would not hear otherwise that the connection is gone, and with a crash
 * of PostgreSQL perhaps the newest rows. */
static void
look_at_postgres(struct settle *s)
{
    struct error why;
    if (s->writer.db.conn && s->batch.event_cnt == 0 && settle_db_look(&s->writer.db, &why) != 0) {
        settle_writer_disconnect(&s->writer);
        postgres_failed(s, &why);
    }
}

static void
count_batch(struct settle *s, int64_t tx_ns)
{
    if (!s->o.metrics)
        return;
    const struct settle_batch *b = &s->batch;
    metric_set(s->m.batch_events, (int64_t)b->event_cnt);
    metric_set(s->m.batch_rows, (int64_t)settle_batch_row_cnt(b));
    metric_set(s->m.tx_us, tx_ns / CLOCK_NS_PER_US);
    metric_add(s->m.events_total, (int64_t)b->event_cnt);
    metric_add(s->m.fills_total, (int64_t)b->rows[SETTLE_TABLE_FILL].cnt);
    metric_add(s->m.tx_total, 1);
}

/* Writes the batch, as often as it takes. Comes back with an empty batch, or to stop. */
static int
commit(struct settle *s, struct error *err)
{
    struct stream_client_stats stats = {0};
    s->source.stats(s->source.self, &stats);
    memcpy(s->batch.to.chain_head, stats.chain_head, sizeof stats.chain_head);
    while (s->batch.event_cnt > 0) {
        int rc = keep_connected(s, err);
        if (rc != 0 || !s->writer.db.conn)
            return rc;
        if (s->batch.event_cnt == 0) /* it was in the books already */
            return 0;
        int64_t start_ns = clock_mono_ns();
        rc = settle_writer_commit(&s->writer, &s->batch, err);
        if (rc == 0) {
            count_batch(s, clock_mono_ns() - start_ns);
            struct settle_checkpoint at = s->batch.to;
            settle_batch_begin(&s->batch, &at);
            s->batch_start_ns = 0;
            postgres_is_well(s);
            return 0;
        }
        if (!is_passing(rc))
            return rc;
        postgres_failed(s, err);
        if (stopped(s))
            return 0;
    }
    return 0;
}

/* --- the stream --- */

static int
keep_source_open(struct settle *s, struct error *err)
{
    while (!s->source_open && !stopped(s)) {
        int rc = s->source.open(s->source.self, &s->batch.to, err);
        int64_t now_ns = clock_mono_ns();
        if (rc == 0) {
            s->source_open = true;
            s->caught_up_ns = now_ns;
            if (alarm_end(&s->venue, now_ns) >= 0)
                LOG_I("settle", "the venue answers");
            return 0;
        }
        if (!is_passing(rc))
            return rc;
        if (alarm_due(&s->venue, now_ns))
            LOG_W("settle", "the venue's event stream is not there yet: %s", err->text);
        pause_ms(s, RETRY_MIN_MS);
    }
    return 0;
}

/* Moves records into the batch until there are none, or a command might not fit. */
static int
fill_batch(struct settle *s, bool *full, struct error *err)
{
    struct settle_batch *b = &s->batch;
    *full = false;
    while (s->record_bytes > 0) {
        if (settle_batch_is_whole(b) && !settle_batch_has_room(b)) {
            *full = true;
            return 0;
        }
        struct event ev;
        memcpy(&ev, s->records, s->record_bytes < sizeof ev ? s->record_bytes : sizeof ev);
        if (s->record_bytes < sizeof ev || ev.rec.length_bytes < sizeof ev ||
            ev.rec.length_bytes > s->record_bytes)
            return error_set(err, ERR_CORRUPT,
                             "the stream gave a record that is cut off, after event %" PRIu64,
                             b->to.last_seq);
        int rc = settle_batch_add(b, (const struct event *)(const void *)s->records, err);
        if (rc != 0)
            return rc;
        s->records += ev.rec.length_bytes;
        s->record_bytes -= ev.rec.length_bytes;
        if (s->batch_start_ns == 0)
            s->batch_start_ns = clock_mono_ns();
    }
    return 0;
}

/* Reads until the batch is to be written: full, old enough, or a pause without events. */
static int
gather(struct settle *s, bool *ready, struct error *err)
{
    bool full = false;
    int rc = fill_batch(s, &full, err);
    *ready = full;
    if (rc != 0 || full)
        return rc;
    int64_t now_ns = clock_mono_ns();
    int64_t until_ns = now_ns + READ_SLICE_MS * MS_NS;
    if (s->batch.event_cnt > 0) {
        int64_t linger_ns = s->batch_start_ns + s->o.linger_ms * MS_NS;
        if (linger_ns <= now_ns && settle_batch_is_whole(&s->batch)) {
            *ready = true;
            return 0;
        }
        until_ns = linger_ns > now_ns ? linger_ns : now_ns + MS_NS;
    }
    rc = s->source.read(s->source.self, until_ns, &s->records, &s->record_bytes, err);
    if (rc != 1)
        s->record_bytes = 0;
    if (rc >= 0) {
        if (alarm_end(&s->venue, now_ns) >= 0)
            LOG_I("settle", "the venue's event stream goes on");
        return 0;
    }
    if (!is_passing(rc))
        return rc;
    if (alarm_due(&s->venue, clock_mono_ns()))
        LOG_W("settle", "the venue's event stream has stopped: %s; waiting", err->text);
    pause_ms(s, RETRY_MIN_MS);
    return 0;
}

int
settle_run(struct settle *s, const _Atomic int *stop, struct error *err)
{
    s->stop = stop;
    s->writer.db.stop = stop;
    int rc = 0;
    while (rc == 0 && !stopped(s)) {
        rc = keep_connected(s, err);
        if (rc == 0 && s->begun)
            rc = keep_source_open(s, err);
        if (rc != 0 || !s->source_open)
            continue;
        bool ready = false;
        rc = gather(s, &ready, err);
        if (rc == 0 && ready)
            rc = commit(s, err);
        if (rc == 0)
            look_at_postgres(s);
        show_progress(s);
    }
    if (rc == 0 && s->source_open && s->writer.db.conn && settle_batch_is_whole(&s->batch))
        rc = commit(s, err); /* what is there, so that the next start has less to fetch */
    if (is_passing(rc))
        rc = 0;
    return rc;
}

/* --- life --- */

int
settle_open(struct settle **out, const struct settle_options *o, struct error *err)
{
    if (!o->database_url || !*o->database_url || !o->source)
        return error_set(err, ERR_INVALID, "the settlement writer needs a database and a stream");
    struct settle *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(err, ERR_NO_SPACE, "no memory for the settlement writer");
    s->o = *o;
    s->source = *o->source;
    s->o.linger_ms = o->linger_ms ? o->linger_ms : SETTLE_LINGER_MS;
    s->o.lag_alarm_ms = o->lag_alarm_ms ? o->lag_alarm_ms : SETTLE_LAG_ALARM_MS;
    settle_writer_init(&s->writer, NULL);
    if (o->copy_min_rows)
        s->writer.copy_min_rows = o->copy_min_rows;
    s->caught_up_ns = clock_mono_ns();
    s->retry_ms = RETRY_MIN_MS;
    s->url = strdup(o->database_url);
    int rc = s->url ? settle_batch_init(&s->batch, err)
                    : error_set(err, ERR_NO_SPACE, "no memory for the settlement writer");
    if (rc != 0) {
        settle_close(s);
        return rc;
    }
    if (o->metrics)
        add_metrics(&s->m, o->metrics);
    *out = s;
    return 0;
}

void
settle_close(struct settle *s)
{
    if (!s)
        return;
    s->source.close(s->source.self);
    settle_writer_fini(&s->writer);
    settle_batch_fini(&s->batch);
    free(s->url);
    free(s);
}
