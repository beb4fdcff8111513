/* ctest-labels: tsan */
#include "engine/runtime/sequencer.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/runtime/sequencer_priv.h"
#include "engine/runtime/tile_run.h"
#include "tests/unit/engine/runtime/fake_core.h"

enum { LOG_BYTES = 1 << 20, SLOT_CNT = 256, SESSION_MAX = 16, DEADLINE_S = 20 };
enum { SEEN_MAX = 4096 };

static struct core core;
static struct bcast_ring log_ring;
static struct bcast_reader reader;
static struct durable_mark durable;
static struct bell *bell, reader_bell;
static struct metrics *metrics;
static struct port ports[2];
static struct sequencer *seq;
static void *seq_mem;
static char folder[64], port_path[96], bell_path[96];

struct seen { /* what the log showed: one command and how many events behind it */
    struct command cmd;
    uint32_t event_cnt;
    uint32_t mode;
};
static struct seen seen[SEEN_MAX];
static uint32_t seen_cnt;

/* A zone that is two hours ahead of UTC, for ever. */
static bool
two_hours(void *self, const char *zone, int64_t from_s, struct timetable *out)
{
    assert_ptr_equal(self, &core);
    assert_true(from_s < clock_utc_ns() / CLOCK_NS_PER_S);
    out->offset_cnt = 1;
    out->offsets[0].offset_s = 7200;
    return strcmp(zone, "Two/Hours") == 0;
}

