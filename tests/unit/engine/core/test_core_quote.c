#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/core/core_corporate.h"
#include "tests/support/core_fixture.h"

/* Quotes where golden scripts do not go: numbers out of range, a replace by number, damaged
 * snapshots, ids that come again for ever. The rules themselves: tests/golden/quote_*.txt. */

static struct venue v;

static void
quote_set(union any_command *x, int64_t bid_qty_lots, int64_t ask_qty_lots)
{
    venue_command(x, COMMAND_MASS_QUOTE);
    x->cmd.account_id = 1;
    venue_id(&x->cmd.id, "q");
    x->mass_quote.entry_cnt = 1;
    x->mass_quote.entries[0] = (struct quote_entry){.instrument_id = VENUE_BTC_USD,
                                                    .bid_price_units = 95,
                                                    .bid_qty_lots = bid_qty_lots,
                                                    .ask_price_units = 105,
                                                    .ask_qty_lots = ask_qty_lots,
                                                    .entry_id = "entry"};
}

static const struct quote_answer *
quote(union any_command *x)
{
    venue_apply(&v, x);
    const union any_event *e = v.events[v.cnt - 1];
    assert_int_equal(e->ev.rec.type, EVENT_MASS_QUOTE);
    return &e->mass_quote.entries[0];
}

static void
test_quote_out_of_range_is_refused_and_pulls(void **state)
{
    (void)state;
    static const struct {
        int64_t units, lots;
        uint16_t reason;
    } wrong[] = {{0, 10, REASON_BAD_PRICE},
                 {-5, 10, REASON_BAD_PRICE},
                 {95, -10, REASON_QTY_OFF_LOT},
                 {95, INT64_MIN, REASON_QTY_OFF_LOT},
                 {95, INT64_MAX, REASON_TOO_LARGE}};
    union any_command x;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        quote_set(&x, 10, 0);
        assert_int_equal(quote(&x)->bid_status, QUOTE_ACCEPTED);
        quote_set(&x, wrong[i].lots, 0);
        x.mass_quote.entries[0].bid_price_units = wrong[i].units;
        const struct quote_answer *a = quote(&x);
        assert_int_equal(a->bid_status, QUOTE_REMOVED);
        assert_int_equal(a->bid_reason, wrong[i].reason);
        assert_int_equal(venue_open_orders(&v), 0);
    }
}

static void
test_quote_message_out_of_range_is_refused(void **state)
{
    (void)state;
    union any_command x;
    quote_set(&x, 10, 10);
    x.mass_quote.entry_cnt = QUOTE_ENTRY_MAX + 1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    quote_set(&x, 10, 10);
    x.mass_quote.exec_inst = EXEC_HIDDEN;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    quote_set(&x, 10, 10);
    x.cmd.id = (struct client_id){0};
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_CLIENT_ID);
    quote_set(&x, 10, 10);
    memset(x.mass_quote.entries[0].entry_id, 0, QUOTE_ENTRY_ID_MAX);
    assert_int_equal(quote(&x)->bid_reason, REASON_BAD_CLIENT_ID);
    quote_set(&x, 10, 10);
    memset(x.mass_quote.entries[0].entry_id, 'e', QUOTE_ENTRY_ID_MAX);
    assert_int_equal(quote(&x)->ask_status, QUOTE_ACCEPTED);
}

/* No order takes its id from bytes that are no client id, and no event says them. */
static void
test_quote_entry_id_is_printable(void **state)
{
    (void)state;
    static const char *const wrong[] = {"\x7f", "e\x80", "\xc3\xa9", "\xff", "e\n"};
    static const char none[QUOTE_ENTRY_ID_MAX];
    union any_command x;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        quote_set(&x, 10, 10);
        assert_int_equal(quote(&x)->bid_status, QUOTE_ACCEPTED);
        quote_set(&x, 9, 10);
        memset(x.mass_quote.entries[0].entry_id, 0, QUOTE_ENTRY_ID_MAX);
        memcpy(x.mass_quote.entries[0].entry_id, wrong[i], strlen(wrong[i]));
        const struct quote_answer *a = quote(&x);
        assert_int_equal(a->bid_reason, REASON_BAD_CLIENT_ID);
        assert_int_equal(a->ask_reason, REASON_BAD_CLIENT_ID);
        assert_int_equal(a->bid_status, QUOTE_REMOVED);
        assert_memory_equal(a->entry_id, none, sizeof none);
        assert_int_equal(venue_open_orders(&v), 0);
    }
}

static void
test_quote_is_not_replaced_by_number(void **state)
{
    (void)state;
    union any_command x;
    quote_set(&x, 10, 0);
    uint64_t order_id = quote(&x)->bid_order_id;
    venue_command(&x, COMMAND_ORDER_REPLACE);
    x.cmd.account_id = 1;
    venue_id(&x.cmd.id, "r");
    x.replace.order_id = order_id;
    x.replace.qty_lots = 5;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "CANCEL_REJECTED");
    assert_int_equal(venue_reason(&v), REASON_BAD_STATE);
    venue_command(&x, COMMAND_ORDER_CANCEL);
    x.cmd.account_id = 1;
    x.cancel.order_id = order_id;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "ORDER_CANCELED BOOK_DELETE");
}

/* Each quote that is pulled gives its place among the client ids back within the day. */
static void
test_quotes_do_not_use_client_ids_up(void **state)
{
    (void)state;
    union any_command x;
    for (uint32_t i = 0; i < 3 * v.genesis.client_id_max; i++) {
        quote_set(&x, 10, 0);
        assert_int_equal(quote(&x)->bid_status, QUOTE_ACCEPTED);
        quote_set(&x, 0, 0);
        assert_int_equal(quote(&x)->bid_status, QUOTE_PULLED);
    }
    core_check(v.core);
}

static void
test_quote_of_a_damaged_snapshot_is_refused(void **state)
{
    (void)state;
    union any_command x;
    quote_set(&x, 10, 10);
    (void)quote(&x);
    size_t bytes = core_save(v.core, NULL, 0);
    uint8_t *saved = malloc(bytes);
    assert_int_equal(core_save(v.core, saved, bytes), bytes);
    assert_int_equal(venue_load(saved, bytes), 0);
    /* Whose the quote is: the last record before the section of protections, which is empty, and
     * that of the corporate action. */
    memset(saved + bytes - 16 - sizeof(struct core_corporate) - 16 - 40, 0xff, 4);
    assert_int_equal(venue_load(saved, bytes), ERR_CORRUPT);
    free(saved);
}

int
main(void)
{
#define T(name) cmocka_unit_test_prestate_setup_teardown(name, venue_set_up, venue_tear_down, &v)
    const struct CMUnitTest tests[] = {
        T(test_quote_out_of_range_is_refused_and_pulls),
        T(test_quote_message_out_of_range_is_refused),
        T(test_quote_entry_id_is_printable),
        T(test_quote_is_not_replaced_by_number),
        T(test_quotes_do_not_use_client_ids_up),
        T(test_quote_of_a_damaged_snapshot_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
