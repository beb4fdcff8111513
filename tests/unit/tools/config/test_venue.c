#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config/venue.h"
#include "tools/config/venue_commands.h"

/* The demo venue with one line changed: `from` must stand there once, `to` takes its place; two
 * comment lines and a blank one go
 * before everything, so that the lines asserted are the ones that a person sees in an editor. */
static int
load_changed(const char *from, const char *to, char *text_out, struct error *err)
{
    size_t bytes;
    const char *demo = venue_demo_text(&bytes);
    const char *at = strstr(demo, from);
    assert_non_null(at);
    static const char head[] = "# a comment\n\n# another\n";
    size_t room = sizeof head + bytes + strlen(to) + 1;
    char *text = malloc(room);
    assert_non_null(text);
    int n = snprintf(text, room, "%s%.*s%s%s", head, (int)(at - demo), demo, to, at + strlen(from));
    struct venue *v = NULL;
    int rc = venue_load_text(&v, "venue.yaml", text, (size_t)n, err);
    if (!rc)
        venue_free(v);
    snprintf(text_out, 64, "venue.yaml:%d:", 0);
    int line = 4; /* of the changed place: three lines of head, then counted */
    for (const char *p = demo; p < at; p++)
        line += *p == '\n';
    for (const char *p = to; *p == '\n'; p++)
        line++;
    snprintf(text_out, 64, "venue.yaml:%d:", line);
    free(text);
    return rc;
}

static void
expect_error(const char *from, const char *to, const char *what)
{
    struct error err = {0};
    char place[64];
    assert_int_equal(load_changed(from, to, place, &err), ERR_INVALID);
    if (strncmp(err.text, place, strlen(place)) || !strstr(err.text, what))
        fail_msg("expected '%s ... %s', got '%s'", place, what, err.text);
}

static void
test_venue_loads_the_demo(void **state)
{
    (void)state;
    size_t bytes;
    struct error err = {0};
    struct venue *v = NULL;
    const char *demo = venue_demo_text(&bytes);
    if (venue_load_text(&v, "demo", demo, bytes, &err))
        fail_msg("%s", err.text);
    assert_int_equal(v->assets_count, 8);
    assert_int_equal(v->fix->sessions_count, 8);
    assert_int_equal(v->engine->core_cpu, -2);
    assert_int_equal(v->operators[0].uid, -1);
    assert_string_equal(v->fix->listen, "127.0.0.1");
    assert_string_equal(v->accounts[0].name, "Alder Market Making");
    venue_free(v);
}

static void
test_venue_names_line_of_unknown_key(void **state)
{
    (void)state;
    expect_error("  disconnect_grace_ms: 5000", "  disconnect_grace: 5000",
                 "venue: unknown key 'disconnect_grace'; expected one of: name, day_end");
}

static void
test_venue_names_line_of_wrong_type(void **state)
{
    (void)state;
    expect_error("  assets: 64", "  assets: many", "'many' is not a whole number from 0 to");
}

static void
test_venue_names_line_of_bad_word(void **state)
{
    (void)state;
    expect_error("  durability: durable", "  durability: mostly",
                 "'mostly' is not one of: durable, async");
}

static void
test_venue_names_line_of_missing_key(void **state)
{
    (void)state;
    expect_error("  - {id: 1, symbol: AUD, scale: 2, kind: cash}",
                 "  - {id: 1, scale: 2, kind: cash}", "assets[0]: key 'symbol' is missing");
}

static void
test_venue_names_line_of_number_out_of_range(void **state)
{
    (void)state;
    expect_error("  port: 9878", "  port: 98780", "'98780' is not a whole number from 0 to 65535");
}

static void
test_venue_names_line_of_impossible_value(void **state)
{
    (void)state;
    expect_error("  orders: 262144", "  orders: 99999999", "expected 16 to 16777215");
}

static void
test_venue_names_line_of_capacity_zero(void **state)
{
    (void)state;
    expect_error("  orders: 262144", "  orders: 0", "capacity.orders: 0: expected 16 to 16777215");
}

