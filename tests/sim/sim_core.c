/* The core against itself, with random commands: now and then it is saved and loaded into a second
 * one, which from then on must emit the same bytes. A second part does the same with pools so small
 * that they are full most of the time. What the events must be, sim_venue.c says.
 *
 *   sim_core [--seed N [--commands N]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/reason.h"
#include "tests/sim/core_markets.h"
#include "tests/sim/random_offering.h"
#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

enum { IDS = 256, INSTRUMENT_CNT = 3, CLIENT_CNT = 4 };

struct sim {
    struct venue a, b; /* b was loaded from a, or began with it */
    struct seed seed;
    char ids[IDS][CLIENT_ID_MAX + 1]; /* recent ones, of any account */
    uint32_t owners[IDS];
    /* Instrument to be opened again, 99 = the venue, 98 = what is killed; 0 = none. */
    uint32_t closed;
    union any_command killed; /* what stopped it */
    uint64_t reasons[128];
    uint64_t id_cnt;
    uint64_t parked[IDS];
    uint32_t parked_cnt;
    struct event_deal deals[IDS];       /* proposals, the newest of their slots; may be over */
    struct event_request requests[IDS]; /* the same of requests, and of quotes, as who asked saw */
    struct event_request_quote answers[IDS];
    uint64_t proposed, dealt, quoted, stopped, asked, answered, hits;
    union any_command last; /* for retries */
    uint64_t fills, rejects, continues;
};

static uint64_t
below(struct sim *s, uint64_t n)
{
    return seed_below(&s->seed, n);
}

static bool
one_in(struct sim *s, uint64_t n)
{
    return below(s, n) == 0;
}

/* --- what the core said --- */

static void
note_parked(struct sim *s, const struct event_order *e)
{
    if (e->ev.rec.type == EVENT_ORDER_ACCEPTED && e->status == ORD_STATUS_PARKED &&
        s->parked_cnt < IDS)
        s->parked[s->parked_cnt++] = e->order_id;
    for (uint32_t i = 0; e->ev.rec.type == EVENT_ORDER_CANCELED && i < s->parked_cnt; i++) {
        if (s->parked[i] == e->order_id)
            s->parked[i] = s->parked[--s->parked_cnt];
    }
}

static void
note_event(struct sim *s, const union any_event *e)
{
    switch (e->ev.rec.type) {
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
        s->rejects++;
        s->reasons[e->reject.reason & 127]++;
        break;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
        note_parked(s, &e->order);
        break;
    case EVENT_FILL:
        s->fills++;
        break;
    case EVENT_QUOTE_STOP:
        s->stopped++;
        break;
    case EVENT_MASS_QUOTE:
        for (int i = 0; i < QUOTE_ENTRY_MAX; i++)
            s->quoted += e->mass_quote.entries[i].bid_status == QUOTE_ACCEPTED;
        break;
    case EVENT_DEAL:
        s->dealt += e->deal.state == DEAL_EXECUTED;
        if (e->deal.state == DEAL_PROPOSED)
            s->deals[s->proposed++ % IDS] = e->deal;
        break;
    case EVENT_REQUEST:
        if (e->request.id.length != 0 && e->request.state == REQUEST_OPEN)
            s->requests[s->asked++ % IDS] = e->request;
        break;
    case EVENT_REQUEST_QUOTE:
        s->hits += e->request_quote.traded_lots != 0;
        if (!e->request_quote.mine && e->request_quote.state == REQUEST_OPEN)
            s->answers[s->answered++ % IDS] = e->request_quote;
        break;
    default:
        break;
    }
}

/* --- applying and comparing --- */

static void
apply_both(struct sim *s, union any_command *x)
{
    union any_command y = *x;
    venue_apply(&s->a, x);
    venue_apply(&s->b, &y);
    CHECK(s->a.out_bytes == s->b.out_bytes && memcmp(s->a.out, s->b.out, s->a.out_bytes) == 0,
          "command %" PRIu64 " of type %s differs after loading", s->a.seq,
          command_name(x->cmd.rec.type));
    for (uint32_t i = 0; i < s->a.cnt; i++)
        note_event(s, s->a.events[i]);
}

