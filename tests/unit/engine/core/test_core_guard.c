#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"

/* Kill switches, mass cancels and self-trades where golden scripts do not go: forms, retries, room.
 * The rules themselves: tests/golden/book_self_trade_*.txt, book_kill_*.txt. */

static struct venue v;

static void
kill_set(union any_command *x, uint8_t scope, uint8_t engage)
{
    venue_command(x, COMMAND_KILL_SWITCH);
    x->cmd.actor_id = VENUE_BOSS;
    x->kill_switch.scope = scope;
    x->kill_switch.engage = engage;
}

static void
kill_account(uint32_t account, uint8_t engage)
{
    union any_command x;
    kill_set(&x, KILL_ACCOUNT, engage);
    x.cmd.account_id = account;
    venue_apply(&v, &x);
}

static void
test_kill_switch_names_what_its_scope_says_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        uint8_t scope, engage;
        uint16_t tenant;
        uint32_t account, instrument, reason;
    } rows[] = {{0, 1, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_VENUE + 1, 1, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_VENUE, 2, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_VENUE, 1, 0, 1, 0, REASON_BAD_FIELD},
                {KILL_VENUE, 1, 1, 0, 0, REASON_BAD_FIELD},
                {KILL_ACCOUNT, 1, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_ACCOUNT, 1, 1, 1, 0, REASON_BAD_FIELD},
                {KILL_ACCOUNT, 1, 0, 77, 0, REASON_UNKNOWN_ACCOUNT},
                {KILL_TENANT, 1, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_INSTRUMENT, 1, 0, 0, 0, REASON_BAD_FIELD},
                {KILL_INSTRUMENT, 1, 0, 1, 1, REASON_BAD_FIELD},
                {KILL_INSTRUMENT, 1, 0, 0, 77, REASON_UNKNOWN_INSTRUMENT},
                {KILL_VENUE, 0, 0, 0, 0, REASON_BAD_STATE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        union any_command x;
        kill_set(&x, rows[i].scope, rows[i].engage);
        x.cmd.account_id = rows[i].account;
        x.cmd.tenant_id = rows[i].tenant;
        x.kill_switch.instrument_id = rows[i].instrument;
        venue_apply(&v, &x);
        assert_int_equal(venue_reason(&v), rows[i].reason);
    }
    venue_buy(&v, 1, "a", 100, 1); /* none of them has stopped anything */
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED BOOK_ADD");
}

static void
test_kill_switch_that_is_sent_again_is_carried_out_once(void **state)
{
    (void)state;
    union any_command x;
    venue_buy(&v, 1, "a", 100, 1);
    kill_set(&x, KILL_ACCOUNT, 1);
    x.cmd.account_id = 1;
    venue_id(&x.cmd.id, "k1");
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "KILL_SWITCH ORDER_CANCELED BOOK_DELETE CANCEL_REPORT");
    uint64_t seq = v.seq;
    assert_int_equal(venue_event(&v, EVENT_CANCEL_REPORT, 0)->cancel_report.request_seq, seq);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "COMMAND_RESULT");
    assert_int_equal(venue_reason(&v), 0);
    assert_int_equal(v.events[0]->reject.order_id, seq);
}

/* What hooks may ask has its room; a kill switch that finds none stops nothing. */
static void
test_kill_switch_without_room_for_its_work_is_refused_whole(void **state)
{
    (void)state;
    char id[16];
    for (uint32_t i = 0; i < 200; i++) {
        (void)snprintf(id, sizeof(id), "s%u", i);
        venue_sell(&v, 1, id, 100, 1);
    }
    union any_command x;
    uint32_t cnt = 0;
    do { /* each waits for the one before it */
        venue_command(&x, COMMAND_MASS_CANCEL);
        x.cmd.actor_id = VENUE_BOSS;
        venue_apply(&v, &x);
        cnt++;
    } while (venue_reason(&v) == 0);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
    assert_int_equal(cnt, v.genesis.work_max - HOOK_EFFECT_MAX + 1);
    kill_account(2, 1);
    assert_int_equal(venue_reason(&v), REASON_BUSY);
    (void)venue_continue(&v);
    kill_account(2, 1);
    assert_string_equal(venue_types(&v), "KILL_SWITCH CANCEL_REPORT");
    kill_account(2, 0); /* asks for no work */
    assert_string_equal(venue_types(&v), "KILL_SWITCH");
}

