#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "build_info.h"
#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "tools/assay/bench.h"
#include "tools/assay/bench_setup.h"
#include "tools/flow/flow_random.h"

/* What an operation costs as the books fill: orders of one lot, drawn over all instruments, bids
 * below 2^30 cents and asks above, so that hardly two share a price. At each size as many rounds as
 * make OPS: a number of orders is added, canceled in another order, added again and traded away. */

enum {
    INSTRUMENTS = 10000,
    HOLDERS = 10,
    LEAST = 10000, /* resting orders, then ten times as many, and so on */
    OPS = 131072,
    ROUND_MAX = 65536,
    AHEAD = 16,
    RING_BYTES = 32 << 20,
    OP_GAP_NS = 100,
};
static const uint32_t half_ticks = 1u << 30;

union slot {
    struct command cmd;
    struct command_order_new order;
    struct command_order_cancel cancel;
};

struct resting { /* an order of the last round */
    uint32_t number, instrument_id;
    uint8_t side;
};

struct growth {
    struct bench_setup s;
    struct flow_random chance;
    uint32_t number; /* of the last order */
    size_t ring_at;
    struct resting round[ROUND_MAX];
    union slot batch[BENCH_BATCH];
};

enum kind { ADD, CANCEL, MATCH, KINDS };

struct point { /* at one size */
    uint32_t resting;
    double ns[KINDS]; /* an operation, mean */
};

static void
new_order(struct growth *g, union slot *x, struct resting *r, uint8_t side)
{
    r->side = side;
    r->number = ++g->number;
    command_init(&x->cmd, COMMAND_ORDER_NEW);
    bench_client_id(&x->cmd.id, r->number);
    x->cmd.account_id = bench_setup_holder(&g->s, r->instrument_id, r->number);
    x->order.instrument_id = r->instrument_id;
    x->order.side = side;
    x->order.ord_type = ORD_LIMIT;
    x->order.time_in_force = TIF_GTC;
    x->order.qty_lots = 1;
}

static void
make(struct growth *g, enum kind kind, union slot *x, struct resting *r)
{
    if (kind == ADD) {
        uint8_t side = flow_random_below(&g->chance, 2) ? SIDE_BUY : SIDE_SELL;
        r->instrument_id = flow_random_below(&g->chance, INSTRUMENTS) + 1;
        new_order(g, x, r, side);
        x->order.price_units = 1 + (int64_t)flow_random_below(&g->chance, half_ticks - 1) +
                               (side == SIDE_SELL ? half_ticks : 0);
    } else if (kind == CANCEL) {
        command_init(&x->cmd, COMMAND_ORDER_CANCEL);
        bench_client_id(&x->cancel.orig, r->number);
        x->cmd.account_id = bench_setup_holder(&g->s, r->instrument_id, r->number);
    } else { /* takes the best of those beside it, whatever its price */
        uint8_t side = r->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
        new_order(g, x, r, side);
        x->order.time_in_force = TIF_IOC;
        x->order.price_units = side == SIDE_BUY ? 2 * (int64_t)half_ticks - 1 : 1;
    }
}

static void
apply(struct growth *g, uint32_t cnt)
{
    for (uint32_t i = 0; i < cnt; i++) {
        if (i % AHEAD == 0) {
            const struct command *next[AHEAD];
            uint32_t n = 0;
            for (; n < AHEAD && i + n < cnt; n++)
                next[n] = &g->batch[i + n].cmd;
            core_prefetch(g->s.core, next, n);
        }
        struct command *cmd = &g->batch[i].cmd;
        if (g->ring_at > RING_BYTES - CORE_OUT_BYTES)
            g->ring_at = 0;
        cmd->rec.seq = ++g->s.seq;
        cmd->time_ns = g->s.time_ns += OP_GAP_NS;
        const struct event_reject *e = (const void *)(g->s.ring + g->ring_at);
        g->ring_at += core_apply(g->s.core, cmd, g->s.ring + g->ring_at);
        CHECK(e->ev.rec.type != EVENT_ORDER_REJECTED && e->ev.rec.type != EVENT_CANCEL_REJECTED,
              "%s", reason_name(e->reason));
    }
}

/* Returns the processor time of cnt operations of a kind. */
static int64_t
run(struct growth *g, enum kind kind, uint32_t cnt)
{
    int64_t ns = 0;
    for (uint32_t at = 0; at < cnt; at += BENCH_BATCH) {
        uint32_t n = cnt - at < BENCH_BATCH ? cnt - at : BENCH_BATCH;
        for (uint32_t i = 0; i < n; i++)
            make(g, kind, &g->batch[i], &g->round[(at + i) % ROUND_MAX]);
        int64_t began = bench_cpu_ns();
        apply(g, n);
        ns += bench_cpu_ns() - began;
    }
    return ns;
}

