#ifndef TOOLS_ASSAY_BENCH_H
#define TOOLS_ASSAY_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"

/* How `assay bench` measures: a target takes the operations of a workload in batches, as a ring
 * would hold them. Making a batch ready and looking at what came out of it are not timed; applying
 * it is. Every run, timed or not, adds up what it traded: a run that is fast and wrong is an error.
 * thread: one; times are processor time of this thread, so that what else runs is not counted. */

enum { BENCH_BATCH = 1024 };

struct bench_sums { /* of the timed operations */
    uint64_t trades, traded_qty;
    uint64_t checksum; /* flow_checksum_add over the trades, in order */
    uint64_t rejects;  /* cancels of orders that are gone or never came */
    uint64_t refused;  /* new orders; must be none */
};

struct bench_target {
    const char *name;
    void *self;
    int (*open)(void **self, const struct flow *f, struct error *err); /* memory for every run */
    void (*close)(void *self);
    void (*start)(void *self); /* an empty book */
    void (*prepare)(void *self, size_t first, uint32_t cnt);
    /* Applies `cnt` of the batch from its operation `at` on. ahead: what comes next in the batch
     * may be looked at already. */
    void (*apply)(void *self, uint32_t at, uint32_t cnt, bool ahead);
    /* Adds up what came out since the batch was prepared. */
    void (*collect)(void *self, struct bench_sums *sums);
};

extern const struct bench_target bench_book; /* bench_book.c: book alone: add, cancel, match */
extern const struct bench_target bench_core; /* bench_core.c: core_apply whole, risk's hooks */

struct bench_latency { /* ns, without what reading the time costs */
    double p50, p99, p999, max;
    uint64_t cnt;
};

struct bench_result {
    struct bench_sums sums;
    double cold_ops_per_s; /* the first run of the process */
    double ops_per_s;      /* median of those after it */
    double best_ops_per_s; /* the fastest: what a machine that others use too disturbs least */
    struct bench_latency warm;
    struct bench_latency cold; /* caches emptied before the operation, nothing looked at ahead */
    double timer_ns;
};

/* runs: after the first one, 1..BENCH_RUN_MAX. latency: measured too (else 0).
 * errors: ERR_NO_SPACE; ERR_INVALID: two runs traded differently, an order was refused */
enum { BENCH_RUN_MAX = 99 };
int bench_run(const struct bench_target *t, const struct flow *f, uint32_t runs, bool latency,
              struct bench_result *out, struct error *err) ERROR_MUST_USE;

/* Zeroed, touched, in huge pages where the machine has them; NULL: there is not that much. */
void *bench_memory_take(size_t bytes);
void bench_memory_give(void *memory, size_t bytes);
int64_t bench_cpu_ns(void); /* processor time of this thread */

/* What an operation of the core costs at 10,000, 100,000, ... up to `orders` resting orders over
 * 10,000 instruments; prints it. errors: ERR_NO_SPACE */
int bench_growth(uint32_t orders, bool json, struct error *err) ERROR_MUST_USE;
/* The longest command of each kind of work that is done in parts; prints it. errors: ERR_NO_SPACE
 */
int bench_worst(uint32_t runs, bool json, struct error *err) ERROR_MUST_USE;

#endif
