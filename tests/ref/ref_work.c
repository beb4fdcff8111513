#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/model/reason.h"
#include "tests/ref/ref_priv.h"

/* Work that one command starts and CONTINUE carries on, oldest first; and what starts it besides
 * orders and operators: sessions that go down, days that end. */

bool
ref_work_room(const struct ref_venue *r)
{
    const uint32_t for_risk = 8; /* engine/core/hooks.h, HOOK_EFFECT_MAX */
    return r->work_cnt + for_risk < r->genesis.work_max;
}

uint32_t
ref_work_but_pegs(const struct ref_venue *r)
{
    return r->work_cnt - r->pegs_open;
}

bool
ref_must_stop(const struct ref_venue *r)
{
    return r->leaves && r->said_cnt >= r->told.event_cnt;
}

void
ref_work_add(struct ref_venue *r, const struct ref_work *w)
{
    if (r->work_cnt == REF_WORK_MAX)
        abort();
    r->works[r->work_cnt++] = *w;
}

/* --- walking: over the whole pool by slot, else by entry --- */

static bool
flagged(const struct ref_venue *r, const struct ref_order *o, int session)
{
    return (o->exec_inst & EXEC_CANCEL_ON_DISCONNECT) != 0 ||
           r->sessions[session].cancel_on_disconnect;
}

bool
ref_work_names(const struct ref_venue *r, const struct ref_work *w, const struct ref_order *o)
{
    return o->entry <= w->up_to && (w->account < 0 || o->account == (uint32_t)w->account) &&
           (w->instrument < 0 || o->instrument == (uint32_t)w->instrument) &&
           (w->side == 0 || o->side == w->side || o->side == 0) &&
           (w->of_session_id == 0 || o->session_id == w->of_session_id) &&
           (w->tenant == 0 || r->accounts[o->account].tenant == w->tenant);
}

static bool
meant(const struct ref_venue *r, const struct ref_work *w, const struct ref_order *o)
{
    bool waits = o->place == REF_BOOK || o->place == REF_PARKED || o->place == REF_STOP ||
                 o->place == REF_WAIT || o->place == REF_PEG || o->place == REF_WHOLE ||
                 o->place == REF_DEAL || o->place == REF_ASKED;
    if (!waits || !ref_work_names(r, w, o) ||
        (w->session >= 0 && o->session_id != r->sessions[w->session].id) ||
        (w->flagged && !flagged(r, o, w->session)))
        return false;
    bool of_the_day =
        o->tif == TIF_DAY || ref_for_auction(o) || o->place == REF_DEAL || o->place == REF_ASKED;
    return w->kind != REF_WORK_DAY_END || (of_the_day && o->day < r->day);
}

static uint64_t
place_in_walk(const struct ref_work *w, const struct ref_order *o)
{
    return w->account >= 0 || w->session >= 0 ? o->entry : o->order_id & 0xFFFFFF;
}

static struct ref_order *
next_order(const struct ref_venue *r, const struct ref_work *w)
{
    struct ref_order *found = NULL;
    for (uint32_t i = 0; i < r->order_cnt; i++) {
        struct ref_order *o = &r->orders[i];
        if (meant(r, w, o) && place_in_walk(w, o) >= w->next &&
            (found == NULL || place_in_walk(w, o) < place_in_walk(w, found)))
            found = o;
    }
    return found;
}

static void
treat(struct ref_venue *r, const struct command *cmd, const struct ref_work *w, struct ref_order *o)
{
    uint16_t reason = (uint16_t)w->value;
    if (w->kind == REF_WORK_CHECK && o->place == REF_ASKED)
        return; /* whoever may not trade any more may have asked */
    if (w->kind == REF_WORK_CHECK)
        reason = ref_admit(r, o, 0, REF_STAY);
    if (w->kind == REF_WORK_DAY_END)
        ref_kill(r, cmd, o, REASON_DAY_END, ORD_STATUS_EXPIRED, false);
    else if (reason != 0)
        ref_kill(r, cmd, o, reason, ORD_STATUS_CANCELED, false);
}

static bool run(struct ref_venue *r, const struct command *cmd, uint32_t at);

/* What goes on in the book of the instrument goes first. */
static void
clear_the_way(struct ref_venue *r, const struct command *cmd, int instrument)
{
    for (uint32_t i = 0; i < r->work_cnt; i++) {
        const struct ref_work *w = &r->works[i];
        bool in_book = w->kind == REF_WORK_SWEEP || w->kind == REF_WORK_STOPS ||
                       w->kind == REF_WORK_PHASE ||
                       ((w->kind == REF_WORK_STATE || w->kind == REF_WORK_PEGS) && w->within);
        if (in_book && w->instrument == instrument) {
            (void)run(r, cmd, i);
            return;
        }
    }
}

