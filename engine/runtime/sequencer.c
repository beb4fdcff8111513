#include "engine/runtime/sequencer.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/model/event.h"
#include "engine/model/record.h"
#include "engine/model/types.h"
#include "engine/runtime/sequencer_priv.h"

enum {
    BATCH_MAX = SEQUENCER_BATCH_MAX, /* commands taken ahead of the core, prefetched */
    TURN_MAX = 8,                    /* of them from one port in a row */
    CONTINUE_MAX = 64,               /* work carried on in one cycle */
    RING_NONE = 0xffff,              /* command.ring of the sequencer's own and the start code's */
    INJECT_WAIT_S = 10,
};
enum { BEAT_NS = 100000000, DEAD_LOOK_NS = 500000000, BLOCKED_NS = 100000, TICK_GAP_NS = 1000000 };

/* --- stamping and applying: one command, its events behind it, committed together --- */

/* Random numbers for commands that may draw, taken from the kernel many at a time. */
static uint64_t
seed_take(struct sequencer *s)
{
    if (s->seed_cnt == 0) {
        ssize_t n = getrandom(s->seeds, sizeof(s->seeds), 0);
        CHECK(n == (ssize_t)sizeof(s->seeds), "the kernel gives no random numbers");
        s->seed_cnt = SEQUENCER_SEED_MAX;
    }
    return s->seeds[--s->seed_cnt];
}

/* What may end an auction, or goes on with one; what may trade, and so refill icebergs. */
static bool
may_draw(uint16_t type)
{
    return type == COMMAND_TICK || type == COMMAND_CONTINUE || type == COMMAND_TRADING_STATE ||
           type == COMMAND_MASS_QUOTE || type == COMMAND_ORDER_LINKED ||
           type == COMMAND_ORDER_LIST ||
           (type >= COMMAND_ORDER_NEW && type <= COMMAND_ORDER_DECIDE &&
            type != COMMAND_ORDER_CANCEL);
}

static void
stamp(struct sequencer *s, struct command *cmd, uint16_t ring)
{
    cmd->rec.seq = core_cmd_seq(s->core) + 1;
    cmd->rec.epoch = s->epoch;
    cmd->rec.crc32c = 0;
    cmd->time_ns = s->now_ns;
    cmd->seed = may_draw(cmd->rec.type) ? seed_take(s) : 0;
    cmd->ring = ring;
}

static void
up_set(struct sequencer *s, uint32_t session_id, uint32_t incarnation, uint16_t ring)
{
    uint32_t i = 0;
    while (i < s->up_cnt && s->up[i].session_id != session_id) {
        i++;
    }
    CHECK(i < s->up_max, "more than %u sessions up", s->up_max);
    s->up[i] = (struct up_session){session_id, incarnation, ring};
    if (i == s->up_cnt) {
        s->up_cnt++;
    }
}

static void
up_clear(struct sequencer *s, uint32_t session_id)
{
    for (uint32_t i = 0; i < s->up_cnt; i++) {
        if (s->up[i].session_id == session_id) {
            s->up[i] = s->up[--s->up_cnt];
            return;
        }
    }
}

/* Which sessions are up, and through which port, is what the core has said about the command. */
static void
note_sessions(struct sequencer *s, const struct command *cmd, const uint8_t *events, size_t bytes)
{
    uint16_t type = cmd->rec.type;
    if (type == COMMAND_EPOCH) {
        s->up_cnt = 0;
        return;
    }
    if (type != COMMAND_SESSION_UP && type != COMMAND_SESSION_DOWN) {
        return;
    }
    for (size_t at = 0; at < bytes;) {
        const struct event *ev = (const struct event *)(const void *)(events + at);
        at += ev->rec.length_bytes;
        if (ev->rec.type != EVENT_SESSION_STATE) {
            continue;
        }
        const struct event_session_state *e = (const struct event_session_state *)ev;
        if (e->up == 0) {
            up_clear(s, ev->session_id);
        } else if (cmd->ring != RING_NONE) {
            up_set(s, ev->session_id, e->incarnation, cmd->ring);
        }
    }
}

