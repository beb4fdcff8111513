#include "gateway/api/fanout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/gateway/api/small_venue.h"
#include "tests/unit/gateway/api/web_client.h"
#include "tools/config/venue.h"
#include "tools/config/venue_commands.h"

static struct small_venue venue;
static struct web_client rest, ws, ws2;

static int
set_up(void **state)
{
    (void)state;
    small_venue_open(&venue, NULL);
    web_client_open(&rest, &venue);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    web_client_close(&rest);
    small_venue_close(&venue);
    return 0;
}

static const char *
get(const char *target)
{
    assert_int_equal(web_client_call(&rest, "GET", target, NULL, NULL, NULL), 200);
    return rest.text;
}

static const char *
get_private(const char *target)
{
    assert_int_equal(web_client_call(&rest, "GET", target, NULL, DEMO_KEY_1, DEMO_SECRET_1), 200);
    return rest.text;
}

static int
post(const char *body)
{
    return web_client_call(&rest, "POST", "/orders", body, DEMO_KEY_1, DEMO_SECRET_1);
}

/* Instrument 1 of the demo venue: ETH-AUD, price scale 2, lot 1e-8. */
enum { ETH_AUD = 1 };
static const int64_t one_eth = 100000000;

static void
test_rest_tells_products_and_currencies(void **state)
{
    (void)state;
    assert_has(get("/products"), "\"id\":\"ETH-AUD\",\"base_currency\":\"ETH\","
                                 "\"quote_currency\":\"AUD\",\"quote_increment\":\"0.01\","
                                 "\"base_increment\":\"0.00000001\"");
    assert_has(rest.text, "\"id\":\"ACME-AUD\"");
    assert_has(get("/products/ETH-AUD"), "\"status\":\"online\"");
    assert_has(get("/currencies"), "\"id\":\"AUD\"");
    assert_has(get("/currencies/ETH"), "\"max_precision\":\"0.00000001\"");
    assert_has(get("/time"), "\"epoch\":");
    assert_int_equal(web_client_call(&rest, "GET", "/products/NONE-AUD", NULL, NULL, NULL), 404);
    assert_int_equal(web_client_call(&rest, "GET", "/nothing", NULL, NULL, NULL), 404);
    assert_int_equal(web_client_call(&rest, "DELETE", "/products", NULL, NULL, NULL), 405);
}

static void
test_rest_book_shows_levels_and_orders(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 470000, 2 * one_eth, "b1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 470000, one_eth / 2, "b2");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 469900, one_eth, "b3");
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470150, one_eth, "s1");
    assert_has(get("/products/ETH-AUD/book?level=2"),
               "\"bids\":[[\"4700\",\"2.5\",2],[\"4699\",\"1\",1]],"
               "\"asks\":[[\"4701.5\",\"1\",1]]");
    assert_has(get("/products/ETH-AUD/book"), "\"bids\":[[\"4700\",\"2.5\",2]],");
    assert_has(get("/products/ETH-AUD/book?level=3"), "\"bids\":[[\"4700\",\"2\",\"");
    assert_int_equal(
        web_client_call(&rest, "GET", "/products/ETH-AUD/book?level=4", NULL, NULL, NULL), 400);
    assert_has(rest.text, "level");
}

static void
test_rest_trades_ticker_candles_follow_a_trade(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth, "s1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 470000, one_eth / 4, "b1");
    assert_has(get("/products/ETH-AUD/trades"), "\"side\":\"sell\",\"size\":\"0.25\","
                                                "\"price\":\"4700\"");
    assert_has(rest.headers, "CB-AFTER: 1\r\n");
    assert_has(get("/products/ETH-AUD/ticker"), "\"price\":\"4700\",\"size\":\"0.25\"");
    assert_has(rest.text, "\"volume\":\"0.25\"");
    assert_has(get("/products/ETH-AUD/stats"), "\"open\":\"4700\",\"high\":\"4700\"");
    assert_has(get("/products/ETH-AUD/candles?granularity=60"), ",4700,4700,4700,4700,0.25]]");
    assert_has(get("/products/spark-lines"), "\"ETH-AUD\":[[");
}

