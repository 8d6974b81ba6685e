# SPDX-License-Identifier: Apache-2.0
"""What a program in a box may try where its TLS ends in the egress: one function each (tls.sh).

First come attempts of egress_attack.py, made again inside of TLS, then its own.
"""

import os
import socket
import ssl
import struct
import sys
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import egress_attack  # noqa: E402, F401
import egress_attack_http as over_http  # noqa: E402
import egress_client as client  # noqa: E402
from egress_client import CASES, case  # noqa: E402

TRUST = ssl.create_default_context()
TRUST.set_alpn_protocols(["http/1.1"])
TRUST.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # an end that was not said is none
ORIGIN = 9000


class Tls:
    """A socket inside of TLS, whose half can be ended, and whose end has to be said."""

    def __init__(self, raw, name, context=TRUST):
        self.raw, self.rest = raw, b""
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.call(self.tls.do_handshake)

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.raw.sendall(data)

    def call(self, function, *arguments):
        while True:
            try:
                result = function(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.raw.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
            except ssl.SSLError:
                self.flush()
                raise

    def sendall(self, data):
        for at in range(0, len(data), 65536):
            self.call(self.tls.write, data[at:at + 65536])

    def recv(self, n):
        try:
            return self.call(self.tls.read, n)
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLEOFError as e:
            raise ConnectionResetError("cut") from e

    def shutdown(self, _):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def settimeout(self, seconds):
        self.raw.settimeout(seconds)

    def setsockopt(self, *arguments):
        self.raw.setsockopt(*arguments)

    def close(self):
        self.raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connect(host, port, timeout=10):
    return Tls(client.plain(host, 443 if port == 80 else port, timeout), host)


def inside(function):
    def again():
        client.way = connect
        try:
            function()
        finally:
            client.way = client.plain
    again.__name__ = "inside_of_tls_" + function.__name__
    return again


AGAIN = """http_of_an_allowed_host http_pipelined_to_another_host http_kept_alive_to_another_host
    http_alternating_100_times http_pipelined_to_the_same_host http_one_byte_at_a_time
    http_half_closed_after_the_request http_cut_off_in_the_head http_upgrade_is_not_passed_on
    http_large_body http_large_chunked_body http_10 http_body_in_chunks_is_written_anew
    http_waits_for_continue http_answers_of_many_kinds http_bad_answers
    http_bad_chunks_do_not_arrive_whole http_cut_answers_are_not_taken_for_whole
    http_answer_that_nobody_asked_for http_early_answer http_sizes_of_chunks_that_are_none
    http_trailers_that_come_too_late http_status_lines_that_are_none http_answers_framed_in_two_ways
    http_chunks_of_answers_that_are_none http_bodies_of_answers_that_have_none
    http_body_of_a_refused_request_is_no_request http_nothing_follows_the_last_request
    a_client_that_does_not_read""".split()
CASES[:] = [inside(function) for function in CASES if function.__name__ in AGAIN]
assert len(CASES) == len(AGAIN)


def ask(data, port=443, host="good.test"):
    with connect(host, port) as sock:
        sock.sendall(data)
        return client.everything(sock)


def origin(path, *fields, method="GET", body=b""):
    return ask(client.request(path, f"good.test:{ORIGIN}", "Connection: close", *fields,
                              method=method, body=body), ORIGIN)


def status(data):
    assert data.startswith(b"HTTP/1.1 "), data[:200]
    return int(data[9:12])


def denied(data, *parts):
    assert status(data) == 403 and b"agentbox" in data, data[:300]
    for part in parts:
        assert part in data, (part, data)


# --- TLS ---

@case
def certificate_is_for_the_name_and_nothing_else():
    with socket.create_connection(("good.test", 443)) as raw:
        with TRUST.wrap_socket(raw, server_hostname="good.test") as sock:
            got = sock.getpeercert()
            assert got["subjectAltName"] == (("DNS", "good.test"),), got
            assert sock.selected_alpn_protocol() == "http/1.1"
            assert sock.version() == "TLSv1.3"


@case
def other_name_in_the_hello():
    client.refused_with("access_denied", "good.test", 443, client.hello("other.test"))
    client.refused_with("access_denied", "good.test", 443, client.hello("www.good.test"))


@case
def no_name_in_the_hello():
    client.refused_with("access_denied", "good.test", 443, client.hello(None))


@case
def hello_in_bytes_records_and_segments():
    for parts in ([bytes([b]) for b in client.hello("good.test")],
                  [client.in_records(client.hello("good.test"), 50)]):
        assert client.tls_try("good.test", 443, *parts)[:1] == b"\x16"


@case
def encrypted_client_hello_means_nothing_here():
    message = client.with_extension(client.hello("good.test"), 0xfe0d, b"\0" * 150)
    assert client.tls_try("good.test", 443, message)[:1] == b"\x16"


@case
def encrypted_client_hello_is_refused_where_tls_is_relayed():
    message = client.with_extension(client.hello("other.test"), 0xfe0d, b"\0" * 150)
    client.refused_with("access_denied", "other.test", 443, message)


@case
def old_versions():
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.create_default_context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            Tls(client.plain("good.test", 443), "good.test", context)
        except ssl.SSLError as e:
            assert "protocol version" in str(e), e
        else:
            raise AssertionError(f"{version} was taken")


@case
def tls_1_2_is_good_enough():
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Tls(client.plain("good.test", 443), "good.test", context) as sock:
        sock.sendall(client.request("/hello", "good.test"))
        assert status(sock.recv(65536)) == 200


@case
def only_http_2_in_the_hello():
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    try:
        Tls(client.plain("good.test", 443), "good.test", context)
    except ssl.SSLError as e:
        assert "no application protocol" in str(e), e
    else:
        raise AssertionError("it was taken")


@case
def http_2_without_negotiation():
    data, _ = ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    assert status(data) == 505 and b"HTTP/2" in data, data


@case
def h2c_is_not_passed_on():
    data, _ = origin("/echo", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                     "HTTP2-Settings: AAMAAABkAAQAAP__")
    assert b"h2c" not in data and b"HTTP2-Settings" not in data, data


@case
def garbage_after_the_handshake():
    with connect("good.test", 443) as sock:
        sock.raw.sendall(b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n" * 20)
        try:
            data, how = client.everything(sock)
        except ssl.SSLError:
            return
        assert b"200" not in data, (data, how)


@case
def a_client_that_does_not_trust_us():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        Tls(client.plain("good.test", 443), "good.test", context)
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("it did")


@case
def resumption_is_no_way_to_another_host():
    context = ssl.create_default_context()
    with socket.create_connection(("good.test", 443)) as raw:
        with context.wrap_socket(raw, server_hostname="good.test") as sock:
            sock.sendall(client.request("/hello", "good.test"))
            sock.recv(65536)
            session = sock.session
    with socket.create_connection(("good.test", 443)) as raw:
        with context.wrap_socket(raw, server_hostname="good.test", session=session) as sock:
            assert sock.session_reused
            sock.sendall(client.request("/hello", "other.test"))
            denied(sock.recv(65536), b"another host")


# --- requests ---

@case
def host_that_is_another():
    for host in ("other.test", "good.test:80", "www.good.test", "93.184.216.34", "good.test."):
        data, _ = ask(client.request("/x", host, "Connection: close"))
        if host == "good.test.":
            assert status(data) == 200, data
        else:
            denied(data, b"another host")


@case
def absolute_target_of_another_kind():
    data, _ = ask(b"GET http://good.test/x HTTP/1.1\r\nHost: good.test\r\n\r\n")
    denied(data, b"http and https")
    data, _ = ask(b"GET https://other.test/x HTTP/1.1\r\nHost: other.test\r\n\r\n")
    denied(data, b"another host")
    data, _ = ask(b"GET https://good.test/x HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n")
    assert status(data) == 200, data


@case
def connect_in_the_tunnel():
    data, _ = ask(b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n")
    denied(data)


@case
def bad_requests():
    def over_tls(data):
        return ask(data.replace(b"https://good.test", b"http://good.test"))  # what is wrong here
    was, over_http.http = over_http.http, over_tls
    try:
        over_http.http_bad_requests()
    finally:
        over_http.http = was


@case
def denied_path_in_every_spelling():
    for path in ("/secret/x", "/secret", "//secret//x", "/%73ecret/x", "/secret%2Fx", "/Secret/x",
                 "/secret;a/x", "/secret/x?/open", "/open/../secret/x", "/open/%2e%2e/secret/x",
                 "/open\\..\\secret/x"):
        data, _ = ask(client.request(path, "good.test", "Connection: close"))
        assert status(data) in (400, 403) and b"agentbox" in data, (path, data)


@case
def method_that_no_rule_allows():
    data, _ = ask(client.request("/x", "good.test", method="DELETE"))
    denied(data, b"to allow it", b"DELETE https://good.test/x")


@case
def method_in_a_field():
    data, _ = ask(client.request("/x", "good.test", "X-HTTP-Method-Override: DELETE"))
    denied(data)


@case
def pipelined_to_a_denied_path():
    data, _ = ask(client.request("/first", "good.test") + client.request("/secret/second", "good.test")
                  + client.request("/third", "good.test"))
    assert data.count(b"HTTP/1.1 200") == 1 and data.count(b"HTTP/1.1 403") == 1, data
    assert b"third" not in data, data


@case
def answer_is_whole_before_the_refusal_of_the_next():
    with connect("good.test", 443) as sock:
        sock.sendall(client.request("/bytes/3000000", "good.test")
                     + client.request("/secret/second", "good.test"))
        time.sleep(0.5)
        data, _ = client.everything(sock)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert rest[:3000000] == b"x" * 3000000, len(rest)
    denied(rest[3000000:])


@case
def answers_that_nobody_reads_are_not_dropped_for_a_refusal():
    n, size = 1000, 20000  # more than the kernel holds
    with connect("good.test", 443) as sock:
        sock.sendall(client.request(f"/bytes/{size}", "good.test") * n
                     + client.request("/secret/second", "good.test"))
        time.sleep(1)
        data, how = client.everything(sock)
    assert data.count(b"x" * size) == n and how == "end", (data.count(b"x" * size), how)
    denied(data[data.rindex(b"HTTP/1.1 "):])


@case
def kept_alive_to_a_denied_path_100_times():
    for _ in range(100):
        with connect("good.test", 443) as sock:
            sock.sendall(client.request("/hello", "good.test"))
            assert status(sock.recv(65536)) == 200
            sock.sendall(client.request("/secret/x", "good.test"))
            denied(client.everything(sock)[0])


@case
def body_of_a_denied_request_is_not_asked_for():
    with connect("good.test", 443) as sock:
        sock.sendall(client.request("/x", "good.test", "Expect: 100-continue",
                                    "Content-Length: 1000000", method="POST"))
        data, _ = client.everything(sock)
    denied(data)
    assert b"100 Continue" not in data


@case
def denial_for_a_client_that_asks_for_json():
    data, _ = ask(client.request("/secret/x", "good.test", "Accept: application/json"))
    head, _, body = data.partition(b"\r\n\r\n")
    assert b"npm-notice: agentbox" in head and body.startswith(b'{"error":"agentbox denied'), data
    data, _ = ask(client.request("/secret/x", "good.test", method="HEAD"))
    assert status(data) == 403 and data.endswith(b"\r\n\r\n"), data


@case
def websocket_needs_a_rule():
    data, _ = ask(client.request("/x", "good.test", "Connection: Upgrade", "Upgrade: websocket",
                                 "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"))
    denied(data, b"UPGRADE https://good.test/x")


@case
def head_that_is_too_long():
    for more, want in ((["A: " + "x" * 40000], 431), (["A: b"] * 200, 431)):
        data, _ = ask(client.request("/x", "good.test", *more))
        assert status(data) == want, data
    data, _ = ask(client.request("/" + "x" * 9000, "good.test"))
    assert status(data) == 414, data


@case
def dribbling_and_idle_clients_delay_nobody():
    held = [connect("good.test", 443) for _ in range(64)]
    held += [client.plain("good.test", 443) for _ in range(64)]
    for sock in held[:64]:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: good.test\r\nA: ")
    for sock in held[64:]:
        sock.sendall(client.hello("good.test")[:100])
    start = time.monotonic()
    data, _ = ask(client.request("/hello", "good.test", "Connection: close"))
    assert status(data) == 200 and time.monotonic() - start < 2
    for sock in held:
        sock.close()


@case
def reset_in_the_middle():
    for n in (10, 100, 10000):
        with connect("good.test", ORIGIN) as sock:
            sock.sendall(client.request("/echo", f"good.test:{ORIGIN}", "Content-Length: 1000000",
                                        method="POST", body=b"x" * n))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert status(origin("/ok")[0]) == 200


@case
def slow_reader_of_a_large_answer():
    with connect("good.test", 443) as sock:
        sock.sendall(client.request("/bytes/4000000", "good.test", "Connection: close"))
        data = b""
        while True:
            time.sleep(0.001)
            more = sock.recv(16384)
            if not more:
                break
            data += more
    assert data.endswith(b"x" * 4000000), len(data)


# --- hosts ---

@case
def hosts_that_do_not_prove_who_they_are():
    for port, part in ((9441, b"has expired"), (9442, b"not valid yet"), (9443, b"for another name"),
                       (9444, b"self-signed"), (9445, b"does not trust"), (9446, b"not for servers"),
                       (9447, b"signed by who may not"), (9448, b"for another name"),
                       (9449, b"from 1.2 on"), (9451, b"TLS handshake with the host failed"),
                       (9452, b"TLS handshake with the host failed"),
                       (9453, b"during the TLS handshake"), (9454, b"the host")):
        data, _ = ask(client.request("/must-not-arrive", f"good.test:{port}"), port)
        assert status(data) == 502 and part in data, (port, data)


@case
def host_that_wants_a_certificate_of_the_client():
    """TLS 1.3 tells only after the request was sent; it is an error all the same."""
    data, how = ask(client.request("/x", "good.test:9450"), 9450)
    assert b"200" not in data, data


@case
def host_with_tls_1_2():
    data, _ = ask(client.request("/ok", "good.test:9461", "Connection: close"), 9461)
    assert status(data) == 200, data


@case
def answers_that_are_none():
    for path in ("/flood", "/endless-head", "/many-fields", "/folded", "/bare-lf", "/two-lengths",
                 "/both", "/bad-head", "/not-http", "/switch", "/h2"):
        data, _ = origin(path)
        assert status(data[data.rindex(b"HTTP/1.1 "):]) == 502, (path, data[:200])
        assert b"evil" not in data, path


@case
def chunks_that_are_none_are_cut():
    for path in ("/bad-chunk", "/huge-chunk", "/cut-chunks"):
        data, how = origin(path)
        assert how == "reset" and not data.endswith(b"0\r\n\r\n"), (path, data, how)


@case
def an_end_that_was_not_said_is_none():
    data, how = ask(client.request("/x", "good.test:9455"), 9455)
    assert status(data) == 200 and how == "reset", (data, how)


@case
def an_end_is_said():
    data, how = origin("/close")
    assert data.endswith(b"until close") and how == "end", (data, how)
    data, how = ask(client.request("/secret/x", "good.test"))
    assert how == "end", (data, how)


@case
def websocket_by_a_rule():
    with connect("good.test", 9462) as sock:
        sock.sendall(client.request("/chat", "good.test:9462", "Connection: Upgrade",
                                    "Upgrade: websocket", "Sec-WebSocket-Key: x",
                                    "Sec-WebSocket-Version: 13"))
        data = sock.recv(65536)
        assert status(data) == 101 and b"Upgrade: websocket" in data, data
        body = os.urandom(300000)
        sock.sendall(body)
        sock.shutdown(socket.SHUT_WR)
        assert client.everything(sock) == (body, "end")


@case
def answer_without_content():
    data, _ = origin("/no-content")
    assert status(data) == 204 and data.endswith(b"\r\n\r\n"), data


@case
def registry_that_leaves_while_it_is_asked_about_a_package():
    """The request waits for metadata; when that comes, there is nobody to send it to."""
    with connect("www.good.test", 9463) as sock:
        sock.sendall(client.request("/pad/-/pad-1.0.0.tgz", "www.good.test:9463"))
        assert client.everything(sock) == (b"", "end")
        time.sleep(0.2)  # it comes while the connection is still there


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # old versions of TLS
    client.run(CASES, sys.argv[1:])
