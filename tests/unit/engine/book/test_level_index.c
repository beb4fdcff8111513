#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/book/level_index.h"
#include "tests/support/seed.h"

/* The index against a sorted array. */

enum { MAX = 300 };

static struct seed seed;
static struct level_pool pool;
static struct level_side side;
static void *memory;
static int64_t sorted[MAX]; /* best first */
static uint32_t sorted_cnt;

static void
open_side(uint8_t which)
{
    size_t bytes = level_pool_footprint(MAX);
    memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    level_pool_init(&pool, memory, MAX);
    level_side_init(&side, which);
    sorted_cnt = 0;
}

static bool
before(int64_t a, int64_t b)
{
    return side.side == SIDE_BUY ? a > b : a < b;
}

static uint32_t
place_of(int64_t price)
{
    uint32_t i = 0;
    while (i < sorted_cnt && before(sorted[i], price))
        i++;
    return i;
}

static void
check_walk(void)
{
    uint32_t at = side.best;
    assert_int_equal(side.best_units, sorted_cnt > 0 ? sorted[0] : 0);
    for (uint32_t i = 0; i < sorted_cnt; i++) {
        assert_int_not_equal(at, LEVEL_NONE);
        assert_int_equal(pool.levels[at].price_units, sorted[i]);
        assert_int_equal(level_find(&pool, &side, sorted[i]), at);
        at = level_worse(&pool, &side, sorted[i]);
    }
    assert_int_equal(at, LEVEL_NONE);
    assert_int_equal(side.level_cnt, sorted_cnt);
    assert_true(pool.node_cnt < sorted_cnt || sorted_cnt == 0);
    level_pool_check(&pool);
}

static void
step(int64_t price)
{
    uint32_t i = place_of(price);
    bool there = i < sorted_cnt && sorted[i] == price;
    assert_int_equal(level_find(&pool, &side, price) != LEVEL_NONE, there);
    uint32_t worse = level_worse(&pool, &side, price), k = i + there;
    if (k < sorted_cnt)
        assert_int_equal(pool.levels[worse].price_units, sorted[k]);
    else
        assert_int_equal(worse, LEVEL_NONE);
    if (there) {
        level_give(&pool, &side, level_find(&pool, &side, price));
        memmove(&sorted[i], &sorted[i + 1], (sorted_cnt - i - 1) * sizeof(sorted[0]));
        sorted_cnt--;
    } else if (level_pool_has_room(&pool) && sorted_cnt < MAX) {
        uint32_t level = level_take(&pool, &side, price);
        assert_int_equal(level_take(&pool, &side, price), level);
        memmove(&sorted[i + 1], &sorted[i], (sorted_cnt - i) * sizeof(sorted[0]));
        sorted[i] = price;
        sorted_cnt++;
    }
}

static void
walk_by_chance(uint8_t which, int64_t range, uint32_t steps)
{
    open_side(which);
    for (uint32_t n = 0; n < steps; n++) {
        int64_t price = 1 + (int64_t)(seed_next(&seed) >> 1) % range;
        step(price);
        if (n % 64 == 0)
            check_walk();
    }
    check_walk();
    while (sorted_cnt > 0)
        step(sorted[seed_below(&seed, sorted_cnt)]);
    assert_int_equal(pool.level_cnt, 0);
    assert_int_equal(pool.node_cnt, 0);
    assert_int_equal(pool.block_cnt, 0);
    assert_int_equal(side.best, LEVEL_NONE);
    assert_int_equal(side.best_units, 0);
    free(memory);
}

static void
test_finds_what_a_sorted_array_finds(void **state)
{
    (void)state;
    static const int64_t ranges[] = {20,           64, 65, 400, 5000, 1000000, (int64_t)1 << 40,
                                     INT64_MAX - 1};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        walk_by_chance(SIDE_BUY, ranges[i], 4000);
        walk_by_chance(SIDE_SELL, ranges[i], 4000);
    }
}

static void
test_largest_price_and_one_node_where_prices_part(void **state)
{
    (void)state;
    open_side(SIDE_SELL);
    step(1);
    assert_int_equal(pool.node_cnt, 0);
    step(64);
    assert_int_equal(pool.node_cnt, 1);
    step(INT64_MAX);
    assert_int_equal(pool.node_cnt, 2);
    step(INT64_MAX - 1);
    assert_int_equal(pool.node_cnt, 3);
    check_walk();
    assert_int_equal(pool.levels[side.best].price_units, 1);
    step(1);
    step(64);
    assert_int_equal(pool.node_cnt, 1);
    assert_int_equal(pool.levels[side.best].price_units, INT64_MAX - 1);
    free(memory);
    open_side(SIDE_BUY);
    step(5);
    assert_int_equal(level_find(&pool, &side, 1000000), LEVEL_NONE);
    assert_int_equal(pool.levels[level_worse(&pool, &side, 1000000)].price_units, 5);
    free(memory);
}

static void
test_a_full_pool_says_so_before_it_is_used(void **state)
{
    (void)state;
    static const int64_t far[] = {0, 1, 1 << 6, 1 << 12, 1 << 18}; /* a node for each but one */
    open_side(SIDE_BUY);
    for (uint32_t i = 0; level_pool_has_room(&pool); i++)
        (void)level_take(&pool, &side, ((int64_t)(i / 5 + 1) << 24) + far[i % 5]);
    assert_true(pool.level_cnt > MAX / 2 && pool.level_cnt < MAX);
    assert_int_equal(pool.node_cnt, pool.node_max);
    assert_true(level_pool_can_take(&pool));
    free(memory);
    for (int64_t gap = 1; gap <= (int64_t)1 << 50; gap <<= 7) { /* evenly, however far apart */
        open_side(SIDE_BUY);
        int64_t price = 0;
        while (level_pool_has_room(&pool))
            (void)level_take(&pool, &side, price += gap);
        assert_int_equal(pool.level_cnt, MAX);
        free(memory);
    }
}

static void
test_a_node_has_a_block_only_while_its_children_are_many(void **state)
{
    (void)state;
    open_side(SIDE_SELL);
    for (int64_t price = 64; price < 64 + LEVEL_NODE_PACKED; price++)
        step(price);
    assert_int_equal(pool.block_cnt, 0);
    step(100);
    assert_int_equal(pool.block_cnt, 1);
    step(70);
    step(64);
    assert_int_equal(pool.block_cnt, 1); /* as many as before, and it stays */
    step(127);
    step(71);
    step(65);
    assert_int_equal(pool.block_cnt, 0);
    check_walk();
    free(memory);
}

/* As many wide nodes with as few children as there can be. */
static void
test_blocks_suffice(void **state)
{
    (void)state;
    open_side(SIDE_BUY);
    for (int64_t base = 64; pool.level_cnt + LEVEL_NODE_PACKED < MAX; base += 64) {
        for (int64_t k = 0; k <= LEVEL_NODE_PACKED; k++)
            step(base + 5 * k);
        step(base);
        step(base + 5);
    }
    assert_true(pool.block_cnt > MAX / LEVEL_NODE_PACKED && pool.block_cnt < pool.block_max);
    check_walk();
    free(memory);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_a_sorted_array_finds),
        cmocka_unit_test(test_largest_price_and_one_node_where_prices_part),
        cmocka_unit_test(test_a_full_pool_says_so_before_it_is_used),
        cmocka_unit_test(test_a_node_has_a_block_only_while_its_children_are_many),
        cmocka_unit_test(test_blocks_suffice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
