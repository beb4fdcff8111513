#ifndef GATEWAY_FIX_FIX_ORDER_H
#define GATEWAY_FIX_FIX_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/command.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_config.h"
#include "gateway/fix/fix_instrument.h"
#include "gateway/fix/fix_table.h"

/* Order messages to commands. What a message says and a command cannot hold (an unknown symbol, a
 * price with more decimals than the instrument has) is refused here, before it is sequenced, with
 * the same reasons that the engine uses; everything else is the engine's to judge.
 * shape: m has passed fix_table_check; the command's header is filled but for session, incarnation
 *        and client_seq
 * errors: none; a refusal is REASON_..., 0 = good
 * thread: pure */

enum { FIX_PROTECTION_RESET = 9773 }; /* tag, as CME Globex has it: Y = reset */
enum { FIX_DISPLAY_RANGE = 20 };      /* percent: the refills of 1084=3 are drawn within so much */

enum reason fix_order_new(const struct fix_checked *m, const struct fix_instruments *instruments,
                          const struct fix_session_config *config,
                          struct command_order_linked *linked);
enum reason fix_order_cancel(const struct fix_checked *m, const struct fix_instruments *instruments,
                             const struct fix_session_config *config,
                             struct command_order_cancel *out);
enum reason fix_order_replace(const struct fix_checked *m,
                              const struct fix_instruments *instruments,
                              const struct fix_session_config *config,
                              struct command_order_replace *out);
enum reason fix_order_mass_cancel(const struct fix_checked *m,
                                  const struct fix_instruments *instruments,
                                  const struct fix_session_config *config,
                                  struct command_mass_cancel *out);
/* What is wrong with an entry alone (its symbol, a price) is left to the engine to refuse. */
enum reason fix_order_mass_quote(const struct fix_checked *m,
                                 const struct fix_instruments *instruments,
                                 const struct fix_session_config *config,
                                 struct command_mass_quote *out);
enum reason fix_order_quote_cancel(const struct fix_checked *m,
                                   const struct fix_instruments *instruments,
                                   const struct fix_session_config *config,
                                   struct command_mass_cancel *out);

#endif
