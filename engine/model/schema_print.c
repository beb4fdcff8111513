#include "engine/model/schema_print.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/model/command.h"
#include "engine/model/decimal.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "engine/model/schema.h"
#include "engine/model/utc.h"

struct text_out {
    char *out;
    size_t bytes, length; /* length counts what did not fit too */
};

static void
put_bytes(struct text_out *o, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++, o->length++)
        if (o->length + 1 < o->bytes)
            o->out[o->length] = text[i];
}

static void
put(struct text_out *o, const char *text)
{
    put_bytes(o, text, strlen(text));
}

static size_t
finish(struct text_out *o)
{
    if (o->bytes > 0)
        o->out[o->length < o->bytes ? o->length : o->bytes - 1] = '\0';
    return o->length;
}

static void
put_uint(struct text_out *o, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put_bytes(o, digits + at, sizeof digits - at);
}

static void
put_int(struct text_out *o, int64_t value)
{
    if (value < 0)
        put(o, "-");
    put_uint(o, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void
put_hex(struct text_out *o, const uint8_t *bytes, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        put_bytes(o, &"0123456789abcdef"[bytes[i] >> 4], 1);
        put_bytes(o, &"0123456789abcdef"[bytes[i] & 15], 1);
    }
}

/* Text of a record or of the directory: quoted where it would not be one word. */
static void
put_quoted(struct text_out *o, const char *text, size_t length, bool always)
{
    bool plain = length > 0 && !always;
    for (size_t i = 0; i < length; i++)
        plain = plain && text[i] > ' ' && text[i] < 0x7f && text[i] != '"' && text[i] != '\\';
    if (plain) {
        put_bytes(o, text, length);
        return;
    }
    put(o, "\"");
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c == '"' || c == '\\') {
            put(o, "\\");
            put_bytes(o, &text[i], 1);
        } else if (c < 0x20 || c > 0x7e) {
            put(o, "\\u00");
            put_hex(o, &c, 1);
        } else {
            put_bytes(o, &text[i], 1);
        }
    }
    put(o, "\"");
}

static void
put_country(struct text_out *o, uint64_t packed)
{
    if (packed == 0 || packed >= COUNTRY_MAX) {
        put(o, packed == 0 ? "none" : "?");
        return;
    }
    char two[2] = {(char)('A' + (packed - 1) / 26), (char)('A' + (packed - 1) % 26)};
    put_bytes(o, two, sizeof two);
}

static void
put_countries(struct text_out *o, const void *bits)
{
    bool any = false;
    for (uint32_t c = 1; c < COUNTRY_MAX; c++) {
        uint64_t word;
        memcpy(&word, (const uint8_t *)bits + c / 64 * sizeof word, sizeof word);
        if ((word >> (c % 64) & 1) == 0)
            continue;
        put(o, any ? "+" : "");
        put_country(o, c);
        any = true;
    }
    put(o, any ? "" : "none");
}

static void
put_set(struct text_out *o, const struct schema_enum *e, uint64_t bits)
{
    bool any = false;
    for (uint32_t i = 0; i < e->cnt; i++) {
        if ((bits & e->rows[i].value) == 0)
            continue;
        put(o, any ? "+" : "");
        put(o, e->rows[i].text);
        bits &= ~e->rows[i].value;
        any = true;
    }
    if (bits != 0) { /* a bit that has no name here */
        put(o, any ? "+" : "");
        put_uint(o, bits);
    } else if (!any) {
        put(o, "none");
    }
}

static void
put_time(struct text_out *o, int64_t ns, bool json)
{
    char text[UTC_TEXT_MAX];
    if (ns == INT64_MAX) {
        put(o, "never");
    } else if (ns == 0) {
        put(o, "none");
    } else {
        (void)(json ? utc_format_decimals(ns, 9, text) : utc_format(ns, text));
        put(o, text);
    }
}

/* The scaled value of a PRICE, QTY, CASH or AMOUNT field; false when the directory does not know
 * the scale. */
static bool
scaled(const struct schema_field *f, const void *record, const struct schema_directory *d,
       int64_t *value, unsigned *scale)
{
    if (d == NULL || f->kind < SCHEMA_PRICE || f->kind > SCHEMA_AMOUNT)
        return false;
    uint32_t id;
    memcpy(&id, (const uint8_t *)record + f->ref, sizeof id);
    *value = (int64_t)schema_get(f, record);
    if (f->kind == SCHEMA_AMOUNT) {
        struct schema_asset asset;
        if (!d->asset(d->self, id, &asset))
            return false;
        *scale = asset.scale;
        return true;
    }
    struct schema_instrument ins;
    if (!d->instrument(d->self, id, &ins))
        return false;
    *scale = f->kind == SCHEMA_PRICE  ? ins.price_scale
             : f->kind == SCHEMA_CASH ? ins.currency_scale
                                      : ins.asset_scale;
    return f->kind != SCHEMA_QTY || !__builtin_mul_overflow(*value, ins.lot_units, value);
}

