#ifndef GATEWAY_FIX_FIX_CONFIG_H
#define GATEWAY_FIX_FIX_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* What is configured for one session. Texts live as long as the gateway. */

enum { FIX_COMP_ID_MAX = 39 };

struct fix_account {  /* an account that a session may trade for */
    const char *name; /* tag 1 */
    uint32_t account_id;
    uint16_t tenant_id;
    uint16_t zero;
};

struct fix_session_config {
    uint32_t session_id;
    const char *comp_id;       /* the client's, 49 of its messages; 1 to 39 characters */
    const char *password_hash; /* Argon2id; NULL = none is asked for */
    uint32_t account_id;       /* used without tag 1; its number is a name for it, too */
    uint16_t tenant_id;
    const struct fix_account *accounts; /* more that tag 1 may name */
    uint32_t account_cnt;
    uint32_t heartbeat_max_s;  /* longest HeartBtInt that is taken; 0 = 300 */
    uint32_t time_digits;      /* fractions of a second that we write: 3, 6 or 9; 0 = 3 */
    bool cancel_on_disconnect; /* known to the core as well; here for people who list sessions */
};

#endif
