/* ctest-labels: tsan */
#include "engine/base/durable.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROUNDS = 200000, STEP = 10 };

static struct durable_mark mark;

static int
setup(void **state)
{
    (void)state;
    mark = (struct durable_mark){0};
    return 0;
}

static void
test_time_is_that_of_the_first_mark_at_or_beyond(void **state)
{
    uint64_t place = 0;
    (void)state;
    assert_int_equal(durable_time_of(&mark, &place, 1), 0);
    durable_time_note(&mark, 100, 7);
    durable_time_note(&mark, 200, 8);
    durable_time_note(&mark, 300, 9);
    assert_int_equal(durable_time_of(&mark, &place, 50), 7);
    assert_int_equal(durable_time_of(&mark, &place, 100), 7);
    assert_int_equal(durable_time_of(&mark, &place, 101), 8);
    assert_int_equal(durable_time_of(&mark, &place, 300), 9);
    assert_int_equal(durable_time_of(&mark, &place, 301), 0);
    durable_time_note(&mark, 400, 10);
    assert_int_equal(durable_time_of(&mark, &place, 301), 10);
}

/* What is too long ago is not known, rather than told too late. */
static void
test_time_of_what_was_overwritten_is_not_known(void **state)
{
    uint64_t place = 0;
    (void)state;
    for (uint64_t i = 1; i <= 2 * DURABLE_TIME_CNT; i++) {
        durable_time_note(&mark, i * STEP, (int64_t)i);
    }
    assert_int_equal(durable_time_of(&mark, &place, 5 * STEP), 0);
    assert_int_equal(durable_time_of(&mark, &place, (2 * DURABLE_TIME_CNT - 1) * STEP),
                     2 * DURABLE_TIME_CNT - 1);
}

static void *
note_all(void *arg)
{
    (void)arg;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        durable_time_note(&mark, i * STEP, (int64_t)i);
        atomic_store_explicit(&mark.ring_pos, i * STEP, memory_order_release);
    }
    return NULL;
}

/* Beside a writer that goes round and round: each answer is right, or not known. */
static void
test_time_is_right_while_the_journal_writes(void **state)
{
    pthread_t writer;
    uint64_t place = 0, pos = 0, known_cnt = 0;
    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, note_all, NULL), 0);
    while (pos < (uint64_t)ROUNDS * STEP) {
        pos = durable_ring_pos(&mark);
        if (pos == 0) {
            continue;
        }
        int64_t ns = durable_time_of(&mark, &place, pos);
        if (ns != 0) {
            assert_int_equal(ns, pos / STEP);
            known_cnt++;
        }
    }
    pthread_join(writer, NULL);
    assert_true(known_cnt > 0); /* the last mark, at least */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_time_is_that_of_the_first_mark_at_or_beyond, setup),
        cmocka_unit_test_setup(test_time_of_what_was_overwritten_is_not_known, setup),
        cmocka_unit_test_setup(test_time_is_right_while_the_journal_writes, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
