# SPDX-License-Identifier: Apache-2.0
"""A proxy for the tests of upstream-proxy=: upstream_proxy.py PORT RECORD [USER:PASSWORD].

Speaks CONNECT and nothing else. A name that begins with "inner." is one that only it can resolve.
What it was asked for goes to RECORD, a line each: target, credentials, status. Some targets are
answered in ways of their own.
"""

import base64
import socket
import sys
import threading

PORT, RECORD = int(sys.argv[1]), sys.argv[2]
WANTED = sys.argv[3] if len(sys.argv) > 3 else None
ANSWERS = {
    "not-http.test": b"SSH-2.0-proxy\r\n",
    "closes.test": b"",
    "forbids.test": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsorry\n",
    "half.test": b"HTTP/1.1 200 OK\r\nX: ",
    "endless.test": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000,
    "redirects.test": b"HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\n\r\n",
    "interim.test": b"HTTP/1.1 100 Continue\r\n\r\n",
}


def pump(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def answer(sock, status, target, credentials):
    with open(RECORD, "a", encoding="utf-8") as out:
        print(target, credentials, status, file=out)
    sock.sendall(f"HTTP/1.1 {status} x\r\nX-Proxy: test\r\n\r\n".encode())


def serve(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    given = [line for line in lines if line.lower().startswith("proxy-authorization: basic ")]
    credentials = base64.b64decode(given[0].split(" ")[2]).decode() if given else "-"
    host, _, port = target.rpartition(":")
    if method != "CONNECT" or fields.get("host") != target.lower() or rest:
        return answer(sock, 400, target, credentials)
    if WANTED and credentials != WANTED:
        return answer(sock, 407, target, credentials)
    if host in ANSWERS:
        sock.sendall(ANSWERS[host])
        if not host.startswith("half"):
            sock.close()
        else:
            sock.recv(1)
        return None
    name = "good.test" if host.startswith("inner.") else host.strip("[]")
    try:
        origin = socket.create_connection((name, int(port)), timeout=5)
    except OSError:
        return answer(sock, 502, target, credentials)
    answer(sock, 200, target, credentials)
    threading.Thread(target=pump, args=(origin, sock), daemon=True).start()
    pump(sock, origin)
    return None


def run(sock):
    try:
        serve(sock)
    finally:
        sock.close()


def main():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=64)
    with open(RECORD, "a", encoding="utf-8"):
        pass  # a test waits for it
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=run, args=(sock,), daemon=True).start()


main()
