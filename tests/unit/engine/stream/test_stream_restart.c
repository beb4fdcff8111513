/* The venue goes away and comes back, over sockets in files as in production. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/stream/stream.h"
#include "tests/unit/engine/stream/canned_venue.h"

static char folder[64];

static int
make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/assay_test_stream_XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static void
test_stream_goes_on_when_the_venue_comes_back_in_a_new_epoch(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, folder);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 20, false);
    venue_expect(c, 1, 20);
    for (uint32_t epoch = 2; epoch <= 4; epoch++) {
        uint64_t last = atomic_load(&v.last);
        venue_close(&v);
        venue_open_at(&v, folder, last, epoch, 0xaa);
        venue_emit(&v, 15, false); /* nobody may be connected yet */
        venue_expect(c, last + 1, last + 15);
        struct stream_client_stats stats;
        stream_client_stats(c, &stats);
        assert_int_equal(stats.epoch, epoch);
    }
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_waits_for_a_venue_that_comes_later(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, folder); /* for the urls */
    venue_close(&v);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    const struct event *ev;
    struct error err = {0};
    int64_t soon = clock_mono_ns() + 50 * (int64_t)CLOCK_NS_PER_MS;
    assert_int_equal(stream_client_next(c, soon, &ev, &err), 0);
    venue_open(&v, folder);
    venue_emit(&v, 9, true);
    venue_expect(c, 1, 9);
    stream_client_close(c);
    venue_close(&v);
}

/* Reads until the stream refuses; events that come before are a mistake. */
static int
refusal(struct stream_client *c, struct error *err)
{
    const struct event *ev = NULL;
    int rc = stream_client_next(c, venue_deadline(), &ev, err);
    assert_int_not_equal(rc, 1);
    return rc;
}

/* A new data folder under the old addresses: same epoch, other history. The numbers alone would not
 * show it. */
static void
test_stream_notices_another_venue_behind_the_same_address(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, folder);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 20, false);
    venue_expect(c, 1, 20);
    venue_close(&v);
    venue_open_at(&v, folder, 30, 1, 0xbb);
    struct error err = {0};
    assert_int_equal(refusal(c, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "another chain"));
    stream_client_close(c);
    venue_close(&v);
}

static void
test_stream_notices_a_venue_that_has_started_from_nothing(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, folder);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 20, false);
    venue_expect(c, 1, 20);
    venue_close(&v);
    venue_open(&v, folder);
    venue_emit(&v, 3, false);
    struct error err = {0};
    assert_int_equal(refusal(c, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.text, "ahead"));
    stream_client_close(c);
    venue_close(&v);
}

