#include "tests/ref/ref_venue.h"

#include <stdlib.h>
#include <string.h>

#include "tests/ref/ref_priv.h"

static void
genesis(struct ref_venue *r, const struct command *cmd)
{
    r->genesis = *(const struct command_genesis *)(const void *)cmd;
    r->epoch = cmd->rec.epoch;
    r->mode = MODE_NORMAL;
    r->rules_version = r->genesis.rules_version;
    ref_set_day(r);
    (void)ref_say(r, EVENT_GENESIS, AUDIENCE_PUBLIC, cmd->session_id);
    r->said[r->said_cnt - 1].header_only = true;
}

typedef void apply_function(struct ref_venue *r, const struct command *cmd);

static apply_function *const table[] = {
    [COMMAND_GENESIS] = genesis,
    [COMMAND_EPOCH] = ref_new_epoch,
    [COMMAND_TICK] = ref_tick,
    [COMMAND_CONTINUE] = ref_continue,
    [COMMAND_MODE] = ref_configure,
    [COMMAND_RULES] = ref_configure,
    [COMMAND_ASSET] = ref_configure,
    [COMMAND_INSTRUMENT] = ref_configure,
    [COMMAND_INSTRUMENT_RULES] = ref_configure,
    [COMMAND_ACCOUNT] = ref_configure,
    [COMMAND_ACCOUNT_PROFILE] = ref_configure,
    [COMMAND_SESSION] = ref_configure,
    [COMMAND_ACTOR] = ref_configure,
    [COMMAND_REFERENCE_PRICE] = ref_configure,
    [COMMAND_TRADING_STATE] = ref_configure,
    [COMMAND_KILL_SWITCH] = ref_kill_switch,
    [COMMAND_AUCTION_RULES] = ref_configure,
    [COMMAND_PRICE_BANDS] = ref_configure,
    [COMMAND_TICK_TABLE] = ref_configure,
    [COMMAND_ALLOCATION] = ref_configure,
    [COMMAND_DEAL_RULES] = ref_configure,
    [COMMAND_SESSION_UP] = ref_session_event,
    [COMMAND_SESSION_DOWN] = ref_session_event,
    [COMMAND_SESSION_RESERVE] = ref_session_event,
    [COMMAND_ORDER_NEW] = ref_new,
    [COMMAND_ORDER_LINKED] = ref_new,
    [COMMAND_ORDER_LIST] = ref_list,
    [COMMAND_ORDER_CANCEL] = ref_cancel,
    [COMMAND_ORDER_REPLACE] = ref_replace,
    [COMMAND_ORDER_DECIDE] = ref_decide,
    [COMMAND_MASS_CANCEL] = ref_mass_cancel,
    [COMMAND_CORPORATE_ACTION] = ref_corporate,
    [COMMAND_DEAL] = ref_deal,
    [COMMAND_DEAL_PROPOSE] = ref_deal,
    [COMMAND_DEAL_ANSWER] = ref_deal_answer,
    [COMMAND_REQUEST] = ref_ask,
    [COMMAND_REQUEST_QUOTE] = ref_ask_quote,
    [COMMAND_REQUEST_HIT] = ref_ask_hit,
    [COMMAND_REQUEST_PASS] = ref_ask_pass,
    [COMMAND_DEPOSIT] = ref_deposit,
    [COMMAND_WITHDRAW] = ref_withdraw,
    [COMMAND_WITHDRAW_DECIDE] = ref_withdraw_decide,
    [COMMAND_TRANSFER] = ref_transfer,
    [COMMAND_SETTLE] = ref_settle,
};

void
ref_init(struct ref_venue *r, bool risk)
{
    memset(r, 0, sizeof(*r));
    r->risk = risk;
    r->orders = calloc(REF_ORDER_MAX, sizeof(*r->orders));
    r->ids = calloc(REF_ID_MAX, sizeof(*r->ids));
    r->said = calloc(REF_SAID_MAX, sizeof(*r->said));
    if (r->orders == NULL || r->ids == NULL || r->said == NULL)
        abort();
}

void
ref_fini(struct ref_venue *r)
{
    free(r->orders);
    free(r->ids);
    free(r->said);
}

void
ref_apply(struct ref_venue *r, const struct command *cmd, const struct ref_told *told)
{
    uint16_t type = cmd->rec.type;
    if (type >= sizeof(table) / sizeof(table[0]) || table[type] == NULL)
        abort(); /* not this venue's part: ref_venue.h */
    r->told = *told;
    r->said_cnt = r->taken_cnt = 0;
    r->cmd_seq = cmd->rec.seq;
    if (cmd->time_ns > r->time_ns)
        r->time_ns = cmd->time_ns;
    table[type](r, cmd);
    ref_pegs_start(r, cmd);
    if (r->said_cnt > 0)
        r->said[r->said_cnt - 1].ev.last = 1;
}

/* --- searching --- */

int
ref_account_of(const struct ref_venue *r, uint32_t id)
{
    for (uint32_t i = 0; i < r->account_cnt; i++) {
        if (r->accounts[i].id == id)
            return (int)i;
    }
    return -1;
}

int
ref_asset_of(const struct ref_venue *r, uint32_t id)
{
    for (uint32_t i = 0; i < r->asset_cnt; i++) {
        if (r->assets[i].asset_id == id)
            return (int)i;
    }
    return -1;
}

int
ref_instrument_of(const struct ref_venue *r, uint32_t id)
{
    for (uint32_t i = 0; i < r->instrument_cnt; i++) {
        if (r->instruments[i].def.instrument_id == id)
            return (int)i;
    }
    return -1;
}

int
ref_session_of(const struct ref_venue *r, uint32_t id)
{
    for (uint32_t i = 0; i < r->session_cnt; i++) {
        if (r->sessions[i].id == id)
            return (int)i;
    }
    return -1;
}
