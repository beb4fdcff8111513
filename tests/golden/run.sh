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

# Each reason that the core can give is given in one of them. Whom the hooks admit they let pair, so
# that one is seen with hooks of its own (tests/unit/engine/core/test_core_deal.c).
for reason in $(sed -n '/define REASON_LIST/,/^$/s/^ *X(\([A-Z_]*\),.*/\1/p' engine/model/reason.h); do
    case $reason in NONE | PAIR_NOT_ALLOWED) continue ;; esac
    grep -qE "^> .*[= ]$reason\b" tests/golden/*.txt && ok "reason_$reason" || not_ok "reason_$reason" "no script refuses with it"
done
tap_done
