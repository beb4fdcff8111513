#ifndef TESTS_REF_REF_VENUE_H
#define TESTS_REF_REF_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/command.h"
#include "engine/model/event.h"

/* A venue as plain and slow as can be, written from the rules (docs/match.md, ARCHITECTURE.md, the
 * comments of engine/model and risk/rules.h) and not from the core: arrays that are searched from
 * end to end, 128-bit arithmetic everywhere, no pools, no lists, no index. It takes the core's
 * commands and says which events must come of each, whole, with every amount in them.
 *
 * Three things it is told instead of working them out, for they are the core's to choose: the slot
 * in the number of an order that is accepted (of a pair in both, of a request for quote), how many
 * events a command brings before the rest of its work is left to CONTINUE, and how much work that
 * leaves. Not its part: two people's approval, checkpoints, what calls and timetables do by
 * themselves, limits on messages a window, what the events of configuration repeat from their
 * command, and refusals of configuration. */

enum {
    REF_ACCOUNT_MAX = 16,
    REF_ASSET_MAX = 8,
    REF_INSTRUMENT_MAX = 8,
    REF_SESSION_MAX = 8,
    REF_ACTOR_MAX = 4,
    REF_ORDER_MAX = 4096,
    REF_ID_MAX = 8192,
    REF_WORK_MAX = 64,
    REF_WITHDRAWAL_MAX = 16,
    REF_SAID_MAX = 4096
};

struct ref_told {          /* what the core chose */
    uint64_t order_ids[2]; /* of those that a command takes, in their order */
    uint32_t event_cnt;
    uint32_t work_cnt; /* what it left to do, that with pegs apart: it comes and goes by itself */
    bool pegs_open;
};

struct ref_said {
    union {
        struct event ev;
        struct event_order order;
        struct event_reject reject;
        struct event_fill fill;
        struct event_book book;
        struct event_trade trade;
        struct event_posting posting;
        struct event_withdrawal withdrawal;
        struct event_session_state session_state;
        struct event_value value;
        struct event_trading_state trading_state;
        struct event_kill_switch kill_switch;
        struct event_cancel_report cancel_report;
        struct event_decision decision;
        struct event_auction auction;
        struct event_band_reached band_reached;
        struct event_deal deal;
        struct event_deal_trade deal_trade;
        struct event_request request;
        struct event_request_quote request_quote;
        struct event_reference_price reference_price;
        struct event_corporate_action corporate_action;
        struct event_corporate_report corporate_report;
        uint8_t bytes[EVENT_BYTES_MAX];
    };
    bool header_only; /* the body repeats the command: not compared */
};

struct ref_account {
    uint32_t id, status, kind;
    uint32_t firm, owner;
    uint16_t tenant;
    bool known; /* has a profile */
    bool killed;
    uint32_t listed; /* orders of a list that are taken if the next one may be */
    struct command_account_profile profile;
};

enum ref_step { /* of a move to another trading state */
                REF_STEP_NONE = 0,
                REF_STEP_PRICE,
                REF_STEP_PAIR,
                REF_STEP_CROSS,
                REF_STEP_REST,
                REF_STEP_MOVE,
                REF_STEP_ENTER,
                REF_STEP_STOPS
};

struct ref_order;

struct ref_instrument {
    struct command_instrument def;
    struct command_instrument_rules rules;
    int64_t last, reference;
    struct price_bands bands;
    struct tick_table ticks; /* without rows: the definition's step */
    struct allocation_rules allocation;
    struct command_deal_rules deals; /* what is agreed outside the book; without kinds nothing */
    uint64_t top[2];   /* number of the order that bettered the market: buys, sells; 0 = none */
    int64_t fixed;     /* the static band's reference; 0 = that one */
    int64_t bid, ask;  /* what pegs follow, as it was when the order that takes came */
    int64_t low, high; /* and where they may be */
    uint32_t state;
    bool busy;     /* a sweep of its book is unfinished, or stops are to enter */
    bool entering; /* there is work that lets stops enter */
    bool killed;
    uint8_t turn;      /* side of the stops that enter first; 0 = none was reached */
    bool still[2];     /* buys, sells: some are to enter; those that trail stand still until then */
    int64_t behind[2]; /* what they follow after that; 0 = nothing */
    bool call;         /* one began and has not ended in its auction: nothing matches */
    enum ref_step step;
    uint32_t to_state;    /* that it moves to */
    int64_t price;        /* of the auction under way */
    struct ref_order *at; /* the buy that is served; NULL = the first */
};

