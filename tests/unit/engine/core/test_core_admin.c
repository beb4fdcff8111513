#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/sha256.h"
#include "tests/support/core_fixture.h"

/* Commands of operators and of money: who may, what is remembered, what needs a second person. */

static struct venue v;

static void
deposit_set(union any_command *x, uint32_t actor, const char *id, int64_t units)
{
    venue_command(x, COMMAND_DEPOSIT);
    x->cmd.account_id = 1;
    x->cmd.actor_id = actor;
    venue_id(&x->cmd.id, id);
    x->money.asset_id = VENUE_USD;
    x->money.amount_units = units;
}

static void
test_roles_are_asked_of_every_operator_command(void **state)
{
    (void)state;
    union any_command x;
    static const uint16_t types[] = {
        COMMAND_CHECKPOINT,      COMMAND_RULES,           COMMAND_MODE,
        COMMAND_ASSET,           COMMAND_INSTRUMENT,      COMMAND_INSTRUMENT_RULES,
        COMMAND_ACCOUNT,         COMMAND_ACCOUNT_PROFILE, COMMAND_SESSION,
        COMMAND_ACTOR,           COMMAND_REFERENCE_PRICE, COMMAND_TRADING_STATE,
        COMMAND_ORDER_DECIDE,    COMMAND_MASS_CANCEL,     COMMAND_DEPOSIT,
        COMMAND_WITHDRAW_DECIDE, COMMAND_TRANSFER,        COMMAND_SETTLE,
        COMMAND_WITHDRAW,        COMMAND_PROPOSE,         COMMAND_APPROVE,
        COMMAND_KILL_SWITCH};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        static const uint32_t nobodies[] = {VENUE_VIEWER, 12345};
        for (int k = 0; k < 2; k++) {
            venue_command(&x, types[i]);
            x.cmd.actor_id = nobodies[k];
            venue_apply(&v, &x);
            if (types[i] == COMMAND_CHECKPOINT && k == 0)
                assert_string_equal(venue_types(&v), "CHECKPOINT"); /* viewers may */
            else
                assert_int_equal(venue_reason(&v), REASON_NOT_AUTHORIZED);
        }
        venue_command(&x, types[i]);
        x.cmd.flags = COMMAND_FROM_CONFIG; /* the configuration is complete: no way in */
        venue_apply(&v, &x);
        if (types[i] != COMMAND_CHECKPOINT && types[i] != COMMAND_MODE)
            assert_int_equal(venue_reason(&v), REASON_NOT_AUTHORIZED);
    }
}

static void
test_operator_orders_need_the_role(void **state)
{
    (void)state;
    union any_command x;
    venue_order_set(&x, 1, "a", SIDE_BUY, 90, 1, TIF_GTC);
    x.cmd.actor_id = VENUE_VIEWER;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_NOT_AUTHORIZED);
    x.cmd.actor_id = VENUE_BOSS;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
    uint64_t order_id = venue_order_id(&v);
    venue_command(&x, COMMAND_ORDER_CANCEL);
    x.cmd.actor_id = VENUE_BOSS;
    x.cancel.order_id = order_id;
    venue_apply(&v, &x);
    assert_int_equal(v.events[0]->order.reason, REASON_BY_OPERATOR);
}

static void
test_money_retry_is_answered_and_not_carried_out_again(void **state)
{
    (void)state;
    union any_command x;
    deposit_set(&x, VENUE_BOSS, "d1", 500);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "POSTING");
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT");
    assert_int_equal(venue_reason(&v), 0);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).settled_units, VENUE_START_UNITS + 500);
    x.money.amount_units = 501;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_DUPLICATE_ID);
    x.money.amount_units = 500;
    x.cmd.account_id = 2; /* same id and body for another account is not the same */
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_DUPLICATE_ID);
    deposit_set(&x, VENUE_BOSS, "", 500);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_CLIENT_ID);
}

static void
test_total_issued_stays_within_the_numbers(void **state)
{
    (void)state;
    union any_command x;
    deposit_set(&x, VENUE_BOSS, "d1", ((int64_t)1 << 62) - 4 * VENUE_START_UNITS);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
    deposit_set(&x, VENUE_BOSS, "d2", 1);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_TOO_LARGE);
    deposit_set(&x, VENUE_BOSS, "d3", INT64_MAX);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_TOO_LARGE);
    deposit_set(&x, VENUE_BOSS, "d4", 0);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
}

static uint64_t
withdraw(const char *id, int64_t units)
{
    union any_command x;
    venue_command(&x, COMMAND_WITHDRAW);
    x.cmd.account_id = 1;
    x.cmd.session_id = 5;
    x.cmd.incarnation = 1;
    venue_id(&x.cmd.id, id);
    x.money.asset_id = VENUE_USD;
    x.money.amount_units = units;
    venue_apply(&v, &x);
    const union any_event *e = venue_event(&v, EVENT_WITHDRAWAL, 0);
    return e == NULL ? 0 : e->withdrawal.withdrawal_id;
}

