#include "engine/base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
hex_of(const void *bytes, size_t length, char out[65])
{
    uint8_t digest[SHA256_BYTES];
    sha256(bytes, length, digest);
    for (int i = 0; i < SHA256_BYTES; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

/* source: FIPS 180-2 appendix B; NIST's example of a million times 'a' */
static void
check_published_values(void)
{
    char hex[65];
    hex_of("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hex_of("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");

    struct sha256 s;
    uint8_t digest[SHA256_BYTES];
    char thousand[1000];
    memset(thousand, 'a', sizeof(thousand));
    sha256_init(&s);
    for (int i = 0; i < 1000; i++) {
        sha256_update(&s, thousand, sizeof(thousand));
    }
    sha256_final(&s, digest);
    const uint8_t expected[4] = {0xcd, 0xc7, 0x6e, 0x5c};
    assert_memory_equal(digest, expected, sizeof(expected));
}

static void
test_sha256_gives_the_published_values_with_and_without_instructions(void **state)
{
    (void)state;
    sha256_use_instructions(0);
    check_published_values();
    sha256_use_instructions(1);
    check_published_values();
}

static void
test_sha256_does_not_depend_on_how_the_input_is_cut(void **state)
{
    (void)state;
    uint8_t bytes[300], whole[SHA256_BYTES], cut[SHA256_BYTES];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t length = 0; length < sizeof(bytes); length += 7) {
        sha256_use_instructions((length & 1) != 0);
        sha256(bytes, length, whole);
        sha256_use_instructions(1);
        for (size_t step = 1; step < 130; step += 9) {
            struct sha256 s;
            sha256_init(&s);
            for (size_t at = 0; at < length; at += step) {
                sha256_update(&s, bytes + at, at + step < length ? step : length - at);
            }
            sha256_final(&s, cut);
            assert_memory_equal(whole, cut, SHA256_BYTES);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_gives_the_published_values_with_and_without_instructions),
        cmocka_unit_test(test_sha256_does_not_depend_on_how_the_input_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
