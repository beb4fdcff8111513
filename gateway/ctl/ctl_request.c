#include "gateway/ctl/ctl_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/sha256.h"
#include "engine/model/country_code.h"
#include "engine/model/decimal.h"
#include "engine/model/reason.h"
#include "gateway/ctl/ctl_request_priv.h"

int
ctl_text_field(const struct ctl_parse *p, const char *key, size_t most, const char **out)
{
    const json_t *v = json_object_get(p->request, key);
    if (!json_is_string(v) || json_string_length(v) < 1 || json_string_length(v) > most)
        return error_set(p->err, ERR_INVALID, "%s: expected text of 1 to %zu characters", key,
                         most);
    *out = json_string_value(v);
    return 0;
}

int
ctl_int_field(const struct ctl_parse *p, const char *key, int64_t least, int64_t most, int64_t *out)
{
    const json_t *v = json_object_get(p->request, key);
    if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
        return error_set(p->err, ERR_INVALID, "%s: expected a whole number from %lld to %lld", key,
                         (long long)least, (long long)most);
    *out = json_integer_value(v);
    return 0;
}

bool
ctl_has(const struct ctl_parse *p, const char *key)
{
    return json_object_get(p->request, key) != NULL;
}

int
ctl_id_field(const struct ctl_parse *p, const char *key, struct client_id *out)
{
    const char *text = NULL;
    int rc = ctl_text_field(p, key, CLIENT_ID_MAX, &text);
    if (rc)
        return rc;
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return error_set(p->err, ERR_INVALID, "%s: expected printable ASCII", key);
    *out = (struct client_id){.length = (uint8_t)length};
    memcpy(out->text, text, length);
    return 0;
}

/* 0 = all */
static int
instrument_field(const struct ctl_parse *p, uint32_t *out)
{
    const char *symbol = NULL;
    int rc = ctl_text_field(p, "instrument", SYMBOL_MAX - 1, &symbol);
    if (rc)
        return rc;
    const struct ctl_instrument *in = ctl_state_instrument(p->state, symbol);
    if (!in && strcmp(symbol, "all") != 0)
        return error_set(p->err, ERR_INVALID, "instrument: '%s' is neither a symbol nor 'all'",
                         symbol);
    *out = in ? in->told.instrument_id : 0;
    return 0;
}

static int
parse_trading(const struct ctl_parse *p, uint32_t state, union ctl_command *out)
{
    uint32_t instrument_id = 0;
    int rc = instrument_field(p, &instrument_id);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_TRADING_STATE);
    out->trading.instrument_id = instrument_id;
    out->trading.state = state;
    return 0;
}

static int
parse_halt(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_trading(p, TRADING_HALTED, out);
}

static int
parse_resume(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_trading(p, TRADING_OPEN, out);
}

static int
parse_close(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_trading(p, TRADING_CLOSED, out);
}

