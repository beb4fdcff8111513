#ifndef ENGINE_BOOK_PEG_INDEX_H
#define ENGINE_BOOK_PEG_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book/book.h"

/* Pegged orders of one instrument: in groups that ask for the same (what they follow, and the
 * offset), within a group by limit, then by time. Nothing of it depends on where the market is: a
 * group's price is a function of the best prices, an order's is that or its limit, whichever is
 * worse for the other side, so that the order of a group is the order of its limits at every price
 * of the group. When the market moves no peg moves. The limit is the cold part's cap_units: each
 * peg has one.
 * thread: the core's only     cost: as a level of the book, and the groups in use of a side */

enum peg_kind {
    PEG_FREE = 0,
    PEG_PRIMARY = 1,  /* follows the best price of its own side */
    PEG_MIDPOINT = 2, /* follows the middle of both */
};

/* Of a side. Chosen, as no rule book bounds offsets: each search for the best peg looks at all
 * groups of a side; two kinds with eight offsets each. */
enum { PEG_GROUP_MAX = 16 };

struct peg_group {
    int32_t offset_units;
    uint8_t kind; /* enum peg_kind */
    uint8_t zero[3];
    uint32_t cnt, zero1;
    struct level_side limits; /* buys: highest first, sells: lowest */
};

struct peg_index {
    struct peg_group groups[2][PEG_GROUP_MAX]; /* [0] buys, [1] sells */
};

struct peg_market {                           /* what pegs follow, and where their prices may be */
    int64_t bid_units, ask_units;             /* best of what is shown; 0 = none */
    int64_t below_ask_units, above_bid_units; /* one tick from the other side's; 0 = nowhere */
    int64_t low_units, high_units;            /* no peg is beyond; low is above 0 */
};

static inline uint8_t
peg_kind(const struct order_cold *k)
{
    return (k->exec_inst & EXEC_PEG_MIDPOINT) != 0 ? (uint8_t)PEG_MIDPOINT : (uint8_t)PEG_PRIMARY;
}

/* Where pegs of this kind and offset are; 0 = nowhere: what they follow is not there. Never at or
 * through the best price of the other side. */
int64_t peg_price(uint8_t side, uint8_t kind, int32_t offset_units, const struct peg_market *m);

/* The same of one with a limit; 0 = it is beyond where pegs may be. */
static inline int64_t
peg_price_within(uint8_t side, int64_t price_units, int64_t limit_units, const struct peg_market *m)
{
    if (side == SIDE_BUY ? limit_units < price_units : limit_units > price_units)
        price_units = limit_units;
    return price_units < m->low_units || price_units > m->high_units ? 0 : price_units;
}

/* Whether one more such peg has a group to go to. Room for a level is another matter. */
bool peg_index_has_room(const struct peg_index *x, uint8_t side, uint8_t kind,
                        int32_t offset_units);
/* Its level there, or LEVEL_NONE. */
uint32_t peg_index_find(const struct peg_index *x, const struct book_pools *p, uint32_t slot);
/* Puts an order behind those of its group and limit that came to their place (stamp) before it. */
void peg_index_add(struct peg_index *x, struct book_pools *p, uint32_t slot);
void peg_index_remove(struct peg_index *x, struct book_pools *p, uint32_t slot);

/* The pegs of a side, best first: by price, then by limit, then by time. It may be gone on with
 * when the order that it has passed is taken out. */
struct peg_walk {
    uint8_t side;
    int64_t edge_units; /* none is beyond */
    uint32_t cnt, best; /* groups that still have one; which of these is first */
    struct {
        uint32_t group, level, slot;
        int64_t price_units; /* of the group */
    } at[PEG_GROUP_MAX];
};
void peg_walk_start(struct peg_walk *w, const struct peg_index *x, const struct book_pools *p,
                    uint8_t side, const struct peg_market *m);
/* The best that has not been passed, and its price; ORDER_NONE. */
uint32_t peg_walk_best(struct peg_walk *w, const struct book_pools *p, int64_t *price_units);
/* Goes on behind it. */
void peg_walk_pass(struct peg_walk *w, const struct peg_index *x, const struct book_pools *p);

/* Aborts unless lists, counts and index agree; returns the orders, adds the levels. cost: all of
 * them */
uint32_t peg_index_check(const struct peg_index *x, const struct book_pools *p, uint32_t *levels);

#endif
