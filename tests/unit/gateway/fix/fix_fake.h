#ifndef TESTS_UNIT_GATEWAY_FIX_FIX_FAKE_H
#define TESTS_UNIT_GATEWAY_FIX_FIX_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/port.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/stream/stream.h"
#include "gateway/fix/fix_session.h"

/* A session between a scripted client and a scripted engine, without a socket or a thread.
 *
 * The client writes messages as "35=D|34=2|11=a": SenderCompID, TargetCompID and SendingTime are
 * added unless they are given, and 8, 9 and 10 always. What the session sends is compared without
 * 8, 9, 10, 49, 56, 52, 122 and 60. The engine answers session commands by itself, as the core
 * does. */

enum { FAKE_EVENT_MAX = 4096, FAKE_OUT_BYTES = 1 << 20, FAKE_TEXT = 4096 };

struct fake_source {
    struct stream_source source;
    struct event *events[FAKE_EVENT_MAX]; /* seq - 1 */
    uint64_t cnt;
};

struct fake {
    struct bell *bell;
    struct port port;
    struct fake_source journal;
    struct fix_venue venue;
    struct fix_session_config config;
    struct fix_account account;
    struct fix_session session;
    struct fix_out out;
    char folder[64];
    /* the core's part of the session */
    uint64_t core_in, core_reserved;
    uint32_t core_incarnation;
    bool core_up, core_silent; /* silent: takes commands and says nothing */
    /* the wire */
    uint8_t wire[FAKE_OUT_BYTES];
    size_t wire_bytes, wire_read;
    size_t room; /* bytes that the send buffer takes */
    bool connected, closed;
    /* the newest order command */
    union {
        struct command cmd;
        struct command_order_new order;
        struct command_order_cancel cancel;
        struct command_order_replace replace;
    } last;
    uint32_t command_cnt; /* order commands so far */
};

struct fake *fake_new(void);
void fake_free(struct fake *f);
/* Ends the session and begins it again from its files and the journal; clean: in order. */
void fake_restart(struct fake *f, bool clean);

/* Lets the session and the engine do what there is to do. */
void fake_run(struct fake *f);
void fake_later(struct fake *f, int64_t seconds);

void fake_send(struct fake *f, const char *message);
/* The next message of the session must be this one; "" = there is none. */
void fake_expect_at(struct fake *f, const char *want, const char *file, int line);
#define fake_expect(f, want) fake_expect_at(f, want, __FILE__, __LINE__)
/* Throws away what was sent; returns how many messages. */
uint32_t fake_skip(struct fake *f);
/* The connection breaks. */
void fake_cut(struct fake *f);
/* Logon number seq, answered by number answer. */
void fake_logon(struct fake *f, uint64_t seq, uint64_t answer);

/* Appends an event to the journal, tells the session, and reports it. */
void fake_event(struct fake *f, struct event *ev, uint16_t type);
/* The engine's usual answers to the last order command. */
void fake_accept(struct fake *f, uint64_t order_id);
/* A fill of the buyer's order: this session's. */
void fake_fill(struct fake *f, uint64_t order_id, const char *id, int64_t qty, int64_t cum,
               int64_t price);

#endif
