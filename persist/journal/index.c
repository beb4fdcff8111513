#include "persist/journal/index_priv.h"

#include <sys/mman.h>

bool
index_open(struct journal_index *x)
{
    void *mem = mmap(NULL, INDEX_MAX * sizeof(struct index_entry), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED)
        return false;
    x->entries = mem;
    atomic_init(&x->cnt, 0);
    return true;
}

void
index_close(struct journal_index *x)
{
    if (x->entries != NULL)
        (void)munmap(x->entries, INDEX_MAX * sizeof(struct index_entry));
    x->entries = NULL;
}

void
index_add(struct journal_index *x, const struct index_entry *e)
{
    uint32_t cnt = atomic_load_explicit(&x->cnt, memory_order_relaxed); /* only we change it */
    if (cnt == INDEX_MAX)
        return;
    if (cnt != 0) {
        const struct index_entry *last = &x->entries[cnt - 1];
        if (last->first_cmd_seq == e->first_cmd_seq && e->offset < last->offset + INDEX_STRIDE)
            return;
    }
    x->entries[cnt] = *e;
    atomic_store_explicit(&x->cnt, cnt + 1, memory_order_release); /* pairs with find */
}

static bool
find(const struct journal_index *x, size_t field, uint64_t seq, struct index_entry *out)
{
    uint32_t low = 0;
    uint32_t high = atomic_load_explicit(&x->cnt, memory_order_acquire); /* pairs with index_add */
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const char *entry = (const char *)&x->entries[mid];
        if (*(const uint64_t *)(const void *)(entry + field) < seq)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0)
        return false;
    *out = x->entries[low - 1];
    return true;
}

bool
index_find_cmd(const struct journal_index *x, uint64_t cmd_seq, struct index_entry *out)
{
    return find(x, offsetof(struct index_entry, cmd_seq), cmd_seq, out);
}

bool
index_find_event(const struct journal_index *x, uint64_t event_seq, struct index_entry *out)
{
    return find(x, offsetof(struct index_entry, event_seq), event_seq, out);
}
