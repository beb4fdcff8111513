#include "engine/book/peg_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ORDERS = 16, LEVELS = 16 };

struct fixture {
    struct book_pools pools;
    struct peg_index index;
    void *orders, *levels;
};

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->orders = aligned_alloc(64, order_pool_footprint(ORDERS));
    f->levels = aligned_alloc(64, level_pool_footprint(LEVELS));
    memset(f->orders, 0, order_pool_footprint(ORDERS));
    memset(f->levels, 0, level_pool_footprint(LEVELS));
    order_pool_init(&f->pools.orders, f->orders, ORDERS);
    level_pool_init(&f->pools.levels, f->levels, LEVELS);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    free(f->orders);
    free(f->levels);
    free(f);
    return 0;
}

static uint32_t
peg(struct fixture *f, uint8_t side, uint32_t follows, int32_t offset, int64_t limit,
    uint64_t stamp)
{
    uint32_t slot = order_pool_take(&f->pools.orders);
    order_at(&f->pools.orders, slot)->side = side;
    order_at(&f->pools.orders, slot)->leaves_lots = 1;
    order_at(&f->pools.orders, slot)->place = PLACE_TAKING;
    order_cold_at(&f->pools.orders, slot)->exec_inst = follows;
    order_cold_at(&f->pools.orders, slot)->offset_units = offset;
    order_cold_at(&f->pools.orders, slot)->cap_units = limit;
    order_display_at(&f->pools.orders, slot)->stamp = stamp;
    peg_index_add(&f->index, &f->pools, slot);
    return slot;
}

static const struct peg_market market = {.bid_units = 996,
                                         .ask_units = 1003,
                                         .below_ask_units = 1002,
                                         .above_bid_units = 998,
                                         .low_units = 1,
                                         .high_units = 2000};

static void
test_price_follows_and_stays_on_its_side(void **state)
{
    (void)state;
    assert_int_equal(peg_price(SIDE_BUY, PEG_PRIMARY, 0, &market), 996);
    assert_int_equal(peg_price(SIDE_SELL, PEG_PRIMARY, 4, &market), 1007);
    assert_int_equal(peg_price(SIDE_BUY, PEG_MIDPOINT, 0, &market), 999);
    assert_int_equal(peg_price(SIDE_SELL, PEG_MIDPOINT, 0, &market), 1000);
    assert_int_equal(peg_price(SIDE_BUY, PEG_PRIMARY, 20, &market), 1002);
    assert_int_equal(peg_price(SIDE_SELL, PEG_PRIMARY, -20, &market), 998);
    assert_int_equal(peg_price(SIDE_BUY, PEG_PRIMARY, -996, &market), 0);
    struct peg_market one = market;
    one.ask_units = 0;
    assert_int_equal(peg_price(SIDE_BUY, PEG_MIDPOINT, 0, &one), 0);
    assert_int_equal(peg_price(SIDE_SELL, PEG_PRIMARY, 0, &one), 0);
    assert_int_equal(peg_price(SIDE_BUY, PEG_PRIMARY, 40, &one), 1036);
    one.high_units = 1000;
    assert_int_equal(peg_price(SIDE_BUY, PEG_PRIMARY, 40, &one), 1000);
}

/* The best first, whatever it follows; each may go once it has been passed. */
static void
test_walk_goes_by_price_limit_and_time(void **state)
{
    struct fixture *f = *state;
    uint32_t late = peg(f, SIDE_BUY, EXEC_PEG_PRIMARY, 4, 1100, 7);
    uint32_t early = peg(f, SIDE_BUY, EXEC_PEG_PRIMARY, 4, 1100, 5);
    uint32_t far = peg(f, SIDE_BUY, EXEC_PEG_PRIMARY, 4, 1200, 9);
    uint32_t held = peg(f, SIDE_BUY, EXEC_PEG_PRIMARY, 4, 994, 1);
    uint32_t middle = peg(f, SIDE_BUY, EXEC_PEG_MIDPOINT, 0, 1100, 2);
    const uint32_t order[] = {far, early, late, middle, held};
    const int64_t prices[] = {1000, 1000, 1000, 999, 994};
    uint32_t levels = 0;
    assert_int_equal(peg_index_check(&f->index, &f->pools, &levels), 5);
    assert_int_equal(levels, 4);
    struct peg_walk w;
    peg_walk_start(&w, &f->index, &f->pools, SIDE_BUY, &market);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        int64_t price = 0;
        assert_int_equal(peg_walk_best(&w, &f->pools, &price), order[i]);
        assert_int_equal(price, prices[i]);
        peg_walk_pass(&w, &f->index, &f->pools);
        peg_index_remove(&f->index, &f->pools, order[i]);
    }
    int64_t price = 0;
    assert_int_equal(peg_walk_best(&w, &f->pools, &price), ORDER_NONE);
    assert_int_equal(peg_index_check(&f->index, &f->pools, &levels), 0);
    assert_int_equal(f->pools.levels.level_cnt, 0);
}

static void
test_side_has_room_for_so_many_offsets(void **state)
{
    struct fixture *f = *state;
    uint32_t first = peg(f, SIDE_SELL, EXEC_PEG_PRIMARY, 0, 900, 1);
    for (int32_t i = 1; i < PEG_GROUP_MAX; i++)
        (void)peg(f, SIDE_SELL, EXEC_PEG_PRIMARY, 2 * i, 900, 1);
    assert_false(peg_index_has_room(&f->index, SIDE_SELL, PEG_MIDPOINT, 0));
    assert_true(peg_index_has_room(&f->index, SIDE_SELL, PEG_PRIMARY, 4));
    assert_true(peg_index_has_room(&f->index, SIDE_BUY, PEG_MIDPOINT, 0));
    peg_index_remove(&f->index, &f->pools, first);
    assert_true(peg_index_has_room(&f->index, SIDE_SELL, PEG_MIDPOINT, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_follows_and_stays_on_its_side),
        cmocka_unit_test_setup_teardown(test_walk_goes_by_price_limit_and_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_has_room_for_so_many_offsets, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
