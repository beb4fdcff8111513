/* Throughput and latency of core_apply on the common order-book workload (flow files of flowgen).
 *
 *   bench_core [--by id|number] [--runs N] FILE...      or with $ASSAY_FLOW_DIR: flow_*.bin in it
 *
 * One core, ledger and client ids included: every order carries a client id (its number as text),
 * eight accounts take turns, maker and taker fees are charged. Cancels name the order by client id
 * (--by id, what a FIX client does; the default) or by the venue's number (--by number).
 * A first run, not timed, notes the venue's numbers and the trades, and compares trades, quantity
 * and checksum with what flowgen printed (the figures of the four standard flows are known here).
 * Commands are prepared in batches of 4096, as a ring would hold them, and only applying is timed
 * (processor time of the thread); latency is measured in a run of its own. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/core/core.h"
#include "perf/machine.h"

enum {
    BATCH = 4096,
    AHEAD = 16,
    ACCOUNT_CNT = 8,
    FEE_ACCOUNT = 900,
    ISSUE_ACCOUNT = 901,
    CASH = 1
};

struct flow_head {
    char magic[8];
    uint32_t version, instruments;
    uint64_t warm, ops, seed, zero[3];
};

struct flow_record {
    uint64_t order_id;
    int32_t price_ticks;
    uint32_t qty_lots;
    uint16_t instrument;
    uint8_t type, side;
    uint32_t zero;
};
_Static_assert(sizeof(struct flow_head) == 64 && sizeof(struct flow_record) == 24, "flow file");

struct flow {
    struct flow_head head;
    const struct flow_record *records;
    uint64_t cnt, order_max;
};

static const struct expected {
    uint32_t instruments;
    uint64_t seed, trades, qty, checksum;
} known[] = {
    {1, 7, 870056, 12324019, 0x22009bc0579dcc93},
    {1000, 7, 581111, 5259684, 0xc9afb767bb14a306},
    {1, 11, 854154, 11932537, 0xd784d23d547130eb},
    {1000, 11, 581406, 5266814, 0xc80b46daa270d603},
};

struct bench {
    struct flow flow;
    struct command_genesis genesis;
    struct core *core;
    void *memory;
    size_t memory_bytes;
    uint8_t *out;
    uint64_t seq;
    uint64_t *venue_ids; /* by workload order id */
    bool by_number;
    union {
        struct command cmd;
        struct command_order_new order;
        struct command_order_cancel cancel;
        uint8_t bytes[256];
    } * batch;
    uint64_t trades, qty, checksum;
};

static void *
map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 0, bytes);
    return p;
}

static void
apply(struct bench *b, struct command *cmd)
{
    cmd->rec.seq = ++b->seq;
    cmd->time_ns = (int64_t)1700000000 * 1000000000;
    size_t bytes = core_apply(b->core, cmd, b->out);
    const struct event_reject *e = (const void *)b->out;
    CHECK(bytes > 0 && (e->ev.rec.type != EVENT_COMMAND_RESULT || e->reason == 0), "%s",
          reason_name(e->reason));
}

static void
add_account(struct bench *b, uint32_t id, uint32_t kind)
{
    struct command_account x;
    command_init(&x.cmd, COMMAND_ACCOUNT);
    x.cmd.flags = COMMAND_FROM_CONFIG;
    x.cmd.account_id = id;
    x.cmd.tenant_id = 1;
    x.status = ACCOUNT_ACTIVE;
    x.kind = kind;
    apply(b, &x.cmd);
}

static void
add_asset(struct bench *b, uint32_t id, uint8_t scale, uint8_t kind)
{
    struct command_asset x;
    command_init(&x.cmd, COMMAND_ASSET);
    x.cmd.flags = COMMAND_FROM_CONFIG;
    x.asset_id = id;
    x.scale = scale;
    x.kind = kind;
    apply(b, &x.cmd);
}

static void
deposit(struct bench *b, uint32_t account, uint32_t asset, int64_t units)
{
    struct command_money x;
    command_init(&x.cmd, COMMAND_DEPOSIT);
    x.cmd.flags = COMMAND_FROM_CONFIG;
    x.cmd.account_id = account;
    x.asset_id = asset;
    x.amount_units = units;
    apply(b, &x.cmd);
}

