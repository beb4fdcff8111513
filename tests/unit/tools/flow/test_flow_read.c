#include "tools/flow/flow_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int
read_bytes(struct flow *f, const char *text, struct error *err,
           int (*reader)(struct flow *, const struct flow_bytes *, const struct flow_read_options *,
                         struct error *))
{
    struct flow_bytes b = {(char *)(uintptr_t)text, strlen(text)};
    struct flow_read_options options = {.client_cnt = 8, .seed = 1};
    flow_init(f, "");
    return reader(f, &b, &options, err);
}

static uint64_t
note_cnt(const struct flow *f, const char *start)
{
    for (uint32_t i = 0; i < f->note_cnt; i++)
        if (!strncmp(f->notes[i].text, start, strlen(start)))
            return f->notes[i].cnt;
    return 0;
}

/* What the recording holds: counted by hand from its lines. */
static void
test_shipped_recording_is_whole(void **state)
{
    struct flow f;
    struct error err = {0};
    struct flow_counts counts;
    (void)state;
    flow_init(&f, "");
    assert_int_equal(flow_read_shipped(&f, NULL, &err), 0);
    flow_count(&f, &counts);
    assert_int_equal(counts.ops[FLOW_RECORDED][FLOW_NEW], 831);
    assert_int_equal(counts.ops[FLOW_RECORDED][FLOW_CANCEL], 832 - 62);
    assert_int_equal(counts.by_tif[FLOW_RECORDED][TIF_GTC], 831);
    assert_int_equal(note_cnt(&f, "cancels of orders from before"), 62);
    assert_int_equal(f.instrument_cnt, 5);
    assert_in_range(counts.ops[FLOW_ADDED][FLOW_NEW], 160, 260); /* one in four of 831 */
    /* the first new order: LimitOffer of 14.72539 DOT at 31.5105 AUD */
    assert_string_equal(f.instruments[f.ops[0].instrument].symbol, "DOT-AUD");
    assert_int_equal(f.ops[0].price_units, 315105);
    assert_int_equal(f.ops[0].qty_units, 1472539);
    assert_int_equal(f.ops[0].side, SIDE_SELL);
    flow_fini(&f);
}

static void
test_takers_are_seeded_and_can_be_left_out(void **state)
{
    struct flow a, b, none;
    struct error err = {0};
    struct flow_counts counts;
    struct flow_read_options seed_2 = {.seed = 2}, no_takers = {.no_takers = 1};
    (void)state;
    flow_init(&a, "");
    flow_init(&b, "");
    flow_init(&none, "");
    assert_int_equal(flow_read_shipped(&a, NULL, &err), 0);
    assert_int_equal(flow_read_shipped(&b, &seed_2, &err), 0);
    assert_int_equal(flow_read_shipped(&none, &no_takers, &err), 0);
    assert_true(a.op_cnt != b.op_cnt || memcmp(a.ops, b.ops, a.op_cnt * sizeof *a.ops) != 0);
    flow_count(&none, &counts);
    assert_int_equal(counts.ops[FLOW_ADDED][FLOW_NEW], 0);
    assert_int_equal(none.op_cnt, 831 + 770);
    for (size_t i = 0; i < a.op_cnt; i++) /* makers are clients 0 to 4, takers 5 to 7 */
        assert_true((a.ops[i].client >= 5) == (a.ops[i].source == FLOW_ADDED));
    flow_fini(&a);
    flow_fini(&b);
    flow_fini(&none);
}

/* Before the first trade with a side everything waits; then it is entered by priority. */
static void
test_cme_records_become_orders_and_aggressors(void **state)
{
    struct flow f;
    struct error err = {0};
    (void)state;
    int rc = read_bytes(&f,
                        "ts_event,ts_recv,seq,action,side,order_id,price_quarter_ticks,size,flags\n"
                        "1,1,1,A,A,11,100,5,40\n"
                        "1,1,1,A,A,12,100,5,40\n"
                        "2,2,2,M,A,11,100,6,130\n" /* more: behind order 12 */
                        "5,5,3,T,B,99,100,7,0\n"   /* aggressor: 7 at 25.00 */
                        "5,5,3,F,A,12,100,5,0\n"
                        "5,5,3,F,A,11,100,2,0\n"
                        "5,5,4,C,A,12,100,5,0\n"   /* it was filled: nothing to send */
                        "5,5,4,M,A,11,100,4,130\n" /* what the fill left: nothing to send */
                        "6,6,5,M,A,11,101,4,130\n" /* total: 4 left and 2 filled */
                        "7,7,6,A,B,13,99,1,130\n"
                        "8,8,7,C,A,11,101,4,130\n",
                        &err, flow_cme_read);
    assert_int_equal(rc, 0);
    assert_int_equal(f.warm_cnt, 2);
    assert_int_equal(f.op_cnt, 6);
    assert_int_equal(f.ops[0].qty_units, 5); /* exchange's 12 */
    assert_int_equal(f.ops[1].qty_units, 6); /* exchange's 11 */
    assert_int_equal(f.ops[2].tif, TIF_IOC);
    assert_int_equal(f.ops[2].side, SIDE_BUY);
    assert_int_equal(f.ops[2].qty_units, 7);
    assert_int_equal(f.ops[2].price_units, 2500);
    assert_int_equal(f.ops[2].source, FLOW_ADDED);
    assert_int_equal(f.ops[3].kind, FLOW_REPLACE);
    assert_int_equal(f.ops[3].order, 2);
    assert_int_equal(f.ops[3].qty_units, 6);
    assert_int_equal(f.ops[3].price_units, 2525);
    assert_int_equal(f.ops[3].time_ns, 1);
    assert_int_equal(f.ops[4].side, SIDE_BUY);
    assert_int_equal(f.ops[5].kind, FLOW_CANCEL);
    assert_int_equal(f.ops[5].order, 2);
    flow_fini(&f);
}

