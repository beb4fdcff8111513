#ifndef ENGINE_MODEL_CLIENT_ID_H
#define ENGINE_MODEL_CLIENT_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/model/types.h"

/* Sets an id from text: 1 to CLIENT_ID_MAX printable ASCII characters (0x20 to 0x7e), the rest
 * zero. errors: ERR_INVALID, *id untouched */
int client_id_set(struct client_id *id, const char *text, size_t length) ERROR_MUST_USE;

/* Whether bytes from outside are an id in its one form: length at most CLIENT_ID_MAX, printable
 * text, everything after it zero. The empty id (all zero) is well-formed. */
bool client_id_well_formed(const struct client_id *id);

bool client_id_equal(const struct client_id *a, const struct client_id *b);

#endif
