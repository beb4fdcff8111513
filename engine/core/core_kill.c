#include "engine/core/core_priv.h"

/* Kill switches: an operator stops an account, a tenant's accounts, an instrument or the venue.
 * From the command on nothing of theirs enters the market: new orders, replaces and releases are
 * refused, a stop that triggers and a taker in the middle of its sweep are canceled, and so is an
 * order that another one meets in the book. A work item cancels all that was open and reports how
 * many. Cancels and money go on. It stays until an operator lifts it; each scope is a switch of its
 * own, and an order passes when none covers it. One person engages, since there is no time to ask;
 * that lifting needs two can be configured.
 * source: Commission Delegated Regulation (EU) 2017/584 (RTS 7), Article 18(2)(c) */

static uint32_t
tenant_killed(const struct core *c, uint16_t tenant_id)
{
    return (uint32_t)(c->killed_tenants[tenant_id / 64] >> (tenant_id % 64) & 1);
}

bool
core_kill_covers(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    return (c->venue_killed | c->instruments[instrument_idx].killed |
            c->accounts[account_idx].killed |
            tenant_killed(c, c->view_accounts[account_idx].tenant_id)) != 0;
}

uint32_t
core_kill_count(const struct core *c)
{
    uint32_t cnt = c->venue_killed;
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++)
        cnt += c->instruments[i].killed;
    for (uint32_t i = 0; i < c->view.account_cnt; i++)
        cnt += c->accounts[i].killed;
    for (uint32_t i = 0; i < CORE_TENANT_WORDS; i++)
        cnt += (uint32_t)__builtin_popcountll(c->killed_tenants[i]);
    return cnt;
}

/* What the command is about, by its scope; 0 or why not. Only the scope's own id is given. */
static uint16_t
target(const struct core *c, const struct command_kill_switch *x, uint32_t *idx)
{
    const struct command *cmd = &x->cmd;
    bool account = x->scope == KILL_ACCOUNT, tenant = x->scope == KILL_TENANT;
    bool instrument = x->scope == KILL_INSTRUMENT;
    *idx = 0;
    if (x->scope < KILL_ACCOUNT || x->scope > KILL_VENUE || x->engage > 1 ||
        account != (cmd->account_id != 0) || tenant != (cmd->tenant_id != 0) ||
        instrument != (x->instrument_id != 0))
        return REASON_BAD_FIELD;
    if (account && (*idx = core_account_idx(c, cmd->account_id)) == CORE_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    if (instrument && (*idx = core_instrument_idx(c, x->instrument_id)) == CORE_NONE)
        return REASON_UNKNOWN_INSTRUMENT;
    return 0;
}

static bool
engaged(const struct core *c, const struct command_kill_switch *x, uint32_t idx)
{
    switch (x->scope) {
    case KILL_ACCOUNT:
        return c->accounts[idx].killed != 0;
    case KILL_TENANT:
        return tenant_killed(c, x->cmd.tenant_id) != 0;
    case KILL_INSTRUMENT:
        return c->instruments[idx].killed != 0;
    default:
        return c->venue_killed != 0;
    }
}

/* It was the other way before. */
static void
set(struct core *c, const struct command_kill_switch *x, uint32_t idx)
{
    switch (x->scope) {
    case KILL_ACCOUNT:
        c->accounts[idx].killed = x->engage;
        break;
    case KILL_TENANT:
        c->killed_tenants[x->cmd.tenant_id / 64] ^= UINT64_C(1) << (x->cmd.tenant_id % 64);
        break;
    case KILL_INSTRUMENT:
        c->instruments[idx].killed = x->engage;
        break;
    default:
        c->venue_killed = x->engage;
        break;
    }
    c->kill_cnt += x->engage ? 1 : -1u;
}

static void
emit(struct core *c, const struct command_kill_switch *x)
{
    struct event_kill_switch *e =
        core_emit(c, EVENT_KILL_SWITCH, sizeof(*e), AUDIENCE_OPERATOR, x->cmd.session_id);
    e->account_id = x->cmd.account_id;
    e->instrument_id = x->instrument_id;
    e->tenant_id = x->cmd.tenant_id;
    e->scope = x->scope;
    e->engaged = x->engage;
    e->actor_id = x->cmd.actor_id;
    e->id = x->cmd.id;
}

static void
cancel_open(struct core *c, const struct command_kill_switch *x, uint32_t idx)
{
    struct work w = {.kind = WORK_CANCEL,
                     .domain = x->scope == KILL_ACCOUNT ? WALK_ACCOUNT : WALK_POOL,
                     .instrument_idx = x->scope == KILL_INSTRUMENT ? idx : CORE_NONE,
                     .tenant_id = x->cmd.tenant_id,
                     .value = REASON_KILL_SWITCH,
                     .stamp = c->pools.orders.accepted_cnt};
    if (x->scope == KILL_ACCOUNT) {
        w.domain_idx = idx;
        w.cursor = c->accounts[idx].order_head;
    }
    core_report_to(&w, &x->cmd);
    core_work_start(c, &w);
}

void
core_kill_switch(struct core *c, const struct command *cmd)
{
    const struct command_kill_switch *x = (const void *)cmd;
    struct core_admin a;
    uint32_t idx;
    if (!core_known_to_rules(c, cmd) ||
        !core_admin_enter(c, cmd, ROLE_OPERATE | ROLE_COMPLIANCE,
                          x->engage != 0 ? 0 : CORE_EYES_KILL_LIFT, 0, &a))
        return;
    uint16_t reason = target(c, x, &idx);
    if (reason == 0 && engaged(c, x, idx) == (x->engage != 0))
        reason = REASON_BAD_STATE;
    if (reason == 0 && x->engage != 0 && !core_work_has_room(c))
        reason = REASON_BUSY;
    if (reason != 0) {
        core_emit_result(c, cmd, reason, 0);
        return;
    }
    set(c, x, idx);
    emit(c, x);
    core_admin_done(c, cmd, &a, cmd->rec.seq);
    if (x->engage != 0)
        cancel_open(c, x, idx);
}
