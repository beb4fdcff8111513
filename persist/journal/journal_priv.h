#ifndef PERSIST_JOURNAL_JOURNAL_PRIV_H
#define PERSIST_JOURNAL_JOURNAL_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/sha256.h"
#include "persist/journal/batch.h"
#include "persist/journal/disk.h"
#include "persist/journal/index_priv.h"
#include "persist/journal/journal.h"
#include "persist/journal/snapshot.h"
#include "persist/journal/walk_priv.h"

/* What the files of this folder share about one open journal. */

enum {
    SPARE_MAX = 16, /* slots between helper and writer; a power of two */
    BUFFER_BYTES = JOURNAL_BLOCK_BYTES + JOURNAL_BATCH_BYTES_MAX, /* head of a segment in front */
    COMMAND_ROOM = COMMAND_BYTES_MAX + EVENT_MAX * EVENT_BYTES_MAX,
};

/* --- segments prepared ahead: one helper thread, the writer takes them --- */
struct spare {
    int file;
    uint32_t number; /* journal/spare-<number>.zero */
};
struct taken {    /* the writer tells the helper what it did */
    int old_file; /* to be closed; -1 none */
    int file;
    uint32_t number;
    uint64_t first_cmd_seq; /* the spare's name from now on */
};

struct prepare {
    struct spare ready[SPARE_MAX];
    struct taken taken[SPARE_MAX];
    /* ready: put by the helper (release), taken by the writer (acquire); taken: the other way */
    _Alignas(64) _Atomic uint32_t ready_put;
    _Alignas(64) _Atomic uint32_t ready_got;
    _Alignas(64) _Atomic uint32_t taken_put;
    _Alignas(64) _Atomic uint32_t taken_got;
    _Alignas(64) _Atomic uint32_t no_space; /* 1: the last attempt found no room */
    _Atomic uint64_t synced_batch;          /* async: batches up to here are on the device */
    _Atomic uint32_t sync_failed;           /* -errno of a failed sync or rename, as positive */
    struct bell bell;
    pthread_t thread;
    bool running;
    _Atomic uint32_t stop;
    /* the helper's own */
    int file; /* being filled with zeros; -1 none */
    uint32_t number, next_number;
    uint64_t offset;
    uint32_t file_cnt; /* segments and spares that count for the quota */
    int current_file;  /* async: the one that the writer writes */
    int64_t retry_ns, sync_ns, pace_ns;
    uint64_t pace_bytes;
    void *zeros;
};

/* --- the writer --- */
struct buffer {
    uint8_t *mem; /* BUFFER_BYTES; the batch begins at one block */
    uint32_t data_bytes;
    uint32_t command_cnt, event_cnt, record_cnt;
    uint64_t last_cmd_seq, last_event_seq;
    uint64_t ring_end;
    uint32_t epoch;
    uint32_t flags;
    struct sha256 sha;
};

struct head_share { /* the newest place that the mark covers; a sequence lock */
    _Alignas(64) _Atomic uint32_t version;
    _Atomic uint32_t epoch;
    _Atomic uint64_t event_seq, cmd_seq, batch;
    _Atomic uint64_t words[4];
};

struct writer {
    bool started, ring_open, flying, stalled;
    struct bcast_reader reader;
    struct durable_mark *mark;
    struct bell *bells[JOURNAL_BELLS_MAX];
    uint32_t bell_cnt;
    struct bell bell; /* the tile's own */
    int event_fd;
    struct buffer buffers[2];
    unsigned filling;
    /* of the write in flight */
    unsigned flying_buffer;
    uint64_t flying_offset, flying_bytes;
    struct batch_place flying_place;
    uint64_t flying_ring_end;
    int64_t flying_ns;
    /* the segment */
    int file;
    char name[SEGMENT_NAME_MAX];
    uint64_t first_cmd_seq, offset;
    uint64_t segment_bytes;
    _Atomic uint64_t written_batch; /* completed; release, the helper's acquire */
    _Atomic uint64_t written_bytes;
    _Atomic uint32_t failed; /* release after error is filled */
    struct error error;
    struct head_share head;
    struct metric *batch_cnt, *byte_cnt, *write_max_ns, *spare_cnt, *failed_flag, *cancel_only;
};

