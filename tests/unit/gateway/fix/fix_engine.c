#include "tests/unit/gateway/fix/fix_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "engine/model/event.h"

enum { RING_BYTES = 1 << 22, JOURNAL_BYTES = 1 << 30 };
static struct error err;

/* Of "demo", with the least costs. */
static const char HASH[] = "$argon2id$v=19$m=1024,t=2,p=1$YXNzYXlkZW1vc2FsdDE$"
                           "yK77r/kx28n3Gk0mS3/e9ow5g2ZqP/RgSOs+xkUydqk";

/* --- the journal --- */

static int64_t
source_fetch(void *self, uint64_t from, void *out, size_t out_bytes, uint8_t chain[32],
             struct error *unused)
{
    struct engine *e = self;
    size_t bytes = 0;
    (void)chain, (void)unused;
    for (uint64_t seq = from; seq >= 1 && seq <= e->event_cnt && seq <= e->mark_to; seq++) {
        const struct event *ev = (const void *)(e->journal + e->places[seq - 1]);
        if (bytes + ev->rec.length_bytes > out_bytes)
            break;
        memcpy((uint8_t *)out + bytes, ev, ev->rec.length_bytes);
        bytes += ev->rec.length_bytes;
    }
    return (int64_t)bytes;
}

static uint64_t
source_last(void *self)
{
    struct engine *e = self;
    return e->event_cnt < e->mark_to ? e->event_cnt : e->mark_to;
}

void
engine_emit(struct engine *e, struct event *ev, uint16_t type, uint32_t session_id)
{
    uint32_t bytes = event_bytes(type);
    assert_true(e->event_cnt < ENGINE_EVENT_MAX);
    ev->rec = (struct record){.length_bytes = bytes,
                              .kind = RECORD_EVENT,
                              .version = RECORD_VERSION,
                              .type = type,
                              .epoch = 1,
                              .seq = e->event_cnt + 1};
    ev->time_ns = clock_utc_ns();
    ev->session_id = session_id;
    memcpy(e->journal + e->journal_bytes, ev, bytes);
    e->places[e->event_cnt++] = e->journal_bytes;
    e->journal_bytes += bytes;
    void *place = bcast_reserve(&e->ring, bytes);
    assert_non_null(place);
    memcpy(place, ev, bytes);
    uint64_t pos = bcast_commit(&e->ring, bytes);
    if (e->mark_to == UINT64_MAX)
        atomic_store_explicit(&e->mark.ring_pos, pos, memory_order_release);
}

/* --- the rules --- */

static void
tell_session(struct engine *e, uint32_t session_id, uint32_t cause)
{
    const struct engine_session *s = &e->sessions[session_id];
    struct event_session_state ev = {.up = s->up,
                                     .incarnation = s->incarnation,
                                     .inbound_seq = s->in,
                                     .outbound_reserved = s->reserved,
                                     .cause = cause};
    engine_emit(e, &ev.ev, EVENT_SESSION_STATE, session_id);
}

static void
on_session(struct engine *e, const struct command_session_event *c)
{
    struct engine_session *s = &e->sessions[c->cmd.session_id];
    if (c->cmd.rec.type == COMMAND_SESSION_UP) {
        s->up = true;
        s->incarnation = c->cmd.incarnation;
        if (c->reset != 0)
            s->reserved = 0;
        if (c->reset != 0 || c->inbound_seq > s->in)
            s->in = c->inbound_seq;
    } else if (c->cmd.rec.type == COMMAND_SESSION_DOWN) {
        assert_int_equal(c->cmd.incarnation, s->incarnation);
        s->up = false;
        s->in = c->cmd.client_seq > s->in ? c->cmd.client_seq : s->in;
    } else if (c->outbound_seq > s->reserved) {
        s->reserved = c->outbound_seq;
    }
    tell_session(e, c->cmd.session_id, c->cmd.rec.type);
}

static struct fill_side
side_of(uint64_t order_id, uint32_t session_id, const struct client_id *id, int64_t qty)
{
    return (struct fill_side){.order_id = order_id,
                              .account_id = 100 + session_id,
                              .session_id = session_id,
                              .id = *id,
                              .qty_lots = qty,
                              .cum_lots = qty,
                              .cum_cost = 100 * qty,
                              .ord_type = ORD_LIMIT,
                              .time_in_force = TIF_DAY,
                              .status = ORD_STATUS_FILLED,
                              .price_units = 100};
}