static void
test_venue_wants_symbols_that_every_message_can_carry(void **state)
{
    (void)state;
    expect_error("symbol: AUD,", "symbol: \"A D\",",
                 "assets[0].symbol: 'A D': expected 1 to 24 visible ASCII characters");
    expect_error("    symbol: ETH-AUD", "    symbol: \xc3\x89TH-AUD",
                 "instruments[0].symbol: '\xc3\x89TH-AUD': expected 1 to 24 visible");
}

static void
test_venue_names_line_of_api_key_twice(void **state)
{
    (void)state;
    expect_error("  - {session: 12, key: demo-key-2", "  - {session: 12, key: demo-key-1",
                 "api.keys[1].key: 'demo-key-1' stands twice");
}

static void
test_venue_names_line_of_port_taken_by_fix(void **state)
{
    (void)state;
    struct error err = {0};
    char place[64];
    expect_error("  port: 8080", "  port: 9878",
                 "api.port: 9878: expected another port than fix.port");
    assert_int_equal(load_changed("  port: 8080", "  port: 0", place, &err), 0);
}

static void
test_venue_names_line_of_amount_too_precise(void **state)
{
    (void)state;
    expect_error("    tick: \"0.01\"", "    tick: \"0.001\"", "at most 2 decimals");
}

static void
test_venue_names_line_of_unknown_asset(void **state)
{
    (void)state;
    expect_error("    currency: AUD", "    currency: XAU",
                 "'XAU': expected the symbol of another asset");
}

static void
test_venue_names_line_of_key_twice(void **state)
{
    (void)state;
    expect_error("  day_end: \"22:00:00\"", "\n  name: other", "key 'name' a second time");
}

static void
test_venue_names_line_of_bad_time(void **state)
{
    (void)state;
    expect_error("  day_end: \"22:00:00\"", "  day_end: \"24:00:00\"",
                 "not a time of day HH:MM:SS");
    expect_error("  day_end: \"22:00:00\"", "  day_end: \"+9: 1:-0\"",
                 "not a time of day HH:MM:SS");
}

static void
test_venue_names_line_of_bad_date(void **state)
{
    (void)state;
    static const char *const wrong[] = {"2030-02-30", "+030- 1-+1", "2030-13-01", "2030-1-011",
                                        "2030-00-10"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char to[64];
        snprintf(to, sizeof to, "    kyc_expiry: \"%s\"", wrong[i]);
        expect_error("    kyc_expiry: never", to, "is neither a date YYYY-MM-DD nor never");
    }
    struct error err = {0};
    char place[64];
    assert_int_equal(
        load_changed("    kyc_expiry: never", "    kyc_expiry: 2032-02-29", place, &err), 0);
}

static void
test_venue_names_line_of_account_name_too_long(void **state)
{
    (void)state;
    static const char from[] = "    name: Alder Market Making";
    static const char what[] = "accounts[0].name: expected text of 1 to 63 characters";
    struct error err = {0};
    char place[64], to[96];
    assert_int_equal(load_changed(from, "", place, &err), 0); /* optional */
    snprintf(to, sizeof to, "    name: \"%0*d\"", 63, 1);
    assert_int_equal(load_changed(from, to, place, &err), 0);
    snprintf(to, sizeof to, "    name: \"%0*d\"", 64, 1);
    expect_error(from, to, what);
    expect_error(from, "    name: \"\"", what);
}

static void
test_venue_names_line_of_plain_password(void **state)
{
    (void)state;
    expect_error("  - {id: 1, comp_id: CLIENT1, account: 101, password_hash: '$argon2id$v=19",
                 "  - {id: 1, comp_id: CLIENT1, account: 101, password_hash: 'demo",
                 "expected an Argon2id hash");
}

static void
test_venue_names_line_of_session_without_account(void **state)
{
    (void)state;
    expect_error("  - {id: 2, comp_id: CLIENT2, account: 102",
                 "  - {id: 2, comp_id: CLIENT2, account: 7", "7 is not the id of an account above");
}

static void
test_venue_names_line_of_secret_that_is_not_base64(void **state)
{
    (void)state;
    static const char from[] = "key: demo-key-2, secret: 'YXNzYXktZGVtby1zZWNyZXQtMi1vbmx5LWZvci10";
    static const char *const wrong[] = {"not a secret: ", "x",
                                        "YXNzYXkt*GVtby1zZWNyZXQtMi1vbmx5LWZv"};
    static const char what[] = "api.keys[1].secret: expected base64 of 16 to 96 bytes";
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char to[96];
        snprintf(to, sizeof to, "key: demo-key-2, secret: '%s", wrong[i]);
        expect_error(from, to, what);
    }
    expect_error("'YXNzYXktZGVtby1zZWNyZXQtMS1vbmx5LWZvci10aGUtZGVtbw=='", "dG9vLXNob3J0",
                 "api.keys[0].secret: expected base64 of 16 to 96 bytes");
}

