/* The writer as a whole, against a real PostgreSQL: what it writes, exactly once, whatever falls
 * over. ctest-timeout: 240 */
#include "persist/settle/settle.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/reason.h"
#include "tests/unit/persist/settle/books.h"
#include "tests/support/server.h"

enum { CLIENTS = 8 };
static uint64_t seed = 1;

struct run { /* the writer on a thread of its own */
    struct settle *settle;
    struct books_stream stream;
    struct settle_source source;
    _Atomic int stop;
    pthread_t thread;
    _Atomic int ended;
    int rc;
    struct error err;
};

static void *
run_thread(void *arg)
{
    struct run *r = arg;
    r->rc = settle_run(r->settle, &r->stop, &r->err);
    atomic_store(&r->ended, 1);
    return NULL;
}

static void
run_begin(struct run *r, const struct books *b, struct settle_options o)
{
    memset(r, 0, sizeof *r);
    books_stream_init(&r->stream, b, &r->source);
    o.source = &r->source;
    if (!o.database_url)
        o.database_url = server_url();
    if (!o.linger_ms)
        o.linger_ms = 5;
    assert_int_equal(settle_open(&r->settle, &o, &r->err), 0);
}

static void
run_start(struct run *r)
{
    assert_int_equal(pthread_create(&r->thread, NULL, run_thread, r), 0);
}

static void
run_end(struct run *r)
{
    atomic_store(&r->stop, 1);
    pthread_join(r->thread, NULL);
    settle_close(r->settle);
}

static bool
reached(uint64_t seq, int seconds)
{
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT last_seq = %llu FROM checkpoint", (unsigned long long)seq);
    return server_wait(seconds, sql);
}

static void
run_whole(const struct books *b, struct settle_options o)
{
    struct run r;
    run_begin(&r, b, o);
    run_start(&r);
    bool done = false;
    for (int tries = 0; tries < 60 && !done && !atomic_load(&r.ended); tries++)
        done = reached(b->event_seq, 1);
    run_end(&r);
    if (r.rc != 0)
        fail_msg("%s", r.err.text);
    assert_true(done);
}

/* The books against the plain ledger of the venue. */
static void
check_books(const struct books *b)
{
    char sql[256];
    assert_int_equal(server_number("SELECT count(*) FROM fills"), b->fill_cnt);
    assert_int_equal(server_number("SELECT fill_cnt FROM checkpoint"), b->fill_cnt);
    assert_int_equal(server_number("SELECT count(*) FROM orders"), b->final_order_cnt);
    assert_int_equal(server_number("SELECT count(*) FROM rejects"), b->reject_cnt);
    assert_int_equal(server_number("SELECT count(*) FROM decisions"), b->decision_cnt);
    assert_int_equal(server_number("SELECT count(*) FROM movements"), b->movement_cnt);
    assert_int_equal(server_number("SELECT last_seq FROM checkpoint"), b->event_seq);
    assert_int_equal(server_number("SELECT count(*) FROM ledger_sums WHERE NOT balanced"), 0);
    assert_int_equal(server_number("SELECT count(*) FROM (SELECT event_seq, asset_id FROM"
                                   " postings GROUP BY 1, 2 HAVING sum(amount_units) <> 0) x"),
                     0);
    for (uint32_t account = 0; account < BOOKS_ACCOUNT_MAX; account++) {
        for (uint32_t asset = 0; asset < BOOKS_ASSET_MAX; asset++) {
            const struct books_balance *x = &b->ledger[account][asset];
            if (!x->touched)
                continue;
            snprintf(sql, sizeof sql,
                     "SELECT count(*) FROM balances WHERE account_id = %u AND asset_id = %u AND"
                     " settled_units = %lld AND held_units = %lld AND settled_units ="
                     " (SELECT coalesce(sum(amount_units), 0) FROM postings p WHERE"
                     " p.account_id = %u AND p.asset_id = %u AND book = 1)",
                     account, asset, (long long)x->settled, (long long)x->held, account, asset);
            if (server_number(sql) != 1)
                fail_msg("account %u asset %u: expected settled %lld held %lld", account, asset,
                         (long long)x->settled, (long long)x->held);
        }
    }
}

static void
test_settle_writes_the_books_of_every_kind_of_event(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_random(&b, CLIENTS, 2000);
    run_whole(&b, (struct settle_options){0});
    check_books(&b);
    books_free(&b);
}

