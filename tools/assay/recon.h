#ifndef TOOLS_ASSAY_RECON_H
#define TOOLS_ASSAY_RECON_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/assay/recon_books.h"
#include "tools/assay/recon_breaks.h"
#include "tools/assay/recon_replay.h"
#include "tools/assay/recon_snapshots.h"

/* A reconciliation: core = journal = PostgreSQL, and the snapshots. The running core is asked for a
 * checkpoint; the journal is replayed by a core of our own, its events compared; on the way the
 * digests of the checkpoint, the snapshots, and (where the books stand) PostgreSQL are compared
 * with that core and those events. Reads only. thread: one */

struct recon_options {
    const char *data_dir;     /* absolute */
    const char *database_url; /* NULL: the books are not compared */
    int books_wait_s;         /* how long the books may take to reach the checkpoint */
    void (*progress)(void *arg, const char *what, uint64_t at, uint64_t of); /* may be NULL */
    void *arg;
    const _Atomic int *stop; /* NULL, or set from outside: ends with ERR_CLOSED */
};

struct recon {
    struct recon_options o;
    struct recon_breaks breaks;
    /* the running engine */
    bool engine_up;
    uint64_t checkpoint_cmd_seq, checkpoint_event_seq;
    char digests[4][33]; /* all, balances, orders, hooks */
    bool core_compared;
    /* the journal */
    struct recon_replay replay;
    uint64_t cmd_seq, event_seq, cmd_cnt, void_cnt;
    bool journal_whole; /* replayed as far as it had to be */
    struct recon_snapshots snapshots;
    /* the books */
    struct recon_books books;
    bool books_open, books_compared;
    uint64_t books_seq;
    uint64_t books_rows[SETTLE_TABLE_CNT];
};

/* 0 when it could be carried out: r->breaks says what it found. errors: it could not be */
int recon_run(struct recon *r, const struct recon_options *o, struct error *err) ERROR_MUST_USE;
void recon_close(struct recon *r);

#endif