static void
test_venue_names_line_of_country_that_is_none(void **state)
{
    (void)state;
    static const char what[] = " is not a country code of ISO 3166-1 alpha-2";
    static const char *const wrong[] = {"UK", "au", "A", "ZZ"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char to[32], text[96];
        snprintf(to, sizeof to, "    country: %s", wrong[i]);
        snprintf(text, sizeof text, "accounts[0].country: '%s'%s", wrong[i], what);
        expect_error("    country: AU", to, text);
    }
    expect_error("countries_barred: [US]", "countries_barred: [US, UK]", what);
    expect_error("countries_barred: [US]", "countries_allowed: [EU]", what);
    expect_error("countries_barred: [US]", "\n      countries_barred: [GB, UK]", what);
    struct error err = {0};
    char place[64];
    assert_int_equal(load_changed("countries_barred: [US]", "countries_barred: [GB]", place, &err),
                     0);
}

#define PLACE "protection_ppm: 100000\n    reference: \"4700\""
#define TIMES(zone, second)                                                                        \
    "timetable: {zone: \"" zone "\", times: [{at: \"09:00:00\", state: closed}, {" second          \
    "}]}\n    " PLACE

static void
test_venue_names_line_of_what_a_timetable_cannot_be(void **state)
{
    (void)state;
    expect_error(PLACE, TIMES("Mars/Olympus", "at: \"09:05:00\", state: open"),
                 "'Mars/Olympus' is neither UTC, an offset such as +01:00, nor a zone");
    expect_error(PLACE, TIMES("../etc/passwd", "at: \"09:05:00\", state: open"), "is neither UTC");
    expect_error(PLACE, TIMES("+01:00", "at: \"08:05:00\", state: open"),
                 "times[1].at: '08:05:00': expected later than the entry before");
    expect_error(PLACE, TIMES("+01:00", "at: \"25:00:00\", state: open"),
                 "times[1].at: '25:00:00' is not a time of day");
    expect_error(PLACE, TIMES("+01:00", "at: \"09:05:00\", state: opened"),
                 "'opened' is not one of: open, halted");
    expect_error(PLACE, "calls: {extension_max: 1}\n    " PLACE,
                 "calls.extension_max: expected extension_ms and range_ppm too");
    expect_error(PLACE, "calls: {length_ms: 86400001}\n    " PLACE,
                 "calls.length_ms: 86400001: expected at most 86400000, a day");
}

#define INSTRUMENTS        "instruments:\n"
#define CALENDAR(id, days) "calendars: [{id: " id ", days: [" days "]}]\n" INSTRUMENTS

static void
test_venue_names_line_of_what_a_calendar_cannot_be(void **state)
{
    (void)state;
    expect_error(INSTRUMENTS, CALENDAR("0", "{date: 2026-12-25}"),
                 "calendars[0].id: 0: expected an id above 0 that no other calendar has");
    expect_error(INSTRUMENTS, CALENDAR("1", "{date: 2026-02-29}"),
                 "calendars[0].days[0].date: '2026-02-29' is not a date YYYY-MM-DD");
    expect_error(INSTRUMENTS, CALENDAR("1", "{date: 2026-12-25}, {date: 2026-12-25}"),
                 "calendars[0].days[1].date: '2026-12-25': expected later than the day before");
    expect_error(INSTRUMENTS,
                 CALENDAR("1", "{date: 2026-12-24, times: [{at: \"12:60:00\", state: closed}]}"),
                 "calendars[0].days[0].times[0].at: '12:60:00' is not a time of day");
    expect_error(INSTRUMENTS,
                 CALENDAR("1", "{date: 2026-12-24, times: [{at: \"12:00:00\", state: closed, "
                               "days: [mon]}]}"),
                 "calendars[0].days[0].times[0].days: expected none");
    expect_error(PLACE,
                 "timetable: {zone: UTC, calendar: 4, times: [{at: \"09:00:00\", state: "
                 "open}]}\n    " PLACE,
                 "calendar: 4 is not the id of a calendar above");
}

