/* Quotes of makers over WebSocket and REST. */
#include "gateway/api/quote_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/api/fanout_priv.h"
#include "tests/unit/gateway/api/small_venue.h"
#include "tests/unit/gateway/api/web_client.h"

static struct small_venue venue;
static struct web_client rest, ws;

static int
set_up(void **state)
{
    (void)state;
    small_venue_open(&venue, NULL);
    web_client_open(&rest, &venue);
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    web_client_close(&ws);
    web_client_close(&rest);
    small_venue_close(&venue);
    return 0;
}

/* Instrument 1 of the demo venue: ETH-AUD, price scale 2, lot 1e-8. */
enum { ETH_AUD = 1 };
static const int64_t one_eth = 100000000;

static int
call(const char *method, const char *target, const char *body)
{
    return web_client_call(&rest, method, target, body, DEMO_KEY_1, DEMO_SECRET_1);
}

static void
has_book(const char *sides)
{
    assert_int_equal(call("GET", "/products/ETH-AUD/book?level=2", NULL), 200);
    assert_has(rest.text, sides);
}

#define QUOTE(id, bid, bid_size, ask, ask_size)                                                    \
    "{\"product_id\":\"ETH-AUD\",\"id\":\"" id "\",\"bid_price\":\"" bid                           \
    "\",\"bid_size\":\"" bid_size "\",\"ask_price\":\"" ask "\",\"ask_size\":\"" ask_size "\"}"

static void
test_ws_quote_is_replaced_in_place_and_pulled(void **state)
{
    (void)state;
    web_client_say(&ws, "{\"type\":\"quote\",\"request_id\":\"q1\",\"quotes\":[" QUOTE(
                            "e1", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear(&ws),
               "{\"type\":\"ack\",\"request\":\"quote\",\"request_id\":\"q1\","
               "\"quotes\":[{\"product_id\":\"ETH-AUD\",\"id\":\"e1\","
               "\"bid\":{\"status\":\"accepted\",\"order_id\":\"");
    assert_has(ws.text, "\"ask\":{\"status\":\"accepted\",\"order_id\":\"");
    has_book("\"bids\":[[\"4690\",\"2\",1]],\"asks\":[[\"4710\",\"3\",1]]");
    assert_int_equal(call("GET", "/orders", NULL), 200);
    assert_has(rest.text, "\"quote\":true");
    assert_has(rest.text, "\"client_oid\":\"e1\"");
    /* the ask is left out: it is pulled */
    web_client_say(&ws, "{\"type\":\"quote\",\"request_id\":\"q2\",\"quotes\":[{\"product_id\":"
                        "\"ETH-AUD\",\"id\":\"e2\",\"bid_price\":\"4691\",\"bid_size\":\"1\"}]}");
    assert_has(web_client_hear(&ws), "\"ask\":{\"status\":\"pulled\"}");
    has_book("\"bids\":[[\"4691\",\"1\",1]],\"asks\":[]");
    /* an order of the account stays when its quotes are canceled */
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"buy\","
                          "\"price\":\"4600\",\"size\":\"1\"}"),
                     200);
    web_client_say(&ws, "{\"type\":\"quote_cancel\",\"request_id\":\"q3\"}");
    assert_has(web_client_hear(&ws), "{\"type\":\"ack\",\"request\":\"quote_cancel\","
                                     "\"request_id\":\"q3\",\"order_ids\":[\"");
    has_book("\"bids\":[[\"4600\",\"1\",1]],\"asks\":[]");
}

