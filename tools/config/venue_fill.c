#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config/venue_check.h"

/* Defaults. Text defaults are allocated like cyaml's own, so that venue_free treats all alike. */

#define DEFAULT(field, value)                                                                      \
    do {                                                                                           \
        if (!(field))                                                                              \
            (field) = (value);                                                                     \
    } while (0)

static void *
part(void *have, size_t bytes)
{
    return have ? have : calloc(1, bytes);
}

/* A 0 that is written out stays, for the check to refuse. */
#define CAPACITY(key, value)                                                                       \
    do {                                                                                           \
        if (!yaml_place_has(place, "capacity." #key))                                              \
            c->key = (value);                                                                      \
    } while (0)

static void
fill_capacity(struct venue_capacity *c, const struct yaml_place *place)
{
    CAPACITY(assets, 64);
    CAPACITY(instruments, 256);
    CAPACITY(accounts, 4096);
    CAPACITY(balances, 16384);
    CAPACITY(orders, 262144);
    CAPACITY(levels, 65536);
    CAPACITY(client_ids, 1048576);
    CAPACITY(sessions, 1024);
    CAPACITY(operators, 64);
    CAPACITY(work_items, 256);
    CAPACITY(proposals, 256);
    CAPACITY(withdrawals, 4096);
    CAPACITY(deals, 1024);
    CAPACITY(requests, 256);
    CAPACITY(trails, 16384);
    CAPACITY(calendar_days, 1024);
    CAPACITY(quotes, 4096);
}

enum { CPU_CHOSEN_AT_START = -2 };

static void
fill_engine(struct venue_engine *e, const struct yaml_place *place)
{
    DEFAULT(e->durability, DURABILITY_DURABLE);
    DEFAULT(e->wait, WAIT_ADAPTIVE);
    DEFAULT(e->keep_awake, KEEP_AWAKE_BUSY);
    DEFAULT(e->segment_mib, 64);
    DEFAULT(e->ring_mib, 32);
    DEFAULT(e->port_slots, 8192);
    DEFAULT(e->clock_jump_max_ms, 60000);
    DEFAULT(e->snapshots_kept, 3);
    if (!yaml_place_has(place, "engine.core_cpu"))
        e->core_cpu = CPU_CHOSEN_AT_START;
    if (!yaml_place_has(place, "engine.journal_cpu"))
        e->journal_cpu = CPU_CHOSEN_AT_START;
    if (!yaml_place_has(place, "engine.publish_cpu"))
        e->publish_cpu = CPU_CHOSEN_AT_START;
    if (!yaml_place_has(place, "engine.fix_cpu"))
        e->fix_cpu = CPU_CHOSEN_AT_START;
}

static void
fill_instruments(struct venue *v, const struct yaml_place *place)
{
    for (uint32_t i = 0; i < v->instruments_count; i++) {
        struct venue_instrument *in = &v->instruments[i];
        char path[64];
        snprintf(path, sizeof path, "instruments[%u].calls.indicative_ms", i);
        if (in->calls && !yaml_place_has(place, path))
            in->calls->indicative_ms = 1000;
        DEFAULT(in->state, TRADING_OPEN);
        DEFAULT(in->protection_ppm, 50000);
        if (in->self_trade_by != SELF_TRADE_OFF)
            DEFAULT(in->self_trade_mode, SELF_TRADE_CANCEL_NEWEST);
    }
}

static void
fill_accounts(struct venue *v)
{
    for (uint32_t i = 0; i < v->accounts_count; i++) {
        struct venue_account *a = &v->accounts[i];
        DEFAULT(a->tenant, 1);
        DEFAULT(a->firm, a->id);
        DEFAULT(a->owner, a->id);
        DEFAULT(a->status, ACCOUNT_ACTIVE);
        DEFAULT(a->investor_class, CLASS_RETAIL);
        DEFAULT(a->message_window_ms, 1000);
    }
}

static void
fill_operators(struct venue *v, const struct yaml_place *place)
{
    for (uint32_t i = 0; i < v->operators_count; i++) {
        char path[64];
        snprintf(path, sizeof path, "operators[%u].uid", i);
        if (!yaml_place_has(place, path))
            v->operators[i].uid = -1;
    }
}

static int
fill_gateways(struct venue *v)
{
    DEFAULT(v->fix->listen, strdup("127.0.0.1"));
    DEFAULT(v->fix->port, 9878);
    DEFAULT(v->fix->comp_id, strdup("ASSAY"));
    DEFAULT(v->api->listen, strdup("127.0.0.1"));
    DEFAULT(v->api->port, 8080);
    return v->fix->listen && v->fix->comp_id && v->api->listen;
}

int
venue_fill(struct venue *v, const struct yaml_place *place, struct error *err)
{
    v->capacity = part(v->capacity, sizeof *v->capacity);
    v->engine = part(v->engine, sizeof *v->engine);
    v->fix = part(v->fix, sizeof *v->fix);
    v->api = part(v->api, sizeof *v->api);
    v->settlement = part(v->settlement, sizeof *v->settlement);
    if (!v->capacity || !v->engine || !v->fix || !v->api || !v->settlement)
        return error_set(err, ERR_NO_SPACE, "configuration: no memory");
    DEFAULT(v->venue->day_end, strdup("22:00:00"));
    DEFAULT(v->venue->disconnect_grace_ms, 5000);
    fill_capacity(v->capacity, place);
    fill_engine(v->engine, place);
    fill_instruments(v, place);
    fill_accounts(v);
    fill_operators(v, place);
    if (!fill_gateways(v) || !v->venue->day_end)
        return error_set(err, ERR_NO_SPACE, "configuration: no memory");
    return 0;
}