static void
test_venue_says_what_is_wrong_with_ticks(void **state)
{
    (void)state;
    expect_error(PLACE, "ticks: [{from: \"1\", step: \"1\"}]\n    " PLACE,
                 "ticks: expected rows from 0 on, ascending");
    expect_error(PLACE,
                 "ticks: [{from: \"0\", step: \"1\"}, {from: \"3\", step: \"2\"}]\n    " PLACE,
                 "ticks: expected rows from 0 on, ascending");
    expect_error(PLACE, "ticks: [{from: \"0\", step: \"0\"}]\n    " PLACE,
                 "ticks[0].step: '0': expected an amount above zero");
    expect_error(PLACE, "ticks: [{from: \"a\", step: \"1\"}]\n    " PLACE,
                 "ticks[0].from: 'a' is not an amount");
    expect_error(PLACE, "protection_rests: true\n    " PLACE,
                 "protection_rests: expected protection_ticks too");
    expect_error(PLACE, "min_value: \"-1\"\n    " PLACE, "min_value: '-1'");
}

static void
test_venue_says_what_is_wrong_with_an_allocation(void **state)
{
    (void)state;
    expect_error(PLACE, "allocation: {method: by_size}\n    " PLACE, "allocation.method");
    expect_error(PLACE, "allocation: {method: price_time, min: \"1\"}\n    " PLACE,
                 "allocation.min: expected method: pro_rata beside it");
    expect_error(PLACE, "allocation: {method: pro_rata, top_max: \"1\"}\n    " PLACE,
                 "allocation.top_max: expected top_ppm beside it");
    expect_error(PLACE, "allocation: {method: pro_rata, top_ppm: 1000001}\n    " PLACE,
                 "allocation.top_ppm: expected at most 1000000");
}

static void
test_venue_says_what_is_wrong_with_bands(void **state)
{
    (void)state;
    expect_error(PLACE, "bands: {manner: halt, static_ppm: 1}\n    " PLACE,
                 "'halt' is not one of: refuse, interrupt");
    expect_error(PLACE, "bands: {manner: refuse, static_ppm: 1, static_ticks: 1}\n    " PLACE,
                 "bands.static_ticks: expected static_ppm or static_ticks, not both");
    expect_error(PLACE, "bands: {manner: refuse, wide_ppm: 1}\n    " PLACE,
                 "bands: expected the width of a static or a dynamic band");
    expect_error(PLACE, "bands: {manner: refuse, static_ppm: 1, length_ms: 1}\n    " PLACE,
                 "bands.length_ms: expected with manner: interrupt only");
    expect_error(PLACE,
                 "bands: {manner: interrupt, static_ppm: 1, random_end_ms: 86400001}\n    " PLACE,
                 "bands.random_end_ms: 86400001: expected at most 86400000, a day");
    expect_error(PLACE, "bands: {manner: interrupt, static_ppm: 1, extension_max: 1}\n    " PLACE,
                 "bands.extension_max: expected extension_ms, and wide_ppm or wide_ticks too");
}

#define MAKER          "name: Alder Market Making\n"
#define LIMITS(fields) "quote_limits: [{instrument: " fields "}]\n    " MAKER

static void
test_venue_says_what_is_wrong_with_quote_limits(void **state)
{
    (void)state;
    expect_error(MAKER, LIMITS("NO-SUCH, fills: 1, window_ms: 1"),
                 "quote_limits[0].instrument: 'NO-SUCH' is not the symbol of an instrument above");
    expect_error(MAKER, LIMITS("ETH-AUD, window_ms: 1"), "key 'fills' is missing");
    expect_error(MAKER, LIMITS("ETH-AUD, fills: 65, window_ms: 1"),
                 "quote_limits[0].fills: 65: expected 1 to 64");
    expect_error(MAKER, LIMITS("ETH-AUD, fills: 1, window_ms: 0"),
                 "quote_limits[0].window_ms: expected more than 0");
    expect_error(MAKER, LIMITS("ACME-AUD, fills: 1, window_ms: 1, qty: \"1.5\""),
                 "quote_limits[0].qty: '1.5'");
    expect_error(MAKER, LIMITS("ETH-AUD, fills: 1, window_ms: 1, value: \"0\""),
                 "quote_limits[0].value: '0': expected an amount above zero");
    expect_error(MAKER,
                 LIMITS("ETH-AUD, fills: 1, window_ms: 1}, {instrument: ETH-AUD, fills: 2, "
                        "window_ms: 1"),
                 "quote_limits[1].instrument: 'ETH-AUD' stands twice");
}

