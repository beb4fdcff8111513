#ifndef TOOLS_ASSAY_CTL_CLIENT_H
#define TOOLS_ASSAY_CTL_CLIENT_H

#include <jansson.h>

#include "engine/base/error.h"

/* Asks the running engine of a data folder through its operator gateway: one request, one answer.
 * errors: ERR_NOT_FOUND no engine runs there; ERR_TIMEOUT; ERR_CLOSED; ERR_INVALID an answer that
 * is not JSON. A refusal is an answer. */
int ctl_ask(const char *data_dir, const json_t *request, int timeout_ms, json_t **answer,
            struct error *err) ERROR_MUST_USE;

#endif
