# SPDX-License-Identifier: Apache-2.0
"""What a program in a box may try with the proxy of the box: egress-proxy.sh.

Prints a line for each: "ok NAME" or "not ok NAME: WHY". A function fails by its assertions.
"""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from egress_client import (ALERT, CASES, alerted, case, connect, everything,  # noqa: E402
                           hello, request, run)

PORT = 1080


def dial():
    return connect("127.0.0.1", PORT)


def read_head(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(1)
        assert more, data
        data += more
    return data


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        assert more, data
        data += more
    return data


def tunnel(target, *fields, behind=b""):
    """A connection that a CONNECT was sent on, and the head of the answer."""
    sock = dial()
    head = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *fields]
    sock.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + behind)
    return sock, read_head(sock)


def address(host, port):
    try:
        return b"\1" + socket.inet_aton(host) + struct.pack(">H", port)
    except OSError:
        pass
    try:
        return b"\4" + socket.inet_pton(socket.AF_INET6, host) + struct.pack(">H", port)
    except OSError:
        return b"\3" + bytes([len(host)]) + host.encode() + struct.pack(">H", port)


def socks(host, port, command=1, behind=b"", at_once=False):
    """A connection that SOCKS 5 was spoken on, and the code of the reply."""
    sock = dial()
    message = b"\5" + bytes([command]) + b"\0" + address(host, port) + behind
    sock.sendall(b"\5\1\0" + (message if at_once else b""))
    assert exactly(sock, 2) == b"\5\0"
    if not at_once:
        sock.sendall(message)
    reply = exactly(sock, 10)
    assert reply[0] == 5 and reply[2:] == b"\0\1" + bytes(6), reply
    return sock, reply[1]


def answers_http(sock, host="good.test", path="/ok"):
    sock.sendall(request(path, host, "Connection: close"))
    data, _ = everything(sock)
    name = host.partition(":")[0]
    assert data.startswith(b"HTTP/1.1 200 ") and data.endswith(f"{name}{path}\n".encode()), data


def answers_tls(sock, name):
    sock.sendall(hello(name))
    assert sock.recv(1) == b"\x16"


def alerts(sock, name, alert="access_denied"):
    sock.sendall(hello(name))
    data, _ = everything(sock)
    assert alerted(data) == ALERT[alert], data


# --- CONNECT ---

@case
def connect_to_an_allowed_name():
    sock, head = tunnel("good.test:80")
    assert head == b"HTTP/1.1 200 Connection established\r\n\r\n", head
    answers_http(sock)


@case
def connect_and_tls():
    sock, _ = tunnel("good.test:443")
    answers_tls(sock, "good.test")


@case
def connect_to_a_name_in_capitals_with_a_dot():
    sock, _ = tunnel("GOOD.Test.:443")
    answers_tls(sock, "good.test")


@case
def bytes_behind_connect_are_the_first_of_the_connection():
    sock, head = tunnel("good.test:80", behind=request("/behind", "good.test", "Connection: close"))
    assert head.startswith(b"HTTP/1.1 200 "), head
    data, _ = everything(sock)
    assert data.endswith(b"good.test/behind\n"), data


@case
def bytes_behind_connect_are_judged():
    sock, head = tunnel("good.test:443", behind=hello("other.test"))
    assert head.startswith(b"HTTP/1.1 200 "), head
    data, _ = everything(sock)
    assert alerted(data) == ALERT["access_denied"], data


@case
def a_request_behind_connect_is_judged():
    sock, _ = tunnel("good.test:80", behind=request("/smuggled", "other.test"))
    data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def connect_to_one_name_and_tls_to_another():
    for name in ("other.test", "www.good.test", None):
        sock, _ = tunnel("good.test:443")
        alerts(sock, name)


