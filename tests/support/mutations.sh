# Sourced: rules of the venue, each changed in its place. The caller defines what is done with one:
#   mutate NAME FILE FROM TO
# A change whose text is no longer in the source is a failure: it has to follow the source.

mutate price_priority engine/book/level_index.c \
    'if (s->best == LEVEL_NONE || better(s, price_units, s->best_units)) {' \
    'if (s->best == LEVEL_NONE) {'
mutate time_priority engine/core/core_match.c \
    'core_maker_first(c, ins, taker->side, &w);
    while' 'core_maker_first(c, ins, taker->side, &w);
    if (w.level != LEVEL_NONE) w.slot = c->pools.levels.levels[w.level].tail;
    while'
mutate makers_price engine/core/core_match.c \
    'int64_t price = aside_units != 0 ? aside_units : m->price_units;' \
    'int64_t price = taker->price_units;'
mutate replace_with_more_keeps_place engine/core/core_replace.c \
    'ch->open_lots <= o->leaves_lots;' 'true;'
mutate replace_with_less_loses_place engine/core/core_replace.c \
    'is_placed(o) && ch->price_units' 'o->place != PLACE_BOOK && ch->price_units'
mutate ioc_rests engine/core/core_match.c \
    'if (o->time_in_force == TIF_IOC || o->time_in_force == TIF_FOK)' \
    'if (o->time_in_force == TIF_FOK)'
mutate plain_ioc_rests engine/core/core_order.c \
    'special == 0 && o->time_in_force != TIF_IOC &&' 'special == 0 &&'
mutate fok_trades_in_part engine/core/core_order.c \
    'o->time_in_force == TIF_FOK ? o->qty_lots : o->min_qty_lots;' 'o->min_qty_lots;'
mutate post_only_takes engine/core/core_order.c \
    'if (RARELY((o->exec_inst & EXEC_POST_ONLY) != 0 &&' 'if (RARELY(0 &&'
mutate day_end_takes_all engine/core/core_work.c \
    'return (o->time_in_force == TIF_DAY || core_is_for_auction(o->time_in_force) ||
                o->place == PLACE_DEAL || o->place == PLACE_REQUEST) &&' 'return'
mutate halted_takes_orders engine/core/core_order.c \
    'if (c->view_instruments[instrument_idx].state == TRADING_HALTED)' 'if (0)'
mutate other_content_is_a_retry engine/core/core_cancel.c \
    'if (e->digest != digest) {' 'if (0) {'
mutate fee_per_fill engine/core/core_match.c \
    'int64_t total = money_fee(&terms, k->maker_notional, k->taker_notional);' \
    'int64_t total = k->fee_charged + money_fee(&terms, maker ? notional : 0, maker ? 0 : notional);'
mutate fee_rounds_down engine/ledger/money.h \
    'return (int64_t)((sum + MONEY_PPM - 1) / MONEY_PPM);' 'return (int64_t)(sum / MONEY_PPM);'
mutate no_least_fee engine/ledger/money.h \
    'fee = fee > t->min_units ? fee : t->min_units;' ';'
mutate hold_rounds_down engine/ledger/money.h \
    '*ceil_units = whole + more;' '*ceil_units = whole;'
mutate withdrawal_is_not_held engine/core/core_money.c \
    'ledger_hold(&c->ledger, slot, x->amount_units);' ';'
mutate kyc_good_at_its_expiry risk/admit.c \
    'return asked && f->actual <= f->limit;' 'return asked && f->actual < f->limit;'
mutate unknown_country_is_outside risk/admit.c \
    'mode == COUNTRY_EXCEPT && (listed || country == 0)' 'mode == COUNTRY_EXCEPT && listed'
mutate collar_only_above risk/admit.c \
    'int64_t distance = price < base ? base - price : price - base;' \
    'int64_t distance = price < base ? 0 : price - base;'
mutate larger_maximum_counts risk/admit.c \
    '(instrument != 0 && instrument < account)' '(instrument != 0 && instrument > account)'
mutate open_orders_without_this_one risk/admit.c \
    '(c->order->replace == 0);
    f->limit' '0;
    f->limit'
mutate last_failing_rule_decides risk/admit.c \
    '(uint32_t)__builtin_ctzll(d->failed) - 1' '63 - (uint32_t)__builtin_clzll(d->failed) - 1'
mutate frozen_makers_trade risk/admit.c \
    'return (a->freeze & side) != 0 ? REASON_ACCOUNT_FROZEN : REASON_NONE;' 'return REASON_NONE;'
