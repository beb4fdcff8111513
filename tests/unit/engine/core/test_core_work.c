#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Work that is longer than one command: sweeps, mass cancels, days, trading states; what a full
 * pool does; sessions that go down. */

static struct venue v;

static void
many_sells(uint32_t account, const char *prefix, uint32_t cnt, int64_t price, uint8_t tif)
{
    char id[24];
    for (uint32_t i = 0; i < cnt; i++) {
        (void)snprintf(id, sizeof(id), "%s%u", prefix, i);
        venue_order(&v, account, id, SIDE_SELL, price, 1, tif);
        assert_int_equal(venue_reason(&v), 0);
    }
}

static void
test_deep_sweep_goes_on_and_its_book_is_busy(void **state)
{
    (void)state;
    many_sells(1, "s", 300, 100, TIF_GTC);
    venue_buy(&v, 2, "deep", 100, 290);
    uint32_t fills = venue_count(&v, EVENT_FILL);
    assert_true(fills > 100 && fills < 130 && v.cnt <= EVENT_MAX);
    assert_true(core_work_pending(v.core));
    venue_buy(&v, 3, "x", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_BOOK_BUSY);
    venue_cancel(&v, 1, "s299");
    assert_int_equal(venue_reason(&v), REASON_BOOK_BUSY);
    venue_replace(&v, 1, "s299", "y", 101, 0);
    assert_int_equal(venue_reason(&v), REASON_BOOK_BUSY);
    venue_cancel(&v, 2, "deep");
    assert_int_equal(venue_reason(&v), REASON_BOOK_BUSY);
    venue_buy(&v, 2, "deep", 100, 290); /* a retry is answered meanwhile */
    assert_string_equal(venue_types(&v), "ORDER_STATUS");
    while (core_work_pending(v.core)) {
        union any_command x;
        venue_command(&x, COMMAND_CONTINUE);
        venue_apply(&v, &x);
        fills += venue_count(&v, EVENT_FILL);
    }
    assert_int_equal(fills, 290);
    assert_int_equal(venue_open_orders(&v), 10);
    venue_buy(&v, 3, "x", 90, 1);
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_remainder_of_a_deep_sweep_rests(void **state)
{
    (void)state;
    many_sells(1, "s", 200, 100, TIF_GTC);
    venue_buy(&v, 2, "deep", 101, 250);
    assert_int_equal(venue_continue(&v), 1);
    assert_int_equal(venue_count(&v, EVENT_BOOK_ADD), 1);
    assert_int_equal(venue_event(&v, EVENT_BOOK_ADD, 0)->book.qty_lots, 50);
}

/* Nothing is due for it meanwhile, in the core itself or in one made from its state. */
static void
test_taker_whose_date_passes_in_its_sweep_expires_behind_it(void **state)
{
    (void)state;
    static uint8_t saved[1 << 20];
    const int64_t date = VENUE_T0 + (int64_t)1000000000;
    struct venue w;
    struct error err = {0};
    union any_command x;
    many_sells(1, "s", 200, 100, TIF_GTC);
    venue_order_set(&x, 2, "deep", SIDE_BUY, 101, 250, TIF_GTD);
    x.order.expire_ns = date;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
    venue_tick(&v, date);
    assert_int_equal(v.cnt, 0);
    assert_true(core_next_due_ns(v.core) > date);
    size_t bytes = core_save(v.core, saved, sizeof(saved));
    assert_true(bytes <= sizeof(saved));
    venue_open(&w, NULL, NULL);
    memset(w.memory, 0, w.memory_bytes);
    w.core = core_init(w.memory, &w.genesis, NULL);
    assert_int_equal(core_load(w.core, saved, bytes, &err), 0);
    assert_true(core_next_due_ns(w.core) == core_next_due_ns(v.core));
    venue_close(&w);
    assert_int_equal(venue_continue(&v), 1);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.status, ORD_STATUS_EXPIRED);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.cum_lots, 200);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_mass_cancel_goes_over_many_orders_but_not_over_later_ones(void **state)
{
    (void)state;
    union any_command x;
    many_sells(1, "s", 300, 100, TIF_GTC);
    venue_sell(&v, 2, "others", 100, 1);
    venue_buy(&v, 1, "buy", 50, 1);
    venue_add_session(&v, 5, 1, false);
    venue_session_up(&v, 5, 1);
    venue_command(&x, COMMAND_MASS_CANCEL);
    x.cmd.account_id = 1;
    x.cmd.session_id = 5;
    x.cmd.incarnation = 1;
    x.mass_cancel.side = SIDE_SELL;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->ev.rec.type, EVENT_COMMAND_RESULT);
    assert_true(core_work_pending(v.core));
    venue_sell(&v, 1, "later", 100, 1);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 3);
    venue_cancel(&v, 1, "later");
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_cancels_between_the_steps_of_a_mass_cancel_do_no_harm(void **state)
{
    (void)state;
    union any_command x;
    char id[24];
    many_sells(1, "s", 300, 100, TIF_GTC);
    venue_command(&x, COMMAND_MASS_CANCEL);
    x.cmd.account_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    venue_apply(&v, &x);
    for (uint32_t i = 120; i < 140; i++) { /* around the cursor */
        (void)snprintf(id, sizeof(id), "s%u", i);
        venue_cancel(&v, 1, id);
    }
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_day_orders_expire_when_the_day_ends(void **state)
{
    (void)state;
    int64_t midnight = (VENUE_T0 / 86400000000000 + 1) * 86400000000000;
    many_sells(1, "d", 200, 100, TIF_DAY);
    venue_sell(&v, 1, "gtc", 100, 1);
    assert_int_equal(core_next_due_ns(v.core), midnight);
    venue_tick(&v, midnight - 1);
    assert_int_equal(v.cnt, 0);
    venue_tick(&v, midnight);
    assert_int_equal(v.events[0]->ev.rec.type, EVENT_DAY_END);
    assert_int_equal(v.events[0]->value.value, 20231115);
    venue_buy(&v, 2, "x", 100, 1);
    assert_int_equal(venue_reason(&v), REASON_BOOK_BUSY);
    venue_cancel(&v, 1, "d199"); /* cancels are served */
    assert_int_equal(venue_reason(&v), 0);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 1);
    venue_cancel(&v, 1, "d5");
    assert_int_equal(venue_reason(&v), REASON_TOO_LATE);
    assert_int_equal(v.events[0]->reject.status, ORD_STATUS_EXPIRED);
    assert_int_equal(core_next_due_ns(v.core), midnight + 86400000000000);
    venue_buy(&v, 2, "x", 100, 1);
    assert_int_equal(venue_count(&v, EVENT_FILL), 1);
}

