#include "tools/assay/postgres.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

enum {
    SOCKET_PATH_MAX = 107, /* of sockaddr_un, without the zero */
    READY_TIMEOUT_S = 60,
    STOP_TIMEOUT_MS = 60000,
    POLL_MS = 20,
    LOG_KEEP_BYTES = 8 << 20,
};
#define SOCKET_FILE  "/.s.PGSQL.5432"
#define VERSIONS_DIR "/usr/lib/postgresql"

/* --- the programs --- */

static bool
has_programs(const char *dir)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/initdb", dir);
    if (access(path, X_OK) != 0)
        return false;
    snprintf(path, sizeof path, "%s/postgres", dir);
    return access(path, X_OK) == 0;
}

/* Debian's place: one folder per major version. */
static bool
find_version(int version, char *out, size_t out_bytes)
{
    DIR *dir = opendir(VERSIONS_DIR);
    if (!dir)
        return false;
    int best = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char path[512];
        char *end;
        long found = strtol(entry->d_name, &end, 10);
        if (*end != '\0' || found <= best || (version && found != version))
            continue;
        snprintf(path, sizeof path, VERSIONS_DIR "/%ld/bin", found);
        if (!has_programs(path))
            continue;
        best = (int)found;
        snprintf(out, out_bytes, "%s", path);
    }
    closedir(dir);
    return best != 0;
}

static bool
find_in_path(char *out, size_t out_bytes)
{
    const char *path = getenv("PATH");
    char dirs[8192];
    snprintf(dirs, sizeof dirs, "%s", path ? path : "");
    char *rest = dirs;
    for (char *dir = strsep(&rest, ":"); dir; dir = strsep(&rest, ":"))
        if (*dir && has_programs(dir)) {
            snprintf(out, out_bytes, "%s", dir);
            return true;
        }
    return false;
}

int
postgres_find(const char *bin_dir, int version, char *out, size_t out_bytes, struct error *err)
{
    if (bin_dir && has_programs(bin_dir)) {
        snprintf(out, out_bytes, "%s", bin_dir);
        return 0;
    }
    if (!bin_dir && (find_version(version, out, out_bytes) || find_in_path(out, out_bytes)))
        return 0;
    return error_set(err, ERR_NOT_FOUND,
                     "PostgreSQL's programs (initdb, postgres) are not in %s: install the Debian "
                     "package `postgresql` (apt-get install postgresql), or name a database of "
                     "your own (key `database` of venue.yaml)",
                     bin_dir ? bin_dir : VERSIONS_DIR "/*/bin or PATH");
}

/* --- folders --- */

