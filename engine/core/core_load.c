#include "engine/core/core.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_calendar.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_whole.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"

#include "engine/core/core_link.h"
#include "engine/core/core_quote.h"
#include "engine/core/core_request.h"
#include "engine/core/core_saved.h"
#include "engine/core/core_share.h"
#include "engine/model/utc.h"

/* Bytes to state, into a core that was just initialized with the same genesis. Lengths, counts and
 * every index are checked before they are used; that the bytes are the ones that were saved is the
 * caller's to know (checksum). A core whose load failed is not usable. */

struct source {
    const uint8_t *at;
    size_t left;
    struct error *err;
};

static int
bad(struct source *s, const char *what)
{
    return error_set(s->err, ERR_CORRUPT, "saved core: %s", what);
}

/* The next section must be this one. */
static int
section(struct source *s, uint32_t tag, size_t record_bytes, uint64_t cnt_max,
        const uint8_t **records, uint32_t *cnt)
{
    struct saved_section head;
    if (s->left < sizeof(head))
        return bad(s, "ends before a section");
    memcpy(&head, s->at, sizeof(head));
    if (head.tag != tag || head.record_bytes != record_bytes)
        return error_set(s->err, ERR_CORRUPT,
                         "saved core: section %u of %u-byte records where %u of %zu is expected",
                         head.tag, head.record_bytes, tag, record_bytes);
    if (head.cnt > cnt_max)
        return error_set(s->err, ERR_CORRUPT,
                         "saved core: section %u has %llu records, at most %llu fit", tag,
                         (unsigned long long)head.cnt, (unsigned long long)cnt_max);
    size_t bytes = (record_bytes * (size_t)head.cnt + 7) & ~(size_t)7;
    if (s->left - sizeof(head) < bytes)
        return bad(s, "ends within a section");
    *records = s->at + sizeof(head);
    *cnt = (uint32_t)head.cnt;
    s->at += sizeof(head) + bytes;
    s->left -= sizeof(head) + bytes;
    return 0;
}

static int
table(struct source *s, uint32_t tag, void *out, size_t record_bytes, uint64_t cnt_max,
      uint32_t *cnt)
{
    const uint8_t *records = NULL;
    *cnt = 0; /* clang-tidy does not see that an error is never 0 */
    int rc = section(s, tag, record_bytes, cnt_max, &records, cnt);
    if (rc == 0 && *cnt > 0)
        memcpy(out, records, record_bytes * *cnt);
    return rc;
}

static int
load_scalars(struct core *c, struct source *s)
{
    struct saved_scalars x;
    uint32_t cnt;
    int rc = table(s, SAVED_SCALARS, &x, sizeof(x), 1, &cnt);
    if (rc != 0)
        return rc;
    if (cnt != 1 || x.order_used_max > c->genesis.order_max ||
        x.client_tail >= c->genesis.client_id_max || x.client_cnt > c->genesis.client_id_max)
        return bad(s, "counts do not fit genesis");
    c->cmd_seq = x.cmd_seq;
    c->event_seq = x.event_seq;
    c->time_ns = x.time_ns;
    c->day_end_ns = x.day_end_ns;
    c->session_due_ns = x.session_due_ns;
    c->trade_cnt = x.trade_cnt;
    c->epoch = x.epoch;
    c->mode = x.mode;
    c->rules_version = x.rules_version;
    c->config_missing = x.config_missing;
    c->started = x.started;
    c->today = x.today;
    c->fee_account_idx = x.fee_account_idx;
    c->issue_account_idx = x.issue_account_idx;
    c->day_end_open = x.day_end_open;
    c->withdrawal_cnt = x.withdrawal_cnt;
    c->proposal_cnt = x.proposal_cnt;
    c->expiry_open = x.expiry_open;
    c->venue_killed = x.venue_killed;
    c->times_open = x.times_open;
    c->pegs_open = x.pegs_open;
    c->peg_head = x.peg_head;
    c->peg_tail = x.peg_tail;
    c->pools.orders.accepted_cnt = x.order_accepted_cnt;
    c->pools.orders.used_max = x.order_used_max;
    c->ids.tail = x.client_tail;
    c->ids.cnt = x.client_cnt;
    c->ids.today = c->today;
    c->view.now_ns = c->time_ns;
    c->view.cmd_seq = c->cmd_seq;
    c->view.business_day = utc_days_date(c->today);
    return 0;
}

