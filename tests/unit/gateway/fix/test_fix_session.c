#include "gateway/fix/fix_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/model/reason.h"
#include "tests/unit/gateway/fix/fix_fake.h"

#define ORDER "|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=100.5"

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

/* --- logon --- */

static void
test_session_answers_a_logon_when_the_numbers_are_durable(void **state)
{
    struct fake *f = *state;
    f->core_silent = true;
    fake_send(f, "35=A|34=1|98=0|108=30");
    fake_expect(f, "");
    f->core_silent = false;
    fake_run(f);
    fake_expect(f, "35=A|34=1|98=0|108=30");
    assert_true(f->core_up);
    assert_int_equal(f->core_in, 1);
    assert_true(f->core_reserved >= FIX_RESERVE_BLOCK);
}

static void
test_session_refuses_a_logon_that_is_wrong(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=A|34=1|98=0");
    fake_expect(f, "35=5|34=1|58=required tag missing (108)");
    assert_true(f->closed);
    fake_send(f, "35=A|34=1|98=1|108=30");
    fake_expect(f, "35=5|34=2|58=value is incorrect (out of range) for this tag (98)");
    fake_send(f, "35=A|34=1|98=0|108=301");
    fake_expect(f, "35=5|34=3|58=HeartBtInt (108) must be 0 to 300 seconds");
    fake_send(f, "35=A|98=0|108=30");
    fake_expect(f, "35=5|34=4|58=MsgSeqNum (34) missing or not a positive number");
    fake_send(f, "35=A|34=2|98=0|108=30|141=Y");
    fake_expect(f, "35=5|34=5|58=ResetSeqNumFlag (141) needs MsgSeqNum 1, received 2");
    fake_logon(f, 1, 6); /* numbers go on: each Logout had one */
}

static void
test_session_refuses_a_logon_that_is_too_low(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0|34=2");
    fake_cut(f);
    fake_send(f, "35=A|34=2|98=0|108=30");
    fake_expect(f, "35=5|34=2|58=MsgSeqNum too low, expecting 3 but received 2");
    assert_true(f->closed);
    fake_logon(f, 3, 3);
}

static void
test_session_accepts_a_logon_above_and_asks_for_the_gap(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=A|34=5|98=0|108=30");
    fake_expect(f, "35=A|34=1|98=0|108=30");
    fake_expect(f, "35=2|34=2|7=1|16=0");
    fake_send(f, "35=0|34=6"); /* one request is enough */
    fake_expect(f, "");
    fake_send(f, "35=4|34=1|43=Y|122=20231114-22:13:20.000|123=Y|36=6");
    fake_send(f, "35=1|34=6|112=in order");
    fake_expect(f, "35=0|34=3|112=in order");
}

static void
test_session_resets_numbers_on_request(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=1|34=2|112=x");
    fake_skip(f);
    fake_cut(f);
    fake_send(f, "35=A|34=1|98=0|108=30|141=Y");
    fake_expect(f, "35=A|34=1|98=0|108=30|141=Y");
    fake_send(f, "35=1|34=2|112=y");
    fake_expect(f, "35=0|34=2|112=y");
    fake_restart(f, true);
    fake_logon(f, 3, 3);
}

static void
test_session_sends_what_789_says_is_missing(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_accept(f, 900);
    fake_skip(f);
    fake_cut(f);
    fake_send(f, "35=A|34=3|98=0|108=30|789=2");
    fake_expect(f, "35=A|34=3|98=0|108=30|789=4");
    fake_expect(f, "35=8|34=2|43=Y|37=900|11=a|17=6|150=0|39=0|1=501|55=BTC-EUR|54=1|38=1|40=2|"
                   "44=100.5|59=0|151=1|14=0|6=0");
    fake_expect(f, "");
    fake_cut(f);
    fake_send(f, "35=A|34=4|98=0|108=30|789=9");
    fake_expect(f, "35=5|34=4|58=NextExpectedMsgSeqNum (789) too high, 4 is next");
}

