#include "engine/core/core_offering.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_deal.h"

/* Primary issue: an operator begins the offering of an instrument. What is offered is there: the
 * issuer's own, brought in by deposits as any asset, and held by an order of the issuer from now
 * on, so that nothing is sold that the venue has not got. Within its window everybody who may trade
 * the instrument subscribes: an order to buy (EXEC_OFFERING) that waits outside the book
 * (PLACE_OFFERING) with the hold of its limit, by time. A subscription may be made smaller at its
 * place, changed otherwise at the end of the line, or taken back, unless the offering says that
 * they bind. An account has several if it likes; together they are within its cap. Then
 * core_allot.c sells at one price.
 * What is checked of a subscription, the first that applies decides:
 *   1 as of an order: session, account, actor, client id (known: answered)
 *   2 instrument known, not retired; venue's mode; kill switches; not halted; no end of a day
 *   3 an offering is open, its window too
 *   4 a limit order to buy, good till canceled, with no other instruction
 *   5 price: tick, the offering's range; quantity: the instrument's minimum, the offering's bounds;
 *     not the issuer's own, as the instrument says who that is; the account's cap
 *   6 as of an order: room, amounts, freeze, the hooks' decision, funds; the hooks' pair
 * source: Regulation (EU) 2017/1129 (prospectus), Articles 17 and 23, has offers with a final price
 * or a maximum and subscriptions until an end; that they bind or not is the offering's to say */

/* --- telling --- */

void
core_offering_emit(struct core *c, const struct core_offering *f, uint8_t state,
                   uint32_t session_id)
{
    struct event_offering *e =
        core_emit(c, EVENT_OFFERING, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->offering = f->offering;
    e->instrument_id = c->view_instruments[f->instrument_idx].instrument_id;
    e->state = state;
    e->method = f->method;
    e->offering_flags = f->flags;
    e->zero = 0;
    e->reason = f->reason;
    e->zero1 = 0;
    e->subscription_cnt = state == OFFERING_OPEN ? 0 : f->subscription_cnt;
    e->low_units = f->low_units;
    e->high_units = f->high_units;
    e->total_lots = f->total_lots;
    e->min_total_lots = f->min_total_lots;
    e->min_lots = f->min_lots;
    e->max_lots = f->max_lots;
    e->cap_lots = f->cap_lots;
    e->from_ns = f->from_ns;
    e->until_ns = f->until_ns;
    e->price_units = f->price_units;
    e->subscribed_lots = f->subscribed_lots;
    e->allotted_lots = f->allotted_lots;
}

/* --- who has subscribed --- */

/* Those of an account, whatever they are of, hang together by their level, which they have none of:
 * slot + 1, 0 = no more. */
static void
account_add(struct core *c, uint32_t slot)
{
    struct order *o = order_at(&c->pools.orders, slot);
    o->level = c->subscribed[o->account_idx];
    c->subscribed[o->account_idx] = slot + 1;
}

static void
account_remove(struct core *c, uint32_t slot)
{
    const struct order_pool *p = &c->pools.orders;
    uint32_t *at = &c->subscribed[order_at(p, slot)->account_idx];
    while (*at != slot + 1) {
        CHECK(*at != 0);
        at = &order_at(p, *at - 1)->level;
    }
    *at = order_at(p, slot)->level;
}

void
core_offering_add(struct core *c, uint32_t slot)
{
    const struct order_pool *p = &c->pools.orders;
    struct order *o = order_at(p, slot);
    struct core_offering *f = &c->offerings[o->instrument_idx];
    o->prev = f->tail;
    o->next = ORDER_NONE;
    o->place = PLACE_OFFERING;
    *(o->prev == ORDER_NONE ? &f->head : &order_at(p, o->prev)->next) = slot;
    f->tail = slot;
    f->subscription_cnt++;
    f->open_lots += o->leaves_lots;
    account_add(c, slot);
}

void
core_offering_remove(struct core *c, uint32_t slot)
{
    const struct order_pool *p = &c->pools.orders;
    struct order *o = order_at(p, slot);
    struct core_offering *f = &c->offerings[o->instrument_idx];
    if (o->order_id == f->order_id) {
        f->order_id = 0;
        return;
    }
    if (f->cursor == slot)
        f->cursor = o->next;
    *(o->prev == ORDER_NONE ? &f->head : &order_at(p, o->prev)->next) = o->next;
    *(o->next == ORDER_NONE ? &f->tail : &order_at(p, o->next)->prev) = o->prev;
    f->subscription_cnt--;
    f->open_lots -= o->leaves_lots;
    account_remove(c, slot);
}

void
core_offering_reduce(struct core *c, uint32_t slot, int64_t lots)
{
    c->offerings[order_at(&c->pools.orders, slot)->instrument_idx].open_lots -= lots;
}

/* The cap, of the account's subscriptions but this one (ORDER_NONE: all) and so many lots more. */
static uint16_t
check_cap(const struct core *c, const struct core_offering *f, uint32_t account_idx, uint32_t but,
          int64_t lots)
{
    const struct order_pool *p = &c->pools.orders;
    uint32_t cnt = 0;
    int64_t left = f->cap_lots - lots;
    for (uint32_t at = c->subscribed[account_idx]; at != 0; at = order_at(p, at - 1)->level) {
        cnt++;
        if (at - 1 != but && order_at(p, at - 1)->instrument_idx == f->instrument_idx)
            left -= order_at(p, at - 1)->leaves_lots;
    }
    if (f->cap_lots != 0 && left < 0)
        return REASON_OFFERING_CAP;
    return cnt >= SUBSCRIPTION_MAX && but == ORDER_NONE ? REASON_MAX_OPEN_ORDERS : 0;
}

/* --- subscribing --- */

/* Steps 2 and 3. */
static uint16_t
check_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    const struct core_offering *f = &c->offerings[instrument_idx];
    if (c->instruments[instrument_idx].retired)
        return REASON_INSTRUMENT_RETIRED;
    if (c->mode == MODE_CANCEL_ONLY)
        return REASON_CANCEL_ONLY;
    if (core_killed(c, instrument_idx, account_idx))
        return REASON_KILL_SWITCH;
    if (c->view_instruments[instrument_idx].state == TRADING_HALTED)
        return REASON_HALTED;
    if (c->day_end_open || c->expiry_open)
        return REASON_BOOK_BUSY;
    bool open =
        f->stage == OFFERING_AT_OPEN && c->time_ns >= f->from_ns && c->time_ns < f->until_ns;
    return open ? 0 : REASON_NO_OFFERING;
}

