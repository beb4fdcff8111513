#include "tools/text/script.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/sha256.h"
#include "engine/model/client_id.h"
#include "engine/model/schema_print.h"
#include "tools/text/event_text.h"
#include "tools/text/script_priv.h"

static bool
is_refusal(const struct event *ev)
{
    const struct event_reject *r = (const void *)ev;
    return ev->rec.type == EVENT_ORDER_REJECTED || ev->rec.type == EVENT_CANCEL_REJECTED ||
           (ev->rec.type == EVENT_COMMAND_RESULT && r->reason != 0);
}

static void
take_event(void *arg, const struct event *ev)
{
    struct script *s = arg;
    const struct schema_directory *d = &s->box.directory;
    char text[SCHEMA_TEXT_MAX];
    s->result->event_cnt++;
    s->result->refused_cnt += is_refusal(ev);
    if (s->options->raw != NULL)
        (void)fwrite(ev, ev->rec.length_bytes, 1, s->options->raw);
    if (s->options->watch != NULL)
        s->options->watch->event(s->options->watch->arg, ev);
    if (s->options->check) {
        (void)event_text(ev, d, SCHEMA_PRINT_FULL, text, sizeof text);
        expect_came(&s->expect, text);
    }
    if (s->options->print == SCRIPT_PRINT_TEXT)
        (void)event_text(ev, d, SCHEMA_PRINT_BRIEF, text, sizeof text);
    else if (s->options->print == SCRIPT_PRINT_JSON)
        (void)schema_print_json(ev, d, text, sizeof text);
    else
        return;
    (void)fprintf(s->options->out, "%s\n", text);
}

/* What every script's venue begins with comes by itself, and so does what ends unfinished work. */
static void
take_command(void *arg, const struct command *cmd)
{
    const struct script *s = arg;
    char text[SCHEMA_TEXT_MAX];
    if (s->options->json_input == NULL || s->configuring ||
        (cmd->rec.type == COMMAND_CONTINUE && !s->continue_by_hand))
        return;
    (void)schema_print_json(cmd, &s->box.directory, text, sizeof text);
    (void)fprintf(s->options->json_input, "%s\n", text);
}

static void
take_applied(void *arg, const struct command *cmd)
{
    const struct script *s = arg;
    if (s->options->watch != NULL)
        s->options->watch->applied(s->options->watch->arg, cmd, s->box.core);
}

void
script_line(void *arg, const char *text)
{
    struct script *s = arg;
    if (s->options->check)
        expect_came(&s->expect, text);
    if (s->options->print == SCRIPT_PRINT_TEXT)
        (void)fprintf(s->options->out, "%s\n", text);
    else if (s->options->print == SCRIPT_PRINT_JSON)
        (void)fprintf(s->options->out, "{\"record\":\"print\",\"text\":\"%s\"}\n", text);
}

static void
apply(struct script *s, struct command *cmd)
{
    s->result->command_cnt++;
    sandbox_apply(&s->box, cmd);
    if (s->options->raw_input != NULL)
        (void)fwrite(cmd, cmd->rec.length_bytes, 1, s->options->raw_input);
}

/* What a proposal fixes of a command: its account, tenant, id and body. */
static void
propose(struct script *s, const struct command *cmd)
{
    struct command_propose p;
    struct sha256 hash;
    command_init(&p.cmd, COMMAND_PROPOSE);
    p.cmd.actor_id = s->actor_id;
    p.command_type = cmd->rec.type;
    sha256_init(&hash);
    sha256_update(&hash, &cmd->account_id, sizeof cmd->account_id);
    sha256_update(&hash, &cmd->tenant_id, sizeof cmd->tenant_id);
    sha256_update(&hash, &cmd->id, sizeof cmd->id);
    sha256_update(&hash, (const uint8_t *)cmd + sizeof *cmd, cmd->rec.length_bytes - sizeof *cmd);
    sha256_final(&hash, p.digest);
    apply(s, &p.cmd);
}

void
script_send(struct script *s, struct command *cmd)
{
    if (s->prefix == PREFIX_PROPOSE) {
        propose(s, cmd);
        return;
    }
    if (s->prefix == PREFIX_APPROVED)
        cmd->approval_ref = s->box.proposal;
    apply(s, cmd);
    while (!s->continue_by_hand && core_work_pending(s->box.core)) {
        struct command go_on;
        command_init(&go_on, COMMAND_CONTINUE);
        apply(s, &go_on);
    }
}

void
script_finish(struct script *s, struct words *w, struct command *cmd)
{
    if (words_end(w) == 0)
        script_send(s, cmd);
}

void
script_auto_id(struct script *s, struct client_id *out)
{
    char text[24];
    int n = snprintf(text, sizeof text, "auto-%u", ++s->auto_id);
    CHECK(client_id_set(out, text, (size_t)n) == 0);
}

uint32_t
script_incarnation(const struct script *s, uint32_t session_id)
{
    for (uint32_t i = 0; i < s->session_cnt; i++)
        if (s->sessions[i].session_id == session_id)
            return s->sessions[i].incarnation;
    return 1;
}