int
ctl_word_field(const struct ctl_parse *p, const char *key, const struct ctl_word *words,
               uint8_t *value)
{
    if (!ctl_has(p, key))
        return 0;
    const char *text = json_string_value(json_object_get(p->request, key));
    char list[128] = "";
    for (size_t i = 0; words[i].text; i++) {
        if (text && !strcmp(text, words[i].text)) {
            *value = words[i].value;
            return 0;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", words[i].text);
    }
    return error_set(p->err, ERR_INVALID, "%s: expected one of: %s", key, list);
}

static int
parse_call(const struct ctl_parse *p, union ctl_command *out)
{
    static const struct ctl_word kinds[] = {
        {"opening", TRADING_CALL_OPENING},       {"intraday", TRADING_CALL_INTRADAY},
        {"closing", TRADING_CALL_CLOSING},       {"resumption", TRADING_CALL_RESUMPTION},
        {"volatility", TRADING_CALL_VOLATILITY}, {NULL, 0}};
    uint8_t state = TRADING_CALL_INTRADAY;
    int rc = ctl_word_field(p, "kind", kinds, &state);
    return rc ? rc : parse_trading(p, state, out);
}

int
ctl_number_field(const struct ctl_parse *p, const char *key, int64_t most, int64_t *value)
{
    return ctl_has(p, key) ? ctl_int_field(p, key, 0, most, value) : 0;
}

static int
parse_country(const struct ctl_parse *p, uint16_t *country)
{
    if (!ctl_has(p, "country"))
        return 0;
    const char *text = NULL;
    int rc = ctl_text_field(p, "country", 2, &text);
    if (rc)
        return rc;
    if (strlen(text) != 2 || !country_code_known(text))
        return error_set(p->err, ERR_INVALID,
                         "country: '%s': expected a code of ISO 3166-1, two capital letters", text);
    *country = country_pack(text[0], text[1]);
    return 0;
}

static const struct ctl_word side_words[] = {{"buy", SIDE_BUY}, {"sell", SIDE_SELL}, {NULL, 0}};

/* Everything of everybody has to be said: it is not what is left when nothing is. */
static int
parse_mass_cancel(const struct ctl_parse *p, union ctl_command *out)
{
    int64_t account = 0, session = 0;
    uint32_t instrument_id = 0;
    uint8_t side = 0;
    if (!ctl_has(p, "account") && !ctl_has(p, "instrument") && !ctl_has(p, "session") &&
        !ctl_has(p, "side"))
        return error_set(p->err, ERR_INVALID,
                         "expected account, instrument, session or side; instrument=all for all");
    int rc = ctl_has(p, "account") ? ctl_int_field(p, "account", 1, UINT32_MAX, &account) : 0;
    if (!rc && ctl_has(p, "session"))
        rc = ctl_int_field(p, "session", 1, UINT32_MAX, &session);
    if (!rc && ctl_has(p, "instrument"))
        rc = instrument_field(p, &instrument_id);
    if (!rc)
        rc = ctl_word_field(p, "side", side_words, &side);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_MASS_CANCEL);
    out->cmd.account_id = (uint32_t)account;
    out->mass_cancel.instrument_id = instrument_id;
    out->mass_cancel.of_session_id = (uint32_t)session;
    out->mass_cancel.side = side;
    return 0;
}

/* The same of quotes alone. */
static int
parse_quote_cancel(const struct ctl_parse *p, union ctl_command *out)
{
    int rc = parse_mass_cancel(p, out);
    if (!rc)
        out->cmd.rec.type = COMMAND_QUOTE_CANCEL;
    return rc;
}

static int
parse_of(const struct ctl_parse *p, long most, uint32_t *out)
{
    const char *text = NULL;
    int rc = ctl_text_field(p, "of", 10, &text);
    if (rc)
        return rc;
    char *end;
    long n = strtol(text, &end, 10);
    if (*end || n < 1 || n > most)
        return error_set(p->err, ERR_INVALID, "of: '%s': expected a whole number from 1 to %ld",
                         text, most);
    *out = (uint32_t)n;
    return 0;
}

static int
parse_kill_switch(const struct ctl_parse *p, uint8_t engage, union ctl_command *out)
{
    static const struct ctl_word scopes[] = {{"account", KILL_ACCOUNT},
                                             {"tenant", KILL_TENANT},
                                             {"instrument", KILL_INSTRUMENT},
                                             {"venue", KILL_VENUE},
                                             {NULL, 0}};
    uint8_t scope = 0;
    uint32_t of = 0;
    int rc = ctl_word_field(p, "scope", scopes, &scope);
    if (!rc && !scope)
        rc = error_set(p->err, ERR_INVALID, "scope: expected account, tenant, instrument or venue");
    if (!rc && scope != KILL_INSTRUMENT && scope != KILL_VENUE)
        rc = parse_of(p, scope == KILL_ACCOUNT ? (long)UINT32_MAX : UINT16_MAX, &of);
    const char *symbol = NULL;
    if (!rc && scope == KILL_INSTRUMENT)
        rc = ctl_text_field(p, "of", SYMBOL_MAX - 1, &symbol);
    const struct ctl_instrument *in = symbol ? ctl_state_instrument(p->state, symbol) : NULL;
    if (!rc && symbol && !in)
        rc = error_set(p->err, ERR_INVALID, "of: there is no instrument '%s'", symbol);
    if (!rc && scope == KILL_VENUE && ctl_has(p, "of"))
        rc = error_set(p->err, ERR_INVALID, "of: the venue is one");
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_KILL_SWITCH);
    out->cmd.account_id = scope == KILL_ACCOUNT ? of : 0;
    out->cmd.tenant_id = scope == KILL_TENANT ? (uint16_t)of : 0;
    out->kill_switch.instrument_id = in ? in->told.instrument_id : 0;
    out->kill_switch.scope = scope;
    out->kill_switch.engage = engage;
    return 0;
}

