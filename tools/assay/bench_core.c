#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core.h"
#include "risk/risk.h"
#include "tools/assay/bench.h"
#include "tools/flow/flow_core.h"

/* The core whole, as the venue runs it: risk's hooks with every rule live and limits that nobody
 * reaches, holds, ledger, fees, and all events written to a ring's memory. An order's account is
 * its flow id modulo 1,000, its client id the flow id in decimal; a cancel names that, so that
 * finding the order is the core's timed work. Commands lie ready, as in a gateway's ring; numbering
 * them, as the sequencer does, is timed. */

enum {
    AHEAD = 16, /* the sequencer looks at what its rings hold, up to 32, before it applies it */
    CLIENT_CNT = 1000,
    FEE_ACCOUNT = CLIENT_CNT + 1,
    ISSUE_ACCOUNT = CLIENT_CNT + 2,
    CASH = 1,
    RING_BYTES = 32 << 20,
    OP_GAP_NS = 100,
};
static const int64_t START_NS = 1700000000ll * 1000000000;
static const int64_t PLENTY = 1ll << 51; /* of each asset in each account; 1,000 of them fit 2^62 */

union slot {
    struct command cmd;
    struct command_order_new order;
    struct command_order_cancel cancel;
};

struct whole {
    const struct flow *f;
    struct command_genesis genesis;
    struct core *core;
    uint8_t *memory, *ring;
    size_t bytes;
    size_t ring_at, batch_at; /* where the next events go, where those of the batch begin */
    size_t wrapped_at;        /* 0, or where the ring ended when it began anew in this batch */
    uint64_t seq;
    int64_t time_ns;
    uint32_t prepared;
    union slot batch[BENCH_BATCH];
};

/* --- a venue --- */

static void
configure(struct whole *w, struct command *cmd)
{
    cmd->rec.seq = ++w->seq;
    cmd->time_ns = START_NS;
    cmd->flags = COMMAND_FROM_CONFIG;
    size_t bytes = core_apply(w->core, cmd, w->ring);
    const struct event_reject *e = (const void *)w->ring;
    CHECK(bytes > 0 && (e->ev.rec.type != EVENT_COMMAND_RESULT || e->reason == 0), "%s: %s",
          command_name(cmd->rec.type), reason_name(e->reason));
}

static void
add_account(struct whole *w, uint32_t id, uint32_t kind)
{
    struct command_account x;
    command_init(&x.cmd, COMMAND_ACCOUNT);
    x.cmd.account_id = id;
    x.cmd.tenant_id = 1;
    x.owner_group = id;
    x.status = ACCOUNT_ACTIVE;
    x.kind = kind;
    configure(w, &x.cmd);
}

static void
add_profile(struct whole *w, uint32_t id)
{
    struct command_account_profile x;
    command_init(&x.cmd, COMMAND_ACCOUNT_PROFILE);
    x.cmd.account_id = id;
    x.status = ACCOUNT_ACTIVE;
    x.kyc_level = 2;
    x.country = country_pack('A', 'U');
    x.investor_class = CLASS_PROFESSIONAL;
    x.kyc_expiry_ns = START_NS + 365 * 86400ll * 1000000000;
    x.max_open_orders = 1000000;
    x.max_messages = 1000000000;
    x.message_window_ns = 1000000000;
    x.max_order_value_units = 1ll << 40;
    configure(w, &x.cmd);
}

static void
add_asset(struct whole *w, uint32_t id, uint8_t scale, uint8_t kind)
{
    struct command_asset x;
    command_init(&x.cmd, COMMAND_ASSET);
    x.asset_id = id;
    x.scale = scale;
    x.kind = kind;
    configure(w, &x.cmd);
    for (uint32_t account = 1; account <= CLIENT_CNT; account++) {
        struct command_money m;
        command_init(&m.cmd, COMMAND_DEPOSIT);
        m.cmd.account_id = account;
        m.asset_id = id;
        m.amount_units = PLENTY;
        configure(w, &m.cmd);
    }
}

/* Fees and rules as the demo venue's strictest instrument has them; a price in cents, lots of
 * 0.001. */
