#include "engine/core/core_deal.h"
#include "engine/core/core_request.h"

#include <string.h>

#include "engine/base/check.h"

/* Negotiated trades: two sides agree outside the book on instrument, kind, price and quantity. Both
 * come in one command of somebody who may speak for both, or one proposes and the other accepts.
 * Each side is an order that never enters the book (EXEC_NEGOTIATED), so that it is checked, held,
 * remembered, canceled and settled like others; a proposal is one that waits (PLACE_DEAL), and
 * deal_id is its order_id. What is checked, the first that applies decides:
 *   1 as of an order: session, account, actor, client id (known: answered)
 *   2 the other account known, another than this one; instrument known
 *   3 who may send both: an operator, or a session of the firm of both accounts; the other id new
 *   4 kind taken by the instrument; neither side stopped, instrument open (halted where its rules
 *     say so)
 *   5 side, price (tick), quantity (minimum, the rules' bounds), collar of these trades, date
 *   6 not with oneself, as the instrument says; a transfer may be within one owner
 *   7 room for the proposal, or for both orders
 *   8 of each side as of an order: room, amounts, freeze, the hooks' decision, funds
 *   9 the hooks' pair
 * An answer is judged like a pair that comes now, by the rules of now. What is wrong with the side
 * that proposed is not told to the other one (DEAL_OTHER_SIDE). Quotes in answer to a request
 * (core_request.c) are proposals too, of a kind of their own, and are judged here.
 * source: Regulation (EU) 600/2014 (MiFIR), Article 4(1)(b), and Delegated Regulation (EU) 2017/587
 * (RTS 1), Articles 5 and 6: trades negotiated privately, made under the rules of the venue; that
 * an instrument says which it takes, and with which collar, is this venue's reading */

/* --- what an instrument takes --- */

