#include "engine/core/core.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/core_band.h"
#include "engine/core/core_calendar.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"
#include "engine/core/core_quote.h"
#include "engine/core/core_request.h"
#include "engine/core/core_saved.h"
#include "engine/core/core_share.h"

/* State to bytes. Only what decides is written, in an order that the state alone determines: level
 * and index tables are made again when loading. The same walk measures, writes or hashes. */

struct sink {
    uint8_t *at;        /* NULL: not written */
    size_t bytes;       /* so far */
    XXH3_state_t *hash; /* NULL: not hashed */
};

static void
put(struct sink *s, const void *data, size_t bytes)
{
    if (s->at != NULL) {
        memcpy(s->at, data, bytes);
        s->at += bytes;
    }
    if (s->hash != NULL)
        (void)XXH3_128bits_update(s->hash, data, bytes);
    s->bytes += bytes;
}

static void
put_section(struct sink *s, uint32_t tag, uint32_t record_bytes, uint64_t cnt)
{
    struct saved_section head = {.tag = tag, .record_bytes = record_bytes, .cnt = cnt};
    put(s, &head, sizeof(head));
}

static void
put_table(struct sink *s, uint32_t tag, const void *records, uint32_t record_bytes, uint64_t cnt)
{
    put_section(s, tag, record_bytes, cnt);
    put(s, records, record_bytes * (size_t)cnt);
    static const uint64_t zero;
    put(s, &zero, -(record_bytes * (size_t)cnt) & 7);
}

static void
put_scalars(const struct core *c, struct sink *s)
{
    struct saved_scalars x = {
        .cmd_seq = c->cmd_seq,
        .event_seq = c->event_seq,
        .time_ns = c->time_ns,
        .day_end_ns = c->day_end_ns,
        .session_due_ns = c->session_due_ns,
        .trade_cnt = c->trade_cnt,
        .order_accepted_cnt = c->pools.orders.accepted_cnt,
        .epoch = c->epoch,
        .mode = c->mode,
        .rules_version = c->rules_version,
        .config_missing = c->config_missing,
        .started = c->started,
        .today = c->today,
        .fee_account_idx = c->fee_account_idx,
        .issue_account_idx = c->issue_account_idx,
        .day_end_open = c->day_end_open,
        .order_used_max = c->pools.orders.used_max,
        .client_tail = c->ids.tail,
        .client_cnt = c->ids.cnt,
        .withdrawal_cnt = c->withdrawal_cnt,
        .proposal_cnt = c->proposal_cnt,
        .expiry_open = c->expiry_open,
        .times_open = c->times_open,
        .pegs_open = c->pegs_open,
        .peg_head = c->peg_head,
        .peg_tail = c->peg_tail,
        .venue_killed = c->venue_killed,
    };
    put_table(s, SAVED_SCALARS, &x, sizeof(x), 1);
}

static void
put_instruments(const struct core *c, struct sink *s)
{
    put_section(s, SAVED_INSTRUMENTS, sizeof(struct core_instrument), c->view.instrument_cnt);
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        struct core_instrument ins = c->instruments[i];
        memset(&ins.book, 0, sizeof(ins.book)); /* made again from the orders */
        memset(ins.stops.side, 0, sizeof(ins.stops.side));
        ins.stops.rising_units = ins.stops.falling_units = 0;
        ins.stops.trail[0] = ins.stops.trail[1] = 0;
        put(s, &ins, sizeof(ins));
    }
    put_table(s, SAVED_VIEW_INSTRUMENTS, c->view_instruments, sizeof(c->view_instruments[0]),
              c->view.instrument_cnt);
    put_table(s, SAVED_AUCTIONS, c->auctions, sizeof(c->auctions[0]), c->view.instrument_cnt);
}

/* Of one that trails what its stop price and limit have come to: nothing else of it lasts. */
static void
keep_stop(const struct core *c, uint32_t slot, struct saved_order *x)
{
    x->cold.stop_units = stop_index_price(&c->pools, slot);
    if (x->hot.ord_type == ORD_TRAILING_STOP_LIMIT)
        x->hot.price_units +=
            x->cold.stop_units - order_cold_at(&c->pools.orders, slot)->stop_units;
}

static void
put_pegs(const struct core *c, struct sink *s)
{
    put_section(s, SAVED_PEGS, sizeof(struct core_pegs), c->view.instrument_cnt);
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        struct core_pegs pegs = c->pegs[i];
        for (int k = 0; k < 2 * PEG_GROUP_MAX; k++) { /* their orders make them again */
            struct peg_group *g = &pegs.index.groups[k / PEG_GROUP_MAX][k % PEG_GROUP_MAX];
            memset(&g->limits, 0, sizeof(g->limits));
        }
        put(s, &pegs, sizeof(pegs));
    }
}