/* --- heartbeats --- */

static void
test_session_beats_tests_and_gives_up(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_later(f, 31);
    fake_expect(f, "35=0|34=2");
    fake_expect(f, "");
    fake_later(f, 7);
    assert_int_equal(f->session.test_sent, true);
    assert_int_equal(fake_skip(f), 1);
    fake_send(f, "35=0|34=2|112=whatever");
    assert_false(f->session.test_sent);
    fake_later(f, 80);
    assert_true(f->closed);
    assert_false(f->core_up);
}

static void
test_session_answers_a_test_request(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=1|34=2|112=are you there");
    fake_expect(f, "35=0|34=2|112=are you there");
}

static void
test_session_answers_a_logout_and_ends(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=5|34=2");
    fake_expect(f, "35=5|34=2");
    assert_true(f->closed);
    assert_false(f->core_up);
    assert_int_equal(f->core_in, 2);
    fake_logon(f, 3, 3);
}

static void
test_session_asks_for_the_end_and_waits(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fix_session_quit(&f->session, "the venue is closing");
    fake_run(f);
    fake_expect(f, "35=5|34=2|58=the venue is closing");
    assert_false(f->closed);
    fake_send(f, "35=5|34=2");
    fake_expect(f, "");
    assert_true(f->closed);
    fake_logon(f, 3, 3);
    fix_session_quit(&f->session, "again");
    fake_later(f, 6); /* no answer */
    assert_true(f->closed);
}

/* --- numbers of the client --- */

static void
test_session_ends_when_a_number_is_too_low(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0|34=1");
    fake_expect(f, "35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1");
    assert_true(f->closed);
}

static void
test_session_ignores_a_possible_duplicate_that_it_has(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_send(f, "35=D|34=2|43=Y|122=20231114-22:13:20.000" ORDER);
    fake_expect(f, "");
    assert_int_equal(f->command_cnt, 1);
}

static void
test_session_takes_a_resent_order_as_possible_resend(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0|34=3");
    fake_expect(f, "35=2|34=2|7=2|16=0");
    fake_send(f, "35=D|34=2|43=Y|122=20231114-22:13:20.000" ORDER);
    assert_int_equal(f->command_cnt, 1);
    assert_int_equal(f->last.cmd.flags, COMMAND_POSSIBLE_RESEND);
    fake_send(f, "35=0|34=3|43=Y|122=20231114-22:13:20.000");
    fake_send(f, "35=1|34=4|112=x");
    fake_expect(f, "35=0|34=3|112=x");
}

static void
test_session_wants_the_times_of_a_possible_duplicate(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0|34=2|43=Y");
    fake_expect(f, "35=3|34=2|45=2|371=122|372=0|373=1|58=required tag missing");
    fake_send(f, "35=0|34=3|43=Y|122=20231114-22:13:21.000");
    fake_expect(f, "35=3|34=3|45=3|371=122|372=0|373=10|58=OrigSendingTime is later than "
                   "SendingTime");
    fake_expect(f, "35=5|34=4|58=SendingTime accuracy problem");
    assert_true(f->closed);
}

static void
test_session_follows_a_sequence_reset(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=4|34=2|123=Y|36=10");
    fake_send(f, "35=1|34=10|112=a");
    fake_expect(f, "35=0|34=2|112=a");
    fake_send(f, "35=4|34=999|36=20"); /* reset mode: its own number does not matter */
    fake_send(f, "35=1|34=20|112=b");
    fake_expect(f, "35=0|34=3|112=b");
    fake_send(f, "35=4|34=21|123=Y|36=21");
    fake_expect(f, "35=3|34=4|45=21|371=36|372=4|373=5|58=attempt to lower the sequence number to "
                   "21, expecting 22");
    fake_send(f, "35=4|34=1|123=N|36=5");
    fake_expect(f, "35=3|34=5|45=1|371=36|372=4|373=5|58=attempt to lower the sequence number to "
                   "5, expecting 22");
}

