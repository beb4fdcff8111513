#include "tools/config/venue_check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/book/ticks.h"
#include "engine/model/decimal.h"
#include "engine/model/symbol.h"
#include "engine/model/utc.h"
#include "tools/config/time_zone.h"
#include "gateway/auth/auth_key.h"
#include "engine/model/country_code.h"

struct check {
    const struct venue *v;
    const struct yaml_place *place;
    struct error *err;
};

#define FAIL(c, path, ...) yaml_place_error((c)->place, (c)->err, (path), __VA_ARGS__)

#define SYMBOL_EXPECTED "'%s': expected 1 to %d visible ASCII characters"

enum { SCALE_MAX = 8, PPM = 1000000, ORDER_MAX = (1 << 24) - 1, CLOCK_S_PER_DAY = 86400 };

/* The number that stands at text in exactly `cnt` digits; -1 when one is none. */
static int
digits(const char *text, int cnt)
{
    int number = 0;
    for (int i = 0; i < cnt; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + text[i] - '0';
    }
    return number;
}

int
venue_day_end_s(const char *text)
{
    if (strlen(text) != 8 || text[2] != ':' || text[5] != ':')
        return -1;
    int h = digits(text, 2), m = digits(text + 3, 2), s = digits(text + 6, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
        return -1;
    return h * 3600 + m * 60 + s;
}

int64_t
venue_expiry_ns(const char *text)
{
    if (!strcmp(text, "never"))
        return INT64_MAX;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return 0;
    int year = digits(text, 4), month = digits(text + 5, 2), mday = digits(text + 8, 2);
    if (year < 0 || month < 0 || mday < 0)
        return 0;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = mday};
    time_t day = timegm(&tm); /* normalises what is no date, so compare */
    if (tm.tm_mday != mday || tm.tm_mon != month - 1 || day <= 0)
        return 0;
    return ((int64_t)day + CLOCK_S_PER_DAY) * 1000000000;
}

uint32_t
venue_date(const char *text)
{
    int64_t ns = 0;
    return strlen(text) == 10 && utc_parse(text, 10, &ns) && ns >= 0 ? utc_date(ns) : 0;
}

const struct venue_asset *
venue_asset_named(const struct venue *v, const char *symbol)
{
    for (uint32_t i = 0; i < v->assets_count; i++)
        if (!strcmp(v->assets[i].symbol, symbol))
            return &v->assets[i];
    return NULL;
}

const struct venue_instrument *
venue_instrument_named(const struct venue *v, const char *symbol)
{
    for (uint32_t i = 0; i < v->instruments_count; i++)
        if (!strcmp(v->instruments[i].symbol, symbol))
            return &v->instruments[i];
    return NULL;
}

static const struct venue_account *
account_by_id(const struct venue *v, uint32_t id)
{
    for (uint32_t i = 0; i < v->accounts_count; i++)
        if (v->accounts[i].id == id)
            return &v->accounts[i];
    return NULL;
}

/* A positive decimal that fits the scale; zero_ok for fees. */
static int
check_amount(const struct check *c, const char *path, const char *text, unsigned scale,
             bool zero_ok)
{
    int64_t value = 0;
    enum decimal_result r = decimal_parse(text, strlen(text), scale, &value);
    if (r != DECIMAL_OK)
        return FAIL(c, path, "'%s' is not an amount with at most %u decimals: %s", text, scale,
                    decimal_result_text(r));
    if (value < 0 || (value == 0 && !zero_ok))
        return FAIL(c, path, "'%s': expected an amount above zero", text);
    return 0;
}

const char *const venue_four_eyes[VENUE_FOUR_EYES_CNT] = {"deposits", "transfers", "reference",
                                                          "profiles", "kill_lift"};

