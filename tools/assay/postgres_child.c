#include "tools/assay/postgres_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- in the child: only system calls --- */

static int
write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* source: user_namespaces(7): one's own number may be mapped without privileges */
static int
enter_namespace(const struct postgres_identity *who)
{
    char uid_map[64], gid_map[64];
    snprintf(uid_map, sizeof uid_map, "%u %u 1", who->uid, geteuid());
    snprintf(gid_map, sizeof gid_map, "%u %u 1", who->gid, getegid());
    if (unshare(CLONE_NEWUSER) != 0 || write_text("/proc/self/setgroups", "deny") != 0)
        return -1;
    return write_text("/proc/self/uid_map", uid_map) != 0 ||
                   write_text("/proc/self/gid_map", gid_map) != 0
               ? -1
               : 0;
}

static int
become(const struct postgres_identity *who)
{
    switch (who->as) {
    case POSTGRES_AS_SELF:
        return 0;
    case POSTGRES_AS_USER:
        if (setgroups(0, NULL) != 0 || setgid(who->gid) != 0)
            return -1;
        return setuid(who->uid);
    case POSTGRES_AS_NAMESPACE:
        return enter_namespace(who);
    }
    return -1;
}

/* Whether that identity could work in the folder: tried out in a child. */
static bool
can_use(const struct postgres_identity *who, const char *folder)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(become(who) == 0 && access(folder, R_OK | W_OK | X_OK) == 0 ? 0 : 1);
    int status = 1;
    if (pid > 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- who --- */

static bool
look_up(struct postgres_identity *who, const char *name)
{
    const struct passwd *user = getpwnam(name);
    if (!user)
        return false;
    who->uid = user->pw_uid;
    who->gid = user->pw_gid;
    snprintf(who->user, sizeof who->user, "%s", name);
    return true;
}

/* The folder that keeps others out, for the error text. */
static void
closed_folder(const char *folder, char *out, size_t out_bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", folder);
    snprintf(out, out_bytes, "%s", folder);
    for (char *end = path + strlen(path); end; end = strrchr(path, '/')) {
        *end = '\0';
        struct stat st;
        if (*path && stat(path, &st) == 0 && !(st.st_mode & S_IXOTH))
            snprintf(out, out_bytes, "%s", path);
    }
}

/* root, for a folder that is new: give it to a user who can reach it. */
static int
choose_for_root(struct postgres_identity *who, const char *folder, struct error *err)
{
    if (!look_up(who, "postgres") && !look_up(who, "nobody"))
        return error_set(err, ERR_PERMISSION,
                         "PostgreSQL does not run as root, and there is no user postgres or nobody "
                         "to run it as");
    who->as = POSTGRES_AS_USER;
    if (chown(folder, who->uid, who->gid) == 0 && can_use(who, folder))
        return 0;
    who->as = POSTGRES_AS_NAMESPACE;
    if (chown(folder, 0, 0) == 0 && can_use(who, folder))
        return 0;
    char closed[4096];
    closed_folder(folder, closed, sizeof closed);
    return error_set(err, ERR_PERMISSION,
                     "PostgreSQL does not run as root, and user %s cannot reach %s: choose a data "
                     "folder elsewhere, allow it (chmod o+x %s), or run as an ordinary user",
                     who->user, folder, closed);
}

int
postgres_identity_choose(struct postgres_identity *out, const char *folder, bool in_use,
                         struct error *err)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return error_errno(err, errno, "%s", folder);
    struct postgres_identity who = {.as = POSTGRES_AS_SELF, .uid = geteuid(), .gid = getegid()};
    if (geteuid() != 0) {
        if (st.st_uid != geteuid())
            return error_set(err, ERR_PERMISSION, "%s belongs to another user (number %u)", folder,
                             st.st_uid);
        *out = who;
        return 0;
    }
    int rc = 0;
    if (!in_use) {
        rc = choose_for_root(&who, folder, err);
    } else if (st.st_uid != 0) {
        who.as = POSTGRES_AS_USER;
        who.uid = st.st_uid;
        who.gid = st.st_gid;
        snprintf(who.user, sizeof who.user, "number %u", st.st_uid);
    } else {
        who.as = POSTGRES_AS_NAMESPACE;
        if (!look_up(&who, "postgres") && !look_up(&who, "nobody"))
            return error_set(err, ERR_PERMISSION, "there is no user postgres or nobody");
    }
    if (rc == 0 && in_use && !can_use(&who, folder))
        rc = error_set(err, ERR_PERMISSION, "%s cannot be reached as user %s", folder, who.user);
    if (rc == 0)
        *out = who;
    return rc;
}

/* --- running --- */

/* Variables of a person's own PostgreSQL must not lead ours astray. */
static void
clean_environment(void)
{
    static const char *const names[] = {"PGDATA",    "PGHOST",     "PGPORT",    "PGUSER",
                                        "PGOPTIONS", "PGDATABASE", "PGSERVICE", "LC_ALL",
                                        "LANG",      "LD_PRELOAD"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    setenv("LC_ALL", "C", 1);
    setenv("TZ", "UTC", 1);
}

_Noreturn static void
run_child(const struct postgres_identity *who, const char *const *args, const char *folder,
          int log_fd, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0); /* Ctrl-C in a terminal reaches the supervisor alone */
    setpriority(PRIO_PROCESS, 0, POSTGRES_NICE);
    int null_fd = open("/dev/null", O_RDONLY);
    if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
        _exit(126);
    closefrom(3);
    if (become(who) != 0 || chdir(folder) != 0) {
        static const char text[] = "assay: cannot become PostgreSQL's user or enter its folder\n";
        if (write(2, text, sizeof text - 1) < 0)
            _exit(125);
        _exit(126);
    }
    /* after setuid, which clears it; the parent may have died before */
    if (prctl(PR_SET_PDEATHSIG, SIGINT) != 0 || getppid() != parent)
        _exit(124);
    clean_environment();
    execv(args[0], (char *const *)(const void *)args);
    _exit(127);
}

int
postgres_child_start(const struct postgres_identity *who, const char *const *args,
                     const char *folder, const char *log_path, pid_t *out, struct error *err)
{
    int log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0)
        return error_errno(err, errno, "%s", log_path);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        run_child(who, args, folder, log_fd, parent);
    int fork_errno = errno;
    close(log_fd);
    if (pid < 0)
        return error_errno(err, fork_errno, "cannot start %s", args[0]);
    *out = pid;
    return 0;
}

int
postgres_child_wait(pid_t pid, int *status, struct error *err)
{
    while (waitpid(pid, status, 0) < 0)
        if (errno != EINTR)
            return error_errno(err, errno, "waiting for process %d", (int)pid);
    return 0;
}
