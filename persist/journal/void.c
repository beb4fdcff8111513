#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/model/event.h"
#include "persist/journal/journal_priv.h"
#include "persist/journal/reader.h"

static int
check_people(const struct journal_void *v, struct error *err)
{
    const struct {
        const char *name, *text;
        size_t max;
    } texts[] = {{"actor", v->actor, VOID_NAME_MAX},
                 {"second", v->second, VOID_NAME_MAX},
                 {"reason", v->reason, VOID_REASON_MAX}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t length = texts[i].text == NULL ? 0 : strlen(texts[i].text);
        if (length == 0 || length > texts[i].max)
            return error_set(err, ERR_INVALID, "%s: expected 1 to %zu bytes, found %zu",
                             texts[i].name, texts[i].max, length);
    }
    if (strcmp(v->actor, v->second) == 0)
        return error_set(err, ERR_PERMISSION,
                         "voiding a command takes two people: actor and second are both %s",
                         v->actor);
    return 0;
}

/* Whether the journal's last command has an event, which may have been released. */
static int
last_has_event(struct journal *j, bool *has, struct error *err)
{
    struct walk w;
    const struct record_batch *b;
    uint64_t with_event = 0;
    int rc = walk_open(&w, &j->disk, err);
    if (rc == 0)
        rc = walk_begin(&w, j->tail_first_cmd_seq, err);
    while (rc == 0) {
        int answer = walk_next(&w, &b, err);
        if (answer < 0)
            rc = answer;
        if (answer != WALK_BATCH)
            break;
        const uint8_t *bytes = (const uint8_t *)b;
        for (uint32_t at = sizeof(*b); at < b->data_bytes;) {
            const struct record *rec = (const struct record *)(bytes + at);
            if (rec->kind == RECORD_EVENT)
                with_event = ((const struct event *)rec)->cmd_seq;
            at += rec->length_bytes;
        }
    }
    walk_close(&w);
    *has = with_event == j->place.cmd_seq;
    return rc;
}

/* Nothing was released of the command: it has no place in the journal yet, or lies at its end
 * without any event. What has events is durable together with them, so they may have been told. */
static int
check_unreleased(struct journal *j, const struct journal_void *v, struct crash *crash,
                 bool *in_place, struct error *err)
{
    uint64_t last = j->place.cmd_seq;
    bool has_event = true;
    if (v->cmd_seq <= last && v->cmd_seq != 0) {
        int rc = v->cmd_seq == last ? last_has_event(j, &has_event, err) : 0;
        if (rc != 0)
            return rc;
        if (journal_is_void(j, v->cmd_seq))
            return error_set(err, ERR_PERMISSION, "command %" PRIu64 " is void already",
                             v->cmd_seq);
        if (has_event)
            return error_set(err, ERR_PERMISSION,
                             "command %" PRIu64 " is in the journal with its events, which may "
                             "have been released (the last is %" PRIu64
                             "); run the build that wrote it instead",
                             v->cmd_seq, last);
        if (j->snapshot.bytes != NULL && j->snapshot.head.cmd_seq >= v->cmd_seq)
            return error_set(err, ERR_PERMISSION, "%s covers command %" PRIu64, j->snapshot.file,
                             v->cmd_seq);
    }
    int rc = crash_read(&j->disk, crash, err);
    if (rc != 0)
        return rc;
    if (crash->cmd_seq != v->cmd_seq)
        return error_set(err, ERR_NOT_FOUND,
                         "no crash names command %" PRIu64 ": %s/crash names %" PRIu64, v->cmd_seq,
                         journal_disk_path(&j->disk), crash->cmd_seq);
    if (v->cmd_seq > last + 1)
        return error_set(err, ERR_NOT_FOUND,
                         "command %" PRIu64 ": the journal ends with command %" PRIu64, v->cmd_seq,
                         last);
    *in_place = v->cmd_seq == last + 1;
    return 0;
}

static void
copy_text(char *out, size_t max, const char *text)
{
    memcpy(out, text, strnlen(text, max));
}

int
journal_void(const char *data_dir, const struct journal_void *v, const struct journal_options *o,
             struct error *err)
{
    struct error mine = {0};
    struct journal *j = NULL;
    struct journal_options existing = o != NULL ? *o : (struct journal_options){0};
    struct crash crash;
    bool in_place = false;
    existing.existing = 1;
    int rc = check_people(v, &mine);
    if (rc == 0)
        rc = journal_open(&j, data_dir, &existing, &mine);
    if (rc == 0)
        rc = check_unreleased(j, v, &crash, &in_place, &mine);
    if (rc == 0)
        rc = writer_open(j, NULL, &mine);
    if (rc == 0) {
        struct record_void rec = {.rec = {.length_bytes = sizeof(rec),
                                          .kind = RECORD_VOID,
                                          .version = RECORD_VERSION,
                                          .epoch = j->place.epoch,
                                          .seq = v->cmd_seq},
                                  .time_ns = j->disk.utc_ns(j->disk.self),
                                  .in_place = in_place};
        memcpy(rec.command_sha256, crash.command_sha256, sizeof(rec.command_sha256));
        copy_text(rec.actor, sizeof(rec.actor), v->actor);
        copy_text(rec.second, sizeof(rec.second), v->second);
        copy_text(rec.reason, sizeof(rec.reason), v->reason);
        writer_append(j, &rec.rec, 0);
        rc = writer_flush(j, &mine);
        if (rc == 0 && j->o.durability == JOURNAL_ASYNC &&
            j->disk.sync(j->disk.self, j->writer.file) != 0)
            rc = error_set(&mine, ERR_IO, "%s: sync", j->writer.name);
    }
    if (rc == 0) {
        LOG_W("journal", "command %" PRIu64 " is void by %s and %s: %s", v->cmd_seq, v->actor,
              v->second, v->reason);
        (void)j->disk.rename(j->disk.self, "crash", "crash.void");
    }
    journal_close(j);
    return rc == 0 ? 0 : error_set(err, rc, "%s", mine.text);
}
