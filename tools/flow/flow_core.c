#include "tools/flow/flow_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/check.h"

enum { CASH = 1, FEE_ACCOUNT = 1000, ISSUE_ACCOUNT = 1001 };
static const int64_t START_NS = 1700000000ll * 1000000000;
static const int64_t PLENTY = 1ll << 55; /* of each asset in each account; 64 of them fit 2^62 */

static void
apply_config(struct flow_core *c, struct command *cmd)
{
    cmd->rec.seq = ++c->cmd_seq;
    cmd->time_ns = START_NS;
    cmd->flags = COMMAND_FROM_CONFIG;
    size_t bytes = core_apply(c->core, cmd, c->out);
    const struct event_reject *e = (const void *)c->out;
    CHECK(bytes > 0 && (e->ev.rec.type != EVENT_COMMAND_RESULT || e->reason == 0),
          " configuration command %u: %s", cmd->rec.type, reason_name(e->reason));
}

static void
add_account(struct flow_core *c, uint32_t id, uint32_t kind)
{
    struct command_account x;
    command_init(&x.cmd, COMMAND_ACCOUNT);
    x.cmd.account_id = id;
    x.cmd.tenant_id = 1;
    x.owner_group = id;
    x.status = ACCOUNT_ACTIVE;
    x.kind = kind;
    apply_config(c, &x.cmd);
}

static void
add_asset(struct flow_core *c, const struct flow *f, uint32_t id, uint8_t scale, uint8_t kind)
{
    struct command_asset x;
    command_init(&x.cmd, COMMAND_ASSET);
    x.asset_id = id;
    x.scale = scale;
    x.kind = kind;
    snprintf(x.symbol, sizeof x.symbol, "A%" PRIu32, id);
    apply_config(c, &x.cmd);
    for (uint32_t client = 0; client < f->client_cnt; client++) {
        struct command_money money;
        command_init(&money.cmd, COMMAND_DEPOSIT);
        money.cmd.account_id = client + 1;
        money.asset_id = id;
        money.amount_units = PLENTY;
        apply_config(c, &money.cmd);
    }
}

/* The first limit price in the instrument: what bounds its market orders until it trades. */
static int64_t *
first_prices(const struct flow *f)
{
    int64_t *prices = calloc(f->instrument_cnt + 1, sizeof *prices);
    for (size_t i = 0; prices && i < f->op_cnt; i++)
        if (prices[f->ops[i].instrument] == 0)
            prices[f->ops[i].instrument] = f->ops[i].price_units;
    return prices;
}

static void
add_instrument(struct flow_core *c, const struct flow *f, uint32_t index, int64_t reference)
{
    struct command_instrument x;
    command_init(&x.cmd, COMMAND_INSTRUMENT);
    x.instrument_id = index + 1;
    x.asset_id = CASH + index + 1;
    x.currency_id = CASH;
    x.price_scale = f->instruments[index].price_scale;
    x.state = TRADING_OPEN;
    x.tick_units = 1;
    x.lot_units = 1;
    x.min_qty_lots = 1;
    x.max_price_units = 1ll << 40;
    x.protection_ppm = 500000;
    x.reference_units = reference;
    memcpy(x.symbol, f->instruments[index].symbol, SYMBOL_MAX);
    apply_config(c, &x.cmd);
}

uint32_t
flow_open_max(const struct flow *f)
{
    uint8_t *canceled = calloc(f->order_cnt + 1ull, 1);
    uint32_t open = 0, most = 0;
    for (size_t i = 0; canceled && i < f->op_cnt; i++) {
        const struct flow_op *op = &f->ops[i];
        if (op->kind == FLOW_NEW) {
            open++;
        } else if (op->kind == FLOW_CANCEL && !canceled[op->order]) {
            canceled[op->order] = 1;
            open--;
        }
        most = open > most ? open : most;
    }
    free(canceled);
    return most + 64;
}

