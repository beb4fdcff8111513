#include "tools/config/venue_commands.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/check.h"
#include "engine/model/decimal.h"
#include "tools/config/time_zone.h"
#include "tools/config/venue_check.h"

enum {
    ACCOUNT_KIND_CLIENT = 1,
    ACCOUNT_KIND_VENUE = 2,
    ACCOUNT_KIND_CONTRA = 3,
    PROTOCOL_FIX = 1,
    PROTOCOL_API = 2,
    PROTOCOL_OPERATOR = 4,
    MAKER_SKIP_MAX = 64,
};

union any_command { /* room for each of them */
    struct command cmd;
    struct command_genesis genesis;
    struct command_asset asset;
    struct command_instrument instrument;
    struct command_instrument_rules rules;
    struct command_auction_rules calls;
    struct command_price_bands bands;
    struct command_quote_limits quote_limits;
    struct command_allocation allocation;
    struct command_tick_table ticks;
    struct command_timetable timetable;
    struct command_calendar calendar;
    struct command_account account;
    struct command_account_profile profile;
    struct command_session session;
    struct command_actor actor;
    struct command_money money;
    uint8_t bytes[COMMAND_BYTES_MAX];
};

struct emitter {
    const struct venue *v;
    int (*each)(void *arg, const struct command *cmd);
    void *arg;
    union any_command c;
};

static void
begin(struct emitter *e, uint16_t type)
{
    memset(&e->c, 0, sizeof e->c);
    command_init(&e->c.cmd, type);
    e->c.cmd.flags = COMMAND_FROM_CONFIG;
}

static int
emit(struct emitter *e)
{
    return e->each(e->arg, &e->c.cmd);
}

/* Text that venue_check has seen, or NULL for `otherwise`. */
static int64_t
amount(const char *text, unsigned scale, int64_t otherwise)
{
    int64_t value = 0;
    if (!text)
        return otherwise;
    CHECK(decimal_parse(text, strlen(text), scale, &value) == DECIMAL_OK, "'%s'", text);
    return value;
}

static uint32_t
four_eyes_bits(const struct venue_general *g)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < g->four_eyes_count; i++)
        for (uint32_t k = 0; k < VENUE_FOUR_EYES_CNT; k++)
            if (!strcmp(venue_four_eyes[k], g->four_eyes[i]))
                bits |= 1u << k;
    return bits;
}

static uint32_t
command_cnt(const struct venue *v)
{
    uint32_t cnt = v->assets_count + v->instruments_count + 2 /* the venue's own accounts */ +
                   v->operators_count + v->fix->sessions_count + v->api->keys_count +
                   1 /* operator gateway */;
    for (uint32_t i = 0; i < v->instruments_count; i++)
        cnt += (v->instruments[i].rules ? 1u : 0) + (v->instruments[i].calls ? 1u : 0) +
               (v->instruments[i].ticks_count ? 1u : 0) + (v->instruments[i].bands ? 1u : 0) +
               (v->instruments[i].allocation ? 1u : 0) + (v->instruments[i].timetable ? 1u : 0);
    for (uint32_t i = 0; i < v->calendars_count; i++)
        cnt += v->calendars[i].days_count;
    for (uint32_t i = 0; i < v->accounts_count; i++)
        cnt += 2 + v->accounts[i].deposits_count + v->accounts[i].quote_limits_count;
    return cnt;
}

static int
emit_genesis(struct emitter *e, uint64_t hash_key)
{
    const struct venue *v = e->v;
    const struct venue_capacity *p = v->capacity;
    begin(e, COMMAND_GENESIS);
    struct command_genesis *g = &e->c.genesis;
    snprintf(g->venue, sizeof g->venue, "%s", v->venue->name);
    g->rules_version = 2;
    g->config_cnt = command_cnt(v);
    g->day_end_s = (uint32_t)venue_day_end_s(v->venue->day_end);
    g->disconnect_grace_ms = v->venue->disconnect_grace_ms;
    g->asset_max = p->assets;
    g->instrument_max = p->instruments;
    g->account_max = p->accounts;
    g->balance_max = p->balances;
    g->order_max = p->orders;
    g->level_max = p->levels;
    g->client_id_max = p->client_ids;
    g->session_max = p->sessions;
    g->actor_max = p->operators;
    g->work_max = p->work_items;
    g->proposal_max = p->proposals;
    g->withdrawal_max = p->withdrawals;
    g->deal_max = p->deals;
    g->request_max = p->requests;
    g->trail_max = p->trails;
    g->quote_max = p->quotes;
    g->calendar_day_max = p->calendar_days;
    g->maker_skip_max = MAKER_SKIP_MAX;
    g->fee_account_id = v->venue->fee_account;
    g->issue_account_id = v->venue->issue_account;
    g->four_eyes = four_eyes_bits(v->venue);
    g->hash_key = hash_key;
    return emit(e);
}

