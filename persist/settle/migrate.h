#ifndef PERSIST_SETTLE_MIGRATE_H
#define PERSIST_SETTLE_MIGRATE_H

#include "engine/base/error.h"
#include "persist/settle/database.h"

/* The schema, in numbered steps. Each file sql/NNNN_name.sql is one step; steps are never changed
 * once they have been released, only followed. */

struct settle_migration {
    int version; /* from 1, without gaps; 0 ends the table */
    const char *name;
    const char *sql;
};

/* Made at build time from persist/settle/sql. */
extern const struct settle_migration settle_migrations[];

int settle_schema_version(void); /* of this build */

/* Brings the schema to this build's version, step by step, in one transaction under a lock.
 * errors: ERR_UNSUPPORTED when the database's schema is newer than this build, ERR_CORRUPT when a
 * step that it has differs from this build's. */
int settle_migrate(struct settle_db *db, struct error *err) ERROR_MUST_USE;

/* The same with another table of steps (tests). */
int settle_migrate_with(struct settle_db *db, const struct settle_migration *steps,
                        struct error *err) ERROR_MUST_USE;

#endif