/* Price in cents, lots of 0.001 of an asset with 6 decimals: notional = price * lots / 10. */
static void
add_instrument(struct bench *b, uint32_t id)
{
    struct command_instrument x;
    command_init(&x.cmd, COMMAND_INSTRUMENT);
    x.cmd.flags = COMMAND_FROM_CONFIG;
    x.instrument_id = id;
    x.asset_id = CASH + id;
    x.currency_id = CASH;
    x.price_scale = 2;
    x.state = TRADING_OPEN;
    x.tick_units = 1;
    x.lot_units = 1000;
    x.min_qty_lots = 1;
    x.max_price_units = 1000000000;
    x.maker_ppm = 100;
    x.taker_ppm = 250;
    x.protection_ppm = 50000;
    apply(b, &x.cmd);
}

static void
start(struct bench *b)
{
    uint32_t instruments = b->flow.head.instruments;
    struct command_genesis *g = &b->genesis;
    memset(g, 0, sizeof(*g));
    command_init(&g->cmd, COMMAND_GENESIS);
    g->rules_version = 1;
    g->config_cnt = UINT32_MAX;
    g->asset_max = instruments + 2;
    g->instrument_max = instruments;
    g->account_max = ACCOUNT_CNT + 2;
    g->balance_max = (ACCOUNT_CNT + 2) * (instruments + 2);
    g->order_max = 1u << 18;
    g->level_max = 1u << 18;
    g->client_id_max = 4000000;
    g->session_max = g->actor_max = g->proposal_max = g->withdrawal_max = 16;
    g->work_max = 64;
    g->maker_skip_max = 16;
    g->fee_account_id = FEE_ACCOUNT;
    g->issue_account_id = ISSUE_ACCOUNT;
    g->hash_key = 0x9876543210abcdef;
    if (b->memory == NULL) {
        b->memory_bytes = core_footprint(g, NULL);
        b->memory = map(b->memory_bytes);
        b->out = map(CORE_OUT_BYTES);
        b->batch = map(BATCH * sizeof(b->batch[0]));
    } else {
        memset(b->memory, 0, b->memory_bytes);
    }
    b->seq = 0;
    b->core = core_init(b->memory, g, NULL);
    struct command_genesis first = *g;
    apply(b, &first.cmd);
    add_account(b, FEE_ACCOUNT, 2);
    add_account(b, ISSUE_ACCOUNT, 3);
    add_asset(b, CASH, 2, 1);
    for (uint32_t a = 1; a <= ACCOUNT_CNT; a++) {
        add_account(b, a, 1);
        deposit(b, a, CASH, (int64_t)1 << 57);
    }
    for (uint32_t i = 1; i <= instruments; i++) {
        add_asset(b, CASH + i, 6, 2);
        add_instrument(b, i);
        for (uint32_t a = 1; a <= ACCOUNT_CNT; a++)
            deposit(b, a, CASH + i, (int64_t)1 << 57);
    }
}

static uint8_t
put_number(char *text, uint64_t n)
{
    char digits[20];
    uint8_t length = 0;
    do
        digits[length++] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    for (uint8_t i = 0; i < length; i++)
        text[i] = digits[length - 1 - i];
    return length;
}

static void
prepare(const struct bench *b, const struct flow_record *r, bool by_number, void *out)
{
    uint32_t account = (uint32_t)(r->order_id % ACCOUNT_CNT) + 1;
    if (r->type == 1) {
        struct command_order_cancel *x = out;
        command_init(&x->cmd, COMMAND_ORDER_CANCEL);
        x->cmd.account_id = account;
        if (by_number)
            x->order_id = b->venue_ids[r->order_id];
        else
            x->orig.length = put_number(x->orig.text, r->order_id);
        return;
    }
    struct command_order_new *x = out;
    command_init(&x->cmd, COMMAND_ORDER_NEW);
    x->cmd.account_id = account;
    x->cmd.id.length = put_number(x->cmd.id.text, r->order_id);
    x->instrument_id = r->instrument + 1u;
    x->side = r->side == 0 ? SIDE_BUY : SIDE_SELL;
    x->ord_type = ORD_LIMIT;
    x->time_in_force = TIF_GTC;
    x->price_units = r->price_ticks;
    x->qty_lots = r->qty_lots;
    x->user_data = r->order_id;
}

static uint64_t
number_of(const struct client_id *id)
{
    uint64_t n = 0;
    for (uint8_t i = 0; i < id->length; i++)
        n = n * 10 + (uint64_t)(id->text[i] - '0');
    return n;
}

