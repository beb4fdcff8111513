#include "tests/unit/gateway/fix/fix_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "gateway/fix/fix_report.h"

static struct error err;

/* --- a journal in memory --- */

static int64_t
source_fetch(void *self, uint64_t from, void *out, size_t out_bytes, uint8_t chain[32],
             struct error *e)
{
    struct fake_source *j = self;
    size_t bytes = 0;
    (void)chain, (void)e;
    for (uint64_t seq = from; seq >= 1 && seq <= j->cnt; seq++) {
        const struct event *ev = j->events[seq - 1];
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
    return ((struct fake_source *)self)->cnt;
}

static const struct event *
journal_add(struct fake *f, const struct event *ev, uint16_t type)
{
    struct fake_source *j = &f->journal;
    assert_true(j->cnt < FAKE_EVENT_MAX);
    uint32_t bytes = event_bytes(type);
    struct event *copy = calloc(1, bytes);
    memcpy(copy, ev, bytes);
    copy->rec = (struct record){.length_bytes = bytes,
                                .kind = RECORD_EVENT,
                                .version = RECORD_VERSION,
                                .type = type,
                                .epoch = 1,
                                .seq = j->cnt + 1};
    copy->time_ns = f->venue.utc_ns;
    j->events[j->cnt++] = copy;
    return copy;
}

/* --- the wire --- */

static uint8_t *
wire_reserve(void *self, size_t bytes)
{
    struct fake *f = self;
    return f->wire_bytes - f->wire_read + bytes <= f->room ? f->wire + f->wire_bytes : NULL;
}

static void
wire_commit(void *self, size_t bytes)
{
    ((struct fake *)self)->wire_bytes += bytes;
}

static void
wire_close(void *self, bool after_flush)
{
    struct fake *f = self;
    (void)after_flush;
    f->connected = false;
    f->closed = true;
}

static void
wire_ready(void *self)
{
    (void)self;
}

/* --- the whole --- */

static void
open_session(struct fake *f)
{
    if (fix_session_open(&f->session, &f->venue, &f->config, 0, f->folder, &err) != 0)
        fail_msg("%s", err.text);
    for (uint64_t i = 0; i < f->journal.cnt; i++) {
        fix_session_learn(&f->session, f->journal.events[i]);
        f->venue.learned_seq = i + 1;
    }
    fix_session_start(&f->session);
}

static void
learn_instrument(struct fake *f)
{
    struct event_instrument e = {.instrument_id = 3,
                                 .price_scale = 2,
                                 .asset_scale = 4,
                                 .currency_scale = 2,
                                 .lot_units = 10, /* 0.001 */
                                 .symbol = "BTC-EUR"};
    assert_true(fix_instruments_learn(f->venue.instruments, &e));
}

struct fake *
fake_new(void)
{
    struct fake *f = calloc(1, sizeof(*f));
    strcpy(f->folder, "/tmp/test_fix.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(port_bell_create(&f->bell, "", &err), 0);
    assert_int_equal(port_create(&f->port, "", 0, 16, COMMAND_BYTES_MAX, f->bell, &err), 0);
    port_attach_local(&f->port);
    f->journal.source.self = &f->journal;
    f->journal.source.fetch = source_fetch;
    f->journal.source.last_seq = source_last;
    f->account = (struct fix_account){.name = "second", .account_id = 502};
    f->config = (struct fix_session_config){.session_id = 7,
                                            .comp_id = "CLIENT",
                                            .account_id = 501,
                                            .accounts = &f->account,
                                            .account_cnt = 1};
    f->venue = (struct fix_venue){.comp_id = "ASSAY",
                                  .port = &f->port,
                                  .instruments = fix_instruments_new(8),
                                  .sending_time_window_s = 120,
                                  .mono_ns = 1000LL * CLOCK_NS_PER_S,
                                  .utc_ns = 1700000000LL * CLOCK_NS_PER_S};
    assert_int_equal(fix_fetch_open(&f->venue.fetch, &f->journal.source, &err), 0);
    learn_instrument(f);
    f->out = (struct fix_out){.self = f,
                              .reserve = wire_reserve,
                              .commit = wire_commit,
                              .close = wire_close,
                              .ready = wire_ready};
    f->room = FAKE_OUT_BYTES;
    open_session(f);
    return f;
}

static void
remove_folder(const char *folder)
{
    static const char *const names[] = {"7.map", "7.msg"};
    char path[128];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

void
fake_free(struct fake *f)
{
    fix_session_close(&f->session, true);
    remove_folder(f->folder);
    fix_fetch_close(&f->venue.fetch);
    fix_instruments_free(f->venue.instruments);
    for (uint64_t i = 0; i < f->journal.cnt; i++)
        free(f->journal.events[i]);
    port_close(&f->port);
    port_bell_close(f->bell);
    free(f);
}

void
fake_restart(struct fake *f, bool clean)
{
    if (clean && !f->session.lagging)
        f->session.map.head->event_seq = f->venue.learned_seq;
    fix_session_close(&f->session, clean);
    f->connected = false;
    f->venue.busy = NULL;
    f->core_up = false;
    uint8_t slot[COMMAND_BYTES_MAX];
    while (spsc_ring_pop(f->port.ring, slot)) /* what the engine has not taken is gone */
        ;
    f->wire_read = f->wire_bytes = 0;
    open_session(f);
}

/* --- the engine --- */

static void
deliver(struct fake *f, const struct event *ev)
{
    f->venue.learned_seq = ev->rec.seq;
    fix_session_learn(&f->session, ev);
    struct fix_session *s = &f->session;
    if (s->lagging)
        return;
    bool done = true;
    if (ev->rec.type == EVENT_FILL) {
        const struct event_fill *fill = (const struct event_fill *)(const void *)ev;
        bool buy = fill->buy.session_id == f->config.session_id;
        bool sell = fill->sell.session_id == f->config.session_id;
        done = (!buy && !sell) || fix_session_report(s, ev, buy, sell);
    } else if (fix_report_type(ev, false) != NULL && ev->session_id == f->config.session_id) {
        done = fix_session_report(s, ev, true, false);
    }
    if (!done)
        s->map.head->event_seq = ev->rec.seq - 1;
}

void
fake_event(struct fake *f, struct event *ev, uint16_t type)
{
    if (type != EVENT_FILL)
        ev->session_id = f->config.session_id;
    deliver(f, journal_add(f, ev, type));
}

static void
core_session(struct fake *f, const struct command_session_event *c)
{
    if (c->cmd.rec.type == COMMAND_SESSION_UP) {
        f->core_up = true;
        f->core_incarnation = c->cmd.incarnation;
        if (c->reset != 0)
            f->core_reserved = 0;
        if (c->reset != 0 || c->inbound_seq > f->core_in)
            f->core_in = c->inbound_seq;
    } else if (c->cmd.rec.type == COMMAND_SESSION_DOWN) {
        f->core_up = false;
        if (c->cmd.client_seq > f->core_in)
            f->core_in = c->cmd.client_seq;
    } else if (c->outbound_seq > f->core_reserved) {
        f->core_reserved = c->outbound_seq;
    }
    struct event_session_state e = {.up = f->core_up,
                                    .incarnation = f->core_incarnation,
                                    .inbound_seq = f->core_in,
                                    .outbound_reserved = f->core_reserved,
                                    .cause = c->cmd.rec.type};
    fake_event(f, &e.ev, EVENT_SESSION_STATE);
}

static bool
engine_step(struct fake *f)
{
    union {
        struct command cmd;
        struct command_session_event session;
        uint8_t bytes[COMMAND_BYTES_MAX];
    } slot;
    if (f->core_silent || !spsc_ring_pop(f->port.ring, &slot))
        return false;
    assert_int_equal(command_check_form(&slot, slot.cmd.rec.length_bytes),
                     0); /* or it is dropped */
    assert_int_equal(slot.cmd.session_id, f->config.session_id);
    if (slot.cmd.rec.type >= COMMAND_SESSION_UP && slot.cmd.rec.type <= COMMAND_SESSION_RESERVE) {
        core_session(f, &slot.session);
        return true;
    }
    assert_true(f->core_up);
    assert_int_equal(slot.cmd.incarnation, f->core_incarnation);
    if (slot.cmd.client_seq > f->core_in)
        f->core_in = slot.cmd.client_seq;
    memcpy(&f->last, &slot, sizeof(f->last));
    f->command_cnt++;
    return true;
}

/* What fix_gateway_events does for sessions that lag. */
static bool
catch_up(struct fake *f)
{
    struct fix_session *s = &f->session;
    if (!s->lagging || s->map.head->next_out + 1 > s->reserved)
        return false;
    uint64_t *at = &s->map.head->event_seq;
    while (*at < f->venue.learned_seq) {
        const struct event *ev = f->journal.events[*at];
        uint32_t owner = ev->rec.type == EVENT_FILL
                             ? ((const struct event_fill *)(const void *)ev)->buy.session_id
                             : ev->session_id;
        bool ours = owner == f->config.session_id && fix_report_type(ev, false) != NULL;
        if (ours && !fix_session_report(s, ev, true, false))
            return true;
        ++*at;
    }
    s->lagging = false;
    return true;
}

void
fake_run(struct fake *f)
{
    for (int i = 0; i < 10000; i++) {
        struct fix_session *s = &f->session;
        bool more = engine_step(f) || catch_up(f);
        f->venue.fetch.fetch_cnt = 0;
        if (s->on_busy) {
            f->venue.busy = NULL;
            s->on_busy = false;
            if (fix_session_cycle(s))
                fix_session_wake(s);
            more = true;
        }
        if (!more)
            return;
    }
    fail_msg("the session never comes to rest");
}

void
fake_later(struct fake *f, int64_t seconds)
{
    for (int64_t i = 0; i < seconds * 10; i++) {
        f->venue.mono_ns += CLOCK_NS_PER_S / 10;
        f->venue.utc_ns += CLOCK_NS_PER_S / 10;
        fix_session_timer(&f->session);
        fake_run(f);
    }
}

/* --- the client --- */

static void
put(char *out, size_t *at, const char *text)
{
    size_t bytes = strlen(text);
    assert_true(*at + bytes < FAKE_TEXT);
    memcpy(out + *at, text, bytes);
    *at += bytes;
}

static bool
names(const char *message, const char *tag)
{
    char want[16];
    snprintf(want, sizeof(want), "|%s=", tag);
    return strncmp(message, want + 1, strlen(want) - 1) == 0 || strstr(message, want) != NULL;
}

static size_t
assemble(struct fake *f, const char *message, char *out)
{
    char body[FAKE_TEXT], clock[FIX_TIME_MAX + 1] = {0};
    struct fix_time_cache cache = {0};
    size_t bytes = 0;
    const char *rest = strchr(message, '|'); /* 35 comes first */
    bytes = rest == NULL ? strlen(message) : (size_t)(rest - message);
    memcpy(body, message, bytes);
    if (!names(message, "49"))
        put(body, &bytes, "|49=CLIENT");
    if (!names(message, "56"))
        put(body, &bytes, "|56=ASSAY");
    fix_time_write(&cache, f->venue.utc_ns, 3, clock);
    if (!names(message, "52")) {
        put(body, &bytes, "|52=");
        put(body, &bytes, clock);
    }
    if (rest != NULL)
        put(body, &bytes, rest);
    put(body, &bytes, "|");
    body[bytes] = '\0';
    char *now = strstr(body, "=NOW|");
    while (now != NULL) { /* 60=NOW */
        size_t tail = strlen(now + 4);
        memmove(now + 22, now + 4, tail + 1);
        memcpy(now + 1, clock, 21);
        bytes += 18;
        now = strstr(body, "=NOW|");
    }
    for (size_t i = 0; i < bytes; i++)
        body[i] = body[i] == '|' ? FIX_SOH : body[i];
    int cnt = snprintf(out, FAKE_TEXT, "8=FIX.4.4%c9=%zu%c", FIX_SOH, bytes, FIX_SOH);
    memcpy(out + cnt, body, bytes);
    size_t all = (size_t)cnt + bytes;
    all += (size_t)snprintf(out + all, 8, "10=%03u%c", fix_checksum(out, all), FIX_SOH);
    return all;
}

static void
first_message(struct fake *f, const struct fix_message *m)
{
    struct fix_checked c;
    struct fix_reject fault;
    bool good = fix_table_check(m, &c, &fault);
    assert_int_equal(c.name, FIX_M_Logon);
    f->connected = true;
    f->closed = false;
    fix_session_logon(&f->session, &f->out, &c, good, &fault);
}

void
fake_send(struct fake *f, const char *message)
{
    static struct fix_message m;
    char wire[FAKE_TEXT];
    size_t bytes = assemble(f, message, wire), used;
    assert_int_equal(fix_parse((uint8_t *)wire, bytes, &m, &used), FIX_PARSE_OK);
    assert_int_equal(used, bytes);
    if (f->session.state == FIX_DOWN)
        first_message(f, &m);
    else
        fix_session_message(&f->session, &m);
    fake_run(f);
}

static bool
compared(uint32_t tag)
{
    return tag != 49 && tag != 56 && tag != 52 && tag != 122 && tag != 60;
}

/* The next message as text, or "". */
static void
next_text(struct fake *f, char *out)
{
    static struct fix_message m;
    size_t used, at = 0;
    out[0] = '\0';
    if (f->wire_read == f->wire_bytes)
        return;
    enum fix_parse_result rc =
        fix_parse(f->wire + f->wire_read, f->wire_bytes - f->wire_read, &m, &used);
    assert_int_equal(rc, FIX_PARSE_OK);
    f->wire_read += used;
    at += (size_t)snprintf(out, FAKE_TEXT, "35=%.*s", (int)m.type_bytes, m.type);
    for (uint32_t i = 0; i < m.field_cnt; i++) {
        const struct fix_field *x = &m.fields[i];
        if (compared(x->tag))
            at += (size_t)snprintf(out + at, FAKE_TEXT - at, "|%u=%.*s", x->tag, (int)x->bytes,
                                   x->value);
    }
    if (f->wire_read == f->wire_bytes)
        f->wire_read = f->wire_bytes = 0;
}

void
fake_expect_at(struct fake *f, const char *want, const char *file, int line)
{
    char got[FAKE_TEXT];
    next_text(f, got);
    if (strcmp(got, want) != 0)
        print_error("want %s\ngot  %s\n", want, got);
    _assert_string_equal(got, want, file, line);
}

uint32_t
fake_skip(struct fake *f)
{
    char text[FAKE_TEXT];
    uint32_t cnt = 0;
    for (next_text(f, text); text[0] != '\0'; next_text(f, text))
        cnt++;
    return cnt;
}

void
fake_cut(struct fake *f)
{
    f->wire_read = f->wire_bytes = 0;
    if (f->connected)
        fix_session_lost(&f->session);
    f->connected = false;
    fake_run(f);
}

void
fake_logon(struct fake *f, uint64_t seq, uint64_t answer)
{
    char text[128];
    snprintf(text, sizeof(text), "35=A|34=%llu|98=0|108=30", (unsigned long long)seq);
    fake_send(f, text);
    snprintf(text, sizeof(text), "35=A|34=%llu|98=0|108=30", (unsigned long long)answer);
    fake_expect(f, text);
}

/* --- the engine's answers --- */

void
fake_accept(struct fake *f, uint64_t order_id)
{
    const struct command_order_new *o = &f->last.order;
    struct event_order e = {.order_id = order_id,
                            .client_seq = o->cmd.client_seq,
                            .account_id = o->cmd.account_id,
                            .instrument_id = o->instrument_id,
                            .side = o->side,
                            .ord_type = o->ord_type,
                            .time_in_force = o->time_in_force,
                            .status = ORD_STATUS_NEW,
                            .price_units = o->price_units,
                            .qty_lots = o->qty_lots,
                            .leaves_lots = o->qty_lots,
                            .id = o->cmd.id};
    fake_event(f, &e.ev, EVENT_ORDER_ACCEPTED);
    fake_run(f);
}

void
fake_fill(struct fake *f, uint64_t order_id, const char *id, int64_t qty, int64_t cum,
          int64_t price)
{
    struct event_fill e = {
        .instrument_id = 3,
        .aggressor = SIDE_SELL,
        .price_units = price,
        .qty_lots = qty,
        .buy = {.order_id = order_id,
                .account_id = 501,
                .session_id = f->config.session_id,
                .qty_lots = 1000,
                .cum_lots = cum,
                .leaves_lots = 1000 - cum,
                .cum_cost = price * cum,
                .fee_units = 7,
                .ord_type = ORD_LIMIT,
                .time_in_force = TIF_DAY,
                .status = cum == 1000 ? ORD_STATUS_FILLED : ORD_STATUS_PARTIALLY_FILLED,
                .price_units = price}};
    e.buy.id.length = (uint8_t)strlen(id);
    memcpy(e.buy.id.text, id, strlen(id));
    fake_event(f, &e.ev, EVENT_FILL);
    fake_run(f);
}
