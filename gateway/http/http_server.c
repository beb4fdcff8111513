#include "gateway/http/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/http/json_emit.h"

enum conn_state {
    CONN_FREE = 0,
    CONN_HEAD,    /* a request is read */
    CONN_WAITING, /* it was handed over, the answer is due */
    CONN_WS,
    CONN_WS_CLOSING, /* our close frame is out, the peer's is due */
    CONN_ENDING,     /* the last bytes go out */
};

struct http_conn {
    struct http_server *server;
    struct net_conn *net;
    void *user;
    enum conn_state state;
    bool keep_alive;    /* of the request under way */
    bool head_only;     /* it was a HEAD */
    bool continued;     /* 100 Continue was sent for it */
    bool pinged;        /* a pong is due */
    bool in_data;       /* inside conn_on_data: it goes on by itself after an answer */
    bool half_closed;   /* the peer sends nothing more */
    size_t scanned;     /* of the head under way */
    int64_t since_ns;   /* last byte of the peer, or the time that the state counts from */
    int64_t request_ns; /* first byte of the request under way; 0 = none yet */
    struct ws_decoder ws;
    uint8_t *out; /* what net_send had no room for: out_at..out_bytes is still to go */
    size_t out_at, out_bytes, out_room;
    struct http_conn *next, *prev; /* all that are open */
};

struct http_server {
    struct net *net;
    struct http_server_options options;
    struct http_handler handler;
    struct http_server_stats stats;
    struct http_conn *open; /* list */
    int64_t now_ns;
    int64_t swept_ns;
    char date[40]; /* of the Date header */
    struct http_request request;
    char *chunks;
    uint8_t *scratch;
};

/* --- sending --- */

static void
cut_off(struct http_conn *c)
{
    c->server->stats.cut_off_cnt++;
    net_close(c->net, false);
}

static void
out_append(struct http_conn *c, const void *data, size_t bytes)
{
    size_t left = c->out_bytes - c->out_at;
    if (left + bytes > c->server->options.out_max) {
        cut_off(c);
        return;
    }
    if (c->out_room - c->out_bytes < bytes) {
        size_t room = c->out_room < 4096 ? 4096 : c->out_room;
        while (room < left + bytes) {
            room *= 2;
        }
        uint8_t *out = malloc(room);
        CHECK(out != NULL, "no memory for %zu bytes that wait for a peer", room);
        if (left > 0) {
            memcpy(out, c->out + c->out_at, left);
        }
        free(c->out);
        c->out = out;
        c->out_room = room;
        c->out_at = 0;
        c->out_bytes = left;
    }
    memcpy(c->out + c->out_bytes, data, bytes);
    c->out_bytes += bytes;
}

static void
put(struct http_conn *c, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    if (c->out_at == c->out_bytes) {
        int rc = net_send(c->net, at, bytes);
        if (rc == 0 || rc == ERR_CLOSED) {
            return;
        }
        size_t room = net_room(c->net);
        room = room < bytes ? room : bytes;
        if (room > 0 && net_send(c->net, at, room) != 0) {
            return;
        }
        at += room;
        bytes -= room;
    }
    if (bytes > 0) {
        out_append(c, at, bytes);
    }
}

static void
conn_on_writable(struct net_conn *nc, void *user)
{
    struct http_conn *c = user;
    while (c->out_at < c->out_bytes) {
        size_t left = c->out_bytes - c->out_at;
        size_t room = net_room(nc);
        size_t n = room < left && room > 0 ? room : left;
        if (net_send(nc, c->out + c->out_at, n) != 0) {
            return; /* this refusal calls for the next on_writable */
        }
        c->out_at += n;
    }
    if (c->out != NULL) {
        free(c->out);
        c->out = NULL;
        c->out_at = c->out_bytes = c->out_room = 0;
    }
    if (c->state == CONN_ENDING || (c->half_closed && c->state != CONN_WAITING)) {
        net_close(nc, true);
    }
}

/* Closes when everything is sent. */
static void
conn_end(struct http_conn *c)
{
    c->state = CONN_ENDING;
    c->since_ns = c->server->now_ns;
    if (c->out_at == c->out_bytes) {
        net_close(c->net, true);
    }
}

/* --- answers --- */

