#include "engine/model/decimal.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/check.h"

/* Adds one digit to a magnitude that may reach 2^63 (of INT64_MIN). */
static bool
push_digit(uint64_t *magnitude, unsigned digit)
{
    const uint64_t max = (uint64_t)INT64_MAX + 1;
    if (*magnitude > (max - digit) / 10)
        return false;
    *magnitude = *magnitude * 10 + digit;
    return true;
}

struct scan {
    uint64_t magnitude;
    unsigned decimals, digits;
    bool negative, overflow, too_precise;
};

static enum decimal_result
scan_text(const char *text, size_t length, unsigned scale, struct scan *s)
{
    bool point = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '-' && i == 0) {
            s->negative = true;
        } else if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            s->digits++;
            if (point && s->decimals == scale) {
                s->too_precise |= c != '0';
                continue;
            }
            s->decimals += point;
            s->overflow |= !push_digit(&s->magnitude, (unsigned)(c - '0'));
        } else {
            return DECIMAL_BAD_CHAR;
        }
    }
    return s->digits == 0 ? DECIMAL_EMPTY : DECIMAL_OK;
}

enum decimal_result
decimal_parse(const char *text, size_t length, unsigned scale, int64_t *out)
{
    CHECK(scale <= DECIMAL_SCALE_MAX);
    struct scan s = {0};
    enum decimal_result rc = scan_text(text, length, scale, &s);
    if (rc != DECIMAL_OK)
        return rc;
    if (s.too_precise)
        return DECIMAL_TOO_PRECISE;
    for (unsigned i = s.decimals; i < scale && !s.overflow; i++)
        s.overflow = !push_digit(&s.magnitude, 0);
    if (s.overflow || (!s.negative && s.magnitude > (uint64_t)INT64_MAX))
        return DECIMAL_OVERFLOW;
    *out = s.negative ? (int64_t)(0 - s.magnitude) : (int64_t)s.magnitude;
    return DECIMAL_OK;
}

enum decimal_result
decimal_parse_steps(const char *text, size_t length, unsigned scale, int64_t step, int64_t *out)
{
    CHECK(step > 0);
    int64_t units;
    enum decimal_result rc = decimal_parse(text, length, scale, &units);
    if (rc != DECIMAL_OK)
        return rc;
    if (units % step != 0)
        return DECIMAL_OFF_STEP;
    *out = units / step;
    return DECIMAL_OK;
}

const char *
decimal_result_text(enum decimal_result result)
{
    switch (result) {
    case DECIMAL_OK:
        return "a number";
    case DECIMAL_EMPTY:
        return "a number was expected";
    case DECIMAL_BAD_CHAR:
        return "not a decimal number";
    case DECIMAL_TOO_PRECISE:
        return "more decimals than allowed";
    case DECIMAL_OVERFLOW:
        return "number too large";
    case DECIMAL_OFF_STEP:
        return "not a whole number of steps";
    }
    return "not a decimal number";
}

size_t
decimal_format(int64_t value, unsigned scale, char *out)
{
    CHECK(scale <= DECIMAL_SCALE_MAX);
    char reversed[DECIMAL_TEXT_MAX];
    size_t cnt = 0, length = 0;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        if (cnt == scale && scale > 0)
            reversed[cnt++] = '.';
        reversed[cnt++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0 || cnt < scale || (scale > 0 && cnt == scale));
    if (value < 0)
        out[length++] = '-';
    while (cnt > 0)
        out[length++] = reversed[--cnt];
    out[length] = '\0';
    return length;
}

size_t
decimal_format_short(int64_t value, unsigned scale, char *out)
{
    size_t length = decimal_format(value, scale, out);
    if (scale == 0)
        return length;
    while (out[length - 1] == '0')
        length--;
    if (out[length - 1] == '.')
        length--;
    out[length] = '\0';
    return length;
}
