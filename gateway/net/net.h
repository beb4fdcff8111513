#ifndef GATEWAY_NET_NET_H
#define GATEWAY_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bell.h"
#include "engine/base/error.h"

/* TCP on io_uring: the one layer under every protocol. Single-threaded: one owner, usually a tile,
 * makes every call, and every callback runs inside the owner's net_poll. (net_open and net_listen
 * may run on another thread before the first net_poll.)
 *
 * Bytes in:  on_data shows all that is buffered and returns how much was consumed. The rest is kept
 *            and shown again, with what came after it, when more arrives or net_resume is called.
 *            While the buffer is full, nothing is received: that is the backpressure on the peer.
 * Bytes out: net_send copies; net_reserve and net_commit let an encoder write in place;
 *            net_send_shared queues a piece of a block that many connections share. All of them
 *            only queue: what one cycle queued goes out with one submission, in net_flush, or in
 *            the next net_poll or net_wait. Order between the three is kept.
 * Timers (heartbeats, idle limits, a flush that takes too long) are the owner's.
 *
 * Plain TCP: there is no TLS here. Listeners are on loopback unless configured otherwise.
 *
 * Caveats: a connection pointer dies when its on_close returns; keep net_conn_id for what answers
 * later. A reserve is void after any other call on the same connection. */
struct net;
struct net_conn;

enum {
    NET_LISTENER_MAX = 16,
    NET_WATCH_MAX = 16,
    NET_IOV_MAX = 16,          /* pieces that one send gathers */
    NET_ADDRESS_TEXT_MAX = 56, /* "[v6 address]:port" and its end */
};

struct net_options {     /* zero fields take the value in brackets */
    uint32_t conn_max;   /* connections, accepted and made [1024]; beyond it an accepted one is
                            closed at once and counted */
    uint32_t recv_bytes; /* receive buffer of a connection [16384] */
    uint32_t send_bytes; /* own send buffer of a connection, for net_send and net_reserve [65536] */
    uint32_t piece_max;  /* queued pieces of a connection; neighbours merge [64]; power of two */
    uint64_t pending_max; /* bytes queued on one connection, shared ones included [1 MiB] */
    uint32_t block_bytes; /* size of a shared block [65536] */
    uint32_t block_max;   /* shared blocks [0: none] */
};

enum net_close_reason {
    NET_CLOSE_LOCAL = 1,   /* net_close */
    NET_CLOSE_PEER = 2,    /* the peer ended in order */
    NET_CLOSE_RESET = 3,   /* the peer reset, or the network did */
    NET_CLOSE_CONNECT = 4, /* net_connect failed */
    NET_CLOSE_ERROR = 5,   /* another error of the system */
};

/* Callbacks of a listener's or a connect's connections. `user` is the arg of net_listen or
 * net_connect until net_conn_user_set changes it. Each may be NULL except on_data. Any of them may
 * call net_close. */
struct net_ops {
    /* The connection stands. */
    void (*on_open)(struct net_conn *c, void *user);
    /* All buffered bytes; returns how many are consumed, from 0 to bytes. Consumed bytes may be
     * overwritten after it returns. */
    size_t (*on_data)(struct net_conn *c, void *user, const uint8_t *data, size_t bytes);
    /* After net_send, net_reserve or net_send_shared had no room: at most half is pending now. */
    void (*on_writable)(struct net_conn *c, void *user);
    /* The peer has ended its direction; all its bytes were shown. true: keep the connection for
     * sending until net_close; false or NULL: what is queued is sent, then it closes. */
    bool (*on_half_close)(struct net_conn *c, void *user);
    /* The last call for c, exactly once for every connection that had on_open, and for a connect
     * that failed. errno_value: 0 when the reason says all. */
    void (*on_close)(struct net_conn *c, void *user, enum net_close_reason reason, int errno_value);
};

/* --- the layer --- */

/* Takes all memory (address space; pages are touched on use) and the io_uring. */
int net_open(struct net **out, const struct net_options *options, struct error *err) ERROR_MUST_USE;
/* Closes every socket without callbacks; the owner's thread has stopped. */
void net_fini(struct net *n);

/* Listens on a numeric IPv4 or IPv6 address; port 0 takes a free one. Returns the bound port. A
 * port in use is ERR_EXISTS, and the text names address, port and, where /proc shows it, its owner.
 */
int net_listen(struct net *n, const char *address, uint16_t port, const struct net_ops *ops,
               void *arg, struct error *err) ERROR_MUST_USE;
