#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/net/net_priv.h"

struct net_conn *
net_conn_take(struct net *n, int fd, const struct net_ops *ops, void *user)
{
    if (n->free_cnt == 0)
        return NULL;
    struct net_conn *c = &n->conns[n->free_slots[--n->free_cnt]];
    CHECK(c->state == NET_FREE);
    c->generation++;
    c->fd = fd;
    c->ops = ops;
    c->user = user;
    c->recv_paused = c->eof = c->want_writable = c->want_resume = false;
    c->lingering = c->told_closed = false;
    c->recv_start = c->recv_end = c->recv_high = c->send_high = 0;
    c->reason = NET_CLOSE_LOCAL;
    c->errno_value = 0;
    c->peer[0] = '\0';
    c->local_port = 0;
    n->stats.conn_cnt++;
    return c;
}

static void
conn_release(struct net_conn *c)
{
    struct net *n = c->net;
    net_send_drop(c);
    close(c->fd);
    c->fd = -1;
    c->state = NET_FREE;
    /* Both buffers begin again at their first byte whenever they are empty, so that a quiet
     * connection touches few pages: give back those of a busy one. */
    if (c->recv_high > NET_WARM_BYTES)
        madvise(c->recv_buf, n->options.recv_bytes, MADV_DONTNEED);
    if (c->send_high > NET_WARM_BYTES)
        madvise(c->send.data, n->options.send_bytes, MADV_DONTNEED);
    n->free_slots[n->free_cnt++] = c->slot;
    n->stats.conn_cnt--;
    n->stats.closed_cnt++;
    n->accept_at_ns = 0; /* a descriptor is free */
}

static bool
conn_quiet(const struct net_conn *c)
{
    return !c->recv_in_kernel && !c->send_in_kernel && !c->connect_in_kernel &&
           !c->timer_in_kernel && !c->on_io_list && !c->on_call_list;
}

static void
conn_try_release(struct net_conn *c)
{
    if (c->state == NET_CLOSED && c->told_closed && !c->lingering && conn_quiet(c))
        conn_release(c);
}

/* Ends the connection at once; on_close follows from the call list. */
static void
conn_die(struct net_conn *c, enum net_close_reason reason, int errno_value)
{
    if (c->state == NET_CLOSED)
        return;
    if (c->connect_in_kernel) {
        struct io_uring_sqe *sqe = net_sqe(c->net);
        io_uring_prep_cancel64(sqe, net_tag(c, NET_OP_CONNECT), 0);
        sqe->user_data = NET_OP_NONE;
    }
    c->state = NET_CLOSED;
    c->reason = reason;
    c->errno_value = errno_value;
    shutdown(c->fd, SHUT_RDWR); /* completes what the kernel holds */
    net_call_list_add(c);
}

/* Everything is sent: ends our direction, and reads on until the peer has ended its own, for at
 * most NET_LINGER_NS. A plain close would send a reset when the peer's bytes are unread, and the
 * reset can destroy our last message on its way. source: RFC 1122 4.2.2.13 */
static void
conn_finish(struct net_conn *c)
{
    if (c->eof || c->state == NET_CONNECTING) {
        conn_die(c, c->eof ? NET_CLOSE_PEER : NET_CLOSE_LOCAL, 0);
        return;
    }
    shutdown(c->fd, SHUT_WR);
    c->state = NET_CLOSED;
    c->reason = NET_CLOSE_LOCAL;
    c->lingering = true;
    int64_t at = clock_mono_ns() + NET_LINGER_NS;
    c->linger_at.tv_sec = at / CLOCK_NS_PER_S;
    c->linger_at.tv_nsec = at % CLOCK_NS_PER_S;
    struct io_uring_sqe *sqe = net_sqe(c->net);
    io_uring_prep_timeout(sqe, &c->linger_at, 0, IORING_TIMEOUT_ABS);
    sqe->user_data = net_tag(c, NET_OP_TIMER);
    c->timer_in_kernel = true;
    net_call_list_add(c);
    net_io_list_add(c);
}

static void
linger_end(struct net_conn *c)
{
    c->lingering = false;
    if (c->timer_in_kernel) {
        struct io_uring_sqe *sqe = net_sqe(c->net);
        io_uring_prep_timeout_remove(sqe, net_tag(c, NET_OP_TIMER), 0);
        sqe->user_data = NET_OP_NONE;
    }
    conn_try_release(c);
}

void
net_conn_on_timer(struct net_conn *c)
{
    c->timer_in_kernel = false;
    if (c->lingering) {
        shutdown(c->fd, SHUT_RDWR); /* the receive that is under way ends */
        c->lingering = false;
    }
    conn_try_release(c);
}

void
net_close(struct net_conn *c, bool after_flush)
{
    if (c->state == NET_CLOSED || c->state == NET_FREE)
        return;
    if (!after_flush) {
        conn_die(c, NET_CLOSE_LOCAL, 0);
    } else if (c->pending == 0) {
        conn_finish(c);
    } else {
        c->state = NET_FLUSHING;
        net_io_list_add(c);
    }
}

