#include "persist/journal/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/base/clock.h"

enum { RING_ENTRIES = 8, TAG_BELL = 1, TAG_WRITE = 2 };

struct os_disk {
    int dir_fd, lock_fd;
    bool ring_open, buffers_registered, files_registered;
    bool bell_posted;
    bool result_ready;
    /* The file that the last write went to, by how it went; -1 none. A number stands for one file
     * as long as the rule of disk.h for closing holds. */
    int registered_file, cached_file;
    int event_fd;
    int64_t result;
    uint64_t bell_value; /* read from the eventfd by the ring */
    struct iovec iov[2];
    struct io_uring ring;
    char path[512];
};

static int
os_lock(void *self, char *owner, size_t owner_bytes)
{
    struct os_disk *d = self;
    int fd = openat(d->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int code = errno;
        ssize_t n = pread(fd, owner, owner_bytes - 1, 0);
        owner[n > 0 ? n : 0] = '\0';
        owner[strcspn(owner, "\n")] = '\0';
        (void)close(fd);
        return -code;
    }
    char text[96];
    int length = snprintf(text, sizeof(text), "pid %ld, started %lld (UTC seconds)\n",
                          (long)getpid(), (long long)(clock_utc_ns() / CLOCK_NS_PER_S));
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length) {
        int code = errno;
        (void)close(fd);
        return -code;
    }
    d->lock_fd = fd;
    return 0;
}

static void
os_unlock(void *self)
{
    struct os_disk *d = self;
    if (d->lock_fd >= 0)
        (void)close(d->lock_fd);
    d->lock_fd = -1;
}

static int
os_folder_make(void *self, const char *name)
{
    struct os_disk *d = self;
    return mkdirat(d->dir_fd, name, 0750) == 0 || errno == EEXIST ? 0 : -errno;
}