void
http_answer(struct http_conn *c, const struct http_answer *a)
{
    char head[1024];
    if (c->state != CONN_WAITING) {
        return; /* the connection is ending: nobody reads it */
    }
    bool keep = c->keep_alive && !c->half_closed;
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 %u %s\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                     "Connection: %s\r\nX-Content-Type-Options: nosniff\r\n%s\r\n",
                     a->status, http_status_text(a->status), c->server->date,
                     a->type != NULL ? a->type : "application/json", a->bytes,
                     keep ? "keep-alive" : "close", a->headers != NULL ? a->headers : "");
    CHECK(n > 0 && (size_t)n < sizeof(head), "answer head of %d bytes", n);
    put(c, head, (size_t)n);
    if (a->bytes > 0 && !c->head_only) {
        put(c, a->body, a->bytes);
    }
    if (!keep) {
        conn_end(c);
        return;
    }
    c->state = CONN_HEAD;
    c->scanned = 0;
    c->continued = false;
    c->request_ns = 0;
    c->since_ns = c->server->now_ns;
    if (!c->in_data) {
        net_resume(c->net); /* what was pipelined behind it */
    }
}

/* Refuses what cannot be a request, and closes: where the next one begins is not known. */
static void
refuse(struct http_conn *c, const struct http_fault *fault)
{
    char body[256];
    int n = snprintf(body, sizeof(body), "{\"message\":\"%s\"}", fault->text);
    c->server->stats.refused_cnt++;
    c->state = CONN_WAITING;
    c->keep_alive = false;
    c->head_only = false;
    http_answer(c, &(struct http_answer){
                       .status = fault->status, .body = body, .bytes = n > 0 ? (size_t)n : 0});
}

/* --- requests --- */

/* RFC 6455 section 4.2.1. false: it was answered. */
static bool
upgrade_check(struct http_conn *c, const struct http_request *r)
{
    const struct http_text *key = http_header_get(&r->message, "sec-websocket-key");
    const struct http_text *version = http_header_get(&r->message, "sec-websocket-version");
    static const char *const why[] = {
        "{\"message\":\"WebSocket: expected Sec-WebSocket-Version: 13\"}",
        "{\"message\":\"WebSocket: expected GET, Connection: Upgrade and a Sec-WebSocket-Key of 16 "
        "bytes in base64\"}",
    };
    bool version_good = version != NULL && http_text_is(version, "13");
    bool form_good = r->method == HTTP_GET && r->message.minor == 1 &&
                     http_header_has(&r->message, "connection", "upgrade") && key != NULL &&
                     ws_key_valid(key->at, key->bytes);
    if (version_good && form_good) {
        return true;
    }
    const char *body = why[version_good ? 1 : 0];
    c->keep_alive = false;
    http_answer(
        c, &(struct http_answer){.status = version_good ? 400 : 426,
                                 .headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                                 .body = body,
                                 .bytes = strlen(body)});
    return false;
}

static void
upgrade(struct http_conn *c, const struct http_request *r)
{
    struct http_server *s = c->server;
    if (!upgrade_check(c, r) || !s->handler.on_upgrade(s->handler.self, c, r)) {
        return;
    }
    char accept[29], head[256];
    const struct http_text *key = http_header_get(&r->message, "sec-websocket-key");
    ws_accept_key(key->at, key->bytes, accept);
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    put(c, head, (size_t)n);
    ws_decoder_init(&c->ws, true, s->options.message_max);
    c->state = CONN_WS;
    c->since_ns = s->now_ns;
    s->stats.upgrade_cnt++;
    s->stats.ws_cnt++;
}

