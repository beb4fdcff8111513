#include "gateway/fix/fix_gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "gateway/fix/fix_session.h"
#include "tests/unit/gateway/fix/fix_engine.h"

static struct error err;
static struct trader a, b;

static int
setup(void **state)
{
    *state = engine_new();
    return 0;
}

static int
teardown(void **state)
{
    fix_client_close(a.client);
    fix_client_close(b.client);
    a.client = b.client = NULL;
    engine_free(*state);
    return 0;
}

static void
open_a(struct engine *e)
{
    trader_open(e, &a, "C3", NULL);
    ENGINE_UNTIL(e, a.up_cnt == 1);
}

static void
test_gateway_trades_between_two_sessions(void **state)
{
    struct engine *e = *state;
    trader_open(e, &a, "C1", "demo");
    trader_open(e, &b, "C2", "demo");
    ENGINE_UNTIL(e, a.up_cnt == 1 && b.up_cnt == 1);
    trader_order(&a, "plain", '1');
    ENGINE_UNTIL(e, a.new_cnt == 1);
    assert_string_equal(a.id, "plain");
    trader_order(&a, "X1", '1'); /* against session 2 */
    ENGINE_UNTIL(e, a.fill_cnt == 1 && b.fill_cnt == 1);
    assert_int_equal(a.last_exec_id + 1, b.last_exec_id); /* buyer even, seller odd */
    struct fix_client_order o = {.id = "cancel", .orig = "plain", .symbol = "ABC", .side = '1'};
    assert_int_equal(fix_client_cancel(a.client, &o), 0);
    ENGINE_UNTIL(e, a.cancel_cnt == 1);
    fix_client_logout(a.client);
    ENGINE_UNTIL(e, a.down_cnt == 1);
    assert_string_equal(a.why, "logged out");
    ENGINE_UNTIL(e, !e->sessions[1].up);
    assert_true(e->sessions[2].up);
}

static void
test_gateway_tells_why_a_logon_is_refused(void **state)
{
    struct engine *e = *state;
    trader_open(e, &a, "C1", "wrong");
    ENGINE_UNTIL(e, a.down_cnt == 1);
    assert_string_equal(a.why, "wrong password");
    fix_client_close(a.client);
    trader_open(e, &a, "C1", NULL);
    ENGINE_UNTIL(e, a.down_cnt == 1);
    fix_client_close(a.client);
    trader_open(e, &a, "NOBODY", "demo");
    ENGINE_UNTIL(e, a.down_cnt == 1);
    assert_string_equal(a.why, "unknown SenderCompID or TargetCompID");
    assert_int_equal(a.up_cnt, 0);
}

static void
test_gateway_refuses_a_second_connection_of_a_session(void **state)
{
    struct engine *e = *state;
    open_a(e);
    trader_open(e, &b, "C3", NULL);
    ENGINE_UNTIL(e, b.down_cnt == 1);
    assert_int_equal(b.up_cnt, 0);
    assert_string_equal(b.why, "the session is connected already");
    trader_order(&a, "still here", '1');
    ENGINE_UNTIL(e, a.new_cnt == 1);
}

/* What a stranger sends, and whether the connection then ends. */
static void
stranger(struct engine *e, const char *bytes, size_t cnt)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(fix_gateway_port(e->gateway))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(send(fd, bytes, cnt, MSG_NOSIGNAL), (ssize_t)cnt);
    char byte;
    ssize_t got;
    ENGINE_UNTIL(e,
                 (got = recv(fd, &byte, 1, MSG_DONTWAIT)) == 0 || (got < 0 && errno == ECONNRESET));
    close(fd);
}

