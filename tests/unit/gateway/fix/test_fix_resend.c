#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/model/reason.h"
#include "tests/unit/gateway/fix/fix_fake.h"

/* Resends, restarts, what is sent anew: gateway/fix/fix_outbound.c with fix_map and fix_fetch. */

#define ORDER    "|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=100.5"
#define ACCEPTED "|150=0|39=0|1=501|55=BTC-EUR|54=1|38=1|40=2|44=100.5|59=0|151=1|14=0|6=0"
#define FILLED                                                                                     \
    "|150=F|39=1|1=501|55=BTC-EUR|54=1|38=1|40=2|44=100.5|59=0|32=0.1|31=100.5|151=0.9|14=0.1|"    \
    "6=100.5|12=0.07|13=3|851=1"

static int
setup(void **state)
{
    *state = fake_new();
    return 0;
}

static int
teardown(void **state)
{
    fake_free(*state);
    return 0;
}

/* Logon (1), a heartbeat (2), ORDER_ACCEPTED (3), two heartbeats (4, 5), a fill (6), a refusal (7),
 * a heartbeat (8). */
static void
mixed_history(struct fake *f)
{
    fake_logon(f, 1, 1);
    fake_send(f, "35=1|34=2|112=x");
    fake_send(f, "35=D|34=3" ORDER);
    fake_accept(f, 900);
    fake_send(f, "35=1|34=4|112=x");
    fake_send(f, "35=1|34=5|112=x");
    fake_fill(f, 900, "a", 100, 100, 10050);
    fake_send(f, "35=D|34=6|11=b|55=NOPE|54=1|60=NOW|38=1|40=1");
    fake_send(f, "35=1|34=7|112=x");
    assert_int_equal(fake_skip(f), 7);
}

static void
expect_mixed_history(struct fake *f)
{
    fake_expect(f, "35=8|34=3|43=Y|37=900|11=a|17=6" ACCEPTED);
    fake_expect(f, "35=4|34=4|43=Y|123=Y|36=6");
    fake_expect(f, "35=8|34=6|43=Y|37=900|11=a|17=8" FILLED);
    fake_expect(f, "35=8|34=7|43=Y|37=NONE|11=b|17=0|150=8|39=8|103=1|55=NOPE|54=1|38=1|40=1|151=0|"
                   "14=0|6=0|58=unknown instrument");
}

static void
test_resend_repeats_messages_and_fills_gaps(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    fake_send(f, "35=2|34=8|7=1|16=0");
    fake_expect(f, "35=4|34=1|43=Y|123=Y|36=3");
    expect_mixed_history(f);
    fake_expect(f, "35=4|34=8|43=Y|123=Y|36=9");
    fake_expect(f, "");
    fake_send(f, "35=1|34=9|112=next");
    fake_expect(f, "35=0|34=9|112=next");
}

static void
test_resend_serves_a_part(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    fake_send(f, "35=2|34=8|7=6|16=6");
    fake_expect(f, "35=8|34=6|43=Y|37=900|11=a|17=8" FILLED);
    fake_expect(f, "");
    fake_send(f, "35=2|34=9|7=4|16=4");
    fake_expect(f, "35=4|34=4|43=Y|123=Y|36=5");
    fake_expect(f, "");
}

static void
test_resend_survives_a_restart_in_order(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    fake_cut(f);
    fake_restart(f, true);
    fake_logon(f, 8, 9);
    fake_send(f, "35=2|34=9|7=3|16=8");
    expect_mixed_history(f);
    fake_expect(f, "35=4|34=8|43=Y|123=Y|36=9");
    fake_expect(f, "");
}

/* After a crash numbers go on above the reserved block, and what lies between is filled at once. */
static void
test_resend_fills_the_block_that_a_crash_left(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    uint64_t next = f->core_reserved + 1;
    fake_restart(f, false);
    char text[128];
    fake_logon(f, 8, next);
    fake_send(f, "35=2|34=9|7=3|16=0");
    expect_mixed_history(f);
    snprintf(text, sizeof(text), "35=4|34=8|43=Y|123=Y|36=%llu", (unsigned long long)next + 1);
    fake_expect(f, text);
    fake_expect(f, "");
}

/* A report whose number the crash took is sent anew, and says so. */
static void
test_reports_without_a_number_are_sent_anew(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    memset(&f->session.map.records[5], 0, sizeof(f->session.map.records[5])); /* number 6: power */
    uint64_t next = f->core_reserved + 1;
    fake_restart(f, false);
    fake_run(f);
    fake_cut(f);
    char text[512];
    fake_logon(f, 8, next + 1); /* the fill had the first one */
    snprintf(text, sizeof(text), "35=2|34=9|7=%llu|16=%llu", (unsigned long long)next,
             (unsigned long long)next);
    fake_send(f, text);
    snprintf(text, sizeof(text), "35=8|34=%llu|43=Y|97=Y|37=900|11=a|17=8" FILLED,
             (unsigned long long)next);
    fake_expect(f, text);
    fake_send(f, "35=2|34=10|7=6|16=6");
    fake_expect(f, "35=4|34=6|43=Y|123=Y|36=7");
}

static void
test_reports_wait_for_a_session_that_is_down(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_accept(f, 900);
    fake_skip(f);
    fake_cut(f);
    fake_fill(f, 900, "a", 100, 100, 10050);
    fake_expect(f, "");
    fake_logon(f, 3, 4);
    fake_send(f, "35=2|34=4|7=3|16=0");
    fake_expect(f, "35=8|34=3|43=Y|37=900|11=a|17=10" FILLED);
    fake_expect(f, "35=4|34=4|43=Y|123=Y|36=5");
    fake_expect(f, "");
}

