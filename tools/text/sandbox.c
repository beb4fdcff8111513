#include "tools/text/sandbox.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/client_id.h"

enum { LINE = 64 };

/* Aligned to a line. calloc knows that fresh pages are zero and leaves them alone: a script touches
 * a tenth of them. What calloc gave stands before the block, for zeroed_free. */
static void *
zeroed(size_t bytes, struct error *err)
{
    uint8_t *whole = calloc(1, bytes + 2 * LINE);
    if (whole == NULL) {
        (void)error_set(err, ERR_NO_SPACE, "no memory for a core of %zu MiB", bytes >> 20);
        return NULL;
    }
    uint8_t *mem = whole + 2 * LINE - (uintptr_t)whole % LINE;
    memcpy(mem - sizeof(whole), &whole, sizeof(whole));
    return mem;
}

static void
zeroed_free(uint8_t *mem)
{
    uint8_t *whole = NULL;
    if (mem != NULL)
        memcpy(&whole, mem - sizeof(whole), sizeof(whole));
    free(whole);
}

static void *
grown(void *rows, size_t cnt, size_t *max, size_t row_bytes)
{
    if (cnt < *max)
        return rows;
    *max = *max == 0 ? 64 : *max * 2;
    rows = realloc(rows, *max * row_bytes);
    CHECK(rows != NULL, "out of memory");
    return rows;
}

static void
remember(struct sandbox_refs *refs, uint32_t account_id, const struct client_id *id,
         uint64_t number)
{
    if (id->length == 0)
        return;
    refs->rows = grown(refs->rows, refs->cnt, &refs->max, sizeof *refs->rows);
    refs->rows[refs->cnt++] = (struct sandbox_ref){account_id, *id, number};
}

uint64_t
sandbox_ref_find(const struct sandbox_refs *refs, uint32_t account_id, const struct client_id *id)
{
    for (size_t i = refs->cnt; i-- > 0;)
        if (refs->rows[i].account_id == account_id && client_id_equal(&refs->rows[i].id, id))
            return refs->rows[i].number;
    return 0;
}

/* --- symbols --- */

const struct sandbox_asset *
sandbox_asset_of(const struct sandbox *v, uint32_t id)
{
    for (uint32_t i = 0; i < v->asset_cnt; i++)
        if (v->assets[i].id == id)
            return &v->assets[i];
    return NULL;
}

const struct sandbox_instrument *
sandbox_instrument_of(const struct sandbox *v, uint32_t id)
{
    for (uint32_t i = 0; i < v->instrument_cnt; i++)
        if (v->instruments[i].id == id)
            return &v->instruments[i];
    return NULL;
}

const struct sandbox_asset *
sandbox_asset_named(const struct sandbox *v, const char *symbol)
{
    for (uint32_t i = 0; i < v->asset_cnt; i++)
        if (strcmp(v->assets[i].symbol, symbol) == 0)
            return &v->assets[i];
    return NULL;
}

const struct sandbox_instrument *
sandbox_instrument_named(const struct sandbox *v, const char *symbol)
{
    for (uint32_t i = 0; i < v->instrument_cnt; i++)
        if (strcmp(v->instruments[i].symbol, symbol) == 0)
            return &v->instruments[i];
    return NULL;
}

static bool
directory_asset(const void *self, uint32_t id, struct schema_asset *out)
{
    const struct sandbox_asset *a = sandbox_asset_of(self, id);
    if (a == NULL)
        return false;
    *out = (struct schema_asset){.symbol = a->symbol, .scale = a->scale};
    return true;
}

static bool
directory_instrument(const void *self, uint32_t id, struct schema_instrument *out)
{
    const struct sandbox_instrument *i = sandbox_instrument_of(self, id);
    if (i == NULL)
        return false;
    *out = (struct schema_instrument){.symbol = i->symbol,
                                      .currency_id = i->currency_id,
                                      .price_scale = i->price_scale,
                                      .asset_scale = i->asset_scale,
                                      .currency_scale = i->currency_scale,
                                      .lot_units = i->lot_units};
    return true;
}

static void
learn_asset(struct sandbox *v, const struct event_asset *e)
{
    struct sandbox_asset *a = (struct sandbox_asset *)sandbox_asset_of(v, e->asset_id);
    if (a == NULL) {
        CHECK(v->asset_cnt < v->genesis.asset_max);
        a = &v->assets[v->asset_cnt++];
    }
    *a = (struct sandbox_asset){.id = e->asset_id, .scale = e->scale};
    memcpy(a->symbol, e->symbol, sizeof e->symbol);
}

