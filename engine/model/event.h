#ifndef ENGINE_MODEL_EVENT_H
#define ENGINE_MODEL_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/model/record.h"
#include "engine/model/refusal.h"
#include "engine/model/types.h"

/* Events: everything that the venue says. Made by the core from a command, numbered without gaps,
 * released only when durable. An event holds all that a consumer needs; none has to ask the core
 * back. Ids and verdicts, never names or secrets. "after" means: as it stands once this event has
 * happened. exec_id of a side of a fill = event seq * 2 + (0 buy, 1 sell). */

enum event_type {
    EVENT_GENESIS = 1,
    EVENT_EPOCH = 2,
    EVENT_CHECKPOINT = 5,
    EVENT_RULES = 6,
    EVENT_MODE = 7,
    EVENT_DAY_END = 8,
    EVENT_ASSET = 16,
    EVENT_INSTRUMENT = 17,
    EVENT_INSTRUMENT_RULES = 18,
    EVENT_ACCOUNT = 19,
    EVENT_ACCOUNT_PROFILE = 20,
    EVENT_SESSION = 21,
    EVENT_ACTOR = 22,
    EVENT_REFERENCE_PRICE = 23,
    EVENT_TRADING_STATE = 24,
    EVENT_AUCTION_RULES = 25,
    EVENT_TIMETABLE = 26,
    EVENT_KILL_SWITCH = 27,
    EVENT_DEAL_RULES = 28,
    EVENT_PRICE_BANDS = 29,
    EVENT_TICK_TABLE = 30,
    EVENT_SESSION_STATE = 32,
    EVENT_ALLOCATION = 40,
    EVENT_OFFERING = 41,
    EVENT_CORPORATE_ACTION = 42, /* of each instrument that it is about */
    EVENT_CALENDAR = 43,
    EVENT_ORDER_ACCEPTED = 48,
    EVENT_ORDER_REJECTED = 49,
    EVENT_ORDER_CANCELED = 50, /* canceled or expired: see status and reason */
    EVENT_ORDER_REPLACED = 51,
    EVENT_CANCEL_REJECTED = 52, /* of a cancel or a replace */
    EVENT_ORDER_STATUS = 53,    /* answer to a retry with a known client id */
    EVENT_ORDER_RELEASED = 54,  /* a parked order goes into the book */
    EVENT_FILL = 55,            /* both sides, with money */
    EVENT_DECISION = 56,        /* what risk and compliance said, with figures */
    EVENT_ORDER_TRIGGERED = 57, /* a stop was reached: a market or limit order from now on */
    EVENT_ORDER_REDUCED = 60,   /* fewer lots without a trade or a request: see reason */
    EVENT_BOOK_ADD = 64,
    EVENT_BOOK_CHANGE = 65, /* an order's shown quantity fell without a trade, or by that of an
                               auction, and kept its place */
    EVENT_BOOK_DELETE = 66,
    EVENT_TRADE = 67,        /* public print; the maker's order is smaller by it */
    EVENT_AUCTION = 68,      /* where a call stands, or at what it ended */
    EVENT_BOOK_REFILL = 69,  /* an iceberg, gone by the trade before, shows more, behind others */
    EVENT_DEAL = 70,         /* a negotiated trade, to both sides: proposed, or how it ended */
    EVENT_DEAL_TRADE = 71,   /* its public print; no order of the book is touched */
    EVENT_BAND_REACHED = 72, /* a price band interrupts trading */
    EVENT_MASS_QUOTE = 74,   /* what became of each side of a maker's message */
    EVENT_QUOTE_LIMITS = 75,
    EVENT_QUOTE_STOP = 76, /* a maker's fills reached a limit: its quote is pulled */
    EVENT_POSTING = 80,    /* value moved other than by a fill */
    EVENT_WITHDRAWAL = 81,
    EVENT_COMMAND_RESULT =
        82, /* answer to any command that has no event of its own, accepted or refused */
    EVENT_PROPOSAL = 83,
    EVENT_CANCEL_REPORT = 84, /* a mass cancel or kill switch is through with the open orders */
    EVENT_REQUEST = 88,       /* a request for quote: to who asked, and to those who may answer */
    EVENT_REQUEST_QUOTE = 89, /* a side of a quote in answer: to its maker and to who asked */
    EVENT_CORPORATE_REPORT = 96, /* a corporate action has begun, or is through with all holders */
    EVENT_ORDER_LIST = 97,       /* orders that came together: taken or refused */
};

