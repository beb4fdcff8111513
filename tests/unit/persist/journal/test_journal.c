#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/log.h"
#include "engine/model/event.h"
#include "persist/journal/batch.h"
#include "persist/journal/format.h"
#include "persist/journal/reader.h"
#include "persist/journal/snapshot.h"
#include "tests/unit/persist/journal/rig.h"

static struct error *const err = &rig_failure;

/* Opens, begins, writes `cnt` commands of event_cnt events, settling after every `each`. */
static void
write_some(struct rig *v, uint32_t cnt, uint32_t event_cnt, uint32_t each)
{
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    for (uint32_t i = 1; i <= cnt; i++) {
        rig_command(v, event_cnt);
        if (i % each == 0)
            rig_settle(v);
    }
    rig_settle(v);
}

static void
segment_path(const struct rig *v, uint64_t first, char out[256])
{
    (void)snprintf(out, 256, "%s/journal/%020" PRIu64 ".seg", v->dir, first);
}

static void
poke(const char *path, uint64_t offset, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, (off_t)offset), length);
    assert_int_equal(close(fd), 0);
}

static void
flip(const char *path, uint64_t offset)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    assert_int_equal(close(fd), 0);
}

/* The batches that a journal holds, by a foreign reader. */
static uint32_t
list_batches(const struct rig *v, struct journal_batch *out, uint32_t max)
{
    struct journal_reader *r;
    const uint8_t *records;
    size_t bytes;
    uint32_t cnt = 0;
    OK(journal_reader_open(&r, v->dir, NULL, err));
    while (journal_reader_next_batch(r, &records, &bytes, err) == 1) {
        assert_true(cnt < max);
        journal_reader_batch(r, &out[cnt++]);
    }
    journal_reader_close(r);
    return cnt;
}

static void
test_new_journal_is_empty_and_clean(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.cmd_seq, 0);
    assert_int_equal(s.clean, 1);
    assert_int_equal(s.tail_lost, 0);
}

static void
test_clean_stop_and_start_give_the_same_state(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    write_some(v, 500, 3, 7);
    uint64_t digest = core_digest_of(v->core), cmd_seq = core_cmd_seq(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.cmd_seq, cmd_seq);
    assert_int_equal(s.clean, 1);
    assert_int_equal(s.epoch, 1);
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_stop_without_order_is_told(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    write_some(v, 100, 2, 1);
    uint64_t digest = core_digest_of(v->core);
    rig_close(v);
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.clean, 0);
    assert_int_equal(s.tail_lost, 0);
    assert_int_equal(s.cut_bytes, 0);
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_async_says_that_a_tail_may_be_lost(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    v->options.durability = JOURNAL_ASYNC;
    write_some(v, 100, 2, 1);
    rig_close(v);
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.tail_lost, 1);
    struct command_epoch epoch;
    memset(&epoch, 0, sizeof(epoch));
    journal_epoch_fill(v->j, &epoch);
    assert_int_equal(epoch.tail_lost, 1);
    assert_int_equal(epoch.unclean, 1);
    assert_int_equal(epoch.cmd.rec.epoch, 2);
    rig_begin(v);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.tail_lost, 0);
}

