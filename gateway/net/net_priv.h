#ifndef GATEWAY_NET_NET_PRIV_H
#define GATEWAY_NET_NET_PRIV_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "gateway/net/net.h"

enum { NET_LINGER_NS = 1000000000, NET_ACCEPT_PAUSE_NS = 50000000, NET_WARM_BYTES = 16384 };

/* What a completion belongs to: the low bits of its user_data; the rest is a pointer. */
enum net_op {
    NET_OP_NONE = 0, /* nobody cares */
    NET_OP_RECV = 1,
    NET_OP_SEND = 2,
    NET_OP_CONNECT = 3,
    NET_OP_TIMER = 4,
    NET_OP_ACCEPT = 5,
    NET_OP_BELL = 6,
    NET_OP_WATCH = 7,
};
enum { NET_OP_MASK = 7 };

enum net_conn_state {
    NET_FREE = 0,
    NET_CONNECTING,
    NET_UP,
    NET_FLUSHING, /* net_close(after_flush): sends the rest, throws away what comes */
    NET_CLOSED,   /* on_close is due or was; waits for the kernel to let go of the buffers */
};

struct net_piece { /* queued bytes that lie together */
    const uint8_t *base;
    uint32_t bytes;
    uint32_t zero;
    struct net_block *block; /* NULL: the connection's own buffer */
};

/* The own send buffer: bytes [head, tail), or, wrapped, [head, wrap) and then [0, tail). A reserve
 * that does not fit behind tail starts again at 0, so that every piece is contiguous and none moves
 * while the kernel reads it. source: "bip buffer", S. Cooke */
struct net_sendbuf {
    uint8_t *data;
    uint32_t cap, head, tail, wrap, used, reserved_at;
    bool wrapped;
};

struct net_conn {
    _Alignas(64) struct net *net;
    const struct net_ops *ops;
    void *user;
    int fd;
    uint32_t slot, generation;
    enum net_conn_state state;
    bool recv_in_kernel, send_in_kernel, connect_in_kernel, timer_in_kernel;
    bool recv_paused, eof, want_writable, want_resume, lingering, told_closed;
    bool on_io_list, on_call_list;
    struct net_conn *io_next, *call_next;
    uint8_t *recv_buf;
    uint32_t recv_start, recv_end, recv_high, send_high;
    struct net_sendbuf send;
    struct net_piece *pieces;
    uint32_t piece_head, piece_tail; /* free-running */
    uint64_t pending;
    enum net_close_reason reason;
    int errno_value;
    struct msghdr msg;
    struct iovec iov[NET_IOV_MAX];
    struct __kernel_timespec linger_at;
    struct sockaddr_storage to;
    char peer[NET_ADDRESS_TEXT_MAX];
    uint16_t local_port;
};

struct net_listener {
    _Alignas(8) struct net *net;
    int fd;
    uint16_t port;
    bool armed;
    const struct net_ops *ops;
    void *arg;
};

struct net_watched {
    _Alignas(8) int fd;
    bool armed;
    void (*on_ready)(void *arg);
    void *arg;
};

struct net {
    struct io_uring ring;
    bool enabled, defer;
    struct net_options options;
    struct net_conn *conns;
    uint32_t *free_slots;
    uint32_t free_cnt;
    struct net_conn *io_list;   /* something to submit */
    struct net_conn *call_list; /* a callback is due */
    struct net_listener listeners[NET_LISTENER_MAX];
    uint32_t listener_cnt;
    int64_t accept_at_ns; /* > 0: no descriptors; not before this time again */
    struct net_watched watched[NET_WATCH_MAX];
    uint32_t watch_cnt;
    int bell_fd;  /* of the armed poll; -1 = none */
    int spare_fd; /* given up to shed a connection when descriptors have run out */
    struct net_block *blocks, *block_free;
    uint8_t *mem;
    size_t mem_bytes;
    struct net_stats stats;
};

static inline uint64_t
net_tag(const void *p, enum net_op op)
{
    return (uint64_t)(uintptr_t)p | (uint64_t)op;
}

/* net.c */
struct io_uring_sqe *net_sqe(struct net *n);
void net_io_list_add(struct net_conn *c);
void net_call_list_add(struct net_conn *c);

/* net_conn.c: connections */
struct net_conn *net_conn_take(struct net *n, int fd, const struct net_ops *ops, void *user);
void net_conn_start(struct net_conn *c);   /* an accepted one stands */
void net_conn_prepare(struct net_conn *c); /* from the io list: its submissions */
void net_conn_call(struct net_conn *c);    /* from the call list: its callbacks */
void net_conn_on_recv(struct net_conn *c, int res);
void net_conn_on_send(struct net_conn *c, int res);
void net_conn_on_connect(struct net_conn *c, int res);
void net_conn_on_timer(struct net_conn *c);

/* net_send.c: the send queue */
uint32_t net_send_gather(struct net_conn *c);            /* fills c->iov; number of pieces */
void net_send_taken(struct net_conn *c, uint32_t bytes); /* the kernel has taken them */
void net_send_drop(struct net_conn *c);                  /* forgets everything */
bool net_send_low(const struct net_conn *c);             /* on_writable is due */

/* net_listen.c */
void net_listener_prepare(struct net_listener *l);
void net_listener_on_accept(struct net_listener *l, int res, uint32_t flags);
int net_address_parse(const char *address, uint16_t port, struct sockaddr_storage *out,
                      socklen_t *bytes, struct error *err) ERROR_MUST_USE;
void net_address_text(const struct sockaddr_storage *a, char out[NET_ADDRESS_TEXT_MAX]);
uint16_t net_address_port(const struct sockaddr_storage *a);

/* net_owner.c: "process 123 (nginx)" of the socket that listens on a port; false when not seen */
bool net_port_owner(uint16_t port, char *out, size_t out_bytes);

#endif