static void
genesis_fill(struct command_genesis *g, const struct flow *f, uint32_t spare_open,
             uint32_t spare_ids)
{
    memset(g, 0, sizeof *g);
    command_init(&g->cmd, COMMAND_GENESIS);
    snprintf(g->venue, sizeof g->venue, "flow");
    g->rules_version = 2;
    g->config_cnt = UINT32_MAX;
    g->asset_max = f->instrument_cnt + 2;
    g->instrument_max = f->instrument_cnt;
    g->account_max = f->client_cnt + 2;
    g->balance_max = (f->client_cnt + 2) * (f->instrument_cnt + 2);
    g->order_max = flow_open_max(f) + spare_open;
    g->level_max = g->order_max;
    g->client_id_max = (uint32_t)f->op_cnt + g->order_max + spare_ids + 64;
    g->session_max = g->actor_max = g->proposal_max = g->withdrawal_max = 16;
    g->work_max = 64;
    g->maker_skip_max = 16;
    g->fee_account_id = FEE_ACCOUNT;
    g->issue_account_id = ISSUE_ACCOUNT;
    g->hash_key = 0x9876543210abcdef;
}

static void *
map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void
configure(struct flow_core *c, const struct flow *f, const struct command_genesis *genesis,
          const int64_t *prices)
{
    struct command_genesis first = *genesis;
    c->core = core_init(c->memory, genesis, NULL);
    apply_config(c, &first.cmd);
    add_account(c, FEE_ACCOUNT, 2);
    add_account(c, ISSUE_ACCOUNT, 3);
    for (uint32_t client = 0; client < f->client_cnt; client++)
        add_account(c, client + 1, 1);
    add_asset(c, f, CASH, 2, 1);
    for (uint32_t i = 0; i < f->instrument_cnt; i++) {
        add_asset(c, f, CASH + i + 1, f->instruments[i].qty_scale, 2);
        add_instrument(c, f, i, prices[i]);
    }
}

int
flow_core_open(struct flow_core *c, const struct flow *f, uint32_t spare_open, uint32_t spare_ids,
               struct error *err)
{
    struct command_genesis genesis;
    memset(c, 0, sizeof *c);
    genesis_fill(&genesis, f, spare_open, spare_ids);
    int rc = core_check_genesis(&genesis, err);
    if (rc < 0)
        return rc;
    int64_t *prices = first_prices(f);
    c->memory_bytes = core_footprint(&genesis, NULL);
    c->memory = map(c->memory_bytes);
    c->out = map(CORE_OUT_BYTES);
    if (!c->memory || !c->out || !prices) {
        free(prices);
        flow_core_close(c);
        return error_set(err, ERR_NO_SPACE, "no memory for a core of %zu MiB",
                         c->memory_bytes >> 20);
    }
    configure(c, f, &genesis, prices);
    free(prices);
    return 0;
}

void
flow_core_close(struct flow_core *c)
{
    if (c->memory)
        munmap(c->memory, c->memory_bytes);
    if (c->out)
        munmap(c->out, CORE_OUT_BYTES);
    free(c->fills);
    c->memory = NULL;
    c->out = NULL;
    c->fills = NULL;
}

void
flow_core_mark(const struct flow_core *c, struct flow_core_mark *m)
{
    memcpy(m->memory, c->memory, c->memory_bytes);
    m->cmd_seq = c->cmd_seq;
    m->replaces = c->replaces;
}

/* The same addresses again, so that pointers within the state hold. */
void
flow_core_back(struct flow_core *c, const struct flow_core_mark *m)
{
    memcpy(c->memory, m->memory, c->memory_bytes);
    c->cmd_seq = m->cmd_seq;
    c->replaces = m->replaces;
}

/* --- one operation --- */

/* The order's number is the head of each of its client ids; a replace adds ".n". */
static void
id_set(struct client_id *id, uint32_t order, uint32_t suffix)
{
    char text[CLIENT_ID_MAX + 1];
    int length = suffix == 0 ? snprintf(text, sizeof text, "%" PRIu32, order)
                             : snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32, order, suffix);
    memset(id, 0, sizeof *id);
    id->length = (uint8_t)length;
    memcpy(id->text, text, (size_t)length);
}

static uint32_t
order_of(const struct client_id *id)
{
    uint32_t n = 0;
    for (uint8_t i = 0; i < id->length && id->text[i] != '.'; i++)
        n = n * 10 + (uint32_t)(id->text[i] - '0');
    return n;
}

