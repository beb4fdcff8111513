/* ctest-labels: tsan */
#include "gateway/net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/gateway/net/net_peer.h"

static struct record_conn rec, rec2;
static struct error err;

static struct net *
open_net(struct net_options o)
{
    struct net *n = NULL;
    memset(&rec, 0, sizeof(rec));
    memset(&rec2, 0, sizeof(rec2));
    rec.consume_max = rec2.consume_max = SIZE_MAX;
    if (net_open(&n, &o, &err) != 0)
        fail_msg("%s", err.text);
    return n;
}

static uint16_t
listen_on(struct net *n, struct record_conn *r)
{
    int port = net_listen(n, "127.0.0.1", 0, &record_ops, r, &err);
    if (port <= 0)
        fail_msg("%s", err.text);
    return (uint16_t)port;
}

/* Reads until `want` bytes have come or the stream ended; polls the net meanwhile. */
static size_t
peer_collect(struct net *n, int fd, uint8_t *out, size_t want)
{
    size_t have = 0;
    int64_t end = clock_mono_ns() + (int64_t)TEST_DEADLINE_S * CLOCK_NS_PER_S;
    while (have < want) {
        net_poll(n, 64);
        int64_t got = peer_read_now(fd, out + have, want - have);
        if (got == 0)
            break;
        assert_true(got >= -1);
        have += got > 0 ? (size_t)got : 0;
        if (clock_mono_ns() > end)
            fail_msg("%zu of %zu bytes came", have, want);
    }
    return have;
}

static void
fill_pattern(uint8_t *out, size_t bytes, uint32_t seed)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)((i * 131 + seed) >> 3);
}

static void
test_net_echoes_bytes_of_a_peer(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 4});
    uint16_t port = listen_on(n, &rec);
    rec.echo = true;
    int fd = peer_connect(port);
    peer_send(fd, "hello", 5);
    uint8_t back[8];
    assert_int_equal(peer_collect(n, fd, back, 5), 5);
    assert_memory_equal(back, "hello", 5);
    assert_int_equal(rec.open_cnt, 1);
    assert_int_equal(net_conn_local_port(rec.conn), port);
    assert_memory_equal(net_conn_peer(rec.conn), "127.0.0.1:", 10);
    uint64_t id = net_conn_id(rec.conn);
    assert_ptr_equal(net_conn_find(n, id), rec.conn);
    close(fd);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    assert_int_equal(rec.reason, NET_CLOSE_PEER);
    assert_int_equal(rec.half_cnt, 1);
    assert_null(net_conn_find(n, id));
    struct net_stats s;
    PUMP_UNTIL(n, (net_stats(n, &s), s.conn_cnt == 0));
    assert_int_equal(s.recv_bytes, 5);
    assert_int_equal(s.sent_bytes, 5);
    net_fini(n);
}

static void
test_net_keeps_what_the_owner_does_not_consume(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2, .recv_bytes = 4096});
    uint16_t port = listen_on(n, &rec);
    rec.consume_max = 3;
    int fd = peer_connect(port);
    peer_send(fd, "abcdef", 6);
    PUMP_UNTIL(n, rec.data_cnt == 1);
    assert_int_equal(rec.got_bytes, 3);
    net_resume(rec.conn);
    PUMP_UNTIL(n, rec.data_cnt == 2);
    assert_int_equal(rec.shown_bytes, 3);
    peer_send(fd, "gh", 2);
    PUMP_UNTIL(n, rec.got_bytes == 8);
    assert_memory_equal(rec.got, "abcdefgh", 8);
    close(fd);
    net_fini(n);
}

