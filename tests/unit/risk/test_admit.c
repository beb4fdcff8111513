#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "risk/rules.h"
#include "tests/unit/risk/fake_view.h"

#define ALL_RULES   UINT64_C(0x1ffe) /* 1 to 12 */
#define SWEEP_RULES UINT64_C(0x7e)   /* 1 to 6 */

static int
setup(void **state)
{
    static struct fake f;
    fake_start(&f);
    *state = &f;
    return 0;
}

static int
teardown(void **state)
{
    fake_stop(*state);
    return 0;
}

static void
allowed(const struct fake *f, const struct hook_order *o)
{
    struct decision d = fake_admit(f, o);
    assert_int_equal(d.reason, REASON_NONE);
    assert_int_equal(d.verdict, VERDICT_ALLOW);
    assert_int_equal(d.rule, 0);
    assert_true(d.failed == 0);
    assert_true(d.evaluated == ALL_RULES);
}

/* Refused by this rule alone, with these figures. */
static void
refused(const struct fake *f, const struct hook_order *o, uint16_t rule, uint16_t reason,
        int64_t actual, int64_t limit)
{
    struct decision d = fake_admit(f, o);
    assert_int_equal(d.rule, rule);
    assert_int_equal(d.reason, reason);
    assert_int_equal(d.verdict, VERDICT_REJECT);
    assert_true(d.failed == UINT64_C(1) << rule);
    assert_true(d.evaluated == ALL_RULES);
    assert_true(d.actual == actual);
    assert_true(d.limit == limit);
}

static void
give(struct fake *f, const void *cmd)
{
    assert_int_equal(fake_apply(f, cmd), REASON_NONE);
}

static void
give_good_profile(struct fake *f)
{
    struct command_account_profile p = fake_profile(f, 0);
    give(f, &p);
}

static void
test_admit_allows_a_good_order(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    give_good_profile(f);
    allowed(f, &o);
}

static void
test_admit_refuses_an_account_without_profile(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    refused(f, &o, RISK_KYC_LEVEL, REASON_KYC_LEVEL, 0, 1);
}

static void
test_admit_wants_profile_and_account_active(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    struct command_account_profile p = fake_profile(f, 0);
    p.status = ACCOUNT_SUSPENDED;
    give(f, &p);
    refused(f, &o, RISK_ACCOUNT_STATUS, REASON_ACCOUNT_NOT_ACTIVE, ACCOUNT_SUSPENDED,
            ACCOUNT_ACTIVE);
    p.status = ACCOUNT_ACTIVE;
    give(f, &p);
    f->accounts[0].status = ACCOUNT_CLOSING;
    refused(f, &o, RISK_ACCOUNT_STATUS, REASON_ACCOUNT_NOT_ACTIVE, ACCOUNT_CLOSING, ACCOUNT_ACTIVE);
}

static void
test_admit_freezes_by_side(void **state)
{
    struct fake *f = *state;
    struct hook_order buy = fake_order(), sell = fake_order();
    sell.side = SIDE_SELL;
    struct command_account_profile p = fake_profile(f, 0);
    p.freeze = FREEZE_BUY;
    give(f, &p);
    refused(f, &buy, RISK_FREEZE, REASON_ACCOUNT_FROZEN, FREEZE_BUY, FREEZE_BUY);
    allowed(f, &sell);
    p.freeze = FREEZE_SELL;
    give(f, &p);
    allowed(f, &buy);
    refused(f, &sell, RISK_FREEZE, REASON_ACCOUNT_FROZEN, FREEZE_SELL, FREEZE_SELL);
    p.freeze = FREEZE_FULL;
    give(f, &p);
    refused(f, &buy, RISK_FREEZE, REASON_ACCOUNT_FROZEN, FREEZE_FULL, FREEZE_BUY);
    refused(f, &sell, RISK_FREEZE, REASON_ACCOUNT_FROZEN, FREEZE_FULL, FREEZE_SELL);
}

static void
test_admit_compares_kyc_levels(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    give_good_profile(f);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.min_kyc_level = 2;
    give(f, &r);
    allowed(f, &o);
    r.min_kyc_level = 3;
    give(f, &r);
    refused(f, &o, RISK_KYC_LEVEL, REASON_KYC_LEVEL, 2, 3);
}

