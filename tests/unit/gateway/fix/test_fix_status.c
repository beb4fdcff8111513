#include "gateway/fix/fix_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/gateway/fix/fix_fake.h"

static int
teardown(void **state)
{
    fake_free(*state);
    return 0;
}

/* An event of the market, as fix_gateway_events hands it on. */
static void
market(struct fake *f, struct event *ev, uint16_t type)
{
    uint32_t instrument_id;
    ev->rec.type = type;
    ev->time_ns = f->venue.utc_ns;
    if (fix_instruments_apply(f->venue.instruments, ev, &instrument_id))
        fix_status_changed(&f->session, instrument_id);
    fake_run(f);
}

static void
trading(struct fake *f, enum trading_state state)
{
    struct event_trading_state e = {.instrument_id = 3, .state = state};
    market(f, &e.ev, EVENT_TRADING_STATE);
}

/* Lots of 0.001, price units of 0.01. */
static void
auction(struct fake *f, int64_t price, int64_t lots, enum side side, int64_t surplus)
{
    struct event_auction e = {.instrument_id = 3,
                              .price_units = price,
                              .qty_lots = lots,
                              .surplus_side = (uint8_t)side,
                              .surplus_lots = surplus};
    market(f, &e.ev, EVENT_AUCTION);
}

static void
trade(struct fake *f, int64_t price)
{
    struct event_trade e = {.instrument_id = 3, .price_units = price};
    market(f, &e.ev, EVENT_TRADE);
}

static int
setup(void **state)
{
    struct fake *f = *state = fake_new();
    trading(f, TRADING_OPEN);
    fake_logon(f, 1, 1);
    return 0;
}

#define SUBSCRIBE "|324=s|55=BTC-EUR|263=1"

static void
test_status_is_told_once(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2|324=q|55=BTC-EUR|263=0");
    fake_expect(f, "35=f|34=2|324=q|55=BTC-EUR|325=N|326=17");
    trade(f, 10150);
    trading(f, TRADING_HALTED);
    fake_expect(f, ""); /* it was no subscription */
    fake_send(f, "35=e|34=3|324=q|55=BTC-EUR|263=0");
    fake_expect(f, "35=f|34=3|324=q|55=BTC-EUR|325=N|326=2|31=101.5");
    trading(f, TRADING_CLOSED);
    fake_send(f, "35=e|34=4|324=q|55=BTC-EUR|263=0");
    fake_expect(f, "35=f|34=4|324=q|55=BTC-EUR|325=N|326=18|31=101.5");
}

static void
test_status_follows_a_halt_and_an_auction(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_expect(f, "35=f|34=2|324=s|55=BTC-EUR|325=Y|326=17");
    trade(f, 9900);
    fake_expect(f, ""); /* a trade alone is no change of how it stands */
    trading(f, TRADING_HALTED);
    fake_expect(f, "35=f|34=3|324=s|55=BTC-EUR|325=Y|326=2|31=99");
    trading(f, TRADING_CALL_RESUMPTION);
    fake_expect(f, "35=f|34=4|324=s|55=BTC-EUR|325=Y|326=21|31=99|58=call_resumption");
    /* 2 trade at 100.5; at that price 0.25 more would be bought */
    auction(f, 10050, 2000, SIDE_BUY, 250);
    fake_expect(f, "35=f|34=5|324=s|55=BTC-EUR|325=Y|326=21|330=2.25|331=2|332=100.5|333=100.5|"
                   "31=99|58=call_resumption");
    auction(f, 10040, 2000, SIDE_SELL, 1000);
    fake_expect(f, "35=f|34=6|324=s|55=BTC-EUR|325=Y|326=21|330=2|331=3|332=100.4|333=100.4|"
                   "31=99|58=call_resumption");
    auction(f, 0, 0, 0, 0); /* nothing crosses any more */
    fake_expect(f, "35=f|34=7|324=s|55=BTC-EUR|325=Y|326=21|31=99|58=call_resumption");
    trade(f, 10040);
    trading(f, TRADING_OPEN);
    fake_expect(f, "35=f|34=8|324=s|55=BTC-EUR|325=Y|326=17|31=100.4");
}

