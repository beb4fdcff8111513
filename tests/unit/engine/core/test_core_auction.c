#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/error.h"
#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

/* Random ends, the tick that the core asks for, and an auction that is saved at each of its steps.
 * What a rule says stands in tests/golden/auction_*.txt. */

static struct venue v;
static struct seed seed;
static const int64_t second_ns = 1000000000;

static void
set_rules(uint32_t length_ms, uint32_t random_end_ms)
{
    union any_command x;
    venue_command(&x, COMMAND_AUCTION_RULES);
    x.cmd.actor_id = VENUE_BOSS;
    x.auction_rules.instrument_id = VENUE_BTC_USD;
    x.auction_rules.call_ms = length_ms;
    x.auction_rules.random_end_ms = random_end_ms;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "AUCTION_RULES");
}

/* Calls with this seed; returns when the call will end. */
static int64_t
call_end(uint64_t drawn)
{
    union any_command x;
    venue_command(&x, COMMAND_TRADING_STATE);
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.seed = drawn;
    x.trading_state.instrument_id = VENUE_BTC_USD;
    x.trading_state.state = TRADING_CALL_INTRADAY;
    venue_apply(&v, &x);
    return core_next_due_ns(v.core);
}

static void
test_random_end_is_drawn_from_the_seed(void **state)
{
    (void)state;
    int64_t least = INT64_MAX, most = 0;
    set_rules(60000, 30000);
    for (int i = 0; i < 2000; i++) {
        uint64_t drawn = seed_next(&seed);
        int64_t begun = v.time_ns, end = call_end(drawn) - begun;
        assert_in_range(end, 60 * second_ns, 90 * second_ns);
        least = end < least ? end : least;
        most = end > most ? end : most;
        venue_state(&v, TRADING_OPEN);
        assert_int_equal(call_end(drawn) - begun, end); /* the same again */
        venue_tick(&v, begun + end - 1);
        assert_int_equal(venue_count(&v, EVENT_TRADING_STATE), 0);
        venue_tick(&v, begun + end);
        assert_int_equal(venue_count(&v, EVENT_TRADING_STATE), 1);
        while (v.time_ns < begun + 200 * second_ns)
            venue_tick(&v, begun + 200 * second_ns);
    }
    assert_in_range(least, 60 * second_ns, 61 * second_ns);
    assert_in_range(most, 89 * second_ns, 90 * second_ns);
}

/* Everything that both say from here on is the same. */
static void
apply_to_both(struct venue *copy, union any_command *x)
{
    union any_command y = *x;
    venue_apply(&v, x);
    venue_apply(copy, &y);
    assert_int_equal(v.out_bytes, copy->out_bytes);
    assert_memory_equal(v.out, copy->out, v.out_bytes);
}

static void
load_into(struct venue *copy)
{
    struct error err = {0};
    size_t bytes = core_save(v.core, NULL, 0);
    uint8_t *saved = malloc(bytes);
    assert_non_null(saved);
    assert_int_equal(core_save(v.core, saved, bytes), bytes);
    memset(copy->memory, 0, copy->memory_bytes);
    copy->core = core_init(copy->memory, &copy->genesis, NULL);
    if (core_load(copy->core, saved, bytes, &err) != 0)
        fail_msg("%s", err.text);
    copy->seq = v.seq;
    copy->time_ns = v.time_ns;
    free(saved);
}

static void
test_a_large_auction_is_the_same_from_a_snapshot_at_any_step(void **state)
{
    (void)state;
    static struct venue copy;
    union any_command x;
    char id[16];
    venue_open(&copy, &v.genesis, NULL);
    venue_state(&v, TRADING_CALL_OPENING);
    for (int i = 0; i < 800; i++) {
        (void)snprintf(id, sizeof id, "o%d", i);
        uint8_t side = seed_below(&seed, 2) == 0 ? SIDE_BUY : SIDE_SELL;
        int64_t price = 90 + (int64_t)seed_below(&seed, 20);
        venue_order(&v, 1 + (uint32_t)seed_below(&seed, 4), id, side, price,
                    1 + (int64_t)seed_below(&seed, 20),
                    seed_below(&seed, 4) == 0 ? TIF_OPG : TIF_GTC);
        assert_int_equal(venue_count(&v, EVENT_BOOK_ADD), 1);
    }
    load_into(&copy);
    venue_command(&x, COMMAND_TRADING_STATE);
    x.cmd.actor_id = VENUE_BOSS;
    x.trading_state.instrument_id = VENUE_BTC_USD;
    x.trading_state.state = TRADING_OPEN;
    apply_to_both(&copy, &x);
    uint32_t steps = 0;
    for (; core_work_pending(v.core); steps++) {
        load_into(&copy);
        venue_command(&x, COMMAND_CONTINUE);
        apply_to_both(&copy, &x);
    }
    assert_true(steps > 3);
    assert_int_equal(venue_event(&v, EVENT_TRADING_STATE, 0)->trading_state.state, TRADING_OPEN);
    venue_check_sums(&v);
    venue_close(&copy);
}

