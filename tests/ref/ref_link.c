#include <stddef.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* One cancels the other, from docs/match.md. */

static bool
may_be_first(const struct ref_order *first, const struct ref_order *draft)
{
    bool triggered = first->stop != 0 && !ref_is_stop(first);
    bool beside = (first->exec_inst & EXEC_NEGOTIATED) != 0;
    return first->place != REF_DONE && !beside && first->account == draft->account &&
           first->instrument == draft->instrument && first->side == draft->side &&
           first->link == 0 && !first->over && first->cum == 0 && !triggered;
}

uint16_t
ref_link_check(struct ref_venue *r, const struct command *cmd, struct ref_order *draft,
               uint32_t *detail)
{
    const struct command_order_linked *x = (const void *)cmd;
    if (r->rules_version < 2)
        return REASON_UNKNOWN_COMMAND;
    if (draft->type == ORD_MARKET || draft->type == ORD_MARKET_TO_LIMIT || ref_is_peg(draft))
        return REASON_BAD_ORDER_TYPE;
    if (draft->tif == TIF_IOC || draft->tif == TIF_FOK)
        return REASON_BAD_TIME_IN_FORCE;
    if (x->other.length == 0 || x->other.length > CLIENT_ID_MAX) {
        *detail = offsetof(struct command_order_linked, other);
        return REASON_BAD_FIELD;
    }
    const struct ref_id *k = ref_id_find(r, REF_ORDERS, cmd->account_id, &x->other);
    if (k == NULL || ref_is_peg(&r->orders[k->order]) || ref_is_whole(&r->orders[k->order]) ||
        !may_be_first(&r->orders[k->order], draft))
        return REASON_LINK;
    draft->link = k->order + 1;
    draft->second = true;
    return 0;
}

/* The second is among the orders now. */
void
ref_link_join(struct ref_venue *r, struct ref_order *o)
{
    if (o->link == 0)
        return;
    struct ref_order *first = &r->orders[o->link - 1];
    first->link = (uint32_t)(o - r->orders) + 1;
    first->second = false;
    first->exec_inst |= EXEC_LINKED;
    o->exec_inst |= EXEC_LINKED;
}

struct ref_order *
ref_link_cut(struct ref_venue *r, struct ref_order *o)
{
    struct ref_order *other = o->link == 0 ? NULL : &r->orders[o->link - 1];
    o->exec_inst &= ~(uint32_t)EXEC_LINKED;
    o->link = 0;
    o->over = false;
    if (other != NULL) {
        other->exec_inst &= ~(uint32_t)EXEC_LINKED;
        other->link = 0;
    }
    return other;
}

/* One whose sweep is unfinished ends when it is to go on. */
void
ref_link_end(struct ref_venue *r, const struct command *cmd, struct ref_order *other)
{
    if (other->place != REF_SWEEPING) {
        ref_kill(r, cmd, other, REASON_LINKED, ORD_STATUS_CANCELED, false);
        return;
    }
    other->over = true;
    other->exec_inst |= EXEC_LINKED;
    ref_set_hold(r, other, ref_hold_of(r, other));
}

void
ref_link_use(struct ref_venue *r, const struct command *cmd, struct ref_order *o)
{
    struct ref_order *other = ref_link_cut(r, o);
    if (other == NULL)
        return;
    ref_link_end(r, cmd, other);
    ref_set_hold(r, o, ref_hold_of(r, o));
}

bool
ref_link_counts(const struct ref_venue *r, const struct ref_order *o)
{
    const struct ref_order *other = o->link == 0 ? NULL : &r->orders[o->link - 1];
    return other == NULL || other->place != REF_BOOK || ref_ahead(o, other);
}

wide
ref_link_share(const struct ref_venue *r, const struct ref_order *o, wide need)
{
    if (o->link == 0 || !o->second)
        return need;
    int64_t first = r->orders[o->link - 1].hold;
    return need > first ? need - first : 0;
}

wide
ref_link_more(const struct ref_venue *r, const struct ref_order *o)
{
    if (o->link == 0 || o->second)
        return 0;
    const struct ref_order *second = &r->orders[o->link - 1];
    wide beyond = ref_need_of(r, second) - ref_need_of(r, o);
    return (beyond > 0 ? beyond : 0) - second->hold;
}
