#!/usr/bin/env bash
# assay load against a whole venue: the shipped recording, the generator, recordings of Bitstamp and CME.
# test-presets: asan
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh
. tests/support/venue.sh

report=$TMP/report.json

# load NAME SOURCE...: runs it and reports the case; "$report" has the figures
load()
{
    local name=$1
    shift
    if ! "$ASSAY_BIN" load --data "$VENUE/data" --quiet --report "$report" "$@" >"$TMP/load.log" 2>&1; then
        sed 's/^/# /' "$TMP/load.log"
        not_ok "$name" "assay load $* did not end with 0"
        return 1
    fi
    ok "$name"
}

between() # NAME KEY LEAST MOST [PART]: a number of the report
{
    local text value
    text=$(cat "$report")
    [ -z "${5:-}" ] || text=$(sed -n 's/.*"'"$5"'":{\([^}]*\)}.*/{\1}/p' <<<"$text")
    value=$(json_number "$text" "$2")
    if [ -n "$value" ] && [ "$value" -ge "$3" ] && [ "$value" -le "$4" ]; then
        ok "$1"
    else
        not_ok "$1" "$2 is ${value:-not there}, expected $3 to $4"
    fi
}

# Symbols of the recordings in the place of the demo's BTC-AUD and ACME-AUD; no collar, no order maximum.
venue_config \
    's/symbol: BTC-AUD/symbol: BTC-USD/; s/symbol: ACME-AUD/symbol: ES-USD/' \
    's/collar_ppm: [0-9]*/collar_ppm: 0/; /max_order_/d' \
    '/symbol: BTC-USD/,/reference/s/lot: .*/lot: "0.00000001"/' \
    's/reference: "60000"/reference: "236"/; s/reference: "100"/reference: "4800"/'
if ! venue_up; then
    not_ok venue_up "the venue does not come up"
    tap_done
fi

load recorded_flow_is_answered --recorded --as-recorded --speed 20
between recorded_orders_are_counted recorded 831 831 sent
between added_takers_are_counted added 212 212 sent
between takers_trade added 120 220 trades

if bitstamp=$(flow_file real/bitstamp_btcusd_2015-05-01.log.xz); then
    load bitstamp_flow_is_answered "$bitstamp" --window 4
    between bitstamp_trades_are_found_again recorded 480 640 trades
else
    flow_missing bitstamp_flow_is_answered
fi
if cme=$(flow_file real/cme_es_2023-12-25.csv.xz); then
    load cme_flow_is_answered "$cme" --window 4
    between cme_aggressors_trade added 4000 7500 trades
else
    flow_missing cme_flow_is_answered
fi
check everything_is_settled wait_for 60 venue_settled

fills=$(venue_sql 'select count(*) from fills')
venue_down
if ! venue_up; then
    not_ok restart "the venue does not come up again"
    tap_done
fi
# the same flow again: no client id of it is known, because each run has a prefix of its own
load the_same_flow_after_a_restart --recorded --as-recorded --speed 20
between no_id_is_met_again repeated 0 0
check everything_is_settled_again wait_for 60 venue_settled
if [ "$(venue_sql 'select count(*) from fills')" -gt "$fills" ]; then
    ok fills_go_on_after_the_restart
else
    not_ok fills_go_on_after_the_restart "$fills before, $(venue_sql 'select count(*) from fills') after"
fi
venue_down
tap_done
