#include "tools/flow/flow_judge.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "tools/flow/flow_cme.h"
#include "tools/flow/flow_core.h"
#include "tools/flow/flow_field.h"
#include "tools/flow/flow_map.h"
#include "tools/flow/flow_read.h"

enum { MAKER = 0, TAKER = 1, LOG_MAX = 256 };

struct order {
    uint64_t id; /* the exchange's */
    int64_t price_ticks, left;
    int64_t filled;  /* in our core, under its present number */
    uint32_t number; /* in our core; 0 = not there */
    uint8_t side;
    bool open;
    bool waits; /* it would have crossed: tried again before each record */
};

struct judge {
    struct judge_verdict *verdict;
    struct flow_core core;
    struct flow_core_mark mark;
    struct flow_op log[LOG_MAX]; /* since the mark */
    uint32_t log_cnt;
    uint32_t number;              /* last order number given */
    struct flow_map ids, numbers; /* exchange's id, our number -> index into orders + 1 */
    struct order *orders;
    uint32_t order_cnt, order_max;
    uint32_t *waiting; /* indices, in order of priority */
    uint32_t waiting_cnt;
    struct flow_map cancels; /* hash of (event, order) of each cancel record */
    char trade_side;
};

static void
apply(struct judge *j, const struct flow_op *op)
{
    if (j->log_cnt == LOG_MAX) {
        flow_core_mark(&j->core, &j->mark);
        j->log_cnt = 0;
    }
    j->log[j->log_cnt++] = *op;
    flow_core_apply(&j->core, op);
}

static void
take_back(struct judge *j)
{
    j->log_cnt--;
    flow_core_back(&j->core, &j->mark);
    for (uint32_t i = 0; i < j->log_cnt; i++)
        flow_core_apply(&j->core, &j->log[i]);
}

static struct flow_op
op_of(const struct order *o, uint8_t kind)
{
    return (struct flow_op){.price_units = kind == FLOW_CANCEL ? 0 : o->price_ticks,
                            .qty_units = kind == FLOW_CANCEL ? 0 : o->filled + o->left,
                            .order = o->number,
                            .client = MAKER,
                            .kind = kind,
                            .side = o->side,
                            .ord_type = ORD_LIMIT,
                            .tif = TIF_GTC,
                            .source = FLOW_RECORDED,
                            .exec_inst = EXEC_POST_ONLY};
}

static struct order *
order_find(const struct judge *j, const struct flow_map *map, uint64_t key)
{
    uint32_t index = flow_map_get(map, key);
    return index == 0 ? NULL : &j->orders[index - 1];
}

/* --- the book as the recording says --- */

/* Rests it, at the tail of its price; false: it would cross. */
static bool
try_enter(struct judge *j, struct order *o)
{
    o->number = ++j->number;
    o->filled = 0;
    struct flow_op op = op_of(o, FLOW_NEW);
    apply(j, &op);
    if (j->core.reason != 0) {
        CHECK(j->core.reason == REASON_POST_ONLY_WOULD_TAKE,
              " the core refuses a resting order: %s", reason_name(j->core.reason));
        o->number = 0;
        return false;
    }
    flow_map_set(&j->numbers, o->number, (uint32_t)(o - j->orders) + 1);
    return true;
}

static void
enter(struct judge *j, struct order *o)
{
    o->waits = !try_enter(j, o);
    if (o->waits)
        j->waiting[j->waiting_cnt++] = (uint32_t)(o - j->orders);
}

static void
retry_waiting(struct judge *j)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < j->waiting_cnt; i++) {
        struct order *o = &j->orders[j->waiting[i]];
        if (o->open && o->waits && !try_enter(j, o))
            j->waiting[kept++] = j->waiting[i];
        else
            o->waits = false;
    }
    j->waiting_cnt = kept;
}

static void
stop_waiting(struct judge *j, struct order *o)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < j->waiting_cnt; i++)
        if (j->waiting[i] != (uint32_t)(o - j->orders))
            j->waiting[kept++] = j->waiting[i];
    j->waiting_cnt = kept;
    o->waits = false;
}

static void
leave(struct judge *j, struct order *o)
{
    if (o->waits) {
        stop_waiting(j, o);
    } else if (o->number != 0) {
        struct flow_op op = op_of(o, FLOW_CANCEL);
        apply(j, &op);
        o->number = 0;
    }
}

static void
record_add(struct judge *j, const struct cme_record *r)
{
    struct order *o = order_find(j, &j->ids, r->order_id);
    if (!o) {
        CHECK(j->orders != NULL && j->order_cnt < j->order_max);
        o = &j->orders[j->order_cnt++];
        flow_map_set(&j->ids, r->order_id, j->order_cnt);
        j->verdict->orders++;
    } else if (o->open) {
        leave(j, o);
    }
    *o = (struct order){.id = r->order_id,
                        .price_ticks = r->price_ticks,
                        .left = r->size,
                        .side = r->side == 'B' ? SIDE_BUY : SIDE_SELL,
                        .open = r->size > 0};
    if (o->open)
        enter(j, o);
}

