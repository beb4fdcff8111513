/* Commit latency of the journal by arrival rate, beside a bare program that only does the same I/O.
 *
 *   bench_journal [--dir DIR] [--seconds S] [--seed N] [--only durable|async] [--cpu N] [RATE...]
 *
 * A producer thread commits pairs of records (a command of 128 bytes and an event of 64) to the
 * broadcast ring at Poisson arrivals of RATE records a second; the journal's tile runs on a thread
 * of its own (adaptive; --cpu pins it). Rate 0: one pair at a time, the next when the last is
 * durable. Rate -1: as fast as the ring takes them. Latency is from the intended arrival to the
 * moment at which the producer sees the durable mark beyond the pair, so that a stall counts for
 * all that it delayed. The bare rows write one 4 KiB block at a time, O_DIRECT and RWF_DSYNC, into
 * space written before, allocated only, and not there yet. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/histogram.h"
#include "engine/base/log.h"
#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/runtime/cpu.h"
#include "engine/runtime/tile_run.h"
#include "persist/journal/journal.h"

enum { EVENT_BYTES = 64, PAIR_BYTES = sizeof(struct command) + EVENT_BYTES, WAITING_MAX = 1 << 20 };

struct waiting {
    uint64_t ring_pos;
    int64_t due_ns;
};

struct bench {
    char dir[256];
    double seconds;
    uint64_t seed;
    int cpu;
    struct journal *j;
    struct bcast_ring ring;
    struct durable_mark mark;
    struct tile tile;
    struct metrics *metrics;
    uint64_t cmd_seq, event_seq;
    struct waiting *waiting; /* WAITING_MAX */
    uint64_t put, got;
    struct histogram latency;
};

static void
die(const char *what, const struct error *err)
{
    fprintf(stderr, "bench_journal: %s: %s\n", what, err->text);
    exit(1);
}

static double
draw(struct bench *b) /* exponential, mean 1; splitmix64 */
{
    uint64_t z = b->seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return -log(((double)(z >> 11) + 1) / 9007199254740993.0);
}

static void
print_machine(void)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "model name", 10) == 0) {
            printf("machine:%.200s", strchr(line, ':') + 1);
            break;
        }
    if (f != NULL)
        (void)fclose(f);
    f = popen("git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null", "r");
    if (f != NULL && fgets(line, sizeof(line), f) != NULL)
        printf("commit: %s", line);
    if (f != NULL)
        (void)pclose(f);
    printf("cores: %ld, the disk's interrupts: core %d (-1: shared)\n",
           sysconf(_SC_NPROCESSORS_ONLN), cpu_of_disk());
}

static void
print_row(const char *name, double per_s, const struct histogram *h, double cpu, double batch)
{
    printf("%-28s %12.0f", name, per_s);
    if (h != NULL)
        printf(" %9.1f %9.1f %9.1f %10.1f", (double)histogram_at(h, 5000) / 1000,
               (double)histogram_at(h, 9900) / 1000, (double)histogram_at(h, 9990) / 1000,
               (double)h->max / 1000);
    else
        printf(" %9s %9s %9s %10s", "-", "-", "-", "-");
    if (cpu >= 0)
        printf(" %6.0f %9.0f", cpu * 100, batch);
    printf("\n");
    (void)fflush(stdout);
}

/* --- the bare program --- */

static void
bare(struct bench *b, const char *name, bool allocate, bool prewrite)
{
    enum { BLOCK = 4096, BLOCKS = 16384 };
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/bare", b->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
    uint8_t *block = aligned_alloc(BLOCK, 1 << 20);
    CHECK(fd >= 0 && block != NULL);
    memset(block, 0, 1 << 20);
    if (allocate && fallocate(fd, 0, 0, (off_t)BLOCK * BLOCKS) != 0)
        printf("fallocate: %s\n", strerror(errno));
    for (off_t at = 0; prewrite && at < (off_t)BLOCK * BLOCKS; at += 1 << 20)
        CHECK(pwrite(fd, block, 1 << 20, at) == 1 << 20);
    CHECK(fsync(fd) == 0);
    memset(block, 0x5a, BLOCK);
    histogram_init(&b->latency);
    struct iovec iov = {.iov_base = block, .iov_len = BLOCK};
    int64_t begin = clock_mono_ns(), now = begin;
    int64_t end = begin + (int64_t)(b->seconds * 1e9);
    for (off_t at = 0; now < end && at < (off_t)BLOCK * BLOCKS; at += BLOCK) {
        CHECK(pwritev2(fd, &iov, 1, at, RWF_DSYNC) == BLOCK);
        int64_t then = now;
        now = clock_mono_ns();
        histogram_record(&b->latency, now - then);
    }
    print_row(name, (double)b->latency.cnt * 1e9 / (double)(now - begin), &b->latency, -1, 0);
    (void)close(fd);
    (void)unlink(path);
    free(block);
}

