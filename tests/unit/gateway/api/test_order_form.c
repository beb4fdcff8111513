/* What the fan-out refuses of a client's messages, and what it says then. */
#include "gateway/api/order_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static int
call(const char *method, const char *target, const char *body)
{
    return web_client_call(&rest, method, target, body, DEMO_KEY_1, DEMO_SECRET_1);
}

static void
test_rest_malformed_orders_are_told_field_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int status;
        const char *message;
    } cases[] = {
        {"", 400, "expected an order as JSON"},
        {"[]", 400, "malformed JSON: expected an object (byte 0)"},
        {"{\"side\":\"buy\"", 400, "malformed JSON: expected ',' or '}' (byte 13)"},
        {"{\"side\":\"buy\",}", 400, "malformed JSON: expected a key in quotes (byte 14)"},
        {"{\"side\":1}", 400, "side: expected a string (byte 8)"},
        {"{\"post_only\":\"yes\"}", 400, "post_only: expected true or false (byte 13)"},
        {"{\"price\":[1]}", 400, "price: expected a decimal, in quotes or not (byte 9)"},
        {"{\"size\":\"1\",\"size\":\"2\"}", 400, "size: given twice (byte 13)"},
        {"{\"side\":\"buy\",\"price\":\"1\",\"size\":\"1\"}", 400, "product_id: missing"},
        {"{\"product_id\":\"NO-SUCH\",\"side\":\"buy\"}", 404, "Product not found"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"up\"}", 400, "side: expected"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"type\":\"fancy\"}", 400, "type: expected"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"size\":\"1\"}", 400, "price: missing"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1\"}", 400, "size: missing"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1.234\",\"size\":\"1\"}", 400,
         "price too precise: at most 2 decimals"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"-1\",\"size\":\"1\"}", 400,
         "price: expected more than zero"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1e2\",\"size\":\"1\"}", 400,
         "price: expected a decimal"},
        {"{\"product_id\":\"ACME-AUD\",\"side\":\"buy\",\"price\":\"1\",\"size\":\"0.5\"}", 400,
         "size too precise"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"99999999999999999999\","
         "\"size\":\"1\"}",
         400, "price: too large"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"type\":\"market\",\"funds\":\"10\"}", 400,
         "funds: not offered"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1\",\"size\":\"1\","
         "\"time_in_force\":\"NOW\"}",
         400, "time_in_force: expected"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1\",\"size\":\"1\","
         "\"client_oid\":\"0123456789012345678901234567890123456\"}",
         400, "client_oid: expected 1 to 36"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1\",\"size\":\"1\","
         "\"time_in_force\":\"IOC\",\"post_only\":true}",
         400, "post_only"},
        {"{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"1\",\"size\":\"1\","
         "\"post_onli\":true}",
         400, "unknown field 'post_onli'; expected: type, product_id, side, price, size, "},
        {"{\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"order_type\":\"limit\"}", 400,
         "unknown field 'order_type'"},
        {"{\"a\\u00e9\u00e9b\":[{\"b\":null}]}", 400, "unknown field 'a?u00e9??b'"},
        {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}", 400,
         "unknown field 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'; expected: type, "},
        {"{\"product_id\":\"ETH-AUD\",\"stp\":\"dc\"}", 400, "stp: the venue's own rule"},
        {"{\"product_id\":\"ETH-AUD\",\"profile_id\":\"201\"}", 400, "profile_id: "},
        {"{\"product_id\":\"ETH-AUD\",\"max_floor\":\"1\"}", 400, "max_floor: "},
        {"{\"product_id\":\"ETH-AUD\",\"stop_limit_price\":1}", 400, "stop_limit_price: "},
        {"{\"product_id\":\"ETH-AUD\",\"stp\":null,\"request_id\":null,\"side\":\"up\"}", 400,
         "side: expected"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = call("POST", "/orders", cases[i].body);
        if (status != cases[i].status || strstr(rest.text, cases[i].message) == NULL) {
            fail_msg("%s: %d %s", cases[i].body, status, rest.text);
        }
    }
}

