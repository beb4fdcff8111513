#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/core_fixture.h"
#include "tests/support/seed.h"

/* Saved bytes: equal for equal states, whole work items included; loading judges what it reads. */

static struct venue v, w;
static uint8_t *saved;
static size_t saved_bytes;
static struct seed seed;

static void
save(void)
{
    free(saved);
    saved_bytes = core_save(v.core, NULL, 0);
    saved = malloc(saved_bytes);
    assert_non_null(saved);
    assert_int_equal(core_save(v.core, saved, saved_bytes - 1), saved_bytes); /* writes nothing */
    assert_int_equal(core_save(v.core, saved, saved_bytes), saved_bytes);
}

static int
load(struct error *err)
{
    memset(w.memory, 0, w.memory_bytes);
    w.core = core_init(w.memory, &w.genesis, NULL);
    w.seq = v.seq;
    w.time_ns = v.time_ns;
    w.key = v.key;
    return core_load(w.core, saved, saved_bytes, err);
}

/* Of each kind some that are not what an instrument begins with. */
static void
set_rules(void)
{
    union any_command x;
    venue_command(&x, COMMAND_DEAL_RULES);
    x.cmd.actor_id = VENUE_BOSS;
    x.deal_rules.instrument_id = VENUE_BTC_USD;
    x.deal_rules.kind_mask = 1u << DEAL_BLOCK | 1u << DEAL_REQUEST;
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_PRICE_BANDS);
    x.cmd.actor_id = VENUE_BOSS;
    x.price_bands.instrument_id = VENUE_BTC_USD;
    x.price_bands.bands =
        (struct price_bands){.dynamic_ticks = 50, .manner = BAND_INTERRUPT, .call_ms = 1000};
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_TICK_TABLE);
    x.cmd.actor_id = VENUE_BOSS;
    x.tick_table.instrument_id = VENUE_BTC_USD;
    x.tick_table.ticks = (struct tick_table){.row_cnt = 1, .step_units = {1}};
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_ALLOCATION);
    x.cmd.actor_id = VENUE_BOSS;
    x.allocation.instrument_id = VENUE_BTC_USD;
    x.allocation.rules =
        (struct allocation_rules){.method = ALLOCATION_PRO_RATA, .top_ppm = 1, .min_lots = 1};
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_CALENDAR);
    x.cmd.actor_id = VENUE_BOSS;
    x.calendar.calendar_id = 7;
    x.calendar.date = 20991225;
    x.calendar.kind = CALENDAR_CLOSED;
    venue_apply(&v, &x);
}

static int
open_venues(void **state)
{
    (void)state;
    char id[16];
    union any_command x;
    venue_open(&v, NULL, NULL);
    venue_open(&w, NULL, NULL);
    venue_add_session(&v, 5, 1, true);
    venue_session_up(&v, 5, 1);
    for (int i = 0; i < 300; i++) {
        (void)snprintf(id, sizeof(id), "s%d", i);
        venue_sell(&v, 1 + (uint32_t)i % 2, id, 100 + i % 7, 1);
    }
    venue_cancel(&v, 1, "s100");
    venue_order_set(&x, 1, "parked", SIDE_BUY, 90, 1, TIF_DAY);
    x.order.exec_inst = EXEC_HOLD_PARK;
    venue_apply(&v, &x);
    set_rules();
    venue_command(&x, COMMAND_DEAL_PROPOSE);
    x.cmd.account_id = 1;
    venue_id(&x.cmd.id, "deal");
    x.deal = (struct command_deal){.cmd = x.cmd,
                                   .instrument_id = VENUE_BTC_USD,
                                   .to_account_id = 2,
                                   .side = SIDE_BUY,
                                   .kind = DEAL_BLOCK,
                                   .price_units = 90,
                                   .qty_lots = 1};
    venue_apply(&v, &x);
    venue_command(&x, COMMAND_REQUEST);
    x.cmd.account_id = 2;
    venue_id(&x.cmd.id, "request");
    x.request = (struct command_request){.cmd = x.cmd,
                                         .instrument_id = VENUE_BTC_USD,
                                         .qty_lots = 5,
                                         .to_cnt = 1,
                                         .to_account_ids = {1}};
    venue_apply(&v, &x);
    uint64_t request_id = venue_event(&v, EVENT_REQUEST, 0)->request.request_id;
    venue_command(&x, COMMAND_REQUEST_QUOTE);
    x.cmd.account_id = 1;
    venue_id(&x.cmd.id, "quote");
    x.request_quote = (struct command_request_quote){.cmd = x.cmd,
                                                     .request_id = request_id,
                                                     .instrument_id = VENUE_BTC_USD,
                                                     .ask_price_units = 100,
                                                     .ask_qty_lots = 5};
    venue_apply(&v, &x);
    assert_int_equal(venue_count(&v, EVENT_REQUEST_QUOTE), 2);
    venue_replace(&v, 2, "s101", "s101b", 99, 0);
    venue_buy(&v, 3, "deep", 110, 250); /* leaves a sweep unfinished */
    assert_true(core_work_pending(v.core));
    save();
    return 0;
}

static int
close_venues(void **state)
{
    (void)state;
    free(saved);
    saved = NULL;
    venue_close(&v);
    venue_close(&w);
    return 0;
}

