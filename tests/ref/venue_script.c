#include "tests/ref/venue_script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "tests/ref/venue_script_priv.h"

/* --- the venue --- */

static void
write_genesis(struct writer *w)
{
    w->deep = one_in(w, 8);
    w->calm = one_in(w, 2);
    w->stops = one_in(w, 2);
    w->selfish = one_in(w, 2);
    w->veils = one_in(w, 2);
    w->links = one_in(w, 2);
    w->wholes = one_in(w, 2);
    w->shares = one_in(w, 3);
    bool small = !w->deep && one_in(w, 3);
    uint64_t orders = small ? 4 + below(w, 30) : 600;
    put(w, "genesis orders %" PRIu64 " levels %" PRIu64, orders, small ? 4 + below(w, 20) : 300);
    w->calls = !one_in(w, 16);
    if (!w->calls) {
        put(w, " rules-version 1");
        w->selfish = w->veils = w->links = w->wholes = w->shares =
            false; /* no instrument would be there */
    }
    w->bands = w->calls && one_in(w, 2);
    w->bargains = w->calls && one_in(w, 3);
    w->issuers = w->calls && one_in(w, 4);
    w->calls = w->calls && one_in(w, 2);
    if (w->bargains)
        put(w, " deals %" PRIu64 " requests %" PRIu64, one_in(w, 3) ? below(w, 5) : 40,
            one_in(w, 3) ? below(w, 3) : 20);
    if (one_in(w, 3))
        put(w, " trails %" PRIu64, below(w, 6));
    put(w, " client-ids %" PRIu64, small ? orders + 1 + below(w, 90) : 2000);
    put(w, " balances %" PRIu64, small && one_in(w, 3) ? 9 + below(w, 14) : 60);
    put(w, " assets 4 instruments 4 accounts 12 sessions 6 actors 4");
    put(w, " work-items %" PRIu64 " withdrawals %" PRIu64 " maker-skips %" PRIu64, 16 + below(w, 8),
        1 + below(w, 3), below(w, 4));
    put_one_of(w, " day-end 10:00:30| day-end 21:00:00|");
    put_one_of(w, " disconnect-grace 0s| disconnect-grace 5s|");
    end_line(w);
    put(w, "actor 5 viewer view");
    end_line(w);
}

static void
write_assets(struct writer *w)
{
    static const int cash[] = {0, 2, 8}, security[] = {0, 1, 4, 8};
    w->scale[0] = cash[below(w, 3)];
    w->scale[1] = security[below(w, 4)];
    w->scale[2] = security[below(w, 4)];
    put(w, "asset 1 USD scale %d cash", w->scale[0]);
    end_line(w);
    put(w, "asset 2 AAA scale %d security", w->scale[1]);
    end_line(w);
    put(w, "asset 3 BBB scale %d security", w->scale[2]);
    end_line(w);
}

/* What may be said of it again later: fees, the state, the end. */
static void
write_instrument(struct writer *w, uint32_t i)
{
    struct traded *t = &w->traded[i];
    t->asset = i == 1 ? 2 : 1;
    t->price_scale = (int)below(w, 4);
    t->tick = one_in(w, 2) ? 1 : 5;
    t->lot = one_in(w, 3) ? 7 : 1;
    for (int n = one_in(w, 4) ? w->scale[t->asset] : 0; n < w->scale[t->asset]; n++)
        t->lot *= 10; /* else the money of an order is next to nothing */
    t->middle = one_in(w, 12) ? INT64_C(1) << 30 : 20 * (5 + (int64_t)below(w, 40));
    t->middle -= t->middle % t->tick;
    put(w, "instrument %u I%u asset %s currency USD price-scale %d", i + 1, i + 1,
        t->asset == 1 ? "AAA" : "BBB", t->price_scale);
    put_decimal(w, " tick ", t->tick, t->price_scale);
    put_decimal(w, " lot ", t->lot, w->scale[t->asset]);
    if (one_in(w, 4))
        put_decimal(w, " min-qty ", 2 * t->lot, w->scale[t->asset]);
    if (one_in(w, 4))
        put(w, " cycle %" PRIu64, 1 + below(w, 2));
    memcpy(t->definition, w->line, w->line_bytes + 1);
    put_one_of(w, "| maker 10bps| maker 3000ppm");
    put_one_of(w, "| taker 25bps| taker 250ppm| taker 100%");
    if (one_in(w, 3))
        put_decimal(w, " min-fee ", 1 + (int64_t)below(w, one_in(w, 4) ? 500 : 4), w->scale[0]);
    put_one_of(w, "|| protection 5%| protection 0bps| protection 100%");
    if (w->bands && one_in(w, 3)) {
        put(w, " points %" PRIu64, 1 + below(w, 4));
        put_one_of(w, "| rests");
    }
    if (one_in(w, 3))
        put_decimal(w, " reference ", t->middle, t->price_scale);
    put_self_trade(w);
    if (w->veils)
        put_one_of(w, " hidden| hidden|");
    if (w->wholes)
        put_one_of(w, " all-or-none| all-or-none|");
    if (w->bands && one_in(w, 12))
        put_decimal(w, " min-value ", 1 + (int64_t)below(w, 900), w->scale[0]);
    end_line(w);
    if (w->bands && one_in(w, 4))
        write_ticks(w, i);
    if (w->shares && !one_in(w, 4))
        write_allocation_of(w, i);
}