static void
test_rest_private_needs_a_good_signature(void **state)
{
    (void)state;
    assert_int_equal(web_client_call(&rest, "GET", "/accounts", NULL, NULL, NULL), 401);
    assert_has(rest.text, "are required");
    assert_int_equal(web_client_call(&rest, "GET", "/accounts", NULL, DEMO_KEY_1, DEMO_SECRET_2),
                     401);
    assert_has(rest.text, "invalid signature");
    assert_has(get_private("/accounts"), "\"id\":\"201-AUD\",\"currency\":\"AUD\","
                                         "\"balance\":\"1000000\",\"hold\":\"0\","
                                         "\"available\":\"1000000\"");
    assert_has(get_private("/accounts/201-BTC"), "\"balance\":\"10\"");
    assert_int_equal(
        web_client_call(&rest, "GET", "/accounts/202-BTC", NULL, DEMO_KEY_1, DEMO_SECRET_1), 404);
    assert_has(get_private("/users/self/verify"), "\"id\":\"201\"");
}

static void
test_rest_order_lives_from_entry_to_cancel(void **state)
{
    (void)state;
    char id[32], target[64];
    assert_int_equal(post("{\"type\":\"limit\",\"side\":\"buy\",\"product_id\":\"ETH-AUD\","
                          "\"price\":\"4600\",\"size\":\"2\",\"client_oid\":\"my-1\"}"),
                     200);
    assert_string_equal(json_value(rest.text, "status"), "open");
    assert_string_equal(json_value(rest.text, "client_oid"), "my-1");
    (void)snprintf(id, sizeof(id), "%s", json_value(rest.text, "id"));
    /* 2 at 4600 and the taker's 0.2 % */
    assert_has(get_private("/accounts/201-AUD"), "\"hold\":\"9218.4\"");
    assert_has(get_private("/orders"), id);
    (void)snprintf(target, sizeof(target), "/orders/%s", id);
    assert_has(get_private(target), "\"remaining_size\":\"2\"");
    assert_has(get_private("/orders/client:my-1"), id);
    assert_int_equal(web_client_call(&rest, "DELETE", target, NULL, DEMO_KEY_2, DEMO_SECRET_2),
                     404);
    assert_int_equal(web_client_call(&rest, "DELETE", target, NULL, DEMO_KEY_1, DEMO_SECRET_1),
                     200);
    assert_has(rest.text, id);
    assert_has(get_private(target), "\"status\":\"done\"");
    assert_has(rest.text, "\"done_reason\":\"canceled\",\"cancel_reason\":\"BY_CLIENT\"");
    assert_string_equal(get_private("/orders"), "[]");
    assert_has(get_private("/orders?status=all"), id);
    static const char *const wrong[] = {"bogus", "", "open&status=bogus", "%zz"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char query[64];
        (void)snprintf(query, sizeof(query), "/orders?status=%s", wrong[i]);
        assert_int_equal(web_client_call(&rest, "GET", query, NULL, DEMO_KEY_1, DEMO_SECRET_1),
                         400);
        assert_has(rest.text, "status: expected open, pending, active, done or all");
    }
    assert_has(get_private("/accounts/201-AUD"), "\"hold\":\"0\"");
    assert_int_equal(web_client_call(&rest, "DELETE", target, NULL, DEMO_KEY_1, DEMO_SECRET_1),
                     400);
    assert_has(rest.text, "Order already done");
}

static void
test_rest_order_that_trades_is_answered_filled(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth, "s1");
    assert_int_equal(post("{\"type\":\"market\",\"side\":\"buy\",\"product_id\":\"ETH-AUD\","
                          "\"size\":\"0.5\"}"),
                     200);
    assert_has(rest.text, "\"status\":\"done\"");
    assert_has(rest.text, "\"done_reason\":\"filled\"");
    assert_string_equal(json_value(rest.text, "executed_value"), "2350");
    assert_string_equal(json_value(rest.text, "fill_fees"), "4.7"); /* 0.2 % of 2350 */
    assert_has(get_private("/fills?product_id=ETH-AUD"),
               "\"liquidity\":\"T\",\"price\":\"4700\",\"size\":\"0.5\",\"value\":\"2350\","
               "\"fee\":\"4.7\",\"side\":\"buy\"");
    assert_has(rest.text, "\"trade_id\":1,");
    assert_has(get_private("/accounts/201-ETH"), "\"balance\":\"100.5\"");
    assert_has(get_private("/accounts/201-AUD"), "\"balance\":\"997645.3\"");
}

