#include "tools/assay/subcommand.h"

#include <stddef.h>

#include "tools/assay/commands.h"

/* The one table: a new subcommand is a line here, a declaration in commands.h and a file
 * cmd_<name>.c. */
const struct subcommand subcommands[] = {
    {"ctl", cmd_ctl, "what an operator does: status, halt, resume, account, deposit, ..."},
    {"schema", cmd_schema, "prints the layout of every command and event"},
    {NULL, NULL, NULL},
};
