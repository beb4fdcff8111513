#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "tests/support/core_fixture.h"

/* Each call point of hooks.h, with its arguments, in its place: a table that writes down what it is
 * asked and answers as the test says. */

static struct venue v;

struct recorder {
    char text[8192]; /* calls since last looked at */
    size_t at;
    struct decision admit, move_check;
    uint16_t pair_reason; /* for pair_seller */
    uint32_t pair_seller; /* account_idx that nobody may buy from */
    uint16_t command_reason;
    struct hook_effects effects; /* given out once, by the next call that may */
    int64_t next_due_ns;
    struct hook_order order; /* of the last admit */
    struct hook_fill fill;
    struct hook_move move;
    const struct hook_view *view;
    bool emit;
    uint64_t saved;
};
static struct recorder r;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
put(const char *format, ...)
{
    va_list args;
    if (r.at > sizeof(r.text) - 256)
        r.at = 0; /* nobody has looked for long */
    va_start(args, format);
    r.at += (size_t)vsnprintf(r.text + r.at, sizeof(r.text) - r.at, format, args);
    va_end(args);
    CHECK(r.at < sizeof(r.text));
}

static const char *
calls(void)
{
    static char text[sizeof(r.text)];
    memcpy(text, r.text, sizeof(text));
    r.at = 0;
    r.text[0] = '\0';
    return text;
}

static void
give(struct hook_effects *effects)
{
    *effects = r.effects;
    r.effects.cnt = 0;
}

static size_t
hook_footprint(const struct command_genesis *g)
{
    assert_int_equal(g->asset_max, v.genesis.asset_max);
    return 1000;
}

static void *
hook_init(void *mem, const struct command_genesis *g, const struct hook_view *view)
{
    assert_int_equal((uintptr_t)mem % 64, 0);
    assert_int_equal(g->rules_version, 2);
    r.view = view;
    return &r;
}

static void
hook_prefetch(const void *self, const struct command *cmd)
{
    assert_ptr_equal(self, &r);
    put("prefetch %s;", command_name(cmd->rec.type));
}

static uint16_t
hook_command(void *self, const struct command *cmd, bool commit, struct hook_effects *effects,
             struct event_sink *sink)
{
    assert_ptr_equal(self, &r);
    put("command %s %d;", command_name(cmd->rec.type), commit);
    if (!commit)
        return r.command_reason;
    give(effects);
    if (r.emit) {
        struct event_decision *e =
            event_sink_add(sink, EVENT_DECISION, AUDIENCE_CONFIDENTIAL, cmd->session_id);
        e->stage = DECISION_COMMAND;
        e->rule = 77;
    }
    return 0;
}

static void
hook_admit(const void *self, const struct hook_order *order, struct decision *out)
{
    assert_ptr_equal(self, &r);
    put("admit;");
    r.order = *order;
    *out = r.admit;
}

static void
hook_attempt(void *self, uint32_t account_idx, uint32_t session_id, const struct command *cmd)
{
    assert_ptr_equal(self, &r);
    put("attempt %u %s;", r.view->accounts[account_idx].account_id, command_name(cmd->rec.type));
    assert_int_equal(session_id, cmd->session_id);
}

static void
hook_accept(void *self, const struct hook_order *order)
{
    assert_ptr_equal(self, &r);
    assert_int_not_equal(order->order_id, 0);
    put("accept %lld;", (long long)order->lots);
}

static void
hook_amend(void *self, const struct hook_order *order)
{
    assert_ptr_equal(self, &r);
    assert_int_equal(order->replace, 1);
    put("amend %lld to %lld;", (long long)order->old_lots, (long long)order->lots);
}

static void
hook_release(void *self, const struct hook_order *order, int64_t lots)
{
    assert_ptr_equal(self, &r);
    assert_true(order->lots >= lots); /* the rest goes on */
    put("release %lld;", (long long)lots);
}

static uint16_t
hook_pair(const void *self, uint32_t instrument_idx, uint32_t buy, uint32_t sell)
{
    assert_ptr_equal(self, &r);
    assert_int_equal(instrument_idx, 0);
    put("pair %u %u;", r.view->accounts[buy].account_id, r.view->accounts[sell].account_id);
    return r.view->accounts[sell].account_id == r.pair_seller ? r.pair_reason : 0;
}

