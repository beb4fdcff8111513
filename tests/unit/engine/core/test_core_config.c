#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Reference data: what is refused and where, what may change and what may not. And the form of
 * orders, against what is configured. */

static struct venue v;

static void
refused_at(union any_command *x, size_t offset)
{
    x->cmd.actor_id = VENUE_BOSS;
    venue_apply(&v, x);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT");
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    assert_int_equal(v.events[0]->reject.detail, offset);
    assert_int_equal(v.events[0]->ev.audience, AUDIENCE_OPERATOR);
}

static void
test_instrument_fields_are_checked_and_named(void **state)
{
    (void)state;
    union any_command x;
#define BAD(field, value)                                                                          \
    do {                                                                                           \
        venue_instrument_set(&x);                                                                  \
        x.instrument.instrument_id = 5;                                                            \
        x.instrument.field = (value);                                                              \
        refused_at(&x, offsetof(struct command_instrument, field));                                \
    } while (0)
    BAD(instrument_id, 0);
    BAD(currency_id, VENUE_BTC);
    BAD(price_scale, 9);
    BAD(state, 0);
    BAD(state, 9);
    BAD(retired, 2);
    BAD(tick_units, 0);
    BAD(tick_units, -1);
    BAD(lot_units, 0);
    BAD(lot_units, INT64_MAX);
    BAD(min_qty_lots, -1);
    BAD(max_price_units, 0);
    BAD(maker_ppm, 1000001);
    BAD(taker_ppm, 1000001);
    BAD(fee_min_units, -1);
    BAD(reference_units, -1);
#undef BAD
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.instrument_id = 5;
    x.instrument.asset_id = 77;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ASSET);
}

static void
test_meaning_of_numbers_never_changes(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.lot_units = 2;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.price_scale = 3;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.settle_cycle = 2;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    venue_instrument_set(&x); /* tick, fees and limits may */
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.tick_units = 5;
    x.instrument.taker_ppm = 7;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "INSTRUMENT");
    assert_int_equal(v.events[0]->instrument.tick_units, 5);
    assert_int_equal(v.events[0]->instrument.asset_scale, 0);
    assert_int_equal(v.events[0]->instrument.currency_scale, 2);
    venue_buy(&v, 1, "a", 101, 1);
    assert_int_equal(venue_reason(&v), REASON_PRICE_OFF_TICK);
    venue_command(&x, COMMAND_ASSET);
    x.cmd.actor_id = VENUE_BOSS;
    x.asset.asset_id = VENUE_USD;
    x.asset.scale = 3;
    x.asset.kind = 1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
}

static void
test_an_order_keeps_the_fees_of_its_entry(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.maker_ppm = 10000;
    venue_apply(&v, &x);
    venue_sell(&v, 1, "s", 100, 10);
    x.instrument.maker_ppm = 50000;
    x.instrument.taker_ppm = 20000;
    venue_apply(&v, &x);
    venue_buy(&v, 2, "b", 100, 10);
    const struct event_fill *f = &venue_event(&v, EVENT_FILL, 0)->fill;
    assert_int_equal(f->sell.fee_units, 10); /* 1 % of 1000 */
    assert_int_equal(f->buy.fee_units, 20);
    assert_int_equal(f->fee_after_units, 30);
    assert_int_equal(venue_balance(&v, VENUE_FEES, VENUE_USD).settled_units, 30);
}

static void
test_minimum_fee_is_charged_once_and_must_be_covered(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.fee_min_units = 150;
    venue_apply(&v, &x);
    venue_sell(&v, 1, "s", 100, 1);
    assert_int_equal(venue_reason(&v), REASON_MIN_FEE_NOT_COVERED);
    venue_sell(&v, 1, "s", 100, 5);
    venue_buy(&v, 2, "b", 100, 3); /* holds 300 and the minimum fee */
    const struct event_fill *f = &venue_event(&v, EVENT_FILL, 0)->fill;
    assert_int_equal(f->sell.fee_units, 150);
    assert_int_equal(f->buy.fee_units, 150);
    venue_buy(&v, 2, "c", 100, 2);
    f = &venue_event(&v, EVENT_FILL, 0)->fill;
    assert_int_equal(f->sell.fee_units, 0); /* it has been charged */
    assert_int_equal(f->buy.fee_units, 150);
}

