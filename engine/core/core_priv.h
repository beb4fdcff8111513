#ifndef ENGINE_CORE_CORE_PRIV_H
#define ENGINE_CORE_CORE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/book/book.h"
#include "engine/book/equilibrium.h"
#include "engine/book/stop_index.h"
#include "engine/core/client_ids.h"
#include "engine/core/core.h"
#include "engine/core/due_heap.h"
#include "engine/core/free_places.h"
#include "engine/ledger/id_map.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/money.h"

/* What the core's own files share. Everything lies in the caller's memory; tables are addressed by
 * index; nothing here outlives a command except what core_save writes. */

#define CORE_NONE         UINT32_MAX
#define CORE_LINK_OVER    UINT32_MAX  /* of a taker: the order that it was linked with has ended */
#define CORE_LINK_IDLE    0x80000000u /* of two in the book: the worse one */
#define CORE_TENANT_WORDS ((UINT16_MAX + 1) / 64)

enum {
    CORE_EVENTS_PER_FILL = 2,  /* and a refill where the makers' side has veils */
    CORE_EVENTS_PER_AVOID = 3, /* most of two that meet and do not trade */
    CORE_EVENTS_PER_PAIR = 4,  /* of a fill of an auction: both orders leave or shrink */
    CORE_EVENTS_TAIL = 8,      /* kept free for what follows a match: remainder, book, result */
    CORE_EVENTS_PER_END = 3,   /* most that the end of one order emits */
    /* The next three are chosen: what one command looks at has an end, no rule book says where. */
    CORE_WALK_STEPS_MAX = 4096, /* orders that a work item looks at in one command */
    CORE_FOK_STEPS_MAX = 4096,  /* makers or levels that a fill-or-kill check looks at */
    CORE_PEG_LEVELS_MAX = 256,  /* levels of hidden orders that a search for what is shown passes */
    CORE_DISPLAY_PARTS_MAX = 1000,     /* an iceberg shows at least this part of itself at a time */
    CORE_WORK_SPARE = HOOK_EFFECT_MAX, /* work items kept free for what hooks ask */
    CORE_RULES_MAX = 2,                /* newest rules_version that this core knows */
    CORE_RULES_ORDERS = 2,             /* from this one on: GTD, stop, market-to-limit, slide,
                                   minimum quantity, iceberg, hidden, pegged, self-trade prevention,
                                   kill switches, reports of mass cancels */
};

/* Bits of command_genesis.four_eyes: what needs a second person. */
enum core_eyes {
    CORE_INDICATIVE_MS = 1000, /* indicative figures of a call, without rules of its own */
    CORE_EYES_MONEY = 1,       /* deposits, deciding withdrawals, settling */
    CORE_EYES_TRANSFER = 2,    /* between accounts */
    CORE_EYES_REFERENCE = 4,   /* assets, instruments, accounts, sessions, actors, rules */
    CORE_EYES_PROFILE = 8,     /* what an account may do */
    CORE_EYES_KILL_LIFT = 16,
};

enum core_extra { /* bit set: what few instruments have, in core_band.h */
                  EXTRA_MIN_VALUE = 1u << 0,
                  EXTRA_POINTS = 1u << 1,
                  EXTRA_WHOLE = 1u << 2,    /* takes all-or-none orders */
                  EXTRA_PRO_RATA = 1u << 3, /* levels are shared: core_share.h */
};

struct core_instrument { /* index as in hook_view.instruments, which holds state and prices */
    struct money_rate rate;
    int64_t tick_units; /* 0: by the table of ticks */
    int64_t lot_units;
    int64_t min_qty_lots;
    int64_t max_price_units;
    struct fee_terms fees;
    uint32_t asset_idx, cash_idx;
    uint32_t fee_slot; /* balance of the fee account in the currency; CORE_NONE until needed */
    uint32_t protection_ppm;
    uint32_t ord_type_mask;
    uint8_t price_scale, retired;
    uint8_t busy;         /* 1: a sweep or an auction is unfinished, or stops are to enter */
    uint8_t reached_side; /* enum side of the stops that enter first; 0 = none */
    uint8_t stops_open;   /* 1: a work item lets them enter */
    uint8_t killed;       /* 1: stopped by a kill switch */
    uint8_t self_trade_by, self_trade_mode;
    uint8_t allow_hidden;
    uint8_t call; /* 1: a call began and has not ended in an auction: nothing matches, the book may
                     be crossed */
    uint8_t banded; /* 1: has price bands */
    uint8_t extra;  /* enum core_extra */
    char symbol[SYMBOL_MAX];
    struct book book;
    struct stop_index stops;
    int64_t reached_units[2]; /* how far trades went for stops that are still to enter: buys, sells;
                                 0 = none */
};
_Static_assert(sizeof(struct core_instrument) % 64 == 0, "the parts stay in their lines");