struct event {
    struct record rec;   /* 0: seq = event sequence */
    uint64_t cmd_seq;    /* 24: the command that caused it */
    int64_t time_ns;     /* 32: that command's time */
    uint8_t audience;    /* 40: enum audience */
    uint8_t last;        /* 41: 1: last event of its command */
    uint16_t zero0;      /* 42 */
    uint32_t session_id; /* 44: session of the order, or of the command; 0 = none */
};
_Static_assert(sizeof(struct event) == 48, "event layout");

enum { EVENT_BYTES_MAX = 512, EVENT_MAX = 256 }; /* largest event; most events of one command */

struct balance_after { /* an account's balance in one asset */
    int64_t settled_units;
    int64_t held_units;
};

struct event_genesis { /* public; body = the command's from venue on */
    struct event ev;
    char venue[32];                            /* 48 */
    uint32_t rules_version;                    /* 80 */
    uint32_t config_cnt;                       /* 84 */
    uint32_t fee_account_id, issue_account_id; /* 88, 92 */
    uint32_t day_end_s;                        /* 96 */
    uint32_t zero;
};
_Static_assert(sizeof(struct event_genesis) == 104, "genesis event layout");

struct event_epoch { /* public */
    struct event ev;
    uint8_t build[32];      /* 48 */
    uint8_t chain_head[32]; /* 80 */
    uint32_t unclean;       /* 112 */
    uint32_t tail_lost;     /* 116 */
    uint32_t business_day;  /* 120: yyyymmdd */
    uint32_t zero;
};
_Static_assert(sizeof(struct event_epoch) == 128, "epoch event layout");

struct event_checkpoint { /* operator: digests of the core's state right after this command */
    struct event ev;
    uint64_t digest_all[2];      /* 48: of everything that core_save writes */
    uint64_t digest_balances[2]; /* 64 */
    uint64_t digest_orders[2];   /* 80 */
    uint64_t digest_hooks[2];    /* 96 */
    uint64_t order_cnt;          /* 112: open orders */
    uint64_t balance_cnt;        /* 120 */
    uint64_t fill_cnt;           /* 128: fills ever */
    struct client_id id;         /* 136: of the request */
};
_Static_assert(sizeof(struct event_checkpoint) == 176, "checkpoint event layout");

struct event_value { /* RULES, MODE, DAY_END; public */
    struct event ev;
    uint32_t value; /* 48: rules_version, enum venue_mode, the new business day yyyymmdd */
    uint32_t zero;
};
_Static_assert(sizeof(struct event_value) == 56, "value event layout");

struct event_asset { /* public */
    struct event ev;
    uint32_t asset_id; /* 48 */
    uint8_t scale;
    uint8_t kind;
    uint16_t zero;
    char symbol[SYMBOL_MAX]; /* 56 */
};
_Static_assert(sizeof(struct event_asset) == 80, "asset event layout");

struct event_instrument { /* public; fields as in struct command_instrument */
    struct event ev;
    uint32_t instrument_id, asset_id, currency_id;                /* 48 */
    uint8_t price_scale, settle_cycle, state, retired;            /* 60 */
    int64_t tick_units, lot_units, min_qty_lots, max_price_units; /* 64 */
    uint32_t maker_ppm, taker_ppm;                                /* 96 */
    int64_t fee_min_units;                                        /* 104 */
    uint32_t protection_ppm, ord_type_mask;                       /* 112 */
    char symbol[SYMBOL_MAX];                                      /* 120 */
    int64_t reference_units;                                      /* 144 */
    uint8_t asset_scale, currency_scale; /* 152: repeated, so that a consumer can print amounts from
                                            this event alone */
    uint8_t self_trade_by, self_trade_mode; /* 154 */
    uint8_t allow_hidden;                   /* 156 */
    uint8_t protection_rests;               /* 157 */
    uint8_t allow_whole, zero;              /* 158 */
    int64_t min_value_units;                /* 160 */
    uint32_t protection_ticks, zero1;       /* 168 */
};
_Static_assert(sizeof(struct event_instrument) == 176, "instrument event layout");

struct event_instrument_rules { /* operator */
    struct event ev;
    uint32_t instrument_id; /* 48 */
    uint16_t min_kyc_level;
    uint8_t country_mode_buy, country_mode_sell;
    uint32_t class_mask_buy, class_mask_sell;
    int64_t max_order_lots, max_order_value_units;
    uint32_t collar_ppm, zero;
    uint64_t countries[COUNTRY_WORDS];
};
_Static_assert(sizeof(struct event_instrument_rules) == 88 + 8 * COUNTRY_WORDS,
               "rules event layout");

struct event_account { /* party */
    struct event ev;
    uint32_t account_id; /* 48 */
    uint16_t tenant_id, zero0;
    uint32_t firm_id, owner_group, status, kind;
};
_Static_assert(sizeof(struct event_account) == 72, "account event layout");

