#include "engine/core/core_request.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_deal.h"
#include "engine/model/client_id.h"

/* Requests for quote, for what is seldom traded: who wants to trade asks all, or up to eight named
 * accounts; who answers says at which price it buys, sells, or either; who asked takes what it
 * likes, whole or in parts, and may pass a quote, which ends it.
 *   - A request holds nothing. It has a slot among the orders (PLACE_REQUEST) and a client id like
 *     one, so that what ends orders ends it: a cancel, a mass cancel, a kill switch, its session,
 *     its time, its day. None of the events of orders tells of it; REQUEST does.
 *   - Each side of a quote is a proposal (core_deal.c) to who asked: an order outside the book with
 *     its hold, that ends like one, at the latest with the request that it answers.
 *   - Taking it is an answer to a proposal, judged as such, for as much as was asked and is there.
 *     To pass it is to decline the proposal.
 * Who is told: who asked all, each maker of its own quotes, nobody of those of others. Neither side
 * is told who the other is unless the request says so.
 * source: FIX 4.4 volume 3, QuoteRequest and Quote; that quotes go to who asked alone, and that the
 * request may hide who asked: MiFID II RTS 1, Annex I, request for quote systems; that a request
 * may be met in parts is this venue's reading */

enum { BID = 0, ASK = 1 };

/* --- telling --- */

struct parties {
    const struct core_request *r;
    uint32_t slot; /* of the request */
};

static struct parties
parties_of(const struct core *c, uint64_t request_id)
{
    uint32_t slot = order_pool_find(&c->pools.orders, request_id);
    CHECK(slot != ORDER_NONE && order_at(&c->pools.orders, slot)->place == PLACE_REQUEST);
    return (struct parties){&c->requests[order_at(&c->pools.orders, slot)->level], slot};
}

static uint8_t
ended(uint8_t status)
{
    return status == ORD_STATUS_FILLED    ? REQUEST_TRADED
           : status == ORD_STATUS_EXPIRED ? REQUEST_EXPIRED
                                          : REQUEST_CANCELED;
}

static int64_t
date_of(const struct core *c, uint32_t slot)
{
    return order_at(&c->pools.orders, slot)->time_in_force == TIF_GTD
               ? order_cold_at(&c->pools.orders, slot)->until
               : 0;
}

/* account_id: who may answer and is told, 0 = all; or who asked. */
static void
emit_request(struct core *c, const struct parties *p, uint32_t account_id, uint8_t state,
             uint16_t reason)
{
    const struct order *o = order_at(&c->pools.orders, p->slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, p->slot);
    bool asker = account_id == k->account_id;
    struct event_request *e =
        core_emit(c, EVENT_REQUEST, sizeof(*e), account_id == 0 ? AUDIENCE_PUBLIC : AUDIENCE_PARTY,
                  asker ? k->session_id : 0);
    e->request_id = o->order_id;
    e->account_id = account_id;
    e->requester_id = asker || p->r->disclosed ? k->account_id : 0;
    e->instrument_id = c->view_instruments[o->instrument_idx].instrument_id;
    e->side = p->r->side;
    e->state = state;
    e->disclosed = p->r->disclosed;
    e->to_cnt = p->r->to_cnt;
    e->reason = reason;
    e->zero = 0;
    e->zero1 = 0;
    e->qty_lots = k->qty_lots;
    e->leaves_lots = state == REQUEST_OPEN ? o->leaves_lots : 0;
    e->expire_ns = date_of(c, p->slot);
    e->id = (struct client_id){0};
    e->client_seq = 0;
    if (!asker)
        return;
    e->id = *client_ids_of(&c->ids, p->slot);
    e->client_seq = c->cmd->session_id == k->session_id ? c->cmd->client_seq : 0;
}

/* Who asked, then those who may answer: to them the reason is nothing. */
static void
tell_request(struct core *c, const struct parties *p, uint8_t state, uint16_t reason)
{
    emit_request(c, p, order_cold_at(&c->pools.orders, p->slot)->account_id, state, reason);
    if (p->r->to_cnt == 0)
        emit_request(c, p, 0, state, 0);
    for (uint32_t i = 0; i < p->r->to_cnt; i++)
        emit_request(c, p, c->view_accounts[p->r->to_account_idx[i]].account_id, state, 0);
}

