#ifndef PERSIST_SETTLE_DATABASE_H
#define PERSIST_SETTLE_DATABASE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* A connection to PostgreSQL that never blocks for good: every wait has a deadline and looks at the
 * stop flag. The books live in the schema `assay`, which is the search path of the connection.
 * errors: ERR_CLOSED, ERR_TIMEOUT, ERR_BUSY: connect again later; ERR_CORRUPT: what PostgreSQL says
 * about the data, trying again will not help; ERR_INVALID: the statement or the URL is wrong.
 * thread: one */

enum { SETTLE_SCHEMA_MAX = 64 };
#define SETTLE_SCHEMA "assay"

struct pg_conn; /* PGconn and PGresult of libpq */
struct pg_result;

struct settle_db {
    struct pg_conn *conn;    /* NULL: not connected */
    const _Atomic int *stop; /* set from outside: waits end soon; may be NULL */
    int64_t wait_max_ns;     /* longest wait for one answer */
};

/* url: libpq's connection string or URI. */
int settle_db_open(struct settle_db *db, const char *url, const char *application_name,
                   struct error *err) ERROR_MUST_USE;
void settle_db_close(struct settle_db *db);

/* Between statements: whether the connection is still there, as far as this side has been told. 0,
 * or ERR_CLOSED. Never waits. */
int settle_db_look(struct settle_db *db, struct error *err) ERROR_MUST_USE;

/* Runs statements without parameters (several with ; between) and drops their rows. */
int settle_db_exec(struct settle_db *db, const char *sql, struct error *err) ERROR_MUST_USE;

/* Runs one statement with text parameters; *out is the caller's to PQclear. */
int settle_db_query(struct settle_db *db, const char *sql, int param_cnt, const char *const *params,
                    struct pg_result **out, struct error *err) ERROR_MUST_USE;

/* Waits until the next result is there and takes it; *out NULL = no more of this statement. A
 * failed result is an error. */
int settle_db_result(struct settle_db *db, struct pg_result **out,
                     struct error *err) ERROR_MUST_USE;

/* Sends what is buffered, reading what the server says meanwhile. */
int settle_db_flush(struct settle_db *db, struct error *err) ERROR_MUST_USE;

/* One bulk COPY into a table from bytes that settle_rows_copy made. */
int settle_db_copy(struct settle_db *db, const char *sql, const void *bytes, size_t byte_cnt,
                   struct error *err) ERROR_MUST_USE;

#endif
