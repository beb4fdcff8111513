#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "risk/risk.h"
#include "tools/text/script.h"

/* Scripts of the command language: whatever the text, it is refused with its place or carried out,
 * and what is carried out breaks no invariant of the core (dear checks are on). */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What only makes a run long or large. */
static bool
is_dear(const char *text)
{
    return strstr(text, "repeat") != NULL || strstr(text, "genesis") != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 8192)
        return 0;
    /* A small core, so that many of them are made in a second and their pools run full. */
    static const char SMALL[] = "genesis assets 8 instruments 8 accounts 32 balances 128 orders 64 "
                                "levels 32 client-ids 256 "
                                "sessions 8 work-items 16 withdrawals 4 proposals 4\n";
    char *text = malloc(sizeof SMALL + size);
    CHECK(text != NULL);
    memcpy(text, SMALL, sizeof SMALL - 1);
    memcpy(text + sizeof SMALL - 1, data, size);
    text[sizeof SMALL - 1 + size] = '\0';
    bool dear = is_dear(text + sizeof SMALL - 1);
    FILE *in = dear ? NULL : fmemopen(text, sizeof SMALL - 1 + size, "r");
    if (in != NULL) {
        char *out_text = NULL;
        size_t out_bytes = 0;
        struct script_options o = {.hooks = risk_hooks(),
                                   .out = open_memstream(&out_text, &out_bytes)};
        struct script_result result;
        struct error err = {0};
        CHECK(o.out != NULL);
        o.check = data[0] % 2 == 0;
        o.print = data[size - 1] % 2 == 0 ? SCRIPT_PRINT_TEXT : SCRIPT_PRINT_JSON;
        int rc = script_run(in, "fuzz", &o, &result, &err);
        CHECK((rc == 0) == (err.code == 0));
        CHECK(rc == 0 || strncmp(err.text, "fuzz:", 5) == 0, "%s", err.text);
        (void)fclose(o.out);
        (void)fclose(in);
        free(out_text);
    }
    free(text);
    return 0;
}
