# SPDX-License-Identifier: Apache-2.0
"""Attempts of hosts: answers that are none, or two."""

from egress_client import case, connect, everything, hostile, http, request


@case
def http_answers_of_many_kinds():
    for path, end in (("/ok", b"\r\n\r\nok"), ("/close", b"until close"), ("/slow", b"\r\n\r\nok"),
                      ("/chunks", b"\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n"),
                      ("/interim", b"\r\n\r\nok")):
        data, how = hostile(path)
        assert data.startswith(b"HTTP/1.1 ") and data.endswith(end) and how == "end", (path, data)


@case
def http_bad_answers():
    for path in ("/bad-head", "/not-http", "/both", "/switch", "/nothing", "/long-head",
                 "/many-fields", "/bare-lf", "/two-lengths"):
        data, _ = hostile(path)
        assert data.startswith(b"HTTP/1.1 502 agentbox: "), (path, data[:200])


def answered(answer):
    return hostile("/raw/" + answer.hex())


@case
def http_status_lines_that_are_none():
    for line in (b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 2e2 OK", b"HTTP/1.1 +20 OK", b"HTTP/1.1  200 OK",
                 b"HTTP/1.1\t200 OK", b"HTTP/2 200", b"HTTP/2.0 200 OK", b"HTTP/1.1 099 OK", b"HTTP/1.1 600 OK",
                 b"http/1.1 200 OK", b"HTTP/1.1 200 O\0K", b"HTTP/1.1 200 OK\r", b" HTTP/1.1 200 OK", b"HTTP/1.1200 OK",
                 b"\r\nHTTP/1.1 200 OK", b"HTTP/1.1 200 OK\rX: y", b"HTTP/1.1", b"ICY 200 OK"):
        data, _ = answered(line + b"\r\nContent-Length: 4\r\n\r\nevil")
        assert data.startswith(b"HTTP/1.1 502 agentbox: ") and b"evil" not in data, (line, data)


@case
def http_answers_framed_in_two_ways():
    for fields in (b"Content-Length: +4", b"Content-Length: 4, 4", b"Content-Length: 0x4", b"Content-Length : 4",
                   b"Content-Length: 4\r\nContent-Length: 4", b"Content-Length:\r\n 4",
                   b"Content-Length: 99999999999999999999", b"Transfer-Encoding: gzip, chunked",
                   b"Transfer-Encoding: identity", b"Transfer_Encoding: chunked",
                   b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding:\tchunked",
                   b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"X\0: y", b"X: a\rb", b"\tX: y", b": y"):
        data, _ = answered(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\nevil")
        assert data.startswith(b"HTTP/1.1 502 agentbox: ") and b"evil" not in data, (fields, data)
    data, _ = answered(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n")
    assert data.startswith(b"HTTP/1.1 502 agentbox: "), data


@case
def http_chunks_of_answers_that_are_none():
    for size in (b"+4", b" 4", b"4 ", b"4;x", b"0x4", b"4\t", b"", b"-4", b"fffffffffffffffff", b"4\r"):
        data, how = answered(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size +
                             b"\r\nevil\r\n0\r\n\r\n")
        assert how == "reset" and not data.endswith(b"0\r\n\r\n"), (size, data, how)


@case
def http_bodies_of_answers_that_have_none():
    """What a host says behind such a head is no answer to the next request."""
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    for method, answer in (("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(evil)),
                           ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                           ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n" % len(evil)),
                           ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
                           ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")):
        head = request("/raw/" + (answer + evil).hex(), "good.test:9000", method=method)
        data, _ = http(head + request("/ok", "good.test:9000"), port=9000)
        assert data.startswith(answer[:12]) and b"evil" not in data, (method, answer, data)
    data, _ = answered(b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil")
    assert data.startswith(b"HTTP/1.1 502 agentbox: "), data


@case
def http_answers_before_the_answer_end():
    data, _ = hostile("/interim-flood")
    assert b"HTTP/1.1 200" not in data and data.count(b"HTTP/1.1 103") < 20, data[:200]
    assert b"HTTP/1.1 502 agentbox: " in data, data[-200:]


@case
def http_cut_answers_are_not_taken_for_whole():
    for path in ("/cut", "/cut-chunks", "/reset"):
        _, how = hostile(path)
        assert how == "reset", path


@case
def http_answer_that_nobody_asked_for():
    with connect("good.test", 9000) as sock:
        sock.sendall(request("/extra", "good.test:9000"))
        data, _ = everything(sock)
    assert b"evil" not in data, data


@case
def http_early_answer():
    with connect("good.test", 9000) as sock:
        sock.sendall(request("/early", "good.test:9000", "Content-Length: 3", method="POST") + b"abc")
        data, how = everything(sock)
    assert data.endswith(b"ok") and how == "end", data
