#include "tools/flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "tools/flow/flow_random.h"

static void *
grow(void *memory, size_t cnt, size_t bytes_each)
{
    void *bigger = reallocarray(memory, cnt, bytes_each);
    if (!bigger) {
        fprintf(stderr, "assay: no memory for %zu records of an order flow\n", cnt);
        exit(2);
    }
    return bigger;
}

void
flow_init(struct flow *f, const char *name)
{
    memset(f, 0, sizeof *f);
    f->client_cnt = 1;
    snprintf(f->name, sizeof f->name, "%s", name);
}

void
flow_fini(struct flow *f)
{
    flow_map_free(&f->symbols);
    free(f->instruments);
    free(f->ops);
    memset(f, 0, sizeof *f);
}

/* Of a symbol, never 0: half a bit less than the hash is enough. */
static uint64_t
symbol_key(const char *symbol, size_t length)
{
    return hash64(0, symbol, length) | 1;
}

int
flow_instrument_find(const struct flow *f, const char *symbol, size_t length)
{
    uint32_t found = flow_map_get(&f->symbols, symbol_key(symbol, length));
    if (found == 0 || strlen(f->instruments[found - 1].symbol) != length ||
        memcmp(f->instruments[found - 1].symbol, symbol, length) != 0)
        return -1;
    return (int)found - 1;
}

int
flow_instrument_add(struct flow *f, const char *symbol, unsigned price_scale, unsigned qty_scale,
                    uint16_t *index, struct error *err)
{
    size_t length = strlen(symbol);
    if (length == 0 || length >= SYMBOL_MAX)
        return error_set(err, ERR_INVALID, "symbol '%s': expected 1 to %d characters", symbol,
                         SYMBOL_MAX - 1);
    if (price_scale > 8 || qty_scale > 8)
        return error_set(err, ERR_INVALID, "%s: decimals of price and quantity are 0 to 8", symbol);
    int found = flow_instrument_find(f, symbol, length);
    if (found >= 0) {
        const struct flow_instrument *known = &f->instruments[found];
        if (known->price_scale != price_scale || known->qty_scale != qty_scale)
            return error_set(err, ERR_INVALID, "%s appears with two different scales", symbol);
        *index = (uint16_t)found;
        return 0;
    }
    if (f->instrument_cnt == UINT16_MAX)
        return error_set(err, ERR_INVALID, "more than %u instruments", UINT16_MAX);
    if (f->instrument_cnt == f->instrument_max) {
        f->instrument_max = f->instrument_max ? f->instrument_max * 2 : 16;
        f->instruments = grow(f->instruments, f->instrument_max, sizeof *f->instruments);
    }
    struct flow_instrument *added = &f->instruments[f->instrument_cnt];
    memset(added, 0, sizeof *added);
    memcpy(added->symbol, symbol, length);
    added->price_scale = (uint8_t)price_scale;
    added->qty_scale = (uint8_t)qty_scale;
    *index = (uint16_t)f->instrument_cnt++;
    flow_map_set(&f->symbols, symbol_key(symbol, length), f->instrument_cnt);
    return 0;
}

void
flow_reserve(struct flow *f, size_t more)
{
    if (f->op_cnt + more <= f->op_max)
        return;
    f->op_max = f->op_cnt + more;
    f->ops = grow(f->ops, f->op_max, sizeof *f->ops);
}

void
flow_append(struct flow *f, const struct flow_op *op)
{
    if (f->op_cnt == f->op_max)
        flow_reserve(f, f->op_max < 1024 ? 1024 : f->op_max / 2);
    struct flow_op *to = &f->ops[f->op_cnt];
    *to = *op;
    if (f->op_cnt > 0 && to->time_ns < to[-1].time_ns)
        to->time_ns = to[-1].time_ns;
    f->op_cnt++;
    if (op->order > f->order_cnt)
        f->order_cnt = op->order;
    if (op->client >= f->client_cnt)
        f->client_cnt = op->client + 1u;
}