static void
test_net_stops_receiving_while_the_buffer_is_full(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2, .recv_bytes = 4096});
    uint16_t port = listen_on(n, &rec);
    rec.consume_max = 0;
    int fd = peer_connect(port);
    static uint8_t data[32768];
    fill_pattern(data, sizeof(data), 7);
    peer_send(fd, data, sizeof(data));
    PUMP_UNTIL(n, rec.shown_bytes == 4096);
    struct net_stats s;
    for (int i = 0; i < 1000; i++)
        net_poll(n, 64);
    net_stats(n, &s);
    assert_int_equal(s.recv_bytes, 4096);
    rec.consume_max = 1000; /* now in steps that leave a rest each time */
    while (rec.got_bytes < sizeof(data)) {
        size_t before = rec.got_bytes;
        net_resume(rec.conn);
        PUMP_UNTIL(n, rec.got_bytes > before);
    }
    assert_memory_equal(rec.got, data, sizeof(data));
    close(fd);
    net_fini(n);
}

static void
test_net_pauses_receiving_on_request(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    uint16_t port = listen_on(n, &rec);
    int fd = peer_connect(port);
    peer_send(fd, "1", 1);
    PUMP_UNTIL(n, rec.got_bytes == 1);
    net_recv_pause(rec.conn, true);
    peer_send(fd, "2", 1); /* one receive was posted already */
    PUMP_UNTIL(n, rec.got_bytes == 2);
    peer_send(fd, "3", 1);
    for (int i = 0; i < 1000; i++)
        net_poll(n, 64);
    assert_int_equal(rec.got_bytes, 2);
    net_recv_pause(rec.conn, false);
    PUMP_UNTIL(n, rec.got_bytes == 3);
    close(fd);
    net_fini(n);
}

static void
test_net_refuses_a_send_without_room_and_tells_when_there_is(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2, .send_bytes = 65536});
    uint16_t port = listen_on(n, &rec);
    int fd = peer_connect(port);
    PUMP_UNTIL(n, rec.conn != NULL);
    static uint8_t chunk[8192];
    size_t sent = 0;
    for (int refused = 0; refused < 1000;) { /* until the kernel's buffers and ours are full */
        fill_pattern(chunk, sizeof(chunk), (uint32_t)(sent / sizeof(chunk)));
        int rc = net_send(rec.conn, chunk, sizeof(chunk));
        sent += rc == 0 ? sizeof(chunk) : 0;
        refused = rc == 0 ? 0 : refused + 1;
        assert_true(rc == 0 || rc == ERR_NO_SPACE);
        net_poll(n, 64);
    }
    assert_true(net_pending(rec.conn) + sizeof(chunk) > 65536);
    assert_true(net_room(rec.conn) < sizeof(chunk));
    assert_int_equal(rec.writable_cnt, 0);
    uint8_t *all = malloc(sent);
    assert_int_equal(peer_collect(n, fd, all, sent), sent);
    for (size_t at = 0; at < sent; at += sizeof(chunk)) {
        fill_pattern(chunk, sizeof(chunk), (uint32_t)(at / sizeof(chunk)));
        assert_memory_equal(all + at, chunk, sizeof(chunk));
    }
    PUMP_UNTIL(n, rec.writable_cnt == 1);
    assert_int_equal(net_pending(rec.conn), 0);
    free(all);
    close(fd);
    net_fini(n);
}