static void
test_accounts_sessions_and_actors_are_checked(void **state)
{
    (void)state;
    union any_command x;
    venue_command(&x, COMMAND_ACCOUNT);
    x.account.status = ACCOUNT_ACTIVE;
    x.account.kind = 1;
    refused_at(&x, offsetof(struct command, account_id));
    x.cmd.account_id = 9;
    x.account.status = 0;
    refused_at(&x, offsetof(struct command_account, status));
    x.account.status = ACCOUNT_ACTIVE;
    x.account.kind = 4;
    refused_at(&x, offsetof(struct command_account, kind));
    venue_command(&x, COMMAND_ACTOR);
    refused_at(&x, offsetof(struct command_actor, subject_actor_id));
    x.actor.subject_actor_id = 3;
    x.actor.roles = 32;
    refused_at(&x, offsetof(struct command_actor, roles));
    venue_command(&x, COMMAND_SESSION);
    refused_at(&x, offsetof(struct command, session_id));
    venue_command(&x, COMMAND_ACCOUNT_PROFILE);
    x.cmd.account_id = 1;
    x.profile.status = ACCOUNT_ACTIVE;
    x.profile.freeze = 4;
    refused_at(&x, offsetof(struct command_account_profile, freeze));
    x.cmd.account_id = 99;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ACCOUNT);
    venue_command(&x, COMMAND_MODE);
    x.mode.mode = 3;
    refused_at(&x, offsetof(struct command_mode, mode));
    venue_command(&x, COMMAND_RULES);
    x.rules.rules_version = 3;
    refused_at(&x, offsetof(struct command_rules, rules_version));
    venue_command(&x, COMMAND_INSTRUMENT_RULES);
    x.instrument_rules.instrument_id = VENUE_BTC_USD;
    x.instrument_rules.country_mode_sell = 3;
    refused_at(&x, offsetof(struct command_instrument_rules, country_mode_sell));
}

static void
test_full_tables_refuse(void **state)
{
    (void)state;
    uint16_t reason = 0;
    for (uint32_t id = 1000; id < 1000 + v.genesis.account_max; id++) {
        venue_add_account(&v, id, 1);
        reason = venue_reason(&v);
    }
    assert_int_equal(reason, REASON_TABLE_FULL);
    for (uint32_t id = 1; id <= v.genesis.session_max; id++) {
        venue_add_session(&v, id, 1, false);
        assert_int_equal(venue_reason(&v), 0);
    }
    venue_add_session(&v, 999, 1, false);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
    venue_add_session(&v, 1, 2, true); /* one that is there may change */
    assert_string_equal(venue_types(&v), "SESSION");
}