static void
note(struct bench *b, size_t bytes, bool count)
{
    for (size_t at = 0; at < bytes;) {
        const struct event *e = (const void *)(b->out + at);
        at += e->rec.length_bytes;
        if (e->rec.type == EVENT_ORDER_ACCEPTED) {
            const struct event_order *o = (const void *)e;
            b->venue_ids[o->user_data] = o->order_id;
        } else if (e->rec.type == EVENT_ORDER_REJECTED) {
            CHECK(0, "order refused: %s", reason_name(((const struct event_reject *)e)->reason));
        } else if (e->rec.type == EVENT_FILL && count) {
            const struct event_fill *f = (const void *)e;
            bool buys = f->aggressor == SIDE_BUY;
            uint64_t maker = number_of(buys ? &f->sell.id : &f->buy.id);
            uint64_t taker = number_of(buys ? &f->buy.id : &f->sell.id);
            b->trades++;
            b->qty += (uint64_t)f->qty_lots;
            b->checksum ^= maker * 0x9E3779B97F4A7C15u + taker * 0xC2B2AE3D27D4EB4Fu +
                           (uint64_t)f->price_units * 0x165667B19E3779F9u + (uint64_t)f->qty_lots;
            b->checksum = b->checksum * 0x2545F4914F6CDD1Du + 1;
        }
    }
}

enum run_kind { RUN_CHECK, RUN_THROUGHPUT, RUN_LATENCY };

static int
compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Of this thread alone: what else runs on the machine is not counted. */
static int64_t
cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Applies one prepared batch; returns ns (throughput). */
static int64_t
apply_batch(struct bench *b, uint64_t first, uint32_t cnt, enum run_kind kind, uint32_t *cycles)
{
    int64_t began = cpu_ns();
    for (uint32_t i = 0; i < cnt; i++) {
        if (i + AHEAD < cnt)
            core_prefetch(b->core, &b->batch[i + AHEAD].cmd);
        if (kind == RUN_LATENCY) {
            uint64_t t = __rdtsc();
            (void)core_apply(b->core, &b->batch[i].cmd, b->out);
            cycles[first + i] = (uint32_t)(__rdtsc() - t);
        } else {
            size_t bytes = core_apply(b->core, &b->batch[i].cmd, b->out);
            if (kind == RUN_CHECK)
                note(b, bytes, first + i >= b->flow.head.warm);
        }
    }
    return cpu_ns() - began;
}

/* Returns ns for the timed part. */
static int64_t
run(struct bench *b, enum run_kind kind, uint32_t *cycles)
{
    int64_t ns = 0;
    const struct flow *f = &b->flow;
    start(b);
    for (uint64_t at = 0; at < f->cnt;) {
        uint64_t end = at < f->head.warm ? f->head.warm : f->cnt;
        uint32_t cnt = (uint32_t)(end - at < BATCH ? end - at : BATCH);
        for (uint32_t i = 0; i < cnt; i++) {
            prepare(b, &f->records[at + i], b->by_number && kind != RUN_CHECK, &b->batch[i]);
            b->batch[i].cmd.rec.seq = ++b->seq;
            b->batch[i].cmd.time_ns = (int64_t)1700000000 * 1000000000;
        }
        int64_t took = apply_batch(b, at, cnt, kind, cycles);
        if (at >= f->head.warm)
            ns += took;
        at += cnt;
    }
    return ns;
}

static double
tsc_per_ns(void)
{
    int64_t t = clock_mono_ns();
    uint64_t c = __rdtsc();
    while (clock_mono_ns() - t < 50000000)
        ;
    return (double)(__rdtsc() - c) / (double)(clock_mono_ns() - t);
}

static int
check_known(const struct bench *b)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct expected *e = &known[i];
        if (e->instruments != b->flow.head.instruments || e->seed != b->flow.head.seed ||
            b->flow.head.ops != 5000000)
            continue;
        bool same = e->trades == b->trades && e->qty == b->qty && e->checksum == b->checksum;
        printf("  trades %" PRIu64 " lots %" PRIu64 " checksum %016" PRIx64 ": %s\n", b->trades,
               b->qty, b->checksum, same ? "as expected" : "WRONG");
        return same ? 0 : 1;
    }
    printf("  trades %" PRIu64 " lots %" PRIu64 " checksum %016" PRIx64 " (no known figures)\n",
           b->trades, b->qty, b->checksum);
    return 0;
}