static int
parse_kill(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_kill_switch(p, 1, out);
}

static int
parse_lift(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_kill_switch(p, 0, out);
}

static const struct ctl_word status_words[] = {{"active", ACCOUNT_ACTIVE},
                                               {"suspended", ACCOUNT_SUSPENDED},
                                               {"closing", ACCOUNT_CLOSING},
                                               {NULL, 0}};
static const struct ctl_word freeze_words[] = {{"none", FREEZE_NONE},
                                               {"buy", FREEZE_BUY},
                                               {"sell", FREEZE_SELL},
                                               {"full", FREEZE_FULL},
                                               {NULL, 0}};
static const struct ctl_word class_words[] = {{"retail", CLASS_RETAIL},
                                              {"professional", CLASS_PROFESSIONAL},
                                              {"qualified", CLASS_QUALIFIED},
                                              {"institution", CLASS_INSTITUTION},
                                              {"issuer", CLASS_ISSUER},
                                              {"market_maker", CLASS_MARKET_MAKER},
                                              {NULL, 0}};

static int
parse_account(const struct ctl_parse *p, union ctl_command *out)
{
    int64_t account = 0;
    int rc = ctl_int_field(p, "account", 1, UINT32_MAX, &account);
    if (rc)
        return rc;
    const struct ctl_profile *old = ctl_state_profile(p->state, (uint32_t)account);
    if (!old)
        return error_set(p->err, ERR_INVALID, "account: there is no account %lld",
                         (long long)account);
    struct ctl_profile n = *old;
    if (!n.investor_class)
        n.investor_class = CLASS_RETAIL;
    int64_t kyc = n.kyc_level, open = n.max_open_orders, messages = n.max_messages;
    rc = ctl_word_field(p, "status", status_words, &n.status);
    if (!rc)
        rc = ctl_word_field(p, "freeze", freeze_words, &n.freeze);
    if (!rc)
        rc = ctl_word_field(p, "class", class_words, &n.investor_class);
    if (!rc)
        rc = parse_country(p, &n.country);
    if (!rc)
        rc = ctl_number_field(p, "kyc_level", UINT16_MAX, &kyc);
    if (!rc)
        rc = ctl_number_field(p, "kyc_expiry_ns", INT64_MAX, &n.kyc_expiry_ns);
    if (!rc)
        rc = ctl_number_field(p, "max_open_orders", UINT32_MAX, &open);
    if (!rc)
        rc = ctl_number_field(p, "max_messages", UINT32_MAX, &messages);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_ACCOUNT_PROFILE);
    struct command_account_profile *c = &out->profile;
    c->cmd.account_id = n.account_id;
    c->cmd.tenant_id = n.tenant_id;
    c->status = n.status;
    c->freeze = n.freeze;
    c->kyc_level = (uint16_t)kyc;
    c->country = n.country;
    c->investor_class = n.investor_class;
    c->kyc_expiry_ns = n.kyc_expiry_ns;
    c->max_open_orders = (uint32_t)open;
    c->max_messages = (uint32_t)messages;
    c->message_window_ns = n.message_window_ns ? n.message_window_ns : 1000000000;
    c->max_order_value_units = n.max_order_value_units;
    return 0;
}

static int
parse_money(const struct ctl_parse *p, uint16_t type, union ctl_command *out)
{
    int64_t account = 0, to = 0, amount = 0;
    const char *symbol = NULL, *text = NULL;
    struct client_id id;
    int rc = ctl_int_field(p, "account", 1, UINT32_MAX, &account);
    if (!rc && type == COMMAND_TRANSFER)
        rc = ctl_int_field(p, "to", 1, UINT32_MAX, &to);
    if (!rc)
        rc = ctl_text_field(p, "asset", SYMBOL_MAX - 1, &symbol);
    if (!rc)
        rc = ctl_text_field(p, "amount", 40, &text);
    if (!rc)
        rc = ctl_id_field(p, "id", &id);
    if (rc)
        return rc;
    const struct ctl_asset *asset = ctl_state_asset(p->state, symbol);
    if (!asset)
        return error_set(p->err, ERR_INVALID, "asset: there is no asset '%s'", symbol);
    enum decimal_result r = decimal_parse(text, strlen(text), asset->scale, &amount);
    if (r != DECIMAL_OK || amount <= 0)
        return error_set(p->err, ERR_INVALID,
                         "amount: '%s': expected an amount above zero with at most %u decimals",
                         text, asset->scale);
    command_init(&out->cmd, type);
    out->money.cmd.account_id = (uint32_t)account;
    out->money.cmd.id = id;
    out->money.asset_id = asset->asset_id;
    out->money.to_account_id = (uint32_t)to;
    out->money.amount_units = amount;
    return 0;
}

