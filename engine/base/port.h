#ifndef ENGINE_BASE_PORT_H
#define ENGINE_BASE_PORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bell.h"
#include "engine/base/error.h"
#include "engine/base/spsc_ring.h"

/* A port: the one way into the sequencer. One producer's ring of messages, the flags that the
 * sequencer shows that producer, and the sequencer's bell. A producer in the engine's process uses
 * private memory; one in a process of its own maps the port's file (its own ring and flags) and the
 * bell's page, nothing else.
 *
 * Producer:  slot = port_claim(p); fill it; port_send(p)      refused (NULL) = busy: tell the
 * client to try again. A producer attaches with a new incarnation, which it puts into its messages;
 * when it dies, the sequencer drains what it published, sequences session-down for its sessions,
 * and then gives the port free (port_free_dead): only then can the next one attach.
 *
 * Caveats: the engine makes a new file at each start and marks the old one closed; after a kill -9
 * of the engine nobody marks it until then: port_engine_alive tells. */

enum { PORT_MAGIC = 0x54524f50 /* "PORT" */, PORT_VERSION = 1, PORT_RING_OFFSET = 4096 };

struct port_shared { /* first page of the file; the ring follows at offset 4096 */
    uint64_t magic;
    uint32_t version;
    uint32_t ring_bytes;
    _Atomic uint32_t
        incarnation; /* of the producer that is attached, or was last; moves at each attach */
    _Atomic uint32_t attached_pid; /* 0 = nobody; stored after attached_start (release) */
    _Atomic uint32_t cancel_only;  /* 1: the sequencer takes cancels only (no room on disk): refuse
                                      new orders before sequencing */
    _Atomic uint32_t closed;       /* 1: the engine is gone or going; attach again */
    _Atomic uint64_t attached_start; /* start time of that process, against reuse of its number */
    uint64_t engine_start;           /* of the engine's process */
    uint32_t engine_pid;
    uint32_t zero;
};

struct port {
    struct port_shared *shared;
    struct spsc_ring *ring;
    struct bell *bell; /* the sequencer's */
    uint32_t index;    /* number of the ring, stamped into commands by the sequencer */
    uint32_t incarnation;
    uint64_t map_bytes;
    bool owner;
    bool foreign; /* owner: the producer is another process */
};

/* The sequencer's side. path "" = private memory of this process. */
int port_create(struct port *p, const char *path, uint32_t index, uint32_t slot_cnt,
                uint32_t slot_bytes, struct bell *bell, struct error *err) ERROR_MUST_USE;
/* The producer's side in another process: maps the file and the bell's page.
 * errors: ERR_BUSY when a living producer has it, or a dead one whose sessions the sequencer has
 *         not closed within 3 s; ERR_CLOSED when the engine has gone; ERR_NOT_FOUND */
int port_attach(struct port *p, const char *path, const char *bell_path,
                struct error *err) ERROR_MUST_USE;
/* The producer's side in the engine's own process. */
void port_attach_local(struct port *p);
/* The producer leaves in order. What it has published is still taken. */
void port_detach(struct port *p);
void port_close(struct port *p);

/* The sequencer's side: has a producer attached that is no more? Looks at /proc: not for every
 * cycle. */
bool port_producer_dead(const struct port *p);
/* The sequencer's side: the dead producer is dealt with, the next may attach. */
void port_free_dead(struct port *p);
/* The producer's side: does the engine that made this port still run (and not going down)? */
bool port_engine_alive(const struct port *p);

/* A page with a bell in a file, for the sequencer ("" = private). */
int port_bell_create(struct bell **out, const char *path, struct error *err) ERROR_MUST_USE;
void port_bell_close(struct bell *bell);

static inline void *
port_claim(struct port *p)
{
    return spsc_ring_claim(p->ring);
}
static inline void
port_send(struct port *p)
{
    spsc_ring_publish(p->ring);
    bell_ring(p->bell);
}
static inline bool
port_cancel_only(const struct port *p)
{
    return atomic_load_explicit(&p->shared->cancel_only, memory_order_relaxed) !=
           0; /* advisory: the core refuses too */
}

#endif
