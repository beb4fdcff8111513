#include "gateway/auth/auth_password.h"

#include <argon2.h>
#include <openssl/rand.h>
#include <string.h>

enum { PASSES = 2, MEMORY_KIB = 19456, LANES = 1, SALT_BYTES = 16, HASH_BYTES = 32 };

int
auth_password_hash(const char *password, size_t bytes, char *out, struct error *err)
{
    if (bytes == 0 || bytes > AUTH_PASSWORD_MAX)
        return error_set(err, ERR_INVALID, "a password has 1 to %d bytes", AUTH_PASSWORD_MAX);
    unsigned char salt[SALT_BYTES];
    if (RAND_bytes(salt, sizeof(salt)) != 1)
        return error_set(err, ERR_IO, "no random bytes for a salt");
    char text[AUTH_HASH_MAX];
    int rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, bytes, salt, sizeof(salt),
                                   HASH_BYTES, text, sizeof(text));
    if (rc != ARGON2_OK)
        return error_set(err, ERR_IO, "argon2: %s", argon2_error_message(rc));
    memcpy(out, text, sizeof(text));
    return 0;
}

bool
auth_password_verify(const char *hash, const char *password, size_t bytes)
{
    return auth_password_hash_ok(hash) && argon2id_verify(hash, password, bytes) == ARGON2_OK;
}

bool
auth_password_hash_ok(const char *hash)
{
    static const char prefix[] = "$argon2id$v=19$m=";
    if (strncmp(hash, prefix, sizeof(prefix) - 1) != 0 || strlen(hash) >= AUTH_HASH_MAX)
        return false;
    unsigned fields = 0;
    for (const char *c = hash; *c != '\0'; c++)
        fields += *c == '$';
    return fields == 5;
}
