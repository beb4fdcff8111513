#ifndef GATEWAY_API_DEAL_FORM_H
#define GATEWAY_API_DEAL_FORM_H

#include "gateway/api/order_form.h"

/* Requests for quote and negotiated trades in JSON, and their way into commands made by
 * command_init. Syntax is checked here, all else by the core. 0, or -1 with *fault.
 * thread: any; pure */

int deal_form_request(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                      struct command_request *cmd, struct api_fault *fault);
int deal_form_quote(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                    struct command_request_quote *cmd, struct api_fault *fault);
int deal_form_hit(const struct order_form *f, const struct catalog *c,
                  struct command_request_hit *cmd, struct api_fault *fault);
int deal_form_pass(const struct order_form *f, const struct catalog *c,
                   struct command_request_pass *cmd, struct api_fault *fault);
/* Both sides, or a proposal: as the command's type says. */
int deal_form_deal(const struct order_form *f, const struct catalog *c, int64_t utc_ns,
                   struct command_deal *cmd, struct api_fault *fault);
int deal_form_answer(const struct order_form *f, struct command_deal_answer *cmd,
                     struct api_fault *fault);

#endif
