#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "gateway/fix/fix_report.h"
#include "gateway/fix/fix_session.h"

/* A session that is given messages made of the input: each line is "type|field|...", framed with
 * right lengths and sums, so that what is tried is the session and not the checksum. An engine
 * answers session commands; a first byte of a line that is no MsgType makes something else happen:
 * '!' an event, '@' one of the market, '~' time, '#' a lost connection.
 *
 * What must hold: outbound numbers never repeat and never leave the reserved block, the client's
 * number never goes back but by a reset, every message that goes out can be parsed, and every
 * command passes the sequencer's check of form. */

enum { WIRE_BYTES = 1 << 16, EVENT_CNT = 64 };

struct venue {
    struct bell *bell;
    struct port port;
    struct fix_venue fix;
    struct fix_session session;
    struct stream_source source;
    struct fix_out out;
    struct event_order events[EVENT_CNT];
    uint64_t event_cnt;
    uint8_t wire[WIRE_BYTES];
    size_t wire_bytes;
    bool connected;
    uint64_t last_out, reserved;
};
static struct venue v;
static const struct fix_session_config config = {.session_id = 1, .comp_id = "C", .account_id = 5};
static char folder[] = "/dev/shm/fuzz_fix.XXXXXX"; /* in memory: a file is made for every input */

static int64_t
fetch(void *self, uint64_t from, void *out, size_t out_bytes, uint8_t chain[32], struct error *err)
{
    (void)self, (void)chain, (void)err;
    if (from == 0 || from > v.event_cnt || out_bytes < sizeof(v.events[0]))
        return 0;
    memcpy(out, &v.events[from - 1], sizeof(v.events[0]));
    return sizeof(v.events[0]);
}

static uint64_t
last_seq(void *self)
{
    (void)self;
    return v.event_cnt;
}

static uint8_t *
out_reserve(void *self, size_t bytes)
{
    (void)self;
    if (v.wire_bytes + bytes > WIRE_BYTES)
        v.wire_bytes = 0;
    return v.wire + v.wire_bytes;
}

static void
out_commit(void *self, size_t bytes)
{
    static struct fix_message m;
    size_t used;
    uint64_t number;
    (void)self;
    CHECK(fix_parse(v.wire + v.wire_bytes, bytes, &m, &used) == FIX_PARSE_OK && used == bytes);
    const struct fix_field *seq = fix_find(&m, 34), *dup = fix_find(&m, 43);
    CHECK(seq != NULL && fix_read_u64(seq->value, seq->bytes, &number));
    CHECK(number <= v.reserved, "number %llu of %llu", (unsigned long long)number,
          (unsigned long long)v.reserved);
    if (dup == NULL) {
        CHECK(number > v.last_out, "number %llu twice", (unsigned long long)number);
        v.last_out = number;
    }
    v.wire_bytes += bytes;
}

static void
out_close(void *self, bool after_flush)
{
    (void)self, (void)after_flush;
    v.connected = false;
}

static void
out_ready(void *self)
{
    (void)self;
}

static void
open_venue(void)
{
    struct error err;
    struct event_instrument i = {
        .instrument_id = 1, .price_scale = 2, .lot_units = 1, .symbol = "ABC"};
    CHECK(mkdtemp(folder) != NULL);
    CHECK(port_bell_create(&v.bell, "", &err) == 0);
    CHECK(port_create(&v.port, "", 0, 64, COMMAND_BYTES_MAX, v.bell, &err) == 0);
    port_attach_local(&v.port);
    v.source = (struct stream_source){.fetch = fetch, .last_seq = last_seq};
    v.fix = (struct fix_venue){.comp_id = "V",
                               .port = &v.port,
                               .instruments = fix_instruments_new(4),
                               .mono_ns = 1000LL * CLOCK_NS_PER_S,
                               .utc_ns = 1700000000LL * CLOCK_NS_PER_S};
    CHECK(fix_fetch_open(&v.fix.fetch, &v.source, &err) == 0);
    CHECK(fix_instruments_learn(v.fix.instruments, &i));
    v.out = (struct fix_out){
        .reserve = out_reserve, .commit = out_commit, .close = out_close, .ready = out_ready};
}