static void
hook_fill(void *self, const struct hook_fill *fill, struct hook_effects *effects,
          struct event_sink *sink)
{
    assert_ptr_equal(self, &r);
    (void)sink;
    r.fill = *fill;
    put("fill %lld at %lld;", (long long)fill->lots, (long long)fill->price_units);
    give(effects);
}

static void
hook_move_check(const void *self, const struct hook_move *move, struct decision *out)
{
    assert_ptr_equal(self, &r);
    put("move_check %u %lld;", move->kind, (long long)move->amount_units);
    *out = r.move_check;
}

static void
hook_move(void *self, const struct hook_move *move)
{
    assert_ptr_equal(self, &r);
    put("move %u %lld;", move->kind, (long long)move->amount_units);
    r.move = *move;
}

static void
hook_tick(void *self, struct hook_effects *effects, struct event_sink *sink)
{
    assert_ptr_equal(self, &r);
    (void)sink;
    put("tick %lld;", (long long)((r.view->now_ns - VENUE_T0) / 1000000000));
    give(effects);
}

static int64_t
hook_next_due(const void *self)
{
    assert_ptr_equal(self, &r);
    return r.next_due_ns;
}

static size_t
hook_save(const void *self, void *out, size_t out_bytes)
{
    assert_ptr_equal(self, &r);
    if (out != NULL && out_bytes >= sizeof(r.saved))
        memcpy(out, &r.saved, sizeof(r.saved));
    return sizeof(r.saved);
}

static int
hook_load(void *self, const void *in, size_t in_bytes)
{
    assert_ptr_equal(self, &r);
    if (in_bytes != sizeof(r.saved))
        return ERR_CORRUPT;
    memcpy(&r.saved, in, sizeof(r.saved));
    return 0;
}

static void
hook_digest(const void *self, uint64_t out[2])
{
    assert_ptr_equal(self, &r);
    out[0] = r.saved;
    out[1] = 5;
}

static const struct hooks table = {
    .version = HOOKS_VERSION,
    .footprint = hook_footprint,
    .init = hook_init,
    .prefetch = hook_prefetch,
    .command = hook_command,
    .admit = hook_admit,
    .attempt = hook_attempt,
    .accept = hook_accept,
    .amend = hook_amend,
    .release = hook_release,
    .pair = hook_pair,
    .fill = hook_fill,
    .move_check = hook_move_check,
    .move = hook_move,
    .tick = hook_tick,
    .next_due_ns = hook_next_due,
    .save = hook_save,
    .load = hook_load,
    .digest = hook_digest,
};

static int
open_venue(void **state)
{
    (void)state;
    memset(&r, 0, sizeof(r));
    r.next_due_ns = INT64_MAX;
    venue_genesis(&v.genesis);
    venue_open(&v, NULL, &table);
    (void)calls();
    return 0;
}

static int
close_venue(void **state)
{
    (void)state;
    venue_check_sums(&v);
    venue_close(&v);
    return 0;
}

static void
test_new_order_is_attempted_admitted_accepted(void **state)
{
    (void)state;
    r.admit = (struct decision){.verdict = VERDICT_FLAG,
                                .rule = 3,
                                .reason = 78,
                                .evaluated = 15,
                                .failed = 8,
                                .actual = 5,
                                .limit = 4,
                                .policy = 9};
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(calls(), "attempt 1 ORDER_NEW;admit;accept 5;");
    assert_string_equal(venue_types(&v), "DECISION ORDER_ACCEPTED BOOK_ADD");
    const struct event_decision *d = &v.events[0]->decision;
    assert_int_equal(d->stage, DECISION_ADMIT);
    assert_int_equal(d->verdict, VERDICT_FLAG);
    assert_int_equal(d->rule, 3);
    assert_int_equal(d->reason, 78);
    assert_int_equal(d->evaluated, 15);
    assert_int_equal(d->failed, 8);
    assert_int_equal(d->actual, 5);
    assert_int_equal(d->limit, 4);
    assert_int_equal(d->policy, 9);
    assert_int_equal(d->ev.audience, AUDIENCE_CONFIDENTIAL);
    assert_int_equal(r.order.side, SIDE_BUY);
    assert_int_equal(r.order.cap_units, 100);
    assert_int_equal(r.order.lots, 5);
    assert_int_equal(r.order.value_units, 500);
    assert_int_equal(r.order.need_units, 500);
    assert_int_equal(r.order.available_units, VENUE_START_UNITS);
    assert_int_equal(r.order.replace, 0);
}

