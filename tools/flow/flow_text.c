#include "tools/flow/flow_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/decimal.h"
#include "tools/flow/flow_file.h"

struct name_value {
    const char *name;
    uint8_t value;
};
static const struct name_value SIDES[] = {{"buy", SIDE_BUY}, {"sell", SIDE_SELL}, {NULL, 0}};
static const struct name_value TYPES[] = {{"market", ORD_MARKET}, {"limit", ORD_LIMIT}, {NULL, 0}};
static const struct name_value TIFS[] = {
    {"day", TIF_DAY}, {"gtc", TIF_GTC}, {"ioc", TIF_IOC}, {"fok", TIF_FOK}, {NULL, 0}};
static const struct name_value KINDS[] = {
    {"new", FLOW_NEW}, {"cancel", FLOW_CANCEL}, {"replace", FLOW_REPLACE}, {NULL, 0}};
static const struct name_value SOURCES[] = {
    {"recorded", FLOW_RECORDED}, {"added", FLOW_ADDED}, {"generated", FLOW_GENERATED}, {NULL, 0}};

enum { WORD_MAX = 12 };
struct words {
    const char *text[WORD_MAX];
    size_t length[WORD_MAX];
    unsigned cnt;
};

struct reading {
    struct flow *flow;
    struct error *err;
    uint64_t line;
    uint32_t *first; /* op index of the new of order n, at n - 1 */
    size_t first_max;
};

/* --- writing --- */

static const char *
name_of(const struct name_value *table, uint8_t value)
{
    for (; table->name; table++)
        if (table->value == value)
            return table->name;
    return "?";
}

static void
price_text(char *out, const struct flow_op *op, const struct flow_instrument *in)
{
    if (op->ord_type == ORD_MARKET)
        memcpy(out, "-", 2);
    else
        decimal_format(op->price_units, in->price_scale, out);
}

static void
op_write(const struct flow *f, const struct flow_op *op, FILE *out)
{
    const struct flow_instrument *in = &f->instruments[op->instrument];
    const char *source = flow_source_name(op->source);
    char price[DECIMAL_TEXT_MAX], qty[DECIMAL_TEXT_MAX];
    price_text(price, op, in);
    decimal_format_short(op->qty_units, in->qty_scale, qty);
    fprintf(out, "%" PRId64 " %s %" PRIu32 " %u ", op->time_ns, flow_kind_name(op->kind), op->order,
            op->client);
    if (op->kind == FLOW_CANCEL)
        fprintf(out, "%s\n", source);
    else if (op->kind == FLOW_REPLACE)
        fprintf(out, "%s %s %s\n", price, qty, source);
    else
        fprintf(out, "%s %s %s %s %s %s %s%s\n", in->symbol, name_of(SIDES, op->side),
                name_of(TYPES, op->ord_type), name_of(TIFS, op->tif), price, qty, source,
                op->exec_inst & EXEC_POST_ONLY ? " post-only" : "");
}

int
flow_text_write(const struct flow *f, FILE *out, struct error *err)
{
    fprintf(out, "assay-flow 1\nname %s\nclients %" PRIu32 "\nwarm %zu\n", f->name, f->client_cnt,
            f->warm_cnt);
    for (uint32_t i = 0; i < f->instrument_cnt; i++)
        fprintf(out, "instrument %s %u %u\n", f->instruments[i].symbol,
                f->instruments[i].price_scale, f->instruments[i].qty_scale);
    for (uint32_t i = 0; i < f->note_cnt; i++)
        fprintf(out, "note %" PRIu64 " %s\n", f->notes[i].cnt, f->notes[i].text);
    for (size_t i = 0; i < f->op_cnt; i++)
        op_write(f, &f->ops[i], out);
    if (fflush(out) != 0 || ferror(out))
        return error_errno(err, errno, "writing the flow");
    return 0;
}

/* --- reading --- */

static void
split(struct words *w, const struct flow_line *line)
{
    const char *at = line->text, *end = line->text + line->length;
    w->cnt = 0;
    while (w->cnt < WORD_MAX) {
        while (at < end && *at == ' ')
            at++;
        if (at == end)
            return;
        const char *stop = memchr(at, ' ', (size_t)(end - at));
        stop = stop ? stop : end;
        w->text[w->cnt] = at;
        w->length[w->cnt++] = (size_t)(stop - at);
        at = stop;
    }
}

static bool
word_is(const struct words *w, unsigned i, const char *text)
{
    return i < w->cnt && w->length[i] == strlen(text) && !memcmp(w->text[i], text, w->length[i]);
}

