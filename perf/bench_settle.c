/* Fills a second into the books, by fills a transaction; and what a day's order flow costs.
 *
 *   bench_settle [--fills N] [--database URL] [--folder DIR] [--tables]
 *
 * Starts a private PostgreSQL in DIR (default: a folder under /tmp, removed afterwards) unless a
 * database is named: an empty one. Events are made in memory and go through settle_batch and
 * settle_writer, one connection, synchronous commit, all on this machine.
 *   part 1: fills only, both orders filled whole: a row each in fills, 5 postings, 2 ended orders,
 *           4 balances of 64 accounts, in transactions of 1 to 16,000 fills
 *   part 2: 100 orders of which 90 are canceled and 10 trade (5 fills): the venue's mixed load, in
 *           transactions of 50 ms at 50,000 orders/s
 * cpu: of this process and of PostgreSQL's processes (/proc/PID/stat), in per cent of one core. */
#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/settle/writer.h"
#include "tools/assay/postgres.h"

enum { ACCOUNTS = 64, FIRST = 100, CASH = 1, ASSET = 2 };

struct bench {
    struct settle_batch batch;
    struct settle_writer writer;
    struct settle_checkpoint at;
    uint64_t order_cnt;
    int64_t time_ns;
    pid_t postgres_pid;
    uint64_t rng;
};

static uint64_t
draw(struct bench *b, uint64_t below)
{
    b->rng ^= b->rng << 13; /* xorshift64, Marsaglia 2003 */
    b->rng ^= b->rng >> 7;
    b->rng ^= b->rng << 17;
    return b->rng % below;
}

static void
head(struct bench *b, struct event *ev, uint16_t type, uint8_t last)
{
    memset(ev, 0, event_bytes(type));
    ev->rec = (struct record){.length_bytes = event_bytes(type),
                              .kind = RECORD_EVENT,
                              .version = RECORD_VERSION,
                              .type = type,
                              .epoch = 1,
                              .seq = b->batch.to.last_seq + 1};
    ev->time_ns = b->time_ns += 1000;
    ev->last = last;
}

static void
add(struct bench *b, const struct event *ev)
{
    struct error err;
    int rc = settle_batch_add(&b->batch, ev, &err);
    CHECK(rc == 0, "%s", err.text);
}

static void
set_id(struct client_id *id, uint64_t number)
{
    id->length = (uint8_t)snprintf(id->text, sizeof id->text, "c%011" PRIu64, number);
}

static void
side(struct bench *b, struct fill_side *s, uint32_t account, int64_t price)
{
    s->order_id = ++b->order_cnt << 24;
    s->account_id = account;
    s->session_id = 1;
    s->qty_lots = s->cum_lots = 10;
    s->cum_cost = 10 * price;
    s->ord_type = ORD_LIMIT;
    s->time_in_force = TIF_DAY;
    s->status = ORD_STATUS_FILLED;
    s->price_units = price;
    s->cash_after.settled_units = (int64_t)draw(b, 1000000000);
    s->asset_after.settled_units = (int64_t)draw(b, 1000000000);
    set_id(&s->id, b->order_cnt);
}

static void
add_fill(struct bench *b)
{
    struct event_fill f;
    int64_t price = 1000 + (int64_t)draw(b, 100);
    head(b, &f.ev, EVENT_FILL, 0);
    f.instrument_id = 1;
    f.asset_id = ASSET;
    f.currency_id = CASH;
    f.aggressor = SIDE_BUY;
    f.price_units = price;
    f.qty_lots = 10;
    f.qty_units = 1000;
    f.notional_units = 10 * price;
    side(b, &f.buy, FIRST + (uint32_t)draw(b, ACCOUNTS), price);
    side(b, &f.sell, FIRST + (uint32_t)draw(b, ACCOUNTS), price);
    f.buy.fee_units = 10;
    f.fee_after_units = (int64_t)b->order_cnt;
    add(b, &f.ev);
    struct event_trade t;
    head(b, &t.ev, EVENT_TRADE, 1);
    t.trade_id = b->order_cnt / 2;
    add(b, &t.ev);
}

