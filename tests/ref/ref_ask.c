#include <stddef.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Requests for quote, from docs/match.md and what is told in engine/model/event.h. A request is
 * kept among the orders (REF_ASKED), so that what ends orders ends it; a side of a quote in answer
 * is a negotiated trade that waits (REF_DEAL). */

enum { BID = 0, ASK = 1 };

static struct ref_order *
request_of(struct ref_venue *r, const struct ref_order *quote)
{
    return &r->orders[quote->request - 1];
}

/* --- telling --- */

static uint8_t
state_of(const struct ref_order *o)
{
    if (o->place != REF_DONE)
        return REQUEST_OPEN;
    return o->status == ORD_STATUS_FILLED    ? REQUEST_TRADED
           : o->status == ORD_STATUS_EXPIRED ? REQUEST_EXPIRED
                                             : REQUEST_CANCELED;
}

static struct event_request *
say(struct ref_venue *r, const struct ref_order *q, uint8_t audience, bool requester)
{
    struct event_request *e = ref_say(r, EVENT_REQUEST, audience, 0);
    e->request_id = q->order_id;
    e->requester_id = requester ? r->accounts[q->account].id : 0;
    e->instrument_id = r->instruments[q->instrument].def.instrument_id;
    e->side = q->side;
    e->state = state_of(q);
    e->disclosed = q->disclosed;
    e->to_cnt = q->asked_cnt;
    e->qty_lots = q->qty;
    e->leaves_lots = q->place == REF_DONE ? 0 : q->qty - q->cum;
    e->expire_ns = q->until;
    return e;
}

void
ref_ask_say(struct ref_venue *r, const struct command *cmd, const struct ref_order *q,
            bool to_who_asked, uint16_t reason)
{
    if (to_who_asked) {
        struct event_request *e = say(r, q, AUDIENCE_PARTY, true);
        e->ev.session_id = q->session_id;
        e->account_id = r->accounts[q->account].id;
        e->reason = reason;
        e->id = q->id;
        e->client_seq = cmd->session_id == q->session_id ? cmd->client_seq : 0;
        return;
    }
    if (q->asked_cnt == 0)
        (void)say(r, q, AUDIENCE_PUBLIC, q->disclosed);
    for (uint32_t i = 0; i < q->asked_cnt; i++)
        say(r, q, AUDIENCE_PARTY, q->disclosed)->account_id = r->accounts[q->asked[i]].id;
}

void
ref_ask_again(struct ref_venue *r, const struct command *cmd, const struct ref_order *q)
{
    ref_ask_say(r, cmd, q, true, 0);
    struct event_request *e = &r->said[r->said_cnt - 1].request;
    e->ev.session_id = cmd->session_id;
    e->client_seq = cmd->client_seq;
}

/* To its maker and to who asked; why it ended is the maker's to know. */
static void
say_quote(struct ref_venue *r, const struct ref_order *o, int64_t traded, uint16_t reason)
{
    const struct ref_order *q = request_of(r, o);
    for (int mine = 1; mine >= 0; mine--) {
        const struct ref_order *to = mine ? o : q, *from = mine ? q : o;
        struct event_request_quote *e =
            ref_say(r, EVENT_REQUEST_QUOTE, AUDIENCE_PARTY, to->session_id);
        e->request_id = q->order_id;
        e->quote_id = o->order_id;
        e->account_id = r->accounts[to->account].id;
        e->other_id = q->disclosed ? r->accounts[from->account].id : 0;
        e->instrument_id = r->instruments[o->instrument].def.instrument_id;
        e->side = o->side;
        e->state = state_of(o);
        e->mine = (uint8_t)mine;
        e->reason = mine ? reason : 0;
        e->price_units = o->price;
        e->leaves_lots = o->place == REF_DONE ? 0 : o->qty - o->cum;
        e->traded_lots = traded;
        e->expire_ns = o->until;
        e->id = to->id;
    }
}

/* --- ends --- */