/* Writes a command that has its form into the log and applies it; false while there is no room. */
static bool
apply(struct sequencer *s, const struct command *cmd, uint16_t ring)
{
    uint32_t length = cmd->rec.length_bytes;
    uint8_t *at = bcast_reserve(s->log, length + CORE_OUT_BYTES);
    if (at == NULL) {
        if (!s->blocked) {
            s->blocked = true;
            metric_add(s->metrics.log_full, 1);
        }
        return false;
    }
    s->blocked = false;
    memcpy(at, cmd, length);
    struct command *logged = (struct command *)(void *)at;
    stamp(s, logged, ring);
    check_context_set(logged->rec.seq);
    size_t bytes = core_apply(s->core, logged, at + length);
    check_context_set(0);
    CHECK(bytes <= CORE_OUT_BYTES && bytes % RECORD_ALIGN == 0, "%zu bytes of events", bytes);
    note_sessions(s, logged, at + length, bytes);
    s->events = at + length;
    s->events_bytes = bytes;
    (void)bcast_commit(s->log, length + bytes);
    return true;
}

/* Goes on with work items; returns how many commands that took. Nothing else is applied between. */
static uint32_t
carry_on(struct sequencer *s)
{
    struct command cmd;
    command_init(&cmd, COMMAND_CONTINUE);
    uint32_t done = 0;
    while (done < CONTINUE_MAX && core_work_pending(s->core) && apply(s, &cmd, RING_NONE)) {
        done++;
    }
    metric_add(s->metrics.continues, done);
    return done;
}

/* --- time zones --- */

/* One instrument at a time, on the slow beat: what it is to be told goes the way of commands. */
static void
look_at_zones(struct sequencer *s)
{
    if (s->zones.fill == NULL || s->zone_pending) {
        return;
    }
    s->zone_next = s->zone_next < core_instrument_cnt(s->core) ? s->zone_next : 0;
    s->zone_pending = zones_stale(&s->zones, s->core, s->zone_next++, s->now_ns, &s->zone_command);
}

static uint32_t
tell_zone(struct sequencer *s)
{
    if (!s->zone_pending || !apply(s, &s->zone_command.cmd, RING_NONE)) {
        return 0;
    }
    s->zone_pending = false;
    return 1;
}

/* --- from the ports --- */

static bool
kind_allows(enum sequencer_port_kind kind, const struct command *cmd)
{
    uint16_t type = cmd->rec.type;
    if (kind == SEQUENCER_PORT_OPERATOR) {
        return type != COMMAND_GENESIS && type != COMMAND_EPOCH && type != COMMAND_TICK &&
               type != COMMAND_CONTINUE && type != COMMAND_MODE;
    }
    if (cmd->actor_id != 0 || cmd->approval_ref != 0) {
        return false;
    }
    return (type >= COMMAND_SESSION_UP && type <= COMMAND_SESSION_RESERVE) ||
           type == COMMAND_ORDER_NEW || type == COMMAND_ORDER_LINKED ||
           type == COMMAND_ORDER_LIST || type == COMMAND_ORDER_CANCEL ||
           type == COMMAND_ORDER_REPLACE || type == COMMAND_MASS_CANCEL ||
           type == COMMAND_MASS_QUOTE || type == COMMAND_QUOTE_LIMITS ||
           type == COMMAND_QUOTE_CANCEL || type == COMMAND_WITHDRAW ||
           (type >= COMMAND_DEAL && type <= COMMAND_DEAL_ANSWER) ||
           (type >= COMMAND_REQUEST && type <= COMMAND_REQUEST_PASS);
}

