#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/journal/journal.h"
#include "tests/support/fake_disk.h"
#include "tests/unit/persist/journal/rig.h"

/* The tile on a disk in memory: what goes out when, and what happens when it does not go. */

static struct error *const err = &rig_failure;
static struct fake_disk disk;
static struct seed seed;

static int
set_up(void **state)
{
    static struct rig v;
    rig_init(&v);
    seed.state = 1;
    fake_disk_open(&disk, &seed);
    v.options.disk = &disk.ops;
    v.options.segment_bytes = 2 << 20;
    *state = &v;
    return 0;
}

static int
tear_down(void **state)
{
    rig_fini(*state);
    fake_disk_close(&disk);
    return 0;
}

static void
poll_once(struct rig *v)
{
    (void)journal_tile_ops()->poll(v->j, 0);
}

static uint64_t
durable(struct rig *v)
{
    return atomic_load(&v->mark.cmd_seq);
}

static void
test_nothing_is_durable_before_the_device_has_it(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    disk.hold = true;
    rig_begin(v);
    for (int i = 0; i < 5; i++)
        poll_once(v);
    assert_int_equal(durable(v), 0);
    fake_disk_land(&disk);
    assert_int_equal(durable(v), 0);
    poll_once(v);
    assert_int_equal(durable(v), 2);
    assert_int_equal(durable_ring_pos(&v->mark), atomic_load(&v->ring.shared->write_pos));
}

static void
test_async_is_released_when_the_system_has_it(void **state)
{
    struct rig *v = *state;
    v->options.durability = JOURNAL_ASYNC;
    OK(rig_open(v, err));
    disk.hold = true;
    rig_begin(v);
    poll_once(v);
    assert_int_equal(durable(v), 0);
    fake_disk_land(&disk);
    poll_once(v);
    assert_int_equal(durable(v), 2);
    assert_false(disk.durable); /* the device need not */
}

static void
test_batch_grows_while_a_write_is_in_flight(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    disk.hold = true;
    rig_command(v, 1);
    poll_once(v);
    uint64_t small = disk.fly_bytes;
    for (int i = 0; i < 100; i++) {
        rig_command(v, 7);
        poll_once(v); /* copied, sealed and hashed; not sent */
    }
    assert_int_equal(disk.fly_bytes, small);
    fake_disk_land(&disk);
    poll_once(v);
    assert_true(disk.flying && disk.fly_bytes > 8 * small);
    fake_disk_land(&disk);
    poll_once(v);
    assert_int_equal(durable(v), core_cmd_seq(v->core));
}

static void
expect_failure(struct rig *v, const char *text)
{
    struct error found;
    uint64_t before = durable(v);
    rig_command(v, 3);
    for (int i = 0; i < 5; i++)
        poll_once(v);
    assert_int_equal(atomic_load(&v->mark.failed), 1);
    assert_int_equal(durable(v), before);
    assert_true(journal_failed(v->j, &found));
    assert_non_null(strstr(found.text, "journal/00000000000000000001.seg"));
    assert_non_null(strstr(found.text, "at byte 8192"));
    assert_non_null(strstr(found.text, text));
    /* and nothing ever goes out again */
    rig_command(v, 3);
    for (int i = 0; i < 5; i++)
        poll_once(v);
    assert_false(disk.flying);
    assert_int_equal(durable(v), before);
    assert_int_equal(journal_drain(v->j, &found), ERR_IO);
}

static void
test_failed_write_stops_for_good(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    disk.fail_after = 1;
    disk.fail_result = -EIO;
    expect_failure(v, "Input/output error");
}

static void
test_async_tells_nothing_of_a_write_that_failed(void **state)
{
    struct rig *v = *state;
    v->options.durability = JOURNAL_ASYNC;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    disk.fail_after = 1;
    disk.fail_result = -EIO;
    expect_failure(v, "Input/output error");
}

static void
test_short_write_stops_for_good(void **state)
{
    struct rig *v = *state;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    disk.fail_after = 1;
    disk.fail_result = 512;
    expect_failure(v, "short: 512 of 4096 bytes");
}

