#include "gateway/fix/fix_parse.h"

#include <emmintrin.h>
#include <string.h>

uint8_t
fix_checksum(const void *data, size_t bytes)
{
    const uint8_t *p = data;
    __m128i sum = _mm_setzero_si128();
    const __m128i zero = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 16 <= bytes; i += 16) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(chunk, zero));
    }
    uint64_t total = (uint64_t)_mm_cvtsi128_si64(sum) +
                     (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
    for (; i < bytes; i++)
        total += p[i];
    return (uint8_t)total;
}

bool
fix_read_u64(const char *value, size_t bytes, uint64_t *out)
{
    uint64_t v = 0;
    if (bytes == 0)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        unsigned digit = (unsigned)(unsigned char)value[i] - '0';
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

/* --- the frame: 8=...|9=n|35= ... 10=nnn| --- */

struct frame {
    size_t begin_bytes; /* value of 8 */
    size_t body_at;     /* first byte of 35= */
    size_t body_bytes;
};

/* Throws bytes away up to where the next message may begin. */
static enum fix_parse_result
garbled(const uint8_t *data, size_t bytes, size_t *used)
{
    static const char start[] = "\0018=FIX";
    const uint8_t *next = bytes > 1 ? memmem(data, bytes, start, sizeof(start) - 1) : NULL;
    if (next != NULL) {
        *used = (size_t)(next - data) + 1;
        return FIX_PARSE_GARBLED;
    }
    size_t keep = sizeof(start) - 2; /* its beginning may be here already */
    while (keep > 0 && (bytes <= keep || memcmp(data + bytes - keep, start, keep) != 0))
        keep--;
    *used = bytes - keep;
    return FIX_PARSE_GARBLED;
}

/* Whether the bytes that are there agree with an expected start. */
static bool
starts_like(const uint8_t *data, size_t bytes, const char *want, size_t want_bytes)
{
    return memcmp(data, want, bytes < want_bytes ? bytes : want_bytes) == 0;
}

static enum fix_parse_result
read_begin(const uint8_t *data, size_t bytes, struct frame *f)
{
    if (!starts_like(data, bytes, "8=FIX", 5))
        return FIX_PARSE_GARBLED;
    size_t most = bytes < FIX_BEGIN_MAX + 3 ? bytes : FIX_BEGIN_MAX + 3;
    const uint8_t *end = most > 2 ? memchr(data + 2, FIX_SOH, most - 2) : NULL;
    if (end == NULL)
        return bytes < FIX_BEGIN_MAX + 3 ? FIX_PARSE_MORE : FIX_PARSE_GARBLED;
    f->begin_bytes = (size_t)(end - data) - 2;
    return FIX_PARSE_OK;
}

static enum fix_parse_result
read_length(const uint8_t *data, size_t bytes, struct frame *f)
{
    size_t at = f->begin_bytes + 3;
    if (!starts_like(data + at, bytes - at, "9=", 2))
        return FIX_PARSE_GARBLED;
    size_t length = 0, digits = 0;
    for (at += 2;; at++, digits++) {
        if (at >= bytes)
            return digits > 9 ? FIX_PARSE_GARBLED : FIX_PARSE_MORE;
        if (data[at] == FIX_SOH)
            break;
        unsigned digit = (unsigned)data[at] - '0';
        if (digit > 9 || digits >= 9) /* zeros in front are allowed */
            return FIX_PARSE_GARBLED;
        length = length * 10 + digit;
    }
    if (digits == 0 || length < 5) /* 35=x| */
        return FIX_PARSE_GARBLED;
    f->body_at = at + 1;
    f->body_bytes = length;
    if (!starts_like(data + f->body_at, bytes - f->body_at, "35=", 3))
        return FIX_PARSE_GARBLED;
    return length > FIX_BODY_MAX ? FIX_PARSE_TOO_LARGE : FIX_PARSE_OK;
}

static bool
trailer_framed(const uint8_t *t)
{
    return t[-1] == FIX_SOH && t[0] == '1' && t[1] == '0' && t[2] == '=' && t[6] == FIX_SOH;
}

static bool
trailer_sum_right(const uint8_t *t, uint8_t sum)
{
    return t[3] == '0' + sum / 100 && t[4] == '0' + sum / 10 % 10 && t[5] == '0' + sum % 10;
}

/* --- the fields --- */

/* Fields whose value is as long as the field before says, and may hold any byte: the tag of the
 * length to that of the data. source: FIX 4.4 volume 6, fields of type data */
static uint32_t
data_tag_of(uint32_t length_tag)
{
    switch (length_tag) {
    case 90:  /* SecureDataLen */
    case 95:  /* RawDataLength */
    case 212: /* XmlDataLen */
    case 348:
    case 350:
    case 352:
    case 354:
    case 356:
    case 358:
    case 360:
    case 362:
    case 364:
    case 445:
    case 618:
    case 621:
        return length_tag + 1;
    case 93: /* SignatureLength */
        return 89;
    default:
        return 0;
    }
}

static uint32_t
read_tag(const char *at, const char *equals)
{
    size_t bytes = (size_t)(equals - at);
    if (bytes == 0 || bytes > 5 || *at == '0')
        return 0;
    uint32_t tag = 0;
    for (; at < equals; at++) {
        unsigned digit = (unsigned)(unsigned char)*at - '0';
        if (digit > 9)
            return 0;
        tag = tag * 10 + digit;
    }
    return tag;
}

struct scan {
    struct fix_message *m;
    const char *field_at; /* start of the field under way */
    const char *skip_to;  /* data: separators before this are part of a value */
    const char *end;
    uint32_t data_tag; /* of the field that must come next, with data_bytes */
    uint32_t data_bytes;
};

/* Takes the field that ends at the separator `stop`. */
static inline void
take_field(struct scan *s, const char *stop)
{
    if (stop < s->skip_to)
        return;
    const char *at = s->field_at;
    size_t most = (size_t)(stop - at) < 6 ? (size_t)(stop - at) : 6;
    const char *equals = memchr(at, '=', most);
    uint32_t tag = equals == NULL ? 0 : read_tag(at, equals);
    if (__builtin_expect(s->data_tag != 0, 0)) {
        uint32_t want = s->data_tag;
        s->data_tag = 0;
        const char *data_end = equals == NULL ? NULL : equals + 1 + s->data_bytes;
        if (tag == want && data_end != stop && data_end < s->end && *data_end == FIX_SOH &&
            data_end > stop) {
            s->skip_to = data_end; /* comes again with the right separator */
            s->data_tag = want;
            return;
        }
    }
    s->field_at = stop + 1;
    struct fix_message *m = s->m;
    if (m->field_cnt == FIX_FIELD_MAX) {
        m->too_many = true;
        return;
    }
    const char *value = equals == NULL ? at : equals + 1;
    m->fields[m->field_cnt++] =
        (struct fix_field){.tag = tag, .bytes = (uint32_t)(stop - value), .value = value};
    uint64_t length;
    if (__builtin_expect(data_tag_of(tag) != 0, 0) &&
        fix_read_u64(value, (size_t)(stop - value), &length) &&
        length <= (uint64_t)(s->end - stop)) {
        s->data_tag = data_tag_of(tag);
        s->data_bytes = (uint32_t)length;
    }
}

/* Finds the separators 16 bytes at a time. */
static void
index_fields(struct fix_message *m, const char *at, const char *end)
{
    struct scan s = {.m = m, .field_at = at, .skip_to = at, .end = end};
    const __m128i soh = _mm_set1_epi8(FIX_SOH);
    const char *p = at;
    for (; p + 16 <= end; p += 16) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, soh));
        for (; mask != 0; mask &= mask - 1)
            take_field(&s, p + __builtin_ctz(mask));
    }
    for (; p < end; p++) {
        if (*p == FIX_SOH)
            take_field(&s, p);
    }
}