/* b becomes what a's bytes say. */
static void
reload(struct sim *s)
{
    struct error err = {0};
    size_t bytes = core_save(s->a.core, NULL, 0);
    size_t other = core_save(s->b.core, NULL, 0);
    uint8_t *saved = malloc(bytes), *again = malloc(other);
    CHECK(saved != NULL && again != NULL && bytes == other);
    CHECK(core_save(s->a.core, saved, bytes) == bytes);
    CHECK(core_save(s->b.core, again, other) == other);
    CHECK(memcmp(saved, again, bytes) == 0, "equal states, different bytes");
    memset(s->b.memory, 0, s->b.memory_bytes);
    s->b.core = core_init(s->b.memory, &s->b.genesis, NULL);
    int rc = core_load(s->b.core, saved, bytes, &err);
    CHECK(rc == 0, "%s", err.text);
    CHECK(core_next_due_ns(s->a.core) == core_next_due_ns(s->b.core));
    free(saved);
    free(again);
}

static void
apply(struct sim *s, union any_command *x)
{
    apply_both(s, x);
    while (core_work_pending(s->a.core)) {
        union any_command more;
        if (one_in(s, 20))
            reload(s); /* in the middle of work */
        venue_command(&more, COMMAND_CONTINUE);
        apply_both(s, &more);
        s->continues++;
    }
}

/* --- commands by chance --- */

static uint32_t
some_account(struct sim *s)
{
    return one_in(s, 200) ? 77 : (uint32_t)below(s, CLIENT_CNT) + 1;
}

static void
new_id(struct sim *s, struct client_id *id, uint32_t owner)
{
    char *text = s->ids[s->id_cnt % IDS];
    s->owners[s->id_cnt % IDS] = owner;
    (void)snprintf(text, CLIENT_ID_MAX, "o%" PRIu64, s->id_cnt);
    s->id_cnt++;
    venue_id(id, text);
}

static void
old_id(struct sim *s, struct client_id *id, uint32_t *owner)
{
    uint64_t known = s->id_cnt < IDS ? s->id_cnt : IDS;
    uint64_t at = known == 0 ? 0 : below(s, known);
    venue_id(id, known == 0 ? "none" : s->ids[at]);
    if (!one_in(s, 30))
        *owner = s->owners[at];
}

/* What is more than a price, or another way to have one. */
static void
random_kind(struct sim *s, struct command_order_new *o)
{
    bool buys = o->side == SIDE_BUY;
    if (one_in(s, 5)) {
        bool trails = one_in(s, 3), limit = one_in(s, 2);
        o->ord_type = trails  ? limit ? ORD_TRAILING_STOP_LIMIT : ORD_TRAILING_STOP
                      : limit ? ORD_STOP_LIMIT
                              : ORD_STOP;
        if (trails)
            o->peg_offset_units = 5 * (buys ? 1 : -1) * (int32_t)below(s, 12);
        o->time_in_force = one_in(s, 3) ? TIF_DAY : TIF_GTC;
        int64_t away = (int64_t)below(s, one_in(s, 20) ? 60 : 12) - 3;
        o->stop_units = trails && one_in(s, 2) ? 0 : 5 * (1000 + (buys ? away : -away));
    } else if (one_in(s, 20)) {
        o->ord_type = ORD_MARKET_TO_LIMIT;
    } else if (one_in(s, 12)) {
        o->exec_inst = EXEC_POST_SLIDE;
    }
    if (o->time_in_force == TIF_GTC && one_in(s, 6)) {
        o->time_in_force = TIF_GTD;
        o->expire_ns = s->a.time_ns + (int64_t)below(s, 100000) * 1000000000;
    }
    if (o->time_in_force == TIF_IOC && one_in(s, 3))
        o->min_qty_lots = 1 + (int64_t)below(s, 20);
}