static void
test_order_form(void **state)
{
    (void)state;
    static const struct {
        uint32_t instrument;
        uint8_t side, type, tif;
        uint32_t exec_inst;
        int64_t price, lots;
        uint16_t reason;
    } cases[] = {
        {9, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 100, 1, REASON_UNKNOWN_INSTRUMENT},
        {1, 0, ORD_LIMIT, TIF_GTC, 0, 100, 1, REASON_BAD_SIDE},
        {1, 3, ORD_LIMIT, TIF_GTC, 0, 100, 1, REASON_BAD_SIDE},
        {1, SIDE_BUY, 0, TIF_GTC, 0, 100, 1, REASON_BAD_ORDER_TYPE},
        {1, SIDE_BUY, ORD_PEGGED, TIF_GTC, 0, 100, 1, REASON_BAD_ORDER_TYPE},
        {1, SIDE_BUY, 255, TIF_GTC, 0, 100, 1, REASON_BAD_ORDER_TYPE},
        {1, SIDE_BUY, ORD_LIMIT, 0, 0, 100, 1, REASON_BAD_TIME_IN_FORCE},
        {1, SIDE_BUY, ORD_MARKET_TO_LIMIT, TIF_CLS, 0, 0, 1, REASON_BAD_TIME_IN_FORCE},
        {1, SIDE_BUY, ORD_LIMIT, 255, 0, 100, 1, REASON_BAD_TIME_IN_FORCE},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, EXEC_HIDDEN, 100, 1, REASON_BAD_FIELD},
        {1, SIDE_BUY, ORD_LIMIT, TIF_IOC, EXEC_POST_ONLY, 100, 1, REASON_BAD_FIELD},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 0, 1, REASON_BAD_PRICE},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, -5, 1, REASON_BAD_PRICE},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, INT64_MAX, 1, REASON_BAD_PRICE},
        {1, SIDE_BUY, ORD_MARKET, TIF_IOC, 0, 100, 1, REASON_BAD_PRICE},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 101, 1, REASON_PRICE_OFF_TICK},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 100, 0, REASON_QTY_OFF_LOT},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 100, -1, REASON_QTY_OFF_LOT},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 100, 1, REASON_QTY_OFF_LOT},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 100, INT64_MAX, REASON_TOO_LARGE},
        {1, SIDE_SELL, ORD_LIMIT, TIF_GTC, 0, 100, INT64_MAX / 99, REASON_TOO_LARGE},
        {1, SIDE_SELL, ORD_LIMIT, TIF_GTC, 0, 100, INT64_MAX / 1000, REASON_INSUFFICIENT_FUNDS},
        {1, SIDE_BUY, ORD_LIMIT, TIF_GTC, 0, 1000, 1001, REASON_INSUFFICIENT_FUNDS},
    };
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.tick_units = 10;
    x.instrument.min_qty_lots = 2;
    venue_apply(&v, &x);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        venue_order_set(&x, 1, "a", cases[i].side, cases[i].price, cases[i].lots, cases[i].tif);
        x.order.instrument_id = cases[i].instrument;
        x.order.ord_type = cases[i].type;
        x.order.exec_inst = cases[i].exec_inst;
        venue_apply(&v, &x);
        assert_string_equal(venue_types(&v), "ORDER_REJECTED");
        assert_int_equal(venue_reason(&v), cases[i].reason);
    }
    venue_order_set(&x, 1, "a", SIDE_BUY, 100, 5, TIF_GTC);
    x.order.display_lots = 1;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->reject.detail, offsetof(struct command_order_new, display_lots));
    venue_order(&v, 1, "", SIDE_BUY, 100, 5, TIF_GTC);
    assert_int_equal(venue_reason(&v), REASON_BAD_CLIENT_ID);
    venue_order(&v, 77, "a", SIDE_BUY, 100, 5, TIF_GTC);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ACCOUNT);
}

static void
test_parked_at_entry(void **state)
{
    (void)state;
    union any_command x;
    venue_sell(&v, 2, "s", 100, 5);
    venue_order_set(&x, 1, "a", SIDE_BUY, 100, 5, TIF_GTC);
    x.order.exec_inst = EXEC_HOLD_PARK;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED");
    uint64_t order_id = venue_order_id(&v);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 500);
    venue_replace(&v, 1, "a", "b", 100, 4); /* stays parked */
    assert_string_equal(venue_types(&v), "ORDER_REPLACED");
    assert_int_equal(v.events[0]->order.status, ORD_STATUS_PARKED);
    venue_command(&x, COMMAND_ORDER_DECIDE);
    x.cmd.actor_id = VENUE_BOSS;
    x.decide.order_id = order_id;
    x.decide.release = 1;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT ORDER_RELEASED FILL TRADE");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ORDER);
    x.decide.order_id = order_id + ((uint64_t)1 << 24);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_ORDER);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_instrument_fields_are_checked_and_named),
        T(test_meaning_of_numbers_never_changes),
        T(test_an_order_keeps_the_fees_of_its_entry),
        T(test_minimum_fee_is_charged_once_and_must_be_covered),
        T(test_accounts_sessions_and_actors_are_checked),
        T(test_full_tables_refuse),
        T(test_order_form),
        T(test_parked_at_entry),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
