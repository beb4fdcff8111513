#include "tools/text/record_field.h"

#include <string.h>

#include "engine/model/client_id.h"
#include "engine/model/command.h"
#include "engine/model/decimal.h"
#include "engine/model/reason.h"
#include "engine/model/schema_print.h"
#include "engine/model/utc.h"

/* --- names --- */

static bool
has_short_name(const struct schema_field *f)
{
    return f->kind >= SCHEMA_INSTRUMENT && f->kind <= SCHEMA_TIME;
}

static bool
is_scaled(const struct schema_field *f)
{
    return f->kind >= SCHEMA_PRICE && f->kind <= SCHEMA_AMOUNT;
}

static bool
find_in(struct schema_part part, const char *name, bool whole, struct record_field *out)
{
    char without_unit[SCHEMA_NAME_MAX];
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        if (f->kind == SCHEMA_ZERO || f->offset < offsetof(struct record, epoch))
            continue;
        const char *own = strncmp(f->name, "rec.", 4) == 0 ? f->name + 4 : f->name;
        if (!whole && has_short_name(f))
            own = schema_short_name(own, without_unit);
        if (strcmp(own, name) == 0) {
            *out = (struct record_field){f, !whole && is_scaled(f)};
            return true;
        }
    }
    return false;
}

bool
record_field_find(const struct schema_type *type, const char *name, struct record_field *out)
{
    struct schema_part header = schema_header(type->kind);
    return find_in(header, name, true, out) || find_in(type->body, name, true, out) ||
           find_in(header, name, false, out) || find_in(type->body, name, false, out);
}

/* --- values --- */

/* Digits alone, within the field's bytes; with a sign where schema_print writes one. */
static bool
read_number(const struct schema_field *f, const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;
    bool has_sign = f->kind == SCHEMA_INT || (f->kind != SCHEMA_UINT && f->bytes == 8);
    bool negative = has_sign && length > 0 && *text == '-';
    for (size_t i = negative; i < length; i++)
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(sum, 10u, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text[i] - '0'), &sum))
            return false;
    unsigned bits = f->bytes * 8u - has_sign;
    uint64_t most = UINT64_MAX >> (64 - bits);
    if (length == (size_t)negative || sum > most + negative)
        return false;
    *value = negative ? 0 - sum : sum;
    return true;
}

static bool
read_name(const struct schema_field *f, const char *text, size_t length, uint64_t *value)
{
    if (f->names != NULL && schema_enum_value(f->names, text, length, value))
        return true;
    *value = 0;
    return (length == 4 && memcmp(text, "none", 4) == 0) || read_number(f, text, length, value);
}

/* Names joined by +. */
static bool
read_set(const struct schema_field *f, const char *text, uint64_t *value)
{
    *value = 0;
    for (const char *at = text;; at++) {
        uint64_t bit = 0;
        size_t length = strcspn(at, "+");
        if (!read_name(f, at, length, &bit))
            return false;
        *value |= bit;
        at += length;
        if (*at == '\0')
            return true;
    }
}

