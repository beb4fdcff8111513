#include "engine/core/core_list.h"

#include <string.h>

#include "engine/core/core_deal.h"
#include "engine/core/core_link.h"
#include "engine/model/client_id.h"

/* Two orders that come together, of which one cancels the other (core_link.c) from the start. Both
 * are judged before either is taken, and both are taken or refused; the first that applies decides:
 *   1 session, account, actor      2 the ids: of the list, of the first order, of the second;
 *     known already: answered (same content) or DUPLICATE_ID
 *   3 the first order: whether it may be linked, then all that is asked of a new order
 *   4 the second: the same instrument and side, room for two, then the same
 * Each must be covered by what is available, as if it came alone: only one of them can ever trade,
 * so together they hold what the dearer one needs. Limits count them as two orders.
 * The first enters first. When it trades, is triggered or ends the second never enters; while its
 * sweep is unfinished the second waits, parked, and is released when the book is free again.
 * What was refused is not remembered, and neither is the list's id: it is for the answers.
 * source: FIX 5.0 SP2 NewOrderList (E), tag 1385 ContingencyType 1 (OCO) */

enum { FIRST = 0, SECOND = 1, EVENTS_TO_ENTER = 8 };

struct listed { /* an order as it is judged */
    struct command_order_new order;
    struct core_terms t;
    struct client_key key;
    uint64_t hash;
    uint32_t known; /* entry of its id, or CLIENT_NONE */
    uint8_t verdict;
};

static void
split(const struct command_order_list *x, struct listed *l)
{
    for (int i = FIRST; i <= SECOND; i++) {
        l[i] = (struct listed){.order = x->first, .verdict = VERDICT_ALLOW};
        l[i].order.cmd.rec.type = COMMAND_ORDER_NEW;
        l[i].order.cmd.rec.length_bytes = sizeof(l[i].order);
    }
    l[SECOND].order.cmd.id = x->second_id;
    memcpy(&l[SECOND].order.instrument_id, &x->second, sizeof(x->second));
}

/* --- telling --- */

static struct event_order_list *
emit_list(struct core *c, const struct command_order_list *x)
{
    struct event_order_list *e =
        event_sink_add(&c->sink, EVENT_ORDER_LIST, AUDIENCE_PARTY, x->first.cmd.session_id);
    e->client_seq = x->first.cmd.client_seq;
    e->account_id = x->first.cmd.account_id;
    e->instrument_id = x->first.instrument_id;
    e->list_id = x->list_id;
    e->orders[FIRST].id = x->first.cmd.id;
    e->orders[SECOND].id = x->second_id;
    e->orders[FIRST].qty_lots = x->first.qty_lots;
    e->orders[SECOND].qty_lots = x->second.qty_lots;
    return e;
}

/* Both, because of one. */
static void
refuse(struct core *c, const struct command_order_list *x, const struct listed *l, int wrong,
       uint16_t reason)
{
    uint16_t reasons[2] = {REASON_LIST, REASON_LIST};
    reasons[wrong] = reason;
    for (int i = FIRST; i <= SECOND; i++)
        core_emit_refusal(c, &l[i].order.cmd, reasons[i], i == wrong ? l[i].t.detail : 0);
    struct event_order_list *e = emit_list(c, x);
    e->refused = (uint32_t)wrong + 1;
    for (int i = FIRST; i <= SECOND; i++) {
        e->orders[i].reason = reasons[i];
        e->orders[i].status = ORD_STATUS_REJECTED;
    }
}

/* What the last event, which is about the order, says of it. */
static struct list_order
as_told(const struct core *c)
{
    const struct event_order *told = (const void *)c->out_last;
    return (struct list_order){.order_id = told->order_id,
                               .status = told->status,
                               .qty_lots = told->qty_lots,
                               .leaves_lots = told->leaves_lots,
                               .cum_lots = told->cum_lots,
                               .cum_cost = told->cum_cost,
                               .id = told->id};
}

/* --- judging --- */

static uint16_t
check_id(const struct core *c, struct listed *l)
{
    const struct client_id *id = &l->order.cmd.id;
    if (id->length == 0 || id->length > CLIENT_ID_MAX)
        return REASON_BAD_CLIENT_ID;
    client_key_set(&l->key, CLIENT_ORDER, l->order.cmd.account_id, id);
    l->hash = client_key_hash(&c->ids, &l->key);
    l->known = client_ids_find(&c->ids, &l->key, l->hash);
    return 0;
}

