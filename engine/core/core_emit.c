#include "engine/core/core_hot.h"
#include "engine/core/core_request.h"

#include <string.h>

#include "engine/base/check.h"

/* Events that are not on the way of every order (core_hot.h), written like those. */

static inline void
id_of_order(const struct core *c, uint32_t slot, struct client_id *out)
{
    *out = *client_ids_of(&c->ids, slot);
}

void *
event_sink_add(struct event_sink *s, uint16_t type, uint8_t audience, uint32_t session_id)
{
    struct core *c = s->core;
    uint32_t bytes = event_bytes(type);
    CHECK(bytes != 0 && core_room(c) > 0);
    struct event *e = core_emit(c, type, bytes, audience, session_id);
    memset(e + 1, 0, bytes - sizeof(*e));
    return e;
}

static const struct refusal no_figures;

static struct event_reject *
emit_reject(struct core *c, uint16_t type, const struct command *cmd, uint16_t reason)
{
    bool operator_only = type == EVENT_COMMAND_RESULT && cmd->actor_id != 0;
    struct event_reject *e = core_emit(
        c, type, sizeof(*e), operator_only ? AUDIENCE_OPERATOR : AUDIENCE_PARTY, cmd->session_id);
    e->order_id = 0;
    e->client_seq = cmd->client_seq;
    e->account_id = cmd->account_id;
    e->instrument_id = 0;
    e->reason = reason;
    e->command_type = cmd->rec.type;
    e->side = 0;
    e->ord_type = 0;
    e->time_in_force = 0;
    e->status = reason == 0 ? 0 : ORD_STATUS_REJECTED;
    e->price_units = 0;
    e->qty_lots = 0;
    e->approval_ref = cmd->approval_ref;
    e->actor_id = cmd->actor_id;
    e->detail = 0;
    e->id = cmd->id;
    e->orig = no_id;
    e->user_data = 0;
    bool compared = reason == REASON_PRICE_BAND || reason == REASON_MIN_ORDER_VALUE;
    e->why = compared ? c->refusal : no_figures;
    return e;
}

static void
refuse_new(struct core *c, const struct command_order_new *o, uint16_t reason, uint32_t detail)
{
    struct event_reject *e = emit_reject(c, EVENT_ORDER_REJECTED, &o->cmd, reason);
    e->instrument_id = o->instrument_id;
    e->side = o->side;
    e->ord_type = o->ord_type;
    e->time_in_force = o->time_in_force;
    e->price_units = o->price_units;
    e->qty_lots = o->qty_lots;
    e->user_data = o->user_data;
    e->detail = detail;
}

void
core_emit_refusal(struct core *c, const struct command *cmd, uint16_t reason, uint32_t detail)
{
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
    case COMMAND_ORDER_LINKED:
        refuse_new(c, (const void *)cmd, reason, detail);
        break;
    case COMMAND_ORDER_CANCEL:
    case COMMAND_ORDER_REPLACE:
        core_emit_cancel_reject(c, cmd, reason, ORDER_NONE, NULL, 0, ORD_STATUS_REJECTED);
        break;
    default:
        emit_reject(c, EVENT_COMMAND_RESULT, cmd, reason)->detail = detail;
        break;
    }
}

/* slot: the order when it lives; else final: what is known of it, or NULL. */
void
core_emit_cancel_reject(struct core *c, const struct command *cmd, uint16_t reason, uint32_t slot,
                        const struct client_final *final, uint64_t order_id, uint8_t status)
{
    struct event_reject *e = emit_reject(c, EVENT_CANCEL_REJECTED, cmd, reason);
    if (cmd->rec.type == COMMAND_ORDER_CANCEL) {
        const struct command_order_cancel *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->orig = x->orig;
        e->order_id = x->order_id;
    } else {
        const struct command_order_replace *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->orig = x->orig;
        e->order_id = x->order_id;
        e->price_units = x->price_units;
        e->qty_lots = x->qty_lots;
    }
    e->status = status;
    if (order_id != 0)
        e->order_id = order_id;
    if (slot != ORDER_NONE) {
        const struct order *o = order_at(&c->pools.orders, slot);
        e->order_id = o->order_id;
        e->instrument_id = c->view_instruments[o->instrument_idx].instrument_id;
        e->side = o->place == PLACE_REQUEST ? c->requests[o->level].side : o->side;
        e->ord_type = o->ord_type;
        e->time_in_force = o->time_in_force;
        e->price_units = o->price_units;
        e->qty_lots = order_cold_at(&c->pools.orders, slot)->qty_lots;
        e->user_data = order_cold_at(&c->pools.orders, slot)->user_data;
        e->status = core_order_status(c, slot);
    } else if (final != NULL) {
        e->price_units = final->price_units;
        e->qty_lots = final->qty_lots;
    }
}