static void
write_money_of(struct writer *w, uint32_t account)
{
    static const char *const symbols[] = {"USD", "AAA", "BBB"};
    for (int i = 0; i < 3; i++) {
        int64_t most = one_in(w, 10) ? 2000 : INT64_C(1) << (38 + below(w, 21));
        if (one_in(w, 12))
            continue;
        put(w, "deposit %u %s", account, symbols[i]);
        put_decimal(w, " ", most, w->scale[i]);
        end_line(w);
    }
}

static void
write_venue(struct writer *w)
{
    write_genesis(w);
    write_assets(w);
    for (uint32_t i = 0; i < INSTRUMENT_CNT; i++)
        write_instrument(w, i);
    for (uint32_t i = 0; w->bargains && i < INSTRUMENT_CNT; i++)
        write_deal_rules(w, i);
    for (uint32_t i = 0; (w->calls || w->bands) && i < INSTRUMENT_CNT; i++) {
        put(w, "auction I%u indicative 0s", i + 1); /* ticks are not to tell */
        end_line(w);
    }
    w->account_cnt = 2 + (uint32_t)below(w, 3);
    for (uint32_t i = 0; i < w->account_cnt; i++) {
        put(w, "account %u", FIRST_ACCOUNT + i);
        put_party(w);
        put_one_of(w, " profile kyc 2 country DE class retail| profile kyc 2 country DE class "
                      "retail| profile kyc 1 country US class professional max-orders 6|");
        end_line(w);
        write_money_of(w, FIRST_ACCOUNT + i);
    }
    w->session_cnt = 2;
    for (uint32_t i = 0; i < w->session_cnt; i++) {
        put(w, "session %u account %u", i + 1, FIRST_ACCOUNT + i);
        put_one_of(w, "| cancel-on-disconnect");
        end_line(w);
        put(w, "session-up %u", i + 1);
        end_line(w);
    }
}

/* --- orders --- */

uint32_t
some_account(struct writer *w)
{
    return FIRST_ACCOUNT + (uint32_t)below(w, w->account_cnt + (one_in(w, 100) ? 1 : 0));
}

void
put_header(struct writer *w)
{
    if (one_in(w, 3))
        put(w, " session %" PRIu64, 1 + below(w, w->session_cnt + (one_in(w, 60) ? 1 : 0)));
    if (one_in(w, 8))
        put(w, " seq %" PRIu64, 1 + below(w, 90));
    if (one_in(w, 60))
        put(w, " operator");
    if (one_in(w, 60))
        put(w, " incarnation %" PRIu64, below(w, 3));
}

void
put_qty(struct writer *w, const struct traded *t)
{
    int64_t lots = (int64_t)below(w, one_in(w, 10) ? 400 : 12) + !one_in(w, 20);
    if (one_in(w, 120))
        lots = INT64_MAX / t->lot / (int64_t)(1 + below(w, 1u << below(w, 31)));
    put_decimal(w, " ", lots * t->lot, w->scale[t->asset]);
}

void
put_price(struct writer *w, const char *before, const struct traded *t, bool buys)
{
    int64_t away = (int64_t)below(w, 10) - 3;
    int64_t price = t->middle + t->tick * (buys ? -away : away);
    if (one_in(w, 60))
        price += 1;
    if (one_in(w, 200))
        price = (int64_t)below(w, UINT64_C(1) << 41);
    put_decimal(w, before, price < 0 ? 0 : price, t->price_scale);
}