static void
shuffle(struct growth *g, uint32_t cnt)
{
    for (uint32_t i = cnt; i > 1; i--) {
        uint32_t j = flow_random_below(&g->chance, i);
        struct resting r = g->round[j];
        g->round[j] = g->round[i - 1];
        g->round[i - 1] = r;
    }
}

static void
measure(struct growth *g, struct point *p)
{
    uint32_t round = p->resting / 4 < ROUND_MAX ? p->resting / 4 : ROUND_MAX;
    int64_t ns[KINDS] = {0};
    for (uint32_t done = 0; done < OPS; done += round) {
        ns[ADD] += run(g, ADD, round);
        shuffle(g, round);
        ns[CANCEL] += run(g, CANCEL, round);
        run(g, ADD, round);
        ns[MATCH] += run(g, MATCH, round);
    }
    uint32_t ops = (OPS + round - 1) / round * round;
    for (uint32_t k = 0; k < KINDS; k++)
        p->ns[k] = (double)ns[k] / ops;
}

/* Memory of one more order, the client ids apart. */
static double
bytes_per_order(const struct growth *g)
{
    struct command_genesis twice = g->s.genesis;
    twice.client_id_max = twice.order_max * 2;
    size_t small = core_footprint(&twice, NULL);
    twice.order_max *= 2;
    twice.level_max *= 2;
    return (double)(core_footprint(&twice, NULL) - small) / g->s.genesis.order_max;
}

static double
bytes_per_client_id(const struct growth *g)
{
    struct command_genesis twice = g->s.genesis;
    twice.client_id_max *= 2;
    return (double)(core_footprint(&twice, NULL) - core_footprint(&g->s.genesis, NULL)) /
           g->s.genesis.client_id_max;
}

static void
print(const struct growth *g, double start_s, const struct point *points, uint32_t cnt, bool json)
{
    double load = 0, order = bytes_per_order(g), id = bytes_per_client_id(g);
    (void)getloadavg(&load, 1);
    if (json)
        printf("{\"bench\":\"growth\",\"commit\":\"%s\",\"preset\":\"%s\",\"load\":%.2f,"
               "\"instruments\":%d,\"start_s\":%.3f,\"bytes_per_order\":%.0f,"
               "\"bytes_per_client_id\":%.0f,\"points\":[",
               BUILD_COMMIT, BUILD_PRESET, load, INSTRUMENTS, start_s, order, id);
    else
        printf("growth, %d instruments, prices over 2^31 ticks, build %s %s, load average %.2f\n"
               "  start with all instruments and 1,000 accounts: %.2f s\n"
               "  memory: %.0f bytes an order with a price of its own, %.0f a client id\n"
               "     resting   add, ns   cancel, ns   match, ns\n",
               INSTRUMENTS, BUILD_COMMIT, BUILD_PRESET, load, start_s, order, id);
    for (uint32_t i = 0; i < cnt; i++) {
        const struct point *p = &points[i];
        printf(json ? "%s{\"resting\":%" PRIu32
                      ",\"add_ns\":%.0f,\"cancel_ns\":%.0f,\"match_ns\":%.0f}"
                    : "%s  %10" PRIu32 "  %8.0f   %10.0f   %9.0f\n",
               json && i > 0 ? "," : "", p->resting, p->ns[ADD], p->ns[CANCEL], p->ns[MATCH]);
    }
    if (json)
        printf("]}\n");
}

int
bench_growth(uint32_t orders, bool json, struct error *err)
{
    enum { POINTS_MAX = 8, IDS_A_POINT = 3 * (OPS + ROUND_MAX) };
    struct point points[POINTS_MAX];
    uint32_t point_cnt = 0;
    for (uint64_t n = LEAST; n <= orders && point_cnt < POINTS_MAX; n *= 10)
        points[point_cnt++].resting = (uint32_t)n;
    struct growth *g = calloc(1, sizeof *g);
    if (g == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory");
    const struct bench_setup_size size = {
        .instruments = INSTRUMENTS,
        .holders = HOLDERS,
        .orders = orders + 2 * ROUND_MAX,
        .client_ids = orders + point_cnt * IDS_A_POINT,
        .ring_bytes = RING_BYTES,
    };
    int rc = bench_setup_open(&g->s, &size, err);
    if (rc < 0) {
        free(g);
        return rc;
    }
    int64_t began = bench_cpu_ns();
    bench_setup_start(&g->s);
    double start_s = (double)(bench_cpu_ns() - began) / CLOCK_NS_PER_S;
    for (uint32_t i = 0; i < point_cnt; i++) {
        (void)run(g, ADD, points[i].resting - (i > 0 ? points[i - 1].resting : 0));
        measure(g, &points[i]);
    }
    print(g, start_s, points, point_cnt, json);
    bench_setup_close(&g->s);
    free(g);
    return 0;
}
