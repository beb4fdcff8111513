#!/usr/bin/env bash
# Shows that it works: builds everything, runs every check and test, sums them up.
#
#   tools/test.sh                      all of it, below 15 minutes on 2 cores
#   tools/test.sh --only PATTERN       what has PATTERN in its name, for example
#                                        --only engine/book      unit tests of that folder
#                                        --only tests/fix        the FIX scripts
#                                        --only check/           the checks of the house
#                                        --only fuzz/json        one fuzzer
#   tools/test.sh --list               the names, without building
#   tools/test.sh --long               what is random more often, about 25 minutes; adds a line to
#                                      docs/long-runs.md (with --only: prints it). Other counts:
#                                      ASSAY_KILLS=50 tools/test.sh --long; the names are in
#                                      tools/test_runner.py, LONG_COUNTS
#
# ASSAY_FLOW_DIR names the folder of workloads and recordings (default ../shared/flow); without it
# their tests are skipped, with CI=true they fail. Logs: build/test-logs/.
# The last line is `N passed, N failed, N skipped`; the exit status is not 0 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in
*" -h "* | *" --help "*)
    sed -n '2,19s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
if ! tools/deps.sh --test; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
exec python3 tools/test_runner.py "$@"