struct ref_session {
    uint32_t id, incarnation, account_id;
    bool up, cancel_on_disconnect;
    uint64_t inbound, reserved;
    int64_t due_ns; /* its orders are canceled then; 0 = not */
};

enum ref_place {
    REF_DONE = 0,
    REF_TAKING = 1,
    REF_BOOK = 2,
    REF_PARKED = 3,
    REF_SWEEPING = 4,
    REF_STOP = 5, /* waits for a trade */
    REF_WAIT = 6, /* waits for the call of its auction */
    REF_PEG = 7,
    REF_WHOLE = 8, /* all or none: waits until it can be filled */
    REF_DEAL = 9,  /* one side of a negotiated trade: waits for the other */
    REF_ASKED = 10 /* a request for quote: no order, but counted, remembered and ended like one */
};

struct ref_order {
    uint64_t order_id, entry, priority; /* smaller priority = earlier at its price */
    struct client_id id;
    uint32_t account, instrument; /* indices */
    uint32_t session_id, exec_inst, day;
    uint16_t tenant;                        /* of the account at its entry */
    uint8_t side, type, tif, place, status; /* status: of one that is done */
    uint16_t reason;                        /* of one that is done */
    uint64_t user_data;
    int64_t price, cap, qty, cum, cost, hold;
    int64_t stop, until, min_qty; /* 0 = none */
    int64_t offset;               /* of a stop that trails, a peg: from what it follows; else 0 */
    int64_t display, shown;       /* of an iceberg: at a time, now; else 0 */
    int64_t low, high;            /* prices that it may trade at since it entered */
    int64_t entered_at;           /* what the dynamic band lay around then */
    uint8_t range;
    uint32_t link; /* index of the order that it is linked with + 1; 0 = none */
    bool second;   /* of the two: it holds only what it needs beyond the first */
    bool over;     /* the order that it was linked with ended while its sweep was unfinished */
    /* of a taker where levels are shared; of the one it is at, or 0: its price, whether the top
     * order is next, what shares are reckoned from, the priority from which on they are to come */
    int64_t share_price, share_mine, share_shown;
    uint64_t share_from; /* 0: all have theirs */
    bool share_top;
    bool was_peg; /* it enters again, with its place in time */
    bool reached; /* of a stop that waits: by a trade; it is to enter */
    int64_t maker_notional, taker_notional, charged;
    int64_t maker_ppm, taker_ppm, fee_min; /* as they were at its entry */
    uint32_t to;                           /* of one in REF_DEAL: index of the other account */
    uint8_t deal_kind;
    uint32_t request;  /* of a quote in answer to one: its index + 1; else 0 */
    uint32_t quote_at; /* its place among those in answer */
    /* of a request: whom it asks, all when there are none; whether who asks is told */
    uint32_t asked[REQUEST_TO_MAX];
    uint8_t asked_cnt, disclosed;
};

enum ref_space { REF_ORDERS = 1, REF_REQUESTS = 2, REF_OPERATORS = 3 };

struct ref_id { /* a client id that is remembered, with what came with it */
    enum ref_space space;
    uint32_t owner, account_id;
    struct client_id id;
    uint16_t type;
    uint8_t body[COMMAND_BYTES_MAX];
    uint32_t body_bytes;
    uint32_t order;    /* index; of REF_ORDERS */
    uint64_t answer;   /* of the others */
    uint32_t done_day; /* + 1; 0 = its order is open under it */
    bool forgotten;    /* used again since; takes up room until its turn comes */
};

struct ref_balance {
    bool exists;
    int64_t settled, held, in, out;
};

