#!/usr/bin/env bash
# The outside judge of price-time priority: at each fill of a real exchange's recording, the order
# that our core fills is compared with the one that the exchange filled. Of the recording's own fills
# 91.5 % are of the order at the head of its price; most others look like self-match prevention.
# test-presets: dev
set -uo pipefail
. tests/support/tap.sh
. tests/support/flow.sh

name=cme_fills_are_of_the_order_that_our_book_fills
if ! recording=$(flow_file real/cme_es_2023-12-25.csv.xz cme_es_2023-12-25.csv.xz); then
    flow_missing $name
    flow_missing cme_flow_is_matched
    tap_done
fi

"$ASSAY_BIN" flow judge "$recording" | sed 's/^/# /'
verdict=$("$ASSAY_BIN" flow judge "$recording" --json)
fills=$(json_number "$verdict" fills)
equal=$(json_number "$verdict" equal)
none=$(json_number "$verdict" "ours fills nothing")
worse=$(json_number "$verdict" "ours is at a better price")
if [ "${fills:-0}" -ge 6000 ] && [ $((equal * 100)) -ge $((fills * 91)) ]; then
    ok $name
else
    not_ok $name "equal $equal of $fills, expected at least 91 %: $verdict"
fi

# Where ours differs without a self-match, it is at the same price: no price is ever jumped.
if [ "${none:-x}" = 0 ] && [ "${worse:-x}" = 0 ]; then
    ok cme_no_fill_at_another_price
else
    not_ok cme_no_fill_at_another_price "$verdict"
fi

result=$("$ASSAY_BIN" flow match "$recording" --json)
trades=$(json_number "$result" trades)
# 6,229 recorded fills; ours also matches what self-match prevention took out, and fewer icebergs
if [ "${trades:-0}" -ge 6000 ] && [ "$trades" -le 6800 ]; then
    ok cme_flow_is_matched
else
    not_ok cme_flow_is_matched "$result"
fi
tap_done
