#include "engine/book/trail_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/book/stop_index.h"
#include "tests/support/seed.h"

/* Against the rule itself: each order's stop price is moved by each trade. */

enum { ORDERS = 300 };

static struct seed seed;
static struct book_pools pools;
static struct stop_index stops;
static void *memory[3];
static int64_t rule[ORDERS]; /* by slot: the stop price as the rule has it; 0 = does not wait */

static int
open_pools(void **state)
{
    (void)state;
    memory[0] = aligned_alloc(64, (order_pool_footprint(ORDERS) + 63) / 64 * 64);
    memory[1] = aligned_alloc(64, (level_pool_footprint(ORDERS) + 63) / 64 * 64);
    memory[2] = aligned_alloc(64, trail_pool_footprint(ORDERS));
    assert_true(memory[0] != NULL && memory[1] != NULL && memory[2] != NULL);
    for (size_t i = 0; i < order_pool_footprint(ORDERS); i++)
        ((uint8_t *)memory[0])[i] = 0;
    order_pool_init(&pools.orders, memory[0], ORDERS);
    level_pool_init(&pools.levels, memory[1], ORDERS);
    trail_pool_init(&pools.trails, memory[2], ORDERS);
    stop_index_init(&stops);
    for (uint32_t i = 0; i < ORDERS; i++)
        rule[i] = 0;
    return 0;
}

static int
close_pools(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        free(memory[i]);
    return 0;
}

static uint32_t
add(uint8_t side, int64_t stop_units, int32_t distance)
{
    uint32_t slot = order_pool_take(&pools.orders);
    struct order *o = order_at(&pools.orders, slot);
    o->side = side;
    o->ord_type = ORD_TRAILING_STOP_LIMIT;
    o->price_units = stop_units + 1000;
    order_cold_at(&pools.orders, slot)->stop_units = stop_units;
    order_cold_at(&pools.orders, slot)->offset_units = side == SIDE_BUY ? distance : -distance;
    stop_index_add(&stops, &pools, slot);
    rule[slot] = stop_units;
    return slot;
}

static void
take_out(uint32_t slot)
{
    int64_t moved = rule[slot] - order_cold_at(&pools.orders, slot)->stop_units;
    int64_t limit = order_at(&pools.orders, slot)->price_units + moved;
    stop_index_remove(&stops, &pools, slot);
    assert_int_equal(order_cold_at(&pools.orders, slot)->stop_units, rule[slot]);
    assert_int_equal(order_at(&pools.orders, slot)->price_units, limit);
    rule[slot] = 0;
    order_pool_give(&pools.orders, slot);
}

static void
trade(int64_t price)
{
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++)
        stop_index_follow(&stops, &pools, side, price);
    for (uint32_t slot = 0; slot < ORDERS; slot++) {
        int64_t to = price + order_cold_at(&pools.orders, slot)->offset_units;
        bool buy = order_at(&pools.orders, slot)->side == SIDE_BUY;
        if (rule[slot] != 0 && (buy ? to < rule[slot] : to > rule[slot]))
            rule[slot] = to;
    }
}

static bool
nearer(uint32_t a, uint32_t b)
{
    if (rule[a] != rule[b])
        return order_at(&pools.orders, a)->side == SIDE_BUY ? rule[a] < rule[b] : rule[a] > rule[b];
    return order_at(&pools.orders, a)->order_id < order_at(&pools.orders, b)->order_id;
}

static uint32_t
nearest(uint8_t side)
{
    uint32_t found = ORDER_NONE;
    for (uint32_t slot = 0; slot < ORDERS; slot++) {
        if (rule[slot] != 0 && order_at(&pools.orders, slot)->side == side &&
            (found == ORDER_NONE || nearer(slot, found)))
            found = slot;
    }
    return found;
}

static void
compare(void)
{
    uint32_t cnt = 0;
    for (uint32_t slot = 0; slot < ORDERS; slot++) {
        if (rule[slot] == 0)
            continue;
        cnt++;
        assert_int_equal(stop_index_price(&pools, slot), rule[slot]);
    }
    assert_int_equal(stop_index_check(&stops, &pools), cnt);
    assert_int_equal(pools.trails.cnt, cnt);
    assert_int_equal(stop_index_next(&stops, &pools, SIDE_BUY), nearest(SIDE_BUY));
    assert_int_equal(stop_index_next(&stops, &pools, SIDE_SELL), nearest(SIDE_SELL));
}

static void
test_stop_follows_and_never_goes_back(void **state)
{
    (void)state;
    uint32_t a = add(SIDE_SELL, 95, 5);
    trade(103);
    trade(99);
    assert_int_equal(stop_index_price(&pools, a), 98);
    uint32_t b = add(SIDE_SELL, 90, 5); /* 103 was before it came */
    assert_int_equal(stop_index_price(&pools, b), 90);
    trade(96);
    assert_int_equal(stop_index_price(&pools, b), 91);
    assert_int_equal(stop_index_price(&pools, a), 98);
    take_out(a);
    take_out(b);
    compare();
}

static void
test_trade_concerns_only_those_it_reaches_or_moves(void **state)
{
    (void)state;
    assert_false(stop_index_concerned(&stops, 1));
    uint32_t a = add(SIDE_SELL, 95, 5);
    trade(100);
    assert_true(stop_index_concerned(&stops, 101));
    assert_false(stop_index_concerned(&stops, 100));
    assert_false(stop_index_concerned(&stops, 96));
    assert_true(stop_index_concerned(&stops, 95));
    assert_int_equal(stop_index_reached(&stops, &pools, SIDE_SELL, 95), a);
    assert_int_equal(stop_index_reached(&stops, &pools, SIDE_SELL, 96), ORDER_NONE);
    take_out(a);
    uint32_t b = add(SIDE_BUY, 105, 5);
    trade(100);
    assert_true(stop_index_concerned(&stops, 99));
    assert_false(stop_index_concerned(&stops, 104));
    assert_int_equal(stop_index_reached(&stops, &pools, SIDE_BUY, 105), b);
    take_out(b);
    assert_false(stop_index_concerned(&stops, 1000));
}

static void
test_random_orders_follow_the_rule(void **state)
{
    (void)state;
    for (int step = 0; step < 20000; step++) {
        uint64_t what = seed_below(&seed, 10);
        uint32_t slot = (uint32_t)seed_below(&seed, ORDERS);
        bool grows = (step / 2000) % 2 == 0;
        uint8_t side = seed_below(&seed, 2) == 0 ? SIDE_BUY : SIDE_SELL;
        if (what < (grows ? 5 : 3) && order_pool_has_room(&pools.orders))
            (void)add(side, 5000 + (int64_t)seed_below(&seed, 400) - 200,
                      1 + (int32_t)seed_below(&seed, 200));
        else if (what < 8 && rule[slot] != 0)
            take_out(slot);
        else
            trade(5000 + (int64_t)seed_below(&seed, 600) - 300);
        if (step % 16 == 0)
            compare();
    }
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stop_follows_and_never_goes_back, open_pools,
                                        close_pools),
        cmocka_unit_test_setup_teardown(test_trade_concerns_only_those_it_reaches_or_moves,
                                        open_pools, close_pools),
        cmocka_unit_test_setup_teardown(test_random_orders_follow_the_rule, open_pools,
                                        close_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
