#ifndef TOOLS_ASSAY_RECON_BOOKS_H
#define TOOLS_ASSAY_RECON_BOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"
#include "persist/settle/batch.h"
#include "persist/settle/database.h"
#include "tools/assay/recon_breaks.h"

/* The books in PostgreSQL, row by row, as they stand at one instant (one read-only transaction),
 * against the journal's events and a core that has replayed them. thread: one
 *
 *   recon_books_open(&k, url, err)          k.last_seq: how far the books are
 *   recon_books_take(&k, event, err)        each event up to last_seq, in order
 *   recon_books_finish(&k, core, err)       with the core right after event last_seq */

struct recon_row { /* of a reference table: the newest of a key counts */
    int64_t cells[SETTLE_COLUMN_MAX];
    char text[SETTLE_TEXT_MAX + 1];
    uint64_t order; /* in which it came */
};
struct recon_list {
    struct recon_row *rows;
    size_t cnt, room;
};

struct recon_books {
    struct settle_db db;
    struct recon_breaks *breaks;
    uint64_t last_seq;
    uint32_t epoch;
    uint64_t fill_cnt; /* that checkpoint tells */
    struct settle_batch expected;
    struct recon_list lists[SETTLE_TABLE_CNT];
    uint64_t compared[SETTLE_TABLE_CNT]; /* rows found to be the same or not */
    uint64_t order;                      /* of rows in lists */
    void *balances;                      /* of PostgreSQL, while they are compared */
    size_t balance_cnt;
};

/* errors: ERR_CLOSED, ERR_TIMEOUT PostgreSQL does not answer; ERR_NOT_FOUND no books there;
 * ERR_UNSUPPORTED a schema of another version */
int recon_books_open(struct recon_books *k, const char *url, struct recon_breaks *breaks,
                     struct error *err) ERROR_MUST_USE;

/* How far the books are now, outside of the transaction (for waiting). */
int recon_books_progress(const char *url, uint64_t *last_seq, struct error *err) ERROR_MUST_USE;

int recon_books_take(struct recon_books *k, const struct event *ev,
                     struct error *err) ERROR_MUST_USE;
int recon_books_finish(struct recon_books *k, const struct core *core,
                       struct error *err) ERROR_MUST_USE;
void recon_books_close(struct recon_books *k);

#endif
