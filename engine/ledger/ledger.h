#ifndef ENGINE_LEDGER_LEDGER_H
#define ENGINE_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/check.h"
#include "engine/ledger/id_map.h"
#include "engine/ledger/money.h"
#include "engine/model/types.h"

/* Balances, in double entry: what one account gains of an asset another loses, so that per asset
 * the sum over all accounts of settled + pending_in - pending_out is 0 at all times (the issue
 * account's balance is minus what was issued). Balances are slots that never move and never go
 * away; orders keep their slots.
 * thread: the core's only; risk reads through the const functions
 * owner:  caller's memory */

enum { BALANCE_NONE = UINT32_MAX };

struct balance {
    int64_t settled_units;
    int64_t held_units;       /* of settled, for open orders and withdrawals; >= 0 */
    int64_t pending_in_units; /* of fills with a settlement cycle */
    int64_t pending_out_units;
    int64_t credit_units; /* may be used beyond settled */
    uint32_t account_idx, asset_idx;
};

struct ledger_asset {
    uint32_t asset_id;
    uint8_t scale, kind;
    uint16_t zero;
    char symbol[SYMBOL_MAX];
    int64_t issued_units; /* deposits less withdrawals; 0 .. 2^62 */
    int64_t sum_units;    /* running sum of all changes of settled + pending: 0 between commands */
    int64_t held_units;   /* running sum of held */
    uint64_t pending_units; /* running sum of pending in and out, all of it */
    uint32_t balance_cnt;   /* balances in it */
    uint32_t zero1;
};

struct ledger {
    struct ledger_asset *assets;
    uint32_t asset_cnt, asset_max;
    struct id_map asset_ids;
    struct balance *balances;
    uint32_t balance_cnt, balance_max;
    uint32_t reserved_cnt; /* balances that are kept free */
    /* (account_idx, asset_idx) -> slot: a cell for each pair that can be (slot + 1; 0 = none) where
     * that takes little, since every order asks twice; else (cells == NULL) a hash table. */
    uint32_t *cells;
    struct id_map balance_slots;
};

enum { LEDGER_CELLS_PER_BALANCE = 16 }; /* more pairs than this: the hash table */

size_t ledger_footprint(uint32_t account_max, uint32_t asset_max, uint32_t balance_max);
/* mem: footprint bytes, 64-byte aligned, zeroed. */
void ledger_init(struct ledger *l, void *mem, uint32_t account_max, uint32_t asset_max,
                 uint32_t balance_max, uint64_t hash_key);

/* --- reading (hooks too) --- */
static inline uint32_t
ledger_asset_idx(const struct ledger *l, uint32_t asset_id)
{
    return id_map_find(&l->asset_ids, asset_id);
}

static inline uint64_t
ledger_balance_key(uint32_t account_idx, uint32_t asset_idx)
{
    return ((uint64_t)account_idx << 32 | asset_idx) + 1;
}

static inline uint32_t *
ledger_balance_cell(const struct ledger *l, uint32_t account_idx, uint32_t asset_idx)
{
    return &l->cells[(size_t)account_idx * l->asset_max + asset_idx];
}

/* BALANCE_NONE while the account never had any of it. */
static inline uint32_t
ledger_balance_slot(const struct ledger *l, uint32_t account_idx, uint32_t asset_idx)
{
    if (l->cells != NULL)
        return *ledger_balance_cell(l, account_idx, asset_idx) - 1;
    return id_map_find(&l->balance_slots, ledger_balance_key(account_idx, asset_idx));
}

/* NULL while the account never had any of it (all parts 0). */
const struct balance *ledger_balance_of(const struct ledger *l, uint32_t account_idx,
                                        uint32_t asset_id);

/* What may still be used: settled and credit, less what is held or owed. */
static inline int64_t
balance_available(const struct balance *b)
{
    return b->settled_units + b->credit_units - b->held_units - b->pending_out_units;
}

/* --- changing (the core only) --- */
/* Room is the caller's to check: asset_cnt < asset_max. Returns the asset's index. */
uint32_t ledger_asset_add(struct ledger *l, uint32_t asset_id, uint8_t scale, uint8_t kind,
                          const char symbol[SYMBOL_MAX]);

/* How many more (account, asset) pairs fit. */
static inline uint32_t
ledger_balance_room(const struct ledger *l)
{
    return l->balance_max - l->balance_cnt - l->reserved_cnt;
}

/* Notes where the balance of its account and asset lies (after loading). */
void ledger_balance_index(struct ledger *l, uint32_t slot);

/* Finds or makes the slot; room is the caller's to check. */
uint32_t ledger_balance_take(struct ledger *l, uint32_t account_idx, uint32_t asset_idx);

static inline void
ledger_settle(struct ledger *l, uint32_t slot, int64_t delta_units)
{
    struct balance *b = &l->balances[slot];
    b->settled_units += delta_units;
    l->assets[b->asset_idx].sum_units += delta_units;
}

/* A leg of what moves between balances of one asset, whose sum stays as it is when the legs, which
 * are returned, add up to zero. */
static inline int64_t
ledger_move(struct ledger *l, uint32_t slot, uint32_t asset_idx, int64_t delta_units)
{
    struct balance *b = &l->balances[slot];
    CHECK(b->asset_idx == asset_idx);
    b->settled_units += delta_units;
    return delta_units;
}

static inline void
ledger_hold(struct ledger *l, uint32_t slot, int64_t delta_units)
{
    struct balance *b = &l->balances[slot];
    b->held_units += delta_units;
    l->assets[b->asset_idx].held_units += delta_units;
}

static inline void
ledger_pend(struct ledger *l, uint32_t slot, int64_t in_delta_units, int64_t out_delta_units)
{
    struct balance *b = &l->balances[slot];
    b->pending_in_units += in_delta_units;
    b->pending_out_units += out_delta_units;
    l->assets[b->asset_idx].sum_units += in_delta_units - out_delta_units;
    l->assets[b->asset_idx].pending_units += (uint64_t)in_delta_units + (uint64_t)out_delta_units;
}

/* Aborts unless every asset's balances add up to zero and no part is negative that may not be.
 * cost: all balances */
void ledger_check(const struct ledger *l);

#endif
