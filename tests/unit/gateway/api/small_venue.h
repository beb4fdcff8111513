#ifndef TESTS_UNIT_GATEWAY_API_SMALL_VENUE_H
#define TESTS_UNIT_GATEWAY_API_SMALL_VENUE_H

#include "engine/base/port.h"
#include "engine/core/core.h"
#include "gateway/api/fanout.h"

/* The demo venue in one thread: the real core with the real risk hooks, a command port, and a
 * fan-out whose events are handed to it as they are made. No journal, no NNG. */
struct small_venue {
    struct core *core;
    void *core_mem;
    struct port port;
    struct bell *bell;
    struct fanout *fanout;
    uint8_t *out;
    uint64_t cmd_seq;
    int64_t time_ns;
    bool started; /* configuration is through: events go to the fan-out as they come */
    bool stopped; /* takes no commands from the port: answers stay out */
    char folder[64];
    char port_path[96], bell_path[96];
};

enum { DEMO_ACCOUNT_1 = 201, DEMO_ACCOUNT_2 = 202 };
#define DEMO_KEY_1    "demo-key-1"
#define DEMO_KEY_2    "demo-key-2"
#define DEMO_SECRET_1 "YXNzYXktZGVtby1zZWNyZXQtMS1vbmx5LWZvci10aGUtZGVtbw=="
#define DEMO_SECRET_2 "YXNzYXktZGVtby1zZWNyZXQtMi1vbmx5LWZvci10aGUtZGVtbw=="
#define DEMO_PASS     "demo"

/* Starts it; the fan-out listens on a free port. options: NULL, or what should differ. */
void small_venue_open(struct small_venue *v, const struct fanout_options *options);
void small_venue_close(struct small_venue *v);

/* One cycle of everything. */
void small_venue_cycle(struct small_venue *v);

/* Applies a command that did not come through the port (another gateway's). */
void small_venue_apply(struct small_venue *v, struct command *cmd);

/* An order of a market maker's account (101 to 104) over another session. */
void small_venue_order(struct small_venue *v, uint32_t account_id, uint32_t instrument_id,
                       uint8_t side, int64_t price_units, int64_t qty_lots, const char *client_id);

#endif