/* Not whole to be seen, or not at all. */
static void
random_display(struct sim *s, struct command_order_new *o)
{
    if (one_in(s, 6)) {
        o->display_lots = (int64_t)below(s, 6);
        o->display_range = one_in(s, 3) ? (uint8_t)below(s, 101) : 0;
    } else if (one_in(s, 12)) {
        o->exec_inst |= EXEC_HIDDEN;
    }
    o->cmd.seed = below(s, UINT64_MAX);
}

/* With an order of the same account, which may be gone, or of another side. */
static void
random_link(struct sim *s, union any_command *x)
{
    struct client_id other = {0};
    old_id(s, &other, &x->cmd.account_id);
    command_link(&x->linked, &other);
}

/* With a limit or without; now and then what no peg may be. */
static void
random_peg(struct sim *s, struct command_order_new *o)
{
    if (!one_in(s, 50)) {
        o->exec_inst &= EXEC_CANCEL_ON_DISCONNECT;
        o->display_lots = o->display_range = 0;
    }
    o->exec_inst |= one_in(s, 2) ? EXEC_PEG_PRIMARY : EXEC_PEG_MIDPOINT;
    if (one_in(s, 2))
        o->peg_offset_units = 5 * ((int32_t)below(s, one_in(s, 10) ? 60 : 5) - 2);
    if (one_in(s, 2))
        o->price_units = 0;
}

