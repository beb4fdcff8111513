#include <stddef.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* What issuers do, from docs/match.md: splits and redemptions of an asset, names. */

static bool
is_of(const struct ref_venue *r, uint32_t instrument, uint32_t asset)
{
    return ref_asset_idx(r, instrument, false) == asset;
}

bool
ref_corporate_moves(const struct ref_venue *r, uint32_t asset)
{
    return r->corporate.on && r->corporate.asset == asset;
}

/* --- figures --- */

static wide
ten(int n)
{
    wide p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

/* What so many parts of a unit cost, `of` of which make one, rounded down; the price is of one
 * whole asset. */
static wide
value_of(const struct ref_venue *r, const struct command_corporate_action *x, wide parts, wide of)
{
    uint32_t i = (uint32_t)ref_instrument_of(r, x->instrument_id);
    int asset_scale = r->assets[ref_asset_idx(r, i, false)].scale;
    wide up = ten(r->assets[ref_asset_idx(r, i, true)].scale);
    wide bottom = of * ten(asset_scale + r->instruments[i].def.price_scale);
    if (x->price_units != 0 && parts > (((wide)1 << 126) - 1) / x->price_units)
        return REF_MOST + 1;
    wide product = parts * x->price_units;
    wide whole = product / bottom;
    return whole > REF_MOST ? REF_MOST + 1 : whole * up + product % bottom * up / bottom;
}

/* A price before the split, after it: the nearest, and not nothing. */
static wide
price_after(const struct command_corporate_action *x, int64_t price)
{
    wide after = ((wide)price * x->ratio_old + x->ratio_new / 2) / x->ratio_new;
    return after == 0 && price != 0 ? 1 : after;
}

struct share { /* of a holder: what it has after, and what is left over, in parts of a unit */
    int64_t units;
    wide parts, of;
};

static struct share
share_of(const struct command_corporate_action *x, int64_t units)
{
    if (x->kind == CORPORATE_REDEMPTION)
        return (struct share){.units = 0, .parts = units, .of = 1};
    wide parts = (wide)units * x->ratio_new, step = (wide)x->step_units * x->ratio_old;
    return (struct share){.units = (int64_t)(parts / step * x->step_units),
                          .parts = parts % step,
                          .of = x->ratio_old};
}

/* --- whether it can be --- */

static bool
bad_ratio(const struct command_corporate_action *x, uint32_t part)
{
    return part == 0 || part > CORPORATE_RATIO_MAX || x->ratio_new == x->ratio_old;
}

static uint32_t
bad_field(const struct ref_venue *r, const struct command_corporate_action *x)
{
    uint32_t i = (uint32_t)ref_instrument_of(r, x->instrument_id);
    if (x->kind == CORPORATE_NAME)
        return x->symbol[0] == '\0' ? offsetof(struct command_corporate_action, symbol) : 0;
    bool split = x->kind == CORPORATE_SPLIT;
    if (split && bad_ratio(x, x->ratio_new))
        return offsetof(struct command_corporate_action, ratio_new);
    if (split && bad_ratio(x, x->ratio_old))
        return offsetof(struct command_corporate_action, ratio_old);
    if (split &&
        (x->step_units <= 0 || x->step_units > ten(r->assets[ref_asset_idx(r, i, false)].scale)))
        return offsetof(struct command_corporate_action, step_units);
    if (x->price_units < 0 || (!split && x->price_units == 0))
        return offsetof(struct command_corporate_action, price_units);
    return (x->price_units != 0) != (x->payer_account_id != 0)
               ? offsetof(struct command_corporate_action, payer_account_id)
               : 0;
}

static bool
trades(const struct ref_venue *r, uint32_t i)
{
    return r->instruments[i].state != TRADING_HALTED && r->instruments[i].state != TRADING_CLOSED;
}

static uint16_t
judge_name(const struct ref_venue *r, const struct command_corporate_action *x)
{
    uint32_t i = (uint32_t)ref_instrument_of(r, x->instrument_id);
    uint32_t own = ref_asset_idx(r, i, false);
    for (uint32_t n = 0; n < r->instrument_cnt; n++) {
        if (n != i && memcmp(r->instruments[n].def.symbol, x->symbol, SYMBOL_MAX) == 0)
            return REASON_ALREADY_EXISTS;
    }
    for (uint32_t n = 0; x->asset_symbol[0] != '\0' && n < r->asset_cnt; n++) {
        if (n != own && memcmp(r->assets[n].symbol, x->asset_symbol, SYMBOL_MAX) == 0)
            return REASON_ALREADY_EXISTS;
    }
    return trades(r, i) ? REASON_NOT_HALTED : 0;
}

static bool
prices_fit(const struct command_corporate_action *x, const struct ref_instrument *ins)
{
    int64_t most = ins->def.max_price_units;
    return price_after(x, ins->last) <= most && price_after(x, ins->reference) <= most &&
           price_after(x, ins->fixed) <= most;
}

/* Of all instruments of the asset, one after the other, and of all who have some. */
static uint16_t
judge_asset(const struct ref_venue *r, const struct command_corporate_action *x, uint32_t asset)
{
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        const struct ref_instrument *ins = &r->instruments[i];
        if (ins->def.retired)
            continue;
        if (ref_asset_idx(r, i, true) == asset)
            return REASON_BAD_STATE;
        if (is_of(r, i, asset) && trades(r, i))
            return REASON_NOT_HALTED;
        if (is_of(r, i, asset) && ins->busy)
            return REASON_BOOK_BUSY;
        if (is_of(r, i, asset) && x->kind == CORPORATE_SPLIT && !prices_fit(x, ins))
            return REASON_BAD_PRICE;
    }
    if (r->work_cnt > 0)
        return REASON_BUSY;
    for (uint32_t a = 0; a < r->account_cnt; a++) {
        if (r->balances[a][asset].in != 0 || r->balances[a][asset].out != 0)
            return REASON_UNSETTLED;
    }
    for (uint32_t n = 0; n < REF_WITHDRAWAL_MAX; n++) {
        if (r->withdrawals[n].number != 0 && r->withdrawals[n].asset == asset)
            return REASON_UNSETTLED;
    }
    return 0;
}

