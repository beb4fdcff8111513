#include "gateway/http/json_emit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/decimal.h"
#include "engine/model/utc.h"

void
json_emit_init(struct json_emit *o, char *text, size_t room)
{
    *o = (struct json_emit){.text = text, .room = room};
}

void
json_emit_init_growing(struct json_emit *o)
{
    *o = (struct json_emit){.grows = true};
}

void
json_emit_fini(struct json_emit *o)
{
    if (o->grows) {
        free(o->text);
    }
    *o = (struct json_emit){0};
}

char *
json_emit_room(struct json_emit *o, size_t bytes)
{
    if (o->room - o->bytes >= bytes && !o->full) {
        return o->text + o->bytes;
    }
    if (!o->grows) {
        o->full = true;
        return NULL;
    }
    size_t room = o->room < 4096 ? 4096 : o->room;
    while (room - o->bytes < bytes) {
        room *= 2;
    }
    char *text = realloc(o->text, room);
    CHECK(text != NULL, "no memory for %zu bytes of JSON", room);
    o->text = text;
    o->room = room;
    return text + o->bytes;
}

static void
raw(struct json_emit *o, const char *text, size_t bytes)
{
    char *at = json_emit_room(o, bytes);
    if (at != NULL) {
        memcpy(at, text, bytes);
        o->bytes += bytes;
    }
}

static void
comma(struct json_emit *o)
{
    if (o->comma) {
        raw(o, ",", 1);
    }
    o->comma = true;
}

void
json_emit_begin_object(struct json_emit *o)
{
    comma(o);
    raw(o, "{", 1);
    o->comma = false;
}

void
json_emit_close_object(struct json_emit *o)
{
    raw(o, "}", 1);
    o->comma = true;
}

void
json_emit_begin_array(struct json_emit *o)
{
    comma(o);
    raw(o, "[", 1);
    o->comma = false;
}

void
json_emit_close_array(struct json_emit *o)
{
    raw(o, "]", 1);
    o->comma = true;
}

void
json_emit_key(struct json_emit *o, const char *key)
{
    size_t bytes = strlen(key);
    char *at = json_emit_room(o, bytes + 4);
    if (at == NULL) {
        return;
    }
    if (o->comma) {
        *at++ = ',';
    }
    *at++ = '"';
    memcpy(at, key, bytes);
    at += bytes;
    *at++ = '"';
    *at++ = ':';
    o->bytes = (size_t)(at - o->text);
    o->comma = false;
}

/* The escape of a byte that may not stand in a string as it is; 0 = it may. */
static size_t
escape(uint8_t c, char out[6])
{
    static const char hex[] = "0123456789abcdef";
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
        return 0;
    }
    out[0] = '\\';
    const char *named = "\"\"\\\\\nn\rr\tt";
    for (size_t i = 0; named[i] != 0; i += 2) {
        if ((uint8_t)named[i] == c) {
            out[1] = named[i + 1];
            return 2;
        }
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[c >> 4];
    out[5] = hex[c & 15];
    return 6;
}

void
json_emit_string_bytes(struct json_emit *o, const char *text, size_t bytes)
{
    comma(o);
    raw(o, "\"", 1);
    size_t from = 0;
    for (size_t i = 0; i < bytes; i++) {
        char escaped[6];
        size_t escaped_bytes = escape((uint8_t)text[i], escaped);
        if (escaped_bytes != 0) {
            raw(o, text + from, i - from);
            raw(o, escaped, escaped_bytes);
            from = i + 1;
        }
    }
    raw(o, text + from, bytes - from);
    raw(o, "\"", 1);
}

void
json_emit_string(struct json_emit *o, const char *text)
{
    json_emit_string_bytes(o, text, strlen(text));
}

void
json_emit_text(struct json_emit *o, const char *key, const char *text)
{
    json_emit_key(o, key);
    json_emit_string(o, text);
}

static size_t
format_u64(uint64_t value, char out[20])
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++) {
        out[i] = reversed[n - 1 - i];
    }
    return n;
}

void
json_emit_u64(struct json_emit *o, uint64_t value)
{
    char text[20];
    comma(o);
    raw(o, text, format_u64(value, text));
}

