#ifndef PERSIST_JOURNAL_WALK_PRIV_H
#define PERSIST_JOURNAL_WALK_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "persist/journal/batch.h"
#include "persist/journal/disk.h"

/* Walking a journal batch by batch, from a segment's head on, over the ends of segments. What
 * start, replay, verify and readers have in common. thread: one */

enum { SEGMENT_NAME_MAX = 64 };

/* "journal/00000000000000000001.seg" */
void segment_name(char out[SEGMENT_NAME_MAX], uint64_t first_cmd_seq);

/* Whether a file's name is twenty digits and this ending, nothing before, between or behind: names
 * of segments and snapshots. Any other file in their folders is somebody else's. */
bool numbered_name(const char *name, const char *ending, uint64_t *seq);

struct segment_list {
    uint64_t *first_cmd_seqs; /* ascending */
    size_t cnt, max;
};
int segment_list_read(struct segment_list *l, const struct journal_disk *disk,
                      struct error *err) ERROR_MUST_USE;
void segment_list_free(struct segment_list *l);
/* Index of the segment that holds the command, or would; -1 when it lies before the first. */
int64_t segment_list_find(const struct segment_list *l, uint64_t cmd_seq);

enum walk_answer {
    WALK_BATCH = 1, /* a batch that is right and follows */
    WALK_END = 0,   /* nothing lies at the place where the next would begin */
    WALK_BAD = 2,   /* something lies there, and it is not the next batch: see fault */
};

struct walk {
    const struct journal_disk *disk;
    int file;                    /* -1: none */
    bool heads_only;             /* bodies are not checked (seeking) */
    char name[SEGMENT_NAME_MAX]; /* relative to the data folder */
    struct record_segment seg;
    uint64_t offset;       /* in the file: of the next batch */
    uint64_t batch_offset; /* of the last one given out */
    struct batch_place at; /* after the last one given out */
    char fault_name[SEGMENT_NAME_MAX];
    uint64_t fault_offset;
    struct batch_fault fault;

    uint8_t *buffer; /* part of the file */
    size_t buffer_max, buffer_bytes;
    uint64_t buffer_offset;
    size_t ahead_bytes;  /* how much is read at once; grows while it is of use */
    uint64_t read_bytes; /* in all, for progress */
};

int walk_open(struct walk *w, const struct journal_disk *disk, struct error *err) ERROR_MUST_USE;
void walk_close(struct walk *w);

/* Places the walk at the beginning of a segment and takes the place from its head.
 * errors: ERR_NOT_FOUND, ERR_CORRUPT, ERR_UNSUPPORTED, ERR_IO */
int walk_begin(struct walk *w, uint64_t first_cmd_seq, struct error *err) ERROR_MUST_USE;
/* Places it before the batch at this offset of a segment, and takes the place from that batch's own
 * head (an index entry, a seek). errors: as walk_begin */
int walk_begin_at(struct walk *w, uint64_t first_cmd_seq, uint64_t offset,
                  struct error *err) ERROR_MUST_USE;

/* The next batch; valid until the next call. enum walk_answer, or ERR_IO. */
int walk_next(struct walk *w, const struct record_batch **batch, struct error *err) ERROR_MUST_USE;

/* ERR_CORRUPT with file, offset, expected and found, from the last WALK_BAD. */
int walk_fault_error(const struct walk *w, struct error *err);

#endif