static void
test_rest_stop_waits_until_a_trade_reaches_it(void **state)
{
    (void)state;
    char target[64];
    assert_int_equal(post("{\"type\":\"limit\",\"side\":\"buy\",\"product_id\":\"ETH-AUD\","
                          "\"price\":\"4720\",\"size\":\"1\",\"stop\":\"entry\","
                          "\"stop_price\":\"4710\"}"),
                     200);
    assert_string_equal(json_value(rest.text, "status"), "active");
    assert_string_equal(json_value(rest.text, "stop_price"), "4710");
    (void)snprintf(target, sizeof(target), "/orders/%s", json_value(rest.text, "id"));
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 471000, one_eth, "s1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 471000, one_eth, "b1");
    assert_has(get_private(target), "\"status\":\"open\"");
    assert_has(get("/products/ETH-AUD/book?level=1"), "[\"4720\"");
    assert_int_equal(post("{\"type\":\"market\",\"side\":\"buy\",\"product_id\":\"ETH-AUD\","
                          "\"size\":\"1\",\"stop\":\"loss\",\"stop_price\":\"4710\"}"),
                     400);
    assert_has(rest.text, "stop: expected");
}

static void
test_rest_good_till_time_has_an_end(void **state)
{
    (void)state;
    assert_int_equal(post("{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                          "\"size\":\"1\",\"time_in_force\":\"GTT\",\"cancel_after\":\"hour\"}"),
                     200);
    assert_string_equal(json_value(rest.text, "time_in_force"), "GTT");
    assert_has(rest.text, "\"expire_time\":\"");
}

static void
test_rest_same_client_id_is_the_same_order(void **state)
{
    (void)state;
    static const char body[] = "{\"type\":\"limit\",\"side\":\"sell\",\"product_id\":\"ETH-AUD\","
                               "\"price\":\"4900\",\"size\":\"1\",\"client_oid\":\"once\"}";
    char id[32];
    assert_int_equal(post(body), 200);
    (void)snprintf(id, sizeof(id), "%s", json_value(rest.text, "id"));
    assert_int_equal(post(body), 200);
    assert_string_equal(json_value(rest.text, "id"), id);
    assert_int_equal(post("{\"type\":\"limit\",\"side\":\"sell\",\"product_id\":\"ETH-AUD\","
                          "\"price\":\"4901\",\"size\":\"1\",\"client_oid\":\"once\"}"),
                     400);
    assert_string_equal(json_value(rest.text, "reason"), "DUPLICATE_ID");
}

static void
test_rest_cancel_all_tells_what_it_canceled(void **state)
{
    (void)state;
    char ids[3][32];
    for (int i = 0; i < 3; i++) {
        char body[200];
        (void)snprintf(body, sizeof(body),
                       "{\"side\":\"buy\",\"product_id\":\"%s\",\"price\":\"%d\",\"size\":\"1\"}",
                       i < 2 ? "ETH-AUD" : "ACME-AUD", i < 2 ? 4500 + i : 99);
        assert_int_equal(post(body), 200);
        (void)snprintf(ids[i], sizeof(ids[i]), "%s", json_value(rest.text, "id"));
    }
    assert_int_equal(web_client_call(&rest, "DELETE", "/orders?product_id=ETH-AUD", NULL,
                                     DEMO_KEY_1, DEMO_SECRET_1),
                     200);
    assert_has(rest.text, ids[0]);
    assert_has(rest.text, ids[1]);
    assert_null(strstr(rest.text, ids[2]));
    assert_int_equal(web_client_call(&rest, "DELETE", "/orders", NULL, DEMO_KEY_1, DEMO_SECRET_1),
                     200);
    assert_has(rest.text, ids[2]);
    assert_null(strstr(rest.text, ids[0])); /* ended before */
    assert_string_equal(get_private("/orders"), "[]");
}

