#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the readers of lock files with those of the ecosystems, over the golden files and mutants.

  lock-differential.py DRIVER SOURCE      DRIVER is built from text-driver.c

Where both read a file, they have to find the same packages at the same versions. A reader of ours
that refuses what another takes says so in the log (lockfile.unread), and one that takes what the
other refuses tells of packages that nobody can install: both are counted, and few.
"""

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

MUTANTS = 400
FORMATS = []  # name of a test, file of tests/data/lock, function: text -> set of (name, version)


def reader(*files):
    def add(function):
        FORMATS.extend((file, function) for file in files)
        return function
    return add


def no_twins(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def text_of(value):
    return value if isinstance(value, str) else ""


def load_json(text):
    return json.loads(text, object_pairs_hook=no_twins)


@reader("cargo/Cargo.lock", "poetry/poetry.lock", "pdm/pdm.lock", "uv/uv.lock", "pylock/pylock.toml")
def toml(text):
    root = tomllib.loads(text)
    packages = root.get("packages", root.get("package", []))
    return {(p["name"], text_of(p.get("version"))) for p in packages}


@reader("composer/composer.lock")
def composer(text):
    root = load_json(text)
    return {(p["name"], p["version"]) for p in root["packages"] + root.get("packages-dev", [])}


@reader("pipfile/Pipfile.lock")
def pipfile(text):
    root = load_json(text)
    root.pop("_meta")
    return {(name, re.sub("^==", "", text_of(p.get("version")))) for group in root.values()
            for name, p in group.items()}


@reader("nuget/packages.lock.json")
def nuget(text):
    return {(name, text_of(p.get("resolved"))) for group in load_json(text)["dependencies"].values()
            for name, p in group.items()}


def go_mod(text):
    with tempfile.TemporaryDirectory() as top:
        Path(top, "go.mod").write_text(text, encoding="utf-8")
        shown = subprocess.run(["go", "mod", "edit", "-json"], cwd=top, capture_output=True, check=True,
                               env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": top, "GOTOOLCHAIN": "local"})
        return {(r["Path"], r["Version"]) for r in json.loads(shown.stdout).get("Require") or []}


def requirements(text):
    """Names and pinned versions as pip has them; what has no name of its own is its URL or path."""
    with tempfile.TemporaryDirectory() as top:
        path = Path(top, "requirements.txt")
        path.write_text(text, encoding="utf-8")
        found = set()
        for line in req_file.parse_requirements(str(path), session=None):
            if re.fullmatch(r"([\w+]+://|\.\.?/|/)\S*", line.requirement):
                found.add((line.requirement, ""))
                continue
            needed = Requirement(line.requirement)
            pins = [s.version for s in needed.specifier if s.operator in ("==", "===")]
            found.add((needed.name, pins[0] if pins and len(needed.specifier) == 1 else ""))
        return found


def yaml_readers():
    import yaml  # pylint: disable=import-outside-toplevel

    class Strict(yaml.BaseLoader):  # all scalars are text
        pass

    def mapping(loader, node):
        return no_twins([(loader.construct_object(k, deep=True), loader.construct_object(v, deep=True))
                         for k, v in node.value])
    Strict.add_constructor("tag:yaml.org,2002:map", mapping)

    def pnpm(text):
        found = set()
        for key in yaml.load(text, Strict)["packages"]:
            name, _, version = key.rpartition("@")
            found.add((name, version))
        return found

    def berry(text):
        found = set()
        for key, package in yaml.load(text, Strict).items():
            if key != "__metadata":
                if "@workspace:" not in package["resolution"]:  # a part of the repository
                    found.add((re.match("@?[^@]+", package["resolution"])[0], package["version"]))
        return found
    FORMATS.extend([("pnpm-9/pnpm-lock.yaml", pnpm), ("yarn-4/yarn.lock", berry)])


def mutant(text, rng):
    """A few bytes, lines or blocks of lines are gone, doubled, exchanged or changed."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 2)):
        at, kind = rng.randrange(len(lines)), rng.randrange(6)
        if kind == 0:
            del lines[at]
            lines = lines or [""]
        elif kind == 1:
            lines.insert(at, rng.choice(lines))
        elif kind == 2:
            end = min(len(lines), at + rng.randint(1, 8))
            lines[end:end] = lines[at:end]
        elif lines[at]:
            place = rng.randrange(len(lines[at]))
            put = "" if kind == 3 else rng.choice("aZ0.-@/:=\"'{}[],#\\ \t*&!|>~^+")
            lines[at] = lines[at][:place] + put + lines[at][place + rng.randint(0, 1):]
    return "\n".join(lines)


