/* Events to rows: netting, days, whole commands, what is refused. */
#include "persist/settle/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/persist/settle/books.h"

static struct settle_batch batch;

static int
setup(void **state)
{
    struct error err;
    (void)state;
    return settle_batch_init(&batch, &err);
}

static int
teardown(void **state)
{
    (void)state;
    settle_batch_fini(&batch);
    return 0;
}

static int
add_all(const struct books *b, struct error *err)
{
    const struct settle_checkpoint zero = {0};
    settle_batch_begin(&batch, &zero);
    for (size_t at = 0; at < b->used;) {
        const struct event *ev = (const struct event *)(const void *)(b->bytes + at);
        int rc = settle_batch_add(&batch, ev, err);
        if (rc != 0)
            return rc;
        at += ev->rec.length_bytes;
    }
    return 0;
}

static void
test_batch_nets_balances_to_one_row_each(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    books_init(&b, 5);
    books_open(&b, 4);
    books_random(&b, 4, 200);
    assert_int_equal(add_all(&b, &err), 0);
    const struct settle_rows *rows = &batch.rows[SETTLE_TABLE_BALANCE];
    assert_int_equal(rows->cnt, 4 * 2 + 2 + 1); /* clients, issue account, fees in cash */
    for (size_t i = 0; i < rows->cnt; i++) {
        const int64_t *row = rows->cells + i * CELL_BALANCE_CNT;
        const struct books_balance *want =
            &b.ledger[row[CELL_BALANCE_ACCOUNT_ID]][row[CELL_BALANCE_ASSET_ID]];
        assert_int_equal(row[CELL_BALANCE_SETTLED_UNITS], want->settled);
        if (row[CELL_BALANCE_ACCOUNT_ID] != BOOKS_FEES)
            assert_int_equal(row[CELL_BALANCE_HELD_UNITS], want->held);
    }
    books_free(&b);
}

static void
test_batch_legs_of_each_event_add_up_to_zero(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    books_init(&b, 6);
    books_open(&b, 4);
    books_random(&b, 4, 300);
    assert_int_equal(add_all(&b, &err), 0);
    const struct settle_rows *rows = &batch.rows[SETTLE_TABLE_POSTING];
    int64_t seq = 0, sum[BOOKS_ASSET_MAX] = {0};
    for (size_t i = 0; i < rows->cnt; i++) {
        const int64_t *row = rows->cells + i * CELL_POSTING_CNT;
        if (row[CELL_POSTING_EVENT_SEQ] != seq)
            for (int asset = 0; asset < BOOKS_ASSET_MAX; asset++)
                assert_int_equal(sum[asset], 0);
        seq = row[CELL_POSTING_EVENT_SEQ];
        sum[row[CELL_POSTING_ASSET_ID]] += row[CELL_POSTING_AMOUNT_UNITS];
    }
    books_free(&b);
}

static void
test_batch_is_whole_only_at_the_end_of_a_command(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    books_init(&b, 7);
    books_open(&b, 4);
    assert_int_equal(add_all(&b, &err), 0);
    assert_true(settle_batch_is_whole(&batch));
    size_t at = b.used;
    books_trade(&b, 10, 11, 1, 1000, 0);
    while (at < b.used) {
        const struct event *ev = (const struct event *)(const void *)(b.bytes + at);
        assert_int_equal(settle_batch_add(&batch, ev, &err), 0);
        assert_int_equal(settle_batch_is_whole(&batch), ev->last);
        at += ev->rec.length_bytes;
    }
    books_free(&b);
}

static void
test_batch_remembers_what_the_next_one_needs(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    books_init(&b, 8);
    books_open(&b, 4);
    books_day_end(&b, 20240229);
    assert_int_equal(add_all(&b, &err), 0);
    assert_int_equal(batch.to.last_seq, b.event_seq);
    assert_int_equal(batch.to.business_day, 20240229);
    assert_int_equal(batch.to.fee_account_id, BOOKS_FEES);
    assert_int_equal(batch.to.issue_account_id, BOOKS_ISSUE);
    assert_int_equal(batch.to.epoch, 1);
    assert_string_equal(batch.to.venue, "test venue");
    books_free(&b);
}

static void
test_batch_refuses_gaps_repeats_and_malformed_events(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    books_init(&b, 9);
    books_open(&b, 1);
    assert_int_equal(add_all(&b, &err), 0);
    struct event_value v;
    books_day_end(&b, 20240101);
    memcpy(&v, b.bytes + b.used - sizeof v, sizeof v);
    v.ev.rec.seq++;
    assert_int_equal(settle_batch_add(&batch, &v.ev, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "was expected"));
    v.ev.rec.seq -= 2;
    assert_int_equal(settle_batch_add(&batch, &v.ev, &err), ERR_CORRUPT);
    v.ev.rec.seq++;
    v.ev.rec.length_bytes -= 8;
    assert_int_equal(settle_batch_add(&batch, &v.ev, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "malformed"));
    v.ev.rec.length_bytes += 8;
    assert_int_equal(settle_batch_add(&batch, &v.ev, &err), 0);
    books_free(&b);
}