static void
remove_files(void)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/1.map", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/1.msg", folder);
    unlink(path);
}

static void
remove_folder(void)
{
    remove_files();
    rmdir(folder);
}

/* --- the engine --- */

static void
answer(const struct command_session_event *c)
{
    static uint64_t in;
    if (c->cmd.rec.type == COMMAND_SESSION_UP && c->reset != 0)
        v.reserved = 0;
    if (c->cmd.rec.type == COMMAND_SESSION_UP)
        in = c->inbound_seq;
    if (c->cmd.rec.type == COMMAND_SESSION_RESERVE && c->outbound_seq > v.reserved)
        v.reserved = c->outbound_seq;
    struct event_session_state e = {.ev.rec.type = EVENT_SESSION_STATE,
                                    .up = c->cmd.rec.type != COMMAND_SESSION_DOWN,
                                    .incarnation = c->cmd.incarnation,
                                    .inbound_seq = in,
                                    .outbound_reserved = v.reserved,
                                    .cause = c->cmd.rec.type};
    if (c->cmd.rec.type == COMMAND_SESSION_UP && c->reset != 0)
        v.last_out = 0;
    fix_session_learn(&v.session, &e.ev);
}

static void
add_event(uint8_t kind)
{
    static const uint16_t types[] = {EVENT_ORDER_ACCEPTED, EVENT_ORDER_CANCELED, EVENT_ORDER_STATUS,
                                     EVENT_ORDER_REPLACED};
    if (v.event_cnt == EVENT_CNT)
        return;
    struct event_order *e = &v.events[v.event_cnt++];
    *e = (struct event_order){.ev = {.rec = {.length_bytes = sizeof(*e),
                                             .kind = RECORD_EVENT,
                                             .type = types[kind % 4],
                                             .seq = v.event_cnt},
                                     .session_id = 1},
                              .order_id = kind,
                              .instrument_id = kind % 3,
                              .side = 1 + kind % 2,
                              .status = kind % 9,
                              .reason = kind,
                              .price_units = (int64_t)kind << kind % 56,
                              .qty_lots = (int64_t)kind << kind % 48};
    v.fix.learned_seq = v.event_cnt;
    if (!v.session.lagging)
        (void)fix_session_report(&v.session, &e->ev, true, false);
}

static void
change_market(uint8_t kind)
{
    union {
        struct event ev;
        struct event_trading_state state;
        struct event_auction auction;
        struct event_band_reached band;
        struct event_trade trade;
    } u = {.ev.time_ns = v.fix.utc_ns};
    uint32_t instrument_id;
    switch (kind % 4) {
    case 0:
        u.state.instrument_id = 1;
        u.state.state = kind / 4 % (TRADING_CALL_VOLATILITY + 1);
        u.ev.rec.type = EVENT_TRADING_STATE;
        break;
    case 1:
        u.auction.instrument_id = 1;
        u.auction.price_units = u.auction.qty_lots = (int64_t)kind << kind % 48;
        u.auction.surplus_lots = kind;
        u.auction.surplus_side = kind / 4 % 3;
        u.ev.rec.type = EVENT_AUCTION;
        break;
    case 2:
        u.band.instrument_id = 1;
        u.band.band = kind / 4 % 3;
        u.band.low_units = kind;
        u.band.high_units = (int64_t)kind << kind % 56;
        u.ev.rec.type = EVENT_BAND_REACHED;
        break;
    default:
        u.trade.instrument_id = 1;
        u.trade.price_units = (int64_t)kind << kind % 56;
        u.ev.rec.type = EVENT_TRADE;
        break;
    }
    if (fix_instruments_apply(v.fix.instruments, &u.ev, &instrument_id))
        fix_status_changed(&v.session, instrument_id);
}

