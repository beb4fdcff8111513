#ifndef GATEWAY_FIX_FIX_GATEWAY_PRIV_H
#define GATEWAY_FIX_FIX_GATEWAY_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/clock.h"
#include "engine/stream/stream_ring.h"
#include "gateway/auth/auth_checker.h"
#include "gateway/fix/fix_gateway.h"
#include "gateway/fix/fix_session.h"
#include "gateway/net/net.h"

enum {
    CONN_SPARE = 64,
    INSTRUMENT_MAX = 4096,
    SENDING_WINDOW_S = 120,
    AUTH_QUEUE = 64,
    NET_BUDGET = 256,
    EVENT_BUDGET = 2048,
    SCAN_BYTES = 1 << 18,
    FIRST_MESSAGE_S = 10, /* a connection that has said nothing */
    TIMER_NS = 100 * CLOCK_NS_PER_MS,
    RECV_BYTES = 16384, /* more than the longest message */
    SEND_BYTES = 131072,
};
_Static_assert(FIX_BODY_MAX + 64 < RECV_BYTES, "a message fits the receive buffer");

struct fix_conn { /* user of a net_conn */
    struct fix_gateway *gateway;
    struct net_conn *net;        /* NULL: free */
    struct fix_session *session; /* NULL: before the Logon, or after the end */
    struct fix_out out;
    int64_t opened_ns;
    bool ended; /* what comes now is thrown away */
    bool held;  /* bytes wait until the session is ready */
    struct fix_conn *next_free;
};

struct gateway_metrics {
    struct metric *in_cnt, *out_cnt, *order_cnt, *busy_cnt, *reject_cnt, *resend_cnt, *logon_cnt,
        *refused_cnt, *garbled_cnt, *conn_cnt, *up_cnt, *event_seq, *lost_cnt;
};

struct fix_gateway {
    struct fix_gateway_options options;
    struct fix_venue venue;
    struct fix_session *sessions;
    uint32_t session_cnt; /* opened so far */
    uint32_t *by_id;      /* session id to index + 1, open addressing */
    uint32_t id_mask;
    struct net *net;
    struct net_ops net_ops;
    uint16_t listen_port;
    struct stream_ring *ring;
    struct auth_checker *checker;
    struct fix_conn *conns, *conn_free;
    uint32_t conn_max;
    struct fix_message message; /* the one under way; large */
    uint8_t *scan;              /* piece of the stream for sessions that lag */
    int64_t timer_ns;           /* of the next round */
    int64_t garbled_cnt;
    bool begun, failed, quitting;
    struct gateway_metrics metrics;
    _Atomic uint32_t quit;  /* set by fix_gateway_quit, read by the tile */
    _Atomic uint32_t quiet; /* set by the tile */
};

/* fix_gateway.c */
struct fix_session *fix_gateway_session(const struct fix_gateway *g, uint32_t session_id);

/* fix_gateway_conn.c: connections up to their session */
void fix_conn_ops(struct net_ops *out);
void fix_conn_timers(struct fix_gateway *g);

/* fix_gateway_events.c: events to sessions */
void fix_events_learn(struct fix_gateway *g, const struct event *ev);
uint32_t fix_events_poll(struct fix_gateway *g);
/* Catches up sessions that lag: a scan of the stream on their behalf, a piece at a time. */
uint32_t fix_events_scan(struct fix_gateway *g);

#endif