void
ref_ask_quote_ended(struct ref_venue *r, const struct ref_order *quote, uint16_t reason)
{
    say_quote(r, quote, 0, reason);
}

static struct ref_order *
quote_at(struct ref_venue *r, const struct ref_order *q, uint32_t at)
{
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_DEAL && o->request == (uint32_t)(q - r->orders) + 1 &&
            o->quote_at == at)
            return o;
    }
    return NULL;
}

void
ref_ask_end(struct ref_venue *r, const struct command *cmd, struct ref_order *q, uint16_t reason,
            uint8_t status)
{
    for (uint32_t at = 0; at < REQUEST_QUOTE_MAX; at++) {
        struct ref_order *o = quote_at(r, q, at);
        if (o != NULL)
            ref_kill(r, cmd, o, REASON_REQUEST_OVER, ORD_STATUS_CANCELED, false);
    }
    q->place = REF_DONE;
    q->status = status;
    q->reason = reason;
    ref_id_end(r, q);
    ref_ask_say(r, cmd, q, true, reason);
    ref_ask_say(r, cmd, q, false, 0);
}

/* --- a request --- */

static uint16_t
take_named(const struct ref_venue *r, const struct command_request *x, struct ref_order *q,
           uint32_t *detail)
{
    for (uint32_t i = 0; i < x->to_cnt; i++) {
        int to = ref_account_of(r, x->to_account_ids[i]);
        if (to < 0)
            return REASON_UNKNOWN_ACCOUNT;
        if ((uint32_t)to == q->account)
            return REASON_SELF_TRADE;
        for (uint32_t j = 0; j < i; j++) {
            if (q->asked[j] != (uint32_t)to)
                continue;
            *detail = (uint32_t)(offsetof(struct command_request, to_account_ids) + i * 4);
            return REASON_BAD_FIELD;
        }
        q->asked[q->asked_cnt++] = (uint32_t)to;
    }
    return 0;
}

static uint16_t
room_to_ask(struct ref_venue *r)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++)
        cnt += r->orders[i].place == REF_ASKED;
    if (ref_open_cnt(r) == r->genesis.order_max)
        return REASON_POOL_FULL;
    if (!ref_id_room(r))
        return REASON_CLIENT_IDS_FULL;
    return cnt >= r->genesis.request_max ? REASON_TABLE_FULL : 0;
}

/* It has no price, and nobody asks for funds. Who does not say its side may trade either. */
static uint16_t
may_ask(struct ref_venue *r, const struct ref_order *q)
{
    uint16_t reason = 0;
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL && reason == 0; side++) {
        struct ref_order as = *q;
        as.side = side;
        if (q->side == 0 || q->side == side)
            reason = ref_admit(r, &as, 0, REF_ENTER);
    }
    return reason;
}