static const char *
symbol_of(const struct schema_field *f, uint64_t id, const struct schema_directory *d)
{
    struct schema_instrument ins;
    struct schema_asset asset;
    if (d == NULL || id == 0)
        return NULL;
    if (f->kind == SCHEMA_INSTRUMENT && d->instrument(d->self, (uint32_t)id, &ins))
        return ins.symbol;
    if (f->kind == SCHEMA_ASSET && d->asset(d->self, (uint32_t)id, &asset))
        return asset.symbol;
    return NULL;
}

static void
put_unnamed(struct text_out *o, uint64_t value)
{
    if (value == 0)
        put(o, "none");
    else
        put_uint(o, value);
}

/* Kinds whose value is one word without anything to escape. */
static void
put_word(struct text_out *o, const struct schema_field *f, const void *record, bool json)
{
    const uint8_t *at = (const uint8_t *)record + f->offset;
    if (f->kind == SCHEMA_BYTES) {
        put_hex(o, at, f->bytes);
        return;
    }
    if (f->kind == SCHEMA_COUNTRIES) {
        put_countries(o, at);
        return;
    }
    uint64_t value = schema_get(f, record);
    const char *name = f->kind == SCHEMA_ENUM ? schema_enum_text(f->names, value) : NULL;
    if (f->kind == SCHEMA_REASON)
        name = value == REASON_NONE ? "none" : reason_name((uint32_t)value);
    else if (f->kind == SCHEMA_COMMAND && value != 0)
        name = command_name((uint16_t)value);
    if (name != NULL)
        put(o, name);
    else if (f->kind == SCHEMA_BITS)
        put_set(o, f->names, value);
    else if (f->kind == SCHEMA_TIME)
        put_time(o, (int64_t)value, json);
    else if (f->kind == SCHEMA_COUNTRY)
        put_country(o, value);
    else if (f->kind == SCHEMA_ENUM || f->kind == SCHEMA_COMMAND)
        put_unnamed(o, value);
    else if (f->kind != SCHEMA_INT && (f->kind == SCHEMA_UINT || f->bytes < 8))
        put_uint(o, value);
    else
        put_int(o, (int64_t)value);
}

static bool
json_number(const struct schema_field *f)
{
    return f->bytes < 8 && (f->kind == SCHEMA_UINT || f->kind == SCHEMA_INT ||
                            f->kind == SCHEMA_INSTRUMENT || f->kind == SCHEMA_ASSET);
}

struct line { /* how one record is printed */
    const struct schema_directory *d;
    const void *record;
    bool json;
};

const char *
schema_short_name(const char *name, char out[SCHEMA_NAME_MAX])
{
    static const char *const UNIT[] = {"_units", "_lots", "_id", "_ns"};
    size_t length = strlen(name), end = length; /* where an index begins */
    CHECK(length < SCHEMA_NAME_MAX, "%s", name);
    if (name[length - 1] == ']')
        while (name[--end] != '[')
            ;
    memcpy(out, name, length + 1);
    for (size_t i = 0; i < sizeof UNIT / sizeof UNIT[0]; i++) {
        size_t cut = strlen(UNIT[i]);
        if (end > cut && memcmp(name + end - cut, UNIT[i], cut) == 0) {
            memcpy(out + end - cut, name + end, length - end + 1);
            break;
        }
    }
    return out;
}

