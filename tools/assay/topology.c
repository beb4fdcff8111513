#include "tools/assay/topology.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/clock.h"
#include "engine/base/durable.h"
#include "engine/base/log.h"
#include "engine/base/metrics.h"
#include "engine/base/port.h"
#include "engine/base/tile.h"
#include "engine/runtime/awake.h"
#include "engine/runtime/cpu.h"
#include "engine/runtime/publisher.h"
#include "engine/runtime/sequencer.h"
#include "engine/runtime/tile_run.h"
#include "engine/stream/stream.h"
#include "gateway/ctl/ctl_gateway.h"
#include "gateway/fix/fix_gateway.h"
#include "persist/journal/reader.h"
#include "persist/journal/snapshot.h"
#include "persist/journal/source.h"
#include "tools/assay/supervise.h"
#include "tools/config/time_zones.h"
#include "tools/config/venue_commands.h"

enum { PORT_API, PORT_CTL, PORT_FIX, PORT_CNT };
enum { TILE_JOURNAL, TILE_PUBLISH, TILE_CORE, TILE_CTL, TILE_FIX, TILE_CNT };
enum { SERVER_PARTY, SERVER_CONFIDENTIAL, SERVER_CNT };
enum { CTL_PORT_SLOTS = 256, CPU_CHOSEN_AT_START = -2 };
/* Tiles that spin or are pinned need cores to themselves; a message costs the machine dozens of
 * microseconds. source: measured, docs/latency.md */
enum { ROOMY_CORES = 4, SPIN_NS = 5000, PUBLISH_PACE_NS = 300000 };

static const uint8_t server_audience[SERVER_CNT] = {AUDIENCE_PARTY, AUDIENCE_CONFIDENTIAL};

struct topology {
    const struct run_options *o;
    struct engine_state *state;
    uint32_t epoch;
    struct metrics *metrics;
    struct bcast_ring log;
    struct durable_mark mark;
    struct bell *core_bell;
    struct bell publish_bell;
    struct port ports[PORT_CNT];
    struct sequencer *sequencer;
    struct publisher *publisher;
    void *publisher_mem;
    struct stream_pub *pubs[SERVER_CNT];
    struct journal_source *sources[SERVER_CNT + 2]; /* the servers', ctl's, fix's */
    struct stream_server *servers[SERVER_CNT];
    struct ctl_gateway *ctl;
    struct fix_gateway *fix;
    struct fix_session_config *fix_sessions;
    struct bell fix_bell;
    bool clean; /* stopped in order */
    struct ctl_operator *operators;
    struct time_zones *zones;
    struct tile tiles[TILE_CNT];
    struct awake awake;
    bool journal_started;
};

enum { SOURCE_CTL = SERVER_CNT, SOURCE_FIX };

/* --- what is shared --- */

