#include "engine/base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
test_error_set_returns_code_and_keeps_text(void **state)
{
    (void)state;
    struct error e = {0};
    assert_int_equal(error_set(&e, ERR_INVALID, "line %d", 7), ERR_INVALID);
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.text, "line 7");
}

static void
test_error_null_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERR_BUSY, "x"), ERR_BUSY);
    assert_int_equal(error_errno(NULL, ENOENT, "x"), ERR_IO);
}

static void
test_error_errno_names_the_reason(void **state)
{
    (void)state;
    struct error e = {0};
    assert_int_equal(error_errno(&e, ENOENT, "open %s", "a"), ERR_IO);
    assert_string_equal(e.text, "open a: No such file or directory");
}

static void
test_error_wrap_keeps_the_trail_and_the_code(void **state)
{
    (void)state;
    struct error e = {0};
    (void)error_set(&e, ERR_CORRUPT, "bad crc");
    assert_int_equal(error_wrap(&e, "segment %d", 3), ERR_CORRUPT);
    assert_string_equal(e.text, "segment 3: bad crc");
    (void)error_set(&e, ERR_IO, "again: %s", e.text);
    assert_string_equal(e.text, "again: segment 3: bad crc");
}

static void
test_error_long_text_is_cut(void **state)
{
    (void)state;
    struct error e = {0};
    char text[2000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)error_set(&e, ERR_IO, "%s", text);
    assert_int_equal(strlen(e.text), ERROR_TEXT_MAX - 1);
    (void)error_wrap(&e, "%s", text);
    assert_int_equal(strlen(e.text), ERROR_TEXT_MAX - 1);
}

static void
test_error_name_covers_every_code(void **state)
{
    (void)state;
    for (int code = ERR_AGAIN; code <= 0; code++) {
        assert_string_not_equal(error_name(code), "ERR_UNKNOWN");
    }
    assert_string_equal(error_name(ERR_AGAIN - 1), "ERR_UNKNOWN");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_set_returns_code_and_keeps_text),
        cmocka_unit_test(test_error_null_is_allowed),
        cmocka_unit_test(test_error_errno_names_the_reason),
        cmocka_unit_test(test_error_wrap_keeps_the_trail_and_the_code),
        cmocka_unit_test(test_error_long_text_is_cut),
        cmocka_unit_test(test_error_name_covers_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
