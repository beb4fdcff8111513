#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* What keeps orders from trading: self-trade prevention, kill switches, and the report of those
 * that were canceled. From docs/match.md. */

/* --- self-trade prevention --- */

bool
ref_same_party(const struct ref_venue *r, uint32_t instrument, uint32_t one, uint32_t two)
{
    const struct ref_account *a = &r->accounts[one], *b = &r->accounts[two];
    switch (r->instruments[instrument].def.self_trade_by) {
    case SELF_TRADE_ACCOUNT:
        return one == two;
    case SELF_TRADE_FIRM:
        return one == two || (a->firm == b->firm && a->firm != 0);
    case SELF_TRADE_OWNER:
        return one == two || (a->owner == b->owner && a->owner != 0);
    default:
        return false;
    }
}

static int64_t
open_of(const struct ref_order *o)
{
    return o->qty - o->cum;
}

static void
lose(struct ref_venue *r, const struct command *cmd, struct ref_order *o, int64_t lots)
{
    if (lots == open_of(o)) {
        ref_kill(r, cmd, o, REASON_SELF_TRADE, ORD_STATUS_CANCELED, false);
        return;
    }
    int64_t shown = ref_shows(o);
    o->qty -= lots;
    bool seen = ref_show_less(o, shown);
    ref_set_hold(r, o, ref_hold_of(r, o));
    (void)ref_say_order(r, cmd, EVENT_ORDER_REDUCED, o, REASON_SELF_TRADE);
    if (o->place == REF_BOOK && seen)
        ref_say_book(r, EVENT_BOOK_CHANGE, o, ref_shows(o));
}

/* The one that rests first. */
void
ref_avoid(struct ref_venue *r, const struct command *cmd, struct ref_order *taker,
          struct ref_order *maker)
{
    uint8_t mode = r->instruments[taker->instrument].def.self_trade_mode;
    int64_t mine = open_of(taker), theirs = open_of(maker), smaller = mine < theirs ? mine : theirs;
    if (mode == SELF_TRADE_CANCEL_OLDEST || mode == SELF_TRADE_CANCEL_BOTH)
        lose(r, cmd, maker, theirs);
    if (mode == SELF_TRADE_CANCEL_NEWEST || mode == SELF_TRADE_CANCEL_BOTH)
        lose(r, cmd, taker, mine);
    if (mode == SELF_TRADE_DECREMENT) {
        lose(r, cmd, maker, smaller);
        lose(r, cmd, taker, smaller);
    }
}

/* --- kill switches --- */

bool
ref_killed(const struct ref_venue *r, uint32_t instrument, uint32_t account)
{
    return r->venue_killed || r->instruments[instrument].killed || r->accounts[account].killed ||
           r->killed_tenants[r->accounts[account].tenant];
}

/* Of a request that goes over the orders and would have come to this one. */
void
ref_kill_stopped(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    for (uint32_t i = 0; i < r->work_cnt; i++) {
        struct ref_work *w = &r->works[i];
        if (w->request.seq != 0 && w->value == REASON_KILL_SWITCH && ref_work_names(r, w, o)) {
            w->request.canceled++;
            break;
        }
    }
    ref_kill(r, cmd, o, REASON_KILL_SWITCH, ORD_STATUS_CANCELED, false);
}

/* The switch itself; NULL: *reason says why there is none. */
static bool *
switch_of(struct ref_venue *r, const struct command_kill_switch *x, struct ref_work *w,
          uint16_t *reason)
{
    uint32_t account_id = x->cmd.account_id;
    w->account = w->instrument = -1;
    switch (x->scope) {
    case KILL_ACCOUNT:
        w->account = ref_account_of(r, account_id);
        *reason = w->account < 0 ? REASON_UNKNOWN_ACCOUNT : 0;
        return w->account < 0 ? NULL : &r->accounts[w->account].killed;
    case KILL_TENANT:
        w->tenant = x->cmd.tenant_id;
        *reason = w->tenant == 0 ? REASON_BAD_FIELD : 0;
        return w->tenant == 0 ? NULL : &r->killed_tenants[w->tenant];
    case KILL_INSTRUMENT:
        w->instrument = ref_instrument_of(r, x->instrument_id);
        *reason = w->instrument < 0 ? REASON_UNKNOWN_INSTRUMENT : 0;
        return w->instrument < 0 ? NULL : &r->instruments[w->instrument].killed;
    default:
        *reason = 0;
        return &r->venue_killed;
    }
}

void
ref_kill_switch(struct ref_venue *r, const struct command *cmd)
{
    const struct command_kill_switch *x = (const void *)cmd;
    struct ref_work w = {
        .kind = REF_WORK_CANCEL, .session = -1, .value = REASON_KILL_SWITCH, .up_to = r->entries};
    struct ref_desk d;
    uint16_t reason;
    if (r->rules_version < 2) {
        (void)ref_say_result(r, cmd, REASON_UNKNOWN_COMMAND, 0);
        return;
    }
    if (!ref_desk_enter(r, cmd, ROLE_OPERATE | ROLE_COMPLIANCE, 0, &d))
        return;
    bool *engaged = switch_of(r, x, &w, &reason);
    if (reason == 0 && *engaged == (x->engage == 1))
        reason = REASON_BAD_STATE;
    if (reason == 0 && x->engage == 1 && !ref_work_room(r))
        reason = REASON_BUSY;
    if (reason != 0) {
        (void)ref_say_result(r, cmd, reason, 0);
        return;
    }
    *engaged = x->engage == 1;
    struct event_kill_switch *e = ref_say(r, EVENT_KILL_SWITCH, AUDIENCE_OPERATOR, cmd->session_id);
    e->account_id = cmd->account_id;
    e->instrument_id = x->instrument_id;
    e->tenant_id = cmd->tenant_id;
    e->scope = x->scope;
    e->engaged = x->engage;
    e->actor_id = cmd->actor_id;
    e->id = cmd->id;
    ref_desk_done(r, cmd, &d, r->cmd_seq);
    if (x->engage == 0)
        return;
    ref_request(&w, cmd);
    ref_work_start(r, cmd, &w);
}

/* --- reports --- */

void
ref_request(struct ref_work *w, const struct command *cmd)
{
    w->request = (struct ref_request){.seq = cmd->rec.seq,
                                      .client_seq = cmd->client_seq,
                                      .session_id = cmd->session_id,
                                      .actor_id = cmd->actor_id,
                                      .type = cmd->rec.type,
                                      .id = cmd->id};
}

void
ref_report(struct ref_venue *r, const struct ref_work *w)
{
    const struct ref_request *q = &w->request;
    struct event_cancel_report *e =
        ref_say(r, EVENT_CANCEL_REPORT, q->actor_id != 0 ? AUDIENCE_OPERATOR : AUDIENCE_PARTY,
                q->session_id);
    e->request_seq = q->seq;
    e->client_seq = q->client_seq;
    e->canceled_cnt = q->canceled;
    e->account_id = w->account < 0 ? 0 : r->accounts[w->account].id;
    e->instrument_id = w->instrument < 0 ? 0 : r->instruments[w->instrument].def.instrument_id;
    e->of_session_id = w->of_session_id;
    e->actor_id = q->actor_id;
    e->tenant_id = w->tenant;
    e->command_type = q->type;
    e->side = (uint8_t)w->side;
    e->id = q->id;
}
