#include "persist/settle/writer.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/model/reason.h"
#include "persist/settle/migrate.h"

/* Any fixed number: the bytes "ASSAY-WR". */
#define WRITER_LOCK "4706342386139350866"
enum { SQL_MAX = 4096, REASON_MAX = 1024 };

void
settle_writer_init(struct settle_writer *w, const _Atomic int *stop)
{
    *w = (struct settle_writer){.db = {.stop = stop}, .copy_min_rows = SETTLE_COPY_MIN_ROWS};
}

void
settle_writer_fini(struct settle_writer *w)
{
    settle_writer_disconnect(w);
    free(w->scratch);
    w->scratch = NULL;
    w->scratch_bytes = 0;
}

void
settle_writer_disconnect(struct settle_writer *w)
{
    settle_db_close(&w->db);
}

static int
need_scratch(struct settle_writer *w, size_t bytes, struct error *err)
{
    if (bytes <= w->scratch_bytes)
        return 0;
    uint8_t *bigger = realloc(w->scratch, bytes);
    if (!bigger)
        return error_set(err, ERR_NO_SPACE, "no memory for %zu bytes of rows", bytes);
    w->scratch = bigger;
    w->scratch_bytes = bytes;
    return 0;
}

/* --- statements --- */

/* A text that is put together piece by piece; too long is a bug. */
struct text {
    char *out;
    size_t used, room;
};

__attribute__((format(printf, 2, 3))) static void
text_add(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->out + t->used, t->room - t->used, fmt, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < t->room - t->used, "statement too long");
    t->used += (size_t)n;
}

static void
text_columns(struct text *t, const struct settle_table *table)
{
    for (unsigned i = 0; i < table->column_cnt; i++)
        text_add(t, "%s%s", i ? ", " : "", table->columns[i].name);
}

static void
text_keys(struct text *t, const struct settle_table *table)
{
    for (unsigned i = 0; i < table->key_cnt; i++)
        text_add(t, "%s%s", i ? ", " : "", table->columns[i].name);
}

/* unnest($1::bigint[], ...) AS u(columns) */
static void
text_unnest(struct text *t, const struct settle_table *table)
{
    text_add(t, "unnest(");
    for (unsigned i = 0; i < table->column_cnt; i++)
        text_add(t, "%s$%u::%s[]", i ? ", " : "", i + 1, settle_column_sql(table->columns[i].type));
    text_add(t, ") AS u(");
    text_columns(t, table);
    text_add(t, ")");
}

static void
insert_statement(const struct settle_table *table, char *out, size_t out_bytes)
{
    struct text t = {out, 0, out_bytes};
    if (table->kind == SETTLE_CUSTOM) {
        const char *mark = strstr(table->sql, "%s");
        text_add(&t, "%.*s", (int)(mark - table->sql), table->sql);
        text_unnest(&t, table);
        text_add(&t, "%s", mark + 2);
        return;
    }
    text_add(&t, "INSERT INTO %s (", table->name);
    text_columns(&t, table);
    text_add(&t, ") SELECT ");
    if (table->kind == SETTLE_APPEND) {
        text_add(&t, "* FROM ");
        text_unnest(&t, table);
        return;
    }
    text_add(&t, "DISTINCT ON (");
    text_keys(&t, table);
    text_add(&t, ") * FROM ");
    text_unnest(&t, table);
    text_add(&t, " ORDER BY ");
    text_keys(&t, table);
    text_add(&t, ", event_seq DESC ON CONFLICT (");
    text_keys(&t, table);
    text_add(&t, ") DO UPDATE SET ");
    for (unsigned i = table->key_cnt; i < table->column_cnt; i++)
        text_add(&t, "%s%s = EXCLUDED.%s", i > table->key_cnt ? ", " : "", table->columns[i].name,
                 table->columns[i].name);
}

static int
prepare(struct settle_db *db, const char *name, const char *sql, struct error *err)
{
    char statement[SQL_MAX + 64];
    snprintf(statement, sizeof statement, "PREPARE %s AS %s", name, sql);
    return settle_db_exec(db, statement, err);
}

