#include "gateway/fix/fix_write.h"

#include "engine/base/check.h"
#include "gateway/fix/fix_parse.h"

static const char BEGIN[] = "8=FIX.4.4\0019=";
enum { BEGIN_BYTES = sizeof(BEGIN) - 1, LENGTH_DIGITS = 3 }; /* most bodies have 100 to 999 bytes */

size_t
fix_u64_text(uint64_t v, char *out)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    char text[20];
    char *at = text + sizeof(text);
    while (v >= 100) {
        at -= 2;
        memcpy(at, pairs + v % 100 * 2, 2);
        v /= 100;
    }
    if (v >= 10) {
        at -= 2;
        memcpy(at, pairs + v * 2, 2);
    } else {
        *--at = (char)('0' + v);
    }
    size_t bytes = (size_t)(text + sizeof(text) - at);
    memcpy(out, at, bytes);
    return bytes;
}

void
fix_put_text_value(struct fix_writer *w, const char *text, size_t bytes)
{
    if (bytes > FIX_TEXT_MAX)
        bytes = FIX_TEXT_MAX;
    for (size_t i = 0; i < bytes; i++)
        *w->at++ = (unsigned char)text[i] < ' ' ? '?' : text[i];
    fix_put_end(w);
}

static void
put_header(struct fix_writer *w, const char *type, const struct fix_header *h)
{
    FIX_PUT_TAG(w, "35=");
    fix_put_bytes_value(w, type, strlen(type));
    fix_put_raw(w, h->comp_ids, h->comp_ids_bytes);
    FIX_PUT_U64(w, "34=", h->seq);
    if (h->poss_dup)
        FIX_PUT_CHAR(w, "43=", 'Y');
    if (h->poss_resend)
        FIX_PUT_CHAR(w, "97=", 'Y');
    FIX_PUT_TIME(w, "52=", h->clock, h->sending_ns, h->time_digits);
    if (h->poss_dup)
        FIX_PUT_TIME(w, "122=", h->clock, h->orig_sending_ns, h->time_digits);
}

void
fix_write_begin(struct fix_writer *w, char *out, const char *type, const struct fix_header *h)
{
    w->base = out;
    w->limit = out + FIX_OUT_MAX;
    memcpy(out, BEGIN, BEGIN_BYTES);
    w->at = out + BEGIN_BYTES + LENGTH_DIGITS + 1;
    put_header(w, type, h);
}

size_t
fix_write_end(struct fix_writer *w)
{
    char *body = w->base + BEGIN_BYTES + LENGTH_DIGITS + 1;
    size_t body_bytes = (size_t)(w->at - body);
    char digits[20];
    size_t digit_cnt = fix_u64_text(body_bytes, digits);
    CHECK(w->at + FIX_TRAILER_BYTES + 2 <= w->limit, "a message of %zu bytes", body_bytes);
    if (digit_cnt != LENGTH_DIGITS)
        memmove(w->base + BEGIN_BYTES + digit_cnt + 1, body, body_bytes);
    memcpy(w->base + BEGIN_BYTES, digits, digit_cnt);
    w->base[BEGIN_BYTES + digit_cnt] = FIX_SOH;
    size_t bytes = BEGIN_BYTES + digit_cnt + 1 + body_bytes;
    uint8_t sum = fix_checksum(w->base, bytes);
    char trailer[FIX_TRAILER_BYTES] = {'1',
                                       '0',
                                       '=',
                                       (char)('0' + sum / 100),
                                       (char)('0' + sum / 10 % 10),
                                       (char)('0' + sum % 10),
                                       FIX_SOH};
    memcpy(w->base + bytes, trailer, sizeof(trailer));
    return bytes + sizeof(trailer);
}
