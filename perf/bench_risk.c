#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <x86intrin.h>

#include "engine/base/clock.h"
#include "engine/base/histogram.h"
#include "perf/machine.h"
#include "risk/risk.h"

/* The inline check as the core asks for it: attempt, then admit, over accounts drawn at random,
 * every rule live, with the hook's prefetch a few orders ahead as the sequencer gives it.
 *
 *   bench_risk [ACCOUNTS] [ORDERS]          default 1000 accounts, 2000000 orders */

enum { INSTRUMENTS = 100, AHEAD = 8, CALIBRATE_NS = 50000000 };

static struct hook_account *accounts;
static struct hook_instrument instruments[INSTRUMENTS];
static struct hook_view view = {.now_ns = 1000000000000,
                                .accounts = NULL,
                                .instruments = instruments,
                                .instrument_cnt = INSTRUMENTS};

static void
must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_risk: %s\n", what);
    exit(2);
}

static void
apply(const struct hooks *h, void *self, const void *cmd)
{
    struct hook_effects effects = {0};
    must(h->command(self, cmd, false, &effects, NULL) == 0, "a command was refused");
    (void)h->command(self, cmd, true, &effects, NULL);
}

static void
add_account(const struct hooks *h, void *self, uint32_t idx)
{
    accounts[idx] =
        (struct hook_account){.account_id = idx + 1, .status = ACCOUNT_ACTIVE, .kind = 1};
    view.account_cnt = idx + 1;
    struct command_account a;
    command_init(&a.cmd, COMMAND_ACCOUNT);
    a.cmd.account_id = idx + 1;
    apply(h, self, &a);
    struct command_account_profile p;
    command_init(&p.cmd, COMMAND_ACCOUNT_PROFILE);
    p.cmd.account_id = idx + 1;
    p.cmd.time_ns = view.now_ns;
    p.status = ACCOUNT_ACTIVE;
    p.kyc_level = 2;
    p.country = country_pack('D', 'E');
    p.investor_class = CLASS_RETAIL;
    p.kyc_expiry_ns = INT64_MAX;
    p.max_open_orders = 1000;
    p.max_messages = 1000000;
    p.message_window_ns = 1000000000;
    p.max_order_value_units = 1000000000;
    apply(h, self, &p);
}

static void
add_rules(const struct hooks *h, void *self, uint32_t idx)
{
    struct command_instrument_rules r;
    command_init(&r.cmd, COMMAND_INSTRUMENT_RULES);
    r.cmd.flags = COMMAND_FROM_CONFIG;
    r.instrument_id = idx + 1;
    r.min_kyc_level = 1;
    r.country_mode_buy = r.country_mode_sell = 2;
    r.countries[country_pack('K', 'P') / 64] |= 1ull << (country_pack('K', 'P') % 64);
    r.class_mask_buy = r.class_mask_sell = 1u << CLASS_RETAIL | 1u << CLASS_PROFESSIONAL;
    r.max_order_lots = 1000000;
    r.max_order_value_units = INT64_C(1) << 40;
    r.collar_ppm = 100000;
    apply(h, self, &r);
}

struct draw {
    struct command cmd;
    struct hook_order order;
};

static double
cycles_per_ns(void)
{
    int64_t start_ns = clock_mono_ns(), now_ns;
    uint64_t start = __rdtsc();
    while ((now_ns = clock_mono_ns()) - start_ns < CALIBRATE_NS)
        ;
    return (double)(__rdtsc() - start) / (double)(now_ns - start_ns);
}

/* What two readings of the counter cost by themselves: taken off below. */
static uint64_t
reading_cycles(void)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 10000; i++) {
        uint64_t start = __rdtsc();
        uint64_t took = __rdtsc() - start;
        least = took < least ? took : least;
    }
    return least;
}

