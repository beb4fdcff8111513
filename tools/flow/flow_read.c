#include "tools/flow/flow_read.h"

#include <string.h>

#include "tools/flow/flow_text.h"

extern const unsigned char flow_shipped_recording[]; /* embedded: local.cmake */
extern const size_t flow_shipped_recording_bytes;

static const struct {
    int form;
    const char *name, *start;
} FORMS[] = {
    {FLOW_FORM_TEXT, "assay-flow text", "assay-flow "},
    {FLOW_FORM_WORKLOAD, "binary workload", "ASSAYFLW"},
    {FLOW_FORM_INDEPENDENT_RESERVE, "Independent Reserve WebSocket recording",
     "wss://websockets.independentreserve.com"},
    {FLOW_FORM_CME, "CME market by order, CSV", "ts_event,ts_recv,seq,action,side,order_id,"},
};
enum { FORM_CNT = sizeof FORMS / sizeof FORMS[0] };

int
flow_form_of(const char *data, size_t length)
{
    for (int i = 0; i < FORM_CNT; i++) {
        size_t start = strlen(FORMS[i].start);
        if (length >= start && !memcmp(data, FORMS[i].start, start))
            return FORMS[i].form;
    }
    size_t digits = 0;
    while (digits < length && data[digits] >= '0' && data[digits] <= '9')
        digits++;
    if (digits >= 13 && length - digits > 7 && !memcmp(data + digits, " order_", 7))
        return FLOW_FORM_BITSTAMP;
    return 0;
}

const char *
flow_form_name(int form)
{
    for (int i = 0; i < FORM_CNT; i++)
        if (FORMS[i].form == form)
            return FORMS[i].name;
    return form == FLOW_FORM_BITSTAMP ? "Bitstamp event log" : "none that is known";
}

static int
bytes_to_flow(struct flow *f, const struct flow_bytes *b, const struct flow_read_options *given,
              struct error *err)
{
    struct flow_read_options options = given ? *given : (struct flow_read_options){0};
    if (options.client_cnt == 0)
        options.client_cnt = 8;
    if (options.seed == 0)
        options.seed = 1;
    if (options.client_cnt > FLOW_CLIENT_MAX)
        return error_set(err, ERR_INVALID, "%u clients: at most %d", options.client_cnt,
                         FLOW_CLIENT_MAX);
    switch (flow_form_of(b->data, b->length)) {
    case FLOW_FORM_TEXT:
        return flow_text_read(f, b->data, b->length, err);
    case FLOW_FORM_WORKLOAD:
        return flow_workload_read(f, b, &options, err);
    case FLOW_FORM_INDEPENDENT_RESERVE:
        return flow_independent_reserve_read(f, b, &options, err);
    case FLOW_FORM_CME:
        return flow_cme_read(f, b, &options, err);
    case FLOW_FORM_BITSTAMP:
        return flow_bitstamp_read(f, b, &options, err);
    default:
        return error_set(err, ERR_INVALID,
                         "not an order flow: expected a file that begins as assay-flow text, a "
                         "binary workload, or a recording of Independent Reserve, CME or Bitstamp");
    }
}

int
flow_read(struct flow *f, const char *path, const struct flow_read_options *options,
          struct error *err)
{
    struct flow_bytes b;
    int rc = flow_bytes_read(&b, path, err);
    if (rc < 0)
        return rc;
    rc = bytes_to_flow(f, &b, options, err);
    flow_bytes_free(&b);
    return rc < 0 ? error_wrap(err, "%s", path) : 0;
}

int
flow_read_shipped(struct flow *f, const struct flow_read_options *options, struct error *err)
{
    struct flow_bytes b;
    int rc = flow_bytes_from(&b, flow_shipped_recording, flow_shipped_recording_bytes,
                             "the shipped recording", err);
    if (rc < 0)
        return rc;
    rc = bytes_to_flow(f, &b, options, err);
    flow_bytes_free(&b);
    return rc < 0 ? error_wrap(err, "the shipped recording") : 0;
}
