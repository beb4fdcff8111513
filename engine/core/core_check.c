#include "engine/core/core_priv.h"

#include "engine/base/check.h"

/* Every invariant over the whole state. Run now and then where dear checks are compiled in. */

/* What the account's open orders and withdrawals hold of one balance. */
static __int128
held_of(const struct core *c, uint32_t slot)
{
    const struct balance *b = &c->ledger.balances[slot];
    __int128 held = 0;
    uint32_t at = c->accounts[b->account_idx].order_head;
    for (; at != ORDER_NONE; at = c->pools.orders.link[at].account_next) {
        const struct order *o = &c->pools.orders.hot[at];
        CHECK(o->order_id != 0 && o->account_idx == b->account_idx);
        if ((o->side == SIDE_BUY ? o->cash_slot : o->asset_slot) == slot)
            held += c->pools.orders.cold[at].hold_units;
    }
    for (uint32_t i = 0; c->withdrawal_cnt > 0 && i < c->genesis.withdrawal_max; i++) {
        if (c->withdrawals[i].withdrawal_id != 0 && c->withdrawals[i].slot == slot)
            held += c->withdrawals[i].amount_units;
    }
    return held;
}

static void
check_accounts(const struct core *c)
{
    uint64_t open = 0;
    for (uint32_t i = 0; i < c->view.account_cnt; i++) {
        uint32_t cnt = 0, at = c->accounts[i].order_head, last = ORDER_NONE;
        for (; at != ORDER_NONE; at = c->pools.orders.link[at].account_next) {
            CHECK(c->pools.orders.link[at].account_prev == last);
            last = at;
            cnt++;
        }
        CHECK(cnt == c->view_accounts[i].open_orders && c->accounts[i].order_tail == last);
        open += cnt;
    }
    CHECK(open == c->pools.orders.cnt);
}

static void
check_sessions(const struct core *c)
{
    for (uint32_t i = 0; i < c->session_cnt; i++) {
        uint32_t cnt = 0, at = c->sessions[i].order_head;
        for (; at != ORDER_NONE; at = c->pools.orders.link[at].session_next) {
            CHECK(c->pools.orders.hot[at].session_idx == i);
            cnt++;
        }
        CHECK(cnt == c->sessions[i].order_cnt);
    }
}

void
core_check(const struct core *c)
{
    ledger_check(&c->ledger);
    for (uint32_t slot = 0; slot < c->ledger.balance_cnt; slot++)
        CHECK(held_of(c, slot) == c->ledger.balances[slot].held_units, "balance %u", slot);
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++)
        book_check(&c->instruments[i].book, &c->pools);
    check_accounts(c);
    check_sessions(c);
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        const struct order *o = &c->pools.orders.hot[slot];
        if (o->order_id == 0)
            continue;
        CHECK(c->ids.entries[o->client_idx].ref == o->order_id);
        CHECK(o->leaves_lots + c->pools.orders.cold[slot].cum_lots ==
              c->pools.orders.cold[slot].qty_lots);
    }
}
