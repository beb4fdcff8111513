#ifndef GATEWAY_HTTP_JSON_EMIT_H
#define GATEWAY_HTTP_JSON_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes JSON into memory, commas by itself. Either into a fixed buffer (too small: `full`, and
 * nothing more is written) or into one that grows, kept and used again.
 *
 *   json_emit_begin_object(&o); json_emit_key(&o, "price"); json_emit_string(&o, "1.5");
 * json_emit_close_object(&o);
 *
 * thread: one owner. */
struct json_emit {
    char *text; /* not zero-terminated */
    size_t bytes;
    size_t room;
    bool comma; /* a comma is due before the next key or value */
    bool full;
    bool grows; /* text is of malloc and may move */
};

void json_emit_init(struct json_emit *o, char *text, size_t room); /* fixed; the caller's memory */
void json_emit_init_growing(struct json_emit *o);
void json_emit_fini(struct json_emit *o); /* of a growing one */
/* Empties it for the next text; keeps the memory. */
static inline void
json_emit_reset(struct json_emit *o)
{
    o->bytes = 0;
    o->comma = false;
    o->full = false;
}

/* A place for `bytes` at the end, or NULL (full). What is written there is added by o->bytes. */
char *json_emit_room(struct json_emit *o, size_t bytes);

void json_emit_begin_object(struct json_emit *o);
void json_emit_close_object(struct json_emit *o);
void json_emit_begin_array(struct json_emit *o);
void json_emit_close_array(struct json_emit *o);
/* A key of plain ASCII: written as it is. */
void json_emit_key(struct json_emit *o, const char *key);

/* A key and a string. */
void json_emit_text(struct json_emit *o, const char *key, const char *text);

void json_emit_string(struct json_emit *o, const char *text); /* escaped where it must be */
void json_emit_string_bytes(struct json_emit *o, const char *text, size_t bytes);
void json_emit_u64(struct json_emit *o, uint64_t value);
void json_emit_i64(struct json_emit *o, int64_t value);
void json_emit_u64_string(struct json_emit *o, uint64_t value); /* in quotes: ids */
void json_emit_bool(struct json_emit *o, bool value);
void json_emit_null(struct json_emit *o);
/* Value with `scale` decimals, in quotes: exactly that many, or without trailing zeros. */
void json_emit_decimal(struct json_emit *o, int64_t value, unsigned scale);
void json_emit_decimal_short(struct json_emit *o, int64_t value, unsigned scale);
/* The same without quotes, for the two answers of the dialect that have bare numbers. */
void json_emit_decimal_bare(struct json_emit *o, int64_t value, unsigned scale);
/* "2026-01-31T23:59:59.123456789Z" from UTC nanoseconds since 1970. */
void json_emit_time(struct json_emit *o, int64_t utc_ns);
/* A text that is JSON already, as the next value. */
void json_emit_raw(struct json_emit *o, const char *json, size_t bytes);

enum { JSON_TIME_BYTES = 30 };
/* out: JSON_TIME_BYTES, no final zero byte. Years 1970 to 9999. */
void json_time_format(int64_t utc_ns, char *out);
/* Reads "YYYY-MM-DDTHH:MM:SS[.fraction][Z]"; false when it is no such time. */
bool json_time_parse(const char *text, size_t bytes, int64_t *utc_ns);

#endif
