# SPDX-License-Identifier: Apache-2.0
"""A host that misbehaves, for the tests of the egress: egress_origin.py RECORD.

Port 9000 reads heads and does what their paths say (/raw/HEX: those bytes, and the end); 9001 says nothing first and echoes; 9002 reads
slowly; 9003 accepts and resets; 9004 says something after a while. RECORD gets what arrived on 9000, one message a line.
"""

import socket
import struct
import sys
import threading
import time

RECORD = sys.argv[1]
ANSWERS = {
    b"/ok": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"3\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Trailer: x\r\n\r\n",
    b"/interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                 b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"/bad-head": b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    b"/not-http": b"220 welcome\r\n",
    b"/both": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"/switch": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw",
    b"/extra": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil",
}
CLOSING = {  # sent, and the connection is closed
    b"/close": b"HTTP/1.1 200 OK\r\n\r\nuntil close",
    b"/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"/cut-chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"/nothing": b"",
    b"/interim-flood": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + b"HTTP/1.1 200 OK\r\n\r\nx",
    b"/long-head": b"HTTP/1.1 200 OK\r\nA: " + b"x" * (1 << 20) + b"\r\n\r\n",
    b"/many-fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10000 + b"\r\n",
    b"/bare-lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    b"/two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\nokHTTP/1.1",
}


def read_head(sock, had):
    while b"\r\n\r\n" not in had:
        more = sock.recv(65536)
        if not more:
            return None, had
        had += more
    head, _, rest = had.partition(b"\r\n\r\n")
    return head, rest


def read_body(sock, head, rest):
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        while not rest.endswith(b"0\r\n\r\n"):
            more = sock.recv(65536)
            if not more:
                break
            rest += more
        return rest, b""
    length = 0
    for line in lower.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(rest) < length:
        more = sock.recv(65536)
        if not more:
            break
        rest += more
    return rest[:length], rest[length:]


def http(sock):
    rest = b""
    while True:
        head, rest = read_head(sock, rest)
        if head is None:
            return
        body, rest = read_body(sock, head, rest)
        with open(RECORD, "a", encoding="utf-8") as out:
            print(repr(head), repr(body[:200]), file=out)
        path = head.split(b" ")[1].partition(b"?")[0]
        if path == b"/early":  # answers and goes, whatever was sent
            sock.sendall(ANSWERS[b"/ok"])
            return
        if path.startswith(b"/raw/"):
            sock.sendall(bytes.fromhex(path[5:].decode()))
            return
        if path in CLOSING:
            sock.sendall(CLOSING[path])
            return
        if path == b"/reset":
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
            reset(sock)
            return
        if path == b"/slow":
            for byte in ANSWERS[b"/ok"]:
                sock.sendall(bytes([byte]))
                time.sleep(0.002)
            continue
        if path == b"/echo":
            body = head + b"\r\n" + body
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            continue
        sock.sendall(ANSWERS.get(path, ANSWERS[b"/ok"]))


def echo(sock):
    while True:
        data = sock.recv(65536)
        if not data:
            break
        sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def slow(sock):
    total = 0
    while True:
        data = sock.recv(16384)
        if not data:
            break
        total += len(data)
        time.sleep(0.001)
    sock.sendall(b"%d" % total)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def late(sock):
    time.sleep(0.2)
    sock.sendall(b"late")


def serve(port, handler):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True,
                                    backlog=512)

    def run(sock):
        try:
            handler(sock)
        except OSError:
            pass
        sock.close()

    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=run, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    open(RECORD, "w", encoding="utf-8").close()
    for at in ((9000, http), (9001, echo), (9002, slow), (9003, reset), (9004, late)):
        threading.Thread(target=serve, args=at, daemon=True).start()
    threading.Event().wait()