enum phase_step { /* what is still to be done to an instrument's trading state, in this order */
                  PHASE_NONE = 0,
                  PHASE_INDICATE = 1, /* an indicative price; nothing follows */
                  PHASE_PRICE = 2,    /* the auction's price */
                  PHASE_PAIR = 3,     /* trades at it */
                  PHASE_CROSS = 4,    /* what is left crossed, for those who may not trade, ends */
                  PHASE_REST = 5,     /* orders for this auction only end */
                  PHASE_MOVE = 6,     /* the state changes */
                  PHASE_ENTER = 7,    /* orders that waited for this call enter it */
                  PHASE_STOPS = 8,    /* stops that trades reached enter */
};

struct auction_rules { /* as in struct command_auction_rules */
    uint32_t indicative_ms, call_ms, random_end_ms, extension_ms, extension_max, range_ppm;
};

struct timetable_due { /* an entry of a timetable, or of a calendar's day in its place */
    int64_t at_ns;     /* INT64_MAX = none */
    uint32_t entry;    /* which, of that day */
    uint32_t state;    /* enum trading_state */
};

struct core_auction { /* index as instruments; what most commands do not touch */
    struct equilibrium walk;
    struct equilibrium_price told; /* last indicative figures */
    int64_t price_units;           /* of the auction under way */
    uint64_t cursor_id;            /* PAIR: the buy to serve, REST: the next order; 0 = the first */
    int64_t end_ns;                /* the call ends by itself; INT64_MAX = it does not */
    int64_t indicative_ns;         /* indicative figures are due; INT64_MAX = nothing has changed */
    int64_t told_ns;               /* when they were last worked out */
    struct timetable_due next;     /* the timetable's next entry */
    uint32_t extended;             /* extensions of this call */
    uint32_t zero1;
    uint32_t wait_head[2]; /* orders that wait: [0] for the open, [1] for the close */
    uint32_t wait_tail[2];
    uint8_t step;        /* enum phase_step */
    uint8_t to_state;    /* enum trading_state that it moves to */
    uint8_t end_state;   /* the same, when the call ends by itself */
    uint8_t by_time;     /* 1: the move under way is not an operator's */
    uint8_t one_auction; /* 1: orders for this auction only are in the book */
    uint8_t walking;     /* 1: the walk for a price has begun, and the book is as it was then */
    uint8_t zero[2];
    int64_t follow_units[2]; /* what trailing stops of a side that stand still are to follow: buys,
                                sells; 0 = nothing */
    struct auction_rules rules;
    struct timetable table;
};

struct core_account {    /* index as in hook_view.accounts */
    uint32_t order_head; /* open orders, by entry */
    uint32_t order_tail;
    uint32_t freeze; /* enum freeze, by hook effect */
    uint32_t killed; /* 1: stopped by a kill switch */
};

struct core_session {
    uint32_t session_id, account_id;
    uint8_t protocol, cancel_on_disconnect, up, zero;
    uint16_t tenant_id, zero1;
    uint32_t incarnation;
    uint32_t order_head, order_tail, order_cnt;
    uint64_t inbound_seq, outbound_reserved;
    int64_t cancel_due_ns; /* cancel on disconnect at this instant; 0 = no */
    char name[40];
};

struct core_actor {
    uint32_t actor_id, roles;
    char name[40];
};

struct core_withdrawal {
    uint64_t withdrawal_id; /* 0 = free */
    uint32_t slot;          /* balance that holds it */
    uint32_t zero;
    int64_t amount_units;
    struct client_id id;
};

struct core_deal_rules { /* index as that of the instrument */
    uint32_t kind_mask, collar_ppm;
    int64_t min_lots, max_lots;
    uint32_t flags, zero;
};

struct core_deal {     /* an open proposal: what it is beyond its order, which is PLACE_DEAL */
    uint64_t order_id; /* 0 = free */
    uint32_t to_account_idx;
    uint8_t kind, zero[3];
    uint64_t request_id; /* a side of a quote in answer to this request; 0 = a proposal */
};

struct core_proposal {
    uint64_t proposal; /* 0 = free */
    uint32_t actor_id, approver_id;
    uint16_t command_type, state;
    uint32_t business_day;
    uint8_t digest[32];
};

enum work_kind {
    WORK_SWEEP = 1,  /* a taker goes on */
    WORK_CANCEL = 2, /* of the orders walked over: cancels */
    WORK_CHECK = 3,  /* cancels those that admit refuses by now */
    WORK_PARK = 4,
    WORK_DAY_END = 5,    /* expires day orders */
    WORK_STATE = 6,      /* trading state of all instruments */
    WORK_EXPIRE = 7,     /* ends orders whose date has passed */
    WORK_STOPS = 8,      /* stops that trades reached enter the market */
    WORK_PHASE = 9,      /* an instrument moves to another trading state */
    WORK_TIMES = 10,     /* what is due of calls and timetables */
    WORK_PEGS = 11,      /* pegs that the market has moved into each other's reach */
    WORK_OFFERING = 13,  /* an offering is allotted, or ends otherwise */
    WORK_CORPORATE = 16, /* a split or redemption goes over orders and holders */
    WORK_CALENDAR = 17,  /* timetables take note of a calendar's change */
    WORK_ENTER = 18,     /* the second order of a list enters when the book is free */
};
enum work_domain { WALK_POOL = 1, WALK_ACCOUNT = 2, WALK_SESSION = 3 };

