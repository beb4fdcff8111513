#ifndef GATEWAY_FIX_FIX_READ_H
#define GATEWAY_FIX_FIX_READ_H

#include <stdbool.h>

#include "engine/model/command.h"
#include "engine/model/reason.h"
#include "gateway/fix/fix_config.h"
#include "gateway/fix/fix_instrument.h"
#include "gateway/fix/fix_table.h"

/* Fields of messages to values of commands: what the readers of fix_order, fix_rfq and fix_deal
 * share. A field that is not there (NULL) leaves a figure as it is. thread: pure */

/* Makes a command of this type, marked as a possible resend where the message is. */
void fix_read_begin(const struct fix_checked *m, struct command *cmd, uint16_t type);
/* false: not there, or none that an engine takes. */
bool fix_read_id(const struct fix_field *x, struct client_id *out);
/* The name of one of the session's accounts, or the number of the default one; x: NULL = that. */
enum reason fix_read_account_name(const struct fix_field *x,
                                  const struct fix_session_config *config, uint32_t *account_id,
                                  uint16_t *tenant_id);
/* The same of Account (1). */
enum reason fix_read_account(const struct fix_checked *m, const struct fix_session_config *config,
                             struct command *cmd);
/* Of somebody else: by its number, or one of the session's by its name. */
enum reason fix_read_other_account(const struct fix_field *x,
                                   const struct fix_session_config *config, uint32_t *account_id);
bool fix_read_time(const struct fix_field *x, int64_t *out);
/* By Symbol; NULL = not there or not known. */
const struct fix_instrument *fix_read_instrument(const struct fix_checked *m,
                                                 const struct fix_instruments *instruments);
enum reason fix_read_price(const struct fix_field *x, const struct fix_instrument *i, int64_t *out);
enum reason fix_read_qty(const struct fix_field *x, const struct fix_instrument *i, int64_t *out);

#endif
