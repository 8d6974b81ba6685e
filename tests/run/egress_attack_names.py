# SPDX-License-Identifier: Apache-2.0
"""Attempts at the name server of the box."""

import os
import socket
import struct
import time

from egress_client import case, connect, everything, http, request


def ask(message, tcp=False, server="9.9.9.9"):
    if not tcp:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.sendto(message, (server, 53))
            data, address = sock.recvfrom(4096)
            assert address == (server, 53), address
            return data
    with connect(server, 53) as sock:
        sock.sendall(struct.pack(">H", len(message)) + message)
        size = struct.unpack(">H", sock.recv(2))[0]
        return sock.recv(size)


def question(name, kind=1, ident=0x1234):
    wire = b"".join(bytes([len(label)]) + label for label in name.encode().split(b".") if label)
    return struct.pack(">HHHHHH", ident, 0x100, 1, 0, 0, 0) + wire + struct.pack(">BHH", 0, kind, 1)


def code(answer):
    return answer[3] & 15


@case
def names_keep_their_address():
    first = {name: socket.gethostbyname(name) for name in ("good.test", "bad.test", "x.y.test")}
    assert len(set(first.values())) == 3, first
    for name, address in first.items():
        assert socket.gethostbyname(name) == address
        assert socket.gethostbyname(name.upper()) == address


@case
def names_by_tcp_and_udp_are_one():
    for tcp in (False, True):
        assert ask(question("good.test"), tcp)[-4:] == socket.inet_aton(
            socket.gethostbyname("good.test"))


@case
def name_servers_of_both_families_answer():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.sendto(question("good.test"), ("2001:db8::53", 53))
        assert sock.recvfrom(4096)[1][0] == "2001:db8::53"


@case
def other_kinds_of_records_have_no_data():
    for kind in (2, 5, 12, 15, 16, 33, 64, 65, 255):
        answer = ask(question("good.test", kind))
        assert code(answer) == 0 and answer[6:8] == b"\0\0", (kind, answer)


@case
def names_that_are_none_do_not_exist():
    for name in ("1.2.3.4", "a b.test", "a..test" if False else "-a.test", "x" * 63 + ".1", "a/b.test"):
        assert code(ask(question(name))) == 3, name


@case
def long_names():
    name = ".".join(["a" * 60] * 4)
    assert code(ask(question(name))) == 0
    assert code(ask(question("b" * 63 + ".test"))) == 0


@case
def questions_that_are_none_are_refused():
    good = question("good.test")
    opt = b"\0\0\x29\x04\xd0\0%c\0\0\0\0"
    for message, want in (
            *((good[:2] + struct.pack(">H", opcode << 11) + good[4:], 4) for opcode in range(1, 16)),
            (good[:4] + b"\0\2" + good[6:] + good[12:], 1), (good[:4] + b"\0\0" + good[6:], 1),
            (good[:6] + b"\0\1" + good[8:], 1), (good[:8] + b"\0\1" + good[10:], 1),
            (good[:2] + b"\3\0" + good[4:], 1), (good[:10] + b"\0\1" + good[12:], 1),
            (good[:10] + b"\0\2" + good[12:] + 2 * opt % (0, 0), 1), (good[:10] + b"\0\1" + good[12:] + opt % 1, 0),
            *((good[:-2] + struct.pack(">H", other), 5) for other in (0, 3, 4, 254, 255))):
        for tcp in (False, True):
            answer = ask(message, tcp)
            assert code(answer) == want and answer[:2] == good[:2], (message, answer)
            assert answer[6:8] == b"\0\0" and socket.inet_aton(socket.gethostbyname("good.test")) not in answer


@case
def an_answer_is_not_answered():
    message = question("good.test")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.sendto(message[:2] + b"\x81\x80" + message[4:], ("9.9.9.9", 53))
        try:
            raise AssertionError(sock.recv(4096))
        except TimeoutError:
            pass


@case
def broken_questions_do_no_harm():
    for broken in (b"", b"\0", b"\0" * 12, b"\xff" * 12, b"\0" * 511, os.urandom(300),
                   question("good.test")[:-1], question("good.test") + b"\0",
                   question("good.test")[:12] + b"\xc0\x0c\0\1\0\1", b"\x12\x34\x81\x80" + b"\0" * 8):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(broken, ("9.9.9.9", 53))
        with connect("9.9.9.9", 53) as sock:
            sock.sendall(struct.pack(">H", len(broken)) + broken)
            sock.shutdown(socket.SHUT_WR)
            everything(sock)
    assert code(ask(question("good.test"))) == 0


@case
def several_questions_on_one_connection():
    with connect("9.9.9.9", 53) as sock:
        message = question("good.test")
        framed = struct.pack(">H", len(message)) + message
        sock.sendall(framed * 3 + framed[:5])
        data = b""
        while len(data) < 3 * 45:
            data += sock.recv(4096)
        sock.sendall(framed[5:])
        assert sock.recv(4096)


@case
def a_label_that_holds_a_dot_is_no_other_name():
    for label in (b"good.test", b"good\0", b"good\\", b"good test", b"good\xff"):
        message = question("x")[:12] + bytes([len(label)]) + label + b"\4test\0\0\1\0\1"
        assert code(ask(message)) in (1, 3), label  # FORMERR, NXDOMAIN
    message = question("x")[:12] + b"\x09good.test\0\0\1\0\1"
    assert code(ask(message)) in (1, 3)


@case
def letters_of_any_case_are_one_name():
    assert ask(question("GoOd.TeSt"))[-4:] == ask(question("good.test"))[-4:]


@case
def questions_by_tcp_in_pieces():
    message = question("good.test")
    with connect("9.9.9.9", 53) as sock:
        for byte in struct.pack(">H", len(message)) + message:
            sock.sendall(bytes([byte]))
        assert sock.recv(4096)


@case
def questions_by_tcp_without_reading():
    message = question("good.test")
    framed = (struct.pack(">H", len(message)) + message) * 1000
    with connect("9.9.9.9", 53) as sock:
        try:
            for _ in range(2000):
                sock.sendall(framed)
            raise AssertionError("all were taken")
        except (TimeoutError, ConnectionError):
            pass
    assert code(ask(question("good.test"), tcp=True)) == 0


@case
def many_silent_connections_to_the_name_server():
    held = [connect("9.9.9.9", 53) for _ in range(40)]
    assert code(ask(question("good.test"))) == 0
    for sock in held:
        sock.close()
    assert code(ask(question("good.test"), tcp=True)) == 0


@case
def a_flood_of_names_leaves_room():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for i in range(20000):
            sock.sendto(question(f"flood{i}.example"), ("9.9.9.9", 53))
            if i % 100 == 99:
                time.sleep(0.001)
    time.sleep(0.2)
    data, _ = http(request("/a", "late.good.test", "Connection: close"), "late.good.test")
    assert data.startswith(b"HTTP/1.1 "), data
