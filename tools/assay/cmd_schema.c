#include "tools/assay/commands.h"

#include <stdio.h>
#include <string.h>

#include "tools/assay/subcommand.h"
#include "tools/text/schema_page.h"

static const char *const USAGE =
    "Usage: assay schema\n"
    "\n"
    "Prints the layout of every command and event of the journal, the values of every enum and\n"
    "every reject reason, as Markdown.\n"
    "\n"
    "Example: assay schema > docs/schema.md\n";

int
cmd_schema(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(USAGE, stdout);
        return EXIT_OK;
    }
    if (argc > 1) {
        fprintf(stderr, "assay schema: unexpected argument %s\n%s", argv[1], USAGE);
        return EXIT_USAGE;
    }
    schema_page_print(stdout);
    if (fflush(stdout) != 0) {
        perror("assay schema: standard output");
        return EXIT_USAGE;
    }
    return EXIT_OK;
}
