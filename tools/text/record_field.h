#ifndef TOOLS_TEXT_RECORD_FIELD_H
#define TOOLS_TEXT_RECORD_FIELD_H

#include <stdbool.h>

#include "engine/base/error.h"
#include "engine/model/schema.h"
#include "tools/text/sandbox.h"

/* Reads what engine/model/schema_print.h writes: one field of a record at a time, by its name
 * ("buy.id") and its value as text. */

struct record_field {
    const struct schema_field *field;
    bool scaled; /* named without its unit: the value is a decimal of the instrument or asset */
};

/* The field of a command that has this name, whole ("price_units") or without its unit ("price").
 * errors: false; reserved fields and those that say how a record lies have no name */
bool record_field_find(const struct schema_type *type, const char *name, struct record_field *out);

/* Puts a value into the record. Instruments and assets by symbol or number, names of enums (joined
 * by + in sets) or their numbers, times as 2026-01-02T10:00:00Z, none, never or nanoseconds; a
 * scaled value needs the field that gives its scale to be there already. Numbers that mean nothing
 * are taken: what they are is the core's to say.
 * errors: ERR_INVALID names the field, what was expected and what was found */
int record_field_set(const struct sandbox *v, struct record_field f, void *record, const char *text,
                     struct error *err) ERROR_MUST_USE;

#endif
