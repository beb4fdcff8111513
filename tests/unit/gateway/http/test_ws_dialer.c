#include "gateway/http/ws_dialer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "gateway/http/http_server.h"

/* The dialer against our own server, and against one of a few bytes that is wrong; all on one net.
 */

enum { MESSAGE_MAX = 70000, DEADLINE_S = 10 };

struct rig {
    struct net *net;
    struct http_server *server;
    struct ws_dialer *dialer;
    const char *close_with;     /* the server's answer to a message: it closes, with this */
    const char *refuse_with;    /* its answer to the upgrade */
    const char *answer;         /* of the server of a few bytes */
    char text[MESSAGE_MAX + 1]; /* last message heard */
    size_t bytes;
    char why[200];
    int64_t quiet_until_ns;
    bool opened, closed;
};

/* --- the server echoes --- */

static bool
on_upgrade(void *self, struct http_conn *c, const struct http_request *r)
{
    struct rig *g = self;
    (void)r;
    if (g->refuse_with != NULL) {
        http_answer(c, &(struct http_answer){
                           .status = 503, .body = g->refuse_with, .bytes = strlen(g->refuse_with)});
    }
    return g->refuse_with == NULL;
}

static void
on_server_message(void *self, struct http_conn *c, const char *text, size_t bytes)
{
    const struct rig *g = self;
    if (g->close_with != NULL) {
        http_ws_close(c, WS_CLOSE_TRY_LATER, g->close_with);
    } else {
        http_ws_send(c, text, bytes);
    }
}

static void
on_server_close(void *self, struct http_conn *c)
{
    (void)self, (void)c;
}

static size_t
answer_bytes(struct net_conn *c, void *user, const uint8_t *data, size_t bytes)
{
    const struct rig *g = user;
    (void)data;
    assert_int_equal(net_send(c, g->answer, strlen(g->answer)), 0);
    net_close(c, true);
    return bytes;
}

/* --- the dialer's user --- */

static void
on_open(void *user)
{
    ((struct rig *)user)->opened = true;
}

static void
on_message(void *user, const char *text, size_t bytes)
{
    struct rig *g = user;
    assert_true(bytes <= MESSAGE_MAX);
    memcpy(g->text, text, bytes);
    g->text[bytes] = '\0';
    g->bytes = bytes;
}

static void
on_close(void *user, const char *why)
{
    struct rig *g = user;
    strncpy(g->why, why, sizeof(g->why) - 1);
    g->closed = true;
}

/* --- the rig --- */

static bool
is_closed(const struct rig *g)
{
    return g->closed;
}

static bool
is_open(const struct rig *g)
{
    return g->opened;
}

static bool
has_heard(const struct rig *g)
{
    return g->bytes > 0;
}

static void
until(struct rig *g, bool (*done)(const struct rig *g))
{
    int64_t deadline = clock_mono_ns() + DEADLINE_S * (int64_t)CLOCK_NS_PER_S;
    while (!done(g)) {
        if (clock_mono_ns() > deadline) {
            fail_msg("not in time; why: %s", g->why);
        }
        http_server_tick(g->server, clock_mono_ns());
        if (net_poll(g->net, 64) == 0) {
            net_wait(g->net, NULL, 0, clock_mono_ns() + CLOCK_NS_PER_MS);
        }
    }
}

static void
dial(struct rig *g, int port)
{
    static const struct ws_dialer_ops ops = {
        .on_open = on_open, .on_message = on_message, .on_close = on_close};
    struct error err = {0};
    assert_true(port > 0);
    struct ws_dialer_options o = {
        .address = "127.0.0.1", .port = (uint16_t)port, .message_max = MESSAGE_MAX};
    assert_int_equal(ws_dialer_open(&g->dialer, g->net, &o, &ops, g, &err), 0);
    assert_int_equal(ws_dialer_connect(g->dialer, &err), 0);
}

static struct rig *
rig_new(const struct http_server_options *options)
{
    struct rig *g = calloc(1, sizeof(*g));
    struct error err = {0};
    assert_non_null(g);
    struct net_options n = {
        .conn_max = 8, .recv_bytes = http_server_recv_bytes(options), .send_bytes = 1 << 18};
    struct http_handler handler = {.self = g,
                                   .on_upgrade = on_upgrade,
                                   .on_message = on_server_message,
                                   .on_close = on_server_close};
    assert_int_equal(net_open(&g->net, &n, &err), 0);
    assert_int_equal(http_server_open(&g->server, g->net, options, &handler, &err), 0);
    int port = http_server_listen(g->server, "127.0.0.1", 0, &err);
    dial(g, port);
    return g;
}

static void
rig_free(struct rig *g)
{
    ws_dialer_close(g->dialer);
    net_fini(g->net);
    http_server_close(g->server);
    free(g);
}

static void
say(struct rig *g, const char *text, size_t bytes)
{
    g->bytes = 0;
    assert_int_equal(ws_dialer_send(g->dialer, text, bytes), 0);
    until(g, has_heard);
    assert_int_equal(g->bytes, bytes);
    assert_memory_equal(g->text, text, bytes);
}

