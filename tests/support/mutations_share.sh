# Sourced as mutations.sh is: rules of pro-rata allocation.

mutate share_rounds_up engine/core/core_share.c \
    '(__int128)s->taker_lots * shown / s->level_lots);' \
    '((__int128)s->taker_lots * shown + s->level_lots - 1) / s->level_lots);'
mutate share_in_one_word engine/core/core_share.c \
    '(int64_t)((__int128)s->taker_lots * shown / s->level_lots);' \
    '(int64_t)((uint64_t)s->taker_lots * (uint64_t)shown / (uint64_t)s->level_lots);'
mutate share_of_what_is_hidden_too engine/core/core_share.c \
    'int64_t shown = book_shown(&c->pools, at);' 'int64_t shown = order_at(&c->pools.orders, at)->leaves_lots;'
mutate share_has_no_minimum engine/core/core_share.c \
    's->rules.min_lots > 0 ? s->rules.min_lots : 1;' '1;'
mutate share_of_all_that_is_taken engine/core/core_share.c \
    'if (t->leaves_lots >= shown_at(c, ins, side, level))
        return MATCHED_ALL;
    enum' 'enum'
mutate share_begins_anew_in_each_command engine/core/core_share.c \
    's->price_units == price_units;' '0;'
mutate share_is_given_again_after_all engine/core/core_match.c \
    'if (shared_units != 0)' 'if (0)'
mutate share_walk_loses_who_left engine/core/core_share.c \
    's->next = order_at(&c->pools.orders, slot)->next;' 's->next = ORDER_NONE;'
mutate share_meets_oneself engine/core/core_share.c \
    'account_idx, m->account_idx) != MEET_TRADE)' 'account_idx, m->account_idx) > MEET_SELF)'
mutate share_ends_what_a_fok_counted engine/core/core_share.c \
    'return time_in_force == TIF_FOK || core_is_whole(c, taker) ||' 'return'
mutate share_forgets_a_minimum_quantity engine/core/core_share.c \
    'return time_in_force == TIF_FOK || core_is_whole(c, taker) ||
           (time_in_force == TIF_IOC && order_cold_at(&c->pools.orders, taker)->until != 0);' \
    'return time_in_force == TIF_FOK;'
mutate top_is_anybody_first engine/core/core_share.c \
    'if (first && book_best(&ins->book, o->side) == o->level)' 'if (first)'
mutate top_is_small_too engine/core/core_share.c \
    'ins->call || shown < s->rules.top_min_lots' 'ins->call'
mutate top_comes_out_of_a_call engine/core/core_share.c \
    'ins->call || shown < s->rules.top_min_lots' 'shown < s->rules.top_min_lots'
mutate top_has_no_maximum engine/core/core_share.c \
    'if (s->rules.top_max_lots != 0 && lots > s->rules.top_max_lots)' 'if (0)'
mutate top_survives_its_refill engine/core/core_share.c \
    'if (*top == o->order_id)
        *top = 0;' ';'
mutate allocation_is_lost_by_a_definition engine/core/core_config_instrument.c \
    '(shares ? EXTRA_PRO_RATA : 0u));' '0u);'
