#include "tools/assay/conninfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_conninfo_is_shown_without_its_password(void **state)
{
    (void)state;
    char shown[256];
    conninfo_shown("postgresql://assay:s3cret@db.example:5433/books?sslpassword=other", shown,
                   sizeof shown);
    assert_null(strstr(shown, "s3cret"));
    assert_null(strstr(shown, "other"));
    assert_non_null(strstr(shown, "user='assay'"));
    assert_non_null(strstr(shown, "host='db.example'"));
    assert_non_null(strstr(shown, "port='5433'"));
    assert_non_null(strstr(shown, "dbname='books'"));
}

static void
test_conninfo_quotes_what_libpq_would_read_otherwise(void **state)
{
    (void)state;
    char shown[256];
    conninfo_shown("host='a b' dbname='it\\'s' password=x", shown, sizeof shown);
    assert_string_equal(shown, "dbname='it\\'s' host='a b'");
}

static void
test_conninfo_that_is_none_is_not_shown(void **state)
{
    (void)state;
    char shown[256];
    conninfo_shown("password=abc nonsense", shown, sizeof shown);
    assert_string_equal(shown, "(not shown)");
}

static void
test_conninfo_is_cut_where_it_does_not_fit(void **state)
{
    (void)state;
    char shown[16];
    conninfo_shown("host=a-very-long-name-of-a-host", shown, sizeof shown);
    assert_true(strlen(shown) < sizeof shown);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conninfo_is_shown_without_its_password),
        cmocka_unit_test(test_conninfo_quotes_what_libpq_would_read_otherwise),
        cmocka_unit_test(test_conninfo_that_is_none_is_not_shown),
        cmocka_unit_test(test_conninfo_is_cut_where_it_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
