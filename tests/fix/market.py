#!/usr/bin/env python3
"""Order lists and how the market stands, for negotiate.sh.

market.py list|status ADDRESS DATA      with fresh sessions; DATA is the venue's folder
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer, utc  # noqa: E402

what, address, data = sys.argv[1:]
BUY, SELL, SYMBOL = "1", "2", "ETH-AUD"


def log_on(name):
    peer = FixPeer(name)
    peer.connect(address, reset=True)
    return peer


def ctl(*words):
    subprocess.run([os.environ["ASSAY_BIN"], "ctl", "--data", data, *words], check=True, stdout=subprocess.DEVNULL)


def send_list(peer, list_id, first, second):
    """Two sells, each (id, quantity, fields): one cancels the other."""
    orders = []
    for number, (client_id, qty, fields) in enumerate((first, second), 1):
        orders += [("11", client_id), ("67", number), ("55", SYMBOL), ("54", SELL), ("38", qty), ("60", utc())] + fields
    peer.send("E", [("66", list_id), ("394", 3), ("68", 2), ("1385", 1), ("73", 2)] + orders)


def limit(price):
    return [("40", "2"), ("44", price), ("59", "1")]


def stop(price):
    return [("40", "3"), ("99", price), ("59", "1")]


def ask(peer, kind, subscription, request_id):
    tag, more = ("324", [("55", SYMBOL)]) if kind == "e" else ("335", [])
    peer.send(kind, [(tag, request_id)] + more + [("263", subscription)])


if what == "list":
    seller, buyer = log_on("CLIENT1"), log_on("CLIENT2")
    send_list(seller, "L1", ("take", "2", limit("4800")), ("stop", "2", stop("4500")))
    seller.expect("8", t11="take", t150="0", t151="2")
    seller.expect("8", t11="stop", t150="0", t151="2")
    seller.expect("N", t66="L1", t429="1", t431="3", t73="2", t11="take", t39="0")
    # what trades of the one is gone from the other; all of it: the other is canceled
    buyer.order("b1", SYMBOL, BUY, "2", "4800")
    seller.expect("8", t11="take", t150="F", t39="2", t32="2")
    seller.expect("8", t11="stop", t150="4", t39="4")
    # one of the two is refused: neither is taken
    send_list(seller, "L2", ("good", "1", limit("4800")), ("bad", "1", limit("0")))
    refused = seller.expect("N", t66="L2", t431="7")
    seller.order("after", SYMBOL, SELL, "1", "4900")
    seller.expect("8", t11="after", t150="0")
    if any(m["35"] == "8" and m.get("11") in ("good", "bad") and m["150"] != "8" for m in seller.seen):
        sys.exit("of a list that is refused an order was taken: %r" % seller.seen)
    if refused["1386"] == "0":
        sys.exit("a list is refused without a reason: %r" % refused)
    seller.cancel("c1", "after", SYMBOL, SELL)
    seller.expect("8", t41="after", t150="4")
else:
    watcher, other = log_on("CLIENT1"), log_on("CLIENT2")
    ask(watcher, "e", 1, "s1")
    watcher.expect("f", t324="s1", t55=SYMBOL, t325="Y", t326="17")
    ask(watcher, "g", 1, "t1")
    watcher.expect("h", t335="t1", t336="1", t325="Y", t340="2")
    ctl("halt", SYMBOL)
    watcher.expect("f", t324="s1", t326="2")
    ask(other, "e", 0, "q1")
    other.expect("f", t324="q1", t325="N", t326="2")
    ctl("call", SYMBOL, "opening")
    watcher.expect("f", t324="s1", t326="21", t58="call_opening")
    # 3 to buy and 2 to sell cross at 4700: 2 trade there, 1 more would be bought
    watcher.order("w1", SYMBOL, BUY, "3", "4700")
    other.order("o1", SYMBOL, SELL, "2", "4700")
    watcher.expect("f", t324="s1", t326="21", t332="4700", t333="4700", t330="3", t331="2")
    ctl("resume", SYMBOL)
    watcher.expect("8", t11="w1", t150="F", t32="2", t31="4700")
    watcher.expect("f", t324="s1", t326="17", t31="4700")
    watcher.cancel("c2", "w1", SYMBOL, BUY)
    watcher.expect("8", t41="w1", t150="4")
    # no more of it, and what is not known
    ask(watcher, "e", 2, "s1")
    ctl("halt", SYMBOL)
    ask(other, "e", 0, "q2")
    other.expect("f", t324="q2", t326="2")
    ask(watcher, "e", 0, "q3")
    watcher.expect("f", t324="q3", t326="2")
    if any(m["35"] == "f" and m["324"] == "s1" and m["326"] == "2" for m in watcher.seen):
        sys.exit("told after the end of the subscription: %r" % watcher.seen)
    ctl("resume", SYMBOL)
    other.send("e", [("324", "q4"), ("55", "NO-SUCH"), ("263", 0)])
    other.expect("f", t324="q4", t55="NO-SUCH", t326="20")
    ask(other, "e", 2, "q5")
    other.expect("j", t379="q5", t380="1")
