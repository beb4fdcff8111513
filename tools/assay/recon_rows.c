#include "tools/assay/recon_rows.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

/* How a table's rows are ordered and called. second: the column that orders the rows of one event;
 * named: the column whose value names a row to a person. */
static const struct shape {
    enum recon_class class;
    const char *name;
    int seq, second, named;
} shapes[SETTLE_TABLE_CNT] = {
    [SETTLE_TABLE_ASSET] = {RECON_OTHER_ROW, "asset", 0, -1, CELL_ASSET_ASSET_ID},
    [SETTLE_TABLE_INSTRUMENT] = {RECON_OTHER_ROW, "instrument", 0, -1,
                                 CELL_INSTRUMENT_INSTRUMENT_ID},
    [SETTLE_TABLE_ALLOCATION] = {RECON_OTHER_ROW, "allocation of instrument", 0, -1,
                                 CELL_ALLOCATION_INSTRUMENT_ID},
    [SETTLE_TABLE_BAND] = {RECON_OTHER_ROW, "price bands of instrument", 0, -1,
                           CELL_BAND_INSTRUMENT_ID},
    [SETTLE_TABLE_TICK] = {RECON_OTHER_ROW, "price step", 0, -1, CELL_TICK_TICK_ID},
    [SETTLE_TABLE_ACCOUNT] = {RECON_OTHER_ROW, "account", 0, -1, CELL_ACCOUNT_ACCOUNT_ID},
    [SETTLE_TABLE_PROFILE] = {RECON_OTHER_ROW, "profile of account", 0, -1,
                              CELL_PROFILE_ACCOUNT_ID},
    [SETTLE_TABLE_EPOCH] = {RECON_OTHER_ROW, "epoch", CELL_EPOCH_EVENT_SEQ, -1, CELL_EPOCH_EPOCH},
    [SETTLE_TABLE_FILL] = {RECON_FILL, "fill", CELL_FILL_EVENT_SEQ, -1, CELL_FILL_EVENT_SEQ},
    [SETTLE_TABLE_POSTING] = {RECON_POSTING, "posting", CELL_POSTING_EVENT_SEQ, CELL_POSTING_LEG,
                              CELL_POSTING_EVENT_SEQ},
    [SETTLE_TABLE_MOVEMENT] = {RECON_OTHER_ROW, "movement", CELL_MOVEMENT_EVENT_SEQ, -1,
                               CELL_MOVEMENT_EVENT_SEQ},
    [SETTLE_TABLE_WITHDRAWAL] = {RECON_OTHER_ROW, "withdrawal", 0, -1,
                                 CELL_WITHDRAWAL_WITHDRAWAL_ID},
    [SETTLE_TABLE_BALANCE] = {RECON_BALANCE, "balance of account", 0, -1, 0},
    [SETTLE_TABLE_ORDER] = {RECON_ORDER, "order", CELL_ORDER_EVENT_SEQ, CELL_ORDER_SIDE,
                            CELL_ORDER_ORDER_ID},
    [SETTLE_TABLE_REJECT] = {RECON_OTHER_ROW, "reject", CELL_REJECT_EVENT_SEQ, -1,
                             CELL_REJECT_EVENT_SEQ},
    [SETTLE_TABLE_DECISION] = {RECON_OTHER_ROW, "decision", CELL_DECISION_EVENT_SEQ, -1,
                               CELL_DECISION_EVENT_SEQ},
};

enum recon_class
recon_rows_class(enum settle_table_id id)
{
    return shapes[id].class;
}

/* An expected row: cells, and where the bytes of its texts lie. */
struct expected {
    const int64_t *cells;
    const char *text;
};

static int64_t
found_cell(const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column))
        return SETTLE_NULL;
    return strtoll(PQgetvalue(r, row, column), NULL, 10);
}

/* "fill 1234", "posting 1234 leg 1" */
static void
row_name(const struct shape *s, int64_t named, int64_t second, char *out, size_t out_bytes)
{
    if (s->class == RECON_POSTING)
        snprintf(out, out_bytes, "%s %" PRId64 " leg %" PRId64, s->name, named, second);
    else
        snprintf(out, out_bytes, "%s %" PRId64, s->name, named);
}

