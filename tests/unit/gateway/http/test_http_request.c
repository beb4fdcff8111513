#include "gateway/http/http_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BODY_MAX = 64 };
static char chunks[BODY_MAX];

/* Whole request: its bytes, 0 = more is needed, -1 = refused. */
static int64_t
take(struct http_request *r, const char *text, struct http_fault *fault)
{
    size_t scanned = 0, bytes = strlen(text);
    const uint8_t *data = (const uint8_t *)text;
    int head = http_head_find(data, bytes, &scanned, fault);
    if (head <= 0) {
        return head;
    }
    if (http_head_parse(r, data, (size_t)head, fault) != 0) {
        return -1;
    }
    return http_body_take(&r->message, data, bytes, chunks, BODY_MAX, fault);
}

static void
test_request_is_taken_apart(void **state)
{
    (void)state;
    const char *text = "POST /orders?a=1&b=x%20y+z HTTP/1.1\r\nHost: h\r\nCB-Access-Key:\t k \r\n"
                       "Content-Length: 4\r\n\r\n{\"a\"NEXT";
    struct http_request r;
    struct http_fault fault;
    char value[16];
    assert_int_equal(take(&r, text, &fault), strlen(text) - 4);
    assert_int_equal(r.method, HTTP_POST);
    assert_true(http_text_is(&r.path, "/orders"));
    assert_true(http_text_is(&r.target, "/orders?a=1&b=x%20y+z"));
    assert_true(http_text_is(http_header_get(&r.message, "cb-access-key"), "k"));
    assert_null(http_header_get(&r.message, "cb-access-sign"));
    assert_true(http_text_is(&r.message.body, "{\"a\""));
    assert_true(r.message.keep_alive);
    assert_int_equal(http_query_get(&r.query, "a", value, sizeof(value)), 1);
    assert_string_equal(value, "1");
    assert_int_equal(http_query_get(&r.query, "b", value, sizeof(value)), 5);
    assert_string_equal(value, "x y z");
    assert_int_equal(http_query_get(&r.query, "c", value, sizeof(value)), -1);
    assert_int_equal(http_query_get(&r.query, "b", value, 3), -2);
}

static void
test_request_waits_for_what_is_missing_at_every_cut(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "GET /time HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
        ("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nabc\r\n1;e=1\r\nd\r\n0\r\n\r\n"),
    };
    for (size_t i = 0; i < 3; i++) {
        size_t bytes = strlen(texts[i]);
        for (size_t cut = 0; cut <= bytes; cut++) {
            char part[256];
            struct http_request r;
            struct http_fault fault;
            (void)snprintf(part, sizeof(part), "%.*s", (int)cut, texts[i]);
            int64_t taken = take(&r, part, &fault);
            assert_int_equal(taken, cut == bytes ? (int64_t)bytes : 0);
            if (cut == bytes && i == 2) {
                assert_true(http_text_is(&r.message.body, "abcd"));
            }
        }
    }
}

static void
test_request_tells_when_the_connection_may_stay(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool keep_alive;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request r;
        struct http_fault fault;
        assert_true(take(&r, cases[i].text, &fault) > 0);
        assert_int_equal(r.message.keep_alive, cases[i].keep_alive);
    }
}

static void
test_request_refuses_with_status_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t status;
        const char *says;
    } cases[] = {
        {"\r\n\r\n", 400, "expected a method"},
        {"GET\r\n\r\n", 400, "expected a method"},
        {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "expected a method"},
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "begins with '/'"},
        {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400, "begins with '/'"},
        {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "visible ASCII"},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "HTTP/1.1"},
        {"GET / http/1.1\r\nHost: h\r\n\r\n", 400, "HTTP/1.1 at its end"},
        {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, "HTTP/1.1 at its end"},
        {"GET / HTTP/1.1\r\n\r\n", 400, "one Host"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "one Host"},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "without a blank"},
        {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400, "expected a name"},
        {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400, "control character"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "digits"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, "digits"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400,
         "more than one"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", 413, "too big"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400, "beside another length"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "chunked"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400,
         "hexadecimal"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabX", 400,
         "behind a chunk"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n", 413, "too big"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", 400,
         "trailer"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request r;
        struct http_fault fault = {0};
        if (take(&r, cases[i].text, &fault) != -1 || fault.status != cases[i].status ||
            strstr(fault.text, cases[i].says) == NULL) {
            fail_msg("%zu: status %d, %s", i, fault.status, fault.text);
        }
    }
}

static void
test_request_head_is_bounded(void **state)
{
    (void)state;
    static char text[HTTP_HEAD_BYTES_MAX + 64];
    struct http_fault fault;
    size_t scanned = 0;
    memset(text, 'a', sizeof(text));
    assert_int_equal(http_head_find((uint8_t *)text, 100, &scanned, &fault), 0);
    assert_int_equal(http_head_find((uint8_t *)text, sizeof(text), &scanned, &fault), -1);
    assert_int_equal(fault.status, 431);

    struct http_request r;
    int n = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < HTTP_HEADER_MAX; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "X%d: y\r\n", i);
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, "\r\n");
    assert_int_equal(take(&r, text, &fault), -1);
    assert_int_equal(fault.status, 431);
}

static void
test_request_lists_are_searched_by_token(void **state)
{
    (void)state;
    struct http_request r;
    struct http_fault fault;
    assert_true(take(&r,
                     "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n"
                     "Upgrade: WebSocket\r\n\r\n",
                     &fault) > 0);
    assert_true(http_header_has(&r.message, "connection", "upgrade"));
    assert_true(http_header_has(&r.message, "upgrade", "websocket"));
    assert_false(http_header_has(&r.message, "connection", "up"));
}

static void
test_reply_tells_its_status_and_where_its_body_ends(void **state)
{
    static const struct {
        const char *head;
        int status; /* 0 = refused */
        bool until_close;
    } cases[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 101, false},
        {"HTTP/1.1 503 Busy\r\n\r\n", 503, true},
        {"HTTP/1.0 503\r\n\r\n", 503, true},
        {"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n", 503, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, false},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, false},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", 304, false},
        {"HTTP/1.1 2x0 OK\r\n\r\n", 0, false},
        {"HTTP/2 200 OK\r\n\r\n", 0, false},
        {"HTTP/1.1 200 OK\r\n folded\r\n\r\n", 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_reply r;
        struct http_fault fault;
        const uint8_t *data = (const uint8_t *)cases[i].head;
        int rc = http_reply_head_parse(&r, data, strlen(cases[i].head), &fault);
        assert_int_equal(rc, cases[i].status != 0 ? 0 : -1);
        if (rc == 0) {
            assert_int_equal(r.status, cases[i].status);
            assert_int_equal(r.until_close, cases[i].until_close);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_is_taken_apart),
        cmocka_unit_test(test_request_waits_for_what_is_missing_at_every_cut),
        cmocka_unit_test(test_request_tells_when_the_connection_may_stay),
        cmocka_unit_test(test_request_refuses_with_status_and_reason),
        cmocka_unit_test(test_request_head_is_bounded),
        cmocka_unit_test(test_request_lists_are_searched_by_token),
        cmocka_unit_test(test_reply_tells_its_status_and_where_its_body_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