static void
test_settle_pipeline_and_copy_write_the_same_books(void **state)
{
    (void)state;
    static const char digest[] =
        "SELECT md5((SELECT string_agg(f::text, ',' ORDER BY event_seq) FROM fills f)"
        " || (SELECT string_agg(p::text, ',' ORDER BY event_seq, leg) FROM postings p)"
        " || (SELECT string_agg(o::text, ',' ORDER BY order_id) FROM orders o)"
        " || (SELECT string_agg(r::text, ',' ORDER BY event_seq) FROM rejects r)"
        " || (SELECT string_agg(d::text, ',' ORDER BY event_seq) FROM decisions d)"
        " || (SELECT string_agg(b::text, ',' ORDER BY account_id, asset_id) FROM balances b))";
    struct books b;
    books_init(&b, seed + 1);
    books_open(&b, CLIENTS);
    books_random(&b, CLIENTS, 1500);
    char first[64];
    server_new_database();
    run_whole(&b, (struct settle_options){.copy_min_rows = 1});
    check_books(&b);
    snprintf(first, sizeof first, "%s", server_text(digest));
    server_new_database();
    run_whole(&b, (struct settle_options){.copy_min_rows = 1000000});
    check_books(&b);
    assert_string_equal(server_text(digest), first);
    books_free(&b);
}

static void
test_settle_fill_row_holds_what_the_fill_said(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_trade(&b, 10, 11, 5, 1000, 0); /* 5 lots of 0.010 GOLD at 10.00: notional 50.00 */
    run_whole(&b, (struct settle_options){0});
    assert_string_equal(
        server_text("SELECT concat_ws('|', trade_id, trade_day, settle_day, price_units, qty_lots,"
                    " qty_units, notional_units, buy_account_id, sell_account_id, buy_fee_units,"
                    " sell_fee_units, aggressor, buy_client_id, sell_client_id) FROM fills"),
        "1|2023-11-14|2023-11-14|1000|5|50|5000|10|11|5|0|1|ord-2|ord-1");
    assert_string_equal(
        server_text("SELECT string_agg(account_id || ':' || asset_id || ':' || amount_units || ':'"
                    " || leg || ':' || kind || ':' || book, ' ' ORDER BY leg) FROM postings"
                    " WHERE leg <= 7"),
        "10:1:-5000:1:1:1 11:1:5000:2:1:1 11:2:-50:3:1:1 10:2:50:4:1:1 10:1:-5:5:2:1 1:1:5:7:2:1");
    assert_string_equal(server_text("SELECT concat_ws('|', symbol, price, qty, notional, currency,"
                                    " buyer, buy_fee, seller, aggressor) FROM trades"),
                        "GOLD-USD|10.00|0.050|50.00|USD|account 10|0.05|account 11|buy");
    assert_string_equal(server_text("SELECT string_agg(concat_ws(' ', account, asset, net, state),"
                                    " ', ' ORDER BY account, asset) FROM settlement_instructions"),
                        "account 10 GOLD 0.050 settled, account 10 USD -50.05 settled, "
                        "account 11 GOLD -0.050 settled, account 11 USD 50.00 settled, "
                        "venue 1 USD 0.05 settled");
    books_free(&b);
}

static void
test_settle_cycle_books_pending_and_names_the_settlement_day(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_day_end(&b, 20231117); /* a Friday: T+2 is the Tuesday */
    books_trade(&b, 10, 11, 5, 1000, 2);
    run_whole(&b, (struct settle_options){0});
    check_books(&b);
    assert_string_equal(server_text("SELECT trade_day || ' ' || settle_day FROM fills"),
                        "2023-11-17 2023-11-21");
    assert_string_equal(
        server_text("SELECT string_agg(account_id || ':' || asset_id || ':' || pending_in_units"
                    " || ':' || pending_out_units, ' ' ORDER BY account_id, asset_id)"
                    " FROM balances WHERE account_id IN (10, 11)"),
        "10:1:0:5005 10:2:50:0 11:1:5000:0 11:2:0:50");
    assert_int_equal(server_number("SELECT count(*) FROM settlement_instructions"
                                   " WHERE state = 'unsettled'"),
                     5);
    books_settle_trade(&b, 10, 11, 5, 1000);
    run_whole(&b, (struct settle_options){0});
    check_books(&b);
    assert_int_equal(
        server_number("SELECT sum(pending_in_units + pending_out_units) FROM balances"), 0);
    assert_int_equal(server_number("SELECT count(*) FROM settlement_instructions"
                                   " WHERE state = 'unsettled'"),
                     0);
    books_free(&b);
}