static void
test_rest_stops_and_dates_that_contradict_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *message;
    } cases[] = {
        {"\"stop_price\":\"9\",\"post_only\":true",
         "post_only: only for limit orders that may rest"},
        {"\"stop_price\":\"9\",\"all_or_none\":true",
         "all_or_none: only for limit orders that may rest"},
        {"\"time_in_force\":\"FOK\",\"all_or_none\":true",
         "all_or_none: only for limit orders that may rest"},
        {"\"post_only\":true,\"all_or_none\":true",
         "all_or_none: only for limit orders that may rest, not post_only"},
        {"\"time_in_force\":\"DAY\",\"offering\":true", "offering: only for GTC limit orders"},
        {"\"post_only\":true,\"offering\":true", "offering: only for GTC limit orders"},
        {"\"stop\":\"entry\"", "stop_price: missing"},
        {"\"stop\":\"loss\",\"stop_price\":\"9\"", "stop: expected"},
        {"\"time_in_force\":\"GTT\"", "cancel_after: expected"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];
        (void)snprintf(body, sizeof(body),
                       "{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"9\","
                       "\"size\":\"1\",%s}",
                       cases[i].fields);
        assert_int_equal(call("POST", "/orders", body), 400);
        if (strstr(rest.text, cases[i].message) == NULL)
            fail_msg("%s: %s", body, rest.text);
    }
}

/* The body that ccxt sends with a cancel. */
static void
test_rest_cancel_heeds_its_body(void **state)
{
    (void)state;
    static const struct {
        const char *target, *body;
        int status;
        const char *message;
    } cases[] = {
        {"/orders/client:c-1", "{\"product\":\"ETH-AUD\"}", 400,
         "unknown field 'product'; expected: product_id"},
        {"/orders/client:c-1", "{\"order_id\":\"1\"}", 400, "unknown field 'order_id'"},
        {"/orders/client:c-1", "{\"product_id\":\"ACME-AUD\"}", 404, "order not found"},
        {"/orders/client:c-1", "{\"product_id\":\"ETH/AUD\"}", 200, "c-1"},
        {"/orders", "{\"products\":\"ETH-AUD\"}", 400, "unknown field 'products'"},
        {"/orders", "{\"profile_id\":\"201\"}", 400, "profile_id: "},
        {"/orders", "{\"product_id\":\"ETH/AUD\"}", 200, "[]"},
    };
    assert_int_equal(call("POST", "/orders",
                          "{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                          "\"size\":\"1\",\"client_oid\":\"c-1\"}"),
                     200);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = call("DELETE", cases[i].target, cases[i].body);
        if (status != cases[i].status || strstr(rest.text, cases[i].message) == NULL) {
            fail_msg("%s %s: %d %s", cases[i].target, cases[i].body, status, rest.text);
        }
    }
}