/* Name, separator and value; path: what of the field's name is to be shown. */
static void
put_field(struct text_out *o, const struct line *line, const struct schema_field *f,
          const char *path)
{
    const char *quote = line->json ? "\"" : "";
    char decimal[DECIMAL_TEXT_MAX], name[SCHEMA_NAME_MAX];
    int64_t value = 0;
    unsigned scale = 0;
    bool is_scaled = scaled(f, line->record, line->d, &value, &scale);
    bool is_id = f->kind == SCHEMA_INSTRUMENT || f->kind == SCHEMA_ASSET;
    const char *symbol = is_id ? symbol_of(f, schema_get(f, line->record), line->d) : NULL;
    put(o, quote);
    bool people = is_scaled || symbol != NULL || f->kind == SCHEMA_TIME;
    put(o, people ? schema_short_name(path, name) : path);
    put(o, line->json ? "\":" : "=");
    const uint8_t *at = (const uint8_t *)line->record + f->offset;
    if (is_scaled) {
        (void)decimal_format_short(value, scale, decimal);
        put(o, quote);
        put(o, decimal);
        put(o, quote);
    } else if (symbol != NULL) {
        put_quoted(o, symbol, strlen(symbol), line->json);
    } else if (f->kind == SCHEMA_TEXT) {
        put_quoted(o, (const char *)at, strnlen((const char *)at, f->bytes), line->json);
    } else if (f->kind == SCHEMA_CLIENT_ID) {
        const struct client_id *id = (const void *)at;
        put_quoted(o, id->text, id->length <= CLIENT_ID_MAX ? id->length : CLIENT_ID_MAX,
                   line->json);
    } else {
        put(o, json_number(f) ? "" : quote);
        put_word(o, f, line->record, line->json);
        put(o, json_number(f) ? "" : quote);
    }
}

static bool
field_is_zero(const struct schema_field *f, const void *record)
{
    const uint8_t *at = (const uint8_t *)record + f->offset;
    for (uint16_t i = 0; i < f->bytes; i++)
        if (at[i] != 0)
            return false;
    return true;
}

/* The record's own plumbing, which no form prints, and its type, which is printed first. */
static bool
is_plumbing(const struct schema_field *f)
{
    return f->kind == SCHEMA_ZERO || f->offset < offsetof(struct record, epoch);
}

static void
text_part(struct text_out *o, const struct line *line, struct schema_part part, bool brief)
{
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        if (is_plumbing(f) || (brief && field_is_zero(f, line->record)))
            continue;
        put(o, " ");
        put_field(o, line, f, strncmp(f->name, "rec.", 4) == 0 ? f->name + 4 : f->name);
    }
}

size_t
schema_print_text(const void *record, const struct schema_directory *d, enum schema_print how,
                  char *out, size_t out_bytes)
{
    const struct record *rec = record;
    const struct schema_type *type = schema_find(rec->kind, rec->type);
    CHECK(type != NULL, "kind %u type %u", rec->kind, rec->type);
    struct text_out o = {.out = out, .bytes = out_bytes};
    struct line line = {.d = d, .record = record};
    bool brief = how == SCHEMA_PRINT_BRIEF;
    put(&o, type->name);
    if (brief) {
        put(&o, " seq=");
        put_uint(&o, rec->seq);
    } else {
        text_part(&o, &line, schema_header(rec->kind), false);
    }
    text_part(&o, &line, type->body, brief);
    return finish(&o);
}

/* Closes and opens JSON objects so that the member path `name` can follow what stood before it. */
static const char *
json_move(struct text_out *o, const char *before, const char *name)
{
    size_t common = 0; /* length of the objects that both lie in, points included */
    for (size_t i = 0; before[i] != '\0' && before[i] == name[i]; i++)
        if (name[i] == '.')
            common = i + 1;
    for (const char *p = before + common; *p != '\0'; p++)
        put(o, *p == '.' ? "}" : "");
    put(o, ",");
    const char *rest = name + common;
    for (const char *point; (point = strchr(rest, '.')) != NULL; rest = point + 1) {
        put(o, "\"");
        put_bytes(o, rest, (size_t)(point - rest));
        put(o, "\":{");
    }
    return rest;
}

static void
json_part(struct text_out *o, const struct line *line, struct schema_part part)
{
    const char *before = "";
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        if (is_plumbing(f))
            continue;
        const char *name = strncmp(f->name, "rec.", 4) == 0 ? f->name + 4 : f->name;
        put_field(o, line, f, json_move(o, before, name));
        before = name;
    }
    for (const char *p = before; *p != '\0'; p++)
        put(o, *p == '.' ? "}" : "");
}

size_t
schema_print_json(const void *record, const struct schema_directory *d, char *out, size_t out_bytes)
{
    const struct record *rec = record;
    const struct schema_type *type = schema_find(rec->kind, rec->type);
    CHECK(type != NULL, "kind %u type %u", rec->kind, rec->type);
    struct text_out o = {.out = out, .bytes = out_bytes};
    struct line line = {.d = d, .record = record, .json = true};
    put(&o, rec->kind == RECORD_COMMAND ? "{\"record\":\"command\",\"type\":\""
                                        : "{\"record\":\"event\",\"type\":\"");
    put(&o, type->name);
    put(&o, "\"");
    json_part(&o, &line, schema_header(rec->kind));
    json_part(&o, &line, type->body);
    put(&o, "}");
    return finish(&o);
}
