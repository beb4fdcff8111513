#include "risk/risk_priv.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/model/utc.h"

static uint16_t
check_profile(const struct risk *r, const struct command_account_profile *p)
{
    if (id_map_find(&r->account_ids, p->cmd.account_id) == ID_MAP_NONE)
        return REASON_UNKNOWN_ACCOUNT;
    bool good = p->status >= ACCOUNT_ACTIVE && p->status <= ACCOUNT_CLOSING &&
                p->freeze <= FREEZE_FULL && p->country < COUNTRY_MAX &&
                p->investor_class <= CLASS_MARKET_MAKER && p->kyc_expiry_ns >= 0 &&
                p->message_window_ns >= 0 && p->message_window_ns <= UTC_NS_PER_DAY &&
                p->max_order_value_units >= 0 && (p->max_messages == 0 || p->message_window_ns > 0);
    return good ? REASON_NONE : REASON_BAD_FIELD;
}

static uint16_t
check_rules(const struct risk *r, const struct command_instrument_rules *n)
{
    if (risk_instrument_find(r, n->instrument_id) == UINT32_MAX)
        return REASON_UNKNOWN_INSTRUMENT;
    bool no_country = (n->countries[0] & 1) != 0; /* bit 0 stands for no country */
    bool beyond = n->countries[COUNTRY_WORDS - 1] >> (COUNTRY_MAX % 64) != 0;
    bool good = n->country_mode_buy <= COUNTRY_EXCEPT && n->country_mode_sell <= COUNTRY_EXCEPT &&
                n->class_mask_buy >> (CLASS_MARKET_MAKER + 1) == 0 &&
                n->class_mask_sell >> (CLASS_MARKET_MAKER + 1) == 0 && n->max_order_lots >= 0 &&
                n->max_order_value_units >= 0 && n->collar_ppm <= 1000000 && !no_country && !beyond;
    return good ? REASON_NONE : REASON_BAD_FIELD;
}

static void
add_effect(struct hook_effects *effects, uint32_t kind, uint32_t id, uint16_t reason)
{
    CHECK(effects->cnt < HOOK_EFFECT_MAX);
    effects->item[effects->cnt].kind = kind;
    effects->item[effects->cnt].id = id;
    effects->item[effects->cnt].value = 0;
    effects->item[effects->cnt].reason = reason;
    effects->cnt++;
}

/* Why orders that rest may have become inadmissible with the new profile; 0 = they have not. */
static uint16_t
profile_narrows(const struct risk_account *was, const struct risk_account *is, int64_t now_ns)
{
    if (is->status != ACCOUNT_ACTIVE)
        return REASON_ACCOUNT_NOT_ACTIVE;
    if ((is->freeze & ~was->freeze) != 0)
        return REASON_ACCOUNT_FROZEN;
    if (is->kyc_level < was->kyc_level)
        return REASON_KYC_LEVEL;
    if (is->kyc_expiry_ns <= now_ns)
        return REASON_KYC_EXPIRED;
    if (is->country != was->country)
        return REASON_JURISDICTION;
    return is->investor_class != was->investor_class ? REASON_INVESTOR_CLASS : REASON_NONE;
}

static void
commit_profile(struct risk *r, const struct command_account_profile *p,
               struct hook_effects *effects)
{
    uint32_t idx = id_map_find(&r->account_ids, p->cmd.account_id);
    struct risk_account *a = &r->accounts[idx];
    struct risk_account was = *a;
    a->kyc_expiry_ns = p->kyc_expiry_ns;
    a->max_order_value_units = p->max_order_value_units;
    a->message_window_ns = p->message_window_ns;
    a->max_open_orders = p->max_open_orders;
    a->max_messages = p->max_messages;
    a->kyc_level = p->kyc_level;
    a->country = p->country;
    a->status = p->status;
    a->freeze = p->freeze;
    a->investor_class = p->investor_class;
    a->known = 1;
    rate_window_set(&a->rate, p->message_window_ns, p->cmd.time_ns);
    uint16_t reason = profile_narrows(&was, a, p->cmd.time_ns);
    if (reason != REASON_NONE && r->view->accounts[idx].open_orders > 0)
        add_effect(effects, EFFECT_SWEEP_ACCOUNT, p->cmd.account_id, reason);
}

static uint16_t
rules_narrow(const struct risk_instrument *was, const struct risk_instrument *is)
{
    if (is->min_kyc_level > was->min_kyc_level)
        return REASON_KYC_LEVEL;
    if (memcmp(is->country_mode, was->country_mode, sizeof(is->country_mode)) != 0 ||
        memcmp(is->countries, was->countries, sizeof(is->countries)) != 0)
        return REASON_JURISDICTION;
    return memcmp(is->class_mask, was->class_mask, sizeof(is->class_mask)) != 0
               ? REASON_INVESTOR_CLASS
               : REASON_NONE;
}

static void
commit_rules(struct risk *r, const struct command_instrument_rules *n, struct hook_effects *effects)
{
    struct risk_instrument *i = &r->instruments[risk_instrument_find(r, n->instrument_id)];
    struct risk_instrument was = *i;
    i->max_order_lots = n->max_order_lots;
    i->max_order_value_units = n->max_order_value_units;
    i->collar_ppm = n->collar_ppm;
    i->class_mask[0] = n->class_mask_buy;
    i->class_mask[1] = n->class_mask_sell;
    i->min_kyc_level = n->min_kyc_level;
    i->country_mode[0] = n->country_mode_buy;
    i->country_mode[1] = n->country_mode_sell;
    memcpy(i->countries, n->countries, sizeof(i->countries));
    uint16_t reason = rules_narrow(&was, i);
    /* The configuration that belongs to genesis comes before the first order. */
    if (reason != REASON_NONE && (n->cmd.flags & COMMAND_FROM_CONFIG) == 0)
        add_effect(effects, EFFECT_SWEEP_INSTRUMENT, n->instrument_id, reason);
}

/* The core has the account already: those of the view that are not known here yet are new. */
static void
commit_account(struct risk *r)
{
    CHECK(r->view->account_cnt <= r->account_max);
    for (; r->account_cnt < r->view->account_cnt; r->account_cnt++) {
        uint32_t id = r->view->accounts[r->account_cnt].account_id;
        r->accounts[r->account_cnt].account_id = id;
        id_map_add(&r->account_ids, id, r->account_cnt);
    }
}

uint32_t
risk_instrument_find(const struct risk *r, uint32_t instrument_id)
{
    for (uint32_t i = 0; i < r->view->instrument_cnt; i++)
        if (r->view->instruments[i].instrument_id == instrument_id)
            return i;
    return UINT32_MAX;
}

uint16_t
risk_command(void *self, const struct command *cmd, bool commit, struct hook_effects *effects,
             struct event_sink *sink)
{
    struct risk *r = self;
    (void)sink;
    switch (cmd->rec.type) {
    case COMMAND_ACCOUNT:
        if (commit)
            commit_account(r);
        return REASON_NONE;
    case COMMAND_ACCOUNT_PROFILE:
        if (!commit)
            return check_profile(r, (const void *)cmd);
        commit_profile(r, (const void *)cmd, effects);
        return REASON_NONE;
    case COMMAND_INSTRUMENT_RULES:
        if (!commit)
            return check_rules(r, (const void *)cmd);
        commit_rules(r, (const void *)cmd, effects);
        return REASON_NONE;
    default:
        return REASON_NONE;
    }
}
