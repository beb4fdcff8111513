#include "engine/base/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/process.h"

enum { METRICS_MAGIC = 0x4352544d /* "MTRC" */, METRICS_VERSION = 1, HEAD_BYTES = 4096 };
enum { FILES_MAX = 32, PROCESS_NAME_MAX = 32 };

struct metrics {
    uint32_t magic;
    uint32_t version;
    _Atomic uint32_t cnt; /* release by metrics_add, what lies before it is whole */
    uint32_t pid;
    uint64_t start; /* of that process */
    uint8_t pad[HEAD_BYTES - 24];
    struct metric items[METRICS_MAX];
};
_Static_assert(sizeof(struct metrics) == HEAD_BYTES + METRICS_MAX * 128, "metrics layout");

int
metrics_open(struct metrics **out, const char *path, struct error *err)
{
    int fd = -1;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    if (path[0] != '\0') {
        /* A new file each time: whoever reads an old one keeps that. */
        if (unlink(path) != 0 && errno != ENOENT) {
            return error_errno(err, errno, "replace %s", path);
        }
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (fd < 0) {
            return error_errno(err, errno, "create %s", path);
        }
        if (ftruncate(fd, sizeof(struct metrics)) != 0 ||
            fallocate(fd, 0, 0, sizeof(struct metrics)) != 0) {
            int code = error_errno(err, errno, "give %s its size", path);
            (void)close(fd);
            return code;
        }
        flags = MAP_SHARED;
    }
    struct metrics *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, 0);
    int reason = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (m == MAP_FAILED) {
        return error_errno(err, reason, "map metrics %s", path);
    }
    m->version = METRICS_VERSION;
    m->pid = (uint32_t)getpid();
    m->start = process_start(m->pid);
    m->magic = METRICS_MAGIC;
    *out = m;
    return 0;
}

void
metrics_close(struct metrics *m)
{
    (void)munmap(m, sizeof(*m));
}

struct metric *
metrics_add(struct metrics *m, enum metric_kind kind, const char *name, const char *label)
{
    CHECK(strlen(name) < METRIC_NAME_MAX && strlen(label) < METRIC_LABEL_MAX, "metric %s{%s}", name,
          label);
    uint32_t cnt = atomic_load_explicit(&m->cnt, memory_order_relaxed); /* single writer */
    for (uint32_t i = 0; i < cnt; i++) {
        if (strcmp(m->items[i].name, name) == 0 && strcmp(m->items[i].label, label) == 0) {
            return &m->items[i];
        }
    }
    CHECK(cnt < METRICS_MAX, "more than %d metrics", METRICS_MAX);
    struct metric *item = &m->items[cnt];
    item->kind = kind;
    memcpy(item->name, name, strlen(name) + 1);
    memcpy(item->label, label, strlen(label) + 1);
    atomic_store_explicit(&m->cnt, cnt + 1, memory_order_release); /* orders the item before it */
    return item;
}

/* One sample, ready to be sorted and printed. */
struct sample {
    int64_t value;
    uint32_t kind;
    char name[METRIC_NAME_MAX];
    char label[METRIC_LABEL_MAX];
    char process[PROCESS_NAME_MAX];
};

struct samples {
    struct sample *items;
    size_t cnt, max;
};

static bool
samples_add(struct samples *s, const struct sample *one)
{
    if (s->cnt == s->max) {
        size_t max = s->max == 0 ? 256 : s->max * 2;
        struct sample *items = realloc(s->items, max * sizeof(*items));
        if (items == NULL) {
            return false;
        }
        s->items = items;
        s->max = max;
    }
    s->items[s->cnt++] = *one;
    return true;
}

/* A name or label from a file: ends inside its field and holds printable ASCII only. */
static bool
text_ok(const char *text, size_t bytes)
{
    size_t length = strnlen(text, bytes);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return length < bytes;
}

