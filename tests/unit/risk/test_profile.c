#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/error.h"
#include "tests/unit/risk/fake_view.h"

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
test_profile_refuses_values_out_of_range(void **state)
{
    struct fake *f = *state;
    const struct command_account_profile good = fake_profile(f, 0);
    struct command_account_profile p = good;
    assert_int_equal(fake_apply(f, &p), REASON_NONE);
#define BAD(change)                                                                                \
    do {                                                                                           \
        p = good;                                                                                  \
        change;                                                                                    \
        assert_int_equal(fake_apply(f, &p), REASON_BAD_FIELD);                                     \
    } while (0)
    BAD(p.status = 0);
    BAD(p.status = 4);
    BAD(p.freeze = 4);
    BAD(p.country = COUNTRY_MAX);
    BAD(p.investor_class = CLASS_MARKET_MAKER + 1);
    BAD(p.kyc_expiry_ns = -1);
    BAD(p.message_window_ns = -1);
    BAD(p.message_window_ns = INT64_MAX);
    BAD(p.max_messages = 1);
    BAD(p.max_order_value_units = -1);
#undef BAD
    p = good;
    p.cmd.account_id = 999;
    assert_int_equal(fake_apply(f, &p), REASON_UNKNOWN_ACCOUNT);
}

static void
test_rules_refuse_values_out_of_range(void **state)
{
    struct fake *f = *state;
    const struct command_instrument_rules good = fake_rules(f, 1);
    struct command_instrument_rules r = good;
    assert_int_equal(fake_apply(f, &r), REASON_NONE);
#define BAD(change)                                                                                \
    do {                                                                                           \
        r = good;                                                                                  \
        change;                                                                                    \
        assert_int_equal(fake_apply(f, &r), REASON_BAD_FIELD);                                     \
    } while (0)
    BAD(r.country_mode_buy = 3);
    BAD(r.country_mode_sell = 3);
    BAD(r.class_mask_buy = 1u << 7);
    BAD(r.class_mask_sell = 1u << 31);
    BAD(r.max_order_lots = -1);
    BAD(r.max_order_value_units = -1);
    BAD(r.collar_ppm = 1000001);
    BAD(r.countries[0] = 1);
    BAD(r.countries[COUNTRY_WORDS - 1] = UINT64_C(1) << 63);
#undef BAD
    r = good;
    r.instrument_id = 9;
    assert_int_equal(fake_apply(f, &r), REASON_UNKNOWN_INSTRUMENT);
}

static void
sweeps(struct fake *f, const void *cmd, uint32_t kind, uint32_t id, uint32_t reason)
{
    assert_int_equal(fake_apply(f, cmd), REASON_NONE);
    assert_int_equal(f->effects.cnt, kind != 0);
    if (kind == 0)
        return;
    assert_int_equal(f->effects.item[0].kind, kind);
    assert_int_equal(f->effects.item[0].id, id);
    assert_int_equal(f->effects.item[0].reason, reason);
}

static void
test_profile_that_narrows_sweeps_the_accounts_orders(void **state)
{
    struct fake *f = *state;
    struct command_account_profile p = fake_profile(f, 0);
    p.status = ACCOUNT_SUSPENDED;
    sweeps(f, &p, 0, 0, 0); /* no open orders: nothing to sweep */
    p.status = ACCOUNT_ACTIVE;
    f->accounts[0].open_orders = 2;
    sweeps(f, &p, 0, 0, 0); /* wider */
    p.max_open_orders = 1;
    sweeps(f, &p, 0, 0, 0); /* only for orders to come */
    p.freeze = FREEZE_BUY;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_ACCOUNT_FROZEN);
    p.freeze = FREEZE_FULL;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_ACCOUNT_FROZEN);
    p.freeze = FREEZE_NONE;
    sweeps(f, &p, 0, 0, 0);
    p.kyc_level = 1;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_KYC_LEVEL);
    p.kyc_expiry_ns = p.cmd.time_ns;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_KYC_EXPIRED);
    p.kyc_expiry_ns++;
    p.country = country_pack('F', 'R');
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_JURISDICTION);
    p.investor_class = CLASS_ISSUER;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_INVESTOR_CLASS);
    p.status = ACCOUNT_CLOSING;
    sweeps(f, &p, EFFECT_SWEEP_ACCOUNT, 101, REASON_ACCOUNT_NOT_ACTIVE);
}