mutate message_window_jumps risk/rate_window.c \
    'if (parts > RATE_PARTS) {' 'if (parts > 0) {'
mutate long_chains_are_lost engine/core/client_ids.c 'step < CLIENT_CHAIN_MAX' 'step < 16'
mutate fee_balance_counts_twice engine/core/core_order.c \
    'cnt += fee_balance_missing(c, ins, account_idx);' 'cnt += ins->fee_slot == CORE_NONE;'
mutate gtd_ends_late engine/core/core_expire.c \
    'while (due_heap_next_ns(&c->dues) <= c->time_ns) {' \
    'while (due_heap_next_ns(&c->dues) < c->time_ns) {'
mutate gtd_past_is_taken engine/core/core_form.c \
    'o->time_in_force == TIF_GTD && o->expire_ns <= c->time_ns)' \
    'o->time_in_force == TIF_GTD && o->expire_ns < c->time_ns)'
mutate gtd_outlives_a_cancel engine/core/core_hot.h \
    'if (o->time_in_force == TIF_GTD)' 'if (0)'
mutate gtd_order_is_not_of_entry engine/core/due_heap.c \
    'a->order_id < b->order_id;' 'a->order_id > b->order_id;'
mutate expiry_lets_books_trade engine/core/core_order.c \
    'if (ins->busy || c->day_end_open || c->expiry_open)' \
    'if (ins->busy || c->day_end_open)'
mutate buy_stop_needs_more_than_its_price engine/book/stop_index.c \
    'trail_inside(side, price_units) <= trail_inside(side, stop) ?' \
    'trail_inside(side, price_units) < trail_inside(side, stop) ?'
mutate stop_at_entry_waits engine/core/core_stop.c \
    'int64_t last = c->view_instruments[o->instrument_idx].last_units;' 'int64_t last = 0;'
mutate stops_enter_last_first engine/book/stop_index.c \
    'return best == LEVEL_NONE ? ORDER_NONE : p->levels.levels[best].head;' \
    'return best == LEVEL_NONE ? ORDER_NONE : p->levels.levels[best].tail;'
mutate stop_side_reached_last_enters_first engine/core/core_stop.c \
    'if (ins->reached_side == 0)' 'if (1)'
mutate stop_stays_after_its_trigger engine/core/core_stop.c \
    'o->time_in_force = TIF_IOC;' ';'
mutate stop_cascade_lets_others_in engine/core/core_stop.c \
    'ins->busy = slot != ORDER_NONE;' ';'
mutate stop_cap_is_the_last_trade engine/core/core_order.c \
    'int64_t from = t->stop_units ' 'int64_t from = 0 '
mutate stop_replaced_keeps_its_place engine/core/core_replace.c \
    'is_placed(o) && ch->price_units == o->price_units &&' \
    '(o->place == PLACE_STOP || (is_placed(o) && ch->price_units == o->price_units)) &&'
mutate stop_outlives_a_mass_cancel engine/core/core_work.c \
    'o->place != PLACE_STOP && o->place != PLACE_WAIT &&' 'o->place != PLACE_WAIT &&'
mutate trailing_stop_goes_back engine/book/trail_index.c \
    'if (price <= n->seen)' 'n->near_stop = INT64_MIN; if (0)'
mutate trailing_stop_follows_what_came_before engine/book/trail_index.c \
    '        hand_down(p, orders, n);
        place = ' '        place = '
mutate trailing_limit_stays engine/book/trail_index.c \
    'o->price_units += stop - k->stop_units;' ';'
mutate trailing_stop_moves_in_a_cascade engine/core/core_stop.c \
    'if (ins->reached_units[side - SIDE_BUY] == 0)' 'if (1)'
mutate trailing_stop_holds_too_much engine/core/core_stop.c \
    'k->cap_units = buy && cap > k->cap_units ? k->cap_units : cap;' ';'
mutate linked_both_trade engine/core/core_match.c \
    'core_link_use(c, taker_slot);
        core_link_use(c, maker_slot);' ';'
mutate linked_survives_a_trigger engine/core/core_stop.c \
    '        core_link_use(c, slot);' '        ;'
mutate linked_survives_an_end engine/core/core_life.c \
    'if (other != ORDER_NONE)
        core_link_end(c, other);' ';'
mutate linked_hold_twice engine/core/core_link.c \
    'return need_units > first_units ? need_units - first_units : 0;' 'return need_units;'