static int
prepare_all(struct settle_db *db, struct error *err)
{
    char sql[SQL_MAX];
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++) {
        insert_statement(&settle_tables[i], sql, sizeof sql);
        int rc = prepare(db, settle_tables[i].name, sql, err);
        if (rc != 0) {
            error_wrap(err, "table %s", settle_tables[i].name);
            return rc;
        }
    }
    return prepare(db, "checkpoint_advance",
                   "SELECT checkpoint_advance($1::bigint, $2::bigint, $3::bigint, $4::bytea,"
                   " $5::bigint, $6::date, $7::text, $8::bigint, $9::bigint, $10::bigint)",
                   err);
}

/* --- connecting --- */

static int
take_lock(struct settle_db *db, struct error *err)
{
    PGresult *r;
    int rc = settle_db_query(db, "SELECT pg_try_advisory_lock(" WRITER_LOCK ")", 0, NULL, &r, err);
    if (rc != 0)
        return rc;
    bool mine = PQgetvalue(r, 0, 0)[0] == 't';
    PQclear(r);
    if (mine)
        return 0;
    return error_set(err, ERR_BUSY, "another settlement writer is connected to this database");
}

static int
store_reasons(struct settle_db *db, struct error *err)
{
    int rc = 0;
    for (uint32_t reason = 0; rc == 0 && reason < REASON_MAX; reason++) {
        if (!strcmp(reason_name(reason), "UNKNOWN"))
            continue;
        char number[12];
        snprintf(number, sizeof number, "%u", reason);
        const char *params[] = {number, reason_name(reason), reason_text(reason)};
        PGresult *r = NULL;
        rc = settle_db_query(db,
                             "INSERT INTO reasons (reason, name, text) VALUES ($1, $2, $3)"
                             " ON CONFLICT (reason) DO UPDATE SET name = EXCLUDED.name,"
                             " text = EXCLUDED.text",
                             3, params, &r, err);
        PQclear(r);
    }
    return rc;
}

/* All names anew: one that the configuration has no more must not stay. */
static int
store_names(struct settle_db *db, const struct settle_name *names, size_t name_cnt,
            struct error *err)
{
    int rc = settle_db_exec(db, "DELETE FROM account_names", err);
    for (size_t i = 0; rc == 0 && i < name_cnt; i++) {
        char number[12];
        snprintf(number, sizeof number, "%u", names[i].account_id);
        const char *params[] = {number, names[i].name};
        PGresult *r = NULL;
        rc = settle_db_query(db, "INSERT INTO account_names (account_id, name) VALUES ($1, $2)", 2,
                             params, &r, err);
        PQclear(r);
    }
    return rc;
}

/* Reasons and names, so that the tables can be read without this program. */
static int
store_reference(struct settle_db *db, const struct settle_name *names, size_t name_cnt,
                struct error *err)
{
    int rc = settle_db_exec(db, "BEGIN", err);
    if (rc == 0)
        rc = store_reasons(db, err);
    if (rc == 0)
        rc = store_names(db, names, name_cnt, err);
    return rc != 0 ? rc : settle_db_exec(db, "COMMIT", err);
}

