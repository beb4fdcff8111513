#include "engine/model/schema.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/model/client_id.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/schema_priv.h"
#include "engine/model/types.h"

static const struct schema_table *
table_of(uint8_t record_kind)
{
    return record_kind == RECORD_COMMAND ? &SCHEMA_COMMANDS
           : record_kind == RECORD_EVENT ? &SCHEMA_EVENTS
                                         : NULL;
}

const struct schema_type *
schema_find(uint8_t record_kind, uint16_t type)
{
    const struct schema_table *table = table_of(record_kind);
    uint32_t low = 0, high = table ? table->cnt : 0;
    while (low < high) { /* ascending: a test holds it so */
        uint32_t mid = (low + high) / 2;
        if (table->types[mid].type == type)
            return &table->types[mid];
        if (table->types[mid].type < type)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct schema_type *
schema_at(uint8_t record_kind, uint32_t index)
{
    const struct schema_table *table = table_of(record_kind);
    return table && index < table->cnt ? &table->types[index] : NULL;
}

struct schema_part
schema_header(uint8_t record_kind)
{
    CHECK(table_of(record_kind) != NULL, "record kind %u", record_kind);
    return record_kind == RECORD_COMMAND ? SCHEMA_COMMAND_HEADER : SCHEMA_EVENT_HEADER;
}

const char *
schema_enum_text(const struct schema_enum *e, uint64_t value)
{
    for (uint32_t i = 0; i < e->cnt; i++)
        if (e->rows[i].value == value)
            return e->rows[i].text;
    return NULL;
}

bool
schema_enum_value(const struct schema_enum *e, const char *text, size_t length, uint64_t *value)
{
    for (uint32_t i = 0; i < e->cnt; i++) {
        const char *name = e->rows[i].text;
        if (strlen(name) == length && memcmp(name, text, length) == 0) {
            *value = e->rows[i].value;
            return true;
        }
    }
    return false;
}

uint64_t
schema_get(const struct schema_field *f, const void *record)
{
    const uint8_t *at = (const uint8_t *)record + f->offset;
    uint64_t value = 0;
    CHECK(f->bytes <= sizeof value, "field %s", f->name);
    memcpy(&value, at, f->bytes); /* little-endian: the low bytes come first */
    if (f->kind == SCHEMA_INT && f->bytes == 4)
        value = (uint64_t)(int64_t)(int32_t)(uint32_t)value;
    return value;
}

static bool
zero_bytes(const uint8_t *at, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        if (at[i] != 0)
            return false;
    return true;
}

static bool
part_clean(struct schema_part part, const void *record)
{
    for (uint32_t i = 0; i < part.cnt; i++) {
        const struct schema_field *f = &part.fields[i];
        const uint8_t *at = (const uint8_t *)record + f->offset;
        if (f->kind == SCHEMA_ZERO && !zero_bytes(at, f->bytes))
            return false;
        if (f->kind == SCHEMA_TEXT) {
            size_t length = strnlen((const char *)at, f->bytes);
            if (!zero_bytes(at + length, f->bytes - length))
                return false;
        }
        if (f->kind == SCHEMA_CLIENT_ID && !client_id_well_formed((const void *)at))
            return false;
    }
    return true;
}

/* Of the headers only one field each can be unclean (a test holds it so). */
bool
schema_form_clean(const struct schema_type *t, const void *record)
{
    bool header = t->kind == RECORD_COMMAND
                      ? client_id_well_formed(&((const struct command *)record)->id)
                      : ((const struct event *)record)->zero0 == 0;
    return header && part_clean(t->body, record);
}
