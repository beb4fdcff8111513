#include "gateway/http/json_scan.h"

#include <string.h>

#include "gateway/http/utf8.h"

void
json_scan_init(struct json_scan *s, const char *text, size_t bytes)
{
    *s = (struct json_scan){.text = text, .bytes = bytes};
}

void
json_scan_fail(struct json_scan *s, size_t at, const char *expected)
{
    if (!s->failed) {
        s->failed = true;
        s->error_at = at;
        s->expected = expected;
    }
}

static void
blanks(struct json_scan *s)
{
    while (s->pos < s->bytes) {
        char c = s->text[s->pos];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            break;
        }
        s->pos++;
    }
}

static bool
at_char(struct json_scan *s, char c)
{
    return s->pos < s->bytes && s->text[s->pos] == c;
}

enum json_scan_type
json_scan_peek(struct json_scan *s)
{
    if (s->failed) {
        return JSON_SCAN_NONE;
    }
    blanks(s);
    if (s->pos >= s->bytes) {
        return JSON_SCAN_NONE;
    }
    switch (s->text[s->pos]) {
    case '{':
        return JSON_SCAN_OBJECT;
    case '[':
        return JSON_SCAN_ARRAY;
    case '"':
        return JSON_SCAN_STRING;
    case 't':
    case 'f':
        return JSON_SCAN_BOOL;
    case 'n':
        return JSON_SCAN_NULL;
    case '-':
        return JSON_SCAN_NUMBER;
    default:
        return s->text[s->pos] >= '0' && s->text[s->pos] <= '9' ? JSON_SCAN_NUMBER : JSON_SCAN_NONE;
    }
}

static bool
begin(struct json_scan *s, char bracket, const char *expected)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (!at_char(s, bracket)) {
        json_scan_fail(s, s->pos, expected);
        return false;
    }
    if (s->depth == JSON_SCAN_DEPTH_MAX) {
        json_scan_fail(s, s->pos, "at most 16 levels of brackets");
        return false;
    }
    s->depth++;
    s->pos++;
    s->fresh = true;
    return true;
}

bool
json_scan_object_begin(struct json_scan *s)
{
    return begin(s, '{', "an object");
}

bool
json_scan_array_begin(struct json_scan *s)
{
    return begin(s, '[', "an array");
}

/* Past the comma before the next member; false at the end (taken) or on failure. */
static bool
member(struct json_scan *s, char bracket, const char *expected)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (at_char(s, bracket)) {
        s->pos++;
        s->depth--;
        s->fresh = false;
        return false;
    }
    if (!s->fresh) {
        if (!at_char(s, ',')) {
            json_scan_fail(s, s->pos, expected);
            return false;
        }
        s->pos++;
        blanks(s);
    }
    s->fresh = false;
    return true;
}

bool
json_scan_object_next(struct json_scan *s, struct json_text *key)
{
    if (!member(s, '}', "',' or '}'")) {
        return false;
    }
    if (!at_char(s, '"')) {
        json_scan_fail(s, s->pos, "a key in quotes");
        return false;
    }
    if (!json_scan_string(s, key)) {
        return false;
    }
    blanks(s);
    if (!at_char(s, ':')) {
        json_scan_fail(s, s->pos, "':'");
        return false;
    }
    s->pos++;
    return true;
}

bool
json_scan_array_next(struct json_scan *s)
{
    return member(s, ']', "',' or ']'");
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Four hex digits at `at`, or -1. */
static int
hex4(const char *at, size_t left)
{
    int value = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < left ? hex_digit(at[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* The escape at pos (a backslash): its length, or 0 when it is none. */
static size_t
escape_bytes(const char *at, size_t left)
{
    if (left < 2) {
        return 0;
    }
    if (at[1] != 'u') {
        return strchr("\"\\/bfnrt", at[1]) != NULL && at[1] != 0 ? 2 : 0;
    }
    int unit = hex4(at + 2, left - 2);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return 0;
    }
    if (unit < 0xd800 || unit > 0xdbff) {
        return 6;
    }
    int low = left >= 12 && at[6] == '\\' && at[7] == 'u' ? hex4(at + 8, left - 8) : -1;
    return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

bool
json_scan_string(struct json_scan *s, struct json_text *out)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (!at_char(s, '"')) {
        json_scan_fail(s, s->pos, "a string");
        return false;
    }
    size_t first = s->pos + 1;
    size_t i = first;
    bool escaped = false;
    struct utf8_state utf8 = {0};
    while (i < s->bytes && s->text[i] != '"') {
        uint8_t c = (uint8_t)s->text[i];
        if (c < 0x20) {
            json_scan_fail(s, i, "no control character inside a string");
            return false;
        }
        if (c == '\\') {
            size_t length = escape_bytes(s->text + i, s->bytes - i);
            if (length == 0) {
                json_scan_fail(s, i, "an escape of JSON");
                return false;
            }
            escaped = true;
            i += length;
            continue;
        }
        if (!utf8_feed(&utf8, &c, 1)) {
            json_scan_fail(s, i, "UTF-8");
            return false;
        }
        i++;
    }
    if (i >= s->bytes || !utf8_complete(&utf8)) {
        json_scan_fail(s, i, "the closing quote of a string");
        return false;
    }
    *out = (struct json_text){.at = s->text + first, .bytes = i - first, .escaped = escaped};
    s->pos = i + 1;
    s->fresh = false;
    return true;
}

static size_t
digits(const struct json_scan *s, size_t i)
{
    while (i < s->bytes && s->text[i] >= '0' && s->text[i] <= '9') {
        i++;
    }
    return i;
}

bool
json_scan_number(struct json_scan *s, struct json_text *out)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    size_t first = s->pos;
    size_t i = first + (at_char(s, '-') ? 1 : 0);
    size_t whole = i;
    i = digits(s, i);
    if (i == whole || (s->text[whole] == '0' && i - whole > 1)) {
        json_scan_fail(s, first, "a number");
        return false;
    }
    if (i < s->bytes && s->text[i] == '.') {
        size_t fraction = i + 1;
        i = digits(s, fraction);
        if (i == fraction) {
            json_scan_fail(s, i, "a digit after the point");
            return false;
        }
    }
    if (i < s->bytes && (s->text[i] == 'e' || s->text[i] == 'E')) {
        i++;
        if (i < s->bytes && (s->text[i] == '+' || s->text[i] == '-')) {
            i++;
        }
        size_t exponent = i;
        i = digits(s, exponent);
        if (i == exponent) {
            json_scan_fail(s, i, "a digit of the exponent");
            return false;
        }
    }
    *out = (struct json_text){.at = s->text + first, .bytes = i - first};
    s->pos = i;
    s->fresh = false;
    return true;
}

bool
json_scan_decimal(struct json_scan *s, struct json_text *out)
{
    enum json_scan_type type = json_scan_peek(s);
    if (type == JSON_SCAN_STRING) {
        return json_scan_string(s, out);
    }
    if (type == JSON_SCAN_NUMBER) {
        return json_scan_number(s, out);
    }
    json_scan_fail(s, s->pos, "a decimal, in quotes or not");
    return false;
}

static bool
word(struct json_scan *s, const char *text)
{
    size_t length = strlen(text);
    if (s->bytes - s->pos < length || memcmp(s->text + s->pos, text, length) != 0) {
        return false;
    }
    s->pos += length;
    s->fresh = false;
    return true;
}

bool
json_scan_bool(struct json_scan *s, bool *out)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (word(s, "true")) {
        *out = true;
        return true;
    }
    if (word(s, "false")) {
        *out = false;
        return true;
    }
    json_scan_fail(s, s->pos, "true or false");
    return false;
}

bool
json_scan_null(struct json_scan *s)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (!word(s, "null")) {
        json_scan_fail(s, s->pos, "null");
        return false;
    }
    return true;
}

