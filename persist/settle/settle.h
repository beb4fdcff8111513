#ifndef PERSIST_SETTLE_SETTLE_H
#define PERSIST_SETTLE_SETTLE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "persist/settle/source.h"
#include "persist/settle/writer.h"

/* The settlement writer: reads the event stream and keeps the books in PostgreSQL, each event
 * exactly once. The checkpoint moves in the transaction that writes its rows; after any crash the
 * writer goes on from there. While PostgreSQL is away it keeps its place, tries again with growing
 * pauses, raises an alarm, and catches up from the journal. Batches grow with the lag: a batch is
 * closed when it is full, or when linger_ms have passed since its first event.
 *
 *   settle_open(&s, &options, err);
 *   settle_run(s, &stop, err);          until *stop, or an error that needs a person
 *   settle_close(s); */

struct settle_options {
    const char *database_url;           /* libpq's connection string or URI */
    const struct settle_source *source; /* where events come from */
    struct metrics *metrics;            /* NULL: none */
    const struct settle_name *names;    /* of accounts, all of them; the caller keeps them */
    size_t name_cnt;
    uint32_t linger_ms;     /* a batch waits so long for more events; 0 = SETTLE_LINGER_MS */
    uint32_t lag_alarm_ms;  /* a lag above it is logged; 0 = SETTLE_LAG_ALARM_MS */
    uint32_t copy_min_rows; /* rows of a table from which it is copied; 0 = SETTLE_COPY_MIN_ROWS */
};

enum { SETTLE_LINGER_MS = 50, SETTLE_LAG_ALARM_MS = 5000 };

/* Metrics, all without labels:
 *   assay_settle_last_seq         last event in the books
 *   assay_settle_venue_seq        newest event that the venue has told of
 *   assay_settle_lag_seconds      age of the oldest event that is not in the books (0: none), or
 *                                 for how long the journal has not answered, or for how long
 *                                 PostgreSQL has been away, since then nobody knows
 *   assay_settle_lag_ms           the same, finer
 *   assay_settle_postgres_up      1 while connected
 *   assay_settle_batch_events, assay_settle_batch_rows, assay_settle_tx_us      of the last batch
 *   assay_settle_events_total, assay_settle_fills_total, assay_settle_tx_total,
 *   assay_settle_reconnects_total                                               counters */

struct settle;

int settle_open(struct settle **out, const struct settle_options *o,
                struct error *err) ERROR_MUST_USE;

/* Runs until *stop is not 0 (then 0), or until it may not go on: another chain, a consumer ahead of
 * the venue, a newer schema, rows that PostgreSQL refuses, another writer at work.
 * thread: one; blocks */
int settle_run(struct settle *s, const _Atomic int *stop, struct error *err) ERROR_MUST_USE;

void settle_close(struct settle *s);

#endif
