#!/usr/bin/env bash
# The whole venue under load: order to ack over FIX, settlement, idle cost, memory.
#
#   perf/bench_venue.sh [all|idle|one|rate|sustained|fanout]...     (all)
#
#   idle        processor time of a venue that nobody uses, and its memory at start
#   one         one order at a time over one session: durable, then async
#   rate        20,000 operations/s for 20 s over 8 sessions, durable
#   sustained   50,000 operations/s for 60 s over 8 sessions, durable, with fan-out and settlement; then
#               the time until the books hold everything
#   fanout      20,000 operations/s for 20 s over 8 FIX sessions, durable, and 100 WebSocket subscribers: match to client
#
# Environment: ASSAY_BIN (build/release/assay), RATE_S=20, SUSTAINED_S=60, IDLE_S=10, SUBSCRIBERS=100, TMPDIR (the disk
# that is measured). Each part has a venue of its own: the demo's; under load without collars, with room for client ids.
# Client and venue share the machine. Exit 1 when a part had an error (not when a figure is slow).
set -uo pipefail
cd "$(dirname "$0")/.."
ASSAY_BIN=${ASSAY_BIN:-$PWD/build/release/assay}
. tests/support/tap.sh
. tests/support/venue.sh

wrong=0
# No collars, and room for the client ids of 3 million operations.
ROOMY=('s/collar_ppm: [0-9]*/collar_ppm: 0/; /max_order_/d' 's/client_ids: .*/client_ids: 4194304/')

json()
{
    python3 -c 'import json,sys
o = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."): o = o[key]
print(o)' "$1" "$2"
}

setting()
{
    echo "machine   $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, Linux $(uname -r)"
    echo "disk      $(df --output=source,fstype "$TMP" | tail -n 1)"
    echo "program   $("$ASSAY_BIN" --version)"
    echo "load      $(cut -d' ' -f1-3 /proc/loadavg) (1, 5, 15 min, before the start)"
    echo "client    assay load: open loop, Poisson arrivals of seed 1, on the same machine"
}

venue() # DURABILITY [SED...]: a fresh one
{
    rm -rf "${VENUE:?}/data"
    venue_config "s/durability: .*/durability: $1/" "${@:2}"
    if ! venue_up; then
        echo "the venue does not come up"
        exit 1
    fi
}

load() # LABEL ARGS...
{
    local label=$1 report=$TMP/report.json status
    shift
    "$ASSAY_BIN" load --data "$VENUE/data" --quiet --report "$report" --generate "$@" >"$TMP/load.log" 2>&1
    status=$?
    if [ ! -s "$report" ]; then
        cat "$TMP/load.log"
        exit 1
    fi
    printf '%-28s order to ack us: p50 %.0f, p99 %.0f, p99.9 %.0f, max %.0f (from sending: p50 %.0f, p99 %.0f)\n' "$label" \
        "$(json "$report" latency_us.p50)" "$(json "$report" latency_us.p99)" "$(json "$report" latency_us.p99_9)" \
        "$(json "$report" latency_us.max)" "$(json "$report" latency_from_sending_us.p50)" \
        "$(json "$report" latency_from_sending_us.p99)"
    printf '%-28s %.0f operations/s for %.1f s, trades %s, unanswered %s, protocol errors %s, rejected %s\n' "" \
        "$(json "$report" rate)" "$(json "$report" seconds)" "$(json "$report" trades.generated)" \
        "$(json "$report" unanswered)" "$(json "$report" protocol_errors)" "$(json "$report" rejected)"
    [ $status -eq 0 ] || wrong=1
    rm -f "$report"
}

# Processor seconds of the venue's own processes so far (PostgreSQL apart).
venue_pids() { echo "$VENUE_PID $(venue_pid engine) $(venue_pid settle) $(venue_pid fanout)"; }
venue_ticks()
{
    local pid
    for pid in $(venue_pids); do
        sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f12,13
    done | awk '{ s += $1 + $2 } END { print s }'
}
venue_kib()
{
    local pid
    for pid in $(venue_pids); do
        sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup"
    done | awk '{ s += $1 } END { print s }'
}

part_idle()
{
    local seconds=${IDLE_S:-10} before after
    venue durable # as `assay up --demo` has it
    wait_for 60 venue_settled
    printf '%-28s %.0f MiB resident (proportional), without PostgreSQL\n' "memory at start" \
        "$(awk "BEGIN { print $(venue_kib) / 1024 }")"
    before=$(venue_ticks)
    read -rt "$seconds" <> <(:) # the time that is measured
    after=$(venue_ticks)
    printf '%-28s %.2f %% of one core over %s s (engine, settlement, fan-out, supervisor)\n' "idle" \
        "$(awk "BEGIN { print ($after - $before) * 100 / $(getconf CLK_TCK) / $seconds }")" "$seconds"
    venue_down
}

part_one()
{
    local durability
    for durability in durable async; do
        venue $durability "${ROOMY[@]}"
        load "one at a time, $durability" --orders 5000 --sessions 1 --window 1
        venue_down
    done
}

part_rate()
{
    venue durable "${ROOMY[@]}"
    load "20,000/s, durable" --rate 20000 --seconds "${RATE_S:-20}"
    venue_down
}

part_sustained()
{
    local began
    venue durable "${ROOMY[@]}"
    load "50,000/s, durable" --rate 50000 --seconds "${SUSTAINED_S:-60}"
    began=$(date +%s.%N)
    if wait_for 300 venue_settled; then
        printf '%-28s the books held everything %.1f s after the last answer\n' "" \
            "$(awk "BEGIN { print $(date +%s.%N) - $began }")"
    else
        echo "the books are not there after 300 s"
        wrong=1
    fi
    venue_down
}

part_fanout()
{
    local pid said=$TMP/fanout.txt
    venue durable "${ROOMY[@]}"
    "${ASSAY_BIN%/*}/perf/bench_ws_fanout" --data "$VENUE/data" --subscribers "${SUBSCRIBERS:-100}" \
        --fanout-pid "$(venue_pid fanout)" >"$said" 2>&1 &
    pid=$!
    started $pid
    if ! wait_for 60 grep -q '^subscribed' "$said"; then
        cat "$said"
        exit 1
    fi
    load "20,000/s, ${SUBSCRIBERS:-100} subscribers" --rate 20000 --seconds "${RATE_S:-20}" --symbols ETH-AUD
    kill -TERM $pid
    wait $pid || wrong=1
    grep -v '^subscribed' "$said"
    venue_down
}

setting
parts=("$@")
[ $# -gt 0 ] && [ "$1" != all ] || parts=(idle one rate sustained fanout)
for part in "${parts[@]}"; do
    case $part in
    idle | one | rate | sustained | fanout) "part_$part" ;;
    *)
        sed -n '2,16s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
    esac
done
exit $wrong
