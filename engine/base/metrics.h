#ifndef ENGINE_BASE_METRICS_H
#define ENGINE_BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Counters and gauges of one process, in a file that is mapped shared (<run
 * folder>/metrics-<process>), so that anybody who may read the file can print them without asking
 * the process. One writer per metric (relaxed stores), any readers. Names are Prometheus names;
 * labels are one preformatted string such as tile="journal". */

enum { METRICS_MAX = 512, METRIC_NAME_MAX = 64, METRIC_LABEL_MAX = 48 };
enum metric_kind { METRIC_COUNTER = 1, METRIC_GAUGE = 2 };

struct metric {
    _Atomic int64_t value;
    uint32_t kind;
    uint32_t zero;
    char name[METRIC_NAME_MAX];
    char label[METRIC_LABEL_MAX];
};
_Static_assert(sizeof(struct metric) == 128, "metric layout");

struct metrics; /* the mapped file */

int metrics_open(struct metrics **out, const char *path,
                 struct error *err) ERROR_MUST_USE; /* creates it; "" = private memory */
void metrics_close(struct metrics *m);

/* Adds a metric, or finds the one of that name and label; never NULL (a full table is a bug).
 * start-up only. */
struct metric *metrics_add(struct metrics *m, enum metric_kind kind, const char *name,
                           const char *label);

static inline void
metric_add(struct metric *m, int64_t n)
{
    /* single writer: a relaxed load and store is enough */
    atomic_store_explicit(&m->value, atomic_load_explicit(&m->value, memory_order_relaxed) + n,
                          memory_order_relaxed);
}
static inline void
metric_set(struct metric *m, int64_t v)
{
    atomic_store_explicit(&m->value, v, memory_order_relaxed);
}
static inline int64_t
metric_get(const struct metric *m)
{
    return atomic_load_explicit(&m->value, memory_order_relaxed);
}

/* Prints every metric of every file `metrics-*` in a folder as Prometheus text (0.0.4), with the
 * label process="<what follows metrics->", and assay_process_up of each file: 0 when the process
 * that wrote it is gone. Returns bytes, or a negative code. thread: any; allocates */
int64_t metrics_print_folder(const char *folder, char *out, size_t out_bytes, struct error *err);

#endif
