#include "gateway/ctl/ctl_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"

int
ctl_state_open(struct ctl_state *s)
{
    memset(s, 0, sizeof *s);
    s->assets = calloc(CTL_ASSET_MAX, sizeof *s->assets);
    s->instruments = calloc(CTL_INSTRUMENT_MAX, sizeof *s->instruments);
    s->profiles = calloc(CTL_ACCOUNT_MAX, sizeof *s->profiles);
    s->kills = calloc(CTL_KILL_MAX, sizeof *s->kills);
    if (s->assets && s->instruments && s->profiles && s->kills)
        return 0;
    ctl_state_close(s);
    return ERR_NO_SPACE;
}

void
ctl_state_close(struct ctl_state *s)
{
    free(s->assets);
    free(s->instruments);
    free(s->profiles);
    free(s->kills);
    memset(s, 0, sizeof *s);
}

const struct ctl_asset *
ctl_state_asset(const struct ctl_state *s, const char *symbol)
{
    for (uint32_t i = 0; i < s->asset_cnt; i++)
        if (!strcmp(s->assets[i].symbol, symbol))
            return &s->assets[i];
    return NULL;
}

const struct ctl_instrument *
ctl_state_instrument(const struct ctl_state *s, const char *symbol)
{
    for (uint32_t i = 0; i < s->instrument_cnt; i++)
        if (!strcmp(s->instruments[i].told.symbol, symbol))
            return &s->instruments[i];
    return NULL;
}

const struct ctl_profile *
ctl_state_profile(const struct ctl_state *s, uint32_t account_id)
{
    for (uint32_t i = 0; i < s->profile_cnt; i++)
        if (s->profiles[i].account_id == account_id)
            return &s->profiles[i];
    return NULL;
}

static void
learn_asset(struct ctl_state *s, const struct event_asset *e)
{
    uint32_t i = 0;
    while (i < s->asset_cnt && s->assets[i].asset_id != e->asset_id)
        i++;
    if (i == CTL_ASSET_MAX)
        return;
    if (i == s->asset_cnt)
        s->asset_cnt++;
    s->assets[i] = (struct ctl_asset){.asset_id = e->asset_id, .scale = e->scale};
    memcpy(s->assets[i].symbol, e->symbol, SYMBOL_MAX - 1);
}

static void
learn_instrument(struct ctl_state *s, const struct event_instrument *e)
{
    uint32_t i = 0;
    while (i < s->instrument_cnt && s->instruments[i].told.instrument_id != e->instrument_id)
        i++;
    if (i == CTL_INSTRUMENT_MAX)
        return;
    if (i == s->instrument_cnt)
        s->instrument_cnt++;
    s->instruments[i] = (struct ctl_instrument){.told = *e, .state = e->state};
}

static struct ctl_profile *
profile_of(struct ctl_state *s, uint32_t account_id)
{
    uint32_t i = 0;
    while (i < s->profile_cnt && s->profiles[i].account_id != account_id)
        i++;
    if (i == CTL_ACCOUNT_MAX)
        return NULL;
    if (i == s->profile_cnt)
        s->profiles[s->profile_cnt++].account_id = account_id;
    return &s->profiles[i];
}

static void
learn_account(struct ctl_state *s, const struct event_account *e)
{
    struct ctl_profile *p = profile_of(s, e->account_id);
    if (!p)
        return;
    p->tenant_id = e->tenant_id;
    p->status = (uint8_t)e->status;
}

static void
learn_profile(struct ctl_state *s, const struct event_account_profile *e)
{
    struct ctl_profile *p = profile_of(s, e->account_id);
    if (!p)
        return;
    p->has_profile = true;
    p->status = e->status;
    p->freeze = e->freeze;
    p->kyc_level = e->kyc_level;
    p->country = e->country;
    p->investor_class = e->investor_class;
    p->max_open_orders = e->max_open_orders;
    p->max_messages = e->max_messages;
    p->kyc_expiry_ns = e->kyc_expiry_ns;
    p->message_window_ns = e->message_window_ns;
    p->max_order_value_units = e->max_order_value_units;
}

static void
learn_trading_state(struct ctl_state *s, const struct event_trading_state *e)
{
    for (uint32_t i = 0; i < s->instrument_cnt; i++)
        if (!e->instrument_id || s->instruments[i].told.instrument_id == e->instrument_id)
            s->instruments[i].state = (uint8_t)e->state;
}

static void
learn_kill_switch(struct ctl_state *s, const struct event_kill_switch *e)
{
    struct ctl_kill k = {.scope = e->scope, .id = e->account_id | e->instrument_id | e->tenant_id};
    uint32_t i = 0;
    while (i < s->kill_cnt && (s->kills[i].scope != k.scope || s->kills[i].id != k.id))
        i++;
    if (e->engaged && i == s->kill_cnt && i < CTL_KILL_MAX)
        s->kills[s->kill_cnt++] = k;
    else if (!e->engaged && i < s->kill_cnt)
        s->kills[i] = s->kills[--s->kill_cnt];
}