static void
withdraw_decide(uint64_t id, uint32_t confirm)
{
    union any_command x;
    venue_command(&x, COMMAND_WITHDRAW_DECIDE);
    x.cmd.actor_id = VENUE_BOSS;
    x.withdraw_decide.withdrawal_id = id;
    x.withdraw_decide.confirm = confirm;
    venue_apply(&v, &x);
}

static void
test_withdrawal_is_held_then_confirmed_or_given_back(void **state)
{
    (void)state;
    venue_add_session(&v, 5, 1, false);
    venue_session_up(&v, 5, 1);
    uint64_t first = withdraw("w1", 400000);
    assert_int_not_equal(first, 0);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 400000);
    assert_int_equal(withdraw("w1", 400000), 0); /* the retry tells the same number */
    assert_int_equal(v.events[0]->reject.order_id, first);
    assert_int_equal(withdraw("w2", 600001), 0);
    assert_int_equal(venue_reason(&v), REASON_INSUFFICIENT_FUNDS);
    uint64_t second = withdraw("w3", 600000);
    withdraw_decide(first, 1);
    assert_string_equal(venue_types(&v), "WITHDRAWAL POSTING");
    assert_int_equal(v.events[0]->withdrawal.state, 2);
    assert_int_equal(v.events[1]->posting.ref, first);
    assert_int_equal(v.events[1]->posting.credit_account_id, VENUE_ISSUE);
    withdraw_decide(first, 1);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    withdraw_decide(second, 0);
    assert_int_equal(v.events[0]->withdrawal.state, 3);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 0);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).settled_units, 600000);
}

static void
test_transfer_moves_what_is_free(void **state)
{
    (void)state;
    union any_command x;
    venue_buy(&v, 1, "a", 100, 5000);
    venue_command(&x, COMMAND_TRANSFER);
    x.cmd.account_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    venue_id(&x.cmd.id, "t1");
    x.money.asset_id = VENUE_USD;
    x.money.to_account_id = 2;
    x.money.amount_units = 500001;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_INSUFFICIENT_FUNDS);
    x.money.amount_units = 500000;
    venue_apply(&v, &x);
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).settled_units, VENUE_START_UNITS + 500000);
    venue_id(&x.cmd.id, "t2");
    x.money.to_account_id = 1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
}

static void
test_settlement_cycle_books_pending_until_the_run(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.instrument_id = 2;
    x.instrument.settle_cycle = 1;
    x.instrument.taker_ppm = 10000;
    venue_apply(&v, &x);
    venue_order_set(&x, 1, "s", SIDE_SELL, 100, 10, TIF_GTC);
    x.order.instrument_id = 2;
    venue_apply(&v, &x);
    venue_order_set(&x, 2, "b", SIDE_BUY, 100, 10, TIF_GTC);
    x.order.instrument_id = 2;
    venue_apply(&v, &x);
    struct core_balance cash = venue_balance(&v, 2, VENUE_USD);
    assert_int_equal(cash.settled_units, VENUE_START_UNITS);
    assert_int_equal(cash.pending_out_units, 1010);
    assert_int_equal(venue_balance(&v, 2, VENUE_BTC).pending_in_units, 10);
    assert_int_equal(venue_balance(&v, 1, VENUE_BTC).pending_out_units, 10);
    assert_int_equal(venue_balance(&v, VENUE_FEES, VENUE_USD).pending_in_units, 10);
    venue_command(&x, COMMAND_SETTLE);
    x.cmd.account_id = 2;
    x.cmd.actor_id = VENUE_BOSS;
    venue_id(&x.cmd.id, "run1");
    x.settle.asset_id = VENUE_USD;
    x.settle.out_units = 1011;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    x.settle.out_units = 1010;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "POSTING");
    assert_int_equal(venue_balance(&v, 2, VENUE_USD).settled_units, VENUE_START_UNITS - 1010);
}

/* --- two people --- */

static void
digest_of(const union any_command *x, uint8_t out[32])
{
    uint8_t bytes[COMMAND_BYTES_MAX + 64];
    size_t n = 0;
    memcpy(bytes + n, &x->cmd.account_id, 4);
    n += 4;
    memcpy(bytes + n, &x->cmd.tenant_id, 2);
    n += 2;
    memcpy(bytes + n, &x->cmd.id, sizeof(x->cmd.id));
    n += sizeof(x->cmd.id);
    memcpy(bytes + n, x->bytes + sizeof(x->cmd), x->cmd.rec.length_bytes - sizeof(x->cmd));
    n += x->cmd.rec.length_bytes - sizeof(x->cmd);
    sha256(bytes, n, out);
}