static uint8_t
hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static int
read_checkpoint(struct settle_db *db, struct settle_checkpoint *out, struct error *err)
{
    PGresult *r;
    int rc = settle_db_query(db,
                             "SELECT last_seq, epoch, encode(chain_head, 'hex'), last_time_ns,"
                             " coalesce(to_char(business_day, 'YYYYMMDD'), '0'), venue,"
                             " fee_account_id, issue_account_id FROM checkpoint",
                             0, NULL, &r, err);
    if (rc != 0)
        return rc;
    if (PQntuples(r) != 1) {
        PQclear(r);
        return error_set(err, ERR_CORRUPT, "the table checkpoint does not hold one row");
    }
    struct settle_checkpoint c = {
        .last_seq = strtoull(PQgetvalue(r, 0, 0), NULL, 10),
        .epoch = (uint32_t)strtoul(PQgetvalue(r, 0, 1), NULL, 10),
        .last_time_ns = strtoll(PQgetvalue(r, 0, 3), NULL, 10),
        .business_day = (uint32_t)strtoul(PQgetvalue(r, 0, 4), NULL, 10),
        .fee_account_id = (uint32_t)strtoul(PQgetvalue(r, 0, 6), NULL, 10),
        .issue_account_id = (uint32_t)strtoul(PQgetvalue(r, 0, 7), NULL, 10),
    };
    const char *hex = PQgetvalue(r, 0, 2);
    for (size_t i = 0; i < sizeof c.chain_head && hex[2 * i] && hex[2 * i + 1]; i++)
        c.chain_head[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    snprintf(c.venue, sizeof c.venue, "%s", PQgetvalue(r, 0, 5));
    PQclear(r);
    *out = c;
    return 0;
}

int
settle_writer_connect(struct settle_writer *w, const char *url, const struct settle_name *names,
                      size_t name_cnt, struct settle_checkpoint *out, struct error *err)
{
    settle_writer_disconnect(w);
    int rc = settle_db_open(&w->db, url, "assay settle", err);
    if (rc != 0)
        return rc;
    rc = take_lock(&w->db, err);
    if (rc == 0)
        rc = settle_migrate(&w->db, err);
    if (rc == 0)
        rc = store_reference(&w->db, names, name_cnt, err);
    if (rc == 0)
        rc = prepare_all(&w->db, err);
    if (rc == 0)
        rc = read_checkpoint(&w->db, out, err);
    if (rc != 0)
        settle_writer_disconnect(w);
    return rc;
}

/* --- the transaction --- */

static int
send_rows(struct settle_writer *w, const struct settle_rows *rows, struct error *err)
{
    const struct settle_table *table = rows->table;
    size_t bytes = 0;
    for (unsigned i = 0; i < table->column_cnt; i++)
        bytes += settle_rows_array_bytes(rows, i);
    int rc = need_scratch(w, bytes, err);
    if (rc != 0)
        return rc;
    const char *values[SETTLE_COLUMN_MAX];
    int lengths[SETTLE_COLUMN_MAX], formats[SETTLE_COLUMN_MAX];
    uint8_t *at = w->scratch;
    for (unsigned i = 0; i < table->column_cnt; i++) {
        size_t used = settle_rows_array(rows, i, at);
        values[i] = (const char *)at;
        lengths[i] = (int)used;
        formats[i] = 1;
        at += used;
    }
    if (!PQsendQueryPrepared(w->db.conn, table->name, (int)table->column_cnt, values, lengths,
                             formats, 0))
        return error_set(err, ERR_CLOSED, "PostgreSQL took no rows of %s: %s", table->name,
                         PQerrorMessage(w->db.conn));
    return 0;
}

static int
send_checkpoint(struct settle_writer *w, const struct settle_batch *b, struct error *err)
{
    enum { NUMBER_MAX = 24 };
    char number[8][NUMBER_MAX];
    const struct settle_checkpoint *to = &b->to;
    snprintf(number[0], NUMBER_MAX, "%lld", (long long)b->from.last_seq);
    snprintf(number[1], NUMBER_MAX, "%lld", (long long)to->last_seq);
    snprintf(number[2], NUMBER_MAX, "%u", to->epoch);
    snprintf(number[3], NUMBER_MAX, "%lld", (long long)to->last_time_ns);
    snprintf(number[4], NUMBER_MAX, "%08u", to->business_day);
    snprintf(number[5], NUMBER_MAX, "%u", to->fee_account_id);
    snprintf(number[6], NUMBER_MAX, "%u", to->issue_account_id);
    snprintf(number[7], NUMBER_MAX, "%zu", b->rows[SETTLE_TABLE_FILL].cnt);
    const char *values[] = {number[0], number[1],
                            number[2], (const char *)to->chain_head,
                            number[3], to->business_day ? number[4] : NULL,
                            to->venue, number[5],
                            number[6], number[7]};
    const int lengths[10] = {[3] = sizeof to->chain_head};
    const int formats[10] = {[3] = 1};
    if (!PQsendQueryPrepared(w->db.conn, "checkpoint_advance", 10, values, lengths, formats, 0))
        return error_set(err, ERR_CLOSED, "PostgreSQL took no checkpoint: %s",
                         PQerrorMessage(w->db.conn));
    return 0;
}

/* Answers of a pipeline up to its sync point; the first refusal is the one that counts. */
static int
drain_pipeline(struct settle_db *db, struct error *err)
{
    int first = 0;
    struct error later;
    for (;;) {
        PGresult *result = NULL;
        int rc = settle_db_result(db, &result, first ? &later : err);
        if (rc != 0 && (PQstatus(db->conn) != CONNECTION_OK || rc == ERR_TIMEOUT || rc == ERR_IO))
            return first ? first : rc;
        if (rc != 0)
            first = first ? first : rc;
        ExecStatusType status = result ? PQresultStatus(result) : PGRES_EMPTY_QUERY;
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return first;
    }
}

static bool
is_copied(const struct settle_writer *w, const struct settle_rows *rows)
{
    return rows->table->kind == SETTLE_APPEND && rows->cnt >= w->copy_min_rows;
}

/* BEGIN and the big tables. *begun tells whether there was any. */
static int
copy_big(struct settle_writer *w, const struct settle_batch *b, bool *begun, struct error *err)
{
    int rc = 0;
    *begun = false;
    for (unsigned i = 0; rc == 0 && i < SETTLE_TABLE_CNT; i++) {
        const struct settle_rows *rows = &b->rows[i];
        if (!is_copied(w, rows))
            continue;
        if (!*begun)
            rc = settle_db_exec(&w->db, "BEGIN", err);
        *begun = true;
        char sql[SQL_MAX];
        struct text t = {sql, 0, sizeof sql};
        text_add(&t, "COPY %s (", rows->table->name);
        text_columns(&t, rows->table);
        text_add(&t, ") FROM STDIN (FORMAT binary)");
        if (rc == 0)
            rc = need_scratch(w, settle_rows_copy_bytes(rows), err);
        if (rc == 0)
            rc = settle_db_copy(&w->db, sql, w->scratch, settle_rows_copy(rows, w->scratch), err);
        if (rc != 0)
            error_wrap(err, "table %s", rows->table->name);
    }
    return rc;
}

/* The other tables, the checkpoint and the end of the transaction in one round trip. Without BEGIN
 * a pipeline up to its sync is one transaction. source: PostgreSQL 15, 34.5 Pipeline Mode */
static int
pipeline_rest(struct settle_writer *w, const struct settle_batch *b, bool begun, struct error *err)
{
    PGconn *conn = w->db.conn;
    if (!PQenterPipelineMode(conn))
        return error_set(err, ERR_CLOSED, "PostgreSQL: %s", PQerrorMessage(conn));
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < SETTLE_TABLE_CNT; i++)
        if (b->rows[i].cnt > 0 && !is_copied(w, &b->rows[i]))
            rc = send_rows(w, &b->rows[i], err);
    if (rc == 0)
        rc = send_checkpoint(w, b, err);
    if (rc == 0 && begun && !PQsendQueryParams(conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0))
        rc = error_set(err, ERR_CLOSED, "PostgreSQL: %s", PQerrorMessage(conn));
    if (rc == 0 && !PQpipelineSync(conn))
        rc = error_set(err, ERR_CLOSED, "PostgreSQL: %s", PQerrorMessage(conn));
    if (rc == 0)
        rc = settle_db_flush(&w->db, err);
    if (rc == 0)
        rc = drain_pipeline(&w->db, err);
    if (rc == 0 && !PQexitPipelineMode(conn))
        rc = error_set(err, ERR_CLOSED, "PostgreSQL: %s", PQerrorMessage(conn));
    return rc;
}

int
settle_writer_commit(struct settle_writer *w, const struct settle_batch *b, struct error *err)
{
    CHECK(w->db.conn != NULL);
    bool begun = false;
    int rc = copy_big(w, b, &begun, err);
    if (rc == 0)
        rc = pipeline_rest(w, b, begun, err);
    if (rc != 0)
        settle_writer_disconnect(w);
    return rc;
}
