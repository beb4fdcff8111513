#!/usr/bin/env bash
# The same commands give the same event bytes in every build: gcc -O1 with the dear checks, gcc -O3,
# clang with the sanitizers. Commands: every golden script and flows drawn from seeds.
# test-presets: asan
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

builds=$(dirname "$ASSAY_BUILD")
others=()
for preset in release dev; do
    [ -x "$builds/$preset/assay" ] && others+=("$builds/$preset/assay")
done
if [ ${#others[@]} -eq 0 ]; then
    not_ok builds "neither $builds/release/assay nor $builds/dev/assay is there to compare with"
    tap_done
fi

digest()
{
    rm -f "$TMP/events"
    "$1" match --raw "$TMP/events" "$2" >"$TMP/text" 2>&1
    echo "exit $? $(sha256sum <"$TMP/events" | cut -c1-64) $(sha256sum <"$TMP/text" | cut -c1-64)"
}

# Same answer, same bytes and same text of all builds, and some bytes at all.
same()
{
    local script=$1 first other
    first=$(digest "$ASSAY_BIN" "$script")
    [ -s "$TMP/events" ] || { echo "no events"; return 1; }
    for other in "${others[@]}"; do
        [ "$(digest "$other" "$script")" = "$first" ] || { echo "$other: other events"; return 1; }
    done
}

different=()
for script in tests/golden/*.txt; do
    why=$(same "$script") || different+=("$script: $why")
done
if [ ${#different[@]} -eq 0 ]; then
    ok "golden scripts in $((${#others[@]} + 1)) builds"
else
    not_ok "golden scripts" "${different[*]}"
fi

for seed in 7 11 $((${ASSAY_LONG:-0} * RANDOM)); do
    [ "$seed" = 0 ] && continue
    lines=$((${ASSAY_LONG:-0} == 1 ? 20000 : 3000))
    python3 tests/golden/flow.py --seed "$seed" --lines "$lines" >"$TMP/flow.txt"
    if why=$(same "$TMP/flow.txt") && [[ $(digest "$ASSAY_BIN" "$TMP/flow.txt") == "exit 0"* ]]; then
        ok "flow of seed $seed, $lines lines"
    else
        tail -n 3 "$TMP/text" | cut -c1-400 | sed 's/^/# /'
        not_ok "flow of seed $seed, $lines lines" "${why:-the script fails}"
    fi
done
tap_done
