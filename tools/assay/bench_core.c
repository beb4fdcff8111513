#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "tools/assay/bench.h"
#include "tools/assay/bench_setup.h"
#include "tools/flow/flow_core.h"

/* The core whole, as the venue runs it: risk's hooks with every rule live and limits that nobody
 * reaches, holds, ledger, fees, and all events written to a ring's memory. An order's account is
 * its flow id modulo 1,000, its client id the flow id in decimal; a cancel names that, so that
 * finding the order is the core's timed work. Commands lie ready, as in a gateway's ring; numbering
 * them, as the sequencer does, is timed. */

enum {
    AHEAD = 16, /* the sequencer looks at what its rings hold, up to 32, before it applies it */
    RING_BYTES = 32 << 20,
    OP_GAP_NS = 100,
};

union slot {
    struct command cmd;
    struct command_order_new order;
    struct command_order_cancel cancel;
};

struct whole {
    const struct flow *f;
    struct bench_setup s;
    size_t ring_at, batch_at; /* where the next events go, where those of the batch begin */
    size_t wrapped_at;        /* 0, or where the ring ended when it began anew in this batch */
    uint32_t prepared;
    union slot batch[BENCH_BATCH];
};

static int
whole_open(void **self, const struct flow *f, struct error *err)
{
    struct whole *w = calloc(1, sizeof *w);
    if (w == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the core");
    const struct bench_setup_size size = {
        .instruments = f->instrument_cnt,
        .holders = BENCH_CLIENTS,
        .orders = flow_open_max(f),
        .client_ids = f->order_cnt + 1, /* every id of the day is remembered */
        .ring_bytes = RING_BYTES,
        .collar_ppm = 1000000,
    };
    w->f = f;
    int rc = bench_setup_open(&w->s, &size, err);
    if (rc == 0)
        *self = w;
    else
        free(w);
    return rc;
}

static void
whole_close(void *self)
{
    struct whole *w = self;
    bench_setup_close(&w->s);
    free(w);
}

static void
whole_start(void *self)
{
    struct whole *w = self;
    w->ring_at = w->batch_at = w->wrapped_at = 0;
    bench_setup_start(&w->s);
}

/* --- commands --- */

static uint32_t
order_of(const struct client_id *id)
{
    uint32_t n = 0;
    for (uint8_t i = 0; i < id->length; i++)
        n = n * 10 + (uint32_t)(id->text[i] - '0');
    return n;
}

static void
whole_prepare(void *self, size_t first, uint32_t cnt)
{
    struct whole *w = self;
    w->batch_at = w->ring_at;
    w->wrapped_at = 0;
    w->prepared = cnt;
    for (uint32_t i = 0; i < cnt; i++) {
        const struct flow_op *op = &w->f->ops[first + i];
        union slot *s = &w->batch[i];
        if (op->kind == FLOW_NEW) {
            command_init(&s->cmd, COMMAND_ORDER_NEW);
            bench_client_id(&s->cmd.id, op->order);
            s->order.instrument_id = op->instrument + 1u;
            s->order.side = op->side;
            s->order.ord_type = ORD_LIMIT;
            s->order.time_in_force = TIF_GTC;
            s->order.price_units = op->price_units;
            s->order.qty_lots = op->qty_units;
        } else {
            command_init(&s->cmd, COMMAND_ORDER_CANCEL);
            bench_client_id(&s->cancel.orig, op->order);
        }
        s->cmd.account_id = op->order % BENCH_CLIENTS + 1;
    }
}

/* One command; its events go behind those before it. */
static inline void
apply_one(struct whole *w, struct command *cmd)
{
    if (w->ring_at > RING_BYTES - CORE_OUT_BYTES) {
        CHECK(w->wrapped_at == 0, "a batch does not fit the ring");
        w->wrapped_at = w->ring_at;
        w->ring_at = 0;
    }
    cmd->rec.seq = ++w->s.seq;
    cmd->time_ns = w->s.time_ns += OP_GAP_NS;
    w->ring_at += core_apply(w->s.core, cmd, w->s.ring + w->ring_at);
}

static void
go_on(struct whole *w)
{
    while (core_work_pending(w->s.core)) {
        struct command more;
        command_init(&more, COMMAND_CONTINUE);
        apply_one(w, &more);
    }
}

/* The next commands of the batch, this one included. */
static void
look_ahead(struct whole *w, uint32_t at)
{
    const struct command *cmds[AHEAD];
    uint32_t cnt = 0;
    while (cnt < AHEAD && at + cnt < w->prepared) {
        cmds[cnt] = &w->batch[at + cnt].cmd;
        cnt++;
    }
    core_prefetch(w->s.core, cmds, cnt);
}

static void
whole_apply(void *self, uint32_t at, uint32_t cnt, bool ahead)
{
    struct whole *w = self;
    for (uint32_t i = at; i < at + cnt; i++) {
        if (ahead && i % AHEAD == 0)
            look_ahead(w, i);
        apply_one(w, &w->batch[i].cmd);
        if (core_work_pending(w->s.core))
            go_on(w);
    }
}

static void
note_event(struct bench_sums *sums, const struct event *e)
{
    const struct event_fill *f = (const void *)e;
    switch (e->rec.type) {
    case EVENT_ORDER_REJECTED:
        sums->refused++;
        return;
    case EVENT_CANCEL_REJECTED:
        sums->rejects++;
        return;
    case EVENT_FILL: {
        bool buys = f->aggressor == SIDE_BUY;
        sums->trades++;
        sums->traded_qty += (uint64_t)f->qty_lots;
        sums->checksum =
            flow_checksum_add(sums->checksum, order_of(buys ? &f->sell.id : &f->buy.id),
                              order_of(buys ? &f->buy.id : &f->sell.id), (uint64_t)f->price_units,
                              (uint64_t)f->qty_lots);
        return;
    }
    default:
        return;
    }
}

static void
note_events(struct whole *w, size_t from, size_t to, struct bench_sums *sums)
{
    while (from < to) {
        const struct event *e = (const void *)(w->s.ring + from);
        note_event(sums, e);
        from += e->rec.length_bytes;
    }
}

static void
whole_collect(void *self, struct bench_sums *sums)
{
    struct whole *w = self;
    if (w->wrapped_at != 0) {
        note_events(w, w->batch_at, w->wrapped_at, sums);
        w->batch_at = 0;
    }
    note_events(w, w->batch_at, w->ring_at, sums);
}

const struct bench_target bench_core = {
    .name = "core",
    .open = whole_open,
    .close = whole_close,
    .start = whole_start,
    .prepare = whole_prepare,
    .apply = whole_apply,
    .collect = whole_collect,
};