static void
test_admit_compares_kyc_expiry_with_the_commands_time(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    int64_t now = f->view.now_ns;
    struct command_account_profile p = fake_profile(f, 0);
    p.kyc_expiry_ns = now + 1;
    give(f, &p);
    allowed(f, &o);
    f->view.now_ns = now + 1;
    refused(f, &o, RISK_KYC_EXPIRY, REASON_KYC_EXPIRED, now + 1, now + 1);
    p.kyc_expiry_ns = 0;
    give(f, &p);
    refused(f, &o, RISK_KYC_EXPIRY, REASON_KYC_EXPIRED, 0, now + 1);
    p.kyc_level = 0; /* nothing asked, nothing known: nothing to expire */
    give(f, &p);
    allowed(f, &o);
}

static void
set_country(struct command_instrument_rules *r, char a, char b)
{
    uint16_t c = country_pack(a, b);
    r->countries[c / 64] |= UINT64_C(1) << (c % 64);
}

static void
test_admit_knows_countries_only_in_and_all_but(void **state)
{
    struct fake *f = *state;
    struct hook_order buy = fake_order(), sell = fake_order();
    sell.side = SIDE_SELL;
    uint16_t de = country_pack('D', 'E'), us = country_pack('U', 'S');
    struct command_account_profile p = fake_profile(f, 0);
    struct command_instrument_rules r = fake_rules(f, 0);
    set_country(&r, 'D', 'E');
    r.country_mode_buy = 1;
    r.country_mode_sell = 2;
    give(f, &r);
    give(f, &p); /* DE */
    allowed(f, &buy);
    refused(f, &sell, RISK_JURISDICTION, REASON_JURISDICTION, de, 2);
    p.country = us;
    give(f, &p);
    refused(f, &buy, RISK_JURISDICTION, REASON_JURISDICTION, us, 1);
    allowed(f, &sell);
    p.country = 0;
    give(f, &p);
    refused(f, &buy, RISK_JURISDICTION, REASON_JURISDICTION, 0, 1);
    refused(f, &sell, RISK_JURISDICTION, REASON_JURISDICTION, 0, 2);
    r.country_mode_buy = r.country_mode_sell = 0;
    give(f, &r);
    allowed(f, &buy);
}

static void
test_admit_knows_classes_of_buyers_and_sellers(void **state)
{
    struct fake *f = *state;
    struct hook_order buy = fake_order(), sell = fake_order();
    sell.side = SIDE_SELL;
    struct command_account_profile p = fake_profile(f, 0);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.class_mask_buy = 1u << CLASS_QUALIFIED | 1u << CLASS_INSTITUTION;
    r.class_mask_sell = 1u << CLASS_RETAIL;
    give(f, &r);
    give(f, &p);
    refused(f, &buy, RISK_INVESTOR_CLASS, REASON_INVESTOR_CLASS, CLASS_RETAIL, r.class_mask_buy);
    allowed(f, &sell);
    p.investor_class = CLASS_QUALIFIED;
    give(f, &p);
    allowed(f, &buy);
    p.investor_class = 0;
    give(f, &p);
    refused(f, &sell, RISK_INVESTOR_CLASS, REASON_INVESTOR_CLASS, 0, r.class_mask_sell);
}

static void
test_admit_holds_quantity_and_value_to_their_maxima(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order(); /* 10 lots worth 10000 */
    give_good_profile(f);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.max_order_lots = 10;
    r.max_order_value_units = 10000;
    give(f, &r);
    allowed(f, &o);
    o.lots = 11;
    refused(f, &o, RISK_ORDER_QTY, REASON_MAX_ORDER_QTY, 11, 10);
    o.lots = 10;
    o.value_units = 10001;
    refused(f, &o, RISK_ORDER_VALUE, REASON_MAX_ORDER_VALUE, 10001, 10000);
}

static void
test_admit_takes_the_smaller_maximum_of_value(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    struct command_account_profile p = fake_profile(f, 0);
    struct command_instrument_rules r = fake_rules(f, 0);
    p.max_order_value_units = 9999;
    give(f, &p);
    refused(f, &o, RISK_ORDER_VALUE, REASON_MAX_ORDER_VALUE, 10000, 9999);
    r.max_order_value_units = 9000;
    give(f, &r);
    refused(f, &o, RISK_ORDER_VALUE, REASON_MAX_ORDER_VALUE, 10000, 9000);
    r.max_order_value_units = 20000;
    give(f, &r);
    refused(f, &o, RISK_ORDER_VALUE, REASON_MAX_ORDER_VALUE, 10000, 9999);
}

static void
test_admit_keeps_prices_within_the_collar(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    give_good_profile(f);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.collar_ppm = 50000; /* 5 % */
    give(f, &r);
    allowed(f, &o); /* no last trade, no reference: nothing to compare with */
    f->instruments[0].reference_units = 2000;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, 1000, 1900);
    f->instruments[0].last_units = 1010; /* 5 % of it are 50.5: 959.5 to 1060.5 */
    o.price_units = 960;
    allowed(f, &o);
    o.price_units = 959;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, 959, 960);
    o.price_units = 1060;
    allowed(f, &o);
    o.price_units = 1061;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, 1061, 1060);
    o.price_units = 0; /* market: its cap is looked at */
    o.cap_units = 1070;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, 1070, 1060);
    o.side = SIDE_SELL;
    o.price_units = 1061;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, 1061, 1060);
}