void
core_emit_result(struct core *c, const struct command *cmd, uint16_t reason, uint64_t ref)
{
    struct event_reject *e = emit_reject(c, EVENT_COMMAND_RESULT, cmd, reason);
    e->order_id = ref;
    bool mass = cmd->rec.type == COMMAND_MASS_CANCEL || cmd->rec.type == COMMAND_QUOTE_CANCEL;
    if (mass && c->rules_version >= CORE_RULES_ORDERS) {
        const struct command_mass_cancel *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->side = x->side;
    }
}

void
core_emit_order(struct core *c, uint16_t type, uint32_t slot, uint16_t reason, uint8_t status)
{
    struct event_order *e = hot_put_order(c, type, slot, reason, status);
    id_of_order(c, slot, &e->id);
    e->orig = no_id;
}

void
core_emit_canceled(struct core *c, uint32_t slot, uint16_t reason, uint8_t status,
                   const struct command *request)
{
    hot_put_canceled(c, slot, reason, status, request);
}

void
core_emit_replaced(struct core *c, uint32_t slot, uint32_t former_place)
{
    struct event_order *e =
        hot_put_order(c, EVENT_ORDER_REPLACED, slot, 0, core_order_status(c, slot));
    id_of_order(c, slot, &e->id);
    e->orig = client_ids_entry(&c->ids, former_place)->id;
}

void
core_emit_book(struct core *c, uint16_t type, const struct order *o, int64_t shown_lots)
{
    hot_put_book(c, type, o, shown_lots);
}

void
core_emit_decision(struct core *c, uint8_t stage, uint64_t order_id, uint32_t account_id,
                   uint32_t instrument_id, const struct decision *d)
{
    struct decision *out = hot_open_decision(c, order_id, account_id, instrument_id);
    *out = *d;
    out->stage = stage;
}

/* A retry of an order that is finished: what the command says, and what was kept of the end. */
void
core_emit_finished_status(struct core *c, const struct command *cmd,
                          const struct client_ended *ended)
{
    const struct client_entry *entry = &ended->entry;
    const struct client_final *f = &ended->final;
    struct event_order *e =
        event_sink_add(&c->sink, EVENT_ORDER_STATUS, AUDIENCE_PARTY, cmd->session_id);
    e->order_id = entry->ref;
    e->client_seq = cmd->client_seq;
    e->account_id = cmd->account_id;
    uint32_t account_idx = core_account_idx(c, cmd->account_id);
    e->tenant_id = account_idx == CORE_NONE ? 0 : c->view_accounts[account_idx].tenant_id;
    uint8_t status = client_entry_status(entry);
    e->status = status < CLIENT_REPLACED ? status : ORD_STATUS_CANCELED;
    e->reason = f->reason;
    e->price_units = f->price_units;
    e->qty_lots = f->qty_lots;
    e->cum_lots = f->cum_lots;
    e->cum_cost = f->cum_cost;
    e->id = cmd->id;
    if (cmd->rec.type == COMMAND_ORDER_NEW || cmd->rec.type == COMMAND_ORDER_LINKED) {
        const struct command_order_new *o = (const void *)cmd;
        e->instrument_id = o->instrument_id;
        e->side = o->side;
        e->ord_type = o->ord_type;
        e->time_in_force = o->time_in_force;
        e->exec_inst = o->exec_inst;
        e->user_data = o->user_data;
        e->stop_units = o->stop_units;
        e->expire_ns = o->expire_ns;
        e->display_lots = o->display_lots;
        e->display_range = o->display_range;
        e->peg_offset_units = o->peg_offset_units;
    } else if (cmd->rec.type == COMMAND_DEAL || cmd->rec.type == COMMAND_DEAL_PROPOSE) {
        const struct command_deal *o = (const void *)cmd;
        e->instrument_id = o->instrument_id;
        e->side = o->side;
        e->ord_type = ORD_LIMIT;
        e->time_in_force = o->expire_ns != 0 ? TIF_GTD : TIF_DAY;
        e->exec_inst = EXEC_NEGOTIATED;
        e->expire_ns = o->expire_ns;
    } else if (cmd->rec.type == COMMAND_ORDER_REPLACE) {
        const struct command_order_replace *o = (const void *)cmd;
        e->instrument_id = o->instrument_id;
        e->orig = o->orig;
    } else {
        e->instrument_id = core_request_instrument(cmd);
    }
}