struct work {
    uint8_t kind;            /* enum work_kind */
    uint8_t domain;          /* enum work_domain: what is walked over */
    uint8_t side;            /* only this side; 0 = both; WORK_STATE, WORK_TIMES: 1 =
                                (WORK_PEGS too) within one instrument */
    uint8_t flagged_only;    /* only orders that ask for cancel on disconnect */
    uint32_t domain_idx;     /* account or session */
    uint32_t instrument_idx; /* only this one; CORE_NONE = all */
    uint32_t session_id;     /* only orders of this one; 0 = all */
    uint32_t cursor;         /* next order (WALK_*) or instrument (WORK_STATE, WORK_CALENDAR) */
    uint32_t value;          /* reason; WORK_STATE: state; WORK_CHECK: reason to fall back to;
                                WORK_CALENDAR: whose */
    uint64_t stamp;          /* only orders accepted up to this count */
    uint64_t order_id;       /* WORK_SWEEP; WORK_STOPS, WORK_PHASE, WORK_STATE, WORK_PEGS: the stop
                                or peg whose sweep goes on; WORK_ENTER; 0 = none */
    /* WORK_CANCEL that ends with a report: what the request said, and how many it has canceled */
    uint64_t request_seq; /* its number; 0 = no report */
    uint64_t client_seq, canceled_cnt;
    uint32_t asker_session_id, actor_id;
    uint16_t tenant_id; /* only orders of its accounts; 0 = all */
    uint16_t command_type;
    struct client_id id;
    uint32_t exec_inst; /* only orders with all of these bits; 0 = any */
};
_Static_assert(sizeof(struct work) == 120, "work layout");

struct event_sink {
    struct core *core;
};

struct core {
    /* state */
    struct command_genesis genesis;
    uint64_t cmd_seq, event_seq;
    int64_t time_ns;
    uint32_t epoch, mode, rules_version, config_missing;
    uint32_t started; /* the genesis command was applied */
    uint32_t today;   /* business day as a day number since 1970-01-01 */
    int64_t day_end_ns;
    int64_t session_due_ns; /* earliest cancel_due_ns; INT64_MAX = none */
    uint64_t trade_cnt;
    uint32_t fee_account_idx, issue_account_idx; /* CORE_NONE until defined */
    uint32_t session_cnt, actor_cnt, work_cnt, withdrawal_cnt, proposal_cnt;
    uint32_t day_end_open; /* 1: day orders are being expired, no book takes orders */
    uint32_t expiry_open;  /* 1: the same for orders with a date */
    uint32_t kill_cnt;     /* kill switches that are engaged, of all scopes */
    uint32_t venue_killed;
    uint32_t times_open;         /* 1: a work item does what is due of calls and timetables */
    uint32_t pegs_open;          /* 1: a work item looks at the pegs that are due */
    uint32_t peg_head, peg_tail; /* instruments whose pegs are due, or CORE_NONE */
    uint32_t link_cnt;           /* orders of which one cancels the other */
    uint32_t quote_cnt, protection_cnt;
    uint32_t request_cnt;
    struct free_places deal_places, request_places;
    uint32_t calendar_day_cnt;
    int64_t offering_due_ns; /* earliest end of a window; INT64_MAX = none */

    struct ledger ledger;
    struct book_pools pools;
    struct client_ids ids;
    struct due_heap dues;  /* good-till-date orders */
    struct due_heap times; /* of instruments, by index: calls and timetables */
    struct core_instrument *instruments;
    struct core_auction *auctions;
    struct hook_instrument *view_instruments;
    struct id_map instrument_ids;
    struct core_account *accounts;
    struct hook_account *view_accounts;
    struct id_map account_ids;
    struct core_session *sessions;
    struct id_map session_ids;
    struct core_actor *actors;
    struct id_map actor_ids;
    struct work *works; /* oldest first */
    struct core_withdrawal *withdrawals;
    struct core_proposal *proposals;
    struct core_deal_rules *deal_rules;
    struct core_band *bands; /* core_band.h */
    struct tick_table *tick_tables;
    struct core_deal *deals;
    struct core_corporate *corporate; /* core_corporate.h */
    struct core_request *requests;
    uint32_t *linked;          /* by order slot: slot of the other one + 1, with CORE_LINK_IDLE;
                         0 = none; or CORE_LINK_OVER */
    int64_t *idle_lots;        /* by level: of idle orders, which no auction counts */
    struct core_quote *quotes; /* core_quote.h */
    struct core_protection *protections;
    struct id_map quote_ids;                 /* by account and instrument */
    struct core_pegs *pegs;                  /* core_peg.h */
    struct core_whole *wholes;               /* core_whole.h */
    struct core_share *shares;               /* core_share.h */
    struct core_calendar_day *calendar_days; /* core_calendar.h */
    struct core_offering *offerings;         /* core_offering.h */
    uint32_t *subscribed; /* by account: slot of one of its subscriptions + 1; 0 = it has none */
    struct hook_view view;

