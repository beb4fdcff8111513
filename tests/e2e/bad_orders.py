#!/usr/bin/env python3
"""Refusals that a trader gets over FIX: each names its reason. Called by bad_input.sh: ADDRESS FULL_POOL_CNT."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

peer = FixPeer("CLIENT1")
peer.connect(sys.argv[1], reset=True)
expired = FixPeer("CLIENT2")
expired.connect(sys.argv[1], reset=True)
failed = False


def refused(name, session, client_id, text, *order, **more):
    global failed
    session.order(client_id, *order, **more)
    m = session.report(client_id)
    good = m is not None and m.get("150") == "8" and text in m.get("58", "")
    print("ok %s" % name if good else "not ok %s - expected '%s', got %r" % (name, text, m))
    failed = failed or not good


refused("unknown_symbol_is_refused", peer, "b1", "unknown instrument", "NO-SUCH", "1", "1", "100")
refused("price_off_tick_is_refused", peer, "b2", "tick", "ACME-AUD", "1", "1", "100.035")
refused("quantity_off_lot_is_refused", peer, "b3", "lot", "ACME-AUD", "1", "1.5", "100")
refused("no_balance_is_refused", peer, "b4", "available balance does not cover", "BTC-AUD", "2", "0.5", "60000")
refused("expired_identity_check_is_refused", expired, "b5", "identity check of the account has expired", "ETH-AUD",
        "1", "0.1", "4700")
refused("too_large_an_order_is_refused", peer, "b6", "above the order maximum", "ACME-AUD", "1", "100001", "100")
refused("price_outside_the_collar_is_refused", peer, "b7", "collar", "ACME-AUD", "1", "1", "500")
for i in range(int(sys.argv[2])):
    peer.order("full-%d" % i, "ETH-AUD", "1", "0.001", "4000")
    peer.report("full-%d" % i, "0")
refused("full_pool_is_refused", peer, "b8", "order pool is full", "ETH-AUD", "1", "0.001", "4000")
sys.exit(1 if failed else 0)