/* What a producer gave is outside input: form first, then whether this port may send it. */
static bool
acceptable(struct sequencer *s, const struct sequencer_port *p, struct command *cmd)
{
    uint32_t length = cmd->rec.length_bytes;
    const char *wrong = NULL;
    if (length > p->slot_bytes || command_check_form(cmd, length) != 0) {
        wrong = "is malformed";
        metric_add(s->metrics.malformed, 1);
    } else if (!kind_allows(p->kind, cmd)) {
        wrong = "may not come through it";
        metric_add(s->metrics.forbidden, 1);
    }
    if (wrong == NULL) {
        cmd->flags &= ~(uint32_t)COMMAND_FROM_CONFIG; /* genesis has said what belongs to it */
        return true;
    }
    if (s->mono_ns - s->complained_ns >= CLOCK_NS_PER_S) { /* a broken producer may send many */
        s->complained_ns = s->mono_ns;
        LOG_E("core", "port %u: a command of type %u %s; dropped", p->port->index, cmd->rec.type,
              wrong);
    }
    return false;
}

/* Takes from each port in turn until the batch is full or the ports are empty. */
static void
fill_batch(struct sequencer *s)
{
    const struct command *ahead[BATCH_MAX];
    _Static_assert((int)BATCH_MAX <= (int)CORE_PREFETCH_MAX, "a batch is looked at at once");
    s->batch_next = s->batch_cnt = 0;
    uint32_t empty_cnt = 0;
    while (empty_cnt < s->port_cnt && s->batch_cnt < BATCH_MAX) {
        struct sequencer_port *p = &s->ports[s->turn];
        uint32_t taken = 0;
        while (taken < TURN_MAX && s->batch_cnt < BATCH_MAX) {
            struct sequencer_slot *slot = &s->batch[s->batch_cnt];
            if (!spsc_ring_pop(p->port->ring, slot->bytes)) {
                break;
            }
            taken++;
            struct command *cmd = (struct command *)(void *)slot->bytes;
            if (acceptable(s, p, cmd)) {
                slot->ring = (uint16_t)p->port->index;
                ahead[s->batch_cnt++] = cmd;
            }
        }
        empty_cnt = taken == 0 ? empty_cnt + 1 : 0;
        s->turn = s->turn + 1 < s->port_cnt ? s->turn + 1 : 0;
    }
    if (s->batch_cnt > 1) /* one alone is applied at once: nothing to do meanwhile */
        core_prefetch(s->core, ahead, s->batch_cnt);
}

/* Applies what was taken, work items first; what does not fit into the log waits in the batch. */
static uint32_t
apply_batch(struct sequencer *s)
{
    uint32_t done = 0;
    while (s->batch_next < s->batch_cnt) {
        const struct sequencer_slot *slot = &s->batch[s->batch_next];
        if (!apply(s, (const struct command *)(const void *)slot->bytes, slot->ring)) {
            break;
        }
        s->batch_next++;
        done++;
        if (core_work_pending(s->core)) {
            done += carry_on(s);
            if (core_work_pending(s->core)) {
                break;
            }
        }
    }
    return done;
}

/* --- what the sequencer says itself --- */

static uint32_t
tick_when_due(struct sequencer *s)
{
    if (core_next_due_ns(s->core) > s->now_ns || s->mono_ns - s->tick_mono_ns < TICK_GAP_NS) {
        return 0;
    }
    struct command cmd;
    command_init(&cmd, COMMAND_TICK);
    if (!apply(s, &cmd, RING_NONE)) {
        return 0;
    }
    s->tick_mono_ns = s->mono_ns;
    metric_add(s->metrics.ticks, 1);
    return 1;
}

/* No room on disk, or room again: the producers are told first, then the core. */
static uint32_t
follow_mode(struct sequencer *s)
{
    /* relaxed: a flag of its own, orders nothing */
    uint32_t flag = atomic_load_explicit(&s->durable->cancel_only, memory_order_relaxed);
    if (flag != s->cancel_only) {
        s->cancel_only = flag;
        for (uint32_t i = 0; i < s->port_cnt; i++) {
            atomic_store_explicit(&s->ports[i].port->shared->cancel_only, flag,
                                  memory_order_relaxed);
        }
        metric_set(s->metrics.cancel_only, flag);
        LOG_W("core", "%s", flag != 0 ? "no room for new orders: cancels only" : "room again");
    }
    uint32_t mode = flag != 0 ? MODE_CANCEL_ONLY : MODE_NORMAL;
    if (core_epoch(s->core) == 0 || core_mode(s->core) == mode) {
        return 0; /* before the first epoch there is no venue to have a mode */
    }
    struct command_mode cmd;
    command_init(&cmd.cmd, COMMAND_MODE);
    cmd.mode = mode;
    return apply(s, &cmd.cmd, RING_NONE) ? 1 : 0;
}