static void
random_new(struct sim *s, union any_command *x)
{
    static const uint8_t tifs[] = {TIF_GTC, TIF_GTC, TIF_GTC, TIF_DAY, TIF_DAY, TIF_IOC, TIF_FOK};
    venue_command(x, COMMAND_ORDER_NEW);
    struct command_order_new *o = &x->order;
    x->cmd.account_id = some_account(s);
    if (one_in(s, 50))
        old_id(s, &x->cmd.id, &x->cmd.account_id);
    else
        new_id(s, &x->cmd.id, x->cmd.account_id);
    o->instrument_id = one_in(s, 300) ? 99 : (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    o->side = one_in(s, 300) ? 3 : one_in(s, 2) ? SIDE_BUY : SIDE_SELL;
    o->ord_type = one_in(s, 12) ? ORD_MARKET : one_in(s, 12) ? ORD_PEGGED : ORD_LIMIT;
    o->time_in_force =
        one_in(s, 30) ? one_in(s, 2) ? TIF_CLS : TIF_OPG : tifs[below(s, sizeof(tifs))];
    int64_t away = (int64_t)below(s, 60) - 18;
    o->price_units = 5 * (1000 + (o->side == SIDE_BUY ? -away : away));
    o->qty_lots = 1 + (int64_t)below(s, one_in(s, 40) ? 3000 : 40);
    random_kind(s, o);
    if (o->ord_type == ORD_MARKET || o->ord_type == ORD_STOP || o->ord_type == ORD_TRAILING_STOP ||
        o->ord_type == ORD_MARKET_TO_LIMIT)
        o->price_units = 0;
    if (one_in(s, 80))
        o->price_units += 1; /* off the tick of some */
    if (one_in(s, 400))
        o->qty_lots = one_in(s, 2) ? INT64_MAX / (int64_t)(1 + below(s, 100000)) : 0;
    if (one_in(s, 10))
        o->exec_inst = EXEC_POST_ONLY;
    if (one_in(s, 25))
        o->exec_inst |= EXEC_HOLD_PARK;
    if (one_in(s, 12))
        o->exec_inst |= EXEC_ALL_OR_NONE;
    random_display(s, o);
    if (o->ord_type == ORD_PEGGED)
        random_peg(s, o);
    else if (one_in(s, 3))
        random_link(s, x);
}

static void
random_replace(struct sim *s, union any_command *x)
{
    venue_command(x, COMMAND_ORDER_REPLACE);
    x->cmd.account_id = some_account(s);
    old_id(s, &x->replace.orig, &x->cmd.account_id);
    if (!one_in(s, 10))
        new_id(s, &x->cmd.id, x->cmd.account_id);
    if (one_in(s, 2))
        x->replace.price_units = 5 * (970 + (int64_t)below(s, 60));
    if (one_in(s, 2))
        x->replace.qty_lots = (int64_t)below(s, 60);
}

/* One side, or both; now and then with oneself, of no kind, too many, off the tick. */
static void
random_deal(struct sim *s, union any_command *x)
{
    bool both = one_in(s, 3);
    venue_command(x, both ? COMMAND_DEAL : COMMAND_DEAL_PROPOSE);
    struct command_deal *d = &x->deal;
    x->cmd.account_id = some_account(s);
    if (one_in(s, 20))
        old_id(s, &x->cmd.id, &x->cmd.account_id);
    else
        new_id(s, &x->cmd.id, x->cmd.account_id);
    d->instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    d->to_account_id = some_account(s);
    d->side = one_in(s, 2) ? SIDE_BUY : SIDE_SELL;
    d->kind = (uint8_t)(one_in(s, 50) ? below(s, 256) : DEAL_BLOCK + below(s, 4));
    d->price_units = 5 * (980 + (int64_t)below(s, 40)) + one_in(s, 50);
    d->qty_lots = 1 + (int64_t)below(s, one_in(s, 40) ? 100000 : 60);
    if (both) {
        x->cmd.actor_id = VENUE_BOSS;
        new_id(s, &d->to_id, d->to_account_id);
    } else if (one_in(s, 3)) {
        d->expire_ns = s->a.time_ns + (int64_t)below(s, 30000) * 1000000000;
    }
}

static void
random_answer(struct sim *s, union any_command *x)
{
    uint64_t known = s->proposed < IDS ? s->proposed : IDS;
    const struct event_deal *d = &s->deals[known == 0 ? 0 : below(s, known)];
    venue_command(x, COMMAND_DEAL_ANSWER);
    x->cmd.account_id = one_in(s, 20) ? some_account(s) : d->to_account_id;
    new_id(s, &x->cmd.id, x->cmd.account_id);
    x->deal_answer.deal_id = one_in(s, 100) ? below(s, UINT64_MAX) : d->deal_id;
    x->deal_answer.accept = !one_in(s, 4);
}

static uint64_t
newest_of(struct sim *s, uint64_t cnt)
{
    uint64_t known = cnt < 3 ? cnt : 3;
    return known == 0 ? 0 : (cnt - 1 - below(s, known)) % IDS;
}

static void
random_request(struct sim *s, union any_command *x)
{
    venue_command(x, COMMAND_REQUEST);
    struct command_request *r = &x->request;
    x->cmd.account_id = some_account(s);
    new_id(s, &x->cmd.id, x->cmd.account_id);
    r->instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    r->side = (uint8_t)below(s, one_in(s, 50) ? 5 : 3);
    r->disclosed = one_in(s, 3);
    r->qty_lots = 1 + (int64_t)below(s, one_in(s, 40) ? 100000 : 60);
    r->to_cnt = (uint8_t)(one_in(s, 3) ? below(s, 3) : 0);
    for (uint32_t i = 0; i < r->to_cnt; i++)
        r->to_account_ids[i] = some_account(s);
    if (one_in(s, 3))
        r->expire_ns = s->a.time_ns + (int64_t)below(s, 30000) * 1000000000;
}

/* In answer to one of the newest requests, most within what was asked. */
static void
random_request_quote(struct sim *s, union any_command *x)
{
    const struct event_request *r = &s->requests[newest_of(s, s->asked)];
    int64_t price = 5 * (996 + (int64_t)below(s, 8));
    venue_command(x, COMMAND_REQUEST_QUOTE);
    struct command_request_quote *q = &x->request_quote;
    x->cmd.account_id = some_account(s);
    new_id(s, &x->cmd.id, x->cmd.account_id);
    q->request_id = one_in(s, 50) ? below(s, UINT64_MAX) : r->request_id;
    q->instrument_id = r->instrument_id;
    bool bid = r->side == SIDE_SELL || (r->side == 0 && !one_in(s, 3));
    if (bid) {
        q->bid_price_units = price - 5;
        q->bid_qty_lots = 1 + (int64_t)below(s, (uint64_t)r->leaves_lots + 1);
    }
    if (!bid || (r->side == 0 && one_in(s, 2))) {
        q->ask_price_units = price + 5;
        q->ask_qty_lots = 1 + (int64_t)below(s, (uint64_t)r->leaves_lots + 1);
    }
    if (q->bid_qty_lots != 0 && q->ask_qty_lots != 0)
        new_id(s, &q->ask_id, x->cmd.account_id);
    if (one_in(s, 3))
        q->expire_ns = s->a.time_ns + (int64_t)below(s, 30000) * 1000000000;
}

/* Takes one of the newest, or passes it: what names it lies in the same place. */
static void
random_request_hit(struct sim *s, union any_command *x)
{
    const struct event_request_quote *q = &s->answers[newest_of(s, s->answered)];
    bool pass = one_in(s, 6);
    venue_command(x, pass ? COMMAND_REQUEST_PASS : COMMAND_REQUEST_HIT);
    x->cmd.account_id = one_in(s, 20) ? some_account(s) : q->account_id;
    new_id(s, &x->cmd.id, x->cmd.account_id);
    x->request_hit.quote_id = one_in(s, 50) ? below(s, UINT64_MAX) : q->quote_id;
    x->request_hit.instrument_id = q->instrument_id;
    if (pass)
        return;
    uint8_t other = (uint8_t)(SIDE_BUY + SIDE_SELL - q->side);
    x->request_hit.side = one_in(s, 2) ? other : (uint8_t)below(s, 3);
    x->request_hit.qty_lots = one_in(s, 2) ? 0 : 1 + (int64_t)below(s, 10);
}

static void
random_issue(struct sim *s, union any_command *x)
{
    uint32_t account = some_account(s), instrument = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    random_offering(&s->seed, s->a.time_ns, account, instrument, x);
    new_id(s, &x->cmd.id, account);
}

static void
random_agreed(struct sim *s, union any_command *x)
{
    static void (*const ways[])(struct sim * s, union any_command * x) = {
        random_deal,          random_answer,        random_request,    random_request_quote,
        random_request_quote, random_request_quote, random_request_hit};
    ways[below(s, sizeof(ways) / sizeof(ways[0]))](s, x);
}

/* Most are sane; some crossed, off the tick, of no instrument, too many. */
static void
random_quote(struct sim *s, union any_command *x)
{
    venue_command(x, COMMAND_MASS_QUOTE);
    struct command_mass_quote *m = &x->mass_quote;
    x->cmd.account_id = some_account(s);
    venue_id(&x->cmd.id, "quote");
    m->reset = one_in(s, 3);
    m->entry_cnt = (uint8_t)(one_in(s, 100) ? below(s, 256) : 1 + below(s, 3));
    m->exec_inst = one_in(s, 5) ? EXEC_POST_ONLY : one_in(s, 5) ? EXEC_CANCEL_ON_DISCONNECT : 0;
    for (uint8_t i = 0; i < m->entry_cnt && i < QUOTE_ENTRY_MAX; i++) {
        struct quote_entry *e = &m->entries[i];
        e->instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + !one_in(s, 50);
        e->bid_price_units = 5 * (985 + (int64_t)below(s, 20)) + one_in(s, 50);
        e->ask_price_units = e->bid_price_units + 5 * ((int64_t)below(s, 8) - one_in(s, 20));
        e->bid_qty_lots = one_in(s, 6) ? 0 : (int64_t)below(s, one_in(s, 50) ? 1000000 : 40);
        e->ask_qty_lots = one_in(s, 6) ? 0 : (int64_t)below(s, 40) - one_in(s, 50);
        (void)snprintf(e->entry_id, sizeof(e->entry_id), "e%u", (unsigned)below(s, 100));
    }
}

static void
random_limits(struct sim *s, union any_command *x)
{
    venue_command(x, COMMAND_QUOTE_LIMITS);
    x->cmd.account_id = some_account(s);
    x->cmd.actor_id = VENUE_BOSS;
    x->quote_limits.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
    x->quote_limits.fill_max = (uint32_t)below(s, 6);
    x->quote_limits.window_ns = x->quote_limits.fill_max == 0 ? 0 : 1000000000;
    x->quote_limits.lots_max = one_in(s, 2) ? 0 : (int64_t)below(s, 40);
}

static void
random_money(struct sim *s, union any_command *x)
{
    char id[CLIENT_ID_MAX];
    (void)snprintf(id, sizeof(id), "m%" PRIu64, s->a.seq);
    if (one_in(s, 3)) {
        venue_command(x, COMMAND_SETTLE);
        x->settle.asset_id = one_in(s, 2) ? VENUE_USD : VENUE_BTC;
        x->settle.in_units = (int64_t)below(s, 30);
        x->settle.out_units = 1 + (int64_t)below(s, 30);
    } else {
        venue_command(x, one_in(s, 2) ? COMMAND_DEPOSIT : COMMAND_TRANSFER);
        x->money.asset_id = one_in(s, 2) ? VENUE_USD : VENUE_BTC;
        x->money.amount_units = 1 + (int64_t)below(s, 3000000);
        if (one_in(s, 30))
            x->money.amount_units = INT64_MAX / 2;
        x->money.to_account_id = 4;
    }
    x->cmd.account_id = (uint32_t)below(s, CLIENT_CNT - 1) + 1;
    x->cmd.actor_id = VENUE_BOSS;
    venue_id(&x->cmd.id, id);
}

static void
random_rare(struct sim *s, union any_command *x)
{
    switch (below(s, 7)) {
    case 0:
        venue_command(x, one_in(s, 3) ? COMMAND_QUOTE_CANCEL : COMMAND_MASS_CANCEL);
        x->cmd.account_id = one_in(s, 4) ? 0 : (uint32_t)below(s, CLIENT_CNT) + 1;
        x->cmd.actor_id = VENUE_BOSS;
        x->mass_cancel.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT + 1);
        x->mass_cancel.side = (uint8_t)below(s, 3);
        break;
    case 1:
        venue_command(x, COMMAND_TRADING_STATE);
        x->cmd.actor_id = VENUE_BOSS;
        x->trading_state.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
        x->trading_state.state = one_in(s, 3) ? TRADING_HALTED + (uint32_t)below(s, 2)
                                              : TRADING_CALL_OPENING + (uint32_t)below(s, 4);
        s->closed = x->trading_state.instrument_id;
        break;
    case 2:
        venue_command(x, COMMAND_REFERENCE_PRICE);
        x->cmd.actor_id = VENUE_BOSS;
        x->reference.instrument_id = (uint32_t)below(s, INSTRUMENT_CNT) + 1;
        x->reference.price_units = 4900 + (int64_t)below(s, 200);
        break;
    case 3:
        venue_command(x, COMMAND_MODE);
        x->cmd.actor_id = VENUE_BOSS;
        x->mode.mode = MODE_CANCEL_ONLY;
        s->closed = 99;
        break;
    case 4: /* of an account, the instrument 2, all */
        venue_command(x, COMMAND_KILL_SWITCH);
        x->cmd.actor_id = VENUE_BOSS;
        x->kill_switch.engage = 1;
        x->kill_switch.scope = (uint8_t)(KILL_ACCOUNT + below(s, 4));
        x->cmd.account_id = x->kill_switch.scope == KILL_ACCOUNT ? 2 : 0;
        x->cmd.tenant_id = x->kill_switch.scope == KILL_TENANT ? 1 : 0;
        x->kill_switch.instrument_id = x->kill_switch.scope == KILL_INSTRUMENT ? 2 : 0;
        s->killed = *x;
        s->closed = 98;
        break;
    default:
        venue_command(x, COMMAND_TICK);
        s->a.time_ns += (int64_t)below(s, 40000) * 1000000000;
        s->b.time_ns = s->a.time_ns;
        x->cmd.time_ns = s->a.time_ns;
        break;
    }
}

