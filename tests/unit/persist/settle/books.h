#ifndef TESTS_UNIT_PERSIST_SETTLE_BOOKS_H
#define TESTS_UNIT_PERSIST_SETTLE_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "persist/settle/source.h"

/* A small venue that makes event streams for tests: two assets, one instrument, a plain ledger. The
 * ledger is what the books must show in the end. */

enum {
    BOOKS_CASH = 1,
    BOOKS_GOLD = 2,
    BOOKS_INSTRUMENT = 1,
    BOOKS_FEES = 1,   /* account that receives fees */
    BOOKS_ISSUE = 2,  /* contra account of deposits */
    BOOKS_FIRST = 10, /* first client account */
    BOOKS_ACCOUNT_MAX = 64,
    BOOKS_ASSET_MAX = 4,
};

struct books_balance {
    int64_t settled, held;
    bool touched;
};

struct books {
    uint8_t *bytes;
    size_t used, room;
    uint64_t event_seq, cmd_seq, order_cnt, trade_cnt;
    int64_t time_ns;
    uint32_t epoch;
    struct books_balance ledger[BOOKS_ACCOUNT_MAX][BOOKS_ASSET_MAX];
    uint64_t fill_cnt, final_order_cnt, reject_cnt, decision_cnt, movement_cnt;
    uint64_t rng;
};

void books_init(struct books *b, uint64_t seed);
void books_free(struct books *b);

/* Genesis, epoch, assets, the instrument, `clients` accounts with a deposit in both assets. */
void books_open(struct books *b, unsigned clients);
void books_allocation(struct books *b, const struct allocation_rules *rules);
void books_prices(struct books *b, const struct price_bands *bands,
                  const struct tick_table *ticks); /* one event each */
void books_new_epoch(struct books *b);
void books_day_end(struct books *b, uint32_t business_day);

/* Each is one command with all its events. */
void books_deposit(struct books *b, uint32_t account, uint32_t asset, int64_t amount);
/* Maker and taker, both filled whole: decision, accepted, fill, trade. */
void books_trade(struct books *b, uint32_t buyer, uint32_t seller, int64_t lots, int64_t price,
                 uint8_t cycle);
/* The run's results for one such trade, account by account. */
void books_settle_trade(struct books *b, uint32_t buyer, uint32_t seller, int64_t lots,
                        int64_t price);
void books_order_canceled(struct books *b, uint32_t account, int64_t lots, int64_t price);
void books_order_rejected(struct books *b, uint32_t account, uint16_t reason);
void books_withdraw(struct books *b, uint32_t account, uint32_t asset, int64_t amount);

/* n commands of all these kinds, by the seed. */
void books_random(struct books *b, unsigned clients, unsigned n);
uint64_t books_draw(struct books *b, uint64_t below);

/* --- the stream of such a venue, as a source --- */
struct books_stream {
    const struct books *books;
    _Atomic uint64_t shown_seq; /* events up to here are there */
    _Atomic int64_t waiting_ns; /* what it says of an answer that has not come */
    size_t at;                  /* offset of the next event */
    size_t run_bytes;           /* most bytes given out at once */
    int open_error;             /* what open answers instead */
    unsigned open_cnt;
    uint64_t last_seq;
};
void books_stream_init(struct books_stream *s, const struct books *b, struct settle_source *out);

#endif