static void
test_settle_statement_shows_the_running_balance_and_names(void **state)
{
    (void)state;
    const struct settle_name names[] = {{10, "Ada"}, {11, "Blaise"}};
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_trade(&b, 10, 11, 5, 1000, 0);
    books_withdraw(&b, 10, BOOKS_CASH, 100);
    run_whole(&b, (struct settle_options){.names = names, .name_cnt = 2});
    assert_string_equal(
        server_text("SELECT string_agg(concat_ws(' ', kind, detail, amount, balance), ', ')"
                    " FROM account_statement(10, '2020-01-01', '2030-01-01') WHERE asset = 'USD'"),
        "deposit dep-9 10000000.00 10000000.00, trade buy 0.050 GOLD-USD at 10.00 -50.00 "
        "9999950.00, "
        "fee buy 0.050 GOLD-USD at 10.00 -0.05 9999949.95, withdrawal -1.00 9999948.95");
    assert_string_equal(server_text("SELECT buyer || '-' || seller FROM trades"), "Ada-Blaise");
    assert_string_equal(server_text("SELECT concat_ws(' ', account, settled, held, available) FROM"
                                    " positions WHERE account_id = 10 AND asset = 'USD'"),
                        "Ada 9999948.95 0.00 9999948.95");
    assert_int_equal(server_number("SELECT state FROM withdrawals"), 2);
    books_free(&b);
}

static void
test_settle_names_are_those_of_the_newest_start(void **state)
{
    (void)state;
    const struct settle_name before[] = {{10, "Ada"}, {11, "Blaise"}};
    const struct settle_name after[] = {{10, "Ada Lovelace"}, {12, "Charles"}};
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_trade(&b, 10, 11, 5, 1000, 0);
    run_whole(&b, (struct settle_options){.names = before, .name_cnt = 2});
    books_trade(&b, 10, 11, 5, 1000, 0);
    run_whole(&b, (struct settle_options){.names = after, .name_cnt = 2});
    assert_string_equal(server_text("SELECT string_agg(DISTINCT buyer || '-' || seller, ', ') FROM"
                                    " trades"),
                        "Ada Lovelace-account 11");
    assert_string_equal(server_text("SELECT DISTINCT account FROM positions WHERE account_id = 12"),
                        "Charles");
    books_free(&b);
}

static void
test_settle_says_why_orders_were_refused(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    for (int i = 0; i < 3; i++)
        books_order_rejected(&b, 10, REASON_PRICE_COLLAR);
    books_order_rejected(&b, 10, REASON_KYC_EXPIRED);
    run_whole(&b, (struct settle_options){0});
    assert_string_equal(server_text("SELECT string_agg(name || ' ' || cnt, ', ' ORDER BY cnt DESC)"
                                    " FROM rejects_by_reason"),
                        "PRICE_COLLAR 3, KYC_EXPIRED 1");
    assert_string_equal(server_text("SELECT concat_ws(' ', rule, actual, limit_value, failed,"
                                    " verdict) FROM decisions LIMIT 1"),
                        "9 -5 100 512 3");
    books_free(&b);
}

static void
test_settle_never_writes_half_a_command(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    uint64_t whole = b.event_seq;
    books_trade(&b, 10, 11, 5, 1000, 0);
    uint64_t half = b.event_seq - 1; /* the fill is there, its print is not */
    struct run r;
    run_begin(&r, &b, (struct settle_options){0});
    atomic_store(&r.stream.shown_seq, whole);
    r.stream.run_bytes = 1; /* one event at a time */
    run_start(&r);
    assert_true(reached(whole, 30));
    atomic_store(&r.stream.shown_seq, half);
    assert_false(server_wait(0, "SELECT count(*) > 0 FROM fills"));
    atomic_store(&r.stream.shown_seq, b.event_seq);
    assert_true(reached(b.event_seq, 30));
    assert_int_equal(server_number("SELECT count(*) FROM fills WHERE trade_id = 1"), 1);
    run_end(&r);
    books_free(&b);
}

