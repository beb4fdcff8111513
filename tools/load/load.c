#include "tools/load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/decimal.h"
#include "tools/flow/flow_random.h"
#include "tools/load/load_priv.h"

enum {
    CONNECT_S = 10,   /* for all sessions to be up */
    LOGOUT_S = 5,     /* for all to be down */
    WINDOW = 64,      /* without a rate */
    BURST_MAX = 64,   /* sends of one session before the network is polled */
    TURN_NS = 100000, /* longest sleep while there is something to send or to come */
    PROGRESS_NS = 100 * CLOCK_NS_PER_MS,
};

struct phase {  /* of the flow's operations */
    size_t end; /* index of the first that is not of it */
    uint32_t window;
    bool paced;
    bool stop_allowed; /* seconds and interrupts end it */
};

/* --- life --- */

/* Deals the operations to the sessions' lists. */
static void
deal(struct load *l)
{
    const struct flow *f = l->flow;
    size_t counts[LOAD_SESSION_MAX] = {0}, at = 0;
    for (size_t i = 0; i < f->op_cnt; i++)
        counts[f->ops[i].client % l->session_cnt]++;
    for (uint32_t s = 0; s < l->session_cnt; s++) {
        l->sessions[s].ops = l->op_lists + at;
        at += counts[s];
    }
    for (size_t i = 0; i < f->op_cnt; i++) {
        struct load_session *s = &l->sessions[f->ops[i].client % l->session_cnt];
        s->ops[s->op_cnt++] = (uint32_t)i;
        if (f->ops[i].kind == FLOW_NEW)
            l->id_ops[f->ops[i].order] = (uint32_t)i;
    }
}

static void
options_complete(struct load *l)
{
    struct load_options *o = &l->options;
    if (o->window == 0)
        o->window = o->rate > 0 || o->as_recorded ? UINT32_MAX : WINDOW;
    o->seed = o->seed ? o->seed : 1;
    o->drain_s = o->drain_s ? o->drain_s : 5;
    o->speed = o->speed > 0 ? o->speed : 1;
}

int
load_open(struct load **out, const struct flow *f, const struct load_options *options,
          uint32_t session_cnt, struct error *err)
{
    if (session_cnt < 1 || session_cnt > LOAD_SESSION_MAX)
        return error_set(err, ERR_INVALID, "%u sessions: expected 1 to %d", session_cnt,
                         LOAD_SESSION_MAX);
    struct load *l = calloc(1, sizeof *l);
    if (!l)
        return error_set(err, ERR_NO_SPACE, "no memory");
    l->flow = f;
    l->options = *options;
    l->session_cnt = session_cnt;
    l->op_lists = calloc(f->op_cnt + 1, sizeof *l->op_lists);
    l->ops = calloc(f->op_cnt + 1, sizeof *l->ops);
    l->states = calloc(f->op_cnt + 1, sizeof *l->states);
    l->id_ops = calloc(f->order_cnt + 1ull, sizeof *l->id_ops);
    if (!l->op_lists || !l->ops || !l->states || !l->id_ops) {
        load_close(l);
        return error_set(err, ERR_NO_SPACE, "no memory for %zu operations", f->op_cnt);
    }
    options_complete(l);
    load_id_prefix(l);
    deal(l);
    histogram_init(&l->result.order_intended);
    histogram_init(&l->result.order_sent);
    histogram_init(&l->result.change_intended);
    histogram_init(&l->result.change_sent);
    *out = l;
    return 0;
}

void
load_close(struct load *l)
{
    if (!l)
        return;
    free(l->op_lists);
    free(l->ops);
    free(l->states);
    free(l->id_ops);
    free(l);
}

void
load_link_set(struct load *l, uint32_t session, struct load_link link)
{
    CHECK(session < l->session_cnt);
    l->sessions[session].link = link;
}

void
load_interrupt(struct load *l)
{
    atomic_store_explicit(&l->interrupted, true, memory_order_relaxed); /* a flag alone */
}

const struct load_result *
load_result(const struct load *l)
{
    return &l->result;
}

bool
load_clean(const struct load *l)
{
    const struct load_result *r = &l->result;
    return r->unanswered == 0 && r->protocol_errors == 0 && r->lost_sessions == 0;
}

/* --- sessions --- */

static int64_t
now_of(const struct load *l)
{
    return l->driver->now(l->driver->self);
}

static uint32_t
up_cnt(const struct load *l)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < l->session_cnt; i++)
        cnt += l->sessions[i].link.ops->up(l->sessions[i].link.self);
    return cnt;
}

static int
connect_all(struct load *l, struct error *err)
{
    int64_t deadline = now_of(l) + CONNECT_S * (int64_t)CLOCK_NS_PER_S;
    for (uint32_t i = 0; i < l->session_cnt; i++) {
        int rc = l->sessions[i].link.ops->connect(l->sessions[i].link.self, err);
        if (rc < 0)
            return error_wrap(err, "session %u", i + 1);
    }
    for (;;) {
        l->driver->poll(l->driver->self);
        if (l->result.lost_sessions > 0)
            return error_set(err, ERR_CLOSED, "a session did not come up: %s", l->result.lost_why);
        if (up_cnt(l) == l->session_cnt)
            return 0;
        if (now_of(l) >= deadline)
            return error_set(err, ERR_TIMEOUT, "%u of %u sessions are up after %d s", up_cnt(l),
                             l->session_cnt, CONNECT_S);
        l->driver->wait(l->driver->self, now_of(l) + CLOCK_NS_PER_MS);
    }
}