/* --- the journal --- */

static void
start(struct bench *b, enum journal_durability durability)
{
    struct error err;
    char path[300];
    struct journal_options o = {.durability = durability, .segments_ahead = 2};
    (void)snprintf(path, sizeof(path), "%s/data", b->dir);
    if (journal_open(&b->j, path, &o, &err) != 0)
        die("open", &err);
    if (bcast_ring_open(&b->ring, "bench", 16 << 20, &err) != 0)
        die("ring", &err);
    if (metrics_open(&b->metrics, "", &err) != 0)
        die("metrics", &err);
    memset(&b->mark, 0, sizeof(b->mark));
    struct journal_writer_options w = {.ring = &b->ring, .mark = &b->mark, .metrics = b->metrics};
    if (journal_writer_start(b->j, &w, &err) != 0)
        die("writer", &err);
    b->cmd_seq = b->event_seq = b->put = b->got = 0;
    b->tile = (struct tile){.ops = journal_tile_ops(),
                            .self = b->j,
                            .bell = journal_bell(b->j),
                            .wait = TILE_WAIT_ADAPTIVE,
                            .cpu = b->cpu,
                            .spin_ns = 20000};
    if (tile_start(&b->tile, b->metrics, &err) != 0)
        die("tile", &err);
}

static void
stop(struct bench *b)
{
    char command[400];
    struct error err;
    tile_stop(&b->tile);
    tile_join(&b->tile);
    if (journal_stop(b->j, &err) != 0)
        die("stop", &err);
    journal_close(b->j);
    bcast_ring_close(&b->ring);
    metrics_close(b->metrics);
    (void)snprintf(command, sizeof(command), "rm -rf %s/data", b->dir);
    CHECK(system(command) == 0);
}

static bool
commit_pair(struct bench *b, int64_t due_ns)
{
    uint8_t *at = bcast_reserve(&b->ring, PAIR_BYTES);
    if (at == NULL || b->put - b->got == WAITING_MAX)
        return false;
    memset(at, 0, PAIR_BYTES);
    struct command *cmd = (struct command *)(void *)at;
    command_init(cmd, COMMAND_TICK);
    cmd->rec.seq = ++b->cmd_seq;
    cmd->rec.epoch = 1;
    cmd->time_ns = due_ns;
    struct event *ev = (struct event *)(void *)(at + sizeof(*cmd));
    ev->rec = (struct record){.length_bytes = EVENT_BYTES,
                              .kind = RECORD_EVENT,
                              .version = RECORD_VERSION,
                              .type = EVENT_COMMAND_RESULT,
                              .epoch = 1,
                              .seq = ++b->event_seq};
    ev->cmd_seq = cmd->rec.seq;
    b->waiting[b->put++ % WAITING_MAX] =
        (struct waiting){.ring_pos = bcast_commit(&b->ring, PAIR_BYTES), .due_ns = due_ns};
    bell_ring(journal_bell(b->j));
    return true;
}

static void
take_durable(struct bench *b)
{
    uint64_t pos = durable_ring_pos(&b->mark);
    int64_t now = clock_mono_ns();
    while (b->got != b->put && b->waiting[b->got % WAITING_MAX].ring_pos <= pos)
        histogram_record(&b->latency, now - b->waiting[b->got++ % WAITING_MAX].due_ns);
}

static void
produce(struct bench *b, double rate, int64_t end)
{
    double gap_ns = rate > 0 ? 2e9 / rate : 0;
    double next = (double)clock_mono_ns();
    for (int64_t now; (now = clock_mono_ns()) < end;) {
        if (rate == 0) {
            if (b->put == b->got)
                (void)commit_pair(b, now);
        } else if (rate < 0) {
            for (int i = 0; i < 64 && commit_pair(b, now); i++)
                ;
        } else {
            while (next <= (double)now && commit_pair(b, (int64_t)next))
                next += gap_ns * draw(b);
        }
        take_durable(b);
    }
}

