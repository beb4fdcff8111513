/* ctest-labels: tsan */
#include "engine/base/port.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/process.h"

static char folder[64], port_path[96], bell_path[96];
static struct bell *bell;
static struct port engine;

static int
open_port(void **state)
{
    (void)state;
    struct error err = {0};
    (void)snprintf(folder, sizeof(folder), "/tmp/assay_test_port_XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(port_path, sizeof(port_path), "%s/port", folder);
    (void)snprintf(bell_path, sizeof(bell_path), "%s/bell", folder);
    assert_int_equal(port_bell_create(&bell, bell_path, &err), 0);
    assert_int_equal(port_create(&engine, port_path, 3, 16, 384, bell, &err), 0);
    return 0;
}

static int
close_port(void **state)
{
    (void)state;
    port_close(&engine);
    port_bell_close(bell);
    (void)unlink(port_path);
    (void)unlink(bell_path);
    return rmdir(folder);
}

/* Runs fn in a child; the parent waits for its end or kills it. */
static pid_t
child(int (*fn)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(fn());
    }
    return pid;
}

static int
wait_child(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int
sends_one_and_leaves(void)
{
    struct port p;
    struct error err = {0};
    if (port_attach(&p, port_path, bell_path, &err) != 0) {
        return 1;
    }
    memset(port_claim(&p), 7, 384);
    port_send(&p);
    port_detach(&p);
    return 0;
}

static int
sends_one_and_dies(void)
{
    struct port p;
    struct error err = {0};
    if (port_attach(&p, port_path, bell_path, &err) != 0) {
        return 1;
    }
    memset(port_claim(&p), 7, 384);
    port_send(&p);
    memset(port_claim(&p), 9, 384); /* half a message: never published */
    (void)raise(SIGKILL);
    return 0;
}

static void
test_port_local_producer_sends(void **state)
{
    (void)state;
    struct port p;
    struct error err = {0};
    assert_int_equal(port_create(&p, "", 1, 8, 64, bell, &err), 0);
    port_attach_local(&p);
    assert_int_equal(p.incarnation, 1);
    assert_false(port_producer_dead(&p));
    assert_false(port_cancel_only(&p));
    uint8_t out[64];
    memset(port_claim(&p), 5, 64);
    port_send(&p);
    assert_true(spsc_ring_pop(p.ring, out));
    assert_int_equal(out[63], 5);
    port_detach(&p);
    assert_false(port_producer_dead(&p));
    port_close(&p);
}

static void
test_port_of_another_process_carries_a_message(void **state)
{
    (void)state;
    assert_int_equal(wait_child(child(sends_one_and_leaves)), 0);
    assert_int_equal(engine.shared->incarnation, 1);
    uint8_t out[384];
    assert_true(spsc_ring_pop(engine.ring, out));
    assert_int_equal(out[0], 7);
    assert_true(port_producer_dead(&engine)); /* it has left: sessions are to be closed */
    port_free_dead(&engine);
    assert_false(port_producer_dead(&engine));
}

static void
test_port_of_a_killed_process_keeps_what_it_published(void **state)
{
    (void)state;
    int status = wait_child(child(sends_one_and_dies));
    assert_true(WIFSIGNALED(status));
    assert_true(port_producer_dead(&engine));
    uint8_t out[384];
    assert_true(spsc_ring_pop(engine.ring, out));
    assert_int_equal(out[0], 7);
    assert_false(spsc_ring_pop(engine.ring, out));
    /* the next one is let in only after the sequencer has dealt with this one */
    pid_t next = child(sends_one_and_leaves);
    port_free_dead(&engine);
    assert_int_equal(wait_child(next), 0);
    assert_int_equal(engine.shared->incarnation, 2);
    assert_true(spsc_ring_pop(engine.ring, out));
}

static void
test_port_is_not_taken_from_a_living_producer(void **state)
{
    (void)state;
    struct port first, second;
    struct error err = {0};
    assert_int_equal(port_attach(&first, port_path, bell_path, &err), 0);
    assert_int_equal(port_attach(&second, port_path, bell_path, &err), ERR_BUSY);
    assert_non_null(strstr(err.text, "in use"));
    port_detach(&first);
}

static void
test_port_producer_hears_the_flags_and_the_end(void **state)
{
    (void)state;
    struct port p;
    struct error err = {0};
    assert_int_equal(port_attach(&p, port_path, bell_path, &err), 0);
    assert_true(port_engine_alive(&p));
    atomic_store(&engine.shared->cancel_only, 1);
    assert_true(port_cancel_only(&p));
    /* an engine that starts again makes a new file and closes the old one */
    struct port again;
    assert_int_equal(port_create(&again, port_path, 3, 16, 384, bell, &err), 0);
    assert_false(port_engine_alive(&p));
    struct port other;
    assert_int_equal(port_attach(&other, port_path, bell_path, &err), 0);
    port_detach(&other);
    port_close(&again);
    assert_int_equal(port_attach(&other, port_path, bell_path, &err), ERR_CLOSED);
    port_detach(&p);
}

static void
test_port_attach_refuses_what_is_not_a_port(void **state)
{
    (void)state;
    struct port p;
    struct error err = {0};
    assert_int_equal(port_attach(&p, "/nonexistent/port", bell_path, &err), ERR_NOT_FOUND);
    assert_int_equal(port_attach(&p, bell_path, bell_path, &err), ERR_INVALID);
    assert_int_equal(port_attach(&p, port_path, "/nonexistent/bell", &err), ERR_NOT_FOUND);
    engine.shared->version = 77;
    assert_int_equal(port_attach(&p, port_path, bell_path, &err), ERR_INVALID);
}

/* The producer's process cannot lead the sequencer outside the ring: the sizes are private. */
static void
test_port_sizes_cannot_be_changed_by_the_producer(void **state)
{
    (void)state;
    struct port p;
    struct error err = {0};
    assert_int_equal(port_attach(&p, port_path, bell_path, &err), 0);
    uint8_t *theirs = (uint8_t *)p.ring + SPSC_RING_FIXED_OFFSET;
    memset(port_claim(&p), 5, 384);
    port_send(&p);
    memset(theirs, 0xff, 64);
    uint8_t out[384];
    assert_true(spsc_ring_pop(engine.ring, out));
    assert_int_equal(out[0], 5);
    assert_int_equal(spsc_ring_slot_bytes(engine.ring), 384);
    port_detach(&p);
}

static void
test_process_start_tells_the_dead_from_the_living(void **state)
{
    (void)state;
    uint64_t mine = process_start((uint32_t)getpid());
    assert_true(mine > 0);
    assert_true(process_alive((uint32_t)getpid(), mine));
    assert_false(process_alive((uint32_t)getpid(), mine + 1));
    assert_false(process_alive(0, mine));
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(process_start((uint32_t)pid), 0); /* a zombie is dead */
    (void)wait_child(pid);
}

static void
test_bell_in_a_file_wakes_another_process(void **state)
{
    (void)state;
    uint32_t seen = bell_seen(bell);
    pid_t pid = child(sends_one_and_leaves);
    int64_t deadline = clock_mono_ns() + 20 * (int64_t)CLOCK_NS_PER_S;
    bell_wait(bell, seen, deadline);
    assert_true(clock_mono_ns() < deadline);
    assert_int_equal(wait_child(pid), 0);
}

int
main(void)
{
#define PORT_TEST(name) cmocka_unit_test_setup_teardown(name, open_port, close_port)
    const struct CMUnitTest tests[] = {
        PORT_TEST(test_port_local_producer_sends),
        PORT_TEST(test_port_of_another_process_carries_a_message),
        PORT_TEST(test_port_of_a_killed_process_keeps_what_it_published),
        PORT_TEST(test_port_is_not_taken_from_a_living_producer),
        PORT_TEST(test_port_producer_hears_the_flags_and_the_end),
        PORT_TEST(test_port_attach_refuses_what_is_not_a_port),
        PORT_TEST(test_port_sizes_cannot_be_changed_by_the_producer),
        cmocka_unit_test(test_process_start_tells_the_dead_from_the_living),
        PORT_TEST(test_bell_in_a_file_wakes_another_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