/* Huge pages where the machine gives them, as the engine's arena has. */
static void *
take(size_t bytes)
{
    const size_t huge = 2u << 20;
    size_t rounded = (bytes + huge - 1) / huge * huge;
    void *mem = aligned_alloc(huge, rounded);
    must(mem != NULL, "no memory");
    (void)madvise(mem, rounded, MADV_HUGEPAGE);
    return memset(mem, 0, rounded);
}

static struct draw
make_draw(uint64_t x, uint32_t account_cnt)
{
    struct draw d = {.order = {.account_idx = (uint32_t)(x % account_cnt),
                               .instrument_idx = (uint32_t)(x >> 40) % INSTRUMENTS,
                               .side = (uint8_t)(SIDE_BUY + (x >> 63)),
                               .ord_type = ORD_LIMIT,
                               .time_in_force = TIF_GTC,
                               .price_units = 100000 + (int64_t)(x >> 20) % 1000,
                               .cap_units = 101000,
                               .lots = 1 + (int64_t)(x >> 10) % 100,
                               .value_units = 1000000,
                               .need_units = 1001000,
                               .available_units = 5000000}};
    command_init(&d.cmd, COMMAND_TICK);
    d.cmd.rec.type = COMMAND_ORDER_NEW;
    d.cmd.account_id = d.order.account_idx + 1;
    d.cmd.time_ns = view.now_ns;
    return d;
}

static void
run(const struct hooks *h, void *self, uint32_t account_cnt, uint64_t order_cnt)
{
    static struct histogram cycles;
    static struct draw ring[AHEAD];
    histogram_init(&cycles);
    double per_ns = cycles_per_ns();
    uint64_t reading = reading_cycles();
    uint64_t x = 88172645463325252ull, refused = 0, spent = 0;
    for (uint64_t i = 0; i < order_cnt + AHEAD; i++) {
        struct draw *d = &ring[i % AHEAD];
        if (i >= AHEAD) {
            struct decision decision;
            uint64_t start = __rdtsc();
            h->attempt(self, d->order.account_idx, 0, &d->cmd);
            h->admit(self, &d->order, &decision);
            uint64_t took = __rdtsc() - start;
            took -= took < reading ? took : reading;
            spent += took;
            histogram_record(&cycles, (int64_t)took);
            refused += decision.verdict != VERDICT_ALLOW;
        }
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        view.now_ns += 200;
        *d = make_draw(x, account_cnt);
        h->prefetch(self, &d->cmd);
    }
    must(refused == 0, "an order was refused");
    printf("bench_risk accounts=%u instruments=%d orders=%" PRIu64 " mean_ns=%.1f p50_ns=%.1f "
           "p99_ns=%.1f p999_ns=%.1f\n",
           account_cnt, INSTRUMENTS, order_cnt, (double)spent / (double)order_cnt / per_ns,
           (double)histogram_at(&cycles, 5000) / per_ns,
           (double)histogram_at(&cycles, 9900) / per_ns,
           (double)histogram_at(&cycles, 9990) / per_ns);
}

int
main(int argc, char **argv)
{
    uint32_t account_cnt = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    uint64_t order_cnt = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    must(account_cnt > 0 && order_cnt > 0, "counts must be above 0");
    machine_print();
    const struct hooks *h = risk_hooks();
    struct command_genesis g;
    command_init(&g.cmd, COMMAND_GENESIS);
    g.account_max = account_cnt;
    g.instrument_max = INSTRUMENTS;
    void *mem = take(h->footprint(&g));
    accounts = take(account_cnt * sizeof *accounts);
    view.accounts = accounts;
    void *self = h->init(mem, &g, &view);
    for (uint32_t i = 0; i < account_cnt; i++)
        add_account(h, self, i);
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        instruments[i] =
            (struct hook_instrument){.instrument_id = i + 1, .tick_units = 1, .last_units = 100500};
        add_rules(h, self, i);
    }
    run(h, self, account_cnt, order_cnt);
    free(accounts);
    free(mem);
    return 0;
}
