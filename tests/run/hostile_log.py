#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A log in which every text of every kind wants to steer the terminal: hostile_log.py SCHEMA TASK

hostile_log.py --check NAME: whether standard input is safe to show.
"""

import json
import re
import sys

EVIL = ("\x1b]0;x\x07\x9b31m\u202e\r\nforged\x7f\\|=\"]<script>\ufffd1b"
        + "".join(map(chr, range(1, 256))) + "\u061c\ufeff\uffff\U000e0041\u2066")


def line(schema, rule, seq, task):
    kind = rule["if"]["properties"]["event"]["const"]
    event = {"v": 1, "seq": seq, "task": task, "time": "2026-11-23T00:00:00.000Z", "mono_ns": seq, "event": kind}
    for name in rule["then"]["propertyNames"]["enum"]:
        value = schema["properties"][name]
        if name in event or name in ("prev", "hash", "cut"):
            continue
        if "enum" in value:
            event[name] = value["enum"][0]
        else:
            event[name] = 1 if value["type"] == "integer" else EVIL
    return json.dumps(event | {"prev": "0" * 64, "hash": "0" * 64}, separators=(",", ":"))


def check(name):
    text = sys.stdin.buffer.read().decode()
    bad = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\uffff\U000e0000-\U000e007f]", text)
    forged = [found for found in text.splitlines() if found.startswith("forged")]
    markup = "=html" in name and "\"]<script>" in text
    if bad or forged or markup or not text:
        print(f"{name}: {len(text)} characters, {set(bad)} {forged[:1]}")
    return bool(bad or forged or markup or not text)


def main():
    if sys.argv[1] == "--check":
        return check(sys.argv[2])
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    rules = [rule for rule in schema["allOf"] if "if" in rule]
    for seq, rule in enumerate(rules, 1):
        print(line(schema, rule, seq, sys.argv[2]))
    return 0


sys.exit(main())