/* An order that is known, or hardly ever any number. */
struct recent
some_order(struct writer *w)
{
    if (w->recent_cnt == 0)
        return (struct recent){.account = some_account(w), .number = 999999};
    uint32_t cnt = w->recent_cnt < RECENT ? w->recent_cnt : RECENT;
    /* Most of the old ones are gone. */
    uint32_t back = (uint32_t)below(w, 1 + below(w, cnt));
    struct recent o = w->recent[(w->recent_cnt - 1 - back) % RECENT];
    if (one_in(w, 50))
        o.account = some_account(w);
    if (one_in(w, 80))
        o.number = 999999;
    return o;
}

void
remember(struct writer *w, struct recent order)
{
    w->recent[w->recent_cnt++ % RECENT] = order;
}

/* A date that is over, or that one of the times of write_time reaches. */
static void
put_date(struct writer *w)
{
    put_one_of(w, " gtd expires 2026-01-01T10:00:00Z| gtd expires 2026-01-01T10:00:20Z| gtd "
                  "expires 2026-01-01T10:00:30Z| gtd expires 2026-01-01T10:00:30Z| gtd expires "
                  "2026-01-01T10:16:00Z| gtd expires 2026-01-01T21:00:00Z| gtd expires "
                  "2026-01-02T10:00:00Z| gtd expires 2026-01-09T10:00:00Z");
}

void
put_time_in_force(struct writer *w, const struct traded *t, bool market)
{
    if (w->calls && one_in(w, 8)) {
        put_one_of(w, " opg| cls");
        return;
    }
    if (one_in(w, market ? 30 : 12))
        put_date(w);
    else
        put_one_of(w, market ? "||| fok| ioc| day" : "|||| gtc| day| day| ioc| ioc| fok");
    if (!one_in(w, 12))
        return;
    put_one_of(w, market ? "|| ioc" : " ioc| ioc|"); /* the last word counts */
    put_decimal(w, " min-qty ", t->lot * (int64_t)below(w, 5), w->scale[t->asset]);
}

void
put_options(struct writer *w, bool limit)
{
    if (one_in(w, limit ? 8 : 100))
        put(w, " post-only");
    else if (one_in(w, limit ? 8 : 100))
        put_one_of(w, " post-slide| post-slide| post-slide park");
    if (one_in(w, 16))
        put(w, " park");
    if (one_in(w, 10))
        put(w, " cancel-on-disconnect");
    if (one_in(w, 20))
        put(w, " user %" PRIu64, below(w, 1000));
    if (w->veils && one_in(w, limit ? 8 : 60))
        put(w, " hidden");
    if (w->wholes && one_in(w, limit ? 3 : 60))
        put(w, " all-or-none");
    if (one_in(w, 150))
        put_one_of(w, " hidden| post-slide post-only| all-or-none| gtd| expires "
                      "2026-01-09T10:00:00Z");
}

/* Most are of a few lots: one or two shown at a time. */
static void
put_display(struct writer *w, const struct traded *t)
{
    put_decimal(w, " display ",
                t->lot * (int64_t)(below(w, one_in(w, 4) ? 12 : 3) + !one_in(w, 20)),
                w->scale[t->asset]);
    put_one_of(w, "|| range 50| range 99| range 7");
}

enum { MARKET, MARKET_TO_LIMIT, STOP, STOP_LIMIT, LIMIT, PEGGED };
static const char *const types[] = {"market",     "market_to_limit", "stop",
                                    "stop_limit", "limit",           "pegged"};

static const char *const trailing[] = {"trailing_stop", "trailing_stop_limit"};

/* Of a stop, most of those that trail without a stop price of their own. */
static void
put_trail(struct writer *w, const struct traded *t)
{
    put_decimal(w, " trail ", t->tick * (int64_t)below(w, 6) + one_in(w, 20), t->price_scale);
}

static void
put_peg(struct writer *w, const struct traded *t)
{
    put_one_of(w, " primary| midpoint| midpoint");
    if (one_in(w, 40))
        put_one_of(w, " primary| midpoint| hidden");
    if (one_in(w, 2))
        put_decimal(w, one_in(w, 2) ? " offset " : " offset -",
                    t->tick * (int64_t)below(w, one_in(w, 8) ? 30 : 4) + one_in(w, 60),
                    t->price_scale);
}

