#ifndef TOOLS_ASSAY_POSTGRES_H
#define TOOLS_ASSAY_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/error.h"
#include "tools/assay/postgres_child.h"

/* A private PostgreSQL: its own cluster in a folder, reached through a Unix socket only,
 * tuned small.
 *
 *   <folder>/data     the cluster, made when it is not there
 *   <folder>/socket   the socket (in a folder under /tmp when that path would be too long)
 *   <folder>/log      what PostgreSQL says
 *   <folder>/url      libpq's connection string while it runs, for other programs
 *
 * Ends only what it started. thread: one (the process is told to stop when that thread dies) */

struct postgres {
    char folder[4096];
    char bin[4096]; /* folder of PostgreSQL's programs */
    char socket_dir[128];
    bool socket_in_tmp;
    char url[256];
    struct postgres_identity who;
    pid_t pid;  /* 0: not running */
    int pid_fd; /* readable when it has ended; -1 */
};

/* Whether PostgreSQL's programs are on this machine; `version` 0 = any (the newest), else that
 * major version. bin_dir: NULL = look in /usr/lib/postgresql, then in PATH.
 * errors: ERR_NOT_FOUND names the Debian package */
int postgres_find(const char *bin_dir, int version, char *out, size_t out_bytes,
                  struct error *err) ERROR_MUST_USE;

/* Makes the cluster if need be, starts it, waits until it answers and has the database.
 * stop: may be NULL; set from outside, it ends the waiting (ERR_CLOSED).
 * errors: ERR_NOT_FOUND (programs), ERR_PERMISSION (root, folder), ERR_UNSUPPORTED (the cluster is
 * of another major version), ERR_TIMEOUT, ERR_IO with the end of its log */
int postgres_start(struct postgres *p, const char *folder, const char *bin_dir,
                   const _Atomic int *stop, struct error *err) ERROR_MUST_USE;

/* True when it has ended by itself (then pid is 0). Never blocks. */
bool postgres_ended(struct postgres *p);

/* Fast shutdown (open transactions are rolled back); waits, at most a minute, before it kills. */
void postgres_stop(struct postgres *p);

/* The connection string of the PostgreSQL that runs (or ran last) in a folder.
 * errors: ERR_NOT_FOUND: none has been started there */
int postgres_url(const char *folder, char *out, size_t out_bytes, struct error *err) ERROR_MUST_USE;

#endif
