#ifndef TESTS_SUPPORT_CORE_FIXTURE_H
#define TESTS_SUPPORT_CORE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/core/core.h"

/* A core for tests, with a small venue in it, and short words for commands and for what came out.
 *
 *   struct venue v;
 *   venue_open(&v, NULL, NULL);                     genesis, assets 1 (USD, cash) and 2 (BTC),
 *                                                   instrument 1 (BTC-USD), accounts 1..4
 *   venue_buy(&v, 1, "a1", 100, 5);                 account 1 buys 5 lots at 100
 *   v.cnt, v.events[i]                              the events of the last command
 *
 * Instrument 1: tick 1, lot 1 unit of an asset of scale 0, price scale 2 over USD of scale 2, so
 * that notional = price * lots; no fees unless the test sets them. Accounts 1 to 4 are clients with
 * 1,000,000 USD cents and 1,000,000 BTC each; 90 is the fee account, 91 the issue account. Actor 7
 * may do everything, 8 too, 9 may only view. */

enum {
    VENUE_USD = 1,
    VENUE_BTC = 2,
    VENUE_BTC_USD = 1,
    VENUE_FEES = 90,
    VENUE_ISSUE = 91,
    VENUE_BOSS = 7,
    VENUE_SECOND = 8,
    VENUE_VIEWER = 9,
    VENUE_START_UNITS = 1000000
};
#define VENUE_T0 ((int64_t)1700000000 * 1000000000) /* 2023-11-14 22:13:20 UTC */

union any_command {
    struct command cmd;
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command_genesis genesis;
    struct command_epoch epoch;
    struct command_rules rules;
    struct command_mode mode;
    struct command_asset asset;
    struct command_instrument instrument;
    struct command_instrument_rules instrument_rules;
    struct command_account account;
    struct command_account_profile profile;
    struct command_session session;
    struct command_actor actor;
    struct command_reference_price reference;
    struct command_trading_state trading_state;
    struct command_corporate_action corporate;
    struct command_offering offering;
    struct command_auction_rules auction_rules;
    struct command_timetable timetable;
    struct command_calendar calendar;
    struct command_kill_switch kill_switch;
    struct command_session_event session_event;
    struct command_order_new order;
    struct command_order_linked linked;
    struct command_order_list list;
    struct command_order_cancel cancel;
    struct command_order_replace replace;
    struct command_order_decide decide;
    struct command_mass_cancel mass_cancel;
    struct command_deal_rules deal_rules;
    struct command_price_bands price_bands;
    struct command_tick_table tick_table;
    struct command_allocation allocation;
    struct command_deal deal;
    struct command_deal_answer deal_answer;
    struct command_request request;
    struct command_request_quote request_quote;
    struct command_request_hit request_hit;
    struct command_request_pass request_pass;
    struct command_mass_quote mass_quote;
    struct command_quote_limits quote_limits;
    struct command_money money;
    struct command_withdraw_decide withdraw_decide;
    struct command_settle settle;
    struct command_propose propose;
    struct command_approve approve;
};

union any_event {
    struct event ev;
    struct event_genesis genesis;
    struct event_epoch epoch;
    struct event_checkpoint checkpoint;
    struct event_value value;
    struct event_asset asset;
    struct event_instrument instrument;
    struct event_account account;
    struct event_session session;
    struct event_session_state session_state;
    struct event_order order;
    struct event_reject reject;
    struct event_fill fill;
    struct event_decision decision;
    struct event_book book;
    struct event_trade trade;
    struct event_posting posting;
    struct event_withdrawal withdrawal;
    struct event_proposal proposal;
    struct event_trading_state trading_state;
    struct event_auction auction;
    struct event_kill_switch kill_switch;
    struct event_cancel_report cancel_report;
    struct event_deal_rules deal_rules;
    struct event_deal deal;
    struct event_request request;
    struct event_request_quote request_quote;
    struct event_mass_quote mass_quote;
    struct event_order_list order_list;
    struct event_deal_trade deal_trade;
    struct event_offering offering;
};

