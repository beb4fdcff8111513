#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* The operator's desk: who may send what, retries, configuration, mass cancel. */

static uint16_t
sender(struct ref_venue *r, const struct command *cmd, uint32_t roles, uint32_t flags)
{
    /* A SESSION command carries the session that it defines. */
    uint16_t reason = cmd->rec.type == COMMAND_SESSION ? 0 : ref_session_check(r, cmd);
    if (reason != 0)
        return reason;
    if (cmd->actor_id != 0)
        return ref_actor_may(r, cmd->actor_id, roles) ? 0 : REASON_NOT_AUTHORIZED;
    bool client = cmd->session_id != 0 && cmd->account_id != 0;
    if (((flags & REF_DESK_CLIENT) != 0 && client) ||
        ((flags & REF_DESK_VENUE) != 0 && cmd->session_id == 0))
        return 0;
    return REASON_NOT_AUTHORIZED;
}

/* False: refused or answered. */
bool
ref_desk_enter(struct ref_venue *r, const struct command *cmd, uint32_t roles, uint32_t flags,
               struct ref_desk *d)
{
    d->space = cmd->actor_id != 0 ? REF_OPERATORS : REF_REQUESTS;
    d->owner = cmd->actor_id != 0 ? cmd->actor_id : cmd->account_id;
    bool from_config = (cmd->flags & COMMAND_FROM_CONFIG) != 0;
    uint16_t reason = from_config ? 0 : sender(r, cmd, roles, flags);
    if (reason == 0 && cmd->id.length == 0 && (flags & REF_DESK_ID) != 0)
        reason = REASON_BAD_CLIENT_ID;
    if (reason == 0 && cmd->id.length > 0) {
        const struct ref_id *k = ref_id_find(r, d->space, d->owner, &cmd->id);
        if (k != NULL && ref_id_same(k, cmd)) {
            (void)ref_say_result(r, cmd, 0, k->answer);
            return false;
        }
        if (k != NULL)
            reason = REASON_DUPLICATE_ID;
        else if (!ref_id_room(r))
            reason = REASON_CLIENT_IDS_FULL;
    }
    if (reason == 0 && r->risk && !ref_work_room(r))
        reason = REASON_BUSY; /* what risk may ask must fit */
    if (reason != 0)
        (void)ref_say_result(r, cmd, reason, 0);
    return reason == 0;
}

void
ref_desk_done(struct ref_venue *r, const struct command *cmd, const struct ref_desk *d,
              uint64_t answer)
{
    if (cmd->id.length == 0)
        return;
    struct ref_id *k = ref_id_add(r, d->space, d->owner, &cmd->id, cmd);
    k->answer = answer;
    k->done_day = r->day + 1;
}

/* --- what risk asks for --- */

/* A check of all orders of an account or an instrument; one that has not begun and is for the same
 * takes the newer in. */
static void
check_again(struct ref_venue *r, int account, int instrument, uint32_t reason)
{
    struct ref_work w = {.kind = REF_WORK_CHECK,
                         .account = account,
                         .session = -1,
                         .instrument = instrument,
                         .value = reason,
                         .up_to = r->entries};
    for (uint32_t i = 1; i < r->work_cnt; i++) {
        struct ref_work *old = &r->works[i];
        if (old->kind == REF_WORK_CHECK && old->account == account &&
            old->instrument == instrument) {
            old->up_to = w.up_to;
            old->next = 0;
            return;
        }
    }
    ref_work_add(r, &w);
}

/* --- configuration: the event repeats the command --- */

static uint8_t
audience_of(uint16_t type)
{
    switch (type) {
    case COMMAND_ACCOUNT:
    case COMMAND_SESSION:
        return AUDIENCE_PARTY;
    case COMMAND_ACTOR:
    case COMMAND_INSTRUMENT_RULES:
        return AUDIENCE_OPERATOR;
    case COMMAND_ACCOUNT_PROFILE:
        return AUDIENCE_CONFIDENTIAL;
    default:
        return AUDIENCE_PUBLIC;
    }
}

