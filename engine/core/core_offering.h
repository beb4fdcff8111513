#ifndef ENGINE_CORE_CORE_OFFERING_H
#define ENGINE_CORE_CORE_OFFERING_H

#include "engine/core/core_priv.h"

/* The offering of an instrument, its primary issue: core_offering.c what is asked of it and who
 * subscribes, core_allot.c who gets what when its window is over. */

enum { SUBSCRIPTION_MAX = 64 }; /* open ones of an account, in all offerings */

enum offering_stage { /* in this order; those between OPEN and RELEASE are passes */
                      OFFERING_AT_NONE = 0,
                      OFFERING_AT_OPEN = 1,
                      OFFERING_AT_PRICE = 2,  /* looks for the price */
                      OFFERING_AT_COUNT = 3,  /* who takes part */
                      OFFERING_AT_FLOORS = 4, /* whole lots of what they share */
                      OFFERING_AT_REST = 5,   /* looks for the remainder that still gets a lot */
                      OFFERING_AT_EDGE = 6,   /* how many are above it */
                      OFFERING_AT_ALLOT = 7,
                      OFFERING_AT_RELEASE = 8, /* all of it ends, for offering.reason */
};

struct core_offering { /* index as instruments; stage NONE: all 0 */
    uint64_t order_id; /* the issuer's; 0 = all of it is sold */
    uint64_t offering; /* the same for as long as the offering is there */
    uint32_t instrument_idx;
    uint32_t head, tail; /* subscriptions by time */
    uint32_t subscription_cnt;
    uint8_t stage, method, flags, zero;
    uint16_t reason, zero1;
    int64_t low_units, high_units, total_lots, min_total_lots, min_lots, max_lots, cap_lots;
    int64_t from_ns, until_ns;
    int64_t open_lots;       /* of the subscriptions that are there */
    int64_t subscribed_lots; /* when the window ended */
    int64_t allotted_lots;
    int64_t price_units; /* the one price; 0 = not known yet */
    int64_t above_lots;  /* subscribed above the price, and served whole */
    int64_t at_lots;     /* subscribed at it */
    int64_t share_lots;  /* which these share; by time: what is left of it */
    int64_t bound;       /* a larger remainder gets a lot more */
    int64_t extra_lots;  /* and so many of those with this one, by time */
    /* a pass, and a search by passes: for the largest value that enough have reached */
    int64_t least, most, sum;
    uint32_t cursor, zero2;
};
_Static_assert(sizeof(struct core_offering) == 216, "core_offering layout");

void core_offering(struct core *c, const struct command *cmd);
/* An order that says that it is a subscription, once it is known who sends it. */
void core_offering_subscribe(struct core *c, const struct command_order_new *x,
                             const struct core_terms *entered, const struct client_key *key,
                             uint64_t hash, uint64_t digest);
/* 0, or why a subscription, or the issuer's order, is not taken back now; forced: by the venue. */
uint16_t core_offering_keeps(const struct core *c, uint32_t slot, bool forced);
/* 0, or why it may not be changed to that now. */
uint16_t core_offering_amends(const struct core *c, uint32_t slot, int64_t price_units,
                              int64_t qty_lots);
/* A subscription comes behind the others, leaves them, or is smaller by so much at its place. */
void core_offering_add(struct core *c, uint32_t slot);
void core_offering_remove(struct core *c, uint32_t slot);
void core_offering_reduce(struct core *c, uint32_t slot, int64_t lots);
/* Whether the item is for orders such as this one, which is PLACE_OFFERING. */
bool core_offering_meant(const struct core *c, const struct work *w, uint32_t slot);
void core_offering_emit(struct core *c, const struct core_offering *f, uint8_t state,
                        uint32_t session_id);

/* What is due when: from what is open. */
void core_offerings_schedule(struct core *c);
void core_offerings_due(struct core *c);
/* The window is over, or it is withdrawn; a work item goes on with it. */
void core_offering_close(struct core *c, struct core_offering *f);
void core_offering_release(struct core *c, struct core_offering *f, uint8_t state, uint16_t reason);
bool core_offering_run(struct core *c, const struct work *w); /* true when it has ended */

/* Of one that was loaded: its list hangs together, and its figures are those of its orders. */
bool core_offering_load(struct core *c, const struct core_offering *f);
/* Aborts unless lists and orders agree; returns the orders. */
uint32_t core_offering_check(const struct core *c, uint32_t instrument_idx);

/* core_match.c: so many lots, at its price; one of which nothing is left is PLACE_TAKING. */
void core_match_allot(struct core *c, uint32_t buy, uint32_t sell, int64_t price_units,
                      int64_t lots);

/* It may trade, in a book or beside it, so that hooks may ask for more work. */
static inline bool
core_work_trades(const struct work *w)
{
    return core_work_in_book(w) || w->kind == WORK_OFFERING;
}

/* Whether the instrument stays shut because of it, whatever its timetable says. */
static inline bool
core_offering_shuts(const struct core *c, uint32_t instrument_idx, uint8_t state)
{
    const struct core_offering *f = &c->offerings[instrument_idx];
    return f->stage != OFFERING_AT_NONE && (f->flags & OFFERING_TRADING) == 0 &&
           state != TRADING_CLOSED && state != TRADING_HALTED;
}

#endif
