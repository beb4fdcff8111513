#!/usr/bin/env bash
# A running venue reconciles; each thing that is tampered with is named; without the venue it is said so.
# test-presets: asan
# test-timeout: 240
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

# The exit status is what follows; the text goes to $TMP/recon.
recon()
{
    local expected=$1
    shift
    "$ASSAY_BIN" recon --data "$VENUE/data" "$@" >"$TMP/recon" 2>&1
    local status=$?
    [ $status -eq "$expected" ] && return 0
    echo "exit status $status, expected $expected"
    cat "$TMP/recon"
    return 1
}
says() { grep -q "$1" "$TMP/recon" || { cat "$TMP/recon"; return 1; }; }

# tampered NAME TAMPER MEND TEXT: one statement against the books, the break it must give, and back.
tampered()
{
    venue_sql "$2" >/dev/null
    check "a tampered $1 gives exit status 1" recon 1
    check "a tampered $1 is named" says "$4"
    venue_sql "$3" >/dev/null
}

trade() { python3 tests/e2e/recon_trade.py "$(venue_fix)"; }
auction()
{
    python3 tests/e2e/recon_auction.py "$(venue_fix)" "$ASSAY_BIN" ctl --data "$VENUE/data"
}
shares_are_told() {
    curl -s "http://$(venue_api)/products/PMGT-AUD" | grep -q "$1" &&
        ! curl -s "http://$(venue_api)/products/BCH-AUD" | grep -q '"allocation"'
}
product_says() { curl -s "http://$(venue_api)/products/BCH-AUD" | grep -q "$1"; }

venue_config 's/^    symbol: ETH-AUD/&\n    self_trade_by: account\n    self_trade_mode: decrement\n    all_or_none: true/' \
    's/^    symbol: PMGT-AUD/&\n    allocation: {method: pro_rata, top_ppm: 250000, top_min: "2.5", min: "0.1"}/'
venue_up && ok "the venue opens" || { not_ok "the venue opens" "see above"; tap_done; }
check "orders trade over FIX" trade
check "an auction trades over FIX" auction
check "an instrument is called" venue_ctl call BCH-AUD opening
check "its status is told" wait_for 10 product_says '"auction_mode":true.*"status":"auction"'
check "and opened again" venue_ctl resume BCH-AUD
check "how trades are shared is told, where they are" wait_for 10 shares_are_told \
    '"allocation":{"method":"pro_rata","min_size":"0.1","top_share":"0.25","top_min_size":"2.5","top_max_size":"0"}'
check "its bands are set" venue_ctl bands PMGT-AUD manner=refuse static_ppm=25000 dynamic_ticks=7 follows=1
check "and its price steps" venue_ctl ticks PMGT-AUD table=0:0.01,100:0.02,1000:0.05
check "again, fewer of them" venue_ctl ticks PMGT-AUD table=0:0.01,1000:0.05
deal() { venue_ctl deal ETH-AUD "$@" >"$TMP/deal" 2>&1 || { cat "$TMP/deal"; return 1; }; }
check "the instrument takes negotiated trades" venue_ctl deal-rules ETH-AUD kinds=block
check "a block is traded outside the book" deal kind=block account=102 side=sell qty=0.7 price=4100 with=101 \
    id=deal-1 with_id=deal-2
check "an instrument is halted" venue_ctl halt ETH-AUD
check "its asset is split 3 for 2, the rest paid for" venue_ctl split ETH-AUD new=3 old=2 step=1 price=2666.67 payer=102
check "and goes on under another name" venue_ctl rename ETH-AUD symbol=ETX-AUD asset_symbol=ETX
check "by which it trades" venue_ctl resume ETX-AUD
product_named() { curl -s "http://$(venue_api)/products/$1" | grep -q '"base_currency":"ETX"'; }
check "and is told" wait_for 10 product_named ETX-AUD
check "an instrument is closed" venue_ctl close ACME-AUD
offering() { venue_ctl offering ACME-AUD account=101 id=offer-1 qty=500 price=12.34 high=15 until=2099-01-01T00:00:00Z "$@"; }
refused() { ! venue_ctl "$@" 2>&1; }
check "an offering of it begins" offering method=by_time min_total=100 min=1 max=50 cap=100 binding=1
check "and keeps it shut" refused resume ACME-AUD
check "until it is withdrawn" venue_ctl offering-withdraw ACME-AUD id=withdraw-1
check "its asset is redeemed" venue_ctl redeem ACME-AUD price=12.34 payer=101
check "the books catch up" wait_for 30 venue_settled
check "everybody has whole ones after the split" test "$(venue_sql 'select count(*) from balances
    where asset_id = 2 and settled_units % 100000000 <> 0')" = 0
