#ifndef GATEWAY_FIX_FIX_CLIENT_H
#define GATEWAY_FIX_FIX_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "gateway/fix/fix_parse.h"
#include "gateway/net/net.h"

/* A lean FIX 4.4 initiator for load and tests: logs on, keeps the session, sends orders, shows
 * reports. Many of them share one struct net, whose owner polls it.
 *
 * It keeps its numbers in memory: a client that connects again goes on with them. What the venue
 * asks to be sent again is gap-filled, never repeated; what it missed itself it asks for.
 * thread: the net's owner */
struct fix_client;

struct fix_client_options { /* texts live as long as the client */
    const char *address;    /* numeric */
    uint16_t port;
    const char *comp_id, *venue_comp_id;
    const char *username, *password; /* NULL = not sent */
    uint32_t heartbeat_s;            /* 0 = 30 */
    bool reset;                      /* 141=Y at the first logon: numbers start at 1 */
};

struct fix_client_report { /* 8, 9, 3 or j; texts point into the message */
    char type;             /* of the message: '8', '9', '3', 'j' */
    char exec_type;        /* 150; 0 when absent, here and below */
    char ord_status;       /* 39 */
    bool again;            /* 43=Y or 97=Y */
    uint16_t id_bytes, orig_bytes, text_bytes;
    const char *id;    /* 11; j: 379 */
    const char *orig;  /* 41 */
    const char *text;  /* 58 */
    uint64_t order_id; /* 37; 0 = NONE */
    uint64_t exec_id;  /* 17 */
    uint32_t reason;   /* 103, 102, 373 or 380 */
    const struct fix_message *message;
};

struct fix_client_ops { /* any may be NULL */
    void (*on_up)(void *user, struct fix_client *c);
    void (*on_report)(void *user, struct fix_client *c, const struct fix_client_report *r);
    /* There is room again after ERR_NO_SPACE. */
    void (*on_writable)(void *user, struct fix_client *c);
    /* why: the venue's Logout text, or what happened to the connection */
    void (*on_down)(void *user, struct fix_client *c, const char *why);
};

int fix_client_open(struct fix_client **out, struct net *net, const struct fix_client_options *o,
                    const struct fix_client_ops *ops, void *user, struct error *err) ERROR_MUST_USE;
/* Frees it; a connection that stands is cut without on_down. Not inside its own callbacks. */
void fix_client_close(struct fix_client *c);

/* Begins a connection: on_up or on_down follows. errors: ERR_BUSY when one stands or begins */
int fix_client_connect(struct fix_client *c, struct error *err) ERROR_MUST_USE;
bool fix_client_up(const struct fix_client *c);
/* Sends a Logout; on_down follows with the venue's answer. */
void fix_client_logout(struct fix_client *c);
/* Cuts the connection as a crash would; on_down follows. */
void fix_client_cut(struct fix_client *c);
/* Heartbeats; about once a second. */
void fix_client_timer(struct fix_client *c);

struct fix_client_order {               /* zero-terminated texts, at most 128 bytes each */
    const char *id;                     /* 11 */
    const char *orig;                   /* 41: cancel, replace */
    const char *symbol;                 /* 55 */
    const char *qty;                    /* 38 */
    const char *price;                  /* 44; NULL = none */
    const char *account;                /* 1; NULL = none */
    const char *exec_inst;              /* 18; NULL = none */
    char side, ord_type, time_in_force; /* 54, 40, 59 as in FIX; time_in_force 0 = left out */
    bool poss_resend;                   /* 97=Y */
};
/* Each sends one message. errors: ERR_NO_SPACE (nothing sent; on_writable comes), ERR_CLOSED */
int fix_client_new(struct fix_client *c, const struct fix_client_order *o) ERROR_MUST_USE;
int fix_client_cancel(struct fix_client *c, const struct fix_client_order *o) ERROR_MUST_USE;
int fix_client_replace(struct fix_client *c, const struct fix_client_order *o) ERROR_MUST_USE;

/* Numbers: of the next message out, and expected in. */
uint64_t fix_client_next_out(const struct fix_client *c);
uint64_t fix_client_next_in(const struct fix_client *c);
/* For tests: pretends that numbers up to before these were seen or sent. */
void fix_client_numbers_set(struct fix_client *c, uint64_t next_out, uint64_t next_in);

/* Bytes queued and not yet taken by the kernel. */
uint64_t fix_client_pending(const struct fix_client *c);

#endif
