#ifndef TOOLS_TEXT_SCRIPT_H
#define TOOLS_TEXT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/error.h"
#include "engine/core/core.h"

/* Runs a script of the language of docs/match.md against a core of its own and prints what came.
 * thread: one     errors: the first that is found ends the script; "FILE:LINE: ..." in err */

/* Who looks on: told of each event, then of the command that brought them (genesis is the first)
 * and of the core as it is then. */
struct script_watch {
    void (*event)(void *arg, const struct event *ev);
    void (*applied)(void *arg, const struct command *cmd, const struct core *core);
    void *arg;
};

enum script_print { SCRIPT_PRINT_TEXT = 0, SCRIPT_PRINT_JSON = 1, SCRIPT_PRINT_NOTHING = 2 };

struct script_options {
    const struct hooks *hooks; /* NULL: everything is allowed */
    enum script_print print;
    bool check;       /* compare with the `>` lines; refusals that no line speaks of are errors */
    FILE *out;        /* text and JSON */
    FILE *raw;        /* bytes of every event; may be NULL */
    FILE *raw_input;  /* bytes of every command; may be NULL */
    FILE *json_input; /* every command as a JSON line that can be run again; may be NULL */
    bool csv;         /* lines are rows, the first names their columns */
    const struct script_watch *watch; /* may be NULL */
};

struct script_result {
    uint64_t command_cnt, event_cnt, refused_cnt, checked_cnt;
};

/* Reads `in` to its end; `name` is what errors call it. */
int script_run(FILE *in, const char *name, const struct script_options *options,
               struct script_result *result, struct error *err) ERROR_MUST_USE;

#endif
