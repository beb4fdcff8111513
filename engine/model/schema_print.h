#ifndef ENGINE_MODEL_SCHEMA_PRINT_H
#define ENGINE_MODEL_SCHEMA_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Commands and events as text and as JSON, made from the schema, into the caller's buffer.
 *
 * text  NAME key=value key=value ...         one line without its end
 * JSON  {"record":"event","type":"FILL","seq":"12",...,"buy":{"order_id":"...",...}}
 *
 * What a directory knows is printed for people: symbols instead of ids; prices, quantities and
 * money as decimals, under the field's name without its unit (price_units -> price). What it does
 * not know stays a whole number under the full name. In JSON decimals and integers of eight bytes
 * are strings, times have nine decimals. */

struct schema_instrument {
    const char *symbol;
    uint32_t currency_id;
    uint8_t price_scale, asset_scale, currency_scale, zero;
    int64_t lot_units;
};

struct schema_asset {
    const char *symbol;
    uint8_t scale;
};

struct schema_directory { /* both answer false for an id that they do not know */
    const void *self;
    bool (*instrument)(const void *self, uint32_t id, struct schema_instrument *out);
    bool (*asset)(const void *self, uint32_t id, struct schema_asset *out);
};

enum schema_print {
    SCHEMA_PRINT_FULL = 0,
    SCHEMA_PRINT_BRIEF = 1, /* without fields that are zero, and of the header the seq alone */
};

enum { SCHEMA_TEXT_MAX = 8192 }; /* no record's text or JSON is longer */
enum { SCHEMA_NAME_MAX = 64 };   /* no field's name is as long */

/* A field's name without its unit, which a value made for people does not have: "price" of
 * "price_units", "from[2]" of "from_units[2]". Returns out. */
const char *schema_short_name(const char *name, char out[SCHEMA_NAME_MAX]);

/* Return the length, the final zero byte not counted; what does not fit is cut (like snprintf).
 * record: well-formed (command_check_form, event_check_form). d may be NULL. */
size_t schema_print_text(const void *record, const struct schema_directory *d,
                         enum schema_print how, char *out, size_t out_bytes);
size_t schema_print_json(const void *record, const struct schema_directory *d, char *out,
                         size_t out_bytes);

#endif