static void
report_latency(struct bench *b)
{
    uint64_t warm = b->flow.head.warm, n = b->flow.cnt - warm;
    uint32_t *cycles = map(b->flow.cnt * sizeof(uint32_t));
    (void)run(b, RUN_LATENCY, cycles);
    qsort(cycles + warm, n, sizeof(uint32_t), compare);
    double per = tsc_per_ns();
    static const double at[] = {0.5, 0.99, 0.999};
    printf("  latency per command ns:");
    for (int i = 0; i < 3; i++)
        printf(" p%g %.0f", at[i] * 100, cycles[warm + (uint64_t)((double)n * at[i])] / per);
    printf(" max %.0f (with about 20 of the timer)\n", cycles[b->flow.cnt - 1] / per);
    munmap(cycles, b->flow.cnt * sizeof(uint32_t));
}

static bool
load(struct flow *f, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL || fread(&f->head, sizeof(f->head), 1, in) != 1 ||
        memcmp(f->head.magic, "ASSAYFLW", 8) != 0) {
        fprintf(stderr, "bench_core: %s is not a flow file\n", path);
        return false;
    }
    f->cnt = f->head.warm + f->head.ops;
    struct flow_record *r = map(f->cnt * sizeof(*r));
    bool whole = fread(r, sizeof(*r), f->cnt, in) == f->cnt;
    fclose(in);
    f->records = r;
    f->order_max = 0;
    for (uint64_t i = 0; i < f->cnt; i++)
        f->order_max = r[i].order_id > f->order_max ? r[i].order_id : f->order_max;
    return whole;
}

static int
bench_file(const char *path, bool by_number, int runs)
{
    struct bench b = {.by_number = by_number};
    if (!load(&b.flow, path))
        return 1;
    b.venue_ids = map((b.flow.order_max + 1) * sizeof(uint64_t));
    printf("%s: %u instruments, seed %" PRIu64 ", %" PRIu64 " warm, %" PRIu64 " timed\n", path,
           b.flow.head.instruments, b.flow.head.seed, b.flow.head.warm, b.flow.head.ops);
    (void)run(&b, RUN_CHECK, NULL);
    int wrong = check_known(&b);
    uint64_t events = core_event_seq(b.core);
    for (int i = 0; i < runs; i++) {
        int64_t ns = run(&b, RUN_THROUGHPUT, NULL);
        CHECK(core_event_seq(b.core) == events, "a run differs from the first");
        printf("  throughput %.2f M commands/s, %.0f ns each, %.2f events each\n",
               (double)b.flow.head.ops * 1e3 / (double)ns, (double)ns / (double)b.flow.head.ops,
               (double)events / (double)b.flow.cnt);
    }
    report_latency(&b);
    munmap(b.memory, b.memory_bytes);
    munmap(b.out, CORE_OUT_BYTES);
    munmap(b.batch, BATCH * sizeof(b.batch[0]));
    munmap(b.venue_ids, (b.flow.order_max + 1) * sizeof(uint64_t));
    munmap((void *)(uintptr_t)b.flow.records, b.flow.cnt * sizeof(struct flow_record));
    return wrong;
}

int
main(int argc, char **argv)
{
    bool by_number = false;
    int runs = 3, files = 0, wrong = 0;
    machine_print();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--by") == 0 && i + 1 < argc) {
            by_number = strcmp(argv[++i], "number") == 0;
        } else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc) {
            runs = atoi(argv[++i]);
        } else {
            if (files++ == 0)
                printf("cancels name orders by %s; hooks: none; prefetch %d ahead\n",
                       by_number ? "the venue's number" : "client id", AHEAD);
            wrong |= bench_file(argv[i], by_number, runs);
        }
    }
    const char *folder = getenv("ASSAY_FLOW_DIR");
    DIR *d = files == 0 && folder != NULL ? opendir(folder) : NULL;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char path[4096];
        if (strncmp(e->d_name, "flow_", 5) != 0 || strstr(e->d_name, ".bin") == NULL)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        wrong |= bench_file(path, by_number, runs);
        files++;
    }
    if (d != NULL)
        closedir(d);
    if (files == 0)
        fprintf(stderr, "usage: bench_core [--by id|number] [--runs N] FILE...\n");
    return files == 0 ? 2 : wrong;
}
