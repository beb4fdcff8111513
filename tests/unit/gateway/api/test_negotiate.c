/* Requests for quote and negotiated trades over WebSocket. */
#include "gateway/api/deal_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/model/command.h"
#include "gateway/api/fanout_priv.h"
#include "tests/unit/gateway/api/small_venue.h"
#include "tests/unit/gateway/api/web_client.h"

enum { ETH_AUD = 1 }; /* of the demo venue: price scale 2, lot 1e-8 */

static struct small_venue venue;
static struct web_client first, second; /* accounts 201, 202 */
static char rfq_id[32], quote_id[32], deal_id[32];

static void
keep(char out[32], const char *key, const char *text)
{
    (void)snprintf(out, 32, "%s", json_value(text, key));
    assert_string_not_equal(out, "");
}

static int
set_up(void **state)
{
    (void)state;
    struct command_deal_rules rules;
    small_venue_open(&venue, NULL);
    command_init(&rules.cmd, COMMAND_DEAL_RULES);
    rules.cmd.actor_id = 1;
    rules.instrument_id = ETH_AUD;
    rules.kind_mask = 1u << DEAL_BLOCK | 1u << DEAL_REQUEST;
    small_venue_apply(&venue, &rules.cmd);
    web_client_open_ws(&first, &venue, DEMO_KEY_1, DEMO_SECRET_1);
    web_client_open_ws(&second, &venue, DEMO_KEY_2, DEMO_SECRET_2);
    web_client_say(&first, "{\"type\":\"subscribe\",\"channels\":[\"user\"]}");
    assert_has(web_client_hear(&first), "\"subscriptions\"");
    web_client_say(&second, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                            "\"channels\":[\"user\",\"rfq\"]}");
    assert_has(web_client_hear(&second), "\"name\":\"rfq\"");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    web_client_close(&second);
    web_client_close(&first);
    small_venue_close(&venue);
    return 0;
}

/* A message of two parts, with a value between them. */
static void
say(struct web_client *c, const char *before, const char *value, const char *after)
{
    char text[512];
    (void)snprintf(text, sizeof(text), "%s%s%s", before, value, after);
    web_client_say(c, text);
}

static void
ask(const char *fields)
{
    say(&first, "{\"type\":\"rfq\",\"request_id\":\"a\",\"product_id\":\"ETH-AUD\",", fields, "}");
    keep(rfq_id, "rfq_id", web_client_hear_with(&first, "\"ack\""));
}

static void
offer(const char *fields)
{
    char text[512];
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\",\"rfq_id\":\"%s\",%s}",
                   rfq_id, fields);
    web_client_say(&second, text);
}

static void
test_request_to_all_is_quoted_passed_and_hit(void **state)
{
    (void)state;
    ask("\"side\":\"buy\",\"size\":\"3\",\"client_oid\":\"r1\",\"life_ms\":60000");
    assert_has(first.text, "\"request\":\"rfq\",\"request_id\":\"a\",\"rfq\":{"
                           "\"product_id\":\"ETH-AUD\",\"rfq_id\":\"");
    assert_has(first.text,
               "\"client_oid\":\"r1\",\"state\":\"open\",\"side\":\"buy\",\"size\":\"3\","
               "\"remaining_size\":\"3\",\"disclosed\":false,\"expire_time\":\"");
    assert_has(web_client_hear_with(&second, "\"type\":\"rfq\""), rfq_id);
    assert_null(strstr(second.text, "client_oid"));
    assert_null(strstr(second.text, "counterparty"));

    offer("\"ask_price\":\"4720\",\"ask_size\":\"2\",\"client_oid\":\"q1\"");
    assert_has(web_client_hear_with(&second, "\"ack\""),
               "\"request\":\"rfq_quote\",\"request_id\":\"\",\"order_ids\":[\"");
    assert_has(web_client_hear_with(&first, "\"rfq_quote\""),
               "\"mine\":false,\"rfq_client_oid\":\"r1\",\"state\":\"open\",\"side\":\"sell\","
               "\"price\":\"4720\",\"remaining_size\":\"2\",\"traded_size\":\"0\"");
    keep(quote_id, "quote_id", first.text);
    say(&first, "{\"type\":\"rfq_pass\",\"product_id\":\"ETH-AUD\",\"quote_id\":\"", quote_id,
        "\"}");
    assert_has(web_client_hear_with(&first, "\"ack\""), quote_id);
    assert_has(web_client_hear_with(&second, "DEAL_DECLINED"), "\"q1\"");

    offer("\"ask_price\":\"4710\",\"ask_size\":\"3\",\"client_oid\":\"q2\"");
    keep(quote_id, "quote_id", web_client_hear_with(&first, "\"price\":\"4710\""));
    say(&first,
        "{\"type\":\"rfq_hit\",\"product_id\":\"ETH-AUD\",\"side\":\"sell\",\"quote_id\":\"",
        quote_id, "\"}");
    assert_has(web_client_hear_with(&first, "\"reject\""), "\"reason\":\"BAD_SIDE\"");
    say(&first,
        "{\"type\":\"rfq_hit\",\"product_id\":\"ETH-AUD\",\"side\":\"buy\",\"client_oid\":\"h1\","
        "\"quote_id\":\"",
        quote_id, "\"}");
    assert_has(web_client_hear_with(&first, "\"state\":\"traded\""), "\"traded_size\":\"3\"");
    assert_has(web_client_hear_with(&first, "\"ack\""),
               "\"client_oid\":\"h1\",\"product_id\":\"ETH-AUD\"");
    assert_has(first.text, "\"done_reason\":\"filled\"");
    assert_has(web_client_hear_with(&second, "\"match\""), "\"price\":\"4710\"");
    assert_has(web_client_hear_with(&second, "\"type\":\"rfq\""), "\"state\":\"traded\"");
}