static int
check_general(const struct check *c)
{
    const struct venue_general *g = c->v->venue;
    if (venue_day_end_s(g->day_end) < 0)
        return FAIL(c, "venue.day_end", "'%s' is not a time of day HH:MM:SS (UTC)", g->day_end);
    if (g->fee_account == g->issue_account)
        return FAIL(c, "venue.issue_account", "expected another account than fee_account");
    if (!g->fee_account || account_by_id(c->v, g->fee_account))
        return FAIL(c, "venue.fee_account",
                    "expected an id above 0 that no entry of accounts has: the venue makes it");
    if (!g->issue_account || account_by_id(c->v, g->issue_account))
        return FAIL(c, "venue.issue_account",
                    "expected an id above 0 that no entry of accounts has: the venue makes it");
    for (uint32_t i = 0; i < g->four_eyes_count; i++) {
        size_t k = 0;
        while (k < VENUE_FOUR_EYES_CNT && strcmp(venue_four_eyes[k], g->four_eyes[i]) != 0)
            k++;
        char path[64];
        snprintf(path, sizeof path, "venue.four_eyes[%u]", i);
        if (k == VENUE_FOUR_EYES_CNT)
            return FAIL(c, path,
                        "'%s' is not one of deposits, transfers, reference, profiles, kill_lift",
                        g->four_eyes[i]);
    }
    return 0;
}

static int
check_capacity(const struct check *c)
{
    const struct venue_capacity *p = c->v->capacity;
    const struct {
        const char *key;
        uint32_t value, least, most;
    } rows[] = {
        {"capacity.assets", p->assets, c->v->assets_count, 65535},
        {"capacity.instruments", p->instruments, c->v->instruments_count, 65535},
        {"capacity.accounts", p->accounts, c->v->accounts_count + 2, 1 << 24},
        {"capacity.balances", p->balances, c->v->accounts_count, 1 << 28},
        {"capacity.orders", p->orders, 16, ORDER_MAX},
        {"capacity.levels", p->levels, 16, 1 << 26},
        {"capacity.client_ids", p->client_ids, 16, 1 << 28},
        {"capacity.sessions", p->sessions, c->v->fix->sessions_count + c->v->api->keys_count + 2,
         1 << 20},
        {"capacity.operators", p->operators, c->v->operators_count, 65535},
        {"capacity.work_items", p->work_items, 16, 1 << 20},
        {"capacity.proposals", p->proposals, 1, 1 << 20},
        {"capacity.withdrawals", p->withdrawals, 1, 1 << 24},
        {"capacity.deals", p->deals, 1, 1 << 16},
        {"capacity.requests", p->requests, 1, 1 << 16},
        {"capacity.trails", p->trails, 1, (1 << 24) - 1},
        {"capacity.quotes", p->quotes, 1, 1 << 20},
        {"capacity.calendar_days", p->calendar_days, 1, 1 << 16},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value < rows[i].least || rows[i].value > rows[i].most)
            return FAIL(c, rows[i].key, "%u: expected %u to %u", rows[i].value, rows[i].least,
                        rows[i].most);
    return 0;
}

static int
check_engine(const struct check *c)
{
    const struct venue_engine *e = c->v->engine;
    if (e->segment_mib < 16 || e->segment_mib > 4096)
        return FAIL(c, "engine.segment_mib", "%u: expected 16 to 4096", e->segment_mib);
    if (e->ring_mib < 4 || e->ring_mib > 4096)
        return FAIL(c, "engine.ring_mib", "%u: expected 4 to 4096", e->ring_mib);
    if (e->port_slots < 64 || e->port_slots > 1 << 20 || (e->port_slots & (e->port_slots - 1)))
        return FAIL(c, "engine.port_slots", "%u: expected a power of two from 64 to 1048576",
                    e->port_slots);
    return 0;
}

static bool
symbol_fits(const char *text)
{
    char symbol[SYMBOL_MAX] = {0};
    size_t length = strlen(text);
    if (length == 0 || length > SYMBOL_MAX)
        return false;
    memcpy(symbol, text, length);
    return symbol_well_formed(symbol);
}

