#ifndef PERSIST_JOURNAL_SNAPSHOT_H
#define PERSIST_JOURNAL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"
#include "persist/journal/format.h"

/* Snapshots: <data>/snapshots/<cmd-seq>.snap, the bytes of core_save behind a head that says which
 * command they cover. Written aside and renamed, so that a name is either whole or not there; only
 * of a state that is durable in the journal. thread: one */
struct journal;
struct journal_disk;

/* Writes the core's state at core_cmd_seq(core), which must be the journal's last durable command
 * (journal_drain). Keeps the newest options.snapshots_kept. */
int journal_snapshot_write(struct journal *j, const struct core *core,
                           struct error *err) ERROR_MUST_USE;

struct journal_snapshot {
    struct snapshot_head head;
    uint8_t *bytes; /* of core_save; NULL unless loaded */
    char file[64];  /* relative to the data folder */
};
/* The newest whole snapshot that covers at most max_cmd_seq (0 = any), with its bytes; each damaged
 * one that was passed over is logged and counted in *bad_cnt. ERR_NOT_FOUND: none. */
int journal_snapshot_find(struct journal_snapshot *out, const struct journal_disk *disk,
                          uint64_t max_cmd_seq, uint32_t *bad_cnt,
                          struct error *err) ERROR_MUST_USE;
void journal_snapshot_free(struct journal_snapshot *s);

#endif
