#!/usr/bin/env python3
"""Measures book and core, keeps the figures beside itself, and draws them.

usage: perf/record.py --one FILE --thousand FILE [--assay build/release/assay] [--runs 9]
       perf/record.py --draw

FILE: the common workload with one instrument and with a thousand. Each run appends one line a
benchmark to perf/core.jsonl, with date, machine, commit and load average, and draws
perf/core.svg anew; --draw only draws. On a machine with nothing else to do.

example: perf/record.py --one f1.bin --thousand f1000.bin
"""
import argparse
import datetime
import json
import math
import os
import subprocess
import sys
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT, DRAWN = os.path.join(HERE, "core.jsonl"), os.path.join(HERE, "core.svg")
# name: (what, colour, goal in M operations/s)
THROUGHPUT = {"book 1": ("bare book, 1 instrument", "#1f6feb", 45),
              "book 1000": ("bare book, 1,000 instruments", "#79b8ff", 12),
              "core 1": ("whole core, 1 instrument", "#cf5b00", 17),
              "core 1000": ("whole core, 1,000 instruments", "#f2a65a", 5)}
GROWTH = {"add_ns": ("add", "#1f6feb"), "cancel_ns": ("cancel", "#2da44e"),
          "match_ns": ("match", "#cf5b00")}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 300, 60, 50, 60


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    return f"{model}, {os.cpu_count()} processors"


def measure(args):
    head = {"date": datetime.date.today().isoformat(), "machine": machine()}
    runs = [f"--runs={args.runs}"]
    commands = {f"{target} {count}": [target, "--flow", path] + runs
                for count, path in (("1", args.one), ("1000", args.thousand))
                for target in ("book", "core")}
    commands.update({"growth": ["growth"], "worst": ["worst"]})
    lines = []
    for name, command in commands.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        done = subprocess.run([args.assay, "bench"] + command + ["--json"],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:  # it has said why
            sys.exit(f"perf/record.py: {name}: exit status {done.returncode}; nothing was kept")
        lines.append(json.dumps({"name": name} | head | json.loads(done.stdout)) + "\n")
    with open(KEPT, "a", encoding="utf-8") as kept:
        kept.writelines(lines)


def text(x, y, words, anchor="start", size=12, colour="#57606a"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="{colour}">{escape(words)}</text>')


def line(points, colour, dash=""):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "" if dash else "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
                                   for x, y in points)
    return (f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>{dots}')


def throughput(records, left, top):
    """Lines over commits, on a logarithmic scale, each with its goal dashed."""
    commits = list(dict.fromkeys(r["commit"] for r in records if r["name"] in THROUGHPUT))
    low, high, width = math.log(1), math.log(64), WIDTH - left - 330

    def y(mops):
        return top + HEIGHT - (math.log(mops) - low) / (high - low) * HEIGHT

    out = [text(left, top - 20, "Throughput by commit, M operations/s (dashed: the goal)", size=15)]
    for mops in (1, 2, 4, 8, 16, 32, 64):
        out += [line([(left, y(mops)), (left + width, y(mops))], "#d8dee4", "1 3"),
                text(left - 8, y(mops) + 4, str(mops), "end")]
    step = width / max(1, len(commits) - 1)
    for i, commit in enumerate(commits):
        out.append(text(left + i * step, top + HEIGHT + 20, commit[:7], "middle", 10))
    for name, (what, colour, goal) in THROUGHPUT.items():
        points = [(left + commits.index(r["commit"]) * step, y(r["ops_per_s"] / 1e6), r)
                  for r in records if r["name"] == name]
        if not points:
            continue
        last = points[-1][2]
        out += [line([(left, y(goal)), (left + width, y(goal))], colour, "6 4"),
                line([p[:2] for p in points], colour),
                text(left + width + 12, points[-1][1] + 4,
                     f'{what}: {last["ops_per_s"] / 1e6:.1f}', colour=colour)]
    return out


def growth(record, left, top):
    width = WIDTH - left - 330
    points = record["points"]
    most = max(p[key] for p in points for key in GROWTH) * 1.1
    low, high = math.log(points[0]["resting"]), math.log(points[-1]["resting"])

    def place(resting, ns):
        return (left + (math.log(resting) - low) / (high - low) * width,
                top + HEIGHT - ns / most * HEIGHT)

    out = [text(left, top - 20, f'An operation of the whole core, ns, by resting orders '
                f'(10,000 instruments; {record["commit"][:7]})', size=15)]
    for ns in range(0, int(most), 500):
        out += [line([place(points[0]["resting"], ns), place(points[-1]["resting"], ns)],
                     "#d8dee4", "1 3"),
                text(left - 8, place(points[0]["resting"], ns)[1] + 4, str(ns), "end")]
    for p in points:
        out.append(text(place(p["resting"], 0)[0], top + HEIGHT + 20, f'{p["resting"]:,}',
                        "middle", 10))
    for key, (what, colour) in GROWTH.items():
        xy = [place(p["resting"], p[key]) for p in points]
        out += [line(xy, colour), text(left + width + 12, xy[-1][1] + 4,
                                       f"{what}: {points[-1][key]:.0f}", colour=colour)]
    return out


def draw():
    with open(KEPT, encoding="utf-8") as f:
        records = [json.loads(words) for words in f]
    body = throughput(records, LEFT, TOP)
    grown = [r for r in records if r["name"] == "growth" and len(r["points"]) > 1]
    height = TOP + HEIGHT + BOTTOM
    if grown:
        body += growth(grown[-1], LEFT, height + TOP)
        height *= 2
    with open(DRAWN, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                f'font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>\n')
        f.write("\n".join(body) + "\n</svg>\n")


def main():
    if {"-h", "--help"} & set(sys.argv):
        print(__doc__)
        return
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--one")
    parser.add_argument("--thousand")
    parser.add_argument("--assay", default="build/release/assay")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--draw", action="store_true")
    args = parser.parse_args()
    if not args.draw:
        if not args.one or not args.thousand:
            parser.error("--one FILE and --thousand FILE: the workloads (or --draw)")
        measure(args)
    draw()


main()
