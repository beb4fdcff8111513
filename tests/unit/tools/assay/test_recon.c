/* A whole small venue on disk and in PostgreSQL, in agreement; then one thing is tampered with at a
 * time, and the reconciliation must name it. ctest-timeout: 300 */
#include "tools/assay/recon.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/crc32c.h"
#include "engine/base/log.h"
#include "engine/base/sha256.h"
#include "persist/journal/journal.h"
#include "persist/journal/snapshot.h"
#include "persist/settle/writer.h"
#include "risk/risk.h"
#include "tests/support/core_fixture.h"
#include "tests/support/server.h"

static char dir[64];                          /* the data folder */
static uint64_t fill_seq, event_seq, cmd_seq; /* first fill; where the venue ends */
static struct event_checkpoint digest;

/* --- making it --- */

static void
profile(struct venue *v, uint32_t account)
{
    union any_command x;
    venue_command(&x, COMMAND_ACCOUNT_PROFILE);
    x.cmd.account_id = account;
    x.cmd.actor_id = VENUE_BOSS;
    x.profile.status = ACCOUNT_ACTIVE;
    x.profile.kyc_level = 3;
    x.profile.country = country_pack('C', 'H');
    x.profile.investor_class = CLASS_PROFESSIONAL;
    x.profile.kyc_expiry_ns = INT64_MAX;
    venue_apply(v, &x);
}

/* Trades, cancels, rejects, deposits, a withdrawal's request; orders stay open. */
static void
trade(struct venue *v)
{
    for (uint32_t account = 1; account <= 4; account++)
        profile(v, account);
    for (int i = 0; i < 300; i++) {
        char id[16], other[16];
        snprintf(id, sizeof id, "a%d", i);
        snprintf(other, sizeof other, "b%d", i);
        venue_sell(v, 1 + (uint32_t)i % 2, id, 100 + i % 3, 5);
        if (i % 3 == 0)
            venue_cancel(v, 1 + (uint32_t)i % 2, id);
        else
            venue_buy(v, 3 + (uint32_t)i % 2, other, 101, 1 + i % 7);
        if (fill_seq == 0 && venue_event(v, EVENT_FILL, 0))
            fill_seq = venue_event(v, EVENT_FILL, 0)->ev.rec.seq;
        if (i % 50 == 0) {
            venue_deposit(v, 3, VENUE_USD, 1000);
            venue_buy(v, 4, id, 100, 100000000); /* more than there is */
        }
    }
    assert_true(fill_seq > 0);
    assert_true(venue_open_orders(v) > 0);
}

struct writing {
    struct journal *j;
    struct bcast_ring ring;
    struct durable_mark mark;
    struct core *core;
    struct settle_batch batch;
    struct settle_writer writer;
    struct settle_checkpoint at;
};

static void
ok(int rc, const struct error *err)
{
    if (rc != 0)
        fail_msg("%s", err->text);
}

static void
commit_books(struct writing *w)
{
    struct error err;
    ok(settle_writer_commit(&w->writer, &w->batch, &err), &err);
    w->at = w->batch.to;
    settle_batch_begin(&w->batch, &w->at);
}

static void
write_command(struct writing *w, const struct command *cmd)
{
    struct error err;
    uint8_t *at;
    while (!(at = bcast_reserve(&w->ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES)))
        journal_tile_ops()->poll(w->j, 0);
    memcpy(at, cmd, cmd->rec.length_bytes);
    size_t bytes = cmd->rec.length_bytes, from = bytes;
    bytes += core_apply(w->core, (const struct command *)(const void *)at, at + bytes);
    while (from < bytes) {
        const struct event *ev = (const struct event *)(const void *)(at + from);
        ok(settle_batch_add(&w->batch, ev, &err), &err);
        from += ev->rec.length_bytes;
    }
    (void)bcast_commit(&w->ring, bytes);
}

static void
snapshot(struct writing *w)
{
    struct error err;
    ok(journal_drain(w->j, &err), &err);
    ok(journal_snapshot_write(w->j, w->core, &err), &err);
}

/* The commands of a venue into a journal and its events into the books; snapshots in the middle and
 * at the end. */
