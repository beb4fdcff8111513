#include "persist/settle/migrate.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

/* Any fixed number: the bytes "ASSAY-MG". */
#define MIGRATE_LOCK "4706342386139348295"

int
settle_schema_version(void)
{
    int version = 0;
    for (const struct settle_migration *m = settle_migrations; m->version != 0; m++)
        version = m->version;
    return version;
}

/* Compares one applied step with this build's; the digest is of the step's text. */
static int
check_step(struct settle_db *db, const struct settle_migration *step, const char *digest,
           struct error *err)
{
    const char *params[] = {step->sql};
    PGresult *r;
    int rc = settle_db_query(db, "SELECT md5($1)", 1, params, &r, err);
    if (rc != 0)
        return rc;
    bool same = !strcmp(PQgetvalue(r, 0, 0), digest);
    PQclear(r);
    if (same)
        return 0;
    return error_set(err, ERR_CORRUPT,
                     "the database's schema step %d (%s) is not the one of this build: it was made "
                     "by another version of the program",
                     step->version, step->name);
}

/* Checks what is applied; *applied = steps that the database has. */
static int
check_applied(struct settle_db *db, const struct settle_migration *steps, int *applied,
              struct error *err)
{
    PGresult *r;
    int rc = settle_db_query(db, "SELECT version, digest FROM schema_migrations ORDER BY version",
                             0, NULL, &r, err);
    if (rc != 0)
        return rc;
    int cnt = PQntuples(r), newest = 0;
    while (steps[newest].version != 0)
        newest++;
    if (cnt > newest)
        rc = error_set(err, ERR_UNSUPPORTED,
                       "the database's schema has version %s, this build knows %d: use a newer "
                       "build",
                       PQgetvalue(r, cnt - 1, 0), newest);
    for (int i = 0; rc == 0 && i < cnt; i++)
        rc = check_step(db, &steps[i], PQgetvalue(r, i, 1), err);
    PQclear(r);
    *applied = cnt;
    return rc;
}

static int
apply_step(struct settle_db *db, const struct settle_migration *step, struct error *err)
{
    int rc = settle_db_exec(db, step->sql, err);
    if (rc == 0) {
        char version[12];
        snprintf(version, sizeof version, "%d", step->version);
        const char *params[] = {version, step->name, step->sql};
        PGresult *r = NULL;
        rc = settle_db_query(db,
                             "INSERT INTO schema_migrations (version, name, digest)"
                             " VALUES ($1, $2, md5($3))",
                             3, params, &r, err);
        PQclear(r);
    }
    if (rc != 0) {
        error_wrap(err, "schema step %d (%s)", step->version, step->name);
        return rc;
    }
    LOG_I("settle", "schema step %d (%s) applied", step->version, step->name);
    return 0;
}

int
settle_migrate_with(struct settle_db *db, const struct settle_migration *steps, struct error *err)
{
    int applied = 0;
    int rc = settle_db_exec(db,
                            "BEGIN; SELECT pg_advisory_xact_lock(" MIGRATE_LOCK ");"
                            "CREATE SCHEMA IF NOT EXISTS " SETTLE_SCHEMA ";"
                            "CREATE TABLE IF NOT EXISTS schema_migrations ("
                            " version integer PRIMARY KEY, name text NOT NULL,"
                            " digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
                            err);
    if (rc == 0)
        rc = check_applied(db, steps, &applied, err);
    for (const struct settle_migration *m = steps + applied; rc == 0 && m->version != 0; m++)
        rc = apply_step(db, m, err);
    if (rc == 0)
        return settle_db_exec(db, "COMMIT", err);
    struct error ignored;
    if (settle_db_exec(db, "ROLLBACK", &ignored) != 0)
        settle_db_close(db);
    return rc;
}

int
settle_migrate(struct settle_db *db, struct error *err)
{
    return settle_migrate_with(db, settle_migrations, err);
}