struct ref_withdrawal {
    uint64_t number;
    uint32_t account, asset; /* indices */
    int64_t amount;
    struct client_id id;
};

enum ref_work_kind {
    REF_WORK_SWEEP = 1,
    REF_WORK_CANCEL = 2,
    REF_WORK_CHECK = 3, /* cancels what may not stay */
    REF_WORK_DAY_END = 4,
    REF_WORK_STATE = 5,
    REF_WORK_EXPIRE = 6,
    REF_WORK_STOPS = 7,
    REF_WORK_PHASE = 8, /* an instrument moves to another trading state */
    REF_WORK_PEGS = 9,
    REF_WORK_ENTER = 10, /* the second of two enters */
    REF_WORK_CORPORATE = 11
};
enum { REF_NO_ORDER = UINT32_MAX };

struct ref_request { /* whom a report goes to; seq 0: there is none */
    uint64_t seq, client_seq, canceled;
    uint32_t session_id, actor_id;
    uint16_t type;
    struct client_id id;
};

struct ref_work { /* what is left to CONTINUE; the oldest goes on */
    enum ref_work_kind kind;
    int account, session, instrument;      /* only these; -1 = all */
    uint32_t side, of_session_id, flagged; /* only these; 0 = all */
    uint16_t tenant;                       /* the same */
    struct ref_request request;
    uint32_t value; /* reason or state */
    uint32_t order; /* of a sweep; the stop that entered last */
    uint64_t up_to; /* only orders that came no later */
    uint64_t next;  /* where the walk stands: slot, entry or instrument */
    bool within;    /* of all states, of pegs: one instrument is under way */
};

struct ref_corporate { /* a split or redemption that is under way */
    bool on;
    struct command_corporate_action x;
    uint32_t asset, cash;           /* indices */
    int payer;                      /* its account; -1: nothing is paid */
    int64_t hold, paid, before;     /* what is held for the rest; issued before */
    uint64_t holders;               /* so far */
    uint32_t instruments, accounts; /* that it has done */
    uint32_t reserved;              /* balances kept free for holders who never had cash */
};

struct ref_venue {
    struct command_genesis genesis;
    bool risk; /* the rules of risk/ are on */
    struct ref_told told;
    uint64_t cmd_seq, event_seq, entries, priorities, trades;
    int64_t time_ns, day_end_ns;
    uint32_t epoch, mode, day, rules_version;
    bool day_end_open, expiry_open, pegs_open;
    uint32_t due[REF_INSTRUMENT_MAX], due_cnt; /* instruments whose pegs are to be looked at */
    bool venue_killed, killed_tenants[UINT16_MAX + 1];
    bool leaves;            /* the core leaves the work in hand unfinished */
    struct refusal refusal; /* the figures of the last one that has some */
    uint32_t taken_cnt;     /* orders that this command has taken so far */
    uint32_t account_cnt, asset_cnt, instrument_cnt, session_cnt, actor_cnt, balance_cnt;
    uint32_t order_cnt, id_cnt, work_cnt, said_cnt;
    struct ref_account accounts[REF_ACCOUNT_MAX];
    struct command_asset assets[REF_ASSET_MAX];
    int64_t issued[REF_ASSET_MAX];
    struct ref_balance balances[REF_ACCOUNT_MAX][REF_ASSET_MAX];
    struct ref_instrument instruments[REF_INSTRUMENT_MAX];
    struct ref_session sessions[REF_SESSION_MAX];
    struct command_actor actors[REF_ACTOR_MAX];
    struct ref_work works[REF_WORK_MAX];
    struct ref_withdrawal withdrawals[REF_WITHDRAWAL_MAX];
    struct ref_corporate corporate;
    struct ref_order *orders;
    struct ref_id *ids;
    struct ref_said *said; /* what must come of the last command */
};

void ref_init(struct ref_venue *r, bool risk);
void ref_fini(struct ref_venue *r);
/* Applies a command, genesis first; r->said holds what must have come of it. */
void ref_apply(struct ref_venue *r, const struct command *cmd, const struct ref_told *told);

#endif
