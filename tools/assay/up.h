#ifndef TOOLS_ASSAY_UP_H
#define TOOLS_ASSAY_UP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/assay/data_folder.h"
#include "tools/assay/postgres.h"
#include "tools/assay/supervise.h"
#include "tools/config/venue.h"

/* `assay up`: the processes of a venue, started in order, watched, ended in reverse order. */

enum up_process { UP_ENGINE, UP_SETTLE, UP_FANOUT, UP_PROCESS_CNT };

struct up {
    struct data_folder folder;
    struct venue *venue;
    struct postgres postgres; /* private one */
    bool has_postgres;        /* false: the database is somebody else's */
    struct child children[UP_PROCESS_CNT];
    char program[4096];
    char database[1024];
    char database_shown[1024];     /* without a password */
    char settle_database[1100];    /* the private one as the settlement writer uses it */
    char fix_port[8], api_port[8]; /* as given to the processes */
    bool demo;
    FILE *json; /* NULL, or where objects for programs go; then text for people is on stderr */
    int lock_fd;
};

/* Set by SIGINT and SIGTERM. */
extern _Atomic int up_stop;

static inline bool
up_stopped(void)
{
    return atomic_load_explicit(&up_stop, memory_order_relaxed) != 0; /* a flag alone */
}

/* Starts PostgreSQL (unless configured), engine, settlement writer, fan-out; prints a line for
 * each. */
int up_start(struct up *u, struct error *err) ERROR_MUST_USE;
/* Looks after them until up_stop: what ends is started again, with growing pauses; an engine that
 * stopped for good ends all. */
int up_watch(struct up *u, struct error *err) ERROR_MUST_USE;
/* One round of looking after; 0, or an error that ends the venue. */
int up_watch_once(struct up *u, int timeout_ms, struct error *err) ERROR_MUST_USE;
void up_end(struct up *u);

/* up_demo.c: replays the order flows and prints the report; the same as an object into `report`. 0
 * when everything in it holds. */
struct json_t;
int up_demo(struct up *u, bool quick, struct json_t *report, struct error *err) ERROR_MUST_USE;

#endif
