#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares readers of versions with those of the ecosystems, over some that are almost right.

  version-differential.py pep440|cargo DRIVER       built from text-driver.c

eco/pep440 with packaging, which pip has inside; what eco/semver takes for a version with what cargo
does.
"""

import os
import random
import re
import subprocess
import sys
import tempfile


class Pep440:
    mode, many, least = "pep440", 20000, 500
    seeds = ["1.0", "1!2.0rc1.post2.dev3+local.04", "1.0a1", "1.0-beta_2", "1.0.dev1", "v1.0-1", "1.0c",
             "1.0preview1", "1.0.ALPHA.1", "1.0.post-3", "1.0r4", "1.0+abc.7-x_01", "2024.01.02.3",
             "1.0a--1", "0.0.0", "1.0rev2.dev", "1.0.post1dev2"]
    alphabet = "0123456789.-_+!abcdelnoprstvwx RC"

    def __init__(self):
        try:
            from packaging import version
        except ImportError:
            from pip._vendor.packaging import version
        self.version = version

    def parse(self, text):
        """What is beyond our bounds is not packaging's to tell."""
        try:
            version = self.version.Version(text)
        except self.version.InvalidVersion:
            return None
        return None if text != text.strip() or len(version.release) > 16 else version

    def theirs(self, a, b):
        x, y = self.parse(a), self.parse(b)
        if x is None or y is None:
            return "bad"
        return f"{(x > y) - (x < y)} {int(x.is_prerelease)}"

    def agree(self, ours, a, b):
        return ours == self.theirs(a, b)

    def rows(self, texts):
        """Each with another one, and with its normal form, which it is equal to."""
        return ([(text, random.choice(texts[:400])) for text in texts]
                + [(text, str(self.parse(text))) for text in texts if self.parse(text)])


class Cargo:
    mode, many, least = "semver", 60, 20
    seeds = ["1.2.3", "0.0.0", "1.0.0-alpha.1", "1.0.0-rc.1+build.5", "2.0.0-0", "10.20.30-a-b.0x1",
             "1.0.0+001", "1.0.0-alpha.beta", "9007199254740991.0.0"]
    alphabet = "0123456789.-+aAzx_v"

    def __init__(self):
        self.top = tempfile.TemporaryDirectory()
        os.mkdir(f"{self.top.name}/src")
        open(f"{self.top.name}/src/lib.rs", "w", encoding="utf-8").close()
        if not self.theirs("1.0.0"):
            raise FileNotFoundError

    def theirs(self, version):
        """Numbers from 2^53 on, which npm refuses, are beyond our bounds."""
        if any(int(number) >= 1 << 53 for number in re.findall("[0-9]+", re.split("[-+]", version)[0])):
            return False
        with open(f"{self.top.name}/Cargo.toml", "w", encoding="utf-8") as out:
            out.write(f'[package]\nname = "x"\nversion = "{version}"\n')
        return subprocess.run(["cargo", "read-manifest", "--offline", "--manifest-path", out.name],
                              capture_output=True, check=False).returncode == 0

    def agree(self, ours, a, b):
        """The second one is a version in any case."""
        return (ours != "bad") == self.theirs(a)

    def rows(self, texts):
        return [(text, "1.0.0") for text in texts]


def mutant(of):
    text = random.choice(of.seeds)
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        text = text[:at] + random.choice(["", *of.alphabet]) + text[at + random.randint(0, 1):]
    return text


def main(name, driver):
    random.seed(1)
    try:
        of = {"pep440": Pep440, "cargo": Cargo}[name]()
    except (ImportError, FileNotFoundError):
        print(f"1..0 # SKIP no {name}")
        return
    texts = of.seeds + [mutant(of) for _ in range(of.many)]
    rows = of.rows(texts)
    stdin = "".join(f"{a.encode().hex()} {b.encode().hex()}\n" for a, b in rows)
    answers = subprocess.run([driver, of.mode], input=stdin, capture_output=True, text=True,
                             check=True).stdout.splitlines()
    wrong = [f"# {row}: {ours}" for row, ours in zip(rows, answers, strict=True)
             if not of.agree(ours, *row)]
    accepted = sum(answer != "bad" for answer in answers)
    print("1..1")
    print(f"{'not ok' if wrong or accepted < of.least else 'ok'} 1 - {name}: {len(rows)} versions, "
          f"{accepted} of them accepted")
    print("\n".join(wrong[:5]))


main(*sys.argv[1:])
