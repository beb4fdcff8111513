#include "engine/core/core.h"

#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core_band.h"
#include "engine/core/core_calendar.h"
#include "engine/core/core_corporate.h"
#include "engine/core/core_list.h"
#include "engine/core/core_offering.h"
#include "engine/core/core_peg.h"
#include "engine/core/core_priv.h"
#include "engine/core/core_quote.h"
#include "engine/core/core_request.h"
#include "engine/core/core_share.h"
#include "engine/core/core_whole.h"

#ifdef ASSAY_FAULTS
uint64_t core_fault_at_seq;
#endif

static size_t
align64(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* --- memory: one block, carved in this order --- */

enum { PART_MAX = 48 };

struct layout {
    size_t at[PART_MAX];
    uint32_t cnt;
    size_t bytes;
};

static void
part(struct layout *l, size_t bytes)
{
    CHECK(l->cnt < PART_MAX);
    l->at[l->cnt++] = l->bytes;
    l->bytes += align64(bytes);
}

static void
lay_out(struct layout *l, const struct command_genesis *g, const struct hooks *hooks)
{
    memset(l, 0, sizeof(*l));
    part(l, sizeof(struct core));
    part(l, ledger_footprint(g->account_max, g->asset_max, g->balance_max));
    part(l, order_pool_footprint(g->order_max));
    part(l, level_pool_footprint(g->level_max));
    part(l, client_ids_footprint(g->client_id_max, g->order_max));
    part(l, g->instrument_max * sizeof(struct core_instrument));
    part(l, g->instrument_max * sizeof(struct hook_instrument));
    part(l, id_map_footprint(g->instrument_max));
    part(l, g->account_max * sizeof(struct core_account));
    part(l, g->account_max * sizeof(struct hook_account));
    part(l, id_map_footprint(g->account_max));
    part(l, g->session_max * sizeof(struct core_session));
    part(l, id_map_footprint(g->session_max));
    part(l, g->actor_max * sizeof(struct core_actor));
    part(l, id_map_footprint(g->actor_max));
    part(l, g->work_max * sizeof(struct work));
    part(l, g->withdrawal_max * sizeof(struct core_withdrawal));
    part(l, g->proposal_max * sizeof(struct core_proposal));
    part(l, due_heap_footprint(g->order_max));
    part(l, g->instrument_max * sizeof(struct core_auction));
    part(l, due_heap_footprint(g->instrument_max));
    part(l, g->instrument_max * sizeof(struct core_deal_rules));
    part(l, g->deal_max * sizeof(struct core_deal));
    part(l, g->instrument_max * sizeof(struct core_band));
    part(l, trail_pool_footprint(g->trail_max));
    part(l, g->quote_max * sizeof(struct core_quote));
    part(l, id_map_footprint(g->quote_max));
    part(l, g->instrument_max * sizeof(struct tick_table));
    part(l, g->quote_max * sizeof(struct core_protection));
    part(l, g->order_max * sizeof(uint32_t));
    part(l, g->instrument_max * sizeof(struct core_pegs));
    part(l, sizeof(struct core_corporate));
    part(l, g->instrument_max * sizeof(struct core_whole));
    part(l, g->request_max * sizeof(struct core_request));
    part(l, g->instrument_max * sizeof(struct core_share));
    part(l, g->calendar_day_max * sizeof(struct core_calendar_day));
    part(l, g->instrument_max * sizeof(struct core_offering));
    part(l, g->account_max * sizeof(uint32_t));
    part(l, g->level_max * sizeof(int64_t));
    part(l, free_places_footprint(g->deal_max));
    part(l, free_places_footprint(g->request_max));
    part(l, hooks != NULL && hooks->footprint != NULL ? hooks->footprint(g) : 0);
}

size_t
core_footprint(const struct command_genesis *genesis, const struct hooks *hooks)
{
    struct layout l;
    lay_out(&l, genesis, hooks);
    return l.bytes;
}

int
core_check_genesis(const struct command_genesis *g, struct error *err)
{
    static const struct {
        const char *name;
        size_t offset;
        uint32_t min, max;
    } fields[] = {
        {"day_end_s", offsetof(struct command_genesis, day_end_s), 0, 86400},
        {"asset_max", offsetof(struct command_genesis, asset_max), 1, 1u << 20},
        {"instrument_max", offsetof(struct command_genesis, instrument_max), 1, 1u << 20},
        {"account_max", offsetof(struct command_genesis, account_max), 2, 1u << 26},
        {"balance_max", offsetof(struct command_genesis, balance_max), 2, 1u << 28},
        {"order_max", offsetof(struct command_genesis, order_max), 1, ORDER_POOL_MAX},
        {"level_max", offsetof(struct command_genesis, level_max), 2, 1u << 26},
        {"client_id_max", offsetof(struct command_genesis, client_id_max), 2, 1u << 30},
        {"session_max", offsetof(struct command_genesis, session_max), 1, 1u << 20},
        {"actor_max", offsetof(struct command_genesis, actor_max), 1, 1u << 20},
        {"work_max", offsetof(struct command_genesis, work_max), 2 * CORE_WORK_SPARE, 1u << 16},
        {"proposal_max", offsetof(struct command_genesis, proposal_max), 1, 1u << 16},
        {"withdrawal_max", offsetof(struct command_genesis, withdrawal_max), 1, 1u << 16},
        {"deal_max", offsetof(struct command_genesis, deal_max), 0, 1u << 16},
        {"trail_max", offsetof(struct command_genesis, trail_max), 0, ORDER_POOL_MAX},
        {"quote_max", offsetof(struct command_genesis, quote_max), 0, 1u << 20},
        {"request_max", offsetof(struct command_genesis, request_max), 0, 1u << 16},
        {"calendar_day_max", offsetof(struct command_genesis, calendar_day_max), 0, 1u << 16},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint32_t value;
        memcpy(&value, (const uint8_t *)g + fields[i].offset, sizeof(value));
        if (value < fields[i].min || value > fields[i].max)
            return error_set(err, ERR_INVALID, "genesis: %s is %u, expected %u to %u",
                             fields[i].name, value, fields[i].min, fields[i].max);
    }
    if (g->client_id_max <= g->order_max)
        return error_set(err, ERR_INVALID,
                         "genesis: client_id_max is %u, expected more than order_max (%u): each "
                         "open order keeps its client id",
                         g->client_id_max, g->order_max);
    if (g->fee_account_id == ID_NONE || g->issue_account_id == ID_NONE ||
        g->fee_account_id == g->issue_account_id)
        return error_set(err, ERR_INVALID,
                         "genesis: fee_account_id (%u) and issue_account_id (%u) must be two "
                         "different accounts",
                         g->fee_account_id, g->issue_account_id);
    return 0;
}

static void
carve(struct core *c, uint8_t *mem, const struct layout *l, const struct command_genesis *g)
{
    ledger_init(&c->ledger, mem + l->at[1], g->account_max, g->asset_max, g->balance_max,
                g->hash_key);
    order_pool_init(&c->pools.orders, mem + l->at[2], g->order_max);
    level_pool_init(&c->pools.levels, mem + l->at[3], g->level_max);
    client_ids_init(&c->ids, mem + l->at[4], g->client_id_max, g->hash_key, &c->pools.orders);
    c->instruments = (void *)(mem + l->at[5]);
    c->view_instruments = (void *)(mem + l->at[6]);
    id_map_init(&c->instrument_ids, mem + l->at[7], g->instrument_max, g->hash_key);
    c->accounts = (void *)(mem + l->at[8]);
    c->view_accounts = (void *)(mem + l->at[9]);
    id_map_init(&c->account_ids, mem + l->at[10], g->account_max, g->hash_key);
    c->sessions = (void *)(mem + l->at[11]);
    id_map_init(&c->session_ids, mem + l->at[12], g->session_max, g->hash_key);
    c->actors = (void *)(mem + l->at[13]);
    id_map_init(&c->actor_ids, mem + l->at[14], g->actor_max, g->hash_key);
    c->works = (void *)(mem + l->at[15]);
    c->withdrawals = (void *)(mem + l->at[16]);
    c->proposals = (void *)(mem + l->at[17]);
    due_heap_init(&c->dues, mem + l->at[18], g->order_max);
    c->auctions = (void *)(mem + l->at[19]);
    due_heap_init(&c->times, mem + l->at[20], g->instrument_max);
    c->deal_rules = (void *)(mem + l->at[21]);
    c->deals = (void *)(mem + l->at[22]);
    c->bands = (void *)(mem + l->at[23]);
    trail_pool_init(&c->pools.trails, mem + l->at[24], g->trail_max);
    c->quotes = (void *)(mem + l->at[25]);
    id_map_init(&c->quote_ids, mem + l->at[26], g->quote_max, g->hash_key);
    c->tick_tables = (void *)(mem + l->at[27]);
    c->protections = (void *)(mem + l->at[28]);
    c->linked = (void *)(mem + l->at[29]);
    c->pegs = (void *)(mem + l->at[30]);
    c->corporate = (void *)(mem + l->at[31]);
    c->wholes = (void *)(mem + l->at[32]);
    c->requests = (void *)(mem + l->at[33]);
    c->shares = (void *)(mem + l->at[34]);
    c->calendar_days = (void *)(mem + l->at[35]);
    c->offerings = (void *)(mem + l->at[36]);
    c->subscribed = (void *)(mem + l->at[37]);
    c->idle_lots = (void *)(mem + l->at[38]);
    free_places_init(&c->deal_places, mem + l->at[39], g->deal_max);
    free_places_init(&c->request_places, mem + l->at[40], g->request_max);
}

struct core *
core_init(void *mem, const struct command_genesis *genesis, const struct hooks *hooks)
{
    CHECK(((uintptr_t)mem & 63) == 0);
    struct layout l;
    lay_out(&l, genesis, hooks);
    struct core *c = mem;
    memset(c, 0, sizeof(*c));
    /* Without what the sequencer stamps: a core made before its genesis command was sequenced and
     * one that replays are the same, byte for byte. */
    c->genesis = *genesis;
    memset(&c->genesis.cmd, 0, sizeof(c->genesis.cmd));
    c->genesis.cmd.rec = (struct record){.length_bytes = genesis->cmd.rec.length_bytes,
                                         .kind = genesis->cmd.rec.kind,
                                         .version = genesis->cmd.rec.version,
                                         .type = genesis->cmd.rec.type};
    carve(c, mem, &l, genesis);
    c->mode = MODE_NORMAL;
    c->rules_version = genesis->rules_version;
    c->fee_account_idx = c->issue_account_idx = CORE_NONE;
    c->peg_head = c->peg_tail = CORE_NONE;
    c->day_end_ns = c->session_due_ns = c->offering_due_ns = INT64_MAX;
    c->sink.core = c;
    c->view = (struct hook_view){
        .accounts = c->view_accounts, .instruments = c->view_instruments, .ledger = &c->ledger};
    if (hooks != NULL) {
        CHECK(hooks->version == HOOKS_VERSION);
        c->hooks = *hooks;
        if (hooks->init != NULL)
            c->hook_self = hooks->init((uint8_t *)mem + l.at[l.cnt - 1], genesis, &c->view);
    }
    return c;
}

/* --- the log's own commands --- */

static void
apply_genesis(struct core *c, const struct command_genesis *g)
{
    if (c->started) {
        core_emit_refusal(c, &g->cmd, REASON_BAD_STATE, 0);
        return;
    }
    c->started = 1;
    c->epoch = g->cmd.rec.epoch;
    c->config_missing = g->config_cnt;
    core_day_start(c);
    struct event_genesis *e =
        core_emit(c, EVENT_GENESIS, sizeof(*e), AUDIENCE_PUBLIC, g->cmd.session_id);
    memcpy(e->venue, g->venue, sizeof(e->venue));
    e->rules_version = g->rules_version;
    e->config_cnt = g->config_cnt;
    e->fee_account_id = g->fee_account_id;
    e->issue_account_id = g->issue_account_id;
    e->day_end_s = g->day_end_s;
    e->zero = 0;
}

static void
apply_epoch(struct core *c, const struct command_epoch *x)
{
    c->epoch = x->cmd.rec.epoch;
    core_sessions_drop_all(c);
    struct event_epoch *e = core_emit(c, EVENT_EPOCH, sizeof(*e), AUDIENCE_PUBLIC, 0);
    memcpy(e->build, x->build, sizeof(e->build));
    memcpy(e->chain_head, x->chain_head, sizeof(e->chain_head));
    e->unclean = x->unclean;
    e->tail_lost = x->tail_lost;
    e->business_day = c->view.business_day;
    e->zero = 0;
}

/* --- dispatch --- */

static void
apply_order_flow(struct core *c, const struct command *cmd)
{
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
    case COMMAND_ORDER_LINKED:
        core_order_new(c, cmd);
        break;
    case COMMAND_ORDER_CANCEL:
        core_order_cancel(c, cmd);
        break;
    case COMMAND_ORDER_REPLACE:
        core_order_replace(c, cmd);
        break;
    case COMMAND_ORDER_DECIDE:
        core_order_decide(c, cmd);
        break;
    default:
        core_mass_cancel(c, cmd);
        break;
    }
}