/* What it may have to pay is there, and room for the cash of those who never had any. */
static uint16_t
judge_payer(struct ref_venue *r, const struct command_corporate_action *x,
            struct ref_corporate *out)
{
    if (x->payer_account_id == 0)
        return 0;
    if (out->payer < 0)
        return REASON_UNKNOWN_ACCOUNT;
    if (x->payer_account_id == r->genesis.issue_account_id)
        return REASON_NOT_AUTHORIZED;
    const struct ref_balance *cash = &r->balances[out->payer][out->cash];
    uint32_t holders = 0, missing = 0; /* no more than hold it, nor than have no cash */
    for (uint32_t a = 0; a < r->account_cnt; a++) {
        holders += r->balances[a][out->asset].exists;
        missing += !r->balances[a][out->cash].exists;
    }
    missing = missing < holders ? missing : holders;
    wide hold = holders * value_of(r, x, x->step_units, 1);
    if (x->kind == CORPORATE_REDEMPTION)
        hold = value_of(
            r, x, (wide)r->issued[out->asset] - r->balances[out->payer][out->asset].settled, 1);
    if (!cash->exists)
        return REASON_INSUFFICIENT_FUNDS;
    if (hold > REF_MOST)
        return REASON_TOO_LARGE;
    if (hold > ref_available(cash))
        return REASON_INSUFFICIENT_FUNDS;
    out->hold = (int64_t)hold;
    out->reserved = missing;
    return r->balance_cnt + missing > r->genesis.balance_max ? REASON_TABLE_FULL : 0;
}

static uint16_t
judge(struct ref_venue *r, const struct command_corporate_action *x, struct ref_corporate *out,
      uint32_t *detail)
{
    int i = ref_instrument_of(r, x->instrument_id);
    if (i < 0)
        return REASON_UNKNOWN_INSTRUMENT;
    *detail = bad_field(r, x);
    if (*detail != 0)
        return REASON_BAD_FIELD;
    if (r->instruments[i].def.retired)
        return REASON_INSTRUMENT_RETIRED;
    if (x->kind == CORPORATE_NAME)
        return judge_name(r, x);
    *out = (struct ref_corporate){.on = true,
                                  .x = *x,
                                  .asset = ref_asset_idx(r, (uint32_t)i, false),
                                  .cash = ref_asset_idx(r, (uint32_t)i, true),
                                  .payer = ref_account_of(r, x->payer_account_id)};
    out->before = r->issued[out->asset];
    uint16_t reason = judge_asset(r, x, out->asset);
    bool too_large =
        x->kind == CORPORATE_SPLIT && (wide)out->before * x->ratio_new / x->ratio_old > REF_MOST;
    if (reason == 0 && too_large)
        reason = REASON_TOO_LARGE;
    return reason != 0 ? reason : judge_payer(r, x, out);
}

/* --- telling --- */