static bool
is_digest(const struct core *c, uint32_t place, uint64_t digest)
{
    return place != CLIENT_NONE && client_ids_entry(&c->ids, place)->digest == digest;
}

/* 0, or why not, of which order. *again: both were taken before, by the same command. */
static uint16_t
check_ids(const struct core *c, const struct command_order_list *x, struct listed *l,
          uint64_t digest, int *wrong, bool *again)
{
    *wrong = FIRST;
    if (x->list_id.length == 0 || x->list_id.length > CLIENT_ID_MAX)
        return REASON_BAD_CLIENT_ID;
    uint16_t reason = check_id(c, &l[FIRST]);
    if (reason != 0)
        return reason;
    *wrong = SECOND;
    reason = check_id(c, &l[SECOND]);
    if (reason != 0)
        return reason;
    if (client_id_equal(&x->first.cmd.id, &x->second_id))
        return REASON_DUPLICATE_ID;
    *again = is_digest(c, l[FIRST].known, digest) && is_digest(c, l[SECOND].known, digest);
    *wrong = l[FIRST].known != CLIENT_NONE ? FIRST : SECOND;
    return l[*wrong].known != CLIENT_NONE && !*again ? REASON_DUPLICATE_ID : 0;
}

/* The first alone would have had it. */
static uint16_t
room_for_two(struct core *c, const struct listed *l)
{
    const struct book_pools *p = &c->pools;
    const struct core_instrument *ins = &c->instruments[l[FIRST].t.instrument_idx];
    int64_t lots;
    uint16_t reason = core_deal_room_for_two(c);
    if (reason != 0)
        return reason;
    if (p->levels.level_max - p->levels.level_cnt < 2 ||
        p->levels.node_max - p->levels.node_cnt < 2)
        return REASON_LEVELS_FULL;
    if (core_trails(l[FIRST].order.ord_type) && core_trails(l[SECOND].order.ord_type) &&
        p->trails.max - p->trails.cnt < 2)
        return REASON_TABLE_FULL;
    if (c->work_cnt + CORE_WORK_SPARE + 1 >= c->genesis.work_max)
        return REASON_BUSY;
    if (__builtin_add_overflow(l[FIRST].order.qty_lots, l[SECOND].order.qty_lots, &lots))
        return REASON_TOO_LARGE;
    return core_rest_room(c, ins, l[FIRST].order.side, lots);
}

static uint16_t
judge_one(struct core *c, struct listed *l)
{
    uint16_t reason = core_link_fits(&l->order);
    if (reason == 0 && (l->order.exec_inst & EXEC_ALL_OR_NONE) != 0) {
        l->t.detail = offsetof(struct command_order_new, exec_inst);
        reason = REASON_BAD_FIELD;
    }
    return reason != 0 ? reason : core_order_judge(c, &l->order, &l->t, &l->verdict);
}

static uint16_t
judge_second(struct core *c, struct listed *l)
{
    if (l[SECOND].order.instrument_id != l[FIRST].order.instrument_id ||
        l[SECOND].order.side != l[FIRST].order.side)
        return REASON_LINK;
    uint16_t reason = room_for_two(c, l);
    uint32_t *open_orders = &c->view_accounts[l[SECOND].t.account_idx].open_orders;
    (*open_orders)++; /* the first, which is not taken yet */
    if (reason == 0)
        reason = judge_one(c, &l[SECOND]);
    (*open_orders)--;
    return reason;
}

/* --- taking --- */

/* One that is not parked by a decision waits for its turn as if it were. */
static uint32_t
take(struct core *c, struct listed *l, uint64_t digest, uint32_t first)
{
    l->order.exec_inst |= EXEC_LINKED;
    uint32_t slot = core_order_take(c, &l->order, &l->t, &l->key, l->hash, digest);
    if (first != ORDER_NONE)
        core_link_join(c, slot, first);
    bool parked = l->verdict == VERDICT_HOLD;
    core_order_park(c, slot);
    core_emit_order(c, EVENT_ORDER_ACCEPTED, slot, parked ? (uint16_t)REASON_PARKED : 0,
                    parked ? ORD_STATUS_PARKED : ORD_STATUS_NEW);
    return slot;
}

