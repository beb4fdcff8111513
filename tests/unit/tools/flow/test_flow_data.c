#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/model/decimal.h"
#include "tests/ref/ref_flow.h"
#include "tools/flow/flow_core.h"
#include "tools/flow/flow_file.h"
#include "tools/flow/flow_generate.h"
#include "tools/flow/flow_read.h"

/* Each flow through the engine's core and through the plain matcher; both against the file. */

enum { TRADE_MAX = 200000 };

struct trades {
    struct ref_flow_trade all[TRADE_MAX];
    size_t cnt;
};

static struct trades plain, ours, written;

static void
note_plain(void *arg, size_t op_index, const struct ref_flow_trade *t)
{
    struct trades *to = arg;
    (void)op_index;
    assert_true(to->cnt < TRADE_MAX);
    to->all[to->cnt++] = *t;
}

static uint64_t
checksum_of(const struct trades *t)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < t->cnt; i++)
        sum = flow_checksum_add(sum, t->all[i].maker, t->all[i].taker,
                                (uint64_t)t->all[i].price_units, (uint64_t)t->all[i].qty_units);
    return sum;
}

static void
run_core(const struct flow *f, struct flow_result *result)
{
    struct flow_core c;
    struct error err = {0};
    assert_int_equal(flow_core_open(&c, f, 0, 0, &err), 0);
    ours.cnt = 0;
    for (size_t i = 0; i < f->op_cnt; i++) {
        flow_core_apply(&c, &f->ops[i]);
        for (uint32_t k = 0; k < c.fill_cnt; k++) {
            const struct flow_fill *fill = &c.fills[k];
            note_plain(&ours, i,
                       &(struct ref_flow_trade){fill->maker, fill->taker, fill->price_units,
                                                fill->qty_units});
        }
    }
    *result = c.result;
    flow_core_close(&c);
}

static uint64_t
rejected(const struct flow_result *r)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < FLOW_CORE_REASON_MAX; i++)
        sum += r->rejected[i];
    return sum;
}

static void
assert_same_trades(const struct trades *a, const struct trades *b)
{
    assert_int_equal(a->cnt, b->cnt);
    for (size_t i = 0; i < a->cnt; i++)
        assert_memory_equal(&a->all[i], &b->all[i], sizeof a->all[i]);
}

/* The core and the plain matcher agree in everything. */
static void
run_both(const struct flow *f, struct flow_result *result)
{
    struct ref_flow_result reference;
    plain.cnt = 0;
    ref_flow_run(f, &reference, note_plain, &plain);
    run_core(f, result);
    assert_same_trades(&plain, &ours);
    assert_int_equal(result->accepted, reference.accepted);
    assert_int_equal(result->canceled, reference.canceled);
    assert_int_equal(result->replaced, reference.replaced);
    assert_int_equal(rejected(result), reference.rejected);
    assert_int_equal(result->trades, reference.trades);
    assert_int_equal(result->traded_units, reference.traded_units);
    assert_true(result->checksum == checksum_of(&plain));
}

static void
expect_word(const char *line, const char *name, uint64_t actual)
{
    const char *at = strstr(line, name);
    uint64_t value;
    if (!at)
        return;
    assert_int_equal(sscanf(at + strlen(name), " %" SCNu64, &value), 1);
    if (value != actual)
        fail_msg("%s: the file says %" PRIu64 ", the core %" PRIu64, name, value, actual);
}

/* The instrument of a hand-written trade is its taker's. */
static void
trade_line(const struct flow *f, const char *line)
{
    struct ref_flow_trade t = {0};
    char price[DECIMAL_TEXT_MAX], qty[DECIMAL_TEXT_MAX];
    assert_int_equal(
        sscanf(line, "# trade %" SCNu32 " %" SCNu32 " %23s %23s", &t.maker, &t.taker, price, qty),
        4);
    for (size_t i = 0; i < f->op_cnt; i++) {
        if (f->ops[i].order != t.taker)
            continue;
        const struct flow_instrument *in = &f->instruments[f->ops[i].instrument];
        assert_int_equal(decimal_parse(price, strlen(price), in->price_scale, &t.price_units), 0);
        assert_int_equal(decimal_parse(qty, strlen(qty), in->qty_scale, &t.qty_units), 0);
        break;
    }
    note_plain(&written, 0, &t);
}

