"""An order for the opening waits, the instrument is called, orders cross and do not trade, its opening trades them.

usage: recon_auction.py HOST:PORT CTL... (the operator's command line)"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

BUY, SELL = "1", "2"


def need(found, what):
    if not found:
        sys.exit(what)
    return found


def operator(*words):
    subprocess.run(sys.argv[2:] + list(words), check=True, stdout=subprocess.DEVNULL)


seller, buyer = FixPeer("CLIENT1"), FixPeer("CLIENT2")
for peer in (seller, buyer):
    peer.connect(sys.argv[1], reset=True)
buyer.order("open1", "ETH-AUD", BUY, "0.5", "4000", tif="2")
need(buyer.report("open1", "0"), "the order at the open was not taken")
operator("call", "ETH-AUD", "opening")
seller.order("call1", "ETH-AUD", SELL, "0.2", "3950")
need(seller.report("call1", "0"), "the call takes no orders")
buyer.order("call2", "ETH-AUD", BUY, "0.1", "4100", tif="3")
need(buyer.report("call2", "8"), "the call takes what wants to trade at once")
if seller.report("call1", "F", deadline=1):
    sys.exit("something traded before the auction")
operator("resume", "ETH-AUD")
fill = need(buyer.report("open1", "F"), "the opening did not trade")
if fill["31"] != "4000" or "851" in fill or fill["59"] != "2":
    sys.exit("not a fill of the opening: %r" % (fill,))
need(seller.report("call1", "F"), "the seller was not told")
for peer in (seller, buyer):
    peer.close()
