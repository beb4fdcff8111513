#ifndef ENGINE_CORE_CORE_EVENT_H
#define ENGINE_CORE_CORE_EVENT_H

#include "engine/base/hash.h"
#include "engine/core/core_priv.h"

/* In line on the way of every order: the heads of events, and what makes two commands the same. */

/* How many more events this command may emit. */
static inline uint32_t
core_room(const struct core *c)
{
    return (uint32_t)EVENT_MAX - c->out_cnt - c->out_kept;
}

/* The ring is larger than the caches near the core, and each of its lines is written anew: without
 * being asked for ahead, a store waits for the line that it overwrites (60 of 300 ns a command).
 * As many lines as the event takes are asked for, a few events further on. */
static inline void
core_emit_ahead(const uint8_t *at, uint32_t bytes)
{
    enum { AHEAD = 1536, LINE = 64 };
    for (uint32_t line = 0; line < bytes; line += LINE)
        __builtin_prefetch(at + AHEAD + line, 1, 3);
}

/* A new event with its header filled; the body is the caller's, every byte of it. */
static inline void *
core_emit(struct core *c, uint16_t type, uint32_t bytes, uint8_t audience, uint32_t session_id)
{
    struct event *e = (void *)c->out_at;
    core_emit_ahead(c->out_at, bytes);
    e->rec.length_bytes = bytes;
    e->rec.kind = RECORD_EVENT;
    e->rec.version = RECORD_VERSION;
    e->rec.type = type;
    e->rec.crc32c = 0;
    e->rec.epoch = c->epoch;
    e->rec.seq = ++c->event_seq;
    e->cmd_seq = c->cmd_seq;
    e->time_ns = c->time_ns;
    e->audience = audience;
    e->last = 0;
    e->zero0 = 0;
    e->session_id = session_id;
    c->out_last = e;
    c->out_cnt++;
    c->out_at += bytes;
    return e;
}

/* Two commands with the same client id are the same when type and everything from the body on are.
 * Records are whole words. */
static inline uint64_t
core_content_digest(const struct core *c, const struct command *cmd)
{
    uint64_t key = c->genesis.hash_key ^ cmd->rec.type * UINT64_C(0x9E3779B97F4A7C15);
    enum { NEW_WORDS = (sizeof(struct command_order_new) - sizeof(*cmd)) / sizeof(uint64_t) };
    if (cmd->rec.type == COMMAND_ORDER_NEW) /* a count that is known needs no loop */
        return hash_words(key, cmd + 1, NEW_WORDS);
    return hash_words(key, cmd + 1,
                      (uint32_t)((cmd->rec.length_bytes - sizeof(*cmd)) / sizeof(uint64_t)));
}

#endif
