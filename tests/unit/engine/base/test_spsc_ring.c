/* ctest-labels: tsan */
#include "engine/base/spsc_ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/tsan.h"
#include "tests/support/seed.h"

static struct seed seed;

static struct spsc_ring *
ring_new(uint32_t slot_cnt, uint32_t slot_bytes, void **mem)
{
    size_t bytes = (spsc_ring_footprint(slot_cnt, slot_bytes) + 4095) & ~(size_t)4095;
    *mem = aligned_alloc(4096, bytes);
    assert_non_null(*mem);
    return spsc_ring_init(*mem, slot_cnt, slot_bytes);
}

static void
test_spsc_ring_gives_back_in_order_and_refuses_when_full(void **state)
{
    (void)state;
    void *mem;
    struct spsc_ring *r = ring_new(8, 100, &mem);
    assert_int_equal(spsc_ring_slot_bytes(r), 100);
    uint8_t out[100];
    for (uint32_t round = 0; round < 5; round++) {
        assert_true(spsc_ring_empty(r));
        assert_false(spsc_ring_pop(r, out));
        for (uint8_t i = 0; i < 7; i++) { /* one slot stays free */
            memset(spsc_ring_claim(r), i + 1, 100);
            spsc_ring_publish(r);
        }
        assert_null(spsc_ring_claim(r));
        assert_int_equal(spsc_ring_full_cnt(r), round + 1);
        for (uint8_t i = 0; i < 7; i++) {
            assert_true(spsc_ring_pop(r, out));
            assert_int_equal(out[0], i + 1);
            assert_int_equal(out[99], i + 1);
        }
    }
    free(mem);
}

static void
test_spsc_ring_claim_without_publish_changes_nothing(void **state)
{
    (void)state;
    void *mem;
    struct spsc_ring *r = ring_new(4, 8, &mem);
    void *first = spsc_ring_claim(r);
    assert_ptr_equal(spsc_ring_claim(r), first);
    assert_true(spsc_ring_empty(r));
    free(mem);
}

static void
test_spsc_ring_attach_checks_what_it_finds(void **state)
{
    (void)state;
    void *mem;
    struct spsc_ring *r = ring_new(16, 40, &mem), *other = NULL;
    size_t bytes = spsc_ring_footprint(16, 40);
    struct error err = {0};
    assert_int_equal(spsc_ring_attach(mem, bytes, &other, &err), 0);
    assert_ptr_equal(other, r);
    assert_int_equal(spsc_ring_attach(mem, bytes - 1, &other, &err), ERR_INVALID);
    assert_int_equal(spsc_ring_attach(mem, 10, &other, &err), ERR_INVALID);
    uint8_t *fixed = (uint8_t *)mem + SPSC_RING_FIXED_OFFSET;
    for (size_t i = 0; i < 24; i++) { /* any one byte of size, mask and the geometry */
        fixed[i] ^= 0x40;
        assert_int_equal(spsc_ring_attach(mem, bytes, &other, &err), ERR_INVALID);
        fixed[i] ^= 0x40;
    }
    ((uint32_t *)mem)[1] = 9;
    assert_int_equal(spsc_ring_attach(mem, bytes, &other, &err), ERR_UNSUPPORTED);
    ((uint32_t *)mem)[0] = 9;
    assert_int_equal(spsc_ring_attach(mem, bytes, &other, &err), ERR_INVALID);
    free(mem);
}

/* A producer of another process can write whatever it wants into what it maps; all but the fixed
 * page. The consumer may get rubbish out, but never touches anything outside. */
static void
test_spsc_ring_consumer_survives_a_producer_gone_mad(void **state)
{
    (void)state;
    void *mem;
    struct spsc_ring *r = ring_new(16, 40, &mem);
    size_t bytes = spsc_ring_footprint(16, 40);
    uint8_t *base = mem, out[40];
    for (int round = 0; round < 20000; round++) {
        size_t at = seed_below(&seed, bytes);
        if (at >= SPSC_RING_FIXED_OFFSET && at < SPSC_RING_FIXED_OFFSET + SPSC_RING_FIXED_BYTES) {
            continue;
        }
        base[at] = (uint8_t)seed_next(&seed);
        base[3968 + 64 + seed_below(&seed, 4)] = (uint8_t)seed_next(&seed); /* ck_ring's p_tail */
        (void)spsc_ring_pop(r, out);
        (void)spsc_ring_empty(r);
    }
    assert_true(spsc_ring_bad_cnt(r) > 0);
    free(mem);
}

