#include "tools/assay/past.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/log.h"
#include "persist/journal/journal.h"
#include "persist/journal/snapshot.h"
#include "risk/risk.h"
#include "tests/support/core_fixture.h"
#include "tools/assay/commands.h"
#include "tools/assay/subcommand.h"

/* The real core: what it did is journaled, replayed from the journal and compared. */

struct journaled {
    char dir[64];
    uint64_t commands, digest[2], digest_middle[2];
    uint64_t middle; /* command whose state digest_middle is */
};

static struct error failure;
static struct error *const err = &failure;

#define OK(call)                                                                                   \
    do {                                                                                           \
        int ok_rc = (call);                                                                        \
        if (ok_rc != 0)                                                                            \
            fail_msg("%s: %s", #call, err->text);                                                  \
    } while (0)

/* Trades, cancels, replaces and a refusal; all of its commands are in v->log. */
static void
trade(struct venue *v)
{
    char id[16], cancel[16];
    for (uint32_t account = 1; account <= 2; account++) {
        union any_command x;
        venue_command(&x, COMMAND_ACCOUNT_PROFILE);
        x.cmd.actor_id = VENUE_BOSS;
        x.cmd.account_id = account;
        x.profile.status = ACCOUNT_ACTIVE;
        x.profile.kyc_level = 2;
        x.profile.kyc_expiry_ns = INT64_MAX;
        x.profile.country = country_pack('C', 'H');
        x.profile.investor_class = CLASS_PROFESSIONAL;
        venue_apply(v, &x);
    }
    for (int i = 0; i < 200; i++) {
        (void)snprintf(id, sizeof(id), "b%d", i);
        venue_buy(v, 1, id, 100 + i % 7, 5);
        (void)snprintf(id, sizeof(id), "s%d", i);
        venue_sell(v, 2, id, 102 + i % 5, 3 + i % 4);
        if (i % 3 == 0) {
            (void)snprintf(cancel, sizeof(cancel), "b%d", i / 2);
            venue_cancel(v, 1, cancel);
        }
    }
}

static void
journal_commands(struct journaled *out, const struct venue *v)
{
    struct bcast_ring ring;
    struct durable_mark mark = {0};
    struct journal *j;
    struct event_checkpoint digest;
    const struct journal_options o = {.segment_bytes = 16 << 20, .prepare_off = 1};
    const struct journal_writer_options w = {.ring = &ring, .mark = &mark};
    OK(journal_open(&j, out->dir, &o, err));
    OK(bcast_ring_open(&ring, "test", 16 << 20, err));
    OK(journal_writer_start(j, &w, err));
    size_t footprint = (core_footprint(&v->genesis, risk_hooks()) + 63) / 64 * 64;
    void *mem = aligned_alloc(64, footprint);
    assert_non_null(mem);
    struct core *core = core_init(memset(mem, 0, footprint), &v->genesis, risk_hooks());
    for (size_t at = 0; at < v->log_bytes;) {
        const struct command *cmd = (const struct command *)(const void *)(v->log + at);
        uint8_t *to = bcast_reserve(&ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES);
        if (to == NULL) {
            OK(journal_drain(j, err));
            continue;
        }
        memcpy(to, cmd, cmd->rec.length_bytes);
        size_t bytes = core_apply(core, (const void *)to, to + cmd->rec.length_bytes);
        (void)bcast_commit(&ring, cmd->rec.length_bytes + bytes);
        at += cmd->rec.length_bytes;
        if (core_cmd_seq(core) == out->middle) {
            core_digest(core, &digest);
            memcpy(out->digest_middle, digest.digest_all, sizeof(out->digest_middle));
        }
    }
    OK(journal_drain(j, err));
    OK(journal_snapshot_write(j, core, err));
    OK(journal_stop(j, err));
    core_digest(core, &digest);
    memcpy(out->digest, digest.digest_all, sizeof(out->digest));
    out->commands = core_cmd_seq(core);
    journal_close(j);
    bcast_ring_close(&ring);
    free(mem);
}

static int
set_up(void **state)
{
    static struct journaled made;
    struct venue v;
    made = (struct journaled){.dir = "/tmp/assay-past-XXXXXX", .middle = 150};
    assert_non_null(mkdtemp(made.dir));
    venue_log_next();
    venue_open(&v, NULL, risk_hooks());
    trade(&v);
    assert_true(venue_open_orders(&v) > 0 && venue_balance(&v, 2, VENUE_USD).settled_units >
                                                 VENUE_START_UNITS); /* it did trade */
    journal_commands(&made, &v);
    venue_close(&v);
    *state = &made;
    return 0;
}

static int
tear_down(void **state)
{
    struct journaled *made = *state;
    char command[96];
    (void)snprintf(command, sizeof(command), "rm -rf %s", made->dir);
    return system(command);
}

static void
test_past_gives_the_state_of_any_command(void **state)
{
    struct journaled *made = *state;
    struct past p;
    struct event_checkpoint digest;
    OK(past_open(&p, made->dir, 0, NULL, NULL, err));
    core_digest(p.view.core, &digest);
    assert_memory_equal(digest.digest_all, made->digest, sizeof(made->digest));
    assert_int_equal(core_cmd_seq(p.view.core), made->commands);
    assert_true(p.replay.out_event_cnt > made->commands);
    assert_int_equal(p.view.asset_cnt, 2);
    past_close(&p);
    OK(past_open(&p, made->dir, made->middle, NULL, NULL, err));
    core_digest(p.view.core, &digest);
    assert_memory_equal(digest.digest_all, made->digest_middle, sizeof(made->digest_middle));
    past_close(&p);
    assert_int_equal(past_open(&p, made->dir, made->commands + 1, NULL, NULL, err), ERR_NOT_FOUND);
}

static void
test_real_core_starts_from_its_snapshot(void **state)
{
    struct journaled *made = *state;
    struct journal *j;
    struct journal_state s;
    struct command_genesis genesis;
    struct event_checkpoint digest;
    const struct journal_options o = {.read_only = 1};
    struct journal_replay replay = {0};
    OK(journal_open(&j, made->dir, &o, err));
    journal_state(j, &s);
    assert_int_equal(s.snapshot_seq, made->commands);
    OK(journal_genesis(j, &genesis, err));
    size_t footprint = (core_footprint(&genesis, risk_hooks()) + 63) / 64 * 64;
    void *mem = aligned_alloc(64, footprint);
    struct core *core = core_init(memset(mem, 0, footprint), &genesis, risk_hooks());
    OK(journal_replay(j, core, &replay, err));
    core_digest(core, &digest);
    assert_memory_equal(digest.digest_all, made->digest, sizeof(made->digest));
    free(mem);
    journal_close(j);
}

static int
quietly(int (*run)(int argc, char **argv), const char *line)
{
    char copy[256], *argv[16], *rest = copy;
    int argc = 0;
    (void)snprintf(copy, sizeof(copy), "%s", line);
    while (argc < 15 && (argv[argc] = strsep(&rest, " ")) != NULL)
        argc++;
    argv[argc] = NULL;
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO), kept_err = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stdout));
    (void)dup2(STDOUT_FILENO, STDERR_FILENO);
    int rc = run(argc, argv);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)dup2(kept_err, STDERR_FILENO);
    (void)close(kept);
    (void)close(kept_err);
    return rc;
}