/* Stops every listener; connections stay. */
void net_listen_stop(struct net *n);

/* Begins a connection to a numeric address: on_open, or on_close with NET_CLOSE_CONNECT, follows in
 * net_poll. */
int net_connect(struct net *n, const char *address, uint16_t port, const struct net_ops *ops,
                void *arg, struct net_conn **out, struct error *err) ERROR_MUST_USE;

/* Handles up to `budget` completions and their callbacks, submits what they queued; never blocks.
 * Returns completions handled. cost: no system call when nothing came and nothing is queued */
uint32_t net_poll(struct net *n, uint32_t budget);
/* Submits what is queued. For owners that queue outside of callbacks: once per cycle, at its end.
 */
void net_flush(struct net *n);

/* Flushes, then sleeps until a completion, a ring of the bell (its eventfd; NULL = none) since
 * bell_seen gave `seen`, or the deadline (CLOCK_MONOTONIC ns; INT64_MAX = none). Calls bell_cancel.
 * May return early. For struct tile_ops.wait. */
void net_wait(struct net *n, struct bell *bell, uint32_t seen, int64_t deadline_mono_ns);

/* Calls on_ready in net_poll whenever fd (a socket's, an eventfd, NNG's) is readable; on_ready must
 * drain it. Returns 0, or ERR_NO_SPACE. */
int net_watch(struct net *n, int fd, void (*on_ready)(void *arg), void *arg) ERROR_MUST_USE;

/* --- a connection --- */

/* Queues a copy. 0, or ERR_NO_SPACE (nothing queued; on_writable will come), or ERR_CLOSED. */
int net_send(struct net_conn *c, const void *data, size_t bytes) ERROR_MUST_USE;
/* A contiguous place for up to `bytes` in the send buffer, or NULL (no room: on_writable will come;
 * or closed). net_commit queues the first `bytes` of it. */
uint8_t *net_reserve(struct net_conn *c, size_t bytes);
void net_commit(struct net_conn *c, size_t bytes);

/* A block of options.block_bytes that connections share: written by the owner, append-only once any
 * part of it is queued, freed with the last reference. NULL when none is free. */
struct net_block {
    uint32_t refs; /* the owner's one and one per queued piece */
    uint32_t bytes;
    struct net_block *next_free;
    uint8_t *data;
};
struct net_block *net_block_get(struct net *n); /* refs = 1: the caller's */
void net_block_put(struct net *n, struct net_block *b);
/* Queues a piece without copying; pieces that follow each other in the block merge, so that a
 * client that is behind costs one piece. 0, ERR_NO_SPACE or ERR_CLOSED. */
int net_send_shared(struct net_conn *c, struct net_block *b, uint32_t offset,
                    uint32_t bytes) ERROR_MUST_USE;

/* Bytes queued and not yet taken by the kernel: what decides that a client is slow. */
uint64_t net_pending(const struct net_conn *c);
/* Bytes that net_send would take now. */
size_t net_room(const struct net_conn *c);

/* Shows the buffered bytes again in the next net_poll. */
void net_resume(struct net_conn *c);
/* true: receive nothing more until false. */
void net_recv_pause(struct net_conn *c, bool pause);
/* Closes; on_close follows in net_poll. after_flush: what is queued is sent first (the owner's
 * timer calls again without it when the peer does not read). Nothing is received any more. */
void net_close(struct net_conn *c, bool after_flush);

/* Closes at once, and no callback of it comes any more: for an owner that goes away. The pointer is
 * dead. */
void net_conn_orphan(struct net_conn *c);

void net_conn_user_set(struct net_conn *c, void *user);
void *net_conn_user(const struct net_conn *c);
struct net *net_conn_net(const struct net_conn *c);
/* Never 0, never given to another connection; find: NULL once it is closed. */
uint64_t net_conn_id(const struct net_conn *c);
struct net_conn *net_conn_find(struct net *n, uint64_t id);
/* "127.0.0.1:40112", "[::1]:40112" */
const char *net_conn_peer(const struct net_conn *c);
uint16_t net_conn_local_port(const struct net_conn *c);

struct net_stats {
    uint64_t accepted_cnt,
        refused_cnt; /* refused: no free connection, or no file descriptor left */
    uint64_t closed_cnt;
    uint64_t recv_bytes, sent_bytes;
    uint64_t enter_cnt; /* system calls of the ring */
    uint32_t conn_cnt;  /* open now */
    uint32_t block_free_cnt;
};
void net_stats(const struct net *n, struct net_stats *out);

#endif
