#include "tests/unit/gateway/api/small_venue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/model/client_id.h"
#include "risk/risk.h"
#include "tools/config/venue.h"
#include "tools/config/venue_commands.h"

union any_command {
    struct command cmd;
    struct command_genesis genesis;
    struct command_session session;
    struct command_session_event session_event;
    struct command_epoch epoch;
    uint8_t bytes[COMMAND_BYTES_MAX];
};

/* What the stream of audience party would bring. */
static void
hand_over(struct small_venue *v, size_t bytes)
{
    size_t kept = 0;
    for (size_t at = 0; at < bytes;) {
        const struct event *ev = (const struct event *)(const void *)(v->out + at);
        uint32_t length = ev->rec.length_bytes;
        if (ev->audience <= AUDIENCE_PARTY) {
            memmove(v->out + kept, v->out + at, length);
            kept += length;
        }
        at += length;
    }
    fanout_feed(v->fanout, v->out, kept);
}

void
small_venue_apply(struct small_venue *v, struct command *cmd)
{
    int64_t utc_ns = clock_utc_ns();
    v->time_ns = utc_ns > v->time_ns ? utc_ns : v->time_ns;
    cmd->rec.seq = ++v->cmd_seq;
    cmd->rec.epoch = 1;
    cmd->time_ns = v->time_ns;
    hand_over(v, core_apply(v->core, cmd, v->out));
    while (core_work_pending(v->core)) {
        union any_command more;
        command_init(&more.cmd, COMMAND_CONTINUE);
        more.cmd.rec.seq = ++v->cmd_seq;
        more.cmd.rec.epoch = 1;
        more.cmd.time_ns = v->time_ns;
        hand_over(v, core_apply(v->core, &more.cmd, v->out));
    }
}

static int
configure(void *arg, const struct command *cmd)
{
    struct small_venue *v = arg;
    union any_command copy;
    memcpy(&copy, cmd, cmd->rec.length_bytes);
    if (cmd->rec.type == COMMAND_GENESIS) {
        size_t bytes = (core_footprint(&copy.genesis, risk_hooks()) + 63) & ~(size_t)63;
        v->core_mem = aligned_alloc(64, bytes);
        CHECK(v->core_mem != NULL, "no memory");
        memset(v->core_mem, 0, bytes);
        v->core = core_init(v->core_mem, &copy.genesis, risk_hooks());
    }
    small_venue_apply(v, &copy.cmd);
    return 0;
}

/* Sessions of the market makers come up here; those of the API keys by the fan-out itself. */
static void
sessions_up(struct small_venue *v)
{
    for (uint32_t id = 1; id <= 8; id++) {
        union any_command c;
        command_init(&c.cmd, COMMAND_SESSION_UP);
        c.cmd.session_id = id;
        c.cmd.incarnation = 1;
        small_venue_apply(v, &c.cmd);
    }
}

static void
open_port(struct small_venue *v)
{
    struct error err;
    (void)snprintf(v->folder, sizeof(v->folder), "/tmp/assay-small-venue-XXXXXX");
    CHECK(mkdtemp(v->folder) != NULL, "mkdtemp failed");
    (void)snprintf(v->port_path, sizeof(v->port_path), "%s/port", v->folder);
    (void)snprintf(v->bell_path, sizeof(v->bell_path), "%s/bell", v->folder);
    CHECK(port_bell_create(&v->bell, v->bell_path, &err) == 0, "%s", err.text);
    CHECK(port_create(&v->port, v->port_path, 1, 256, COMMAND_BYTES_MAX, v->bell, &err) == 0, "%s",
          err.text);
}

void
small_venue_open(struct small_venue *v, const struct fanout_options *options)
{
    static const struct fanout_key keys[] = {
        {DEMO_KEY_1, DEMO_SECRET_1, DEMO_PASS, 11, DEMO_ACCOUNT_1, false},
        {DEMO_KEY_2, DEMO_SECRET_2, DEMO_PASS, 12, DEMO_ACCOUNT_2, false},
    };
    struct fanout_options o = {0};
    struct error err;
    struct venue *config;
    size_t bytes;
    memset(v, 0, sizeof(*v));
    if (options != NULL) {
        o = *options;
    }
    open_port(v);
    o.keys = keys;
    o.key_cnt = 2;
    o.port_path = v->port_path;
    o.bell_path = v->bell_path;
    o.run_folder = v->folder;
    v->out = malloc(CORE_OUT_BYTES);
    CHECK(v->out != NULL, "no memory");
    CHECK(fanout_open(&v->fanout, &o, &err) == 0, "%s", err.text);
    const char *text = venue_demo_text(&bytes);
    CHECK(venue_load_text(&config, "demo", text, bytes, &err) == 0, "%s", err.text);
    (void)venue_each_command(config, 1, configure, v);
    venue_free(config);
    union any_command epoch;
    command_init(&epoch.cmd, COMMAND_EPOCH);
    small_venue_apply(v, &epoch.cmd);
    sessions_up(v);
}

void
small_venue_close(struct small_venue *v)
{
    char path[128];
    fanout_close(v->fanout);
    port_close(&v->port);
    port_bell_close(v->bell);
    free(v->core_mem);
    free(v->out);
    (void)unlink(v->port_path);
    (void)unlink(v->bell_path);
    (void)snprintf(path, sizeof(path), "%s/metrics-fanout", v->folder);
    (void)unlink(path);
    (void)rmdir(v->folder);
}

void
small_venue_cycle(struct small_venue *v)
{
    union any_command c;
    (void)fanout_poll(v->fanout, clock_mono_ns());
    while (!v->stopped && spsc_ring_pop(v->port.ring, &c)) {
        CHECK(command_check_form(&c, c.cmd.rec.length_bytes) == 0,
              "the fan-out sent a bad command");
        small_venue_apply(v, &c.cmd);
    }
    (void)fanout_poll(v->fanout, clock_mono_ns());
}

void
small_venue_order(struct small_venue *v, uint32_t account_id, uint32_t instrument_id, uint8_t side,
                  int64_t price_units, int64_t qty_lots, const char *client_id)
{
    struct command_order_new c;
    command_init(&c.cmd, COMMAND_ORDER_NEW);
    c.cmd.session_id = account_id - 100;
    c.cmd.incarnation = 1;
    c.cmd.account_id = account_id;
    CHECK(client_id_set(&c.cmd.id, client_id, strlen(client_id)) == 0, "client id");
    c.instrument_id = instrument_id;
    c.side = side;
    c.ord_type = price_units != 0 ? ORD_LIMIT : ORD_MARKET;
    c.time_in_force = price_units != 0 ? TIF_GTC : TIF_IOC;
    c.price_units = price_units;
    c.qty_lots = qty_lots;
    small_venue_apply(v, &c.cmd);
}