check "the issuer paid for what was left over" test "$(venue_sql "select count(*) > 0 from postings p
    join posting_kinds k using (kind) where k.name = 'corporate action' and asset_id = 1")" = t
check "of what was redeemed nothing is left" test \
    "$(venue_sql 'select count(*) from balances where asset_id = 8 and settled_units <> 0')" = 0
check "the new name is in the books, and what is retired" test "$(venue_sql \
    "select count(*) from instruments where (instrument_id, symbol) = (1, 'ETX-AUD') or retired = 1")" = 2
check "so is what an instrument takes" test "$(venue_sql \
    "select concat_ws(' ', self_trade_by, self_trade_mode, tick, all_or_none, allocation, min_share_qty)
    from instrument_rules where symbol = 'ETX-AUD'")" = "account decrement 0.01 t price_time 0.00000000"
check "and how its trades are shared" test "$(venue_sql \
    "select concat_ws(' ', all_or_none, allocation, top_ppm, top_min_qty, top_max_qty, min_share_qty)
    from instrument_rules where symbol = 'PMGT-AUD'")" = "f pro_rata 250000 2.50000 0.00000 0.10000"
check "and what prices it takes, of tables the last" test "$(venue_sql \
    "select concat_ws(' ', ticks, bands, static_band, dynamic_band, band_follows)
    from instrument_rules where symbol = 'PMGT-AUD'")" = "0:0.01 1000:0.05 refuse 2.5 % 7 ticks t"
check "the ledger adds up to zero" test "$(venue_sql 'select count(*) from ledger_sums where not balanced')" = 0
check "the views name accounts as venue.yaml does" test \
    "$(venue_sql 'select distinct account from positions where account_id = 201')" = "Ada Lovelace"
check "the block is in the books, with the number of its print" test "$(venue_sql \
    "select count(*) from fills where buy_client_id = 'deal-2' and trade_id > 0 and price_units > 0")" = 1
check "core, journal and PostgreSQL agree" recon 0
check "and it says so" says '^OK: core = journal = PostgreSQL'

seq=$(venue_sql 'select min(event_seq) from fills')
tampered fill "update fills set qty_lots = qty_lots + 1 where event_seq = $seq" \
    "update fills set qty_lots = qty_lots - 1 where event_seq = $seq" "BREAK fill .*fill $seq: qty_lots"
tampered posting "update postings set amount_units = amount_units + 1 where event_seq = $seq and leg = 1" \
    "update postings set amount_units = amount_units - 1 where event_seq = $seq and leg = 1" \
    "BREAK posting .*posting $seq leg 1: amount_units"
account=$(venue_sql "select buy_account_id from fills where event_seq = $seq")
tampered balance "update balances set settled_units = settled_units + 1 where account_id = $account" \
    "update balances set settled_units = settled_units - 1 where account_id = $account" \
    "BREAK balance .*balance of account $account .*settled_units"

check "all is mended" recon 0
venue_down && ok "the venue ends" || not_ok "the venue ends" "it did not"
check "without the venue, journal, snapshots and books agree" recon 0
check "and it says that no engine runs" says 'no engine runs'

segment=$(ls "$VENUE"/data/journal/*.seg | head -n 1)
python3 - "$segment" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(4096 + 700)
    byte = f.read(1)[0]
    f.seek(4096 + 700)
    f.write(bytes([byte ^ 16]))
PY
check "a tampered journal gives exit status 1" recon 1
check "a tampered journal is named" says "BREAK journal .*$(basename "$segment"): byte"
check "no data folder is exit status 2" test "$("$ASSAY_BIN" recon --data "$TMP/none" 2>/dev/null; echo $?)" = 2
tap_done
