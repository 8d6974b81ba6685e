# SPDX-License-Identifier: Apache-2.0
"""Attempts with the bodies of requests: where they end, and what follows."""

import os

from egress_client import (case, connect, everything, hostile, http, others_are_served_beside,
                           request)


@case
def http_body_of_a_refused_request_is_no_request():
    inner = request("/hidden", "good.test")
    for fields, body in (([f"Content-Length: {len(inner)}"], inner), ([], inner),
                         (["Transfer-Encoding: chunked"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner))):
        data, how = http(request("/", "other.test", *fields, method="POST", body=body))
        assert data.startswith(b"HTTP/1.1 403 ") and data.count(b"HTTP/1.1 ") == 1, data
        assert b"hidden" not in data and how == "end", (data, how)


@case
def http_nothing_follows_the_last_request():
    more = request("/hidden", "good.test")
    for first in (request("/1", "good.test", "Connection: close"), b"GET /1 HTTP/1.0\r\nHost: good.test\r\n\r\n",
                  request("/1", "good.test", "Connection: keep-alive, close")):
        data, how = http(first + more)
        assert data.endswith(b"good.test/1\n") and how == "end", (first, data, how)


@case
def http_lengths_that_are_none():
    for value in ("", "5 5", "5, 5", "0x5", "-0", "+5", "5;", "1e1", "5.0", "\t5", "5\t", "18446744073709551616"):
        data, _ = hostile("/echo", f"Content-Length: {value}", method="POST", body=b"12345")
        assert data.startswith(b"HTTP/1.1 400 "), (value, data)


@case
def http_codings_that_are_none():
    for value in ("", "chunked, chunked", "chunked;q=1", "chunked, identity", "identity", "\tchunked", "chunked\t",
                  "\"chunked\"", "x\tchunked"):
        data, _ = hostile("/echo", f"Transfer-Encoding: {value}", method="POST", body=b"0\r\n\r\n")
        assert data.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")), (value, data)


@case
def http_fields_that_some_take_for_others():
    for field in ("Transfer_Encoding: chunked", "Content_Length: 3", "content_length: 0"):
        data, _ = hostile("/echo", "Content-Length: 5", field, method="POST", body=b"0\r\n\r\n")
        assert data.startswith(b"HTTP/1.1 400 ") and b"take for another" in data, (field, data)


@case
def http_request_in_a_body_is_a_body():
    inner = request("/hidden", "good.test:9000")
    for fields, body in (([f"Content-Length: {len(inner)}"], inner),
                         (["Transfer-Encoding: chunked"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner))):
        data, _ = hostile("/echo", *fields, method="POST", body=body)
        assert data.count(b"HTTP/1.1 200") == 1 and data.count(b"GET /hidden") == 1, data


@case
def http_what_follows_a_body_is_judged():
    for fields, body in ((["Content-Length: 3"], b"abc"), (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n")):
        for more in (b"0\r\n\r\n", b"abc", b"\r\n" + request("/x", "good.test:9000"), b"GET /x\r\n\r\n",
                     request("/x", "other.test")):
            data, how = hostile("/echo", *fields, method="POST", body=body + more, close=False)
            assert data.startswith(b"HTTP/1.1 200 ") and how == "end", (more, data)
            assert b"agentbox" in data and b"GET /x" not in data, (more, data)


@case
def http_bodies_that_are_promised_and_never_sent():
    held = []
    for i in range(64):
        sock = connect("good.test", 9000)
        framing = "Content-Length: 1000000" if i % 2 else "Transfer-Encoding: chunked"
        sock.sendall(request("/echo", "good.test:9000", framing, "Expect: 100-continue", method="POST"))
        held.append(sock)
    others_are_served_beside(held)


@case
def http_body_in_chunks_is_written_anew():
    data, _ = hostile("/echo", "Transfer-Encoding: chunked", method="POST",
                      body=b"3\r\nabc\r\n003\r\ndef\r\n0\r\nX-Trailer: x\r\n\r\n")
    assert data.endswith(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"), data


@case
def http_bad_chunks_do_not_arrive_whole():
    for bad in (b"3;x=y\r\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b"3\nabc\n0\n\n",
                b"-1\r\n\r\n", b"fffffffffffffffff\r\n", b"3\r\nabcd\r\n0\r\n\r\n",
                b"3\r\nabcX3\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\rX0\r\n\r\n"):
        data, _ = hostile("/echo", "Transfer-Encoding: chunked", method="POST", body=bad)
        assert not data.startswith(b"HTTP/1.1 2"), (bad, data)


@case
def http_sizes_of_chunks_that_are_none():
    for size in (b"+3", b" 3", b"3 ", b"3\t", b"3\0", b"03x", b"3;", b"3,", b"", b"-0", b"3\r", b"3.0",
                 b"0" * 17 + b"3", b"8000000000000000", b"\xef\xbc\x93", b"3\r\n"):
        data, _ = hostile("/echo", "Transfer-Encoding: chunked", method="POST",
                          body=size + b"\r\nabc\r\n0\r\n\r\n")
        assert not data.startswith(b"HTTP/1.1 2"), (size, data)


@case
def http_trailers_that_come_too_late():
    for trailer in (b"Host: other.test", b"Content-Length: 5", b"transfer-encoding: chunked", b" folded", b"no colon",
                    b"X : y", b"X: a\0b", b"X: a\rb", b": y", b"X: " + b"y" * 10000, b"GET /hidden HTTP/1.1"):
        data, _ = hostile("/echo", "Transfer-Encoding: chunked", method="POST",
                          body=b"3\r\nabc\r\n0\r\n" + trailer + b"\r\n\r\n")
        assert not data.startswith(b"HTTP/1.1 2") and b"hidden" not in data, (trailer, data)


@case
def http_large_body():
    body = os.urandom(3_000_000)
    with connect("good.test", 80) as sock:
        sock.sendall(request("/", "good.test", f"Content-Length: {len(body)}", "Connection: close",
                             method="POST"))
        sock.sendall(body)
        data, _ = everything(sock)
    assert data.endswith(body), len(data)


@case
def http_large_chunked_body():
    piece = b"%x\r\n" % 70000 + b"y" * 70000 + b"\r\n"
    with connect("good.test", 9000) as sock:
        sock.sendall(request("/echo", "good.test:9000", "Transfer-Encoding: chunked",
                             "Connection: close", method="POST"))
        for _ in range(20):
            sock.sendall(piece)
        sock.sendall(b"0\r\n\r\n")
        data, _ = everything(sock)
    assert data.count(b"y") == 20 * 70000, data[:300]


@case
def http_waits_for_continue():
    with connect("good.test", 9000) as sock:
        sock.sendall(request("/echo", "good.test:9000", "Content-Length: 3", "Expect: 100-continue",
                             method="PUT") + b"abc")
        assert b"abc" in sock.recv(65536)
