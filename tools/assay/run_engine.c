#include <poll.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "tools/assay/engine_state.h"
#include "tools/assay/run_role.h"
#include "tools/assay/supervise.h"
#include "tools/assay/topology.h"

enum { LOOK_MS = 100 };

/* Until somebody asks to stop, or the journal fails. */
static int
watch(struct topology *t, struct error *err)
{
    struct pollfd nothing = {.fd = -1};
    while (!atomic_load_explicit(&run_stop, memory_order_relaxed)) { /* a flag alone */
        if (topology_failed(t, err))
            return error_wrap(err, "the journal failed, nothing more is released");
        topology_beat(t);
        poll(&nothing, 1, LOOK_MS);
    }
    return 0;
}

int
run_engine(const struct run_options *o, struct error *err)
{
    struct engine_state state;
    struct topology *t = NULL;
    int rc = engine_state_open(&state, o, err);
    if (rc)
        return rc;
    rc = topology_open(&t, o, &state, err);
    if (!rc)
        rc = topology_start(t, err);
    if (!rc) {
        child_say_ready();
        LOG_I("engine", "the venue is open");
        rc = watch(t, err);
        int stopped = rc ? 0 : topology_stop(t, err);
        if (!rc)
            rc = stopped;
    }
    topology_close(t);
    if (!rc)
        LOG_I("engine", "ended in order");
    return rc;
}
