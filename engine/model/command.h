#ifndef ENGINE_MODEL_COMMAND_H
#define ENGINE_MODEL_COMMAND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/model/record.h"
#include "engine/model/types.h"

/* Commands: everything that can change the venue. A gateway fills the header from session_id on and
 * the body; the sequencer stamps seq, epoch, time_ns, seed and ring. From then on the command is a
 * fact: replay applies the same bytes. All amounts: price in the instrument's price units, quantity
 * in lots, money in the asset's smallest unit. */

enum command_type {
    /* the log itself */
    COMMAND_GENESIS = 1,  /* the first record: capacities, venue; the configuration commands that
                             follow complete it */
    COMMAND_EPOCH = 2,    /* every start: all sessions are down */
    COMMAND_TICK = 3,     /* time passes */
    COMMAND_CONTINUE = 4, /* goes on with the oldest work item */
    COMMAND_CHECKPOINT =
        5, /* emits the digest of the state (reconciliation compares it with a replay) */
    COMMAND_RULES = 6, /* switches rules_version */
    COMMAND_MODE = 7,  /* normal, cancel_only */
    /* reference data */
    COMMAND_ASSET = 16,
    COMMAND_INSTRUMENT = 17,
    COMMAND_INSTRUMENT_RULES = 18, /* who may trade it, and how much at once */
    COMMAND_ACCOUNT = 19,
    COMMAND_ACCOUNT_PROFILE = 20, /* what compliance knows of the holder; limits */
    COMMAND_SESSION = 21,
    COMMAND_ACTOR = 22, /* an operator and the roles */
    COMMAND_REFERENCE_PRICE = 23,
    COMMAND_TRADING_STATE = 24, /* open, halt, close, call one instrument or all */
    COMMAND_AUCTION_RULES = 25, /* how its calls run */
    COMMAND_TIMETABLE = 26,     /* when its trading state changes by itself */
    COMMAND_KILL_SWITCH = 27,   /* stops an account, tenant, instrument or all; or lets it go on */
    COMMAND_DEAL_RULES = 28,    /* what negotiated trades an instrument takes */
    COMMAND_PRICE_BANDS = 29,   /* how far from its references it trades */
    COMMAND_TICK_TABLE = 30,    /* its price steps by price */
    /* sessions */
    COMMAND_SESSION_UP = 32,
    COMMAND_SESSION_DOWN = 33,
    COMMAND_SESSION_RESERVE = 34, /* outbound numbers up to n may be used */
    /* reference data again */
    COMMAND_ALLOCATION = 40, /* who of the orders at one price trades */
    /* what an issuer does */
    COMMAND_OFFERING = 41,         /* begins the offering of an instrument, or withdraws it */
    COMMAND_CORPORATE_ACTION = 42, /* split, name, redemption */
    COMMAND_CALENDAR = 43,         /* a day of a calendar: as usual, closed, or shorter */
    /* orders that come together */
    COMMAND_ORDER_LIST = 44, /* two new orders: one cancels the other */
    /* orders */
    COMMAND_ORDER_NEW = 48,
    COMMAND_ORDER_CANCEL = 49,
    COMMAND_ORDER_REPLACE = 50,
    COMMAND_ORDER_DECIDE = 51, /* a parked order: release or refuse */
    COMMAND_MASS_CANCEL = 52,
    COMMAND_ORDER_LINKED = 53, /* a new order and one that is open: one cancels the other */
    /* negotiated trades */
    COMMAND_DEAL = 56,         /* both sides, by who may speak for both */
    COMMAND_DEAL_PROPOSE = 57, /* one side; ORDER_CANCEL takes it back */
    COMMAND_DEAL_ANSWER = 58,  /* the other side accepts or declines */
    /* makers */
    COMMAND_MASS_QUOTE = 60,   /* two sides in each of several instruments */
    COMMAND_QUOTE_LIMITS = 61, /* when a maker's quotes in an instrument are pulled */
    COMMAND_QUOTE_CANCEL = 62, /* a mass cancel of sides of quotes alone */
    /* money */
    COMMAND_DEPOSIT = 64,
    COMMAND_WITHDRAW = 65,        /* request: moves the amount into held */
    COMMAND_WITHDRAW_DECIDE = 66, /* confirm or cancel */
    COMMAND_TRANSFER = 67,        /* between two accounts of the venue */
    COMMAND_SETTLE = 68,          /* result of a settlement run: pending amounts become settled */
    /* requests for quote; ORDER_CANCEL takes back a request or a quote */
    COMMAND_REQUEST = 70,       /* asks for quotes */
    COMMAND_REQUEST_QUOTE = 71, /* answers a request: one side or both */
    COMMAND_REQUEST_HIT = 72,   /* who asked takes a quote */
    COMMAND_REQUEST_PASS = 73,  /* who asked declines a quote, which ends it */
    /* two people */
    COMMAND_PROPOSE = 80, /* records the digest of a command that needs a second person */
    COMMAND_APPROVE = 81,
};

