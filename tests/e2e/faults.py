#!/usr/bin/env python3
"""What a client was told survives every fault: processes of a running venue are killed under load.

Called by faults.sh with the venue's folder and program; prints ok / not ok lines.
"""
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from fix_peer import FixPeer  # noqa: E402

data, program = sys.argv[1], sys.argv[2]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
kills = int(os.environ.get("ASSAY_KILLS", "2"))
failed = False
print("# seed %d" % seed)


def case(name, good, why=""):
    global failed
    print("ok %s" % name if good else "not ok %s - %s" % (name, why), flush=True)
    failed = failed or not good


def read(path):
    with open(os.path.join(data, path)) as f:
        return f.read().strip()


def sql(query):
    return subprocess.run(["psql", "-AtX", read("postgres/url"), "-c", query], capture_output=True, text=True,
                          timeout=30).stdout.strip()


def run(*args):
    return subprocess.run([program, *args, "--data", data], capture_output=True, text=True, timeout=120)


def pid_of(role):
    out = subprocess.run(["pgrep", "-f", "run %s --data %s" % (role, data)], capture_output=True, text=True).stdout
    return [int(p) for p in out.split()]


def until(wanted, seconds):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if wanted():
                return True
        except (OSError, ValueError, IndexError, subprocess.SubprocessError):
            pass
        time.sleep(0.1)  # poll interval
    return False


class Trader(threading.Thread):
    """Sends crossing orders on its session until told to stop; reconnects by itself; remembers what it was told."""

    def __init__(self, name, number):
        super().__init__(daemon=True)
        self.peer = FixPeer(name)
        self.random = random.Random(seed * 100 + number)
        self.number = number
        self.stop = False
        self.pause = threading.Event()
        self.sent = {}       # client id -> (side, price)
        self.acked = {}      # client id -> order id
        self.exec_ids = {}   # exec id -> (client id, type, last quantity)
        self.problems = []
        self.reconnects = 0
        self.counter = 0

    def learn(self, reports):
        for m in reports:
            if m["35"] != "8":
                continue
            client_id, exec_id = m["11"], m["17"]
            if m["150"] in "0F4" and m.get("37", "NONE") != "NONE":
                self.acked.setdefault(m.get("41", client_id), m["37"])
            key = (client_id, m["150"], m.get("32"))
            if exec_id != "0" and self.exec_ids.setdefault(exec_id, key) != key:
                self.problems.append("exec id %s was %r and is %r" % (exec_id, self.exec_ids[exec_id], key))

    def send_one(self):
        self.counter += 1
        client_id = "t%d-%d" % (self.number, self.counter)
        side = self.random.choice("12")
        price = "%.2f" % (4700 + self.random.randint(-5, 5))
        self.sent[client_id] = (side, price)
        self.peer.order(client_id, "ETH-AUD", side, "0.%d" % self.random.randint(1, 9), price)

    def run(self):
        first = True
        while not self.stop:
            try:
                self.peer.connect(read("run/fix.address"), reset=first, deadline=5)
                first = False
                self.reconnects += 1
                while not self.stop:
                    if not self.pause.is_set():
                        for _ in range(5):
                            self.send_one()
                    self.learn(self.peer.pump(0.01))
            except (OSError, ConnectionError):
                self.peer.close()
                time.sleep(0.1)  # poll interval


def settled():
    status = run("ctl", "--json", "status").stdout
    released = int(status.split('"event_seq":')[1].split(",")[0])
    return int(sql("select last_seq from checkpoint") or 0) >= released


traders = [Trader("CLIENT%d" % (i + 1), i + 1) for i in range(3)]
for t in traders:
    t.start()


def traded(n):
    before = sum(len(t.acked) for t in traders)
    return until(lambda: sum(len(t.acked) for t in traders) >= before + n, 60)


case("orders_flow", traded(300), "no acknowledgements")