static int
make_dir(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make folder %s", path);
    return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Gives a folder that we made to the one who runs PostgreSQL. */
static int
hand_over(const struct postgres *p, const char *path, struct error *err)
{
    if (p->who.as == POSTGRES_AS_USER && chown(path, p->who.uid, p->who.gid) != 0)
        return error_errno(err, errno, "cannot give %s to user %s", path, p->who.user);
    if (chmod(path, 0700) != 0 && p->who.as != POSTGRES_AS_USER)
        return error_errno(err, errno, "%s", path);
    return 0;
}

static int
make_socket_dir(struct postgres *p, struct error *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/socket", p->folder);
    p->socket_in_tmp = strlen(path) + strlen(SOCKET_FILE) > SOCKET_PATH_MAX ||
                       strlen(path) >= sizeof p->socket_dir;
    int rc = 0;
    if (p->socket_in_tmp) {
        snprintf(p->socket_dir, sizeof p->socket_dir, "/tmp/assay-postgres-XXXXXX");
        if (!mkdtemp(p->socket_dir))
            return error_errno(err, errno, "cannot make a folder for the socket under /tmp");
    } else {
        snprintf(p->socket_dir, sizeof p->socket_dir, "%.127s", path);
        rc = make_dir(p->socket_dir, 0700, err);
    }
    return rc != 0 ? rc : hand_over(p, p->socket_dir, err);
}

static void
drop_socket_dir(struct postgres *p)
{
    if (!p->socket_in_tmp || !*p->socket_dir)
        return;
    nftw(p->socket_dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    *p->socket_dir = '\0';
}

/* Major version of the cluster that is there; 0 = none. */
static int
cluster_version(const struct postgres *p)
{
    char path[4200], text[16] = "";
    snprintf(path, sizeof path, "%s/data/PG_VERSION", p->folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(text, sizeof text, file))
        text[0] = '\0';
    fclose(file);
    return (int)strtol(text, NULL, 10);
}

/* The last lines of the log, for an error text. */
static void
log_tail(const struct postgres *p, char *out, size_t out_bytes)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/log", p->folder);
    out[0] = '\0';
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    long keep = (long)out_bytes - 1;
    if (fseek(file, -keep, SEEK_END) != 0)
        rewind(file);
    size_t n = fread(out, 1, out_bytes - 1, file);
    out[n] = '\0';
    fclose(file);
    for (char *c = out; *c; c++)
        if (*c == '\n')
            *c = c[1] ? '|' : '\0';
}

static int
fail_with_log(const struct postgres *p, struct error *err, int code, const char *what)
{
    char tail[300];
    log_tail(p, tail, sizeof tail);
    return error_set(err, code, "PostgreSQL %s; %s/log ends with: %s", what, p->folder, tail);
}

/* --- making the cluster --- */

static int
run_initdb(struct postgres *p, const char *into, struct error *err)
{
    char program[4200], log_path[4200];
    snprintf(program, sizeof program, "%s/initdb", p->bin);
    snprintf(log_path, sizeof log_path, "%s/log", p->folder);
    const char *args[] = {program,
                          "-D",
                          into,
                          "--username=assay",
                          "--auth=trust",
                          "--encoding=UTF8",
                          "--locale=C",
                          "--no-instructions",
                          NULL};
    pid_t pid;
    int status = 0;
    int rc = postgres_child_start(&p->who, args, p->folder, log_path, &pid, err);
    if (rc == 0)
        rc = postgres_child_wait(pid, &status, err);
    if (rc == 0 && status != 0)
        rc = fail_with_log(p, err, ERR_IO, "could not make its cluster (initdb)");
    return rc;
}

/* Made aside and renamed, so that a cluster is either whole or not there. */
static int
make_cluster(struct postgres *p, struct error *err)
{
    char aside[4200], data[4200];
    snprintf(aside, sizeof aside, "%s/data.new", p->folder);
    snprintf(data, sizeof data, "%s/data", p->folder);
    nftw(aside, remove_entry, 8, FTW_DEPTH | FTW_PHYS); /* of a start that was cut off */
    int rc = make_dir(aside, 0700, err);
    if (rc == 0)
        rc = hand_over(p, aside, err);
    if (rc == 0)
        rc = run_initdb(p, aside, err);
    if (rc == 0 && rename(aside, data) != 0)
        rc = error_errno(err, errno, "%s", data);
    if (rc == 0)
        LOG_I("postgres", "made a cluster in %s", data);
    return rc;
}

static void
shorten_log(const struct postgres *p)
{
    char path[4200], old[4210];
    struct stat st;
    snprintf(path, sizeof path, "%s/log", p->folder);
    snprintf(old, sizeof old, "%s.1", path);
    if (stat(path, &st) == 0 && st.st_size > LOG_KEEP_BYTES && rename(path, old) != 0)
        LOG_W("postgres", "%s cannot be renamed: %s", path, strerror(errno));
}

static int
prepare(struct postgres *p, const char *folder, const char *bin_dir, struct error *err)
{
    int rc = make_dir(folder, 0700, err);
    if (rc != 0)
        return rc;
    if (!realpath(folder, p->folder))
        return error_errno(err, errno, "%s", folder);
    int version = cluster_version(p);
    rc = postgres_find(bin_dir, version, p->bin, sizeof p->bin, err);
    if (rc == 0)
        rc = postgres_identity_choose(&p->who, p->folder, version != 0, err);
    if (rc != 0)
        return rc;
    shorten_log(p);
    return version == 0 ? make_cluster(p, err) : 0;
}

/* --- running --- */

static int
launch(struct postgres *p, struct error *err)
{
    char program[4200], data[4200], log_path[4200], socket_setting[256];
    snprintf(program, sizeof program, "%s/postgres", p->bin);
    snprintf(data, sizeof data, "%s/data", p->folder);
    snprintf(log_path, sizeof log_path, "%s/log", p->folder);
    snprintf(socket_setting, sizeof socket_setting, "unix_socket_directories=%s", p->socket_dir);
    /* Small: a venue with few connections, one of which writes. */
    const char *args[] = {program,
                          "-D",
                          data,
                          "-c",
                          "listen_addresses=",
                          "-c",
                          socket_setting,
                          "-c",
                          "unix_socket_permissions=0700",
                          "-c",
                          "port=5432",
                          "-c",
                          "max_connections=20",
                          "-c",
                          "shared_buffers=64MB",
                          "-c",
                          "wal_level=minimal",
                          "-c",
                          "max_wal_senders=0",
                          "-c",
                          "max_wal_size=1GB",
                          "-c",
                          "checkpoint_timeout=15min",
                          "-c",
                          "wal_compression=off",
                          "-c",
                          "jit=off",
                          "-c",
                          "max_parallel_workers_per_gather=0",
                          "-c",
                          "autovacuum_max_workers=1",
                          "-c",
                          "log_checkpoints=off",
                          "-c",
                          "log_timezone=UTC",
                          "-c",
                          "timezone=UTC",
                          NULL};
    int rc = postgres_child_start(&p->who, args, p->folder, log_path, &p->pid, err);
    if (rc != 0)
        return rc;
    p->pid_fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    if (p->pid_fd < 0) {
        rc = error_errno(err, errno, "pidfd_open");
        postgres_stop(p);
    }
    return rc;
}

bool
postgres_ended(struct postgres *p)
{
    if (p->pid == 0)
        return true;
    if (waitpid(p->pid, NULL, WNOHANG) != p->pid)
        return false;
    p->pid = 0;
    if (p->pid_fd >= 0)
        close(p->pid_fd);
    p->pid_fd = -1;
    return true;
}

static bool
is_set(const _Atomic int *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed); /* a flag alone */
}