/* A process that writes, to be killed. */
static pid_t
start_process(const struct books *b)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct books_stream stream;
    struct settle_source source;
    struct error err;
    struct settle *settle;
    books_stream_init(&stream, b, &source);
    stream.run_bytes = 3000;
    const struct settle_options o = {
        .database_url = server_url(), .source = &source, .linger_ms = 1, .copy_min_rows = 20};
    _Atomic int stop = 0;
    if (settle_open(&settle, &o, &err) != 0)
        _exit(3);
    int rc = settle_run(settle, &stop, &err);
    fprintf(stderr, "%s\n", err.text);
    _exit(rc == 0 ? 0 : 4);
}

static void
test_settle_killed_at_any_time_goes_on_exactly_once(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed + 2);
    books_open(&b, CLIENTS);
    books_random(&b, CLIENTS, 4000);
    int64_t before = 0;
    unsigned kills = 0;
    for (unsigned i = 0; i < 12; i++) {
        pid_t pid = start_process(&b);
        char sql[96];
        snprintf(sql, sizeof sql, "SELECT last_seq > %lld FROM checkpoint", (long long)before);
        assert_true(server_wait(60, sql));
        poll(NULL, 0, (int)books_draw(&b, 30)); /* any moment will do */
        kill(pid, SIGKILL);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        before = server_number("SELECT last_seq FROM checkpoint");
        kills++;
        if ((uint64_t)before == b.event_seq)
            break;
    }
    printf("# seed %llu: killed %u times, at event %lld of %llu\n", (unsigned long long)seed, kills,
           (long long)before, (unsigned long long)b.event_seq);
    run_whole(&b, (struct settle_options){0});
    check_books(&b);
    books_free(&b);
}

/* The value of a metric, or another one when it has not come in time. */
static int64_t
wait_metric(const struct metric *m, int64_t least, int64_t most)
{
    int64_t end_ns = clock_mono_ns() + 30 * (int64_t)CLOCK_NS_PER_S;
    while ((metric_get(m) < least || metric_get(m) > most) && clock_mono_ns() < end_ns)
        poll(NULL, 0, 10); /* poll interval */
    return metric_get(m);
}

/* Without an event to write: that PostgreSQL is gone, and that it is back. Where the books stand is
 * not known meanwhile, so the lag is not 0; nor when it was away from the start. */
static void
test_settle_without_news_notices_that_postgres_is_gone(void **state)
{
    (void)state;
    struct books b;
    struct metrics *metrics;
    struct error err;
    server_new_database();
    assert_int_equal(metrics_open(&metrics, "", &err), 0);
    books_init(&b, seed + 6);
    books_open(&b, CLIENTS);
    struct run r;
    server_stop();
    run_begin(&r, &b, (struct settle_options){.metrics = metrics});
    const struct metric *up = metrics_add(metrics, METRIC_GAUGE, "assay_settle_postgres_up", "");
    const struct metric *lag = metrics_add(metrics, METRIC_GAUGE, "assay_settle_lag_ms", "");
    run_start(&r);
    for (int i = 0; i < 2; i++) {
        assert_true(wait_metric(lag, 300, INT64_MAX) >= 300);
        assert_int_equal(metric_get(up), 0);
        server_start();
        assert_int_equal(wait_metric(up, 1, 1), 1);
        assert_true(reached(b.event_seq, 30));
        assert_int_equal(wait_metric(lag, 0, 0), 0);
        server_stop();
        assert_int_equal(wait_metric(up, 0, 0), 0);
    }
    run_end(&r);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.stream.open_cnt, 1);
    server_start();
    check_books(&b);
    metrics_close(metrics);
    books_free(&b);
}