static void
test_gateway_closes_on_strangers(void **state)
{
    struct engine *e = *state;
    static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    stranger(e, http, sizeof(http) - 1);
    static const char tls[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    stranger(e, tls, sizeof(tls) - 1);
    static const char heartbeat[] = "8=FIX.4.4\0019=5\00135=0\00110=163\001";
    stranger(e, heartbeat, sizeof(heartbeat) - 1);
    static const char large[] = "8=FIX.4.4\0019=999999\00135=A\001";
    stranger(e, large, sizeof(large) - 1);
    open_a(e);
}

static void
test_gateway_resends_what_happened_while_the_client_was_away(void **state)
{
    struct engine *e = *state;
    open_a(e);
    trader_order(&a, "one", '1');
    ENGINE_UNTIL(e, a.new_cnt == 1);
    fix_client_cut(a.client);
    ENGINE_UNTIL(e, a.down_cnt == 1 && !e->sessions[3].up);
    for (int i = 0; i < 100; i++)
        engine_fill(e, 3, "one", 1);
    uint64_t before = fix_client_next_in(a.client);
    assert_int_equal(fix_client_connect(a.client, &err), 0);
    ENGINE_UNTIL(e, a.fill_cnt == 100);
    assert_int_equal(a.up_cnt, 2);
    assert_int_equal(a.again_cnt, 100);
    trader_order(&a, "two", '1');
    ENGINE_UNTIL(e, a.new_cnt == 2);
    assert_int_equal(fix_client_next_in(a.client), before + 102); /* 100 fills, Logon, accepted */
    assert_int_equal(a.fill_cnt, 100);
}

static void
test_gateway_numbers_go_on_after_an_orderly_restart(void **state)
{
    struct engine *e = *state;
    open_a(e);
    trader_order(&a, "one", '1');
    ENGINE_UNTIL(e, a.new_cnt == 1);
    fix_client_logout(a.client);
    ENGINE_UNTIL(e, a.down_cnt == 1 && !e->sessions[3].up);
    engine_stop_gateway(e, true);
    engine_fill(e, 3, "one", 1);
    uint64_t next = fix_client_next_in(a.client);
    engine_start_gateway(e);
    assert_int_equal(fix_client_connect(a.client, &err), 0);
    ENGINE_UNTIL(e, a.fill_cnt == 1);
    assert_int_equal(a.again_cnt, 1); /* by resend, not anew */
    ENGINE_UNTIL(e, fix_client_next_in(a.client) == next + 2);
    trader_order(&a, "two", '1');
    ENGINE_UNTIL(e, a.new_cnt == 2);
}

static void
test_gateway_uses_no_number_twice_after_a_crash(void **state)
{
    struct engine *e = *state;
    open_a(e);
    for (int i = 0; i < 10; i++)
        trader_order(&a, "F", '1');
    ENGINE_UNTIL(e, a.fill_cnt == 10);
    uint64_t seen = fix_client_next_in(a.client);
    engine_stop_gateway(e, false); /* as kill -9 leaves it */
    engine_fill(e, 3, "late", 7);
    for (uint32_t i = 1; i <= ENGINE_SESSIONS; i++)
        e->sessions[i].up = false;
    ENGINE_UNTIL(e, a.down_cnt == 1);
    engine_start_gateway(e);
    assert_int_equal(fix_client_connect(a.client, &err), 0);
    ENGINE_UNTIL(e, a.fill_cnt == 11);
    assert_int_equal(a.again_cnt, 1); /* 97=Y: it had no number yet */
    assert_true(fix_client_next_in(a.client) > FIX_RESERVE_BLOCK);
    assert_true(fix_client_next_in(a.client) > seen);
    trader_order(&a, "on", '1');
    ENGINE_UNTIL(e, a.new_cnt == 11);
    assert_false(a.out_of_order);
}

static void
test_gateway_resends_from_before_a_crash(void **state)
{
    struct engine *e = *state;
    open_a(e);
    for (int i = 0; i < 10; i++)
        trader_order(&a, "F", '1');
    ENGINE_UNTIL(e, a.fill_cnt == 10);
    engine_stop_gateway(e, false);
    for (uint32_t i = 1; i <= ENGINE_SESSIONS; i++)
        e->sessions[i].up = false;
    ENGINE_UNTIL(e, a.down_cnt == 1);
    engine_start_gateway(e);
    /* the client has lost its memory of what it received, too */
    fix_client_numbers_set(a.client, fix_client_next_out(a.client), 2);
    a.new_cnt = a.fill_cnt = a.again_cnt = 0;
    assert_int_equal(fix_client_connect(a.client, &err), 0);
    ENGINE_UNTIL(e, fix_client_next_in(a.client) > FIX_RESERVE_BLOCK);
    assert_int_equal(a.new_cnt, 10);
    assert_int_equal(a.fill_cnt, 10);
    assert_int_equal(a.again_cnt, 20);
}

static void
test_gateway_tells_nothing_that_is_not_durable(void **state)
{
    struct engine *e = *state;
    open_a(e);
    e->mark_to = e->event_cnt;
    trader_order(&a, "one", '1');
    ENGINE_UNTIL(e, e->order_cnt == 1);
    for (int i = 0; i < 1000; i++)
        engine_step(e);
    assert_int_equal(a.new_cnt, 0);
    e->mark_to = UINT64_MAX;
    atomic_store_explicit(&e->mark.ring_pos, atomic_load(&e->ring.shared->write_pos),
                          memory_order_release);
    ENGINE_UNTIL(e, a.new_cnt == 1);
}

static void
test_gateway_serves_a_client_that_reads_slowly(void **state)
{
    struct engine *e = *state;
    open_a(e);
    struct net *reading = e->net; /* not polled: the client takes nothing */
    struct net *idle;
    assert_int_equal(net_open(&idle, &(struct net_options){.conn_max = 1}, &err), 0);
    e->net = idle;
    enum { FILLS = 60000 };
    for (int i = 0; i < FILLS; i++) {
        engine_fill(e, 3, "slow", 7);
        engine_step(e);
    }
    e->net = reading;
    ENGINE_UNTIL(e, a.fill_cnt == FILLS);
    assert_int_equal(a.again_cnt, 0);
    assert_false(a.out_of_order);
    net_fini(idle);
}

static void
test_gateway_catches_up_a_session_that_ran_out_of_numbers(void **state)
{
    struct engine *e = *state;
    open_a(e);
    e->stopped = true; /* no more numbers are given */
    enum { FILLS = FIX_RESERVE_BLOCK + 20000 };
    for (int i = 0; i < FILLS; i++) {
        engine_fill(e, 3, "many", 7);
        if (i % 64 == 0)
            engine_step(e);
    }
    for (int i = 0; i < 2000; i++)
        engine_step(e);
    assert_true(a.fill_cnt > FIX_RESERVE_BLOCK / 2 && a.fill_cnt < FIX_RESERVE_BLOCK);
    e->stopped = false;
    ENGINE_UNTIL(e, a.fill_cnt == FILLS);
    assert_false(a.out_of_order);
    assert_int_equal(a.again_cnt, 0);
}

/* An event of which the session has both sides, and two numbers are left: each side is told once,
 * and what comes then when there are numbers again. Returns how many numbers that took. */
static uint64_t
tell_with_two_left(struct engine *e, struct event *ev, uint16_t type, uint32_t session_id)
{
    open_a(e);
    uint64_t next = fix_client_next_in(a.client);
    engine_reserve(e, 3, next + 1);
    engine_emit(e, ev, type, session_id);
    engine_fill(e, 3, "later", 9);
    for (int i = 0; i < 100; i++)
        engine_step(e);
    engine_reserve(e, 3, next + FIX_RESERVE_BLOCK);
    trader_order(&a, "last", '1');
    ENGINE_UNTIL(e, a.new_cnt == 1);
    assert_int_equal(a.again_cnt, 0);
    assert_false(a.out_of_order);
    return fix_client_next_in(a.client) - next;
}

static void
test_gateway_tells_both_sides_of_a_fill_once_with_two_numbers_left(void **state)
{
    struct fill_side side = {.order_id = 7,
                             .account_id = 103,
                             .session_id = 3,
                             .qty_lots = 5,
                             .cum_lots = 5,
                             .ord_type = ORD_LIMIT,
                             .status = ORD_STATUS_FILLED,
                             .price_units = 100,
                             .id = {.length = 4, .text = "both"}};
    struct event_fill fill = {.instrument_id = 1,
                              .aggressor = SIDE_BUY,
                              .price_units = 100,
                              .qty_lots = 5,
                              .buy = side,
                              .sell = side};
    assert_int_equal(tell_with_two_left(*state, &fill.ev, EVENT_FILL, 0), 4);
    assert_int_equal(a.fill_cnt, 3);
}

static void
test_gateway_tells_both_sides_of_a_deal_once_with_two_numbers_left(void **state)
{
    struct event_deal deal = {.deal_id = 7,
                              .account_id = 103,
                              .to_account_id = 103,
                              .instrument_id = 1,
                              .side = SIDE_BUY,
                              .kind = DEAL_BLOCK,
                              .state = DEAL_PROPOSED,
                              .price_units = 100,
                              .qty_lots = 5,
                              .id = {.length = 4, .text = "both"}};
    assert_int_equal(tell_with_two_left(*state, &deal.ev, EVENT_DEAL, 3), 4);
    assert_int_equal(a.fill_cnt, 1);
}

static void
test_gateway_serves_eight_sessions_at_once(void **state)
{
    struct engine *e = *state;
    static struct trader traders[6];
    char comp_ids[6][4];
    enum { ORDERS = 5000 };
    for (int i = 0; i < 6; i++) {
        snprintf(comp_ids[i], sizeof(comp_ids[i]), "C%d", i + 3);
        trader_open(e, &traders[i], comp_ids[i], NULL);
    }
    for (int i = 0; i < 6; i++)
        ENGINE_UNTIL(e, traders[i].up_cnt == 1);
    for (int n = 0; n < ORDERS; n++) {
        for (int i = 0; i < 6; i++)
            trader_order(&traders[i], "F", '2');
        if (n % 16 == 0)
            engine_step(e);
    }
    for (int i = 0; i < 6; i++) {
        ENGINE_UNTIL(e, traders[i].new_cnt + traders[i].reject_cnt == ORDERS);
        ENGINE_UNTIL(e, traders[i].fill_cnt == traders[i].new_cnt);
        assert_false(traders[i].out_of_order);
        fix_client_close(traders[i].client);
    }
}

static void
test_gateway_quits_in_order(void **state)
{
    struct engine *e = *state;
    open_a(e);
    fix_gateway_quit(e->gateway);
    ENGINE_UNTIL(e, fix_gateway_quiet(e->gateway));
    ENGINE_UNTIL(e, a.down_cnt == 1);
    assert_string_equal(a.why, "the venue is closing");
    ENGINE_UNTIL(e, !e->sessions[3].up);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gateway_trades_between_two_sessions),
        TEST(test_gateway_tells_why_a_logon_is_refused),
        TEST(test_gateway_refuses_a_second_connection_of_a_session),
        TEST(test_gateway_closes_on_strangers),
        TEST(test_gateway_resends_what_happened_while_the_client_was_away),
        TEST(test_gateway_numbers_go_on_after_an_orderly_restart),
        TEST(test_gateway_uses_no_number_twice_after_a_crash),
        TEST(test_gateway_resends_from_before_a_crash),
        TEST(test_gateway_tells_nothing_that_is_not_durable),
        TEST(test_gateway_serves_a_client_that_reads_slowly),
        TEST(test_gateway_catches_up_a_session_that_ran_out_of_numbers),
        TEST(test_gateway_tells_both_sides_of_a_fill_once_with_two_numbers_left),
        TEST(test_gateway_tells_both_sides_of_a_deal_once_with_two_numbers_left),
        TEST(test_gateway_serves_eight_sessions_at_once),
        TEST(test_gateway_quits_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