static int
load_ledger(struct core *c, struct source *s)
{
    struct ledger *l = &c->ledger;
    int rc = table(s, SAVED_ASSETS, l->assets, sizeof(l->assets[0]), l->asset_max, &l->asset_cnt);
    if (rc == 0)
        rc = table(s, SAVED_BALANCES, l->balances, sizeof(l->balances[0]), l->balance_max,
                   &l->balance_cnt);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < l->asset_cnt; i++) {
        if (l->assets[i].asset_id == 0 || ledger_asset_idx(l, l->assets[i].asset_id) != ID_MAP_NONE)
            return bad(s, "an asset twice");
        id_map_add(&l->asset_ids, l->assets[i].asset_id, i);
    }
    for (uint32_t i = 0; i < l->balance_cnt; i++) {
        const struct balance *b = &l->balances[i];
        if (b->asset_idx >= l->asset_cnt || b->account_idx >= c->genesis.account_max ||
            ledger_balance_slot(l, b->account_idx, b->asset_idx) != BALANCE_NONE)
            return bad(s, "a balance without account or asset, or twice");
        ledger_balance_index(l, i);
    }
    return 0;
}

static int
load_accounts(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc =
        table(s, SAVED_ACCOUNTS, c->accounts, sizeof(c->accounts[0]), c->genesis.account_max, &cnt);
    if (rc == 0)
        rc = table(s, SAVED_VIEW_ACCOUNTS, c->view_accounts, sizeof(c->view_accounts[0]),
                   c->genesis.account_max, &c->view.account_cnt);
    if (rc != 0)
        return rc;
    if (cnt != c->view.account_cnt)
        return bad(s, "account tables differ in length");
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t id = c->view_accounts[i].account_id;
        if (id == 0 || id_map_find(&c->account_ids, id) != ID_MAP_NONE)
            return bad(s, "an account twice");
        id_map_add(&c->account_ids, id, i);
    }
    for (uint32_t i = 0; i < c->ledger.balance_cnt; i++) {
        if (c->ledger.balances[i].account_idx >= cnt)
            return bad(s, "a balance without account");
    }
    bool fee_ok = c->fee_account_idx == CORE_NONE || c->fee_account_idx < cnt;
    bool issue_ok = c->issue_account_idx == CORE_NONE || c->issue_account_idx < cnt;
    return fee_ok && issue_ok ? 0 : bad(s, "fee or issue account out of range");
}

static int
load_instrument(struct core *c, struct source *s, uint32_t i)
{
    struct core_instrument *ins = &c->instruments[i];
    struct core_auction *a = &c->auctions[i];
    uint32_t id = c->view_instruments[i].instrument_id;
    if (id == 0 || id_map_find(&c->instrument_ids, id) != ID_MAP_NONE ||
        ins->asset_idx >= c->ledger.asset_cnt || ins->cash_idx >= c->ledger.asset_cnt ||
        (ins->fee_slot != CORE_NONE && ins->fee_slot >= c->ledger.balance_cnt) ||
        ins->rate.num <= 0 || ins->rate.den <= 0 || ins->tick_units < 0 ||
        ins->reached_side > SIDE_SELL || ins->killed > 1 || ins->self_trade_by > SELF_TRADE_OWNER ||
        ins->self_trade_mode > SELF_TRADE_DECREMENT || a->step > PHASE_STOPS ||
        !core_timetable_ok(&a->table) || a->next.state > TRADING_CALL_RESUMPTION)
        return bad(s, "an instrument that cannot be");
    id_map_add(&c->instrument_ids, id, i);
    book_init(&ins->book);
    stop_index_init(&ins->stops);
    core_whole_reset(&c->wholes[i]);
    for (int k = 0; k < 2; k++) /* made again from the orders */
        a->wait_head[k] = a->wait_tail[k] = ORDER_NONE;
    core_times_schedule(c, i);
    return 0;
}

static int
load_instruments(struct core *c, struct source *s)
{
    uint32_t cnt, auction_cnt = 0;
    int rc = table(s, SAVED_INSTRUMENTS, c->instruments, sizeof(c->instruments[0]),
                   c->genesis.instrument_max, &cnt);
    if (rc == 0)
        rc = table(s, SAVED_VIEW_INSTRUMENTS, c->view_instruments, sizeof(c->view_instruments[0]),
                   c->genesis.instrument_max, &c->view.instrument_cnt);
    if (rc == 0)
        rc = table(s, SAVED_AUCTIONS, c->auctions, sizeof(c->auctions[0]),
                   c->genesis.instrument_max, &auction_cnt);
    if (rc != 0)
        return rc;
    if (cnt != c->view.instrument_cnt || cnt != auction_cnt)
        return bad(s, "instrument tables differ in length");
    for (uint32_t i = 0; rc == 0 && i < cnt; i++)
        rc = load_instrument(c, s, i);
    return rc;
}

