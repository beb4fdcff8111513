#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "build_info.h"
#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "tools/assay/bench.h"
#include "tools/assay/bench_setup.h"
#include "tools/flow/flow_random.h"

/* Work that is done in parts: one command begins it, CONTINUE commands carry it on, and what others
 * send comes between them. So nobody waits longer for it than the longest of those commands takes,
 * which is what is measured here. */

enum {
    LEVELS = 10000,
    ORDERS = 100000,
    MIDDLE = 1000000, /* cents */
    INSTRUMENT = 1,
    RUN_MAX = 99,
};

struct work {
    uint32_t orders;   /* that it ends or triggers */
    uint32_t commands; /* the first and its CONTINUEs */
    uint64_t events_bytes;
    double longest_us, whole_ms;
};

struct worst {
    struct bench_setup s;
    struct flow_random chance;
    uint32_t number;
    struct work work;
};

/* Applies one command, timed. */
static void
part(struct worst *w, struct command *cmd)
{
    cmd->rec.seq = ++w->s.seq;
    cmd->time_ns = w->s.time_ns;
    int64_t began = bench_cpu_ns();
    w->work.events_bytes += core_apply(w->s.core, cmd, w->s.ring);
    double us = (double)(bench_cpu_ns() - began) / 1e3;
    w->work.commands++;
    w->work.whole_ms += us / 1e3;
    if (us > w->work.longest_us)
        w->work.longest_us = us;
}

static void
whole(struct worst *w, struct command *cmd, uint32_t orders)
{
    w->work = (struct work){.orders = orders};
    part(w, cmd);
    const struct event_reject *e = (const void *)w->s.ring;
    CHECK(e->ev.rec.type != EVENT_COMMAND_RESULT || e->reason == 0, "%s", reason_name(e->reason));
    while (core_work_pending(w->s.core)) {
        struct command more;
        command_init(&more, COMMAND_CONTINUE);
        part(w, &more);
    }
}

static void
order_init(struct worst *w, struct command_order_new *x, uint8_t side, int64_t price, int64_t lots)
{
    uint32_t number = ++w->number;
    command_init(&x->cmd, COMMAND_ORDER_NEW);
    bench_client_id(&x->cmd.id, number);
    x->cmd.account_id = bench_setup_holder(&w->s, INSTRUMENT, number);
    x->instrument_id = INSTRUMENT;
    x->side = side;
    x->ord_type = ORD_LIMIT;
    x->time_in_force = TIF_GTC;
    x->price_units = price;
    x->qty_lots = lots;
}

/* Untimed: it must be taken. */
static void
enter(struct worst *w, struct command_order_new *x)
{
    x->cmd.rec.seq = ++w->s.seq;
    x->cmd.time_ns = w->s.time_ns;
    (void)core_apply(w->s.core, &x->cmd, w->s.ring);
    const struct event_reject *e = (const void *)w->s.ring;
    CHECK(e->ev.rec.type != EVENT_ORDER_REJECTED, "%s", reason_name(e->reason));
    CHECK(!core_work_pending(w->s.core), "an order that should only rest");
}

static void
rest(struct worst *w, uint8_t side, int64_t price, uint32_t cnt, int64_t step)
{
    for (uint32_t i = 0; i < cnt; i++) {
        struct command_order_new x;
        order_init(w, &x, side, price + step * i, 1);
        enter(w, &x);
    }
}

static void
trading_state(uint32_t state, struct command_trading_state *x)
{
    command_init(&x->cmd, COMMAND_TRADING_STATE);
    x->instrument_id = INSTRUMENT;
    x->state = state;
    x->cmd.flags = COMMAND_FROM_CONFIG; /* no operator is needed */
}

/* --- the kinds of work --- */

static void
sweep(struct worst *w)
{
    struct command_order_new x;
    rest(w, SIDE_SELL, MIDDLE, LEVELS, 1);
    order_init(w, &x, SIDE_BUY, MIDDLE + LEVELS, LEVELS);
    whole(w, &x.cmd, LEVELS);
}

static void
sweep_of_one_level(struct worst *w)
{
    struct command_order_new x;
    rest(w, SIDE_SELL, MIDDLE, ORDERS, 0);
    order_init(w, &x, SIDE_BUY, MIDDLE, ORDERS);
    whole(w, &x.cmd, ORDERS);
}

static void
mass_cancel(struct worst *w)
{
    struct command_mass_cancel x;
    rest(w, SIDE_SELL, MIDDLE, ORDERS, 1);
    command_init(&x.cmd, COMMAND_MASS_CANCEL);
    x.instrument_id = INSTRUMENT;
    x.cmd.flags = COMMAND_FROM_CONFIG;
    whole(w, &x.cmd, ORDERS);
}

static void
expiry(struct worst *w)
{
    int64_t due = w->s.time_ns + CLOCK_NS_PER_S;
    for (uint32_t i = 0; i < ORDERS; i++) {
        struct command_order_new x;
        order_init(w, &x, SIDE_SELL, MIDDLE + i, 1);
        x.time_in_force = TIF_GTD;
        x.expire_ns = due;
        enter(w, &x);
    }
    struct command tick;
    command_init(&tick, COMMAND_TICK);
    w->s.time_ns = due;
    whole(w, &tick, ORDERS);
}