static void
on_new(struct engine *e, const struct command_order_new *c)
{
    uint64_t order_id = ++e->order_cnt;
    struct event_order ev = {.order_id = order_id,
                             .client_seq = c->cmd.client_seq,
                             .account_id = c->cmd.account_id,
                             .instrument_id = c->instrument_id,
                             .side = c->side,
                             .ord_type = c->ord_type,
                             .time_in_force = c->time_in_force,
                             .status = ORD_STATUS_NEW,
                             .price_units = c->price_units,
                             .qty_lots = c->qty_lots,
                             .leaves_lots = c->qty_lots,
                             .id = c->cmd.id};
    engine_emit(e, &ev.ev, EVENT_ORDER_ACCEPTED, c->cmd.session_id);
    char kind = c->cmd.id.text[0];
    if (kind != 'F' && kind != 'X')
        return;
    struct fill_side mine = side_of(order_id, c->cmd.session_id, &c->cmd.id, c->qty_lots);
    struct fill_side other = side_of(999, kind == 'X' ? 2 : 0, &c->cmd.id, c->qty_lots);
    struct event_fill fill = {.instrument_id = c->instrument_id,
                              .aggressor = c->side,
                              .price_units = 100,
                              .qty_lots = c->qty_lots,
                              .buy = c->side == SIDE_BUY ? mine : other,
                              .sell = c->side == SIDE_BUY ? other : mine};
    engine_emit(e, &fill.ev, EVENT_FILL, 0);
}

static void
on_cancel(struct engine *e, const struct command_order_cancel *c)
{
    struct event_order ev = {.order_id = c->order_id,
                             .client_seq = c->cmd.client_seq,
                             .account_id = c->cmd.account_id,
                             .instrument_id = c->instrument_id,
                             .side = SIDE_BUY,
                             .ord_type = ORD_LIMIT,
                             .status = ORD_STATUS_CANCELED,
                             .id = c->cmd.id,
                             .orig = c->orig};
    engine_emit(e, &ev.ev, EVENT_ORDER_CANCELED, c->cmd.session_id);
}

static void
core_step(struct engine *e)
{
    union {
        struct command cmd;
        uint8_t bytes[COMMAND_BYTES_MAX];
    } slot;
    for (int i = 0; i < 1000 && !e->stopped && spsc_ring_pop(e->port.ring, &slot); i++) {
        e->command_cnt++;
        struct engine_session *s = &e->sessions[slot.cmd.session_id];
        if (slot.cmd.rec.type < COMMAND_ORDER_NEW) {
            on_session(e, (const void *)&slot);
            continue;
        }
        assert_true(s->up && s->incarnation == slot.cmd.incarnation);
        s->in = slot.cmd.client_seq > s->in ? slot.cmd.client_seq : s->in;
        if (slot.cmd.rec.type == COMMAND_ORDER_NEW)
            on_new(e, (const void *)&slot);
        else
            on_cancel(e, (const void *)&slot);
    }
}

void
engine_reserve(struct engine *e, uint32_t session_id, uint64_t to)
{
    e->sessions[session_id].reserved = to;
    tell_session(e, session_id, COMMAND_SESSION_RESERVE);
}

void
engine_fill(struct engine *e, uint32_t session_id, const char *id, uint64_t order_id)
{
    struct client_id client = {.length = (uint8_t)strlen(id)};
    memcpy(client.text, id, strlen(id));
    struct event_fill fill = {.instrument_id = 1,
                              .aggressor = SIDE_SELL,
                              .price_units = 100,
                              .qty_lots = 5,
                              .buy = side_of(order_id, session_id, &client, 5)};
    engine_emit(e, &fill.ev, EVENT_FILL, 0);
}

/* --- the whole --- */

static void
configure(struct engine *e)
{
    static const char *const names[ENGINE_SESSIONS] = {"C1", "C2", "C3", "C4",
                                                       "C5", "C6", "C7", "C8"};
    for (uint32_t i = 0; i < ENGINE_SESSIONS; i++)
        e->configs[i] = (struct fix_session_config){.session_id = i + 1,
                                                    .comp_id = names[i],
                                                    .password_hash = i < 2 ? HASH : NULL,
                                                    .account_id = 101 + i};
    e->options = (struct fix_gateway_options){.address = "127.0.0.1",
                                              .comp_id = "ASSAY",
                                              .sessions = e->configs,
                                              .session_cnt = ENGINE_SESSIONS,
                                              .folder = e->folder,
                                              .port = &e->port,
                                              .bell = &e->bell,
                                              .ring = &e->ring,
                                              .mark = &e->mark,
                                              .source = &e->source,
                                              .metrics = e->metrics};
}

static void *
reserve_memory(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(at, MAP_FAILED);
    return at;
}

