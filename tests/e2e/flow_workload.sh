#!/usr/bin/env bash
# The common workload: its generator, built here, says what a correct book makes of it.
# test-presets: dev
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh

run()
{
    local name=$1 instruments=$2 resting=$3 ops=$4 seed=$5 said ours key
    said=$("$TMP/flowgen" --instruments "$instruments" --resting "$resting" --ops "$ops" --seed "$seed" \
        --out "$TMP/flow.bin")
    ours=$("$ASSAY_BIN" flow match "$TMP/flow.bin" --json)
    for key in "trades trades" "traded_qty quantity" "checksum checksum" "unknown_cancels rejected"; do
        set -- $key
        if [ -z "$(json_number "$ours" "$2")" ] ||
            [ "$(json_number "$said" "$1")" != "$(json_number "$ours" "$2")" ]; then
            not_ok "$name" "expected $said, found $ours"
            return
        fi
    done
    ok "$name"
}

if ! source=$(flow_file flowgen.c); then
    flow_missing workload_of_one_instrument
    flow_missing workload_of_1000_instruments
    tap_done
fi
if ! "${CC:-cc}" -O2 -o "$TMP/flowgen" "$source" -lm; then
    not_ok workload_of_one_instrument "flowgen does not build"
    tap_done
fi
run workload_of_one_instrument 1 10000 100000 7
run workload_of_one_instrument_other_seed 1 2000 50000 11
run workload_of_1000_instruments 1000 5000 20000 7
tap_done