/* --- cases --- */

static void
test_dialer_speaks_and_hears_every_length(void **state)
{
    static const size_t lengths[] = {1, 125, 126, 4000, 65535, 65536};
    static char text[MESSAGE_MAX];
    struct rig *g = rig_new(&(struct http_server_options){.message_max = MESSAGE_MAX});
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)('a' + i % 26);
    }
    assert_int_equal(ws_dialer_send(g->dialer, "early", 5), ERR_CLOSED);
    until(g, is_open);
    assert_true(ws_dialer_up(g->dialer));
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        say(g, text, lengths[i]);
    }
    for (size_t i = 0; i < 200; i++) { /* more than the masks that are drawn at once */
        say(g, text, 10);
    }
    rig_free(g);
}

static void
test_dialer_ends_in_order(void **state)
{
    struct rig *g = rig_new(&(struct http_server_options){0});
    struct error err = {0};
    (void)state;
    until(g, is_open);
    ws_dialer_end(g->dialer);
    assert_int_equal(ws_dialer_send(g->dialer, "late", 4), ERR_CLOSED);
    until(g, is_closed);
    assert_int_equal(http_server_stats(g->server)->ws_fail_cnt, 0);
    assert_int_equal(http_server_stats(g->server)->message_in_cnt, 0);
    g->opened = g->closed = false; /* and can begin again */
    assert_int_equal(ws_dialer_connect(g->dialer, &err), 0);
    assert_int_equal(ws_dialer_connect(g->dialer, &err), ERR_BUSY);
    until(g, is_open);
    say(g, "again", 5);
    rig_free(g);
}

static void
test_dialer_tells_the_servers_words(void **state)
{
    struct rig *g = rig_new(&(struct http_server_options){0});
    (void)state;
    g->close_with = "slow consumer";
    until(g, is_open);
    assert_int_equal(ws_dialer_send(g->dialer, "x", 1), 0);
    until(g, is_closed);
    assert_string_equal(g->why, "slow consumer");
    rig_free(g);
}

static void
test_dialer_tells_why_it_was_refused(void **state)
{
    struct rig *g = rig_new(&(struct http_server_options){0});
    (void)state;
    g->refuse_with = "{\"message\":\"starting\"}";
    until(g, is_closed);
    assert_false(g->opened);
    assert_string_equal(g->why, "no WebSocket there: 503 {\"message\":\"starting\"}");
    rig_free(g);
}

static bool
outlived_pings(const struct rig *g)
{
    return g->closed || clock_mono_ns() > g->quiet_until_ns;
}

/* A server that cuts off who is silent for so long and has not answered a ping. */
static void
test_dialer_answers_pings(void **state)
{
    struct http_server_options o = {.ping_ns = 20 * CLOCK_NS_PER_MS,
                                    .pong_ns = 400 * CLOCK_NS_PER_MS};
    struct rig *g = rig_new(&o);
    (void)state;
    until(g, is_open);
    g->quiet_until_ns = clock_mono_ns() + 3 * (int64_t)HTTP_SWEEP_NS + 500 * CLOCK_NS_PER_MS;
    until(g, outlived_pings);
    assert_false(g->closed);
    assert_int_equal(http_server_stats(g->server)->cut_off_cnt, 0);
    say(g, "still here", 10);
    rig_free(g);
}

/* What a server must not send; each is told by the text. */
static void
test_dialer_refuses_what_is_no_websocket(void **state)
{
    static const struct {
        const char *answer, *says;
    } cases[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
         "not that of RFC 6455"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "not that of RFC 6455"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", "404 none"},
        {"HTTP/1.1 503 Busy\r\n\r\nbusy", "503 busy"}, /* its body ends with the connection */
        {"HTTP/1.1 500 No\r\nContent-Length: 99999\r\n\r\n", "500 body too big"},
        {"8=FIX.4.4 9=5\r\n\r\n", "status line"},
        {"HTTP/1.1 1x1 No\r\n\r\n", "status line"},
    };
    static const struct net_ops ops = {.on_data = answer_bytes};
    struct error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rig *g = rig_new(&(struct http_server_options){0});
        ws_dialer_close(g->dialer);
        g->answer = cases[i].answer;
        dial(g, net_listen(g->net, "127.0.0.1", 0, &ops, g, &err));
        until(g, is_closed);
        assert_false(g->opened);
        if (strstr(g->why, cases[i].says) == NULL) {
            fail_msg("case %zu: %s", i, g->why);
        }
        rig_free(g);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialer_speaks_and_hears_every_length),
        cmocka_unit_test(test_dialer_ends_in_order),
        cmocka_unit_test(test_dialer_tells_the_servers_words),
        cmocka_unit_test(test_dialer_tells_why_it_was_refused),
        cmocka_unit_test(test_dialer_answers_pings),
        cmocka_unit_test(test_dialer_refuses_what_is_no_websocket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