static void
say_report(struct ref_venue *r, uint8_t state)
{
    const struct ref_corporate *a = &r->corporate;
    struct event_corporate_report *e =
        ref_say(r, EVENT_CORPORATE_REPORT, AUDIENCE_PARTY, a->x.cmd.session_id);
    e->action = a->x.cmd.rec.seq;
    e->asset_id = r->assets[a->asset].asset_id;
    e->currency_id = r->assets[a->cash].asset_id;
    e->before_units = a->before;
    e->issued_units = r->issued[a->asset];
    e->paid_units = a->paid;
    e->holder_cnt = a->holders;
    e->payer_account_id = a->x.payer_account_id;
    e->actor_id = a->x.cmd.actor_id;
    if (a->payer >= 0)
        e->payer_after = (struct balance_after){r->balances[a->payer][a->cash].settled,
                                                r->balances[a->payer][a->cash].held};
    e->kind = a->x.kind;
    e->state = state;
    e->id = a->x.cmd.id;
}

static void
say_action(struct ref_venue *r, const struct command_corporate_action *x, uint32_t i)
{
    const struct ref_instrument *ins = &r->instruments[i];
    struct event_corporate_action *e = ref_say(r, EVENT_CORPORATE_ACTION, AUDIENCE_PUBLIC, 0);
    e->action = x->cmd.rec.seq;
    e->instrument_id = ins->def.instrument_id;
    e->asset_id = ins->def.asset_id;
    e->ratio_new = x->ratio_new;
    e->ratio_old = x->ratio_old;
    e->step_units = x->step_units;
    e->price_units = x->price_units;
    e->last_price_units = ins->last;
    e->reference_units = ins->reference;
    e->kind = x->kind;
    memcpy(e->symbol, ins->def.symbol, SYMBOL_MAX);
}

static void
say_definition(struct ref_venue *r, uint16_t type)
{
    (void)ref_say(r, type, AUDIENCE_PUBLIC, 0);
    r->said[r->said_cnt - 1].header_only = true;
}

static void
say_moved(struct ref_venue *r, uint32_t asset, uint32_t from, uint32_t to, int64_t amount)
{
    const struct command *cmd = &r->corporate.x.cmd;
    struct ref_balance *debit = &r->balances[from][asset], *credit = &r->balances[to][asset];
    ref_balance_make(r, debit);
    ref_balance_make(r, credit);
    debit->settled -= amount;
    credit->settled += amount;
    struct event_posting *e = ref_say(r, EVENT_POSTING, AUDIENCE_PARTY, cmd->session_id);
    e->debit_account_id = r->accounts[from].id;
    e->credit_account_id = r->accounts[to].id;
    e->asset_id = r->assets[asset].asset_id;
    e->command_type = COMMAND_CORPORATE_ACTION;
    e->amount_units = amount;
    e->debit_after = (struct balance_after){debit->settled, debit->held};
    e->credit_after = (struct balance_after){credit->settled, credit->held};
    e->ref = cmd->rec.seq;
    e->actor_id = cmd->actor_id;
    e->id = cmd->id;
}

/* --- what becomes of instruments, orders, holders, one after the other --- */

/* To the nearest lot; what bounds goes on bounding. */
static int64_t
lots_after(const struct command_corporate_action *x, int64_t lots)
{
    wide after = ((wide)lots * x->ratio_new + x->ratio_old / 2) / x->ratio_old;
    if (lots == 0)
        return 0;
    return after < 1 ? 1 : after > INT64_MAX ? INT64_MAX : (int64_t)after;
}

static void
scale_shares(struct ref_venue *r, struct ref_instrument *ins)
{
    const struct command_corporate_action *x = &r->corporate.x;
    struct allocation_rules *rules = &ins->allocation;
    rules->min_lots = lots_after(x, rules->min_lots);
    rules->top_min_lots = lots_after(x, rules->top_min_lots);
    rules->top_max_lots = lots_after(x, rules->top_max_lots);
    if (rules->method == ALLOCATION_PRO_RATA)
        say_definition(r, EVENT_ALLOCATION);
}

static void
do_instrument(struct ref_venue *r, uint32_t i)
{
    const struct command_corporate_action *x = &r->corporate.x;
    struct ref_instrument *ins = &r->instruments[i];
    if (x->kind == CORPORATE_SPLIT) {
        ins->last = (int64_t)price_after(x, ins->last);
        ins->reference = (int64_t)price_after(x, ins->reference);
        ins->fixed = (int64_t)price_after(x, ins->fixed);
    } else {
        ins->def.retired = 1;
    }
    say_action(r, x, i);
    if (x->kind == CORPORATE_REDEMPTION)
        say_definition(r, EVENT_INSTRUMENT);
    if (x->kind == CORPORATE_REDEMPTION)
        return;
    if (ins->reference != 0) {
        struct event_reference_price *e = ref_say(r, EVENT_REFERENCE_PRICE, AUDIENCE_PUBLIC, 0);
        e->instrument_id = ins->def.instrument_id;
        e->price_units = ins->reference;
    }
    scale_shares(r, ins);
}

