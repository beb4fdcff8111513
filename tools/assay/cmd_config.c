#include <stdio.h>
#include <string.h>

#include "tools/assay/commands.h"
#include "tools/assay/subcommand.h"
#include "tools/config/venue.h"

static const char help[] =
    "assay config: checks a venue.yaml, or prints one to start from\n"
    "\n"
    "usage: assay config check FILE     every error names file, line, key and what was expected\n"
    "       assay config demo           prints the built-in demo venue\n"
    "\n"
    "example:\n"
    "  assay config demo > venue.yaml && assay config check venue.yaml\n"
    "\n"
    "exit codes: 0 the file is right, 1 it is not, 2 could not run\n";

static int
check(const char *path)
{
    struct venue *v = NULL;
    struct error err = {0};
    if (venue_load(&v, path, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return err.code == ERR_INVALID ? EXIT_FINDINGS : EXIT_USAGE;
    }
    printf("%s: %s: %u assets, %u instruments, %u accounts, %u FIX sessions, %u API keys\n", path,
           v->venue->name, v->assets_count, v->instruments_count, v->accounts_count,
           v->fix->sessions_count, v->api->keys_count);
    venue_free(v);
    return EXIT_OK;
}

int
cmd_config(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "check"))
        return check(argv[2]);
    if (argc == 2 && !strcmp(argv[1], "demo")) {
        size_t bytes;
        const char *text = venue_demo_text(&bytes);
        return fwrite(text, 1, bytes, stdout) == bytes ? EXIT_OK : EXIT_USAGE;
    }
    bool asked = argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    fputs(help, asked ? stdout : stderr);
    return asked ? EXIT_OK : EXIT_USAGE;
}
