#include "persist/settle/rows.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

/* OIDs of the server's built-in types. source: pg_type.dat of PostgreSQL 15 */
static const uint32_t type_oid[] = {
    [SETTLE_INT8] = 20,   [SETTLE_INT4] = 23, [SETTLE_INT2] = 21,
    [SETTLE_DATE] = 1082, [SETTLE_TEXT] = 25,
};
static const uint32_t type_bytes[] = {
    [SETTLE_INT8] = 8, [SETTLE_INT4] = 4, [SETTLE_INT2] = 2, [SETTLE_DATE] = 4, [SETTLE_TEXT] = 0,
};
static const char *const type_sql[] = {
    [SETTLE_INT8] = "bigint", [SETTLE_INT4] = "integer", [SETTLE_INT2] = "smallint",
    [SETTLE_DATE] = "date",   [SETTLE_TEXT] = "text",
};

enum { ARRAY_HEAD_BYTES = 20, COPY_HEAD_BYTES = 19, COPY_TAIL_BYTES = 2 };

const char *
settle_column_sql(enum settle_column_type type)
{
    return type_sql[type];
}

int
settle_rows_init(struct settle_rows *r, const struct settle_table *table, struct error *err)
{
    CHECK(table->row_max > 0 && table->column_cnt > 0, "table %s", table->name);
    size_t texts = 0;
    for (unsigned i = 0; i < table->column_cnt; i++)
        texts += table->columns[i].type == SETTLE_TEXT;
    *r = (struct settle_rows){.table = table, .text_max = texts * table->row_max * SETTLE_TEXT_MAX};
    r->cells = malloc(table->row_max * table->column_cnt * sizeof *r->cells);
    r->text = malloc(r->text_max ? r->text_max : 1);
    if (!r->cells || !r->text) {
        settle_rows_fini(r);
        return error_set(err, ERR_NO_SPACE, "no memory for %zu rows of table %s", table->row_max,
                         table->name);
    }
    return 0;
}

void
settle_rows_fini(struct settle_rows *r)
{
    free(r->cells);
    free(r->text);
    *r = (struct settle_rows){0};
}

void
settle_rows_clear(struct settle_rows *r)
{
    r->cnt = 0;
    r->text_bytes = 0;
}

int64_t *
settle_rows_add(struct settle_rows *r)
{
    CHECK(r->cnt < r->table->row_max, "rows of %s", r->table->name);
    int64_t *row = r->cells + r->cnt++ * r->table->column_cnt;
    memset(row, 0, r->table->column_cnt * sizeof *row);
    return row;
}

/* A cell of text: offset in the upper part, length in the lowest byte. */
int64_t
settle_rows_text(struct settle_rows *r, const char *text, size_t text_bytes_max)
{
    size_t bytes = strnlen(text, text_bytes_max);
    CHECK(bytes <= SETTLE_TEXT_MAX && r->text_bytes + bytes <= r->text_max, "text of %s",
          r->table->name);
    memcpy(r->text + r->text_bytes, text, bytes);
    int64_t cell = (int64_t)(r->text_bytes << 8 | bytes);
    r->text_bytes += bytes;
    return cell;
}

static uint8_t *
put_be(uint8_t *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        *out++ = (uint8_t)(value >> (8 * i));
    return out;
}

static uint8_t *
put_int4(uint8_t *out, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(out, &value, 4);
    return out + 4;
}

static uint8_t *
put_int8(uint8_t *out, int64_t value)
{
    uint64_t be = __builtin_bswap64((uint64_t)value);
    memcpy(out, &be, 8);
    return out + 8;
}

/* One field: length and value, the same in arrays and in COPY. */
static uint8_t *
put_cell(const struct settle_rows *r, uint8_t *out, enum settle_column_type type, int64_t cell)
{
    if (type == SETTLE_TEXT) {
        uint32_t bytes = (uint32_t)cell & 0xff;
        out = put_int4(out, bytes);
        memcpy(out, r->text + ((uint64_t)cell >> 8), bytes);
        return out + bytes;
    }
    if (cell == SETTLE_NULL)
        return put_int4(out, UINT32_MAX);
    out = put_int4(out, type_bytes[type]);
    if (type == SETTLE_INT8)
        return put_int8(out, cell);
    return put_be(out, (uint64_t)cell, type_bytes[type]);
}

size_t
settle_rows_array_bytes(const struct settle_rows *r, unsigned column)
{
    enum settle_column_type type = r->table->columns[column].type;
    size_t cell = 4 + (type == SETTLE_TEXT ? SETTLE_TEXT_MAX : type_bytes[type]);
    return ARRAY_HEAD_BYTES + r->cnt * cell;
}

size_t
settle_rows_copy_bytes(const struct settle_rows *r)
{
    size_t row = 2;
    for (unsigned i = 0; i < r->table->column_cnt; i++)
        row += 4 + type_bytes[r->table->columns[i].type];
    return COPY_HEAD_BYTES + COPY_TAIL_BYTES + r->cnt * row + r->text_bytes;
}

size_t
settle_rows_array(const struct settle_rows *r, unsigned column, uint8_t *out)
{
    const uint8_t *start = out;
    enum settle_column_type type = r->table->columns[column].type;
    out = put_int4(out, 1); /* dimensions */
    out = put_int4(out, 1); /* may hold NULL */
    out = put_int4(out, type_oid[type]);
    out = put_int4(out, (uint32_t)r->cnt);
    out = put_int4(out, 1); /* first index */
    const int64_t *cell = r->cells + column;
    for (size_t i = 0; i < r->cnt; i++, cell += r->table->column_cnt)
        out = put_cell(r, out, type, *cell);
    return (size_t)(out - start);
}

size_t
settle_rows_copy(const struct settle_rows *r, uint8_t *out)
{
    static const uint8_t head[COPY_HEAD_BYTES] = "PGCOPY\n\377\r\n"; /* then flags, extension */
    const uint8_t *start = out;
    memcpy(out, head, sizeof head);
    out += sizeof head;
    const int64_t *cell = r->cells;
    for (size_t i = 0; i < r->cnt; i++) {
        out = put_be(out, r->table->column_cnt, 2);
        for (unsigned c = 0; c < r->table->column_cnt; c++)
            out = put_cell(r, out, r->table->columns[c].type, *cell++);
    }
    out = put_be(out, UINT16_MAX, 2);
    return (size_t)(out - start);
}
