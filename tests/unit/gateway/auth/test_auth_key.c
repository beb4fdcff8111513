#include "gateway/auth/auth_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The secret is base64 of "assay-demo-secret-1-only-for-the-demo"; the signature below is that of
 * the text under it: printf '1700000000GET/users/self/verify' | openssl dgst -sha256 -hmac
 * assay-demo-secret-1-only-for-the-demo -binary | base64 */
static const char SECRET[] = "YXNzYXktZGVtby1zZWNyZXQtMS1vbmx5LWZvci10aGUtZGVtbw==";
static struct error err;

static struct auth_keys *
keys_of_two(void)
{
    struct auth_keys *k;
    assert_int_equal(auth_keys_open(&k, 2, &err), 0);
    assert_int_equal(auth_keys_add(k, "key-1", SECRET, "open", 11, 201, 0, &err), 0);
    assert_int_equal(
        auth_keys_add(k, "key-2", "MDEyMzQ1Njc4OWFiY2RlZg==", "sesame", 12, 202, 1, &err), 0);
    return k;
}

static const struct auth_part PARTS[] = {
    {"1700000000", 10}, {"GET", 3}, {"/users/self/verify", 18}};

static const struct auth_key *
verify(struct auth_keys *k, const char *id, const char *pass, const char *signature)
{
    return auth_keys_verify(k, id, strlen(id), pass, pass == NULL ? 0 : strlen(pass), signature,
                            strlen(signature), PARTS, 3);
}

static void
test_key_signs_as_openssl_does(void **state)
{
    (void)state;
    char signature[48];
    assert_int_equal(auth_sign(SECRET, PARTS, 3, signature), 0);
    assert_string_equal(signature, "NJ5T4JSqlS7IsCVfZy3hGD9NCanKR77bvaWtmw0+A7A=");
}

static void
test_key_accepts_its_signature_and_passphrase(void **state)
{
    (void)state;
    struct auth_keys *k = keys_of_two();
    char signature[48];
    assert_int_equal(auth_sign(SECRET, PARTS, 3, signature), 0);
    for (int round = 0; round < 3; round++) { /* the prepared context serves again and again */
        const struct auth_key *key = verify(k, "key-1", "open", signature);
        assert_non_null(key);
        assert_int_equal(key->session_id, 11);
        assert_int_equal(key->account_id, 201);
        assert_non_null(verify(k, "key-1", NULL, signature));
    }
    auth_keys_close(k);
}

static void
test_key_refuses_everything_else(void **state)
{
    (void)state;
    struct auth_keys *k = keys_of_two();
    char signature[48];
    assert_int_equal(auth_sign(SECRET, PARTS, 3, signature), 0);
    assert_null(verify(k, "key-1", "shut", signature));
    assert_null(verify(k, "key-1", "", signature));
    assert_null(verify(k, "key-2", "sesame", signature));
    assert_null(verify(k, "key-3", "open", signature));
    assert_null(verify(k, "", "open", signature));
    assert_null(verify(k, "key-1", "open", ""));
    assert_null(verify(k, "key-1", "open", "not base64 at all, but forty-four bytes long"));
    signature[10] ^= 1;
    assert_null(verify(k, "key-1", "open", signature));
    auth_keys_close(k);
}

static void
test_keys_refuse_what_cannot_be_a_key(void **state)
{
    (void)state;
    struct auth_keys *k;
    assert_int_equal(auth_keys_open(&k, 1, &err), 0);
    assert_int_equal(auth_keys_add(k, "", SECRET, "p", 1, 1, 0, &err), ERR_INVALID);
    assert_int_equal(auth_keys_add(k, "a", "c2hvcnQ=", "p", 1, 1, 0, &err), ERR_INVALID);
    assert_string_equal(err.text, "API key 'a': its secret must be base64 of 16 to 96 bytes");
    assert_int_equal(auth_keys_add(k, "a", "%%%%", "p", 1, 1, 0, &err), ERR_INVALID);
    assert_int_equal(auth_keys_add(k, "a", SECRET, "p", 1, 1, 0, &err), 0);
    assert_int_equal(auth_keys_add(k, "a", SECRET, "p", 1, 1, 0, &err), ERR_EXISTS);
    assert_int_equal(auth_keys_add(k, "b", SECRET, "p", 1, 1, 0, &err), ERR_NO_SPACE);
    auth_keys_close(k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_signs_as_openssl_does),
        cmocka_unit_test(test_key_accepts_its_signature_and_passphrase),
        cmocka_unit_test(test_key_refuses_everything_else),
        cmocka_unit_test(test_keys_refuse_what_cannot_be_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
