#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/ledger/ledger.h"
#include "tests/support/seed.h"

static struct ledger ledger;
static void *memory;
static struct seed seed;

static int
open_for(uint32_t account_max)
{
    size_t bytes = ledger_footprint(account_max, 4, 100);
    memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    ledger_init(&ledger, memory, account_max, 4, 100, 99);
    return 0;
}

static int
open_ledger(void **state)
{
    (void)state;
    (void)open_for(100);
    assert_non_null(ledger.cells);
    return 0;
}

/* So many accounts that not each pair has a cell. */
static int
open_sparse(void **state)
{
    (void)state;
    (void)open_for(100000);
    assert_null(ledger.cells);
    return 0;
}

static int
close_ledger(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void
test_balances_are_made_once_and_found_again(void **state)
{
    (void)state;
    static const char symbol[SYMBOL_MAX] = "USD";
    uint32_t usd = ledger_asset_add(&ledger, 840, 2, 1, symbol);
    assert_int_equal(ledger_asset_idx(&ledger, 840), usd);
    assert_int_equal(ledger_asset_idx(&ledger, 841), ID_MAP_NONE);
    assert_int_equal(ledger_asset_idx(&ledger, 0), ID_MAP_NONE);
    assert_int_equal(ledger_balance_slot(&ledger, 0, usd), BALANCE_NONE);
    uint32_t a = ledger_balance_take(&ledger, 0, usd), b = ledger_balance_take(&ledger, 1, usd);
    assert_int_not_equal(a, b);
    assert_int_equal(ledger_balance_take(&ledger, 0, usd), a);
    assert_int_equal(ledger_balance_slot(&ledger, 1, usd), b);
    assert_ptr_equal(ledger_balance_of(&ledger, 1, 840), &ledger.balances[b]);
    assert_null(ledger_balance_of(&ledger, 2, 840));
    assert_null(ledger_balance_of(&ledger, 1, 999));
    assert_int_equal(ledger_balance_room(&ledger), 98);
}

static void
test_available_is_what_is_neither_held_nor_owed(void **state)
{
    (void)state;
    struct balance b = {.settled_units = 100,
                        .held_units = 30,
                        .pending_in_units = 500,
                        .pending_out_units = 20,
                        .credit_units = 7};
    assert_int_equal(balance_available(&b), 57);
}

static void
test_sums_stay_zero_through_settle_and_pend(void **state)
{
    (void)state;
    static const char symbol[SYMBOL_MAX] = "USD";
    uint32_t usd = ledger_asset_add(&ledger, 1, 2, 1, symbol);
    uint32_t a = ledger_balance_take(&ledger, 0, usd), b = ledger_balance_take(&ledger, 1, usd);
    ledger_settle(&ledger, a, -10);
    ledger_settle(&ledger, b, 10);
    ledger_pend(&ledger, a, 4, 0);
    ledger_pend(&ledger, b, 0, 4);
    ledger_hold(&ledger, b, 6);
    ledger_check(&ledger);
    assert_int_equal(ledger.assets[usd].sum_units, 0);
    assert_int_equal(ledger.assets[usd].held_units, 6);
}

static void
test_id_map_holds_as_many_keys_as_it_was_made_for(void **state)
{
    (void)state;
    enum { MAX = 1000 };
    void *mem = calloc(1, id_map_footprint(MAX));
    struct id_map m;
    uint64_t keys[MAX];
    id_map_init(&m, mem, MAX, 7);
    for (uint32_t i = 0; i < MAX; i++) {
        do
            keys[i] = seed_below(&seed, 2) ? i + 1 : seed_next(&seed);
        while (keys[i] == 0 || id_map_find(&m, keys[i]) != ID_MAP_NONE);
        id_map_add(&m, keys[i], i);
    }
    for (uint32_t i = 0; i < MAX; i++)
        assert_int_equal(id_map_find(&m, keys[i]), i);
    assert_int_equal(id_map_find(&m, 0), ID_MAP_NONE);
    id_map_clear(&m);
    for (uint32_t i = 0; i < MAX; i++)
        assert_int_equal(id_map_find(&m, keys[i]), ID_MAP_NONE);
    free(mem);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_balances_are_made_once_and_found_again, open_ledger,
                                        close_ledger),
        cmocka_unit_test_setup_teardown(test_balances_are_made_once_and_found_again, open_sparse,
                                        close_ledger),
        cmocka_unit_test(test_available_is_what_is_neither_held_nor_owed),
        cmocka_unit_test_setup_teardown(test_sums_stay_zero_through_settle_and_pend, open_ledger,
                                        close_ledger),
        cmocka_unit_test(test_id_map_holds_as_many_keys_as_it_was_made_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
