#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/core/core_priv.h"
#include "tests/support/core_fixture.h"

/* Requests for quote where golden scripts do not go: forms that no script can say, who may read
 * what, genesis without a pool, how much one command does.
 * The rules: tests/golden/request_*.txt. */

static struct venue v;

enum { ASKER = 1, MAKER = 2, OTHER = 3 };

static void
take_requests(void)
{
    union any_command x;
    venue_command(&x, COMMAND_DEAL_RULES);
    x.cmd.actor_id = VENUE_BOSS;
    x.deal_rules.instrument_id = VENUE_BTC_USD;
    x.deal_rules.kind_mask = 1u << DEAL_REQUEST;
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "DEAL_RULES");
}

static int
open_venue(void **state)
{
    (void)state;
    venue_open(&v, NULL, NULL);
    take_requests();
    return 0;
}

static int
close_venue(void **state)
{
    (void)state;
    core_check(v.core);
    venue_close(&v);
    return 0;
}

static void
request_set(union any_command *x, uint32_t account, const char *id)
{
    venue_command(x, COMMAND_REQUEST);
    x->cmd.account_id = account;
    venue_id(&x->cmd.id, id);
    x->request.instrument_id = VENUE_BTC_USD;
    x->request.qty_lots = 10;
}

static uint64_t
request(uint32_t account, const char *id)
{
    union any_command x;
    request_set(&x, account, id);
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "REQUEST REQUEST");
    return venue_event(&v, EVENT_REQUEST, 0)->request.request_id;
}

static void
quote_set(union any_command *x, uint64_t request_id, uint32_t account, const char *id)
{
    venue_command(x, COMMAND_REQUEST_QUOTE);
    x->cmd.account_id = account;
    venue_id(&x->cmd.id, id);
    x->request_quote.request_id = request_id;
    x->request_quote.instrument_id = VENUE_BTC_USD;
    x->request_quote.ask_price_units = 100;
    x->request_quote.ask_qty_lots = 10;
}

static uint64_t
quote(uint64_t request_id, uint32_t account, const char *id)
{
    union any_command x;
    quote_set(&x, request_id, account, id);
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), 0);
    return venue_order_id(&v);
}

static void
hit_set(union any_command *x, uint64_t quote_id, const char *id)
{
    venue_command(x, COMMAND_REQUEST_HIT);
    x->cmd.account_id = ASKER;
    venue_id(&x->cmd.id, id);
    x->request_hit.quote_id = quote_id;
    x->request_hit.instrument_id = VENUE_BTC_USD;
}

static uint32_t
detail_of(union any_command *x)
{
    venue_apply(&v, x);
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    return venue_event(&v, EVENT_COMMAND_RESULT, 0)->reject.detail;
}

static void
test_a_form_that_cannot_be_names_its_field(void **state)
{
    (void)state;
    union any_command x;
    request_set(&x, ASKER, "r");
    x.request.disclosed = 2;
    assert_int_equal(detail_of(&x), offsetof(struct command_request, disclosed));
    request_set(&x, ASKER, "r");
    x.request.to_cnt = REQUEST_TO_MAX + 1;
    assert_int_equal(detail_of(&x), offsetof(struct command_request, to_cnt));
    request_set(&x, ASKER, "r");
    x.request.exec_inst = EXEC_POST_ONLY;
    assert_int_equal(detail_of(&x), offsetof(struct command_request, exec_inst));
    request_set(&x, ASKER, "r");
    x.request.side = 3;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_BAD_SIDE);
    request_set(&x, ASKER, "r");
    x.request.qty_lots = -1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_QTY_OFF_LOT);
    request_set(&x, ASKER, "r");
    x.request.instrument_id = 77;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_INSTRUMENT);

    uint64_t r = request(ASKER, "r");
    quote_set(&x, r, MAKER, "q");
    x.request_quote.exec_inst = EXEC_HIDDEN;
    assert_int_equal(detail_of(&x), offsetof(struct command_request_quote, exec_inst));
    quote_set(&x, r, MAKER, "q");
    x.request_quote.ask_qty_lots = -1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_QTY_OFF_LOT);
    hit_set(&x, quote(r, MAKER, "q"), "h");
    x.request_hit.qty_lots = -1;
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_QTY_OFF_LOT);
}

