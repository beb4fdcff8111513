#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Calls and auctions that operators begin and end, from docs/match.md. The price is found by trying
 * every one that there is. */

bool
ref_is_call(uint32_t state)
{
    return state == TRADING_CALL_OPENING || state == TRADING_CALL_INTRADAY ||
           state == TRADING_CALL_CLOSING || state == TRADING_CALL_RESUMPTION ||
           state == TRADING_CALL_VOLATILITY;
}

bool
ref_for_auction(const struct ref_order *o)
{
    return o->tif == TIF_OPG || o->tif == TIF_CLS;
}

/* What wants to trade at once, all or never to take. */
bool
ref_call_refuses(const struct ref_venue *r, const struct ref_order *o)
{
    if (!r->instruments[o->instrument].call)
        return false;
    return o->type == ORD_MARKET_TO_LIMIT || ref_is_peg(o) || o->tif == TIF_FOK ||
           o->min_qty != 0 || (o->tif == TIF_IOC && o->type != ORD_MARKET) ||
           (o->exec_inst & (EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_ALL_OR_NONE)) != 0;
}

static bool
its_call(const struct ref_venue *r, const struct ref_order *o)
{
    uint32_t state = r->instruments[o->instrument].state;
    return o->tif == TIF_OPG ? state == TRADING_CALL_OPENING : state == TRADING_CALL_CLOSING;
}

/* Into the book of the call, or to those that wait for theirs. */
void
ref_call_take(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    if (ref_for_auction(o) && !its_call(r, o)) {
        o->place = REF_WAIT;
        o->priority = ++r->priorities;
        return;
    }
    if (ref_is_peg(o) || ref_is_whole(o)) {
        o->place = ref_is_peg(o) ? REF_PEG : REF_WHOLE;
        o->priority = ++r->priorities;
        ref_wholes_moved(r, o->instrument);
        return;
    }
    if (o->price == 0)
        o->price = o->cap;
    uint16_t reason = ref_rest_room(r, o);
    if (reason != 0) {
        ref_kill(r, cmd, o, reason, ORD_STATUS_CANCELED, false);
        return;
    }
    o->place = REF_BOOK;
    o->priority = ++r->priorities;
    ref_show_first(o);
    ref_share_rest(r, o);
    ref_book_moved(r, o->instrument);
    ref_say_book(r, EVENT_BOOK_ADD, o, ref_shows(o));
}

/* --- the price --- */

struct found {
    int64_t price, lots, over; /* over: buys that are left less sells */
};

static struct found
at_price(const struct ref_venue *r, uint32_t instrument, int64_t price)
{
    int64_t buys = 0, sells = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *o = &r->orders[i];
        if (o->place != REF_BOOK || o->instrument != instrument || !ref_link_counts(r, o))
            continue;
        if (o->side == SIDE_BUY && o->price >= price)
            buys += o->qty - o->cum;
        if (o->side == SIDE_SELL && o->price <= price)
            sells += o->qty - o->cum;
    }
    return (struct found){price, buys < sells ? buys : sells, buys - sells};
}

static int64_t
distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

enum { CANDIDATES = 3 * REF_ORDER_MAX + 2 };

/* Once each, by price. */
static uint32_t
add(struct found *all, uint32_t cnt, struct found f)
{
    uint32_t at = 0;
    while (at < cnt && all[at].price < f.price)
        at++;
    if (f.lots == 0 || (at < cnt && all[at].price == f.price))
        return cnt;
    if (cnt == CANDIDATES)
        abort();
    memmove(&all[at + 1], &all[at], (cnt - at) * sizeof(*all));
    all[at] = f;
    return cnt + 1;
}

/* Prices at which something trades: limits, and of the ticks between them those beside them. */
static uint32_t
candidates(const struct ref_venue *r, uint32_t instrument, struct found *out)
{
    const struct ref_instrument *ins = &r->instruments[instrument];
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *o = &r->orders[i];
        if (o->place != REF_BOOK || o->instrument != instrument || !ref_link_counts(r, o))
            continue;
        cnt = add(out, cnt, at_price(r, instrument, o->price));
        cnt = add(out, cnt, at_price(r, instrument, ref_tick_at(ins, o->price - 1)));
        cnt = add(out, cnt, at_price(r, instrument, ref_tick_above(ins, o->price)));
    }
    return cnt;
}

/* Keeps those of which the figure is the least. */
static uint32_t
keep(struct found *all, uint32_t cnt, int rule, int64_t reference)
{
    int64_t least = INT64_MAX;
    uint32_t kept = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < cnt; i++) {
            int64_t figure = rule == AUCTION_BY_VOLUME    ? -all[i].lots
                             : rule == AUCTION_BY_SURPLUS ? distance(all[i].over, 0)
                                                          : distance(all[i].price, reference);
            if (pass == 0 && figure < least)
                least = figure;
            else if (pass == 1 && figure == least)
                all[kept++] = all[i];
        }
    }
    return kept;
}

