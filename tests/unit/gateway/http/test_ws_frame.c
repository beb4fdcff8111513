#include "gateway/http/ws_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MESSAGE_MAX = 70000 };

static uint8_t scratch[MESSAGE_MAX + 4];
static uint8_t wire[MESSAGE_MAX + 64];
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

/* Appends a masked frame as a client sends it. first: FIN, RSV and opcode. */
static size_t
put_frame(uint8_t *at, uint8_t first, const void *payload, size_t bytes)
{
    size_t head = ws_frame_head_masked(at, WS_TEXT, bytes, mask);
    at[0] = first;
    ws_mask(at + head, payload, bytes, mask, 0);
    return head + bytes;
}

static enum ws_event
decode_one(struct ws_decoder *d, const uint8_t *data, size_t bytes, struct ws_message *m)
{
    size_t used;
    ws_decoder_init(d, true, MESSAGE_MAX);
    return ws_decode(d, data, bytes, &used, scratch, m);
}

/* RFC 6455 section 5.7, "Hello" masked. */
static void
test_frame_reads_the_example_of_the_standard(void **state)
{
    (void)state;
    static const uint8_t data[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                   0x7f, 0x9f, 0x4d, 0x51, 0x58};
    struct ws_decoder d;
    struct ws_message m;
    assert_int_equal(decode_one(&d, data, sizeof(data), &m), WS_MESSAGE);
    assert_int_equal(m.opcode, WS_TEXT);
    assert_int_equal(m.bytes, 5);
    assert_memory_equal(m.data, "Hello", 5);
    ws_decoder_fini(&d);
}

static void
test_frame_reads_every_length_at_every_cut(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 125, 126, 127, 4000, 65535, 65536};
    static uint8_t payload[MESSAGE_MAX];
    for (size_t i = 0; i < sizeof(payload); i++) {
        payload[i] = (uint8_t)('a' + i % 26);
    }
    for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
        size_t bytes = put_frame(wire, 0x81, payload, lengths[l]);
        size_t step = bytes > 300 ? 997 : 1;
        for (size_t cut = 0; cut < bytes; cut += step) {
            struct ws_decoder d;
            struct ws_message m;
            size_t used, used2;
            ws_decoder_init(&d, true, MESSAGE_MAX);
            assert_int_equal(ws_decode(&d, wire, cut, &used, scratch, &m), WS_MORE);
            assert_true(used <= cut);
            assert_int_equal(ws_decode(&d, wire + used, bytes - used, &used2, scratch, &m),
                             WS_MESSAGE);
            assert_int_equal(used + used2, bytes);
            assert_int_equal(m.bytes, lengths[l]);
            assert_memory_equal(m.data, payload, m.bytes);
            ws_decoder_fini(&d);
        }
    }
}

static void
test_frame_joins_fragments_and_lets_control_frames_between(void **state)
{
    (void)state;
    size_t n = put_frame(wire, 0x01, "He", 2);
    n += put_frame(wire + n, 0x89, "?", 1);
    n += put_frame(wire + n, 0x00, "", 0);
    n += put_frame(wire + n, 0x00, "l", 1);
    n += put_frame(wire + n, 0x80, "lo", 2);
    n += put_frame(wire + n, 0x82, "x", 1);
    for (size_t step = 1; step <= n; step += step < 8 ? 1 : 7) {
        struct ws_decoder d;
        struct ws_message m;
        ws_decoder_init(&d, true, MESSAGE_MAX);
        size_t at = 0, have = 0;
        int events = 0;
        while (at < n || have < n) {
            have = have + step < n ? have + step : n;
            enum ws_event e;
            do {
                size_t used;
                e = ws_decode(&d, wire + at, have - at, &used, scratch, &m);
                at += used;
                assert_int_not_equal(e, WS_FAIL);
                if (e == WS_CONTROL) {
                    assert_int_equal(events++, 0);
                    assert_int_equal(m.opcode, WS_PING);
                } else if (e == WS_MESSAGE && events == 1) {
                    events++;
                    assert_int_equal(m.bytes, 5);
                    assert_memory_equal(m.data, "Hello", 5);
                } else if (e == WS_MESSAGE) {
                    assert_int_equal(events++, 2);
                    assert_int_equal(m.opcode, WS_BINARY);
                }
            } while (e != WS_MORE);
        }
        assert_int_equal(events, 3);
        ws_decoder_fini(&d);
    }
}

