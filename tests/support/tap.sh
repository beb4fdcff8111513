# Sourced by test scripts: reporting, waiting, cleaning up. Counts are kept by tools/test.sh.
#
#   ok NAME / not_ok NAME WHY / skip NAME WHY     report one case
#   check NAME COMMAND...                         ok if the command succeeds, else its output
#   says NAME STATUS TEXT COMMAND...              ok if it ends with that status and says that text
#   wait_for SECONDS COMMAND...                   until the command succeeds; 1 when the time is over
#   started PID                                   ended (TERM, then KILL) when the script exits
#   $TMP                                          a folder of this script alone, removed at its exit
#
# Ends with the exit status 1 if a case failed: finish with `tap_done`.

TMP=$(mktemp -d "${TMPDIR:-/tmp}/assay-test.XXXXXX")
tap_failed=0
tap_pids=()

ok() { echo "ok $1"; }
skip() { echo "skip $1 - ${2:?why}"; }
not_ok()
{
    echo "not ok $1 - ${2:?why}"
    tap_failed=1
}

check()
{
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$name"
    else
        echo "$output" | tail -n 40 | sed 's/^/# /'
        not_ok "$name" "\`$*\` failed"
    fi
}

says()
{
    local name=$1 code=$2 text=$3 output got
    shift 3
    output=$("$@" 2>&1)
    got=$?
    [ $got = "$code" ] && grep -qF -- "$text" <<<"$output" && ok "$name" && return
    tail -n 5 <<<"$output" | sed 's/^/# /'
    not_ok "$name" "exit $got, expected $code with '$text'"
}

wait_for()
{
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.05 # poll interval
    done
}

started() { tap_pids+=("$1"); }

tap_gone() { ! kill -0 "$1" 2>/dev/null; }

tap_cleanup()
{
    local pid
    for pid in ${tap_pids[@]+"${tap_pids[@]}"}; do
        kill "$pid" 2>/dev/null || continue
        wait_for 10 tap_gone "$pid" || kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$TMP"
}
trap tap_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tap_done() { exit $tap_failed; }