static int
open_rings(struct topology *t, struct error *err)
{
    const struct data_folder *f = t->o->folder;
    char path[DATA_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/metrics-engine", f->run);
    int rc = metrics_open(&t->metrics, path, err);
    if (!rc)
        rc = bcast_ring_open(&t->log, "assay-log", (uint64_t)t->o->venue->engine->ring_mib << 20,
                             err);
    if (!rc)
        rc = port_bell_create(&t->core_bell, f->sequencer_bell, err);
    const char *paths[PORT_CNT] = {f->api_port, "", ""};
    for (uint32_t i = 0; !rc && i < PORT_CNT; i++) {
        uint32_t slots = i == PORT_CTL ? CTL_PORT_SLOTS : t->o->venue->engine->port_slots;
        rc = port_create(&t->ports[i], paths[i], i, slots, COMMAND_BYTES_MAX, t->core_bell, err);
        if (!rc && i != PORT_API)
            port_attach_local(&t->ports[i]);
    }
    bell_init(&t->publish_bell, -1);
    int fix_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* its tile sleeps in io_uring */
    if (!rc && fix_event < 0)
        rc = error_errno(err, errno, "FIX: eventfd");
    bell_init(&t->fix_bell, fix_event);
    return rc;
}

/* NNG starts its threads with the first socket; they must not inherit a pinned core: so before any
 * tile. */
static int
open_stream(struct topology *t, struct error *err)
{
    int rc = 0;
    for (int i = 0; !rc && i < SERVER_CNT + 2; i++)
        rc = journal_source_open(&t->sources[i], t->state->journal, err);
    for (int i = 0; !rc && i < SERVER_CNT; i++) {
        struct data_folder_stream urls;
        data_folder_stream(t->o->folder, server_audience[i], &urls);
        rc = stream_pub_open(&t->pubs[i], urls.pub_url, err);
        if (!rc)
            rc = stream_server_open(&t->servers[i], urls.range_url, server_audience[i],
                                    journal_source_stream(t->sources[i]), err);
    }
    return rc;
}

/* --- tiles --- */

/* The zones of timetables; one that this machine does not know is told no changes any more. */
static int
open_zones(struct topology *t, struct error *err)
{
    t->zones = time_zones_open(clock_utc_ns() / CLOCK_NS_PER_S);
    if (!t->zones)
        return error_set(err, ERR_NO_SPACE, "time zones: no memory");
    for (uint32_t i = 0; i < t->o->venue->instruments_count; i++) {
        const struct venue_timetable *k = t->o->venue->instruments[i].timetable;
        if (k)
            (void)time_zones_add(t->zones, k->zone);
    }
    struct timetable table;
    uint32_t id;
    for (uint32_t i = 0; core_timetable_get(t->state->core, i, &id, &table); i++)
        if (table.zone[0] != '\0' && !time_zones_add(t->zones, table.zone))
            LOG_E("topology",
                  "instrument %u: the zone %s of its timetable is not on this machine (package "
                  "tzdata): its clocks change as far as the journal knows",
                  id, table.zone);
    return 0;
}

static int
open_sequencer(struct topology *t, struct error *err)
{
    struct sequencer_options o = {.core = t->state->core,
                                  .log = &t->log,
                                  .durable = &t->mark,
                                  .bell = t->core_bell,
                                  .readers = {journal_bell(t->state->journal)},
                                  .metrics = t->metrics,
                                  .epoch = t->epoch,
                                  .session_max = t->state->genesis.session_max,
                                  .zones = {.fill = time_zones_fill, .self = t->zones},
                                  .jump_max_ns = (int64_t)t->o->venue->engine->clock_jump_max_ms *
                                                 CLOCK_NS_PER_MS};
    size_t bytes = (sequencer_footprint(&o) + 63) / 64 * 64;
    void *mem = aligned_alloc(64, bytes);
    if (!mem)
        return error_set(err, ERR_NO_SPACE, "sequencer: no memory");
    memset(mem, 0, bytes);
    t->sequencer = sequencer_init(mem, &o);
    for (int i = 0; i < PORT_CNT; i++)
        sequencer_port_add(t->sequencer, &t->ports[i],
                           i == PORT_CTL ? SEQUENCER_PORT_OPERATOR : SEQUENCER_PORT_CLIENT);
    return 0;
}

static int
open_publisher(struct topology *t, struct error *err)
{
    struct publisher_options o = {.log = &t->log,
                                  .durable = &t->mark,
                                  .source = journal_source_stream(t->sources[SERVER_PARTY]),
                                  .metrics = t->metrics,
                                  .bell = &t->publish_bell,
                                  .pace_ns = PUBLISH_PACE_NS,
                                  .epoch = t->epoch,
                                  .event_seq = t->state->found.event_seq,
                                  .audience_cnt = SERVER_CNT};
    for (int i = 0; i < SERVER_CNT; i++)
        o.audiences[i] = (struct publisher_audience){server_audience[i], t->pubs[i]};
    size_t bytes = (publisher_footprint() + 63) / 64 * 64;
    t->publisher_mem = aligned_alloc(64, bytes);
    if (!t->publisher_mem)
        return error_set(err, ERR_NO_SPACE, "publisher: no memory");
    memset(t->publisher_mem, 0, bytes);
    return publisher_init(&t->publisher, t->publisher_mem, &o, err);
}

static int
open_ctl(struct topology *t, struct error *err)
{
    const struct venue *v = t->o->venue;
    uint32_t cnt = v->operators_count;
    t->operators = calloc(cnt + 1, sizeof *t->operators);
    if (!t->operators)
        return error_set(err, ERR_NO_SPACE, "operators: no memory");
    for (uint32_t i = 0; i < cnt; i++) {
        const struct venue_operator *o = &v->operators[i];
        t->operators[i].actor_id = o->id;
        t->operators[i].uid = o->uid < 0 ? geteuid() : (uid_t)o->uid;
        snprintf(t->operators[i].name, sizeof t->operators[i].name, "%s", o->name);
    }
    struct ctl_options o = {.path = t->o->folder->ctl_socket,
                            .port = &t->ports[PORT_CTL],
                            .ring = &t->log,
                            .mark = &t->mark,
                            .source = journal_source_stream(t->sources[SOURCE_CTL]),
                            .session_id = venue_operator_session_id(v),
                            .operators = t->operators,
                            .operator_cnt = cnt};
    return ctl_gateway_open(&t->ctl, &o, err);
}

static uint16_t
tenant_of(const struct venue *v, uint32_t account_id)
{
    for (uint32_t i = 0; i < v->accounts_count; i++)
        if (v->accounts[i].id == account_id)
            return v->accounts[i].tenant;
    return 0;
}

static int
open_fix(struct topology *t, struct error *err)
{
    const struct venue *v = t->o->venue;
    uint32_t cnt = v->fix->sessions_count;
    t->fix_sessions = calloc(cnt + 1, sizeof *t->fix_sessions);
    if (!t->fix_sessions)
        return error_set(err, ERR_NO_SPACE, "FIX: no memory");
    for (uint32_t i = 0; i < cnt; i++) {
        const struct venue_fix_session *s = &v->fix->sessions[i];
        t->fix_sessions[i] =
            (struct fix_session_config){.session_id = s->id,
                                        .comp_id = s->comp_id,
                                        .password_hash = s->password_hash,
                                        .account_id = s->account,
                                        .tenant_id = tenant_of(v, s->account),
                                        .cancel_on_disconnect = s->cancel_on_disconnect};
    }
    struct fix_gateway_options o = {.address = v->fix->listen,
                                    .listen_port = t->o->fix_port < 0 ? v->fix->port
                                                                      : (uint16_t)t->o->fix_port,
                                    .comp_id = v->fix->comp_id,
                                    .sessions = t->fix_sessions,
                                    .session_cnt = cnt,
                                    .folder = t->o->folder->fix,
                                    .port = &t->ports[PORT_FIX],
                                    .bell = &t->fix_bell,
                                    .ring = &t->log,
                                    .mark = &t->mark,
                                    .source = journal_source_stream(t->sources[SOURCE_FIX]),
                                    .metrics = t->metrics,
                                    .instrument_max = t->state->genesis.instrument_max};
    int rc = fix_gateway_open(&t->fix, &o, err);
    if (rc)
        return error_wrap(err, "fix.port");
    return data_folder_tell_address(t->o->folder, "fix", v->fix->listen, fix_gateway_port(t->fix),
                                    err);
}

/* What the operator gateway knows is made of events alone: it learns the past from the journal. */
static int
teach_ctl(struct topology *t, struct error *err)
{
    struct journal_reader *reader = NULL;
    int rc = journal_reader_open(&reader, t->o->folder->root, NULL, err);
    if (rc)
        return rc;
    const struct record *rec = NULL;
    while ((rc = journal_reader_next(reader, &rec, err)) == 1)
        if (rec->kind == RECORD_EVENT)
            ctl_gateway_learn(t->ctl, (const struct event *)rec);
    journal_reader_close(reader);
    return rc;
}

/* Which core each tile sits on: as configured; else the journal on the core that serves the disk,
 * and, where there are cores enough, the core tile on one of its own; the rest wherever there is
 * room. Where there is one core only, nothing is pinned. */
static void
place_tiles(struct topology *t)
{
    const struct venue_engine *e = t->o->venue->engine;
    int allowed[CPU_MAX];
    int cnt = cpu_allowed(allowed, CPU_MAX);
    int disk = cpu_of_disk();
    bool roomy = cnt >= ROOMY_CORES;
    int core = -1;
    for (int i = cnt - 1; i >= 0 && core < 0 && roomy; i--)
        if (allowed[i] != disk)
            core = allowed[i];
    const struct {
        int tile, configured, chosen;
    } rows[] = {{TILE_JOURNAL, e->journal_cpu, cnt > 1 ? disk : -1},
                {TILE_PUBLISH, e->publish_cpu, -1},
                {TILE_CORE, e->core_cpu, core},
                {TILE_FIX, e->fix_cpu, -1},
                {TILE_CTL, -1, -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tile *tile = &t->tiles[rows[i].tile];
        tile->cpu = rows[i].configured == CPU_CHOSEN_AT_START ? rows[i].chosen : rows[i].configured;
        tile->spin_ns = roomy ? SPIN_NS : 0;
        /* An operator gateway never spins; nor does, unless it was put there, anything on the core
         * that serves the disk. */
        bool beside_disk = tile->cpu >= 0 && tile->cpu == disk;
        bool put = rows[i].configured != CPU_CHOSEN_AT_START;
        bool spins = e->wait == WAIT_SPIN && rows[i].tile != TILE_CTL && (put || !beside_disk);
        tile->wait = spins ? TILE_WAIT_SPIN : TILE_WAIT_ADAPTIVE;
        if (spins && beside_disk)
            LOG_W("topology",
                  "tile %s spins on core %d, which serves the disk: commits will be slow",
                  tile->ops->name, disk);
    }
    child_say("cores: %d, disk interrupts on %d%s\n", cnt, disk, disk < 0 ? " (not known)" : "");
}

static void
print_tiles(const struct topology *t)
{
    for (int i = 0; i < TILE_CNT; i++) {
        const struct tile *tile = &t->tiles[i];
        if (!tile->ops)
            continue;
        char cpu[32] = "not pinned";
        if (tile->cpu >= 0)
            snprintf(cpu, sizeof cpu, "core %d", tile->cpu);
        child_say("tile %-8s %-10s %s\n", tile->ops->name, cpu,
                  tile->wait == TILE_WAIT_SPIN ? "spin" : "adaptive");
    }
}

/* A matter of speed alone: without the right to it the venue runs all the same. */
static void
open_awake(struct topology *t)
{
    static const enum awake_policy policies[] = {[KEEP_AWAKE_BUSY] = AWAKE_BUSY,
                                                 [KEEP_AWAKE_ALWAYS] = AWAKE_ALWAYS,
                                                 [KEEP_AWAKE_OFF] = AWAKE_OFF};
    static const char *const texts[] = {[AWAKE_BUSY] = "are kept awake while orders come",
                                        [AWAKE_ALWAYS] = "are kept awake",
                                        [AWAKE_OFF] = "may be halted (engine.keep_awake: off)"};
    enum awake_policy policy = policies[t->o->venue->engine->keep_awake];
    struct error err = {0};
    if (awake_open(&t->awake, policy, NULL, &err))
        child_say("idle cores may be halted, which costs latency: %s\n", err.text);
    else
        child_say("idle cores %s\n", texts[policy]);
}

static void
wire_tiles(struct topology *t)
{
    const struct {
        int tile;
        const struct tile_ops *ops;
        void *self;
        struct bell *bell;
    } rows[] = {
        {TILE_JOURNAL, journal_tile_ops(), t->state->journal, journal_bell(t->state->journal)},
        {TILE_PUBLISH, &publisher_tile_ops, t->publisher, &t->publish_bell},
        {TILE_CORE, &sequencer_tile_ops, t->sequencer, t->core_bell},
        {TILE_CTL, ctl_gateway_tile_ops(), t->ctl, ctl_gateway_bell(t->ctl)},
        {TILE_FIX, &fix_gateway_tile_ops, t->fix, &t->fix_bell},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t->tiles[rows[i].tile].ops = rows[i].ops;
        t->tiles[rows[i].tile].self = rows[i].self;
        t->tiles[rows[i].tile].bell = rows[i].bell;
    }
}

static int
start_journal(struct topology *t, struct error *err)
{
    struct journal_writer_options o = {
        .ring = &t->log,
        .mark = &t->mark,
        .bells = {&t->fix_bell, &t->publish_bell}, /* who waits for an ack first */
        .bell_cnt = 2,
        .metrics = t->metrics};
    int rc = journal_writer_start(t->state->journal, &o, err);
    t->journal_started = !rc;
    return rc;
}

int
topology_open(struct topology **out, const struct run_options *o, struct engine_state *state,
              struct error *err)
{
    struct topology *t = aligned_alloc(128, (sizeof *t + 127) / 128 * 128);
    if (!t) {
        engine_state_close(state);
        return error_set(err, ERR_NO_SPACE, "topology: no memory");
    }
    memset(t, 0, sizeof *t);
    t->o = o;
    t->state = state;
    t->epoch = state->found.epoch + 1;
    t->log.fd = -1;
    t->fix_bell.event_fd = -1;
    t->awake.fd = -1;
    int rc = open_rings(t, err);
    if (!rc)
        rc = open_stream(t, err);
    if (!rc)
        rc = start_journal(t, err);
    if (!rc)
        rc = open_publisher(t, err);
    if (!rc)
        rc = open_ctl(t, err);
    if (!rc)
        rc = teach_ctl(t, err);
    if (!rc)
        rc = open_fix(t, err);
    if (!rc)
        rc = open_zones(t, err);
    if (!rc)
        rc = open_sequencer(t, err);
    if (rc) {
        topology_close(t);
        return rc;
    }
    wire_tiles(t);
    place_tiles(t);
    open_awake(t);
    *out = t;
    return 0;
}

/* --- start --- */

struct injection {
    struct topology *t;
    struct error *err;
};

static int
inject(void *arg, const struct command *cmd)
{
    struct injection *in = arg;
    union {
        struct command cmd;
        uint8_t bytes[COMMAND_BYTES_MAX];
    } copy;
    memcpy(&copy, cmd, cmd->rec.length_bytes);
    if (cmd->rec.type == COMMAND_GENESIS) /* the same key as the core was sized with */
        memcpy(&copy, &in->t->state->genesis, sizeof in->t->state->genesis);
    return sequencer_inject(in->t->sequencer, &copy.cmd, in->err);
}

/* Before the first tick, which follows what was missed: the venue may not have run for long. */
static int
inject_zones(struct topology *t, struct error *err)
{
    const struct zone_source zones = {.fill = time_zones_fill, .self = t->zones};
    const struct core *core = t->state->core;
    int rc = 0;
    for (uint32_t i = 0; !rc && i < core_instrument_cnt(core); i++) {
        struct command_timetable c;
        if (zones_stale(&zones, core, i, clock_utc_ns(), &c))
            rc = sequencer_inject(t->sequencer, &c.cmd, err);
    }
    return rc;
}

static int
inject_start(struct topology *t, struct error *err)
{
    struct injection in = {t, err};
    int rc = t->state->is_new ? venue_each_command(t->o->venue, 0, inject, &in) : 0;
    if (rc)
        return rc;
    uint32_t missing = core_config_missing(t->state->core);
    if (missing)
        return error_set(err, ERR_CORRUPT,
                         "%u configuration commands that genesis announced are not in the journal",
                         missing);
    struct command_epoch epoch;
    command_init(&epoch.cmd, COMMAND_EPOCH);
    journal_epoch_fill(t->state->journal, &epoch);
    rc = sequencer_inject(t->sequencer, &epoch.cmd, err);
    return rc ? rc : inject_zones(t, err);
}

int
topology_start(struct topology *t, struct error *err)
{
    static const int before[] = {TILE_JOURNAL, TILE_PUBLISH},
                     after[] = {TILE_CORE, TILE_CTL, TILE_FIX};
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof before / sizeof *before; i++)
        rc = tile_start(&t->tiles[before[i]], t->metrics, err);
    if (!rc)
        rc = inject_start(t, err);
    /* read while this thread still has the core: from then on it is the core tile's */
    uint64_t cmd_seq = core_cmd_seq(t->state->core), event_seq = core_event_seq(t->state->core);
    for (size_t i = 0; !rc && i < sizeof after / sizeof *after; i++)
        rc = tile_start(&t->tiles[after[i]], t->metrics, err);
    if (rc)
        return rc;
    print_tiles(t);
    child_say("FIX 4.4 on %s:%u\n", t->o->venue->fix->listen, fix_gateway_port(t->fix));
    child_say("epoch %u, command %llu, event %llu\n", t->epoch, (unsigned long long)cmd_seq,
              (unsigned long long)event_seq);
    return 0;
}

void
topology_beat(struct topology *t)
{
    awake_follow(&t->awake, (uint64_t)metric_get(t->tiles[TILE_CORE].metrics.work_cnt),
                 clock_mono_ns());
}

bool
topology_failed(struct topology *t, struct error *err)
{
    return journal_failed(t->state->journal, err);
}

/* --- stop --- */

static void
end_tile(struct topology *t, int which)
{
    struct tile *tile = &t->tiles[which];
    if (!tile->thread)
        return;
    tile_stop(tile);
    tile_join(tile);
    tile->thread = 0;
}

/* Gives the publisher a moment to send what the last commit released; who misses it fetches it at
 * the next start. */
static void
let_publish(struct topology *t)
{
    enum { STEP_MS = 5, STEPS = 200 };
    struct metric *released =
        metrics_add(t->metrics, METRIC_COUNTER, "assay_released_event_seq", "");
    struct pollfd nothing = {.fd = -1};
    for (int i = 0; i < STEPS; i++) {
        if ((uint64_t)metric_get(released) >= core_event_seq(t->state->core))
            return;
        bell_ring(&t->publish_bell);
        poll(&nothing, 1, STEP_MS);
    }
}

/* Clients get a Logout, and a moment to answer it. */
static void
let_fix_quit(struct topology *t)
{
    enum { STEP_MS = 10, STEPS = 150 };
    struct pollfd nothing = {.fd = -1};
    fix_gateway_quit(t->fix);
    for (int i = 0; i < STEPS && !fix_gateway_quiet(t->fix); i++)
        poll(&nothing, 1, STEP_MS);
}

int
topology_stop(struct topology *t, struct error *err)
{
    let_fix_quit(t);
    end_tile(t, TILE_FIX);
    end_tile(t, TILE_CTL);
    end_tile(t, TILE_CORE);
    end_tile(t, TILE_JOURNAL);
    int rc = topology_failed(t, err) ? ERR_IO : 0;
    if (!rc)
        rc = journal_drain(t->state->journal, err);
    if (!rc)
        let_publish(t);
    end_tile(t, TILE_PUBLISH);
    if (!rc)
        rc = journal_snapshot_write(t->state->journal, t->state->core, err);
    if (!rc)
        rc = journal_stop(t->state->journal, err);
    t->clean = !rc;
    return rc;
}

void
topology_close(struct topology *t)
{
    if (!t)
        return;
    for (int i = TILE_CNT - 1; i >= 0; i--)
        end_tile(t, i);
    awake_close(&t->awake);
    if (t->fix)
        fix_gateway_close(t->fix, t->clean);
    free(t->fix_sessions);
    if (t->fix_bell.event_fd >= 0)
        close(t->fix_bell.event_fd);
    if (t->ctl)
        ctl_gateway_close(t->ctl);
    free(t->operators);
    time_zones_close(t->zones);
    for (int i = 0; i < SERVER_CNT; i++) {
        stream_server_close(t->servers[i]);
        stream_pub_close(t->pubs[i]);
    }
    if (t->publisher)
        publisher_fini(t->publisher);
    free(t->publisher_mem);
    free(t->sequencer);
    for (int i = 0; i < SERVER_CNT + 2; i++)
        if (t->sources[i])
            journal_source_close(t->sources[i]);
    engine_state_close(t->state); /* the journal still reads the log */
    for (int i = 0; i < PORT_CNT; i++)
        if (t->ports[i].shared)
            port_close(&t->ports[i]);
    if (t->core_bell)
        port_bell_close(t->core_bell);
    if (t->log.shared)
        bcast_ring_close(&t->log);
    if (t->metrics)
        metrics_close(t->metrics);
    free(t);
}