    /* hooks; members may be NULL */
    struct hooks hooks;
    void *hook_self;
    struct event_sink sink;

    /* of the command in hand */
    const struct command *cmd;
    uint8_t *out_at;
    struct event *out_last;
    uint32_t out_cnt;
    uint32_t out_kept;      /* events that are not for what it does now: it has more to do */
    struct refusal refusal; /* what was compared last, of the reasons that tell it */

    uint64_t killed_tenants[CORE_TENANT_WORDS]; /* state: bit set by tenant_id */
};

/* --- core_emit.c: events --- */
void core_emit_refusal(struct core *c, const struct command *cmd, uint16_t reason, uint32_t detail);
void core_emit_cancel_reject(struct core *c, const struct command *cmd, uint16_t reason,
                             uint32_t slot, const struct client_final *final, uint64_t order_id,
                             uint8_t status);
void core_emit_result(struct core *c, const struct command *cmd, uint16_t reason, uint64_t ref);
void core_emit_order(struct core *c, uint16_t type, uint32_t slot, uint16_t reason, uint8_t status);
void core_emit_canceled(struct core *c, uint32_t slot, uint16_t reason, uint8_t status,
                        const struct command *request);
void core_emit_replaced(struct core *c, uint32_t slot, uint32_t former_place);
void core_emit_book(struct core *c, uint16_t type, const struct order *o, int64_t shown_lots);
void core_emit_decision(struct core *c, uint8_t stage, uint64_t order_id, uint32_t account_id,
                        uint32_t instrument_id, const struct decision *d);
void core_emit_finished_status(struct core *c, const struct command *cmd,
                               const struct client_ended *ended);

/* --- who sent it (core_session.c) --- */
/* 0, or why it may not speak for the account: session, account, actor. Counts the attempt. */
uint16_t core_sender_check(struct core *c, const struct command *cmd, uint32_t *session_idx,
                           uint32_t *account_idx);
/* 0, or why the command's session may not send. Notes the client's message number. */
uint16_t core_session_check(struct core *c, const struct command *cmd, uint32_t *session_idx);
bool core_actor_may(const struct core *c, uint32_t actor_id, uint32_t roles);
void core_session_up(struct core *c, const struct command *cmd);
void core_session_down(struct core *c, const struct command *cmd);
void core_session_reserve(struct core *c, const struct command *cmd);
void core_sessions_drop_all(struct core *c);
void core_sessions_due(struct core *c); /* starts the cancels whose grace is over */

static inline uint32_t
core_account_idx(const struct core *c, uint32_t account_id)
{
    return id_map_find(&c->account_ids, account_id);
}

static inline uint32_t
core_instrument_idx(const struct core *c, uint32_t instrument_id)
{
    return id_map_find(&c->instrument_ids, instrument_id);
}

/* --- commands of operators and money: what comes before and after each (core_admin.c) --- */
struct core_admin {  /* filled by enter */
    uint64_t digest; /* of the content, for retries */
    uint64_t hash;
    struct client_key key;
    uint32_t proposal_idx; /* CORE_NONE = none needed */
    uint32_t remember;     /* 1: the id is to be remembered */
};
enum core_admin_flag {
    ADMIN_VENUE = 1,       /* the venue itself may send it: no actor, no session */
    ADMIN_CLIENT = 2,      /* a client may send it for its own account */
    ADMIN_FORGETS = 8,     /* its id is not remembered: carried out as often as it comes */
    ADMIN_ID_REQUIRED = 4, /* must carry a client id, unless it is configuration */
};
/* False: refused or answered, nothing more to do. */
bool core_admin_enter(struct core *c, const struct command *cmd, uint32_t roles, uint32_t eyes,
                      uint32_t flags, struct core_admin *a);
/* It was carried out; `ref` is what a retry shall be told (withdrawal id). */
void core_admin_done(struct core *c, const struct command *cmd, const struct core_admin *a,
                     uint64_t ref);
/* False: answered, as a command that the rules of now do not know yet. */
bool core_known_to_rules(struct core *c, const struct command *cmd);
void core_propose(struct core *c, const struct command *cmd);
void core_approve(struct core *c, const struct command *cmd);

/* --- configuration (core_config.c, core_config_instrument.c) --- */
void core_config_asset(struct core *c, const struct command *cmd);
void core_config_instrument(struct core *c, const struct command *cmd);
void core_config_instrument_rules(struct core *c, const struct command *cmd);
void core_config_account(struct core *c, const struct command *cmd);
void core_config_profile(struct core *c, const struct command *cmd);
void core_config_session(struct core *c, const struct command *cmd);
void core_config_actor(struct core *c, const struct command *cmd);
void core_config_reference(struct core *c, const struct command *cmd);
void core_config_tick_table(struct core *c, const struct command *cmd);
void core_emit_instrument(struct core *c, uint32_t instrument_idx, uint32_t session_id);
void core_emit_reference(struct core *c, uint32_t instrument_idx, uint32_t session_id);
void core_emit_asset(struct core *c, uint32_t asset_idx, uint32_t session_id);
void core_config_trading_state(struct core *c, const struct command *cmd);
void core_config_rules(struct core *c, const struct command *cmd);
void core_config_mode(struct core *c, const struct command *cmd);
void core_checkpoint(struct core *c, const struct command *cmd);
/* Asks the hooks; 0 or why not. */
uint16_t core_hooks_validate(struct core *c, const struct command *cmd);
/* Tells them, after the core's own part, and takes their effects. */
void core_hooks_commit(struct core *c, const struct command *cmd);

