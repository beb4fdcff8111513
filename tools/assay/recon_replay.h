#ifndef TOOLS_ASSAY_RECON_REPLAY_H
#define TOOLS_ASSAY_RECON_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/core/core.h"
#include "persist/journal/reader.h"

/* The journal once more through a core of one's own, from genesis: reads only, takes no lock, so
 * that it works beside a running engine. Each command's events are made again and compared byte for
 * byte with the journal's. Void commands are skipped as the engine skips them. thread: one
 *
 *   recon_replay_open(&r, data_dir, err)
 *   while ((rc = recon_replay_step(&r, err)) == 1)    r.core stands after one more command,
 *       r.events, r.event_bytes are what it said */
struct recon_replay {
    struct journal_reader *reader;
    struct arena arena;
    struct core *core;
    uint8_t *next; /* the command that comes next, read already; COMMAND_BYTES_MAX */
    bool have_next, next_is_void;
    uint8_t *events; /* of the last command; CORE_OUT_BYTES */
    size_t event_bytes;
    uint8_t *found; /* what the journal has of them */
    size_t found_bytes, found_room;
    uint64_t cmd_cnt, event_cnt, void_cnt;
};

/* errors: ERR_NOT_FOUND no journal, or one that does not begin with genesis any more; ERR_CORRUPT;
 * ERR_NO_SPACE */
int recon_replay_open(struct recon_replay *r, const char *data_dir,
                      struct error *err) ERROR_MUST_USE;

/* 1 = applied one command, 0 = the journal ends here, ERR_CORRUPT = the journal is damaged or says
 * something else than the replay: the text names the place */
int recon_replay_step(struct recon_replay *r, struct error *err) ERROR_MUST_USE;

void recon_replay_close(struct recon_replay *r);

#endif
