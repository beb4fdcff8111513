#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/api/l2_book.h"

/* What the book of the feed makes of orders that are not shown whole. */

static struct l2_book book;

static void
apply_book(uint16_t type, uint64_t seq, uint64_t order_id, int64_t lots, int64_t level_lots,
           uint32_t level_orders)
{
    struct event_book e = {.order_id = order_id,
                           .side = SIDE_SELL,
                           .price_units = 1000,
                           .qty_lots = lots,
                           .level_lots = level_lots,
                           .level_orders = level_orders};
    e.ev.rec.type = type;
    e.ev.rec.seq = seq;
    (void)l2_book_apply(&book, &e.ev);
}

static void
apply_trade(uint64_t maker, int64_t lots, int64_t left, int64_t level_lots, uint32_t level_orders)
{
    struct event_trade e = {.maker_order_id = maker,
                            .maker_side = SIDE_SELL,
                            .price_units = 1000,
                            .qty_lots = lots,
                            .maker_lots = left,
                            .level_lots = level_lots,
                            .level_orders = level_orders};
    e.ev.rec.type = EVENT_TRADE;
    (void)l2_book_apply(&book, &e.ev);
}

static void
test_refill_comes_behind_the_others_of_its_price(void **state)
{
    (void)state;
    struct book_order const **orders;
    apply_book(EVENT_BOOK_ADD, 1, 7, 3, 3, 1);
    apply_book(EVENT_BOOK_ADD, 2, 8, 4, 7, 2);
    apply_trade(7, 3, 0, 4, 1);
    assert_int_equal(l2_book_lots(&book, SIDE_SELL, 1000), 4);
    apply_book(EVENT_BOOK_REFILL, 4, 7, 2, 6, 2);
    assert_int_equal(l2_book_lots(&book, SIDE_SELL, 1000), 6);
    assert_int_equal(l2_book_orders(&book, SIDE_SELL, &orders), 2);
    assert_int_equal(orders[0]->order_id, 8);
    assert_int_equal(orders[1]->order_id, 7);
    assert_int_equal(orders[1]->lots, 2);
    free(orders);
    l2_book_fini(&book);
    book = (struct l2_book){0};
}

static void
test_trade_with_a_hidden_order_leaves_what_is_shown(void **state)
{
    (void)state;
    apply_trade(0, 5, 0, 0, 0); /* nothing is shown at its price */
    assert_int_equal(book.asks.cnt, 0);
    apply_book(EVENT_BOOK_ADD, 1, 7, 3, 3, 1);
    apply_trade(0, 5, 0, 3, 1);
    assert_int_equal(l2_book_lots(&book, SIDE_SELL, 1000), 3);
    l2_book_fini(&book);
    book = (struct l2_book){0};
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refill_comes_behind_the_others_of_its_price),
        cmocka_unit_test(test_trade_with_a_hidden_order_leaves_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
