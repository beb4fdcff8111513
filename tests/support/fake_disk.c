#include "tests/support/fake_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"

enum { BLOCK = 4096, SECTOR = 512, NAME_MAX_BYTES = 96, HANDLE_BASE = 1000 };

struct fake_file {
    char name[NAME_MAX_BYTES];
    bool exists;
    uint64_t size;             /* allocated or written */
    uint8_t **live, **durable; /* blocks; NULL = zeros */
    uint8_t *dirty;            /* per block: live and durable may differ */
    uint32_t block_cnt;
};

enum op_kind { OP_CREATE, OP_RENAME, OP_REMOVE };
struct fake_name_op {
    enum op_kind kind;
    uint32_t file;
    char from[NAME_MAX_BYTES], to[NAME_MAX_BYTES];
};

static void *
must(void *p)
{
    CHECK(p != NULL, "out of memory");
    return p;
}

static void
grow(struct fake_file *file, uint64_t bytes)
{
    uint32_t cnt = (uint32_t)((bytes + BLOCK - 1) / BLOCK);
    if (cnt > file->block_cnt) {
        file->live = must(realloc(file->live, cnt * sizeof(*file->live)));
        file->durable = must(realloc(file->durable, cnt * sizeof(*file->durable)));
        file->dirty = must(realloc(file->dirty, cnt));
        for (uint32_t i = file->block_cnt; i < cnt; i++) {
            file->live[i] = file->durable[i] = NULL;
            file->dirty[i] = 0;
        }
        file->block_cnt = cnt;
    }
    if (bytes > file->size)
        file->size = bytes;
}

static void
put_bytes(uint8_t **block, uint32_t at, const uint8_t *from, uint32_t bytes)
{
    if (*block == NULL) {
        uint32_t i = 0;
        while (i < bytes && from[i] == 0)
            i++;
        if (i == bytes)
            return; /* zeros over zeros: stays sparse */
        *block = must(calloc(1, BLOCK));
    }
    memcpy(*block + at, from, bytes);
}

/* Writes sector by sector: into the live state, and into the durable one too if asked. keep: per
 * mille of sectors that arrive. */
static void
put(struct fake_disk *f, struct fake_file *file, const uint8_t *from, uint64_t bytes,
    uint64_t offset, bool durable, uint64_t keep_per_mille)
{
    grow(file, offset + bytes);
    while (bytes > 0) {
        uint32_t in = (uint32_t)(offset % SECTOR);
        uint32_t n = SECTOR - in < bytes ? SECTOR - in : (uint32_t)bytes;
        uint64_t i = offset / BLOCK;
        if (keep_per_mille == 1000 || seed_below(f->seed, 1000) < keep_per_mille) {
            put_bytes(&file->live[i], (uint32_t)(offset % BLOCK), from, n);
            if (durable)
                put_bytes(&file->durable[i], (uint32_t)(offset % BLOCK), from, n);
            else
                file->dirty[i] = 1;
        }
        from += n;
        offset += n;
        bytes -= n;
    }
}

static void
copy_block(uint8_t **to, const uint8_t *from)
{
    if (from == NULL && *to == NULL)
        return;
    if (*to == NULL)
        *to = must(calloc(1, BLOCK));
    if (from == NULL)
        memset(*to, 0, BLOCK);
    else
        memcpy(*to, from, BLOCK);
}

static void
make_durable(struct fake_file *file)
{
    for (uint32_t i = 0; i < file->block_cnt; i++)
        if (file->dirty[i]) {
            copy_block(&file->durable[i], file->live[i]);
            file->dirty[i] = 0;
        }
}

/* --- names --- */

static struct fake_file *
find(struct fake_disk *f, const char *name)
{
    for (uint32_t i = 0; i < f->file_cnt; i++)
        if (f->files[i].exists && strcmp(f->files[i].name, name) == 0)
            return &f->files[i];
    return NULL;
}

static void
note_op(struct fake_disk *f, enum op_kind kind, const struct fake_file *file, const char *from,
        const char *to)
{
    if (f->op_cnt == f->op_max) {
        f->op_max = f->op_max == 0 ? 64 : 2 * f->op_max;
        f->name_ops = must(realloc(f->name_ops, f->op_max * sizeof(*f->name_ops)));
    }
    struct fake_name_op *op = &f->name_ops[f->op_cnt++];
    op->kind = kind;
    op->file = (uint32_t)(file - f->files);
    (void)snprintf(op->from, sizeof(op->from), "%s", from);
    (void)snprintf(op->to, sizeof(op->to), "%s", to);
}

