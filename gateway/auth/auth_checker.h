#ifndef GATEWAY_AUTH_AUTH_CHECKER_H
#define GATEWAY_AUTH_AUTH_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bell.h"
#include "engine/base/error.h"

/* Checks passwords on a thread of its own, so that a storm of logons stalls nobody: a bounded queue
 * in, results out, and the owner's bell rung for each.
 * thread: submit and result the owner's, one thread; open and close while it does not run */
struct auth_checker;

struct auth_result {
    uint64_t ticket; /* as submitted */
    uint32_t good;   /* 1: the password belongs to the hash */
    uint32_t zero;
};

/* queue_max: a power of two; results never overtake, and none is lost. bell: rung for each result;
 * may be NULL (the owner polls). */
int auth_checker_open(struct auth_checker **out, uint32_t queue_max, struct bell *bell,
                      struct error *err) ERROR_MUST_USE;
/* Waits for the check under way; results not fetched are dropped. */
void auth_checker_close(struct auth_checker *c);

/* Queues one check. hash NULL: of a user that does not exist; takes as long and is never good.
 * errors: ERR_NO_SPACE (queue full: the client tries again), ERR_INVALID (password too long) */
int auth_checker_submit(struct auth_checker *c, uint64_t ticket, const char *hash,
                        const char *password, size_t bytes) ERROR_MUST_USE;
/* The next result; false when there is none. */
bool auth_checker_result(struct auth_checker *c, struct auth_result *out);

#endif