static void
test_journal_goes_on_over_segments(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    write_some(v, 1500, 250, 40);
    uint64_t digest = core_digest_of(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_true(s.segment_cnt >= 2);
    assert_true(core_digest_of(v->core) == digest);
    /* and it can be gone on with */
    rig_begin(v);
    rig_command(v, 5);
    digest = core_digest_of(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_largest_command_fits(void **state)
{
    struct rig *v = *state;
    write_some(v, 20, EVENT_MAX, 100);
    uint64_t digest = core_digest_of(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_second_owner_is_refused_by_name(void **state)
{
    struct rig *v = *state;
    struct journal *other;
    char pid[32];
    OK(rig_open(v, err));
    assert_int_equal(journal_open(&other, v->dir, &v->options, err), ERR_BUSY);
    (void)snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    assert_non_null(strstr(err->text, pid));
}

/* Of a batch whose bytes begin the file's end: from its begin to the last byte that is not zero, in
 * blocks. A sector that is lost may be all that the last block held. */
static uint64_t
held_bytes(const char *path, const struct journal_batch *b)
{
    uint8_t block[JOURNAL_BLOCK_BYTES];
    uint64_t held = 0;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    for (uint64_t at = 0; at < b->head.disk_bytes; at += sizeof(block)) {
        assert_int_equal(pread(fd, block, sizeof(block), (off_t)(b->offset + at)), sizeof(block));
        if (!bytes_are_zero(block, sizeof(block)))
            held = at + sizeof(block);
    }
    assert_int_equal(close(fd), 0);
    return held;
}

static void
test_torn_tail_is_cut_and_told(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    struct journal_state s;
    char path[256];
    static const uint8_t zeros[512];
    write_some(v, 10, 200, 1);
    rig_close(v);
    uint32_t cnt = list_batches(v, b, 64);
    const struct journal_batch *last = &b[cnt - 1];
    segment_path(v, 1, path);
    for (uint64_t at = 0; at < last->head.data_bytes; at += 4096 + 512) {
        OK(rig_open(v, err)); /* whole again, and a new batch at its end */
        journal_state(v->j, &s);
        rig_begin(v);
        rig_command(v, 200);
        rig_settle(v);
        rig_close(v);
        cnt = list_batches(v, b, 64);
        last = &b[cnt - 1];
        /* The sizes are drawn anew: this batch may end before that sector. */
        uint64_t lost = at < last->head.data_bytes ? at : last->head.data_bytes - 1;
        poke(path, last->offset + lost / 512 * 512, zeros, sizeof(zeros));
        uint64_t held = held_bytes(path, last);
        OK(rig_open(v, err));
        journal_state(v->j, &s);
        assert_int_equal(s.cmd_seq, b[cnt - 2].head.last_cmd_seq);
        assert_int_equal(s.event_seq, b[cnt - 2].head.last_event_seq);
        assert_int_equal(s.cut_bytes, held);
        assert_int_equal(s.cut_offset, last->offset);
        assert_string_equal(s.cut_file, last->file);
        rig_close(v);
        OK(rig_open(v, err));
        journal_state(v->j, &s);
        assert_int_equal(s.cut_bytes, 0);
        rig_close(v);
        if (cnt > 50)
            break;
    }
}

static void
test_damage_before_the_tail_stops_the_start(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    char path[256];
    write_some(v, 20, 3, 1);
    rig_close(v);
    assert_true(list_batches(v, b, 64) > 10);
    segment_path(v, 1, path);
    flip(path, b[5].offset + 300);
    assert_int_equal(rig_open(v, err), ERR_CORRUPT);
    assert_non_null(strstr(err->text, "journal/00000000000000000001.seg: byte "));
    assert_non_null(strstr(err->text, "expected"));
    assert_non_null(strstr(err->text, "found"));
    flip(path, b[5].offset + 300);
    OK(rig_open(v, err));
}

static void
test_lost_batch_before_the_tail_stops_the_start(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    char path[256];
    static const uint8_t zeros[1 << 16];
    write_some(v, 20, 3, 1);
    rig_close(v);
    assert_true(list_batches(v, b, 64) > 10);
    segment_path(v, 1, path);
    poke(path, b[7].offset, zeros, b[7].head.disk_bytes);
    assert_int_equal(rig_open(v, err), ERR_CORRUPT);
    assert_non_null(strstr(err->text, "found zeros"));
}

static void
test_any_flipped_byte_of_any_batch_is_found(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    char path[256];
    write_some(v, 3, 2, 1);
    rig_close(v);
    uint32_t cnt = list_batches(v, b, 64);
    segment_path(v, 1, path);
    for (uint64_t at = b[1].offset; at < b[cnt - 1].offset + b[cnt - 1].head.disk_bytes;) {
        struct journal *j;
        flip(path, at);
        assert_int_equal(journal_open(&j, v->dir, &v->options, err), ERR_CORRUPT);
        flip(path, at);
        at += at % 4096 < 1200 ? 7 : 401;
    }
    OK(rig_open(v, err));
}

/* Both the start and who looks at everything refuse, and say where and why. */
static void
expect_missing(struct rig *v, const char *name, const char *why)
{
    const struct journal_options look = {.read_only = 1, .no_snapshot = 1};
    struct journal *j;
    for (int i = 0; i < 2; i++) {
        const struct journal_options *o = i == 0 ? &look : &v->options;
        assert_int_equal(journal_open(&j, v->dir, o, err), ERR_CORRUPT);
        assert_non_null(strstr(err->text, name));
        assert_non_null(strstr(err->text, why));
        assert_non_null(strstr(err->text, "what was durable is missing"));
    }
}

static void
test_segment_cut_short_stops_the_start(void **state)
{
    static const off_t sizes[] = {0, 1, 4096, 1000000};
    struct rig *v = *state;
    char path[256], why[64];
    write_some(v, 20, 3, 1);
    OK(rig_stop(v, err));
    segment_path(v, 1, path);
    for (size_t i = sizeof(sizes) / sizeof(sizes[0]); i-- > 0;) {
        assert_int_equal(truncate(path, sizes[i]), 0);
        (void)snprintf(why, sizeof(why), sizes[i] < 4096 ? "a file of %jd bytes" : "has %jd",
                       (intmax_t)sizes[i]);
        expect_missing(v, "journal/00000000000000000001.seg", why);
    }
}

static void
test_segment_that_grew_stops_the_start(void **state)
{
    struct rig *v = *state;
    char path[256];
    write_some(v, 20, 3, 1);
    OK(rig_stop(v, err));
    segment_path(v, 1, path);
    assert_int_equal(truncate(path, 64 << 20), 0);
    expect_missing(v, "journal/00000000000000000001.seg", "the file has 67108864");
}

static void
test_journal_that_ends_before_the_snapshot_is_missing_something(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    char path[256];
    static uint8_t zeros[1 << 20];
    write_some(v, 20, 3, 1);
    OK(journal_snapshot_write(v->j, v->core, err));
    OK(rig_stop(v, err));
    assert_true(list_batches(v, b, 64) > 10);
    segment_path(v, 1, path);
    poke(path, b[7].offset, zeros, sizeof(zeros));
    expect_missing(v, "snapshots/", "it covers command");
}

static void
test_who_looks_holds_no_lock(void **state)
{
    const struct journal_options look = {.read_only = 1, .no_snapshot = 1};
    struct rig *v = *state;
    struct journal *j;
    write_some(v, 20, 3, 1);
    rig_close(v);
    OK(journal_open(&j, v->dir, &look, err));
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    journal_close(j);
}

static void
test_newer_format_is_refused(void **state)
{
    struct rig *v = *state;
    char path[256];
    uint8_t block[4096];
    write_some(v, 3, 2, 1);
    rig_close(v);
    segment_path(v, 1, path);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, block, sizeof(block)), sizeof(block));
    (void)close(fd);
    struct record_segment *s = (struct record_segment *)block;
    s->format = JOURNAL_FORMAT + 1;
    record_seal(&s->rec);
    poke(path, 0, block, sizeof(block));
    assert_int_equal(rig_open(v, err), ERR_UNSUPPORTED);
    assert_non_null(strstr(err->text, "format: expected 1, found 2"));
}

static void
test_replay_that_differs_names_the_sequence(void **state)
{
    struct rig *v = *state;
    write_some(v, 20, 3, 5);
    rig_command_marked(v, 77);
    rig_command(v, 1);
    rig_settle(v);
    OK(rig_stop(v, err));
    rig_skew(77);
    assert_int_equal(rig_open(v, err), ERR_CORRUPT);
    rig_skew(0);
    assert_non_null(strstr(err->text, "of command 23"));
    OK(rig_open(v, err));
}

static void
test_snapshot_shortens_the_start(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    write_some(v, 200, 3, 9);
    OK(journal_snapshot_write(v->j, v->core, err));
    uint64_t covered = core_cmd_seq(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    rig_begin(v);
    rig_command(v, 4);
    rig_settle(v);
    uint64_t digest = core_digest_of(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.snapshot_seq, covered);
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_damaged_snapshot_is_passed_over(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    char path[256];
    write_some(v, 20, 3, 9);
    OK(journal_snapshot_write(v->j, v->core, err));
    uint64_t first = core_cmd_seq(v->core);
    rig_command(v, 4);
    rig_settle(v);
    OK(journal_snapshot_write(v->j, v->core, err));
    uint64_t digest = core_digest_of(v->core), second = core_cmd_seq(v->core);
    OK(rig_stop(v, err));
    (void)snprintf(path, sizeof(path), "%s/snapshots/%020" PRIu64 ".snap", v->dir, second);
    flip(path, 170);
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.snapshot_seq, first);
    assert_int_equal(s.snapshots_bad, 1);
    assert_true(core_digest_of(v->core) == digest);
}

/* Files that an operator set aside, or whose names only look like a snapshot's or a spare's. */
static void
test_files_are_known_by_their_whole_names(void **state)
{
    struct rig *v = *state;
    struct journal_state s;
    static const char *const odd[] = {"snapshots/+0000000000000099999.snap",
                                      "snapshots/ 0000000000000099999.snap",
                                      "snapshots/99999.snap aaaaaaaaaaaaaa",
                                      "snapshots/00000000000000099999.snap2",
                                      "snapshots/00000000000000099999.snap.bad",
                                      "snapshots/0000000000000099999.snap",
                                      "journal/spare-099.zero",
                                      "journal/spare-+99.zero",
                                      "journal/spare-99.zero old",
                                      "journal/spare-99.tmp old"};
    write_some(v, 20, 3, 9);
    v->options.snapshots_kept = 1;
    OK(journal_snapshot_write(v->j, v->core, err));
    uint64_t covered = core_cmd_seq(v->core);
    OK(rig_stop(v, err));
    char path[256];
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", v->dir, odd[i]);
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        assert_true(file >= 0);
        (void)close(file);
    }
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    assert_int_equal(s.snapshot_seq, covered);
    assert_int_equal(s.snapshots_bad, 0);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", v->dir, odd[i]);
        assert_int_equal(access(path, F_OK), 0);
    }
}

static void
test_snapshot_ahead_of_the_journal_stops_the_start(void **state)
{
    struct rig *v = *state;
    struct journal_batch b[64];
    char path[256];
    static const uint8_t zeros[1 << 16];
    write_some(v, 20, 3, 1);
    OK(journal_snapshot_write(v->j, v->core, err));
    rig_close(v);
    uint32_t cnt = list_batches(v, b, 64);
    segment_path(v, 1, path);
    poke(path, b[cnt - 1].offset, zeros, b[cnt - 1].head.disk_bytes);
    assert_int_equal(rig_open(v, err), ERR_CORRUPT);
    assert_non_null(strstr(err->text, "what was durable is missing"));
}

static void
test_old_snapshots_go(void **state)
{
    struct rig *v = *state;
    char path[256];
    uint64_t seqs[5];
    v->options.snapshots_kept = 2;
    write_some(v, 2, 1, 1);
    for (int i = 0; i < 5; i++) {
        rig_command(v, 1);
        rig_settle(v);
        seqs[i] = core_cmd_seq(v->core);
        OK(journal_snapshot_write(v->j, v->core, err));
    }
    for (int i = 0; i < 5; i++) {
        (void)snprintf(path, sizeof(path), "%s/snapshots/%020" PRIu64 ".snap", v->dir, seqs[i]);
        assert_int_equal(access(path, F_OK), i < 3 ? -1 : 0);
    }
}

static void
test_state_of_the_past_by_sequence(void **state)
{
    struct rig *v = *state;
    uint64_t digests[60];
    OK(rig_open(v, err));
    rig_begin(v);
    for (int i = 0; i < 50; i++) {
        rig_command(v, (uint32_t)i % 6);
        digests[core_cmd_seq(v->core)] = core_digest_of(v->core);
    }
    OK(rig_stop(v, err));
    struct journal_options look = {.read_only = 1, .no_snapshot = 1};
    struct journal *j;
    OK(journal_open(&j, v->dir, &look, err));
    for (uint64_t to = 10; to < 50; to += 13) {
        struct core *core =
            core_init(calloc(1, core_footprint(&v->genesis, NULL)), &v->genesis, NULL);
        struct journal_replay r = {.to_cmd_seq = to};
        OK(journal_replay(j, core, &r, err));
        assert_int_equal(core_cmd_seq(core), to);
        assert_true(core_digest_of(core) == digests[to]);
        free(core);
    }
    journal_close(j);
}

/* docs/journal-format.md says enough: a reader made of it alone finds the same. */
static void
test_second_reader_finds_the_same(void **state)
{
    struct rig *v = *state;
    char command[300], found[200] = "", expected[200];
    struct journal_state s;
    write_some(v, 150, 4, 7);
    rig_command(v, 250);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    journal_state(v->j, &s);
    size_t at = (size_t)snprintf(expected, sizeof(expected),
                                 "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " ", s.cmd_seq,
                                 s.event_seq, s.batch, s.segment_cnt);
    for (size_t i = 0; i < sizeof(s.chain_head); i++)
        at += (size_t)snprintf(expected + at, sizeof(expected) - at, "%02x", s.chain_head[i]);
    (void)snprintf(command, sizeof(command), "python3 tests/ref/journal_reader.py %s", v->dir);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    assert_non_null(fgets(found, sizeof(found), out));
    found[strcspn(found, "\n")] = '\0';
    assert_string_equal(found, expected);
    assert_int_equal(pclose(out), 0);
}

int
main(void)
{
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_journal_is_empty_and_clean, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_clean_stop_and_start_give_the_same_state, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_stop_without_order_is_told, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_async_says_that_a_tail_may_be_lost, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_journal_goes_on_over_segments, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_largest_command_fits, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_second_owner_is_refused_by_name, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_torn_tail_is_cut_and_told, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_damage_before_the_tail_stops_the_start, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_lost_batch_before_the_tail_stops_the_start, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_any_flipped_byte_of_any_batch_is_found, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_segment_cut_short_stops_the_start, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_segment_that_grew_stops_the_start, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(
            test_journal_that_ends_before_the_snapshot_is_missing_something, rig_set_up,
            rig_tear_down),
        cmocka_unit_test_setup_teardown(test_who_looks_holds_no_lock, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_newer_format_is_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_replay_that_differs_names_the_sequence, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot_shortens_the_start, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_snapshot_is_passed_over, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_known_by_their_whole_names, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_snapshot_ahead_of_the_journal_stops_the_start,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_old_snapshots_go, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_state_of_the_past_by_sequence, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_second_reader_finds_the_same, rig_set_up,
                                        rig_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
