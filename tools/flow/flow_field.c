#include "tools/flow/flow_field.h"

#include <string.h>

#include "engine/model/decimal.h"

/* Where the value of "key": begins, or NULL. */
static const char *
value_of(const struct flow_line *line, size_t from, const char *key)
{
    const char *at = line->text + from, *end = line->text + line->length;
    size_t length = strlen(key);
    while (from <= line->length && (at = memmem(at, (size_t)(end - at), key, length))) {
        const char *behind = at + length;
        if (at > line->text && at[-1] == '"' && end - behind > 2 && behind[0] == '"' &&
            behind[1] == ':')
            return behind[2] == ' ' ? behind + 3 : behind + 2;
        at = behind;
    }
    return NULL;
}

bool
flow_field_json(const struct flow_line *line, size_t from, const char *key, struct flow_line *out)
{
    const char *at = value_of(line, from, key), *end = line->text + line->length;
    if (!at || at >= end)
        return false;
    bool quoted = *at == '"';
    const char *stop = at += quoted;
    while (stop < end && (quoted ? *stop != '"' : !strchr(",]} ", *stop)))
        stop++;
    if (stop == end)
        return false;
    *out = (struct flow_line){at, (size_t)(stop - at)};
    return true;
}

bool
flow_field_csv(struct flow_line *line, struct flow_line *out)
{
    if (!line->text)
        return false;
    const char *comma = memchr(line->text, ',', line->length);
    if (!comma) {
        *out = *line;
        *line = (struct flow_line){NULL, 0};
        return true;
    }
    size_t length = (size_t)(comma - line->text);
    *out = (struct flow_line){line->text, length};
    line->text = comma + 1;
    line->length -= length + 1;
    return true;
}

bool
flow_field_is(const struct flow_line *field, const char *text)
{
    return field->length == strlen(text) && !memcmp(field->text, text, field->length);
}

bool
flow_field_amount(const struct flow_line *field, unsigned scale, int64_t *out)
{
    return decimal_parse(field->text, field->length, scale, out) == DECIMAL_OK;
}

bool
flow_field_u64(const struct flow_line *field, uint64_t *out)
{
    uint64_t value = 0;
    if (field->length == 0)
        return false;
    for (size_t i = 0; i < field->length; i++) {
        if (field->text[i] < '0' || field->text[i] > '9' ||
            __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(field->text[i] - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}
