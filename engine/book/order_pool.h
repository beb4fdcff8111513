#ifndef ENGINE_BOOK_ORDER_POOL_H
#define ENGINE_BOOK_ORDER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/check.h"

/* All orders that are alive: in a book, parked, or taking. A slot has four records in four
 * arrays: what matching touches (hot), what fills and reports need (cold), the links of the
 * lists of its account and session, and for those that are not shown whole how much is (display).
 * order_id = count of orders ever accepted << 24 | slot; find compares the whole id, so that an id
 * that is gone never finds the slot's next tenant. Slots are given out last in, first out.
 * thread: the core's only     owner: caller's memory     source: ARCHITECTURE.md, "Numbers" */

enum { ORDER_SLOT_BITS = 24, ORDER_POOL_MAX = (1 << ORDER_SLOT_BITS) - 1 };
#define ORDER_NONE    UINT32_MAX
#define ORDER_CNT_MAX (((uint64_t)1 << 40) - 1)

enum order_place { /* where it is */
                   PLACE_FREE = 0,
                   PLACE_TAKING = 1, /* within the command that brought it */
                   PLACE_BOOK = 2,
                   PLACE_PARKED = 3,
                   PLACE_SWEEPING = 4, /* a taker whose sweep a work item goes on with */
                   PLACE_STOP = 5,     /* waits for the last trade to reach its stop price */
                   PLACE_WAIT = 6,     /* waits for the call of the auction that it is for */
                   PLACE_DEAL = 7,     /* a proposal of a negotiated trade, waits for its answer */
                   PLACE_PEG = 8,      /* pegged: its price follows the market */
                   PLACE_OFFERING = 9, /* a subscription of an offering, or the issuer's order */
                   PLACE_REQUEST = 10, /* no order: a request for quote, which holds nothing */
                   PLACE_WHOLE = 11,   /* all or none: waits until it can be filled whole */
};

enum order_veil { /* how much of it the book shows */
                  VEIL_NONE = 0,
                  VEIL_ICEBERG = 1, /* a part, anew when that is filled */
                  VEIL_HIDDEN = 2,  /* nothing */
};

struct order {
    uint64_t order_id;                            /* 0: 0 = slot is free */
    int64_t price_units;                          /* 8: limit; 0 = market */
    int64_t leaves_lots;                          /* 16 */
    uint32_t level;                               /* 24: in a book: its price level; or of stops */
    uint32_t prev, next;                          /* 28: neighbours at that level, by time */
    uint32_t account_idx;                         /* 36 */
    uint32_t instrument_idx;                      /* 40 */
    uint8_t side, ord_type, time_in_force, place; /* 44 */
    uint32_t cash_slot, asset_slot;               /* 48: balances of its account */
    uint32_t former_place;                        /* 56: of the client id that it had before */
    uint32_t session_idx;                         /* 60: ORDER_NONE = no session */
};
_Static_assert(sizeof(struct order) == 64, "an order's hot part is one cache line");

struct order_cold {
    int64_t qty_lots;              /* 0 */
    int64_t cum_lots;              /* 8 */
    int64_t cum_cost;              /* 16: sum of price * lots of its fills */
    int64_t cap_units;             /* 24: price that bounds the hold */
    int64_t hold_units;            /* 32: of the cash (buy) or asset (sell) balance */
    int64_t maker_notional;        /* 40 */
    int64_t taker_notional;        /* 48 */
    int64_t fee_charged;           /* 56 */
    int64_t fee_min_units;         /* 64: fee schedule of its entry */
    uint32_t maker_ppm, taker_ppm; /* 72 */
    uint64_t user_data;            /* 80 */
    uint32_t exec_inst;            /* 88 */
    uint32_t session_id;           /* 92 */
    uint32_t business_day;         /* 96: day number of its entry */
    uint32_t account_id;           /* 100 */
    uint16_t tenant_id;            /* 104 */
    uint8_t veil;                  /* 106: enum order_veil */
    uint8_t display_range;         /* 107: percent; 0 = each refill shows the same */
    int32_t offset_units;          /* 108: trailing stop, pegged: from what it follows; else 0 */
    int64_t until;                 /* 112: good till date: when it ends (ns); immediate: minimum
                                      quantity (lots); else 0 */
    int64_t stop_units;            /* 120: of a stop order, also once it was triggered; else 0 */
};
_Static_assert(sizeof(struct order_cold) == 128, "an order's cold part is two cache lines");

struct order_display {  /* means something only with a veil */
    int64_t shown_lots; /* 0: hidden, or an iceberg between a fill and its refill */
    union {
        int64_t display_lots; /* 8: of an iceberg: what it shows at first */
        uint64_t stamp;       /* 8: of a pegged order: the command that brought it to its place */
    };
};

struct order_link { /* neighbours in the lists of the account and of the session, by entry */
    uint32_t account_prev, account_next;
    uint32_t session_prev, session_next;
};

struct order_pool {
    struct order *hot;
    struct order_cold *cold;
    struct order_link *link;
    struct order_display *display;
    uint32_t *free_slots; /* stack of slots that were used before */
    uint32_t free_cnt;
    uint32_t used_max; /* slots from here on were never used */
    uint32_t max;
    uint32_t cnt;          /* alive */
    uint64_t accepted_cnt; /* ever */
    bool veils;            /* there was an order with a veil since the start: what most venues need
                              not ask */
};

size_t order_pool_footprint(uint32_t max);
/* mem: footprint bytes, 64-byte aligned, zeroed; max 1..ORDER_POOL_MAX. */
void order_pool_init(struct order_pool *p, void *mem, uint32_t max);

/* The records of a slot. */
static inline struct order *
order_at(const struct order_pool *p, uint32_t slot)
{
    return &p->hot[slot];
}

static inline struct order_cold *
order_cold_at(const struct order_pool *p, uint32_t slot)
{
    return &p->cold[slot];
}

static inline struct order_link *
order_link_at(const struct order_pool *p, uint32_t slot)
{
    return &p->link[slot];
}

static inline struct order_display *
order_display_at(const struct order_pool *p, uint32_t slot)
{
    return &p->display[slot];
}

static inline int
order_pool_has_room(const struct order_pool *p)
{
    return p->cnt < p->max && p->accepted_cnt < ORDER_CNT_MAX;
}

/* A slot with its order_id set; everything else is the caller's to fill. Room must be there. */
static inline uint32_t
order_pool_take(struct order_pool *p)
{
    CHECK(order_pool_has_room(p));
    uint32_t slot = p->free_cnt > 0 ? p->free_slots[--p->free_cnt] : p->used_max++;
    p->cnt++;
    p->accepted_cnt++;
    order_at(p, slot)->order_id = p->accepted_cnt << ORDER_SLOT_BITS | slot;
    return slot;
}

static inline void
order_pool_give(struct order_pool *p, uint32_t slot)
{
    CHECK(slot < p->used_max && order_at(p, slot)->order_id != 0);
    order_at(p, slot)->order_id = 0;
    order_at(p, slot)->place = PLACE_FREE;
    p->free_slots[p->free_cnt++] = slot;
    p->cnt--;
}

/* The slot of a living order, or ORDER_NONE. Takes any number. */
static inline uint32_t
order_pool_find(const struct order_pool *p, uint64_t order_id)
{
    uint32_t slot = (uint32_t)order_id & ORDER_POOL_MAX;
    if (order_id == 0 || slot >= p->used_max || order_at(p, slot)->order_id != order_id)
        return ORDER_NONE;
    return slot;
}

#endif