/* One instrument after the other; true when all are done. */
static bool
next_states(struct ref_venue *r, const struct command *cmd, struct ref_work *w)
{
    for (; w->next < r->instrument_cnt; w->next++) {
        uint32_t i = (uint32_t)w->next;
        if (ref_must_stop(r))
            return false;
        if (!w->within && !ref_state_has_steps(r, i, w->value) &&
            !ref_state_waits(r, i, w->value)) {
            r->instruments[i].state = w->value;
            ref_say_state(r, i, 0);
            continue;
        }
        if (!w->within && r->instruments[i].busy) {
            clear_the_way(r, cmd, (int)i);
            return false;
        }
        if (!w->within) {
            ref_state_begin(r, i, w->value);
            w->instrument = (int)i;
            w->order = REF_NO_ORDER;
        }
        w->within = !ref_state_run(r, cmd, w);
        if (w->within)
            return false;
    }
    return true;
}

/* The pegs of one instrument after the other; true when none are due. */
static bool
next_pegs(struct ref_venue *r, const struct command *cmd, struct ref_work *w)
{
    while (w->within || r->due_cnt > 0) {
        if (!w->within)
            w->instrument = (int)r->due[0];
        if (!w->within && r->instruments[w->instrument].busy) {
            clear_the_way(r, cmd, w->instrument);
            return false;
        }
        w->within = !ref_pegs_enter(r, cmd, w);
        if (w->within)
            return false;
    }
    r->pegs_open = false;
    return true;
}

/* The second of two; true when it has entered, or has ended. */
static bool
next_of_list(struct ref_venue *r, const struct command *cmd, const struct ref_work *w)
{
    struct ref_order *o = &r->orders[w->order];
    if (r->instruments[w->instrument].busy) {
        clear_the_way(r, cmd, w->instrument);
        return false;
    }
    if (o->place == REF_PARKED)
        ref_release(r, cmd, o);
    return true;
}

/* A walk may look at orders and say nothing: only the core's work tells whether it came to its
 * end. */
static bool
must_stop_walking(const struct ref_venue *r)
{
    return r->told.work_cnt >= ref_work_but_pegs(r) && r->said_cnt >= r->told.event_cnt;
}

/* One item goes on, to its end or as far as the core went; true when it is over. */
static bool
run(struct ref_venue *r, const struct command *cmd, uint32_t at)
{
    struct ref_work *w = &r->works[at];
    bool over;
    r->leaves =
        w->kind == REF_WORK_PEGS ? r->told.pegs_open : r->told.work_cnt >= ref_work_but_pegs(r);
    bool walks = false;
    if (w->kind == REF_WORK_SWEEP) {
        ref_match(r, cmd, &r->orders[w->order]);
        over = r->orders[w->order].place != REF_SWEEPING;
    } else if (w->kind == REF_WORK_STOPS) {
        over = ref_stops_enter(r, cmd, w);
    } else if (w->kind == REF_WORK_ENTER) {
        over = next_of_list(r, cmd, w);
    } else if (w->kind == REF_WORK_EXPIRE) {
        over = ref_expire(r, cmd);
    } else if (w->kind == REF_WORK_STATE) {
        over = next_states(r, cmd, w);
    } else if (w->kind == REF_WORK_PEGS) {
        over = next_pegs(r, cmd, w);
    } else if (w->kind == REF_WORK_CORPORATE) {
        over = ref_corporate_run(r, cmd);
    } else if (w->kind == REF_WORK_PHASE) {
        over = ref_state_run(r, cmd, w);
    } else {
        struct ref_order *o;
        walks = true;
        while ((o = next_order(r, w)) != NULL && !must_stop_walking(r)) {
            w->next = place_in_walk(w, o) + 1;
            w->request.canceled++;
            treat(r, cmd, w, o);
        }
        over = o == NULL;
    }
    if (!over || (walks && must_stop_walking(r)))
        return false;
    if (w->kind == REF_WORK_DAY_END)
        r->day_end_open = false;
    if (w->request.seq != 0)
        ref_report(r, w);
    r->work_cnt--;
    memmove(&r->works[at], &r->works[at + 1], (r->work_cnt - at) * sizeof(r->works[0]));
    return true;
}

void
ref_work_start(struct ref_venue *r, const struct command *cmd, const struct ref_work *w)
{
    ref_work_add(r, w);
    if (r->work_cnt == 1)
        (void)run(r, cmd, 0);
}

void
ref_continue(struct ref_venue *r, const struct command *cmd)
{
    if (r->work_cnt > 0)
        (void)run(r, cmd, 0);
}

/* --- sessions --- */

static uint32_t
orders_of(const struct ref_venue *r, uint32_t session_id)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < r->order_cnt; i++)
        cnt += r->orders[i].place != REF_DONE && r->orders[i].session_id == session_id;
    return cnt;
}

