#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/ws_frame.h"

/* The same bytes give the same events however they are cut: at once, or in pieces whose size the
 * first byte says. As a server hears them (masked), and as a client does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 1024 };

static uint64_t
digest(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ at[i]) * 1099511628211u;
    }
    return h;
}

static uint64_t
run(const uint8_t *data, size_t size, size_t step, bool server)
{
    struct ws_decoder d;
    struct ws_message m;
    static uint8_t scratch[MESSAGE_MAX + 4];
    uint64_t h = 14695981039346656037u;
    size_t at = 0, have = 0;
    enum ws_event e = WS_MORE;
    ws_decoder_init(&d, server, MESSAGE_MAX);
    while (have < size && e != WS_FAIL) {
        have = size - have < step ? size : have + step;
        do {
            size_t used;
            uint8_t *piece = malloc(have - at + 1); /* exact, so that reading too far is seen */
            memcpy(piece, data + at, have - at);
            e = ws_decode(&d, piece, have - at, &used, scratch, &m);
            free(piece);
            at += used;
            if (e == WS_MESSAGE || e == WS_CONTROL) {
                h = digest(h, &m.opcode, sizeof(m.opcode));
                h = digest(h, m.data, m.bytes);
            } else if (e == WS_FAIL) {
                h = digest(h, &d.fail_code, sizeof(d.fail_code));
            }
        } while (e == WS_MESSAGE || e == WS_CONTROL);
    }
    ws_decoder_fini(&d);
    return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t step = (size_t)data[0] + 1;
    for (int server = 0; server < 2; server++) {
        (void)run(data + 1, size - 1, step, server);
        if (run(data + 1, size - 1, size, server) != run(data + 1, size - 1, 1, server)) {
            abort();
        }
    }
    return 0;
}