bool
json_scan_u64(struct json_scan *s, uint64_t *out)
{
    struct json_text text;
    (void)json_scan_peek(s);
    size_t at = s->pos;
    if (!json_scan_number(s, &text)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || i >= 18) {
            json_scan_fail(s, at, "a whole number of at most 18 digits");
            return false;
        }
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    *out = value;
    return true;
}

bool
json_scan_skip(struct json_scan *s)
{
    struct json_text text;
    bool flag;
    switch (json_scan_peek(s)) {
    case JSON_SCAN_OBJECT: /* depth is bounded by JSON_SCAN_DEPTH_MAX */
        if (json_scan_object_begin(s)) {
            while (json_scan_object_next(s, &text)) {
                (void)json_scan_skip(s);
            }
        }
        break;
    case JSON_SCAN_ARRAY:
        if (json_scan_array_begin(s)) {
            while (json_scan_array_next(s)) {
                (void)json_scan_skip(s);
            }
        }
        break;
    case JSON_SCAN_STRING:
        (void)json_scan_string(s, &text);
        break;
    case JSON_SCAN_NUMBER:
        (void)json_scan_number(s, &text);
        break;
    case JSON_SCAN_BOOL:
        (void)json_scan_bool(s, &flag);
        break;
    case JSON_SCAN_NULL:
        (void)json_scan_null(s);
        break;
    case JSON_SCAN_NONE:
        json_scan_fail(s, s->pos, "a value");
        break;
    }
    return !s->failed;
}

bool
json_scan_end(struct json_scan *s)
{
    if (s->failed) {
        return false;
    }
    blanks(s);
    if (s->pos < s->bytes) {
        json_scan_fail(s, s->pos, "the end of the text");
        return false;
    }
    return true;
}

bool
json_text_is(const struct json_text *t, const char *ascii)
{
    size_t length = strlen(ascii);
    if (!t->escaped) {
        return t->bytes == length && memcmp(t->at, ascii, length) == 0;
    }
    char plain[128];
    int bytes = json_text_copy(t, plain, sizeof(plain));
    return bytes >= 0 && (size_t)bytes == length && memcmp(plain, ascii, length) == 0;
}

/* Resolves the escape at `at` (checked by json_string); returns its length in the text. */
static size_t
unescape(const char *at, char *out, size_t *out_bytes)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (at[1] != 'u') {
        out[0] = to[strchr(from, at[1]) - from];
        *out_bytes = 1;
        return 2;
    }
    uint32_t unit = (uint32_t)hex4(at + 2, 4);
    if (unit < 0xd800 || unit > 0xdbff) {
        *out_bytes = utf8_put(unit, out);
        return 6;
    }
    uint32_t low = (uint32_t)hex4(at + 8, 4);
    *out_bytes = utf8_put(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), out);
    return 12;
}

int
json_text_copy(const struct json_text *t, char *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < t->bytes;) {
        char piece[4];
        size_t piece_bytes = 1;
        if (t->at[i] == '\\') {
            i += unescape(t->at + i, piece, &piece_bytes);
        } else {
            piece[0] = t->at[i++];
        }
        if (piece[0] == 0 || n + piece_bytes >= room) {
            return -1;
        }
        memcpy(out + n, piece, piece_bytes);
        n += piece_bytes;
    }
    if (n >= room) {
        return -1;
    }
    out[n] = 0;
    return (int)n;
}
