#include "risk/risk.h"

#include "engine/base/check.h"
#include "risk/risk_priv.h"

enum { LINE = 64 };

static size_t
round_up(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

static size_t
risk_footprint(const struct command_genesis *g)
{
    return round_up(sizeof(struct risk)) + g->account_max * sizeof(struct risk_account) +
           g->instrument_max * sizeof(struct risk_instrument) +
           round_up(id_map_footprint(g->account_max));
}

static void *
risk_init(void *mem, const struct command_genesis *g, const struct hook_view *view)
{
    CHECK((uintptr_t)mem % LINE == 0);
    uint8_t *at = mem;
    struct risk *r = mem;
    at += round_up(sizeof(*r));
    r->accounts = (void *)at;
    at += g->account_max * sizeof(*r->accounts);
    r->instruments = (void *)at;
    at += g->instrument_max * sizeof(*r->instruments);
    id_map_init(&r->account_ids, at, g->account_max, g->hash_key);
    r->view = view;
    r->account_max = g->account_max;
    r->instrument_max = g->instrument_max;
    return r;
}

static void
risk_prefetch(const void *self, const struct command *cmd)
{
    const struct risk *r = self;
    if (cmd->rec.type < COMMAND_ORDER_NEW || cmd->rec.type > COMMAND_ORDER_REPLACE)
        return;
    uint32_t idx = id_map_find(&r->account_ids, cmd->account_id);
    if (idx == ID_MAP_NONE)
        return;
    __builtin_prefetch(&r->view->accounts[idx]);
    __builtin_prefetch(&r->accounts[idx]);
    __builtin_prefetch(&r->accounts[idx].rate, 1);
}

static void
risk_attempt(void *self, uint32_t account_idx, uint32_t session_id, const struct command *cmd)
{
    struct risk *r = self;
    (void)session_id;
    rate_window_count(&r->accounts[account_idx].rate, cmd->time_ns);
}

const struct hooks *
risk_hooks(void)
{
    /* Nothing to reserve beyond cash (accept, amend, release), to count per fill or movement (fill,
     * move) or to do by the clock (tick): expiry is judged when an order comes. */
    static const struct hooks table = {
        .version = HOOKS_VERSION,
        .footprint = risk_footprint,
        .init = risk_init,
        .prefetch = risk_prefetch,
        .command = risk_command,
        .admit = risk_admit,
        .attempt = risk_attempt,
        .pair = risk_pair,
        .move_check = risk_move_check,
        .save = risk_save,
        .load = risk_load,
        .digest = risk_digest,
    };
    return &table;
}