static struct ref_order *
next_order(struct ref_venue *r)
{
    struct ref_order *found = NULL;
    for (uint32_t n = 0; n < r->order_cnt; n++) {
        struct ref_order *o = &r->orders[n];
        if (o->place != REF_DONE && is_of(r, o->instrument, r->corporate.asset) &&
            (found == NULL || (o->order_id & 0xFFFFFF) < (found->order_id & 0xFFFFFF)))
            found = o;
    }
    return found;
}

static void
do_holder(struct ref_venue *r, uint32_t account)
{
    struct ref_corporate *a = &r->corporate;
    uint32_t issue = (uint32_t)ref_account_of(r, r->genesis.issue_account_id);
    struct ref_balance *b = &r->balances[account][a->asset];
    if (account == issue || b->settled == 0)
        return;
    struct share s = share_of(&a->x, b->settled);
    int64_t more = s.units - b->settled;
    a->holders++;
    r->issued[a->asset] += more;
    if (more > 0)
        say_moved(r, a->asset, issue, account, more);
    else if (more < 0)
        say_moved(r, a->asset, account, issue, -more);
    int64_t cash = a->payer < 0 || (uint32_t)a->payer == account
                       ? 0
                       : (int64_t)value_of(r, &a->x, s.parts, s.of);
    if (cash == 0)
        return;
    a->reserved -= !r->balances[account][a->cash].exists;
    a->paid += cash;
    a->hold -= cash;
    r->balances[a->payer][a->cash].held -= cash;
    say_moved(r, a->cash, (uint32_t)a->payer, account, cash);
}

/* What is not needed is free again. */
static void
end(struct ref_venue *r)
{
    struct ref_corporate *a = &r->corporate;
    if (a->payer >= 0)
        r->balances[a->payer][a->cash].held -= a->hold;
    say_report(r, CORPORATE_DONE);
    a->on = false;
    a->reserved = 0;
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        if (is_of(r, i, a->asset))
            r->instruments[i].busy = false;
    }
}

bool
ref_corporate_run(struct ref_venue *r, const struct command *cmd)
{
    struct ref_corporate *a = &r->corporate;
    struct ref_order *o;
    for (; a->instruments < r->instrument_cnt; a->instruments++) {
        if (ref_must_stop(r))
            return false;
        if (is_of(r, a->instruments, a->asset) && !r->instruments[a->instruments].def.retired)
            do_instrument(r, a->instruments);
    }
    while ((o = next_order(r)) != NULL) {
        if (ref_must_stop(r))
            return false;
        ref_kill(r, cmd, o, REASON_CORPORATE_ACTION, ORD_STATUS_CANCELED, false);
    }
    for (; a->accounts < r->account_cnt; a->accounts++) {
        if (ref_must_stop(r))
            return false;
        do_holder(r, a->accounts);
    }
    if (ref_must_stop(r))
        return false;
    end(r);
    return true;
}

static void
rename_it(struct ref_venue *r, const struct command_corporate_action *x)
{
    uint32_t i = (uint32_t)ref_instrument_of(r, x->instrument_id);
    memcpy(r->instruments[i].def.symbol, x->symbol, SYMBOL_MAX);
    say_action(r, x, i);
    say_definition(r, EVENT_INSTRUMENT);
    if (x->asset_symbol[0] == '\0')
        return;
    memcpy(r->assets[ref_asset_idx(r, i, false)].symbol, x->asset_symbol, SYMBOL_MAX);
    say_definition(r, EVENT_ASSET);
}

void
ref_corporate(struct ref_venue *r, const struct command *cmd)
{
    const struct command_corporate_action *x = (const void *)cmd;
    struct ref_corporate draft;
    struct ref_desk d;
    uint32_t detail = 0;
    if (r->rules_version < 2) {
        (void)ref_say_result(r, cmd, REASON_UNKNOWN_COMMAND, 0);
        return;
    }
    if (!ref_desk_enter(r, cmd, ROLE_CONFIGURE, REF_DESK_ID, &d))
        return;
    uint16_t reason = judge(r, x, &draft, &detail);
    if (reason != 0) {
        ref_say_result(r, cmd, reason, 0)->detail = detail;
        return;
    }
    ref_desk_done(r, cmd, &d, r->cmd_seq);
    if (x->kind == CORPORATE_NAME) {
        rename_it(r, x);
        return;
    }
    r->corporate = draft;
    if (draft.payer >= 0)
        r->balances[draft.payer][draft.cash].held += draft.hold;
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        if (is_of(r, i, draft.asset))
            r->instruments[i].busy = true;
    }
    say_report(r, CORPORATE_BEGUN);
    ref_work_start(r, cmd, &(struct ref_work){.kind = REF_WORK_CORPORATE, .instrument = -1});
}
