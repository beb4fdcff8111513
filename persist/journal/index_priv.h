#ifndef PERSIST_JOURNAL_INDEX_PRIV_H
#define PERSIST_JOURNAL_INDEX_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sparse index of batches, kept in memory: one entry for each INDEX_STRIDE bytes of journal that
 * this process has scanned or written. Only appended to. thread: one adds, any look */
enum { INDEX_MAX = 1 << 19, INDEX_STRIDE = 256 << 10 };

struct index_entry { /* a batch, and the numbers before it */
    uint64_t cmd_seq, event_seq;
    uint64_t first_cmd_seq; /* of its segment */
    uint64_t offset;
};

struct journal_index {
    struct index_entry *entries; /* INDEX_MAX, touched as they come */
    _Atomic uint32_t cnt;        /* release by who adds, acquire by who looks */
};

bool index_open(struct journal_index *x);
void index_close(struct journal_index *x);
/* Adds the batch if it is far enough from the entry before. A full index stays as it is. */
void index_add(struct journal_index *x, const struct index_entry *e);
/* The last entry whose numbers are below: the record wanted lies in that batch or after it. */
bool index_find_cmd(const struct journal_index *x, uint64_t cmd_seq, struct index_entry *out);
bool index_find_event(const struct journal_index *x, uint64_t event_seq, struct index_entry *out);

#endif