static void
test_session_asks_again_for_a_gap_that_stays(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0|34=9");
    fake_expect(f, "35=2|34=2|7=2|16=0");
    fake_later(f, 11);
    fake_send(f, "35=0|34=10");
    fake_expect(f, "35=2|34=3|7=2|16=0");
}

/* --- orders and reports --- */

static void
test_session_turns_an_order_into_a_command(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2|11=abc|1=second|55=BTC-EUR|54=2|60=NOW|38=1.25|40=2|44=100.5|59=1|"
                 "18=6 Q");
    assert_int_equal(f->command_cnt, 1);
    const struct command_order_new *o = &f->last.order;
    assert_int_equal(o->cmd.rec.type, COMMAND_ORDER_NEW);
    assert_int_equal(o->cmd.client_seq, 2);
    assert_int_equal(o->cmd.account_id, 502);
    assert_int_equal(o->cmd.id.length, 3);
    assert_memory_equal(o->cmd.id.text, "abc\0", 4);
    assert_int_equal(o->instrument_id, 3);
    assert_int_equal(o->side, SIDE_SELL);
    assert_int_equal(o->ord_type, ORD_LIMIT);
    assert_int_equal(o->time_in_force, TIF_GTC);
    assert_int_equal(o->exec_inst, EXEC_POST_ONLY | EXEC_CANCEL_ON_DISCONNECT);
    assert_int_equal(o->qty_lots, 1250); /* lots of 0.001 */
    assert_int_equal(o->price_units, 10050);
}

static void
test_session_reports_acceptance_and_fills(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_accept(f, 77);
    /* events 1 to 3: SESSION_UP, its RESERVE, ORDER_ACCEPTED; ExecID = 3 * 2 */
    fake_expect(f, "35=8|34=2|37=77|11=a|17=6|150=0|39=0|1=501|55=BTC-EUR|54=1|38=1|40=2|44=100.5|"
                   "59=0|151=1|14=0|6=0");
    fake_fill(f, 77, "a", 300, 300, 10050);
    fake_expect(f, "35=8|34=3|37=77|11=a|17=8|150=F|39=1|1=501|55=BTC-EUR|54=1|38=1|40=2|44=100.5|"
                   "59=0|32=0.3|31=100.5|151=0.7|14=0.3|6=100.5|12=0.07|13=3|851=1");
    fake_fill(f, 77, "a", 700, 1000, 10050);
    fake_expect(f, "35=8|34=4|37=77|11=a|17=10|150=F|39=2|1=501|55=BTC-EUR|54=1|38=1|40=2|44=100.5"
                   "|59=0|32=0.7|31=100.5|151=0|14=1|6=100.5|12=0.07|13=3|851=1");
}