/* --- orders --- */
struct core_terms { /* what an order asks, worked out before anything changes */
    uint32_t account_idx, session_idx, instrument_idx;
    uint32_t cash_slot, asset_slot; /* BALANCE_NONE: to be made */
    int64_t price_units;            /* limit as it will be; 0 = none */
    int64_t stop_units;             /* the same of a stop price */
    int64_t cap_units;
    int64_t value_units; /* notional at cap */
    int64_t hold_units;  /* for all open lots */
    int64_t available_units;
    uint32_t detail;      /* BAD_FIELD: offset */
    uint32_t missing;     /* balances that are to be made */
    uint32_t linked_slot; /* the order that it is linked with; only of COMMAND_ORDER_LINKED */
    bool plain;           /* limit or market, without anything that came with rules version 2 */
};
/* Who sends it and under which id: session, account, actor, client id. False: answered. */
bool core_order_enter(struct core *c, const struct command *cmd, struct core_terms *t,
                      struct client_key *key, uint64_t *hash, uint64_t *digest);
/* Whether the instrument takes it now: steps 5 to 14 of a new order; 0 = may be taken. */
uint16_t core_order_judge(struct core *c, const struct command_order_new *o, struct core_terms *t,
                          uint8_t *verdict);
/* Room, amounts, freeze, the hooks' decision, funds; 0 = may be taken. */
uint16_t core_order_admit(struct core *c, const struct command_order_new *o, struct core_terms *t,
                          uint8_t *verdict);
/* Takes it: nothing can fail any more. The slot, PLACE_TAKING. */
uint32_t core_order_take(struct core *c, const struct command_order_new *o, struct core_terms *t,
                         const struct client_key *key, uint64_t hash, uint64_t digest);
uint16_t core_order_freeze(const struct core *c, uint32_t account_idx, uint8_t side);
void core_order_new(struct core *c, const struct command *cmd);
void core_order_cancel(struct core *c, const struct command *cmd);
void core_order_replace(struct core *c, const struct command *cmd);
void core_order_decide(struct core *c, const struct command *cmd);
/* A parked one goes where it belongs, or ends. */
void core_order_release(struct core *c, uint32_t slot);

/* Finds the order that a cancel or replace names. Returns the slot, or ORDER_NONE with the
 * refusal emitted. */
uint32_t core_order_named(struct core *c, const struct command *cmd, uint32_t account_idx,
                          uint64_t order_id, const struct client_id *orig);
/* A client id that is known: the order's state again, or a refusal when the content differs. */
void core_order_answer_known(struct core *c, const struct command *cmd, uint32_t client_idx,
                             uint64_t digest);
/* 0, or why the instrument takes no orders of the account now. */
uint16_t core_instrument_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx);
uint16_t core_price_check(const struct core *c, uint32_t instrument_idx, int64_t price_units);
static inline struct ticks
core_ticks(const struct core *c, uint32_t instrument_idx)
{
    return (struct ticks){.step_units = c->instruments[instrument_idx].tick_units,
                          .table = &c->tick_tables[instrument_idx]};
}
/* This limit, or when it would trade the nearest price at which it would not; 0 = there is none. */
int64_t core_slide(const struct core *c, uint32_t instrument_idx, uint8_t side,
                   int64_t price_units);
/* The hold, the value and whether all figures fit, for `lots` open at `cap`. */
uint16_t core_terms_amounts(const struct core *c, const struct core_instrument *ins, uint8_t side,
                            const struct fee_terms *fees, const struct fee_state *state,
                            int64_t lots, struct core_terms *t);
/* Bound of fills' prices for sums: what price * lots can become at most. */
bool core_cost_fits(const struct core_instrument *ins, const struct book_pools *p, uint8_t side,
                    int64_t bound_units, int64_t lots, int64_t cum_cost);
void core_order_see(const struct core *c, uint32_t slot, struct hook_order *out);
/* Whether the book has room for this order to rest: level, and the side's sum of lots. */
uint16_t core_rest_room(const struct core *c, const struct core_instrument *ins, uint8_t side,
                        int64_t lots);

/* --- life of an order (core_life.c) --- */
void core_order_link(struct core *c, uint32_t slot);
/* Gives back hold, lists, client id and slot. The event comes before. */
struct client_final *core_order_finish(struct core *c, uint32_t slot, uint8_t status);
/* Takes one out of the book or from those that wait; PLACE_TAKING after. */
void core_order_take_out(struct core *c, uint32_t slot);
/* Cancels one that is in a book, parked or taking: hold released, events, slot freed. */
void core_order_kill(struct core *c, uint32_t slot, uint16_t reason, uint8_t status,
                     const struct command *request);