/* Step 4. */
static uint16_t
check_form(const struct command_order_new *o, uint32_t *detail)
{
    if (o->side != SIDE_BUY)
        return REASON_BAD_SIDE;
    if (o->ord_type != ORD_LIMIT)
        return REASON_BAD_ORDER_TYPE;
    if (o->time_in_force != TIF_GTC)
        return REASON_BAD_TIME_IN_FORCE;
    if (o->exec_inst != EXEC_OFFERING || o->cmd.rec.type != COMMAND_ORDER_NEW)
        *detail = offsetof(struct command_order_new, exec_inst);
    else if (o->peg_offset_units != 0)
        *detail = offsetof(struct command_order_new, peg_offset_units);
    else if (o->stop_units != 0)
        *detail = offsetof(struct command_order_new, stop_units);
    else if (o->display_lots != 0 || o->display_range != 0)
        *detail = offsetof(struct command_order_new, display_lots);
    else if (o->min_qty_lots != 0)
        *detail = offsetof(struct command_order_new, min_qty_lots);
    else if (o->expire_ns != 0)
        *detail = offsetof(struct command_order_new, expire_ns);
    return *detail != 0 ? REASON_BAD_FIELD : 0;
}

/* Step 5, of what it is or is to be. */
static uint16_t
check_terms(const struct core *c, const struct core_offering *f, int64_t price_units,
            int64_t qty_lots)
{
    uint16_t reason = core_price_check(c, f->instrument_idx, price_units);
    if (reason != 0)
        return reason;
    if (price_units < f->low_units || price_units > f->high_units)
        return REASON_OFFERING_PRICE;
    if (qty_lots <= 0 || qty_lots < c->instruments[f->instrument_idx].min_qty_lots)
        return REASON_QTY_OFF_LOT;
    return qty_lots < f->min_lots || (f->max_lots != 0 && qty_lots > f->max_lots)
               ? REASON_OFFERING_QTY
               : 0;
}

static uint32_t
issuer_of(const struct core *c, const struct core_offering *f)
{
    uint32_t slot = order_pool_find(&c->pools.orders, f->order_id);
    CHECK(slot != ORDER_NONE);
    return order_at(&c->pools.orders, slot)->account_idx;
}

