#ifndef GATEWAY_HTTP_JSON_SCAN_H
#define GATEWAY_HTTP_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A pull scanner of JSON for the order path: walks a text once, allocates nothing, copies nothing,
 * keeps numbers as text (nanoseconds and decimals stay exact). Strict: no comments, no trailing
 * commas, no NaN; strings must be valid UTF-8.
 *
 *   json_scan_init(&s, text, bytes);
 *   if (json_scan_object_begin(&s))
 *       while (json_scan_object_next(&s, &key))
 *           if (json_text_is(&key, "side")) json_scan_string(&s, &side); else json_scan_skip(&s);
 *   json_scan_end(&s);
 *   if (s.failed) ... s.error_at, s.expected
 *
 * After a failure every call returns false and changes nothing, so that a caller may look once, at
 * the end. thread: any; one scanner belongs to one caller. source: RFC 8259 */

enum { JSON_SCAN_DEPTH_MAX = 16 };

enum json_scan_type {
    JSON_SCAN_NONE = 0, /* end of text, or a character that begins no value */
    JSON_SCAN_OBJECT,
    JSON_SCAN_ARRAY,
    JSON_SCAN_STRING,
    JSON_SCAN_NUMBER,
    JSON_SCAN_BOOL,
    JSON_SCAN_NULL,
};

/* A piece of the scanned text: a string without its quotes, or a number. */
struct json_text {
    const char *at;
    size_t bytes;
    bool escaped; /* holds backslashes: compare and copy with the functions below */
};

struct json_scan {
    const char *text;
    size_t bytes;
    size_t pos;
    unsigned depth;
    bool fresh; /* just after an opening bracket: no comma is due */
    bool failed;
    size_t error_at;      /* offset of what is wrong */
    const char *expected; /* static text: what should have stood there */
};

void json_scan_init(struct json_scan *s, const char *text, size_t bytes);

/* What comes next, without taking it. */
enum json_scan_type json_scan_peek(struct json_scan *s);

bool json_scan_object_begin(struct json_scan *s);
/* The next key; the scanner then stands at its value, which must be taken or skipped. false at the
 * closing bracket, which it takes. */
bool json_scan_object_next(struct json_scan *s, struct json_text *key);
bool json_scan_array_begin(struct json_scan *s);
/* true: a value follows, which must be taken or skipped. */
bool json_scan_array_next(struct json_scan *s);

bool json_scan_string(struct json_scan *s, struct json_text *out);
bool json_scan_number(struct json_scan *s, struct json_text *out);
/* A decimal, written as a string or as a number. */
bool json_scan_decimal(struct json_scan *s, struct json_text *out);
bool json_scan_bool(struct json_scan *s, bool *out);
bool json_scan_null(struct json_scan *s);
/* A whole number of at most 18 digits, not negative. */
bool json_scan_u64(struct json_scan *s, uint64_t *out);
bool json_scan_skip(struct json_scan *s);

/* Only blanks may follow. */
bool json_scan_end(struct json_scan *s);

/* Marks the scan as failed at an offset; for values that the caller finds wrong. Keeps the first.
 */
void json_scan_fail(struct json_scan *s, size_t at, const char *expected);

/* Whether a string equals a C string of ASCII, escapes considered. */
bool json_text_is(const struct json_text *t, const char *ascii);
/* Writes the string with escapes resolved and a final zero byte; returns its bytes, or -1 when room
 * is too small or it holds a zero character. */
int json_text_copy(const struct json_text *t, char *out, size_t room);

#endif