static void
record_cancel(struct judge *j, const struct cme_record *r)
{
    struct order *o = order_find(j, &j->ids, r->order_id);
    if (!o || !o->open)
        return;
    leave(j, o);
    o->open = false;
}

/* A higher size or another price loses the place: the core does that by itself. */
static void
record_modify(struct judge *j, const struct cme_record *r)
{
    struct order *o = order_find(j, &j->ids, r->order_id);
    if (!o || !o->open) {
        record_add(j, r); /* an iceberg's refill, at the tail */
        return;
    }
    if (r->size == 0) {
        record_cancel(j, r);
        return;
    }
    if (r->price_ticks == o->price_ticks && r->size == o->left)
        return;
    bool keeps = r->price_ticks == o->price_ticks && r->size < o->left;
    o->price_ticks = r->price_ticks;
    o->left = r->size;
    if (o->waits && keeps)
        return;
    if (o->waits) {
        stop_waiting(j, o);
        enter(j, o);
        return;
    }
    struct flow_op op = op_of(o, FLOW_REPLACE);
    apply(j, &op);
    if (j->core.reason == 0)
        return;
    leave(j, o); /* it would cross */
    enter(j, o);
}

/* What a recorded fill leaves, done without an aggressor. */
static void
reduce(struct judge *j, struct order *o, int64_t size)
{
    if (size >= o->left) {
        leave(j, o);
        o->open = false;
        o->left = 0;
        return;
    }
    o->left -= size;
    if (o->waits || o->number == 0)
        return;
    struct flow_op op = op_of(o, FLOW_REPLACE);
    apply(j, &op);
}

/* --- the comparison --- */

static uint64_t
cancel_key(int64_t event_ns, uint64_t id)
{
    uint64_t both[2] = {(uint64_t)event_ns, id};
    return hash64(0, both, sizeof both) | 1;
}

static enum judge_cause
cause_of(const struct judge *j, const struct cme_record *r, const struct order *recorded)
{
    if (recorded->waits)
        return JUDGE_NOT_IN_BOOK;
    if (j->core.fill_cnt == 0)
        return JUDGE_NONE;
    const struct flow_fill *first = &j->core.fills[0];
    if (first->maker == recorded->number)
        return JUDGE_EQUAL;
    const struct order *ours = order_find(j, &j->numbers, first->maker);
    bool better = first->price_units != r->price_ticks;
    if (ours && flow_map_get(&j->cancels, cancel_key(r->event_ns, ours->id)) != 0)
        return better ? JUDGE_BETTER_CANCELED : JUDGE_CANCELED_BY_EVENT;
    if (r->size > recorded->left)
        return JUDGE_BEYOND_SHOWN;
    return better ? JUDGE_BETTER_PRICE : JUDGE_OTHER_ORDER;
}

static void
compare(struct judge *j, const struct cme_record *r, struct order *recorded)
{
    int64_t size = r->size < recorded->left ? r->size : recorded->left;
    struct flow_op op = {.price_units = r->price_ticks,
                         .qty_units = size,
                         .order = ++j->number,
                         .client = TAKER,
                         .kind = FLOW_NEW,
                         .side = recorded->side == SIDE_BUY ? SIDE_SELL : SIDE_BUY,
                         .ord_type = ORD_LIMIT,
                         .tif = TIF_IOC,
                         .source = FLOW_ADDED};
    apply(j, &op);
    enum judge_cause cause = cause_of(j, r, recorded);
    j->verdict->fills++;
    j->verdict->by_cause[cause]++;
    if (cause != JUDGE_EQUAL) {
        take_back(j);
        reduce(j, recorded, r->size);
        return;
    }
    CHECK(j->core.fill_cnt == 1 && j->core.fills[0].qty_units == size);
    recorded->filled += size;
    recorded->left -= size;
    if (recorded->left == 0) {
        recorded->open = false;
        recorded->number = 0;
    }
}

static void
record_fill(struct judge *j, const struct cme_record *r)
{
    struct order *o = order_find(j, &j->ids, r->order_id);
    if (!o || !o->open) {
        j->verdict->unknown++;
        return;
    }
    if (r->side != 'A' && r->side != 'B') {
        j->verdict->no_side++;
        reduce(j, o, r->size);
    } else if (r->price_ticks != o->price_ticks || r->side == j->trade_side) {
        j->verdict->aggressor_side++;
        reduce(j, o, r->size);
    } else {
        compare(j, r, o);
    }
}

