#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/fix/fix_order.h"
#include "gateway/fix/fix_report.h"
#include "tests/unit/gateway/fix/fix_text.h"

/* Order types beyond limit and market: what D says of them, and what 8 says back. */

static struct fix_instruments *instruments;
static const struct fix_session_config config = {.session_id = 1, .account_id = 7};

static int
learn(void **state)
{
    (void)state;
    struct event_instrument e = {.instrument_id = 5,
                                 .price_scale = 2,
                                 .lot_units = 10,
                                 .asset_scale = 1,
                                 .currency_scale = 2};
    memcpy(e.symbol, "ABC", 3);
    instruments = fix_instruments_new(4);
    assert_non_null(instruments);
    assert_true(fix_instruments_learn(instruments, &e));
    return 0;
}

static int
forget(void **state)
{
    (void)state;
    fix_instruments_free(instruments);
    return 0;
}

/* With the fields that all of them have. */
static void
read_message(const char *type, const char *fields, struct fix_checked *checked)
{
    char all[384];
    (void)snprintf(all, sizeof(all), "11=x|60=20260101-10:00:00|%s", fields);
    uint32_t tag = fix_text_check(type, all, checked);
    if (tag != 0)
        fail_msg("%s: tag %u", fields, tag);
}

/* The command of a NewOrderSingle with these fields behind the usual. */
static enum reason
linked_order(const char *fields, struct command_order_linked *out)
{
    char all[256];
    struct fix_checked checked;
    (void)snprintf(all, sizeof(all), "55=ABC|54=1|38=3|%s", fields);
    read_message("D", all, &checked);
    return fix_order_new(&checked, instruments, &config, out);
}

/* The same of an order that is linked with none. */
static enum reason
order(const char *fields, struct command_order_new *out)
{
    struct command_order_linked linked;
    enum reason no = linked_order(fields, &linked);
    *out = linked.order;
    return no;
}

static enum reason
mass_cancel(const char *fields, struct command_mass_cancel *out)
{
    struct fix_checked checked;
    read_message("q", fields, &checked);
    return fix_order_mass_cancel(&checked, instruments, &config, out);
}

static void
test_mass_cancel_is_of_a_symbol_or_of_all(void **state)
{
    (void)state;
    struct command_mass_cancel c;
    assert_int_equal(mass_cancel("530=1|55=ABC|54=2|", &c), 0);
    assert_int_equal(c.cmd.rec.type, COMMAND_MASS_CANCEL);
    assert_int_equal(c.instrument_id, 5);
    assert_int_equal(c.side, SIDE_SELL);
    assert_memory_equal(c.cmd.id.text, "x", 2);
    assert_int_equal(mass_cancel("530=7|", &c), 0);
    assert_int_equal(c.instrument_id, 0);
    assert_int_equal(c.side, 0);
    assert_int_equal(mass_cancel("530=1|", &c), REASON_UNKNOWN_INSTRUMENT);
    assert_int_equal(mass_cancel("530=1|55=NONE|", &c), REASON_UNKNOWN_INSTRUMENT);
    assert_int_equal(mass_cancel("530=7|55=ABC|", &c), REASON_BAD_FIELD);
    assert_int_equal(mass_cancel("530=7|1=nobody|", &c), REASON_UNKNOWN_ACCOUNT);
}

static void
test_stop_limit_till_a_date_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_new o;
    assert_int_equal(order("40=4|44=11.5|99=11|59=6|126=20260102-00:00:00.500|", &o), 0);
    assert_int_equal(o.ord_type, ORD_STOP_LIMIT);
    assert_int_equal(o.price_units, 1150);
    assert_int_equal(o.stop_units, 1100);
    assert_int_equal(o.time_in_force, TIF_GTD);
    assert_int_equal(o.expire_ns, 1767312000500000000); /* date -u -d 2026-01-02 +%s */
    assert_int_equal(o.qty_lots, 3);
    assert_int_equal(order("40=3|99=11.001|", &o), REASON_PRICE_OFF_TICK);
    assert_int_equal(order("40=3|99=11|59=1|", &o), 0);
    assert_int_equal(o.ord_type, ORD_STOP);
    assert_int_equal(o.time_in_force, TIF_GTC);
    assert_int_equal(o.price_units, 0);
    assert_int_equal(order("40=K|", &o), 0);
    assert_int_equal(o.ord_type, ORD_MARKET_TO_LIMIT);
}

