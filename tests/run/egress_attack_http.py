# SPDX-License-Identifier: Apache-2.0
"""Attempts at HTTP: whom a request is for, and heads in every shape."""

import threading
import time

from egress_client import case, connect, everything, hostile, http, request, served


@case
def http_of_an_allowed_host():
    served()


@case
def http_other_host():
    data, _ = http(request("/", "other.test"))
    assert data.startswith(b"HTTP/1.1 403 ") and b"another host" in data, data


@case
def http_other_port_in_host():
    data, _ = http(request("/", "good.test:81"))
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def http_denied_host_is_explained():
    data, how = http(request("/", "bad.test"), "bad.test")
    assert data.startswith(b"HTTP/1.1 403 agentbox: no rule"), data
    assert b"agentbox denied bad.test:80" in data and b"\nallow = bad.test\n" in data, data
    assert b"rule: none\n" in data and how == "end", data


@case
def http_denied_host_names_its_rule():
    data, _ = http(request("/", "other.test"), "other.test")
    assert b"deny = other.test" in data and b"allow =" not in data, data


@case
def http_pipelined_to_another_host():
    data, _ = http(request("/first", "good.test") + request("/second", "other.test") +
                   request("/third", "good.test"))
    assert data.count(b"HTTP/1.1 ") == 2 and b"hello from good.test/first" in data, data
    assert b"HTTP/1.1 403 " in data and b"third" not in data, data


@case
def http_kept_alive_to_another_host():
    with connect("good.test", 80) as sock:
        sock.sendall(request("/a", "good.test"))
        assert b"hello" in sock.recv(65536)
        time.sleep(0.05)
        sock.sendall(request("/b", "other.test"))
        data, how = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 ") and how == "end", data


@case
def http_alternating_100_times():
    for i in range(100):
        with connect("good.test", 80) as sock:
            sock.sendall(request(f"/{i}", "good.test"))
            assert b"hello" in sock.recv(65536)
            sock.sendall(request(f"/{i}", "good.test.bad.test"))
            assert sock.recv(65536).startswith(b"HTTP/1.1 403 ")


@case
def http_pipelined_to_the_same_host():
    data, _ = http(request("/1", "good.test") + request("/2", "good.test") +
                   request("/3", "good.test", "Connection: close"))
    at = [data.index(b"good.test/%d" % i) for i in (1, 2, 3)]
    assert at == sorted(at), data


@case
def http_bad_requests():
    for bad in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nHost: good.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nHost: other.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test, other.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: user@good.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : good.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\n folded: x\r\n\r\n",
            b"GET / HTTP/1.1\nHost: good.test\n\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nContent-Length: +1\r\n\r\na",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: xchunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            b"GET /\r\nHost: good.test\r\n\r\n",
            b"GET / HTTP/2.0\r\nHost: good.test\r\n\r\n",
            b"GET http://other.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
            b"GET http://good.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n",
            b"GET /../x HTTP/1.1\r\nHost: good.test\r\n\r\n",
            b"GET /a\0b HTTP/1.1\r\nHost: good.test\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nA: b\0c\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: good.test\r\nA: " + b"x" * 40000 + b"\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\n",
            b"GET https://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
            b"\x00\x01\x02 not http at all"):
        data, _ = http(bad)
        assert data.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), (bad[:80], data)
        assert data.count(b"HTTP/1.1 ") == 1 and b"agentbox" in data, (bad[:80], data)


@case
def http_first_lines_that_are_none():
    for line in (b"GET  / HTTP/1.1", b"GET\t/ HTTP/1.1", b" GET / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET / HTTP/1.1\t",
                 b"GET / http/1.1", b"GET / HTTP/1.10", b"GET / HTTP/01.1", b"GET / HTTP/1,1",
                 b"GET / HTTP/1.1 HTTP/1.1", b"get / HTTP/1.1", b"GETX / HTTP/1.1", b"GET", b"GET /", b"GET / ",
                 b"GET / HTTP/1.1\r", b"\r\nGET / HTTP/1.1", b"\nGET / HTTP/1.1", b"GET /\rHTTP/1.1",
                 b"GET / HTTP/1.1\0", b"\0GET / HTTP/1.1", b"GET / HTTP/1.", b"\xef\xbb\xbfGET / HTTP/1.1",
                 b"GET / HTTP/3.0", b"GET / HTTP/0.9", b"HTTP/1.1 200 OK"):
        data, how = http(line + b"\r\nHost: good.test\r\nConnection: close\r\n\r\n")
        assert data.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.1 505 ")), (line, data)
        assert data.count(b"HTTP/1.1 ") == 1 and how == "end", (line, data)


