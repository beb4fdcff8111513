#ifndef TOOLS_ASSAY_SUPERVISE_H
#define TOOLS_ASSAY_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/error.h"

/* Child processes of `assay up`: started with their output in a log file, ready when they say so on
 * a pipe, ended in order.
 *
 * A child is a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone;
 * it is told to end when the supervisor dies
 * (PR_SET_PDEATHSIG). Only what was started here is ever signalled, through its pidfd. thread: one
 * */

enum { CHILD_ARGS_MAX = 24, CHILD_READY_MAX = 4096, CHILD_READY_FD = 3 };

struct child {
    const char *name;
    const char *args[CHILD_ARGS_MAX]; /* args[0]: the program; NULL ends them */
    char log_path[4096];
    int nice;   /* below the other processes by so much; setpriority(2) */
    pid_t pid;  /* 0: not running */
    int pid_fd; /* readable when it has ended */
    int ready_fd;
    char ready[CHILD_READY_MAX]; /* what it wrote before "ready": lines for people */
    int status;                  /* of waitpid, once it has ended */
    uint32_t start_cnt;
    int64_t started_mono_ns;
};

/* Starts it. The child finds the pipe at descriptor CHILD_READY_FD. */
int child_start(struct child *c, struct error *err) ERROR_MUST_USE;
/* Waits until it says "ready", ends, or the deadline passes, or *stop is set. errors: text ends
 * with the last lines of its log. */
int child_wait_ready(struct child *c, int timeout_ms, const _Atomic int *stop,
                     struct error *err) ERROR_MUST_USE;
/* True when it has ended; then status is set and pid is 0. Never blocks. */
bool child_ended(struct child *c);
/* SIGTERM, and SIGKILL after the time given; returns when it has ended. */
void child_stop(struct child *c, int timeout_ms);
/* "exit code 2", "signal 9 (Killed)". */
void child_status_text(const struct child *c, char *out, size_t out_bytes);

enum { CHILD_CLOSE_MOST_S = 10 };

/* The child's side: adds a line for people, and says "ready". Nothing happens when no supervisor
 * listens. */
void child_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void child_say_ready(void);
/* What comes now only closes: the process ends within CHILD_CLOSE_MOST_S (by SIGALRM), also where a
 * library waits for ever (nng_close of 1.5.2 does at times) and nobody is left who would kill. */
void child_closes(void);
/* Without a supervisor, lines and readiness are JSON objects from now on. */
void child_say_json(void);

#endif
