#include "tools/assay/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "risk/risk.h"
#include "tools/assay/subcommand.h"
#include "tools/text/script.h"

static const char *const USAGE =
    "Usage: assay match FILE [--csv] [--json] [--check] [--raw EVENTS] [--raw-commands COMMANDS]\n"
    "                        [--json-commands COMMANDS] [--no-risk]\n"
    "\n"
    "Runs a script of plain-text commands (docs/match.md) against a core of its own, with risk "
    "and\n"
    "compliance as in a venue, and prints the events that come out. FILE may be - (standard "
    "input).\n"
    "\n"
    "  --csv            FILE is rows of fields, the first their names (so is FILE.csv); a line "
    "that\n"
    "                   begins with { is a JSON object in every file\n"
    "  --json           one JSON object a line instead of text\n"
    "  --check          print nothing; compare events with the > lines of the script\n"
    "  --raw EVENTS     also write the bytes of every event to this file\n"
    "  --raw-commands COMMANDS  also write the bytes of every command\n"
    "  --json-commands COMMANDS every command as a JSON line: a script that can be run again\n"
    "  --no-risk        without the hooks: every account may do everything\n"
    "\n"
    "Exit: 0 done, 1 an expectation does not hold, 2 the script or an argument is wrong.\n"
    "\n"
    "Example: assay match tests/golden/book_price_priority.txt\n";

struct arguments {
    const char *file, *raw, *raw_commands, *json_commands;
    struct script_options options;
    bool help;
};

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
    a->options.hooks = risk_hooks();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            a->help = true;
        else if (strcmp(argv[i], "--csv") == 0)
            a->options.csv = true;
        else if (strcmp(argv[i], "--json") == 0)
            a->options.print = SCRIPT_PRINT_JSON;
        else if (strcmp(argv[i], "--check") == 0)
            a->options.check = true;
        else if (strcmp(argv[i], "--no-risk") == 0)
            a->options.hooks = NULL;
        else if (strcmp(argv[i], "--raw") == 0 && i + 1 < argc)
            a->raw = argv[++i];
        else if (strcmp(argv[i], "--raw-commands") == 0 && i + 1 < argc)
            a->raw_commands = argv[++i];
        else if (strcmp(argv[i], "--json-commands") == 0 && i + 1 < argc)
            a->json_commands = argv[++i];
        else if (a->file == NULL && (argv[i][0] != '-' || strcmp(argv[i], "-") == 0))
            a->file = argv[i];
        else
            return false;
    }
    if (a->options.check)
        a->options.print = SCRIPT_PRINT_NOTHING;
    if (a->file != NULL && strlen(a->file) > 4 &&
        strcmp(a->file + strlen(a->file) - 4, ".csv") == 0)
        a->options.csv = true;
    return a->help || a->file != NULL;
}

static bool
open_file(const char *path, const char *mode, FILE **file)
{
    if (path == NULL)
        return true;
    *file = fopen(path, mode);
    if (*file == NULL)
        fprintf(stderr, "assay match: %s: %s\n", path, strerror(errno));
    return *file != NULL;
}

static int
close_file(const char *path, FILE *file)
{
    if (file == NULL || fclose(file) == 0)
        return EXIT_OK;
    fprintf(stderr, "assay match: %s: %s\n", path, strerror(errno));
    return EXIT_USAGE;
}

static int
run(struct arguments *a, FILE *in)
{
    struct script_result result;
    struct error err = {0};
    const char *name = strcmp(a->file, "-") == 0 ? "standard input" : a->file;
    a->options.out = stdout;
    int rc = script_run(in, name, &a->options, &result, &err);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "assay match: standard output: %s\n", strerror(errno));
        return EXIT_USAGE;
    }
    if (rc != 0) {
        fprintf(stderr, "%s\n", err.text);
        return err.code == ERR_NOT_FOUND ? EXIT_FINDINGS : EXIT_USAGE;
    }
    if (a->options.check && result.checked_cnt == 0) {
        fprintf(stderr, "%s: has no > lines: nothing was checked\n", name);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

int
cmd_match(int argc, char **argv)
{
    struct arguments a = {0};
    FILE *in = NULL;
    if (!read_arguments(argc, argv, &a)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    if (a.help) {
        fputs(USAGE, stdout);
        return EXIT_OK;
    }
    if (strcmp(a.file, "-") != 0 && !open_file(a.file, "r", &in))
        return EXIT_USAGE;
    int rc = EXIT_USAGE;
    if (open_file(a.raw, "wb", &a.options.raw) &&
        open_file(a.raw_commands, "wb", &a.options.raw_input) &&
        open_file(a.json_commands, "w", &a.options.json_input))
        rc = run(&a, in ? in : stdin);
    int raw_rc = close_file(a.raw, a.options.raw);
    int commands_rc = close_file(a.raw_commands, a.options.raw_input);
    int json_rc = close_file(a.json_commands, a.options.json_input);
    (void)close_file(a.file, in);
    return rc != EXIT_OK            ? rc
           : raw_rc != EXIT_OK      ? raw_rc
           : commands_rc != EXIT_OK ? commands_rc
                                    : json_rc;
}
