/* ctest-timeout: 300 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/command.h"
#include "persist/journal/reader.h"
#include "tests/support/seed.h"
#include "tests/unit/persist/journal/rig.h"

/* A real process with the real disk, killed with -9 at any instant: what it told of is there after
 * the next start, once, and in order, also in async mode, which may lose something with the machine
 * only. */
enum { KILLS = 20 };

static struct error failure;
static struct error *const err = &failure;
static struct seed seed;

/* The child: commits, and tells each new durable command through the pipe. */
static void
child_runs(struct rig *v, int out)
{
    struct seed mine = seed;
    v->options.prepare_off = 0;
    if (rig_open(v, err) != 0) {
        fprintf(stderr, "child: %s\n", err->text);
        _exit(1);
    }
    rig_begin(v);
    uint64_t told = 0;
    for (;;) {
        for (uint64_t n = seed_below(&mine, 20); n > 0; n--)
            rig_command(v, (uint32_t)seed_below(&mine, 8));
        if (seed_below(&mine, 50) == 0)
            rig_command(v, 200);
        (void)journal_tile_ops()->poll(v->j, clock_mono_ns());
        uint64_t durable = atomic_load(&v->mark.cmd_seq);
        if (durable != told && write(out, &durable, sizeof(durable)) != sizeof(durable))
            _exit(2);
        told = durable;
    }
}

/* Reads what the child tells until a time drawn by chance, then kills it; the last number told. */
static uint64_t
watch_and_kill(pid_t pid, int in)
{
    uint64_t told = 0, number;
    int64_t end = clock_mono_ns() + (int64_t)seed_below(&seed, 150) * CLOCK_NS_PER_MS;
    int64_t limit = end + 60 * (int64_t)CLOCK_NS_PER_S;
    for (;;) {
        struct pollfd p = {.fd = in, .events = POLLIN};
        if (poll(&p, 1, 1) == 1) {
            if (read(in, &number, sizeof(number)) != sizeof(number))
                break;
            told = number;
        }
        int64_t now = clock_mono_ns();
        if ((now >= end && told != 0) || now > limit)
            break;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    while (read(in, &number, sizeof(number)) == sizeof(number)) /* told before it died */
        told = number;
    return told;
}

static void
test_killed_process_loses_nothing_it_told(void **state)
{
    (void)state;
    struct rig v;
    struct journal_state s;
    uint64_t torn = 0, last = 0;
    int kills = (int)count_from_env("ASSAY_JOURNAL_KILLS", KILLS);
    rig_init(&v);
    for (int i = 0; i < kills; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        (void)seed_next(&seed);
        v.options.durability = i % 2 == 0 ? JOURNAL_DURABLE : JOURNAL_ASYNC;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            (void)close(ends[0]);
            child_runs(&v, ends[1]);
        }
        (void)close(ends[1]);
        uint64_t told = watch_and_kill(pid, ends[0]);
        (void)close(ends[0]);
        if (rig_open(&v, err) != 0) /* replays: every event is compared */
            fail_msg("after kill %d: %s", i, err->text);
        journal_state(v.j, &s);
        if (s.cmd_seq < told)
            fail_msg("kill %d: told %" PRIu64 ", found %" PRIu64, i, told, s.cmd_seq);
        assert_true(told >= last || told == 0);
        assert_int_equal(s.clean, 0);
        last = s.cmd_seq;
        torn += s.cut_bytes != 0;
        rig_close(&v);
    }
    printf("%d kills, %" PRIu64 " commands, %" PRIu64 " torn tails\n", kills, last, torn);
    rig_fini(&v);
}

int
main(int argc, char **argv)
{
    seed = seed_from_args(argc, argv);
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_process_loses_nothing_it_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