enum command_flag {
    COMMAND_POSSIBLE_RESEND = 1u << 0, /* FIX 97 or PossDup: same client id means the same order */
    COMMAND_FROM_CONFIG = 1u << 1,     /* part of the configuration that genesis announced */
};

struct command {
    struct record rec;    /* 0: seq = command sequence */
    int64_t time_ns;      /* 24: sequencer's UTC time, never back */
    int64_t recv_ns;      /* 32: when the gateway had read it, UTC ns; for measurement only, decides
                             nothing */
    uint64_t seed;        /* 40: from the kernel's generator where the command may draw, else 0 */
    uint32_t session_id;  /* 48: where answers go; 0 = the venue itself */
    uint32_t incarnation; /* 52: of that session; stale ones are refused */
    uint64_t client_seq;  /* 56: the client's own message number (FIX 34); 0 = none */
    uint64_t approval_ref; /* 64: proposal that this command carries out; 0 = none */
    uint32_t actor_id;     /* 72: operator; 0 = a client's own command */
    uint32_t account_id;   /* 76: 0 = none */
    uint16_t tenant_id;    /* 80 */
    uint16_t ring;         /* 82: command ring that it came from */
    uint32_t flags;        /* 84: enum command_flag */
    struct client_id id;   /* 88: client's own id of this command (FIX 11) */
};
_Static_assert(sizeof(struct command) == 128 && offsetof(struct command, id) == 88,
               "command layout");

enum { COMMAND_BYTES_MAX = 512 }; /* of every command, so of a slot in a command ring */

struct command_genesis {
    struct command cmd;
    char venue[32];         /* 128: name, zero padded */
    uint32_t rules_version; /* 160: behaviour of the core at genesis */
    uint32_t config_cnt;    /* 164: configuration commands that follow and belong to genesis */
    uint32_t day_end_s;     /* 168: the business day ends at this second of the UTC day */
    uint32_t disconnect_grace_ms; /* 172: between session down and cancel on disconnect */
    uint32_t asset_max;           /* 176: capacities of pools; a full pool rejects */
    uint32_t instrument_max;      /* 180 */
    uint32_t account_max;         /* 184 */
    uint32_t balance_max;         /* 188: account x asset pairs that exist */
    uint32_t order_max;           /* 192: open orders, below 2^24 */
    uint32_t level_max;           /* 196: price levels in all books */
    uint32_t client_id_max;       /* 200: remembered client ids */
    uint32_t session_max;         /* 204 */
    uint32_t actor_max;           /* 208 */
    uint32_t work_max;            /* 212: work items */
    uint32_t proposal_max;        /* 216 */
    uint32_t withdrawal_max;      /* 220 */
    uint32_t maker_skip_max;      /* 224: ineligible makers passed over per order */
    uint32_t fee_account_id;   /* 228: receives fees; defined by the configuration that follows */
    uint32_t issue_account_id; /* 232: contra account of deposits and withdrawals: ledger sums are
                                  zero with it */
    uint32_t four_eyes; /* 236: bit set: 1 deposits, 2 transfers, 4 reference data, 8 profiles, 16
                           the lifting of kill switches */
    uint64_t hash_key;  /* 240: key of hash tables (against chosen ids) */
    uint32_t deal_max;  /* 248: proposals of negotiated trades, and sides of quotes in answer to
                           requests, that are open; 0 = none are taken */
    uint32_t trail_max; /* 252: trailing stops that wait; 0 = none are taken */
    uint32_t quote_max; /* 256: accounts that quote, times instruments; 0 = quotes are not taken */
    uint32_t request_max;      /* 260: requests for quote that are open; 0 = none are taken */
    uint32_t calendar_day_max; /* 264: days that are not as usual, of all calendars; 0 = none */
    uint32_t zero;             /* 268 */
};
_Static_assert(sizeof(struct command_genesis) == 272, "genesis layout");

