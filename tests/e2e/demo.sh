#!/usr/bin/env bash
# test-presets: dev
# test-timeout: 180
# The demo, as tools/demo.sh runs it: its report holds, for people and for programs; nothing is left.
set -u
cd "$(dirname "$0")/../.."
. tests/support/tap.sh

DATA=$TMP/demo
chmod 755 "$TMP" # PostgreSQL runs as another user
check demo_report_holds sh -c "'$ASSAY_BIN' up --demo --exit --quick --json --data '$DATA' >'$TMP/out' 2>'$TMP/text'"
check report_for_programs_says_the_same python3 - "$TMP/out" <<'PY'
import json, sys
report, ended = [json.loads(line) for line in open(sys.argv[1])]
assert (report["event"], ended["event"]) == ("report", "ended")
assert report["ok"] and report["recon_ok"] and report["fills_settled"] > 0
assert report["ledger_sums"] and all(s["zero"] for s in report["ledger_sums"])
for flow in report["recorded"], report["generated"]:
    assert flow["unanswered"] == 0 and flow["protocol_errors"] == 0 and sum(flow["trades"].values()) > 0, flow
PY
says() { grep -qF "$1" "$TMP/text"; }
check report_for_people_names_the_flows says "Recorded flow (maker side only: the recording holds no trade"
check report_for_people_ends_with_the_reconciliation says "OK: core = journal = PostgreSQL"
check secrets_are_for_the_owner_alone [ "$(stat -c %a "$DATA/venue.yaml")" = 600 ]
check nothing_is_left bash -c "! pgrep -f -- '[-]-data $DATA'"

said() { grep -q '^{"event":"ready"}$' "$TMP/engine"; }
"$ASSAY_BIN" run engine --demo --data "$TMP/engine.data" --fix-port 0 --json >"$TMP/engine" 2>"$TMP/engine.log" &
ENGINE=$!
started $ENGINE
wait_for 60 said && ok engine_says_in_json_that_it_is_ready || not_ok engine_says_in_json_that_it_is_ready "$(tail -n 1 "$TMP/engine")"
kill -TERM $ENGINE
wait $ENGINE && ok engine_ends_in_order || not_ok engine_ends_in_order "exit status $?"
check log_is_json_lines python3 -c 'import json, sys
assert [json.loads(line)["text"] for line in open(sys.argv[1])]' "$TMP/engine.log"
tap_done
