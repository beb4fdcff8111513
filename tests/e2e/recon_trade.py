"""Two sessions trade with each other, orders rest, wait for a trade, meet their own, are canceled, and refused; one quotes.

usage: recon_trade.py HOST:PORT"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer, utc  # noqa: E402

BUY, SELL = "1", "2"


def stop(peer, client_id, side, price, stop_price, date=()):
    """A stop-limit order that waits."""
    peer.send("D", [("11", client_id), ("55", "ETH-AUD"), ("54", side), ("38", "0.1"), ("40", "4"), ("44", price),
                    ("99", stop_price), ("59", "6" if date else "1"), ("60", utc())] + list(date))
    if not peer.report(client_id, "0"):
        sys.exit("the stop %s was not taken" % client_id)


maker, taker = FixPeer("CLIENT1"), FixPeer("CLIENT2")
for peer in (maker, taker):
    peer.connect(sys.argv[1], reset=True)
stop(taker, "s1", SELL, "4001", "4000")
stop(taker, "s2", BUY, "5000", "5000", [("126", "20380101-00:00:00")])
for i in range(20):
    maker.order("m%d" % i, "ETH-AUD", SELL, "0.5", "4000")
    maker.report("m%d" % i, "0")
    taker.order("t%d" % i, "ETH-AUD", BUY, "0.3", "4000")
    taker.report("t%d" % i, "F")
    taker.order("r%d" % i, "ETH-AUD", BUY, "0.1", "3900")
    taker.report("r%d" % i, "0")
    if i % 2:
        taker.cancel("c%d" % i, "r%d" % i, "ETH-AUD", BUY)
        taker.report("c%d" % i, "4")
    taker.order("x%d" % i, "ETH-AUD", BUY, "0.1", "900000")
    taker.report("x%d" % i, "8")
if taker.report("s1", "D")["40"] != "2":
    sys.exit("the stop s1 is no limit order after a trade at its price")
# Ten of 0.1 rest at 3900: its own 0.15 take one of them and half of the next, and are gone.
taker.order("own", "ETH-AUD", SELL, "0.15", "3900")
taker.report("own", "4")
if taker.report("own", "D")["38"] != "0.05" or taker.report("r2", "D")["151"] != "0.05":
    sys.exit("the self-trade was not prevented by decrement: %r" % taker.seen[-6:])
# Of a quote one side trades; then both are pulled.
maker.send("i", [("117", "quote"), ("296", "1"), ("302", "1"), ("304", "1"), ("295", "1"), ("299", "e1"),
                 ("55", "ETH-AUD"), ("132", "3950"), ("133", "3999"), ("134", "0.2"), ("135", "0.2")])
quoted = maker.wait(lambda m: m["35"] == "b" and m["117"] == "quote")
if not quoted or quoted["297"] != "0" or quoted["299"] != "e1" or quoted["1167"] != "0":
    sys.exit("the quote: %r" % quoted)
taker.order("hit", "ETH-AUD", SELL, "0.1", "3950")
if maker.report("e1", "F")["151"] != "0.1":
    sys.exit("the quote's bid did not trade: %r" % maker.seen[-3:])
maker.send("Z", [("117", "pull"), ("298", "1"), ("295", "1"), ("55", "ETH-AUD")])
pulled = maker.wait(lambda m: m["35"] == "AI" and m["117"] == "pull")
if not pulled or pulled["297"] != "1":
    sys.exit("the cancel of quotes: %r" % pulled)
# The maker sold 20 x 0.3 of 20 x 0.5, first come first served: 8 orders are left.
maker.send("q", [("11", "mass"), ("530", "1"), ("55", "ETH-AUD"), ("54", SELL), ("60", utc())])
done = maker.wait(lambda m: m["35"] == "r" and m["11"] == "mass")
if not done or done["531"] != "1" or done["533"] != "8":
    sys.exit("the mass cancel: %r" % done)
for peer in (maker, taker):
    peer.close()
