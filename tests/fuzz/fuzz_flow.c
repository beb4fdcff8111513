#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/check.h"
#include "tools/flow/flow_read.h"
#include "tools/flow/flow_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the reader. Whatever one accepts must pass flow_check. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int (*const readers[])(struct flow *, const struct flow_bytes *,
                                  const struct flow_read_options *, struct error *) = {
        flow_workload_read, flow_independent_reserve_read, flow_cme_read, flow_bitstamp_read};
    struct flow_read_options options = {.client_cnt = 8, .seed = 1};
    struct error err = {0};
    struct flow f;
    if (size == 0)
        return 0;
    struct flow_bytes b;
    if (flow_bytes_from(&b, data + 1, size - 1, "fuzz", &err) < 0)
        return 0;
    flow_init(&f, "");
    int rc = data[0] % 5 == 4 ? flow_text_read(&f, b.data, b.length, &err)
                              : readers[data[0] % 5](&f, &b, &options, &err);
    CHECK(rc < 0 || flow_check(&f, &err) == 0);
    flow_fini(&f);
    flow_bytes_free(&b);
    return 0;
}