static int
check_assets(const struct check *c)
{
    for (uint32_t i = 0; i < c->v->assets_count; i++) {
        const struct venue_asset *a = &c->v->assets[i];
        char path[64];
        snprintf(path, sizeof path, "assets[%u].id", i);
        if (!a->id)
            return FAIL(c, path, "expected an id above 0");
        for (uint32_t k = 0; k < i; k++)
            if (c->v->assets[k].id == a->id)
                return FAIL(c, path, "%u is the id of %s already", a->id, c->v->assets[k].symbol);
        snprintf(path, sizeof path, "assets[%u].symbol", i);
        if (!symbol_fits(a->symbol))
            return FAIL(c, path, SYMBOL_EXPECTED, a->symbol, SYMBOL_MAX);
        if (venue_asset_named(c->v, a->symbol) != a)
            return FAIL(c, path, "'%s' stands twice", a->symbol);
        snprintf(path, sizeof path, "assets[%u].scale", i);
        if (a->scale > SCALE_MAX)
            return FAIL(c, path, "%u decimals: expected 0 to %d", a->scale, SCALE_MAX);
    }
    return 0;
}

static int
check_country(const struct check *c, const char *path, const char *code)
{
    if (country_code_known(code))
        return 0;
    return FAIL(c, path,
                "'%s' is not a country code of ISO 3166-1 alpha-2, such as GB (not UK) or DE",
                code);
}

static int
check_countries(const struct check *c, const char *base, const char *key, char **codes,
                uint32_t cnt)
{
    int rc = 0;
    for (uint32_t i = 0; !rc && i < cnt; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s.%s[%u]", base, key, i);
        rc = check_country(c, path, codes[i]);
    }
    return rc;
}

static int
check_rules(const struct check *c, const char *base, const struct venue_rules *r,
            unsigned asset_scale, unsigned currency_scale)
{
    char path[160];
    int rc = 0;
    if (r->countries_allowed_count && r->countries_barred_count) {
        snprintf(path, sizeof path, "%s.countries_barred", base);
        return FAIL(c, path, "expected either countries_allowed or countries_barred, not both");
    }
    snprintf(path, sizeof path, "%s.max_order_qty", base);
    if (r->max_order_qty)
        rc = check_amount(c, path, r->max_order_qty, asset_scale, false);
    snprintf(path, sizeof path, "%s.max_order_value", base);
    if (!rc && r->max_order_value)
        rc = check_amount(c, path, r->max_order_value, currency_scale, false);
    if (!rc)
        rc = check_countries(c, base, "countries_allowed", r->countries_allowed,
                             r->countries_allowed_count);
    if (!rc)
        rc = check_countries(c, base, "countries_barred", r->countries_barred,
                             r->countries_barred_count);
    return rc;
}