enum { MESSAGE_CNT = 200000, MESSAGE_WORDS = 8 };

static void *
producer_thread(void *arg)
{
    struct spsc_ring *r = arg;
    for (uint64_t i = 0; i < MESSAGE_CNT; i++) {
        uint64_t *slot;
        while ((slot = spsc_ring_claim(r)) == NULL) {
            (void)sched_yield();
        }
        for (uint64_t w = 0; w < MESSAGE_WORDS; w++) {
            slot[w] = i * MESSAGE_WORDS + w;
        }
        spsc_ring_publish(r);
    }
    return NULL;
}

static void
test_spsc_ring_two_threads_lose_and_mix_nothing(void **state)
{
    (void)state;
    for (uint32_t slot_cnt = 2; slot_cnt <= 128; slot_cnt *= 8) {
        void *mem;
        struct spsc_ring *r = ring_new(slot_cnt, MESSAGE_WORDS * 8, &mem);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, producer_thread, r), 0);
        for (uint64_t i = 0; i < MESSAGE_CNT; i++) {
            uint64_t out[MESSAGE_WORDS];
            while (!spsc_ring_pop(r, out)) {
                (void)sched_yield();
            }
            for (uint64_t w = 0; w < MESSAGE_WORDS; w++) {
                assert_int_equal(out[w], i * MESSAGE_WORDS + w);
            }
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        free(mem);
    }
}

/* --- the planted race: run as a child of its own, under the same suppressions --- */

enum { CARELESS_CNT = 8 };
static _Atomic int careless_done; /* relaxed: orders nothing */

static void *
careless_thread(void *arg)
{
    struct spsc_ring *r = arg;
    for (uint64_t i = 0; i < CARELESS_CNT; i++) {
        uint64_t *slot = spsc_ring_claim(r);
        slot[0] = i;
        spsc_ring_publish(r);
        slot[1] = i; /* the mistake: it belongs to the consumer now */
    }
    atomic_store_explicit(&careless_done, 1, memory_order_relaxed);
    return NULL;
}

/* The consumer begins when the producer has ended, but nothing orders the two beyond the ring: so
 * the sanitizer sees the race each time, however the threads are scheduled. */
static int
planted_race(void)
{
    void *mem;
    struct spsc_ring *r = ring_new(16, 16, &mem);
    pthread_t thread;
    if (pthread_create(&thread, NULL, careless_thread, r) != 0) {
        return 1;
    }
    while (atomic_load_explicit(&careless_done, memory_order_relaxed) == 0) {
        (void)sched_yield();
    }
    uint64_t out[2];
    while (spsc_ring_pop(r, out)) {
    }
    (void)pthread_join(thread, NULL);
    free(mem);
    return 0;
}

static void
test_thread_sanitizer_reports_a_planted_race_on_the_payload(void **state)
{
    (void)state;
    if (!TSAN_BUILD) {
        skip();
    }
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(fds[1], STDERR_FILENO);
        (void)execl("/proc/self/exe", "test_spsc_ring", "--planted-race", (char *)NULL);
        _exit(2);
    }
    (void)close(fds[1]);
    static char text[65536];
    size_t used = 0;
    ssize_t n;
    while (used < sizeof(text) - 1 &&
           (n = read(fds[0], text + used, sizeof(text) - 1 - used)) > 0) {
        used += (size_t)n;
    }
    (void)close(fds[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 66); /* ThreadSanitizer's own */
    assert_non_null(strstr(text, "data race"));
    assert_non_null(strstr(text, "careless_thread"));
    assert_non_null(strstr(text, "spsc_ring_pop"));
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--planted-race") == 0) {
        return planted_race();
    }
    seed = seed_from_args(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spsc_ring_gives_back_in_order_and_refuses_when_full),
        cmocka_unit_test(test_spsc_ring_claim_without_publish_changes_nothing),
        cmocka_unit_test(test_spsc_ring_attach_checks_what_it_finds),
        cmocka_unit_test(test_spsc_ring_consumer_survives_a_producer_gone_mad),
        cmocka_unit_test(test_spsc_ring_two_threads_lose_and_mix_nothing),
        cmocka_unit_test(test_thread_sanitizer_reports_a_planted_race_on_the_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
