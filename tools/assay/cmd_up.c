#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/assay/commands.h"
#include "tools/assay/free_port.h"
#include "tools/assay/json_line.h"
#include "tools/assay/subcommand.h"
#include "tools/assay/up.h"

static const char help[] =
    "assay up: a whole venue on this machine: PostgreSQL, engine, settlement writer, fan-out\n"
    "\n"
    "usage: assay up [--config FILE | --demo] [--data DIR] [--exit] [--quick]\n"
    "                [--fix-port N] [--api-port N] [--json]\n"
    "\n"
    "  --config FILE  venue.yaml (docs/venue-yaml.md); without it the copy in the data folder\n"
    "  --demo         the built-in demo venue: free ports, two order flows, a report\n"
    "  --data DIR     data folder (assay-data); what is in it is continued\n"
    "  --exit         with --demo: end after the report\n"
    "  --quick        with --demo: smaller flows\n"
    "  --fix-port N   instead of fix.port; 0: any free one (run/fix.address in the data folder)\n"
    "  --api-port N   instead of api.port\n"
    "  --json         objects on standard output, one a line: {\"event\":\"report\",...} of the\n"
    "                 demo, \"open\", \"ended\"; what is for people goes to standard error\n"
    "\n"
    "example:\n"
    "  assay up --demo\n"
    "\n"
    "Ctrl-C ends everything that it started; the next start continues from the journal.\n"
    "exit codes: 0 ended as asked, 1 the report shows something that does not hold, 2 could not "
    "run\n";

struct arguments {
    const char *config, *data, *fix_port, *api_port;
    bool demo, exit_after, quick, json;
};

static int
parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},   {"data", required_argument, NULL, 'd'},
        {"demo", no_argument, NULL, 'm'},           {"exit", no_argument, NULL, 'x'},
        {"quick", no_argument, NULL, 'q'},          {"fix-port", required_argument, NULL, 'f'},
        {"api-port", required_argument, NULL, 'p'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    int c;
    *a = (struct arguments){.data = "assay-data"};
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'c')
            a->config = optarg;
        if (c == 'd')
            a->data = optarg;
        if (c == 'm')
            a->demo = true;
        if (c == 'x')
            a->exit_after = true;
        if (c == 'q')
            a->quick = true;
        if (c == 'f')
            a->fix_port = optarg;
        if (c == 'p')
            a->api_port = optarg;
        if (c == 'j')
            a->json = true;
        if (c == 'h')
            return fputs(help, stdout), -1;
        if (c == '?')
            return EXIT_USAGE;
    }
    if (optind < argc)
        return fprintf(stderr, "assay up: '%s'?\n", argv[optind]), EXIT_USAGE;
    if (a->demo && a->config)
        return fputs("assay up: expected --demo or --config, not both\n", stderr), EXIT_USAGE;
    return EXIT_OK;
}

static void
on_signal(int number)
{
    (void)number;
    atomic_store_explicit(&up_stop, 1, memory_order_relaxed); /* a flag alone */
}

static void
catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* A port of the demo: the next free one, which is said. A configured port is never changed. */
static uint16_t
demo_port(const char *what, const char *address, uint16_t wanted)
{
    uint16_t port = free_port_from(address, wanted);
    if (port != wanted)
        printf("port %u is taken: %s on %u\n", wanted, what, port);
    return port;
}

static void
choose_ports(struct up *u, const struct arguments *a)
{
    const struct venue *v = u->venue;
    unsigned fix = v->fix->port, api = v->api->port;
    if (u->demo && !a->fix_port)
        fix = demo_port("FIX listens", v->fix->listen, v->fix->port);
    if (u->demo && !a->api_port)
        api = demo_port("web and WebSocket listen", v->api->listen, v->api->port);
    snprintf(u->fix_port, sizeof u->fix_port, "%u", fix);
    snprintf(u->api_port, sizeof u->api_port, "%u", api);
    if (a->fix_port)
        snprintf(u->fix_port, sizeof u->fix_port, "%.7s", a->fix_port);
    if (a->api_port)
        snprintf(u->api_port, sizeof u->api_port, "%.7s", a->api_port);
}

