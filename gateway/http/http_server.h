#ifndef GATEWAY_HTTP_HTTP_SERVER_H
#define GATEWAY_HTTP_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "gateway/http/http_request.h"
#include "gateway/http/ws_frame.h"
#include "gateway/net/net.h"

/* HTTP/1.1 and WebSocket connections on one struct net. Requests of a connection are handed over
 * one at a time and may be answered later; what a peer pipelines behind it waits in its buffer.
 *
 * Order of what is sent: http_answer, http_ws_send and http_ws_send_shared keep theirs. What the
 * peer does not take at once waits in the connection's queue and, beyond that, in memory of the
 * connection, up to out_max; a peer that is further behind is cut off.
 *
 * thread: the owner of the struct net; callbacks run inside net_poll. */
struct http_server;
struct http_conn;

struct http_server_options { /* zero fields take the value in brackets */
    uint32_t conn_max;       /* as in net_options [1024] */
    uint32_t body_max;       /* bytes of a request's body [8192] */
    uint32_t message_max;    /* bytes of a WebSocket message [65536] */
    uint64_t out_max;        /* bytes that wait for one peer, beyond its queue [64 MiB] */
    int64_t request_ns;      /* for a request to come whole [10 s] */
    int64_t idle_ns;         /* between requests [75 s] */
    int64_t ping_ns;         /* silence before a WebSocket peer is pinged [30 s] */
    int64_t pong_ns;         /* and then closed [20 s] */
    int64_t close_ns;        /* for the peer to take the end [5 s] */
};

struct http_handler {
    void *self;
    /* A whole request; its texts live until the call returns. Answer now or later. */
    void (*on_request)(void *self, struct http_conn *c, const struct http_request *r);
    /* A request to become a WebSocket, form checked: true takes it; false: it was answered. */
    bool (*on_upgrade)(void *self, struct http_conn *c, const struct http_request *r);
    /* A text message of a WebSocket. */
    void (*on_message)(void *self, struct http_conn *c, const char *text, size_t bytes);
    /* The connection, WebSocket or not, is gone. */
    void (*on_close)(void *self, struct http_conn *c);
};

int http_server_open(struct http_server **out, struct net *n, const struct http_server_options *o,
                     const struct http_handler *handler, struct error *err) ERROR_MUST_USE;
/* After net_fini, or when no connection is left. */
void http_server_close(struct http_server *s);

/* Returns the bound port, or a negative code. */
int http_server_listen(struct http_server *s, const char *address, uint16_t port,
                       struct error *err) ERROR_MUST_USE;

/* Once per cycle, before net_poll: the time that the cycle goes by. Time limits are looked at every
 * HTTP_SWEEP_NS. */
void http_server_tick(struct http_server *s, int64_t mono_ns);
enum { HTTP_SWEEP_NS = 250000000 };

/* Bytes that a connection's receive buffer must have for these options (net_options.recv_bytes). */
uint32_t http_server_recv_bytes(const struct http_server_options *o);

struct http_answer {
    uint16_t status;
    const char *type;    /* Content-Type; NULL = application/json */
    const char *headers; /* more header lines, each with CR LF; NULL = none */
    const char *body;
    size_t bytes;
};

/* Answers the request under way. */
void http_answer(struct http_conn *c, const struct http_answer *a);

/* --- WebSocket --- */

bool http_conn_is_ws(const struct http_conn *c); /* open: messages can be sent */
/* One text message, copied. */
void http_ws_send(struct http_conn *c, const char *text, size_t bytes);
/* Whole frames that lie in a block, for many connections. */
void http_ws_send_shared(struct http_conn *c, struct net_block *b, uint32_t offset, uint32_t bytes);
/* Whole frames, copied. */
void http_ws_send_frames(struct http_conn *c, const void *frames, size_t bytes);
/* Starts the closing handshake: what was sent before goes out first. */
void http_ws_close(struct http_conn *c, uint16_t code, const char *reason);

/* --- any connection --- */

/* Bytes that wait for the peer. */
uint64_t http_conn_pending(const struct http_conn *c);
uint64_t http_conn_id(const struct http_conn *c);
/* NULL when it is gone. */
struct http_conn *http_conn_find(struct http_server *s, uint64_t id);
const char *http_conn_peer(const struct http_conn *c);
void http_conn_user_set(struct http_conn *c, void *user);
void *http_conn_user(const struct http_conn *c);

struct http_server_stats {
    uint64_t request_cnt, refused_cnt; /* refused: not HTTP as we take it */
    uint64_t upgrade_cnt, message_in_cnt, message_out_cnt;
    uint64_t ws_fail_cnt; /* peers that broke RFC 6455 */
    uint64_t cut_off_cnt; /* peers too far behind, or silent */
    uint32_t conn_cnt, ws_cnt;
};
const struct http_server_stats *http_server_stats(const struct http_server *s);

#endif
