#include "gateway/fix/fix_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 4096, GROW_BYTES = 1 << 20, VERSION = 1, PATH_BYTES = 512 };
static const uint64_t MAGIC = 0x50414d5849465341ull; /* "ASFIXMAP" */

/* Blocks are taken before they are mapped: a full disk is an error here, not a SIGBUS later. The
 * head has a mapping of its own, which never moves; that of the records may. */
static int
map_grow(struct fix_map *m, uint64_t bytes, struct error *err)
{
    bytes = (bytes + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;
    int rc = posix_fallocate(m->fd, 0, (off_t)(HEAD_BYTES + bytes));
    if (rc != 0)
        return error_errno(err, rc, "fix map: no room for %llu bytes", (unsigned long long)bytes);
    void *at = m->records == NULL
                   ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, HEAD_BYTES)
                   : mremap(m->records, m->map_bytes, bytes, MREMAP_MAYMOVE);
    if (at == MAP_FAILED)
        return error_errno(err, errno, "fix map: mmap of %llu bytes", (unsigned long long)bytes);
    m->records = at;
    m->map_bytes = bytes;
    m->record_max = bytes / sizeof(struct fix_map_record);
    return 0;
}

static int
map_open(struct fix_map *m, struct error *err)
{
    struct stat st;
    if (fstat(m->fd, &st) != 0)
        return error_errno(err, errno, "fix map");
    uint64_t bytes = st.st_size > HEAD_BYTES ? (uint64_t)st.st_size - HEAD_BYTES : GROW_BYTES;
    int rc = map_grow(m, bytes, err);
    if (rc != 0)
        return rc;
    void *at = mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (at == MAP_FAILED)
        return error_errno(err, errno, "fix map: mmap");
    m->head = at;
    return 0;
}

static int
open_file(const char *folder, uint32_t session_id, const char *kind, struct error *err)
{
    char path[PATH_BYTES];
    int cnt = snprintf(path, sizeof(path), "%s/%u.%s", folder, session_id, kind);
    if (cnt < 0 || cnt >= (int)sizeof(path))
        return error_set(err, ERR_INVALID, "the path of the folder %s is too long", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : error_errno(err, errno, "cannot open %s", path);
}

/* The last event whose number is sure: records from the beginning up to the first that lacks. */
static uint64_t
last_sure_event(const struct fix_map *m)
{
    uint64_t last = m->head->floor_event;
    for (uint64_t number = 1; number < m->head->next_out;) {
        const struct fix_map_record *r = fix_map_get(m, number);
        if (r == NULL)
            break;
        if (r->kind == FIX_MAP_EVENT && r->ref > last)
            last = r->ref;
        number += r->kind == FIX_MAP_GAP && r->ref > 0 ? r->ref : 1;
    }
    return last;
}

static int
head_check(struct fix_map *m, uint32_t session_id, struct fix_map_found *found, struct error *err)
{
    struct fix_map_head *h = m->head;
    found->fresh = h->magic == 0;
    if (found->fresh) {
        *h = (struct fix_map_head){.magic = MAGIC,
                                   .version = VERSION,
                                   .session_id = session_id,
                                   .next_out = 1,
                                   .next_in = 1};
        found->clean = false;
        found->last_event = 0;
        return 0;
    }
    if (h->magic != MAGIC || h->version != VERSION || h->session_id != session_id)
        return error_set(err, ERR_CORRUPT,
                         "fix map of session %u: not a map of this session and version; move the "
                         "file away to start the session's numbers above the reserved ones",
                         session_id);
    found->clean = h->clean != 0;
    uint64_t sure = last_sure_event(m);
    found->last_event = h->clean != 0 && h->event_seq > sure ? h->event_seq : sure;
    h->clean = 0;
    return 0;
}

int
fix_map_open(struct fix_map *m, const char *folder, uint32_t session_id,
             struct fix_map_found *found, struct error *err)
{
    *m = (struct fix_map){.fd = -1, .msg_fd = -1};
    int rc = m->fd = open_file(folder, session_id, "map", err);
    if (rc < 0)
        return rc;
    rc = m->msg_fd = open_file(folder, session_id, "msg", err);
    if (rc < 0)
        goto fail;
    rc = map_open(m, err);
    if (rc == 0)
        rc = head_check(m, session_id, found, err);
    if (rc == 0)
        return 0;
fail:
    fix_map_close(m, false);
    return rc;
}

void
fix_map_close(struct fix_map *m, bool clean)
{
    if (m->head != NULL && clean) {
        (void)msync(m->records, m->map_bytes,
                    MS_SYNC); /* the mark comes after what it vouches for */
        m->head->clean = 1;
        (void)msync(m->head, HEAD_BYTES, MS_SYNC);
    }
    if (m->head != NULL)
        munmap(m->head, HEAD_BYTES);
    if (m->records != NULL)
        munmap(m->records, m->map_bytes);
    if (m->fd >= 0)
        close(m->fd);
    if (m->msg_fd >= 0)
        close(m->msg_fd);
    *m = (struct fix_map){.fd = -1, .msg_fd = -1};
}

void
fix_map_put(struct fix_map *m, const struct fix_map_record *r)
{
    uint64_t place = m->head->base + r->number - 1;
    if (place >= m->record_max && map_grow(m, HEAD_BYTES + (place + 1) * sizeof(*r), NULL) != 0) {
        m->lost_cnt++;
        return;
    }
    m->records[place] = *r;
}

const struct fix_map_record *
fix_map_get(const struct fix_map *m, uint64_t number)
{
    uint64_t place = m->head->base + number - 1;
    if (number == 0 || place >= m->record_max)
        return NULL;
    const struct fix_map_record *r = &m->records[place];
    return r->number == number && r->kind != 0 ? r : NULL;
}

bool
fix_map_keep(struct fix_map *m, const void *bytes, uint32_t cnt, struct fix_map_record *r)
{
    if (pwrite(m->msg_fd, bytes, cnt, (off_t)m->head->msg_bytes) != (ssize_t)cnt) {
        m->lost_cnt++;
        return false;
    }
    r->ref = m->head->msg_bytes;
    r->bytes = cnt;
    m->head->msg_bytes += cnt;
    return true;
}

bool
fix_map_read(const struct fix_map *m, const struct fix_map_record *r, void *out)
{
    return r->ref + r->bytes <= m->head->msg_bytes &&
           pread(m->msg_fd, out, r->bytes, (off_t)r->ref) == (ssize_t)r->bytes;
}

/* The old records must not be taken for new ones: gives the file back and takes it anew; on a disk
 * that has no room even for that, begins behind them. */
void
fix_map_reset(struct fix_map *m)
{
    struct fix_map_head *h = m->head;
    uint64_t used = h->base + h->next_out - 1;
    if (ftruncate(m->fd, HEAD_BYTES) == 0) {
        h->base = 0;
        h->msg_bytes = 0;
        if (posix_fallocate(m->fd, 0, (off_t)(HEAD_BYTES + m->map_bytes)) != 0)
            m->record_max = 0; /* put tries again, and counts what is lost */
    } else {
        h->base = used;
    }
    h->next_out = 1;
    h->sent_out = 0;
}