struct event_account_profile { /* confidential */
    struct event ev;
    uint32_t account_id; /* 48 */
    uint8_t status, freeze;
    uint16_t kyc_level;
    uint16_t country;
    uint8_t investor_class, zero0;
    uint32_t max_open_orders;
    int64_t kyc_expiry_ns; /* 64 */
    uint32_t max_messages, zero1;
    int64_t message_window_ns, max_order_value_units;
};
_Static_assert(sizeof(struct event_account_profile) == 96, "profile event layout");

struct event_session {   /* party */
    struct event ev;     /* session_id */
    uint32_t account_id; /* 48 */
    uint8_t protocol, cancel_on_disconnect;
    uint16_t tenant_id;
    char name[40]; /* 56 */
};
_Static_assert(sizeof(struct event_session) == 96, "session event layout");

struct event_actor { /* operator */
    struct event ev;
    uint32_t subject_actor_id, roles; /* 48 */
    char name[40];                    /* 56 */
};
_Static_assert(sizeof(struct event_actor) == 96, "actor event layout");

struct event_reference_price { /* public */
    struct event ev;
    uint32_t instrument_id, zero; /* 48 */
    int64_t price_units;
};
_Static_assert(sizeof(struct event_reference_price) == 64, "reference event layout");

struct event_trading_state { /* public */
    struct event ev;
    uint32_t instrument_id, state; /* 48 */
};
_Static_assert(sizeof(struct event_trading_state) == 56, "trading state event layout");

struct event_auction_rules { /* public; fields as in struct command_auction_rules */
    struct event ev;
    uint32_t instrument_id, indicative_ms, call_ms, random_end_ms; /* 48 */
    uint32_t extension_ms, extension_max, range_ppm, zero;         /* 64 */
};
_Static_assert(sizeof(struct event_auction_rules) == 80, "auction rules event layout");

struct event_timetable { /* public */
    struct event ev;
    uint32_t instrument_id, zero; /* 48 */
    struct timetable table;       /* 56 */
};
_Static_assert(sizeof(struct event_timetable) == 296, "timetable event layout");

struct event_calendar { /* public; as in struct command_calendar */
    struct event ev;
    uint32_t calendar_id, date;                          /* 48 */
    uint8_t kind, entry_cnt;                             /* 56 */
    uint8_t zero[6];                                     /* 58 */
    struct timetable_entry entries[TIMETABLE_ENTRY_MAX]; /* 64 */
};
_Static_assert(sizeof(struct event_calendar) == 144, "calendar event layout");

struct event_kill_switch { /* operator: who is stopped is nobody else's business */
    struct event ev;
    uint32_t account_id, instrument_id; /* 48: of these scopes, else 0 */
    uint16_t tenant_id;                 /* 56: of this scope, else 0 */
    uint8_t scope;                      /* 58: enum kill_scope */
    uint8_t engaged;                    /* 59: 1 stopped, 0 goes on */
    uint32_t actor_id;                  /* 60 */
    struct client_id id;                /* 64: of the command */
};
_Static_assert(sizeof(struct event_kill_switch) == 104, "kill switch event layout");

struct event_deal_rules { /* public; fields as in struct command_deal_rules */
    struct event ev;
    uint32_t instrument_id, kind_mask; /* 48 */
    int64_t min_lots, max_lots;        /* 56 */
    uint32_t collar_ppm, deal_flags;   /* 72 */
};
_Static_assert(sizeof(struct event_deal_rules) == 80, "deal rules event layout");

struct event_price_bands { /* public */
    struct event ev;
    uint32_t instrument_id, zero; /* 48 */
    struct price_bands bands;     /* 56 */
};
_Static_assert(sizeof(struct event_price_bands) == 104, "price bands event layout");

struct event_session_state {    /* party: after SESSION_UP, DOWN, RESERVE */
    struct event ev;            /* session_id */
    uint32_t up;                /* 48: 1 up, 0 down */
    uint32_t incarnation;       /* 52 */
    uint64_t inbound_seq;       /* 56: last client number that a sequenced command carried */
    uint64_t outbound_reserved; /* 64: outbound numbers up to this may have been used */
    uint32_t cause;             /* 72: enum command_type */
    uint32_t zero;
};
_Static_assert(sizeof(struct event_session_state) == 80, "session state event layout");

