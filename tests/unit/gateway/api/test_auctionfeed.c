#include "gateway/api/fanout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "tests/unit/gateway/api/small_venue.h"
#include "tests/unit/gateway/api/web_client.h"

/* Calls to auctions and halts, as clients are told of them. */

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

/* Instrument 1 of the demo venue: ETH-AUD, price scale 2, lot 1e-8. */
enum { ETH_AUD = 1 };
static const int64_t one_eth = 100000000;

static const char *
rest_book(void)
{
    assert_int_equal(web_client_call(&rest, "GET", "/products/ETH-AUD/book", NULL, NULL, NULL),
                     200);
    return rest.text;
}

static void
subscribe(void)
{
    web_client_open_ws(&ws, &venue, NULL, NULL);
    web_client_say(&ws, "{\"type\":\"subscribe\",\"product_ids\":[\"ETH-AUD\"],"
                        "\"channels\":[\"auctionfeed\"]}");
}

static void
trading_state(uint32_t to)
{
    struct command_trading_state c;
    command_init(&c.cmd, COMMAND_TRADING_STATE);
    c.cmd.actor_id = 1;
    c.instrument_id = ETH_AUD;
    c.state = to;
    small_venue_apply(&venue, &c.cmd);
}

/* So much later: what falls due by then happens. */
static void
pass(int64_t ns)
{
    struct command tick;
    command_init(&tick, COMMAND_TICK);
    int64_t now_ns = clock_utc_ns();
    venue.time_ns = (venue.time_ns > now_ns ? venue.time_ns : now_ns) + ns;
    small_venue_apply(&venue, &tick);
}

/* Buy 3 at 4710 and sell 2 at 4690 cross with 2 at every price from 4690 to 4710; 1 more would be
 * bought at all of them: the highest, 4710. */
static void
test_auctionfeed_tells_a_call_from_its_begin_to_its_price(void **state)
{
    (void)state;
    subscribe();
    assert_has(web_client_hear(&ws), "[{\"name\":\"auctionfeed\",\"product_ids\":[\"ETH-AUD\"]}]");
    assert_has(web_client_hear(&ws), "{\"type\":\"auction\",\"product_id\":\"ETH-AUD\",");
    assert_has(ws.text, "\"trading_state\":\"open\",\"auction_state\":\"none\","
                        "\"open_price\":\"0\",\"open_size\":\"0\",\"can_open\":\"no\"");
    assert_has(rest_book(), "\"auction_mode\":false,\"time\"");
    trading_state(TRADING_CALL_INTRADAY);
    assert_has(web_client_hear(&ws),
               "\"trading_state\":\"call_intraday\",\"auction_state\":\"collection\"");
    small_venue_order(&venue, 101, ETH_AUD, SIDE_BUY, 471000, 3 * one_eth, "b1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_SELL, 469000, 2 * one_eth, "s1");
    pass(2000000000);
    assert_has(web_client_hear(&ws), "\"auction_state\":\"collection\",\"open_price\":\"4710\","
                                     "\"open_size\":\"2\",\"can_open\":\"yes\","
                                     "\"surplus_side\":\"buy\",\"surplus_size\":\"1\","
                                     "\"reference_price\":\"");
    assert_has(ws.text, "\"decided_by\":\"pressure\",\"best_bid_price\":\"4710\","
                        "\"best_bid_size\":\"3\",\"best_ask_price\":\"4690\"");
    assert_has(rest_book(), "\"auction_mode\":true,\"auction\":{"
                            "\"trading_state\":\"call_intraday\","
                            "\"auction_state\":\"collection\","
                            "\"open_price\":\"4710\",\"open_size\":\"2\"");
    trading_state(TRADING_OPEN);
    assert_has(web_client_hear(&ws), "\"auction_state\":\"opening\",\"open_price\":\"4710\"");
    assert_has(web_client_hear(&ws), "\"trading_state\":\"open\",\"auction_state\":\"complete\","
                                     "\"open_price\":\"4710\",\"open_size\":\"2\"");
    trading_state(TRADING_HALTED);
    assert_has(web_client_hear(&ws), "\"trading_state\":\"halted\",\"auction_state\":\"complete\"");
    web_client_close(&ws);
}

static void
bands(uint32_t dynamic_ppm)
{
    struct command_price_bands c;
    command_init(&c.cmd, COMMAND_PRICE_BANDS);
    c.cmd.actor_id = 1;
    c.instrument_id = ETH_AUD;
    c.bands = (struct price_bands){
        .dynamic_ppm = dynamic_ppm, .call_ms = 60000, .manner = BAND_INTERRUPT};
    small_venue_apply(&venue, &c.cmd);
}

/* 1 % around the last trade at 4700: 4653 to 4747. */
static void
test_auctionfeed_tells_the_band_that_interrupted_trading(void **state)
{
    (void)state;
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 470000, one_eth, "s1");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 470000, one_eth, "b1");
    bands(10000);
    small_venue_order(&venue, 101, ETH_AUD, SIDE_SELL, 480000, one_eth, "s2");
    subscribe();
    assert_has(web_client_hear_with(&ws, "\"auction\""), "\"trading_state\":\"open\"");
    small_venue_order(&venue, 102, ETH_AUD, SIDE_BUY, 480000, one_eth, "b2");
    static const char band[] = "\"band\":{\"kind\":\"dynamic\",\"side\":\"buy\","
                               "\"price\":\"4800\",\"reference_price\":\"4700\","
                               "\"low\":\"4653\",\"high\":\"4747\"}";
    assert_has(web_client_hear(&ws), band);
    assert_has(web_client_hear(&ws), "\"trading_state\":\"call_volatility\"");
    assert_has(ws.text, band);
    trading_state(TRADING_OPEN);
    assert_has(web_client_hear(&ws), "\"auction_state\":\"opening\",\"open_price\":\"4800\"");
    assert_has(web_client_hear(&ws), "\"trading_state\":\"open\"");
    assert_null(strstr(ws.text, "\"band\""));
    web_client_close(&ws);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_auctionfeed_tells_a_call_from_its_begin_to_its_price),
        TEST(test_auctionfeed_tells_the_band_that_interrupted_trading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
