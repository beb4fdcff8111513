#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* New, cancel, replace, and the decision about a parked order. The first check that fails decides;
 * their order is that of engine/core/core_order.c and core_replace.c, first comment. */

/* --- who sends --- */

uint16_t
ref_session_check(struct ref_venue *r, const struct command *cmd)
{
    if (cmd->session_id == 0)
        return 0;
    int i = ref_session_of(r, cmd->session_id);
    if (i < 0)
        return REASON_UNKNOWN_SESSION;
    struct ref_session *s = &r->sessions[i];
    if (!s->up || s->incarnation != cmd->incarnation)
        return REASON_BAD_STATE;
    if (cmd->client_seq > s->inbound)
        s->inbound = cmd->client_seq;
    return 0;
}

bool
ref_actor_may(const struct ref_venue *r, uint32_t actor_id, uint32_t roles)
{
    for (uint32_t i = 0; i < r->actor_cnt; i++) {
        if (r->actors[i].subject_actor_id == actor_id)
            return (r->actors[i].roles & roles) != 0;
    }
    return false;
}

/* Session, account, operator. */
uint16_t
ref_sender(struct ref_venue *r, const struct command *cmd)
{
    uint16_t reason = ref_session_check(r, cmd);
    if (reason != 0)
        return reason;
    bool by_number = cmd->rec.type == COMMAND_ORDER_CANCEL && cmd->account_id == 0;
    if (ref_account_of(r, cmd->account_id) < 0 && !(by_number && cmd->actor_id != 0))
        return REASON_UNKNOWN_ACCOUNT;
    if (cmd->actor_id != 0 && !ref_actor_may(r, cmd->actor_id, ROLE_OPERATE))
        return REASON_NOT_AUTHORIZED;
    bool of_one = cmd->rec.type == COMMAND_ORDER_CANCEL || cmd->rec.type == COMMAND_ORDER_REPLACE;
    return cmd->id.length == 0 && !of_one ? REASON_BAD_CLIENT_ID : 0;
}

/* --- judging --- */

uint16_t
ref_market_open(const struct ref_venue *r, uint32_t i, uint32_t account, bool halts_too)
{
    const struct ref_instrument *ins = &r->instruments[i];
    if (ins->def.retired)
        return REASON_INSTRUMENT_RETIRED;
    if (r->mode == MODE_CANCEL_ONLY)
        return REASON_CANCEL_ONLY;
    if (ref_killed(r, i, account))
        return REASON_KILL_SWITCH;
    if (ins->state == TRADING_HALTED && !halts_too)
        return REASON_HALTED;
    if (ins->state == TRADING_CLOSED)
        return REASON_CLOSED;
    return ins->busy || r->day_end_open || r->expiry_open ? REASON_BOOK_BUSY : 0;
}

uint16_t
ref_price_ok(const struct ref_venue *r, uint32_t i, int64_t price)
{
    if (price <= 0 || price > r->instruments[i].def.max_price_units)
        return REASON_BAD_PRICE;
    return ref_on_tick(&r->instruments[i], price) ? 0 : REASON_PRICE_OFF_TICK;
}

/* The orders that came with rules version 2. */
enum { NEW_ORDERS = 2 };

static bool
type_known(const struct ref_venue *r, uint8_t type, uint32_t i)
{
    if (type == ORD_MARKET || type == ORD_LIMIT)
        return true;
    return r->rules_version >= NEW_ORDERS &&
           (type == ORD_STOP || type == ORD_STOP_LIMIT || type == ORD_MARKET_TO_LIMIT ||
            ref_trails(type) || (type == ORD_PEGGED && r->instruments[i].def.allow_hidden == 1));
}

/* A stop waits, so it cannot be immediate; a market order never waits, so it has no date. */
static bool
tif_known(const struct ref_venue *r, const struct command_order_new *x)
{
    bool stop = x->ord_type == ORD_STOP || x->ord_type == ORD_STOP_LIMIT || ref_trails(x->ord_type);
    switch (x->time_in_force) {
    case TIF_DAY:
    case TIF_GTC:
        return true;
    case TIF_IOC:
    case TIF_FOK:
        return !stop;
    case TIF_GTD:
        return r->rules_version >= NEW_ORDERS && x->ord_type != ORD_MARKET;
    case TIF_OPG:
    case TIF_CLS:
        return r->rules_version >= NEW_ORDERS &&
               (x->ord_type == ORD_MARKET || x->ord_type == ORD_LIMIT);
    default:
        return false;
    }
}

