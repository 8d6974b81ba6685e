#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what agentbox says about itself with its manual page: manual.py AGENTBOX AGENTBOX.1

Both must name the same verbs, the same options for each, and the same exit statuses.
"""

import re
import subprocess
import sys


def ask(agentbox, *words):
    return subprocess.run([agentbox, *words], text=True, stdout=subprocess.PIPE, check=True).stdout


def options_of_help(text):
    lines = [line for line in text.splitlines() if re.match(r" {2,}-", line)]
    return {option for line in lines
            for option in re.findall(r"(?:^ +|, )(--?[a-z][a-z-]*)", line.partition("   ")[0] or line)}


def sections(page, macro):
    """name -> text of each section that @macro opens."""
    parts = re.split(rf"^\.{macro} (.+)$|^\.S[hs] .+$", page, flags=re.M)
    return {name: text for name, text in zip(parts[1::2], parts[2::2]) if name}


def options_of_page(text):
    lines = [line for line in text.splitlines() if line.startswith(".It Fl")]
    return {"-" + option for line in lines
            for option in re.findall(r"Fl (-?[a-z][a-z-]*)", line)}


def statuses(text):
    return set(re.findall(r"\b(2|12[0-7])\b", text))


def main(agentbox, path):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    verbs = set(re.findall(r"^  ([a-z]+)  ", ask(agentbox, "--help"), re.M))
    described = sections(page, "Ss")
    pairs = [("verbs", verbs, set(described))]
    for verb in sorted(verbs):
        pairs.append((f"options of {verb}", options_of_help(ask(agentbox, verb, "--help")),
                      options_of_page(described.get(verb, ""))))
    exits = sections(page, "Sh").get("EXIT STATUS", "")
    pairs.append(("exit statuses of exec",
                  statuses(ask(agentbox, "exec", "--help").partition("Exit status")[2]),
                  statuses(" ".join(re.findall(r"^\.It (\d+)", exits, re.M)))))
    failed = 0
    for n, (name, help_has, page_has) in enumerate(pairs, 1):
        bad = help_has != page_has or not (help_has or name.startswith("options"))
        failed += bad
        print(f"{'not ok' if bad else 'ok'} {n} - {name}")
        if bad:
            print(f"# only in --help: {sorted(help_has - page_has)}, "
                  f"only in the manual: {sorted(page_has - help_has)}")
    print(f"1..{len(pairs)}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