void core_order_rest(struct core *c, uint32_t slot);
void core_order_park(struct core *c, uint32_t slot);
/* Brings the hold in line with what is open now. */
void core_hold_set(struct core *c, uint32_t slot, int64_t hold_units);
void core_hold_refresh(struct core *c, uint32_t slot);
/* What its open lots need, all to itself. */
int64_t core_hold_need(const struct core *c, uint32_t slot);
uint8_t core_order_status(const struct core *c, uint32_t slot);
void core_view_update(struct core *c, uint32_t instrument_idx);

/* A taker whose sweep a work item goes on with. */
static inline bool
core_order_sweeps(const struct core *c, uint64_t order_id)
{
    uint32_t slot = order_pool_find(&c->pools.orders, order_id);
    return slot != ORDER_NONE && order_at(&c->pools.orders, slot)->place == PLACE_SWEEPING;
}

static inline bool
core_is_stop(uint8_t ord_type)
{
    enum {
        STOPS = 1 << ORD_STOP | 1 << ORD_STOP_LIMIT | 1 << ORD_TRAILING_STOP |
                1 << ORD_TRAILING_STOP_LIMIT
    };
    return (STOPS >> ord_type & 1) != 0;
}

static inline bool
core_trails(uint8_t ord_type)
{
    return ord_type == ORD_TRAILING_STOP || ord_type == ORD_TRAILING_STOP_LIMIT;
}

/* Whether a limit price belongs to it; others are bounded by their cap alone, and a peg may have
 * one. */
static inline bool
core_has_limit(uint8_t ord_type)
{
    enum { WITHOUT = 1 << ORD_MARKET | 1 << ORD_STOP | 1 << ORD_TRAILING_STOP | 1 << ORD_PEGGED };
    return (WITHOUT >> ord_type & 1) == 0;
}

static inline struct fee_terms
core_fee_terms(const struct order_cold *k)
{
    return (struct fee_terms){
        .min_units = k->fee_min_units, .maker_ppm = k->maker_ppm, .taker_ppm = k->taker_ppm};
}

static inline struct fee_state
core_fee_state(const struct order_cold *k)
{
    return (struct fee_state){.maker_notional = k->maker_notional,
                              .taker_notional = k->taker_notional,
                              .charged_units = k->fee_charged};
}

/* --- matching (core_match.c) --- */
/* Matches a taker (place TAKING or SWEEPING), then lets it rest, or cancels what is left, or leaves
 * a work item when there is no room for more events. */
void core_match(struct core *c, uint32_t slot);
/* Both PLACE_TAKING, with the same lots: they trade with each other, outside the book. */
void core_match_deal(struct core *c, uint32_t buy, uint32_t sell, uint8_t kind);
struct core_taker { /* an order as it would enter the market */
    uint32_t instrument_idx, account_idx;
    uint8_t side;
    int64_t bound_units, open_lots;
};
/* Whether so many of its lots (all of a fill-or-kill, a minimum) would be filled now. It looks at
 * so many makers or levels as steps says, which says then how many are left. */
bool core_would_fill(const struct core *c, const struct core_taker *t, int64_t must_lots,
                     int *steps);

/* --- orders that are not shown whole (core_display.c) --- */
/* A new order's veil, as its command asks. */
void core_veil_set(struct core *c, uint32_t slot, const struct command_order_new *o);
/* One with a veil comes into the book and shows what it shows at first. */
void core_rest_veiled(struct core *c, uint32_t slot);
/* An iceberg whose shown lots are gone shows more. False: it is still at its place. */
bool core_refill(struct core *c, uint32_t slot);

static inline bool
core_is_iceberg(const struct core *c, uint32_t slot)
{
    return order_cold_at(&c->pools.orders, slot)->veil == VEIL_ICEBERG;
}

/* Lots that a maker trades before others of its price have their turn. */
static inline int64_t
core_offered(const struct core *c, uint32_t slot)
{
    return core_is_iceberg(c, slot) ? order_display_at(&c->pools.orders, slot)->shown_lots
                                    : order_at(&c->pools.orders, slot)->leaves_lots;
}

/* How often its lots are shown anew is bounded, and with it how long one order can keep a book. */
static inline bool
core_display_fits(int64_t display_lots, int64_t qty_lots)
{
    return (qty_lots - 1) / CORE_DISPLAY_PARTS_MAX < display_lots;
}

/* Whether an order of this side may meet one with a veil. */
static inline bool
core_veils_opposite(const struct core_instrument *ins, uint8_t side)
{
    return ins->book.side[side == SIDE_BUY ? 1 : 0].veiled_cnt != 0;
}