/* --- negotiated trades --- */

static const struct ctl_word kind_words[] = {{"block", DEAL_BLOCK},     {"primary", DEAL_PRIMARY},
                                             {"private", DEAL_PRIVATE}, {"transfer", DEAL_TRANSFER},
                                             {"request", DEAL_REQUEST}, {NULL, 0}};

int
ctl_one_instrument(const struct ctl_parse *p, const struct ctl_instrument **out)
{
    const char *symbol = NULL;
    int rc = ctl_text_field(p, "instrument", SYMBOL_MAX - 1, &symbol);
    if (rc)
        return rc;
    *out = ctl_state_instrument(p->state, symbol);
    return *out ? 0
                : error_set(p->err, ERR_INVALID, "instrument: there is no instrument '%s'", symbol);
}

int
ctl_steps_field(const struct ctl_parse *p, const char *key, uint8_t scale, int64_t step,
                int64_t *out)
{
    const char *text = NULL;
    int64_t units = 0;
    int rc = ctl_text_field(p, key, 40, &text);
    if (rc)
        return rc;
    if (decimal_parse(text, strlen(text), scale, &units) != DECIMAL_OK || units <= 0 ||
        units % step != 0)
        return error_set(p->err, ERR_INVALID,
                         "%s: '%s': expected a number above zero, in whole steps of the instrument",
                         key, text);
    *out = units / step;
    return 0;
}

static int
kind_bits(const struct ctl_parse *p, uint32_t *bits)
{
    const char *at = json_string_value(json_object_get(p->request, "kinds"));
    while (at && *at) {
        size_t length = strcspn(at, ",");
        const struct ctl_word *k = kind_words;
        while (k->text && (strlen(k->text) != length || memcmp(k->text, at, length) != 0))
            k++;
        if (!k->text)
            return error_set(p->err, ERR_INVALID,
                             "kinds: expected block, primary, private, transfer, with commas");
        *bits |= 1u << k->value;
        at += length + (at[length] == ',');
    }
    return 0;
}

static int
parse_deal_rules(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_deal_rules r;
    int64_t collar = 0, halted = 0, last = 0;
    command_init(&r.cmd, COMMAND_DEAL_RULES);
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = kind_bits(p, &r.kind_mask);
    if (!rc && ctl_has(p, "min"))
        rc = ctl_steps_field(p, "min", in->told.asset_scale, in->told.lot_units, &r.min_lots);
    if (!rc && ctl_has(p, "max"))
        rc = ctl_steps_field(p, "max", in->told.asset_scale, in->told.lot_units, &r.max_lots);
    if (!rc)
        rc = ctl_number_field(p, "collar_ppm", UINT32_MAX, &collar);
    if (!rc)
        rc = ctl_number_field(p, "when_halted", 1, &halted);
    if (!rc)
        rc = ctl_number_field(p, "sets_last", 1, &last);
    if (rc)
        return rc;
    r.instrument_id = in->told.instrument_id;
    r.collar_ppm = (uint32_t)collar;
    r.deal_flags = (halted ? DEAL_WHEN_HALTED : 0u) | (last ? DEAL_SETS_LAST : 0u);
    out->deal_rules = r;
    return 0;
}