static void
open_again(struct sim *s, union any_command *x)
{
    if (s->closed == 98) {
        *x = s->killed;
        x->cmd.time_ns = 0;
        x->kill_switch.engage = 0;
        s->closed = 0;
        return;
    }
    venue_command(x, s->closed == 99 ? COMMAND_MODE : COMMAND_TRADING_STATE);
    x->cmd.actor_id = VENUE_BOSS;
    if (s->closed == 99) {
        x->mode.mode = MODE_NORMAL;
    } else {
        x->trading_state.instrument_id = s->closed;
        x->trading_state.state =
            one_in(s, 4) ? 1 + (uint32_t)below(s, TRADING_CALL_RESUMPTION) : TRADING_OPEN;
    }
    if (s->closed == 99 || x->trading_state.state == TRADING_OPEN)
        s->closed = 0;
}

static void
random_command(struct sim *s, union any_command *x)
{
    uint64_t dice = below(s, 1000);
    if (s->closed != 0 && one_in(s, 10))
        open_again(s, x);
    else if (dice < 10 && s->last.cmd.rec.type != 0) {
        *x = s->last; /* a retry */
        x->cmd.time_ns = 0;
    } else if (dice < 460) {
        random_new(s, x);
        s->last = *x;
    } else if (dice < 490) {
        random_issue(s, x);
        s->last = *x;
    } else if (dice < 560) {
        random_agreed(s, x);
        s->last = *x;
    } else if (dice < 600) {
        if (one_in(s, 20))
            random_limits(s, x);
        else
            random_quote(s, x);
        s->last = *x;
    } else if (dice < 800) {
        venue_command(x, COMMAND_ORDER_CANCEL);
        x->cmd.account_id = some_account(s);
        old_id(s, &x->cancel.orig, &x->cmd.account_id);
    } else if (dice < 930) {
        random_replace(s, x);
        s->last = *x;
    } else if (dice < 960) {
        random_money(s, x);
    } else if (dice < 985 && s->parked_cnt > 0) {
        uint32_t i = (uint32_t)below(s, s->parked_cnt);
        venue_command(x, COMMAND_ORDER_DECIDE);
        x->cmd.actor_id = VENUE_BOSS;
        x->decide.order_id = s->parked[i];
        x->decide.release = !one_in(s, 3);
        x->decide.reason = x->decide.release ? 0 : REASON_BY_OPERATOR;
        if (x->decide.release)
            s->parked[i] = s->parked[--s->parked_cnt];
    } else if (dice < 990 && s->closed == 0) {
        random_rare(s, x);
    } else {
        venue_command(x, COMMAND_TICK);
        s->a.time_ns += 1000000000;
        s->b.time_ns = s->a.time_ns;
    }
}

