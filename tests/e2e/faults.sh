#!/usr/bin/env bash
# test-presets: asan
# test-timeout: 300
# Processes of a running venue are killed under load: what clients were told is there afterwards, once.
set -u
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

venue_up && ok venue_starts || { not_ok venue_starts "see above"; tap_done; }
python3 tests/e2e/faults.py "$(readlink -f "$VENUE/data")" "$ASSAY_BIN" "${ASSAY_SEED:-$RANDOM}" || tap_failed=1
artifacts=$ASSAY_BUILD/test-artifacts/faults-logs
mkdir -p "$artifacts" && cp -r "$VENUE/data/logs/." "$artifacts"
venue_down && ok venue_ends_in_order || not_ok venue_ends_in_order "exit status"
check nothing_is_left bash -c "! pgrep -f -- '[-]-data $VENUE/data'"
venue_up && ok venue_starts_again || not_ok venue_starts_again "see above"
check recon_agrees_after_restart "$ASSAY_BIN" recon --data "$VENUE/data"
venue_down
tap_done
