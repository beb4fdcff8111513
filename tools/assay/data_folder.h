#ifndef TOOLS_ASSAY_DATA_FOLDER_H
#define TOOLS_ASSAY_DATA_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "tools/config/venue.h"

/* Where a venue keeps what: one folder.
 *   venue.yaml        the configuration of the last start       journal/, snapshots/, lock, crash
 * the journal's
 *   fix/              outbound numbers of FIX sessions           postgres/   the private PostgreSQL
 *   run/              sockets, ports, metrics of the running processes        logs/   a file per
 * process */
enum { DATA_PATH_MAX = 4096, DATA_ROOT_MAX = 70 /* a socket's path may have 107 bytes */ };

struct data_folder {
    char root[DATA_ROOT_MAX + 1]; /* absolute */
    char config[DATA_PATH_MAX];
    char run[DATA_PATH_MAX];
    char logs[DATA_PATH_MAX];
    char fix[DATA_PATH_MAX];
    char postgres[DATA_PATH_MAX];
    char ctl_socket[DATA_PATH_MAX];
    char api_port[DATA_PATH_MAX]; /* command ring of the API gateway */
    char sequencer_bell[DATA_PATH_MAX];
};

/* Where an audience's events are broadcast and its ranges are served (NNG). Each has a socket of
 * its own: NNG sends every message of a socket to every subscriber, who filters at home; the
 * fan-out must not even be sent what is confidential. */
struct data_folder_stream {
    char pub_url[DATA_PATH_MAX];
    char range_url[DATA_PATH_MAX];
};
void data_folder_stream(const struct data_folder *d, uint8_t audience,
                        struct data_folder_stream *out);

/* Fills the paths and makes the folders that are not there. errors: the path is too long or cannot
 * be written */
int data_folder_open(struct data_folder *d, const char *path, struct error *err) ERROR_MUST_USE;

/* The venue of a data folder: from `config` when that is not NULL, else the demo when asked, else
 * the copy in the folder. */
int data_folder_venue(const struct data_folder *d, const char *config, bool demo,
                      struct venue **out, struct error *err) ERROR_MUST_USE;
/* Copies the text of the configuration (`config`, or the demo's) into the folder, whole or not at
 * all. */
int data_folder_keep_config(const struct data_folder *d, const char *config,
                            struct error *err) ERROR_MUST_USE;

/* Writes run/<name>.address, "address:port\n": where a gateway listens, for programs and scripts.
 * */
int data_folder_tell_address(const struct data_folder *d, const char *name, const char *address,
                             unsigned port, struct error *err) ERROR_MUST_USE;

#endif