static int
check_instrument_amounts(const struct check *c, const char *base, const struct venue_instrument *in,
                         unsigned asset_scale, unsigned currency_scale)
{
    const struct {
        const char *key, *text;
        unsigned scale;
        bool zero_ok;
    } rows[] = {
        {"tick", in->tick, in->price_scale, false},
        {"lot", in->lot, asset_scale, false},
        {"min_qty", in->min_qty, asset_scale, false},
        {"min_value", in->min_value, currency_scale, false},
        {"max_price", in->max_price, in->price_scale, false},
        {"fee_min", in->fee_min, currency_scale, true},
        {"reference", in->reference, in->price_scale, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s.%s", base, rows[i].key);
        if (!rows[i].text)
            continue;
        int rc = check_amount(c, path, rows[i].text, rows[i].scale, rows[i].zero_ok);
        if (rc)
            return rc;
    }
    return 0;
}

static int
check_ticks(const struct check *c, const char *base, const struct venue_instrument *in)
{
    struct tick_table t = {0};
    char path[160];
    if (in->ticks_count > TICK_ROW_MAX)
        return FAIL(c, base, "%u rows: expected at most %d", in->ticks_count, TICK_ROW_MAX);
    for (; t.row_cnt < in->ticks_count; t.row_cnt++) {
        const struct venue_tick *row = &in->ticks[t.row_cnt];
        int64_t step = 0;
        snprintf(path, sizeof path, "%s[%u].from", base, t.row_cnt);
        int rc = check_amount(c, path, row->from, in->price_scale, true);
        snprintf(path, sizeof path, "%s[%u].step", base, t.row_cnt);
        if (!rc)
            rc = check_amount(c, path, row->step, in->price_scale, false);
        if (rc)
            return rc;
        (void)decimal_parse(row->from, strlen(row->from), in->price_scale,
                            &t.from_units[t.row_cnt]);
        (void)decimal_parse(row->step, strlen(row->step), in->price_scale, &step);
        if (step > UINT32_MAX)
            return FAIL(c, path, "'%s': expected at most %u price units", row->step, UINT32_MAX);
        t.step_units[t.row_cnt] = (uint32_t)step;
    }
    if (!ticks_table_ok(&t))
        return FAIL(c, base,
                    "expected rows from 0 on, ascending, each from a price of its own step and of "
                    "the step before");
    return 0;
}

static int
check_calls(const struct check *c, const char *base, const struct venue_calls *k)
{
    static const uint32_t day_ms = 24 * 3600 * 1000;
    const struct {
        const char *key;
        uint32_t value;
    } rows[] = {{"indicative_ms", k->indicative_ms},
                {"length_ms", k->length_ms},
                {"random_end_ms", k->random_end_ms},
                {"extension_ms", k->extension_ms}};
    char path[160];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(path, sizeof path, "%s.%s", base, rows[i].key);
        if (rows[i].value > day_ms)
            return FAIL(c, path, "%u: expected at most %u, a day", rows[i].value, day_ms);
    }
    snprintf(path, sizeof path, "%s.extension_max", base);
    if (k->extension_max && (!k->extension_ms || !k->range_ppm))
        return FAIL(c, path, "expected extension_ms and range_ppm too");
    return 0;
}

/* One of two units. */
static int
check_width(const struct check *c, const char *base, const char *what, uint32_t ppm, uint32_t ticks)
{
    char path[192];
    snprintf(path, sizeof path, "%s.%s_ticks", base, what);
    return ppm && ticks ? FAIL(c, path, "expected %s_ppm or %s_ticks, not both", what, what) : 0;
}

static int
check_bands(const struct check *c, const char *base, const struct venue_bands *k)
{
    const struct venue_calls call = {.length_ms = k->length_ms,
                                     .random_end_ms = k->random_end_ms,
                                     .extension_ms = k->extension_ms};
    char path[160];
    int rc = check_calls(c, base, &call);
    if (!rc)
        rc = check_width(c, base, "static", k->static_ppm, k->static_ticks);
    if (!rc)
        rc = check_width(c, base, "dynamic", k->dynamic_ppm, k->dynamic_ticks);
    if (!rc)
        rc = check_width(c, base, "wide", k->wide_ppm, k->wide_ticks);
    if (rc)
        return rc;
    if ((k->static_ppm | k->static_ticks | k->dynamic_ppm | k->dynamic_ticks) == 0)
        return FAIL(c, base, "expected the width of a static or a dynamic band");
    snprintf(path, sizeof path, "%s.length_ms", base);
    if (k->length_ms && k->manner != BAND_INTERRUPT)
        return FAIL(c, path, "expected with manner: interrupt only");
    snprintf(path, sizeof path, "%s.extension_max", base);
    if (k->extension_max && (!k->extension_ms || (k->wide_ppm | k->wide_ticks) == 0))
        return FAIL(c, path, "expected extension_ms, and wide_ppm or wide_ticks too");
    return 0;
}

static int
check_times(const struct check *c, const char *base, const struct venue_time *times, uint32_t cnt)
{
    char path[160];
    int before = -1;
    snprintf(path, sizeof path, "%s.times", base);
    if (cnt > TIMETABLE_ENTRY_MAX)
        return FAIL(c, path, "%u entries: expected at most %d", cnt, TIMETABLE_ENTRY_MAX);
    for (uint32_t i = 0; i < cnt; i++) {
        int at = venue_day_end_s(times[i].at);
        snprintf(path, sizeof path, "%s.times[%u].at", base, i);
        if (at < 0)
            return FAIL(c, path, "'%s' is not a time of day HH:MM:SS", times[i].at);
        if (at <= before)
            return FAIL(c, path, "'%s': expected later than the entry before", times[i].at);
        before = at;
    }
    return 0;
}