static bool
instructions_known(const struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    bool posts = (x->exec_inst & EXEC_POST_ONLY) != 0;
    bool slides = (x->exec_inst & EXEC_POST_SLIDE) != 0;
    uint32_t rest =
        x->exec_inst &
        ~(uint32_t)(EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_HOLD_PARK | EXEC_CANCEL_ON_DISCONNECT |
                    EXEC_HIDDEN | EXEC_PEG_PRIMARY | EXEC_PEG_MIDPOINT | EXEC_ALL_OR_NONE);
    bool best = (x->exec_inst & EXEC_PEG_PRIMARY) != 0;
    bool middle = (x->exec_inst & EXEC_PEG_MIDPOINT) != 0;
    if (x->ord_type == ORD_PEGGED ? best == middle : best || middle)
        return false;
    bool hides = (x->exec_inst & EXEC_HIDDEN) != 0;
    bool may_wait = x->ord_type == ORD_LIMIT && x->time_in_force != TIF_IOC &&
                    x->time_in_force != TIF_FOK && x->time_in_force != TIF_OPG &&
                    x->time_in_force != TIF_CLS;
    if (hides && !ref_may_hide(r, x, i))
        return false;
    if ((x->exec_inst & EXEC_ALL_OR_NONE) != 0 && !ref_may_be_whole(r, x, i))
        return false;
    if (rest != 0 || (posts && slides) || ((posts || slides) && !may_wait))
        return false;
    return !slides || r->rules_version >= NEW_ORDERS;
}

/* A minimum is of an order that is over at once, and need not be filled whole. */
static bool
minimum_known(const struct ref_venue *r, const struct command_order_new *x)
{
    bool over_at_once =
        (x->ord_type == ORD_MARKET && x->time_in_force != TIF_OPG && x->time_in_force != TIF_CLS) ||
        x->time_in_force == TIF_IOC;
    return r->rules_version >= NEW_ORDERS && over_at_once && x->time_in_force != TIF_FOK &&
           x->min_qty_lots > 0 && x->min_qty_lots <= x->qty_lots;
}

/* The offset of the first field that the order may not have, or must have and has not. */
static uint32_t
wrong_option(const struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    bool trails = ref_trails(x->ord_type);
    bool stop = x->ord_type == ORD_STOP || x->ord_type == ORD_STOP_LIMIT || trails;
    bool away = x->side == SIDE_BUY ? x->peg_offset_units > 0 : x->peg_offset_units < 0;
    if (!instructions_known(r, x, i))
        return offsetof(struct command_order_new, exec_inst);
    bool by_price = r->instruments[i].ticks.row_cnt != 0;
    bool on_tick = by_price ? x->peg_offset_units == 0
                            : x->peg_offset_units % r->instruments[i].def.tick_units == 0;
    if (trails ? !away : x->ord_type == ORD_PEGGED ? !on_tick : x->peg_offset_units != 0)
        return offsetof(struct command_order_new, peg_offset_units);
    if (x->stop_units != 0 && !stop)
        return offsetof(struct command_order_new, stop_units);
    uint32_t display = ref_wrong_display(r, x, i);
    if (display != 0)
        return display;
    if (x->min_qty_lots != 0 && !minimum_known(r, x))
        return offsetof(struct command_order_new, min_qty_lots);
    bool dated = x->time_in_force == TIF_GTD;
    return dated != (x->expire_ns != 0) ? offsetof(struct command_order_new, expire_ns) : 0;
}