static void
test_settle_waits_for_postgres_and_catches_up(void **state)
{
    (void)state;
    struct books b;
    struct metrics *metrics;
    struct error err;
    server_new_database();
    assert_int_equal(metrics_open(&metrics, "", &err), 0);
    books_init(&b, seed + 3);
    books_open(&b, CLIENTS);
    uint64_t first = b.event_seq;
    books_random(&b, CLIENTS, 3000);
    struct run r;
    run_begin(&r, &b, (struct settle_options){.metrics = metrics});
    atomic_store(&r.stream.shown_seq, first);
    run_start(&r);
    assert_true(reached(first, 30));
    const struct metric *up = metrics_add(metrics, METRIC_GAUGE, "assay_settle_postgres_up", "");
    const struct metric *lag = metrics_add(metrics, METRIC_GAUGE, "assay_settle_lag_seconds", "");
    const struct metric *seq = metrics_add(metrics, METRIC_GAUGE, "assay_settle_last_seq", "");
    assert_int_equal(metric_get(up), 1);
    /* a venue that does not answer is no venue without news */
    atomic_store(&r.stream.waiting_ns, 7 * (int64_t)CLOCK_NS_PER_S);
    assert_int_equal(wait_metric(lag, 7, 7), 7);
    atomic_store(&r.stream.waiting_ns, 0);
    server_stop();
    atomic_store(&r.stream.shown_seq, b.event_seq);
    assert_int_equal(wait_metric(up, 0, 0), 0);
    assert_true(wait_metric(lag, 1, INT64_MAX) > 0);
    assert_int_equal(metric_get(seq), first);
    server_start();
    assert_true(reached(b.event_seq, 60));
    run_end(&r);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.stream.open_cnt, 1); /* it never lost its place */
    check_books(&b);
    metrics_close(metrics);
    books_free(&b);
}

/* The books go back with a PostgreSQL that crashes before it has them on disk. */
static void
test_settle_goes_back_with_postgres_that_crashed(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    char url[600];
    snprintf(url, sizeof url, "%s options='-c synchronous_commit=off'", server_url());
    server_exec("ALTER SYSTEM SET wal_writer_delay = '10s'");
    server_exec("ALTER SYSTEM SET wal_writer_flush_after = '1GB'");
    server_exec("SELECT pg_reload_conf()");
    books_init(&b, seed + 5);
    books_open(&b, CLIENTS);
    uint64_t shown = b.event_seq;
    struct run r;
    books_random(&b, CLIENTS, 10); /* few: full WAL buffers are written early */
    uint64_t lost = b.event_seq;
    books_random(&b, CLIENTS, 10);
    run_begin(&r, &b, (struct settle_options){.database_url = url, .linger_ms = 1});
    atomic_store(&r.stream.shown_seq, shown);
    run_start(&r);
    assert_true(reached(shown, 30));
    server_exec("CREATE TABLE waits_for_the_disk ()");
    atomic_store(&r.stream.shown_seq, lost);
    assert_true(reached(lost, 30));
    server_crash();
    server_start();
    assert_true(reached(lost, 60)); /* again, without news */
    atomic_store(&r.stream.shown_seq, b.event_seq);
    assert_true(reached(b.event_seq, 60));
    run_end(&r);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.stream.open_cnt, 2);
    check_books(&b);
    books_free(&b);
    server_exec("ALTER SYSTEM RESET ALL");
}

static void
test_settle_outlives_broken_connections(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed + 4);
    books_open(&b, CLIENTS);
    books_random(&b, CLIENTS, 4000);
    struct run r;
    run_begin(&r, &b, (struct settle_options){.linger_ms = 1, .copy_min_rows = 50});
    r.stream.run_bytes = 4000;
    run_start(&r);
    /* Each time after some progress, so that it gets through on a busy machine too. */
    unsigned broken = 0;
    int64_t before = 0;
    while ((uint64_t)before < b.event_seq) {
        char sql[96];
        snprintf(sql, sizeof sql, "SELECT last_seq > %lld FROM checkpoint", (long long)before);
        assert_true(server_wait(60, sql));
        poll(NULL, 0, (int)books_draw(&b, 30)); /* any moment will do */
        before = server_number("SELECT last_seq FROM checkpoint");
        broken += (unsigned)server_number("SELECT count(pg_terminate_backend(pid)) FROM"
                                          " pg_stat_activity WHERE application_name ="
                                          " 'assay settle'");
    }
    run_end(&r);
    assert_int_equal(r.rc, 0);
    assert_true(broken > 0);
    check_books(&b);
    books_free(&b);
}

static void
test_settle_stops_when_somebody_else_moved_the_books(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    uint64_t first = b.event_seq;
    books_random(&b, CLIENTS, 10);
    struct run r;
    run_begin(&r, &b, (struct settle_options){0});
    atomic_store(&r.stream.shown_seq, first);
    run_start(&r);
    assert_true(reached(first, 30));
    server_exec("UPDATE checkpoint SET last_seq = last_seq - 1");
    atomic_store(&r.stream.shown_seq, b.event_seq);
    pthread_join(r.thread, NULL);
    assert_int_equal(r.rc, ERR_CORRUPT);
    assert_non_null(strstr(r.err.text, "another writer is at work"));
    settle_close(r.settle);
    books_free(&b);
}