static int
load_people(struct core *c, struct source *s)
{
    int rc = table(s, SAVED_SESSIONS, c->sessions, sizeof(c->sessions[0]), c->genesis.session_max,
                   &c->session_cnt);
    if (rc == 0)
        rc = table(s, SAVED_ACTORS, c->actors, sizeof(c->actors[0]), c->genesis.actor_max,
                   &c->actor_cnt);
    if (rc == 0)
        rc =
            table(s, SAVED_WORKS, c->works, sizeof(c->works[0]), c->genesis.work_max, &c->work_cnt);
    uint32_t cnt;
    if (rc == 0)
        rc = table(s, SAVED_WITHDRAWALS, c->withdrawals, sizeof(c->withdrawals[0]),
                   c->genesis.withdrawal_max, &cnt);
    if (rc == 0)
        rc = table(s, SAVED_PROPOSALS, c->proposals, sizeof(c->proposals[0]),
                   c->genesis.proposal_max, &cnt);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < c->session_cnt; i++) {
        uint32_t id = c->sessions[i].session_id;
        if (id == 0 || id_map_find(&c->session_ids, id) != ID_MAP_NONE)
            return bad(s, "a session twice");
        id_map_add(&c->session_ids, id, i);
    }
    for (uint32_t i = 0; i < c->actor_cnt; i++) {
        uint32_t id = c->actors[i].actor_id;
        if (id == 0 || id_map_find(&c->actor_ids, id) != ID_MAP_NONE)
            return bad(s, "an actor twice");
        id_map_add(&c->actor_ids, id, i);
    }
    for (uint32_t i = 0; i < c->genesis.withdrawal_max; i++) {
        if (c->withdrawals[i].withdrawal_id != 0 && c->withdrawals[i].slot >= c->ledger.balance_cnt)
            return bad(s, "a withdrawal without balance");
    }
    return 0;
}

/* The groups as they were, without their orders, which come. */
static int
load_pegs(struct core *c, struct source *s)
{
    uint32_t cnt, due = 0, at = c->peg_head;
    int rc = table(s, SAVED_PEGS, c->pegs, sizeof(c->pegs[0]), c->genesis.instrument_max, &cnt);
    if (rc == 0 && cnt != c->view.instrument_cnt)
        return bad(s, "pegs of an instrument are missing");
    for (uint32_t i = 0; rc == 0 && i < cnt; i++) {
        struct core_pegs *pegs = &c->pegs[i];
        due += pegs->due != 0;
        pegs->cnt[0] = pegs->cnt[1] = 0;
        for (int k = 0; k < 2 * PEG_GROUP_MAX; k++) {
            struct peg_group *g = &pegs->index.groups[k / PEG_GROUP_MAX][k % PEG_GROUP_MAX];
            if (g->kind > PEG_MIDPOINT)
                return bad(s, "a group of pegs that cannot be");
            g->cnt = 0;
            if (g->kind == PEG_FREE)
                continue;
            level_side_init(&g->limits, k < PEG_GROUP_MAX ? SIDE_BUY : SIDE_SELL);
        }
    }
    for (; rc == 0 && due > 0 && at < cnt && c->pegs[at].due != 0; due--)
        at = c->pegs[at].due_next;
    return rc != 0 || (due == 0 && at == CORE_NONE) ? rc : bad(s, "pegs that are due, or not");
}

static bool
slot_ok(const struct core *c, uint32_t slot)
{
    return slot == ORDER_NONE || slot < c->pools.orders.used_max;
}

static bool
veil_ok(const struct saved_order *x)
{
    const struct order_display *d = &x->display;
    bool iceberg = x->cold.veil == VEIL_ICEBERG;
    if (x->cold.veil > VEIL_HIDDEN || x->cold.display_range >= 100)
        return false;
    if (!iceberg)
        return d->shown_lots == 0 && (x->hot.ord_type == ORD_PEGGED || d->display_lots == 0);
    return d->display_lots > 0 && (x->hot.place != PLACE_BOOK ||
                                   (d->shown_lots > 0 && d->shown_lots <= x->hot.leaves_lots));
}