static void
enter(struct core *c, uint32_t slot)
{
    order_at(&c->pools.orders, slot)->place = PLACE_TAKING;
    core_order_place(c, slot);
}

static void
enter_second(struct core *c, uint64_t order_id)
{
    uint32_t slot = order_pool_find(&c->pools.orders, order_id);
    if (slot == ORDER_NONE)
        return; /* the first one has traded, was triggered or ended */
    uint32_t instrument_idx = order_at(&c->pools.orders, slot)->instrument_idx;
    if (c->instruments[instrument_idx].busy ||
        core_room(c) < EVENTS_TO_ENTER + core_events_of_links(c) + CORE_EVENTS_TAIL)
        core_work_add(c, &(struct work){.kind = WORK_ENTER,
                                        .instrument_idx = instrument_idx,
                                        .order_id = order_id});
    else
        enter(c, slot);
}

static void
take_both(struct core *c, const struct command_order_list *x, struct listed *l, uint64_t digest)
{
    struct list_order told[2];
    int64_t first_units = l[FIRST].t.hold_units, second_units = l[SECOND].t.hold_units;
    l[SECOND].t.hold_units = second_units > first_units ? second_units - first_units : 0;
    uint32_t first = take(c, &l[FIRST], digest, ORDER_NONE);
    told[FIRST] = as_told(c);
    uint32_t second = take(c, &l[SECOND], digest, first);
    told[SECOND] = as_told(c);
    uint64_t second_id = order_at(&c->pools.orders, second)->order_id;
    memcpy(emit_list(c, x)->orders, told, sizeof(told));
    if (l[FIRST].verdict != VERDICT_HOLD)
        enter(c, first);
    if (l[SECOND].verdict != VERDICT_HOLD)
        enter_second(c, second_id);
}

/* A list that came before: how its orders stand. */
static void
answer(struct core *c, const struct command_order_list *x, const struct listed *l, uint64_t digest)
{
    struct list_order told[2];
    for (int i = FIRST; i <= SECOND; i++) {
        core_order_answer_known(c, &l[i].order.cmd, l[i].known, digest);
        told[i] = as_told(c);
    }
    memcpy(emit_list(c, x)->orders, told, sizeof(told));
}

void
core_order_list(struct core *c, const struct command *cmd)
{
    const struct command_order_list *x = (const void *)cmd;
    struct listed l[2];
    uint64_t digest = core_content_digest(c, cmd);
    bool again = false;
    int wrong = FIRST;
    split(x, l);
    uint16_t reason = c->rules_version < CORE_RULES_ORDERS ? REASON_UNKNOWN_COMMAND : 0;
    if (reason == 0)
        reason = core_sender_check(c, cmd, &l[FIRST].t.session_idx, &l[FIRST].t.account_idx);
    l[SECOND].t.session_idx = l[FIRST].t.session_idx;
    l[SECOND].t.account_idx = l[FIRST].t.account_idx;
    if (reason == 0)
        reason = check_ids(c, x, l, digest, &wrong, &again);
    if (reason == 0 && again) {
        answer(c, x, l, digest);
        return;
    }
    if (reason == 0) {
        wrong = FIRST;
        reason = judge_one(c, &l[FIRST]);
    }
    if (reason == 0) {
        wrong = SECOND;
        reason = judge_second(c, l);
    }
    if (reason != 0)
        refuse(c, x, l, wrong, reason);
    else
        take_both(c, x, l, digest);
}

/* --- the second after a long sweep of the first --- */

void
core_list_run(struct core *c, const struct work *w)
{
    uint32_t slot = order_pool_find(&c->pools.orders, w->order_id);
    if (slot == ORDER_NONE || order_at(&c->pools.orders, slot)->place != PLACE_PARKED)
        return;
    core_order_release(c, slot);
}

void
core_list_stay(struct core *c, uint64_t order_id)
{
    for (uint32_t i = 0; i < c->work_cnt; i++) {
        if (c->works[i].kind == WORK_ENTER && c->works[i].order_id == order_id)
            c->works[i].order_id = 0;
    }
}