struct command_epoch {
    struct command cmd;     /* rec.epoch is the new one */
    uint8_t build[32];      /* 128: digest of the program's build identity */
    uint8_t chain_head[32]; /* 160: journal chain before this epoch */
    uint32_t unclean;       /* 192: 1: the run before did not end in order */
    uint32_t tail_lost;     /* 196: 1: acknowledged events may be missing (async durability only) */
    uint64_t replayed_seq;  /* 200: last command of the run before */
};
_Static_assert(sizeof(struct command_epoch) == 208, "epoch layout");

/* TICK, CONTINUE, CHECKPOINT have no body. */

struct command_rules {
    struct command cmd;
    uint32_t rules_version, zero;
};
_Static_assert(sizeof(struct command_rules) == 136, "rules layout");

struct command_mode {
    struct command cmd;
    uint32_t mode; /* 128: enum venue_mode */
    uint32_t zero;
};
_Static_assert(sizeof(struct command_mode) == 136, "mode layout");

struct command_asset {
    struct command cmd;
    uint32_t asset_id;       /* 128: from 1 */
    uint8_t scale;           /* 132: decimals of the smallest unit, 0..8 */
    uint8_t kind;            /* 133: 1 cash, 2 security or token */
    uint16_t zero;           /* 134 */
    char symbol[SYMBOL_MAX]; /* 136: zero padded */
};
_Static_assert(sizeof(struct command_asset) == 160, "asset layout");

struct command_instrument {
    struct command cmd;
    uint32_t instrument_id; /* 128: from 1 */
    uint32_t asset_id;      /* 132: what is traded */
    uint32_t currency_id;   /* 136: the asset that pays for it */
    uint8_t price_scale;  /* 140: decimals of the price unit, in currency for one whole asset, 0..8;
                             never changes */
    uint8_t settle_cycle; /* 141: 0 = at the fill, n = T+n */
    uint8_t state;        /* 142: enum trading_state at definition; 0 = as it is */
    uint8_t retired;      /* 143 */
    int64_t tick_units;   /* 144: price step, in price units */
    int64_t lot_units;    /* 152: asset units in one lot; never changes */
    int64_t min_qty_lots; /* 160 */
    int64_t max_price_units;  /* 168 */
    uint32_t maker_ppm;       /* 176: fee, millionths of the notional */
    uint32_t taker_ppm;       /* 180 */
    int64_t fee_min_units;    /* 184: least fee of an order that trades, in currency */
    uint32_t protection_ppm;  /* 192: cap of a market order: reference +- this */
    uint32_t ord_type_mask;   /* 196: bit n = ord_type n allowed; 0 = all that the engine has */
    char symbol[SYMBOL_MAX];  /* 200 */
    int64_t reference_units;  /* 224: first reference price; 0 = none */
    uint8_t self_trade_by;    /* 232: enum self_trade_by */
    uint8_t self_trade_mode;  /* 233: enum self_trade_mode; 0 = none when off */
    uint8_t allow_hidden;     /* 234: 1: takes orders that nobody sees */
    uint8_t protection_rests; /* 235: 1: what is left of a market order at its points rests there */
    uint32_t protection_ticks; /* 236: protection points: so far through the best price at its
                                  entry; 0 = none */
    int64_t min_value_units;   /* 240: least value of an order, in currency; 0 = none */
    uint8_t allow_whole;       /* 248: 1: takes all-or-none orders */
    uint8_t kept; /* 249: 1: of an instrument that is there protection_ticks and protection_rests
                     alone are new; all else stays, and stands as 0 here */
    uint8_t zero[6];
};
_Static_assert(sizeof(struct command_instrument) == 256, "instrument layout");

struct command_instrument_rules {
    struct command cmd;
    uint32_t instrument_id;    /* 128 */
    uint16_t min_kyc_level;    /* 132 */
    uint8_t country_mode_buy;  /* 134: 0 any, 1 only those in the set, 2 all but those in the set */
    uint8_t country_mode_sell; /* 135 */
    uint32_t class_mask_buy;   /* 136: bit n = investor_class n; 0 = any */
    uint32_t class_mask_sell;  /* 140 */
    int64_t max_order_lots;    /* 144: 0 = no maximum */
    int64_t max_order_value_units;     /* 152: in currency; 0 = no maximum */
    uint32_t collar_ppm;               /* 160: distance from the last trade; 0 = none */
    uint32_t zero;                     /* 164 */
    uint64_t countries[COUNTRY_WORDS]; /* 168: bit set by packed country */
};
_Static_assert(sizeof(struct command_instrument_rules) == 168 + 8 * COUNTRY_WORDS, "rules layout");

