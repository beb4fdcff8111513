#ifndef GATEWAY_FIX_FIX_PARSE_H
#define GATEWAY_FIX_FIX_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From bytes to an index of fields, without copying: values point into the bytes.
 *
 * What the standard calls garbled (8, 9, 35 not in this order at the start, a BodyLength that does
 * not lead to a trailer, a wrong CheckSum) is told apart from a message that is well framed and
 * wrong inside: the first is thrown away without using a sequence number, the second is rejected.
 * source: FIX 4.4 volume 2, "Garbled message"
 *
 * cost: budget 150 ns with the check of fix_table, perf/bench_fix_parse */

enum {
    FIX_SOH = 1,
    FIX_FIELD_MAX = 128,   /* fields of a message that are looked at; more is a reject */
    FIX_BEGIN_MAX = 16,    /* longest BeginString that is taken for one */
    FIX_BODY_MAX = 12000,  /* longest BodyLength */
    FIX_TRAILER_BYTES = 7, /* 10=nnn and its end */
};

struct fix_field {
    uint32_t tag;   /* 0: what stands before '=' is no number from 1 to 99999 */
    uint32_t bytes; /* of the value */
    const char *value;
};

struct fix_message {
    const char *data; /* from 8= to the end of 10=nnn */
    uint32_t bytes;
    uint32_t begin_bytes;
    const char *begin; /* value of 8 */
    const char *type;  /* value of 35 */
    uint32_t type_bytes;
    uint32_t field_cnt; /* those after 35, in order, without the trailer's 10 */
    bool too_many;      /* more than FIX_FIELD_MAX; the rest is not in fields */
    struct fix_field fields[FIX_FIELD_MAX];
};

enum fix_parse_result {
    FIX_PARSE_OK = 0,
    FIX_PARSE_MORE = 1,      /* not whole yet */
    FIX_PARSE_GARBLED = 2,   /* *used bytes are to be thrown away */
    FIX_PARSE_TOO_LARGE = 3, /* BodyLength beyond FIX_BODY_MAX: the connection cannot go on */
};

/* Reads one message from the start of data. *used: its bytes, or those to throw away; 0 for MORE.
 * errors: none   owner: m points into data   thread: pure */
enum fix_parse_result fix_parse(const uint8_t *data, size_t bytes, struct fix_message *m,
                                size_t *used);

/* The first field with this tag, or NULL. For the few places that look for one field of a message
 * that fix_table has not checked. */
const struct fix_field *fix_find(const struct fix_message *m, uint32_t tag);

/* Sum of bytes modulo 256. */
uint8_t fix_checksum(const void *data, size_t bytes);

/* A whole value as an unsigned number; false when it is none or does not fit. */
bool fix_read_u64(const char *value, size_t bytes, uint64_t *out);

#endif
