#ifndef TOOLS_TEXT_SCHEMA_PAGE_H
#define TOOLS_TEXT_SCHEMA_PAGE_H

#include <stdio.h>

/* Writes docs/schema.md: every command and event with its fields, the values of every enum and
 * every reason, from the tables of engine/model. `assay schema` prints it. */
void schema_page_print(FILE *out);

#endif