static void
learn_instrument(struct sandbox *v, const struct event_instrument *e)
{
    struct sandbox_instrument *i =
        (struct sandbox_instrument *)sandbox_instrument_of(v, e->instrument_id);
    if (i == NULL) {
        CHECK(v->instrument_cnt < v->genesis.instrument_max);
        i = &v->instruments[v->instrument_cnt++];
    }
    *i = (struct sandbox_instrument){.id = e->instrument_id,
                                     .asset_id = e->asset_id,
                                     .currency_id = e->currency_id,
                                     .price_scale = e->price_scale,
                                     .asset_scale = e->asset_scale,
                                     .currency_scale = e->currency_scale,
                                     .lot_units = e->lot_units};
    memcpy(i->symbol, e->symbol, sizeof e->symbol);
}

void
sandbox_learn(struct sandbox *v, const struct event *ev)
{
    if (ev->rec.type == EVENT_ASSET)
        learn_asset(v, (const void *)ev);
    else if (ev->rec.type == EVENT_INSTRUMENT)
        learn_instrument(v, (const void *)ev);
}

static void
learn(struct sandbox *v, const struct event *ev)
{
    sandbox_learn(v, ev);
    const struct event_order *o = (const void *)ev;
    const struct event_withdrawal *w = (const void *)ev;
    const struct event_request *r = (const void *)ev;
    switch (ev->rec.type) {
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REPLACED:
        remember(&v->orders, o->account_id, &o->id, o->order_id);
        break;
    case EVENT_REQUEST:
        if (r->account_id == r->requester_id) /* to who asked */
            remember(&v->orders, r->account_id, &r->id, r->request_id);
        break;
    case EVENT_WITHDRAWAL:
        remember(&v->withdrawals, w->account_id, &w->id, w->withdrawal_id);
        break;
    case EVENT_PROPOSAL:
        v->proposal = ((const struct event_proposal *)ev)->proposal;
        break;
    default:
        break;
    }
}

/* --- life --- */

int
sandbox_open(struct sandbox *v, const struct command_genesis *genesis, const struct hooks *hooks,
             struct error *err)
{
    int rc = core_check_genesis(genesis, err);
    if (rc != 0)
        return rc;
    v->genesis = *genesis;
    v->hooks = hooks;
    v->epoch = 1;
    v->directory = (struct schema_directory){v, directory_instrument, directory_asset};
    v->assets = calloc(genesis->asset_max, sizeof *v->assets);
    v->instruments = calloc(genesis->instrument_max, sizeof *v->instruments);
    v->out = zeroed(CORE_OUT_BYTES, err);
    v->mem = zeroed(core_footprint(genesis, hooks), err);
    if (v->assets == NULL || v->instruments == NULL || v->out == NULL || v->mem == NULL) {
        sandbox_close(v);
        return error_set(err, ERR_NO_SPACE, "no memory for a core");
    }
    v->core = core_init(v->mem, genesis, hooks);
    struct command_genesis first = *genesis;
    sandbox_apply(v, &first.cmd);
    return 0;
}

void
sandbox_close(struct sandbox *v)
{
    zeroed_free(v->mem);
    zeroed_free(v->out);
    free(v->assets);
    free(v->instruments);
    free(v->orders.rows);
    free(v->withdrawals.rows);
    v->mem = v->out = NULL;
    v->core = NULL;
    v->assets = NULL;
    v->instruments = NULL;
    v->orders = v->withdrawals = (struct sandbox_refs){0};
}

void
sandbox_apply(struct sandbox *v, struct command *cmd)
{
    cmd->rec.seq = core_cmd_seq(v->core) + 1;
    cmd->rec.epoch = v->epoch;
    cmd->time_ns = v->time_ns;
    cmd->seed = v->seed;
    if (v->on_command != NULL)
        v->on_command(v->arg, cmd);
    size_t bytes = core_apply(v->core, cmd, v->out);
    for (size_t at = 0; at < bytes;) {
        const struct event *ev = (const void *)(v->out + at);
        learn(v, ev);
        v->on_event(v->arg, ev);
        at += ev->rec.length_bytes;
    }
    if (v->on_applied != NULL)
        v->on_applied(v->arg, cmd);
}

size_t
sandbox_save(const struct sandbox *v, void **out)
{
    size_t bytes = core_save(v->core, NULL, 0);
    *out = malloc(bytes);
    CHECK(*out != NULL, "out of memory");
    CHECK(core_save(v->core, *out, bytes) == bytes);
    return bytes;
}

int
sandbox_load(struct sandbox *v, const void *in, size_t in_bytes, struct error *err)
{
    struct command_genesis genesis;
    int rc = core_saved_genesis(in, in_bytes, &genesis, err);
    if (rc != 0)
        return rc;
    void *mem = zeroed(core_footprint(&genesis, v->hooks), err);
    if (mem == NULL)
        return ERR_NO_SPACE;
    struct core *core = core_init(mem, &genesis, v->hooks);
    rc = core_load(core, in, in_bytes, err);
    if (rc != 0) {
        zeroed_free(mem);
        return rc;
    }
    zeroed_free(v->mem);
    v->mem = mem;
    v->core = core;
    v->epoch = core_epoch(core);
    v->time_ns = core_time_ns(core);
    return 0;
}