/* A reset while reports wait: they get new numbers, and are marked as possibly sent before. */
static void
test_reports_that_wait_survive_a_reset(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_accept(f, 900);
    fake_skip(f);
    fake_cut(f);
    fake_fill(f, 900, "a", 100, 100, 10050);
    fake_send(f, "35=A|34=1|98=0|108=30|141=Y");
    fake_expect(f, "35=A|34=1|98=0|108=30|141=Y");
    fake_expect(f, "35=8|34=2|97=Y|37=900|11=a|17=10" FILLED);
    fake_expect(f, "");
    fake_send(f, "35=2|34=2|7=2|16=0");
    fake_expect(f, "35=8|34=2|43=Y|97=Y|37=900|11=a|17=10" FILLED);
}

/* While a resend runs, what is new waits behind it. */
static void
test_new_reports_wait_behind_a_resend(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_accept(f, 900);
    for (int i = 0; i < 200; i++)
        fake_fill(f, 900, "a", 100, 100, 10050);
    assert_int_equal(fake_skip(f), 201);
    f->room = FIX_OUT_MAX + 300; /* a message or two at a time */
    fake_send(f, "35=2|34=3|7=1|16=0");
    fake_fill(f, 900, "a", 100, 100, 10050);
    fake_send(f, "35=1|34=4|112=later");
    fake_expect(f, "35=4|34=1|43=Y|123=Y|36=2");
    uint32_t cnt = 0;
    for (int i = 0; i < 1000; i++) { /* room comes back, a little at a time */
        f->room += 250;
        fix_session_wake(&f->session);
        fake_run(f);
    }
    fake_expect(f, "35=8|34=2|43=Y|37=900|11=a|17=6" ACCEPTED);
    char text[512];
    for (; cnt < 200; cnt++) {
        snprintf(text, sizeof(text), "35=8|34=%u|43=Y|37=900|11=a|17=%u" FILLED, cnt + 3,
                 (cnt + 4) * 2);
        fake_expect(f, text);
    }
    fake_expect(f, "35=8|34=203|37=900|11=a|17=408" FILLED);
    fake_expect(f, "35=0|34=204|112=later");
    fake_expect(f, "");
    f->room = FAKE_OUT_BYTES;
    fake_send(f, "35=2|34=5|7=203|16=0"); /* what had to wait is gap-filled when it was no report */
    fake_expect(f, "35=8|34=203|43=Y|37=900|11=a|17=408" FILLED);
    fake_expect(f, "35=4|34=204|43=Y|123=Y|36=205");
}

/* The client sends again what may have been lost with the engine; a refusal that it has been told
 * stands. */
static void
test_an_order_refused_before_a_crash_is_not_carried_out_after_it(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    f->core_silent = true;
    fake_send(f, "35=D|34=2" ORDER); /* in the port when the engine dies */
    atomic_store(&f->port.shared->cancel_only, 1);
    fake_send(f, "35=D|34=3|11=b|55=BTC-EUR|54=1|60=NOW|38=1|40=1");
    assert_int_equal(fake_skip(f), 1); /* refused, and told so */
    fake_restart(f, false);
    f->core_silent = false;
    atomic_store(&f->port.shared->cancel_only, 0);
    char text[128];
    uint64_t next = f->core_reserved + 1;
    fake_send(f, "35=A|34=4|98=0|108=30");
    snprintf(text, sizeof(text), "35=A|34=%llu|98=0|108=30", (unsigned long long)next);
    fake_expect(f, text);
    snprintf(text, sizeof(text), "35=2|34=%llu|7=2|16=0", (unsigned long long)next + 1);
    fake_expect(f, text);
    fake_send(f, "35=D|34=2|43=Y|122=20231114-22:13:20.000" ORDER);
    assert_int_equal(f->command_cnt, 1);
    fake_send(f, "35=D|34=3|43=Y|122=20231114-22:13:20.000|11=b|55=BTC-EUR|54=1|60=NOW|38=1|40=1");
    assert_int_equal(f->command_cnt, 1);
    fake_expect(f, "");
    fake_send(f, "35=4|34=4|43=Y|122=20231114-22:13:20.000|123=Y|36=5");
    fake_send(f, "35=D|34=5|11=c|55=BTC-EUR|54=1|60=NOW|38=1|40=1");
    assert_int_equal(f->command_cnt, 2);
}

/* The reset was durable, the crash came before the session's file heard of it. */
static void
test_a_reset_that_only_the_journal_knows_is_done_at_the_start(void **state)
{
    struct fake *f = *state;
    mixed_history(f);
    fake_cut(f);
    struct event_session_state e = {.up = 1, .incarnation = 9, .inbound_seq = 1, .cause = 32};
    f->core_in = 1;
    f->core_reserved = 0;
    f->core_incarnation = 9;
    fake_event(f, &e.ev, EVENT_SESSION_STATE);
    fake_restart(f, false);
    assert_int_equal(f->session.map.head->next_in, 2);
    fake_logon(f, 2, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_resend_repeats_messages_and_fills_gaps),
        TEST(test_resend_serves_a_part),
        TEST(test_resend_survives_a_restart_in_order),
        TEST(test_resend_fills_the_block_that_a_crash_left),
        TEST(test_reports_without_a_number_are_sent_anew),
        TEST(test_reports_wait_for_a_session_that_is_down),
        TEST(test_reports_that_wait_survive_a_reset),
        TEST(test_new_reports_wait_behind_a_resend),
        TEST(test_an_order_refused_before_a_crash_is_not_carried_out_after_it),
        TEST(test_a_reset_that_only_the_journal_knows_is_done_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
