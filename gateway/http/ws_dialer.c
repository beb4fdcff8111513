#include "gateway/http/ws_dialer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "engine/base/check.h"
#include "gateway/http/http_request.h"
#include "gateway/http/ws_frame.h"

enum {
    MESSAGE_MAX = 1 << 20,
    WHY_BYTES = 160,
    BODY_MAX = 4096, /* of a reply that refuses */
    BODY_TOLD_MAX = 100,
    KEY_BYTES = 24, /* 16 random bytes in base64 */
    MASK_CNT = 64,  /* masks that are drawn at once */
    HEADER_FIELDS_BYTES = 256,
};

enum dialer_state {
    DIALER_DOWN,
    DIALER_CONNECTING,
    DIALER_UPGRADE, /* asked for */
    DIALER_UP,
    DIALER_ENDING, /* our close frame is out */
};

struct ws_dialer {
    struct ws_dialer_options options;
    struct ws_dialer_ops ops;
    void *user;
    struct net *net;
    struct net_conn *conn;
    enum dialer_state state;
    struct ws_decoder decoder;
    uint8_t *scratch;
    char key[KEY_BYTES + 1];
    size_t scanned; /* of the answer's head */
    uint8_t masks[MASK_CNT][4];
    uint32_t mask_next;
    char why[WHY_BYTES]; /* the first reason that is known */
};

static void
why_set(struct ws_dialer *d, const char *text, size_t bytes)
{
    if (d->why[0] == '\0') {
        snprintf(d->why, sizeof(d->why), "%.*s", (int)(bytes < WHY_BYTES ? bytes : WHY_BYTES - 1),
                 text);
    }
}

static void
give_up(struct ws_dialer *d, const char *why)
{
    why_set(d, why, strlen(why));
    net_close(d->conn, false);
}

static void
draw(void *out, size_t bytes)
{
    CHECK(getrandom(out, bytes, 0) == (ssize_t)bytes, "the system gives no random bytes");
}

/* --- sending --- */

/* Masks nobody can foretell, as section 5.3 wants them; one system call for many. */
static const uint8_t *
next_mask(struct ws_dialer *d)
{
    if (d->mask_next == MASK_CNT) {
        draw(d->masks, sizeof(d->masks));
        d->mask_next = 0;
    }
    return d->masks[d->mask_next++];
}

static int
send_frame(struct ws_dialer *d, enum ws_opcode opcode, const void *payload, size_t bytes)
{
    uint8_t *place = d->conn == NULL ? NULL : net_reserve(d->conn, WS_HEAD_MASKED_MAX + bytes);
    if (place == NULL) {
        return ERR_NO_SPACE;
    }
    const uint8_t *mask = next_mask(d);
    size_t head = ws_frame_head_masked(place, opcode, bytes, mask);
    ws_mask(place + head, payload, bytes, mask, 0);
    net_commit(d->conn, head + bytes);
    return 0;
}

int
ws_dialer_send(struct ws_dialer *d, const char *text, size_t bytes)
{
    return d->state == DIALER_UP ? send_frame(d, WS_TEXT, text, bytes) : ERR_CLOSED;
}

void
ws_dialer_end(struct ws_dialer *d)
{
    uint8_t payload[WS_CONTROL_MAX];
    if (d->state != DIALER_UP) {
        return;
    }
    d->state = DIALER_ENDING;
    if (send_frame(d, WS_CLOSE, payload, ws_close_payload(payload, WS_CLOSE_NORMAL, "")) != 0) {
        give_up(d, "cut: no room for the close frame");
    }
}

