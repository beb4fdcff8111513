#include "engine/core/core_corporate.h"

#include <string.h>

#include "engine/base/check.h"

/* Value that moves other than by a fill. Each command is checked whole (form, room, funds, what the
 * hooks say) before a balance changes. Deposits come out of the issue account and withdrawals go
 * back into it, so that sums stay zero; transfers and settlements move what is there. */

static uint16_t
check_money(const struct core *c, const struct command_money *x, uint32_t *account_idx,
            uint32_t *asset_idx)
{
    *account_idx = core_account_idx(c, x->cmd.account_id);
    *asset_idx = ledger_asset_idx(&c->ledger, x->asset_id);
    if (*account_idx == CORE_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    if (*asset_idx == ID_MAP_NONE)
        return REASON_UNKNOWN_ASSET;
    if (x->amount_units <= 0)
        return REASON_BAD_FIELD;
    if (x->amount_units > MONEY_MAX)
        return REASON_TOO_LARGE;
    return core_corporate_on(c, *asset_idx) ? REASON_BUSY : 0;
}

/* Asks the hooks about a movement; the decision becomes an event. 0 = allowed. */
static uint16_t
ask(struct core *c, const struct hook_move *m, uint32_t account_id)
{
    struct decision d = {0};
    if (c->hooks.move_check == NULL)
        return 0;
    c->hooks.move_check(c->hook_self, m, &d);
    core_emit_decision(c, DECISION_MOVE, 0, account_id, 0, &d);
    if (d.verdict != VERDICT_REJECT && d.verdict != VERDICT_HOLD)
        return 0;
    return d.reason != 0 ? d.reason : (uint16_t)REASON_NOT_AUTHORIZED;
}

static void
tell(struct core *c, const struct hook_move *m)
{
    if (c->hooks.move != NULL)
        c->hooks.move(c->hook_self, m);
}

struct balance_after
core_balance_after(const struct core *c, uint32_t slot)
{
    if (slot == BALANCE_NONE)
        return (struct balance_after){0};
    const struct balance *b = &c->ledger.balances[slot];
    return (struct balance_after){.settled_units = b->settled_units, .held_units = b->held_units};
}

void
core_emit_posting(struct core *c, const struct command *cmd, uint32_t debit_slot,
                  uint32_t credit_slot, int64_t amount, uint64_t ref, const struct client_id *id)
{
    const struct balance *b = c->ledger.balances;
    uint32_t any = debit_slot != BALANCE_NONE ? debit_slot : credit_slot;
    struct event_posting *e =
        core_emit(c, EVENT_POSTING, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->debit_account_id =
        debit_slot == BALANCE_NONE ? 0 : c->view_accounts[b[debit_slot].account_idx].account_id;
    e->credit_account_id =
        credit_slot == BALANCE_NONE ? 0 : c->view_accounts[b[credit_slot].account_idx].account_id;
    e->asset_id = c->ledger.assets[b[any].asset_idx].asset_id;
    e->command_type = cmd->rec.type;
    e->zero = 0;
    e->amount_units = amount;
    e->debit_after = core_balance_after(c, debit_slot);
    e->credit_after = core_balance_after(c, credit_slot);
    e->ref = ref;
    e->actor_id = cmd->actor_id;
    e->zero1 = 0;
    e->id = *id;
}

void
core_post(struct core *c, uint32_t debit_slot, uint32_t credit_slot, int64_t amount)
{
    struct ledger *l = &c->ledger;
    ledger_settle(l, debit_slot, -amount);
    ledger_settle(l, credit_slot, amount);
    CHECK(l->assets[l->balances[debit_slot].asset_idx].sum_units == 0);
}

/* Balances that would have to be made: 0 or 1. */
static uint32_t
missing(const struct core *c, uint32_t account_idx, uint32_t asset_idx)
{
    return ledger_balance_slot(&c->ledger, account_idx, asset_idx) == BALANCE_NONE;
}

void
core_deposit(struct core *c, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, CORE_EYES_MONEY, ADMIN_ID_REQUIRED, &a))
        return;
    uint32_t account_idx, asset_idx;
    uint16_t reason = check_money(c, x, &account_idx, &asset_idx);
    if (reason == 0 && c->issue_account_idx == CORE_NONE)
        reason = REASON_BAD_STATE;
    if (reason == 0 && account_idx == c->issue_account_idx)
        reason = REASON_BAD_FIELD;
    if (reason == 0 && c->ledger.assets[asset_idx].issued_units > MONEY_MAX - x->amount_units)
        reason = REASON_TOO_LARGE;
    if (reason == 0 &&
        ledger_balance_room(&c->ledger) <
            missing(c, account_idx, asset_idx) + missing(c, c->issue_account_idx, asset_idx))
        reason = REASON_TABLE_FULL;
    struct hook_move m = {.kind = MOVE_DEPOSIT,
                          .asset_id = x->asset_id,
                          .from_account_idx = c->issue_account_idx,
                          .to_account_idx = account_idx,
                          .instrument_idx = CORE_NONE,
                          .amount_units = x->amount_units};
    if (reason == 0)
        reason = ask(c, &m, cmd->account_id);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    uint32_t from = ledger_balance_take(&c->ledger, c->issue_account_idx, asset_idx);
    uint32_t to = ledger_balance_take(&c->ledger, account_idx, asset_idx);
    core_post(c, from, to, x->amount_units);
    c->ledger.assets[asset_idx].issued_units += x->amount_units;
    core_emit_posting(c, cmd, from, to, x->amount_units, 0, &cmd->id);
    tell(c, &m);
    core_admin_done(c, cmd, &a, 0);
}

