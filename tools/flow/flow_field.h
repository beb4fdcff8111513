#ifndef TOOLS_FLOW_FLOW_FIELD_H
#define TOOLS_FLOW_FLOW_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/flow/flow_file.h"

/* Fields of the recordings' lines, as their text: a JSON library would make doubles of decimals.
 * For flat lines of known form, not for JSON at large. */

/* The value behind "key": in a JSON line: a string's inside, or a number's text; the first one from
 * `from` bytes on. false when there is none. */
bool flow_field_json(const struct flow_line *line, size_t from, const char *key,
                     struct flow_line *out);

/* Cuts the next comma-separated field off the line. false at its end. */
bool flow_field_csv(struct flow_line *line, struct flow_line *out);

bool flow_field_is(const struct flow_line *field, const char *text);

/* Decimal text to units; false when it is not one. */
bool flow_field_amount(const struct flow_line *field, unsigned scale, int64_t *out);

/* Digits alone, up to UINT64_MAX. */
bool flow_field_u64(const struct flow_line *field, uint64_t *out);

#endif