static void
test_rest_rejects_of_the_core_have_reason_and_text(void **state)
{
    (void)state;
    static const struct {
        const char *body, *reason, *message;
    } cases[] = {
        {"{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4700\",\"size\":\"90000\"}",
         "INSUFFICIENT_FUNDS", "Insufficient funds"},
        {"{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"9700\",\"size\":\"1\"}",
         "PRICE_COLLAR", "collar"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(post(cases[i].body), 400);
        assert_string_equal(json_value(rest.text, "reason"), cases[i].reason);
        assert_has(json_value(rest.text, "message"), cases[i].message);
    }
}

/* --- WebSocket --- */

static void
test_ws_level2_is_a_snapshot_then_updates_that_follow_it(void **state)
{
    (void)state;
    char sequence[32];
    small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 470000, one_eth, "b1");
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"level2\"]}");
    assert_string_equal(web_client_hear(&ws), "{\"type\":\"subscriptions\",\"channels\":[{\"name\":"
                                              "\"level2\",\"product_ids\":[\"ETH-AUD\"]}]}");
    assert_has(web_client_hear(&ws), "{\"type\":\"snapshot\",\"product_id\":\"ETH-AUD\","
                                     "\"bids\":[[\"4700\",\"1\"]],\"asks\":[]");
    (void)snprintf(sequence, sizeof(sequence), "%s", json_value(ws.text, "sequence"));
    small_venue_order(&venue, 102, ETH_AUD, SIDE_SELL, 470500, one_eth, "s1");
    assert_has(web_client_hear(&ws), "\"changes\":[[\"sell\",\"4705\",\"1\"]]");
    assert_string_equal(json_value(ws.text, "previous_sequence"), sequence);
    (void)snprintf(sequence, sizeof(sequence), "%s", json_value(ws.text, "sequence"));
    /* sweeps the bid and rests on: both sides change in one message */
    small_venue_order(&venue, 103, ETH_AUD, SIDE_SELL, 470000, 3 * one_eth, "s2");
    assert_has(web_client_hear(&ws),
               "\"changes\":[[\"buy\",\"4700\",\"0\"],[\"sell\",\"4700\",\"2\"]]");
    assert_string_equal(json_value(ws.text, "previous_sequence"), sequence);
    web_client_say(&ws, "{\"type\":\"unsubscribe\",\"channels\":[\"level2\"]}");
    assert_string_equal(web_client_hear(&ws), "{\"type\":\"subscriptions\",\"channels\":[]}");
    web_client_close(&ws);
}

/* crc32 of "4700:1:4705:1:4699:2", reckoned with Python's zlib. */
static void
test_ws_level2_checksum_is_of_the_texts_that_were_sent(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 470000, one_eth, "b1");
    small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 469900, 2 * one_eth, "b2");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_SELL, 470500, one_eth, "s1");
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"level2\"],\"checksum\":true}");
    assert_has(web_client_hear_with(&ws, "\"snapshot\""), "\"checksum\":2184990312}");
    web_client_close(&ws);
}

static void
test_ws_matches_and_ticker_tell_a_trade(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth, "s1");
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"channels\":[{\"name\":\"matches\","
                        "\"product_ids\":[\"ETH-AUD\"]},{\"name\":\"ticker\","
                        "\"product_ids\":[\"ETH-AUD\"]}]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    assert_has(web_client_hear(&ws), "\"type\":\"ticker\"");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 470000, one_eth / 4, "b1");
    assert_has(web_client_hear(&ws), "\"type\":\"match\",\"product_id\":\"ETH-AUD\"");
    assert_has(ws.text, "\"trade_id\":1,\"side\":\"sell\",\"size\":\"0.25\",\"price\":\"4700\"");
    assert_string_not_equal(json_value(ws.text, "taker_order_id"), "0");
    assert_has(web_client_hear(&ws), "\"type\":\"ticker\"");
    assert_has(ws.text, "\"price\":\"4700\"");
    assert_has(ws.text, "\"side\":\"buy\"");
    assert_has(ws.text, "\"best_ask\":\"4700\",\"best_ask_size\":\"0.75\"");
    web_client_close(&ws);
}