static int
table_read(const struct metrics *m, const char *process, struct samples *out, struct error *err)
{
    struct sample one = {.value = process_alive(m->pid, m->start), .kind = METRIC_GAUGE};
    (void)snprintf(one.name, sizeof(one.name), "assay_process_up");
    (void)snprintf(one.process, sizeof(one.process), "%s", process);
    bool ok = samples_add(out, &one);
    uint32_t cnt = atomic_load_explicit(&m->cnt, memory_order_relaxed); /* a copy of our own */
    for (uint32_t i = 0; i < cnt && i < METRICS_MAX && ok; i++) {
        const struct metric *item = &m->items[i];
        if (!text_ok(item->name, METRIC_NAME_MAX) || !text_ok(item->label, METRIC_LABEL_MAX)) {
            continue;
        }
        one.value = metric_get(item);
        one.kind = item->kind;
        memcpy(one.name, item->name, sizeof(one.name));
        memcpy(one.label, item->label, sizeof(one.label));
        ok = samples_add(out, &one);
    }
    return ok ? 0 : error_set(err, ERR_NO_SPACE, "no memory for metrics");
}

/* Adds what one file holds. A file that is not ours, or is just being made, adds nothing. Reads
 * instead of mapping: a file that shrinks cannot hurt. */
static int
file_read(int folder_fd, const char *name, struct samples *out, struct error *err)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return 0; /* gone since the folder was read, or not for us */
    }
    struct metrics *m = malloc(sizeof(*m));
    if (m == NULL) {
        (void)close(fd);
        return error_set(err, ERR_NO_SPACE, "no memory to read metrics");
    }
    ssize_t n = read(fd, m, sizeof(*m));
    (void)close(fd);
    int code = 0;
    if (n == (ssize_t)sizeof(*m) && m->magic == METRICS_MAGIC && m->version == METRICS_VERSION) {
        code = table_read(m, name + strlen("metrics-"), out, err);
    }
    free(m);
    return code;
}

static int
sample_order(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order == 0) {
        order = strcmp(x->process, y->process);
    }
    return order != 0 ? order : strcmp(x->label, y->label);
}

static int
folder_read(const char *folder, struct samples *out, struct error *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return error_errno(err, errno, "open folder %s", folder);
    }
    int code = 0, file_cnt = 0;
    struct dirent *entry;
    while (code == 0 && file_cnt < FILES_MAX && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "metrics-", strlen("metrics-")) == 0) {
            file_cnt++;
            code = file_read(dirfd(dir), entry->d_name, out, err);
        }
    }
    (void)closedir(dir);
    return code;
}

/* source: Prometheus text exposition format 0.0.4: samples of a name stand together, its TYPE line
 * before them */
static int64_t
samples_print(const struct samples *s, char *out, size_t out_bytes, struct error *err)
{
    size_t used = 0;
    for (size_t i = 0; i < s->cnt; i++) {
        const struct sample *one = &s->items[i];
        char lines[512];
        int head = 0;
        if (i == 0 || strcmp(one->name, s->items[i - 1].name) != 0) {
            head = snprintf(lines, sizeof(lines), "# TYPE %s %s\n", one->name,
                            one->kind == METRIC_COUNTER ? "counter" : "gauge");
        }
        int n = snprintf(lines + head, sizeof(lines) - (size_t)head,
                         "%s{process=\"%s\"%s%s} %lld\n", one->name, one->process,
                         one->label[0] != '\0' ? "," : "", one->label, (long long)one->value);
        size_t bytes = (size_t)head + (size_t)n;
        if (used + bytes + 1 > out_bytes) {
            return error_set(err, ERR_NO_SPACE, "metrics need more than %zu bytes", out_bytes);
        }
        memcpy(out + used, lines, bytes);
        used += bytes;
    }
    if (out_bytes > 0) {
        out[used] = '\0';
    }
    return (int64_t)used;
}

int64_t
metrics_print_folder(const char *folder, char *out, size_t out_bytes, struct error *err)
{
    struct samples samples = {0};
    int64_t rc = folder_read(folder, &samples, err);
    if (rc == 0) {
        if (samples.cnt > 0) {
            qsort(samples.items, samples.cnt, sizeof(samples.items[0]), sample_order);
        }
        rc = samples_print(&samples, out, out_bytes, err);
    }
    free(samples.items);
    return rc;
}
