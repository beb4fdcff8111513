#ifndef TOOLS_ASSAY_FLOW_OPTIONS_H
#define TOOLS_ASSAY_FLOW_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"
#include "tools/flow/flow_generate.h"
#include "tools/flow/flow_read.h"

/* Where an order flow comes from, on the command line of `assay flow` and `assay load`: a file, the
 * shipped recording, or the generator with its parameters. */
struct flow_options {
    const char *path; /* NULL: recording or generate says */
    bool recording, generate;
    struct flow_read_options read;
    struct flow_generate_options made;
};

enum { FLOW_OPTION_FIRST = 0x400, FLOW_OPTION_LAST = FLOW_OPTION_FIRST + 15 };

/* Rows for a getopt_long table. */
#define FLOW_OPTION_ROWS                                                                           \
    {"recorded", no_argument, NULL, FLOW_OPTION_FIRST},                                            \
        {"generate", no_argument, NULL, FLOW_OPTION_FIRST + 1},                                    \
        {"seed", required_argument, NULL, FLOW_OPTION_FIRST + 2},                                  \
        {"orders", required_argument, NULL, FLOW_OPTION_FIRST + 3},                                \
        {"clients", required_argument, NULL, FLOW_OPTION_FIRST + 4},                               \
        {"crossing", required_argument, NULL, FLOW_OPTION_FIRST + 5},                              \
        {"cancels", required_argument, NULL, FLOW_OPTION_FIRST + 6},                               \
        {"replaces", required_argument, NULL, FLOW_OPTION_FIRST + 7},                              \
        {"resting", required_argument, NULL, FLOW_OPTION_FIRST + 8},                               \
        {"symbols", required_argument, NULL, FLOW_OPTION_FIRST + 9},                               \
    {                                                                                              \
        "no-takers", no_argument, NULL, FLOW_OPTION_FIRST + 10                                     \
    }

extern const char flow_options_help[];

/* Takes one option of the rows above. errors: a bad number; the text names the option */
int flow_options_take(struct flow_options *o, int option, const char *value,
                      struct error *err) ERROR_MUST_USE;

/* Reads or makes the flow; an initialised, empty one. */
int flow_options_make(const struct flow_options *o, struct flow *f,
                      struct error *err) ERROR_MUST_USE;

/* "--rate" etc. for people: whole number within bounds. */
int option_number(const char *name, const char *value, uint64_t least, uint64_t most, uint64_t *out,
                  struct error *err) ERROR_MUST_USE;

#endif