struct event_order {   /* ACCEPTED, CANCELED, REPLACED, STATUS, RELEASED, TRIGGERED, REDUCED;
                          party. The order as it stands after. */
    struct event ev;   /* session_id: the order's */
    uint64_t order_id; /* 48 */
    uint64_t
        client_seq; /* 56: of the command that caused it, when that came from the same session */
    uint32_t account_id;                           /* 64 */
    uint32_t instrument_id;                        /* 68 */
    uint8_t side, ord_type, time_in_force, status; /* 72 */
    uint16_t reason;                               /* 76: why canceled or reduced; else 0 */
    uint16_t tenant_id;                            /* 78 */
    uint32_t exec_inst;                            /* 80 */
    uint32_t hold_asset_id;                        /* 84 */
    int64_t price_units;                           /* 88: limit; 0 = market */
    int64_t cap_units;                             /* 96: price that bounds the hold */
    int64_t qty_lots;                              /* 104 */
    int64_t cum_lots;                              /* 112 */
    int64_t leaves_lots;                           /* 120: 0 when no longer open */
    int64_t cum_cost;                              /* 128: sum of price_units * lots of its fills */
    int64_t hold_units;                            /* 136: held for this order, of hold_asset_id */
    struct balance_after hold_after;               /* 144: the account's balance in hold_asset_id */
    uint64_t user_data;                            /* 160 */
    struct client_id
        id; /* 168: the order's client id (FIX 11); on CANCELED by a request: the request's */
    struct client_id orig;  /* 208: REPLACED, CANCELED by a request: the order's former id (FIX 41);
                              else length 0 */
    int64_t stop_units;     /* 248 */
    int64_t expire_ns;      /* 256 */
    int64_t display_lots;   /* 264: of an iceberg: shown at a time; else 0 */
    uint32_t display_range; /* 272: of such: percent around it that refills are drawn from */
    int32_t peg_offset_units; /* 276: of a trailing stop, a peg: its price less what it follows */
};
_Static_assert(sizeof(struct event_order) == 280, "order event layout");

struct event_reject {  /* ORDER_REJECTED, CANCEL_REJECTED, COMMAND_RESULT; party (COMMAND_RESULT of
                          an operator: operator) */
    struct event ev;   /* session_id: the command's */
    uint64_t order_id; /* 48: when known */
    uint64_t client_seq;    /* 56 */
    uint32_t account_id;    /* 64 */
    uint32_t instrument_id; /* 68 */
    uint16_t reason;        /* 72: enum reason; 0 = COMMAND_RESULT accepted */
    uint16_t command_type;  /* 74: of the refused command */
    uint8_t side, ord_type, time_in_force,
        status;            /* 76: status: of the order that could not be canceled, else REJECTED */
    int64_t price_units;   /* 80 */
    int64_t qty_lots;      /* 88 */
    uint64_t approval_ref; /* 96 */
    uint32_t actor_id;     /* 104 */
    uint32_t detail;       /* 108: BAD_FIELD: byte offset of the field in the command */
    struct client_id id;   /* 112: of the refused command */
    struct client_id orig; /* 152: of the order that it named */
    uint64_t user_data;    /* 192 */
    struct refusal why;    /* 200: the figures, where the reason has some */
};
_Static_assert(sizeof(struct event_reject) == 240, "reject event layout");

struct fill_side {
    uint64_t order_id;                                /* 0 */
    uint32_t account_id;                              /* 8 */
    uint32_t session_id;                              /* 12 */
    struct client_id id;                              /* 16 */
    int64_t qty_lots;                                 /* 56: the order's */
    int64_t cum_lots;                                 /* 64 */
    int64_t leaves_lots;                              /* 72 */
    int64_t cum_cost;                                 /* 80 */
    int64_t fee_units;                                /* 88: of this fill, in currency */
    struct balance_after cash_after;                  /* 96 */
    struct balance_after asset_after;                 /* 112 */
    uint16_t tenant_id;                               /* 128 */
    uint8_t ord_type, time_in_force, status, zero[3]; /* 130 */
    int64_t price_units;                              /* 136: the order's limit */
};
_Static_assert(sizeof(struct fill_side) == 144, "fill_side layout");

struct event_fill { /* party: one match, both legs; settles delivery against payment at once (cycle
                       0) or into pending */
    struct event ev;
    uint32_t instrument_id;  /* 48 */
    uint32_t asset_id;       /* 52 */
    uint32_t currency_id;    /* 56 */
    uint8_t aggressor;       /* 60: enum side of the taker; 0 = auction or negotiated */
    uint8_t settle_cycle;    /* 61 */
    uint16_t zero0;          /* 62 */
    int64_t price_units;     /* 64 */
    int64_t qty_lots;        /* 72 */
    int64_t qty_units;       /* 80: of the asset */
    int64_t notional_units;  /* 88: of the currency, the same on both legs */
    int64_t fee_after_units; /* 96: settled balance of the fee account in the currency */
    struct fill_side buy;    /* 104 */
    struct fill_side sell;   /* 248 */
};
_Static_assert(sizeof(struct event_fill) == 392, "fill layout");