/* Sends of random sizes by all three ways, against a peer that reads in random pieces. */
static void
mixed_sends(uint32_t seed)
{
    struct net *n = open_net((struct net_options){
        .conn_max = 2, .send_bytes = 4096, .piece_max = 8, .block_bytes = 8192, .block_max = 3});
    uint16_t port = listen_on(n, &rec);
    int fd = peer_connect(port);
    PUMP_UNTIL(n, rec.conn != NULL);
    enum { TOTAL = 2000000 };
    uint8_t *want = malloc(TOTAL), *got = malloc(TOTAL);
    fill_pattern(want, TOTAL, seed);
    size_t queued = 0, have = 0;
    struct net_block *block = NULL;
    uint32_t block_at = 0, random = seed;
    int64_t end = clock_mono_ns() + (int64_t)TEST_DEADLINE_S * CLOCK_NS_PER_S;
    while (have < TOTAL) {
        random = random * 1664525 + 1013904223;
        size_t size = 1 + (random >> 8) % 1500;
        size = size < TOTAL - queued ? size : TOTAL - queued;
        uint32_t way = size == 0 ? 3 : (random >> 24) % 3;
        if (way == 0 && net_send(rec.conn, want + queued, size) == 0)
            queued += size;
        uint8_t *place = way == 1 ? net_reserve(rec.conn, size) : NULL;
        if (place != NULL) {
            memcpy(place, want + queued, size);
            net_commit(rec.conn, size);
            queued += size;
        }
        if (way == 2 && block != NULL && block_at + size > block->bytes) {
            net_block_put(n, block);
            block = NULL;
        }
        if (way == 2 && block == NULL) {
            block = net_block_get(n);
            block_at = 0;
        }
        if (way == 2 && block != NULL) {
            memcpy(block->data + block_at, want + queued, size);
            if (net_send_shared(rec.conn, block, block_at, (uint32_t)size) == 0) {
                block_at += (uint32_t)size;
                queued += size;
            }
        }
        net_poll(n, 64);
        int64_t rc = peer_read_now(fd, got + have, 1 + (random >> 4) % 3000);
        have += rc > 0 ? (size_t)rc : 0;
        if (clock_mono_ns() > end)
            fail_msg("seed %u: %zu of %d bytes", seed, have, TOTAL);
    }
    assert_memory_equal(got, want, TOTAL);
    if (block != NULL)
        net_block_put(n, block);
    struct net_stats s;
    PUMP_UNTIL(n, (net_stats(n, &s), s.block_free_cnt == 3));
    free(want);
    free(got);
    close(fd);
    net_fini(n);
}

static void
test_net_keeps_order_between_all_ways_of_sending(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 3; seed++)
        mixed_sends(seed);
}

static void
test_net_shares_one_block_between_connections(void **state)
{
    (void)state;
    struct net *n = open_net(
        (struct net_options){.conn_max = 4, .block_bytes = 4096, .block_max = 1, .piece_max = 2});
    int a = peer_connect(listen_on(n, &rec)), b = peer_connect(listen_on(n, &rec2));
    PUMP_UNTIL(n, rec.conn != NULL && rec2.conn != NULL);
    struct net_block *block = net_block_get(n);
    assert_non_null(block);
    assert_null(net_block_get(n));
    for (uint32_t i = 0; i < 100; i++) { /* neighbours merge: two pieces are enough */
        memcpy(block->data + i * 4, "tick", 4);
        assert_int_equal(net_send_shared(rec.conn, block, i * 4, 4), 0);
        assert_int_equal(net_send_shared(rec2.conn, block, i * 4, 4), 0);
    }
    assert_int_equal(block->refs, 3);
    net_block_put(n, block);
    assert_null(net_block_get(n));
    uint8_t got[400];
    assert_int_equal(peer_collect(n, a, got, 400), 400);
    assert_int_equal(peer_collect(n, b, got, 400), 400);
    assert_memory_equal(got, "ticktick", 8);
    struct net_stats s;
    PUMP_UNTIL(n, (net_stats(n, &s), s.block_free_cnt == 1));
    close(a);
    close(b);
    net_fini(n);
}

static void
test_net_frees_blocks_of_a_connection_that_dies(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){
        .conn_max = 2, .block_bytes = 1 << 20, .block_max = 1, .pending_max = 1 << 24});
    int fd = peer_connect(listen_on(n, &rec));
    PUMP_UNTIL(n, rec.conn != NULL);
    struct net_block *block = net_block_get(n);
    for (int i = 0; i < 16; i++)
        assert_int_equal(net_send_shared(rec.conn, block, 0, 1 << 20), 0);
    net_block_put(n, block);
    assert_true(net_pending(rec.conn) == 16u << 20);
    for (int i = 0; i < 100; i++)
        net_poll(n, 64);
    net_close(rec.conn, false);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    struct net_stats s;
    PUMP_UNTIL(n, (net_stats(n, &s), s.block_free_cnt == 1 && s.conn_cnt == 0));
    close(fd);
    net_fini(n);
}

