#ifndef PERSIST_JOURNAL_DISK_H
#define PERSIST_JOURNAL_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

/* All that the journal asks of the machine: small enough that a simulation can stand in for it and
 * tear, lose and flip what was written. Names are relative to the data folder. Functions that
 * return int or int64_t answer >= 0, or -errno. Not more than one thread uses the writer part
 * (writer_* and after); the rest is for any thread. */
enum disk_mode {
    DISK_READ = 1,       /* exists */
    DISK_DIRECT = 2,     /* exists; whole blocks from aligned memory, past the page cache */
    DISK_NEW_DIRECT = 3, /* must not exist */
    DISK_NEW = 4,        /* made, or emptied; through the page cache */
};

struct journal_disk {
    void *self;

    /* Takes the exclusive lock of the data folder (made if need be) until unlock. -EWOULDBLOCK:
     * somebody holds it, and `owner` says who. */
    int (*lock)(void *self, char *owner, size_t owner_bytes);
    void (*unlock)(void *self);

    int (*folder_make)(void *self, const char *name); /* 0 also when it is there */
    int (*folder_sync)(void *self, const char *name); /* names in it are durable */
    int (*list)(void *self, const char *folder, void (*visit)(void *arg, const char *name),
                void *arg);
    int (*rename)(void *self, const char *from, const char *to);
    int (*remove)(void *self, const char *name);

    int (*open)(void *self, const char *name, enum disk_mode mode); /* a handle */
    void (*close)(void *self, int file);
    int64_t (*size)(void *self, int file);
    int (*allocate)(void *self, int file, uint64_t bytes); /* space for that many, or -ENOSPC */
    int64_t (*read)(void *self, int file, void *out, size_t bytes, uint64_t offset);
    int64_t (*write)(void *self, int file, const void *in, size_t bytes, uint64_t offset);
    int (*sync)(void *self, int file);

    int64_t (*utc_ns)(void *self); /* for heads and markers; decides nothing */
    int (*random)(void *self, void *out, size_t bytes);

    /* The writer's one write in flight. buffers: registered for its whole life. event_fd: wakes
     * writer_wait (-1 = none). durable: the result comes when the device has it; else when the
     * system has it, so that the end of the process does not lose it. A file that was written here
     * is closed only after another one was. */
    int (*writer_open)(void *self, void *const buffers[2], size_t buffer_bytes, int event_fd);
    void (*writer_close)(void *self);
    int (*writer_submit)(void *self, int file, unsigned buffer, size_t buffer_offset, size_t bytes,
                         uint64_t offset, bool durable);
    int (*writer_reap)(void *self, int64_t *result); /* 1: bytes written or -errno; 0: flying */
    void (*writer_wait)(void *self, int64_t deadline_mono_ns); /* a result, the event, the time */
};

/* The operating system's: a folder, files, io_uring. */
int journal_disk_open(struct journal_disk *out, const char *data_dir,
                      struct error *err) ERROR_MUST_USE;
void journal_disk_close(struct journal_disk *d);
/* Folder of an operating system's disk, for messages; "" for others. */
const char *journal_disk_path(const struct journal_disk *d);

/* Reads exactly `bytes`, or less at the end of the file; 0 or -errno with the amount in *got. */
int journal_disk_read_all(const struct journal_disk *d, int file, void *out, size_t bytes,
                          uint64_t offset, size_t *got) ERROR_MUST_USE;

#endif
