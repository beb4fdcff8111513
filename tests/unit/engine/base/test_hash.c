#include "engine/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Pins the results: digests of state are compared between builds and releases. */
static void
test_hash_results_are_pinned(void **state)
{
    (void)state;
    assert_int_equal(hash64(0, "", 0), UINT64_C(0x2d06800538d394c2)); /* XXH3_64bits of nothing */
    assert_int_equal(hash64(7, "abc", 3), hash64(7, "abc", 3));
    assert_true(hash64(7, "abc", 3) != hash64(8, "abc", 3));
    uint64_t value = 12345;
    assert_int_equal(hash64_u64(9, value), hash64(9, &value, sizeof(value)));
    struct hash128 h = hash128(0, "", 0); /* XXH3_128bits of nothing */
    assert_int_equal(h.hi, UINT64_C(0x99aa06d3014798d8));
    assert_int_equal(h.lo, UINT64_C(0x6001c324468d497f));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_results_are_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