void
json_emit_i64(struct json_emit *o, int64_t value)
{
    char text[21] = "-";
    comma(o);
    size_t sign = value < 0 ? 1 : 0;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    raw(o, text, sign);
    raw(o, text + 1, format_u64(magnitude, text + 1));
}

void
json_emit_u64_string(struct json_emit *o, uint64_t value)
{
    char text[22] = "\"";
    comma(o);
    size_t bytes = 1 + format_u64(value, text + 1);
    text[bytes++] = '"';
    raw(o, text, bytes);
}

void
json_emit_bool(struct json_emit *o, bool value)
{
    comma(o);
    raw(o, value ? "true" : "false", value ? 4 : 5);
}

void
json_emit_null(struct json_emit *o)
{
    comma(o);
    raw(o, "null", 4);
}

void
json_emit_decimal(struct json_emit *o, int64_t value, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX + 2] = "\"";
    comma(o);
    size_t bytes = 1 + decimal_format(value, scale, text + 1);
    text[bytes++] = '"';
    raw(o, text, bytes);
}

void
json_emit_decimal_short(struct json_emit *o, int64_t value, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX + 2] = "\"";
    comma(o);
    size_t bytes = 1 + decimal_format_short(value, scale, text + 1);
    text[bytes++] = '"';
    raw(o, text, bytes);
}

void
json_emit_decimal_bare(struct json_emit *o, int64_t value, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX];
    comma(o);
    raw(o, text, decimal_format_short(value, scale, text));
}

void
json_emit_raw(struct json_emit *o, const char *json, size_t bytes)
{
    comma(o);
    raw(o, json, bytes);
}

/* Two or more digits, zero padded. */
static void
put_digits(char *at, int64_t value, size_t width)
{
    for (size_t i = width; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

void
json_time_format(int64_t utc_ns, char *out)
{
    struct utc date;
    int64_t seconds = utc_ns / 1000000000;
    utc_days_split(seconds / 86400, &date);
    memcpy(out, "0000-00-00T00:00:00.000000000Z", JSON_TIME_BYTES);
    put_digits(out, date.year, 4);
    put_digits(out + 5, date.month, 2);
    put_digits(out + 8, date.day, 2);
    put_digits(out + 11, seconds / 3600 % 24, 2);
    put_digits(out + 14, seconds / 60 % 60, 2);
    put_digits(out + 17, seconds % 60, 2);
    put_digits(out + 20, utc_ns % 1000000000, 9);
}

void
json_emit_time(struct json_emit *o, int64_t utc_ns)
{
    char text[JSON_TIME_BYTES + 2];
    comma(o);
    text[0] = '"';
    json_time_format(utc_ns < 0 ? 0 : utc_ns, text + 1);
    text[JSON_TIME_BYTES + 1] = '"';
    raw(o, text, sizeof(text));
}

static bool
take_digits(const char *text, size_t width, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *out = value;
    return true;
}

bool
json_time_parse(const char *text, size_t bytes, int64_t *utc_ns)
{
    int64_t year, month, day, hour, minute, second;
    if (bytes < 19 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
        text[13] != ':' || text[16] != ':') {
        return false;
    }
    if (!take_digits(text, 4, &year) || !take_digits(text + 5, 2, &month) ||
        !take_digits(text + 8, 2, &day) || !take_digits(text + 11, 2, &hour) ||
        !take_digits(text + 14, 2, &minute) || !take_digits(text + 17, 2, &second)) {
        return false;
    }
    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 59) {
        return false;
    }
    int64_t fraction = 0;
    size_t i = 19;
    if (i < bytes && text[i] == '.') {
        int64_t unit = 100000000;
        for (i++; i < bytes && text[i] >= '0' && text[i] <= '9' && unit > 0; i++, unit /= 10) {
            fraction += (text[i] - '0') * unit;
        }
    }
    if (i < bytes && text[i] == 'Z') {
        i++;
    }
    if (i != bytes) {
        return false;
    }
    int64_t days = utc_days_join((int32_t)year, (unsigned)month, (unsigned)day);
    *utc_ns = ((days * 24 + hour) * 3600 + minute * 60 + second) * 1000000000 + fraction;
    return true;
}
