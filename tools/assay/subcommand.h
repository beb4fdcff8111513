#ifndef TOOLS_ASSAY_SUBCOMMAND_H
#define TOOLS_ASSAY_SUBCOMMAND_H

/* Every subcommand of `assay`: argv[0] is the subcommand's own name. Each has --help with an
 * example; where output is data, --json. Exit codes: the same for all of them. */
enum exit_code {
    EXIT_OK = 0, /* done, and what was checked holds */
    EXIT_FINDINGS =
        1, /* done, and something does not hold (a break, a refused command, a failed check) */
    EXIT_USAGE =
        2, /* could not run: arguments, configuration, files, a venue that does not answer */
};

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

/* subcommands.c: the table, ended by a NULL name, in the order in which --help lists it. */
extern const struct subcommand subcommands[];

#endif