static int
emit_assets(struct emitter *e)
{
    int rc = 0;
    for (uint32_t i = 0; !rc && i < e->v->assets_count; i++) {
        const struct venue_asset *a = &e->v->assets[i];
        begin(e, COMMAND_ASSET);
        e->c.asset.asset_id = a->id;
        e->c.asset.scale = a->scale;
        e->c.asset.kind = (uint8_t)a->kind;
        snprintf(e->c.asset.symbol, sizeof e->c.asset.symbol, "%s", a->symbol);
        rc = emit(e);
    }
    return rc;
}

static void
set_countries(struct command_instrument_rules *c, char **codes, uint32_t cnt, uint8_t mode)
{
    if (!cnt)
        return;
    c->country_mode_buy = mode;
    c->country_mode_sell = mode;
    for (uint32_t i = 0; i < cnt; i++) {
        uint16_t n = country_pack(codes[i][0], codes[i][1]);
        c->countries[n / 64] |= (uint64_t)1 << (n % 64);
    }
}

static uint32_t
mask_of(const int *numbers, uint32_t cnt)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < cnt; i++)
        mask |= 1u << numbers[i];
    return mask;
}

static int
emit_rules(struct emitter *e, const struct venue_instrument *in, unsigned asset_scale,
           unsigned currency_scale, int64_t lot_units)
{
    const struct venue_rules *r = in->rules;
    begin(e, COMMAND_INSTRUMENT_RULES);
    struct command_instrument_rules *c = &e->c.rules;
    c->instrument_id = in->id;
    c->min_kyc_level = r->min_kyc_level;
    c->class_mask_buy = mask_of(r->buyer_classes, r->buyer_classes_count);
    c->class_mask_sell = mask_of(r->seller_classes, r->seller_classes_count);
    c->max_order_lots = amount(r->max_order_qty, asset_scale, 0) / lot_units;
    c->max_order_value_units = amount(r->max_order_value, currency_scale, 0);
    c->collar_ppm = r->collar_ppm;
    set_countries(c, r->countries_allowed, r->countries_allowed_count, 1);
    set_countries(c, r->countries_barred, r->countries_barred_count, 2);
    return emit(e);
}

static int
emit_calls(struct emitter *e, const struct venue_instrument *in)
{
    const struct venue_calls *k = in->calls;
    begin(e, COMMAND_AUCTION_RULES);
    struct command_auction_rules *c = &e->c.calls;
    c->instrument_id = in->id;
    c->indicative_ms = k->indicative_ms;
    c->call_ms = k->length_ms;
    c->random_end_ms = k->random_end_ms;
    c->extension_ms = k->extension_ms;
    c->extension_max = k->extension_max;
    c->range_ppm = k->range_ppm;
    return emit(e);
}

static int
emit_ticks(struct emitter *e, const struct venue_instrument *in)
{
    begin(e, COMMAND_TICK_TABLE);
    struct tick_table *t = &e->c.ticks.ticks;
    e->c.ticks.instrument_id = in->id;
    for (; t->row_cnt < in->ticks_count; t->row_cnt++) {
        t->from_units[t->row_cnt] = amount(in->ticks[t->row_cnt].from, in->price_scale, 0);
        t->step_units[t->row_cnt] =
            (uint32_t)amount(in->ticks[t->row_cnt].step, in->price_scale, 0);
    }
    return emit(e);
}

