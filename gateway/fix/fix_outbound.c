#include "gateway/fix/fix_outbound.h"

#include "engine/base/check.h"
#include "gateway/fix/fix_report.h"

enum { SCAN_MAX = 4096, FETCH_PER_PUMP = 4, KEPT_HEAD = 10 };

/* --- one message onto the wire --- */

struct send {
    uint64_t number;
    char type[3];     /* value of 35 */
    bool again, anew; /* 43=Y, 97=Y */
    int64_t orig_ns;  /* again: when it was due first */
};

/* Of one character or two. */
static void
set_type(struct send *x, const char *type)
{
    x->type[0] = type[0];
    x->type[1] = type[1];
}

static bool
send_begin(struct fix_session *s, const struct send *x, struct fix_writer *w)
{
    char *place = (char *)s->out->reserve(s->out->self, FIX_OUT_MAX);
    if (place == NULL)
        return false;
    struct fix_venue *v = s->venue;
    unsigned digits = s->config->time_digits;
    int64_t orig_ns = x->orig_ns < v->utc_ns ? x->orig_ns : v->utc_ns;
    fix_write_begin(w, place, x->type,
                    &(struct fix_header){.comp_ids = s->comp_ids,
                                         .comp_ids_bytes = s->comp_ids_bytes,
                                         .poss_dup = x->again,
                                         .poss_resend = x->anew,
                                         .seq = x->number,
                                         .sending_ns = v->utc_ns,
                                         .orig_sending_ns = orig_ns,
                                         .time_digits = digits == 0 ? 3 : digits,
                                         .clock = &v->sending_clock});
    return true;
}

static void
send_end(struct fix_session *s, const struct send *x, struct fix_writer *w)
{
    s->out->commit(s->out->self, fix_write_end(w));
    s->sent_ns = s->progress_ns = s->venue->mono_ns;
    s->venue->counters.out_cnt++;
    if (x->again) {
        s->venue->counters.resend_cnt++;
        return;
    }
    s->sent_next = x->number + 1;
    s->map.head->sent_out = x->number;
}

static bool
send_bytes(struct fix_session *s, const struct send *x, const void *body, size_t bytes)
{
    struct fix_writer w;
    if (!send_begin(s, x, &w))
        return false;
    fix_put_raw(&w, body, bytes);
    send_end(s, x, &w);
    return true;
}

static bool
send_event(struct fix_session *s, const struct send *x, const struct event *ev, bool sell)
{
    struct fix_writer w;
    if (!send_begin(s, x, &w))
        return false;
    fix_report_event(&w, ev, sell,
                     &(struct fix_report_context){.instruments = s->venue->instruments,
                                                  .config = s->config,
                                                  .clock = &s->venue->event_clock});
    send_end(s, x, &w);
    return true;
}

static bool
send_gap_fill(struct fix_session *s, uint64_t number, uint64_t next, bool again)
{
    struct fix_writer w;
    struct send x = {.number = number, .type = "4", .again = again, .orig_ns = INT64_MAX};
    if (!send_begin(s, &x, &w))
        return false;
    FIX_PUT_CHAR(&w, "123=", 'Y');
    FIX_PUT_U64(&w, "36=", next);
    send_end(s, &x, &w);
    if (!again) {
        s->sent_next = next;
        s->map.head->sent_out = next - 1;
    }
    return true;
}

/* --- numbers --- */

bool
fix_outbound_numbers(const struct fix_session *s, uint64_t cnt)
{
    return s->map.head->next_out + cnt - 1 <= s->reserved;
}

static bool
resending(const struct fix_session *s)
{
    return s->resend_at <= s->resend_end;
}

bool
fix_outbound_waits(const struct fix_session *s)
{
    return s->out != NULL && (resending(s) || s->sent_next < s->map.head->next_out);
}

/* Whether the client is there and has seen, or is being shown, all before. */
static bool
can_send_now(const struct fix_session *s, uint64_t number)
{
    return s->out != NULL && s->sent_next == number && !resending(s);
}

