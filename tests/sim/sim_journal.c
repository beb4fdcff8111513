/* The journal on a disk that tears, loses, misdirects and flips, under a scheduler made of one
 * seed.
 *
 *   sim_journal [--seed N]      one run of that seed; without: SEEDS of them, a failing one printed
 *
 * A core (the test's own: digests, no market), the ring, the journal's tile and its helper run in
 * one thread in an order drawn from the seed. After every crash the journal is opened and replayed:
 * nothing that the mark had covered may be missing, and the state is that of the first run at the
 * same command. Where the disk lied by a flip the start may also stop as damaged, but never come up
 * with another state. Where it lost or misdirected a write the start must stop and name the place,
 * unless nothing on the disk can show it (lie_shows); how many were seen is counted and judged. */
/* ctest-timeout: 300 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/journal/journal.h"
#include "persist/journal/reader.h"
#include "persist/journal/snapshot.h"
#include "tests/support/fake_core.h"
#include "tests/support/fake_disk.h"
#include "tests/support/seed.h"

enum { SEEDS = 200, ROUNDS_MAX = 8, STEPS_MAX = 400, COMMANDS_MAX = 40000 };
enum { LIES_MIN = 80, SEEN_PERCENT = 80 }; /* about 95 % are, and 100 lies in SEEDS */

enum lie { LIE_NONE, LIE_FLIP, LIE_LOSE, LIE_MISDIRECT, LIE_CNT };

struct sim {
    struct seed rng;
    uint64_t first_seed;
    struct fake_disk disk;
    struct journal_options options;
    struct journal *j;
    struct bcast_ring ring;
    struct durable_mark mark;
    struct core *core;
    struct command_genesis genesis;
    uint32_t epoch;
    uint64_t *digests; /* of the state after each command; COMMANDS_MAX */
    uint64_t released; /* last command that the mark has covered */
    int64_t now_ns;    /* the helper's clock */
    bool heavy;        /* many large commands: segments come and go */
    bool lazy;         /* the helper hardly gets to run */
    bool failed;       /* a write was made to fail */
    uint64_t crashes, torn, damaged, commands, cancel_only;
    uint64_t lies, lies_seen, lies_hidden; /* lost and misdirected writes; the rest came to none */
};

#define EXPECT(s, cond, ...)                                                                       \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            printf("--seed %" PRIu64 ": line %d: %s: ", (s)->first_seed, __LINE__, #cond);         \
            printf("" __VA_ARGS__);                                                                \
            printf("\n");                                                                          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static uint64_t
below(struct sim *s, uint64_t bound)
{
    return seed_below(&s->rng, bound);
}

/* --- the venue --- */

static void
observe(struct sim *s)
{
    uint64_t seq = atomic_load(&s->mark.cmd_seq);
    EXPECT(s, seq >= s->released, "the mark goes back");
    s->released = seq;
    if (atomic_load(&s->mark.cancel_only) != 0)
        s->cancel_only++;
}

static void
poll(struct sim *s)
{
    (void)journal_tile_ops()->poll(s->j, 0);
    observe(s);
}

/* The helper's clock runs as the scheduler wills. */
static void
prepare(struct sim *s)
{
    s->now_ns += (int64_t)below(s, 300 * CLOCK_NS_PER_MS);
    (void)journal_prepare_step(s->j, s->now_ns);
}

static bool
commit(struct sim *s, struct command *cmd)
{
    uint8_t *at = bcast_reserve(&s->ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES);
    uint64_t seq = core_cmd_seq(s->core) + 1;
    if (at == NULL || seq >= COMMANDS_MAX)
        return false;
    cmd->rec.seq = seq;
    cmd->rec.epoch = s->epoch;
    cmd->time_ns = (int64_t)seq;
    memcpy(at, cmd, cmd->rec.length_bytes);
    size_t bytes = cmd->rec.length_bytes;
    bytes += core_apply(s->core, (const void *)at, at + bytes);
    (void)bcast_commit(&s->ring, bytes);
    s->digests[seq] = s->core->digest;
    s->commands++;
    return true;
}

static void
commit_order(struct sim *s)
{
    struct command_order_new cmd;
    memset(&cmd, 0, sizeof(cmd));
    command_init(&cmd.cmd, COMMAND_ORDER_NEW);
    cmd.price_units = (int64_t)below(s, 1 << 30);
    cmd.cmd.seed = below(s, 8);
    if (below(s, s->heavy ? 2 : 20) == 0)
        cmd.cmd.seed = (8 + below(s, EVENT_MAX - 8)) << 32;
    (void)commit(s, &cmd.cmd);
}

