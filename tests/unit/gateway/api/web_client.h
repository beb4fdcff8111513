#ifndef TESTS_UNIT_GATEWAY_API_WEB_CLIENT_H
#define TESTS_UNIT_GATEWAY_API_WEB_CLIENT_H

#include "gateway/http/ws_frame.h"
#include "tests/unit/gateway/api/small_venue.h"

/* A client for tests in the venue's own thread: its waiting turns the venue's cycles, up to a
 * deadline. */
struct web_client {
    struct small_venue *venue;
    int fd;
    char *in; /* received, not yet taken */
    size_t in_bytes, in_room;
    char *text; /* last answer's body or message, zero-terminated */
    int status; /* of the last answer */
    uint16_t close_code;
    bool closed; /* the server ended */
    bool websocket;
    char headers[2048]; /* of the last answer */
};

void web_client_open(struct web_client *c, struct small_venue *v);
void web_client_close(struct web_client *c);

/* A request and its answer: status and text. key: NULL for public ones. */
int web_client_call(struct web_client *c, const char *method, const char *target, const char *body,
                    const char *key, const char *secret);
/* Sends without waiting; then waits for the answer. */
void web_client_send_raw(struct web_client *c, const void *bytes, size_t n);
int web_client_answer(struct web_client *c);

/* WebSocket. */
void web_client_upgrade(struct web_client *c);
/* The same from the beginning: a connection, upgraded, and authenticated unless key is NULL. */
void web_client_open_ws(struct web_client *c, struct small_venue *v, const char *key,
                        const char *secret);
void web_client_say(struct web_client *c, const char *json);
/* The next text message; fails the test after the deadline, or when the server ends. */
const char *web_client_hear(struct web_client *c);
/* Messages until one contains the text; returns it. */
const char *web_client_hear_with(struct web_client *c, const char *part);
/* Waits until the server has closed; the code is in close_code. */
void web_client_hear_close(struct web_client *c);
/* "key","signature",...: fields that authenticate. out: 512 bytes */
void web_client_credentials(char *out, const char *key, const char *secret);

/* Fails the test when the part is not in the text. */
void assert_has(const char *text, const char *part);

/* The value of "key":"..." (or a bare number) in text; "" when it is not there. */
const char *json_value(const char *text, const char *key);

#endif
