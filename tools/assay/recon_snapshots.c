#include "tools/assay/recon_snapshots.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/crc32c.h"
#include "engine/base/sha256.h"
#include "persist/journal/format.h"

static void
damaged(struct recon_snapshots *s, struct recon_breaks *b, const char *file, const char *what)
{
    recon_breaks_add(b, RECON_SNAPSHOT, "snapshot %s: %s", file, what);
    s->bad_cnt++;
}

/* The state's digest, read in pieces: a snapshot may be large. False when the file is short. */
static bool
digest_state(FILE *file, uint64_t bytes, uint8_t out[32])
{
    enum { PIECE = 1 << 16 };
    static uint8_t piece[PIECE];
    struct sha256 sum;
    sha256_init(&sum);
    while (bytes > 0) {
        size_t want = bytes < PIECE ? (size_t)bytes : PIECE;
        if (fread(piece, 1, want, file) != want)
            return false;
        sha256_update(&sum, piece, want);
        bytes -= want;
    }
    sha256_final(&sum, out);
    return true;
}

static void
read_one(struct recon_snapshots *s, const char *name, FILE *file, struct recon_breaks *b)
{
    struct snapshot_head head;
    uint8_t sum[32];
    if (fread(&head, sizeof head, 1, file) != 1 || head.magic != SNAPSHOT_MAGIC ||
        head.format != SNAPSHOT_FORMAT || head.head_bytes < sizeof head) {
        damaged(s, b, name, "it has no head of a snapshot");
        return;
    }
    uint32_t crc = head.crc32c;
    head.crc32c = 0;
    if (crc32c(0, &head, sizeof head) != crc) {
        damaged(s, b, name, "the checksum of its head is wrong");
        return;
    }
    if (fseek(file, (long)head.head_bytes, SEEK_SET) != 0 ||
        !digest_state(file, head.state_bytes, sum)) {
        damaged(s, b, name, "it is shorter than its head says");
        return;
    }
    if (memcmp(sum, head.state_sha256, sizeof sum) != 0) {
        damaged(s, b, name, "the digest of its state is wrong");
        return;
    }
    if (s->cnt == RECON_SNAPSHOTS_MAX)
        return;
    struct recon_snapshot *one = &s->list[s->cnt++];
    *one = (struct recon_snapshot){.cmd_seq = head.cmd_seq, .event_seq = head.event_seq};
    snprintf(one->file, sizeof one->file, "%.63s", name);
    memcpy(one->state_sha256, sum, sizeof sum);
}

int
recon_snapshots_read(struct recon_snapshots *s, const char *data_dir, struct recon_breaks *b,
                     struct error *err)
{
    char folder[4096], path[4400];
    *s = (struct recon_snapshots){0};
    snprintf(folder, sizeof folder, "%s/snapshots", data_dir);
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? 0 : error_errno(err, errno, "%s", folder);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".snap") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file) /* an old one, removed meanwhile */
            continue;
        read_one(s, entry->d_name, file, b);
        fclose(file);
    }
    closedir(dir);
    return 0;
}

int
recon_snapshots_compare(struct recon_snapshots *s, const struct core *core, struct recon_breaks *b,
                        struct error *err)
{
    uint64_t cmd_seq = core_cmd_seq(core);
    for (uint32_t i = 0; i < s->cnt; i++) {
        struct recon_snapshot *one = &s->list[i];
        if (one->cmd_seq != cmd_seq)
            continue;
        size_t bytes = core_save(core, NULL, 0);
        uint8_t *state = malloc(bytes), sum[32];
        if (!state)
            return error_set(err, ERR_NO_SPACE, "no memory for a state of %zu bytes", bytes);
        bytes = core_save(core, state, bytes);
        sha256(state, bytes, sum);
        free(state);
        one->compared = 1;
        s->compared_cnt++;
        if (memcmp(sum, one->state_sha256, sizeof sum) != 0 ||
            one->event_seq != core_event_seq(core)) {
            recon_breaks_add(b, RECON_SNAPSHOT,
                             "snapshot %s: its state is not what the replay has after command "
                             "%" PRIu64,
                             one->file, cmd_seq);
            s->bad_cnt++;
        }
    }
    return 0;
}

void
recon_snapshots_finish(struct recon_snapshots *s, uint64_t last_cmd_seq, struct recon_breaks *b)
{
    for (uint32_t i = 0; i < s->cnt; i++)
        if (!s->list[i].compared && s->list[i].cmd_seq > last_cmd_seq) {
            recon_breaks_add(b, RECON_SNAPSHOT,
                             "snapshot %s: it covers command %" PRIu64
                             ", the journal ends with %" PRIu64,
                             s->list[i].file, s->list[i].cmd_seq, last_cmd_seq);
            s->bad_cnt++;
        }
}