static uint16_t
prices_ok(const struct ref_venue *r, const struct command_order_new *x, uint32_t i)
{
    uint16_t reason = 0;
    if (x->ord_type == ORD_LIMIT || x->ord_type == ORD_STOP_LIMIT ||
        x->ord_type == ORD_TRAILING_STOP_LIMIT ||
        (x->ord_type == ORD_PEGGED && x->price_units != 0))
        reason = ref_price_ok(r, i, x->price_units);
    else if (x->price_units != 0)
        reason = REASON_BAD_PRICE;
    if (reason == 0 && (x->ord_type == ORD_STOP || x->ord_type == ORD_STOP_LIMIT))
        reason = ref_price_ok(r, i, x->stop_units);
    if (reason != 0 || !ref_trails(x->ord_type))
        return reason;
    if (x->peg_offset_units % ref_step(&r->instruments[i], 0) != 0)
        return REASON_PRICE_OFF_TICK;
    if (x->stop_units == 0 && r->instruments[i].last == 0 && r->instruments[i].reference == 0)
        return REASON_NO_CAP_PRICE;
    return ref_price_ok(r, i, ref_trail_start(r, x, i));
}

static struct ref_order
draft_of(const struct ref_venue *r, const struct command_order_new *x, uint32_t instrument)
{
    const struct command_instrument *d = &r->instruments[instrument].def;
    struct ref_order o = {.id = x->cmd.id,
                          .account = (uint32_t)ref_account_of(r, x->cmd.account_id),
                          .instrument = instrument,
                          .session_id = x->cmd.session_id,
                          .exec_inst = x->exec_inst,
                          .day = r->day,
                          .tenant = r->accounts[ref_account_of(r, x->cmd.account_id)].tenant,
                          .side = x->side,
                          .type = x->ord_type,
                          .tif = x->time_in_force,
                          .place = REF_TAKING,
                          .user_data = x->user_data,
                          .price = x->price_units,
                          .qty = x->qty_lots,
                          .stop = ref_trails(x->ord_type) ? ref_trail_start(r, x, instrument)
                                                          : x->stop_units,
                          .until = x->expire_ns,
                          .min_qty = x->min_qty_lots,
                          .display = x->display_lots,
                          .range = x->display_range,
                          .offset = x->peg_offset_units,
                          .maker_ppm = d->maker_ppm,
                          .taker_ppm = d->taker_ppm,
                          .fee_min = d->fee_min_units};
    if (o.type == ORD_MARKET && o.tif != TIF_FOK && !ref_for_auction(&o))
        o.tif = TIF_IOC;
    return o;
}

static uint16_t
form_ok(const struct ref_venue *r, const struct command_order_new *x, uint32_t i, uint32_t *detail)
{
    if (x->side != SIDE_BUY && x->side != SIDE_SELL)
        return REASON_BAD_SIDE;
    if (!type_known(r, x->ord_type, i))
        return REASON_BAD_ORDER_TYPE;
    if (!tif_known(r, x))
        return REASON_BAD_TIME_IN_FORCE;
    *detail = wrong_option(r, x, i);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (x->time_in_force == TIF_GTD && x->expire_ns <= r->time_ns)
        return REASON_GOOD_TILL_DATE;
    struct ref_order draft = draft_of(r, x, i);
    if (ref_call_refuses(r, &draft))
        return REASON_CALL_PHASE;
    uint16_t reason = prices_ok(r, x, i);
    if (reason != 0)
        return reason;
    return x->qty_lots <= 0 || x->qty_lots < r->instruments[i].def.min_qty_lots ? REASON_QTY_OFF_LOT
                                                                                : 0;
}

uint32_t
ref_open_cnt(const struct ref_venue *r)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++)
        cnt += r->orders[i].place != REF_DONE;
    return cnt;
}

uint32_t
ref_missing_balances(struct ref_venue *r, const struct ref_order *o)
{
    struct ref_order fees = {.account = (uint32_t)ref_account_of(r, r->genesis.fee_account_id),
                             .instrument = o->instrument};
    bool own = fees.account == o->account; /* counted already */
    uint32_t missing = !ref_balance_of(r, o, true)->exists;
    missing += !ref_balance_of(r, o, false)->exists;
    missing += !own && !ref_balance_of(r, &fees, true)->exists;
    return missing;
}

/* Among the orders, and for all that comes with one. */
uint16_t
ref_order_room(struct ref_venue *r, const struct ref_order *o)
{
    if (!ref_id_room(r))
        return REASON_CLIENT_IDS_FULL;
    if (!ref_work_room(r))
        return REASON_BUSY;
    return r->balance_cnt + r->corporate.reserved + ref_missing_balances(r, o) >
                   r->genesis.balance_max
               ? REASON_TABLE_FULL
               : 0;
}