@case
def connect_to_one_name_and_requests_to_another():
    sock, _ = tunnel("good.test:80")
    sock.sendall(request("/smuggled", "other.test"))
    data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def connect_inside_of_connect():
    sock, _ = tunnel("good.test:80")
    sock.sendall(b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n")
    data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def socks_inside_of_connect():
    sock, _ = tunnel("good.test:80")
    sock.sendall(b"\5\1\0")
    data, _ = everything(sock)
    assert data[:2] != b"\5\0", data


@case
def connect_to_a_denied_name_is_explained():
    sock, head = tunnel("bad.test:443")
    assert head.startswith(b"HTTP/1.1 403 agentbox: no rule of the profile allows"), head
    data, _ = everything(sock)
    assert b"allow = bad.test" in data, data


@case
def connect_to_a_denied_name_and_bytes_behind():
    sock, head = tunnel("other.test:80", behind=request("/smuggled", "other.test"))
    assert head.startswith(b"HTTP/1.1 403 "), head
    data, _ = everything(sock)
    assert b"HTTP/1.1" not in data, data


@case
def connect_to_a_port_that_no_rule_names():
    sock, head = tunnel("good.test:25")
    assert head.startswith(b"HTTP/1.1 403 "), head
    assert b"allow = good.test:25" in everything(sock)[0]


@case
def connect_to_addresses():
    for target in ("93.184.216.34:443", "1.2.3.4:443", "10.99.0.1:80", "127.0.0.1:22", "[::1]:80",
                   "169.254.169.254:80", "[::ffff:127.0.0.1]:80", "[fe80::1]:443", "0.0.0.0:80",
                   "198.18.0.1:53", "198.18.255.255:443", "127.0.0.1:1080", "[fd00:a9e::2]:80"):
        _, head = tunnel(target)
        assert head.startswith(b"HTTP/1.1 403 "), (target, head)


@case
def connect_to_addresses_in_other_notations():
    for target in ("127.1:80", "0x7f.1:80", "2130706433:80", "017700000001:80", "[::1%lo]:80",
                   "127.0.0.1.:80", "[127.0.0.1]:80", "127.0.0.1:080"):
        _, head = tunnel(target)
        assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ")), (target, head)


@case
def connect_to_what_hides_another():
    for target in (":443", "good.test", "good.test:", "good.test:+443", "good.test:-1", "good.test:0443x",
                   "good.test:443/", "good.test:443?x", "good.test:443#x", "good.test/:443", "good.test:443:443",
                   "other.test#good.test:443", "other.test@good.test:443", "good.test%00:443", "good.test%2e:443",
                   "good%2etest:443", "[good.test]:443", "*:443", "*.good.test:443", "good.test..:443",
                   ".good.test:443", "good.test,other.test:443", "good.test\\.other.test:443", "good.test:65979",
                   "good.test:4294967739", "http:443", "//good.test:443"):
        _, head = tunnel(target)
        assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ")), (target, head)


@case
def connect_to_an_address_that_a_rule_names():
    sock, head = tunnel("10.99.0.1:8080")
    assert head.startswith(b"HTTP/1.1 200 "), head
    answers_http(sock, "10.99.0.1:8080")


@case
def connect_to_the_address_of_a_name():
    target = socket.getaddrinfo("good.test", 80, socket.AF_INET)[0][4][0]
    sock, _ = tunnel(f"{target}:80")
    answers_http(sock)


@case
def connect_to_a_name_that_leads_inside():
    for name in ("private.test", "loopback.test", "metadata.test"):
        sock, _ = tunnel(f"{name}:80")
        sock.sendall(request("/inside", name))
        data, _ = everything(sock)
        assert data.startswith(b"HTTP/1.1 403 "), (name, data)


@case
def connect_to_localhost_is_to_the_hosts_if_a_rule_says_so():
    _, head = tunnel("localhost:22")
    assert head.startswith(b"HTTP/1.1 403 "), head
    sock, head = tunnel("localhost:8080")
    assert head.startswith(b"HTTP/1.1 200 "), head
    answers_http(sock, "localhost:8080")


@case
def bad_requests_to_the_proxy():
    for bad, status in (
            (b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
            (b"OPTIONS * HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
            (b"CONNECT good.test HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
            (b"CONNECT good.test:0 HTTP/1.1\r\nHost: good.test:0\r\n\r\n", 400),
            (b"CONNECT good.test:99999 HTTP/1.1\r\nHost: good.test:99999\r\n\r\n", 400),
            (b"CONNECT http://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
            (b"CONNECT x@good.test:443 HTTP/1.1\r\nHost: x@good.test:443\r\n\r\n", 400),
            (b"CONNECT good.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n", 400),
            (b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:80\r\n\r\n", 400),
            (b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\nHost: x\r\n\r\n", 400),
            (b"CONNECT good.test:443 HTTP/1.1\r\n\r\n", 400),
            (b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n"
             b"Content-Length: 5\r\n\r\nhello", 400),
            (b"CONNECT good.test:443 HTTP/1.1\nHost: good.test:443\n\n", 400),
            (b"CONNECT good.test:443 HTTP/2.0\r\nHost: good.test:443\r\n\r\n", 505),
            (b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\nX: " + b"x" * 40000, 431),
            (b"BREW pot HTTP/1.1\r\n\r\n", 501),
            (b"GET ftp://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", 400),
            (b"GET http://good.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n", 400),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            (hello("good.test"), None)):
        with dial() as sock:
            sock.sendall(bad)
            data, _ = everything(sock)
        got = int(data.split(b" ")[1]) if data.startswith(b"HTTP/1.1 ") else None
        assert got == status, (bad[:80], data)


@case
def old_connect_without_host():
    with dial() as sock:
        sock.sendall(b"CONNECT good.test:80 HTTP/1.0\r\n\r\n")
        assert read_head(sock).startswith(b"HTTP/1.1 200 ")
        answers_http(sock)


@case
def connect_one_byte_at_a_time():
    with dial() as sock:
        for byte in b"CONNECT good.test:80 HTTP/1.1\r\nHost: good.test:80\r\n\r\n":
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        assert read_head(sock).startswith(b"HTTP/1.1 200 ")
        answers_http(sock)


@case
def a_server_that_speaks_first():
    sock, _ = tunnel("good.test:2222")
    assert sock.recv(100), "it did not"


# --- whole URLs ---

def absolute(url, host, *fields, method="GET"):
    with dial() as sock:
        sock.sendall("\r\n".join([f"{method} {url} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode())
        return everything(sock)[0]


@case
def a_whole_url():
    data = absolute("http://good.test/whole?a=b", "good.test")
    assert data.endswith(b"good.test/whole?a=b\n"), data
    data = absolute("http://good.test:8080/whole", "good.test:8080")
    assert data.startswith(b"HTTP/1.1 200 "), data


@case
def what_is_for_the_proxy_is_not_sent_on():
    data = absolute("http://good.test/headers", "good.test", "Proxy-Authorization: Basic eDp5",
                    "Proxy-Connection: keep-alive")
    assert b"roxy" not in data, data


@case
def a_connection_serves_one_whole_url():
    """So that a client which asks for another host next does so on another connection."""
    data = absolute("http://good.test/first", "good.test", "Connection: keep-alive")
    assert b"\r\nConnection: close\r\n" in data, data
    with dial() as sock:
        sock.sendall(b"GET http://good.test/1 HTTP/1.1\r\nHost: good.test\r\n\r\n"
                     b"GET http://other.test/smuggled HTTP/1.1\r\nHost: other.test\r\n\r\n")
        data, _ = everything(sock)
    assert data.count(b"HTTP/1.1 ") == 1, data


@case
def whole_urls_that_are_denied():
    for url, host in (("http://bad.test/", "bad.test"), ("http://other.test/smuggled", "other.test"),
                      ("http://93.184.216.35/smuggled", "93.184.216.35"),
                      ("http://169.254.169.254/latest", "169.254.169.254"),
                      ("http://private.test/inside", "private.test"),
                      ("https://good.test/", "good.test"),
                      ("http://good.test:443/", "good.test:443"),
                      ("http://good.test:25/", "good.test:25")):
        data = absolute(url, host)
        assert data.startswith(b"HTTP/1.1 403 "), (url, data)


# --- SOCKS ---

@case
def socks_to_an_allowed_name():
    sock, code = socks("good.test", 80)
    assert code == 0
    answers_http(sock)


@case
def socks_and_tls():
    sock, code = socks("GOOD.test.", 443)
    assert code == 0
    answers_tls(sock, "good.test")


@case
def socks_without_waiting():
    sock, code = socks("good.test", 80, at_once=True,
                       behind=request("/at-once", "good.test", "Connection: close"))
    assert code == 0
    data, _ = everything(sock)
    assert data.endswith(b"good.test/at-once\n"), data


@case
def socks_to_the_address_of_a_name():
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            target = socket.getaddrinfo("good.test", 80, family)[0][4][0]
        except socket.gaierror:
            continue
        sock, code = socks(target, 80)
        assert code == 0
        answers_http(sock)


@case
def socks_to_one_name_and_words_to_another():
    sock, _ = socks("good.test", 443)
    alerts(sock, "other.test")
    sock, _ = socks("good.test", 80)
    sock.sendall(request("/smuggled", "other.test"))
    data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def socks_to_what_is_denied():
    for host, port in (("bad.test", 443), ("other.test", 443), ("good.test", 25), ("1.2.3.4", 443),
                       ("127.0.0.1", 22), ("::1", 80), ("10.99.0.1", 80), ("169.254.169.254", 80),
                       ("localhost", 22), ("::ffff:127.0.0.1", 80), ("127.0.0.1", 1080)):
        sock, code = socks(host, port)
        assert code == 2, (host, port, code)
        sock.settimeout(1)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        data, _ = everything(sock)
        assert data == b"" or b"403" in data, (host, data)


@case
def socks_to_a_name_that_leads_inside():
    sock, code = socks("private.test", 80)
    assert code == 0  # it may begin: what it leads to is not known yet
    sock.sendall(request("/inside", "private.test"))
    data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def socks_only_connects():
    for command in (0, 2, 3, 255):
        with dial() as sock:
            sock.sendall(b"\5\1\0\5" + bytes([command]) + b"\0" + address("good.test", 80))
            data, how = everything(sock)
        assert data[:2] == b"\5\0" and data[2:4] == b"\5\7" and how == "end", (command, data, how)


@case
def socks_that_is_none():
    for bad, answer in ((b"\4\1\0\x50\1\2\3\4\0", b"\5\xff"), (b"\5\1\2", b"\5\xff"),
                        (b"\5\0", b"\5\xff"), (b"\0", b"\5\xff"),
                        (b"\5\1\0\5\1\0\2", b"\5\0\5\x08"), (b"\5\1\0\5\1\1", b"\5\0\5\1"),
                        (b"\5\1\0\5\1\0\3\0\0\x50", b"\5\0\5\1"),
                        (b"\5\1\0\5\1\0\3\x04\0a.b\0\x50", b"\5\0\5\1"),
                        (b"\5\1\0\5\1\0" + address("127.1", 80).replace(b"\1\x7f\0\0\1", b"\3\x05127.1"),
                         b"\5\0\5\1"),
                        (b"\5\1\0\5\1\0" + address("good.test", 0), b"\5\0\5\1"),
                        *((b"\5\1\0\5\1\0\3" + bytes([len(name)]) + name + b"\0\x50", b"\5\0\5\1") for name in
                          (b"good.test\0", b"good.test\0.x", b"good.test:80", b"good.test/", b"x@good.test",
                           b"good.test..", b".good.test", b" good.test", b"good test", b"*.test", b"0x7f000001",
                           b"2130706433", b"127.0.0.1.", b"good.test\n", b"x" * 255)),
                        (b"\6\1\0", b"\5\xff"), (b"\x16\3\1\0\5", b"\5\xff"), (b"\5\xff" + b"\2" * 255, b"\5\xff")):
        with dial() as sock:
            sock.sendall(bad)
            data, _ = everything(sock)
        assert data.startswith(answer), (bad, data)


@case
def socks_one_byte_at_a_time():
    with dial() as sock:
        for byte in b"\5\1\0\5\1\0" + address("good.test", 80):
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        assert exactly(sock, 12)[:4] == b"\5\0\5\0"
        answers_http(sock)


@case
def half_a_word_is_no_harm():
    for half in (b"", b"\5", b"\5\1\0\5\1\0\3\x09goo", b"CONN", b"CONNECT good.test:443 HTTP/1.1\r\n"):
        with dial() as sock:
            sock.sendall(half)
            sock.shutdown(socket.SHUT_WR)
            everything(sock)
    connect_to_an_allowed_name()


@case
def urgent_data():
    with dial() as sock:
        sock.sendall(b"CONNECT good.test:80 HT")
        sock.send(b"!", socket.MSG_OOB)
        try:
            sock.sendall(b"TP/1.1\r\nHost: good.test:80\r\n\r\n")
            assert everything(sock)[0] == b""
        except OSError:
            pass


@case
def many_that_do_not_say_what_they_want():
    held = []
    for i in range(300):
        held.append(dial())
        held[-1].sendall(b"\5"[:i % 2] or b"CONNECT ")
    connect_to_an_allowed_name()
    for sock in held:
        sock.close()


@case
def the_proxy_is_on_one_address():
    for host in ("127.0.0.2", "198.18.0.2", "93.184.216.34", "good.test"):
        try:
            connect(host, PORT).close()
        except OSError:
            continue
        raise AssertionError(host)


if __name__ == "__main__":
    run(CASES, sys.argv[1:])