/* What is not named is no limit; without fills there is no protection. */
static int
parse_quote_limits(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_quote_limits l;
    int64_t account = 0, fills = 0, window_ms = 0;
    command_init(&l.cmd, COMMAND_QUOTE_LIMITS);
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_int_field(p, "account", 1, UINT32_MAX, &account);
    if (!rc)
        rc = ctl_number_field(p, "fills", PROTECTION_FILL_MAX, &fills);
    if (!rc)
        rc = ctl_number_field(p, "window_ms", UINT32_MAX, &window_ms);
    if (!rc && ctl_has(p, "qty"))
        rc = ctl_steps_field(p, "qty", in->told.asset_scale, in->told.lot_units, &l.lots_max);
    if (!rc && ctl_has(p, "net"))
        rc = ctl_steps_field(p, "net", in->told.asset_scale, in->told.lot_units, &l.net_lots_max);
    if (!rc && ctl_has(p, "value"))
        rc = ctl_steps_field(p, "value", in->told.currency_scale, 1, &l.value_max_units);
    if (rc)
        return rc;
    l.cmd.account_id = (uint32_t)account;
    l.instrument_id = in->told.instrument_id;
    l.fill_max = (uint32_t)fills;
    l.window_ns = window_ms * 1000000;
    out->quote_limits = l;
    return 0;
}

static int
parse_deal(const struct ctl_parse *p, union ctl_command *out)
{
    const struct ctl_instrument *in = NULL;
    struct command_deal d;
    int64_t account = 0, with = 0;
    command_init(&d.cmd, COMMAND_DEAL);
    int rc = ctl_one_instrument(p, &in);
    if (!rc)
        rc = ctl_int_field(p, "account", 1, UINT32_MAX, &account);
    if (!rc)
        rc = ctl_int_field(p, "with", 1, UINT32_MAX, &with);
    if (!rc)
        rc = ctl_id_field(p, "id", &d.cmd.id);
    if (!rc)
        rc = ctl_id_field(p, "with_id", &d.to_id);
    if (!rc)
        rc = ctl_word_field(p, "side", side_words, &d.side);
    if (!rc)
        rc = ctl_word_field(p, "kind", kind_words, &d.kind);
    if (!rc && (!d.side || !d.kind))
        rc = error_set(p->err, ERR_INVALID, "expected side and kind");
    if (!rc)
        rc = ctl_steps_field(p, "qty", in->told.asset_scale, in->told.lot_units, &d.qty_lots);
    if (!rc)
        rc = ctl_steps_field(p, "price", in->told.price_scale, 1, &d.price_units);
    if (rc)
        return rc;
    d.cmd.account_id = (uint32_t)account;
    d.instrument_id = in->told.instrument_id;
    d.to_account_id = (uint32_t)with;
    out->deal = d;
    return 0;
}

static int
parse_deposit(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_money(p, COMMAND_DEPOSIT, out);
}

static int
parse_withdraw(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_money(p, COMMAND_WITHDRAW, out);
}

static int
parse_transfer(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_money(p, COMMAND_TRANSFER, out);
}

static int
parse_withdraw_decide(const struct ctl_parse *p, uint32_t confirm, union ctl_command *out)
{
    int64_t id = 0;
    int rc = ctl_int_field(p, "withdrawal", 1, INT64_MAX, &id);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_WITHDRAW_DECIDE);
    out->withdraw.withdrawal_id = (uint64_t)id;
    out->withdraw.confirm = confirm;
    return 0;
}

static int
parse_confirm(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_withdraw_decide(p, 1, out);
}

static int
parse_cancel_withdrawal(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_withdraw_decide(p, 0, out);
}

static int
parse_checkpoint(const struct ctl_parse *p, union ctl_command *out)
{
    (void)p;
    command_init(&out->cmd, COMMAND_CHECKPOINT);
    return 0;
}

static int
parse_rules(const struct ctl_parse *p, union ctl_command *out)
{
    int64_t version = 0;
    int rc = ctl_int_field(p, "version", 1, UINT32_MAX, &version);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_RULES);
    out->rules.rules_version = (uint32_t)version;
    return 0;
}

static int
parse_decide(const struct ctl_parse *p, uint32_t release, union ctl_command *out)
{
    int64_t order = 0;
    int rc = ctl_int_field(p, "order", 1, INT64_MAX, &order);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_ORDER_DECIDE);
    out->decide.order_id = (uint64_t)order;
    out->decide.release = release;
    out->decide.reason = release ? REASON_NONE : REASON_BY_OPERATOR;
    return 0;
}

static int
parse_release(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_decide(p, 1, out);
}

static int
parse_refuse(const struct ctl_parse *p, union ctl_command *out)
{
    return parse_decide(p, 0, out);
}