static void
test_venue_says_that_quote_limits_are_whole_lots(void **state)
{
    (void)state;
    static const char text[] =
        "venue: {name: t, fee_account: 1, issue_account: 2}\n"
        "assets: [{id: 1, symbol: USD, scale: 2, kind: cash}, {id: 2, symbol: A, scale: 0, kind: "
        "token}]\n"
        "instruments: [{id: 7, symbol: A-USD, asset: A, currency: USD, price_scale: 2, tick: "
        "\"1\", lot: "
        "\"10\"}]\n"
        "accounts: [{id: 10, quote_limits: [{instrument: A-USD, fills: 1, window_ms: 1, net: "
        "\"15\"}]}]\n"
        "operators: [{id: 1, name: o, roles: [view]}]\n";
    struct error err = {0};
    struct venue *v = NULL;
    assert_int_equal(venue_load_text(&v, "t.yaml", text, sizeof text - 1, &err), ERR_INVALID);
    assert_string_equal(err.text, "t.yaml:4: accounts[0].quote_limits[0].net: '15': expected whole "
                                  "lots of 10");
}

static int
take_timetable(void *arg, const struct command *cmd)
{
    assert_int_equal(command_check_form(cmd, cmd->rec.length_bytes), 0);
    if (cmd->rec.type == COMMAND_TIMETABLE)
        memcpy(arg, cmd, sizeof(struct command_timetable));
    return 0;
}

/* The 24th's times are checked here, the last day is kept. */
static int
take_calendar(void *arg, const struct command *cmd)
{
    const struct command_calendar *x = (const void *)cmd;
    if (cmd->rec.type != COMMAND_CALENDAR)
        return 0;
    if (x->date == 20261224) {
        assert_int_equal(x->kind, CALENDAR_SHORT);
        assert_int_equal(x->entry_cnt, 1);
        assert_int_equal(x->entries[0].second, 13 * 3600);
        assert_int_equal(x->entries[0].state, TRADING_CLOSED);
    }
    memcpy(arg, cmd, sizeof *x);
    return 0;
}

static int
take_ticks(void *arg, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_TICK_TABLE)
        memcpy(arg, cmd, sizeof(struct command_tick_table));
    return 0;
}

static int
take_allocation(void *arg, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_ALLOCATION)
        memcpy(arg, cmd, sizeof(struct command_allocation));
    return 0;
}

static int
take_bands(void *arg, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_PRICE_BANDS)
        memcpy(arg, cmd, sizeof(struct command_price_bands));
    return 0;
}

static int
take_quote_limits(void *arg, const struct command *cmd)
{
    if (cmd->rec.type == COMMAND_QUOTE_LIMITS)
        memcpy(arg, cmd, sizeof(struct command_quote_limits));
    return 0;
}

static void
test_venue_puts_its_calendars_into_the_stream(void **state)
{
    (void)state;
    struct error err = {0};
    struct venue *v = NULL;
    static const char text[] =
        "venue: {name: t, fee_account: 1, issue_account: 2}\n"
        "assets: [{id: 1, symbol: USD, scale: 2, kind: cash}, {id: 2, symbol: A, scale: 0, kind: "
        "token}]\n"
        "calendars: [{id: 5, days: [{date: 2026-12-24, times: [{at: \"13:00:00\", state: "
        "closed}]}, {date: 2026-12-25}]}]\n"
        "instruments: [{id: 7, symbol: A-USD, asset: A, currency: USD, price_scale: 2, tick: "
        "\"0.01\", lot: \"1\", timetable: {zone: UTC, calendar: 5, times: [{at: \"09:00:00\", "
        "state: open}]}}]\n"
        "accounts: [{id: 10}]\n";
    if (venue_load_text(&v, "t.yaml", text, sizeof text - 1, &err))
        fail_msg("%s", err.text);
    struct command_timetable c = {0};
    assert_int_equal(venue_each_command(v, 1, take_timetable, &c), 0);
    assert_int_equal(c.table.calendar_id, 5);
    assert_string_equal(c.table.zone, "UTC");
    struct command_calendar day = {0}; /* the last one */
    assert_int_equal(venue_each_command(v, 1, take_calendar, &day), 0);
    assert_int_equal(day.calendar_id, 5);
    assert_int_equal(day.date, 20261225);
    assert_int_equal(day.kind, CALENDAR_CLOSED);
    assert_int_equal(day.entry_cnt, 0);
    venue_free(v);
}

