#include <stdlib.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Events, as engine/model/event.h says what is in them. */

void *
ref_say(struct ref_venue *r, uint16_t type, uint8_t audience, uint32_t session_id)
{
    if (r->said_cnt == REF_SAID_MAX)
        abort();
    struct ref_said *s = &r->said[r->said_cnt++];
    memset(s, 0, sizeof(*s));
    s->ev.rec.length_bytes = event_bytes(type);
    s->ev.rec.kind = RECORD_EVENT;
    s->ev.rec.version = RECORD_VERSION;
    s->ev.rec.type = type;
    s->ev.rec.epoch = r->epoch;
    s->ev.rec.seq = ++r->event_seq;
    s->ev.cmd_seq = r->cmd_seq;
    s->ev.time_ns = r->time_ns;
    s->ev.audience = audience;
    s->ev.session_id = session_id;
    return s;
}

/* --- refusals --- */

static struct event_reject *
say_reject(struct ref_venue *r, uint16_t type, const struct command *cmd, uint16_t reason)
{
    bool of_operator = type == EVENT_COMMAND_RESULT && cmd->actor_id != 0;
    struct event_reject *e =
        ref_say(r, type, of_operator ? AUDIENCE_OPERATOR : AUDIENCE_PARTY, cmd->session_id);
    e->client_seq = cmd->client_seq;
    e->account_id = cmd->account_id;
    e->reason = reason;
    e->command_type = cmd->rec.type;
    e->status = reason != 0 ? ORD_STATUS_REJECTED : 0;
    e->approval_ref = cmd->approval_ref;
    e->actor_id = cmd->actor_id;
    e->id = cmd->id;
    if (reason == REASON_PRICE_BAND || reason == REASON_MIN_ORDER_VALUE)
        e->why = r->refusal;
    return e;
}

struct event_reject *
ref_say_result(struct ref_venue *r, const struct command *cmd, uint16_t reason, uint64_t answer)
{
    struct event_reject *e = say_reject(r, EVENT_COMMAND_RESULT, cmd, reason);
    e->order_id = answer;
    if (cmd->rec.type == COMMAND_MASS_CANCEL && r->rules_version >= 2) {
        e->instrument_id = ((const struct command_mass_cancel *)(const void *)cmd)->instrument_id;
        e->side = ((const struct command_mass_cancel *)(const void *)cmd)->side;
    }
    return e;
}

void
ref_say_refused_new(struct ref_venue *r, const struct command_order_new *x, uint16_t reason,
                    uint32_t detail)
{
    struct event_reject *e = say_reject(r, EVENT_ORDER_REJECTED, &x->cmd, reason);
    e->instrument_id = x->instrument_id;
    e->side = x->side;
    e->ord_type = x->ord_type;
    e->time_in_force = x->time_in_force;
    e->price_units = x->price_units;
    e->qty_lots = x->qty_lots;
    e->user_data = x->user_data;
    e->detail = detail;
}

void
ref_say_refused_change(struct ref_venue *r, const struct command *cmd, uint16_t reason,
                       const struct ref_order *o, const struct ref_order *done)
{
    struct event_reject *e = say_reject(r, EVENT_CANCEL_REJECTED, cmd, reason);
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
    if (o != NULL) {
        e->order_id = o->order_id;
        e->instrument_id = r->instruments[o->instrument].def.instrument_id;
        e->side = o->side;
        e->ord_type = o->type;
        e->time_in_force = o->tif;
        e->price_units = o->price;
        e->qty_lots = o->qty;
        e->user_data = o->user_data;
        e->status = ref_status(o);
    } else if (done != NULL) {
        e->order_id = done->order_id;
        e->price_units = done->price;
        e->qty_lots = done->qty;
        e->status = done->status;
    }
}

/* --- orders --- */

uint8_t
ref_status(const struct ref_order *o)
{
    if (o->place == REF_DONE)
        return o->status;
    if (o->place == REF_PARKED)
        return ORD_STATUS_PARKED;
    return o->cum == 0 ? ORD_STATUS_NEW : ORD_STATUS_PARTIALLY_FILLED;
}

struct event_order *
ref_say_order(struct ref_venue *r, const struct command *cmd, uint16_t type,
              const struct ref_order *o, uint16_t reason)
{
    const struct ref_balance *b = ref_held_in(r, o);
    const struct command_instrument *d = &r->instruments[o->instrument].def;
    struct event_order *e = ref_say(r, type, AUDIENCE_PARTY, o->session_id);
    e->order_id = o->order_id;
    e->client_seq = cmd->session_id == o->session_id ? cmd->client_seq : 0;
    e->account_id = r->accounts[o->account].id;
    e->instrument_id = d->instrument_id;
    e->side = o->side;
    e->ord_type = o->type;
    e->time_in_force = o->tif;
    e->status = ref_status(o);
    e->reason = reason;
    e->tenant_id = o->tenant;
    e->exec_inst = o->exec_inst;
    e->hold_asset_id = o->side == SIDE_BUY ? d->currency_id : d->asset_id;
    e->price_units = o->price;
    e->cap_units = o->cap;
    e->qty_lots = o->qty;
    e->cum_lots = o->cum;
    e->leaves_lots = o->place == REF_DONE ? 0 : o->qty - o->cum;
    e->cum_cost = o->cost;
    e->hold_units = o->hold;
    e->hold_after.settled_units = b->settled;
    e->hold_after.held_units = b->held;
    e->user_data = o->user_data;
    e->id = o->id;
    e->stop_units = o->stop;
    e->expire_ns = o->tif == TIF_GTD ? o->until : 0;
    e->display_lots = o->display;
    e->display_range = o->range;
    e->peg_offset_units = (int32_t)o->offset;
    return e;
}