static void
logout_all(struct load *l)
{
    int64_t deadline = now_of(l) + LOGOUT_S * (int64_t)CLOCK_NS_PER_S;
    l->ending = true;
    for (uint32_t i = 0; i < l->session_cnt; i++)
        if (!l->sessions[i].down)
            l->sessions[i].link.ops->logout(l->sessions[i].link.self);
    for (;;) {
        uint32_t down = 0;
        l->driver->poll(l->driver->self);
        for (uint32_t i = 0; i < l->session_cnt; i++)
            down += l->sessions[i].down;
        if (down == l->session_cnt || now_of(l) >= deadline)
            return;
        l->driver->wait(l->driver->self, now_of(l) + CLOCK_NS_PER_MS);
    }
}

/* --- sending --- */

/* The instants at which the operations of the timed part are to be sent. */
static void
schedule(struct load *l)
{
    const struct flow *f = l->flow;
    const struct load_options *o = &l->options;
    struct flow_random chance = {o->seed};
    int64_t at = l->start_ns;
    int64_t origin = f->warm_cnt < f->op_cnt ? f->ops[f->warm_cnt].time_ns : 0;
    for (size_t i = f->warm_cnt; i < f->op_cnt; i++) {
        if (o->as_recorded) {
            int64_t since = f->ops[i].time_ns - origin;
            at = l->start_ns + (o->speed == 1 ? since : (int64_t)((double)since / o->speed));
        } else if (o->rate > 0) {
            at += flow_random_gap_ns(&chance, CLOCK_NS_PER_S / o->rate);
        }
        l->ops[i].intended_ns = at;
    }
}

static int
send_op(struct load *l, struct load_session *s, uint32_t op)
{
    const struct flow_op *of = &l->flow->ops[op];
    const struct flow_instrument *in = &l->flow->instruments[of->instrument];
    char id[LOAD_ID_MAX], orig[LOAD_ID_MAX] = "", price[DECIMAL_TEXT_MAX] = "",
                          qty[DECIMAL_TEXT_MAX] = "";
    load_id_write(l, op, id);
    if (of->kind != FLOW_NEW)
        load_id_write(l, l->id_ops[of->order], orig);
    if (of->kind != FLOW_CANCEL)
        decimal_format_short(of->qty_units, in->qty_scale, qty);
    if (of->price_units != 0)
        decimal_format_short(of->price_units, in->price_scale, price);
    return s->link.ops->send(
        s->link.self, &(struct load_message){.kind = of->kind,
                                             .side = of->side,
                                             .ord_type = of->ord_type,
                                             .tif = of->tif,
                                             .post_only = (of->exec_inst & EXEC_POST_ONLY) != 0,
                                             .id = id,
                                             .orig = orig,
                                             .symbol = in->symbol,
                                             .price = price,
                                             .qty = qty});
}

static void
sent_note(struct load *l, struct load_session *s, uint32_t op, int64_t now, bool paced)
{
    struct load_result *r = &l->result;
    l->states[op] = LOAD_OP_SENT;
    l->ops[op].sent_ns = now;
    if (!paced)
        l->ops[op].intended_ns = now;
    l->sent++;
    s->outstanding++;
    s->next++;
    if (op < l->flow->warm_cnt) {
        r->warm_sent++;
        return;
    }
    if (r->first_ns == 0)
        r->first_ns = now;
    r->last_ns = now;
    r->by_source[l->flow->ops[op].source & 3].sent[l->flow->ops[op].kind & 3]++;
}

/* Sends the session's next operation if it is due. 0: sent; else when to try again (INT64_MAX:
 * after answers or room, or never). */
static int64_t
session_next(struct load *l, struct load_session *s, const struct phase *p)
{
    if (s->down || s->next == s->op_cnt || s->ops[s->next] >= p->end || s->outstanding >= p->window)
        return INT64_MAX;
    uint32_t op = s->ops[s->next];
    int64_t now = now_of(l);
    if (p->paced && l->ops[op].intended_ns > now)
        return l->ops[op].intended_ns;
    if (send_op(l, s, op) != 0)
        return INT64_MAX;
    sent_note(l, s, op, now, p->paced);
    return 0;
}

/* Paced: each session by its own clock, so that a slow one holds up nobody. Returns when the next
 * operation of any is due. */
static int64_t
turn_paced(struct load *l, const struct phase *p)
{
    int64_t due = INT64_MAX;
    for (uint32_t i = 0; i < l->session_cnt; i++) {
        int64_t next = 0;
        for (uint32_t burst = 0; next == 0 && burst < BURST_MAX; burst++)
            next = session_next(l, &l->sessions[i], p);
        due = next < due ? next : due;
    }
    return due;
}

