#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Receivers of the log, good and bad: sinks_receiver.py DIR [CERTIFICATE KEY]

Keeps what comes to each in a file of its name in DIR. When all of them listen, DIR/ready is there.
"""

import json
import os
import socket
import ssl
import sys
import threading
import time

import documents

DIR = sys.argv[1]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def keep(name, data):
    with open(os.path.join(DIR, name), "ab") as file:
        file.write(data)


def read_post(file):
    """One request of HTTP: its head as a dictionary, and its body; or None at the end."""
    head, line = {b"": file.readline()}, file.readline()
    if not line:
        return None
    while line.strip():
        name, _, value = line.partition(b":")
        head[name.lower()] = value.strip()
        line = file.readline()
    return head, file.read(int(head[b"content-length"]))


def otlp(answer, token=None):
    def serve(name, conn):
        file = conn.makefile("rb")
        while (request := read_post(file)) is not None:
            head, body = request
            keep(name, body + b"\n")
            if (head[b""] != b"POST /v1/logs HTTP/1.1\r\n" or head[b"content-type"] != b"application/json"
                    or not documents.otlp(json.loads(body))):
                keep("wrong", b"%r %r\n" % (head, body))
            (refuse if token != head.get(b"authorization") else answer)(conn)
        conn.close()
    return serve


def refuse(conn):
    conn.sendall(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n")


def drip(conn):
    """Never done, and never silent for long."""
    conn.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    try:
        while True:
            conn.sendall(b"a")
            time.sleep(0.2)
    except OSError:
        pass


def partial(conn):
    body = json.dumps({"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "no \x1b[31m"}}).encode()
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


def stream(name, conn):
    while data := conn.recv(65536):
        keep(name, data)
    conn.close()


def silent(name, conn):
    time.sleep(1000)


def rude(name, conn):
    conn.close()


TCP = {
    4318: ("otlp", otlp(lambda conn: conn.sendall(OK)), False),
    4319: ("otlps", otlp(lambda conn: conn.sendall(OK)), True),
    4320: ("otlpauth", otlp(lambda conn: conn.sendall(OK), b"Bearer hunter2"), True),
    6514: ("syslogs", stream, True),
    5001: ("silent", silent, False),
    5002: ("rude", rude, False),
    5003: ("500", otlp(lambda conn: conn.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")), False),
    5004: ("503", otlp(lambda conn: conn.sendall(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")), False),
    5005: ("drip", otlp(drip), False),
    5006: ("garbage", otlp(lambda conn: conn.sendall(b"\x1b]0;x\x07\0" * 20000)), False),
    5007: ("partial", otlp(partial), False),
}


def accept(listener, name, serve, context):
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=begin, args=(conn, name, serve, context), daemon=True).start()


def begin(conn, name, serve, context):
    try:
        serve(name, context.wrap_socket(conn, server_side=True) if context else conn)
    except OSError as wrong:
        keep("errors", f"{name}: {wrong}\n".encode())


def datagrams(sock, name):
    """As journal-remote(8) reads them: journald would add the time."""
    while True:
        data, fds, _, _ = socket.recv_fds(sock, 1 << 20, 4)
        for fd in fds:
            data += os.pread(fd, 1 << 20, 0)
        keep(name, b"__REALTIME_TIMESTAMP=%d\n%s\n" % (time.time() * 1e6, data))


def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    threads = []
    for port, (name, serve, tls) in TCP.items():
        listener = socket.create_server(("127.0.0.1", port), reuse_port=True)
        threads.append((accept, (listener, name, serve, context if tls else None)))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(DIR, "stream.sock"))
    listener.listen()
    threads.append((accept, (listener, "stream", stream, None)))
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(os.path.join(DIR, "journal.sock"))
    threads.append((datagrams, (journal, "journal")))
    for target, args in threads:
        threading.Thread(target=target, args=args, daemon=True).start()
    keep("ready", b"")
    time.sleep(1000)


main()
