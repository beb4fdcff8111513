#include "tools/text/script_priv.h"

#include <string.h>

/* The venue and what it trades: genesis, asset, instrument, rules, account, profile, session,
 * actor. */

/* A u32 field of genesis by the name that scripts use. */
struct capacity {
    const char *name;
    size_t offset;
};

static const struct capacity CAPACITIES[] = {
    {"assets", offsetof(struct command_genesis, asset_max)},
    {"instruments", offsetof(struct command_genesis, instrument_max)},
    {"accounts", offsetof(struct command_genesis, account_max)},
    {"balances", offsetof(struct command_genesis, balance_max)},
    {"orders", offsetof(struct command_genesis, order_max)},
    {"levels", offsetof(struct command_genesis, level_max)},
    {"client-ids", offsetof(struct command_genesis, client_id_max)},
    {"sessions", offsetof(struct command_genesis, session_max)},
    {"actors", offsetof(struct command_genesis, actor_max)},
    {"work-items", offsetof(struct command_genesis, work_max)},
    {"proposals", offsetof(struct command_genesis, proposal_max)},
    {"withdrawals", offsetof(struct command_genesis, withdrawal_max)},
    {"deals", offsetof(struct command_genesis, deal_max)},
    {"requests", offsetof(struct command_genesis, request_max)},
    {"trails", offsetof(struct command_genesis, trail_max)},
    {"quotes", offsetof(struct command_genesis, quote_max)},
    {"calendar-days", offsetof(struct command_genesis, calendar_day_max)},
    {"maker-skips", offsetof(struct command_genesis, maker_skip_max)},
    {"rules-version", offsetof(struct command_genesis, rules_version)},
};

static bool
take_capacity(struct script *s, struct words *w)
{
    for (size_t i = 0; i < sizeof CAPACITIES / sizeof CAPACITIES[0]; i++) {
        if (!words_take(w, CAPACITIES[i].name))
            continue;
        uint32_t value = words_u32(w, "a number");
        memcpy((uint8_t *)&s->genesis + CAPACITIES[i].offset, &value, sizeof value);
        return true;
    }
    return false;
}

static void
verb_genesis(struct script *s, struct words *w)
{
    struct command_genesis *g = &s->genesis;
    if (s->open) {
        words_fail(w, "genesis must be the first command");
        return;
    }
    while (words_left(w)) {
        if (words_take(w, "venue"))
            words_padded(w, g->venue, sizeof g->venue, "a name of at most 32 characters");
        else if (words_take(w, "day-end"))
            g->day_end_s = words_clock(w);
        else if (words_take(w, "disconnect-grace"))
            g->disconnect_grace_ms = (uint32_t)(words_duration(w) / 1000000);
        else if (words_take(w, "four-eyes"))
            g->four_eyes = (uint32_t)words_set(w, &SCHEMA_FOUR_EYES, "what needs two people");
        else if (!take_capacity(s, w))
            words_expected(w, "venue, day-end, disconnect-grace, four-eyes or a capacity");
    }
    if (words_end(w) == 0 && script_open(s, w->err) != 0) {
        (void)error_wrap(w->err, "%s:%u", w->file, w->line);
        w->failed = true;
    }
}

static void
verb_asset(struct script *s, struct words *w)
{
    struct command_asset c;
    command_init(&c.cmd, COMMAND_ASSET);
    c.cmd.actor_id = s->actor_id;
    c.asset_id = words_u32(w, "an asset id");
    words_padded(w, c.symbol, sizeof c.symbol, "a symbol of at most 24 characters");
    c.kind = 1;
    while (words_left(w)) {
        if (words_take(w, "scale"))
            c.scale = (uint8_t)words_u32(w, "a scale from 0 to 8");
        else
            c.kind = (uint8_t)words_enum(w, &SCHEMA_ASSET_KIND, "scale or a kind");
    }
    script_finish(s, w, &c.cmd);
}

/* self-trade off, or self-trade account|firm|owner MODE */
static void
take_self_trade(struct command_instrument *c, struct words *w)
{
    c->self_trade_by = (uint8_t)words_enum(w, &SCHEMA_SELF_TRADE_BY, "who counts as oneself");
    if (c->self_trade_by != SELF_TRADE_OFF)
        c->self_trade_mode = (uint8_t)words_enum(w, &SCHEMA_SELF_TRADE_MODE, "what is canceled");
}

/* state kept, or one by its name */
static void
take_state(struct command_instrument *c, struct words *w)
{
    c->state = 0;
    if (!words_take(w, "kept"))
        c->state = (uint8_t)words_enum(w, &SCHEMA_TRADING_STATE, "kept or a state");
}