static void
test_status_names_the_band_that_began_a_call(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_skip(f);
    struct event_band_reached e = {
        .instrument_id = 3, .band = BAND_DYNAMIC, .low_units = 9500, .high_units = 10550};
    market(f, &e.ev, EVENT_BAND_REACHED);
    fake_expect(f, "35=f|34=3|324=s|55=BTC-EUR|325=Y|326=17");
    trading(f, TRADING_CALL_VOLATILITY);
    fake_expect(f, "35=f|34=4|324=s|55=BTC-EUR|325=Y|326=21|"
                   "58=call_volatility: dynamic band of 95 to 105.5");
    trading(f, TRADING_OPEN);
    fake_expect(f, "35=f|34=5|324=s|55=BTC-EUR|325=Y|326=17");
    trading(f, TRADING_CALL_INTRADAY);
    fake_expect(f, "35=f|34=6|324=s|55=BTC-EUR|325=Y|326=21|58=call_intraday");
}

static void
test_status_of_a_retired_instrument(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_skip(f);
    struct event_instrument e = {.instrument_id = 3, .state = TRADING_OPEN};
    market(f, &e.ev, EVENT_INSTRUMENT);
    fake_expect(f, ""); /* defined anew, it stands as it stood */
    e.retired = 1;
    market(f, &e.ev, EVENT_INSTRUMENT);
    fake_expect(f, "35=f|34=3|324=s|55=BTC-EUR|325=Y|326=19");
}

static void
test_status_ends_when_the_client_says_so(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_skip(f);
    fake_send(f, "35=e|34=3|324=s|55=BTC-EUR|263=2");
    trading(f, TRADING_HALTED);
    fake_expect(f, "");
    fake_send(f, "35=e|34=4|324=s|55=BTC-EUR|263=2");
    fake_expect(f, "35=j|34=3|45=4|372=e|379=s|380=1|58=no subscription has this id");
    fake_send(f, "35=e|34=5" SUBSCRIBE); /* the id is free again */
    fake_expect(f, "35=f|34=4|324=s|55=BTC-EUR|325=Y|326=2");
}

static void
test_status_is_gone_with_the_session(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_send(f, "35=g|34=3|335=t|263=1");
    fake_skip(f);
    fake_cut(f);
    trading(f, TRADING_HALTED);
    fake_logon(f, 4, 4);
    trading(f, TRADING_OPEN);
    fake_expect(f, "");
    assert_int_equal(f->session.subscriptions.cnt, 0);
}

static void
test_status_of_what_is_not_known_is_refused(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2|324=q|55=NO-SUCH|263=1");
    fake_expect(f, "35=f|34=2|324=q|55=NO-SUCH|326=20|58=unknown instrument");
    fake_send(f, "35=e|34=3|324=q|55=BTC-EUR|263=3");
    fake_expect(f, "35=3|34=3|45=3|371=263|372=e|373=5|"
                   "58=value is incorrect (out of range) for this tag");
    fake_send(f, "35=e|34=4|324=q|263=0");
    fake_expect(f, "35=3|34=4|45=4|371=55|372=e|373=1|58=required tag missing");
    assert_int_equal(f->session.subscriptions.cnt, 0);
}

static void
test_subscriptions_are_bounded_and_have_an_id_each(void **state)
{
    struct fake *f = *state;
    char text[64];
    for (int n = 0; n < FIX_SUBSCRIPTION_MAX; n++) {
        snprintf(text, sizeof(text), "35=e|34=%d|324=s%d|55=BTC-EUR|263=1", n + 2, n);
        fake_send(f, text);
    }
    assert_int_equal(fake_skip(f), FIX_SUBSCRIPTION_MAX);
    fake_send(f, "35=e|34=66|324=s7|55=BTC-EUR|263=1");
    fake_expect(f, "35=j|34=66|45=66|372=e|379=s7|380=0|58=a subscription has this id");
    fake_send(f, "35=g|34=67|335=t|263=1");
    fake_expect(f, "35=j|34=67|45=67|372=g|379=t|380=0|58=too many subscriptions");
    trading(f, TRADING_HALTED);
    assert_int_equal(fake_skip(f), FIX_SUBSCRIPTION_MAX);
}

