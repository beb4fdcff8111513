#include "engine/base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct histogram h, other;

static void
test_histogram_empty_answers_zero(void **state)
{
    (void)state;
    histogram_init(&h);
    assert_int_equal(histogram_at(&h, 5000), 0);
    assert_int_equal(h.cnt, 0);
}

static void
test_histogram_small_values_are_exact(void **state)
{
    (void)state;
    histogram_init(&h);
    for (int64_t i = 1; i <= 60; i++) {
        histogram_record(&h, i);
    }
    assert_int_equal(histogram_at(&h, 5000), 30);
    assert_int_equal(histogram_at(&h, 10000), 60);
    assert_int_equal(histogram_at(&h, 0), 1);
    assert_int_equal(h.min, 1);
    assert_int_equal(h.max, 60);
    assert_int_equal((int64_t)h.sum, 1830);
}

static void
test_histogram_error_stays_below_one_part_in_64(void **state)
{
    (void)state;
    for (int64_t v = 1; v < INT64_C(1) << 40; v = v * 3 / 2 + 1) {
        histogram_init(&h);
        histogram_record(&h, v);
        histogram_record(&h, (INT64_C(1) << 40) - 1);
        int64_t got = histogram_at(&h, 5000);
        assert_true(got >= v);
        assert_true(got - v <= v / 64);
    }
}

static void
test_histogram_clamps_what_does_not_fit_but_keeps_the_maximum(void **state)
{
    (void)state;
    histogram_init(&h);
    histogram_record(&h, -5);
    histogram_record(&h, INT64_C(1) << 50);
    assert_int_equal(h.cnt, 2);
    assert_int_equal(h.min, -5);
    assert_int_equal(histogram_at(&h, 10000), INT64_C(1) << 50);
}

static void
test_histogram_merge_equals_recording_together(void **state)
{
    (void)state;
    histogram_init(&h);
    histogram_init(&other);
    for (int64_t i = 0; i < 1000; i++) {
        histogram_record(i % 2 == 0 ? &h : &other, i * 1000);
    }
    histogram_merge(&h, &other);
    assert_int_equal(h.cnt, 1000);
    assert_int_equal(h.min, 0);
    assert_int_equal(h.max, 999000);
    int64_t p50 = histogram_at(&h, 5000);
    assert_true(p50 >= 499000 && p50 <= 499000 + 499000 / 64);
    histogram_init(&other);
    histogram_merge(&h, &other);
    assert_int_equal(h.cnt, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram_empty_answers_zero),
        cmocka_unit_test(test_histogram_small_values_are_exact),
        cmocka_unit_test(test_histogram_error_stays_below_one_part_in_64),
        cmocka_unit_test(test_histogram_clamps_what_does_not_fit_but_keeps_the_maximum),
        cmocka_unit_test(test_histogram_merge_equals_recording_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