static uint16_t
check_rules(const struct core *c, const struct command_deal_rules *x, uint32_t *detail)
{
    uint32_t kinds = 1u << DEAL_BLOCK | 1u << DEAL_PRIMARY | 1u << DEAL_PRIVATE |
                     1u << DEAL_TRANSFER | 1u << DEAL_REQUEST;
    if (core_instrument_idx(c, x->instrument_id) == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    if ((x->kind_mask & ~kinds) != 0)
        *detail = offsetof(struct command_deal_rules, kind_mask);
    else if (x->min_lots < 0)
        *detail = offsetof(struct command_deal_rules, min_lots);
    else if (x->max_lots < 0 || (x->max_lots != 0 && x->max_lots < x->min_lots))
        *detail = offsetof(struct command_deal_rules, max_lots);
    else if ((x->deal_flags & ~(uint32_t)(DEAL_WHEN_HALTED | DEAL_SETS_LAST)) != 0)
        *detail = offsetof(struct command_deal_rules, deal_flags);
    return *detail != 0 ? REASON_BAD_FIELD : 0;
}

void
core_deal_rules_set(struct core *c, const struct command *cmd)
{
    const struct command_deal_rules *x = (const void *)cmd;
    struct core_admin a;
    uint32_t detail = 0;
    if (!core_known_to_rules(c, cmd) ||
        !core_admin_enter(c, cmd, ROLE_COMPLIANCE | ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint16_t reason = check_rules(c, x, &detail);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    c->deal_rules[core_instrument_idx(c, x->instrument_id)] =
        (struct core_deal_rules){.kind_mask = x->kind_mask,
                                 .collar_ppm = x->collar_ppm,
                                 .min_lots = x->min_lots,
                                 .max_lots = x->max_lots,
                                 .flags = x->deal_flags};
    struct event_deal_rules *e =
        core_emit(c, EVENT_DEAL_RULES, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->instrument_id = x->instrument_id;
    e->kind_mask = x->kind_mask;
    e->min_lots = x->min_lots;
    e->max_lots = x->max_lots;
    e->collar_ppm = x->collar_ppm;
    e->deal_flags = x->deal_flags;
    core_admin_done(c, cmd, &a, 0);
}

/* --- telling --- */

struct told { /* of a deal, what its order does not say */
    uint64_t deal_id;
    uint32_t account_id, to_account_id, session_id;
    uint8_t kind, state;
    uint16_t reason;
    struct client_id id;
};

static void
emit_deal(struct core *c, const struct told *x, const struct command_order_new *o)
{
    struct event_deal *e = core_emit(c, EVENT_DEAL, sizeof(*e), AUDIENCE_PARTY, x->session_id);
    e->deal_id = x->deal_id;
    e->account_id = x->account_id;
    e->to_account_id = x->to_account_id;
    e->instrument_id = o->instrument_id;
    e->side = o->side;
    e->kind = x->kind;
    e->state = x->state;
    e->zero = 0;
    e->reason = x->reason;
    e->zero1 = 0;
    e->zero2 = 0;
    e->price_units = o->price_units;
    e->qty_lots = o->qty_lots;
    e->expire_ns = o->expire_ns;
    e->id = x->id;
}

void
core_deal_order_of(const struct core *c, uint32_t slot, struct command_order_new *o)
{
    const struct order *r = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    command_init(&o->cmd, COMMAND_ORDER_NEW);
    o->cmd.account_id = k->account_id;
    o->cmd.session_id = k->session_id;
    o->cmd.id = *client_ids_of(&c->ids, slot);
    o->instrument_id = c->view_instruments[r->instrument_idx].instrument_id;
    o->side = r->side;
    o->ord_type = r->ord_type;
    o->time_in_force = r->time_in_force;
    o->exec_inst = k->exec_inst;
    o->price_units = r->price_units;
    o->qty_lots = k->qty_lots;
    o->expire_ns = r->time_in_force == TIF_GTD ? k->until : 0;
}

/* What there is to tell of a proposal that is open. */
static void
told_of(const struct core *c, uint32_t slot, const struct command_order_new *o, struct told *x)
{
    const struct core_deal *d = &c->deals[order_at(&c->pools.orders, slot)->level];
    *x = (struct told){.deal_id = d->order_id,
                       .account_id = o->cmd.account_id,
                       .to_account_id = c->view_accounts[d->to_account_idx].account_id,
                       .session_id = o->cmd.session_id,
                       .kind = d->kind,
                       .id = o->cmd.id};
}

void
core_deal_leave(struct core *c, uint32_t place)
{
    memset(&c->deals[place], 0, sizeof(struct core_deal));
    free_places_give(&c->deal_places, place);
}

void
core_deal_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status)
{
    struct command_order_new o;
    struct told x;
    uint32_t place = order_at(&c->pools.orders, slot)->level;
    if (c->deals[place].request_id != 0) {
        core_request_quote_end(c, slot, reason, status);
        core_deal_leave(c, place);
        return;
    }
    core_deal_order_of(c, slot, &o);
    told_of(c, slot, &o, &x);
    x.reason = reason;
    x.state = reason == REASON_DEAL_DECLINED ? DEAL_DECLINED
              : status == ORD_STATUS_EXPIRED ? DEAL_EXPIRED
                                             : DEAL_CANCELED;
    emit_deal(c, &x, &o);
    core_deal_leave(c, place);
}

/* --- judging --- */

/* The side of a command, or the other one of the same trade. */
static void
side_of(const struct command *cmd, const struct command_deal *x, int which,
        struct command_order_new *o)
{
    command_init(&o->cmd, COMMAND_ORDER_NEW);
    o->cmd.session_id = cmd->session_id;
    o->cmd.account_id = which == MINE ? cmd->account_id : x->to_account_id;
    o->cmd.id = which == MINE ? cmd->id : x->to_id;
    o->instrument_id = x->instrument_id;
    o->side = which == MINE ? x->side : (uint8_t)(SIDE_BUY + SIDE_SELL - x->side);
    o->ord_type = ORD_LIMIT;
    o->time_in_force = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
    o->exec_inst = EXEC_NEGOTIATED;
    o->price_units = x->price_units;
    o->qty_lots = x->qty_lots;
    o->expire_ns = x->expire_ns;
}

uint16_t
core_deal_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    uint16_t reason = core_instrument_open(c, instrument_idx, account_idx);
    if (reason != REASON_HALTED || (c->deal_rules[instrument_idx].flags & DEAL_WHEN_HALTED) == 0)
        return reason;
    return c->instruments[instrument_idx].busy || c->day_end_open || c->expiry_open
               ? REASON_BOOK_BUSY
               : 0;
}

/* Both ways around the last trade, or the reference price until there is one; with neither there is
 * nothing to compare with. */
static bool
outside_collar(const struct core *c, uint32_t instrument_idx, int64_t price_units)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    int64_t base = v->last_units != 0 ? v->last_units : v->reference_units;
    int64_t distance = price_units < base ? base - price_units : price_units - base;
    uint32_t collar_ppm = c->deal_rules[instrument_idx].collar_ppm;
    return collar_ppm != 0 && base != 0 &&
           (__int128)distance * 1000000 > (__int128)base * collar_ppm;
}

/* Steps 4 and 5, but for the accounts. */
static uint16_t
check_form(const struct core *c, const struct command_order_new *o, uint32_t instrument_idx,
           uint8_t kind)
{
    const struct core_instrument *ins = &c->instruments[instrument_idx];
    const struct core_deal_rules *rules = &c->deal_rules[instrument_idx];
    if (o->side != SIDE_BUY && o->side != SIDE_SELL)
        return REASON_BAD_SIDE;
    uint16_t reason = core_price_check(c, instrument_idx, o->price_units);
    if (reason != 0)
        return reason;
    if (o->qty_lots <= 0 || o->qty_lots < ins->min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (o->qty_lots < rules->min_lots || (rules->max_lots != 0 && o->qty_lots > rules->max_lots))
        return REASON_DEAL_QTY;
    if (kind != DEAL_PRIMARY && outside_collar(c, instrument_idx, o->price_units))
        return REASON_DEAL_COLLAR;
    return o->expire_ns != 0 && o->expire_ns <= c->time_ns ? REASON_GOOD_TILL_DATE : 0;
}

uint16_t
core_deal_check(const struct core *c, const struct core_bargain *d)
{
    uint32_t instrument_idx = d->t[MINE].instrument_idx;
    uint32_t mine = d->t[MINE].account_idx, theirs = d->t[THEIRS].account_idx;
    if (d->kind >= 32 || (c->deal_rules[instrument_idx].kind_mask >> d->kind & 1) == 0)
        return REASON_DEAL_KIND;
    uint16_t reason = core_deal_open(c, instrument_idx, mine);
    if (reason == 0 && core_deal_open(c, instrument_idx, theirs) != 0)
        reason = REASON_DEAL_OTHER_SIDE;
    if (reason == 0)
        reason = check_form(c, &d->order[MINE], instrument_idx, d->kind);
    if (reason == 0 && d->kind != DEAL_TRANSFER && c->instruments[instrument_idx].self_trade_by &&
        core_meet(c, instrument_idx, mine, theirs) == MEET_SELF)
        reason = REASON_SELF_TRADE;
    return reason;
}

/* An order may be parked to be decided about later; a side of a trade may not. */
uint16_t
core_deal_admit(struct core *c, struct core_bargain *d, int which)
{
    uint8_t verdict = VERDICT_ALLOW;
    uint16_t reason = core_order_admit(c, &d->order[which], &d->t[which], &verdict);
    return reason == 0 && verdict == VERDICT_HOLD ? REASON_NEEDS_APPROVAL : reason;
}

static uint16_t
check_pair(const struct core *c, const struct core_bargain *d)
{
    bool buys = d->order[MINE].side == SIDE_BUY;
    return core_may_pair(c, d->t[MINE].instrument_idx, d->t[buys ? MINE : THEIRS].account_idx,
                         d->t[buys ? THEIRS : MINE].account_idx)
               ? 0
               : REASON_PAIR_NOT_ALLOWED;
}

uint16_t
core_deal_find(const struct core *c, struct core_bargain *d)
{
    for (int which = MINE; which <= THEIRS; which++) {
        struct core_terms *t = &d->t[which];
        t->account_idx = core_account_idx(c, d->order[which].cmd.account_id);
        if (t->account_idx == CORE_NONE)
            return REASON_UNKNOWN_ACCOUNT;
        t->instrument_idx = core_instrument_idx(c, d->order[which].instrument_id);
        t->session_idx = d->t[MINE].session_idx;
        t->plain = true; /* a limit price as it is */
    }
    if (d->t[MINE].account_idx == d->t[THEIRS].account_idx)
        return REASON_SELF_TRADE;
    return d->t[MINE].instrument_idx == CORE_NONE ? REASON_UNKNOWN_INSTRUMENT : 0;
}

bool
core_deal_enter(struct core *c, const struct command *cmd, struct core_bargain *d)
{
    memset(d, 0, sizeof(*d));
    return core_known_to_rules(c, cmd) &&
           core_order_enter(c, cmd, &d->t[MINE], &d->key[MINE], &d->hash[MINE], &d->digest);
}

uint32_t
core_deal_take(struct core *c, struct core_bargain *d, int which)
{
    uint32_t slot = core_order_take(c, &d->order[which], &d->t[which], &d->key[which],
                                    d->hash[which], d->digest);
    core_emit_order(c, EVENT_ORDER_ACCEPTED, slot, 0, core_order_status(c, slot));
    return slot;
}

/* Both orders are taken: they trade. */
static void
execute(struct core *c, const struct core_bargain *d, struct told *x, uint32_t mine,
        uint32_t theirs)
{
    uint32_t instrument_idx = d->t[MINE].instrument_idx;
    const struct command_order_new *first =
        &d->order[x->account_id == d->order[MINE].cmd.account_id ? MINE : THEIRS];
    bool buys = d->order[MINE].side == SIDE_BUY;
    core_match_deal(c, buys ? mine : theirs, buys ? theirs : mine, d->kind);
    x->state = DEAL_EXECUTED;
    emit_deal(c, x, first);
    if (c->instruments[instrument_idx].reached_side != 0)
        core_stops_start(c, instrument_idx);
}

/* --- both sides at once --- */

/* A broker may cross its own clients: who holds both accounts is of the session's firm. */
static uint16_t
check_speaker(const struct core *c, const struct command *cmd, const struct core_bargain *d)
{
    if (cmd->actor_id != 0)
        return 0; /* the role was checked on entry */
    if (d->t[MINE].session_idx == ORDER_NONE)
        return REASON_NOT_AUTHORIZED;
    uint32_t own = core_account_idx(c, c->sessions[d->t[MINE].session_idx].account_id);
    if (own == CORE_NONE)
        return REASON_NOT_AUTHORIZED;
    uint32_t firm_id = c->view_accounts[own].firm_id;
    bool both = firm_id != 0 && c->view_accounts[d->t[MINE].account_idx].firm_id == firm_id &&
                c->view_accounts[d->t[THEIRS].account_idx].firm_id == firm_id;
    return both ? 0 : REASON_NOT_AUTHORIZED;
}

uint16_t
core_deal_check_id(const struct core *c, struct core_bargain *d, int which)
{
    const struct client_id *id = &d->order[which].cmd.id;
    if (id->length == 0 || id->length > CLIENT_ID_MAX)
        return REASON_BAD_CLIENT_ID;
    client_key_set(&d->key[which], CLIENT_ORDER, d->order[which].cmd.account_id, id);
    d->hash[which] = client_key_hash(&c->ids, &d->key[which]);
    return client_ids_find(&c->ids, &d->key[which], d->hash[which]) == CLIENT_NONE
               ? 0
               : REASON_DUPLICATE_ID;
}

/* Each side alone is asked for its own room. */
uint16_t
core_deal_room_for_two(struct core *c)
{
    const struct order_pool *p = &c->pools.orders;
    if (p->max - p->cnt < 2 || ORDER_CNT_MAX - p->accepted_cnt < 2)
        return REASON_POOL_FULL;
    for (int turn = 0; turn < 2; turn++) {
        if (!client_ids_room(&c->ids))
            return REASON_CLIENT_IDS_FULL;
    }
    return client_ids_left(&c->ids) < 2 ? REASON_CLIENT_IDS_FULL : 0;
}

static uint16_t
judge_both(struct core *c, const struct command *cmd, struct core_bargain *d)
{
    const struct command_deal *x = (const void *)cmd;
    uint16_t reason = core_deal_find(c, d);
    if (reason == 0)
        reason = check_speaker(c, cmd, d);
    if (reason == 0 && d->kind == DEAL_REQUEST)
        reason = REASON_DEAL_KIND;
    if (reason == 0 && x->expire_ns != 0)
        reason = REASON_BAD_FIELD;
    if (reason == 0)
        reason = core_deal_check_id(c, d, THEIRS);
    if (reason == 0)
        reason = core_deal_check(c, d);
    if (reason == 0)
        reason = core_deal_room_for_two(c);
    for (int which = MINE; which <= THEIRS && reason == 0; which++)
        reason = core_deal_admit(c, d, which);
    /* The fee account's balance may be counted twice: one place too careful. */
    if (reason == 0 && ledger_balance_room(&c->ledger) < d->t[MINE].missing + d->t[THEIRS].missing)
        reason = REASON_TABLE_FULL;
    return reason != 0 ? reason : check_pair(c, d);
}

void
core_deal(struct core *c, const struct command *cmd)
{
    const struct command_deal *x = (const void *)cmd;
    struct core_bargain d;
    if (!core_deal_enter(c, cmd, &d))
        return;
    side_of(cmd, x, MINE, &d.order[MINE]);
    side_of(cmd, x, THEIRS, &d.order[THEIRS]);
    d.kind = x->kind;
    uint16_t reason = judge_both(c, cmd, &d);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason,
                          reason == REASON_BAD_FIELD ? offsetof(struct command_deal, expire_ns)
                                                     : 0);
        return;
    }
    uint32_t mine = core_deal_take(c, &d, MINE), theirs = core_deal_take(c, &d, THEIRS);
    struct told told = {.deal_id = order_at(&c->pools.orders, mine)->order_id,
                        .account_id = cmd->account_id,
                        .to_account_id = x->to_account_id,
                        .session_id = cmd->session_id,
                        .kind = x->kind,
                        .id = cmd->id};
    execute(c, &d, &told, mine, theirs);
}

