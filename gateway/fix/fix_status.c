#include "gateway/fix/fix_status.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/model/client_id.h"
#include "engine/model/decimal.h"
#include "engine/model/reason.h"
#include "engine/model/schema.h"
#include "gateway/fix/fix_outbound.h"
#include "gateway/fix/fix_put.h"
#include "gateway/fix/fix_read.h"

/* 336: the business day is the only trading session. source: FIX 5.0, tag 336: 1 = Day */
static const char SESSION[] = "1";

enum { SECURITY_UNKNOWN = 20, SESSION_REFUSED = 6, UNKNOWN_SESSION = 1 }; /* 326, 340, 567 */

static struct fix_report_context
context_of(struct fix_session *s)
{
    return (struct fix_report_context){
        .instruments = s->venue->instruments, .config = s->config, .clock = &s->venue->event_clock};
}

/* --- SecurityStatus (f) --- */

/* 326. source: FIX 4.4 volume 6 */
static unsigned
trading_status(const struct fix_market *k)
{
    if (k->retired)
        return 19; /* not traded on this market */
    switch (k->state) {
    case TRADING_OPEN:
        return 17; /* ready to trade */
    case TRADING_HALTED:
        return 2; /* trading halt */
    case TRADING_CLOSED:
        return 18; /* not available for trading */
    default:
        return fix_market_in_call(k) ? 21 /* pre-open */ : SECURITY_UNKNOWN;
    }
}

/* 330 and 331 at the price, 332 and 333 the price that a call would trade at. */
static void
put_indication(struct fix_writer *w, const struct fix_market *k, const struct fix_instrument *i)
{
    if (k->price_units == 0)
        return;
    FIX_PUT_TAG(w, "330=");
    fix_put_qty(w, k->qty_lots + (k->surplus_side == SIDE_BUY ? k->surplus_lots : 0), i);
    FIX_PUT_TAG(w, "331=");
    fix_put_qty(w, k->qty_lots + (k->surplus_side == SIDE_SELL ? k->surplus_lots : 0), i);
    FIX_PUT_TAG(w, "332=");
    fix_put_price(w, k->price_units, i);
    FIX_PUT_TAG(w, "333=");
    fix_put_price(w, k->price_units, i);
}

/* 58: which call it is, and the band that began it. HaltReason (327) has no value for either. */
static void
put_text(struct fix_writer *w, const struct fix_market *k, const struct fix_instrument *i)
{
    char low[DECIMAL_TEXT_MAX], high[DECIMAL_TEXT_MAX], text[128];
    int bytes;
    if (!fix_market_in_call(k))
        return;
    const char *state = schema_enum_text(&SCHEMA_TRADING_STATE, k->state);
    if (k->band == 0) {
        FIX_PUT_TEXT(w, "58=", state, strlen(state));
        return;
    }
    low[decimal_format_short(k->low_units, i->price_scale, low)] = '\0';
    high[decimal_format_short(k->high_units, i->price_scale, high)] = '\0';
    bytes = snprintf(text, sizeof(text), "%s: %s band of %s to %s", state,
                     schema_enum_text(&SCHEMA_BAND, k->band), low, high);
    FIX_PUT_TEXT(w, "58=", text, (size_t)bytes);
}

static void
send_security(struct fix_session *s, const struct client_id *id, uint32_t instrument_id,
              bool subscribed)
{
    const struct fix_report_context x = context_of(s);
    const struct fix_instrument *i = fix_instrument_by_id(x.instruments, instrument_id);
    const struct fix_market *k = fix_instrument_market(x.instruments, i);
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_TAG(&b.w, "324=");
    fix_put_client_id(&b.w, id);
    fix_put_symbol(&b.w, i);
    FIX_PUT_CHAR(&b.w, "325=", subscribed ? 'Y' : 'N');
    FIX_PUT_U64(&b.w, "326=", trading_status(k));
    put_indication(&b.w, k, i);
    if (k->last_units != 0) {
        FIX_PUT_TAG(&b.w, "31=");
        fix_put_price(&b.w, k->last_units, i);
    }
    if (k->time_ns != 0)
        fix_put_transact_time(&b.w, k->time_ns, &x);
    put_text(&b.w, k, i);
    fix_outbound_admin(s, "f", &b);
}

static void
refuse_security(struct fix_session *s, const struct fix_checked *m)
{
    struct fix_body b;
    fix_body_begin(&b);
    fix_put_echo(&b.w, m, FIX_F_SecurityStatusReqID, "324=");
    fix_put_echo(&b.w, m, FIX_F_Symbol, "55=");
    FIX_PUT_U64(&b.w, "326=", (uint64_t)SECURITY_UNKNOWN);
    fix_put_reason_text(&b.w, REASON_UNKNOWN_INSTRUMENT);
    fix_outbound_admin(s, "f", &b);
}

/* --- TradingSessionStatus (h) --- */

/* 340. source: FIX 4.4 volume 6 */
static uint8_t
session_status(const struct fix_session *s)
{
    switch (fix_instruments_state(s->venue->instruments)) {
    case TRADING_OPEN:
        return 2;
    case TRADING_HALTED:
        return 1;
    case TRADING_CLOSED:
        return 3;
    case TRADING_CALL_OPENING:
    case TRADING_CALL_INTRADAY:
    case TRADING_CALL_RESUMPTION:
    case TRADING_CALL_VOLATILITY:
        return 4; /* pre-open */
    case TRADING_CALL_CLOSING:
        return 5; /* pre-close */
    }
    return 0; /* no instrument: unknown */
}

