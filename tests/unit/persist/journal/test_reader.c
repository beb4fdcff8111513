/* ctest-labels: tsan */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/tile.h"
#include "engine/model/event.h"
#include "persist/journal/reader.h"
#include "persist/journal/source.h"
#include "tests/unit/persist/journal/rig.h"

static struct error *const err = &rig_failure;

static void
begin(struct rig *v, uint32_t cnt, uint32_t event_cnt, uint32_t each)
{
    OK(rig_open(v, err));
    rig_begin(v);
    for (uint32_t i = 1; i <= cnt; i++) {
        rig_command(v, event_cnt);
        if (i % each == 0)
            rig_settle(v);
    }
    rig_settle(v);
}

/* Reads on from where the reader stands to the end; numbers must follow each other. */
static void
read_all(struct journal_reader *r, uint64_t first_cmd, uint64_t first_event, uint64_t *last_cmd,
         uint64_t *last_event)
{
    const struct record *rec;
    int rc;
    while ((rc = journal_reader_next(r, &rec, err)) == 1) {
        if (rec->kind == RECORD_COMMAND)
            assert_int_equal(rec->seq, first_cmd++);
        else
            assert_int_equal(rec->seq, first_event++);
    }
    assert_int_equal(rc, 0);
    *last_cmd = first_cmd - 1;
    *last_event = first_event - 1;
}

static void
test_reader_gives_everything_in_order(void **state)
{
    struct rig *v = *state;
    struct journal_reader *r;
    uint64_t cmd, event;
    begin(v, 300, 5, 17);
    OK(journal_reader_open(&r, v->dir, NULL, err));
    read_all(r, 1, 1, &cmd, &event);
    assert_int_equal(cmd, core_cmd_seq(v->core));
    assert_int_equal(event, core_event_seq(v->core));
    /* and goes on with what comes later */
    rig_command(v, 3);
    rig_settle(v);
    read_all(r, cmd + 1, event + 1, &cmd, &event);
    assert_int_equal(event, core_event_seq(v->core));
    journal_reader_close(r);
}

static void
seek_everywhere(struct rig *v, struct journal_reader *r)
{
    const struct record *rec;
    uint64_t last = core_event_seq(v->core);
    for (uint64_t seq = 1; seq <= last; seq += 1 + last / 97) {
        OK(journal_reader_seek_event(r, seq, err));
        assert_int_equal(journal_reader_next(r, &rec, err), 1);
        assert_int_equal(rec->kind, RECORD_EVENT);
        assert_int_equal(rec->seq, seq);
    }
    for (uint64_t seq = 1; seq <= core_cmd_seq(v->core); seq += 1 + core_cmd_seq(v->core) / 97) {
        OK(journal_reader_seek_cmd(r, seq, err));
        assert_int_equal(journal_reader_next(r, &rec, err), 1);
        assert_int_equal(rec->kind, RECORD_COMMAND);
        assert_int_equal(rec->seq, seq);
    }
    OK(journal_reader_seek_event(r, last + 1, err));
    assert_int_equal(journal_reader_next(r, &rec, err), 0);
}

static void
test_reader_seeks_over_segments(void **state)
{
    struct rig *v = *state;
    struct journal_reader *r;
    begin(v, 1500, 250, 3);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    OK(journal_reader_open(&r, v->dir, NULL, err));
    seek_everywhere(v, r);
    journal_reader_close(r);
    OK(journal_reader_open_own(&r, v->j, err));
    seek_everywhere(v, r);
    journal_reader_close(r);
    /* after a start, from the index of the scan */
    rig_close(v);
    OK(rig_open(v, err));
    OK(journal_reader_open_own(&r, v->j, err));
    seek_everywhere(v, r);
    journal_reader_close(r);
}

static void
test_reader_before_the_first_record_waits(void **state)
{
    struct rig *v = *state;
    struct journal_reader *r;
    const struct record *rec;
    OK(rig_open(v, err));
    OK(journal_reader_open(&r, v->dir, NULL, err));
    assert_int_equal(journal_reader_next(r, &rec, err), 0);
    rig_begin(v);
    rig_settle(v);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ; /* the first segment gets its name */
    assert_int_equal(journal_reader_next(r, &rec, err), 1);
    assert_int_equal(rec->type, COMMAND_GENESIS);
    journal_reader_close(r);
}