/* --- one side, and its answer --- */

void
core_deal_wait(struct core *c, uint32_t slot, uint32_t place, const struct core_bargain *d,
               uint64_t request_id)
{
    struct order *o = order_at(&c->pools.orders, slot);
    o->place = PLACE_DEAL;
    o->level = place;
    free_places_take(&c->deal_places, place);
    c->deals[place] = (struct core_deal){.order_id = o->order_id,
                                         .to_account_idx = d->t[THEIRS].account_idx,
                                         .kind = d->kind,
                                         .request_id = request_id};
}

void
core_deal_propose(struct core *c, const struct command *cmd)
{
    const struct command_deal *x = (const void *)cmd;
    struct core_bargain d;
    if (!core_deal_enter(c, cmd, &d))
        return;
    side_of(cmd, x, MINE, &d.order[MINE]);
    side_of(cmd, x, THEIRS, &d.order[THEIRS]);
    d.kind = x->kind;
    uint16_t reason = core_deal_find(c, &d);
    if (reason == 0 && x->to_id.length != 0)
        reason = REASON_BAD_FIELD;
    if (reason == 0 && d.kind == DEAL_REQUEST)
        reason = REASON_DEAL_KIND;
    if (reason == 0)
        reason = core_deal_check(c, &d);
    uint32_t place = free_places_lowest(&c->deal_places, 0);
    if (reason == 0 && place == FREE_PLACES_NONE)
        reason = REASON_TABLE_FULL;
    if (reason == 0)
        reason = core_deal_admit(c, &d, MINE);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason,
                          reason == REASON_BAD_FIELD ? offsetof(struct command_deal, to_id) : 0);
        return;
    }
    uint32_t slot = core_deal_take(c, &d, MINE);
    core_deal_wait(c, slot, place, &d, 0);
    struct told told;
    told_of(c, slot, &d.order[MINE], &told);
    told.state = DEAL_PROPOSED;
    emit_deal(c, &told, &d.order[MINE]);
}

