#!/usr/bin/env bash
# assay bench: a committed workload trades what its generator said, in the book and in the whole core.
# test-presets: release
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh

workload=tests/flow-data/6_workload.bin.xz
checksum=fe49e931202960bb # what its generator printed, like the figures below

said() # NAME TARGET: the generator's figures, and times that are there
{
    local json pair
    json=$("$ASSAY_BIN" bench "$2" --flow "$workload" --runs 2 --expect $checksum --json 2>&1)
    for pair in "trades 106" "traded_qty 967" "checksum $checksum" "rejects 42"; do
        set -- "$1" "$2" $pair
        if [ "$(json_number "$json" "$3")" != "$4" ]; then
            not_ok "$1" "$3 should be $4: $json"
            return
        fi
    done
    for pair in ops_per_s p50_ns p99_ns p999_ns max_ns cold_ops_per_s cold_max_ns; do
        if [ -z "$(json_number "$json" "$pair")" ]; then
            not_ok "$1" "$pair is not there: $json"
            return
        fi
    done
    ok "$1"
}

refused() # NAME EXIT_CODE TEXT ARGUMENT...
{
    local name=$1 code=$2 text=$3 output got
    shift 3
    output=$("$ASSAY_BIN" bench "$@" 2>&1)
    got=$?
    if [ $got = "$code" ] && grep -qF -- "$text" <<<"$output"; then
        ok "$name"
    else
        not_ok "$name" "exit $got, expected $code with '$text': $output"
    fi
}

figures() # NAME KEYS ARGUMENT...: those are there
{
    local name=$1 keys=$2 json key
    shift 2
    json=$("$ASSAY_BIN" bench "$@" --json 2>&1)
    for key in $keys; do
        if [ -z "$(json_number "$json" "$key")" ]; then
            not_ok "$name" "$key is not there: $json"
            return
        fi
    done
    ok "$name"
}

said book_trades_as_the_generator_says book
said core_trades_as_the_generator_says core
figures growth_is_measured "start_s bytes_per_order bytes_per_client_id add_ns cancel_ns match_ns" growth --orders 10000
figures work_in_parts_is_measured "commands longest_us longest_of_all_us whole_ms" worst --runs 1
refused another_checksum_is_a_finding 1 "checksum $checksum, expected 0123456789abcdef" \
    book --flow "$workload" --runs 1 --expect 0123456789abcdef
refused text_flow_is_no_workload 2 "not a workload" book --flow tests/flow-data/1_time_and_price.flow
refused file_that_is_not_there 2 "$TMP/none" core --flow "$TMP/none"
xz -dc "$workload" | head -c 1000 >"$TMP/short.bin"
refused short_workload 2 "counts do not fit" core --flow "$TMP/short.bin"
refused unknown_target 2 "expected book, core, growth or worst" risk --flow "$workload"
refused flow_left_out 2 "--flow FILE is missing" core
refused runs_out_of_range 2 "--runs 0" core --flow "$workload" --runs 0
refused option_of_another_target 2 "growth takes no --flow" growth --flow "$workload"
refused orders_are_for_growth 2 "--orders is for growth" worst --orders 20000
refused help_has_an_example 0 "assay bench core --flow" --help
tap_done