static size_t
nobody_on_data(struct net_conn *c, void *user, const uint8_t *data, size_t bytes)
{
    (void)c, (void)user, (void)data;
    return bytes;
}

void
net_conn_orphan(struct net_conn *c)
{
    static const struct net_ops nobody = {.on_data = nobody_on_data};
    c->ops = &nobody;
    net_close(c, false);
}

/* --- receiving --- */

/* Shows what is buffered; true when the connection is still up. */
static bool
conn_deliver(struct net_conn *c)
{
    uint32_t bytes = c->recv_end - c->recv_start;
    size_t used = c->ops->on_data(c, c->user, c->recv_buf + c->recv_start, bytes);
    CHECK(used <= bytes, "on_data consumed %zu of %u bytes", used, bytes);
    c->recv_start += (uint32_t)used;
    if (c->recv_start == c->recv_end && !c->recv_in_kernel) /* else the kernel writes at recv_end */
        c->recv_start = c->recv_end = 0;
    return c->state == NET_UP;
}

static void
conn_on_eof(struct net_conn *c)
{
    c->eof = true;
    if (c->state == NET_FLUSHING)
        return;
    bool keep = c->ops->on_half_close != NULL && c->ops->on_half_close(c, c->user);
    if (keep || c->state != NET_UP)
        return;
    if (c->pending == 0)
        conn_die(c, NET_CLOSE_PEER, 0);
    else
        net_close(c, true);
}

static void
conn_on_error(struct net_conn *c, int errno_value)
{
    bool reset = errno_value == ECONNRESET || errno_value == EPIPE || errno_value == ETIMEDOUT ||
                 errno_value == ENETUNREACH || errno_value == EHOSTUNREACH;
    conn_die(c, reset ? NET_CLOSE_RESET : NET_CLOSE_ERROR, errno_value);
}

void
net_conn_on_recv(struct net_conn *c, int res)
{
    c->recv_in_kernel = false;
    if (res > 0)
        c->net->stats.recv_bytes += (uint64_t)res;
    if (c->state == NET_CLOSED) {
        if (res <= 0 && c->lingering)
            linger_end(c);
        else if (c->lingering)
            net_io_list_add(c);
        else
            conn_try_release(c);
        return;
    }
    bool thrown_away = res > 0 && c->state == NET_FLUSHING;
    if (res == -EINTR || res == -EAGAIN || thrown_away) {
        net_io_list_add(c);
    } else if (res < 0) {
        conn_on_error(c, -res);
    } else if (res == 0) {
        conn_on_eof(c);
    } else {
        c->recv_end += (uint32_t)res;
        if (c->recv_end > c->recv_high)
            c->recv_high = c->recv_end;
        if (conn_deliver(c))
            net_io_list_add(c);
    }
}

static void
conn_recv_prepare(struct net_conn *c)
{
    bool discard = c->state == NET_FLUSHING || (c->state == NET_CLOSED && c->lingering);
    if (c->recv_in_kernel || c->eof || (!discard && (c->state != NET_UP || c->recv_paused)))
        return;
    uint32_t cap = c->net->options.recv_bytes;
    if (discard)
        c->recv_start = c->recv_end = 0;
    if (c->recv_start > 0 && cap - c->recv_end < cap / 2) {
        memmove(c->recv_buf, c->recv_buf + c->recv_start, c->recv_end - c->recv_start);
        c->recv_end -= c->recv_start;
        c->recv_start = 0;
    }
    if (c->recv_end == cap)
        return; /* the owner cannot consume: so the peer waits */
    struct io_uring_sqe *sqe = net_sqe(c->net);
    io_uring_prep_recv(sqe, c->fd, c->recv_buf + c->recv_end, cap - c->recv_end, 0);
    sqe->user_data = net_tag(c, NET_OP_RECV);
    c->recv_in_kernel = true;
}

/* --- sending --- */

static void
conn_send_prepare(struct net_conn *c)
{
    if (c->send_in_kernel || c->pending == 0 || (c->state != NET_UP && c->state != NET_FLUSHING))
        return;
    uint32_t pieces = net_send_gather(c);
    struct io_uring_sqe *sqe = net_sqe(c->net);
    if (pieces == 1) {
        io_uring_prep_send(sqe, c->fd, c->iov[0].iov_base, c->iov[0].iov_len, MSG_NOSIGNAL);
    } else {
        c->msg = (struct msghdr){.msg_iov = c->iov, .msg_iovlen = pieces};
        io_uring_prep_sendmsg(sqe, c->fd, &c->msg, MSG_NOSIGNAL);
    }
    sqe->user_data = net_tag(c, NET_OP_SEND);
    c->send_in_kernel = true;
}

void
net_conn_on_send(struct net_conn *c, int res)
{
    c->send_in_kernel = false;
    if (c->state == NET_CLOSED) {
        conn_try_release(c);
        return;
    }
    if (res < 0 && res != -EINTR && res != -EAGAIN) {
        conn_on_error(c, -res);
        return;
    }
    if (res > 0) {
        c->net->stats.sent_bytes += (uint64_t)res;
        net_send_taken(c, (uint32_t)res);
    }
    if (c->pending > 0)
        net_io_list_add(c);
    else if (c->state == NET_FLUSHING)
        conn_finish(c);
    if (c->want_writable && c->state == NET_UP && net_send_low(c))
        net_call_list_add(c);
}