static int
open_sequencer(void **state)
{
    (void)state;
    struct error err = {0};
    memset(&core, 0, sizeof(core));
    core.next_due_ns = INT64_MAX;
    memset(&durable, 0, sizeof(durable));
    seen_cnt = 0;
    (void)snprintf(folder, sizeof(folder), "/tmp/assay_test_sequencer_XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(port_path, sizeof(port_path), "%s/port", folder);
    (void)snprintf(bell_path, sizeof(bell_path), "%s/bell", folder);
    assert_int_equal(port_bell_create(&bell, bell_path, &err), 0);
    bell_init(&reader_bell, -1);
    assert_int_equal(metrics_open(&metrics, "", &err), 0);
    assert_int_equal(bcast_ring_open(&log_ring, "log", LOG_BYTES, &err), 0);
    assert_int_equal(bcast_reader_open(&reader, &log_ring, true, &err), 0);
    struct sequencer_options o = {
        .core = &core,
        .log = &log_ring,
        .durable = &durable,
        .bell = bell,
        .readers = {&reader_bell},
        .metrics = metrics,
        .epoch = 7,
        .session_max = SESSION_MAX,
        .zones = {.fill = two_hours, .self = &core},
        .jump_max_ns = CLOCK_NS_PER_S,
    };
    size_t bytes = (sequencer_footprint(&o) + 63) & ~(size_t)63;
    seq_mem = aligned_alloc(64, bytes);
    seq = sequencer_init(seq_mem, &o);
    assert_int_equal(port_create(&ports[0], "", 0, SLOT_CNT, COMMAND_BYTES_MAX, bell, &err), 0);
    assert_int_equal(port_create(&ports[1], port_path, 1, SLOT_CNT, COMMAND_BYTES_MAX, bell, &err),
                     0);
    sequencer_port_add(seq, &ports[0], SEQUENCER_PORT_OPERATOR);
    sequencer_port_add(seq, &ports[1], SEQUENCER_PORT_CLIENT);
    port_attach_local(&ports[0]);
    return 0;
}

static int
close_sequencer(void **state)
{
    (void)state;
    port_close(&ports[0]);
    port_close(&ports[1]);
    free(seq_mem);
    bcast_reader_close(&reader);
    bcast_ring_close(&log_ring);
    metrics_close(metrics);
    port_bell_close(bell);
    (void)unlink(port_path);
    (void)unlink(bell_path);
    return rmdir(folder);
}

/* Reads what the log holds; checks numbers and that events lie directly behind their command. */
static void
read_log(void)
{
    const uint8_t *data;
    uint64_t bytes = bcast_peek(&reader, UINT64_MAX, &data);
    for (uint64_t at = 0; at < bytes;) {
        const struct record *rec = (const struct record *)(const void *)(data + at);
        if (rec->kind == RECORD_COMMAND) {
            assert_true(seen_cnt < SEEN_MAX);
            struct seen *s = &seen[seen_cnt++];
            *s = (struct seen){.cmd = *(const struct command *)(const void *)rec};
            if (rec->type == COMMAND_MODE) {
                s->mode = ((const struct command_mode *)(const void *)rec)->mode;
            }
            assert_int_equal(rec->seq, seen_cnt);
            assert_int_equal(rec->epoch, 7);
            assert_int_equal(rec->crc32c, 0);
        } else {
            assert_int_equal(rec->kind, RECORD_EVENT);
            const struct event *ev = (const struct event *)(const void *)rec;
            assert_int_equal(ev->cmd_seq, seen_cnt);
            seen[seen_cnt - 1].event_cnt++;
        }
        at += rec->length_bytes;
    }
    bcast_advance(&reader, bytes);
}

static uint32_t
cycle(void)
{
    return sequencer_tile_ops.poll(seq, clock_mono_ns());
}

static void
run_dry(void)
{
    while (cycle() > 0) {
    }
    read_log();
}

static bool
give(struct port *p, uint16_t type, uint32_t session_id, uint64_t client_seq)
{
    struct command *cmd = port_claim(p);
    if (cmd == NULL) {
        return false;
    }
    command_init(cmd, type);
    cmd->session_id = session_id;
    cmd->incarnation = 5;
    cmd->client_seq = client_seq;
    port_send(p);
    return true;
}

static void
test_sequencer_stamps_commands_and_puts_events_behind_them(void **state)
{
    (void)state;
    int64_t before = clock_utc_ns();
    struct command *cmd = port_claim(&ports[0]);
    command_init(cmd, COMMAND_ORDER_NEW);
    cmd->rec.seq = 99;
    cmd->rec.epoch = 99;
    cmd->time_ns = 99;
    cmd->seed = 99;
    cmd->ring = 99;
    cmd->flags = COMMAND_FROM_CONFIG | COMMAND_POSSIBLE_RESEND;
    cmd->session_id = 3;
    port_send(&ports[0]);
    give(&ports[1], COMMAND_ORDER_CANCEL, 4, 0);
    run_dry();
    assert_int_equal(seen_cnt, 2);
    assert_int_equal(seen[0].event_cnt, 1);
    assert_true(seen[0].cmd.time_ns >= before);
    assert_int_not_equal(seen[0].cmd.seed, 0); /* it may refill an iceberg by a draw */
    assert_int_not_equal(seen[0].cmd.seed, 99);
    assert_int_equal(seen[1].cmd.seed, 0);
    assert_int_equal(seen[0].cmd.ring, 0);
    assert_int_equal(seen[0].cmd.session_id, 3);
    assert_int_equal(seen[0].cmd.flags, COMMAND_POSSIBLE_RESEND);
    assert_int_equal(seen[1].cmd.ring, 1);
    assert_true(seen[1].cmd.time_ns >= seen[0].cmd.time_ns);
    assert_int_equal(core.prefetch_cnt, 2);
}

static void
test_sequencer_rings_the_readers_when_it_has_written(void **state)
{
    (void)state;
    uint32_t ticket = bell_seen(&reader_bell);
    cycle();
    assert_int_equal(reader_bell.word, ticket);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 1);
    cycle();
    assert_int_not_equal(reader_bell.word, ticket);
}

static void
test_sequencer_takes_from_ports_in_turn(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        give(&ports[0], COMMAND_ORDER_NEW, 1, i);
        give(&ports[1], COMMAND_ORDER_NEW, 2, i);
    }
    run_dry();
    assert_int_equal(seen_cnt, 200);
    uint64_t next[2] = {0, 0};
    uint32_t in_a_row = 0;
    for (uint32_t i = 0; i < 200; i++) {
        uint16_t ring = seen[i].cmd.ring;
        assert_int_equal(seen[i].cmd.client_seq, next[ring]++);
        in_a_row = i > 0 && seen[i - 1].cmd.ring == ring ? in_a_row + 1 : 1;
        assert_true(in_a_row <= 8 || next[1 - ring] == 100);
    }
}

