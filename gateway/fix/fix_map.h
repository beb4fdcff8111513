#ifndef GATEWAY_FIX_FIX_MAP_H
#define GATEWAY_FIX_FIX_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* The gateway's own log of one session, <data>/fix/<session>.map: what each outbound number was,
 * and how far the session is. Messages themselves are made again from the event that the number
 * names; only what has no event (a refusal before sequencing) is kept as bytes, in <session>.msg.
 *
 * The file is mapped: writing a record is a store, the system writes it out when it likes. After
 * kill -9 it is whole. After a loss of power its tail may be missing: then fix_map_open says
 * unclean, numbers go on above those that the journal has reserved, and what has no record is
 * gap-filled.
 * thread: one   errors: a record that finds no room on the disk is not kept, and counted */

enum fix_map_kind {                      /* of a record; 0 = no record */
                    FIX_MAP_ADMIN = 1,   /* of the session layer: gap-filled */
                    FIX_MAP_EVENT = 2,   /* ref = event sequence */
                    FIX_MAP_MESSAGE = 3, /* ref, bytes = place in the .msg file */
                    FIX_MAP_GAP = 4,     /* ref numbers from this one on were never used */
};

enum fix_map_flag {
    FIX_MAP_SELL = 1u << 0,   /* EVENT of a fill: the seller's report; of a deal: that of the side
                                 that did not propose it */
    FIX_MAP_RESENT = 1u << 1, /* sent anew after a crash: carries 97=Y */
    FIX_MAP_ONCE = 1u << 2,   /* MESSAGE of the session layer that had to wait: sent once, then
                                 gap-filled */
};

struct fix_map_record {
    uint64_t number; /* 0: outbound MsgSeqNum; 0 = never written */
    uint64_t ref;    /* 8 */
    uint64_t in_seq; /* 16: the client's message that it answers; 0 = none known */
    uint32_t bytes;  /* 24 */
    uint8_t kind;    /* 28 */
    uint8_t flags;   /* 29 */
    uint16_t zero;   /* 30 */
};
_Static_assert(sizeof(struct fix_map_record) == 32, "fix_map_record layout");

struct fix_map_head { /* the first 4096 bytes of the file */
    uint64_t magic;
    uint32_t version, session_id;
    uint64_t base;              /* 16: place in the file of number 1 of the present numbering */
    uint64_t next_out;          /* 24: next number to give out */
    uint64_t sent_out;          /* 32: highest number that went to a socket */
    uint64_t next_in;           /* 40: next number expected of the client */
    uint64_t settled_in;        /* 48: all up to it need never come again */
    uint64_t event_seq;         /* 56: events up to this one have their numbers */
    uint64_t msg_bytes;         /* 64: used of the .msg file */
    uint32_t clean;             /* 72: closed in order */
    uint32_t reset_incarnation; /* 76: of the session when its numbers last started again */
    uint64_t
        floor_event; /* 80: events up to it had their numbers before the numbers started again */
};
_Static_assert(sizeof(struct fix_map_head) == 88, "fix_map_head layout");

struct fix_map {
    struct fix_map_head *head;      /* the session keeps its numbers right here */
    struct fix_map_record *records; /* place 0; moves when a record is put */
    uint64_t record_max;            /* that the mapping holds */
    uint64_t map_bytes;
    int fd, msg_fd;
    uint64_t lost_cnt; /* records that found no room */
};

struct fix_map_found {   /* what fix_map_open met */
    bool fresh;          /* no file before: numbers start at 1 unless the journal says more */
    bool clean;          /* every number in head is exact */
    uint64_t last_event; /* last event known to have a number, by records without a hole before */
};

/* Opens or makes <folder>/<session_id>.map. head->clean is 0 on the disk until close. */
int fix_map_open(struct fix_map *m, const char *folder, uint32_t session_id,
                 struct fix_map_found *found, struct error *err) ERROR_MUST_USE;
/* clean: head is exact. */
void fix_map_close(struct fix_map *m, bool clean);

/* Keeps the record of a number of the present numbering. */
void fix_map_put(struct fix_map *m, const struct fix_map_record *r);
/* The record, or NULL: none (gap-fill). */
const struct fix_map_record *fix_map_get(const struct fix_map *m, uint64_t number);
/* Keeps bytes in the .msg file and fills ref and bytes of r; false when there is no room. */
bool fix_map_keep(struct fix_map *m, const void *bytes, uint32_t cnt, struct fix_map_record *r);
/* Reads them back; false when they are not there. out: r->bytes of room */
bool fix_map_read(const struct fix_map *m, const struct fix_map_record *r, void *out);

/* Numbers start at 1 again. */
void fix_map_reset(struct fix_map *m);

#endif