static void
test_batch_says_when_a_command_might_not_fit(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    const struct settle_checkpoint zero = {0};
    books_init(&b, 10);
    books_open(&b, 4);
    for (int i = 0; i < 40000; i++)
        books_trade(&b, 10, 11, 1, 1000, 0);
    settle_batch_begin(&batch, &zero);
    size_t batches = 1;
    for (size_t at = 0; at < b.used;) {
        const struct event *ev = (const struct event *)(const void *)(b.bytes + at);
        if (settle_batch_is_whole(&batch) && !settle_batch_has_room(&batch)) {
            struct settle_checkpoint to = batch.to;
            settle_batch_begin(&batch, &to);
            batches++;
        }
        assert_int_equal(settle_batch_add(&batch, ev, &err), 0);
        at += ev->rec.length_bytes;
    }
    assert_true(batches >= 3);
    books_free(&b);
}

static void
test_batch_tells_what_an_instrument_takes(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    const struct allocation_rules rules = {.method = ALLOCATION_PRO_RATA,
                                           .top_ppm = 250000,
                                           .top_min_lots = 2,
                                           .top_max_lots = 40,
                                           .min_lots = 3};
    books_init(&b, 9);
    books_open(&b, 1);
    books_allocation(&b, &rules);
    assert_int_equal(add_all(&b, &err), 0);
    const struct settle_rows *rows = &batch.rows[SETTLE_TABLE_INSTRUMENT];
    assert_int_equal(rows->cnt, 1);
    assert_int_equal(rows->cells[CELL_INSTRUMENT_ALLOW_WHOLE], 1);
    assert_int_equal(rows->cells[CELL_INSTRUMENT_ALLOW_HIDDEN], 0);
    rows = &batch.rows[SETTLE_TABLE_ALLOCATION];
    assert_int_equal(rows->cnt, 1);
    const int64_t want[CELL_ALLOCATION_CNT] = {
        BOOKS_INSTRUMENT, ALLOCATION_PRO_RATA, 250000, 2, 40, 3, (int64_t)b.event_seq};
    for (int i = 0; i < CELL_ALLOCATION_CNT; i++)
        assert_int_equal(rows->cells[i], want[i]);
    books_free(&b);
}

static void
test_batch_tells_what_prices_an_instrument_takes(void **state)
{
    (void)state;
    struct books b;
    struct error err;
    const struct price_bands bands = {.static_ppm = 100000,
                                      .dynamic_ticks = 7,
                                      .wide_ppm = 200000,
                                      .call_ms = 1,
                                      .random_end_ms = 2,
                                      .extension_ms = 3,
                                      .extension_max = 4,
                                      .manner = BAND_INTERRUPT,
                                      .follows = 1};
    const struct tick_table ticks = {.row_cnt = 2, .step_units = {1, 5}, .from_units = {0, 1000}};
    books_init(&b, 9);
    books_open(&b, 1);
    books_prices(&b, &bands, &ticks);
    assert_int_equal(add_all(&b, &err), 0);
    const struct settle_rows *rows = &batch.rows[SETTLE_TABLE_BAND];
    assert_int_equal(rows->cnt, 1);
    const int64_t want[CELL_BAND_CNT] = {
        BOOKS_INSTRUMENT,        BAND_INTERRUPT, 100000, 0, 0, 7, 200000, 0, 1, 1, 2, 3, 4,
        (int64_t)b.event_seq - 1};
    for (int i = 0; i < CELL_BAND_CNT; i++)
        assert_int_equal(rows->cells[i], want[i]);
    rows = &batch.rows[SETTLE_TABLE_TICK];
    assert_int_equal(rows->cnt, TICK_ROW_MAX);
    for (int i = 0; i < TICK_ROW_MAX; i++) {
        const int64_t *row = rows->cells + (size_t)i * CELL_TICK_CNT;
        assert_int_equal(row[CELL_TICK_TICK_ID], BOOKS_INSTRUMENT * 32 + i);
        assert_int_equal(row[CELL_TICK_INSTRUMENT_ID], BOOKS_INSTRUMENT);
        assert_int_equal(row[CELL_TICK_FROM_UNITS], i == 1 ? 1000 : 0);
        assert_int_equal(row[CELL_TICK_STEP_UNITS], i == 0 ? 1 : i == 1 ? 5 : 0);
        assert_int_equal(row[CELL_TICK_EVENT_SEQ], b.event_seq);
    }
    books_free(&b);
}

/* Reckoned by hand: 2000-01-01 is day 0, a Saturday. */
static void
test_batch_counts_weekdays(void **state)
{
    (void)state;
    assert_int_equal(settle_day_plus(0, 0), SETTLE_NULL);
    assert_int_equal(settle_day_plus(20000101, 0), 0);
    assert_int_equal(settle_day_plus(20000101, 1), 2);  /* Monday the 3rd */
    assert_int_equal(settle_day_plus(20000229, 1), 60); /* a Tuesday of a leap year: 1 March */
    assert_int_equal(settle_day_plus(20231117, 2), settle_day_plus(20231121, 0));
    assert_int_equal(settle_day_plus(20231113, 5), settle_day_plus(20231120, 0));
    assert_int_equal(settle_day_plus(20240101, 0), 8766);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_nets_balances_to_one_row_each),
        cmocka_unit_test(test_batch_legs_of_each_event_add_up_to_zero),
        cmocka_unit_test(test_batch_is_whole_only_at_the_end_of_a_command),
        cmocka_unit_test(test_batch_remembers_what_the_next_one_needs),
        cmocka_unit_test(test_batch_refuses_gaps_repeats_and_malformed_events),
        cmocka_unit_test(test_batch_says_when_a_command_might_not_fit),
        cmocka_unit_test(test_batch_tells_what_an_instrument_takes),
        cmocka_unit_test(test_batch_tells_what_prices_an_instrument_takes),
        cmocka_unit_test(test_batch_counts_weekdays),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
