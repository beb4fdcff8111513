#!/usr/bin/env python3
"""Builds, checks and tests, one part after the other, and counts. Called by tools/test.sh.

A part yields cases: (name, "passed" | "failed" | "skipped", why). Sources of cases are the checks'
`ok NAME` / `FAIL NAME`, the cmocka and ctest results of each preset, and the scripts' `ok NAME`,
`not ok NAME - why`, `skip NAME - why`. Every process that a part leaves behind becomes a child of
this one (PR_SET_CHILD_SUBREAPER), is ended, and counts as a failure.
"""
import argparse
import concurrent.futures
import ctypes
import datetime
import glob
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml

LOGS = "build/test-logs"
LONG_RUNS = "docs/long-runs.md"
SCRIPT_FOLDERS = ["tests/checks", "tests/golden", "tests/sim", "tests/fix", "tests/ws",
                  "tests/browser", "tests/e2e"]
# Which build a script tests, unless it says `# test-presets: ...`.
SCRIPT_PRESETS = {"tests/checks": "none", "tests/golden": "dev", "tests/sim": "dev",
                  "tests/browser": "dev"}
SCRIPT_PRESET = "asan"
# preset: (ctest labels, build targets, ctest runs at the same time)
CTEST = {
    "dev": ("^(unit|sim)$", ["all"], 2),
    "asan": ("^(unit|fuzz)$", ["unit-tests", "fuzz-tests"], 2),
    "tsan": ("^tsan$", ["tsan-tests"], 1),
}
SCRIPT_SECONDS = 300
# Scripts that open no port and measure nothing run beside each other.
BESIDE_FOLDERS = ("tests/checks", "tests/golden")
BESIDE_CNT = 2
LEFTOVER_GRACE_SECONDS = 3
# How often what is random is repeated with --long, about 25 minutes on 2 cores; the environment may
# say other counts under the same names. Without --long each test has its own, small one.
LONG_COUNTS = {
    "ASSAY_FUZZ_SECONDS": 120,      # each fuzzer
    "ASSAY_KILLS": 10,              # of the engine of a running venue, tests/e2e/faults.sh
    "ASSAY_JOURNAL_KILLS": 60,      # of a process that writes a journal
    "ASSAY_SIM_SEEDS": 5000,        # of the simulated disk
    "ASSAY_SIM_COMMANDS": 1000000,  # of the simulated core
    "ASSAY_WORKLOAD_OPS": 5000000,  # of each workload of five seeds
    "ASSAY_VENUE_SCRIPTS": 100000,  # against the plain venue, ten minutes at most; all mutants
}
FUZZ_SECONDS = 20
# What is random draws the same each time: a run that fails fails by the change, and fails again.
# Long runs draw anew, and so does a test that is run by itself.
SEED = "1"
PROGRESS_SECONDS = 60
LONGEST_SHOWN = 10  # scripts, at the end
PR_SET_CHILD_SUBREAPER = 36


class Results:
    def __init__(self):
        self.passed = 0
        self.skipped = []
        self.failed = []
        self.parts = []
        self.scripts = []
        self.lock = threading.Lock()

    def add(self, name, outcome, why="", log=None, count=1):
        with self.lock:
            if outcome == "passed":
                self.passed += count
            elif outcome == "skipped":
                self.skipped.append((name, why))
            else:
                self.failed.append((name, why, log))
                print(f"    FAILED {name}: {why}", flush=True)


# The process groups of what runs now, so that an interrupt ends them and nothing else.
RUNNING = set()


def run(command, log, env=None, timeout=None):
    """Runs command in its own process group, all output to log; exit status, or None: timed out."""
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, env=env, start_new_session=True)
        RUNNING.add(process)
        try:
            return wait_saying(process, log, timeout)
        except subprocess.TimeoutExpired:
            end_group(process)
            return None
        finally:
            RUNNING.discard(process)


def wait_saying(process, log, timeout):
    """Waits for process; a long run says meanwhile, each minute, how far it is."""
    started = time.monotonic()
    while True:
        waited = time.monotonic() - started
        left = timeout - waited if timeout else PROGRESS_SECONDS
        try:
            return process.wait(min(left, PROGRESS_SECONDS))
        except subprocess.TimeoutExpired:
            if timeout and left <= PROGRESS_SECONDS:
                raise
        if LONG:
            last = (tail(log, 1) or [""])[0].strip()
            print(f"    {time.monotonic() - started:6.0f} s: {last[:100]}", flush=True)


def end_group(process):
    for kind, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, kind)
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def end_running():
    for process in list(RUNNING):
        end_group(process)


