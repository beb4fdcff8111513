#include "tools/assay/data_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
make_folder(const char *path, struct error *err)
{
    if (!mkdir(path, 0755) || errno == EEXIST)
        return 0;
    return error_errno(err, errno, "data folder: %s cannot be made", path);
}

static void
path_in(const struct data_folder *d, char *out, const char *prefix, const char *rest)
{
    snprintf(out, DATA_PATH_MAX, "%s%s/%s", prefix, d->root, rest);
}

void
data_folder_stream(const struct data_folder *d, uint8_t audience, struct data_folder_stream *out)
{
    snprintf(out->pub_url, sizeof out->pub_url, "ipc://%s/run/events-%u", d->root, audience);
    snprintf(out->range_url, sizeof out->range_url, "ipc://%s/run/range-%u", d->root, audience);
}

int
data_folder_open(struct data_folder *d, const char *path, struct error *err)
{
    char absolute[PATH_MAX];
    memset(d, 0, sizeof *d);
    int rc = make_folder(path, err);
    if (rc)
        return rc;
    if (!realpath(path, absolute))
        return error_errno(err, errno, "data folder: %s", path);
    if (strlen(absolute) > DATA_ROOT_MAX)
        return error_set(err, ERR_INVALID,
                         "data folder: %s: expected a path of at most %d characters, because the "
                         "sockets in it may have no longer ones",
                         absolute, DATA_ROOT_MAX);
    memcpy(d->root, absolute, strlen(absolute) + 1);
    path_in(d, d->config, "", "venue.yaml");
    path_in(d, d->run, "", "run");
    path_in(d, d->logs, "", "logs");
    path_in(d, d->fix, "", "fix");
    path_in(d, d->postgres, "", "postgres");
    path_in(d, d->ctl_socket, "", "run/ctl.sock");
    path_in(d, d->api_port, "", "run/api.port");
    path_in(d, d->sequencer_bell, "", "run/sequencer.bell");
    rc = make_folder(d->run, err);
    if (!rc)
        rc = make_folder(d->logs, err);
    if (!rc)
        rc = make_folder(d->fix, err);
    if (!rc && access(d->run, W_OK))
        rc = error_errno(err, errno, "data folder: %s cannot be written", d->run);
    return rc;
}

int
data_folder_venue(const struct data_folder *d, const char *config, bool demo, struct venue **out,
                  struct error *err)
{
    if (config)
        return venue_load(out, config, err);
    if (demo) {
        size_t bytes;
        const char *text = venue_demo_text(&bytes);
        return venue_load_text(out, "demo.yaml", text, bytes, err);
    }
    if (access(d->config, R_OK))
        return error_set(
            err, ERR_NOT_FOUND,
            "%s is not there: no venue has been started with this data folder; expected "
            "--config FILE or --demo",
            d->config);
    return venue_load(out, d->config, err);
}

static int
copy_stream(FILE *from, FILE *to)
{
    char part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof part, from)) > 0)
        if (fwrite(part, 1, n, to) != n)
            return -1;
    return ferror(from) ? -1 : 0;
}

int
data_folder_keep_config(const struct data_folder *d, const char *config, struct error *err)
{
    char fresh[DATA_PATH_MAX + 8];
    snprintf(fresh, sizeof fresh, "%s.new", d->config);
    /* It holds the secrets of API keys and hashes of passwords: for its owner alone. */
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *to = fd < 0 || fchmod(fd, 0600) ? NULL : fdopen(fd, "wb");
    if (!to) {
        int code = errno;
        if (fd >= 0)
            close(fd);
        return error_errno(err, code, "%s", fresh);
    }
    int bad = 0;
    if (config) {
        FILE *from = fopen(config, "rb");
        bad = !from || copy_stream(from, to);
        if (from)
            fclose(from);
    } else {
        size_t bytes;
        const char *text = venue_demo_text(&bytes);
        bad = fwrite(text, 1, bytes, to) != bytes;
    }
    if (fclose(to) || bad || rename(fresh, d->config))
        return error_errno(err, errno, "%s cannot be written", d->config);
    return 0;
}

int
data_folder_tell_address(const struct data_folder *d, const char *name, const char *address,
                         unsigned port, struct error *err)
{
    char path[DATA_PATH_MAX + 32], fresh[DATA_PATH_MAX + 40];
    snprintf(path, sizeof path, "%s/%s.address", d->run, name);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *f = fopen(fresh, "w");
    if (!f)
        return error_errno(err, errno, "%s", fresh);
    int bad = fprintf(f, "%s:%u\n", address, port) < 0;
    if (fclose(f) || bad || rename(fresh, path))
        return error_errno(err, errno, "%s cannot be written", path);
    return 0;
}