static int
emit_allocation(struct emitter *e, const struct venue_instrument *in, uint8_t asset_scale,
                int64_t lot_units)
{
    const struct venue_allocation *k = in->allocation;
    begin(e, COMMAND_ALLOCATION);
    e->c.allocation.instrument_id = in->id;
    e->c.allocation.rules =
        (struct allocation_rules){.method = (uint32_t)k->method,
                                  .top_ppm = k->top_ppm,
                                  .top_min_lots = amount(k->top_min, asset_scale, 0) / lot_units,
                                  .top_max_lots = amount(k->top_max, asset_scale, 0) / lot_units,
                                  .min_lots = amount(k->min, asset_scale, 0) / lot_units};
    return emit(e);
}

static int
emit_bands(struct emitter *e, const struct venue_instrument *in)
{
    const struct venue_bands *k = in->bands;
    begin(e, COMMAND_PRICE_BANDS);
    e->c.bands.instrument_id = in->id;
    e->c.bands.bands = (struct price_bands){.static_ppm = k->static_ppm,
                                            .static_ticks = k->static_ticks,
                                            .dynamic_ppm = k->dynamic_ppm,
                                            .dynamic_ticks = k->dynamic_ticks,
                                            .wide_ppm = k->wide_ppm,
                                            .wide_ticks = k->wide_ticks,
                                            .call_ms = k->length_ms,
                                            .random_end_ms = k->random_end_ms,
                                            .extension_ms = k->extension_ms,
                                            .extension_max = k->extension_max,
                                            .manner = (uint8_t)k->manner,
                                            .follows = k->follows};
    return emit(e);
}

static uint8_t
fill_entries(struct timetable_entry *out, const struct venue_time *times, uint32_t cnt)
{
    for (uint32_t i = 0; i < cnt; i++)
        out[i] = (struct timetable_entry){
            .second = (uint32_t)venue_day_end_s(times[i].at),
            .state = (uint8_t)times[i].state,
            .days =
                (uint8_t)(times[i].days_count == 0 ? TIMETABLE_ALL_DAYS
                                                   : mask_of(times[i].days, times[i].days_count))};
    return (uint8_t)cnt;
}

/* The zone's offsets are those from now on. */
static int
emit_timetable(struct emitter *e, const struct venue_instrument *in)
{
    const struct venue_timetable *k = in->timetable;
    begin(e, COMMAND_TIMETABLE);
    struct command_timetable *c = &e->c.timetable;
    c->instrument_id = in->id;
    c->table.calendar_id = k->calendar;
    CHECK(time_zone_fill(&c->table, k->zone, time(NULL)), "'%s'", k->zone);
    snprintf(c->table.zone, sizeof c->table.zone, "%s", k->zone);
    c->table.entry_cnt = fill_entries(c->table.entries, k->times, k->times_count);
    return emit(e);
}

static int
emit_calendars(struct emitter *e)
{
    int rc = 0;
    for (uint32_t i = 0; i < e->v->calendars_count; i++) {
        const struct venue_calendar *k = &e->v->calendars[i];
        for (uint32_t d = 0; !rc && d < k->days_count; d++) {
            const struct venue_calendar_day *day = &k->days[d];
            begin(e, COMMAND_CALENDAR);
            struct command_calendar *c = &e->c.calendar;
            c->calendar_id = k->id;
            c->date = venue_date(day->date);
            c->kind = day->times_count ? CALENDAR_SHORT : CALENDAR_CLOSED;
            c->entry_cnt = fill_entries(c->entries, day->times, day->times_count);
            rc = emit(e);
        }
    }
    return rc;
}