/* A whole request from the start of data; returns its bytes, 0 = not yet (or refused). */
static size_t
take_request(struct http_conn *c, const uint8_t *data, size_t bytes)
{
    struct http_server *s = c->server;
    struct http_request *r = &s->request;
    struct http_fault fault;
    if (c->request_ns == 0) {
        if (bytes >= 2 && data[0] == '\r' && data[1] == '\n') {
            return 2; /* an empty line before a request: RFC 9112 section 2.2 */
        }
        c->request_ns = s->now_ns;
    }
    int head = http_head_find(data, bytes, &c->scanned, &fault);
    if (head == 0) {
        return 0;
    }
    if (head < 0 || http_head_parse(r, data, (size_t)head, &fault) != 0) {
        refuse(c, &fault);
        return 0;
    }
    int64_t whole =
        http_body_take(&r->message, data, bytes, s->chunks, s->options.body_max, &fault);
    if (whole < 0) {
        refuse(c, &fault);
        return 0;
    }
    if (whole == 0) {
        if (r->expects_continue && !c->continued) {
            c->continued = true;
            put(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        }
        return 0;
    }
    s->stats.request_cnt++;
    c->state = CONN_WAITING;
    c->keep_alive = r->message.keep_alive;
    c->head_only = r->method == HTTP_HEAD;
    c->since_ns = s->now_ns;
    if (http_header_has(&r->message, "upgrade", "websocket")) {
        upgrade(c, r);
    } else {
        s->handler.on_request(s->handler.self, c, r);
    }
    return (size_t)whole;
}

/* --- WebSocket --- */

static void
put_frame(struct http_conn *c, enum ws_opcode opcode, const void *payload, size_t bytes)
{
    uint8_t frame[WS_HEAD_MAX + 512];
    size_t head = ws_frame_head(frame, opcode, bytes);
    if (bytes <= sizeof(frame) - WS_HEAD_MAX) {
        if (bytes > 0) {
            memcpy(frame + head, payload, bytes);
        }
        put(c, frame, head + bytes);
        return;
    }
    put(c, frame, head);
    put(c, payload, bytes);
}

void
http_ws_close(struct http_conn *c, uint16_t code, const char *reason)
{
    uint8_t payload[WS_CONTROL_MAX];
    if (c->state != CONN_WS) {
        return;
    }
    put_frame(c, WS_CLOSE, payload, ws_close_payload(payload, code, reason));
    c->state = CONN_WS_CLOSING;
    c->since_ns = c->server->now_ns;
}

/* The peer broke the protocol: tell it, and read nothing more (section 7.1.7). */
static void
ws_fail(struct http_conn *c)
{
    c->server->stats.ws_fail_cnt++;
    http_ws_close(c, c->ws.fail_code, c->ws.fail_text);
    conn_end(c);
}

static void
ws_control(struct http_conn *c, const struct ws_message *m)
{
    if (m->opcode == WS_PING && c->state == CONN_WS) {
        put_frame(c, WS_PONG, m->data, m->bytes);
    } else if (m->opcode == WS_CLOSE) {
        if (c->state == CONN_WS) { /* echo the code (5.5.1) */
            uint8_t payload[WS_CONTROL_MAX];
            bool none = m->close_code == WS_CLOSE_NONE;
            size_t n = none ? 0 : ws_close_payload(payload, m->close_code, "");
            put_frame(c, WS_CLOSE, payload, n);
        }
        conn_end(c);
    }
}

static void
ws_message(struct http_conn *c, const struct ws_message *m)
{
    struct http_server *s = c->server;
    if (c->state != CONN_WS) {
        return; /* after our close frame nothing is read but theirs */
    }
    s->stats.message_in_cnt++;
    if (m->opcode != WS_TEXT) {
        http_ws_close(c, WS_CLOSE_UNSUPPORTED, "binary messages are not taken: send JSON text");
        return;
    }
    s->handler.on_message(s->handler.self, c, (const char *)m->data, m->bytes);
}

/* Everything that is whole; returns the bytes taken. */
static size_t
take_frames(struct http_conn *c, const uint8_t *data, size_t bytes)
{
    size_t at = 0;
    while (c->state == CONN_WS || c->state == CONN_WS_CLOSING) {
        struct ws_message m;
        size_t used;
        enum ws_event e = ws_decode(&c->ws, data + at, bytes - at, &used, c->server->scratch, &m);
        at += used;
        if (e == WS_MORE) {
            break;
        }
        if (e == WS_FAIL) {
            ws_fail(c);
        } else if (e == WS_CONTROL) {
            ws_control(c, &m);
        } else {
            ws_message(c, &m);
        }
    }
    return at;
}

void
http_ws_send(struct http_conn *c, const char *text, size_t bytes)
{
    if (c->state == CONN_WS) {
        c->server->stats.message_out_cnt++;
        put_frame(c, WS_TEXT, text, bytes);
    }
}

void
http_ws_send_frames(struct http_conn *c, const void *frames, size_t bytes)
{
    if (c->state == CONN_WS) {
        c->server->stats.message_out_cnt++;
        put(c, frames, bytes);
    }
}

void
http_ws_send_shared(struct http_conn *c, struct net_block *b, uint32_t offset, uint32_t bytes)
{
    if (c->state != CONN_WS) {
        return;
    }
    c->server->stats.message_out_cnt++;
    if (c->out_at == c->out_bytes && net_send_shared(c->net, b, offset, bytes) == 0) {
        return;
    }
    put(c, b->data + offset, bytes);
}

/* --- callbacks of the net layer --- */

static void
conn_on_open(struct net_conn *nc, void *user)
{
    struct http_server *s = user;
    struct http_conn *c = calloc(1, sizeof(*c));
    CHECK(c != NULL, "no memory for a connection");
    c->server = s;
    c->net = nc;
    c->state = CONN_HEAD;
    c->since_ns = s->now_ns;
    c->next = s->open;
    if (s->open != NULL) {
        s->open->prev = c;
    }
    s->open = c;
    s->stats.conn_cnt++;
    net_conn_user_set(nc, c);
}

static size_t
conn_on_data(struct net_conn *nc, void *user, const uint8_t *data, size_t bytes)
{
    struct http_conn *c = user;
    size_t at = 0;
    (void)nc;
    c->since_ns = c->state == CONN_HEAD || c->state == CONN_WS ? c->server->now_ns : c->since_ns;
    c->pinged = false;
    c->in_data = true;
    while (at < bytes) {
        size_t used = bytes - at;
        if (c->state == CONN_HEAD) {
            used = take_request(c, data + at, bytes - at);
        } else if (c->state == CONN_WS || c->state == CONN_WS_CLOSING) {
            used = take_frames(c, data + at, bytes - at);
        } else if (c->state == CONN_WAITING) {
            break; /* shown again after the answer */
        }
        if (used == 0) {
            break;
        }
        at += used;
    }
    c->in_data = false;
    return c->state == CONN_ENDING ? bytes : at;
}

static bool
conn_on_half_close(struct net_conn *nc, void *user)
{
    struct http_conn *c = user;
    (void)nc;
    c->half_closed = true;
    return c->state == CONN_WAITING || c->out_at < c->out_bytes;
}

static void
conn_on_close(struct net_conn *nc, void *user, enum net_close_reason reason, int errno_value)
{
    struct http_conn *c = user;
    struct http_server *s = c->server;
    (void)nc;
    (void)reason;
    (void)errno_value;
    s->handler.on_close(s->handler.self, c);
    *(c->prev != NULL ? &c->prev->next : &s->open) = c->next;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    if (c->ws.message_max > 0) {
        s->stats.ws_cnt--;
        ws_decoder_fini(&c->ws);
    }
    s->stats.conn_cnt--;
    free(c->out);
    free(c);
}

static const struct net_ops conn_ops = {
    .on_open = conn_on_open,
    .on_data = conn_on_data,
    .on_writable = conn_on_writable,
    .on_half_close = conn_on_half_close,
    .on_close = conn_on_close,
};

/* --- time limits --- */

static void
sweep_conn(struct http_conn *c)
{
    const struct http_server_options *o = &c->server->options;
    int64_t silent = c->server->now_ns - c->since_ns;
    switch (c->state) {
    case CONN_HEAD:
        if (c->request_ns != 0 && c->server->now_ns - c->request_ns > o->request_ns) {
            struct http_fault fault = {408, "the request did not come whole in time"};
            refuse(c, &fault);
        } else if (c->request_ns == 0 && silent > o->idle_ns) {
            conn_end(c);
        }
        break;
    case CONN_WS:
        if (c->pinged && silent > o->ping_ns + o->pong_ns) {
            cut_off(c);
        } else if (!c->pinged && silent > o->ping_ns) {
            c->pinged = true;
            put_frame(c, WS_PING, NULL, 0);
        }
        break;
    case CONN_WS_CLOSING:
    case CONN_ENDING:
        if (silent > o->close_ns) {
            net_close(c->net, false);
        }
        break;
    case CONN_WAITING: /* the handler's deadline */
    case CONN_FREE:
        break;
    }
}

/* IMF-fixdate: RFC 9110 section 5.6.7. */
static void
date_format(char out[40])
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[JSON_TIME_BYTES];
    int64_t utc_ns = clock_utc_ns();
    json_time_format(utc_ns, iso);
    int month = (iso[5] - '0') * 10 + iso[6] - '0';
    int64_t day = utc_ns / CLOCK_NS_PER_S / 86400 % 7;
    (void)snprintf(out, 40, "%.3s, %.2s %.3s %.4s %.8s GMT", days + 3 * day, iso + 8,
                   months + 3 * (month - 1), iso, iso + 11);
}