static int
ops_lock(void *self, char *owner, size_t owner_bytes)
{
    struct fake_disk *f = self;
    if (f->locked) {
        (void)snprintf(owner, owner_bytes, "pid 1");
        return -EWOULDBLOCK;
    }
    f->locked = true;
    f->dead = false;
    return 0;
}

static void
ops_unlock(void *self)
{
    ((struct fake_disk *)self)->locked = false;
}

static int
ops_folder_make(void *self, const char *name)
{
    (void)self;
    (void)name;
    return 0;
}

static int
ops_folder_sync(void *self, const char *name)
{
    struct fake_disk *f = self;
    uint32_t kept = 0;
    size_t length = strlen(name);
    if (f->dead)
        return -EIO;
    if (f->fail_sync_after != 0 && --f->fail_sync_after == 0)
        return -EIO;
    for (uint32_t i = 0; i < f->op_cnt; i++)
        if (strncmp(f->name_ops[i].from, name, length) != 0 && strcmp(name, ".") != 0)
            f->name_ops[kept++] = f->name_ops[i];
    f->op_cnt = kept;
    return 0;
}

static int
ops_list(void *self, const char *folder, void (*visit)(void *arg, const char *name), void *arg)
{
    struct fake_disk *f = self;
    size_t length = strlen(folder);
    for (uint32_t i = 0; i < f->file_cnt; i++)
        if (f->files[i].exists && strncmp(f->files[i].name, folder, length) == 0 &&
            f->files[i].name[length] == '/')
            visit(arg, f->files[i].name + length + 1);
    return 0;
}

static int
ops_rename(void *self, const char *from, const char *to)
{
    struct fake_disk *f = self;
    struct fake_file *file = find(f, from), *over = find(f, to);
    if (f->dead)
        return -EIO;
    if (file == NULL)
        return -ENOENT;
    if (over != NULL) {
        note_op(f, OP_REMOVE, over, to, "");
        over->exists = false;
    }
    note_op(f, OP_RENAME, file, from, to);
    (void)snprintf(file->name, sizeof(file->name), "%s", to);
    return 0;
}

static int
ops_remove(void *self, const char *name)
{
    struct fake_disk *f = self;
    struct fake_file *file = find(f, name);
    if (f->dead)
        return -EIO;
    if (file == NULL)
        return -ENOENT;
    note_op(f, OP_REMOVE, file, name, "");
    file->exists = false;
    return 0;
}

/* --- files --- */

static int
ops_open(void *self, const char *name, enum disk_mode mode)
{
    struct fake_disk *f = self;
    struct fake_file *file = find(f, name);
    if (file != NULL && mode == DISK_NEW_DIRECT)
        return -EEXIST;
    if (file == NULL && (mode == DISK_READ || mode == DISK_DIRECT))
        return -ENOENT;
    if (f->dead && mode != DISK_READ)
        return -EIO;
    if (file == NULL) {
        if (f->file_cnt == f->file_max) {
            f->file_max = f->file_max == 0 ? 64 : 2 * f->file_max;
            f->files = must(realloc(f->files, f->file_max * sizeof(*f->files)));
        }
        file = &f->files[f->file_cnt++];
        *file = (struct fake_file){.exists = true};
        (void)snprintf(file->name, sizeof(file->name), "%s", name);
        note_op(f, OP_CREATE, file, name, "");
    } else if (mode == DISK_NEW) {
        file->size = 0;
    }
    return HANDLE_BASE + (int)(file - f->files);
}

static struct fake_file *
of_handle(struct fake_disk *f, int handle)
{
    CHECK(handle >= HANDLE_BASE && (uint32_t)(handle - HANDLE_BASE) < f->file_cnt);
    return &f->files[handle - HANDLE_BASE];
}

static void
ops_close(void *self, int handle)
{
    (void)of_handle(self, handle);
}

static int64_t
ops_size(void *self, int handle)
{
    return (int64_t)of_handle(self, handle)->size;
}

static int
ops_allocate(void *self, int handle, uint64_t bytes)
{
    struct fake_disk *f = self;
    uint64_t all = bytes;
    if (f->dead)
        return -EIO;
    for (uint32_t i = 0; i < f->file_cnt; i++)
        all += f->files[i].exists ? f->files[i].size : 0;
    if (f->capacity_bytes != 0 && all > f->capacity_bytes)
        return -ENOSPC;
    grow(of_handle(f, handle), bytes);
    return 0;
}

static int64_t
ops_read(void *self, int handle, void *out, size_t bytes, uint64_t offset)
{
    struct fake_file *file = of_handle(self, handle);
    uint8_t *to = out;
    uint64_t done = 0;
    while (done < bytes && offset + done < file->size) {
        uint64_t at = offset + done;
        uint64_t n = BLOCK - at % BLOCK;
        n = n < bytes - done ? n : bytes - done;
        n = n < file->size - at ? n : file->size - at;
        const uint8_t *block = file->live[at / BLOCK];
        if (block == NULL)
            memset(to + done, 0, n);
        else
            memcpy(to + done, block + at % BLOCK, n);
        done += n;
    }
    return (int64_t)done;
}