static void
test_net_close_after_flush_delivers_the_last_bytes(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fd = peer_connect(listen_on(n, &rec));
    peer_send(fd, "x", 1);
    PUMP_UNTIL(n, rec.got_bytes == 1);
    rec.consume_max = 0;
    peer_send(fd, "unread by us", 12); /* would make a plain close send a reset */
    assert_int_equal(net_send(rec.conn, "goodbye", 7), 0);
    net_close(rec.conn, true);
    uint8_t got[16];
    assert_int_equal(peer_collect(n, fd, got, sizeof(got)), 7);
    assert_memory_equal(got, "goodbye", 7);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    assert_int_equal(rec.reason, NET_CLOSE_LOCAL);
    close(fd);
    struct net_stats s;
    PUMP_UNTIL(n, (net_stats(n, &s), s.conn_cnt == 0));
    net_fini(n);
}

static void
test_net_close_lets_go_of_a_peer_that_never_closes(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fd = peer_connect(listen_on(n, &rec));
    PUMP_UNTIL(n, rec.conn != NULL);
    net_close(rec.conn, true);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    struct net_stats s; /* after the linger time */
    PUMP_UNTIL(n, (net_stats(n, &s), s.conn_cnt == 0));
    close(fd);
    net_fini(n);
}

static void
test_net_serves_a_peer_that_half_closed(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fd = peer_connect(listen_on(n, &rec));
    rec.keep_half_open = true;
    peer_send(fd, "request", 7);
    shutdown(fd, SHUT_WR);
    PUMP_UNTIL(n, rec.half_cnt == 1);
    assert_int_equal(rec.got_bytes, 7);
    assert_int_equal(net_send(rec.conn, "answer", 6), 0);
    uint8_t got[16];
    assert_int_equal(peer_collect(n, fd, got, 6), 6);
    assert_int_equal(rec.close_cnt, 0);
    net_close(rec.conn, true);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    assert_int_equal(peer_collect(n, fd, got, 1), 0);
    close(fd);
    net_fini(n);
}

static void
test_net_tells_of_a_reset(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fd = peer_connect(listen_on(n, &rec));
    PUMP_UNTIL(n, rec.conn != NULL);
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(fd);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    assert_int_equal(rec.reason, NET_CLOSE_RESET);
    assert_int_equal(rec.errno_value, ECONNRESET);
    net_fini(n);
}

static void
test_net_connects_to_itself(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 4});
    uint16_t port = listen_on(n, &rec);
    rec.echo = true;
    struct net_conn *c;
    assert_int_equal(net_connect(n, "127.0.0.1", port, &record_ops, &rec2, &c, &err), 0);
    assert_int_equal(net_send(c, "early", 5), 0); /* goes out once it stands */
    PUMP_UNTIL(n, rec2.got_bytes == 5);
    assert_int_equal(rec2.open_cnt, 1);
    net_close(c, false);
    PUMP_UNTIL(n, rec.close_cnt == 1 && rec2.close_cnt == 1);
    net_fini(n);
}

static void
test_net_tells_of_a_connect_that_failed(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    uint16_t port = listen_on(n, &rec);
    net_listen_stop(n);
    struct net_conn *c;
    assert_int_equal(net_connect(n, "127.0.0.1", port, &record_ops, &rec2, &c, &err), 0);
    PUMP_UNTIL(n, rec2.close_cnt == 1);
    assert_int_equal(rec2.reason, NET_CLOSE_CONNECT);
    assert_int_equal(rec2.errno_value, ECONNREFUSED);
    assert_int_equal(rec2.open_cnt, 0);
    assert_int_equal(net_connect(n, "localhost", port, &record_ops, &rec2, &c, &err), ERR_INVALID);
    assert_string_equal(err.text, "'localhost' is not a numeric IPv4 or IPv6 address");
    net_fini(n);
}

