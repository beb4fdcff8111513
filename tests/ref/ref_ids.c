#include <stdlib.h>
#include <string.h>

#include "tests/ref/ref_priv.h"

/* Client ids: those of open orders, and of what was done in this business day or the one before,
 * the latter in the order of the ends. When more than half of the room is taken, each that comes
 * looks at the two that ended first: what may be forgotten goes, anything else stops the look.
 * source: engine/core/client_ids.h */

static bool
expired(const struct ref_venue *r, const struct ref_id *k)
{
    return k->done_day != 0 && k->done_day < r->day;
}

static struct ref_id *
find(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct client_id *id)
{
    for (uint32_t i = 0; i < r->id_cnt; i++) {
        struct ref_id *k = &r->ids[i];
        if (!k->forgotten && k->space == space && k->owner == owner &&
            memcmp(&k->id, id, sizeof(*id)) == 0)
            return k;
    }
    return NULL;
}

struct ref_id *
ref_id_find(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct client_id *id)
{
    struct ref_id *k = find(r, space, owner, id);
    return k == NULL || expired(r, k) ? NULL : k;
}

static bool
look_at_oldest(struct ref_venue *r)
{
    uint32_t at = 0;
    while (at < r->id_cnt && r->ids[at].done_day == 0)
        at++;
    if (at == r->id_cnt || !(r->ids[at].forgotten || expired(r, &r->ids[at])))
        return false;
    r->id_cnt--;
    memmove(&r->ids[at], &r->ids[at + 1], (r->id_cnt - at) * sizeof(r->ids[0]));
    return true;
}

bool
ref_id_room(struct ref_venue *r)
{
    if (r->id_cnt > r->genesis.client_id_max / 2 && look_at_oldest(r))
        (void)look_at_oldest(r);
    return r->id_cnt < r->genesis.client_id_max;
}

struct ref_id *
ref_id_add(struct ref_venue *r, enum ref_space space, uint32_t owner, const struct client_id *id,
           const struct command *cmd)
{
    struct ref_id *old = find(r, space, owner, id);
    if (old != NULL)
        old->forgotten = true;
    if (r->id_cnt == REF_ID_MAX)
        abort();
    struct ref_id *k = &r->ids[r->id_cnt++];
    memset(k, 0, sizeof(*k));
    k->space = space;
    k->owner = owner;
    k->account_id = cmd->account_id;
    k->id = *id;
    k->type = cmd->rec.type;
    k->body_bytes = cmd->rec.length_bytes - (uint32_t)sizeof(*cmd);
    memcpy(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes);
    return k;
}

bool
ref_id_same(const struct ref_id *k, const struct command *cmd)
{
    return k->type == cmd->rec.type && k->account_id == cmd->account_id &&
           k->body_bytes == cmd->rec.length_bytes - sizeof(*cmd) &&
           memcmp(k->body, (const uint8_t *)cmd + sizeof(*cmd), k->body_bytes) == 0;
}

/* To the end of the list. */
static void
end_at(struct ref_venue *r, uint32_t at)
{
    struct ref_id k = r->ids[at];
    k.done_day = r->day + 1;
    memmove(&r->ids[at], &r->ids[at + 1], (r->id_cnt - 1 - at) * sizeof(r->ids[0]));
    r->ids[r->id_cnt - 1] = k;
}

void
ref_id_end(struct ref_venue *r, const struct ref_order *o)
{
    for (uint32_t i = 0; i < r->id_cnt;) {
        const struct ref_id *k = &r->ids[i];
        if (k->space == REF_ORDERS && k->done_day == 0 && k->order == (uint32_t)(o - r->orders))
            end_at(r, i);
        else
            i++;
    }
}