static void
test_ws_user_channel_has_no_gaps_from_received_to_done(void **state)
{
    (void)state;
    static const char *const types[] = {"received", "open", "match", "match", "done"};
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"user\",\"balance\"]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    assert_int_equal(post("{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4700\","
                          "\"size\":\"1\",\"client_oid\":\"mine\"}"),
                     200);
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth / 4, "s1");
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth, "s2");
    uint64_t sequence = 0, balance = 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]);) {
        const char *text = web_client_hear(&ws);
        uint64_t n = strtoull(json_value(text, "sequence"), NULL, 10);
        if (strcmp(json_value(text, "type"), "balance") == 0) {
            assert_true(balance == 0 || n == balance + 1);
            balance = n;
            continue;
        }
        assert_string_equal(json_value(text, "type"), types[i]);
        assert_true(sequence == 0 || n == sequence + 1);
        sequence = n;
        i++;
    }
    assert_string_equal(json_value(ws.text, "reason"), "filled");
    assert_true(balance > 0);
    web_client_close(&ws);
}

static void
test_ws_user_channel_tells_of_a_stop_and_when_it_is_reached(void **state)
{
    (void)state;
    static const char *const types[] = {"received", "activate", "open"};
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"user\"]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    assert_int_equal(post("{\"side\":\"sell\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                          "\"size\":\"1\",\"stop\":\"loss\",\"stop_price\":\"4610\"}"),
                     200);
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 461000, one_eth, "s1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 461000, one_eth, "b1");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *text = web_client_hear(&ws);
        assert_string_equal(json_value(text, "type"), types[i]);
        if (i == 0)
            assert_string_equal(json_value(text, "stop_price"), "4610");
    }
    web_client_close(&ws);
}

static void
test_ws_shows_nobody_anothers_orders(void **state)
{
    (void)state;
    web_client_open_ws(&ws, &venue, DEMO_KEY_2, DEMO_SECRET_2);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"user\",\"balance\"]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    assert_int_equal(post("{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4700\","
                          "\"size\":\"1\"}"),
                     200);
    /* what comes next is the answer to this, not the other's order */
    web_client_say(&ws, "{\"type\":\"nothing\"}");
    assert_has(web_client_hear(&ws), "\"type\":\"error\"");
    web_client_close(&ws);
}

static void
test_ws_orders_are_entered_replaced_and_canceled(void **state)
{
    (void)state;
    char id[32], message[200];
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_say(&ws, "{\"type\":\"new\",\"request_id\":\"r1\",\"product_id\":\"ETH-AUD\","
                        "\"side\":\"buy\",\"price\":\"4600\",\"size\":\"1\"}");
    assert_has(web_client_hear(&ws), "{\"type\":\"ack\",\"request\":\"new\",\"request_id\":\"r1\","
                                     "\"order\":{\"id\":\"");
    (void)snprintf(id, sizeof(id), "%s", json_value(ws.text, "id"));
    (void)snprintf(message, sizeof(message),
                   "{\"type\":\"replace\",\"request_id\":\"r2\",\"order_id\":\"%s\","
                   "\"price\":\"4610\",\"size\":\"2\",\"new_client_oid\":\"n2\"}",
                   id);
    web_client_say(&ws, message);
    assert_has(web_client_hear(&ws), "\"type\":\"ack\",\"request\":\"replace\"");
    assert_string_equal(json_value(ws.text, "id"), id);
    assert_string_equal(json_value(ws.text, "price"), "4610");
    assert_string_equal(json_value(ws.text, "remaining_size"), "2");
    web_client_say(&ws, "{\"type\":\"cancel\",\"request_id\":\"r3\",\"client_oid\":\"n2\"}");
    assert_has(web_client_hear(&ws), "\"type\":\"ack\",\"request\":\"cancel\"");
    assert_string_equal(json_value(ws.text, "status"), "done");
    web_client_say(&ws, "{\"type\":\"cancel\",\"request_id\":\"r4\",\"client_oid\":\"n2\"}");
    assert_has(web_client_hear(&ws), "\"type\":\"reject\",\"request\":\"cancel\","
                                     "\"request_id\":\"r4\",\"message\":\"Order already done\"");
    web_client_say(&ws, "{\"type\":\"new\",\"request_id\":\"r5\",\"product_id\":\"ETH-AUD\","
                        "\"side\":\"buy\",\"price\":\"4600\",\"size\":\"100000\"}");
    assert_has(web_client_hear(&ws), "\"reason\":\"INSUFFICIENT_FUNDS\"");
    web_client_close(&ws);
}