static void
commit_begin(struct sim *s)
{
    struct command_epoch epoch;
    if (core_cmd_seq(s->core) == 0)
        EXPECT(s, commit(s, &s->genesis.cmd), "no room for genesis");
    memset(&epoch, 0, sizeof(epoch));
    command_init(&epoch.cmd, COMMAND_EPOCH);
    journal_epoch_fill(s->j, &epoch);
    epoch.cmd.seed = 1;
    (void)commit(s, &epoch.cmd);
}

static void
close_all(struct sim *s)
{
    journal_close(s->j);
    s->j = NULL;
    free(s->core);
    s->core = NULL;
    bcast_ring_close(&s->ring);
}

/* Opens and replays; 0, or the code with nothing left open. */
static int
open_all(struct sim *s, struct error *err)
{
    struct journal_replay replay = {0};
    struct journal_state state;
    int rc = journal_open(&s->j, "", &s->options, err);
    if (rc != 0)
        return rc;
    journal_state(s->j, &state);
    rc = journal_genesis(s->j, &s->genesis, err);
    if (rc == ERR_NOT_FOUND) {
        memset(&s->genesis, 0, sizeof(s->genesis));
        command_init(&s->genesis.cmd, COMMAND_GENESIS);
        (void)snprintf(s->genesis.venue, sizeof(s->genesis.venue), "SIM");
        rc = 0;
    }
    s->core = core_init(calloc(1, sizeof(*s->core)), &s->genesis, NULL);
    if (rc == 0)
        rc = journal_replay(s->j, s->core, &replay, err);
    if (rc != 0) {
        journal_close(s->j);
        s->j = NULL;
        free(s->core);
        return rc;
    }
    s->epoch = state.epoch + 1;
    s->torn += state.cut_bytes != 0;
    return 0;
}

static void
start_writer(struct sim *s)
{
    struct error err = {0};
    EXPECT(s, bcast_ring_open(&s->ring, "sim", 1 << 20, &err) == 0, "%s", err.text);
    memset(&s->mark, 0, sizeof(s->mark));
    const struct journal_writer_options w = {.ring = &s->ring, .mark = &s->mark};
    uint64_t capacity = s->disk.capacity_bytes;
    s->disk.capacity_bytes = 0; /* a start needs one segment */
    EXPECT(s, journal_writer_start(s->j, &w, &err) == 0, "%s", err.text);
    s->disk.capacity_bytes = capacity;
    commit_begin(s);
}

/* --- one round: work until a crash --- */

static void
drain(struct sim *s)
{
    struct error err;
    if (atomic_load(&s->mark.failed) != 0)
        return;
    int rc = journal_drain(s->j, &err);
    EXPECT(s, rc == 0 || s->failed, "%s", err.text);
    observe(s);
    EXPECT(s, rc != 0 || s->released == core_cmd_seq(s->core), "drained to %" PRIu64, s->released);
}

static void
check_reader(struct sim *s)
{
    struct journal_reader *r;
    struct error err;
    const struct record *rec;
    uint64_t from = 1 + below(s, core_event_seq(s->core) + 1), next = from;
    int rc = journal_reader_open_own(&r, s->j, &err);
    EXPECT(s, rc == 0, "%s", err.text);
    EXPECT(s, journal_reader_seek_event(r, from, &err) == 0, "%s", err.text);
    while ((rc = journal_reader_next(r, &rec, &err)) == 1)
        if (rec->kind == RECORD_EVENT)
            EXPECT(s, rec->seq == next++, "event %" PRIu64, rec->seq);
    EXPECT(s, rc == 0, "%s", err.text);
    journal_reader_close(r);
}

static void
step(struct sim *s)
{
    uint64_t what = below(s, 1000);
    struct error err;
    if (what < 550)
        commit_order(s);
    else if (what < 780)
        poll(s);
    else if (what < 880)
        fake_disk_land(&s->disk);
    else if (what < 980 && (!s->lazy || below(s, 20) == 0))
        for (uint64_t i = below(s, 12); i > 0; i--)
            prepare(s);
    else if (what < 985)
        check_reader(s);
    else if (what < 995 && s->disk.capacity_bytes == 0)
        drain(s);
    else if (what >= 995 && s->disk.capacity_bytes == 0 && !s->failed) {
        drain(s);
        int rc = journal_snapshot_write(s->j, s->core, &err);
        EXPECT(s, rc == 0 || s->failed, "%s", err.text);
    }
}

static void
work(struct sim *s)
{
    s->disk.hold = below(s, 2) == 0;
    for (uint64_t n = below(s, STEPS_MAX); n > 0; n--)
        step(s);
}

