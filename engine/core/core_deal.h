#ifndef ENGINE_CORE_CORE_DEAL_H
#define ENGINE_CORE_CORE_DEAL_H

#include "engine/core/core_priv.h"

/* Two sides that agree outside the book: what negotiated trades and requests for quote share. The
 * steps are those that core_deal.c names. */

enum { MINE = 0, THEIRS = 1 };

struct core_bargain { /* as it is judged; index: MINE is the side of the command */
    struct command_order_new order[2];
    struct core_terms t[2];
    struct client_key key[2];
    uint64_t hash[2], digest;
    uint8_t kind;
};

/* Step 1, of the command's own side; false: answered. */
bool core_deal_enter(struct core *c, const struct command *cmd, struct core_bargain *d);
/* Step 2. */
uint16_t core_deal_find(const struct core *c, struct core_bargain *d);
/* Open as for an order, or halted where the instrument's rules say that this is no matter. */
uint16_t core_deal_open(const struct core *c, uint32_t instrument_idx, uint32_t account_idx);
/* Steps 4 to 6, of a trade whose accounts and instrument are known. */
uint16_t core_deal_check(const struct core *c, const struct core_bargain *d);
/* Whether the side's client id can be that of a new order; sets its key. */
uint16_t core_deal_check_id(const struct core *c, struct core_bargain *d, int which);
uint16_t core_deal_room_for_two(struct core *c);
/* Step 8 of a side. */
uint16_t core_deal_admit(struct core *c, struct core_bargain *d, int which);
/* All of them, of a trade with the order that waits in the slot; d has both orders. */
uint16_t core_deal_judge_answer(struct core *c, struct core_bargain *d, uint32_t slot);
/* The order that waits in the slot ends; d has been entered. */
void core_deal_decline(struct core *c, const struct command *cmd, const struct core_bargain *d,
                       uint32_t slot);
/* The side's order, which is told. */
uint32_t core_deal_take(struct core *c, struct core_bargain *d, int which);

/* The order that was taken waits at a free place for the other side. */
void core_deal_wait(struct core *c, uint32_t slot, uint32_t place, const struct core_bargain *d,
                    uint64_t request_id);
/* It waits no more. */
void core_deal_leave(struct core *c, uint32_t place);
/* What an order that waits asked, as a new one would. */
void core_deal_order_of(const struct core *c, uint32_t slot, struct command_order_new *o);

#endif
