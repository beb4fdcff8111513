#!/usr/bin/env bash
# test-presets: asan
# test-timeout: 180
# Cancel on disconnect over FIX: after the grace, not before, for whom and what asks for it, also when
# the engine itself was killed.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

GRACE_MS=1500
venue_config "s/disconnect_grace_ms: .*/disconnect_grace_ms: $GRACE_MS/" \
    '/comp_id: CLIENT1,/s/account: 101/account: 101, cancel_on_disconnect: true/'
venue_up && ok the_venue_opens || { not_ok the_venue_opens "see above"; tap_done; }
fix() { timeout 60 python3 tests/e2e/disconnect.py "$1" "$(venue_fix)" "$2"; }
canceled() { venue_ctl --json status | sed 's/.*"canceled":\([0-9]*\).*/\1/'; }
canceled_two_more() { [ "$(canceled)" -ge $((before + 2)) ]; }

check back_within_the_grace_keeps_them fix back a

before=$(canceled)
check orders_are_entered fix enter b
check gone_beyond_the_grace_loses_them wait_for 30 canceled_two_more
check those_that_asked_and_no_others fix lost b

before=$(canceled)
check orders_are_entered_again fix enter c
kill -9 "$(venue_pid engine)"
reopened() { grep -q 'epoch [0-9]*, command' <(sed -n '/starting it again/,$p' "$VENUE/up.log"); }
check the_engine_starts_again wait_for 60 reopened
check an_engine_that_was_killed_is_a_disconnect_of_all wait_for 30 canceled_two_more
check those_that_asked_and_no_others_again fix lost c
check the_books_catch_up wait_for 60 venue_settled
check recon_agrees "$ASSAY_BIN" recon --data "$VENUE/data"
venue_down && ok the_venue_ends_in_order || not_ok the_venue_ends_in_order "exit status"
tap_done