static void
ask_upgrade(struct ws_dialer *d)
{
    char request[HEADER_FIELDS_BYTES];
    uint8_t nonce[16];
    draw(nonce, sizeof(nonce));
    EVP_EncodeBlock((unsigned char *)d->key, nonce, sizeof(nonce));
    int bytes = snprintf(request, sizeof(request),
                         "GET / HTTP/1.1\r\nHost: %s:%u\r\nConnection: Upgrade\r\nUpgrade: "
                         "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
                         d->options.address, d->options.port, d->key);
    CHECK(bytes > 0 && (size_t)bytes < sizeof(request), "a request of %d bytes", bytes);
    if (net_send(d->conn, request, (size_t)bytes) != 0) {
        give_up(d, "no room for the request");
    }
}

/* --- receiving --- */

/* May be told again, with more of the body. */
static void
tell_refusal(struct ws_dialer *d, uint16_t status, const char *body, size_t bytes)
{
    (void)snprintf(d->why, sizeof(d->why), "no WebSocket there: %u %.*s", status,
                   (int)(bytes < BODY_TOLD_MAX ? bytes : BODY_TOLD_MAX), body);
}

/* data: the reply from its start. */
static void
take_refusal(struct ws_dialer *d, struct http_reply *r, const uint8_t *data, size_t bytes)
{
    struct http_fault fault;
    char chunks[BODY_MAX];
    struct http_message *m = &r->message;
    size_t body_bytes = bytes - m->head_bytes;
    if (r->until_close) { /* on_close tells what has come until then */
        tell_refusal(d, r->status, (const char *)data + m->head_bytes, body_bytes);
        if (body_bytes >= BODY_TOLD_MAX) {
            net_close(d->conn, false);
        }
        return;
    }
    int64_t whole = http_body_take(m, data, bytes, chunks, BODY_MAX, &fault);
    if (whole == 0) {
        return;
    }
    if (whole < 0) {
        tell_refusal(d, r->status, fault.text, strlen(fault.text));
    } else {
        tell_refusal(d, r->status, m->body.at, m->body.bytes);
    }
    net_close(d->conn, false);
}

static bool
accepted(const struct ws_dialer *d, const struct http_message *m)
{
    char expected[29];
    const struct http_text *accept = http_header_get(m, "sec-websocket-accept");
    ws_accept_key(d->key, KEY_BYTES, expected);
    return accept != NULL && http_text_is(accept, expected) &&
           http_header_has(m, "upgrade", "websocket") &&
           http_header_has(m, "connection", "upgrade");
}

/* The answer to the upgrade; returns the bytes taken, 0 = not whole yet, or given up. */
static size_t
take_answer(struct ws_dialer *d, const uint8_t *data, size_t bytes)
{
    struct http_reply r;
    struct http_fault fault;
    int head = http_head_find(data, bytes, &d->scanned, &fault);
    if (head == 0) {
        return 0;
    }
    if (head < 0 || http_reply_head_parse(&r, data, (size_t)head, &fault) != 0) {
        give_up(d, fault.text);
        return 0;
    }
    if (r.status == 101) {
        if (!accepted(d, &r.message)) {
            give_up(d, "the server's handshake is not that of RFC 6455");
            return 0;
        }
        d->state = DIALER_UP;
        if (d->ops.on_open != NULL) {
            d->ops.on_open(d->user);
        }
        return (size_t)head;
    }
    take_refusal(d, &r, data, bytes);
    return 0;
}

static void
take_control(struct ws_dialer *d, const struct ws_message *m)
{
    uint8_t payload[WS_CONTROL_MAX];
    if (m->opcode == WS_PING) {
        (void)send_frame(d, WS_PONG, m->data, m->bytes); /* without room: the next one */
    } else if (m->opcode == WS_CLOSE) {
        if (m->bytes > 0) {
            why_set(d, (const char *)m->data, m->bytes);
        }
        if (d->state == DIALER_UP) { /* echo the code: section 5.5.1 */
            bool none = m->close_code == WS_CLOSE_NONE;
            size_t n = none ? 0 : ws_close_payload(payload, m->close_code, "");
            (void)send_frame(d, WS_CLOSE, payload, n);
        }
        d->state = DIALER_ENDING;
        net_close(d->conn, true);
    }
}

