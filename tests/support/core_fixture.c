#include "tests/support/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/base/check.h"

void
venue_genesis(struct command_genesis *g)
{
    memset(g, 0, sizeof(*g));
    command_init(&g->cmd, COMMAND_GENESIS);
    memcpy(g->venue, "test", 4);
    g->rules_version = 2;
    g->disconnect_grace_ms = 5000;
    g->asset_max = 16;
    g->instrument_max = 16;
    g->account_max = 64;
    g->balance_max = 256;
    g->order_max = 4096;
    g->level_max = 4096;
    g->client_id_max = 16384;
    g->session_max = 16;
    g->actor_max = 16;
    g->work_max = 64;
    g->proposal_max = 8;
    g->withdrawal_max = 16;
    g->deal_max = 16;
    g->request_max = 8;
    g->trail_max = 64;
    g->calendar_day_max = 16;
    g->quote_max = 64;
    g->maker_skip_max = 8;
    g->fee_account_id = VENUE_FEES;
    g->issue_account_id = VENUE_ISSUE;
    g->hash_key = 0x1234567;
}

void
venue_command(union any_command *x, uint16_t type)
{
    memset(x, 0, sizeof(*x));
    command_init(&x->cmd, type);
}

void
venue_id(struct client_id *id, const char *text)
{
    memset(id, 0, sizeof(*id));
    size_t length = strlen(text);
    CHECK(length <= CLIENT_ID_MAX);
    id->length = (uint8_t)length;
    memcpy(id->text, text, length);
}

static void
remember(struct venue *v, const struct command *cmd)
{
    if (v->log == NULL)
        return;
    if (v->log_bytes + cmd->rec.length_bytes > v->log_max) {
        v->log_max *= 2;
        v->log = realloc(v->log, v->log_max);
        CHECK(v->log != NULL);
    }
    memcpy(v->log + v->log_bytes, cmd, cmd->rec.length_bytes);
    v->log_bytes += cmd->rec.length_bytes;
}

void
venue_apply(struct venue *v, union any_command *x)
{
    x->cmd.rec.seq = ++v->seq;
    x->cmd.rec.epoch = x->cmd.rec.type == COMMAND_EPOCH ? x->cmd.rec.epoch : 1;
    if (x->cmd.time_ns == 0)
        x->cmd.time_ns = v->time_ns;
    remember(v, &x->cmd);
    v->out_bytes = core_apply(v->core, &x->cmd, v->out);
    v->cnt = 0;
    for (size_t at = 0; at < v->out_bytes;) {
        const union any_event *e = (const void *)(v->out + at);
        CHECK(event_check_form(e, e->ev.rec.length_bytes) == 0, "event type %u", e->ev.rec.type);
        CHECK(v->cnt < EVENT_MAX && e->ev.cmd_seq == v->seq);
        v->events[v->cnt++] = e;
        at += e->ev.rec.length_bytes;
        CHECK((e->ev.last == 1) == (at == v->out_bytes));
    }
}

uint32_t
venue_continue(struct venue *v)
{
    uint32_t n = 0;
    while (core_work_pending(v->core)) {
        union any_command x;
        venue_command(&x, COMMAND_CONTINUE);
        venue_apply(v, &x);
        n++;
        CHECK(n < 1000000);
    }
    return n;
}

void
venue_tick(struct venue *v, int64_t time_ns)
{
    union any_command x;
    v->time_ns = time_ns;
    venue_command(&x, COMMAND_TICK);
    venue_apply(v, &x);
}

static bool log_next;

void
venue_log_next(void)
{
    log_next = true;
}