static void
add_instrument(struct whole *w, uint32_t id)
{
    struct command_instrument x;
    command_init(&x.cmd, COMMAND_INSTRUMENT);
    x.instrument_id = id;
    x.asset_id = CASH + id;
    x.currency_id = CASH;
    x.price_scale = 2;
    x.state = TRADING_OPEN;
    x.tick_units = 1;
    x.lot_units = 1000;
    x.min_qty_lots = 1;
    x.max_price_units = 1000000000;
    x.maker_ppm = 500;
    x.taker_ppm = 1000;
    x.protection_ppm = 100000;
    configure(w, &x.cmd);
    struct command_instrument_rules r;
    uint16_t barred = country_pack('U', 'S');
    command_init(&r.cmd, COMMAND_INSTRUMENT_RULES);
    r.instrument_id = id;
    r.min_kyc_level = 2;
    r.country_mode_buy = r.country_mode_sell = 2;
    r.countries[barred / 64] |= 1ull << (barred % 64);
    r.class_mask_buy = r.class_mask_sell = 1u << CLASS_PROFESSIONAL | 1u << CLASS_INSTITUTION;
    r.max_order_lots = 1000000;
    r.max_order_value_units = 1ll << 40;
    r.collar_ppm = 1000000;
    configure(w, &r.cmd);
}

static void
genesis_fill(struct command_genesis *g, const struct flow *f)
{
    command_init(&g->cmd, COMMAND_GENESIS);
    g->rules_version = 2;
    g->config_cnt = UINT32_MAX;
    g->asset_max = f->instrument_cnt + 1;
    g->instrument_max = f->instrument_cnt;
    g->account_max = CLIENT_CNT + 2;
    g->balance_max = (CLIENT_CNT + 2) * (f->instrument_cnt + 1);
    g->order_max = g->level_max = flow_open_max(f);
    /* Every id of the day is remembered. */
    g->client_id_max = f->order_cnt > g->order_max ? f->order_cnt + 1 : g->order_max + 1;
    g->session_max = g->actor_max = g->proposal_max = g->withdrawal_max = 16;
    g->work_max = 64;
    g->maker_skip_max = 16;
    g->fee_account_id = FEE_ACCOUNT;
    g->issue_account_id = ISSUE_ACCOUNT;
    g->hash_key = 0x9876543210abcdef;
}

static int
whole_open(void **self, const struct flow *f, struct error *err)
{
    struct whole *w = calloc(1, sizeof *w);
    int rc = -1;
    if (w != NULL) {
        w->f = f;
        genesis_fill(&w->genesis, f);
        rc = core_check_genesis(&w->genesis, err);
        if (rc == 0) {
            w->bytes = core_footprint(&w->genesis, risk_hooks());
            w->memory = bench_memory_take(w->bytes);
            w->ring = bench_memory_take(RING_BYTES);
        }
    }
    if (rc == 0 && w->memory != NULL && w->ring != NULL) {
        *self = w;
        return 0;
    }
    if (w == NULL || rc == 0)
        rc = error_set(err, ERR_NO_SPACE, "no memory for the core");
    if (w != NULL) {
        bench_memory_give(w->memory, w->bytes);
        bench_memory_give(w->ring, RING_BYTES);
    }
    free(w);
    return rc;
}

static void
whole_close(void *self)
{
    struct whole *w = self;
    bench_memory_give(w->memory, w->bytes);
    bench_memory_give(w->ring, RING_BYTES);
    free(w);
}

static void
whole_start(void *self)
{
    struct whole *w = self;
    memset(w->memory, 0, w->bytes);
    w->seq = 0;
    w->time_ns = START_NS;
    w->ring_at = w->batch_at = w->wrapped_at = 0;
    w->core = core_init(w->memory, &w->genesis, risk_hooks());
    struct command_genesis first = w->genesis;
    configure(w, &first.cmd);
    for (uint32_t account = 1; account <= CLIENT_CNT; account++) {
        add_account(w, account, 1);
        add_profile(w, account);
    }
    add_account(w, FEE_ACCOUNT, 2);
    add_account(w, ISSUE_ACCOUNT, 3);
    add_asset(w, CASH, 2, 1);
    for (uint32_t id = 1; id <= w->f->instrument_cnt; id++) {
        add_asset(w, CASH + id, 6, 2);
        add_instrument(w, id);
    }
}

/* --- commands --- */

static void
id_set(struct client_id *id, uint32_t order)
{
    char digits[10];
    uint8_t length = 0;
    do
        digits[length++] = (char)('0' + order % 10);
    while ((order /= 10) != 0);
    for (uint8_t i = 0; i < length; i++)
        id->text[i] = digits[length - 1 - i];
    id->length = length;
}

