#ifndef TOOLS_ASSAY_RECON_ROWS_H
#define TOOLS_ASSAY_RECON_ROWS_H

#include "tools/assay/recon_books.h"

/* One table's rows: those that the journal's events make against those that PostgreSQL has, cell by
 * cell. Differences are breaks; an error means that PostgreSQL did not answer. */

/* A table of new rows: the rows of the batch k->expected, by event. */
int recon_rows_compare(struct recon_books *k, enum settle_table_id id,
                       struct error *err) ERROR_MUST_USE;

/* A reference table: keeps the batch's rows, and compares the newest of each key at the end. */
int recon_rows_keep(struct recon_books *k, enum settle_table_id id,
                    struct error *err) ERROR_MUST_USE;
int recon_rows_compare_kept(struct recon_books *k, enum settle_table_id id,
                            struct error *err) ERROR_MUST_USE;

enum recon_class recon_rows_class(enum settle_table_id id);

#endif
