# SPDX-License-Identifier: Apache-2.0
"""A small npm registry. Packages are made from a table when it starts: nothing is stored.

What it serves follows the registry API of npm: GET /NAME is the metadata of all versions, with an
ETag; GET /NAME/-/FILE.tgz is one version, whose sha512 the metadata has as `integrity`.
"""

import base64
import functools
import gzip
import hashlib
import io
import json
import random
import tarfile
import time

EPOCH = 1577836800  # 2020-01-01: every package is old enough for any age rule

# (name, version): dependencies, further fields of package.json, files
PACKAGES = {
    ("pad", "1.0.0"): ({}, {}, {"index.js": "module.exports = (s, n) => s.padStart(n);\n"}),
    ("pad", "1.1.0"): ({}, {}, {"index.js": "module.exports = (s, n) => String(s).padStart(n);\n"}),
    ("@scope/words", "2.0.1"): (
        {"pad": "^1.0.0"}, {},
        {"index.js": "const pad = require('pad');\n"
                     "module.exports = s => s.split(' ').map(w => pad(w, 8)).join('');\n"}),
    ("tally", "0.3.0"): (
        {"@scope/words": "~2.0.0", "pad": "1.1.0"}, {"bin": {"tally": "cli.js"}},
        {"index.js": "exports.words = require('@scope/words');\n",
         "cli.js": "#!/usr/bin/env node\nconsole.log(require('./index.js').words('a b c'));\n"}),
    ("eager", "1.0.0"): (
        {}, {"scripts": {"postinstall": "node install.js"}},
        {"install.js": "require('fs').writeFileSync('ran', process.env.HOME + '\\n');\n",
         "index.js": ""}),
    ("unlisted", "1.0.0"): ({}, {}, {"index.js": "throw new Error('nobody may install this');\n"}),
}

# What is wrong with some, for agentbox to notice.
PLAIN = {"index.js": "module.exports = 1;\n"}
for name, version in [("fresh", "1.0.0"), ("fresh", "1.1.0"), ("newborn", "1.0.0"),
                      ("timeless", "1.0.0"), ("tampered", "1.0.0"), ("detour", "1.0.0"),
                      ("detour", "1.1.0"), ("moved", "1.0.0"), ("moved", "1.1.0"), ("@scope/hop", "1.0.0"), ("twice", "1.0.0"),
                      ("broken", "1.0.0"), ("squeezed", "1.0.0"), ("lying", "1.0.0"), ("packed", "1.0.0"),
                      ("cut", "1.0.0"), ("small", "1.0.0"), ("large", "1.0.0"), ("bomb", "1.0.0"),
                      ("doubled", "1.0.0")]:
    PACKAGES[name, version] = ({}, {}, PLAIN)
PACKAGES["bulky", "1.0.0"] = (
    {}, {}, {"noise": "".join(random.Random(1).choices("0123456789abcdef", k=400000))})
PACKAGES["needy", "1.0.0"] = ({"fresh": "1.1.0"}, {}, PLAIN)
YOUNG = {("fresh", "1.1.0"), ("newborn", "1.0.0")}  # published when the registry started
UNTIMED = {("timeless", "1.0.0")}
TAMPERED = {("tampered", "1.0.0"), ("bulky", "1.0.0")}  # other bytes than their digest says
ELSEWHERE = {("detour", "1.1.0")}  # the metadata has a URL on another host
MOVED = {  # the artifact is a redirect
    ("moved", "1.0.0"): "{elsewhere}{path}",
    ("moved", "1.1.0"): "/fresh/-/fresh-1.0.0.tgz",
    ("@scope/hop", "1.0.0"): "/@scope/hop/-/@scope/hop-1.0.0.tgz",  # the same in another form
}

# A project of 70 packages, for the benchmark.
for i in range(69):
    PACKAGES[f"part-{i}", "1.0.0"] = ({}, {}, {f"{j}.js": f"// {j}\n" * 400 for j in range(8)})
PACKAGES["whole", "1.0.0"] = ({f"part-{i}": "^1.0.0" for i in range(69)}, {}, {"index.js": ""})