static void
test_sequencer_without_room_holds_the_producers_back(void **state)
{
    (void)state;
    uint64_t given = 0;
    for (int i = 0; i < 10000; i++) { /* until the log, then the ring is full */
        if (give(&ports[0], COMMAND_ORDER_NEW, 1, given)) {
            given++;
        }
        if (i % 4 == 0) {
            (void)cycle();
        }
    }
    assert_true(given < 10000);
    assert_int_equal(cycle(), 0);
    int64_t due = sequencer_tile_ops.next_due(seq);
    assert_true(due < clock_mono_ns() + CLOCK_NS_PER_MS); /* looks again soon */
    run_dry();
    run_dry();
    while (seen_cnt < given) {
        uint32_t before = seen_cnt;
        run_dry();
        assert_true(seen_cnt > before);
    }
    for (uint64_t i = 0; i < given; i++) {
        assert_int_equal(seen[i].cmd.client_seq, i);
    }
    assert_true(metric_get(seq->metrics.log_full) > 0);
}

static void
test_sequencer_carries_on_work_before_anything_else(void **state)
{
    (void)state;
    core.work_each = 100; /* more than one cycle's share */
    give(&ports[0], COMMAND_MASS_CANCEL, 1, 1);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 2);
    run_dry();
    assert_int_equal(seen_cnt, 102);
    assert_int_equal(seen[0].cmd.rec.type, COMMAND_MASS_CANCEL);
    for (uint32_t i = 1; i <= 100; i++) {
        assert_int_equal(seen[i].cmd.rec.type, COMMAND_CONTINUE);
        assert_int_equal(seen[i].cmd.ring, 0xffff);
        assert_int_not_equal(seen[i].cmd.seed, 0);
        assert_int_not_equal(seen[i].cmd.seed, seen[i - 1].cmd.seed);
    }
    assert_int_equal(seen[101].cmd.rec.type, COMMAND_ORDER_NEW);
}

static void
test_sequencer_ticks_when_due_and_not_before(void **state)
{
    (void)state;
    run_dry();
    assert_int_equal(seen_cnt, 0);
    assert_true(sequencer_tile_ops.next_due(seq) <= seq->looked_ns + CLOCK_NS_PER_S);
    core.next_due_ns = clock_utc_ns() + 3600 * (int64_t)CLOCK_NS_PER_S;
    run_dry();
    assert_int_equal(seen_cnt, 0);
    core.next_due_ns = clock_utc_ns() - CLOCK_NS_PER_S;
    assert_true(sequencer_tile_ops.next_due(seq) <= clock_mono_ns());
    run_dry();
    assert_int_equal(seen_cnt, 1);
    assert_int_equal(seen[0].cmd.rec.type, COMMAND_TICK);
    run_dry();
    assert_int_equal(seen_cnt, 1);
}

static void
test_sequencer_drops_what_is_malformed(void **state)
{
    (void)state;
    struct command *cmd = port_claim(&ports[0]);
    memset(cmd, 0xff, COMMAND_BYTES_MAX);
    port_send(&ports[0]);
    cmd = port_claim(&ports[0]);
    command_init(cmd, COMMAND_ORDER_NEW);
    cmd->rec.length_bytes += 8;
    port_send(&ports[0]);
    cmd = port_claim(&ports[0]);
    command_init(cmd, COMMAND_ORDER_NEW);
    cmd->rec.type = 9999;
    port_send(&ports[0]);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 1);
    run_dry();
    assert_int_equal(seen_cnt, 1);
    assert_int_equal(metric_get(seq->metrics.malformed), 3);
}

