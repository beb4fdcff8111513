#include "tests/unit/persist/journal/rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "tests/support/fake_core.h"

uint64_t
core_digest_of(const struct core *c)
{
    return c->digest;
}

_Static_assert((int)RIG_TRIP == (int)FAKE_CORE_TRIP, "the same mark");

void
rig_skew(int client_seq)
{
    fake_core_skew = client_seq;
}

void
rig_init(struct rig *v)
{
    memset(v, 0, sizeof(*v));
    (void)snprintf(v->dir, sizeof(v->dir), "/tmp/assay-journal-XXXXXX");
    assert_non_null(mkdtemp(v->dir));
    v->options.segment_bytes = 16 << 20;
    v->options.prepare_off = 1;
    v->rng = 88172645463325252u;
}

void
rig_fini(struct rig *v)
{
    char command[160];
    rig_close(v);
    (void)snprintf(command, sizeof(command), "rm -rf %s", v->dir);
    assert_int_equal(system(command), 0);
}

static int
open_core(struct rig *v, struct error *err)
{
    struct journal_replay replay = {0};
    int rc = journal_genesis(v->j, &v->genesis, err);
    if (rc == ERR_NOT_FOUND) {
        memset(&v->genesis, 0, sizeof(v->genesis));
        command_init(&v->genesis.cmd, COMMAND_GENESIS);
        (void)snprintf(v->genesis.venue, sizeof(v->genesis.venue), "TESTVENUE");
        rc = 0;
    }
    if (rc != 0)
        return rc;
    v->core = core_init(calloc(1, core_footprint(&v->genesis, NULL)), &v->genesis, NULL);
    return journal_replay(v->j, v->core, &replay, err);
}

int
rig_open(struct rig *v, struct error *err)
{
    struct journal_state state;
    int rc = journal_open(&v->j, v->dir, &v->options, err);
    if (rc != 0)
        return rc;
    rc = open_core(v, err);
    if (rc == 0)
        rc = bcast_ring_open(&v->ring, "test", 4 << 20, err);
    v->ring_open = rc == 0;
    memset(&v->mark, 0, sizeof(v->mark));
    struct journal_writer_options o = {.ring = &v->ring, .mark = &v->mark};
    if (rc == 0)
        rc = journal_writer_start(v->j, &o, err);
    if (rc != 0) {
        rig_close(v);
        return rc;
    }
    journal_state(v->j, &state);
    v->epoch = state.epoch + 1;
    return 0;
}

void
rig_close(struct rig *v)
{
    journal_close(v->j);
    v->j = NULL;
    free(v->core);
    v->core = NULL;
    if (v->ring_open)
        bcast_ring_close(&v->ring);
    v->ring_open = false;
}

int
rig_stop(struct rig *v, struct error *err)
{
    int rc = journal_stop(v->j, err);
    rig_close(v);
    return rc;
}

static void
commit(struct rig *v, struct command *cmd)
{
    uint8_t *at = bcast_reserve(&v->ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES);
    while (at == NULL) {
        (void)journal_tile_ops()->poll(v->j, clock_mono_ns());
        at = bcast_reserve(&v->ring, COMMAND_BYTES_MAX + CORE_OUT_BYTES);
    }
    cmd->rec.seq = core_cmd_seq(v->core) + 1;
    cmd->rec.epoch = v->epoch;
    cmd->time_ns = (int64_t)cmd->rec.seq * 1000;
    memcpy(at, cmd, cmd->rec.length_bytes);
    size_t bytes = cmd->rec.length_bytes;
    check_context_set(cmd->rec.seq);
    bytes += core_apply(v->core, (const struct command *)(const void *)at, at + bytes);
    check_context_set(0);
    (void)bcast_commit(&v->ring, bytes);
}

void
rig_command(struct rig *v, uint32_t event_cnt)
{
    struct command_order_new cmd;
    memset(&cmd, 0, sizeof(cmd));
    command_init(&cmd.cmd, COMMAND_ORDER_NEW);
    v->rng ^= v->rng << 13;
    v->rng ^= v->rng >> 7;
    v->rng ^= v->rng << 17;
    cmd.price_units = (int64_t)(v->rng >> 1);
    cmd.cmd.seed = event_cnt < 8 ? event_cnt : (uint64_t)event_cnt << 32;
    commit(v, &cmd.cmd);
}

void
rig_command_marked(struct rig *v, uint64_t client_seq)
{
    struct command_order_new cmd;
    memset(&cmd, 0, sizeof(cmd));
    command_init(&cmd.cmd, COMMAND_ORDER_NEW);
    cmd.cmd.client_seq = client_seq;
    cmd.cmd.seed = 2;
    commit(v, &cmd.cmd);
}

void
rig_command_bare(struct rig *v, uint64_t client_seq)
{
    struct command_order_new cmd;
    memset(&cmd, 0, sizeof(cmd));
    command_init(&cmd.cmd, COMMAND_ORDER_NEW);
    cmd.cmd.client_seq = client_seq;
    cmd.cmd.rec.seq = core_cmd_seq(v->core) + 1;
    cmd.cmd.rec.epoch = v->epoch;
    void *at = bcast_reserve(&v->ring, sizeof(cmd));
    assert_non_null(at);
    memcpy(at, &cmd, sizeof(cmd));
    (void)bcast_commit(&v->ring, sizeof(cmd));
}

void
rig_begin(struct rig *v)
{
    if (core_cmd_seq(v->core) == 0)
        commit(v, &v->genesis.cmd);
    struct command_epoch epoch;
    memset(&epoch, 0, sizeof(epoch));
    command_init(&epoch.cmd, COMMAND_EPOCH);
    journal_epoch_fill(v->j, &epoch);
    epoch.cmd.seed = 1;
    commit(v, &epoch.cmd);
}

void
rig_settle(struct rig *v)
{
    struct error err;
    assert_int_equal(journal_drain(v->j, &err), 0);
    assert_int_equal(atomic_load(&v->mark.cmd_seq), core_cmd_seq(v->core));
}

struct error rig_failure;

int
rig_set_up(void **state)
{
    static struct rig v;
    rig_init(&v);
    *state = &v;
    return 0;
}

int
rig_tear_down(void **state)
{
    rig_fini(*state);
    return 0;
}
