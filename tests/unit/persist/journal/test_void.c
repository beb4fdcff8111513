#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/log.h"
#include "persist/journal/reader.h"
#include "persist/journal/snapshot.h"
#include "tests/unit/persist/journal/rig.h"

static struct error *const err = &rig_failure;

static void
quiet_child(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    int null = open("/dev/null", O_WRONLY);
    (void)dup2(null, STDERR_FILENO);
}

/* Runs `work` in a child and expects it to be aborted by a check. */
static void
expect_abort(struct rig *v, void (*work)(struct rig *v))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        quiet_child();
        work(v);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void
trip_live(struct rig *v)
{
    if (rig_open(v, err) != 0)
        _exit(1);
    if (core_cmd_seq(v->core) == 0)
        rig_begin(v);
    for (int i = 0; i < 20; i++)
        rig_command(v, 2);
    if (journal_drain(v->j, err) != 0)
        _exit(1);
    rig_command_marked(v, RIG_TRIP);
}

static void
start_only(struct rig *v)
{
    (void)rig_open(v, err);
}

static const struct journal_void good = {
    .cmd_seq = 23, .actor = "alice", .second = "bob", .reason = "trips the fee check"};

static void
test_command_that_trips_a_check_is_voided_and_the_venue_starts(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    expect_abort(v, trip_live); /* commands 1 to 22 are durable, 23 trips */
    OK(journal_void(v->dir, &good, &v->options, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.cmd_seq, 23);
    assert_int_equal(s.void_cnt, 1);
    assert_int_equal(s.crash_seq, 0);
    assert_int_equal(core_cmd_seq(v->core), 23);
    rig_begin(v);
    rig_command(v, 3);
    rig_settle(v);
    uint64_t digest = core_digest_of(v->core);
    rig_close(v);
    OK(rig_open(v, err));
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_crash_names_the_command_and_its_text(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    expect_abort(v, trip_live);
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.cmd_seq, 22);
    assert_int_equal(s.crash_seq, 23);
    assert_non_null(strstr(s.crash_text, "planted"));
    rig_close(v);
    /* the void record carries the digest of what was taken from the ring */
    OK(journal_void(v->dir, &good, &v->options, err));
    struct journal_reader *r;
    const struct record *rec;
    OK(journal_reader_open(&r, v->dir, NULL, err));
    OK(journal_reader_seek_cmd(r, 23, err));
    assert_int_equal(journal_reader_next(r, &rec, err), 1);
    assert_int_equal(rec->kind, RECORD_VOID);
    const struct record_void *found = (const struct record_void *)rec;
    static const uint8_t zero[32];
    assert_int_equal(found->in_place, 1);
    assert_string_equal(found->actor, "alice");
    assert_string_equal(found->second, "bob");
    assert_true(memcmp(found->command_sha256, zero, sizeof(zero)) != 0);
    journal_reader_close(r);
}

/* A command in the journal without events: a sequencer that commits it first and then stops. */
static void
test_command_that_trips_the_replay_is_voided(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    rig_begin(v);
    for (int i = 0; i < 20; i++)
        rig_command(v, 2);
    rig_command_bare(v, RIG_TRIP);
    OK(journal_drain(v->j, err));
    rig_close(v);
    expect_abort(v, start_only);
    OK(journal_void(v->dir, &good, &v->options, err));
    OK(rig_open(v, err));
    assert_int_equal(core_cmd_seq(v->core), 23);
    rig_begin(v);
    rig_command(v, 2);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
}

static void
test_void_of_what_may_have_been_released_is_refused(void **state)
{
    struct rig *v = *state;
    struct journal_void of = good;
    expect_abort(v, trip_live);
    for (of.cmd_seq = 1; of.cmd_seq <= 22; of.cmd_seq += 7)
        assert_int_equal(journal_void(v->dir, &of, &v->options, err), ERR_PERMISSION);
    of.cmd_seq = 22;
    assert_int_equal(journal_void(v->dir, &of, &v->options, err), ERR_PERMISSION);
    assert_non_null(strstr(err->text, "may have been released"));
    of.cmd_seq = 24;
    assert_int_equal(journal_void(v->dir, &of, &v->options, err), ERR_NOT_FOUND);
}

static void
test_void_is_done_once(void **state)
{
    struct rig *v = *state;
    expect_abort(v, trip_live);
    OK(journal_void(v->dir, &good, &v->options, err));
    assert_int_equal(journal_void(v->dir, &good, &v->options, err), ERR_PERMISSION);
    assert_string_equal(err->text, "command 23 is void already");
}

static void
test_void_takes_two_people_and_a_stopped_engine(void **state)
{
    struct rig *v = *state;
    struct journal_void of = good;
    expect_abort(v, trip_live);
    of.second = "alice";
    assert_int_equal(journal_void(v->dir, &of, &v->options, err), ERR_PERMISSION);
    of.second = "";
    assert_int_equal(journal_void(v->dir, &of, &v->options, err), ERR_INVALID);
    OK(rig_open(v, err));
    assert_int_equal(journal_void(v->dir, &good, &v->options, err), ERR_BUSY);
}

static void
test_void_without_a_crash_is_refused(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    rig_begin(v);
    for (int i = 0; i < 20; i++)
        rig_command(v, 2);
    OK(rig_stop(v, err));
    assert_int_equal(journal_void(v->dir, &good, &v->options, err), ERR_NOT_FOUND);
}

/* A slip in the path makes no folder, and no journal in one that holds something else. */
static void
test_void_makes_nothing_where_no_journal_is(void **state)
{
    struct rig *v = *state;
    char missing[160], journal[160];
    (void)snprintf(missing, sizeof(missing), "%s/missing", v->dir);
    (void)snprintf(journal, sizeof(journal), "%s/journal", v->dir);
    assert_int_equal(journal_void(missing, &good, &v->options, err), ERR_NOT_FOUND);
    assert_non_null(strstr(err->text, "there is none"));
    assert_int_equal(access(missing, F_OK), -1);
    assert_int_equal(journal_void(v->dir, &good, &v->options, err), ERR_NOT_FOUND);
    assert_non_null(strstr(err->text, "there is no journal here"));
    assert_int_equal(access(journal, F_OK), -1);
    assert_int_equal(rmdir(v->dir), 0); /* nothing else in it either */
    assert_int_equal(mkdir(v->dir, 0700), 0);
}

int
main(void)
{
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_command_that_trips_a_check_is_voided_and_the_venue_starts, rig_set_up,
            rig_tear_down),
        cmocka_unit_test_setup_teardown(test_crash_names_the_command_and_its_text, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_command_that_trips_the_replay_is_voided, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_void_of_what_may_have_been_released_is_refused,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_void_is_done_once, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_void_takes_two_people_and_a_stopped_engine, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_void_without_a_crash_is_refused, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_void_makes_nothing_where_no_journal_is, rig_set_up,
                                        rig_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