static bool
take_instrument_option(struct command_instrument *c, const struct sandbox_asset *asset,
                       const struct sandbox_asset *currency, struct words *w)
{
    if (words_take(w, "tick"))
        c->tick_units = words_decimal(w, c->price_scale, "a price step");
    else if (words_take(w, "lot"))
        c->lot_units = words_decimal(w, asset->scale, "a quantity");
    else if (words_take(w, "min-qty"))
        c->min_qty_lots =
            words_steps(w, asset->scale, c->lot_units > 0 ? c->lot_units : 1, "a quantity");
    else if (words_take(w, "max-price"))
        c->max_price_units = words_decimal(w, c->price_scale, "a price");
    else if (words_take(w, "reference"))
        c->reference_units = words_decimal(w, c->price_scale, "a price");
    else if (words_take(w, "maker"))
        c->maker_ppm = words_ppm(w);
    else if (words_take(w, "taker"))
        c->taker_ppm = words_ppm(w);
    else if (words_take(w, "min-fee"))
        c->fee_min_units = words_decimal(w, currency->scale, "an amount");
    else if (words_take(w, "protection"))
        c->protection_ppm = words_ppm(w);
    else if (words_take(w, "points"))
        c->protection_ticks = words_u32(w, "a number of ticks");
    else if (words_take(w, "rests"))
        c->protection_rests = 1;
    else if (words_take(w, "cycle"))
        c->settle_cycle = (uint8_t)words_u32(w, "a number of days");
    else if (words_take(w, "state"))
        take_state(c, w);
    else if (words_take(w, "self-trade"))
        take_self_trade(c, w);
    else if (words_take(w, "min-value"))
        c->min_value_units = words_decimal(w, currency->scale, "an amount");
    else if (words_take(w, "hidden"))
        c->allow_hidden = 1;
    else if (words_take(w, "all-or-none"))
        c->allow_whole = 1;
    else if (words_take(w, "retired"))
        c->retired = 1;
    else
        return false;
    return true;
}

static void
verb_instrument(struct script *s, struct words *w)
{
    struct command_instrument c;
    command_init(&c.cmd, COMMAND_INSTRUMENT);
    c.cmd.actor_id = s->actor_id;
    c.instrument_id = words_u32(w, "an instrument id");
    words_padded(w, c.symbol, sizeof c.symbol, "a symbol of at most 24 characters");
    if (!words_take(w, "asset"))
        words_expected(w, "asset");
    const struct sandbox_asset *asset = script_asset(s, w);
    if (!words_take(w, "currency"))
        words_expected(w, "currency");
    const struct sandbox_asset *currency = script_asset(s, w);
    c.asset_id = asset->id;
    c.currency_id = currency->id;
    c.price_scale = currency->scale;
    c.state = TRADING_OPEN;
    c.lot_units = 1;
    c.tick_units = 1;
    c.min_qty_lots = 1;
    c.max_price_units = INT64_C(1000000000000);
    c.protection_ppm = 100000;
    if (words_take(w, "price-scale"))
        c.price_scale = (uint8_t)words_u32(w, "a scale from 0 to 8");
    if (c.price_scale > 8)
        words_fail(w, "expected a price scale from 0 to 8, found %u", c.price_scale);
    while (words_left(w))
        if (!take_instrument_option(&c, asset, currency, w))
            words_expected(w, "tick, lot, min-qty, max-price, reference, maker, taker, min-fee, "
                              "protection, cycle, state, self-trade or retired");
    script_finish(s, w, &c.cmd);
}

static void
verb_rules(struct script *s, struct words *w)
{
    struct command_instrument_rules c;
    command_init(&c.cmd, COMMAND_INSTRUMENT_RULES);
    c.cmd.actor_id = s->actor_id;
    const struct sandbox_instrument *i = script_instrument(s, w);
    c.instrument_id = i->id;
    while (words_left(w)) {
        if (words_take(w, "kyc"))
            c.min_kyc_level = (uint16_t)words_u32(w, "a level");
        else if (words_take(w, "countries"))
            words_countries(w, c.countries);
        else if (words_take(w, "buyers"))
            c.country_mode_buy = (uint8_t)words_enum(w, &SCHEMA_COUNTRY_MODE, "a mode");
        else if (words_take(w, "sellers"))
            c.country_mode_sell = (uint8_t)words_enum(w, &SCHEMA_COUNTRY_MODE, "a mode");
        else if (words_take(w, "buyer-classes"))
            c.class_mask_buy = (uint32_t)words_set(w, &SCHEMA_CLASS_MASK, "classes");
        else if (words_take(w, "seller-classes"))
            c.class_mask_sell = (uint32_t)words_set(w, &SCHEMA_CLASS_MASK, "classes");
        else if (words_take(w, "max-qty"))
            c.max_order_lots = script_qty(i, w);
        else if (words_take(w, "max-value"))
            c.max_order_value_units = words_decimal(w, i->currency_scale, "an amount");
        else if (words_take(w, "collar"))
            c.collar_ppm = words_ppm(w);
        else
            words_expected(w, "kyc, countries, buyers, sellers, buyer-classes, seller-classes, "
                              "max-qty, max-value or collar");
    }
    script_finish(s, w, &c.cmd);
}

