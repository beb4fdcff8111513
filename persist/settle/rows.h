#ifndef PERSIST_SETTLE_ROWS_H
#define PERSIST_SETTLE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Rows of one table on their way to PostgreSQL: fixed room, cells as int64, texts beside them; and
 * the two binary forms in which PostgreSQL takes them: one array per column (for unnest), or COPY.
 * source: PostgreSQL 15 documentation, COPY "Binary Format"; array_send() of the server. */

enum settle_column_type {
    SETTLE_INT8,
    SETTLE_INT4,
    SETTLE_INT2,
    SETTLE_DATE, /* days since 2000-01-01 */
    SETTLE_TEXT, /* cell made by settle_rows_text */
};

struct settle_column {
    const char *name;
    enum settle_column_type type;
};

enum settle_table_kind {
    SETTLE_APPEND = 1, /* every row is new: insert, or COPY when there are many */
    SETTLE_UPSERT = 2, /* the newest row of a key stays; the last column is event_seq */
    SETTLE_CUSTOM = 3, /* own statement */
};

struct settle_table {
    const char *name;
    enum settle_table_kind kind;
    unsigned key_cnt; /* leading columns that are the primary key */
    unsigned column_cnt;
    const struct settle_column *columns;
    unsigned per_event; /* most rows that one event adds */
    size_t row_max;     /* room in a batch */
    const char *sql;    /* SETTLE_CUSTOM: insert; %s = the unnest of all columns, as u(columns) */
};

/* In a cell: SQL's NULL. */
#define SETTLE_NULL INT64_MIN

struct settle_rows {
    const struct settle_table *table;
    int64_t *cells; /* row after row */
    size_t cnt;     /* rows */
    char *text;
    size_t text_bytes;
    size_t text_max;
};

enum { SETTLE_TEXT_MAX = 40 }; /* bytes of one text */

int settle_rows_init(struct settle_rows *r, const struct settle_table *table,
                     struct error *err) ERROR_MUST_USE;
void settle_rows_fini(struct settle_rows *r);
void settle_rows_clear(struct settle_rows *r);

/* Adds a row and gives its cells, zeroed. Room must be there (settle_batch_has_room), else a bug.
 */
int64_t *settle_rows_add(struct settle_rows *r);

/* Keeps a text (cut at the first zero byte) and gives the cell for it; at most one per row and text
 * column. */
int64_t settle_rows_text(struct settle_rows *r, const char *text, size_t text_bytes_max);

/* Bytes that settle_rows_array and settle_rows_copy write at most. */
size_t settle_rows_array_bytes(const struct settle_rows *r, unsigned column);
size_t settle_rows_copy_bytes(const struct settle_rows *r);

/* One column as a one-dimensional binary array; returns the bytes written. */
size_t settle_rows_array(const struct settle_rows *r, unsigned column, uint8_t *out);

/* All rows as a binary COPY stream, signature and trailer included; returns the bytes written. */
size_t settle_rows_copy(const struct settle_rows *r, uint8_t *out);

/* "bigint", "text", ...: the SQL name of a column's type. */
const char *settle_column_sql(enum settle_column_type type);

#endif
