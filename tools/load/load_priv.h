#ifndef TOOLS_LOAD_LOAD_PRIV_H
#define TOOLS_LOAD_LOAD_PRIV_H

#include <stdatomic.h>

#include "tools/load/load.h"

enum { LOAD_OP_UNSENT = 0, LOAD_OP_SENT = 1, LOAD_OP_ANSWERED = 2 };

struct load_op { /* beside the flow's op of the same index */
    int64_t intended_ns, sent_ns;
};

struct load_session {
    struct load_link link;
    uint32_t *ops; /* indices of the flow's operations that it sends, in order */
    size_t op_cnt, next;
    uint32_t outstanding;
    bool down; /* ended before its time */
};

struct load {
    const struct flow *flow;
    struct load_options options;
    const struct load_driver *driver;
    struct load_session sessions[LOAD_SESSION_MAX];
    uint32_t session_cnt;
    uint32_t *op_lists; /* memory of the sessions' lists */
    struct load_op *ops;
    uint8_t *states;  /* LOAD_OP_... by operation */
    uint32_t *id_ops; /* by order number: operation whose id the venue knows it by */
    char prefix[16];
    size_t prefix_bytes;
    uint64_t sent, answered;
    int64_t start_ns; /* of the timed part */
    bool ending;      /* logging out: a session that goes down is in order */
    atomic_bool interrupted;
    struct load_result result;
};

/* load_id.c: client ids: a prefix of this run and the operation's index. */
void load_id_prefix(struct load *l);
void load_id_write(const struct load *l, uint32_t op, char out[LOAD_ID_MAX]);
/* The index, or UINT32_MAX: not of this run. */
uint32_t load_id_read(const struct load *l, const char *text, size_t bytes);

#endif