static bool
take_profile_option(struct command_account_profile *c, struct words *w)
{
    if (words_take(w, "status"))
        c->status = (uint8_t)words_enum(w, &SCHEMA_ACCOUNT_STATUS, "a status");
    else if (words_take(w, "freeze"))
        c->freeze = (uint8_t)words_enum(w, &SCHEMA_FREEZE, "what is frozen");
    else if (words_take(w, "kyc"))
        c->kyc_level = (uint16_t)words_u32(w, "a level");
    else if (words_take(w, "expires"))
        c->kyc_expiry_ns = words_time(w);
    else if (words_take(w, "country"))
        c->country = words_country(w);
    else if (words_take(w, "class"))
        c->investor_class = (uint8_t)words_enum(w, &SCHEMA_INVESTOR_CLASS, "a class");
    else if (words_take(w, "max-orders"))
        c->max_open_orders = words_u32(w, "a number");
    else if (words_take(w, "max-value"))
        c->max_order_value_units = (int64_t)words_u64(w, "an amount in smallest units");
    else if (words_take(w, "messages"))
        c->max_messages = words_u32(w, "a number");
    else if (words_take(w, "per"))
        c->message_window_ns = words_duration(w);
    else
        return false;
    return true;
}

static struct command_account_profile
usual_profile(const struct script *s, uint32_t account_id)
{
    struct command_account_profile c;
    command_init(&c.cmd, COMMAND_ACCOUNT_PROFILE);
    c.cmd.actor_id = s->actor_id;
    c.cmd.account_id = account_id;
    c.status = ACCOUNT_ACTIVE;
    c.kyc_expiry_ns = INT64_MAX;
    return c;
}

static void
take_profile(struct script *s, struct words *w, uint32_t account_id)
{
    struct command_account_profile c = usual_profile(s, account_id);
    while (words_left(w))
        if (!take_profile_option(&c, w))
            words_expected(w, "status, freeze, kyc, expires, country, class, max-orders, "
                              "max-value, messages or per");
    script_finish(s, w, &c.cmd);
}

static void
verb_profile(struct script *s, struct words *w)
{
    uint32_t account_id = words_u32(w, "an account");
    take_profile(s, w, account_id);
}

/* `account 7 firm 3 profile kyc 2 ...`: what stands behind `profile` is a command of its own. */
static void
verb_account(struct script *s, struct words *w)
{
    struct command_account c;
    command_init(&c.cmd, COMMAND_ACCOUNT);
    c.cmd.actor_id = s->actor_id;
    c.cmd.account_id = words_u32(w, "an account");
    c.status = ACCOUNT_ACTIVE;
    c.kind = 1;
    bool profile = false;
    while (words_left(w) && !profile) {
        if (words_take(w, "firm"))
            c.firm_id = words_u32(w, "a firm");
        else if (words_take(w, "owner"))
            c.owner_group = words_u32(w, "an owner group");
        else if (words_take(w, "tenant"))
            c.cmd.tenant_id = (uint16_t)words_u32(w, "a tenant");
        else if (words_take(w, "status"))
            c.status = (uint32_t)words_enum(w, &SCHEMA_ACCOUNT_STATUS, "a status");
        else if (words_take(w, "kind"))
            c.kind = (uint32_t)words_enum(w, &SCHEMA_ACCOUNT_KIND, "a kind");
        else if (words_take(w, "profile"))
            profile = true;
        else
            words_expected(w, "firm, owner, tenant, status, kind or profile");
    }
    if (w->failed)
        return;
    script_send(s, &c.cmd);
    if (profile)
        take_profile(s, w, c.cmd.account_id);
}

static void
verb_session(struct script *s, struct words *w)
{
    struct command_session c;
    command_init(&c.cmd, COMMAND_SESSION);
    c.cmd.actor_id = s->actor_id;
    c.cmd.session_id = words_u32(w, "a session");
    c.protocol = 2;
    memcpy(c.name, "script", 6);
    while (words_left(w)) {
        if (words_take(w, "account"))
            c.cmd.account_id = words_u32(w, "an account");
        else if (words_take(w, "protocol"))
            c.protocol = (uint8_t)words_enum(w, &SCHEMA_PROTOCOL, "a protocol");
        else if (words_take(w, "name"))
            words_padded(w, c.name, sizeof c.name, "a name of at most 40 characters");
        else if (words_take(w, "cancel-on-disconnect"))
            c.cancel_on_disconnect = 1;
        else
            words_expected(w, "account, protocol, name or cancel-on-disconnect");
    }
    script_finish(s, w, &c.cmd);
}

static void
verb_actor(struct script *s, struct words *w)
{
    struct command_actor c;
    command_init(&c.cmd, COMMAND_ACTOR);
    c.cmd.actor_id = s->actor_id;
    c.subject_actor_id = words_u32(w, "an operator's id");
    words_padded(w, c.name, sizeof c.name, "a login name");
    c.roles = (uint32_t)words_set(w, &SCHEMA_OPERATOR_ROLE, "roles");
    script_finish(s, w, &c.cmd);
}

const struct script_row SCRIPT_CONFIG[] = {
    {"genesis", verb_genesis}, {"asset", verb_asset},     {"instrument", verb_instrument},
    {"rules", verb_rules},     {"account", verb_account}, {"profile", verb_profile},
    {"session", verb_session}, {"actor", verb_actor},     {NULL, NULL},
};
