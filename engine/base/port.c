#include "engine/base/port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/process.h"

enum { PAGE_BYTES = 4096, ATTACH_WAIT_MS = 3000, ATTACH_STEP_MS = 5 };
_Static_assert(sizeof(struct port_shared) <= PAGE_BYTES, "the flags fit their page");

/* Maps a file whole; *bytes is its size. */
static int
map_file(int fd, const char *path, void **out, size_t *bytes, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return error_errno(err, errno, "look at %s", path);
    }
    if (st.st_size < PAGE_BYTES) {
        return error_set(err, ERR_INVALID, "%s has %lld bytes: expected at least %d", path,
                         (long long)st.st_size, PAGE_BYTES);
    }
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return error_errno(err, errno, "map %s", path);
    }
    *out = map;
    *bytes = (size_t)st.st_size;
    return 0;
}

/* Memory of this process, or of a new file of that name. Whoever still maps an old file of the name
 * keeps it. */
static int
map_new(const char *path, size_t bytes, void **out, struct error *err)
{
    if (path[0] == '\0') {
        void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (map == MAP_FAILED) {
            return error_errno(err, errno, "map %zu bytes", bytes);
        }
        *out = map;
        return 0;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        return error_errno(err, errno, "replace %s", path);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_errno(err, errno, "create %s", path);
    }
    int code = 0;
    size_t mapped;
    if (ftruncate(fd, (off_t)bytes) != 0 || fallocate(fd, 0, 0, (off_t)bytes) != 0) {
        code = error_errno(err, errno, "give %s %zu bytes", path, bytes);
    } else {
        code = map_file(fd, path, out, &mapped, err);
    }
    (void)close(fd);
    return code;
}

/* Tells producers that still map the file of an engine that died. */
static void
close_old_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    void *map;
    size_t bytes;
    if (map_file(fd, path, &map, &bytes, NULL) == 0) {
        struct port_shared *old = map;
        if (old->magic == PORT_MAGIC) {
            atomic_store_explicit(&old->closed, 1, memory_order_release);
        }
        (void)munmap(map, bytes);
    }
    (void)close(fd);
}

/* A private copy over the page that nobody changes: see SPSC_RING_FIXED_OFFSET. */
static int
fix_ring(struct spsc_ring *ring, struct error *err)
{
    uint8_t *page = (uint8_t *)ring + SPSC_RING_FIXED_OFFSET;
    uint8_t copy[SPSC_RING_FIXED_BYTES];
    memcpy(copy, page, sizeof(copy));
    if (mmap(page, sizeof(copy), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0) == MAP_FAILED) {
        return error_errno(err, errno, "map a private page over a ring");
    }
    memcpy(page, copy, sizeof(copy));
    if (mprotect(page, sizeof(copy), PROT_READ) != 0) {
        return error_errno(err, errno, "protect a page of a ring");
    }
    return 0;
}

