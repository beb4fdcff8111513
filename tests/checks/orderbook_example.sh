#!/usr/bin/env bash
# The order book as a library: built by the very command of docs/orderbook.md, it reports what it traded.
# test-presets: none
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

command=$(sed -n '/^```$/,/^```$/p' docs/orderbook.md | grep -v '^```')
if ! why=$(eval "${command/-o orderbook/-Wall -Werror -o "$TMP/orderbook"}" 2>&1); then
    not_ok builds_by_the_documented_command "$(echo "$why" | head -n 3 | tr '\n' ' ')"
    tap_done
fi
ok builds_by_the_documented_command
expected='trade order 2 taker 3: 10 @ 100
trade order 1 taker 3: 5 @ 101
added order 3 taker 0: 0 @ 101
best offer 5 @ 101'
found=$("$TMP/orderbook" | grep -v '^added order [12]')
[ "$found" = "$expected" ] && ok reports_what_it_traded || not_ok reports_what_it_traded "$(echo "$found" | tr '\n' ';')"

# Handed to another core through a ring, the reports are the same.
ring=${command//examples\/orderbook.c/examples/orderbook_ring.c}
if eval "${ring/-o orderbook/-Wall -Werror -pthread -o "$TMP/ring"}" && "$TMP/ring" >"$TMP/ring.out"; then
    ok ring_gives_the_same_hash
else
    not_ok ring_gives_the_same_hash "$(tail -n 1 "$TMP/ring.out")"
fi
tap_done