static void
test_refused_order_changes_nothing(void **state)
{
    (void)state;
    r.admit = (struct decision){.verdict = VERDICT_REJECT, .reason = REASON_PRICE_COLLAR};
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(calls(), "attempt 1 ORDER_NEW;admit;");
    assert_string_equal(venue_types(&v), "DECISION ORDER_REJECTED");
    assert_int_equal(venue_reason(&v), REASON_PRICE_COLLAR);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 0);
    r.admit.verdict = VERDICT_ALLOW; /* not remembered: the same id may be sent again */
    venue_buy(&v, 1, "a", 100, 5);
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_form_comes_before_admit_and_attempt_before_form(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", -1, 5);
    assert_int_equal(venue_reason(&v), REASON_BAD_PRICE);
    assert_string_equal(calls(), "attempt 1 ORDER_NEW;");
    venue_buy(&v, 55, "a", 100, 5);
    assert_string_equal(calls(), "");
}

static void
test_held_order_is_parked_and_admitted_again_at_release(void **state)
{
    (void)state;
    union any_command x;
    r.admit.verdict = VERDICT_HOLD;
    venue_buy(&v, 1, "a", 100, 5);
    assert_string_equal(venue_types(&v), "DECISION ORDER_ACCEPTED");
    assert_int_equal(v.events[1]->order.status, ORD_STATUS_PARKED);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 500);
    uint64_t order_id = venue_order_id(&v);
    (void)calls();
    venue_command(&x, COMMAND_ORDER_DECIDE);
    x.cmd.actor_id = VENUE_BOSS;
    x.decide.order_id = order_id;
    x.decide.release = 1;
    venue_apply(&v, &x);
    assert_string_equal(calls(), "admit;");
    assert_string_equal(venue_types(&v), "COMMAND_RESULT DECISION ORDER_RELEASED BOOK_ADD");
}

static void
test_fill_is_paired_told_and_moved(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.taker_ppm = 10000;
    venue_apply(&v, &x);
    assert_string_equal(calls(), "command INSTRUMENT 0;command INSTRUMENT 1;");
    venue_sell(&v, 1, "s", 100, 5);
    (void)calls();
    venue_buy(&v, 2, "b", 100, 3);
    assert_string_equal(calls(), "attempt 2 ORDER_NEW;admit;accept 3;pair 2 1;"
                                 "move 1 3;move 1 300;move 2 3;move 2 0;fill 3 at 100;");
    assert_int_equal(r.view->accounts[r.fill.buy_account_idx].account_id, 2);
    assert_int_equal(r.view->accounts[r.fill.sell_account_idx].account_id, 1);
    assert_int_equal(r.fill.aggressor, SIDE_BUY);
    assert_int_equal(r.fill.notional_units, 300);
    assert_int_equal(r.view->instruments[0].last_units, 100);
    assert_int_equal(r.view->instruments[0].best_ask_units, 100);
    assert_int_equal(r.view->instruments[0].best_bid_units, 0);
    assert_int_equal(r.view->accounts[r.fill.sell_account_idx].open_orders, 1);
}