static const struct venue_calendar *
calendar_by_id(const struct venue *v, uint32_t id, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++)
        if (v->calendars[i].id == id)
            return &v->calendars[i];
    return NULL;
}

static int
check_timetable(const struct check *c, const char *base, const struct venue_timetable *k)
{
    char path[160];
    struct timetable t = {0};
    snprintf(path, sizeof path, "%s.zone", base);
    if (!time_zone_fill(&t, k->zone, 0))
        return FAIL(c, path,
                    "'%s' is neither UTC, an offset such as +01:00, nor a zone of this machine "
                    "(package tzdata)",
                    k->zone);
    snprintf(path, sizeof path, "%s.calendar", base);
    if (k->calendar && !calendar_by_id(c->v, k->calendar, c->v->calendars_count))
        return FAIL(c, path, "%u is not the id of a calendar above", k->calendar);
    return check_times(c, base, k->times, k->times_count);
}

static int
check_calendar_day(const struct check *c, const char *base, const struct venue_calendar *k,
                   uint32_t d)
{
    const struct venue_calendar_day *day = &k->days[d];
    char path[160];
    snprintf(path, sizeof path, "%s.date", base);
    uint32_t date = venue_date(day->date);
    if (!date)
        return FAIL(c, path, "'%s' is not a date YYYY-MM-DD", day->date);
    if (d > 0 && date <= venue_date(k->days[d - 1].date))
        return FAIL(c, path, "'%s': expected later than the day before", day->date);
    for (uint32_t i = 0; i < day->times_count; i++) {
        snprintf(path, sizeof path, "%s.times[%u].days", base, i);
        if (day->times[i].days_count)
            return FAIL(c, path, "expected none: the times are those of %s", day->date);
    }
    return check_times(c, base, day->times, day->times_count);
}

static int
check_calendars(const struct check *c)
{
    uint32_t days = 0;
    for (uint32_t i = 0; i < c->v->calendars_count; i++) {
        const struct venue_calendar *k = &c->v->calendars[i];
        char path[64];
        snprintf(path, sizeof path, "calendars[%u].id", i);
        if (!k->id || calendar_by_id(c->v, k->id, i))
            return FAIL(c, path, "%u: expected an id above 0 that no other calendar has", k->id);
        for (uint32_t d = 0; d < k->days_count; d++) {
            snprintf(path, sizeof path, "calendars[%u].days[%u]", i, d);
            int rc = check_calendar_day(c, path, k, d);
            if (rc)
                return rc;
        }
        days += k->days_count;
    }
    if (days > c->v->capacity->calendar_days)
        return FAIL(c, "capacity.calendar_days", "%u: expected at least the %u days of calendars",
                    c->v->capacity->calendar_days, days);
    return 0;
}

static int
check_allocation(const struct check *c, const char *base, const struct venue_instrument *in)
{
    const struct venue_allocation *k = in->allocation;
    unsigned scale = venue_asset_named(c->v, in->asset)->scale;
    const struct {
        const char *key, *text;
    } rows[] = {{"min", k->min}, {"top_min", k->top_min}, {"top_max", k->top_max}};
    char path[160];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(path, sizeof path, "%s.%s", base, rows[i].key);
        int rc = rows[i].text ? check_amount(c, path, rows[i].text, scale, false) : 0;
        if (rc)
            return rc;
        if (rows[i].text && k->method != ALLOCATION_PRO_RATA)
            return FAIL(c, path, "expected method: pro_rata beside it");
        if (rows[i].text && i > 0 && !k->top_ppm)
            return FAIL(c, path, "expected top_ppm beside it");
    }
    snprintf(path, sizeof path, "%s.top_ppm", base);
    if (k->top_ppm > (k->method == ALLOCATION_PRO_RATA ? PPM : 0))
        return FAIL(c, path, "expected at most %d, with method: pro_rata", PPM);
    return 0;
}

