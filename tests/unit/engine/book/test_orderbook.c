#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/book/orderbook.h"
#include "tests/support/seed.h"

/* The library against a list that is searched from end to end, and its batches against its single
 * operations. */

enum { INSTRUMENTS = 3, ORDERS = 200, IDS = 400, REPORTS = 4096 };

struct taken { /* the reports of a book, as its window hands them over */
    struct orderbook_report window[7];
    struct orderbook_report all[REPORTS];
    uint32_t cnt;
};

static void
take(void *self, struct orderbook_out *out)
{
    struct taken *t = self;
    uint32_t cnt = (uint32_t)(out->at - t->window);
    assert_true(t->cnt + cnt <= REPORTS);
    memcpy(&t->all[t->cnt], t->window, cnt * sizeof(t->window[0]));
    t->cnt += cnt;
    out->at = t->window;
    out->end = t->window + 7;
}

static struct orderbook *
open_book(struct taken *t, uint32_t order_max, uint32_t id_max)
{
    struct orderbook_config config = {
        .instrument_max = INSTRUMENTS,
        .order_max = order_max,
        .id_max = id_max,
        .hash_key = 77,
        .out = {.at = t->window, .end = t->window + 7, .full = take, .self = t},
    };
    size_t bytes = (orderbook_footprint(&config) + 63) & ~(size_t)63;
    void *mem = aligned_alloc(64, bytes);
    assert_non_null(mem);
    memset(mem, 0, bytes);
    t->cnt = 0;
    return orderbook_create(&config, mem);
}

/* What was reported since the last time. */
static uint32_t
reports_of(struct orderbook *ob, struct taken *t)
{
    take(t, orderbook_out(ob));
    uint32_t cnt = t->cnt;
    t->cnt = 0;
    return cnt;
}

/* --- the plain one --- */

struct plain_order {
    uint64_t id, place; /* place: by entry; the lower first */
    int64_t price, lots;
    uint32_t instrument;
    uint8_t side;
};

static struct plain {
    struct plain_order orders[ORDERS];
    uint32_t cnt;
    uint64_t places;
    struct orderbook_report reports[REPORTS];
    uint32_t report_cnt;
} plain;

static struct plain_order *
plain_find(uint64_t id)
{
    for (uint32_t i = 0; i < plain.cnt; i++)
        if (plain.orders[i].id == id)
            return &plain.orders[i];
    return NULL;
}

static struct plain_order *
plain_best(uint32_t instrument, uint8_t side)
{
    struct plain_order *best = NULL;
    for (uint32_t i = 0; i < plain.cnt; i++) {
        struct plain_order *o = &plain.orders[i];
        if (o->instrument != instrument || o->side != side)
            continue;
        bool better =
            best == NULL || (side == SIDE_BUY ? o->price > best->price : o->price < best->price);
        if (better || (o->price == best->price && o->place < best->place))
            best = o;
    }
    return best;
}

static void
plain_remove(struct plain_order *o)
{
    *o = plain.orders[--plain.cnt];
}

static void
plain_report(const struct orderbook_op *op, int64_t lots, enum orderbook_result result)
{
    plain.reports[plain.report_cnt++] = (struct orderbook_report){.order_id = op->order_id,
                                                                  .price_units = op->price_units,
                                                                  .lots = lots,
                                                                  .instrument = op->instrument,
                                                                  .kind = op->kind,
                                                                  .side = op->side,
                                                                  .result = (uint8_t)result};
}

static int64_t
plain_match(const struct orderbook_op *op)
{
    int64_t left = op->lots;
    struct plain_order *m;
    while (left > 0 &&
           (m = plain_best(op->instrument, op->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY)) &&
           (op->side == SIDE_BUY ? m->price <= op->price_units : m->price >= op->price_units)) {
        int64_t lots = m->lots < left ? m->lots : left;
        plain.reports[plain.report_cnt++] = (struct orderbook_report){.order_id = m->id,
                                                                      .taker_id = op->order_id,
                                                                      .price_units = m->price,
                                                                      .lots = lots,
                                                                      .instrument = op->instrument,
                                                                      .kind = ORDERBOOK_TRADE,
                                                                      .side = op->side};
        left -= lots;
        if ((m->lots -= lots) == 0)
            plain_remove(m);
    }
    return left;
}

static void
plain_rest(const struct orderbook_op *op, int64_t lots)
{
    if (lots > 0)
        plain.orders[plain.cnt++] = (struct plain_order){
            op->order_id, plain.places++, op->price_units, lots, op->instrument, op->side};
}

static void
plain_add(const struct orderbook_op *op)
{
    if (plain_find(op->order_id) != NULL) {
        plain_report(op, 0, ORDERBOOK_DUPLICATE_ID);
        return;
    }
    if (plain.cnt == ORDERS) {
        plain_report(op, 0, ORDERBOOK_FULL);
        return;
    }
    int64_t left = plain_match(op);
    plain_rest(op, left);
    plain_report(op, left, ORDERBOOK_OK);
}

