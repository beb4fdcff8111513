#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "engine/model/utc.h"

static int64_t
read_ok(const char *text)
{
    int64_t ns = -77;
    assert_true(utc_parse(text, strlen(text), &ns));
    return ns;
}

static void
writes(int64_t ns, const char *text)
{
    char out[UTC_TEXT_MAX];
    assert_int_equal(utc_format(ns, out), strlen(text));
    assert_string_equal(out, text);
}

static void
test_utc_reads_and_writes_instants(void **state)
{
    (void)state;
    assert_true(read_ok("1970-01-01T00:00:00Z") == 0);
    assert_true(read_ok("2026-01-02T10:00:00Z") == 1767348000 * UTC_NS_PER_S);
    assert_true(read_ok("2026-01-02") == 1767312000 * UTC_NS_PER_S);
    assert_true(read_ok("2026-01-02T10:00:00.000000001Z") == 1767348000 * UTC_NS_PER_S + 1);
    assert_true(read_ok("1969-12-31T23:59:59.9Z") == -UTC_NS_PER_S / 10);
    writes(0, "1970-01-01T00:00:00Z");
    writes(1767348000 * UTC_NS_PER_S + 500, "2026-01-02T10:00:00.0000005Z");
    writes(-1, "1969-12-31T23:59:59.999999999Z");
    writes(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
    writes(INT64_MIN, "1677-09-21T00:12:43.145224192Z");
    assert_int_equal(utc_date(1767348000 * UTC_NS_PER_S), 20260102);
    assert_int_equal(utc_date(-1), 19691231);
}

static void
test_utc_writes_a_fixed_count_of_decimals(void **state)
{
    (void)state;
    char out[UTC_TEXT_MAX];
    (void)utc_format_decimals(1999999999, 3, out);
    assert_string_equal(out, "1970-01-01T00:00:01.999Z");
    (void)utc_format_decimals(1999999999, 0, out);
    assert_string_equal(out, "1970-01-01T00:00:01Z");
}

static void
test_utc_refuses_what_is_no_instant(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "2026",
                         "2026-13-01",
                         "2026-00-01",
                         "2026-02-29",
                         "2026-04-31",
                         "2026-01-02T24:00:00Z",
                         "2026-01-02T10:60:00Z",
                         "2026-01-02T10:00:60Z",
                         "2026-01-02T10:00:00",
                         "2026-01-02T10:00:00.Z",
                         "2026-01-02T10:00:00.0000000001Z",
                         "2026-01-02T10:00:00Zz",
                         "2026-01-02 10:00:00Z",
                         "9999-01-01",
                         "0001-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ns = -77;
        if (utc_parse(bad[i], strlen(bad[i]), &ns) || ns != -77)
            fail_msg("%s was read", bad[i]);
    }
}

/* The C library's calendar is the second opinion. */
static void
test_utc_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t s = -9000000000; s < 9000000000; s += 7654321) {
        struct utc u;
        utc_split(s * UTC_NS_PER_S, &u);
        time_t t = (time_t)s;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(u.year, tm.tm_year + 1900);
        assert_int_equal(u.month, tm.tm_mon + 1);
        assert_int_equal(u.day, tm.tm_mday);
        assert_int_equal(u.hour * 3600 + u.minute * 60 + u.second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        int64_t back;
        assert_true(utc_join(&u, &back));
        assert_true(back == s * UTC_NS_PER_S);
    }
}

static void
test_utc_reads_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t offset_s;
    } good[] = {
        {"+00:00", 0}, {"+05:30", 19800}, {"-03:00", -10800}, {"+14:00", 50400}, {"+15:01", 54060}};
    static const char *const bad[] = {"", "UTC", "+5:30", "05:30", "+10:60", "+01:00 ", "+-1:00"};
    int32_t offset_s;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(utc_offset_parse(good[i].text, strlen(good[i].text), &offset_s));
        assert_int_equal(offset_s, good[i].offset_s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utc_offset_parse(bad[i], strlen(bad[i]), &offset_s));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utc_reads_and_writes_instants),
        cmocka_unit_test(test_utc_writes_a_fixed_count_of_decimals),
        cmocka_unit_test(test_utc_refuses_what_is_no_instant),
        cmocka_unit_test(test_utc_reads_offsets),
        cmocka_unit_test(test_utc_agrees_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
