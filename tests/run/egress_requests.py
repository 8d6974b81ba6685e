# SPDX-License-Identifier: Apache-2.0
"""Both ends of egress-requests.sh: "origin FILE" serves, "enforce" and "audit" ask, in the box.

Prints a line for each request: "ok NAME" or "not ok NAME: WHY".
"""

import socket
import socketserver
import ssl
import sys
import threading

OK, DENIED = 200, 403

# host, port, method, path; what is answered when rules are enforced; part of a denial
REQUESTS = [
    ("good.test", 80, "GET", "/repos/x", OK, ""),
    ("good.test", 80, "GET", "/repos", OK, ""),
    ("good.test", 80, "GET", "/repos/x?a=b", OK, ""),
    ("good.test", 80, "HEAD", "/repos/x", OK, ""),
    ("good.test", 80, "GET", "//repos///x", OK, ""),
    ("good.test", 80, "GET", "http://good.test/repos/x", OK, ""),
    ("good.test", 80, "GET", "http://GOOD.test.:80/%72epos/x", OK, ""),
    ("good.test", 80, "POST", "/repos/x/issues", OK, ""),
    ("good.test", 80, "POST", "/repos/x", DENIED, "allow = POST http://good.test/repos/x\n"),
    ("good.test", 80, "POST", "/repos/x/issues/1", DENIED, "other requests"),
    ("good.test", 80, "DELETE", "/repos/x", DENIED, "other requests"),
    ("good.test", 80, "GET", "/users", DENIED, "allow = GET http://good.test/users\n"),
    ("good.test", 80, "GET", "/", DENIED, "other requests"),
    ("good.test", 80, "GET", "/reposx", DENIED, "other requests"),
    ("good.test", 80, "GET", "/REPOS/x", DENIED, "other requests"),
    ("good.test", 80, "GET", "/users?/repos/x", DENIED, "other requests"),
    ("good.test", 80, "GET", "/repos%2Fx", DENIED, "other requests"),
    ("good.test", 80, "PROPFIND", "/repos/x", DENIED, "allow = PROPFIND http://good.test/repos/x\n"),
    ("good.test", 80, "OPTIONS", "*", DENIED, "allow = good.test\n"),
    ("good.test", 80, "GET", "/repos/x/secret/y", DENIED, "deny = http://good.test/repos/*/secret"),
    ("good.test", 80, "GET", "/repos/x/secret", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x/secret?z", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x/Secret/y", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x/%73ecret/y", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x%2fsecret/y", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x/secret;a=b/y", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/x//secret//y", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/a%21b", DENIED, "a rule of the profile denies it"),
    ("good.test", 80, "GET", "/repos/a%2521b", DENIED, "a rule of the profile denies it"),
    ("other.test", 80, "GET", "/a", OK, ""),
    ("other.test", 80, "POST", "/a", DENIED, "a rule of the profile denies it"),
    ("other.test", 80, "PUT", "/", DENIED, "a rule of the profile denies it"),
    ("other.test", 80, "OPTIONS", "*", 501, ""),
    ("good.test", 8080, "GET", "/a", OK, ""),
    ("good.test", 8080, "GET", "/b", DENIED, "allow = GET http://good.test:8080/b\n"),
    ("good.test", 81, "GET", "/repos/x", None, ""),
    ("www.good.test", 80, "GET", "/repos/x", DENIED, "other ports"),
    ("10.99.0.1", 80, "GET", "/a", OK, ""),
]

# What is refused in mode=audit, too.
ALWAYS = [
    ("good.test", 80, "GET", "/repos/../users", 400, "dot segment"),
    ("good.test", 80, "GET", "/repos/%2e%2e/users", 400, "dot segment"),
    ("good.test", 80, "GET", "/repos/%2Fx%5c..%2fusers", 400, "dot segment"),
    ("good.test", 80, "GET", "/repos/x/..;/y", 400, "dot segment"),
    ("good.test", 80, "GET", "/repos\\x", 400, "no path has"),
    ("good.test", 80, "GET", "/repos/%00", 400, "control"),
    ("good.test", 80, "GET", "http://user@good.test/repos/x", 400, "no host"),
    ("good.test", 80, "get", "/repos/x", 501, "no method"),
    ("good.test", 80, "BREW", "/repos/x", 501, "no method"),
    ("good.test", 80, "CONNECT", "good.test:80", 403, ""),
    ("10.99.0.1", 80, "GET", "/b", DENIED, "not public"),
]

FOREIGN = "GET /repos/x HTTP/1.1\r\nHost: other.test\r\n\r\n"
OVERRIDE = "GET /repos/x?overridden HTTP/1.1\r\nHost: good.test\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"
REWRITE = "GET /repos/x?overridden HTTP/1.1\r\nHost: good.test\r\nX-Original-URL: /users\r\n\r\n"
WEBSOCKET = ("GET {} HTTP/1.1\r\nHost: www.good.test:9010\r\nConnection: Upgrade\r\n"
             "Upgrade: {}\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n")


def connect(host, port):
    return socket.create_connection((host, port), timeout=10)


def read_answer(stream, head=False):
    """Returns status, headers and body of one answer."""
    line = stream.readline().decode()
    assert line.startswith("HTTP/1.1 "), f"answered {line!r}"
    headers = {}
    while (text := stream.readline().decode().strip()):
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    length = 0 if head else int(headers.get("content-length", 0))
    return int(line.split()[1]), headers, stream.read(length).decode()


def ask(host, port, text, head=False):
    with connect(host, port) as sock:
        sock.sendall(text.encode())
        return read_answer(sock.makefile("rb"), head)


def try_request(row, enforced):
    host, port, method, path, status, part = row
    body = "Content-Length: 0\r\n" if method in ("POST", "PUT") else ""
    suffix = f":{port}" if port != 80 else ""
    text = f"{method} {path} HTTP/1.1\r\nHost: {host}{suffix}\r\n{body}\r\n"
    if status is None:
        try:
            connect(host, port).close()
            raise AssertionError("connected")
        except ConnectionRefusedError:
            return
    got, _, body = ask(host, port, text, method == "HEAD" and status == OK)
    if not enforced:
        assert got in (OK, 404, 501), f"answered {got}"
        return
    assert got == status, f"answered {got}: {body}"
    assert part in body, body


def kept_alive(enforced):
    """Every request of a connection is judged, and the last one ends it."""
    with connect("good.test", 80) as sock:
        stream = sock.makefile("rb")
        for path in ("/repos/1", "/repos/2"):
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: good.test\r\n\r\n".encode())
            assert read_answer(stream)[0] == OK
        sock.sendall(b"GET /users HTTP/1.1\r\nHost: good.test\r\n\r\n" * 2)
        status, _, body = read_answer(stream)
        assert status == (DENIED if enforced else OK), status
        if enforced:
            assert "allow = GET http://good.test/users" in body, body
            assert stream.read() == b""


def refused_words(name, text, part):
    def run(enforced):
        status, _, body = ask("good.test", 80, text)
        assert status == (DENIED if enforced else OK), status
        assert not enforced or part in body, body
    run.__doc__ = name
    return run


def tls_where_requests_are_judged(enforced):
    """TLS to a host that is not allowed as a whole is refused."""
    context = ssl.create_default_context()
    try:
        with connect("good.test", 443) as sock, context.wrap_socket(sock, server_hostname="good.test"):
            assert not enforced, "connected"
    except ssl.SSLError as error:
        assert enforced and "ACCESS_DENIED" in str(error).upper().replace(" ", "_"), error


def tls_of_port_8080(enforced):
    """TLS on a port where one request is allowed is refused."""
    context = ssl.create_default_context()
    try:
        with connect("good.test", 8080) as sock, context.wrap_socket(sock, server_hostname="good.test"):
            raise AssertionError("connected")
    except ssl.SSLError as error:
        if enforced:
            assert "ACCESS_DENIED" in str(error).upper().replace(" ", "_"), error


def no_protocol(enforced):
    """What is no HTTP does not get through where one request is allowed."""
    with connect("good.test", 8080) as sock:
        sock.sendall(b"\x00\x01\x02\x03hello\r\n\r\n")
        try:
            data = sock.recv(100)
        except ConnectionResetError:
            data = b""
        assert bool(data) != enforced, data


def other_host_is_relayed(_):
    """TLS to a host that is allowed as a whole is not touched."""
    context = ssl.create_default_context()
    with connect("registry.test", 443) as sock:
        with context.wrap_socket(sock, server_hostname="registry.test") as tls:
            issuer = dict(pair[0] for pair in tls.getpeercert()["issuer"])
            assert issuer["commonName"] == "agentbox test CA", issuer


def websocket(path, protocol, status, part=""):
    def run(enforced):
        with connect("www.good.test", 9010) as sock:
            stream = sock.makefile("rb")
            sock.sendall(WEBSOCKET.format(path, protocol).encode() + b"")
            got, _, body = read_answer(stream)
            if not enforced and status == DENIED:
                assert got == (502 if "lies" in path else 101), got
                return
            assert got == status, f"{got}: {body}"
            assert part in body, body
            if got != 101:
                return
            assert stream.readline() == b"welcome\n"
            sock.sendall(b"\x81\x00GET /not-a-request\n")
            assert stream.readline() == b"\x81\x00GET /not-a-request\n"
            sock.shutdown(socket.SHUT_WR)
            assert stream.read() == b"bye\n"
    run.__doc__ = f"{protocol} at {path} is answered {status}"
    return run


CASES = [
    kept_alive,
    refused_words("another Host is refused", FOREIGN, "another host"),
    refused_words("X-HTTP-Method-Override is refused", OVERRIDE, "another one of it"),
    refused_words("X-Original-URL is refused", REWRITE, "another one of it"),
    tls_where_requests_are_judged,
    tls_of_port_8080,
    no_protocol,
    other_host_is_relayed,
    websocket("/chat/1", "websocket", 101),
    websocket("/chat/1", "WebSocket", 101),
    websocket("/other", "websocket", DENIED, "allow = UPGRADE http://www.good.test:9010/other"),
    websocket("/chat/1", "h2c", 200),
    websocket("/chat/1", "websocket, h2c", 200),
    websocket("/lies", "websocket", DENIED),
    websocket("/chat/lies", "websocket", 502, "was not asked for"),
]


class Origin(socketserver.StreamRequestHandler):
    """Changes the protocol when it is asked to; then says what it hears."""

    def handle(self):
        with open(self.server.log, "a", encoding="utf-8") as log:
            print(self.server.server_address[1], file=log)
        line = self.rfile.readline().decode()
        upgrade = ""
        while (text := self.rfile.readline().decode().strip()):
            name, _, value = text.partition(":")
            if name.lower() == "upgrade":
                upgrade = value.strip()
        if not upgrade:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        told = "h2c" if "lies" in line else upgrade
        self.wfile.write(f"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: {told}\r\n\r\n"
                         "welcome\n".encode())
        while (line := self.rfile.readline()):
            self.wfile.write(line)
        self.wfile.write(b"bye\n")


def serve(log):
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    server = Server(("93.184.216.34", 9010), Origin)
    server.log = log
    with open(log, "w", encoding="utf-8"):
        pass
    threading.Thread(target=server.serve_forever).start()


def attempt(name, function, *arguments):
    try:
        function(*arguments)
        print(f"ok {name}")
    except Exception as error:  # noqa: BLE001: the report goes on
        print(f"not ok {name}: {type(error).__name__} {error}".replace("\n", " | "))


def main():
    if sys.argv[1] == "origin":
        serve(sys.argv[2])
        return
    enforced = sys.argv[1] == "enforce"
    for row in REQUESTS:
        attempt(f"{row[2]} {row[3]} at {row[0]}:{row[1]}", try_request, row, enforced)
    for row in ALWAYS:
        attempt(f"{row[2]} {row[3]} at {row[0]}:{row[1]}", try_request, row, True)
    for function in CASES:
        attempt(function.__doc__, function, enforced)
    print("end")


main()
