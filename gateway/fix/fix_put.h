#ifndef GATEWAY_FIX_FIX_PUT_H
#define GATEWAY_FIX_FIX_PUT_H

#include <stdint.h>

#include "engine/model/types.h"
#include "gateway/fix/fix_config.h"
#include "gateway/fix/fix_instrument.h"
#include "gateway/fix/fix_table.h"
#include "gateway/fix/fix_write.h"

/* Values of events as fields: what the writers of fix_report, fix_rfq and fix_deal share.
 * thread: pure */

enum { FIX_AVG_DECIMALS = 4 };

struct fix_report_context {
    const struct fix_instruments *instruments;
    const struct fix_session_config *config;
    struct fix_time_cache *clock;
};

/* The value alone, behind its tag. i: NULL = not known, then as it is. */
void fix_put_price(struct fix_writer *w, int64_t units, const struct fix_instrument *i);
/* Lots as a decimal number of the asset. */
void fix_put_qty(struct fix_writer *w, int64_t lots, const struct fix_instrument *i);
/* Of so many lots at prices that add up to the cost: cut off at FIX_AVG_DECIMALS more decimals. */
void fix_put_average(struct fix_writer *w, int64_t cost, int64_t lots,
                     const struct fix_instrument *i);
void fix_put_client_id(struct fix_writer *w, const struct client_id *id);
/* Fractions of a second that the session is told. */
unsigned fix_put_digits(const struct fix_report_context *x);

/* Value of 39. */
char fix_status_char(uint32_t status);

/* Whole fields: 1 (nothing for account 0), 55, 60, 58. */
void fix_put_account(struct fix_writer *w, uint32_t account_id, const struct fix_report_context *x);
void fix_put_symbol(struct fix_writer *w, const struct fix_instrument *i);
void fix_put_transact_time(struct fix_writer *w, int64_t ns, const struct fix_report_context *x);
void fix_put_reason_text(struct fix_writer *w, uint32_t reason);
/* 58 of a refusal. field: what was wrong, by its name; NULL = not known */
void fix_put_refused(struct fix_writer *w, uint32_t reason, const char *field);
/* A field of a message as it came, when it came. tag: with its '=' */
void fix_put_echo(struct fix_writer *w, const struct fix_checked *m, enum fix_field_name f,
                  const char *tag);

#endif