static void
test_source_serves_ranges(void **state)
{
    struct rig *v = *state;
    struct journal_source *s;
    static _Alignas(8) uint8_t out[32768];
    begin(v, 800, 6, 11);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    OK(journal_source_open(&s, v->j, err));
    const struct stream_source *source = journal_source_stream(s);
    uint64_t last = core_event_seq(v->core), next = 1;
    assert_int_equal(source->last_seq(source->self), last);
    assert_int_equal(source->epoch(source->self), 1);
    while (next <= last) {
        int64_t n = source->fetch(source->self, next, out, sizeof(out), NULL, err);
        assert_true(n > 0);
        for (int64_t at = 0; at < n;) {
            const struct event *ev = (const struct event *)(out + at);
            assert_int_equal(ev->rec.seq, next++);
            assert_int_equal(ev->rec.crc32c, 0);
            at += ev->rec.length_bytes;
        }
    }
    assert_int_equal(source->fetch(source->self, last + 1, out, sizeof(out), NULL, err), 0);
    /* a range asked for twice, and one in the middle */
    assert_true(source->fetch(source->self, 100, out, sizeof(out), NULL, err) > 0);
    assert_int_equal(((const struct event *)out)->rec.seq, 100);
    assert_true(source->fetch(source->self, 100, out, 512, NULL, err) > 0);
    assert_int_equal(((const struct event *)out)->rec.seq, 100);
    journal_source_close(s);
}

static void
test_source_checks_checkpoints(void **state)
{
    struct rig *v = *state;
    struct journal_source *s;
    uint8_t early[32], late[32], zero[32] = {0}, wrong[32];
    begin(v, 50, 6, 5);
    uint64_t early_seq = journal_chain_head(v->j, early);
    rig_command(v, 6);
    rig_settle(v);
    uint64_t late_seq = journal_chain_head(v->j, late);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    OK(journal_source_open(&s, v->j, err));
    const struct stream_source *source = journal_source_stream(s);
    memcpy(wrong, late, sizeof(wrong));
    wrong[3] ^= 1;
    assert_int_equal(source->check(source->self, early_seq, 1, early), STREAM_OK);
    assert_int_equal(source->check(source->self, early_seq, 1, late), STREAM_OK);
    assert_int_equal(source->check(source->self, late_seq, 1, late), STREAM_OK);
    assert_int_equal(source->check(source->self, late_seq, 1, zero), STREAM_OK);
    assert_int_equal(source->check(source->self, late_seq, 1, wrong), STREAM_OTHER_CHAIN);
    assert_int_equal(source->check(source->self, late_seq, 1, early), STREAM_OTHER_CHAIN);
    assert_int_equal(source->check(source->self, late_seq + 1, 1, late), STREAM_AHEAD);
    assert_int_equal(source->check(source->self, late_seq, 2, late), STREAM_AHEAD);
    journal_source_close(s);
    /* the head of the mark of a clean stop counts too, in the next run */
    OK(journal_stop(v->j, err));
    (void)journal_chain_head(v->j, late);
    rig_close(v);
    OK(rig_open(v, err));
    OK(journal_source_open(&s, v->j, err));
    source = journal_source_stream(s);
    assert_int_equal(source->check(source->self, late_seq, 1, late), STREAM_OK);
    journal_source_close(s);
}

/* An engine serves its past before its journal's writer has started. */
static void
test_source_knows_the_past_before_the_writer_starts(void **state)
{
    struct rig *v = *state;
    struct journal_source *s;
    uint8_t head[32];
    begin(v, 50, 6, 5);
    uint64_t seq = journal_chain_head(v->j, head);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    rig_close(v);
    OK(journal_open(&v->j, v->dir, &v->options, err));
    OK(journal_source_open(&s, v->j, err));
    const struct stream_source *source = journal_source_stream(s);
    static _Alignas(8) uint8_t out[32768];
    assert_int_equal(source->last_seq(source->self), seq);
    assert_int_equal(source->epoch(source->self), 1);
    assert_int_equal(source->check(source->self, seq, 1, head), STREAM_OK);
    assert_true(source->fetch(source->self, seq, out, sizeof(out), NULL, err) > 0);
    journal_source_close(s);
}