static bool
trail_ok(const struct saved_order *x)
{
    int32_t offset = x->cold.offset_units;
    return x->hot.place != PLACE_STOP || offset == 0 || (x->hot.side == SIDE_BUY) == (offset > 0);
}

/* It is all or none, and waits for its limit. */
static bool
whole_ok(const struct saved_order *x)
{
    return x->hot.place == PLACE_WHOLE && (x->cold.exec_inst & EXEC_ALL_OR_NONE) != 0 &&
           x->cold.veil == VEIL_HIDDEN && x->hot.price_units > 0;
}

/* A request holds nothing, of no balance. */
static bool
balances_ok(const struct core *c, const struct order *o)
{
    if (o->place == PLACE_REQUEST)
        return o->cash_slot == BALANCE_NONE && o->asset_slot == BALANCE_NONE;
    return o->cash_slot < c->ledger.balance_cnt && o->asset_slot < c->ledger.balance_cnt;
}

static bool
order_ok(const struct core *c, const struct saved_order *x)
{
    const struct order *o = &x->hot;
    return x->slot < c->pools.orders.used_max && (o->order_id & ORDER_POOL_MAX) == x->slot &&
           o->order_id != 0 && o->account_idx < c->view.account_cnt &&
           o->instrument_idx < c->view.instrument_cnt &&
           (o->side == SIDE_BUY || o->side == SIDE_SELL) && o->place != PLACE_FREE &&
           (o->place <= PLACE_OFFERING || o->place == PLACE_REQUEST || whole_ok(x)) &&
           o->leaves_lots > 0 && (o->place != PLACE_BOOK || o->price_units > 0) &&
           (o->place != PLACE_STOP || x->cold.stop_units > 0) && trail_ok(x) &&
           (o->place != PLACE_PEG || (x->cold.cap_units > 0 && x->display.stamp > 0)) &&
           (o->time_in_force != TIF_GTD || x->cold.until > 0) && balances_ok(c, o) &&
           (o->former_place == CLIENT_NONE || o->former_place < c->ids.max) && veil_ok(x) &&
           x->id.length > 0 && x->id.length <= CLIENT_ID_MAX &&
           (o->session_idx == ORDER_NONE || o->session_idx < c->session_cnt) &&
           slot_ok(c, o->prev) && slot_ok(c, o->next) && slot_ok(c, x->link.account_prev) &&
           slot_ok(c, x->link.account_next) &&
           (o->session_idx == ORDER_NONE ||
            (slot_ok(c, x->link.session_prev) && slot_ok(c, x->link.session_next)));
}

/* The level of an order of a book, of stops or of pegs is there, or there is room for it. */
static bool
level_can_come(struct core *c, uint32_t slot)
{
    const struct order *o = order_at(&c->pools.orders, slot);
    struct core_instrument *ins = &c->instruments[o->instrument_idx];
    bool stop = o->place == PLACE_STOP;
    if (stop && stop_index_trails(&c->pools, slot))
        return trail_pool_has_room(&c->pools.trails);
    const struct peg_index *pegs = &c->pegs[o->instrument_idx].index;
    if (o->place == PLACE_PEG)
        return peg_index_find(pegs, &c->pools, slot) != LEVEL_NONE ||
               (level_pool_can_take(&c->pools.levels) &&
                peg_index_has_room(pegs, o->side, peg_kind(order_cold_at(&c->pools.orders, slot)),
                                   order_cold_at(&c->pools.orders, slot)->offset_units));
    const struct level_side *s = stop ? &ins->stops.side[o->side - SIDE_BUY]
                                 : o->place == PLACE_WHOLE
                                     ? &c->wholes[o->instrument_idx].side[o->side - SIDE_BUY]
                                     : book_side(&ins->book, o->side);
    int64_t price_units = stop ? order_cold_at(&c->pools.orders, slot)->stop_units : o->price_units;
    return level_find(&c->pools.levels, s, price_units) != LEVEL_NONE ||
           level_pool_can_take(&c->pools.levels);
}