static void
write_all(const struct venue *v)
{
    static struct writing w;
    struct error err;
    struct journal_replay replay = {0};
    const struct journal_options options = {.segment_bytes = 16 << 20, .prepare_off = 1};
    memset(&w, 0, sizeof w);
    ok(journal_open(&w.j, dir, &options, &err), &err);
    void *memory = aligned_alloc(64, (core_footprint(&v->genesis, risk_hooks()) + 63) / 64 * 64);
    memset(memory, 0, core_footprint(&v->genesis, risk_hooks()));
    w.core = core_init(memory, &v->genesis, risk_hooks());
    ok(journal_replay(w.j, w.core, &replay, &err), &err);
    ok(bcast_ring_open(&w.ring, "recon", 4 << 20, &err), &err);
    const struct journal_writer_options writer_options = {.ring = &w.ring, .mark = &w.mark};
    ok(journal_writer_start(w.j, &writer_options, &err), &err);
    settle_writer_init(&w.writer, NULL);
    ok(settle_batch_init(&w.batch, &err), &err);
    ok(settle_writer_connect(&w.writer, server_url(), NULL, 0, &w.at, &err), &err);
    settle_batch_begin(&w.batch, &w.at);
    bool half = false;
    for (size_t at = 0; at < v->log_bytes;) {
        const struct command *cmd = (const struct command *)(const void *)(v->log + at);
        write_command(&w, cmd);
        at += cmd->rec.length_bytes;
        if (!half && at > v->log_bytes / 2) {
            half = true;
            commit_books(&w);
            snapshot(&w);
        }
    }
    commit_books(&w);
    snapshot(&w);
    event_seq = core_event_seq(w.core);
    cmd_seq = core_cmd_seq(w.core);
    core_digest(w.core, &digest);
    ok(journal_stop(w.j, &err), &err);
    journal_close(w.j);
    bcast_ring_close(&w.ring);
    settle_writer_fini(&w.writer);
    settle_batch_fini(&w.batch);
    free(memory);
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int
setup(void **state)
{
    int rc = server_setup(state);
    if (rc != 0)
        return rc;
    server_new_database();
    snprintf(dir, sizeof dir, "/tmp/assay-recon-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    struct venue v;
    venue_log_next();
    venue_open(&v, NULL, risk_hooks());
    trade(&v);
    write_all(&v);
    venue_close(&v);
    return 0;
}

static int
teardown(void **state)
{
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return server_teardown(state);
}

/* --- looking --- */

static struct recon r;

static void
reconcile(void)
{
    struct error err;
    const struct recon_options o = {.data_dir = dir, .database_url = server_url()};
    ok(recon_run(&r, &o, &err), &err);
}

static const char *break_text(enum recon_class class)
{
    return r.breaks.kept[class] ? r.breaks.kept[class][0].text : "";
}

/* Tampers, expects a break of that class with that text, mends. */
static void
expect_break(const char *tamper, enum recon_class class, const char *text, const char *mend)
{
    server_exec(tamper);
    reconcile();
    bool found = false;
    for (uint64_t i = 0; i < r.breaks.cnt[class] && i < RECON_KEPT_MAX; i++)
        found |= strstr(r.breaks.kept[class][i].text, text) != NULL;
    if (!found) {
        recon_breaks_print(&r.breaks, stderr);
        fail_msg("%s: no break says '%s'", tamper, text);
    }
    recon_close(&r);
    server_exec(mend);
}

static void
test_recon_of_books_that_agree_finds_nothing(void **state)
{
    (void)state;
    reconcile();
    recon_breaks_print(&r.breaks, stderr);
    assert_int_equal(recon_breaks_cnt(&r.breaks), 0);
    assert_true(r.journal_whole);
    assert_true(r.books_compared);
    assert_false(r.engine_up);
    assert_int_equal(r.snapshots.compared_cnt, 2);
    assert_int_equal(r.event_seq, event_seq);
    assert_true(r.books_rows[SETTLE_TABLE_FILL] > 150);
    assert_true(r.books_rows[SETTLE_TABLE_POSTING] > 600);
    assert_true(r.books_rows[SETTLE_TABLE_ORDER] > 200);
    assert_true(r.books_rows[SETTLE_TABLE_REJECT] >= 6);
    assert_true(r.books_rows[SETTLE_TABLE_DECISION] >= 6);
    assert_true(r.books_rows[SETTLE_TABLE_BALANCE] >= 10);
    assert_true(r.books_rows[SETTLE_TABLE_ACCOUNT] == 6);
    recon_close(&r);
}

static void
test_recon_names_a_tampered_fill(void **state)
{
    (void)state;
    char tamper[160], mend[160], text[96];
    int64_t qty = server_number("SELECT qty_lots FROM fills ORDER BY event_seq LIMIT 1");
    snprintf(tamper, sizeof tamper,
             "UPDATE fills SET qty_lots = qty_lots + 2 WHERE event_seq = %" PRIu64, fill_seq);
    snprintf(mend, sizeof mend,
             "UPDATE fills SET qty_lots = qty_lots - 2 WHERE event_seq = %" PRIu64, fill_seq);
    snprintf(text, sizeof text,
             "fill %" PRIu64 ": qty_lots: PostgreSQL %" PRId64 ", journal %" PRId64, fill_seq,
             qty + 2, qty);
    expect_break(tamper, RECON_FILL, text, mend);
}

static void
test_recon_names_a_missing_and_an_added_fill(void **state)
{
    (void)state;
    char tamper[160], text[96];
    server_exec("CREATE TABLE aside AS SELECT * FROM fills ORDER BY event_seq LIMIT 1");
    snprintf(tamper, sizeof tamper, "DELETE FROM fills WHERE event_seq = %" PRIu64, fill_seq);
    snprintf(text, sizeof text, "fill %" PRIu64 ": in the journal, not in PostgreSQL", fill_seq);
    expect_break(tamper, RECON_FILL, text, "INSERT INTO fills SELECT * FROM aside");
    server_exec("UPDATE aside SET event_seq = 1");
    expect_break("INSERT INTO fills SELECT * FROM aside", RECON_FILL,
                 "fill 1: in PostgreSQL, not in the journal",
                 "DELETE FROM fills WHERE event_seq = 1");
    server_exec("UPDATE aside SET event_seq = 999999999");
    expect_break("INSERT INTO fills SELECT * FROM aside", RECON_FILL,
                 "fills: a row of event 999999999",
                 "DELETE FROM fills WHERE event_seq = 999999999");
    server_exec("DROP TABLE aside");
}

static void
test_recon_names_a_tampered_posting(void **state)
{
    (void)state;
    char tamper[160], mend[160], text[96];
    snprintf(tamper, sizeof tamper,
             "UPDATE postings SET amount_units = amount_units + 1 WHERE event_seq = %" PRIu64
             " AND leg = 2",
             fill_seq);
    snprintf(mend, sizeof mend,
             "UPDATE postings SET amount_units = amount_units - 1 WHERE event_seq = %" PRIu64
             " AND leg = 2",
             fill_seq);
    snprintf(text, sizeof text, "posting %" PRIu64 " leg 2: amount_units: PostgreSQL", fill_seq);
    expect_break(tamper, RECON_POSTING, text, mend);
    snprintf(text, sizeof text, "postings of event %" PRIu64 ": asset 1 does not add up to zero",
             fill_seq);
    expect_break(tamper, RECON_POSTING, text, mend);
    expect_break(tamper, RECON_BALANCE, "its postings add up to", mend);
}

static void
test_recon_names_a_tampered_balance(void **state)
{
    (void)state;
    expect_break("UPDATE balances SET settled_units = settled_units + 5 WHERE account_id = 3 AND"
                 " asset_id = 1",
                 RECON_BALANCE, "balance of account 3 in asset 1: settled_units: PostgreSQL",
                 "UPDATE balances SET settled_units = settled_units - 5 WHERE account_id = 3 AND"
                 " asset_id = 1");
    expect_break("UPDATE balances SET held_units = held_units + 1 WHERE account_id = 3 AND"
                 " asset_id = 1",
                 RECON_BALANCE, "balance of account 3 in asset 1: held_units",
                 "UPDATE balances SET held_units = held_units - 1 WHERE account_id = 3 AND"
                 " asset_id = 1");
}

static void
test_recon_names_tampered_orders_rejects_and_reference_data(void **state)
{
    (void)state;
    expect_break(
        "UPDATE orders SET status = 5 WHERE order_id = (SELECT min(order_id) FROM orders)",
        RECON_ORDER, "status: PostgreSQL 5, journal 4",
        "UPDATE orders SET status = 4 WHERE order_id = (SELECT min(order_id) FROM orders)");
    expect_break("UPDATE rejects SET client_id = client_id || 'x'", RECON_OTHER_ROW,
                 "client_id: PostgreSQL 'a0x', journal 'a0'",
                 "UPDATE rejects SET client_id = left(client_id, -1)");
    expect_break("UPDATE instruments SET symbol = 'NONE'", RECON_OTHER_ROW,
                 "instrument 1: symbol: PostgreSQL 'NONE'",
                 "UPDATE instruments SET symbol = 'BTC-USD'");
    expect_break("UPDATE accounts SET tenant_id = tenant_id + 1 WHERE account_id = 2",
                 RECON_OTHER_ROW, "account 2: tenant_id",
                 "UPDATE accounts SET tenant_id = tenant_id - 1 WHERE account_id = 2");
}

static void
test_recon_says_when_the_books_are_behind(void **state)
{
    (void)state;
    server_exec("CREATE TABLE was AS SELECT last_seq FROM checkpoint");
    expect_break("UPDATE checkpoint SET last_seq = 20", RECON_LAG,
                 "the books are at event 20, the journal ends with",
                 "UPDATE checkpoint SET last_seq = (SELECT last_seq FROM was)");
    expect_break("UPDATE checkpoint SET last_seq = last_seq + 7", RECON_JOURNAL, "the books have",
                 "UPDATE checkpoint SET last_seq = (SELECT last_seq FROM was)");
    server_exec("DROP TABLE was");
}

/* --- files --- */

/* The n-th file with this ending, by name. */
static void
file_named(const char *folder, const char *ending, int newest, char *out, size_t out_bytes)
{
    char path[256], best[256] = "";
    snprintf(path, sizeof path, "%s/%s", dir, folder);
    DIR *d = opendir(path);
    assert_non_null(d);
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ending) != 0)
            continue;
        if (!*best || (strcmp(e->d_name, best) > 0) == (newest != 0))
            snprintf(best, sizeof best, "%.255s", e->d_name);
    }
    closedir(d);
    assert_true(*best);
    snprintf(out, out_bytes, "%s/%s", path, best);
}

