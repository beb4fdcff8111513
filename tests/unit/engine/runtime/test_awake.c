#include "engine/runtime/awake.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"

#define STEP_NS (100 * (int64_t)CLOCK_NS_PER_MS)

/* A file instead of the device: what was asked for, one after the other. */
static char path[64];
static struct awake a;
static int64_t now_ns;
static uint64_t work;

static int
count_wishes(int32_t *last)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    int cnt = 0;
    while (read(fd, last, sizeof(*last)) == (ssize_t)sizeof(*last))
        cnt++;
    close(fd);
    return cnt;
}

static int
make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/assay-awake-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    work = 0;
    return 0;
}

static int
remove_file(void **state)
{
    (void)state;
    awake_close(&a);
    return unlink(path);
}

static void
open_it(enum awake_policy policy)
{
    struct error err = {0};
    assert_int_equal(awake_open(&a, policy, path, &err), 0);
    now_ns = a.look_ns;
}

static void
look(uint64_t work_done)
{
    now_ns += STEP_NS;
    work += work_done;
    awake_follow(&a, work, now_ns);
}

static void
test_awake_asks_while_busy_and_lets_go_two_seconds_later(void **state)
{
    (void)state;
    int32_t wish = -1;
    open_it(AWAKE_BUSY);
    look(1); /* a tick */
    assert_int_equal(count_wishes(&wish), 0);
    look(21); /* more than 200 a second */
    assert_int_equal(count_wishes(&wish), 1);
    assert_int_equal(wish, 0);
    for (int i = 0; i < 19; i++)
        look(0);
    assert_int_equal(count_wishes(&wish), 1);
    look(0);
    assert_int_equal(count_wishes(&wish), 2);
    assert_int_equal(wish, INT32_MAX);
    look(1000);
    assert_int_equal(count_wishes(&wish), 3);
    assert_int_equal(wish, 0);
}

static void
test_awake_always_asks_once_at_the_start(void **state)
{
    (void)state;
    int32_t wish = -1;
    open_it(AWAKE_ALWAYS);
    look(0);
    assert_int_equal(count_wishes(&wish), 1);
    assert_int_equal(wish, 0);
}

static void
test_awake_off_never_asks(void **state)
{
    (void)state;
    int32_t wish = -1;
    open_it(AWAKE_OFF);
    look(1000);
    assert_int_equal(count_wishes(&wish), 0);
}

static void
test_awake_without_the_device_says_so_and_does_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_not_equal(awake_open(&a, AWAKE_BUSY, "/nowhere/device", &err), 0);
    assert_non_null(strstr(err.text, "/nowhere/device: No such file"));
    awake_follow(&a, 1000, a.look_ns + STEP_NS);
}

int
main(void)
{
#define AWAKE_TEST(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
    const struct CMUnitTest tests[] = {
        AWAKE_TEST(test_awake_asks_while_busy_and_lets_go_two_seconds_later),
        AWAKE_TEST(test_awake_always_asks_once_at_the_start),
        AWAKE_TEST(test_awake_off_never_asks),
        AWAKE_TEST(test_awake_without_the_device_says_so_and_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