static void
write_new(struct writer *w)
{
    uint32_t account = some_account(w), i = (uint32_t)below(w, INSTRUMENT_CNT);
    uint32_t number = one_in(w, 40) ? some_order(w).number : ++w->number;
    if (one_in(w, 2))
        i = 0;
    bool buys = one_in(w, 2), linked = w->links && one_in(w, 3);
    struct recent first = some_order(w);
    if (linked && !one_in(w, 20)) {
        account = first.account;
        i = first.instrument;
        buys = first.buys;
    }
    const struct traded *t = &w->traded[i];
    uint64_t type = below(w, 24);
    type = type < LIMIT ? type : LIMIT;
    if (w->stops && one_in(w, 3))
        type = one_in(w, 3) ? STOP : STOP_LIMIT;
    if (w->veils && one_in(w, 4))
        type = PEGGED;
    bool stop = type == STOP || type == STOP_LIMIT, trails = stop && one_in(w, 3);
    put(w, "new %u o%u I%u %s %s", account, number, i + 1, buys ? "buy" : "sell",
        trails ? trailing[type - STOP] : types[type]);
    put_qty(w, t);
    if (type == LIMIT || type == STOP_LIMIT || one_in(w, type == PEGGED ? 2 : 60))
        put_price(w, " @ ", t, buys);
    if ((stop && !(trails && !one_in(w, 4))) || one_in(w, 100))
        put_price(w, " stop ", t, !buys); /* a buy above the market, a sell below it */
    if (trails || one_in(w, 200))
        put_trail(w, t);
    if (stop && !one_in(w, 12))
        put_one_of(w, "|||| gtc| day| day");
    else
        put_time_in_force(w, t, type == MARKET);
    if (type == PEGGED)
        put_peg(w, t);
    else if (one_in(w, 200))
        put_one_of(w, " primary| midpoint");
    put_options(w, type == LIMIT);
    if (one_in(w, w->veils && (type == LIMIT || type == STOP_LIMIT) ? 3 : 60))
        put_display(w, t);
    if (linked)
        put(w, " oco o%u", first.number);
    put_header(w);
    end_line(w);
    remember(w, (struct recent){account, i, number, buys});
}

static void
write_cancel(struct writer *w)
{
    struct recent o = some_order(w);
    if (one_in(w, 20))
        put(w, "cancel %u o%u of %u", some_account(w), o.number, o.account);
    else
        put(w, "cancel %u o%u", o.account, o.number);
    if (one_in(w, 4))
        put(w, " as c%u", ++w->number);
    put_header(w);
    end_line(w);
}

static void
write_replace(struct writer *w)
{
    struct recent o = some_order(w);
    uint32_t number = one_in(w, 40) ? some_order(w).number : ++w->number;
    const struct traded *t = &w->traded[o.instrument];
    put(w, "replace %u o%u as o%u I%u", o.account, o.number, number, o.instrument + 1);
    if (one_in(w, 2)) {
        put(w, " qty");
        put_qty(w, t);
    }
    if (one_in(w, 2))
        put_price(w, " price ", t, one_in(w, 2));
    put_header(w);
    end_line(w);
    if (one_in(w, 3)) /* the old id still leads to it */
        remember(w, (struct recent){o.account, o.instrument, number, o.buys});
}

static void
write_decision(struct writer *w)
{
    struct recent o = some_order(w);
    put_one_of(w, "release|release|refuse");
    put(w, " %u o%u", o.account, o.number);
    end_line(w);
}

static void
write_mass_cancel(struct writer *w)
{
    put(w, "mass-cancel");
    if (one_in(w, 2))
        put(w, " account %u", some_account(w));
    put_one_of(w, "|| in I1| in I2");
    put_one_of(w, "|| buy| sell");
    put_one_of(w, "||| of-session 1| of-session 9");
    put_one_of(w, " operator| operator| session 1|");
    end_line(w);
}

/* More stops than one command lets in; buys mostly for a price that is above the market. */
static void
write_many_stops(struct writer *w, uint32_t account, uint32_t cnt, int64_t price)
{
    const struct traded *t = &w->traded[0];
    uint32_t number = ++w->number;
    bool limit = one_in(w, 2);
    put(w, "repeat %u new %u o%u-{} I1 ", cnt, account, number);
    put(w, "%s %s", (price > t->middle) != one_in(w, 8) ? "buy" : "sell",
        limit ? "stop_limit" : "stop");
    put_decimal(w, " ", t->lot * (int64_t)(1 + below(w, 3)), w->scale[t->asset]);
    if (limit)
        put_decimal(w, " @ ", price, t->price_scale);
    put_decimal(w, " stop ", price, t->price_scale);
    put_one_of(w, "||| day| gtd expires 2026-01-01T10:00:30Z");
    end_line(w);
}

