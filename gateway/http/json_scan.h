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
 *   if (json_object_begin(&s))
 *       while (json_object_next(&s, &key))
 *           if (json_text_is(&key, "side")) json_string(&s, &side); else json_skip(&s);
 *   json_end(&s);
 *   if (s.failed) ... s.error_at, s.expected
 *
 * After a failure every call returns false and changes nothing, so that a caller may look once, at
 * the end. thread: any; one scanner belongs to one caller. source: RFC 8259 */

enum { JSON_DEPTH_MAX = 16 };

enum json_type {
    JSON_NONE = 0, /* end of text, or a character that begins no value */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_BOOL,
    JSON_NULL,
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
enum json_type json_peek(struct json_scan *s);

bool json_object_begin(struct json_scan *s);
/* The next key; the scanner then stands at its value, which must be taken or skipped. false at the
 * closing bracket, which it takes. */
bool json_object_next(struct json_scan *s, struct json_text *key);
bool json_array_begin(struct json_scan *s);
/* true: a value follows, which must be taken or skipped. */
bool json_array_next(struct json_scan *s);

bool json_string(struct json_scan *s, struct json_text *out);
bool json_number(struct json_scan *s, struct json_text *out);
/* A decimal, written as a string or as a number. */
bool json_decimal(struct json_scan *s, struct json_text *out);
bool json_bool(struct json_scan *s, bool *out);
bool json_null(struct json_scan *s);
/* A whole number of at most 18 digits, not negative. */
bool json_u64(struct json_scan *s, uint64_t *out);
bool json_skip(struct json_scan *s);

/* Only blanks may follow. */
bool json_end(struct json_scan *s);

/* Marks the scan as failed at an offset; for values that the caller finds wrong. Keeps the first.
 */
void json_fail(struct json_scan *s, size_t at, const char *expected);

/* Whether a string equals a C string of ASCII, escapes considered. */
bool json_text_is(const struct json_text *t, const char *ascii);
/* Writes the string with escapes resolved and a final zero byte; returns its bytes, or -1 when room
 * is too small or it holds a zero character. */
int json_text_copy(const struct json_text *t, char *out, size_t room);

#endif
