#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/book/order_pool.h"

static struct order_pool pool;
static void *memory;

static int
open_pool(void **state)
{
    (void)state;
    size_t bytes = order_pool_footprint(3);
    memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    order_pool_init(&pool, memory, 3);
    return 0;
}

static int
close_pool(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void
test_ids_count_orders_and_name_slots(void **state)
{
    (void)state;
    uint32_t a = order_pool_take(&pool), b = order_pool_take(&pool);
    assert_int_equal(order_at(&pool, a)->order_id, (uint64_t)1 << ORDER_SLOT_BITS | a);
    assert_int_equal(order_at(&pool, b)->order_id, (uint64_t)2 << ORDER_SLOT_BITS | b);
    assert_int_equal(order_pool_find(&pool, order_at(&pool, b)->order_id), b);
}

static void
test_an_id_is_never_used_again(void **state)
{
    (void)state;
    uint32_t a = order_pool_take(&pool);
    uint64_t old = order_at(&pool, a)->order_id;
    order_pool_give(&pool, a);
    assert_int_equal(order_pool_find(&pool, old), ORDER_NONE);
    uint32_t b = order_pool_take(&pool);
    assert_int_equal(b, a); /* last in, first out */
    assert_int_not_equal(order_at(&pool, b)->order_id, old);
    assert_int_equal(order_pool_find(&pool, old), ORDER_NONE);
}

static void
test_numbers_that_never_were_are_not_found(void **state)
{
    (void)state;
    (void)order_pool_take(&pool);
    static const uint64_t numbers[] = {0,
                                       1,
                                       ORDER_POOL_MAX,
                                       (uint64_t)1 << ORDER_SLOT_BITS | 1,
                                       UINT64_MAX,
                                       (uint64_t)2 << ORDER_SLOT_BITS};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_int_equal(order_pool_find(&pool, numbers[i]), ORDER_NONE);
}

static void
test_room_ends_with_the_last_slot(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(order_pool_has_room(&pool));
        (void)order_pool_take(&pool);
    }
    assert_false(order_pool_has_room(&pool));
    order_pool_give(&pool, 1);
    assert_true(order_pool_has_room(&pool));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)
    const struct CMUnitTest tests[] = {
        T(test_ids_count_orders_and_name_slots),
        T(test_an_id_is_never_used_again),
        T(test_numbers_that_never_were_are_not_found),
        T(test_room_ends_with_the_last_slot),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