static int
emit_instrument(struct emitter *e, const struct venue_instrument *in)
{
    const struct venue_asset *asset = venue_asset_named(e->v, in->asset);
    const struct venue_asset *currency = venue_asset_named(e->v, in->currency);
    begin(e, COMMAND_INSTRUMENT);
    struct command_instrument *c = &e->c.instrument;
    c->instrument_id = in->id;
    c->asset_id = asset->id;
    c->currency_id = currency->id;
    c->price_scale = in->price_scale;
    c->state = (uint8_t)in->state;
    c->tick_units = amount(in->tick, in->price_scale, 1);
    c->lot_units = amount(in->lot, asset->scale, 1);
    c->min_qty_lots = in->min_qty ? amount(in->min_qty, asset->scale, 0) / c->lot_units : 1;
    c->min_value_units = amount(in->min_value, currency->scale, 0);
    c->max_price_units = amount(in->max_price, in->price_scale, (int64_t)1 << 50);
    c->maker_ppm = in->maker_ppm;
    c->taker_ppm = in->taker_ppm;
    c->fee_min_units = amount(in->fee_min, currency->scale, 0);
    c->protection_ppm = in->protection_ppm;
    c->protection_ticks = in->protection_ticks;
    c->protection_rests = in->protection_rests;
    c->reference_units = amount(in->reference, in->price_scale, 0);
    c->self_trade_by = (uint8_t)in->self_trade_by;
    c->self_trade_mode = (uint8_t)in->self_trade_mode;
    c->allow_hidden = in->hidden;
    c->allow_whole = in->all_or_none;
    snprintf(c->symbol, sizeof c->symbol, "%s", in->symbol);
    int64_t lot_units = c->lot_units;
    int rc = emit(e);
    if (!rc && in->rules)
        rc = emit_rules(e, in, asset->scale, currency->scale, lot_units);
    if (!rc && in->calls)
        rc = emit_calls(e, in);
    if (!rc && in->ticks_count)
        rc = emit_ticks(e, in);
    if (!rc && in->bands)
        rc = emit_bands(e, in);
    if (!rc && in->allocation)
        rc = emit_allocation(e, in, asset->scale, lot_units);
    if (!rc && in->timetable)
        rc = emit_timetable(e, in);
    return rc;
}

static int
emit_account(struct emitter *e, uint32_t id, uint16_t tenant, uint32_t firm, uint32_t owner,
             int status, uint32_t kind)
{
    begin(e, COMMAND_ACCOUNT);
    e->c.cmd.account_id = id;
    e->c.cmd.tenant_id = tenant;
    e->c.account.firm_id = firm;
    e->c.account.owner_group = owner;
    e->c.account.status = (uint32_t)status;
    e->c.account.kind = kind;
    return emit(e);
}

static int
emit_profile(struct emitter *e, const struct venue_account *a)
{
    begin(e, COMMAND_ACCOUNT_PROFILE);
    struct command_account_profile *c = &e->c.profile;
    c->cmd.account_id = a->id;
    c->cmd.tenant_id = a->tenant;
    c->status = (uint8_t)a->status;
    c->freeze = FREEZE_NONE;
    c->kyc_level = a->kyc_level;
    c->kyc_expiry_ns = a->kyc_expiry ? venue_expiry_ns(a->kyc_expiry) : 0;
    c->country = a->country ? country_pack(a->country[0], a->country[1]) : 0;
    c->investor_class = (uint8_t)a->investor_class;
    c->max_open_orders = a->max_open_orders;
    c->max_messages = a->max_messages;
    c->message_window_ns = (int64_t)a->message_window_ms * 1000000;
    return emit(e);
}

static int
emit_deposit(struct emitter *e, const struct venue_account *a, uint32_t index)
{
    const struct venue_asset *asset = venue_asset_named(e->v, a->deposits[index].asset);
    begin(e, COMMAND_DEPOSIT);
    struct command_money *c = &e->c.money;
    c->cmd.account_id = a->id;
    c->cmd.tenant_id = a->tenant;
    int n = snprintf(c->cmd.id.text, sizeof c->cmd.id.text, "genesis-%u-%u", a->id, index);
    c->cmd.id.length = (uint8_t)n;
    c->asset_id = asset->id;
    c->amount_units = amount(a->deposits[index].amount, asset->scale, 0);
    return emit(e);
}

static int
emit_quote_limits(struct emitter *e, const struct venue_account *a,
                  const struct venue_quote_limits *l)
{
    const struct venue_instrument *in = venue_instrument_named(e->v, l->instrument);
    const struct venue_asset *asset = venue_asset_named(e->v, in->asset);
    const struct venue_asset *currency = venue_asset_named(e->v, in->currency);
    int64_t lot_units = amount(in->lot, asset->scale, 1);
    begin(e, COMMAND_QUOTE_LIMITS);
    struct command_quote_limits *c = &e->c.quote_limits;
    c->cmd.account_id = a->id;
    c->cmd.tenant_id = a->tenant;
    c->instrument_id = in->id;
    c->fill_max = l->fills;
    c->window_ns = (int64_t)l->window_ms * 1000000;
    c->lots_max = amount(l->qty, asset->scale, 0) / lot_units;
    c->value_max_units = amount(l->value, currency->scale, 0);
    c->net_lots_max = amount(l->net, asset->scale, 0) / lot_units;
    return emit(e);
}

