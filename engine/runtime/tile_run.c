#include "engine/runtime/tile_run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"

struct cycle {        /* what the loop knows from one turn to the next */
    int64_t house_ns; /* when the housekeeping ran last */
    int64_t idle_ns;  /* since when there has been nothing to do; 0 = there was */
    int64_t work_ns;  /* start of the cycle before, when that did something; 0 otherwise */
    int64_t cycle_max_ns;
};

static bool
stopping(const struct tile *t)
{
    /* acquire: pairs with tile_stop */
    return atomic_load_explicit(&t->stop, memory_order_acquire) != 0;
}

static void
housekeep(struct tile *t, struct cycle *c, int64_t now_ns)
{
    c->house_ns = now_ns;
    metric_set(t->metrics.heartbeat_ns, now_ns);
    metric_set(t->metrics.cycle_max_ns, c->cycle_max_ns);
    if (t->ops->housekeep != NULL) {
        t->ops->housekeep(t->self, now_ns);
    }
}

/* One poll with its accounting; true when it did something. */
static bool
work(struct tile *t, struct cycle *c, int64_t now_ns)
{
    if (c->work_ns != 0 && now_ns - c->work_ns > c->cycle_max_ns) {
        c->cycle_max_ns = now_ns - c->work_ns;
    }
    uint32_t done = t->ops->poll(t->self, now_ns);
    c->work_ns = done > 0 ? now_ns : 0;
    if (done == 0) {
        return false;
    }
    c->idle_ns = 0;
    metric_add(t->metrics.work_cnt, done);
    return true;
}

/* Nothing to do for long enough: sleep. The poll after bell_seen closes the gap in which work may
 * have come unnoticed. */
static void
sleep_until_rung(struct tile *t, struct cycle *c, int64_t now_ns)
{
    int64_t deadline_ns = now_ns + TILE_SLEEP_MAX_NS;
    if (now_ns - c->house_ns >= TILE_BEAT_IDLE_NS) {
        housekeep(t, c, now_ns);
    } else if (c->house_ns + TILE_BEAT_IDLE_NS < deadline_ns) {
        deadline_ns = c->house_ns + TILE_BEAT_IDLE_NS; /* it is not forgotten, only later */
    }
    uint32_t seen = bell_seen(t->bell);
    now_ns = clock_mono_ns();
    if (work(t, c, now_ns) || stopping(t)) {
        bell_cancel(t->bell);
        return;
    }
    if (t->ops->next_due != NULL) {
        int64_t due_ns = t->ops->next_due(t->self);
        if (due_ns < deadline_ns) {
            deadline_ns = due_ns;
        }
    }
    if (deadline_ns <= now_ns) {
        bell_cancel(t->bell);
        return;
    }
    metric_add(t->metrics.sleep_cnt, 1);
    if (t->ops->wait != NULL) {
        t->ops->wait(t->self, seen, deadline_ns);
        bell_cancel(t->bell);
    } else {
        bell_wait(t->bell, seen, deadline_ns);
    }
}

static void *
run(void *arg)
{
    struct tile *t = arg;
    struct cycle c = {.house_ns = clock_mono_ns()};
    (void)pthread_setname_np(pthread_self(), t->ops->name);
    housekeep(t, &c, c.house_ns);
    while (!stopping(t)) {
        int64_t now_ns = clock_mono_ns();
        bool did = work(t, &c, now_ns);
        if (now_ns - c.house_ns >= TILE_BEAT_NS) {
            housekeep(t, &c, now_ns);
        }
        if (did) {
            continue;
        }
        if (c.idle_ns == 0) {
            c.idle_ns = now_ns;
        }
        if (t->wait == TILE_WAIT_SPIN || now_ns - c.idle_ns < t->spin_ns) {
            __builtin_ia32_pause();
            continue;
        }
        sleep_until_rung(t, &c, now_ns);
    }
    housekeep(t, &c, clock_mono_ns());
    atomic_store_explicit(&t->running, 0, memory_order_release);
    return NULL;
}

static void
add_metrics(struct tile *t, struct metrics *m)
{
    char label[METRIC_LABEL_MAX];
    (void)snprintf(label, sizeof(label), "tile=\"%s\"", t->ops->name);
    t->metrics = (struct tile_metrics){
        .heartbeat_ns = metrics_add(m, METRIC_GAUGE, "assay_tile_heartbeat_ns", label),
        .work_cnt = metrics_add(m, METRIC_COUNTER, "assay_tile_work_total", label),
        .cycle_max_ns = metrics_add(m, METRIC_GAUGE, "assay_tile_cycle_max_ns", label),
        .sleep_cnt = metrics_add(m, METRIC_COUNTER, "assay_tile_sleeps_total", label),
        .ring_full_cnt = metrics_add(m, METRIC_COUNTER, "assay_tile_ring_full_total", label),
    };
}

static int
pin(pthread_attr_t *attr, const struct tile *t, struct error *err)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return error_errno(err, errno, "ask which cores are allowed");
    }
    if (t->cpu >= CPU_SETSIZE || !CPU_ISSET((size_t)t->cpu, &allowed)) {
        return error_set(err, ERR_INVALID,
                         "tile %s: core %d does not exist or is not allowed to this process",
                         t->ops->name, t->cpu);
    }
    CPU_ZERO(&one);
    CPU_SET((size_t)t->cpu, &one);
    int rc = pthread_attr_setaffinity_np(attr, sizeof(one), &one);
    return rc == 0 ? 0 : error_errno(err, rc, "pin tile %s to core %d", t->ops->name, t->cpu);
}

int
tile_start(struct tile *t, struct metrics *m, struct error *err)
{
    CHECK(strlen(t->ops->name) <= 15, "a thread's name has at most 15 characters: %s",
          t->ops->name);
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    int code = t->cpu < 0 ? 0 : pin(&attr, t, err);
    if (code == 0) {
        add_metrics(t, m);
        atomic_store_explicit(&t->stop, 0, memory_order_relaxed);
        atomic_store_explicit(&t->running, 1, memory_order_relaxed);
        sigset_t all, before;
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited: signals go to main */
        int rc = pthread_create(&t->thread, &attr, run, t);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (rc != 0) {
            atomic_store_explicit(&t->running, 0, memory_order_relaxed);
            code = error_errno(err, rc, "start tile %s", t->ops->name);
        }
    }
    (void)pthread_attr_destroy(&attr);
    return code;
}

void
tile_stop(struct tile *t)
{
    atomic_store_explicit(&t->stop, 1, memory_order_release); /* pairs with stopping */
    bell_ring(t->bell);
}

void
tile_join(struct tile *t)
{
    (void)pthread_join(t->thread, NULL);
}