/* Each level, and each list of those that wait, begins with the order that has none before it. */
static int
build_books(struct core *c, struct source *s)
{
    struct order_pool *p = &c->pools.orders;
    for (uint32_t slot = 0; slot < p->used_max; slot++) {
        const struct order *first = order_at(p, slot);
        if (first->order_id == 0 || first->prev != ORDER_NONE ||
            (first->place != PLACE_BOOK && first->place != PLACE_STOP &&
             first->place != PLACE_WAIT && first->place != PLACE_PEG &&
             first->place != PLACE_WHOLE))
            continue;
        uint8_t place = first->place;
        uint32_t at = slot;
        for (uint32_t step = 0; at != ORDER_NONE; step++) {
            uint32_t next = order_at(p, at)->next;
            if (step > p->cnt || order_at(p, at)->order_id == 0 ||
                order_at(p, at)->place != place ||
                order_at(p, at)->instrument_idx != first->instrument_idx ||
                (place != PLACE_WAIT && !level_can_come(c, at)))
                return bad(s, "a price level that does not hang together");
            struct core_instrument *ins = &c->instruments[first->instrument_idx];
            if (place == PLACE_BOOK && order_cold_at(p, at)->veil == VEIL_NONE)
                book_add(&ins->book, &c->pools, at);
            else if (place == PLACE_BOOK)
                book_add_veiled(&ins->book, &c->pools, at);
            else if (place == PLACE_STOP)
                stop_index_add(&ins->stops, &c->pools, at);
            else if (place == PLACE_PEG)
                core_peg_rest(c, at);
            else if (place == PLACE_WHOLE)
                core_whole_add(c, at);
            else
                core_wait_add(c, at);
            core_link_load(c, at);
            at = next;
        }
    }
    return 0;
}

/* A group of pegs is there as long as it has one. */
static bool
peg_groups_ok(const struct core *c)
{
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        for (int k = 0; k < 2 * PEG_GROUP_MAX; k++) {
            const struct peg_group *g =
                &c->pegs[i].index.groups[k / PEG_GROUP_MAX][k % PEG_GROUP_MAX];
            if ((g->kind != PEG_FREE) != (g->cnt != 0))
                return false;
        }
    }
    return true;
}

static int
load_orders(struct core *c, struct source *s)
{
    struct order_pool *p = &c->pools.orders;
    const uint8_t *records = NULL;
    int rc = section(s, SAVED_ORDERS, sizeof(struct saved_order), p->used_max, &records, &p->cnt);
    for (uint32_t i = 0; rc == 0 && i < p->cnt; i++) {
        struct saved_order x;
        memcpy(&x, records + i * sizeof(x), sizeof(x));
        if (!order_ok(c, &x) || order_at(p, x.slot)->order_id != 0)
            return bad(s, "an order that cannot be, or twice");
        *order_at(p, x.slot) = x.hot;
        *order_cold_at(p, x.slot) = x.cold;
        *order_link_at(p, x.slot) = x.link;
        *order_display_at(p, x.slot) = x.display;
        client_ids_load(&c->ids, x.slot, &x.id, x.digest, x.cold.account_id,
                        (x.cold.exec_inst & EXEC_QUOTE) != 0 ? CLIENT_QUOTE : CLIENT_ORDER);
        c->linked[x.slot] = x.linked;
        c->link_cnt += x.linked != 0;
        p->veils = p->veils || x.cold.veil != VEIL_NONE;
        if (x.hot.time_in_force == TIF_GTD && x.hot.place != PLACE_SWEEPING)
            due_heap_add(&c->dues, x.cold.until, x.hot.order_id);
    }
    if (rc == 0)
        rc = table(s, SAVED_FREE_SLOTS, p->free_slots, sizeof(p->free_slots[0]), p->used_max,
                   &p->free_cnt);
    if (rc != 0)
        return rc;
    if (p->free_cnt + p->cnt != p->used_max)
        return bad(s, "free and used slots do not add up");
    for (uint32_t slot = 0; slot < p->used_max; slot++) {
        if (order_at(p, slot)->order_id != 0 && !core_link_sane(c, slot))
            return bad(s, "an order that is linked with none, or with one of another sort");
    }
    for (uint32_t i = 0; i < p->free_cnt; i++) {
        if (p->free_slots[i] >= p->used_max || order_at(p, p->free_slots[i])->order_id != 0)
            return bad(s, "a free slot that is in use");
    }
    rc = build_books(c, s);
    return rc != 0 || peg_groups_ok(c) ? rc : bad(s, "a group of pegs without one");
}

