#!/usr/bin/env python3
"""A script of the language of docs/match.md, drawn from a seed: all kinds of orders, cancels,
replaces, changes of profiles, halts, day ends and snapshots, over three instruments.

    flow.py --seed 7 --lines 3000 > flow.txt
"""
import argparse
import random

HEAD = """genesis day-end 21:00:00 maker-skips 4
asset 1 USD scale 2 cash
asset 2 BTC scale 8 security
asset 3 ABC scale 0 security
asset 4 EUR scale 2 cash
instrument 1 BTC-USD asset BTC currency USD tick 0.5 lot 0.0001 maker 10bps taker 20bps min-fee 0.05 reference 60000
instrument 2 ABC-USD asset ABC currency USD tick 0.01 maker 0 taker 30bps reference 10
instrument 3 ABC-EUR asset ABC currency EUR price-scale 4 tick 0.0001 maker 5bps taker 5bps cycle 2 reference 9.5
rules BTC-USD kyc 1 countries KP,IR buyers except sellers except max-qty 3 max-value 150000 collar 20%
rules ABC-USD buyer-classes retail,professional collar 30%
""".replace("maker 0 ", "")
ACCOUNTS = range(10, 26)
MIDDLE = {"BTC-USD": 60000.0, "ABC-USD": 10.0, "ABC-EUR": 9.5}


class Flow:
    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.number = 0
        self.live = []  # (account, id, symbol)

    def profile(self, account):
        draw = self.draw
        country = draw.choice(["DE", "FR", "US", "DE", "CH", "IR"])
        text = f"profile {account} kyc {draw.choice([1, 1, 2, 0])} country {country}"
        text += f" class {draw.choice(['retail', 'retail', 'professional', 'institution'])}"
        text += draw.choice(["", "", "", " freeze sell", " freeze buy", " status suspended"])
        text += draw.choice(["", " max-orders 20", " messages 40 per 10s"])
        return text

    def price(self, symbol):
        ticks = round(self.draw.gauss(0, 12))
        if symbol == "BTC-USD":
            return f"{60000 + 0.5 * ticks * 10:.1f}"
        if symbol == "ABC-USD":
            return f"{10 + 0.01 * ticks:.2f}"
        return f"{9.5 + 0.0001 * ticks * 10:.4f}"

    def qty(self, symbol):
        if symbol == "BTC-USD":
            return f"{self.draw.randint(1, 8000) / 10000:.4f}"
        return str(self.draw.randint(1, 40))

    def new(self):
        draw = self.draw
        symbol = draw.choice(list(MIDDLE))
        account = draw.choice(ACCOUNTS)
        self.number += 1
        name = f"o{self.number}" if draw.random() > 0.02 else f"o{draw.randint(1, self.number)}"
        side = draw.choice(["buy", "sell"])
        if draw.random() < 0.08:
            return f"new {account} {name} {symbol} {side} market {self.qty(symbol)}"
        text = f"new {account} {name} {symbol} {side} limit {self.qty(symbol)} @ {self.price(symbol)}"
        text += " " + draw.choice(["gtc", "gtc", "gtc", "day", "ioc", "fok"])
        if text.endswith(("gtc", "day")):
            text += draw.choice(["", "", "", "", " post-only", " park"])
            self.live.append((account, name, symbol))
        return text

    def change(self):
        draw = self.draw
        if not self.live:
            return self.new()
        at = draw.randrange(len(self.live))
        account, name, symbol = self.live[at]
        kind = draw.random()
        if kind < 0.55:
            self.live[at] = self.live[-1]
            self.live.pop()
            return f"cancel {account} {name}"
        if kind < 0.65:
            return draw.choice([f"release {account} {name}", f"refuse {account} {name}"])
        self.number += 1
        self.live[at] = (account, f"r{self.number}", symbol)
        text = f"replace {account} {name} as r{self.number} {symbol}"
        if draw.random() < 0.7:
            text += f" qty {self.qty(symbol)}"
        if draw.random() < 0.5:
            text += f" price {self.price(symbol)}"
        return text

    def rare(self, line):
        draw = self.draw
        account = draw.choice(ACCOUNTS)
        symbol = draw.choice(list(MIDDLE))
        return draw.choice([
            self.profile(account), *(f"profile {a} kyc 2 country DE class retail" for a in draw.sample(ACCOUNTS, 3)),
            f"halt {symbol}\nopen {symbol}", f"mass-cancel account {account} operator", f"mass-cancel buy in {symbol}",
            "roundtrip", "checkpoint", f"withdraw {account} USD 10.01 id w{line}\nconfirm {account} w{line}",
            f"transfer {account} {draw.choice(ACCOUNTS)} ABC 3 id t{line}", "epoch", "after 11h\ntick",
        ])

    def lines(self, count):
        yield HEAD
        for account in ACCOUNTS:
            yield f"account {account} owner {account // 2}"
            yield f"profile {account} kyc 2 country DE class retail"
            for asset, amount in (("USD", 200000), ("EUR", 50000), ("BTC", 5), ("ABC", 5000)):
                yield f"deposit {account} {asset} {amount}"
        for line in range(count):
            kind = self.draw.random()
            yield self.new() if kind < 0.6 else self.change() if kind < 0.97 else self.rare(line)
            if self.draw.random() < 0.3:
                yield f"after {self.draw.randint(1, 900)}ms"
        yield "checkpoint\nprint sums\nprint balances\nprint orders"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--lines", type=int, default=3000)
    chosen = arguments.parse_args()
    for text in Flow(chosen.seed).lines(chosen.lines):
        print(text)


if __name__ == "__main__":
    main()