/* --- the venue that a script finds --- */

static void
genesis_usual(struct command_genesis *g)
{
    command_init(&g->cmd, COMMAND_GENESIS);
    memcpy(g->venue, "script", 6);
    g->rules_version = 2;
    g->day_end_s = 0;
    g->disconnect_grace_ms = 1000;
    g->asset_max = 64;
    g->instrument_max = 64;
    g->account_max = 1024;
    g->balance_max = 4096;
    g->order_max = 16384;
    g->level_max = 16384;
    g->client_id_max = 65536;
    g->session_max = SCRIPT_SESSIONS;
    g->actor_max = 16;
    g->work_max = 64;
    g->proposal_max = 16;
    g->withdrawal_max = 64;
    g->deal_max = 64;
    g->request_max = 64;
    g->trail_max = 1024;
    g->calendar_day_max = 64;
    g->quote_max = 64;
    g->maker_skip_max = 8;
    g->fee_account_id = SCRIPT_FEE_ACCOUNT;
    g->issue_account_id = SCRIPT_ISSUE_ACCOUNT;
    g->config_cnt = 3; /* the operator and the two accounts */
}

static void
apply_config(struct script *s)
{
    struct command_actor actor;
    command_init(&actor.cmd, COMMAND_ACTOR);
    actor.cmd.flags = COMMAND_FROM_CONFIG;
    actor.subject_actor_id = SCRIPT_ACTOR;
    actor.roles = ROLE_VIEW | ROLE_OPERATE | ROLE_ACCOUNTS | ROLE_COMPLIANCE | ROLE_CONFIGURE;
    memcpy(actor.name, "script", 6);
    apply(s, &actor.cmd);
    static const uint32_t ids[] = {SCRIPT_FEE_ACCOUNT, SCRIPT_ISSUE_ACCOUNT};
    for (uint32_t i = 0; i < 2; i++) {
        struct command_account account;
        command_init(&account.cmd, COMMAND_ACCOUNT);
        account.cmd.flags = COMMAND_FROM_CONFIG;
        account.cmd.account_id = ids[i];
        account.status = ACCOUNT_ACTIVE;
        account.kind = i + 2;
        apply(s, &account.cmd);
    }
}

int
script_open(struct script *s, struct error *err)
{
    if (s->open)
        return 0;
    int rc = sandbox_open(&s->box, &s->genesis, s->options->hooks, err);
    if (rc != 0)
        return rc;
    s->open = true;
    s->configuring = true;
    apply_config(s);
    s->configuring = false;
    return 0;
}

/* --- words --- */

const struct sandbox_instrument *
script_instrument(struct script *s, struct words *w)
{
    static const struct sandbox_instrument none = {.lot_units = 1};
    const char *symbol = words_text(w, "an instrument's symbol");
    const struct sandbox_instrument *i = sandbox_instrument_named(&s->box, symbol);
    if (i == NULL)
        words_fail(w, "no instrument has the symbol '%s'", symbol);
    return i ? i : &none;
}

const struct sandbox_asset *
script_asset(struct script *s, struct words *w)
{
    static const struct sandbox_asset none;
    const char *symbol = words_text(w, "an asset's symbol");
    const struct sandbox_asset *a = sandbox_asset_named(&s->box, symbol);
    if (a == NULL)
        words_fail(w, "no asset has the symbol '%s'", symbol);
    return a ? a : &none;
}

int64_t
script_qty(const struct sandbox_instrument *i, struct words *w)
{
    return words_steps(w, i->asset_scale, i->lot_units, "a quantity");
}

int64_t
script_price(const struct sandbox_instrument *i, struct words *w)
{
    return words_decimal(w, i->price_scale, "a price");
}

/* --- lines --- */

static script_verb *
find_verb(const char *name)
{
    static const struct script_row *const tables[] = {
        SCRIPT_CONFIG,    SCRIPT_ORDERS, SCRIPT_DEALS,  SCRIPT_REQUESTS,
        SCRIPT_BANDS,     SCRIPT_QUOTES, SCRIPT_ADMIN,  SCRIPT_AUCTION,
        SCRIPT_CORPORATE, SCRIPT_STATE,  SCRIPT_RECORDS};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct script_row *row = tables[t]; row->name != NULL; row++)
            if (strcmp(row->name, name) == 0)
                return row->run;
    return NULL;
}

/* Puts the number in place of each {} of the words from `at` on. */
static int
numbered(const struct words *w, uint32_t number, struct words *out)
{
    char line[WORDS_LINE_MAX];
    size_t length = 0;
    for (uint32_t i = w->at; i < w->cnt && length < sizeof line; i++) {
        const char *word = w->word[i], *hole = strstr(word, "{}");
        int n = hole == NULL ? snprintf(line + length, sizeof line - length, "\"%s\" ", word)
                             : snprintf(line + length, sizeof line - length, "\"%.*s%u%s\" ",
                                        (int)(hole - word), word, number, hole + 2);
        length += (size_t)n;
    }
    if (length >= sizeof line)
        return error_set(w->err, ERR_INVALID, "%s:%u: the line gets too long", w->file, w->line);
    return words_split(out, w->file, w->line, line, w->err);
}