/* Everything that is whole; returns the bytes taken. */
static size_t
take_frames(struct ws_dialer *d, const uint8_t *data, size_t bytes)
{
    size_t at = 0;
    while (d->state == DIALER_UP || d->state == DIALER_ENDING) {
        struct ws_message m;
        size_t used;
        enum ws_event e = ws_decode(&d->decoder, data + at, bytes - at, &used, d->scratch, &m);
        at += used;
        if (e == WS_MORE) {
            break;
        }
        if (e == WS_FAIL) {
            give_up(d, d->decoder.fail_text);
            return bytes;
        }
        if (e == WS_CONTROL) {
            take_control(d, &m);
        } else if (m.opcode == WS_TEXT) {
            d->ops.on_message(d->user, (const char *)m.data, m.bytes);
        }
    }
    return at;
}

static void
on_open(struct net_conn *n, void *user)
{
    struct ws_dialer *d = user;
    (void)n;
    d->state = DIALER_UPGRADE;
    ask_upgrade(d);
}

static size_t
on_data(struct net_conn *n, void *user, const uint8_t *data, size_t bytes)
{
    struct ws_dialer *d = user;
    size_t at = 0;
    (void)n;
    if (d->state == DIALER_UPGRADE) {
        at = take_answer(d, data, bytes);
    }
    return d->state == DIALER_UPGRADE ? at : at + take_frames(d, data + at, bytes - at);
}

static void
on_close(struct net_conn *n, void *user, enum net_close_reason reason, int errno_value)
{
    struct ws_dialer *d = user;
    (void)n;
    const char *why = errno_value != 0            ? strerror(errno_value)
                      : reason == NET_CLOSE_LOCAL ? "closed"
                                                  : "the server closed the connection";
    why_set(d, why, strlen(why));
    ws_decoder_fini(&d->decoder);
    d->conn = NULL;
    d->state = DIALER_DOWN;
    d->ops.on_close(d->user, d->why);
}

/* --- life --- */

int
ws_dialer_open(struct ws_dialer **out, struct net *net, const struct ws_dialer_options *o,
               const struct ws_dialer_ops *ops, void *user, struct error *err)
{
    struct ws_dialer *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return error_set(err, ERR_NO_SPACE, "WebSocket: no memory");
    }
    d->options = *o;
    d->ops = *ops;
    d->user = user;
    d->net = net;
    d->mask_next = MASK_CNT;
    if (d->options.message_max == 0) {
        d->options.message_max = MESSAGE_MAX;
    }
    d->scratch = malloc(d->options.message_max + WS_CONTROL_MAX + 4);
    if (d->scratch == NULL) {
        free(d);
        return error_set(err, ERR_NO_SPACE, "WebSocket: no memory for a message");
    }
    *out = d;
    return 0;
}

void
ws_dialer_close(struct ws_dialer *d)
{
    if (d == NULL) {
        return;
    }
    if (d->conn != NULL) {
        net_conn_orphan(d->conn);
    }
    ws_decoder_fini(&d->decoder);
    free(d->scratch);
    free(d);
}

int
ws_dialer_connect(struct ws_dialer *d, struct error *err)
{
    if (d->conn != NULL) {
        return error_set(err, ERR_BUSY, "WebSocket %s:%u: connected already", d->options.address,
                         d->options.port);
    }
    static const struct net_ops ops = {
        .on_open = on_open, .on_data = on_data, .on_close = on_close};
    d->why[0] = '\0';
    d->scanned = 0;
    ws_decoder_init(&d->decoder, false, d->options.message_max);
    int rc = net_connect(d->net, d->options.address, d->options.port, &ops, d, &d->conn, err);
    if (rc == 0) {
        d->state = DIALER_CONNECTING;
    }
    return rc;
}

bool
ws_dialer_up(const struct ws_dialer *d)
{
    return d->state == DIALER_UP;
}
