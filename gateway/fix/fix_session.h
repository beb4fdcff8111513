#ifndef GATEWAY_FIX_FIX_SESSION_H
#define GATEWAY_FIX_FIX_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/port.h"
#include "engine/model/event.h"
#include "gateway/auth/auth_checker.h"
#include "gateway/fix/fix_config.h"
#include "gateway/fix/fix_fetch.h"
#include "gateway/fix/fix_instrument.h"
#include "gateway/fix/fix_map.h"
#include "gateway/fix/fix_status.h"
#include "gateway/fix/fix_table.h"
#include "gateway/fix/fix_write.h"

/* One FIX 4.4 session, whether or not its client is connected: numbers of both directions, logon
 * and logout, heartbeats, gaps and resends; orders into the port, reports out of events. It knows
 * no socket and no clock: bytes go to a fix_out, time is in the venue's struct.
 *
 * Inbound numbers: head->next_in. Outbound numbers: given out only up to what the journal holds as
 * reserved for the session (COMMAND_SESSION_RESERVE), one per report in event order, connected or
 * not; what each was is in the map. The connection's cursor sent_next follows: a report that finds
 * the cursor at its number and room in the send buffer goes out at once; otherwise the pump sends
 * it later, made again from its event. A resend is the same pump over old numbers.
 *
 * thread: the gateway's tile; functions of fix_session.c (messages in, states) and fix_outbound.c
 * source: FIX 4.4 volume 2 (session protocol) */

enum {
    FIX_RESERVE_BLOCK = 65536, /* numbers asked for at once; again when half are used */
    FIX_LOGON_TIMEOUT_S = 10,
    FIX_LOGOUT_TIMEOUT_S = 5,
    FIX_STALL_TIMEOUT_S = 30, /* a client that takes nothing of what waits for it */
    FIX_GAP_AGAIN_S = 10,     /* a gap that nothing fills is asked for again */
};

struct fix_out { /* where a session's bytes go */
    void *self;
    /* A place for `bytes`, or NULL; after NULL the owner calls fix_session_wake when there is. */
    uint8_t *(*reserve)(void *self, size_t bytes);
    void (*commit)(void *self, size_t bytes);
    void (*close)(void *self, bool after_flush); /* the session has let go of it before */
    void (*ready)(void *self);                   /* the session is up: messages may come */
};

struct fix_session;

struct fix_counters { /* shown by the gateway as metrics */
    int64_t in_cnt, out_cnt, order_cnt, busy_cnt, reject_cnt, resend_cnt, logon_cnt, refused_cnt;
};

struct fix_venue { /* what the sessions of a gateway share */
    const char *comp_id;
    struct port *port;
    struct fix_instruments *instruments;
    struct auth_checker *checker;
    struct fix_fetch fetch;
    uint32_t sending_time_window_s; /* 0 = not checked */
    int64_t mono_ns, utc_ns;        /* of this cycle */
    struct fix_time_cache sending_clock, event_clock;
    uint64_t learned_seq;     /* last event seen */
    struct fix_session *busy; /* those with something to do in fix_session_cycle */
    struct fix_counters counters;
};

enum fix_state {
    FIX_DOWN = 0,
    FIX_AUTH,     /* the password is being checked */
    FIX_WAIT,     /* logon is good; SESSION_UP and the numbers are not durable yet */
    FIX_REFUSING, /* a Logout is due as soon as there is a number for it */
    FIX_UP,
    FIX_LOGOUT, /* ours is under way; the client's answer, or all being sent, ends it */
};

struct fix_logon {               /* of the logon under way */
    uint64_t seq, next_expected; /* 0 = 789 not given */
    uint32_t heartbeat_s;
    bool reset, poss_dup;
};

struct fix_session {
    const struct fix_session_config *config;
    struct fix_venue *venue;
    struct fix_map map;
    struct fix_map_found found;    /* at open */
    char comp_ids[FIX_HEADER_MAX]; /* 49=...|56=...| */
    uint32_t comp_ids_bytes;
    uint32_t index; /* in the gateway */

