#include "persist/settle/database.h"

#include <errno.h>
#include <poll.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

enum { POLL_SLICE_MS = 100 };
#define WAIT_MAX_NS      (60 * (int64_t)CLOCK_NS_PER_S)
#define SLOW_NS          (5 * (int64_t)CLOCK_NS_PER_S)
#define STOP_WAIT_MAX_NS (3 * (int64_t)CLOCK_NS_PER_S)

/* libpq ends its texts with a line feed and may write several lines. */
static int
fail_text(struct error *err, int code, const char *what, const char *text)
{
    char line[400];
    snprintf(line, sizeof line, "%s", text && *text ? text : "no answer");
    for (char *c = line; *c; c++)
        if (*c == '\n')
            *c = c[1] ? ' ' : '\0';
    return error_set(err, code, "PostgreSQL %s: %s", what, line);
}

/* What an SQLSTATE means for the writer. source: PostgreSQL 15, Appendix A */
static int
code_of_state(const char *state)
{
    if (!state)
        return ERR_CLOSED;
    if (!strncmp(state, "22", 2) || !strncmp(state, "23", 2) || !strncmp(state, "ASL", 3))
        return ERR_CORRUPT; /* data exception, constraint, our own */
    if (!strncmp(state, "42", 2) || !strncmp(state, "0A", 2))
        return ERR_INVALID; /* a statement that does not fit the schema, or no permission */
    return ERR_CLOSED;      /* shutdown, lack of room, conflicts: another time */
}

int
settle_db_open(struct settle_db *db, const char *url, const char *application_name,
               struct error *err)
{
    const char *keys[] = {"dbname", "application_name", "connect_timeout", "client_encoding", NULL};
    const char *values[] = {url, application_name, "5", "UTF8", NULL};
    db->wait_max_ns = WAIT_MAX_NS;
    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn)
        return error_set(err, ERR_NO_SPACE, "no memory for a PostgreSQL connection");
    if (PQstatus(db->conn) != CONNECTION_OK || PQsetnonblocking(db->conn, 1) != 0) {
        int rc = fail_text(err, ERR_CLOSED, "cannot be reached", PQerrorMessage(db->conn));
        settle_db_close(db);
        return rc;
    }
    int rc = settle_db_exec(db,
                            "SET search_path = " SETTLE_SCHEMA ", public;"
                            "SET client_min_messages = warning; SET TimeZone = 'UTC';"
                            "SET DateStyle = ISO; SET plan_cache_mode = force_generic_plan",
                            err);
    if (rc != 0)
        settle_db_close(db);
    return rc;
}

void
settle_db_close(struct settle_db *db)
{
    if (db->conn)
        PQfinish(db->conn);
    db->conn = NULL;
}

int
settle_db_look(struct settle_db *db, struct error *err)
{
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
    if (fd.fd >= 0 && poll(&fd, 1, 0) <= 0)
        return 0;
    if (fd.fd >= 0 && PQconsumeInput(db->conn) && PQstatus(db->conn) == CONNECTION_OK)
        return 0; /* a notice, or its last words: the end comes behind them */
    return fail_text(err, ERR_CLOSED, "connection is gone", PQerrorMessage(db->conn));
}

/* Waits for the socket; also ends when the stop flag has been up for a while. */
static int
wait_socket(struct settle_db *db, short events, int64_t start_ns, int64_t *stop_ns,
            struct error *err)
{
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = events};
    if (fd.fd < 0)
        return fail_text(err, ERR_CLOSED, "connection is gone", PQerrorMessage(db->conn));
    int64_t before = clock_mono_ns();
    int n = poll(&fd, 1, POLL_SLICE_MS);
    if (n < 0 && errno != EINTR)
        return error_errno(err, errno, "poll on the PostgreSQL connection");
    int64_t now = clock_mono_ns();
    if (n <= 0 && (now - start_ns) / SLOW_NS != (before - start_ns) / SLOW_NS)
        LOG_W("settle", "PostgreSQL has not answered for %lld s; waiting",
              (long long)((now - start_ns) / CLOCK_NS_PER_S));
    if (db->stop && atomic_load_explicit(db->stop, memory_order_relaxed)) { /* only a flag */
        if (*stop_ns == 0)
            *stop_ns = now;
        if (n <= 0 && now - *stop_ns > STOP_WAIT_MAX_NS)
            return error_set(err, ERR_TIMEOUT, "stopped while PostgreSQL did not answer");
    }
    if (n <= 0 && now - start_ns > db->wait_max_ns)
        return error_set(err, ERR_TIMEOUT, "PostgreSQL has not answered for %lld s",
                         (long long)(db->wait_max_ns / CLOCK_NS_PER_S));
    return 0;
}