typedef void (*apply_function)(struct core *c, const struct command *cmd);

/* What is neither order flow nor of the log itself. */
static const apply_function others[] = {
    [COMMAND_TICK] = core_tick,
    [COMMAND_CHECKPOINT] = core_checkpoint,
    [COMMAND_RULES] = core_config_rules,
    [COMMAND_MODE] = core_config_mode,
    [COMMAND_ASSET] = core_config_asset,
    [COMMAND_INSTRUMENT] = core_config_instrument,
    [COMMAND_INSTRUMENT_RULES] = core_config_instrument_rules,
    [COMMAND_ACCOUNT] = core_config_account,
    [COMMAND_ACCOUNT_PROFILE] = core_config_profile,
    [COMMAND_SESSION] = core_config_session,
    [COMMAND_ACTOR] = core_config_actor,
    [COMMAND_REFERENCE_PRICE] = core_config_reference,
    [COMMAND_TRADING_STATE] = core_config_trading_state,
    [COMMAND_AUCTION_RULES] = core_config_auction_rules,
    [COMMAND_TIMETABLE] = core_config_timetable,
    [COMMAND_KILL_SWITCH] = core_kill_switch,
    [COMMAND_DEAL_RULES] = core_deal_rules_set,
    [COMMAND_PRICE_BANDS] = core_config_price_bands,
    [COMMAND_TICK_TABLE] = core_config_tick_table,
    [COMMAND_OFFERING] = core_offering,
    [COMMAND_CORPORATE_ACTION] = core_corporate_action,
    [COMMAND_ALLOCATION] = core_share_set,
    [COMMAND_CALENDAR] = core_calendar_set,
    [COMMAND_ORDER_LIST] = core_order_list,
    [COMMAND_DEAL] = core_deal,
    [COMMAND_DEAL_PROPOSE] = core_deal_propose,
    [COMMAND_DEAL_ANSWER] = core_deal_answer,
    [COMMAND_REQUEST] = core_request,
    [COMMAND_REQUEST_QUOTE] = core_request_quote,
    [COMMAND_REQUEST_HIT] = core_request_hit,
    [COMMAND_REQUEST_PASS] = core_request_pass,
    [COMMAND_MASS_QUOTE] = core_mass_quote,
    [COMMAND_QUOTE_LIMITS] = core_quote_limits,
    [COMMAND_QUOTE_CANCEL] = core_mass_cancel,
    [COMMAND_SESSION_UP] = core_session_up,
    [COMMAND_SESSION_DOWN] = core_session_down,
    [COMMAND_SESSION_RESERVE] = core_session_reserve,
    [COMMAND_DEPOSIT] = core_deposit,
    [COMMAND_WITHDRAW] = core_withdraw,
    [COMMAND_WITHDRAW_DECIDE] = core_withdraw_decide,
    [COMMAND_TRANSFER] = core_transfer,
    [COMMAND_SETTLE] = core_settle,
    [COMMAND_PROPOSE] = core_propose,
    [COMMAND_APPROVE] = core_approve,
};