int
port_create(struct port *p, const char *path, uint32_t index, uint32_t slot_cnt,
            uint32_t slot_bytes, struct bell *bell, struct error *err)
{
    bool foreign = path[0] != '\0';
    size_t ring_bytes = spsc_ring_footprint(slot_cnt, slot_bytes);
    size_t bytes = (PORT_RING_OFFSET + ring_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    if (foreign) {
        close_old_file(path);
    }
    void *map = NULL;
    int code = map_new(path, bytes, &map, err);
    if (code != 0) {
        return error_wrap(err, "port %u", index);
    }
    struct port_shared *shared = map;
    struct spsc_ring *ring =
        spsc_ring_init((uint8_t *)map + PORT_RING_OFFSET, slot_cnt, slot_bytes);
    if (foreign && fix_ring(ring, err) != 0) {
        (void)munmap(map, bytes);
        return error_wrap(err, "port %u", index);
    }
    shared->version = PORT_VERSION;
    shared->ring_bytes = (uint32_t)ring_bytes;
    shared->engine_pid = (uint32_t)getpid();
    shared->engine_start = process_start(shared->engine_pid);
    shared->magic = PORT_MAGIC;
    *p = (struct port){
        .shared = shared,
        .ring = ring,
        .bell = bell,
        .index = index,
        .map_bytes = bytes,
        .owner = true,
        .foreign = foreign,
    };
    return 0;
}

void
port_attach_local(struct port *p)
{
    struct port_shared *s = p->shared;
    p->incarnation = atomic_fetch_add_explicit(&s->incarnation, 1, memory_order_relaxed) + 1;
    atomic_store_explicit(&s->attached_start, s->engine_start, memory_order_relaxed);
    /* release: pairs with port_producer_dead */
    atomic_store_explicit(&s->attached_pid, (uint32_t)getpid(), memory_order_release);
}

static bool
attached_alive(const struct port_shared *s)
{
    /* acquire: pairs with port_attach, so that the start time is that of this process */
    uint32_t pid = atomic_load_explicit(&s->attached_pid, memory_order_acquire);
    return process_alive(pid, atomic_load_explicit(&s->attached_start, memory_order_relaxed));
}

/* Waits until the sequencer has given the port free after a dead producer. */
static int
attach_wait(struct port *p, const char *path, struct error *err)
{
    struct port_shared *s = p->shared;
    const struct timespec step = {.tv_nsec = ATTACH_STEP_MS * CLOCK_NS_PER_MS};
    for (int waited_ms = 0;; waited_ms += ATTACH_STEP_MS) {
        if (!port_engine_alive(p)) {
            return error_set(err, ERR_CLOSED, "%s belongs to an engine that is gone", path);
        }
        uint32_t pid = atomic_load_explicit(&s->attached_pid, memory_order_acquire);
        if (pid == 0) {
            return 0;
        }
        if (attached_alive(s)) {
            return error_set(err, ERR_BUSY, "%s is in use by process %u", path, pid);
        }
        if (waited_ms >= ATTACH_WAIT_MS) {
            return error_set(err, ERR_BUSY,
                             "%s: the engine has not closed the sessions of process %u, which died",
                             path, pid);
        }
        bell_ring(p->bell);
        (void)nanosleep(&step, NULL);
    }
}

static void
attach_sign(struct port *p)
{
    struct port_shared *s = p->shared;
    uint32_t pid = (uint32_t)getpid();
    p->incarnation = atomic_fetch_add_explicit(&s->incarnation, 1, memory_order_relaxed) + 1;
    atomic_store_explicit(&s->attached_start, process_start(pid), memory_order_relaxed);
    /* release: pairs with attached_alive */
    atomic_store_explicit(&s->attached_pid, pid, memory_order_release);
}

/* Checks a mapped file before anything in it is used. */
static int
attach_check(struct port *p, const char *path, struct error *err)
{
    const struct port_shared *s = p->shared;
    if (s->magic != PORT_MAGIC || s->version != PORT_VERSION) {
        return error_set(err, ERR_INVALID, "%s is not a port of this version", path);
    }
    int code = spsc_ring_attach((uint8_t *)p->shared + PORT_RING_OFFSET,
                                p->map_bytes - PORT_RING_OFFSET, &p->ring, err);
    return code == 0 ? 0 : error_wrap(err, "%s", path);
}

static int
attach_bell(struct port *p, const char *bell_path, struct error *err)
{
    int fd = open(bell_path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        int reason = errno;
        int code = error_errno(err, reason, "open %s", bell_path);
        return reason == ENOENT ? error_set(err, ERR_NOT_FOUND, "no bell at %s", bell_path) : code;
    }
    void *map = NULL;
    size_t bytes = 0;
    int code = map_file(fd, bell_path, &map, &bytes, err);
    (void)close(fd);
    if (code == 0) {
        p->bell = map;
    }
    return code;
}

static void
detach_maps(struct port *p)
{
    if (p->bell != NULL) {
        (void)munmap(p->bell, PAGE_BYTES);
    }
    if (p->shared != NULL) {
        (void)munmap(p->shared, p->map_bytes);
    }
}

int
port_attach(struct port *p, const char *path, const char *bell_path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        int reason = errno;
        int code = error_errno(err, reason, "open %s", path);
        return reason == ENOENT ? error_set(err, ERR_NOT_FOUND, "no port at %s", path) : code;
    }
    struct port port = {.foreign = true};
    void *map = NULL;
    int code = map_file(fd, path, &map, &port.map_bytes, err);
    if (code != 0) {
        goto out;
    }
    port.shared = map;
    code = attach_check(&port, path, err);
    if (code == 0) {
        code = attach_bell(&port, bell_path, err);
    }
    if (code != 0) {
        goto out;
    }
    /* One attach at a time. The lock ends with the process too, so no death leaves it behind; the
     * mapping would keep it alive beyond close. */
    if (flock(fd, LOCK_EX) != 0) {
        code = error_errno(err, errno, "lock %s", path);
        goto out;
    }
    code = attach_wait(&port, path, err);
    if (code == 0) {
        attach_sign(&port);
        *p = port;
    }
    (void)flock(fd, LOCK_UN);
out:
    if (code != 0) {
        detach_maps(&port);
    }
    (void)close(fd);
    return code;
}

void
port_detach(struct port *p)
{
    atomic_store_explicit(&p->shared->attached_start, 0, memory_order_relaxed);
    if (p->owner) { /* local: the sequencer's side stays */
        atomic_store_explicit(&p->shared->attached_pid, 0, memory_order_release);
        return;
    }
    /* The number stays until the sequencer has closed the sessions: see port_producer_dead. */
    bell_ring(p->bell);
    detach_maps(p);
    memset(p, 0, sizeof(*p));
}

void
port_close(struct port *p)
{
    atomic_store_explicit(&p->shared->closed, 1, memory_order_release);
    (void)munmap(p->shared, p->map_bytes);
    memset(p, 0, sizeof(*p));
}

bool
port_producer_dead(const struct port *p)
{
    uint32_t pid = atomic_load_explicit(&p->shared->attached_pid, memory_order_acquire);
    return pid != 0 && !attached_alive(p->shared);
}

void
port_free_dead(struct port *p)
{
    /* release: pairs with attach_wait; everything of the dead producer is behind us */
    atomic_store_explicit(&p->shared->attached_pid, 0, memory_order_release);
}

bool
port_engine_alive(const struct port *p)
{
    const struct port_shared *s = p->shared;
    return atomic_load_explicit(&s->closed, memory_order_acquire) == 0 &&
           process_alive(s->engine_pid, s->engine_start);
}

int
port_bell_create(struct bell **out, const char *path, struct error *err)
{
    void *map = NULL;
    int code = map_new(path, PAGE_BYTES, &map, err);
    if (code != 0) {
        return error_wrap(err, "bell");
    }
    bell_init(map, -1);
    *out = map;
    return 0;
}

void
port_bell_close(struct bell *bell)
{
    (void)munmap(bell, PAGE_BYTES);
}
