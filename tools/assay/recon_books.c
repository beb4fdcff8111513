#include "tools/assay/recon_books.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "persist/settle/migrate.h"
#include "tools/assay/recon_rows.h"

/* --- connecting --- */

static uint64_t
number_at(const PGresult *r, int row, int column)
{
    return strtoull(PQgetvalue(r, row, column), NULL, 10);
}

/* The books as they stand now; what is written later is not seen. */
static int
begin(struct recon_books *k, struct error *err)
{
    PGresult *r;
    int rc = settle_db_exec(&k->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
    if (rc == 0)
        rc = settle_db_query(&k->db, "SELECT coalesce(max(version), 0) FROM schema_migrations", 0,
                             NULL, &r, err);
    if (rc != 0)
        return error_wrap(err, "no books in this database");
    int version = (int)number_at(r, 0, 0);
    PQclear(r);
    if (version != settle_schema_version())
        return error_set(err, ERR_UNSUPPORTED,
                         "the books have schema version %d, this build compares version %d",
                         version, settle_schema_version());
    rc = settle_db_query(&k->db, "SELECT last_seq, epoch, fill_cnt FROM checkpoint", 0, NULL, &r,
                         err);
    if (rc != 0)
        return rc;
    if (PQntuples(r) != 1) {
        PQclear(r);
        return error_set(err, ERR_NOT_FOUND, "the table checkpoint does not hold one row");
    }
    k->last_seq = number_at(r, 0, 0);
    k->epoch = (uint32_t)number_at(r, 0, 1);
    k->fill_cnt = number_at(r, 0, 2);
    PQclear(r);
    return 0;
}

int
recon_books_open(struct recon_books *k, const char *url, struct recon_breaks *breaks,
                 struct error *err)
{
    *k = (struct recon_books){.breaks = breaks};
    int rc = settle_batch_init(&k->expected, err);
    if (rc != 0)
        return rc;
    const struct settle_checkpoint zero = {0};
    settle_batch_begin(&k->expected, &zero);
    rc = settle_db_open(&k->db, url, "assay recon", err);
    if (rc == 0)
        rc = begin(k, err);
    if (rc != 0)
        recon_books_close(k);
    return rc;
}

void
recon_books_close(struct recon_books *k)
{
    settle_db_close(&k->db);
    settle_batch_fini(&k->expected);
    for (unsigned i = 0; i < SETTLE_TABLE_CNT; i++)
        free(k->lists[i].rows);
    *k = (struct recon_books){0};
}

int
recon_books_progress(const char *url, uint64_t *last_seq, struct error *err)
{
    struct settle_db db = {0};
    PGresult *r;
    int rc = settle_db_open(&db, url, "assay recon", err);
    if (rc == 0)
        rc = settle_db_query(&db, "SELECT last_seq FROM checkpoint", 0, NULL, &r, err);
    if (rc == 0) {
        *last_seq = PQntuples(r) == 1 ? number_at(r, 0, 0) : 0;
        PQclear(r);
    }
    settle_db_close(&db);
    return rc;
}

/* --- rows --- */

static int
flush(struct recon_books *k, struct error *err)
{
    struct settle_batch *b = &k->expected;
    if (b->event_cnt == 0)
        return 0;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < SETTLE_TABLE_CNT; i++) {
        if (settle_tables[i].kind == SETTLE_APPEND)
            rc = recon_rows_compare(k, (enum settle_table_id)i, err);
        else if (settle_tables[i].kind == SETTLE_UPSERT)
            rc = recon_rows_keep(k, (enum settle_table_id)i, err);
    }
    struct settle_checkpoint to = b->to;
    settle_batch_begin(b, &to);
    return rc;
}

int
recon_books_take(struct recon_books *k, const struct event *ev, struct error *err)
{
    struct settle_batch *b = &k->expected;
    int rc = 0;
    if (settle_batch_is_whole(b) && !settle_batch_has_room(b))
        rc = flush(k, err);
    return rc != 0 ? rc : settle_batch_add(b, ev, err);
}

/* --- balances --- */

struct book_balance {
    uint32_t account_id, asset_id;
    int64_t settled_units, held_units, pending_in_units, pending_out_units;
    int seen;
};

static int
order_balances(const void *a, const void *b)
{
    const struct book_balance *x = a, *y = b;
    if (x->account_id != y->account_id)
        return x->account_id < y->account_id ? -1 : 1;
    return x->asset_id < y->asset_id ? -1 : x->asset_id > y->asset_id;
}