/* --- the run --- */

static void
define_instrument(struct sim *s, uint32_t id, union any_command *x)
{
    venue_instrument_set(x);
    x->cmd.actor_id = VENUE_BOSS;
    x->instrument.instrument_id = id;
    x->instrument.tick_units = 5;
    x->instrument.max_price_units = 1000000;
    x->instrument.maker_ppm = 1000;
    x->instrument.taker_ppm = 2500;
    if (id == 2) { /* what divides badly, a minimum fee, and the maker pays more */
        x->instrument.price_scale = 4;
        x->instrument.maker_ppm = 3000;
        x->instrument.taker_ppm = 0;
        x->instrument.fee_min_units = 3;
    }
    x->instrument.self_trade_by = id == 1 ? SELF_TRADE_OWNER : SELF_TRADE_OFF;
    x->instrument.self_trade_mode = id == 1 ? SELF_TRADE_DECREMENT : 0;
    if (id == 3) {
        x->instrument.settle_cycle = 2;
        x->instrument.lot_units = 7;
        x->instrument.min_qty_lots = 2;
    }
    x->instrument.allow_hidden = id != 2;
    x->instrument.allow_whole = id != 1;
    (void)s;
}

static void
settle_venue(struct sim *s, const struct command_genesis *g)
{
    union any_command x;
    struct venue *both[2] = {&s->a, &s->b};
    for (int i = 0; i < 2; i++) {
        venue_open(both[i], g, NULL);
        for (uint32_t id = 2; id <= INSTRUMENT_CNT; id++) {
            define_instrument(s, id, &x);
            venue_apply(both[i], &x);
        }
        define_instrument(s, 1, &x);
        venue_apply(both[i], &x);
        for (uint32_t id = 1; id <= INSTRUMENT_CNT; id++) {
            define_calls(id, &x);
            venue_apply(both[i], &x);
            define_deals(id, &x);
            venue_apply(both[i], &x);
            define_bands(id, &x);
            venue_apply(both[i], &x);
            define_ticks(id, &x);
            venue_apply(both[i], &x);
            define_allocation(id, &x);
            venue_apply(both[i], &x);
        }
    }
}

