# SPDX-License-Identifier: Apache-2.0
"""Servers in a box, one a port; "ready" on standard output when all of them listen."""

import hashlib
import http.server
import os
import select
import socket
import socketserver
import threading


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello {self.client_address[0]} {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Handler(socketserver.BaseRequestHandler):
    pass


class Echo(Handler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Digest(Handler):
    """Reads to the end and answers then: a half-closed connection."""

    def handle(self):
        digest = hashlib.sha256()
        while data := self.request.recv(65536):
            digest.update(data)
        self.request.sendall(digest.hexdigest().encode())


class Ender(Handler):
    """Ends its half first, and still hears what comes: it says how much, in a file."""

    def handle(self):
        self.request.shutdown(socket.SHUT_WR)
        n = 0
        while data := self.request.recv(65536):
            n += len(data)
        with open("heard", "w", encoding="ascii") as file:
            file.write(str(n))


class Deaf(Handler):
    def handle(self):
        threading.Event().wait()


class Endless(Handler):
    def handle(self):
        block = bytes(65536)
        try:
            while True:
                self.request.sendall(block)
        except OSError as error:
            with open("endless", "w", encoding="ascii") as file:
                file.write(type(error).__name__)


class Reset(Handler):
    """Notes whether a connection ended or was cut."""

    def handle(self):
        try:
            while self.request.recv(65536):
                pass
            how = "ended"
        except ConnectionResetError:
            how = "cut"
        with open("how", "w", encoding="ascii") as file:
            file.write(how)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 1024


class Server6(Server):
    address_family = socket.AF_INET6


servers = [
    Server(("127.0.0.1", 3000), Hello),
    Server(("0.0.0.0", 3001), Echo),
    Server6(("::1", 3002), Hello),
    Server(("127.0.0.1", 3004), Digest),
    Server(("127.0.0.1", 3005), Ender),
    Server(("127.0.0.1", 3006), Deaf),
    Server(("127.0.0.1", 3007), Endless),
    Server(("127.0.0.1", 3008), Reset),
]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
select.select([0], [], [])  # until standard input ends
os._exit(0)