@case
def http_control_bytes_in_a_head():
    for byte in [*range(32), 127]:
        for where in ("GET /a%cb HTTP/1.1\r\nHost: good.test", "GET / HTTP/1.1\r\nHost: good.test%c",
                      "GET / HTTP/1.1\r\nHost: good.test\r\nX%c: y", "GET / HTTP/1.1\r\nHost: good.test\r\nX: a%cb"):
            if byte == 9 and where.endswith(("test%c", "a%cb")):
                continue  # a tab may stand around a value, and in it
            data, _ = http((where % byte + "\r\nConnection: close\r\n\r\n").encode())
            assert data.startswith(b"HTTP/1.1 400 "), (where, byte, data)


@case
def http_hosts_that_hide_another():
    for host in ("", ".", "good.test/@other.test", "good.test#.other.test", "good.test?.other.test",
                 "good.test\\other.test", "other.test\\@good.test", "good.test:80:443", "good.test:080x",
                 "good.test%2eother.test", "good%2etest", "other.test:80", "good.test,other.test", "[good.test]",
                 "good.test..", ".good.test", "good.test other.test", "good.test\tother.test", "http://good.test",
                 "good.test:-80", "good.test:65616"):
        data, _ = http(request("/", host))
        assert data.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ")), (host, data)
        assert b"other.test/" not in data, (host, data)


@case
def http_targets_that_hide_another():
    for target in ("http://good.test@other.test/", "http://other.test@good.test/", "http://good.test:80@other.test/",
                   "http:/good.test/", "http:good.test", "http://", "http:///x", "http://other.test\\@good.test/",
                   "http://good.test:80:443/", "http://good.test#@other.test/", "ftp://good.test/", "good.test/x",
                   "*", "?x", "", "/a b", "/a\tb", "/#x"):
        data, _ = http(request(target, "good.test"))
        assert data.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ")), (target, data)


@case
def http_connection_names_what_frames():
    data, _ = hostile("/echo", "Connection: Host, Content-Length, X-A, close", "Content-Length: 5", "X-A: b",
                      method="POST", body=b"12345")
    assert b"\r\nHost: good.test:9000\r\n" in data and b"\r\nContent-Length: 5\r\n" in data, data
    assert b"X-A" not in data and data.endswith(b"\r\n12345"), data


@case
def http_thousands_pipelined_and_read_late():
    n = 3000
    with connect("good.test", 9000) as sock:
        sender = threading.Thread(target=sock.sendall, args=(request("/ok", "good.test:9000") * n,))
        sender.start()
        time.sleep(0.2)
        got = b""
        while got.count(b"\r\n\r\nok") < n:
            more = sock.recv(1 << 20)
            assert more, len(got)
            got += more
        sender.join()
    assert got.count(b"HTTP/1.1 200") == n


@case
def http_absolute_target_of_the_same_host():
    data, _ = http(b"GET http://good.test/abs HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n")
    assert data.endswith(b"good.test/abs\n"), data


@case
def http_one_byte_at_a_time():
    with connect("good.test", 80) as sock:
        for byte in request("/slow", "good.test", "Connection: close"):
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        data, _ = everything(sock)
    assert data.endswith(b"good.test/slow\n"), data


@case
def http_half_closed_after_the_request():
    data, how = http(request("/half", "good.test"), half_close=True)
    assert data.endswith(b"good.test/half\n") and how == "end", data


@case
def http_cut_off_in_the_head():
    data, _ = http(b"GET / HTTP/1.1\r\nHost: go", half_close=True)
    assert not data.startswith(b"HTTP/1.1 2"), data


@case
def http_upgrade_is_not_passed_on():
    data, _ = hostile("/echo", "Upgrade: websocket", "Connection: upgrade", "HTTP2-Settings: x")
    assert b"pgrade" not in data and b"Settings" not in data, data


@case
def http_head_is_written_anew():
    data, _ = hostile("/echo?//%41", "X-A:   b  ", "Proxy-Authorization: x", "TE: trailers")
    assert b"GET /echo?//%41 HTTP/1.1\r\nHost: good.test:9000\r\n" in data
    assert b"\r\nX-A: b\r\n" in data and b"Proxy" not in data and b"TE:" not in data, data


@case
def http_10():
    data, how = http(b"GET /old HTTP/1.0\r\nHost: good.test\r\n\r\n")
    assert data.endswith(b"good.test/old\n") and how == "end", data


@case
def http_on_another_port_is_judged():
    data, _ = http(request("/", "other.test:8080"), port=8080)
    assert data.startswith(b"HTTP/1.1 403 "), data
    data, _ = http(request("/x", "good.test:8080", "Connection: close"), port=8080)
    assert data.endswith(b"good.test/x\n"), data