/* Of prices with buyers left over the highest, of those with sellers the lowest. */
static uint32_t
press(struct found *all, uint32_t cnt)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        bool higher = i + 1 < cnt && all[i].over > 0 && all[i + 1].over > 0;
        bool lower = i > 0 && all[i].over < 0 && kept > 0 && all[kept - 1].over < 0;
        if (!higher && !lower)
            all[kept++] = all[i];
    }
    return kept;
}

static void
find_price(struct ref_venue *r, uint32_t instrument)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    struct found *all = calloc(CANDIDATES, sizeof(*all));
    if (all == NULL)
        abort();
    int64_t reference = ins->last != 0 ? ins->last : ins->reference;
    uint32_t cnt = candidates(r, instrument, all);
    uint8_t rule = cnt == 0 ? 0 : AUCTION_BY_VOLUME;
    cnt = keep(all, cnt, AUCTION_BY_VOLUME, 0);
    if (cnt > 1) {
        rule = AUCTION_BY_SURPLUS;
        cnt = keep(all, cnt, rule, 0);
    }
    if (cnt > 1) {
        rule = AUCTION_BY_PRESSURE;
        cnt = press(all, cnt);
    }
    if (cnt > 1) {
        rule = AUCTION_BY_REFERENCE;
        int64_t low = all[0].price, high = all[cnt - 1].price;
        int64_t to = reference != 0 ? reference : low + (high - low) / 2;
        /* between two prices where nothing is left over, nothing is anywhere */
        int64_t beside[2] = {ref_tick_at(ins, to), ref_tick_above(ins, to)};
        for (int n = 0; n < 2 && all[0].over == 0; n++) {
            if (beside[n] > low && beside[n] < high)
                cnt = add(all, cnt, at_price(r, instrument, beside[n]));
        }
        (void)keep(all, cnt, rule, to);
    }
    struct event_auction *e = ref_say(r, EVENT_AUCTION, AUDIENCE_PUBLIC, 0);
    e->instrument_id = ins->def.instrument_id;
    e->state = (uint8_t)ins->state;
    e->stage = AUCTION_UNCROSS;
    e->rule = rule;
    e->surplus_side = all[0].over == 0 ? 0 : all[0].over > 0 ? SIDE_BUY : SIDE_SELL;
    e->price_units = all[0].price;
    e->qty_lots = all[0].lots;
    e->surplus_lots = distance(all[0].over, 0);
    e->reference_units = reference;
    ins->price = all[0].price;
    ins->step = ins->price != 0 ? REF_STEP_PAIR : REF_STEP_REST;
    free(all);
}

/* --- the trades --- */

/* The first sell in line that the buy may trade with, not too many passed over. */
static struct ref_order *
sell_for(struct ref_venue *r, const struct ref_order *buy, int64_t price)
{
    struct ref_order *sell = NULL;
    for (uint32_t passed = 0; passed <= r->genesis.maker_skip_max; passed++) {
        sell = ref_next_behind(r, buy->instrument, SIDE_SELL, sell);
        if (sell == NULL || sell->price > price)
            return NULL;
        if (ref_may_trade(r, buy->account, sell->account))
            return sell;
    }
    return NULL;
}

static bool
too_large(const struct ref_venue *r, const struct ref_order *o, int64_t price)
{
    wide cost = (wide)price * (o->qty - o->cum) + o->cost;
    return cost > INT64_MAX || ref_notional(r, o->instrument, cost, 1, true) > REF_MOST;
}

/* They trade, unless a kill switch or their common party keeps them from it: then the later one is
 * the one that enters. */
static void
meet(struct ref_venue *r, const struct command *cmd, struct ref_order *buy, struct ref_order *sell,
     int64_t price)
{
    bool buy_is_later = buy->entry > sell->entry;
    if (ref_killed(r, buy->instrument, buy->account))
        ref_kill_stopped(r, cmd, buy);
    else if (ref_killed(r, sell->instrument, sell->account))
        ref_kill_stopped(r, cmd, sell);
    else if (ref_same_party(r, buy->instrument, buy->account, sell->account))
        ref_avoid(r, cmd, buy_is_later ? buy : sell, buy_is_later ? sell : buy);
    else if (too_large(r, sell, price))
        ref_kill(r, cmd, sell, REASON_TOO_LARGE, ORD_STATUS_CANCELED, false);
    else
        ref_trade_pair(r, cmd, buy, sell, price);
}

/* False: the core went no further. */
static bool
pair_all(struct ref_venue *r, const struct command *cmd, uint32_t instrument)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    struct ref_order *buy =
        ins->at != NULL && ins->at->place == REF_BOOK ? ins->at : ref_best(r, instrument, SIDE_BUY);
    while (buy != NULL && buy->price >= ins->price) {
        ins->at = buy;
        struct ref_order *sell = sell_for(r, buy, ins->price);
        if (sell != NULL && ref_must_stop(r))
            return false;
        struct ref_order here = *buy;
        if (sell != NULL)
            meet(r, cmd, buy, sell, ins->price);
        if (sell == NULL || buy->place != REF_BOOK)
            buy = ref_next_behind(r, instrument, SIDE_BUY, &here);
    }
    ins->at = NULL;
    ins->step = REF_STEP_CROSS;
    return true;
}