/* More dates than one command ends, and what comes in between. */
static void
write_many_dates(struct writer *w)
{
    static const char date[] = "2027-01-01T00:00:00Z"; /* after all that a script waits */
    const struct traded *t = &w->traded[0];
    put(w, "repeat %" PRIu64 " new %u o%u-{} I1 sell limit", 100 + below(w, 60), some_account(w),
        ++w->number);
    put_decimal(w, " ", t->lot, w->scale[t->asset]);
    put_decimal(w, " @ ", t->middle, t->price_scale);
    put(w, " gtd expires %s", date);
    end_line(w);
    put(w, "continue by-hand");
    w->by_hand = true;
    end_line(w);
    put(w, "at %s", date);
    end_line(w);
    put(w, "tick");
    end_line(w);
    write_new(w);
}

/* One that is refilled more often than one command can tell. */
static void
write_deep_iceberg(struct writer *w, uint32_t account, bool sells, int64_t price)
{
    const struct traded *t = &w->traded[0];
    put(w, "new %u o%u I1 %s limit", account, ++w->number, sells ? "sell" : "buy");
    put_decimal(w, " ", t->lot * (int64_t)(100 + below(w, 200)), w->scale[t->asset]);
    put_decimal(w, " @ ", price, t->price_scale);
    put_decimal(w, " display ", 2 * t->lot, w->scale[t->asset]);
    put_one_of(w, "| range 50");
    end_line(w);
}

/* More than one command can carry out: many orders, then one that takes them all. */
static void
write_sweep(struct writer *w)
{
    const struct traded *t = &w->traded[0];
    uint32_t maker = some_account(w), taker = some_account(w);
    uint32_t cnt = 100 + (uint32_t)below(w, 120), number = ++w->number;
    bool buys = one_in(w, 2);
    int64_t price = t->middle + t->tick * (buys ? -20 : 20);
    if (one_in(w, 2)) {
        put(w, "continue by-hand");
        end_line(w);
        w->by_hand = true;
    }
    put(w, "repeat %u new %u o%u-{} I1 %s limit", cnt, maker, number, buys ? "sell" : "buy");
    put_decimal(w, " ", 2 * t->lot, w->scale[t->asset]);
    put_decimal(w, " @ ", price, t->price_scale);
    if (w->veils && one_in(w, 2))
        put_decimal(w, " display ", t->lot, w->scale[t->asset]);
    put_one_of(w, "||| day| session 1| gtd expires 2026-01-01T10:00:30Z");
    end_line(w);
    if (w->veils && one_in(w, 2))
        write_deep_iceberg(w, maker, buys, price);
    bool stops = one_in(w, 2);
    if (stops)
        write_many_stops(w, maker, cnt, price);
    if (one_in(w, 3))
        write_kill_of(w, maker);
    put(w, "new %u o%u I1 %s limit", taker, ++w->number, buys ? "buy" : "sell");
    put_decimal(w, " ", 2 * t->lot * (int64_t)below(w, cnt + 40), w->scale[t->asset]);
    put_decimal(w, " @ ", price, t->price_scale);
    put_one_of(w, "|| ioc| fok| day");
    end_line(w);
    remember(w, (struct recent){.account = taker, .number = w->number});
    if (stops && w->by_hand && one_in(w, 2)) {
        put(w, "halt I1");
        w->undo = "open I1";
        end_line(w);
        put(w, "continue");
        end_line(w);
    } else if (one_in(w, 4)) {
        write_kill_of(w, one_in(w, 3) ? 0 : taker);
    }
}

/* --- money --- */

static void
put_amount(struct writer *w, int asset)
{
    int64_t units = (int64_t)below(w, one_in(w, 4) ? 1 << 24 : 300);
    if (one_in(w, 40))
        units = INT64_MAX / (int64_t)(1 + below(w, 4));
    put_decimal(w, " ", units, w->scale[asset]);
}