struct command_account {
    struct command cmd;   /* cmd.account_id, cmd.tenant_id: the account */
    uint32_t firm_id;     /* 128 */
    uint32_t owner_group; /* 132: beneficial owner, for self-trade and aggregation */
    uint32_t status;      /* 136: enum account_status */
    uint32_t kind;        /* 140: 1 client, 2 venue's own (fees), 3 contra of deposits */
    uint64_t zero;        /* 144 */
};
_Static_assert(sizeof(struct command_account) == 152, "account layout");

struct command_account_profile {
    struct command cmd;            /* cmd.account_id */
    uint8_t status;                /* 128: enum account_status */
    uint8_t freeze;                /* 129: enum freeze */
    uint16_t kyc_level;            /* 130 */
    uint16_t country;              /* 132: country_pack; 0 = not known */
    uint8_t investor_class;        /* 134: enum investor_class */
    uint8_t zero;                  /* 135 */
    int64_t kyc_expiry_ns;         /* 136: 0 = none on record, INT64_MAX = does not expire */
    uint32_t max_open_orders;      /* 144: 0 = no maximum */
    uint32_t max_messages;         /* 148: per window; 0 = no maximum */
    int64_t message_window_ns;     /* 152 */
    int64_t max_order_value_units; /* 160: in currency units of whichever instrument; 0 = none */
};
_Static_assert(sizeof(struct command_account_profile) == 168, "profile layout");

struct command_session {
    struct command cmd;           /* cmd.session_id; cmd.account_id: default account */
    uint8_t protocol;             /* 128: 1 FIX, 2 API (WebSocket, REST), 3 binary, 4 operator */
    uint8_t cancel_on_disconnect; /* 129 */
    uint16_t zero0;               /* 130 */
    uint32_t zero1;               /* 132 */
    char name[40];                /* 136: for people; FIX: the client's CompID */
};
_Static_assert(sizeof(struct command_session) == 176, "session layout");

struct command_actor {
    struct command cmd;
    uint32_t subject_actor_id; /* 128: the operator described (cmd.actor_id is who says so) */
    uint32_t roles;            /* 132: enum operator_role; 0 = none any more */
    char name[40];             /* 136: login name */
};
_Static_assert(sizeof(struct command_actor) == 176, "actor layout");

struct command_reference_price {
    struct command cmd;
    uint32_t instrument_id; /* 128 */
    uint32_t zero;
    int64_t price_units; /* 136 */
};
_Static_assert(sizeof(struct command_reference_price) == 144, "reference layout");

struct command_trading_state {
    struct command cmd;
    uint32_t instrument_id; /* 128: 0 = all */
    uint32_t state;         /* 132: enum trading_state */
};
_Static_assert(sizeof(struct command_trading_state) == 136, "trading state layout");

struct command_auction_rules {
    struct command cmd;
    uint32_t instrument_id; /* 128 */
    uint32_t indicative_ms; /* 132: indicative figures at most once in this time; 0 = never */
    uint32_t call_ms;       /* 136: a call that an operator began ends by itself; 0 = by command */
    uint32_t random_end_ms; /* 140: a call that ends by itself goes on for up to this longer */
    uint32_t extension_ms;  /* 144: so much longer when the price would be out of range */
    uint32_t extension_max; /* 148: at most so often */
    uint32_t range_ppm;     /* 152: that range around the reference; 0 = any price */
    uint32_t zero;          /* 156 */
};
_Static_assert(sizeof(struct command_auction_rules) == 160, "auction rules layout");

struct command_timetable {
    struct command cmd;
    uint32_t instrument_id; /* 128 */
    uint32_t kept;          /* 132: 1: of the table, which is of this zone, the offsets alone are
                               new; entries and calendar stay, and stand as 0 here */
    struct timetable table; /* 136: no entries: the state changes by command alone */
};
_Static_assert(sizeof(struct command_timetable) == 376, "timetable layout");

struct command_calendar {
    struct command cmd;
    uint32_t calendar_id; /* 128: any number but 0; it is there as soon as it has a day */
    uint32_t date;        /* 132: yyyymmdd, of the zone of each timetable */
    uint8_t kind;         /* 136: enum calendar_day */
    uint8_t entry_cnt;    /* 137: SHORT: 1 to TIMETABLE_ENTRY_MAX, else 0 */
    uint8_t zero[6];      /* 138 */
    struct timetable_entry entries[TIMETABLE_ENTRY_MAX]; /* 144: SHORT: by time of day */
};
_Static_assert(sizeof(struct command_calendar) == 224, "calendar layout");

