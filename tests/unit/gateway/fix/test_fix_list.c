#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_list.h"
#include "gateway/fix/fix_report.h"
#include "tests/unit/gateway/fix/fix_text.h"

/* Two orders at once: NewOrderList (E) to a command, events and refusals to ListStatus (N). */

static struct fix_instruments *instruments;
static const struct fix_session_config config = {.session_id = 1, .account_id = 7};

static int
learn(void **state)
{
    (void)state;
    instruments = fix_text_instruments();
    return 0;
}

static int
forget(void **state)
{
    (void)state;
    fix_instruments_free(instruments);
    return 0;
}

#define HEAD  "66=L1|394=3|68=2|"
#define OCO   "1385=1|73=2|"
#define FIRST "11=a|67=1|55=ABC|54=2|38=3|40=2|44=99.5|59=1|"
#define NEXT  "11=b|67=2|55=ABC|54=2|60=20260101-10:00:00|38=4|40=3|99=90|18=Q|"

static enum reason
list(const char *fields, struct command_order_list *out)
{
    struct fix_checked checked;
    assert_int_equal(fix_text_check("E", fields, &checked), 0);
    return fix_list_new(&checked, instruments, &config, out);
}

static void
test_list_of_two_becomes_one_command(void **state)
{
    (void)state;
    struct command_order_list c;
    assert_int_equal(list(HEAD OCO FIRST NEXT "97=Y|", &c), 0);
    assert_int_equal(c.first.cmd.rec.type, COMMAND_ORDER_LIST);
    assert_int_equal(c.first.cmd.rec.length_bytes, sizeof(c));
    assert_int_equal(c.first.cmd.flags, COMMAND_POSSIBLE_RESEND);
    assert_int_equal(c.first.cmd.account_id, 7);
    assert_string_equal(c.list_id.text, "L1");
    assert_string_equal(c.first.cmd.id.text, "a");
    assert_string_equal(c.second_id.text, "b");
    assert_int_equal(c.first.price_units, 9950);
    assert_int_equal(c.first.qty_lots, 3);
    assert_int_equal(c.first.time_in_force, TIF_GTC);
    assert_int_equal(c.first.exec_inst, 0);
    assert_int_equal(c.second.instrument_id, 5);
    assert_int_equal(c.second.side, SIDE_SELL);
    assert_int_equal(c.second.ord_type, ORD_STOP);
    assert_int_equal(c.second.time_in_force, TIF_DAY);
    assert_int_equal(c.second.stop_units, 9000);
    assert_int_equal(c.second.price_units, 0);
    assert_int_equal(c.second.qty_lots, 4);
    assert_int_equal(c.second.exec_inst, EXEC_CANCEL_ON_DISCONNECT);
    assert_int_equal(list(HEAD "69=OCO|433=1|73=2|" FIRST NEXT, &c), 0); /* as FIX 4.4 says it */
}

static void
test_list_that_is_no_pair_is_refused(void **state)
{
    (void)state;
    struct command_order_list c;
    struct fix_checked m;
    assert_int_equal(list(HEAD "73=2|" FIRST NEXT, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD "69=OSO|73=2|" FIRST NEXT, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD "69=OSO|" OCO FIRST NEXT, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST NEXT "11=c|", &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO "38=1|" FIRST NEXT, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST "38=3|" NEXT, &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST "11=b|67=2|55=ABC|54=2|40=2|44=1|", &c), REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST "11=b|67=1|55=ABC|54=2|38=1|40=2|44=1|", &c),
                     REASON_BAD_FIELD);
    assert_int_equal(list(HEAD OCO FIRST "11=b|67=2|55=NO|54=2|38=1|40=2|44=1|", &c),
                     REASON_UNKNOWN_INSTRUMENT);
    assert_int_equal(fix_text_check("E", "66=L|394=1|68=2|" OCO FIRST NEXT, &m), 394);
    assert_int_equal(fix_text_check("E", "66=L|394=3|68=3|" OCO FIRST NEXT, &m), 68);
    assert_int_equal(fix_text_check("E", HEAD "1385=2|73=2|" FIRST NEXT, &m), 1385);
    assert_int_equal(fix_text_check("E", "394=3|68=2|" OCO FIRST NEXT, &m), 66);
    assert_int_equal(fix_text_check("E", HEAD "66=L|" OCO FIRST NEXT, &m), 66);
    assert_int_equal(fix_text_check("E", HEAD OCO FIRST NEXT "583=x|", &m), 583);
}

/* The body of the report of this event, with '|' for the separator. */
static const char *
report(const struct event *ev)
{
    static char text[FIX_OUT_MAX];
    struct fix_time_cache clock = {0};
    struct fix_writer w = {.base = text, .at = text, .limit = text + sizeof(text)};
    const struct fix_report_context x = {
        .instruments = instruments, .config = &config, .clock = &clock};
    fix_report_event(&w, ev, false, &x);
    *w.at = '\0';
    for (char *at = text; at < w.at; at++)
        *at = *at == FIX_SOH ? '|' : *at;
    return text;
}