/* The price comes from the book alone; pairs are asked when it is matched. */
static void
test_auction_passes_over_pairs_and_ends_what_is_left_crossed(void **state)
{
    (void)state;
    r.pair_seller = 1;
    r.pair_reason = REASON_PAIR_NOT_ALLOWED;
    venue_state(&v, TRADING_CALL_INTRADAY);
    venue_sell(&v, 1, "s1", 98, 5);
    venue_sell(&v, 3, "s2", 100, 4);
    venue_sell(&v, 1, "s3", 100, 2);
    venue_buy(&v, 2, "b1", 100, 3);
    venue_buy(&v, 4, "b2", 100, 3);
    venue_sell(&v, 1, "s4", 99, 1);
    venue_state(&v, TRADING_OPEN);
    /* 6 buys; 12 sells at 100, 6 of them at 99, 5 at 98: 6 trade from 99 on, none is over there */
    const struct event_auction *a = &venue_event(&v, EVENT_AUCTION, 0)->auction;
    assert_int_equal(a->price_units, 99);
    assert_int_equal(a->qty_lots, 6);
    assert_int_equal(a->rule, AUCTION_BY_SURPLUS);
    /* s2 asks more than 99: nobody is left to trade with, and the later of the best two ends until
     * nothing is crossed: s4 would come after s1 by price; s1 is older than b1 and b2 */
    assert_int_equal(venue_count(&v, EVENT_FILL), 0);
    assert_int_equal(venue_count(&v, EVENT_ORDER_CANCELED), 2);
    for (uint32_t i = 0; i < 2; i++) {
        const struct event_order *o = &venue_event(&v, EVENT_ORDER_CANCELED, i)->order;
        assert_int_equal(o->reason, REASON_INELIGIBLE_CROSS);
        assert_memory_equal(o->id.text, i == 0 ? "b1" : "b2", 2);
    }

    venue_state(&v, TRADING_CALL_INTRADAY);
    venue_sell(&v, 3, "s5", 99, 4);
    venue_buy(&v, 2, "b3", 99, 9);
    (void)calls();
    venue_state(&v, TRADING_OPEN);
    /* 9 buys and 10 sells at 99: b3 passes over s1 and s4 and takes s5; s4 is older than it */
    a = &venue_event(&v, EVENT_AUCTION, 0)->auction;
    assert_int_equal(a->price_units, 99);
    assert_int_equal(a->qty_lots, 9);
    assert_string_equal(calls(), "command TRADING_STATE 0;command TRADING_STATE 1;"
                                 "pair 2 1;pair 2 1;pair 2 3;"
                                 "move 1 4;move 1 396;move 2 0;move 2 0;fill 4 at 99;"
                                 "pair 2 1;pair 2 1;release 5;");
    assert_int_equal(r.fill.aggressor, 0);
    assert_int_equal(venue_count(&v, EVENT_FILL), 1);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 0)->fill.sell.id.text, "s5", 2);
    assert_memory_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.id.text, "b3", 2);
}

static void
test_ineligible_makers_are_passed_over(void **state)
{
    (void)state;
    r.pair_seller = 1;
    r.pair_reason = REASON_PAIR_NOT_ALLOWED;
    venue_sell(&v, 1, "s1", 100, 5);
    venue_sell(&v, 3, "s2", 100, 2);
    venue_sell(&v, 3, "s3", 101, 2);
    venue_order(&v, 2, "b", SIDE_BUY, 101, 3, TIF_IOC);
    assert_int_equal(venue_count(&v, EVENT_FILL), 2);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 0)->fill.sell.id.text, "s2", 2);
    assert_memory_equal(venue_event(&v, EVENT_FILL, 1)->fill.sell.id.text, "s3", 2);
    /* what would rest crossed is canceled */
    venue_buy(&v, 2, "c", 101, 9);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.reason,
                     REASON_INELIGIBLE_CROSS);
    /* fill-or-kill counts with the same predicate */
    venue_order(&v, 2, "d", SIDE_BUY, 101, 3, TIF_FOK);
    assert_int_equal(venue_reason(&v), REASON_FOK_NOT_FILLED);
    venue_sell(&v, 4, "s4", 101, 3);
    venue_order(&v, 2, "d", SIDE_BUY, 101, 3, TIF_FOK);
    assert_int_equal(venue_count(&v, EVENT_FILL), 1);
}

static void
test_no_more_makers_are_passed_over_than_configured(void **state)
{
    (void)state;
    char id[8];
    r.pair_seller = 1;
    r.pair_reason = REASON_PAIR_NOT_ALLOWED;
    for (uint32_t i = 0; i <= v.genesis.maker_skip_max; i++) {
        (void)snprintf(id, sizeof(id), "s%u", i);
        venue_sell(&v, 1, id, 100, 1);
    }
    venue_sell(&v, 3, "behind", 100, 1);
    venue_order(&v, 2, "b", SIDE_BUY, 100, 1, TIF_IOC);
    assert_int_equal(venue_count(&v, EVENT_FILL), 0);
    venue_cancel(&v, 1, "s0"); /* one fewer to pass over */
    venue_order(&v, 2, "c", SIDE_BUY, 100, 1, TIF_IOC);
    assert_int_equal(venue_count(&v, EVENT_FILL), 1);
}

