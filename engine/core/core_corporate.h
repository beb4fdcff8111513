#ifndef ENGINE_CORE_CORE_CORPORATE_H
#define ENGINE_CORE_CORE_CORPORATE_H

#include "engine/core/core_priv.h"

/* What an issuer does to an asset: split, redemption; another name of an instrument. */

enum corporate_stage { STAGE_INSTRUMENTS = 1, STAGE_ORDERS = 2, STAGE_HOLDERS = 3 };

struct core_corporate { /* the one that is under way; request.kind 0 = none is */
    struct command_corporate_action request;
    uint32_t asset_idx, cash_idx;
    uint32_t payer_slot;    /* BALANCE_NONE: nothing is paid */
    uint32_t stage;         /* enum corporate_stage */
    uint32_t cursor;        /* next instrument, order slot or account */
    uint32_t reserved_cnt;  /* balances kept free for cash of holders who never had any */
    int64_t hold_units;     /* of the payer, for what is still to be paid */
    int64_t paid_units;     /* so far */
    int64_t before_units;   /* issued before */
    uint64_t holder_cnt;    /* so far */
    struct money_rate rate; /* of one unit of the asset in cash */
};
_Static_assert(sizeof(struct core_corporate) == 288, "core_corporate layout");

void core_corporate_action(struct core *c, const struct command *cmd);
bool core_corporate_run(struct core *c); /* true when all is done */
/* Whether what was loaded can be. */
bool core_corporate_sane(const struct core *c);

/* Whether one of the asset is under way: nothing else moves any of it. */
static inline bool
core_corporate_on(const struct core *c, uint32_t asset_idx)
{
    return c->corporate->request.kind != 0 && c->corporate->asset_idx == asset_idx;
}

#endif