static void
add_canceled(struct bench *b)
{
    struct event_order o;
    uint32_t account = FIRST + (uint32_t)draw(b, ACCOUNTS);
    uint64_t order_id = ++b->order_cnt << 24;
    for (int canceled = 0; canceled < 2; canceled++) {
        head(b, &o.ev, canceled ? EVENT_ORDER_CANCELED : EVENT_ORDER_ACCEPTED, 1);
        o.order_id = order_id;
        o.account_id = account;
        o.instrument_id = 1;
        o.ev.session_id = 1;
        o.side = SIDE_BUY;
        o.ord_type = ORD_LIMIT;
        o.time_in_force = TIF_DAY;
        o.status = canceled ? ORD_STATUS_CANCELED : ORD_STATUS_NEW;
        o.reason = canceled ? 48 : 0;
        o.hold_asset_id = CASH;
        o.price_units = 1000;
        o.qty_lots = 10;
        o.hold_after.settled_units = (int64_t)draw(b, 1000000000);
        set_id(&o.id, b->order_cnt);
        add(b, &o.ev);
    }
}

/* --- time --- */

/* Seconds of processor that a process has used, its ended children aside. source: proc(5) */
static double
cpu_of(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    unsigned long user = 0, system_ = 0;
    if (!at ||
        sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system_) != 2)
        return 0;
    return (double)(user + system_) / (double)sysconf(_SC_CLK_TCK);
}

/* All processes of the server: its session's children. */
static double
cpu_of_postgres(pid_t postmaster)
{
    if (postmaster == 0)
        return 0;
    double sum = cpu_of(postmaster);
    DIR *dir = opendir("/proc");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        char path[64], text[512];
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        FILE *file = pid > 0 ? fopen(path, "re") : NULL;
        if (!file)
            continue;
        size_t n = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[n] = '\0';
        const char *at = strrchr(text, ')');
        int parent = 0;
        if (at && sscanf(at + 2, "%*c %d", &parent) == 1 && parent == postmaster)
            sum += cpu_of(pid);
    }
    if (dir)
        closedir(dir);
    return sum;
}

struct usage {
    int64_t wall_ns;
    double self_s, postgres_s;
};

static struct usage
usage_now(const struct bench *b)
{
    return (struct usage){clock_mono_ns(), cpu_of(getpid()), cpu_of_postgres(b->postgres_pid)};
}

/* --- the two parts --- */

static int64_t
commit(struct bench *b)
{
    struct error err;
    int64_t start_ns = clock_mono_ns();
    int rc = settle_writer_commit(&b->writer, &b->batch, &err);
    CHECK(rc == 0, "%s", err.text);
    b->at = b->batch.to;
    settle_batch_begin(&b->batch, &b->at);
    return clock_mono_ns() - start_ns;
}

static void
bench_fills(struct bench *b, unsigned per_tx, unsigned total)
{
    struct usage from = usage_now(b);
    int64_t tx_ns = 0, tx_cnt = 0;
    unsigned done = 0;
    for (; done < total; done += per_tx, tx_cnt++) {
        for (unsigned i = 0; i < per_tx; i++)
            add_fill(b);
        tx_ns += commit(b);
    }
    struct usage to = usage_now(b);
    double wall_s = (double)(to.wall_ns - from.wall_ns) / CLOCK_NS_PER_S;
    printf("%6u fills/tx: %8.0f fills/s   tx %8.2f ms   cpu %5.1f us a fill (writer %.1f, "
           "PostgreSQL %.1f)\n",
           per_tx, done / wall_s, (double)tx_ns / 1e6 / (double)tx_cnt,
           1e6 * (to.self_s - from.self_s + to.postgres_s - from.postgres_s) / done,
           1e6 * (to.self_s - from.self_s) / done, 1e6 * (to.postgres_s - from.postgres_s) / done);
    fflush(stdout);
}

