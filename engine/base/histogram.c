#include "engine/base/histogram.h"

#include <string.h>

enum { SUB_CNT = 1 << HISTOGRAM_SUB_BITS };
#define VALUE_MAX ((INT64_C(1) << 40) - 1)

static uint32_t
bucket_of(int64_t ns)
{
    uint64_t v = ns < 0 ? 0 : (uint64_t)(ns > VALUE_MAX ? VALUE_MAX : ns);
    if (v < SUB_CNT) {
        return (uint32_t)v;
    }
    uint32_t exponent = 63u - (uint32_t)__builtin_clzll(v); /* >= HISTOGRAM_SUB_BITS */
    uint32_t shift = exponent - HISTOGRAM_SUB_BITS;
    return ((shift + 1) << HISTOGRAM_SUB_BITS) + (uint32_t)((v >> shift) & (SUB_CNT - 1));
}

/* The largest value that falls into the bucket. */
static int64_t
bucket_top(uint32_t bucket)
{
    if (bucket < SUB_CNT) {
        return bucket;
    }
    uint32_t shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
    int64_t low = (int64_t)(SUB_CNT + (bucket & (SUB_CNT - 1))) << shift;
    return low + (INT64_C(1) << shift) - 1;
}

void
histogram_init(struct histogram *h)
{
    memset(h, 0, sizeof(*h));
}

void
histogram_record(struct histogram *h, int64_t ns)
{
    if (h->cnt == 0 || ns < h->min) {
        h->min = ns;
    }
    if (h->cnt == 0 || ns > h->max) {
        h->max = ns;
    }
    h->cnt++;
    h->sum += ns;
    h->buckets[bucket_of(ns)]++;
}

void
histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->cnt == 0) {
        return;
    }
    if (into->cnt == 0 || from->min < into->min) {
        into->min = from->min;
    }
    if (into->cnt == 0 || from->max > into->max) {
        into->max = from->max;
    }
    into->cnt += from->cnt;
    into->sum += from->sum;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

int64_t
histogram_at(const struct histogram *h, unsigned per_10000)
{
    if (h->cnt == 0) {
        return 0;
    }
    uint64_t rank = (uint64_t)(((unsigned __int128)h->cnt * per_10000 + 9999) / 10000);
    if (rank == 0) {
        return h->min;
    }
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank && seen < h->cnt) {
            int64_t top = bucket_top(i);
            return top < h->min ? h->min : top > h->max ? h->max : top;
        }
    }
    return h->max;
}
