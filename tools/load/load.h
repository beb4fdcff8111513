#ifndef TOOLS_LOAD_LOAD_H
#define TOOLS_LOAD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/histogram.h"
#include "tools/flow/flow.h"

/* Sends an order flow to a venue over sessions and measures what comes back.
 *
 * Open loop: each operation has an instant at which it is to be sent, fixed beforehand (Poisson
 * arrivals of a seed, or the flow's own times); latency counts from that instant, so that a venue
 * that stalls is charged for what had to wait (coordinated omission); beside it stands the latency
 * from the moment of sending. Without a rate: as fast as `window` outstanding operations a session
 * allow, and both are the same.
 *
 * One thread. After load_open nothing is allocated. The sessions (FIX, WebSocket) are links. */

enum { LOAD_SESSION_MAX = 64, LOAD_REASON_MAX = 64, LOAD_REASON_TEXT_MAX = 104 };
enum { LOAD_ID_MAX = 24, LOAD_AMOUNT_MAX = 24, LOAD_WHY_MAX = 160 };

/* --- links --- */

struct load_message { /* texts live during the call */
    uint8_t kind;     /* enum flow_kind */
    uint8_t side, ord_type, tif;
    bool post_only;
    const char *id;   /* of this operation */
    const char *orig; /* cancel, replace: the order's last acknowledged id */
    const char *symbol;
    const char *price; /* "" at market, and for a cancel */
    const char *qty;   /* "" for a cancel */
};

struct load_link_ops {
    int (*connect)(void *self, struct error *err) ERROR_MUST_USE;
    bool (*up)(const void *self); /* logged on, ready for orders */
    /* 0; ERR_NO_SPACE: nothing sent, tried again later; ERR_CLOSED */
    int (*send)(void *self, const struct load_message *m) ERROR_MUST_USE;
    void (*timer)(void *self);  /* about once a second; NULL: nothing to do */
    void (*logout)(void *self); /* load_on_down follows */
};
struct load_link {
    const struct load_link_ops *ops;
    void *self;
};

/* What drives the links and the time: the network, or a test. */
struct load_driver {
    void *self;
    int64_t (*now)(void *self);                    /* monotonic ns */
    void (*poll)(void *self);                      /* sends, receives, calls back; never blocks */
    void (*wait)(void *self, int64_t deadline_ns); /* until something came, or then */
};

/* --- what links call --- */

struct load;

enum load_answer {
    LOAD_ACCEPTED = 1,        /* of a new order: acknowledged (or parked) */
    LOAD_REJECTED = 2,        /* of a new order */
    LOAD_CANCELED = 3,        /* answer to a cancel */
    LOAD_REPLACED = 4,        /* answer to a replace */
    LOAD_CANCEL_REJECTED = 5, /* answer to a cancel or replace */
    LOAD_FILL = 6,
    LOAD_ENDED = 7,    /* the venue canceled the order by itself (rest of an IOC, end of day) */
    LOAD_REPEATED = 8, /* the venue knows the id already */
    LOAD_PROTOCOL = 9, /* refused as a message: a bug of ours or theirs */
    LOAD_REFUSED = 10, /* taken as a message, refused before it was looked at (busy): counts as a
                          reject of the order, cancel or replace that it was */
};

struct load_report {
    enum load_answer answer;
    const char *id; /* the client id that it is about */
    size_t id_bytes;
    const char *text; /* reason, for people; may be NULL */
    size_t text_bytes;
    bool taker; /* LOAD_FILL: this side removed liquidity */
};
void load_on_report(struct load *l, uint32_t session, const struct load_report *given);
/* The session ended: by us, or not. */
void load_on_down(struct load *l, uint32_t session, const char *why);

/* --- the run --- */

struct load_options { /* zero fields take the value in brackets */
    uint32_t rate;    /* operations a second, all sessions together [0: as fast as it goes] */
    bool as_recorded; /* the flow's own times, divided by speed */
    double speed;     /* [1] */
    uint32_t seconds; /* stop sending after that long [0: the whole flow] */
    uint32_t window; /* outstanding operations a session [rate or as_recorded: no bound; else 64] */
    uint64_t seed;   /* of the arrivals [1] */
    uint32_t drain_s; /* wait for answers after the last one, without a new answer [5] */
    int64_t run_id;   /* makes client ids differ from all other runs': UTC ms of the start */
};

struct load_reason {
    enum load_answer answer;
    char text[LOAD_REASON_TEXT_MAX];
    uint64_t cnt;
};

struct load_counts { /* of one source */
    uint64_t sent[FLOW_KIND_CNT];
    uint64_t accepted, rejected; /* new orders */
    uint64_t canceled, replaced, cancel_rejected, replace_rejected;
    uint64_t fills_taker, fills_maker; /* reports; a trade of ours is one of each */
    uint64_t ended;                    /* by the venue */
};

struct load_result {
    struct load_counts by_source[FLOW_SOURCE_CNT];
    uint64_t warm_sent;       /* operations that only build the book: nowhere else */
    uint64_t unanswered;      /* operations sent and never answered */
    uint64_t protocol_errors; /* messages refused as such */
    uint64_t other_runs;      /* reports about orders of an earlier run */
    uint64_t repeated;        /* ids that the venue knew already */
    uint64_t not_sent;        /* operations left when the time was over */
    uint64_t lost_sessions;
    char lost_why[LOAD_WHY_MAX];                   /* of the first */
    int64_t first_ns, last_ns;                     /* sending, monotonic */
    int64_t answered_ns;                           /* last answer */
    struct histogram order_intended, order_sent;   /* new order to its first answer */
    struct histogram change_intended, change_sent; /* cancel, replace */
    struct load_reason reasons[LOAD_REASON_MAX];
    uint32_t reason_cnt;
};

/* Called a few times a second with how far it is. */
struct load_progress {
    uint64_t sent, answered, total;
    int64_t elapsed_ns;
    const struct load_result *result;
};

/* The flow lives as long as the load. session_cnt links: client i of the flow sends over session
 * i mod session_cnt. */
int load_open(struct load **out, const struct flow *f, const struct load_options *options,
              uint32_t session_cnt, struct error *err) ERROR_MUST_USE;
void load_close(struct load *l);
void load_link_set(struct load *l, uint32_t session, struct load_link link);

/* Connects, sends the warm part, then the flow; drains; logs out. errors: only when sessions do not
 * come up (the text says which and why); what goes wrong later is in the result. */
int load_run(struct load *l, const struct load_driver *driver,
             void (*progress)(void *arg, const struct load_progress *p), void *arg,
             struct error *err) ERROR_MUST_USE;

/* Ends the sending soon; from a signal handler. */
void load_interrupt(struct load *l);

const struct load_result *load_result(const struct load *l);
/* Whether everything was answered and nothing was wrong as a message. */
bool load_clean(const struct load *l);

#endif
