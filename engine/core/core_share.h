#ifndef ENGINE_CORE_CORE_SHARE_H
#define ENGINE_CORE_CORE_SHARE_H

#include "engine/core/core_priv.h"

/* Who of the orders at one price trades, where that is not by time alone: core_share.c. */

struct core_share { /* index as that of the instrument */
    struct allocation_rules rules;
    uint64_t top_id[2]; /* of buys, sells: the order that bettered the market; 0 = none, and one
                           that is gone is none either */
    /* where a sweep that goes on stands */
    uint64_t taker_id;   /* whose it is; 0 = nothing is kept */
    int64_t price_units; /* of the level that it shares, or has shared */
    int64_t taker_lots;  /* open, and shown at the level, when the shares were reckoned */
    int64_t level_lots;
    uint32_t next; /* the order whose share is next; ORDER_NONE: all have theirs */
    uint32_t zero;
};
_Static_assert(sizeof(struct core_share) == 88, "saved as it is");

enum matched {
    MATCHED_ALL,  /* nothing more can be matched */
    MATCHED_PART, /* only the room of this command is used up */
    MATCHED_GONE, /* the taker met one that canceled it */
};

void core_share_set(struct core *c, const struct command *cmd);
void core_share_emit(struct core *c, uint32_t instrument_idx, uint32_t session_id);
/* The taker comes to the level of this maker: the top order's lots and everybody's share change
 * hands; MATCHED_ALL: what is left goes by time. */
enum matched core_share_level(struct core *c, uint32_t taker, uint32_t maker);
/* The taker goes on in another command and has shared the level at this price. */
void core_share_keep(struct core *c, uint32_t taker, int64_t price_units);
/* One of an instrument that shares has come to rest in its book: it may better the market. */
void core_share_rest(struct core *c, uint32_t slot);
/* It has gone behind others of its price. */
void core_share_behind(struct core *c, uint32_t slot);
/* An order of an instrument whose book is busy leaves: the next share is that of the one behind. */
void core_share_leave(struct core *c, uint32_t slot);
/* core_match.c: a fill with a maker of the book, of so many lots; there must be room. False: the
 * taker is gone. */
bool core_match_share(struct core *c, uint32_t taker_slot, uint32_t maker_slot, int64_t lots);
/* core_config_instrument.c: what core_instrument.extra must be. */
uint8_t core_instrument_extra(const struct core *c, uint32_t instrument_idx);
/* Of a saved core, whose orders are in their books. */
bool core_share_sane(const struct core *c, uint32_t instrument_idx);

#endif