static uint32_t
roles_of(uint16_t type)
{
    switch (type) {
    case COMMAND_MODE:
    case COMMAND_TRADING_STATE:
        return ROLE_OPERATE;
    case COMMAND_SESSION:
    case COMMAND_REFERENCE_PRICE:
        return ROLE_OPERATE | ROLE_CONFIGURE;
    case COMMAND_ACCOUNT:
        return ROLE_ACCOUNTS;
    case COMMAND_ACCOUNT_PROFILE:
        return ROLE_COMPLIANCE;
    case COMMAND_INSTRUMENT_RULES:
    case COMMAND_DEAL_RULES:
        return ROLE_COMPLIANCE | ROLE_CONFIGURE;
    default:
        return ROLE_CONFIGURE;
    }
}

static void
set_instrument(struct ref_venue *r, const struct command_instrument *x)
{
    int i = ref_instrument_of(r, x->instrument_id);
    if (i < 0) {
        if (r->instrument_cnt == REF_INSTRUMENT_MAX)
            abort();
        i = (int)r->instrument_cnt++;
    }
    if (x->kept == 0) {
        r->instruments[i].def = *x;
    } else {
        r->instruments[i].def.protection_ticks = x->protection_ticks;
        r->instruments[i].def.protection_rests = x->protection_rests;
    }
    if (x->state != 0 && !r->instruments[i].call) /* a call ends by its own command */
        r->instruments[i].state = x->state;
    if (x->reference_units != 0)
        r->instruments[i].reference = x->reference_units;
    ref_book_moved(r, (uint32_t)i);
}

static void
set_account(struct ref_venue *r, const struct command_account *x)
{
    int i = ref_account_of(r, x->cmd.account_id);
    if (i < 0) {
        if (r->account_cnt == REF_ACCOUNT_MAX)
            abort();
        i = (int)r->account_cnt++;
        r->accounts[i].id = x->cmd.account_id;
    }
    r->accounts[i].status = x->status;
    r->accounts[i].kind = x->kind;
    r->accounts[i].tenant = x->cmd.tenant_id;
    r->accounts[i].firm = x->firm_id;
    r->accounts[i].owner = x->owner_group;
}

static void
set_profile(struct ref_venue *r, const struct command_account_profile *x)
{
    int i = ref_account_of(r, x->cmd.account_id);
    struct ref_account *a = &r->accounts[i];
    struct command_account_profile was = a->profile;
    uint32_t open = 0;
    a->profile = *x;
    a->known = true;
    a->status = x->status;
    for (uint32_t n = 0; n < r->order_cnt; n++)
        open += r->orders[n].place != REF_DONE && r->orders[n].account == (uint32_t)i;
    uint16_t reason = ref_profile_narrows(r, &was, x);
    if (r->risk && reason != 0 && open > 0)
        check_again(r, i, -1, reason);
}

static void
set_rules(struct ref_venue *r, const struct command_instrument_rules *x)
{
    int i = ref_instrument_of(r, x->instrument_id);
    uint16_t reason = ref_rules_narrow(&r->instruments[i].rules, x);
    r->instruments[i].rules = *x;
    if (r->risk && reason != 0)
        check_again(r, -1, i, reason);
}

static void
set_session(struct ref_venue *r, const struct command_session *x)
{
    int i = ref_session_of(r, x->cmd.session_id);
    if (i < 0) {
        if (r->session_cnt == REF_SESSION_MAX)
            abort();
        i = (int)r->session_cnt++;
        r->sessions[i].id = x->cmd.session_id;
    }
    r->sessions[i].account_id = x->cmd.account_id;
    r->sessions[i].cancel_on_disconnect = x->cancel_on_disconnect != 0;
}

static void
set_actor(struct ref_venue *r, const struct command_actor *x)
{
    for (uint32_t i = 0; i < r->actor_cnt; i++) {
        if (r->actors[i].subject_actor_id == x->subject_actor_id) {
            r->actors[i] = *x;
            return;
        }
    }
    if (r->actor_cnt == REF_ACTOR_MAX)
        abort();
    r->actors[r->actor_cnt++] = *x;
}

static void
set_bands(struct ref_venue *r, const struct command_price_bands *x)
{
    int i = ref_instrument_of(r, x->instrument_id);
    r->instruments[i].bands = x->bands;
    ref_book_moved(r, (uint32_t)i);
}

