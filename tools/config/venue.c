#include "tools/config/venue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config/venue_check.h"
#include "tools/config/venue_schema.h"
#include "tools/config/yaml_place.h"

enum { FILE_BYTES_MAX = 16 << 20 };

static void
say_nothing(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
    (void)level, (void)ctx, (void)fmt, (void)args; /* yaml_place says it better */
}

static const cyaml_config_t cyaml_settings = {
    .log_fn = say_nothing, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};

int
venue_load_text(struct venue **out, const char *name, const char *text, size_t bytes,
                struct error *err)
{
    struct yaml_place *place = NULL;
    struct venue *v = NULL;
    int rc = yaml_place_open(&place, name, text, bytes, err);
    if (rc)
        return rc;
    rc = yaml_place_check(place, &venue_schema, err);
    if (rc)
        goto fail;
    cyaml_err_t e = cyaml_load_data((const uint8_t *)text, bytes, &cyaml_settings, &venue_schema,
                                    (cyaml_data_t **)&v, NULL);
    if (e != CYAML_OK) {
        rc = error_set(err, ERR_INVALID, "%s: %s", name, cyaml_strerror(e));
        goto fail;
    }
    rc = venue_fill(v, place, err);
    if (!rc)
        rc = venue_check(v, place, err);
    if (rc)
        goto fail;
    yaml_place_close(place);
    *out = v;
    return 0;
fail:
    venue_free(v);
    yaml_place_close(place);
    return rc;
}

int
venue_load(struct venue **out, const char *path, struct error *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(err, errno, "%s: cannot be opened", path);
    int rc = 0;
    char *text = NULL;
    long bytes = -1;
    if (!fseek(f, 0, SEEK_END))
        bytes = ftell(f);
    if (bytes < 0 || bytes > FILE_BYTES_MAX || fseek(f, 0, SEEK_SET)) {
        rc = error_set(err, ERR_INVALID, "%s: expected a file of at most %d bytes", path,
                       FILE_BYTES_MAX);
    } else if (!(text = malloc((size_t)bytes + 1))) {
        rc = error_set(err, ERR_NO_SPACE, "%s: no memory", path);
    } else if (fread(text, 1, (size_t)bytes, f) != (size_t)bytes) {
        rc = error_set(err, ERR_IO, "%s: cannot be read", path);
    } else {
        rc = venue_load_text(out, path, text, (size_t)bytes, err);
    }
    free(text);
    fclose(f);
    return rc;
}

void
venue_free(struct venue *v)
{
    if (v)
        cyaml_free(&cyaml_settings, &venue_schema, v, 0);
}

extern const unsigned char venue_demo_yaml[]; /* demo.yaml, embedded by local.cmake */
extern const size_t venue_demo_yaml_bytes;

const char *
venue_demo_text(size_t *bytes)
{
    *bytes = venue_demo_yaml_bytes;
    return (const char *)venue_demo_yaml;
}
