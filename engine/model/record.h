#ifndef ENGINE_MODEL_RECORD_H
#define ENGINE_MODEL_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* One log holds everything that went in and came out: each command, followed by the events that it
 * caused. The same bytes lie in the broadcast ring, in the journal and in messages to other
 * processes; only crc is filled on the way to the disk. Little-endian, 8-byte aligned, explicit
 * padding that is always zero. */

enum record_kind {
    RECORD_COMMAND = 1, /* struct command */
    RECORD_EVENT = 2,   /* struct event */
    RECORD_SKIP = 3,  /* stream only: stands for events that the reader's audience does not cover */
    RECORD_BATCH = 4, /* journal only: head of a batch: counts, chain */
    RECORD_VOID = 5,  /* journal only: the named command is to be skipped by replay */
    RECORD_SEGMENT = 6, /* journal only: head of a segment */
    RECORD_PAD = 7,     /* journal only: fills a block */
};

enum { RECORD_VERSION = 1, RECORD_BYTES_MAX = 512, RECORD_ALIGN = 8 };

struct record {
    uint32_t length_bytes; /* 0: whole record, this header included; a multiple of 8 */
    uint8_t kind;          /* 4: enum record_kind */
    uint8_t version;       /* 5: RECORD_VERSION of the layout that follows */
    uint16_t type;         /* 6: enum command_type or event_type */
    uint32_t crc32c;       /* 8: of the record with this field zero; 0 outside the journal */
    uint32_t epoch;        /* 12: start of the venue that wrote it, from 1 */
    uint64_t seq; /* 16: commands and events are numbered apart, each from 1, without gaps */
};
_Static_assert(sizeof(struct record) == 24 && offsetof(struct record, seq) == 16, "record layout");

/* Stands in a stream for `cnt` events from seq on. */
struct record_skip {
    struct record rec; /* seq: the first event left out */
    uint64_t cnt;      /* 24 */
};
_Static_assert(sizeof(struct record_skip) == 32, "record_skip layout");

#endif