static void
put_orders(const struct core *c, struct sink *s)
{
    const struct order_pool *p = &c->pools.orders;
    put_section(s, SAVED_ORDERS, sizeof(struct saved_order), p->cnt);
    for (uint32_t slot = 0; slot < p->used_max; slot++) {
        if (order_at(p, slot)->order_id == 0)
            continue;
        struct saved_order x = {.slot = slot,
                                .linked = c->linked[slot],
                                .hot = *order_at(p, slot),
                                .cold = *order_cold_at(p, slot),
                                .link = *order_link_at(p, slot),
                                .id = c->ids.open[slot].id,
                                .digest = c->ids.open[slot].digest};
        x.hot.level = 0;
        if (x.cold.veil != VEIL_NONE)
            x.display = *order_display_at(p, slot);
        keep_stop(c, slot, &x);
        if (x.hot.place != PLACE_BOOK && x.hot.place != PLACE_STOP && x.hot.place != PLACE_WAIT &&
            x.hot.place != PLACE_PEG && x.hot.place != PLACE_WHOLE && x.hot.place != PLACE_OFFERING)
            x.hot.prev = x.hot.next = ORDER_NONE;
        put(s, &x, sizeof(x));
    }
    put_table(s, SAVED_FREE_SLOTS, p->free_slots, sizeof(p->free_slots[0]), p->free_cnt);
}

static void
put_client_ids(const struct core *c, struct sink *s)
{
    const struct client_ids *t = &c->ids;
    static const struct client_ended forgotten;
    put_section(s, SAVED_CLIENT_IDS, sizeof(struct client_ended), t->cnt);
    uint32_t idx = t->tail;
    for (uint32_t i = 0; i < t->cnt; i++) {
        put(s, t->ended[idx].entry.id.length != 0 ? &t->ended[idx] : &forgotten,
            sizeof(t->ended[idx]));
        idx = idx + 1 == t->max ? 0 : idx + 1;
    }
}

static void
put_balances(const struct core *c, struct sink *s)
{
    put_table(s, SAVED_ASSETS, c->ledger.assets, sizeof(c->ledger.assets[0]), c->ledger.asset_cnt);
    put_table(s, SAVED_BALANCES, c->ledger.balances, sizeof(c->ledger.balances[0]),
              c->ledger.balance_cnt);
}

/* Those that are there. */
static void
put_offerings(const struct core *c, struct sink *s)
{
    uint64_t cnt = 0;
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++)
        cnt += c->offerings[i].stage != OFFERING_AT_NONE;
    put_section(s, SAVED_OFFERINGS, sizeof(c->offerings[0]), cnt);
    for (uint32_t i = 0; i < c->view.instrument_cnt; i++) {
        if (c->offerings[i].stage != OFFERING_AT_NONE)
            put(s, &c->offerings[i], sizeof(c->offerings[i]));
    }
}

static void
put_core(const struct core *c, struct sink *s)
{
    put_scalars(c, s);
    put_balances(c, s);
    put_table(s, SAVED_ACCOUNTS, c->accounts, sizeof(c->accounts[0]), c->view.account_cnt);
    put_table(s, SAVED_VIEW_ACCOUNTS, c->view_accounts, sizeof(c->view_accounts[0]),
              c->view.account_cnt);
    put_instruments(c, s);
    put_table(s, SAVED_SESSIONS, c->sessions, sizeof(c->sessions[0]), c->session_cnt);
    put_table(s, SAVED_ACTORS, c->actors, sizeof(c->actors[0]), c->actor_cnt);
    put_table(s, SAVED_WORKS, c->works, sizeof(c->works[0]), c->work_cnt);
    put_table(s, SAVED_WITHDRAWALS, c->withdrawals, sizeof(c->withdrawals[0]),
              c->genesis.withdrawal_max);
    put_table(s, SAVED_PROPOSALS, c->proposals, sizeof(c->proposals[0]), c->genesis.proposal_max);
    put_pegs(c, s);
    put_orders(c, s);
    put_client_ids(c, s);
    put_table(s, SAVED_KILLED_TENANTS, c->killed_tenants, sizeof(c->killed_tenants[0]),
              CORE_TENANT_WORDS);
    put_table(s, SAVED_DEAL_RULES, c->deal_rules, sizeof(c->deal_rules[0]), c->view.instrument_cnt);
    put_table(s, SAVED_BANDS, c->bands, sizeof(c->bands[0]), c->view.instrument_cnt);
    put_table(s, SAVED_TICKS, c->tick_tables, sizeof(c->tick_tables[0]), c->view.instrument_cnt);
    put_table(s, SAVED_SHARES, c->shares, sizeof(c->shares[0]), c->view.instrument_cnt);
    put_table(s, SAVED_CALENDAR, c->calendar_days, sizeof(c->calendar_days[0]),
              c->calendar_day_cnt);
    put_table(s, SAVED_DEALS, c->deals, sizeof(c->deals[0]), c->genesis.deal_max);
    put_table(s, SAVED_REQUESTS, c->requests, sizeof(c->requests[0]), c->genesis.request_max);
    put_offerings(c, s);
    put_table(s, SAVED_QUOTES, c->quotes, sizeof(c->quotes[0]), c->quote_cnt);
    put_table(s, SAVED_PROTECTIONS, c->protections, sizeof(c->protections[0]), c->protection_cnt);
    put_table(s, SAVED_CORPORATE, c->corporate, sizeof(*c->corporate), 1);
}