static void
set(struct ref_venue *r, const struct command *cmd)
{
    const void *x = cmd;
    switch (cmd->rec.type) {
    case COMMAND_ASSET:
        if (r->asset_cnt == REF_ASSET_MAX)
            abort();
        r->assets[r->asset_cnt++] = *(const struct command_asset *)x;
        break;
    case COMMAND_INSTRUMENT:
        set_instrument(r, x);
        break;
    case COMMAND_INSTRUMENT_RULES:
        set_rules(r, x);
        break;
    case COMMAND_ACCOUNT:
        set_account(r, x);
        break;
    case COMMAND_ACCOUNT_PROFILE:
        set_profile(r, x);
        break;
    case COMMAND_SESSION:
        set_session(r, x);
        break;
    case COMMAND_ACTOR:
        set_actor(r, x);
        break;
    case COMMAND_PRICE_BANDS:
        set_bands(r, x);
        break;
    case COMMAND_TICK_TABLE: {
        const struct command_tick_table *t = x;
        int i = ref_instrument_of(r, t->instrument_id);
        r->instruments[i].ticks = t->ticks;
        ref_book_moved(r, (uint32_t)i);
        break;
    }
    case COMMAND_ALLOCATION: {
        const struct command_allocation *a = x;
        struct ref_instrument *ins = &r->instruments[ref_instrument_of(r, a->instrument_id)];
        ins->allocation = a->rules;
        ins->top[0] = ins->top[1] = 0;
        break;
    }
    case COMMAND_DEAL_RULES: {
        const struct command_deal_rules *d = x;
        r->instruments[ref_instrument_of(r, d->instrument_id)].deals = *d;
        break;
    }
    case COMMAND_MODE:
        r->mode = ((const struct command_mode *)x)->mode;
        break;
    case COMMAND_RULES:
        r->rules_version = ((const struct command_rules *)x)->rules_version;
        break;
    default:
        break;
    }
}

/* The few refusals of configuration that scripts of orders meet. */
static uint16_t
refusal(const struct ref_venue *r, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_INSTRUMENT) {
        const struct command_instrument *x = (const void *)cmd;
        int i = ref_instrument_of(r, x->instrument_id);
        if (r->rules_version < 2 && x->self_trade_by != SELF_TRADE_OFF)
            return REASON_BAD_FIELD;
        if (x->state == 0 && (r->rules_version < 2 || i < 0)) /* kept says none either */
            return REASON_BAD_FIELD;
        if (i >= 0 && r->instruments[i].busy)
            return REASON_BOOK_BUSY;
        return i >= 0 && x->retired && !ref_work_room(r) ? REASON_BUSY : 0;
    }
    if (cmd->rec.type == COMMAND_PRICE_BANDS || cmd->rec.type == COMMAND_TICK_TABLE ||
        cmd->rec.type == COMMAND_ALLOCATION) {
        const struct command_tick_table *x = (const void *)cmd; /* all begin alike */
        if (r->rules_version < 2)
            return REASON_UNKNOWN_COMMAND;
        return r->instruments[ref_instrument_of(r, x->instrument_id)].busy ? REASON_BOOK_BUSY : 0;
    }
    return cmd->rec.type == COMMAND_ACCOUNT_PROFILE && ref_account_of(r, cmd->account_id) < 0
               ? REASON_UNKNOWN_ACCOUNT
               : 0;
}

static void
retire(struct ref_venue *r, const struct command *cmd)
{
    const struct command_instrument *x = (const void *)cmd;
    if (cmd->rec.type == COMMAND_INSTRUMENT && x->retired)
        ref_work_start(r, cmd,
                       &(struct ref_work){.kind = REF_WORK_CANCEL,
                                          .account = -1,
                                          .session = -1,
                                          .instrument = ref_instrument_of(r, x->instrument_id),
                                          .value = REASON_INSTRUMENT_RETIRED,
                                          .up_to = r->entries});
}

static void
set_reference(struct ref_venue *r, const struct command *cmd)
{
    const struct command_reference_price *x = (const void *)cmd;
    struct ref_instrument *ins = &r->instruments[ref_instrument_of(r, x->instrument_id)];
    if (x->price_units <= 0 || x->price_units > ins->def.max_price_units) {
        (void)ref_say_result(r, cmd, REASON_BAD_PRICE, 0);
        return;
    }
    ins->reference = ins->fixed = x->price_units;
    ref_book_moved(r, (uint32_t)(ins - r->instruments));
    (void)ref_say(r, EVENT_REFERENCE_PRICE, AUDIENCE_PUBLIC, cmd->session_id);
    r->said[r->said_cnt - 1].header_only = true;
}

