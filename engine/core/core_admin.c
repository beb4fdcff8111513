#include "engine/core/core_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/base/sha256.h"

/* What surrounds each command of operators and of money: who may, has it been seen before, does it
 * need a second person. Configuration that genesis announced comes without a person. */

bool
core_known_to_rules(struct core *c, const struct command *cmd)
{
    if (c->rules_version >= CORE_RULES_ORDERS)
        return true;
    core_emit_result(c, cmd, REASON_UNKNOWN_COMMAND, 0);
    return false;
}

/* What a proposal fixes: account_id, tenant_id, id and body of the command. */
static void
proposal_digest(const struct command *cmd, uint8_t out[SHA256_BYTES])
{
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, &cmd->account_id, sizeof(cmd->account_id));
    sha256_update(&s, &cmd->tenant_id, sizeof(cmd->tenant_id));
    sha256_update(&s, &cmd->id, sizeof(cmd->id));
    sha256_update(&s, (const uint8_t *)cmd + sizeof(*cmd), cmd->rec.length_bytes - sizeof(*cmd));
    sha256_final(&s, out);
}

static bool
from_config(const struct core *c, const struct command *cmd)
{
    return (cmd->flags & COMMAND_FROM_CONFIG) != 0 && c->config_missing > 0;
}

static uint16_t
check_sender(struct core *c, const struct command *cmd, uint32_t roles, uint32_t flags)
{
    uint32_t session_idx;
    if (from_config(c, cmd))
        return 0;
    /* SESSION commands carry the session that they define. */
    if (cmd->rec.type != COMMAND_SESSION) {
        uint16_t reason = core_session_check(c, cmd, &session_idx);
        if (reason != 0)
            return reason;
    }
    if (cmd->actor_id != 0)
        return core_actor_may(c, cmd->actor_id, roles) ? 0 : REASON_NOT_AUTHORIZED;
    if ((flags & ADMIN_CLIENT) != 0 && cmd->session_id != 0 && cmd->account_id != 0)
        return 0;
    if ((flags & ADMIN_VENUE) != 0 && cmd->session_id == 0)
        return 0;
    return REASON_NOT_AUTHORIZED;
}

/* False: answered. */
static bool
check_seen(struct core *c, const struct command *cmd, uint32_t flags, struct core_admin *a)
{
    uint16_t reason = 0;
    if (cmd->id.length > CLIENT_ID_MAX ||
        (cmd->id.length == 0 && (flags & ADMIN_ID_REQUIRED) != 0 && !from_config(c, cmd)))
        reason = REASON_BAD_CLIENT_ID;
    if (reason == 0 && cmd->id.length > 0 && (flags & ADMIN_FORGETS) == 0) {
        bool actor = cmd->actor_id != 0;
        client_key_set(&a->key, actor ? CLIENT_ACTOR : CLIENT_REQUEST,
                       actor ? cmd->actor_id : cmd->account_id, &cmd->id);
        a->hash = client_key_hash(&c->ids, &a->key);
        a->digest = hash64_u64(core_content_digest(c, cmd), cmd->account_id);
        uint32_t known = client_ids_find(&c->ids, &a->key, a->hash);
        if (known != CLIENT_NONE && client_ids_entry(&c->ids, known)->digest == a->digest) {
            core_emit_result(c, cmd, 0, client_ids_entry(&c->ids, known)->ref);
            return false;
        }
        if (known != CLIENT_NONE)
            reason = REASON_DUPLICATE_ID;
        else if (!client_ids_room(&c->ids))
            reason = REASON_CLIENT_IDS_FULL;
        a->remember = 1;
    }
    if (reason != 0)
        core_emit_result(c, cmd, reason, 0);
    return reason == 0;
}

static uint32_t
proposal_find(const struct core *c, uint64_t proposal)
{
    for (uint32_t i = 0; i < c->genesis.proposal_max && proposal != 0; i++) {
        if (c->proposals[i].proposal == proposal)
            return i;
    }
    return CORE_NONE;
}

static uint16_t
check_approved(const struct core *c, const struct command *cmd, uint32_t eyes, struct core_admin *a)
{
    uint8_t digest[SHA256_BYTES];
    a->proposal_idx = CORE_NONE;
    if ((c->genesis.four_eyes & eyes) == 0 || from_config(c, cmd))
        return 0;
    uint32_t idx = proposal_find(c, cmd->approval_ref);
    if (idx == CORE_NONE)
        return REASON_NEEDS_APPROVAL;
    const struct core_proposal *p = &c->proposals[idx];
    if (p->state != 2 || p->command_type != cmd->rec.type ||
        (cmd->actor_id != p->actor_id && cmd->actor_id != p->approver_id))
        return REASON_NEEDS_APPROVAL;
    proposal_digest(cmd, digest);
    if (memcmp(digest, p->digest, sizeof(digest)) != 0)
        return REASON_NEEDS_APPROVAL;
    a->proposal_idx = idx;
    return 0;
}

bool
core_admin_enter(struct core *c, const struct command *cmd, uint32_t roles, uint32_t eyes,
                 uint32_t flags, struct core_admin *a)
{
    memset(a, 0, sizeof(*a));
    uint16_t reason = check_sender(c, cmd, roles, flags);
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return false;
    }
    if (!check_seen(c, cmd, flags, a))
        return false;
    reason = check_approved(c, cmd, eyes, a);
    if (reason == 0 && c->hooks.command != NULL && !core_work_has_room(c))
        reason = REASON_BUSY; /* room for what the hooks may ask */
    if (reason != 0)
        core_emit_result(c, cmd, reason, 0);
    return reason == 0;
}