static int
check_sessions_of(const struct check *c, const char *base, const struct venue_instrument *in)
{
    char path[128];
    int rc = 0;
    snprintf(path, sizeof path, "%s.calls", base);
    if (in->calls)
        rc = check_calls(c, path, in->calls);
    snprintf(path, sizeof path, "%s.ticks", base);
    if (!rc && in->ticks_count)
        rc = check_ticks(c, path, in);
    snprintf(path, sizeof path, "%s.bands", base);
    if (!rc && in->bands)
        rc = check_bands(c, path, in->bands);
    snprintf(path, sizeof path, "%s.allocation", base);
    if (!rc && in->allocation)
        rc = check_allocation(c, path, in);
    snprintf(path, sizeof path, "%s.timetable", base);
    if (!rc && in->timetable)
        rc = check_timetable(c, path, in->timetable);
    return rc;
}

static int
check_instrument(const struct check *c, uint32_t i)
{
    const struct venue_instrument *in = &c->v->instruments[i];
    char base[64], path[128];
    snprintf(base, sizeof base, "instruments[%u]", i);
    snprintf(path, sizeof path, "%s.id", base);
    if (!in->id)
        return FAIL(c, path, "expected an id above 0");
    for (uint32_t k = 0; k < i; k++)
        if (c->v->instruments[k].id == in->id)
            return FAIL(c, path, "%u is the id of %s already", in->id, c->v->instruments[k].symbol);
    snprintf(path, sizeof path, "%s.symbol", base);
    if (!symbol_fits(in->symbol))
        return FAIL(c, path, SYMBOL_EXPECTED, in->symbol, SYMBOL_MAX);
    for (uint32_t k = 0; k < i; k++)
        if (!strcmp(c->v->instruments[k].symbol, in->symbol))
            return FAIL(c, path, "'%s' stands twice", in->symbol);
    const struct venue_asset *asset = venue_asset_named(c->v, in->asset);
    const struct venue_asset *currency = venue_asset_named(c->v, in->currency);
    snprintf(path, sizeof path, "%s.asset", base);
    if (!asset)
        return FAIL(c, path, "'%s' is not the symbol of an asset above", in->asset);
    snprintf(path, sizeof path, "%s.currency", base);
    if (!currency || currency == asset)
        return FAIL(c, path, "'%s': expected the symbol of another asset", in->currency);
    snprintf(path, sizeof path, "%s.price_scale", base);
    if (in->price_scale > SCALE_MAX)
        return FAIL(c, path, "%u decimals: expected 0 to %d", in->price_scale, SCALE_MAX);
    snprintf(path, sizeof path, "%s.protection_rests", base);
    if (in->protection_rests && !in->protection_ticks)
        return FAIL(c, path, "expected protection_ticks too");
    snprintf(path, sizeof path, "%s.taker_ppm", base);
    if (in->taker_ppm >= PPM || in->maker_ppm >= PPM)
        return FAIL(c, path, "fees are millionths of the value: expected less than %d", PPM);
    snprintf(path, sizeof path, "%s.self_trade_mode", base);
    if (in->self_trade_mode && !in->self_trade_by)
        return FAIL(c, path, "expected self_trade_by beside it: account, firm or owner");
    int rc = check_instrument_amounts(c, base, in, asset->scale, currency->scale);
    if (!rc)
        rc = check_sessions_of(c, base, in);
    if (rc || !in->rules)
        return rc;
    snprintf(path, sizeof path, "%s.rules", base);
    return check_rules(c, path, in->rules, asset->scale, currency->scale);
}

/* A quantity of the instrument that may be left out: whole lots. */
static int
check_lots(const struct check *c, const char *path, const char *text,
           const struct venue_instrument *in)
{
    const struct venue_asset *asset = venue_asset_named(c->v, in->asset);
    int64_t units = 0, lot = 1;
    int rc = text ? check_amount(c, path, text, asset->scale, false) : 0;
    if (rc || !text)
        return rc;
    (void)decimal_parse(text, strlen(text), asset->scale, &units);
    if (in->lot)
        (void)decimal_parse(in->lot, strlen(in->lot), asset->scale, &lot);
    return units % lot ? FAIL(c, path, "'%s': expected whole lots of %s", text, in->lot) : 0;
}

