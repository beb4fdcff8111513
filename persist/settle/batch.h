#ifndef PERSIST_SETTLE_BATCH_H
#define PERSIST_SETTLE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/event.h"
#include "persist/settle/tables.h"

/* Events to rows: what one transaction will write. Balances are netted here (the newest figures of
 * an account and asset win), so that a busy account costs one row a transaction. Only whole
 * commands are written: a batch may be closed when settle_batch_is_whole. */

enum settle_leg { /* of postings; part of the primary key, never reused */
                  LEG_BUYER_PAYS = 1,
                  LEG_SELLER_IS_PAID = 2,
                  LEG_SELLER_DELIVERS = 3,
                  LEG_BUYER_RECEIVES = 4,
                  LEG_BUYER_FEE = 5,
                  LEG_SELLER_FEE = 6,
                  LEG_FEE_INCOME = 7,
                  LEG_DEBIT = 11,
                  LEG_CREDIT = 12,
                  LEG_PENDING_DEBIT = 13,  /* settlement: what was owed */
                  LEG_PENDING_CREDIT = 14, /* settlement: what was due */
};
enum settle_kind { KIND_TRADE = 1, KIND_FEE = 2 }; /* others: enum command_type */
enum settle_book { BOOK_SETTLED = 1, BOOK_PENDING = 2 };

/* Where the books stand: the one row of the table checkpoint, and all that the writer must remember
 * from one batch to the next. */
struct settle_checkpoint {
    uint64_t last_seq;
    uint32_t epoch;
    uint32_t business_day; /* yyyymmdd; 0 = not known yet */
    uint8_t chain_head[32];
    int64_t last_time_ns;
    uint32_t fee_account_id, issue_account_id;
    char venue[33];
};

struct settle_net_slot;

struct settle_batch {
    struct settle_checkpoint from; /* where the books stand without this batch */
    struct settle_checkpoint to;   /* and with it */
    struct settle_rows rows[SETTLE_TABLE_CNT];
    uint64_t event_cnt;
    int64_t first_time_ns;  /* of its oldest event; 0 = empty */
    bool whole;             /* the last event was the last of its command */
    uint64_t open_fill_seq; /* fill that waits for its public print: 0 = none */
    struct settle_net_slot *net;
    uint32_t net_mask;
    uint32_t net_round;
};

int settle_batch_init(struct settle_batch *b, struct error *err) ERROR_MUST_USE;
void settle_batch_fini(struct settle_batch *b);

/* Empties it; the next event must be from.last_seq + 1. */
void settle_batch_begin(struct settle_batch *b, const struct settle_checkpoint *from);

/* Adds one event. ERR_CORRUPT: malformed, or not the next one. Room must be there. */
int settle_batch_add(struct settle_batch *b, const struct event *ev,
                     struct error *err) ERROR_MUST_USE;

/* Whether one more command fits, whatever it does. */
bool settle_batch_has_room(const struct settle_batch *b);

/* Whether it ends where a command ends. An empty one is whole. */
static inline bool
settle_batch_is_whole(const struct settle_batch *b)
{
    return b->whole;
}

/* Rows of all tables. */
size_t settle_batch_row_cnt(const struct settle_batch *b);

/* yyyymmdd plus n weekdays as days since 2000-01-01 (a DATE); SETTLE_NULL for day 0. */
int64_t settle_day_plus(uint32_t yyyymmdd, unsigned weekday_cnt);

#endif