static uint64_t
take_number(struct fix_session *s)
{
    CHECK(fix_outbound_numbers(s, 1), "session %u has no number left", s->config->session_id);
    return s->map.head->next_out++;
}

static void
not_sent(struct fix_session *s)
{
    if (s->out != NULL && s->state >= FIX_UP)
        fix_session_wake(s);
}

static void
report_side(struct fix_session *s, const struct event *ev, bool sell)
{
    uint64_t number = take_number(s);
    bool anew = ev->rec.seq <= s->anew_until;
    fix_map_put(&s->map, &(struct fix_map_record){.number = number,
                                                  .ref = ev->rec.seq,
                                                  .kind = FIX_MAP_EVENT,
                                                  .flags = (uint8_t)((sell ? FIX_MAP_SELL : 0) |
                                                                     (anew ? FIX_MAP_RESENT : 0))});
    if (!fix_outbound_numbers(s, FIX_RESERVE_BLOCK / 2))
        fix_session_wake(s);
    struct send x = {.number = number, .anew = anew};
    set_type(&x, fix_report_type(ev, sell));
    if (!can_send_now(s, number) || s->state < FIX_UP || !send_event(s, &x, ev, sell))
        not_sent(s);
}

bool
fix_session_report(struct fix_session *s, const struct event *ev, bool buy, bool sell)
{
    if (!fix_outbound_numbers(s, 2)) { /* both sides may be ours: both or none */
        s->lagging = true;
        fix_session_wake(s);
        return false;
    }
    if (buy)
        report_side(s, ev, false);
    if (sell)
        report_side(s, ev, true);
    return true;
}

/* --- messages of our own --- */

void
fix_body_begin(struct fix_body *b)
{
    b->w = (struct fix_writer){.base = b->text, .at = b->text, .limit = b->text + sizeof(b->text)};
}

/* In the .msg file: type, time, body. */
static bool
keep(struct fix_session *s, const char *type, const struct fix_body *b, struct fix_map_record *r)
{
    char kept[KEPT_HEAD + FIX_OUT_MAX];
    size_t bytes = (size_t)(b->w.at - b->text);
    kept[0] = type[0];
    kept[1] = type[1];
    memcpy(kept + 2, &s->venue->utc_ns, 8);
    memcpy(kept + KEPT_HEAD, b->text, bytes);
    return fix_map_keep(&s->map, kept, (uint32_t)(KEPT_HEAD + bytes), r);
}

void
fix_outbound_message(struct fix_session *s, const char *type, const struct fix_body *b,
                     uint64_t in_seq)
{
    if (!fix_outbound_numbers(s, 1)) { /* half a block was in hand: the engine does not answer */
        fix_session_cut(s);
        return;
    }
    uint64_t number = take_number(s);
    struct fix_map_record r = {.number = number, .kind = FIX_MAP_MESSAGE, .in_seq = in_seq};
    if (keep(s, type, b, &r))
        fix_map_put(&s->map, &r);
    struct send x = {.number = number};
    set_type(&x, type);
    if (!can_send_now(s, number) || !send_bytes(s, &x, b->text, (size_t)(b->w.at - b->text)))
        not_sent(s);
}

void
fix_outbound_admin(struct fix_session *s, const char *type, const struct fix_body *b)
{
    if (s->out == NULL || !fix_outbound_numbers(s, 1))
        return;
    uint64_t number = take_number(s);
    struct fix_map_record r = {.number = number, .kind = FIX_MAP_ADMIN};
    struct send x = {.number = number};
    set_type(&x, type);
    if (!can_send_now(s, number) || !send_bytes(s, &x, b->text, (size_t)(b->w.at - b->text))) {
        if (keep(s, type, b, &r)) {
            r.kind = FIX_MAP_MESSAGE;
            r.flags = FIX_MAP_ONCE;
        }
        not_sent(s);
    }
    fix_map_put(&s->map, &r);
}

/* --- the pump --- */

enum step { STEP_SENT, STEP_NO_ROOM, STEP_LATER };

