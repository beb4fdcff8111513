#include "engine/core/due_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/book/order_pool.h"
#include "tests/support/seed.h"

enum { ORDERS = 500 };

static struct seed seed;
static struct due_heap heap;
static void *memory;

static int
open_heap(void **state)
{
    (void)state;
    memory = calloc(1, due_heap_footprint(ORDERS));
    assert_non_null(memory);
    due_heap_init(&heap, memory, ORDERS);
    return 0;
}

static int
close_heap(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static uint64_t
id(uint64_t cnt, uint32_t slot)
{
    return cnt << ORDER_SLOT_BITS | slot;
}

static void
test_same_instant_goes_by_entry(void **state)
{
    (void)state;
    assert_true(due_heap_next_ns(&heap) == INT64_MAX);
    due_heap_add(&heap, 5, id(3, 0));
    due_heap_add(&heap, 5, id(1, 2));
    due_heap_add(&heap, 4, id(9, 1));
    assert_int_equal(due_heap_next_ns(&heap), 4);
    due_heap_add(&heap, 4, id(9, 1)); /* there already */
    assert_int_equal(heap.cnt, 3);
    assert_true(due_heap_has(&heap, id(9, 1)));
    due_heap_remove(&heap, id(9, 1));
    assert_false(due_heap_has(&heap, id(9, 1)));
    assert_true(heap.at[0].order_id == id(1, 2));
    due_heap_remove(&heap, id(1, 2));
    assert_true(heap.at[0].order_id == id(3, 0));
    due_heap_remove(&heap, id(3, 0));
    due_heap_remove(&heap, id(3, 0)); /* gone already */
    assert_int_equal(heap.cnt, 0);
}

/* Against a plain table of what must be in it. */
static void
test_first_is_the_earliest_whatever_comes_and_goes(void **state)
{
    (void)state;
    int64_t due[ORDERS] = {0}; /* 0 = not in the heap */
    uint64_t ids[ORDERS] = {0};
    for (uint64_t turn = 1; turn < 20000; turn++) {
        uint32_t slot = (uint32_t)seed_below(&seed, ORDERS);
        if (due[slot] != 0) {
            due_heap_remove(&heap, ids[slot]);
            due[slot] = 0;
        } else {
            due[slot] = 1 + (int64_t)seed_below(&seed, 50);
            ids[slot] = id(turn, slot);
            due_heap_add(&heap, due[slot], ids[slot]);
        }
        if (turn % 97 != 0)
            continue;
        due_heap_check(&heap);
        uint32_t cnt = 0, first = 0;
        for (uint32_t i = 0; i < ORDERS; i++) {
            if (due[i] == 0)
                continue;
            if (cnt++ == 0 || due[i] < due[first] || (due[i] == due[first] && ids[i] < ids[first]))
                first = i;
        }
        assert_int_equal(heap.cnt, cnt);
        assert_true(cnt == 0 || heap.at[0].order_id == ids[first]);
    }
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_instant_goes_by_entry, open_heap, close_heap),
        cmocka_unit_test_setup_teardown(test_first_is_the_earliest_whatever_comes_and_goes,
                                        open_heap, close_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
