#ifndef GATEWAY_FIX_FIX_REPORT_H
#define GATEWAY_FIX_FIX_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_put.h"
#include "gateway/fix/fix_table.h"
#include "gateway/fix/fix_write.h"

/* Events to ExecutionReport (8) and OrderCancelReject (9); refusals that have no event to
 * ExecutionReport and BusinessMessageReject (j). The same event gives the same fields each time, so
 * that a resend repeats what was said.
 * source: FIX 4.4 volume 4, ExecutionReport and its matrices (appendix D)
 *
 * ExecID (17) = event sequence * 2 + side (0 buy, 1 sell); 0 for what was not sequenced.
 * AvgPx (6) = sum(price * lots) / lots, cut off at FIX_AVG_DECIMALS more decimals than prices have.
 * thread: pure */

/* Value of 35 of the report, or NULL when the event is none of a client's. other: of a fill, the
 * seller's; of a deal, that of the side that did not propose it. */
const char *fix_report_type(const struct event *ev, bool other);

/* Puts the body behind the header. */
void fix_report_event(struct fix_writer *w, const struct event *ev, bool other,
                      const struct fix_report_context *x);

/* Body of an ExecutionReport that refuses a NewOrderSingle before it was sequenced. */
void fix_report_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason,
                        int64_t now_ns, const struct fix_report_context *x);

enum fix_business_reason { /* 380 BusinessRejectReason */
                           FIX_BUSINESS_OTHER = 0,
                           FIX_BUSINESS_UNKNOWN_ID = 1,
                           FIX_BUSINESS_UNKNOWN_SECURITY = 2,
                           FIX_BUSINESS_UNSUPPORTED_TYPE = 3,
                           FIX_BUSINESS_NOT_AVAILABLE = 4,
};
/* Body of a BusinessMessageReject. ref_id: ClOrdID of the message, or NULL. */
void fix_report_business(struct fix_writer *w, const struct fix_message *m, uint64_t ref_seq,
                         const struct fix_field *ref_id, enum fix_business_reason reason,
                         const char *text);

#endif