static void
open_memory(struct venue *v, const struct command_genesis *g, const struct hooks *hooks)
{
    struct error err = {0};
    memset(v, 0, sizeof(*v));
    if (g != NULL)
        v->genesis = *g;
    else
        venue_genesis(&v->genesis);
    v->hooks = hooks;
    v->time_ns = VENUE_T0;
    CHECK(core_check_genesis(&v->genesis, &err) == 0, "%s", err.text);
    v->memory_bytes = core_footprint(&v->genesis, hooks);
    v->memory = mmap(NULL, v->memory_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(v->memory != MAP_FAILED);
    v->out = aligned_alloc(64, CORE_OUT_BYTES);
    CHECK(v->out != NULL);
    memset(v->out, 0xA5, CORE_OUT_BYTES);
    v->core = core_init(v->memory, &v->genesis, hooks);
    if (log_next) {
        v->log_max = 1 << 16;
        v->log = malloc(v->log_max);
        CHECK(v->log != NULL);
        log_next = false;
    }
}

void
venue_open_bare(struct venue *v, const struct command_genesis *g, const struct hooks *hooks)
{
    union any_command x;
    open_memory(v, g, hooks);
    memset(&x, 0, sizeof(x));
    x.genesis = v->genesis;
    venue_apply(v, &x);
}

void
venue_close(struct venue *v)
{
    munmap(v->memory, v->memory_bytes);
    free(v->out);
    free(v->log);
    memset(v, 0, sizeof(*v));
}

int
venue_set_up(void **state)
{
    venue_open(*state, NULL, NULL);
    return 0;
}

int
venue_tear_down(void **state)
{
    venue_check_sums(*state);
    venue_close(*state);
    return 0;
}

void
venue_instrument_set(union any_command *x)
{
    venue_command(x, COMMAND_INSTRUMENT);
    x->instrument.instrument_id = VENUE_BTC_USD;
    x->instrument.asset_id = VENUE_BTC;
    x->instrument.currency_id = VENUE_USD;
    x->instrument.price_scale = 2;
    x->instrument.state = TRADING_OPEN;
    x->instrument.tick_units = 1;
    x->instrument.lot_units = 1;
    x->instrument.min_qty_lots = 1;
    x->instrument.max_price_units = 1000000000;
    x->instrument.protection_ppm = 100000;
    memcpy(x->instrument.symbol, "BTC-USD", 7);
}

void
venue_add_account(struct venue *v, uint32_t account, uint32_t kind)
{
    union any_command x;
    venue_command(&x, COMMAND_ACCOUNT);
    x.cmd.account_id = account;
    x.cmd.tenant_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    x.account.firm_id = 1;
    x.account.owner_group = account;
    x.account.status = ACCOUNT_ACTIVE;
    x.account.kind = kind;
    venue_apply(v, &x);
}

static void
add_actor(struct venue *v, uint32_t actor, uint32_t roles)
{
    union any_command x;
    venue_command(&x, COMMAND_ACTOR);
    x.actor.subject_actor_id = actor;
    x.actor.roles = roles;
    x.cmd.flags = COMMAND_FROM_CONFIG;
    venue_apply(v, &x);
}

static void
add_asset(struct venue *v, uint32_t asset, uint8_t scale, uint8_t kind, const char *symbol)
{
    union any_command x;
    venue_command(&x, COMMAND_ASSET);
    x.cmd.actor_id = VENUE_BOSS;
    x.asset.asset_id = asset;
    x.asset.scale = scale;
    x.asset.kind = kind;
    memcpy(x.asset.symbol, symbol, strlen(symbol));
    venue_apply(v, &x);
}

void
venue_open(struct venue *v, const struct command_genesis *g, const struct hooks *hooks)
{
    union any_command x;
    struct command_genesis mine;
    venue_genesis(&mine);
    if (g != NULL)
        mine = *g;
    mine.config_cnt = 3;
    venue_open_bare(v, &mine, hooks);
    add_actor(v, VENUE_BOSS, 31);
    add_actor(v, VENUE_SECOND, 31);
    add_actor(v, VENUE_VIEWER, ROLE_VIEW);
    add_asset(v, VENUE_USD, 2, 1, "USD");
    add_asset(v, VENUE_BTC, 0, 2, "BTC");
    venue_add_account(v, VENUE_FEES, 2);
    venue_add_account(v, VENUE_ISSUE, 3);
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    venue_apply(v, &x);
    for (uint32_t account = 1; account <= 4; account++) {
        venue_add_account(v, account, 1);
        venue_deposit(v, account, VENUE_USD, VENUE_START_UNITS);
        venue_deposit(v, account, VENUE_BTC, VENUE_START_UNITS);
    }
}

int
venue_load(const uint8_t *saved, size_t bytes)
{
    struct venue w;
    struct error err;
    venue_open(&w, NULL, NULL);
    memset(w.memory, 0, w.memory_bytes);
    w.core = core_init(w.memory, &w.genesis, NULL);
    int rc = core_load(w.core, saved, bytes, &err);
    venue_close(&w);
    return rc;
}

/* --- orders --- */

void
venue_order_set(union any_command *x, uint32_t account, const char *id, uint8_t side, int64_t price,
                int64_t lots, uint8_t time_in_force)
{
    venue_command(x, COMMAND_ORDER_NEW);
    x->cmd.account_id = account;
    venue_id(&x->cmd.id, id);
    x->order.instrument_id = VENUE_BTC_USD;
    x->order.side = side;
    x->order.ord_type = price == 0 ? ORD_MARKET : ORD_LIMIT;
    x->order.time_in_force = time_in_force;
    x->order.price_units = price;
    x->order.qty_lots = lots;
}

void
venue_order(struct venue *v, uint32_t account, const char *id, uint8_t side, int64_t price,
            int64_t lots, uint8_t time_in_force)
{
    union any_command x;
    venue_order_set(&x, account, id, side, price, lots, time_in_force);
    venue_apply(v, &x);
}

void
venue_buy(struct venue *v, uint32_t account, const char *id, int64_t price, int64_t lots)
{
    venue_order(v, account, id, SIDE_BUY, price, lots, TIF_GTC);
}

void
venue_sell(struct venue *v, uint32_t account, const char *id, int64_t price, int64_t lots)
{
    venue_order(v, account, id, SIDE_SELL, price, lots, TIF_GTC);
}

void
venue_state(struct venue *v, uint8_t trading_state)
{
    union any_command x;
    venue_command(&x, COMMAND_TRADING_STATE);
    x.cmd.actor_id = VENUE_BOSS;
    x.trading_state.instrument_id = VENUE_BTC_USD;
    x.trading_state.state = trading_state;
    venue_apply(v, &x);
}

void
venue_cancel(struct venue *v, uint32_t account, const char *orig)
{
    union any_command x;
    venue_command(&x, COMMAND_ORDER_CANCEL);
    x.cmd.account_id = account;
    venue_id(&x.cancel.orig, orig);
    venue_apply(v, &x);
}

void
venue_replace(struct venue *v, uint32_t account, const char *orig, const char *id, int64_t price,
              int64_t qty)
{
    union any_command x;
    venue_command(&x, COMMAND_ORDER_REPLACE);
    x.cmd.account_id = account;
    venue_id(&x.cmd.id, id);
    venue_id(&x.replace.orig, orig);
    x.replace.instrument_id = VENUE_BTC_USD;
    x.replace.price_units = price;
    x.replace.qty_lots = qty;
    venue_apply(v, &x);
}

/* --- money, sessions --- */

void
venue_deposit(struct venue *v, uint32_t account, uint32_t asset, int64_t units)
{
    union any_command x;
    char id[CLIENT_ID_MAX];
    (void)snprintf(id, sizeof(id), "money-%llu", (unsigned long long)++v->key);
    venue_command(&x, COMMAND_DEPOSIT);
    x.cmd.account_id = account;
    x.cmd.actor_id = VENUE_BOSS;
    venue_id(&x.cmd.id, id);
    x.money.asset_id = asset;
    x.money.amount_units = units;
    venue_apply(v, &x);
}

void
venue_add_session(struct venue *v, uint32_t session, uint32_t account, bool cancel)
{
    union any_command x;
    venue_command(&x, COMMAND_SESSION);
    x.cmd.session_id = session;
    x.cmd.account_id = account;
    x.cmd.actor_id = VENUE_BOSS;
    x.session.protocol = 1;
    x.session.cancel_on_disconnect = cancel;
    venue_apply(v, &x);
}

void
venue_session_up(struct venue *v, uint32_t session, uint32_t incarnation)
{
    union any_command x;
    venue_command(&x, COMMAND_SESSION_UP);
    x.cmd.session_id = session;
    x.cmd.incarnation = incarnation;
    venue_apply(v, &x);
}

/* --- what came out --- */

const union any_event *
venue_event(const struct venue *v, uint16_t type, uint32_t n)
{
    for (uint32_t i = 0; i < v->cnt; i++) {
        if (v->events[i]->ev.rec.type == type && n-- == 0)
            return v->events[i];
    }
    return NULL;
}

uint32_t
venue_count(const struct venue *v, uint16_t type)
{
    uint32_t n = 0;
    while (venue_event(v, type, n) != NULL)
        n++;
    return n;
}

const char *
venue_types(const struct venue *v)
{
    static char text[EVENT_MAX * 20];
    size_t at = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < v->cnt; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "",
                               event_name(v->events[i]->ev.rec.type));
    return text;
}