static void
plain_change(const struct orderbook_op *op)
{
    struct plain_order *o = plain_find(op->order_id);
    if (o == NULL) {
        plain_report(op, 0, ORDERBOOK_UNKNOWN_ORDER);
        return;
    }
    struct orderbook_op now = {.order_id = o->id,
                               .price_units = o->price,
                               .lots = o->lots,
                               .instrument = o->instrument,
                               .kind = op->kind,
                               .side = o->side};
    if (op->kind == ORDERBOOK_CANCEL) {
        plain_remove(o);
        plain_report(&now, now.lots, ORDERBOOK_OK);
    } else if (op->price_units == o->price && op->lots <= o->lots) {
        o->lots = op->lots;
        plain_report(&now, op->lots, ORDERBOOK_OK);
    } else {
        plain_remove(o);
        now.price_units = op->price_units;
        now.lots = op->lots;
        int64_t left = plain_match(&now);
        plain_rest(&now, left);
        plain_report(&now, left, ORDERBOOK_OK);
    }
}

/* --- random operations --- */

static struct seed seed, first_seed;

static struct orderbook_op
draw(uint32_t ids, uint64_t prices)
{
    uint64_t kind = seed_below(&seed, 8);
    struct orderbook_op op = {.order_id = 1 + seed_below(&seed, ids),
                              .kind = kind < 4   ? (uint8_t)ORDERBOOK_ADD
                                      : kind < 7 ? (uint8_t)ORDERBOOK_CANCEL
                                                 : (uint8_t)ORDERBOOK_REPLACE};
    if (op.kind != ORDERBOOK_CANCEL) {
        op.price_units = (int64_t)(1000 + seed_below(&seed, prices));
        op.lots = (int64_t)(1 + seed_below(&seed, 9));
    }
    if (op.kind == ORDERBOOK_ADD) {
        op.instrument = (uint32_t)seed_below(&seed, INSTRUMENTS);
        op.side = seed_below(&seed, 2) == 0 ? (uint8_t)SIDE_BUY : (uint8_t)SIDE_SELL;
    }
    return op;
}

static void
check_best(const struct orderbook *ob)
{
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
            int64_t price, lots, sum = 0;
            const struct plain_order *best = plain_best(i, side);
            assert_int_equal(orderbook_best(ob, i, side, &price, &lots), best != NULL);
            if (best == NULL)
                continue;
            for (uint32_t k = 0; k < plain.cnt; k++)
                if (plain.orders[k].instrument == i && plain.orders[k].side == side &&
                    plain.orders[k].price == best->price)
                    sum += plain.orders[k].lots;
            assert_int_equal(price, best->price);
            assert_int_equal(lots, sum);
        }
    }
}

static void
against_plain(uint32_t id_max)
{
    static struct taken t;
    memset(&plain, 0, sizeof(plain));
    struct orderbook *ob = open_book(&t, ORDERS, id_max);
    for (int step = 0; step < 30000; step++) {
        /* Mostly around one price, so that much trades; sometimes far away. */
        struct orderbook_op op = draw(IDS, step % 7 == 0 ? 100000 : 20);
        plain.report_cnt = 0;
        if (op.kind == ORDERBOOK_ADD)
            plain_add(&op);
        else
            plain_change(&op);
        (void)orderbook_apply(ob, &op, 1);
        assert_int_equal(reports_of(ob, &t), plain.report_cnt);
        assert_memory_equal(t.all, plain.reports, plain.report_cnt * sizeof(plain.reports[0]));
        assert_int_equal(orderbook_order_cnt(ob), plain.cnt);
        if (step % 64 == 0)
            check_best(ob);
    }
    free(ob);
}

static void
test_matches_as_a_plain_list_does(void **state)
{
    (void)state;
    seed = first_seed;
    against_plain(0);
    against_plain(IDS);
}

/* With so many orders that batches look ahead. */
static void
batches_as_single(uint32_t id_max)
{
    enum { MANY = 100000, BATCH = 50 };
    static struct taken one, many;
    struct orderbook *a = open_book(&one, MANY, id_max), *b = open_book(&many, MANY, id_max);
    uint32_t most = 0;
    for (int step = 0; step < 3000; step++) {
        struct orderbook_op ops[BATCH];
        uint32_t refused = 0;
        for (int i = 0; i < BATCH; i++) {
            ops[i] = draw(MANY, 300000);
            if (step < 1000) { /* until it is full */
                ops[i].kind = ORDERBOOK_ADD;
                ops[i].side = (uint8_t)(1 + step % 2);
                ops[i].price_units =
                    step % 2 == 0 ? 1 + ops[i].price_units : 400000 + ops[i].price_units;
                ops[i].lots = 5;
            }
            refused += orderbook_apply(a, &ops[i], 1);
        }
        assert_int_equal(orderbook_apply(b, ops, BATCH), refused);
        most = orderbook_order_cnt(a) > most ? orderbook_order_cnt(a) : most;
        uint32_t cnt = reports_of(a, &one);
        assert_int_equal(reports_of(b, &many), cnt);
        assert_memory_equal(one.all, many.all, cnt * sizeof(one.all[0]));
    }
    assert_true(most > 20000);
    free(a);
    free(b);
}