def children():
    """Processes whose parent is this one: {pid: command line}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                stat = file.read()
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        state, parent = stat[stat.rindex(")") + 2:].split()[:2]
        if int(parent) == os.getpid():
            if state == "Z":
                reap(int(entry))
            else:
                found[int(entry)] = command or stat.split()[1]
    return found


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def leftovers():
    """What the last part left running, after a moment to go by itself; ended."""
    deadline = time.monotonic() + LEFTOVER_GRACE_SECONDS
    while (left := children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    seen = dict(left)
    for kind, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        deadline = time.monotonic() + seconds
        while (now := children()) and time.monotonic() < deadline:
            seen.update(now)
            for pid in now:
                os.kill(pid, kind)
            time.sleep(0.2)
    return seen


def count_leftovers(results, name, log=None):
    for pid, command in leftovers().items():
        results.add(name, "failed", f"left process {pid} running: {command[:120]}", log)


def log_path(name):
    path = f"{LOGS}/{re.sub('[^A-Za-z0-9_.-]+', '_', name)}.log"
    if os.path.exists(path):
        os.unlink(path)
    return path


def tail(path, count=15):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in file.readlines()[-count:]]
    except OSError:
        return []


# --- Building ---


def configure(preset):
    log = log_path(f"configure-{preset}")
    seconds = long_counts()["ASSAY_FUZZ_SECONDS"] if LONG else FUZZ_SECONDS
    return run(["cmake", "--preset", preset, f"-DASSAY_FUZZ_SECONDS={seconds}",
                f"-DASSAY_FUZZ_SEED={0 if LONG else SEED}"], log) == 0, log


def build(results, preset, targets):
    log = log_path(f"build-{preset}")
    existing = [t for t in targets if t != "assay" or os.path.exists("tools/assay/main.c")]
    command = ["cmake", "--build", "--preset", preset, "-j2", "--target", *existing,
               "--", "-k", "0"]
    if existing and run(command, log) != 0:
        results.add(f"build/{preset}", "failed", "does not build", log)
        return False
    results.add(f"build/{preset}", "passed")
    return True


# --- Parts ---


def checks_names():
    names = subprocess.run(["tools/check.sh", "--list"], capture_output=True, text=True,
                           check=True).stdout.split()
    return [name for name in names if LONG or name != "tidy"]


def run_checks(results, names):
    for name in names:
        log = log_path(f"check-{name}")
        run(["tools/check.sh", "--only", name], log)
        last = (tail(log, 1) or ["nothing"])[0]
        if last == f"ok {name}":
            results.add(f"check/{name}", "passed")
        else:
            results.add(f"check/{name}", "failed", last, log)


def ctest_names(preset):
    shown = subprocess.run(["ctest", "--preset", preset, "--show-only=json-v1", "-L",
                            CTEST[preset][0]], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        return []
    return [test["name"] for test in json.loads(shown.stdout).get("tests", [])]


def cmocka_counts(output):
    """(passed, [failed], [skipped]) summed over the groups of one program, or None."""
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", output))
    failed = re.findall(r"^\[  FAILED  \] ([A-Za-z_]\w*)$", output, re.M)
    skipped = re.findall(r"^\[  SKIPPED \] ([A-Za-z_]\w*)$", output, re.M)
    if "[==========]" not in output:
        return None
    return passed, sorted(set(failed)), sorted(set(skipped))


def write_log(name, text):
    path = log_path(name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def count_ctest_case(results, preset, case):
    name = f"{preset}/{case.get('name')}"
    output = (case.findtext("system-out") or "") + (case.findtext("system-err") or "")
    log = write_log(name, output)
    status = case.get("status")
    counts = cmocka_counts(output)
    skipped = case.find("skipped")
    if skipped is not None or status in ("notrun", "disabled"):
        lines = [line for line in output.strip().split("\n") if line]
        if status == "notrun" and skipped is not None and "SKIP" not in skipped.get("message", ""):
            results.add(name, "failed", skipped.get("message", "not run"), log)
        else:
            results.add(name, "skipped", lines[-1] if lines else "says no reason")
        return
    if counts:
        passed, failed, skips = counts
        results.add(name, "passed", count=passed)
        for test in skips:
            results.add(f"{name}:{test}", "skipped", "skip() in the test")
        for test in failed:
            results.add(f"{name}:{test}", "failed", "assertion", log)
        if status == "fail" and not failed:
            results.add(name, "failed", failure_text(preset, case, output), log)
    elif status == "fail":
        results.add(name, "failed", failure_text(preset, case, output), log)
    else:
        results.add(name, "passed")


def failure_text(preset, case, output):
    """ctest's own word (Timeout, Failed, Exception: SegFault), which its XML leaves out, and the
    last that the test said."""
    name = re.escape(case.get("name"))
    with open(f"{LOGS}/ctest-{preset}.log", encoding="utf-8", errors="replace") as file:
        found = re.search(rf"Test +#\d+: {name} .*?\*\*\*(.*?) +([\d.]+ sec)", file.read())
    word = f"{found.group(1)} after {found.group(2)}" if found else "exit status not 0"
    said = (output.strip() or "nothing").splitlines()[-1]
    return f"{word}; it said last: {said[:200]}"


def run_ctest(results, preset, names, env):
    label, _, jobs = CTEST[preset]
    junit = os.path.abspath(f"{LOGS}/ctest-{preset}.xml")
    log = log_path(f"ctest-{preset}")
    pattern = "^(" + "|".join(re.escape(name) for name in names) + ")$"
    run(["ctest", "--preset", preset, "-L", label, "-R", pattern, "-j", str(jobs),
         "--output-junit", junit, "--test-output-size-passed", "4000000",
         "--test-output-size-failed", "4000000"], log, env)
    seen = 0
    try:
        for case in xml.parse(junit).getroot().iter("testcase"):
            count_ctest_case(results, preset, case)
            seen += 1
    except (OSError, xml.ParseError) as error:
        results.add(f"{preset}/ctest", "failed", f"no results: {error}", log)
        return
    if seen != len(names):
        results.add(f"{preset}/ctest", "failed", f"{len(names)} tests chosen, {seen} ran", log)


def script_note(path, note):
    with open(path, encoding="utf-8", errors="replace") as file:
        found = re.search(rf"^# {note}: *(.+)$", file.read(4000), re.M)
    return found.group(1).split() if found else []


def scripts():
    """[(path, preset)], one entry per preset that a script wants."""
    found = []
    for folder in SCRIPT_FOLDERS:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        for name in names:
            path = f"{folder}/{name}"
            if not name.endswith(".sh") or not os.access(path, os.X_OK):
                continue
            default = [SCRIPT_PRESETS.get(folder, SCRIPT_PRESET)]
            found += [(path, preset) for preset in script_note(path, "test-presets") or default]
    return found


def script_lines(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = re.match(r"(ok|not ok|skip) +(?:\d+ +- +)?(\S.*?)\s*$", line)
            if not found:
                continue
            name, _, why = found.group(2).partition(" - ")
            if found.group(1) == "ok" and "# SKIP" in found.group(2):
                name, _, why = found.group(2).partition("# SKIP")
                yield "skipped", name.strip(" -"), why.strip()
            else:
                yield {"ok": "passed", "not ok": "failed", "skip": "skipped"}[found.group(1)], \
                    name, why


def sanitizer_reports(name, env):
    """Has every process write its report to a file of its own, whoever reads its output or exit
    status; returns the function that lists those files."""
    base = os.path.abspath(log_path(name + "-sanitizer"))
    for tool in ("ASAN", "UBSAN", "TSAN"):
        env[f"{tool}_OPTIONS"] += f":log_path={base}"

    def found():
        return sorted(glob.glob(glob.escape(base) + ".*"))

    for old in found():
        os.unlink(old)
    return found


def report_summary(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    named = [line for line in lines if line.startswith("SUMMARY: ") or "runtime error: " in line]
    return (named or lines or ["an empty report"])[0]


def run_script(results, path, preset, env, alone=True):
    """Runs one script and counts its cases. Beside others, what it leaves behind is told at the end
    of all: whose it was cannot be known."""
    name = path if preset in ("none", SCRIPT_PRESET) else f"{path}({preset})"
    log = log_path(name)
    env = dict(env, ASSAY_PRESET=preset, ASSAY_BUILD=os.path.abspath(f"build/{preset}"),
               ASSAY_BIN=os.path.abspath(f"build/{preset}/assay"))
    if preset != "none" and not os.path.exists(env["ASSAY_BIN"]):
        results.add(name, "failed", f"build/{preset}/assay is not there")
        return
    reports = sanitizer_reports(name, env)
    limit = int((script_note(path, "test-timeout") or [SCRIPT_SECONDS])[0]) * (6 if LONG else 1)
    started = time.monotonic()
    status = run([path], log, env, limit)
    results.scripts.append((time.monotonic() - started, name))
    if alone:
        count_leftovers(results, name, log)
    reported = list(script_lines(log))
    for outcome, case, why in reported:
        results.add(f"{name}:{case}", outcome, why or "says no reason", log)
    for report in reports():
        results.add(f"{name}:sanitizer", "failed", report_summary(report), report)
    failed = any(outcome == "failed" for outcome, _, _ in reported)
    if status is None:
        results.add(name, "failed", f"not done after {limit} s", log)
    elif status != 0 and not failed:
        results.add(name, "failed", f"exit status {status}", log)
    elif not reported:
        results.add(name, "failed", "reported no case", log)


def run_scripts(results, chosen, env):
    if chosen and os.path.dirname(chosen[0][0]) in BESIDE_FOLDERS:
        with concurrent.futures.ThreadPoolExecutor(BESIDE_CNT) as pool:
            runs = [pool.submit(run_script, results, path, preset, env, False)
                    for path, preset in chosen]
            try:
                for each in runs:
                    each.result()
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                end_running()
                raise
    else:
        for path, preset in chosen:
            run_script(results, path, preset, env)


# --- All together ---


def flow_folder():
    """ASSAY_FLOW_DIR, ../shared/flow, or the same beside the repository that this worktree is of."""
    if os.environ.get("ASSAY_FLOW_DIR"):
        return os.environ["ASSAY_FLOW_DIR"]
    common = subprocess.run(["git", "rev-parse", "--path-format=absolute", "--git-common-dir"],
                            capture_output=True, text=True, check=False).stdout.strip()
    for base in (os.getcwd(), os.path.dirname(common)):
        folder = os.path.normpath(os.path.join(base, "../shared/flow"))
        if base and os.path.isdir(folder):
            return folder
    return os.path.abspath("../shared/flow")


def long_counts():
    """The counts of this long run, as text."""
    return {name: os.environ.get(name, str(usual)) for name, usual in LONG_COUNTS.items()}


def test_environment(results):
    env = dict(os.environ, ASSAY_FLOW_DIR=flow_folder())
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
    env.setdefault("LSAN_OPTIONS", "print_suppressions=0:suppressions=" +
                   os.path.abspath("tests/lsan.supp"))
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    env.setdefault("TSAN_OPTIONS", "second_deadlock_stack=1:suppressions=" +
                   os.path.abspath("tests/tsan.supp"))
    env.pop("ASSAY_LONG", None)
    if LONG:
        env["ASSAY_LONG"] = "1"
        env.update(long_counts())
    else:
        env.setdefault("ASSAY_SEED", SEED)
    if not os.path.isdir(env["ASSAY_FLOW_DIR"]):
        if os.environ.get("CI"):
            results.add("flow", "failed", f"ASSAY_FLOW_DIR: {env['ASSAY_FLOW_DIR']} is not there")
        del env["ASSAY_FLOW_DIR"]
    return env


class Plan:
    """What matches the pattern: names of checks, of ctest tests by preset, scripts, targets."""

    def __init__(self, pattern, results):
        def wanted(name):
            return pattern is None or pattern in name

        self.presets_failed = {}
        for preset in ["dev", "asan", "release", "tsan"]:
            fine, log = configure(preset)
            if not fine:
                self.presets_failed[preset] = log
                results.add(f"configure/{preset}", "failed", "cmake failed", log)
        self.checks = [name for name in checks_names() if wanted(f"check/{name}")]
        self.tests = {preset: [name for name in ctest_names(preset) if wanted(f"{preset}/{name}")]
                      for preset in CTEST}
        self.scripts = [(path, preset) for path, preset in scripts() if wanted(path)]
        self.targets = {}
        for preset, (_, targets, _) in CTEST.items():
            if self.tests[preset]:
                self.targets[preset] = list(targets)
        for _, preset in self.scripts:
            if preset != "none":
                self.targets.setdefault(preset, []).append("assay")
        if any(path.startswith("tests/e2e") or path.startswith("tests/golden")
               for path, _ in self.scripts) or pattern is None:
            self.targets.setdefault("release", []).append("assay")
        if pattern is None:
            self.targets.setdefault("dev", ["all"])
            self.targets.setdefault("asan", []).append("assay")
        if self.targets.get("release"):  # scripts that compare builds or use the benchmarks
            self.targets["release"] = ["all"] if LONG else ["assay"]

    def parts(self, env):
        """[(name, function of results)] in the order of cost."""
        late = [name for name in self.checks if name in ("objects", "tidy")]
        early = [name for name in self.checks if name not in late]
        yield "checks without a build", early, lambda r: run_checks(r, early)
        for preset in ["dev", "asan", "release", "tsan"]:
            targets = sorted(set(self.targets.get(preset, [])))
            yield f"build {preset}", targets and preset not in self.presets_failed, (
                lambda r, p=preset, t=targets: build(r, p, t))
        yield "checks of the objects", late, lambda r: run_checks(r, late)
        for preset, names in self.tests.items():
            yield f"ctest {preset}", names, lambda r, p=preset, n=names: run_ctest(r, p, n, env)
        for folders in [BESIDE_FOLDERS, *((f,) for f in SCRIPT_FOLDERS if f not in BESIDE_FOLDERS)]:
            chosen = [s for s in self.scripts if os.path.dirname(s[0]) in folders]
            yield ", ".join(folders), chosen, lambda r, c=chosen: run_scripts(r, c, env)


def run_part(results, name, function):
    print(f"--- {name}", flush=True)
    started = time.monotonic()
    before = (results.passed, len(results.failed), len(results.skipped))
    function(results)
    count_leftovers(results, name)
    seconds = time.monotonic() - started
    counts = (results.passed - before[0], len(results.failed) - before[1],
              len(results.skipped) - before[2])
    results.parts.append((name, seconds, counts))
    print("    {} passed, {} failed, {} skipped in {:.1f} s".format(*counts, seconds), flush=True)


def report(results, seconds):
    for name, why in results.skipped:
        print(f"skipped: {name}: {why}")
    for name, why, log in results.failed:
        print(f"\nFAILED: {name}: {why}")
        if log:
            print(f"  last lines of {log}:")
            for line in tail(log):
                print(f"  | {line}")
    print("\nSeconds by part:")
    for name, part_seconds, _ in results.parts:
        print(f"  {part_seconds:7.1f}  {name}")
    for script_seconds, name in sorted(results.scripts, reverse=True)[:LONGEST_SHOWN]:
        print(f"  {script_seconds:7.1f}    {name}")
    print(f"  {seconds:7.1f}  in all")


def git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, text=True,
                          check=False).stdout.strip()


def what_is_tested():
    """The commit, and whether the tree holds anything else. Asked before the tests: the line about
    an earlier run may not be committed yet."""
    changed = git("status", "--porcelain", "--", ".", f":!{LONG_RUNS}")
    commit = git("rev-parse", "--short=10", "HEAD") or "unknown"
    return commit, "changed tree" if changed or commit == "unknown" else "clean tree"


def long_run_line(results, tested, seconds):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M")
    counts = ", ".join(f"{name.removeprefix('ASSAY_').lower().replace('_', ' ')} {count}"
                       for name, count in long_counts().items())
    return f"| {now} | {tested[0]}, {tested[1]} | {counts} | {summary(results)} | {seconds:.0f} |\n"


def append_long_run(line):
    if not os.path.exists(LONG_RUNS):
        with open(LONG_RUNS, "w", encoding="utf-8") as file:
            file.write("# Long runs\n\nEach line is one `tools/test.sh --long` of everything, "
                       "written by it.\n\n"
                       "| date (UTC) | commit | counts | result | seconds |\n"
                       "| --- | --- | --- | --- | --- |\n")
    with open(LONG_RUNS, "a", encoding="utf-8") as file:
        file.write(line)


def summary(results):
    return (f"{results.passed} passed, {len(results.failed)} failed, "
            f"{len(results.skipped)} skipped")


def interrupted(number, _frame):
    raise KeyboardInterrupt(number)


def main():
    parser = argparse.ArgumentParser(prog="tools/test.sh")
    parser.add_argument("--only", metavar="PATTERN")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    global LONG
    LONG = options.long
    os.makedirs(LOGS, exist_ok=True)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, interrupted)

    results = Results()
    tested = what_is_tested()
    started = time.monotonic()
    try:
        env = test_environment(results)
        plan = Plan(options.only, results)
        if options.list:
            print("\n".join([f"check/{name}" for name in plan.checks] +
                            [f"{p}/{name}" for p, names in plan.tests.items() for name in names] +
                            [f"{path} ({preset})" for path, preset in plan.scripts]))
            return 0
        for name, chosen, function in plan.parts(env):
            if chosen:
                run_part(results, name, function)
    except KeyboardInterrupt:
        end_running()
        leftovers()
        results.add("all", "failed", "interrupted")
    if results.passed == 0 and not results.failed and not results.skipped:
        results.add("all", "failed", f"nothing has '{options.only}' in its name (--list shows them)")
    seconds = time.monotonic() - started
    report(results, seconds)
    if LONG:
        line = long_run_line(results, tested, seconds)
        if options.only is None:
            append_long_run(line)
        print(f"{'only a part, not added' if options.only else 'added'} to {LONG_RUNS}:\n{line}")
    print(summary(results))
    return 1 if results.failed else 0


LONG = False

if __name__ == "__main__":
    sys.exit(main())
