#include <stddef.h>
#include <string.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Two orders that come together, of which one cancels the other, from docs/match.md. */

struct leg {
    struct command_order_new order; /* as if it came alone */
    struct ref_order draft;
    const struct ref_id *known;
};

static void
take_apart(const struct command_order_list *x, struct leg *l)
{
    memset(l, 0, 2 * sizeof(*l));
    l[0].order = l[1].order = x->first;
    l[1].order.cmd.id = x->second_id;
    memcpy(&l[1].order.instrument_id, &x->second, sizeof(x->second));
    for (int i = 0; i < 2; i++) {
        l[i].order.cmd.rec.type = COMMAND_ORDER_NEW;
        l[i].order.cmd.rec.length_bytes = sizeof(struct command_order_new);
    }
}

static struct event_order_list *
say_list(struct ref_venue *r, const struct command_order_list *x)
{
    struct event_order_list *e =
        ref_say(r, EVENT_ORDER_LIST, AUDIENCE_PARTY, x->first.cmd.session_id);
    e->client_seq = x->first.cmd.client_seq;
    e->account_id = x->first.cmd.account_id;
    e->instrument_id = x->first.instrument_id;
    e->list_id = x->list_id;
    return e;
}

/* The last event is about one order. */
static struct list_order
last_said(const struct ref_venue *r)
{
    const struct event_order *e = (const void *)&r->said[r->said_cnt - 1];
    return (struct list_order){.order_id = e->order_id,
                               .status = e->status,
                               .qty_lots = e->qty_lots,
                               .leaves_lots = e->leaves_lots,
                               .cum_lots = e->cum_lots,
                               .cum_cost = e->cum_cost,
                               .id = e->id};
}

static void
refuse(struct ref_venue *r, const struct command_order_list *x, const struct leg *l, int wrong,
       uint16_t reason, uint32_t detail)
{
    for (int i = 0; i < 2; i++)
        ref_say_refused_new(r, &l[i].order, i == wrong ? reason : REASON_LIST,
                            i == wrong ? detail : 0);
    struct event_order_list *e = say_list(r, x);
    e->refused = (uint32_t)wrong + 1;
    for (int i = 0; i < 2; i++)
        e->orders[i] = (struct list_order){.reason = i == wrong ? reason : REASON_LIST,
                                           .status = ORD_STATUS_REJECTED,
                                           .qty_lots = l[i].order.qty_lots,
                                           .id = l[i].order.cmd.id};
}

static uint16_t
may_be_linked(const struct command_order_new *x, uint32_t *detail)
{
    if (x->ord_type == ORD_MARKET || x->ord_type == ORD_MARKET_TO_LIMIT ||
        x->ord_type == ORD_PEGGED)
        return REASON_BAD_ORDER_TYPE;
    if (x->time_in_force == TIF_IOC || x->time_in_force == TIF_FOK)
        return REASON_BAD_TIME_IN_FORCE;
    if ((x->exec_inst & EXEC_ALL_OR_NONE) == 0)
        return 0;
    *detail = offsetof(struct command_order_new, exec_inst);
    return REASON_BAD_FIELD;
}

/* What two of them need that one would have had. */
static uint16_t
room_for_two(struct ref_venue *r, const struct leg *l)
{
    if (ref_open_cnt(r) + 2 > r->genesis.order_max)
        return REASON_POOL_FULL;
    for (int i = 0; i < 2; i++) {
        if (!ref_id_room(r))
            return REASON_CLIENT_IDS_FULL;
    }
    if (r->id_cnt + 2 > r->genesis.client_id_max)
        return REASON_CLIENT_IDS_FULL;
    r->genesis.level_max--; /* as if the first were there */
    r->genesis.trail_max -= l[0].draft.offset != 0 && l[1].order.peg_offset_units != 0;
    struct ref_order both = l[0].draft;
    uint16_t reason = 0;
    if (ref_rest_room(r, &(struct ref_order){.place = REF_TAKING}) != 0)
        reason = REASON_LEVELS_FULL;
    else if (l[1].order.peg_offset_units != 0)
        reason = ref_trail_room(r, &both);
    r->genesis.level_max++;
    r->genesis.trail_max += l[0].draft.offset != 0 && l[1].order.peg_offset_units != 0;
    if (reason == 0 && r->work_cnt + 8 + 1 >= r->genesis.work_max)
        return REASON_BUSY;
    if (reason == 0 && (wide)both.qty + l[1].order.qty_lots > INT64_MAX)
        return REASON_TOO_LARGE;
    both.qty += reason == 0 ? l[1].order.qty_lots : 0;
    return reason != 0 ? reason : ref_rest_room(r, &both);
}

