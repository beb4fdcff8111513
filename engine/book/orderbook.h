#ifndef ENGINE_BOOK_ORDERBOOK_H
#define ENGINE_BOOK_ORDERBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model/types.h"

/* Order books by themselves, for programs that want to match and nothing more: limit orders by
 * price, then time, over any number of instruments. No accounts, no money, no checks but those that
 * the book itself needs; the venue's core (engine/core) finds its prices through the same index,
 * with all of that around it. docs/orderbook.md tells how to build it alone;
 * tools/examples/orderbook.c uses it.
 * thread: one at a time     cost: as level_index.h says */

enum orderbook_result { /* of every operation */
                        ORDERBOOK_OK = 0,
                        ORDERBOOK_UNKNOWN_ORDER = 1, /* filled, canceled, or never there */
                        ORDERBOOK_DUPLICATE_ID = 2,  /* an order with this id is in a book */
                        ORDERBOOK_BAD_FIELD = 3, /* instrument, side, id 0, price or lots <= 0 */
                        ORDERBOOK_FULL = 4,      /* no room for an order, a level, or a sum */
};

enum orderbook_kind {
    ORDERBOOK_ADD = 0,
    ORDERBOOK_CANCEL = 1,
    ORDERBOOK_REPLACE = 2,
    ORDERBOOK_TRADE = 3, /* reports only */
    ORDERBOOK_KIND_CNT = 4,
};

struct orderbook_op {
    uint64_t order_id;   /* 0: the caller's; not 0, and not that of an order in a book */
    int64_t price_units; /* 8: add, replace: limit, > 0 */
    int64_t lots;        /* 16: add: quantity; replace: what shall be open after it */
    uint32_t instrument; /* 24: 0..instrument_max - 1 (add) */
    uint8_t kind;        /* 28: enum orderbook_kind */
    uint8_t side;        /* 29: enum side (add) */
    uint16_t zero;       /* 30 */
};
_Static_assert(sizeof(struct orderbook_op) == 32, "orderbook_op layout");

struct orderbook_report {
    uint64_t order_id;   /* 0: of the operation; of a trade the maker */
    uint64_t taker_id;   /* 8: of a trade; else 0 */
    int64_t price_units; /* 16: of a trade the maker's; of a cancel the order's */
    int64_t lots;        /* 24: traded; else what is open, of a cancel what was */
    uint32_t instrument; /* 32 */
    uint8_t kind;        /* 36: enum orderbook_kind */
    uint8_t side;        /* 37: of the order, of a trade the taker's */
    uint8_t result;      /* 38: enum orderbook_result: not ORDERBOOK_OK = nothing was changed */
    uint8_t zero;        /* 39 */
};
_Static_assert(sizeof(struct orderbook_report) == 40, "orderbook_report layout");

/* Where reports go: at, at + 1, … end - 1. When there is no room left, full() makes some: it hands
 * over what is there and sets at and end anew (to the same array, or to the next part of a ring).
 * Reports come in the order of what happened: an operation's trades, then its own. */
struct orderbook_out {
    struct orderbook_report *at, *end;
    void (*full)(void *self, struct orderbook_out *out);
    void *self;
};

struct orderbook_config {
    uint32_t instrument_max, order_max; /* order_max: at once, below 2^24 */
    uint32_t level_max;    /* prices at once, in all books; 0 or more than order_max = order_max */
    uint32_t report_kinds; /* bit n = reports of enum orderbook_kind n; 0 = of every kind */
    uint32_t id_max;       /* ids are 1..id_max: found through an array; 0 = any, through a table */
    uint64_t hash_key;     /* of the table of ids; secret where ids come from strangers */
    struct orderbook_out out;
};

struct orderbook;

/* Bytes of memory that it takes; 0: a figure of the configuration is out of range. */
size_t orderbook_footprint(const struct orderbook_config *config);
/* mem: footprint bytes, zeroed, 64-byte aligned, the caller's before and after; huge pages pay from
 * about 100,000 orders on. */
struct orderbook *orderbook_create(const struct orderbook_config *config, void *mem);
/* Takes all orders out, without reports. cost: all of its memory */
void orderbook_clear(struct orderbook *ob);

/* Trades with what waits at this price or better, rests with what is left. */
enum orderbook_result orderbook_add(struct orderbook *ob, uint32_t instrument, uint64_t order_id,
                                    uint8_t side, int64_t price_units, int64_t lots);
enum orderbook_result orderbook_cancel(struct orderbook *ob, uint64_t order_id);
/* At the same price with fewer lots it keeps its place; else it comes behind the others of its
 * price, and may trade first. */
enum orderbook_result orderbook_replace(struct orderbook *ob, uint64_t order_id,
                                        int64_t price_units, int64_t lots);
/* The same, many: what comes later is looked up ahead once the books no longer fit into the caches.
 * Returns how many were not ORDERBOOK_OK. */
uint32_t orderbook_apply(struct orderbook *ob, const struct orderbook_op *ops, uint32_t cnt);

/* Price and lots of the best level of a side; false: it is empty. */
bool orderbook_best(const struct orderbook *ob, uint32_t instrument, uint8_t side,
                    int64_t *price_units, int64_t *lots);
/* Orders in all books. */
uint32_t orderbook_order_cnt(const struct orderbook *ob);
/* Where the next report goes; the caller may have taken what is before it and set it anew. */
struct orderbook_out *orderbook_out(struct orderbook *ob);

#endif
