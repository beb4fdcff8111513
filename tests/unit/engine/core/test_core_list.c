#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* --- a hook parks an account while the second waits --- */

static struct hook_effects wanted; /* given out once, by the next tick */

static void
hook_tick(void *self, struct hook_effects *effects, struct event_sink *sink)
{
    (void)self;
    (void)sink;
    *effects = wanted;
    wanted.cnt = 0;
}

static const struct hooks hooks = {.version = HOOKS_VERSION, .tick = hook_tick};

static void
park_account(uint32_t account)
{
    wanted.cnt = 1;
    wanted.item[0].kind = EFFECT_PARK_ACCOUNT;
    wanted.item[0].id = account;
    venue_tick(&v, v.time_ns);
}

/* Goes on from what was saved. */
static void
load(const uint8_t *saved, size_t bytes)
{
    struct error err;
    memset(v.memory, 0, v.memory_bytes);
    v.core = core_init(v.memory, &v.genesis, &hooks);
    assert_int_equal(core_load(v.core, saved, bytes, &err), 0);
    core_check(v.core);
}

static void
many(uint32_t account, char letter, uint32_t cnt, int64_t price)
{
    char id[16];
    for (uint32_t i = 0; i < cnt; i++) {
        (void)snprintf(id, sizeof(id), "%c%u", letter, i);
        venue_buy(&v, account, id, price, 1);
    }
}

/* A cancel of 300 goes first; the park that waits behind it takes in one that is asked for when the
 * list is there, so that it meets the second before the sweep of the first is over. */
static void
test_a_second_that_is_parked_meanwhile_stays(void **state)
{
    (void)state;
    static uint8_t saved[4 << 20];
    union any_command x;
    venue_close(&v);
    venue_open(&v, NULL, &hooks);
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.self_trade_by = SELF_TRADE_ACCOUNT;
    x.instrument.self_trade_mode = SELF_TRADE_CANCEL_OLDEST;
    venue_apply(&v, &x);
    many(1, 'o', 130, 90);
    many(2, 'm', 300, 10);
    venue_command(&x, COMMAND_MASS_CANCEL);
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.account_id = 2;
    venue_id(&x.cmd.id, "all");
    venue_apply(&v, &x);
    park_account(1);
    venue_order_set(&x, 1, "a", SIDE_SELL, 90, 2, TIF_GTC);
    union any_command second;
    struct client_id list_id;
    venue_order_set(&second, 1, "b", SIDE_SELL, 95, 3, TIF_GTC);
    venue_id(&list_id, "L");
    union any_command list;
    command_list(&list.list, &x.order, &second.order, &list_id);
    venue_apply(&v, &list);
    uint64_t a = answer()->orders[0].order_id, b = answer()->orders[1].order_id;
    const struct order_pool *orders = &v.core->pools.orders;
    assert_int_equal(order_at(orders, order_pool_find(orders, a))->place, PLACE_SWEEPING);
    assert_int_equal(order_at(orders, order_pool_find(orders, b))->place, PLACE_PARKED);
    park_account(1);
    size_t bytes = core_save(v.core, NULL, 0);
    assert_true(bytes <= sizeof(saved));
    assert_int_equal(core_save(v.core, saved, bytes), bytes);
    load(saved, bytes);
    while (core_work_pending(v.core)) {
        venue_command(&x, COMMAND_CONTINUE);
        venue_apply(&v, &x);
        core_check(v.core);
        assert_int_equal(venue_count(&v, EVENT_ORDER_RELEASED), 0);
    }
    orders = &v.core->pools.orders;
    assert_int_equal(order_at(orders, order_pool_find(orders, a))->place, PLACE_BOOK);
    assert_int_equal(order_at(orders, order_pool_find(orders, b))->place, PLACE_PARKED);
    venue_command(&x, COMMAND_ORDER_DECIDE);
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.account_id = 1;
    x.decide.order_id = b;
    x.decide.release = 1;
    venue_apply(&v, &x);
    assert_int_equal(venue_count(&v, EVENT_ORDER_RELEASED), 1);
    assert_int_equal(order_at(orders, order_pool_find(orders, b))->place, PLACE_BOOK);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, open_venue, close_venue)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON(test_a_list_and_both_orders_have_ids),
        ON(test_the_answer_names_both_orders),
        ON(test_a_second_that_is_parked_meanwhile_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
