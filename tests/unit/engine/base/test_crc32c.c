#include "engine/base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* source: RFC 3720 B.4, in the byte order of the CRC's value */
static void
test_crc32c_gives_the_published_values(void **state)
{
    (void)state;
    uint8_t bytes[32];
    uint32_t (*const forms[])(uint32_t, const void *, size_t) = {crc32c, crc32c_table};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(forms[i](0, "123456789", 9), 0xe3069283);
        assert_int_equal(forms[i](0, "", 0), 0);
        memset(bytes, 0, sizeof(bytes));
        assert_int_equal(forms[i](0, bytes, sizeof(bytes)), 0x8a9136aa);
        memset(bytes, 0xff, sizeof(bytes));
        assert_int_equal(forms[i](0, bytes, sizeof(bytes)), 0x62a8ab43);
        for (uint8_t b = 0; b < 32; b++) {
            bytes[b] = b;
        }
        assert_int_equal(forms[i](0, bytes, sizeof(bytes)), 0x46dd794e);
    }
}

static void
test_crc32c_instruction_and_table_agree_at_every_length_and_split(void **state)
{
    (void)state;
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 37 + 11);
    }
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        uint32_t whole = crc32c(0, bytes, length);
        assert_int_equal(whole, crc32c_table(0, bytes, length));
        size_t half = length / 3;
        assert_int_equal(whole, crc32c(crc32c(0, bytes, half), bytes + half, length - half));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32c_gives_the_published_values),
        cmocka_unit_test(test_crc32c_instruction_and_table_agree_at_every_length_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