size_t
core_save(const struct core *c, void *out, size_t out_bytes)
{
    struct sink measure = {0};
    put_core(c, &measure);
    struct saved_header head = {.version = SAVED_VERSION, .core_bytes = measure.bytes};
    memcpy(head.magic, SAVED_MAGIC, sizeof(head.magic));
    if (c->hooks.save != NULL)
        head.hook_bytes = c->hooks.save(c->hook_self, NULL, 0);
    size_t all = sizeof(head) + sizeof(c->genesis) + measure.bytes + head.hook_bytes;
    if (out == NULL || out_bytes < all)
        return all;
    struct sink s = {.at = out};
    put(&s, &head, sizeof(head));
    put(&s, &c->genesis, sizeof(c->genesis));
    put_core(c, &s);
    if (c->hooks.save != NULL)
        (void)c->hooks.save(c->hook_self, s.at, head.hook_bytes);
    return all;
}

/* --- digests --- */

static void
digest(const struct core *c, void (*what)(const struct core *c, struct sink *s), uint64_t out[2])
{
    XXH3_state_t state;
    (void)XXH3_128bits_reset(&state);
    struct sink s = {.hash = &state};
    what(c, &s);
    XXH128_hash_t h = XXH3_128bits_digest(&state);
    out[0] = h.low64;
    out[1] = h.high64;
}

void
core_digests(const struct core *c, struct event_checkpoint *out)
{
    uint64_t core[2];
    digest(c, put_core, core);
    digest(c, put_balances, out->digest_balances);
    digest(c, put_orders, out->digest_orders);
    out->digest_hooks[0] = out->digest_hooks[1] = 0;
    if (c->hooks.digest != NULL)
        c->hooks.digest(c->hook_self, out->digest_hooks);
    uint64_t both[4] = {core[0], core[1], out->digest_hooks[0], out->digest_hooks[1]};
    struct hash128 all = hash128(0, both, sizeof(both));
    out->digest_all[0] = all.lo;
    out->digest_all[1] = all.hi;
    out->order_cnt = c->pools.orders.cnt - c->request_cnt;
    out->balance_cnt = c->ledger.balance_cnt;
    out->fill_cnt = c->trade_cnt;
}

void
core_digest(const struct core *c, struct event_checkpoint *out)
{
    core_digests(c, out);
}

/* --- reading --- */

void
core_each_balance(const struct core *c, void (*visit)(void *arg, const struct core_balance *b),
                  void *arg)
{
    for (uint32_t account = 0; account < c->view.account_cnt; account++) {
        for (uint32_t asset = 0; asset < c->ledger.asset_cnt; asset++) {
            uint32_t slot = ledger_balance_slot(&c->ledger, account, asset);
            if (slot == BALANCE_NONE)
                continue;
            const struct balance *b = &c->ledger.balances[slot];
            struct core_balance x = {.account_id = c->view_accounts[account].account_id,
                                     .asset_id = c->ledger.assets[asset].asset_id,
                                     .settled_units = b->settled_units,
                                     .held_units = b->held_units,
                                     .pending_in_units = b->pending_in_units,
                                     .pending_out_units = b->pending_out_units,
                                     .credit_units = b->credit_units};
            visit(arg, &x);
        }
    }
}

void
core_each_order(const struct core *c, void (*visit)(void *arg, const struct core_order *o),
                void *arg)
{
    for (uint32_t slot = 0; slot < c->pools.orders.used_max; slot++) {
        const struct order *o = order_at(&c->pools.orders, slot);
        const struct order_cold *k = order_cold_at(&c->pools.orders, slot);
        if (o->order_id == 0 || o->place == PLACE_REQUEST)
            continue;
        int64_t stop_units = stop_index_price(&c->pools, slot);
        struct core_order x = {.order_id = o->order_id,
                               .account_id = k->account_id,
                               .instrument_id =
                                   c->view_instruments[o->instrument_idx].instrument_id,
                               .session_id = k->session_id,
                               .side = o->side,
                               .ord_type = o->ord_type,
                               .time_in_force = o->time_in_force,
                               .status = core_order_status(c, slot),
                               .in_book = o->place == PLACE_BOOK,
                               .price_units = o->ord_type == ORD_TRAILING_STOP_LIMIT
                                                  ? o->price_units + stop_units - k->stop_units
                                                  : o->price_units,
                               .qty_lots = k->qty_lots,
                               .cum_lots = k->cum_lots,
                               .leaves_lots = o->leaves_lots,
                               .hold_units = k->hold_units,
                               .stop_units = stop_units,
                               .expire_ns = o->time_in_force == TIF_GTD ? k->until : 0,
                               .id = *client_ids_of(&c->ids, slot)};
        visit(arg, &x);
    }
}
