#ifndef PERSIST_JOURNAL_JOURNAL_H
#define PERSIST_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bcast_ring.h"
#include "engine/base/bell.h"
#include "engine/base/durable.h"
#include "engine/base/error.h"
#include "engine/base/metrics.h"
#include "engine/base/tile.h"
#include "engine/core/core.h"
#include "engine/model/command.h"

/* The journal of one venue: owns <data>/journal, <data>/snapshots, <data>/lock and <data>/crash.
 *
 *   journal_open(&j, data_dir, &options, err)       lock, sync, scan, cut a torn tail
 *   journal_state(j, &state)                        state.cmd_seq == 0: a new venue, else:
 *   journal_genesis(j, &genesis, err)               to size the core
 *   journal_replay(j, core, &replay, err)           newest good snapshot, then the tail, compared
 *   journal_writer_start(j, &writer_options, err)   from here on it takes what the ring brings
 *   journal_tile_ops(), self = j, journal_bell(j)   for engine/runtime
 *   ... the tile runs; the epoch command is the first that the sequencer writes ...
 *   journal_drain(j, err)                           after the sequencer and this tile have stopped
 *   journal_snapshot_write(j, core, err)            (persist/journal/snapshot.h) at a clean stop
 *   journal_stop(j, err)                            writes the mark of a clean stop
 *   journal_close(j)
 *
 * From journal_replay on, check_fail writes <data>/crash: the command that was being applied, the
 * message, how far the journal was durable. One journal per process.
 *
 * thread: one, apart from what says otherwise. The tile's functions belong to the tile's thread. */
struct journal;
struct journal_disk;

enum journal_durability {
    JOURNAL_DURABLE = 1, /* the mark moves when the device has it */
    JOURNAL_ASYNC = 2, /* the mark moves when the system has it (page cache): a crash of the process
                            loses nothing, one of the machine may lose a tail, which the next epoch
                            says (tail_lost) */
};

struct journal_options {                /* zero everywhere = the defaults */
    enum journal_durability durability; /* 0 = durable */
    uint32_t segments_ahead; /* prepared ahead of use, 1..8; one more is kept as the reserve that
                                serves cancels when the disk is full. 0 = 1 */
    uint64_t segment_bytes;  /* 16 MiB..1 GiB, a multiple of 1 MiB; 0 = 64 MiB */
    uint64_t quota_bytes;    /* of <data>/journal in all; 0 = as much as the disk has */
    uint64_t
        prepare_bytes_s;     /* pace of writing zeros ahead while there is no hurry; 0 = 64 MiB/s */
    uint32_t snapshots_kept; /* 0 = 3 */
    uint8_t prepare_off; /* 1: no helper thread; the caller calls journal_prepare_step (tests) */
    uint8_t read_only; /* 1: nothing is changed, a torn tail is only reported: to look at a journal
                            that may be in use. The lock is held only while the end is judged, and
                            a start waits for that */
    uint8_t no_snapshot; /* 1: everything is read from the first segment on */
    uint8_t existing;    /* 1: where no journal is, none is made: ERR_NOT_FOUND, nothing changed */
    uint8_t zero[4];
    const struct journal_disk *disk; /* NULL = the operating system's */
};

/* Takes the lock of the data folder (made if it is not there), syncs what is there, verifies it
 * from the newest good snapshot on (CRCs, chain, numbering) and cuts a torn tail.
 * errors: ERR_BUSY names the owner's pid; ERR_CORRUPT names file, byte offset, expected and found;
 * ERR_UNSUPPORTED a newer format; ERR_IO, ERR_NO_SPACE, ERR_PERMISSION */
int journal_open(struct journal **out, const char *data_dir, const struct journal_options *o,
                 struct error *err) ERROR_MUST_USE;
void journal_close(struct journal *j); /* stops the helper thread, releases the lock */

struct journal_state {  /* as found by journal_open; does not move afterwards */
    uint64_t cmd_seq;   /* last command, 0 = the journal is empty */
    uint64_t event_seq; /* last event */
    uint64_t batch;     /* number of the last batch */
    uint32_t epoch;     /* last epoch, 0 = none */
    uint32_t segment_cnt;
    uint8_t chain_head[32];
    uint8_t clean;     /* 1: the run before ended with journal_stop (or there was none) */
    uint8_t tail_lost; /* 1: what was acknowledged may be missing (async and not clean) */
    uint8_t async;     /* 1: the last batch was written in async mode */
    uint8_t zero[5];
    uint64_t cut_bytes;     /* of a torn tail; 0 = there was none */
    char cut_file[64];      /* where it was cut, relative to the data folder */
    uint64_t cut_offset;    /* byte offset there */
    uint64_t snapshot_seq;  /* command of the snapshot that replay begins with; 0 = from genesis */
    uint32_t snapshots_bad; /* damaged ones passed over (also logged) */
    uint32_t void_cnt;      /* commands that replay will skip */
    uint64_t crash_seq;     /* command that <data>/crash names; 0 = no such file */
    char crash_text[256];   /* its message */
};
void journal_state(const struct journal *j, struct journal_state *out);