/* Unpaced: in the flow's order over all sessions, or takers would run ahead of their makers. */
static int64_t
turn_in_order(struct load *l, const struct phase *p)
{
    for (uint32_t burst = 0; burst < BURST_MAX; burst++) {
        struct load_session *first = NULL;
        for (uint32_t i = 0; i < l->session_cnt; i++) {
            struct load_session *s = &l->sessions[i];
            if (!s->down && s->next < s->op_cnt &&
                (!first || s->ops[s->next] < first->ops[first->next]))
                first = s;
        }
        if (!first || session_next(l, first, p) != 0)
            return INT64_MAX;
    }
    return 0;
}

static bool
phase_sent(const struct load *l, const struct phase *p)
{
    for (uint32_t i = 0; i < l->session_cnt; i++) {
        const struct load_session *s = &l->sessions[i];
        if (!s->down && s->next < s->op_cnt && s->ops[s->next] < p->end)
            return false;
    }
    return true;
}

static bool
time_over(const struct load *l, const struct phase *p, int64_t now)
{
    if (!p->stop_allowed)
        return false;
    if (atomic_load_explicit(&l->interrupted, memory_order_relaxed)) /* a flag alone */
        return true;
    return l->options.seconds > 0 &&
           now - l->start_ns >= l->options.seconds * (int64_t)CLOCK_NS_PER_S;
}

struct beat { /* what is done now and then */
    int64_t progress_ns, timer_ns;
    void (*progress)(void *arg, const struct load_progress *p);
    void *arg;
};

static void
beat_turn(struct load *l, struct beat *b, int64_t now)
{
    if (now >= b->timer_ns) {
        b->timer_ns = now + CLOCK_NS_PER_S;
        for (uint32_t i = 0; i < l->session_cnt; i++)
            if (!l->sessions[i].down && l->sessions[i].link.ops->timer)
                l->sessions[i].link.ops->timer(l->sessions[i].link.self);
    }
    if (now < b->progress_ns || !b->progress)
        return;
    b->progress_ns = now + PROGRESS_NS;
    b->progress(b->arg, &(struct load_progress){.sent = l->sent,
                                                .answered = l->answered,
                                                .total = l->flow->op_cnt,
                                                .elapsed_ns = now - l->start_ns,
                                                .result = &l->result});
}

static void
phase_run(struct load *l, const struct phase *p, struct beat *b)
{
    while (!phase_sent(l, p)) {
        int64_t now = now_of(l), due = now + TURN_NS;
        if (time_over(l, p, now))
            return;
        int64_t next = p->paced ? turn_paced(l, p) : turn_in_order(l, p);
        due = next < due ? next : due;
        uint64_t answered = l->answered;
        l->driver->poll(l->driver->self);
        beat_turn(l, b, now);
        bool window_moved = l->answered != answered;
        if (!window_moved && due > now_of(l))
            l->driver->wait(l->driver->self, due);
    }
}

/* Until all is answered, or nothing has come for drain_s. */
static void
drain(struct load *l, struct beat *b)
{
    int64_t patience = l->options.drain_s * (int64_t)CLOCK_NS_PER_S, since = now_of(l);
    uint64_t answered = l->answered;
    while (l->answered < l->sent) {
        int64_t now = now_of(l);
        if (l->answered != answered) {
            answered = l->answered;
            since = now;
        }
        if (now - since >= patience || l->result.lost_sessions == l->session_cnt)
            return;
        l->driver->wait(l->driver->self, now + CLOCK_NS_PER_MS);
        l->driver->poll(l->driver->self);
        beat_turn(l, b, now);
    }
}

/* The last answers may come before the fills that follow them: a moment for those. */
static void
settle(struct load *l)
{
    int64_t until = now_of(l) + 50 * CLOCK_NS_PER_MS;
    while (now_of(l) < until) {
        l->driver->wait(l->driver->self, until);
        l->driver->poll(l->driver->self);
    }
}

int
load_run(struct load *l, const struct load_driver *driver,
         void (*progress)(void *arg, const struct load_progress *p), void *arg, struct error *err)
{
    const struct phase warm = {.end = l->flow->warm_cnt, .window = WINDOW};
    const struct phase timed = {.end = l->flow->op_cnt,
                                .window = l->options.window,
                                .paced = l->options.rate > 0 || l->options.as_recorded,
                                .stop_allowed = true};
    struct beat b = {.progress = progress, .arg = arg};
    l->driver = driver;
    int rc = connect_all(l, err);
    if (rc < 0)
        return rc;
    l->start_ns = now_of(l);
    phase_run(l, &warm, &b);
    drain(l, &b);
    l->start_ns = now_of(l);
    schedule(l);
    phase_run(l, &timed, &b);
    drain(l, &b);
    settle(l);
    l->result.unanswered = l->sent - l->answered;
    l->result.not_sent = l->flow->op_cnt - l->sent;
    b.progress_ns = 0;
    beat_turn(l, &b, now_of(l));
    logout_all(l);
    return 0;
}