static void
record_judge(struct judge *j, const struct cme_record *r)
{
    if (j->waiting_cnt > 0)
        retry_waiting(j);
    bool sided = (r->side == 'A' || r->side == 'B') && r->order_id != 0;
    if (r->action == 'T') {
        j->trade_side = r->side;
        j->verdict->trades++;
    } else if (r->action == 'F' && r->order_id != 0) {
        record_fill(j, r);
    } else if (r->action == 'A' && sided) {
        record_add(j, r);
    } else if (r->action == 'M' && sided) {
        record_modify(j, r);
    } else if (r->action == 'C' && sided) {
        record_cancel(j, r);
    }
}

/* --- the whole --- */

static uint64_t
note_cancels(struct judge *j, const struct flow_bytes *b)
{
    struct flow_lines lines = {b->data, b->data + b->length, 0};
    struct flow_line line;
    struct cme_record r;
    while (flow_lines_next(&lines, &line))
        if (cme_record_read(&line, &r) && r.action == 'C')
            flow_map_set(&j->cancels, cancel_key(r.event_ns, r.order_id), 1);
    return lines.number;
}

/* The converted recording tells how many orders are open at once. The judge's own numbers: each
 * record can enter an order, and waiting ones are tried again (refused ids are not remembered). */
static int
core_open(struct judge *j, const struct flow_bytes *b, uint32_t lines, struct error *err)
{
    const struct flow_read_options options = {.client_cnt = 2, .seed = 1};
    struct flow f;
    flow_init(&f, "judge");
    f.client_cnt = 2;
    int rc = flow_cme_read(&f, b, &options, err);
    if (rc == 0)
        rc = flow_core_open(&j->core, &f, 1024, lines, err);
    flow_fini(&f);
    return rc;
}

static int
judge_open(struct judge *j, const struct flow_bytes *b, struct error *err)
{
    uint64_t lines = note_cancels(j, b);
    if (lines > 1u << 22)
        return error_set(err, ERR_INVALID, "the judge takes recordings of up to 4 million records");
    int rc = core_open(j, b, (uint32_t)lines, err);
    if (rc != 0)
        return rc;
    j->order_max = (uint32_t)lines + 1;
    j->orders = calloc(j->order_max, sizeof *j->orders);
    j->waiting = calloc(j->order_max + 1, sizeof *j->waiting);
    j->mark.memory = malloc(j->core.memory_bytes);
    if (!j->orders || !j->waiting || !j->mark.memory)
        return error_set(err, ERR_NO_SPACE, "no memory for a recording of %llu records",
                         (unsigned long long)lines);
    flow_core_mark(&j->core, &j->mark);
    return 0;
}

int
flow_judge(const struct flow_bytes *recording, struct judge_verdict *out, struct error *err)
{
    if (flow_form_of(recording->data, recording->length) != FLOW_FORM_CME)
        return error_set(err, ERR_INVALID, "the judge needs CME market by order as CSV");
    struct judge *j = calloc(1, sizeof *j);
    if (!j)
        return error_set(err, ERR_NO_SPACE, "no memory for the judge");
    memset(out, 0, sizeof *out);
    j->verdict = out;
    int rc = judge_open(j, recording, err);
    struct flow_lines lines = {recording->data, recording->data + recording->length, 0};
    struct flow_line line;
    struct cme_record r;
    while (rc == 0 && flow_lines_next(&lines, &line))
        if (cme_record_read(&line, &r))
            record_judge(j, &r);
    flow_core_close(&j->core);
    flow_map_free(&j->ids);
    flow_map_free(&j->numbers);
    flow_map_free(&j->cancels);
    free(j->orders);
    free(j->waiting);
    free(j->mark.memory);
    free(j);
    return rc;
}

const char *
judge_cause_text(enum judge_cause cause)
{
    static const char *const texts[JUDGE_CAUSE_CNT] = {
        [JUDGE_EQUAL] = "the same order",
        [JUDGE_CANCELED_BY_EVENT] = "ours is canceled by the same event (self-match prevention)",
        [JUDGE_BETTER_CANCELED] = "ours is canceled by the same event, at a better price",
        [JUDGE_BEYOND_SHOWN] = "filled beyond its shown size (iceberg)",
        [JUDGE_BETTER_PRICE] = "ours is at a better price",
        [JUDGE_NOT_IN_BOOK] = "the recorded order would have crossed the book",
        [JUDGE_OTHER_ORDER] = "another order at the right price",
        [JUDGE_NONE] = "ours fills nothing",
    };
    return (unsigned)cause < JUDGE_CAUSE_CNT ? texts[cause] : "?";
}