static void
test_session_status_is_that_of_the_market_as_a_whole(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=g|34=2|335=t|263=1|336=1");
    fake_expect(f, "35=h|34=2|335=t|336=1|338=1|325=Y|340=2");
    trading(f, TRADING_CALL_CLOSING);
    fake_expect(f, "35=h|34=3|335=t|336=1|338=1|325=Y|340=5");
    auction(f, 10000, 1, 0, 0);
    fake_expect(f, ""); /* all the same to it */
    trading(f, TRADING_CLOSED);
    fake_expect(f, "35=h|34=4|335=t|336=1|338=1|325=Y|340=3");
    trading(f, TRADING_CALL_OPENING);
    fake_expect(f, "35=h|34=5|335=t|336=1|338=1|325=Y|340=4");
    struct event_instrument e = {.instrument_id = 4, .price_scale = 2, .symbol = "ETH-EUR"};
    assert_true(fix_instruments_learn(f->venue.instruments, &e));
    struct event_trading_state other = {.instrument_id = 4, .state = TRADING_OPEN};
    market(f, &other.ev, EVENT_TRADING_STATE);
    fake_expect(f, "35=h|34=6|335=t|336=1|338=1|325=Y|340=2");
    trading(f, TRADING_HALTED);
    fake_expect(f, ""); /* one is open */
    other.state = TRADING_CLOSED;
    market(f, &other.ev, EVENT_TRADING_STATE);
    fake_expect(f, "35=h|34=7|335=t|336=1|338=1|325=Y|340=1");
    fake_send(f, "35=g|34=3|335=t|263=2");
    fake_send(f, "35=g|34=4|335=u|263=0");
    fake_expect(f, "35=h|34=8|335=u|336=1|338=1|325=N|340=1");
    fake_send(f, "35=g|34=5|335=u|263=0|336=NIGHT");
    fake_expect(f,
                "35=h|34=9|335=u|336=NIGHT|340=6|567=1|58=this venue has one trading session, 1");
}

/* What came while the client took nothing is one message: how it stands now. */
static void
test_status_tells_the_newest_to_a_slow_client(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    fake_skip(f);
    f->room = 0;
    trading(f, TRADING_CALL_INTRADAY);
    for (int n = 1; n <= 100; n++)
        auction(f, 10000 + n, 1000, 0, 0);
    f->room = FAKE_OUT_BYTES;
    fix_session_wake(&f->session);
    fake_run(f);
    fake_expect(f, "35=f|34=3|324=s|55=BTC-EUR|325=Y|326=21|58=call_intraday"); /* was under way */
    fake_expect(f, "35=f|34=4|324=s|55=BTC-EUR|325=Y|326=21|330=1|331=1|332=101|333=101|"
                   "58=call_intraday");
    fake_expect(f, "");
}

static void
test_status_is_not_sent_again(void **state)
{
    struct fake *f = *state;
    fake_send(f, "35=e|34=2" SUBSCRIBE);
    trading(f, TRADING_HALTED);
    fake_skip(f);
    fake_send(f, "35=2|34=3|7=2|16=0");
    fake_expect(f, "35=4|34=2|43=Y|123=Y|36=4");
    fake_expect(f, "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_status_is_told_once),
        TEST(test_status_follows_a_halt_and_an_auction),
        TEST(test_status_names_the_band_that_began_a_call),
        TEST(test_status_of_a_retired_instrument),
        TEST(test_status_ends_when_the_client_says_so),
        TEST(test_status_is_gone_with_the_session),
        TEST(test_status_of_what_is_not_known_is_refused),
        TEST(test_subscriptions_are_bounded_and_have_an_id_each),
        TEST(test_session_status_is_that_of_the_market_as_a_whole),
        TEST(test_status_tells_the_newest_to_a_slow_client),
        TEST(test_status_is_not_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