static void
test_net_names_the_owner_of_a_port_in_use(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    uint16_t port = listen_on(n, &rec);
    assert_int_equal(net_listen(n, "127.0.0.1", port, &record_ops, &rec, &err), ERR_EXISTS);
    char want[160];
    snprintf(want, sizeof(want),
             "cannot listen on 127.0.0.1:%u: the port is in use by process %d (test_net)", port,
             getpid());
    assert_string_equal(err.text, want);
    net_fini(n);
}

static void
test_net_frees_its_port_at_once(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    uint16_t port = listen_on(n, &rec);
    int fd = peer_connect(port);
    PUMP_UNTIL(n, rec.conn != NULL);
    net_fini(n);
    uint8_t byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    n = open_net((struct net_options){.conn_max = 2});
    assert_int_equal(net_listen(n, "127.0.0.1", port, &record_ops, &rec, &err), port);
    net_fini(n);
}

static void
test_net_closes_connections_beyond_its_maximum(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 1});
    uint16_t port = listen_on(n, &rec);
    int a = peer_connect(port);
    PUMP_UNTIL(n, rec.open_cnt == 1);
    int b = peer_connect(port);
    uint8_t byte;
    assert_int_equal(peer_collect(n, b, &byte, 1), 0);
    close(b);
    close(a);
    PUMP_UNTIL(n, rec.close_cnt == 1);
    rec.echo = true;
    int c = peer_connect(port); /* the place is free again */
    peer_send(c, "c", 1);
    assert_int_equal(peer_collect(n, c, &byte, 1), 1);
    struct net_stats s;
    net_stats(n, &s);
    assert_int_equal(s.refused_cnt, 1);
    assert_int_equal(s.accepted_cnt, 2);
    close(c);
    net_fini(n);
}

static void
test_net_sheds_connections_without_descriptors_and_recovers(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 8});
    uint16_t port = listen_on(n, &rec);
    rec.echo = true;
    int waiting = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int again = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int last = dup(again);
    struct rlimit old, tight;
    getrlimit(RLIMIT_NOFILE, &old);
    tight = old;
    tight.rlim_cur = (rlim_t)last + 1;
    setrlimit(RLIMIT_NOFILE, &tight);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(waiting, (struct sockaddr *)&to, sizeof(to)), 0);
    uint8_t byte;
    assert_int_equal(peer_collect(n, waiting, &byte, 1), 0);
    struct net_stats s;
    net_stats(n, &s);
    assert_int_equal(s.refused_cnt, 1);
    close(last);
    assert_int_equal(connect(again, (struct sockaddr *)&to, sizeof(to)), 0);
    PUMP_UNTIL(n, rec.open_cnt == 1 || (net_stats(n, &s), s.refused_cnt > 1));
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(rec.open_cnt, 1);
    peer_send(again, "z", 1);
    assert_int_equal(peer_collect(n, again, &byte, 1), 1);
    close(again);
    close(waiting);
    net_fini(n);
}

static _Atomic int ring_now;

static void *
ring_from_outside(void *arg)
{
    while (atomic_load_explicit(&ring_now, memory_order_acquire) == 0)
        ;
    bell_ring(arg);
    return NULL;
}