/* repeat N COMMAND...: {} in a word is the number of the turn, from 1. */
static int
run_repeat(struct script *s, struct words *w)
{
    uint32_t cnt = words_u32(w, "how often");
    if (!words_left(w))
        words_expected(w, "a command");
    int rc = w->failed ? ERR_INVALID : 0;
    for (uint32_t i = 1; i <= cnt && rc == 0; i++) {
        struct words turn;
        rc = numbered(w, i, &turn);
        if (rc == 0)
            rc = script_command(s, &turn);
    }
    return rc;
}

int
script_command(struct script *s, struct words *w)
{
    if (words_take(w, "repeat"))
        return run_repeat(s, w);

    s->prefix = words_take(w, "propose")    ? PREFIX_PROPOSE
                : words_take(w, "approved") ? PREFIX_APPROVED
                                            : PREFIX_NONE;
    const char *name = words_text(w, "a command");
    script_verb *run = find_verb(name);
    if (run == NULL) {
        words_fail(w, "'%s' is not a command; docs/match.md lists them", name);
        return ERR_INVALID;
    }
    /* Only genesis comes before the venue is there. */
    if (strcmp(name, "genesis") != 0 && script_open(s, w->err) != 0)
        return error_wrap(w->err, "%s:%u", w->file, w->line);
    run(s, w);
    return words_end(w);
}

static void
trim(char *line)
{
    size_t length = strlen(line);
    while (length > 0 && strchr("\r\n \t", line[length - 1]) != NULL)
        line[--length] = '\0';
}

/* A `>` line without what follows " #" in it. */
static void
take_wanted(struct script *s, char *text, uint32_t line)
{
    char *comment = strstr(text, " #");
    if (comment != NULL)
        *comment = '\0';
    trim(text);
    text += strspn(text, " ");
    if (s->options->check && *text != '\0')
        expect_wanted(&s->expect, text, line);
}

/* What some programs begin a file with. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct lines { /* where the reading stands */
    const char *name;
    uint32_t line;         /* in hand */
    uint32_t command_line; /* of the command whose events are being collected */
};

static int
settle(struct script *s, const struct lines *at, struct error *err)
{
    if (!s->options->check || at->command_line == 0)
        return 0;
    s->result->checked_cnt += expect_has_block(&s->expect);
    return expect_settle(&s->expect, at->name, at->command_line, err);
}

static int
run_line(struct script *s, char *text, struct lines *at, struct error *err)
{
    trim(text);
    const char *first = text + strspn(text, " \t");
    if (*first == '>') {
        if (at->command_line == 0)
            return error_set(err, ERR_INVALID, "%s:%u: expected a command before the first >",
                             at->name, at->line);
        take_wanted(s, text + (first - text) + 1, at->line);
        return 0;
    }
    bool json = *first == '{', csv = s->options->csv && *first != '\0' && *first != '#';
    struct words w = {.file = at->name, .line = at->line, .err = err};
    int rc = json || csv ? 0 : words_split(&w, at->name, at->line, text, err);
    if (rc != 0 || (w.cnt == 0 && !json && !csv))
        return rc;
    rc = settle(s, at, err);
    if (rc != 0)
        return rc;
    at->command_line = at->line;
    return json  ? script_json_line(s, &w, first)
           : csv ? script_csv_line(s, &w, text)
                 : script_command(s, &w);
}

int
script_run(FILE *in, const char *name, const struct script_options *options,
           struct script_result *result, struct error *err)
{
    struct script *s = calloc(1, sizeof *s);
    CHECK(s != NULL, "out of memory");
    *result = (struct script_result){0};
    s->options = options;
    s->result = result;
    s->actor_id = SCRIPT_ACTOR;
    s->box.on_command = take_command;
    s->box.on_event = take_event;
    s->box.on_applied = take_applied;
    s->box.arg = s;
    s->box.time_ns = INT64_C(1767261600) * INT64_C(1000000000); /* 2026-01-01T10:00:00Z */
    genesis_usual(&s->genesis);
    struct lines at = {.name = name};
    char *text = NULL;
    size_t text_bytes = 0;
    int rc = 0;
    while (rc == 0 && getline(&text, &text_bytes, in) >= 0) {
        bool marked = at.line++ == 0 && strncmp(text, BYTE_ORDER_MARK, 3) == 0;
        rc = run_line(s, text + (marked ? 3 : 0), &at, err);
    }
    if (rc == 0 && ferror(in))
        rc = error_set(err, ERR_IO, "%s: cannot be read", name);
    if (rc == 0)
        rc = settle(s, &at, err);
    free(text);
    free(s->saved);
    script_csv_free(s->csv);
    expect_free(&s->expect);
    sandbox_close(&s->box);
    free(s);
    return rc;
}