static int
parse_approve(const struct ctl_parse *p, union ctl_command *out)
{
    int64_t proposal = 0;
    int rc = ctl_int_field(p, "proposal", 1, INT64_MAX, &proposal);
    if (rc)
        return rc;
    command_init(&out->cmd, COMMAND_APPROVE);
    out->approve.proposal = (uint64_t)proposal;
    return 0;
}

static const struct verb {
    const char *name;
    int (*parse)(const struct ctl_parse *p, union ctl_command *out);
} verbs[] = {
    {"halt", parse_halt},
    {"resume", parse_resume},
    {"close", parse_close},
    {"call", parse_call},
    {"mass-cancel", parse_mass_cancel},
    {"quote-cancel", parse_quote_cancel},
    {"quote-limits", parse_quote_limits},
    {"bands", ctl_parse_bands},
    {"ticks", ctl_parse_ticks},
    {"points", ctl_parse_points},
    {"allocation", ctl_parse_allocation},
    {"timetable", ctl_parse_timetable},
    {"calendar", ctl_parse_calendar},
    {"kill", parse_kill},
    {"lift", parse_lift},
    {"account", parse_account},
    {"deposit", parse_deposit},
    {"withdraw", parse_withdraw},
    {"transfer", parse_transfer},
    {"confirm", parse_confirm},
    {"unwithdraw", parse_cancel_withdrawal},
    {"checkpoint", parse_checkpoint},
    {"rules", parse_rules},
    {"release", parse_release},
    {"refuse", parse_refuse},
    {"approve", parse_approve},
    {"deal-rules", parse_deal_rules},
    {"deal", parse_deal},
    {"split", ctl_parse_split},
    {"redeem", ctl_parse_redeem},
    {"rename", ctl_parse_rename},
    {"offering", ctl_parse_offering},
    {"offering-withdraw", ctl_parse_offering_withdraw},
};

void
ctl_request_digest(const struct command *cmd, uint8_t out[32])
{
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, &cmd->account_id, sizeof cmd->account_id);
    sha256_update(&s, &cmd->tenant_id, sizeof cmd->tenant_id);
    sha256_update(&s, &cmd->id, sizeof cmd->id);
    sha256_update(&s, cmd + 1, cmd->rec.length_bytes - sizeof *cmd);
    sha256_final(&s, out);
}

/* {"cmd":"propose","of":{...}}: the digest of the inner request's command */
static int
parse_propose(const struct ctl_parse *p, union ctl_command *out)
{
    const json_t *inner = json_object_get(p->request, "of");
    if (!json_is_object(inner))
        return error_set(p->err, ERR_INVALID, "of: expected the request that is proposed");
    union ctl_command proposed;
    memset(&proposed, 0, sizeof proposed);
    const char *verb = json_string_value(json_object_get(inner, "cmd"));
    if (verb && !strcmp(verb, "propose"))
        return error_set(p->err, ERR_INVALID, "of.cmd: a proposal cannot be proposed");
    int rc = ctl_request_parse(p->state, inner, &proposed, p->err);
    if (rc)
        return error_wrap(p->err, "of");
    command_init(&out->cmd, COMMAND_PROPOSE);
    out->propose.command_type = proposed.cmd.rec.type;
    ctl_request_digest(&proposed.cmd, out->propose.digest);
    return 0;
}

int
ctl_request_parse(const struct ctl_state *state, const json_t *request, union ctl_command *out,
                  struct error *err)
{
    struct ctl_parse p = {state, request, err};
    const char *name = json_string_value(json_object_get(request, "cmd"));
    if (!name)
        return error_set(err, ERR_INVALID, "cmd: expected the name of a request");
    union ctl_command c;
    memset(&c, 0, sizeof c);
    int rc = ERR_NOT_FOUND;
    if (!strcmp(name, "propose"))
        rc = parse_propose(&p, &c);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(name, verbs[i].name))
            rc = verbs[i].parse(&p, &c);
    if (rc == ERR_NOT_FOUND)
        return error_set(err, ERR_INVALID, "cmd: '%s' is not known", name);
    int64_t approval = 0;
    if (!rc)
        rc = ctl_number_field(&p, "approval", INT64_MAX, &approval);
    if (rc)
        return rc;
    c.cmd.approval_ref = (uint64_t)approval;
    *out = c;
    return 0;
}
