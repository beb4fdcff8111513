#include "tools/load/load_ws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "gateway/http/http_server.h"
#include "tools/flow/flow_text.h"

/* A venue of canned answers behind our own HTTP server, on the net of the links: what is sent is
 * kept, what comes back is what a case wants. */

enum { HEARD_MAX = 64, HEARD_BYTES = 400 };

struct venue {
    struct load *load;
    struct load_net net;
    struct load_ws *links;
    struct http_server *server;
    struct load_driver driver; /* the net's, and the server's clock */
    char heard[HEARD_MAX][HEARD_BYTES];
    uint32_t heard_cnt, authenticated_cnt, subscribed_cnt;
    const char *refuse_key; /* "authenticate" with this is refused */
    const char *answer;     /* to each order, cancel, replace; %s: its request_id */
    const char *and_then;   /* behind it */
    bool leaves;            /* closes instead */
    struct error err;
};

static bool
on_upgrade(void *self, struct http_conn *c, const struct http_request *r)
{
    (void)self, (void)c, (void)r;
    return true;
}

static void
on_close(void *self, struct http_conn *c)
{
    (void)self, (void)c;
}

static void
say(struct http_conn *c, const char *text)
{
    http_ws_send(c, text, strlen(text));
}

static void
answer(struct http_conn *c, const char *form, const char *message)
{
    char id[LOAD_ID_MAX] = "", text[HEARD_BYTES];
    const char *at = strstr(message, "\"request_id\":\"");
    assert_non_null(at);
    snprintf(id, sizeof id, "%.*s", (int)strcspn(at + 14, "\""), at + 14);
    const char *mark = strstr(form, "%s");
    int front = mark ? (int)(mark - form) : (int)strlen(form);
    snprintf(text, sizeof text, "%.*s%s%s", front, form, mark ? id : "", mark ? mark + 2 : "");
    say(c, text);
}

static void
on_message(void *self, struct http_conn *c, const char *text, size_t bytes)
{
    struct venue *v = self;
    char message[HEARD_BYTES];
    snprintf(message, sizeof message, "%.*s", (int)bytes, text);
    if (strstr(message, "\"type\":\"authenticate\"")) {
        if (v->refuse_key && strstr(message, v->refuse_key)) {
            say(c, "{\"type\":\"error\",\"message\":\"Authentication Failed\",\"reason\":"
                   "\"unknown key\"}");
            return;
        }
        v->authenticated_cnt++;
        say(c, "{\"type\":\"authenticated\",\"profile_id\":\"201\"}");
    } else if (strstr(message, "\"type\":\"subscribe\"")) {
        v->subscribed_cnt++;
        say(c, "{\"type\":\"subscriptions\",\"channels\":[{\"name\":\"user\"}]}");
    } else if (v->leaves) {
        http_ws_close(c, WS_CLOSE_GOING_AWAY, "the venue is going down");
    } else {
        assert_true(v->heard_cnt < HEARD_MAX);
        memcpy(v->heard[v->heard_cnt++], message, sizeof message);
        answer(c, v->answer, message);
        if (v->and_then)
            answer(c, v->and_then, message);
    }
}

static int64_t
driver_now(void *self)
{
    (void)self;
    return clock_mono_ns();
}

static void
driver_poll(void *self)
{
    struct venue *v = self;
    http_server_tick(v->server, clock_mono_ns());
    v->net.driver.poll(v->net.driver.self);
}

static void
driver_wait(void *self, int64_t deadline_ns)
{
    struct venue *v = self;
    v->net.driver.wait(v->net.driver.self, deadline_ns);
}

static void
read_flow(struct flow *f, const char *text)
{
    struct error err = {0};
    flow_init(f, "");
    if (flow_text_read(f, text, strlen(text), &err) != 0)
        fail_msg("%s", err.text);
}

