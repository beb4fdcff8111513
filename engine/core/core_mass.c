#include "engine/core/core_priv.h"

#include <string.h>

/* Mass cancel: the result first, then what it cancels, at last how many. It takes the orders that
 * were open when it came, or of those the sides of quotes; a work item goes over them. */

static uint16_t
item_for(const struct core *c, const struct command_mass_cancel *x, struct work *w)
{
    *w = (struct work){.kind = WORK_CANCEL,
                       .domain = WALK_POOL,
                       .side = x->side,
                       .instrument_idx = CORE_NONE,
                       .session_id = x->of_session_id,
                       .value = REASON_MASS_CANCEL,
                       .exec_inst = x->cmd.rec.type == COMMAND_QUOTE_CANCEL ? EXEC_QUOTE : 0,
                       .stamp = c->pools.orders.accepted_cnt};
    if (x->side != 0 && x->side != SIDE_BUY && x->side != SIDE_SELL)
        return REASON_BAD_SIDE;
    if (x->instrument_id != 0) {
        w->instrument_idx = core_instrument_idx(c, x->instrument_id);
        if (w->instrument_idx == CORE_NONE)
            return REASON_UNKNOWN_INSTRUMENT;
    }
    if (x->of_session_id != 0 && id_map_find(&c->session_ids, x->of_session_id) == ID_MAP_NONE)
        return REASON_UNKNOWN_SESSION;
    if (x->cmd.account_id != 0) {
        uint32_t account_idx = core_account_idx(c, x->cmd.account_id);
        if (account_idx == CORE_NONE)
            return REASON_UNKNOWN_ACCOUNT;
        w->domain = WALK_ACCOUNT;
        w->domain_idx = account_idx;
        w->cursor = c->accounts[account_idx].order_head;
    }
    return 0;
}

void
core_mass_cancel(struct core *c, const struct command *cmd)
{
    const struct command_mass_cancel *x = (const void *)cmd;
    bool reports = c->rules_version >= CORE_RULES_ORDERS;
    bool quotes = cmd->rec.type == COMMAND_QUOTE_CANCEL;
    struct core_admin admin;
    struct work w;
    uint32_t flags = (cmd->account_id != 0 ? ADMIN_CLIENT : 0u) | (quotes ? ADMIN_FORGETS : 0u);
    if ((quotes && !core_known_to_rules(c, cmd)) ||
        !core_admin_enter(c, cmd, ROLE_OPERATE, 0, flags, &admin))
        return;
    uint16_t reason = item_for(c, x, &w);
    if (reason == 0 && !core_work_has_room(c))
        reason = REASON_TABLE_FULL;
    uint64_t ref = reports && reason == 0 ? cmd->rec.seq : 0; /* the report names it */
    core_emit_result(c, cmd, reason, ref);
    if (reason != 0)
        return;
    core_admin_done(c, cmd, &admin, ref);
    if (reports)
        core_report_to(&w, cmd);
    core_work_start(c, &w);
}

/* --- the report --- */

void
core_report_to(struct work *w, const struct command *cmd)
{
    w->request_seq = cmd->rec.seq;
    w->client_seq = cmd->client_seq;
    w->asker_session_id = cmd->session_id;
    w->actor_id = cmd->actor_id;
    w->command_type = cmd->rec.type;
    w->id = cmd->id;
}

void
core_report_emit(struct core *c, const struct work *w)
{
    uint8_t audience = w->actor_id != 0 ? AUDIENCE_OPERATOR : AUDIENCE_PARTY;
    struct event_cancel_report *e =
        core_emit(c, EVENT_CANCEL_REPORT, sizeof(*e), audience, w->asker_session_id);
    e->request_seq = w->request_seq;
    e->client_seq = w->client_seq;
    e->canceled_cnt = w->canceled_cnt;
    e->account_id = w->domain == WALK_ACCOUNT ? c->view_accounts[w->domain_idx].account_id : 0;
    e->instrument_id =
        w->instrument_idx == CORE_NONE ? 0 : c->view_instruments[w->instrument_idx].instrument_id;
    e->of_session_id = w->session_id;
    e->actor_id = w->actor_id;
    e->tenant_id = w->tenant_id;
    e->command_type = w->command_type;
    e->side = w->side;
    memset(e->zero, 0, sizeof(e->zero));
    e->id = w->id;
}