static void
test_days_that_nobody_saw_are_passed_at_once(void **state)
{
    (void)state;
    venue_tick(&v, VENUE_T0 + (int64_t)60 * 86400000000000);
    assert_int_equal(venue_count(&v, EVENT_DAY_END), 1);
    assert_int_equal(v.events[0]->value.value, 20240113);
}

static void
test_trading_state_of_all_instruments(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.instrument_id = 2;
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_TRADING_STATE);
    x.cmd.actor_id = VENUE_BOSS;
    x.trading_state.state = TRADING_HALTED;
    venue_buy(&v, 1, "rest", 90, 1);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT TRADING_STATE TRADING_STATE");
    venue_buy(&v, 1, "a", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_HALTED);
    venue_replace(&v, 1, "rest", "b", 91, 0);
    assert_int_equal(venue_reason(&v), REASON_HALTED);
    venue_cancel(&v, 1, "rest");
    assert_int_equal(venue_reason(&v), 0);
    x.trading_state.instrument_id = VENUE_BTC_USD;
    x.trading_state.state = TRADING_CLOSED;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "TRADING_STATE");
    venue_buy(&v, 1, "a", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_CLOSED);
}

static void
test_retired_instrument_loses_its_orders(void **state)
{
    (void)state;
    union any_command x;
    many_sells(1, "s", 5, 100, TIF_GTC);
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.retired = 1;
    venue_apply(&v, &x);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 0);
    venue_buy(&v, 1, "a", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_INSTRUMENT_RETIRED);
}

/* --- sessions --- */