enum decision_stage {
    DECISION_ADMIT = 1,
    DECISION_REPLACE = 2,
    DECISION_PAIR = 3,
    DECISION_MOVE = 4,
    DECISION_COMMAND = 5
};
enum verdict { VERDICT_ALLOW = 0, VERDICT_FLAG = 1, VERDICT_HOLD = 2, VERDICT_REJECT = 3 };

struct event_decision { /* confidential: comes before the order's own event */
    struct event ev;
    uint64_t order_id;      /* 48: 0 when refused before it had one */
    uint32_t account_id;    /* 56 */
    uint32_t instrument_id; /* 60 */
    uint8_t stage;          /* 64: enum decision_stage */
    uint8_t verdict;        /* 65: enum verdict */
    uint16_t rule;          /* 66: number of the deciding rule in the rule table; 0 = none failed */
    uint16_t reason;        /* 68: enum reason of the deciding rule */
    uint16_t zero;          /* 70 */
    uint64_t evaluated;     /* 72: bit n = rule n was evaluated */
    uint64_t failed;        /* 80: bit n = rule n failed */
    int64_t actual;  /* 88: the figure that the deciding rule compared, in that rule's unit */
    int64_t limit;   /* 96: what it was compared with */
    uint64_t policy; /* 104: version of the deciding policy; 0 = built-in rules */
};
_Static_assert(sizeof(struct event_decision) == 112, "decision layout");

struct event_book {         /* BOOK_ADD, BOOK_CHANGE, BOOK_DELETE, BOOK_REFILL; public */
    struct event ev;        /* session_id 0 */
    uint64_t order_id;      /* 48 */
    uint32_t instrument_id; /* 56 */
    uint8_t side, zero[3];  /* 60 */
    int64_t price_units;    /* 64 */
    int64_t qty_lots;       /* 72: of the order that is shown after; DELETE: 0 */
    int64_t level_lots;     /* 80: shown at this price after; 0 = the level is gone */
    uint32_t level_orders;  /* 88 */
    uint32_t zero1;         /* 92 */
};
_Static_assert(sizeof(struct event_book) == 96, "book event layout");

struct event_trade {             /* public; follows its FILL */
    struct event ev;             /* session_id 0 */
    uint64_t maker_order_id;     /* 48: 0 = a hidden order: what is shown stays as it is; or an
                                    auction: what the book loses follows, on both sides */
    uint32_t instrument_id;      /* 56 */
    uint8_t maker_side, zero[3]; /* 60: side 0 = auction */
    int64_t price_units;         /* 64 */
    int64_t qty_lots;            /* 72 */
    int64_t maker_lots;          /* 80: what the maker's order still shows; 0 = it is gone */
    int64_t level_lots;          /* 88 */
    uint32_t level_orders;       /* 96 */
    uint32_t zero1;              /* 100 */
    uint64_t trade_id;           /* 104: count of trades of this venue, from 1 */
};
_Static_assert(sizeof(struct event_trade) == 112, "trade layout");

struct event_auction { /* public: a price only where orders cross */
    struct event ev;
    uint32_t instrument_id;  /* 48 */
    uint8_t state;           /* 52: enum trading_state: which call */
    uint8_t stage;           /* 53: enum auction_stage */
    uint8_t rule;            /* 54: enum auction_rule: what decided the price; 0 = no price */
    uint8_t surplus_side;    /* 55: enum side; 0 = none */
    int64_t price_units;     /* 56: 0 = none */
    int64_t qty_lots;        /* 64: that trade at this price */
    int64_t surplus_lots;    /* 72: more of surplus_side would */
    int64_t reference_units; /* 80: last trade, else reference price; 0 = none */
    int64_t until_ns;        /* 88: EXTENDED: the call's new end, before a random end; else 0 */
};
_Static_assert(sizeof(struct event_auction) == 96, "auction layout");

struct event_tick_table { /* public */
    struct event ev;
    uint32_t instrument_id, zero; /* 48 */
    struct tick_table ticks;      /* 56 */
};
_Static_assert(sizeof(struct event_tick_table) == 304, "tick table event layout");

struct event_allocation { /* public */
    struct event ev;
    uint32_t instrument_id, zero;  /* 48 */
    struct allocation_rules rules; /* 56 */
};
_Static_assert(sizeof(struct event_allocation) == 88, "allocation event layout");

