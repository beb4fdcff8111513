#include <stdint.h>

#include "engine/base/clock.h"
#include "engine/model/decimal.h"
#include "gateway/api/fanout_priv.h"

struct api_session *
credentials_check(struct fanout *f, const struct credentials *c, const char **text)
{
    if (c->key.bytes == 0 || c->sign.bytes == 0 || c->timestamp.bytes == 0 ||
        c->passphrase.bytes == 0) {
        *text = "CB-ACCESS-KEY, CB-ACCESS-SIGN, CB-ACCESS-TIMESTAMP and CB-ACCESS-PASSPHRASE are "
                "required";
        return NULL;
    }
    int64_t time_ns;
    int64_t window_ns = (int64_t)API_WINDOW_S * CLOCK_NS_PER_S;
    if (decimal_parse(c->timestamp.at, c->timestamp.bytes, 9, &time_ns) != DECIMAL_OK) {
        *text = "timestamp: expected seconds since 1970";
        return NULL;
    }
    if (time_ns < f->utc_ns - window_ns || time_ns > f->utc_ns + window_ns) {
        *text = "request timestamp expired: more than 30 seconds from the venue's clock";
        return NULL;
    }
    const struct auth_part parts[] = {
        {c->timestamp.at, c->timestamp.bytes},
        {c->method.at, c->method.bytes},
        {c->target.at, c->target.bytes},
        {c->body.at, c->body.bytes},
    };
    const struct auth_key *key =
        auth_keys_verify(f->keys, c->key.at, c->key.bytes, c->passphrase.at, c->passphrase.bytes,
                         c->sign.at, c->sign.bytes, parts, 4);
    if (key == NULL) { /* which of the three it was is nobody's business */
        *text = "invalid signature: the key, its passphrase or what was signed is wrong";
        return NULL;
    }
    return &f->sessions[key->user];
}
