#include "gateway/fix/fix_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
assert_writes(int64_t ns, unsigned digits, const char *want)
{
    struct fix_time_cache cache = {0};
    char text[FIX_TIME_MAX + 1] = {0};
    assert_int_equal(fix_time_write(&cache, ns, digits, text), strlen(want));
    assert_memory_equal(text, want, strlen(want));
}

static void
test_time_is_written_with_each_precision(void **state)
{
    (void)state;
    assert_writes(0, 0, "19700101-00:00:00");
    assert_writes(1700000000123456789, 0, "20231114-22:13:20");
    assert_writes(1700000000123456789, 3, "20231114-22:13:20.123");
    assert_writes(1700000000123456789, 6, "20231114-22:13:20.123456");
    assert_writes(1700000000123456789, 9, "20231114-22:13:20.123456789");
    assert_writes(1700000000000000001, 9, "20231114-22:13:20.000000001");
}

/* Against the C library, every 37 days and some seconds from 1970 to 2240. */
static void
test_time_agrees_with_the_c_library(void **state)
{
    (void)state;
    struct fix_time_cache cache = {0};
    for (int64_t s = 0; s < 270LL * 365 * 86400; s += 37 * 86400 + 12345) {
        char text[FIX_TIME_MAX + 1] = {0}, want[32];
        time_t t = (time_t)s;
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(want, sizeof(want), "%Y%m%d-%H:%M:%S", &tm);
        assert_int_equal(fix_time_write(&cache, s * 1000000000, 0, text), 17);
        assert_memory_equal(text, want, 17);
        int64_t back;
        assert_true(fix_time_read(want, 17, &back));
        assert_true(back == s * 1000000000);
    }
}

static bool
reads(const char *text, int64_t want)
{
    int64_t ns = -1;
    return fix_time_read(text, strlen(text), &ns) && ns == want;
}

static void
test_time_is_read_with_each_precision(void **state)
{
    (void)state;
    assert_true(reads("20231114-22:13:20", 1700000000000000000));
    assert_true(reads("20231114-22:13:20.1", -2) == false);
    assert_true(reads("20231114-22:13:20.123", 1700000000123000000));
    assert_true(reads("20231114-22:13:20.123456", 1700000000123456000));
    assert_true(reads("20231114-22:13:20.123456789", 1700000000123456789));
    assert_true(reads("20161231-23:59:60", 1483228800000000000)); /* the leap second of 2016 */
    assert_true(reads("20240229-00:00:00", 1709164800000000000));
}

static void
test_time_refuses_everything_else(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "20231114",
                                        "2023111422:13:20",
                                        "20231114 22:13:20",
                                        "20231114-22:13:61",
                                        "20231114-24:00:00",
                                        "20231114-22:60:20",
                                        "20231314-22:13:20",
                                        "20231132-22:13:20",
                                        "20230229-00:00:00",
                                        "20231114-22:13:20.",
                                        "20231114-22:13:20.1234",
                                        "20231114-22:13:20,123",
                                        "2023111x-22:13:20",
                                        "19691231-23:59:59",
                                        "99991231-23:59:59"};
    int64_t ns;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(fix_time_read(wrong[i], strlen(wrong[i]), &ns));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_is_written_with_each_precision),
        cmocka_unit_test(test_time_agrees_with_the_c_library),
        cmocka_unit_test(test_time_is_read_with_each_precision),
        cmocka_unit_test(test_time_refuses_everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