static void
test_session_reports_cancel_replace_and_their_refusals(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=F|34=2|41=a|11=b|37=77|55=BTC-EUR|54=1|60=NOW");
    assert_int_equal(f->last.cancel.order_id, 77);
    assert_memory_equal(f->last.cancel.orig.text, "a", 1);
    struct event_order canceled = {.order_id = 77,
                                   .client_seq = 2,
                                   .account_id = 502,
                                   .instrument_id = 3,
                                   .side = SIDE_BUY,
                                   .ord_type = ORD_LIMIT,
                                   .time_in_force = TIF_DAY,
                                   .status = ORD_STATUS_CANCELED,
                                   .reason = REASON_BY_CLIENT,
                                   .price_units = 10050,
                                   .qty_lots = 1000,
                                   .cum_lots = 300,
                                   .cum_cost = 300 * 10050 + 100,
                                   .id = {.length = 1, .text = "b"},
                                   .orig = {.length = 1, .text = "a"}};
    fake_event(f, &canceled.ev, EVENT_ORDER_CANCELED);
    /* average: (300 * 10050 + 100) / 300 = 10050.3333 price units of 0.01 */
    fake_expect(f, "35=8|34=2|37=77|11=b|41=a|17=6|150=4|39=4|1=second|55=BTC-EUR|54=1|38=1|40=2|"
                   "44=100.5|59=0|151=0|14=0.3|6=100.503333|58=canceled at the client's request");
    fake_send(f, "35=G|34=3|41=b|11=c|55=BTC-EUR|54=1|60=NOW|38=2|40=2|44=101");
    assert_int_equal(f->last.replace.qty_lots, 2000);
    assert_int_equal(f->last.replace.price_units, 10100);
    struct event_reject refused = {.client_seq = 3,
                                   .account_id = 501,
                                   .reason = REASON_UNKNOWN_ORDER,
                                   .command_type = COMMAND_ORDER_REPLACE,
                                   .status = ORD_STATUS_REJECTED,
                                   .id = {.length = 1, .text = "c"},
                                   .orig = {.length = 1, .text = "b"}};
    fake_event(f, &refused.ev, EVENT_CANCEL_REJECTED);
    fake_expect(f, "35=9|34=3|37=NONE|11=c|41=b|39=8|1=501|434=2|102=1|58=unknown order");
    struct event_reject rejected = {.client_seq = 4,
                                    .account_id = 501,
                                    .instrument_id = 3,
                                    .reason = REASON_INSUFFICIENT_FUNDS,
                                    .command_type = COMMAND_ORDER_NEW,
                                    .side = SIDE_SELL,
                                    .ord_type = ORD_MARKET,
                                    .status = ORD_STATUS_REJECTED,
                                    .qty_lots = 5,
                                    .id = {.length = 1, .text = "d"}};
    fake_event(f, &rejected.ev, EVENT_ORDER_REJECTED);
    fake_expect(f, "35=8|34=4|37=NONE|11=d|17=11|150=8|39=8|103=99|1=501|55=BTC-EUR|54=2|38=0.005|"
                   "40=1|151=0|14=0|6=0|58=available balance does not cover the order");
}

static void
test_session_refuses_orders_that_a_command_cannot_hold(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=D|34=2|11=a|55=NOPE|54=1|60=NOW|38=1|40=2|44=1");
    fake_expect(f, "35=8|34=2|37=NONE|11=a|17=0|150=8|39=8|103=1|55=NOPE|54=1|38=1|40=2|44=1|151=0|"
                   "14=0|6=0|58=unknown instrument");
    fake_send(f, "35=D|34=3|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1.005");
    fake_expect(f, "35=8|34=3|37=NONE|11=a|17=0|150=8|39=8|103=18|55=BTC-EUR|54=1|38=1|40=2|"
                   "44=1.005|151=0|14=0|6=0|58=price is not a multiple of the tick");
    fake_send(f, "35=D|34=4|11=a|55=BTC-EUR|54=1|60=NOW|38=0.0005|40=2|44=1");
    fake_expect(f, "35=8|34=4|37=NONE|11=a|17=0|150=8|39=8|103=13|55=BTC-EUR|54=1|38=0.0005|40=2|"
                   "44=1|151=0|14=0|6=0|58=quantity is not a positive whole number of lots");
    fake_send(f, "35=D|34=5|11=a|1=third|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1");
    fake_expect(f, "35=8|34=5|37=NONE|11=a|17=0|150=8|39=8|103=15|1=third|55=BTC-EUR|54=1|38=1|40=2"
                   "|44=1|151=0|14=0|6=0|58=unknown account");
    fake_send(f, "35=F|34=6|41=a|11=b|55=NOPE|54=1|60=NOW");
    fake_expect(f, "35=j|34=6|45=6|372=F|379=b|380=2|58=unknown instrument");
    fake_send(f, "35=G|34=7|41=a|11=b|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1.0001");
    fake_expect(f, "35=j|34=7|45=7|372=G|379=b|380=0|58=price is not a multiple of the tick");
    assert_int_equal(f->command_cnt, 0);
}