static int
load_balances(struct recon_books *k, struct error *err)
{
    PGresult *r;
    int rc = settle_db_query(&k->db,
                             "SELECT account_id, asset_id, settled_units, held_units,"
                             " pending_in_units, pending_out_units FROM balances",
                             0, NULL, &r, err);
    if (rc != 0)
        return rc;
    size_t cnt = (size_t)PQntuples(r);
    struct book_balance *list = calloc(cnt + 1, sizeof *list);
    for (size_t i = 0; list && i < cnt; i++) {
        int row = (int)i;
        list[i] = (struct book_balance){
            .account_id = (uint32_t)number_at(r, row, 0),
            .asset_id = (uint32_t)number_at(r, row, 1),
            .settled_units = strtoll(PQgetvalue(r, row, 2), NULL, 10),
            .held_units = strtoll(PQgetvalue(r, row, 3), NULL, 10),
            .pending_in_units = strtoll(PQgetvalue(r, row, 4), NULL, 10),
            .pending_out_units = strtoll(PQgetvalue(r, row, 5), NULL, 10),
        };
    }
    PQclear(r);
    if (!list)
        return error_set(err, ERR_NO_SPACE, "no memory for %zu balances", cnt);
    qsort(list, cnt, sizeof *list, order_balances);
    k->balances = list;
    k->balance_cnt = cnt;
    return 0;
}

static void
compare_figure(struct recon_books *k, const struct core_balance *b, const char *what, int64_t books,
               int64_t core)
{
    if (books != core)
        recon_breaks_add(k->breaks, RECON_BALANCE,
                         "balance of account %u in asset %u: %s: PostgreSQL %" PRId64
                         ", core %" PRId64,
                         b->account_id, b->asset_id, what, books, core);
}

static void
visit_balance(void *arg, const struct core_balance *b)
{
    struct recon_books *k = arg;
    struct book_balance key = {.account_id = b->account_id, .asset_id = b->asset_id};
    struct book_balance none = key;
    struct book_balance *found =
        bsearch(&key, k->balances, k->balance_cnt, sizeof key, order_balances);
    bool is_empty = b->settled_units == 0 && b->held_units == 0 && b->pending_in_units == 0 &&
                    b->pending_out_units == 0;
    k->compared[SETTLE_TABLE_BALANCE]++;
    if (!found && is_empty) /* a place in the core that nothing has moved on yet */
        return;
    if (!found) {
        recon_breaks_add(k->breaks, RECON_BALANCE,
                         "balance of account %u in asset %u: in the core, not in PostgreSQL",
                         b->account_id, b->asset_id);
        found = &none;
    }
    found->seen = 1;
    compare_figure(k, b, "settled_units", found->settled_units, b->settled_units);
    compare_figure(k, b, "held_units", found->held_units, b->held_units);
    compare_figure(k, b, "pending_in_units", found->pending_in_units, b->pending_in_units);
    compare_figure(k, b, "pending_out_units", found->pending_out_units, b->pending_out_units);
}

static int
compare_balances(struct recon_books *k, const struct core *core, struct error *err)
{
    int rc = load_balances(k, err);
    if (rc != 0)
        return rc;
    core_each_balance(core, visit_balance, k);
    const struct book_balance *list = k->balances;
    for (size_t i = 0; i < k->balance_cnt; i++)
        if (!list[i].seen)
            recon_breaks_add(k->breaks, RECON_BALANCE,
                             "balance of account %u in asset %u: in PostgreSQL, not in the core",
                             list[i].account_id, list[i].asset_id);
    free(k->balances);
    k->balances = NULL;
    return 0;
}

/* --- what must hold within the books, whatever the journal says --- */

static int
each_row(struct recon_books *k, const char *sql, enum recon_class class, const char *fmt,
         struct error *err)
{
    PGresult *r;
    int rc = settle_db_query(&k->db, sql, 0, NULL, &r, err);
    if (rc != 0)
        return rc;
    for (int i = 0; i < PQntuples(r); i++) {
        const char *v[4] = {"", "", "", ""};
        for (int c = 0; c < PQnfields(r) && c < 4; c++)
            v[c] = PQgetvalue(r, i, c);
        char text[RECON_TEXT_MAX];
        size_t used = 0; /* %1 to %4: the row's columns */
        for (const char *f = fmt; *f && used < sizeof text - 1; f++) {
            if (f[0] == '%' && f[1] >= '1' && f[1] <= '4')
                used += (size_t)snprintf(text + used, sizeof text - used, "%s", v[*++f - '1']);
            else
                text[used++] = *f;
            if (used >= sizeof text)
                used = sizeof text - 1;
        }
        text[used] = '\0';
        recon_breaks_add(k->breaks, class, "%s", text);
    }
    PQclear(r);
    return 0;
}