static void
test_venue_puts_its_timetable_into_the_stream(void **state)
{
    (void)state;
    static const char text[] =
        "venue: {name: t, fee_account: 1, issue_account: 2}\n"
        "assets: [{id: 1, symbol: USD, scale: 2, kind: cash}, {id: 2, symbol: A, scale: 0, kind: "
        "token}]\n"
        "instruments:\n"
        "  - {id: 7, symbol: A-USD, asset: A, currency: USD, price_scale: 2, tick: \"0.01\", lot: "
        "\"1\", state: closed, calls: {random_end_ms: 30000}, ticks: [{from: \"0\", step: "
        "\"0.01\"}, {from: \"2\", step: \"0.05\"}], allocation: {method: pro_rata, min: \"2\", "
        "top_ppm: 400000, top_min: \"3\", top_max: \"9\"}, bands: {manner: interrupt, "
        "static_ppm: 100000, "
        "dynamic_ticks: 5, wide_ppm: 200000, follows: true, length_ms: 120000, random_end_ms: "
        "30000, extension_ms: 60000, extension_max: 2}, timetable: {zone: \"-05:30\", "
        "times: "
        "[{at: \"09:00:00\", state: call_opening, days: [mon, fri]}, {at: \"09:05:30\", state: "
        "open}]}}\n"
        "accounts: [{id: 10, quote_limits: [{instrument: A-USD, fills: 3, window_ms: 500, qty: "
        "\"20\", value: \"12.50\", net: \"7\"}]}]\n"
        "operators: [{id: 1, name: o, roles: [view]}]\n";
    struct error err = {0};
    struct venue *v = NULL;
    if (venue_load_text(&v, "t.yaml", text, sizeof text - 1, &err))
        fail_msg("%s", err.text);
    assert_int_equal(v->instruments[0].calls->indicative_ms, 1000);
    struct command_timetable c = {0};
    assert_int_equal(venue_each_command(v, 1, take_timetable, &c), 0);
    assert_int_equal(c.instrument_id, 7);
    assert_int_equal(c.table.offset_cnt, 1);
    assert_int_equal(c.table.offsets[0].offset_s, -19800);
    assert_int_equal(c.table.entry_cnt, 2);
    assert_int_equal(c.table.entries[0].second, 32400);
    assert_int_equal(c.table.entries[0].state, TRADING_CALL_OPENING);
    assert_int_equal(c.table.entries[0].days, 1 | 1 << 4);
    assert_int_equal(c.table.entries[1].second, 32730);
    assert_int_equal(c.table.entries[1].state, TRADING_OPEN);
    assert_int_equal(c.table.entries[1].days, 127);
    struct command_tick_table t = {0};
    assert_int_equal(venue_each_command(v, 1, take_ticks, &t), 0);
    const struct tick_table ticks = {.row_cnt = 2, .step_units = {1, 5}, .from_units = {0, 200}};
    assert_memory_equal(&t.ticks, &ticks, sizeof ticks);
    struct command_allocation s = {0};
    assert_int_equal(venue_each_command(v, 1, take_allocation, &s), 0);
    const struct allocation_rules rules = {ALLOCATION_PRO_RATA, 400000, 3, 9, 2};
    assert_memory_equal(&s.rules, &rules, sizeof rules);
    struct command_price_bands b = {0};
    assert_int_equal(venue_each_command(v, 1, take_bands, &b), 0);
    assert_int_equal(b.instrument_id, 7);
    const struct price_bands bands = {.static_ppm = 100000,
                                      .dynamic_ticks = 5,
                                      .wide_ppm = 200000,
                                      .call_ms = 120000,
                                      .random_end_ms = 30000,
                                      .extension_ms = 60000,
                                      .extension_max = 2,
                                      .manner = BAND_INTERRUPT,
                                      .follows = 1};
    assert_memory_equal(&b.bands, &bands, sizeof bands);
    struct command_quote_limits q = {0};
    assert_int_equal(venue_each_command(v, 1, take_quote_limits, &q), 0);
    assert_int_equal(q.cmd.account_id, 10);
    assert_int_equal(q.instrument_id, 7);
    assert_int_equal(q.fill_max, 3);
    assert_int_equal(q.window_ns, 500000000);
    assert_int_equal(q.lots_max, 20);
    assert_int_equal(q.value_max_units, 1250);
    assert_int_equal(q.net_lots_max, 7);
    venue_free(v);
}