static enum step
send_kept(struct fix_session *s, const struct fix_map_record *r, struct send *x)
{
    char kept[KEPT_HEAD + FIX_OUT_MAX];
    if (r->bytes < KEPT_HEAD || r->bytes > sizeof(kept) || !fix_map_read(&s->map, r, kept))
        return send_gap_fill(s, r->number, r->number + 1, x->again) ? STEP_SENT : STEP_NO_ROOM;
    set_type(x, kept);
    memcpy(&x->orig_ns, kept + 2, 8);
    return send_bytes(s, x, kept + KEPT_HEAD, r->bytes - KEPT_HEAD) ? STEP_SENT : STEP_NO_ROOM;
}

static enum step
send_mapped_event(struct fix_session *s, const struct fix_map_record *r, struct send *x)
{
    int rc = 0;
    if (s->venue->fetch.fetch_cnt >= FETCH_PER_PUMP)
        return STEP_LATER;
    const struct event *ev = fix_fetch_event(&s->venue->fetch, r->ref, &rc);
    if (ev == NULL && rc == ERR_AGAIN)
        return STEP_LATER;
    bool sell = (r->flags & FIX_MAP_SELL) != 0;
    if (ev == NULL || fix_report_type(ev, sell) == NULL)
        return send_gap_fill(s, r->number, r->number + 1, x->again) ? STEP_SENT : STEP_NO_ROOM;
    set_type(x, fix_report_type(ev, sell));
    x->orig_ns = ev->time_ns;
    x->anew = (r->flags & FIX_MAP_RESENT) != 0;
    return send_event(s, x, ev, sell) ? STEP_SENT : STEP_NO_ROOM;
}

static enum step
send_record(struct fix_session *s, const struct fix_map_record *r, bool again)
{
    struct send x = {.number = r->number, .again = again};
    return r->kind == FIX_MAP_EVENT ? send_mapped_event(s, r, &x) : send_kept(s, r, &x);
}

static bool
repeats(const struct fix_map_record *r, bool again)
{
    if (r == NULL)
        return false;
    return r->kind == FIX_MAP_EVENT ||
           (r->kind == FIX_MAP_MESSAGE && (!again || (r->flags & FIX_MAP_ONCE) == 0));
}

/* First number from `at` on, up to end + 1, that is not to be gap-filled; looks at SCAN_MAX. */
static uint64_t
gap_end(const struct fix_session *s, uint64_t at, uint64_t end, bool again)
{
    for (int i = 0; i < SCAN_MAX && at <= end; i++) {
        const struct fix_map_record *r = fix_map_get(&s->map, at);
        if (repeats(r, again))
            return at;
        at += r != NULL && r->kind == FIX_MAP_GAP && r->ref > 0 ? r->ref : 1;
    }
    return at <= end ? at : end + 1;
}

static enum step
step_over(struct fix_session *s, uint64_t *at, uint64_t end, bool again)
{
    const struct fix_map_record *r = fix_map_get(&s->map, *at);
    if (repeats(r, again)) {
        enum step rc = send_record(s, r, again);
        *at += rc == STEP_SENT;
        return rc;
    }
    uint64_t next = gap_end(s, *at, end, again);
    if (!send_gap_fill(s, *at, next, again))
        return STEP_NO_ROOM;
    *at = next;
    return STEP_SENT;
}

bool
fix_outbound_pump(struct fix_session *s, uint32_t budget)
{
    while (budget-- > 0 && fix_outbound_waits(s)) {
        enum step rc;
        if (resending(s)) {
            rc = step_over(s, &s->resend_at, s->resend_end, true);
        } else {
            uint64_t at = s->sent_next;
            rc = step_over(s, &at, s->map.head->next_out - 1, false);
        }
        if (rc == STEP_NO_ROOM)
            return false; /* fix_session_wake comes with the room */
        if (rc == STEP_LATER)
            return true;
    }
    return fix_outbound_waits(s);
}

void
fix_outbound_resend(struct fix_session *s, uint64_t from, uint64_t to)
{
    s->resend_at = from;
    s->resend_end = to;
    fix_session_wake(s);
}
