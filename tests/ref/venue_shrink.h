#ifndef TESTS_REF_VENUE_SHRINK_H
#define TESTS_REF_VENUE_SHRINK_H

#include "tests/ref/venue_diff.h"

/* Makes a script that shows a difference short: leaves out lines, then words, then makes numbers
 * small, as long as there is a difference of the same sort; for 100 s at most.
 * source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE
 * 28 (2002), ddmin */
void venue_shrink(struct venue_script *s, struct venue_diff *diff);

#endif