static void
test_sequencer_takes_what_clients_negotiate(void **state)
{
    (void)state;
    const uint16_t own[] = {COMMAND_DEAL,        COMMAND_DEAL_PROPOSE,  COMMAND_DEAL_ANSWER,
                            COMMAND_REQUEST,     COMMAND_REQUEST_QUOTE, COMMAND_REQUEST_HIT,
                            COMMAND_REQUEST_PASS};
    const size_t cnt = sizeof(own) / sizeof(own[0]);
    for (size_t i = 0; i < cnt; i++)
        give(&ports[1], own[i], 0, i + 1);
    give(&ports[1], COMMAND_DEAL_RULES, 0, cnt + 1); /* which only an operator sets */
    run_dry();
    assert_int_equal(seen_cnt, cnt);
    assert_int_equal(seen[cnt - 1].cmd.rec.type, COMMAND_REQUEST_PASS);
    assert_int_equal(metric_get(seq->metrics.forbidden), 1);
}

static void
test_sequencer_drops_what_a_port_may_not_send(void **state)
{
    (void)state;
    const uint16_t own[] = {COMMAND_GENESIS, COMMAND_EPOCH, COMMAND_TICK, COMMAND_CONTINUE,
                            COMMAND_MODE};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        give(&ports[0], own[i], 0, 0);
        give(&ports[1], own[i], 0, 0);
    }
    give(&ports[0], COMMAND_DEPOSIT, 0, 1); /* the operator's port may */
    give(&ports[1], COMMAND_DEPOSIT, 0, 0);
    struct command *cmd = port_claim(&ports[1]); /* a client as an operator */
    command_init(cmd, COMMAND_ORDER_NEW);
    cmd->actor_id = 3;
    port_send(&ports[1]);
    give(&ports[1], COMMAND_WITHDRAW, 0, 2);
    run_dry();
    assert_int_equal(seen_cnt, 2);
    assert_int_equal(seen[0].cmd.rec.type, COMMAND_DEPOSIT);
    assert_int_equal(seen[1].cmd.rec.type, COMMAND_WITHDRAW);
    assert_int_equal(metric_get(seq->metrics.forbidden), 12);
}

static void
test_sequencer_follows_cancel_only_there_and_back(void **state)
{
    (void)state;
    struct command_epoch epoch;
    struct error err = {0};
    command_init(&epoch.cmd, COMMAND_EPOCH);
    assert_int_equal(sequencer_inject(seq, &epoch.cmd, &err), 0);
    run_dry();
    assert_int_equal(seen_cnt, 1);
    atomic_store(&durable.cancel_only, 1);
    run_dry();
    run_dry();
    assert_int_equal(seen_cnt, 2);
    assert_int_equal(seen[1].cmd.rec.type, COMMAND_MODE);
    assert_int_equal(seen[1].mode, MODE_CANCEL_ONLY);
    assert_true(port_cancel_only(&ports[0]));
    assert_true(port_cancel_only(&ports[1]));
    atomic_store(&durable.cancel_only, 0);
    run_dry();
    assert_int_equal(seen_cnt, 3);
    assert_int_equal(seen[2].mode, MODE_NORMAL);
    assert_false(port_cancel_only(&ports[1]));
}

static void
test_sequencer_stops_for_good_when_the_journal_has_failed(void **state)
{
    (void)state;
    struct error err = {0};
    struct command cmd;
    atomic_store(&durable.failed, 1);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 1);
    run_dry();
    assert_int_equal(seen_cnt, 0);
    command_init(&cmd, COMMAND_CHECKPOINT);
    assert_int_equal(sequencer_inject(seq, &cmd, &err), ERR_IO);
    assert_int_equal(sequencer_tile_ops.next_due(seq), INT64_MAX);
}

static void
test_sequencer_injects_with_events_and_continues(void **state)
{
    (void)state;
    struct error err = {0};
    struct command_mass_cancel cmd;
    command_init(&cmd.cmd, COMMAND_MASS_CANCEL);
    core.work_each = 3;
    assert_int_equal(sequencer_inject(seq, &cmd.cmd, &err), 0);
    size_t bytes = 0;
    const struct event_reject *ev = sequencer_events(seq, &bytes);
    assert_int_equal(bytes, sizeof(*ev));
    assert_int_equal(ev->command_type, COMMAND_MASS_CANCEL);
    read_log();
    assert_int_equal(seen_cnt, 4);
    assert_int_equal(seen[0].cmd.ring, 0xffff);
    cmd.cmd.rec.length_bytes = 8;
    assert_int_equal(sequencer_inject(seq, &cmd.cmd, &err), ERR_INVALID);
}

