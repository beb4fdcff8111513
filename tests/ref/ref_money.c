#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Value that moves other than by a fill. */

static struct balance_after
after(const struct ref_balance *b)
{
    return (struct balance_after){.settled_units = b->settled, .held_units = b->held};
}

struct party { /* of a posting; account -1: what is pending */
    int account;
    const struct ref_balance *balance;
};

static struct event_posting *
say_posting(struct ref_venue *r, const struct command *cmd, uint32_t asset, struct party debit,
            struct party credit, int64_t amount)
{
    struct event_posting *e = ref_say(r, EVENT_POSTING, AUDIENCE_PARTY, cmd->session_id);
    if (debit.account >= 0) {
        e->debit_account_id = r->accounts[debit.account].id;
        e->debit_after = after(debit.balance);
    }
    if (credit.account >= 0) {
        e->credit_account_id = r->accounts[credit.account].id;
        e->credit_after = after(credit.balance);
    }
    e->asset_id = r->assets[asset].asset_id;
    e->command_type = cmd->rec.type;
    e->amount_units = amount;
    e->actor_id = cmd->actor_id;
    e->id = cmd->id;
    return e;
}

static void
move(struct ref_venue *r, uint32_t asset, int from, int to, int64_t amount)
{
    ref_balance_make(r, &r->balances[from][asset]);
    ref_balance_make(r, &r->balances[to][asset]);
    r->balances[from][asset].settled -= amount;
    r->balances[to][asset].settled += amount;
}

static struct event_posting *
say_moved(struct ref_venue *r, const struct command *cmd, uint32_t asset, int from, int to,
          int64_t amount)
{
    return say_posting(r, cmd, asset, (struct party){from, &r->balances[from][asset]},
                       (struct party){to, &r->balances[to][asset]}, amount);
}

static bool
refused(struct ref_venue *r, const struct command *cmd, uint16_t reason)
{
    if (reason != 0)
        (void)ref_say_result(r, cmd, reason, 0);
    return reason != 0;
}

static uint16_t
amount_ok(const struct ref_venue *r, const struct command_money *x)
{
    if (ref_account_of(r, x->cmd.account_id) < 0)
        return REASON_UNKNOWN_ACCOUNT;
    if (ref_corporate_moves(r, (uint32_t)ref_asset_of(r, x->asset_id)))
        return REASON_BUSY;
    if (x->amount_units <= 0)
        return REASON_BAD_FIELD;
    return x->amount_units > REF_MOST ? REASON_TOO_LARGE : 0;
}

static bool
room(const struct ref_venue *r, uint32_t missing)
{
    return r->balance_cnt + r->corporate.reserved + missing <= r->genesis.balance_max;
}

void
ref_deposit(struct ref_venue *r, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_ACCOUNTS, REF_DESK_ID, &d))
        return;
    int account = ref_account_of(r, cmd->account_id);
    int issue = ref_account_of(r, r->genesis.issue_account_id);
    uint32_t asset = (uint32_t)ref_asset_of(r, x->asset_id);
    uint16_t reason = amount_ok(r, x);
    if (reason == 0 && account == issue)
        reason = REASON_BAD_FIELD;
    if (reason == 0 && (wide)r->issued[asset] + x->amount_units > REF_MOST)
        reason = REASON_TOO_LARGE;
    if (reason == 0 && !room(r, (uint32_t)!r->balances[account][asset].exists +
                                    (uint32_t)!r->balances[issue][asset].exists))
        reason = REASON_TABLE_FULL;
    if (reason == 0)
        reason = ref_may_move(r, (uint32_t)account, false);
    if (refused(r, cmd, reason))
        return;
    r->issued[asset] += x->amount_units;
    move(r, asset, issue, account, x->amount_units);
    (void)say_moved(r, cmd, asset, issue, account, x->amount_units);
    ref_desk_done(r, cmd, &d, 0);
}

/* --- withdrawals: held until they are confirmed or returned --- */

static void
say_withdrawal(struct ref_venue *r, const struct command *cmd, const struct ref_withdrawal *w,
               uint32_t state)
{
    struct event_withdrawal *e = ref_say(r, EVENT_WITHDRAWAL, AUDIENCE_PARTY, cmd->session_id);
    e->withdrawal_id = w->number;
    e->account_id = r->accounts[w->account].id;
    e->asset_id = r->assets[w->asset].asset_id;
    e->amount_units = w->amount;
    e->state = state;
    e->actor_id = cmd->actor_id;
    e->after = after(&r->balances[w->account][w->asset]);
    e->id = w->id;
}

static struct ref_withdrawal *
withdrawal_of(struct ref_venue *r, uint64_t number)
{
    for (uint32_t i = 0; i < r->genesis.withdrawal_max && i < REF_WITHDRAWAL_MAX; i++) {
        if (r->withdrawals[i].number == number)
            return &r->withdrawals[i];
    }
    return NULL;
}

