#ifndef TOOLS_FLOW_FLOW_READ_H
#define TOOLS_FLOW_FLOW_READ_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/flow/flow.h"
#include "tools/flow/flow_file.h"

/* Every form of order flow that Assay reads, made into struct flow; docs/order-flow.md has the
 * rules of each, what is left out, and who is said to have sent what. */

enum flow_form {
    FLOW_FORM_TEXT = 1,                /* flow_text.h */
    FLOW_FORM_WORKLOAD = 2,            /* binary workload: magic "ASSAYFLW", 24-byte records */
    FLOW_FORM_INDEPENDENT_RESERVE = 3, /* recorded WebSocket lines */
    FLOW_FORM_CME = 4,                 /* market by order as CSV */
    FLOW_FORM_BITSTAMP = 5,            /* a line an event: time in ms, name, JSON */
};

struct flow_read_options { /* zero fields take the value in brackets */
    uint32_t client_cnt;   /* clients that the operations are dealt to [8] */
    uint64_t seed;         /* of the rule that adds takers [1] */
    uint32_t no_takers;    /* 1: add none where the recording has none */
};

/* Reads a file of any form, told by its first bytes. Fills an initialised, empty flow. */
int flow_read(struct flow *f, const char *path, const struct flow_read_options *options,
              struct error *err) ERROR_MUST_USE;

/* The recording that ships with Assay (tools/flow/data), from inside the program. */
int flow_read_shipped(struct flow *f, const struct flow_read_options *options,
                      struct error *err) ERROR_MUST_USE;

/* The form of a content; 0 = none of them. */
int flow_form_of(const char *data, size_t length);
const char *flow_form_name(int form);

/* The readers, one file each. The options have no zero fields left. */
int flow_workload_read(struct flow *f, const struct flow_bytes *b,
                       const struct flow_read_options *options, struct error *err) ERROR_MUST_USE;
int flow_independent_reserve_read(struct flow *f, const struct flow_bytes *b,
                                  const struct flow_read_options *options,
                                  struct error *err) ERROR_MUST_USE;
int flow_cme_read(struct flow *f, const struct flow_bytes *b,
                  const struct flow_read_options *options, struct error *err) ERROR_MUST_USE;
int flow_bitstamp_read(struct flow *f, const struct flow_bytes *b,
                       const struct flow_read_options *options, struct error *err) ERROR_MUST_USE;

#endif