static bool
end_crossed(struct ref_venue *r, const struct command *cmd, uint32_t instrument)
{
    for (;;) {
        struct ref_order *buy = ref_best(r, instrument, SIDE_BUY);
        struct ref_order *sell = ref_best(r, instrument, SIDE_SELL);
        if (buy == NULL || sell == NULL || buy->price < sell->price)
            break;
        if (ref_must_stop(r))
            return false;
        ref_kill(r, cmd, buy->entry > sell->entry ? buy : sell, REASON_INELIGIBLE_CROSS,
                 ORD_STATUS_CANCELED, false);
    }
    r->instruments[instrument].step = REF_STEP_REST;
    return true;
}

/* Buys, then sells, in line: what was for this auction only. */
static bool
end_for_auction(struct ref_venue *r, const struct command *cmd, uint32_t instrument)
{
    for (uint8_t side = SIDE_BUY; side <= SIDE_SELL; side++) {
        struct ref_order *o = ref_best(r, instrument, side);
        while (o != NULL) {
            struct ref_order here = *o;
            bool market = o->tif == TIF_IOC;
            if ((market || ref_for_auction(o)) && ref_must_stop(r))
                return false;
            if (market)
                ref_kill(r, cmd, o, o->cum > 0 ? REASON_IOC_REMAINDER : REASON_NO_LIQUIDITY,
                         ORD_STATUS_CANCELED, false);
            else if (ref_for_auction(o))
                ref_kill(r, cmd, o, REASON_AUCTION_END, ORD_STATUS_EXPIRED, false);
            o = ref_next_behind(r, instrument, side, &here);
        }
    }
    r->instruments[instrument].step = REF_STEP_MOVE;
    return true;
}

/* --- from one state to another --- */

static bool
has_auction(const struct ref_venue *r, uint32_t instrument, uint32_t state)
{
    const struct ref_instrument *ins = &r->instruments[instrument];
    return ins->call &&
           (state == TRADING_OPEN || (state == TRADING_CLOSED && ref_is_call(ins->state)));
}

bool
ref_state_has_steps(const struct ref_venue *r, uint32_t instrument, uint32_t state)
{
    const struct ref_instrument *ins = &r->instruments[instrument];
    return ref_is_call(state) || has_auction(r, instrument, state) ||
           (state == TRADING_OPEN && ins->turn != 0 && !ins->busy);
}

bool
ref_state_waits(const struct ref_venue *r, uint32_t instrument, uint32_t state)
{
    const struct ref_instrument *ins = &r->instruments[instrument];
    return ins->busy && (ref_is_call(state) || ins->call || ins->step != REF_STEP_NONE);
}

void
ref_state_begin(struct ref_venue *r, uint32_t instrument, uint32_t state)
{
    struct ref_instrument *ins = &r->instruments[instrument];
    ins->to_state = state;
    ins->busy = true;
    ins->at = NULL;
    ins->step = has_auction(r, instrument, state) ? REF_STEP_PRICE : REF_STEP_MOVE;
}

static struct ref_order *
first_waiting(struct ref_venue *r, uint32_t instrument)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (o->place == REF_WAIT && o->instrument == instrument && its_call(r, o) &&
            (found == NULL || o->priority < found->priority))
            found = o;
    }
    return found;
}

/* True when it has moved, and what that lets in is in. */
bool
ref_state_run(struct ref_venue *r, const struct command *cmd, struct ref_work *w)
{
    uint32_t instrument = (uint32_t)w->instrument;
    struct ref_instrument *ins = &r->instruments[instrument];
    struct ref_order *o;
    if (ins->step < REF_STEP_MOVE)
        ref_book_moved(r, instrument);
    if (ins->step == REF_STEP_PRICE)
        find_price(r, instrument);
    if (ins->step == REF_STEP_PAIR && !pair_all(r, cmd, instrument))
        return false;
    if (ins->step == REF_STEP_CROSS && !end_crossed(r, cmd, instrument))
        return false;
    if (ins->step == REF_STEP_REST && !end_for_auction(r, cmd, instrument))
        return false;
    if (ins->step == REF_STEP_MOVE && ref_must_stop(r))
        return false;
    if (ins->step == REF_STEP_MOVE) {
        ins->call = ref_is_call(ins->to_state);
        ins->state = ins->to_state;
        ref_say_state(r, instrument, 0);
        ins->step = REF_STEP_ENTER;
    }
    while (ins->step == REF_STEP_ENTER && (o = first_waiting(r, instrument)) != NULL) {
        if (ref_must_stop(r))
            return false;
        o->place = REF_TAKING;
        ref_call_take(r, cmd, o);
    }
    ins->step = REF_STEP_STOPS;
    if (ins->entering || (ins->turn != 0 && ins->state != TRADING_CLOSED)) {
        ins->entering = true;
        if (!ref_stops_enter(r, cmd, w))
            return false;
    }
    ins->step = REF_STEP_NONE;
    ins->busy = false;
    return true;
}