static void
emit_quote(struct core *c, const struct parties *p, uint32_t slot, bool mine,
           const struct event_request_quote *what)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct order_cold *asker = order_cold_at(&c->pools.orders, p->slot);
    struct event_request_quote *e = core_emit(c, EVENT_REQUEST_QUOTE, sizeof(*e), AUDIENCE_PARTY,
                                              mine ? k->session_id : asker->session_id);
    uint32_t other_id = mine ? asker->account_id : k->account_id;
    e->request_id = p->r->order_id;
    e->quote_id = what->quote_id;
    e->account_id = mine ? k->account_id : asker->account_id;
    e->other_id = p->r->disclosed ? other_id : 0;
    e->instrument_id = c->view_instruments[o->instrument_idx].instrument_id;
    e->side = o->side;
    e->state = what->state;
    e->mine = mine;
    e->zero = 0;
    e->reason = mine ? what->reason : 0;
    e->zero1 = 0;
    e->zero2 = 0;
    e->price_units = o->price_units;
    e->leaves_lots = what->state == REQUEST_OPEN ? o->leaves_lots : 0;
    e->traded_lots = what->traded_lots;
    e->expire_ns = date_of(c, slot);
    e->id = *client_ids_of(&c->ids, mine ? slot : p->slot);
}

/* A side of a quote, open or just over: its record is still as it was. */
static void
tell_quote(struct core *c, const struct parties *p, uint32_t slot,
           const struct event_request_quote *what)
{
    emit_quote(c, p, slot, true, what);
    emit_quote(c, p, slot, false, what);
}

/* --- what is open --- */

bool
core_request_sane(const struct core *c, const struct core_request *r)
{
    uint32_t slot = order_pool_find(&c->pools.orders, r->order_id);
    if (slot == ORDER_NONE || order_at(&c->pools.orders, slot)->place != PLACE_REQUEST ||
        &c->requests[order_at(&c->pools.orders, slot)->level] != r || r->side > SIDE_SELL ||
        r->disclosed > 1 || r->to_cnt > REQUEST_TO_MAX)
        return false;
    for (uint32_t i = 0; i < r->to_cnt; i++) {
        if (r->to_account_idx[i] >= c->view.account_cnt)
            return false;
    }
    for (uint32_t i = 0; i < REQUEST_QUOTE_MAX; i++) {
        uint32_t quote = order_pool_find(&c->pools.orders, r->quotes[i]);
        if (r->quotes[i] != 0 &&
            (quote == ORDER_NONE || order_at(&c->pools.orders, quote)->place != PLACE_DEAL ||
             c->deals[order_at(&c->pools.orders, quote)->level].request_id != r->order_id))
            return false;
    }
    return true;
}

/* What it has room for: a place that is free, from this one on. */
static uint32_t
quote_place(const struct core_request *r, uint64_t order_id, uint32_t from)
{
    for (uint32_t i = from; i < REQUEST_QUOTE_MAX; i++) {
        if (r->quotes[i] == order_id)
            return i;
    }
    return CORE_NONE;
}

static void
forget_quote(struct core *c, const struct parties *p, uint64_t order_id)
{
    uint32_t place = quote_place(p->r, order_id, 0);
    CHECK(place != CORE_NONE);
    c->requests[order_at(&c->pools.orders, p->slot)->level].quotes[place] = 0;
}

void
core_request_quote_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct parties p = parties_of(c, c->deals[o->level].request_id);
    tell_quote(c, &p, slot,
               &(struct event_request_quote){
                   .quote_id = o->order_id, .state = ended(status), .reason = reason});
    forget_quote(c, &p, o->order_id);
}

void
core_request_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status)
{
    struct order *o = order_at(&c->pools.orders, slot);
    struct core_request *r = &c->requests[o->level];
    for (uint32_t i = 0; i < REQUEST_QUOTE_MAX; i++) {
        uint32_t quote = order_pool_find(&c->pools.orders, r->quotes[i]);
        if (quote != ORDER_NONE)
            core_order_kill(c, quote, REASON_REQUEST_OVER, ORD_STATUS_CANCELED, NULL);
    }
    tell_request(c, &(struct parties){r, slot}, ended(status), reason);
    memset(r, 0, sizeof(*r));
    c->request_cnt--;
    free_places_give(&c->request_places, o->level);
    o->place = PLACE_TAKING;
    core_order_finish(c, slot, status)->reason = reason;
}

