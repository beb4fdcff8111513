#ifndef TESTS_UNIT_GATEWAY_FIX_FIX_TEXT_H
#define TESTS_UNIT_GATEWAY_FIX_FIX_TEXT_H

#include <stdint.h>

#include "gateway/fix/fix_instrument.h"
#include "gateway/fix/fix_table.h"

/* What tests of messages without a session share. */

/* Two instruments, ABC (5) and XYZ (6): prices of two decimals, lots of one whole unit. */
struct fix_instruments *fix_text_instruments(void);

/* Reads a message of this type, with '|' for the separator and without header and trailer, as a
 * gateway does. Returns the tag of the first fault; 0 = none. What *checked points to stays until
 * the next call. */
uint32_t fix_text_check(const char *type, const char *fields, struct fix_checked *checked);

#endif
