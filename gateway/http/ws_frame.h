#ifndef GATEWAY_HTTP_WS_FRAME_H
#define GATEWAY_HTTP_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/http/utf8.h"

/* WebSocket frames, both directions. Knows no socket: bytes in, messages out.
 * source: RFC 6455 sections 5 and 7; the section stands beside each rule in ws_frame.c */

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNSUPPORTED = 1003,
    WS_CLOSE_NONE = 1005, /* never sent: the close frame had no code */
    WS_CLOSE_BAD_TEXT = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_INTERNAL = 1011,
    WS_CLOSE_TRY_LATER = 1013,
};

enum {
    WS_HEAD_MAX = 10,        /* of a frame that we send without a mask */
    WS_HEAD_MASKED_MAX = 14, /* of a frame with one */
    WS_CONTROL_MAX = 125,    /* payload of ping, pong, close */
};

enum ws_event {
    WS_MORE = 0,    /* nothing whole yet: feed what follows */
    WS_MESSAGE = 1, /* a text (valid UTF-8) or binary message, put together from its fragments */
    WS_CONTROL = 2, /* a ping, pong or close */
    WS_FAIL = 3,    /* the peer broke the protocol: close with fail_code, fail_text */
};

struct ws_message {
    enum ws_opcode opcode;
    const uint8_t *data; /* unmasked; lives until the next call */
    size_t bytes;
    uint16_t close_code; /* of a close; WS_CLOSE_NONE when it had none. data: the reason */
};

/* One peer's inbound state. Small; a message in pieces takes memory while it lasts. */
struct ws_decoder {
    size_t message_max;     /* bytes of one message, all fragments */
    bool server;            /* true: frames must be masked; false: must not */
    bool in_frame;          /* inside a data frame whose head was taken */
    bool final;             /* that frame's FIN */
    uint8_t mask[4];        /* zeros when it is not masked */
    uint64_t left;          /* payload bytes of that frame still to come */
    uint64_t taken;         /* payload bytes of it that came: phase of the mask */
    enum ws_opcode opcode;  /* of the message under way; WS_CONTINUATION = none */
    struct utf8_state utf8; /* of a text under way */
    uint8_t *held;          /* message under way, of malloc */
    size_t held_bytes, held_room;
    uint16_t fail_code;
    const char *fail_text; /* static */
};

void ws_decoder_init(struct ws_decoder *d, bool server, size_t message_max);
void ws_decoder_fini(struct ws_decoder *d);

/* Takes bytes up to and including the next event. *used: how many; the rest belongs to the next
 * call. scratch: message_max + 4 bytes, or WS_CONTROL_MAX + 4 if that is more; may be shared by all
 * decoders of a thread. After WS_FAIL the decoder is done. */
enum ws_event ws_decode(struct ws_decoder *d, const uint8_t *data, size_t bytes, size_t *used,
                        uint8_t *scratch, struct ws_message *out);

/* Writes the head of an unmasked, final frame; returns its bytes, 2 to WS_HEAD_MAX. */
size_t ws_frame_head(uint8_t *out, enum ws_opcode opcode, uint64_t payload_bytes);
/* A client's: head with mask; then ws_mask over the payload. */
size_t ws_frame_head_masked(uint8_t *out, enum ws_opcode opcode, uint64_t payload_bytes,
                            const uint8_t mask[4]);
/* out[i] = in[i] ^ mask[(phase + i) % 4]; in and out may be the same. */
void ws_mask(uint8_t *out, const uint8_t *in, size_t bytes, const uint8_t mask[4], uint64_t phase);

/* A close payload; returns its bytes. The reason is cut at 123 bytes, at a character's end. */
size_t ws_close_payload(uint8_t out[WS_CONTROL_MAX], uint16_t code, const char *reason);
/* Whether a code may stand in a close frame. */
bool ws_close_code_valid(uint16_t code);

/* Sec-WebSocket-Accept of a Sec-WebSocket-Key; out gets 28 characters and a zero byte.
 * source: RFC 6455 section 4.2.2 */
void ws_accept_key(const char *key, size_t bytes, char out[29]);
/* Whether a Sec-WebSocket-Key is 16 bytes in base64. */
bool ws_key_valid(const char *key, size_t bytes);

#endif
