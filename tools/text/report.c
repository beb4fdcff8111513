#include "tools/text/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/decimal.h"
#include "engine/model/schema.h"

enum { REPORT_LINE_MAX = 512 };

struct walk {
    const struct sandbox *v;
    report_line *line;
    void *arg;
    uint32_t id, asset_id;
    struct core_order *orders;
    size_t cnt, max;
    __int128 settled, pending;
};

struct text {
    char at[DECIMAL_TEXT_MAX];
};

static struct text
amount(int64_t value, unsigned scale)
{
    struct text t;
    (void)decimal_format_short(value, scale, t.at);
    return t;
}

static void
balance_line(void *arg, const struct core_balance *b)
{
    struct walk *w = arg;
    const struct sandbox_asset *a = sandbox_asset_of(w->v, b->asset_id);
    if (a == NULL || (w->id != 0 && w->id != b->account_id) ||
        (w->asset_id != 0 && w->asset_id != b->asset_id))
        return;
    char text[REPORT_LINE_MAX];
    int64_t available = b->settled_units + b->credit_units - b->held_units - b->pending_out_units;
    (void)snprintf(text, sizeof text,
                   "BALANCE account_id=%u asset=%s settled=%s held=%s available=%s pending_in=%s "
                   "pending_out=%s",
                   b->account_id, a->symbol, amount(b->settled_units, a->scale).at,
                   amount(b->held_units, a->scale).at, amount(available, a->scale).at,
                   amount(b->pending_in_units, a->scale).at,
                   amount(b->pending_out_units, a->scale).at);
    w->line(w->arg, text);
}

void
report_balances(const struct sandbox *v, uint32_t account_id, uint32_t asset_id, report_line *line,
                void *arg)
{
    struct walk w = {.v = v, .line = line, .arg = arg, .id = account_id, .asset_id = asset_id};
    core_each_balance(v->core, balance_line, &w);
}

static void
sum_balance(void *arg, const struct core_balance *b)
{
    struct walk *w = arg;
    if (b->asset_id != w->asset_id)
        return;
    w->settled += b->settled_units;
    w->pending += (__int128)b->pending_in_units - b->pending_out_units;
}

void
report_sums(const struct sandbox *v, report_line *line, void *arg)
{
    for (uint32_t i = 0; i < v->asset_cnt; i++) {
        struct walk w = {.v = v, .asset_id = v->assets[i].id};
        core_each_balance(v->core, sum_balance, &w);
        CHECK(w.settled == (int64_t)w.settled && w.pending == (int64_t)w.pending);
        char text[REPORT_LINE_MAX];
        (void)snprintf(text, sizeof text, "SUM asset=%s settled=%s pending=%s", v->assets[i].symbol,
                       amount((int64_t)w.settled, v->assets[i].scale).at,
                       amount((int64_t)w.pending, v->assets[i].scale).at);
        line(arg, text);
    }
}

/* --- orders --- */

static void
collect_order(void *arg, const struct core_order *o)
{
    struct walk *w = arg;
    if (w->cnt == w->max) {
        w->max = w->max == 0 ? 256 : w->max * 2;
        w->orders = realloc(w->orders, w->max * sizeof *w->orders);
        CHECK(w->orders != NULL, "out of memory");
    }
    w->orders[w->cnt++] = *o;
}

static int
by_id(const void *a, const void *b)
{
    uint64_t x = ((const struct core_order *)a)->order_id;
    uint64_t y = ((const struct core_order *)b)->order_id;
    return (x > y) - (x < y);
}

/* Sells from the lowest price on, then buys from the highest on. */
static int
by_level(const void *a, const void *b)
{
    const struct core_order *x = a, *y = b;
    if (x->side != y->side)
        return x->side == SIDE_SELL ? -1 : 1;
    int rising = (x->price_units > y->price_units) - (x->price_units < y->price_units);
    return x->side == SIDE_SELL ? rising : -rising;
}

static struct walk
collected(const struct sandbox *v, int (*compare)(const void *, const void *))
{
    struct walk w = {.v = v};
    core_each_order(v->core, collect_order, &w);
    if (w.cnt > 0)
        qsort(w.orders, w.cnt, sizeof *w.orders, compare);
    return w;
}

static const char *
name(const struct schema_enum *e, uint64_t value)
{
    const char *text = schema_enum_text(e, value);
    return text ? text : "?";
}

void
report_orders(const struct sandbox *v, uint32_t account_id, report_line *line, void *arg)
{
    struct walk w = collected(v, by_id);
    for (size_t n = 0; n < w.cnt; n++) {
        const struct core_order *o = &w.orders[n];
        const struct sandbox_instrument *i = sandbox_instrument_of(v, o->instrument_id);
        if (i == NULL || (account_id != 0 && account_id != o->account_id))
            continue;
        char text[REPORT_LINE_MAX];
        unsigned hold_scale = o->side == SIDE_BUY ? i->currency_scale : i->asset_scale;
        (void)snprintf(text, sizeof text,
                       "ORDER account_id=%u id=%.*s instrument=%s side=%s ord_type=%s "
                       "time_in_force=%s price=%s qty=%s cum=%s leaves=%s hold=%s status=%s",
                       o->account_id, (int)o->id.length, o->id.text, i->symbol,
                       name(&SCHEMA_SIDE, o->side), name(&SCHEMA_ORD_TYPE, o->ord_type),
                       name(&SCHEMA_TIME_IN_FORCE, o->time_in_force),
                       amount(o->price_units, i->price_scale).at,
                       amount(o->qty_lots * i->lot_units, i->asset_scale).at,
                       amount(o->cum_lots * i->lot_units, i->asset_scale).at,
                       amount(o->leaves_lots * i->lot_units, i->asset_scale).at,
                       amount(o->hold_units, hold_scale).at, name(&SCHEMA_ORD_STATUS, o->status));
        if (o->stop_units != 0)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), " stop=%s",
                           amount(o->stop_units, i->price_scale).at);
        line(arg, text);
    }
    free(w.orders);
}

static bool
in_book(const struct core_order *o, uint32_t instrument_id)
{
    return o->instrument_id == instrument_id && o->in_book;
}

void
report_book(const struct sandbox *v, uint32_t instrument_id, report_line *line, void *arg)
{
    const struct sandbox_instrument *i = sandbox_instrument_of(v, instrument_id);
    struct walk w = collected(v, by_level);
    for (size_t n = 0; n < w.cnt && i != NULL;) {
        const struct core_order *first = &w.orders[n];
        int64_t lots = 0;
        uint32_t cnt = 0;
        for (; n < w.cnt && w.orders[n].side == first->side &&
               w.orders[n].price_units == first->price_units;
             n++) {
            bool counts = in_book(&w.orders[n], instrument_id);
            lots += counts ? w.orders[n].leaves_lots : 0;
            cnt += counts;
        }
        if (cnt == 0)
            continue;
        char text[REPORT_LINE_MAX];
        (void)snprintf(text, sizeof text, "LEVEL instrument=%s side=%s price=%s qty=%s orders=%u",
                       i->symbol, name(&SCHEMA_SIDE, first->side),
                       amount(first->price_units, i->price_scale).at,
                       amount(lots * i->lot_units, i->asset_scale).at, cnt);
        line(arg, text);
    }
    free(w.orders);
}
