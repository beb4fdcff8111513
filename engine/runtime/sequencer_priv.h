#ifndef ENGINE_RUNTIME_SEQUENCER_PRIV_H
#define ENGINE_RUNTIME_SEQUENCER_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/clock.h"
#include "engine/runtime/sequencer.h"

enum { SEQUENCER_BATCH_MAX = 32, SEQUENCER_SEED_MAX = 32 };

/* A session that is up, and the port that said so. */
struct up_session {
    uint32_t session_id, incarnation;
    uint16_t ring;
};

struct sequencer_port {
    struct port *port;
    enum sequencer_port_kind kind;
    uint32_t slot_bytes;
    uint32_t down_cnt; /* sessions of a dead producer closed so far */
    bool dead;
    struct metric *full_cnt;
};

struct sequencer_slot { /* a command that was taken from a port and waits for the core */
    _Alignas(64) uint8_t bytes[COMMAND_BYTES_MAX];
    uint16_t ring;
};

struct sequencer_metrics {
    struct metric *malformed, *forbidden, *log_full, *ticks, *continues, *producers_lost,
        *cancel_only, *clock_held_ns, *sessions_up;
};

struct sequencer {
    struct core *core;
    struct bcast_ring *log;
    const struct durable_mark *durable;
    uint32_t epoch;
    uint32_t cancel_only; /* the durable mark's flag as the ports have been told */
    int64_t mono_ns;      /* of this cycle */
    int64_t now_ns;       /* the venue's time of this cycle */
    int64_t beat_ns;      /* when the clock was compared with the system's */
    int64_t looked_ns;    /* when dead producers were looked for */
    int64_t tick_mono_ns; /* last TICK */
    int64_t complained_ns;
    struct venue_clock clock;
    bool held_before;
    bool blocked; /* the log had no room for the next command */
    _Atomic uint32_t release;

    struct zone_source zones;
    uint32_t zone_next; /* instrument whose timetable is looked at next */
    bool zone_pending;  /* zone_command is to be applied */
    struct command_timetable zone_command;

    uint32_t turn; /* port to take from next */
    uint32_t port_cnt, reader_cnt;
    uint32_t batch_next, batch_cnt;
    const uint8_t *events; /* of the last command applied */
    size_t events_bytes;
    uint32_t seed_cnt;
    uint64_t seeds[SEQUENCER_SEED_MAX];
    struct metrics *registry;
    struct sequencer_metrics metrics;
    struct bell *readers[SEQUENCER_BELL_MAX];
    struct sequencer_port ports[SEQUENCER_PORT_MAX];
    struct sequencer_slot batch[SEQUENCER_BATCH_MAX];
    uint32_t up_cnt, up_max;
    struct up_session up[];
};

#endif
