#include "engine/base/log.h"
#include "gateway/fix/fix_gateway_priv.h"
#include "gateway/fix/fix_report.h"

static void
learn_instrument(struct fix_gateway *g, const struct event *ev)
{
    const struct event_instrument *e = (const struct event_instrument *)(const void *)ev;
    if (!fix_instruments_learn(g->venue.instruments, e))
        LOG_E("fix", "no room for instrument %u: more than %u", e->instrument_id,
              g->options.instrument_max);
}

static void
learn_market(struct fix_gateway *g, const struct event *ev)
{
    uint32_t instrument_id;
    if (!fix_instruments_apply(g->venue.instruments, ev, &instrument_id))
        return;
    for (uint32_t i = 0; i < g->session_cnt; i++)
        fix_status_changed(&g->sessions[i], instrument_id);
}

void
fix_events_learn(struct fix_gateway *g, const struct event *ev)
{
    if (ev->rec.type == EVENT_INSTRUMENT) {
        learn_instrument(g, ev);
    } else if (ev->rec.type == EVENT_EPOCH) {
        for (uint32_t i = 0; i < g->session_cnt; i++)
            fix_session_epoch(&g->sessions[i]);
    } else if (ev->session_id != 0) {
        struct fix_session *s = fix_gateway_session(g, ev->session_id);
        if (s != NULL)
            fix_session_learn(s, ev);
    }
    learn_market(g, ev);
    g->venue.learned_seq = ev->rec.seq;
}

static bool
can_catch_up(const struct fix_session *s)
{
    return s->lagging && s->map.head->next_out + 1 <= s->reserved;
}

/* Whether the session lacks the event: catching_up asks for sessions that lag, else for those that
 * do not. */
static bool
lacks(const struct fix_session *s, const struct event *ev, bool catching_up)
{
    if (s == NULL || s->lagging != catching_up)
        return false;
    return !catching_up || (can_catch_up(s) && s->map.head->event_seq < ev->rec.seq);
}

static void
report_to(struct fix_session *s, const struct event *ev, bool buy, bool sell, bool catching_up)
{
    if (!lacks(s, ev, catching_up))
        return;
    bool done = fix_session_report(s, ev, buy, sell);
    if (done && catching_up)
        s->map.head->event_seq = ev->rec.seq;
    else if (!done)
        s->map.head->event_seq = ev->rec.seq - 1; /* caught up from here, with new numbers */
}

static struct fix_session *
session_of(const struct fix_gateway *g, uint32_t session_id)
{
    return session_id == 0 ? NULL : fix_gateway_session(g, session_id);
}

static bool
has_account(const struct fix_session_config *c, uint32_t account_id)
{
    for (uint32_t i = 0; i < c->account_cnt; i++) {
        if (c->accounts[i].account_id == account_id)
            return true;
    }
    return c->account_id == account_id;
}

/* A request for quote, to those who may answer: the sessions of a named account; one to all goes to
 * those that are logged on, lest a session that comes once a month finds those of a month. */
static void
report_request(struct fix_gateway *g, const struct event_request *e, bool catching_up)
{
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        struct fix_session *s = &g->sessions[i];
        bool to = e->account_id != 0 ? has_account(s->config, e->account_id) : s->state >= FIX_UP;
        if (to)
            report_to(s, &e->ev, true, false, catching_up);
    }
}

/* A negotiated trade: the session that proposed it, and those of the other side's account. */
static void
report_deal(struct fix_gateway *g, const struct event_deal *e, bool catching_up)
{
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        struct fix_session *s = &g->sessions[i];
        bool mine = s->config->session_id == e->ev.session_id;
        bool other = has_account(s->config, e->to_account_id);
        if (mine || other)
            report_to(s, &e->ev, mine, other, catching_up);
    }
}

static void
report_fill(struct fix_gateway *g, const struct event_fill *f, bool catching_up)
{
    struct fix_session *buyer = session_of(g, f->buy.session_id);
    struct fix_session *seller = session_of(g, f->sell.session_id);
    report_to(buyer, &f->ev, true, buyer == seller, catching_up);
    if (seller != buyer)
        report_to(seller, &f->ev, false, true, catching_up);
}

static void
report(struct fix_gateway *g, const struct event *ev, bool catching_up)
{
    const struct event_request *asked = (const struct event_request *)(const void *)ev;
    if (ev->rec.type == EVENT_FILL)
        report_fill(g, (const struct event_fill *)(const void *)ev, catching_up);
    else if (ev->rec.type == EVENT_DEAL)
        report_deal(g, (const struct event_deal *)(const void *)ev, catching_up);
    else if (ev->rec.type == EVENT_REQUEST && asked->id.length == 0)
        report_request(g, asked, catching_up);
    else if (fix_report_type(ev, false) != NULL)
        report_to(session_of(g, ev->session_id), ev, true, false, catching_up);
}

uint32_t
fix_events_poll(struct fix_gateway *g)
{
    uint32_t done = 0;
    const struct event *ev;
    while (done < EVENT_BUDGET && (ev = stream_ring_next(g->ring)) != NULL) {
        fix_events_learn(g, ev);
        report(g, ev, false);
        done++;
    }
    return done;
}

/* --- sessions that lag: a scan of the stream on their behalf --- */

/* Where the one furthest behind stands; false when none lags that could go on. */
static bool
scan_from(struct fix_gateway *g, uint64_t *from)
{
    bool any = false;
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        struct fix_session *s = &g->sessions[i];
        if (can_catch_up(s) && (!any || s->map.head->event_seq < *from)) {
            *from = s->map.head->event_seq;
            any = true;
        }
    }
    return any;
}

/* The stream was read from `from` up to seq. A session that ran out of numbers stays behind. */
static void
scan_advance(struct fix_gateway *g, uint64_t from, uint64_t seq)
{
    for (uint32_t i = 0; i < g->session_cnt; i++) {
        struct fix_session *s = &g->sessions[i];
        uint64_t *at = &s->map.head->event_seq;
        if (!can_catch_up(s) || *at < from)
            continue;
        if (*at < seq)
            *at = seq;
        if (*at >= g->venue.learned_seq)
            s->lagging = false;
    }
}

uint32_t
fix_events_scan(struct fix_gateway *g)
{
    uint64_t from = 0;
    if (!scan_from(g, &from))
        return 0;
    if (from >= g->venue.learned_seq) {
        scan_advance(g, from, from);
        return 1;
    }
    const struct stream_source *source = g->options.source;
    int64_t bytes = source->fetch(source->self, from + 1, g->scan, SCAN_BYTES, NULL, NULL);
    if (bytes <= 0)
        return 0; /* not readable yet */
    uint64_t last = from;
    for (int64_t at = 0; at < bytes;) {
        const struct event *ev = (const struct event *)(const void *)(g->scan + at);
        if (ev->rec.seq > g->venue.learned_seq)
            break; /* comes through the ring as well */
        report(g, ev, true);
        last = ev->rec.seq;
        at += ev->rec.length_bytes;
    }
    scan_advance(g, from, last);
    return 1;
}
