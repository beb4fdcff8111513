#ifndef GATEWAY_AUTH_AUTH_PASSWORD_H
#define GATEWAY_AUTH_AUTH_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

/* Passwords as Argon2id in the usual text form, $argon2id$v=19$m=...,t=...,p=...$salt$hash.
 * source: RFC 9106 */

enum { AUTH_PASSWORD_MAX = 128, AUTH_HASH_MAX = 160 };

/* Hashes with a random salt; costs of OWASP's password storage guide (19 MiB, 2 passes).
 * out: AUTH_HASH_MAX bytes   errors: ERR_INVALID for an empty or too long password, ERR_IO */
int auth_password_hash(const char *password, size_t bytes, char *out,
                       struct error *err) ERROR_MUST_USE;

/* Whether the password belongs to the hash; false for a hash that cannot be read.
 * thread: any; cost: as the hash demands, about 20 ms and 19 MiB: never on a tile */
bool auth_password_verify(const char *hash, const char *password, size_t bytes);

/* Whether a text is an Argon2id hash that auth_password_verify can read. */
bool auth_password_hash_ok(const char *hash);

#endif