static int64_t
ops_write(void *self, int handle, const void *in, size_t bytes, uint64_t offset)
{
    struct fake_disk *f = self;
    if (f->dead)
        return -EIO;
    put(f, of_handle(f, handle), in, bytes, offset, false, 1000);
    return (int64_t)bytes;
}

static int
ops_sync(void *self, int handle)
{
    struct fake_disk *f = self;
    if (f->dead)
        return -EIO;
    if (f->fail_sync_after != 0 && --f->fail_sync_after == 0)
        return -EIO;
    make_durable(of_handle(f, handle));
    return 0;
}

static int64_t
ops_utc_ns(void *self)
{
    return ++((struct fake_disk *)self)->utc_ns;
}

static int
ops_random(void *self, void *out, size_t bytes)
{
    struct fake_disk *f = self;
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)out)[i] = (uint8_t)seed_next(f->seed);
    return 0;
}

/* --- the write in flight --- */

static int
ops_writer_open(void *self, void *const buffers[2], size_t buffer_bytes, int event_fd)
{
    struct fake_disk *f = self;
    (void)buffer_bytes;
    (void)event_fd;
    f->buffers[0] = buffers[0];
    f->buffers[1] = buffers[1];
    f->flying = false;
    return 0;
}

static void
ops_writer_close(void *self)
{
    ((struct fake_disk *)self)->flying = false;
}

static bool
counts_down(uint32_t *knob)
{
    return *knob != 0 && --*knob == 0;
}

void
fake_disk_land(struct fake_disk *f)
{
    if (!f->flying || f->landed)
        return;
    f->landed = true;
    f->write_cnt++;
    f->fly_result = (int64_t)f->fly_bytes;
    uint64_t bytes = f->fly_bytes, offset = f->fly_offset;
    if (counts_down(&f->fail_after)) {
        f->fly_result = f->fail_result;
        bytes = f->fail_result > 0 ? (uint64_t)f->fail_result : 0;
    }
    if (counts_down(&f->lose_after)) {
        bytes = 0;
        f->lied_at = f->write_cnt;
    }
    if (counts_down(&f->misdirect_after)) {
        offset += BLOCK;
        f->lied_at = f->write_cnt;
    }
    put(f, of_handle(f, f->fly_file), f->fly_from, bytes, offset, f->durable, 1000);
}

static int
ops_writer_submit(void *self, int handle, unsigned buffer, size_t buffer_offset, size_t bytes,
                  uint64_t offset, bool durable)
{
    struct fake_disk *f = self;
    CHECK(!f->flying, "two writes in flight");
    CHECK(bytes % BLOCK == 0 && offset % BLOCK == 0);
    f->flying = true;
    f->landed = false;
    f->durable = durable;
    f->fly_file = handle;
    f->fly_from = f->buffers[buffer] + buffer_offset;
    f->fly_bytes = bytes;
    f->fly_offset = offset;
    if (!f->hold)
        fake_disk_land(f);
    return 0;
}

static int
ops_writer_reap(void *self, int64_t *result)
{
    struct fake_disk *f = self;
    if (!f->flying || !f->landed)
        return 0;
    f->flying = false;
    *result = f->fly_result;
    return 1;
}

static void
ops_writer_wait(void *self, int64_t deadline_mono_ns)
{
    (void)deadline_mono_ns;
    fake_disk_land(self); /* whoever waits gets it */
}

/* --- life, crashes, faults --- */

void
fake_disk_open(struct fake_disk *f, struct seed *seed)
{
    *f = (struct fake_disk){.seed = seed};
    f->ops = (struct journal_disk){.self = f,
                                   .lock = ops_lock,
                                   .unlock = ops_unlock,
                                   .folder_make = ops_folder_make,
                                   .folder_sync = ops_folder_sync,
                                   .list = ops_list,
                                   .rename = ops_rename,
                                   .remove = ops_remove,
                                   .open = ops_open,
                                   .close = ops_close,
                                   .size = ops_size,
                                   .allocate = ops_allocate,
                                   .read = ops_read,
                                   .write = ops_write,
                                   .sync = ops_sync,
                                   .utc_ns = ops_utc_ns,
                                   .random = ops_random,
                                   .writer_open = ops_writer_open,
                                   .writer_close = ops_writer_close,
                                   .writer_submit = ops_writer_submit,
                                   .writer_reap = ops_writer_reap,
                                   .writer_wait = ops_writer_wait};
}