/* Who catches up keeps a checkpoint that is found again near its event, however far the end is. */
static void
test_source_tells_the_head_where_a_range_ends(void **state)
{
    struct rig *v = *state;
    struct journal_source *s;
    static _Alignas(8) uint8_t out[2048];
    uint8_t head[32], end[32];
    begin(v, 400, 6, 5);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    uint64_t last = journal_chain_head(v->j, end);
    OK(journal_source_open(&s, v->j, err));
    const struct stream_source *source = journal_source_stream(s);
    for (uint64_t seq = 1; seq <= last;) {
        int64_t n = source->fetch(source->self, seq, out, sizeof(out), head, err);
        assert_true(n > 0);
        for (int64_t at = 0; at < n; seq++)
            at += ((const struct event *)(out + at))->rec.length_bytes;
        assert_int_equal(source->check(source->self, seq - 1, 1, head), STREAM_OK);
        if (seq + 200 < last)
            assert_int_equal(source->check(source->self, seq + 200, 1, head), STREAM_OTHER_CHAIN);
    }
    assert_memory_equal(head, end, sizeof(head));
    journal_source_close(s);
}

/* A segment that was begun a moment ago has no name yet: that is no foreign chain. */
static void
test_source_does_not_judge_what_it_cannot_read_yet(void **state)
{
    struct rig *v = *state;
    struct journal_source *s;
    uint8_t head[32];
    OK(rig_open(v, err));
    rig_begin(v);
    rig_command(v, 6);
    int64_t deadline_ns = clock_mono_ns() + 10 * (int64_t)CLOCK_NS_PER_S;
    while (atomic_load(&v->mark.cmd_seq) !=
           core_cmd_seq(v->core)) { /* the tile without its helper */
        (void)journal_tile_ops()->poll(v->j, clock_mono_ns());
        assert_true(clock_mono_ns() < deadline_ns);
    }
    uint64_t seq = journal_chain_head(v->j, head);
    OK(journal_source_open(&s, v->j, err));
    const struct stream_source *source = journal_source_stream(s);
    assert_int_equal(source->check(source->self, seq, 1, head), STREAM_LATER);
    while (journal_prepare_step(v->j, clock_mono_ns()) != 0)
        ;
    assert_int_equal(source->check(source->self, seq, 1, head), STREAM_OK);
    journal_source_close(s);
}

struct tail_thread {
    struct rig *v;
    _Atomic uint32_t stop;
    _Atomic uint64_t seen;
    bool own;
};

static void *
follow(void *arg)
{
    struct tail_thread *t = arg;
    struct error e;
    struct journal_reader *r;
    const struct record *rec;
    uint64_t next = 1;
    int rc = t->own ? journal_reader_open_own(&r, t->v->j, &e)
                    : journal_reader_open(&r, t->v->dir, NULL, &e);
    assert_int_equal(rc, 0);
    while (atomic_load_explicit(&t->stop, memory_order_relaxed) == 0) {
        rc = journal_reader_next(r, &rec, &e);
        if (rc < 0)
            fail_msg("%s", e.text);
        if (rc == 1 && rec->kind == RECORD_EVENT) {
            assert_int_equal(rec->seq, next);
            atomic_store_explicit(&t->seen, next++, memory_order_relaxed);
        }
    }
    journal_reader_close(r);
    return NULL;
}

static void
test_readers_follow_a_journal_that_is_written(void **state)
{
    struct rig *v = *state;
    struct tail_thread own = {.v = v, .own = true}, foreign = {.v = v};
    pthread_t threads[2];
    v->options.prepare_off = 0;
    begin(v, 10, 3, 1);
    assert_int_equal(pthread_create(&threads[0], NULL, follow, &own), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, follow, &foreign), 0);
    for (int i = 0; i < 3000; i++) {
        rig_command(v, (uint32_t)(i % 50 == 0 ? 200 : 2));
        (void)journal_tile_ops()->poll(v->j, 0);
    }
    rig_settle(v);
    uint64_t last = core_event_seq(v->core);
    int64_t deadline = clock_mono_ns() + 60 * (int64_t)CLOCK_NS_PER_S;
    while (atomic_load(&own.seen) < last || atomic_load(&foreign.seen) < last)
        assert_true(clock_mono_ns() < deadline);
    atomic_store(&own.stop, 1);
    atomic_store(&foreign.stop, 1);
    (void)pthread_join(threads[0], NULL);
    (void)pthread_join(threads[1], NULL);
}

int
main(void)
{
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reader_gives_everything_in_order, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_reader_seeks_over_segments, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_reader_before_the_first_record_waits, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_source_serves_ranges, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_source_checks_checkpoints, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_source_knows_the_past_before_the_writer_starts,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_source_tells_the_head_where_a_range_ends, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(test_source_does_not_judge_what_it_cannot_read_yet,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(test_readers_follow_a_journal_that_is_written, rig_set_up,
                                        rig_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
