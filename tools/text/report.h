#ifndef TOOLS_TEXT_REPORT_H
#define TOOLS_TEXT_REPORT_H

#include <stdint.h>

#include "tools/text/sandbox.h"

/* The state of a venue's core as lines of text, in a fixed order. Filters: 0 = all.
 *
 * BALANCE account_id= asset= settled= held= available= pending_in= pending_out=
 * LEVEL   instrument= side= price= qty= orders=           sells from the best, then buys
 * ORDER   account_id= id= instrument= side= ...           by order id
 * SUM     asset= settled= pending=      over all accounts: 0 when the books agree */
typedef void report_line(void *arg, const char *text);

void report_balances(const struct sandbox *v, uint32_t account_id, uint32_t asset_id,
                     report_line *line, void *arg);
void report_book(const struct sandbox *v, uint32_t instrument_id, report_line *line, void *arg);
void report_orders(const struct sandbox *v, uint32_t account_id, report_line *line, void *arg);
void report_sums(const struct sandbox *v, report_line *line, void *arg);

#endif