struct event_band_reached { /* public: a trade outside would have come, so a call begins */
    struct event ev;
    uint32_t instrument_id;        /* 48 */
    uint8_t band;                  /* 52: enum band: which */
    uint8_t side;                  /* 53: enum side of the order that would have traded */
    uint16_t zero;                 /* 54 */
    int64_t price_units;           /* 56: the best shown beyond; without one the edge */
    int64_t reference_units;       /* 64: of the band */
    int64_t low_units, high_units; /* 72: the band: prices that may trade */
};
_Static_assert(sizeof(struct event_band_reached) == 88, "band reached layout");

struct event_deal {         /* party: follows the orders' own events */
    struct event ev;        /* session_id: of deal_id's order */
    uint64_t deal_id;       /* 48: order of the side that proposed it, or sent both */
    uint32_t account_id;    /* 56: that side */
    uint32_t to_account_id; /* 60: the other side */
    uint32_t instrument_id; /* 64 */
    uint8_t side;           /* 68: enum side of account_id */
    uint8_t kind;           /* 69: enum deal_kind */
    uint8_t state;          /* 70: enum deal_state */
    uint8_t zero;           /* 71 */
    uint16_t reason;        /* 72: why it ended without a trade; else 0 */
    uint16_t zero1;         /* 74 */
    uint32_t zero2;         /* 76 */
    int64_t price_units;    /* 80 */
    int64_t qty_lots;       /* 88 */
    int64_t expire_ns;      /* 96: 0 = with the business day */
    struct client_id id;    /* 104: of deal_id's order */
};
_Static_assert(sizeof(struct event_deal) == 144, "deal event layout");

struct event_deal_trade {   /* public; follows its FILL */
    struct event ev;        /* session_id 0 */
    uint32_t instrument_id; /* 48 */
    uint8_t kind;           /* 52: enum deal_kind */
    uint8_t sets_last;      /* 53: 1: its price is the last price now */
    uint16_t zero;          /* 54 */
    int64_t price_units;    /* 56 */
    int64_t qty_lots;       /* 64 */
    uint64_t trade_id;      /* 72: of the same count as those of TRADE */
};
_Static_assert(sizeof(struct event_deal_trade) == 80, "deal trade layout");

struct event_request {      /* to who asked: party. To those who may answer: public, or to each of
                               the named accounts: party; then without session and id */
    struct event ev;        /* session_id: of who asked, when it is told */
    uint64_t request_id;    /* 48 */
    uint32_t account_id;    /* 56: who is told; 0 = all */
    uint32_t requester_id;  /* 60: who asked; 0 = not disclosed */
    uint32_t instrument_id; /* 64 */
    uint8_t side;           /* 68: enum side of who asked; 0 = it does not say */
    uint8_t state;          /* 69: enum request_state */
    uint8_t disclosed;      /* 70 */
    uint8_t to_cnt;         /* 71: named accounts; 0 = all */
    uint16_t reason;        /* 72: why it ended untraded; else 0 */
    uint16_t zero;          /* 74 */
    uint32_t zero1;         /* 76 */
    int64_t qty_lots;       /* 80 */
    int64_t leaves_lots;    /* 88: still asked for; 0 when it has ended */
    int64_t expire_ns;      /* 96: 0 = with the business day */
    struct client_id id;    /* 104 */
    uint64_t client_seq;    /* 144: to who asked: of the command that caused it, when that came from
                               the same session */
};
_Static_assert(sizeof(struct event_request) == 152, "request event layout");

struct event_request_quote { /* party: one to its maker, one to who asked */
    struct event ev;         /* session_id: of the one who is told */
    uint64_t request_id;     /* 48 */
    uint64_t quote_id;       /* 56: order_id of the side */
    uint32_t account_id;     /* 64: who is told */
    uint32_t other_id;       /* 68: the other one; 0 = not disclosed */
    uint32_t instrument_id;  /* 72 */
    uint8_t side;            /* 76: enum side of the maker */
    uint8_t state;           /* 77: enum request_state */
    uint8_t mine;            /* 78: 1: account_id is its maker */
    uint8_t zero;            /* 79 */
    uint16_t reason;         /* 80: why it ended untraded; else 0 */
    uint16_t zero1;          /* 82 */
    uint32_t zero2;          /* 84 */
    int64_t price_units;     /* 88 */
    int64_t leaves_lots;     /* 96: that may be taken; 0 when it has ended */
    int64_t traded_lots;     /* 104: by this command */
    int64_t expire_ns;       /* 112: 0 = with its request */
    struct client_id id;     /* 120: to its maker: of the side's order; to who asked: of the
                                request */
};
_Static_assert(sizeof(struct event_request_quote) == 160, "request quote event layout");

