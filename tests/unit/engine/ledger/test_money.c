#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/ledger/money.h"
#include "tests/support/seed.h"

static struct seed seed;

static void
test_rate_is_reduced(void **state)
{
    (void)state;
    struct money_rate r;
    /* price in cents of a whole asset, lot 0.001 of an asset with 6 decimals, cents: 1/1000 */
    assert_true(money_rate_make(&r, 1000, 6, 2, 2));
    assert_int_equal(r.num, 1);
    assert_int_equal(r.den, 1000);
    /* a lot of 7 whole units, price and currency in cents */
    assert_true(money_rate_make(&r, 7, 0, 2, 2));
    assert_int_equal(r.num, 7);
    assert_int_equal(r.den, 1);
}

static void
test_rate_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct money_rate r = {.num = 5, .den = 6};
    assert_false(money_rate_make(&r, (int64_t)1 << 61, 0, 0, 8));
    assert_int_equal(r.num, 5);
    assert_true(money_rate_make(&r, MONEY_MAX, 8, 8, 0));
    assert_true(money_rate_make(&r, MONEY_MAX, 8, 8, 8));
}

static void
test_notional_is_floor_and_ceil(void **state)
{
    (void)state;
    struct money_rate r = {.num = 1, .den = 1000};
    int64_t low, high;
    assert_true(money_notional_fits(&r, 2999, &low, &high));
    assert_int_equal(low, 2);
    assert_int_equal(high, 3);
    assert_true(money_notional_fits(&r, 3000, &low, &high));
    assert_int_equal(low, 3);
    assert_int_equal(high, 3);
    assert_int_equal(money_notional(&r, 2999), 2);
    assert_true(money_notional_fits(&r, 0, &low, &high));
    assert_int_equal(high, 0);
}

static void
test_value_of_parts_of_a_unit_is_floor(void **state)
{
    (void)state;
    struct money_rate r = {.num = 1, .den = 100000000}; /* 8 decimals */
    int64_t value = -1;
    assert_true(money_value_fits(&r, 4700, 150000000, 1, &value));
    assert_int_equal(value, 7050);
    assert_true(money_value_fits(&r, 4700, 150000000, 7, &value)); /* 1007.14.. */
    assert_int_equal(value, 1007);
    /* the product takes more than a word */
    assert_true(money_value_fits(&r, 5000, (int64_t)10000000000 * 100000000, 1, &value));
    assert_int_equal(value, (int64_t)50000000000000);
    r = (struct money_rate){.num = 100000000, .den = 1};
    value = -1;
    assert_false(money_value_fits(&r, MONEY_MAX, MONEY_MAX, 1, &value));
    assert_false(money_value_fits(&r, MONEY_MAX, 1, 1, &value));
    assert_int_equal(value, -1);
}

static void
test_notional_goes_through_128_bits_and_is_refused_above_2_62(void **state)
{
    (void)state;
    struct money_rate r = {.num = 1000000007, .den = 1000000009};
    int64_t low, high;
    assert_true(money_notional_fits(&r, (int64_t)1 << 61, &low, &high));
    /* floor(2^61 * 1000000007 / 1000000009) */
    assert_int_equal(low, (int64_t)(((__int128)1 << 61) * 1000000007 / 1000000009));
    assert_int_equal(money_notional(&r, (int64_t)1 << 61), low);
    assert_int_equal(high, low + 1);
    struct money_rate one = {.num = 1, .den = 1};
    assert_true(money_notional_fits(&one, MONEY_MAX, &low, &high));
    assert_false(money_notional_fits(&one, MONEY_MAX + 1, &low, &high));
    struct money_rate many = {.num = MONEY_MAX, .den = 1};
    assert_false(money_notional_fits(&many, INT64_MAX, &low, &high));
    assert_false(money_notional_fits(&many, 2, &low, &high));
    assert_true(money_notional_fits(&many, 1, &low, &high));
    struct money_rate thin = {.num = 1, .den = 10000000000000000};
    assert_true(money_notional_fits(&thin, INT64_MAX, &low, &high));
    assert_int_equal(low, 922);
    assert_int_equal(high, 923);
}