/* Not with oneself: an issuer that takes its own issue has sold nothing. */
static uint16_t
check_party(const struct core *c, const struct core_offering *f, uint32_t account_idx)
{
    uint32_t issuer_idx = issuer_of(c, f);
    bool self = account_idx == issuer_idx ||
                (c->instruments[f->instrument_idx].self_trade_by &&
                 core_meet(c, f->instrument_idx, account_idx, issuer_idx) == MEET_SELF);
    return self ? REASON_SELF_TRADE : 0;
}

static uint16_t
check_sum(const struct core_offering *f, int64_t lots)
{
    int64_t sum;
    return __builtin_add_overflow(f->open_lots, lots, &sum) ? REASON_TOO_LARGE : 0;
}

/* Step 6. One may not be parked: it would be decided about when the offering may be over. */
static uint16_t
admit(struct core *c, const struct command_order_new *o, struct core_terms *t)
{
    uint8_t verdict = VERDICT_ALLOW;
    uint16_t reason = core_order_admit(c, o, t, &verdict);
    return reason == 0 && verdict == VERDICT_HOLD ? REASON_NEEDS_APPROVAL : reason;
}

static uint16_t
judge_subscription(struct core *c, const struct command_order_new *o, struct core_terms *t)
{
    const struct core_offering *f = &c->offerings[t->instrument_idx];
    uint16_t reason = check_open(c, t->instrument_idx, t->account_idx);
    if (reason == 0)
        reason = check_form(o, &t->detail);
    if (reason == 0)
        reason = check_terms(c, f, o->price_units, o->qty_lots);
    if (reason == 0)
        reason = check_party(c, f, t->account_idx);
    if (reason == 0)
        reason = check_cap(c, f, t->account_idx, ORDER_NONE, o->qty_lots);
    if (reason == 0)
        reason = check_sum(f, o->qty_lots);
    if (reason != 0)
        return reason;
    struct command_order_new negotiated = *o;
    negotiated.exec_inst |= EXEC_NEGOTIATED;
    reason = admit(c, &negotiated, t);
    return reason == 0 && !core_may_pair(c, t->instrument_idx, t->account_idx, issuer_of(c, f))
               ? (uint16_t)REASON_PAIR_NOT_ALLOWED
               : reason;
}

void
core_offering_subscribe(struct core *c, const struct command_order_new *x,
                        const struct core_terms *entered, const struct client_key *key,
                        uint64_t hash, uint64_t digest)
{
    struct core_terms t = *entered;
    t.plain = true; /* a limit price as it is */
    uint16_t reason = judge_subscription(c, x, &t);
    if (reason != 0) {
        core_emit_refusal(c, &x->cmd, reason, t.detail);
        return;
    }
    struct command_order_new o = *x;
    o.exec_inst |= EXEC_NEGOTIATED;
    uint32_t slot = core_order_take(c, &o, &t, key, hash, digest);
    core_offering_add(c, slot);
    core_emit_order(c, EVENT_ORDER_ACCEPTED, slot, 0, ORD_STATUS_NEW);
}

/* --- changing, taking back --- */

static bool
is_issuers(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    return o->order_id == c->offerings[o->instrument_idx].order_id;
}

static bool
in_window(const struct core *c, const struct core_offering *f)
{
    return f->stage == OFFERING_AT_OPEN && c->time_ns < f->until_ns;
}

uint16_t
core_offering_keeps(const struct core *c, uint32_t slot, bool forced)
{
    const struct core_offering *f = &c->offerings[order_at(&c->pools.orders, slot)->instrument_idx];
    if (is_issuers(c, slot))
        return REASON_BAD_STATE; /* WITHDRAW ends it, and all that belongs to it */
    if (forced)
        return 0;
    return (f->flags & OFFERING_BINDING) != 0 || !in_window(c, f) ? REASON_OFFERING_BINDS : 0;
}

uint16_t
core_offering_amends(const struct core *c, uint32_t slot, int64_t price_units, int64_t qty_lots)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct core_offering *f = &c->offerings[o->instrument_idx];
    bool less = price_units < o->price_units || qty_lots < o->leaves_lots;
    if (is_issuers(c, slot))
        return REASON_BAD_STATE;
    if (!in_window(c, f) || (less && (f->flags & OFFERING_BINDING) != 0))
        return REASON_OFFERING_BINDS;
    uint16_t reason = check_open(c, o->instrument_idx, o->account_idx);
    if (reason == 0)
        reason = check_terms(c, f, price_units, qty_lots);
    if (reason == 0)
        reason = check_cap(c, f, o->account_idx, slot, qty_lots);
    return reason == 0 ? check_sum(f, qty_lots) : reason;
}

