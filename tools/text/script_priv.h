#ifndef TOOLS_TEXT_SCRIPT_PRIV_H
#define TOOLS_TEXT_SCRIPT_PRIV_H

#include "engine/model/command.h"
#include "tools/text/expect.h"
#include "tools/text/script.h"
#include "tools/text/sandbox.h"
#include "tools/text/words.h"

/* What the files of the script language share. */

enum script_prefix { PREFIX_NONE = 0, PREFIX_PROPOSE = 1, PREFIX_APPROVED = 2 };

/* Accounts and the operator that every script's venue has. */
enum { SCRIPT_ACTOR = 1, SCRIPT_FEE_ACCOUNT = 1, SCRIPT_ISSUE_ACCOUNT = 2, SCRIPT_SESSIONS = 64 };

struct script {
    const struct script_options *options;
    struct script_result *result;
    struct sandbox box;
    bool open; /* genesis is applied */
    struct command_genesis genesis;
    uint32_t actor_id; /* of operator commands */
    bool continue_by_hand;
    enum script_prefix prefix; /* of the line in hand */
    uint32_t auto_id;          /* ids made up for commands without one */
    struct {
        uint32_t session_id, incarnation;
    } sessions[SCRIPT_SESSIONS];
    uint32_t session_cnt;
    void *saved;
    size_t saved_bytes;
    struct script_csv *csv; /* columns, once a CSV file has named them */
    bool configuring;       /* commands that every script's venue begins with are being applied */
    struct expect expect;
};

/* Applies a command that is complete but for seq, epoch, time, and for `propose` and `approved`
 * what those ask; then CONTINUE as long as there is work, unless the script does that itself. */
void script_send(struct script *s, struct command *cmd);
/* The same once the line ends here without an error. */
void script_finish(struct script *s, struct words *w, struct command *cmd);
/* Makes the venue, with the script's genesis or the usual one. */
int script_open(struct script *s, struct error *err) ERROR_MUST_USE;
/* A line of `print`. */
void script_line(void *arg, const char *text);
/* An id for a command that needs one and was given none. */
void script_auto_id(struct script *s, struct client_id *out);
uint32_t script_incarnation(const struct script *s, uint32_t session_id);

/* A command in words; the same as a JSON object and as a row of a CSV file, whose first is the
 * names of its columns (script_record.c). */
int script_command(struct script *s, struct words *w) ERROR_MUST_USE;
int script_json_line(struct script *s, struct words *w, const char *text) ERROR_MUST_USE;
int script_csv_line(struct script *s, struct words *w, char *row) ERROR_MUST_USE;
void script_csv_free(struct script_csv *csv);

/* What every message of a client may carry: session, incarnation, seq, operator, resend. */
bool script_header_option(struct script *s, struct command *cmd, struct words *w);

/* Words that name what the venue has. */
const struct sandbox_instrument *script_instrument(struct script *s, struct words *w);
const struct sandbox_asset *script_asset(struct script *s, struct words *w);
int64_t script_qty(const struct sandbox_instrument *i, struct words *w);
int64_t script_price(const struct sandbox_instrument *i, struct words *w);

/* Each handles the line whose first word has been taken; errors are in w. */
typedef void script_verb(struct script *s, struct words *w);

struct script_row {
    const char *name;
    script_verb *run;
};

/* Tables ended by a NULL name: script_config.c, script_order.c, script_deal.c,
 * script_request.c, script_quote.c, script_admin.c, script_auction.c, script_band.c,
 * script_corporate.c, script_state.c, script_record.c */
extern const struct script_row SCRIPT_CONFIG[], SCRIPT_ORDERS[], SCRIPT_DEALS[], SCRIPT_REQUESTS[],
    SCRIPT_BANDS[], SCRIPT_QUOTES[], SCRIPT_ADMIN[], SCRIPT_AUCTION[], SCRIPT_CORPORATE[],
    SCRIPT_STATE[], SCRIPT_RECORDS[];

#endif
