#ifndef GATEWAY_AUTH_AUTH_KEY_H
#define GATEWAY_AUTH_AUTH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* API keys: an id, a secret that signs (HMAC-SHA256, both in base64) and a passphrase.
 * thread: the owner's only (each key holds a prepared OpenSSL context)
 * source: Coinbase Exchange API, "signing a message"; RFC 2104 */

enum {
    AUTH_KEY_ID_MAX = 64,
    AUTH_SECRET_MAX = 128, /* of its base64 */
    AUTH_SECRET_BYTES_MIN = 16,
    AUTH_SECRET_BYTES_MAX = AUTH_SECRET_MAX / 4 * 3,
    AUTH_SIGNATURE_PARTS_MAX = 8,
};

/* Whether auth_keys_add takes this secret: base64 of AUTH_SECRET_BYTES_MIN to _MAX bytes. */
bool auth_secret_good(const char *secret_base64);

struct auth_key {
    char id[AUTH_KEY_ID_MAX]; /* zero-terminated */
    uint32_t session_id, account_id;
    uint32_t user; /* the owner's own */
    uint32_t zero;
};

struct auth_keys; /* the table */

int auth_keys_open(struct auth_keys **out, uint32_t key_max, struct error *err) ERROR_MUST_USE;
void auth_keys_close(struct auth_keys *k);

/* Adds a key. errors: ERR_EXISTS, ERR_NO_SPACE, ERR_INVALID (id empty or long, secret not base64 or
 * shorter than 16 bytes); the text names the id, never the secret */
int auth_keys_add(struct auth_keys *k, const char *id, const char *secret_base64,
                  const char *passphrase, uint32_t session_id, uint32_t account_id, uint32_t user,
                  struct error *err) ERROR_MUST_USE;

struct auth_part { /* a piece of the text that is signed */
    const void *data;
    size_t bytes;
};

/* The key of that id when the passphrase is its own and the signature (base64) is that of the parts
 * one after the other; NULL otherwise, after the same work. passphrase NULL: not asked for. */
const struct auth_key *auth_keys_verify(struct auth_keys *k, const char *id, size_t id_bytes,
                                        const char *passphrase, size_t passphrase_bytes,
                                        const char *signature, size_t signature_bytes,
                                        const struct auth_part *parts, uint32_t part_cnt);

/* The signature of the parts under a secret, as base64 with its final zero byte, for clients.
 * out: 48 bytes */
int auth_sign(const char *secret_base64, const struct auth_part *parts, uint32_t part_cnt,
              char out[48]) ERROR_MUST_USE;

#endif
