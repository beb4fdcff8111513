#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* What an order meets on its way: acceptance, matching, rest, remainder; and its money. */

static struct venue v;

static void
test_limit_order_rests_with_its_funds_held(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED BOOK_ADD");
    const struct event_order *o = &v.events[0]->order;
    assert_int_equal(o->status, ORD_STATUS_NEW);
    assert_int_equal(o->hold_units, 500);
    assert_int_equal(o->hold_after.held_units, 500);
    assert_int_equal(o->hold_after.settled_units, VENUE_START_UNITS);
    assert_int_equal(v.events[1]->book.level_lots, 5);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 500);
}

static void
test_crossing_order_pays_the_makers_price(void **state)
{
    (void)state;
    venue_sell(&v, 1, "s", 100, 5);
    venue_buy(&v, 2, "b", 110, 3);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED FILL TRADE");
    const struct event_fill *f = &venue_event(&v, EVENT_FILL, 0)->fill;
    assert_int_equal(f->price_units, 100);
    assert_int_equal(f->notional_units, 300);
    assert_int_equal(f->aggressor, SIDE_BUY);
    assert_int_equal(f->buy.status, ORD_STATUS_FILLED);
    assert_int_equal(f->sell.status, ORD_STATUS_PARTIALLY_FILLED);
    assert_int_equal(f->sell.leaves_lots, 2);
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).settled_units, VENUE_START_UNITS - 300);
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).held_units, 0);
    assert_int_equal(venue_balance(&v, 2, VENUE_BTC).settled_units, VENUE_START_UNITS + 3);
    assert_int_equal(venue_balance(&v, 1, VENUE_BTC).held_units, 2);
}

static void
test_price_then_time_decides_who_trades_first(void **state)
{
    (void)state;
    venue_sell(&v, 1, "late-price", 101, 5);
    venue_sell(&v, 1, "first", 100, 1);
    venue_sell(&v, 2, "second", 100, 1);
    venue_buy(&v, 3, "b", 101, 3);
    assert_int_equal(venue_count(&v, EVENT_FILL), 3);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 0)->fill.sell.id.text, "first", 6);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 1)->fill.sell.id.text, "second", 7);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 2)->fill.sell.id.text, "late-price", 11);
}

static void
test_ioc_remainder_is_canceled(void **state)
{
    (void)state;
    venue_sell(&v, 1, "s", 100, 2);
    venue_order(&v, 2, "b", SIDE_BUY, 100, 5, TIF_IOC);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED FILL TRADE ORDER_CANCELED");
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.reason, REASON_IOC_REMAINDER);
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).held_units, 0);
    venue_order(&v, 2, "c", SIDE_BUY, 100, 5, TIF_IOC);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.reason, REASON_NO_LIQUIDITY);
}

static void
test_fok_fills_whole_or_not_at_all(void **state)
{
    (void)state;
    venue_sell(&v, 1, "s", 100, 2);
    venue_sell(&v, 1, "t", 101, 2);
    venue_order(&v, 2, "b", SIDE_BUY, 101, 5, TIF_FOK);
    assert_int_equal(venue_reason(&v), REASON_FOK_NOT_FILLED);
    venue_order(&v, 2, "b", SIDE_BUY, 101, 4, TIF_FOK);
    assert_int_equal(venue_count(&v, EVENT_FILL), 2);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_post_only_is_refused_when_it_would_take(void **state)
{
    (void)state;
    union any_command x;
    venue_sell(&v, 1, "s", 100, 2);
    venue_order_set(&x, 2, "b", SIDE_BUY, 100, 1, TIF_GTC);
    x.order.exec_inst = EXEC_POST_ONLY;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_POST_ONLY_WOULD_TAKE);
    venue_order_set(&x, 2, "b", SIDE_BUY, 99, 1, TIF_GTC);
    x.order.exec_inst = EXEC_POST_ONLY;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED BOOK_ADD");
}

static void
test_market_order_trades_within_its_protection(void **state)
{
    (void)state;
    venue_order(&v, 2, "m0", SIDE_BUY, 0, 1, TIF_IOC);
    assert_int_equal(venue_reason(&v), REASON_NO_CAP_PRICE);
    venue_sell(&v, 1, "s", 100, 1);
    venue_sell(&v, 1, "t", 110, 1);
    venue_sell(&v, 1, "u", 111, 1);
    /* 10 % above the best offer, rounded down to the tick: 110 */
    venue_order(&v, 2, "m1", SIDE_BUY, 0, 3, TIF_IOC);
    assert_int_equal(venue_event(&v, EVENT_ORDER_ACCEPTED, 0)->order.cap_units, 110);
    assert_int_equal(venue_count(&v, EVENT_FILL), 2);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.leaves_lots, 0);
    assert_int_equal(venue_open_orders(&v), 1);
}

static void
test_cancel_gives_back_what_was_held(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    venue_cancel(&v, 2, "a");
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ORDER);
    venue_cancel(&v, 1, "a");
    assert_string_equal(venue_types(&v), "ORDER_CANCELED BOOK_DELETE");
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 0);
    venue_cancel(&v, 1, "a");
    assert_int_equal(venue_reason(&v), REASON_TOO_LATE);
    assert_int_equal(v.events[0]->reject.status, ORD_STATUS_CANCELED);
}

static void
test_retry_is_answered_and_other_content_refused(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    uint64_t order_id = venue_order_id(&v);
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(venue_types(&v), "ORDER_STATUS");
    assert_int_equal(venue_order_id(&v), order_id);
    venue_buy(&v, 1, "a", 101, 5);
    assert_int_equal(venue_reason(&v), REASON_DUPLICATE_ID);
    venue_sell(&v, 2, "s", 100, 5);
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(venue_types(&v), "ORDER_STATUS");
    assert_int_equal(v.events[0]->order.status, ORD_STATUS_FILLED);
    assert_int_equal(v.events[0]->order.cum_lots, 5);
    assert_int_equal(v.events[0]->order.order_id, order_id);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_limit_order_rests_with_its_funds_held),
        T(test_crossing_order_pays_the_makers_price),
        T(test_price_then_time_decides_who_trades_first),
        T(test_ioc_remainder_is_canceled),
        T(test_fok_fills_whole_or_not_at_all),
        T(test_post_only_is_refused_when_it_would_take),
        T(test_market_order_trades_within_its_protection),
        T(test_cancel_gives_back_what_was_held),
        T(test_retry_is_answered_and_other_content_refused),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