static int
os_folder_sync(void *self, const char *name)
{
    struct os_disk *d = self;
    int fd = openat(d->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = fsync(fd) == 0 ? 0 : -errno;
    (void)close(fd);
    return rc;
}

static int
os_list(void *self, const char *folder, void (*visit)(void *arg, const char *name), void *arg)
{
    struct os_disk *d = self;
    int fd = openat(d->dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int code = errno;
        (void)close(fd);
        return -code;
    }
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            visit(arg, e->d_name);
    int rc = -errno;
    (void)closedir(dir);
    return rc;
}

static int
os_rename(void *self, const char *from, const char *to)
{
    struct os_disk *d = self;
    return renameat(d->dir_fd, from, d->dir_fd, to) == 0 ? 0 : -errno;
}

static int
os_remove(void *self, const char *name)
{
    struct os_disk *d = self;
    return unlinkat(d->dir_fd, name, 0) == 0 ? 0 : -errno;
}

static int
os_open(void *self, const char *name, enum disk_mode mode)
{
    struct os_disk *d = self;
    int flags = O_CLOEXEC;
    if (mode == DISK_READ)
        flags |= O_RDONLY;
    else
        flags |= O_RDWR;
    if (mode == DISK_NEW_DIRECT)
        flags |= O_CREAT | O_EXCL;
    if (mode == DISK_NEW)
        flags |= O_CREAT | O_TRUNC;
    bool direct = mode == DISK_DIRECT || mode == DISK_NEW_DIRECT;
    int fd = openat(d->dir_fd, name, flags | (direct ? O_DIRECT : 0), 0640);
    /* A file system without O_DIRECT leaves the file made all the same; it is opened plain. */
    if (fd < 0 && errno == EINVAL && direct)
        fd = openat(d->dir_fd, name, flags & ~O_EXCL, 0640);
    return fd >= 0 ? fd : -errno;
}

static void
os_close(void *self, int file)
{
    (void)self;
    (void)close(file);
}

static int64_t
os_size(void *self, int file)
{
    (void)self;
    struct stat st;
    return fstat(file, &st) == 0 ? (int64_t)st.st_size : -errno;
}

static int
os_allocate(void *self, int file, uint64_t bytes)
{
    (void)self;
    int rc = fallocate(file, 0, 0, (off_t)bytes) == 0 ? 0 : -errno;
    if (rc == -EOPNOTSUPP)
        rc = ftruncate(file, (off_t)bytes) == 0 ? 0 : -errno;
    return rc;
}

static int64_t
os_read(void *self, int file, void *out, size_t bytes, uint64_t offset)
{
    (void)self;
    ssize_t n;
    do
        n = pread(file, out, bytes, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : -errno;
}

static int64_t
os_write(void *self, int file, const void *in, size_t bytes, uint64_t offset)
{
    (void)self;
    ssize_t n = pwrite(file, in, bytes, (off_t)offset);
    return n >= 0 ? n : -errno;
}

static int
os_sync(void *self, int file)
{
    (void)self;
    return fsync(file) == 0 ? 0 : -errno;
}

static int64_t
os_utc_ns(void *self)
{
    (void)self;
    return clock_utc_ns();
}

static int
os_random(void *self, void *out, size_t bytes)
{
    (void)self;
    return getrandom(out, bytes, 0) == (ssize_t)bytes ? 0 : -errno;
}

static int
os_writer_open(void *self, void *const buffers[2], size_t buffer_bytes, int event_fd)
{
    struct os_disk *d = self;
    /* COOP_TASKRUN: completions come when this thread looks, without an interrupt in between. */
    int rc = io_uring_queue_init(RING_ENTRIES, &d->ring,
                                 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG);
    if (rc == -EINVAL)
        rc = io_uring_queue_init(RING_ENTRIES, &d->ring, 0);
    if (rc < 0)
        return rc;
    d->ring_open = true;
    d->event_fd = event_fd;
    d->bell_posted = d->result_ready = false;
    d->registered_file = d->cached_file = -1;
    for (int i = 0; i < 2; i++)
        d->iov[i] = (struct iovec){.iov_base = buffers[i], .iov_len = buffer_bytes};
    /* Both need locked memory, of which an ordinary user has little: without them it is slower by
     * a microsecond or two, and right. */
    d->buffers_registered = io_uring_register_buffers(&d->ring, d->iov, 2) == 0;
    int none = -1;
    d->files_registered = io_uring_register_files(&d->ring, &none, 1) == 0;
    return 0;
}

static void
os_writer_close(void *self)
{
    struct os_disk *d = self;
    if (d->ring_open)
        io_uring_queue_exit(&d->ring);
    d->ring_open = false;
}

/* Async: the page cache has it when this returns, so it outlives the process, and nobody waits for
 * the device; the journal's helper syncs behind. */
static int
write_cached(struct os_disk *d, int file, const char *from, size_t bytes, uint64_t offset)
{
    if (d->cached_file != file) {
        int flags = fcntl(file, F_GETFL);
        if (flags < 0 || fcntl(file, F_SETFL, flags & ~O_DIRECT) != 0)
            return -errno;
        d->cached_file = file;
    }
    d->result = os_write(d, file, from, bytes, offset);
    d->result_ready = true;
    return 0;
}

static int
os_writer_submit(void *self, int file, unsigned buffer, size_t buffer_offset, size_t bytes,
                 uint64_t offset, bool durable)
{
    struct os_disk *d = self;
    const char *from = (const char *)d->iov[buffer].iov_base + buffer_offset;
    if (!durable)
        return write_cached(d, file, from, bytes, offset);
    if (d->files_registered && d->registered_file != file) {
        int rc = io_uring_register_files_update(&d->ring, 0, &file, 1);
        if (rc < 0)
            return rc;
        d->registered_file = file;
    }
    struct io_uring_sqe *sqe = io_uring_get_sqe(&d->ring);
    if (sqe == NULL)
        return -EBUSY;
    int fd = d->files_registered ? 0 : file;
    if (d->buffers_registered)
        io_uring_prep_write_fixed(sqe, fd, from, (unsigned)bytes, offset, (int)buffer);
    else
        io_uring_prep_write(sqe, fd, from, (unsigned)bytes, offset);
    if (d->files_registered)
        sqe->flags |= IOSQE_FIXED_FILE;
    sqe->rw_flags = RWF_DSYNC;
    sqe->user_data = TAG_WRITE;
    int rc = io_uring_submit(&d->ring);
    return rc < 0 ? rc : 0;
}

static void
take_completions(struct os_disk *d)
{
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&d->ring, &cqe) == 0) {
        if (cqe->user_data == TAG_WRITE) {
            d->result = cqe->res;
            d->result_ready = true;
        } else {
            d->bell_posted = false;
        }
        io_uring_cqe_seen(&d->ring, cqe);
    }
}