static void
test_a_batch_does_what_its_operations_do(void **state)
{
    (void)state;
    seed = first_seed;
    batches_as_single(0);
    batches_as_single(100000);
}

static void
test_what_cannot_be_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static struct taken t;
    struct orderbook *ob = open_book(&t, 2, 10);
    assert_int_equal(orderbook_add(ob, 0, 1, SIDE_BUY, 100, 5), ORDERBOOK_OK);
    assert_int_equal(orderbook_add(ob, INSTRUMENTS, 2, SIDE_BUY, 100, 5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 2, 0, 100, 5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 0, SIDE_BUY, 100, 5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 11, SIDE_BUY, 100, 5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 2, SIDE_BUY, 0, 5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 2, SIDE_BUY, 100, -5), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_add(ob, 0, 2, SIDE_BUY, 100, INT64_MAX), ORDERBOOK_FULL);
    assert_int_equal(orderbook_add(ob, 0, 1, SIDE_BUY, 100, 5), ORDERBOOK_DUPLICATE_ID);
    assert_int_equal(orderbook_cancel(ob, 2), ORDERBOOK_UNKNOWN_ORDER);
    assert_int_equal(orderbook_cancel(ob, UINT64_MAX), ORDERBOOK_UNKNOWN_ORDER);
    assert_int_equal(orderbook_replace(ob, 1, 100, 0), ORDERBOOK_BAD_FIELD);
    assert_int_equal(orderbook_replace(ob, 2, 100, 5), ORDERBOOK_UNKNOWN_ORDER);
    assert_int_equal(orderbook_add(ob, 0, 2, SIDE_BUY, 99, 5), ORDERBOOK_OK);
    assert_int_equal(orderbook_add(ob, 0, 3, SIDE_SELL, 99, 5), ORDERBOOK_FULL);
    int64_t price, lots;
    assert_true(orderbook_best(ob, 0, SIDE_BUY, &price, &lots));
    assert_int_equal(price, 100);
    assert_int_equal(lots, 5);
    assert_false(orderbook_best(ob, 0, SIDE_SELL, &price, &lots));
    /* Not an operation: refused, and said. */
    static const uint8_t kinds[] = {ORDERBOOK_TRADE, ORDERBOOK_KIND_CNT, 32, 255};
    (void)reports_of(ob, &t);
    for (size_t i = 0; i < sizeof(kinds); i++) {
        struct orderbook_op op = {.order_id = 1, .kind = kinds[i]};
        assert_int_equal(orderbook_apply(ob, &op, 1), 1);
        assert_int_equal(reports_of(ob, &t), 1);
        assert_int_equal(t.all[0].result, ORDERBOOK_BAD_FIELD);
    }
    orderbook_clear(ob);
    assert_false(orderbook_best(ob, 0, SIDE_BUY, &price, &lots));
    assert_int_equal(orderbook_cancel(ob, 1), ORDERBOOK_UNKNOWN_ORDER);
    free(ob);
}

static void
test_a_configuration_out_of_range_has_no_footprint(void **state)
{
    (void)state;
    static struct taken t;
    struct orderbook_config good = {
        .instrument_max = 1, .order_max = 1, .out = {t.window, t.window + 7, take, &t}};
    struct orderbook_config bad[] = {good, good, good, good};
    bad[0].instrument_max = 0;
    bad[1].order_max = 0;
    bad[2].order_max = 1u << 24;
    bad[3].out.full = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(orderbook_footprint(&bad[i]), 0);
    /* More levels than orders are never there, and ask for nothing. */
    struct orderbook_config wide = good;
    wide.level_max = UINT32_MAX;
    assert_int_equal(orderbook_footprint(&wide), orderbook_footprint(&good));
    assert_true(orderbook_footprint(&good) > 0);
}

int
main(int argc, char **argv)
{
    first_seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_as_a_plain_list_does),
        cmocka_unit_test(test_a_batch_does_what_its_operations_do),
        cmocka_unit_test(test_what_cannot_be_is_refused_and_changes_nothing),
        cmocka_unit_test(test_a_configuration_out_of_range_has_no_footprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
