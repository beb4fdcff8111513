#include "engine/base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
hook_writes_marker(uint64_t cmd_seq, const char *text)
{
    char line[64];
    int n = snprintf(line, sizeof(line), "HOOK %llu %d\n", (unsigned long long)cmd_seq,
                     strstr(text, "CHECK failed") != NULL);
    if (write(STDERR_FILENO, line, (size_t)n) < 0) {
        _exit(3);
    }
}

/* Runs a failing check in a child; returns its wait status, stderr in out. */
static int
fail_in_child(char *out, size_t out_bytes)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        (void)dup2(fds[1], STDERR_FILENO);
        check_on_fail(hook_writes_marker);
        check_context_set(42);
        volatile int two = 2;
        CHECK(two == 3, "two is %d", two);
        _exit(0);
    }
    (void)close(fds[1]);
    size_t used = 0;
    ssize_t n;
    while (used < out_bytes - 1 && (n = read(fds[0], out + used, out_bytes - 1 - used)) > 0) {
        used += (size_t)n;
    }
    out[used] = '\0';
    (void)close(fds[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
test_check_failure_prints_place_command_and_aborts(void **state)
{
    (void)state;
    char text[4096];
    int status = fail_in_child(text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "test_check.c:"));
    assert_non_null(strstr(text, "two == 3"));
    assert_non_null(strstr(text, "two is 2"));
    assert_non_null(strstr(text, "(applying command 42)"));
    assert_non_null(strstr(text, "HOOK 42 1"));
}

static void
test_check_that_holds_does_nothing(void **state)
{
    (void)state;
    CHECK(1 + 1 == 2);
    CHECK_DEAR(1 + 1 == 2, "dear %d", 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_failure_prints_place_command_and_aborts),
        cmocka_unit_test(test_check_that_holds_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
