#include <stdlib.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Negotiated trades, from docs/match.md: each side is an order that never enters the book; one that
 * is proposed waits in REF_DEAL. What is checked and in which order: engine/core/core_deal.c, first
 * comment. */

enum { MINE = 0, THEIRS = 1 }; /* MINE: of the command */

static uint8_t
other(uint8_t side)
{
    return side == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}

struct ref_order
ref_side_of(const struct ref_venue *r, const struct command *cmd, uint32_t account,
            uint32_t instrument, uint8_t side)
{
    const struct command_instrument *d = &r->instruments[instrument].def;
    return (struct ref_order){.id = cmd->id,
                              .account = account,
                              .instrument = instrument,
                              .session_id = cmd->session_id,
                              .exec_inst = EXEC_NEGOTIATED,
                              .day = r->day,
                              .tenant = r->accounts[account].tenant,
                              .side = side,
                              .type = ORD_LIMIT,
                              .tif = TIF_DAY,
                              .place = REF_TAKING,
                              .maker_ppm = d->maker_ppm,
                              .taker_ppm = d->taker_ppm,
                              .fee_min = d->fee_min_units};
}

/* --- checks --- */

/* False: refused or answered. */
bool
ref_deal_enter(struct ref_venue *r, const struct command *cmd)
{
    uint16_t reason = r->rules_version < 2 ? REASON_UNKNOWN_COMMAND : ref_sender(r, cmd);
    if (reason != 0)
        (void)ref_say_result(r, cmd, reason, 0);
    return reason == 0 && !ref_answered(r, cmd);
}

uint16_t
ref_deal_qty_ok(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    if (o->qty <= 0 || o->qty < ins->def.min_qty_lots)
        return REASON_QTY_OFF_LOT;
    bool in = o->qty >= ins->deals.min_lots &&
              (ins->deals.max_lots == 0 || o->qty <= ins->deals.max_lots);
    return in ? 0 : REASON_DEAL_QTY;
}

/* Around the last trade, before one the reference; an issuer's price is its own. */
static bool
outside_collar(const struct ref_instrument *ins, int64_t price, uint8_t kind)
{
    int64_t base = ins->last != 0 ? ins->last : ins->reference;
    wide away = price < base ? (wide)base - price : (wide)price - base;
    return kind != DEAL_PRIMARY && ins->deals.collar_ppm != 0 && base != 0 &&
           away * 1000000 > (wide)base * ins->deals.collar_ppm;
}

uint16_t
ref_deal_terms(const struct ref_venue *r, const struct ref_order *mine, uint8_t kind,
               uint32_t other_account)
{
    const struct ref_instrument *ins = &r->instruments[mine->instrument];
    bool halts_too = (ins->deals.deal_flags & DEAL_WHEN_HALTED) != 0;
    if ((ins->deals.kind_mask >> kind & 1) == 0)
        return REASON_DEAL_KIND;
    uint16_t reason = ref_market_open(r, mine->instrument, mine->account, halts_too);
    if (reason != 0)
        return reason;
    if (ref_market_open(r, mine->instrument, other_account, halts_too) != 0)
        return REASON_DEAL_OTHER_SIDE;
    reason = ref_price_ok(r, mine->instrument, mine->price);
    if (reason == 0)
        reason = ref_deal_qty_ok(r, mine);
    if (reason != 0)
        return reason;
    if (outside_collar(ins, mine->price, kind))
        return REASON_DEAL_COLLAR;
    if (mine->until != 0 && mine->until <= r->time_ns)
        return REASON_GOOD_TILL_DATE;
    bool one = mine->account == other_account ||
               (kind != DEAL_TRANSFER &&
                ref_same_party(r, mine->instrument, mine->account, other_account));
    return one ? REASON_SELF_TRADE : 0;
}

/* Of those that wait for the other side there are only so many. */
uint16_t
ref_deal_place(const struct ref_venue *r, uint32_t cnt)
{
    for (uint32_t i = 0; i < r->order_cnt; i++)
        cnt += r->orders[i].place == REF_DEAL;
    return cnt > r->genesis.deal_max ? REASON_TABLE_FULL : 0;
}

/* Among the orders and their ids, before each side is asked for its own room. */
uint16_t
ref_deal_room_for_two(struct ref_venue *r)
{
    if (ref_open_cnt(r) + 2 > r->genesis.order_max)
        return REASON_POOL_FULL;
    bool room = true;
    for (int n = 0; n < 2; n++)
        room = room && ref_id_room(r); /* each forgets what is old */
    return room && r->id_cnt + 2 <= r->genesis.client_id_max ? 0 : REASON_CLIENT_IDS_FULL;
}