void
fake_disk_close(struct fake_disk *f)
{
    for (uint32_t i = 0; i < f->file_cnt; i++) {
        for (uint32_t k = 0; k < f->files[i].block_cnt; k++) {
            free(f->files[i].live[k]);
            free(f->files[i].durable[k]);
        }
        free(f->files[i].live);
        free(f->files[i].durable);
        free(f->files[i].dirty);
    }
    free(f->files);
    free(f->name_ops);
    *f = (struct fake_disk){0};
}

/* Takes back the last names that were not synced: a prefix of what was done survives. */
static void
lose_names(struct fake_disk *f)
{
    uint32_t kept = (uint32_t)seed_below(f->seed, f->op_cnt + 1);
    for (uint32_t i = f->op_cnt; i-- > kept;) {
        const struct fake_name_op *op = &f->name_ops[i];
        struct fake_file *file = &f->files[op->file];
        if (op->kind == OP_CREATE)
            file->exists = false;
        else if (op->kind == OP_REMOVE)
            file->exists = true;
        else
            (void)snprintf(file->name, sizeof(file->name), "%s", op->from);
    }
    f->op_cnt = 0;
}

static void
lose_unsynced(struct fake_disk *f, struct fake_file *file, uint64_t keep_per_mille)
{
    static const uint8_t zeros[SECTOR];
    for (uint32_t i = 0; i < file->block_cnt; i++) {
        if (!file->dirty[i])
            continue;
        for (uint32_t at = 0; at < BLOCK; at += SECTOR) {
            const uint8_t *live = file->live[i] != NULL ? file->live[i] + at : zeros;
            if (seed_below(f->seed, 1000) < keep_per_mille)
                put_bytes(&file->durable[i], at, live, SECTOR);
        }
        copy_block(&file->live[i], file->durable[i]);
        file->dirty[i] = 0;
    }
}

void
fake_disk_crash(struct fake_disk *f, enum fake_disk_crash how)
{
    static const uint64_t chances[] = {0, 100, 500, 900, 1000};
    if (f->flying && !f->landed) {
        uint64_t keep = chances[seed_below(f->seed, 5)];
        put(f, of_handle(f, f->fly_file), f->fly_from, f->fly_bytes, f->fly_offset, f->durable,
            keep);
        f->landed = true; /* its writer is gone, and is not to wait for it */
        f->fly_result = -EIO;
    }
    f->locked = false;
    f->dead = true;
    if (how != FAKE_DISK_POWER)
        return;
    uint64_t keep = chances[seed_below(f->seed, 5)];
    for (uint32_t i = 0; i < f->file_cnt; i++)
        lose_unsynced(f, &f->files[i], keep);
    lose_names(f);
}

bool
fake_disk_flip(struct fake_disk *f, const char *name, uint64_t offset, unsigned bit)
{
    struct fake_file *file = find(f, name);
    if (file == NULL || offset >= file->size || file->live[offset / BLOCK] == NULL)
        return false;
    uint8_t mask = (uint8_t)(1u << bit);
    file->live[offset / BLOCK][offset % BLOCK] ^= mask;
    if (file->durable[offset / BLOCK] == NULL)
        file->durable[offset / BLOCK] = must(calloc(1, BLOCK));
    file->durable[offset / BLOCK][offset % BLOCK] ^= mask;
    return true;
}

const char *
fake_disk_any(struct fake_disk *f, const char *begin)
{
    const char *found = NULL;
    uint64_t cnt = 0;
    for (uint32_t i = 0; i < f->file_cnt; i++)
        if (f->files[i].exists && strncmp(f->files[i].name, begin, strlen(begin)) == 0 &&
            seed_below(f->seed, ++cnt) == 0)
            found = f->files[i].name;
    return found;
}

uint64_t
fake_disk_any_offset(struct fake_disk *f, const char *name)
{
    struct fake_file *file = find(f, name);
    uint64_t found = UINT64_MAX, cnt = 0;
    for (uint32_t i = 0; file != NULL && i < file->block_cnt; i++) {
        uint64_t at = (uint64_t)i * BLOCK + seed_below(f->seed, BLOCK);
        if (file->live[i] != NULL && at < file->size && seed_below(f->seed, ++cnt) == 0)
            found = at;
    }
    return found;
}

uint64_t
fake_disk_last_offset(struct fake_disk *f, const char *name)
{
    struct fake_file *file = find(f, name);
    for (uint32_t i = file != NULL ? file->block_cnt : 0; i-- > 0;) {
        uint64_t at = (uint64_t)i * BLOCK + seed_below(f->seed, BLOCK / 8);
        if (file->live[i] != NULL && at < file->size)
            return at;
    }
    return UINT64_MAX;
}