struct quote_answer {
    uint32_t instrument_id;              /* 0 */
    uint16_t bid_reason, ask_reason;     /* 4: why refused; else 0 */
    uint8_t bid_status, ask_status;      /* 8: enum quote_status */
    uint16_t zero;                       /* 10 */
    uint32_t set_id;                     /* 12: of the entry */
    char entry_id[QUOTE_ENTRY_ID_MAX];   /* 16 */
    uint64_t bid_order_id, ask_order_id; /* 32: ACCEPTED: of the side's order; else 0 */
};
_Static_assert(sizeof(struct quote_answer) == 48, "quote_answer layout");

struct event_mass_quote { /* party; last event of its command, after those of the orders */
    struct event ev;      /* session_id: the command's */
    uint64_t client_seq;  /* 48 */
    uint32_t account_id;  /* 56 */
    uint8_t entry_cnt;    /* 60 */
    uint8_t zero[3];      /* 61 */
    struct client_id id;  /* 64: of the message */
    struct quote_answer entries[QUOTE_ENTRY_MAX]; /* 104 */
};
_Static_assert(sizeof(struct event_mass_quote) == 392, "mass quote event layout");

struct list_order {      /* one of those that came together */
    uint64_t order_id;   /* 0: 0 = refused */
    uint16_t reason;     /* 8: why refused; else 0 */
    uint8_t status;      /* 10: enum ord_status */
    uint8_t zero[5];     /* 11 */
    int64_t qty_lots;    /* 16: of the order */
    int64_t leaves_lots; /* 24: open */
    int64_t cum_lots;    /* 32: filled, of one that came before */
    int64_t cum_cost;    /* 40: sum of price * lots of that */
    struct client_id id; /* 48: of the order */
};
_Static_assert(sizeof(struct list_order) == 88, "list_order layout");

struct event_order_list {     /* party; after ACCEPTED, REJECTED or STATUS of both, before trades */
    struct event ev;          /* session_id: the command's */
    uint64_t client_seq;      /* 48 */
    uint32_t account_id;      /* 56 */
    uint32_t instrument_id;   /* 60 */
    uint32_t refused;         /* 64: 1 or 2: the order because of which both are; 0 = none is */
    uint32_t zero;            /* 68 */
    struct client_id list_id; /* 72 */
    struct list_order orders[2]; /* 112 */
};
_Static_assert(sizeof(struct event_order_list) == 288, "order list event layout");

struct event_quote_limits { /* party; fields as in struct command_quote_limits */
    struct event ev;
    uint32_t account_id, instrument_id;                         /* 48 */
    uint32_t fill_max, zero;                                    /* 56 */
    int64_t window_ns, lots_max, value_max_units, net_lots_max; /* 64 */
    uint64_t client_seq;                                        /* 96: of the command */
};
_Static_assert(sizeof(struct event_quote_limits) == 104, "quote limits event layout");

struct event_quote_stop { /* party; after the fill that reached it, before the cancels */
    struct event ev;      /* session_id: of the order that was filled */
    uint32_t account_id, instrument_id;  /* 48 */
    uint32_t fill_cnt;                   /* 56: within the window, as all figures */
    uint8_t limit, zero[3];              /* 60: enum protection_limit: the first that is reached */
    int64_t lots, value_units, net_lots; /* 64: net: bought less sold; cut off at 64 bits */
    int64_t window_ns;                   /* 88 */
};
_Static_assert(sizeof(struct event_quote_stop) == 96, "quote stop event layout");

struct event_posting { /* party: DEPOSIT, WITHDRAW confirmed, TRANSFER, SETTLE, what a corporate
                          action moves */
    struct event ev;
    uint32_t debit_account_id, credit_account_id;   /* 48: value goes from debit to credit */
    uint32_t asset_id;                              /* 56 */
    uint16_t command_type, zero;                    /* 60 */
    int64_t amount_units;                           /* 64 */
    struct balance_after debit_after, credit_after; /* 72 */
    uint64_t ref;             /* 104: withdrawal id; number of a corporate action's command; or 0 */
    uint32_t actor_id, zero1; /* 112 */
    struct client_id id;      /* 120 */
};
_Static_assert(sizeof(struct event_posting) == 160, "posting layout");

struct event_withdrawal { /* party: requested (held) or canceled (released) */
    struct event ev;
    uint64_t withdrawal_id;        /* 48: = seq of the request's event */
    uint32_t account_id, asset_id; /* 56 */
    int64_t amount_units;          /* 64 */
    uint32_t state;                /* 72: 1 requested, 2 confirmed, 3 canceled */
    uint32_t actor_id;             /* 76 */
    struct balance_after after;    /* 80 */
    struct client_id id;           /* 96 */
};
_Static_assert(sizeof(struct event_withdrawal) == 136, "withdrawal layout");

