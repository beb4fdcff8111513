#include "tools/flow/flow_generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "tools/flow/flow_model.h"
#include "tools/flow/flow_random.h"

const struct flow_market flow_demo_markets[] = {
    {"BTC-AUD", 2, 8, 6000000, 100, 1000000}, {"ACME-AUD", 2, 0, 10000, 1, 1},
    {"ETH-AUD", 2, 8, 470000, 10, 10000000},  {"BCH-AUD", 2, 8, 51000, 1, 10000000},
    {"DOT-AUD", 4, 5, 315000, 10, 100000},    {"MATIC-AUD", 5, 5, 226000, 10, 1000000},
    {"PMGT-AUD", 2, 5, 258000, 10, 10000},    {NULL, 0, 0, 0, 0, 0},
};

enum {
    MARKET_MAX = 64,
    PASSIVE_STEPS_MAX = 100, /* size of a passive order, in quantity steps */
    CROSSING_STEPS_MAX = 20,
    DISTANCE_ONE_IN = 8, /* mean distance of a passive order from the middle, in price steps */
    MOVE_ONE_IN = 64,    /* the middle moves a step every so many operations */
    WINDOW_EDGE = FLOW_LEVELS / 4, /* the middle stays away from the window's ends by this */
};

struct market {
    const struct flow_market *info;
    struct flow_model model;
    int32_t mid; /* level */
    uint16_t instrument;
};

struct generator {
    struct flow *flow;
    struct flow_generate_options options;
    struct flow_random chance;
    struct market markets[MARKET_MAX];
    uint32_t market_cnt;
    int64_t now_ns;
};

static int64_t
price_at(const struct market *m, int32_t level)
{
    return m->info->mid_units + (level - FLOW_LEVELS / 2) * m->info->step_units;
}

static int32_t
level_within(int32_t level)
{
    return level < 0 ? 0 : level >= FLOW_LEVELS ? FLOW_LEVELS - 1 : level;
}

static struct flow_op
op_start(struct generator *g, const struct market *m, uint8_t kind)
{
    return (struct flow_op){.time_ns = g->now_ns,
                            .instrument = m->instrument,
                            .kind = kind,
                            .ord_type = ORD_LIMIT,
                            .tif = TIF_GTC,
                            .source = FLOW_GENERATED};
}

/* Matches a new order in the model and rests what may rest. */
static void
model_new(struct market *m, const struct flow_op *op, int32_t level)
{
    int64_t left = flow_model_take(&m->model, op->side, level, op->qty_units, op->tif == TIF_FOK);
    if (left == 0 || op->tif == TIF_IOC || op->tif == TIF_FOK || m->model.free_cnt == 0)
        return;
    struct flow_resting o = {.left = left,
                             .filled = op->qty_units - left,
                             .number = op->order,
                             .level = (uint16_t)level,
                             .side = op->side,
                             .client = op->client};
    flow_model_rest(&m->model, &o);
}

static void
make_new(struct generator *g, struct market *m, bool crossing)
{
    struct flow_op op = op_start(g, m, FLOW_NEW);
    int32_t level, away = 1;
    op.order = g->flow->order_cnt + 1;
    op.client = (uint8_t)flow_random_below(&g->chance, g->options.client_cnt);
    op.side = flow_random_below(&g->chance, 2) == 0 ? SIDE_BUY : SIDE_SELL;
    bool buy = op.side == SIDE_BUY;
    op.qty_units = m->info->qty_step_units *
                   (1 + (int64_t)flow_random_below(&g->chance, crossing ? CROSSING_STEPS_MAX
                                                                        : PASSIVE_STEPS_MAX));
    if (crossing) {
        int32_t best = buy ? m->model.ask : m->model.bid;
        int32_t through = (int32_t)flow_random_below(&g->chance, 4);
        uint32_t style = flow_random_below(&g->chance, 10);
        if (best < 0 || best >= FLOW_LEVELS)
            best = m->mid;
        level = level_within(buy ? best + through : best - through);
        op.tif = style < 6 ? TIF_IOC : style == 6 ? TIF_FOK : style == 7 ? TIF_IOC : TIF_GTC;
        op.ord_type = style == 7 ? ORD_MARKET : ORD_LIMIT;
    } else {
        while (away < FLOW_LEVELS / 8 && flow_random_below(&g->chance, DISTANCE_ONE_IN) != 0)
            away++;
        level = level_within(buy ? m->mid - away : m->mid + away);
        op.tif = flow_random_below(&g->chance, 5) == 0 ? TIF_DAY : TIF_GTC;
    }
    op.price_units = op.ord_type == ORD_MARKET ? 0 : price_at(m, level);
    model_new(m, &op, op.ord_type == ORD_MARKET ? (buy ? FLOW_LEVELS - 1 : 0) : level);
    flow_append(g->flow, &op);
}

