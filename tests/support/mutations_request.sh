# Sourced as mutations.sh is: rules of requests for quote, which random scripts do not send yet.

mutate request_tells_who_asks engine/core/core_request.c \
    'asker || p->r->disclosed ? k->account_id : 0' 'k->account_id'
mutate request_tells_the_maker_who_asks engine/core/core_request.c \
    'p->r->disclosed ? other_id : 0' 'mine ? other_id : 0'
mutate request_tells_its_id engine/core/core_request.c \
    'if (!asker)
        return;' ''
mutate request_to_names_is_told_to_all engine/core/core_request.c \
    'if (p->r->to_cnt == 0)
        emit_request' 'emit_request'
mutate request_anybody_answers engine/core/core_request.c \
    'if (!is_to(p->r, account_idx))' 'if (0)'
mutate request_anybody_hits engine/core/core_request.c \
    'if (order_at(&c->pools.orders, p->slot)->account_idx != account_idx)' 'if (0)'
mutate request_takes_quotes_of_its_own_side engine/core/core_request.c \
    '(bid && p->r->side == SIDE_BUY) || ' ''
mutate request_takes_two_of_a_side engine/core/core_request.c \
    'if (reason == 0 && has_quote(' 'if (0 && has_quote('
mutate request_hit_beyond_what_was_asked engine/core/core_request.c \
    'quoted < asked ? quoted : asked' 'quoted'
mutate request_hit_beyond_the_quote engine/core/core_request.c \
    'quoted < asked ? quoted : asked' 'asked'
mutate request_stays_as_large engine/core/core_request.c \
    'asked->leaves_lots -= what.traded_lots;' ';'
mutate request_leaves_quotes_behind engine/core/core_request.c \
    'if (quote != ORDER_NONE)
            core_order_kill' 'if (0)
            core_order_kill'
mutate request_hit_after_its_time engine/core/core_request.c \
    'return is_over(c, p->slot) ? REASON_TOO_LATE : 0;
}

/* The other side' 'return 0;
}

/* The other side'
mutate request_is_not_asked_about engine/core/core_request.c \
    'reason = check_sides(c, x, &t);' 'reason = 0;'
mutate request_of_one_side_is_of_both engine/core/core_request.c \
    'if (x->side == 0 || x->side == side)' ''
mutate request_outlives_its_day engine/core/core_work.c \
    'o->place == PLACE_DEAL || o->place == PLACE_REQUEST) &&' 'o->place == PLACE_DEAL) &&'
mutate request_outlives_a_mass_cancel engine/core/core_work.c \
    ' && o->place != PLACE_REQUEST' ''
mutate request_quote_is_a_proposal engine/core/core_deal.c \
    'order_at(&c->pools.orders, *slot)->place != PLACE_DEAL ||
        c->deals[order_at(&c->pools.orders, *slot)->level].request_id != 0)' \
    'order_at(&c->pools.orders, *slot)->place != PLACE_DEAL)'
mutate request_sides_share_an_id engine/core/core_request.c \
    ' || client_id_equal(&x->ask_id, &x->cmd.id))' ')'
mutate request_second_side_is_free engine/core/core_request.c \
    '*open_orders += second;' ';'
mutate request_says_no_side_to_a_mass_cancel engine/core/core_work.c \
    '(o->place == PLACE_REQUEST && c->requests[o->level].side == 0)' '0'
mutate corporate_currency_comes_back engine/core/core_config_instrument.c \
    'if (core_corporate_on(c, asset) || core_corporate_on(c, cash))' 'if (core_corporate_on(c, asset))'
mutate request_hit_of_any_side engine/core/core_request.c \
    'x->side != 0 && x->side != o->side' '0'