static int
wrong(const struct reading *r, const struct words *w, unsigned i, const char *expected)
{
    if (i >= w->cnt)
        return error_set(r->err, ERR_INVALID, "line %" PRIu64 ": expected %s, found the end",
                         r->line, expected);
    return error_set(r->err, ERR_INVALID, "line %" PRIu64 ": expected %s, found '%.*s'", r->line,
                     expected, (int)(w->length[i] < 40 ? w->length[i] : 40), w->text[i]);
}

static int
whole(const struct reading *r, const struct words *w, unsigned i, int64_t max, const char *expected,
      int64_t *out)
{
    int64_t value;
    if (i >= w->cnt || decimal_parse(w->text[i], w->length[i], 0, &value) != DECIMAL_OK ||
        value < 0 || value > max)
        return wrong(r, w, i, expected);
    *out = value;
    return 0;
}

static int
named(const struct reading *r, const struct words *w, unsigned i, const struct name_value *table,
      const char *expected, uint8_t *out)
{
    for (; table->name; table++) {
        if (word_is(w, i, table->name)) {
            *out = table->value;
            return 0;
        }
    }
    return wrong(r, w, i, expected);
}

static int
amount(const struct reading *r, const struct words *w, unsigned i, unsigned scale,
       const char *expected, int64_t *out)
{
    if (i >= w->cnt || decimal_parse(w->text[i], w->length[i], scale, out) != DECIMAL_OK)
        return wrong(r, w, i, expected);
    return 0;
}

static int
price_and_qty(const struct reading *r, const struct words *w, unsigned i, struct flow_op *op)
{
    const struct flow_instrument *in = &r->flow->instruments[op->instrument];
    if (op->ord_type == ORD_MARKET) {
        if (!word_is(w, i, "-"))
            return wrong(r, w, i, "'-' (no price at market)");
    } else {
        int rc = amount(r, w, i, in->price_scale, "a price with the instrument's decimals",
                        &op->price_units);
        if (rc < 0)
            return rc;
    }
    return amount(r, w, i + 1, in->qty_scale, "a quantity with the instrument's decimals",
                  &op->qty_units);
}

static int
symbol_index(const struct reading *r, const struct words *w, unsigned i, uint16_t *out)
{
    int found = i < w->cnt ? flow_instrument_find(r->flow, w->text[i], w->length[i]) : -1;
    if (found < 0)
        return wrong(r, w, i, "a symbol that an instrument line above names");
    *out = (uint16_t)found;
    return 0;
}

static int
new_read(struct reading *r, const struct words *w, struct flow_op *op)
{
    int rc = symbol_index(r, w, 4, &op->instrument);
    if (rc == 0)
        rc = named(r, w, 5, SIDES, "buy or sell", &op->side);
    if (rc == 0)
        rc = named(r, w, 6, TYPES, "limit or market", &op->ord_type);
    if (rc == 0)
        rc = named(r, w, 7, TIFS, "day, gtc, ioc or fok", &op->tif);
    if (rc == 0)
        rc = price_and_qty(r, w, 8, op);
    if (rc == 0 && w->cnt > 11 && !word_is(w, 11, "post-only"))
        rc = wrong(r, w, 11, "post-only or the end");
    if (rc < 0)
        return rc;
    op->exec_inst = w->cnt > 11 ? EXEC_POST_ONLY : 0;
    if (op->order != r->flow->order_cnt + 1)
        return wrong(r, w, 2, "the next order number (1, 2, 3...)");
    if (op->order > r->first_max) {
        size_t max = r->first_max ? r->first_max * 2 : 1024;
        uint32_t *bigger = reallocarray(r->first, max, sizeof *bigger);
        if (!bigger)
            return error_set(r->err, ERR_NO_SPACE, "no memory for %zu orders", max);
        r->first = bigger;
        r->first_max = max;
    }
    CHECK(r->first != NULL);
    r->first[op->order - 1] = (uint32_t)r->flow->op_cnt;
    return 0;
}

/* What a cancel or replace has from its order. */
static int
inherit(const struct reading *r, const struct words *w, struct flow_op *op)
{
    if (op->order == 0 || op->order > r->flow->order_cnt)
        return wrong(r, w, 2, "the number of an order above");
    CHECK(r->first != NULL);
    const struct flow_op *of = &r->flow->ops[r->first[op->order - 1]];
    op->instrument = of->instrument;
    op->side = of->side;
    op->ord_type = of->ord_type;
    op->tif = of->tif;
    return 0;
}

