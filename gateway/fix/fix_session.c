#include "gateway/fix/fix_session.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_inbound.h"
#include "gateway/fix/fix_outbound.h"

enum { PUMP_BUDGET = 64, HEARTBEAT_MAX_S = 300 };

static bool
after(const struct fix_session *s, int64_t since_ns, int64_t seconds)
{
    return s->venue->mono_ns - since_ns > seconds * CLOCK_NS_PER_S;
}

static void
state_set(struct fix_session *s, enum fix_state state)
{
    s->state = state;
    s->state_ns = s->venue->mono_ns;
    fix_session_wake(s);
}

/* --- life --- */

int
fix_session_open(struct fix_session *s, struct fix_venue *venue,
                 const struct fix_session_config *config, uint32_t index, const char *folder,
                 struct error *err)
{
    size_t bytes = strlen(config->comp_id);
    if (bytes == 0 || bytes > FIX_COMP_ID_MAX)
        return error_set(err, ERR_INVALID, "session %u: a CompID has 1 to %d characters",
                         config->session_id, FIX_COMP_ID_MAX);
    *s = (struct fix_session){.config = config, .venue = venue, .index = index, .resend_at = 1};
    int cnt = snprintf(s->comp_ids, sizeof(s->comp_ids), "49=%s%c56=%s%c", venue->comp_id, FIX_SOH,
                       config->comp_id, FIX_SOH);
    CHECK(cnt > 0 && (size_t)cnt < sizeof(s->comp_ids), "comp ids of session %u",
          config->session_id);
    s->comp_ids_bytes = (uint32_t)cnt;
    return fix_map_open(&s->map, folder, config->session_id, &s->found, err);
}

void
fix_session_close(struct fix_session *s, bool clean)
{
    fix_map_close(&s->map, clean);
}

static void
settle(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    if (s->confirmed_in >= s->last_cmd_in)
        h->settled_in = h->next_in - 1;
    else if (s->confirmed_in > h->settled_in)
        h->settled_in = s->confirmed_in;
}

static void
learn_state(struct fix_session *s, const struct event_session_state *e)
{
    s->reserved = e->outbound_reserved;
    s->core_up = e->up != 0;
    if (e->incarnation > s->incarnation)
        s->incarnation = e->incarnation;
    if (e->cause != COMMAND_SESSION_UP) {
        if (e->inbound_seq > s->confirmed_in)
            s->confirmed_in = e->inbound_seq;
    } else {
        s->confirmed_in = e->inbound_seq;
        if (e->outbound_reserved == 0) { /* numbers start, or start again, with this one */
            s->reset_incarnation = e->incarnation;
            if (s->logon.reset)
                s->reserve_asked = 0; /* what was asked before is void */
        }
        s->up_done = s->up_asked && e->incarnation == s->incarnation;
    }
    if (s->state != FIX_DOWN || s->lagging)
        fix_session_wake(s);
}

/* The client's message that it answers; 0 = none. */
static uint64_t
learn_result(struct fix_session *s, const struct event_reject *e)
{
    bool refused = e->command_type == COMMAND_SESSION_UP && e->reason != 0;
    if (refused && s->state == FIX_WAIT)
        fix_session_logout(s, reason_text(e->reason));
    return e->command_type >= COMMAND_ORDER_NEW ? e->client_seq : 0;
}

void
fix_session_learn(struct fix_session *s, const struct event *ev)
{
    uint64_t client_seq = 0;
    switch (ev->rec.type) {
    case EVENT_SESSION_STATE:
        learn_state(s, (const struct event_session_state *)(const void *)ev);
        return;
    case EVENT_COMMAND_RESULT:
        client_seq = learn_result(s, (const struct event_reject *)(const void *)ev);
        break;
    case EVENT_ORDER_REJECTED:
    case EVENT_CANCEL_REJECTED:
        client_seq = ((const struct event_reject *)(const void *)ev)->client_seq;
        break;
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_CANCELED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ORDER_STATUS:
        client_seq = ((const struct event_order *)(const void *)ev)->client_seq;
        break;
    case EVENT_ORDER_LIST:
        client_seq = ((const struct event_order_list *)(const void *)ev)->client_seq;
        break;
    case EVENT_MASS_QUOTE:
        client_seq = ((const struct event_mass_quote *)(const void *)ev)->client_seq;
        break;
    case EVENT_REQUEST:
        client_seq = ((const struct event_request *)(const void *)ev)->client_seq;
        break;
    default:
        return;
    }
    if (client_seq > s->confirmed_in) {
        s->confirmed_in = client_seq;
        if (s->state >= FIX_UP)
            settle(s);
    }
}

