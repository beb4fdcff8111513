"""Two sessions trade with each other, orders rest, are canceled, and refused. usage: recon_trade.py HOST:PORT"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

BUY, SELL = "1", "2"

maker, taker = FixPeer("CLIENT1"), FixPeer("CLIENT2")
for peer in (maker, taker):
    peer.connect(sys.argv[1], reset=True)
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
for peer in (maker, taker):
    peer.close()