/* An earlier one may still be shutting down: its pid file names it. Given up to `until_ns`. */
static void
wait_for_predecessor(const struct postgres *p, int64_t until_ns, const _Atomic int *stop)
{
    char path[4200], line[32] = "", comm[64];
    snprintf(path, sizeof path, "%s/data/postmaster.pid", p->folder);
    while (clock_mono_ns() < until_ns && !is_set(stop)) {
        FILE *file = fopen(path, "re");
        if (!file)
            return;
        bool read = fgets(line, sizeof line, file) != NULL;
        fclose(file);
        long pid = read ? strtol(line, NULL, 10) : 0;
        snprintf(comm, sizeof comm, "/proc/%ld/comm", pid);
        file = fopen(comm, "re");
        if (!file)
            return;
        read = fgets(line, sizeof line, file) != NULL;
        fclose(file);
        if (!read || strncmp(line, "postgres", 8) != 0)
            return;
        poll(NULL, 0, POLL_MS);
    }
}

static int
wait_ready(struct postgres *p, const _Atomic int *stop, struct error *err)
{
    int64_t end_ns = clock_mono_ns() + READY_TIMEOUT_S * (int64_t)CLOCK_NS_PER_S;
    char url[300];
    snprintf(url, sizeof url, "host='%s' port=5432 user=assay dbname=postgres", p->socket_dir);
    while (PQping(url) != PQPING_OK) {
        if (postgres_ended(p))
            return fail_with_log(p, err, ERR_IO, "ended at its start");
        if (is_set(stop))
            return error_set(err, ERR_CLOSED, "stopped while PostgreSQL was starting");
        if (clock_mono_ns() > end_ns)
            return fail_with_log(p, err, ERR_TIMEOUT, "does not answer");
        poll(NULL, 0, POLL_MS);
    }
    return 0;
}

/* Runs one statement; a failure with that SQLSTATE is none. */
static int
run_statement(PGconn *conn, const char *sql, const char *tolerated, struct error *err)
{
    PGresult *r = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(r);
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool fine = status == PGRES_COMMAND_OK || (state && !strcmp(state, tolerated));
    int rc = fine ? 0 : error_set(err, ERR_IO, "PostgreSQL: %s", PQerrorMessage(conn));
    PQclear(r);
    return rc;
}

