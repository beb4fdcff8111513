#!/usr/bin/env bash
# The differential run must be able to fail: each of the changed rules that the golden scripts know
# (tests/support/mutations.sh), and one in the plain venue, must be found by random scripts, and what
# is found must be made short. A few of each sort; all of them when ASSAY_VENUE_SCRIPTS is set, but
# of trades beside the book and of what issuers do those alone that random scripts are known to find.
# test-presets: dev
# test-timeout: 600
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
. tests/support/mutants.sh

SCRIPTS=10000 # of which the first that differs ends it
MUTANTS="price_priority fee_per_fill frozen_makers_trade decrement_leaves_the_hold deal_pays_as_taker request_stays_as_large corporate_split_rounds_up"
BESIDE="deal_pays_as_taker deal_other_account_answers deal_tells_of_the_other_side request_stays_as_large request_leaves_quotes_behind request_takes_two_of_a_side request_hit_of_any_side corporate_split_rounds_up corporate_split_leaves_prices"
[ -z "${ASSAY_VENUE_SCRIPTS:-}" ] || MUTANTS=all
[ $# -eq 0 ] || MUTANTS=$* # by name
SHORT=15 # commands, besides those that define the venue
declare -A LEFT_TO_GOLDEN=(
    [message_window_jumps]="limits on messages a window are not the plain venue's part"
    [kill_lifted_by_one]="two people's approval is not the plain venue's part"
    [self_trade_in_one_command]="how much one command tells is the core's to choose"
    [killed_taker_goes_on]="a kill switch within a sweep comes too rarely by chance; golden book_kill_sweep finds it"
    [look_ahead_takes_refills_first]="fill-or-kill that an iceberg's refill decides comes too rarely; golden book_iceberg_ahead finds it"
)
DEFINES='genesis|asset|instrument|account|session|deposit|deal-rules'

# Runs the changed program: it must find a difference and a script of at most SHORT commands.
judge()
{
    local name=$1 most=$SHORT cnt
    [ "$name" != long_chains_are_lost ] || most=30 # seventeen replaces and what is around them
    if timeout 200 "$TMP/venue" --seed 1 --count "$SCRIPTS" >"$TMP/found" 2>&1; then
        not_ok "$name" "$SCRIPTS scripts show no difference"
        return
    fi
    cnt=$(sed '1,/^# shrunk to/d; /^#/,$d' "$TMP/found" | grep -Evc "^($DEFINES) ")
    echo "# $name: $cnt commands; $(tail -n 1 "$TMP/found" | cut -c 1-140)"
    if ! grep -q '^# shrunk to' "$TMP/found"; then
        not_ok "$name" "$(tail -n 1 "$TMP/found")"
    elif [ "$cnt" -gt "$most" ]; then
        not_ok "$name" "shrunk to $cnt commands, expected at most $most"
    else
        ok "$name"
    fi
}

mutate()
{
    [ "$MUTANTS" = all ] || [[ " $MUTANTS " = *" $1 "* ]] || return 0
    if [ -n "${LEFT_TO_GOLDEN[$1]:-}" ]; then
        skip "$1" "${LEFT_TO_GOLDEN[$1]}"
        return
    fi
    mutant_start "$1" changed "$@"
}

changed()
{
    local why
    if why=$(mutant "$2" "$3" "$4" 2>&1); then
        judge "$1"
    else
        not_ok "$1" "does not build: $(echo "$why" | head -n 2 | tr '\n' ' ')"
    fi
}

if ! mutants_build venue tests/sim/sim_venue.c tests/ref/venue_*.c tests/ref/ref_[!f]*.c \
    tests/support/seed.c 2>"$TMP/log"; then
    not_ok build "$(head -n 3 "$TMP/log" | tr '\n' ' ')"
    tap_done
fi
check unchanged "$TMP/venue" --seed 1 --count 50

. tests/support/mutations.sh
[ "$MUTANTS" != all ] || MUTANTS=$BESIDE
. tests/support/mutations_deal.sh
. tests/support/mutations_request.sh
. tests/support/mutations_corporate.sh
mutants_end
for name in $MUTANTS; do
    [[ " ${MUTANT_NAMES[*]} ${!LEFT_TO_GOLDEN[*]} " = *" $name "* ]] || not_ok "$name" "no such mutant"
done

# The other way round: a wrong rule in the plain venue.
sed 's|return a->priority < b->priority;|return a->priority > b->priority;|' tests/ref/ref_market.c \
    >"$TMP/ref_market.c"
if cmp -s tests/ref/ref_market.c "$TMP/ref_market.c"; then
    not_ok plain_venue "the text to change is gone from tests/ref/ref_market.c"
elif why=$(gcc $MUTANT_FLAGS -c "$TMP/ref_market.c" -o "$TMP/ref_market.o" && mutant_link 2>&1); then
    judge plain_venue
else
    not_ok plain_venue "does not build: $why"
fi
tap_done
