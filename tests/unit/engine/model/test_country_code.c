#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/model/country_code.h"

static void
test_country_codes_are_those_of_the_standard(void **state)
{
    (void)state;
    static const char *const others[] = {"UK", "EU", "XK", "AN", "SU", "AA", "ZZ", "", "G", "GBR"};
    unsigned cnt = 0;
    for (char code[3] = "AA"; code[0] <= 'Z'; code[0]++)
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
            cnt += country_code_known(code);
    assert_int_equal(cnt, 249);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(country_code_known(others[i]));
    assert_false(country_code_known(" A"));
    assert_false(country_code_known("D "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_country_codes_are_those_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