static void
down(struct ref_venue *r, struct ref_session *s)
{
    s->up = false;
    if (orders_of(r, s->id) > 0)
        s->due_ns = r->time_ns + (int64_t)r->genesis.disconnect_grace_ms * 1000000;
}

/* What waits for room waits for the next tick. */
static void
cancel_due(struct ref_venue *r, const struct command *cmd)
{
    for (uint32_t i = 0; i < r->session_cnt; i++) {
        struct ref_session *s = &r->sessions[i];
        if (s->due_ns == 0 || s->due_ns > r->time_ns || !ref_work_room(r))
            continue;
        s->due_ns = 0;
        if (orders_of(r, s->id) > 0)
            ref_work_start(r, cmd,
                           &(struct ref_work){.kind = REF_WORK_CANCEL,
                                              .account = -1,
                                              .session = (int)i,
                                              .instrument = -1,
                                              .flagged = 1,
                                              .value = REASON_DISCONNECTED,
                                              .up_to = r->entries});
    }
}

void
ref_session_event(struct ref_venue *r, const struct command *cmd)
{
    const struct command_session_event *x = (const void *)cmd;
    int i = ref_session_of(r, cmd->session_id);
    struct ref_session *s = i < 0 ? NULL : &r->sessions[i];
    bool is_down = cmd->rec.type == COMMAND_SESSION_DOWN;
    uint16_t reason = s == NULL ? REASON_UNKNOWN_SESSION : 0;
    if (s != NULL && is_down && (!s->up || s->incarnation != cmd->incarnation))
        reason = REASON_BAD_STATE;
    if (reason != 0) {
        (void)ref_say_result(r, cmd, reason, 0);
        return;
    }
    if (is_down) {
        down(r, s);
    } else if (cmd->rec.type == COMMAND_SESSION_UP) {
        s->up = true;
        s->incarnation = cmd->incarnation;
        s->due_ns = 0;
        if (x->reset)
            s->reserved = 0;
        if (x->reset || x->inbound_seq > s->inbound)
            s->inbound = x->inbound_seq;
    } else if (x->outbound_seq > s->reserved) {
        s->reserved = x->outbound_seq;
    }
    struct event_session_state *e = ref_say(r, EVENT_SESSION_STATE, AUDIENCE_PARTY, s->id);
    e->up = s->up;
    e->incarnation = s->incarnation;
    e->inbound_seq = s->inbound;
    e->outbound_reserved = s->reserved;
    e->cause = cmd->rec.type;
    if (is_down)
        cancel_due(r, cmd);
}

/* The venue starts again: nobody is connected. */
void
ref_new_epoch(struct ref_venue *r, const struct command *cmd)
{
    r->epoch = cmd->rec.epoch;
    for (uint32_t i = 0; i < r->session_cnt; i++) {
        if (r->sessions[i].up)
            down(r, &r->sessions[i]);
    }
    (void)ref_say(r, EVENT_EPOCH, AUDIENCE_PUBLIC, 0);
    r->said[r->said_cnt - 1].header_only = true;
}

/* --- days --- */

void
ref_set_day(struct ref_venue *r)
{
    const int64_t second = 1000000000, day_s = 86400;
    int64_t end_s = r->genesis.day_end_s == 0 ? day_s : r->genesis.day_end_s;
    int64_t today = (r->time_ns / second + day_s - end_s) / day_s;
    r->day = (uint32_t)today;
    r->day_end_ns = (today * day_s + end_s) * second;
}

static uint32_t
day_label(uint32_t day)
{
    time_t at = (time_t)day * 86400;
    struct tm t;
    (void)gmtime_r(&at, &t);
    return (uint32_t)((t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday);
}

/* No book takes orders until those of the day that is over are gone. */
void
ref_tick(struct ref_venue *r, const struct command *cmd)
{
    if (r->time_ns >= r->day_end_ns && !r->day_end_open && ref_work_room(r)) {
        ref_set_day(r);
        ref_band_day(r);
        struct event_value *e = ref_say(r, EVENT_DAY_END, AUDIENCE_PUBLIC, 0);
        e->value = day_label(r->day);
        r->day_end_open = true;
        ref_work_start(r, cmd,
                       &(struct ref_work){.kind = REF_WORK_DAY_END,
                                          .account = -1,
                                          .session = -1,
                                          .instrument = -1,
                                          .up_to = r->entries});
    }
    if (ref_expiry_due(r) && !r->expiry_open && ref_work_room(r)) {
        r->expiry_open = true;
        ref_work_start(r, cmd, &(struct ref_work){.kind = REF_WORK_EXPIRE});
    }
    cancel_due(r, cmd);
}
