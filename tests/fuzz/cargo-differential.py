#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what eco/semver takes for a version with what cargo does, over some that are almost right.

  cargo-differential.py DRIVER       built from text-driver.c
"""

import os
import random
import re
import subprocess
import sys
import tempfile

SEEDS = ["1.2.3", "0.0.0", "1.0.0-alpha.1", "1.0.0-rc.1+build.5", "2.0.0-0", "10.20.30-a-b.0x1",
         "1.0.0+001", "1.0.0-alpha.beta", "9007199254740991.0.0"]
ALPHABET = "0123456789.-+aAzx_v"


def mutant():
    text = random.choice(SEEDS)
    for _ in range(random.randint(1, 2)):
        at = random.randint(0, len(text))
        text = text[:at] + random.choice(["", *ALPHABET]) + text[at + random.randint(0, 1):]
    return text


def theirs(top, version):
    """Numbers from 2^53 on, which npm refuses, are beyond our bounds."""
    if any(int(number) >= 1 << 53 for number in re.findall("[0-9]+", re.split("[-+]", version)[0])):
        return False
    with open(f"{top}/Cargo.toml", "w", encoding="utf-8") as out:
        out.write(f'[package]\nname = "x"\nversion = "{version}"\n')
    return subprocess.run(["cargo", "read-manifest", "--offline", "--manifest-path",
                           f"{top}/Cargo.toml"], capture_output=True, check=False).returncode == 0


def main(driver):
    random.seed(1)
    texts = sorted(set(SEEDS + [mutant() for _ in range(60)]))
    stdin = "".join(f"{text.encode().hex()} {b'1.0.0'.hex()}\n" for text in texts)
    answers = subprocess.run([driver, "semver"], input=stdin, capture_output=True, text=True,
                             check=True).stdout.splitlines()
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(f"{top}/src")
        open(f"{top}/src/lib.rs", "w", encoding="utf-8").close()
        try:
            if not theirs(top, "1.0.0"):
                raise FileNotFoundError
        except FileNotFoundError:
            print("1..0 # SKIP no cargo")
            return
        wrong = [f"# {text}: {ours}" for text, ours in zip(texts, answers, strict=True)
                 if (ours != "bad") != theirs(top, text)]
    accepted = sum(answer != "bad" for answer in answers)
    print("1..1")
    print(f"{'not ok' if wrong or accepted < 20 else 'ok'} 1 - cargo: {len(texts)} versions, "
          f"{accepted} of them accepted")
    print("\n".join(wrong[:5]))


main(sys.argv[1])