static void
test_admit_collar_does_not_wrap(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    give_good_profile(f);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.collar_ppm = 1000000;
    give(f, &r);
    f->instruments[0].last_units = INT64_C(1) << 61;
    o.price_units = INT64_C(1) << 62;
    allowed(f, &o);
    o.price_units++;
    refused(f, &o, RISK_COLLAR, REASON_PRICE_COLLAR, (INT64_C(1) << 62) + 1, INT64_C(1) << 62);
}

static void
test_admit_compares_need_with_available(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    give_good_profile(f);
    o.available_units = 10009;
    refused(f, &o, RISK_FUNDS, REASON_INSUFFICIENT_FUNDS, 10010, 10009);
    o.need_units = -5; /* a replace that frees */
    o.available_units = 0;
    allowed(f, &o);
}

static void
test_admit_counts_open_orders_but_not_of_a_replace(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    struct command_account_profile p = fake_profile(f, 0);
    p.max_open_orders = 3;
    give(f, &p);
    f->accounts[0].open_orders = 2;
    allowed(f, &o);
    f->accounts[0].open_orders = 3;
    refused(f, &o, RISK_OPEN_ORDERS, REASON_MAX_OPEN_ORDERS, 4, 3);
    o.replace = 1;
    o.order_id = 77;
    allowed(f, &o);
}

static void
test_admit_counts_messages(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    int64_t now = f->view.now_ns;
    struct command_account_profile p = fake_profile(f, 0);
    p.max_messages = 5;
    p.message_window_ns = 1000000000;
    give(f, &p);
    fake_attempts(f, 0, now, 5);
    allowed(f, &o);
    fake_attempts(f, 0, now + 100, 1);
    refused(f, &o, RISK_MESSAGE_RATE, REASON_MESSAGE_RATE, 6, 5);
    fake_attempts(f, 1, now + 100, 50); /* another account's do not count */
    fake_attempts(f, 0, now + 2000000000, 1);
    allowed(f, &o);
}

static void
test_admit_notes_every_outcome_and_the_first_decides(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    struct command_account_profile p = fake_profile(f, 0);
    struct command_instrument_rules r = fake_rules(f, 0);
    p.freeze = FREEZE_BUY;
    p.max_open_orders = 1;
    r.max_order_lots = 9;
    give(f, &p);
    give(f, &r);
    f->accounts[0].open_orders = 1;
    o.available_units = 0;
    struct decision d = fake_admit(f, &o);
    assert_true(d.evaluated == ALL_RULES);
    assert_true(d.failed == (1u << RISK_FREEZE | 1u << RISK_ORDER_QTY | 1u << RISK_FUNDS |
                             1u << RISK_OPEN_ORDERS));
    assert_int_equal(d.rule, RISK_FREEZE);
    assert_int_equal(d.reason, REASON_ACCOUNT_FROZEN);
    assert_true(d.policy == 0);
}

static void
test_admit_judges_a_resting_order_by_eligibility_alone(void **state)
{
    struct fake *f = *state;
    struct hook_order o = fake_order();
    struct command_account_profile p = fake_profile(f, 0);
    struct command_instrument_rules r = fake_rules(f, 0);
    r.max_order_lots = 1;
    give(f, &p);
    give(f, &r);
    o.order_id = 77;
    o.available_units = 0;
    struct decision d = fake_admit(f, &o);
    assert_int_equal(d.verdict, VERDICT_ALLOW);
    assert_true(d.evaluated == SWEEP_RULES && d.failed == 0);
    p.freeze = FREEZE_BUY;
    give(f, &p);
    d = fake_admit(f, &o);
    assert_int_equal(d.reason, REASON_ACCOUNT_FROZEN);
}

static void
test_pair_refuses_who_was_stopped_since(void **state)
{
    struct fake *f = *state;
    struct command_account_profile a = fake_profile(f, 0), b = fake_profile(f, 1);
    give(f, &a);
    give(f, &b);
    assert_int_equal(f->hooks->pair(f->self, 0, 0, 1), REASON_NONE);
    b.freeze = FREEZE_SELL;
    give(f, &b);
    assert_int_equal(f->hooks->pair(f->self, 0, 0, 1), REASON_ACCOUNT_FROZEN);
    assert_int_equal(f->hooks->pair(f->self, 0, 1, 0), REASON_NONE);
    a.status = ACCOUNT_SUSPENDED;
    give(f, &a);
    assert_int_equal(f->hooks->pair(f->self, 0, 1, 0), REASON_ACCOUNT_NOT_ACTIVE);
    assert_int_equal(f->hooks->pair(f->self, 0, 0, 1), REASON_ACCOUNT_NOT_ACTIVE);
}