/* 0 when the account can give the amount now. */
static uint16_t
check_funds(const struct core *c, uint32_t account_idx, uint32_t asset_idx, int64_t amount,
            uint32_t *slot)
{
    *slot = ledger_balance_slot(&c->ledger, account_idx, asset_idx);
    if (*slot == BALANCE_NONE)
        return REASON_INSUFFICIENT_FUNDS;
    const struct balance *b = &c->ledger.balances[*slot];
    /* Value leaves: a credit line does not cover that. */
    return balance_available(b) - b->credit_units < amount ? REASON_INSUFFICIENT_FUNDS : 0;
}

static void
emit_withdrawal(struct core *c, const struct command *cmd, uint64_t id, uint32_t slot,
                int64_t amount, uint32_t state, const struct client_id *client_id)
{
    const struct balance *b = &c->ledger.balances[slot];
    struct event_withdrawal *e =
        core_emit(c, EVENT_WITHDRAWAL, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->withdrawal_id = id != 0 ? id : e->ev.rec.seq;
    e->account_id = c->view_accounts[b->account_idx].account_id;
    e->asset_id = c->ledger.assets[b->asset_idx].asset_id;
    e->amount_units = amount;
    e->state = state;
    e->actor_id = cmd->actor_id;
    e->after = core_balance_after(c, slot);
    e->id = *client_id;
}

static uint32_t
withdrawal_find(const struct core *c, uint64_t id)
{
    for (uint32_t i = 0; i < c->genesis.withdrawal_max; i++) {
        if (c->withdrawals[i].withdrawal_id == id)
            return i;
    }
    return CORE_NONE;
}

void
core_withdraw(struct core *c, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, 0, ADMIN_CLIENT | ADMIN_ID_REQUIRED, &a))
        return;
    uint32_t account_idx, asset_idx, slot = BALANCE_NONE;
    uint16_t reason = check_money(c, x, &account_idx, &asset_idx);
    if (reason == 0 && account_idx == c->issue_account_idx)
        reason = REASON_BAD_FIELD;
    if (reason == 0)
        reason = check_funds(c, account_idx, asset_idx, x->amount_units, &slot);
    uint32_t place = withdrawal_find(c, 0);
    if (reason == 0 && place == CORE_NONE)
        reason = REASON_TABLE_FULL;
    struct hook_move m = {.kind = MOVE_WITHDRAWAL,
                          .asset_id = x->asset_id,
                          .from_account_idx = account_idx,
                          .to_account_idx = c->issue_account_idx,
                          .instrument_idx = CORE_NONE,
                          .amount_units = x->amount_units};
    if (reason == 0)
        reason = ask(c, &m, cmd->account_id);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    ledger_hold(&c->ledger, slot, x->amount_units);
    emit_withdrawal(c, cmd, 0, slot, x->amount_units, 1, &cmd->id);
    c->withdrawals[place] = (struct core_withdrawal){.withdrawal_id = c->event_seq,
                                                     .slot = slot,
                                                     .amount_units = x->amount_units,
                                                     .id = cmd->id};
    c->withdrawal_cnt++;
    core_admin_done(c, cmd, &a, c->withdrawals[place].withdrawal_id);
}

void
core_withdraw_decide(struct core *c, const struct command *cmd)
{
    const struct command_withdraw_decide *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, CORE_EYES_MONEY, 0, &a))
        return;
    uint32_t place = x->withdrawal_id == 0 ? CORE_NONE : withdrawal_find(c, x->withdrawal_id);
    uint16_t reason = 0;
    if (place == CORE_NONE)
        reason = REASON_BAD_STATE;
    else if (x->confirm > 1)
        reason = REASON_BAD_FIELD;
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    struct core_withdrawal w = c->withdrawals[place];
    const struct balance *b = &c->ledger.balances[w.slot];
    uint32_t asset_id = c->ledger.assets[b->asset_idx].asset_id;
    ledger_hold(&c->ledger, w.slot, -w.amount_units);
    if (x->confirm == 1) {
        /* The issue account has the asset: nothing is there that it did not issue. */
        uint32_t to = ledger_balance_slot(&c->ledger, c->issue_account_idx, b->asset_idx);
        CHECK(to != BALANCE_NONE);
        core_post(c, w.slot, to, w.amount_units);
        c->ledger.assets[b->asset_idx].issued_units -= w.amount_units;
        emit_withdrawal(c, cmd, w.withdrawal_id, w.slot, w.amount_units, 2, &w.id);
        core_emit_posting(c, cmd, w.slot, to, w.amount_units, w.withdrawal_id, &w.id);
        tell(c, &(struct hook_move){.kind = MOVE_WITHDRAWAL,
                                    .asset_id = asset_id,
                                    .from_account_idx = b->account_idx,
                                    .to_account_idx = c->issue_account_idx,
                                    .instrument_idx = CORE_NONE,
                                    .amount_units = w.amount_units});
    } else {
        emit_withdrawal(c, cmd, w.withdrawal_id, w.slot, w.amount_units, 3, &w.id);
    }
    memset(&c->withdrawals[place], 0, sizeof(c->withdrawals[place]));
    c->withdrawal_cnt--;
    core_admin_done(c, cmd, &a, w.withdrawal_id);
}

