#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/metrics.h"
#include "persist/settle/settle.h"
#include "tools/assay/postgres.h"
#include "tools/assay/run_role.h"
#include "tools/assay/supervise.h"

/* The configured database, or the private one that runs in the data folder. */
static int
database_url(const struct run_options *o, char *out, size_t out_bytes, struct error *err)
{
    const char *url = o->database ? o->database : o->venue->settlement->database;
    if (!url)
        return postgres_url(o->folder->postgres, out, out_bytes, err);
    snprintf(out, out_bytes, "%s", url);
    return 0;
}

/* Names of accounts come from the configuration at each start: the event stream carries ids only.
 * The texts stay the venue's. */
static int
account_names(const struct venue *v, struct settle_name **out, size_t *cnt, struct error *err)
{
    *out = calloc(v->accounts_count, sizeof **out);
    if (!*out)
        return error_set(err, ERR_NO_SPACE, "names of accounts: no memory");
    for (uint32_t i = 0; i < v->accounts_count; i++)
        if (v->accounts[i].name)
            (*out)[(*cnt)++] = (struct settle_name){v->accounts[i].id, v->accounts[i].name};
    return 0;
}

int
run_settle(const struct run_options *o, struct error *err)
{
    char url[1024], metrics_path[DATA_PATH_MAX + 32];
    struct data_folder_stream urls;
    data_folder_stream(o->folder, AUDIENCE_CONFIDENTIAL, &urls);
    snprintf(metrics_path, sizeof metrics_path, "%s/metrics-settle", o->folder->run);
    struct metrics *metrics = NULL;
    struct settle *settle = NULL;
    struct settle_stream stream;
    struct settle_source source;
    settle_stream_init(&stream, urls.pub_url, urls.range_url, &source);
    int rc = database_url(o, url, sizeof url, err);
    if (!rc)
        rc = metrics_open(&metrics, metrics_path, err);
    struct settle_name *names = NULL;
    size_t name_cnt = 0;
    if (!rc)
        rc = account_names(o->venue, &names, &name_cnt, err);
    struct settle_options options = {.database_url = url,
                                     .source = &source,
                                     .metrics = metrics,
                                     .names = names,
                                     .name_cnt = name_cnt};
    if (!rc)
        rc = settle_open(&settle, &options, err);
    if (!rc) {
        child_say_ready();
        rc = settle_run(settle, &run_stop, err);
    }
    child_closes();
    if (settle)
        settle_close(settle);
    if (metrics)
        metrics_close(metrics);
    free(names);
    return rc;
}