static int
check_sums(struct recon_books *k, struct error *err)
{
    int rc = each_row(k,
                      "SELECT event_seq, asset_id, sum(amount_units) FROM postings"
                      " GROUP BY event_seq, asset_id HAVING sum(amount_units) <> 0"
                      " ORDER BY event_seq LIMIT 1000",
                      RECON_POSTING,
                      "postings of event %1: asset %2 does not add up to zero but to %3", err);
    if (rc == 0)
        rc = each_row(
            k,
            "SELECT coalesce(b.account_id, p.account_id), coalesce(b.asset_id, p.asset_id),"
            " coalesce(p.settled, 0), coalesce(b.settled_units, 0) FROM balances b FULL JOIN"
            " (SELECT account_id, asset_id, sum(amount_units) FILTER (WHERE book = 1) AS settled"
            " FROM postings GROUP BY account_id, asset_id) p"
            " ON p.account_id = b.account_id AND p.asset_id = b.asset_id"
            " WHERE coalesce(p.settled, 0) <> coalesce(b.settled_units, 0) LIMIT 1000",
            RECON_BALANCE,
            "account %1, asset %2: its postings add up to %3, its balance is settled %4", err);
    if (rc == 0)
        rc = each_row(k,
                      "SELECT asset_id, postings_settled + postings_pending,"
                      " balances_settled + balances_pending FROM ledger_sums WHERE NOT balanced",
                      RECON_POSTING, "ledger sum of asset %1 is not zero: postings %2, balances %3",
                      err);
    return rc;
}

/* Rows of events that are not in the books yet, or of none. */
static int
check_beyond(struct recon_books *k, struct error *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < SETTLE_TABLE_CNT; i++) {
        char sql[256], text[128];
        snprintf(sql, sizeof sql,
                 "SELECT event_seq FROM %s WHERE event_seq < 1 OR event_seq > %" PRIu64
                 " LIMIT 1000",
                 settle_tables[i].name, k->last_seq);
        snprintf(text, sizeof text, "%s: a row of event %%1, the checkpoint is at event %" PRIu64,
                 settle_tables[i].name, k->last_seq);
        rc = each_row(k, sql, recon_rows_class((enum settle_table_id)i), text, err);
    }
    return rc;
}

struct open_orders {
    char *list; /* {1,2,3} */
    size_t used, room;
    bool failed;
};

static void
visit_order(void *arg, const struct core_order *o)
{
    struct open_orders *w = arg;
    if (w->used + 32 > w->room) {
        size_t room = w->room ? w->room * 2 : 4096;
        char *bigger = realloc(w->list, room);
        w->failed |= !bigger;
        if (!bigger)
            return;
        w->list = bigger;
        w->room = room;
    }
    w->used += (size_t)snprintf(w->list + w->used, w->room - w->used, "%c%" PRId64,
                                w->used ? ',' : '{', (int64_t)o->order_id);
}

/* An order that is open in the core may not have ended in the books. */
static int
check_open_orders(struct recon_books *k, const struct core *core, struct error *err)
{
    struct open_orders w = {0};
    core_each_order(core, visit_order, &w);
    int rc = w.failed ? error_set(err, ERR_NO_SPACE, "no memory for the open orders") : 0;
    if (rc == 0 && w.used > 0) {
        w.list[w.used] = '}';
        w.list[w.used + 1] = '\0';
        const char *params[] = {w.list};
        PGresult *r = NULL;
        rc = settle_db_query(&k->db,
                             "SELECT order_id FROM orders WHERE order_id = ANY($1::bigint[])", 1,
                             params, &r, err);
        for (int i = 0; rc == 0 && i < PQntuples(r); i++)
            recon_breaks_add(k->breaks, RECON_ORDER,
                             "order %s: open in the core, ended in PostgreSQL",
                             PQgetvalue(r, i, 0));
        PQclear(r);
    }
    free(w.list);
    return rc;
}

int
recon_books_finish(struct recon_books *k, const struct core *core, struct error *err)
{
    int rc = flush(k, err);
    if (rc == 0 && k->fill_cnt != k->compared[SETTLE_TABLE_FILL])
        recon_breaks_add(k->breaks, RECON_FILL,
                         "fills counted by the checkpoint: PostgreSQL %" PRIu64
                         ", journal %" PRIu64,
                         k->fill_cnt, k->compared[SETTLE_TABLE_FILL]);
    for (unsigned i = 0; rc == 0 && i < SETTLE_TABLE_CNT; i++)
        if (settle_tables[i].kind == SETTLE_UPSERT)
            rc = recon_rows_compare_kept(k, (enum settle_table_id)i, err);
    if (rc == 0)
        rc = compare_balances(k, core, err);
    if (rc == 0)
        rc = check_sums(k, err);
    if (rc == 0)
        rc = check_beyond(k, err);
    if (rc == 0)
        rc = check_open_orders(k, core, err);
    return rc;
}
