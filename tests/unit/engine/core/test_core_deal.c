#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Negotiated trades where golden scripts do not go: forms, what hooks are told,
 * genesis without a pool. The rules themselves: tests/golden/deal_*.txt. */

static struct venue v, w;

static void
rules_set(union any_command *x)
{
    venue_command(x, COMMAND_DEAL_RULES);
    x->cmd.actor_id = VENUE_BOSS;
    x->deal_rules.instrument_id = VENUE_BTC_USD;
    x->deal_rules.kind_mask = 1u << DEAL_BLOCK;
}

static void
take_blocks(struct venue *of)
{
    union any_command x;
    rules_set(&x);
    venue_apply(of, &x);
    assert_string_equal(venue_types(of), "DEAL_RULES");
}

/* Account 1 buys 10 lots of account 2 at 100. */
static void
deal_set(union any_command *x, uint16_t type, const char *id)
{
    venue_command(x, type);
    x->cmd.account_id = 1;
    venue_id(&x->cmd.id, id);
    x->deal.instrument_id = VENUE_BTC_USD;
    x->deal.to_account_id = 2;
    x->deal.side = SIDE_BUY;
    x->deal.kind = DEAL_BLOCK;
    x->deal.price_units = 100;
    x->deal.qty_lots = 10;
    if (type == COMMAND_DEAL) {
        x->cmd.actor_id = VENUE_BOSS;
        venue_id(&x->deal.to_id, "other");
    }
}

static uint64_t
propose(struct venue *of, const char *id)
{
    union any_command x;
    deal_set(&x, COMMAND_DEAL_PROPOSE, id);
    venue_apply(of, &x);
    assert_string_equal(venue_types(of), "ORDER_ACCEPTED DEAL");
    return venue_order_id(of);
}

static uint16_t
answer(uint64_t deal_id, uint32_t accept, const char *id)
{
    union any_command x;
    venue_command(&x, COMMAND_DEAL_ANSWER);
    x.cmd.account_id = 2;
    venue_id(&x.cmd.id, id);
    x.deal_answer.deal_id = deal_id;
    x.deal_answer.accept = accept;
    venue_apply(&v, &x);
    return venue_reason(&v);
}

static void
test_deal_that_says_what_it_may_not_is_refused(void **state)
{
    (void)state;
    union any_command x;
    take_blocks(&v);
    deal_set(&x, COMMAND_DEAL, "a");
    x.deal.side = 3;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_SIDE);
    deal_set(&x, COMMAND_DEAL, "a");
    x.deal.expire_ns = VENUE_T0 * 2;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    deal_set(&x, COMMAND_DEAL, "a");
    x.deal.to_id.length = 0;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_CLIENT_ID);
    deal_set(&x, COMMAND_DEAL, "a");
    x.deal.kind = 255;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_DEAL_KIND);
    deal_set(&x, COMMAND_DEAL, "a");
    x.deal.qty_lots = INT64_MAX;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_TOO_LARGE);
    deal_set(&x, COMMAND_DEAL_PROPOSE, "a");
    venue_id(&x.deal.to_id, "other");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    assert_int_equal(answer(propose(&v, "p"), 2, "b"), REASON_BAD_FIELD);
    assert_int_equal(answer(UINT64_MAX, 1, "b"), REASON_UNKNOWN_ORDER);
    assert_int_equal(venue_open_orders(&v), 1);
}

static void
test_deal_rules_out_of_range_are_refused(void **state)
{
    (void)state;
    union any_command x;
    rules_set(&x);
    x.deal_rules.kind_mask = 1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    assert_int_equal(venue_event(&v, EVENT_COMMAND_RESULT, 0)->reject.detail,
                     offsetof(struct command_deal_rules, kind_mask));
    rules_set(&x);
    x.deal_rules.deal_flags = 4;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    rules_set(&x);
    x.deal_rules.min_lots = -1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    rules_set(&x);
    x.deal_rules.instrument_id = 77;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_INSTRUMENT);
}

static void
test_ends_give_back_what_was_held(void **state)
{
    (void)state;
    take_blocks(&v);
    uint64_t deal_id = propose(&v, "p");
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 1000);
    assert_int_equal(answer(deal_id, 0, "no"), 0);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT ORDER_CANCELED DEAL");
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 0);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).settled_units, VENUE_START_UNITS);
    assert_int_equal(venue_open_orders(&v), 0);
}

/* --- hooks --- */

static struct hook_fill told;
static uint32_t accepted, released, negotiated;
static uint8_t verdict;
static uint16_t pair_reason;

