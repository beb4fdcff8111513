#ifndef TOOLS_CONFIG_VENUE_SCHEMA_H
#define TOOLS_CONFIG_VENUE_SCHEMA_H

#include <cyaml/cyaml.h>

/* The form of venue.yaml: keys, types, which are required. */
extern const cyaml_schema_value_t venue_schema;

#endif
