#include "engine/base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/check.h"

enum { HUGE_PAGE_BYTES = 2 << 20 };

/* What the kernel thinks it can give without swapping; 0 when it does not say. */
static size_t
available_bytes(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    if (file == NULL) {
        return 0;
    }
    static const char name[] = "MemAvailable:";
    char line[128];
    unsigned long long kib = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, sizeof(name) - 1) == 0) {
            kib = strtoull(line + sizeof(name) - 1, NULL, 10); /* 0 when there is no number */
            break;
        }
    }
    (void)fclose(file);
    return (size_t)kib * 1024;
}

static void
touch_pages(uint8_t *base, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    if (madvise(base, bytes, MADV_POPULATE_WRITE) == 0) {
        return;
    }
#endif
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t at = 0; at < bytes; at += page_bytes) {
        base[at] = 0;
    }
}

int
arena_open(struct arena *a, size_t bytes, struct error *err)
{
    size_t rounded = (bytes + HUGE_PAGE_BYTES - 1) & ~(size_t)(HUGE_PAGE_BYTES - 1);
    size_t available = available_bytes();
    if (available != 0 && rounded > available) {
        return error_set(err, ERR_NO_SPACE,
                         "the configured capacities need %zu MiB of memory; %zu MiB are available",
                         rounded >> 20, available >> 20);
    }
    /* One huge page more than needed, so that a huge-page boundary can be found inside. */
    size_t mapped = rounded + HUGE_PAGE_BYTES;
    uint8_t *map = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        return error_set(err, ERR_NO_SPACE, "map %zu MiB of memory: %s", mapped >> 20,
                         strerror(errno));
    }
    size_t skip =
        (HUGE_PAGE_BYTES - ((uintptr_t)map & (HUGE_PAGE_BYTES - 1))) & (HUGE_PAGE_BYTES - 1);
    if (skip > 0) {
        (void)munmap(map, skip);
    }
    if (HUGE_PAGE_BYTES - skip > 0) {
        (void)munmap(map + skip + rounded, HUGE_PAGE_BYTES - skip);
    }
    uint8_t *base = map + skip;
    (void)madvise(base, rounded, MADV_HUGEPAGE); /* advice: small pages do, only slower */
    touch_pages(base, rounded);
    *a = (struct arena){.base = base, .bytes = rounded};
    return 0;
}

void
arena_close(struct arena *a)
{
    if (a->base != NULL) {
        (void)munmap(a->base, a->bytes);
    }
    memset(a, 0, sizeof(*a));
}

void *
arena_take(struct arena *a, size_t bytes)
{
    CHECK(!a->sealed, "memory taken after the arena was sealed");
    size_t block_bytes = arena_block_bytes(bytes);
    CHECK(block_bytes >= bytes && block_bytes <= a->bytes - a->used,
          "%zu bytes asked of an arena with %zu left", bytes, a->bytes - a->used);
    void *block = a->base + a->used;
    a->used += block_bytes;
    return block;
}

void
arena_seal(struct arena *a)
{
    a->sealed = true;
}
