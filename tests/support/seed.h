#ifndef TESTS_SUPPORT_SEED_H
#define TESTS_SUPPORT_SEED_H

#include <stdint.h>

/* Random numbers for tests: a run is repeated by giving it the seed that it printed. */
struct seed {
    uint64_t state;
};

/* Takes --seed N from the arguments, else ASSAY_SEED from the environment, else one of the
 * kernel's; prints it. */
struct seed seed_from_args(int argc, char **argv);
/* source: splitmix64 (S. Vigna, public domain) */
uint64_t seed_next(struct seed *s);
/* In [0, bound); bound > 0. */
uint64_t seed_below(struct seed *s, uint64_t bound);

/* How often a test does something: what the environment says under this name, else `usual`. Long
 * runs (tools/test.sh --long) set it. */
uint64_t count_from_env(const char *name, uint64_t usual);

#endif