void
http_server_tick(struct http_server *s, int64_t mono_ns)
{
    s->now_ns = mono_ns;
    if (mono_ns - s->swept_ns < HTTP_SWEEP_NS) {
        return;
    }
    s->swept_ns = mono_ns;
    date_format(s->date);
    for (struct http_conn *c = s->open, *next; c != NULL; c = next) {
        next = c->next;
        sweep_conn(c);
    }
}

/* --- the server --- */

static void
defaults(struct http_server_options *o)
{
    o->conn_max = o->conn_max != 0 ? o->conn_max : 1024;
    o->body_max = o->body_max != 0 ? o->body_max : 8192;
    o->message_max = o->message_max != 0 ? o->message_max : 65536;
    o->out_max = o->out_max != 0 ? o->out_max : 64u << 20;
    o->request_ns = o->request_ns != 0 ? o->request_ns : 10LL * CLOCK_NS_PER_S;
    o->idle_ns = o->idle_ns != 0 ? o->idle_ns : 75LL * CLOCK_NS_PER_S;
    o->ping_ns = o->ping_ns != 0 ? o->ping_ns : 30LL * CLOCK_NS_PER_S;
    o->pong_ns = o->pong_ns != 0 ? o->pong_ns : 20LL * CLOCK_NS_PER_S;
    o->close_ns = o->close_ns != 0 ? o->close_ns : 5LL * CLOCK_NS_PER_S;
}