def resized(packed, n):
    """As if there were n bytes more in it."""
    size = int.from_bytes(packed[-4:], "little") + n
    return packed[:-4] + size.to_bytes(4, "little")


# Metadata of which most cannot be judged.
ODD = {
    "/twice": lambda body: ({}, body[:-1] + b', "versions": {}}'),
    "/broken": lambda body: ({}, body[:-1]),
    "/squeezed": lambda body: ({"Content-Encoding": "br"}, gzip.compress(body)),
    "/packed": lambda body: ({"Content-Encoding": "gzip"}, gzip.compress(body)),
    "/cut": lambda body: ({"Content-Encoding": "gzip"}, gzip.compress(body)[:-1]),
    "/small": lambda body: ({"Content-Encoding": "gzip"}, resized(gzip.compress(body), -1)),
    "/large": lambda body: ({"Content-Encoding": "gzip"}, resized(gzip.compress(body), 1)),
    "/bomb": lambda body: ({"Content-Encoding": "gzip"}, gzip.compress(body + b" " * (65 << 20), 1)),
    "/doubled": lambda body: ({"Content-Encoding": "gzip"}, gzip.compress(body) + gzip.compress(b" ")),
    "/lying": lambda body: ({}, body.replace(b'"lying"', b'"fresh"')),
}


@functools.cache
def tarball(name, version):
    needs, fields, files = PACKAGES[name, version]
    fields = {**fields, "dependencies": needs}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        manifest = {"name": name, "version": version, "license": "Apache-2.0", **fields}
        for path, text in {"package.json": json.dumps(manifest), **files}.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(text.encode())
            entry.mode = 0o755 if path == "cli.js" else 0o644
            entry.mtime = EPOCH
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(raw.getvalue(), mtime=0)


class Registry:
    """answer(path, headers) gives (status, headers, body) of a GET."""

    def __init__(self, base, elsewhere="https://other.test"):
        self.files, self.metadata, self.moved = {}, {}, {"/renamed": "/fresh"}
        for (name, version), (needs, fields, files) in PACKAGES.items():
            fields = {**fields, "dependencies": needs}
            body = tarball(name, version)
            path = f"/{name}/-/{name.split('/')[-1]}-{version}.tgz"
            self.files[path] = body if (name, version) not in TAMPERED else body[:-9] + b"tampered\n"
            about = self.metadata.setdefault(
                name, {"name": name, "dist-tags": {}, "versions": {}, "time": {}})
            about["versions"][version] = {
                "name": name, "version": version, **fields,
                "hasInstallScript": "scripts" in fields,
                "dist": {"tarball": (base if (name, version) not in ELSEWHERE
                                     else elsewhere) + path,
                         "integrity": "sha512-" + base64.b64encode(
                             hashlib.sha512(body).digest()).decode(),
                         "shasum": hashlib.sha1(body).hexdigest()}}
            about["dist-tags"]["latest"] = version
            if (name, version) not in UNTIMED:
                about["time"][version] = time.strftime(
                    "%Y-%m-%dT%H:%M:%S.000Z",
                    time.gmtime(time.time() if (name, version) in YOUNG else EPOCH))
            if (name, version) in MOVED:
                self.moved[path] = MOVED[name, version].format(elsewhere=elsewhere, path=path)
                self.files.setdefault(self.moved[path], body)

    def answer(self, path, headers):
        path = path.partition("?")[0].replace("%2f", "/").replace("%2F", "/")
        if path == "/twofold":
            return 302, {"Location": "/twofold", "location": "https://other.test/twofold"}, b""
        if path in self.moved:
            return 302, {"Location": self.moved[path]}, b""
        if path in self.files:
            return 200, {"Content-Type": "application/octet-stream"}, self.files[path]
        if path.lstrip("/") not in self.metadata:
            return 404, {"Content-Type": "application/json"}, b'{"error":"not_found"}'
        body = json.dumps(self.metadata[path.lstrip("/")]).encode()
        if path in ODD:
            return 200, *ODD[path](body)
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        if headers.get("If-None-Match") == tag:
            return 304, {"ETag": tag}, b""
        return 200, {"Content-Type": "application/json", "ETag": tag}, body