void
core_transfer(struct core *c, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, CORE_EYES_TRANSFER, ADMIN_ID_REQUIRED, &a))
        return;
    uint32_t from_idx, asset_idx, from = BALANCE_NONE;
    uint32_t to_idx = core_account_idx(c, x->to_account_id);
    uint16_t reason = check_money(c, x, &from_idx, &asset_idx);
    if (reason == 0 && to_idx == CORE_NONE)
        reason = REASON_UNKNOWN_ACCOUNT;
    if (reason == 0 &&
        (to_idx == from_idx || to_idx == c->issue_account_idx || from_idx == c->issue_account_idx))
        reason = REASON_BAD_FIELD;
    if (reason == 0)
        reason = check_funds(c, from_idx, asset_idx, x->amount_units, &from);
    if (reason == 0 && ledger_balance_room(&c->ledger) < missing(c, to_idx, asset_idx))
        reason = REASON_TABLE_FULL;
    struct hook_move m = {.kind = MOVE_TRANSFER,
                          .asset_id = x->asset_id,
                          .from_account_idx = from_idx,
                          .to_account_idx = to_idx,
                          .instrument_idx = CORE_NONE,
                          .amount_units = x->amount_units};
    if (reason == 0)
        reason = ask(c, &m, cmd->account_id);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    uint32_t to = ledger_balance_take(&c->ledger, to_idx, asset_idx);
    core_post(c, from, to, x->amount_units);
    core_emit_posting(c, cmd, from, to, x->amount_units, 0, &cmd->id);
    tell(c, &m);
    core_admin_done(c, cmd, &a, 0);
}

/* Two postings at most: what went out of settled (credit account 0), what came in (debit 0). */
void
core_settle(struct core *c, const struct command *cmd)
{
    const struct command_settle *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, CORE_EYES_MONEY, ADMIN_ID_REQUIRED, &a))
        return;
    uint32_t account_idx = core_account_idx(c, cmd->account_id), slot = BALANCE_NONE;
    uint32_t asset_idx = ledger_asset_idx(&c->ledger, x->asset_id);
    uint16_t reason = 0;
    if (account_idx == CORE_NONE)
        reason = REASON_UNKNOWN_ACCOUNT;
    else if (asset_idx == ID_MAP_NONE)
        reason = REASON_UNKNOWN_ASSET;
    else if (x->in_units < 0 || x->out_units < 0 || (x->in_units == 0 && x->out_units == 0))
        reason = REASON_BAD_FIELD;
    else if ((slot = ledger_balance_slot(&c->ledger, account_idx, asset_idx)) == BALANCE_NONE ||
             c->ledger.balances[slot].pending_in_units < x->in_units ||
             c->ledger.balances[slot].pending_out_units < x->out_units)
        reason = REASON_BAD_STATE;
    struct hook_move m = {.kind = MOVE_SETTLE,
                          .asset_id = x->asset_id,
                          .from_account_idx = account_idx,
                          .to_account_idx = account_idx,
                          .instrument_idx = CORE_NONE};
    if (reason == 0) { /* only now neither is below zero */
        m.amount_units = x->in_units - x->out_units;
        reason = ask(c, &m, cmd->account_id);
    }
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    if (x->out_units > 0) {
        ledger_pend(&c->ledger, slot, 0, -x->out_units);
        ledger_settle(&c->ledger, slot, -x->out_units);
        core_emit_posting(c, cmd, slot, BALANCE_NONE, x->out_units, 0, &cmd->id);
    }
    if (x->in_units > 0) {
        ledger_pend(&c->ledger, slot, -x->in_units, 0);
        ledger_settle(&c->ledger, slot, x->in_units);
        core_emit_posting(c, cmd, BALANCE_NONE, slot, x->in_units, 0, &cmd->id);
    }
    CHECK(c->ledger.assets[asset_idx].sum_units == 0);
    tell(c, &m);
    core_admin_done(c, cmd, &a, 0);
}
