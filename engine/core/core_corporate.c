#include "engine/core/core_corporate.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_request.h"
#include "engine/core/core_share.h"
#include "engine/model/symbol.h"

/* Corporate actions. A split gives each holder so many units for so many, rounded down to a whole
 * multiple of a step; what is left over is gone, paid for by the issuer where a price is stated. A
 * redemption takes all units, pays a price for them and retires the asset's instruments. Both are
 * of an asset, whose instruments must be halted or closed, with nothing left to be settled; one
 * command judges all of it and keeps back what the issuer may have to pay, so that it is refused
 * whole or carried out whole. Work then tells of each instrument, cancels all open orders and goes
 * over the holders by account; until it is done nothing else moves any of the asset. What a split
 * makes comes out of the issue account, what is taken goes back there, so that sums stay zero.
 * A name is that of one instrument and changes nothing else: orders stay.
 * source: FINRA Rule 5330 (members adjust orders for a forward split and cancel them for a reverse
 *         one); Saxo Bank, order cancellation (splits, reverse splits, delistings cancel) */

typedef __int128 wide;

/* --- figures --- */

static int64_t
whole_asset(const struct core *c, uint32_t asset_idx)
{
    int64_t units = 1;
    for (int i = 0; i < c->ledger.assets[asset_idx].scale; i++)
        units *= 10;
    return units;
}

/* What a price before the split is after it: the nearest, at least one unit; 0 stays. */
static wide
scaled_price(const struct command_corporate_action *x, int64_t price_units)
{
    wide units = ((wide)price_units * x->ratio_old + x->ratio_new / 2) / x->ratio_new;
    return units == 0 && price_units != 0 ? 1 : units;
}

/* Units after the split; *fraction: what is left over, in parts of which ratio_old make a unit. */
static int64_t
split_units(const struct command_corporate_action *x, int64_t units, int64_t *fraction)
{
    wide parts = (wide)units * x->ratio_new;
    wide step = (wide)x->step_units * x->ratio_old;
    *fraction = (int64_t)(parts % step);
    return (int64_t)(parts / step * x->step_units);
}

/* --- whether it can be --- */

static bool
bad_ratio(const struct command_corporate_action *x, uint32_t part)
{
    if (x->kind != CORPORATE_SPLIT)
        return part != 0;
    return part == 0 || part > CORPORATE_RATIO_MAX || x->ratio_new == x->ratio_old;
}

static uint32_t
bad_field(const struct core *c, const struct command_corporate_action *x, uint32_t asset_idx)
{
    bool split = x->kind == CORPORATE_SPLIT, name = x->kind == CORPORATE_NAME;
    if (x->kind < CORPORATE_SPLIT || x->kind > CORPORATE_REDEMPTION)
        return offsetof(struct command_corporate_action, kind);
    if (bad_ratio(x, x->ratio_new))
        return offsetof(struct command_corporate_action, ratio_new);
    if (bad_ratio(x, x->ratio_old))
        return offsetof(struct command_corporate_action, ratio_old);
    if (split ? x->step_units <= 0 || x->step_units > whole_asset(c, asset_idx)
              : x->step_units != 0)
        return offsetof(struct command_corporate_action, step_units);
    if (x->price_units < 0 || (!split && (x->price_units == 0) != name))
        return offsetof(struct command_corporate_action, price_units);
    if ((x->payer_account_id != 0) != (x->price_units != 0))
        return offsetof(struct command_corporate_action, payer_account_id);
    if ((x->symbol[0] != 0) != name || !symbol_well_formed(x->symbol))
        return offsetof(struct command_corporate_action, symbol);
    if ((x->asset_symbol[0] != 0 && !name) || !symbol_well_formed(x->asset_symbol))
        return offsetof(struct command_corporate_action, asset_symbol);
    return 0;
}

static bool
is_shut(const struct core *c, uint32_t instrument_idx)
{
    uint8_t state = c->view_instruments[instrument_idx].state;
    return state == TRADING_HALTED || state == TRADING_CLOSED;
}