/* Every byte that a text field of an order can hold, in every such field: either the client is told
 * at once, or there is a command, and one that the sequencer takes (fix_fake checks it). Nothing
 * vanishes. */
static void
test_session_answers_an_order_whatever_bytes_its_texts_hold(void **state)
{
    static const char *const orders[] = {
        /* @: the byte */
        "35=D|11=a@b|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1",
        "35=F|41=a@b|11=c|55=BTC-EUR|54=1|60=NOW",
        "35=G|41=a|11=c@d|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1",
        "35=D|11=a|1=501@|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1",
        "35=D|11=a|55=BTC-EUR@|54=1|60=NOW|38=1|40=2|44=1",
        "35=F|41=a|11=b|37=4@|55=BTC-EUR|54=1|60=NOW",
        "35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1|58=@",
    };
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    int seq = 2;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        for (int byte = 2; byte < 256; byte++) { /* 1 ends a field */
            if (byte == '|')
                continue; /* and this one here */
            char text[160];
            snprintf(text, sizeof(text), "%s|34=%d", orders[i], seq++);
            *strchr(text, '@') = (char)byte;
            uint32_t commands = f->command_cnt;
            fake_send(f, text);
            bool printable = byte >= 0x20 && byte <= 0x7e;
            if (i < 3)
                assert_int_equal(f->command_cnt - commands, printable);
            assert_int_equal(fake_skip(f) + f->command_cnt - commands, 1);
        }
    }
}

static void
test_session_says_busy_when_the_port_is_full(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    f->core_silent = true;
    char text[256];
    uint64_t seq = 2;
    do {
        snprintf(text, sizeof(text), "35=D|34=%llu" ORDER, (unsigned long long)seq++);
        fake_send(f, text);
    } while (f->wire_bytes == 0 && seq < 100);
    fake_expect(f,
                "35=8|34=2|37=NONE|11=a|17=0|150=8|39=8|103=99|55=BTC-EUR|54=1|38=1|40=2|44=100.5"
                "|151=0|14=0|6=0|58=the venue is busy; try again");
    snprintf(text, sizeof(text), "35=F|34=%llu|41=a|11=b|55=BTC-EUR|54=1|60=NOW",
             (unsigned long long)seq);
    fake_send(f, text);
    snprintf(text, sizeof(text),
             "35=j|34=3|45=%llu|372=F|379=b|380=4|58=the venue is busy; try "
             "again",
             (unsigned long long)seq);
    fake_expect(f, text);
}

static void
test_session_takes_cancels_only_when_told_so(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    atomic_store(&f->port.shared->cancel_only, 1);
    fake_send(f, "35=D|34=2" ORDER);
    fake_expect(f, "35=8|34=2|37=NONE|11=a|17=0|150=8|39=8|103=2|55=BTC-EUR|54=1|38=1|40=2|44=100.5"
                   "|151=0|14=0|6=0|58=the venue takes cancels only");
    fake_send(f, "35=F|34=3|41=a|11=b|55=BTC-EUR|54=1|60=NOW");
    assert_int_equal(f->command_cnt, 1);
}

/* --- malformed messages: the exact answer to each, and the session lives --- */

struct malformed {
    const char *message, *answer;
};