/* Sends the flow over `sessions` and two keys; returns load_run's code. */
static int
run(struct venue *v, struct flow *f, const char *text, uint32_t sessions)
{
    static const struct load_ws_key keys[] = {
        {"key-1", "YXNzYXktZGVtby1zZWNyZXQtMQ==", "one"},
        {"key-2", "YXNzYXktZGVtby1zZWNyZXQtMg==", "two"},
    };
    struct http_handler handler = {
        .self = v, .on_upgrade = on_upgrade, .on_message = on_message, .on_close = on_close};
    read_flow(f, text);
    struct load_options options = {.run_id = 1, .drain_s = 1};
    assert_int_equal(load_open(&v->load, f, &options, sessions, &v->err), 0);
    /* both ends of each connection, and the listener's next */
    assert_int_equal(load_net_open(&v->net, 2 * sessions + 1, &v->err), 0);
    struct http_server_options http = {0};
    assert_int_equal(http_server_open(&v->server, v->net.net, &http, &handler, &v->err), 0);
    int port = http_server_listen(v->server, "127.0.0.1", 0, &v->err);
    assert_true(port > 0);
    struct load_ws_options o = {.port = (uint16_t)port, .keys = keys, .key_cnt = 2, .flow = f};
    assert_int_equal(load_ws_open(&v->links, v->load, &v->net, sessions, &o, &v->err), 0);
    v->driver = (struct load_driver){v, driver_now, driver_poll, driver_wait};
    return load_run(v->load, &v->driver, NULL, NULL, &v->err);
}

static void
venue_free(struct venue *v, struct flow *f)
{
    load_ws_close(v->links);
    load_net_close(&v->net);
    http_server_close(v->server);
    load_close(v->load);
    flow_fini(f);
}

static const struct load_counts *
counts(const struct venue *v)
{
    return &load_result(v->load)->by_source[FLOW_RECORDED];
}

static const char one_order[] = "assay-flow 1\ninstrument ETH-AUD 2 8\n"
                                "0 new 1 0 ETH-AUD buy limit gtc 4700.00 0.50000000 recorded\n";

#define NEW(id, side, type)                                                                        \
    "{'type':'new','request_id':'" id "','product_id':'ETH-AUD','client_oid':'" id                 \
    "','side':'" side "','order_type':'" type "'"

static void
test_ws_says_what_the_dialect_wants(void **state)
{
    struct venue v = {.answer = "{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}"};
    struct flow f;
    (void)state;
    assert_int_equal(run(&v, &f,
                         "assay-flow 1\ninstrument ETH-AUD 2 8\n"
                         "0 new 1 0 ETH-AUD buy limit gtc 4700.00 0.50000000 recorded post-only\n"
                         "0 new 2 0 ETH-AUD sell market ioc - 1.00000000 recorded\n"
                         "0 new 3 0 ETH-AUD sell limit fok 4701.00 1.00000000 recorded\n"
                         "0 replace 1 0 4701.50 0.75000000 recorded\n"
                         "0 cancel 1 0 recorded\n",
                         1),
                     0);
    static const char *const expected[] = {
        (NEW("L1-0", "buy", "limit") ",'price':'4700','size':'0.5','time_in_force':'GTC',"
                                     "'post_only':true}"),
        (NEW("L1-1", "sell", "market") ",'size':'1','time_in_force':'IOC'}"),
        (NEW("L1-2", "sell", "limit") ",'price':'4701','size':'1','time_in_force':'FOK'}"),
        ("{'type':'replace','request_id':'L1-3','client_oid':'L1-0','new_client_oid':'L1-3',"
         "'price':'4701.5','size':'0.75'}"),
        "{'type':'cancel','request_id':'L1-4','client_oid':'L1-0'}",
    };
    assert_int_equal(v.heard_cnt, 5);
    for (uint32_t i = 0; i < 5; i++) {
        for (char *c = v.heard[i]; *c; c++)
            *c = *c == '"' ? '\'' : *c; /* easier to read above */
        assert_string_equal(v.heard[i], expected[i]);
    }
    assert_true(load_clean(v.load));
    assert_int_equal(load_result(v.load)->order_sent.cnt, 3);
    assert_int_equal(load_result(v.load)->change_sent.cnt, 2);
    venue_free(&v, &f);
}

/* Sessions take the keys in turn; one of each key hears of the account. */
static void
test_ws_keys_go_round_and_one_session_of_each_listens(void **state)
{
    struct venue v = {.answer = "{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}"};
    struct flow f;
    (void)state;
    assert_int_equal(run(&v, &f, one_order, 5), 0);
    assert_int_equal(v.authenticated_cnt, 5);
    assert_int_equal(v.subscribed_cnt, 2);
    assert_true(load_clean(v.load));
    venue_free(&v, &f);
}