static void
test_net_wait_ends_by_bell_bytes_or_deadline(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    uint16_t port = listen_on(n, &rec);
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct bell bell;
    bell_init(&bell, event_fd);
    int64_t start = clock_mono_ns();
    net_poll(n, 64);
    net_wait(n, &bell, bell_seen(&bell), start + 20 * CLOCK_NS_PER_MS); /* nothing: the deadline */
    while (clock_mono_ns() < start + 20 * CLOCK_NS_PER_MS)
        net_wait(n, &bell, bell_seen(&bell), start + 20 * CLOCK_NS_PER_MS);

    int fd = peer_connect(port); /* bytes wake it, however long the deadline */
    peer_send(fd, "w", 1);
    int64_t far = clock_mono_ns() + (int64_t)TEST_DEADLINE_S * CLOCK_NS_PER_S;
    while (rec.got_bytes == 0) {
        if (net_poll(n, 64) == 0)
            net_wait(n, &bell, bell_seen(&bell), far);
    }
    assert_true(clock_mono_ns() < far);

    pthread_t thread; /* a ring of the bell wakes it, even without a deadline */
    for (int round = 0; round < 50; round++) {
        atomic_store_explicit(&ring_now, 0, memory_order_release);
        assert_int_equal(pthread_create(&thread, NULL, ring_from_outside, &bell), 0);
        while (net_poll(n, 64) > 0)
            ;
        uint32_t before = atomic_load(&bell.word);
        uint32_t seen = bell_seen(&bell);
        atomic_store_explicit(&ring_now, 1, memory_order_release);
        while (atomic_load(&bell.word) == before) {
            net_wait(n, &bell, seen, INT64_MAX);
            net_poll(n, 64);
            if (atomic_load(&bell.word) == before)
                seen = bell_seen(&bell);
        }
        pthread_join(thread, NULL);
    }
    close(fd);
    net_fini(n);
    close(event_fd);
}

static void
drain_eventfd(void *arg)
{
    uint64_t value;
    int *fds = arg;
    if (read(fds[0], &value, sizeof(value)) == sizeof(value))
        fds[1]++;
}

static void
test_net_watch_calls_while_readable(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fds[2] = {eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), 0};
    assert_int_equal(net_watch(n, fds[0], drain_eventfd, fds), 0);
    for (int round = 1; round <= 3; round++) {
        uint64_t one = 1;
        assert_int_equal(write(fds[0], &one, sizeof(one)), sizeof(one));
        PUMP_UNTIL(n, fds[1] == round);
    }
    net_fini(n);
    close(fds[0]);
}

static void
test_net_idle_poll_makes_no_system_call(void **state)
{
    (void)state;
    struct net *n = open_net((struct net_options){.conn_max = 2});
    int fd = peer_connect(listen_on(n, &rec));
    PUMP_UNTIL(n, rec.open_cnt == 1);
    while (net_poll(n, 64) > 0)
        ;
    struct net_stats before, after;
    net_stats(n, &before);
    for (int i = 0; i < 1000; i++)
        net_poll(n, 64);
    net_stats(n, &after);
    assert_int_equal(after.enter_cnt, before.enter_cnt);
    close(fd);
    net_fini(n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_net_echoes_bytes_of_a_peer),
        cmocka_unit_test(test_net_keeps_what_the_owner_does_not_consume),
        cmocka_unit_test(test_net_stops_receiving_while_the_buffer_is_full),
        cmocka_unit_test(test_net_pauses_receiving_on_request),
        cmocka_unit_test(test_net_refuses_a_send_without_room_and_tells_when_there_is),
        cmocka_unit_test(test_net_keeps_order_between_all_ways_of_sending),
        cmocka_unit_test(test_net_shares_one_block_between_connections),
        cmocka_unit_test(test_net_frees_blocks_of_a_connection_that_dies),
        cmocka_unit_test(test_net_close_after_flush_delivers_the_last_bytes),
        cmocka_unit_test(test_net_close_lets_go_of_a_peer_that_never_closes),
        cmocka_unit_test(test_net_serves_a_peer_that_half_closed),
        cmocka_unit_test(test_net_tells_of_a_reset),
        cmocka_unit_test(test_net_connects_to_itself),
        cmocka_unit_test(test_net_tells_of_a_connect_that_failed),
        cmocka_unit_test(test_net_names_the_owner_of_a_port_in_use),
        cmocka_unit_test(test_net_frees_its_port_at_once),
        cmocka_unit_test(test_net_closes_connections_beyond_its_maximum),
        cmocka_unit_test(test_net_sheds_connections_without_descriptors_and_recovers),
        cmocka_unit_test(test_net_wait_ends_by_bell_bytes_or_deadline),
        cmocka_unit_test(test_net_watch_calls_while_readable),
        cmocka_unit_test(test_net_idle_poll_makes_no_system_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
