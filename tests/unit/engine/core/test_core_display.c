#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Icebergs and hidden orders where golden scripts do not go: how refills are drawn, what a saved
 * one must hold. The rules themselves: tests/golden/book_iceberg*.txt, book_hidden*.txt. */

static struct venue v;

static void
sell_iceberg(const char *id, int64_t lots, int64_t display, uint8_t range)
{
    union any_command x;
    venue_order_set(&x, 2, id, SIDE_SELL, 1000, lots, TIF_GTC);
    x.order.display_lots = display;
    x.order.display_range = range;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
}

static void
buy(const char *id, int64_t lots, uint64_t seed)
{
    union any_command x;
    venue_order_set(&x, 1, id, SIDE_BUY, 1000, lots, TIF_IOC);
    x.cmd.seed = seed;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
}

/* 400 seeds for 7 quantities: each comes about 57 times, and less than 25 times by chance once in
 * a million runs. */
static void
test_refills_are_drawn_from_the_whole_range(void **state)
{
    (void)state;
    uint32_t seen[32] = {0};
    venue_deposit(&v, 1, VENUE_USD, INT64_C(1) << 40);
    venue_deposit(&v, 2, VENUE_BTC, INT64_C(1) << 40);
    sell_iceberg("i", 10000, 10, 30);
    int64_t shown = 10;
    for (uint64_t n = 1; n <= 400; n++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "b%u", (unsigned)n);
        buy(id, shown, n * UINT64_C(0x9E3779B97F4A7C15));
        assert_int_equal(venue_count(&v, EVENT_BOOK_REFILL), 1);
        shown = venue_event(&v, EVENT_BOOK_REFILL, 0)->book.qty_lots;
        assert_in_range(shown, 7, 13);
        seen[shown]++;
    }
    for (int64_t lots = 7; lots <= 13; lots++)
        assert_in_range(seen[lots], 25, 400);
}

static void
test_refills_of_one_command_are_draws_of_their_own(void **state)
{
    (void)state;
    bool differ = false;
    sell_iceberg("i", 1000, 10, 90);
    buy("b", 400, 12345);
    assert_in_range(venue_count(&v, EVENT_BOOK_REFILL), 20, 200);
    int64_t first = venue_event(&v, EVENT_BOOK_REFILL, 0)->book.qty_lots;
    for (uint32_t n = 1; n < venue_count(&v, EVENT_BOOK_REFILL); n++)
        differ |= venue_event(&v, EVENT_BOOK_REFILL, n)->book.qty_lots != first;
    assert_true(differ);
}

static void
test_sweep_over_refills_goes_on_in_bounded_commands(void **state)
{
    (void)state;
    sell_iceberg("i", 900, 1, 0);
    buy("b", 900, 0);
    assert_in_range(v.cnt, 200, EVENT_MAX);
    assert_in_range(venue_continue(&v), 8, 20); /* about 80 fills each */
    assert_int_equal(venue_open_orders(&v), 0);
    sell_iceberg("j", 5, 2, 0); /* the book takes orders again */
}

static void
test_saved_iceberg_that_shows_nothing_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 24];
    struct error err = {0};
    sell_iceberg("i", 900, 71, 0);
    size_t cnt = core_save(v.core, bytes, sizeof(bytes));
    assert_in_range(cnt, 1, sizeof(bytes));
    const int64_t display[2] = {71, 71};
    uint8_t *at = memmem(bytes, cnt, display, sizeof(display));
    assert_non_null(at);
    memset(at, 0, sizeof(display[0]));
    void *memory = calloc(1, v.memory_bytes + 64);
    void *aligned = (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
    struct core *other = core_init(aligned, &v.genesis, NULL);
    assert_int_equal(core_load(other, bytes, cnt, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "an order that cannot be"));
    free(memory);
}

#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_refills_are_drawn_from_the_whole_range),
        T(test_refills_of_one_command_are_draws_of_their_own),
        T(test_sweep_over_refills_goes_on_in_bounded_commands),
        T(test_saved_iceberg_that_shows_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