static uint16_t
move_reason(const struct fake *f, uint8_t kind, uint32_t from_idx)
{
    struct hook_move move = {.kind = kind, .from_account_idx = from_idx, .to_account_idx = 3};
    struct decision d;
    f->hooks->move_check(f->self, &move, &d);
    assert_int_equal(d.verdict, d.reason == REASON_NONE ? VERDICT_ALLOW : VERDICT_REJECT);
    return d.reason;
}

static void
test_move_check_guards_what_leaves(void **state)
{
    struct fake *f = *state;
    assert_int_equal(move_reason(f, MOVE_WITHDRAWAL, 0), REASON_KYC_LEVEL);
    assert_int_equal(move_reason(f, MOVE_DEPOSIT, 0), REASON_NONE);
    f->accounts[2].kind = 3;
    assert_int_equal(move_reason(f, MOVE_TRANSFER, 2), REASON_NONE);
    struct command_account_profile p = fake_profile(f, 0);
    give(f, &p);
    assert_int_equal(move_reason(f, MOVE_WITHDRAWAL, 0), REASON_NONE);
    p.freeze = FREEZE_SELL;
    give(f, &p);
    assert_int_equal(move_reason(f, MOVE_WITHDRAWAL, 0), REASON_NONE);
    p.freeze = FREEZE_FULL;
    give(f, &p);
    assert_int_equal(move_reason(f, MOVE_WITHDRAWAL, 0), REASON_ACCOUNT_FROZEN);
    assert_int_equal(move_reason(f, MOVE_TRANSFER, 0), REASON_ACCOUNT_FROZEN);
    assert_int_equal(move_reason(f, MOVE_FILL, 0), REASON_NONE);
    p.status = ACCOUNT_SUSPENDED;
    give(f, &p);
    assert_int_equal(move_reason(f, MOVE_TRANSFER, 0), REASON_ACCOUNT_NOT_ACTIVE);
    p.status = ACCOUNT_CLOSING;
    p.freeze = FREEZE_NONE;
    give(f, &p);
    assert_int_equal(move_reason(f, MOVE_WITHDRAWAL, 0), REASON_NONE);
}

static void
test_rules_are_named_once_and_found(void **state)
{
    (void)state;
    uint64_t seen = 0;
    const struct risk_rule *rule;
    for (uint32_t i = 0; (rule = risk_rule_at(i)) != NULL; i++) {
        assert_true(rule->id > 0 && rule->id < 64 && (seen >> rule->id & 1) == 0);
        seen |= UINT64_C(1) << rule->id;
        assert_ptr_equal(risk_rule_find(rule->id), rule);
        assert_string_not_equal(reason_name(rule->reason), "UNKNOWN");
        assert_int_equal(rule->sweep, rule->id <= RISK_INVESTOR_CLASS);
    }
    assert_true((seen & ALL_RULES) == ALL_RULES);
    assert_null(risk_rule_find(0));
    assert_null(risk_rule_find(13));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_admit_allows_a_good_order),
        TEST(test_admit_refuses_an_account_without_profile),
        TEST(test_admit_wants_profile_and_account_active),
        TEST(test_admit_freezes_by_side),
        TEST(test_admit_compares_kyc_levels),
        TEST(test_admit_compares_kyc_expiry_with_the_commands_time),
        TEST(test_admit_knows_countries_only_in_and_all_but),
        TEST(test_admit_knows_classes_of_buyers_and_sellers),
        TEST(test_admit_holds_quantity_and_value_to_their_maxima),
        TEST(test_admit_takes_the_smaller_maximum_of_value),
        TEST(test_admit_keeps_prices_within_the_collar),
        TEST(test_admit_collar_does_not_wrap),
        TEST(test_admit_compares_need_with_available),
        TEST(test_admit_counts_open_orders_but_not_of_a_replace),
        TEST(test_admit_counts_messages),
        TEST(test_admit_notes_every_outcome_and_the_first_decides),
        TEST(test_admit_judges_a_resting_order_by_eligibility_alone),
        TEST(test_pair_refuses_who_was_stopped_since),
        TEST(test_move_check_guards_what_leaves),
        TEST(test_rules_are_named_once_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
