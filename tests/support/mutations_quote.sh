# Sourced as mutations.sh is: rules of quotes, which random scripts do not send yet.

mutate quote_lots_count_what_is_filled engine/core/core_quote.c \
    '__builtin_add_overflow(cum_lots, s->lots,' '__builtin_add_overflow(0 * cum_lots, s->lots,'
mutate quote_that_is_refused_leaves_the_old_one engine/core/core_quote.c \
    'if (reason != 0 && s->slot != ORDER_NONE)' 'if (0)'
mutate quote_bid_always_first engine/core/core_quote.c \
    'ask_moves_first(c, quote, e) ? ASK : BID;' 'ask_moves_first(c, quote, e) ? BID : BID;'
mutate quote_ask_always_first engine/core/core_quote.c \
    'ask_moves_first(c, quote, e) ? ASK : BID;' 'ask_moves_first(c, quote, e) ? ASK : ASK;'
mutate quote_is_taken_again engine/core/core_quote.c \
    'if ((x->cmd.flags & COMMAND_POSSIBLE_RESEND) != 0)' 'if (0)'
mutate quote_may_lock_itself engine/core/core_quote.c \
    'e->bid_price_units >= e->ask_price_units' 'e->bid_price_units > e->ask_price_units'
mutate quote_of_another_session_goes_on engine/core/core_quote.c \
    'order_at(&c->pools.orders, s->slot)->session_idx == q->session_idx &&' ''
mutate quote_unchanged_moves_back engine/core/core_quote.c \
    'if (o->price_units == s->price_units && o->leaves_lots == s->lots)' 'if (0)'
mutate quote_in_a_sweep_is_taken engine/core/core_quote.c \
    'if (c->instruments[s->quote->instrument_idx].busy) {' 'if (0) {'
mutate quote_that_is_refused_takes_a_place engine/core/core_quote.c \
    'find_quote(c, q->account_idx, instrument_idx)' 'core_quote_of(c, q->account_idx, instrument_idx)'
mutate quote_without_a_place_is_judged engine/core/core_quote.c \
    '(quote == NULL && !has_room(c))' '0'
mutate quote_cancel_takes_orders engine/core/core_mass.c \
    'COMMAND_QUOTE_CANCEL ? EXEC_QUOTE : 0' 'COMMAND_QUOTE_CANCEL ? 0 : 0'

# Protection of makers.
mutate quote_protection_counts_what_is_as_old_as_the_window engine/core/core_protect.c \
    'fill->time_ns - p->fills[old].time_ns >= p->window_ns' \
    'fill->time_ns - p->fills[old].time_ns > p->window_ns'
mutate quote_protection_window_does_not_roll engine/core/core_protect.c \
    'fill->time_ns - p->fills[old].time_ns >= p->window_ns' \
    'fill->time_ns - p->fills[0].time_ns >= p->window_ns'
mutate quote_protection_must_be_passed engine/core/core_protect.c \
    'w->lots >= p->lots_max)' 'w->lots > p->lots_max)'
mutate quote_protection_pulls_one_side engine/core/core_protect.c \
    'for (int side = 0; side < 2; side++) {' 'for (int side = 0; side < 1; side++) {'
mutate quote_protection_lets_the_taker_go_on engine/core/core_match.c \
    '!core_protect_ends(c, slot))' 'true)'
mutate quote_protection_ends_by_itself engine/core/core_quote.c \
    'if (reason == 0 && core_protect_stops(c, s->quote))' 'if (0)'
mutate quote_protection_net_is_one_way engine/core/core_protect.c \
    'w->net_lots < 0 ? -w->net_lots : w->net_lots;' 'w->net_lots;'
mutate quote_protection_counts_orders engine/core/core_protect.c \
    'if ((order_cold_at(&c->pools.orders, slot)->exec_inst & EXEC_QUOTE) == 0)' 'if (0)'
