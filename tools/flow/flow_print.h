#ifndef TOOLS_FLOW_FLOW_PRINT_H
#define TOOLS_FLOW_FLOW_PRINT_H

#include <stdio.h>

#include "tools/flow/flow.h"

/* What is in a flow, by source and kind, and what its reader left out. */
void flow_print(const struct flow *f, FILE *out);
void flow_print_json(const struct flow *f, FILE *out);

/* Text as a JSON string, quotes included. */
void flow_print_json_string(const char *text, FILE *out);

#endif
