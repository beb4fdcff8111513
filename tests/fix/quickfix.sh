#!/usr/bin/env bash
# An independent FIX engine (Debian's libquickfix) trades with the venue: over a restart, over a
# kill -9, and after it has lost what it received.
# test-presets: asan tsan
# test-timeout: 240
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh

DATA=$TMP/data
if ! echo '#include <quickfix/Session.h>' | g++ -std=c++14 -fsyntax-only -x c++ - 2>/dev/null; then
    [ -z "${CI:-}" ] && skip "quickfix" "g++ or libquickfix-dev is missing" && exit 0
    not_ok "quickfix" "g++ or libquickfix-dev is missing (tools/deps.sh --test)"
    tap_done
fi
check "the QuickFIX client builds" \
    g++ -std=c++14 -O1 -w -o "$TMP/client" tests/fix/quickfix_client.cpp -lquickfix -lpthread

is_open() { grep -q 'the venue is open' "$TMP/engine.log"; }
engine_start()
{
    : >"$TMP/engine.log"
    "$ASSAY_BIN" run engine --demo --data "$DATA" --fix-port 0 >"$TMP/engine.log" 2>&1 &
    ENGINE=$!
    started "$ENGINE"
    wait_for 60 is_open
    PORT=$(sed 's/.*://' "$DATA/run/fix.address")
}
engine_end()
{
    kill "$1" "$ENGINE"
    wait_for 60 tap_gone "$ENGINE"
    wait "$ENGINE" 2>/dev/null
}
client() { timeout 60 "$TMP/client" "$PORT" CLIENT1 "$TMP/store" "$1"; }

engine_start
check "QuickFIX logs on, trades, cancels, is rejected" client trade
check "QuickFIX gets again what it says it lost" client resend
engine_end -TERM
engine_start
check "QuickFIX goes on after an orderly restart" client trade
engine_end -KILL
engine_start
check "QuickFIX goes on after kill -9" client trade
check "QuickFIX gets again what it lost, from before the crash too" client resend
engine_end -TERM
tap_done