static int
check_quote_limits(const struct check *c, const char *base, const struct venue_account *a,
                   uint32_t index)
{
    const struct venue_quote_limits *l = &a->quote_limits[index];
    const struct venue_instrument *in = venue_instrument_named(c->v, l->instrument);
    char path[160];
    snprintf(path, sizeof path, "%s.instrument", base);
    if (!in)
        return FAIL(c, path, "'%s' is not the symbol of an instrument above", l->instrument);
    for (uint32_t k = 0; k < index; k++)
        if (!strcmp(a->quote_limits[k].instrument, l->instrument))
            return FAIL(c, path, "'%s' stands twice", l->instrument);
    snprintf(path, sizeof path, "%s.fills", base);
    if (l->fills < 1 || l->fills > PROTECTION_FILL_MAX)
        return FAIL(c, path, "%u: expected 1 to %d", l->fills, PROTECTION_FILL_MAX);
    snprintf(path, sizeof path, "%s.window_ms", base);
    if (!l->window_ms)
        return FAIL(c, path, "expected more than 0");
    snprintf(path, sizeof path, "%s.qty", base);
    int rc = check_lots(c, path, l->qty, in);
    snprintf(path, sizeof path, "%s.net", base);
    if (!rc)
        rc = check_lots(c, path, l->net, in);
    snprintf(path, sizeof path, "%s.value", base);
    if (!rc && l->value)
        rc = check_amount(c, path, l->value, venue_asset_named(c->v, in->currency)->scale, false);
    return rc;
}

static int
check_account(const struct check *c, uint32_t i)
{
    const struct venue_account *a = &c->v->accounts[i];
    char path[128];
    snprintf(path, sizeof path, "accounts[%u].id", i);
    if (!a->id)
        return FAIL(c, path, "expected an id above 0");
    if (account_by_id(c->v, a->id) != a)
        return FAIL(c, path, "%u stands twice", a->id);
    snprintf(path, sizeof path, "accounts[%u].kyc_expiry", i);
    if (a->kyc_expiry && !venue_expiry_ns(a->kyc_expiry))
        return FAIL(c, path, "'%s' is neither a date YYYY-MM-DD nor never", a->kyc_expiry);
    snprintf(path, sizeof path, "accounts[%u].country", i);
    int rc = a->country ? check_country(c, path, a->country) : 0;
    for (uint32_t k = 0; !rc && k < a->deposits_count; k++) {
        snprintf(path, sizeof path, "accounts[%u].deposits[%u].asset", i, k);
        const struct venue_asset *asset = venue_asset_named(c->v, a->deposits[k].asset);
        if (!asset)
            return FAIL(c, path, "'%s' is not the symbol of an asset above", a->deposits[k].asset);
        snprintf(path, sizeof path, "accounts[%u].deposits[%u].amount", i, k);
        rc = check_amount(c, path, a->deposits[k].amount, asset->scale, false);
    }
    for (uint32_t k = 0; !rc && k < a->quote_limits_count; k++) {
        snprintf(path, sizeof path, "accounts[%u].quote_limits[%u]", i, k);
        rc = check_quote_limits(c, path, a, k);
    }
    return rc;
}

static int
check_operators(const struct check *c)
{
    for (uint32_t i = 0; i < c->v->operators_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "operators[%u].id", i);
        if (!c->v->operators[i].id)
            return FAIL(c, path, "expected an id above 0");
        for (uint32_t k = 0; k < i; k++) {
            if (c->v->operators[k].id == c->v->operators[i].id)
                return FAIL(c, path, "%u stands twice", c->v->operators[i].id);
            snprintf(path, sizeof path, "operators[%u].name", i);
            if (!strcmp(c->v->operators[k].name, c->v->operators[i].name))
                return FAIL(c, path, "'%s' stands twice", c->v->operators[i].name);
            snprintf(path, sizeof path, "operators[%u].id", i);
        }
    }
    return 0;
}