static void
test_ws_orders_end_with_the_connection_that_asked_for_it(void **state)
{
    (void)state;
    char credentials[512], message[700];
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_credentials(credentials, DEMO_KEY_1, DEMO_SECRET_1);
    (void)snprintf(message, sizeof(message),
                   "{\"type\":\"authenticate\",\"cancel_on_disconnect\":true,%s}", credentials);
    web_client_say(&ws, message);
    assert_has(web_client_hear(&ws), "\"cancel_on_disconnect\":true");
    web_client_say(&ws, "{\"type\":\"new\",\"product_id\":\"ETH-AUD\",\"side\":\"buy\","
                        "\"price\":\"4600\",\"size\":\"1\",\"client_oid\":\"gone\"}");
    assert_has(web_client_hear(&ws), "\"type\":\"ack\"");
    assert_int_equal(post("{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                          "\"size\":\"1\",\"client_oid\":\"stays\"}"),
                     200);
    web_client_close(&ws);
    int looks = 0;
    do { /* each look is a request and turns the venue */
        (void)get_private("/orders/client:gone");
    } while (strcmp(json_value(rest.text, "status"), "done") != 0 && ++looks < 1000);
    assert_string_equal(json_value(rest.text, "status"), "done");
    assert_has(get_private("/orders/client:stays"), "\"status\":\"open\"");
}

/* --- self-trades --- */

static int
prevent_self_trades(void *mode, const struct command *cmd)
{
    struct command_instrument c;
    if (cmd->rec.type != COMMAND_INSTRUMENT)
        return 0;
    memcpy(&c, cmd, sizeof(c));
    if (c.instrument_id != ETH_AUD)
        return 0;
    c.cmd.flags = 0;
    c.cmd.actor_id = 1;
    c.self_trade_by = SELF_TRADE_ACCOUNT;
    c.self_trade_mode = *(uint8_t *)mode;
    small_venue_apply(&venue, &c.cmd);
    return 0;
}

static void
prevent(uint8_t mode)
{
    size_t bytes;
    struct error err;
    struct venue *config;
    const char *demo = venue_demo_text(&bytes);
    assert_int_equal(venue_load_text(&config, "demo", demo, bytes, &err), 0);
    (void)venue_each_command(config, 1, prevent_self_trades, &mode);
    venue_free(config);
}

static void
post_limit(const char *side, const char *size, const char *id)
{
    char body[200];
    (void)snprintf(body, sizeof(body),
                   "{\"side\":\"%s\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                   "\"size\":\"%s\",\"client_oid\":\"%s\"}",
                   side, size, id);
    assert_int_equal(post(body), 200);
    assert_string_equal(json_value(rest.text, "client_oid"), id);
}

/* The answer is about the order that was entered, not about the one of its own that it ended. */
static void
test_order_that_ends_its_own_is_answered_as_itself(void **state)
{
    (void)state;
    prevent(SELF_TRADE_CANCEL_OLDEST);
    post_limit("buy", "1", "first");
    post_limit("sell", "2", "second");
    assert_string_equal(json_value(rest.text, "status"), "open");
    assert_has(get_private("/orders/client:first"), "\"status\":\"done\"");
}