static void
write_money(struct writer *w)
{
    static const char *const symbols[] = {"USD", "AAA", "BBB"};
    int asset = (int)below(w, 3);
    uint32_t number = one_in(w, 10) ? w->money_number : ++w->money_number;
    switch (below(w, 6)) {
    case 0:
        put(w, "transfer %u %u %s", some_account(w), some_account(w), symbols[asset]);
        break;
    case 1:
    case 2:
        put(w, "withdraw %u %s", some_account(w), symbols[asset]);
        break;
    case 3:
        put_one_of(w, "confirm|confirm|return");
        put(w, " %u m%" PRIu64, some_account(w), below(w, w->money_number + 1));
        end_line(w);
        return;
    case 4:
        put(w, "settle %u %s", some_account(w), symbols[asset]);
        put_one_of(w, " in| out");
        break;
    default:
        put(w, "deposit %u %s", some_account(w), symbols[asset]);
        break;
    }
    put_amount(w, asset);
    put(w, " id m%u", number);
    if (one_in(w, 30))
        put(w, " session 1");
    end_line(w);
}

/* --- the operator, time, sessions --- */

static void
write_halt(struct writer *w)
{
    static const struct {
        const char *line, *undo;
    } ways[] = {{"halt I1", "open I1"},    {"halt I2", "open all"},
                {"halt all", "open all"},  {"close I1", "open I1"},
                {"close all", "open all"}, {"mode cancel-only", "mode normal"}};
    size_t i = below(w, sizeof(ways) / sizeof(ways[0]));
    put(w, "%s", ways[i].line);
    w->undo = ways[i].undo;
}

static void
write_market(struct writer *w)
{
    uint32_t i = (uint32_t)below(w, INSTRUMENT_CNT);
    if (one_in(w, 4)) {
        put(w, "reference I%u", i + 1);
        put_decimal(w, " ", w->traded[i].middle, w->traded[i].price_scale);
    } else if (one_in(w, 4)) { /* other fees; seldom the end */
        put(w, "%s", w->traded[i].definition);
        put_one_of(w, "| maker 20bps| taker 1%");
        put_self_trade(w);
        if (one_in(w, 10))
            put(w, " retired");
    } else if (one_in(w, 12)) {
        put_one_of(w, "rules-version 1|rules-version 2");
        w->undo = "rules-version 2";
    } else {
        write_halt(w);
    }
    end_line(w);
}

static void
write_time(struct writer *w)
{
    if (one_in(w, 4)) {
        put_one_of(
            w, "after 30s|after 30s|after 500ms|after 2s|after 15m|after 11h|after 24h|after 3d");
        end_line(w);
    }
    put(w, "tick");
    end_line(w);
}

static void
write_session(struct writer *w)
{
    uint64_t session = 1 + below(w, w->session_cnt + (one_in(w, 30) ? 1 : 0));
    if (one_in(w, 25)) {
        put(w, "epoch");
        w->undo = "session-up 1";
    } else if (one_in(w, 12)) {
        put(w, "session-reserve %" PRIu64 " %" PRIu64, session, below(w, 500));
    } else if (one_in(w, 4)) {
        put(w, "session-down %" PRIu64, session);
        w->undo = session == 1 ? "session-up 1" : "session-up 2";
    } else {
        put(w, "session-up %" PRIu64, session);
        put_one_of(w, "||| reset| inbound 40| incarnation 2");
    }
    end_line(w);
}

static void
write_compliance(struct writer *w)
{
    if (one_in(w, 4)) {
        const struct traded *t = &w->traded[0];
        put(w, "rules I1");
        if (one_in(w, 8))
            put_decimal(w, " max-qty ", 10 * t->lot, w->scale[t->asset]);
        put_one_of(w,
                   "|||| kyc 1| kyc 2| countries DE,FR buyers only| countries US sellers except");
        put_one_of(w, "||| collar 5%| collar 1%| buyer-classes retail| max-value 500");
    } else if (one_in(w, 4)) {
        put(w, "account %u", some_account(w));
        put_party(w);
        put_one_of(w, " status suspended| status active| status active");
    } else {
        put(w, "profile %u", some_account(w));
        put_one_of(w,
                   "|||||| freeze buy| freeze sell| freeze full| status suspended| status closing");
        put_one_of(w, " kyc 2| kyc 2| kyc 1|| kyc 2 expires 2026-01-01T10:00:30Z");
        put_one_of(w, " country DE| country DE| country US| country FR");
        put_one_of(w, "| class retail| class retail| class professional");
        put_one_of(w, "|||| max-orders 3| max-value 900| max-value 90000");
    }
    end_line(w);
}