void
fix_session_epoch(struct fix_session *s)
{
    s->core_up = false;
}

/* The first of our messages that answers one of the client's that may come again. */
static uint64_t
first_answer(const struct fix_session *s, uint64_t settled)
{
    const struct fix_map_head *h = s->map.head;
    for (uint64_t n = 1; n < h->next_out;) {
        const struct fix_map_record *r = fix_map_get(&s->map, n);
        if (r != NULL && r->kind == FIX_MAP_MESSAGE && r->in_seq > settled)
            return n;
        n += r != NULL && r->kind == FIX_MAP_GAP && r->ref > 0 ? r->ref : 1;
    }
    return 0;
}

static void
start_inbound(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    uint64_t settled = h->settled_in > s->confirmed_in ? h->settled_in : s->confirmed_in;
    if (h->next_in > settled + 1) {
        s->hole_to = h->next_in - 1;
        s->hole_first = first_answer(s, settled);
    }
    h->next_in = settled + 1;
    h->settled_in = settled;
    s->last_cmd_in = s->confirmed_in = settled;
}

/* After anything but an orderly end, numbers that the journal holds as reserved may be used. */
static void
start_outbound(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    if (s->found.clean || s->reserved < h->next_out)
        return;
    uint64_t next = s->reserved + 1;
    if (fix_map_get(&s->map, h->next_out) == NULL)
        fix_map_put(&s->map, &(struct fix_map_record){.number = h->next_out,
                                                      .ref = next - h->next_out,
                                                      .kind = FIX_MAP_GAP});
    h->next_out = next;
}

void
fix_session_start(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    if (!s->found.fresh && s->reset_incarnation > h->reset_incarnation) {
        /* the client asked for a reset, and the crash came before the file heard of it */
        fix_map_reset(&s->map);
        h->next_in = 1;
        h->settled_in = 0;
        h->floor_event = s->found.last_event;
    }
    h->reset_incarnation = s->reset_incarnation;
    start_outbound(s);
    start_inbound(s);
    if (s->found.fresh)
        h->event_seq = h->floor_event = s->venue->learned_seq;
    else
        h->event_seq = s->found.last_event;
    s->lagging = h->event_seq < s->venue->learned_seq;
    s->anew_until = s->found.fresh || s->found.clean ? 0 : s->venue->learned_seq;
    if (s->lagging)
        fix_session_wake(s);
}

/* --- commands about the session --- */

static bool
ask(struct fix_session *s, uint16_t type, uint64_t inbound_seq, uint64_t outbound_seq)
{
    struct command_session_event *c = port_claim(s->venue->port);
    if (c == NULL)
        return false; /* the next cycle tries again */
    command_init(&c->cmd, type);
    c->cmd.session_id = s->config->session_id;
    c->cmd.incarnation = s->incarnation;
    c->cmd.recv_ns = s->venue->utc_ns;
    c->inbound_seq = inbound_seq;
    c->outbound_seq = outbound_seq;
    c->reset = type == COMMAND_SESSION_UP && s->logon.reset;
    if (type == COMMAND_SESSION_DOWN)
        c->cmd.client_seq = inbound_seq;
    port_send(s->venue->port);
    return true;
}

static bool
ask_up(struct fix_session *s)
{
    uint64_t next = s->map.head->next_in;
    uint64_t in = s->logon.reset ? 1 : s->logon.seq == next ? next : next - 1;
    s->incarnation++;
    s->up_asked = ask(s, COMMAND_SESSION_UP, in, 0);
    if (s->up_asked)
        s->up_due = s->down_due = false; /* it takes over from its former incarnation */
    else
        s->incarnation--;
    return s->up_asked;
}