mutate linked_walk_falls_off engine/core/core_walk.h \
    'return c->link_cnt != 0 && core_link_is(c, maker, next)' 'return 0'
mutate linked_is_passed_over_in_an_auction engine/core/core_uncross.c \
    'if (order_pool_find(&c->pools.orders, order_id) != ORDER_NONE)' 'if (0)'
mutate linked_both_count_in_an_auction engine/core/core_uncross.c \
    'c->link_cnt == 0 ? NULL : c->idle_lots' 'NULL'
mutate linked_worse_counts_in_an_auction engine/core/core_link.c \
    'o->price_units < better : o->price_units > better' \
    'o->price_units > better : o->price_units < better'
mutate linked_may_have_traded engine/core/core_link.c \
    'order_cold_at(&c->pools.orders, slot)->cum_lots != 0 || was_triggered' 'was_triggered'
mutate market_to_limit_without_a_price engine/core/core_order.c \
    'return t->price_units == 0 ? REASON_NO_LIQUIDITY : 0;' 'return 0;'
mutate released_slide_takes engine/core/core_cancel.c \
    'o->price_units = k->cap_units = t.cap_units;' ';'
mutate min_qty_is_ignored engine/core/core_order.c \
    'o->time_in_force == TIF_FOK ? o->qty_lots : o->min_qty_lots;' \
    'o->time_in_force == TIF_FOK ? o->qty_lots : 0;'
mutate min_qty_is_all engine/core/core_order.c \
    'o->time_in_force == TIF_FOK ? o->qty_lots : o->min_qty_lots;' \
    'o->time_in_force != TIF_FOK && o->min_qty_lots == 0 ? 0 : o->qty_lots;'
mutate slide_locks_the_book engine/core/core_bound.c \
    'return ticks_floor(&ticks, best - 1);' 'return ticks_floor(&ticks, best);'
mutate old_rules_take_new_orders engine/core/core_form.c \
    'bool more = c->rules_version >= CORE_RULES_ORDERS;' 'bool more = true;'
mutate trade_reaches_one_side_only engine/core/core_stop.c \
    'if (stop_index_reached(&ins->stops, &c->pools, side, price_units) != ORDER_NONE)' \
    'if (ins->reached_side == 0 &&
        stop_index_reached(&ins->stops, &c->pools, side, price_units) != ORDER_NONE)'
mutate halted_cascade_goes_on engine/core/core_stop.c \
    'if (state == TRADING_HALTED || state == TRADING_CLOSED) {' 'if (0) {'
mutate self_trades_trade engine/core/core_self_trade.c \
    'if (a->account_id == b->account_id)' 'if (0)'
mutate self_trade_of_nobodys_firm engine/core/core_self_trade.c \
    'return by == SELF_TRADE_OWNER && a->owner_group != 0 &&' 'return by == SELF_TRADE_OWNER &&'
mutate self_trade_firm_is_the_owner engine/core/core_self_trade.c \
    'return a->firm_id != 0 && a->firm_id == b->firm_id;' \
    'return a->firm_id != 0 && a->owner_group == b->owner_group;'
mutate self_trade_newest_cancels_both engine/core/core_self_trade.c \
    'if (mode != SELF_TRADE_CANCEL_NEWEST)' 'if (1)'
mutate self_trade_oldest_cancels_both engine/core/core_self_trade.c \
    'if (mode != SELF_TRADE_CANCEL_OLDEST)
        cancel(c, taker);
    return mode == SELF_TRADE_CANCEL_OLDEST;' 'cancel(c, taker);
    return false;'
mutate decrement_by_all_of_it engine/core/core_self_trade.c \
    'reduce(c, taker, maker_lots);' 'reduce(c, taker, taker_lots - 1);'
mutate decrement_loses_its_place engine/core/core_self_trade.c \
    'if (maker_lots > taker_lots)' 'if (0)'
mutate decrement_leaves_the_hold engine/core/core_self_trade.c \
    'core_hold_refresh(c, slot);' ';'
