#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks in the sources for who fills what an event is said to have: events.py SOURCE

A member that the manual promises and nobody sets is wrong, and so is one that the line for people
names and the event never has. The manual is compared with the tables by tests/unit/test-event.c.
"""

import glob
import re
import sys

KIND = re.compile(r"\bEVENT_([A-Z]+_[A-Z]+)\b")
SETS = re.compile(r"\bevent_(?:num|text)\(\s*&?\w+,\s*FIELD_(\w+)")
FUNCTION = re.compile(r"^((?:\w[\w \t]*[ *])?(\w+)\([^;{]*\))\n\{\n(.*?)^\}$", re.M | re.S)


class Function:
    """One that handles events: which kinds and members it names, and which others it calls."""

    def __init__(self, file, head, name, body):
        self.file, self.name, self.body = file, name, body
        self.helps = "struct event " in head and "struct event_" not in head
        self.kinds, self.fields = set(KIND.findall(body)), set(SETS.findall(body))
        self.calls = []


def functions(source):
    found = []
    for file in sorted(glob.glob(f"{source}/src/*/*.c")):
        if re.search(r"/(wire|cli|sink)/|/format", file):
            continue
        with open(file, encoding="utf-8") as text:
            found += [Function(file, *match.groups()) for match in FUNCTION.finditer(text.read())]
    return found


def filled(source):
    """kind -> members that are set by whoever makes it, by what that calls, and by what calls that."""
    every = [f for f in functions(source) if f.kinds or f.fields or f.helps]
    for f in every:
        called = set(re.findall(r"\b(\w+)\(", f.body))
        f.calls = [g for g in every if g.helps and g is not f and g.name in called and
                   (g.file == f.file or g.name not in {h.name for h in every if h.file == f.file})]
    for _ in range(8):  # deeper than anybody calls
        for f in every:
            for g in f.calls:
                f.fields |= g.fields
                f.kinds |= g.kinds
    members = {}
    for f in every:
        # One that takes up an event which others of its file began has its kinds from there.
        kinds = f.kinds or {kind for g in every if g.file == f.file for kind in g.kinds}
        for kind in kinds:
            members.setdefault(kind.lower().replace("_", "."), set()).update(f.fields)
    clients = next(f for f in every if f.name == "clients_add").fields
    return {kind: {field.lower() for field in fields | clients} for kind, fields in members.items()}


def promised(source):
    """kind -> members, as the manual has them."""
    with open(f"{source}/man/agentbox-events.5", encoding="utf-8") as file:
        page = file.read().partition(".Sh EVENTS")[2].partition(".Sh ")[0]
    parts = re.split(r"^\.It Cm (\S+)$", page, flags=re.M)[1:]
    return {kind: {word for line in re.findall(r"^\.Cm (.+) \.$", text, re.M)
                   for word in line.split(" , ")}
            for kind, text in zip(parts[::2], parts[1::2])}


def named(source):
    """kind -> members that its line for people names."""
    with open(f"{source}/src/wire/event_text.c", encoding="utf-8") as file:
        text = file.read()
    for name, meaning in reversed(re.findall(r"^#define (\w+) (.+)$", text, re.M)):
        text = re.sub(rf" {name}\b", " " + meaning, text)
    rows = re.findall(r"\[EVENT_(\w+)\] =(.*?),\n(?=\t\[|\})", text, re.S)
    return {kind.lower().replace("_", "."): set(re.findall(r"\{(\w+)\}", line)) - {"target"}
            for kind, line in rows}


def main(source):
    has, lines, n, failed = filled(source), named(source), 0, 0
    for kind, members in promised(source).items():
        for what, wrong in (("is filled", members - has.get(kind, set())),
                            ("the line names is there", lines.get(kind, {"a line"}) - members)):
            n += 1
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {n} - {kind}: what {what}")
            if wrong:
                print(f"# but not {sorted(wrong)}")
    print(f"1..{n}")
    return failed != 0 or n == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