/* --- two that may pair and still do not trade (core_self_trade.c) --- */
enum core_meeting {
    MEET_TRADE = 0,
    MEET_STOPPED, /* a kill switch is engaged for the maker, who is still to be canceled */
    MEET_SELF,    /* the same account, firm or owner, as the instrument says */
};
static inline bool
core_meetings_matter(const struct core *c, const struct core_instrument *ins)
{
    return (ins->self_trade_by | c->kill_cnt) != 0;
}
enum core_meeting core_meet(const struct core *c, uint32_t instrument_idx, uint32_t taker_account,
                            uint32_t maker_account);
/* What becomes of the two instead of a fill. False: the taker is gone. */
bool core_avoid(struct core *c, enum core_meeting meeting, uint32_t taker, uint32_t maker);
/* The same for a taker that looks ahead: false when it could not get `must_lots` any more behind a
 * maker with so many lots; *open_lots becomes what it would have left. */
bool core_avoid_ahead(const struct core_instrument *ins, enum core_meeting meeting,
                      int64_t maker_lots, int64_t must_lots, int64_t *open_lots);

/* One fill of an auction between two that are in the book; neither takes. */
void core_match_pair(struct core *c, uint32_t buy_slot, uint32_t sell_slot, int64_t price_units);
/* Whether there is room for a fill of so many events and all that hooks may say to it. */
bool core_match_room(const struct core *c, uint32_t events);
bool core_may_pair(const struct core *c, uint32_t instrument_idx, uint32_t buy_account_idx,
                   uint32_t sell_account_idx);

/* --- calls to an auction (core_call.c) --- */
static inline bool
core_is_call(uint32_t state)
{
    return state >= TRADING_CALL_OPENING && state <= TRADING_CALL_VOLATILITY;
}

/* At the open or at the close: for one auction, wherever it comes. */
static inline bool
core_is_for_auction(uint8_t time_in_force)
{
    return time_in_force == TIF_OPG || time_in_force == TIF_CLS;
}

/* One that is PLACE_TAKING: into the book of a call, or to those that wait for theirs. */
void core_call_take(struct core *c, uint32_t slot);
/* Whether a call leaves such an order out. */
bool core_call_refuses(uint8_t ord_type, uint8_t time_in_force, uint32_t exec_inst,
                       int64_t min_qty_lots);
void core_wait_add(struct core *c, uint32_t slot);
void core_wait_remove(struct core *c, uint32_t slot);
uint32_t core_wait_check(const struct core *c, uint32_t instrument_idx);
bool core_call_enter_run(struct core *c, uint32_t instrument_idx); /* true when all are in */

/* --- its auction (core_uncross.c) --- */
void core_uncross_start(struct core *c, uint32_t instrument_idx, uint8_t step);
/* True when the book is in order, or the call was extended (step NONE). */
bool core_uncross_run(struct core *c, uint32_t instrument_idx);
int64_t core_reference(const struct core *c, uint32_t instrument_idx);

/* --- trading states (core_phase.c) --- */
void core_phase_set(struct core *c, uint32_t instrument_idx, uint8_t state, uint32_t session_id);
/* Whether more than the state changes. */
bool core_phase_has_steps(const struct core *c, uint32_t instrument_idx, uint8_t state);
/* The book must not be busy. */
void core_phase_begin(struct core *c, uint32_t instrument_idx, uint8_t state, bool by_time);
bool core_phase_run(struct core *c, struct work *w); /* true when it has moved */
/* Whether the move must wait for what goes on in the book. */
bool core_phase_waits(const struct core *c, uint32_t instrument_idx, uint8_t state);

/* --- calls and timetables in time (core_times.c) --- */
/* The call has begun, or there is none any more. */
void core_times_moved(struct core *c, uint32_t instrument_idx);
/* Where the call stands has been worked out and told. */
void core_times_told(struct core *c, uint32_t instrument_idx, const struct equilibrium_price *p);
/* The book of a call has changed. */
void core_times_changed(struct core *c, uint32_t instrument_idx);
/* From now or its own instant on, plus a random part: when a call ends. */
int64_t core_times_end(const struct core *c, uint32_t instrument_idx, int64_t from_ns);
void core_times_schedule(struct core *c, uint32_t instrument_idx);
void core_times_due(struct core *c);
/* The next thing that is due: false when nothing is; *steps: a move was begun. */
bool core_times_next(struct core *c, uint32_t *instrument_idx);
void core_times_begin(struct core *c, uint32_t instrument_idx);
void core_times_reset(struct core_auction *a); /* of a new instrument: nothing is due */

/* --- how calls run, and when (core_config_auction.c) --- */
void core_config_auction_rules(struct core *c, const struct command *cmd);
void core_config_timetable(struct core *c, const struct command *cmd);
/* Whether it can be followed: counts and values in their ranges, in order. */
bool core_timetable_ok(const struct timetable *t);
bool core_timetable_entries_ok(const struct timetable_entry *entries, uint32_t cnt);
/* What the instrument's timetable says, or its calendar, has changed: an entry that is due is
 * followed all the same, any other is looked for again. */
void core_timetable_changed(struct core *c, uint32_t instrument_idx);
/* Goes on from an entry to the next one. */
void core_timetable_step(struct core *c, uint32_t instrument_idx);

