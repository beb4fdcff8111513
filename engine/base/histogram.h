#ifndef ENGINE_BASE_HISTOGRAM_H
#define ENGINE_BASE_HISTOGRAM_H

#include <stdint.h>

/* Latency histogram: log-linear buckets, 64 per power of two (error below 1.6 %), 0 ns to 2^40 ns;
 * no allocation. source: the bucket scheme of HdrHistogram (G. Tene) */
enum {
    HISTOGRAM_SUB_BITS = 6,
    HISTOGRAM_BUCKETS = (41 - HISTOGRAM_SUB_BITS) << HISTOGRAM_SUB_BITS
};

struct histogram {
    uint64_t cnt;
    int64_t min, max;
    __int128 sum;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *h);
void histogram_record(struct histogram *h, int64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The value at or below which `per_10000` ten-thousandths of the samples lie (5000 = p50, 9900
 * = p99, 9990 = p99.9); 0 when empty. */
int64_t histogram_at(const struct histogram *h, unsigned per_10000);

#endif
