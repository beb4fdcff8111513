#!/usr/bin/env python3
"""Orders for disconnect.sh, over FIX. CLIENT1's session cancels all its orders on disconnect, CLIENT2's those that
ask for it (18=Q).

disconnect.py back ADDRESS PREFIX     a session that is back at once finds its orders open
disconnect.py enter ADDRESS PREFIX    enters orders and leaves without a word
disconnect.py lost ADDRESS PREFIX     those that were to be canceled are, the other is not
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

GRACE_S = 1.5  # of disconnect.sh
ASKS = [("18", "Q")]
what, address, prefix = sys.argv[1:]
ALL, ASKING, STAYING = prefix + "all", prefix + "asks", prefix + "stays"


def enter(peer, client_id, extra=()):
    peer.order(client_id, "ETH-AUD", "1", "0.1", "4600", extra=extra)
    expect(peer, client_id, "0")


def expect(peer, client_id, exec_type):
    report = peer.report(client_id, exec_type)
    if not report:
        sys.exit("%s of %s: no report with 150=%s" % (client_id, peer.sender, exec_type))


def status(peer, client_id):
    """39 of an order that is asked for by sending it again."""
    asked = len(peer.seen)
    peer.order(client_id, "ETH-AUD", "1", "0.1", "4600",
               extra=[("97", "Y")] + (ASKS if client_id == ASKING else []))
    answer = peer.wait(lambda m: m.get("11") == client_id and m.get("150") == "I")
    if not answer:
        sys.exit("no answer about %s: %r" % (client_id, peer.seen[asked:]))
    return answer["39"]


def expect_status(peer, client_id, wanted):
    found = status(peer, client_id)
    if found != wanted:
        sys.exit("%s: expected 39=%s, found %s" % (client_id, wanted, found))


first, second = FixPeer("CLIENT1"), FixPeer("CLIENT2")
for peer in (first, second):
    peer.connect(address, reset=True)
if what == "lost":
    expect_status(first, ALL, "4")
    expect_status(second, ASKING, "4")
    expect_status(second, STAYING, "0")
else:
    enter(first, ALL)
    enter(second, ASKING, ASKS)
    enter(second, STAYING)
if what == "back":
    for peer in (first, second):
        peer.close()
        peer.connect(address)
    back = time.time()
    while time.time() < back + 2 * GRACE_S:  # that nothing happens can only be waited for
        time.sleep(0.1)  # poll interval
    for peer, client_id in ((first, ALL), (second, ASKING), (second, STAYING)):
        expect_status(peer, client_id, "0")
