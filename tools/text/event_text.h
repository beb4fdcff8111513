#ifndef TOOLS_TEXT_EVENT_TEXT_H
#define TOOLS_TEXT_EVENT_TEXT_H

#include <stddef.h>

#include "engine/model/event.h"
#include "engine/model/schema_print.h"

/* An event as one line for people: schema_print_text, except that a decision shows its rules by
 * name and its figures in their unit. Returns the length; out: SCHEMA_TEXT_MAX bytes. */
size_t event_text(const struct event *ev, const struct schema_directory *d, enum schema_print how,
                  char *out, size_t out_bytes);

#endif