/* Whether the prices that others are measured by are within the instrument's after a split. */
static bool
prices_fit(const struct core *c, const struct command_corporate_action *x, uint32_t instrument_idx)
{
    const struct hook_instrument *v = &c->view_instruments[instrument_idx];
    int64_t most = c->instruments[instrument_idx].max_price_units;
    return scaled_price(x, v->last_units) <= most && scaled_price(x, v->reference_units) <= most &&
           scaled_price(x, c->bands[instrument_idx].static_units) <= most;
}

/* Of every instrument of the asset; retired ones trade no more. */
static uint16_t
check_instruments(const struct core *c, const struct command_corporate_action *x,
                  uint32_t asset_idx)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        const struct core_instrument *ins = &c->instruments[i];
        bool offered = c->offerings[i].stage != OFFERING_AT_NONE; /* retired or not */
        if (offered && (ins->asset_idx == asset_idx || ins->cash_idx == asset_idx))
            return REASON_OFFERING_ON;
        if (ins->retired)
            continue;
        if (ins->cash_idx == asset_idx) /* it pays for another asset */
            return REASON_BAD_STATE;
        if (ins->asset_idx != asset_idx)
            continue;
        if (!is_shut(c, i))
            return REASON_NOT_HALTED;
        if (ins->busy)
            return REASON_BOOK_BUSY;
        if (x->kind == CORPORATE_SPLIT && !prices_fit(c, x, i))
            return REASON_BAD_PRICE;
    }
    return 0;
}

static uint16_t
check_settled(const struct core *c, uint32_t asset_idx)
{
    if (c->ledger.assets[asset_idx].pending_units != 0)
        return REASON_UNSETTLED;
    for (uint32_t i = 0; i < c->genesis.withdrawal_max; i++) {
        const struct core_withdrawal *w = &c->withdrawals[i];
        if (w->withdrawal_id != 0 && c->ledger.balances[w->slot].asset_idx == asset_idx)
            return REASON_UNSETTLED;
    }
    return 0;
}

/* The most that it can cost: of a redemption the value of all units that are not the payer's own,
 * of a split that of a step for each balance. */
static bool
worst_cost(const struct core *c, const struct core_corporate *a, int64_t *units)
{
    const struct command_corporate_action *x = &a->request;
    const struct ledger *l = &c->ledger;
    const struct ledger_asset *asset = &l->assets[a->asset_idx];
    uint32_t payer_idx = l->balances[a->payer_slot].account_idx;
    uint32_t own = ledger_balance_slot(l, payer_idx, a->asset_idx);
    int64_t own_units = own == BALANCE_NONE ? 0 : l->balances[own].settled_units;
    if (x->kind == CORPORATE_REDEMPTION)
        return money_value_fits(&a->rate, x->price_units, asset->issued_units - own_units, 1,
                                units);
    return money_value_fits(&a->rate, x->price_units, x->step_units, 1, units) &&
           !__builtin_mul_overflow(*units, (int64_t)asset->balance_cnt, units) &&
           *units <= MONEY_MAX;
}

/* Holders who never had any of the cash: no more than hold the asset, nor than have none. */
static uint32_t
new_balances(const struct core *c, const struct core_corporate *a)
{
    uint32_t holders = c->ledger.assets[a->asset_idx].balance_cnt;
    uint32_t without = c->view.account_cnt - c->ledger.assets[a->cash_idx].balance_cnt;
    return holders < without ? holders : without;
}

