#include "gateway/auth/auth_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 32, MAC_BASE64 = 44, TABLE_MAX = 1 << 20 };

struct entry {
    struct auth_key key;
    uint8_t passphrase[MAC_BYTES]; /* SHA-256 of it: equal length to compare */
    EVP_MAC_CTX *mac;              /* holds the key; started anew for each message */
};

struct auth_keys {
    struct entry *entries;
    uint32_t cnt, max;
    uint32_t *slots; /* open addressing, linear; entry index + 1; 0 = free */
    uint32_t slot_mask;
    struct entry nobody; /* stands in for an unknown id, so that it costs the same time */
};

static int
base64_decode(const char *text, size_t bytes, uint8_t *out, size_t out_bytes)
{
    uint8_t raw[AUTH_SECRET_MAX / 4 * 3 + 3];
    if (bytes == 0 || bytes % 4 != 0 || bytes / 4 * 3 > sizeof(raw))
        return -1;
    int got = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)bytes);
    if (got < 0)
        return -1;
    got -= text[bytes - 1] == '=';
    got -= text[bytes - 2] == '=';
    if ((size_t)got > out_bytes)
        return -1;
    memcpy(out, raw, (size_t)got);
    OPENSSL_cleanse(raw, sizeof(raw));
    return got;
}

bool
auth_secret_good(const char *secret_base64)
{
    uint8_t secret[AUTH_SECRET_BYTES_MAX];
    int bytes = base64_decode(secret_base64, strlen(secret_base64), secret, sizeof(secret));
    OPENSSL_cleanse(secret, sizeof(secret));
    return bytes >= AUTH_SECRET_BYTES_MIN;
}

static EVP_MAC_CTX *
mac_new(const uint8_t *secret, size_t bytes)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (ctx != NULL && EVP_MAC_init(ctx, secret, bytes, params) == 1)
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

static bool
mac_of(EVP_MAC_CTX *ctx, const struct auth_part *parts, uint32_t cnt, uint8_t out[MAC_BYTES])
{
    size_t bytes = 0;
    bool good = EVP_MAC_init(ctx, NULL, 0, NULL) == 1; /* the key that is in it, started anew */
    for (uint32_t i = 0; good && i < cnt; i++)
        good = parts[i].bytes == 0 || EVP_MAC_update(ctx, parts[i].data, parts[i].bytes) == 1;
    return good && EVP_MAC_final(ctx, out, &bytes, MAC_BYTES) == 1 && bytes == MAC_BYTES;
}

static void
sha256_of(const char *text, size_t bytes, uint8_t out[MAC_BYTES])
{
    (void)EVP_Digest(text, bytes, out, NULL, EVP_sha256(), NULL);
}

/* source: FNV-1a; ids come from the configuration, so nobody can choose collisions */
static uint32_t
id_hash(const char *id, size_t bytes)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ (uint8_t)id[i]) * 16777619u;
    return h ^ h >> 15;
}

static struct entry *
entry_find(struct auth_keys *k, const char *id, size_t bytes)
{
    if (bytes >= AUTH_KEY_ID_MAX)
        return NULL;
    for (uint32_t at = id_hash(id, bytes);; at++) {
        uint32_t index = k->slots[at & k->slot_mask];
        if (index == 0)
            return NULL;
        struct entry *e = &k->entries[index - 1];
        if (memcmp(e->key.id, id, bytes) == 0 && e->key.id[bytes] == '\0')
            return e;
    }
}

int
auth_keys_open(struct auth_keys **out, uint32_t key_max, struct error *err)
{
    if (key_max == 0 || key_max > TABLE_MAX)
        return error_set(err, ERR_INVALID, "API keys: 1 to %d, not %u", TABLE_MAX, key_max);
    uint32_t slots = 4;
    while (slots < 2 * key_max)
        slots *= 2;
    struct auth_keys *k = calloc(1, sizeof(*k));
    if (k == NULL)
        return error_set(err, ERR_NO_SPACE, "API keys: no memory");
    k->max = key_max;
    k->slot_mask = slots - 1;
    k->entries = calloc(key_max, sizeof(*k->entries));
    k->slots = calloc(slots, sizeof(*k->slots));
    k->nobody.mac = mac_new((const uint8_t *)"nobody has this.", 16);
    if (k->entries == NULL || k->slots == NULL || k->nobody.mac == NULL) {
        auth_keys_close(k);
        return error_set(err, ERR_NO_SPACE, "API keys: no memory, or OpenSSL has no HMAC");
    }
    *out = k;
    return 0;
}

