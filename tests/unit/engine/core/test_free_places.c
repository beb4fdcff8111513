#include "engine/core/free_places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/seed.h"

static struct seed seed;

static void *
open_places(struct free_places *p, uint32_t max)
{
    void *memory = malloc(free_places_footprint(max) + 1);
    assert_non_null(memory);
    free_places_init(p, memory, max);
    return memory;
}

static void
test_a_table_fills_from_the_lowest_place_on(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0,    1,    2,    63,    64,    65,    100,    4095,
                                     4096, 4097, 5000, 65535, 65536, 65537, 262143, 262144};
    for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
        struct free_places p;
        void *memory = open_places(&p, sizes[n]);
        for (uint32_t i = 0; i < sizes[n]; i++) {
            assert_int_equal(free_places_lowest(&p, 0), i);
            free_places_take(&p, i);
        }
        assert_int_equal(free_places_lowest(&p, 0), FREE_PLACES_NONE);
        assert_int_equal(free_places_lowest(&p, sizes[n]), FREE_PLACES_NONE);
        assert_int_equal(free_places_lowest(&p, UINT32_MAX), FREE_PLACES_NONE);
        for (uint32_t i = sizes[n]; i-- > 0;) {
            free_places_give(&p, i);
            assert_int_equal(free_places_lowest(&p, 0), i);
        }
        free(memory);
    }
}

static uint32_t
by_looking(const bool *taken, uint32_t max, uint32_t from)
{
    while (from < max && taken[from])
        from++;
    return from < max ? from : FREE_PLACES_NONE;
}

/* Few are free, so that it has to be looked for. */
static void
test_the_lowest_is_the_one_that_looking_finds(void **state)
{
    (void)state;
    enum { MAX = 9000, TURNS = 20000 };
    static bool taken[MAX];
    struct free_places p;
    void *memory = open_places(&p, MAX);
    for (uint32_t i = 0; i < MAX; i++) {
        free_places_take(&p, i);
        taken[i] = true;
    }
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t from = seed_below(&seed, 2) == 0 ? 0 : (uint32_t)seed_below(&seed, MAX + 100);
        uint32_t lowest = free_places_lowest(&p, from);
        assert_int_equal(lowest, by_looking(taken, MAX, from));
        uint32_t any = (uint32_t)seed_below(&seed, MAX);
        assert_int_equal(free_places_has(&p, any), !taken[any]);
        if (lowest != FREE_PLACES_NONE && seed_below(&seed, 4) != 0) {
            free_places_take(&p, lowest);
            taken[lowest] = true;
        } else if (taken[any]) {
            free_places_give(&p, any);
            taken[any] = false;
        }
    }
    free(memory);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_fills_from_the_lowest_place_on),
        cmocka_unit_test(test_the_lowest_is_the_one_that_looking_finds),
    };
    seed = seed_from_args(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