static void
test_order_that_its_own_makes_smaller_is_told_as_a_change(void **state)
{
    (void)state;
    prevent(SELF_TRADE_DECREMENT);
    post_limit("buy", "3", "large");
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"user\"]}");
    (void)web_client_hear_with(&ws, "\"subscriptions\"");
    post_limit("sell", "1", "small");
    assert_string_equal(json_value(rest.text, "status"), "done");
    (void)web_client_hear_with(&ws, "\"type\":\"change\"");
    assert_has(ws.text, "\"client_oid\":\"large\"");
    assert_has(ws.text, "\"old_size\":\"3\",\"new_size\":\"2\"");
    (void)web_client_hear_with(&ws, "\"type\":\"done\"");
    assert_has(ws.text, "\"cancel_reason\":\"SELF_TRADE\"");
    assert_has(get("/products/ETH-AUD/book?level=2"), "\"bids\":[[\"4600\",\"2\",1]]");
    web_client_close(&ws);
}

/* --- limits --- */

static void
test_ws_slow_client_gets_the_newest_book_and_no_wrong_one(void **state)
{
    (void)state;
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_open_ws(&ws2, &venue, NULL, NULL);
    static const char subscribe[] = "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                                    "\"channels\":[\"level2\"]}";
    web_client_say(&ws, subscribe);
    (void)web_client_hear_with(&ws, "\"snapshot\"");
    web_client_say(&ws2, subscribe);
    (void)web_client_hear_with(&ws2, "\"snapshot\"");
    /* ws2 reads nothing while its kernel buffers and 512 KiB here fill up */
    char id[16];
    for (int i = 0; i < 60000; i++) {
        (void)snprintf(id, sizeof(id), "o%d", i);
        small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 400000 + i % 5000, 1000 + i, id);
        if (i % 16 == 0) {
            small_venue_cycle(&venue);
        }
    }
    assert_true(strtoull(json_value(get("/status"), "websocket_clients"), NULL, 10) == 2);
    /* the last change of all */
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, 777, "last");
    char book[64] = "";
    uint64_t sequence = 0;
    bool conflated = false, found = false;
    while (!found) {
        const char *text = web_client_hear(&ws2);
        uint64_t n = strtoull(json_value(text, "sequence"), NULL, 10);
        if (strncmp(text, "{\"type\":\"snapshot\"", 18) == 0) {
            conflated = true;
            assert_true(n > sequence);
        } else {
            uint64_t previous = strtoull(json_value(text, "previous_sequence"), NULL, 10);
            assert_true(sequence == 0 || previous == sequence);
        }
        sequence = n;
        found = strstr(text, "\"0.00000777\"") != NULL;
    }
    (void)snprintf(book, sizeof(book), "\"sequence\":%llu,", (unsigned long long)sequence);
    assert_true(conflated);
    assert_has(get("/products/ETH-AUD/book"), book);
    web_client_close(&ws);
    web_client_close(&ws2);
}

static void
test_full_port_is_busy_and_answers_that_do_not_come_time_out(void **state)
{
    (void)state;
    static const char body[] =
        "{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\",\"size\":\"1\","
        "\"client_oid\":\"late\"}";
    small_venue_close(&venue);
    web_client_close(&rest);
    small_venue_open(&venue, &(struct fanout_options){.answer_ns = 2000000});
    web_client_open(&rest, &venue);
    (void)get_private("/orders");
    int status = 0;
    for (int i = 0; i < 1000 && status != 503;
         i++) { /* until the session is up and the port full */
        status = post(body);
        venue.stopped = status == 200 || venue.stopped;
        if (status == 504) {
            assert_has(rest.text, "may have been taken");
            assert_string_equal(json_value(rest.text, "client_oid"), "late");
        }
    }
    assert_int_equal(status, 503);
    assert_has(rest.text, "try again");
    venue.stopped = false;
}

static void
test_server_ends_what_breaks_the_protocol(void **state)
{
    (void)state;
    static const uint8_t unmasked[] = {0x81, 0x02, '{', '}'};
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_send_raw(&ws, unmasked, sizeof(unmasked));
    web_client_hear_close(&ws);
    assert_int_equal(ws.close_code, 1002);
    web_client_close(&ws);

    static const uint8_t binary[] = {0x82, 0x81, 0, 0, 0, 0, 'x'};
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_send_raw(&ws, binary, sizeof(binary));
    web_client_hear_close(&ws);
    assert_int_equal(ws.close_code, 1003);
    web_client_close(&ws);

    static const uint8_t close_frame[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8};
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_send_raw(&ws, close_frame, sizeof(close_frame));
    web_client_hear_close(&ws);
    assert_int_equal(ws.close_code, 1000);
    web_client_close(&ws);
}