static void
test_client_is_told_how_many_its_mass_cancel_took(void **state)
{
    (void)state;
    union any_command x;
    venue_add_session(&v, 5, 1, false);
    venue_session_up(&v, 5, 1);
    venue_buy(&v, 1, "a", 100, 1);
    venue_sell(&v, 1, "b", 110, 1);
    venue_buy(&v, 2, "c", 100, 1);
    venue_command(&x, COMMAND_MASS_CANCEL);
    x.cmd.account_id = 1;
    x.cmd.session_id = 5;
    x.cmd.incarnation = 1;
    x.cmd.client_seq = 9;
    venue_id(&x.cmd.id, "mc");
    venue_apply(&v, &x);
    const struct event_cancel_report *e = &venue_event(&v, EVENT_CANCEL_REPORT, 0)->cancel_report;
    assert_int_equal(e->ev.session_id, 5);
    assert_int_equal(e->ev.audience, AUDIENCE_PARTY);
    assert_int_equal(e->canceled_cnt, 2);
    assert_int_equal(e->client_seq, 9);
    assert_int_equal(e->account_id, 1);
    assert_int_equal(e->command_type, COMMAND_MASS_CANCEL);
    assert_memory_equal(&e->id, &x.cmd.id, sizeof(e->id));
    assert_true(e->ev.last);
}

static void
prevent(uint8_t by, uint8_t mode)
{
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.self_trade_by = by;
    x.instrument.self_trade_mode = mode;
    venue_apply(&v, &x);
}

static void
test_self_trade_has_a_mode_when_it_is_prevented_and_none_else(void **state)
{
    (void)state;
    static const struct {
        uint8_t by, mode;
        size_t wrong;
    } rows[] = {{SELF_TRADE_OFF, SELF_TRADE_CANCEL_BOTH,
                 offsetof(struct command_instrument, self_trade_by)},
                {SELF_TRADE_OWNER + 1, 1, offsetof(struct command_instrument, self_trade_by)},
                {SELF_TRADE_FIRM, 0, offsetof(struct command_instrument, self_trade_mode)},
                {SELF_TRADE_FIRM, SELF_TRADE_DECREMENT + 1,
                 offsetof(struct command_instrument, self_trade_mode)}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        prevent(rows[i].by, rows[i].mode);
        assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
        assert_int_equal(v.events[0]->reject.detail, rows[i].wrong);
    }
    prevent(SELF_TRADE_FIRM, SELF_TRADE_CANCEL_BOTH);
    assert_string_equal(venue_types(&v), "INSTRUMENT");
    assert_int_equal(v.events[0]->instrument.self_trade_by, SELF_TRADE_FIRM);
    assert_int_equal(v.events[0]->instrument.self_trade_mode, SELF_TRADE_CANCEL_BOTH);
}

/* Every lot and unit is where it was: nothing traded, nothing is held any more. */
static void
test_self_trade_moves_nothing(void **state)
{
    (void)state;
    for (uint8_t mode = SELF_TRADE_CANCEL_NEWEST; mode <= SELF_TRADE_DECREMENT; mode++) {
        char ids[2][8];
        (void)snprintf(ids[0], sizeof(ids[0]), "s%u", mode);
        (void)snprintf(ids[1], sizeof(ids[1]), "b%u", mode);
        prevent(SELF_TRADE_ACCOUNT, mode);
        venue_sell(&v, 1, ids[0], 100, 7);
        venue_buy(&v, 1, ids[1], 100, 7);
        assert_int_equal(venue_count(&v, EVENT_FILL), 0);
        if (mode == SELF_TRADE_CANCEL_NEWEST)
            venue_cancel(&v, 1, ids[0]);
        if (mode == SELF_TRADE_CANCEL_OLDEST)
            venue_cancel(&v, 1, ids[1]);
        assert_int_equal(venue_open_orders(&v), 0);
        assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 0);
        assert_int_equal(venue_balance(&v, 1, VENUE_BTC).held_units, 0);
        assert_int_equal(venue_balance(&v, 1, VENUE_USD).settled_units, VENUE_START_UNITS);
        assert_int_equal(venue_balance(&v, 1, VENUE_BTC).settled_units, VENUE_START_UNITS);
    }
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_kill_switch_names_what_its_scope_says_and_nothing_else),
        T(test_kill_switch_that_is_sent_again_is_carried_out_once),
        T(test_kill_switch_without_room_for_its_work_is_refused_whole),
        T(test_client_is_told_how_many_its_mass_cancel_took),
        T(test_self_trade_has_a_mode_when_it_is_prevented_and_none_else),
        T(test_self_trade_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