/* Of all instruments: the result first, then one by one, as far as a command may go. */
static void
set_state(struct ref_venue *r, const struct command *cmd)
{
    const struct command_trading_state *x = (const void *)cmd;
    bool all = x->instrument_id == 0, call = ref_is_call(x->state);
    int i = all ? -1 : ref_instrument_of(r, x->instrument_id);
    bool steps = all || ref_state_has_steps(r, (uint32_t)i, x->state);
    uint16_t reason = 0;
    if (call && r->rules_version < 2)
        reason = REASON_BAD_FIELD;
    else if (!all && ref_state_waits(r, (uint32_t)i, x->state))
        reason = REASON_BOOK_BUSY;
    else if (steps && !ref_work_room(r))
        reason = REASON_BUSY;
    if (steps || reason != 0)
        (void)ref_say_result(r, cmd, reason, 0);
    if (reason != 0)
        return;
    if (!steps) {
        r->instruments[i].state = x->state;
        ref_say_state(r, (uint32_t)i, cmd->session_id);
        return;
    }
    if (!all)
        ref_state_begin(r, (uint32_t)i, x->state);
    ref_work_start(r, cmd,
                   &(struct ref_work){.kind = all ? REF_WORK_STATE : REF_WORK_PHASE,
                                      .instrument = i,
                                      .order = REF_NO_ORDER,
                                      .value = x->state});
}

void
ref_configure(struct ref_venue *r, const struct command *cmd)
{
    struct ref_desk d;
    uint16_t type = cmd->rec.type;
    if (type == COMMAND_DEAL_RULES && r->rules_version < 2) {
        (void)ref_say_result(r, cmd, REASON_UNKNOWN_COMMAND, 0);
        return;
    }
    if (!ref_desk_enter(r, cmd, roles_of(type), type == COMMAND_MODE ? REF_DESK_VENUE : 0, &d))
        return;
    if (type == COMMAND_REFERENCE_PRICE) {
        set_reference(r, cmd);
        return;
    }
    if (type == COMMAND_TRADING_STATE) {
        set_state(r, cmd);
        return;
    }
    uint16_t reason = refusal(r, cmd);
    if (reason != 0) {
        ref_say_result(r, cmd, reason, 0)->detail =
            reason == REASON_BAD_FIELD ? offsetof(struct command_instrument, self_trade_by) : 0;
        return;
    }
    /* A command of configuration and its event have the same number. */
    (void)ref_say(r, type, audience_of(type), cmd->session_id);
    r->said[r->said_cnt - 1].header_only = true;
    set(r, cmd);
    retire(r, cmd);
}

/* --- mass cancel --- */

void
ref_mass_cancel(struct ref_venue *r, const struct command *cmd)
{
    const struct command_mass_cancel *x = (const void *)cmd;
    struct ref_desk d;
    if (!ref_desk_enter(r, cmd, ROLE_OPERATE, cmd->account_id != 0 ? REF_DESK_CLIENT : 0, &d))
        return;
    struct ref_work w = {.kind = REF_WORK_CANCEL,
                         .account = cmd->account_id != 0 ? ref_account_of(r, cmd->account_id) : -1,
                         .session = -1,
                         .instrument =
                             x->instrument_id != 0 ? ref_instrument_of(r, x->instrument_id) : -1,
                         .side = x->side,
                         .of_session_id = x->of_session_id,
                         .value = REASON_MASS_CANCEL,
                         .up_to = r->entries};
    uint16_t reason = 0;
    if (x->of_session_id != 0 && ref_session_of(r, x->of_session_id) < 0)
        reason = REASON_UNKNOWN_SESSION;
    else if (cmd->account_id != 0 && w.account < 0)
        reason = REASON_UNKNOWN_ACCOUNT;
    else if (!ref_work_room(r))
        reason = REASON_TABLE_FULL;
    bool reports = reason == 0 && r->rules_version >= 2;
    uint64_t answer = reports ? r->cmd_seq : 0;
    (void)ref_say_result(r, cmd, reason, answer);
    if (reason != 0)
        return;
    ref_desk_done(r, cmd, &d, answer);
    if (reports)
        ref_request(&w, cmd);
    ref_work_start(r, cmd, &w);
}
