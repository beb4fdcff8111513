#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/config/time_zone.h"

/* 2026-01-01T00:00:00Z */
static const int64_t from_s = 1767225600;

static void
test_fixed_offsets_need_no_files(void **state)
{
    (void)state;
    struct timetable t = {0};
    assert_true(time_zone_fill(&t, "UTC", from_s));
    assert_int_equal(t.offset_cnt, 1);
    assert_int_equal(t.offsets[0].offset_s, 0);
    assert_true(time_zone_fill(&t, "+05:45", from_s));
    assert_int_equal(t.offsets[0].offset_s, 20700);
    assert_true(time_zone_fill(&t, "-03:00", from_s));
    assert_int_equal(t.offset_cnt, 1);
    assert_int_equal(t.offsets[0].offset_s, -10800);
}

static void
test_what_is_no_zone_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {"",        "+5:45",    "+15:00",      "+01:60",
                                         "+01:00x", "No/Where", "/etc/passwd", "../zoneinfo/UTC",
                                         "Europe"};
    struct timetable t = {0};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(time_zone_fill(&t, others[i], from_s));
    assert_int_equal(t.offset_cnt, 0);
}

static void
test_changes_of_a_zone_are_found_to_the_second(void **state)
{
    (void)state;
    struct timetable t = {0};
    assert_int_equal(setenv("TZ", "UTC", 1), 0);
    if (!time_zone_fill(&t, "Europe/Berlin", from_s))
        skip(); /* no zone files on this machine */
    assert_string_equal(getenv("TZ"), "UTC");
    assert_int_equal(t.offset_cnt, TIMETABLE_OFFSET_MAX);
    assert_int_equal(t.offsets[0].offset_s, 3600);
    /* last Sundays of March and October, 01:00 UTC */
    static const int64_t changes_s[] = {1774746000, 1792890000, 1806195600, 1824944400};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(t.offsets[i + 1].from_ns, changes_s[i] * 1000000000);
        assert_int_equal(t.offsets[i + 1].offset_s, i % 2 == 0 ? 7200 : 3600);
    }
    struct timetable tokyo = {0};
    assert_true(time_zone_fill(&tokyo, "Asia/Tokyo", from_s));
    assert_int_equal(tokyo.offset_cnt, 1);
    assert_int_equal(tokyo.offsets[0].offset_s, 32400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_offsets_need_no_files),
        cmocka_unit_test(test_what_is_no_zone_is_refused),
        cmocka_unit_test(test_changes_of_a_zone_are_found_to_the_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