static void
run(void)
{
    union {
        struct command cmd;
        struct command_session_event session;
        uint8_t bytes[COMMAND_BYTES_MAX];
    } slot;
    for (int i = 0; i < 1000; i++) {
        bool more = spsc_ring_pop(v.port.ring, &slot);
        CHECK(!more || command_check_form(&slot, slot.cmd.rec.length_bytes) == 0,
              "the sequencer would drop a command of type %u", slot.cmd.rec.type);
        if (more && slot.cmd.rec.type <= COMMAND_SESSION_RESERVE)
            answer(&slot.session);
        if (v.session.on_busy) {
            more = true;
            v.session.on_busy = false;
            v.fix.busy = NULL;
            v.fix.fetch.fetch_cnt = 0;
            if (fix_session_cycle(&v.session))
                fix_session_wake(&v.session);
        }
        if (!more)
            return;
    }
}

/* --- the client --- */

static void
send_line(const uint8_t *line, size_t bytes)
{
    static struct fix_message m;
    char body[2048], wire[2100];
    size_t used;
    int cnt = snprintf(body, sizeof(body), "35=%.*s", (int)(bytes < 1900 ? bytes : 1900), line);
    for (int i = 0; i < cnt; i++)
        body[i] = body[i] == '|' ? FIX_SOH : body[i];
    body[cnt++] = FIX_SOH;
    int all = snprintf(wire, sizeof(wire), "8=FIX.4.4%c9=%d%c", FIX_SOH, cnt, FIX_SOH);
    memcpy(wire + all, body, (size_t)cnt);
    all += cnt;
    all += snprintf(wire + all, 8, "10=%03u%c", fix_checksum(wire, (size_t)all), FIX_SOH);
    if (fix_parse((const uint8_t *)wire, (size_t)all, &m, &used) != FIX_PARSE_OK)
        return;
    uint64_t before = v.session.map.head->next_in;
    if (v.session.state == FIX_DOWN) {
        struct fix_checked c;
        struct fix_reject fault;
        bool good = fix_table_check(&m, &c, &fault);
        if (c.name != FIX_M_Logon)
            return;
        v.connected = true;
        fix_session_logon(&v.session, &v.out, &c, good, &fault);
    } else {
        fix_session_message(&v.session, &m);
        CHECK(v.session.map.head->next_in >= before);
    }
}

static void
do_line(const uint8_t *line, size_t bytes)
{
    if (bytes == 0)
        return;
    if (line[0] == '!') {
        add_event(bytes > 1 ? line[1] : 0);
    } else if (line[0] == '@') {
        change_market(bytes > 1 ? line[1] : 0);
    } else if (line[0] == '~') {
        v.fix.mono_ns += (bytes > 1 ? line[1] : 1) * (int64_t)CLOCK_NS_PER_S;
        fix_session_timer(&v.session);
    } else if (line[0] == '#') {
        if (v.session.out != NULL)
            fix_session_lost(&v.session);
    } else {
        send_line(line, bytes);
    }
    run();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    if (v.bell == NULL) {
        open_venue();
        atexit(remove_folder);
    }
    remove_files();
    v.event_cnt = v.fix.learned_seq = v.last_out = v.reserved = 0;
    v.wire_bytes = 0;
    v.fix.busy = NULL;
    CHECK(fix_session_open(&v.session, &v.fix, &config, 0, folder, &err) == 0, "%s", err.text);
    fix_session_start(&v.session);
    static const char logon[] = "A|34=1|49=C|56=V|52=20231114-22:13:20|98=0|108=30";
    do_line((const uint8_t *)logon, sizeof(logon) - 1);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t bytes = end == NULL ? size - at : (size_t)(end - data) - at;
        do_line(data + at, bytes);
        at += bytes + 1;
    }
    fix_session_close(&v.session, false);
    return 0;
}