/* Sequences SESSION_DOWN for one session of that port. 1: done; 0: none is left; -1: no room. */
static int
down_one(struct sequencer *s, const struct sequencer_port *p)
{
    for (uint32_t i = 0; i < s->up_cnt; i++) {
        struct up_session up = s->up[i];
        if (up.ring != p->port->index) {
            continue;
        }
        struct command_session_event cmd;
        command_init(&cmd.cmd, COMMAND_SESSION_DOWN);
        cmd.cmd.session_id = up.session_id;
        cmd.cmd.incarnation = up.incarnation;
        if (!apply(s, &cmd.cmd, up.ring)) {
            return -1;
        }
        up_clear(s, up.session_id); /* whatever the core said of it */
        return 1;
    }
    return 0;
}

/* A producer that died: what it has published is behind us, its sessions go down, and the port is
 * free for the next. */
static uint32_t
bury(struct sequencer *s, struct sequencer_port *p)
{
    uint32_t done = 0;
    if (s->batch_next < s->batch_cnt || !spsc_ring_empty(p->port->ring)) {
        return 0;
    }
    int rc;
    while (!core_work_pending(s->core) && (rc = down_one(s, p)) != 0) {
        if (rc < 0) {
            return done;
        }
        done++;
    }
    if (core_work_pending(s->core)) {
        return done;
    }
    LOG_W("core", "port %u: its producer is gone; %u sessions down", p->port->index,
          p->down_cnt + done);
    p->dead = false;
    p->down_cnt = 0;
    port_free_dead(p->port);
    metric_add(s->metrics.producers_lost, 1);
    return done;
}

static uint32_t
look_for_the_dead(struct sequencer *s)
{
    bool look = s->mono_ns - s->looked_ns >= DEAD_LOOK_NS;
    if (look) {
        s->looked_ns = s->mono_ns;
    }
    uint32_t done = 0;
    for (uint32_t i = 0; i < s->port_cnt; i++) {
        struct sequencer_port *p = &s->ports[i];
        if (!p->port->foreign) {
            continue;
        }
        if (look && !p->dead && port_producer_dead(p->port)) {
            p->dead = true;
        }
        if (p->dead) {
            uint32_t down_cnt = bury(s, p);
            p->down_cnt += p->dead ? down_cnt : 0;
            done += down_cnt;
        }
    }
    return done;
}

/* --- the clock --- */

static void
clock_beat(struct sequencer *s)
{
    s->beat_ns = s->mono_ns;
    /* UTC first: whatever comes between the two reads makes the step look smaller, never larger. */
    int64_t utc_ns = clock_utc_ns();
    venue_clock_follow(&s->clock, clock_mono_ns(), utc_ns);
    if (atomic_exchange_explicit(&s->release, 0, memory_order_relaxed) != 0 && s->clock.held) {
        LOG_W("core", "clock: the step of %lld ms is accepted",
              (long long)(s->clock.held_ns / CLOCK_NS_PER_MS));
        venue_clock_release(&s->clock);
    }
    if (s->clock.held && !s->held_before) {
        LOG_E("core",
              "clock: the system clock has jumped forward by %lld ms; the venue's time goes on "
              "without it until an operator accepts the step",
              (long long)(s->clock.held_ns / CLOCK_NS_PER_MS));
    }
    s->held_before = s->clock.held;
    metric_set(s->metrics.clock_held_ns, s->clock.held_ns);
}

static void
read_time(struct sequencer *s, int64_t mono_ns)
{
    s->mono_ns = mono_ns;
    if (mono_ns - s->beat_ns >= BEAT_NS) {
        clock_beat(s);
    }
    s->now_ns = venue_clock_now(&s->clock, mono_ns);
}

/* --- the tile --- */