/* Bytes of what both save are the same. */
static void
expect_same_saved(const struct venue *copy)
{
    size_t bytes = core_save(v.core, NULL, 0);
    assert_int_equal(core_save(copy->core, NULL, 0), bytes);
    uint8_t *one = malloc(bytes), *other = malloc(bytes);
    (void)core_save(v.core, one, bytes);
    (void)core_save(copy->core, other, bytes);
    assert_memory_equal(one, other, bytes);
    free(one);
    free(other);
}

static void
trailing_sell(const char *id, int64_t lots, int32_t offset_units)
{
    union any_command x;
    venue_order_set(&x, 3, id, SIDE_SELL, 0, lots, TIF_GTC);
    x.order.ord_type = ORD_TRAILING_STOP;
    x.order.peg_offset_units = offset_units;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
}

static void
deals_while_halted(void)
{
    union any_command x;
    venue_command(&x, COMMAND_DEAL_RULES);
    x.cmd.actor_id = VENUE_BOSS;
    x.deal_rules.instrument_id = VENUE_BTC_USD;
    x.deal_rules.kind_mask = 1u << DEAL_BLOCK;
    x.deal_rules.deal_flags = DEAL_WHEN_HALTED | DEAL_SETS_LAST;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
}

/* A closing auction reaches a trailing stop, which may not enter: its side stands still and notes
 * what deals say, whatever it had seen before, which is no part of a snapshot. */
static void
test_stops_that_stand_still_are_the_same_from_a_snapshot(void **state)
{
    (void)state;
    static struct venue copy;
    union any_command x;
    char id[16];
    venue_open(&copy, &v.genesis, NULL);
    deals_while_halted();
    venue_sell(&v, 2, "s1", 100, 1);
    venue_buy(&v, 1, "b1", 100, 1);
    trailing_sell("t1", 1, -5);
    trailing_sell("t2", 1, -20);
    for (int i = 0; i < 400; i++) {
        (void)snprintf(id, sizeof id, "o%d", i);
        venue_buy(&v, 4, id, 50, 1);
    }
    venue_sell(&v, 2, "s2", 110, 1); /* they follow: 105 and 90 */
    venue_buy(&v, 1, "b2", 110, 1);
    venue_state(&v, TRADING_CALL_CLOSING);
    venue_sell(&v, 2, "s3", 104, 1);
    venue_buy(&v, 1, "b3", 104, 1); /* reaches t1 */
    venue_state(&v, TRADING_CLOSED);
    venue_continue(&v);
    venue_state(&v, TRADING_HALTED);
    load_into(&copy);

    venue_command(&x, COMMAND_MASS_CANCEL); /* work before that of the stops */
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.account_id = 4;
    apply_to_both(&copy, &x);
    assert_true(core_work_pending(v.core));
    venue_command(&x, COMMAND_DEAL);
    x.cmd.account_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    venue_id(&x.cmd.id, "deal");
    venue_id(&x.deal.to_id, "other");
    x.deal.instrument_id = VENUE_BTC_USD;
    x.deal.to_account_id = 2;
    x.deal.side = SIDE_BUY;
    x.deal.kind = DEAL_BLOCK;
    x.deal.price_units = 108;
    x.deal.qty_lots = 1;
    apply_to_both(&copy, &x);
    assert_int_equal(venue_count(&v, EVENT_DEAL_TRADE), 1);
    expect_same_saved(&copy);
    venue_close(&copy);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
#define T(test) cmocka_unit_test_prestate_setup_teardown(test, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_random_end_is_drawn_from_the_seed),
        T(test_a_large_auction_is_the_same_from_a_snapshot_at_any_step),
        T(test_stops_that_stand_still_are_the_same_from_a_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