static void
from_session(union any_command *x, uint32_t session, uint32_t incarnation, uint64_t client_seq)
{
    x->cmd.session_id = session;
    x->cmd.incarnation = incarnation;
    x->cmd.client_seq = client_seq;
}

static void
session_down(uint32_t session, uint32_t incarnation)
{
    union any_command x;
    venue_command(&x, COMMAND_SESSION_DOWN);
    from_session(&x, session, incarnation, 0);
    venue_apply(&v, &x);
}

static void
test_session_must_be_known_up_and_of_this_incarnation(void **state)
{
    (void)state;
    union any_command x;
    venue_order_set(&x, 1, "a", SIDE_BUY, 90, 1, TIF_GTC);
    from_session(&x, 5, 1, 10);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_SESSION);
    venue_add_session(&v, 5, 1, false);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    venue_session_up(&v, 5, 2);
    assert_int_equal(v.events[0]->session_state.up, 1);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    from_session(&x, 5, 2, 11);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
    assert_int_equal(v.events[0]->order.client_seq, 11);
    assert_int_equal(v.events[0]->ev.session_id, 5);
    session_down(5, 1);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    session_down(5, 2);
    assert_int_equal(v.events[0]->session_state.inbound_seq, 11);
    assert_int_equal(v.events[0]->session_state.up, 0);
}

static void
test_numbers_of_a_session_are_kept_and_reset(void **state)
{
    (void)state;
    union any_command x;
    venue_add_session(&v, 5, 1, false);
    venue_session_up(&v, 5, 1);
    venue_command(&x, COMMAND_SESSION_RESERVE);
    from_session(&x, 5, 1, 0);
    x.session_event.outbound_seq = 1000;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->session_state.outbound_reserved, 1000);
    venue_command(&x, COMMAND_SESSION_UP);
    from_session(&x, 5, 2, 0);
    x.session_event.inbound_seq = 77;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->session_state.outbound_reserved, 1000);
    assert_int_equal(v.events[0]->session_state.inbound_seq, 77);
    from_session(&x, 5, 3, 0);
    x.session_event.inbound_seq = 1;
    x.session_event.reset = 1;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->session_state.outbound_reserved, 0);
    assert_int_equal(v.events[0]->session_state.inbound_seq, 1);
}

static void
order_from(uint32_t session, const char *id, uint32_t exec_inst)
{
    union any_command x;
    venue_order_set(&x, 1, id, SIDE_BUY, 90, 1, TIF_GTC);
    from_session(&x, session, 1, 0);
    x.order.exec_inst = exec_inst;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_disconnect_cancels_after_its_grace(void **state)
{
    (void)state;
    venue_add_session(&v, 5, 1, false);
    venue_session_up(&v, 5, 1);
    order_from(5, "stays", 0);
    order_from(5, "goes", EXEC_CANCEL_ON_DISCONNECT);
    session_down(5, 1);
    assert_int_equal(core_next_due_ns(v.core), VENUE_T0 + (int64_t)5000000000);
    venue_tick(&v, VENUE_T0 + (int64_t)4999999999);
    assert_int_equal(venue_open_orders(&v), 2);
    venue_tick(&v, VENUE_T0 + (int64_t)5000000000);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 1);
    venue_cancel(&v, 1, "goes");
    assert_int_equal(venue_reason(&v), REASON_TOO_LATE);
    assert_true(core_next_due_ns(v.core) > VENUE_T0 + (int64_t)5000000000);
}

static void
test_coming_back_in_time_keeps_the_orders(void **state)
{
    (void)state;
    venue_add_session(&v, 5, 1, true);
    venue_session_up(&v, 5, 1);
    order_from(5, "a", 0);
    session_down(5, 1);
    venue_session_up(&v, 5, 2);
    venue_tick(&v, VENUE_T0 + (int64_t)6000000000);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 1);
}

static void
test_epoch_means_that_all_sessions_are_down(void **state)
{
    (void)state;
    union any_command x;
    venue_add_session(&v, 5, 1, true);
    venue_session_up(&v, 5, 1);
    order_from(5, "a", 0);
    venue_command(&x, COMMAND_EPOCH);
    x.cmd.rec.epoch = 7;
    x.epoch.unclean = 1;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "EPOCH");
    assert_int_equal(v.events[0]->ev.rec.epoch, 7);
    assert_int_equal(core_epoch(v.core), 7);
    venue_tick(&v, VENUE_T0 + (int64_t)5000000000);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 0);
}