/* The proposal that is answered, if it is open and to this account. */
static uint16_t
find_proposal(const struct core *c, const struct command_deal_answer *x, uint32_t account_idx,
              uint32_t *slot)
{
    *slot = order_pool_find(&c->pools.orders, x->deal_id);
    if (*slot == ORDER_NONE || order_at(&c->pools.orders, *slot)->place != PLACE_DEAL ||
        c->deals[order_at(&c->pools.orders, *slot)->level].request_id != 0) {
        uint64_t cnt = x->deal_id >> ORDER_SLOT_BITS;
        bool was = *slot == ORDER_NONE && cnt > 0 && cnt <= c->pools.orders.accepted_cnt;
        return was ? REASON_TOO_LATE : REASON_UNKNOWN_ORDER;
    }
    if (c->deals[order_at(&c->pools.orders, *slot)->level].to_account_idx != account_idx)
        return REASON_NOT_OWNER;
    return x->accept > 1 ? REASON_BAD_FIELD : 0;
}

/* Whether who proposed may still have it: what may have changed since. */
static bool
still_admitted(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (core_order_freeze(c, o->account_idx, o->side) != 0)
        return false;
    if (c->hooks.admit == NULL)
        return true;
    struct hook_order h;
    struct decision d = {0};
    core_order_see(c, slot, &h);
    c->hooks.admit(c->hook_self, &h, &d);
    core_emit_decision(c, DECISION_ADMIT, o->order_id,
                       order_cold_at(&c->pools.orders, slot)->account_id,
                       c->view_instruments[o->instrument_idx].instrument_id, &d);
    return d.verdict == VERDICT_ALLOW || d.verdict == VERDICT_FLAG;
}

