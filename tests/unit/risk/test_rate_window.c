#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "risk/rate_window.h"

enum { MESSAGES = 20000 };
static uint64_t seed = 20260102;

static uint64_t
draw(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* Counted beside it with every time kept: at least all of the window, at most one part more. */
static void
test_rate_window_counts_between_one_window_and_one_part_more(void **state)
{
    (void)state;
    static int64_t times[MESSAGES];
    uint64_t x = seed;
    const int64_t window = 1000;
    const int64_t part = (window + RATE_PARTS - 1) / RATE_PARTS;
    struct rate_window w = {0};
    int64_t now = 1000000;
    rate_window_set(&w, window, now);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint64_t step = draw(&x) % 100;
        now += step < 70 ? 0 : step < 99 ? (int64_t)(draw(&x) % 40) : (int64_t)(draw(&x) % 3000);
        times[i] = now;
        rate_window_count(&w, now);
        uint32_t least = 0, most = 0;
        for (uint32_t j = i + 1; j-- > 0 && times[j] > now - 2 * window;) {
            least += times[j] > now - window;
            most += times[j] > now - (RATE_PARTS + 1) * part;
        }
        assert_in_range(w.total, least, most);
    }
}

static void
test_rate_window_has_no_boundary_at_which_twice_as_many_pass(void **state)
{
    (void)state;
    struct rate_window w = {0};
    rate_window_set(&w, 900, 5000);
    for (uint32_t i = 0; i < 10; i++)
        rate_window_count(&w, 5899); /* at the very end of the first window */
    assert_int_equal(w.total, 10);
    rate_window_count(&w, 5901); /* and at the begin of the next */
    assert_int_equal(w.total, 11);
    rate_window_count(&w, 6799); /* 900 ns later still one too many */
    assert_int_equal(w.total, 12);
    rate_window_count(&w, 6901); /* a part beyond the window: those of the first part are gone */
    assert_int_equal(w.total, 2);
}

static void
test_rate_window_keeps_what_was_counted_when_its_length_changes(void **state)
{
    (void)state;
    struct rate_window w = {0};
    rate_window_set(&w, 900, 1000);
    for (uint32_t i = 0; i < 7; i++)
        rate_window_count(&w, 1000);
    rate_window_set(&w, 90, 1010);
    rate_window_count(&w, 1011);
    assert_int_equal(w.total, 8);
    rate_window_set(&w, 90, 1012); /* no change */
    assert_int_equal(w.total, 8);
    rate_window_set(&w, 0, 1013);
    rate_window_count(&w, 1014);
    assert_int_equal(w.total, 0);
}

static void
test_rate_window_bears_the_end_of_time(void **state)
{
    (void)state;
    struct rate_window w = {0};
    rate_window_set(&w, 900, INT64_MAX - 10);
    rate_window_count(&w, INT64_MAX - 10);
    rate_window_count(&w, INT64_MAX);
    assert_int_equal(w.total, 2);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seed") == 0)
        seed = strtoull(argv[2], NULL, 10);
    print_message("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate_window_counts_between_one_window_and_one_part_more),
        cmocka_unit_test(test_rate_window_has_no_boundary_at_which_twice_as_many_pass),
        cmocka_unit_test(test_rate_window_keeps_what_was_counted_when_its_length_changes),
        cmocka_unit_test(test_rate_window_bears_the_end_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
