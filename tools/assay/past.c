#include "tools/assay/past.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "engine/core/core.h"
#include "risk/risk.h"

struct callbacks {
    struct past *p;
    void (*progress)(void *arg, const struct journal_progress *);
    void *arg;
};

static void
on_event(void *arg, const struct event *ev)
{
    struct callbacks *c = arg;
    sandbox_learn(&c->p->view, ev);
}

static void
on_progress(void *arg, const struct journal_progress *progress)
{
    struct callbacks *c = arg;
    c->progress(c->arg, progress);
}

static int
make_core(struct past *p, struct error *err)
{
    struct sandbox *v = &p->view;
    int rc = journal_genesis(p->j, &v->genesis, err);
    if (rc == 0)
        rc = core_check_genesis(&v->genesis, err);
    if (rc != 0)
        return rc;
    v->hooks = risk_hooks();
    /* Pages come as they are touched: most of a venue's capacity is never used by a look back. */
    p->core_bytes = core_footprint(&v->genesis, v->hooks);
    v->mem = mmap(NULL, p->core_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (v->mem == MAP_FAILED)
        v->mem = NULL;
    v->assets = calloc(v->genesis.asset_max, sizeof(*v->assets));
    v->instruments = calloc(v->genesis.instrument_max, sizeof(*v->instruments));
    if (v->mem == NULL || v->assets == NULL || v->instruments == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for a core of %zu MiB", p->core_bytes >> 20);
    v->core = core_init(v->mem, &v->genesis, v->hooks);
    return 0;
}

int
past_open(struct past *p, const char *data_dir, uint64_t to_cmd_seq,
          void (*progress)(void *arg, const struct journal_progress *), void *arg,
          struct error *err)
{
    const struct journal_options o = {.read_only = 1, .no_snapshot = 1};
    struct callbacks callbacks = {.p = p, .progress = progress, .arg = arg};
    *p = (struct past){.replay = {.to_cmd_seq = to_cmd_seq, .event = on_event, .arg = &callbacks}};
    if (progress != NULL)
        p->replay.progress = on_progress;
    int rc = journal_open(&p->j, data_dir, &o, err);
    if (rc == 0)
        journal_state(p->j, &p->state);
    if (rc == 0)
        rc = make_core(p, err);
    if (rc == 0)
        rc = journal_replay(p->j, p->view.core, &p->replay, err);
    if (rc != 0)
        past_close(p);
    return rc;
}

void
past_close(struct past *p)
{
    journal_close(p->j);
    if (p->view.mem != NULL)
        (void)munmap(p->view.mem, p->core_bytes);
    free(p->view.assets);
    free(p->view.instruments);
    p->j = NULL;
    p->view = (struct sandbox){0};
}