static struct flow_op
op_of_resting(struct generator *g, const struct market *m, const struct flow_resting *o,
              uint8_t kind)
{
    struct flow_op op = op_start(g, m, kind);
    op.order = o->number;
    op.client = o->client;
    op.side = o->side;
    return op;
}

static uint32_t
random_resting(struct generator *g, struct market *m)
{
    return m->model.live[flow_random_below(&g->chance, m->model.live_cnt)];
}

static void
make_cancel(struct generator *g, struct market *m)
{
    uint32_t slot = random_resting(g, m);
    struct flow_op op = op_of_resting(g, m, &m->model.slots[slot], FLOW_CANCEL);
    flow_model_remove(&m->model, slot);
    flow_append(g->flow, &op);
}

/* Half of them give up quantity and keep their place, half move the price and lose it. */
static void
make_replace(struct generator *g, struct market *m)
{
    uint32_t slot = random_resting(g, m);
    struct flow_resting *o = &m->model.slots[slot];
    struct flow_op op = op_of_resting(g, m, o, FLOW_REPLACE);
    bool move = flow_random_below(&g->chance, 2) == 0 || o->left <= m->info->qty_step_units;
    int32_t level = o->level;
    if (!move) {
        int64_t steps = o->left / m->info->qty_step_units;
        o->left =
            m->info->qty_step_units * (1 + (int64_t)flow_random_below(&g->chance, (uint32_t)steps));
    } else {
        int32_t by = 1 + (int32_t)flow_random_below(&g->chance, 3);
        level = level_within(flow_random_below(&g->chance, 2) == 0 ? level + by : level - by);
    }
    op.price_units = price_at(m, level);
    op.qty_units = o->filled + o->left;
    if (move) {
        struct flow_resting moved = *o;
        flow_model_remove(&m->model, slot);
        moved.level = (uint16_t)level;
        moved.left = flow_model_take(&m->model, moved.side, level, moved.left, false);
        moved.filled = op.qty_units - moved.left;
        if (moved.left > 0)
            flow_model_rest(&m->model, &moved);
    }
    flow_append(g->flow, &op);
}

static void
make_op(struct generator *g)
{
    const struct flow_generate_options *o = &g->options;
    struct market *m = &g->markets[flow_random_below(&g->chance, g->market_cnt)];
    uint32_t dice = flow_random_below(&g->chance, 100);
    if (flow_random_below(&g->chance, MOVE_ONE_IN) == 0) {
        int32_t mid = m->mid + (flow_random_below(&g->chance, 2) == 0 ? 1 : -1);
        if (mid > WINDOW_EDGE && mid < FLOW_LEVELS - WINDOW_EDGE)
            m->mid = mid;
    }
    bool full = m->model.live_cnt >= o->resting_max;
    if (dice < o->crossing_pct)
        make_new(g, m, true);
    else if (full || (m->model.live_cnt > 0 && dice < o->crossing_pct + o->cancel_pct))
        make_cancel(g, m);
    else if (m->model.live_cnt > 0 && dice < o->crossing_pct + o->cancel_pct + o->replace_pct)
        make_replace(g, m);
    else
        make_new(g, m, false);
}