uint16_t
core_deal_judge_answer(struct core *c, struct core_bargain *d, uint32_t slot)
{
    uint16_t reason = core_deal_find(c, d);
    if (reason == 0)
        reason = core_deal_check(c, d);
    if (reason == 0 && !still_admitted(c, slot))
        reason = REASON_DEAL_OTHER_SIDE;
    if (reason == 0)
        reason = core_deal_admit(c, d, MINE);
    return reason != 0 ? reason : check_pair(c, d);
}

static void
accept(struct core *c, const struct command *cmd, struct core_bargain *d, uint32_t slot)
{
    struct told told;
    core_deal_order_of(c, slot, &d->order[THEIRS]);
    told_of(c, slot, &d->order[THEIRS], &told);
    d->kind = told.kind;
    d->order[MINE] = d->order[THEIRS];
    d->order[MINE].cmd.account_id = cmd->account_id;
    d->order[MINE].cmd.session_id = cmd->session_id;
    d->order[MINE].cmd.id = cmd->id;
    d->order[MINE].side = (uint8_t)(SIDE_BUY + SIDE_SELL - d->order[THEIRS].side);
    uint16_t reason = core_deal_judge_answer(c, d, slot);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, told.deal_id);
        return;
    }
    uint32_t mine = core_deal_take(c, d, MINE);
    struct order *theirs = order_at(&c->pools.orders, slot);
    core_deal_leave(c, theirs->level);
    theirs->place = PLACE_TAKING;
    execute(c, d, &told, mine, slot);
}

void
core_deal_decline(struct core *c, const struct command *cmd, const struct core_bargain *d,
                  uint32_t slot)
{
    uint64_t deal_id = order_at(&c->pools.orders, slot)->order_id;
    if (!client_ids_room(&c->ids)) {
        core_emit_result(c, cmd, REASON_CLIENT_IDS_FULL, deal_id);
        return;
    }
    client_ids_add_done(&c->ids, &d->key[MINE], d->hash[MINE], d->digest, deal_id);
    core_emit_result(c, cmd, 0, deal_id);
    core_order_kill(c, slot, REASON_DEAL_DECLINED, ORD_STATUS_CANCELED, NULL);
}

void
core_deal_answer(struct core *c, const struct command *cmd)
{
    const struct command_deal_answer *x = (const void *)cmd;
    struct core_bargain d;
    uint32_t slot;
    if (!core_deal_enter(c, cmd, &d))
        return;
    uint16_t reason = find_proposal(c, x, d.t[MINE].account_idx, &slot);
    if (reason != 0)
        core_emit_result(c, cmd, reason, x->deal_id);
    else if (x->accept == 1)
        accept(c, cmd, &d, slot);
    else
        core_deal_decline(c, cmd, &d, slot);
}
