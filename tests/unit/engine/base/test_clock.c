#include "engine/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { S = CLOCK_NS_PER_S };
#define UTC (INT64_C(1700000000) * S)

static void
test_venue_clock_follows_the_monotonic_clock(void **state)
{
    (void)state;
    struct venue_clock c;
    venue_clock_init(&c, 100, UTC, 0, S);
    assert_int_equal(venue_clock_now(&c, 100), UTC);
    assert_int_equal(venue_clock_now(&c, 150), UTC + 50);
    assert_int_equal(venue_clock_now(&c, 140), UTC + 50); /* never back */
}

static void
test_venue_clock_starts_after_the_last_time_of_the_run_before(void **state)
{
    (void)state;
    struct venue_clock c;
    venue_clock_init(&c, 100, UTC, UTC + 5 * (int64_t)S, S);
    assert_int_equal(venue_clock_now(&c, 100), UTC + 5 * (int64_t)S);
    assert_int_equal(venue_clock_now(&c, 101), UTC + 5 * (int64_t)S + 1);
}

static void
test_venue_clock_takes_small_steps_forward_at_once(void **state)
{
    (void)state;
    struct venue_clock c;
    venue_clock_init(&c, 0, UTC, 0, S);
    venue_clock_follow(&c, 10, UTC + 10 + S);
    assert_false(c.held);
    assert_int_equal(venue_clock_now(&c, 10), UTC + 10 + S);
}

static void
test_venue_clock_never_goes_back_with_the_system_clock(void **state)
{
    (void)state;
    struct venue_clock c;
    venue_clock_init(&c, 0, UTC, 0, S);
    venue_clock_follow(&c, 10, UTC - 3600 * (int64_t)S);
    assert_false(c.held);
    assert_int_equal(venue_clock_now(&c, 10), UTC + 10);
}

static void
test_venue_clock_holds_a_large_step_until_released(void **state)
{
    (void)state;
    struct venue_clock c;
    int64_t step = 3600 * (int64_t)S;
    venue_clock_init(&c, 0, UTC, 0, S);
    venue_clock_follow(&c, 10, UTC + 10 + step);
    assert_true(c.held);
    assert_int_equal(c.held_ns, step);
    assert_int_equal(venue_clock_now(&c, 10), UTC + 10);
    venue_clock_release(&c);
    assert_false(c.held);
    assert_int_equal(venue_clock_now(&c, 10), UTC + 10 + step);
}

static void
test_venue_clock_forgets_a_held_step_that_went_away(void **state)
{
    (void)state;
    struct venue_clock c;
    venue_clock_init(&c, 0, UTC, 0, S);
    venue_clock_follow(&c, 10, UTC + 10 + 3600 * (int64_t)S);
    assert_true(c.held);
    venue_clock_follow(&c, 20, UTC + 20);
    assert_false(c.held);
    assert_int_equal(c.held_ns, 0);
    venue_clock_release(&c);
    assert_int_equal(venue_clock_now(&c, 20), UTC + 20);
}

static void
test_clocks_move(void **state)
{
    (void)state;
    int64_t a = clock_mono_ns();
    assert_true(a > 0);
    assert_true(clock_mono_ns() >= a);
    assert_true(clock_utc_ns() > INT64_C(1600000000) * S);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_venue_clock_follows_the_monotonic_clock),
        cmocka_unit_test(test_venue_clock_starts_after_the_last_time_of_the_run_before),
        cmocka_unit_test(test_venue_clock_takes_small_steps_forward_at_once),
        cmocka_unit_test(test_venue_clock_never_goes_back_with_the_system_clock),
        cmocka_unit_test(test_venue_clock_holds_a_large_step_until_released),
        cmocka_unit_test(test_venue_clock_forgets_a_held_step_that_went_away),
        cmocka_unit_test(test_clocks_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
