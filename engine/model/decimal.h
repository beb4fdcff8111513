#ifndef ENGINE_MODEL_DECIMAL_H
#define ENGINE_MODEL_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* Decimal text to and from whole numbers of the smallest unit, exactly: no floating point, no
 * rounding, nothing allocated. Every edge (FIX, JSON, configuration, text commands) comes through
 * here.
 *
 * Form: an optional '-', digits, at most one '.', digits; at least one digit; no exponent, no '+',
 * no blanks. Leading zeros, "5." and ".5" are taken (FIX 4.4 float). Digits beyond the scale are
 * taken only when they are zeros. */

enum {
    DECIMAL_SCALE_MAX = 18,
    DECIMAL_TEXT_MAX = 24, /* longest text: sign, 19 digits, point, "0." and the final zero byte */
};

enum decimal_result {
    DECIMAL_OK = 0,
    DECIMAL_EMPTY = 1,       /* no digit */
    DECIMAL_BAD_CHAR = 2,    /* something that does not belong into a number */
    DECIMAL_TOO_PRECISE = 3, /* more decimals than the scale has */
    DECIMAL_OVERFLOW = 4,    /* does not fit int64 at this scale */
    DECIMAL_OFF_STEP = 5,    /* decimal_parse_steps only: not a multiple of the step */
};

/* Reads a whole text. errors: enum decimal_result, *out untouched   shape: scale <=
 * DECIMAL_SCALE_MAX */
enum decimal_result decimal_parse(const char *text, size_t length, unsigned scale, int64_t *out);

/* Reads a text that must be a multiple of `step` units and returns the count of steps: quantity
 * text to lots (scale of the asset, step = lot_units). */
enum decimal_result decimal_parse_steps(const char *text, size_t length, unsigned scale,
                                        int64_t step, int64_t *out);

/* A sentence for people: "more decimals than allowed". */
const char *decimal_result_text(enum decimal_result result);

/* Writes value with exactly `scale` decimals and a final zero byte; returns the length without it.
 * out: DECIMAL_TEXT_MAX bytes */
size_t decimal_format(int64_t value, unsigned scale, char *out);

/* The same without trailing zeros behind the point, nor the point when nothing follows it. */
size_t decimal_format_short(int64_t value, unsigned scale, char *out);

#endif