static void
test_trailing_stop_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_new o;
    assert_int_equal(order("40=P|18=a|211=-0.5|", &o), 0);
    assert_int_equal(o.ord_type, ORD_TRAILING_STOP);
    assert_int_equal(o.peg_offset_units, -50);
    assert_int_equal(o.stop_units, 0);
    assert_int_equal(order("40=P|18=Q a|44=12|99=11|211=0.5|", &o), 0);
    assert_int_equal(o.ord_type, ORD_TRAILING_STOP_LIMIT);
    assert_int_equal(o.price_units, 1200);
    assert_int_equal(o.stop_units, 1100);
    assert_int_equal(o.peg_offset_units, 50);
    assert_int_equal(o.exec_inst, EXEC_CANCEL_ON_DISCONNECT);
    assert_int_equal(order("40=P|211=0.5|", &o), 0);
    assert_int_equal(o.ord_type, ORD_PEGGED); /* which the core refuses */
    assert_int_equal(order("40=P|18=a|211=0.001|", &o), REASON_PRICE_OFF_TICK);
    assert_int_equal(order("40=P|18=a|211=-30000000|", &o), REASON_TOO_LARGE);
}

static void
test_linked_order_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_linked c;
    assert_int_equal(linked_order("40=2|44=11.5|583=first|1385=1|", &c), 0);
    assert_int_equal(c.order.cmd.rec.type, COMMAND_ORDER_LINKED);
    assert_int_equal(c.order.cmd.rec.length_bytes, sizeof(c));
    assert_int_equal(c.order.price_units, 1150);
    assert_int_equal(c.other.length, 5);
    assert_memory_equal(c.other.text, "first", 6);
    assert_int_equal(linked_order("40=2|44=11.5|", &c), 0);
    assert_int_equal(c.order.cmd.rec.type, COMMAND_ORDER_NEW);
    assert_int_equal(linked_order("40=2|44=11.5|583=first|", &c), REASON_BAD_FIELD);
    assert_int_equal(linked_order("40=2|44=11.5|1385=1|", &c), REASON_BAD_FIELD);
}

static void
test_peg_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_new o;
    assert_int_equal(order("40=P|18=R|44=11.5|211=-0.02|", &o), 0);
    assert_int_equal(o.ord_type, ORD_PEGGED);
    assert_int_equal(o.exec_inst, EXEC_PEG_PRIMARY);
    assert_int_equal(o.price_units, 1150);
    assert_int_equal(o.peg_offset_units, -2);
    assert_int_equal(order("40=P|18=M Q|", &o), 0);
    assert_int_equal(o.exec_inst, EXEC_PEG_MIDPOINT | EXEC_CANCEL_ON_DISCONNECT);
    assert_int_equal(o.price_units, 0);
    assert_int_equal(o.peg_offset_units, 0);
    assert_int_equal(order("40=P|18=R|211=0.001|", &o), REASON_PRICE_OFF_TICK);
}

static void
test_all_or_none_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_new o;
    assert_int_equal(order("40=2|44=11.5|18=G|", &o), 0);
    assert_int_equal(o.exec_inst, EXEC_ALL_OR_NONE);
    assert_int_equal(order("40=2|44=11.5|18=Q G|", &o), 0);
    assert_int_equal(o.exec_inst, EXEC_ALL_OR_NONE | EXEC_CANCEL_ON_DISCONNECT);
}

static void
test_iceberg_becomes_a_command(void **state)
{
    (void)state;
    struct command_order_new o;
    assert_int_equal(order("40=2|44=11.5|111=2|", &o), 0);
    assert_int_equal(o.display_lots, 2);
    assert_int_equal(o.display_range, 0);
    assert_int_equal(order("40=2|44=11.5|1138=2|1084=3|", &o), 0);
    assert_int_equal(o.display_lots, 2);
    assert_int_equal(o.display_range, FIX_DISPLAY_RANGE);
    assert_int_equal(order("40=2|44=11.5|1138=1|1084=1|", &o), 0);
    assert_int_equal(o.display_range, 0);
    assert_int_equal(order("40=2|44=11.5|111=0.00001|", &o), REASON_QTY_OFF_LOT);
}