/* The issuer's order ends with its offering alone; a subscription does not with its session, and
 * not at the client's wish where that alone could not end it. */
bool
core_offering_meant(const struct core *c, const struct work *w, uint32_t slot)
{
    bool asked = w->kind == WORK_CANCEL && w->value == REASON_MASS_CANCEL && w->actor_id == 0;
    return !w->flagged_only && w->kind != WORK_DAY_END && core_offering_keeps(c, slot, !asked) == 0;
}

/* --- beginning, withdrawing --- */

static uint32_t
bad_field(const struct command_offering *x, int64_t now_ns)
{
    const uint32_t flags = OFFERING_BINDING | OFFERING_TRADING;
    int64_t from_ns = x->from_ns > now_ns ? x->from_ns : now_ns;
    if (x->method != OFFERING_PRO_RATA && x->method != OFFERING_BY_TIME)
        return offsetof(struct command_offering, method);
    if ((x->offering_flags & ~flags) != 0)
        return offsetof(struct command_offering, offering_flags);
    if (x->high_units < x->low_units)
        return offsetof(struct command_offering, high_units);
    if (x->min_total_lots < 0 || x->min_total_lots > x->total_lots)
        return offsetof(struct command_offering, min_total_lots);
    if (x->min_lots < 0 || x->min_lots > x->total_lots)
        return offsetof(struct command_offering, min_lots);
    if (x->max_lots < 0 || (x->max_lots != 0 && x->max_lots < x->min_lots))
        return offsetof(struct command_offering, max_lots);
    if (x->cap_lots < 0 || (x->cap_lots != 0 && x->cap_lots < x->min_lots))
        return offsetof(struct command_offering, cap_lots);
    if (x->from_ns < 0)
        return offsetof(struct command_offering, from_ns);
    return x->until_ns <= from_ns ? offsetof(struct command_offering, until_ns) : 0;
}

/* The instrument, and whether anything is in the way of an offering. */
static uint16_t
check_instrument(const struct core *c, const struct command_offering *x, uint32_t idx)
{
    const struct core_instrument *ins = &c->instruments[idx];
    uint8_t state = c->view_instruments[idx].state;
    if (ins->retired)
        return REASON_INSTRUMENT_RETIRED;
    if (c->offerings[idx].stage != OFFERING_AT_NONE)
        return REASON_OFFERING_ON;
    if (core_corporate_on(c, ins->asset_idx))
        return REASON_CORPORATE_ACTION;
    if ((x->offering_flags & OFFERING_TRADING) == 0 && state != TRADING_CLOSED &&
        state != TRADING_HALTED)
        return REASON_NOT_HALTED;
    uint16_t reason = core_price_check(c, idx, x->low_units);
    if (reason == 0)
        reason = core_price_check(c, idx, x->high_units);
    if (reason != 0)
        return reason;
    return x->total_lots <= 0 || x->total_lots < ins->min_qty_lots ? REASON_QTY_OFF_LOT : 0;
}

/* The issuer's order, of all that is offered. */
static void
issuers_order(const struct command_offering *x, struct command_order_new *o)
{
    command_init(&o->cmd, COMMAND_ORDER_NEW);
    o->cmd.account_id = x->cmd.account_id;
    o->cmd.id = x->cmd.id;
    o->instrument_id = x->instrument_id;
    o->side = SIDE_SELL;
    o->ord_type = ORD_LIMIT;
    o->time_in_force = TIF_GTC;
    o->exec_inst = EXEC_NEGOTIATED | EXEC_OFFERING;
    o->price_units = x->low_units;
    o->qty_lots = x->total_lots;
}

/* What it may bring at most is within the venue's numbers. */
static bool
proceeds_fit(const struct core *c, const struct command_offering *x, uint32_t idx)
{
    int64_t cost, floor_units, ceil_units;
    return !__builtin_mul_overflow(x->high_units, x->total_lots, &cost) &&
           money_notional_fits(&c->instruments[idx].rate, cost, &floor_units, &ceil_units);
}

