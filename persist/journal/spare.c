#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "persist/journal/journal_priv.h"

void
spare_name(char out[SEGMENT_NAME_MAX], uint32_t number, const char *ending)
{
    (void)snprintf(out, SEGMENT_NAME_MAX, "journal/spare-%" PRIu32 ".%s", number, ending);
}

struct found {
    uint32_t zero[2 * SPARE_MAX], tmp[2 * SPARE_MAX];
    uint32_t zero_cnt, tmp_cnt;
};

static void
visit_spare(void *arg, const char *name)
{
    struct found *f = arg;
    const char *digits = name + strlen("spare-");
    char *end, as[SEGMENT_NAME_MAX];
    if (strncmp(name, "spare-", strlen("spare-")) != 0)
        return;
    uint32_t number = (uint32_t)strtoul(digits, &end, 10);
    if (*end != '.' || end > digits + 9)
        return;
    const char *ending = end + 1;
    spare_name(as, number, ending); /* the name that we would give, and no other that reads alike */
    if (strcmp(as + strlen("journal/"), name) != 0)
        return;
    if (strcmp(ending, "zero") == 0 && f->zero_cnt < 2 * SPARE_MAX)
        f->zero[f->zero_cnt++] = number;
    if (strcmp(ending, "tmp") == 0 && f->tmp_cnt < 2 * SPARE_MAX)
        f->tmp[f->tmp_cnt++] = number;
}

/* What the first write into a spare may have left there. */
static int
classify(struct journal *j, uint32_t number, struct spare_list *out, struct error *err)
{
    const struct journal_disk *d = &j->disk;
    char name[SEGMENT_NAME_MAX], as[SEGMENT_NAME_MAX];
    spare_name(name, number, "zero");
    int file = d->open(d->self, name, DISK_READ);
    if (file < 0)
        return error_errno(err, -file, "%s: open", name);
    uint8_t *bytes = aligned_alloc(JOURNAL_BLOCK_BYTES, BUFFER_BYTES);
    size_t got = 0;
    int rc = bytes == NULL ? -ENOMEM : d->sync(d->self, file);
    if (rc == 0)
        rc = journal_disk_read_all(d, file, bytes, BUFFER_BYTES, 0, &got);
    int64_t size = d->size(d->self, file);
    d->close(d->self, file);
    const struct record_segment *head = NULL;
    struct batch_fault fault;
    if (rc != 0) {
        rc = error_errno(err, -rc, "%s: sync and read", name);
    } else if (got < JOURNAL_BLOCK_BYTES || bytes_are_zero(bytes, got)) {
        if (size == (int64_t)j->o.segment_bytes && out->clean_cnt < SPARE_MAX / 2)
            out->clean[out->clean_cnt++] = number;
        else
            rc = d->remove(d->self, name);
    } else if (segment_check(bytes, &head, &fault) == 0) {
        segment_name(as, head->first_cmd_seq);
        int there = d->open(d->self, as, DISK_READ);
        if (there >= 0) {
            d->close(d->self, there);
            rc = error_set(err, ERR_CORRUPT, "%s: byte 0: head of %s, which exists", name, as);
        } else {
            rc = d->rename(d->self, name, as);
        }
    } else if (out->dirty_cnt < SPARE_MAX) {
        out->dirty[out->dirty_cnt++] = number;
    }
    free(bytes);
    if (rc < 0 && err->code == 0)
        rc = error_errno(err, -rc, "%s: rename or remove", name);
    return rc;
}

int
spare_adopt(struct journal *j, struct spare_list *out, struct error *err)
{
    struct found found = {0};
    *out = (struct spare_list){0};
    err->code = 0;
    int rc = j->disk.list(j->disk.self, "journal", visit_spare, &found);
    if (rc < 0)
        return error_errno(err, -rc, "journal: list of the folder");
    for (uint32_t i = 0; i < found.tmp_cnt; i++) {
        char name[SEGMENT_NAME_MAX];
        spare_name(name, found.tmp[i], "tmp");
        rc = j->disk.remove(j->disk.self, name);
        if (rc != 0)
            return error_errno(err, -rc, "%s: remove", name);
    }
    for (uint32_t i = 0; i < found.zero_cnt; i++) {
        rc = classify(j, found.zero[i], out, err);
        if (rc != 0)
            return rc;
    }
    rc = j->disk.folder_sync(j->disk.self, "journal");
    return rc == 0 ? 0 : error_errno(err, -rc, "journal: sync of the folder");
}
