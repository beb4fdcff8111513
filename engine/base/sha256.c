#include "engine/base/sha256.h"

#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static bool have_sha; /* written before main (and by tests), then only read */

void
sha256_use_instructions(int on)
{
    unsigned a, b, c, d;
    have_sha = on != 0 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

__attribute__((constructor)) static void
sha256_start(void)
{
    sha256_use_instructions(1);
}

static inline uint32_t
rotr(uint32_t x, int n)
{
    return (x >> n) | (x << (32 - n));
}

static void
blocks_plain(uint32_t h[8], const uint8_t *p, size_t block_cnt)
{
    for (; block_cnt > 0; block_cnt--, p += 64) {
        uint32_t w[64];
        for (int i = 0; i < 16; i++) {
            uint32_t word;
            memcpy(&word, p + 4 * i, sizeof(word));
            w[i] = __builtin_bswap32(word);
        }
        for (int i = 16; i < 64; i++) {
            uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
            uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        uint32_t v[8];
        memcpy(v, h, sizeof(v));
        for (int i = 0; i < 64; i++) {
            uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
            uint32_t ch = (v[4] & v[5]) ^ (~v[4] & v[6]);
            uint32_t t1 = v[7] + s1 + ch + K[i] + w[i];
            uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
            uint32_t maj = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            memmove(v + 1, v, 7 * sizeof(v[0]));
            v[4] += t1;
            v[0] = t1 + s0 + maj;
        }
        for (int i = 0; i < 8; i++) {
            h[i] += v[i];
        }
    }
}

/* The instructions keep the state as (a, b, e, f) and (c, d, g, h), highest lane first. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
blocks_sha_ni(uint32_t h[8], const uint8_t *p, size_t block_cnt)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)h);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(h + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
    __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

    for (; block_cnt > 0; block_cnt--, p += 64) {
        __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[16];
        for (int i = 0; i < 16; i++) {
            if (i < 4) {
                w[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
                w[i] = _mm_shuffle_epi8(w[i], swap);
            } else {
                __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i - 4], w[i - 3]),
                                            _mm_alignr_epi8(w[i - 1], w[i - 2], 4));
                w[i] = _mm_sha256msg2_epu32(sum, w[i - 1]);
            }
            __m128i k = _mm_load_si128((const __m128i *)(const void *)(K + 4 * i));
            __m128i wk = _mm_add_epi32(w[i], k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static void
blocks(uint32_t h[8], const uint8_t *p, size_t block_cnt)
{
    if (have_sha) {
        blocks_sha_ni(h, p, block_cnt);
    } else {
        blocks_plain(h, p, block_cnt);
    }
}

void
sha256_init(struct sha256 *s)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->h, start, sizeof(start));
    s->length = 0;
}

void
sha256_update(struct sha256 *s, const void *bytes, size_t length)
{
    const uint8_t *p = bytes;
    size_t held = s->length & 63;
    s->length += length;
    if (held > 0) {
        size_t take = 64 - held < length ? 64 - held : length;
        memcpy(s->block + held, p, take);
        p += take;
        length -= take;
        if (held + take < 64) {
            return;
        }
        blocks(s->h, s->block, 1);
    }
    blocks(s->h, p, length / 64);
    if ((length & 63) != 0) {
        memcpy(s->block, p + (length & ~(size_t)63), length & 63);
    }
}

void
sha256_final(struct sha256 *s, uint8_t out[SHA256_BYTES])
{
    size_t held = s->length & 63;
    uint64_t bits = __builtin_bswap64(s->length * 8);
    s->block[held++] = 0x80;
    if (held > 56) {
        memset(s->block + held, 0, 64 - held);
        blocks(s->h, s->block, 1);
        held = 0;
    }
    memset(s->block + held, 0, 56 - held);
    memcpy(s->block + 56, &bits, sizeof(bits));
    blocks(s->h, s->block, 1);
    for (int i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(s->h[i]);
        memcpy(out + 4 * i, &word, sizeof(word));
    }
}

void
sha256(const void *bytes, size_t length, uint8_t out[SHA256_BYTES])
{
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, bytes, length);
    sha256_final(&s, out);
}