/* Stops in order and starts again: nothing is cut, the mark of a clean stop is there. */
static void
restart_cleanly(struct sim *s)
{
    struct error err;
    struct journal_state state;
    drain(s);
    int rc = journal_stop(s->j, &err);
    EXPECT(s, rc == 0, "%s", err.text);
    uint64_t seq = core_cmd_seq(s->core);
    close_all(s);
    rc = open_all(s, &err);
    EXPECT(s, rc == 0, "%s", err.text);
    journal_state(s->j, &state);
    EXPECT(s, state.clean == 1 && state.cut_bytes == 0 && state.cmd_seq == seq, "not clean");
    EXPECT(s, s->core->digest == s->digests[seq], "another state");
    start_writer(s);
}

/* The disk has room again: without a restart everything is taken again. */
static void
find_room_again(struct sim *s)
{
    if (s->disk.capacity_bytes == 0)
        return;
    s->disk.capacity_bytes = 0;
    if (s->failed)
        return;
    for (int i = 0; i < 64; i++) {
        s->now_ns += CLOCK_NS_PER_S;
        (void)journal_prepare_step(s->j, s->now_ns);
    }
    drain(s);
    journal_tile_ops()->housekeep(s->j, 0);
    EXPECT(s, atomic_load(&s->mark.cancel_only) == 0, "still only cancels");
}

/* Whether a start can see the lie. A write behind a lost one says that the lost one was durable,
 * and a misdirected one lies there with the missing number. But where the last write was lost, the
 * files are those of a journal that never made it: nothing in them can tell that from an end. That
 * comes also when all commands went out in the one write, having waited for a segment. */
static bool
lie_shows(const struct sim *s, enum lie lie)
{
    return lie == LIE_MISDIRECT || (lie == LIE_LOSE && s->disk.write_cnt > s->disk.lied_at);
}

/* The disk lies once, and the journal goes on for a while or, rarely, not at all. LIE_NONE: no
 * write came that it could have lied to (no segment was ready). */
static enum lie
lie_now(struct sim *s, enum lie lie)
{
    s->disk.hold = false;
    drain(s); /* what came before has landed honestly */
    uint64_t before = s->released;
    uint32_t *knob = lie == LIE_LOSE ? &s->disk.lose_after : &s->disk.misdirect_after;
    s->lies++;
    s->disk.lied_at = 0;
    *knob = 1;
    for (uint64_t i = below(s, 8) == 0 ? 1 : 3; i > 0; i--) {
        commit_order(s);
        poll(s);
        poll(s);
        prepare(s);
    }
    *knob = 0;
    if (s->disk.lied_at == 0)
        return LIE_NONE;
    if (!lie_shows(s, lie))
        s->released = before; /* all else must be there */
    return lie;
}

static void
check_recovered(struct sim *s, bool may_lose)
{
    uint64_t seq = core_cmd_seq(s->core);
    EXPECT(s, may_lose || seq >= s->released,
           "%" PRIu64 " was released, the journal ends with %" PRIu64, s->released, seq);
    EXPECT(s, seq == 0 || s->core->digest == s->digests[seq],
           "the state at %" PRIu64 " is another one", seq);
    s->released = seq;
}

/* Crashes, perhaps flips a bit, and recovers. False: this run is over (damage that stays). */
static bool
crash_and_recover(struct sim *s, enum lie lie)
{
    struct error err = {0};
    bool async = s->options.durability == JOURNAL_ASYNC;
    bool power = below(s, 2) == 0;
    if (async && !power)
        fake_disk_land(&s->disk); /* the kernel finishes what it was handed */
    fake_disk_crash(&s->disk, power ? FAKE_DISK_POWER : FAKE_DISK_KILL);
    close_all(s);
    s->crashes++;
    s->disk.fail_after = s->disk.fail_sync_after = 0;
    char name[96] = "";
    uint64_t at = UINT64_MAX;
    unsigned bit = (unsigned)below(s, 8);
    const char *any = fake_disk_any(&s->disk, below(s, 3) == 0 ? "snapshots/" : "journal/0");
    if (lie == LIE_FLIP && any != NULL) {
        (void)snprintf(name, sizeof(name), "%s", any);
        at = below(s, 2) == 0 ? fake_disk_any_offset(&s->disk, name)
                              : fake_disk_last_offset(&s->disk, name);
        if (at != UINT64_MAX)
            (void)fake_disk_flip(&s->disk, name, at, bit);
    }
    s->options.durability = below(s, 4) == 0 ? JOURNAL_ASYNC : JOURNAL_DURABLE;
    int rc = open_all(s, &err);
    if (rc == ERR_CORRUPT && at != UINT64_MAX) {
        s->damaged++;
        fake_disk_crash(&s->disk, FAKE_DISK_KILL); /* handles */
        (void)fake_disk_flip(&s->disk, name, at, bit);
        rc = open_all(s, &err);
    }
    if (lie_shows(s, lie)) {
        EXPECT(s, rc == ERR_CORRUPT, "a lie of the disk was not seen");
        EXPECT(s, strstr(err.text, ": byte ") != NULL, "no place: %s", err.text);
        s->damaged++;
        s->lies_seen++;
        return false;
    }
    EXPECT(s, rc == 0, "%s: %s", name, err.text);
    s->lies_hidden += lie == LIE_LOSE;
    check_recovered(s, async && (power || s->failed));
    s->failed = false;
    start_writer(s);
    return true;
}

