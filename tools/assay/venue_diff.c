#include "tools/assay/venue_diff.h"

#include <stdio.h>
#include <string.h>

#include "engine/model/command.h"
#include "tools/config/venue_commands.h"

struct diff {
    struct journal_reader *reader;
    void (*say)(const char *line);
    struct error *err;
    int found;
};

/* The body and the names in the header are compared; what the sequencer stamps is not. */
static bool
same(const struct command *wanted, const struct command *stored)
{
    if (wanted->rec.type != stored->rec.type ||
        wanted->rec.length_bytes != stored->rec.length_bytes)
        return false;
    return wanted->account_id == stored->account_id && wanted->tenant_id == stored->tenant_id &&
           wanted->session_id == stored->session_id &&
           !memcmp(&wanted->id, &stored->id, sizeof wanted->id) &&
           !memcmp(wanted + 1, stored + 1, wanted->rec.length_bytes - sizeof *wanted);
}

static const char *
subject(const struct command *cmd, char *out, size_t out_bytes)
{
    const uint32_t *first = (const uint32_t *)(const void *)(cmd + 1);
    switch (cmd->rec.type) {
    case COMMAND_GENESIS:
        snprintf(out, out_bytes, "venue and capacity");
        break;
    case COMMAND_ASSET:
    case COMMAND_INSTRUMENT:
    case COMMAND_INSTRUMENT_RULES:
    case COMMAND_AUCTION_RULES:
    case COMMAND_PRICE_BANDS:
    case COMMAND_TICK_TABLE:
    case COMMAND_ALLOCATION:
    case COMMAND_TIMETABLE:
    case COMMAND_CALENDAR:
    case COMMAND_ACTOR:
        snprintf(out, out_bytes, "%s %u", command_name(cmd->rec.type), *first);
        break;
    case COMMAND_SESSION:
        snprintf(out, out_bytes, "%s %u", command_name(cmd->rec.type), cmd->session_id);
        break;
    default:
        snprintf(out, out_bytes, "%s of account %u", command_name(cmd->rec.type), cmd->account_id);
    }
    return out;
}

/* The next command of the journal that belongs to genesis; NULL when there is none left. */
static const struct command *
next_stored(struct diff *d, int *rc)
{
    const struct record *rec = NULL;
    while ((*rc = journal_reader_next(d->reader, &rec, d->err)) == 1) {
        if (rec->kind != RECORD_COMMAND)
            continue;
        const struct command *cmd = (const struct command *)rec;
        if (cmd->rec.type == COMMAND_GENESIS || (cmd->flags & COMMAND_FROM_CONFIG))
            return cmd;
        if (cmd->rec.type != COMMAND_EPOCH)
            return NULL;
    }
    return NULL;
}

static int
compare(void *arg, const struct command *wanted)
{
    struct diff *d = arg;
    int rc;
    char line[128], name[64];
    const struct command *stored = next_stored(d, &rc);
    if (rc < 0)
        return rc;
    if (stored && wanted->rec.type == COMMAND_GENESIS && stored->rec.type == COMMAND_GENESIS) {
        /* the key is drawn anew each time, the count follows, the file names no rules_version */
        struct command_genesis a, b;
        memcpy(&a, wanted, sizeof a);
        memcpy(&b, stored, sizeof b);
        a.hash_key = b.hash_key;
        a.config_cnt = b.config_cnt;
        a.rules_version = b.rules_version;
        if (same(&a.cmd, &b.cmd))
            return 0;
    } else if (stored && wanted->rec.type == COMMAND_TIMETABLE &&
               stored->rec.type == COMMAND_TIMETABLE) {
        /* what the zone is ahead of UTC is told from the day of the start on */
        struct command_timetable a, b;
        memcpy(&a, wanted, sizeof a);
        memcpy(&b, stored, sizeof b);
        a.table.offset_cnt = b.table.offset_cnt;
        memcpy(a.table.offsets, b.table.offsets, sizeof a.table.offsets);
        if (same(&a.cmd, &b.cmd))
            return 0;
    } else if (stored && same(wanted, stored)) {
        return 0;
    }
    snprintf(line, sizeof line, "%s: not as in the journal", subject(wanted, name, sizeof name));
    d->say(line);
    d->found++;
    /* entries that were added or removed shift all that follow: one such line says enough */
    return stored && stored->rec.type == wanted->rec.type ? 0 : 1;
}

int
venue_diff(const struct venue *v, struct journal_reader *reader, void (*say)(const char *line),
           struct error *err)
{
    struct diff d = {.reader = reader, .say = say, .err = err};
    int rc = venue_each_command(v, 0, compare, &d);
    return rc < 0 ? rc : d.found;
}