struct engine *
engine_new(void)
{
    struct engine *e = aligned_alloc(128, (sizeof(*e) + 127) / 128 * 128);
    memset(e, 0, sizeof(*e));
    strcpy(e->folder, "/tmp/test_fix.XXXXXX");
    assert_non_null(mkdtemp(e->folder));
    assert_int_equal(port_bell_create(&e->core_bell, "", &err), 0);
    assert_int_equal(port_create(&e->port, "", 0, 4096, COMMAND_BYTES_MAX, e->core_bell, &err), 0);
    port_attach_local(&e->port);
    assert_int_equal(bcast_ring_open(&e->ring, "test", RING_BYTES, &err), 0);
    assert_int_equal(metrics_open(&e->metrics, "", &err), 0);
    e->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bell_init(&e->bell, e->event_fd);
    e->source = (struct stream_source){.self = e, .fetch = source_fetch, .last_seq = source_last};
    e->mark_to = UINT64_MAX;
    e->journal = reserve_memory(JOURNAL_BYTES);
    e->places = reserve_memory(ENGINE_EVENT_MAX * sizeof(*e->places));
    configure(e);
    assert_int_equal(net_open(&e->net, &(struct net_options){.conn_max = 32}, &err), 0);
    struct event_instrument i = {
        .instrument_id = 1, .price_scale = 2, .lot_units = 1, .symbol = "ABC"};
    engine_emit(e, &i.ev, EVENT_INSTRUMENT, 0);
    engine_start_gateway(e);
    return e;
}

void
engine_start_gateway(struct engine *e)
{
    uint8_t slot[COMMAND_BYTES_MAX];
    while (spsc_ring_pop(e->port.ring, slot)) /* a killed engine takes no more */
        ;
    if (fix_gateway_open(&e->gateway, &e->options, &err) != 0)
        fail_msg("%s", err.text);
    e->options.listen_port = fix_gateway_port(e->gateway);
}

void
engine_stop_gateway(struct engine *e, bool clean)
{
    fix_gateway_close(e->gateway, clean);
    e->gateway = NULL;
}

void
engine_free(struct engine *e)
{
    char path[128];
    if (e->gateway != NULL)
        engine_stop_gateway(e, true);
    for (uint32_t i = 1; i <= ENGINE_SESSIONS; i++) {
        snprintf(path, sizeof(path), "%s/%u.map", e->folder, i);
        unlink(path);
        snprintf(path, sizeof(path), "%s/%u.msg", e->folder, i);
        unlink(path);
    }
    rmdir(e->folder);
    net_fini(e->net);
    bcast_ring_close(&e->ring);
    metrics_close(e->metrics);
    port_close(&e->port);
    port_bell_close(e->core_bell);
    close(e->event_fd);
    munmap(e->journal, JOURNAL_BYTES);
    munmap(e->places, ENGINE_EVENT_MAX * sizeof(*e->places));
    free(e);
}

void
engine_step(struct engine *e)
{
    if (e->gateway != NULL) {
        int64_t now = clock_mono_ns();
        fix_gateway_tile_ops.poll(e->gateway, now);
        fix_gateway_tile_ops.housekeep(e->gateway, now);
    }
    core_step(e);
    net_poll(e->net, 256);
}

/* --- traders --- */

static void
on_up(void *user, struct fix_client *c)
{
    (void)c;
    ((struct trader *)user)->up_cnt++;
}

static void
on_down(void *user, struct fix_client *c, const char *why)
{
    struct trader *t = user;
    (void)c;
    t->down_cnt++;
    snprintf(t->why, sizeof(t->why), "%s", why);
}

static void
on_report(void *user, struct fix_client *c, const struct fix_client_report *r)
{
    struct trader *t = user;
    (void)c;
    t->again_cnt += r->again;
    if (r->type == '8' && r->exec_id != 0) {
        t->out_of_order |= !r->again && r->exec_id <= t->last_exec_id;
        t->last_exec_id = r->exec_id;
    }
    t->new_cnt += r->exec_type == '0';
    t->fill_cnt += r->exec_type == 'F';
    t->cancel_cnt += r->exec_type == '4';
    t->reject_cnt += r->exec_type == '8' || r->type == '9';
    t->business_cnt += r->type == 'j' || r->type == '3';
    snprintf(t->id, sizeof(t->id), "%.*s", (int)r->id_bytes, r->id == NULL ? "" : r->id);
    snprintf(t->text, sizeof(t->text), "%.*s", (int)r->text_bytes, r->text == NULL ? "" : r->text);
}

static void
on_writable(void *user, struct fix_client *c)
{
    (void)c;
    ((struct trader *)user)->writable_cnt++;
}

void
trader_open(struct engine *e, struct trader *t, const char *comp_id, const char *password)
{
    static const struct fix_client_ops ops = {
        .on_up = on_up, .on_report = on_report, .on_writable = on_writable, .on_down = on_down};
    memset(t, 0, sizeof(*t));
    struct fix_client_options o = {.address = "127.0.0.1",
                                   .port = fix_gateway_port(e->gateway),
                                   .comp_id = comp_id,
                                   .venue_comp_id = "ASSAY",
                                   .password = password};
    assert_int_equal(fix_client_open(&t->client, e->net, &o, &ops, t, &err), 0);
    assert_int_equal(fix_client_connect(t->client, &err), 0);
}

void
trader_order(struct trader *t, const char *id, char side)
{
    struct fix_client_order o = {
        .id = id, .symbol = "ABC", .qty = "5", .price = "1.00", .side = side, .ord_type = '2'};
    assert_int_equal(fix_client_new(t->client, &o), 0);
}
