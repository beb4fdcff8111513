#!/usr/bin/env bash
# The venue on this machine, from nothing: installs what is missing, builds, trades, settles, proves.
#
#   tools/demo.sh             runs until Ctrl-C; continues from the journal the next time
#   tools/demo.sh --exit      ends after the report
#
# All arguments go to `assay up --demo`; `build/release/assay up --help` lists them.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
-h | --help)
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

log=build/demo-build.log
mkdir -p build
tools/deps.sh --demo
echo "Building (log: $log) ..."
started=$SECONDS
if ! { cmake --preset release && cmake --build --preset release --target assay; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "demo.sh: the build failed; the whole log is in $log" >&2
    exit 1
fi
echo "Built in $((SECONDS - started)) s: build/release/assay"
exec build/release/assay up --demo "$@"