static void
note_fill(struct flow_core *c, const struct event_fill *e)
{
    bool buys = e->aggressor == SIDE_BUY;
    struct flow_fill fill = {.maker = order_of(buys ? &e->sell.id : &e->buy.id),
                             .taker = order_of(buys ? &e->buy.id : &e->sell.id),
                             .price_units = e->price_units,
                             .qty_units = e->qty_lots};
    if (c->fill_cnt == c->fill_max) {
        c->fill_max = c->fill_max ? c->fill_max * 2 : 64;
        c->fills = reallocarray(c->fills, c->fill_max, sizeof *c->fills);
        CHECK(c->fills, " no memory for %u fills", c->fill_max);
    }
    c->fills[c->fill_cnt++] = fill;
    c->result.trades++;
    c->result.traded_units += (uint64_t)fill.qty_units;
    c->result.checksum = flow_checksum_add(c->result.checksum, fill.maker, fill.taker,
                                           (uint64_t)fill.price_units, (uint64_t)fill.qty_units);
}

static void
note_event(struct flow_core *c, const struct event *e, uint8_t kind)
{
    switch (e->rec.type) {
    case EVENT_ORDER_ACCEPTED:
        c->result.accepted++;
        return;
    case EVENT_ORDER_REPLACED:
        c->result.replaced++;
        return;
    case EVENT_ORDER_CANCELED:
        c->result.canceled += kind == FLOW_CANCEL; /* not the rest of an IOC */
        return;
    case EVENT_FILL:
        note_fill(c, (const void *)e);
        return;
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
        c->reason = ((const struct event_reject *)e)->reason;
        c->result.rejected[c->reason < FLOW_CORE_REASON_MAX ? c->reason : 0]++;
        return;
    default:
        return;
    }
}

static void
apply_one(struct flow_core *c, struct command *cmd, uint8_t kind, int64_t time_ns)
{
    cmd->rec.seq = ++c->cmd_seq;
    cmd->time_ns = START_NS + time_ns;
    size_t bytes = core_apply(c->core, cmd, c->out);
    for (size_t at = 0; at < bytes;) {
        const struct event *e = (const void *)(c->out + at);
        note_event(c, e, kind);
        at += e->rec.length_bytes;
    }
}

static void
apply_new(struct flow_core *c, const struct flow_op *op)
{
    struct command_order_new x;
    command_init(&x.cmd, COMMAND_ORDER_NEW);
    x.cmd.account_id = op->client + 1u;
    id_set(&x.cmd.id, op->order, 0);
    x.instrument_id = op->instrument + 1u;
    x.side = op->side;
    x.ord_type = op->ord_type;
    x.time_in_force = op->tif;
    x.price_units = op->price_units;
    x.qty_lots = op->qty_units;
    x.exec_inst = op->exec_inst;
    apply_one(c, &x.cmd, op->kind, op->time_ns);
}

static void
apply_cancel(struct flow_core *c, const struct flow_op *op)
{
    struct command_order_cancel x;
    command_init(&x.cmd, COMMAND_ORDER_CANCEL);
    x.cmd.account_id = op->client + 1u;
    id_set(&x.orig, op->order, 0); /* the first id names the order after replaces too */
    apply_one(c, &x.cmd, op->kind, op->time_ns);
}

static void
apply_replace(struct flow_core *c, const struct flow_op *op)
{
    struct command_order_replace x;
    command_init(&x.cmd, COMMAND_ORDER_REPLACE);
    x.cmd.account_id = op->client + 1u;
    id_set(&x.cmd.id, op->order, ++c->replaces);
    id_set(&x.orig, op->order, 0);
    x.price_units = op->price_units;
    x.qty_lots = op->qty_units;
    apply_one(c, &x.cmd, op->kind, op->time_ns);
}

void
flow_core_apply(struct flow_core *c, const struct flow_op *op)
{
    c->fill_cnt = 0;
    c->reason = 0;
    if (op->kind == FLOW_NEW)
        apply_new(c, op);
    else if (op->kind == FLOW_CANCEL)
        apply_cancel(c, op);
    else
        apply_replace(c, op);
    while (core_work_pending(c->core)) {
        struct command more;
        command_init(&more, COMMAND_CONTINUE);
        apply_one(c, &more, op->kind, op->time_ns);
    }
}