/* --- negotiated trades (core_deal.c) --- */
void core_deal_rules_set(struct core *c, const struct command *cmd);
void core_deal(struct core *c, const struct command *cmd);
void core_deal_propose(struct core *c, const struct command *cmd);
void core_deal_answer(struct core *c, const struct command *cmd);
/* The order of a proposal ends without a trade. */
void core_deal_end(struct core *c, uint32_t slot, uint16_t reason, uint8_t status);

/* --- stop orders (core_stop.c) --- */
/* One that is PLACE_TAKING: enters the market when the last trade has reached it, else waits. */
void core_stop_enter(struct core *c, uint32_t slot);
/* A trade at this price reached stops, which enter after the order that brought it, or moved some
 * that trail. */
void core_stops_concern(struct core *c, uint32_t instrument_idx, int64_t price_units);
/* Whether its offset is that of a trailing stop: above what it follows for a buy, below for a sell;
 * of others: none. */
bool core_trail_fits(const struct command_order_new *o);
/* The stop price of a new stop, into its terms; 0, or why it is none. */
uint16_t core_stop_price_check(const struct core *c, const struct command_order_new *o,
                               struct core_terms *t);
/* Brings the record of one that trails up to its stop price and limit of now. */
void core_stop_settle(struct core *c, uint32_t slot);
void core_stops_start(struct core *c, uint32_t instrument_idx);
bool core_stops_run(struct core *c, struct work *w); /* true when the item is done */

/* An order that was accepted or released goes where it belongs. */
static inline void
core_order_place(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    if (core_is_stop(o->ord_type))
        core_stop_enter(c, slot);
    else if (c->instruments[o->instrument_idx].call | core_is_for_auction(o->time_in_force))
        core_call_take(c, slot);
    else
        core_match(c, slot);
}

/* --- orders with a date (core_expire.c) --- */
void core_expire_due(struct core *c);
bool core_expire_run(struct core *c); /* true when the item is done */

/* --- money (core_money.c) --- */
void core_deposit(struct core *c, const struct command *cmd);
void core_withdraw(struct core *c, const struct command *cmd);
void core_withdraw_decide(struct core *c, const struct command *cmd);
void core_transfer(struct core *c, const struct command *cmd);
void core_settle(struct core *c, const struct command *cmd);
/* Moves settled value between two balances and checks the books. */
void core_post(struct core *c, uint32_t debit_slot, uint32_t credit_slot, int64_t amount);
/* From debit to credit; a slot of BALANCE_NONE stands for what is pending (SETTLE). */
void core_emit_posting(struct core *c, const struct command *cmd, uint32_t debit_slot,
                       uint32_t credit_slot, int64_t amount, uint64_t ref,
                       const struct client_id *id);
struct balance_after core_balance_after(const struct core *c, uint32_t slot);

/* --- work items (core_work.c) --- */
static inline bool
core_work_has_room(const struct core *c)
{
    return c->work_cnt + CORE_WORK_SPARE < c->genesis.work_max;
}
/* In the middle of a book, which is busy. */
static inline bool
core_work_in_book(const struct work *w)
{
    return w->kind == WORK_SWEEP || w->kind == WORK_STOPS || w->kind == WORK_PHASE ||
           ((w->kind == WORK_STATE || w->kind == WORK_TIMES || w->kind == WORK_PEGS) &&
            w->side == 1);
}
/* Adds an item; room must be there. Runs it at once when it is the only one. */
void core_work_add(struct core *c, const struct work *w);
void core_work_start(struct core *c, const struct work *w);
void core_work_continue(struct core *c);
/* An order leaves its lists: cursors that stand on it move on. */
void core_work_unlink(struct core *c, uint32_t slot);
void core_effects_take(struct core *c, const struct hook_effects *effects);
/* An order that waiting items would have canceled is canceled before their turn: they count it. */
void core_work_count_early(struct core *c, uint32_t slot);

/* --- mass cancel and kill switches (core_mass.c, core_kill.c) --- */
void core_mass_cancel(struct core *c, const struct command *cmd);
/* What a walk that cancels needs to know of the request that it reports to. */
void core_report_to(struct work *w, const struct command *cmd);
void core_report_emit(struct core *c, const struct work *w);
void core_kill_switch(struct core *c, const struct command *cmd);
bool core_kill_covers(const struct core *c, uint32_t instrument_idx, uint32_t account_idx);
/* What kill_cnt must be. */
uint32_t core_kill_count(const struct core *c);

static inline bool
core_killed(const struct core *c, uint32_t instrument_idx, uint32_t account_idx)
{
    return c->kill_cnt != 0 && core_kill_covers(c, instrument_idx, account_idx);
}

/* --- days (core_day.c) --- */
void core_day_start(struct core *c); /* at genesis: the day of time_ns */
void core_tick(struct core *c, const struct command *cmd);

/* --- core_save.c --- */
void core_digests(const struct core *c, struct event_checkpoint *out);

/* Dear: every invariant over the whole state. */
void core_check(const struct core *c);

#include "engine/core/core_event.h" /* what is in line, for every file of the core */

#endif
