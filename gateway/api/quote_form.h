#ifndef GATEWAY_API_QUOTE_FORM_H
#define GATEWAY_API_QUOTE_FORM_H

#include "gateway/api/order_form.h"

/* Quotes of makers in JSON, and their way into commands. Syntax is checked here, what a maker may
 * quote by the core. thread: any; pure */

/* `quotes`, an array of objects with product_id, id, bid_price, bid_size, ask_price, ask_size; a
 * side that is left out is none. 0, or -1 with *fault, which names the entry. */
int quote_form_read(const struct order_form *f, const struct catalog *c,
                    struct command_mass_quote *cmd, struct api_fault *fault);

/* product_id and fills, window_ms, size, value, net: what is left out is no limit, without fills
 * there is no protection. */
int quote_form_limits(const struct order_form *f, const struct catalog *c,
                      struct command_quote_limits *cmd, struct api_fault *fault);

#endif