struct command_offering {      /* WITHDRAW: all but the instrument 0 */
    struct command cmd;        /* BEGIN: account_id: the issuer's; id: also that of its order */
    uint32_t instrument_id;    /* 128 */
    uint8_t action;            /* 132: enum offering_action */
    uint8_t method;            /* 133: enum offering_method */
    uint8_t offering_flags;    /* 134: enum offering_flag */
    uint8_t zero;              /* 135 */
    int64_t low_units;         /* 136: its price is from low to high, one price for all */
    int64_t high_units;        /* 144 */
    int64_t total_lots;        /* 152: offered, held of the issuer's from now on */
    int64_t min_total_lots;    /* 160: less than that subscribed to and it fails; 0 = one lot */
    int64_t min_lots;          /* 168: of a subscription; 0 = the instrument's minimum */
    int64_t max_lots;          /* 176: of a subscription; 0 = no maximum */
    int64_t cap_lots;          /* 184: of all that an account subscribes to; 0 = no maximum */
    int64_t from_ns, until_ns; /* 192: its window: from <= time < until; from 0 = now */
};
_Static_assert(sizeof(struct command_offering) == 208, "offering layout");

/* Of the asset that the instrument trades, so of all its instruments and holders; NAME: of the
 * instrument. What is not of its kind is 0. */
struct command_corporate_action {
    struct command cmd;
    uint32_t instrument_id;        /* 128: prices and cash are in its units */
    uint8_t kind;                  /* 132: enum corporate_kind */
    uint8_t zero[3];               /* 133 */
    uint32_t ratio_new;            /* 136: SPLIT: so many units ... */
    uint32_t ratio_old;            /* 140: for so many */
    int64_t step_units;            /* 144: SPLIT: holdings are whole multiples; of the asset */
    int64_t price_units;           /* 152: of one whole asset. REDEMPTION: what holders are paid;
                                       SPLIT: for what does not make a step, 0 = nothing */
    uint32_t payer_account_id;     /* 160: the issuer's, where something is paid */
    uint32_t zero1;                /* 164 */
    char symbol[SYMBOL_MAX];       /* 168: NAME: the instrument's from now on */
    char asset_symbol[SYMBOL_MAX]; /* 192: NAME: the asset's; none = as it is */
};
_Static_assert(sizeof(struct command_corporate_action) == 216, "corporate action layout");

struct command_kill_switch {
    struct command cmd;     /* cmd.account_id, cmd.tenant_id: of these scopes, else 0 */
    uint32_t instrument_id; /* 128: of this scope, else 0 */
    uint8_t scope;          /* 132: enum kill_scope */
    uint8_t engage;         /* 133: 1 stops, 0 lifts */
    uint16_t zero;          /* 134 */
};
_Static_assert(sizeof(struct command_kill_switch) == 136, "kill_switch layout");

struct command_deal_rules {
    struct command cmd;
    uint32_t instrument_id; /* 128 */
    uint32_t kind_mask;     /* 132: bit n = enum deal_kind n is taken; 0 = none */
    int64_t min_lots;       /* 136: 0 = the instrument's minimum */
    int64_t max_lots;       /* 144: 0 = no maximum */
    uint32_t collar_ppm;    /* 152: distance from the last trade; 0 = any price */
    uint32_t deal_flags;    /* 156: enum deal_flag */
};
_Static_assert(sizeof(struct command_deal_rules) == 160, "deal rules layout");

struct command_price_bands {
    struct command cmd;
    uint32_t instrument_id;   /* 128 */
    uint32_t zero;            /* 132 */
    struct price_bands bands; /* 136 */
};
_Static_assert(sizeof(struct command_price_bands) == 184, "price bands command layout");

struct command_tick_table {
    struct command cmd;
    uint32_t instrument_id;  /* 128 */
    uint32_t zero;           /* 132 */
    struct tick_table ticks; /* 136 */
};
_Static_assert(sizeof(struct command_tick_table) == 384, "tick table command layout");

struct command_allocation {
    struct command cmd;
    uint32_t instrument_id;        /* 128 */
    uint32_t zero;                 /* 132 */
    struct allocation_rules rules; /* 136 */
};
_Static_assert(sizeof(struct command_allocation) == 168, "allocation command layout");

struct command_session_event { /* SESSION_UP, SESSION_DOWN, SESSION_RESERVE */
    struct command cmd;
    uint64_t inbound_seq;  /* 128: UP: the client's number at logon */
    uint64_t outbound_seq; /* 136: RESERVE: numbers up to this one may be used; UP: 1 = numbers
                              start again */
    uint32_t reset;        /* 144: UP: 1 = both directions start from 1 */
    uint32_t zero;         /* 148 */
};
_Static_assert(sizeof(struct command_session_event) == 152, "session event layout");