static void
test_server_answers_pipelined_requests_in_order(void **state)
{
    (void)state;
    static const char both[] = "GET /products/ETH-AUD HTTP/1.1\r\nHost: h\r\n\r\n"
                               "HEAD /products HTTP/1.1\r\nHost: h\r\n\r\n"
                               "GET /time HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    (void)get("/time");
    web_client_send_raw(&rest, both, sizeof(both) - 1);
    assert_int_equal(web_client_answer(&rest), 200);
    assert_has(rest.text, "ETH-AUD");
    /* the answer to HEAD has a length and no body: only its head is there */
    struct web_client other;
    web_client_open(&other, &venue);
    assert_int_equal(web_client_call(&other, "GET", "/", NULL, NULL, NULL), 200);
    assert_has(other.headers, "text/html");
    assert_int_equal(web_client_call(&other, "GET", "/metrics", NULL, NULL, NULL), 200);
    assert_has(other.text, "assay_fanout_ready");
    web_client_close(&other);
}

static void
test_page_is_read_from_a_folder_and_the_built_in_one_stands_in(void **state)
{
    (void)state;
    char folder[] = "/tmp/assay-page-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof(name), "%s/index.html", folder);
    assert_int_equal(mkdir(name, 0700), 0); /* can be opened, but not read */
    struct small_venue with_folder;
    struct web_client page;
    small_venue_open(&with_folder, &(struct fanout_options){.page_folder = folder});
    web_client_open(&page, &with_folder);
    assert_int_equal(web_client_call(&page, "GET", "/", NULL, NULL, NULL), 200);
    assert_string_equal(page.text, get("/"));
    assert_int_equal(rmdir(name), 0);
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs("a page", f);
    fclose(f);
    assert_int_equal(web_client_call(&page, "GET", "/", NULL, NULL, NULL), 200);
    assert_string_equal(page.text, "a page");
    web_client_close(&page);
    small_venue_close(&with_folder);
    (void)unlink(name);
    (void)rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rest_tells_products_and_currencies),
        TEST(test_rest_book_shows_levels_and_orders),
        TEST(test_rest_trades_ticker_candles_follow_a_trade),
        TEST(test_rest_private_needs_a_good_signature),
        TEST(test_rest_order_lives_from_entry_to_cancel),
        TEST(test_rest_order_that_trades_is_answered_filled),
        TEST(test_rest_stop_waits_until_a_trade_reaches_it),
        TEST(test_rest_good_till_time_has_an_end),
        TEST(test_rest_same_client_id_is_the_same_order),
        TEST(test_rest_cancel_all_tells_what_it_canceled),
        TEST(test_rest_rejects_of_the_core_have_reason_and_text),
        TEST(test_ws_level2_is_a_snapshot_then_updates_that_follow_it),
        TEST(test_ws_level2_checksum_is_of_the_texts_that_were_sent),
        TEST(test_ws_matches_and_ticker_tell_a_trade),
        TEST(test_ws_user_channel_has_no_gaps_from_received_to_done),
        TEST(test_ws_user_channel_tells_of_a_stop_and_when_it_is_reached),
        TEST(test_ws_shows_nobody_anothers_orders),
        TEST(test_ws_orders_are_entered_replaced_and_canceled),
        TEST(test_ws_orders_end_with_the_connection_that_asked_for_it),
        TEST(test_order_that_ends_its_own_is_answered_as_itself),
        TEST(test_order_that_its_own_makes_smaller_is_told_as_a_change),
        TEST(test_ws_slow_client_gets_the_newest_book_and_no_wrong_one),
        TEST(test_full_port_is_busy_and_answers_that_do_not_come_time_out),
        TEST(test_server_ends_what_breaks_the_protocol),
        TEST(test_server_answers_pipelined_requests_in_order),
        TEST(test_page_is_read_from_a_folder_and_the_built_in_one_stands_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