static uint16_t
room_for(struct ref_venue *r, const struct ref_order *o)
{
    if (ref_open_cnt(r) == r->genesis.order_max)
        return REASON_POOL_FULL;
    uint16_t reason = ref_rest_room(r, o);
    if (reason != 0)
        return reason;
    reason = ref_trail_room(r, o);
    if (reason != 0)
        return reason;
    return ref_order_room(r, o);
}

/* This price, or when it would trade the nearest on the tick that would not; 0 = there is none. */
static int64_t
slid(const struct ref_venue *r, const struct ref_order *o, int64_t price)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    if (!ref_meets_any(r, o->instrument, o->side, price))
        return price;
    bool buys = o->side == SIDE_BUY;
    int64_t best = ref_best_of_all(r, o->instrument, buys ? SIDE_SELL : SIDE_BUY);
    int64_t beside = buys ? ref_tick_at(ins, best - 1) : ref_tick_above(ins, best);
    return beside > ins->def.max_price_units ? 0 : beside;
}

/* The limit that it will have: market-to-limit takes the best price of the other side. */
static uint16_t
set_limit(struct ref_venue *r, struct ref_order *o)
{
    ref_market_now(r, o->instrument);
    if (ref_is_peg(o))
        return ref_peg_room(r, o);
    if (o->type == ORD_MARKET_TO_LIMIT) {
        const struct ref_order *best =
            ref_best(r, o->instrument, o->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
        if (best == NULL)
            return REASON_NO_LIQUIDITY;
        o->price = best->price;
    }
    if ((o->exec_inst & EXEC_POST_SLIDE) != 0) {
        o->price = slid(r, o, o->price);
        if (o->price == 0)
            return REASON_POST_ONLY_WOULD_TAKE;
    }
    return 0;
}

/* The limit; of an order without, what bounds it: the stop price, or the last price, the reference,
 * the best of the other side, made worse by the protection and brought onto the tick. 0 = no price
 * to go by. */
int64_t
ref_cap_of(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_instrument *ins = &r->instruments[o->instrument];
    if (ref_has_limit(o))
        return o->price;
    bool buy = o->side == SIDE_BUY;
    const struct ref_order *opposite = ref_best(r, o->instrument, buy ? SIDE_SELL : SIDE_BUY);
    int64_t from = ref_is_stop(o)   ? o->stop
                   : ins->last      ? ins->last
                   : ins->reference ? ins->reference
                   : opposite       ? opposite->price
                                    : 0;
    if (from == 0)
        return 0;
    wide million = 1000000, most = ins->def.max_price_units;
    wide scaled = from * (million + (buy ? 1 : -1) * (wide)ins->def.protection_ppm);
    if (scaled <= 0)
        return ref_tick_above(ins, 0);
    wide whole = scaled / million;
    if (whole >= most)
        return ref_tick_at(ins, (int64_t)most);
    bool exact = whole * million == scaled && ref_on_tick(ins, (int64_t)whole);
    int64_t above = ref_tick_above(ins, (int64_t)whole);
    return buy || exact || above > most ? ref_tick_at(ins, (int64_t)whole) : above;
}

/* Everything that an order may come to must fit, whatever happens to it. */
static uint16_t
sums_ok(const struct ref_venue *r, const struct ref_order *o)
{
    int64_t open = o->qty - o->cum;
    if ((wide)o->cap * open > INT64_MAX ||
        ref_notional(r, o->instrument, o->cap, open, true) > REF_MOST ||
        (wide)open * r->instruments[o->instrument].def.lot_units > REF_MOST)
        return REASON_TOO_LARGE;
    wide traded = (wide)o->maker_notional + o->taker_notional;
    if (o->side == SIDE_BUY) {
        if (ref_notional(r, o->instrument, o->cap, open, true) + traded > REF_MOST ||
            ref_need_of(r, o) > REF_MOST)
            return REASON_TOO_LARGE;
    } else if (traded == 0 && ref_notional(r, o->instrument, o->cap, open, false) < o->fee_min) {
        return REASON_MIN_FEE_NOT_COVERED;
    }
    return 0;
}

uint16_t
ref_amounts_ok(struct ref_venue *r, const struct ref_order *o)
{
    uint16_t reason = sums_ok(r, o);
    int64_t least = r->instruments[o->instrument].def.min_value_units;
    wide worth = ref_notional(r, o->instrument, o->cap, o->qty, false);
    if (reason == 0 && worth < least) {
        r->refusal = (struct refusal){.value_units = (int64_t)worth, .least_units = least};
        return REASON_MIN_ORDER_VALUE;
    }
    return reason == 0 && !ref_cost_fits(r, o) ? (uint16_t)REASON_TOO_LARGE : reason;
}

static uint16_t
market_allows(struct ref_venue *r, const struct ref_order *o)
{
    ref_market_now(r, o->instrument);
    if ((o->exec_inst & EXEC_POST_ONLY) != 0 && ref_meets_any(r, o->instrument, o->side, o->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    if ((o->type == ORD_LIMIT || o->type == ORD_MARKET_TO_LIMIT) && ref_band_refuses(r, o))
        return REASON_PRICE_BAND;
    int64_t open = o->qty - o->cum;
    if (o->tif == TIF_FOK)
        return ref_fills(r, o, open) ? 0 : REASON_FOK_NOT_FILLED;
    return ref_fills(r, o, o->min_qty < open ? o->min_qty : open) ? 0 : REASON_MIN_QTY_NOT_MET;
}

/* --- new --- */

uint16_t
ref_judge_new(struct ref_venue *r, const struct command_order_new *x, struct ref_order *o,
              uint32_t *detail)
{
    int ins = ref_instrument_of(r, x->instrument_id);
    if (ins < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    uint32_t account = (uint32_t)ref_account_of(r, x->cmd.account_id);
    uint16_t reason = ref_market_open(r, (uint32_t)ins, account, false);
    if (reason == 0)
        reason = form_ok(r, x, (uint32_t)ins, detail);
    if (reason != 0)
        return reason;
    *o = draft_of(r, x, (uint32_t)ins);
    if (x->cmd.rec.type == COMMAND_ORDER_LINKED)
        reason = ref_link_check(r, &x->cmd, o, detail);
    if (reason == 0)
        reason = room_for(r, o);
    if (reason == 0)
        reason = set_limit(r, o);
    if (reason != 0)
        return reason;
    o->cap = ref_cap_of(r, o);
    if (o->cap <= 0)
        return REASON_NO_CAP_PRICE;
    int64_t points = o->type == ORD_MARKET ? ref_points(r, o, o->cap) : 0;
    if (points != 0)
        o->cap = points;
    bool waits = x->time_in_force == TIF_DAY || x->time_in_force == TIF_GTC;
    struct ref_order limit = *o;
    limit.price = points;
    if (points != 0 && waits && x->cmd.rec.type == COMMAND_ORDER_NEW && o->min_qty == 0 &&
        !ref_band_refuses(r, &limit) && r->instruments[ins].def.protection_rests) {
        o->type = ORD_LIMIT;
        o->price = points;
        o->tif = x->time_in_force;
    }
    reason = ref_amounts_ok(r, o);
    if (reason == 0)
        reason = ref_admit(r, o, ref_hold_of(r, o), REF_ENTER);
    if (reason != 0)
        return reason;
    if (ref_hold_of(r, o) > ref_available(ref_held_in(r, o)))
        return REASON_INSUFFICIENT_FUNDS;
    return (o->exec_inst & EXEC_HOLD_PARK) != 0 ? 0 : market_allows(r, o);
}

/* A known id: the order's state once more, when it is the same command. */
bool
ref_answered(struct ref_venue *r, const struct command *cmd)
{
    const struct ref_id *k = ref_id_find(r, REF_ORDERS, cmd->account_id, &cmd->id);
    if (k == NULL)
        return false;
    const struct ref_order *o = &r->orders[k->order];
    if (!ref_id_same(k, cmd)) {
        if (cmd->rec.type == COMMAND_ORDER_NEW || cmd->rec.type == COMMAND_ORDER_LINKED)
            ref_say_refused_new(r, (const void *)cmd, REASON_DUPLICATE_ID, 0);
        else if (cmd->rec.type == COMMAND_ORDER_REPLACE)
            ref_say_refused_change(r, cmd, REASON_DUPLICATE_ID, NULL, NULL);
        else
            (void)ref_say_result(r, cmd, REASON_DUPLICATE_ID, 0);
    } else if (ref_declines(cmd)) {
        (void)ref_say_result(r, cmd, 0, o->order_id);
    } else if (o->place == REF_ASKED) {
        ref_ask_again(r, cmd, o);
    } else {
        ref_say_again(r, cmd, o);
    }
    return true;
}

struct ref_order *
ref_take(struct ref_venue *r, const struct ref_order *draft)
{
    if (r->order_cnt == REF_ORDER_MAX || r->taken_cnt == 2)
        abort();
    struct ref_order *o = &r->orders[r->order_cnt++];
    *o = *draft;
    o->entry = ++r->entries;
    o->order_id = o->entry << 24 | (r->told.order_ids[r->taken_cnt++] & 0xFFFFFF);
    if (o->place == REF_ASKED)
        return o;
    struct ref_order fees = {.account = (uint32_t)ref_account_of(r, r->genesis.fee_account_id),
                             .instrument = o->instrument};
    ref_balance_make(r, ref_balance_of(r, o, true));
    ref_balance_make(r, ref_balance_of(r, o, false));
    ref_balance_make(r, ref_balance_of(r, &fees, true));
    ref_set_hold(r, o, ref_hold_of(r, o));
    return o;
}

struct ref_order *
ref_take_new(struct ref_venue *r, const struct command *cmd, const struct ref_order *draft)
{
    struct ref_order *o = ref_take(r, draft);
    ref_id_add(r, REF_ORDERS, cmd->account_id, &cmd->id, cmd)->order = (uint32_t)(o - r->orders);
    ref_link_join(r, o);
    bool parks = (o->exec_inst & EXEC_HOLD_PARK) != 0;
    if (parks)
        o->place = REF_PARKED;
    (void)ref_say_order(r, cmd, EVENT_ORDER_ACCEPTED, o, parks ? REASON_PARKED : 0);
    return o;
}

void
ref_new(struct ref_venue *r, const struct command *cmd)
{
    const struct command_order_new *x = (const void *)cmd;
    struct ref_order draft;
    uint32_t detail = 0;
    uint16_t reason = ref_sender(r, cmd);
    if (reason == 0 && ref_answered(r, cmd))
        return;
    if (reason == 0)
        reason = ref_judge_new(r, x, &draft, &detail);
    if (reason != 0)
        ref_say_refused_new(r, x, reason, detail);
    if (reason != 0)
        return;
    struct ref_order *o = ref_take_new(r, cmd, &draft);
    if (o->place != REF_PARKED)
        ref_place(r, cmd, o);
}

/* --- cancel and replace --- */

/* The open order that is named by number or by client id; NULL: the refusal is said. */
static struct ref_order *
named(struct ref_venue *r, const struct command *cmd, uint64_t number, const struct client_id *orig)
{
    struct ref_order *o = NULL;
    if (number != 0) {
        for (uint32_t i = 0; i < r->order_cnt; i++) {
            if (r->orders[i].order_id == number)
                o = &r->orders[i];
        }
    } else if (orig->length != 0) {
        const struct ref_id *k = ref_id_find(r, REF_ORDERS, cmd->account_id, orig);
        o = k == NULL ? NULL : &r->orders[k->order];
    }
    if (o == NULL || o->place == REF_DONE) {
        ref_say_refused_change(r, cmd, o == NULL ? REASON_UNKNOWN_ORDER : REASON_TOO_LATE, NULL,
                               number != 0 ? NULL : o);
        return NULL;
    }
    if (cmd->account_id != 0 && r->accounts[o->account].id != cmd->account_id) {
        ref_say_refused_change(r, cmd, REASON_NOT_OWNER, NULL, NULL);
        return NULL;
    }
    if (r->instruments[o->instrument].busy) {
        ref_say_refused_change(r, cmd, REASON_BOOK_BUSY, o, NULL);
        return NULL;
    }
    return o;
}

void
ref_cancel(struct ref_venue *r, const struct command *cmd)
{
    const struct command_order_cancel *x = (const void *)cmd;
    uint16_t reason = ref_sender(r, cmd);
    if (reason != 0) {
        ref_say_refused_change(r, cmd, reason, NULL, NULL);
        return;
    }
    struct ref_order *o = named(r, cmd, x->order_id, &x->orig);
    if (o != NULL)
        ref_kill(r, cmd, o, cmd->actor_id != 0 ? REASON_BY_OPERATOR : REASON_BY_CLIENT,
                 ORD_STATUS_CANCELED, true);
}

/* Only a lower quantity at the same price keeps the order's place. */
static bool
keeps_place(const struct ref_order *o, const struct ref_order *after)
{
    return (o->place == REF_BOOK || o->place == REF_STOP || o->place == REF_WAIT ||
            o->place == REF_PEG || o->place == REF_WHOLE) &&
           after->price == o->price && after->qty <= o->qty;
}

static uint16_t
judge_replace(struct ref_venue *r, const struct command_order_replace *x, const struct ref_order *o,
              struct ref_order *after)
{
    uint16_t reason = ref_market_open(r, o->instrument, o->account, false);
    ref_market_now(r, o->instrument);
    if (reason == 0 && (o->place == REF_DEAL || o->place == REF_ASKED))
        reason = REASON_BAD_STATE;
    if (reason != 0)
        return reason;
    *after = *o;
    after->price = x->price_units != 0 ? x->price_units : o->price;
    after->qty = x->qty_lots != 0 ? x->qty_lots : o->qty;
    if (!ref_has_limit(after) && x->price_units != 0)
        return REASON_BAD_PRICE;
    if (ref_has_limit(after)) {
        reason = ref_price_ok(r, o->instrument, after->price);
        if (reason != 0)
            return reason;
        if ((o->exec_inst & EXEC_POST_SLIDE) != 0 && o->place == REF_BOOK)
            after->price = slid(r, o, after->price);
        if (after->price == 0)
            return REASON_POST_ONLY_WOULD_TAKE;
        after->cap = after->price;
    }
    if (after->qty <= 0 || after->qty < r->instruments[o->instrument].def.min_qty_lots)
        return REASON_QTY_OFF_LOT;
    if (after->qty <= o->cum)
        return REASON_REPLACE_BELOW_FILLED;
    if (!ref_parts_ok(after))
        return REASON_TOO_LARGE;
    if (x->cmd.id.length > 0 && !ref_id_room(r))
        return REASON_CLIENT_IDS_FULL;
    if (!ref_work_room(r))
        return REASON_BUSY;
    if (!keeps_place(o, after))
        reason = ref_rest_room(r, after);
    if (reason == 0)
        reason = ref_amounts_ok(r, after);
    if (reason == 0)
        reason = ref_admit(r, after, ref_hold_of(r, after) - o->hold + ref_link_more(r, after),
                           REF_REPLACE);
    if (reason != 0)
        return reason;
    if (ref_hold_of(r, after) - o->hold + ref_link_more(r, after) >
        ref_available(ref_held_in(r, o)))
        return REASON_INSUFFICIENT_FUNDS;
    if ((o->exec_inst & EXEC_POST_ONLY) != 0 && o->place == REF_BOOK && !keeps_place(o, after) &&
        ref_meets_any(r, o->instrument, o->side, after->cap))
        return REASON_POST_ONLY_WOULD_TAKE;
    if ((o->place == REF_BOOK || o->place == REF_WHOLE) && !keeps_place(o, after) &&
        ref_band_refuses(r, after))
        return REASON_PRICE_BAND;
    return 0;
}

static void
take_replace(struct ref_venue *r, const struct command *cmd, struct ref_order *o,
             const struct ref_order *after)
{
    struct ref_order before = *o;
    bool shown = o->place == REF_BOOK;
    bool moves = o->place != REF_PARKED && !keeps_place(o, after);
    if (cmd->id.length > 0) {
        ref_id_end(r, o);
        ref_id_add(r, REF_ORDERS, cmd->account_id, &cmd->id, cmd)->order =
            (uint32_t)(o - r->orders);
        o->id = cmd->id;
    }
    o->price = after->price;
    o->cap = after->cap;
    o->qty = after->qty;
    ref_set_hold(r, o, ref_hold_of(r, o));
    if (moves)
        o->place = REF_TAKING;
    ref_say_order(r, cmd, EVENT_ORDER_REPLACED, o, 0)->orig = before.id;
    if (shown && moves)
        ref_book_moved(r, o->instrument);
    if (shown && moves)
        ref_say_book(r, EVENT_BOOK_DELETE, &before, 0);
    else if (shown && ref_show_less(o, ref_shows(&before)))
        ref_say_book(r, EVENT_BOOK_CHANGE, o, ref_shows(o));
    if (moves)
        ref_place(r, cmd, o);
    else if (o->place == REF_WHOLE)
        ref_wholes_moved(r, o->instrument);
}

void
ref_replace(struct ref_venue *r, const struct command *cmd)
{
    const struct command_order_replace *x = (const void *)cmd;
    struct ref_order after;
    uint16_t reason = ref_sender(r, cmd);
    if (reason != 0) {
        ref_say_refused_change(r, cmd, reason, NULL, NULL);
        return;
    }
    if (cmd->id.length > 0 && ref_answered(r, cmd))
        return;
    struct ref_order *o = named(r, cmd, x->order_id, &x->orig);
    if (o == NULL)
        return;
    reason = judge_replace(r, x, o, &after);
    if (reason != 0)
        ref_say_refused_change(r, cmd, reason, o, NULL);
    else
        take_replace(r, cmd, o, &after);
}

/* --- parked orders --- */

/* One that slides is priced anew, in the market that it comes into. */
static uint16_t
slide_again(struct ref_venue *r, struct ref_order *o)
{
    struct ref_order after = *o;
    ref_market_now(r, o->instrument);
    after.price = after.cap = slid(r, o, o->price);
    if (after.price == 0)
        return REASON_POST_ONLY_WOULD_TAKE;
    uint16_t reason = sums_ok(r, &after);
    if (reason != 0)
        return reason;
    o->price = o->cap = after.price;
    ref_set_hold(r, o, ref_hold_of(r, o));
    return 0;
}

static uint16_t
judge_release(struct ref_venue *r, struct ref_order *o)
{
    uint16_t reason = (o->exec_inst & EXEC_POST_SLIDE) != 0 ? slide_again(r, o) : 0;
    if (reason == 0)
        reason = ref_released(r, o);
    if (reason == 0 && ref_call_refuses(r, o))
        reason = REASON_CALL_PHASE;
    if (reason == 0 && !ref_cost_fits(r, o))
        reason = REASON_TOO_LARGE;
    if (reason == 0)
        reason = ref_trail_room(r, o);
    if (reason == 0)
        reason = ref_rest_room(r, o);
    return reason != 0 ? reason : market_allows(r, o);
}

void
ref_release(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    uint16_t reason = judge_release(r, o);
    if (reason != 0) {
        ref_kill(r, cmd, o, reason, ORD_STATUS_CANCELED, false);
        return;
    }
    o->place = REF_TAKING;
    (void)ref_say_order(r, cmd, EVENT_ORDER_RELEASED, o, 0);
    ref_place(r, cmd, o);
}

void
ref_decide(struct ref_venue *r, const struct command *cmd)
{
    const struct command_order_decide *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_COMPLIANCE, 0, &d))
        return;
    struct ref_order *o = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        if (r->orders[i].order_id == x->order_id && r->orders[i].place != REF_DONE)
            o = &r->orders[i];
    }
    uint16_t reason = o == NULL                ? REASON_UNKNOWN_ORDER
                      : o->place != REF_PARKED ? REASON_BAD_STATE
                      : x->release == 1 ? ref_market_open(r, o->instrument, o->account, false)
                                        : 0;
    if (reason == 0 && x->release == 1 && !ref_work_room(r))
        reason = REASON_BUSY;
    (void)ref_say_result(r, cmd, reason, x->order_id);
    if (reason != 0)
        return;
    ref_desk_done(r, cmd, &d, x->order_id);
    if (x->release == 0) {
        ref_kill(r, cmd, o, x->reason != 0 ? (uint16_t)x->reason : REASON_BY_OPERATOR,
                 ORD_STATUS_CANCELED, false);
        return;
    }
    ref_release(r, cmd, o);
}