static bool
wants_numbers(const struct fix_session *s)
{
    if (s->state < FIX_WAIT && !s->lagging)
        return false;
    if (s->reserve_asked > s->reserved)
        return false;
    if (s->state == FIX_WAIT && s->logon.reset)
        return s->up_done && s->reserved < FIX_RESERVE_BLOCK / 2;
    return !fix_outbound_numbers(s, FIX_RESERVE_BLOCK / 2);
}

static bool
ask_numbers(struct fix_session *s)
{
    bool fresh = s->state == FIX_WAIT && s->logon.reset;
    uint64_t to = (fresh ? 0 : s->map.head->next_out - 1) + FIX_RESERVE_BLOCK;
    if (!ask(s, COMMAND_SESSION_RESERVE, 0, to))
        return false;
    s->reserve_asked = to;
    return true;
}

/* false: the port is full; once more in the next cycle. */
static bool
ask_all(struct fix_session *s)
{
    if (s->down_due && s->state == FIX_DOWN) {
        if (!ask(s, COMMAND_SESSION_DOWN, s->map.head->next_in - 1, 0))
            return false;
        s->down_due = false;
    }
    if (s->up_due && !ask_up(s))
        return false;
    return !wants_numbers(s) || ask_numbers(s);
}

/* --- logon --- */