static const struct malformed malformed_cases[] = {
    {"35=D|11=a|55=BTC-EUR|54=1|38=1|40=1", "371=60|372=D|373=1|58=required tag missing"},
    {"35=D|11=a|55=BTC-EUR|60=NOW|38=1|40=1", "371=54|372=D|373=1|58=required tag missing"},
    {"35=D|11=|55=BTC-EUR|54=1|60=NOW|38=1|40=1",
     "371=11|372=D|373=4|58=tag specified without a value"},
    {"35=D|11=\xc3\xa9-1|55=BTC-EUR|54=1|60=NOW|38=1|40=1",
     "371=11|372=D|373=6|58=ClOrdID: expected 1 to 36 characters of printable ASCII"},
    {"35=D|11=0123456789012345678901234567890123456|55=BTC-EUR|54=1|60=NOW|38=1|40=1",
     "371=11|372=D|373=6|58=ClOrdID: expected 1 to 36 characters of printable ASCII"},
    {"35=F|41=\xc3\xa9|11=a|55=BTC-EUR|54=1|60=NOW",
     "371=41|372=F|373=6|58=OrigClOrdID: expected 1 to 36 characters of printable ASCII"},
    {"35=G|41=a|11=a\x7f|55=BTC-EUR|54=1|60=NOW|38=1|40=2|44=1",
     "371=11|372=G|373=6|58=ClOrdID: expected 1 to 36 characters of printable ASCII"},
    {"35=D|11=a|55=BTC-EUR|54=3|60=NOW|38=1|40=1",
     "371=54|372=D|373=5|58=value is incorrect (out of range) for this tag"},
    {"35=D|11=a|55=BTC-EUR|54=12|60=NOW|38=1|40=1",
     "371=54|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=Z",
     "371=40|372=D|373=5|58=value is incorrect (out of range) for this tag"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=one|40=1",
     "371=38|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1e3|40=1",
     "371=38|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1.2.3|40=1",
     "371=38|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=2023-11-14|38=1|40=1",
     "371=60|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=20231332-22:13:20|38=1|40=1",
     "371=60|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|59=9",
     "371=59|372=D|373=5|58=value is incorrect (out of range) for this tag"},
    {"35=D|11=a|11=b|55=BTC-EUR|54=1|60=NOW|38=1|40=1",
     "371=11|372=D|373=13|58=tag appears more than once"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|18=6G",
     "371=18|372=D|373=6|58=incorrect data format for value"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|78=1",
     "371=78|372=D|373=2|58=tag not defined for this message type"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|1234=x", "371=1234|372=D|373=3|58=undefined tag"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|abc=x",
     "372=D|373=0|58=a tag is not a number from 1 to 99999"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|0=x",
     "372=D|373=0|58=a tag is not a number from 1 to 99999"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|nothing",
     "372=D|373=0|58=a tag is not a number from 1 to 99999"},
    {"35=D|11=a|55=BTC-EUR|54=1|60=NOW|38=1|40=1|43=X",
     "371=43|372=D|373=6|58=incorrect data format for value"},
    {"35=F|11=a|55=BTC-EUR|54=1|60=NOW", "371=41|372=F|373=1|58=required tag missing"},
    {"35=G|41=a|11=b|55=BTC-EUR|54=1|60=NOW|40=2|44=1",
     "371=38|372=G|373=1|58=required tag missing"},
    {"35=1", "371=112|372=1|373=1|58=required tag missing"},
    {"35=2|7=1", "371=16|372=2|373=1|58=required tag missing"},
    {"35=2|7=99999|16=0",
     "371=7|372=2|373=5|58=the range to resend holds no message that was sent"},
    {"35=2|7=2|16=1", "371=16|372=2|373=5|58=the range to resend holds no message that was sent"},
    {"35=4|123=Y", "371=36|372=4|373=1|58=required tag missing"},
    {"35=A|98=0|108=30", "372=A|373=99|58=the session is logged on already"},
    {"35=I|11=a", "372=I|373=11|58=invalid message type"},
    {"35=ZZZ|11=a", "372=ZZZ|373=11|58=invalid message type"},
};

enum { MALFORMED_CNT = sizeof(malformed_cases) / sizeof(malformed_cases[0]) };