static void
choose_faults(struct sim *s, enum lie *lie)
{
    *lie = below(s, 3) == 0 ? (enum lie)(1 + below(s, LIE_CNT - 1)) : LIE_NONE;
    if (*lie == LIE_NONE && below(s, 6) == 0) {
        s->failed = true;
        s->disk.fail_after = 1 + (uint32_t)below(s, 30);
        s->disk.fail_result = below(s, 2) == 0 ? -EIO : 4096 * (int64_t)below(s, 2);
    }
    s->disk.capacity_bytes = below(s, s->heavy ? 2 : 6) == 0 ? (6 + 2 * below(s, 3)) << 20 : 0;
}

static void
run(struct sim *s, uint64_t seed)
{
    struct error err = {0};
    s->first_seed = seed;
    s->rng.state = seed;
    s->released = 0;
    s->now_ns = 0;
    s->heavy = below(s, 4) == 0;
    s->lazy = below(s, 3) == 0;
    s->failed = false;
    fake_disk_open(&s->disk, &s->rng);
    s->options = (struct journal_options){.segment_bytes = 2 << 20,
                                          .segments_ahead = 1 + (uint32_t)below(s, 2),
                                          .snapshots_kept = 2,
                                          .prepare_off = 1,
                                          .disk = &s->disk.ops};
    EXPECT(s, open_all(s, &err) == 0, "%s", err.text);
    start_writer(s);
    bool going = true;
    for (uint64_t round = 1 + below(s, ROUNDS_MAX); going && round > 0; round--) {
        enum lie lie;
        choose_faults(s, &lie);
        work(s);
        if (atomic_load(&s->mark.failed) != 0)
            EXPECT(s, s->failed, "failed without a fault");
        if (lie == LIE_NONE && !s->failed && s->disk.capacity_bytes == 0 && below(s, 5) == 0)
            restart_cleanly(s);
        find_room_again(s);
        if (lie == LIE_LOSE || lie == LIE_MISDIRECT) {
            bool promised = s->options.durability != JOURNAL_ASYNC;
            lie = promised ? lie_now(s, lie) : LIE_NONE;
        }
        going = crash_and_recover(s, lie);
    }
    if (going) {
        s->disk.hold = false;
        restart_cleanly(s);
        close_all(s);
    }
    fake_disk_close(&s->disk);
}

int
main(int argc, char **argv)
{
    static struct sim s;
    s.digests = calloc(COMMANDS_MAX, sizeof(*s.digests));
    log_setup(LOG_ERROR, "sim", 0);
    bool one = argc == 3 && strcmp(argv[1], "--seed") == 0;
    struct seed from = one ? (struct seed){strtoull(argv[2], NULL, 0)} : seed_from_args(argc, argv);
    uint64_t cnt = one ? 1 : count_from_env("ASSAY_SIM_SEEDS", SEEDS);
    int64_t begin = clock_mono_ns();
    for (uint64_t i = 0; i < cnt; i++)
        run(&s, one ? from.state : seed_next(&from));
    printf("%" PRIu64 " seeds, %" PRIu64 " crashes, %" PRIu64 " torn tails cut, %" PRIu64
           " damages stopped, %" PRIu64 " of %" PRIu64 " lies seen, %" PRIu64
           " nobody can see, %" PRIu64 " commands, %" PRIu64 " looks at cancel_only, %.1f s\n",
           cnt, s.crashes, s.torn, s.damaged, s.lies_seen, s.lies, s.lies_hidden, s.commands,
           s.cancel_only, (double)(clock_mono_ns() - begin) / 1e9);
    bool told = s.lies < LIES_MIN || s.lies_seen * 100 >= s.lies * SEEN_PERCENT;
    if (!told)
        printf("expected at least %d %% of the lies to be seen\n", SEEN_PERCENT);
    free(s.digests);
    return told ? 0 : 1;
}