struct venue {
    struct core *core;
    void *memory;
    size_t memory_bytes;
    struct command_genesis genesis;
    const struct hooks *hooks;
    uint64_t seq;
    int64_t time_ns;
    uint8_t *out; /* events of the last command */
    size_t out_bytes;
    uint32_t cnt;
    const union any_event *events[EVENT_MAX];
    uint8_t *log; /* all commands, when logging */
    size_t log_bytes, log_max;
    uint64_t key; /* counts ids made up for money commands */
};

/* The genesis that venue_open uses without one of its own. */
void venue_genesis(struct command_genesis *g);
void venue_open(struct venue *v, const struct command_genesis *g, const struct hooks *hooks);
/* Only core and genesis, no configuration. */
void venue_open_bare(struct venue *v, const struct command_genesis *g, const struct hooks *hooks);
/* The next venue that is opened keeps all its commands in v->log, genesis first. */
void venue_log_next(void);
void venue_close(struct venue *v);
/* For cmocka: opens and closes the venue that the test gives as its initial state; the sums over
 * all balances must be right at the end. */
int venue_set_up(void **state);
int venue_tear_down(void **state);

/* A zeroed command of the type. */
void venue_command(union any_command *x, uint16_t type);
void venue_id(struct client_id *id, const char *text);
/* Stamps and applies; the events are in v->events. */
void venue_apply(struct venue *v, union any_command *x);
/* CONTINUE until no work is pending; returns how many it took. */
uint32_t venue_continue(struct venue *v);
void venue_tick(struct venue *v, int64_t time_ns);
/* What core_load says to these bytes, in a core of the usual genesis that is gone after. */
int venue_load(const uint8_t *saved, size_t bytes);

/* --- orders --- */
void venue_order_set(union any_command *x, uint32_t account, const char *id, uint8_t side,
                     int64_t price, int64_t lots, uint8_t time_in_force);
void venue_buy(struct venue *v, uint32_t account, const char *id, int64_t price, int64_t lots);
void venue_sell(struct venue *v, uint32_t account, const char *id, int64_t price, int64_t lots);
void venue_order(struct venue *v, uint32_t account, const char *id, uint8_t side, int64_t price,
                 int64_t lots, uint8_t time_in_force); /* price 0 = market */
/* The boss moves instrument 1 to a trading state. */
void venue_state(struct venue *v, uint8_t trading_state);
void venue_cancel(struct venue *v, uint32_t account, const char *orig);
void venue_replace(struct venue *v, uint32_t account, const char *orig, const char *id,
                   int64_t price, int64_t qty);

/* --- money and configuration --- */
void venue_deposit(struct venue *v, uint32_t account, uint32_t asset, int64_t units);
void venue_add_account(struct venue *v, uint32_t account, uint32_t kind);
void venue_instrument_set(union any_command *x); /* instrument 1 as venue_open defines it */
void venue_session_up(struct venue *v, uint32_t session, uint32_t incarnation);
void venue_add_session(struct venue *v, uint32_t session, uint32_t account, bool cancel);

/* --- what came out --- */
/* The n-th event of a type of the last command, or NULL. */
const union any_event *venue_event(const struct venue *v, uint16_t type, uint32_t n);
uint32_t venue_count(const struct venue *v, uint16_t type);
/* Types of the last command's events, such as "ORDER_ACCEPTED FILL TRADE BOOK_ADD". */
const char *venue_types(const struct venue *v);
/* Reason of the first refusal of the last command; 0 = none. */
uint16_t venue_reason(const struct venue *v);
/* order_id of the last command's first order event. */
uint64_t venue_order_id(const struct venue *v);
struct core_balance venue_balance(const struct venue *v, uint32_t account, uint32_t asset);
uint32_t venue_open_orders(const struct venue *v);
/* Aborts unless settled + pending adds up to zero per asset. */
void venue_check_sums(const struct venue *v);

#endif