uint32_t
http_server_recv_bytes(const struct http_server_options *options)
{
    struct http_server_options o = *options;
    defaults(&o);
    /* A head and a body with the sizes of its chunks; frames are taken in pieces. */
    return HTTP_HEAD_BYTES_MAX + 2 * o.body_max;
}

int
http_server_open(struct http_server **out, struct net *n, const struct http_server_options *o,
                 const struct http_handler *handler, struct error *err)
{
    struct http_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, ERR_NO_SPACE, "no memory for the HTTP server");
    }
    s->net = n;
    s->options = *o;
    s->handler = *handler;
    defaults(&s->options);
    s->chunks = malloc(s->options.body_max);
    s->scratch = malloc(s->options.message_max + WS_CONTROL_MAX + 4u);
    if (s->chunks == NULL || s->scratch == NULL) {
        http_server_close(s);
        return error_set(err, ERR_NO_SPACE, "no memory for the HTTP server");
    }
    s->now_ns = clock_mono_ns();
    date_format(s->date);
    *out = s;
    return 0;
}

void
http_server_close(struct http_server *s)
{
    if (s == NULL) {
        return;
    }
    for (struct http_conn *c = s->open, *next; c != NULL; c = next) {
        next = c->next;
        ws_decoder_fini(&c->ws);
        free(c->out);
        free(c);
    }
    free(s->chunks);
    free(s->scratch);
    free(s);
}

int
http_server_listen(struct http_server *s, const char *address, uint16_t port, struct error *err)
{
    return net_listen(s->net, address, port, &conn_ops, s, err);
}

/* --- any connection --- */

bool
http_conn_is_ws(const struct http_conn *c)
{
    return c->state == CONN_WS;
}

uint64_t
http_conn_pending(const struct http_conn *c)
{
    return net_pending(c->net) + (c->out_bytes - c->out_at);
}

uint64_t
http_conn_id(const struct http_conn *c)
{
    return net_conn_id(c->net);
}

struct http_conn *
http_conn_find(struct http_server *s, uint64_t id)
{
    struct net_conn *nc = net_conn_find(s->net, id);
    return nc != NULL ? net_conn_user(nc) : NULL;
}

const char *
http_conn_peer(const struct http_conn *c)
{
    return net_conn_peer(c->net);
}

void
http_conn_user_set(struct http_conn *c, void *user)
{
    c->user = user;
}

void *
http_conn_user(const struct http_conn *c)
{
    return c->user;
}

const struct http_server_stats *
http_server_stats(const struct http_server *s)
{
    return &s->stats;
}