static void
test_bitstamp_events_become_orders(void **state)
{
    struct flow f;
    struct error err = {0};
    (void)state;
    int rc = read_bytes(
        &f,
        "1430438404518 order_created {\"price\": \"236.47\", \"amount\": \"2.00000000\", "
        "\"datetime\": \"1430438404\", \"id\": 5, \"order_type\": 0}\n"
        "1430438404635 order_changed {\"price\": \"236.47\", \"amount\": \"1.78855669\", "
        "\"datetime\": \"1430438404\", \"id\": 5, \"order_type\": 0}\n"
        "1430438404636 order_changed {\"price\": \"236.40\", \"amount\": \"1.78855669\", "
        "\"datetime\": \"1430438404\", \"id\": 5, \"order_type\": 0}\n"
        "1430438404637 order_deleted {\"price\": \"236.47\", \"amount\": \"0.00000000\", "
        "\"datetime\": \"1430438340\", \"id\": 4, \"order_type\": 1}\n"
        "1430438404645 trade {\"price\": 236.47, \"amount\": 0.21144331, \"id\": 8111041}\n"
        "1430438405647 order_deleted {\"price\": \"236.40\", \"amount\": \"1.78855669\", "
        "\"datetime\": \"1430438337\", \"id\": 5, \"order_type\": 0}\n",
        &err, flow_bitstamp_read);
    assert_int_equal(rc, 0);
    assert_int_equal(f.op_cnt, 3);
    assert_int_equal(f.ops[0].price_units, 23647);
    assert_int_equal(f.ops[0].qty_units, 200000000);
    assert_int_equal(f.ops[0].side, SIDE_BUY);
    assert_int_equal(f.ops[1].kind, FLOW_REPLACE);
    assert_int_equal(f.ops[1].price_units, 23640);
    assert_int_equal(f.ops[1].qty_units, 200000000);
    assert_int_equal(f.ops[1].time_ns, 118000000);
    assert_int_equal(f.ops[2].kind, FLOW_CANCEL);
    assert_int_equal(note_cnt(&f, "deletions of orders from before"), 1);
    assert_int_equal(note_cnt(&f, "amounts that fell"), 1);
    assert_int_equal(note_cnt(&f, "trades"), 1);
    flow_fini(&f);
}

static void
test_what_is_no_flow_is_refused_with_what_was_expected(void **state)
{
    struct flow f;
    struct error err = {0};
    (void)state;
    flow_init(&f, "");
    assert_int_equal(flow_read(&f, "README.md", NULL, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "README.md: not an order flow"));
    assert_int_equal(flow_read(&f, "/does/not/exist", NULL, &err), ERR_IO);
    assert_non_null(strstr(err.text, "/does/not/exist"));
    flow_fini(&f);
}

static void
test_damaged_xz_is_refused(void **state)
{
    struct flow_bytes b;
    struct error err = {0};
    char damaged[64] = "\xFD"
                       "7zXZ";
    (void)state;
    assert_int_equal(flow_bytes_from(&b, damaged, sizeof damaged, "damaged.xz", &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "damaged.xz: not a whole .xz file"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_recording_is_whole),
        cmocka_unit_test(test_takers_are_seeded_and_can_be_left_out),
        cmocka_unit_test(test_cme_records_become_orders_and_aggressors),
        cmocka_unit_test(test_bitstamp_events_become_orders),
        cmocka_unit_test(test_what_is_no_flow_is_refused_with_what_was_expected),
        cmocka_unit_test(test_damaged_xz_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