enum fix_parse_result
fix_parse(const uint8_t *data, size_t bytes, struct fix_message *m, size_t *used)
{
    struct frame f;
    *used = 0;
    if (bytes == 0)
        return FIX_PARSE_MORE;
    enum fix_parse_result rc = read_begin(data, bytes, &f);
    if (rc == FIX_PARSE_OK)
        rc = read_length(data, bytes, &f);
    if (rc == FIX_PARSE_GARBLED)
        return garbled(data, bytes, used);
    if (rc != FIX_PARSE_OK)
        return rc;
    size_t trailer_at = f.body_at + f.body_bytes;
    if (bytes < trailer_at + FIX_TRAILER_BYTES)
        return FIX_PARSE_MORE;
    const uint8_t *trailer = data + trailer_at;
    if (!trailer_framed(trailer))
        return garbled(data, bytes, used);
    *used = trailer_at + FIX_TRAILER_BYTES;
    if (!trailer_sum_right(trailer, fix_checksum(data, trailer_at)))
        return FIX_PARSE_GARBLED;
    const char *body = (const char *)data + f.body_at, *body_end = (const char *)trailer;
    const char *type_end = memchr(body, FIX_SOH, f.body_bytes);
    m->data = (const char *)data;
    m->bytes = (uint32_t)*used;
    m->begin = (const char *)data + 2;
    m->begin_bytes = (uint32_t)f.begin_bytes;
    m->type = body + 3;
    m->type_bytes = (uint32_t)(type_end - body) - 3;
    m->field_cnt = 0;
    m->too_many = false;
    index_fields(m, type_end + 1, body_end);
    return FIX_PARSE_OK;
}

const struct fix_field *
fix_find(const struct fix_message *m, uint32_t tag)
{
    for (uint32_t i = 0; i < m->field_cnt; i++) {
        if (m->fields[i].tag == tag)
            return &m->fields[i];
    }
    return NULL;
}