static void
test_what_leaves_without_a_trade_is_released(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    (void)calls();
    venue_cancel(&v, 1, "a");
    assert_string_equal(calls(), "attempt 1 ORDER_CANCEL;release 5;");
    venue_order(&v, 1, "b", SIDE_BUY, 100, 4, TIF_IOC);
    assert_string_equal(calls(), "attempt 1 ORDER_NEW;admit;accept 4;release 4;");
}

/* Hooks are told what a decrement takes from an order that goes on; whom one may not trade with is
 * passed over as ever, one's own or not. */
static void
test_what_a_self_trade_takes_is_released(void **state)
{
    (void)state;
    union any_command x;
    venue_instrument_set(&x);
    x.cmd.actor_id = VENUE_BOSS;
    x.instrument.self_trade_by = SELF_TRADE_FIRM; /* all accounts are of one */
    x.instrument.self_trade_mode = SELF_TRADE_DECREMENT;
    venue_apply(&v, &x);
    venue_sell(&v, 1, "s", 100, 5);
    (void)calls();
    venue_order(&v, 2, "b", SIDE_BUY, 100, 3, TIF_IOC);
    assert_string_equal(calls(),
                        "attempt 2 ORDER_NEW;admit;accept 3;pair 2 1;release 3;release 3;");
    assert_int_equal(venue_count(&v, EVENT_ORDER_REDUCED), 1);
    r.pair_seller = 1;
    r.pair_reason = REASON_PAIR_NOT_ALLOWED;
    venue_order(&v, 2, "c", SIDE_BUY, 100, 1, TIF_IOC);
    assert_int_equal(venue_event(&v, EVENT_ORDER_CANCELED, 0)->order.reason, REASON_NO_LIQUIDITY);
    assert_int_equal(venue_open_orders(&v), 1);
}

static void
test_replace_is_admitted_and_amended_with_the_difference(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 5);
    (void)calls();
    venue_replace(&v, 1, "a", "b", 110, 7);
    assert_string_equal(calls(), "attempt 1 ORDER_REPLACE;admit;amend 5 to 7;");
    assert_string_equal(venue_types(&v), "DECISION ORDER_REPLACED BOOK_DELETE BOOK_ADD");
    assert_int_equal(v.events[0]->decision.stage, DECISION_REPLACE);
    assert_int_equal(r.order.replace, 1);
    assert_int_equal(r.order.old_lots, 5);
    assert_int_equal(r.order.old_price_units, 100);
    assert_int_equal(r.order.lots, 7);
    assert_int_equal(r.order.cap_units, 110);
    assert_int_equal(r.order.need_units, 770 - 500);
    r.admit = (struct decision){.verdict = VERDICT_REJECT, .reason = REASON_MAX_ORDER_QTY};
    venue_replace(&v, 1, "b", "c", 110, 8);
    assert_int_equal(venue_reason(&v), REASON_MAX_ORDER_QTY);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).held_units, 770);
    r.admit = (struct decision){.verdict = VERDICT_HOLD};
    venue_replace(&v, 1, "b", "c", 110, 8);
    assert_string_equal(venue_types(&v), "DECISION ORDER_REPLACED BOOK_DELETE");
    assert_int_equal(v.events[1]->order.status, ORD_STATUS_PARKED);
}