/* kill -9 leaves the socket's file behind; the next start takes its place. */
static void
test_stream_socket_of_a_killed_venue_is_taken_over(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct venue v;
        venue_open(&v, folder);
        if (write(fds[1], "x", 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    char ready;
    assert_int_equal(read(fds[0], &ready, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    struct venue v;
    venue_open(&v, folder);
    struct stream_client *c = venue_client(&v, 0, 0, 0);
    venue_emit(&v, 5, false);
    venue_expect(c, 1, 5);
    stream_client_close(c);
    venue_close(&v);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

/* A venue in a process of its own, for tests that kill it; what it has is kept by the test. */
struct past {
    _Atomic uint64_t last;
    _Atomic uint32_t epoch;
    _Atomic uint32_t up; /* the epoch that answers */
};

static struct past *
map_past(int fd)
{
    void *mem = mmap(NULL, sizeof(struct past), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(mem != MAP_FAILED);
    return mem;
}

static _Noreturn void
be_the_venue(const char *at, int fd)
{
    struct past *past = map_past(fd);
    struct venue v;
    uint32_t epoch = atomic_load(&past->epoch);
    venue_open_at(&v, at, atomic_load(&past->last), epoch, 0xaa);
    atomic_store(&past->up, epoch);
    for (uint32_t i = 0;; i++) {
        atomic_store(&past->last, atomic_load(&v.last) + 5); /* durable, then told of */
        venue_emit(&v, 5, i % 7 == 0);
        (void)poll(NULL, 0, 1);
    }
}

static pid_t
start_the_venue(int fd)
{
    char number[12];
    (void)snprintf(number, sizeof(number), "%d", fd);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl("/proc/self/exe", "venue", folder, number, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Reads until the deadline, or until an event that the venue of this epoch made. */
static bool
reads_on(struct stream_client *c, const struct past *past, uint32_t epoch, int64_t deadline_ns)
{
    uint64_t wanted = UINT64_MAX;
    while (clock_mono_ns() < deadline_ns) {
        struct stream_client_stats stats;
        stream_client_stats(c, &stats);
        if (stats.last_seq >= wanted)
            return true;
        if (wanted == UINT64_MAX && atomic_load(&past->up) == epoch)
            wanted = atomic_load(&past->last) + 1;
        const uint8_t *records;
        size_t bytes;
        uint64_t last;
        struct error err = {0};
        int64_t soon_ns = clock_mono_ns() + CLOCK_NS_PER_MS;
        if (stream_client_batch(c, soon_ns, &records, &bytes, &last, &err) < 0)
            fail_msg("%s", err.text);
    }
    return false;
}

/* Every second one dies wherever it happens to be: before its sockets are there, while they are
 * connected, with a request under way. After each of the others the stream must go on. */
static void
test_stream_goes_on_however_often_the_venue_is_killed(void **state)
{
    (void)state;
    enum { KILLS = 40, LIFE_MS = 150 };
    int fd = memfd_create("past", 0);
    assert_true(fd >= 0 && ftruncate(fd, sizeof(struct past)) == 0);
    struct past *past = map_past(fd);
    struct venue urls;
    venue_open(&urls, folder);
    venue_close(&urls);
    struct stream_client *c = venue_client(&urls, 0, 0, 0);
    for (uint32_t epoch = 1; epoch <= KILLS; epoch++) {
        atomic_store(&past->epoch, epoch);
        pid_t pid = start_the_venue(fd);
        int64_t life_ns = epoch % 2 ? venue_deadline()
                                    : clock_mono_ns() + epoch * LIFE_MS / KILLS * CLOCK_NS_PER_MS;
        bool goes_on = reads_on(c, past, epoch, life_ns);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        if (epoch % 2 && !goes_on)
            fail_msg("nothing came of epoch %u", epoch);
    }
    stream_client_close(c);
    (void)munmap(past, sizeof(*past));
    (void)close(fd);
}

/* Takes connections at an address and closes them at once, as a process does that is being killed,
 * until nobody has come for a while or the time is over. */
static void
break_handshakes(const char *url)
{
    enum { QUIET_MS = 700, BROKEN_MAX = 30 };
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", url + strlen("ipc://"));
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 8), 0);
    struct timeval quiet = {.tv_usec = QUIET_MS * 1000};
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof(quiet)), 0);
    int peer = 0;
    for (int broken = 0; broken < BROKEN_MAX && peer >= 0; broken++) {
        peer = accept(listener, NULL, NULL);
        assert_true(peer < 0 || close(peer) == 0);
    }
    assert_int_equal(close(listener), 0);
    assert_int_equal(unlink(at.sun_path), 0);
}

/* NNG's dialer is dead for good after a few of these. */
static void
test_stream_goes_on_after_a_venue_that_died_in_the_handshake(void **state)
{
    (void)state;
    for (int broken = 0; broken < 2; broken++) {
        struct venue v;
        venue_open(&v, folder);
        struct stream_client *c = venue_client(&v, 0, 0, 0);
        venue_emit(&v, 20, false);
        venue_expect(c, 1, 20);
        venue_close(&v);
        break_handshakes(broken ? v.range_url : v.pub_url);
        venue_open_at(&v, folder, 20, 2, 0xaa);
        venue_emit(&v, 15, false);
        venue_expect(c, 21, 35); /* its checkpoint confirmed, so ranges are served */
        venue_emit(&v, 15, true);
        venue_say(&v, 51, 50);
        venue_expect(c, 36, 50);
        struct stream_client_stats stats;
        stream_client_stats(c, &stats);
        assert_int_equal(stats.epoch, 2);
        uint64_t fetched = stats.fetched_cnt;
        do { /* until the broadcast itself has brought something */
            uint64_t last = atomic_load(&v.last);
            venue_emit(&v, 3, false);
            venue_expect(c, last + 1, last + 3);
            stream_client_stats(c, &stats);
            assert_true(last < 1000);
        } while (stats.fetched_cnt > fetched && (fetched = stats.fetched_cnt));
        stream_client_close(c);
        venue_close(&v);
    }
}

/* The subscriber sleeps while a hundred times more goes by than NNG keeps for it. */
static void
test_stream_stalled_subscriber_misses_nothing(void **state)
{
    (void)state;
    struct venue v;
    venue_open(&v, folder);
    struct stream_client *c = venue_client(&v, 0, 0, 2);
    venue_emit(&v, 1, false);
    venue_expect(c, 1, 1);
    for (int i = 0; i < 4000; i++) {
        venue_emit(&v, 50, false);
    }
    venue_expect(c, 2, atomic_load(&v.last));
    struct stream_client_stats stats;
    stream_client_stats(c, &stats);
    assert_true(stats.fetched_cnt > 100000);
    assert_int_equal(stats.last_seq, 200001);
    stream_client_close(c);
    venue_close(&v);
}

int
main(int argc, char **argv)
{
    if (argc == 3)
        be_the_venue(argv[1], atoi(argv[2]));
#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        /* the fork comes first: NNG's threads are not in a child */
        FOLDER_TEST(test_stream_socket_of_a_killed_venue_is_taken_over),
        FOLDER_TEST(test_stream_goes_on_when_the_venue_comes_back_in_a_new_epoch),
        FOLDER_TEST(test_stream_waits_for_a_venue_that_comes_later),
        FOLDER_TEST(test_stream_notices_another_venue_behind_the_same_address),
        FOLDER_TEST(test_stream_notices_a_venue_that_has_started_from_nothing),
        FOLDER_TEST(test_stream_goes_on_after_a_venue_that_died_in_the_handshake),
        FOLDER_TEST(test_stream_goes_on_however_often_the_venue_is_killed),
        FOLDER_TEST(test_stream_stalled_subscriber_misses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