static void
step_both(union any_command *x)
{
    union any_command y = *x;
    venue_apply(&v, x);
    venue_apply(&w, &y);
    assert_int_equal(v.out_bytes, w.out_bytes);
    assert_memory_equal(v.out, w.out, v.out_bytes);
}

static void
test_loaded_core_goes_on_with_the_same_bytes(void **state)
{
    (void)state;
    struct error err;
    union any_command x;
    assert_int_equal(load(&err), 0);
    while (core_work_pending(v.core)) {
        venue_command(&x, COMMAND_CONTINUE);
        step_both(&x);
    }
    venue_order_set(&x, 4, "more", SIDE_BUY, 103, 10, TIF_GTC);
    step_both(&x);
    venue_command(&x, COMMAND_CHECKPOINT);
    step_both(&x);
    assert_string_equal(venue_types(&v), "CHECKPOINT");
    struct event_checkpoint d;
    core_digest(v.core, &d);
    assert_memory_equal(d.digest_all, v.events[0]->checkpoint.digest_all, 16);
}

static void
test_saved_genesis_sizes_the_next_core(void **state)
{
    (void)state;
    struct command_genesis g;
    struct error err;
    assert_int_equal(core_saved_genesis(saved, saved_bytes, &g, &err), 0);
    assert_memory_equal(&g, &v.genesis, sizeof(g));
    assert_int_equal(core_saved_genesis(saved, 100, &g, &err), ERR_CORRUPT);
}

static void
test_what_is_not_a_saved_core_is_refused_with_a_reason(void **state)
{
    (void)state;
    struct error err;
    size_t whole = saved_bytes;
    for (saved_bytes = 0; saved_bytes < whole; saved_bytes += 1 + saved_bytes / 7) {
        err.text[0] = '\0';
        assert_int_not_equal(load(&err), 0);
        assert_true(strlen(err.text) > 10);
    }
    saved_bytes = whole;
    uint8_t version = saved[8];
    saved[8] = 99;
    assert_int_equal(load(&err), ERR_UNSUPPORTED);
    saved[8] = version;
    saved[0] = 'X';
    assert_int_equal(load(&err), ERR_CORRUPT);
    saved[0] = 'A';
    saved[200] ^= 1; /* within genesis */
    assert_int_equal(load(&err), ERR_INVALID);
    saved[200] ^= 1;
    assert_int_equal(load(&err), 0);
    assert_int_equal(core_load(w.core, saved, saved_bytes, &err), ERR_INVALID); /* in use */
}

/* The checksum is the caller's; but no byte may make the loader touch what is not its own. */
static void
test_no_damaged_byte_crashes_the_loader(void **state)
{
    (void)state;
    struct error err;
    for (int i = 0; i < 3000; i++) {
        size_t at = sizeof(struct command_genesis) + 32;
        at += seed_below(&seed, saved_bytes - at);
        uint8_t was = saved[at];
        saved[at] = (uint8_t)seed_next(&seed);
        (void)load(&err);
        saved[at] = was;
    }
}

static void
test_digest_tells_states_apart(void **state)
{
    (void)state;
    struct event_checkpoint a, b;
    core_digest(v.core, &a);
    core_digest(v.core, &b);
    assert_memory_equal(a.digest_all, b.digest_all, 16);
    assert_int_equal(a.order_cnt, venue_open_orders(&v));
    venue_deposit(&v, 1, VENUE_USD, 1);
    core_digest(v.core, &b);
    assert_memory_not_equal(a.digest_all, b.digest_all, 16);
    assert_memory_not_equal(a.digest_balances, b.digest_balances, 16);
    assert_memory_equal(a.digest_orders, b.digest_orders, 16);
}

static void
test_skipped_command_changes_nothing_but_the_number(void **state)
{
    (void)state;
    uint64_t events = core_event_seq(v.core);
    core_skip(v.core, core_cmd_seq(v.core) + 1);
    assert_int_equal(core_cmd_seq(v.core), v.seq + 1);
    assert_int_equal(core_event_seq(v.core), events);
}

static void
test_genesis_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    struct command_genesis g;
    struct error err;
    venue_genesis(&g);
    assert_int_equal(core_check_genesis(&g, &err), 0);
    g.order_max = 1u << 24;
    assert_int_equal(core_check_genesis(&g, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "order_max"));
    venue_genesis(&g);
    g.client_id_max = g.order_max;
    assert_int_equal(core_check_genesis(&g, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "client_id_max"));
    venue_genesis(&g);
    g.fee_account_id = g.issue_account_id;
    assert_int_equal(core_check_genesis(&g, &err), ERR_INVALID);
    venue_genesis(&g);
    g.work_max = 1;
    assert_int_equal(core_check_genesis(&g, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "work_max"));
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
#define T(name) cmocka_unit_test_setup_teardown(name, open_venues, close_venues)
    const struct CMUnitTest tests[] = {
        T(test_loaded_core_goes_on_with_the_same_bytes),
        T(test_saved_genesis_sizes_the_next_core),
        T(test_what_is_not_a_saved_core_is_refused_with_a_reason),
        T(test_no_damaged_byte_crashes_the_loader),
        T(test_digest_tells_states_apart),
        T(test_skipped_command_changes_nothing_but_the_number),
        T(test_genesis_that_contradicts_itself_is_refused),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