static uint16_t
judge_request(struct ref_venue *r, const struct command_request *x, struct ref_order *q,
              uint32_t *detail)
{
    int i = ref_instrument_of(r, x->instrument_id);
    if (i < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    const struct command_deal_rules *rules = &r->instruments[i].deals;
    uint32_t account = (uint32_t)ref_account_of(r, x->cmd.account_id);
    if ((rules->kind_mask >> DEAL_REQUEST & 1) == 0)
        return REASON_DEAL_KIND;
    uint16_t reason =
        ref_market_open(r, (uint32_t)i, account, (rules->deal_flags & DEAL_WHEN_HALTED) != 0);
    if (reason != 0)
        return reason;
    *q = ref_side_of(r, &x->cmd, account, (uint32_t)i, x->side);
    q->exec_inst |= x->exec_inst;
    q->place = REF_ASKED;
    q->qty = x->qty_lots;
    q->until = x->expire_ns;
    q->tif = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
    q->disclosed = x->disclosed;
    reason = ref_deal_qty_ok(r, q);
    if (reason == 0 && q->until != 0 && q->until <= r->time_ns)
        reason = REASON_GOOD_TILL_DATE;
    if (reason == 0)
        reason = take_named(r, x, q, detail);
    if (reason == 0)
        reason = room_to_ask(r);
    return reason != 0 ? reason : may_ask(r, q);
}

void
ref_ask(struct ref_venue *r, const struct command *cmd)
{
    struct ref_order draft;
    uint32_t detail = 0;
    if (!ref_deal_enter(r, cmd))
        return;
    uint16_t reason = judge_request(r, (const void *)cmd, &draft, &detail);
    if (reason != 0) {
        ref_say_result(r, cmd, reason, 0)->detail = detail;
        return;
    }
    struct ref_order *q = ref_take(r, &draft);
    ref_id_add(r, REF_ORDERS, cmd->account_id, &cmd->id, cmd)->order = (uint32_t)(q - r->orders);
    ref_ask_say(r, cmd, q, true, 0);
    ref_ask_say(r, cmd, q, false, 0);
}

/* --- a quote in answer --- */

static bool
was_told(const struct ref_order *q, uint32_t account)
{
    bool told = q->asked_cnt == 0;
    for (uint32_t i = 0; i < q->asked_cnt; i++)
        told = told || q->asked[i] == account;
    return told;
}

static uint16_t
bad_form(const struct ref_venue *r, const struct command_request_quote *x,
         const struct ref_order *q, uint32_t *detail)
{
    bool two = x->bid_qty_lots != 0 && x->ask_qty_lots != 0;
    bool same = x->ask_id.length == x->cmd.id.length &&
                memcmp(x->ask_id.text, x->cmd.id.text, x->cmd.id.length) == 0;
    if (x->instrument_id != r->instruments[q->instrument].def.instrument_id)
        *detail = offsetof(struct command_request_quote, instrument_id);
    else if (x->bid_qty_lots == 0 && x->ask_qty_lots == 0)
        *detail = offsetof(struct command_request_quote, bid_qty_lots);
    else if (two != (x->ask_id.length != 0) || (two && same))
        *detail = offsetof(struct command_request_quote, ask_id);
    return *detail != 0 ? REASON_BAD_FIELD : 0;
}

/* What is said of both sides together. */
static uint16_t
judge_both(struct ref_venue *r, const struct command_request_quote *x, const struct ref_order *q,
           uint32_t account, uint32_t *detail)
{
    if (q == NULL || (q->place != REF_DONE && q->place != REF_ASKED) ||
        (q->place == REF_ASKED && !was_told(q, account)))
        return REASON_REQUEST_UNKNOWN;
    if (q->place == REF_DONE || (q->until != 0 && q->until <= r->time_ns))
        return REASON_TOO_LATE;
    uint16_t reason = bad_form(r, x, q, detail);
    if (reason != 0)
        return reason;
    if ((x->bid_qty_lots != 0 && q->side == SIDE_BUY) ||
        (x->ask_qty_lots != 0 && q->side == SIDE_SELL))
        return REASON_REQUEST_SIDE;
    if (x->bid_qty_lots != 0 && x->ask_qty_lots != 0 && x->bid_price_units >= x->ask_price_units)
        return REASON_QUOTE_CROSSED;
    int64_t most = x->bid_qty_lots > x->ask_qty_lots ? x->bid_qty_lots : x->ask_qty_lots;
    return most > q->qty - q->cum ? REASON_REQUEST_QTY : 0;
}

/* One of a side; all in answer to it have places, the lowest that is free is taken. */
static uint16_t
judge_side(struct ref_venue *r, const struct ref_order *q, const struct ref_order *o)
{
    uint16_t reason = o->account == q->account ? REASON_SELF_TRADE
                                               : ref_deal_terms(r, o, DEAL_REQUEST, q->account);
    for (uint32_t at = 0; at < REQUEST_QUOTE_MAX && reason == 0; at++) {
        const struct ref_order *have = quote_at(r, q, at);
        if (have != NULL && have->account == o->account && have->side == o->side)
            reason = REASON_REQUEST_QUOTED;
    }
    return reason;
}

static uint16_t
judge_room(struct ref_venue *r, const struct ref_order *q, uint32_t cnt)
{
    uint32_t there = 0;
    uint16_t reason = cnt < 2 ? 0 : ref_deal_room_for_two(r);
    if (reason != 0)
        return reason;
    for (uint32_t at = 0; at < REQUEST_QUOTE_MAX; at++)
        there += quote_at(r, q, at) != NULL;
    return there + cnt > REQUEST_QUOTE_MAX ? REASON_TABLE_FULL : ref_deal_place(r, cnt);
}

static uint32_t
sides_of(struct ref_venue *r, const struct command_request_quote *x, const struct ref_order *q,
         struct ref_order sides[2])
{
    uint32_t cnt = 0, account = (uint32_t)ref_account_of(r, x->cmd.account_id);
    for (int n = BID; n <= ASK; n++) {
        int64_t lots = n == BID ? x->bid_qty_lots : x->ask_qty_lots;
        if (lots == 0)
            continue;
        struct ref_order *o = &sides[cnt++];
        *o = ref_side_of(r, &x->cmd, account, q->instrument, n == BID ? SIDE_BUY : SIDE_SELL);
        if (n == ASK && x->bid_qty_lots != 0)
            o->id = x->ask_id;
        o->exec_inst |= x->exec_inst;
        o->price = o->cap = n == BID ? x->bid_price_units : x->ask_price_units;
        o->qty = lots;
        o->until = x->expire_ns;
        o->tif = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
        o->to = q->account;
        o->deal_kind = DEAL_REQUEST;
        o->request = (uint32_t)(q - r->orders) + 1;
    }
    return cnt;
}

void
ref_ask_quote(struct ref_venue *r, const struct command *cmd)
{
    const struct command_request_quote *x = (const void *)cmd;
    struct ref_order sides[2];
    uint32_t detail = 0, cnt = 0;
    if (!ref_deal_enter(r, cmd))
        return;
    uint32_t account = (uint32_t)ref_account_of(r, cmd->account_id);
    struct ref_order *q = ref_deal_find(r, x->request_id);
    uint16_t reason = judge_both(r, x, q, account, &detail);
    if (reason == 0 && x->ask_id.length != 0 &&
        ref_id_find(r, REF_ORDERS, cmd->account_id, &x->ask_id) != NULL)
        reason = REASON_DUPLICATE_ID;
    if (reason == 0)
        cnt = sides_of(r, x, q, sides);
    if (reason == 0)
        reason = judge_room(r, q, cnt);
    for (uint32_t i = 0; i < cnt && reason == 0; i++) {
        r->accounts[account].listed = i;
        reason = judge_side(r, q, &sides[i]);
        if (reason == 0)
            reason = ref_deal_admit(r, &sides[i]);
    }
    r->accounts[account].listed = 0;
    if (reason == 0 && cnt == 2)
        reason = ref_deal_room_of_two(r, sides);
    if (reason != 0) {
        ref_say_result(r, cmd, reason, 0)->detail = detail;
        return;
    }
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t at = 0;
        while (quote_at(r, q, at) != NULL)
            at++;
        struct ref_order *o = ref_deal_take(r, cmd, &sides[i]);
        o->place = REF_DEAL;
        o->quote_at = at;
        say_quote(r, o, 0, 0);
    }
}

