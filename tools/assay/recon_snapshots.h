#ifndef TOOLS_ASSAY_RECON_SNAPSHOTS_H
#define TOOLS_ASSAY_RECON_SNAPSHOTS_H

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"
#include "tools/assay/recon_breaks.h"

/* The snapshots of a data folder against a replay: each file's own checksums, then its state
 * against that of a core which has replayed the journal up to the same command. thread: one */

enum { RECON_SNAPSHOTS_MAX = 16, RECON_FILE_MAX = 64 };

struct recon_snapshot {
    char file[RECON_FILE_MAX];
    uint64_t cmd_seq, event_seq;
    uint8_t state_sha256[32];
    uint8_t compared;
};

struct recon_snapshots {
    struct recon_snapshot list[RECON_SNAPSHOTS_MAX];
    uint32_t cnt, compared_cnt, bad_cnt;
};

/* Reads and checks every file; damaged ones are breaks. */
int recon_snapshots_read(struct recon_snapshots *s, const char *data_dir, struct recon_breaks *b,
                         struct error *err) ERROR_MUST_USE;

/* After each command: compares the snapshot of this command, if there is one. */
int recon_snapshots_compare(struct recon_snapshots *s, const struct core *core,
                            struct recon_breaks *b, struct error *err) ERROR_MUST_USE;

/* At the end of the journal (not of a part of it): those beyond it are breaks. */
void recon_snapshots_finish(struct recon_snapshots *s, uint64_t last_cmd_seq,
                            struct recon_breaks *b);

#endif