static void
test_rules_that_narrow_sweep_the_instrument(void **state)
{
    struct fake *f = *state;
    struct command_instrument_rules r = fake_rules(f, 1);
    r.max_order_lots = 5;
    sweeps(f, &r, 0, 0, 0);
    r.min_kyc_level = 1;
    sweeps(f, &r, EFFECT_SWEEP_INSTRUMENT, 2, REASON_KYC_LEVEL);
    sweeps(f, &r, 0, 0, 0);
    r.country_mode_sell = 1;
    sweeps(f, &r, EFFECT_SWEEP_INSTRUMENT, 2, REASON_JURISDICTION);
    r.class_mask_buy = 2;
    sweeps(f, &r, EFFECT_SWEEP_INSTRUMENT, 2, REASON_INVESTOR_CLASS);
    r.class_mask_buy = 4;
    r.cmd.flags = COMMAND_FROM_CONFIG;
    sweeps(f, &r, 0, 0, 0);
}

static void
digest_of(const struct fake *f, uint64_t out[2])
{
    f->hooks->digest(f->self, out);
}

static void
change_something(struct fake *f)
{
    struct command_account_profile p = fake_profile(f, 2);
    p.max_messages = 3;
    p.message_window_ns = 1000;
    p.max_order_value_units = 5;
    assert_int_equal(fake_apply(f, &p), REASON_NONE);
    struct command_instrument_rules r = fake_rules(f, 1);
    r.max_order_lots = 7;
    assert_int_equal(fake_apply(f, &r), REASON_NONE);
    fake_attempts(f, 2, f->view.now_ns, 3);
}

static void
test_state_survives_save_and_load(void **state)
{
    struct fake *f = *state;
    uint64_t before[2], after[2], fresh[2];
    digest_of(f, fresh);
    change_something(f);
    digest_of(f, before);
    assert_true(fresh[0] != before[0] && fresh[1] != before[1]);
    size_t bytes = f->hooks->save(f->self, NULL, 0);
    uint8_t *saved = malloc(bytes);
    assert_non_null(saved);
    assert_int_equal(f->hooks->save(f->self, saved, bytes), bytes);

    struct fake g;
    fake_start(&g);
    digest_of(&g, after);
    assert_true(after[0] == fresh[0] && after[1] == fresh[1]);
    assert_int_equal(g.hooks->load(g.self, saved, bytes), 0);
    digest_of(&g, after);
    assert_true(after[0] == before[0] && after[1] == before[1]);
    fake_attempts(&g, 2, g.view.now_ns, 1); /* the messages counted before still count */
    struct hook_order o = fake_order();
    o.account_idx = 2;
    o.value_units = 5;
    struct decision d = fake_admit(&g, &o);
    assert_int_equal(d.reason, REASON_MESSAGE_RATE);
    assert_true(d.actual == 4);
    struct command_account_profile p = fake_profile(&g, 3); /* ids are known after load */
    assert_int_equal(fake_apply(&g, &p), REASON_NONE);
    fake_stop(&g);
    free(saved);
}

static void
test_state_load_refuses_damage(void **state)
{
    struct fake *f = *state;
    change_something(f);
    size_t bytes = f->hooks->save(f->self, NULL, 0);
    uint8_t *saved = malloc(bytes);
    assert_non_null(saved);
    (void)f->hooks->save(f->self, saved, bytes);
    assert_int_equal(f->hooks->load(f->self, saved, bytes - 1), ERR_CORRUPT);
    assert_int_equal(f->hooks->load(f->self, saved, 3), ERR_CORRUPT);
    saved[4] = 9;
    assert_int_equal(f->hooks->load(f->self, saved, bytes), ERR_UNSUPPORTED);
    saved[4] = 1;
    saved[0] ^= 1;
    assert_int_equal(f->hooks->load(f->self, saved, bytes), ERR_CORRUPT);
    saved[0] ^= 1;
    memset(saved + 16, 0xff, 128); /* an account that cannot be */
    assert_int_equal(f->hooks->load(f->self, saved, bytes), ERR_CORRUPT);
    free(saved);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_profile_refuses_values_out_of_range),
        TEST(test_rules_refuse_values_out_of_range),
        TEST(test_profile_that_narrows_sweeps_the_accounts_orders),
        TEST(test_rules_that_narrow_sweep_the_instrument),
        TEST(test_state_survives_save_and_load),
        TEST(test_state_load_refuses_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
