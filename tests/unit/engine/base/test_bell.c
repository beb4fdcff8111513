/* ctest-labels: tsan */
#include "engine/base/bell.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"

enum { ROUNDS = 20000 };

struct ping {
    struct bell bell;
    _Atomic uint64_t published;
    uint64_t payload; /* plain: visible through published */
    _Atomic uint32_t done;
};

static void *
publisher_thread(void *arg)
{
    struct ping *p = arg;
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        /* one at a time: the consumer has taken the one before */
        while (atomic_load_explicit(&p->done, memory_order_acquire) != i - 1) {
            (void)sched_yield();
        }
        p->payload = i * 3;
        atomic_store_explicit(&p->published, i, memory_order_release);
        bell_ring(&p->bell);
    }
    return NULL;
}

/* Every wait has a deadline far away: a lost wake-up shows as a timeout. */
static void
test_bell_never_loses_a_wake_up(void **state)
{
    (void)state;
    static struct ping p;
    bell_init(&p.bell, -1);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, publisher_thread, &p), 0);
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        while (atomic_load_explicit(&p.published, memory_order_acquire) < i) {
            uint32_t seen = bell_seen(&p.bell);
            if (atomic_load_explicit(&p.published, memory_order_acquire) >= i) {
                bell_cancel(&p.bell);
                break;
            }
            int64_t deadline = clock_mono_ns() + 20 * (int64_t)CLOCK_NS_PER_S;
            bell_wait(&p.bell, seen, deadline);
            assert_true(clock_mono_ns() < deadline);
        }
        assert_int_equal(p.payload, i * 3);
        atomic_store_explicit(&p.done, (uint32_t)i, memory_order_release);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
test_bell_wait_ends_at_the_deadline(void **state)
{
    (void)state;
    struct bell b;
    bell_init(&b, -1);
    int64_t start = clock_mono_ns();
    bell_wait(&b, bell_seen(&b), start + 2 * (int64_t)CLOCK_NS_PER_MS);
    assert_true(clock_mono_ns() - start >= 2 * (int64_t)CLOCK_NS_PER_MS);
    assert_int_equal(b.word & 1, 0);
    bell_wait(&b, bell_seen(&b), -1); /* long past */
}

static void
test_bell_rung_since_seen_does_not_sleep(void **state)
{
    (void)state;
    struct bell b;
    bell_init(&b, -1);
    uint32_t seen = bell_seen(&b);
    bell_ring(&b);
    bell_wait(&b, seen, INT64_MAX);
    assert_int_equal(b.word & 1, 0);
}

static void
test_bell_with_eventfd_makes_it_readable_once_for_a_sleep(void **state)
{
    (void)state;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fd >= 0);
    struct bell b;
    bell_init(&b, fd);
    bell_ring(&b); /* nobody sleeps: no system call */
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 0);
    (void)bell_seen(&b);
    bell_ring(&b);
    bell_ring(&b);
    assert_int_equal(poll(&p, 1, 0), 1);
    uint64_t count = 0;
    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
    assert_int_equal(count, 1);
    bell_cancel(&b);
    (void)close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bell_never_loses_a_wake_up),
        cmocka_unit_test(test_bell_wait_ends_at_the_deadline),
        cmocka_unit_test(test_bell_rung_since_seen_does_not_sleep),
        cmocka_unit_test(test_bell_with_eventfd_makes_it_readable_once_for_a_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
