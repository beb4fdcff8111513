#!/usr/bin/env python3
"""Forbidden words, and lengths of files and functions.

Usage: tools/check_source.py words|length [ROOT]
Prints `file:line: what is wrong` for each violation; exit status 1 if there is one.
Exceptions stand, each with its reason, in tools/check_allow.txt.
"""
import os
import re
import sys

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100  # clang-format leaves comments alone: it would tear tables and examples

SKIPPED_FOLDERS = {"build", ".git", "node_modules", "data", ".cache", "corpus"}
# They name what they look for.
SKIPPED_FILES = {"LICENSE", "package-lock.json", "tools/check_source.py",
                 "tests/checks/test_checks.sh"}
TEXT = (".c", ".h", ".cc", ".cpp", ".sh", ".py", ".cmake", ".md", ".txt", ".yaml", ".yml", ".json",
        ".js", ".mjs", ".css", ".html", ".sql", ".supp", ".dict")
C = (".c", ".h")
SCRIPTS = (".js", ".mjs", ".html")
SHELL = (".sh",)
PROGRAMS = (".c", ".h", ".cc", ".cpp", ".sh", ".py", ".js", ".mjs", ".css")

# (pattern, files, folder (! in front: everywhere else), in comments too, what to do)
WORDS = [
    (r"\b(TODO|FIXME|XXX|HACK)\b", TEXT, "", True, "finish it or leave it out"),
    (r"(?i)\bnot implemented\b|\bplaceholder\b", TEXT, "", True, "finish it or leave it out"),
    (r"(?<![\w./}])/(work|home)/[\w./-]+|/tmp/[a-z]+/try", TEXT, "", True, "a path of one machine"),
    (r"(?i)\bissue #?[0-9]+\b", TEXT, "", True, "say what it is, not where it was asked for"),
    (r"(?<!asm )(?<!__asm__ )\bvolatile\b", C, "!tests", False,
     "C11 atomics with explicit order, or libck: ThreadSanitizer is blind to volatile"),
    (r"\btypedef\s+(struct|union|enum)\b", C, "", False, "`struct x`, no typedef"),
    (r"\b(sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep)\s*\(", (".c", ".h", ".cc", ".cpp",
     ".py"), "tests", False, "wait for a condition with a deadline"),
    (r"(^|[;&|]|\bdo|\bthen)\s*sleep\b", SHELL, "tests", False,
     "wait for a condition with a deadline (wait_for of tests/support/tap.sh)"),
    (r"\bsetTimeout\s*\(|\bwaitForTimeout\s*\(", (".js", ".mjs"), "tests", False,
     "wait for a condition with a deadline"),
]
# The pause between two looks at a condition is no fixed sleep; it says so on its line.
POLL_MARK = "poll interval"


def files(root, endings):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith(endings) and name not in SKIPPED_FILES and path not in SKIPPED_FILES:
                yield path


def read_lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")


def allowed(root):
    """{(rule, what)}: lines `rule what reason...`; a reason is required."""
    entries = {}
    path = os.path.join(root, "tools/check_allow.txt")
    if not os.path.exists(path):
        return entries
    for number, line in enumerate(read_lines(root, "tools/check_allow.txt"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(None, 2)
        if len(fields) < 3:
            print(f"tools/check_allow.txt:{number}: expected `rule what reason`")
            sys.exit(1)
        entries[(fields[0], fields[1])] = number
    return entries


def without_comments(text):
    """C text with comments and string contents blanked, line numbers kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)

    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))

    return pattern.sub(blank, text)


def in_folder(path, folder):
    if folder.startswith("!"):
        return not path.startswith(folder[1:] + "/")
    return not folder or path.startswith(folder + "/")


def check_words(root, allow):
    rules = [(re.compile(pattern), *rest) for pattern, *rest in WORDS]
    for path in files(root, TEXT):
        lines = read_lines(root, path)
        code = lines
        if path.endswith(C):
            code = without_comments("\n".join(lines)).split("\n")
        for pattern, endings, folder, in_comments, advice in rules:
            if not path.endswith(endings) or not in_folder(path, folder):
                continue
            for number, line in enumerate(lines if in_comments else code, 1):
                found = pattern.search(line)
                if not found or POLL_MARK in lines[number - 1] or ("words", path) in allow:
                    continue
                yield f"{path}:{number}: `{found.group(0).strip()}`: {advice}"


def functions(lines):
    """(name, first line, length) by the house style: `name(` and its braces begin in column 0."""
    name, start = None, 0
    for number, line in enumerate(lines, 1):
        found = re.match(r"([A-Za-z_]\w*)\(", line)
        if found:
            name, start = found.group(1), number
        elif line == "}" and name:
            yield name, start, number - start + 1
            name = None
        elif line.startswith("}"):
            name = None


def check_length(root, allow):
    for path in files(root, PROGRAMS):
        lines = read_lines(root, path)
        if len(lines) - 1 > FILE_LINES_MAX and ("file", path) not in allow:
            yield (f"{path}:1: {len(lines) - 1} lines, the alarm is at {FILE_LINES_MAX}: it is "
                   f"usually two files (else: `file {path} REASON` in tools/check_allow.txt)")
        if not path.endswith(C):
            continue
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                yield f"{path}:{number}: {len(line)} columns, the limit is {COLUMNS_MAX}"
        for name, start, length in functions(lines):
            what = f"{path}:{name}"
            if length > FUNCTION_LINES_MAX and ("function", what) not in allow:
                yield (f"{path}:{start}: {name}() has {length} lines, the alarm is at "
                       f"{FUNCTION_LINES_MAX} (else: `function {what} REASON` in "
                       f"tools/check_allow.txt)")


def main():
    checks = {"words": check_words, "length": check_length}
    if len(sys.argv) < 2 or sys.argv[1] not in checks:
        print(__doc__, file=sys.stderr)
        return 2
    root = sys.argv[2] if len(sys.argv) > 2 else "."
    wrong = list(checks[sys.argv[1]](root, allowed(root)))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