static void
test_commands_tell_by_their_exit_code(void **state)
{
    struct journaled *made = *state;
    char line[200];
    assert_int_equal(quietly(cmd_journal, "journal verify"), EXIT_USAGE);
    assert_int_equal(quietly(cmd_journal, "journal burn --data /tmp"), EXIT_USAGE);
    assert_int_equal(quietly(cmd_replay, "replay --data /nowhere"), EXIT_USAGE);
    assert_int_equal(quietly(cmd_journal, "journal --help"), EXIT_OK);
    (void)snprintf(line, sizeof(line), "journal verify --data %s --json", made->dir);
    assert_int_equal(quietly(cmd_journal, line), EXIT_OK);
    (void)snprintf(line, sizeof(line), "journal dump --data %s --from 3 --count 500", made->dir);
    assert_int_equal(quietly(cmd_journal, line), EXIT_OK);
    (void)snprintf(line, sizeof(line), "replay --data %s --to 99 --print book --print orders",
                   made->dir);
    assert_int_equal(quietly(cmd_replay, line), EXIT_OK);
    (void)snprintf(line, sizeof(line), "journal void 9 --actor a --second b --reason r --data %s",
                   made->dir);
    assert_int_equal(quietly(cmd_journal, line), EXIT_FINDINGS);
    /* one byte of a command, early on */
    (void)snprintf(line, sizeof(line), "%s/journal/00000000000000000001.seg", made->dir);
    FILE *file = fopen(line, "r+b");
    assert_non_null(file);
    (void)fseek(file, 5000, SEEK_SET);
    (void)fputc(0xa5, file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(line, sizeof(line), "journal verify --data %s", made->dir);
    assert_int_equal(quietly(cmd_journal, line), EXIT_FINDINGS);
    (void)snprintf(line, sizeof(line), "replay --data %s", made->dir);
    assert_int_equal(quietly(cmd_replay, line), EXIT_FINDINGS);
}

int
main(void)
{
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_past_gives_the_state_of_any_command, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_real_core_starts_from_its_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_commands_tell_by_their_exit_code, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