/* A bid that is not below its ask refuses both; what stood is gone. */
static void
test_ws_refused_side_tells_its_reason(void **state)
{
    (void)state;
    web_client_say(&ws,
                   "{\"type\":\"quote\",\"quotes\":[" QUOTE("e1", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear(&ws), "\"accepted\"");
    web_client_say(
        &ws, "{\"type\":\"quote\",\"post_only\":true,\"quotes\":[" QUOTE(
                 "e2", "4700", "2", "4700", "3") ",{\"product_id\":\"BTC-AUD\",\"id\":\"b1\","
                                                 "\"bid_price\":\"59000\",\"bid_size\":\"1\"}]}");
    assert_has(web_client_hear(&ws), "\"bid\":{\"status\":\"removed\",\"message\":\"");
    assert_has(ws.text, "\"reason\":\"QUOTE_CROSSED\",\"code\":");
    assert_has(ws.text,
               "{\"product_id\":\"BTC-AUD\",\"id\":\"b1\",\"bid\":{\"status\":\"accepted\"");
    assert_has(ws.text, "\"ask\":{\"status\":\"none\"}");
    has_book("\"bids\":[],\"asks\":[]");
}

static void
test_rest_quotes_are_entered_canceled_and_protected(void **state)
{
    (void)state;
    assert_int_equal(
        call("POST", "/quotes", "{\"quotes\":[" QUOTE("e1", "4690", "2", "4710", "3") "]}"), 200);
    assert_has(rest.text,
               "[{\"product_id\":\"ETH-AUD\",\"id\":\"e1\",\"bid\":{\"status\":\"accepted\"");
    assert_int_equal(call("DELETE", "/quotes?product_id=BTC-AUD", NULL), 200);
    assert_string_equal(rest.text, "[]");
    assert_int_equal(call("DELETE", "/quotes?product_id=ETH-AUD", NULL), 200);
    assert_has(rest.text, "[\"");
    has_book("\"bids\":[],\"asks\":[]");
    assert_int_equal(call("POST", "/quotes/limits",
                          "{\"product_id\":\"ETH-AUD\",\"fills\":3,\"window_ms\":5000,"
                          "\"size\":\"10\",\"value\":\"40000\",\"net\":\"5\"}"),
                     200);
    assert_string_equal(rest.text, "{\"product_id\":\"ETH-AUD\",\"fills\":3,\"window_ms\":5000,"
                                   "\"size\":\"10\",\"value\":\"40000\",\"net\":\"5\"}");
    assert_int_equal(
        call("POST", "/quotes/limits", "{\"product_id\":\"ETH-AUD\",\"window_ms\":5000}"), 400);
    assert_has(rest.text, "\"reason\":\"BAD_FIELD\"");
}

/* The core answers quotes with what became of them; a mere result shows nothing. */
static void
test_ws_quote_with_a_mere_result_shows_nothing(void **state)
{
    (void)state;
    struct event_reject e = {.account_id = DEMO_ACCOUNT_1};
    e.ev.rec.type = EVENT_COMMAND_RESULT;
    venue.stopped = true;
    web_client_say(&ws, "{\"type\":\"quote\",\"request_id\":\"q1\",\"quotes\":[" QUOTE(
                            "e1", "4690", "2", "4710", "3") "]}");
    for (int i = 0; venue.fanout->requests.cnt == 0; i++) {
        assert_in_range(i, 0, 100000);
        small_venue_cycle(&venue);
    }
    e.client_seq = venue.fanout->requests.client_seq;
    requests_match(venue.fanout, &e.ev);
    requests_answer(venue.fanout);
    assert_string_equal(web_client_hear(&ws), "{\"type\":\"ack\",\"request\":\"quote\","
                                              "\"request_id\":\"q1\",\"quotes\":null}");
}

/* One fill is the limit: it pulls the other side, and quotes are refused until one resets it. */
static void
test_ws_protection_pulls_the_quote_and_tells_why(void **state)
{
    (void)state;
    web_client_say(&ws,
                   "{\"type\":\"quote_limits\",\"request_id\":\"l1\",\"product_id\":\"ETH-AUD\","
                   "\"fills\":1,\"window_ms\":60000}");
    assert_has(web_client_hear(&ws), "{\"type\":\"ack\",\"request\":\"quote_limits\","
                                     "\"request_id\":\"l1\",\"limits\":{\"product_id\":\"ETH-AUD\","
                                     "\"fills\":1,\"window_ms\":60000,\"size\":\"0\"");
    web_client_say(&ws,
                   "{\"type\":\"quote\",\"quotes\":[" QUOTE("e1", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear(&ws), "\"accepted\"");
    web_client_say(&ws, "{\"type\":\"subscribe\",\"channels\":[\"user\"]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_SELL, 469000, one_eth / 2, "s1");
    assert_has(web_client_hear_with(&ws, "quote_stopped"),
               "{\"type\":\"quote_stopped\",\"product_id\":\"ETH-AUD\",\"sequence\":");
    assert_has(ws.text, "\"limit\":\"fills\",\"fills\":1,\"size\":\"0.5\",\"value\":\"2345\","
                        "\"net\":\"0.5\",\"window_ms\":60000}");
    assert_has(web_client_hear_with(&ws, "\"done\""), "\"cancel_reason\":\"MAKER_PROTECTION\"");
    has_book("\"bids\":[],\"asks\":[]");
    web_client_say(&ws,
                   "{\"type\":\"quote\",\"quotes\":[" QUOTE("e2", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear_with(&ws, "\"ack\""), "\"reason\":\"MAKER_PROTECTION\"");
    web_client_say(&ws, "{\"type\":\"quote\",\"reset_protection\":true,\"quotes\":[" QUOTE(
                            "e3", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear_with(&ws, "\"ack\""), "\"bid\":{\"status\":\"accepted\"");
}

static void
test_quotes_that_ask_for_it_end_with_their_connection(void **state)
{
    (void)state;
    struct web_client gone;
    char say[1024], fields[512];
    web_client_open_ws(&gone, &venue, NULL, NULL);
    web_client_credentials(fields, DEMO_KEY_1, DEMO_SECRET_1);
    (void)snprintf(say, sizeof(say), "{\"type\":\"authenticate\",%s,\"cancel_on_disconnect\":true}",
                   fields);
    web_client_say(&gone, say);
    assert_has(web_client_hear(&gone), "\"authenticated\"");
    web_client_say(&gone,
                   "{\"type\":\"quote\",\"quotes\":[" QUOTE("e1", "4690", "2", "4710", "3") "]}");
    assert_has(web_client_hear(&gone), "\"accepted\"");
    has_book("[[\"4690\",\"2\",1]]");
    web_client_close(&gone);
    int looks = 0;
    do { /* each look turns the venue */
        assert_int_equal(call("GET", "/orders", NULL), 200);
    } while (strcmp(rest.text, "[]") != 0 && ++looks < 1000);
    assert_string_equal(rest.text, "[]");
}

#define SAME QUOTE("a", "1", "1", "2", "1")

static void
test_malformed_quotes_are_told_entry_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"{}", "quotes: expected an array of objects"},
        {"{\"quotes\":{}}", "quotes: expected an array of objects"},
        {"{\"quotes\":[]}", "quotes: expected at least one"},
        {"{\"quotes\":[1]}", "quotes[0]: expected an object"},
        {"{\"quotes\":[{\"id\":\"a\"}]}", "quotes[0]: product_id: missing"},
        {"{\"quotes\":[{\"product_id\":\"ETH-AUD\"}]}",
         "quotes[0]: id: expected 1 to 16 characters"},
        {"{\"quotes\":[{\"product_id\":\"ETH-AUD\",\"id\":\"12345678901234567\"}]}",
         "quotes[0]: id: expected 1 to 16 characters"},
        {"{\"quotes\":[{\"product_id\":\"ETH-AUD\",\"id\":\"a\",\"bid_price\":\"1\"}]}",
         "quotes[0]: bid_size: missing"},
        {"{\"quotes\":[{\"product_id\":\"ETH-AUD\",\"id\":\"a\",\"ask_size\":\"1\"}]}",
         "quotes[0]: ask_price: missing"},
        {"{\"quotes\":[" QUOTE("a", "1", "1", "2", "1") ",{\"price\":1}]}",
         "quotes[1]: unknown field 'price'; expected: product_id, id, bid_price"},
        {"{\"quotes\":[{\"id\":\"a\",\"id\":\"b\"}]}", "quotes[0]: id: given twice"},
        {"{\"quotes\":[{\"product_id\":\"ETH-AUD\",\"id\":\"a\",\"bid_price\":\"1\","
         "\"bid_size\":\"0\"}]}",
         "quotes[0]: bid_size: expected more than zero"},
        {"{\"quotes\":[],\"size\":\"1\"}",
         "unknown field 'size'; expected: quotes, reset_protection"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(call("POST", "/quotes", cases[i].body), 400);
        assert_has(rest.text, cases[i].message);
    }
    assert_int_equal(
        call("POST", "/quotes", "{\"quotes\":[{\"product_id\":\"NONE\",\"id\":\"a\"}]}"), 404);
    assert_int_equal(call("POST", "/quotes", NULL), 400);
    static const char seven[] =
        "{\"quotes\":[" SAME "," SAME "," SAME "," SAME "," SAME "," SAME "," SAME "]}";
    assert_int_equal(call("POST", "/quotes", seven), 400);
    assert_has(rest.text, "quotes: at most 6 in one message");
    assert_int_equal(call("POST", "/quotes/limits", "{\"product_id\":\"ETH-AUD\",\"fills\":65}"),
                     400);
    assert_has(rest.text, "fills: at most 64");
    assert_int_equal(web_client_call(&rest, "POST", "/quotes", "{}", NULL, NULL), 401);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ws_quote_is_replaced_in_place_and_pulled),
        TEST(test_ws_refused_side_tells_its_reason),
        TEST(test_ws_quote_with_a_mere_result_shows_nothing),
        TEST(test_rest_quotes_are_entered_canceled_and_protected),
        TEST(test_ws_protection_pulls_the_quote_and_tells_why),
        TEST(test_quotes_that_ask_for_it_end_with_their_connection),
        TEST(test_malformed_quotes_are_told_entry_and_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
