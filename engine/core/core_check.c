#include "engine/core/core_corporate.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_whole.h"
#include "engine/core/core_priv.h"
#include "engine/core/core_quote.h"

#include "engine/base/check.h"
#include "engine/core/core_link.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_request.h"
#include "engine/core/core_share.h"

/* Every invariant over the whole state, as it is between commands. Run now and then where dear
 * checks are compiled in, after each command by simulations. */

/* Numbers without memory to mark them in: two lots of as many are the same when their sums are. */
struct sums {
    uint64_t cnt, sum, squares;
};

static void
count(struct sums *s, uint64_t number)
{
    s->cnt++;
    s->sum += number;
    s->squares += number * number;
}

/* What the account's open orders, withdrawals and what it is to pay as an issuer hold of one
 * balance. */
static __int128
held_of(const struct core *c, uint32_t slot)
{
    const struct balance *b = &c->ledger.balances[slot];
    __int128 held = 0;
    uint32_t at = c->accounts[b->account_idx].order_head;
    for (; at != ORDER_NONE; at = order_link_at(&c->pools.orders, at)->account_next) {
        const struct order *o = order_at(&c->pools.orders, at);
        CHECK(o->order_id != 0 && o->account_idx == b->account_idx);
        if ((o->side == SIDE_BUY ? o->cash_slot : o->asset_slot) == slot)
            held += order_cold_at(&c->pools.orders, at)->hold_units;
    }
    for (uint32_t i = 0; c->withdrawal_cnt > 0 && i < c->genesis.withdrawal_max; i++) {
        if (c->withdrawals[i].withdrawal_id != 0 && c->withdrawals[i].slot == slot)
            held += c->withdrawals[i].amount_units;
    }
    if (c->corporate->request.kind != 0 && c->corporate->payer_slot == slot)
        held += c->corporate->hold_units;
    return held;
}