void
auth_keys_close(struct auth_keys *k)
{
    if (k == NULL)
        return;
    for (uint32_t i = 0; i < k->cnt; i++)
        EVP_MAC_CTX_free(k->entries[i].mac);
    EVP_MAC_CTX_free(k->nobody.mac);
    free(k->entries);
    free(k->slots);
    free(k);
}

int
auth_keys_add(struct auth_keys *k, const char *id, const char *secret_base64,
              const char *passphrase, uint32_t session_id, uint32_t account_id, uint32_t user,
              struct error *err)
{
    size_t id_bytes = strlen(id);
    if (id_bytes == 0 || id_bytes >= AUTH_KEY_ID_MAX)
        return error_set(err, ERR_INVALID, "API key id '%.80s': 1 to %d characters", id,
                         AUTH_KEY_ID_MAX - 1);
    if (entry_find(k, id, id_bytes) != NULL)
        return error_set(err, ERR_EXISTS, "API key '%s' is there twice", id);
    if (k->cnt == k->max)
        return error_set(err, ERR_NO_SPACE, "API key '%s': all %u places are taken", id, k->max);
    uint8_t secret[AUTH_SECRET_BYTES_MAX];
    int bytes = base64_decode(secret_base64, strlen(secret_base64), secret, sizeof(secret));
    if (bytes < AUTH_SECRET_BYTES_MIN)
        return error_set(err, ERR_INVALID,
                         "API key '%s': its secret must be base64 of %d to %d bytes", id,
                         AUTH_SECRET_BYTES_MIN, AUTH_SECRET_BYTES_MAX);
    EVP_MAC_CTX *mac = mac_new(secret, (size_t)bytes);
    OPENSSL_cleanse(secret, sizeof(secret));
    if (mac == NULL)
        return error_set(err, ERR_NO_SPACE, "API key '%s': no memory", id);
    struct entry *e = &k->entries[k->cnt++];
    e->key = (struct auth_key){.session_id = session_id, .account_id = account_id, .user = user};
    memcpy(e->key.id, id, id_bytes);
    e->mac = mac;
    sha256_of(passphrase, strlen(passphrase), e->passphrase);
    uint32_t at = id_hash(id, id_bytes);
    while (k->slots[at & k->slot_mask] != 0)
        at++;
    k->slots[at & k->slot_mask] = k->cnt;
    return 0;
}

const struct auth_key *
auth_keys_verify(struct auth_keys *k, const char *id, size_t id_bytes, const char *passphrase,
                 size_t passphrase_bytes, const char *signature, size_t signature_bytes,
                 const struct auth_part *parts, uint32_t part_cnt)
{
    struct entry *e = entry_find(k, id, id_bytes);
    bool good = e != NULL;
    if (e == NULL)
        e = &k->nobody;
    uint8_t given[MAC_BYTES] = {0}, want[MAC_BYTES];
    uint8_t pass[MAC_BYTES];
    if (signature_bytes != MAC_BASE64 ||
        base64_decode(signature, signature_bytes, given, sizeof(given)) != MAC_BYTES)
        good = false;
    good &= mac_of(e->mac, parts, part_cnt, want);
    good &= CRYPTO_memcmp(given, want, MAC_BYTES) == 0;
    if (passphrase != NULL) {
        sha256_of(passphrase, passphrase_bytes, pass);
        good &= CRYPTO_memcmp(pass, e->passphrase, MAC_BYTES) == 0;
    }
    return good ? &e->key : NULL;
}

int
auth_sign(const char *secret_base64, const struct auth_part *parts, uint32_t part_cnt, char out[48])
{
    uint8_t secret[AUTH_SECRET_MAX], mac[MAC_BYTES];
    int bytes = base64_decode(secret_base64, strlen(secret_base64), secret, sizeof(secret));
    if (bytes <= 0)
        return ERR_INVALID;
    EVP_MAC_CTX *ctx = mac_new(secret, (size_t)bytes);
    OPENSSL_cleanse(secret, sizeof(secret));
    bool good = ctx != NULL && mac_of(ctx, parts, part_cnt, mac);
    EVP_MAC_CTX_free(ctx);
    if (!good)
        return ERR_IO;
    EVP_EncodeBlock((unsigned char *)out, mac, MAC_BYTES);
    return 0;
}
