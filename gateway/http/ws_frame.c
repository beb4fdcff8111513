#include "gateway/http/ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "engine/base/check.h"

void
ws_decoder_init(struct ws_decoder *d, bool server, size_t message_max)
{
    *d = (struct ws_decoder){.server = server, .message_max = message_max};
}

void
ws_decoder_fini(struct ws_decoder *d)
{
    free(d->held);
    d->held = NULL;
    d->held_room = 0;
    d->held_bytes = 0;
}

static enum ws_event
fail(struct ws_decoder *d, uint16_t code, const char *text)
{
    d->fail_code = code;
    d->fail_text = text;
    return WS_FAIL;
}

struct frame_head {
    uint8_t opcode;
    bool final, masked;
    uint8_t reserved;
    uint64_t payload_bytes;
    uint8_t mask[4];
    size_t bytes;  /* of the head itself; 0 = not whole yet */
    bool wasteful; /* length not in its shortest form, or above 2^63 - 1 */
};

static uint64_t
big_endian(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

/* Section 5.2. */
static void
head_read(struct frame_head *h, const uint8_t *data, size_t bytes)
{
    *h = (struct frame_head){0};
    if (bytes < 2) {
        return;
    }
    h->final = (data[0] & 0x80) != 0;
    h->reserved = data[0] & 0x70;
    h->opcode = data[0] & 0x0f;
    h->masked = (data[1] & 0x80) != 0;
    uint8_t length = data[1] & 0x7f;
    size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    size_t whole = 2 + extended + (h->masked ? 4 : 0);
    if (bytes < whole) {
        return;
    }
    h->payload_bytes = extended == 0 ? length : big_endian(data + 2, extended);
    h->wasteful = (extended == 2 && h->payload_bytes < 126) ||
                  (extended == 8 && (h->payload_bytes < 65536 || h->payload_bytes >> 63 != 0));
    if (h->masked) {
        memcpy(h->mask, data + 2 + extended, 4);
    }
    h->bytes = whole;
}

/* What section 5 says of a head, in the order in which a peer would want to hear it. */
static enum ws_event
head_check(struct ws_decoder *d, const struct frame_head *h)
{
    bool control = h->opcode >= WS_CLOSE;
    if (h->reserved != 0) { /* 5.2: no extension was agreed */
        return fail(d, WS_CLOSE_PROTOCOL, "a reserved bit is set");
    }
    if ((h->opcode > WS_BINARY && !control) || h->opcode > WS_PONG) {
        return fail(d, WS_CLOSE_PROTOCOL, "reserved opcode");
    }
    if (h->masked != d->server) { /* 5.1 */
        return fail(d, WS_CLOSE_PROTOCOL,
                    d->server ? "frames from a client must be masked"
                              : "frames from a server must not be masked");
    }
    if (control && !h->final) { /* 5.5 */
        return fail(d, WS_CLOSE_PROTOCOL, "fragmented control frame");
    }
    if (control && h->payload_bytes > WS_CONTROL_MAX) { /* 5.5 */
        return fail(d, WS_CLOSE_PROTOCOL, "control frame above 125 bytes");
    }
    if (h->wasteful) { /* 5.2: the minimal number of bytes must be used */
        return fail(d, WS_CLOSE_PROTOCOL, "length is not in its shortest form");
    }
    if (h->opcode == WS_CONTINUATION && d->opcode == WS_CONTINUATION) { /* 5.4 */
        return fail(d, WS_CLOSE_PROTOCOL, "continuation without a message");
    }
    if (!control && h->opcode != WS_CONTINUATION && d->opcode != WS_CONTINUATION) { /* 5.4 */
        return fail(d, WS_CLOSE_PROTOCOL, "new message inside a fragmented one");
    }
    if (!control && h->payload_bytes > d->message_max - d->held_bytes) {
        return fail(d, WS_CLOSE_TOO_BIG, "message too big");
    }
    return WS_MORE;
}

bool
ws_close_code_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static enum ws_event
control_frame(struct ws_decoder *d, const struct frame_head *h, const uint8_t *payload,
              uint8_t *scratch, struct ws_message *out)
{
    size_t bytes = (size_t)h->payload_bytes;
    ws_mask(scratch, payload, bytes, h->mask, 0);
    *out = (struct ws_message){.opcode = h->opcode, .data = scratch, .bytes = bytes};
    if (h->opcode != WS_CLOSE) {
        return WS_CONTROL;
    }
    out->close_code = WS_CLOSE_NONE;
    if (bytes == 1) { /* 5.5.1 */
        return fail(d, WS_CLOSE_PROTOCOL, "close frame with half a code");
    }
    if (bytes >= 2) {
        out->close_code = (uint16_t)big_endian(scratch, 2);
        out->data = scratch + 2;
        out->bytes = bytes - 2;
        if (!ws_close_code_valid(out->close_code)) { /* 7.4 */
            return fail(d, WS_CLOSE_PROTOCOL, "close code that may not be sent");
        }
        if (!utf8_valid(out->data, out->bytes)) {
            return fail(d, WS_CLOSE_BAD_TEXT, "close reason is not UTF-8");
        }
    }
    return WS_CONTROL;
}

static void
hold(struct ws_decoder *d, size_t more)
{
    if (d->held != NULL && d->held_room - d->held_bytes >= more) {
        return;
    }
    size_t room = d->held_room == 0 ? 1024 : d->held_room;
    while (room - d->held_bytes < more) {
        room *= 2;
    }
    uint8_t *held = realloc(d->held, room);
    CHECK(held != NULL, "no memory for a message of %zu bytes", room);
    d->held = held;
    d->held_room = room;
}

/* A data frame that came whole and is a whole message: unmasked into scratch, nothing held. */
static enum ws_event
whole_message(struct ws_decoder *d, const struct frame_head *h, const uint8_t *payload,
              uint8_t *scratch, struct ws_message *out)
{
    size_t bytes = (size_t)h->payload_bytes;
    ws_mask(scratch, payload, bytes, h->mask, 0);
    if (h->opcode == WS_TEXT && !utf8_valid(scratch, bytes)) { /* 8.1 */
        return fail(d, WS_CLOSE_BAD_TEXT, "text is not UTF-8");
    }
    *out = (struct ws_message){.opcode = h->opcode, .data = scratch, .bytes = bytes};
    return WS_MESSAGE;
}

/* Takes payload of the data frame under way into the held message. */
static enum ws_event
take_payload(struct ws_decoder *d, const uint8_t *data, size_t bytes, size_t *used,
             uint8_t *scratch, struct ws_message *out)
{
    size_t n = bytes < d->left ? bytes : (size_t)d->left;
    hold(d, n);
    uint8_t *at = d->held + d->held_bytes;
    ws_mask(at, data, n, d->mask, d->taken); /* an unmasked frame has a mask of zeros */
    d->held_bytes += n;
    d->taken += n;
    d->left -= n;
    *used += n;
    if (d->opcode == WS_TEXT && !utf8_feed(&d->utf8, at, n)) {
        return fail(d, WS_CLOSE_BAD_TEXT, "text is not UTF-8");
    }
    if (d->left > 0) {
        return WS_MORE;
    }
    d->in_frame = false;
    if (!d->final) {
        return WS_MORE;
    }
    if (d->opcode == WS_TEXT && !utf8_complete(&d->utf8)) {
        return fail(d, WS_CLOSE_BAD_TEXT, "text ends inside a character");
    }
    memcpy(scratch, d->held, d->held_bytes);
    *out = (struct ws_message){.opcode = d->opcode, .data = scratch, .bytes = d->held_bytes};
    ws_decoder_fini(d);
    d->opcode = WS_CONTINUATION;
    d->utf8 = (struct utf8_state){0};
    return WS_MESSAGE;
}

static void
frame_begin(struct ws_decoder *d, const struct frame_head *h)
{
    d->in_frame = true;
    d->final = h->final;
    memcpy(d->mask, h->mask, sizeof(d->mask));
    d->left = h->payload_bytes;
    d->taken = 0;
    if (h->opcode != WS_CONTINUATION) {
        d->opcode = h->opcode;
    }
}

enum ws_event
ws_decode(struct ws_decoder *d, const uint8_t *data, size_t bytes, size_t *used, uint8_t *scratch,
          struct ws_message *out)
{
    *used = 0;
    do {
        if (!d->in_frame) {
            struct frame_head h;
            head_read(&h, data + *used, bytes - *used);
            if (h.bytes == 0) {
                return WS_MORE;
            }
            if (head_check(d, &h) == WS_FAIL) {
                return WS_FAIL;
            }
            const uint8_t *payload = data + *used + h.bytes;
            bool control = h.opcode >= WS_CLOSE;
            bool whole = bytes - *used - h.bytes >= h.payload_bytes;
            if (control && !whole) {
                return WS_MORE;
            }
            if (control || (whole && h.final && h.opcode != WS_CONTINUATION)) {
                *used += h.bytes + (size_t)h.payload_bytes;
                return control ? control_frame(d, &h, payload, scratch, out)
                               : whole_message(d, &h, payload, scratch, out);
            }
            *used += h.bytes;
            frame_begin(d, &h);
        }
        enum ws_event event = take_payload(d, data + *used, bytes - *used, used, scratch, out);
        if (event != WS_MORE) {
            return event;
        }
    } while (!d->in_frame);
    return WS_MORE;
}

void
ws_mask(uint8_t *out, const uint8_t *in, size_t bytes, const uint8_t mask[4], uint64_t phase)
{
    uint8_t turned[8];
    for (size_t i = 0; i < 8; i++) {
        turned[i] = mask[(phase + i) & 3];
    }
    uint64_t wide;
    memcpy(&wide, turned, sizeof(wide));
    size_t i = 0;
    for (; bytes - i >= sizeof(wide); i += sizeof(wide)) {
        uint64_t word;
        memcpy(&word, in + i, sizeof(word));
        word ^= wide;
        memcpy(out + i, &word, sizeof(word));
    }
    for (; i < bytes; i++) {
        out[i] = (uint8_t)(in[i] ^ turned[i & 7]);
    }
}

size_t
ws_frame_head(uint8_t *out, enum ws_opcode opcode, uint64_t payload_bytes)
{
    out[0] = (uint8_t)(0x80 | opcode);
    size_t extended = payload_bytes < 126 ? 0 : payload_bytes < 65536 ? 2 : 8;
    out[1] = extended == 0 ? (uint8_t)payload_bytes : extended == 2 ? 126 : 127;
    for (size_t i = 0; i < extended; i++) {
        out[2 + i] = (uint8_t)(payload_bytes >> 8 * (extended - 1 - i));
    }
    return 2 + extended;
}

size_t
ws_frame_head_masked(uint8_t *out, enum ws_opcode opcode, uint64_t payload_bytes,
                     const uint8_t mask[4])
{
    size_t bytes = ws_frame_head(out, opcode, payload_bytes);
    out[1] |= 0x80;
    memcpy(out + bytes, mask, 4);
    return bytes + 4;
}

size_t
ws_close_payload(uint8_t out[WS_CONTROL_MAX], uint16_t code, const char *reason)
{
    out[0] = (uint8_t)(code >> 8);
    out[1] = (uint8_t)code;
    size_t bytes = strlen(reason);
    if (bytes > WS_CONTROL_MAX - 2) {
        bytes = WS_CONTROL_MAX - 2;
        while (bytes > 0 && ((uint8_t)reason[bytes] & 0xc0) == 0x80) {
            bytes--;
        }
    }
    memcpy(out + 2, reason, bytes);
    return 2 + bytes;
}

void
ws_accept_key(const char *key, size_t bytes, char out[29])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char joined[64 + sizeof(guid)];
    uint8_t digest[EVP_MAX_MD_SIZE];
    CHECK(bytes <= 64, "a key of %zu bytes", bytes);
    memcpy(joined, key, bytes);
    memcpy(joined + bytes, guid, sizeof(guid) - 1);
    CHECK(EVP_Digest(joined, bytes + sizeof(guid) - 1, digest, NULL, EVP_sha1(), NULL) == 1,
          "SHA-1 failed");
    (void)EVP_EncodeBlock((unsigned char *)out, digest, 20);
}

bool
ws_key_valid(const char *key, size_t bytes)
{
    if (bytes != 24 || memcmp(key + 22, "==", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < 22; i++) {
        char c = key[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/')) {
            return false;
        }
    }
    return true;
}