static void
run(struct sim *s, const struct command_genesis *g, uint64_t commands)
{
    settle_venue(s, g);
    s->fills = s->rejects = s->continues = s->dealt = s->quoted = s->stopped = 0;
    for (uint64_t n = 0; n < commands; n++) {
        union any_command x;
        random_command(s, &x);
        apply(s, &x);
        if (one_in(s, 100))
            venue_check_sums(&s->a);
        if (one_in(s, 500))
            reload(s);
    }
    venue_check_sums(&s->a);
    reload(s);
    printf("%" PRIu64 " commands, %" PRIu64 " fills, %" PRIu64 " refused, %" PRIu64
           " continued, %" PRIu64 " deals, %" PRIu64 " hits, %" PRIu64
           " bids, %u orders at most: same bytes\n",
           commands, s->fills, s->rejects, s->continues, s->dealt, s->hits, s->quoted,
           g->order_max);
    for (uint32_t i = 0; i < 128; i++) {
        if (s->reasons[i] != 0)
            printf("  %" PRIu64 " %s\n", s->reasons[i], reason_name(i));
    }
    CHECK(s->fills > 0 && s->rejects > 0 && s->dealt > 0 && s->quoted > 0 && s->stopped > 0 &&
          s->hits > 0);
    venue_close(&s->a);
    venue_close(&s->b);
}

int
main(int argc, char **argv)
{
    uint64_t commands = count_from_env("ASSAY_SIM_COMMANDS", 30000);
    if (argc == 5 && strcmp(argv[3], "--commands") == 0)
        commands = strtoull(argv[4], NULL, 10);
    struct sim *s = calloc(1, sizeof(*s));
    CHECK(s != NULL);
    s->seed = seed_from_args(argc == 5 ? 3 : argc, argv);
    struct command_genesis g;
    venue_genesis(&g);
    g.order_max = 2000;
    g.client_id_max = 8000;
    g.day_end_s = 61200;
    run(s, &g, commands);

    struct seed seed = s->seed;
    memset(s, 0, sizeof(*s));
    s->seed = seed;
    g.order_max = 24;
    g.level_max = 20;
    g.client_id_max = 400;
    run(s, &g, commands);
    free(s);
    return 0;
}
