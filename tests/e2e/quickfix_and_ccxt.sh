#!/usr/bin/env bash
# QuickFIX and ccxt trade with each other on one venue while its processes are killed: see quickfix_and_ccxt.mjs
# test-presets: asan
# test-timeout: 300
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

if ! g++ -std=c++14 -O1 -w -o "$TMP/client" tests/fix/quickfix_client.cpp -lquickfix -lpthread 2>"$TMP/g++.log"; then
    sed 's/^/# /' "$TMP/g++.log" | head -n 5
    [ -z "${CI:-}" ] && skip quickfix_and_ccxt "g++ or libquickfix-dev is missing" && exit 0
    not_ok quickfix_and_ccxt "g++ or libquickfix-dev is missing (tools/deps.sh --test)"
    tap_done
fi
mkdir "$TMP/store"
# clients keep their addresses when a process is started again: two free ports that nobody is given by chance
free_port() { python3 tests/support/free_port.py; }
# what they trade under ten kills, and send again afterwards, is more than the demo's accounts own
venue_config 's/{asset: ETH, amount: "100"}/{asset: ETH, amount: "100000"}/; s/max_open_orders: 1000$/max_open_orders: 100000/'
venue_up --fix-port "$(free_port)" --api-port "$(free_port)" && ok venue_starts || { not_ok venue_starts "see above"; tap_done; }
[ "${ASSAY_LONG:-0}" = 1 ] && export ASSAY_KILLS="${ASSAY_KILLS:-10}"
node tests/e2e/quickfix_and_ccxt.mjs "$(readlink -f "$VENUE/data")" "$TMP/client" "$TMP/store" "${ASSAY_SEED:-$RANDOM}" || tap_failed=1
artifacts=$ASSAY_BUILD/test-artifacts/quickfix_and_ccxt-logs
mkdir -p "$artifacts" && cp -r "$VENUE/data/logs/." "$artifacts"
check recon_agrees "$ASSAY_BIN" recon --data "$VENUE/data"
venue_down && ok venue_ends_in_order || not_ok venue_ends_in_order "exit status"
venue_up && ok venue_starts_again || not_ok venue_starts_again "see above"
check recon_agrees_after_restart "$ASSAY_BIN" recon --data "$VENUE/data"
venue_down
tap_done