static void
test_fee_is_rounded_up_at_least_the_minimum_and_never_above_the_notional(void **state)
{
    (void)state;
    struct fee_terms t = {.min_units = 3, .maker_ppm = 1000, .taker_ppm = 2500};
    assert_int_equal(money_fee(&t, 0, 100000), 250);
    assert_int_equal(money_fee(&t, 0, 100001), 251);
    assert_int_equal(money_fee(&t, 100000, 0), 100);
    assert_int_equal(money_fee(&t, 1, 0), 1); /* minimum 3, but only 1 there */
    assert_int_equal(money_fee(&t, 0, 10), 3);
    assert_int_equal(money_fee(&t, 0, 0), 0);
    struct fee_terms all = {.maker_ppm = 1000000, .taker_ppm = 1000000};
    assert_int_equal(money_fee(&all, (int64_t)1 << 61, (int64_t)1 << 61), MONEY_MAX);
}

static void
test_protection_is_rounded_to_the_passive_side(void **state)
{
    (void)state;
    /* 1003 + 10 % = 1103.3: down to 1100 by tick 5; 1003 - 10 % = 902.7: up to 905 */
    assert_int_equal(money_protection(1003, 100000, true, 5, 1000000), 1100);
    assert_int_equal(money_protection(1003, 100000, false, 5, 1000000), 905);
    assert_int_equal(money_protection(1003, 1000000, false, 5, 1000000), 5);
    assert_int_equal(money_protection(1003, 4000000, false, 5, 1000000), 5);
    assert_int_equal(money_protection(1003, 4000000, true, 5, 4999), 4995);
    assert_int_equal(money_protection(3, 0, true, 5, 1000), 0);
    assert_int_equal(money_protection(INT64_MAX, 4000000, true, 1, INT64_MAX), INT64_MAX);
}

static int64_t
random_up_to(int64_t max)
{
    /* as many small as large ones */
    uint64_t bits = seed_below(&seed, 63);
    int64_t n = (int64_t)(seed_next(&seed) >> 1 >> (62 - bits));
    return n % (max + 1);
}

/* However a buy is filled, what it pays never exceeds what it held, and the hold only falls. */
static void
fill_by_chance(void)
{
    struct money_rate r = {.num = 1 + random_up_to(1000000), .den = 1 + random_up_to(1000000)};
    struct fee_terms t = {.min_units = random_up_to(50),
                          .maker_ppm = (uint32_t)random_up_to(1000000),
                          .taker_ppm = (uint32_t)random_up_to(1000000)};
    struct fee_state s = {0};
    int64_t cap = 1 + random_up_to(1000000), open = 1 + random_up_to(1000000), hold = 0;
    assert_true(money_hold_buy(&r, &t, &s, cap, open, &hold));
    while (open > 0) {
        int64_t lots = 1 + random_up_to(open - 1), price = 1 + random_up_to(cap - 1), after = 0;
        int64_t notional = money_notional(&r, price * lots);
        bool maker = seed_below(&seed, 2) == 0;
        *(maker ? &s.maker_notional : &s.taker_notional) += notional;
        int64_t fee = money_fee(&t, s.maker_notional, s.taker_notional) - s.charged_units;
        assert_true(fee >= 0);
        assert_true(fee <= notional); /* so that a sell's proceeds always cover it */
        s.charged_units += fee;
        open -= lots;
        assert_true(money_hold_buy(&r, &t, &s, cap, open, &after) || open == 0);
        if (open == 0)
            after = 0;
        assert_true(hold - notional - fee >= after);
        hold = after;
    }
}

static void
test_fills_never_exceed_the_hold(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++)
        fill_by_chance();
}

static void
test_hold_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct money_rate r = {.num = 1, .den = 1};
    struct fee_terms t = {.taker_ppm = 1000000};
    struct fee_state s = {0};
    int64_t hold = -1;
    assert_false(money_hold_buy(&r, &t, &s, INT64_MAX, 2, &hold));
    assert_false(money_hold_buy(&r, &t, &s, MONEY_MAX, 1, &hold)); /* the fee on top */
    assert_int_equal(hold, -1);
    assert_true(money_hold_buy(&r, &t, &s, MONEY_MAX / 2, 1, &hold));
    assert_int_equal(hold, MONEY_MAX);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate_is_reduced),
        cmocka_unit_test(test_rate_that_does_not_fit_is_refused),
        cmocka_unit_test(test_notional_is_floor_and_ceil),
        cmocka_unit_test(test_notional_goes_through_128_bits_and_is_refused_above_2_62),
        cmocka_unit_test(test_fee_is_rounded_up_at_least_the_minimum_and_never_above_the_notional),
        cmocka_unit_test(test_protection_is_rounded_to_the_passive_side),
        cmocka_unit_test(test_fills_never_exceed_the_hold),
        cmocka_unit_test(test_value_of_parts_of_a_unit_is_floor),
        cmocka_unit_test(test_hold_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