static void
test_ws_refuses_what_it_cannot_subscribe(void **state)
{
    (void)state;
    static const struct {
        const char *message, *says;
    } cases[] = {
        {"{\"type\":\"subscribe\",\"product_ids\":[\"XX\"],\"channels\":[\"level2\"]}",
         "unknown product_id XX"},
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],\"channels\":[\"level9\"]}",
         "unknown channel level9"},
        {"{\"type\":\"subscribe\",\"channels\":[\"level2\"]}", "product_ids: missing"},
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"]}", "channels: expected"},
        {"{\"type\":\"subscribe\",\"product_ids\":\"ETH-AUD\",\"channels\":[\"level2\"]}",
         "product_ids: expected an array"},
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],\"channels\":[\"user\"]}",
         "authentication is needed"},
        {"{\"type\":\"dance\"}", "type: expected"},
        {"{}", "type: missing"},
        {"{\"type\":\"subscribe\"", "malformed JSON: expected ',' or '}' (byte 19)"},
        {"not json", "malformed JSON: expected an object (byte 0)"},
        {"{\"type\":\"new\",\"request_id\":\"7\"}", "\"request_id\":\"7\""},
        {"{\"type\":\"authenticate\",\"key\":\"k\"}", "Authentication Failed"},
        {"{\"type\":\"authenticate\",\"cancel_on_disconect\":true}",
         "unknown field 'cancel_on_disconect'"},
        {"{\"type\":\"subscribe\",\"product_id\":\"ETH-AUD\",\"channels\":[\"level2\"]}",
         "unknown field 'product_id'; expected: type, key, signature, timestamp, passphrase, "
         "channels, product_ids, checksum, cancel_on_disconnect"},
        {"{\"type\":\"unsubscribe\",\"channel\":\"level2\"}", "unknown field 'channel'"},
        {"{\"type\":\"subscribe\",\"channels\":[{\"name\":\"level2\",\"products\":[]}]}",
         "channels: unknown field 'products'; expected: name, product_ids"},
    };
    web_client_open_ws(&ws, &venue, NULL, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        web_client_say(&ws, cases[i].message);
        assert_has(web_client_hear(&ws), cases[i].says);
    }
    web_client_close(&ws);
}

/* Nothing comes of an order with a slip in it, and the answer says which of the requests it was. */
static void
test_ws_orders_with_unknown_fields_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *message, *says;
    } cases[] = {
        {"{\"post_onli\":true,\"type\":\"new\",\"request_id\":\"u\",\"product_id\":\"ETH-AUD\","
         "\"side\":\"buy\",\"price\":\"4600\",\"size\":\"1\"}",
         "unknown field 'post_onli'; expected: type, order_type, request_id, product_id, "},
        {"{\"type\":\"cancel\",\"request_id\":\"u\",\"client_oid\":\"k\",\"size\":\"1\"}",
         "unknown field 'size'; expected: type, request_id, product_id, client_oid, order_id"},
        {"{\"type\":\"replace\",\"request_id\":\"u\",\"client_oid\":\"k\",\"size\":\"2\","
         "\"post_only\":true}",
         "unknown field 'post_only'"},
        {"{\"type\":\"cancel_all\",\"request_id\":\"u\",\"product_ids\":[]}",
         "unknown field 'product_ids'; expected: type, request_id, product_id"},
    };
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    assert_int_equal(call("POST", "/orders",
                          "{\"side\":\"buy\",\"product_id\":\"ETH-AUD\",\"price\":\"4600\","
                          "\"size\":\"1\",\"client_oid\":\"k\"}"),
                     200);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        web_client_say(&ws, cases[i].message);
        const char *text = web_client_hear(&ws);
        assert_string_equal(json_value(text, "type"), "reject");
        assert_string_equal(json_value(text, "request_id"), "u");
        assert_string_equal(json_value(text, "reason"), "BAD_REQUEST");
        assert_has(text, cases[i].says);
    }
    assert_int_equal(call("GET", "/orders", NULL), 200);
    const char *order = strstr(rest.text, "\"client_oid\":");
    assert_non_null(order);
    assert_has(order, "\"client_oid\":\"k\"");
    assert_has(order, "\"size\":\"1\"");
    assert_null(strstr(order + 1, "\"client_oid\":")); /* it is the only one */
    web_client_close(&ws);
}

/* A subscription beyond the limit, or more names in a message than may come of it, and nothing of
 * the message is carried out. */
