#ifndef TESTS_REF_VENUE_SCRIPT_H
#define TESTS_REF_VENUE_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A script of docs/match.md as lines, and random ones that aim at what is interesting: few prices
 * and accounts, so that everything crosses; ids used twice; replaces of partly filled orders; pools
 * that are full; quantities at the end of the range; accounts without money or frozen; halts, day
 * ends, sessions that drop, sweeps and cascades of stops that need several commands. */

struct venue_script {
    char **lines;
    uint32_t cnt, max;
    bool risk; /* the rules of risk/ are on */
};

/* The same seed and number of commands give the same script. */
void venue_script_random(struct venue_script *s, uint64_t seed, uint32_t commands);
void venue_script_add(struct venue_script *s, const char *line);
void venue_script_copy(struct venue_script *to, const struct venue_script *from);
void venue_script_free(struct venue_script *s);
void venue_script_print(const struct venue_script *s, FILE *out);

#endif
