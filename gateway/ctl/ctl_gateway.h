#ifndef GATEWAY_CTL_CTL_GATEWAY_H
#define GATEWAY_CTL_CTL_GATEWAY_H

#include <sys/types.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/base/port.h"
#include "engine/base/tile.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"

/* The operator gateway as a tile, "ctl". Listens on a Unix socket; a line of JSON is a request
 * (ctl_request.h), a line of JSON the answer:
 *   {"ok":true,"cmd_seq":N,"events":[...]}   carried out, and durable
 *   {"ok":false,"reason":"HALTED","text":"..."}   refused by the core
 * {"ok":false,"text":"..."}   not well formed, or not for this user
 * One request at a time on a connection, in order.
 *
 * thread: open, learn and close before and after the tile runs; the tile's functions its own
 * thread. It never blocks on a client. */
struct ctl_gateway;

struct ctl_operator {
    uint32_t actor_id;
    uid_t uid; /* Unix user that may act as it */
    char name[40];
};

struct ctl_options {
    const char *path; /* of the socket; a stale one is replaced */
    struct port *port;
    struct bcast_ring *ring;
    const struct durable_mark *mark;
    const struct stream_source *source; /* for what was lapped; may be NULL in tests */
    uint32_t session_id;
    const struct ctl_operator *operators;
    uint32_t operator_cnt;
};

int ctl_gateway_open(struct ctl_gateway **out, const struct ctl_options *options,
                     struct error *err) ERROR_MUST_USE;
void ctl_gateway_close(struct ctl_gateway *g);

/* Start-up: every event of the past, in order. */
void ctl_gateway_learn(struct ctl_gateway *g, const struct event *ev);

const struct tile_ops *ctl_gateway_tile_ops(void);    /* self is the gateway */
struct bell *ctl_gateway_bell(struct ctl_gateway *g); /* the tile's own; nobody needs to ring it */

#endif
