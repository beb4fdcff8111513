#!/usr/bin/env python3
"""Includes: which folder may see which, own header first, every path from the repository root.

Usage: tools/check_includes.py [ROOT]
Prints `file:line: what is wrong` for each violation; exit status 1 if there is one.
"""
import os
import re
import sys

# The table of ARCHITECTURE.md. A folder may include itself, and what stands behind it here: a
# folder (with the folders below it) or one header. The longest matching left side applies.
ANY = [""]
GROUND = ["engine/base", "engine/model"]
TABLE = {
    "engine/base": [],
    "engine/model": ["engine/base"],
    "engine/book": GROUND,
    "engine/ledger": GROUND,
    "engine/core": GROUND + ["engine/book", "engine/ledger"],
    "engine/runtime": GROUND + ["engine/core", "engine/stream"],
    "engine/stream": GROUND,
    "risk": GROUND + ["engine/ledger", "engine/core/hooks.h"],
    "persist/journal": GROUND + ["engine/core", "engine/stream"],
    "persist/settle": GROUND + ["engine/stream"],
    "gateway": GROUND + ["engine/stream"],
    "tools": ANY,
    "perf": ANY,
    "tests": ANY,
}
# Within gateway/: the layers under the protocols know no protocol, and protocols not each other.
GATEWAY_LAYERS = {
    "gateway/net": [],
    "gateway/auth": [],
    "gateway/fix": ["gateway/net", "gateway/auth"],
    "gateway/binary": ["gateway/net", "gateway/auth"],
    "gateway/feed": ["gateway/net"],
    "gateway/http": ["gateway/net", "gateway/auth"],
    "gateway/api": ["gateway/net", "gateway/auth", "gateway/http"],
    "gateway/ctl": ["gateway/net", "gateway/auth", "gateway/http"],
}
for folder, layers in GATEWAY_LAYERS.items():
    TABLE[folder] = TABLE["gateway"] + layers

# Made by the build, or of the tests' C++ client: not from the root.
NOT_FROM_ROOT = {"build_info.h"}
SKIPPED_FOLDERS = {"build", ".git", "node_modules", "data", ".cache"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def within(path, folder):
    return folder == "" or path == folder or path.startswith(folder + "/")


def row_of(path):
    rows = [folder for folder in TABLE if within(path, folder)]
    return max(rows, key=len) if rows else None


def sources(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(files):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), root)


def check_direction(path, target, row):
    if within(target, row) or any(within(target, allowed) for allowed in TABLE[row]):
        return None
    if target.endswith("_priv.h"):
        return None  # reported by its own rule
    return f"{row}/ may not include {target} (the table is in tools/check_includes.py)"


def check_file(root, path):
    includes = []
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            found = INCLUDE.match(line)
            if found:
                includes.append((number, found.group(1), found.group(2)))

    row = row_of(path)
    if row is None:
        yield 1, "no row of the table in tools/check_includes.py covers this folder"
        return
    for number, mark, target in includes:
        from_root = os.path.exists(os.path.join(root, target))
        if mark == "<" and from_root and "/" in target:
            yield number, f'ours are included with quotes: #include "{target}"'
        if mark == "<" or target in NOT_FROM_ROOT:
            continue
        if not from_root:
            yield number, f'"{target}" does not exist from the repository root'
            continue
        wrong = check_direction(path, target, row)
        if wrong:
            yield number, wrong
        private = target.endswith("_priv.h")
        if private and not within(path, "tests") and os.path.dirname(target) != os.path.dirname(path):
            yield number, f"{target} is private to its folder"

    own = path[:-2] + ".h"
    if path.endswith(".c") and os.path.exists(os.path.join(root, own)):
        if not includes or includes[0][2] != own:
            yield (includes[0][0] if includes else 1), f'the own header comes first: #include "{own}"'


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    wrong = 0
    for path in sources(root):
        for number, text in check_file(root, path):
            print(f"{path}:{number}: {text}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
