# SPDX-License-Identifier: Apache-2.0
"""Small registries of PyPI, cargo and Go, made from tables when they start, as registry.py is.

Of what is called fresh there is an old version and one published when the registry started; of
what is called tampered the bytes are others than promised; nobody says when timeless was published.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
import zipfile

OLD = "2020-01-02T03:04:05Z"
NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
TEXT, JSON = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}
BYTES = {"Content-Type": "application/octet-stream"}


def zipped(files):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 2, 3, 4, 6)), text)
    return raw.getvalue()


class Registry:
    """answer(path, headers) gives (status, headers, body) of a GET."""

    def __init__(self):
        self.bodies = {}  # path: headers, body

    def answer(self, path, headers):
        del headers
        found = self.bodies.get(urllib.parse.unquote(path.partition("?")[0]))
        return (200, *found) if found else (404, TEXT, b"not found\n")


class Files:
    """What lies in a directory, which may come to be later."""

    def __init__(self, top):
        self.top = os.path.realpath(top)

    def answer(self, path, headers):
        del headers
        file = os.path.realpath(self.top + "/" + path.partition("?")[0])
        if file == self.top:
            return 200, TEXT, b"files\n"
        if not file.startswith(self.top + "/") or not os.path.isfile(file):
            return 404, TEXT, b"not found\n"
        with open(file, "rb") as body:
            return 200, TEXT, body.read()


def wheel(name, version, text, needs=()):
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" +
                            "".join(f"Requires-Dist: {need}\n" for need in needs),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                         "Tag: py3-none-any\n",
    }
    sums = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            for path, text in files.items()}
    record = "".join(f"{path},sha256={digest.decode()},{len(files[path])}\n"
                     for path, digest in sums.items())
    return zipped({**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"})


class PyPI(Registry):
    """The simple index in JSON, but of "paged" as a page of links, and files below /packages/."""

    # project, file without its suffix, time of upload, other fields
    FILES = [
        ("pad", "pad-1.0-py3-none-any", OLD, {}),
        ("fresh", "fresh-1.0-py3-none-any", OLD, {}),
        ("fresh", "fresh-1.1-py3-none-any", NOW, {}),
        ("grown", "grown-1.0-py3-none-any", OLD, {}),
        ("grown", "grown-1.0-1-py3-none-any", NOW, {}),  # pip prefers it: a later build
        ("newborn", "newborn-1.0-py3-none-any", NOW, {}),
        ("timeless", "timeless-1.0-py3-none-any", None, {}),
        ("tampered", "tampered-1.0-py3-none-any", OLD, {}),
        ("gone", "gone-1.0-py3-none-any", OLD, {}),
        ("gone", "gone-1.1-py3-none-any", OLD, {"yanked": "it was a mistake"}),
        ("paged", "paged-1.0-py3-none-any", OLD, {}),
        ("paged", "paged-1.1-py3-none-any", OLD, {}),
        ("Needy.Project", "Needy_Project-1.0-py3-none-any", OLD, {}),
    ]

    def __init__(self, base):
        super().__init__()
        projects = {}
        for project, stem, uploaded, fields in self.FILES:
            module, version, *tags = stem.split("-")
            text = f"which = '{version}{' rebuilt' if len(tags) > 3 else ''}'\n"
            body = wheel(module, version, text, ["pad>=1"] if "Needy" in project else [])
            path = f"/packages/aa/bb/cc/{stem}.whl"
            entry = {"filename": f"{stem}.whl", "url": base + path, "size": len(body),
                     "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
                     "requires-python": None, "yanked": False, **fields}
            if uploaded:
                entry["upload-time"] = uploaded
            if project == "tampered":
                body = wheel(module, version, "which = 'another'\n")
            self.bodies[path] = BYTES, body
            projects.setdefault(project, []).append(entry)
        links = "".join(f'<a href="../..{file["url"][len(base):]}#sha256={file["hashes"]["sha256"]}">'
                        f'{file["filename"]}</a><br>' for file in projects.pop("paged"))
        self.bodies["/simple/paged/"] = {"Content-Type": "text/html"}, \
            f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
        for project, files in projects.items():
            index = {"meta": {"api-version": "1.1"}, "name": project, "files": files,
                     "versions": sorted({file["filename"].split("-")[1] for file in files})}
            headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
            place = project.lower().replace(".", "-")
            self.bodies[f"/simple/{place}/"] = headers, json.dumps(index).encode()
            for version in index["versions"]:
                self.bodies[f"/pypi/{place}/{version}/json"] = JSON, b"{}"


class Cargo(Registry):
    """A sparse index with the crates beside it."""

    CRATES = [("pad", "1.0.0", OLD), ("fresh", "1.0.0", OLD), ("fresh", "1.1.0", NOW),
              ("newborn", "1.0.0", NOW), ("timeless", "1.0.0", None), ("tampered", "1.0.0", OLD)]

    def __init__(self, base, files=None):
        super().__init__()
        config = {"dl": (files or base) + "/crates/{crate}/{crate}-{version}.crate", "api": base}
        self.bodies["/config.json"] = JSON, json.dumps(config).encode()
        for name, version, published in self.CRATES:
            body = self.crate(name, version)
            line = {"name": name, "vers": version, "deps": [], "features": {}, "yanked": False,
                    "cksum": hashlib.sha256(body).hexdigest()}
            if published:
                line["pubtime"] = published
            place = f"/3/{name[0]}/{name}" if len(name) == 3 else f"/{name[:2]}/{name[2:4]}/{name}"
            index = self.bodies.get(place, (TEXT, b""))[1]
            self.bodies[place] = TEXT, index + json.dumps(line).encode() + b"\n"
            if name == "tampered":
                body = self.crate(name, "1.0.1")
            self.bodies[f"/crates/{name}/{name}-{version}.crate"] = BYTES, body

    @staticmethod
    def crate(name, version):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for path, text in {
                    "Cargo.toml": f'[package]\nname = "{name}"\nversion = "{version}"\n',
                    "src/lib.rs": f'pub const WHICH: &str = "{version}";\n'}.items():
                entry = tarfile.TarInfo(f"{name}-{version}/{path}")
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text.encode()))
        return gzip.compress(raw.getvalue(), mtime=0)


class Go(Registry):
    """A module proxy, with a checksum database that has an old record of another go.test/tampered."""

    MODULES = [("go.test/pad", "v1.0.0", OLD), ("go.test/Fresh", "v1.0.0", OLD),
               ("go.test/Fresh", "v1.1.0", NOW), ("go.test/newborn", "v1.0.0", NOW),
               ("go.test/tampered", "v1.0.0", OLD)]

    def __init__(self, store=None):
        super().__init__()
        self.store = store  # where it has larger archives: a URL
        records = []
        for module, version, published in self.MODULES:
            path = module.replace("F", "!f")
            place = f"/{path}/@v/"
            files = {"go.mod": f"module {module}\n\ngo 1.16\n",
                     "which.go": f'package which\n\nconst Which = "{version}"\n'}
            listed = self.bodies.get(place + "list", (TEXT, b""))[1]
            self.bodies[place + "list"] = TEXT, listed + version.encode() + b"\n"
            self.bodies[f"{place}{version}.info"] = JSON, json.dumps(
                {"Version": version, "Time": published}).encode()
            self.bodies[f"{place}{version}.mod"] = TEXT, files["go.mod"].encode()
            self.bodies[f"{place}{version}.zip"] = BYTES, zipped(
                {f"{module}@{version}/{name}": text for name, text in files.items()})
            if module == "go.test/tampered":
                files["which.go"] += "// as it was when the database saw it\n"
            whole = h1({f"{module}@{version}/{name}": text for name, text in files.items()})
            records.append((f"{path}@{version}", f"{module} {version} {whole}\n"
                            f"{module} {version}/go.mod {h1({'go.mod': files['go.mod']})}\n"))
        self.sums = Sums("sums.test", records)

    def answer(self, path, headers):
        if self.store and path.endswith("pad/@v/v1.0.0.zip"):
            return 302, {"Location": self.store + "/pad.zip?Signature=x"}, b""
        if self.store and path == urllib.parse.urlsplit(self.store).path + "/pad.zip?Signature=x":
            path = "/go.test/pad/@v/v1.0.0.zip"
        if path.startswith("/sumdb/"):
            return self.sums.answer(path.removeprefix("/sumdb/sums.test"), headers)
        return super().answer(path, headers)


def h1(files):
    """The hash of a directory in go.sum."""
    lines = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
                    for name, text in sorted(files.items()))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


class Sums(Registry):
    """A checksum database (go.dev/ref/mod, "Checksum database") of less than 256 records.

    Its private key is 32 bytes of one; what is to be signed is signed when somebody asks.
    """

    PRIVATE = bytes.fromhex("302e020100300506032b657004220420") + b"\1" * 32
    PUBLIC = bytes.fromhex("8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c")

    def __init__(self, name, records):
        super().__init__()
        self.name, self.records = name, records

    def answer(self, path, headers):
        if not self.bodies:
            leaves = [hashlib.sha256(b"\0" + text.encode()).digest() for _, text in self.records]
            tree = self.sign("go.sum database tree\n"
                             f"{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n")
            self.bodies = {f"/lookup/{key}": (TEXT, f"{i}\n{text}\n{tree}".encode())
                           for i, (key, text) in enumerate(self.records)}
            self.bodies["/supported"] = TEXT, b""
            self.bodies["/latest"] = TEXT, tree.encode()
            self.bodies[f"/tile/8/0/000.p/{len(leaves)}"] = BYTES, b"".join(leaves)
        return super().answer(path, headers)

    def sign(self, text):
        """A signed note."""
        key = hashlib.sha256(f"{self.name}\n".encode() + b"\1" + self.PUBLIC).digest()[:4]
        with tempfile.NamedTemporaryFile() as private, tempfile.NamedTemporaryFile() as note:
            private.write(self.PRIVATE)
            private.flush()
            note.write(text.encode())
            note.flush()
            signature = subprocess.run(
                ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", private.name,
                 "-in", note.name], stdout=subprocess.PIPE, check=True).stdout
        return f"{text}\n\u2014 {self.name} {base64.b64encode(key + signature).decode()}\n"


def root(leaves):
    """Of a Merkle tree (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()
