#ifndef TOOLS_ASSAY_POSTGRES_CHILD_H
#define TOOLS_ASSAY_POSTGRES_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/base/error.h"

/* Running PostgreSQL's programs. They refuse to run as root; so root runs them as another user: as
 * `postgres` (or `nobody`) where that user can reach the folder, else as root's own files under
 * another number, in a user namespace of its own. thread: one */

/* On shared cores the books come after the orders; setpriority(2). */
enum { POSTGRES_NICE = 10 };

enum postgres_as {
    POSTGRES_AS_SELF = 1,      /* we are an ordinary user */
    POSTGRES_AS_USER = 2,      /* setuid to uid, gid */
    POSTGRES_AS_NAMESPACE = 3, /* root, shown as uid, gid inside; files stay root's */
};

struct postgres_identity {
    enum postgres_as as;
    uid_t uid;
    gid_t gid;
    char user[64];
};

/* Decides for a folder that exists; a folder that PostgreSQL uses already keeps its owner.
 * errors: ERR_PERMISSION: no user can reach it; the text says what to do */
int postgres_identity_choose(struct postgres_identity *out, const char *folder, bool in_use,
                             struct error *err) ERROR_MUST_USE;

/* Starts args[0] with its output appended to a log file, as that identity, in `folder`. It gets
 * SIGINT (PostgreSQL's fast shutdown) when the calling thread dies. */
int postgres_child_start(const struct postgres_identity *who, const char *const *args,
                         const char *folder, const char *log_path, pid_t *out,
                         struct error *err) ERROR_MUST_USE;

/* Waits for its end; the status is waitpid's. */
int postgres_child_wait(pid_t pid, int *status, struct error *err) ERROR_MUST_USE;

#endif