static void
learn_session(struct ctl_state *s, const struct event_session_state *e)
{
    if (e->cause == COMMAND_SESSION_UP && e->up)
        s->sessions_up++;
    if (e->cause == COMMAND_SESSION_DOWN && s->sessions_up)
        s->sessions_up--;
}

void
ctl_state_learn(struct ctl_state *s, const struct event *ev)
{
    s->event_seq = ev->rec.seq;
    s->cmd_seq = ev->cmd_seq;
    s->time_ns = ev->time_ns;
    switch (ev->rec.type) {
    case EVENT_GENESIS:
        memcpy(s->venue, ((const struct event_genesis *)ev)->venue, sizeof s->venue - 1);
        s->mode = MODE_NORMAL;
        break;
    case EVENT_EPOCH:
        s->epoch = ev->rec.epoch;
        s->business_day = ((const struct event_epoch *)ev)->business_day;
        s->sessions_up = 0;
        break;
    case EVENT_MODE:
        s->mode = ((const struct event_value *)ev)->value;
        break;
    case EVENT_DAY_END:
        s->business_day = ((const struct event_value *)ev)->value;
        break;
    case EVENT_ASSET:
        learn_asset(s, (const struct event_asset *)ev);
        break;
    case EVENT_INSTRUMENT:
        learn_instrument(s, (const struct event_instrument *)ev);
        break;
    case EVENT_ACCOUNT:
        learn_account(s, (const struct event_account *)ev);
        break;
    case EVENT_ACCOUNT_PROFILE:
        learn_profile(s, (const struct event_account_profile *)ev);
        break;
    case EVENT_TRADING_STATE:
        learn_trading_state(s, (const struct event_trading_state *)ev);
        break;
    case EVENT_KILL_SWITCH:
        learn_kill_switch(s, (const struct event_kill_switch *)ev);
        break;
    case EVENT_SESSION_STATE:
        learn_session(s, (const struct event_session_state *)ev);
        break;
    case EVENT_ORDER_ACCEPTED:
        s->accepted_cnt++;
        break;
    case EVENT_ORDER_REJECTED:
        s->rejected_cnt++;
        break;
    case EVENT_ORDER_CANCELED:
        s->canceled_cnt++;
        break;
    case EVENT_TRADE:
        s->trade_cnt++;
        break;
    default:
        break;
    }
}

static const char *
state_name(uint32_t state)
{
    switch (state) {
    case TRADING_OPEN:
        return "open";
    case TRADING_HALTED:
        return "halted";
    case TRADING_CALL_OPENING:
        return "call_opening";
    case TRADING_CALL_INTRADAY:
        return "call_intraday";
    case TRADING_CALL_CLOSING:
        return "call_closing";
    case TRADING_CALL_RESUMPTION:
        return "call_resumption";
    case TRADING_CALL_VOLATILITY:
        return "call_volatility";
    default:
        return "closed";
    }
}

/* "account 101", "instrument ETH-AUD", "venue" */
static json_t *
kill_switches(const struct ctl_state *s)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->kill_cnt; i++) {
        const struct ctl_kill *k = &s->kills[i];
        char text[64] = "venue";
        if (k->scope == KILL_ACCOUNT || k->scope == KILL_TENANT)
            snprintf(text, sizeof text, "%s %u", k->scope == KILL_ACCOUNT ? "account" : "tenant",
                     k->id);
        for (uint32_t n = 0; k->scope == KILL_INSTRUMENT && n < s->instrument_cnt; n++)
            if (s->instruments[n].told.instrument_id == k->id)
                snprintf(text, sizeof text, "instrument %.*s", SYMBOL_MAX,
                         s->instruments[n].told.symbol);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

json_t *
ctl_state_json(const struct ctl_state *s)
{
    json_t *instruments = json_array();
    for (uint32_t i = 0; i < s->instrument_cnt; i++)
        json_array_append_new(instruments, json_pack("{s:i, s:s, s:s}", "id",
                                                     (int)s->instruments[i].told.instrument_id,
                                                     "symbol", s->instruments[i].told.symbol,
                                                     "state", state_name(s->instruments[i].state)));
    return json_pack("{s:b, s:s, s:i, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:o}",
                     "ok", 1, "venue", s->venue, "epoch", (int)s->epoch, "mode",
                     s->mode == MODE_CANCEL_ONLY ? "cancel_only" : "normal", "business_day",
                     (int)s->business_day, "cmd_seq", (json_int_t)s->cmd_seq, "event_seq",
                     (json_int_t)s->event_seq, "time_ns", (json_int_t)s->time_ns, "accepted",
                     (json_int_t)s->accepted_cnt, "rejected", (json_int_t)s->rejected_cnt,
                     "canceled", (json_int_t)s->canceled_cnt, "trades", (json_int_t)s->trade_cnt,
                     "sessions_up", (int)s->sessions_up, "instruments", instruments,
                     "kill_switches", kill_switches(s));
}