static int
load_client_ids(struct core *c, struct source *s)
{
    struct client_ids *t = &c->ids;
    const uint8_t *records = NULL;
    uint32_t cnt, idx = t->tail;
    int rc = section(s, SAVED_CLIENT_IDS, sizeof(struct client_ended), t->max, &records, &cnt);
    if (rc != 0)
        return rc;
    if (cnt != t->cnt || (uint64_t)cnt + c->pools.orders.cnt > t->max)
        return bad(s, "client ids do not add up");
    for (uint32_t i = 0; i < cnt; i++) {
        const struct client_entry *e = &t->ended[idx].entry;
        memcpy(&t->ended[idx], records + i * sizeof(struct client_ended),
               sizeof(struct client_ended));
        if (e->id.length > CLIENT_ID_MAX ||
            (e->id.length != 0 &&
             (client_entry_done_day(e) == 0 || client_entry_space(e) == CLIENT_QUOTE)))
            return bad(s, "a client id that cannot be over");
        idx = idx + 1 == t->max ? 0 : idx + 1;
    }
    client_ids_reindex(t);
    return 0;
}

static int
load_kill_switches(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc = table(s, SAVED_KILLED_TENANTS, c->killed_tenants, sizeof(c->killed_tenants[0]),
                   CORE_TENANT_WORDS, &cnt);
    if (rc == 0 && cnt != CORE_TENANT_WORDS)
        return bad(s, "tenants are missing");
    bool sane = c->venue_killed <= 1;
    for (uint32_t i = 0; i < c->view.account_cnt; i++)
        sane = sane && c->accounts[i].killed <= 1;
    if (rc == 0 && !sane)
        return bad(s, "a kill switch that cannot be");
    c->kill_cnt = core_kill_count(c);
    return rc;
}

static int
load_bands(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc = table(s, SAVED_BANDS, c->bands, sizeof(c->bands[0]), c->genesis.instrument_max, &cnt);
    if (rc == 0 && cnt != c->view.instrument_cnt)
        return bad(s, "price bands are missing");
    for (uint32_t i = 0; rc == 0 && i < cnt; i++) {
        const struct core_band *b = &c->bands[i];
        if (core_band_bad_rule(&b->rules) != 0 || b->static_units < 0 ||
            c->instruments[i].banded != (b->rules.manner != BAND_OFF))
            return bad(s, "price bands that cannot be");
    }
    return rc;
}

static int
load_ticks(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc = table(s, SAVED_TICKS, c->tick_tables, sizeof(c->tick_tables[0]),
                   c->genesis.instrument_max, &cnt);
    if (rc == 0 && cnt != c->view.instrument_cnt)
        return bad(s, "tables of ticks are missing");
    for (uint32_t i = 0; rc == 0 && i < cnt; i++) {
        bool by_table = c->tick_tables[i].row_cnt != 0;
        if (by_table != (c->instruments[i].tick_units == 0) ||
            (by_table && !ticks_table_ok(&c->tick_tables[i])))
            return bad(s, "a table of ticks that cannot be");
    }
    return rc;
}

/* After the bands. */
static int
load_shares(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc =
        table(s, SAVED_SHARES, c->shares, sizeof(c->shares[0]), c->genesis.instrument_max, &cnt);
    if (rc == 0 && cnt != c->view.instrument_cnt)
        return bad(s, "rules of allocation are missing");
    for (uint32_t i = 0; rc == 0 && i < cnt; i++) {
        if (!core_share_sane(c, i) || c->instruments[i].extra != core_instrument_extra(c, i))
            return bad(s, "an allocation that cannot be");
    }
    return rc;
}

static int
load_calendars(struct core *c, struct source *s)
{
    int rc = table(s, SAVED_CALENDAR, c->calendar_days, sizeof(c->calendar_days[0]),
                   c->genesis.calendar_day_max, &c->calendar_day_cnt);
    return rc == 0 && !core_calendar_sane(c) ? bad(s, "a calendar that cannot be") : rc;
}