static void
send_session(struct fix_session *s, const struct client_id *id, bool subscribed)
{
    struct fix_body b;
    fix_body_begin(&b);
    FIX_PUT_TAG(&b.w, "335=");
    fix_put_client_id(&b.w, id);
    FIX_PUT_TEXT(&b.w, "336=", SESSION, sizeof(SESSION) - 1);
    FIX_PUT_CHAR(&b.w, "338=", '1'); /* electronic */
    FIX_PUT_CHAR(&b.w, "325=", subscribed ? 'Y' : 'N');
    FIX_PUT_U64(&b.w, "340=", session_status(s));
    fix_outbound_admin(s, "h", &b);
}

static void
refuse_session(struct fix_session *s, const struct fix_checked *m)
{
    static const char why[] = "this venue has one trading session, 1";
    struct fix_body b;
    fix_body_begin(&b);
    fix_put_echo(&b.w, m, FIX_F_TradSesReqID, "335=");
    fix_put_echo(&b.w, m, FIX_F_TradingSessionID, "336=");
    FIX_PUT_U64(&b.w, "340=", (uint64_t)SESSION_REFUSED);
    FIX_PUT_U64(&b.w, "567=", (uint64_t)UNKNOWN_SESSION);
    FIX_PUT_TEXT(&b.w, "58=", why, sizeof(why) - 1);
    fix_outbound_admin(s, "h", &b);
}

/* --- subscriptions --- */

static void
send_status(struct fix_session *s, const struct client_id *id, uint32_t instrument_id,
            bool subscribed)
{
    if (instrument_id == ID_NONE)
        send_session(s, id, subscribed);
    else
        send_security(s, id, instrument_id, subscribed);
}

/* e and g have ids of their own. NULL: there is none. */
static struct fix_subscription *
find(struct fix_subscriptions *b, const struct client_id *id, bool whole)
{
    for (uint32_t n = 0; n < b->cnt; n++) {
        struct fix_subscription *p = &b->list[n];
        if ((p->instrument_id == ID_NONE) == whole && client_id_equal(&p->id, id))
            return p;
    }
    return NULL;
}

static const char *
subscribe(struct fix_session *s, const struct client_id *id, uint32_t instrument_id)
{
    struct fix_subscriptions *b = &s->subscriptions;
    if (find(b, id, instrument_id == ID_NONE) != NULL)
        return "a subscription has this id";
    if (b->cnt == FIX_SUBSCRIPTION_MAX)
        return "too many subscriptions";
    b->list[b->cnt++] = (struct fix_subscription){
        .instrument_id = instrument_id, .told = session_status(s), .id = *id};
    send_status(s, id, instrument_id, true);
    return NULL;
}

const char *
fix_status_request(struct fix_session *s, const struct fix_checked *m, bool *unknown_id)
{
    bool whole = m->name == FIX_M_TradingSessionStatusRequest;
    struct client_id id;
    CHECK(fix_read_id(fix_get(m, whole ? FIX_F_TradSesReqID : FIX_F_SecurityStatusReqID), &id),
          "an id that the table let pass");
    *unknown_id = false;
    const struct fix_instrument *i = whole ? NULL : fix_read_instrument(m, s->venue->instruments);
    const struct fix_field *named = fix_get(m, FIX_F_TradingSessionID);
    if (!whole && i == NULL) {
        refuse_security(s, m);
        return NULL;
    }
    if (named != NULL && (named->bytes != 1 || named->value[0] != SESSION[0])) {
        refuse_session(s, m);
        return NULL;
    }
    uint32_t instrument_id = whole ? ID_NONE : i->instrument_id;
    switch (fix_char(m, FIX_F_SubscriptionRequestType, '0')) {
    case '0':
        send_status(s, &id, instrument_id, false);
        return NULL;
    case '1':
        return subscribe(s, &id, instrument_id);
    default:
        break;
    }
    struct fix_subscription *p = find(&s->subscriptions, &id, whole);
    if (p == NULL || p->instrument_id != instrument_id) {
        *unknown_id = true;
        return "no subscription has this id";
    }
    *p = s->subscriptions.list[--s->subscriptions.cnt];
    return NULL;
}

void
fix_status_changed(struct fix_session *s, uint32_t instrument_id)
{
    struct fix_subscriptions *b = &s->subscriptions;
    bool due = false;
    for (uint32_t n = 0; n < b->cnt; n++) {
        struct fix_subscription *p = &b->list[n];
        if (p->instrument_id == ID_NONE || p->instrument_id == instrument_id)
            due = p->due = true;
    }
    if (!due)
        return;
    b->due = true;
    fix_session_wake(s);
}

/* false: it stays due. */
static bool
send_due(struct fix_session *s, struct fix_subscription *p)
{
    bool whole = p->instrument_id == ID_NONE;
    uint8_t status = whole ? session_status(s) : 0;
    if (!whole || status != p->told) {
        if (fix_outbound_waits(s) || !fix_outbound_numbers(s, 1))
            return false;
        p->told = status;
        send_status(s, &p->id, p->instrument_id, true);
    }
    p->due = false;
    return true;
}

void
fix_status_pump(struct fix_session *s)
{
    struct fix_subscriptions *b = &s->subscriptions;
    if (!b->due || s->state != FIX_UP)
        return;
    bool all = true;
    for (uint32_t n = 0; n < b->cnt && all; n++)
        all = !b->list[n].due || send_due(s, &b->list[n]);
    b->due = !all;
}

void
fix_status_forget(struct fix_session *s)
{
    s->subscriptions.cnt = 0;
    s->subscriptions.due = false;
}
