#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_order.h"
#include "gateway/fix/fix_report.h"
#include "tests/unit/gateway/fix/fix_text.h"

/* Quotes: MassQuote (i) and QuoteCancel (Z) to commands, events to MassQuoteAcknowledgement (b) and
 * QuoteStatusReport (AI). */

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

static enum reason
mass_quote(const char *fields, struct command_mass_quote *out)
{
    struct fix_checked checked;
    assert_int_equal(fix_text_check("i", fields, &checked), 0);
    return fix_order_mass_quote(&checked, instruments, &config, out);
}

static void
test_mass_quote_of_two_sets_becomes_a_command(void **state)
{
    (void)state;
    struct command_mass_quote q;
    assert_int_equal(mass_quote("117=q1|301=2|18=6|9773=Y|296=2|"
                                "302=1|304=2|295=2|"
                                "299=e1|55=ABC|132=99.5|133=100.25|134=3|135=4|"
                                "299=e2|55=XYZ|133=7|135=2|"
                                "302=9|304=1|295=1|299=e3|55=ABC|132=1|134=1|",
                                &q),
                     0);
    assert_int_equal(q.cmd.rec.type, COMMAND_MASS_QUOTE);
    assert_int_equal(q.cmd.account_id, 7);
    assert_memory_equal(q.cmd.id.text, "q1", 3);
    assert_int_equal(q.reset, 1);
    assert_int_equal(q.exec_inst, EXEC_POST_ONLY);
    assert_int_equal(q.entry_cnt, 3);
    assert_int_equal(q.entries[0].instrument_id, 5);
    assert_int_equal(q.entries[0].set_id, 1);
    assert_int_equal(q.entries[0].bid_price_units, 9950);
    assert_int_equal(q.entries[0].ask_price_units, 10025);
    assert_int_equal(q.entries[0].bid_qty_lots, 3);
    assert_int_equal(q.entries[0].ask_qty_lots, 4);
    assert_string_equal(q.entries[0].entry_id, "e1");
    assert_int_equal(q.entries[1].instrument_id, 6);
    assert_int_equal(q.entries[1].bid_qty_lots, 0);
    assert_int_equal(q.entries[1].ask_price_units, 700);
    assert_int_equal(q.entries[2].set_id, 9);
    assert_int_equal(q.entries[3].instrument_id, 0);
}

/* Which the engine refuses: the other entries stand. */
static void
test_entry_that_cannot_be_is_left_to_the_engine(void **state)
{
    (void)state;
    struct command_mass_quote q;
    assert_int_equal(mass_quote("117=q1|296=1|302=1|304=3|295=3|"
                                "299=e1|55=NONE|132=1|134=1|"
                                "299=e2|55=ABC|132=1.001|134=1.05|"
                                "299=e3|55=XYZ|132=1|134=1|",
                                &q),
                     0);
    assert_int_equal(q.entries[0].instrument_id, 0);
    assert_int_equal(q.entries[0].bid_qty_lots, 1);
    assert_int_equal(q.entries[1].bid_price_units, -1);
    assert_int_equal(q.entries[1].bid_qty_lots, -1);
    assert_int_equal(q.entries[2].bid_price_units, 100);
}

static void
test_groups_that_do_not_add_up_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "117=q|296=2|302=1|304=1|295=1|299=e|55=ABC|",                 /* one set, not two */
        "117=q|296=1|302=1|304=2|295=2|299=e|55=ABC|",                 /* one entry, not two */
        "117=q|296=1|302=1|304=1|295=1|299=e|55=ABC|299=f|55=XYZ|",    /* two, not one */
        "117=q|296=1|302=1|304=1|132=5|295=1|299=e|55=ABC|",           /* a price of no entry */
        "117=q|296=1|302=1|304=1|295=1|299=e|55=ABC|55=XYZ|",          /* two symbols */
        "117=q|296=1|302=1|304=1|295=1|299=e|55=NONE|55=XYZ|",         /* the same, one unknown */
        "117=q|296=1|302=1|304=1|295=1|299=12345678901234567|55=ABC|", /* an id too long */
        "117=q|296=1|302=1|304=1|295=1|299=e|134=500|55=ABC|132=9|",   /* lots of what? */
        "117=q|296=1|302=1|304=1|295=1|299=e|133=9|55=ABC|135=5|",     /* a price of what? */
        "117=q|296=1|302=1|304=2|295=2|299=e|55=ABC|299=f|134=5|",     /* not of the one before */
        "117=q|296=1|302=1|304=1|295=1|299=e|55=ABC|132=9|132=8|",     /* two bids */
        "117=q|296=1|302=1|304=1|295=1|299=e|55=NONE|135=5|135=6|"};   /* two sizes */
    struct command_mass_quote q;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(mass_quote(wrong[i], &q), REASON_BAD_FIELD);
    char seven[512] = "117=q|296=1|302=1|304=7|295=7|";
    for (int i = 0; i < 7; i++)
        (void)snprintf(seven + strlen(seven), 32, "299=e%d|55=ABC|", i);
    assert_int_equal(mass_quote(seven, &q), REASON_BAD_FIELD); /* one more than fits */
}