static void
test_ws_subscriptions_beyond_the_limit_are_refused_whole(void **state)
{
    (void)state;
    const struct fanout_options few = {.subscription_max = 3};
    static const struct {
        const char *message, *says;
    } cases[] = {
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ACME-AUD\"],\"channels\":[\"matches\","
         "\"heartbeat\"]}",
         "too many subscriptions: at most 3 a client"},
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ACME-AUD\"],\"channels\":[\"status\","
         "\"heartbeat\"]}",
         "too many subscriptions: at most 3 a client"},
        {"{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\",\"ETH-AUD\",\"ETH-AUD\",\"ETH-AUD\"]"
         ","
         "\"channels\":[\"matches\"]}",
         "too many products and channels: at most 3 in one message"},
        {"{\"type\":\"unsubscribe\",\"channels\":[\"matches\",\"matches\",\"status\",\"status\"]}",
         "too many products and channels: at most 3 in one message"},
    };
    static const char two[] = "{\"type\":\"subscriptions\",\"channels\":["
                              "{\"name\":\"matches\",\"product_ids\":[\"ETH-AUD\"]},"
                              "{\"name\":\"heartbeat\",\"product_ids\":[\"ETH-AUD\"]}]}";
    struct small_venue other;
    small_venue_open(&other, &few);
    web_client_open_ws(&ws, &other, NULL, NULL);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"matches\",\"heartbeat\"]}");
    assert_string_equal(web_client_hear_with(&ws, "subscriptions"), two);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        web_client_say(&ws, cases[i].message);
        assert_has(web_client_hear_with(&ws, "subscri"), cases[i].says);
        web_client_say(&ws, "{\"type\":\"unsubscribe\",\"channels\":[]}");
        assert_string_equal(web_client_hear_with(&ws, "subscriptions"), two);
    }
    web_client_close(&ws);
    small_venue_close(&other);
}

#define SELL(price, oid)                                                                           \
    "{\"product_id\":\"ETH-AUD\",\"side\":\"sell\",\"price\":\"" price                             \
    "\",\"size\":\"1\",\"client_oid\":\"" oid "\"}"

/* Both at once; what is wrong with one refuses both, and says which. */
static void
test_two_orders_at_once(void **state)
{
    (void)state;
    assert_int_equal(
        call("POST", "/orders/list",
             "{\"list_id\":\"l1\",\"orders\":[" SELL("4800", "la") "," SELL("4850", "lb") "]}"),
        200);
    assert_has(rest.text, "\"client_oid\":\"la\"");
    assert_has(rest.text, "\"client_oid\":\"lb\"");
    assert_int_equal(call("DELETE", "/orders/client:la", NULL), 200);
    assert_int_equal(call("GET", "/orders/client:lb", NULL), 200);
    assert_string_equal(json_value(rest.text, "cancel_reason"), "LINKED");
    assert_int_equal(call("POST", "/orders/list",
                          "{\"orders\":[" SELL("4800", "lc") "," SELL("4850", "la") "]}"),
                     400);
    assert_string_equal(json_value(rest.text, "reason"), "DUPLICATE_ID");
    assert_string_equal(json_value(rest.text, "client_oid"), "la");
    assert_int_equal(call("GET", "/orders/client:lc", NULL), 404);
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"{}", "orders: expected an array of objects"},
        {"{\"orders\":[" SELL("1", "x") "]}", "orders: expected two"},
        {"{\"orders\":[" SELL("1", "x") "," SELL("1", "y") "," SELL("1", "z") "]}",
         "orders: expected two"},
        {"{\"orders\":[" SELL("1", "x") ",{\"side\":\"buy\"}]}", "orders[1]: client_oid: missing"},
        {"{\"orders\":[{\"client_oid\":\"x\",\"oco_client_oid\":\"y\"}]}",
         "orders[0]: oco_client_oid: not in a list"},
        {"{\"orders\":[{\"sid\":1}]}", "orders[0]: unknown field 'sid'"},
        {"{\"list_id\":\"\",\"orders\":[]}", "list_id: expected 1 to 36 characters"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(call("POST", "/orders/list", cases[i].body), 400);
        assert_has(rest.text, cases[i].message);
    }
}