static void
test_request_to_names_is_told_to_them_alone(void **state)
{
    (void)state;
    ask("\"size\":\"1\",\"to\":[\"101\"]");
    ask("\"size\":\"2\",\"to\":[\"202\",\"101\"],\"disclosed\":true");
    assert_has(web_client_hear_with(&second, "\"type\":\"rfq\""), rfq_id); /* not of the first */
    assert_has(second.text, "\"size\":\"2\",\"remaining_size\":\"2\",\"disclosed\":true,"
                            "\"counterparty\":\"201\"");
    offer("\"bid_price\":\"4690\",\"bid_size\":\"1\",\"ask_price\":\"4710\",\"ask_size\":\"1\","
          "\"client_oid\":\"b\",\"ask_client_oid\":\"a\",\"life_ms\":1000");
    assert_has(web_client_hear_with(&second, "\"ack\""), "\",\"");
    assert_has(web_client_hear_with(&first, "\"rfq_quote\""), "\"counterparty\":\"202\"");
    say(&first, "{\"type\":\"rfq_cancel\",\"rfq_id\":\"", rfq_id, "\"}");
    assert_has(web_client_hear_with(&first, "\"ack\""),
               "\"request\":\"rfq_cancel\",\"request_id\":\"\",\"rfq\":{");
    assert_has(first.text, "\"state\":\"canceled\"");
    assert_has(web_client_hear_with(&second, "REQUEST_OVER"), "\"canceled\"");
    assert_has(web_client_hear_with(&second, "\"type\":\"rfq\""), "\"state\":\"canceled\"");
    say(&first, "{\"type\":\"rfq_cancel\",\"rfq_id\":\"", rfq_id, "\"}");
    assert_has(web_client_hear_with(&first, "\"reject\""), "\"reason\":\"TOO_LATE\"");
}

#define TERMS                                                                                      \
    "\"product_id\":\"ETH-AUD\",\"kind\":\"block\",\"side\":\"buy\",\"size\":\"2\","               \
    "\"price\":\"4700\",\"counterparty\":\"202\""

static void
propose(const char *client_oid)
{
    say(&first, "{\"type\":\"deal_propose\"," TERMS ",\"client_oid\":\"", client_oid, "\"}");
    assert_has(web_client_hear_with(&first, "\"ack\""), "\"request\":\"deal_propose\"");
    assert_has(first.text, "\"status\":\"open\"");
    keep(deal_id, "deal_id", web_client_hear_with(&second, "\"deal\""));
    assert_has(second.text, "\"mine\":false,\"state\":\"proposed\",\"kind\":\"block\","
                            "\"side\":\"sell\",\"price\":\"4700\",\"size\":\"2\","
                            "\"counterparty\":\"201\"");
}

static void
test_proposal_is_declined_and_accepted(void **state)
{
    (void)state;
    propose("d1");
    say(&second, "{\"type\":\"deal_answer\",\"accept\":false,\"deal_id\":\"", deal_id, "\"}");
    assert_has(web_client_hear_with(&second, "\"ack\""),
               "\"request\":\"deal_answer\",\"request_id\":\"\",\"order\":null");
    assert_has(web_client_hear_with(&first, "\"declined\""), "\"reason\":\"DEAL_DECLINED\"");
    propose("d2");
    say(&second, "{\"type\":\"deal_answer\",\"accept\":true,\"client_oid\":\"a2\",\"deal_id\":\"",
        deal_id, "\"}");
    assert_has(web_client_hear_with(&second, "\"executed\""), deal_id);
    assert_has(web_client_hear_with(&second, "\"ack\""), "\"client_oid\":\"a2\"");
    assert_has(second.text, "\"done_reason\":\"filled\"");
    assert_has(web_client_hear_with(&first, "\"executed\""),
               "\"mine\":true,\"client_oid\":\"d2\",\"state\":\"executed\"");
    say(&second, "{\"type\":\"deal_answer\",\"accept\":true,\"deal_id\":\"", deal_id, "\"}");
    assert_has(web_client_hear_with(&second, "\"reject\""), "\"reason\":\"TOO_LATE\"");
}