/* --- opening --- */

static void
conn_addresses(struct net_conn *c)
{
    struct sockaddr_storage a;
    socklen_t bytes = sizeof(a);
    if (getpeername(c->fd, (struct sockaddr *)&a, &bytes) == 0)
        net_address_text(&a, c->peer);
    bytes = sizeof(a);
    if (getsockname(c->fd, (struct sockaddr *)&a, &bytes) == 0)
        c->local_port = net_address_port(&a);
}

void
net_conn_start(struct net_conn *c)
{
    conn_addresses(c);
    c->state = NET_UP;
    if (c->ops->on_open != NULL)
        c->ops->on_open(c, c->user);
    if (c->state == NET_UP)
        net_io_list_add(c);
}

void
net_conn_on_connect(struct net_conn *c, int res)
{
    c->connect_in_kernel = false;
    if (c->state == NET_CLOSED)
        conn_try_release(c);
    else if (res < 0)
        conn_die(c, NET_CLOSE_CONNECT, -res);
    else
        net_conn_start(c);
}

int
net_connect(struct net *n, const char *address, uint16_t port, const struct net_ops *ops, void *arg,
            struct net_conn **out, struct error *err)
{
    struct sockaddr_storage to;
    socklen_t bytes;
    int rc = net_address_parse(address, port, &to, &bytes, err);
    if (rc != 0)
        return rc;
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0); /* blocking: io_uring waits */
    if (fd < 0)
        return error_errno(err, errno, "net: socket");
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct net_conn *c = net_conn_take(n, fd, ops, arg);
    if (c == NULL) {
        close(fd);
        return error_set(err, ERR_NO_SPACE, "net: all %u connections are in use",
                         n->options.conn_max);
    }
    c->to = to;
    net_address_text(&to, c->peer);
    c->state = NET_CONNECTING;
    net_io_list_add(c);
    *out = c;
    return 0;
}

static void
conn_connect_prepare(struct net_conn *c)
{
    if (c->state != NET_CONNECTING || c->connect_in_kernel)
        return;
    struct io_uring_sqe *sqe = net_sqe(c->net);
    socklen_t bytes = c->to.ss_family == AF_INET ? (socklen_t)sizeof(struct sockaddr_in)
                                                 : (socklen_t)sizeof(struct sockaddr_in6);
    io_uring_prep_connect(sqe, c->fd, (struct sockaddr *)&c->to, bytes);
    sqe->user_data = net_tag(c, NET_OP_CONNECT);
    c->connect_in_kernel = true;
}

/* --- the two lists --- */

void
net_conn_prepare(struct net_conn *c)
{
    conn_connect_prepare(c);
    conn_recv_prepare(c);
    conn_send_prepare(c);
    conn_try_release(c);
}

void
net_conn_call(struct net_conn *c)
{
    if (c->state == NET_CLOSED) {
        if (!c->told_closed && c->ops->on_close != NULL)
            c->ops->on_close(c, c->user, c->reason, c->errno_value);
        c->told_closed = true;
        conn_try_release(c);
        return;
    }
    if (c->want_resume && c->state == NET_UP) {
        c->want_resume = false;
        if (c->recv_end > c->recv_start && conn_deliver(c))
            net_io_list_add(c);
    }
    if (c->want_writable && c->state == NET_UP && net_send_low(c)) {
        c->want_writable = false;
        if (c->ops->on_writable != NULL)
            c->ops->on_writable(c, c->user);
    }
}

void
net_resume(struct net_conn *c)
{
    c->want_resume = true;
    net_call_list_add(c);
}

void
net_recv_pause(struct net_conn *c, bool pause)
{
    c->recv_paused = pause;
    if (!pause)
        net_io_list_add(c);
}

/* --- what it knows --- */

void
net_conn_user_set(struct net_conn *c, void *user)
{
    c->user = user;
}

void *
net_conn_user(const struct net_conn *c)
{
    return c->user;
}

struct net *
net_conn_net(const struct net_conn *c)
{
    return c->net;
}

uint64_t
net_conn_id(const struct net_conn *c)
{
    return (uint64_t)c->generation << 32 | (c->slot + 1);
}

struct net_conn *
net_conn_find(struct net *n, uint64_t id)
{
    uint32_t slot = (uint32_t)id - 1;
    if (slot >= n->options.conn_max)
        return NULL;
    struct net_conn *c = &n->conns[slot];
    bool open = c->state != NET_FREE && c->state != NET_CLOSED;
    return open && c->generation == (uint32_t)(id >> 32) ? c : NULL;
}

const char *
net_conn_peer(const struct net_conn *c)
{
    return c->peer;
}

uint16_t
net_conn_local_port(const struct net_conn *c)
{
    return c->local_port;
}
