#include "gateway/auth/auth_password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct error err;

static void
test_password_verifies_its_own_hash_only(void **state)
{
    (void)state;
    char hash[AUTH_HASH_MAX], other[AUTH_HASH_MAX];
    assert_int_equal(auth_password_hash("correct horse", 13, hash, &err), 0);
    assert_int_equal(auth_password_hash("correct horse", 13, other, &err), 0);
    assert_string_not_equal(hash, other); /* a salt of its own */
    assert_true(auth_password_hash_ok(hash));
    assert_true(auth_password_verify(hash, "correct horse", 13));
    assert_false(auth_password_verify(hash, "correct hors", 12));
    assert_false(auth_password_verify(hash, "", 0));
}

/* Made with the argon2 program: echo -n demo | argon2 assaydemosalt1 -id -t 2 -k 1024 -l 32 */
static void
test_password_verifies_a_hash_made_elsewhere(void **state)
{
    (void)state;
    const char *hash = "$argon2id$v=19$m=1024,t=2,p=1$YXNzYXlkZW1vc2FsdDE$"
                       "yK77r/kx28n3Gk0mS3/e9ow5g2ZqP/RgSOs+xkUydqk";
    assert_true(auth_password_verify(hash, "demo", 4));
    assert_false(auth_password_verify(hash, "Demo", 4));
}

static void
test_password_refuses_what_is_no_hash(void **state)
{
    (void)state;
    assert_false(auth_password_hash_ok(""));
    assert_false(auth_password_hash_ok("demo"));
    assert_false(auth_password_hash_ok("$argon2i$v=19$m=1024,t=2,p=1$YXNz$yK77"));
    assert_false(auth_password_verify("$argon2id$v=19$m=1024,t=2,p=1$!!!$???", "demo", 4));
    char hash[AUTH_HASH_MAX];
    assert_int_equal(auth_password_hash("", 0, hash, &err), ERR_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_verifies_its_own_hash_only),
        cmocka_unit_test(test_password_verifies_a_hash_made_elsewhere),
        cmocka_unit_test(test_password_refuses_what_is_no_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
