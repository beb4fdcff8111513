#include "tools/text/script_priv.h"

#include <string.h>

/* Money and the operator's desk: deposit, withdraw, confirm, return, transfer, settle, reference,
 * halt, open, close, kill, lift, mode, rules-version, checkpoint, approve, sessions. */

/* ACCOUNT ASSET AMOUNT with what all movements may carry: id, session. */
static void
take_money_options(struct script *s, struct words *w, struct command *cmd)
{
    while (words_left(w)) {
        if (words_take(w, "id")) {
            words_client_id(w, &cmd->id);
        } else if (words_take(w, "session")) {
            cmd->session_id = words_u32(w, "a session");
            cmd->incarnation = script_incarnation(s, cmd->session_id);
            cmd->actor_id = 0;
        } else {
            words_expected(w, "id or session");
        }
    }
    if (cmd->id.length == 0)
        script_auto_id(s, &cmd->id);
}

static void
money(struct script *s, struct words *w, uint16_t type)
{
    struct command_money c;
    command_init(&c.cmd, type);
    c.cmd.actor_id = s->actor_id;
    c.cmd.account_id = words_u32(w, "an account");
    if (type == COMMAND_TRANSFER)
        c.to_account_id = words_u32(w, "the account that receives");
    const struct sandbox_asset *a = script_asset(s, w);
    c.asset_id = a->id;
    c.amount_units = words_decimal(w, a->scale, "an amount");
    take_money_options(s, w, &c.cmd);
    script_finish(s, w, &c.cmd);
}

static void
verb_deposit(struct script *s, struct words *w)
{
    money(s, w, COMMAND_DEPOSIT);
}

static void
verb_withdraw(struct script *s, struct words *w)
{
    money(s, w, COMMAND_WITHDRAW);
}

static void
verb_transfer(struct script *s, struct words *w)
{
    money(s, w, COMMAND_TRANSFER);
}

/* confirm|return ACCOUNT ID: of a withdrawal, by the id of its request */
static void
decide_withdrawal(struct script *s, struct words *w, bool confirm)
{
    struct command_withdraw_decide c;
    struct client_id id = {0};
    command_init(&c.cmd, COMMAND_WITHDRAW_DECIDE);
    c.cmd.actor_id = s->actor_id;
    c.cmd.account_id = words_u32(w, "an account");
    words_client_id(w, &id);
    c.withdrawal_id = sandbox_ref_find(&s->box.withdrawals, c.cmd.account_id, &id);
    c.confirm = confirm;
    script_auto_id(s, &c.cmd.id);
    script_finish(s, w, &c.cmd);
}

static void
verb_confirm(struct script *s, struct words *w)
{
    decide_withdrawal(s, w, true);
}

static void
verb_return(struct script *s, struct words *w)
{
    decide_withdrawal(s, w, false);
}

/* settle ACCOUNT ASSET [in AMOUNT] [out AMOUNT] */
static void
verb_settle(struct script *s, struct words *w)
{
    struct command_settle c;
    command_init(&c.cmd, COMMAND_SETTLE);
    c.cmd.actor_id = s->actor_id;
    c.cmd.account_id = words_u32(w, "an account");
    const struct sandbox_asset *a = script_asset(s, w);
    c.asset_id = a->id;
    if (words_take(w, "in"))
        c.in_units = words_decimal(w, a->scale, "an amount");
    if (words_take(w, "out"))
        c.out_units = words_decimal(w, a->scale, "an amount");
    take_money_options(s, w, &c.cmd);
    script_finish(s, w, &c.cmd);
}

static void
verb_reference(struct script *s, struct words *w)
{
    struct command_reference_price c;
    command_init(&c.cmd, COMMAND_REFERENCE_PRICE);
    c.cmd.actor_id = s->actor_id;
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    c.price_units = script_price(i, w);
    script_finish(s, w, &c.cmd);
}

static void
trading_state(struct script *s, struct words *w, uint32_t state)
{
    struct command_trading_state c;
    command_init(&c.cmd, COMMAND_TRADING_STATE);
    c.cmd.actor_id = s->actor_id;
    c.state = state;
    if (!words_take(w, "all"))
        c.instrument_id = script_instrument(s, w)->id;
    script_finish(s, w, &c.cmd);
}

static void
verb_open(struct script *s, struct words *w)
{
    trading_state(s, w, TRADING_OPEN);
}

static void
verb_halt(struct script *s, struct words *w)
{
    trading_state(s, w, TRADING_HALTED);
}

static void
verb_close(struct script *s, struct words *w)
{
    trading_state(s, w, TRADING_CLOSED);
}

