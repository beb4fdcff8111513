#include "tests/unit/gateway/api/web_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "gateway/auth/auth_key.h"

static const int64_t deadline_ns = 10LL * CLOCK_NS_PER_S;

void
web_client_open(struct web_client *c, struct small_venue *v)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(fanout_port(v->fanout))};
    memset(c, 0, sizeof(*c));
    c->venue = v;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
    CHECK(c->fd >= 0 && connect(c->fd, (struct sockaddr *)&a, sizeof(a)) == 0, "connect: %s",
          strerror(errno));
    (void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

void
web_client_close(struct web_client *c)
{
    (void)close(c->fd);
    free(c->in);
    free(c->text);
}

/* Reads what there is, after a cycle of the venue; waits a little when there is nothing. */
static void
receive(struct web_client *c)
{
    if (c->in_room - c->in_bytes < 65536) {
        c->in_room = c->in_room * 2 + 131072;
        c->in = realloc(c->in, c->in_room);
        CHECK(c->in != NULL, "no memory");
    }
    small_venue_cycle(c->venue);
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    (void)poll(&p, 1, 1);
    ssize_t n = recv(c->fd, c->in + c->in_bytes, c->in_room - c->in_bytes - 1, 0);
    if (n > 0) {
        c->in_bytes += (size_t)n;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        c->closed = true;
    }
    c->in[c->in_bytes] = 0;
}

static void
take(struct web_client *c, size_t bytes)
{
    memmove(c->in, c->in + bytes, c->in_bytes - bytes);
    c->in_bytes -= bytes;
}

void
web_client_send_raw(struct web_client *c, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(c->fd, at, n, MSG_NOSIGNAL);
        if (sent < 0) {
            CHECK(errno == EAGAIN, "send: %s", strerror(errno));
            small_venue_cycle(c->venue);
            continue;
        }
        at += sent;
        n -= (size_t)sent;
    }
}

static void
keep_text(struct web_client *c, const char *at, size_t bytes)
{
    free(c->text);
    c->text = malloc(bytes + 1);
    CHECK(c->text != NULL, "no memory");
    memcpy(c->text, at, bytes);
    c->text[bytes] = 0;
}

int
web_client_answer(struct web_client *c)
{
    int64_t until = clock_mono_ns() + deadline_ns;
    for (;;) {
        char *end = c->in_bytes > 0 ? strstr(c->in, "\r\n\r\n") : NULL;
        if (end != NULL) {
            size_t head = (size_t)(end - c->in) + 4;
            const char *length = strstr(c->in, "Content-Length: ");
            size_t body = length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;
            if (c->in_bytes >= head + body) {
                c->status = atoi(c->in + 9);
                (void)snprintf(c->headers, sizeof(c->headers), "%.*s", (int)head, c->in);
                keep_text(c, c->in + head, body);
                take(c, head + body);
                return c->status;
            }
        }
        CHECK(!c->closed, "the server closed instead of answering");
        CHECK(clock_mono_ns() < until, "no answer in time");
        receive(c);
    }
}

static void
sign(char out[48], const char *secret, const char *timestamp, const char *method,
     const char *target, const char *body)
{
    const struct auth_part parts[] = {{timestamp, strlen(timestamp)},
                                      {method, strlen(method)},
                                      {target, strlen(target)},
                                      {body, strlen(body)}};
    CHECK(auth_sign(secret, parts, 4, out) == 0, "auth_sign");
}

int
web_client_call(struct web_client *c, const char *method, const char *target, const char *body,
                const char *key, const char *secret)
{
    char request[8192], credentials[512] = "", timestamp[24], signature[48];
    if (key != NULL) {
        (void)snprintf(timestamp, sizeof(timestamp), "%lld",
                       (long long)(clock_utc_ns() / CLOCK_NS_PER_S));
        sign(signature, secret, timestamp, method, target, body != NULL ? body : "");
        (void)snprintf(credentials, sizeof(credentials),
                       "CB-ACCESS-KEY: %s\r\nCB-ACCESS-SIGN: %s\r\nCB-ACCESS-TIMESTAMP: %s\r\n"
                       "CB-ACCESS-PASSPHRASE: " DEMO_PASS "\r\n",
                       key, signature, timestamp);
    }
    int n = snprintf(request, sizeof(request),
                     "%s %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n%s", method, target,
                     credentials, body != NULL ? strlen(body) : 0, body != NULL ? body : "");
    web_client_send_raw(c, request, (size_t)n);
    return web_client_answer(c);
}