static uint64_t
propose(const union any_command *what, uint32_t actor)
{
    union any_command x;
    venue_command(&x, COMMAND_PROPOSE);
    x.cmd.actor_id = actor;
    x.propose.command_type = what->cmd.rec.type;
    digest_of(what, x.propose.digest);
    venue_apply(&v, &x);
    const union any_event *e = venue_event(&v, EVENT_PROPOSAL, 0);
    return e == NULL ? 0 : e->proposal.proposal;
}

static void
approve(uint64_t proposal, uint32_t actor)
{
    union any_command x;
    venue_command(&x, COMMAND_APPROVE);
    x.cmd.actor_id = actor;
    x.approve.proposal = proposal;
    venue_apply(&v, &x);
}

static void
test_four_eyes(void **state)
{
    (void)state;
    union any_command x, other;
    struct command_genesis g;
    venue_close(&v);
    venue_genesis(&g);
    g.four_eyes = 2; /* transfers */
    venue_open(&v, &g, NULL);
    venue_command(&x, COMMAND_TRANSFER);
    x.cmd.account_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    venue_id(&x.cmd.id, "t1");
    x.money.asset_id = VENUE_USD;
    x.money.to_account_id = 2;
    x.money.amount_units = 10;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_NEEDS_APPROVAL);
    uint64_t proposal = propose(&x, VENUE_BOSS);
    assert_int_equal(proposal, v.events[0]->ev.rec.seq);
    x.cmd.approval_ref = proposal;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_NEEDS_APPROVAL);
    approve(proposal, VENUE_BOSS); /* nobody approves his own */
    assert_int_equal(venue_reason(&v), REASON_NOT_AUTHORIZED);
    approve(proposal, VENUE_VIEWER);
    assert_int_equal(venue_reason(&v), REASON_NOT_AUTHORIZED);
    approve(proposal, VENUE_SECOND);
    assert_int_equal(v.events[0]->proposal.state, 2);
    other = x;
    other.money.amount_units = 11; /* not what was approved */
    venue_apply(&v, &other);
    assert_int_equal(venue_reason(&v), REASON_NEEDS_APPROVAL);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "POSTING PROPOSAL");
    assert_int_equal(v.events[1]->proposal.state, 3);
    venue_id(&x.cmd.id, "t2"); /* it counts once */
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_NEEDS_APPROVAL);
    venue_deposit(&v, 1, VENUE_USD, 1); /* what is not in the set needs nobody */
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_proposals_run_out_and_old_ones_make_room(void **state)
{
    (void)state;
    union any_command x;
    deposit_set(&x, VENUE_BOSS, "d", 1);
    for (uint32_t i = 0; i < v.genesis.proposal_max; i++)
        assert_int_not_equal(propose(&x, VENUE_BOSS), 0);
    assert_int_equal(propose(&x, VENUE_BOSS), 0);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
    venue_tick(&v, VENUE_T0 + (int64_t)3 * 86400000000000);
    (void)venue_continue(&v);
    assert_int_not_equal(propose(&x, VENUE_BOSS), 0);
}

static void
test_unknown_commands_are_answered(void **state)
{
    (void)state;
    union any_command x;
    for (uint32_t type = 0; type < 200; type++) {
        if (command_bytes((uint16_t)type) != 0)
            continue;
        venue_command(&x, COMMAND_TICK);
        x.cmd.rec.type = (uint16_t)type;
        venue_apply(&v, &x);
        assert_string_equal(venue_types(&v), "COMMAND_RESULT");
        assert_int_equal(venue_reason(&v), REASON_UNKNOWN_COMMAND);
    }
}

static void
test_nothing_is_taken_before_genesis_and_genesis_only_once(void **state)
{
    (void)state;
    union any_command x;
    memset(&x, 0, sizeof(x));
    x.genesis = v.genesis;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
}

static void
test_cancel_only_mode(void **state)
{
    (void)state;
    union any_command x;
    venue_buy(&v, 1, "a", 90, 1);
    venue_command(&x, COMMAND_MODE); /* the venue itself: no session, no actor */
    x.mode.mode = MODE_CANCEL_ONLY;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "MODE");
    venue_buy(&v, 1, "b", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_CANCEL_ONLY);
    venue_cancel(&v, 1, "a");
    assert_int_equal(venue_reason(&v), 0);
    assert_int_equal(core_mode(v.core), MODE_CANCEL_ONLY);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_roles_are_asked_of_every_operator_command),
        T(test_operator_orders_need_the_role),
        T(test_money_retry_is_answered_and_not_carried_out_again),
        T(test_total_issued_stays_within_the_numbers),
        T(test_withdrawal_is_held_then_confirmed_or_given_back),
        T(test_transfer_moves_what_is_free),
        T(test_settlement_cycle_books_pending_until_the_run),
        T(test_four_eyes),
        T(test_proposals_run_out_and_old_ones_make_room),
        T(test_unknown_commands_are_answered),
        T(test_nothing_is_taken_before_genesis_and_genesis_only_once),
        T(test_cancel_only_mode),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
