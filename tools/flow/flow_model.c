#include "tools/flow/flow_model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

int
flow_model_open(struct flow_model *m, uint32_t resting_max, struct error *err)
{
    memset(m, 0, sizeof *m);
    memset(m->head, 0xff, sizeof m->head);
    memset(m->tail, 0xff, sizeof m->tail);
    m->bid = -1;
    m->ask = FLOW_LEVELS;
    m->max = resting_max;
    m->slots = calloc(resting_max, sizeof *m->slots);
    m->live = calloc(resting_max, sizeof *m->live);
    m->free = calloc(resting_max, sizeof *m->free);
    if (!m->slots || !m->live || !m->free) {
        flow_model_close(m);
        return error_set(err, ERR_NO_SPACE, "no memory for a book of %u orders", resting_max);
    }
    for (uint32_t i = 0; i < resting_max; i++)
        m->free[m->free_cnt++] = resting_max - 1 - i;
    return 0;
}

void
flow_model_close(struct flow_model *m)
{
    free(m->slots);
    free(m->live);
    free(m->free);
    memset(m, 0, sizeof *m);
}

void
flow_model_rest(struct flow_model *m, const struct flow_resting *order)
{
    CHECK(m->free_cnt > 0 && order->level < FLOW_LEVELS && order->left > 0);
    uint32_t slot = m->free[--m->free_cnt], tail = m->tail[order->level];
    struct flow_resting *o = &m->slots[slot];
    *o = *order;
    o->prev = tail;
    o->next = FLOW_SLOT_NONE;
    o->live = m->live_cnt;
    m->live[m->live_cnt++] = slot;
    if (tail == FLOW_SLOT_NONE)
        m->head[o->level] = slot;
    else
        m->slots[tail].next = slot;
    m->tail[o->level] = slot;
    if (o->side == SIDE_BUY && o->level > m->bid)
        m->bid = o->level;
    if (o->side == SIDE_SELL && o->level < m->ask)
        m->ask = o->level;
}

void
flow_model_remove(struct flow_model *m, uint32_t slot)
{
    struct flow_resting *o = &m->slots[slot];
    if (o->prev == FLOW_SLOT_NONE)
        m->head[o->level] = o->next;
    else
        m->slots[o->prev].next = o->next;
    if (o->next == FLOW_SLOT_NONE)
        m->tail[o->level] = o->prev;
    else
        m->slots[o->next].prev = o->prev;
    m->live[o->live] = m->live[--m->live_cnt];
    m->slots[m->live[o->live]].live = o->live;
    m->free[m->free_cnt++] = slot;
    while (m->bid >= 0 &&
           (m->head[m->bid] == FLOW_SLOT_NONE || m->slots[m->head[m->bid]].side != SIDE_BUY))
        m->bid--;
    while (m->ask < FLOW_LEVELS &&
           (m->head[m->ask] == FLOW_SLOT_NONE || m->slots[m->head[m->ask]].side != SIDE_SELL))
        m->ask++;
}

/* The first order that one of `side` with a bound of `level` meets. */
static uint32_t
meets(const struct flow_model *m, uint8_t side, int32_t level)
{
    if (side == SIDE_BUY)
        return m->ask < FLOW_LEVELS && m->ask <= level ? m->head[m->ask] : FLOW_SLOT_NONE;
    return m->bid >= 0 && m->bid >= level ? m->head[m->bid] : FLOW_SLOT_NONE;
}

static bool
enough(const struct flow_model *m, uint8_t side, int32_t level, int64_t qty)
{
    for (uint32_t i = 0; i < m->live_cnt; i++) {
        const struct flow_resting *o = &m->slots[m->live[i]];
        if (o->side != side && (side == SIDE_BUY ? o->level <= level : o->level >= level))
            qty -= o->left;
    }
    return qty <= 0;
}

int64_t
flow_model_take(struct flow_model *m, uint8_t side, int32_t level, int64_t qty, bool whole)
{
    if (whole && !enough(m, side, level, qty))
        return qty;
    for (uint32_t slot; qty > 0 && (slot = meets(m, side, level)) != FLOW_SLOT_NONE;) {
        struct flow_resting *o = &m->slots[slot];
        int64_t fill = o->left < qty ? o->left : qty;
        o->left -= fill;
        o->filled += fill;
        qty -= fill;
        if (o->left == 0)
            flow_model_remove(m, slot);
    }
    return qty;
}
