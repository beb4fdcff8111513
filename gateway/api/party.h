#ifndef GATEWAY_API_PARTY_H
#define GATEWAY_API_PARTY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "gateway/api/catalog.h"
#include "gateway/api/ptr_map.h"

/* What belongs to the accounts that have an API key: balances, orders, fills, from events alone.
 * Open orders are all kept; of finished ones and of fills the newest. thread: the fan-out's. */

enum {
    PARTY_DONE_MAX = 16384, /* finished orders kept per account; a power of two */
    PARTY_FILL_MAX = 16384, /* fills kept per account; a power of two */
    PARTY_NOTES_MAX = 12,   /* messages that one event makes */
};

struct party_balance {
    uint32_t asset_id;
    int64_t settled_units, held_units;
};

struct party_order {
    uint64_t order_id;
    uint64_t number; /* of the account's orders, from 1, as they became known here */
    uint32_t account_id, instrument_id;
    uint8_t side, ord_type, time_in_force, status;
    uint16_t reason; /* why it ended without being filled */
    uint32_t exec_inst;
    int64_t price_units, stop_units;
    int64_t display_lots;     /* of an iceberg: shown at a time; else 0 */
    int32_t peg_offset_units; /* of one that follows a price: its own less that */
    int64_t qty_lots, cum_lots, leaves_lots;
    int64_t cum_cost;       /* sum of price_units * lots */
    int64_t executed_units; /* of the currency */
    int64_t fee_units;
    int64_t created_ns, updated_ns, done_ns, expire_ns; /* done_ns: 0 while open */
    uint64_t seq;                                       /* of its last event */
    uint64_t conn_id; /* connection at whose end it is to be canceled; 0 = none */
    struct client_id id;
    struct party_order *next, *prev; /* open orders of the account, newest first */
};

struct party_fill {
    uint64_t trade_id, order_id, seq;
    uint32_t instrument_id;
    uint8_t side;
    bool maker;
    int64_t price_units, qty_lots, notional_units, fee_units, time_ns;
    uint64_t maker_order_id, taker_order_id;
};

struct party_account {
    uint32_t account_id;
    struct party_balance *balances;
    uint32_t balance_cnt;
    struct party_order *open;
    uint64_t order_number;     /* of the newest order */
    struct party_order **done; /* ring */
    uint64_t done_cnt;
    struct party_fill *fills; /* ring */
    uint64_t fill_cnt;
    uint64_t *user_sequence; /* by product index: messages of the user channel so far */
    uint32_t user_room;
    uint64_t balance_sequence;
    void *subscribers; /* the feed's */
};

/* A private message: what happened to one account. The pointers live until the next party_apply. */
enum party_note_kind {
    NOTE_RECEIVED = 1, /* accepted */
    NOTE_OPEN,         /* rests in the book */
    NOTE_MATCH,
    NOTE_DONE,
    NOTE_CHANGE,   /* replaced */
    NOTE_ACTIVATE, /* a parked order was released, a stop was reached */
    NOTE_REJECTED,
    NOTE_CANCEL_REJECTED,
    NOTE_QUOTE_STOP, /* protection pulled the account's quote */
    NOTE_RFQ,        /* a request for quote: its own, or one that it may answer */
    NOTE_RFQ_QUOTE,  /* a quote in answer: its own, or to its request */
    NOTE_DEAL,       /* a negotiated trade */
    NOTE_BALANCE,
};

struct party_note {
    enum party_note_kind kind;
    struct party_account *account;
    const struct party_order *order; /* NULL where there is ev, and of BALANCE */
    uint32_t instrument_id;          /* all but BALANCE */
    const struct party_fill *fill;   /* MATCH */
    struct party_balance balance;    /* BALANCE */
    const struct event *ev; /* REJECTED, CANCEL_REJECTED: struct event_reject; QUOTE_STOP, RFQ,
                          RFQ_QUOTE, DEAL: their own */
    uint64_t sequence;      /* of this account's user channel and product, or of its balances */
    int64_t time_ns;
    int64_t old_price_units, old_qty_lots; /* CHANGE */
};

struct party {
    const struct catalog *catalog;
    struct ptr_map accounts;   /* account_id */
    struct ptr_map orders;     /* order_id */
    struct ptr_map client_ids; /* hash of account and client id */
    bool holds_fill;           /* a fill waits for its trade, which has the trade_id */
    struct event_fill held_fill;
    struct party_note notes[PARTY_NOTES_MAX];
    uint32_t note_cnt;
    uint64_t events_of_others; /* skipped: accounts without an API key */
};

void party_init(struct party *p, const struct catalog *catalog);
void party_fini(struct party *p);

/* At start: keeps this account. Twice is once. */
struct party_account *party_add(struct party *p, uint32_t account_id);
struct party_account *party_account(const struct party *p, uint32_t account_id); /* or NULL */

/* Takes every event in turn; afterwards notes[0..note_cnt) say what to tell whom. */
void party_apply(struct party *p, const struct event *ev);

struct party_order *party_order(const struct party *p, uint64_t order_id);
struct party_order *party_order_by_client_id(const struct party *p, uint32_t account_id,
                                             const struct client_id *id);
const struct party_balance *party_balance(const struct party_account *a, uint32_t asset_id);
/* n-th last finished order or fill, 0 = the last; NULL when it is not kept. */
struct party_order *party_done_at(const struct party_account *a, uint64_t n);
const struct party_fill *party_fill_at(const struct party_account *a, uint64_t n);

#endif
