#ifndef TESTS_UNIT_GATEWAY_FIX_FIX_ENGINE_H
#define TESTS_UNIT_GATEWAY_FIX_FIX_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/bell.h"
#include "engine/base/durable.h"
#include "engine/base/metrics.h"
#include "engine/base/port.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"
#include "gateway/fix/fix_client.h"
#include "gateway/fix/fix_gateway.h"

/* A real gateway over loopback, real clients, and an engine of few rules between the port and the
 * ring, all on one thread:
 *   a new order is accepted; one whose id begins with F is filled at once, with nobody on the other
 *   side; one whose id begins with X is filled against session 2; a cancel is carried out.
 * What it said is kept as a journal, so that a gateway can be started again. */

enum { ENGINE_SESSIONS = 8, ENGINE_EVENT_MAX = 1 << 20 };

struct engine_session {
    uint64_t in, reserved;
    uint32_t incarnation;
    bool up;
};

struct engine {
    struct bell *core_bell;
    struct port port;
    struct bcast_ring ring;
    struct durable_mark mark;
    struct stream_source source;
    struct metrics *metrics;
    struct bell bell; /* the gateway's */
    int event_fd;
    struct fix_session_config configs[ENGINE_SESSIONS];
    struct fix_gateway_options options;
    struct fix_gateway *gateway;
    struct net *net; /* the clients' */
    char folder[64];
    uint8_t *journal; /* events back to back */
    uint64_t *places; /* of event seq - 1 in it */
    uint64_t journal_bytes, event_cnt;
    struct engine_session sessions[ENGINE_SESSIONS + 1];
    uint64_t order_cnt, command_cnt;
    bool stopped;     /* takes nothing */
    uint64_t mark_to; /* events up to this one are durable; UINT64_MAX = all */
};

struct engine *engine_new(void);
void engine_free(struct engine *e);
void engine_start_gateway(struct engine *e);
void engine_stop_gateway(struct engine *e, bool clean);
/* One round of everybody. */
void engine_step(struct engine *e);
/* Writes an event to journal and ring. */
void engine_emit(struct engine *e, struct event *ev, uint16_t type, uint32_t session_id);
/* The session's numbers go up to this one from now on, whatever it has asked for. */
void engine_reserve(struct engine *e, uint32_t session_id, uint64_t to);
/* A fill of a standing order of this session. */
void engine_fill(struct engine *e, uint32_t session_id, const char *id, uint64_t order_id);

/* Steps until the condition holds; fails the test after the deadline. */
#define ENGINE_UNTIL(e, cond)                                                                      \
    do {                                                                                           \
        int64_t until_end = clock_mono_ns() + 60LL * CLOCK_NS_PER_S;                               \
        while (!(cond)) {                                                                          \
            engine_step(e);                                                                        \
            if (clock_mono_ns() > until_end)                                                       \
                fail_msg("%s did not come true", #cond);                                           \
        }                                                                                          \
    } while (0)

struct trader { /* a client and what it saw */
    struct fix_client *client;
    uint32_t up_cnt, down_cnt, writable_cnt;
    uint32_t new_cnt, fill_cnt, cancel_cnt, reject_cnt, business_cnt, again_cnt;
    uint64_t last_exec_id;
    bool out_of_order; /* exec ids went back without 43 or 97 */
    char why[160], text[160], id[48];
};
void trader_open(struct engine *e, struct trader *t, const char *comp_id, const char *password);
void trader_order(struct trader *t, const char *id, char side);

#endif
