#ifndef GATEWAY_FIX_FIX_RFQ_H
#define GATEWAY_FIX_FIX_RFQ_H

#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_put.h"
#include "gateway/fix/fix_table.h"

/* Requests for quote: QuoteRequest (R), Quote (S), QuoteResponse (AJ) and orders that take a quote
 * (D with 40=D) to commands; their events to R, S, QuoteRequestReject (AG) and QuoteStatusReport
 * (AI). Refusals as in fix_order.h, reports as in fix_report.h.
 *
 * QuoteReqID (131) is the client's own to who asked, the venue's number of the request to all
 * others; QuoteID (117) is the maker's own to the maker, the venue's number of the side to who
 * asked. The ask of a quote of two sides has the maker's QuoteID with ".A" behind it.
 * source: FIX 4.4 volume 3, Quotation; 1091 and 1171 are of FIX 5.0
 * thread: pure */

enum reason fix_rfq_request(const struct fix_checked *m, const struct fix_instruments *instruments,
                            const struct fix_session_config *config, struct command_request *out);
enum reason fix_rfq_quote(const struct fix_checked *m, const struct fix_instruments *instruments,
                          const struct fix_session_config *config,
                          struct command_request_quote *out);
/* Whether it takes a quote: an order says so in 40 or names one in 117, a response in 694. */
bool fix_rfq_hits(const struct fix_checked *m);
enum reason fix_rfq_hit(const struct fix_checked *m, const struct fix_instruments *instruments,
                        const struct fix_session_config *config, struct command_request_hit *out);
enum reason fix_rfq_pass(const struct fix_checked *m, const struct fix_instruments *instruments,
                         const struct fix_session_config *config, struct command_request_pass *out);

/* Value of 35 of the report of REQUEST, REQUEST_QUOTE, or a COMMAND_RESULT about them, in which
 * NULL = none; a refused hit is not told here but as an order. */
const char *fix_rfq_type(const struct event *ev);
void fix_rfq_report(struct fix_writer *w, const struct event *ev,
                    const struct fix_report_context *x);
/* Of a message that was not sequenced: value of 35, body. */
const char *fix_rfq_refusal_type(const struct fix_checked *m);
void fix_rfq_refusal(struct fix_writer *w, const struct fix_checked *m, enum reason reason);
/* The field that the core refused in a command about requests; NULL = it named none. */
const char *fix_rfq_field(const struct event_reject *e);

#endif
