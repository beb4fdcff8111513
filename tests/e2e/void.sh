#!/usr/bin/env bash
# A command that trips an assertion stops the venue; two people void it, and it starts without it.
# test-presets: asan
# test-timeout: 240
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

COMMANDS_BEFORE_THE_FAULT=60

up_says() { grep -qF -- "$1" "$VENUE/up.log" || { cat "$VENUE/up.log"; return 1; }; }
engine_says() { grep -qF -- "$1" "$VENUE/data/logs/engine.log" || { cat "$VENUE/data/logs/engine.log"; return 1; }; }
orders() { timeout 60 python3 tests/e2e/void_orders.py "$1" "$(venue_fix)" "$TMP/orders.json"; }
journal_void() { "$ASSAY_BIN" journal void "$@" --reason 'trips the planted check' --data "$VENUE/data"; }
last_command() { "$ASSAY_BIN" journal info --json --data "$VENUE/data" | sed 's/.*"commands":\([0-9]*\).*/\1/'; }

# up_dies NAME SEQ: `assay up` with the fault planted at this command does not open, and ends with 2
up_dies()
{
    local name=$1 status
    timeout 120 env ASSAY_FAULT_CMD_SEQ="$2" "$ASSAY_BIN" up --config "$VENUE/venue.yaml" \
        --data "$VENUE/data" --fix-port 0 --api-port 0 >"$VENUE/up.log" 2>&1
    status=$?
    [ $status = 2 ] && ok "$name" || not_ok "$name" "exit status $status"
}

venue_up && venue_down && ok the_venue_is_made || { not_ok the_venue_is_made "see above"; tap_done; }
bad=$(($(last_command) + COMMANDS_BEFORE_THE_FAULT))
echo "# the fault is planted at command $bad"

# --- it stops, and names the command ---
export ASSAY_FAULT_CMD_SEQ=$bad
venue_up || { not_ok the_venue_opens_before_the_fault "see above"; tap_done; }
unset ASSAY_FAULT_CMD_SEQ
check orders_flow_until_the_fault orders trade
wait_for 60 tap_gone "$VENUE_PID"
wait "$VENUE_PID"
status=$?
[ $status = 2 ] && ok up_ends_with_2 || not_ok up_ends_with_2 "exit status $status"
check up_says_that_the_engine_stopped_for_good up_says "the engine stopped for good (signal 6 (Aborted)); its log: "
check the_log_names_the_command engine_says "planted by a test (applying command $bad)"
says journal_info_names_it 0 "crash       while applying command $bad: CHECK failed" \
    "$ASSAY_BIN" journal info --data "$VENUE/data"
[ "$(last_command)" = $((bad - 1)) ] && ok the_journal_ends_before_it ||
    not_ok the_journal_ends_before_it "it ends with command $(last_command)"

# --- the next start trips it again ---
up_dies it_does_not_start_again "$bad"
check up_says_why up_says "engine ended before it was ready (signal 6 (Aborted)): CHECK failed"
check up_names_the_command up_says "(applying command $bad)"

# --- who may void what ---
says void_takes_two_people 1 "voiding a command takes two people: actor and second are both alice" \
    journal_void "$bad" --actor alice --second alice
says void_without_a_second_is_usage 2 "--second B" journal_void "$bad" --actor alice
says void_refuses_another_command 1 "no crash names command $((bad + 1))" \
    journal_void $((bad + 1)) --actor alice --second bob
says void_refuses_what_was_released 1 \
    "command $((bad - 1)) is in the journal with its events, which may have been released" \
    journal_void $((bad - 1)) --actor alice --second bob

# --- a check that a later build trips on a command which was released: not void, but the right build ---
up_dies a_released_command_stops_the_start_too $((bad - 2))
check a_replay_that_trips_names_the_command up_says "(applying command $((bad - 2)))"
says void_refuses_a_replayed_command_too 1 "run the build that wrote it instead" \
    journal_void $((bad - 2)) --actor alice --second bob

# --- void ---
up_dies it_still_does_not_start "$bad"
says two_people_void_it 0 "command $bad is void: the next start skips it" journal_void "$bad" --actor alice --second bob
says void_is_done_once 1 "command $bad is void already" journal_void "$bad" --actor alice --second bob
export ASSAY_FAULT_CMD_SEQ=$bad
venue_up && ok it_starts_without_the_command || { not_ok it_starts_without_the_command "see above"; tap_done; }
unset ASSAY_FAULT_CMD_SEQ
says no_void_while_the_engine_runs 2 "in use" journal_void "$bad" --actor alice --second bob
check what_was_acknowledged_is_there orders ask
check the_books_catch_up wait_for 60 venue_settled
check recon_agrees "$ASSAY_BIN" recon --data "$VENUE/data"
says the_record_says_who_and_why 0 "actor=alice second=bob reason=trips the planted check" \
    "$ASSAY_BIN" journal dump --from "$bad" --count 1 --data "$VENUE/data"

# --- the void stays: a start from the journal alone, and one from a snapshot ---
kill -9 "$(venue_pid engine)"
reopened() { grep -q 'epoch [0-9]*, command' <(sed -n '/starting it again/,$p' "$VENUE/up.log"); }
check it_starts_again_after_kill_9 wait_for 60 reopened
check and_says_that_it_skipped_one up_says "1 voided commands were skipped"
check recon_still_agrees wait_for 60 "$ASSAY_BIN" recon --data "$VENUE/data"
venue_down && ok the_venue_ends_in_order || not_ok the_venue_ends_in_order "exit status"
venue_up && venue_down && ok it_starts_from_its_snapshot || not_ok it_starts_from_its_snapshot "see above"
check journal_verifies "$ASSAY_BIN" journal verify --data "$VENUE/data"
tap_done