void
web_client_upgrade(struct web_client *c)
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    web_client_send_raw(c, request, sizeof(request) - 1);
    CHECK(web_client_answer(c) == 101, "no upgrade: %d %s", c->status, c->text);
    CHECK(strstr(c->headers, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL, "accept key");
    c->websocket = true;
}

void
web_client_say(struct web_client *c, const char *json)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    uint8_t frame[8192];
    size_t bytes = strlen(json);
    CHECK(bytes < sizeof(frame) - WS_HEAD_MASKED_MAX, "message too long");
    size_t head = ws_frame_head_masked(frame, WS_TEXT, bytes, mask);
    ws_mask(frame + head, (const uint8_t *)json, bytes, mask, 0);
    web_client_send_raw(c, frame, head + bytes);
}

/* The next frame that is there: its opcode, or -1. */
static int
next_frame(struct web_client *c)
{
    const uint8_t *at = (const uint8_t *)c->in;
    if (c->in_bytes < 2) {
        return -1;
    }
    size_t length = at[1], head = 2;
    if (length == 126 && c->in_bytes >= 4) {
        length = (size_t)at[2] << 8 | at[3];
        head = 4;
    } else if (length == 127 && c->in_bytes >= 10) {
        length = 0;
        for (int i = 2; i < 10; i++) {
            length = length << 8 | at[i];
        }
        head = 10;
    } else if (length >= 126) {
        return -1;
    }
    if (c->in_bytes < head + length) {
        return -1;
    }
    int opcode = at[0] & 15;
    keep_text(c, c->in + head, length);
    if (opcode == WS_CLOSE && length >= 2) {
        c->close_code = (uint16_t)(at[head] << 8 | at[head + 1]);
    }
    take(c, head + length);
    return opcode;
}

const char *
web_client_hear(struct web_client *c)
{
    int64_t until = clock_mono_ns() + deadline_ns;
    for (;;) {
        int opcode = next_frame(c);
        if (opcode == WS_TEXT) {
            return c->text;
        }
        if (opcode == -1) {
            CHECK(!c->closed, "the server ended");
            CHECK(clock_mono_ns() < until, "no message in time");
            receive(c);
        }
    }
}

const char *
web_client_hear_with(struct web_client *c, const char *part)
{
    for (int i = 0; i < 10000; i++) {
        if (strstr(web_client_hear(c), part) != NULL) {
            return c->text;
        }
    }
    CHECK(false, "no message with %s", part);
    return NULL;
}

void
web_client_hear_close(struct web_client *c)
{
    int64_t until = clock_mono_ns() + deadline_ns;
    while (c->close_code == 0 && !c->closed) {
        if (next_frame(c) == -1) {
            CHECK(clock_mono_ns() < until, "no close in time");
            receive(c);
        }
    }
}

void
web_client_credentials(char *out, const char *key, const char *secret)
{
    char timestamp[24], signature[48];
    (void)snprintf(timestamp, sizeof(timestamp), "%lld",
                   (long long)(clock_utc_ns() / CLOCK_NS_PER_S));
    sign(signature, secret, timestamp, "GET", "/users/self/verify", "");
    (void)snprintf(out, 512,
                   "\"key\":\"%s\",\"signature\":\"%s\",\"timestamp\":\"%s\",\"passphrase\":\"%s\"",
                   key, signature, timestamp, DEMO_PASS);
}

const char *
json_value(const char *text, const char *key)
{
    static char values[4][256];
    static unsigned turn;
    char name[64], *value = values[turn++ & 3];
    (void)snprintf(name, sizeof(name), "\"%s\":", key);
    const char *at = strstr(text, name);
    value[0] = 0;
    if (at != NULL) {
        at += strlen(name);
        bool quoted = *at == '"';
        at += quoted ? 1 : 0;
        size_t bytes = strcspn(at, quoted ? "\"" : ",}]");
        (void)snprintf(value, 256, "%.*s", (int)(bytes < 255 ? bytes : 255), at);
    }
    return value;
}

void
web_client_open_ws(struct web_client *c, struct small_venue *v, const char *key, const char *secret)
{
    web_client_open(c, v);
    web_client_upgrade(c);
    if (key != NULL) {
        char credentials[512], message[700];
        web_client_credentials(credentials, key, secret);
        (void)snprintf(message, sizeof(message), "{\"type\":\"authenticate\",%s}", credentials);
        web_client_say(c, message);
        assert_has(web_client_hear(c), "\"type\":\"authenticated\"");
    }
}

void
assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("expected %s in %s", part, text);
    }
}
