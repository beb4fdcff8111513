#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/crc32c.h"
#include "engine/base/log.h"
#include "engine/base/sha256.h"
#include "persist/journal/journal_priv.h"

/* <data>/crash: written when a check fails, so that the command that trips it has a name although
 * it was never journaled: the sequencer commits a command and its events to the ring together,
 * after it was applied. Lines of name=value; the command's bytes in hexadecimal. */
static struct {
    _Atomic(struct journal *) journal; /* release by crash_arm, acquire by the hook */
    char path[600];
} armed;
static _Thread_local const struct command *replaying;

void
crash_replaying(const struct command *cmd)
{
    replaying = cmd;
}

/* The command that was being applied: of a replay, or uncommitted behind the ring's end. */
static const struct command *
find_command(const struct journal *j, uint64_t cmd_seq)
{
    if (replaying != NULL)
        return replaying;
    const struct bcast_ring *ring = j->writer.started ? j->writer.reader.ring : NULL;
    if (ring == NULL)
        return NULL;
    /* relaxed: the thread that failed is the producer, or the numbers do not match */
    uint64_t pos = atomic_load_explicit(&ring->shared->write_pos, memory_order_relaxed);
    const struct command *cmd = (const struct command *)(ring->data + pos % ring->bytes);
    return cmd->rec.kind == RECORD_COMMAND && cmd->rec.seq == cmd_seq &&
                   cmd->rec.length_bytes >= sizeof(*cmd) &&
                   cmd->rec.length_bytes <= COMMAND_BYTES_MAX
               ? cmd
               : NULL;
}

static void
write_marker(const struct journal *j, int fd, uint64_t cmd_seq, const char *text)
{
    char line[400];
    uint64_t durable = j->place.cmd_seq;
    if (j->writer.mark != NULL)
        durable = atomic_load_explicit(&j->writer.mark->cmd_seq, memory_order_relaxed);
    int n = snprintf(line, sizeof(line),
                     "command=%" PRIu64 "\nphase=%s\ndurable_command=%" PRIu64 "\ntime_ns=%" PRId64
                     "\ntext=%.200s\n",
                     cmd_seq, replaying != NULL ? "replay" : "live", durable, clock_utc_ns(), text);
    ssize_t put = write(fd, line, (size_t)n);
    const struct command *cmd = find_command(j, cmd_seq);
    if (put != n || cmd == NULL)
        return;
    char hex[2 * COMMAND_BYTES_MAX + 16];
    size_t at = (size_t)snprintf(hex, sizeof(hex), "bytes=");
    for (uint32_t i = 0; i < cmd->rec.length_bytes; i++)
        at += (size_t)snprintf(hex + at, sizeof(hex) - at, "%02x", ((const uint8_t *)cmd)[i]);
    hex[at++] = '\n';
    if (write(fd, hex, at) < 0)
        return;
}

static void
on_fail(uint64_t cmd_seq, const char *text)
{
    struct journal *j = atomic_load_explicit(&armed.journal, memory_order_acquire); /* crash_arm */
    if (j == NULL || cmd_seq == 0)
        return;
    int fd = open(armed.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return;
    write_marker(j, fd, cmd_seq, text);
    (void)fsync(fd);
    (void)close(fd);
}

void
crash_arm(struct journal *j)
{
    const char *path = journal_disk_path(&j->disk);
    if (path[0] == '\0')
        return; /* a simulated disk: its tests watch the checks themselves */
    (void)snprintf(armed.path, sizeof(armed.path), "%s/crash", path);
    atomic_store_explicit(&armed.journal, j, memory_order_release); /* pairs with on_fail */
    check_on_fail(on_fail);
}

void
crash_disarm(struct journal *j)
{
    struct journal *mine = j;
    if (atomic_compare_exchange_strong_explicit(&armed.journal, &mine, NULL, memory_order_acq_rel,
                                                memory_order_relaxed))
        check_on_fail(NULL);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
hash_command(const char *hex, struct crash *out)
{
    _Alignas(8) uint8_t bytes[COMMAND_BYTES_MAX];
    size_t n = 0;
    while (n < sizeof(bytes) && hex_digit(hex[2 * n]) >= 0 && hex_digit(hex[2 * n + 1]) >= 0) {
        bytes[n] = (uint8_t)(hex_digit(hex[2 * n]) * 16 + hex_digit(hex[2 * n + 1]));
        n++;
    }
    if (n < sizeof(struct command))
        return;
    memset(bytes + offsetof(struct record, crc32c), 0, sizeof(uint32_t));
    sha256(bytes, n, out->command_sha256);
    out->have_command = true;
}

int
crash_read(const struct journal_disk *disk, struct crash *out, struct error *err)
{
    char text[4096];
    int file = disk->open(disk->self, "crash", DISK_READ);
    if (file == -ENOENT)
        return error_set(err, ERR_NOT_FOUND, "%s/crash: there is no such file",
                         journal_disk_path(disk));
    if (file < 0)
        return error_errno(err, -file, "crash: open");
    size_t got = 0;
    int rc = journal_disk_read_all(disk, file, text, sizeof(text) - 1, 0, &got);
    disk->close(disk->self, file);
    if (rc != 0)
        return error_errno(err, -rc, "crash: read");
    text[got] = '\0';
    *out = (struct crash){0};
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "command=", 8) == 0)
            out->cmd_seq = strtoull(line + 8, NULL, 10);
        else if (strncmp(line, "durable_command=", 16) == 0)
            out->durable_cmd_seq = strtoull(line + 16, NULL, 10);
        else if (strncmp(line, "text=", 5) == 0)
            (void)snprintf(out->text, sizeof(out->text), "%s", line + 5);
        else if (strncmp(line, "bytes=", 6) == 0)
            hash_command(line + 6, out);
    }
    return out->cmd_seq != 0 ? 0 : error_set(err, ERR_INVALID, "crash: no line `command=<number>`");
}
