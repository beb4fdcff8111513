#ifndef TOOLS_ASSAY_JSON_LINE_H
#define TOOLS_ASSAY_JSON_LINE_H

#include <stdio.h>

/* What commands tell programs while they run: one object a line, each with a key "event" that says
 * which: "said" (text), "ready", "open" (where the venue listens), "report", "ended". */
struct json_t;

/* Writes it as one line at once, and gives it back. NULL (a text that was no UTF-8) becomes an
 * event "unprintable". */
void json_line(FILE *to, struct json_t *o);

#endif