static void
test_commands_are_validated_then_committed(void **state)
{
    (void)state;
    union any_command x;
    r.command_reason = REASON_BAD_FIELD;
    venue_command(&x, COMMAND_ACCOUNT_PROFILE);
    x.cmd.account_id = 1;
    x.cmd.actor_id = VENUE_BOSS;
    x.profile.status = ACCOUNT_ACTIVE;
    venue_apply(&v, &x);
    assert_string_equal(calls(), "command ACCOUNT_PROFILE 0;");
    assert_string_equal(venue_types(&v), "COMMAND_RESULT");
    assert_int_equal(venue_reason(&v), REASON_BAD_FIELD);
    r.command_reason = 0;
    r.emit = true;
    venue_apply(&v, &x);
    assert_string_equal(calls(), "command ACCOUNT_PROFILE 0;command ACCOUNT_PROFILE 1;");
    assert_string_equal(venue_types(&v), "ACCOUNT_PROFILE DECISION");
    assert_int_equal(v.events[1]->decision.rule, 77);
    assert_int_equal(v.events[1]->decision.order_id, 0); /* zeroed */
}

static void
test_moves_are_checked_before_and_told_after(void **state)
{
    (void)state;
    venue_deposit(&v, 1, VENUE_USD, 50);
    assert_string_equal(calls(), "move_check 5 50;move 5 50;");
    assert_string_equal(venue_types(&v), "DECISION POSTING");
    assert_int_equal(v.events[0]->decision.stage, DECISION_MOVE);
    r.move_check = (struct decision){.verdict = VERDICT_REJECT, .reason = REASON_KYC_EXPIRED};
    venue_deposit(&v, 1, VENUE_USD, 50);
    assert_string_equal(calls(), "move_check 5 50;");
    assert_string_equal(venue_types(&v), "DECISION COMMAND_RESULT");
    assert_int_equal(venue_reason(&v), REASON_KYC_EXPIRED);
    assert_int_equal(venue_balance(&v, 1, VENUE_USD).settled_units, VENUE_START_UNITS + 50);
}

static void
test_tick_and_due_time(void **state)
{
    (void)state;
    r.next_due_ns = VENUE_T0 + 10;
    assert_int_equal(core_next_due_ns(v.core), VENUE_T0 + 10);
    venue_tick(&v, VENUE_T0 + (int64_t)3 * 1000000000);
    assert_string_equal(calls(), "tick 3;");
    r.next_due_ns = INT64_MAX;
    assert_true(core_next_due_ns(v.core) < INT64_MAX); /* the day's end */
}

static void
test_effect_sweeps_what_is_not_admissible_any_more(void **state)
{
    (void)state;
    venue_buy(&v, 1, "a", 100, 1);
    venue_buy(&v, 1, "b", 99, 1);
    venue_buy(&v, 2, "other", 98, 1);
    r.effects.cnt = 1;
    r.effects.item[0].kind = EFFECT_SWEEP_ACCOUNT;
    r.effects.item[0].id = 1;
    r.admit = (struct decision){.verdict = VERDICT_REJECT, .reason = REASON_KYC_EXPIRED};
    venue_tick(&v, VENUE_T0 + 1);
    assert_true(core_work_pending(v.core));
    (void)calls();
    assert_int_equal(venue_continue(&v), 1);
    assert_string_equal(calls(), "admit;release 1;admit;release 1;");
    assert_string_equal(venue_types(&v), "DECISION ORDER_CANCELED BOOK_DELETE "
                                         "DECISION ORDER_CANCELED BOOK_DELETE");
    assert_int_equal(v.events[1]->order.reason, REASON_KYC_EXPIRED);
    assert_int_equal(venue_open_orders(&v), 1);
    r.effects.cnt = 1;
    r.effects.item[0].kind = EFFECT_SWEEP_INSTRUMENT;
    r.effects.item[0].id = VENUE_BTC_USD;
    venue_tick(&v, VENUE_T0 + 2);
    (void)venue_continue(&v);
    assert_int_equal(venue_open_orders(&v), 0);
}

