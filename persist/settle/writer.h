#ifndef PERSIST_SETTLE_WRITER_H
#define PERSIST_SETTLE_WRITER_H

#include "persist/settle/batch.h"
#include "persist/settle/database.h"

/* One transaction per batch: all its rows and the checkpoint, or nothing. Small batches go in one
 * round trip (pipeline mode, one array per column through unnest), tables with many rows by binary
 * COPY in the same transaction. */

struct settle_writer {
    struct settle_db db;
    size_t copy_min_rows; /* a table with at least so many new rows is copied */
    uint8_t *scratch;
    size_t scratch_bytes;
};

/* An account's name for people; the event stream has none. */
struct settle_name {
    uint32_t account_id;
    const char *name;
};

enum { SETTLE_COPY_MIN_ROWS = 2000 };

void settle_writer_init(struct settle_writer *w, const _Atomic int *stop);
void settle_writer_fini(struct settle_writer *w);

/* Connects, takes the one writer's lock of this database, brings the schema up to date, prepares
 * the statements, stores reasons and names, reads the checkpoint.
 * errors: ERR_CLOSED, ERR_TIMEOUT, ERR_BUSY (another writer holds the lock): try again later; all
 * others: stop. */
int settle_writer_connect(struct settle_writer *w, const char *url, const struct settle_name *names,
                          size_t name_cnt, struct settle_checkpoint *out,
                          struct error *err) ERROR_MUST_USE;
void settle_writer_disconnect(struct settle_writer *w);

/* Writes the batch. After an error the connection is closed, and it is open whether the batch is in
 * the books: connect again and compare the checkpoint.
 * errors: as settle_writer_connect; ERR_CORRUPT: PostgreSQL refuses a row */
int settle_writer_commit(struct settle_writer *w, const struct settle_batch *b,
                         struct error *err) ERROR_MUST_USE;

#endif
