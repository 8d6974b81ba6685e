# SPDX-License-Identifier: Apache-2.0
"""publish_client.py CASE: what a program of the host does with published ports; prints what it saw."""

import concurrent.futures
import hashlib
import os
import select
import socket
import struct
import sys
import threading
import time

BULK = 48 << 20


def dial(port, host="127.0.0.1"):
    return socket.create_connection((host, port), timeout=20)


def read_all(s):
    parts = []
    while data := s.recv(1 << 16):
        parts.append(data)
    return b"".join(parts)


def half_close():
    """All is sent, then ended; the answer comes after that."""
    data = os.urandom(1 << 20)
    with dial(3004) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        return read_all(s).decode() == hashlib.sha256(data).hexdigest()


def half_close_of_server():
    with dial(3005) as s:
        if s.recv(1):
            return "it speaks"
        s.sendall(bytes(1 << 20))
        s.shutdown(socket.SHUT_WR)
    for _ in range(200):
        if os.path.exists("heard"):
            time.sleep(0.05)
            with open("heard", encoding="ascii") as file:
                return int(file.read() or 0) == 1 << 20
        time.sleep(0.02)
    return "nothing was heard"


def bulk():
    block = os.urandom(1 << 20)
    heard = hashlib.sha256()
    with dial(3001) as s:

        def send():
            for _ in range(BULK >> 20):
                s.sendall(block)
            s.shutdown(socket.SHUT_WR)

        threading.Thread(target=send).start()
        n = 0
        while data := s.recv(1 << 18):
            heard.update(data)
            n += len(data)
    wanted = hashlib.sha256()
    for _ in range(BULK >> 20):
        wanted.update(block)
    return n == BULK and heard.digest() == wanted.digest()


def many():
    """As many at once, each of which gets its own bytes back."""
    sockets = [dial(3001) for _ in range(400)]
    for i, s in enumerate(sockets):
        s.sendall(b"%06d" % i)
    return all(s.recv(6, socket.MSG_WAITALL) == b"%06d" % i for i, s in enumerate(sockets))


def stuff(port):
    """Sends to who does not read until nothing is taken for a second: bytes that found room."""
    s = dial(port)
    s.settimeout(1)
    n = 0
    try:
        while n < 1 << 30:
            n += s.send(bytes(1 << 16))
    except TimeoutError:
        return s, n
    return s, n


def deaf_server():
    """What is held for it is bounded, and others are served meanwhile."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        held = list(pool.map(stuff, [3006] * 4))
    with dial(3001) as s:
        s.sendall(b"ping")
        alive = s.recv(4, socket.MSG_WAITALL) == b"ping"
    return alive and all(n < 64 << 20 for _, n in held)


def deaf_client():
    """A server that never ends is held up by who does not read, and told when he goes."""
    s = dial(3007)
    time.sleep(1)
    with dial(3001) as other:
        other.sendall(b"ping")
        alive = other.recv(4, socket.MSG_WAITALL) == b"ping"
    s.close()
    for _ in range(200):
        if os.path.exists("endless"):
            return alive
        time.sleep(0.02)
    return "the server was not told"


def reset():
    """A connection that was cut does not look like one that ended."""
    s = dial(3008)
    s.sendall(b"half a mess")
    time.sleep(0.2)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    for _ in range(200):
        if os.path.exists("how") and os.path.getsize("how"):
            with open("how", encoding="ascii") as file:
                return file.read()
        time.sleep(0.02)
    return "nothing was heard"


def absent():
    """A port at which nothing listens: the end comes at once, and it is no orderly one."""
    start = time.monotonic()
    try:
        with dial(3003) as s:
            got = s.recv(1)
    except ConnectionResetError:
        got = "reset"
    return got if time.monotonic() - start < 5 else "late"


def crowd():
    """More than there is room for: the rest waits, and is served when others leave."""
    sockets = [dial(3001) for _ in range(60)]
    for s in sockets:
        s.sendall(b"ping")
    waiting, served = set(sockets), set()
    while ready := select.select(waiting, [], [], 1)[0]:
        served |= {s for s in ready if s.recv(4) == b"ping"}
        waiting -= set(ready)
    for s in served:
        s.close()
    for s in waiting:
        s.settimeout(10)
    return 0 < len(served) < 60 and all(s.recv(4) == b"ping" for s in waiting)


print(globals()[sys.argv[1]]())