struct command_order_new {
    struct command cmd;
    uint32_t instrument_id;   /* 128 */
    uint8_t side;             /* 132: enum side */
    uint8_t ord_type;         /* 133: enum ord_type */
    uint8_t time_in_force;    /* 134: enum time_in_force */
    uint8_t display_range;    /* 135: percent; refills are drawn from display_lots -+ this; 0: are
                                 display_lots */
    uint32_t exec_inst;       /* 136: enum exec_inst */
    int32_t peg_offset_units; /* 140: of a trailing stop, a peg: its price less what it follows */
    int64_t price_units;      /* 144: limit; 0 for market, or a peg without one */
    int64_t stop_units;   /* 152: of one that trails: where it starts; 0 = from the last price */
    int64_t qty_lots;     /* 160 */
    int64_t display_lots; /* 168: of an iceberg: shown at a time; 0 = all */
    int64_t min_qty_lots; /* 176 */
    int64_t expire_ns;    /* 184: GTD */
    uint64_t user_data;   /* 192: the client's own, sent back */
};
_Static_assert(sizeof(struct command_order_new) == 200, "order_new layout");

struct command_order_linked {
    struct command_order_new order;
    struct client_id other; /* 200: id of the order that it is linked with (FIX 583) */
};
_Static_assert(sizeof(struct command_order_linked) == 240, "order_linked layout");

/* Of an order that was filled in as a new one: makes it the second of two. */
static inline void
command_link(struct command_order_linked *c, const struct client_id *other)
{
    c->order.cmd.rec.type = COMMAND_ORDER_LINKED;
    c->order.cmd.rec.length_bytes = sizeof(*c);
    c->other = *other;
}

struct order_body {         /* fields as in struct command_order_new from instrument_id on */
    uint32_t instrument_id; /* 0 */
    uint8_t side, ord_type, time_in_force, display_range; /* 4 */
    uint32_t exec_inst;                                   /* 8 */
    int32_t peg_offset_units;                             /* 12 */
    int64_t price_units, stop_units;                      /* 16 */
    int64_t qty_lots, display_lots, min_qty_lots;         /* 32 */
    int64_t expire_ns;                                    /* 56 */
    uint64_t user_data;                                   /* 64 */
};
_Static_assert(sizeof(struct order_body) == sizeof(struct command_order_new) -
                                                offsetof(struct command_order_new, instrument_id) &&
                   offsetof(struct order_body, user_data) + sizeof(struct command) ==
                       offsetof(struct command_order_new, user_data),
               "order_body layout");

struct command_order_list {         /* both are taken, or neither */
    struct command_order_new first; /* 0: cmd.id is the id of this order */
    struct client_id second_id;     /* 200 */
    struct order_body second;       /* 240: of the same instrument and side */
    struct client_id list_id;       /* 312: FIX 66 */
};
_Static_assert(sizeof(struct command_order_list) == 352, "order_list layout");

/* Of two orders that were filled in as new ones; the first has the header. */
static inline void
command_list(struct command_order_list *c, const struct command_order_new *first,
             const struct command_order_new *second, const struct client_id *list_id)
{
    c->first = *first;
    c->first.cmd.rec.type = COMMAND_ORDER_LIST;
    c->first.cmd.rec.length_bytes = sizeof(*c);
    c->second_id = second->cmd.id;
    c->list_id = *list_id;
    memcpy(&c->second, &second->instrument_id, sizeof(c->second));
}

struct command_order_cancel {
    struct command cmd;     /* cmd.id: id of this request */
    uint32_t instrument_id; /* 128: 0 = whatever the order says */
    uint32_t zero;          /* 132 */
    uint64_t order_id;      /* 136: 0 = by orig */
    struct client_id orig;  /* 144: FIX 41 */
};
_Static_assert(sizeof(struct command_order_cancel) == 184, "order_cancel layout");

struct command_order_replace {
    struct command cmd;     /* cmd.id: the new client id of the order */
    uint32_t instrument_id; /* 128 */
    uint32_t zero;          /* 132 */
    uint64_t order_id;      /* 136: 0 = by orig */
    struct client_id orig;  /* 144 */
    int64_t price_units;    /* 184: new limit; 0 = unchanged */
    int64_t qty_lots;       /* 192: new total quantity, filled part included; 0 = unchanged */
};
_Static_assert(sizeof(struct command_order_replace) == 200, "order_replace layout");