static int
prepare(struct up *u, const struct arguments *a, struct error *err)
{
    ssize_t n = readlink("/proc/self/exe", u->program, sizeof u->program - 1);
    if (n < 0)
        return error_errno(err, errno, "/proc/self/exe");
    u->program[n] = 0;
    int rc = data_folder_open(&u->folder, a->data, err);
    if (!rc)
        rc = data_folder_venue(&u->folder, a->config, a->demo, &u->venue, err);
    if (!rc && (a->config || a->demo))
        rc = data_folder_keep_config(&u->folder, a->config, err);
    if (rc)
        return rc;
    u->demo = a->demo;
    choose_ports(u, a);
    return 0;
}

/* Where a gateway listens, as it says itself. */
static const char *
address_of(const struct up *u, const char *name, char *out, size_t out_bytes)
{
    char path[DATA_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s.address", u->folder.run, name);
    snprintf(out, out_bytes, "?");
    FILE *f = fopen(path, "r");
    if (f && fgets(out, (int)out_bytes, f))
        out[strcspn(out, "\n")] = 0;
    if (f)
        fclose(f);
    return out;
}

/* For programs, with --json. */
static void
tell(const struct up *u, json_t *o)
{
    if (u->json)
        json_line(u->json, o);
    else
        json_decref(o);
}

static void
print_ways_in(const struct up *u)
{
    char fix[64], api[64];
    address_of(u, "fix", fix, sizeof fix);
    address_of(u, "api", api, sizeof api);
    tell(u, json_pack("{s:s,s:s,s:s,s:s,s:s}", "event", "open", "fix", fix, "api", api, "database",
                      u->database_shown, "data", u->folder.root));
    printf("\nThe venue is open.\n"
           "  web page     http://%s/\n"
           "  WebSocket    ws://%s/      REST  http://%s/products\n"
           "  FIX 4.4      %s   TargetCompID %s\n"
           "  operator     %s ctl --data %s status\n"
           "  books        psql \"%s\"\n",
           api, api, api, fix, u->venue->fix->comp_id, u->program, u->folder.root,
           u->database_shown);
    if (u->demo)
        puts("  demo FIX     SenderCompID CLIENT1 to CLIENT8, password demo\n"
             "  demo key     demo-key-1, passphrase demo, secret in venue.yaml of the data folder");
    puts("Ctrl-C ends it.");
    fflush(stdout);
}

/* Objects go where the output went; everything else to where errors go. */
static int
split_output(struct up *u, struct error *err)
{
    fflush(stdout);
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    u->json = fd < 0 ? NULL : fdopen(fd, "w");
    if (!u->json || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return error_errno(err, errno, "--json: standard output");
    return 0;
}

static int
demo(struct up *u, bool quick, struct error *err)
{
    json_t *o = json_pack("{s:s}", "event", "report");
    int rc = up_demo(u, quick, o, err);
    json_object_set_new(o, "ok", json_boolean(!rc));
    if (rc)
        json_object_set_new(o, "error", json_string(err->text));
    tell(u, o);
    return rc;
}

int
cmd_up(int argc, char **argv)
{
    struct arguments a;
    int code = parse(argc, argv, &a);
    if (code)
        return code < 0 ? EXIT_OK : code;
    struct up u = {.lock_fd = -1};
    struct error err = {0};
    catch_signals();
    int rc = a.json ? split_output(&u, &err) : 0;
    if (!rc)
        rc = prepare(&u, &a, &err);
    if (!rc)
        rc = up_start(&u, &err);
    int report = 0;
    if (!rc && a.demo) {
        report = demo(&u, a.quick, &err);
        if (report && !up_stopped())
            fprintf(stderr, "assay up: %s\n", err.text);
    }
    if (!rc && !a.exit_after && !up_stopped()) {
        print_ways_in(&u);
        rc = up_watch(&u, &err);
    }
    bool asked = up_stopped();
    if (rc && !asked)
        fprintf(stderr, "assay up: %s\n", err.text);
    up_end(&u);
    if (asked)
        puts("\nended; the next start continues from the journal");
    if (u.json)
        tell(&u, json_pack("{s:s}", "event", "ended"));
    if (rc && !asked)
        return EXIT_USAGE;
    return report && !asked ? EXIT_FINDINGS : EXIT_OK;
}
