#include "tools/flow/flow_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/flow/flow_generate.h"

static int
read_text(struct flow *f, const char *text, struct error *err)
{
    flow_init(f, "");
    return flow_text_read(f, text, strlen(text), err);
}

static void
assert_refused(const char *text, const char *expected)
{
    struct flow f;
    struct error err = {0};
    assert_int_equal(read_text(&f, text, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("expected '%s' in '%s'", expected, err.text);
    flow_fini(&f);
}

#define HEAD "assay-flow 1\nclients 2\ninstrument ETH-AUD 2 8\n"

static void
test_text_of_each_operation_is_read(void **state)
{
    struct flow f;
    struct error err = {0};
    (void)state;
    int rc = read_text(&f,
                       HEAD "name three orders\nnote 62 left out\n# a comment\n\n"
                            "0 new 1 0 ETH-AUD sell limit gtc 4731.70 15 recorded\n"
                            "16 replace 1 0 4731.6 14.5 recorded\n"
                            "17 new 2 1 ETH-AUD buy market ioc - 0.00000001 added\n"
                            "18 cancel 1 0 recorded\n",
                       &err);
    assert_int_equal(rc, 0);
    assert_string_equal(f.name, "three orders");
    assert_int_equal(f.op_cnt, 4);
    assert_int_equal(f.order_cnt, 2);
    assert_int_equal(f.notes[0].cnt, 62);
    assert_string_equal(f.notes[0].text, "left out");
    assert_int_equal(f.ops[0].price_units, 473170);
    assert_int_equal(f.ops[0].qty_units, 1500000000);
    assert_int_equal(f.ops[1].kind, FLOW_REPLACE);
    assert_int_equal(f.ops[1].price_units, 473160);
    assert_int_equal(f.ops[1].side, SIDE_SELL);
    assert_int_equal(f.ops[2].ord_type, ORD_MARKET);
    assert_int_equal(f.ops[2].tif, TIF_IOC);
    assert_int_equal(f.ops[2].source, FLOW_ADDED);
    assert_int_equal(f.ops[3].kind, FLOW_CANCEL);
    assert_int_equal(f.ops[3].instrument, 0);
    flow_fini(&f);
}

static void
test_text_refusals_name_line_and_what_was_expected(void **state)
{
    (void)state;
    assert_refused("", "line 1: expected 'assay-flow 1'");
    assert_refused(HEAD "0 neu 1 0 ETH-AUD sell limit gtc 1 1 recorded\n",
                   "line 4: expected new, cancel or replace, found 'neu'");
    assert_refused(HEAD "0 new 2 0 ETH-AUD sell limit gtc 1 1 recorded\n",
                   "line 4: expected the next order number");
    assert_refused(
        HEAD "0 new 1 0 BTC-AUD sell limit gtc 1 1 recorded\n",
        "line 4: expected a symbol that an instrument line above names, found 'BTC-AUD'");
    assert_refused(HEAD "0 new 1 0 ETH-AUD sell limit gtc 1.001 1 recorded\n",
                   "line 4: expected a price with the instrument's decimals, found '1.001'");
    assert_refused(HEAD "0 new 1 0 ETH-AUD buy market ioc 5 1 recorded\n",
                   "expected '-' (no price at market), found '5'");
    assert_refused(HEAD "0 new 1 0 ETH-AUD sell limit gtc 1 1\n",
                   "expected recorded, added or generated, found the end");
    assert_refused(HEAD "0 cancel 1 0 recorded\n", "expected the number of an order above");
    assert_refused(HEAD "0 new 1 0 ETH-AUD sell limit gtc 1 1 recorded\n1 cancel 1 1 recorded\n",
                   "operation 2 (cancel of order 1): instrument, client or side differ");
    assert_refused(HEAD "0 new 1 0 ETH-AUD sell limit gtc 0 1 recorded\n",
                   "price does not fit the order type");
    assert_refused(HEAD "0 new 1 0 ETH-AUD sell limit gtc 1 0 recorded\n",
                   "quantity is not positive");
    assert_refused(HEAD "warm 1\n", "warm 1 is more than the 0 operations");
    assert_refused("assay-flow 1\ninstrument E 2 9\n", "decimals of the quantity, 0 to 8");
    assert_refused("assay-flow 1\ninstrument E 2 8\ninstrument E 3 8\n",
                   "line 3: E appears with two different scales");
}

static char *
text_of(const struct flow *f, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    struct error err = {0};
    assert_non_null(out);
    assert_int_equal(flow_text_write(f, out, &err), 0);
    fclose(out);
    return text;
}

static void
test_text_written_and_read_is_the_same_flow(void **state)
{
    struct flow f, again;
    struct error err = {0};
    struct flow_generate_options options = {.seed = 11, .op_cnt = 5000, .client_cnt = 3};
    size_t length, length_again;
    (void)state;
    flow_init(&f, "");
    assert_int_equal(flow_generate(&f, &options, &err), 0);
    flow_note(&f, 3, "a note");
    f.warm_cnt = 17;
    char *text = text_of(&f, &length);
    assert_int_equal(read_text(&again, text, &err), 0);
    assert_int_equal(again.op_cnt, f.op_cnt);
    assert_int_equal(again.warm_cnt, 17);
    char *text_again = text_of(&again, &length_again);
    assert_int_equal(length, length_again);
    assert_memory_equal(text, text_again, length);
    free(text);
    free(text_again);
    flow_fini(&f);
    flow_fini(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_each_operation_is_read),
        cmocka_unit_test(test_text_refusals_name_line_and_what_was_expected),
        cmocka_unit_test(test_text_written_and_read_is_the_same_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