static bool
failed(const struct sequencer *s)
{
    /* relaxed: once set, for ever; a cycle later is soon enough */
    return atomic_load_explicit(&s->durable->failed, memory_order_relaxed) != 0;
}

static void
ring_readers(const struct sequencer *s)
{
    for (uint32_t i = 0; i < s->reader_cnt; i++) {
        bell_ring(s->readers[i]);
    }
}

static uint32_t
poll(void *self, int64_t mono_ns)
{
    struct sequencer *s = self;
    if (failed(s)) {
        return 0;
    }
    read_time(s, mono_ns);
    uint32_t done = carry_on(s);
    if (!core_work_pending(s->core)) {
        done += follow_mode(s);
        done += tell_zone(s);
    }
    if (!core_work_pending(s->core)) {
        done += tick_when_due(s);
    }
    if (!core_work_pending(s->core)) {
        if (s->batch_next == s->batch_cnt) {
            fill_batch(s);
        }
        done += apply_batch(s);
    }
    if (!core_work_pending(s->core)) {
        done += look_for_the_dead(s);
    }
    if (done > 0) {
        ring_readers(s);
    }
    return done;
}

static void
housekeep(void *self, int64_t mono_ns)
{
    struct sequencer *s = self;
    s->mono_ns = mono_ns;
    clock_beat(s);
    look_at_zones(s);
    metric_set(s->metrics.sessions_up, s->up_cnt);
    for (uint32_t i = 0; i < s->port_cnt; i++) {
        struct sequencer_port *p = &s->ports[i];
        metric_set(p->full_cnt, (int64_t)spsc_ring_full_cnt(p->port->ring));
    }
}

static int64_t
next_due(void *self)
{
    struct sequencer *s = self;
    if (failed(s)) {
        return INT64_MAX;
    }
    if (s->blocked) {
        return s->mono_ns + BLOCKED_NS;
    }
    if (core_work_pending(s->core) || s->zone_pending) {
        return s->mono_ns;
    }
    int64_t due_ns = core_next_due_ns(s->core);
    if (due_ns != INT64_MAX) {
        due_ns -= s->clock.offset_ns;
        if (due_ns < s->tick_mono_ns + TICK_GAP_NS) {
            due_ns = s->tick_mono_ns + TICK_GAP_NS;
        }
    }
    for (uint32_t i = 0; i < s->port_cnt; i++) {
        if (s->ports[i].port->foreign && s->looked_ns + DEAD_LOOK_NS < due_ns) {
            due_ns = s->looked_ns + DEAD_LOOK_NS;
        }
    }
    return due_ns;
}

const struct tile_ops sequencer_tile_ops = {
    .name = "core",
    .poll = poll,
    .housekeep = housekeep,
    .next_due = next_due,
};

/* --- start --- */

size_t
sequencer_footprint(const struct sequencer_options *o)
{
    return sizeof(struct sequencer) + o->session_max * sizeof(struct up_session);
}

static void
add_metrics(struct sequencer *s, struct metrics *m)
{
    s->metrics = (struct sequencer_metrics){
        .malformed = metrics_add(m, METRIC_COUNTER, "assay_sequencer_malformed_total", ""),
        .forbidden = metrics_add(m, METRIC_COUNTER, "assay_sequencer_forbidden_total", ""),
        .log_full = metrics_add(m, METRIC_COUNTER, "assay_sequencer_log_full_total", ""),
        .ticks = metrics_add(m, METRIC_COUNTER, "assay_sequencer_ticks_total", ""),
        .continues = metrics_add(m, METRIC_COUNTER, "assay_sequencer_continues_total", ""),
        .producers_lost =
            metrics_add(m, METRIC_COUNTER, "assay_sequencer_producers_lost_total", ""),
        .cancel_only = metrics_add(m, METRIC_GAUGE, "assay_cancel_only", ""),
        .clock_held_ns = metrics_add(m, METRIC_GAUGE, "assay_clock_held_ns", ""),
        .sessions_up = metrics_add(m, METRIC_GAUGE, "assay_sessions_up", ""),
    };
}

