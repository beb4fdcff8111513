#!/usr/bin/env bash
# Bitstamp's recorded orders, five hours, through the core: it finds by itself what the exchange matched.
# test-presets: dev
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh

if ! recording=$(flow_file real/bitstamp_btcusd_2015-05-01.log.xz bitstamp_btcusd_2015-05-01.log.xz); then
    flow_missing bitstamp_orders_are_all_carried_over
    flow_missing bitstamp_trades_are_found_again
    tap_done
fi

info=$("$ASSAY_BIN" flow info "$recording" --json)
if [[ $info == *'"recorded":{"new":24894,"cancel":24174,"replace":36}'* ]]; then
    ok bitstamp_orders_are_all_carried_over
else
    not_ok bitstamp_orders_are_all_carried_over "$info"
fi

# 575 trades are recorded; those with orders from before the recording cannot be found again
result=$("$ASSAY_BIN" flow match "$recording" --json)
trades=$(json_number "$result" trades)
late=$(json_number "$result" TOO_LATE)
if [ "${trades:-0}" -ge 540 ] && [ "$trades" -le 610 ] && [ "${late:-1000}" -le 100 ]; then
    ok bitstamp_trades_are_found_again
else
    not_ok bitstamp_trades_are_found_again "$result"
fi
tap_done