struct command_order_decide {
    struct command cmd;
    uint64_t order_id; /* 128 */
    uint32_t release;  /* 136: 1 into the book, 0 cancel */
    uint32_t reason;   /* 140: enum reason, when canceled */
};
_Static_assert(sizeof(struct command_order_decide) == 144, "order_decide layout");

struct command_mass_cancel { /* MASS_CANCEL, QUOTE_CANCEL */
    struct command cmd;      /* cmd.account_id: 0 = all accounts (operator) */
    uint32_t instrument_id;  /* 128: 0 = all */
    uint32_t of_session_id;  /* 132: 0 = all */
    uint8_t side;            /* 136: 0 = both */
    uint8_t zero[7];         /* 137 */
};
_Static_assert(sizeof(struct command_mass_cancel) == 144, "mass_cancel layout");

struct command_deal {       /* DEAL, DEAL_PROPOSE */
    struct command cmd;     /* cmd.account_id, cmd.id: one side; the id is its order's */
    uint32_t instrument_id; /* 128 */
    uint32_t to_account_id; /* 132: the other side */
    uint8_t side;           /* 136: enum side of cmd.account_id */
    uint8_t kind;           /* 137: enum deal_kind */
    uint8_t zero[6];        /* 138 */
    int64_t price_units;    /* 144 */
    int64_t qty_lots;       /* 152 */
    int64_t expire_ns;      /* 160: PROPOSE: when it ends; 0 = with the business day. DEAL: 0 */
    struct client_id to_id; /* 168: DEAL: of the other side's order. PROPOSE: none */
};
_Static_assert(sizeof(struct command_deal) == 208, "deal layout");

struct command_deal_answer {
    struct command cmd; /* cmd.account_id: the other side; cmd.id: of its order, or of the answer */
    uint64_t deal_id;   /* 128 */
    uint32_t accept;    /* 136: 1 accept, 0 decline */
    uint32_t zero;      /* 140 */
};
_Static_assert(sizeof(struct command_deal_answer) == 144, "deal_answer layout");

struct command_request {    /* asks for quotes; holds nothing */
    struct command cmd;     /* cmd.account_id, cmd.id: who asks; the id is the request's */
    uint32_t instrument_id; /* 128 */
    uint8_t side;           /* 132: enum side of who asks; 0 = does not say */
    uint8_t disclosed;      /* 133: 1: each side is told who the other is */
    uint8_t to_cnt;         /* 134: accounts that it is to; 0 = all */
    uint8_t zero;           /* 135 */
    int64_t qty_lots;       /* 136 */
    int64_t expire_ns;      /* 144: when it ends; 0 = with the business day */
    uint32_t exec_inst;     /* 152: EXEC_CANCEL_ON_DISCONNECT, or 0 */
    uint32_t zero1;         /* 156 */
    uint32_t to_account_ids[REQUEST_TO_MAX]; /* 160 */
};
_Static_assert(sizeof(struct command_request) == 192, "request layout");

struct command_request_quote { /* each side with lots is an order outside the book */
    struct command cmd;        /* cmd.id: of the bid's order, or of the ask's when it is alone */
    uint64_t request_id;       /* 128 */
    uint32_t instrument_id;    /* 136: of the request */
    uint32_t exec_inst;        /* 140: EXEC_CANCEL_ON_DISCONNECT, or 0 */
    int64_t bid_price_units;   /* 144 */
    int64_t bid_qty_lots;      /* 152: 0 = no bid */
    int64_t ask_price_units;   /* 160 */
    int64_t ask_qty_lots;      /* 168 */
    int64_t expire_ns;         /* 176: when it ends; 0 = with its request */
    struct client_id ask_id;   /* 184: of the ask's order beside a bid; else none */
};
_Static_assert(sizeof(struct command_request_quote) == 224, "request_quote layout");

struct command_request_hit {
    struct command cmd;     /* cmd.account_id: who asked; cmd.id: of its order */
    uint64_t quote_id;      /* 128: order_id of the side that it takes */
    uint32_t instrument_id; /* 136 */
    uint8_t side;           /* 140: enum side of its order; 0 = the other one of the quote's */
    uint8_t zero[3];        /* 141 */
    int64_t qty_lots;       /* 144: 0 = as much as there is of both quote and request */
};
_Static_assert(sizeof(struct command_request_hit) == 152, "request_hit layout");