/* The fee account's balance may be counted twice, as in the core: one place too careful. */
uint16_t
ref_deal_room_of_two(struct ref_venue *r, const struct ref_order sides[2])
{
    uint32_t missing = ref_missing_balances(r, &sides[0]) + ref_missing_balances(r, &sides[1]);
    return r->balance_cnt + r->corporate.reserved + missing > r->genesis.balance_max
               ? REASON_TABLE_FULL
               : 0;
}

/* Of one side, as of an order: room, amounts, risk, funds. */
uint16_t
ref_deal_admit(struct ref_venue *r, const struct ref_order *o)
{
    if (ref_open_cnt(r) == r->genesis.order_max)
        return REASON_POOL_FULL;
    uint16_t reason = ref_order_room(r, o);
    if (reason == 0)
        reason = ref_amounts_ok(r, o);
    if (reason == 0)
        reason = ref_admit(r, o, ref_hold_of(r, o), REF_ENTER);
    if (reason == 0 && ref_hold_of(r, o) > ref_available(ref_held_in(r, o)))
        reason = REASON_INSUFFICIENT_FUNDS;
    return reason;
}

/* Who waits is judged again, but what is wrong with it is not told. */
uint16_t
ref_deal_stays(struct ref_venue *r, const struct ref_order *theirs)
{
    return ref_released(r, theirs) != 0 ? REASON_DEAL_OTHER_SIDE : 0;
}

/* --- what becomes of it --- */

void
ref_deal_say(struct ref_venue *r, const struct ref_order *o, uint8_t state, uint16_t reason)
{
    struct event_deal *e = ref_say(r, EVENT_DEAL, AUDIENCE_PARTY, o->session_id);
    e->deal_id = o->order_id;
    e->account_id = r->accounts[o->account].id;
    e->to_account_id = r->accounts[o->to].id;
    e->instrument_id = r->instruments[o->instrument].def.instrument_id;
    e->side = o->side;
    e->kind = o->deal_kind;
    e->state = state;
    e->reason = reason;
    e->price_units = o->price;
    e->qty_lots = o->qty;
    e->expire_ns = o->until;
    e->id = o->id;
}

struct ref_order *
ref_deal_take(struct ref_venue *r, const struct command *cmd, const struct ref_order *draft)
{
    struct ref_order *o = ref_take(r, draft);
    ref_id_add(r, REF_ORDERS, r->accounts[o->account].id, &o->id, cmd)->order =
        (uint32_t)(o - r->orders);
    (void)ref_say_order(r, cmd, EVENT_ORDER_ACCEPTED, o, 0);
    return o;
}

static void
execute(struct ref_venue *r, const struct command *cmd, struct ref_order *a, struct ref_order *b,
        const struct ref_order *told)
{
    bool buys = a->side == SIDE_BUY;
    ref_trade_beside(r, buys ? a : b, buys ? b : a, a->qty, told->deal_kind);
    ref_deal_say(r, told, DEAL_EXECUTED, 0);
    ref_stops_start(r, cmd, a->instrument);
}

/* --- commands --- */

static uint16_t
may_send_both(const struct ref_venue *r, const struct command *cmd, uint32_t one, uint32_t two)
{
    if (cmd->actor_id != 0)
        return 0;
    int s = ref_session_of(r, cmd->session_id);
    if (s < 0)
        return REASON_NOT_AUTHORIZED;
    int own = ref_account_of(r, r->sessions[s].account_id);
    uint32_t firm = own < 0 ? 0 : r->accounts[own].firm;
    bool all = firm != 0 && r->accounts[one].firm == firm && r->accounts[two].firm == firm;
    return all ? 0 : REASON_NOT_AUTHORIZED;
}

