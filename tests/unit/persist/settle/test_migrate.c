/* Schema steps against a real PostgreSQL. */
#include "persist/settle/migrate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/log.h"
#include "tests/support/server.h"

static const struct settle_migration two[] = {
    {1, "first", "CREATE TABLE one (a integer)"},
    {2, "second", "CREATE TABLE two (a integer); INSERT INTO two VALUES (7)"},
    {0, NULL, NULL}};

static int
migrate(const struct settle_migration *steps, struct error *err)
{
    struct settle_db db = {0};
    int rc = settle_db_open(&db, server_url(), "test", err);
    if (rc == 0)
        rc = settle_migrate_with(&db, steps, err);
    settle_db_close(&db);
    return rc;
}

static void
test_migrate_applies_each_step_once(void **state)
{
    (void)state;
    struct error err = {0};
    const struct settle_migration one[] = {two[0], {0, NULL, NULL}};
    server_new_database();
    assert_int_equal(migrate(one, &err), 0);
    assert_int_equal(server_number("SELECT max(version) FROM schema_migrations"), 1);
    assert_int_equal(migrate(two, &err), 0);
    assert_int_equal(migrate(two, &err), 0);
    assert_int_equal(server_number("SELECT count(*) FROM schema_migrations"), 2);
    assert_int_equal(server_number("SELECT count(*) FROM two"), 1);
}

static void
test_migrate_refuses_a_newer_schema(void **state)
{
    (void)state;
    struct error err = {0};
    const struct settle_migration one[] = {two[0], {0, NULL, NULL}};
    server_new_database();
    assert_int_equal(migrate(two, &err), 0);
    assert_int_equal(migrate(one, &err), ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "has version 2, this build knows 1"));
}

static void
test_migrate_refuses_a_changed_step(void **state)
{
    (void)state;
    struct error err = {0};
    const struct settle_migration other[] = {
        {1, "first", "CREATE TABLE one (b integer)"}, two[1], {0, NULL, NULL}};
    server_new_database();
    assert_int_equal(migrate(two, &err), 0);
    assert_int_equal(migrate(other, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "step 1 (first)"));
}

static void
test_migrate_failed_step_leaves_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    const struct settle_migration bad[] = {
        two[0], {2, "bad", "CREATE TABLE half (a integer); SELECT nonsense"}, {0, NULL, NULL}};
    server_new_database();
    assert_int_equal(migrate(bad, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "schema step 2 (bad)"));
    assert_int_equal(migrate(two, &err), 0);
    assert_int_equal(server_number("SELECT count(*) FROM pg_tables WHERE tablename = 'half'"), 0);
}

static void *
migrate_thread(void *arg)
{
    struct error err = {0};
    *(int *)arg = migrate(settle_migrations, &err);
    return NULL;
}

static void
test_migrate_two_at_once_do_not_disturb_each_other(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int rc[THREADS];
    server_new_database();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_thread, &rc[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(rc[i], 0);
    }
    assert_int_equal(server_number("SELECT max(version) FROM schema_migrations"),
                     settle_schema_version());
    assert_int_equal(server_number("SELECT count(*) FROM checkpoint"), 1);
}

int
main(void)
{
    log_setup(LOG_WARN, "test", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_migrate_applies_each_step_once),
        cmocka_unit_test(test_migrate_refuses_a_newer_schema),
        cmocka_unit_test(test_migrate_refuses_a_changed_step),
        cmocka_unit_test(test_migrate_failed_step_leaves_nothing),
        cmocka_unit_test(test_migrate_two_at_once_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