def ours(driver, name, texts):
    stdin = "".join(f"{name.encode().hex()} {text.encode().hex()}\n" for text in texts)
    lines = subprocess.run([driver, "lock"], input=stdin, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    for line in lines:
        yield None if line == "bad" else {
            tuple(bytes.fromhex(part).decode(errors="replace") for part in entry.split("@"))
            for entry in line.split()[1:]}


def theirs(function, texts):
    if function is npm:
        yield from npm(texts)
        return
    for text in texts:
        try:
            yield function(text)
        except Exception:  # pylint: disable=broad-exception-caught
            yield None


def npm(texts):
    """What npm's own reader says of all of them; nothing if it is not there."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        said = subprocess.run(["node", str(Path(__file__).with_name("lock-npm.js")), file.name],
                              check=True, capture_output=True, text=True).stdout
    for found in json.loads(said):
        yield None if found is None else {tuple(package) for package in found}


def compare(number, file, function, driver, source):
    rng = random.Random(file)
    text = Path(source, "tests/data/lock", file).read_text(encoding="utf-8")
    text = re.sub("toolchain .*", "", text)  # Debian's go does not know it
    # Each costs go a process; and what version 1 of npm's lacks, npm guesses from its URLs.
    mutants = {"go-mod/go.mod": MUTANTS // 8, "npm-1/package-lock.json": 0}.get(file, MUTANTS)
    texts = [text] + [mutant(text, rng) for _ in range(mutants)]
    counts, wrong = {"same": 0, "neither": 0, "we do not": 0, "they do not": 0}, []
    rows = zip(texts, ours(driver, file.split("/")[1], texts), theirs(function, texts), strict=True)
    for i, (text, mine, other) in enumerate(rows):
        kind = ("same" if mine == other else "other") if mine is not None and other is not None else \
            "they do not" if mine is not None else "we do not" if other is not None else "neither"
        counts[kind] = counts.get(kind, 0) + 1
        if kind == "other" or (i == 0 and kind != "same"):
            changed = [line for line in text.split("\n") if line not in texts[0].split("\n")]
            wrong.append(f"# {changed}: they have {sorted((other or set()) - (mine or set()))}, "
                         f"we have {sorted((mine or set()) - (other or set()))}")
    good = not wrong and counts["same"] > mutants / 8
    print(f"{'ok' if good else 'not ok'} {number} - {file}: {counts}")
    print("\n".join(wrong[:4]), end="\n" if wrong else "")


def main(driver, source):
    skipped = []
    try:
        yaml_readers()
    except ImportError:
        skipped.append("pnpm and yarn: no PyYAML")
    if shutil.which("node") and list(npm(["{}"])):
        FORMATS.extend((f"npm-{version}/package-lock.json", npm) for version in (1, 2, 3))
    else:
        skipped.append("package-lock.json: no npm")
    if shutil.which("go"):
        FORMATS.append(("go-mod/go.mod", go_mod))
    else:
        skipped.append("go.mod: no go")
    if req_file:
        FORMATS.append(("requirements/requirements.txt", requirements))
    else:
        skipped.append("requirements.txt: no pip")
    for number, (file, function) in enumerate(FORMATS, 1):
        compare(number, file, function, driver, source)
    for number, why in enumerate(skipped, len(FORMATS) + 1):
        print(f"ok {number} - {why.partition(':')[0]} # SKIP{why.partition(':')[2]}")
    print(f"1..{len(FORMATS) + len(skipped)}")


try:
    from pip._internal.req import req_file
    from pip._vendor.packaging.requirements import Requirement
except ImportError:
    req_file = None
DRIVER, SOURCE = sys.argv[1:3]
del sys.argv[1:]  # pip's parser of options looks there
main(DRIVER, SOURCE)
