#!/usr/bin/env bash
# What commands are written as, they are read back from: each golden script, told as JSON lines,
# brings the same events, byte for byte.
# test-presets: dev
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

# Back to an earlier state is no command.
for script in $(grep -LE '^load' tests/golden/*.txt); do
    name=$(basename "$script" .txt)
    if ! why=$("$ASSAY_BIN" match "$script" --raw "$TMP/text" --json-commands "$TMP/json" 2>&1 >"$TMP/out") ||
        ! why=$("$ASSAY_BIN" match "$TMP/json" --raw "$TMP/again" 2>&1 >"$TMP/out"); then
        not_ok "json_$name" "$(echo "$why" | head -n 1)"
    else
        cmp -s "$TMP/text" "$TMP/again" && ok "json_$name" || not_ok "json_$name" "other events"
    fi
done
tap_done
