#include "tools/text/schema_page.h"

#include <inttypes.h>

#include "engine/model/reason.h"
#include "engine/model/schema.h"

static const char *const INTRODUCTION =
    "# Commands and events\n"
    "\n"
    "Made by `assay schema` from the tables in `engine/model`; a test holds it current.\n"
    "\n"
    "The log is a row of records: each command, followed by the events that it caused. Records "
    "are\n"
    "little-endian and 8-byte aligned; reserved bytes are zero. Commands and events are numbered\n"
    "apart, each from 1, without gaps. Offsets count from the record's first byte.\n"
    "\n"
    "| type | what it holds |\n"
    "| --- | --- |\n"
    "| `u8`..`u64`, `i32`, `i64` | whole numbers |\n"
    "| price | price units of the instrument (`price_scale` decimals of its currency) |\n"
    "| quantity | lots of the instrument (`lot_units` of its asset each) |\n"
    "| amount | smallest units of an asset |\n"
    "| time | nanoseconds since the Unix epoch, UTC |\n"
    "| date | yyyymmdd |\n"
    "| country | two letters, packed: (first - 'A') * 26 + (second - 'A') + 1 |\n"
    "| client id | length, 36 printable ASCII characters (zero padded), three zero bytes |\n"
    "| text | printable ASCII, zero padded |\n";

static const char *
type_text(const struct schema_field *f)
{
    static const char *const UINT_TEXT[9] = {
        [1] = "`u8`", [2] = "`u16`", [4] = "`u32`", [8] = "`u64`"};
    switch ((enum schema_kind)f->kind) {
    case SCHEMA_INT:
        return f->bytes == 8 ? "`i64`" : "`i32`";
    case SCHEMA_REASON:
        return "reason";
    case SCHEMA_COMMAND:
        return "type of a command";
    case SCHEMA_BYTES:
        return "bytes";
    case SCHEMA_TEXT:
        return "text";
    case SCHEMA_CLIENT_ID:
        return "client id";
    case SCHEMA_INSTRUMENT:
        return "`u32` instrument";
    case SCHEMA_ASSET:
        return "`u32` asset";
    case SCHEMA_PRICE:
        return "price";
    case SCHEMA_QTY:
        return "quantity";
    case SCHEMA_CASH:
    case SCHEMA_AMOUNT:
        return "amount";
    case SCHEMA_TIME:
        return "time";
    case SCHEMA_DATE:
        return "date";
    case SCHEMA_COUNTRY:
        return "country";
    case SCHEMA_COUNTRIES:
        return "bit set of countries";
    case SCHEMA_ZERO:
        return "zero";
    case SCHEMA_UINT:
    case SCHEMA_ENUM:
    case SCHEMA_BITS:
        break;
    }
    return UINT_TEXT[f->bytes];
}

/* The name of the field at an offset: what gives another field its scale. */
static const char *
name_at(struct schema_part body, uint16_t offset)
{
    for (uint32_t i = 0; i < body.cnt; i++)
        if (body.fields[i].offset == offset)
            return body.fields[i].name;
    return "?";
}

static void
print_field(FILE *out, struct schema_part body, const struct schema_field *f)
{
    const char *separator = "";
    fprintf(out, "| %u | %u | `%s` | %s | ", f->offset, f->bytes, f->name, type_text(f));
    if (f->names != NULL) {
        fprintf(out, "%s %s", f->kind == SCHEMA_BITS ? "set of" : "one of", f->names->name);
        separator = "; ";
    } else if (f->kind == SCHEMA_CASH || f->kind == SCHEMA_AMOUNT) {
        fprintf(out, "of %s`%s`", f->kind == SCHEMA_CASH ? "the currency of " : "",
                name_at(body, f->ref));
        separator = "; ";
    }
    if (f->note[0] != '\0')
        fprintf(out, "%s%s", separator, f->note);
    fputs(" |\n", out);
}

static void
print_part(FILE *out, struct schema_part part)
{
    fputs("| offset | bytes | field | type | meaning |\n| --- | --- | --- | --- | --- |\n", out);
    for (uint32_t i = 0; i < part.cnt; i++)
        print_field(out, part, &part.fields[i]);
}

static void
print_types(FILE *out, uint8_t kind, const char *title, const char *lead)
{
    fprintf(out, "\n## %s\n\n%s\n\n", title, lead);
    print_part(out, schema_header(kind));
    const struct schema_type *t;
    for (uint32_t i = 0; (t = schema_at(kind, i)) != NULL; i++) {
        fprintf(out, "\n### %s %u %s\n\n`struct %s`, %u bytes.\n",
                kind == RECORD_COMMAND ? "Command" : "Event", t->type, t->name, t->record,
                t->bytes);
        if (t->body.cnt > 0) {
            fputs("\n", out);
            print_part(out, t->body);
        }
    }
}

static void
print_enums(FILE *out)
{
    fputs("\n## Values\n\nValues are never reused. 0 is absence where it is not listed.\n\n"
          "| enum | values |\n| --- | --- |\n",
          out);
    const struct schema_enum *e;
    for (uint32_t i = 0; (e = schema_enum_at(i)) != NULL; i++) {
        fprintf(out, "| %s |", e->name);
        for (uint32_t r = 0; r < e->cnt; r++)
            fprintf(out, "%s %" PRIu64 " %s", r == 0 ? "" : ",", e->rows[r].value, e->rows[r].text);
        fputs(" |\n", out);
    }
}

static void
print_reasons(FILE *out)
{
    fputs("\n## Reasons\n\nFIX 103 and 102 are what the FIX gateway sends as OrdRejReason and "
          "CxlRejReason.\n\n"
          "| value | name | FIX 103 | FIX 102 | text |\n| --- | --- | --- | --- | --- |\n",
          out);
    static const uint16_t values[] = {
#define REASON_VALUE(name, value, fix103, fix102, text) value,
        REASON_LIST(REASON_VALUE)
#undef REASON_VALUE
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        fprintf(out, "| %u | %s | %d | %d | %s |\n", values[i], reason_name(values[i]),
                reason_fix_ord_rej(values[i]), reason_fix_cxl_rej(values[i]),
                reason_text(values[i]));
}

void
schema_page_print(FILE *out)
{
    fputs(INTRODUCTION, out);
    print_types(out, RECORD_COMMAND, "Commands", "Every command begins with this header.");
    print_types(out, RECORD_EVENT, "Events", "Every event begins with this header.");
    print_enums(out);
    print_reasons(out);
}
