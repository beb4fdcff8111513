#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "gateway/net/net_priv.h"

enum { LISTEN_BACKLOG = 1024 };

int
net_address_parse(const char *address, uint16_t port, struct sockaddr_storage *out,
                  socklen_t *bytes, struct error *err)
{
    memset(out, 0, sizeof(*out));
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *bytes = sizeof(*v4);
        return 0;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *bytes = sizeof(*v6);
        return 0;
    }
    return error_set(err, ERR_INVALID, "'%s' is not a numeric IPv4 or IPv6 address", address);
}

uint16_t
net_address_port(const struct sockaddr_storage *a)
{
    return ntohs(a->ss_family == AF_INET ? ((const struct sockaddr_in *)a)->sin_port
                                         : ((const struct sockaddr_in6 *)a)->sin6_port);
}

void
net_address_text(const struct sockaddr_storage *a, char out[NET_ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->ss_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, host, sizeof(host));
        snprintf(out, NET_ADDRESS_TEXT_MAX, "%s:%u", host, net_address_port(a));
    } else {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, host, sizeof(host));
        snprintf(out, NET_ADDRESS_TEXT_MAX, "[%s]:%u", host, net_address_port(a));
    }
}

static int
bind_error(const struct sockaddr_storage *at, int errno_value, struct error *err)
{
    char text[NET_ADDRESS_TEXT_MAX], owner[96];
    net_address_text(at, text);
    if (errno_value != EADDRINUSE)
        return error_errno(err, errno_value, "cannot listen on %s", text);
    if (net_port_owner(net_address_port(at), owner, sizeof(owner)))
        return error_set(err, ERR_EXISTS, "cannot listen on %s: the port is in use by %s", text,
                         owner);
    return error_set(err, ERR_EXISTS,
                     "cannot listen on %s: the port is in use (by a process that this user may "
                     "not see)",
                     text);
}

int
net_listen(struct net *n, const char *address, uint16_t port, const struct net_ops *ops, void *arg,
           struct error *err)
{
    if (n->listener_cnt == NET_LISTENER_MAX)
        return error_set(err, ERR_NO_SPACE, "net: more than %d listeners", NET_LISTENER_MAX);
    struct sockaddr_storage at;
    socklen_t bytes;
    int rc = net_address_parse(address, port, &at, &bytes, err);
    if (rc != 0)
        return rc;
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "net: socket");
    int one = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
                     sizeof(one)); /* accepted ones inherit it */
    if (bind(fd, (struct sockaddr *)&at, bytes) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        rc = bind_error(&at, errno, err);
        close(fd);
        return rc;
    }
    bytes = sizeof(at);
    (void)getsockname(fd, (struct sockaddr *)&at, &bytes);
    struct net_listener *l = &n->listeners[n->listener_cnt++];
    *l = (struct net_listener){
        .net = n, .fd = fd, .port = net_address_port(&at), .ops = ops, .arg = arg};
    return l->port;
}

void
net_listen_stop(struct net *n)
{
    for (uint32_t i = 0; i < n->listener_cnt; i++) {
        struct net_listener *l = &n->listeners[i];
        if (l->fd >= 0) {
            shutdown(l->fd, SHUT_RDWR); /* the port is free at once; the accept ends */
            close(l->fd);
            l->fd = -1;
        }
    }
}

void
net_listener_prepare(struct net_listener *l)
{
    struct net *n = l->net;
    if (l->armed || l->fd < 0 || (n->accept_at_ns > 0 && clock_mono_ns() < n->accept_at_ns))
        return;
    n->accept_at_ns = 0;
    struct io_uring_sqe *sqe = net_sqe(n);
    io_uring_prep_multishot_accept(sqe, l->fd, NULL, NULL, SOCK_CLOEXEC);
    sqe->user_data = net_tag(l, NET_OP_ACCEPT);
    l->armed = true;
}

/* Descriptors have run out: gives up the spare one to take what waits and close it, so that
 * its peer learns of it instead of hanging in the queue; then pauses, for the kernel refuses at
 * once until a descriptor is free. */
static void
listener_shed(struct net_listener *l)
{
    struct net *n = l->net;
    n->accept_at_ns = clock_mono_ns() + NET_ACCEPT_PAUSE_NS;
    if (n->spare_fd < 0)
        return;
    close(n->spare_fd);
    struct pollfd waiting = {.fd = l->fd, .events = POLLIN};
    while (poll(&waiting, 1, 0) == 1) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            break;
        n->stats.refused_cnt++;
        close(fd);
    }
    n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
net_listener_on_accept(struct net_listener *l, int res, uint32_t flags)
{
    struct net *n = l->net;
    if ((flags & IORING_CQE_F_MORE) == 0)
        l->armed = false; /* armed again by the next prepare */
    if (l->fd < 0) {
        if (res >= 0)
            close(res);
        return;
    }
    if (res == -EMFILE || res == -ENFILE)
        listener_shed(l);
    if (res < 0)
        return;
    struct net_conn *c = net_conn_take(n, res, l->ops, l->arg);
    if (c == NULL) {
        n->stats.refused_cnt++;
        close(res);
        return;
    }
    n->stats.accepted_cnt++;
    net_conn_start(c);
}