static int
market_add(struct generator *g, const char *symbol, size_t length, struct error *err)
{
    const struct flow_market *info = flow_demo_markets;
    while (info->symbol &&
           (strlen(info->symbol) != length || memcmp(info->symbol, symbol, length) != 0))
        info++;
    if (!info->symbol)
        return error_set(err, ERR_NOT_FOUND,
                         "the generator does not know '%.*s'; it knows BTC-AUD, ACME-AUD, ETH-AUD, "
                         "BCH-AUD, DOT-AUD, MATIC-AUD, PMGT-AUD",
                         (int)(length < 40 ? length : 40), symbol);
    if (g->market_cnt == MARKET_MAX)
        return error_set(err, ERR_INVALID, "more than %d symbols", MARKET_MAX);
    struct market *m = &g->markets[g->market_cnt];
    m->info = info;
    m->mid = FLOW_LEVELS / 2;
    int rc = flow_instrument_add(g->flow, info->symbol, info->price_scale, info->qty_scale,
                                 &m->instrument, err);
    if (rc == 0 && m->instrument != g->market_cnt)
        rc = error_set(err, ERR_INVALID, "%s stands twice in the list", info->symbol);
    if (rc == 0) /* one beyond the bound: a crossing order may rest while the book is full */
        rc = flow_model_open(&m->model, g->options.resting_max + 1024, err);
    if (rc == 0)
        g->market_cnt++;
    return rc;
}

static int
markets_add(struct generator *g, struct error *err)
{
    for (const char *at = g->options.symbols; *at;) {
        size_t length = strcspn(at, ",");
        int rc = market_add(g, at, length, err);
        if (rc < 0)
            return rc;
        at += length + (at[length] == ',');
    }
    return g->market_cnt > 0 ? 0 : error_set(err, ERR_INVALID, "no symbol to generate for");
}

static void
share_default(uint32_t *pct, uint32_t value)
{
    if (*pct == 0)
        *pct = value;
    else if (*pct == UINT32_MAX)
        *pct = 0;
}

static int
options_complete(struct flow_generate_options *o, struct error *err)
{
    o->seed = o->seed ? o->seed : 1;
    o->op_cnt = o->op_cnt ? o->op_cnt : 100000;
    o->rate = o->rate ? o->rate : 10000;
    o->client_cnt = o->client_cnt ? o->client_cnt : 8;
    o->resting_max = o->resting_max ? o->resting_max : 1000;
    o->symbols = o->symbols ? o->symbols : "BTC-AUD,ACME-AUD";
    share_default(&o->crossing_pct, 10);
    share_default(&o->cancel_pct, 40);
    share_default(&o->replace_pct, 5);
    if (o->crossing_pct > 100 || o->cancel_pct > 100 || o->replace_pct > 100 ||
        o->crossing_pct + o->cancel_pct + o->replace_pct > 95)
        return error_set(err, ERR_INVALID,
                         "crossing, cancel and replace are %u + %u + %u percent: 95 at most, the "
                         "rest are passive orders",
                         o->crossing_pct, o->cancel_pct, o->replace_pct);
    if (o->client_cnt > FLOW_CLIENT_MAX || o->resting_max > 1u << 24 || o->op_cnt > 1u << 30)
        return error_set(err, ERR_INVALID,
                         "at most %d clients, 2^24 resting orders, 2^30 operations",
                         FLOW_CLIENT_MAX);
    return 0;
}

int
flow_generate(struct flow *f, const struct flow_generate_options *options, struct error *err)
{
    struct generator *g = calloc(1, sizeof *g);
    if (!g)
        return error_set(err, ERR_NO_SPACE, "no memory for the generator");
    g->flow = f;
    g->options = *options;
    int rc = options_complete(&g->options, err);
    if (rc == 0)
        rc = markets_add(g, err);
    if (rc == 0) {
        g->chance.state = g->options.seed;
        f->client_cnt = g->options.client_cnt;
        snprintf(f->name, sizeof f->name, "generated: %llu operations, seed %llu",
                 (unsigned long long)g->options.op_cnt, (unsigned long long)g->options.seed);
        flow_reserve(f, (size_t)g->options.op_cnt);
        int64_t mean_ns = CLOCK_NS_PER_S / g->options.rate;
        for (uint64_t i = 0; i < g->options.op_cnt; i++) {
            make_op(g);
            g->now_ns += flow_random_gap_ns(&g->chance, mean_ns > 0 ? mean_ns : 1);
        }
    }
    for (uint32_t i = 0; i < g->market_cnt; i++)
        flow_model_close(&g->markets[i].model);
    free(g);
    return rc;
}