/* Session ids are shared by FIX sessions and API keys. */
static bool
session_taken(const struct venue *v, uint32_t id, uint32_t fix_before, uint32_t keys_before)
{
    for (uint32_t i = 0; i < fix_before; i++)
        if (v->fix->sessions[i].id == id)
            return true;
    for (uint32_t i = 0; i < keys_before; i++)
        if (v->api->keys[i].session == id)
            return true;
    return false;
}

static int
check_sessions(const struct check *c)
{
    const struct venue *v = c->v;
    char path[64];
    for (uint32_t i = 0; i < v->fix->sessions_count; i++) {
        const struct venue_fix_session *s = &v->fix->sessions[i];
        snprintf(path, sizeof path, "fix.sessions[%u].id", i);
        if (!s->id || session_taken(v, s->id, i, 0))
            return FAIL(c, path, "%u: expected an id above 0 that no other session has", s->id);
        snprintf(path, sizeof path, "fix.sessions[%u].account", i);
        if (!account_by_id(v, s->account))
            return FAIL(c, path, "%u is not the id of an account above", s->account);
        snprintf(path, sizeof path, "fix.sessions[%u].comp_id", i);
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(v->fix->sessions[k].comp_id, s->comp_id))
                return FAIL(c, path, "'%s' stands twice", s->comp_id);
        snprintf(path, sizeof path, "fix.sessions[%u].password_hash", i);
        if (strncmp(s->password_hash, "$argon2id$", 10) != 0)
            return FAIL(c, path, "expected an Argon2id hash ($argon2id$...)");
    }
    for (uint32_t i = 0; i < v->api->keys_count; i++) {
        const struct venue_api_key *k = &v->api->keys[i];
        snprintf(path, sizeof path, "api.keys[%u].session", i);
        if (!k->session || session_taken(v, k->session, v->fix->sessions_count, i))
            return FAIL(c, path, "%u: expected an id above 0 that no other session has",
                        k->session);
        snprintf(path, sizeof path, "api.keys[%u].account", i);
        if (!account_by_id(v, k->account))
            return FAIL(c, path, "%u is not the id of an account above", k->account);
        snprintf(path, sizeof path, "api.keys[%u].key", i);
        for (uint32_t n = 0; n < i; n++)
            if (!strcmp(v->api->keys[n].key, k->key))
                return FAIL(c, path, "'%s' stands twice", k->key);
        snprintf(path, sizeof path, "api.keys[%u].secret", i);
        if (!auth_secret_good(k->secret)) /* which is not shown */
            return FAIL(c, path, "expected base64 of %d to %d bytes", AUTH_SECRET_BYTES_MIN,
                        AUTH_SECRET_BYTES_MAX);
    }
    return 0;
}

/* 0 is any free port: two of them never meet. */
static int
check_ports(const struct check *c)
{
    const struct venue *v = c->v;
    if (v->fix->port && v->fix->port == v->api->port && !strcmp(v->fix->listen, v->api->listen))
        return FAIL(c, "api.port", "%u: expected another port than fix.port", v->api->port);
    return 0;
}

int
venue_check(const struct venue *v, const struct yaml_place *place, struct error *err)
{
    struct check c = {v, place, err};
    int rc = check_general(&c);
    if (!rc)
        rc = check_capacity(&c);
    if (!rc)
        rc = check_engine(&c);
    if (!rc)
        rc = check_assets(&c);
    if (!rc)
        rc = check_calendars(&c);
    for (uint32_t i = 0; !rc && i < v->instruments_count; i++)
        rc = check_instrument(&c, i);
    for (uint32_t i = 0; !rc && i < v->accounts_count; i++)
        rc = check_account(&c, i);
    if (!rc)
        rc = check_operators(&c);
    if (!rc)
        rc = check_sessions(&c);
    if (!rc)
        rc = check_ports(&c);
    return rc;
}