/* Where something is paid: by whom, and whether that is enough for all. */
static uint16_t
check_payer(const struct core *c, struct core_corporate *a)
{
    uint32_t account_idx = core_account_idx(c, a->request.payer_account_id);
    if (account_idx == CORE_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    if (account_idx == c->issue_account_idx)
        return REASON_NOT_AUTHORIZED;
    a->payer_slot = ledger_balance_slot(&c->ledger, account_idx, a->cash_idx);
    if (a->payer_slot == BALANCE_NONE)
        return REASON_INSUFFICIENT_FUNDS;
    if (!worst_cost(c, a, &a->hold_units))
        return REASON_TOO_LARGE;
    const struct balance *b = &c->ledger.balances[a->payer_slot];
    if (balance_available(b) - b->credit_units < a->hold_units)
        return REASON_INSUFFICIENT_FUNDS;
    a->reserved_cnt = new_balances(c, a);
    return ledger_balance_room(&c->ledger) < a->reserved_cnt ? REASON_TABLE_FULL : 0;
}

static uint16_t
check_action(const struct core *c, struct core_corporate *a, uint8_t price_scale)
{
    const struct command_corporate_action *x = &a->request;
    const struct ledger_asset *asset = &c->ledger.assets[a->asset_idx];
    uint16_t reason = check_instruments(c, x, a->asset_idx);
    if (reason == 0 && c->work_cnt > 0)
        reason = REASON_BUSY;
    if (reason == 0)
        reason = check_settled(c, a->asset_idx);
    if (reason != 0)
        return reason;
    if (!money_rate_make(&a->rate, 1, asset->scale, price_scale,
                         c->ledger.assets[a->cash_idx].scale) ||
        (x->kind == CORPORATE_SPLIT &&
         (wide)asset->issued_units * x->ratio_new / x->ratio_old > MONEY_MAX))
        return REASON_TOO_LARGE;
    return x->payer_account_id != 0 ? check_payer(c, a) : 0;
}

/* --- what is told --- */

static void
emit_action(struct core *c, const struct command_corporate_action *x, uint32_t idx)
{
    const struct hook_instrument *v = &c->view_instruments[idx];
    struct event_corporate_action *e =
        core_emit(c, EVENT_CORPORATE_ACTION, sizeof(*e), AUDIENCE_PUBLIC, x->cmd.session_id);
    e->action = x->cmd.rec.seq;
    e->instrument_id = v->instrument_id;
    e->asset_id = v->asset_id;
    e->ratio_new = x->ratio_new;
    e->ratio_old = x->ratio_old;
    e->step_units = x->step_units;
    e->price_units = x->price_units;
    e->last_price_units = v->last_units;
    e->reference_units = v->reference_units;
    e->kind = x->kind;
    memset(e->zero, 0, sizeof(e->zero));
    memcpy(e->symbol, c->instruments[idx].symbol, sizeof(e->symbol));
}

static void
emit_report(struct core *c, uint8_t state)
{
    const struct core_corporate *a = c->corporate;
    const struct command_corporate_action *x = &a->request;
    struct event_corporate_report *e =
        core_emit(c, EVENT_CORPORATE_REPORT, sizeof(*e), AUDIENCE_PARTY, x->cmd.session_id);
    e->action = x->cmd.rec.seq;
    e->asset_id = c->ledger.assets[a->asset_idx].asset_id;
    e->currency_id = c->ledger.assets[a->cash_idx].asset_id;
    e->before_units = a->before_units;
    e->issued_units = c->ledger.assets[a->asset_idx].issued_units;
    e->paid_units = a->paid_units;
    e->holder_cnt = a->holder_cnt;
    e->payer_account_id = x->payer_account_id;
    e->actor_id = x->cmd.actor_id;
    e->payer_after = core_balance_after(c, a->payer_slot);
    e->kind = x->kind;
    e->state = state;
    memset(e->zero, 0, sizeof(e->zero));
    e->id = x->cmd.id;
}

/* --- instruments --- */

static void
set_busy(struct core *c, uint32_t asset_idx, uint8_t busy)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        if (c->instruments[i].asset_idx == asset_idx)
            c->instruments[i].busy = busy;
    }
}

/* What so many lots have become, to the nearest one; a bound stays one. */
static int64_t
scaled_lots(const struct command_corporate_action *x, int64_t lots)
{
    __int128 scaled = ((__int128)lots * x->ratio_new + x->ratio_old / 2) / x->ratio_old;
    return lots == 0 ? 0 : scaled < 1 ? 1 : scaled > INT64_MAX ? INT64_MAX : (int64_t)scaled;
}