/* A retry of what is done: the command's own words, and how its order ended. */
void
ref_say_done(struct ref_venue *r, const struct command *cmd, const struct ref_order *o)
{
    struct event_order *e = ref_say(r, EVENT_ORDER_STATUS, AUDIENCE_PARTY, cmd->session_id);
    e->order_id = o->order_id;
    e->client_seq = cmd->client_seq;
    e->account_id = cmd->account_id;
    e->tenant_id = r->accounts[o->account].tenant;
    e->status = o->status;
    e->reason = o->reason;
    e->price_units = o->price;
    e->qty_lots = o->qty;
    e->cum_lots = o->cum;
    e->cum_cost = o->cost;
    e->id = cmd->id;
    if (cmd->rec.type == COMMAND_ORDER_NEW || cmd->rec.type == COMMAND_ORDER_LINKED) {
        const struct command_order_new *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->side = x->side;
        e->ord_type = x->ord_type;
        e->time_in_force = x->time_in_force;
        e->exec_inst = x->exec_inst;
        e->user_data = x->user_data;
        e->stop_units = x->stop_units;
        e->expire_ns = x->expire_ns;
        e->display_lots = x->display_lots;
        e->display_range = x->display_range;
        e->peg_offset_units = x->peg_offset_units;
    } else if (cmd->rec.type == COMMAND_DEAL || cmd->rec.type == COMMAND_DEAL_PROPOSE) {
        const struct command_deal *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->side = x->side;
        e->ord_type = ORD_LIMIT;
        e->time_in_force = x->expire_ns != 0 ? TIF_GTD : TIF_DAY;
        e->exec_inst = EXEC_NEGOTIATED;
        e->expire_ns = x->expire_ns;
    } else if (cmd->rec.type == COMMAND_REQUEST) {
        e->instrument_id = ((const struct command_request *)(const void *)cmd)->instrument_id;
    } else if (cmd->rec.type == COMMAND_REQUEST_QUOTE) {
        e->instrument_id = ((const struct command_request_quote *)(const void *)cmd)->instrument_id;
    } else if (cmd->rec.type == COMMAND_REQUEST_HIT) {
        e->instrument_id = ((const struct command_request_hit *)(const void *)cmd)->instrument_id;
    } else if (cmd->rec.type == COMMAND_REQUEST_PASS) {
        e->instrument_id = ((const struct command_request_pass *)(const void *)cmd)->instrument_id;
    } else if (cmd->rec.type == COMMAND_ORDER_REPLACE) {
        const struct command_order_replace *x = (const void *)cmd;
        e->instrument_id = x->instrument_id;
        e->orig = x->orig;
    }
}

void
ref_say_again(struct ref_venue *r, const struct command *cmd, const struct ref_order *o)
{
    if (o->place == REF_DONE) {
        ref_say_done(r, cmd, o);
        return;
    }
    struct event_order *e = ref_say_order(r, cmd, EVENT_ORDER_STATUS, o, 0);
    e->ev.session_id = cmd->session_id; /* to whoever asks */
    e->client_seq = cmd->client_seq;
}

/* --- market data --- */

/* What is shown at the order's price. */
void
ref_level(const struct ref_venue *r, const struct ref_order *o, int64_t *lots, uint32_t *cnt)
{
    *lots = 0;
    *cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        const struct ref_order *x = &r->orders[i];
        if (x->place == REF_BOOK && x->instrument == o->instrument && x->side == o->side &&
            x->price == o->price && ref_shows(x) > 0) {
            *lots += ref_shows(x);
            (*cnt)++;
        }
    }
}

void
ref_say_book(struct ref_venue *r, uint16_t type, const struct ref_order *o, int64_t shown)
{
    if (ref_hidden(o))
        return;
    struct event_book *e = ref_say(r, type, AUDIENCE_PUBLIC, 0);
    e->order_id = o->order_id;
    e->instrument_id = r->instruments[o->instrument].def.instrument_id;
    e->side = o->side;
    e->price_units = o->price;
    e->qty_lots = shown;
    ref_level(r, o, &e->level_lots, &e->level_orders);
}

void
ref_say_state(struct ref_venue *r, uint32_t instrument, uint32_t session_id)
{
    ref_book_moved(r, instrument);
    struct event_trading_state *e = ref_say(r, EVENT_TRADING_STATE, AUDIENCE_PUBLIC, session_id);
    e->instrument_id = r->instruments[instrument].def.instrument_id;
    e->state = r->instruments[instrument].state;
}