/* kill|lift account A, ... tenant T, ... instrument SYMBOL, ... venue */
static void
kill_switch(struct script *s, struct words *w, uint8_t engage)
{
    struct command_kill_switch c;
    command_init(&c.cmd, COMMAND_KILL_SWITCH);
    c.cmd.actor_id = s->actor_id;
    c.engage = engage;
    c.scope = (uint8_t)words_enum(w, &SCHEMA_KILL_SCOPE, "account, tenant, instrument or venue");
    if (c.scope == KILL_ACCOUNT)
        c.cmd.account_id = words_u32(w, "an account");
    if (c.scope == KILL_TENANT)
        c.cmd.tenant_id = (uint16_t)words_u32(w, "a tenant");
    if (c.scope == KILL_INSTRUMENT)
        c.instrument_id = script_instrument(s, w)->id;
    script_finish(s, w, &c.cmd);
}

static void
verb_kill(struct script *s, struct words *w)
{
    kill_switch(s, w, 1);
}

static void
verb_lift(struct script *s, struct words *w)
{
    kill_switch(s, w, 0);
}

static void
verb_mode(struct script *s, struct words *w)
{
    struct command_mode c;
    command_init(&c.cmd, COMMAND_MODE);
    c.cmd.actor_id = s->actor_id;
    c.mode = (uint32_t)words_enum(w, &SCHEMA_VENUE_MODE, "a mode");
    script_finish(s, w, &c.cmd);
}

static void
verb_rules_version(struct script *s, struct words *w)
{
    struct command_rules c;
    command_init(&c.cmd, COMMAND_RULES);
    c.cmd.actor_id = s->actor_id;
    c.rules_version = words_u32(w, "a version");
    script_finish(s, w, &c.cmd);
}

static void
verb_checkpoint(struct script *s, struct words *w)
{
    struct command c;
    command_init(&c, COMMAND_CHECKPOINT);
    c.actor_id = s->actor_id;
    script_finish(s, w, &c);
}

/* approve: the proposal that was made last */
static void
verb_approve(struct script *s, struct words *w)
{
    struct command_approve c;
    command_init(&c.cmd, COMMAND_APPROVE);
    c.cmd.actor_id = s->actor_id;
    c.proposal = s->box.proposal;
    script_finish(s, w, &c.cmd);
}

/* --- sessions --- */

static void
set_incarnation(struct script *s, struct words *w, uint32_t session_id, uint32_t incarnation)
{
    for (uint32_t i = 0; i < s->session_cnt; i++) {
        if (s->sessions[i].session_id == session_id) {
            s->sessions[i].incarnation = incarnation;
            return;
        }
    }
    if (s->session_cnt == SCRIPT_SESSIONS) {
        words_fail(w, "more than %d sessions", SCRIPT_SESSIONS);
        return;
    }
    s->sessions[s->session_cnt].session_id = session_id;
    s->sessions[s->session_cnt++].incarnation = incarnation;
}

/* session-up N [incarnation I] [inbound SEQ] [reset] */
static void
verb_session_up(struct script *s, struct words *w)
{
    struct command_session_event c;
    command_init(&c.cmd, COMMAND_SESSION_UP);
    c.cmd.session_id = words_u32(w, "a session");
    c.cmd.incarnation = script_incarnation(s, c.cmd.session_id);
    while (words_left(w)) {
        if (words_take(w, "incarnation"))
            c.cmd.incarnation = words_u32(w, "an incarnation");
        else if (words_take(w, "inbound"))
            c.inbound_seq = words_u64(w, "a message number");
        else if (words_take(w, "reset"))
            c.reset = 1;
        else
            words_expected(w, "incarnation, inbound or reset");
    }
    set_incarnation(s, w, c.cmd.session_id, c.cmd.incarnation);
    script_finish(s, w, &c.cmd);
}

static void
session_event(struct script *s, struct words *w, uint16_t type)
{
    struct command_session_event c;
    command_init(&c.cmd, type);
    c.cmd.session_id = words_u32(w, "a session");
    c.cmd.incarnation = script_incarnation(s, c.cmd.session_id);
    if (type == COMMAND_SESSION_RESERVE)
        c.outbound_seq = words_u64(w, "a message number");
    script_finish(s, w, &c.cmd);
}

static void
verb_session_down(struct script *s, struct words *w)
{
    session_event(s, w, COMMAND_SESSION_DOWN);
}

static void
verb_session_reserve(struct script *s, struct words *w)
{
    session_event(s, w, COMMAND_SESSION_RESERVE);
}

const struct script_row SCRIPT_ADMIN[] = {
    {"deposit", verb_deposit},
    {"withdraw", verb_withdraw},
    {"confirm", verb_confirm},
    {"return", verb_return},
    {"transfer", verb_transfer},
    {"settle", verb_settle},
    {"reference", verb_reference},
    {"open", verb_open},
    {"halt", verb_halt},
    {"close", verb_close},
    {"kill", verb_kill},
    {"lift", verb_lift},
    {"mode", verb_mode},
    {"rules-version", verb_rules_version},
    {"checkpoint", verb_checkpoint},
    {"approve", verb_approve},
    {"session-up", verb_session_up},
    {"session-down", verb_session_down},
    {"session-reserve", verb_session_reserve},
    {NULL, NULL},
};
