#include "engine/core/core.h"

#include "engine/core/core_priv.h"

static void
touch(const void *p)
{
    __builtin_prefetch(p, 0, 3);
}

static void
touch_client(const struct core *c, uint32_t account_id, const struct client_id *id)
{
    struct client_key key;
    if (id->length == 0 || id->length > CLIENT_ID_MAX)
        return;
    client_key_set(&key, CLIENT_ORDER, account_id, id);
    touch(&c->ids.index[client_key_hash(&c->ids, &key) & c->ids.mask]);
}

static void
touch_order(const struct core *c, uint64_t order_id)
{
    uint32_t slot = (uint32_t)order_id & ORDER_POOL_MAX;
    if (order_id == 0 || slot >= c->pools.orders.used_max)
        return;
    touch(&c->pools.orders.hot[slot]);
    touch(&c->pools.orders.cold[slot]);
    touch((const uint8_t *)&c->pools.orders.cold[slot] + 64);
    touch(&c->pools.orders.link[slot]);
}

void
core_prefetch(const struct core *c, const struct command *cmd)
{
    switch (cmd->rec.type) {
    case COMMAND_ORDER_NEW:
        touch_client(c, cmd->account_id, &cmd->id);
        break;
    case COMMAND_ORDER_CANCEL:
        touch_order(c, ((const struct command_order_cancel *)(const void *)cmd)->order_id);
        touch_client(c, cmd->account_id,
                     &((const struct command_order_cancel *)(const void *)cmd)->orig);
        break;
    case COMMAND_ORDER_REPLACE:
        touch_order(c, ((const struct command_order_replace *)(const void *)cmd)->order_id);
        touch_client(c, cmd->account_id, &cmd->id);
        break;
    default:
        break;
    }
    if (c->hooks.prefetch != NULL)
        c->hooks.prefetch(c->hook_self, cmd);
}