mutate look_ahead_counts_oneself engine/core/core_ahead.c \
    'if (meeting == MEET_TRADE) {
            int64_t lots' 'if (1) {
            int64_t lots'
mutate look_ahead_forgets_the_decrement engine/core/core_self_trade.c \
    '*open_lots -= maker_lots;' ';'
mutate self_trade_in_one_command engine/core/core_match.c \
    'meeting == MEET_TRADE ? !core_match_room(c, events)' 'meeting != 99 ? !core_match_room(c, events)'
mutate kill_lets_orders_in engine/core/core_order.c \
    'if (core_killed(c, instrument_idx, account_idx))' 'if (0)'
mutate killed_makers_trade engine/core/core_self_trade.c \
    'if (core_killed(c, instrument_idx, maker_account))' 'if (0)'
mutate killed_taker_goes_on engine/core/core_match.c \
    'if (core_killed(c, instrument_idx, o->account_idx)) {' 'if (0) {'
mutate kill_of_a_tenant_is_of_all engine/core/core_work.c \
    '(w->tenant_id == 0 ||' '(1 ||'
mutate kill_of_tenants_is_shared engine/core/core_kill.c \
    '>> (tenant_id % 64) & 1);' '!= 0);'
mutate kill_lifted_by_one engine/core/core_kill.c \
    'x->engage != 0 ? 0 : CORE_EYES_KILL_LIFT' '0'
mutate killed_early_is_not_counted engine/core/core_work.c \
    'w->canceled_cnt++;' ';'
mutate report_counts_what_is_passed engine/core/core_work.c \
    'if (!meant(c, w, slot))
            continue;
        w->canceled_cnt += w->request_seq != 0;' 'w->canceled_cnt += w->request_seq != 0;
        if (!meant(c, w, slot))
            continue;'
mutate iceberg_keeps_what_it_shows_to_itself engine/core/core_hot.h \
    'k->veil == VEIL_ICEBERG ? order_display_at(&c->pools.orders, slot)->display_lots : 0' '0'
mutate iceberg_shows_all engine/core/core_life.c \
    'if (order_cold_at(&c->pools.orders, slot)->veil != VEIL_NONE) {' 'if (0) {'
mutate iceberg_refill_keeps_its_place engine/book/book.c \
    'if (o->next == before)' 'if (1)'
mutate iceberg_trades_all_at_once engine/core/core_match.c \
    'int64_t offered = veiled ? core_offered(c, maker_slot) : maker->leaves_lots;
    f.lots = taker->leaves_lots < offered' 'int64_t offered = maker->leaves_lots;
    order_display_at(&c->pools.orders, maker_slot)->shown_lots = offered;
    f.lots = taker->leaves_lots < offered'
mutate iceberg_alone_is_passed_over engine/core/core_match.c \
    'next = fill_one(c, slot, maker, price) ? maker : next;' \
    '(void)fill_one(c, slot, maker, price);'
mutate iceberg_is_seen_through_its_level engine/book/book.c \
    'v->lots += o->leaves_lots - order_display_at(&p->orders, slot)->shown_lots;' ';'
mutate iceberg_shrinks_what_is_shown_first engine/book/book.c \
    'if (d->shown_lots > left)
        d->shown_lots = left;' 'd->shown_lots = d->shown_lots > lots ? d->shown_lots - lots : left < 1 ? left : 1;'
mutate iceberg_of_any_part engine/core/core_form.c \
    'core_display_fits(o->display_lots, o->qty_lots);' 'true;'
mutate iceberg_draws_without_the_seed engine/core/core_display.c \
    'hash_mix(c->cmd->seed ^ o->order_id' 'hash_mix(o->order_id'
mutate iceberg_draws_too_little engine/core/core_display.c \
    '(2 * (uint64_t)range + 1)' '(2 * (uint64_t)range)'
mutate look_ahead_forgets_refills engine/core/core_ahead.c \
    'later_lots += m->leaves_lots - lots;' ';'
mutate look_ahead_takes_refills_first engine/core/core_ahead.c \
    'int64_t lots = core_offered(c, maker);' 'int64_t lots = m->leaves_lots;'
mutate hidden_is_told engine/core/core_hot.h \
    '->veil == VEIL_HIDDEN)
        return;' '->veil == 99)
        return;'
mutate hidden_has_a_number engine/core/core_match.c \
    'bool named = !auction && order_cold_at(&c->pools.orders, f->maker)->veil != VEIL_HIDDEN;' \
    'bool named = !auction;'
mutate hidden_before_those_shown engine/book/book.c \
    'link_before(&p->orders, l, slot, hidden_head(&p->levels, at));' \
    'link_last(&p->orders, l, slot);'
mutate hidden_where_not_allowed engine/core/core_form.c \
    '!(ins->allow_hidden && may_rest(o))' '!may_rest(o)'