static void
test_settle_stops_on_another_chain(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    books_random(&b, CLIENTS, 10);
    run_whole(&b, (struct settle_options){0});
    struct books younger; /* a venue that has not come so far */
    books_init(&younger, seed);
    books_open(&younger, CLIENTS);
    struct run r;
    run_begin(&r, &younger, (struct settle_options){0});
    run_start(&r);
    pthread_join(r.thread, NULL);
    assert_int_equal(r.rc, ERR_CORRUPT);
    assert_string_equal(r.err.text, "the consumer is ahead of the venue");
    settle_close(r.settle);
    books_free(&younger);
    books_free(&b);
}

static void
test_settle_second_writer_waits_for_the_first(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    uint64_t first = b.event_seq;
    books_random(&b, CLIENTS, 100);
    struct run one, two;
    run_begin(&one, &b, (struct settle_options){0});
    atomic_store(&one.stream.shown_seq, first);
    run_start(&one);
    assert_true(reached(first, 30));
    run_begin(&two, &b, (struct settle_options){0});
    run_start(&two);
    assert_true(server_wait(30, "SELECT count(*) >= 1 FROM pg_stat_activity WHERE"
                                " application_name = 'assay settle'"));
    assert_int_equal(server_number("SELECT last_seq FROM checkpoint"), first);
    run_end(&one);
    assert_true(reached(b.event_seq, 30));
    run_end(&two);
    check_books(&b);
    books_free(&b);
}

static void
test_settle_waits_for_the_venue(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    struct run r;
    run_begin(&r, &b, (struct settle_options){0});
    r.stream.open_error = ERR_AGAIN;
    run_start(&r);
    assert_true(server_wait(30, "SELECT count(*) > 0 FROM checkpoint"));
    run_end(&r); /* and it can be stopped meanwhile */
    assert_int_equal(r.rc, 0);
    books_free(&b);
}

static void
test_settle_refuses_a_schema_that_is_newer(void **state)
{
    (void)state;
    struct books b;
    server_new_database();
    books_init(&b, seed);
    books_open(&b, CLIENTS);
    run_whole(&b, (struct settle_options){0});
    server_exec("INSERT INTO schema_migrations (version, name, digest) VALUES (9999, 'later', '')");
    struct run r;
    run_begin(&r, &b, (struct settle_options){0});
    run_start(&r);
    pthread_join(r.thread, NULL);
    assert_int_equal(r.rc, ERR_UNSUPPORTED);
    assert_non_null(strstr(r.err.text, "version 9999"));
    settle_close(r.settle);
    books_free(&b);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--seed"))
        seed = strtoull(argv[2], NULL, 10);
    printf("# seed %llu\n", (unsigned long long)seed);
    log_setup(LOG_ERROR, "test", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle_writes_the_books_of_every_kind_of_event),
        cmocka_unit_test(test_settle_pipeline_and_copy_write_the_same_books),
        cmocka_unit_test(test_settle_fill_row_holds_what_the_fill_said),
        cmocka_unit_test(test_settle_cycle_books_pending_and_names_the_settlement_day),
        cmocka_unit_test(test_settle_statement_shows_the_running_balance_and_names),
        cmocka_unit_test(test_settle_names_are_those_of_the_newest_start),
        cmocka_unit_test(test_settle_says_why_orders_were_refused),
        cmocka_unit_test(test_settle_never_writes_half_a_command),
        cmocka_unit_test(test_settle_killed_at_any_time_goes_on_exactly_once),
        cmocka_unit_test(test_settle_waits_for_postgres_and_catches_up),
        cmocka_unit_test(test_settle_without_news_notices_that_postgres_is_gone),
        cmocka_unit_test(test_settle_goes_back_with_postgres_that_crashed),
        cmocka_unit_test(test_settle_outlives_broken_connections),
        cmocka_unit_test(test_settle_stops_when_somebody_else_moved_the_books),
        cmocka_unit_test(test_settle_stops_on_another_chain),
        cmocka_unit_test(test_settle_second_writer_waits_for_the_first),
        cmocka_unit_test(test_settle_waits_for_the_venue),
        cmocka_unit_test(test_settle_refuses_a_schema_that_is_newer),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
