#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/model/utc.h"
#include "engine/runtime/zones.h"
#include "tests/support/core_fixture.h"
#include "tools/config/time_zone.h"
#include "tools/config/time_zones.h"

/* A venue that runs for years, in dates that are made up: what its timetables know of their zone is
 * kept ahead of the time by commands alone. */

static const char zone[] = "Europe/Paris";

static int64_t
at_ns(int32_t year, uint8_t month, uint8_t day, uint8_t hour)
{
    int64_t ns = 0;
    const struct utc u = {.year = year, .month = month, .day = day, .hour = hour};
    assert_true(utc_join(&u, &ns));
    return ns;
}

/* Summer time in the European Union: from the last Sunday of March to that of October, 01:00 UTC.
 * source: Directive 2000/84/EC, reckoned here without zone files */
static int64_t
last_sunday_ns(int32_t year, unsigned month)
{
    int64_t day = utc_days_join(year, month, 31);
    return (day - (day + 4) % 7) * UTC_NS_PER_DAY + 3600 * UTC_NS_PER_S;
}

static int32_t
paris_offset_s(int64_t ns)
{
    struct utc u;
    utc_split(ns, &u);
    bool summer = ns >= last_sunday_ns(u.year, 3) && ns < last_sunday_ns(u.year, 10);
    return summer ? 7200 : 3600;
}

/* Instrument 1 opens at 09:00 and closes at 17:00 of Paris. False: no zone files here. */
static bool
set_timetable(struct venue *v, int64_t now_ns)
{
    union any_command x;
    venue_command(&x, COMMAND_TIMETABLE);
    x.cmd.actor_id = VENUE_BOSS;
    x.timetable.instrument_id = 1;
    struct timetable *t = &x.timetable.table;
    t->entry_cnt = 2;
    t->entries[0] = (struct timetable_entry){9 * 3600, TRADING_OPEN, TIMETABLE_ALL_DAYS, 0};
    t->entries[1] = (struct timetable_entry){17 * 3600, TRADING_CLOSED, TIMETABLE_ALL_DAYS, 0};
    memcpy(t->zone, zone, sizeof zone);
    if (!time_zone_fill(t, zone, now_ns / UTC_NS_PER_S))
        return false;
    venue_tick(v, now_ns);
    (void)venue_continue(v);
    venue_apply(v, &x);
    assert_string_equal(venue_types(v), "TIMETABLE");
    return true;
}

/* What the sequencer does on its beat; returns how many commands it took. */
static uint32_t
look(struct venue *v, struct time_zones *z, int64_t now_ns)
{
    const struct zone_source source = {time_zones_fill, z};
    uint32_t told = 0;
    union any_command x;
    memset(&x, 0, sizeof x);
    v->time_ns = now_ns;
    for (uint32_t n = 0; n < core_instrument_cnt(v->core); n++) {
        if (!zones_stale(&source, v->core, n, now_ns, &x.timetable))
            continue;
        venue_apply(v, &x);
        assert_string_equal(venue_types(v), "TIMETABLE");
        told++;
    }
    return told;
}

static void
tick_and_expect(struct venue *v, int64_t ns, uint8_t state)
{
    venue_tick(v, ns);
    uint32_t cnt = venue_count(v, EVENT_TRADING_STATE);
    assert_int_equal(cnt, state != 0);
    if (state != 0)
        assert_int_equal(venue_event(v, EVENT_TRADING_STATE, 0)->trading_state.state, state);
    (void)venue_continue(v);
}

static void
live_a_day(struct venue *v, int64_t day)
{
    int64_t midnight = day * UTC_NS_PER_DAY;
    int64_t noon_offset = paris_offset_s(midnight + UTC_NS_PER_DAY / 2) * UTC_NS_PER_S;
    int64_t open = midnight + 9 * 3600 * UTC_NS_PER_S - noon_offset;
    int64_t close = midnight + 17 * 3600 * UTC_NS_PER_S - noon_offset;
    tick_and_expect(v, open - 1, 0);
    tick_and_expect(v, open, TRADING_OPEN);
    tick_and_expect(v, close - 1, 0);
    tick_and_expect(v, close, TRADING_CLOSED);
}

static void
test_timetable_follows_the_clocks_for_five_years_and_a_pause(void **state)
{
    struct venue *v = *state;
    int64_t first = utc_days_join(2026, 6, 1), told = 0;
    if (!set_timetable(v, first * UTC_NS_PER_DAY))
        skip(); /* no zone files on this machine */
    tick_and_expect(v, (first + 1) * UTC_NS_PER_DAY - 1, TRADING_CLOSED); /* it was open */
    struct time_zones *z = time_zones_open(first * 86400);
    assert_non_null(z);
    assert_true(time_zones_add(z, zone));
    int64_t last = utc_days_join(2031, 6, 1);
    for (int64_t day = first + 1; day < last; day++) {
        told += look(v, z, day * UTC_NS_PER_DAY);
        live_a_day(v, day);
    }
    /* six changes are three years; fewer than 400 days ahead are told anew */
    assert_in_range(told, 2, 3);
    time_zones_close(z);
    /* Off until the summer of 2035, beyond what it knows; started again on a summer's morning. */
    int64_t later = at_ns(2035, 7, 2, 0);
    z = time_zones_open(later / UTC_NS_PER_S);
    assert_non_null(z);
    assert_true(time_zones_add(z, zone));
    assert_int_equal(look(v, z, later), 1);
    assert_int_equal(look(v, z, later), 0);
    venue_tick(v, later); /* what was missed is followed, to the state of the evening before */
    (void)venue_continue(v);
    while (core_next_due_ns(v->core) <= later) {
        venue_tick(v, later);
        (void)venue_continue(v);
    }
    live_a_day(v, later / UTC_NS_PER_DAY);
    time_zones_close(z);
}

static void
test_zone_that_is_not_known_is_left_alone(void **state)
{
    struct venue *v = *state;
    if (!set_timetable(v, at_ns(2026, 6, 1, 0)))
        skip();
    struct time_zones *z = time_zones_open(at_ns(2026, 6, 1, 0) / UTC_NS_PER_S);
    assert_non_null(z);
    assert_false(time_zones_add(z, "No/Where"));
    assert_false(time_zones_add(z, "A/Name/That/Is/Longer/Than/A/Timetable/Holds"));
    assert_int_equal(look(v, z, at_ns(2040, 1, 1, 0)), 0);
    assert_true(time_zones_add(z, zone));
    assert_int_equal(look(v, z, at_ns(2026, 6, 1, 0)), 0); /* nothing is to be told yet */
    time_zones_close(z);
}

int
main(void)
{
    static struct venue venue;
#define ZONE_TEST(name)                                                                            \
    cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &venue)
    const struct CMUnitTest tests[] = {
        ZONE_TEST(test_timetable_follows_the_clocks_for_five_years_and_a_pause),
        ZONE_TEST(test_zone_that_is_not_known_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
