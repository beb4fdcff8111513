#include "engine/ledger/ledger.h"

#include <string.h>

#include "engine/base/check.h"

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static bool
has_cells(uint32_t account_max, uint32_t asset_max, uint32_t balance_max)
{
    return (uint64_t)account_max * asset_max <= (uint64_t)balance_max * LEDGER_CELLS_PER_BALANCE;
}

size_t
ledger_footprint(uint32_t account_max, uint32_t asset_max, uint32_t balance_max)
{
    size_t index = has_cells(account_max, asset_max, balance_max)
                       ? (size_t)account_max * asset_max * sizeof(uint32_t)
                       : id_map_footprint(balance_max);
    return align64(asset_max * sizeof(struct ledger_asset)) + align64(id_map_footprint(asset_max)) +
           align64(balance_max * sizeof(struct balance)) + align64(index);
}

void
ledger_init(struct ledger *l, void *mem, uint32_t account_max, uint32_t asset_max,
            uint32_t balance_max, uint64_t hash_key)
{
    uint8_t *at = mem;
    memset(l, 0, sizeof(*l));
    l->assets = (void *)at;
    l->asset_max = asset_max;
    at += align64(asset_max * sizeof(struct ledger_asset));
    id_map_init(&l->asset_ids, at, asset_max, hash_key);
    at += align64(id_map_footprint(asset_max));
    l->balances = (void *)at;
    l->balance_max = balance_max;
    at += align64(balance_max * sizeof(struct balance));
    if (has_cells(account_max, asset_max, balance_max))
        l->cells = (void *)at;
    else
        id_map_init(&l->balance_slots, at, balance_max, hash_key);
}

const struct balance *
ledger_balance_of(const struct ledger *l, uint32_t account_idx, uint32_t asset_id)
{
    uint32_t asset_idx = ledger_asset_idx(l, asset_id);
    if (asset_idx == ID_MAP_NONE)
        return NULL;
    uint32_t slot = ledger_balance_slot(l, account_idx, asset_idx);
    return slot == BALANCE_NONE ? NULL : &l->balances[slot];
}

uint32_t
ledger_asset_add(struct ledger *l, uint32_t asset_id, uint8_t scale, uint8_t kind,
                 const char symbol[SYMBOL_MAX])
{
    CHECK(l->asset_cnt < l->asset_max);
    uint32_t idx = l->asset_cnt++;
    struct ledger_asset *a = &l->assets[idx];
    memset(a, 0, sizeof(*a));
    a->asset_id = asset_id;
    a->scale = scale;
    a->kind = kind;
    memcpy(a->symbol, symbol, SYMBOL_MAX);
    id_map_add(&l->asset_ids, asset_id, idx);
    return idx;
}

void
ledger_balance_index(struct ledger *l, uint32_t slot)
{
    const struct balance *b = &l->balances[slot];
    if (l->cells == NULL)
        id_map_add(&l->balance_slots, ledger_balance_key(b->account_idx, b->asset_idx), slot);
    else
        *ledger_balance_cell(l, b->account_idx, b->asset_idx) = slot + 1;
}

uint32_t
ledger_balance_take(struct ledger *l, uint32_t account_idx, uint32_t asset_idx)
{
    uint32_t slot = ledger_balance_slot(l, account_idx, asset_idx);
    if (slot != BALANCE_NONE)
        return slot;
    CHECK(l->balance_cnt < l->balance_max);
    slot = l->balance_cnt++;
    l->assets[asset_idx].balance_cnt++;
    l->balances[slot] = (struct balance){.account_idx = account_idx, .asset_idx = asset_idx};
    ledger_balance_index(l, slot);
    return slot;
}

void
ledger_check(const struct ledger *l)
{
    for (uint32_t a = 0; a < l->asset_cnt; a++) {
        __int128 sum = 0, held = 0;
        uint64_t pending = 0;
        uint32_t cnt = 0;
        for (uint32_t i = 0; i < l->balance_cnt; i++) {
            const struct balance *b = &l->balances[i];
            if (b->asset_idx != a)
                continue;
            CHECK(b->held_units >= 0 && b->pending_in_units >= 0 && b->pending_out_units >= 0);
            sum += (__int128)b->settled_units + b->pending_in_units - b->pending_out_units;
            held += b->held_units;
            pending += (uint64_t)b->pending_in_units + (uint64_t)b->pending_out_units;
            cnt++;
        }
        CHECK(pending == l->assets[a].pending_units && cnt == l->assets[a].balance_cnt, "asset %u",
              l->assets[a].asset_id);
        CHECK(sum == 0 && l->assets[a].sum_units == 0, "asset %u", l->assets[a].asset_id);
        CHECK(held == l->assets[a].held_units, "asset %u", l->assets[a].asset_id);
    }
}