static void
test_any_number_is_no_request_and_no_quote(void **state)
{
    (void)state;
    union any_command x;
    uint64_t r = request(ASKER, "r");
    const uint64_t numbers[] = {0, 1, UINT64_MAX, r + (UINT64_C(1) << 40)};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        quote_set(&x, numbers[i], MAKER, "q");
        venue_apply(&v, &x);
        assert_int_equal(venue_reason(&v), REASON_REQUEST_UNKNOWN);
        hit_set(&x, numbers[i], "h");
        venue_apply(&v, &x);
        assert_int_equal(venue_reason(&v), REASON_REQUEST_UNKNOWN);
    }
}

static bool
says(const struct venue *of, uint32_t n, uint32_t number)
{
    const uint8_t *bytes = (const void *)of->events[n];
    uint32_t length = of->events[n]->ev.rec.length_bytes;
    for (uint32_t at = sizeof(struct event); at + sizeof(number) <= length; at += 4) {
        if (memcmp(bytes + at, &number, sizeof(number)) == 0)
            return true;
    }
    return false;
}

/* Accounts with numbers that nothing else in these events has. */
static void
test_nobody_is_told_who_hides(void **state)
{
    (void)state;
    union any_command x;
    enum { HIDDEN_ASKER = 7654321, HIDDEN_MAKER = 8765432 };
    venue_add_account(&v, HIDDEN_ASKER, 1);
    venue_add_account(&v, HIDDEN_MAKER, 1);
    venue_deposit(&v, HIDDEN_MAKER, 2, 1000000000);
    uint64_t r = request(HIDDEN_ASKER, "r");
    assert_true(says(&v, 0, HIDDEN_ASKER));
    assert_false(says(&v, 1, HIDDEN_ASKER));
    assert_int_equal(v.events[1]->ev.audience, AUDIENCE_PUBLIC);
    assert_int_equal(v.events[1]->request.id.length, 0);
    quote_set(&x, r, HIDDEN_MAKER, "q");
    venue_apply(&v, &x);
    assert_string_equal(venue_types(&v), "ORDER_ACCEPTED REQUEST_QUOTE REQUEST_QUOTE");
    assert_false(says(&v, 0, HIDDEN_ASKER));
    assert_false(says(&v, 1, HIDDEN_ASKER));
    assert_false(says(&v, 2, HIDDEN_MAKER));
    assert_memory_equal(v.events[2]->request_quote.id.text, "r", 2); /* its own */
}

static void
test_a_venue_without_a_pool_takes_none(void **state)
{
    (void)state;
    struct command_genesis g;
    union any_command x;
    venue_close(&v);
    venue_genesis(&g);
    g.request_max = 0;
    venue_open(&v, &g, NULL);
    take_requests();
    request_set(&x, ASKER, "r");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_TABLE_FULL);
}

static void
test_the_old_rules_do_not_know_them(void **state)
{
    (void)state;
    struct command_genesis g;
    union any_command x;
    venue_close(&v);
    venue_genesis(&g);
    g.rules_version = 1;
    venue_open(&v, &g, NULL);
    request_set(&x, ASKER, "r");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_COMMAND);
    quote_set(&x, 1, MAKER, "q");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_COMMAND);
    hit_set(&x, 1, "h");
    venue_apply(&v, &x);
    assert_int_equal(venue_reason(&v), REASON_UNKNOWN_COMMAND);
}

/* Eight requests to eight accounts with sixteen sides each: 8 x (16 x 3 + 9) = 456 events, more
 * than one command may emit. */