static void
test_venue_says_what_is_not_yaml(void **state)
{
    (void)state;
    struct error err = {0};
    struct venue *v = NULL;
    static const char text[] = "# c\n\nvenue: {name: [x}\n";
    assert_int_equal(venue_load_text(&v, "v.yaml", text, sizeof text - 1, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "v.yaml:3: not YAML"));
    assert_int_equal(venue_load_text(&v, "v.yaml", "", 0, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "the file is empty"));
}

static int
take_guards(void *arg, const struct command *cmd)
{
    uint32_t *seen = arg;
    if (cmd->rec.type == COMMAND_GENESIS)
        seen[0] = ((const struct command_genesis *)cmd)->four_eyes;
    if (cmd->rec.type == COMMAND_INSTRUMENT && seen[1] == 0) {
        const struct command_instrument *in = (const void *)cmd;
        seen[1] = in->instrument_id;
        seen[2] = in->self_trade_by;
        seen[3] = in->self_trade_mode;
        seen[4] = in->allow_hidden;
        seen[5] = in->allow_whole;
    }
    return 0;
}

static void
see_guards(const char *from, const char *to, uint32_t seen[6])
{
    size_t bytes;
    struct error err = {0};
    struct venue *v = NULL;
    const char *demo = venue_demo_text(&bytes), *at = strstr(demo, from);
    size_t room = bytes + strlen(to) + 1;
    char *text = malloc(room);
    assert_true(at != NULL && text != NULL);
    snprintf(text, room, "%.*s%s%s", (int)(at - demo), demo, to, at + strlen(from));
    if (venue_load_text(&v, "v.yaml", text, strlen(text), &err))
        fail_msg("%s", err.text);
    free(text);
    assert_int_equal(venue_each_command(v, 1, take_guards, seen), 0);
    venue_free(v);
}

static void
expect_guards(const char *from, const char *to, uint32_t four_eyes, uint32_t by, uint32_t mode)
{
    uint32_t seen[6] = {0};
    see_guards(from, to, seen);
    assert_int_equal(seen[0], four_eyes);
    assert_int_equal(seen[2], by);
    assert_int_equal(seen[3], mode);
}

static void
test_venue_says_who_counts_as_oneself(void **state)
{
    (void)state;
    expect_guards("    tick: \"0.01\"", "    tick: \"0.01\"", 0, SELF_TRADE_OFF, 0);
    expect_guards("    tick: \"0.01\"", "    tick: \"0.01\"\n    self_trade_by: firm", 0,
                  SELF_TRADE_FIRM, SELF_TRADE_CANCEL_NEWEST);
    expect_guards("    tick: \"0.01\"",
                  "    tick: \"0.01\"\n    self_trade_by: owner\n    self_trade_mode: decrement", 0,
                  SELF_TRADE_OWNER, SELF_TRADE_DECREMENT);
    expect_error("    tick: \"0.01\"", "    self_trade_mode: decrement\n    tick: \"0.01\"",
                 "expected self_trade_by beside it");
}

static void
test_venue_says_where_orders_may_be_hidden_or_all_or_none(void **state)
{
    (void)state;
    uint32_t seen[6] = {0}, whole[6] = {0}, plain[6] = {0};
    see_guards("    tick: \"0.01\"", "    tick: \"0.01\"\n    hidden: true", seen);
    see_guards("    tick: \"0.01\"", "    tick: \"0.01\"\n    all_or_none: true", whole);
    see_guards("    tick: \"0.01\"", "    tick: \"0.01\"", plain);
    assert_int_equal(seen[4], 1);
    assert_int_equal(seen[5], 0);
    assert_int_equal(whole[4], 0);
    assert_int_equal(whole[5], 1);
    assert_int_equal(plain[4], 0);
}

