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

mutate()
{
    local name=$1 file=$2 why red=
    if ! why=$(mutant "$file" "$3" "$4" 2>&1); then
        not_ok "$name" "does not build: $(echo "$why" | head -n 2 | tr '\n' ' ')"
        return
    fi
    case $file in
    risk/*) red=$(first_red risk) ;;
    *money*) red=$(first_red money) ;;
    *) red=$(first_red book) ;;
    esac
    if [ -n "$red" ]; then
        echo "# $name: red is $red"
        ok "$name"
    else
        not_ok "$name" "no golden script notices it"
    fi
}

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

# Rules that came with rules version 2, which the plain second venue does not know.
mutate gtd_ends_late engine/core/core_expire.c \
    'while (due_heap_next_ns(&c->dues) <= c->time_ns) {' \
    'while (due_heap_next_ns(&c->dues) < c->time_ns) {'
mutate gtd_past_is_taken engine/core/core_order.c \
    'o->expire_ns <= c->time_ns)' 'o->expire_ns < c->time_ns)'
mutate gtd_outlives_a_cancel engine/core/core_life.c \
    'if (o->time_in_force == TIF_GTD)' 'if (0)'
mutate gtd_order_is_not_of_entry engine/core/due_heap.c \
    'a->order_id < b->order_id;' 'a->order_id > b->order_id;'
mutate expiry_lets_books_trade engine/core/core_order.c \
    'if (ins->busy || c->day_end_open || c->expiry_open)' \
    'if (ins->busy || c->day_end_open)'
mutate buy_stop_needs_more_than_its_price engine/core/core_stop.c \
    'return side == SIDE_BUY ? price_units >= stop_units' \
    'return side == SIDE_BUY ? price_units > stop_units'
mutate stop_at_entry_waits engine/core/core_stop.c \
    'c->view_instruments[o->instrument_idx].last_units))' '0))'
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
    'int64_t from = o->stop_units ' 'int64_t from = 0 '
mutate stop_replaced_keeps_its_place engine/core/core_replace.c \
    '(o->place == PLACE_BOOK || o->place == PLACE_STOP) &&' \
    'o->place == PLACE_STOP ? true : o->place == PLACE_BOOK &&'
mutate stop_outlives_a_mass_cancel engine/core/core_work.c \
    'o->place != PLACE_PARKED && o->place != PLACE_STOP)' 'o->place != PLACE_PARKED)'
mutate market_to_limit_without_a_price engine/core/core_order.c \
    'return t->price_units == 0 ? REASON_NO_LIQUIDITY : 0;' 'return 0;'
mutate released_slide_takes engine/core/core_cancel.c \
    'o->price_units = k->cap_units = t.cap_units;' ';'
mutate min_qty_is_ignored engine/core/core_order.c \
    'if (o->time_in_force != TIF_FOK && o->min_qty_lots == 0)' 'if (o->time_in_force != TIF_FOK)'
mutate min_qty_is_all engine/core/core_order.c \
    'o->time_in_force == TIF_FOK ? o->qty_lots : o->min_qty_lots;' 'o->qty_lots;'
mutate slide_locks_the_book engine/core/core_order.c \
    'return (best - 1) / tick * tick;' 'return best / tick * tick;'
mutate old_rules_take_new_orders engine/core/core_order.c \
    't->plain || c->rules_version < CORE_RULES_ORDERS ?' 't->plain ?'
tap_done