static int
op_read(struct reading *r, const struct words *w)
{
    struct flow_op op = {0};
    int64_t order, client;
    int rc = whole(r, w, 0, INT64_MAX, "a time in nanoseconds, or a keyword", &op.time_ns);
    if (rc == 0)
        rc = named(r, w, 1, KINDS, "new, cancel or replace", &op.kind);
    if (rc == 0)
        rc = whole(r, w, 2, UINT32_MAX, "an order number", &order);
    if (rc == 0)
        rc = whole(r, w, 3, FLOW_CLIENT_MAX - 1, "a client index", &client);
    if (rc < 0)
        return rc;
    op.order = (uint32_t)order;
    op.client = (uint8_t)client;
    rc = op.kind == FLOW_NEW ? new_read(r, w, &op) : inherit(r, w, &op);
    if (rc == 0 && op.kind == FLOW_REPLACE)
        rc = price_and_qty(r, w, 4, &op);
    if (rc == 0)
        rc = named(r, w,
                   op.kind == FLOW_NEW       ? 10
                   : op.kind == FLOW_REPLACE ? 6
                                             : 4,
                   SOURCES, "recorded, added or generated", &op.source);
    if (rc == 0)
        flow_append(r->flow, &op);
    return rc;
}

static int
instrument_read(struct reading *r, const struct words *w)
{
    char symbol[SYMBOL_MAX];
    int64_t price_scale, qty_scale;
    uint16_t index;
    if (w->cnt < 2 || w->length[1] >= sizeof symbol)
        return wrong(r, w, 1, "a symbol of at most 23 characters");
    memcpy(symbol, w->text[1], w->length[1]);
    symbol[w->length[1]] = 0;
    int rc = whole(r, w, 2, 8, "decimals of the price, 0 to 8", &price_scale);
    if (rc == 0)
        rc = whole(r, w, 3, 8, "decimals of the quantity, 0 to 8", &qty_scale);
    if (rc < 0)
        return rc;
    rc = flow_instrument_add(r->flow, symbol, (unsigned)price_scale, (unsigned)qty_scale, &index,
                             r->err);
    return rc < 0 ? error_wrap(r->err, "line %" PRIu64, r->line) : 0;
}

/* The rest of the line from word i on, cut to fit. */
static void
rest_copy(char *out, size_t out_bytes, const struct words *w, unsigned i,
          const struct flow_line *line)
{
    size_t length = i < w->cnt ? (size_t)(line->text + line->length - w->text[i]) : 0;
    length = length < out_bytes ? length : out_bytes - 1;
    if (length > 0)
        memcpy(out, w->text[i], length);
    out[length] = 0;
}

static int
note_read(struct reading *r, const struct words *w, const struct flow_line *line)
{
    int64_t cnt;
    char text[FLOW_NOTE_TEXT_MAX];
    int rc = whole(r, w, 1, INT64_MAX, "a count", &cnt);
    if (rc < 0)
        return rc;
    if (r->flow->note_cnt == FLOW_NOTE_MAX)
        return error_set(r->err, ERR_INVALID, "line %" PRIu64 ": more than %d notes", r->line,
                         FLOW_NOTE_MAX);
    rest_copy(text, sizeof text, w, 2, line);
    flow_note(r->flow, (uint64_t)cnt, text);
    return 0;
}

static int
line_read(struct reading *r, const struct flow_line *line)
{
    struct words w;
    int64_t value;
    split(&w, line);
    if (w.cnt == 0 || w.text[0][0] == '#')
        return 0;
    if (word_is(&w, 0, "instrument"))
        return instrument_read(r, &w);
    if (word_is(&w, 0, "note"))
        return note_read(r, &w, line);
    if (word_is(&w, 0, "name")) {
        rest_copy(r->flow->name, sizeof r->flow->name, &w, 1, line);
        return 0;
    }
    if (word_is(&w, 0, "clients")) {
        int rc = whole(r, &w, 1, FLOW_CLIENT_MAX, "1 to 64 clients", &value);
        if (rc == 0 && (uint32_t)value > r->flow->client_cnt)
            r->flow->client_cnt = (uint32_t)value;
        return rc;
    }
    if (word_is(&w, 0, "warm")) {
        int rc = whole(r, &w, 1, INT64_MAX, "a count of operations", &value);
        r->flow->warm_cnt = rc == 0 ? (size_t)value : 0;
        return rc;
    }
    return op_read(r, &w);
}

int
flow_text_read(struct flow *f, const char *text, size_t length, struct error *err)
{
    struct reading r = {.flow = f, .err = err};
    struct flow_lines lines = {text, text + length, 0};
    struct flow_line line;
    int rc = 0;
    if (!flow_lines_next(&lines, &line) || line.length != 12 ||
        memcmp(line.text, "assay-flow 1", 12) != 0)
        return error_set(err, ERR_INVALID, "line 1: expected 'assay-flow 1'");
    while (rc == 0 && flow_lines_next(&lines, &line)) {
        r.line = lines.number;
        rc = line_read(&r, &line);
    }
    free(r.first);
    if (rc == 0 && f->warm_cnt > f->op_cnt)
        rc = error_set(err, ERR_INVALID, "warm %zu is more than the %zu operations", f->warm_cnt,
                       f->op_cnt);
    return rc < 0 ? rc : flow_check(f, err);
}