/* One trade reaches them all; each trades a lot of a seller far above. */
static void
stops(struct worst *w)
{
    struct command_order_new x;
    rest(w, SIDE_SELL, MIDDLE, 1, 0);
    order_init(w, &x, SIDE_SELL, MIDDLE + 1, LEVELS);
    enter(w, &x);
    for (uint32_t i = 0; i < LEVELS; i++) {
        order_init(w, &x, SIDE_BUY, MIDDLE + 1, 1);
        x.ord_type = ORD_STOP_LIMIT;
        x.stop_units = MIDDLE;
        enter(w, &x);
    }
    order_init(w, &x, SIDE_BUY, MIDDLE, 1);
    whole(w, &x.cmd, LEVELS);
}

static void
uncross(struct worst *w)
{
    struct command_trading_state state;
    trading_state(TRADING_CALL_INTRADAY, &state);
    bench_setup_command(&w->s, &state.cmd);
    for (uint32_t i = 0; i < ORDERS; i++) {
        struct command_order_new x;
        order_init(w, &x, i % 2 ? SIDE_BUY : SIDE_SELL,
                   MIDDLE + (int64_t)flow_random_below(&w->chance, LEVELS), 1);
        enter(w, &x);
    }
    trading_state(TRADING_OPEN, &state);
    whole(w, &state.cmd, ORDERS);
}

static const struct kind {
    const char *name, *text;
    void (*run)(struct worst *w);
    uint32_t left_max; /* orders that may still be open, or the work was not done */
} kinds[] = {
    {"sweep", "one order takes 10,000 price levels", sweep, 0},
    {"level", "one order takes 100,000 orders of one level", sweep_of_one_level, 0},
    {"mass_cancel", "mass cancel of 100,000 orders", mass_cancel, 0},
    {"expiry", "100,000 orders expire at once", expiry, 0},
    {"stops", "one trade reaches 10,000 stop orders, which trade", stops, 0},
    {"uncross", "an auction ends with 100,000 orders", uncross, ORDERS * 6 / 10},
};

/* --- figures --- */

static int
by_longest(const void *a, const void *b)
{
    double x = ((const struct work *)a)->longest_us, y = ((const struct work *)b)->longest_us;
    return (x > y) - (x < y);
}

static void
count_order(void *cnt, const struct core_order *o)
{
    (void)o;
    ++*(uint32_t *)cnt;
}

/* The median run by its longest command: others use the machine too. */
static void
measure(struct worst *w, const struct kind *k, uint32_t runs, struct work *median, double *worst_us)
{
    struct work all[RUN_MAX];
    for (uint32_t i = 0; i < runs; i++) {
        w->number = 0;
        w->chance = (struct flow_random){.state = 7};
        bench_setup_start(&w->s);
        k->run(w);
        uint32_t left = 0;
        core_each_order(w->s.core, count_order, &left);
        CHECK(left <= k->left_max, "%s: %" PRIu32 " orders are left", k->name, left);
        all[i] = w->work;
    }
    qsort(all, runs, sizeof all[0], by_longest);
    *median = all[runs / 2];
    *worst_us = all[runs - 1].longest_us;
}

static void
print_head(uint32_t runs, bool json)
{
    double load = 0;
    (void)getloadavg(&load, 1);
    if (json)
        printf("{\"bench\":\"worst\",\"commit\":\"%s\",\"preset\":\"%s\",\"load\":%.2f,"
               "\"runs\":%" PRIu32 ",\"work\":[",
               BUILD_COMMIT, BUILD_PRESET, load, runs);
    else
        printf("work in parts, median of %" PRIu32 " runs, build %s %s, load average %.2f\n"
               "  longest command   of all runs   commands    in all\n",
               runs, BUILD_COMMIT, BUILD_PRESET, load);
}

static void
print(const struct kind *k, const struct work *x, double worst_us, bool first, bool json)
{
    if (json)
        printf("%s{\"work\":\"%s\",\"orders\":%" PRIu32 ",\"commands\":%" PRIu32
               ",\"event_bytes\":%" PRIu64 ",\"longest_us\":%.1f,\"longest_of_all_us\":%.1f,"
               "\"whole_ms\":%.2f}",
               first ? "" : ",", k->name, x->orders, x->commands, x->events_bytes, x->longest_us,
               worst_us, x->whole_ms);
    else
        printf("  %12.1f us  %9.1f us   %8" PRIu32 "  %6.2f ms   %s\n", x->longest_us, worst_us,
               x->commands, x->whole_ms, k->text);
}

int
bench_worst(uint32_t runs, bool json, struct error *err)
{
    struct worst w = {0};
    const struct bench_setup_size size = {
        .instruments = 1,
        .holders = BENCH_CLIENTS,
        .orders = ORDERS + 16,
        .client_ids = 2 * ORDERS,
        .ring_bytes = CORE_OUT_BYTES,
    };
    int rc = bench_setup_open(&w.s, &size, err);
    if (rc < 0)
        return rc;
    print_head(runs, json);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct work median;
        double worst_us;
        measure(&w, &kinds[i], runs, &median, &worst_us);
        print(&kinds[i], &median, worst_us, i == 0, json);
    }
    if (json)
        printf("]}\n");
    bench_setup_close(&w.s);
    return 0;
}
