#include "engine/core/core_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/model/symbol.h"

/* Reference data other than instruments. The same id again changes what may change; what must not
 * is refused with BAD_STATE. The hooks see each of these twice: to validate, and after. */

uint16_t
core_hooks_validate(struct core *c, const struct command *cmd)
{
    struct hook_effects none = {0};
    if (c->hooks.command == NULL)
        return 0;
    return c->hooks.command(c->hook_self, cmd, false, &none, &c->sink);
}

void
core_hooks_commit(struct core *c, const struct command *cmd)
{
    struct hook_effects effects = {0};
    if (c->hooks.command == NULL)
        return;
    (void)c->hooks.command(c->hook_self, cmd, true, &effects, &c->sink);
    core_effects_take(c, &effects);
}

/* Refuses, or returns true: go on and commit. */
static bool
accepted(struct core *c, const struct command *cmd, uint16_t reason, uint32_t detail)
{
    if (reason == 0)
        reason = core_hooks_validate(c, cmd);
    if (reason != 0)
        core_emit_refusal(c, cmd, reason, detail);
    return reason == 0;
}

static void
committed(struct core *c, const struct command *cmd, const struct core_admin *a)
{
    core_hooks_commit(c, cmd);
    core_admin_done(c, cmd, a, 0);
}

void
core_emit_asset(struct core *c, uint32_t asset_idx, uint32_t session_id)
{
    const struct ledger_asset *a = &c->ledger.assets[asset_idx];
    struct event_asset *e = core_emit(c, EVENT_ASSET, sizeof(*e), AUDIENCE_PUBLIC, session_id);
    e->asset_id = a->asset_id;
    e->scale = a->scale;
    e->kind = a->kind;
    e->zero = 0;
    memcpy(e->symbol, a->symbol, sizeof(e->symbol));
}

void
core_config_asset(struct core *c, const struct command *cmd)
{
    const struct command_asset *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = ledger_asset_idx(&c->ledger, x->asset_id), detail = 0;
    uint16_t reason = 0;
    if (x->asset_id == ID_NONE || x->scale > MONEY_SCALE_MAX || x->kind < 1 || x->kind > 2 ||
        !symbol_well_formed(x->symbol)) {
        reason = REASON_BAD_FIELD;
        detail = x->asset_id == ID_NONE       ? offsetof(struct command_asset, asset_id)
                 : x->scale > MONEY_SCALE_MAX ? offsetof(struct command_asset, scale)
                 : x->kind < 1 || x->kind > 2 ? offsetof(struct command_asset, kind)
                                              : offsetof(struct command_asset, symbol);
    } else if (idx == ID_MAP_NONE && c->ledger.asset_cnt == c->ledger.asset_max) {
        reason = REASON_TABLE_FULL;
    } else if (idx != ID_MAP_NONE &&
               (c->ledger.assets[idx].scale != x->scale || c->ledger.assets[idx].kind != x->kind)) {
        reason = REASON_BAD_STATE;
        detail = offsetof(struct command_asset, scale);
    }
    if (!accepted(c, cmd, reason, detail))
        return;
    if (idx == ID_MAP_NONE)
        ledger_asset_add(&c->ledger, x->asset_id, x->scale, x->kind, x->symbol);
    else
        memcpy(c->ledger.assets[idx].symbol, x->symbol, SYMBOL_MAX);
    core_emit_asset(c, ledger_asset_idx(&c->ledger, x->asset_id), cmd->session_id);
    committed(c, cmd, &a);
}

/* --- accounts --- */

static void
account_add(struct core *c, const struct command_account *x)
{
    uint32_t idx = c->view.account_cnt++;
    c->accounts[idx] = (struct core_account){.order_head = ORDER_NONE, .order_tail = ORDER_NONE};
    c->view_accounts[idx] = (struct hook_account){.account_id = x->cmd.account_id};
    id_map_add(&c->account_ids, x->cmd.account_id, idx);
    if (x->cmd.account_id == c->genesis.fee_account_id)
        c->fee_account_idx = idx;
    if (x->cmd.account_id == c->genesis.issue_account_id)
        c->issue_account_idx = idx;
}

