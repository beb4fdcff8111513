# Sourced as mutations.sh is: rules of corporate actions.

mutate corporate_split_rounds_up engine/core/core_corporate.c \
    'return (int64_t)(parts / step * x->step_units);' \
    'return (int64_t)((parts + step - 1) / step * x->step_units);'
mutate corporate_split_without_a_step engine/core/core_corporate.c \
    'wide step = (wide)x->step_units * x->ratio_old;' 'wide step = (wide)x->ratio_old;'
mutate corporate_split_leaves_prices engine/core/core_corporate.c \
    'v->last_units = (int64_t)scaled_price(&a->request, v->last_units);' ';'
mutate corporate_split_leaves_the_reference engine/core/core_corporate.c \
    'v->reference_units = (int64_t)scaled_price(&a->request, v->reference_units);' ';'
mutate corporate_rest_is_paid_whole engine/core/core_corporate.c \
    'split ? x->ratio_old : 1, &value)' '1, &value)'
mutate corporate_issuer_pays_itself engine/core/core_corporate.c \
    'x->price_units == 0 || account_idx == c->ledger.balances[a->payer_slot].account_idx' \
    'x->price_units == 0'
mutate corporate_takes_while_it_trades engine/core/core_corporate.c \
    'if (!is_shut(c, i))
            return REASON_NOT_HALTED;' ';'
mutate corporate_takes_what_is_unsettled engine/core/core_corporate.c \
    'if (c->ledger.assets[asset_idx].pending_units != 0)' 'if (0)'
mutate corporate_takes_what_is_withdrawn engine/core/core_corporate.c \
    'w->withdrawal_id != 0 && c->ledger.balances[w->slot].asset_idx == asset_idx' '0'
mutate corporate_units_move_meanwhile engine/core/core_money.c \
    'return core_corporate_on(c, *asset_idx) ? REASON_BUSY : 0;' 'return 0;'
mutate corporate_opens_meanwhile engine/core/core_phase.c \
    'core_corporate_on(c, ins->asset_idx));' '0);'
mutate corporate_cash_is_not_kept_back engine/core/core_corporate.c \
    'balance_available(b) - b->credit_units < a->hold_units' '0'
mutate corporate_leaves_orders engine/core/core_corporate.c \
    'o->order_id != 0 && c->instruments[o->instrument_idx].asset_idx == a->asset_idx' '0'
mutate corporate_retires_nothing engine/core/core_corporate.c \
    'c->instruments[idx].retired = 1;' ';'
mutate corporate_name_of_another engine/core/core_corporate.c \
    'i != idx && memcmp(c->instruments[i].symbol, x->symbol, SYMBOL_MAX) == 0' '0'
mutate corporate_by_one_person engine/core/core_corporate.c \
    'CORE_EYES_REFERENCE | CORE_EYES_MONEY' 'CORE_EYES_REFERENCE'
mutate corporate_split_leaves_the_lots_of_shares engine/core/core_corporate.c \
    'scale_allocation(a, &c->shares[i].rules);' ';'
mutate corporate_split_makes_a_bound_none engine/core/core_corporate.c 'scaled < 1 ? 1 :' ''
