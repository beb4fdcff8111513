#include <stdio.h>
#include <stdlib.h>

#include "gateway/api/fanout.h"
#include "tools/assay/data_folder.h"
#include "tools/assay/run_role.h"
#include "tools/assay/supervise.h"

static struct fanout_key *
make_keys(const struct venue_api *api)
{
    struct fanout_key *keys = calloc(api->keys_count + 1, sizeof *keys);
    for (uint32_t i = 0; keys && i < api->keys_count; i++) {
        const struct venue_api_key *k = &api->keys[i];
        keys[i] = (struct fanout_key){.key = k->key,
                                      .secret = k->secret,
                                      .passphrase = k->passphrase,
                                      .session_id = k->session,
                                      .account_id = k->account,
                                      .cancel_on_disconnect = k->cancel_on_disconnect};
    }
    return keys;
}

/* While the engine has not made its command port yet there is nothing to attach to: a supervisor
 * starts it first. */
int
run_fanout(const struct run_options *o, struct error *err)
{
    const struct venue_api *api = o->venue->api;
    struct data_folder_stream urls;
    data_folder_stream(o->folder, AUDIENCE_PARTY, &urls);
    struct fanout_key *keys = make_keys(api);
    if (!keys)
        return error_set(err, ERR_NO_SPACE, "no memory");
    struct fanout_options options = {.listen = api->listen,
                                     .port = o->api_port < 0 ? api->port : (uint16_t)o->api_port,
                                     .pub_url = urls.pub_url,
                                     .range_url = urls.range_url,
                                     .port_path = o->folder->api_port,
                                     .bell_path = o->folder->sequencer_bell,
                                     .run_folder = o->folder->run,
                                     .on_ready = child_say_ready,
                                     .keys = keys,
                                     .key_cnt = api->keys_count};
    struct fanout *fanout = NULL;
    int rc = fanout_open(&fanout, &options, err);
    if (!rc) {
        rc = data_folder_tell_address(o->folder, "api", api->listen, fanout_port(fanout), err);
        child_say("web page, REST and WebSocket: http://%s:%u/\n", api->listen,
                  fanout_port(fanout));
        if (!rc)
            rc = fanout_run(fanout, &run_stop, err);
        child_closes();
        fanout_close(fanout);
    } else {
        error_wrap(err, "api.port");
    }
    free(keys);
    return rc;
}
