#ifndef GATEWAY_FIX_FIX_LIST_H
#define GATEWAY_FIX_FIX_LIST_H

#include <stdbool.h>

#include "engine/model/command.h"
#include "engine/model/event.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_put.h"
#include "gateway/fix/fix_table.h"

/* NewOrderList (E) to a command, and ListStatus (N): two orders, one cancels the other.
 * source: FIX 4.4 volume 5, NewOrderList and ListStatus; FIX 5.0 SP2 tags 1385 ContingencyType (1 =
 * one cancels the other), 1386 ListRejectReason. FIX 4.4 has no field for it: there ListExecInst
 * (69) says OCO, and BidType (394) 3 that nobody bids for the list (so StoneX, NewOrderList).
 * thread: pure */

/* As those of fix_order.h. */
enum reason fix_list_new(const struct fix_checked *m, const struct fix_instruments *instruments,
                         const struct fix_session_config *config, struct command_order_list *out);
/* What tells of a list that is not sequenced, but for its time; false: its orders cannot be told
 * apart. */
bool fix_list_refused(const struct fix_checked *m, const struct fix_instruments *instruments,
                      const struct fix_session_config *config, enum reason reason,
                      struct event_order_list *out);
/* Body of a ListStatus. */
void fix_list_report(struct fix_writer *w, const struct event_order_list *e,
                     const struct fix_report_context *x);

#endif