/* --- full pools: a reject with its own reason, nothing changed --- */

static void
test_full_order_pool_rejects(void **state)
{
    (void)state;
    struct command_genesis g;
    venue_close(&v);
    venue_genesis(&g);
    g.order_max = 3;
    venue_open(&v, &g, NULL);
    many_sells(1, "s", 3, 100, TIF_GTC);
    venue_buy(&v, 2, "b", 100, 1);
    assert_int_equal(venue_reason(&v), REASON_POOL_FULL);
    venue_cancel(&v, 1, "s0");
    venue_buy(&v, 2, "b", 100, 1);
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_full_level_pool_rejects(void **state)
{
    (void)state;
    struct command_genesis g;
    venue_close(&v);
    venue_genesis(&g);
    g.level_max = 2;
    venue_open(&v, &g, NULL);
    venue_sell(&v, 1, "a", 100, 1);
    venue_sell(&v, 1, "b", 101, 1);
    venue_sell(&v, 1, "c", 102, 1);
    assert_int_equal(venue_reason(&v), REASON_LEVELS_FULL);
    assert_int_equal(venue_balance(&v, 1, VENUE_BTC).held_units, 2);
}

static void
test_full_balance_table_rejects(void **state)
{
    (void)state;
    struct command_genesis g;
    venue_close(&v);
    venue_genesis(&g);
    g.balance_max = 11; /* 4 clients and the issue account, two assets each, and one more */
    venue_open(&v, &g, NULL);
    venue_add_account(&v, 5, 1);
    venue_deposit(&v, 5, VENUE_USD, 1000);
    assert_int_equal(venue_reason(&v), 0);
    venue_deposit(&v, 5, VENUE_BTC, 1000);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
    venue_buy(&v, 5, "b", 100, 1);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
}

static void
test_sums_of_a_side_must_fit(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.instrument_id = 2;
    x.instrument.price_scale = 8; /* a lot costs next to nothing */
    venue_apply(&v, &x);
    for (int i = 0; i < 3; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "b%d", i);
        venue_order_set(&x, 1, id, SIDE_BUY, 1, (int64_t)1 << 62, TIF_GTC);
        x.order.instrument_id = 2;
        venue_apply(&v, &x);
        if (venue_reason(&v) == REASON_INSUFFICIENT_FUNDS)
            venue_deposit(&v, 1, VENUE_USD, (int64_t)1 << 60);
    }
    venue_order_set(&x, 1, "last", SIDE_BUY, 1, (int64_t)1 << 62, TIF_GTC);
    x.order.instrument_id = 2;
    venue_apply(&v, &x);
    venue_order_set(&x, 1, "last2", SIDE_BUY, 1, (int64_t)1 << 62, TIF_GTC);
    x.order.instrument_id = 2;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_TOO_LARGE);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_deep_sweep_goes_on_and_its_book_is_busy),
        T(test_remainder_of_a_deep_sweep_rests),
        T(test_taker_whose_date_passes_in_its_sweep_expires_behind_it),
        T(test_mass_cancel_goes_over_many_orders_but_not_over_later_ones),
        T(test_cancels_between_the_steps_of_a_mass_cancel_do_no_harm),
        T(test_day_orders_expire_when_the_day_ends),
        T(test_days_that_nobody_saw_are_passed_at_once),
        T(test_trading_state_of_all_instruments),
        T(test_retired_instrument_loses_its_orders),
        T(test_session_must_be_known_up_and_of_this_incarnation),
        T(test_numbers_of_a_session_are_kept_and_reset),
        T(test_disconnect_cancels_after_its_grace),
        T(test_coming_back_in_time_keeps_the_orders),
        T(test_epoch_means_that_all_sessions_are_down),
        T(test_full_order_pool_rejects),
        T(test_full_level_pool_rejects),
        T(test_full_balance_table_rejects),
        T(test_sums_of_a_side_must_fit),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