static void
test_the_end_of_many_is_done_in_parts(void **state)
{
    (void)state;
    struct command_genesis g;
    union any_command x;
    char id[16];
    venue_close(&v);
    venue_genesis(&g);
    g.deal_max = 8 * REQUEST_QUOTE_MAX;
    venue_open(&v, &g, NULL);
    take_requests();
    for (uint32_t k = 0; k < REQUEST_TO_MAX; k++) {
        venue_add_account(&v, 500 + k, 1);
        venue_deposit(&v, 500 + k, 1, 1000000000);
        venue_deposit(&v, 500 + k, 2, 1000000000);
    }
    for (uint32_t i = 0; i < 8; i++) {
        (void)snprintf(id, sizeof(id), "r%u", i);
        request_set(&x, ASKER, id);
        x.request.to_cnt = REQUEST_TO_MAX;
        for (uint32_t k = 0; k < REQUEST_TO_MAX; k++)
            x.request.to_account_ids[k] = 500 + k;
        venue_apply(&v, &x);
        assert_int_equal(v.cnt, 1 + REQUEST_TO_MAX);
        uint64_t r = venue_event(&v, EVENT_REQUEST, 0)->request.request_id;
        for (uint32_t k = 0; k < REQUEST_TO_MAX; k++) {
            (void)snprintf(id, sizeof(id), "b%u", i);
            quote_set(&x, r, 500 + k, id);
            x.request_quote.bid_price_units = 90;
            x.request_quote.bid_qty_lots = 10;
            x.request_quote.ask_qty_lots = 10;
            (void)snprintf(id, sizeof(id), "a%u", i);
            venue_id(&x.request_quote.ask_id, id);
            venue_apply(&v, &x);
            assert_int_equal(venue_count(&v, EVENT_ORDER_ACCEPTED), 2);
        }
    }
    core_check(v.core);
    venue_command(&x, COMMAND_MASS_CANCEL);
    x.cmd.actor_id = VENUE_BOSS;
    x.cmd.account_id = ASKER;
    venue_id(&x.cmd.id, "all");
    venue_apply(&v, &x);
    uint32_t ended = venue_count(&v, EVENT_ORDER_CANCELED), steps = 0;
    while (core_work_pending(v.core)) {
        core_check(v.core);
        venue_command(&x, COMMAND_CONTINUE);
        venue_apply(&v, &x);
        ended += venue_count(&v, EVENT_ORDER_CANCELED);
        steps++;
    }
    assert_int_equal(ended, 8 * REQUEST_QUOTE_MAX);
    assert_true(steps >= 1);
    assert_int_equal(venue_event(&v, EVENT_CANCEL_REPORT, 0)->cancel_report.canceled_cnt, 8);
    assert_int_equal(venue_balance(&v, 500, 1).held_units, 0);
    assert_int_equal(venue_balance(&v, 500, 2).held_units, 0);
}

static uint32_t
place_of(const struct core *c, uint64_t order_id)
{
    return order_at(&c->pools.orders, order_pool_find(&c->pools.orders, order_id))->level;
}

/* The lowest free one, also of what was loaded: what is saved does not depend on where it was. */
static void
test_requests_and_quotes_take_the_lowest_place(void **state)
{
    (void)state;
    static uint8_t saved[1 << 20];
    struct error err;
    uint64_t first = request(ASKER, "r1"), second = request(ASKER, "r2");
    uint64_t third = request(OTHER, "r3"), of_third = quote(third, MAKER, "q2");
    uint64_t of_first = quote(first, MAKER, "q1"), again = quote(third, 4, "q3");
    assert_int_equal(place_of(v.core, first), 0);
    assert_int_equal(place_of(v.core, third), 2);
    assert_int_equal(place_of(v.core, of_third), 0);
    assert_int_equal(place_of(v.core, again), 2);
    venue_cancel(&v, ASKER, "r2");
    venue_cancel(&v, MAKER, "q1");
    assert_int_equal(order_pool_find(&v.core->pools.orders, second), ORDER_NONE);
    assert_int_equal(order_pool_find(&v.core->pools.orders, of_first), ORDER_NONE);
    size_t bytes = core_save(v.core, saved, sizeof(saved));
    assert_true(bytes <= sizeof(saved));
    uint64_t seq = v.seq;
    for (int turn = 0; turn < 2; turn++) { /* as it is, and loaded */
        uint64_t fourth = request(ASKER, turn == 0 ? "r4" : "r5");
        assert_int_equal(place_of(v.core, fourth), 1);
        assert_int_equal(place_of(v.core, quote(fourth, MAKER, turn == 0 ? "q4" : "q5")), 1);
        memset(v.memory, 0, v.memory_bytes);
        v.core = core_init(v.memory, &v.genesis, NULL);
        assert_int_equal(core_load(v.core, saved, bytes, &err), 0);
        core_check(v.core);
        v.seq = seq;
    }
}

#define ON(test) cmocka_unit_test_setup_teardown(test, open_venue, close_venue)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON(test_a_form_that_cannot_be_names_its_field),
        ON(test_any_number_is_no_request_and_no_quote),
        ON(test_nobody_is_told_who_hides),
        ON(test_a_venue_without_a_pool_takes_none),
        ON(test_the_old_rules_do_not_know_them),
        ON(test_the_end_of_many_is_done_in_parts),
        ON(test_requests_and_quotes_take_the_lowest_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
