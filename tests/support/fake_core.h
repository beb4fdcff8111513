#ifndef TESTS_SUPPORT_FAKE_CORE_H
#define TESTS_SUPPORT_FAKE_CORE_H

#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/core/core.h"

/* A core for tests of what carries commands and events and does not care what they mean: each
 * command yields `seed % 8` events (seed >= 1 << 32: seed >> 32 events) filled from a running
 * digest. Include it in ONE source file of a test program; it takes the real core's place there. A
 * command whose client_seq is FAKE_CORE_TRIP trips a check; fake_core_skew makes it compute
 * something else, as a newer build with a fault would. */
enum { FAKE_CORE_TRIP = 0x7417 };
int fake_core_skew;

struct core {
    uint64_t cmd_seq, event_seq, digest;
    int64_t time_ns;
    uint32_t epoch, zero;
    struct command_genesis genesis;
};

size_t
core_footprint(const struct command_genesis *genesis, const struct hooks *hooks)
{
    (void)genesis;
    (void)hooks;
    return sizeof(struct core);
}

int
core_check_genesis(const struct command_genesis *genesis, struct error *err)
{
    (void)genesis;
    (void)err;
    return 0;
}

struct core *
core_init(void *mem, const struct command_genesis *genesis, const struct hooks *hooks)
{
    (void)hooks;
    struct core *c = mem;
    *c = (struct core){.genesis = *genesis};
    return c;
}

static uint64_t
fake_core_mix(uint64_t digest, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        digest = (digest ^ at[i]) * 0x100000001b3u;
    return digest;
}

static size_t
fake_core_emit(struct core *c, const struct command *cmd, uint8_t *out, bool last)
{
    uint32_t length = (uint32_t)sizeof(struct event) + 8 * (uint32_t)(c->digest % 20);
    struct event *ev = (struct event *)(void *)out;
    memset(out, 0, length);
    ev->rec = (struct record){.length_bytes = length,
                              .kind = RECORD_EVENT,
                              .version = RECORD_VERSION,
                              .type = EVENT_COMMAND_RESULT,
                              .epoch = cmd->rec.epoch,
                              .seq = ++c->event_seq};
    ev->cmd_seq = cmd->rec.seq;
    ev->time_ns = cmd->time_ns;
    ev->audience = AUDIENCE_PUBLIC;
    ev->last = last;
    for (uint32_t i = sizeof(*ev); i < length; i += 8)
        memcpy(out + i, &c->digest, 8);
    c->digest = fake_core_mix(c->digest, out, length);
    return length;
}

size_t
core_apply(struct core *c, const struct command *cmd, void *out)
{
    CHECK(cmd->rec.seq == c->cmd_seq + 1);
    CHECK(cmd->rec.crc32c == 0);
    CHECK(cmd->client_seq != FAKE_CORE_TRIP, "planted");
    c->cmd_seq++;
    c->epoch = cmd->rec.epoch;
    c->time_ns = cmd->time_ns;
    c->digest = fake_core_mix(c->digest, cmd, cmd->rec.length_bytes);
    c->digest += (uint64_t)(fake_core_skew != 0 && cmd->client_seq == (uint64_t)fake_core_skew);
    uint64_t cnt = cmd->seed >> 32 != 0 ? cmd->seed >> 32 : cmd->seed % 8;
    size_t bytes = 0;
    for (uint64_t i = 0; i < cnt; i++)
        bytes += fake_core_emit(c, cmd, (uint8_t *)out + bytes, i + 1 == cnt);
    return bytes;
}

uint64_t
core_cmd_seq(const struct core *c)
{
    return c->cmd_seq;
}

uint64_t
core_event_seq(const struct core *c)
{
    return c->event_seq;
}

uint32_t
core_epoch(const struct core *c)
{
    return c->epoch;
}

int64_t
core_time_ns(const struct core *c)
{
    return c->time_ns;
}

void
core_skip(struct core *c, uint64_t cmd_seq)
{
    CHECK(cmd_seq == c->cmd_seq + 1);
    c->cmd_seq++;
}

size_t
core_save(const struct core *c, void *out, size_t out_bytes)
{
    if (out != NULL && out_bytes >= sizeof(*c))
        memcpy(out, c, sizeof(*c));
    return sizeof(*c);
}

int
core_load(struct core *c, const void *in, size_t in_bytes, struct error *err)
{
    if (in_bytes != sizeof(*c))
        return error_set(err, ERR_CORRUPT, "fake core: %zu bytes", in_bytes);
    memcpy(c, in, sizeof(*c));
    return 0;
}

int
core_saved_genesis(const void *in, size_t in_bytes, struct command_genesis *out, struct error *err)
{
    if (in_bytes != sizeof(struct core))
        return error_set(err, ERR_CORRUPT, "fake core: %zu bytes", in_bytes);
    *out = ((const struct core *)in)->genesis;
    return 0;
}

#endif