static double
tile_cpu_s(const struct bench *b)
{
    clockid_t clock;
    struct timespec ts = {0};
    if (pthread_getcpuclockid((pthread_t)b->tile.thread, &clock) == 0)
        (void)clock_gettime(clock, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
run(struct bench *b, enum journal_durability durability, double rate)
{
    char name[64];
    start(b, durability);
    produce(b, rate < 0 ? 1e5 : 1e4, clock_mono_ns() + 300 * (int64_t)CLOCK_NS_PER_MS); /* warm */
    while (b->got != b->put)
        take_durable(b);
    struct metric *batches =
        metrics_add(b->metrics, METRIC_COUNTER, "assay_journal_batches_total", "");
    histogram_init(&b->latency);
    uint64_t before = b->put;
    int64_t batches_before = metric_get(batches);
    double cpu = tile_cpu_s(b);
    int64_t begin = clock_mono_ns();
    produce(b, rate, begin + (int64_t)(b->seconds * 1e9));
    while (b->got != b->put)
        take_durable(b);
    double took = (double)(clock_mono_ns() - begin) / 1e9;
    cpu = (tile_cpu_s(b) - cpu) / took;
    const char *mode = durability == JOURNAL_DURABLE ? "durable" : "async";
    if (rate == 0)
        (void)snprintf(name, sizeof(name), "%s, one at a time", mode);
    else if (rate < 0)
        (void)snprintf(name, sizeof(name), "%s, as fast as it goes", mode);
    else
        (void)snprintf(name, sizeof(name), "%s, %.0f/s", mode, rate);
    double cnt = (double)(b->put - before);
    int64_t batch_cnt = metric_get(batches) - batches_before;
    print_row(name, 2 * cnt / took, rate < 0 ? NULL : &b->latency, cpu,
              PAIR_BYTES * cnt / (double)(batch_cnt > 0 ? batch_cnt : 1));
    stop(b);
}

int
main(int argc, char **argv)
{
    static struct bench b = {.seconds = 5, .seed = 1, .cpu = -1};
    static const double usual[] = {0, 10000, 100000, 1000000, -1};
    double rates[16];
    int cnt = 0;
    const char *only = "";
    const char *dir = "/tmp/assay-bench-journal";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
            dir = argv[++i];
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            b.seconds = atof(argv[++i]);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            b.seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            only = argv[++i];
        else if (strcmp(argv[i], "--cpu") == 0 && i + 1 < argc)
            b.cpu = atoi(argv[++i]);
        else if (cnt < 16)
            rates[cnt++] = atof(argv[i]);
    }
    (void)snprintf(b.dir, sizeof(b.dir), "%s-%ld", dir, (long)getpid());
    CHECK(mkdir(b.dir, 0700) == 0);
    b.waiting = malloc(WAITING_MAX * sizeof(*b.waiting));
    CHECK(b.waiting != NULL);
    log_setup(LOG_WARN, "bench", 1);
    print_machine();
    printf("seed %" PRIu64 ", %.1f s each, pairs of a command (%zu bytes) and an event (%d); tile "
           "adaptive, core %d\n\n%-28s %12s %9s %9s %9s %10s %6s %9s\n",
           b.seed, b.seconds, sizeof(struct command), EVENT_BYTES, b.cpu, "", "records/s", "p50 us",
           "p99 us", "p99.9 us", "max us", "CPU %", "bytes/wr");
    bare(&b, "bare 4 KiB, written before", true, true);
    bare(&b, "bare 4 KiB, allocated only", true, false);
    bare(&b, "bare 4 KiB, growing file", false, false);
    for (int m = JOURNAL_DURABLE; m <= JOURNAL_ASYNC; m++) {
        if (only[0] != '\0' && strcmp(only, m == JOURNAL_DURABLE ? "durable" : "async") != 0)
            continue;
        for (int i = 0; i < (cnt != 0 ? cnt : 5); i++)
            run(&b, (enum journal_durability)m, cnt != 0 ? rates[i] : usual[i]);
    }
    free(b.waiting);
    return rmdir(b.dir) == 0 ? 0 : 1;
}