static uint16_t
judge_begin(struct core *c, const struct command_offering *x, struct core_bargain *d,
            uint32_t *detail)
{
    struct core_terms *t = &d->t[MINE];
    t->account_idx = core_account_idx(c, x->cmd.account_id);
    if (t->account_idx == CORE_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    uint16_t reason = check_instrument(c, x, t->instrument_idx);
    if (reason != 0)
        return reason;
    *detail = bad_field(x, c->time_ns);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (t->account_idx == c->issue_account_idx)
        return REASON_NOT_AUTHORIZED;
    if (core_killed(c, t->instrument_idx, t->account_idx))
        return REASON_KILL_SWITCH;
    issuers_order(x, &d->order[MINE]);
    reason = core_deal_check_id(c, d, MINE);
    if (reason == 0)
        reason = core_deal_room_for_two(c); /* the command's id is one more */
    if (reason == 0 && !proceeds_fit(c, x, t->instrument_idx))
        reason = REASON_TOO_LARGE;
    t->session_idx = ORDER_NONE;
    t->plain = true;
    return reason == 0 ? admit(c, &d->order[MINE], t) : reason;
}

static void
begin(struct core *c, const struct command_offering *x, struct core_bargain *d)
{
    struct core_offering *f = &c->offerings[d->t[MINE].instrument_idx];
    uint64_t digest = core_content_digest(c, &x->cmd);
    uint32_t slot =
        core_order_take(c, &d->order[MINE], &d->t[MINE], &d->key[MINE], d->hash[MINE], digest);
    struct order *o = order_at(&c->pools.orders, slot);
    o->place = PLACE_OFFERING;
    *f = (struct core_offering){.order_id = o->order_id,
                                .offering = o->order_id,
                                .instrument_idx = d->t[MINE].instrument_idx,
                                .head = ORDER_NONE,
                                .tail = ORDER_NONE,
                                .cursor = ORDER_NONE,
                                .stage = OFFERING_AT_OPEN,
                                .method = x->method,
                                .flags = x->offering_flags,
                                .low_units = x->low_units,
                                .high_units = x->high_units,
                                .total_lots = x->total_lots,
                                .min_total_lots = x->min_total_lots > 0 ? x->min_total_lots : 1,
                                .min_lots = x->min_lots,
                                .max_lots = x->max_lots,
                                .cap_lots = x->cap_lots,
                                .from_ns = x->from_ns != 0 ? x->from_ns : c->time_ns,
                                .until_ns = x->until_ns};
    core_emit_order(c, EVENT_ORDER_ACCEPTED, slot, 0, ORD_STATUS_NEW);
    core_offering_emit(c, f, OFFERING_OPEN, x->cmd.session_id);
    core_offerings_schedule(c);
}

static uint16_t
judge_withdraw(const struct core *c, const struct command_offering *x, uint32_t idx,
               uint32_t *detail)
{
    struct command_offering alone = {.cmd = x->cmd, .instrument_id = x->instrument_id};
    alone.action = x->action;
    if (memcmp(&alone, x, sizeof(alone)) != 0)
        *detail = offsetof(struct command_offering, method);
    else if (x->cmd.account_id != 0)
        *detail = offsetof(struct command, account_id);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (c->offerings[idx].stage == OFFERING_AT_NONE)
        return REASON_NO_OFFERING;
    if (c->offerings[idx].stage != OFFERING_AT_OPEN)
        return REASON_TOO_LATE;
    return core_work_has_room(c) ? 0 : REASON_BUSY;
}

void
core_offering(struct core *c, const struct command *cmd)
{
    const struct command_offering *x = (const void *)cmd;
    struct core_admin a;
    struct core_bargain d = {0};
    uint32_t detail = 0;
    if (!core_known_to_rules(c, cmd) ||
        !core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, ADMIN_ID_REQUIRED, &a))
        return;
    uint32_t idx = d.t[MINE].instrument_idx = core_instrument_idx(c, x->instrument_id);
    uint16_t reason = REASON_BAD_FIELD;
    if (idx == CORE_NONE)
        reason = REASON_UNKNOWN_INSTRUMENT;
    else if (x->action == OFFERING_BEGIN)
        reason = judge_begin(c, x, &d, &detail);
    else if (x->action == OFFERING_WITHDRAW)
        reason = judge_withdraw(c, x, idx, &detail);
    else
        detail = offsetof(struct command_offering, action);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    struct core_offering *f = &c->offerings[idx];
    if (x->action == OFFERING_BEGIN)
        begin(c, x, &d);
    else
        core_offering_release(c, f, OFFERING_WITHDRAWN, REASON_OFFERING_WITHDRAWN);
    core_admin_done(c, cmd, &a, f->offering);
    if (x->action == OFFERING_WITHDRAW)
        core_work_start(c, &(struct work){.kind = WORK_OFFERING, .instrument_idx = idx});
}