static void refuse(struct fix_session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
refuse(struct fix_session *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(s->refusal, sizeof(s->refusal), fmt, args);
    va_end(args);
    s->venue->counters.refused_cnt++;
    s->up_due = false;
    state_set(s, FIX_REFUSING);
}

static void
read_logon(struct fix_session *s, const struct fix_checked *m)
{
    s->logon = (struct fix_logon){
        .seq = fix_u64(m, FIX_F_MsgSeqNum, 0),
        .next_expected = fix_u64(m, FIX_F_NextExpectedMsgSeqNum, 0),
        .heartbeat_s = (uint32_t)fix_u64(m, FIX_F_HeartBtInt, UINT32_MAX),
        .reset = fix_char(m, FIX_F_ResetSeqNumFlag, 'N') == 'Y',
        .poss_dup = fix_char(m, FIX_F_PossDupFlag, 'N') == 'Y',
    };
}

/* Whether the numbers of a client that is who it says agree with ours. */
static void
accept(struct fix_session *s)
{
    const struct fix_logon *l = &s->logon;
    uint64_t next = s->map.head->next_in;
    if (l->reset && l->seq != 1)
        refuse(s, "ResetSeqNumFlag (141) needs MsgSeqNum 1, received %llu",
               (unsigned long long)l->seq);
    else if (!l->reset && l->seq < next && !l->poss_dup)
        refuse(s, "MsgSeqNum too low, expecting %llu but received %llu", (unsigned long long)next,
               (unsigned long long)l->seq);
    else if (!l->reset && l->next_expected > s->map.head->next_out)
        refuse(s, "NextExpectedMsgSeqNum (789) too high, %llu is next",
               (unsigned long long)s->map.head->next_out);
    else {
        s->up_due = true;
        state_set(s, FIX_WAIT);
    }
}

static void
check_password(struct fix_session *s, const struct fix_checked *m)
{
    const char *hash = s->config->password_hash;
    if (hash == NULL) {
        accept(s);
        return;
    }
    const struct fix_field *x = fix_get(m, FIX_F_Password);
    if (x == NULL) {
        refuse(s, "Password (554) missing");
        return;
    }
    s->ticket = (uint64_t)s->index << 32 | (uint32_t)(s->ticket + 1);
    int rc = auth_checker_submit(s->venue->checker, s->ticket, hash, x->value, x->bytes);
    if (rc == ERR_NO_SPACE)
        refuse(s, "too many logons at once; try again");
    else if (rc != 0)
        refuse(s, "wrong password");
}

void
fix_session_logon(struct fix_session *s, struct fix_out *out, const struct fix_checked *m,
                  bool good, const struct fix_reject *fault)
{
    CHECK(s->state == FIX_DOWN && s->out == NULL, "logon of session %u, which is up",
          s->config->session_id);
    s->out = out;
    s->sent_next = s->map.head->next_out;
    s->resend_at = 1;
    s->resend_end = 0;
    s->gap_to = 0;
    s->test_sent = s->ending = s->up_due = s->up_asked = s->up_done = false;
    state_set(s, FIX_AUTH);
    read_logon(s, m);
    uint32_t most = s->config->heartbeat_max_s;
    most = most == 0 ? HEARTBEAT_MAX_S : most;
    if (!good)
        refuse(s, "%s (%u)", fault->text, fault->ref_tag);
    else if (s->logon.seq == 0)
        refuse(s, "MsgSeqNum (34) missing or not a positive number");
    else if (s->logon.heartbeat_s > most)
        refuse(s, "HeartBtInt (108) must be 0 to %u seconds", most);
    else
        check_password(s, m);
}

void
fix_session_password(struct fix_session *s, uint64_t ticket, bool good)
{
    if (s->state != FIX_AUTH || s->ticket != ticket)
        return; /* of a connection that is gone */
    if (good)
        accept(s);
    else
        refuse(s, "wrong password");
}

/* Reports that have a number and were never on a wire get new ones. */
static uint64_t
first_unsent_event(const struct fix_session *s)
{
    const struct fix_map_head *h = s->map.head;
    for (uint64_t n = h->sent_out + 1; n < h->next_out;) {
        const struct fix_map_record *r = fix_map_get(&s->map, n);
        if (r != NULL && r->kind == FIX_MAP_EVENT)
            return r->ref;
        n += r != NULL && r->kind == FIX_MAP_GAP && r->ref > 0 ? r->ref : 1;
    }
    return 0;
}

static void
reset_numbers(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    uint64_t unsent = first_unsent_event(s);
    if (unsent > 0) {
        h->event_seq = unsent - 1;
        s->anew_until = s->venue->learned_seq;
        s->lagging = true;
    }
    fix_map_reset(&s->map);
    h->floor_event = h->event_seq;
    h->next_in = 1;
    s->last_cmd_in = 0;
    s->hole_to = 0;
}

static void
answer_logon(struct fix_session *s)
{
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_CHAR(&b.w, "98=", '0');
    FIX_PUT_U64(&b.w, "108=", s->logon.heartbeat_s);
    if (s->logon.reset)
        FIX_PUT_CHAR(&b.w, "141=", 'Y');
    if (s->logon.next_expected > 0)
        FIX_PUT_U64(&b.w, "789=", s->map.head->next_in);
    fix_outbound_admin(s, "A", &b);
}

static void
finish_logon(struct fix_session *s)
{
    struct fix_map_head *h = s->map.head;
    if (s->logon.reset)
        reset_numbers(s);
    h->reset_incarnation = s->reset_incarnation;
    if (s->logon.seq == h->next_in)
        h->next_in++;
    settle(s);
    uint64_t number = s->sent_next = h->next_out;
    s->heartbeat_s = s->logon.heartbeat_s;
    s->recv_ns = s->sent_ns = s->progress_ns = s->venue->mono_ns;
    s->venue->counters.logon_cnt++;
    state_set(s, FIX_UP);
    answer_logon(s);
    if (s->logon.next_expected > 0 && s->logon.next_expected < number)
        fix_outbound_resend(s, s->logon.next_expected, number - 1);
    if (s->logon.seq > h->next_in)
        fix_inbound_gap(s, s->logon.seq);
    if (s->out != NULL)
        s->out->ready(s->out->self);
}

/* --- the end --- */

void
fix_session_lost(struct fix_session *s)
{
    s->out = NULL;
    s->down_due |= s->up_asked;
    s->up_asked = s->up_due = s->up_done = false;
    s->resend_at = 1;
    s->resend_end = 0;
    fix_status_forget(s);
    if (s->down_due && s->map.head != NULL)
        settle(s);
    state_set(s, FIX_DOWN);
}

void
fix_session_cut(struct fix_session *s)
{
    struct fix_out *out = s->out;
    if (out == NULL)
        return;
    fix_session_lost(s);
    out->close(out->self, false);
}

static void
close_flushed(struct fix_session *s)
{
    struct fix_out *out = s->out;
    fix_session_lost(s);
    out->close(out->self, true);
}

static void
send_logout(struct fix_session *s, const char *text)
{
    struct fix_body b;
    fix_body_begin(&b);
    if (text != NULL)
        FIX_PUT_TEXT(&b.w, "58=", text, strlen(text));
    fix_outbound_admin(s, "5", &b);
}

void
fix_session_logout(struct fix_session *s, const char *text)
{
    if (s->out == NULL)
        return;
    if (s->state < FIX_UP) {
        refuse(s, "%s", text == NULL ? "" : text);
        return;
    }
    if (s->state != FIX_LOGOUT)
        send_logout(s, text);
    s->ending = true;
    if (fix_outbound_waits(s))
        state_set(s, FIX_LOGOUT); /* when all is sent */
    else
        close_flushed(s);
}

void
fix_session_quit(struct fix_session *s, const char *text)
{
    if (s->state == FIX_UP) {
        send_logout(s, text);
        state_set(s, FIX_LOGOUT);
    } else if (s->state < FIX_UP) {
        fix_session_cut(s);
    }
}

void
fix_session_message(struct fix_session *s, const struct fix_message *m)
{
    s->recv_ns = s->venue->mono_ns;
    s->test_sent = false;
    s->venue->counters.in_cnt++;
    bool awaited = s->state == FIX_LOGOUT && !s->ending &&
                   fix_message_name(m->type, m->type_bytes) == FIX_M_Logout;
    if (s->state == FIX_UP || awaited)
        fix_inbound_message(s, m);
}

/* --- the cycle --- */

void
fix_session_wake(struct fix_session *s)
{
    if (s->on_busy)
        return;
    s->on_busy = true;
    s->busy_next = s->venue->busy;
    s->venue->busy = s;
}

bool
fix_session_cycle(struct fix_session *s)
{
    bool more = !ask_all(s);
    if (s->state == FIX_WAIT && s->up_done &&
        (s->logon.reset ? s->reserved >= 2 : fix_outbound_numbers(s, 2)))
        finish_logon(s);
    if (s->state == FIX_REFUSING && fix_outbound_numbers(s, 1)) {
        s->sent_next = s->map.head->next_out;
        send_logout(s, s->refusal);
        close_flushed(s);
    }
    if (s->state >= FIX_UP)
        more |= fix_outbound_pump(s, PUMP_BUDGET);
    fix_status_pump(s);
    if (s->state == FIX_LOGOUT && s->ending && !fix_outbound_waits(s))
        close_flushed(s);
    return more;
}

static void
timer_up(struct fix_session *s)
{
    struct fix_body b;
    bool waits = fix_outbound_waits(s);
    if (!waits)
        s->progress_ns = s->venue->mono_ns;
    else if (after(s, s->progress_ns, FIX_STALL_TIMEOUT_S)) {
        fix_session_cut(s);
        return;
    }
    int64_t beat = s->heartbeat_s;
    if (beat == 0)
        return;
    fix_body_begin(&b);
    if (!waits && after(s, s->sent_ns, beat))
        fix_outbound_admin(s, "0", &b);
    if (!s->test_sent && after(s, s->recv_ns, beat + beat / 5 + 1)) {
        FIX_PUT_U64(&b.w, "112=", (uint64_t)s->venue->utc_ns);
        fix_outbound_admin(s, "1", &b);
        s->test_sent = true;
    }
    if (after(s, s->recv_ns, 2 * (beat + beat / 5 + 1)))
        fix_session_logout(s, "TestRequest not answered");
}

void
fix_session_timer(struct fix_session *s)
{
    switch (s->state) {
    case FIX_DOWN:
        break;
    case FIX_UP:
        timer_up(s);
        break;
    case FIX_LOGOUT:
        if (after(s, s->state_ns, FIX_LOGOUT_TIMEOUT_S))
            fix_session_cut(s);
        break;
    default:
        if (after(s, s->state_ns, FIX_LOGON_TIMEOUT_S))
            fix_session_cut(s);
        break;
    }
}
