# SPDX-License-Identifier: Apache-2.0
"""caps_origin.py WORLD SEEN: an origin that notes in SEEN what of each request has arrived.

9001 speaks HTTP, 9443 and 9444 HTTPS: /N answers with N bytes, /stream/N without saying how many,
/ws changes to WebSocket and echoes. 2223 sends without end and 2224 echoes. A line of SEEN is:
method, path, bytes of the body, "whole" or "cut".
"""

import os
import socketserver
import ssl
import sys
import threading

WORLD, SEEN = sys.argv[1:]
lock = threading.Lock()


def note(*words):
    with lock, open(SEEN, "a", encoding="ascii") as out:
        print(*words, file=out)


def chunks(file):
    """Bytes of each chunk, as far as there are any; None at a proper end."""
    while line := file.readline():
        size = int(line, 16)
        left = size
        while left and (data := file.read1(left)):
            yield len(data)
            left -= len(data)
        if left:
            return
        file.readline()
        if size == 0:
            yield None
            return


class Http(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while self.one():
                pass
        except OSError:
            pass

    def one(self):
        words = self.rfile.readline().decode().split()
        if len(words) != 3:
            return False
        fields = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        n, whole = self.body(fields)
        note(words[0], words[1], n, "whole" if whole else "cut")
        if "upgrade" in fields:
            return self.upgrade()
        last = words[1].rpartition("/")[2]
        size = int(last) if last.isdigit() else 0
        stream = "/stream/" in words[1]
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"Connection: close\r\n\r\n" if stream else
                                                  b"Content-Length: %d\r\n\r\n" % size))
        block = bytes(1 << 14)
        for _ in range(size >> 14):
            self.wfile.write(block)
        self.wfile.write(block[: size & 0x3FFF])
        return whole and not stream

    def body(self, fields):
        n = 0
        if fields.get("expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if fields.get("transfer-encoding") == "chunked":
            try:
                for size in chunks(self.rfile):
                    if size is None:
                        return n, True
                    n += size
            except OSError:
                pass
            return n, False
        wanted = int(fields.get("content-length", 0))
        try:
            while n < wanted and (data := self.rfile.read1(wanted - n)):
                n += len(data)
        except OSError:
            pass
        return n, n == wanted

    def upgrade(self):
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )
        n = 0
        try:
            while data := self.request.recv(1 << 14):
                n += len(data)
                self.request.sendall(data)
        finally:
            note("WS", "-", n, "-")
        return False


class Endless(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while True:
                self.request.sendall(bytes(4096))
        except OSError:
            pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        n = 0
        try:
            while data := self.request.recv(1 << 14):
                n += len(data)
                self.request.sendall(data)
        except OSError:
            pass
        note("ECHO", "-", n, "-")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


class Tls(Server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def get_request(self):
        raw, address = super().get_request()
        return self.context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address


Tls.context.load_cert_chain(f"{WORLD}/origin.pem", f"{WORLD}/origin.key")
for server in (Server(("", 9001), Http), Tls(("", 9443), Http), Tls(("", 9444), Http),
               Server(("", 2223), Endless), Server(("", 2224), Echo)):
    threading.Thread(target=server.serve_forever).start()
print("ready", os.getpid(), flush=True)