static void
test_sequencer_holds_a_jump_of_the_clock_until_it_is_accepted(void **state)
{
    (void)state;
    int64_t hour = 3600 * (int64_t)CLOCK_NS_PER_S;
    seq->clock.offset_ns -= hour; /* as if the system clock had jumped forward by an hour */
    seq->clock.last_ns -= hour;
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    assert_true(metric_get(seq->metrics.clock_held_ns) > hour - CLOCK_NS_PER_S);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 1);
    run_dry();
    assert_true(seen[0].cmd.time_ns < clock_utc_ns() - hour / 2);
    sequencer_clock_release(seq);
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    assert_int_equal(metric_get(seq->metrics.clock_held_ns), 0);
    give(&ports[0], COMMAND_ORDER_NEW, 1, 2);
    run_dry();
    assert_true(seen[1].cmd.time_ns > clock_utc_ns() - hour / 2);
}

static int
producer_process(void)
{
    struct port p;
    struct error err = {0};
    if (port_attach(&p, port_path, bell_path, &err) != 0) {
        return 1;
    }
    bool ok = give(&p, COMMAND_SESSION_UP, 11, 1) && give(&p, COMMAND_SESSION_UP, 12, 2) &&
              give(&p, COMMAND_SESSION_UP, 13, 3) && give(&p, COMMAND_SESSION_DOWN, 12, 4) &&
              give(&p, COMMAND_ORDER_NEW, 13, 5);
    if (ok) {
        (void)raise(SIGKILL);
    }
    return 2;
}

static void
test_sequencer_closes_the_sessions_of_a_producer_that_died(void **state)
{
    (void)state;
    give(&ports[0], COMMAND_SESSION_UP, 10, 0); /* of another port: stays up */
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(producer_process());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    seq->looked_ns = clock_mono_ns() - CLOCK_NS_PER_S;
    assert_true(sequencer_tile_ops.next_due(seq) <= clock_mono_ns());
    run_dry();
    assert_int_equal(seen_cnt, 8);
    bool down_11 = false, down_13 = false;
    for (uint32_t i = 6; i < 8; i++) { /* behind everything that it had published */
        assert_int_equal(seen[i].cmd.rec.type, COMMAND_SESSION_DOWN);
        assert_int_equal(seen[i].cmd.incarnation, 5);
        assert_int_equal(seen[i].cmd.ring, 1);
        down_11 |= seen[i].cmd.session_id == 11;
        down_13 |= seen[i].cmd.session_id == 13;
    }
    assert_true(down_11 && down_13);
    assert_int_equal(ports[1].shared->attached_pid, 0);
    assert_int_equal(metric_get(seq->metrics.producers_lost), 1);
    assert_int_equal(seq->up_cnt, 1);
    seq->looked_ns = clock_mono_ns() - CLOCK_NS_PER_S;
    run_dry();
    assert_int_equal(seen_cnt, 8); /* once */
}

static void
test_sequencer_epoch_forgets_all_sessions(void **state)
{
    (void)state;
    struct error err = {0};
    struct command_epoch epoch;
    give(&ports[0], COMMAND_SESSION_UP, 10, 0);
    run_dry();
    assert_int_equal(seq->up_cnt, 1);
    command_init(&epoch.cmd, COMMAND_EPOCH);
    assert_int_equal(sequencer_inject(seq, &epoch.cmd, &err), 0);
    assert_int_equal(seq->up_cnt, 0);
}

/* --- as a tile, with two producers on threads of their own --- */

enum { EACH_CNT = 1500 };