static void
test_session_rejects_each_malformed_message_by_name(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    for (size_t i = 0; i < MALFORMED_CNT; i++) {
        char message[512], want[512];
        const char *rest = strchr(malformed_cases[i].message, '|');
        size_t type = rest == NULL ? strlen(malformed_cases[i].message)
                                   : (size_t)(rest - malformed_cases[i].message);
        snprintf(message, sizeof(message), "%.*s|34=%zu%s", (int)type, malformed_cases[i].message,
                 i + 2, rest == NULL ? "" : rest);
        fake_send(f, message);
        snprintf(want, sizeof(want), "35=3|34=%zu|45=%zu|%s", i + 2, i + 2,
                 malformed_cases[i].answer);
        fake_expect(f, want);
        fake_expect(f, "");
    }
    assert_int_equal(f->command_cnt, 0);
    assert_true(f->connected);
    char text[64];
    snprintf(text, sizeof(text), "35=1|34=%d|112=alive", MALFORMED_CNT + 2);
    fake_send(f, text);
    assert_int_equal(fake_skip(f), 1);
}

static void
test_session_rejects_known_types_that_it_does_not_take(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=V|34=2|262=x|263=1");
    fake_expect(f, "35=j|34=2|45=2|372=V|380=3|58=message type not taken by this venue");
    fake_send(f, "35=AD|34=3");
    fake_expect(f, "35=j|34=3|45=3|372=AD|380=3|58=message type not taken by this venue");
}

static void
test_session_ends_where_going_on_makes_no_sense(void **state)
{
    struct fake *f = *state;
    fake_logon(f, 1, 1);
    fake_send(f, "35=0");
    fake_expect(f, "35=5|34=2|58=MsgSeqNum (34) missing or not a positive number");
    fake_logon(f, 2, 3);
    fake_send(f, "35=0|34=3|49=OTHER");
    fake_expect(f, "35=3|34=4|45=3|371=49|372=0|373=9|58=SenderCompID is not that of the session");
    fake_expect(f, "35=5|34=5|58=CompID problem");
    fake_logon(f, 4, 6);
    fake_send(f, "35=0|34=5|56=OTHER");
    fake_expect(f, "35=3|34=7|45=5|371=56|372=0|373=9|58=TargetCompID is not this venue's");
    fake_expect(f, "35=5|34=8|58=CompID problem");
    fake_logon(f, 6, 9);
    fake_send(f, "35=0|34=7|52=20231114-22:10:00.000");
    fake_expect(f, "35=3|34=10|45=7|371=52|372=0|373=10|58=SendingTime accuracy problem");
    fake_expect(f, "35=5|34=11|58=SendingTime accuracy problem");
    fake_expect(f, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_session_answers_a_logon_when_the_numbers_are_durable),
        TEST(test_session_refuses_a_logon_that_is_wrong),
        TEST(test_session_refuses_a_logon_that_is_too_low),
        TEST(test_session_accepts_a_logon_above_and_asks_for_the_gap),
        TEST(test_session_resets_numbers_on_request),
        TEST(test_session_sends_what_789_says_is_missing),
        TEST(test_session_beats_tests_and_gives_up),
        TEST(test_session_answers_a_test_request),
        TEST(test_session_answers_a_logout_and_ends),
        TEST(test_session_asks_for_the_end_and_waits),
        TEST(test_session_ends_when_a_number_is_too_low),
        TEST(test_session_ignores_a_possible_duplicate_that_it_has),
        TEST(test_session_takes_a_resent_order_as_possible_resend),
        TEST(test_session_wants_the_times_of_a_possible_duplicate),
        TEST(test_session_follows_a_sequence_reset),
        TEST(test_session_asks_again_for_a_gap_that_stays),
        TEST(test_session_turns_an_order_into_a_command),
        TEST(test_session_reports_acceptance_and_fills),
        TEST(test_session_reports_cancel_replace_and_their_refusals),
        TEST(test_session_refuses_orders_that_a_command_cannot_hold),
        TEST(test_session_answers_an_order_whatever_bytes_its_texts_hold),
        TEST(test_session_says_busy_when_the_port_is_full),
        TEST(test_session_takes_cancels_only_when_told_so),
        TEST(test_session_rejects_each_malformed_message_by_name),
        TEST(test_session_rejects_known_types_that_it_does_not_take),
        TEST(test_session_ends_where_going_on_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