static void
write_again(struct writer *w)
{
    const struct venue_script *s = w->script;
    const char *line = s->lines[s->cnt - 1 - below(w, s->cnt < 30 ? s->cnt : 30)];
    static const char *const words[] = {"new ",     "replace ", "cancel ", "withdraw ",
                                        "deposit ", "deal",     "request"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(line, words[i], strlen(words[i])) == 0) {
            put(w, "%s", line);
            end_line(w);
            return;
        }
    }
}

static void
write_step(struct writer *w)
{
    if (one_in(w, 6))
        put(w, "roundtrip");
    else if (w->veils && one_in(w, 3))
        put(w, "seed %" PRIu64, below(w, INT64_MAX));
    else if (w->by_hand)
        put_one_of(w, "continue|continue|continue|continue always");
    else if (one_in(w, 3) && !w->deep)
        put(w, "as 5");
    else
        put(w, "continue by-hand");
    if (strcmp(w->line, "as 5") == 0)
        w->undo = "as 1";
    w->by_hand = strcmp(w->line, "continue by-hand") == 0 ||
                 (w->by_hand && strcmp(w->line, "continue always") != 0);
    end_line(w);
}

static const struct {
    uint32_t weight;
    void (*write)(struct writer *w);
} commands[] = {
    {430, write_new},        {130, write_cancel},    {150, write_replace},  {30, write_decision},
    {16, write_mass_cancel}, {60, write_money},      {24, write_market},    {20, write_time},
    {30, write_session},     {30, write_compliance}, {30, write_again},     {2, write_chain},
    {12, write_kill_switch}, {30, write_bands},      {20, write_call},      {6, write_allocation},
    {20, write_list},        {130, write_bargain},   {12, write_corporate}, {30, write_step},
};

static void
write_command(struct writer *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        sum += commands[i].weight;
    uint64_t at = below(w, sum);
    size_t i = 0;
    for (; at >= commands[i].weight; i++)
        at -= commands[i].weight;
    if (w->by_hand && one_in(w, 8))
        i = sizeof(commands) / sizeof(commands[0]) - 1; /* there may be work */
    if (w->calm && i > 3 && commands[i].write != write_bargain && !one_in(w, 6))
        i = 0;
    if (w->undo != NULL && one_in(w, w->undo == w->end_of_call ? 12 : 5)) {
        put(w, "%s", w->undo);
        w->undo = NULL;
        end_line(w);
    } else {
        commands[i].write(w);
    }
}

void
venue_script_random(struct venue_script *s, uint64_t seed, uint32_t commands_cnt)
{
    struct writer *w = calloc(1, sizeof(*w));
    CHECK(w != NULL);
    *s = (struct venue_script){.risk = false};
    w->script = s;
    w->seed.state = seed;
    s->risk = one_in(w, 2);
    write_venue(w);
    for (uint32_t i = 0; i < commands_cnt; i++) {
        if (w->deep && i == commands_cnt / 3)
            write_sweep(w);
        if (w->deep && i == commands_cnt / 3 * 2 && one_in(w, 2))
            write_many_dates(w);
        write_command(w);
    }
    put(w, "continue always");
    end_line(w);
    put(w, "tick");
    end_line(w);
    free(w);
}

/* --- scripts --- */

void
venue_script_add(struct venue_script *s, const char *line)
{
    if (s->cnt == s->max) {
        s->max = s->max == 0 ? 64 : 2 * s->max;
        s->lines = realloc(s->lines, s->max * sizeof(s->lines[0]));
        CHECK(s->lines != NULL);
    }
    s->lines[s->cnt] = strdup(line);
    CHECK(s->lines[s->cnt] != NULL);
    s->cnt++;
}

void
venue_script_copy(struct venue_script *to, const struct venue_script *from)
{
    *to = (struct venue_script){.risk = from->risk};
    for (uint32_t i = 0; i < from->cnt; i++)
        venue_script_add(to, from->lines[i]);
}

void
venue_script_free(struct venue_script *s)
{
    for (uint32_t i = 0; i < s->cnt; i++)
        free(s->lines[i]);
    free(s->lines);
    *s = (struct venue_script){.risk = false};
}

void
venue_script_print(const struct venue_script *s, FILE *out)
{
    for (uint32_t i = 0; i < s->cnt; i++)
        (void)fprintf(out, "%s\n", s->lines[i]);
}