static void
apply(struct core *c, const struct command *cmd)
{
    uint16_t type = cmd->rec.type;
    if (__builtin_expect(type >= COMMAND_ORDER_NEW && type <= COMMAND_ORDER_LINKED, true)) {
        if (c->started)
            apply_order_flow(c, cmd);
        else
            core_emit_refusal(c, cmd, REASON_BAD_STATE, 0);
        return;
    }
    if (type == COMMAND_GENESIS) {
        apply_genesis(c, (const void *)cmd);
        return;
    }
    if (!c->started) {
        core_emit_result(c, cmd, REASON_BAD_STATE, 0);
        return;
    }
    if (type == COMMAND_EPOCH)
        apply_epoch(c, (const void *)cmd);
    else if (type == COMMAND_CONTINUE)
        core_work_continue(c);
    else if (type < sizeof(others) / sizeof(others[0]) && others[type] != NULL)
        others[type](c, cmd);
    else
        core_emit_result(c, cmd, REASON_UNKNOWN_COMMAND, 0);
    if ((cmd->flags & COMMAND_FROM_CONFIG) != 0 && c->config_missing > 0)
        c->config_missing--;
}

size_t
core_apply(struct core *c, const struct command *cmd, void *out)
{
    CHECK(cmd->rec.seq == c->cmd_seq + 1, "command %llu after %llu",
          (unsigned long long)cmd->rec.seq, (unsigned long long)c->cmd_seq);
#ifdef ASSAY_FAULTS
    CHECK(cmd->rec.seq != core_fault_at_seq, "planted by a test");
#endif
    c->cmd_seq = cmd->rec.seq;
    if (cmd->time_ns > c->time_ns)
        c->time_ns = cmd->time_ns;
    c->view.now_ns = c->time_ns;
    c->view.cmd_seq = c->cmd_seq;
    c->cmd = cmd;
    c->out_at = out;
    c->out_last = NULL;
    c->out_cnt = 0;
    c->out_kept = 0;
    apply(c, cmd);
    if (c->peg_head != CORE_NONE)
        core_pegs_start(c);
    CHECK(c->out_cnt <= EVENT_MAX);
    if (c->out_last != NULL)
        c->out_last->last = 1;
    c->cmd = NULL;
#ifdef ASSAY_CHECK_DEAR
    if (c->cmd_seq % 1024 == 0)
        core_check(c);
#endif
    return (size_t)(c->out_at - (uint8_t *)out);
}

