/* The private PostgreSQL: its start and end, who runs it, what is said when it fails. */
#include "tools/assay/postgres.h"

#include <errno.h>
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
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/clock.h"

static char folder[64];

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int
setup(void **state)
{
    char bin[4096];
    struct error err;
    (void)state;
    if (postgres_find(NULL, 0, bin, sizeof bin, &err) != 0) {
        fprintf(stderr, "skipped: %s\n", err.text);
        exit(77);
    }
    snprintf(folder, sizeof folder, "/tmp/assay-test-XXXXXX");
    return mkdtemp(folder) && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void
start(struct postgres *p, const char *at)
{
    struct error err = {0};
    if (postgres_start(p, at, NULL, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

/* After a kill -9 the server's children hold its shared memory until they have noticed. */
static void
start_again(struct postgres *p, const char *at)
{
    enum { DEADLINE_MS = 20000, STEP_MS = 50 };
    struct pollfd nothing = {.fd = -1};
    struct error err = {0};
    int rc = -1;
    for (int ms = 0; rc != 0 && ms < DEADLINE_MS; ms += STEP_MS) {
        rc = postgres_start(p, at, NULL, NULL, &err);
        if (rc != 0)
            (void)poll(&nothing, 1, STEP_MS);
    }
    if (rc != 0)
        fail_msg("%s", err.text);
}

static int
one_number(const char *url, const char *sql)
{
    PGconn *conn = PQconnectdb(url);
    PGresult *r = PQexec(conn, sql);
    int number = PQresultStatus(r) == PGRES_TUPLES_OK ? atoi(PQgetvalue(r, 0, 0)) : -1;
    PQclear(r);
    PQfinish(conn);
    return number;
}

static void
test_postgres_starts_stops_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct postgres p;
    char at[128], url[256];
    struct error err;
    snprintf(at, sizeof at, "%s/postgres", folder);
    start(&p, at);
    assert_int_equal(one_number(p.url, "CREATE TABLE t AS SELECT 42 AS x; SELECT x FROM t"), 42);
    assert_int_equal(one_number(p.url, "SELECT count(*) FROM pg_settings WHERE name ="
                                       " 'listen_addresses' AND setting = ''"),
                     1);
    assert_int_equal(postgres_url(at, url, sizeof url, &err), 0);
    assert_string_equal(url, p.url);
    assert_false(postgres_ended(&p));
    postgres_stop(&p);
    assert_true(postgres_ended(&p));
    assert_int_equal(PQping(url), PQPING_NO_RESPONSE);
    start(&p, at);
    assert_int_equal(one_number(p.url, "SELECT x FROM t"), 42);
    postgres_stop(&p);
}

static void
test_postgres_of_root_works_in_a_folder_closed_to_others(void **state)
{
    (void)state;
    struct postgres p;
    char closed[96], at[128];
    snprintf(closed, sizeof closed, "%s/closed", folder);
    snprintf(at, sizeof at, "%s/postgres", closed);
    assert_int_equal(mkdir(closed, 0700), 0);
    struct error err = {0};
    int rc = postgres_start(&p, at, NULL, NULL, &err);
    if (rc == ERR_PERMISSION) { /* no user namespaces here: then it says what to do */
        assert_non_null(strstr(err.text, "chmod o+x"));
        assert_non_null(strstr(err.text, closed));
        return;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(one_number(p.url, "SELECT 5"), 5);
    postgres_stop(&p);
    start(&p, at); /* and again, with the folder as it is now */
    postgres_stop(&p);
}

static void
test_postgres_with_a_long_path_puts_its_socket_elsewhere(void **state)
{
    (void)state;
    struct postgres p;
    char at[256], socket_dir[128];
    snprintf(at, sizeof at, "%s/%080d", folder, 0);
    assert_int_equal(mkdir(at, 0755), 0);
    start(&p, at);
    assert_memory_equal(p.socket_dir, "/tmp/assay-postgres-", 20);
    assert_int_equal(one_number(p.url, "SELECT 5"), 5);
    snprintf(socket_dir, sizeof socket_dir, "%s", p.socket_dir);
    postgres_stop(&p);
    assert_int_equal(access(socket_dir, F_OK), -1);
}

static void
test_postgres_without_programs_names_the_package(void **state)
{
    (void)state;
    struct postgres p;
    char at[128];
    struct error err = {0};
    snprintf(at, sizeof at, "%s/none", folder);
    assert_int_equal(postgres_start(&p, at, "/nonexistent", NULL, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "package `postgresql`"));
}

static void
test_postgres_that_cannot_start_shows_its_log(void **state)
{
    (void)state;
    struct postgres p;
    char at[128], path[160];
    struct error err = {0};
    snprintf(at, sizeof at, "%s/broken", folder);
    start(&p, at);
    postgres_stop(&p);
    snprintf(path, sizeof path, "%s/data/postgresql.conf", at);
    FILE *conf = fopen(path, "a");
    assert_non_null(conf);
    fputs("no_such_setting = 1\n", conf);
    fclose(conf);
    assert_int_equal(postgres_start(&p, at, NULL, NULL, &err), ERR_IO);
    assert_non_null(strstr(err.text, "no_such_setting"));
}

static void
test_postgres_that_dies_is_noticed(void **state)
{
    (void)state;
    struct postgres p;
    char at[128];
    snprintf(at, sizeof at, "%s/dies", folder);
    start(&p, at);
    assert_int_equal(kill(p.pid, SIGKILL), 0);
    struct pollfd fd = {.fd = p.pid_fd, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 10000), 1);
    assert_true(postgres_ended(&p));
    start_again(&p, at); /* recovers */
    assert_int_equal(one_number(p.url, "SELECT 5"), 5);
    postgres_stop(&p);
}

static void
test_postgres_ends_with_the_one_who_started_it(void **state)
{
    (void)state;
    struct postgres p;
    struct error err;
    char at[128], url[256], ready = 0;
    int fds[2];
    snprintf(at, sizeof at, "%s/orphan", folder);
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (postgres_start(&p, at, NULL, NULL, &err) != 0 || write(fds[1], "y", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &ready, 1), 1);
    close(fds[0]);
    assert_int_equal(postgres_url(at, url, sizeof url, &err), 0);
    assert_int_equal(PQping(url), PQPING_OK);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    start(&p, at); /* waits until the other has gone */
    postgres_stop(&p);
    assert_int_equal(PQping(url), PQPING_NO_RESPONSE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postgres_starts_stops_and_keeps_what_it_has),
        cmocka_unit_test(test_postgres_of_root_works_in_a_folder_closed_to_others),
        cmocka_unit_test(test_postgres_with_a_long_path_puts_its_socket_elsewhere),
        cmocka_unit_test(test_postgres_without_programs_names_the_package),
        cmocka_unit_test(test_postgres_that_cannot_start_shows_its_log),
        cmocka_unit_test(test_postgres_that_dies_is_noticed),
        cmocka_unit_test(test_postgres_ends_with_the_one_who_started_it),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
