#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "tools/assay/subcommand.h"

static void
print_help(FILE *out)
{
    fputs("assay: a trading and settlement engine for regulated and tokenised assets\n\n"
          "usage: assay SUBCOMMAND [options]     (assay SUBCOMMAND --help tells more)\n\n",
          out);
    for (const struct subcommand *s = subcommands; s->name; s++)
        fprintf(out, "  %-14s %s\n", s->name, s->summary);
    fputs("\nexample:\n  assay up --demo        a whole venue on this machine, with accounts to "
          "trade with\n\n"
          "exit codes: 0 done, 1 done but something does not hold, 2 could not run\n",
          out);
}

int
main(int argc, char **argv)
{
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        !strcmp(argv[1], "help")) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("assay %s (%s, %s)\n", BUILD_VERSION, BUILD_COMMIT, BUILD_COMPILER);
        return EXIT_OK;
    }
    for (const struct subcommand *s = subcommands; s->name; s++)
        if (!strcmp(argv[1], s->name))
            return s->run(argc - 1, argv + 1);
    fprintf(stderr, "assay: there is no subcommand '%s'; assay --help lists them\n", argv[1]);
    return EXIT_USAGE;
}
