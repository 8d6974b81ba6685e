#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares eco/pep440 with packaging, which pip has inside, over versions that are almost right.

  pep440-differential.py DRIVER       built from text-driver.c
"""

import random
import subprocess
import sys

try:
    from packaging.version import InvalidVersion, Version
except ImportError:
    try:
        from pip._vendor.packaging.version import InvalidVersion, Version
    except ImportError:
        print("1..0 # SKIP no packaging, no pip")
        sys.exit(0)

SEEDS = ["1.0", "1!2.0rc1.post2.dev3+local.04", "1.0a1", "1.0-beta_2", "1.0.dev1", "v1.0-1", "1.0c",
         "1.0preview1", "1.0.ALPHA.1", "1.0.post-3", "1.0r4", "1.0+abc.7-x_01", "2024.01.02.3",
         "1.0a--1", "0.0.0", "1.0rev2.dev", "1.0.post1dev2"]
ALPHABET = "0123456789.-_+!abcdelnoprstvwx RC"


def mutant():
    text = random.choice(SEEDS)
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        text = text[:at] + random.choice(["", *ALPHABET]) + text[at + random.randint(0, 1):]
    return text


def parse(text):
    """What is beyond our bounds is not packaging's to tell."""
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return None if text != text.strip() or len(version.release) > 16 else version


def theirs(a, b):
    x, y = parse(a), parse(b)
    if x is None or y is None:
        return "bad"
    return f"{(x > y) - (x < y)} {int(x.is_prerelease)}"


def main(driver):
    random.seed(1)
    texts = SEEDS + [mutant() for _ in range(20000)]
    rows = [(text, random.choice(texts[:400])) for text in texts]
    rows += [(text, str(parse(text))) for text in texts if parse(text)]  # equal to its normal form
    stdin = "".join(f"{a.encode().hex()} {b.encode().hex()}\n" for a, b in rows)
    answers = subprocess.run([driver, "pep440"], input=stdin, capture_output=True, text=True,
                             check=True).stdout.splitlines()
    wrong = [f"# {row}: {ours}, not {theirs(*row)}"
             for row, ours in zip(rows, answers, strict=True) if ours != theirs(*row)]
    accepted = sum(answer != "bad" for answer in answers)
    print("1..1")
    print(f"{'not ok' if wrong or accepted < 500 else 'ok'} 1 - pep440: {len(rows)} pairs, "
          f"{accepted} of them accepted")
    print("\n".join(wrong[:5]))


main(sys.argv[1])