/* The lots of an allocation are parts of holdings, and follow them. */
static void
scale_allocation(const struct core_corporate *a, struct allocation_rules *r)
{
    r->min_lots = scaled_lots(&a->request, r->min_lots);
    r->top_min_lots = scaled_lots(&a->request, r->top_min_lots);
    r->top_max_lots = scaled_lots(&a->request, r->top_max_lots);
}

/* Steps by price stay as they are: the prices move to other rows. */
static void
scale_prices(struct core *c, const struct core_corporate *a)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        struct hook_instrument *v = &c->view_instruments[i];
        if (c->instruments[i].asset_idx != a->asset_idx || c->instruments[i].retired)
            continue;
        v->last_units = (int64_t)scaled_price(&a->request, v->last_units);
        v->reference_units = (int64_t)scaled_price(&a->request, v->reference_units);
        c->bands[i].static_units = (int64_t)scaled_price(&a->request, c->bands[i].static_units);
        scale_allocation(a, &c->shares[i].rules);
    }
}

static void
tell_instrument(struct core *c, const struct core_corporate *a, uint32_t idx)
{
    uint32_t session_id = a->request.cmd.session_id;
    emit_action(c, &a->request, idx);
    if (a->request.kind == CORPORATE_REDEMPTION) {
        c->instruments[idx].retired = 1;
        core_emit_instrument(c, idx, session_id);
    } else if (c->view_instruments[idx].reference_units != 0) {
        core_emit_reference(c, idx, session_id);
    }
    if (a->request.kind == CORPORATE_SPLIT && c->shares[idx].rules.method == ALLOCATION_PRO_RATA)
        core_share_emit(c, idx, session_id);
}

/* --- holders --- */

static void
move_units(struct core *c, uint32_t from, uint32_t to, int64_t units)
{
    const struct command *cmd = &c->corporate->request.cmd;
    const struct balance *b = c->ledger.balances;
    core_post(c, from, to, units);
    core_emit_posting(c, cmd, from, to, units, cmd->rec.seq, &cmd->id);
    struct hook_move m = {.kind = MOVE_CORPORATE,
                          .asset_id = c->ledger.assets[b[from].asset_idx].asset_id,
                          .from_account_idx = b[from].account_idx,
                          .to_account_idx = b[to].account_idx,
                          .instrument_idx = CORE_NONE,
                          .amount_units = units};
    if (c->hooks.move != NULL)
        c->hooks.move(c->hook_self, &m);
}

/* Out of what was kept back for it. */
static void
pay(struct core *c, uint32_t account_idx, int64_t units)
{
    struct core_corporate *a = c->corporate;
    if (units == 0)
        return;
    CHECK(units <= a->hold_units);
    if (ledger_balance_slot(&c->ledger, account_idx, a->cash_idx) == BALANCE_NONE) {
        CHECK(a->reserved_cnt > 0);
        c->ledger.reserved_cnt = --a->reserved_cnt;
    }
    uint32_t to = ledger_balance_take(&c->ledger, account_idx, a->cash_idx);
    a->hold_units -= units;
    a->paid_units += units;
    ledger_hold(&c->ledger, a->payer_slot, -units);
    move_units(c, a->payer_slot, to, units);
}

static void
treat_holder(struct core *c, uint32_t account_idx, uint32_t slot, uint32_t issue)
{
    struct core_corporate *a = c->corporate;
    const struct command_corporate_action *x = &a->request;
    bool split = x->kind == CORPORATE_SPLIT;
    int64_t before = c->ledger.balances[slot].settled_units, paid_for = before, value = 0;
    int64_t after = split ? split_units(x, before, &paid_for) : 0;
    if (after > before)
        move_units(c, issue, slot, after - before);
    else if (after < before)
        move_units(c, slot, issue, before - after);
    c->ledger.assets[a->asset_idx].issued_units += after - before;
    a->holder_cnt++;
    if (x->price_units == 0 || account_idx == c->ledger.balances[a->payer_slot].account_idx)
        return; /* what the issuer has may be worth more than there is cash */
    CHECK(money_value_fits(&a->rate, x->price_units, paid_for, split ? x->ratio_old : 1, &value));
    pay(c, account_idx, value);
}

/* --- stages; each returns true when it is over --- */