/* --- what must hold --- */

static bool
figures_ok(const struct core_offering *f)
{
    return f->stage >= OFFERING_AT_OPEN && f->stage <= OFFERING_AT_RELEASE && f->offering != 0 &&
           (f->method == OFFERING_PRO_RATA || f->method == OFFERING_BY_TIME) && f->low_units > 0 &&
           f->low_units <= f->high_units && f->total_lots > 0 && f->share_lots >= 0 &&
           f->at_lots >= 0 && f->above_lots >= 0 && f->sum >= 0 &&
           (f->stage != OFFERING_AT_ALLOT || f->price_units >= f->low_units);
}

static bool
issuer_ok(const struct core *c, const struct core_offering *f)
{
    uint32_t slot = order_pool_find(&c->pools.orders, f->order_id);
    if (f->order_id == 0)
        return f->stage == OFFERING_AT_ALLOT;
    const struct order *o = slot == ORDER_NONE ? NULL : order_at(&c->pools.orders, slot);
    return o != NULL && o->place == PLACE_OFFERING && o->side == SIDE_SELL &&
           o->instrument_idx == f->instrument_idx;
}

static bool
subscription_ok(const struct core *c, const struct core_offering *f, uint32_t slot, uint32_t last)
{
    if (slot >= c->pools.orders.used_max)
        return false;
    const struct order *o = order_at(&c->pools.orders, slot);
    return o->order_id != 0 && o->place == PLACE_OFFERING && o->side == SIDE_BUY &&
           o->instrument_idx == f->instrument_idx && o->prev == last;
}

/* The list as it is, and the sums that go with it. */
static bool
list_ok(const struct core *c, const struct core_offering *f, uint32_t *cnt, int64_t *lots)
{
    uint32_t last = ORDER_NONE, at = f->head;
    bool cursor = f->cursor == ORDER_NONE;
    for (*cnt = 0, *lots = 0; at != ORDER_NONE;
         last = at, at = order_at(&c->pools.orders, at)->next) {
        if (!subscription_ok(c, f, at, last) || ++*cnt > c->pools.orders.cnt ||
            __builtin_add_overflow(*lots, order_at(&c->pools.orders, at)->leaves_lots, lots))
            return false;
        cursor = cursor || f->cursor == at;
    }
    return cursor && f->tail == last && *cnt == f->subscription_cnt && *lots == f->open_lots;
}

bool
core_offering_load(struct core *c, const struct core_offering *f)
{
    uint32_t cnt;
    int64_t lots;
    if (f->instrument_idx >= c->view.instrument_cnt ||
        c->offerings[f->instrument_idx].stage != OFFERING_AT_NONE || !figures_ok(f) ||
        !issuer_ok(c, f) || !list_ok(c, f, &cnt, &lots))
        return false;
    c->offerings[f->instrument_idx] = *f;
    for (uint32_t at = f->head; at != ORDER_NONE; at = order_at(&c->pools.orders, at)->next)
        account_add(c, at);
    return true;
}

uint32_t
core_offering_check(const struct core *c, uint32_t instrument_idx)
{
    const struct core_offering *f = &c->offerings[instrument_idx];
    uint32_t cnt, works = 0;
    int64_t lots;
    for (uint32_t i = 0; i < c->work_cnt; i++)
        works += c->works[i].kind == WORK_OFFERING && c->works[i].instrument_idx == instrument_idx;
    CHECK(works == (f->stage > OFFERING_AT_OPEN));
    if (f->stage == OFFERING_AT_NONE)
        return 0;
    CHECK(f->instrument_idx == instrument_idx && figures_ok(f) && issuer_ok(c, f));
    CHECK(list_ok(c, f, &cnt, &lots));
    CHECK(!core_offering_shuts(c, instrument_idx, c->view_instruments[instrument_idx].state));
    CHECK(f->allotted_lots <= f->total_lots);
    if (f->order_id != 0)
        CHECK(order_at(&c->pools.orders, order_pool_find(&c->pools.orders, f->order_id))
                  ->leaves_lots == f->total_lots - f->allotted_lots);
    for (uint32_t at = f->head; at != ORDER_NONE; at = order_at(&c->pools.orders, at)->next) {
        int64_t price_units = order_at(&c->pools.orders, at)->price_units;
        CHECK(price_units >= f->low_units && price_units <= f->high_units);
    }
    return cnt + (f->order_id != 0);
}