static void
test_frame_fails_what_the_standard_forbids(void **state)
{
    (void)state;
    static const uint8_t long_control[126];
    struct {
        const char *what;
        uint8_t first;
        const void *payload;
        size_t bytes;
        uint16_t code;
    } cases[] = {
        {"RSV1 without an extension", 0xc1, "a", 1, 1002},
        {"RSV2", 0xa1, "a", 1, 1002},
        {"RSV3", 0x91, "a", 1, 1002},
        {"reserved data opcode 3", 0x83, "a", 1, 1002},
        {"reserved data opcode 7", 0x87, "a", 1, 1002},
        {"reserved control opcode 11", 0x8b, "a", 1, 1002},
        {"reserved control opcode 15", 0x8f, "a", 1, 1002},
        {"fragmented ping", 0x09, "a", 1, 1002},
        {"long ping", 0x89, long_control, 126, 1002},
        {"continuation of nothing", 0x80, "a", 1, 1002},
        {"text that is not UTF-8", 0x81, "\xff", 1, 1007},
        {"text with a surrogate", 0x81, "\xed\xa0\x80", 3, 1007},
        {"text with an overlong form", 0x81, "\xc0\x80", 2, 1007},
        {"text that ends in a character", 0x81, "\xc3", 1, 1007},
        {"close with half a code", 0x88, "\x03", 1, 1002},
        {"close 999", 0x88, "\x03\xe7", 2, 1002},
        {"close 1004", 0x88, "\x03\xec", 2, 1002},
        {"close 1005", 0x88, "\x03\xed", 2, 1002},
        {"close 1006", 0x88, "\x03\xee", 2, 1002},
        {"close 1015", 0x88, "\x03\xf7", 2, 1002},
        {"close 2999", 0x88, "\x0b\xb7", 2, 1002},
        {"close 5000", 0x88, "\x13\x88", 2, 1002},
        {"close reason that is not UTF-8", 0x88, "\x03\xe8\xff", 3, 1007},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ws_decoder d;
        struct ws_message m;
        size_t n = put_frame(wire, cases[i].first, cases[i].payload, cases[i].bytes);
        if (decode_one(&d, wire, n, &m) != WS_FAIL || d.fail_code != cases[i].code) {
            fail_msg("%s: code %d", cases[i].what, d.fail_code);
        }
        ws_decoder_fini(&d);
    }
}

static void
test_frame_fails_by_its_head_alone(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t head[14];
        size_t bytes;
        uint16_t code;
    } cases[] = {
        {"not masked", {0x81, 0x01, 'a'}, 3, 1002},
        {"126 for a short length", {0x81, 0xfe, 0, 125, 1, 2, 3, 4}, 8, 1002},
        {"127 for a middle length", {0x82, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 3, 4}, 14, 1002},
        {"length with its top bit", {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 14, 1002},
        {"above the limit", {0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x71, 1, 2, 3, 4}, 14, 1009},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ws_decoder d;
        struct ws_message m;
        if (decode_one(&d, cases[i].head, cases[i].bytes, &m) != WS_FAIL ||
            d.fail_code != cases[i].code) {
            fail_msg("%s: code %d", cases[i].what, d.fail_code);
        }
        ws_decoder_fini(&d);
    }
}

static void
test_frame_fails_a_message_too_big_in_pieces(void **state)
{
    (void)state;
    static const uint8_t zeros[MESSAGE_MAX];
    struct ws_decoder d;
    struct ws_message m;
    size_t used;
    ws_decoder_init(&d, true, MESSAGE_MAX);
    size_t n = put_frame(wire, 0x02, zeros, MESSAGE_MAX - 1);
    assert_int_equal(ws_decode(&d, wire, n, &used, scratch, &m), WS_MORE);
    n = put_frame(wire, 0x80, zeros, 2);
    assert_int_equal(ws_decode(&d, wire, n, &used, scratch, &m), WS_FAIL);
    assert_int_equal(d.fail_code, 1009);
    ws_decoder_fini(&d);
}

static void
test_frame_fails_a_new_message_inside_another(void **state)
{
    (void)state;
    struct ws_decoder d;
    struct ws_message m;
    size_t n = put_frame(wire, 0x01, "a", 1);
    n += put_frame(wire + n, 0x81, "b", 1);
    assert_int_equal(decode_one(&d, wire, n, &m), WS_FAIL);
    assert_int_equal(d.fail_code, 1002);
    ws_decoder_fini(&d);
}

