#ifndef ENGINE_BOOK_BOOK_H
#define ENGINE_BOOK_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/level_index.h"
#include "engine/book/order_pool.h"
#include "engine/book/trail_index.h"

/* One instrument's book: orders by price, then by time. It knows nothing of money: who may trade,
 * what is paid and what is told is the core's part.
 * thread: the core's only     cost: as the level index where a level comes or goes */
struct book {
    struct level_side side[2]; /* [0] buys, [1] sells */
};

struct book_pools { /* shared by all books */
    struct order_pool orders;
    struct level_pool levels;
    struct trail_pool trails;
};

void book_init(struct book *b);

static inline struct level_side *
book_side(struct book *b, uint8_t side)
{
    return &b->side[side - SIDE_BUY];
}

/* The best level of a side, or LEVEL_NONE. */
static inline uint32_t
book_best(const struct book *b, uint8_t side)
{
    return b->side[side - SIDE_BUY].best;
}

/* Price of the best level of a side; 0 when it is empty. */
static inline int64_t
book_best_price(const struct book *b, const struct book_pools *p, uint8_t side)
{
    (void)p;
    return b->side[side - SIDE_BUY].best_units;
}

/* Puts an order (leaves_lots > 0) behind the others of its price, before hidden ones. Room for a
 * level must be there, and the side's lots must not overflow with it. */
void book_add(struct book *b, struct book_pools *p, uint32_t slot);
/* The same for one with a veil: its shown_lots are set, 0 for a hidden one, which comes last. */
void book_add_veiled(struct book *b, struct book_pools *p, uint32_t slot);
/* Takes an order out; its level goes with its last order. */
void book_remove(struct book *b, struct book_pools *p, uint32_t slot);
/* Lowers an order's leaves and keeps its place; takes it out when none are left. What is not shown
 * goes first. Returns whether it is still in the book. */
bool book_reduce(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots);
/* The same for a trade with one that has a veil: it comes out of what an iceberg shows. */
bool book_trade_veiled(struct book *b, struct book_pools *p, uint32_t slot, int64_t lots);
/* An iceberg that shows nothing any more shows so many lots, behind the others of its price that
 * are shown. False: it was the last of these, and stays where it is. */
bool book_refill(struct book_pools *p, uint32_t slot, int64_t lots);

/* What everybody may know of a level that is there, or has just gone. */
static inline void
book_level_shown(const struct book *b, const struct book_pools *p, uint8_t side, uint32_t level,
                 int64_t *lots, uint32_t *order_cnt)
{
    *lots = p->levels.levels[level].lots;
    *order_cnt = p->levels.levels[level].order_cnt;
    if (b->side[side - SIDE_BUY].veiled_cnt != 0) {
        *lots -= p->levels.veils[level].lots;
        *order_cnt -= p->levels.veils[level].hidden_cnt;
    }
}

/* What an order shows, of a book or not. */
static inline int64_t
book_shown(const struct book_pools *p, uint32_t slot)
{
    return order_cold_at(&p->orders, slot)->veil == VEIL_NONE
               ? order_at(&p->orders, slot)->leaves_lots
               : order_display_at(&p->orders, slot)->shown_lots;
}

/* Whether an order of this side with this bound could trade with the best of the other side. */
static inline bool
book_crosses(const struct book *b, const struct book_pools *p, uint8_t side, int64_t bound_units)
{
    (void)p;
    return level_side_reached(&b->side[SIDE_SELL - side], bound_units);
}

/* Aborts unless lists, sums, order and index agree. Returns how many orders are in it.
 * cost: the whole book */
uint32_t book_check(const struct book *b, const struct book_pools *p);

#endif
