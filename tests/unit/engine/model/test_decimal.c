#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/model/decimal.h"

static int64_t
read_ok(const char *text, unsigned scale)
{
    int64_t value = -77;
    assert_int_equal(decimal_parse(text, strlen(text), scale, &value), DECIMAL_OK);
    return value;
}

static void
read_fails(const char *text, unsigned scale, enum decimal_result expected)
{
    int64_t value = -77;
    assert_int_equal(decimal_parse(text, strlen(text), scale, &value), expected);
    assert_int_equal(value, -77);
}

static void
test_decimal_reads_exactly(void **state)
{
    (void)state;
    assert_int_equal(read_ok("0", 0), 0);
    assert_int_equal(read_ok("60000", 2), 6000000);
    assert_int_equal(read_ok("60000.01", 2), 6000001);
    assert_int_equal(read_ok("0.00000001", 8), 1);
    assert_int_equal(read_ok("-12.5", 1), -125);
    assert_int_equal(read_ok("00023.0", 0), 23);
    assert_int_equal(read_ok("23.", 1), 230);
    assert_int_equal(read_ok(".5", 1), 5);
    assert_int_equal(read_ok("1.5000", 1), 15);
    assert_int_equal(read_ok("-0", 4), 0);
}

static void
test_decimal_reads_the_ends_of_the_range(void **state)
{
    (void)state;
    assert_true(read_ok("9223372036854775807", 0) == INT64_MAX);
    assert_true(read_ok("-9223372036854775808", 0) == INT64_MIN);
    assert_true(read_ok("92233720368.54775807", 8) == INT64_MAX);
    read_fails("9223372036854775808", 0, DECIMAL_OVERFLOW);
    read_fails("-9223372036854775809", 0, DECIMAL_OVERFLOW);
    read_fails("92233720368.54775808", 8, DECIMAL_OVERFLOW);
    read_fails("92233720369", 8, DECIMAL_OVERFLOW);
    read_fails("99999999999999999999999999999999999999", 0, DECIMAL_OVERFLOW);
}

static void
test_decimal_refuses_what_is_not_a_number(void **state)
{
    (void)state;
    read_fails("", 2, DECIMAL_EMPTY);
    read_fails("-", 2, DECIMAL_EMPTY);
    read_fails(".", 2, DECIMAL_EMPTY);
    const char *bad[] = {"+1", "1e3", "1,5", " 1", "1 ", "1.2.3", "--1", "1-", "0x10", "nan"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        read_fails(bad[i], 2, DECIMAL_BAD_CHAR);
}

static void
test_decimal_never_rounds(void **state)
{
    (void)state;
    read_fails("1.005", 2, DECIMAL_TOO_PRECISE);
    read_fails("1.1", 0, DECIMAL_TOO_PRECISE);
    read_fails("0.000000001", 8, DECIMAL_TOO_PRECISE);
}

static void
test_decimal_reads_steps(void **state)
{
    (void)state;
    int64_t lots = -77;
    assert_int_equal(decimal_parse_steps("0.5", 3, 8, 10000, &lots), DECIMAL_OK);
    assert_int_equal(lots, 5000);
    lots = -77;
    assert_int_equal(decimal_parse_steps("0.00005", 7, 8, 10000, &lots), DECIMAL_OFF_STEP);
    assert_int_equal(lots, -77);
}

static void
writes(int64_t value, unsigned scale, const char *full, const char *brief)
{
    char text[DECIMAL_TEXT_MAX];
    assert_int_equal(decimal_format(value, scale, text), strlen(full));
    assert_string_equal(text, full);
    assert_int_equal(decimal_format_short(value, scale, text), strlen(brief));
    assert_string_equal(text, brief);
}

static void
test_decimal_writes(void **state)
{
    (void)state;
    writes(0, 0, "0", "0");
    writes(0, 2, "0.00", "0");
    writes(5, 2, "0.05", "0.05");
    writes(100, 0, "100", "100");
    writes(6000000, 2, "60000.00", "60000");
    writes(-125, 1, "-12.5", "-12.5");
    writes(1, 8, "0.00000001", "0.00000001");
    writes(INT64_MIN, 0, "-9223372036854775808", "-9223372036854775808");
    writes(INT64_MIN, 18, "-9.223372036854775808", "-9.223372036854775808");
    writes(1, 18, "0.000000000000000001", "0.000000000000000001");
}

static void
test_decimal_survives_the_round_trip(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252ull;
    for (unsigned i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        char text[DECIMAL_TEXT_MAX];
        int64_t value = (int64_t)(x >> (i % 64)) * (i % 2 ? 1 : -1);
        size_t length = decimal_format(value, i % 19, text);
        assert_true(length < sizeof text);
        assert_true(read_ok(text, i % 19) == value);
        (void)decimal_format_short(value, i % 19, text);
        assert_true(read_ok(text, i % 19) == value);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_reads_exactly),
        cmocka_unit_test(test_decimal_reads_the_ends_of_the_range),
        cmocka_unit_test(test_decimal_refuses_what_is_not_a_number),
        cmocka_unit_test(test_decimal_never_rounds),
        cmocka_unit_test(test_decimal_reads_steps),
        cmocka_unit_test(test_decimal_writes),
        cmocka_unit_test(test_decimal_survives_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