    /* what the journal says */
    uint64_t reserved;     /* outbound numbers up to this are ours */
    uint64_t confirmed_in; /* newest client number that a durable command carried */
    uint32_t incarnation;  /* newest */
    uint32_t reset_incarnation;
    bool core_up;

    /* what was asked of it */
    uint64_t reserve_asked;
    uint64_t last_cmd_in; /* client's number of the newest command in the port */
    bool up_due, up_asked, up_done, down_due;

    /* events to numbers */
    bool lagging;        /* has no numbers for events behind head->event_seq: caught up later */
    uint64_t anew_until; /* events up to it are sent anew, with 97=Y */
    uint64_t hole_to;    /* client numbers up to it may come again though they were answered */
    uint64_t hole_first; /* by messages of ours from this number on; 0 = none was */

    /* the connection */
    enum fix_state state;
    struct fix_out *out;
    struct fix_logon logon;
    uint64_t ticket; /* of the password check */
    char refusal[160];
    uint64_t sent_next;             /* number that this connection is to see next */
    uint64_t resend_at, resend_end; /* being resent; none when at > end */
    uint64_t gap_to;                /* client numbers up to here were asked for; 0 = none */
    uint64_t gap_seen_in;
    int64_t gap_ns, state_ns, recv_ns, sent_ns, progress_ns; /* monotonic */
    uint32_t heartbeat_s;
    bool test_sent;
    bool ending; /* FIX_LOGOUT: no answer is waited for */
    struct fix_subscriptions subscriptions;

    bool on_busy;
    struct fix_session *busy_next;
};

/* --- life --- */

int fix_session_open(struct fix_session *s, struct fix_venue *venue,
                     const struct fix_session_config *config, uint32_t index, const char *folder,
                     struct error *err) ERROR_MUST_USE;
/* clean: the tile has stopped in order. */
void fix_session_close(struct fix_session *s, bool clean);

/* Takes what concerns the session from one of its events, without reporting it: at start for every
 * event there is, later for each before fix_session_report. */
void fix_session_learn(struct fix_session *s, const struct event *ev);
/* A new epoch: nobody is up. */
void fix_session_epoch(struct fix_session *s);
/* Once, after the start has learned all events: decides where numbers go on. */
void fix_session_start(struct fix_session *s);

/* --- connection --- */

/* A connection whose first message is a Logon for this session, which has none. */
void fix_session_logon(struct fix_session *s, struct fix_out *out, const struct fix_checked *m,
                       bool good, const struct fix_reject *fault);
/* The result of the password check with this ticket. */
void fix_session_password(struct fix_session *s, uint64_t ticket, bool good);
/* Any later message. */
void fix_session_message(struct fix_session *s, const struct fix_message *m);
/* The connection is gone. */
void fix_session_lost(struct fix_session *s);
/* Ends the session with a Logout, without waiting for an answer. text: NULL = none */
void fix_session_logout(struct fix_session *s, const char *text);
/* Asks the client to end it: a Logout, and time to answer. */
void fix_session_quit(struct fix_session *s, const char *text);

/* Ends the connection without a word. */
void fix_session_cut(struct fix_session *s);

/* --- cycle --- */

/* Puts the session on the venue's busy list. */
void fix_session_wake(struct fix_session *s);
/* Does bounded pending work; true when more is left that can be done now. */
bool fix_session_cycle(struct fix_session *s);
/* Heartbeats and deadlines; every 100 ms or so. */
void fix_session_timer(struct fix_session *s);

/* --- reports (fix_outbound.c) --- */

/* Gives the event its number, and sends it if the client is there; of a fill or a negotiated trade
 * each side has its own: buy, sell or both, of what is no trade buy alone. false: too few numbers
 * are left for two, none was given; the session lags. */
bool fix_session_report(struct fix_session *s, const struct event *ev, bool buy, bool sell);

#endif