static void
test_frame_reads_close_codes_and_reasons(void **state)
{
    (void)state;
    struct ws_decoder d;
    struct ws_message m;
    size_t n = put_frame(wire, 0x88, "\x0f\xa0 bye", 6);
    assert_int_equal(decode_one(&d, wire, n, &m), WS_CONTROL);
    assert_int_equal(m.opcode, WS_CLOSE);
    assert_int_equal(m.close_code, 4000);
    assert_int_equal(m.bytes, 4);
    n = put_frame(wire, 0x88, "", 0);
    assert_int_equal(decode_one(&d, wire, n, &m), WS_CONTROL);
    assert_int_equal(m.close_code, WS_CLOSE_NONE);
}

static void
test_frame_cuts_a_close_reason_at_a_character(void **state)
{
    (void)state;
    char reason[200];
    uint8_t payload[WS_CONTROL_MAX];
    memset(reason, 'a', sizeof(reason));
    memcpy(reason + 122, "\xc3\xa4", 2);
    reason[199] = 0;
    assert_int_equal(ws_close_payload(payload, 1008, reason), 2 + 122);
    assert_int_equal(ws_close_payload(payload, 1008, "x"), 3);
    assert_memory_equal(payload, "\x03\xf0x", 3);
}

static void
test_frame_writes_heads_in_their_shortest_form(void **state)
{
    (void)state;
    uint8_t head[WS_HEAD_MAX];
    assert_int_equal(ws_frame_head(head, WS_TEXT, 125), 2);
    assert_memory_equal(head, "\x81\x7d", 2);
    assert_int_equal(ws_frame_head(head, WS_BINARY, 126), 4);
    assert_memory_equal(head, "\x82\x7e\x00\x7e", 4);
    assert_int_equal(ws_frame_head(head, WS_TEXT, 65535), 4);
    assert_int_equal(ws_frame_head(head, WS_TEXT, 65536), 10);
    assert_memory_equal(head, "\x81\x7f\0\0\0\0\0\x01\0\0", 10);
}

/* RFC 6455 section 1.3. */
static void
test_accept_key_is_that_of_the_standard(void **state)
{
    (void)state;
    char out[29];
    ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==", 24, out);
    assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_true(ws_key_valid("dGhlIHNhbXBsZSBub25jZQ==", 24));
    assert_false(ws_key_valid("dGhlIHNhbXBsZSBub25jZQ=", 23));
    assert_false(ws_key_valid("dGhlIHNhbXBsZSBub25j!Q==", 24));
}

static void
test_utf8_accepts_and_refuses_by_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"", true},
        {"plain ASCII, longer than eight", true},
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xef\xbf\xbf", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"12345678\xc3\xa4", true},
        {"\x80", false},
        {"\xc1\xbf", false},
        {"\xc3", false},
        {"\xc3 ", false},
        {"\xe0\x9f\xbf", false},
        {"\xed\xa0\x80", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"12345678\xff", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t bytes = strlen(cases[i].text);
        struct utf8_state s = {0};
        bool fed = true;
        for (size_t b = 0; b < bytes && fed; b++) {
            fed = utf8_feed(&s, (const uint8_t *)cases[i].text + b, 1);
        }
        assert_int_equal(utf8_valid((const uint8_t *)cases[i].text, bytes), cases[i].good);
        assert_int_equal(fed && utf8_complete(&s), cases[i].good);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_reads_the_example_of_the_standard),
        cmocka_unit_test(test_frame_reads_every_length_at_every_cut),
        cmocka_unit_test(test_frame_joins_fragments_and_lets_control_frames_between),
        cmocka_unit_test(test_frame_fails_what_the_standard_forbids),
        cmocka_unit_test(test_frame_fails_by_its_head_alone),
        cmocka_unit_test(test_frame_fails_a_message_too_big_in_pieces),
        cmocka_unit_test(test_frame_fails_a_new_message_inside_another),
        cmocka_unit_test(test_frame_reads_close_codes_and_reasons),
        cmocka_unit_test(test_frame_cuts_a_close_reason_at_a_character),
        cmocka_unit_test(test_frame_writes_heads_in_their_shortest_form),
        cmocka_unit_test(test_accept_key_is_that_of_the_standard),
        cmocka_unit_test(test_utf8_accepts_and_refuses_by_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
