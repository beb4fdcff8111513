#include "tools/assay/up.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tools/assay/conninfo.h"

enum {
    REPLAY_READY_MS = 300000, /* a long journal takes its time to replay */
    OTHER_READY_MS = 60000,
    STOP_MS = 20000,
    RESTART_PAUSE_MS = 200,
    RESTART_PAUSE_MAX_MS = 10000,
    WATCH_STEP_MS = 500,
    SETTLE_NICE = 10, /* on shared cores the books come after the orders */
};

_Atomic int up_stop;

static void
prepare(struct up *u, enum up_process which, const char *name, const char *role)
{
    struct child *c = &u->children[which];
    const char *args[] = {u->program, "run", role, "--data", u->folder.root, NULL};
    memset(c, 0, sizeof *c);
    c->name = name;
    c->pid_fd = c->ready_fd = -1;
    memcpy(c->args, args, sizeof args);
    snprintf(c->log_path, sizeof c->log_path, "%.4000s/%s.log", u->folder.logs, role);
}

static void
add_args(struct child *c, const char *a, const char *b)
{
    size_t n = 0;
    while (c->args[n])
        n++;
    c->args[n] = a;
    c->args[n + 1] = b;
}

/* Prints what a process said of itself, indented under its name. */
static void
print_said(const struct child *c)
{
    printf("%-12s up (process %d)\n", c->name, (int)c->pid);
    for (const char *p = c->ready; *p;) {
        size_t n = strcspn(p, "\n");
        printf("             %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
    fflush(stdout);
}

static int
start_child(struct up *u, enum up_process which, int ready_ms, struct error *err)
{
    struct child *c = &u->children[which];
    int rc = child_start(c, err);
    if (!rc)
        rc = child_wait_ready(c, ready_ms, &up_stop, err);
    if (!rc)
        print_said(c);
    return rc;
}

static int
lock_folder(struct up *u, struct error *err)
{
    char path[DATA_PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/up.lock", u->folder.run);
    u->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (u->lock_fd < 0)
        return error_errno(err, errno, "%s", path);
    if (!flock(u->lock_fd, LOCK_EX | LOCK_NB))
        return 0;
    return error_set(err, ERR_BUSY, "data folder: %s is in use by another assay up",
                     u->folder.root);
}

static int
start_database(struct up *u, struct error *err)
{
    if (u->venue->settlement->database) {
        snprintf(u->database, sizeof u->database, "%s", u->venue->settlement->database);
        conninfo_shown(u->database, u->database_shown, sizeof u->database_shown);
        printf("%-12s %s (configured)\n", "PostgreSQL", u->database_shown);
        return 0;
    }
    int rc = postgres_start(&u->postgres, u->folder.postgres, NULL, &up_stop, err);
    if (rc) {
        return rc;
    }
    u->has_postgres = true;
    snprintf(u->database, sizeof u->database, "%s", u->postgres.url);
    snprintf(u->database_shown, sizeof u->database_shown, "%s", u->postgres.url);
    /* What a crash of PostgreSQL takes back with it, the checkpoint goes back with, and the writer
     * writes again; waiting for its disk would slow the journal, which is on the same one. */
    snprintf(u->settle_database, sizeof u->settle_database,
             "%s options='-c synchronous_commit=off'", u->postgres.url);
    printf("%-12s up, private: %s\n", "PostgreSQL", u->database);
    fflush(stdout);
    return 0;
}

int
up_start(struct up *u, struct error *err)
{
    int rc = lock_folder(u, err);
    if (!rc)
        rc = start_database(u, err);
    if (rc)
        return rc;
    prepare(u, UP_ENGINE, "engine", "engine");
    add_args(&u->children[UP_ENGINE], "--fix-port", u->fix_port);
    prepare(u, UP_SETTLE, "settlement", "settle");
    u->children[UP_SETTLE].nice = SETTLE_NICE;
    if (u->has_postgres) /* a configured URL may hold a password: the writer reads it itself */
        add_args(&u->children[UP_SETTLE], "--database", u->settle_database);
    prepare(u, UP_FANOUT, "fan-out", "fanout");
    add_args(&u->children[UP_FANOUT], "--api-port", u->api_port);
    rc = start_child(u, UP_ENGINE, REPLAY_READY_MS, err);
    if (!rc)
        rc = start_child(u, UP_SETTLE, OTHER_READY_MS, err);
    if (!rc)
        rc = start_child(u, UP_FANOUT, REPLAY_READY_MS, err);
    return rc;
}

/* An engine that gave up says why in its log and must not be started over and over: exit code 2, or
 * an abort. */
static bool
gave_up(const struct child *c)
{
    return (WIFEXITED(c->status) && WEXITSTATUS(c->status) != 0) ||
           (WIFSIGNALED(c->status) && WTERMSIG(c->status) == SIGABRT);
}

static int
restart(struct up *u, enum up_process which, struct error *err)
{
    struct child *c = &u->children[which];
    char status[64];
    child_status_text(c, status, sizeof status);
    if (which == UP_ENGINE && gave_up(c))
        return error_set(err, ERR_CLOSED, "the engine stopped for good (%s); its log: %s", status,
                         c->log_path);
    int64_t lived_ms = (clock_mono_ns() - c->started_mono_ns) / CLOCK_NS_PER_MS;
    int pause_ms = RESTART_PAUSE_MS;
    if (lived_ms < RESTART_PAUSE_MAX_MS)
        for (uint32_t i = 1; i < c->start_cnt && pause_ms < RESTART_PAUSE_MAX_MS; i++)
            pause_ms *= 2;
    printf("%-12s ended (%s); starting it again\n", c->name, status);
    fflush(stdout);
    struct pollfd nothing = {.fd = -1};
    poll(&nothing, 1, pause_ms);
    if (up_stopped())
        return 0;
    if (which == UP_ENGINE)
        return start_child(u, which, REPLAY_READY_MS, err);
    /* Nobody waits for the others: they need the engine, which may end meanwhile. */
    struct error why = {0};
    if (child_start(c, &why))
        printf("%-12s %s\n", c->name, why.text);
    else
        printf("%-12s started (process %d)\n", c->name, (int)c->pid);
    fflush(stdout);
    return 0;
}

/* Trading goes on without it; the writer catches up. A start that fails is tried again in the next
 * round. */
static int
watch_database(struct up *u)
{
    if (!u->has_postgres || up_stopped() || !postgres_ended(&u->postgres))
        return 0;
    struct error err = {0};
    printf("PostgreSQL   ended; starting it again (trading goes on meanwhile)\n");
    fflush(stdout);
    if (postgres_start(&u->postgres, u->folder.postgres, NULL, &up_stop, &err))
        printf("PostgreSQL   could not be started: %s\n", err.text);
    else
        printf("PostgreSQL   up again\n");
    fflush(stdout);
    return 0;
}

int
up_watch_once(struct up *u, int timeout_ms, struct error *err)
{
    struct pollfd fds[UP_PROCESS_CNT];
    for (int i = 0; i < UP_PROCESS_CNT; i++)
        fds[i] = (struct pollfd){.fd = u->children[i].pid ? u->children[i].pid_fd : -1,
                                 .events = POLLIN};
    poll(fds, UP_PROCESS_CNT, timeout_ms);
    for (int i = 0; i < UP_PROCESS_CNT && !up_stopped(); i++) {
        if (!child_ended(&u->children[i]))
            continue;
        int rc = restart(u, (enum up_process)i, err);
        if (rc)
            return rc;
    }
    return watch_database(u);
}

int
up_watch(struct up *u, struct error *err)
{
    int rc = 0;
    while (!rc && !up_stopped())
        rc = up_watch_once(u, WATCH_STEP_MS, err);
    return rc;
}

void
up_end(struct up *u)
{
    /* clients first, then what makes events, then who writes them down, then where they lie */
    static const enum up_process order[] = {UP_FANOUT, UP_ENGINE, UP_SETTLE};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (u->children[order[i]].args[0])
            child_stop(&u->children[order[i]], STOP_MS);
    if (u->has_postgres)
        postgres_stop(&u->postgres);
    if (u->lock_fd >= 0)
        close(u->lock_fd);
    venue_free(u->venue);
}