static void
test_only_what_is_in_groups_comes_again(void **state)
{
    (void)state;
    struct fix_checked checked;
    assert_int_equal(
        fix_text_check("i", "117=q|117=q|296=1|302=1|304=1|295=1|299=e|55=ABC|", &checked), 117);
    assert_int_equal(fix_text_check("i", "117=q|302=1|304=1|295=1|299=e|55=ABC|", &checked), 296);
    assert_int_equal(fix_text_check("D", "11=x|55=ABC|55=XYZ|", &checked), 55);
    assert_int_equal(fix_text_check("Z", "117=q|298=3|", &checked), 298);
}

/* It becomes the client id of orders: in any entry. */
static void
test_entry_id_is_printable_ascii(void **state)
{
    (void)state;
    struct fix_checked checked;
    static const char *const wrong[] = {"\x7f", "e\x80", "\xc3\xa9", "\xff", "e\x1f"};
    char fields[128];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(fields, sizeof fields,
                       "117=q|296=1|302=1|304=2|295=2|299=e|55=ABC|299=%s|55=XYZ|", wrong[i]);
        assert_int_equal(fix_text_check("i", fields, &checked), 299);
    }
    assert_int_equal(fix_text_check("i", "117=q|296=1|302=1|304=1|295=1|299=! ~|55=ABC|", &checked),
                     0);
}

