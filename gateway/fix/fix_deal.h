#ifndef GATEWAY_FIX_FIX_DEAL_H
#define GATEWAY_FIX_FIX_DEAL_H

#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_put.h"
#include "gateway/fix/fix_table.h"

/* Negotiated trades: TradeCaptureReport (AE) to commands, their events to AE and
 * TradeCaptureReportAck (AR). Refusals as in fix_order.h, reports as in fix_report.h.
 *
 * TradeReportID (571) is the client id of the first side's order, and of an answer; in what the
 * venue sends it is the number of the proposal, which an answer names in 572.
 * source: FIX 4.4 volume 5, Trade Capture Reporting; 1123 and 828=22 are of FIX 5.0
 * thread: pure */

union fix_deal_command {
    struct command_deal deal; /* 1123=1 both sides, 3 a proposal */
    struct command_deal_answer answer;
};

enum reason fix_deal_read(const struct fix_checked *m, const struct fix_instruments *instruments,
                          const struct fix_session_config *config, union fix_deal_command *out);
/* Whether it only ends a proposal. */
bool fix_deal_declines(const struct fix_checked *m);

/* Value of 35 of the report of DEAL, or of a COMMAND_RESULT about deals. other: to the side that
 * did not propose it. */
const char *fix_deal_type(const struct event *ev, bool other);
void fix_deal_report(struct fix_writer *w, const struct event *ev, bool other,
                     const struct fix_report_context *x);
/* Body of the AR for a message that was not sequenced. */
void fix_deal_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason,
                      int64_t now_ns, const struct fix_report_context *x);

#endif
