#include "tests/unit/engine/runtime/fake_core.h"

#include <string.h>

#include "engine/base/check.h"

static void *
emit(struct core *c, const struct command *cmd, uint8_t *out, uint16_t type, uint32_t bytes)
{
    struct event *ev = (struct event *)(void *)out;
    memset(ev, 0, bytes);
    ev->rec = (struct record){
        .length_bytes = bytes,
        .kind = RECORD_EVENT,
        .version = RECORD_VERSION,
        .type = type,
        .epoch = cmd->rec.epoch,
        .seq = ++c->event_seq,
    };
    ev->cmd_seq = cmd->rec.seq;
    ev->time_ns = cmd->time_ns;
    ev->audience = AUDIENCE_PARTY;
    ev->last = 1;
    ev->session_id = cmd->session_id;
    return ev;
}

uint32_t
core_instrument_cnt(const struct core *c)
{
    return c->timetable_cnt;
}

bool
core_timetable_get(const struct core *c, uint32_t n, uint32_t *instrument_id, struct timetable *out)
{
    *instrument_id = n + 1;
    *out = c->timetable;
    return n < c->timetable_cnt;
}

size_t
core_apply(struct core *c, const struct command *cmd, void *out)
{
    CHECK(cmd->rec.seq == c->cmd_seq + 1);
    CHECK(cmd->time_ns >= c->time_ns);
    c->cmd_seq = cmd->rec.seq;
    c->time_ns = cmd->time_ns;
    switch (cmd->rec.type) {
    case COMMAND_EPOCH:
        c->epoch = cmd->rec.epoch;
        c->mode = MODE_NORMAL;
        break;
    case COMMAND_MODE:
        c->mode = ((const struct command_mode *)cmd)->mode;
        break;
    case COMMAND_TICK:
        c->next_due_ns = INT64_MAX;
        return 0;
    case COMMAND_CONTINUE:
        CHECK(c->work_pending > 0);
        c->work_pending--;
        return 0;
    case COMMAND_TIMETABLE:
        CHECK(c->work_pending == 0 && ((const struct command_timetable *)cmd)->kept == 1);
        memcpy(c->timetable.offsets, ((const struct command_timetable *)cmd)->table.offsets,
               sizeof(c->timetable.offsets));
        break;
    case COMMAND_MASS_CANCEL:
        CHECK(c->work_pending == 0);
        c->work_pending = c->work_each;
        break;
    case COMMAND_SESSION_UP:
    case COMMAND_SESSION_DOWN: {
        struct event_session_state *e = emit(c, cmd, out, EVENT_SESSION_STATE, sizeof(*e));
        e->up = cmd->rec.type == COMMAND_SESSION_UP;
        e->incarnation = cmd->incarnation;
        return sizeof(*e);
    }
    default:
        break;
    }
    struct event_reject *e = emit(c, cmd, out, EVENT_COMMAND_RESULT, sizeof(*e));
    e->command_type = cmd->rec.type;
    return sizeof(*e);
}

void
core_prefetch(const struct core *c, const struct command *const *cmds, uint32_t cnt)
{
    (void)cmds;
    ((struct core *)(uintptr_t)c)->prefetch_cnt += cnt;
}

bool
core_work_pending(const struct core *c)
{
    return c->work_pending > 0;
}

int64_t
core_next_due_ns(const struct core *c)
{
    return c->next_due_ns;
}

uint64_t
core_cmd_seq(const struct core *c)
{
    return c->cmd_seq;
}

uint32_t
core_epoch(const struct core *c)
{
    return c->epoch;
}

uint32_t
core_mode(const struct core *c)
{
    return c->mode;
}

int64_t
core_time_ns(const struct core *c)
{
    return c->time_ns;
}
