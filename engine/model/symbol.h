#ifndef ENGINE_MODEL_SYMBOL_H
#define ENGINE_MODEL_SYMBOL_H

#include <stdbool.h>

#include "engine/model/types.h"

/* Whether a symbol from outside can stand in every message and table that names it: visible ASCII
 * (0x21 to 0x7e), zero padded. The empty one is well-formed: whether it may be left out is the
 * command's matter. */
bool symbol_well_formed(const char symbol[SYMBOL_MAX]);

#endif
