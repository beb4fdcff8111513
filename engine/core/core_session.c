#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* Sessions: who is connected, how far the numbers of both directions have come, and what happens
 * to the orders of one that goes down. Passwords and sockets are the gateways' part. */

uint16_t
core_session_check(struct core *c, const struct command *cmd, uint32_t *session_idx)
{
    *session_idx = ORDER_NONE;
    if (cmd->session_id == ID_NONE)
        return 0;
    uint32_t idx = id_map_find(&c->session_ids, cmd->session_id);
    if (idx == ID_MAP_NONE)
        return REASON_UNKNOWN_SESSION;
    struct core_session *s = &c->sessions[idx];
    if (!s->up || s->incarnation != cmd->incarnation)
        return REASON_BAD_STATE;
    if (cmd->client_seq > s->inbound_seq)
        s->inbound_seq = cmd->client_seq;
    *session_idx = idx;
    return 0;
}

uint16_t
core_sender_check(struct core *c, const struct command *cmd, uint32_t *session_idx,
                  uint32_t *account_idx)
{
    uint16_t reason = core_session_check(c, cmd, session_idx);
    *account_idx = core_account_idx(c, cmd->account_id);
    if (reason == 0 && *account_idx == CORE_NONE)
        reason = REASON_UNKNOWN_ACCOUNT;
    if (reason == 0 && c->hooks.attempt != NULL)
        c->hooks.attempt(c->hook_self, *account_idx, cmd->session_id, cmd);
    if (reason == 0 && cmd->actor_id != 0 && !core_actor_may(c, cmd->actor_id, ROLE_OPERATE))
        reason = REASON_NOT_AUTHORIZED;
    return reason;
}

bool
core_actor_may(const struct core *c, uint32_t actor_id, uint32_t roles)
{
    uint32_t idx = id_map_find(&c->actor_ids, actor_id);
    return idx != ID_MAP_NONE && (c->actors[idx].roles & roles) != 0;
}

static void
emit_state(struct core *c, const struct core_session *s, uint16_t cause)
{
    struct event_session_state *e =
        core_emit(c, EVENT_SESSION_STATE, sizeof(*e), AUDIENCE_PARTY, s->session_id);
    e->up = s->up;
    e->incarnation = s->incarnation;
    e->inbound_seq = s->inbound_seq;
    e->outbound_reserved = s->outbound_reserved;
    e->cause = cause;
    e->zero = 0;
}

static struct core_session *
named(struct core *c, const struct command *cmd)
{
    uint32_t idx = id_map_find(&c->session_ids, cmd->session_id);
    if (idx != ID_MAP_NONE)
        return &c->sessions[idx];
    core_emit_result(c, cmd, REASON_UNKNOWN_SESSION, 0);
    return NULL;
}

static void
find_due(struct core *c)
{
    c->session_due_ns = INT64_MAX;
    for (uint32_t i = 0; i < c->session_cnt; i++) {
        int64_t due = c->sessions[i].cancel_due_ns;
        if (due != 0 && due < c->session_due_ns)
            c->session_due_ns = due;
    }
}

/* A session may take over from its own former incarnation, whose end was not heard. */
void
core_session_up(struct core *c, const struct command *cmd)
{
    const struct command_session_event *x = (const void *)cmd;
    struct core_session *s = named(c, cmd);
    if (s == NULL)
        return;
    s->up = 1;
    s->incarnation = cmd->incarnation;
    if (x->reset != 0 || x->outbound_seq == 1)
        s->outbound_reserved = 0;
    if (x->reset != 0 || x->inbound_seq > s->inbound_seq)
        s->inbound_seq = x->inbound_seq;
    if (s->cancel_due_ns != 0) {
        s->cancel_due_ns = 0;
        find_due(c);
    }
    emit_state(c, s, COMMAND_SESSION_UP);
}

/* The grace begins when there is anything that could be canceled. */
static void
begin_grace(struct core *c, struct core_session *s)
{
    if (s->order_cnt == 0)
        return;
    s->cancel_due_ns = c->time_ns + (int64_t)c->genesis.disconnect_grace_ms * 1000000;
    if (s->cancel_due_ns < c->session_due_ns)
        c->session_due_ns = s->cancel_due_ns;
}

void
core_session_down(struct core *c, const struct command *cmd)
{
    struct core_session *s = named(c, cmd);
    if (s == NULL)
        return;
    if (!s->up || s->incarnation != cmd->incarnation) {
        core_emit_result(c, cmd, REASON_BAD_STATE, 0);
        return;
    }
    s->up = 0;
    if (cmd->client_seq > s->inbound_seq)
        s->inbound_seq = cmd->client_seq;
    begin_grace(c, s);
    emit_state(c, s, COMMAND_SESSION_DOWN);
    core_sessions_due(c);
}

void
core_session_reserve(struct core *c, const struct command *cmd)
{
    const struct command_session_event *x = (const void *)cmd;
    struct core_session *s = named(c, cmd);
    if (s == NULL)
        return;
    if (x->outbound_seq > s->outbound_reserved)
        s->outbound_reserved = x->outbound_seq;
    emit_state(c, s, COMMAND_SESSION_RESERVE);
}

/* A new epoch: nobody is connected. */
void
core_sessions_drop_all(struct core *c)
{
    for (uint32_t i = 0; i < c->session_cnt; i++) {
        struct core_session *s = &c->sessions[i];
        if (s->up) {
            s->up = 0;
            begin_grace(c, s);
        }
    }
}

/* Work items without room wait for the next tick. */
void
core_sessions_due(struct core *c)
{
    if (c->session_due_ns > c->time_ns)
        return;
    for (uint32_t i = 0; i < c->session_cnt; i++) {
        struct core_session *s = &c->sessions[i];
        if (s->cancel_due_ns == 0 || s->cancel_due_ns > c->time_ns || !core_work_has_room(c))
            continue;
        s->cancel_due_ns = 0;
        if (s->order_cnt == 0)
            continue;
        core_work_start(c, &(struct work){.kind = WORK_CANCEL,
                                          .domain = WALK_SESSION,
                                          .domain_idx = i,
                                          .instrument_idx = CORE_NONE,
                                          .flagged_only = 1,
                                          .cursor = s->order_head,
                                          .value = REASON_DISCONNECTED,
                                          .stamp = c->pools.orders.accepted_cnt});
    }
    find_due(c);
}
