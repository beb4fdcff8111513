#!/usr/bin/env bash
# Requests for quote and negotiated trades over FIX, by an independent peer: to all and to named accounts,
# anonymous and disclosed, hit in parts, passed, ended; over a lost message, a restart and a kill -9. While
# that venue is up, order lists and how the market stands, too.
# test-presets: dev asan
# test-timeout: 180
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh

DATA=$TMP/data
is_open() { grep -q 'the venue is open' "$TMP/engine.log"; }
engine_start()
{
    : >"$TMP/engine.log"
    "$ASSAY_BIN" run engine --demo --data "$DATA" --fix-port 0 >"$TMP/engine.log" 2>&1 &
    ENGINE=$!
    started "$ENGINE"
    wait_for 60 is_open
    ADDRESS=$(cat "$DATA/run/fix.address")
}
engine_end()
{
    kill "$1" "$ENGINE"
    wait_for 60 tap_gone "$ENGINE"
    wait "$ENGINE" 2>/dev/null
}
peers() { timeout 60 python3 tests/fix/negotiate.py "$1" "$ADDRESS" "$TMP/peers"; }
market() { timeout 60 python3 tests/fix/market.py "$1" "$ADDRESS" "$DATA"; }

engine_start
check "a list of two is taken, filled and refused as one" market list
check "how an instrument stands is told through a halt and an auction" market status
check "the instrument takes them" \
    "$ASSAY_BIN" ctl --data "$DATA" deal-rules ETH-AUD kinds=block,private,request
check "a request is asked, quoted, passed, hit and over" peers request
check "refusals have their messages" peers refused
check "a trade is proposed, declined, accepted, sent as a pair" peers deal
check "a session that is away is asked by name" peers away
engine_end -TERM
engine_start
check "after a restart it hears of it, and once more when it asks" peers back
check "a request and a proposal stay open" peers open
engine_end -KILL
engine_start
check "after kill -9 they are answered" peers answer
engine_end -TERM
tap_done