static void
emit_proposal(struct core *c, const struct command *cmd, const struct core_proposal *p,
              uint32_t actor_id)
{
    struct event_proposal *e =
        core_emit(c, EVENT_PROPOSAL, sizeof(*e), AUDIENCE_OPERATOR, cmd->session_id);
    e->proposal = p->proposal != 0 ? p->proposal : e->ev.rec.seq;
    e->actor_id = actor_id;
    e->command_type = p->command_type;
    e->state = p->state;
    memcpy(e->digest, p->digest, sizeof(e->digest));
}

void
core_admin_done(struct core *c, const struct command *cmd, const struct core_admin *a, uint64_t ref)
{
    if (a->remember)
        client_ids_add_done(&c->ids, &a->key, a->hash, a->digest, ref);
    if (a->proposal_idx != CORE_NONE) {
        struct core_proposal *p = &c->proposals[a->proposal_idx];
        p->state = 3;
        emit_proposal(c, cmd, p, cmd->actor_id);
        memset(p, 0, sizeof(*p));
        c->proposal_cnt--;
    }
}

/* --- two people --- */

/* Roles that a command of this type needs: who may not send it may not propose or approve it. */
static uint32_t
roles_for(uint16_t type)
{
    switch (type) {
    case COMMAND_ACCOUNT:
    case COMMAND_DEPOSIT:
    case COMMAND_WITHDRAW:
    case COMMAND_WITHDRAW_DECIDE:
    case COMMAND_TRANSFER:
    case COMMAND_SETTLE:
        return ROLE_ACCOUNTS;
    case COMMAND_ACCOUNT_PROFILE:
    case COMMAND_ORDER_DECIDE:
        return ROLE_COMPLIANCE;
    case COMMAND_INSTRUMENT_RULES:
    case COMMAND_DEAL_RULES:
        return ROLE_COMPLIANCE | ROLE_CONFIGURE;
    case COMMAND_KILL_SWITCH:
        return ROLE_OPERATE | ROLE_COMPLIANCE;
    case COMMAND_SESSION:
    case COMMAND_REFERENCE_PRICE:
        return ROLE_OPERATE | ROLE_CONFIGURE;
    case COMMAND_TRADING_STATE:
    case COMMAND_MODE:
    case COMMAND_MASS_CANCEL:
        return ROLE_OPERATE;
    default:
        return ROLE_CONFIGURE;
    }
}

/* A free place; when there is none, the oldest that was proposed before the day before. */
static uint32_t
proposal_place(struct core *c)
{
    uint32_t oldest = CORE_NONE;
    for (uint32_t i = 0; i < c->genesis.proposal_max; i++) {
        const struct core_proposal *p = &c->proposals[i];
        if (p->proposal == 0)
            return i;
        if (p->business_day + 1 < c->today &&
            (oldest == CORE_NONE || p->proposal < c->proposals[oldest].proposal))
            oldest = i;
    }
    if (oldest != CORE_NONE)
        c->proposal_cnt--;
    return oldest;
}

void
core_propose(struct core *c, const struct command *cmd)
{
    const struct command_propose *x = (const void *)cmd;
    struct core_admin a;
    uint32_t roles = x->command_type <= UINT16_MAX ? roles_for((uint16_t)x->command_type) : 0;
    if (!core_admin_enter(c, cmd, roles, 0, 0, &a))
        return;
    if (x->command_type > UINT16_MAX || command_bytes((uint16_t)x->command_type) == 0) {
        core_emit_result(c, cmd, REASON_UNKNOWN_COMMAND, 0);
        return;
    }
    uint32_t idx = proposal_place(c);
    if (idx == CORE_NONE) {
        core_emit_result(c, cmd, REASON_TABLE_FULL, 0);
        return;
    }
    struct core_proposal *p = &c->proposals[idx];
    *p = (struct core_proposal){.actor_id = cmd->actor_id,
                                .command_type = (uint16_t)x->command_type,
                                .state = 1,
                                .business_day = c->today};
    memcpy(p->digest, x->digest, sizeof(p->digest));
    emit_proposal(c, cmd, p, cmd->actor_id);
    p->proposal = c->event_seq;
    c->proposal_cnt++;
    core_admin_done(c, cmd, &a, p->proposal);
}

void
core_approve(struct core *c, const struct command *cmd)
{
    const struct command_approve *x = (const void *)cmd;
    struct core_admin a;
    uint32_t idx = proposal_find(c, x->proposal);
    uint32_t roles =
        idx == CORE_NONE ? ~(uint32_t)ROLE_VIEW : roles_for(c->proposals[idx].command_type);
    if (!core_admin_enter(c, cmd, roles, 0, 0, &a))
        return;
    struct core_proposal *p = idx == CORE_NONE ? NULL : &c->proposals[idx];
    uint16_t reason = 0;
    if (p == NULL || p->state != 1)
        reason = REASON_BAD_STATE;
    else if (p->actor_id == cmd->actor_id)
        reason = REASON_NOT_AUTHORIZED; /* a second person */
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    p->state = 2;
    p->approver_id = cmd->actor_id;
    emit_proposal(c, cmd, p, cmd->actor_id);
    core_admin_done(c, cmd, &a, p->proposal);
}
