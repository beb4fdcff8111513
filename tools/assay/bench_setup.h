#ifndef TOOLS_ASSAY_BENCH_SETUP_H
#define TOOLS_ASSAY_BENCH_SETUP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/core/core.h"

/* A core for benchmarks: risk's hooks with every rule live and limits that nobody reaches, 1,000
 * funded clients, instruments with fees. Prices in cents up to 2^31, lots of 0.001.
 * thread: one */

enum { BENCH_CLIENTS = 1000 };

struct bench_setup_size {
    uint32_t instruments;
    uint32_t holders; /* clients that hold an instrument's asset, 1..BENCH_CLIENTS */
    uint32_t orders;  /* open at once, each at a price of its own if need be */
    uint32_t client_ids;
    size_t ring_bytes; /* for events; at least CORE_OUT_BYTES */
    uint32_t collar_ppm;
};

struct bench_setup {
    struct bench_setup_size size;
    struct command_genesis genesis;
    struct core *core;
    uint8_t *memory, *ring;
    size_t bytes; /* of the core */
    uint64_t seq;
    int64_t time_ns;
};

/* errors: ERR_NO_SPACE; ERR_INVALID: capacities that the core refuses */
int bench_setup_open(struct bench_setup *s, const struct bench_setup_size *size,
                     struct error *err) ERROR_MUST_USE;
void bench_setup_close(struct bench_setup *s);
/* Empties the core and configures it. */
void bench_setup_start(struct bench_setup *s);
/* A command of the configuration or of an operator; one that is refused ends the program. */
void bench_setup_command(struct bench_setup *s, struct command *cmd);
/* The n-th client that holds the asset of an instrument (1..): an account id. */
uint32_t bench_setup_holder(const struct bench_setup *s, uint32_t instrument_id, uint32_t n);

/* The number in decimal. */
void bench_client_id(struct client_id *id, uint32_t number);

#endif