static void
number_text(int64_t cell, char *out, size_t out_bytes)
{
    if (cell == SETTLE_NULL)
        snprintf(out, out_bytes, "nothing");
    else
        snprintf(out, out_bytes, "%" PRId64, cell);
}

/* Names each cell that differs. */
static void
compare_cells(struct recon_books *k, enum settle_table_id id, const struct expected *e,
              const PGresult *r, int row)
{
    const struct settle_table *table = &settle_tables[id];
    const struct shape *s = &shapes[id];
    for (unsigned c = 0; c < table->column_cnt; c++) {
        char name[64], ours[64], theirs[64];
        if (table->columns[c].type == SETTLE_TEXT) {
            size_t bytes = (size_t)(e->cells[c] & 0xff);
            const char *text = e->text + ((uint64_t)e->cells[c] >> 8);
            const char *found = PQgetvalue(r, row, (int)c);
            if (strlen(found) == bytes && !memcmp(found, text, bytes))
                continue;
            snprintf(ours, sizeof ours, "'%.*s'", (int)bytes, text);
            snprintf(theirs, sizeof theirs, "'%.60s'", found);
        } else {
            int64_t found = found_cell(r, row, (int)c);
            if (found == e->cells[c])
                continue;
            number_text(e->cells[c], ours, sizeof ours);
            number_text(found, theirs, sizeof theirs);
        }
        row_name(s, e->cells[s->named], s->second < 0 ? 0 : e->cells[s->second], name, sizeof name);
        recon_breaks_add(k->breaks, s->class, "%s: %s: PostgreSQL %s, journal %s", name,
                         table->columns[c].name, theirs, ours);
    }
}

static void
one_sided(struct recon_books *k, const struct shape *s, int64_t named, int64_t second,
          bool in_books)
{
    char name[64];
    row_name(s, named, second, name, sizeof name);
    recon_breaks_add(k->breaks, s->class, "%s: in %s, not in %s", name,
                     in_books ? "PostgreSQL" : "the journal",
                     in_books ? "the journal" : "PostgreSQL");
}

static void
add_columns(const struct settle_table *table, char *sql, size_t sql_bytes)
{
    size_t used = strlen(sql);
    for (unsigned c = 0; c < table->column_cnt; c++) {
        const char *name = table->columns[c].name;
        bool is_date = table->columns[c].type == SETTLE_DATE;
        int n = snprintf(sql + used, sql_bytes - used, "%s%s%s", c == 0 ? "" : ", ", name,
                         is_date ? " - date '2000-01-01'" : "");
        used += (size_t)n;
        CHECK(used < sql_bytes);
    }
}

static int
query_range(struct recon_books *k, enum settle_table_id id, PGresult **out, struct error *err)
{
    const struct settle_table *table = &settle_tables[id];
    const struct shape *s = &shapes[id];
    char sql[2048] = "SELECT ", from[24], to[24];
    add_columns(table, sql, sizeof sql);
    size_t used = strlen(sql);
    snprintf(sql + used, sizeof sql - used,
             " FROM %s WHERE event_seq > $1 AND event_seq <= $2 ORDER BY event_seq%s%s",
             table->name, s->second < 0 ? "" : ", ",
             s->second < 0 ? "" : table->columns[s->second].name);
    snprintf(from, sizeof from, "%" PRIu64, k->expected.from.last_seq);
    snprintf(to, sizeof to, "%" PRIu64, k->expected.to.last_seq);
    const char *params[] = {from, to};
    return settle_db_query(&k->db, sql, 2, params, out, err);
}