for role in ("settle", "fanout"):
    old = pid_of(role)
    for p in old:
        os.kill(p, signal.SIGKILL)
    back = until(lambda: pid_of(role) and pid_of(role) != old, 60)
    case("%s_killed_comes_back_while_orders_flow" % role, back and traded(100), "pids %r" % pid_of(role))

postmaster = int(open(os.path.join(data, "postgres", "data", "postmaster.pid")).readline())
os.kill(postmaster, signal.SIGQUIT)
case("postgres_stopped_trading_goes_on", traded(100))
case("postgres_comes_back", until(lambda: sql("select 1") == "1", 90), "no answer")

for k in range(kills):
    old = pid_of("engine")
    for p in old:
        os.kill(p, signal.SIGKILL)
    back = until(lambda: pid_of("engine") and pid_of("engine") != old, 60)
    case("engine_killed_%d_comes_back" % (k + 1), back and traded(200), "pids %r" % pid_of("engine"))
    mark = int(sql("select last_seq from checkpoint"))
    case("books_go_on_after_kill_%d" % (k + 1), until(lambda: int(sql("select last_seq from checkpoint")) > mark, 60),
         "still at event %d" % mark)

for t in traders:
    t.pause.set()
quiet, looks = [0], [0]  # how many reports came, and how often in a row it was as many


def drained():
    now = sum(len(t.exec_ids) for t in traders)
    looks[0], quiet[0] = (looks[0] + 1 if now == quiet[0] else 0), now
    return looks[0] >= 6


until(drained, 20)
for t in traders:
    t.stop = True
for t in traders:
    t.join(20)

case("no_exec_id_used_twice", not any(t.problems for t in traders), str([p for t in traders for p in t.problems][:3]))

# Each acknowledged order is there: a retry with its id is answered with the same order, and not executed again.
lost, changed = [], []
for t in traders:
    t.peer.connect(read("run/fix.address"), deadline=20)
    sample = t.random.sample(sorted(t.acked), min(60, len(t.acked)))
    for client_id in sample:
        side, price = t.sent[client_id]
        qty = next((m["38"] for m in t.peer.seen if m.get("11") == client_id and "38" in m), None)
        if qty is None:
            continue
        t.peer.order(client_id, "ETH-AUD", side, qty, price, extra=[("97", "Y")])
        answer = t.peer.wait(lambda m: m["35"] == "8" and m.get("11") == client_id, 15)
        if not answer:
            lost.append(client_id)
        elif answer.get("37") != t.acked[client_id]:
            changed.append((client_id, answer.get("37"), t.acked[client_id], answer.get("58")))
case("acknowledged_orders_are_there", not lost and not changed, "lost %r changed %r" % (lost[:3], changed[:3]))

case("settlement_catches_up", until(settled, 120), "checkpoint %s" % sql("select last_seq from checkpoint"))
fills = {m for t in traders for m, key in t.exec_ids.items() if key[1] == "F"}
seqs = {int(e) // 2 for e in fills}
held = {int(x) for x in sql("select event_seq from fills").split()}
case("each_fill_told_is_in_the_books", seqs <= held, "missing %r" % sorted(seqs - held)[:5])
case("each_fill_is_in_the_books_once", int(sql("select count(*) - count(distinct event_seq) from fills")) == 0)
unbalanced = sql("select count(*) from (select asset_id, sum(amount_units) s from postings group by 1) x where s <> 0")
case("ledger_sums_are_zero", unbalanced == "0", unbalanced)
recon = run("recon")
case("recon_agrees", recon.returncode == 0, "exit %d: %s" % (recon.returncode, (recon.stdout + recon.stderr)[-400:]))
print("# %d orders sent, %d acknowledged, %d exec ids, %d reconnects" % (
    sum(len(t.sent) for t in traders), sum(len(t.acked) for t in traders), sum(len(t.exec_ids) for t in traders),
    sum(t.reconnects for t in traders)))
sys.exit(1 if failed else 0)