static void
flip_byte(const char *path, long offset)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    int c = fgetc(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    fputc(c ^ 0x10, file);
    assert_int_equal(fclose(file), 0);
}

static void
test_recon_names_a_damaged_snapshot(void **state)
{
    (void)state;
    char path[600];
    for (int newest = 0; newest < 2; newest++) {
        file_named("snapshots", ".snap", newest, path, sizeof path);
        flip_byte(path, 5000);
        reconcile();
        assert_int_equal(r.breaks.cnt[RECON_SNAPSHOT], 1);
        assert_non_null(strstr(break_text(RECON_SNAPSHOT), strrchr(path, '/') + 1));
        assert_non_null(strstr(break_text(RECON_SNAPSHOT), "the digest of its state is wrong"));
        assert_int_equal(recon_breaks_cnt(&r.breaks), 1);
        recon_close(&r);
        flip_byte(path, 5000);
    }
}

/* A state that was changed before it was written: every checksum is right. */
static void
test_recon_names_a_snapshot_of_another_state(void **state)
{
    (void)state;
    char path[600];
    static uint8_t bytes[8 << 20];
    file_named("snapshots", ".snap", 1, path, sizeof path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    struct snapshot_head good, head;
    memcpy(&good, bytes, sizeof good);
    assert_true(size >= good.head_bytes + good.state_bytes);
    uint8_t *changed = bytes + good.head_bytes + good.state_bytes / 2;
    *changed ^= 1;
    head = good;
    sha256(bytes + head.head_bytes, head.state_bytes, head.state_sha256);
    head.crc32c = 0;
    head.crc32c = crc32c(0, &head, sizeof head);
    memcpy(bytes, &head, sizeof head);
    rewind(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fflush(file);
    reconcile();
    assert_int_equal(r.breaks.cnt[RECON_SNAPSHOT], 1);
    assert_non_null(strstr(break_text(RECON_SNAPSHOT), "is not what the replay has"));
    recon_close(&r);
    *changed ^= 1;
    memcpy(bytes, &good, sizeof good);
    rewind(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* --- the running core: an operator gateway that gives one answer --- */

static char answer[1024];

static void *
answer_thread(void *arg)
{
    int fd = accept(*(int *)arg, NULL, NULL);
    char c = 0;
    while (fd >= 0 && c != '\n' && read(fd, &c, 1) == 1)
        ;
    if (fd >= 0) {
        if (write(fd, answer, strlen(answer)) < 0)
            perror("write");
        close(fd);
    }
    return NULL;
}

static void
reconcile_with_core(const struct event_checkpoint *k, const char *other_orders)
{
    char folder[96];
    char digests[3][33];
    const uint64_t *from[] = {k->digest_all, k->digest_balances, k->digest_hooks};
    for (int i = 0; i < 3; i++)
        snprintf(digests[i], 33, "%016" PRIx64 "%016" PRIx64, from[i][0], from[i][1]);
    char orders[33];
    snprintf(orders, 33, "%016" PRIx64 "%016" PRIx64, k->digest_orders[0], k->digest_orders[1]);
    snprintf(
        answer, sizeof answer,
        "{\"ok\":true,\"cmd_seq\":%" PRIu64 ",\"event_seq\":%" PRIu64
        ",\"digests\":{\"all\":\"%s\",\"balances\":\"%s\",\"orders\":\"%s\",\"hooks\":\"%s\"}}\n",
        cmd_seq, event_seq, digests[0], digests[1], other_orders ? other_orders : orders,
        digests[2]);
    snprintf(folder, sizeof folder, "%s/run", dir);
    assert_true(mkdir(folder, 0700) == 0 || errno == EEXIST);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/ctl.sock", folder);
    unlink(address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_thread, &fd), 0);
    reconcile();
    pthread_join(thread, NULL);
    close(fd);
    unlink(address.sun_path);
}

static void
test_recon_compares_the_running_core(void **state)
{
    (void)state;
    reconcile_with_core(&digest, NULL);
    recon_breaks_print(&r.breaks, stderr);
    assert_true(r.core_compared);
    assert_true(r.engine_up);
    assert_int_equal(recon_breaks_cnt(&r.breaks), 0);
    recon_close(&r);
    reconcile_with_core(&digest, "00000000000000000000000000000001");
    assert_int_equal(r.breaks.cnt[RECON_CORE], 1);
    assert_non_null(strstr(break_text(RECON_CORE), "the open orders"));
    recon_close(&r);
}

/* Offset of the last byte that is not zero. */
static long
used_bytes(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    long used = 0, at = 0;
    int c;
    while ((c = fgetc(file)) != EOF) {
        at++;
        if (c != 0)
            used = at;
    }
    fclose(file);
    return used;
}

static void
expect_damage(const char *path, long offset, const char *text)
{
    flip_byte(path, offset);
    reconcile();
    assert_true(r.breaks.cnt[RECON_JOURNAL] > 0);
    assert_false(r.books_compared);
    if (!strstr(break_text(RECON_JOURNAL), text))
        fail_msg("%s", break_text(RECON_JOURNAL));
    recon_close(&r);
    flip_byte(path, offset);
}

static void
test_recon_names_a_damaged_journal(void **state)
{
    (void)state;
    char path[600];
    file_named("journal", ".seg", 0, path, sizeof path);
    expect_damage(path, 4096 + 700, "CRC of a record: expected");
}

static void
test_recon_names_a_journal_without_its_tail(void **state)
{
    (void)state;
    char path[600];
    file_named("journal", ".seg", 0, path, sizeof path);
    expect_damage(path, used_bytes(path) - 6000, "journal/0000");
}

int
main(void)
{
    log_setup(LOG_WARN, "test", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recon_of_books_that_agree_finds_nothing),
        cmocka_unit_test(test_recon_names_a_tampered_fill),
        cmocka_unit_test(test_recon_names_a_missing_and_an_added_fill),
        cmocka_unit_test(test_recon_names_a_tampered_posting),
        cmocka_unit_test(test_recon_names_a_tampered_balance),
        cmocka_unit_test(test_recon_names_tampered_orders_rejects_and_reference_data),
        cmocka_unit_test(test_recon_says_when_the_books_are_behind),
        cmocka_unit_test(test_recon_names_a_damaged_snapshot),
        cmocka_unit_test(test_recon_names_a_snapshot_of_another_state),
        cmocka_unit_test(test_recon_compares_the_running_core),
        cmocka_unit_test(test_recon_names_a_damaged_journal),
        cmocka_unit_test(test_recon_names_a_journal_without_its_tail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
