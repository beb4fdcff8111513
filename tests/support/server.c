#include "tests/support/server.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "engine/base/clock.h"
#include "tools/assay/postgres.h"

static struct postgres server;
static char folder[64];
static char pg_folder[96];
static char url[512];
static char text[256];
static unsigned database_cnt;

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

int
server_setup(void **state)
{
    (void)state;
    char bin[4096];
    struct error err = {0};
    if (postgres_find(NULL, 0, bin, sizeof bin, &err) != 0) {
        fprintf(stderr, "skipped: %s\n", err.text);
        exit(77);
    }
    snprintf(folder, sizeof folder, "/tmp/assay-test-XXXXXX");
    if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
        return -1;
    snprintf(pg_folder, sizeof pg_folder, "%s/postgres", folder);
    if (postgres_start(&server, pg_folder, NULL, NULL, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return 0;
}

int
server_teardown(void **state)
{
    (void)state;
    postgres_stop(&server);
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void
server_stop(void)
{
    postgres_stop(&server);
}

void
server_crash(void)
{
    assert_int_equal(kill(server.pid, SIGQUIT), 0);
    postgres_stop(&server);
}

void
server_start(void)
{
    struct error err = {0};
    if (postgres_start(&server, pg_folder, NULL, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

static PGresult *
run(const char *conninfo, const char *sql, bool tolerant)
{
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *r = NULL;
    if (PQstatus(conn) == CONNECTION_OK) {
        PQclear(PQexec(conn, "SET search_path = assay, public"));
        r = PQexec(conn, sql);
    }
    ExecStatusType status = PQresultStatus(r);
    if (!r || (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)) {
        snprintf(text, sizeof text, "%s", PQerrorMessage(conn));
        PQclear(r);
        r = NULL;
    }
    PQfinish(conn);
    if (!r && !tolerant)
        fail_msg("%s: %s", sql, text);
    return r;
}

const char *
server_new_database(void)
{
    char sql[64];
    snprintf(sql, sizeof sql, "CREATE DATABASE test%u", ++database_cnt);
    PQclear(run(server.url, sql, false));
    snprintf(url, sizeof url, "host='%s' port=5432 user=assay dbname=test%u", server.socket_dir,
             database_cnt);
    return url;
}

const char *
server_url(void)
{
    return url;
}

int64_t
server_number(const char *sql)
{
    PGresult *r = run(url, sql, false);
    int64_t number =
        PQntuples(r) > 0 && !PQgetisnull(r, 0, 0) ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : -1;
    PQclear(r);
    return number;
}

const char *
server_text(const char *sql)
{
    PGresult *r = run(url, sql, false);
    snprintf(text, sizeof text, "%s", PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return text;
}

void
server_exec(const char *sql)
{
    PQclear(run(url, sql, false));
}

bool
server_wait(int seconds, const char *sql)
{
    int64_t end_ns = clock_mono_ns() + seconds * (int64_t)CLOCK_NS_PER_S;
    for (;;) {
        PGresult *r = run(url, sql, true);
        bool met = r && PQntuples(r) > 0 && PQgetvalue(r, 0, 0)[0] == 't';
        PQclear(r);
        if (met || clock_mono_ns() > end_ns)
            return met;
        poll(NULL, 0, 20); /* poll interval */
    }
}