static void
test_venue_asks_two_people_to_lift_a_kill_switch(void **state)
{
    (void)state;
    expect_guards("  day_end: \"22:00:00\"",
                  "  day_end: \"22:00:00\"\n  four_eyes: [transfers, kill_lift]", 2 | 16,
                  SELF_TRADE_OFF, 0);
}

static int
count(void *arg, const struct command *cmd)
{
    uint32_t *cnt = arg;
    assert_int_equal(command_check_form(cmd, cmd->rec.length_bytes), 0);
    if (cmd->rec.type == COMMAND_GENESIS)
        cnt[1] = ((const struct command_genesis *)cmd)->config_cnt;
    else
        cnt[0]++;
    return 0;
}

static void
test_venue_announces_as_many_commands_as_it_gives(void **state)
{
    (void)state;
    size_t bytes;
    struct error err;
    struct venue *v = NULL;
    const char *demo = venue_demo_text(&bytes);
    assert_int_equal(venue_load_text(&v, "demo", demo, bytes, &err), 0);
    uint32_t cnt[2] = {0, 0};
    assert_int_equal(venue_each_command(v, 1, count, cnt), 0);
    assert_int_equal(cnt[0], cnt[1]);
    venue_free(v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_venue_loads_the_demo),
        cmocka_unit_test(test_venue_names_line_of_unknown_key),
        cmocka_unit_test(test_venue_names_line_of_wrong_type),
        cmocka_unit_test(test_venue_names_line_of_bad_word),
        cmocka_unit_test(test_venue_names_line_of_missing_key),
        cmocka_unit_test(test_venue_names_line_of_number_out_of_range),
        cmocka_unit_test(test_venue_names_line_of_impossible_value),
        cmocka_unit_test(test_venue_names_line_of_capacity_zero),
        cmocka_unit_test(test_venue_wants_symbols_that_every_message_can_carry),
        cmocka_unit_test(test_venue_names_line_of_api_key_twice),
        cmocka_unit_test(test_venue_names_line_of_port_taken_by_fix),
        cmocka_unit_test(test_venue_names_line_of_amount_too_precise),
        cmocka_unit_test(test_venue_names_line_of_unknown_asset),
        cmocka_unit_test(test_venue_names_line_of_key_twice),
        cmocka_unit_test(test_venue_names_line_of_bad_time),
        cmocka_unit_test(test_venue_names_line_of_bad_date),
        cmocka_unit_test(test_venue_names_line_of_account_name_too_long),
        cmocka_unit_test(test_venue_names_line_of_plain_password),
        cmocka_unit_test(test_venue_names_line_of_session_without_account),
        cmocka_unit_test(test_venue_names_line_of_secret_that_is_not_base64),
        cmocka_unit_test(test_venue_names_line_of_country_that_is_none),
        cmocka_unit_test(test_venue_names_line_of_what_a_timetable_cannot_be),
        cmocka_unit_test(test_venue_names_line_of_what_a_calendar_cannot_be),
        cmocka_unit_test(test_venue_says_what_is_wrong_with_ticks),
        cmocka_unit_test(test_venue_says_what_is_wrong_with_quote_limits),
        cmocka_unit_test(test_venue_says_that_quote_limits_are_whole_lots),
        cmocka_unit_test(test_venue_says_what_is_wrong_with_an_allocation),
        cmocka_unit_test(test_venue_says_what_is_wrong_with_bands),
        cmocka_unit_test(test_venue_puts_its_calendars_into_the_stream),
        cmocka_unit_test(test_venue_puts_its_timetable_into_the_stream),
        cmocka_unit_test(test_venue_says_what_is_not_yaml),
        cmocka_unit_test(test_venue_says_who_counts_as_oneself),
        cmocka_unit_test(test_venue_says_where_orders_may_be_hidden_or_all_or_none),
        cmocka_unit_test(test_venue_asks_two_people_to_lift_a_kill_switch),
        cmocka_unit_test(test_venue_announces_as_many_commands_as_it_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
