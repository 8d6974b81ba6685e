# SPDX-License-Identifier: Apache-2.0
"""Hosts whose TLS ends in the egress, for tls.sh: tls_origin.py DIRECTORY.

Port 9000 is that of egress_origin.py inside of TLS, and 9461 the same with TLS 1.2 only; on the others
something is wrong with the host itself. DIRECTORY has the certificates; "record" in it gets every
request that arrived, and "ready" appears once everything listens.
"""

import itertools
import os
import socket
import ssl
import sys
import threading
import time

DIRECTORY = sys.argv[1]
RECORD = f"{DIRECTORY}/record"
sys.argv[1] = RECORD
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import egress_origin  # noqa: E402

egress_origin.ANSWERS.update({
    b"/flood": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500 + b"HTTP/1.1 200 OK\r\n\r\n",
    b"/endless-head": b"HTTP/1.1 200 OK\r\n" + b"A: " + b"x" * 60000,
    b"/many-fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    b"/folded": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    b"/bare-lf": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"/two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokx",
    b"/bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
    b"/huge-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"fffffffffffffffff\r\nok",
    b"/no-content": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    b"/h2": b"HTTP/2.0 200 OK\r\n\r\n",
})


def note(text):
    with open(RECORD, "a", encoding="utf-8") as out:
        print(text, file=out)


def context(certificate, **options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if options.get("version"):
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.minimum_version = made.maximum_version = options["version"]
    if options.get("client"):
        made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(f"{DIRECTORY}/{certificate}.pem", f"{DIRECTORY}/{certificate}.key")
    return made


def secured(of):
    """Serves connections with @of, and ends them as TLS wants it."""
    def handler(sock):
        with of.wrap_socket(sock, server_side=True) as tls:
            egress_origin.http(tls)
            tls.settimeout(1)
            tls.unwrap()
    return handler


def plain(sock):
    note("plain " + repr(sock.recv(65536)[:1]))
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def garbage(sock):
    sock.sendall(b"\x16\x03\x03\xff\xff" + b"\0" * 1000)


def rude(sock):
    sock.recv(65536)


def abrupt(sock):
    """Says half of what it has announced by ending, and is gone without an end of TLS."""
    with GOOD.wrap_socket(sock, server_side=True) as tls:
        tls.recv(65536)
        tls.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        time.sleep(0.1)
        sock = socket.socket(fileno=os.dup(tls.fileno()))
        tls.detach()
        sock.shutdown(socket.SHUT_RDWR)


def websocket(sock):
    """Agrees, and sends back what comes."""
    with GOOD.wrap_socket(sock, server_side=True) as tls:
        egress_origin.read_head(tls, b"")
        tls.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                    b"Upgrade: websocket\r\n\r\n")
        data = b""
        while more := tls.recv(65536):
            data += more
        tls.sendall(data)
        tls.settimeout(1)
        tls.unwrap()


visits, asked, left = itertools.count(), threading.Event(), threading.Event()
DOCUMENT = b'''{"name": "pad", "time": {"1.0.0": "2020-01-01T00:00:00Z"}, "versions": {"1.0.0": {
    "name": "pad", "version": "1.0.0", "dist": {"tarball": "https://www.good.test:9463/pad/-/pad-1.0.0.tgz"}}}}'''


def registry(sock):
    """Leaves the first who comes once the second has asked, and only then answers."""
    first = next(visits) == 0
    with REGISTRY.wrap_socket(sock, server_side=True) as tls:
        if first:
            asked.wait(5)
            tls.shutdown(socket.SHUT_RDWR)
            left.set()
            return
        egress_origin.read_head(tls, b"")
        asked.set()
        left.wait(5)
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT)


GOOD = context("good")
REGISTRY = context("registry")
PORTS = {
    9441: secured(context("expired")), 9442: secured(context("early")),
    9443: secured(context("other-name")), 9444: secured(context("self-signed")),
    9445: secured(context("other-ca")), 9446: secured(context("client-only")),
    9447: secured(context("by-leaf")), 9448: secured(context("common-name")),
    9449: secured(context("good", version=ssl.TLSVersion.TLSv1_1)),
    9450: secured(context("good", client=True)),
    9451: plain, 9452: garbage, 9453: rude, 9454: egress_origin.reset, 9455: abrupt,
    9000: secured(GOOD), 9461: secured(context("good", version=ssl.TLSVersion.TLSv1_2)),
    9462: websocket, 9463: registry,
}

note("origin")
for at in PORTS.items():
    threading.Thread(target=egress_origin.serve, args=at, daemon=True).start()
time.sleep(0.2)
open(f"{DIRECTORY}/ready", "w", encoding="utf-8").close()
threading.Event().wait()
