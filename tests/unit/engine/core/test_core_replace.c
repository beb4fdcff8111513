#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Replace: what keeps its place, what is held, whose id counts. */

static struct venue v;

static void
test_lower_quantity_at_the_same_price_keeps_its_place(void **state)
{
    (void)state;
    venue_sell(&v, 1, "first", 100, 5);
    venue_sell(&v, 2, "second", 100, 5);
    venue_replace(&v, 1, "first", "first2", 0, 3);
    assert_string_equal(venue_types(&v), "ORDER_REPLACED BOOK_CHANGE");
    assert_int_equal(v.events[1]->book.qty_lots, 3);
    assert_int_equal(v.events[1]->book.level_lots, 8);
    assert_memory_equal(v.events[0]->order.id.text, "first2", 7);
    assert_memory_equal(v.events[0]->order.orig.text, "first", 6);
    venue_buy(&v, 3, "b", 100, 1);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 0)->fill.sell.id.text, "first2", 7);
}

static void
test_higher_quantity_or_other_price_goes_to_the_end(void **state)
{
    (void)state;
    venue_sell(&v, 1, "a", 100, 5);
    venue_sell(&v, 2, "b", 100, 5);
    venue_replace(&v, 1, "a", "a2", 0, 6);
    assert_string_equal(venue_types(&v), "ORDER_REPLACED BOOK_DELETE BOOK_ADD");
    venue_buy(&v, 3, "x", 100, 1);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 0)->fill.sell.id.text, "b", 2);
    venue_replace(&v, 2, "b", "b2", 99, 0);
    venue_buy(&v, 3, "y", 100, 1);
    assert_int_equal(venue_event(&v, EVENT_FILL, 0)->fill.price_units, 99);
}

static void
test_new_price_that_crosses_trades(void **state)
{
    (void)state;
    venue_sell(&v, 1, "s", 100, 2);
    venue_buy(&v, 2, "b", 90, 5);
    venue_replace(&v, 2, "b", "c", 100, 0);
    assert_string_equal(venue_types(&v), "ORDER_REPLACED BOOK_DELETE FILL TRADE BOOK_ADD");
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).held_units, 300);
}

static void
test_hold_follows_and_must_be_covered(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    venue_replace(&v, 1, "a", "b", 120, 10);
    assert_int_equal(v.events[0]->order.hold_units, 1200);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 1200);
    venue_replace(&v, 1, "b", "c", 120, VENUE_START_UNITS);
    assert_int_equal(venue_reason(&v), REASON_INSUFFICIENT_FUNDS);
    assert_int_equal(v.events[0]->reject.status, ORD_STATUS_NEW);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 1200);
    venue_replace(&v, 1, "b", "d", 100, 1);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 100);
}

static void
test_quantity_includes_what_is_filled(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 10);
    venue_sell(&v, 2, "s", 100, 4);
    venue_replace(&v, 1, "a", "b", 0, 4);
    assert_int_equal(venue_reason(&v), REASON_REPLACE_BELOW_FILLED);
    venue_replace(&v, 1, "a", "b", 0, 5);
    assert_int_equal(v.events[0]->order.leaves_lots, 1);
    assert_int_equal(v.events[0]->order.cum_lots, 4);
    assert_int_equal(v.events[0]->order.status, ORD_STATUS_PARTIALLY_FILLED);
}

static void
test_both_ids_name_the_order_and_retries_are_answered(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    venue_replace(&v, 1, "a", "b", 101, 0);
    uint64_t order_id = venue_order_id(&v);
    venue_replace(&v, 1, "a", "b", 101, 0); /* the retry */
    assert_string_equal(venue_types(&v), "ORDER_STATUS");
    assert_int_equal(v.events[0]->order.price_units, 101);
    venue_replace(&v, 1, "a", "b", 102, 0);
    assert_int_equal(venue_reason(&v), REASON_DUPLICATE_ID);
    venue_buy(&v, 1, "a", 100, 5); /* retry of the first one */
    assert_string_equal(venue_types(&v), "ORDER_STATUS");
    assert_int_equal(v.events[0]->order.order_id, order_id);
    venue_cancel(&v, 1, "a");
    assert_int_equal(venue_open_orders(&v), 0);
    venue_buy(&v, 1, "a", 100, 5); /* the end is known under the old id too */
    assert_int_equal(v.events[0]->order.status, ORD_STATUS_CANCELED);
    assert_int_equal(v.events[0]->order.price_units, 101);
}

static void
test_without_a_new_id_the_old_one_stays(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    venue_replace(&v, 1, "a", "", 101, 0);
    assert_memory_equal(v.events[0]->order.id.text, "a", 2);
    venue_cancel(&v, 1, "a");
    assert_string_equal(venue_types(&v), "ORDER_CANCELED BOOK_DELETE");
}

static void
test_post_only_stays_post_only(void **state)
{
    (void)state;
    union any_command x;
    venue_sell(&v, 2, "s", 100, 5);
    venue_order_set(&x, 1, "a", SIDE_BUY, 90, 5, TIF_GTC);
    x.order.exec_inst = EXEC_POST_ONLY;
    venue_apply(&v, &x);
    venue_replace(&v, 1, "a", "b", 100, 0);
    assert_int_equal(venue_reason(&v), REASON_POST_ONLY_WOULD_TAKE);
    assert_int_equal(venue_open_orders(&v), 2);
}

static void
test_refusals_leave_the_order_as_it_was(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    venue_replace(&v, 1, "none", "b", 101, 0);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ORDER);
    venue_replace(&v, 1, "a", "b", -1, 0);
    assert_int_equal(venue_reason(&v), REASON_BAD_PRICE);
    venue_replace(&v, 1, "a", "b", 0, -1);
    assert_int_equal(venue_reason(&v), REASON_QTY_OFF_LOT);
    venue_replace(&v, 1, "a", "b", 1000000000, INT64_MAX);
    assert_int_equal(venue_reason(&v), REASON_TOO_LARGE);
    venue_replace(&v, 2, "a", "b", 101, 0);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ORDER);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 500);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_lower_quantity_at_the_same_price_keeps_its_place),
        T(test_higher_quantity_or_other_price_goes_to_the_end),
        T(test_new_price_that_crosses_trades),
        T(test_hold_follows_and_must_be_covered),
        T(test_quantity_includes_what_is_filled),
        T(test_both_ids_name_the_order_and_retries_are_answered),
        T(test_without_a_new_id_the_old_one_stays),
        T(test_post_only_stays_post_only),
        T(test_refusals_leave_the_order_as_it_was),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
