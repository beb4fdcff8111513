#include "tests/unit/gateway/net/net_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
record_open(struct net_conn *c, void *user)
{
    struct record_conn *r = user;
    r->conn = c;
    r->open_cnt++;
}

static size_t
record_data(struct net_conn *c, void *user, const uint8_t *data, size_t bytes)
{
    struct record_conn *r = user;
    size_t take = bytes < r->consume_max ? bytes : r->consume_max;
    r->data_cnt++;
    r->shown_bytes = bytes;
    assert_true(r->got_bytes + take <= sizeof(r->got));
    memcpy(r->got + r->got_bytes, data, take);
    r->got_bytes += take;
    if (r->echo)
        assert_int_equal(net_send(c, data, take), 0);
    return take;
}

static void
record_writable(struct net_conn *c, void *user)
{
    (void)c;
    ((struct record_conn *)user)->writable_cnt++;
}

static bool
record_half_close(struct net_conn *c, void *user)
{
    (void)c;
    struct record_conn *r = user;
    r->half_cnt++;
    return r->keep_half_open;
}

static void
record_close(struct net_conn *c, void *user, enum net_close_reason reason, int errno_value)
{
    (void)c;
    struct record_conn *r = user;
    r->close_cnt++;
    r->reason = reason;
    r->errno_value = errno_value;
    r->conn = NULL;
}

const struct net_ops record_ops = {
    .on_open = record_open,
    .on_data = record_data,
    .on_writable = record_writable,
    .on_half_close = record_half_close,
    .on_close = record_close,
};

int
peer_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

void
peer_send(int fd, const void *data, size_t bytes)
{
    assert_int_equal(send(fd, data, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
}

int64_t
peer_read_now(int fd, void *out, size_t bytes)
{
    ssize_t rc = recv(fd, out, bytes, MSG_DONTWAIT);
    if (rc < 0)
        return errno == EAGAIN ? -1 : -(int64_t)errno - 1000;
    return rc;
}