static void
test_effects_of_a_fill_park_and_freeze(void **state)
{
    (void)state;
    venue_sell(&v, 1, "s", 100, 5);
    venue_buy(&v, 2, "rest", 90, 1);
    r.effects.cnt = 2;
    r.effects.item[0].kind = EFFECT_PARK_ACCOUNT;
    r.effects.item[0].id = 2;
    r.effects.item[1].kind = EFFECT_FREEZE_ACCOUNT;
    r.effects.item[1].id = 2;
    r.effects.item[1].value = FREEZE_BUY;
    venue_buy(&v, 2, "b", 100, 1);
    assert_string_equal(venue_types(&v), "DECISION ORDER_ACCEPTED FILL TRADE DECISION");
    assert_int_equal(v.events[4]->decision.reason, REASON_ACCOUNT_FROZEN);
    (void)venue_continue(&v);
    assert_string_equal(venue_types(&v), "ORDER_STATUS BOOK_DELETE");
    assert_int_equal(v.events[0]->order.status, ORD_STATUS_PARKED);
    venue_buy(&v, 2, "c", 90, 1);
    assert_int_equal(venue_reason(&v), REASON_ACCOUNT_FROZEN);
    venue_sell(&v, 2, "d", 200, 1);
    assert_int_equal(venue_reason(&v), 0);
}

static void
test_effects_never_run_out_of_work_items(void **state)
{
    (void)state;
    char id[16];
    /* each fill asks for a sweep of another account: more than there are work items */
    for (uint32_t i = 0; i < 100; i++)
        venue_add_account(&v, 100 + i % 50, 1);
    for (uint32_t i = 0; i < 120; i++) {
        (void)snprintf(id, sizeof(id), "s%u", i);
        venue_sell(&v, 1, id, 100, 1);
    }
    for (uint32_t i = 0; i < 120; i++) {
        r.effects.cnt = HOOK_EFFECT_MAX;
        for (uint32_t k = 0; k < HOOK_EFFECT_MAX; k++) {
            r.effects.item[k].kind = EFFECT_SWEEP_ACCOUNT;
            r.effects.item[k].id = 100 + (i * 3 + k) % 50;
            r.effects.item[k].value = r.effects.item[k].reason = 0;
        }
        (void)snprintf(id, sizeof(id), "b%u", i);
        venue_buy(&v, 2, id, 100, 1);
        if (venue_reason(&v) == REASON_BUSY)
            (void)venue_continue(&v);
    }
    (void)venue_continue(&v);
    assert_false(core_work_pending(v.core));
}

static void
test_state_of_hooks_is_saved_loaded_and_digested(void **state)
{
    (void)state;
    static _Alignas(8) uint8_t saved[1 << 20];
    struct event_checkpoint d;
    struct error err;
    r.saved = 4711;
    size_t bytes = core_save(v.core, saved, sizeof(saved));
    assert_true(bytes < sizeof(saved));
    core_digest(v.core, &d);
    assert_int_equal(d.digest_hooks[0], 4711);
    assert_int_equal(d.digest_hooks[1], 5);
    r.saved = 0;
    memset(v.memory, 0, v.memory_bytes);
    v.core = core_init(v.memory, &v.genesis, &table);
    assert_int_equal(core_load(v.core, saved, bytes, &err), 0);
    assert_int_equal(r.saved, 4711);
    (void)calls();
    union any_command x;
    venue_order_set(&x, 1, "p", SIDE_BUY, 1, 1, TIF_GTC);
    const struct command *ahead = &x.cmd;
    core_prefetch(v.core, &ahead, 1);
    assert_string_equal(calls(), "prefetch ORDER_NEW;");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_venue, close_venue)
    const struct CMUnitTest tests[] = {
        T(test_new_order_is_attempted_admitted_accepted),
        T(test_refused_order_changes_nothing),
        T(test_form_comes_before_admit_and_attempt_before_form),
        T(test_held_order_is_parked_and_admitted_again_at_release),
        T(test_fill_is_paired_told_and_moved),
        T(test_auction_passes_over_pairs_and_ends_what_is_left_crossed),
        T(test_ineligible_makers_are_passed_over),
        T(test_no_more_makers_are_passed_over_than_configured),
        T(test_what_leaves_without_a_trade_is_released),
        T(test_what_a_self_trade_takes_is_released),
        T(test_replace_is_admitted_and_amended_with_the_difference),
        T(test_commands_are_validated_then_committed),
        T(test_moves_are_checked_before_and_told_after),
        T(test_tick_and_due_time),
        T(test_effect_sweeps_what_is_not_admissible_any_more),
        T(test_effects_of_a_fill_park_and_freeze),
        T(test_effects_never_run_out_of_work_items),
        T(test_state_of_hooks_is_saved_loaded_and_digested),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