static void
test_failed_sync_of_the_helper_stops_for_good(void **state)
{
    struct rig *v = *state;
    v->options.durability = JOURNAL_ASYNC;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    disk.fail_sync_after = 1;
    for (int64_t at = 1; at < 100; at++)
        (void)journal_prepare_step(v->j, at * CLOCK_NS_PER_S);
    journal_tile_ops()->housekeep(v->j, 0);
    assert_int_equal(atomic_load(&v->mark.failed), 1);
}

static void
prepare_for(struct rig *v, int64_t *now_ns, int steps)
{
    for (int i = 0; i < steps; i++) {
        *now_ns += CLOCK_NS_PER_S;
        (void)journal_prepare_step(v->j, *now_ns);
    }
}

static void
test_full_disk_leaves_room_for_cancels_and_recovers(void **state)
{
    struct rig *v = *state;
    int64_t now_ns = 0;
    disk.capacity_bytes = 6 << 20; /* one in use, one ahead, the reserve */
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    prepare_for(v, &now_ns, 50);
    uint64_t before = 0;
    while (atomic_load(&v->mark.cancel_only) == 0) {
        rig_command(v, 100);
        rig_settle(v);
        prepare_for(v, &now_ns, 1);
        before = durable(v);
        assert_true(before < 10000);
    }
    assert_int_equal(atomic_load(&v->mark.failed), 0);
    /* the reserve still takes a segment's worth of cancels */
    for (int i = 0; i < 400; i++) {
        rig_command(v, 1);
        rig_settle(v);
    }
    assert_int_equal(durable(v), before + 400);
    assert_int_equal(atomic_load(&v->mark.cancel_only), 1);
    disk.capacity_bytes = 0;
    prepare_for(v, &now_ns, 50);
    journal_tile_ops()->housekeep(v->j, 0);
    assert_int_equal(atomic_load(&v->mark.cancel_only), 0);
}

static void
test_no_segment_left_makes_commands_wait_not_fail(void **state)
{
    struct rig *v = *state;
    int64_t now_ns = 0;
    disk.capacity_bytes = 4 << 20;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    prepare_for(v, &now_ns, 50);
    for (int i = 0; i < 300; i++) { /* more than two segments hold */
        if (bcast_reserve(&v->ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES) != NULL)
            rig_command(v, 200);
        poll_once(v);
        poll_once(v);
    }
    assert_true(durable(v) < core_cmd_seq(v->core));
    assert_int_equal(atomic_load(&v->mark.failed), 0);
    disk.capacity_bytes = 0;
    prepare_for(v, &now_ns, 50);
    rig_settle(v);
    uint64_t digest = core_digest_of(v->core);
    OK(rig_stop(v, err));
    OK(rig_open(v, err));
    assert_true(core_digest_of(v->core) == digest);
}

static void
test_quota_counts_as_a_full_disk(void **state)
{
    struct rig *v = *state;
    int64_t now_ns = 0;
    v->options.quota_bytes = 6 << 20;
    OK(rig_open(v, err));
    rig_begin(v);
    rig_settle(v);
    for (int i = 0; i < 400 && atomic_load(&v->mark.cancel_only) == 0; i++) {
        rig_command(v, 100);
        rig_settle(v);
        prepare_for(v, &now_ns, 20);
    }
    assert_int_equal(atomic_load(&v->mark.cancel_only), 1);
    rig_close(v);
    v->options.quota_bytes = 5 << 20;
    assert_int_equal(rig_open(v, err), ERR_INVALID);
}

int
main(void)
{
    log_setup(LOG_ERROR, "test", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_durable_before_the_device_has_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_async_tells_nothing_of_a_write_that_failed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_async_is_released_when_the_system_has_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_batch_grows_while_a_write_is_in_flight, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failed_write_stops_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_write_stops_for_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_sync_of_the_helper_stops_for_good, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk_leaves_room_for_cancels_and_recovers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_segment_left_makes_commands_wait_not_fail, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_quota_counts_as_a_full_disk, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