/* The report of an event, with '|' for the separator. */
static const char *
report(const struct event *e)
{
    static char out[FIX_OUT_MAX];
    struct fix_time_cache clock = {0};
    struct fix_header h = {.comp_ids = "", .seq = 1, .clock = &clock};
    struct fix_report_context x = {.instruments = instruments, .config = &config, .clock = &clock};
    struct fix_writer w;
    const char *type = fix_report_type(e, false);
    assert_non_null(type);
    fix_write_begin(&w, out, type, &h);
    fix_report_event(&w, e, false, &x);
    size_t bytes = fix_write_end(&w);
    for (size_t i = 0; i < bytes; i++)
        w.base[i] = w.base[i] == FIX_SOH ? '|' : w.base[i];
    w.base[bytes] = '\0';
    return w.base;
}

static void
assert_says(const char *text, const char *fields)
{
    if (strstr(text, fields) == NULL)
        fail_msg("expected %s in %s", fields, text);
}

static void
test_report_tells_what_is_shown_and_what_a_peg_follows(void **state)
{
    (void)state;
    struct event_order e = {.order_id = 9,
                            .account_id = 7,
                            .instrument_id = 5,
                            .side = SIDE_SELL,
                            .ord_type = ORD_LIMIT,
                            .time_in_force = TIF_DAY,
                            .status = ORD_STATUS_NEW,
                            .price_units = 1150,
                            .qty_lots = 30,
                            .leaves_lots = 30,
                            .display_lots = 4};
    e.ev.rec.type = EVENT_ORDER_ACCEPTED;
    assert_says(report(&e.ev), "|59=0|111=4|151=30|");
    e.exec_inst = EXEC_ALL_OR_NONE;
    assert_says(report(&e.ev), "|59=0|111=4|18=G|151=30|");
    e.exec_inst = 0;
    e.display_lots = 0;
    e.ord_type = ORD_PEGGED;
    e.exec_inst = EXEC_PEG_PRIMARY;
    e.peg_offset_units = -2;
    assert_says(report(&e.ev), "|40=P|44=11.5|59=0|18=R|211=-0.02|151=");
    e.exec_inst = EXEC_PEG_MIDPOINT;
    e.peg_offset_units = 0;
    assert_says(report(&e.ev), "|59=0|18=M|151=");
    e.ord_type = ORD_TRAILING_STOP;
    e.exec_inst = 0;
    e.peg_offset_units = 25;
    e.ev.rec.type = EVENT_ORDER_STATUS;
    assert_says(report(&e.ev), "|150=I|");
    assert_says(report(&e.ev), "|40=P|44=11.5|59=0|18=a|211=0.25|151=");
}

static void
test_triggered_stop_is_restated_with_its_new_type(void **state)
{
    (void)state;
    struct event_order e = {.order_id = 9,
                            .account_id = 7,
                            .instrument_id = 5,
                            .side = SIDE_BUY,
                            .ord_type = ORD_STOP_LIMIT,
                            .time_in_force = TIF_GTD,
                            .status = ORD_STATUS_NEW,
                            .price_units = 1150,
                            .stop_units = 1100,
                            .expire_ns = 1767312000500000000,
                            .qty_lots = 3,
                            .leaves_lots = 3};
    e.ev.rec.type = EVENT_ORDER_ACCEPTED;
    const char *text = report(&e.ev);
    assert_says(text, "|150=0|39=0|");
    assert_says(text, "|40=4|44=11.5|59=6|99=11|126=20260102-00:00:00.500|");
    e.ev.rec.type = EVENT_ORDER_TRIGGERED;
    e.ord_type = ORD_LIMIT;
    text = report(&e.ev);
    assert_says(text, "|150=D|39=0|378=8|");
    assert_says(text, "|40=2|44=11.5|59=6|99=11|");
    e.ev.rec.type = EVENT_ORDER_REDUCED;
    e.reason = REASON_SELF_TRADE;
    e.qty_lots = e.leaves_lots = 2;
    text = report(&e.ev);
    assert_says(text, "|150=D|39=0|378=5|");
    assert_says(text, "|58=would trade with the same owner|");
    e.ev.rec.type = EVENT_ORDER_CANCELED;
    e.status = ORD_STATUS_EXPIRED;
    e.reason = REASON_GOOD_TILL_DATE;
    assert_says(report(&e.ev), "|150=C|39=C|");
}