static void *
producer_thread(void *arg)
{
    struct port *p = arg;
    for (uint64_t i = 0; i < EACH_CNT; i++) {
        while (!give(p, COMMAND_ORDER_NEW, 1, i)) {
            (void)sched_yield();
        }
    }
    return NULL;
}

static void
test_sequencer_tile_takes_all_of_two_producers(void **state)
{
    (void)state;
    struct error err = {0};
    struct tile tile = {
        .ops = &sequencer_tile_ops, .self = seq, .bell = bell, .cpu = -1, .spin_ns = 20000};
    assert_int_equal(tile_start(&tile, metrics, &err), 0);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, producer_thread, &ports[i]), 0);
    }
    int64_t deadline = clock_mono_ns() + DEADLINE_S * (int64_t)CLOCK_NS_PER_S;
    while (seen_cnt < 2 * EACH_CNT) {
        uint32_t ticket = bell_seen(&reader_bell);
        read_log();
        if (seen_cnt < 2 * EACH_CNT) {
            bell_wait(&reader_bell, ticket, clock_mono_ns() + CLOCK_NS_PER_MS);
        }
        assert_true(clock_mono_ns() < deadline);
    }
    uint64_t next[2] = {0, 0};
    for (uint32_t i = 0; i < seen_cnt; i++) {
        assert_int_equal(seen[i].cmd.client_seq, next[seen[i].cmd.ring]++);
    }
    tile_stop(&tile);
    tile_join(&tile);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void
test_sequencer_tells_a_timetable_what_its_zone_has_come_to(void **state)
{
    (void)state;
    core.timetable_cnt = 1;
    core.timetable = (struct timetable){.entry_cnt = 1, .offset_cnt = 1, .zone = "Two/Hours"};
    core.work_pending = 2; /* goes first */
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    assert_true(sequencer_tile_ops.next_due(seq) <= clock_mono_ns());
    run_dry();
    assert_int_equal(seen_cnt, 3);
    assert_int_equal(seen[2].cmd.rec.type, COMMAND_TIMETABLE);
    assert_int_equal(seen[2].cmd.actor_id, 0);
    assert_int_equal(core.timetable.offsets[0].offset_s, 7200);
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    run_dry();
    assert_int_equal(seen_cnt, 3); /* it knows */
    core.timetable = (struct timetable){.entry_cnt = 1, .offset_cnt = 1, .zone = "No/Where"};
    sequencer_tile_ops.housekeep(seq, clock_mono_ns());
    run_dry();
    assert_int_equal(seen_cnt, 3);
}

int
main(void)
{
#define SEQ_TEST(name) cmocka_unit_test_setup_teardown(name, open_sequencer, close_sequencer)
    const struct CMUnitTest tests[] = {
        SEQ_TEST(test_sequencer_stamps_commands_and_puts_events_behind_them),
        SEQ_TEST(test_sequencer_rings_the_readers_when_it_has_written),
        SEQ_TEST(test_sequencer_takes_from_ports_in_turn),
        SEQ_TEST(test_sequencer_without_room_holds_the_producers_back),
        SEQ_TEST(test_sequencer_carries_on_work_before_anything_else),
        SEQ_TEST(test_sequencer_ticks_when_due_and_not_before),
        SEQ_TEST(test_sequencer_drops_what_is_malformed),
        SEQ_TEST(test_sequencer_takes_what_clients_negotiate),
        SEQ_TEST(test_sequencer_drops_what_a_port_may_not_send),
        SEQ_TEST(test_sequencer_follows_cancel_only_there_and_back),
        SEQ_TEST(test_sequencer_stops_for_good_when_the_journal_has_failed),
        SEQ_TEST(test_sequencer_injects_with_events_and_continues),
        SEQ_TEST(test_sequencer_holds_a_jump_of_the_clock_until_it_is_accepted),
        SEQ_TEST(test_sequencer_closes_the_sessions_of_a_producer_that_died),
        SEQ_TEST(test_sequencer_epoch_forgets_all_sessions),
        SEQ_TEST(test_sequencer_tells_a_timetable_what_its_zone_has_come_to),
        SEQ_TEST(test_sequencer_tile_takes_all_of_two_producers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