/* 50,000 orders/s in transactions of 50 ms: 2,500 orders each; as fast as it goes. */
static void
bench_mixed(struct bench *b, unsigned tx_cnt)
{
    enum { ORDERS = 2500, FILLS = ORDERS / 20 };
    struct usage from = usage_now(b);
    int64_t tx_ns = 0, worst_ns = 0;
    for (unsigned i = 0; i < tx_cnt; i++) {
        for (unsigned o = 0; o < ORDERS - 2 * FILLS; o++)
            add_canceled(b);
        for (unsigned f = 0; f < FILLS; f++)
            add_fill(b);
        int64_t ns = commit(b);
        tx_ns += ns;
        worst_ns = ns > worst_ns ? ns : worst_ns;
    }
    struct usage to = usage_now(b);
    double wall_s = (double)(to.wall_ns - from.wall_ns) / CLOCK_NS_PER_S;
    double orders = (double)tx_cnt * ORDERS;
    printf("mixed: %.0f orders/s as fast as it goes; tx %.1f ms, worst %.1f ms\n", orders / wall_s,
           (double)tx_ns / 1e6 / tx_cnt, (double)worst_ns / 1e6);
    printf("mixed: at 50,000 orders/s %.0f %% of one core (writer %.0f %%, PostgreSQL %.0f %%)\n",
           100 * 50000 * (to.self_s - from.self_s + to.postgres_s - from.postgres_s) / orders,
           100 * 50000 * (to.self_s - from.self_s) / orders,
           100 * 50000 * (to.postgres_s - from.postgres_s) / orders);
}

/* --- setting up --- */

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void
print_tables(const char *url)
{
    PGconn *conn = PQconnectdb(url);
    PGresult *r = PQexec(conn, "SELECT relname, pg_size_pretty(pg_total_relation_size(relid)),"
                               " n_live_tup, n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables"
                               " WHERE n_live_tup > 100 ORDER BY 1");
    for (int i = 0; i < PQntuples(r); i++)
        printf("  %-10s %10s %10s rows, %s of %s updates in place\n", PQgetvalue(r, i, 0),
               PQgetvalue(r, i, 1), PQgetvalue(r, i, 2), PQgetvalue(r, i, 3), PQgetvalue(r, i, 4));
    PQclear(r);
    PQfinish(conn);
}

static int
run(const char *url, pid_t postgres_pid, unsigned total, int tables)
{
    static const unsigned sizes[] = {1, 10, 100, 1000, 4000, 16000};
    struct bench b = {.rng = 7, .time_ns = 1700000000000000000, .postgres_pid = postgres_pid};
    struct error err = {0};
    settle_writer_init(&b.writer, NULL);
    int rc = settle_batch_init(&b.batch, &err);
    if (rc == 0)
        rc = settle_writer_connect(&b.writer, url, NULL, 0, &b.at, &err);
    if (rc == 0 && b.at.last_seq != 0)
        rc = error_set(&err, ERR_EXISTS, "the database holds books already: name an empty one");
    if (rc != 0) {
        fprintf(stderr, "bench_settle: %s\n", err.text);
        settle_writer_fini(&b.writer);
        return 2;
    }
    b.at.fee_account_id = 1;
    settle_batch_begin(&b.batch, &b.at);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        bench_fills(&b, sizes[i], sizes[i] < 100 ? total / 50 * sizes[i] / 4 + 100 : total);
    bench_mixed(&b, 200);
    settle_writer_fini(&b.writer);
    settle_batch_fini(&b.batch);
    if (tables)
        print_tables(url);
    return 0;
}

int
main(int argc, char **argv)
{
    const char *url = NULL, *folder = NULL;
    unsigned total = 100000;
    int tables = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--tables"))
            tables = 1;
        else if (i + 1 < argc && !strcmp(argv[i], "--fills"))
            total = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (i + 1 < argc && !strcmp(argv[i], "--database"))
            url = argv[++i];
        else if (i + 1 < argc && !strcmp(argv[i], "--folder"))
            folder = argv[++i];
        else {
            fprintf(stderr,
                    "usage: bench_settle [--fills N] [--database URL] [--folder DIR] [--tables]\n");
            return 2;
        }
    }
    log_setup(LOG_WARN, "bench", 1);
    if (url)
        return run(url, 0, total, tables);
    struct postgres p;
    struct error err = {0};
    char temp[] = "/tmp/assay-bench-XXXXXX";
    if (!folder && (!mkdtemp(temp) || chmod(temp, 0755) != 0))
        return 2;
    char at[4096];
    snprintf(at, sizeof at, "%s/postgres", folder ? folder : temp);
    if (postgres_start(&p, at, NULL, NULL, &err) != 0) {
        fprintf(stderr, "bench_settle: %s\n", err.text);
        return 2;
    }
    int rc = run(p.url, p.pid, total, tables);
    postgres_stop(&p);
    if (!folder)
        nftw(temp, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return rc;
}
