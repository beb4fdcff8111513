#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/core/core_priv.h"
#include "tests/support/core_fixture.h"

/* Two orders that come together, where golden scripts do not go: ids that no script can say, and
 * what the event's own fields hold. The rules: tests/golden/list_*.txt. */

static struct venue v;

static int
open_venue(void **state)
{
    (void)state;
    venue_open(&v, NULL, NULL);
    return 0;
}

static int
close_venue(void **state)
{
    (void)state;
    core_check(v.core);
    venue_close(&v);
    return 0;
}

static void
list_set(union any_command *x, const char *list, const char *first, const char *second)
{
    union any_command one, other;
    struct client_id list_id;
    venue_order_set(&one, 1, first, SIDE_BUY, 90, 2, TIF_GTC);
    venue_order_set(&other, 1, second, SIDE_BUY, 80, 3, TIF_GTC);
    venue_id(&list_id, list);
    command_list(&x->list, &one.order, &other.order, &list_id);
}

static const struct event_order_list *
answer(void)
{
    return &venue_event(&v, EVENT_ORDER_LIST, 0)->order_list;
}

static void
refused(const char *list, const char *first, const char *second, uint32_t which)
{
    union any_command x;
    list_set(&x, list, first, second);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "ORDER_REJECTED ORDER_REJECTED ORDER_LIST");
    assert_int_equal(answer()->refused, which);
    assert_int_equal(answer()->orders[which - 1].reason, REASON_BAD_CLIENT_ID);
    assert_int_equal(answer()->orders[2 - which].reason, REASON_LIST);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_a_list_and_both_orders_have_ids(void **state)
{
    (void)state;
    refused("", "a", "b", 1);
    refused("L", "", "b", 1);
    refused("L", "a", "", 2);
}

static void
test_the_answer_names_both_orders(void **state)
{
    (void)state;
    union any_command x;
    list_set(&x, "L", "a", "b");
    x.cmd.client_seq = 9;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v),
                        "ORDER_ACCEPTED ORDER_ACCEPTED ORDER_LIST BOOK_ADD BOOK_ADD");
    const struct event_order_list *e = answer();
    assert_int_equal(e->client_seq, 9);
    assert_int_equal(e->account_id, 1);
    assert_int_equal(e->instrument_id, VENUE_BTC_USD);
    assert_string_equal(e->list_id.text, "L");
    for (uint32_t i = 0; i < 2; i++) {
        const struct event_order *o = &venue_event(&v, EVENT_ORDER_ACCEPTED, i)->order;
        assert_int_equal(e->orders[i].order_id, o->order_id);
        assert_int_equal(e->orders[i].qty_lots, 2 + i);
        assert_int_equal(e->orders[i].leaves_lots, 2 + i);
        assert_string_equal(e->orders[i].id.text, i == 0 ? "a" : "b");
        assert_int_equal(o->exec_inst, EXEC_LINKED);
    }
}

#define ON(test) cmocka_unit_test_setup_teardown(test, open_venue, close_venue)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON(test_a_list_and_both_orders_have_ids),
        ON(test_the_answer_names_both_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
