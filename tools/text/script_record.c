#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

#include "tools/text/record_field.h"
#include "tools/text/script_priv.h"

/* Commands field by field, named as in docs/schema.md: `send TYPE name=value ...`, a JSON object a
 * line, or a row of a CSV file whose first line names the columns. What schema_print writes of a
 * command is read back as the same command. */

enum { PAIRS_MAX = 256, NAME_BYTES_MAX = 96, PAIRS_TEXT_MAX = 32768 };

struct pair {
    const char *name, *value;
};

struct record_line { /* a line's names and values */
    uint32_t cnt;
    struct pair pairs[PAIRS_MAX];
    size_t used;
    char text[PAIRS_TEXT_MAX]; /* what names and values point to */
};

struct script_csv { /* the columns of a CSV file */
    uint32_t cnt;
    char *names[PAIRS_MAX];
};

static void
clear(struct record_line *r)
{
    r->cnt = 0;
    r->used = 0;
}

static const char *
keep(struct record_line *r, const char *text, size_t length)
{
    if (length >= sizeof r->text - r->used)
        return NULL;
    char *at = r->text + r->used;
    memcpy(at, text, length);
    at[length] = '\0';
    r->used += length + 1;
    return at;
}

static void
add(struct record_line *r, struct words *w, const char *name, const char *value, size_t length)
{
    struct pair pair = {keep(r, name, strlen(name)), keep(r, value, length)};
    if (r->cnt == PAIRS_MAX || pair.name == NULL || pair.value == NULL)
        words_fail(w, "too many fields");
    else
        r->pairs[r->cnt++] = pair;
}

/* Takes a name that says something of the line, not of the command. */
static const char *
take(struct record_line *r, const char *name)
{
    for (uint32_t i = 0; i < r->cnt; i++)
        if (strcmp(r->pairs[i].name, name) == 0) {
            const char *value = r->pairs[i].value;
            r->pairs[i] = r->pairs[--r->cnt];
            return value;
        }
    return NULL;
}

/* --- from names and values to a command --- */

