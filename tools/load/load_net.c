#include "tools/load/load_net.h"

#include <stdio.h>

#include "engine/base/clock.h"
#include "gateway/net/net.h"

enum { POLL_BUDGET = 1024, SEND_BYTES = 1 << 18, RECV_BYTES = 1 << 16 };

static int64_t
driver_now(void *self)
{
    (void)self;
    return clock_mono_ns();
}

static void
driver_poll(void *self)
{
    struct load_net *x = self;
    net_poll(x->net, POLL_BUDGET);
    net_flush(x->net);
}

static void
driver_wait(void *self, int64_t deadline_ns)
{
    net_wait(((struct load_net *)self)->net, NULL, 0, deadline_ns);
}

int
load_net_open(struct load_net *x, uint32_t session_cnt, struct error *err)
{
    struct net_options net = {
        .conn_max = session_cnt + 1, .recv_bytes = RECV_BYTES, .send_bytes = SEND_BYTES};
    x->driver = (struct load_driver){x, driver_now, driver_poll, driver_wait};
    return net_open(&x->net, &net, err);
}

void
load_net_close(struct load_net *x)
{
    if (x->net)
        net_fini(x->net);
    x->net = NULL;
}

void
load_net_down(struct load *l, uint32_t session, const char *name, const char *why)
{
    char text[LOAD_WHY_MAX];
    snprintf(text, sizeof text, "%s: %s", name, why);
    load_on_down(l, session, text);
}