/* What a command_epoch needs of it: number, chain head, unclean, tail_lost, replayed_seq. */
void journal_epoch_fill(const struct journal *j, struct command_epoch *epoch);

/* The genesis command, of the snapshot that replay begins with or of the journal's first record;
 * ERR_NOT_FOUND while the journal is empty. */
int journal_genesis(struct journal *j, struct command_genesis *out,
                    struct error *err) ERROR_MUST_USE;

struct journal_progress {
    uint64_t cmd_seq, cmd_last; /* applied so far, and where it ends */
    uint64_t bytes, bytes_all;  /* of the journal */
};
struct journal_replay {   /* zero everywhere = all of it */
    uint64_t to_cmd_seq;  /* stop after this command; 0 = the end */
    uint8_t trust_events; /* 1: events are not compared (only to look at a damaged past) */
    uint8_t zero[7];
    void (*progress)(void *arg, const struct journal_progress *p); /* may be NULL; about 20 a s */
    void (*event)(void *arg, const struct event *ev); /* may be NULL; each that was made again */
    void *arg;
    uint64_t out_cmd_cnt, out_event_cnt, out_void_cnt; /* filled: applied, compared, skipped */
};

/* Brings a core that was made of journal_genesis (core_init, nothing applied) to the state at the
 * end of the journal. Each command is applied, and the events made again are compared byte for byte
 * (crc aside) with those of the journal. While it applies, check_fail writes <data>/crash.
 * errors: ERR_CORRUPT names the sequence and the first byte that differs */
int journal_replay(struct journal *j, struct core *core, struct journal_replay *r,
                   struct error *err) ERROR_MUST_USE;

enum { JOURNAL_BELLS_MAX = 8 };
struct journal_writer_options {
    struct bcast_ring *ring; /* becomes a gating reader of it; nothing may be in it yet */
    struct durable_mark *mark;
    struct bell *bells[JOURNAL_BELLS_MAX]; /* rung when the mark has moved; of this process */
    uint32_t bell_cnt;
    struct metrics *metrics; /* NULL = none */
};
/* Sets the mark to where the journal stands (cmd_seq, event_seq, ring_pos of the ring's end). */
int journal_writer_start(struct journal *j, const struct journal_writer_options *o,
                         struct error *err) ERROR_MUST_USE;
const struct tile_ops *journal_tile_ops(void); /* "journal"; self is the struct journal */
struct bell *journal_bell(struct journal *j);  /* rung by the sequencer after bcast_commit */

/* Writes what the ring still holds and waits for it; then everything committed is durable. */
int journal_drain(struct journal *j, struct error *err) ERROR_MUST_USE;
/* journal_drain, then the mark of a clean stop. Nothing may be written afterwards. */
int journal_stop(struct journal *j, struct error *err) ERROR_MUST_USE;

/* Whether a write has failed (then the mark's `failed` is set too), and why: file, offset, errno.
 * thread: any */
bool journal_failed(const struct journal *j, struct error *out);

/* Chain head after the newest durable batch, and the last event that it covers.
 * thread: any   cost: a few loads; retried while the tile is storing it */
uint64_t journal_chain_head(const struct journal *j, uint8_t out[32]);

/* The helper's work, one step (about 1 MiB of zeros, a rename, a sync); 1 = did something, 0 =
 * nothing to do now. Only with prepare_off. */
int journal_prepare_step(struct journal *j, int64_t mono_ns);

/* --- the void record: a command that trips an assertion is skipped by every later replay --- */
struct journal_void {
    uint64_t cmd_seq;
    const char *actor, *second; /* two people, not the same */
    const char *reason;
};
/* Appends the void record, in a batch of its own. Only while no engine holds the folder, only for
 * the command that <data>/crash names, and only when nothing was released of it: it is the number
 * after the last command, or the last command itself and without any event.
 * errors: ERR_BUSY, ERR_PERMISSION (released, or one person), ERR_NOT_FOUND (no such crash; no
 * journal: then nothing is made) */
int journal_void(const char *data_dir, const struct journal_void *v,
                 const struct journal_options *o, struct error *err) ERROR_MUST_USE;

#endif