static void
compare_with_file(const struct flow *f, const char *path, const struct flow_result *result)
{
    struct flow_bytes b;
    struct error err = {0};
    struct flow_line line;
    char text[256];
    bool expected = false;
    uint64_t checksum;
    assert_int_equal(flow_bytes_read(&b, path, &err), 0);
    struct flow_lines lines = {b.data, b.data + b.length, 0};
    written.cnt = 0;
    while (flow_lines_next(&lines, &line)) {
        snprintf(text, sizeof text, "%.*s", (int)line.length, line.text);
        if (!strncmp(text, "# trade ", 8))
            trade_line(f, text);
        if (strncmp(text, "# expect ", 9) != 0)
            continue;
        expected = true;
        expect_word(text, "trades", result->trades);
        expect_word(text, "quantity", result->traded_units);
        expect_word(text, "accepted", result->accepted);
        expect_word(text, "canceled", result->canceled);
        expect_word(text, "replaced", result->replaced);
        expect_word(text, "rejected", rejected(result));
        const char *at = strstr(text, "checksum");
        if (at) {
            assert_int_equal(sscanf(at, "checksum %" SCNx64, &checksum), 1);
            assert_true(checksum == result->checksum);
        }
    }
    assert_true(expected);
    if (written.cnt > 0)
        assert_same_trades(&written, &ours);
    flow_bytes_free(&b);
}

static void
run_file(const char *path)
{
    struct flow f;
    struct flow_result result;
    struct error err = {0};
    flow_init(&f, "");
    if (flow_read(&f, path, NULL, &err) < 0)
        fail_msg("%s", err.text);
    run_both(&f, &result);
    compare_with_file(&f, path, &result);
    flow_fini(&f);
}

static void
test_price_first_then_time(void **state)
{
    (void)state;
    run_file("tests/flow-data/1_time_and_price.flow");
}

static void
test_replace_keeps_or_loses_the_place(void **state)
{
    (void)state;
    run_file("tests/flow-data/2_replace.flow");
}

static void
test_kinds_of_orders(void **state)
{
    (void)state;
    run_file("tests/flow-data/3_kinds.flow");
}

static void
test_generated_one_instrument(void **state)
{
    (void)state;
    run_file("tests/flow-data/4_generated_one.flow");
}

static void
test_generated_three_instruments(void **state)
{
    (void)state;
    run_file("tests/flow-data/5_generated_three.flow");
}

static void
test_shipped_recording_core_equals_plain_matcher(void **state)
{
    struct flow f;
    struct flow_result result;
    struct error err = {0};
    (void)state;
    flow_init(&f, "");
    assert_int_equal(flow_read_shipped(&f, NULL, &err), 0);
    run_both(&f, &result);
    assert_in_range(result.trades, 150, 250);
    flow_fini(&f);
}

/* The generator's own model of the book keeps up: no cancel of it comes too late. */
static void
test_generator_core_equals_plain_matcher_and_no_cancel_is_late(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct flow f;
        struct flow_result result;
        struct error err = {0};
        struct flow_generate_options options = {.seed = seed, .op_cnt = 4000, .crossing_pct = 20};
        flow_init(&f, "");
        assert_int_equal(flow_generate(&f, &options, &err), 0);
        run_both(&f, &result);
        assert_int_equal(rejected(&result), result.rejected[REASON_FOK_NOT_FILLED]);
        assert_true(result.trades > 500);
        flow_fini(&f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_first_then_time),
        cmocka_unit_test(test_replace_keeps_or_loses_the_place),
        cmocka_unit_test(test_kinds_of_orders),
        cmocka_unit_test(test_generated_one_instrument),
        cmocka_unit_test(test_generated_three_instruments),
        cmocka_unit_test(test_shipped_recording_core_equals_plain_matcher),
        cmocka_unit_test(test_generator_core_equals_plain_matcher_and_no_cancel_is_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
