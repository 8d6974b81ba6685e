# SPDX-License-Identifier: Apache-2.0
"""Attempts at other protocols and ports, and at addresses."""

import os
import socket
import time

from egress_client import (ALERT, alerted, case, connect, everything, hello, http, refused_with,
                           request, reset_at_once, tls_try)


@case
def server_that_speaks_first():
    with connect("good.test", 2222) as sock:
        data, how = everything(sock)
    assert data == b"220 banner.test\n" and how == "end", data


@case
def raw_echo_and_half_close():
    with connect("good.test", 9001) as sock:
        sock.sendall(b"\x00hello")
        sock.shutdown(socket.SHUT_WR)
        data, how = everything(sock)
    assert (data, how) == (b"\x00hello", "end"), data


@case
def raw_bulk_through_a_slow_reader():
    body = b"\x00" + os.urandom(1 << 20)
    with connect("good.test", 9002, 30) as sock:
        sock.sendall(body)
        sock.shutdown(socket.SHUT_WR)
        data, _ = everything(sock)
    assert data == b"%d" % len(body), data


@case
def raw_reset_is_a_reset():
    with connect("good.test", 9003) as sock:
        data, how = everything(sock)
    assert how == "reset", (data, how)


@case
def words_that_may_become_http_wait():
    with connect("good.test", 9001) as sock:
        sock.sendall(b"EHLO")
        time.sleep(0.1)
        sock.sendall(b" box\r\n")
        assert sock.recv(100) == b"EHLO box\r\n"


@case
def other_ports_are_refused_at_once():
    for host in ("good.test", "bad.test", "1.2.3.4", "2001:db8::1"):
        for port in (1, 22, 25, 3306, 65535):
            reset_at_once(host, port)


@case
def port_of_another_host_is_refused_at_once():
    with connect("www.good.test", 2222) as sock:
        sock.sendall(b"\0")
        assert everything(sock) == (b"", "reset")


@case
def literal_addresses():
    for address in ("93.184.216.34", "::ffff:93.184.216.34", "1.1.1.1", "127.0.0.1", "0.0.0.0",
                    "10.99.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "198.18.77.77",
                    "198.18.0.1", "2606:2800:220:1::34", "::1", "fd00:a9e::1:0:7777",
                    "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"):
        refused_with("access_denied", address, 443, hello("good.test"))
        data, _ = http(request("/", "good.test"), address)
        assert data.startswith(b"HTTP/1.1 403 "), (address, data)


@case
def literal_address_that_a_rule_names():
    data, _ = http(request("/lit", "10.99.0.1:8080", "Connection: close"), "10.99.0.1", 8080)
    assert data.endswith(b"hello from 10.99.0.1/lit\n"), data
    data, _ = http(request("/lit", "good.test:8080"), "10.99.0.1", 8080)
    assert data.startswith(b"HTTP/1.1 403 "), data
    data, _ = http(request("/lit", "93.184.216.34:8080"), "93.184.216.34", 8080)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def names_that_lead_inside():
    for host in ("private.test", "metadata.test", "loopback.test"):
        refused_with("access_denied", host, 443, hello(host))
        data, _ = http(request("/", host), host)
        assert data.startswith(b"HTTP/1.1 403 agentbox: its address is not public"), data


@case
def name_that_leads_to_an_address_that_a_rule_names():
    data, _ = http(request("/", "private.test:8080", "Connection: close"), "private.test", 8080)
    assert data.endswith(b"hello from private.test/\n"), data


@case
def names_that_end_or_begin_alike():
    for host in ("evilgood.test", "good.test.evil.test", "xgood.test", "good.testx", "ood.test", "test"):
        data, _ = http(request("/", host), host)
        assert data.startswith(b"HTTP/1.1 403 "), (host, data)
        refused_with("access_denied", host, 443, hello(host))


@case
def mixed_answers_are_refused_whole():
    data, _ = http(request("/", "mixed.test"), "mixed.test")
    assert data.startswith(b"HTTP/1.1 403 agentbox: its address is not public"), data


@case
def ipv6():
    data, _ = http(request("/", "six.test", "Connection: close"), "six.test")
    assert data.endswith(b"hello from six.test/\n"), data


@case
def unknown_host_is_said_to_be_unknown():
    data, _ = http(request("/", "nowhere.good.test"), "nowhere.good.test")
    assert data.startswith(b"HTTP/1.1 502 agentbox: there is no such host"), data
    refused_with("internal_error", "nowhere.good.test", 443, hello("nowhere.good.test"))


@case
def dead_host_is_said_to_be_dead():
    data, _ = http(request("/", "good.test:7"), port=7)
    assert data.startswith(b"HTTP/1.1 502 agentbox: the host refused the connection"), data
    refused_with("internal_error", "good.test", 7, hello("good.test"))
    with connect("good.test", 7) as sock:
        assert everything(sock) == (b"", "reset")


@case
def denied_host_on_another_port_is_explained():
    data, _ = http(request("/", "bad.test:8080"), "bad.test", 8080)
    assert data.startswith(b"HTTP/1.1 403 ") and b"\nallow = bad.test:8080\n" in data, data
    refused_with("access_denied", "bad.test", 8443, hello("bad.test"))
    start = time.monotonic()
    with connect("bad.test", 2222) as sock:
        assert everything(sock) == (b"", "reset")
    assert time.monotonic() - start < 1


@case
def refused_words_do_not_let_the_server_speak():
    data = tls_try("good.test", 9004, hello("other.test"))
    assert alerted(data) == ALERT["access_denied"], data


@case
def address_of_another_host_by_its_own_name():
    """A connection to the address that stands for one name, with the other name in it."""
    address = socket.getaddrinfo("bad.test", 443, socket.AF_INET)[0][4][0]
    refused_with("access_denied", address, 443, hello("good.test"))


@case
def fast_open():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(None)
        address = socket.getaddrinfo("good.test", 80, socket.AF_INET)[0][4]
        sock.sendto(request("/", "other.test"), socket.MSG_FASTOPEN, address)
        data, _ = everything(sock)
    assert data.startswith(b"HTTP/1.1 403 "), data


@case
def urgent_data_in_a_head():
    """It cannot be looked past, so it must not be waited at."""
    for before in (b"", b"GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"):
        with connect("good.test", 80) as sock:
            sock.sendall(before + b"GET /u HTTP/1.1\r\nHost: good.")
            if before:
                assert b"hello" in sock.recv(65536)
            data = b""
            try:
                sock.send(b"!", socket.MSG_OOB)
                sock.sendall(b"test\r\nConnection: close\r\n\r\n")
                data, _ = everything(sock)
            except (ConnectionResetError, BrokenPipeError):
                pass
        assert not data.startswith(b"HTTP/1.1 2"), data


@case
def udp_goes_nowhere():
    for port in (443, 5353, 123):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            sock.connect((socket.gethostbyname("good.test"), port))
            sock.send(b"hello")
            try:
                raise AssertionError(sock.recv(100))
            except (ConnectionRefusedError, socket.timeout):
                pass