static void
test_quote_cancel_is_of_a_symbol_or_of_all(void **state)
{
    (void)state;
    struct fix_checked checked;
    struct command_mass_cancel c;
    assert_int_equal(fix_text_check("Z", "117=q|298=1|295=1|55=XYZ|", &checked), 0);
    assert_int_equal(fix_order_quote_cancel(&checked, instruments, &config, &c), 0);
    assert_int_equal(c.cmd.rec.type, COMMAND_QUOTE_CANCEL);
    assert_int_equal(c.instrument_id, 6);
    assert_int_equal(fix_text_check("Z", "117=q|298=4|", &checked), 0);
    assert_int_equal(fix_order_quote_cancel(&checked, instruments, &config, &c), 0);
    assert_int_equal(c.instrument_id, 0);
    assert_int_equal(fix_text_check("Z", "117=q|298=4|55=XYZ|", &checked), 0);
    assert_int_equal(fix_order_quote_cancel(&checked, instruments, &config, &c), REASON_BAD_FIELD);
    assert_int_equal(fix_text_check("Z", "117=q|298=1|", &checked), 0);
    assert_int_equal(fix_order_quote_cancel(&checked, instruments, &config, &c),
                     REASON_UNKNOWN_INSTRUMENT);
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

static void
test_acknowledgement_tells_of_each_side_that_fared_otherwise(void **state)
{
    (void)state;
    struct event_mass_quote e = {.account_id = 7, .entry_cnt = 3, .id = id_of("q1")};
    e.ev.rec.type = EVENT_MASS_QUOTE;
    e.entries[0] = (struct quote_answer){.instrument_id = 5,
                                         .set_id = 1,
                                         .bid_status = QUOTE_ACCEPTED,
                                         .ask_status = QUOTE_ACCEPTED,
                                         .entry_id = "e1"};
    e.entries[1] = (struct quote_answer){.instrument_id = 6,
                                         .set_id = 1,
                                         .bid_status = QUOTE_REFUSED,
                                         .bid_reason = REASON_BAD_PRICE,
                                         .ask_status = QUOTE_REMOVED,
                                         .ask_reason = REASON_MAX_ORDER_QTY,
                                         .entry_id = "e2"};
    e.entries[2] = (struct quote_answer){.set_id = 2,
                                         .bid_status = QUOTE_REFUSED,
                                         .bid_reason = REASON_UNKNOWN_INSTRUMENT,
                                         .ask_status = QUOTE_REFUSED,
                                         .ask_reason = REASON_UNKNOWN_INSTRUMENT,
                                         .entry_id = "e3"};
    assert_string_equal(fix_report_type(&e.ev, false), "b");
    assert_string_equal(report(&e.ev), "117=q1|297=0|1=7|296=2|"
                                       "302=1|304=3|295=3|"
                                       "299=e1|55=ABC|1167=0|"
                                       "299=e2|55=XYZ|54=1|1167=5|368=8|"
                                       "299=e2|55=XYZ|54=2|1167=6|368=3|"
                                       "302=2|304=1|295=1|"
                                       "299=e3|55=[N/A]|1167=5|368=1|");
}

static void
test_refused_messages_and_cancels_have_their_reports(void **state)
{
    (void)state;
    struct event_reject r = {.command_type = COMMAND_MASS_QUOTE,
                             .account_id = 7,
                             .reason = REASON_QUOTE_RESENT,
                             .id = id_of("q1")};
    r.ev.rec.type = EVENT_COMMAND_RESULT;
    assert_string_equal(fix_report_type(&r.ev, false), "b");
    assert_string_equal(report(&r.ev), "117=q1|297=5|300=4|1=7|"
                                       "58=a quote that may have been sent before is out of date|");
    struct event_cancel_report c = {.command_type = COMMAND_QUOTE_CANCEL,
                                    .account_id = 7,
                                    .instrument_id = 5,
                                    .id = id_of("c1")};
    c.ev.rec.type = EVENT_CANCEL_REPORT;
    assert_string_equal(fix_report_type(&c.ev, false), "AI");
    assert_memory_equal(report(&c.ev), "117=c1|297=1|1=7|55=ABC|60=", 27);
    r.command_type = COMMAND_QUOTE_CANCEL;
    r.order_id = r.ev.cmd_seq = 40; /* taken: its report follows */
    assert_null(fix_report_type(&r.ev, false));
    r.order_id = 0;
    assert_string_equal(fix_report_type(&r.ev, false), "AI");
    assert_memory_equal(report(&r.ev), "117=q1|297=5|1=7|55=[N/A]|60=", 29);
}

/* What the acknowledgement has told is not told again. */
static void
test_sides_are_reported_where_the_maker_did_not_ask(void **state)
{
    (void)state;
    struct event_order o = {.exec_inst = EXEC_QUOTE, .reason = REASON_BY_CLIENT, .client_seq = 12};
    o.ev.rec.type = EVENT_ORDER_ACCEPTED;
    assert_null(fix_report_type(&o.ev, false));
    o.ev.rec.type = EVENT_ORDER_CANCELED;
    assert_null(fix_report_type(&o.ev, false));
    o.client_seq = 0; /* by another session of the account */
    assert_string_equal(fix_report_type(&o.ev, false), "8");
    o.client_seq = 12;
    o.orig = id_of("e1"); /* it was canceled by its number */
    assert_string_equal(fix_report_type(&o.ev, false), "8");
    o.orig.length = 0;
    o.reason = REASON_MAKER_PROTECTION;
    assert_string_equal(fix_report_type(&o.ev, false), "8");
    o.exec_inst = 0;
    o.reason = REASON_BY_CLIENT;
    assert_string_equal(fix_report_type(&o.ev, false), "8");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mass_quote_of_two_sets_becomes_a_command),
        cmocka_unit_test(test_entry_that_cannot_be_is_left_to_the_engine),
        cmocka_unit_test(test_groups_that_do_not_add_up_are_refused),
        cmocka_unit_test(test_only_what_is_in_groups_comes_again),
        cmocka_unit_test(test_entry_id_is_printable_ascii),
        cmocka_unit_test(test_quote_cancel_is_of_a_symbol_or_of_all),
        cmocka_unit_test(test_acknowledgement_tells_of_each_side_that_fared_otherwise),
        cmocka_unit_test(test_refused_messages_and_cancels_have_their_reports),
        cmocka_unit_test(test_sides_are_reported_where_the_maker_did_not_ask),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}