/* --- a quote is taken, or passed --- */

/* The quote is there, and who answers has asked for it. */
static uint16_t
judge_quoted(struct ref_venue *r, const struct command *cmd, const struct ref_order *o)
{
    if (o == NULL || (o->place != REF_DONE && (o->place != REF_DEAL || o->request == 0)))
        return REASON_REQUEST_UNKNOWN;
    if (o->place == REF_DONE)
        return REASON_TOO_LATE;
    const struct ref_order *q = request_of(r, o);
    if (q->account != (uint32_t)ref_account_of(r, cmd->account_id))
        return REASON_REQUEST_UNKNOWN;
    return q->until != 0 && q->until <= r->time_ns ? REASON_TOO_LATE : 0;
}

static uint16_t
judge_hit(struct ref_venue *r, const struct command_request_hit *x, const struct ref_order *o,
          uint32_t *detail)
{
    uint16_t reason = judge_quoted(r, &x->cmd, o);
    if (reason != 0)
        return reason;
    if (x->instrument_id != r->instruments[o->instrument].def.instrument_id) {
        *detail = offsetof(struct command_request_hit, instrument_id);
        return REASON_BAD_FIELD;
    }
    if (x->side == o->side)
        return REASON_BAD_SIDE;
    const struct ref_order *q = request_of(r, o);
    return x->qty_lots > o->qty - o->cum || x->qty_lots > q->qty - q->cum ? REASON_REQUEST_QTY : 0;
}