static void
hook_admit(const void *self, const struct hook_order *order, struct decision *out)
{
    (void)self;
    negotiated += (order->exec_inst & EXEC_NEGOTIATED) != 0;
    *out = (struct decision){.verdict = verdict, .reason = 0};
}

static uint16_t
hook_pair(const void *self, uint32_t instrument_idx, uint32_t buy, uint32_t sell)
{
    (void)self;
    (void)instrument_idx;
    return buy < sell ? pair_reason : 0; /* account 1 buys of account 2 */
}

static void
hook_accept(void *self, const struct hook_order *order)
{
    (void)self;
    accepted += (uint32_t)order->lots;
}

static void
hook_release(void *self, const struct hook_order *order, int64_t lots)
{
    (void)self;
    (void)order;
    released += (uint32_t)lots;
}

static void
hook_fill_told(void *self, const struct hook_fill *fill, struct hook_effects *effects,
               struct event_sink *sink)
{
    (void)self;
    (void)effects;
    (void)sink;
    told = *fill;
}

static const struct hooks hooks = {.version = HOOKS_VERSION,
                                   .admit = hook_admit,
                                   .accept = hook_accept,
                                   .release = hook_release,
                                   .pair = hook_pair,
                                   .fill = hook_fill_told};

static int
open_with_hooks(void **state)
{
    (void)state;
    verdict = VERDICT_ALLOW;
    pair_reason = 0;
    accepted = released = negotiated = 0;
    venue_open(&v, NULL, &hooks);
    return 0;
}

static void
test_hooks_are_told_of_both_sides(void **state)
{
    (void)state;
    union any_command x;
    take_blocks(&v);
    deal_set(&x, COMMAND_DEAL, "a");
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "DECISION DECISION ORDER_ACCEPTED ORDER_ACCEPTED FILL "
                                         "DEAL_TRADE DEAL");
    assert_int_equal(negotiated, 2);
    assert_int_equal(accepted, 20);
    assert_int_equal(told.aggressor, 0);
    assert_int_equal(told.lots, 10);
    assert_int_equal(told.notional_units, 1000);
    deal_set(&x, COMMAND_DEAL_PROPOSE, "p");
    venue_apply(&v, &x);
    venue_cancel(&v, 1, "p");
    assert_int_equal(released, 10);
}

static void
test_hooks_that_would_park_a_side_refuse_it(void **state)
{
    (void)state;
    union any_command x;
    take_blocks(&v);
    verdict = VERDICT_HOLD;
    deal_set(&x, COMMAND_DEAL, "a");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_NEEDS_APPROVAL);
    assert_int_equal(accepted, 0);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_hooks_that_keep_two_apart_refuse_the_deal(void **state)
{
    (void)state;
    union any_command x;
    take_blocks(&v);
    pair_reason = REASON_ACCOUNT_FROZEN;
    deal_set(&x, COMMAND_DEAL, "a");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_PAIR_NOT_ALLOWED);
    assert_int_equal(accepted, 0);
    assert_int_equal(venue_open_orders(&v), 0);
    pair_reason = 0;
    deal_set(&x, COMMAND_DEAL, "a");
    venue_apply(&v, &x);
    assert_int_equal(venue_count(&v, EVENT_FILL), 1);
}

/* --- pools --- */

static void
test_genesis_without_places_takes_pairs_alone(void **state)
{
    (void)state;
    struct command_genesis g;
    union any_command x;
    venue_genesis(&g);
    g.deal_max = 0;
    venue_open(&w, &g, NULL);
    take_blocks(&w);
    deal_set(&x, COMMAND_DEAL_PROPOSE, "p");
    venue_apply(&w, &x);
    assert_int_equal(venue_reason(&w), REASON_TABLE_FULL);
    deal_set(&x, COMMAND_DEAL, "a");
    venue_apply(&w, &x);
    assert_int_equal(venue_count(&w, EVENT_FILL), 1);
    struct error err;
    g.deal_max = 1u << 20;
    assert_int_equal(core_check_genesis(&g, &err), ERR_INVALID);
    venue_close(&w);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
#define H(name) cmocka_unit_test_prestate_setup_teardown(name, open_with_hooks, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_deal_that_says_what_it_may_not_is_refused),
        T(test_deal_rules_out_of_range_are_refused),
        T(test_ends_give_back_what_was_held),
        H(test_hooks_are_told_of_both_sides),
        H(test_hooks_that_would_park_a_side_refuse_it),
        H(test_hooks_that_keep_two_apart_refuse_the_deal),
        T(test_genesis_without_places_takes_pairs_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
