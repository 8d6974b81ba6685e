#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts test results. RESULTS is a file to which every call appends.

  tally.py tap RESULTS NAME STATUS < OUTPUT     one test program that speaks TAP
  tally.py meson RESULTS NAME TESTLOG.JSON      what `meson test` wrote
  tally.py total RESULTS                        says what failed and what was skipped, and the sum

With "first" before tap or meson it is a first try: if something fails, nothing counts, only what
failed is kept for the total to name.

A program that ends otherwise than its output promises (no plan, fewer tests than planned, a
status without a failed test) is one failure more: silence must not count as success.
"""

import fcntl
import json
import re
import sys

LINE = re.compile(r"^(not )?ok\b[ \t]*(\d*)[ -]*([^#]*)(?:#\s*(skip|todo)\w*\s*(.*))?$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*skip\w*\s*(.*))?$", re.I)
TIMED_OUT = (124, 137)


def read_tap(text, status):
    """Yields (result, name, reason) for each test and for each broken promise."""
    plan, n, failed = None, 0, 0
    for line in text.splitlines():
        test, planned = LINE.match(line), PLAN.match(line)
        if planned:
            plan = int(planned[1])
            if plan == 0:
                yield "skip", "", planned[2] or "no reason given"
        elif test:
            n += 1
            directive = (test[4] or "").lower()
            result = "skip" if directive == "skip" else "pass" if not test[1] else \
                "todo" if directive == "todo" else "fail"
            failed += result == "fail"
            yield result, test[3].strip() or test[2], test[5] or ""
    if status in TIMED_OUT:
        yield "fail", "", "took too long"
    elif plan is None:
        yield "fail", "", f"ended early, with status {status}"
    elif n != plan:
        yield "fail", "", f"planned {plan} tests and ran {n}"
    elif status and not failed and not (status == 77 and plan == 0):
        yield "fail", "", f"all passed, but it ended with status {status}"


def read_meson(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            test = json.loads(line)
            name, result = test["name"].split(" / ")[-1], test["result"]
            rows = list(read_tap(test.get("stdout") or "", test["returncode"])) \
                if re.search(r"^1\.\.", test.get("stdout") or "", re.M) else []
            if not rows:
                rows = [({"OK": "pass", "SKIP": "skip"}.get(result, "fail"), "", result.lower())]
            elif result not in ("OK", "SKIP") and not any(r[0] == "fail" for r in rows):
                rows.append(("fail", "", result.lower()))
            for row, inner, reason in rows:
                yield row, f"{name} {inner}".strip(), reason


def append(path, group, rows, first=False):
    n = {"pass": 0, "fail": 0, "skip": 0, "todo": 0}
    rows = list(rows)
    if first and any(row[0] == "fail" for row in rows):
        rows = [("again", name, reason) for result, name, reason in rows if result == "fail"]
        n = {"again": 0}
    with open(path, "a", encoding="utf-8") as out:
        fcntl.flock(out, fcntl.LOCK_EX)  # tests run side by side
        for result, name, reason in rows:
            n[result] += 1
            out.write(json.dumps([result, f"{group}: {name}".rstrip(": "), reason]) + "\n")
    print(f"   {group}: " + (f"{n['again']} to be tried again" if "again" in n else
          f"{n['pass']} passed, {n['fail']} failed, {n['skip']} skipped"), flush=True)
    return n.get("again") or n["fail"]


def total(path):
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    n = {kind: sum(row[0] == kind for row in rows) for kind in ("pass", "fail", "skip", "todo")}
    for kind, word in (("skip", "skipped"), ("todo", "known"), ("again", "failed at the first try"),
                       ("fail", "FAILED")):
        for _, name, reason in (row for row in rows if row[0] == kind):
            print(f"{word}: {name}" + (f" ({reason})" if reason else ""))
    print(f"\n{n['pass']} passed, {n['fail']} failed" + "".join(f", {n[kind]} {word}" for kind, word in
          (("skip", "skipped"), ("todo", "known to fail")) if n[kind]))
    return n["fail"] or not n["pass"]


def main(argv):
    first = argv[1:2] == ["first"]
    match argv[1 + first:]:
        case ["tap", results, name, status]:
            text = sys.stdin.buffer.read().decode("utf-8", "replace")
            return append(results, name, read_tap(text, int(status)), first)
        case ["meson", results, name, log]:
            return append(results, name, read_meson(log), first)
        case ["total", results]:
            return total(results)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv) else 0)
