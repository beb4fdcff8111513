#ifndef GATEWAY_HTTP_WS_DIALER_H
#define GATEWAY_HTTP_WS_DIALER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "gateway/net/net.h"

/* The client's end of a WebSocket, for load, benchmarks and tests: upgrades, masks, answers pings,
 * shows text messages. Many of them share one struct net, whose owner polls it.
 * thread: the net's owner
 * source: RFC 6455 sections 4.1 (opening), 5.3 (mask), 7.1 (closing) */
struct ws_dialer;

struct ws_dialer_options { /* texts live as long as the dialer */
    const char *address;   /* numeric */
    uint16_t port;
    size_t message_max; /* bytes of a message from the server; 0 = 1 MiB */
};

struct ws_dialer_ops { /* on_open may be NULL */
    void (*on_open)(void *user);
    /* A text message; lives during the call. */
    void (*on_message)(void *user, const char *text, size_t bytes);
    /* The end, whoever began it. why: the server's words, or what happened to the connection */
    void (*on_close)(void *user, const char *why);
};

int ws_dialer_open(struct ws_dialer **out, struct net *net, const struct ws_dialer_options *o,
                   const struct ws_dialer_ops *ops, void *user, struct error *err) ERROR_MUST_USE;
/* Frees it; a connection that stands is cut without on_close. Not inside its own callbacks. */
void ws_dialer_close(struct ws_dialer *d);

/* Begins a connection: on_open or on_close follows. errors: ERR_BUSY when one stands or begins */
int ws_dialer_connect(struct ws_dialer *d, struct error *err) ERROR_MUST_USE;
bool ws_dialer_up(const struct ws_dialer *d);

/* One text message. 0; ERR_NO_SPACE: nothing sent, try again later; ERR_CLOSED */
int ws_dialer_send(struct ws_dialer *d, const char *text, size_t bytes) ERROR_MUST_USE;
/* Begins the closing handshake (1000); on_close follows. */
void ws_dialer_end(struct ws_dialer *d);

#endif