/* The second names the first; a cancel of the second ends both. */
static void
test_one_order_cancels_the_other(void **state)
{
    (void)state;
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"sell\","
                          "\"price\":\"4800\",\"size\":\"1\","
                          "\"client_oid\":\"take\"}"),
                     200);
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"sell\","
                          "\"price\":\"4850\",\"size\":\"1\","
                          "\"client_oid\":\"other\","
                          "\"oco_client_oid\":\"take\"}"),
                     200);
    assert_string_equal(json_value(rest.text, "status"), "open");
    assert_int_equal(call("DELETE", "/orders/client:other", NULL), 200);
    assert_int_equal(call("GET", "/orders/client:take", NULL), 200);
    assert_string_equal(json_value(rest.text, "cancel_reason"), "LINKED");
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"sell\","
                          "\"price\":\"4850\",\"size\":\"1\","
                          "\"oco_client_oid\":\"nobody\"}"),
                     400);
    assert_has(rest.text, "\"reason\":\"");
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"sell\","
                          "\"price\":\"4850\",\"size\":\"1\","
                          "\"oco_client_oid\":\"\"}"),
                     400);
    assert_has(rest.text, "oco_client_oid: expected 1 to 36 characters");
}

static void
test_a_subscription_reaches_the_offering_that_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(call("POST", "/orders",
                          "{\"product_id\":\"ETH-AUD\",\"side\":\"buy\","
                          "\"price\":\"4850\",\"size\":\"1\",\"offering\":true}"),
                     400);
    assert_has(rest.text, "\"reason\":\"NO_OFFERING\"");
}

#define BUY(price, oid)                                                                            \
    "{\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"price\":\"" price                              \
    "\",\"size\":\"1\",\"client_oid\":\"" oid "\"}"

/* The band lies around the last trade at 4700.00: 1 % of it, from 4653.00 to 4747.00. */
static void
test_refusals_by_a_band_tell_its_figures(void **state)
{
    (void)state;
    static const char says[] = "\"message\":\"outside the price band around the reference or the "
                               "last trade: price 4750.5 beyond 4747, dynamic band\"";
    struct command_price_bands c;
    command_init(&c.cmd, COMMAND_PRICE_BANDS);
    c.cmd.actor_id = 1;
    c.instrument_id = 1; /* ETH-AUD */
    c.bands = (struct price_bands){.dynamic_ppm = 10000, .manner = BAND_REFUSE};
    small_venue_order(&venue, 101, 1, SIDE_SELL, 470000, 100000000, "s1");
    small_venue_order(&venue, 102, 1, SIDE_BUY, 470000, 100000000, "b1");
    small_venue_apply(&venue, &c.cmd);
    assert_int_equal(call("POST", "/orders", BUY("4750.5", "b2")), 400);
    assert_has(rest.text, says);
    web_client_open_ws(&ws, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"user\"]}");
    assert_has(web_client_hear(&ws), "\"subscriptions\"");
    assert_int_equal(call("POST", "/orders/list",
                          "{\"orders\":[" BUY("4700", "first") "," BUY("4750.5", "second") "]}"),
                     400);
    assert_has(rest.text, says);
    assert_has(web_client_hear_with(&ws, "\"PRICE_BAND\""), says);
    web_client_close(&ws);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rest_malformed_orders_are_told_field_and_place),
        TEST(test_rest_stops_and_dates_that_contradict_are_refused_by_name),
        TEST(test_rest_cancel_heeds_its_body),
        TEST(test_ws_refuses_what_it_cannot_subscribe),
        TEST(test_ws_subscriptions_beyond_the_limit_are_refused_whole),
        TEST(test_ws_orders_with_unknown_fields_are_refused_by_name),
        TEST(test_two_orders_at_once),
        TEST(test_one_order_cancels_the_other),
        TEST(test_a_subscription_reaches_the_offering_that_is_not_there),
        TEST(test_refusals_by_a_band_tell_its_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