void
flow_note(struct flow *f, uint64_t cnt, const char *text)
{
    for (uint32_t i = 0; i < f->note_cnt; i++) {
        if (!strcmp(f->notes[i].text, text)) {
            f->notes[i].cnt += cnt;
            return;
        }
    }
    CHECK(f->note_cnt < FLOW_NOTE_MAX, " more than %d notes", FLOW_NOTE_MAX);
    struct flow_note *note = &f->notes[f->note_cnt++];
    note->cnt = cnt;
    snprintf(note->text, sizeof note->text, "%s", text);
}

static const char *
values_wrong(const struct flow *f, const struct flow_op *op)
{
    if (op->instrument >= f->instrument_cnt)
        return "instrument is not in the table";
    if (op->client >= f->client_cnt || op->client >= FLOW_CLIENT_MAX)
        return "client is not one of the flow's";
    if (op->side != SIDE_BUY && op->side != SIDE_SELL)
        return "side is neither buy nor sell";
    if (op->source < FLOW_RECORDED || op->source > FLOW_GENERATED)
        return "source is none of recorded, added, generated";
    if (op->time_ns < 0)
        return "time is below zero";
    if (op->kind == FLOW_CANCEL)
        return NULL;
    if (op->kind != FLOW_NEW && op->kind != FLOW_REPLACE)
        return "kind is none of new, cancel, replace";
    if ((op->exec_inst & ~(uint32_t)EXEC_POST_ONLY) != 0)
        return "execution instruction is none but post-only";
    if (op->qty_units <= 0)
        return "quantity is not positive";
    if (op->ord_type == ORD_MARKET ? op->price_units != 0 : op->price_units <= 0)
        return "price does not fit the order type";
    return NULL;
}

static const char *
order_wrong(const struct flow_op *op, const struct flow_op *first, uint32_t seen)
{
    if (op->kind == FLOW_NEW)
        return op->order == seen + 1 ? NULL : "order numbers are not 1, 2, 3...";
    if (op->order == 0 || op->order > seen)
        return "names an order that has not come yet";
    if (first->instrument != op->instrument || first->client != op->client ||
        first->side != op->side)
        return "instrument, client or side differ from the order's";
    return NULL;
}

int
flow_check(const struct flow *f, struct error *err)
{
    uint32_t *first = grow(NULL, f->op_cnt + 2, sizeof *first); /* op index by order number */
    uint32_t seen = 0;
    int rc = 0;
    for (size_t i = 0; i < f->op_cnt && rc == 0; i++) {
        const struct flow_op *op = &f->ops[i];
        const char *wrong = values_wrong(f, op);
        if (!wrong) {
            const struct flow_op *of =
                op->order > 0 && op->order <= seen ? &f->ops[first[op->order]] : op;
            wrong = order_wrong(op, of, seen);
        }
        if (wrong)
            rc = error_set(err, ERR_INVALID, "operation %zu (%s of order %u): %s", i + 1,
                           flow_kind_name(op->kind), op->order, wrong);
        else if (op->kind == FLOW_NEW)
            first[++seen] = (uint32_t)i;
    }
    free(first);
    return rc;
}

void
flow_count(const struct flow *f, struct flow_counts *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < f->op_cnt; i++) {
        const struct flow_op *op = &f->ops[i];
        out->ops[op->source & 3][op->kind & 3]++;
        out->last_ns = op->time_ns;
        if (op->kind != FLOW_NEW)
            continue;
        out->by_type[op->source & 3][op->ord_type == ORD_MARKET]++;
        out->by_tif[op->source & 3][op->tif & 15]++;
    }
}

const char *
flow_kind_name(uint8_t kind)
{
    static const char *const names[] = {"?", "new", "cancel", "replace"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}

const char *
flow_source_name(uint8_t source)
{
    static const char *const names[] = {"?", "recorded", "added", "generated"};
    return source < sizeof names / sizeof names[0] ? names[source] : "?";
}

uint8_t
flow_client_of(uint32_t order, uint32_t client_cnt)
{
    struct flow_random r = {order};
    return (uint8_t)(flow_random_next(&r) % client_cnt);
}
