#!/usr/bin/env python3
"""Orders for void.sh, over FIX: CLIENT1 buys, CLIENT2 sells.

void_orders.py trade ADDRESS FILE    sends until the venue breaks off; FILE keeps what was acknowledged
void_orders.py ask ADDRESS FILE      every order of FILE is there under its id, and not executed again
"""
import itertools
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

SIDES = {"CLIENT1": "1", "CLIENT2": "2"}
what, address, path = sys.argv[1:]


def order(peer, client_id, extra=()):
    peer.order(client_id, "ETH-AUD", SIDES[peer.sender], "0.%d" % (len(client_id) % 3 + 1), "4700", extra=extra)


def open_peers():
    peers = [FixPeer(name) for name in SIDES]
    for peer in peers:
        peer.connect(address, reset=True)
    return peers


def acknowledged(peer):
    """Order ids by client id, of every report that names an order of the venue."""
    return {m["11"]: m["37"] for m in peer.seen if m["35"] == "8" and m.get("37", "NONE") != "NONE"}


def trade():
    peers = open_peers()
    try:
        for i in itertools.count():
            for peer in peers:
                order(peer, "v%d" % i)
                if not peer.report("v%d" % i):
                    sys.exit("no report of v%d and no end of the connection" % i)
    except OSError:
        pass
    with open(path, "w") as f:
        json.dump({peer.sender: acknowledged(peer) for peer in peers}, f)


def ask():
    with open(path) as f:
        told = json.load(f)
    for peer in open_peers():
        if not told[peer.sender]:
            sys.exit("%s had nothing acknowledged" % peer.sender)
        for client_id, order_id in told[peer.sender].items():
            order(peer, client_id, extra=[("97", "Y")])
            answer = peer.report(client_id)
            if not answer or answer["37"] != order_id or answer["150"] != "I":
                sys.exit("%s %s: expected order %s, found %r" % (peer.sender, client_id, order_id, answer))


{"trade": trade, "ask": ask}[what]()