static void
check_accounts(const struct core *c)
{
    uint64_t open = 0;
    for (uint32_t i = 0; i < c->view.account_cnt; i++) {
        uint32_t cnt = 0, at = c->accounts[i].order_head, last = ORDER_NONE;
        for (; at != ORDER_NONE; at = order_link_at(&c->pools.orders, at)->account_next) {
            CHECK(order_link_at(&c->pools.orders, at)->account_prev == last);
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
        for (; at != ORDER_NONE; at = order_link_at(&c->pools.orders, at)->session_next) {
            CHECK(order_at(&c->pools.orders, at)->session_idx == i);
            cnt++;
        }
        CHECK(cnt == c->sessions[i].order_cnt);
    }
}

/* Nobody but the contra account owes anything: what is held or owed is there. */
static void
check_balances(const struct core *c)
{
    for (uint32_t slot = 0; slot < c->ledger.balance_cnt; slot++) {
        const struct balance *b = &c->ledger.balances[slot];
        CHECK(held_of(c, slot) == b->held_units, "balance %u", slot);
        CHECK(b->account_idx == c->issue_account_idx || balance_available(b) >= 0, "balance %u",
              slot);
    }
}

static int64_t
hold_of(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    const struct core_instrument *ins = &c->instruments[o->instrument_idx];
    if (o->place == PLACE_REQUEST)
        return 0;
    struct fee_terms terms = core_fee_terms(k);
    struct fee_state state = core_fee_state(k);
    int64_t hold = o->leaves_lots * ins->lot_units;
    if (o->side == SIDE_BUY)
        CHECK(money_hold_buy(&ins->rate, &terms, &state, k->cap_units, o->leaves_lots, &hold));
    uint32_t first = (c->linked[slot] & ~CORE_LINK_IDLE) - 1;
    if (c->linked[slot] != 0 && c->linked[slot] != CORE_LINK_OVER &&
        order_at(&c->pools.orders, first)->order_id < o->order_id)
        hold = core_link_beyond(c, first, hold);
    return hold;
}

static void
check_order(const struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
    CHECK((uint32_t)o->order_id % (1u << ORDER_SLOT_BITS) == slot);
    CHECK(o->order_id >> ORDER_SLOT_BITS <= c->pools.orders.accepted_cnt);
    CHECK(o->leaves_lots > 0 && o->leaves_lots + k->cum_lots == k->qty_lots);
    CHECK(k->hold_units == hold_of(c, slot), "order %llu", (unsigned long long)o->order_id);
    CHECK(core_link_sane(c, slot), "order %llu", (unsigned long long)o->order_id);
    CHECK(o->place == PLACE_BOOK || o->place == PLACE_PARKED || o->place == PLACE_SWEEPING ||
          o->place == PLACE_STOP || o->place == PLACE_WAIT || o->place == PLACE_DEAL ||
          o->place == PLACE_PEG || o->place == PLACE_WHOLE || o->place == PLACE_OFFERING ||
          o->place == PLACE_REQUEST);
    CHECK(o->place != PLACE_DEAL || c->deals[o->level].order_id == o->order_id);
    CHECK(o->place != PLACE_REQUEST || c->requests[o->level].order_id == o->order_id);
    if ((k->exec_inst & EXEC_QUOTE) != 0) {
        uint64_t key = core_quote_key(o->account_idx, o->instrument_idx);
        uint32_t quote = id_map_find(&c->quote_ids, key);
        CHECK(quote < c->quote_cnt && c->quotes[quote].order_id[o->side - SIDE_BUY] == o->order_id);
    }
    CHECK(o->place != PLACE_SWEEPING || c->instruments[o->instrument_idx].busy);
    CHECK(due_heap_has(&c->dues, o->order_id) ==
          (o->time_in_force == TIF_GTD && o->place != PLACE_SWEEPING));
}

/* Every slot that was ever used is alive or free, once; what is in a book is at a level. */
static void
check_orders(const struct core *c, uint32_t at_levels)
{
    const struct order_pool *p = &c->pools.orders;
    struct sums dead = {0}, unused = {0};
    uint32_t in_books = 0, dated = 0, deals = 0, requests = 0, links = 0;
    for (uint32_t slot = 0; slot < p->used_max; slot++) {
        if (order_at(p, slot)->order_id == 0) {
            CHECK(c->linked[slot] == 0);
            count(&dead, slot);
            continue;
        }
        check_order(c, slot);
        in_books += order_at(p, slot)->place != PLACE_PARKED &&
                    order_at(p, slot)->place != PLACE_SWEEPING &&
                    order_at(p, slot)->place != PLACE_DEAL &&
                    order_at(p, slot)->place != PLACE_REQUEST;
        requests += order_at(p, slot)->place == PLACE_REQUEST;
        deals += order_at(p, slot)->place == PLACE_DEAL;
        links += c->linked[slot] != 0;
        dated += due_heap_has(&c->dues, order_at(p, slot)->order_id);
    }
    for (uint32_t i = 0; i < c->genesis.deal_max; i++) {
        deals -= c->deals[i].order_id != 0;
        CHECK(free_places_has(&c->deal_places, i) == (c->deals[i].order_id == 0));
    }
    CHECK(deals == 0 && requests == c->request_cnt && links == c->link_cnt);
    for (uint32_t i = 0; i < p->free_cnt; i++)
        count(&unused, p->free_slots[i]);
    CHECK(dead.cnt == unused.cnt && dead.sum == unused.sum && dead.squares == unused.squares);
    CHECK(p->cnt + p->free_cnt == p->used_max && p->used_max <= p->max);
    CHECK(in_books == at_levels && dated == c->dues.cnt);
    core_link_check(c);
}

/* Books, what the hooks see of them, and that no level is lost. Returns the orders in them, stops
 * too. */
static uint32_t
check_books(const struct core *c)
{
    const struct level_pool *p = &c->pools.levels;
    uint32_t orders = 0, levels = 0, busy = 0, sweeps = 0;
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        const struct book *b = &c->instruments[i].book;
        const struct hook_instrument *v = &c->view_instruments[i];
        const struct stop_index *x = &c->instruments[i].stops;
        orders += book_check(b, &c->pools) + stop_index_check(x, &c->pools);
        orders += core_wait_check(c, i) + core_peg_check(c, i, &levels);
        orders += core_whole_check(c, i, &levels) + core_offering_check(c, i);
        levels += b->side[0].level_cnt + b->side[1].level_cnt;
        levels += x->side[0].level_cnt + x->side[1].level_cnt;
        bool corporate = core_corporate_on(c, c->instruments[i].asset_idx);
        CHECK(!corporate || c->instruments[i].busy);
        busy += c->instruments[i].busy && !corporate;
        CHECK(v->best_bid_units == book_best_price(b, &c->pools, SIDE_BUY) &&
                  v->best_ask_units == book_best_price(b, &c->pools, SIDE_SELL),
              "instrument %u", v->instrument_id);
        CHECK(v->best_bid_units == 0 || v->best_ask_units == 0 ||
                  v->best_bid_units < v->best_ask_units || c->instruments[i].call,
              "instrument %u is crossed", v->instrument_id);
        CHECK(c->instruments[i].call || !core_is_call(v->state));
        CHECK(c->instruments[i].busy || c->auctions[i].step == PHASE_NONE);
        CHECK(core_share_sane(c, i));
    }
    for (uint32_t i = 0; i < c->work_cnt; i++)
        sweeps += core_work_in_book(&c->works[i]);
    CHECK(busy == sweeps);
    CHECK(levels == p->level_cnt);
    level_pool_check(p);
    return orders;
}

static void
check_tables(const struct core *c)
{
    uint32_t withdrawals = 0, proposals = 0;
    for (uint32_t i = 0; i < c->genesis.withdrawal_max; i++) {
        withdrawals += c->withdrawals[i].withdrawal_id != 0;
        CHECK(c->withdrawals[i].withdrawal_id == 0 || c->withdrawals[i].amount_units > 0);
    }
    for (uint32_t i = 0; i < c->genesis.proposal_max; i++)
        proposals += c->proposals[i].proposal != 0;
    CHECK(withdrawals == c->withdrawal_cnt && proposals == c->proposal_cnt);
    uint32_t requests = 0;
    for (uint32_t i = 0; i < c->genesis.request_max; i++) {
        requests += c->requests[i].order_id != 0;
        CHECK(free_places_has(&c->request_places, i) == (c->requests[i].order_id == 0));
        CHECK(c->requests[i].order_id == 0 || core_request_sane(c, &c->requests[i]));
    }
    CHECK(requests == c->request_cnt);
    CHECK(c->work_cnt <= c->genesis.work_max);
    CHECK(c->kill_cnt == core_kill_count(c));
}

void
core_check(const struct core *c)
{
    ledger_check(&c->ledger);
    client_ids_check(&c->ids);
    check_balances(c);
    check_orders(c, check_books(c));
    due_heap_check(&c->dues);
    due_heap_check(&c->times);
    check_accounts(c);
    check_sessions(c);
    check_tables(c);
}