void
core_config_account(struct core *c, const struct command *cmd)
{
    const struct command_account *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_ACCOUNTS, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = core_account_idx(c, cmd->account_id), detail = 0;
    uint16_t reason = 0;
    if (cmd->account_id == ID_NONE) {
        reason = REASON_BAD_FIELD;
        detail = offsetof(struct command, account_id);
    } else if (x->status < ACCOUNT_ACTIVE || x->status > ACCOUNT_CLOSING) {
        reason = REASON_BAD_FIELD;
        detail = offsetof(struct command_account, status);
    } else if (x->kind < 1 || x->kind > 3) {
        reason = REASON_BAD_FIELD;
        detail = offsetof(struct command_account, kind);
    } else if (idx == CORE_NONE && c->view.account_cnt == c->genesis.account_max) {
        reason = REASON_TABLE_FULL;
    }
    if (!accepted(c, cmd, reason, detail))
        return;
    if (idx == CORE_NONE) {
        account_add(c, x);
        idx = c->view.account_cnt - 1;
    }
    struct hook_account *v = &c->view_accounts[idx];
    v->firm_id = x->firm_id;
    v->owner_group = x->owner_group;
    v->tenant_id = cmd->tenant_id;
    v->status = (uint8_t)x->status;
    v->kind = (uint8_t)x->kind;
    struct event_account *e =
        core_emit(c, EVENT_ACCOUNT, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->account_id = cmd->account_id;
    e->tenant_id = cmd->tenant_id;
    e->zero0 = 0;
    e->firm_id = x->firm_id;
    e->owner_group = x->owner_group;
    e->status = x->status;
    e->kind = x->kind;
    committed(c, cmd, &a);
}

void
core_config_profile(struct core *c, const struct command *cmd)
{
    const struct command_account_profile *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_COMPLIANCE, CORE_EYES_PROFILE, 0, &a))
        return;
    uint32_t idx = core_account_idx(c, cmd->account_id), detail = 0;
    uint16_t reason = 0;
    if (idx == CORE_NONE) {
        reason = REASON_UNKNOWN_ACCOUNT;
    } else if (x->status < ACCOUNT_ACTIVE || x->status > ACCOUNT_CLOSING) {
        reason = REASON_BAD_FIELD;
        detail = offsetof(struct command_account_profile, status);
    } else if (x->freeze > FREEZE_FULL) {
        reason = REASON_BAD_FIELD;
        detail = offsetof(struct command_account_profile, freeze);
    }
    if (!accepted(c, cmd, reason, detail))
        return;
    c->view_accounts[idx].status = x->status;
    struct event_account_profile *e =
        core_emit(c, EVENT_ACCOUNT_PROFILE, sizeof(*e), AUDIENCE_CONFIDENTIAL, cmd->session_id);
    e->account_id = cmd->account_id;
    e->status = x->status;
    e->freeze = x->freeze;
    e->kyc_level = x->kyc_level;
    e->country = x->country;
    e->investor_class = x->investor_class;
    e->zero0 = 0;
    e->max_open_orders = x->max_open_orders;
    e->kyc_expiry_ns = x->kyc_expiry_ns;
    e->max_messages = x->max_messages;
    e->zero1 = 0;
    e->message_window_ns = x->message_window_ns;
    e->max_order_value_units = x->max_order_value_units;
    committed(c, cmd, &a);
}

/* --- sessions and operators --- */

void
core_config_session(struct core *c, const struct command *cmd)
{
    const struct command_session *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_OPERATE | ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = id_map_find(&c->session_ids, cmd->session_id);
    uint16_t reason = 0;
    if (cmd->session_id == ID_NONE)
        reason = REASON_BAD_FIELD;
    else if (cmd->account_id != 0 && core_account_idx(c, cmd->account_id) == CORE_NONE)
        reason = REASON_UNKNOWN_ACCOUNT;
    else if (idx == ID_MAP_NONE && c->session_cnt == c->genesis.session_max)
        reason = REASON_TABLE_FULL;
    if (!accepted(c, cmd, reason,
                  reason == REASON_BAD_FIELD ? (uint32_t)offsetof(struct command, session_id) : 0))
        return;
    if (idx == ID_MAP_NONE) {
        idx = c->session_cnt++;
        c->sessions[idx] = (struct core_session){
            .session_id = cmd->session_id, .order_head = ORDER_NONE, .order_tail = ORDER_NONE};
        id_map_add(&c->session_ids, cmd->session_id, idx);
    }
    struct core_session *s = &c->sessions[idx];
    s->account_id = cmd->account_id;
    s->protocol = x->protocol;
    s->cancel_on_disconnect = x->cancel_on_disconnect != 0;
    s->tenant_id = cmd->tenant_id;
    memcpy(s->name, x->name, sizeof(s->name));
    struct event_session *e =
        core_emit(c, EVENT_SESSION, sizeof(*e), AUDIENCE_PARTY, cmd->session_id);
    e->account_id = cmd->account_id;
    e->protocol = x->protocol;
    e->cancel_on_disconnect = s->cancel_on_disconnect;
    e->tenant_id = cmd->tenant_id;
    memcpy(e->name, x->name, sizeof(e->name));
    committed(c, cmd, &a);
}