static int
os_writer_reap(void *self, int64_t *result)
{
    struct os_disk *d = self;
    if (!d->result_ready)
        take_completions(d);
    if (!d->result_ready)
        return 0;
    d->result_ready = false;
    *result = d->result;
    return 1;
}

static void
os_writer_wait(void *self, int64_t deadline_mono_ns)
{
    struct os_disk *d = self;
    if (d->result_ready)
        return;
    if (d->event_fd >= 0 && !d->bell_posted) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(&d->ring);
        if (sqe == NULL)
            return;
        io_uring_prep_read(sqe, d->event_fd, &d->bell_value, sizeof(d->bell_value), 0);
        sqe->user_data = TAG_BELL;
        d->bell_posted = true;
    }
    struct io_uring_cqe *cqe;
    if (deadline_mono_ns == INT64_MAX) {
        (void)io_uring_submit_and_wait(&d->ring, 1);
    } else {
        int64_t left = deadline_mono_ns - clock_mono_ns();
        left = left > 0 ? left : 0;
        struct __kernel_timespec ts = {.tv_sec = left / CLOCK_NS_PER_S,
                                       .tv_nsec = left % CLOCK_NS_PER_S};
        (void)io_uring_submit_and_wait_timeout(&d->ring, &cqe, 1, &ts, NULL);
    }
    take_completions(d);
}

int
journal_disk_open(struct journal_disk *out, const char *data_dir, struct error *err)
{
    struct os_disk *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the journal's disk");
    d->lock_fd = -1;
    (void)snprintf(d->path, sizeof(d->path), "%s", data_dir);
    d->dir_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->dir_fd < 0) {
        int code = errno;
        free(d);
        (void)error_errno(err, code, "data folder %s", data_dir);
        return code == ENOENT
                   ? error_set(err, ERR_NOT_FOUND, "data folder %s: there is none", data_dir)
                   : ERR_IO;
    }
    *out = (struct journal_disk){.self = d,
                                 .lock = os_lock,
                                 .unlock = os_unlock,
                                 .folder_make = os_folder_make,
                                 .folder_sync = os_folder_sync,
                                 .list = os_list,
                                 .rename = os_rename,
                                 .remove = os_remove,
                                 .open = os_open,
                                 .close = os_close,
                                 .size = os_size,
                                 .allocate = os_allocate,
                                 .read = os_read,
                                 .write = os_write,
                                 .sync = os_sync,
                                 .utc_ns = os_utc_ns,
                                 .random = os_random,
                                 .writer_open = os_writer_open,
                                 .writer_close = os_writer_close,
                                 .writer_submit = os_writer_submit,
                                 .writer_reap = os_writer_reap,
                                 .writer_wait = os_writer_wait};
    return 0;
}

void
journal_disk_close(struct journal_disk *disk)
{
    struct os_disk *d = disk->self;
    if (d == NULL)
        return;
    os_writer_close(d);
    os_unlock(d);
    (void)close(d->dir_fd);
    free(d);
    disk->self = NULL;
}

const char *
journal_disk_path(const struct journal_disk *disk)
{
    return disk->open == os_open ? ((const struct os_disk *)disk->self)->path : "";
}

int
journal_disk_read_all(const struct journal_disk *d, int file, void *out, size_t bytes,
                      uint64_t offset, size_t *got)
{
    size_t done = 0;
    while (done < bytes) {
        int64_t n = d->read(d->self, file, (uint8_t *)out + done, bytes - done, offset + done);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *got = done;
    return 0;
}