static uint16_t
judge(struct ref_venue *r, const struct command_deal *x, struct ref_order sides[2])
{
    bool both = x->cmd.rec.type == COMMAND_DEAL;
    int account = ref_account_of(r, x->cmd.account_id), to = ref_account_of(r, x->to_account_id);
    int i = ref_instrument_of(r, x->instrument_id);
    if (to < 0)
        return REASON_UNKNOWN_ACCOUNT;
    if (to == account)
        return REASON_SELF_TRADE;
    if (i < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    for (int n = 0; n < 2; n++) {
        uint8_t side = n == MINE ? x->side : other(x->side);
        sides[n] = ref_side_of(r, &x->cmd, (uint32_t)(n == MINE ? account : to), (uint32_t)i, side);
        sides[n].id = n == MINE ? x->cmd.id : x->to_id;
        sides[n].price = sides[n].cap = x->price_units;
        sides[n].qty = x->qty_lots;
        sides[n].until = x->expire_ns;
        sides[n].tif = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
        sides[n].to = (uint32_t)(n == MINE ? to : account);
        sides[n].deal_kind = x->kind;
    }
    uint16_t reason = both ? may_send_both(r, &x->cmd, (uint32_t)account, (uint32_t)to) : 0;
    if (reason == 0 && both && ref_id_find(r, REF_ORDERS, x->to_account_id, &x->to_id) != NULL)
        reason = REASON_DUPLICATE_ID;
    if (reason == 0 && x->kind == DEAL_REQUEST)
        reason = REASON_DEAL_KIND;
    if (reason == 0)
        reason = ref_deal_terms(r, &sides[MINE], x->kind, (uint32_t)to);
    if (reason == 0 && !both)
        reason = ref_deal_place(r, 1);
    if (reason == 0 && both)
        reason = ref_deal_room_for_two(r);
    for (int n = 0; n < (both ? 2 : 1) && reason == 0; n++)
        reason = ref_deal_admit(r, &sides[n]);
    return reason != 0 || !both ? reason : ref_deal_room_of_two(r, sides);
}

void
ref_deal(struct ref_venue *r, const struct command *cmd)
{
    const struct command_deal *x = (const void *)cmd;
    struct ref_order sides[2];
    if (!ref_deal_enter(r, cmd))
        return;
    uint16_t reason = judge(r, x, sides);
    if (reason != 0) {
        (void)ref_say_result(r, cmd, reason, 0);
        return;
    }
    struct ref_order *mine = ref_deal_take(r, cmd, &sides[MINE]);
    if (cmd->rec.type == COMMAND_DEAL) {
        execute(r, cmd, mine, ref_deal_take(r, cmd, &sides[THEIRS]), mine);
        return;
    }
    mine->place = REF_DEAL;
    ref_deal_say(r, mine, DEAL_PROPOSED, 0);
}

struct ref_order *
ref_deal_find(struct ref_venue *r, uint64_t number)
{
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (r->orders[i].order_id == number)
            return &r->orders[i];
    }
    return NULL;
}

/* Whether the account may answer what waits. */
static uint16_t
judge_who(const struct ref_order *theirs, uint32_t account)
{
    if (theirs == NULL || (theirs->place != REF_DONE && theirs->place != REF_DEAL) ||
        (theirs->place == REF_DEAL && theirs->request != 0))
        return REASON_UNKNOWN_ORDER;
    if (theirs->place == REF_DONE)
        return REASON_TOO_LATE;
    return theirs->to != account ? REASON_NOT_OWNER : 0;
}

/* The answer's id is remembered like that of an order that is done, with the proposal's number. */
static void
remember_answer(struct ref_venue *r, const struct command *cmd, uint64_t deal_id)
{
    if (r->order_cnt == REF_ORDER_MAX)
        abort();
    struct ref_order *o = &r->orders[r->order_cnt++];
    *o = (struct ref_order){.order_id = deal_id, .place = REF_DONE, .status = ORD_STATUS_CANCELED};
    struct ref_id *k = ref_id_add(r, REF_ORDERS, cmd->account_id, &cmd->id, cmd);
    k->order = (uint32_t)(o - r->orders);
    k->done_day = r->day + 1;
}

bool
ref_declines(const struct command *cmd)
{
    return cmd->rec.type == COMMAND_REQUEST_PASS ||
           (cmd->rec.type == COMMAND_DEAL_ANSWER &&
            ((const struct command_deal_answer *)(const void *)cmd)->accept == 0);
}

void
ref_deal_decline(struct ref_venue *r, const struct command *cmd, struct ref_order *theirs)
{
    uint64_t deal_id = theirs->order_id;
    uint16_t reason = ref_id_room(r) ? 0 : REASON_CLIENT_IDS_FULL;
    (void)ref_say_result(r, cmd, reason, deal_id);
    if (reason != 0)
        return;
    remember_answer(r, cmd, deal_id);
    ref_kill(r, cmd, theirs, REASON_DEAL_DECLINED, ORD_STATUS_CANCELED, false);
}

void
ref_deal_answer(struct ref_venue *r, const struct command *cmd)
{
    const struct command_deal_answer *x = (const void *)cmd;
    if (!ref_deal_enter(r, cmd))
        return;
    uint32_t account = (uint32_t)ref_account_of(r, cmd->account_id);
    struct ref_order *theirs = ref_deal_find(r, x->deal_id), mine;
    uint16_t reason = judge_who(theirs, account);
    if (reason == 0 && ref_declines(cmd)) {
        ref_deal_decline(r, cmd, theirs);
        return;
    }
    if (reason == 0) {
        mine = ref_side_of(r, cmd, account, theirs->instrument, other(theirs->side));
        mine.price = mine.cap = theirs->price;
        mine.qty = theirs->qty;
        mine.until = theirs->until;
        mine.tif = theirs->tif;
        reason = ref_deal_terms(r, &mine, theirs->deal_kind, theirs->account);
    }
    if (reason == 0)
        reason = ref_deal_stays(r, theirs);
    if (reason == 0)
        reason = ref_deal_admit(r, &mine);
    if (reason != 0)
        (void)ref_say_result(r, cmd, reason, x->deal_id);
    else
        execute(r, cmd, ref_deal_take(r, cmd, &mine), theirs, theirs);
}
