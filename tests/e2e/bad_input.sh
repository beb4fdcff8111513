#!/usr/bin/env bash
# test-presets: asan
# test-timeout: 240
# What goes wrong around a venue is answered so that a person can act on it.
set -u
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

# expect NAME EXIT_CODE TEXT COMMAND...: the command ends with that code and says that text
expect()
{
    local name=$1 code=$2 text=$3 output got
    shift 3
    output=$(timeout 60 "$@" 2>&1)
    got=$?
    if [ $got = "$code" ] && grep -qF -- "$text" <<<"$output"; then
        ok "$name"
    else
        tail -n 5 <<<"$output" | sed 's/^/# /'
        not_ok "$name" "exit $got, expected $code with '$text'"
    fi
}

# --- configuration, before anything runs ---
venue_config
expect no_venue_yet 2 "no venue has been started with this data folder" "$ASSAY_BIN" up --data "$TMP/none"
sed '1i # a comment\n' "$VENUE/venue.yaml" | sed 's/  wait: adaptive/  wait: patient/' >"$TMP/bad.yaml"
line=$(grep -n 'wait: patient' "$TMP/bad.yaml" | cut -d: -f1)
expect wrong_word_names_file_and_line 2 "$TMP/bad.yaml:$line: engine.wait: 'patient' is not one of" \
    "$ASSAY_BIN" up --config "$TMP/bad.yaml" --data "$TMP/none"
expect config_check_finds_it_too 1 "bad.yaml:$line:" "$ASSAY_BIN" config check "$TMP/bad.yaml"
expect no_such_file 2 "cannot be opened" "$ASSAY_BIN" up --config "$TMP/nowhere.yaml" --data "$TMP/none"
expect void_without_a_journal_is_refused 1 "$TMP/no-journal: there is none" \
    "$ASSAY_BIN" journal void 1 --actor a --second b --reason c --data "$TMP/no-journal"
check void_without_a_journal_makes_nothing test ! -e "$TMP/no-journal"

# --- the machine ---
if unshare -m true 2>/dev/null; then
    expect postgres_missing_names_the_package 2 "postgresql" unshare -m sh -c \
        "mount -t tmpfs none /usr/lib/postgresql && PATH=/usr/bin:/bin exec '$ASSAY_BIN' up --demo --data '$TMP/nopg'"
    mkdir -p "$TMP/readonly"
    expect read_only_data_folder 2 "data folder:" unshare -m sh -c \
        "mount --bind '$TMP/readonly' '$TMP/readonly' && mount -o remount,ro,bind '$TMP/readonly' &&
         exec '$ASSAY_BIN' up --demo --data '$TMP/readonly'"
else
    skip postgres_missing_names_the_package "mount namespaces are not allowed here"
    skip read_only_data_folder "mount namespaces are not allowed here"
fi

# --- a port that somebody has ---
python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
sys.stdin.read()' >"$TMP/taken" < <(tail -f /dev/null) &
started $!
wait_for 10 test -s "$TMP/taken"
taken=$(cat "$TMP/taken")
venue_config "s/  port: 9878/  port: $taken/"
expect port_in_use_names_key_and_port 2 "fix.port" "$ASSAY_BIN" run engine --config "$VENUE/venue.yaml" --data "$TMP/port"
expect port_in_use_names_the_port 2 "$taken" "$ASSAY_BIN" run engine --config "$VENUE/venue.yaml" --data "$TMP/port"
expect port_in_use_names_the_owner 2 "python3" "$ASSAY_BIN" run engine --config "$VENUE/venue.yaml" --data "$TMP/port"

# --- orders; the configured database is down ---
# account 102's identity check has expired, account 101 has no BTC, the pool holds 16 orders
venue_config 's/  orders: 262144/  orders: 16/' \
    '/  - id: 102/,/  - id: 103/s/kyc_expiry: never/kyc_expiry: 2020-01-01/' \
    '/  - id: 101/,/  - id: 102/{/asset: BTC/d}'
printf '\nsettlement:\n  database: "host=/nonexistent dbname=assay"\n' >>"$VENUE/venue.yaml"
if venue_up; then
    ok venue_starts_without_its_database
    python3 tests/e2e/bad_orders.py "$(venue_fix)" 16 || tap_failed=1
    alarm() { grep -qE 'PostgreSQL|postgres|database' "$VENUE/data/logs/settle.log"; }
    wait_for 30 alarm && ok database_down_is_alarmed || not_ok database_down_is_alarmed "nothing in settle.log"
    down() { curl -s "http://$(venue_api)/metrics" | grep -qE '^assay_settle_postgres_up(\{[^}]*\})? 0'; }
    wait_for 30 down && ok database_down_is_a_metric || not_ok database_down_is_a_metric "assay_settle_postgres_up"
    venue_down
else
    not_ok venue_starts_without_its_database "see above"
fi

# --- a journal damaged in the middle ---
segment=$(ls "$VENUE"/data/journal/*.seg | head -n 1)
printf '\xff\xff\xff\xff' | dd of="$segment" bs=1 seek=12345 conv=notrunc 2>/dev/null
rm -f "$VENUE"/data/snapshots/*
expect damaged_journal_names_the_file 2 "$(basename "$segment")" \
    "$ASSAY_BIN" run engine --config "$VENUE/venue.yaml" --data "$VENUE/data" --fix-port 0
tap_done
