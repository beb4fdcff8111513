#include "engine/base/crc32c.h"

#include <nmmintrin.h>
#include <stdbool.h>
#include <string.h>

#define POLYNOMIAL UINT32_C(0x82f63b78) /* 0x1EDC6F41, bits reversed */

/* Both are written once, before main, and only read afterwards. */
static uint32_t table[8][256]; /* slicing by 8 */
static bool have_sse42;

__attribute__((constructor)) static void
crc32c_start(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) {
            c = (c >> 1) ^ ((c & 1) != 0 ? POLYNOMIAL : 0);
        }
        table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++) {
            uint32_t before = table[k - 1][i];
            table[k][i] = (before >> 8) ^ table[0][before & 0xff];
        }
    }
    __builtin_cpu_init();
    have_sse42 = __builtin_cpu_supports("sse4.2");
}

uint32_t
crc32c_table(uint32_t crc, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    uint32_t c = ~crc;
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        word ^= c;
        c = 0;
        for (int k = 0; k < 8; k++) {
            c ^= table[7 - k][(word >> (8 * k)) & 0xff];
        }
    }
    for (; length > 0; length--, p++) {
        c = (c >> 8) ^ table[0][(c ^ *p) & 0xff];
    }
    return ~c;
}

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(uint32_t crc, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    uint64_t c = (uint32_t)~crc;
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        c = _mm_crc32_u64(c, word);
    }
    uint32_t rest = (uint32_t)c;
    for (; length > 0; length--, p++) {
        rest = _mm_crc32_u8(rest, *p);
    }
    return ~rest;
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t length)
{
    return have_sse42 ? crc32c_sse42(crc, bytes, length) : crc32c_table(crc, bytes, length);
}