void
core_config_actor(struct core *c, const struct command *cmd)
{
    const struct command_actor *x = (const void *)cmd;
    const uint32_t all =
        ROLE_VIEW | ROLE_OPERATE | ROLE_ACCOUNTS | ROLE_COMPLIANCE | ROLE_CONFIGURE;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    uint32_t idx = id_map_find(&c->actor_ids, x->subject_actor_id), detail = 0;
    uint16_t reason = 0;
    if (x->subject_actor_id == ID_NONE || (x->roles & ~all) != 0) {
        reason = REASON_BAD_FIELD;
        detail = x->subject_actor_id == ID_NONE ? offsetof(struct command_actor, subject_actor_id)
                                                : offsetof(struct command_actor, roles);
    } else if (idx == ID_MAP_NONE && c->actor_cnt == c->genesis.actor_max) {
        reason = REASON_TABLE_FULL;
    }
    if (!accepted(c, cmd, reason, detail))
        return;
    if (idx == ID_MAP_NONE) {
        idx = c->actor_cnt++;
        c->actors[idx] = (struct core_actor){.actor_id = x->subject_actor_id};
        id_map_add(&c->actor_ids, x->subject_actor_id, idx);
    }
    c->actors[idx].roles = x->roles;
    memcpy(c->actors[idx].name, x->name, sizeof(x->name));
    struct event_actor *e =
        core_emit(c, EVENT_ACTOR, sizeof(*e), AUDIENCE_OPERATOR, cmd->session_id);
    e->subject_actor_id = x->subject_actor_id;
    e->roles = x->roles;
    memcpy(e->name, x->name, sizeof(e->name));
    committed(c, cmd, &a);
}

/* --- the venue as a whole --- */

static void
emit_value(struct core *c, const struct command *cmd, uint16_t type, uint32_t value)
{
    struct event_value *e = core_emit(c, type, sizeof(*e), AUDIENCE_PUBLIC, cmd->session_id);
    e->value = value;
    e->zero = 0;
}

void
core_config_rules(struct core *c, const struct command *cmd)
{
    const struct command_rules *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_CONFIGURE, CORE_EYES_REFERENCE, 0, &a))
        return;
    /* A switch back is a switch to something that was. */
    if (!accepted(c, cmd,
                  x->rules_version < 1 || x->rules_version > CORE_RULES_MAX ? REASON_BAD_FIELD : 0,
                  offsetof(struct command_rules, rules_version)))
        return;
    c->rules_version = x->rules_version;
    emit_value(c, cmd, EVENT_RULES, x->rules_version);
    committed(c, cmd, &a);
}

void
core_config_mode(struct core *c, const struct command *cmd)
{
    const struct command_mode *x = (const void *)cmd;
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_OPERATE, 0, ADMIN_VENUE, &a))
        return;
    uint16_t reason = x->mode != MODE_NORMAL && x->mode != MODE_CANCEL_ONLY ? REASON_BAD_FIELD : 0;
    if (!accepted(c, cmd, reason, offsetof(struct command_mode, mode)))
        return;
    c->mode = x->mode;
    emit_value(c, cmd, EVENT_MODE, x->mode);
    committed(c, cmd, &a);
}

void
core_checkpoint(struct core *c, const struct command *cmd)
{
    struct core_admin a;
    if (!core_admin_enter(c, cmd, ROLE_VIEW | ROLE_OPERATE, 0, ADMIN_VENUE, &a))
        return;
    /* The event itself counts: the digest is of the state that a replay has right after it. */
    core_admin_done(c, cmd, &a, 0);
    struct event_checkpoint *e =
        core_emit(c, EVENT_CHECKPOINT, sizeof(*e), AUDIENCE_OPERATOR, cmd->session_id);
    core_digests(c, e);
    e->id = cmd->id;
}