static int
make_database(struct postgres *p, struct error *err)
{
    char url[300];
    snprintf(url, sizeof url, "host='%s' port=5432 user=assay dbname=postgres", p->socket_dir);
    PGconn *conn = PQconnectdb(url);
    int rc = 0;
    if (PQstatus(conn) != CONNECTION_OK)
        rc = error_set(err, ERR_CLOSED, "PostgreSQL: %s", PQerrorMessage(conn));
    if (rc == 0) /* 42P04: it exists */
        rc = run_statement(conn, "CREATE DATABASE assay", "42P04", err);
    if (rc == 0) /* so that a person's psql finds the tables */
        rc = run_statement(conn, "ALTER DATABASE assay SET search_path = assay, public", "", err);
    PQfinish(conn);
    return rc;
}

static int
write_url(const struct postgres *p, struct error *err)
{
    char path[4200], aside[4210];
    snprintf(path, sizeof path, "%s/url", p->folder);
    snprintf(aside, sizeof aside, "%s.new", path);
    FILE *file = fopen(aside, "we");
    if (!file)
        return error_errno(err, errno, "%s", aside);
    fprintf(file, "%s\n", p->url);
    if (fclose(file) != 0 || rename(aside, path) != 0)
        return error_errno(err, errno, "%s", path);
    return 0;
}

int
postgres_start(struct postgres *p, const char *folder, const char *bin_dir, const _Atomic int *stop,
               struct error *err)
{
    enum { PREDECESSOR_S = 20 };
    *p = (struct postgres){.pid_fd = -1};
    int rc = prepare(p, folder, bin_dir, err);
    if (rc == 0)
        rc = make_socket_dir(p, err);
    if (rc != 0)
        return rc;
    wait_for_predecessor(p, clock_mono_ns() + PREDECESSOR_S * (int64_t)CLOCK_NS_PER_S, stop);
    snprintf(p->url, sizeof p->url, "host='%s' port=5432 user=assay dbname=assay", p->socket_dir);
    rc = launch(p, err);
    if (rc == 0)
        rc = wait_ready(p, stop, err);
    if (rc == 0)
        rc = make_database(p, err);
    if (rc == 0)
        rc = write_url(p, err);
    if (rc != 0)
        postgres_stop(p);
    return rc;
}

/* Waits for the end; false when the time is over. */
static bool
wait_ended(struct postgres *p, int timeout_ms)
{
    int64_t end_ns = clock_mono_ns() + timeout_ms * (int64_t)CLOCK_NS_PER_MS;
    while (!postgres_ended(p)) {
        int64_t left_ms = (end_ns - clock_mono_ns()) / CLOCK_NS_PER_MS;
        if (left_ms <= 0)
            return false;
        struct pollfd fd = {.fd = p->pid_fd, .events = POLLIN};
        poll(&fd, p->pid_fd >= 0, (int)(left_ms < 1000 ? left_ms : 1000));
    }
    return true;
}

void
postgres_stop(struct postgres *p)
{
    if (p->pid != 0) {
        kill(p->pid, SIGINT); /* our child and not reaped: the number is still its */
        if (!wait_ended(p, STOP_TIMEOUT_MS)) {
            LOG_E("postgres", "PostgreSQL did not stop within a minute: killed");
            kill(p->pid, SIGQUIT);
            if (!wait_ended(p, 5000)) {
                kill(p->pid, SIGKILL);
                wait_ended(p, 5000);
            }
        }
    }
    drop_socket_dir(p);
}

int
postgres_url(const char *folder, char *out, size_t out_bytes, struct error *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/url", folder);
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERR_NOT_FOUND, "no PostgreSQL has been started in %s", folder);
    bool read = fgets(out, (int)out_bytes, file) != NULL;
    fclose(file);
    if (!read)
        return error_set(err, ERR_CORRUPT, "%s is empty", path);
    out[strcspn(out, "\n")] = '\0';
    return 0;
}
