#!/usr/bin/env bash
# Every golden script: commands and, reckoned by hand, the events that must come (docs/match.md).
# test-presets: dev asan
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

for script in tests/golden/*.txt; do
    name=$(basename "$script" .txt)
    if why=$("$ASSAY_BIN" match --check "$script" 2>&1); then
        ok "$name"
    else
        not_ok "$name" "$(echo "$why" | tail -n 5 | tr '\n' ' ')"
    fi
done
tap_done