enum { EVENTS_PER_INSTRUMENT = 3, EVENTS_PER_HOLDER = 2 };

static bool
run_instruments(struct core *c, struct core_corporate *a)
{
    for (; a->cursor < c->view.instrument_cnt; a->cursor++) {
        if (core_room(c) < EVENTS_PER_INSTRUMENT + CORE_EVENTS_TAIL)
            return false;
        const struct core_instrument *ins = &c->instruments[a->cursor];
        if (ins->asset_idx == a->asset_idx && !ins->retired)
            tell_instrument(c, a, a->cursor);
    }
    return true;
}

static bool
run_orders(struct core *c, struct core_corporate *a)
{
    for (int step = 0; a->cursor < c->pools.orders.used_max; step++) {
        uint32_t need = core_events_per_end(c) + core_events_of_requests(c) + CORE_EVENTS_TAIL;
        if (step == CORE_WALK_STEPS_MAX || core_room(c) < need)
            return false;
        uint32_t slot = a->cursor++;
        const struct order *o = order_at(&c->pools.orders, slot);
        if (o->order_id != 0 && c->instruments[o->instrument_idx].asset_idx == a->asset_idx)
            core_order_kill(c, slot, REASON_CORPORATE_ACTION, ORD_STATUS_CANCELED, NULL);
    }
    return true;
}

static bool
run_holders(struct core *c, struct core_corporate *a)
{
    uint32_t issue = ledger_balance_slot(&c->ledger, c->issue_account_idx, a->asset_idx);
    for (int step = 0; a->cursor < c->view.account_cnt; step++) {
        if (step == CORE_WALK_STEPS_MAX || core_room(c) < EVENTS_PER_HOLDER + CORE_EVENTS_TAIL)
            return false;
        uint32_t account_idx = a->cursor++;
        uint32_t slot = ledger_balance_slot(&c->ledger, account_idx, a->asset_idx);
        if (slot != BALANCE_NONE && slot != issue && c->ledger.balances[slot].settled_units != 0)
            treat_holder(c, account_idx, slot, issue);
    }
    return true;
}

static void
finish(struct core *c)
{
    struct core_corporate *a = c->corporate;
    if (a->payer_slot != BALANCE_NONE)
        ledger_hold(&c->ledger, a->payer_slot, -a->hold_units);
    c->ledger.reserved_cnt = 0;
    set_busy(c, a->asset_idx, 0);
    emit_report(c, CORPORATE_DONE);
    memset(a, 0, sizeof(*a));
}

bool
core_corporate_run(struct core *c)
{
    static bool (*const stages[])(struct core *, struct core_corporate *) = {
        [STAGE_INSTRUMENTS] = run_instruments,
        [STAGE_ORDERS] = run_orders,
        [STAGE_HOLDERS] = run_holders,
    };
    struct core_corporate *a = c->corporate;
    while (stages[a->stage](c, a)) {
        a->cursor = 0;
        if (a->stage++ == STAGE_HOLDERS) {
            finish(c);
            return true;
        }
    }
    return false;
}

/* --- the command --- */

static void
begin(struct core *c, const struct core_corporate *plan)
{
    struct core_corporate *a = c->corporate;
    *a = *plan;
    a->stage = STAGE_INSTRUMENTS;
    a->before_units = c->ledger.assets[a->asset_idx].issued_units;
    if (a->payer_slot != BALANCE_NONE)
        ledger_hold(&c->ledger, a->payer_slot, a->hold_units);
    c->ledger.reserved_cnt = a->reserved_cnt;
    set_busy(c, a->asset_idx, 1);
    if (a->request.kind == CORPORATE_SPLIT)
        scale_prices(c, a);
    emit_report(c, CORPORATE_BEGUN);
}

