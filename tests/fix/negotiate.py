#!/usr/bin/env python3
"""Two to three parties that negotiate, for negotiate.sh.

negotiate.py request|refused|deal ADDRESS FILE     with fresh sessions
negotiate.py away|back|open|answer ADDRESS FILE    sessions that go on: their numbers are in FILE
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from fix_peer import FixPeer, utc  # noqa: E402

what, address, path = sys.argv[1:]
BUY, SELL = "1", "2"
expect = FixPeer.expect


def peers(names, reset):
    known = {} if reset else json.load(open(path))
    out = []
    for name in names:
        peer = FixPeer(name)
        peer.next_out, peer.next_in = known.get(name, (1, 1))
        peer.connect(address, reset=reset)
        out.append(peer)
    return out


def keep(*all_peers):
    known = json.load(open(path)) if os.path.exists(path) else {}
    known.update({p.sender: (p.next_out, p.next_in) for p in all_peers})
    json.dump(known, open(path, "w"))


def ask(peer, request_id, qty, extra=()):
    peer.send("R", [("131", request_id), ("146", 1), ("55", "ETH-AUD"), ("54", BUY), ("38", qty), ("60", utc())] +
              list(extra))


def offer(peer, quote_id, request, price, qty, extra=()):
    peer.send("S", [("131", request), ("117", quote_id), ("55", "ETH-AUD"), ("133", price), ("135", qty), ("60", utc())] +
              list(extra))


def to(*accounts):
    out = [("1171", "Y"), ("453", len(accounts))]
    for account in accounts:
        out += [("448", account), ("447", "D"), ("452", 17)]
    return out


def trade_report(peer, report_id, fields, sides, price="4700", qty="2"):
    peer.send("AE", [("571", report_id)] + fields +
              [("570", "N"), ("55", "ETH-AUD"), ("32", qty), ("31", price), ("75", "20260101"), ("60", utc()), ("552", 2)] +
              sides)


def propose(peer, report_id, to_account):
    trade_report(peer, report_id, [("856", 0), ("828", 1), ("1123", 3)], [("54", BUY), ("54", SELL), ("1", to_account)])
    return expect(peer, "AR", t571=report_id, t939="0")["818"]


def answer(peer, report_id, kind, deal_id):
    trade_report(peer, report_id, [("856", kind), ("572", deal_id)], [("54", SELL), ("54", BUY)])


if what == "request":
    asker, maker, other = peers(["CLIENT1", "CLIENT2", "CLIENT3"], True)
    ask(asker, "r1", "3")
    number = expect(asker, "AI", t131="r1", t297="10")["117"]
    asked = expect(maker, "R", t131=number, t55="ETH-AUD", t54=BUY, t38="3", t1091="Y")
    expect(other, "R", t131=number)
    if "448" in asked:
        sys.exit("an anonymous request names %r" % asked["448"])
    offer(maker, "q1", number, "4720", "2")
    expect(maker, "AI", t117="q1", t131=number, t297="0")
    passed = expect(asker, "S", t131="r1", t133="4720", t135="2")["117"]
    asker.send("AJ", [("693", "p1"), ("694", 6), ("117", passed), ("55", "ETH-AUD")])
    expect(asker, "AI", t693="p1", t117=passed, t297="11")
    expect(maker, "AI", t117="q1", t297="6")
    offer(maker, "q2", number, "4710", "2")
    offer(other, "q3", number, "4715", "3")
    first = expect(asker, "S", t133="4710", t131="r1")["117"]
    second = expect(asker, "S", t133="4715", t131="r1")["117"]
    asker.send("D", [("11", "h0"), ("117", first), ("55", "ETH-AUD"), ("54", SELL), ("38", "1"), ("40", "D"), ("60", utc())])
    expect(asker, "8", t11="h0", t150="8")  # it is for the other side
    asker.send("D", [("11", "h1"), ("117", first), ("55", "ETH-AUD"), ("54", BUY), ("38", "1"), ("40", "D"), ("60", utc())])
    expect(asker, "8", t11="h1", t150="F", t32="1", t31="4710")
    expect(maker, "8", t11="q2", t150="F", t151="1")
    expect(asker, "S", t117=first, t135="1")  # what is left of it
    expect(maker, "R", t131=number, t38="2")  # and of the request
    asker.send("AJ", [("693", "p2"), ("694", 1), ("117", second), ("11", "h2"), ("55", "ETH-AUD"), ("60", utc())])
    expect(asker, "8", t11="h2", t150="F", t32="2", t31="4715")
    expect(other, "8", t11="q3", t150="F")
    expect(asker, "AI", t131="r1", t117=number, t297="6", t58="traded")
    expect(maker, "AI", t131=number, t117=number, t297="6")
    expect(maker, "8", t11="q2", t150="4")  # what was left of it ended with the request

    # disclosed, to one; taken back as an order is
    ask(asker, "r2", "1", to(102) + [("1091", "N")])
    number = expect(asker, "AI", t131="r2", t297="10")["117"]
    asked = expect(maker, "R", t131=number, t1171="Y", t1091="N")
    if asked.get("448") != "101":
        sys.exit("a disclosed request names %r" % asked.get("448"))
    offer(other, "q4", number, "4700", "1")
    expect(other, "AI", t117="q4", t297="5")  # it does not know of it
    if any(m["35"] == "R" and m["131"] == number for m in other.seen):
        sys.exit("who was not named was asked")
    asker.cancel("c1", "r2", "ETH-AUD", BUY)
    expect(asker, "AI", t131="r2", t297="6")
    expect(maker, "AI", t131=number, t297="6")
elif what == "refused":
    asker, maker = peers(["CLIENT1", "CLIENT2"], True)
    asker.send("R", [("131", "x1"), ("146", 1), ("55", "NO-SUCH"), ("38", 1), ("60", utc())])
    expect(asker, "AG", t131="x1", t658="1")
    asker.send("R", [("131", "x2"), ("146", 1), ("55", "BTC-AUD"), ("38", 1), ("60", utc())])
    expect(asker, "AG", t131="x2", t658="8")  # it takes none
    asker.send("R", [("131", "x3"), ("146", 2), ("55", "ETH-AUD"), ("38", 1), ("60", utc())])
    expect(asker, "3", t371="146", t373="5")
    asker.send("S", [("131", "1"), ("117", "x4"), ("55", "ETH-AUD"), ("133", 1), ("135", 1), ("60", utc())])
    expect(asker, "AI", t117="x4", t297="5")
    asker.send("AJ", [("693", "x5"), ("694", 3), ("117", 1), ("55", "ETH-AUD")])
    expect(asker, "3", t371="694", t373="5")
    asker.send("AJ", [("693", "x6"), ("694", 6), ("117", 1), ("55", "ETH-AUD")])
    expect(asker, "AI", t693="x6", t297="5")
    trade_report(asker, "x7", [("828", 9)], [("54", BUY), ("54", SELL), ("1", 102)])
    expect(asker, "AR", t571="x7", t939="1", t751="4")
    trade_report(asker, "x8", [("828", 3)], [("54", BUY), ("54", SELL), ("1", 102)])
    expect(asker, "AR", t571="x8", t939="1", t751="4")  # a transfer, which the instrument does not take
    trade_report(asker, "x9", [("828", 1)], [("54", BUY), ("54", SELL), ("1", 999)])
    expect(asker, "AR", t571="x9", t939="1", t751="1")
    answer(asker, "x10", 2, 12345)
    expect(asker, "AR", t571="x10", t939="1")
elif what == "deal":
    first, second = peers(["CLIENT1", "CLIENT2"], True)
    deal_id = propose(first, "t1", 102)
    expect(second, "AE", t571=deal_id, t856="1", t828="1", t54=SELL, t31="4700", t32="2")
    answer(second, "a1", 3, deal_id)
    expect(second, "AR", t571="a1", t939="0")
    expect(first, "AE", t571=deal_id, t572="t1", t856="3", t150="4")
    expect(second, "AE", t571=deal_id, t856="3")
    deal_id = propose(first, "t2", 102)
    expect(second, "AE", t571=deal_id, t856="1")
    answer(second, "a2", 2, deal_id)
    expect(second, "8", t11="a2", t150="F", t31="4700")
    expect(first, "8", t11="t2", t150="F")
    expect(first, "AE", t571=deal_id, t572="t2", t856="0", t150="F", t573="0")
    expect(second, "AE", t571=deal_id, t856="0", t150="F")
    # for both sides speaks who is of their firm: these are of two
    trade_report(first, "t3", [("828", 1), ("1123", 1)], [("54", BUY), ("54", SELL), ("1", 102), ("11", "t4")])
    expect(first, "AR", t571="t3", t939="1", t751="3")
elif what == "away":
    asker, maker = peers(["CLIENT1", "CLIENT2"], True)
    keep(maker)
    maker.close()
    ask(asker, "r3", "1", to(102))
    expect(asker, "AI", t131="r3", t297="10")
    keep(asker)
elif what == "back":
    asker, maker = peers(["CLIENT1", "CLIENT2"], False)
    request = expect(maker, "R", t38="1", t1171="Y")
    maker.next_in = int(request["34"])  # as if it had not come
    maker.send("2", [("7", request["34"]), ("16", 0)])
    again = maker.wait(lambda m: m["35"] == "R" and m["131"] == request["131"])
    same = {k: v for k, v in request.items() if k not in ("8", "9", "10", "52")}
    if not again or again.get("43") != "Y" or {k: again.get(k) for k in same} != same:
        sys.exit("resent otherwise: %r, was %r" % (again, request))
    keep(asker, maker)
elif what == "open":
    asker, maker = peers(["CLIENT1", "CLIENT2"], True)
    ask(asker, "r4", "1")
    number = expect(asker, "AI", t131="r4", t297="10")["117"]
    expect(maker, "R", t131=number)
    deal_id = propose(asker, "t5", 102)
    expect(maker, "AE", t571=deal_id)
    keep(asker, maker)
    json.dump(dict(json.load(open(path)), number=number, deal_id=deal_id), open(path, "w"))
else:
    asker, maker = peers(["CLIENT1", "CLIENT2"], False)
    known = json.load(open(path))
    offer(maker, "q5", known["number"], "4700", "1")
    quote = expect(asker, "S", t131="r4")["117"]
    asker.send("D", [("11", "h3"), ("117", quote), ("55", "ETH-AUD"), ("54", BUY), ("38", "1"), ("40", "D"), ("60", utc())])
    expect(asker, "8", t11="h3", t150="F")
    answer(maker, "a5", 2, known["deal_id"])
    expect(maker, "AE", t571=known["deal_id"], t150="F")
    expect(asker, "AE", t571=known["deal_id"], t572="t5", t150="F")