static struct client_id
id_of(const char *text)
{
    struct client_id id = {.length = (uint8_t)strlen(text)};
    memcpy(id.text, text, id.length);
    return id;
}

static struct event_order_list
taken(void)
{
    struct event_order_list e = {.account_id = 7, .instrument_id = 5, .list_id = id_of("L1")};
    e.ev.rec.type = EVENT_ORDER_LIST;
    e.ev.time_ns = (int64_t)1767261600 * 1000000000;
    e.orders[0] = (struct list_order){
        .order_id = 1, .status = ORD_STATUS_NEW, .qty_lots = 3, .leaves_lots = 3, .id = id_of("a")};
    e.orders[1] = (struct list_order){.order_id = 2,
                                      .status = ORD_STATUS_PARKED,
                                      .qty_lots = 4,
                                      .leaves_lots = 4,
                                      .id = id_of("b")};
    return e;
}

static void
test_status_of_a_list_that_is_taken(void **state)
{
    (void)state;
    struct event_order_list e = taken();
    assert_string_equal(fix_report_type(&e.ev, false), "N");
    assert_string_equal(report(&e.ev), "66=L1|429=1|82=1|431=3|83=1|60=20260101-10:00:00.000|"
                                       "68=2|73=2|11=a|14=0|39=0|151=3|84=0|6=0|"
                                       "11=b|14=0|39=9|151=4|84=0|6=0|");
    /* One that came before, and is over: 2 of 3 were filled at 99.5. */
    e.orders[0].status = ORD_STATUS_CANCELED;
    e.orders[1].status = ORD_STATUS_CANCELED;
    e.orders[0].leaves_lots = e.orders[1].leaves_lots = 0;
    e.orders[0].cum_lots = 2;
    e.orders[0].cum_cost = 19900;
    assert_string_equal(report(&e.ev), "66=L1|429=1|82=1|431=6|83=1|60=20260101-10:00:00.000|"
                                       "68=2|73=2|11=a|14=2|39=4|151=0|84=1|6=99.5|"
                                       "11=b|14=0|39=4|151=0|84=4|6=0|");
}

static void
test_status_of_a_list_that_is_refused(void **state)
{
    (void)state;
    struct event_order_list e = taken();
    e.refused = 2;
    for (int i = 0; i < 2; i++) {
        e.orders[i].status = ORD_STATUS_REJECTED;
        e.orders[i].leaves_lots = 0;
        e.orders[i].reason = i == 0 ? REASON_LIST : REASON_DUPLICATE_ID;
    }
    assert_string_equal(
        report(&e.ev),
        "66=L1|429=1|82=1|431=7|83=1|1386=6|444=client id used before with other content|"
        "60=20260101-10:00:00.000|68=2|73=2|"
        "11=a|14=0|39=8|151=0|84=0|6=0|103=99|58=another order of its list was refused|"
        "11=b|14=0|39=8|151=0|84=0|6=0|103=6|58=client id used before with other content|");
}

static void
refusal(const char *fields, enum reason reason, struct event_order_list *e)
{
    struct fix_checked checked;
    assert_int_equal(fix_text_check("E", fields, &checked), 0);
    assert_true(fix_list_refused(&checked, instruments, &config, reason, e));
    assert_string_equal(e->list_id.text, "L1");
    assert_string_equal(e->orders[0].id.text, "a");
    assert_string_equal(e->orders[1].id.text, "b");
}

static void
test_list_that_is_not_sequenced_has_its_status(void **state)
{
    (void)state;
    struct event_order_list e;
    struct fix_checked m;
    refusal(HEAD OCO FIRST NEXT, REASON_BUSY, &e);
    assert_int_equal(e.orders[0].reason, REASON_BUSY);
    assert_int_equal(e.orders[1].reason, REASON_BUSY);
    refusal(HEAD OCO FIRST "11=b|67=2|55=NO|54=2|38=1|40=2|44=1|", REASON_UNKNOWN_INSTRUMENT, &e);
    assert_int_equal(e.refused, 2);
    assert_int_equal(e.orders[0].reason, REASON_LIST);
    assert_int_equal(e.orders[1].reason, REASON_UNKNOWN_INSTRUMENT);
    refusal(HEAD "73=2|" FIRST NEXT, REASON_BAD_FIELD, &e);
    assert_int_equal(e.refused, 1);
    assert_int_equal(e.orders[1].reason, REASON_BAD_FIELD);
    assert_int_equal(fix_text_check("E", HEAD OCO FIRST, &m),
                     0); /* one order: nothing to tell of */
    assert_false(fix_list_refused(&m, instruments, &config, REASON_BAD_FIELD, &e));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_of_two_becomes_one_command),
        cmocka_unit_test(test_list_that_is_no_pair_is_refused),
        cmocka_unit_test(test_status_of_a_list_that_is_taken),
        cmocka_unit_test(test_status_of_a_list_that_is_refused),
        cmocka_unit_test(test_list_that_is_not_sequenced_has_its_status),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}
