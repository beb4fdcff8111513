#!/usr/bin/env bash
# The common workload: its generator, built here, says what a correct book makes of it. Five seeds, one
# instrument and a thousand, through `assay flow match`, the bare book and the whole core.
# ASSAY_WORKLOAD_OPS: operations of each (100,000); from a million on with all the resting orders of the
# figures in docs/, 10,000 and 100,000.
# test-presets: release
# test-timeout: 900
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh

ops=${ASSAY_WORKLOAD_OPS:-100000}
[ "$ops" -lt 1000000 ] && resting=2000 many=20000 || resting=10000 many=100000

# NAME SAID OURS KEY...: the generator's figure and ours under the same key
agrees()
{
    local name=$1 said=$2 ours=$3 key
    shift 3
    for key in "$@"; do
        if [ -z "$(json_number "$said" "${key%:*}")" ] ||
            [ "$(json_number "$said" "${key%:*}")" != "$(json_number "$ours" "${key#*:}")" ]; then
            not_ok "$name" "expected $said, found $ours"
            return
        fi
    done
    ok "$name"
}

workload() # INSTRUMENTS RESTING SEED
{
    local said of="of_$1_instruments_seed_$3" target
    said=$("$TMP/flowgen" --instruments "$1" --resting "$2" --ops "$ops" --seed "$3" --out "$TMP/flow.bin")
    agrees "match_$of" "$said" "$("$ASSAY_BIN" flow match "$TMP/flow.bin" --json 2>&1)" \
        trades:trades traded_qty:quantity checksum:checksum unknown_cancels:rejected
    for target in book core; do
        agrees "${target}_$of" "$said" \
            "$("$ASSAY_BIN" bench $target --flow "$TMP/flow.bin" --runs 1 --throughput-only --json 2>&1)" \
            trades:trades traded_qty:traded_qty checksum:checksum unknown_cancels:rejects
    done
    rm -f "$TMP/flow.bin"
}

if ! source=$(flow_file flowgen.c); then
    flow_missing workloads
    tap_done
fi
if ! "${CC:-cc}" -O2 -o "$TMP/flowgen" "$source" -lm; then
    not_ok workloads "flowgen does not build"
    tap_done
fi
for seed in 7 11 23 42 1001; do
    workload 1 "$resting" "$seed"
    workload 1000 "$many" "$seed"
done
tap_done