void
core_skip(struct core *c, uint64_t cmd_seq)
{
    CHECK(cmd_seq == c->cmd_seq + 1);
    c->cmd_seq = cmd_seq;
}

/* --- reading --- */

bool
core_work_pending(const struct core *c)
{
    return c->work_cnt > 0;
}

int64_t
core_next_due_ns(const struct core *c)
{
    int64_t due = c->day_end_ns < c->session_due_ns ? c->day_end_ns : c->session_due_ns;
    int64_t date = c->expiry_open ? INT64_MAX : due_heap_next_ns(&c->dues);
    due = date < due ? date : due;
    int64_t phase = c->times_open ? INT64_MAX : due_heap_next_ns(&c->times);
    due = phase < due ? phase : due;
    due = c->offering_due_ns < due ? c->offering_due_ns : due;
    if (c->hooks.next_due_ns != NULL) {
        int64_t theirs = c->hooks.next_due_ns(c->hook_self);
        due = theirs < due ? theirs : due;
    }
    return due;
}

uint64_t
core_cmd_seq(const struct core *c)
{
    return c->cmd_seq;
}

uint64_t
core_event_seq(const struct core *c)
{
    return c->event_seq;
}

uint32_t
core_epoch(const struct core *c)
{
    return c->epoch;
}

int64_t
core_time_ns(const struct core *c)
{
    return c->time_ns;
}

uint32_t
core_instrument_cnt(const struct core *c)
{
    return c->view.instrument_cnt;
}

uint32_t
core_mode(const struct core *c)
{
    return c->mode;
}

uint32_t
core_config_missing(const struct core *c)
{
    return c->config_missing;
}
