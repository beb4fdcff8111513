#!/usr/bin/env bash
# Rules of the venue, changed one at a time in a copy of one source file: each change must turn at
# least one golden script red.
# test-presets: dev
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
. tests/support/mutants.sh

# The first script that the changed program fails, or nothing. Those of the area come first.
first_red()
{
    local script
    for script in tests/golden/$1_*.txt tests/golden/*.txt; do
        timeout 20 "$TMP/match" --check "$script" >/dev/null 2>&1 || { basename "$script" .txt; return; }
    done
}

judge()
{
    local name=$1 file=$2 why red=
    if ! why=$(mutant "$file" "$3" "$4" 2>&1); then
        not_ok "$name" "does not build: $(echo "$why" | head -n 2 | tr '\n' ' ')"
        return
    fi
    case $name,$file in
    deal_*) red=$(first_red deal) ;;
    request_*) red=$(first_red request) ;;
    band_*) red=$(first_red band) ;;
    quote_*) red=$(first_red quote) ;;
    offering_*) red=$(first_red offering) ;;
    corporate_*) red=$(first_red corporate) ;;
    tick_*) red=$(first_red tick) ;;
    share_* | top_* | allocation_*) red=$(first_red share) ;;
    points_*) red=$(first_red points) ;;
    min_*) red=$(first_red min) ;;
    *peg_*) red=$(first_red book_peg) ;;
    whole_*) red=$(first_red book_whole) ;;
    list_*) red=$(first_red list) ;;
    *,risk/*) red=$(first_red risk) ;;
    *equilibrium* | *core_call* | *core_uncross* | *core_phase* | *core_times* | *auction* | calendar_*)
        red=$(first_red auction) ;;
    *,*money*) red=$(first_red money) ;;
    *) red=$(first_red book) ;;
    esac
    if [ -n "$red" ]; then
        echo "# $name: red is $red"
        ok "$name"
    else
        not_ok "$name" "no golden script notices it"
    fi
}

mutate() { mutant_start "$1" judge "$@"; }

cat >"$TMP/main.c" <<'C'
#include "tools/assay/commands.h"
int main(int argc, char **argv) { return cmd_match(argc, argv); }
C
if ! mutants_build match "$TMP/main.c" tools/assay/cmd_match.c 2>"$TMP/log"; then
    not_ok build "$(head -n 3 "$TMP/log" | tr '\n' ' ')"
    tap_done
fi
red=$(first_red book)
[ -z "$red" ] && ok unchanged || not_ok unchanged "$red is red without a change"

. tests/support/mutations.sh
. tests/support/mutations_deal.sh
. tests/support/mutations_request.sh
. tests/support/mutations_band.sh
. tests/support/mutations_quote.sh
. tests/support/mutations_corporate.sh
. tests/support/mutations_offering.sh
. tests/support/mutations_peg.sh
. tests/support/mutations_whole.sh
. tests/support/mutations_list.sh
. tests/support/mutations_share.sh
. tests/support/mutations_calendar.sh

# Calls and auctions.
mutate auction_trades_less_than_the_most engine/book/equilibrium.c \
    'e->bid_units < e->ask_units)' 'e->bid_units <= e->ask_units)'
mutate auction_surplus_is_ignored engine/book/equilibrium.c \
    'bool both = bid_lots == ask_lots;' 'bool both = bid_lots != 0 && ask_lots != 0;'
mutate auction_larger_surplus_decides engine/book/equilibrium.c \
    'ask_lots == 0 || bid_lots < ask_lots)' 'ask_lots == 0 || bid_lots > ask_lots)'
mutate auction_without_ticks_between_limits engine/book/equilibrium.c \
    'if (below >= r->low)' 'if (0)'
mutate auction_pressure_of_buyers_is_the_lowest engine/book/equilibrium.c \
    'out->price_units = buy ? e->bid_units : e->ask_units;' \
    'out->price_units = both ? out->price_units : buy ? e->low_units : e->ask_units;'
mutate auction_pressure_of_sellers_is_the_highest engine/book/equilibrium.c \
    'out->price_units = buy ? e->bid_units : e->ask_units;' \
    'out->price_units = both ? out->price_units : buy ? e->bid_units : e->high_units;'
mutate auction_reference_is_the_highest engine/book/equilibrium.c \
    'nearest(r, reference != 0 ? reference : middle);' 'highest;'
mutate auction_two_as_near_the_higher engine/book/equilibrium.c \
    'candidate < *best)' 'candidate > *best)'
mutate auction_reference_is_not_the_last_trade engine/core/core_uncross.c \
    'return v->last_units != 0 ? v->last_units : v->reference_units;' 'return v->reference_units;'
mutate auction_first_reference_is_not_asked engine/core/core_uncross.c \
    'return v->last_units != 0 ? v->last_units : v->reference_units;' 'return v->last_units;'
mutate auction_fills_at_the_limit engine/core/core_match.c \
    'fill(c, buy_slot, sell_slot, price_units, INT64_MAX, true, false);' \
    'fill(c, buy_slot, sell_slot, order_at(&c->pools.orders, sell_slot)->price_units, INT64_MAX, true, false);'
mutate auction_buyer_pays_as_a_taker engine/core/core_match.c \
    'exchange(c, &f, auction || !taker_buys, taker_buys);' 'exchange(c, &f, !taker_buys, taker_buys);'
mutate auction_leaves_for_the_open_behind engine/core/core_call.c \
    '    if (core_is_for_auction(o->time_in_force) || o->time_in_force == TIF_IOC)' \
    '    if (o->time_in_force == TIF_IOC)'
mutate auction_leaves_market_orders_behind engine/core/core_call.c \
    '    if (core_is_for_auction(o->time_in_force) || o->time_in_force == TIF_IOC)' \
    '    if (core_is_for_auction(o->time_in_force))'
mutate auction_at_the_open_enters_any_call engine/core/core_call.c \
    'if (core_is_for_auction(o->time_in_force) && !is_its_call(c, o)) {' 'if (0) {'
mutate auction_waiting_enter_last_first engine/core/core_call.c \
    'uint32_t slot = a->wait_head[list];' 'uint32_t slot = a->wait_tail[list];'
mutate auction_call_takes_immediate engine/core/core_call.c \
    '(time_in_force == TIF_IOC && ' '(0 && '
mutate auction_call_takes_post_only engine/core/core_call.c \
    '(EXEC_POST_ONLY | EXEC_POST_SLIDE | EXEC_ALL_OR_NONE)' 'EXEC_ALL_OR_NONE'
mutate call_matches engine/core/core_phase.c \
    'ins->call = core_is_call(a->to_state);' 'ins->call = 0;'
mutate call_lets_the_book_take_others engine/core/core_phase.c \
    'c->instruments[instrument_idx].busy = 1;' ';'
mutate halt_ends_a_call_for_good engine/core/core_phase.c \
    '(state == TRADING_OPEN || (called && state == TRADING_CLOSED));' \
    'called && state != TRADING_HALTED;'
mutate close_after_a_halt_trades engine/core/core_phase.c \
    '(state == TRADING_OPEN || (called && state == TRADING_CLOSED));' \
    '(state == TRADING_OPEN || state == TRADING_CLOSED);'
mutate stops_enter_a_closed_market engine/core/core_phase.c \
    'c->view_instruments[w->instrument_idx].state == TRADING_CLOSED)' '0)'
mutate stops_of_the_close_are_forgotten engine/core/core_phase.c \
    '(ins->reached_side == 0 ||' '(c->instruments[w->instrument_idx].call ||'
mutate indicative_comes_every_tick engine/core/core_times.c \
    'int64_t due = a->told_ns + a->rules.indicative_ms * ms;' 'int64_t due = 0;'
mutate indicative_is_told_again engine/core/core_uncross.c \
    'if (p->price_units != a->told.price_units || ' 'if (1 || '
mutate call_ends_at_once engine/core/core_times.c \
    'c->time_ns + call_ms * ms);' 'c->time_ns);'
mutate call_has_no_random_end engine/core/core_times.c \
    'return from_ns + (int64_t)(draw % ((uint64_t)most + 1));' 'return from_ns + 2 * most;'
mutate call_is_extended_for_ever engine/core/core_uncross.c \
    'a->extended >= rules.extension_max ||' ''
mutate operator_is_kept_waiting engine/core/core_uncross.c \
    'if (!a->by_time || a->extended' 'if (a->extended'
mutate range_is_of_the_price engine/core/core_uncross.c \
    '> (__int128)reference_units * range_ppm;' '> (__int128)price_units * range_ppm;'
mutate extensions_of_calls_add_up engine/core/core_times.c 'a->extended = 0;' ';'
mutate timetable_opens_a_halted engine/core/core_times.c \
    '(from == TRADING_HALTED && to != TRADING_CLOSED) ||' ''
mutate timetable_starts_on_sunday engine/core/core_config_auction.c '((day + 3) % 7)' '((day + 4) % 7)'
mutate timetable_knows_no_summer engine/core/core_config_auction.c \
    'for (uint32_t i = 0; i + 1 < t->offset_cnt; i++) {' 'for (uint32_t i = 0; i < 1; i++) {'
mutate timetable_takes_the_second_of_two engine/core/core_config_auction.c \
    'if (at_ns < t->offsets[i + 1].from_ns || next_ns' 'if (next_ns'
mutants_end
tap_done