static void
test_ws_counts_rejects_fills_and_ends(void **state)
{
    static const struct {
        const char *answer, *and_then;
        uint64_t accepted, rejected, taker, maker, ended, protocol;
    } cases[] = {
        {"{\"type\":\"reject\",\"request\":\"new\",\"request_id\":\"%s\",\"message\":"
         "\"Insufficient "
         "funds\",\"code\":79}",
         "{\"type\":\"rejected\",\"client_oid\":\"%s\",\"reason\":\"INSUFFICIENT_FUNDS\"}", 0, 1, 0,
         0, 0, 0},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}",
         "{\"type\":\"match\",\"client_oid\":\"%s\",\"taker_fee_rate\":\"0.002\"}", 1, 0, 1, 0, 0,
         0},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}",
         "{\"type\":\"match\",\"client_oid\":\"%s\",\"maker_fee_rate\":\"0.001\"}", 1, 0, 0, 1, 0,
         0},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}",
         "{\"type\":\"done\",\"client_oid\":\"%s\",\"reason\":\"canceled\",\"cancel_reason\":\"IOC_"
         "REMAINDER\"}",
         1, 0, 0, 0, 1, 0},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}",
         "{\"type\":\"done\",\"client_oid\":\"%s\",\"reason\":\"canceled\",\"cancel_reason\":\"BY_"
         "CLIENT\"}",
         1, 0, 0, 0, 0, 0},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}",
         "{\"type\":\"error\",\"message\":\"Malformed message\",\"reason\":\"side: missing\"}", 1,
         0, 0, 0, 0, 1},
        {"{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"%s\"}", "no JSON", 1, 0, 0, 0, 0,
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue v = {.answer = cases[i].answer, .and_then = cases[i].and_then};
        struct flow f;
        assert_int_equal(run(&v, &f, one_order, 1), 0);
        const struct load_counts *c = counts(&v);
        if (c->accepted != cases[i].accepted || c->rejected != cases[i].rejected ||
            c->fills_taker != cases[i].taker || c->fills_maker != cases[i].maker ||
            c->ended != cases[i].ended || load_result(v.load)->protocol_errors != cases[i].protocol)
            fail_msg("case %zu", i);
        assert_int_equal(load_result(v.load)->unanswered, 0);
        venue_free(&v, &f);
    }
}

/* It may have been taken or not: nobody has answered. */
static void
test_ws_a_timeout_is_no_answer(void **state)
{
    struct venue v = {.answer = "{\"type\":\"timeout\",\"request\":\"new\",\"request_id\":\"%s\"}"};
    struct flow f;
    (void)state;
    assert_int_equal(run(&v, &f, one_order, 1), 0);
    assert_int_equal(load_result(v.load)->unanswered, 1);
    assert_false(load_clean(v.load));
    venue_free(&v, &f);
}

static void
test_ws_a_wrong_key_is_named(void **state)
{
    struct venue v = {.refuse_key = "key-2"};
    struct flow f;
    (void)state;
    assert_int_equal(run(&v, &f, one_order, 2), ERR_CLOSED);
    assert_string_equal(v.err.text,
                        "a session did not come up: key-2: Authentication Failed: unknown key");
    venue_free(&v, &f);
}

static void
test_ws_a_venue_that_leaves_is_a_lost_session(void **state)
{
    struct venue v = {.leaves = true};
    struct flow f;
    (void)state;
    assert_int_equal(run(&v, &f, one_order, 1), 0);
    assert_int_equal(load_result(v.load)->lost_sessions, 1);
    assert_string_equal(load_result(v.load)->lost_why, "key-1: the venue is going down");
    assert_false(load_clean(v.load));
    venue_free(&v, &f);
}

static void
test_ws_needs_a_key(void **state)
{
    struct load_ws *links;
    struct load_net net = {0};
    struct error err = {0};
    (void)state;
    assert_int_equal(load_ws_open(&links, NULL, &net, 1, &(struct load_ws_options){0}, &err),
                     ERR_INVALID);
    assert_string_equal(err.text, "no API key to trade with");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ws_says_what_the_dialect_wants),
        cmocka_unit_test(test_ws_keys_go_round_and_one_session_of_each_listens),
        cmocka_unit_test(test_ws_counts_rejects_fills_and_ends),
        cmocka_unit_test(test_ws_a_timeout_is_no_answer),
        cmocka_unit_test(test_ws_a_wrong_key_is_named),
        cmocka_unit_test(test_ws_a_venue_that_leaves_is_a_lost_session),
        cmocka_unit_test(test_ws_needs_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
