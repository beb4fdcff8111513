"""A small FIX 4.4 initiator for tests: one session, blocking, with a log of everything that it saw.

Independent of the product's own client on purpose. Numbers go on over reconnects; gaps are asked for; a resend
request is answered with a gap fill (orders are never sent again by themselves).
"""
import select
import socket
import time

SOH = "\x01"


def utc():
    now = time.time()
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(now)) + ".%03d" % (now % 1 * 1000)


def encode(fields, begin="FIX.4.4"):
    body = "".join("%s=%s%s" % (tag, value, SOH) for tag, value in fields)
    head = "8=%s%s9=%d%s" % (begin, SOH, len(body), SOH)
    return (head + body + "10=%03d%s" % (sum((head + body).encode("latin-1")) % 256, SOH)).encode("latin-1")


def decode(raw):
    """Fields in order of appearance as a dict; a repeated tag keeps its first value."""
    out = {}
    for part in raw.decode("latin-1").split(SOH):
        if "=" in part:
            tag, value = part.split("=", 1)
            out.setdefault(tag, value)
    return out


class FixPeer:
    def __init__(self, sender, target="ASSAY", password="demo"):
        self.sender, self.target, self.password = sender, target, password
        self.next_out = 1
        self.next_in = 1
        self.socket = None
        self.buffer = b""
        self.seen = []        # application messages, each once, in order of their number
        self.sent_at = {}
        self.resend_from = 0  # a gap that was asked for
        self.ahead = {}       # what came beyond it

    # --- the wire ---

    def connect(self, address, reset=False, deadline=30):
        """Logs on; tries again until the deadline (seconds), because a venue may not be there yet."""
        self.close()
        until = time.time() + deadline
        while True:
            try:
                return self.log_on(address, reset)
            except OSError:
                self.close()
                if time.time() > until:
                    raise
                time.sleep(0.1)  # poll interval

    def log_on(self, address, reset):
        host, port = address.rsplit(":", 1)
        if reset:
            self.next_out = self.next_in = 1
        self.socket = socket.create_connection((host, int(port)), timeout=5)
        self.buffer = b""
        self.resend_from = 0
        self.ahead = {}
        fields = [("98", 0), ("108", 30)] + ([("141", "Y")] if reset else [])
        self.send("A", fields + [("553", self.sender), ("554", self.password)])
        logon = self.wait(lambda m: m.get("35") in ("A", "5"), deadline=15, admin=True)
        if not logon or logon["35"] != "A":
            raise ConnectionError("no logon: %r" % (logon,))

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, kind, fields, seq=None, extra_header=()):
        number = self.next_out if seq is None else seq
        header = [("35", kind), ("49", self.sender), ("56", self.target), ("34", number), ("52", utc())]
        self.send_raw(encode(header + list(extra_header) + list(fields)))
        if seq is None:
            self.next_out += 1

    def messages(self, timeout):
        """Whole messages that are there, waiting up to timeout for the first."""
        ready, _, _ = select.select([self.socket], [], [], timeout)
        if not ready:
            return []
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed by the venue")
        self.buffer += data
        out = []
        while True:
            begin = self.buffer.find(b"8=FIX")
            mark = self.buffer.find(b"\x019=", begin)
            if begin < 0 or mark < 0:
                break
            end_of_length = self.buffer.find(b"\x01", mark + 3)
            if end_of_length < 0:
                break
            end = end_of_length + 1 + int(self.buffer[mark + 3:end_of_length]) + 7
            if len(self.buffer) < end:
                break
            out.append(decode(self.buffer[begin:end]))
            self.buffer = self.buffer[end:]
        return out

    # --- the session ---

    def handle(self, m):
        """Session rules; returns the messages that are new and in order now (also those that had come too early)."""
        kind, number = m["35"], int(m["34"])
        if kind == "4" and m.get("123") != "Y":
            self.next_in = int(m["36"])
            return self.early()
        if number > self.next_in:
            if not self.resend_from:
                self.resend_from = self.next_in
                self.send("2", [("7", self.next_in), ("16", 0)])
            if kind in ("A", "5"):
                return [m]
            self.ahead[number] = m
            return []
        if number < self.next_in:
            return [m] if kind in ("A", "5") else []  # seen before
        return self.take(m) + self.early()

    def early(self):
        out = []
        self.ahead = {n: m for n, m in self.ahead.items() if n >= self.next_in}
        while self.next_in in self.ahead:
            out += self.take(self.ahead.pop(self.next_in))
        if not self.ahead:
            self.resend_from = 0
        return out

    def take(self, m):
        kind, number = m["35"], int(m["34"])
        self.next_in = int(m["36"]) if kind == "4" else number + 1
        if kind == "1":
            self.send("0", [("112", m["112"])])
        elif kind == "2":
            self.send("4", [("123", "Y"), ("36", self.next_out)], seq=int(m["7"]), extra_header=[("43", "Y")])
        elif kind not in ("0", "4", "A", "5"):
            self.seen.append(m)
        return [m]

    def pump(self, timeout=0.0):
        """Handles what is there; returns new application messages."""
        before = len(self.seen)
        for m in self.messages(timeout):
            self.handle(m)
        return self.seen[before:]

    def wait(self, wanted, deadline=15, admin=False):
        """The first message for which wanted(m); looks at those seen from now on. None when the time is over."""
        until = time.time() + deadline
        while time.time() < until:
            taken = [t for m in self.messages(min(0.2, max(0.0, until - time.time()))) for t in self.handle(m)]
            for t in taken:
                if (admin or t["35"] not in "01245A") and wanted(t):
                    return t
        return None

    def expect(self, kind, **fields):
        """The first message of this kind, seen or to come, with these fields (t55="..."); it counts as taken."""
        wanted = {name[1:]: value for name, value in fields.items()}

        def is_it(m):
            return m["35"] == kind and all(m.get(tag) == value for tag, value in wanted.items())
        found = next((m for m in self.seen if is_it(m)), None) or self.wait(is_it)
        if not found:
            raise SystemExit("%s: no %s with %r came; seen: %r" % (self.sender, kind, wanted, self.seen[-6:]))
        if found in self.seen:
            self.seen.remove(found)
        return found

    # --- orders ---

    def order(self, client_id, symbol, side, qty, price, tif="1", extra=()):
        kind = [("40", "1")] if price is None else [("40", "2"), ("44", price)]
        self.send("D", [("11", client_id), ("55", symbol), ("54", side), ("38", qty)] + kind +
                  [("59", tif), ("60", utc())] + list(extra))

    def cancel(self, client_id, orig, symbol, side):
        self.send("F", [("11", client_id), ("41", orig), ("55", symbol), ("54", side), ("60", utc())])

    def report(self, client_id, exec_type=None, deadline=15):
        """The execution report of a client id (of one type, if given), already seen or to come."""
        def is_it(m):
            return m["35"] == "8" and m.get("11") == client_id and (exec_type is None or m.get("150") == exec_type)
        for m in self.seen:
            if is_it(m):
                return m
        return self.wait(is_it, deadline)
