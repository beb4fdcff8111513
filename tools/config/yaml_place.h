#ifndef TOOLS_CONFIG_YAML_PLACE_H
#define TOOLS_CONFIG_YAML_PLACE_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

/* A YAML file with the exact place of each of its values. libcyaml turns a file into structs, but
 * names the place of the token before the one that is wrong; so the tree of libyaml is checked
 * against the same cyaml schema first, and later checks ask it for lines by path. */
struct yaml_place;

/* name: how errors call the file. errors: ERR_INVALID "name:line: what was expected". */
int yaml_place_open(struct yaml_place **out, const char *name, const char *text, size_t bytes,
                    struct error *err) ERROR_MUST_USE;
void yaml_place_close(struct yaml_place *p);

/* Checks keys, types, ranges, enumerations, lengths and required fields. */
int yaml_place_check(const struct yaml_place *p, const cyaml_schema_value_t *schema,
                     struct error *err) ERROR_MUST_USE;

/* Line of a value by path, such as "instruments[2].tick"; of the nearest enclosing value when it is
 * not there; from 1. */
int yaml_place_line(const struct yaml_place *p, const char *path);

/* Whether the file has a value at exactly this path. */
bool yaml_place_has(const struct yaml_place *p, const char *path);

/* ERR_INVALID "file:line: path: what", with the line of the path. */
int yaml_place_error(const struct yaml_place *p, struct error *err, const char *path,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
