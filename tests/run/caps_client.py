# SPDX-License-Identifier: Apache-2.0
"""caps_client.py CASE: what a program in the box tries against caps; prints what it got."""

import re
import socket
import sys
import time


def dial(port):
    s = socket.create_connection(("good.test", port), timeout=10)
    return s


def head(line, *fields):
    return "\r\n".join((line + " HTTP/1.1", "Host: good.test:9001", *fields, "", "")).encode()


def read_all(s):
    got = b""
    try:
        while data := s.recv(1 << 16):
            got += data
    except OSError as error:
        return got, type(error).__name__
    return got, "end"


def status(got):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", got)]


def slow_chunks():
    """One byte more than may pass, in chunks of 1 KiB that the origin has time to read."""
    with dial(9001) as s:
        s.sendall(head("POST /up/0", "Transfer-Encoding: chunked"))
        for _ in range(64):
            s.sendall(b"400\r\n" + bytes(1024) + b"\r\n")
            time.sleep(0.002)
        time.sleep(0.2)
        s.sendall(b"1\r\nx\r\n")
        got, how = read_all(s)
        return status(got), how


def one_chunk():
    """Announced as one chunk that alone is too large, of which a little is sent."""
    with dial(9001) as s:
        s.sendall(head("POST /up/0", "Transfer-Encoding: chunked") + b"100000\r\n" + bytes(1 << 17))
        got, how = read_all(s)
        return status(got), how


def answered_early():
    """The origin of a body that is cut late has not answered, nor has the next request passed."""
    with dial(9001) as s:
        s.sendall(head("POST /up/0", "Transfer-Encoding: chunked") + b"10001\r\n" + bytes(65537)
                  + b"\r\n0\r\n\r\n" + head("GET /free/7"))
        got, how = read_all(s)
        return status(got), how


def pipelined():
    with dial(9001) as s:
        s.sendall(head("POST /up/3", "Content-Length: 4") + b"body"
                  + head("POST /up/4", "Content-Length: 65537"))
        got, how = read_all(s)
        return status(got), how


def expected():
    """A client that asks first is told before it sends a byte."""
    with dial(9001) as s:
        s.sendall(head("POST /up/5", "Content-Length: 65537", "Expect: 100-continue"))
        got, how = read_all(s)
        return status(got), how


def huge():
    """A length that is no number of this machine."""
    with dial(9001) as s:
        s.sendall(head("POST /up/6", "Content-Length: 18446744073709551615"))
        return status(read_all(s)[0])


def endless():
    """A server that sends without end. A reset may overtake what was on its way."""
    with dial(2223) as s:
        got, how = read_all(s)
    return len(got) <= 65536, how


def echo():
    """Both ways count: what came back, when the connection was cut."""
    with dial(2224) as s:
        got = 0
        try:
            for _ in range(1000):
                s.sendall(bytes(1024))
                got += len(s.recv(1024, socket.MSG_WAITALL))
        except OSError:
            pass
    return got <= 32768 and got >= 31744


def refused():
    with dial(2223) as s:
        got, how = read_all(s)
    return len(got), how


def websocket():
    with dial(9001) as s:
        s.sendall(head("GET /ws", "Upgrade: websocket", "Connection: Upgrade",
                       "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
        got = s.recv(4096)
        if not got.startswith(b"HTTP/1.1 101"):
            return got
        n = 0
        try:
            for _ in range(1000):
                s.sendall(bytes(1024))
                n += len(s.recv(1024, socket.MSG_WAITALL))
        except OSError as error:
            return 28 << 10 < n < 32 << 10, type(error).__name__
        return n


print(*(globals()[name]() for name in sys.argv[1:]), sep="\n")