struct sequencer *
sequencer_init(void *mem, const struct sequencer_options *o)
{
    struct sequencer *s = mem;
    memset(s, 0, sizeof(*s));
    s->core = o->core;
    s->log = o->log;
    s->durable = o->durable;
    s->epoch = o->epoch;
    s->up_max = o->session_max;
    s->zones = o->zones;
    while (s->reader_cnt < SEQUENCER_BELL_MAX && o->readers[s->reader_cnt] != NULL) {
        s->readers[s->reader_cnt] = o->readers[s->reader_cnt];
        s->reader_cnt++;
    }
    s->registry = o->metrics;
    add_metrics(s, o->metrics);
    int64_t utc_ns = clock_utc_ns(); /* before the other, as in clock_beat */
    s->mono_ns = s->beat_ns = s->looked_ns = clock_mono_ns();
    s->tick_mono_ns = s->mono_ns - TICK_GAP_NS;
    s->complained_ns = s->mono_ns - CLOCK_NS_PER_S;
    venue_clock_init(&s->clock, s->mono_ns, utc_ns, core_time_ns(o->core), o->jump_max_ns);
    return s;
}

void
sequencer_port_add(struct sequencer *s, struct port *p, enum sequencer_port_kind kind)
{
    CHECK(s->port_cnt < SEQUENCER_PORT_MAX, "more than %d ports", SEQUENCER_PORT_MAX);
    CHECK(p->index == s->port_cnt, "port %u added as number %u", p->index, s->port_cnt);
    uint32_t slot_bytes = spsc_ring_slot_bytes(p->ring);
    CHECK(slot_bytes >= sizeof(struct command) && slot_bytes <= COMMAND_BYTES_MAX,
          "port %u: slots of %u bytes", p->index, slot_bytes);
    char label[METRIC_LABEL_MAX];
    (void)snprintf(label, sizeof(label), "port=\"%u\"", p->index);
    s->ports[s->port_cnt++] = (struct sequencer_port){
        .port = p,
        .kind = kind,
        .slot_bytes = slot_bytes,
        .full_cnt = metrics_add(s->registry, METRIC_COUNTER, "assay_port_full_total", label),
    };
}

/* Room comes when the readers have gone on: rings them and waits a little. */
static int
wait_for_room(struct sequencer *s, int64_t since_ns, struct error *err)
{
    if (failed(s)) {
        return error_set(err, ERR_IO, "the journal has failed");
    }
    if (clock_mono_ns() - since_ns > INJECT_WAIT_S * (int64_t)CLOCK_NS_PER_S) {
        return error_set(err, ERR_TIMEOUT, "the log has had no room for %d s", INJECT_WAIT_S);
    }
    ring_readers(s);
    const struct timespec pause = {.tv_nsec = BLOCKED_NS};
    (void)nanosleep(&pause, NULL);
    return 0;
}

int
sequencer_inject(struct sequencer *s, const struct command *cmd, struct error *err)
{
    if (command_check_form(cmd, cmd->rec.length_bytes) != 0) {
        return error_set(err, ERR_INVALID, "a command of type %u is malformed", cmd->rec.type);
    }
    if (failed(s)) {
        return error_set(err, ERR_IO, "the journal has failed");
    }
    int64_t since_ns = clock_mono_ns();
    read_time(s, since_ns);
    int code = 0;
    while (code == 0 && !apply(s, cmd, RING_NONE)) {
        code = wait_for_room(s, since_ns, err);
    }
    const void *events = s->events;
    size_t bytes = s->events_bytes;
    while (code == 0 && core_work_pending(s->core)) {
        if (carry_on(s) == 0) {
            code = wait_for_room(s, since_ns, err);
        }
    }
    s->events = events;
    s->events_bytes = bytes;
    ring_readers(s);
    return code;
}

const void *
sequencer_events(const struct sequencer *s, size_t *bytes)
{
    *bytes = s->events_bytes;
    return s->events;
}

void
sequencer_clock_release(struct sequencer *s)
{
    atomic_store_explicit(&s->release, 1, memory_order_relaxed);
}
