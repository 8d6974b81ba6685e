# SPDX-License-Identifier: Apache-2.0
"""A small Debian archive, made from a table when it starts, without signatures."""

import gzip
import hashlib
import io
import tarfile
import time

import registry_more

TEXT, BYTES = registry_more.TEXT, registry_more.BYTES


def archive(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return raw.getvalue()


def deb(control):
    """See deb(5), ar(5)."""
    out = b"!<arch>\n"
    for name, body in [("debian-binary", b"2.0\n"), ("control.tar.gz", archive({"./control": control})),
                       ("data.tar.gz", archive({"./which": control}))]:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(body):<10}`\n".encode() + body
        out += b"\n" * (len(body) % 2)
    return out


class Debian(registry_more.Registry):
    """The suite "stable" with one component."""

    PACKAGES = [("pad", "1.0-1"), ("evil", "1:2.0-1")]

    def __init__(self):
        super().__init__()
        index = ""
        for name, version in self.PACKAGES:
            control = f"Package: {name}\nVersion: {version}\nArchitecture: all\n" \
                      "Maintainer: a <a@example.test>\nDescription: x\n"
            body = deb(control)
            file = f"{name}_{version.partition(':')[2] or version}_all.deb"
            path = f"pool/main/{name[0]}/{name}/{file}"
            self.bodies[f"/debian/{path}"] = BYTES, body
            index += f"{control}Filename: {path}\nSize: {len(body)}\n" \
                     f"SHA256: {hashlib.sha256(body).hexdigest()}\n\n"
        packages = gzip.compress(index.encode())
        date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime())
        release = f"Suite: stable\nCodename: stable\nDate: {date}\nArchitectures: amd64 arm64 all\n" \
                  "Components: main\nSHA256:\n"
        for arch in "amd64", "arm64", "all":
            for name, body in ("Packages.gz", packages), ("Packages", index.encode()):
                path = f"main/binary-{arch}/{name}"
                self.bodies[f"/debian/dists/stable/{path}"] = BYTES, body
                release += f" {hashlib.sha256(body).hexdigest()} {len(body)} {path}\n"
        self.bodies["/debian/dists/stable/Release"] = TEXT, release.encode()