static uint16_t
judge_mine(struct ref_venue *r, const struct command_request_hit *x, const struct ref_order *o,
           struct ref_order *mine)
{
    const struct ref_order *q = request_of(r, o);
    int64_t most = o->qty - o->cum < q->qty - q->cum ? o->qty - o->cum : q->qty - q->cum;
    *mine = ref_side_of(r, &x->cmd, q->account, q->instrument,
                        o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
    mine->price = mine->cap = o->price;
    mine->qty = x->qty_lots != 0 ? x->qty_lots : most;
    mine->until = o->until;
    mine->tif = o->tif;
    uint16_t reason = ref_deal_terms(r, mine, DEAL_REQUEST, o->account);
    if (reason == 0)
        reason = ref_deal_stays(r, o);
    return reason != 0 ? reason : ref_deal_admit(r, mine);
}

void
ref_ask_hit(struct ref_venue *r, const struct command *cmd)
{
    const struct command_request_hit *x = (const void *)cmd;
    struct ref_order draft;
    uint32_t detail = 0;
    if (!ref_deal_enter(r, cmd))
        return;
    struct ref_order *o = ref_deal_find(r, x->quote_id);
    uint16_t reason = judge_hit(r, x, o, &detail);
    if (reason == 0)
        reason = judge_mine(r, x, o, &draft);
    if (reason != 0) {
        ref_say_result(r, cmd, reason, detail == 0 ? x->quote_id : 0)->detail = detail;
        return;
    }
    struct ref_order *mine = ref_deal_take(r, cmd, &draft), *q = request_of(r, o);
    bool buys = mine->side == SIDE_BUY;
    int64_t lots = mine->qty;
    ref_trade_beside(r, buys ? mine : o, buys ? o : mine, lots, DEAL_REQUEST);
    q->cum += lots;
    say_quote(r, o, lots, 0);
    if (q->cum == q->qty) {
        ref_ask_end(r, cmd, q, 0, ORD_STATUS_FILLED);
    } else {
        ref_ask_say(r, cmd, q, true, 0);
        ref_ask_say(r, cmd, q, false, 0);
    }
    ref_stops_start(r, cmd, mine->instrument);
}

void
ref_ask_pass(struct ref_venue *r, const struct command *cmd)
{
    const struct command_request_pass *x = (const void *)cmd;
    uint32_t detail = 0;
    if (!ref_deal_enter(r, cmd))
        return;
    struct ref_order *o = ref_deal_find(r, x->quote_id);
    uint16_t reason = judge_quoted(r, cmd, o);
    if (reason == 0 && x->instrument_id != r->instruments[o->instrument].def.instrument_id) {
        detail = offsetof(struct command_request_pass, instrument_id);
        reason = REASON_BAD_FIELD;
    }
    if (reason != 0)
        ref_say_result(r, cmd, reason, detail == 0 ? x->quote_id : 0)->detail = detail;
    else
        ref_deal_decline(r, cmd, o);
}
