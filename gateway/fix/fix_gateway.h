#ifndef GATEWAY_FIX_FIX_GATEWAY_H
#define GATEWAY_FIX_FIX_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/bell.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "engine/base/port.h"
#include "engine/base/tile.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"
#include "gateway/fix/fix_config.h"

/* The FIX acceptor: the tile "fix". Listens, tells sessions apart by their Logon, turns orders into
 * commands in its port, and released events into reports.
 *
 *   fix_gateway_open(&g, &options, err)
 *   fix_gateway_learn(g, ev)           for each event in the journal, in order; or not at all: then
 *                                      the tile reads them itself in its first cycle
 *   tile = {.ops = &fix_gateway_tile_ops, .self = g, .bell = options.bell, ...}; tile_start(...)
 *   fix_gateway_quit(g); wait for fix_gateway_quiet(g) with a deadline      clients are told
 *   tile_stop, tile_join; fix_gateway_close(g, true)
 *
 * thread: open and close while the tile does not run; quit and quiet any */
struct fix_gateway;

struct fix_gateway_options {
    const char *address;                       /* numeric */
    uint16_t listen_port;                      /* 0 = a free one */
    const char *comp_id;                       /* the venue's, 1 to 39 characters */
    const struct fix_session_config *sessions; /* live as long as the gateway */
    uint32_t session_cnt;
    const char *folder; /* <data>/fix: made when it is not there */
    struct port *port;  /* its own, attached */
    struct bell *bell;  /* the tile's: bell_init with an eventfd; the journal rings it, too */
    struct bcast_ring *ring;
    const struct durable_mark *mark;
    uint64_t event_seq; /* last event of the history, before the ring's first; 0 = source's last */
    const struct stream_source *source; /* the journal's, for this tile alone */
    struct metrics *metrics;
    uint32_t conn_max;              /* 0 = sessions + 64 */
    uint32_t instrument_max;        /* 0 = 4096 */
    uint32_t sending_time_window_s; /* 52 may be this far off; 0 = 120 */
};

int fix_gateway_open(struct fix_gateway **out, const struct fix_gateway_options *options,
                     struct error *err) ERROR_MUST_USE;
/* clean: the tile ended in order; numbers go on exactly where they are. */
void fix_gateway_close(struct fix_gateway *g, bool clean);

/* One event of the history; before the tile starts. */
void fix_gateway_learn(struct fix_gateway *g, const struct event *ev);

uint16_t fix_gateway_port(const struct fix_gateway *g); /* that it listens on */

/* No more connections; those that are there get a Logout. */
void fix_gateway_quit(struct fix_gateway *g);
/* After quit: no session is connected any more. */
bool fix_gateway_quiet(const struct fix_gateway *g);

extern const struct tile_ops fix_gateway_tile_ops;

#endif
