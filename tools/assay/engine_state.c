#include "tools/assay/engine_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "persist/journal/reader.h"
#include "risk/risk.h"
#include "tools/assay/supervise.h"
#include "tools/assay/venue_diff.h"
#include "tools/config/venue_commands.h"

/* Builds with faults let a test plant a bug: the command of this number trips an assertion. */
static void
plant_fault(void)
{
#ifdef ASSAY_FAULTS
    const char *seq = getenv("ASSAY_FAULT_CMD_SEQ");
    if (seq)
        core_fault_at_seq = strtoull(seq, NULL, 10);
#endif
}

static int
take_genesis(void *arg, const struct command *cmd)
{
    memcpy(arg, cmd, sizeof(struct command_genesis));
    return 1; /* it is the first: no more are wanted */
}

static int
find_genesis(struct engine_state *e, const struct venue *v, struct error *err)
{
    if (!e->is_new)
        return journal_genesis(e->journal, &e->genesis, err);
    uint64_t hash_key = 0;
    if (getrandom(&hash_key, sizeof hash_key, 0) != sizeof hash_key)
        return error_set(err, ERR_IO, "the kernel gave no random number");
    venue_each_command(v, hash_key, take_genesis, &e->genesis);
    return 0;
}

static int
make_core(struct engine_state *e, struct error *err)
{
    int rc = core_check_genesis(&e->genesis, err);
    if (rc)
        return rc;
    size_t bytes = core_footprint(&e->genesis, risk_hooks());
    rc = arena_open(&e->arena, arena_block_bytes(bytes), err);
    if (rc)
        return error_wrap(err, "the core needs %zu MiB", bytes >> 20);
    e->core = core_init(arena_take(&e->arena, bytes), &e->genesis, risk_hooks());
    arena_seal(&e->arena);
    child_say("core: %zu MiB for %u orders, %u client ids, %u accounts\n", bytes >> 20,
              e->genesis.order_max, e->genesis.client_id_max, e->genesis.account_max);
    return 0;
}

static void
show_progress(void *arg, const struct journal_progress *p)
{
    int64_t *last_ns = arg;
    int64_t now = clock_mono_ns();
    if (now - *last_ns < CLOCK_NS_PER_S)
        return;
    *last_ns = now;
    LOG_I("start", "replay: command %llu of %llu", (unsigned long long)p->cmd_seq,
          (unsigned long long)p->cmd_last);
}

static int
replay(struct engine_state *e, struct error *err)
{
    int64_t begin = clock_mono_ns(), last_ns = begin;
    struct journal_replay r = {.progress = show_progress, .arg = &last_ns};
    int rc = journal_replay(e->journal, e->core, &r, err);
    if (rc)
        return error_wrap(err, "replay");
    char cut[128] = "";
    if (e->found.cut_bytes)
        snprintf(cut, sizeof cut, "; a torn tail of %llu bytes was cut in %s",
                 (unsigned long long)e->found.cut_bytes, e->found.cut_file);
    child_say("journal: replayed %llu commands in %.2f s, events compared%s\n",
              (unsigned long long)r.out_cmd_cnt, (double)(clock_mono_ns() - begin) / 1e9, cut);
    if (r.out_void_cnt)
        child_say("journal: %llu voided commands were skipped\n",
                  (unsigned long long)r.out_void_cnt);
    return 0;
}

static void
say_difference(const char *line)
{
    LOG_W("config", "%s", line);
    child_say("venue.yaml: %s\n", line);
}

static int
compare_config(const struct run_options *o, struct error *err)
{
    struct journal_reader *reader = NULL;
    int rc = journal_reader_open(&reader, o->folder->root, NULL, err);
    if (rc)
        return rc;
    rc = venue_diff(o->venue, reader, say_difference, err);
    journal_reader_close(reader);
    return rc < 0 ? rc : 0;
}

int
engine_state_open(struct engine_state *e, const struct run_options *o, struct error *err)
{
    memset(e, 0, sizeof *e);
    plant_fault();
    const struct venue_engine *c = o->venue->engine;
    struct journal_options options = {
        .durability = c->durability == DURABILITY_ASYNC ? JOURNAL_ASYNC : JOURNAL_DURABLE,
        .segment_bytes = (uint64_t)c->segment_mib << 20,
        .quota_bytes = c->journal_quota_mib << 20,
        .snapshots_kept = c->snapshots_kept};
    int rc = journal_open(&e->journal, o->folder->root, &options, err);
    if (rc)
        return rc;
    journal_state(e->journal, &e->found);
    e->is_new = e->found.cmd_seq == 0;
    rc = find_genesis(e, o->venue, err);
    if (!rc)
        rc = make_core(e, err);
    if (!rc && !e->is_new)
        rc = replay(e, err);
    if (!rc && !e->is_new)
        rc = compare_config(o, err);
    if (rc)
        engine_state_close(e);
    return rc;
}

void
engine_state_close(struct engine_state *e)
{
    if (e->journal)
        journal_close(e->journal);
    arena_close(&e->arena);
    memset(e, 0, sizeof *e);
}