void
ref_withdraw(struct ref_venue *r, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_ACCOUNTS, REF_DESK_CLIENT | REF_DESK_ID, &d))
        return;
    int account = ref_account_of(r, cmd->account_id);
    uint32_t asset = (uint32_t)ref_asset_of(r, x->asset_id);
    struct ref_withdrawal *w = withdrawal_of(r, 0);
    uint16_t reason = amount_ok(r, x);
    if (reason == 0 && cmd->account_id == r->genesis.issue_account_id)
        reason = REASON_BAD_FIELD;
    if (reason == 0 && ref_available(&r->balances[account][asset]) < x->amount_units)
        reason = REASON_INSUFFICIENT_FUNDS;
    if (reason == 0 && w == NULL)
        reason = REASON_TABLE_FULL;
    if (reason == 0)
        reason = ref_may_move(r, (uint32_t)account, true);
    if (refused(r, cmd, reason))
        return;
    *w = (struct ref_withdrawal){.number = r->event_seq + 1,
                                 .account = (uint32_t)account,
                                 .asset = asset,
                                 .amount = x->amount_units,
                                 .id = cmd->id};
    r->balances[account][asset].held += w->amount;
    say_withdrawal(r, cmd, w, 1);
    ref_desk_done(r, cmd, &d, w->number);
}

void
ref_withdraw_decide(struct ref_venue *r, const struct command *cmd)
{
    const struct command_withdraw_decide *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_ACCOUNTS, 0, &d))
        return;
    struct ref_withdrawal *w = x->withdrawal_id == 0 ? NULL : withdrawal_of(r, x->withdrawal_id);
    if (refused(r, cmd, w == NULL ? REASON_BAD_STATE : 0))
        return;
    int issue = ref_account_of(r, r->genesis.issue_account_id);
    r->balances[w->account][w->asset].held -= w->amount;
    if (x->confirm) {
        r->issued[w->asset] -= w->amount;
        move(r, w->asset, (int)w->account, issue, w->amount);
        say_withdrawal(r, cmd, w, 2);
        struct event_posting *e = say_moved(r, cmd, w->asset, (int)w->account, issue, w->amount);
        e->ref = w->number;
        e->id = w->id;
    } else {
        say_withdrawal(r, cmd, w, 3);
    }
    ref_desk_done(r, cmd, &d, w->number);
    w->number = 0;
}

void
ref_transfer(struct ref_venue *r, const struct command *cmd)
{
    const struct command_money *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_ACCOUNTS, REF_DESK_ID, &d))
        return;
    int from = ref_account_of(r, cmd->account_id), to = ref_account_of(r, x->to_account_id);
    int issue = ref_account_of(r, r->genesis.issue_account_id);
    uint32_t asset = (uint32_t)ref_asset_of(r, x->asset_id);
    uint16_t reason = amount_ok(r, x);
    if (reason == 0 && to < 0)
        reason = REASON_UNKNOWN_ACCOUNT;
    if (reason == 0 && (from == to || from == issue || to == issue))
        reason = REASON_BAD_FIELD;
    if (reason == 0 && ref_available(&r->balances[from][asset]) < x->amount_units)
        reason = REASON_INSUFFICIENT_FUNDS;
    if (reason == 0 && !room(r, !r->balances[to][asset].exists))
        reason = REASON_TABLE_FULL;
    if (reason == 0)
        reason = ref_may_move(r, (uint32_t)from, true);
    if (refused(r, cmd, reason))
        return;
    move(r, asset, from, to, x->amount_units);
    (void)say_moved(r, cmd, asset, from, to, x->amount_units);
    ref_desk_done(r, cmd, &d, 0);
}

/* The result of a settlement run: what was pending is settled now. */
void
ref_settle(struct ref_venue *r, const struct command *cmd)
{
    const struct command_settle *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_ACCOUNTS, REF_DESK_ID, &d))
        return;
    int account = ref_account_of(r, cmd->account_id);
    uint32_t asset = (uint32_t)ref_asset_of(r, x->asset_id);
    struct ref_balance *b = account < 0 ? NULL : &r->balances[account][asset];
    const struct party pending = {-1, NULL};
    uint16_t reason = 0;
    if (b == NULL)
        reason = REASON_UNKNOWN_ACCOUNT;
    else if (x->in_units < 0 || x->out_units < 0 || (x->in_units == 0 && x->out_units == 0))
        reason = REASON_BAD_FIELD;
    else if (b->in < x->in_units || b->out < x->out_units)
        reason = REASON_BAD_STATE;
    else if (ref_corporate_moves(r, asset))
        reason = REASON_BUSY;
    if (reason == 0)
        reason = ref_may_move(r, (uint32_t)account, false);
    if (refused(r, cmd, reason))
        return;
    if (x->out_units > 0) {
        b->out -= x->out_units;
        b->settled -= x->out_units;
        (void)say_posting(r, cmd, asset, (struct party){account, b}, pending, x->out_units);
    }
    if (x->in_units > 0) {
        b->in -= x->in_units;
        b->settled += x->in_units;
        (void)say_posting(r, cmd, asset, pending, (struct party){account, b}, x->in_units);
    }
    ref_desk_done(r, cmd, &d, 0);
}
