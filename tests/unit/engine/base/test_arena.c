#include "engine/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
test_arena_blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    struct error err = {0};
    assert_int_equal(arena_open(&a, arena_block_bytes(10) + arena_block_bytes(200), &err), 0);
    uint8_t *first = arena_take(&a, 10);
    uint8_t *second = arena_take(&a, 200);
    assert_int_equal((uintptr_t)first % ARENA_ALIGN, 0);
    assert_int_equal((uintptr_t)second % ARENA_ALIGN, 0);
    assert_true(second >= first + ARENA_ALIGN);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(second[i], 0);
    }
    memset(second, 1, 200);
    arena_seal(&a);
    assert_true(a.sealed);
    arena_close(&a);
    assert_null(a.base);
}

static void
test_arena_too_large_says_what_is_there(void **state)
{
    (void)state;
    struct arena a;
    struct error err = {0};
    assert_int_equal(arena_open(&a, (size_t)1 << 46, &err), ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "MiB"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_arena_too_large_says_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