static const struct schema_type *
command_named(const char *name)
{
    const struct schema_type *type;
    for (uint32_t i = 0; (type = schema_at(RECORD_COMMAND, i)) != NULL; i++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

/* Values that need a scale come after the fields that give it. */
static void
fill(struct script *s, struct words *w, const struct record_line *r, const struct schema_type *type,
     struct command *cmd)
{
    for (int scaled = 0; scaled < 2; scaled++)
        for (uint32_t i = 0; i < r->cnt && !w->failed; i++) {
            struct record_field field;
            struct error err = {0};
            if (!record_field_find(type, r->pairs[i].name, &field))
                words_fail(w, "%s has no field '%s' (docs/schema.md)", type->name,
                           r->pairs[i].name);
            else if (field.scaled == scaled &&
                     record_field_set(&s->box, field, cmd, r->pairs[i].value, &err) != 0)
                words_fail(w, "%s", err.text);
        }
}

static void
begin(struct script *s, struct words *w, const struct command *cmd)
{
    if (s->open)
        words_fail(w, "GENESIS must be the first command");
    else
        memcpy(&s->genesis, cmd, sizeof s->genesis);
    if (!w->failed && script_open(s, w->err) != 0) {
        (void)error_wrap(w->err, "%s:%u", w->file, w->line);
        w->failed = true;
    }
}

/* A command with the time and the seed that it says; those of the script where it says none. */
static void
send(struct script *s, struct words *w, struct command *cmd)
{
    uint64_t seed = s->box.seed;
    if (cmd->time_ns != 0 && cmd->time_ns < s->box.time_ns)
        words_fail(w, "time does not go back");
    if (w->failed)
        return;
    if (cmd->time_ns != 0)
        s->box.time_ns = cmd->time_ns;
    if (cmd->seed != 0)
        s->box.seed = cmd->seed;
    if (cmd->rec.type == COMMAND_EPOCH)
        s->box.epoch++;
    script_send(s, cmd);
    s->box.seed = seed;
}

static void
run(struct script *s, struct words *w, struct record_line *r, const char *type_name)
{
    union {
        struct command cmd;
        struct command_genesis genesis;
        uint8_t bytes[COMMAND_BYTES_MAX];
    } c;
    const struct schema_type *type = command_named(type_name);
    if (type == NULL) {
        words_fail(w, "'%s' is not a command (docs/schema.md)", type_name);
        return;
    }
    /* How commands are numbered is this core's; the numbers of another run say nothing here. */
    (void)take(r, "seq");
    (void)take(r, "epoch");
    command_init(&c.cmd, type->type);
    if (type->type == COMMAND_GENESIS)
        c.genesis = s->genesis;
    else if (!s->open && script_open(s, w->err) != 0)
        w->failed = true;
    fill(s, w, r, type, &c.cmd);
    if (w->failed)
        return;
    if (type->type == COMMAND_GENESIS)
        begin(s, w, &c.cmd);
    else
        send(s, w, &c.cmd);
}

/* send TYPE name=value ... */
static void
verb_send(struct script *s, struct words *w)
{
    struct record_line r;
    clear(&r);
    const char *type = words_text(w, "a command of docs/schema.md");
    while (words_left(w)) {
        char name[NAME_BYTES_MAX];
        const char *word = words_text(w, "name=value");
        size_t length = strcspn(word, "=");
        if (word[length] != '=' || length >= sizeof name) {
            words_fail(w, "expected name=value, found '%s'", word);
            return;
        }
        memcpy(name, word, length);
        name[length] = '\0';
        add(&r, w, name, word + length + 1, strlen(word + length + 1));
    }
    if (!w->failed)
        run(s, w, &r, type);
}

/* A line that is no `send`: its type says which command it is, or it is a line of text. */
static int
run_named(struct script *s, struct words *w, struct record_line *r)
{
    const char *record = take(r, "record"), *line = take(r, "line"), *type = take(r, "type");
    if (record != NULL && strcmp(record, "command") != 0)
        words_fail(w, "record: expected command, found '%s'", record);
    if (line != NULL && (type != NULL || r->cnt > 0))
        words_fail(w, "expected nothing beside line");
    if (line == NULL && type == NULL)
        words_fail(w, "expected type (a command of docs/schema.md) or line");
    if (w->failed)
        return ERR_INVALID;
    if (line != NULL) {
        struct words words;
        int rc = words_split(&words, w->file, w->line, line, w->err);
        return rc != 0 || words.cnt == 0 ? rc : script_command(s, &words);
    }
    s->prefix = PREFIX_NONE;
    run(s, w, r, type);
    return w->failed ? ERR_INVALID : 0;
}

/* --- JSON --- */

static void
add_members(struct record_line *r, struct words *w, const char *path, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        char name[NAME_BYTES_MAX], number[24];
        int n = snprintf(name, sizeof name, "%s%s%s", path, *path == '\0' ? "" : ".", key);
        if (n >= (int)sizeof name) {
            words_fail(w, "the name '%s' is too long", key);
        } else if (json_is_object(value)) {
            add_members(r, w, name, value);
        } else if (json_is_integer(value)) {
            n = snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            add(r, w, name, number, (size_t)n);
        } else if (json_is_string(value)) {
            add(r, w, name, json_string_value(value), json_string_length(value));
        } else {
            words_fail(w, "%s: expected a text or a whole number (decimals are texts)", name);
        }
    }
}

int
script_json_line(struct script *s, struct words *w, const char *text)
{
    struct record_line r;
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    clear(&r);
    if (object == NULL)
        words_fail(w, "column %d: %s", error.column, error.text);
    else
        add_members(&r, w, "", object);
    json_decref(object);
    return w->failed ? ERR_INVALID : run_named(s, w, &r);
}

/* --- CSV --- */

/* Takes a cell off a row (RFC 4180, within one line); NULL at the row's end. */
static char *
cut_cell(char **row, struct words *w)
{
    char *cell = *row, *from = cell, *to = cell;
    if (cell == NULL)
        return NULL;
    bool quoted = *from == '"';
    for (from += quoted; *from != '\0' && (quoted || *from != ','); *to++ = *from++)
        if (quoted && *from == '"' && *++from != '"') {
            quoted = false;
            break;
        }
    if (quoted)
        words_fail(w, "a \" is missing");
    else if (*from != '\0' && *from != ',')
        words_fail(w, "expected a comma after \", found '%s'", from);
    *row = *from == ',' ? from + 1 : NULL;
    *to = '\0';
    return cell;
}

static int
take_columns(struct script *s, struct words *w, char *row)
{
    s->csv = calloc(1, sizeof *s->csv);
    CHECK(s->csv != NULL, "out of memory");
    for (char *cell; (cell = cut_cell(&row, w)) != NULL;) {
        if (*cell == '\0' || strlen(cell) >= NAME_BYTES_MAX || s->csv->cnt == PAIRS_MAX) {
            words_fail(w, "expected a column's name, found '%s'", cell);
            break;
        }
        s->csv->names[s->csv->cnt] = strdup(cell);
        CHECK(s->csv->names[s->csv->cnt++] != NULL, "out of memory");
    }
    return w->failed ? ERR_INVALID : 0;
}

int
script_csv_line(struct script *s, struct words *w, char *row)
{
    struct record_line r;
    clear(&r);
    if (s->csv == NULL)
        return take_columns(s, w, row);
    uint32_t at = 0;
    for (char *cell; !w->failed && (cell = cut_cell(&row, w)) != NULL; at++)
        if (at == s->csv->cnt)
            words_fail(w, "expected %u cells, found more", at);
        else if (*cell != '\0')
            add(&r, w, s->csv->names[at], cell, strlen(cell));
    return w->failed ? ERR_INVALID : run_named(s, w, &r);
}

void
script_csv_free(struct script_csv *csv)
{
    for (uint32_t i = 0; csv != NULL && i < csv->cnt; i++)
        free(csv->names[i]);
    free(csv);
}

const struct script_row SCRIPT_RECORDS[] = {{"send", verb_send}, {NULL, NULL}};
