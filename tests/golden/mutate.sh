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
mutate look_ahead_counts_oneself engine/core/core_match.c \
    'if (meeting == MEET_TRADE) {
            if (m' 'if (1) {
            if (m'
mutate look_ahead_forgets_the_decrement engine/core/core_self_trade.c \
    '*open_lots -= maker_lots;' ';'
mutate self_trade_in_one_command engine/core/core_match.c \
    'meeting == MEET_TRADE ? !room_for_fill(c) : !room_to_avoid(c)' '!room_for_fill(c)'
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
tap_done