struct journal {
    struct journal_disk disk;
    bool disk_own, locked;
    struct journal_options o; /* defaults filled in */
    struct journal_state state;
    struct batch_place place; /* after the last batch that was closed */
    uint32_t last_flags;
    uint8_t journal_id[JOURNAL_ID_BYTES];
    char venue[JOURNAL_VENUE_BYTES];
    bool have_segment; /* of the three below */
    uint64_t tail_first_cmd_seq, tail_offset, tail_segment_bytes;
    uint64_t first_seg_cmd_seq; /* where walking begins for the snapshot */
    uint64_t *voids;            /* the void ones, unordered */
    size_t void_cnt, void_max;
    struct journal_snapshot snapshot; /* bytes NULL: none */
    uint64_t covered_cmd_seq;         /* of the newest snapshot, also with no_snapshot; 0 none */
    char covered_file[64];            /* its name */
    struct journal_index index;
    struct prepare prepare;
    struct writer writer;
    void *writer_memory;
};

/* scan.c: from the snapshot or the start to the end; decides about the tail and cuts it. */
int journal_scan(struct journal *j, struct error *err) ERROR_MUST_USE;
bool journal_is_void(const struct journal *j, uint64_t cmd_seq);

/* spare.c */
void spare_name(char out[SEGMENT_NAME_MAX], uint32_t number, const char *ending);
/* Names of spares: removes unfinished ones, renames those that hold a segment, lists the others. */
struct spare_list {
    uint32_t clean[SPARE_MAX], dirty[SPARE_MAX];
    uint32_t clean_cnt, dirty_cnt;
};
int spare_adopt(struct journal *j, struct spare_list *out, struct error *err) ERROR_MUST_USE;

/* prepare.c */
int prepare_open(struct journal *j, struct error *err) ERROR_MUST_USE;
int prepare_adopt(struct journal *j, const struct spare_list *l, uint32_t segment_cnt,
                  struct error *err) ERROR_MUST_USE; /* spares of an earlier run */
int prepare_first(struct journal *j, struct error *err) ERROR_MUST_USE; /* until one is ready */
int prepare_start(struct journal *j, struct error *err) ERROR_MUST_USE;
void prepare_stop(struct journal *j);
uint32_t prepare_ready(const struct prepare *p); /* thread: writer or helper */
int prepare_step(struct journal *j, int64_t mono_ns);
bool prepare_take(struct prepare *p, struct spare *out);     /* thread: writer */
void prepare_tell(struct prepare *p, const struct taken *t); /* thread: writer */

/* writer.c */
int writer_open(struct journal *j, const struct journal_writer_options *o,
                struct error *err) ERROR_MUST_USE;
void writer_close(struct journal *j);
void writer_append(struct journal *j, struct record *rec, uint32_t flags); /* without a ring */
void writer_head_set(struct journal *j, const struct batch_place *p); /* thread: the one writer */
int writer_flush(struct journal *j, struct error *err) ERROR_MUST_USE;
void writer_fail(struct journal *j, int code, const char *what, uint64_t offset);

/* The newest place that the mark covers; before the writer starts, where the journal was found to
 * end: who asks early must not hear of an empty one. thread: any */
void journal_head(const struct journal *j, struct batch_place *out);

/* crash.c */
void crash_arm(struct journal *j);
void crash_disarm(struct journal *j);
void crash_replaying(const struct command *cmd); /* NULL: not any more */
struct crash {
    uint64_t cmd_seq, durable_cmd_seq;
    char text[256];
    uint8_t command_sha256[32];
    bool have_command;
};
/* ERR_NOT_FOUND: there is no such file. */
int crash_read(const struct journal_disk *disk, struct crash *out,
               struct error *err) ERROR_MUST_USE;

#endif
