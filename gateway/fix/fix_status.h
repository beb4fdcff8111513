#ifndef GATEWAY_FIX_FIX_STATUS_H
#define GATEWAY_FIX_FIX_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/types.h"
#include "gateway/fix/fix_table.h"

struct fix_session;

/* How instruments and the market as a whole stand, to who asks: SecurityStatusRequest (e) is
 * answered by SecurityStatus (f), TradingSessionStatusRequest (g) by TradingSessionStatus (h), once
 * or until the session ends.
 *
 * A subscription tells the newest: when a client does not keep up, what came in between is left
 * out. Nothing of it is sent again: a resend has a gap fill in its place.
 * source: FIX 4.4 volume 3, Security Status and Trading Session Status
 * thread: the session's */

enum { FIX_SUBSCRIPTION_MAX = 64 }; /* of one session */

struct fix_subscription {
    uint32_t instrument_id; /* ID_NONE = the market as a whole */
    uint8_t told;           /* of the market as a whole: the newest 340 */
    bool due;
    struct client_id id; /* 324 or 335 */
};

struct fix_subscriptions {
    uint32_t cnt;
    bool due; /* one of them is */
    struct fix_subscription list[FIX_SUBSCRIPTION_MAX];
};

/* Carries out e or g. NULL: done, and answered where it has an answer; else what a
 * BusinessMessageReject says. unknown_id: there is no such subscription. */
const char *fix_status_request(struct fix_session *s, const struct fix_checked *m,
                               bool *unknown_id);
/* How this instrument stands has changed (fix_instruments_apply). */
void fix_status_changed(struct fix_session *s, uint32_t instrument_id);
/* Sends what is due and can be sent; from fix_session_cycle. */
void fix_status_pump(struct fix_session *s);
/* The session ends. */
void fix_status_forget(struct fix_session *s);

#endif