static uint32_t
order_of(const struct client_id *id)
{
    uint32_t n = 0;
    for (uint8_t i = 0; i < id->length; i++)
        n = n * 10 + (uint32_t)(id->text[i] - '0');
    return n;
}

static void
whole_prepare(void *self, size_t first, uint32_t cnt)
{
    struct whole *w = self;
    w->batch_at = w->ring_at;
    w->wrapped_at = 0;
    w->prepared = cnt;
    for (uint32_t i = 0; i < cnt; i++) {
        const struct flow_op *op = &w->f->ops[first + i];
        union slot *s = &w->batch[i];
        if (op->kind == FLOW_NEW) {
            command_init(&s->cmd, COMMAND_ORDER_NEW);
            id_set(&s->cmd.id, op->order);
            s->order.instrument_id = op->instrument + 1u;
            s->order.side = op->side;
            s->order.ord_type = ORD_LIMIT;
            s->order.time_in_force = TIF_GTC;
            s->order.price_units = op->price_units;
            s->order.qty_lots = op->qty_units;
        } else {
            command_init(&s->cmd, COMMAND_ORDER_CANCEL);
            id_set(&s->cancel.orig, op->order);
        }
        s->cmd.account_id = op->order % CLIENT_CNT + 1;
    }
}

/* One command; its events go behind those before it. */
static inline void
apply_one(struct whole *w, struct command *cmd)
{
    if (w->ring_at > RING_BYTES - CORE_OUT_BYTES) {
        CHECK(w->wrapped_at == 0, "a batch does not fit the ring");
        w->wrapped_at = w->ring_at;
        w->ring_at = 0;
    }
    cmd->rec.seq = ++w->seq;
    cmd->time_ns = w->time_ns += OP_GAP_NS;
    w->ring_at += core_apply(w->core, cmd, w->ring + w->ring_at);
}

static void
go_on(struct whole *w)
{
    while (core_work_pending(w->core)) {
        struct command more;
        command_init(&more, COMMAND_CONTINUE);
        apply_one(w, &more);
    }
}

/* The next commands of the batch, this one included. */
static void
look_ahead(struct whole *w, uint32_t at)
{
    const struct command *cmds[AHEAD];
    uint32_t cnt = 0;
    while (cnt < AHEAD && at + cnt < w->prepared) {
        cmds[cnt] = &w->batch[at + cnt].cmd;
        cnt++;
    }
    core_prefetch(w->core, cmds, cnt);
}

static void
whole_apply(void *self, uint32_t at, uint32_t cnt, bool ahead)
{
    struct whole *w = self;
    for (uint32_t i = at; i < at + cnt; i++) {
        if (ahead && i % AHEAD == 0)
            look_ahead(w, i);
        apply_one(w, &w->batch[i].cmd);
        if (core_work_pending(w->core))
            go_on(w);
    }
}

static void
note_event(struct bench_sums *sums, const struct event *e)
{
    const struct event_fill *f = (const void *)e;
    switch (e->rec.type) {
    case EVENT_ORDER_REJECTED:
        sums->refused++;
        return;
    case EVENT_CANCEL_REJECTED:
        sums->rejects++;
        return;
    case EVENT_FILL: {
        bool buys = f->aggressor == SIDE_BUY;
        sums->trades++;
        sums->traded_qty += (uint64_t)f->qty_lots;
        sums->checksum =
            flow_checksum_add(sums->checksum, order_of(buys ? &f->sell.id : &f->buy.id),
                              order_of(buys ? &f->buy.id : &f->sell.id), (uint64_t)f->price_units,
                              (uint64_t)f->qty_lots);
        return;
    }
    default:
        return;
    }
}

static void
note_events(struct whole *w, size_t from, size_t to, struct bench_sums *sums)
{
    while (from < to) {
        const struct event *e = (const void *)(w->ring + from);
        note_event(sums, e);
        from += e->rec.length_bytes;
    }
}

static void
whole_collect(void *self, struct bench_sums *sums)
{
    struct whole *w = self;
    if (w->wrapped_at != 0) {
        note_events(w, w->batch_at, w->wrapped_at, sums);
        w->batch_at = 0;
    }
    note_events(w, w->batch_at, w->ring_at, sums);
}

const struct bench_target bench_core = {
    .name = "core",
    .open = whole_open,
    .close = whole_close,
    .start = whole_start,
    .prepare = whole_prepare,
    .apply = whole_apply,
    .collect = whole_collect,
};