uint32_t
core_request_instrument(const struct command *cmd)
{
    switch (cmd->rec.type) {
    case COMMAND_REQUEST:
        return ((const struct command_request *)cmd)->instrument_id;
    case COMMAND_REQUEST_QUOTE:
        return ((const struct command_request_quote *)cmd)->instrument_id;
    case COMMAND_REQUEST_HIT:
        return ((const struct command_request_hit *)cmd)->instrument_id;
    case COMMAND_REQUEST_PASS:
        return ((const struct command_request_pass *)cmd)->instrument_id;
    default:
        return 0;
    }
}

void
core_request_status(struct core *c, uint32_t slot)
{
    struct parties p = {&c->requests[order_at(&c->pools.orders, slot)->level], slot};
    emit_request(c, &p, order_cold_at(&c->pools.orders, slot)->account_id, REQUEST_OPEN, 0);
    struct event_request *answer = (void *)c->out_last; /* to whoever asks */
    answer->ev.session_id = c->cmd->session_id;
    answer->client_seq = c->cmd->client_seq;
}

/* --- asking --- */

/* Whether it may trade that side at all, as an order without a price would be asked about. */
static uint16_t
check_side(struct core *c, const struct command_request *x, const struct core_terms *t,
           uint8_t side)
{
    uint16_t reason = core_order_freeze(c, t->account_idx, side);
    if (reason != 0 || c->hooks.admit == NULL)
        return reason;
    struct hook_order h = {.account_idx = t->account_idx,
                           .instrument_idx = t->instrument_idx,
                           .session_id = x->cmd.session_id,
                           .side = side,
                           .ord_type = ORD_LIMIT,
                           .time_in_force = x->expire_ns != 0 ? TIF_GTD : TIF_DAY,
                           .exec_inst = EXEC_NEGOTIATED,
                           .lots = x->qty_lots};
    struct decision d = {0};
    c->hooks.admit(c->hook_self, &h, &d);
    core_emit_decision(c, DECISION_ADMIT, 0, x->cmd.account_id, x->instrument_id, &d);
    if (d.verdict == VERDICT_HOLD)
        return REASON_NEEDS_APPROVAL;
    if (d.verdict != VERDICT_REJECT)
        return 0;
    return d.reason != 0 ? d.reason : (uint16_t)REASON_NOT_AUTHORIZED;
}

static uint16_t
check_sides(struct core *c, const struct command_request *x, const struct core_terms *t)
{
    uint16_t reason = 0;
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL && reason == 0; side++) {
        if (x->side == 0 || x->side == side)
            reason = check_side(c, x, t, side);
    }
    return reason;
}

static bool
instructions_fit(uint32_t exec_inst)
{
    return (exec_inst & ~(uint32_t)EXEC_CANCEL_ON_DISCONNECT) == 0;
}

/* The accounts that it is to: known, others, each once. */
static uint16_t
check_named(const struct core *c, const struct command_request *x, uint32_t account_idx,
            uint32_t *idx, uint32_t *detail)
{
    for (uint32_t i = 0; i < x->to_cnt; i++) {
        idx[i] = core_account_idx(c, x->to_account_ids[i]);
        if (idx[i] == CORE_NONE)
            return REASON_UNKNOWN_ACCOUNT;
        if (idx[i] == account_idx)
            return REASON_SELF_TRADE;
        for (uint32_t k = 0; k < i; k++) {
            if (idx[k] != idx[i])
                continue;
            *detail = (uint32_t)(offsetof(struct command_request, to_account_ids) +
                                 i * sizeof(x->to_account_ids[0]));
            return REASON_BAD_FIELD;
        }
    }
    return 0;
}

