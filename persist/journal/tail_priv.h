#ifndef PERSIST_JOURNAL_TAIL_PRIV_H
#define PERSIST_JOURNAL_TAIL_PRIV_H

#include "persist/journal/journal_priv.h"

/* What lies where the journal seems to end: nothing, the torn remains of a last write that nobody
 * was told of, or damage. Never guesses:
 *
 * - A later batch (or segment head) that is whole and was written when the missing one was durable
 *   already is damage in the middle. So is one with the missing one's number in another place.
 * - A sector of 512 bytes is written whole or not at all, and none of a batch's sectors is all
 * zero:   remains that lack a sector are torn; remains that hold something in every sector and are
 * wrong   all the same are damage.
 * - In durable mode one write is in flight: what lies beyond the place where it could reach is
 *   damage. In async mode (nothing promised yet) it is part of the lost tail. */
enum { TAIL_SECTOR_BYTES = 512 };

struct tail {
    bool torn;          /* something has to be cut */
    uint64_t cut_bytes; /* from the place to the last byte that is not zero, in blocks */
    char file[SEGMENT_NAME_MAX];
    uint64_t offset;
};

/* w stands where walk_next answered `answer` (WALK_END or WALK_BAD); file -1 when the journal has
 * no readable segment at all. spares: dirty ones. 0, or ERR_CORRUPT, ERR_IO. */
int tail_judge(struct journal *j, struct walk *w, int answer, const struct segment_list *segments,
               const struct spare_list *spares, struct tail *out, struct error *err) ERROR_MUST_USE;

/* Takes away what lies behind the end: zeros in the segment that goes on (torn), other files set
 * aside as *.cut, or removed when nothing is in them. */
int tail_cut(struct journal *j, struct walk *w, const struct segment_list *segments,
             const struct spare_list *spares, bool torn, struct error *err) ERROR_MUST_USE;

#endif
