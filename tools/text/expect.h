#ifndef TOOLS_TEXT_EXPECT_H
#define TOOLS_TEXT_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* What came of one command against the `>` lines that follow it.
 *
 * A `>` line names a type and any of its fields: `FILL price=60000 qty=0.5 buy.account=7`. Fields
 * that it does not name are not compared; `account` also means `account_id`. The lines stand in the
 * order of what came. Lines of loud types (what happened to orders, money and the day, and what
 * `print` prints) must all be there; those of quiet types (market data, decisions, configuration)
 * only when the block names the type at all. `> nothing` alone: nothing loud came. `> 150 x FILL`
 * stands for that many lines. */

struct expect_row {
    char *text;
    uint32_t line; /* of a `>` line in its file */
};

struct expect_list {
    struct expect_row *rows;
    size_t cnt, max;
};

struct expect {
    struct expect_list came;   /* full texts */
    struct expect_list wanted; /* what stands behind > */
};

void expect_came(struct expect *e, const char *text);
void expect_wanted(struct expect *e, const char *text, uint32_t line);
bool expect_has_block(const struct expect *e);

/* Compares, then forgets both lists. Without a block only refusals are looked for: a refused
 * command that the script does not speak of is an error. errors: ERR_NOT_FOUND, the place and both
 * sides in err */
int expect_settle(struct expect *e, const char *file, uint32_t command_line,
                  struct error *err) ERROR_MUST_USE;
void expect_free(struct expect *e);

#endif