static void
test_pair_needs_who_speaks_for_both(void **state)
{
    (void)state;
    web_client_say(&first, "{\"type\":\"deal\"," TERMS ",\"client_oid\":\"p1\","
                           "\"counterparty_client_oid\":\"p2\"}");
    assert_has(web_client_hear_with(&first, "\"reject\""), "\"reason\":\"NOT_AUTHORIZED\"");
}

static void
test_malformed_messages_are_told_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *say, *message;
    } cases[] = {
        {"{\"type\":\"rfq\",\"size\":\"1\"}", "product_id: missing"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\"}", "size: missing"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"side\":\"both\"}",
         "side: expected"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"to\":\"202\"}",
         "to: expected an array of account ids"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"to\":[]}",
         "to: expected at least one account"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"to\":[\"a\"]}",
         "to: expected a number"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"to\":[\"1\",\"2\",\"3\","
         "\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
         "to: at most 8 accounts"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"life_ms\":86400001}",
         "life_ms: at most 86400000"},
        {"{\"type\":\"rfq\",\"product_id\":\"ETH-AUD\",\"size\":\"1\",\"price\":\"1\"}",
         "unknown field 'price'; expected: type, request_id, product_id, side, size, client_oid, "
         "to, disclosed, life_ms"},
        {"{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\"}", "rfq_id: expected a number"},
        {"{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\",\"rfq_id\":\"1\"}",
         "bid_price: missing, and no ask_price instead"},
        {"{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\",\"rfq_id\":\"1\",\"bid_size\":\"1\"}",
         "bid_price: missing"},
        {"{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\",\"rfq_id\":\"1\",\"ask_price\":\"1\"}",
         "ask_size: missing"},
        {"{\"type\":\"rfq_quote\",\"product_id\":\"ETH-AUD\",\"rfq_id\":\"1\",\"ask_price\":\"2\","
         "\"ask_size\":\"1\",\"bid_price\":\"1\",\"bid_size\":\"1\"}",
         "ask_client_oid: expected with a bid and an ask"},
        {"{\"type\":\"rfq_hit\",\"product_id\":\"ETH-AUD\"}", "quote_id: expected a number"},
        {"{\"type\":\"rfq_pass\",\"product_id\":\"ETH-AUD\",\"quote_id\":\"x\"}",
         "quote_id: expected a number"},
        {"{\"type\":\"rfq_cancel\"}", "rfq_id: expected a number"},
        {"{\"type\":\"deal\"," TERMS "}", "counterparty_client_oid: missing"},
        {"{\"type\":\"deal_propose\",\"product_id\":\"ETH-AUD\",\"kind\":\"request\"}",
         "kind: expected block, primary, private or transfer"},
        {"{\"type\":\"deal_answer\",\"accept\":true}", "deal_id: expected a number"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        web_client_say(&first, cases[i].say);
        assert_has(web_client_hear(&first), cases[i].message);
    }
    web_client_say(&first, "{\"type\":\"rfq\",\"product_id\":\"BTC-AUD\",\"size\":\"1\"}");
    assert_has(web_client_hear(&first), "\"reason\":\"DEAL_KIND\"");
}

/* Of orders that came another way: here there is no iceberg and no peg. */
static void
test_order_shows_what_it_displays_and_follows(void **state)
{
    (void)state;
    const int64_t eth = 100000000;
    struct event_order e = {.order_id = 9,
                            .account_id = DEMO_ACCOUNT_1,
                            .instrument_id = ETH_AUD,
                            .side = SIDE_BUY,
                            .ord_type = ORD_PEGGED,
                            .time_in_force = TIF_GTC,
                            .status = ORD_STATUS_NEW,
                            .exec_inst = EXEC_PEG_PRIMARY,
                            .peg_offset_units = -150,
                            .display_lots = eth,
                            .qty_lots = 3 * eth,
                            .leaves_lots = 3 * eth};
    e.ev.rec.type = EVENT_ORDER_ACCEPTED;
    struct json_emit o;
    party_apply(&venue.fanout->party, &e.ev);
    json_emit_init_growing(&o);
    dialect_order(&o, &venue.fanout->catalog, party_order(&venue.fanout->party, 9));
    char text[1024];
    (void)snprintf(text, sizeof(text), "%.*s", (int)o.bytes, o.text);
    json_emit_fini(&o);
    assert_has(text, "\"size\":\"3\",\"display_size\":\"1\",\"peg\":\"primary\","
                     "\"peg_offset\":\"-1.5\",\"time_in_force\":\"GTC\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request_to_all_is_quoted_passed_and_hit),
        TEST(test_request_to_names_is_told_to_them_alone),
        TEST(test_proposal_is_declined_and_accepted),
        TEST(test_pair_needs_who_speaks_for_both),
        TEST(test_malformed_messages_are_told_the_field),
        TEST(test_order_shows_what_it_displays_and_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