/* Nothing else may have that name. */
static uint16_t
check_name(const struct core *c, const struct command_corporate_action *x, uint32_t idx)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        if (i != idx && memcmp(c->instruments[i].symbol, x->symbol, SYMBOL_MAX) == 0)
            return REASON_ALREADY_EXISTS;
    }
    for (uint32_t i = 0; x->asset_symbol[0] != 0 && i < c->ledger.asset_cnt; i++) {
        if (i != c->instruments[idx].asset_idx &&
            memcmp(c->ledger.assets[i].symbol, x->asset_symbol, SYMBOL_MAX) == 0)
            return REASON_ALREADY_EXISTS;
    }
    return !is_shut(c, idx) ? REASON_NOT_HALTED : c->instruments[idx].busy ? REASON_BOOK_BUSY : 0;
}

static void
rename_it(struct core *c, const struct command_corporate_action *x, uint32_t idx)
{
    uint32_t asset_idx = c->instruments[idx].asset_idx;
    memcpy(c->instruments[idx].symbol, x->symbol, SYMBOL_MAX);
    emit_action(c, x, idx);
    core_emit_instrument(c, idx, x->cmd.session_id);
    if (x->asset_symbol[0] == 0)
        return;
    memcpy(c->ledger.assets[asset_idx].symbol, x->asset_symbol, SYMBOL_MAX);
    core_emit_asset(c, asset_idx, x->cmd.session_id);
}

/* 0 or why not; what it would do goes into the plan. */
static uint16_t
judge(const struct core *c, struct core_corporate *plan, uint32_t *idx, uint32_t *detail)
{
    const struct command_corporate_action *x = &plan->request;
    *idx = core_instrument_idx(c, x->instrument_id);
    if (*idx == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    const struct core_instrument *ins = &c->instruments[*idx];
    plan->asset_idx = ins->asset_idx;
    plan->cash_idx = ins->cash_idx;
    *detail = bad_field(c, x, ins->asset_idx);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (ins->retired)
        return REASON_INSTRUMENT_RETIRED;
    return x->kind == CORPORATE_NAME ? check_name(c, x, *idx)
                                     : check_action(c, plan, ins->price_scale);
}

void
core_corporate_action(struct core *c, const struct command *cmd)
{
    const struct command_corporate_action *x = (const void *)cmd;
    bool name = x->kind == CORPORATE_NAME;
    struct core_admin admin;
    if (!core_known_to_rules(c, cmd) ||
        !core_admin_enter(c, cmd, ROLE_CONFIGURE,
                          name ? CORE_EYES_REFERENCE : CORE_EYES_REFERENCE | CORE_EYES_MONEY,
                          ADMIN_ID_REQUIRED, &admin))
        return;
    struct core_corporate plan = {.request = *x, .payer_slot = BALANCE_NONE};
    uint32_t idx, detail = 0;
    uint16_t reason = judge(c, &plan, &idx, &detail);
    if (reason != 0) {
        core_emit_refusal(c, cmd, reason, detail);
        return;
    }
    if (name)
        rename_it(c, x, idx);
    else
        begin(c, &plan);
    core_admin_done(c, cmd, &admin, cmd->rec.seq);
    if (!name)
        core_work_start(c, &(struct work){.kind = WORK_CORPORATE, .instrument_idx = CORE_NONE});
}

bool
core_corporate_sane(const struct core *c)
{
    const struct core_corporate *a = c->corporate;
    const struct command_corporate_action *x = &a->request;
    uint32_t works = 0;
    for (uint32_t i = 0; i < c->work_cnt; i++)
        works += c->works[i].kind == WORK_CORPORATE;
    if (x->kind == 0)
        return works == 0 && a->reserved_cnt == 0;
    bool pays = a->payer_slot != BALANCE_NONE;
    return works == 1 && c->works[0].kind == WORK_CORPORATE && x->kind != CORPORATE_NAME &&
           a->asset_idx < c->ledger.asset_cnt && a->cash_idx < c->ledger.asset_cnt &&
           bad_field(c, x, a->asset_idx) == 0 && a->stage >= STAGE_INSTRUMENTS &&
           a->stage <= STAGE_HOLDERS && a->rate.num > 0 && a->rate.den > 0 && a->hold_units >= 0 &&
           pays == (x->price_units != 0) && (!pays || a->payer_slot < c->ledger.balance_cnt) &&
           a->reserved_cnt <= c->ledger.balance_max - c->ledger.balance_cnt;
}