uint16_t
venue_reason(const struct venue *v)
{
    for (uint32_t i = 0; i < v->cnt; i++) {
        uint16_t type = v->events[i]->ev.rec.type;
        if (type == EVENT_ORDER_REJECTED || type == EVENT_CANCEL_REJECTED ||
            type == EVENT_COMMAND_RESULT)
            return v->events[i]->reject.reason;
    }
    return 0;
}

uint64_t
venue_order_id(const struct venue *v)
{
    for (uint32_t i = 0; i < v->cnt; i++) {
        uint16_t type = v->events[i]->ev.rec.type;
        if (type >= EVENT_ORDER_ACCEPTED && type <= EVENT_ORDER_RELEASED &&
            type != EVENT_ORDER_REJECTED && type != EVENT_CANCEL_REJECTED)
            return v->events[i]->order.order_id;
    }
    return 0;
}

struct wanted {
    uint32_t account, asset;
    struct core_balance found;
};

static void
pick(void *arg, const struct core_balance *b)
{
    struct wanted *w = arg;
    if (b->account_id == w->account && b->asset_id == w->asset)
        w->found = *b;
}

struct core_balance
venue_balance(const struct venue *v, uint32_t account, uint32_t asset)
{
    struct wanted w = {.account = account, .asset = asset};
    core_each_balance(v->core, pick, &w);
    return w.found;
}

static void
count_order(void *arg, const struct core_order *o)
{
    (void)o;
    ++*(uint32_t *)arg;
}

uint32_t
venue_open_orders(const struct venue *v)
{
    uint32_t n = 0;
    core_each_order(v->core, count_order, &n);
    return n;
}

struct sums {
    __int128 of[64];
};

static void
add_up(void *arg, const struct core_balance *b)
{
    struct sums *s = arg;
    CHECK(b->asset_id < 64 && b->held_units >= 0);
    s->of[b->asset_id] += (__int128)b->settled_units + b->pending_in_units - b->pending_out_units;
}

void
venue_check_sums(const struct venue *v)
{
    struct sums s = {{0}};
    core_each_balance(v->core, add_up, &s);
    for (int i = 0; i < 64; i++)
        CHECK(s.of[i] == 0, "asset %d", i);
}