/* Each open proposal is one of an order that waits for an answer, and each such order has one. */
static int
load_deals(struct core *c, struct source *s)
{
    uint32_t cnt, waiting = 0;
    int rc = table(s, SAVED_DEAL_RULES, c->deal_rules, sizeof(c->deal_rules[0]),
                   c->genesis.instrument_max, &cnt);
    if (rc == 0 && cnt != c->view.instrument_cnt)
        return bad(s, "rules of negotiated trades are missing");
    if (rc == 0)
        rc = load_bands(c, s);
    if (rc == 0)
        rc = load_ticks(c, s);
    if (rc == 0)
        rc = load_shares(c, s);
    if (rc == 0)
        rc = load_calendars(c, s);
    if (rc == 0)
        rc = table(s, SAVED_DEALS, c->deals, sizeof(c->deals[0]), c->genesis.deal_max, &cnt);
    if (rc != 0)
        return rc;
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        struct order *o = order_at(&c->pools.orders, slot);
        if (o->order_id == 0 || o->place != PLACE_DEAL)
            continue;
        o->level = CORE_NONE;
        waiting++;
    }
    for (uint32_t i = 0; i < cnt; i++) {
        const struct core_deal *d = &c->deals[i];
        if (d->order_id == 0)
            continue;
        uint32_t slot = order_pool_find(&c->pools.orders, d->order_id);
        if (slot == ORDER_NONE || order_at(&c->pools.orders, slot)->place != PLACE_DEAL ||
            order_at(&c->pools.orders, slot)->level != CORE_NONE ||
            d->to_account_idx >= c->view.account_cnt)
            return bad(s, "a proposal without its order, or twice");
        order_at(&c->pools.orders, slot)->level = i;
        free_places_take(&c->deal_places, i);
        waiting--;
    }
    return waiting == 0 ? 0 : bad(s, "an order without its proposal");
}

/* Each open request is that of a slot, each such slot has one, and each side of a quote is known to
 * the request that it answers. */
static int
load_requests(struct core *c, struct source *s)
{
    uint32_t cnt, slots = 0, quotes = 0;
    int rc =
        table(s, SAVED_REQUESTS, c->requests, sizeof(c->requests[0]), c->genesis.request_max, &cnt);
    if (rc != 0)
        return rc;
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        struct order *o = order_at(&c->pools.orders, slot);
        bool is = o->order_id != 0 && o->place == PLACE_REQUEST;
        if (is)
            o->level = CORE_NONE;
        slots += is;
    }
    for (uint32_t i = 0; i < c->genesis.deal_max; i++)
        quotes += c->deals[i].order_id != 0 && c->deals[i].request_id != 0;
    for (uint32_t i = 0; i < cnt; i++) {
        const struct core_request *r = &c->requests[i];
        if (r->order_id == 0)
            continue;
        uint32_t slot = order_pool_find(&c->pools.orders, r->order_id);
        if (slot == ORDER_NONE || order_at(&c->pools.orders, slot)->level != CORE_NONE)
            return bad(s, "a request without its slot, or twice");
        order_at(&c->pools.orders, slot)->level = i;
        if (!core_request_sane(c, r))
            return bad(s, "a request that cannot be");
        for (int k = 0; k < REQUEST_QUOTE_MAX; k++)
            quotes -= r->quotes[k] != 0;
        free_places_take(&c->request_places, i);
        c->request_cnt++;
    }
    return slots == c->request_cnt && quotes == 0 ? 0 : bad(s, "requests do not add up");
}

/* Each order of an offering is in one that is there. */
static int
load_offerings(struct core *c, struct source *s)
{
    const uint8_t *records = NULL;
    uint32_t cnt = 0, orders = 0;
    int rc = section(s, SAVED_OFFERINGS, sizeof(struct core_offering), c->view.instrument_cnt,
                     &records, &cnt);
    for (uint32_t i = 0; rc == 0 && i < cnt; i++) {
        struct core_offering f;
        memcpy(&f, records + i * sizeof(f), sizeof(f));
        if (!core_offering_load(c, &f))
            return bad(s, "an offering that cannot be");
        orders += f.subscription_cnt + (f.order_id != 0);
    }
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        const struct order *o = order_at(&c->pools.orders, slot);
        orders -= o->order_id != 0 && o->place == PLACE_OFFERING;
    }
    core_offerings_schedule(c);
    return rc != 0 || orders == 0 ? rc : bad(s, "a subscription without its offering");
}

static bool
protection_ok(const struct core_protection *p)
{
    return p->fill_max <= PROTECTION_FILL_MAX && p->cnt <= p->fill_max && p->stopped <= 1 &&
           (p->stopped == 1 || p->fill_max == 0 || p->cnt < p->fill_max);
}