/* Both sides are in the order of event and second column. */
int
recon_rows_compare(struct recon_books *k, enum settle_table_id id, struct error *err)
{
    const struct settle_rows *rows = &k->expected.rows[id];
    const struct shape *s = &shapes[id];
    PGresult *r = NULL;
    int rc = query_range(k, id, &r, err);
    if (rc != 0)
        return rc;
    size_t at = 0;
    int row = 0, found_cnt = PQntuples(r);
    while (at < rows->cnt || row < found_cnt) {
        const int64_t *cells = rows->cells + at * rows->table->column_cnt;
        int64_t our_seq = at < rows->cnt ? cells[s->seq] : INT64_MAX;
        int64_t our_second = at < rows->cnt && s->second >= 0 ? cells[s->second] : 0;
        int64_t seq = row < found_cnt ? found_cell(r, row, s->seq) : INT64_MAX;
        int64_t second = row < found_cnt && s->second >= 0 ? found_cell(r, row, s->second) : 0;
        bool same = our_seq == seq && our_second == second;
        bool ours_first = our_seq < seq || (our_seq == seq && our_second < second);
        if (same)
            compare_cells(k, id, &(struct expected){cells, rows->text}, r, row);
        else if (ours_first)
            one_sided(k, s, cells[s->named], our_second, false);
        else
            one_sided(k, s, found_cell(r, row, s->named), second, true);
        k->compared[id] += same || ours_first;
        at += same || ours_first;
        row += same || !ours_first;
    }
    PQclear(r);
    return 0;
}

/* --- reference tables --- */

int
recon_rows_keep(struct recon_books *k, enum settle_table_id id, struct error *err)
{
    const struct settle_rows *rows = &k->expected.rows[id];
    const struct settle_table *table = rows->table;
    struct recon_list *list = &k->lists[id];
    for (size_t i = 0; i < rows->cnt; i++) {
        if (list->cnt == list->room) {
            size_t room = list->room ? list->room * 2 : 64;
            struct recon_row *bigger = realloc(list->rows, room * sizeof *bigger);
            if (!bigger)
                return error_set(err, ERR_NO_SPACE, "no memory for rows of %s", table->name);
            list->rows = bigger;
            list->room = room;
        }
        struct recon_row *row = &list->rows[list->cnt++];
        *row = (struct recon_row){.order = k->order++};
        const int64_t *cells = rows->cells + i * table->column_cnt;
        for (unsigned c = 0; c < table->column_cnt; c++) {
            row->cells[c] = cells[c];
            if (table->columns[c].type != SETTLE_TEXT) /* one at most in these tables */
                continue;
            memcpy(row->text, rows->text + ((uint64_t)cells[c] >> 8), (size_t)(cells[c] & 0xff));
            row->cells[c] = cells[c] & 0xff;
        }
    }
    return 0;
}

static int
order_rows(const void *a, const void *b)
{
    const struct recon_row *x = a, *y = b;
    if (x->cells[0] != y->cells[0])
        return x->cells[0] < y->cells[0] ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Leaves the newest of each key. */
static void
newest_only(struct recon_list *list)
{
    if (list->cnt == 0)
        return;
    qsort(list->rows, list->cnt, sizeof *list->rows, order_rows);
    size_t kept = 0;
    for (size_t i = 0; i < list->cnt; i++) {
        if (kept > 0 && list->rows[kept - 1].cells[0] == list->rows[i].cells[0])
            kept--;
        list->rows[kept++] = list->rows[i];
    }
    list->cnt = kept;
}

int
recon_rows_compare_kept(struct recon_books *k, enum settle_table_id id, struct error *err)
{
    const struct settle_table *table = &settle_tables[id];
    struct recon_list *list = &k->lists[id];
    newest_only(list);
    char sql[2048] = "SELECT ";
    add_columns(table, sql, sizeof sql);
    size_t used = strlen(sql);
    snprintf(sql + used, sizeof sql - used, " FROM %s ORDER BY %s", table->name,
             table->columns[0].name);
    PGresult *r = NULL;
    int rc = settle_db_query(&k->db, sql, 0, NULL, &r, err);
    if (rc != 0)
        return rc;
    size_t at = 0;
    int row = 0, found_cnt = PQntuples(r);
    while (at < list->cnt || row < found_cnt) {
        int64_t ours = at < list->cnt ? list->rows[at].cells[0] : INT64_MAX;
        int64_t found = row < found_cnt ? found_cell(r, row, 0) : INT64_MAX;
        if (ours == found)
            compare_cells(k, id, &(struct expected){list->rows[at].cells, list->rows[at].text}, r,
                          row);
        else
            one_sided(k, &shapes[id], ours < found ? ours : found, 0, found < ours);
        k->compared[id] += ours <= found;
        at += ours <= found;
        row += found <= ours;
    }
    PQclear(r);
    return 0;
}