struct command_request_pass {
    struct command cmd;     /* cmd.account_id: who asked; cmd.id: of this command */
    uint64_t quote_id;      /* 128: order_id of the side that it declines */
    uint32_t instrument_id; /* 136 */
    uint32_t zero;          /* 140 */
};
_Static_assert(sizeof(struct command_request_pass) == 144, "request_pass layout");

struct quote_entry {         /* what a maker quotes from now on, in place of what it had */
    uint32_t instrument_id;  /* 0 */
    uint32_t set_id;         /* 4: the maker's own number of a set of entries (FIX 302) */
    int64_t bid_price_units; /* 8 */
    int64_t bid_qty_lots;    /* 16: open from now on; 0 = no bid */
    int64_t ask_price_units; /* 24 */
    int64_t ask_qty_lots;    /* 32 */
    char entry_id[QUOTE_ENTRY_ID_MAX]; /* 40: zero padded; the client id of both sides' orders */
};
_Static_assert(sizeof(struct quote_entry) == 56, "quote_entry layout");

struct command_mass_quote {
    struct command cmd; /* cmd.id: of the message; not remembered */
    uint8_t entry_cnt;  /* 128: 1 to QUOTE_ENTRY_MAX */
    uint8_t reset;      /* 129: 1 = takes quotes again where protection pulled them */
    uint8_t zero[2];    /* 130 */
    uint32_t exec_inst; /* 132: EXEC_POST_ONLY, EXEC_CANCEL_ON_DISCONNECT, of all sides */
    struct quote_entry entries[QUOTE_ENTRY_MAX]; /* 136: in order; behind the last all zero */
};
_Static_assert(sizeof(struct command_mass_quote) == 472, "mass_quote layout");

struct command_quote_limits { /* what is reached within the window pulls the quote; 0 = no limit */
    struct command cmd;       /* cmd.account_id: the maker */
    uint32_t instrument_id;   /* 128 */
    uint32_t fill_max;        /* 132: 1 to PROTECTION_FILL_MAX; 0 = no protection, all others 0 */
    int64_t window_ns;        /* 136 */
    int64_t lots_max;         /* 144: bought and sold */
    int64_t value_max_units;  /* 152: in currency */
    int64_t net_lots_max;     /* 160: bought less sold, either way */
};
_Static_assert(sizeof(struct command_quote_limits) == 168, "quote_limits layout");

struct command_money {  /* DEPOSIT, WITHDRAW, TRANSFER */
    struct command cmd; /* cmd.account_id: credited by DEPOSIT, debited by WITHDRAW and TRANSFER;
                           cmd.id: makes a retry safe */
    uint32_t asset_id;  /* 128 */
    uint32_t to_account_id; /* 132: TRANSFER */
    int64_t amount_units;   /* 136: > 0 */
};
_Static_assert(sizeof(struct command_money) == 144, "money layout");

struct command_withdraw_decide {
    struct command cmd;
    uint64_t withdrawal_id; /* 128: event sequence of the request's answer */
    uint32_t confirm;       /* 136: 1 confirm, 0 cancel */
    uint32_t zero;
};
_Static_assert(sizeof(struct command_withdraw_decide) == 144, "withdraw_decide layout");

struct command_settle {
    struct command cmd; /* cmd.account_id */
    uint32_t asset_id;  /* 128 */
    uint32_t zero;
    int64_t in_units, out_units; /* 136, 144: from pending in and pending out into settled */
};
_Static_assert(sizeof(struct command_settle) == 152, "settle layout");

struct command_propose {
    struct command cmd;
    uint32_t command_type; /* 128: of the command that is proposed */
    uint32_t zero;         /* 132 */
    uint8_t digest[32]; /* 136: SHA-256 of account_id, tenant_id, id and body (bytes from 128 on) of
                           that command */
};
_Static_assert(sizeof(struct command_propose) == 168, "propose layout");

struct command_approve {
    struct command cmd;
    uint64_t proposal; /* 128: event sequence of the proposal */
};
_Static_assert(sizeof(struct command_approve) == 136, "approve layout");

/* Bytes that a command of this type has; 0 for an unknown type. */
uint32_t command_bytes(uint16_t type);
/* "ORDER_NEW"; "UNKNOWN" otherwise. */
const char *command_name(uint16_t type);

/* Zeroes a command of this type and sets record length, kind, version, type. */
void command_init(struct command *cmd, uint16_t type);

/* Whether a record from outside is a well-formed command: length for its type, version, reserved
 * bytes, client ids; values are the core's to judge.
 * errors: ERR_INVALID, ERR_UNSUPPORTED (kind or version) */
int command_check_form(const void *bytes, uint32_t length_bytes);

#endif