/* The result, unless the report follows it; then that. */
static void
test_mass_cancel_is_reported_once(void **state)
{
    (void)state;
    struct event_reject r = {.command_type = COMMAND_MASS_CANCEL, .order_id = 40, .account_id = 7};
    r.ev.rec.type = EVENT_COMMAND_RESULT;
    r.ev.cmd_seq = 40;
    assert_null(fix_report_type(&r.ev, false)); /* accepted */
    r.ev.cmd_seq = 41;
    assert_says(report(&r.ev), "|35=r|");
    assert_says(report(&r.ev), "|37=40|530=7|531=7|1=7|60="); /* again: of 40 */
    r.order_id = 0;
    r.reason = REASON_TABLE_FULL;
    r.instrument_id = 5;
    r.side = SIDE_BUY;
    assert_says(report(&r.ev), "|37=41|530=1|531=0|532=99|1=7|55=ABC|54=1|60=");
    r.command_type = COMMAND_WITHDRAW;
    assert_null(fix_report_type(&r.ev, false));
    struct event_cancel_report e = {.request_seq = 40,
                                    .canceled_cnt = 12,
                                    .account_id = 7,
                                    .instrument_id = 5,
                                    .command_type = COMMAND_MASS_CANCEL};
    e.ev.rec.type = EVENT_CANCEL_REPORT;
    assert_says(report(&e.ev), "|37=40|530=1|531=1|1=7|55=ABC|60=");
    assert_says(report(&e.ev), "|533=12|");
    e.command_type = COMMAND_KILL_SWITCH;
    assert_null(fix_report_type(&e.ev, false));
}

static void
test_refused_field_is_named(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset;
        const char *says;
    } fields[] = {
        {offsetof(struct command_order_new, exec_inst), ": ExecInst (18)|"},
        {offsetof(struct command_order_new, peg_offset_units), ": PegOffsetValue (211)|"},
        {offsetof(struct command_order_new, stop_units), ": StopPx (99)|"},
        {offsetof(struct command_order_new, display_lots),
         ": MaxFloor (111) or DisplayQty (1138)|"},
        {offsetof(struct command_order_new, display_range), ": DisplayMethod (1084)|"},
        {offsetof(struct command_order_new, min_qty_lots), ": MinQty (110)|"},
        {offsetof(struct command_order_new, expire_ns), ": ExpireTime (126)|"},
        {0, "|58=a field has a value outside its range|"},
    };
    struct event_reject e = {.command_type = COMMAND_ORDER_NEW,
                             .instrument_id = 5,
                             .reason = REASON_BAD_FIELD,
                             .qty_lots = 3};
    e.ev.rec.type = EVENT_ORDER_REJECTED;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        e.detail = fields[i].offset;
        assert_says(report(&e.ev), fields[i].says);
    }
}

static void
test_refusal_tells_its_figures(void **state)
{
    (void)state;
    struct event_reject e = {.command_type = COMMAND_ORDER_NEW,
                             .instrument_id = 5,
                             .reason = REASON_PRICE_BAND,
                             .qty_lots = 3,
                             .why = {.band = BAND_STATIC, .price_units = 1110, .edge_units = 1105}};
    e.ev.rec.type = EVENT_ORDER_REJECTED;
    assert_says(report(&e.ev), "trade: price 11.1 beyond 11.05, static band|");
    e.ev.rec.type = EVENT_CANCEL_REJECTED;
    e.command_type = COMMAND_ORDER_REPLACE;
    e.why.band = BAND_DYNAMIC;
    assert_says(report(&e.ev), "trade: price 11.1 beyond 11.05, dynamic band|");
    e.reason = REASON_MIN_ORDER_VALUE;
    e.why = (struct refusal){.value_units = 9999, .least_units = 10000};
    assert_says(report(&e.ev), "|58=value below the order minimum: worth 99.99, at least 100|");
    e.instrument_id = 77; /* which no gateway knows */
    assert_says(report(&e.ev), "|58=value below the order minimum|");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_limit_till_a_date_becomes_a_command),
        cmocka_unit_test(test_trailing_stop_becomes_a_command),
        cmocka_unit_test(test_linked_order_becomes_a_command),
        cmocka_unit_test(test_peg_becomes_a_command),
        cmocka_unit_test(test_all_or_none_becomes_a_command),
        cmocka_unit_test(test_iceberg_becomes_a_command),
        cmocka_unit_test(test_report_tells_what_is_shown_and_what_a_peg_follows),
        cmocka_unit_test(test_triggered_stop_is_restated_with_its_new_type),
        cmocka_unit_test(test_mass_cancel_is_of_a_symbol_or_of_all),
        cmocka_unit_test(test_mass_cancel_is_reported_once),
        cmocka_unit_test(test_refused_field_is_named),
        cmocka_unit_test(test_refusal_tells_its_figures),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}