struct event_proposal { /* operator */
    struct event ev;
    uint64_t proposal;     /* 48: = seq of the event that first showed it */
    uint32_t actor_id;     /* 56: who proposed, or approved */
    uint16_t command_type; /* 60 */
    uint16_t state;        /* 62: 1 proposed, 2 approved, 3 carried out */
    uint8_t digest[32];    /* 64 */
};
_Static_assert(sizeof(struct event_proposal) == 96, "proposal layout");

struct event_cancel_report { /* party; of an operator: operator. Fields of the request: 0 = all */
    struct event ev;         /* session_id: the request's */
    uint64_t request_seq;    /* 48: the command that asked (cmd_seq is the one that ended it) */
    uint64_t client_seq;     /* 56: of that command */
    uint64_t canceled_cnt;   /* 64: orders that it canceled */
    uint32_t account_id;     /* 72 */
    uint32_t instrument_id;  /* 76 */
    uint32_t of_session_id;  /* 80 */
    uint32_t actor_id;       /* 84 */
    uint16_t tenant_id;      /* 88 */
    uint16_t command_type;   /* 90 */
    uint8_t side;            /* 92 */
    uint8_t zero[3];         /* 93 */
    struct client_id id;     /* 96: of the request */
};
_Static_assert(sizeof(struct event_cancel_report) == 136, "cancel report layout");

struct event_offering { /* public; terms as in struct command_offering */
    struct event ev;
    uint64_t offering;              /* 48: the issuer's order */
    uint32_t instrument_id;         /* 56 */
    uint8_t state;                  /* 60: enum offering_state */
    uint8_t method, offering_flags; /* 61 */
    uint8_t zero;                   /* 63 */
    uint16_t reason, zero1;         /* 64: why it failed or was withdrawn */
    uint32_t subscription_cnt;      /* 68: open; OPEN: 0, and so are the lots */
    int64_t low_units;              /* 72 */
    int64_t high_units;             /* 80 */
    int64_t total_lots;             /* 88 */
    int64_t min_total_lots;         /* 96 */
    int64_t min_lots, max_lots;     /* 104 */
    int64_t cap_lots;               /* 120 */
    int64_t from_ns, until_ns;      /* 128 */
    int64_t price_units;            /* 144: 0 = not known yet, or there is none */
    int64_t subscribed_lots;        /* 152: when its window ended or it was withdrawn */
    int64_t allotted_lots;          /* 160 */
};
_Static_assert(sizeof(struct event_offering) == 168, "offering event layout");

struct event_corporate_action { /* public; fields as in struct command_corporate_action */
    struct event ev;
    uint64_t action;                           /* 48: number of its command */
    uint32_t instrument_id, asset_id;          /* 56 */
    uint32_t ratio_new, ratio_old;             /* 64 */
    int64_t step_units, price_units;           /* 72 */
    int64_t last_price_units, reference_units; /* 88: of the instrument, after; 0 = none */
    uint8_t kind, zero[7];                     /* 104 */
    char symbol[SYMBOL_MAX];                   /* 112: after */
};
_Static_assert(sizeof(struct event_corporate_action) == 136, "corporate action event layout");

struct event_corporate_report { /* party: what it does to all holders together */
    struct event ev;
    uint64_t action;                     /* 48 */
    uint32_t asset_id, currency_id;      /* 56 */
    int64_t before_units, issued_units;  /* 64: of the asset, in all accounts: before, now */
    int64_t paid_units;                  /* 80: in currency, so far */
    uint64_t holder_cnt;                 /* 88: so far */
    uint32_t payer_account_id, actor_id; /* 96: payer: 0 = nothing is paid */
    struct balance_after payer_after;    /* 104: in currency; held: what is still to be paid */
    uint8_t kind, state, zero[6];        /* 120: enum corporate_kind, enum corporate_state */
    struct client_id id;                 /* 128: of the command */
};
_Static_assert(sizeof(struct event_corporate_report) == 168, "corporate report event layout");

uint32_t event_bytes(uint16_t type);   /* 0 for an unknown type */
const char *event_name(uint16_t type); /* "ORDER_ACCEPTED" */

/* Whether a record from outside is a well-formed event: length for its type, version, reserved
 * bytes, client ids. errors: ERR_INVALID, ERR_UNSUPPORTED (kind or version) */
int event_check_form(const void *bytes, uint32_t length_bytes);

#endif