int
settle_db_flush(struct settle_db *db, struct error *err)
{
    int64_t start_ns = clock_mono_ns(), stop_ns = 0;
    int left;
    while ((left = PQflush(db->conn)) == 1) {
        int rc = wait_socket(db, POLLIN | POLLOUT, start_ns, &stop_ns, err);
        if (rc != 0)
            return rc;
        if (!PQconsumeInput(db->conn))
            break;
    }
    if (left < 0 || PQstatus(db->conn) != CONNECTION_OK)
        return fail_text(err, ERR_CLOSED, "connection is gone", PQerrorMessage(db->conn));
    return 0;
}

int
settle_db_result(struct settle_db *db, PGresult **out, struct error *err)
{
    int64_t start_ns = clock_mono_ns(), stop_ns = 0;
    while (PQisBusy(db->conn)) {
        int rc = wait_socket(db, POLLIN, start_ns, &stop_ns, err);
        if (rc != 0)
            return rc;
        if (!PQconsumeInput(db->conn))
            return fail_text(err, ERR_CLOSED, "connection is gone", PQerrorMessage(db->conn));
    }
    PGresult *result = PQgetResult(db->conn);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR && result) {
        int rc = fail_text(err, code_of_state(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
                           "refused", PQresultErrorMessage(result));
        PQclear(result);
        return rc;
    }
    *out = result;
    return 0;
}

/* Takes results until the statements are over; the last one that has rows (or is a COPY) goes to
 * *out. */
static int
drain(struct settle_db *db, PGresult **out, struct error *err)
{
    PGresult *result = NULL, *kept = NULL;
    int rc, first = 0;
    struct error later;
    for (;;) {
        rc = settle_db_result(db, &result, first ? &later : err);
        if (rc != 0 && (PQstatus(db->conn) != CONNECTION_OK || rc == ERR_TIMEOUT || rc == ERR_IO)) {
            PQclear(kept);
            return first ? first : rc;
        }
        if (rc != 0) { /* refused: the connection lives, its answers go on */
            first = first ? first : rc;
            continue;
        }
        if (!result)
            break;
        PQclear(kept);
        kept = result;
        if (PQresultStatus(result) == PGRES_COPY_IN)
            break;
    }
    if (first != 0 || !out) {
        PQclear(kept);
        return first;
    }
    *out = kept;
    return 0;
}

int
settle_db_exec(struct settle_db *db, const char *sql, struct error *err)
{
    if (!PQsendQuery(db->conn, sql))
        return fail_text(err, ERR_CLOSED, "took no statement", PQerrorMessage(db->conn));
    int rc = settle_db_flush(db, err);
    return rc != 0 ? rc : drain(db, NULL, err);
}

int
settle_db_query(struct settle_db *db, const char *sql, int param_cnt, const char *const *params,
                PGresult **out, struct error *err)
{
    if (!PQsendQueryParams(db->conn, sql, param_cnt, NULL, params, NULL, NULL, 0))
        return fail_text(err, ERR_CLOSED, "took no statement", PQerrorMessage(db->conn));
    int rc = settle_db_flush(db, err);
    if (rc != 0)
        return rc;
    PGresult *result = NULL;
    rc = drain(db, &result, err);
    if (rc == 0 && !result)
        return error_set(err, ERR_CLOSED, "PostgreSQL gave no result");
    if (rc == 0)
        *out = result;
    return rc;
}

int
settle_db_copy(struct settle_db *db, const char *sql, const void *bytes, size_t byte_cnt,
               struct error *err)
{
    enum { CHUNK_BYTES = 1 << 18 };
    PGresult *result = NULL;
    int rc = settle_db_query(db, sql, 0, NULL, &result, err);
    if (rc != 0)
        return rc;
    bool ready = PQresultStatus(result) == PGRES_COPY_IN;
    PQclear(result);
    if (!ready)
        return error_set(err, ERR_INVALID, "PostgreSQL takes no COPY");
    const char *at = bytes;
    while (byte_cnt > 0) {
        size_t chunk = byte_cnt < CHUNK_BYTES ? byte_cnt : CHUNK_BYTES;
        int put = PQputCopyData(db->conn, at, (int)chunk);
        if (put < 0)
            return fail_text(err, ERR_CLOSED, "broke a COPY off", PQerrorMessage(db->conn));
        rc = settle_db_flush(db, err);
        if (rc != 0)
            return rc;
        if (put == 1) {
            at += chunk;
            byte_cnt -= chunk;
        }
    }
    int end;
    while ((end = PQputCopyEnd(db->conn, NULL)) == 0) {
        rc = settle_db_flush(db, err);
        if (rc != 0)
            return rc;
    }
    if (end < 0)
        return fail_text(err, ERR_CLOSED, "broke a COPY off", PQerrorMessage(db->conn));
    rc = settle_db_flush(db, err);
    return rc != 0 ? rc : drain(db, NULL, err);
}