/* Of one whose session and account are known. */
static uint16_t
judge(struct ref_venue *r, struct leg *l, int *wrong, uint32_t *detail)
{
    *wrong = 0;
    uint16_t reason = may_be_linked(&l[0].order, detail);
    if (reason == 0)
        reason = ref_judge_new(r, &l[0].order, &l[0].draft, detail);
    if (reason != 0)
        return reason;
    *wrong = 1;
    *detail = 0;
    if (l[1].order.instrument_id != l[0].order.instrument_id || l[1].order.side != l[0].order.side)
        return REASON_LINK;
    reason = room_for_two(r, l);
    if (reason == 0)
        reason = may_be_linked(&l[1].order, detail);
    if (reason != 0)
        return reason;
    r->accounts[l[0].draft.account].listed++; /* the first is not among the orders yet */
    reason = ref_judge_new(r, &l[1].order, &l[1].draft, detail);
    r->accounts[l[0].draft.account].listed--;
    return reason;
}

static uint16_t
check_ids(struct ref_venue *r, const struct command_order_list *x, struct leg *l, int *wrong)
{
    *wrong = 0;
    if (x->list_id.length == 0 || x->first.cmd.id.length == 0)
        return REASON_BAD_CLIENT_ID;
    *wrong = 1;
    if (x->second_id.length == 0)
        return REASON_BAD_CLIENT_ID;
    if (memcmp(&x->second_id, &x->first.cmd.id, sizeof(x->second_id)) == 0)
        return REASON_DUPLICATE_ID;
    for (int i = 0; i < 2; i++)
        l[i].known = ref_id_find(r, REF_ORDERS, x->first.cmd.account_id, &l[i].order.cmd.id);
    return 0;
}

static bool
same(const struct leg *l, const struct command *cmd)
{
    return l[0].known != NULL && l[1].known != NULL && ref_id_same(l[0].known, cmd) &&
           ref_id_same(l[1].known, cmd);
}

/* The first, then the second, unless that ends it. */
static void
enter(struct ref_venue *r, const struct command *cmd, struct ref_order **o)
{
    bool parked[2] = {(o[0]->exec_inst & EXEC_HOLD_PARK) != 0,
                      (o[1]->exec_inst & EXEC_HOLD_PARK) != 0};
    o[1]->place = REF_PARKED;
    if (!parked[0])
        ref_place(r, cmd, o[0]);
    if (parked[1] || o[1]->place == REF_DONE)
        return;
    r->leaves = r->told.work_cnt > ref_work_but_pegs(r);
    if (r->instruments[o[1]->instrument].busy || ref_must_stop(r)) {
        ref_work_add(r, &(struct ref_work){.kind = REF_WORK_ENTER,
                                           .instrument = (int)o[1]->instrument,
                                           .order = (uint32_t)(o[1] - r->orders)});
        return;
    }
    o[1]->place = REF_TAKING;
    ref_place(r, cmd, o[1]);
}

static void
take(struct ref_venue *r, const struct command_order_list *x, struct leg *l)
{
    struct command_order_list as_second = *x; /* remembered with the same content */
    as_second.first.cmd.id = x->second_id;
    const struct command *cmds[2] = {&x->first.cmd, &as_second.first.cmd};
    struct ref_order *o[2];
    struct list_order said[2];
    for (int i = 0; i < 2; i++) {
        l[i].draft.exec_inst |= EXEC_LINKED;
        if (i == 1) {
            l[i].draft.link = (uint32_t)(o[0] - r->orders) + 1;
            l[i].draft.second = true;
        }
        o[i] = ref_take_new(r, cmds[i], &l[i].draft);
        said[i] = last_said(r);
    }
    memcpy(say_list(r, x)->orders, said, sizeof(said));
    enter(r, &x->first.cmd, o);
}

void
ref_list(struct ref_venue *r, const struct command *cmd)
{
    const struct command_order_list *x = (const void *)cmd;
    struct leg l[2];
    struct list_order said[2];
    uint32_t detail = 0;
    int wrong = 0;
    take_apart(x, l);
    uint16_t reason = r->rules_version < 2 ? REASON_UNKNOWN_COMMAND : ref_sender(r, cmd);
    if (reason == 0)
        reason = check_ids(r, x, l, &wrong);
    if (reason == 0 && same(l, cmd)) {
        for (int i = 0; i < 2; i++) {
            ref_say_again(r, &l[i].order.cmd, &r->orders[l[i].known->order]);
            said[i] = last_said(r);
        }
        memcpy(say_list(r, x)->orders, said, sizeof(said));
        return;
    }
    if (reason == 0 && (l[0].known != NULL || l[1].known != NULL)) {
        wrong = l[0].known == NULL;
        reason = REASON_DUPLICATE_ID;
    }
    if (reason == 0)
        reason = judge(r, l, &wrong, &detail);
    if (reason != 0)
        refuse(r, x, l, wrong, reason, detail);
    else
        take(r, x, l);
}