static int
emit_accounts(struct emitter *e)
{
    const struct venue *v = e->v;
    uint32_t fee = v->venue->fee_account, issue = v->venue->issue_account;
    int rc = emit_account(e, fee, 0, fee, fee, ACCOUNT_ACTIVE, ACCOUNT_KIND_VENUE);
    if (!rc)
        rc = emit_account(e, issue, 0, issue, issue, ACCOUNT_ACTIVE, ACCOUNT_KIND_CONTRA);
    for (uint32_t i = 0; !rc && i < v->accounts_count; i++) {
        const struct venue_account *a = &v->accounts[i];
        rc = emit_account(e, a->id, a->tenant, a->firm, a->owner, a->status, ACCOUNT_KIND_CLIENT);
        if (!rc)
            rc = emit_profile(e, a);
        for (uint32_t k = 0; !rc && k < a->deposits_count; k++)
            rc = emit_deposit(e, a, k);
        for (uint32_t k = 0; !rc && k < a->quote_limits_count; k++)
            rc = emit_quote_limits(e, a, &a->quote_limits[k]);
    }
    return rc;
}

static int
emit_session(struct emitter *e, uint32_t id, uint8_t protocol, uint32_t account, const char *name,
             bool cancel_on_disconnect)
{
    begin(e, COMMAND_SESSION);
    struct command_session *c = &e->c.session;
    c->cmd.session_id = id;
    c->cmd.account_id = account;
    c->protocol = protocol;
    c->cancel_on_disconnect = cancel_on_disconnect;
    snprintf(c->name, sizeof c->name, "%.39s", name);
    return emit(e);
}

uint32_t
venue_operator_session_id(const struct venue *v)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < v->fix->sessions_count; i++)
        if (v->fix->sessions[i].id > most)
            most = v->fix->sessions[i].id;
    for (uint32_t i = 0; i < v->api->keys_count; i++)
        if (v->api->keys[i].session > most)
            most = v->api->keys[i].session;
    return most + 1;
}

static int
emit_sessions(struct emitter *e)
{
    const struct venue *v = e->v;
    int rc = emit_session(e, venue_operator_session_id(v), PROTOCOL_OPERATOR, 0, "operator", false);
    for (uint32_t i = 0; !rc && i < v->fix->sessions_count; i++) {
        const struct venue_fix_session *s = &v->fix->sessions[i];
        rc = emit_session(e, s->id, PROTOCOL_FIX, s->account, s->comp_id, s->cancel_on_disconnect);
    }
    for (uint32_t i = 0; !rc && i < v->api->keys_count; i++) {
        const struct venue_api_key *k = &v->api->keys[i];
        rc = emit_session(e, k->session, PROTOCOL_API, k->account, k->key, k->cancel_on_disconnect);
    }
    return rc;
}

static int
emit_operators(struct emitter *e)
{
    int rc = 0;
    for (uint32_t i = 0; !rc && i < e->v->operators_count; i++) {
        const struct venue_operator *o = &e->v->operators[i];
        begin(e, COMMAND_ACTOR);
        e->c.actor.subject_actor_id = o->id;
        for (uint32_t k = 0; k < o->roles_count; k++)
            e->c.actor.roles |= (uint32_t)o->roles[k];
        snprintf(e->c.actor.name, sizeof e->c.actor.name, "%s", o->name);
        rc = emit(e);
    }
    return rc;
}

int
venue_each_command(const struct venue *v, uint64_t hash_key,
                   int (*each)(void *arg, const struct command *cmd), void *arg)
{
    struct emitter e = {.v = v, .each = each, .arg = arg};
    int rc = emit_genesis(&e, hash_key);
    if (!rc)
        rc = emit_assets(&e);
    if (!rc)
        rc = emit_calendars(&e);
    for (uint32_t i = 0; !rc && i < v->instruments_count; i++)
        rc = emit_instrument(&e, &v->instruments[i]);
    if (!rc)
        rc = emit_accounts(&e);
    if (!rc)
        rc = emit_sessions(&e);
    if (!rc)
        rc = emit_operators(&e);
    return rc;
}