static uint16_t
check_request(const struct core *c, const struct command_request *x, const struct core_terms *t,
              uint32_t *detail)
{
    const struct core_deal_rules *rules = &c->deal_rules[t->instrument_idx];
    if ((rules->kind_mask >> DEAL_REQUEST & 1) == 0)
        return REASON_DEAL_KIND;
    uint16_t reason = core_deal_open(c, t->instrument_idx, t->account_idx);
    if (reason != 0)
        return reason;
    if (x->side > SIDE_SELL)
        return REASON_BAD_SIDE;
    if (x->disclosed > 1)
        *detail = offsetof(struct command_request, disclosed);
    else if (x->to_cnt > REQUEST_TO_MAX)
        *detail = offsetof(struct command_request, to_cnt);
    else if (!instructions_fit(x->exec_inst))
        *detail = offsetof(struct command_request, exec_inst);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (x->qty_lots <= 0 || x->qty_lots < c->instruments[t->instrument_idx].min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (x->qty_lots < rules->min_lots || (rules->max_lots != 0 && x->qty_lots > rules->max_lots))
        return REASON_DEAL_QTY;
    return x->expire_ns != 0 && x->expire_ns <= c->time_ns ? REASON_GOOD_TILL_DATE : 0;
}

static uint16_t
check_room(struct core *c)
{
    if (!order_pool_has_room(&c->pools.orders))
        return REASON_POOL_FULL;
    if (!client_ids_room(&c->ids))
        return REASON_CLIENT_IDS_FULL;
    return c->request_cnt < c->genesis.request_max ? 0 : REASON_TABLE_FULL;
}

/* A slot like that of an order, without price, hold and balances. */
static uint32_t
take_slot(struct core *c, const struct command_request *x, const struct core_terms *t)
{
    uint32_t slot = order_pool_take(&c->pools.orders);
    struct order *o = order_at(&c->pools.orders, slot);
    *o = (struct order){.order_id = o->order_id,
                        .leaves_lots = x->qty_lots,
                        .level = free_places_lowest(&c->request_places, 0),
                        .prev = ORDER_NONE,
                        .next = ORDER_NONE,
                        .account_idx = t->account_idx,
                        .instrument_idx = t->instrument_idx,
                        .side = x->side == SIDE_SELL ? SIDE_SELL : SIDE_BUY,
                        .ord_type = ORD_LIMIT,
                        .time_in_force = x->expire_ns != 0 ? TIF_GTD : TIF_DAY,
                        .place = PLACE_REQUEST,
                        .cash_slot = BALANCE_NONE,
                        .asset_slot = BALANCE_NONE,
                        .session_idx = t->session_idx};
    *order_cold_at(&c->pools.orders, slot) =
        (struct order_cold){.qty_lots = x->qty_lots,
                            .exec_inst = EXEC_NEGOTIATED | x->exec_inst,
                            .session_id = x->cmd.session_id,
                            .business_day = c->today,
                            .account_id = x->cmd.account_id,
                            .tenant_id = c->view_accounts[t->account_idx].tenant_id,
                            .until = x->expire_ns};
    if (x->expire_ns != 0)
        due_heap_add(&c->dues, x->expire_ns, o->order_id);
    core_order_link(c, slot);
    return slot;
}

void
core_request(struct core *c, const struct command *cmd)
{
    const struct command_request *x = (const void *)cmd;
    struct core_terms t = {0};
    struct client_key key;
    uint64_t hash, digest;
    uint32_t named[REQUEST_TO_MAX] = {0}, detail = 0;
    if (!core_known_to_rules(c, cmd) || !core_order_enter(c, cmd, &t, &key, &hash, &digest))
        return;
    t.instrument_idx = core_instrument_idx(c, x->instrument_id);
    uint16_t reason = t.instrument_idx == CORE_NONE ? REASON_UNKNOWN_INSTRUMENT
                                                    : check_request(c, x, &t, &detail);
    if (reason == 0)
        reason = check_named(c, x, t.account_idx, named, &detail);
    if (reason == 0)
        reason = check_room(c);
    if (reason == 0)
        reason = check_sides(c, x, &t);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    uint32_t slot = take_slot(c, x, &t);
    struct order *o = order_at(&c->pools.orders, slot);
    client_ids_add(&c->ids, &key, hash, digest, slot);
    struct core_request *r = &c->requests[o->level];
    *r = (struct core_request){
        .order_id = o->order_id, .side = x->side, .disclosed = x->disclosed, .to_cnt = x->to_cnt};
    memcpy(r->to_account_idx, named, sizeof(named));
    c->request_cnt++;
    free_places_take(&c->request_places, o->level);
    tell_request(c, &(struct parties){r, slot}, REQUEST_OPEN, 0);
}

/* --- answering --- */

struct answer { /* a quote as it is judged */
    struct core_bargain d[2];
    uint32_t places[2]; /* among what waits for the other side */
    bool has[2];
};

static bool
is_to(const struct core_request *r, uint32_t account_idx)
{
    for (uint32_t i = 0; i < r->to_cnt; i++) {
        if (r->to_account_idx[i] == account_idx)
            return true;
    }
    return r->to_cnt == 0;
}

/* Gone, if it ever was: of one that it was not told of an account is not told that either. */
static uint16_t
not_open(const struct core *c, uint32_t slot, uint64_t order_id)
{
    uint64_t cnt = order_id >> ORDER_SLOT_BITS;
    bool was = slot == ORDER_NONE && cnt > 0 && cnt <= c->pools.orders.accepted_cnt;
    return was ? REASON_TOO_LATE : REASON_REQUEST_UNKNOWN;
}

static bool
is_over(const struct core *c, uint32_t slot)
{
    int64_t date_ns = date_of(c, slot);
    return date_ns != 0 && date_ns <= c->time_ns;
}

/* The request that is answered; it may be known and open, or not to this account. */
static uint16_t
find_request(const struct core *c, const struct command_request_quote *x, uint32_t account_idx,
             struct parties *p)
{
    p->slot = order_pool_find(&c->pools.orders, x->request_id);
    if (p->slot == ORDER_NONE || order_at(&c->pools.orders, p->slot)->place != PLACE_REQUEST)
        return not_open(c, p->slot, x->request_id);
    p->r = &c->requests[order_at(&c->pools.orders, p->slot)->level];
    if (!is_to(p->r, account_idx))
        return REASON_REQUEST_UNKNOWN;
    return is_over(c, p->slot) ? REASON_TOO_LATE : 0;
}

static uint16_t
check_quote(const struct core *c, const struct command_request_quote *x, const struct parties *p,
            uint32_t *detail)
{
    const struct order *o = order_at(&c->pools.orders, p->slot);
    bool bid = x->bid_qty_lots != 0, ask = x->ask_qty_lots != 0;
    if (x->instrument_id != c->view_instruments[o->instrument_idx].instrument_id)
        *detail = offsetof(struct command_request_quote, instrument_id);
    else if (!instructions_fit(x->exec_inst))
        *detail = offsetof(struct command_request_quote, exec_inst);
    else if (!bid && !ask)
        *detail = offsetof(struct command_request_quote, bid_qty_lots);
    else if ((bid && ask) != (x->ask_id.length != 0) || client_id_equal(&x->ask_id, &x->cmd.id))
        *detail = offsetof(struct command_request_quote, ask_id);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if ((bid && p->r->side == SIDE_BUY) || (ask && p->r->side == SIDE_SELL))
        return REASON_REQUEST_SIDE;
    if (bid && ask && x->bid_price_units >= x->ask_price_units)
        return REASON_QUOTE_CROSSED;
    return x->bid_qty_lots > o->leaves_lots || x->ask_qty_lots > o->leaves_lots ? REASON_REQUEST_QTY
                                                                                : 0;
}

/* An account has one quote of a side in answer to a request. */
static bool
has_quote(const struct core *c, const struct core_request *r, uint32_t account_idx, uint8_t side)
{
    for (uint32_t i = 0; i < REQUEST_QUOTE_MAX; i++) {
        uint32_t slot = order_pool_find(&c->pools.orders, r->quotes[i]);
        if (slot != ORDER_NONE && order_at(&c->pools.orders, slot)->account_idx == account_idx &&
            order_at(&c->pools.orders, slot)->side == side)
            return true;
    }
    return false;
}

/* One that has its place found, for as many sides as it has. */
static uint16_t
find_places(const struct core *c, const struct core_request *r, struct answer *a)
{
    uint32_t from = 0, in_request = CORE_NONE;
    for (int side = BID; side <= ASK; side++) {
        if (!a->has[side])
            continue;
        in_request = quote_place(r, 0, in_request + 1);
        a->places[side] = free_places_lowest(&c->deal_places, from);
        if (in_request == CORE_NONE || a->places[side] == FREE_PLACES_NONE)
            return REASON_TABLE_FULL;
        from = a->places[side] + 1;
    }
    return 0;
}

static void
side_of(const struct core *c, const struct command_request_quote *x, const struct parties *p,
        int side, struct core_bargain *d)
{
    struct command_order_new *o = &d->order[MINE];
    command_init(&o->cmd, COMMAND_ORDER_NEW);
    o->cmd.session_id = x->cmd.session_id;
    o->cmd.account_id = x->cmd.account_id;
    o->cmd.id = side == ASK && x->bid_qty_lots != 0 ? x->ask_id : x->cmd.id;
    o->instrument_id = x->instrument_id;
    o->side = (uint8_t)(SIDE_BUY + side);
    o->ord_type = ORD_LIMIT;
    o->time_in_force = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
    o->exec_inst = EXEC_NEGOTIATED | x->exec_inst;
    o->price_units = side == BID ? x->bid_price_units : x->ask_price_units;
    o->qty_lots = side == BID ? x->bid_qty_lots : x->ask_qty_lots;
    o->expire_ns = x->expire_ns;
    d->order[THEIRS] = *o;
    d->order[THEIRS].cmd.account_id = order_cold_at(&c->pools.orders, p->slot)->account_id;
    d->kind = DEAL_REQUEST;
}

static uint16_t
judge_side(struct core *c, const struct parties *p, struct core_bargain *d)
{
    uint16_t reason = core_deal_find(c, d);
    if (reason == 0)
        reason = core_deal_check(c, d);
    if (reason == 0 && has_quote(c, p->r, d->t[MINE].account_idx, d->order[MINE].side))
        reason = REASON_REQUEST_QUOTED;
    return reason != 0 ? reason : core_deal_admit(c, d, MINE);
}

/* a->d[BID] has been entered. Each side alone, then nothing is left that can fail. */
static uint16_t
judge_quote(struct core *c, const struct command_request_quote *x, struct parties *p,
            struct answer *a, uint32_t *detail)
{
    uint16_t reason = find_request(c, x, a->d[BID].t[MINE].account_idx, p);
    if (reason == 0)
        reason = check_quote(c, x, p, detail);
    if (reason != 0)
        return reason;
    a->has[BID] = x->bid_qty_lots != 0;
    a->has[ASK] = x->ask_qty_lots != 0;
    a->d[ASK] = a->d[BID];
    side_of(c, x, p, BID, &a->d[BID]);
    side_of(c, x, p, ASK, &a->d[ASK]);
    bool both = a->has[BID] && a->has[ASK];
    if (both)
        reason = core_deal_check_id(c, &a->d[ASK], MINE);
    if (reason == 0 && both)
        reason = core_deal_room_for_two(c);
    if (reason == 0)
        reason = find_places(c, p->r, a);
    uint32_t *open_orders = &c->view_accounts[a->d[BID].t[MINE].account_idx].open_orders;
    for (int side = BID; side <= ASK && reason == 0; side++) {
        bool second = both && side == ASK;
        *open_orders += second; /* the bid, which is not taken yet */
        if (a->has[side])
            reason = judge_side(c, p, &a->d[side]);
        *open_orders -= second;
    }
    return reason;
}

void
core_request_quote(struct core *c, const struct command *cmd)
{
    const struct command_request_quote *x = (const void *)cmd;
    struct parties p;
    struct answer a = {0};
    uint32_t detail = 0;
    if (!core_deal_enter(c, cmd, &a.d[BID]))
        return;
    uint16_t reason = judge_quote(c, x, &p, &a, &detail);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    for (int side = BID; side <= ASK; side++) {
        if (!a.has[side])
            continue;
        uint32_t slot = core_deal_take(c, &a.d[side], MINE);
        uint64_t order_id = order_at(&c->pools.orders, slot)->order_id;
        core_deal_wait(c, slot, a.places[side], &a.d[side], p.r->order_id);
        c->requests[order_at(&c->pools.orders, p.slot)->level].quotes[quote_place(p.r, 0, 0)] =
            order_id;
        tell_quote(c, &p, slot,
                   &(struct event_request_quote){.quote_id = order_id, .state = REQUEST_OPEN});
    }
}

/* --- taking --- */

/* The quote, and the request of this account that it answers. */
static uint16_t
find_quote(const struct core *c, uint64_t quote_id, uint32_t account_idx, uint32_t *slot,
           struct parties *p)
{
    *slot = order_pool_find(&c->pools.orders, quote_id);
    const struct order *o = *slot == ORDER_NONE ? NULL : order_at(&c->pools.orders, *slot);
    if (o == NULL || o->place != PLACE_DEAL || c->deals[o->level].request_id == 0)
        return not_open(c, *slot, quote_id);
    *p = parties_of(c, c->deals[o->level].request_id);
    if (order_at(&c->pools.orders, p->slot)->account_idx != account_idx)
        return REASON_REQUEST_UNKNOWN;
    return is_over(c, p->slot) ? REASON_TOO_LATE : 0;
}

/* The other side of the quote, for as much as is taken. */
static uint16_t
take_side(const struct core *c, const struct command_request_hit *x, uint32_t slot,
          const struct parties *p, struct core_bargain *d)
{
    int64_t quoted = order_at(&c->pools.orders, slot)->leaves_lots;
    int64_t asked = order_at(&c->pools.orders, p->slot)->leaves_lots;
    int64_t most = quoted < asked ? quoted : asked;
    core_deal_order_of(c, slot, &d->order[THEIRS]);
    struct command_order_new *o = &d->order[MINE];
    *o = d->order[THEIRS];
    o->cmd.account_id = x->cmd.account_id;
    o->cmd.session_id = x->cmd.session_id;
    o->cmd.id = x->cmd.id;
    o->side = (uint8_t)(SIDE_BUY + SIDE_SELL - d->order[THEIRS].side);
    o->exec_inst = EXEC_NEGOTIATED;
    o->qty_lots = x->qty_lots != 0 ? x->qty_lots : most;
    d->kind = DEAL_REQUEST;
    if (x->instrument_id != o->instrument_id)
        return REASON_BAD_FIELD;
    if (x->side != 0 && x->side != o->side)
        return REASON_BAD_SIDE;
    return o->qty_lots > most ? REASON_REQUEST_QTY : 0;
}

/* Both orders are taken: they trade; then what was asked is less, or met. */
static void
trade(struct core *c, struct core_bargain *d, uint32_t slot, const struct parties *p)
{
    struct order *quote = order_at(&c->pools.orders, slot),
                 *asked = order_at(&c->pools.orders, p->slot);
    uint32_t instrument_idx = quote->instrument_idx;
    struct event_request_quote what = {.quote_id = quote->order_id,
                                       .traded_lots = d->order[MINE].qty_lots};
    uint32_t mine = core_deal_take(c, d, MINE);
    what.state = quote->leaves_lots == what.traded_lots ? REQUEST_TRADED : REQUEST_OPEN;
    if (what.state == REQUEST_TRADED) {
        forget_quote(c, p, quote->order_id);
        core_deal_leave(c, quote->level);
        quote->place = PLACE_TAKING;
    }
    bool buys = d->order[MINE].side == SIDE_BUY;
    core_match_deal(c, buys ? mine : slot, buys ? slot : mine, DEAL_REQUEST);
    tell_quote(c, p, slot, &what);
    asked->leaves_lots -= what.traded_lots;
    order_cold_at(&c->pools.orders, p->slot)->cum_lots += what.traded_lots;
    if (asked->leaves_lots == 0)
        core_request_end(c, p->slot, 0, ORD_STATUS_FILLED);
    else
        tell_request(c, p, REQUEST_OPEN, 0);
    if (c->instruments[instrument_idx].reached_side != 0)
        core_stops_start(c, instrument_idx);
}

void
core_request_hit(struct core *c, const struct command *cmd)
{
    const struct command_request_hit *x = (const void *)cmd;
    struct core_bargain d;
    struct parties p;
    uint32_t slot;
    if (!core_deal_enter(c, cmd, &d))
        return;
    uint16_t reason = find_quote(c, x->quote_id, d.t[MINE].account_idx, &slot, &p);
    if (reason == 0)
        reason = take_side(c, x, slot, &p, &d);
    if (reason == 0)
        reason = core_deal_judge_answer(c, &d, slot);
    if (reason == REASON_BAD_FIELD)
        core_emit_refusal(c, cmd, reason, offsetof(struct command_request_hit, instrument_id));
    else if (reason != 0)
        core_emit_result(c, cmd, reason, x->quote_id);
    else
        trade(c, &d, slot, &p);
}

/* --- passing --- */

void
core_request_pass(struct core *c, const struct command *cmd)
{
    const struct command_request_pass *x = (const void *)cmd;
    struct core_bargain d;
    struct parties p;
    uint32_t slot;
    if (!core_deal_enter(c, cmd, &d))
        return;
    uint16_t reason = find_quote(c, x->quote_id, d.t[MINE].account_idx, &slot, &p);
    if (reason == 0 &&
        x->instrument_id !=
            c->view_instruments[order_at(&c->pools.orders, slot)->instrument_idx].instrument_id) {
        core_emit_refusal(c, cmd, REASON_BAD_FIELD,
                          offsetof(struct command_request_pass, instrument_id));
        return;
    }
    if (reason != 0)
        core_emit_result(c, cmd, reason, x->quote_id);
    else
        core_deal_decline(c, cmd, &d, slot);
}
