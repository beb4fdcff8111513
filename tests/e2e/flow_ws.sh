#!/usr/bin/env bash
# assay load over WebSocket against a whole venue: all answered, fills as in the books, and what goes wrong said.
# test-presets: dev
# test-timeout: 240
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh
. tests/support/venue.sh

report=$TMP/report.json

# The exit status is what follows; the report goes to $report, the rest to $TMP/load.log.
load()
{
    local expected=$1 status
    shift
    rm -f "$report"
    "$ASSAY_BIN" load --ws --data "$VENUE/data" --quiet --report "$report" "$@" >"$TMP/load.log" 2>&1
    status=$?
    [ $status -eq "$expected" ] && return 0
    echo "exit status $status, expected $expected"
    cat "$TMP/load.log"
    return 1
}
says() { grep -q "$1" "$TMP/load.log" || { cat "$TMP/load.log"; return 1; }; }
figure() { json_number "$(cat "$report")" "$1"; }
# A number of the generated flow, which stands behind the sums.
of_flow() { json_number "$(sed -n 's/.*"generated":{\([^}]*\)}}.*/{\1}/p' "$report")" "$1"; }
equal() { [ "$1" = "$2" ] || { echo "$1, expected $2"; return 1; }; }
above() { [ "$1" -gt "$2" ] || { echo "$1, expected more than $2"; return 1; }; }
progressed() { grep -q '[1-9][0-9.]* % answered' "$TMP/load.log"; }
under_way() { wait_for 30 progressed || { cat "$TMP/load.log"; return 1; }; }

venue_config
venue_up && ok "the venue opens" || { not_ok "the venue opens" "see above"; tap_done; }

check "eight sessions over two keys are answered" \
    load 0 --generate --orders 3000 --rate 500 --symbols ETH-AUD --replaces 10 --crossing 20
check "over WebSocket, says the report" says 'over WebSocket 127.0.0.1'
check "every order came back" equal "$(figure orders)" "$(($(of_flow accepted) + $(of_flow rejected)))"
check "orders were canceled and replaced" above "$(($(of_flow canceled) * $(of_flow replaced)))" 0
check "the books catch up" wait_for 60 venue_settled
check "orders traded" above "$(venue_sql 'select count(*) from fills')" 20
check "each fill was told to its taker once" equal "$(of_flow trades)" "$(venue_sql 'select count(*) from fills')"
check "and to its maker once" equal "$(of_flow maker_fills)" "$(venue_sql 'select count(*) from fills')"
check "core, journal and PostgreSQL agree" "$ASSAY_BIN" recon --data "$VENUE/data"

sed '/demo-key-1/s/passphrase: demo/passphrase: other/' "$VENUE/venue.yaml" >"$TMP/wrong.yaml"
check "a wrong key is exit status 2" load 2 --keys "$TMP/wrong.yaml" --generate --orders 10
check "and is named" says 'demo-key-1: Authentication Failed: '
sed '/api:/,$d' "$VENUE/venue.yaml" >"$TMP/none.yaml"
check "a venue without keys is exit status 2" load 2 --keys "$TMP/none.yaml" --generate --orders 10
check "nobody listening is exit status 2" load 2 --ws=127.0.0.1:1 --generate --orders 10
check "and is said" says 'demo-key-1: Connection refused'

"$ASSAY_BIN" load --ws --data "$VENUE/data" --generate --orders 20000 --rate 500 --symbols ETH-AUD >"$TMP/load.log" 2>&1 &
loading=$!
started $loading
check "a load is under way" under_way
kill -9 "$(venue_pid fanout)"
check "the load ends without its venue" wait_for 30 tap_gone $loading
wait $loading
check "a venue gone in the middle is exit status 1" equal $? 1
check "with the sessions that were lost" says 'LOST SESSIONS 8: demo-key-[12]: '
check "and what was not sent" says 'not sent'

venue_down && ok "the venue ends" || not_ok "the venue ends" "it did not"
tap_done
