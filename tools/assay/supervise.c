#include "tools/assay/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tools/assay/json_line.h"

enum { POLL_STEP_MS = 50, LOG_TAIL_BYTES = 400, SAY_MAX = 1024 };

static const char ready_variable[] = "ASSAY_READY_FD";
static bool say_json;

/* In the child, between fork and exec. */
static void
become(const struct child *c, int ready_write, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127); /* it died before prctl */
    if (c->nice > 0)
        setpriority(PRIO_PROCESS, 0, c->nice); /* going down is always allowed */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int log = open(c->log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    int in = open("/dev/null", O_RDONLY);
    if (log < 0 || in < 0 || dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(127);
    if (ready_write == CHILD_READY_FD)
        fcntl(ready_write, F_SETFD, 0);
    else if (dup2(ready_write, CHILD_READY_FD) < 0)
        _exit(127);
    setenv(ready_variable, "3", 1);
    execv(c->args[0], (char *const *)(uintptr_t)c->args);
    fprintf(stderr, "%s cannot be started: %s\n", c->args[0], strerror(errno));
    _exit(127);
}

int
child_start(struct child *c, struct error *err)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC))
        return error_errno(err, errno, "%s: pipe", c->name);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        int e = errno;
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        return error_errno(err, e, "%s: fork", c->name);
    }
    if (pid == 0)
        become(c, pipe_fds[1], parent);
    close(pipe_fds[1]);
    c->pid = pid;
    c->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    c->ready_fd = pipe_fds[0];
    c->ready[0] = 0;
    c->start_cnt++;
    c->started_mono_ns = clock_mono_ns();
    return 0;
}

bool
child_ended(struct child *c)
{
    if (!c->pid)
        return true;
    pid_t got = waitpid(c->pid, &c->status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return false;
    c->pid = 0;
    if (c->pid_fd >= 0)
        close(c->pid_fd);
    if (c->ready_fd >= 0)
        close(c->ready_fd);
    c->pid_fd = c->ready_fd = -1;
    return true;
}

/* Whether the pipe has brought "ready"; reads what is there. */
static bool
read_ready(struct child *c)
{
    size_t used = strlen(c->ready);
    ssize_t n = read(c->ready_fd, c->ready + used, sizeof c->ready - 1 - used);
    if (n > 0)
        c->ready[used + (size_t)n] = 0;
    char *at = strstr(c->ready, "ready\n");
    if (!at || (at != c->ready && at[-1] != '\n'))
        return false;
    *at = 0;
    return true;
}

static int
ended_early(struct child *c, struct error *err)
{
    char tail[LOG_TAIL_BYTES + 1] = "", status[64];
    FILE *f = fopen(c->log_path, "rb");
    if (f) {
        if (!fseek(f, -LOG_TAIL_BYTES, SEEK_END) || !fseek(f, 0, SEEK_SET))
            tail[fread(tail, 1, LOG_TAIL_BYTES, f)] = 0;
        fclose(f);
    }
    for (size_t n = strlen(tail); n && tail[n - 1] == '\n'; n--)
        tail[n - 1] = 0;
    const char *last = strrchr(tail, '\n');
    child_status_text(c, status, sizeof status);
    return error_set(err, ERR_CLOSED, "%s ended before it was ready (%s): %s\n  its log: %s",
                     c->name, status, last ? last + 1 : tail, c->log_path);
}

int
child_wait_ready(struct child *c, int timeout_ms, const _Atomic int *stop, struct error *err)
{
    int64_t deadline = clock_mono_ns() + (int64_t)timeout_ms * CLOCK_NS_PER_MS;
    for (;;) {
        struct pollfd p[2] = {{.fd = c->ready_fd, .events = POLLIN},
                              {.fd = c->pid_fd, .events = POLLIN}};
        poll(p, 2, POLL_STEP_MS);
        if ((p[0].revents & POLLIN) && read_ready(c))
            return 0;
        if (child_ended(c))
            return ended_early(c, err);
        if (atomic_load_explicit(stop, memory_order_relaxed))
            return error_set(err, ERR_CLOSED, "%s: asked to stop", c->name);
        if (clock_mono_ns() > deadline)
            return error_set(err, ERR_TIMEOUT, "%s was not ready after %d s; its log: %s", c->name,
                             timeout_ms / 1000, c->log_path);
    }
}

static bool
wait_end(struct child *c, int timeout_ms)
{
    int64_t deadline = clock_mono_ns() + (int64_t)timeout_ms * CLOCK_NS_PER_MS;
    while (!child_ended(c)) {
        if (clock_mono_ns() > deadline)
            return false;
        struct pollfd p = {.fd = c->pid_fd, .events = POLLIN};
        poll(&p, 1, POLL_STEP_MS);
    }
    return true;
}

void
child_stop(struct child *c, int timeout_ms)
{
    if (child_ended(c))
        return;
    kill(c->pid, SIGTERM);
    if (wait_end(c, timeout_ms))
        return;
    kill(c->pid, SIGKILL);
    wait_end(c, timeout_ms);
}

void
child_status_text(const struct child *c, char *out, size_t out_bytes)
{
    if (WIFSIGNALED(c->status))
        snprintf(out, out_bytes, "signal %d (%s)", WTERMSIG(c->status),
                 strsignal(WTERMSIG(c->status)));
    else
        snprintf(out, out_bytes, "exit code %d", WEXITSTATUS(c->status));
}

static int
ready_pipe(void)
{
    const char *text = getenv(ready_variable);
    char *end;
    long fd = text ? strtol(text, &end, 10) : -1;
    return fd >= 0 && fd <= INT_MAX && end != text && *end == '\0' ? (int)fd : -1;
}

void
child_closes(void)
{
    (void)alarm(CHILD_CLOSE_MOST_S);
}

void
child_say_json(void)
{
    say_json = true;
}

void
child_say(const char *fmt, ...)
{
    char text[SAY_MAX];
    int fd = ready_pipe();
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t n = strlen(text);
    if (n > 0 && text[n - 1] == '\n')
        text[n - 1] = 0;
    if (fd < 0 && say_json)
        json_line(stdout, json_pack("{s:s,s:s}", "event", "said", "text", text));
    else
        dprintf(fd < 0 ? STDOUT_FILENO : fd, "%s\n", text);
}

void
child_say_ready(void)
{
    int fd = ready_pipe();
    if (fd < 0 && say_json)
        json_line(stdout, json_pack("{s:s}", "event", "ready"));
    if (fd < 0)
        return;
    dprintf(fd, "ready\n");
    close(fd);
    unsetenv(ready_variable);
}
