#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "tools/assay/commands.h"
#include "tools/assay/run_role.h"
#include "tools/assay/subcommand.h"
#include "tools/assay/supervise.h"

static const char help[] =
    "assay run: one process of a venue, for supervisors (assay up starts all of them)\n"
    "\n"
    "usage: assay run engine|fanout|settle [--config FILE | --demo] [--data DIR]\n"
    "                 [--fix-port N] [--api-port N] [--database URL] [--json]\n"
    "\n"
    "  engine   sequencer, core, journal, publisher, FIX gateway, operator gateway\n"
    "  fanout   web page, REST and WebSocket\n"
    "  settle   writes the event stream into PostgreSQL\n"
    "\n"
    "  --config FILE   venue.yaml; without it the copy in the data folder\n"
    "  --data DIR      data folder (assay-data)\n"
    "  --fix-port N    instead of fix.port; 0: any free one, which is printed\n"
    "  --api-port N    instead of api.port\n"
    "  --database URL  instead of settlement.database\n"
    "  --json          what it says, and its log, as JSON objects, one a line\n"
    "\n"
    "example:\n"
    "  assay run engine --demo --data /var/lib/assay\n"
    "\n"
    "exit codes: 0 ended as asked, 2 could not run or had to stop\n";

_Atomic int run_stop;

static const struct role {
    const char *name;
    int (*run)(const struct run_options *o, struct error *err);
} roles[] = {{"engine", run_engine}, {"fanout", run_fanout}, {"settle", run_settle}};

struct arguments {
    const char *config, *data;
    bool demo, json;
    struct run_options o;
};

static void
on_signal(int number)
{
    (void)number;
    atomic_store_explicit(&run_stop, 1, memory_order_relaxed); /* a flag alone */
}

static int
port_number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    return *text && !*end && n >= 0 && n <= 65535 ? (int)n : -2;
}

static int
parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"demo", no_argument, NULL, 'm'},
                                            {"fix-port", required_argument, NULL, 'f'},
                                            {"api-port", required_argument, NULL, 'p'},
                                            {"database", required_argument, NULL, 'b'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;
    *a = (struct arguments){.data = "assay-data", .o = {.fix_port = -1, .api_port = -1}};
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'c')
            a->config = optarg;
        if (c == 'd')
            a->data = optarg;
        if (c == 'm')
            a->demo = true;
        if (c == 'f')
            a->o.fix_port = port_number(optarg);
        if (c == 'p')
            a->o.api_port = port_number(optarg);
        if (c == 'b')
            a->o.database = optarg;
        if (c == 'j')
            a->json = true;
        if (c == 'h')
            return fputs(help, stdout), -1;
        if (c == '?')
            return EXIT_USAGE;
    }
    if (a->o.fix_port == -2 || a->o.api_port == -2)
        return fputs("assay run: expected a port from 0 to 65535\n", stderr), EXIT_USAGE;
    if (optind + 1 != argc)
        return fputs(help, stderr), EXIT_USAGE;
    return EXIT_OK;
}

static void
catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int
cmd_run(int argc, char **argv)
{
    struct arguments a;
    int code = parse(argc, argv, &a);
    if (code)
        return code < 0 ? EXIT_OK : code;
    const struct role *role = NULL;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (!strcmp(argv[optind], roles[i].name))
            role = &roles[i];
    if (!role) {
        fprintf(stderr, "assay run: '%s': expected engine, fanout or settle\n", argv[optind]);
        return EXIT_USAGE;
    }
    catch_signals();
    log_setup(LOG_INFO, role->name, 1);
    if (a.json) {
        log_as_json();
        child_say_json();
    }
    struct data_folder folder;
    struct venue *venue = NULL;
    struct error err = {0};
    int rc = data_folder_open(&folder, a.data, &err);
    if (!rc)
        rc = data_folder_venue(&folder, a.config, a.demo, &venue, &err);
    a.o.folder = &folder;
    a.o.venue = venue;
    if (!rc)
        rc = role->run(&a.o, &err);
    if (rc)
        fprintf(stderr, "assay run %s: %s\n", role->name, err.text);
    venue_free(venue);
    return rc ? EXIT_USAGE : EXIT_OK;
}