static int
load_quotes(struct core *c, struct source *s)
{
    int rc = table(s, SAVED_QUOTES, c->quotes, sizeof(c->quotes[0]), c->genesis.quote_max,
                   &c->quote_cnt);
    if (rc == 0)
        rc = table(s, SAVED_PROTECTIONS, c->protections, sizeof(c->protections[0]),
                   c->genesis.quote_max, &c->protection_cnt);
    for (uint32_t i = 0; rc == 0 && i < c->protection_cnt; i++) {
        if (!protection_ok(&c->protections[i]))
            return bad(s, "a maker's protection that cannot be");
    }
    for (uint32_t i = 0; rc == 0 && i < c->quote_cnt; i++) {
        const struct core_quote *q = &c->quotes[i];
        uint64_t key = core_quote_key(q->account_idx, q->instrument_idx);
        if (q->account_idx >= c->view.account_cnt || q->instrument_idx >= c->view.instrument_cnt ||
            q->protection > c->protection_cnt || id_map_find(&c->quote_ids, key) != ID_MAP_NONE)
            return bad(s, "a quote of nobody, or twice");
        id_map_add(&c->quote_ids, key, i);
    }
    return rc;
}

static int
load_corporate(struct core *c, struct source *s)
{
    uint32_t cnt;
    int rc = table(s, SAVED_CORPORATE, c->corporate, sizeof(*c->corporate), 1, &cnt);
    if (rc == 0 && (cnt != 1 || !core_corporate_sane(c)))
        return bad(s, "a corporate action that cannot be");
    c->ledger.reserved_cnt = c->corporate->reserved_cnt;
    return rc;
}

static int
open_source(const void *in, size_t in_bytes, struct saved_header *head, struct source *s)
{
    if (in_bytes < sizeof(*head) + sizeof(struct command_genesis))
        return bad(s, "shorter than its header");
    memcpy(head, in, sizeof(*head));
    if (memcmp(head->magic, SAVED_MAGIC, sizeof(head->magic)) != 0)
        return bad(s, "these bytes are not a saved core");
    if (head->version != SAVED_VERSION)
        return error_set(s->err, ERR_UNSUPPORTED, "saved core: version %u, this build reads %d",
                         head->version, SAVED_VERSION);
    size_t rest = in_bytes - sizeof(*head) - sizeof(struct command_genesis);
    if (head->core_bytes > rest || head->hook_bytes != rest - head->core_bytes)
        return bad(s, "length does not fit its header");
    s->at = (const uint8_t *)in + sizeof(*head) + sizeof(struct command_genesis);
    s->left = head->core_bytes;
    return 0;
}

int
core_saved_genesis(const void *in, size_t in_bytes, struct command_genesis *out, struct error *err)
{
    struct saved_header head;
    struct source s = {.err = err};
    int rc = open_source(in, in_bytes, &head, &s);
    if (rc == 0)
        memcpy(out, (const uint8_t *)in + sizeof(head), sizeof(*out));
    return rc;
}

int
core_load(struct core *c, const void *in, size_t in_bytes, struct error *err)
{
    struct saved_header head;
    struct source s = {.err = err};
    int rc = open_source(in, in_bytes, &head, &s);
    if (rc != 0)
        return rc;
    if (c->cmd_seq != 0 || c->view.account_cnt != 0)
        return error_set(err, ERR_INVALID, "saved core: loaded into a core that is in use");
    if (memcmp((const uint8_t *)in + sizeof(head), &c->genesis, sizeof(c->genesis)) != 0)
        return error_set(err, ERR_INVALID, "saved core: of another genesis");
    if ((rc = load_scalars(c, &s)) != 0 || (rc = load_ledger(c, &s)) != 0 ||
        (rc = load_accounts(c, &s)) != 0 || (rc = load_instruments(c, &s)) != 0 ||
        (rc = load_people(c, &s)) != 0 || (rc = load_pegs(c, &s)) != 0 ||
        (rc = load_orders(c, &s)) != 0 || (rc = load_client_ids(c, &s)) != 0 ||
        (rc = load_kill_switches(c, &s)) != 0 || (rc = load_deals(c, &s)) != 0 ||
        (rc = load_requests(c, &s)) != 0 || (rc = load_offerings(c, &s)) != 0 ||
        (rc = load_quotes(c, &s)) != 0 || (rc = load_corporate(c, &s)) != 0)
        return rc;
    if (s.left != 0)
        return bad(&s, "more than its sections");
    if (c->hooks.load != NULL)
        rc = c->hooks.load(c->hook_self, s.at, head.hook_bytes);
    else if (head.hook_bytes != 0)
        rc = error_set(err, ERR_INVALID, "saved core: has state of hooks that are not there");
    return rc;
}
