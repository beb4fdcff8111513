# Sourced as mutations.sh is: rules of negotiated trades, which random scripts do not send yet.

mutate deal_other_account_answers engine/core/core_deal.c \
    '.to_account_idx != account_idx)
        return REASON_NOT_OWNER;' '.to_account_idx == CORE_NONE)
        return REASON_NOT_OWNER;'
mutate deal_of_any_kind engine/core/core_deal.c \
    'd->kind >= 32 || (c->deal_rules[instrument_idx].kind_mask >> d->kind & 1) == 0' 'd->kind >= 32'
mutate deal_without_bounds engine/core/core_deal.c \
    'return REASON_DEAL_QTY;' ';'
mutate deal_collar_only_above engine/core/core_deal.c \
    'price_units < base ? base - price_units :' 'price_units < base ? 0 :'
mutate deal_collar_of_a_primary_issue engine/core/core_deal.c \
    'kind != DEAL_PRIMARY && outside' 'outside'
mutate deal_is_held_to_the_collar_of_orders risk/admit.c \
    'evaluated &= ~(UINT64_C(1) << RISK_COLLAR);' ';'
mutate deal_never_in_a_halt engine/core/core_deal.c \
    'if (reason != REASON_HALTED ||' 'if (reason != 0 ||'
mutate deal_always_in_a_halt engine/core/core_deal.c \
    '(c->deal_rules[instrument_idx].flags & DEAL_WHEN_HALTED) == 0)' '0)'
mutate deal_is_always_the_last_price engine/core/core_match.c \
    'trade_beside(c, &f, kind, (rules->flags & DEAL_SETS_LAST) != 0);' \
    'trade_beside(c, &f, kind, rules != NULL);'
mutate deal_reaches_no_stops engine/core/core_deal.c \
    'if (c->instruments[instrument_idx].reached_side != 0)' 'if (0)'
mutate deal_pays_as_taker engine/core/core_match.c \
    'exchange(c, f, true, true);' 'exchange(c, f, false, true);'
mutate deal_with_oneself engine/core/core_deal.c \
    'core_meet(c, instrument_idx, mine, theirs) == MEET_SELF)' '0)'
mutate deal_transfer_needs_two_owners engine/core/core_deal.c \
    'd->kind != DEAL_TRANSFER && c->' 'c->'
mutate deal_within_one_account engine/core/core_deal.c \
    'if (d->t[MINE].account_idx == d->t[THEIRS].account_idx)' 'if (0)'
mutate deal_by_any_session engine/core/core_deal.c \
    'return both ? 0 : REASON_NOT_AUTHORIZED;' 'return both ? 0 : 0;'
mutate deal_other_id_twice engine/core/core_deal.c \
    'd->hash[which]) == CLIENT_NONE
               ? 0' 'd->hash[which]) != 0
               ? 0'
mutate deal_admits_one_side engine/core/core_deal.c \
    'for (int which = MINE; which <= THEIRS && reason == 0; which++)
        reason = core_deal_admit' 'for (int which = MINE; which < THEIRS && reason == 0; which++)
        reason = core_deal_admit'
mutate deal_proposer_is_not_asked_again engine/core/core_deal.c \
    'if (reason == 0 && !still_admitted(c, slot))' 'if (0)'
mutate deal_tells_of_the_other_side engine/core/core_deal.c \
    'if (reason == 0 && core_deal_open(c, instrument_idx, theirs) != 0)
        reason = REASON_DEAL_OTHER_SIDE;' 'if (reason == 0)
        reason = core_deal_open(c, instrument_idx, theirs);'
mutate deal_answer_after_its_time engine/core/core_deal.c \
    'o->expire_ns != 0 && o->expire_ns <= c->time_ns ?' 'o->expire_ns != 0 && 0 ?'
mutate deal_outlives_its_day engine/core/core_work.c \
    'core_is_for_auction(o->time_in_force) ||
                o->place == PLACE_DEAL ||' 'core_is_for_auction(o->time_in_force) ||'
mutate deal_outlives_a_mass_cancel engine/core/core_work.c \
    'o->place != PLACE_BOOK && o->place != PLACE_DEAL &&' 'o->place != PLACE_BOOK &&'
mutate deal_is_replaced engine/core/core_replace.c \
    'if (reason == 0 && (o->place == PLACE_DEAL || o->place == PLACE_REQUEST))' 'if (0)'
mutate deal_keeps_its_place engine/core/core_deal.c \
    'told_of(c, slot, &o, &x);
    x.reason = reason;' 'told_of(c, slot, &o, &x);
    place = c->genesis.deal_max - 1;
    x.reason = reason;'
mutate deal_declined_twice engine/core/core_cancel.c \
    'if (client_entry_status(e) == CLIENT_DONE) {' 'if (0) {'
mutate deal_of_old_rules engine/core/core_admin.c \
    'if (c->rules_version >= CORE_RULES_ORDERS)' 'if (1)'