static bool
read_reason(const struct schema_field *f, const char *text, uint64_t *value)
{
#define ROW(name, number, fix103, fix102, sentence)                                                \
    if (strcmp(text, #name) == 0) {                                                                \
        *value = number;                                                                           \
        return true;                                                                               \
    }
    REASON_LIST(ROW)
#undef ROW
    return read_name(f, text, strlen(text), value);
}

static bool
read_command(const struct schema_field *f, const char *text, uint64_t *value)
{
    const struct schema_type *type;
    for (uint32_t i = 0; (type = schema_at(RECORD_COMMAND, i)) != NULL; i++)
        if (strcmp(type->name, text) == 0) {
            *value = type->type;
            return true;
        }
    return read_name(f, text, strlen(text), value);
}

static bool
read_time(const struct schema_field *f, const char *text, uint64_t *value)
{
    int64_t ns = INT64_MAX;
    if (strcmp(text, "never") != 0 && !utc_parse(text, strlen(text), &ns))
        return read_name(f, text, strlen(text), value);
    *value = (uint64_t)ns;
    return true;
}

static bool
read_country(const char *text, uint64_t *value)
{
    bool letters = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
    *value = letters ? country_pack(text[0], text[1]) : 0;
    return letters;
}

static bool
read_countries(const char *text, uint8_t *at)
{
    uint64_t bits[COUNTRY_WORDS] = {0}, country = 0;
    bool any = strcmp(text, "none") != 0;
    for (; any; text += 3) {
        if (!read_country(text, &country) || (text[2] != '\0' && text[2] != '+'))
            return false;
        bits[country / 64] |= UINT64_C(1) << country % 64;
        if (text[2] == '\0')
            break;
    }
    memcpy(at, bits, sizeof bits);
    return true;
}

static bool
read_hex(const char *text, uint8_t *at, size_t bytes)
{
    static const char DIGITS[] = "0123456789abcdef";
    if (strlen(text) != 2 * bytes || strspn(text, DIGITS) != 2 * bytes)
        return false;
    for (size_t i = 0; i < 2 * bytes; i++)
        at[i / 2] = (uint8_t)(at[i / 2] << 4 | (strchr(DIGITS, text[i]) - DIGITS));
    return true;
}

static bool
read_text(const char *text, uint8_t *at, size_t bytes)
{
    size_t length = strlen(text);
    if (length > bytes)
        return false;
    memset(at, 0, bytes);
    memcpy(at, text, length);
    return true;
}

static bool
read_client_id(const char *text, uint8_t *at)
{
    struct client_id id = {0};
    if (*text != '\0' && client_id_set(&id, text, strlen(text)) != 0)
        return false;
    memcpy(at, &id, sizeof id);
    return true;
}

/* Those that are no number. */
static bool
read_bytes(const struct schema_field *f, const char *text, uint8_t *at)
{
    switch (f->kind) {
    case SCHEMA_BYTES:
        return read_hex(text, at, f->bytes);
    case SCHEMA_TEXT:
        return read_text(text, at, f->bytes);
    case SCHEMA_CLIENT_ID:
        return read_client_id(text, at);
    default:
        return read_countries(text, at);
    }
}

static bool
read_value(const struct sandbox *v, const struct schema_field *f, const char *text, uint64_t *value)
{
    const struct sandbox_instrument *ins;
    const struct sandbox_asset *asset;
    switch (f->kind) {
    case SCHEMA_INSTRUMENT:
        ins = sandbox_instrument_named(v, text);
        *value = ins ? ins->id : 0;
        return ins != NULL || read_number(f, text, strlen(text), value);
    case SCHEMA_ASSET:
        asset = sandbox_asset_named(v, text);
        *value = asset ? asset->id : 0;
        return asset != NULL || read_number(f, text, strlen(text), value);
    case SCHEMA_BITS:
        return read_set(f, text, value);
    case SCHEMA_REASON:
        return read_reason(f, text, value);
    case SCHEMA_COMMAND:
        return read_command(f, text, value);
    case SCHEMA_TIME:
        return read_time(f, text, value);
    case SCHEMA_COUNTRY:
        return (text[0] != '\0' && text[1] != '\0' && text[2] == '\0' &&
                read_country(text, value)) ||
               read_name(f, text, strlen(text), value);
    default:
        return f->kind == SCHEMA_ENUM ? read_name(f, text, strlen(text), value)
                                      : read_number(f, text, strlen(text), value);
    }
}

/* --- scaled values --- */

struct scale {
    unsigned decimals;
    int64_t step; /* of a lot */
};

static bool
scale_of(const struct sandbox *v, const struct schema_field *f, const void *record,
         struct scale *out)
{
    uint32_t id;
    memcpy(&id, (const uint8_t *)record + f->ref, sizeof id);
    if (f->kind == SCHEMA_AMOUNT) {
        const struct sandbox_asset *asset = sandbox_asset_of(v, id);
        *out = (struct scale){asset ? asset->scale : 0, 1};
        return asset != NULL;
    }
    const struct sandbox_instrument *ins = sandbox_instrument_of(v, id);
    if (ins == NULL)
        return false;
    *out = f->kind == SCHEMA_PRICE  ? (struct scale){ins->price_scale, 1}
           : f->kind == SCHEMA_CASH ? (struct scale){ins->currency_scale, 1}
                                    : (struct scale){ins->asset_scale, ins->lot_units};
    return true;
}

static int
read_scaled(const struct sandbox *v, const struct schema_field *f, const void *record,
            const char *text, uint64_t *value, struct error *err)
{
    struct scale scale;
    char name[SCHEMA_NAME_MAX];
    int64_t units = 0;
    (void)schema_short_name(f->name, name);
    if (!scale_of(v, f, record, &scale))
        return error_set(err, ERR_INVALID,
                         "%s: its instrument or asset is not known; as a whole number it is %s",
                         name, f->name);
    enum decimal_result rc =
        decimal_parse_steps(text, strlen(text), scale.decimals, scale.step, &units);
    if (rc != DECIMAL_OK)
        return error_set(err, ERR_INVALID, "%s: expected a decimal, found '%s': %s", name, text,
                         decimal_result_text(rc));
    *value = (uint64_t)units;
    return 0;
}

static const char *
expected(const struct schema_field *f)
{
    static const char *const WHAT[] = {
        [SCHEMA_ENUM] = "one of its names (docs/schema.md) or a number",
        [SCHEMA_BITS] = "names joined by + (docs/schema.md), none or a number",
        [SCHEMA_REASON] = "a reason's name",
        [SCHEMA_COMMAND] = "a command's name",
        [SCHEMA_BYTES] = "hexadecimal digits, two a byte",
        [SCHEMA_TEXT] = "a shorter text",
        [SCHEMA_CLIENT_ID] = "at most 36 printable characters",
        [SCHEMA_INSTRUMENT] = "an instrument's symbol or number",
        [SCHEMA_ASSET] = "an asset's symbol or number",
        [SCHEMA_TIME] = "a time such as 2026-01-02T10:00:00Z, none or never",
        [SCHEMA_COUNTRY] = "two capital letters or none",
        [SCHEMA_COUNTRIES] = "countries such as DE+FR, or none",
    };
    const char *what = f->kind < sizeof WHAT / sizeof WHAT[0] ? WHAT[f->kind] : NULL;
    return what ? what : "a whole number that fits";
}

int
record_field_set(const struct sandbox *v, struct record_field f, void *record, const char *text,
                 struct error *err)
{
    const struct schema_field *field = f.field;
    uint8_t *at = (uint8_t *)record + field->offset;
    bool plain = (field->kind >= SCHEMA_BYTES && field->kind <= SCHEMA_CLIENT_ID) ||
                 field->kind == SCHEMA_COUNTRIES;
    uint64_t value = 0;
    if (f.scaled) {
        int rc = read_scaled(v, field, record, text, &value, err);
        if (rc != 0)
            return rc;
    } else if (!(plain ? read_bytes(field, text, at) : read_value(v, field, text, &value))) {
        return error_set(err, ERR_INVALID, "%s: expected %s, found '%s'", field->name,
                         expected(field), text);
    }
    if (!plain)
        memcpy(at, &value, field->bytes); /* little-endian: the low bytes come first */
    return 0;
}
